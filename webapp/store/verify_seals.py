"""R-1.10: every posted document carries the seal of its content, and the seals of a series are one unbroken chain."""

from __future__ import annotations

from collections.abc import AsyncIterator

from db.session import Session
from webapp.store.seals import KINDS, sealed_documents
from webapp.store.verify_rules import Rule

_ALL = " UNION ALL ".join(
    f"SELECT '{kind.header.table}' AS place, no, no_series, seal, seal_before FROM {kind.header.table} WHERE seal <> ''"
    for kind in KINDS.values()
)
_LAST = "SELECT series_code, MAX(last_seal) AS last_seal FROM number_series_line GROUP BY series_code"

SEALS: tuple[Rule, ...] = (
    Rule(
        "R-1.10",
        "whole",
        "{0} {1}",
        "the document before it in series {2} is not there",
        f"SELECT a.place, a.no, a.no_series FROM ({_ALL}) a LEFT JOIN ({_ALL}) b ON b.seal = a.seal_before"
        " AND b.no_series = a.no_series WHERE a.seal_before <> '' AND b.no IS NULL",
    ),
    Rule(
        "R-1.10",
        "whole",
        "{0} and {1} of series {2}",
        "both follow the same seal",
        f"SELECT MIN(a.no), MAX(a.no), a.no_series FROM ({_ALL}) a GROUP BY a.no_series, a.seal_before"
        " HAVING COUNT(*) > 1",
    ),
    Rule(
        "R-1.10",
        "whole",
        "{0} {1}",
        "it is the end of series {2}, which ends with another seal",
        f"SELECT a.place, a.no, a.no_series FROM ({_ALL}) a LEFT JOIN ({_ALL}) b ON b.seal_before = a.seal"
        f" AND b.no_series = a.no_series LEFT JOIN ({_LAST}) l ON l.series_code = a.no_series"
        " AND l.last_seal = a.seal WHERE b.no IS NULL AND l.series_code IS NULL",
    ),
    Rule(
        "R-1.10",
        "whole",
        "series {0}",
        "the document with its last seal is not there",
        f"SELECT l.series_code FROM ({_LAST}) l LEFT JOIN ({_ALL}) a ON a.seal = l.last_seal"
        " AND a.no_series = l.series_code WHERE l.last_seal <> '' AND a.no IS NULL",
    ),
)


async def broken_seals(session: Session) -> AsyncIterator[tuple[str, str]]:
    """The documents whose content is not what was sealed, and those without a seal after one that has it."""
    for kind in KINDS.values():
        begun: set[str] = set()
        async for one in sealed_documents(session, kind):
            if one.seal and not one.holds:
                yield f"{kind.header.table} {one.no}", "its content is not what was sealed"
            if not one.seal and one.series in begun:
                yield f"{kind.header.table} {one.no}", f"it has no seal, and earlier ones of series {one.series} have"
            if one.seal:
                begun.add(one.series)

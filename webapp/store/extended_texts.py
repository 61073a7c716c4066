"""Extended texts of records, read for the line that names one (D-30)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from db import masters
from db.session import Session
from webapp.posting.extended_texts import ExtendedText
from webapp.posting.snapshot import Line
from webapp.store.rows import Reader, codec

__all__ = ["texts_by_record", "texts_of"]

Record = tuple[str, str]

_TEXTS = Reader(ExtendedText, masters.ExtendedText)
_ROWS = codec(masters.ExtendedText)


async def texts_of(session: Session, line: Line) -> Sequence[ExtendedText]:
    """All extended texts of the record that a line names, in their order."""
    return (await texts_by_record(session, [line])).get((line.type, line.no), ())


async def texts_by_record(session: Session, lines: Sequence[Line]) -> Mapping[Record, Sequence[ExtendedText]]:
    """All extended texts of the records that these lines name, by type and number, in their order."""
    records = sorted({(line.type, line.no) for line in lines if line.no})
    if not records:
        return {}
    names = ("type", "no", *_TEXTS.names)
    where = f"WHERE (type, no) IN (VALUES {', '.join(['(?, ?)'] * len(records))}) ORDER BY type, no, text_no"
    rows = await session.fetch(_ROWS.select(names, where), *(value for record in records for value in record))
    found: dict[Record, list[ExtendedText]] = {}
    for row in rows:
        found.setdefault((str(row[0]), str(row[1])), []).append(_TEXTS.one(tuple(row)[2:]))
    return found

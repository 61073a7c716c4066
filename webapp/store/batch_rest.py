"""What an ended run has left to do: the documents that may be tried again, and the runs that took it up (D-91).

Posting an order refills what is to be shipped of its rest (P-59). So an order that was posted since would be posted
once more, for a rest that nobody chose; it is left out, whoever posted it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from db.engine import fetch, reading

_POSTED_SINCE: Final = " OR ".join(
    f"EXISTS (SELECT 1 FROM {posted} p JOIN posting_run a ON a.no = p.posting_run_no"
    " WHERE p.order_no = o.no AND a.at > r.requested_at)"
    for posted in ("service_shipment_header", "service_invoice_header")
)
"""Only orders outlive their posting."""

_BEING_POSTED: Final = (
    "EXISTS (SELECT 1 FROM batch_run_document w JOIN batch_run q ON q.no = w.run_no"
    " WHERE w.document_no = d.document_no AND w.document_type = d.document_type AND w.outcome = 'waiting'"
    " AND q.state IN ('waiting', 'running') AND NOT q.test_only)"
)

_LEFT: Final = (
    "FROM batch_run_document d JOIN batch_run r ON r.no = d.run_no"
    " JOIN service_header o ON o.document_type = d.document_type AND o.no = d.document_no"
    f" WHERE d.run_no = ? AND NOT {_BEING_POSTED}"
    " AND CASE WHEN d.outcome = 'ready' THEN d.row_version = o.row_version"
    f" ELSE o.document_type <> 'order' OR NOT ({_POSTED_SINCE}) END"
)
"""What was ready is posted as it was tested: a change since takes it out, and a posting is one. What failed is there to
be changed; only a posting since the run was asked for takes it out."""


def left_of(run_no: int, outcomes: Sequence[str]) -> tuple[str, list[Any]]:
    """The documents `h` of a run with these outcomes that are left; of one that stands there twice, one."""
    marks = ", ".join("?" * len(outcomes))
    chosen = f"SELECT d.document_type, d.document_no {_LEFT} AND d.outcome IN ({marks})"
    return f"FROM service_header h WHERE (h.document_type, h.no) IN ({chosen})", [run_no, *outcomes]


async def left_numbers(no: int, outcomes: Sequence[str], most: int) -> list[str]:
    """The numbers of the documents of a run with these outcomes that are left, at most so many."""
    rest, args = left_of(no, outcomes)
    return [str(row[0]) for row in await fetch(f"SELECT h.no {rest} ORDER BY h.no LIMIT {most}", *args)]


@dataclass(frozen=True, slots=True)
class Rest:
    """How many documents of a run are left by outcome, and the runs that follow it."""

    failed: int = 0
    skipped: int = 0
    ready: int = 0
    followers: tuple[int, ...] = ()


async def batch_rest(no: int) -> Rest:
    """What is left of a run that posts or tests postings."""
    counted = (
        f"SELECT d.outcome, COUNT(DISTINCT d.document_no) {_LEFT} AND d.outcome IN ('failed', 'skipped', 'ready')"
        " GROUP BY d.outcome"
    )
    async with reading() as session:
        counts, followers = await session.fetch_all(
            [(counted, (no,)), ("SELECT no FROM batch_run WHERE retry_of = ? ORDER BY no", (no,))]
        )
    left = {str(outcome): int(count) for outcome, count in counts}
    numbers = tuple(int(row[0]) for row in followers)
    return Rest(left.get("failed", 0), left.get("skipped", 0), left.get("ready", 0), numbers)

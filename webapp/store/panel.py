"""What would be posted now, as the panel beside the lines of an open document shows it (D-83, D-84).

Nothing is calculated for the panel: findings, totals, numbers and entries are those of the plan that the test report,
the preview and the posting use (D-65).
"""

from __future__ import annotations

from db.engine import reading
from webapp.posting.plan import REQUESTS, PostingPlan, request_with_work
from webapp.posting.snapshot import DocumentKey
from webapp.store.acting import Acting
from webapp.store.ledger_rows import WRITERS
from webapp.store.ledgers import LEDGERS, Ledger
from webapp.store.plans import plan_of
from webapp.store.snapshots import load_snapshot

__all__ = ["counted_entries", "what_will_be_posted"]

_OF_TABLE = {ledger.table: ledger for ledger in LEDGERS.values()}


async def what_will_be_posted(
    acting: Acting, key: DocumentKey, option: str, proposed: bool = False
) -> PostingPlan | None:
    """The plan of posting the whole document with this option (`REQUESTS`) now; None when it does not exist. One that
    is only `proposed` gives way to one that has something to do.

    Reads only (O-28); `findings` and `notices` of the plan are what the panel shows.
    """
    async with reading() as session:
        snapshot = await load_snapshot(session, key, acting.user, acting.work_date)
    if snapshot is None:
        return None
    request = REQUESTS[option]
    return plan_of(snapshot, request_with_work(snapshot, request) if proposed else request)


def counted_entries(plan: PostingPlan) -> list[tuple[Ledger, int]]:
    """How many entries the plan would write into each ledger, in the order of the ledgers; none if it may not post."""
    counts: dict[str, int] = {}
    for name, writer in WRITERS.items():
        ledger = _OF_TABLE.get(writer.ledger.table)
        entries = len(getattr(plan.ledgers, name))
        if ledger is not None and entries:
            counts[ledger.slug] = entries
    return [(ledger, counts[slug]) for slug, ledger in LEDGERS.items() if slug in counts]

"""Reads what the figures about a document are made from, and how its payer stands (D-113, D-115)."""

from __future__ import annotations

from db.engine import reading
from webapp.posting.snapshot import ZERO, DocumentKey
from webapp.posting.statistics import Credit, DocumentStatistics, document_statistics
from webapp.store.acting import Acting
from webapp.store.balances import BALANCE, balance_of
from webapp.store.rows import decimal_from
from webapp.store.snapshots import load_snapshot

__all__ = ["credit_of", "statistics_of_document"]


async def statistics_of_document(acting: Acting, key: DocumentKey) -> DocumentStatistics | None:
    """The figures of an open document; None when it does not exist."""
    async with reading() as session:
        snapshot = await load_snapshot(session, key, acting.user, acting.work_date)
    return document_statistics(snapshot) if snapshot else None


async def credit_of(acting: Acting, payer_no: str) -> Credit:
    """What a payer owes and may owe, as of the work date."""
    async with reading() as session:
        owed, limit = await session.fetch_all(
            [
                (BALANCE, (acting.work_date, payer_no)),
                ("SELECT credit_limit FROM customer WHERE no = ?", (payer_no,)),
            ]
        )
    return Credit(balance_of(owed).open_lcy, decimal_from(int(limit[0][0]), 5) if limit else ZERO)

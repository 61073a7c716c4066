"""`verify` as a list, for tests."""

from db.engine import reading
from webapp.store.verify import verify


async def faults() -> list[str]:
    return [str(fault) async for fault in verify() if not fault.listed]


async def listed() -> list[str]:
    """What is open, with the reason on record."""
    return [str(fault) async for fault in verify() if fault.listed]


_SUMMED = """
SELECT e.customer_no, COALESCE(e.currency_code, '') AS currency_code, COALESCE(e.due_date, e.posting_date) AS day,
    CASE WHEN e.due_date IS NULL THEN 0 ELSE 1 END AS dated, SUM(d.amount) AS amount, SUM(d.amount_lcy) AS amount_lcy
FROM customer_ledger_entry e JOIN detailed_customer_entry d ON d.customer_entry_no = e.entry_no
GROUP BY e.customer_no, e.currency_code, COALESCE(e.due_date, e.posting_date), e.due_date IS NULL"""
_KEPT = """
SELECT customer_no, currency_code, day, CASE WHEN dated THEN 1 ELSE 0 END AS dated, amount, amount_lcy
FROM customer_balance"""


async def wrong_balances() -> list[str]:
    """Where the balances that the database keeps are not the sums of the entries: what is kept, and what is right."""
    async with reading() as session:
        kept, summed = await session.fetch_all([(_KEPT, ()), (_SUMMED, ())])
    named, right = ({(*map(str, row[:4]), int(row[4]), int(row[5])) for row in rows} for rows in (kept, summed))
    right = {row for row in right if row[4] or row[5]}
    return sorted(f"kept {row}" for row in named - right) + sorted(f"entries {row}" for row in right - named)

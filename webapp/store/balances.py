"""What a payer owes: asked for when a document is made for it (D-10) and when it is posted (P-81)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from db.session import Row, Session
from webapp.posting.findings import Finding, finding, money
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Balance
from webapp.store.rows import decimal_from

# With the work date and the payer. What is closed leaves nothing, so this is what is open.
BALANCE = """
SELECT SUM(amount_lcy), SUM(CASE WHEN dated AND day < ? THEN amount_lcy ELSE 0 END)
FROM customer_balance WHERE customer_no = ?"""


def balance_of(rows: Sequence[Row]) -> Balance:
    """What `BALANCE` found, in LCY; nothing when the payer has no open entry."""
    if not rows or rows[0][0] is None:
        return Balance()
    open_lcy, overdue = rows[0]
    return Balance(decimal_from(int(open_lcy), 5), decimal_from(int(overdue), 5))


async def credit_notices(session: Session, setup: Setup, payer_no: str, day: date) -> list[Finding]:
    """A notice when the payer has overdue entries or is above the credit limit already (D-10)."""
    warnings = setup.receivables.credit_warnings
    if warnings == "none" or not payer_no:
        return []
    rows = await session.fetch_all(
        [(BALANCE, (day, payer_no)), ("SELECT credit_limit FROM customer WHERE no = ?", (payer_no,))]
    )
    owed = balance_of(rows[0])
    limit = decimal_from(int(rows[1][0][0]), 5) if rows[1] else ZERO
    notices = []
    if warnings in ("both", "overdue") and owed.overdue_lcy > 0:
        notices.append(f"{money(owed.overdue_lcy)} is overdue")
    if warnings in ("both", "credit_limit") and limit and owed.open_lcy > limit:
        notices.append(f"the balance of {money(owed.open_lcy)} is above the credit limit of {money(limit)}")
    return [finding("credit_limit_notice", field="bill_to_customer_no", no=payer_no, text=text) for text in notices]

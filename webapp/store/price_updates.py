"""Raises the prices of contracts, each in a transaction of its own, after a look at what they become (C-159, C-160)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from db.engine import reading
from db.session import Session
from webapp.billing.case import ContractCase
from webapp.billing.checks import contract_finding
from webapp.billing.prices import PriceUpdate, discounted, is_due, update_findings, updated
from webapp.posting.findings import Finding
from webapp.store.acting import Acting
from webapp.store.contract_drafts import NO_ANSWERS, ContractSaved, change
from webapp.store.contract_records import load_cases


@dataclass(frozen=True, slots=True)
class NewPrice:
    """A contract before and after, or why its prices stay."""

    before: ContractCase
    after: ContractCase
    findings: tuple[Finding, ...] = ()

    @property
    def difference(self) -> Decimal:
        return self.after.contract.annual_amount - self.before.contract.annual_amount


async def _due(session: Session, asked: PriceUpdate) -> list[str]:
    assert asked.until is not None
    more, values = "", list[Any]([asked.until])
    if asked.contract_no:
        more = " AND no = ?"
        values.append(asked.contract_no)
    rows = await session.fetch(
        "SELECT no FROM service_contract WHERE kind = 'contract' AND status = 'signed' AND change_status = 'locked'"
        f" AND price_update_period <> '' AND next_price_update_date <= ?{more} ORDER BY no",
        *values,
    )
    return [str(row[0]) for row in rows]


async def look_at_prices(acting: Acting, asked: PriceUpdate) -> list[NewPrice]:
    """The contracts that are due with their prices as they would become; reads only."""
    async with reading() as session:
        nos = await _due(session, asked)
        cases = await load_cases(session, nos)
    return [NewPrice(cases[no], updated(cases[no], asked, acting.work_date)) for no in nos]


async def update_prices(
    acting: Acting, asked: PriceUpdate, confirmed: frozenset[str] = NO_ANSWERS
) -> tuple[list[tuple[str, tuple[Finding, ...]]], list[Finding]]:
    """Raises them contract by contract; what became of each, or why nothing was begun."""
    if found := update_findings(asked, confirmed):
        return [], found
    async with reading() as session:
        nos = await _due(session, asked)
    return [(no, (await _update(acting, no, asked)).findings) for no in nos], []


async def _update(acting: Acting, no: str, asked: PriceUpdate) -> ContractSaved:
    async def work(session: Session, case: ContractCase) -> tuple[ContractCase, ContractSaved]:
        if asked.until is None or not is_due(case, asked.until):
            changed = contract_finding(case, "contract_changed", kind="Contract")
            return case, ContractSaved(findings=(changed,))
        return updated(case, asked, acting.work_date), ContractSaved()

    return await change(acting, "contract", no, None, work, "price_update")


async def change_discounts(acting: Acting, kind: str, no: str, points: Decimal) -> ContractSaved:
    """Adds percentage points to every line's discount of an open contract, or takes them off (C-160)."""

    async def work(session: Session, case: ContractCase) -> tuple[ContractCase, ContractSaved]:
        after, found = discounted(case, points)
        return after, ContractSaved(findings=tuple(found))

    return await change(acting, kind, no, None, work)

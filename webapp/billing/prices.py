"""Raising the prices of contracts by a percentage, and changing all discounts of one (C-159, C-160)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from webapp.billing.amounts import balanced, with_discount_pct, with_value
from webapp.billing.case import ContractCase
from webapp.billing.changes import not_open
from webapp.billing.charges import round_half_away
from webapp.billing.checks import contract_finding
from webapp.billing.periods import MONTHS_PER_PERIOD
from webapp.billing.records import ZERO, ContractLine, calcd_annual_amount
from webapp.posting.dates import move
from webapp.posting.findings import Finding, finding
from webapp.posting.records import changed

ASKS_ABOVE = Decimal(10)
MOST_UPDATES = 1000


@dataclass(frozen=True, slots=True)
class PriceUpdate:
    """Contracts whose next price update is due by a day, by how many percent; of one item only, where that is named."""

    until: date | None
    pct: Decimal
    contract_no: str = ""
    item_no: str = ""


def update_findings(asked: PriceUpdate, confirmed: frozenset[str]) -> list[Finding]:
    """C-159: a day and a percentage, and one asks when it is steep."""
    found = []
    if asked.until is None:
        found.append(finding("field_required", field="until", label="Update to date"))
    if not asked.pct or asked.pct <= -100:
        found.append(finding("contract_price_pct", field="pct"))
    elif abs(asked.pct) > ASKS_ABOVE and "contract_price_steep" not in confirmed:
        found.append(finding("contract_price_steep", field="pct", pct=asked.pct))
    return found


def is_due(case: ContractCase, until: date) -> bool:
    """Signed, locked, with a period after which prices rise, and a next update by the day."""
    contract = case.contract
    day = contract.next_price_update_date
    return contract.may_be_invoiced and bool(contract.price_update_period) and day is not None and day <= until


def updated(case: ContractCase, asked: PriceUpdate, work_date: date) -> ContractCase:
    """The contract with its new prices; discounts keep their percentage, and the annual amount is their sum (C-159)."""
    lines = tuple(_raised(line, asked.pct) if _fits(case, line, asked.item_no) else line for line in case.lines)
    contract, annual = case.contract, calcd_annual_amount(lines)
    months = MONTHS_PER_PERIOD[contract.invoice_period]
    contract = changed(
        contract,
        annual_amount=annual,
        amount_per_period=round_half_away(Fraction(annual) * months / 12) if months else ZERO,
        last_price_update_date=work_date,
        last_price_update_pct=asked.pct,
        next_price_update_date=_next_update(case),
        print_increase_text=contract.print_increase_text or annual != contract.annual_amount,
    )
    return changed(case, contract=contract, lines=lines)


def _next_update(case: ContractCase) -> date | None:
    """One period on, and never before the next invoice."""
    contract = case.contract
    day, period = contract.next_price_update_date, contract.price_update_period
    for _ in range(MOST_UPDATES):
        if day is None:
            return None
        following = move(day, period)
        if following <= day:
            return day
        day = following
        if contract.next_invoice_date is None or day >= contract.next_invoice_date:
            return day
    return day


def _fits(case: ContractCase, line: ContractLine, item_no: str) -> bool:
    machine = case.service_items.get(line.service_item_no)
    return not item_no or item_no in (line.item_no, machine.item_no if machine else "")


def _raised(line: ContractLine, pct: Decimal) -> ContractLine:
    return with_value(line, round_half_away(Fraction(line.line_value) * (100 + Fraction(pct)) / 100))


# --- discounts --------------------------------------------------------------------------------------------------------


def discounted(case: ContractCase, points: Decimal) -> tuple[ContractCase, list[Finding]]:
    """Percentage points added to every line's discount, or taken off, never below 0 (C-160)."""
    if refused := not_open(case):
        return case, refused
    if not points:
        return case, [contract_finding(case, "contract_price_pct", "points")]
    if any(line.line_discount_pct + points > 100 for line in case.lines):
        return case, [contract_finding(case, "discount_out_of_range", "points")]
    lines = tuple(with_discount_pct(line, max(line.line_discount_pct + points, ZERO)) for line in case.lines)
    return changed(case, lines=lines, contract=balanced(case.contract, lines)), []

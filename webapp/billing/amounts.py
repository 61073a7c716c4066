"""Amounts of a contract and its lines while they are agreed (C-46 … C-56, C-62)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from webapp.billing.charges import charge, round_half_away
from webapp.billing.periods import uncut
from webapp.billing.records import ZERO, Contract, ContractLine, calcd_annual_amount
from webapp.posting.findings import Finding, finding, money
from webapp.posting.records import changed

PCT = Decimal("0.00001")
HUNDRED = Decimal(100)


# --- a line -----------------------------------------------------------------------------------------------------------


def _settled(line: ContractLine, amount: Decimal) -> ContractLine:
    return changed(
        line,
        line_amount=amount,
        line_discount_amount=line.line_value - amount,
        profit=amount - line.line_cost,
    )


def with_value(line: ContractLine, value: Decimal) -> ContractLine:
    """A new list price; the percentage stays (C-46)."""
    return with_discount_pct(changed(line, line_value=value), line.line_discount_pct)


def with_discount_pct(line: ContractLine, pct: Decimal) -> ContractLine:
    """C-46: the amount is the value less this percentage of it."""
    exact = Fraction(line.line_value) * (1 - Fraction(pct) / 100)
    return _settled(changed(line, line_discount_pct=pct), round_half_away(exact))


def with_amount(line: ContractLine, amount: Decimal) -> ContractLine:
    """C-47: a typed amount gives the discount, below 0 where it is more than the value."""
    pct = ZERO
    if line.line_value:
        pct = round_half_away(Fraction(line.line_value - amount) * 100 / Fraction(line.line_value), PCT)
    return _settled(changed(line, line_discount_pct=pct), amount)


def with_discount_amount(line: ContractLine, discount: Decimal) -> ContractLine:
    """C-48: a typed discount gives percentage and amount."""
    return with_amount(line, line.line_value - discount)


def with_profit(line: ContractLine, profit: Decimal) -> ContractLine:
    """C-48: a typed profit gives the amount."""
    return with_amount(line, profit + line.line_cost)


def with_cost(line: ContractLine, cost: Decimal) -> ContractLine:
    return changed(line, line_cost=cost, profit=line.line_amount - cost)


# --- what a period comes to -------------------------------------------------------------------------------------------


def amount_per_period(contract: Contract, lines: Sequence[ContractLine]) -> Decimal:
    """What a period would come to, lines that begin or end within it left aside: an indication (C-62)."""
    period = contract.period
    if period is None or contract.next_invoice_date is None:
        return ZERO
    if period.days == uncut(contract.agreed, contract.next_invoice_date).days:
        return round_half_away(Fraction(contract.annual_amount) * contract.agreed.months / 12)
    return round_half_away(sum((charge(line.line_amount, period) for line in lines), Fraction(0)))


def with_amount_per_period(contract: Contract, lines: Sequence[ContractLine]) -> Contract:
    return changed(contract, amount_per_period=amount_per_period(contract, lines))


def balanced(contract: Contract, lines: Sequence[ContractLine]) -> Contract:
    """After a line came, changed or went: the annual amount is the sum of the lines, unless it may differ (C-56)."""
    if not contract.allow_unbalanced_amounts:
        contract = changed(contract, annual_amount=calcd_annual_amount(lines))
    return with_amount_per_period(contract, lines)


# --- a new annual amount over the lines -------------------------------------------------------------------------------

WAYS = ("even", "by_profit", "by_line_amount")


def distributed(
    lines: Sequence[ContractLine], annual_amount: Decimal, way: str
) -> tuple[list[ContractLine], list[Finding]]:
    """The lines that add up to a new annual amount (C-53, C-54): each rounded, the last one takes what is left."""
    refused = may_distribute(lines)
    if refused:
        return list(lines), refused
    difference = Fraction(annual_amount - calcd_annual_amount(lines))
    weights = {
        "even": [Fraction(1)] * len(lines),
        "by_profit": [Fraction(line.profit) for line in lines],
        "by_line_amount": [Fraction(line.line_amount) for line in lines],
    }[way]
    total = sum(weights, Fraction(0))
    if not total:
        return list(lines), [finding("contract_distribution_impossible", field="annual_amount", way=way)]
    after = []
    for line, weight in zip(lines, weights, strict=True):
        after.append(with_amount(line, round_half_away(Fraction(line.line_amount) + difference * weight / total)))
    rest = annual_amount - calcd_annual_amount(after)
    if rest:
        after[-1] = with_amount(lines[-1], after[-1].line_amount + rest)
    return after, [one for line in after for one in _low(line)]


def _low(line: ContractLine) -> list[Finding]:
    """C-49, C-54: a line may come to nothing, of which one warns; less than nothing is no price."""
    if line.line_amount > 0:
        return []
    code = "contract_line_below_zero" if line.line_amount < 0 else "contract_line_at_zero"
    return [finding(code, line=line.line_no, field="annual_amount", amount=money(line.line_amount))]


def may_distribute(lines: Sequence[ContractLine]) -> list[Finding]:
    """C-53: there are lines, and each has a value to give a discount on."""
    if not lines:
        return [finding("contract_without_lines", field="annual_amount")]
    empty = [line.line_no for line in lines if not line.line_value]
    return [finding("contract_line_value_zero", line=no, field="line_value") for no in empty]

"""The figures of a document: what is sold, what it costs, what is earned (P-142, D-113 … D-116).

An open document is measured with its own plan where it is about to be invoiced, so its figures are those of the invoice
it becomes; a posted one by its rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from webapp.posting.amounts import Totals, totals_at
from webapp.posting.measures import MEASURED, NOTHING, Measures, PerUnit, measures_of, per_unit
from webapp.posting.plan import REQUESTS, PostingPlan, plan_posting
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Header, Item, Line, Snapshot

CENT, TENTH = Decimal("0.01"), Decimal("0.1")
HUNDRED = Decimal(100)
TYPES = ("item", "resource", "cost", "gl_account")


@dataclass(frozen=True, slots=True)
class Statistics:
    """In the document's currency, unless LCY is in the name. `amount` is before the invoice discount; `quantity` counts
    what people entered, no service charge and no rounding line."""

    quantity: Decimal
    amount: Decimal
    inv_discount: Decimal
    total: Decimal
    vat_amount: Decimal
    amount_incl_vat: Decimal
    sales_lcy: Decimal
    cost_lcy: Decimal
    measures: Measures = NOTHING

    @property
    def profit_lcy(self) -> Decimal:
        return self.sales_lcy - self.cost_lcy

    @property
    def profit_pct(self) -> Decimal:
        """Of the sales, to one decimal; 0 without sales."""
        return _percent(self.profit_lcy, self.sales_lcy)


def statistics_of(header: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Statistics:
    """The figures of posted lines; a discount from prices with VAT is taken without it."""
    discount = sum((_discount(header, line) for line in lines), ZERO).quantize(CENT, ROUND_HALF_UP)
    total = sum((line["amount"] for line in lines), ZERO)
    including = sum((line["amount_including_vat"] for line in lines), ZERO)
    cost = sum((line["quantity"] * line["unit_cost_lcy"] for line in lines), ZERO)
    return Statistics(
        quantity=sum((line["quantity"] for line in lines if not line.get("system_created")), ZERO),
        amount=total + discount,
        inv_discount=discount,
        total=total,
        vat_amount=including - total,
        amount_incl_vat=including,
        sales_lcy=sum((line["amount_lcy"] for line in lines), ZERO),
        cost_lcy=cost.quantize(CENT, ROUND_HALF_UP),
        measures=measures_of(map(_measured, lines)),
    )


def _measured(line: Mapping[str, Any]) -> tuple[Decimal, PerUnit]:
    return line["quantity_base"], PerUnit(*(line[name] for name in MEASURED))


@dataclass(frozen=True, slots=True)
class ShipmentStatistics:
    """The figures of a posted shipment; what was undone is taken off (D-114)."""

    quantity: Decimal
    measures: Measures


def shipment_statistics(lines: Sequence[Mapping[str, Any]]) -> ShipmentStatistics:
    """The figures of posted lines as they were measured when they were posted."""
    quantity = sum((line["quantity"] for line in lines if not line["system_created"]), ZERO)
    return ShipmentStatistics(quantity, measures_of(map(_measured, lines)))


def statistics_by_type(header: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> dict[str, Statistics]:
    """The same for the posted lines of each type."""
    return {
        kind: statistics_of(header, own) for kind in TYPES if (own := [one for one in lines if one["type"] == kind])
    }


def _discount(header: Mapping[str, Any], line: Mapping[str, Any]) -> Decimal:
    return _net(line["inv_discount_amount"], line["vat_pct"] if header["prices_including_vat"] else ZERO)


def _net(amount: Decimal, vat_pct: Decimal) -> Decimal:
    return amount / (1 + vat_pct / 100)


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    return (part * 100 / whole).quantize(TENTH, ROUND_HALF_UP) if whole else ZERO


@dataclass(frozen=True, slots=True)
class Credit:
    """What the payer owes in LCY, and how far it may go; a limit of 0 is none."""

    balance_lcy: Decimal = ZERO
    credit_limit: Decimal = ZERO

    @property
    def expended_pct(self) -> Decimal:
        """Of the limit, held between 0 and 100; 0 without a limit."""
        return min(max(_percent(self.balance_lcy, self.credit_limit), ZERO), HUNDRED)


# --- open documents ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DocumentStatistics:
    """The figures of an open document (D-115). An order has them for each part of it: all, what is to be invoiced, to
    be shipped, to be consumed; the others have `general` alone. `by_type` divides `general` by the type of the lines,
    `inv_discounts` the invoice discount by line no."""

    general: Statistics
    invoicing: Statistics | None
    shipping: Statistics | None
    consuming: Statistics | None
    by_type: Mapping[str, Statistics]
    inv_discounts: Mapping[int, Decimal]
    credit: Credit = field(default_factory=Credit)


def document_statistics(snapshot: Snapshot) -> DocumentStatistics:
    """The figures of an open document (D-115).

    An order's `invoicing` is what "Ship and invoice" would put on the invoice, rounding included; an invoice or credit
    memo is measured as it would be posted. Nothing is refused: what the plan finds does not change its sums.
    """
    setup, header, lines = snapshot.setup, snapshot.header, snapshot.lines

    def of_lines(own: Sequence[Line], quantities: Sequence[Decimal]) -> Statistics:
        return _of_lines(setup, header, own, quantities, snapshot.items)

    plan = plan_posting(snapshot, REQUESTS["ship_and_invoice"])
    planned = _planned(plan)
    is_order = header.document_type == "order"
    limit = snapshot.bill_to.credit_limit if snapshot.bill_to else ZERO
    free = [changed(line, unit_price=ZERO, line_discount_amount=ZERO, inv_discount_amount=ZERO) for line in lines]
    return DocumentStatistics(
        of_lines(lines, [line.chargeable for line in lines]) if is_order else planned,
        planned if is_order else None,
        of_lines(lines, [line.qty_to_ship for line in lines]) if is_order else None,
        of_lines(free, [line.qty_to_consume for line in lines]) if is_order else None,
        {
            kind: of_lines(own, [line.chargeable for line in own])
            for kind in TYPES
            if (own := [line for line in lines if line.type == kind])
        },
        {line.line_no: line.inv_discount_amount for line in plan.case.lines if not line.is_text},
        Credit(snapshot.balance.open_lcy, limit),
    )


def _planned(plan: PostingPlan) -> Statistics:
    rows, gross = plan.case.posted, plan.header.prices_including_vat
    discount = sum((_net(row.inv_discount, row.line.vat_pct if gross else ZERO) for row in rows), ZERO)
    lines, quantities = [row.line for row in rows], [row.quantity for row in rows]
    return _statistics(plan.totals, lines, quantities, discount, plan.case.snapshot.items)


def _of_lines(
    setup: Setup, header: Header, lines: Sequence[Line], quantities: Sequence[Decimal], items: Mapping[str, Item]
) -> Statistics:
    discount = ZERO
    for line, quantity in zip(lines, quantities, strict=True):
        if line.chargeable:
            share = line.inv_discount_amount * quantity / line.chargeable
            discount += _net(share, line.vat_pct if header.prices_including_vat else ZERO)
    return _statistics(totals_at(setup, header, lines, quantities), lines, quantities, discount, items)


def _statistics(
    found: Totals,
    lines: Sequence[Line],
    quantities: Sequence[Decimal],
    inv_discount: Decimal,
    items: Mapping[str, Item],
) -> Statistics:
    discount = inv_discount.quantize(CENT, ROUND_HALF_UP)
    return Statistics(
        sum((q for line, q in zip(lines, quantities, strict=True) if not line.system_created), ZERO),
        found.amount + discount,
        discount,
        found.amount,
        found.vat,
        found.amount_including_vat,
        found.amount_lcy,
        found.cost_lcy,
        measures_of(
            (quantity * line.qty_per_uom, per_unit(line, items))
            for line, quantity in zip(lines, quantities, strict=True)
        ),
    )

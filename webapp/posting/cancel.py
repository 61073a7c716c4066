"""Cancelling a posted invoice: a credit memo with the very amounts of its lines, applied to it at once (P-186, D-43).

Nothing is calculated anew: each entry that the invoice wrote gets one that mirrors it. What was shipped from an order
stays with the customer, shipped and not invoiced; what an invoice by hand gave comes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from webapp.posting.amounts import PostedAmounts, VatGroup, group_lcy, spread, totals
from webapp.posting.application import EntryUpdate
from webapp.posting.cancel_checks import cancel_findings
from webapp.posting.cancel_entries import Mirror
from webapp.posting.cancelling import CancelSnapshot, Order, TakenShipmentLine, goods_of
from webapp.posting.case import Case
from webapp.posting.documents import InvoiceLine, no_amounts
from webapp.posting.findings import Finding, finding, money
from webapp.posting.ledgers import (
    Ledgers,
    New,
)
from webapp.posting.numbers import next_number
from webapp.posting.plan import PostingPlan
from webapp.posting.quantities import Parts, Taken, derived, initialised
from webapp.posting.records import changed
from webapp.posting.snapshot import ZERO, Line, PostingRequest

QTY = Decimal("0.00001")
PARTS = Parts(ship=False, consume=False, invoice=True, credits=True)


# --- what it comes to -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What a shipment line has to be invoiced again for, and the invoice's line that had taken it."""

    invoice_line_no: int
    shipment_line: TakenShipmentLine
    quantity: Decimal
    quantity_base: Decimal


@dataclass(frozen=True, slots=True)
class OrderAfter:
    """An order as cancelling leaves it; reopened when it was in the archive."""

    before: Order
    lines: tuple[Line, ...]
    warranties_open: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CancelPlan:
    """What cancelling finds and writes: the credit memo like any other posting, and what changes behind it.

    `uninvoiced` are base quantities by item entry that are shipped and not invoiced again.
    """

    source: CancelSnapshot
    posting: PostingPlan
    given_back: tuple[GivenBack, ...] = ()
    orders: tuple[OrderAfter, ...] = ()
    uninvoiced: Mapping[int, Decimal] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return self.posting.errors

    @property
    def may_cancel(self) -> bool:
        return self.posting.may_post


def plan_cancel(source: CancelSnapshot) -> CancelPlan:
    """What cancelling the invoice finds and would write (P-186). Pure; entries only without errors."""
    posting = PostingPlan(PostingRequest(invoice=True), PARTS, (), _case(source).totals, _case(source))
    posting = changed(posting, numbers=posting.case.numbers, findings=tuple(cancel_findings(source, posting.case)))
    plan = CancelPlan(source, posting)
    if plan.errors:
        return plan
    given_back, missing = _given_back(source)
    if missing:
        return changed(plan, posting=changed(posting, findings=(*posting.findings, *missing)))
    return _written(plan, given_back)


def _case(source: CancelSnapshot) -> Case:
    """The posted amounts as a posting has them: they are what was posted, and not made again."""
    snapshot = source.snapshot
    rows = [one.amounts for one in source.lines if one.line.quantity]
    precision = snapshot.setup.ledger.amount_rounding_precision
    taken = [_taken(one.line) for one in source.lines if not one.rounds]
    service = snapshot.setup.service
    series = snapshot.series.get(service.posted_cr_memo_nos, ())
    day = snapshot.header.posting_date
    assert day is not None
    number = next_number(snapshot.setup.number_series.get(service.posted_cr_memo_nos), series, day)
    return Case(
        snapshot,
        PostingRequest(invoice=True),
        PARTS,
        snapshot.lines,
        taken,
        rows,
        totals(rows, group_lcy(_groups(rows), rows), precision),
        {},
        {},
        {"credit_memo": number},
    )


def _taken(line: Line) -> Taken:
    return Taken(line, ZERO, ZERO, line.quantity, ZERO, ZERO, line.quantity_base, credited=True)


def _groups(rows: Sequence[PostedAmounts]) -> list[VatGroup]:
    """The VAT specification as sums of the posted lines (P-138)."""
    groups: dict[tuple[str, str, bool], VatGroup] = {}
    for row in rows:
        line = row.line
        key = (line.vat_identifier, line.vat_calculation_type, row.line_amount >= 0)
        pct = ZERO if line.vat_calculation_type == "reverse_charge" else line.vat_pct
        blank = VatGroup(key[0], key[1], pct, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO)
        start = changed(blank, vat_bus_group=line.vat_bus_group, vat_prod_group=line.vat_prod_group)
        group = groups.get(key, start)
        groups[key] = changed(
            group,
            line_amount=group.line_amount + row.line_amount,
            inv_disc_base=group.inv_disc_base + (row.line_amount if line.allow_invoice_disc else ZERO),
            inv_discount=group.inv_discount + row.inv_discount,
            base=group.base + row.amount,
            vat=group.vat + row.amount_including_vat - row.amount,
            including=group.including + row.amount_including_vat,
        )
    return list(groups.values())


# --- what is given back ---------------------------------------------------------------------------------------------


def _given_back(source: CancelSnapshot) -> tuple[list[GivenBack], list[Finding]]:
    """Which shipment lines are to be invoiced again: the one that the invoice's line names, those whose goods it was
    about, else those of the order's line, the newest first."""
    left = {one.key: one.quantity_invoiced for one in source.shipment_lines}
    found: list[GivenBack] = []
    missing: list[Finding] = []
    at: dict[str, Any] = {"document": source.invoice_no, "table": "service_invoice_line", "record": source.invoice_no}
    for one in source.lines:
        if not one.of_order or not one.line.quantity:
            continue
        line = one.line
        order = source.orders.get(line.order_no)
        if order is None or all(own.line_no != line.order_line_no for own in order.lines):
            values: dict[str, Any] = {"order": line.order_no, "order_line": line.order_line_no}
            missing.append(finding("cancel_order_line_gone", line=line.line_no, **values, **at))
            continue
        own = list(_taken_by(source, line, left))
        if sum((part.quantity for part in own), ZERO) != line.quantity:
            missing.append(finding("cancel_shipment_gone", line=line.line_no, order=line.order_no, **at))
        found += own
    return found, missing


def _taken_by(source: CancelSnapshot, line: Line, left: dict[tuple[str, int], Decimal]) -> Iterator[GivenBack]:
    rest = line.quantity
    for shipment_line, most in _candidates(source, line):
        quantity = min(rest, left[shipment_line.key], most)
        if quantity <= 0:
            continue
        whole = quantity == shipment_line.quantity_invoiced
        base = shipment_line.quantity_invoiced_base if whole else (quantity * line.qty_per_uom).quantize(QTY)
        left[shipment_line.key] -= quantity
        rest -= quantity
        yield GivenBack(line.line_no, shipment_line, quantity, base)


def _candidates(source: CancelSnapshot, line: Line) -> list[tuple[TakenShipmentLine, Decimal]]:
    """Shipment lines that the line may have been taken from, each with the most that it took there."""
    lines = {one.key: one for one in source.shipment_lines}
    if line.shipment_no:
        named = lines.get((line.shipment_no, line.shipment_line_no))
        return [(named, line.quantity)] if named else []
    own = [
        one for one in source.shipment_lines if (one.order_no, one.order_line_no) == (line.order_no, line.order_line_no)
    ]
    moved = [one for one in source.values if one.value.document_line_no == line.line_no]
    if line.type != "item" or not moved:
        return [(one, line.quantity) for one in own]
    bases = [abs(one.value.invoiced_quantity) for one in moved]
    quantities = spread(line.quantity, bases, QTY)
    most: dict[tuple[str, int], Decimal] = {}
    for one, quantity in zip(moved, quantities, strict=True):
        goods = source.goods[one.item_entry_no]
        key = (goods.document_no, goods.entry.document_line_no)
        most[key] = most.get(key, ZERO) + quantity
    return [(lines[key], quantity) for key, quantity in most.items() if key in lines]


# --- what is written ------------------------------------------------------------------------------------------------


def _written(plan: CancelPlan, given_back: Sequence[GivenBack]) -> CancelPlan:
    source, ledgers = plan.source, Ledgers()
    links = Mirror(source, ledgers).write()
    wrong = [
        finding("ledger_not_balanced", difference=money(rest), document=source.invoice_no)
        for rest in ledgers.differences().values()
    ]
    if wrong:
        return changed(plan, posting=changed(plan.posting, findings=(*plan.posting.findings, *wrong)))
    day = plan.posting.case.posting_date
    applied = [EntryUpdate(source.entry_no, ZERO, day)] if source.entry.amount else []
    returned = {no: -source.goods[no].entry.quantity for no in links.returned}
    posting = changed(
        plan.posting,
        invoice_lines=tuple(_credit_lines(source, links.items)),
        ledgers=ledgers,
        returned=returned,
        entries_applied=tuple(applied),
        lines_after=plan.posting.case.lines,
    )
    orders = tuple(_order_after(order, source, given_back) for order in source.orders.values())
    return changed(
        plan, posting=posting, given_back=tuple(given_back), orders=orders, uninvoiced=dict(links.uninvoiced)
    )


def _credit_lines(source: CancelSnapshot, items: Mapping[int, New]) -> Iterator[InvoiceLine]:
    for one in source.lines:
        line = changed(one.line, invoice_no=source.invoice_no, invoice_line_no=one.line.line_no)
        if line.is_text:
            amounts = no_amounts(line)
        else:
            back = [] if one.of_order else goods_of(source, line.line_no)
            line = changed(line, appl_from_item_entry=back[0].entry_no if back else None)
            amounts = changed(one.amounts, line=line)
        yield InvoiceLine(
            amounts=amounts,
            quantity_base=line.quantity_base,
            order_no=line.order_no,
            order_line_no=line.order_line_no,
            shipment_no=line.shipment_no,
            shipment_line_no=line.shipment_line_no,
            item_entry_no=items.get(line.line_no),
        )


# --- the orders afterwards ------------------------------------------------------------------------------------------


def _order_after(order: Order, source: CancelSnapshot, given_back: Sequence[GivenBack]) -> OrderAfter:
    """The order's lines shipped and not invoiced again, and which warranty entries are open (P-122)."""
    header, setup = order.header, source.snapshot.setup
    precision = setup.currency(header.currency_code).amount_rounding_precision
    after = []
    for line in order.lines:
        own = [
            one
            for one in given_back
            if (one.shipment_line.order_no, one.shipment_line.order_line_no) == (header.no, line.line_no)
        ]
        after.append(_line_after(line, own, precision) if own else line)
    return OrderAfter(order, tuple(after), tuple(_warranties_open(order, after)))


def _line_after(line: Line, own: Sequence[GivenBack], precision: Decimal) -> Line:
    after = changed(
        line,
        quantity_invoiced=line.quantity_invoiced - sum((one.quantity for one in own), ZERO),
        quantity_invoiced_base=line.quantity_invoiced_base - sum((one.quantity_base for one in own), ZERO),
        qty_to_consume=ZERO,
    )
    after = derived(initialised(after, "order"), "order", precision)
    assert after.quantity_invoiced >= 0, "more is given back than was invoiced"
    return (
        changed(after, line_discount_amount=line.line_discount_amount, line_amount=line.line_amount)
        if (after.chargeable == line.chargeable)
        else after
    )


def _warranties_open(order: Order, lines: Sequence[Line]) -> Iterator[int]:
    """The warranty entries that what is still invoiced or consumed does not cover any more."""
    for line in lines:
        covered = line.quantity_invoiced + line.quantity_consumed
        for entry in order.warranties:
            if entry.service_order_line_no == line.line_no:
                covered -= entry.quantity
                if covered < 0:
                    yield entry.entry_no

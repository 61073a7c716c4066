"""Orders behind an invoice that takes shipment lines: what posting it finds in them and what it leaves of them.

An invoice of several orders is posted by the same plan as any other; only the lines of the orders, their warranties and
their closing are followed here (P-93 … P-95, P-105, P-106, P-122, P-173, P-175).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from webapp.posting.case import Case
from webapp.posting.faults import Findings, header_finding, line_finding, real_lines
from webapp.posting.findings import Finding, finding, show
from webapp.posting.lost_discounts import OrderLine, lost_discount, lost_discount_texts
from webapp.posting.quantities import Taken, derived, max_to_invoice
from webapp.posting.records import changed
from webapp.posting.snapshot import (
    ZERO,
    Customer,
    Header,
    ItemLine,
    Line,
    OpenShipmentLine,
    ShippedOrder,
    WarrantyEntry,
)

# What of the header of an invoice must be as on the orders that it takes shipments of (P-93, P-106).
SAME_ON_BOTH = ("bill_to_customer_no", "currency_code")


# --- what is found --------------------------------------------------------------------------------------------------


def shipments_are_there(case: Case) -> Findings:
    """P-93, P-94: a line made from a shipment takes what the shipment line still has. P-95: an invoice opened for one
    order holds nothing else."""
    if case.snapshot.header.document_type != "invoice":
        return
    there = {(one.document_no, one.line_no): one for one in case.snapshot.shipment_lines}
    lines_of = {no: {line.line_no for line in order.lines} for no, order in case.snapshot.orders.items()}
    made_from = case.snapshot.made_from_order
    for taken in real_lines(case):
        line = taken.line
        if line.shipment_no:
            yield from _shipment_findings(case, taken, there.get((line.shipment_no, line.shipment_line_no)))
            if line.order_line_no in lines_of.get(line.order_no, ()):
                yield from _order_findings(case, line)
            else:
                yield line_finding(
                    case,
                    line,
                    "order_line_gone",
                    "order_no",
                    order=line.order_no,
                    order_line=line.order_line_no,
                    shipment=line.shipment_no,
                    shipment_line=line.shipment_line_no,
                )
        elif made_from and not line.system_created:
            yield line_finding(case, line, "line_needs_shipment", "shipment_no", order=made_from)


def _shipment_findings(case: Case, taken: Taken, shipment: OpenShipmentLine | None) -> Findings:
    line = taken.line
    at: dict[str, Any] = {"shipment": line.shipment_no, "shipment_line": line.shipment_line_no}
    uncovered = case.uncovered.get(line.line_no, ZERO)
    if shipment is None or (uncovered and uncovered == taken.to_invoice):
        yield line_finding(case, line, "shipment_line_gone", "shipment_no", **at)
    elif uncovered:
        left = taken.to_invoice - uncovered
        yield line_finding(case, line, "shipment_quantity_exceeded", "quantity", qty=line.quantity, left=left, **at)
    if shipment is not None and shipment.vat_bus_group != line.vat_bus_group:
        names = {"here": line.vat_bus_group, "there": shipment.vat_bus_group, "shipment": line.shipment_no}
        yield line_finding(case, line, "shipment_differs", "vat_bus_group", **names)


def _order_findings(case: Case, line: Line) -> Findings:
    header, order = case.snapshot.header, case.snapshot.orders[line.order_no].header
    for name in SAME_ON_BOTH:
        here, there = getattr(header, name), getattr(order, name)
        if here != there:
            yield line_finding(case, line, "shipment_differs", name, here=here, there=there, shipment=line.shipment_no)


def shipments_are_free(case: Case) -> Findings:
    """D-52: invoicing an order takes what an open invoice holds of its shipments, which then cannot be posted."""
    if case.snapshot.header.document_type != "order":
        return
    for taken in real_lines(case):
        for take in case.takes.get(taken.line.line_no, ()):
            shipment = take.shipment_line
            place = (shipment.document_no, shipment.line_no)
            left = shipment.qty_shipped_not_invoiced - take.quantity
            for invoice, quantity in case.snapshot.held_by_invoices.get(place, {}).items():
                lost = min(quantity - left, take.quantity)
                left = max(left - quantity, ZERO)
                if lost > 0:
                    names = {"shipment": place[0], "shipment_line": place[1]}
                    yield line_finding(
                        case,
                        taken.line,
                        "shipment_held_by_invoice",
                        "qty_to_invoice",
                        invoice=invoice,
                        qty=lost,
                        **names,
                    )


def customers_of_orders_may_be_invoiced(case: Case) -> Findings:
    """P-80, O-6: a customer who was served and may not be invoiced stops an invoice to whoever pays for it."""
    header = case.snapshot.header
    own = {header.customer_no, header.bill_to_customer_no}
    served = {
        order.customer.no: order.customer
        for order in case.snapshot.orders.values()
        if order.customer is not None and order.customer.no not in own
    }
    for customer in served.values():
        values = {"role": "Customer", "no": customer.no, "name": customer.name}
        values |= {"table": "customer", "record": customer.no}
        if customer.privacy_blocked:
            yield header_finding(case, "customer_privacy_blocked", "customer_no", **values)
        if invoice_block(customer):
            yield header_finding(case, "customer_blocked", "customer_no", kind=customer.blocked.capitalize(), **values)


def order_discounts_are_carried_over(case: Case) -> Findings:
    """D-50: what the orders give as invoice discount on what is taken of them, and the invoice does not."""
    snapshot = case.snapshot
    if not snapshot.orders or not case.parts.invoice:
        return
    behind = {
        (no, line.line_no): OrderLine(line, order.header.prices_including_vat)
        for no, order in snapshot.orders.items()
        for line in order.lines
    }
    lost = lost_discount(case.setup, snapshot.header, snapshot.lines, behind)
    if lost is not None:
        yield header_finding(case, "order_discount_lost", **lost_discount_texts(lost))


def invoice_block(customer: Customer | None) -> bool:
    """Whether a customer's block forbids invoices (D-37)."""
    return customer is not None and customer.blocked in ("all", "invoice")


# --- what is left of the orders -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrderAfter:
    """An order as posting an invoice of its shipments leaves it. With `closes` it goes into the archive so."""

    order: ShippedOrder
    lines: tuple[Line, ...]
    closes: bool
    warranty_closed: frozenset[int] = frozenset()
    notices: tuple[Finding, ...] = ()


def orders_after(case: Case) -> list[OrderAfter]:
    """The orders whose shipments are invoiced by hand, by number (P-105, P-175): invoiced quantities raised, everything
    left proposed again; done ones close when the set-up says so (O-4)."""
    by_order: dict[str, dict[int, list[Taken]]] = {}
    for taken in case.taken:
        line = taken.line
        if line.shipment_no and line.order_no and taken.to_invoice:
            by_order.setdefault(line.order_no, {}).setdefault(line.order_line_no, []).append(taken)
    entries: dict[str, list[WarrantyEntry]] = {}
    for entry in case.snapshot.warranty_entries:
        entries.setdefault(entry.service_order_no, []).append(entry)
    automatic = case.setup.service.close_invoiced_orders == "automatic"
    return [
        _order_after(case, case.snapshot.orders[no], by_order[no], entries.get(no, ()), automatic=automatic)
        for no in sorted(by_order)
    ]


def _order_after(
    case: Case,
    order: ShippedOrder,
    by_line: Mapping[int, Sequence[Taken]],
    entries: Sequence[WarrantyEntry],
    *,
    automatic: bool,
) -> OrderAfter:
    precision = case.setup.currency(order.header.currency_code).amount_rounding_precision
    lines = tuple(
        _invoiced(line, by_line[line.line_no], precision) if line.line_no in by_line else line for line in order.lines
    )
    done = automatic and lines_done(lines)
    notices = kept_open(order.header, order.item_lines, lines) if done else []
    closes = done and not notices
    return OrderAfter(order, lines, closes, covered_entries(lines, entries, closes_order=closes), tuple(notices))


def _invoiced(line: Line, taken: Iterable[Taken], precision: Decimal) -> Line:
    """An order line after others invoiced of it (P-59, P-175). Nothing ships here, so a planned consumption stays."""
    invoiced = invoiced_base = ZERO
    for one in taken:
        invoiced += one.to_invoice
        invoiced_base += one.to_invoice_base
    left = max(max_to_invoice(line) - invoiced, ZERO)
    after = changed(
        line,
        quantity_invoiced=line.quantity_invoiced + invoiced,
        quantity_invoiced_base=line.quantity_invoiced_base + invoiced_base,
        qty_to_invoice=ZERO if line.qty_to_consume else left,
    )
    return derived(after, "order", precision)


def lines_done(lines: Iterable[Line]) -> bool:
    """Whether everything on the lines is invoiced or consumed (P-173)."""
    return all(line.is_text or line.quantity == line.quantity_invoiced + line.quantity_consumed for line in lines)


def kept_open(header: Header, item_lines: Iterable[ItemLine], lines: Iterable[Line]) -> list[Finding]:
    """Why an order stays open although its lines are done: serviced things without lines (P-174, O-5)."""
    return [
        finding(
            "order_kept_open",
            document=header.no,
            no=header.no,
            name=item_line.service_item_no,
            item_line=item_line.line_no,
        )
        for item_line in item_lines_without_lines(item_lines, lines)
    ]


def item_lines_without_lines(item_lines: Iterable[ItemLine], lines: Iterable[Line]) -> list[ItemLine]:
    """The item lines with a service item that no service line belongs to (P-173, P-174)."""
    by_line, by_item = set(), set()
    for line in lines:
        by_line.add(line.service_item_line_no)
        by_item.add(line.service_item_no)
    return [
        item_line
        for item_line in item_lines
        if item_line.service_item_no and item_line.line_no not in by_line and item_line.service_item_no not in by_item
    ]


def covered_entries(lines: Iterable[Line], entries: Sequence[WarrantyEntry], *, closes_order: bool) -> frozenset[int]:
    """The open warranty entries of an order that close: per order line, oldest first, what is invoiced and consumed
    covers the entries in turn; with the order all of them (P-122)."""
    if closes_order:
        return frozenset(entry.entry_no for entry in entries if entry.open)
    left = {line.line_no: line.quantity_invoiced + line.quantity_consumed for line in lines}
    covered = set()
    for entry in entries:
        left[entry.service_order_line_no] = left.get(entry.service_order_line_no, ZERO) - entry.quantity
        if left[entry.service_order_line_no] >= 0 and entry.open:
            covered.add(entry.entry_no)
    return frozenset(covered)


def invoiced_to_its_end(header: Header, lines: Sequence[Line]) -> list[Finding]:
    """Why an order stays when invoiced orders are deleted: nothing invoiced, or something left to ship or to invoice
    (P-176). Serviced things without lines do not matter here."""
    if not any(line.quantity_invoiced for line in lines):
        return [_stays(header, "nothing of it is invoiced")]
    found = []
    for line in lines:
        outstanding, open_quantity = line.quantity - line.quantity_shipped, line.qty_shipped_not_invoiced
        left = [f"{show(outstanding)} not shipped"] if outstanding and not line.is_text else []
        left += [f"{show(open_quantity)} shipped and not invoiced"] if open_quantity else []
        if left:
            found.append(_stays(header, f"line {line.line_no} has {' and '.join(left)}"))
    return found


def _stays(header: Header, what: str) -> Finding:
    return finding("order_not_invoiced_out", document=header.no, no=header.no, what=what)

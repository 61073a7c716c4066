"""An invoice that takes shipments of several orders, on snapshots alone: a model of what the store loads for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tests.builders import COMPANY, Pack, filled, header, snapshot
from webapp.billing.shipment_lines import Held, Offer, ShippedLine, Taking, take
from webapp.posting.headers import KINDS
from webapp.posting.plan import PostingPlan
from webapp.posting.records import changed, names_of
from webapp.posting.snapshot import Customer, Header, Line, OpenShipmentLine, ShippedOrder, Snapshot


def offers_of(order: Snapshot, held: Mapping[tuple[str, int], Decimal] | None = None) -> list[Offer]:
    """What an order has shipped and not invoiced, as it would be offered to an invoice."""
    lines = {line.line_no: line for line in order.lines}
    found = []
    for one in order.shipment_lines:
        line = lines.get(one.order_line_no)
        taken = (held or {}).get((one.document_no, one.line_no))
        texts = tuple(text for text in order.lines if line and text.attached_to_line_no == line.line_no)
        own = (Held("SI-9", taken),) if taken else ()
        found.append(Offer(_shipped(one, line), order.header, line, texts, own))
    return found


def _shipped(one: OpenShipmentLine, line: Line | None) -> ShippedLine:
    values = {name: getattr(one, name, None) for name in names_of(ShippedLine)}
    names = ("description", "unit_price", "service_item_no", "contract_no")
    return ShippedLine(**{**values, **{name: getattr(line, name, "") for name in names}})


def people(of: Pack = COMPANY) -> dict[str, Customer]:
    return {row["no"]: filled(Customer, "customers", row) for row in of["customers"]}


def invoice_header(of: Pack = COMPANY, customer: str = "C-GOOD", no: str = "SI-1", **values: Any) -> Header:
    head = header(of, customer, no)
    return changed(head, document_type="invoice", posting_description=f"{KINDS['invoice']} {no}", **values)


def taken(head: Header, orders: Iterable[Snapshot], lines: Sequence[Line] = (), of: Pack = COMPANY) -> Taking:
    """Everything that these orders have open, taken into an invoice."""
    orders = list(orders)
    offers = [offer for order in orders for offer in offers_of(order)]
    return take(orders[0].setup, head, lines, offers, people(of))


def combined(orders: Sequence[Snapshot], head: Header | None = None, of: Pack = COMPANY) -> Snapshot:
    """The snapshot of an invoice over all that these orders have open."""
    head = head or invoice_header(of, orders[0].header.customer_no)
    taking = taken(head, orders, of=of)
    assert not taking.findings, [found.message for found in taking.findings]
    return as_loaded(snapshot(head, taking.lines, of=of), orders, of)


def as_loaded(invoice: Snapshot, orders: Sequence[Snapshot], of: Pack = COMPANY) -> Snapshot:
    """The invoice with what the store would load beside it of these orders."""
    named = {(line.shipment_no, line.shipment_line_no) for line in invoice.lines if line.shipment_line_no}
    known = people(of)
    return changed(
        invoice,
        shipment_lines=tuple(
            one for order in orders for one in order.shipment_lines if (one.document_no, one.line_no) in named
        ),
        expected_values={no: value for order in orders for no, value in order.expected_values.items()},
        warranty_entries=tuple(
            changed(entry, service_order_no=order.header.no) for order in orders for entry in order.warranty_entries
        ),
        orders={
            order.header.no: ShippedOrder(
                order.header, order.item_lines, order.lines, known.get(order.header.customer_no)
            )
            for order in orders
        },
        series=orders[-1].series,
        stock=orders[-1].stock,
    )


def orders_left(orders: Sequence[Snapshot], plan: PostingPlan) -> list[Snapshot]:
    """The orders after the invoice was posted; those that it closed are gone."""
    after = {one.order.header.no: one for one in plan.orders_after}
    takes = {(take.shipment_line.document_no, take.shipment_line.line_no): take.quantity for take in plan.takes}
    left = []
    for order in orders:
        done = after.get(order.header.no)
        if done is not None and done.closes:
            continue
        lines = done.lines if done is not None else order.lines
        rows = [_less(one, takes.get((one.document_no, one.line_no), Decimal(0))) for one in order.shipment_lines]
        open_rows = tuple(row for row in rows if row.qty_shipped_not_invoiced)
        left.append(changed(order, lines=lines, shipment_lines=open_rows))
    return left


def _less(line: OpenShipmentLine, quantity: Decimal) -> OpenShipmentLine:
    return changed(
        line,
        quantity_invoiced=line.quantity_invoiced + quantity,
        qty_shipped_not_invoiced=line.qty_shipped_not_invoiced - quantity,
    )

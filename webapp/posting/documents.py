"""The posted documents that a posting makes: shipment lines and invoice lines (P-104, P-105, P-107)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from webapp.posting.amounts import PostedAmounts
from webapp.posting.headers import KINDS
from webapp.posting.ledgers import Entry
from webapp.posting.lines import blanks_of
from webapp.posting.quantities import Taken
from webapp.posting.records import changed
from webapp.posting.snapshot import ZERO, Header, ItemLine, Line, OpenShipmentLine, Snapshot


class ShipmentLine(NamedTuple):
    """A line of the posted shipment; what is not invoiced or consumed at once stays open on it."""

    line: Line
    posting_date: date
    quantity: Decimal
    quantity_invoiced: Decimal
    quantity_consumed: Decimal
    quantity_base: Decimal
    quantity_invoiced_base: Decimal
    quantity_consumed_base: Decimal
    item_entry_no: Entry | None = None
    service_entry_no: Entry | None = None
    warranty_entry_no: Entry | None = None

    @property
    def qty_shipped_not_invoiced(self) -> Decimal:
        return self.quantity - self.quantity_invoiced - self.quantity_consumed

    @property
    def qty_shipped_not_invoiced_base(self) -> Decimal:
        return self.quantity_base - self.quantity_invoiced_base - self.quantity_consumed_base


class InvoiceLine(NamedTuple):
    """A line of the posted invoice or credit memo with its amounts (P-107)."""

    amounts: PostedAmounts
    quantity_base: Decimal
    order_no: str
    order_line_no: int
    shipment_no: str = ""
    shipment_line_no: int = 0
    item_entry_no: Entry | None = None

    @property
    def line(self) -> Line:
        return self.amounts.line


class ShipmentTake(NamedTuple):
    """What this posting invoices of an earlier shipment line (P-105)."""

    shipment_line: OpenShipmentLine
    quantity: Decimal
    quantity_base: Decimal


def shipped_now(taken: Taken, line_date: date) -> ShipmentLine:
    """The shipment line of what a posting ships; texts are copied (P-104)."""
    invoiced = min(taken.to_invoice, taken.to_ship - taken.to_consume)
    if invoiced == taken.to_ship:
        invoiced_base = taken.to_ship_base
    elif invoiced == taken.to_invoice:
        invoiced_base = taken.to_invoice_base
    else:
        invoiced_base = taken.to_ship_base - taken.to_consume_base
    return ShipmentLine(
        line=taken.line,
        posting_date=line_date,
        quantity=taken.to_ship,
        quantity_invoiced=invoiced,
        quantity_consumed=taken.to_consume,
        quantity_base=taken.to_ship_base,
        quantity_invoiced_base=invoiced_base,
        quantity_consumed_base=taken.to_consume_base,
    )


def shipped_item_lines(snapshot: Snapshot) -> Sequence[ItemLine]:
    """The service item lines of a posted shipment: an order's own; for an invoice one that names it (P-104)."""
    header = snapshot.header
    if header.document_type == "order":
        return snapshot.item_lines
    values = {**blanks_of(ItemLine), "line_no": 10000, "description": f"{KINDS[header.document_type]} {header.no}"}
    return (ItemLine(**values),)


def order_of_invoice(header: Header, lines: Sequence[InvoiceLine]) -> str:
    """The order no. of a posted invoice: the order itself, or the one that all its lines come from; else blank
    (P-107)."""
    if header.document_type == "order":
        return header.no
    orders = {line.order_no for line in lines if line.order_line_no or not (line.line.is_text or _is_added(line.line))}
    return orders.pop() if len(orders) == 1 else ""


def _is_added(line: Line) -> bool:
    """Whether the program added the line to the invoice by itself: a service charge, the rounding."""
    return line.system_created and not line.shipment_no


class OpenShipments:
    """What is left on earlier shipments while the lines of a posting take from it (P-105, P-106)."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._by_hand = snapshot.header.document_type != "order"
        self._left: dict[tuple[str, int], list[OpenShipmentLine]] = {}
        for one in snapshot.shipment_lines:
            place = (one.document_no, one.line_no) if self._by_hand else ("", one.order_line_no)
            self._left.setdefault(place, []).append(one)

    def take(self, taken: Taken) -> tuple[list[ShipmentTake], Decimal]:
        """What a line invoices of them, and what they do not cover. An order's line takes the oldest shipment first,
        an invoice's line from the shipment line that it names."""
        line = taken.line
        place = (line.shipment_no, line.shipment_line_no) if self._by_hand else ("", line.line_no)
        open_lines = self._left.get(place, [])
        takes, uncovered = from_earlier_shipments(taken, open_lines)
        if self._by_hand and takes:  # two lines of an invoice may come from one shipment line
            (take,) = takes
            whole = take.quantity == take.shipment_line.qty_shipped_not_invoiced
            self._left[place] = [] if whole else [_less(take)]
        return takes, uncovered


def _less(take: ShipmentTake) -> OpenShipmentLine:
    """The shipment line after something was taken of it."""
    line = take.shipment_line
    return changed(
        line,
        quantity_invoiced=line.quantity_invoiced + take.quantity,
        quantity_invoiced_base=line.quantity_invoiced_base + take.quantity_base,
        qty_shipped_not_invoiced=line.qty_shipped_not_invoiced - take.quantity,
        qty_shipped_not_invoiced_base=line.qty_shipped_not_invoiced_base - take.quantity_base,
    )


def from_earlier_shipments(taken: Taken, open_lines: Sequence[OpenShipmentLine]) -> tuple[list[ShipmentTake], Decimal]:
    """What is invoiced of earlier shipments of the line, oldest first, and what they do not cover (P-105, O-41)."""
    rest = taken.from_earlier
    takes = []
    for shipment_line in open_lines:
        if not rest:
            break
        quantity = min(rest, shipment_line.qty_shipped_not_invoiced)
        if not quantity:
            continue
        whole = quantity == shipment_line.qty_shipped_not_invoiced
        base = (
            shipment_line.qty_shipped_not_invoiced_base
            if whole
            else quantity * shipment_line.quantity_base / shipment_line.quantity
        )
        takes.append(ShipmentTake(shipment_line, quantity, base.quantize(Decimal("0.00001"))))
        rest -= quantity
    return takes, rest


def no_amounts(line: Line) -> PostedAmounts:
    """The amounts of a text line."""
    return PostedAmounts(line, ZERO, ZERO, ZERO, ZERO)


def invoice_status(remaining: Decimal, header: Mapping[str, Any], today: date) -> str:
    """Where a posted invoice stands (D-100, D-133): cancelled, paid, overdue, partly_paid or open."""
    if header["cancelled_by"]:
        return "cancelled"
    if not remaining:
        return "paid"
    if header["due_date"] and header["due_date"] < today:
        return "overdue"
    return "open" if remaining == header["amount_including_vat"] else "partly_paid"

"""Quantities of a line: what may be shipped, invoiced, consumed, and what a posting takes of it (P-53 … P-67)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from webapp.posting.findings import Finding, finding, show
from webapp.posting.money import round_to
from webapp.posting.records import changed
from webapp.posting.snapshot import ZERO, Line, PostingRequest

QTY = Decimal("0.00001")


def max_to_invoice(line: Line) -> Decimal:
    """The most that can be invoiced now, counting what is to be shipped (part 4). Never below 0."""
    left = line.quantity_shipped + line.qty_to_ship - line.quantity_invoiced - line.quantity_consumed
    return max(left - line.qty_to_consume, ZERO)


def max_to_consume(line: Line) -> Decimal:
    """The most that can be consumed now: what is not shipped yet (P-56)."""
    return line.quantity - line.quantity_shipped


# --- why not more --------------------------------------------------------------------------------------------------


def too_much_to_ship(line: Line) -> dict[str, Any]:
    """What a refusal says of more than can be shipped: how much can, because of what, and how it goes on."""
    if not line.quantity:
        return _told(ZERO, "Quantity is 0", "Enter Quantity first")
    return _told(line.quantity - line.quantity_shipped, _of_quantity(line), "Raise Quantity to ship more")


def too_much_to_consume(line: Line) -> dict[str, Any]:
    """The same of consuming. What is shipped already is consumed afterwards, from the shipped lines (O-8)."""
    how = "Consume what is shipped and not invoiced from the shipped lines of the order"
    return _told(max_to_consume(line), _of_quantity(line), how)


def too_much_to_invoice(line: Line) -> dict[str, Any]:
    """The same of invoicing, which counts what is shipped and what is to be shipped."""
    used = {
        "invoiced": line.quantity_invoiced,
        "consumed": line.quantity_consumed,
        "to consume": line.qty_to_consume,
    }
    gone = " and ".join(f"{show(count)} {word}" for word, count in used.items() if count)
    there = {"shipped": line.quantity_shipped, "to ship": line.qty_to_ship}
    shipped = " and ".join(f"{show(count)} {word}" for word, count in there.items() if count) or "nothing is shipped"
    because = f"{shipped}, less {gone}" if gone else shipped
    rest = line.quantity - sum(used.values())
    how = "Ship the rest first" if rest > max_to_invoice(line) else "Raise Quantity to invoice more"
    return _told(max_to_invoice(line), because, how)


def _of_quantity(line: Line) -> str:
    shipped, quantity = line.quantity_shipped, line.quantity
    if not shipped:
        return "that is the Quantity"
    return f"{show(shipped)} of {show(quantity)} shipped already" if shipped < quantity else "all is shipped already"


def _told(most: Decimal, because: str, how: str) -> dict[str, Any]:
    most = max(most, ZERO)
    how = f"{how}, or enter {show(most)} or less" if most else how
    return {"most": f"{show(most)} {'unit' if most == 1 else 'units'}", "because": because, "how": how}


# --- what a person types ------------------------------------------------------------------------------------------

Change = tuple[Line, tuple[Finding, ...]]


def set_quantity(line: Line, value: Decimal, document_type: str) -> Change:
    """Type the quantity (P-53, O-38): the rest follows. Findings: quantity_needs_number, quantity_negative,
    quantity_below_shipped; the line is then returned unchanged."""
    at: dict[str, Any] = {"line": line.line_no, "field": "quantity"}
    if line.type == "blank" and value:
        return line, (finding("blank_line_has_quantity", **at),)
    if not line.no and value:
        return line, (finding("quantity_needs_number", **at),)
    if value < 0:
        return line, (finding("quantity_negative", **at),)
    if value < line.quantity_shipped and not line.shipment_no:
        return line, (finding("quantity_below_shipped", shipped=line.quantity_shipped, **at),)
    return initialised(changed(line, quantity=value, qty_to_consume=ZERO), document_type), ()


def initialised(line: Line, document_type: str) -> Line:
    """The line with everything proposed that is possible: ship the rest, invoice all that can be (P-53, D-27)."""
    settled_before = line.quantity_invoiced + line.quantity_consumed + line.qty_to_consume
    to_ship, to_invoice = _proposed(line, document_type, line.quantity_shipped, settled_before)
    return changed(line, qty_to_ship=to_ship, qty_to_invoice=to_invoice)


def _proposed(line: Line, document_type: str, shipped: Decimal, settled_before: Decimal) -> tuple[Decimal, Decimal]:
    """What to ship and to invoice of a line of which so much is shipped, and so much invoiced, consumed or about to be
    consumed. A credit memo and a line from a shipment ship nothing and invoice their quantity."""
    if document_type == "credit_memo" or line.shipment_no:
        return ZERO, line.quantity
    return line.quantity - shipped, max(line.quantity - settled_before, ZERO)


def set_qty_to_ship(line: Line, value: Decimal) -> Change:
    """Type the quantity to ship (P-54): consumption follows it, the quantity to invoice is proposed anew."""
    at: dict[str, Any] = {"line": line.line_no, "field": "qty_to_ship"}
    if value < 0:
        return line, (finding("quantity_negative", **at),)
    if value > line.quantity - line.quantity_shipped:
        return line, (finding("qty_to_ship_too_large", **too_much_to_ship(line), **at),)
    consume = value if line.qty_to_consume else ZERO
    line = changed(line, qty_to_ship=value, qty_to_consume=consume)
    return changed(line, qty_to_invoice=ZERO if consume else max_to_invoice(line)), ()


def set_qty_to_invoice(line: Line, value: Decimal) -> Change:
    """Type the quantity to invoice (P-55): more than 0 ends a planned consumption."""
    at: dict[str, Any] = {"line": line.line_no, "field": "qty_to_invoice"}
    if value < 0:
        return line, (finding("quantity_negative", **at),)
    without = changed(line, qty_to_consume=ZERO) if value else line
    if value > max_to_invoice(without):
        return line, (finding("qty_to_invoice_too_large", **too_much_to_invoice(without), **at),)
    return changed(without, qty_to_invoice=value), ()


def set_qty_to_consume(line: Line, value: Decimal) -> Change:
    """Type the quantity to consume (P-56): it ships the same quantity and invoices nothing."""
    at: dict[str, Any] = {"line": line.line_no, "field": "qty_to_consume"}
    if value < 0:
        return line, (finding("quantity_negative", **at),)
    if value > max_to_consume(line):
        return line, (finding("qty_to_consume_too_large", **too_much_to_consume(line), **at),)
    if not value:
        return initialised(changed(line, qty_to_consume=ZERO), "order") if line.qty_to_consume else line, ()
    return changed(line, qty_to_consume=value, qty_to_ship=value, qty_to_invoice=ZERO), ()


SETTERS: dict[str, Callable[[Line, Decimal], Change]] = {
    "qty_to_ship": set_qty_to_ship,
    "qty_to_invoice": set_qty_to_invoice,
    "qty_to_consume": set_qty_to_consume,
}


# --- what follows from it -----------------------------------------------------------------------------------------


def _base(quantity: Decimal, per: Decimal, whole: Decimal, whole_base: Decimal) -> Decimal:
    """The base twin of a quantity; the last of a whole takes what is left of its base (P-58)."""
    return whole_base if quantity == whole else round_to(quantity * per, QTY)


def derived(line: Line, document_type: str, precision: Decimal) -> Line:
    """The line with everything that follows from its quantities and price (P-33, P-58).

    `precision` is the amount rounding precision of the document's currency. The base twins of what is already
    shipped, invoiced and consumed are facts and stay.
    """
    per = line.qty_per_uom
    credit = document_type == "credit_memo"
    quantity_base = round_to(line.quantity * per, QTY)
    outstanding = line.quantity if credit else line.quantity - line.quantity_shipped
    outstanding_base = quantity_base if credit else quantity_base - line.quantity_shipped_base
    not_invoiced = ZERO if credit else line.quantity_shipped - line.quantity_invoiced - line.quantity_consumed
    not_invoiced_base = (
        ZERO if credit else line.quantity_shipped_base - line.quantity_invoiced_base - line.quantity_consumed_base
    )
    ship_base = _base(line.qty_to_ship, per, outstanding, outstanding_base)
    consume_base = ship_base if line.qty_to_consume == line.qty_to_ship else round_to(line.qty_to_consume * per, QTY)
    invoice_base = _base(
        line.qty_to_invoice,
        per,
        not_invoiced + line.qty_to_ship - line.qty_to_consume,
        not_invoiced_base + ship_base - consume_base,
    )
    amount, discount = priced(line, line.unit_price, precision)
    return changed(
        line,
        outstanding_qty=outstanding,
        qty_shipped_not_invoiced=not_invoiced,
        quantity_base=quantity_base,
        outstanding_qty_base=outstanding_base,
        qty_shipped_not_invoiced_base=not_invoiced_base,
        qty_to_ship_base=ship_base,
        qty_to_invoice_base=invoice_base,
        qty_to_consume_base=consume_base,
        line_discount_amount=discount,
        line_amount=amount,
    )


def priced(line: Line, unit_price: Decimal, precision: Decimal) -> tuple[Decimal, Decimal]:
    """Line amount and line discount amount at this unit price (P-33)."""
    gross = round_to(line.chargeable * unit_price, precision)
    discount = round_to(gross * line.line_discount_pct / 100, precision) if line.line_discount_pct else ZERO
    return gross - discount, discount


# --- what a posting takes -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a posting that run (P-62, P-66). `credits`: it is a credit memo, so that what is invoiced was not
    shipped with it, but comes back (P-151)."""

    ship: bool
    consume: bool
    invoice: bool
    credits: bool = False

    @classmethod
    def of(cls, request: PostingRequest, credits: bool = False) -> Parts:
        """The parts that a request asks for."""
        return cls(request.ship, request.consume, request.invoice, credits)

    @property
    def option(self) -> str:
        """ship, ship_and_consume, invoice, ship_and_invoice; "none" when nothing runs."""
        if self.consume:
            return "ship_and_consume"
        if self.ship:
            return "ship_and_invoice" if self.invoice else "ship"
        return "invoice" if self.invoice else "none"


class Taken(NamedTuple):
    """What a posting takes of one line. Quantities in the line's unit, `…_base` in the base unit, none below 0.

    `reduced_from` is the quantity that was asked to be invoiced when it had to be lowered (P-67), else None.
    `credited`: what is invoiced comes back (P-113), and no shipment stands behind it.
    """

    line: Line
    to_ship: Decimal
    to_consume: Decimal
    to_invoice: Decimal
    to_ship_base: Decimal
    to_consume_base: Decimal
    to_invoice_base: Decimal
    reduced_from: Decimal | None = None
    credited: bool = False

    @property
    def from_earlier(self) -> Decimal:
        """What is invoiced of earlier shipments (P-105)."""
        return ZERO if self.credited else max(self.to_invoice - self.to_ship, ZERO)


def _left_out(line: Line, parts: Parts) -> bool:
    """Whether a line with a number takes no part, by its own quantities (P-64)."""
    if parts.credits:
        return line.qty_to_invoice == 0
    if parts.consume:
        return line.qty_to_consume == 0
    if parts.ship and parts.invoice:
        return line.qty_to_consume != 0 or (line.qty_to_ship == 0 and line.qty_to_invoice == 0)
    if parts.ship:
        return line.qty_to_consume != 0 or line.qty_to_ship == 0
    open_qty = line.quantity_shipped - line.quantity_invoiced - line.quantity_consumed
    return line.qty_to_invoice == 0 or (open_qty == 0 and not line.shipment_no)


def choose_lines(lines: Sequence[Line], request: PostingRequest, parts: Parts) -> list[Line]:
    """The lines that take part, in line order (P-64, P-65, P-69, P-70).

    Text lines go with the whole document or when they are chosen; attached texts follow their parent. Lines whose
    number is blank take part, so that their fault is found.
    """
    chosen = {line.line_no for line in lines if request.lines is None or line.line_no in request.lines}
    part = {
        line.line_no
        for line in lines
        if line.line_no in chosen and (line.is_text or not line.no or not _left_out(line, parts))
    }
    by_no = {line.line_no: line for line in lines}
    for line in lines:
        if line.attached_to_line_no in by_no:
            (part.add if line.attached_to_line_no in part else part.discard)(line.line_no)
    return [line for line in sorted(lines, key=lambda line: line.line_no) if line.line_no in part]


def parts_that_run(lines: Iterable[Line], parts: Parts) -> Parts:
    """The asked parts without those that have no line (P-66, D-70)."""
    real = [line for line in lines if not line.is_text]
    consume = parts.consume and any(line.quantity and line.qty_to_consume for line in real)
    ship = parts.ship and any(line.qty_to_ship and not line.shipment_no for line in real)
    invoice = parts.invoice and any(
        line.qty_to_invoice
        and (
            parts.ship
            or parts.credits
            or line.shipment_no
            or line.quantity_shipped - line.quantity_invoiced - line.quantity_consumed
        )
        for line in real
    )
    return Parts(ship and (consume or not parts.consume), consume, invoice, parts.credits)


def parts_with_work(lines: Sequence[Line], request: PostingRequest) -> Parts:
    """What of a request to post an order has lines to work on, by their quantities alone (P-64, P-66)."""
    asked = Parts.of(request)
    return parts_that_run(choose_lines(lines, request, asked), asked)


def only_to_consume(lines: Sequence[Line], request: PostingRequest) -> bool:
    """Whether a request that ships has nothing to do because all that is to ship is to be consumed (P-62, P-64)."""
    if not request.ship or request.consume or parts_with_work(lines, request).option != "none":
        return False
    return parts_with_work(lines, changed(request, consume=True, invoice=False)).consume


def nothing_to_post(document: str, consumes: bool = False) -> Finding:
    """That no line takes part (P-66); `consumes`: one would in ship and consume."""
    what, how = "There is nothing to post", "Enter a quantity to ship, to invoice or to consume"
    if consumes:
        what = "All that is to ship is to be consumed; choose Ship and consume"
        how = "Ship and consume posts what is used and not invoiced"
    return finding("nothing_to_post", document=document, what=what, how=how)


def found_among_many(found: Finding) -> Finding:
    """A finding where several orders are handled at once, and none of them can be consumed (D-88)."""
    if found != nothing_to_post(found.document, consumes=True):
        return found
    return changed(
        found, remedy="Post this order singly with Ship and consume: a batch and its test report consume nothing."
    )


def take(line: Line, parts: Parts) -> Taken:
    """The quantities of a line in this posting: 0 for parts that do not run, to invoice at most what can be (P-67)."""
    if line.is_text:
        return Taken(line, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO)
    if parts.credits:
        return Taken(line, ZERO, ZERO, line.qty_to_invoice, ZERO, ZERO, line.quantity_base, credited=True)
    ships = parts.ship and not line.shipment_no
    to_ship = line.qty_to_ship if ships else ZERO
    to_consume = line.qty_to_consume if parts.consume else ZERO
    to_invoice = line.qty_to_invoice if parts.invoice else ZERO
    ship_base = line.qty_to_ship_base if ships else ZERO
    consume_base = line.qty_to_consume_base if parts.consume else ZERO
    invoice_base = line.qty_to_invoice_base if parts.invoice else ZERO
    reduced = None
    if to_invoice and not line.shipment_no:
        most = line.quantity_shipped - line.quantity_invoiced - line.quantity_consumed + to_ship - to_consume
        if to_invoice > most:
            reduced, to_invoice = to_invoice, max(most, ZERO)
            invoice_base = (
                line.quantity_shipped_base - line.quantity_invoiced_base - line.quantity_consumed_base + ship_base
            )
    return Taken(line, to_ship, to_consume, to_invoice, ship_base, consume_base, invoice_base, reduced)


def settled(taken: Taken, document_type: str, precision: Decimal) -> Line:
    """The line after the posting (P-59): facts raised, everything that is left proposed again."""
    line = taken.line
    if line.is_text:
        return line
    shipped, consumed = line.quantity_shipped + taken.to_ship, line.quantity_consumed + taken.to_consume
    invoiced = line.quantity_invoiced + taken.to_invoice
    to_ship, to_invoice = _proposed(line, document_type, shipped, invoiced + consumed)
    after = changed(
        line,
        quantity_shipped=shipped,
        quantity_consumed=consumed,
        quantity_invoiced=invoiced,
        quantity_shipped_base=line.quantity_shipped_base + taken.to_ship_base,
        quantity_consumed_base=line.quantity_consumed_base + taken.to_consume_base,
        quantity_invoiced_base=line.quantity_invoiced_base + taken.to_invoice_base,
        qty_to_ship=to_ship,
        qty_to_invoice=to_invoice,
        qty_to_consume=ZERO,
    )
    return derived(after, document_type, precision)

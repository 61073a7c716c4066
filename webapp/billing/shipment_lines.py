"""Shipment lines for an invoice: which are offered, why one cannot be taken, what they become on it (D-44 … D-54)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.billing.wording import said
from webapp.posting.combined import SAME_ON_BOTH, invoice_block
from webapp.posting.findings import Finding, finding, money
from webapp.posting.lines import blank_line, next_line_no
from webapp.posting.lost_discounts import OrderLine, lost_discount, lost_discount_texts, price_converted
from webapp.posting.money import round_to
from webapp.posting.quantities import derived
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Customer, Header, Line

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class ShippedLine:
    """A posted shipment line with something not invoiced."""

    document_no: str
    line_no: int
    order_no: str
    order_line_no: int
    posting_date: date
    type: str
    no: str
    variant_code: str
    description: str
    uom: str
    quantity: Decimal
    quantity_invoiced: Decimal
    quantity_consumed: Decimal
    qty_shipped_not_invoiced: Decimal
    unit_price: Decimal
    vat_bus_group: str
    location_code: str
    service_item_no: str
    contract_no: str
    dim_1: str
    dim_2: str

    @property
    def place(self) -> tuple[str, int]:
        return self.document_no, self.line_no


@dataclass(frozen=True, slots=True)
class Held:
    """A quantity of a shipment line that stands on an open invoice (D-52)."""

    invoice_no: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Offer:
    """A shipped line with its order and its order line as they are now, and what open invoices hold of it.

    `order` and `line` are None when they are gone; `texts` are the texts attached to the order line.
    """

    shipped: ShippedLine
    order: Header | None
    line: Line | None
    texts: tuple[Line, ...] = ()
    held: tuple[Held, ...] = ()

    @property
    def left(self) -> Decimal:
        """What can still be taken: shipped − invoiced − consumed − on open invoices."""
        return self.shipped.qty_shipped_not_invoiced - sum((one.quantity for one in self.held), ZERO)


@dataclass(frozen=True, slots=True)
class Payer:
    """What of an invoice decides which shipment lines fit it."""

    bill_to_customer_no: str
    currency_code: str
    vat_bus_group: str
    prices_including_vat: bool


def payer_of(header: Header) -> Payer:
    return Payer(header.bill_to_customer_no, header.currency_code, header.vat_bus_group, header.prices_including_vat)


# --- what is offered ------------------------------------------------------------------------------------------------


def may_take_shipments(header: Header) -> list[Finding]:
    """D-44: why an invoice cannot take shipment lines at all."""
    values: dict[str, Any] = {"document": header.no, "no": header.no}
    found = []
    if header.contract_no:
        found.append(finding("shipments_not_on_contract", field="contract_no", contract=header.contract_no, **values))
    if not header.bill_to_customer_no:
        found.append(finding("shipments_need_payer", field="bill_to_customer_no", **values))
    if header.release_status != "open":
        found.append(finding("shipments_not_on_released", field="release_status", **values))
    return found


def reasons(offer: Offer, payer: Payer, customers: Mapping[str, Customer]) -> Iterator[Finding]:
    """Why a line cannot be taken; nothing when it can (D-46, D-47, D-52, O-6)."""
    shipped = offer.shipped
    at: dict[str, Any] = {"shipment": shipped.document_no, "shipment_line": shipped.line_no}
    if offer.order is None or offer.line is None:
        yield finding("order_line_gone", order=shipped.order_no, order_line=shipped.order_line_no, **at)
        return
    for name in SAME_ON_BOTH:
        here, there = getattr(payer, name), getattr(offer.order, name)
        if here != there:
            yield finding("shipment_differs", field=name, here=here, there=there, shipment=shipped.document_no)
    if shipped.vat_bus_group != payer.vat_bus_group:
        here, there = payer.vat_bus_group, shipped.vat_bus_group
        yield finding("shipment_differs", field="vat_bus_group", here=here, there=there, shipment=shipped.document_no)
    yield from blocks(offer.order, customers)
    if offer.left <= 0:
        if offer.held:
            yield finding("shipment_line_held", record=offer.held[0].invoice_no, invoice=offer.held[0].invoice_no, **at)
        else:
            yield finding("shipment_line_unknown", **at)


def blocks(order: Header, customers: Mapping[str, Customer]) -> Iterator[Finding]:
    """Customer and payer of an order who may not be invoiced (D-37, O-6)."""
    people = [("Customer", order.customer_no)]
    if order.bill_to_customer_no != order.customer_no:
        people.append(("Bill-to customer", order.bill_to_customer_no))
    for role, no in people:
        customer = customers.get(no)
        if customer is not None and invoice_block(customer):
            values: dict[str, Any] = {
                "role": role,
                "no": no,
                "name": customer.name,
                "kind": customer.blocked.capitalize(),
            }
            yield finding("customer_blocked", table="customer", record=no, **values)


def price_of(offer: Offer, prices_including_vat: bool, precision: Decimal) -> Decimal:
    """The order line's price, converted by its VAT when order and invoice differ in prices including VAT (D-49)."""
    line, order = offer.line, offer.order
    assert line is not None and order is not None
    if order.prices_including_vat == prices_including_vat:
        return line.unit_price
    return round_to(price_converted(line.unit_price, line, order.prices_including_vat, prices_including_vat), precision)


def amount_of(offer: Offer, payer: Payer, setup: Setup) -> Decimal:
    """What the line would come to on the invoice, after its line discount."""
    if offer.line is None or offer.order is None:
        return ZERO
    currency = setup.currency(payer.currency_code)
    price = price_of(offer, payer.prices_including_vat, currency.unit_amount_rounding_precision)
    gross = round_to(offer.left * price, currency.amount_rounding_precision)
    return gross - round_to(gross * offer.line.line_discount_pct / HUNDRED, currency.amount_rounding_precision)


# --- what is taken --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Taking:
    """The lines of an invoice after shipment lines were taken into it; with `findings` nothing was taken."""

    lines: tuple[Line, ...]
    findings: tuple[Finding, ...] = ()
    notices: tuple[Finding, ...] = ()
    added: int = 0


Texts = Mapping[str, Sequence[tuple[int, str]]]
"""By shipment, its own texts: line no. and what they say."""


def take(
    setup: Setup,
    header: Header,
    lines: Sequence[Line],
    offers: Sequence[Offer],
    customers: Mapping[str, Customer],
    texts: Texts | None = None,
) -> Taking:
    """Takes all of these lines into the invoice or, with everything that is wrong about them, none (D-47 … D-50).
    `texts` of their shipments go along, each before the line that it stood before (D-57)."""
    payer = payer_of(header)
    wrong = may_take_shipments(header)
    if not wrong and not offers:
        wrong = [finding("no_shipment_lines_chosen", document=header.no)]
    wrong += [found for one in offers for found in reasons(one, payer, customers)]
    if wrong:
        return Taking(tuple(lines), tuple(dict.fromkeys(wrong)))
    writer = _Writer(setup, header, lines, texts or {})
    for one in sorted(offers, key=lambda one: one.shipped.place):
        writer.add(one)
    writer.end()
    notices = [*writer.notices, *_lost_discount(setup, header, writer.lines[len(lines) :], offers)]
    return Taking(tuple(writer.lines), (), tuple(notices), len(offers))


@dataclass
class _Writer:
    """Adds lines at the end of an invoice, each shipment under the text that names it (D-48)."""

    setup: Setup
    header: Header
    before: Sequence[Line]
    texts: Texts
    notices: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines = list(self.before)
        self.line_no = next_line_no(self.header, self.before)
        self.last = max(self.before, key=lambda line: line.line_no).shipment_no if self.before else ""
        self.rest: list[tuple[int, str]] = []
        own = {"posting_date": self.header.posting_date, "dim_1": self.header.dim_1, "dim_2": self.header.dim_2}
        self.blank = changed(blank_line(0), **own)
        currency = self.setup.currency(self.header.currency_code)
        self.amount_precision = currency.amount_rounding_precision
        self.price_precision = currency.unit_amount_rounding_precision

    def _next(self, line: Line) -> Line:
        """Adds a line that was made with the next number."""
        self.lines.append(line)
        self.line_no += 10000
        return line

    def add(self, offer: Offer) -> None:
        shipped, order_line = offer.shipped, offer.line
        assert order_line is not None
        if shipped.document_no != self.last:
            self.end()
            self._next(
                self._text(said("shipment", self.header.language_code, no=shipped.document_no), shipped.document_no)
            )
            self.last = shipped.document_no
            self.rest = sorted(self.texts.get(shipped.document_no, ()))
        self._texts_before(shipped.line_no)
        line = self._next(self._line(offer))
        if order_line.unit_price != shipped.unit_price:
            self.notices.append(
                finding(
                    "order_price_changed",
                    document=self.header.no,
                    line=line.line_no,
                    field="unit_price",
                    old=money(shipped.unit_price),
                    new=money(order_line.unit_price),
                    shipment=shipped.document_no,
                    order=shipped.order_no,
                )
            )
        for text in offer.texts:
            self._next(changed(attached(text, line, self.header), line_no=self.line_no))

    def end(self) -> None:
        """The texts that stand after the last line of a shipment."""
        self._texts_before(None)

    def _texts_before(self, line_no: int | None) -> None:
        while self.rest and (line_no is None or self.rest[0][0] < line_no):
            text_line_no, description = self.rest.pop(0)
            self._next(self._text(description, self.last, text_line_no))

    def _text(self, description: str, shipment_no: str, shipment_line_no: int = 0) -> Line:
        """A text about a shipment: its name above its lines (D-48), or one of its own."""
        return changed(
            self.blank,
            line_no=self.line_no,
            description=description,
            shipment_no=shipment_no,
            shipment_line_no=shipment_line_no,
        )

    def _line(self, offer: Offer) -> Line:
        """The order line as it is now, with the quantity that the shipment line has left (D-49)."""
        shipped, line = offer.shipped, offer.line
        assert line is not None
        taken = changed(
            line,
            **_NOTHING_DONE,
            line_no=self.line_no,
            variant_code=shipped.variant_code,
            location_code=shipped.location_code,
            posting_date=self.header.posting_date,
            unit_price=price_of(offer, self.header.prices_including_vat, self.price_precision),
            quantity=offer.left,
            qty_to_invoice=offer.left,
            shipment_no=shipped.document_no,
            shipment_line_no=shipped.line_no,
            order_no=shipped.order_no,
            order_line_no=shipped.order_line_no,
        )
        return derived(taken, "invoice", self.amount_precision)


_NOTHING_DONE: dict[str, Any] = {
    "qty_to_ship": ZERO,
    "qty_to_consume": ZERO,
    **{
        name + base: ZERO
        for name in ("quantity_shipped", "quantity_invoiced", "quantity_consumed")
        for base in ("", "_base")
    },
    "inv_discount_amount": ZERO,
    "inv_disc_amount_to_invoice": ZERO,
    "amount": ZERO,
    "amount_including_vat": ZERO,
    "vat_base_amount": ZERO,
    "attached_to_line_no": 0,
    "appl_to_item_entry": None,
    "appl_from_item_entry": None,
}


def attached(text: Line, parent: Line, header: Header) -> Line:
    """A text of the order under the line that it belongs to."""
    return changed(
        text,
        posting_date=header.posting_date,
        attached_to_line_no=parent.line_no,
        shipment_no=parent.shipment_no,
        order_no=parent.order_no,
        order_line_no=0,
    )


def _lost_discount(setup: Setup, header: Header, added: Sequence[Line], offers: Iterable[Offer]) -> Iterator[Finding]:
    """The orders' invoice discount on what was added (D-50)."""
    behind = {
        (one.shipped.order_no, one.shipped.order_line_no): OrderLine(one.line, one.order.prices_including_vat)
        for one in offers
        if one.line is not None and one.order is not None
    }
    lost = lost_discount(setup, header, added, behind)
    if lost is not None:
        yield finding("order_discount_lost", document=header.no, **lost_discount_texts(lost))

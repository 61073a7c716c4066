"""Get shipment lines: what a customer's orders have shipped, chosen by line, shipment or order, taken into an invoice.

The page works without script: a tick at an order or a shipment stands for all its lines. With script the ticks follow
each other and the button says what would be added (D-44 … D-53).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.billing.shipment_lines import Offer, amount_of, may_take_shipments, payer_of, reasons
from webapp.pages.answers import Visit, page, see_other, submitted, told
from webapp.pages.closed_orders import not_open
from webapp.pages.document_paths import href_of
from webapp.pages.open_documents import done_or_refused
from webapp.posting.findings import Finding
from webapp.posting.records import changed
from webapp.posting.snapshot import ZERO, DocumentKey, Header
from webapp.security import requires
from webapp.store import drafts
from webapp.store.combined_invoices import (
    Got,
    Place,
    enter_lost_discount,
    invoice_open_shipments,
    take_shipment_lines,
)
from webapp.store.posted import invoices_of_order
from webapp.store.shipment_lines import Offered, offered
from webapp.store.waiting_shipments import waiting_payers

__all__ = ["ROUTES"]

MOST_CHOSEN: Final = 5000
MOST_OPEN: Final = 40  # lines; above that the folds are closed
MOST_TOLD: Final = 3
SCALE: Final = Decimal(100_000)


# --- what is offered ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A shipped line as the page draws it; `reason` is why it cannot be taken, blank when it can."""

    offer: Offer
    amount: Decimal
    reason: str
    holders: Sequence[tuple[str, Decimal, str]]

    @property
    def value(self) -> str:
        return f"{self.offer.shipped.document_no}:{self.offer.shipped.line_no}"

    @property
    def scaled(self) -> int:
        """The amount for the sum that the script makes: whole numbers only."""
        return int(self.amount * SCALE)

    @property
    def possible(self) -> bool:
        return not self.reason


@dataclass(frozen=True, slots=True)
class Shipment:
    no: str
    rows: Sequence[Row]

    @property
    def day(self) -> Any:
        return self.rows[0].offer.shipped.posting_date

    @property
    def possible(self) -> int:
        return sum(row.possible for row in self.rows)


@dataclass(frozen=True, slots=True)
class Order:
    """An order with its shipments, in one fold."""

    no: str
    header: Header | None
    shipments: Sequence[Shipment]

    @property
    def possible(self) -> int:
        return sum(one.possible for one in self.shipments)

    @property
    def lines(self) -> int:
        return sum(len(one.rows) for one in self.shipments)

    @property
    def amount(self) -> Decimal:
        return sum((row.amount for one in self.shipments for row in one.rows if row.possible), ZERO)


@dataclass
class Shown:
    """Everything that the page draws."""

    head: Header
    currency: str
    orders: Sequence[Order]
    search: str
    findings: Sequence[Finding] = ()
    chosen: frozenset[str] = field(default_factory=frozenset)

    @property
    def path(self) -> str:
        return href_of(self.head.key)

    @property
    def possible(self) -> int:
        return sum(one.possible for one in self.orders)

    @property
    def open(self) -> bool:
        """Whether the folds are open: not when there are many."""
        return sum(one.lines for one in self.orders) <= MOST_OPEN


def _rows(found: Offered) -> Iterator[Row]:
    payer, offers = payer_of(found.document.header), found.offers
    for one in offers.offers:
        why = [reason.message for reason in reasons(one, payer, offers.customers)]
        holders = [(held.invoice_no, held.quantity, _invoice(held.invoice_no)) for held in one.held if held.quantity]
        yield Row(one, amount_of(one, payer, offers.setup), " ".join(why), holders)


def _invoice(no: str) -> str:
    return href_of(DocumentKey("invoice", no))


def _grouped(rows: Iterable[Row]) -> list[Order]:
    """By order, shipment and line."""
    ordered = sorted(rows, key=lambda row: (row.offer.shipped.order_no, row.offer.shipped.place))
    return [
        Order(no, (found := list(of_order))[0].offer.order, _shipments(found))
        for no, of_order in groupby(ordered, key=lambda row: row.offer.shipped.order_no)
    ]


def _shipments(rows: Sequence[Row]) -> list[Shipment]:
    return [Shipment(no, list(part)) for no, part in groupby(rows, key=lambda row: row.offer.shipped.document_no)]


def _fits(row: Row, words: Sequence[str]) -> bool:
    """Whether every word is somewhere on the line, its shipment, its order or its customer."""
    shipped, order = row.offer.shipped, row.offer.order
    texts = [shipped.document_no, shipped.order_no, shipped.no, shipped.description, shipped.service_item_no]
    if order is not None:
        texts += [order.customer_no, order.customer_name, order.external_document_no, order.your_reference]
    text = " ".join(texts).casefold()
    return all(word in text for word in words)


async def _shown(
    request: Visit, no: str, search: str, findings: Sequence[Finding] = (), chosen: Iterable[str] = ()
) -> Shown:
    key = DocumentKey("invoice", no)
    found = await offered(key)
    if found is None:
        raise await not_open(key)
    head = found.document.header
    words = search.casefold().split()
    rows = [row for row in _rows(found) if _fits(row, words)]
    wrong = [] if findings else may_take_shipments(head)
    currency = head.currency_code or found.offers.setup.ledger.lcy_code
    return Shown(head, currency, _grouped(rows), search, [*findings, *wrong], frozenset(chosen))


def _search(request: Visit) -> str:
    return "".join(c for c in request.query_params.get("q", "") if c.isprintable()).strip()[:100]


def _page(request: Visit, shown: Shown, status: int = 200) -> Template:
    return page(request, "service_invoices/shipment_lines.html", status, shown=shown)


@get("/service-invoices/{no:str}/shipment-lines", guards=[requires("invoices.edit")])
async def show_lines(request: Visit, no: FromPath[str]) -> Template:
    return _page(request, await _shown(request, no, _search(request)))


# --- what is taken --------------------------------------------------------------------------------------------------


@post("/service-invoices/{no:str}/shipment-lines", guards=[requires("invoices.edit")], status_code=200)
async def take_lines(request: Visit, no: FromPath[str]) -> Response[Any]:
    typed = await submitted(request)
    search = next((value for name, value in typed if name == "q"), "")[:100]
    values = await _chosen(request, no, typed, search)
    places = [place for value in values if (place := _place(value)) is not None]
    key = DocumentKey("invoice", no)
    got = await take_shipment_lines(request.user.acting, key, places[:MOST_CHOSEN])
    if not got.ok:
        return _page(request, await _shown(request, no, search, got.saved.findings, values), 422)
    return _went(request, key, got)


async def _chosen(request: Visit, no: str, typed: Sequence[tuple[str, str]], search: str) -> list[str]:
    """The lines that are ticked, each for itself or with its shipment, its order, or all that is shown."""
    values = [value for name, value in typed if name == "line"]
    groups = {(name, value) for name, value in typed if name in ("shipment", "order", "all")}
    if groups:
        shown = await _shown(request, no, search)
        for order in shown.orders:
            for shipment in order.shipments:
                named = {("all", "1"), ("order", order.no), ("shipment", shipment.no)}
                values += [row.value for row in shipment.rows if row.possible and named & groups]
    return list(dict.fromkeys(values))


def _place(value: str) -> Place | None:
    shipment_no, _, line_no = value.rpartition(":")
    if not shipment_no or len(value) > 40 or not (line_no.isascii() and line_no.isdecimal() and len(line_no) < 10):
        return None
    return shipment_no, int(line_no)


def _went(request: Visit, key: DocumentKey, got: Got) -> Response[Any]:
    """On to the invoice, with what was added and what is to be known about it."""
    lines = "1 line was added." if got.added == 1 else f"{got.added} lines were added."
    notices = [one for one in got.saved.notices if one.code != "order_discount_lost"]  # the invoice says it itself
    return see_other(request, href_of(key), told(lines, _in_short(notices)))


def _in_short(notices: Sequence[Finding]) -> list[Finding]:
    """The first of many notices, and how many more there are: a message holds no hundred of them."""
    shown = list(notices[:MOST_TOLD])
    more = len(notices) - len(shown)
    if more > 0:
        shown[-1] = changed(shown[-1], message=f"{shown[-1].message} There are {more} more notices like these.")
    return shown


@post("/service-invoices/{no:str}/lost-discount", guards=[requires("invoices.edit")], status_code=200)
async def take_lost_discount(request: Visit, no: FromPath[str]) -> Response[Any]:
    """The invoice discount of the orders becomes that of the invoice (D-50)."""
    key = DocumentKey("invoice", no)
    saved = await enter_lost_discount(request.user.acting, key)
    return await done_or_refused(request, key, saved, "The invoice discount of the orders is entered.")


# --- an invoice for all that is open --------------------------------------------------------------------------------


@get("/shipments-to-invoice", guards=[requires("invoices.read")])
async def show_waiting(request: Visit) -> Template:
    """Who has something shipped and not invoiced (D-138)."""
    search = _search(request)
    return page(
        request,
        "service_invoices/waiting.html",
        search=search,
        rows=await waiting_payers(search),
        invoice=_invoice,
        findings=[],
    )


@post("/shipments-to-invoice", guards=[requires("invoices.edit")], status_code=200)
async def invoice_all(request: Visit) -> Response[Any]:
    """Opens an invoice for everything that a customer has open, or for the shipments of one order."""
    typed = dict(await submitted(request))
    customer_no, order_no = typed.get("customer_no", "")[:20], typed.get("order_no", "")[:20]
    currency = typed.get("currency_code")
    got = await invoice_open_shipments(
        request.user.acting, customer_no, currency[:10] if currency is not None else None, order_no
    )
    if got.ok and got.saved.key is not None:
        return _went(request, got.saved.key, got)
    findings = [
        changed(found, link=_invoice(found.record)) if found.code == "shipments_all_held" else found
        for found in got.saved.findings
    ]
    return page(
        request,
        "service_invoices/waiting.html",
        422,
        search="",
        rows=await waiting_payers(),
        invoice=_invoice,
        findings=findings,
    )


# --- the invoices of an order ---------------------------------------------------------------------------------------


@get("/service-orders/{no:str}/invoices", guards=[requires("posted.read")])
async def show_invoices_of_order(request: Visit, no: FromPath[str]) -> Template:
    """The posted invoices with lines of an order, and what of each belongs to it (D-139)."""
    invoices = await invoices_of_order(no)
    order = await drafts.load_document(DocumentKey("order", no))
    if order is None and not invoices:
        raise NotFoundException(f"No invoice names an order {no}.")
    path = href_of(DocumentKey("order", no), "" if order else "/closed")
    return page(request, "service_orders/invoices.html", no=no, order_path=path, invoices=invoices)


ROUTES: Final = (show_lines, take_lines, take_lost_discount, show_waiting, invoice_all, show_invoices_of_order)

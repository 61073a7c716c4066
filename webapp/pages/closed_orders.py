"""Documents that are not open any more: closed orders, read-only, as they last stood, with the documents that they
became (O-4, D-141); and invoices and credit memos, whose address leads to the posted one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.labels import in_sentence
from webapp.pages import document_logs
from webapp.pages.answers import Link, Note, Visit, page, see_other
from webapp.pages.document_paths import ORDERS, place_of
from webapp.pages.errors import http_error
from webapp.pages.lists import Column, filled, in_currency
from webapp.posting.records import values_of
from webapp.posting.snapshot import DocumentKey
from webapp.security import requires
from webapp.store.archive import load_archived
from webapp.store.attachments import load_attachments
from webapp.store.chains import chain_of
from webapp.store.comments import load_comments
from webapp.store.document_log import LastChange, closing_of, deletion_of, open_log_of
from webapp.store.posted import lcy_code, posted_from

__all__ = [
    "ROUTES",
    "DocumentIsGone",
    "DocumentIsPosted",
    "OrderIsClosed",
    "not_open",
    "tell_of_gone",
    "to_closed_order",
    "to_posted_document",
]

LINE_COLUMNS: Final = (
    Column("line_no", "whole", "Line"),
    Column("type", "choice"),
    Column("no", "code", "No."),
    Column("description", "text"),
    Column("service_item_no", "code", "Service item"),
    Column("quantity", "quantity"),
    Column("uom", "code", "Unit"),
    Column("unit_price", "price"),
    Column("line_discount_pct", "percent", "Disc. %"),
    Column("quantity_shipped", "quantity", "Shipped"),
    Column("quantity_invoiced", "quantity", "Invoiced"),
    Column("quantity_consumed", "quantity", "Consumed"),
    Column("line_amount", "money", "Line amount", blank_zero=False),
)


class NotOpen(NotFoundException):
    """A document that is not among the open ones (any more): what became of it, and where to look."""

    def __init__(self, key: DocumentKey, detail: str, became: str, way: Link) -> None:
        super().__init__(detail)
        self.key, self.way = key, way
        self.title = f"{place_of(key.document_type).name} {key.no} {became}"


class OrderIsClosed(NotOpen):
    """Who asks for its page is led to the closed one, who changes it is told."""

    def __init__(self, no: str, closed: LastChange) -> None:
        key, way = DocumentKey("order", no), Link(f"Closed order {no}", f"{ORDERS.path}/{quote(no, safe='')}/closed")
        super().__init__(key, f"It is not open any more: {_by(closed, 'closed')}.", "was closed", way)


class DocumentIsPosted(NotOpen):
    """Who asks for its page is led to the posted one, who changes it is told."""

    def __init__(self, key: DocumentKey, posted_no: str) -> None:
        place = place_of(key.document_type)
        self.what = place.name.lower()
        path = f"/posted{place.path.replace('/', '-', 1)}/{quote(posted_no, safe='')}"
        way = Link(f"Posted {self.what} {posted_no}", path)
        super().__init__(key, f"It is not open any more: it was posted as {posted_no}.", "was posted", way)
        self.posted_no = posted_no


class DocumentIsGone(NotOpen):
    """It is in no list: deleted, as the log says, or nobody knows of it."""

    def __init__(self, key: DocumentKey, deleted: LastChange | None) -> None:
        place = place_of(key.document_type)
        detail, became = "Nothing with this number was ever made. Check it, or search at the top of the page.", ""
        if deleted:
            detail, became = f"{_by(deleted, 'deleted')}. What was posted of it before stays posted.", "was deleted"
        super().__init__(key, detail, became, Link(place.names, place.path))
        if not deleted:
            self.title = f"There is no {in_sentence(f'{place.name} {key.no}')}"


def _by(change: LastChange, did: str) -> str:
    return f"{change.name} {did} it, {change.at.astimezone(UTC):%Y-%m-%d %H:%M}"


async def not_open(key: DocumentKey) -> NotOpen:
    """What to raise when a document is asked for that is not among the open ones."""
    if place_of(key.document_type) is ORDERS:
        closed = await closing_of(key.no)
        if closed:
            return OrderIsClosed(key.no, closed)
    elif posted_no := await posted_from(key):
        return DocumentIsPosted(key, posted_no)
    return DocumentIsGone(key, await deletion_of(key))


def tell_of_gone(request: Request[Any, Any, Any], found: NotOpen) -> Response[Any]:
    """What became of it, and the way on. The page of the document, when it stands open still, takes no more input."""
    ways = (found.way,) if found.way.href == place_of(found.key.document_type).path else (found.way, _list_of(found))
    return http_error(request, found, *ways, title=found.title, part="documents/_gone.html")


def _list_of(found: NotOpen) -> Link:
    place = place_of(found.key.document_type)
    return Link(place.names, place.path)


def to_posted_document(request: Request[Any, Any, Any], found: DocumentIsPosted) -> Response[Any]:
    if not _asks_for_page(request):
        return tell_of_gone(request, found)
    text = f"Service {found.what} {found.key.no} was posted. This is the posted {found.what} {found.posted_no}."
    return see_other(request, found.way.href, Note(text, tone="info"))


def to_closed_order(request: Request[Any, Any, Any], found: OrderIsClosed) -> Response[Any]:
    return see_other(request, found.way.href) if _asks_for_page(request) else tell_of_gone(request, found)


def _asks_for_page(request: Request[Any, Any, Any]) -> bool:
    return request.method == "GET" and request.headers.get("hx-request") != "true"


@get("/service-orders/{no:str}/closed", guards=[requires("orders.read")])
async def show_closed(request: Visit, no: FromPath[str]) -> Template:
    archived = await load_archived(no)
    if archived is None:
        raise NotFoundException(f"There is no closed order {no}.")
    currency = archived.order.header.currency_code or await lcy_code()
    lines: list[Mapping[str, Any]] = [values_of(line) for line in archived.order.lines]
    return page(
        request,
        "service_orders/closed.html",
        head=archived.order.header,
        item_lines=archived.order.item_lines,
        columns=in_currency(filled(LINE_COLUMNS, lines), currency),
        lines=lines,
        archived=archived,
        chain=await chain_of(no),
        comments=await load_comments("order", no),
        files=await load_attachments("order", no),
        currency=currency,
        log=await open_log_of(DocumentKey("order", no)),
    )


ROUTES: Final = (show_closed, *document_logs.ROUTES)

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
from webapp.pages.answers import Link, Note, Visit, page, see_other
from webapp.pages.document_paths import ORDERS, href_of, place_of
from webapp.pages.errors import http_error
from webapp.pages.lists import Column, filled, in_currency
from webapp.posting.records import values_of
from webapp.posting.snapshot import DocumentKey
from webapp.security import requires
from webapp.store.archive import is_archived, load_archived
from webapp.store.attachments import load_attachments
from webapp.store.comments import load_comments
from webapp.store.document_log import LastChange, deletion_of
from webapp.store.posted import chain_of, lcy_code, posted_from

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


class OrderIsClosed(NotFoundException):
    """The order was posted to its end: who asks for its page is led to the closed one, who changes it is refused."""

    def __init__(self, no: str) -> None:
        super().__init__(f"Service order {no} is not open: it was posted to its end.")
        self.no = no


class DocumentIsPosted(NotFoundException):
    """It was posted: who asks for its page is led to the posted one, who changes it is refused."""

    def __init__(self, key: DocumentKey, posted_no: str) -> None:
        self.what = place_of(key.document_type).name.lower()
        super().__init__(f"Service {self.what} {key.no} is not open: it was posted as {posted_no}.")
        self.key, self.posted_no = key, posted_no


class DocumentIsGone(NotFoundException):
    """It is in no list: deleted, as the log says, or nobody knows of it."""

    def __init__(self, key: DocumentKey, deleted: LastChange | None) -> None:
        self.place = place_of(key.document_type)
        what = f"{self.place.name} {key.no}"
        if deleted is None:
            self.title = f"There is no {in_sentence(what)}"
            super().__init__("Nothing with this number was ever made. Check it, or search at the top of the page.")
        else:
            self.title = f"{what} was deleted"
            at = f"{deleted.at.astimezone(UTC):%Y-%m-%d %H:%M}"
            super().__init__(f"{deleted.name} deleted it, {at}. What was posted of it before stays posted.")


async def not_open(key: DocumentKey) -> NotFoundException:
    """What to raise when a document is asked for that is not among the open ones."""
    place = place_of(key.document_type)
    if place is ORDERS and await is_archived(key.no):
        return OrderIsClosed(key.no)
    posted_no = "" if place is ORDERS else await posted_from(key)
    if posted_no:
        return DocumentIsPosted(key, posted_no)
    return DocumentIsGone(key, await deletion_of(key))


def tell_of_gone(request: Request[Any, Any, Any], found: DocumentIsGone) -> Response[Any]:
    """What became of it, and the way on."""
    return http_error(request, found, Link(found.place.names, found.place.path), Link("Home", "/"), title=found.title)


def to_posted_document(request: Request[Any, Any, Any], found: DocumentIsPosted) -> Response[Any]:
    path = f"/posted{place_of(found.key.document_type).path.replace('/', '-', 1)}/{quote(found.posted_no, safe='')}"
    posted = f"posted {found.what} {found.posted_no}"
    if request.method != "GET":
        return http_error(request, found, Link(f"Posted {found.what} {found.posted_no}", path))
    note = Note(f"Service {found.what} {found.key.no} was posted. This is the {posted}.", tone="info")
    return see_other(request, path, note)


def to_closed_order(request: Request[Any, Any, Any], found: OrderIsClosed) -> Response[Any]:
    if request.method != "GET":
        return http_error(request, found)
    return see_other(request, href_of(DocumentKey("order", found.no), "/closed"))


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
    )


ROUTES: Final = (show_closed,)

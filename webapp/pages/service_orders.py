"""What only a service order has: service item lines, and closing by hand (P-188)."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Form, read_form
from webapp.pages.answers import Link, Note, Visit, page, see_other, submitted, told, typist
from webapp.pages.document_fields import ITEM_LINE_FIELDS, ITEM_LINE_MORE, NEW_ITEM_LINE, fields_of
from webapp.pages.document_forms import form_over, read_changes, shown_values
from webapp.pages.document_paths import href_of, key_of, places, requires_of_place
from webapp.pages.open_documents import (
    Shown,
    document_answer,
    document_page,
    done_or_refused,
    lines_answer,
    load_shown,
)
from webapp.posting.snapshot import DocumentKey, ItemLine
from webapp.security import requires
from webapp.store import drafts, fees
from webapp.store.drafts import Saved

__all__ = ["ROUTES"]


def _order(no: str) -> DocumentKey:
    return DocumentKey("order", no)


# --- service item lines ---------------------------------------------------------------------------------------------


@post("/service-orders/{no:str}/item-lines", guards=[requires("orders.edit")], status_code=200)
async def add_item_line(request: Visit, no: FromPath[str]) -> Response[Any]:
    fields = fields_of("service_item_line", NEW_ITEM_LINE)
    form = read_form(fields, await submitted(request), typist(request), "item-")
    if form.ok:
        values = {name: value for name, value in form.values.items() if value}
        saved = await drafts.add_item_line(request.user.acting, _order(no), values)
        if saved.ok:
            return await lines_answer(request, _order(no), "The service item line is added.")
        form.add(*saved.findings)
    shown = await load_shown(request, _order(no), form.findings)
    shown.typed_item_line = form
    return document_answer(request, shown, 422)


@get("/service-orders/{no:str}/item-lines/{line_no:int}", guards=[requires("orders.read")])
async def show_item_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Template:
    shown = await load_shown(request, _order(no))
    item_line = _item_line(shown, line_no)
    return _item_line_page(request, shown, item_line, form_over(item_line, _item_fields(), request.user.locale))


def _item_fields() -> tuple[Any, ...]:
    return fields_of("service_item_line", (*ITEM_LINE_FIELDS, *ITEM_LINE_MORE))


def _item_line(shown: Shown, line_no: int) -> ItemLine:
    found = shown.document.item_line(line_no)
    if found is None:
        raise NotFoundException(f"Order {shown.head.no} has no service item line {line_no}.")
    return found


def _item_line_page(request: Visit, shown: Shown, item_line: ItemLine, form: Form, status: int = 200) -> Template:
    return page(
        request,
        "documents/line.html",
        status,
        shown=shown,
        form=form,
        shown_values=shown_values(item_line, form, request.user.locale),
        title=f"Service item line {item_line.line_no}",
        subtitle=item_line.description,
        address=f"{shown.path}/item-lines/{item_line.line_no}",
        groups=[("Service item", ITEM_LINE_FIELDS), ("Warranty, fault and dates", ITEM_LINE_MORE)],
        facts=[],
        available=False,
        worksheet=f"{shown.path}/print?item_line={item_line.line_no}",
        may_split=False,
        texts_of="",
    )


@post("/service-orders/{no:str}/item-lines/{line_no:int}", guards=[requires("orders.edit")], status_code=200)
async def change_item_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Response[Any]:
    shown = await load_shown(request, _order(no))
    item_line = _item_line(shown, line_no)
    edited = read_changes(item_line, _item_fields(), await submitted(request), typist(request))
    saved = Saved()
    if edited.changes:
        saved = await drafts.change_item_line(request.user.acting, _order(no), line_no, edited.changes)
    if saved.ok and edited.form.ok:
        return see_other(request, href_of(_order(no)), Note(f"Service item line {line_no} is saved."))
    edited.form.add(*saved.findings)
    return _item_line_page(request, shown, item_line, edited.form, 422)


@post("/service-orders/{no:str}/item-lines/{line_no:int}/deletion", guards=[requires("orders.edit")], status_code=200)
async def delete_item_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Response[Any]:
    saved = await drafts.delete_item_line(request.user.acting, _order(no), line_no)
    return await done_or_refused(request, _order(no), saved, f"Service item line {line_no} is deleted.")


# --- fees, and lines over several service items -----------------------------------------------------------------------


@post("/service-orders/{no:str}/starting-fee", guards=[requires("orders.edit")], status_code=200)
async def insert_starting_fee(request: Visit, no: FromPath[str]) -> Response[Any]:
    saved = await fees.insert_fee(request.user.acting, _order(no), "starting")
    return await done_or_refused(request, _order(no), saved, f"The starting fee is line {saved.line_no}.")


@post("/service-orders/{no:str}/travel-fee", guards=[requires("orders.edit")], status_code=200)
async def insert_travel_fee(request: Visit, no: FromPath[str]) -> Response[Any]:
    saved = await fees.insert_fee(request.user.acting, _order(no), "travel")
    return await done_or_refused(request, _order(no), saved, f"The travel fee is line {saved.line_no}.")


@post(places("/{no:str}/lines/{line_no:int}/extended-text"), guards=[requires_of_place("edit")], status_code=200)
async def insert_texts(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Response[Any]:
    """Puts the extended texts of its record beneath a line of any document (D-30)."""
    key = key_of(request.url.path, no)
    saved = await drafts.insert_texts(request.user.acting, key, line_no)
    return await done_or_refused(request, key, saved, f"The extended text of line {line_no} is inserted.")


@post("/service-orders/{no:str}/lines/{line_no:int}/split", guards=[requires("orders.edit")], status_code=200)
async def split_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Response[Any]:
    """Divides a resource line over the service item lines of the order (D-29)."""
    saved = await fees.split_line(request.user.acting, _order(no), line_no)
    return await done_or_refused(request, _order(no), saved, f"Line {line_no} is split over the service items.")


# --- closing ----------------------------------------------------------------------------------------------------------


@post("/service-orders/{no:str}/closing", guards=[requires("orders.post")], status_code=200)
async def close_order(request: Visit, no: FromPath[str]) -> Response[Any]:
    saved = await drafts.close_order(request.user.acting, _order(no))
    if saved.ok:
        links = (Link("Service orders", "/service-orders"),)
        return see_other(request, "/service-orders", told("", saved.notices, links))
    return document_page(request, await load_shown(request, _order(no), saved.findings), 422)


ROUTES: Final = (
    add_item_line,
    show_item_line,
    change_item_line,
    delete_item_line,
    insert_starting_fee,
    insert_travel_fee,
    insert_texts,
    split_line,
    close_order,
)

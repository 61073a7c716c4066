"""Lines chosen by the many: items added from a list, lines moved to another machine; and what there is of an item
(D-29)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Visit, page, see_other, submitted, told, typist
from webapp.pages.document_paths import href_of, key_of, places, requires_of_place
from webapp.pages.open_documents import Shown, load_shown
from webapp.posting.findings import Finding, finding
from webapp.posting.snapshot import DocumentKey
from webapp.security import requires
from webapp.store import drafts
from webapp.store.availability import availability_of, on_hand
from webapp.store.masters import MASTERS, list_masters
from webapp.store.standard_codes import insert_items

__all__ = ["ROUTES"]

MOST: Final = 50


def _words(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).strip()[:100]


# --- availability ---------------------------------------------------------------------------------------------------


@get(places("/{no:str}/lines/{line_no:int}/availability"), guards=[requires_of_place("read")])
async def show_availability(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Template:
    key = key_of(request.url.path, no)
    shown = await load_shown(request, key)
    line = shown.document.line(line_no)
    if line is None or line.type != "item" or not line.no:
        raise NotFoundException(f"Line {line_no} of {shown.place.name.lower()} {no} is no item.")
    found = await availability_of(line.no)
    hrefs = {one.no: href_of(DocumentKey(one.kind, one.no)) for one in found.wanted}
    return page(request, "documents/availability.html", shown=shown, line=line, found=found, hrefs=hrefs)


# --- many items at once ---------------------------------------------------------------------------------------------


def _quantity_of(item_no: str) -> Field:
    return Field(f"quantity-{item_no}", "quantity", label=f"Quantity of {item_no}", blank_zero=True)


@get(places("/{no:str}/items"), guards=[requires_of_place("edit")])
async def show_items(request: Visit, no: FromPath[str]) -> Template:
    shown = await load_shown(request, key_of(request.url.path, no))
    search = _words(request.query_params.get("q", ""))
    return await _items_page(request, shown, search)


async def _items_page(
    request: Visit, shown: Shown, search: str, typed: Form | None = None, line_no: int = 0
) -> Template:
    found = await list_masters(MASTERS["items"], search=search, limit=MOST)
    rows = [row for row in found.rows if not row.get("blocked") and not row.get("service_blocked")]
    fields = tuple(_quantity_of(str(row["no"])) for row in rows)
    form = typed or show_form(fields, {}, request.user.locale)
    if typed:  # what was typed for items that this search does not show stays, too
        form.show_rest({}, request.user.locale)
    only = shown.item_lines[0].line_no if len(shown.item_lines) == 1 else 0
    return page(
        request,
        "documents/items.html",
        422 if typed else 200,
        shown=shown,
        search=search,
        rows=rows,
        more=bool(found.next),
        stock=await on_hand([str(row["no"]) for row in rows]),
        form=form,
        line_no=line_no or only,
    )


@post(places("/{no:str}/items"), guards=[requires_of_place("edit")], status_code=200)
async def add_items(request: Visit, no: FromPath[str]) -> Response[Any]:
    """A line for each item that has a quantity; all of them or none."""
    key = key_of(request.url.path, no)
    shown = await load_shown(request, key)
    pairs = await submitted(request)
    search = _words(next((value for name, value in pairs if name == "q"), ""))
    line_no = _number(next((value for name, value in pairs if name == "service_item_line_no"), ""))
    listed = await list_masters(MASTERS["items"], search=search, limit=MOST)
    fields = tuple(_quantity_of(str(row["no"])) for row in listed.rows)
    names = {field.name for field in fields}
    form = read_form(fields, [pair for pair in pairs if pair[0] in names], typist(request))
    if form.ok:
        values = {item: form.values.get(f"quantity-{item}") for item in (str(row["no"]) for row in listed.rows)}
        wanted = {item: value for item, value in values.items() if isinstance(value, Decimal) and value}
        if not wanted:
            form.add(finding("no_items_chosen"))
        else:
            saved = await insert_items(request.user.acting, key, wanted, line_no)
            if saved.ok:
                lines = "1 line is added." if len(wanted) == 1 else f"{len(wanted)} lines are added."
                return see_other(request, href_of(key), told(lines, saved.notices))
            form.add(*saved.findings)
    return await _items_page(request, shown, search, form, line_no)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


# --- moving lines to another service item line ----------------------------------------------------------------------


@get("/service-orders/{no:str}/moving", guards=[requires("orders.edit")])
async def show_moving(request: Visit, no: FromPath[str]) -> Template:
    shown = await load_shown(request, DocumentKey("order", no))
    chosen = [_number(value) for name, value in request.query_params.multi_items() if name == "line"]
    return _moving_page(request, shown, chosen)


def _moving_page(request: Visit, shown: Shown, chosen: Sequence[int], found: Sequence[Finding] = ()) -> Template:
    lines = [line for line in shown.document.lines if line.line_no in chosen]
    wrong = list(found)
    if not lines and not wrong:
        wrong = [finding("no_lines_chosen", document=shown.head.no)]
    return page(request, "documents/moving.html", 422 if found else 200, shown=shown, lines=lines, findings=wrong)


@post("/service-orders/{no:str}/moving", guards=[requires("orders.edit")], status_code=200)
async def move_lines(request: Visit, no: FromPath[str]) -> Response[Any]:
    """The chosen lines, and the texts attached to them, go to the service item line; all of them or none."""
    key = DocumentKey("order", no)
    shown = await load_shown(request, key)
    pairs = await submitted(request)
    chosen = {_number(value) for name, value in pairs if name == "line"}
    target = _number(next((value for name, value in pairs if name == "service_item_line_no"), ""))
    moved = [one for one in shown.document.lines if one.line_no in chosen or one.attached_to_line_no in chosen]
    if not moved:
        return _moving_page(request, shown, [], [finding("no_lines_chosen", document=no)])
    changes = {one.line_no: {"service_item_line_no": target} for one in moved if one.service_item_line_no != target}
    saved = await drafts.change_lines(request.user.acting, key, changes)
    if saved.ok:
        where = f"service item line {target}" if target else "no service item line"
        count = "1 line belongs" if len(chosen) == 1 else f"{len(chosen)} lines belong"
        return see_other(request, href_of(key), told(f"{count} to {where} now.", saved.notices))
    return _moving_page(request, await load_shown(request, key), sorted(chosen), saved.findings)


ROUTES: Final = (show_availability, show_items, add_items, show_moving, move_lines)

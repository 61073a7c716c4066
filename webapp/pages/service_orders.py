"""Service orders: the list, a new one, and the document with its header, service item lines and service lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Form, read_form, show_form
from webapp.pages.answers import Link, Note, Visit, fragment, page, see_other, submitted, typist
from webapp.pages.closed_orders import not_open
from webapp.pages.document_fields import (
    GRID_FIELDS,
    HEADER_GROUPS,
    ITEM_LINE_FIELDS,
    ITEM_LINE_MORE,
    LINE_MORE,
    fields_of,
    header_fields,
    line_fields,
)
from webapp.pages.document_forms import Edited, form_over, read_changes, shown_values
from webapp.pages.lists import Column, Filter, Listing, csv_file, read_asked
from webapp.posting.amounts import Totals, document_totals
from webapp.posting.checks import posting_date_finding
from webapp.posting.findings import Finding
from webapp.posting.setup import Setup
from webapp.posting.snapshot import DocumentKey, Header, ItemLine, Line
from webapp.security import requires
from webapp.store import drafts
from webapp.store.document_lists import ORDERS, list_documents
from webapp.store.drafts import Saved
from webapp.store.rows import decimal_from
from webapp.store.snapshots import Document

__all__ = ["ROUTES", "document_page", "href_of"]

MOST_EXPORTED: Final = 100_000


def href_of(no: str, rest: str = "") -> str:
    """The address of an order, or of something of it."""
    return f"/service-orders/{quote(no, safe='')}{rest}"


def key_of(no: str) -> DocumentKey:
    return DocumentKey("order", no)


# --- list -----------------------------------------------------------------------------------------------------------

COLUMNS: Final = (
    Column("no", "code", "No.", sortable=True),
    Column("customer_no", "code", sortable=True),
    Column("customer_name", "text", "Customer", sortable=True),
    Column("description", "text"),
    Column("posting_date", "day", sortable=True),
    Column("status", "chip", sortable=True),
    Column("waiting", "chip", "Waiting"),
    Column("line_amount", "money", "Amount"),
    Column("currency_code", "code", "Currency"),
)
VIEWS: Final = (
    ("to-ship", "With something to ship"),
    ("to-invoice", "Shipped, not invoiced"),
    ("to-consume", "With something to consume"),
    ("partly-shipped", "Partly shipped"),
    ("partly-invoiced", "Partly invoiced"),
)
FILTERS: Final = (
    Filter("view", "Waiting for", VIEWS),
    Filter(
        "status",
        "Status",
        (("pending", "Pending"), ("in_process", "In process"), ("finished", "Finished"), ("on_hold", "On hold")),
    ),
    Filter("customer_no", "Customer no."),
)


@get("/service-orders", guards=[requires("orders.read")])
async def show_orders(request: Visit) -> Response[Any]:
    asked = read_asked(request.query_params.multi_items(), COLUMNS, FILTERS)
    rows, after = await _rows(asked, 50)
    may_add = request.user.may("orders.edit")
    listing = Listing(
        "Service orders",
        "/service-orders",
        COLUMNS,
        asked,
        rows,
        after,
        FILTERS,
        href_of=lambda row: href_of(row["no"]),
        empty="Service orders stand here: what is to be done for a customer, until it is shipped and invoiced.",
        new_href="/service-orders/new" if may_add else "",
        new_text="Make the first one",
        selectable=request.user.may("orders.check"),
        locale=request.user.locale,
    )
    if request.headers.get("hx-request") == "true":
        answer = fragment("setup/list.html", "results", listing=listing)
        answer.headers["HX-Replace-Url"] = listing.url()
        return answer
    return page(request, "service_orders/list.html", listing=listing)


async def _rows(asked: Any, limit: int, after: str | None = None) -> tuple[list[dict[str, Any]], str]:
    filters = {name: value.upper() for name, value in asked.filters.items() if name == "customer_no"}
    filters |= {name: value for name, value in asked.filters.items() if name == "status"}
    found = await list_documents(
        ORDERS,
        asked.search,
        filters,
        asked.sort,
        asked.after if after is None else after,
        limit,
        asked.filters.get("view", ""),
    )
    return [_listed(row) for row in found.rows], found.next


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    waiting = "to_invoice" if row["to_invoice"] else "to_ship" if row["to_ship"] else ""
    return {**row, "waiting": waiting, "line_amount": decimal_from(row["line_amount"], 5)}


@get("/service-orders.csv", guards=[requires("orders.read")])
async def export_orders(request: Visit) -> Response[bytes]:
    asked = read_asked(request.query_params.multi_items(), COLUMNS, FILTERS)
    rows: list[dict[str, Any]] = []
    after = ""
    while len(rows) < MOST_EXPORTED:
        found, after = await _rows(asked, 1000, after)
        rows += found
        if not after:
            break
    return csv_file("service-orders", COLUMNS, rows)


# --- a new order ----------------------------------------------------------------------------------------------------

NEW_FIELDS: Final = ("customer_no", "description", "posting_date", "external_document_no", "your_reference")


@get("/service-orders/new", guards=[requires("orders.edit")])
async def show_new(request: Visit) -> Template:
    fields = fields_of("service_header", NEW_FIELDS)
    given = {
        "posting_date": request.user.work_date,
        "customer_no": request.query_params.get("customer", "").upper()[:20],
    }
    return page(request, "service_orders/new.html", form=show_form(fields, given, request.user.locale))


@post("/service-orders/new", guards=[requires("orders.edit")], status_code=200)
async def add_order(request: Visit) -> Response[Any]:
    form = read_form(fields_of("service_header", NEW_FIELDS), await submitted(request), typist(request))
    if form.ok:
        values = {name: value for name, value in form.values.items() if value not in ("", None)}
        saved = await drafts.create_document(request.user.acting, "order", values)
        if saved.key is not None:
            text = " ".join([f"Service order {saved.key.no} is made.", *(n.message for n in saved.notices)])
            return see_other(request, href_of(saved.key.no), Note(text))
        form.add(*saved.findings)
    return page(request, "service_orders/new.html", 422, form=form)


# --- the document ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Row:
    """A service line as the grid shows it."""

    line: Line
    form: Form
    shown: str
    editable: bool

    @property
    def id(self) -> str:
        return f"line-{self.line.line_no}"

    @property
    def state(self) -> str:
        """One word for where the line stands."""
        line = self.line
        if line.is_text or not line.quantity:
            return ""
        if line.quantity == line.quantity_invoiced + line.quantity_consumed:
            return "done"
        if line.qty_shipped_not_invoiced:
            return "to_invoice" if line.quantity == line.quantity_shipped else "partly"
        return "partly" if line.quantity_shipped else ""


@dataclass(slots=True)
class Shown:
    """An order as its page draws it."""

    document: Document
    header: Form
    header_shown: str
    rows: Sequence[Row]
    totals: Totals
    setup: Setup
    editable: bool
    may_post: bool
    findings: Sequence[Finding] = ()
    new_line: Form | None = None
    new_item_line: Form | None = None

    @property
    def head(self) -> Header:
        return self.document.header

    @property
    def path(self) -> str:
        return href_of(self.head.no)

    @property
    def currency(self) -> str:
        return self.head.currency_code or self.setup.ledger.lcy_code

    @property
    def item_lines(self) -> Sequence[ItemLine]:
        return self.document.item_lines

    @property
    def groups(self) -> Mapping[str, Sequence[str]]:
        return HEADER_GROUPS

    def in_short(self, group: str, day: Callable[[date | None], str]) -> str:
        """What a closed section holds, in a few words."""
        head = self.head
        parts = {
            "Invoicing": (head.bill_to_name, head.payment_terms_code, self.currency),
            "Shipping": (head.ship_to_name, head.ship_to_city),
            "Details": (day(head.starting_date), day(head.finishing_date)),
        }
        return ", ".join(part for part in parts.get(group, ()) if part)


def row_of(request: Visit, line: Line, form: Form | None = None) -> Row:
    """A line as a row of the grid."""
    prefix = f"line-{line.line_no}-"
    fields = line_fields(line.type, GRID_FIELDS)
    form = form or form_over(line, fields, request.user.locale, prefix)
    return Row(line, form, shown_values(line, form, request.user.locale), request.user.may("orders.edit"))


async def load_shown(request: Visit, no: str, findings: Sequence[Finding] = ()) -> Shown:
    """The order with everything that its page shows; an order that is not there is a page that is not there."""
    document, setup = await drafts.load_with_setup(key_of(no))
    if document is None:
        raise await not_open(no)
    new_fields = ("type", "no", "description", "quantity", "service_item_line_no")
    only = document.item_lines[0].line_no if len(document.item_lines) == 1 else 0
    header = form_over(document.header, header_fields(), request.user.locale)
    header.add(*posting_date_finding(setup, setup.users.get(request.user.user_name), document.header))
    return Shown(
        document,
        header,
        shown_values(document.header, header, request.user.locale),
        [row_of(request, line) for line in document.lines],
        document_totals(setup, document.header, document.lines),
        setup,
        request.user.may("orders.edit"),
        request.user.may("orders.post"),
        findings,
        show_form(
            line_fields("item", new_fields), {"type": "item", "service_item_line_no": only}, request.user.locale, "new-"
        ),
        show_form(fields_of("service_item_line", ("service_item_no", "description")), {}, request.user.locale, "item-"),
    )


def document_page(request: Visit, shown: Shown, status: int = 200) -> Template:
    """The order's page."""
    return page(request, "service_orders/order.html", status, order=shown)


@get("/service-orders/{no:str}", guards=[requires("orders.read")])
async def show_order(request: Visit, no: FromPath[str]) -> Template:
    return document_page(request, await load_shown(request, no))


# --- header ---------------------------------------------------------------------------------------------------------


@post("/service-orders/{no:str}/header", guards=[requires("orders.edit")], status_code=200)
async def change_header(request: Visit, no: FromPath[str]) -> Response[Any]:
    typed = await submitted(request)
    shown = await load_shown(request, no)
    edited = read_changes(shown.head, header_fields(), typed, typist(request))
    saved = Saved()
    if edited.changes:
        answer = next((value for name, value in typed if name == "_confirmed"), "")[:10]
        saved = await drafts.change_header(request.user.acting, key_of(no), edited.changes, answer=answer)
    if saved.ok and edited.form.ok:
        return await _after_header(request, no, saved)
    if saved.ok:
        shown = await load_shown(request, no)
    edited.form.add(*saved.findings)
    shown.header, shown.findings = edited.form, edited.form.findings
    return _header_answer(request, shown, 422)


async def _after_header(request: Visit, no: str, saved: Saved) -> Response[Any]:
    if request.headers.get("hx-request") == "true":
        return _header_answer(request, await load_shown(request, no, saved.notices), 200)
    text = " ".join(["The header is saved.", *(notice.message for notice in saved.notices)])
    return see_other(request, href_of(no), Note(text))


def _header_answer(request: Visit, shown: Shown, status: int) -> Template:
    if request.headers.get("hx-request") == "true":
        return fragment("service_orders/order.html", "document", status, order=shown)
    return document_page(request, shown, status)


# --- service item lines ---------------------------------------------------------------------------------------------


@post("/service-orders/{no:str}/item-lines", guards=[requires("orders.edit")], status_code=200)
async def add_item_line(request: Visit, no: FromPath[str]) -> Response[Any]:
    fields = fields_of("service_item_line", ("service_item_no", "description"))
    form = read_form(fields, await submitted(request), typist(request), "item-")
    if form.ok:
        values = {name: value for name, value in form.values.items() if value}
        saved = await drafts.add_item_line(request.user.acting, key_of(no), values)
        if saved.ok:
            return await _lines_answer(request, no, "The service item line is added.")
        form.add(*saved.findings)
    shown = await load_shown(request, no, form.findings)
    shown.new_item_line = form
    return _header_answer(request, shown, 422)


@get("/service-orders/{no:str}/item-lines/{line_no:int}", guards=[requires("orders.read")])
async def show_item_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Template:
    shown = await load_shown(request, no)
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
        "service_orders/line.html",
        status,
        order=shown,
        form=form,
        shown_values=shown_values(item_line, form, request.user.locale),
        title=f"Service item line {item_line.line_no}",
        subtitle=item_line.description,
        address=f"{shown.path}/item-lines/{item_line.line_no}",
        groups=[("Service item", ITEM_LINE_FIELDS), ("Warranty, fault and dates", ITEM_LINE_MORE)],
        facts=[],
    )


@post("/service-orders/{no:str}/item-lines/{line_no:int}", guards=[requires("orders.edit")], status_code=200)
async def change_item_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Response[Any]:
    shown = await load_shown(request, no)
    item_line = _item_line(shown, line_no)
    edited = read_changes(item_line, _item_fields(), await submitted(request), typist(request))
    saved = Saved()
    if edited.changes:
        saved = await drafts.change_item_line(request.user.acting, key_of(no), line_no, edited.changes)
    if saved.ok and edited.form.ok:
        return see_other(request, href_of(no), Note(f"Service item line {line_no} is saved."))
    edited.form.add(*saved.findings)
    return _item_line_page(request, shown, item_line, edited.form, 422)


@post("/service-orders/{no:str}/item-lines/{line_no:int}/deletion", guards=[requires("orders.edit")], status_code=200)
async def delete_item_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Response[Any]:
    saved = await drafts.delete_item_line(request.user.acting, key_of(no), line_no)
    return await _done_or_refused(request, no, saved, f"Service item line {line_no} is deleted.")


# --- service lines --------------------------------------------------------------------------------------------------


@post("/service-orders/{no:str}/lines", guards=[requires("orders.edit")], status_code=200)
async def add_line(request: Visit, no: FromPath[str]) -> Response[Any]:
    typed = await submitted(request)
    kind = next((value for name, value in typed if name == "new-type"), "item")
    fields = line_fields(kind, ("type", "no", "description", "quantity", "service_item_line_no"))
    form = read_form(fields, typed, typist(request), "new-")
    if form.ok:
        values = {name: value for name, value in form.values.items() if value not in ("", None, 0)}
        saved = await drafts.add_line(request.user.acting, key_of(no), values)
        if saved.ok:
            return await _lines_answer(request, no, "The line is added.", saved.notices)
        form.add(*(_without_line(found) for found in saved.findings))
    shown = await load_shown(request, no, [replace(f, link=f"#f-new-{f.field}") for f in form.findings])
    form.show_rest({}, request.user.locale)
    shown.new_line = form
    return _header_answer(request, shown, 422)


def _without_line(found: Finding) -> Finding:
    """A finding about the only line on a form: the line need not be named."""
    return replace(found, line=None, message=found.message.removeprefix(f"Line {found.line}: "))


async def _lines_answer(request: Visit, no: str, text: str, notices: Sequence[Finding] = ()) -> Response[Any]:
    if request.headers.get("hx-request") == "true":
        return fragment("service_orders/order.html", "document", order=await load_shown(request, no, notices))
    return see_other(request, href_of(no), Note(" ".join([text, *(notice.message for notice in notices)])))


def _line(shown: Shown, line_no: int) -> Line:
    found = shown.document.line(line_no)
    if found is None:
        raise NotFoundException(f"Order {shown.head.no} has no line {line_no} any more.")
    return found


@post("/service-orders/{no:str}/lines/{line_no:int}", guards=[requires("orders.edit")], status_code=200)
async def change_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Response[Any]:
    """A row of the grid: what was changed in it is saved; the answer is the row and what follows from it."""
    shown = await load_shown(request, no)
    line = _line(shown, line_no)
    edited = read_changes(
        line,
        line_fields(line.type, GRID_FIELDS),
        await submitted(request),
        typist(request),
        f"line-{line_no}-",
        line_no,
    )
    saved = Saved()
    if edited.changes:
        saved = await drafts.change_line(request.user.acting, key_of(no), line_no, edited.changes)
    if saved.ok and edited.changes:
        shown = await load_shown(request, no, saved.notices)
        line = _line(shown, line_no)
    return _row_answer(request, shown, line, edited, saved)


def _row_answer(request: Visit, shown: Shown, line: Line, edited: Edited, saved: Saved) -> Response[Any]:
    edited.form.add(*saved.findings)
    row = row_of(request, line, None if edited.form.ok else edited.form)
    status = 200 if edited.form.ok else 422
    if request.headers.get("hx-request") == "true":
        shown.findings = [*shown.findings, *edited.form.findings]
        return fragment("service_orders/_row_answer.html", "", status, order=shown, row=row)
    if edited.form.ok:
        text = " ".join([f"Line {line.line_no} is saved.", *(notice.message for notice in saved.notices)])
        return see_other(request, href_of(shown.head.no), Note(text))
    shown.findings = edited.form.findings
    shown.rows = [row if one.line.line_no == line.line_no else one for one in shown.rows]
    return document_page(request, shown, status)


LINE_FORM: Final = (*GRID_FIELDS, *LINE_MORE)


@get("/service-orders/{no:str}/lines/{line_no:int}", guards=[requires("orders.read")])
async def show_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Template:
    shown = await load_shown(request, no)
    line = _line(shown, line_no)
    form = form_over(line, line_fields(line.type, LINE_FORM), request.user.locale)
    return _line_page(request, shown, line, form)


def _line_page(request: Visit, shown: Shown, line: Line, form: Form, status: int = 200) -> Template:
    facts = [
        ("Quantity shipped", line.quantity_shipped),
        ("Quantity invoiced", line.quantity_invoiced),
        ("Quantity consumed", line.quantity_consumed),
        ("Shipped, not invoiced", line.qty_shipped_not_invoiced),
    ]
    return page(
        request,
        "service_orders/line.html",
        status,
        order=shown,
        form=form,
        shown_values=shown_values(line, form, request.user.locale),
        title=f"Line {line.line_no}",
        subtitle=line.description,
        address=f"{shown.path}/lines/{line.line_no}/form",
        groups=[("Line", GRID_FIELDS), ("More", LINE_MORE)],
        facts=facts,
    )


@post("/service-orders/{no:str}/lines/{line_no:int}/form", guards=[requires("orders.edit")], status_code=200)
async def change_whole_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Response[Any]:
    shown = await load_shown(request, no)
    line = _line(shown, line_no)
    edited = read_changes(line, line_fields(line.type, LINE_FORM), await submitted(request), typist(request))
    saved = Saved()
    if edited.changes:
        saved = await drafts.change_line(request.user.acting, key_of(no), line_no, edited.changes)
    if saved.ok and edited.form.ok:
        return see_other(request, href_of(no), Note(f"Line {line_no} is saved."))
    edited.form.add(*(_without_line(found) for found in saved.findings))
    return _line_page(request, shown, line, edited.form, 422)


@post("/service-orders/{no:str}/lines/{line_no:int}/deletion", guards=[requires("orders.edit")], status_code=200)
async def delete_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Response[Any]:
    saved = await drafts.delete_line(request.user.acting, key_of(no), line_no)
    return await _done_or_refused(request, no, saved, f"Line {line_no} is deleted.")


# --- the whole order ------------------------------------------------------------------------------------------------


async def _done_or_refused(request: Visit, no: str, saved: Saved, text: str) -> Response[Any]:
    if saved.ok:
        return see_other(request, href_of(no), Note(" ".join([text, *(n.message for n in saved.notices)])))
    return document_page(request, await load_shown(request, no, saved.findings), 422)


@post("/service-orders/{no:str}/invoice-discount", guards=[requires("orders.edit")], status_code=200)
async def calculate_invoice_discount(request: Visit, no: FromPath[str]) -> Response[Any]:
    saved = await drafts.calculate_invoice_discount(request.user.acting, key_of(no))
    return await _done_or_refused(request, no, saved, "The invoice discount is calculated.")


@post("/service-orders/{no:str}/release", guards=[requires("orders.release")], status_code=200)
async def release_order(request: Visit, no: FromPath[str]) -> Response[Any]:
    saved = await drafts.release(request.user.acting, key_of(no))
    return await _done_or_refused(request, no, saved, "The order is released.")


@post("/service-orders/{no:str}/reopening", guards=[requires("orders.release")], status_code=200)
async def reopen_order(request: Visit, no: FromPath[str]) -> Response[Any]:
    saved = await drafts.reopen(request.user.acting, key_of(no))
    return await _done_or_refused(request, no, saved, "The order is open again.")


@post("/service-orders/{no:str}/deletion", guards=[requires("orders.edit")], status_code=200)
async def delete_order(request: Visit, no: FromPath[str]) -> Response[Any]:
    typed = dict(await submitted(request))
    if typed.get("_confirmed") != "yes":
        shown = await load_shown(request, no)
        return page(request, "service_orders/confirm_deletion.html", order=shown)
    saved = await drafts.delete_document(request.user.acting, key_of(no))
    if saved.ok:
        return see_other(request, "/service-orders", Note(f"Service order {no} is deleted."))
    return document_page(request, await load_shown(request, no, saved.findings), 422)


@post("/service-orders/{no:str}/closing", guards=[requires("orders.post")], status_code=200)
async def close_order(request: Visit, no: FromPath[str]) -> Response[Any]:
    saved = await drafts.close_order(request.user.acting, key_of(no))
    if saved.ok:
        note = Note(" ".join(notice.message for notice in saved.notices), (Link("Service orders", "/service-orders"),))
        return see_other(request, "/service-orders", note)
    return document_page(request, await load_shown(request, no, saved.findings), 422)


ROUTES: Final = (
    show_orders,
    export_orders,
    show_new,
    add_order,
    show_order,
    change_header,
    add_item_line,
    show_item_line,
    change_item_line,
    delete_item_line,
    add_line,
    change_line,
    show_line,
    change_whole_line,
    delete_line,
    calculate_invoice_discount,
    release_order,
    reopen_order,
    delete_order,
    close_order,
)

"""An open document, order or invoice by hand: its page with header and lines, and what is done with all of it.

Service item lines and closing, which only an order has, are in `service_orders`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Field, Form, Value, read_form, show_form
from webapp.pages.answers import Note, Visit, fragment, page, see_other, submitted, told, typist
from webapp.pages.closed_orders import not_open
from webapp.pages.contract_links import deletion_linked
from webapp.pages.document_fields import (
    NEW_ITEM_LINE,
    fields_of,
    grid_fields,
    header_fields,
    header_groups,
    line_fields,
    line_more,
    new_line_fields,
)
from webapp.pages.document_forms import Edited, form_over, read_changes, shown_values
from webapp.pages.document_paths import Place, href_of, key_of, place_of, places, requires_of_place
from webapp.pages.line_forms import save_lines
from webapp.pages.panel import Panel, panel_after
from webapp.pages.questions import ASKS, Question, question_of
from webapp.posting.amounts import Totals, discount_base, document_totals
from webapp.posting.checks import posting_date_finding
from webapp.posting.findings import Finding
from webapp.posting.lost_discounts import LostDiscount
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import DocumentKey, Header, ItemLine, Line
from webapp.store import drafts
from webapp.store.combined_invoices import lost_discount_of
from webapp.store.contract_deleting import before_deletion
from webapp.store.drafts import Saved
from webapp.store.snapshots import Document

__all__ = ["ROUTES", "Shown", "document_answer", "document_page", "done_or_refused", "lines_answer", "load_shown"]

DISCOUNT: Final = (Field("inv_discount_amount", "money", label="Invoice discount", required=True),)

# --- the document ---------------------------------------------------------------------------------------------------


@dataclass
class Row:
    """A service line as the grid shows it. `typed` is the form that came back with it, when something is wrong."""

    line: Line
    key: DocumentKey
    locale: str
    editable: bool
    several_items: bool
    typed: Form | None = None

    @cached_property
    def form(self) -> Form:
        """What stands in its fields."""
        fields = line_fields(self.line.type, grid_fields(self.key.document_type))
        return self.typed or form_over(self.line, fields, self.locale, f"line-{self.line.line_no}-")

    @property
    def shown(self) -> str:
        return shown_values(self.line, self.form, self.locale)

    @property
    def path(self) -> str:
        return href_of(self.key)

    @property
    def depends_on(self) -> tuple[object, ...] | None:
        """All that the drawn row comes from; one with something typed is drawn each time."""
        return (self.path, self.line, self.several_items) if self.typed is None else None

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


@dataclass
class Shown:
    """A document as its page draws it. What the page keeps from the last time is not made again."""

    document: Document
    setup: Setup
    locale: str
    editable: bool
    may_post: bool
    rows: Sequence[Row]
    header_findings: Sequence[Finding] = ()
    findings: Sequence[Finding] = ()
    typed_header: Form | None = None
    typed_line: Form | None = None
    typed_item_line: Form | None = None
    question: Question | None = None
    """What has to be answered before a change of the header is made."""
    lost_discount: LostDiscount | None = None
    """The invoice discount of orders that this invoice does not give (D-50)."""

    @cached_property
    def header(self) -> Form:
        """What stands in the fields of the header."""
        if self.typed_header is not None:
            return self.typed_header
        form = form_over(self.head, header_fields(self.head.document_type), self.locale)
        form.add(*self.header_findings)
        return form

    @property
    def new_line(self) -> Form:
        """The form of a line to be added."""
        item_lines = self.item_lines
        only = item_lines[0].line_no if len(item_lines) == 1 else 0
        values: dict[str, Value] = {"type": "item", "service_item_line_no": only}
        fields = line_fields("item", new_line_fields(self.head.document_type))
        return self.typed_line or show_form(fields, values, self.locale, "new-")

    @property
    def new_item_line(self) -> Form:
        """The form of a service item line to be added."""
        return self.typed_item_line or show_form(
            fields_of("service_item_line", NEW_ITEM_LINE), {}, self.locale, "item-"
        )

    @property
    def header_shown(self) -> str:
        return shown_values(self.head, self.header, self.locale)

    @cached_property
    def totals(self) -> Totals:
        return document_totals(self.setup, self.head, self.document.lines)

    def with_header(self, typed: Form) -> None:
        """Shows the header as it was typed, with what is wrong with it."""
        self.typed_header, self.header_findings, self.findings = typed, typed.findings, typed.findings

    @property
    def head(self) -> Header:
        return self.document.header

    @property
    def place(self) -> Place:
        return place_of(self.head.document_type)

    @property
    def path(self) -> str:
        return href_of(self.head.key)

    @property
    def currency(self) -> str:
        return self.head.currency_code or self.setup.ledger.lcy_code

    @property
    def item_lines(self) -> Sequence[ItemLine]:
        return self.document.item_lines

    @property
    def fixed(self) -> Sequence[str]:
        """The fields that nobody can type into: the own currency has no exchange rate (D-14)."""
        return () if self.head.currency_code else ("exchange_amount", "relational_amount")

    @property
    def groups(self) -> Mapping[str, Sequence[str]]:
        return header_groups(self.head.document_type)

    def depends_on(self, part: str) -> tuple[object, ...] | None:
        """All that a drawn part comes from; one with something typed or to tell is drawn each time."""
        calm = {
            "grid": all(row.typed is None for row in self.rows),
            "totals": True,
            "new line": self.typed_line is None,
            "new item line": self.typed_item_line is None,
        }.get(part, not self.header_findings and self.typed_header is None)
        return (part, self.document, self.setup.version) if calm else None

    def in_short(self, group: str, day: Callable[[date | None], str]) -> str:
        """What a closed section holds, in a few words."""
        head = self.head
        parts = {
            "Invoicing": (head.bill_to_name, head.payment_terms_code, self.currency),
            "Shipping": (head.ship_to_name, head.ship_to_city),
            "Details": (day(head.starting_date), day(head.finishing_date)),
        }
        return ", ".join(part for part in parts.get(group, ()) if part)


def row_of(request: Visit, document: Document, line: Line, form: Form | None = None) -> Row:
    """A line as a row of the grid."""
    who = request.user
    key, several = document.header.key, len(document.item_lines) > 1
    editable = who.may(place_of(key.document_type).right("edit"))
    return Row(line, key, who.locale, editable, several, form)


async def load_shown(request: Visit, key: DocumentKey, findings: Sequence[Finding] = ()) -> Shown:
    """The document with everything that its page shows; one that is not there is a page that is not there."""
    document, setup = await drafts.load_with_setup(key)
    if document is None:
        raise await not_open(key)
    shown = _shown(request, document, setup, findings)
    shown.lost_discount = await lost_discount_of(document, setup)
    return shown


def _shown(request: Visit, document: Document, setup: Setup, findings: Sequence[Finding]) -> Shown:
    who, place = request.user, place_of(document.key.document_type)
    return Shown(
        document,
        setup,
        who.locale,
        who.may(place.right("edit")),
        who.may(place.right("post")),
        [row_of(request, document, line) for line in document.lines],
        posting_date_finding(setup, setup.users.get(who.user_name), document.header),
        findings,
    )


def document_page(request: Visit, shown: Shown, status: int = 200) -> Template:
    """The document's page."""
    return page(request, "documents/document.html", status, shown=shown)


@get(places("/{no:str}"), guards=[requires_of_place("read")])
async def show_document(request: Visit, no: FromPath[str]) -> Template:
    return document_page(request, await load_shown(request, key_of(request.url.path, no)))


# --- header ---------------------------------------------------------------------------------------------------------


@post(places("/{no:str}/header"), guards=[requires_of_place("edit")], status_code=200)
async def change_header(request: Visit, no: FromPath[str]) -> Response[Any]:
    """The fields of the header; without script those of the lines with them, so that nothing typed is lost."""
    typed, key = await submitted(request), key_of(request.url.path, no)
    lines = await save_lines(request.user.acting, key, typed, typist(request))
    shown = await load_shown(request, key)
    edited = read_changes(shown.head, header_fields(key.document_type), typed, typist(request))
    answer = dict(typed).get("_confirmed", "")
    saved = await _change_header(request, key, edited.changes, answer)
    if saved.ok and edited.form.ok and not lines.refused:
        text = "It stays as it was." if answer == "no" else lines.said
        return await lines_answer(request, key, text, (*lines.notices, *saved.notices))
    if saved.ok:
        shown = await load_shown(request, key)
    shown.question = await question_of(key, edited.changes, saved.findings, request.user.locale)
    edited.form.add(*(one for one in saved.findings if one.code not in ASKS))
    shown.with_header(edited.form)
    if lines.refused:  # what was typed into the lines stays, and is not saved
        forms = {no: one.form for no, one in lines.edited.items()}
        shown.rows = [row_of(request, shown.document, one.line, forms.get(one.line.line_no)) for one in shown.rows]
        shown.findings = [*shown.findings, *lines.findings]
    return document_answer(request, shown, 422)


async def _change_header(request: Visit, key: DocumentKey, changes: Mapping[str, Any], answer: str) -> Saved:
    """Saves what was changed; what asks and is answered with no stays as it was."""
    if not changes:
        return Saved()
    sure = answer if answer in ("yes", "keep") else ""
    saved = await drafts.change_header(request.user.acting, key, changes, answer=sure)
    asks = {one.field for one in saved.findings if one.code in ASKS}
    if answer != "no" or not asks:
        return saved
    # A field that asks for another one, as a contract does for its currency, is given up with all that came with it.
    rest = {name: value for name, value in changes.items() if name not in asks} if asks <= changes.keys() else {}
    return await drafts.change_header(request.user.acting, key, rest) if rest else Saved()


def document_answer(request: Visit, shown: Shown, status: int) -> Template:
    """The document with what was typed into it: its whole page, or what htmx swaps of it."""
    if request.headers.get("hx-request") == "true":
        return fragment("documents/document.html", "document", status, shown=shown, swapped=True)
    return document_page(request, shown, status)


# --- service lines --------------------------------------------------------------------------------------------------


@post(places("/{no:str}/lines"), guards=[requires_of_place("edit")], status_code=200)
async def add_line(request: Visit, no: FromPath[str]) -> Response[Any]:
    typed, key = await submitted(request), key_of(request.url.path, no)
    kind = next((value for name, value in typed if name == "new-type"), "item")
    fields = line_fields(kind, new_line_fields(key.document_type))
    form = read_form(fields, typed, typist(request), "new-")
    if form.ok:
        values = {name: value for name, value in form.values.items() if value not in ("", None, 0)}
        saved = await drafts.add_line(request.user.acting, key, values)
        if saved.ok:
            return await lines_answer(request, key, "The line is added.", saved.notices)
        form.add(*(_without_line(found) for found in saved.findings))
    shown = await load_shown(request, key, [changed(f, link=f"#f-new-{f.field}") for f in form.findings])
    form.show_rest({}, request.user.locale)
    shown.typed_line = form
    return document_answer(request, shown, 422)


def _without_line(found: Finding) -> Finding:
    """A finding about the only line on a form: the line need not be named."""
    return changed(found, line=None, message=found.message.removeprefix(f"Line {found.line}: "))


async def lines_answer(request: Visit, key: DocumentKey, text: str, notices: Sequence[Finding] = ()) -> Response[Any]:
    """The document after a change of it."""
    if request.headers.get("hx-request") == "true":
        return document_answer(request, await load_shown(request, key, notices), 200)
    return see_other(request, href_of(key), told(text, notices))


def _line(document: Document, line_no: int) -> Line:
    found = document.line(line_no)
    if found is None:
        raise _line_gone(document.key, line_no)
    return found


def _line_gone(key: DocumentKey, line_no: int) -> NotFoundException:
    return NotFoundException(f"{place_of(key.document_type).name} {key.no} has no line {line_no} any more.")


async def _no_line(key: DocumentKey, line_no: int) -> NotFoundException:
    """Why there is no such line: it is gone, or the whole document is."""
    return await not_open(key) if await drafts.load_document(key) is None else _line_gone(key, line_no)


@post(places("/{no:str}/lines/{line_no:int}"), guards=[requires_of_place("edit")], status_code=200)
async def change_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Response[Any]:
    """A row of the grid: what was changed in it is saved; the answer is the row and what follows from it."""
    key = key_of(request.url.path, no)
    line, typed = await drafts.load_line(key, line_no), await submitted(request)
    if line is None:
        raise await _no_line(key, line_no)
    edited = read_changes(
        line,
        line_fields(line.type, grid_fields(key.document_type)),
        typed,
        typist(request),
        f"line-{line_no}-",
        line_no,
    )
    saved = Saved()
    if edited.changes:
        saved = await drafts.change_line(request.user.acting, key, line_no, edited.changes)
    panel = await panel_after(request, key, typed)
    notices = saved.notices if saved.ok else ()
    if panel is None:
        shown = await load_shown(request, key, notices)
    else:  # what the panel was just planned from
        snapshot = panel.plan.case.snapshot
        shown = _shown(request, Document.of(snapshot), snapshot.setup, notices)
        shown.lost_discount = await lost_discount_of(shown.document, shown.setup)
    return _row_answer(request, shown, _line(shown.document, line_no), edited, saved, panel)


def _row_answer(
    request: Visit, shown: Shown, line: Line, edited: Edited, saved: Saved, panel: Panel | None
) -> Response[Any]:
    edited.form.add(*saved.findings)
    row = row_of(request, shown.document, line, None if edited.form.ok else edited.form)
    status = 200 if edited.form.ok else 422
    if request.headers.get("hx-request") == "true":
        shown.findings = [*shown.findings, *edited.form.findings]
        parts: dict[str, Any] = {"shown": shown, "row": row, "panel": panel, "path": shown.path, "place": shown.place}
        return fragment("documents/_row_answer.html", "", status, beside=True, **parts)
    if edited.form.ok:
        return see_other(request, shown.path, told(f"Line {line.line_no} is saved.", saved.notices))
    shown.findings = edited.form.findings
    shown.rows = [row if one.line.line_no == line.line_no else one for one in shown.rows]
    return document_page(request, shown, status)


def _line_form(key: DocumentKey) -> tuple[str, ...]:
    return (*grid_fields(key.document_type), *line_more(key.document_type))


@get(places("/{no:str}/lines/{line_no:int}"), guards=[requires_of_place("read")])
async def show_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Template:
    shown = await load_shown(request, key_of(request.url.path, no))
    line = _line(shown.document, line_no)
    form = form_over(line, line_fields(line.type, _line_form(shown.head.key)), request.user.locale)
    return _line_page(request, shown, line, form)


def _line_page(request: Visit, shown: Shown, line: Line, form: Form, status: int = 200) -> Template:
    kind = shown.head.document_type
    facts = [
        ("Quantity shipped", line.quantity_shipped),
        ("Quantity invoiced", line.quantity_invoiced),
        ("Quantity consumed", line.quantity_consumed),
        ("Shipped, not invoiced", line.qty_shipped_not_invoiced),
    ]
    return page(
        request,
        "documents/line.html",
        status,
        shown=shown,
        form=form,
        shown_values=shown_values(line, form, request.user.locale),
        title=f"Line {line.line_no}",
        subtitle=line.description,
        address=f"{shown.path}/lines/{line.line_no}/form",
        groups=[("Line", grid_fields(kind)), ("More", line_more(kind))],
        facts=facts if shown.place.is_order else [],
        texts_of=line.no,
        available=line.type == "item" and line.no,
        worksheet="",
        may_split=shown.place.is_order and line.type == "resource",
    )


@post(places("/{no:str}/lines/{line_no:int}/form"), guards=[requires_of_place("edit")], status_code=200)
async def change_whole_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Response[Any]:
    key = key_of(request.url.path, no)
    shown = await load_shown(request, key)
    line = _line(shown.document, line_no)
    edited = read_changes(line, line_fields(line.type, _line_form(key)), await submitted(request), typist(request))
    saved = Saved()
    if edited.changes:
        saved = await drafts.change_line(request.user.acting, key, line_no, edited.changes)
    if saved.ok and edited.form.ok:
        return see_other(request, href_of(key), Note(f"Line {line_no} is saved."))
    edited.form.add(*(_without_line(found) for found in saved.findings))
    return _line_page(request, shown, line, edited.form, 422)


@post(places("/{no:str}/lines/{line_no:int}/deletion"), guards=[requires_of_place("edit")], status_code=200)
async def delete_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Response[Any]:
    key = key_of(request.url.path, no)
    saved = await drafts.delete_line(request.user.acting, key, line_no)
    return await done_or_refused(request, key, saved, f"Line {line_no} is deleted.")


# --- the whole document ---------------------------------------------------------------------------------------------


async def done_or_refused(request: Visit, key: DocumentKey, saved: Saved, text: str) -> Response[Any]:
    """Back to the document: with what was done, or with why it was not."""
    if saved.ok:
        return see_other(request, href_of(key), told(text, saved.notices))
    return document_page(request, await load_shown(request, key, saved.findings), 422)


@post(places("/{no:str}/invoice-discount"), guards=[requires_of_place("edit")], status_code=200)
async def calculate_invoice_discount(request: Visit, no: FromPath[str]) -> Response[Any]:
    key = key_of(request.url.path, no)
    saved = await drafts.calculate_invoice_discount(request.user.acting, key)
    return await done_or_refused(request, key, saved, "The invoice discount is calculated.")


def _discount_form(request: Visit, shown: Shown) -> Form:
    now = sum((line.inv_discount_amount for line in shown.document.lines), Decimal(0))
    return show_form(DISCOUNT, {"inv_discount_amount": now}, request.user.locale)


@get(places("/{no:str}/invoice-discount/amount"), guards=[requires_of_place("edit")])
async def show_discount(request: Visit, no: FromPath[str]) -> Template:
    shown = await load_shown(request, key_of(request.url.path, no))
    return _discount_page(request, shown, _discount_form(request, shown))


def _discount_page(request: Visit, shown: Shown, form: Form, status: int = 200) -> Template:
    return page(
        request,
        "documents/discount.html",
        status,
        form=form,
        place=shown.place,
        path=shown.path,
        head=shown.head,
        currency=shown.currency,
        base=discount_base(shown.document.lines),
        now=sum((line.inv_discount_amount for line in shown.document.lines), Decimal(0)),
    )


@post(places("/{no:str}/invoice-discount/amount"), guards=[requires_of_place("edit")], status_code=200)
async def set_discount(request: Visit, no: FromPath[str]) -> Response[Any]:
    """Spreads a typed invoice discount over the lines that allow one (D-35)."""
    key = key_of(request.url.path, no)
    form = read_form(DISCOUNT, await submitted(request), typist(request))
    amount = form.values.get("inv_discount_amount")
    if form.ok and isinstance(amount, Decimal):
        saved = await drafts.set_invoice_discount(request.user.acting, key, amount)
        if saved.ok:
            return see_other(request, href_of(key), Note("The invoice discount is spread over the lines."))
        form.add(*saved.findings)
    return _discount_page(request, await load_shown(request, key), form, 422)


@post(places("/{no:str}/release"), guards=[requires_of_place("release")], status_code=200)
async def release_document(request: Visit, no: FromPath[str]) -> Response[Any]:
    key = key_of(request.url.path, no)
    saved = await drafts.release(request.user.acting, key)
    return await done_or_refused(request, key, saved, f"The {place_of(key.document_type).name.lower()} is released.")


@post(places("/{no:str}/reopening"), guards=[requires_of_place("release")], status_code=200)
async def reopen_document(request: Visit, no: FromPath[str]) -> Response[Any]:
    key = key_of(request.url.path, no)
    saved = await drafts.reopen(request.user.acting, key)
    return await done_or_refused(request, key, saved, f"The {place_of(key.document_type).name.lower()} is open again.")


_CONFIRMED: Final = frozenset({"contract_restore_dates", "contract_credit_lost"})


@post(places("/{no:str}/deletion"), guards=[requires_of_place("edit")], status_code=200)
async def delete_document(request: Visit, no: FromPath[str]) -> Response[Any]:
    typed = dict(await submitted(request))
    key = key_of(request.url.path, no)
    if typed.get("_confirmed") != "yes":
        shown = await load_shown(request, key)
        found = [deletion_linked(one) for one in await before_deletion(key, shown.head, shown.document.lines)]
        stopped = [one for one in found if one.code not in _CONFIRMED]
        asked = [one for one in found if one.code in _CONFIRMED]
        return page(request, "documents/confirm_deletion.html", shown=shown, stopped=stopped, asked=asked)
    saved = await drafts.delete_document(request.user.acting, key, confirmed=_CONFIRMED)
    if saved.ok:
        place = place_of(key.document_type)
        return see_other(request, place.path, told(f"Service {place.name.lower()} {no} is deleted.", saved.notices))
    return document_page(request, await load_shown(request, key, saved.findings), 422)


ROUTES: Final = (
    show_document,
    change_header,
    add_line,
    change_line,
    show_line,
    change_whole_line,
    delete_line,
    calculate_invoice_discount,
    show_discount,
    set_discount,
    release_document,
    reopen_document,
    delete_document,
)

"""From a posted invoice: a credit memo over chosen lines, cancelling it, correcting it (D-43, P-152, P-186)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Note, Visit, fragment, page, see_other, submitted, typist
from webapp.pages.document_paths import href_of
from webapp.pages.finding_links import linked
from webapp.pages.ledgers import PLANNED_LINKS, drawn_entries
from webapp.posting.correction import correction_findings
from webapp.posting.crediting import Creditable, CreditSource, credit_findings_of, credit_totals
from webapp.posting.findings import Finding, finding
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import DocumentKey
from webapp.security import requires
from webapp.store.cancel import Cancelling, CancelResult, cancel_invoice, cancel_result, look_at_cancel
from webapp.store.crediting import create_credit_memo, look_at_credit
from webapp.store.posted import PostedDocument

__all__ = ["ROUTES", "credit_offers"]

INVOICES: Final = "/posted-service-invoices"
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,64}")


def _invoice(no: str, rest: str = "") -> str:
    return f"{INVOICES}/{quote(no, safe='')}{rest}"


def _gone(no: str) -> NotFoundException:
    return NotFoundException(f"There is no posted invoice {no}.")


@dataclass(frozen=True, slots=True)
class Offer:
    """An action on a posted invoice: its name and page, and the right it asks for."""

    name: str
    href: str
    right: str


def credit_offers(document: PostedDocument) -> list[Offer]:
    """What can be done about a posted invoice that is wrong; nothing for other documents, nor once it is cancelled."""
    if document.kind != "invoice" or document.header["cancelled_by"]:
        return []
    no = document.header["no"]
    return [
        Offer("Create corrective credit memo", _invoice(no, "/credit-memo"), "credit_memos.edit"),
        Offer("Correct", _invoice(no, "/correction"), "credit_memos.post"),
        Offer("Cancel", _invoice(no, "/cancellation"), "credit_memos.post"),
    ]


def _open_credit_memo(no: str) -> str:
    return href_of(DocumentKey("credit_memo", no))


# --- a credit memo over chosen lines --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of the invoice, its quantity field, whether it is ticked, and why it cannot be."""

    one: Creditable
    field: Field
    chosen: bool

    @property
    def reason(self) -> str:
        if self.one.left:
            return ""
        return "All on open credit memos" if self.one.held else "Credited"

    @property
    def holders(self) -> Sequence[tuple[str, Decimal, str]]:
        """The open credit memos that hold some of the line: number, how much, address."""
        return [(no, quantity, _open_credit_memo(no)) for no, quantity in self.one.held]


def _quantity_field(one: Creditable) -> Field:
    return Field(f"quantity-{one.line.line_no}", "quantity", label=f"Quantity to credit of line {one.line.line_no}")


def _fields(source: CreditSource) -> tuple[Field, ...]:
    return tuple(_quantity_field(one) for one in source.lines if one.offered)


@get(f"{INVOICES}/{{no:str}}/credit-memo", guards=[requires("credit_memos.edit")])
async def show_credit(request: Visit, no: FromPath[str]) -> Template:
    """Nothing is ticked, since all of it is what `Cancel` gives back; a line that is the only one is."""
    looked = await _looked(no)
    source = looked[0]
    left = [one for one in source.lines if one.offered and one.left]
    values = {_quantity_field(one).name: one.left for one in source.lines if one.offered}
    form = show_form(_fields(source), dict(values), request.user.locale)
    nothing = [_to_holder(source, f) for f in credit_findings_of(source, {}) if f.code != "no_lines_chosen"]
    wanted = {left[0].line.line_no: left[0].left} if len(left) == 1 else {}
    return _credit_page(request, looked, form, wanted, nothing)


async def _looked(no: str) -> tuple[CreditSource, Setup]:
    looked = await look_at_credit(no)
    if looked is None:
        raise _gone(no)
    return looked


def _credit_page(
    request: Visit,
    looked: tuple[CreditSource, Setup],
    form: Form,
    wanted: Mapping[int, Decimal],
    findings: Sequence[Finding],
    status: int = 200,
) -> Template:
    source, _ = looked
    choices = [Choice(one, _quantity_field(one), one.line.line_no in wanted) for one in source.lines if one.offered]
    return page(
        request,
        "posted/credit.html",
        status,
        no=source.invoice.no,
        head=source.invoice,
        path=_invoice(source.invoice.no, "/credit-memo"),
        invoice_path=_invoice(source.invoice.no),
        choices=choices,
        form=form,
        findings=findings,
        open=source.open,
        possible=any(not choice.reason for choice in choices) and not source.cancelled_by,
        **_total(request, looked, wanted),
    )


def _total(request: Visit, looked: tuple[CreditSource, Setup], wanted: Mapping[int, Decimal]) -> dict[str, Any]:
    """What the chosen lines come to, for the line beneath them; no amounts while a quantity is not possible."""
    source, setup = looked
    possible = bool(wanted) and not credit_findings_of(source, wanted)
    return {
        "count": len(wanted),
        "totals": credit_totals(setup, source, wanted, request.user.work_date) if possible else None,
        "currency": source.invoice.currency_code or setup.ledger.lcy_code,
    }


def _read(request: Visit, source: CreditSource, pairs: Sequence[tuple[str, str]]) -> tuple[Form, dict[int, Decimal]]:
    """The form as it was sent, with the findings of the ticked lines, and their quantities."""
    fields = _fields(source)
    chosen = {int(value) for name, value in pairs if name == "line" and value.isascii() and value.isdecimal()}
    names = {field.name for field in fields}
    form = read_form(fields, [pair for pair in pairs if pair[0] in names], typist(request))
    form.findings = [found for found in form.findings if int(found.field.rpartition("-")[2]) in chosen]
    return form, {line_no: _quantity(form, line_no) for line_no in sorted(chosen)}


@post(f"{INVOICES}/{{no:str}}/credit-memo/total", guards=[requires("credit_memos.edit")], status_code=200)
async def show_total(request: Visit, no: FromPath[str]) -> Template:
    """What the lines that are ticked come to; writes nothing."""
    looked = await _looked(no)
    _, wanted = _read(request, looked[0], await submitted(request))
    return fragment("posted/credit.html", "total", **_total(request, looked, wanted))


@post(f"{INVOICES}/{{no:str}}/credit-memo", guards=[requires("credit_memos.edit")], status_code=200)
async def create_credit(request: Visit, no: FromPath[str]) -> Response[Any]:
    looked = await _looked(no)
    form, wanted = _read(request, looked[0], await submitted(request))
    findings = list(form.findings)
    if not findings:
        saved = await create_credit_memo(request.user.acting, no, wanted)
        if saved is not None and saved.ok and saved.key is not None:
            made = f"Credit memo {saved.key.no} is made from invoice {no}. Nothing is posted yet."
            return see_other(request, href_of(saved.key), Note(made))
        findings = [_to_holder(looked[0], _at_field(found)) for found in (saved.findings if saved else ())]
        form.add(*(found for found in findings if found.field in form.fields))
    form.show_rest({name: Decimal(0) for name in form.fields}, request.user.locale)
    return _credit_page(request, looked, form, wanted, findings, 422)


def _quantity(form: Form, line_no: int) -> Decimal:
    value = form.values.get(f"quantity-{line_no}")
    return value if isinstance(value, Decimal) else Decimal(0)


def _to_holder(source: CreditSource, found: Finding) -> Finding:
    """A finding about an invoice that open credit memos hold leads to the first of them."""
    first = next((by.credit_memo_no for one in source.lines for by in one.held), "")
    if found.code != "invoice_held_by_credit_memo" or not first:
        return found
    return changed(found, link=_open_credit_memo(first))


def _at_field(found: Finding) -> Finding:
    """On the form the quantity of the line, which need not be named: it stands beside it."""
    if found.line is None:
        return found
    name, message = f"quantity-{found.line}", found.message.removeprefix(f"Line {found.line}: ")
    return changed(found, field=name, link=f"#f-{name}", message=message)


# --- cancelling and correcting --------------------------------------------------------------------------------------

ACTIONS: Final[Mapping[str, str]] = {"cancellation": "Cancel", "correction": "Correct"}
PATHS: Final = [f"{INVOICES}/{{no:str}}/{slug}" for slug in ACTIONS]
DAY: Final = (Field("posting_date", "day", required=True, hint="The credit memo is dated with it."),)


def _slug(request: Visit) -> str:
    return request.url.path.split("/")[3]


@get(PATHS, guards=[requires("credit_memos.post")])
async def show_cancel(request: Visit, no: FromPath[str]) -> Template:
    pairs = [pair for pair in request.query_params.multi_items() if pair[0] == "posting_date"]
    if not pairs:
        return await _cancel_page(
            request, no, show_form(DAY, {"posting_date": request.user.work_date}, request.user.locale)
        )
    return await _cancel_page(request, no, read_form(DAY, pairs, typist(request)))


async def _cancel_page(
    request: Visit, no: str, form: Form, status: int = 200, findings: Sequence[Finding] = ()
) -> Template:
    slug = _slug(request)
    typed = form.values.get("posting_date")
    day = typed if isinstance(typed, date) else request.user.work_date
    looked = await look_at_cancel(request.user.acting, no, day)
    if looked is None:
        raise _gone(no)
    plan = looked.plan
    differs = correction_findings(plan) if slug == "correction" else []
    found = [*form.findings, *findings, *plan.posting.findings, *differs]
    may = plan.may_cancel and form.ok
    return page(
        request,
        "posted/cancel.html",
        status,
        no=no,
        slug=slug,
        name=ACTIONS[slug],
        path=_invoice(no, f"/{slug}"),
        invoice_path=_invoice(no),
        head=plan.source.snapshot.header,
        form=form,
        findings=[_linked(one, no) for one in dict.fromkeys(found)],
        may_cancel=may,
        looked=looked,
        does=_does(looked, correct=slug == "correction") if may else [],
        given_back=plan.given_back,
        due_again=plan.source.due_again if slug == "cancellation" else (),
        orders=plan.orders,
        totals=plan.posting.totals,
        currency=plan.source.snapshot.header.currency_code or plan.source.snapshot.setup.ledger.lcy_code,
        sections=drawn_entries(looked.entries, plan.source.snapshot.setup.ledger.lcy_code),
        links=PLANNED_LINKS,
        token=secrets.token_urlsafe(24),
    )


def _does(looked: Cancelling, *, correct: bool) -> list[str]:
    """What would be done, in words."""
    plan = looked.plan
    no = plan.source.invoice_no
    made = [f"Credit memo {plan.posting.numbers['credit_memo'].no} is posted and applied to invoice {no}; both close"]
    made += [
        f"Order {one.before.header.no} is {'opened again' if one.before.archived else 'changed'}:"
        " what was invoiced is shipped and not invoiced again"
        for one in plan.orders
    ]
    if plan.posting.returned:
        made.append("The goods come back on stock at the cost they left with")
    if correct:
        made.append("An invoice draft with the same lines is opened for you to correct and post")
    return made


def _linked(found: Finding, no: str) -> Finding:
    if found.code == "posting_date_outside_window" or found.field == "posting_date":
        return changed(found, link="#f-posting_date")
    if found.code == "invoice_cancelled_already":
        return changed(found, link=_invoice(no))
    if found.code in ("cancel_credited", "cancel_order_line_gone", "cancel_shipment_gone"):
        return changed(found, link=_invoice(no, "/credit-memo"))
    return (
        linked(changed(found, line=None), DocumentKey("credit_memo", no))
        if found.table != "service_invoice_header"
        else found
    )


@post(PATHS, guards=[requires("credit_memos.post")], status_code=200)
async def cancel(request: Visit, no: FromPath[str]) -> Response[Any]:
    pairs = await submitted(request)
    form = read_form(DAY, [pair for pair in pairs if pair[0] == "posting_date"], typist(request))
    token = dict(pairs).get("token", "")
    day = form.values.get("posting_date")
    if not form.ok or not isinstance(day, date):
        return await _cancel_page(request, no, form, 422)
    if not TOKEN.fullmatch(token):
        stale = [finding("form_used_otherwise", document=no)]
        return await _cancel_page(request, no, form, 409, stale)
    correct = _slug(request) == "correction"
    result = await cancel_invoice(request.user.acting, no, day, correct=correct, token=token)
    if result is None:
        raise _gone(no)
    if not result.ok:
        stale_codes = ("form_used_otherwise", "invoice_cancelled_already")
        status = 409 if any(found.code in stale_codes for found in result.findings) else 422
        return await _cancel_page(request, no, form, status, [one for one in result.findings if one.is_error])
    return see_other(request, _invoice(no, f"/cancellation/{quote(token, safe='')}"))


@get(f"{INVOICES}/{{no:str}}/cancellation/{{token:str}}", guards=[requires("posted.read")])
async def show_result(request: Visit, no: FromPath[str], token: FromPath[str]) -> Template:
    result: CancelResult | None = await cancel_result(token, no) if TOKEN.fullmatch(token) else None
    if result is None:
        raise NotFoundException(f"Invoice {no} was not cancelled with this form.")
    credit_memo = f"/posted-service-credit-memos/{quote(result.credit_memo_no, safe='')}"
    return page(
        request,
        "posted/cancelled.html",
        no=no,
        result=result,
        invoice_path=_invoice(no),
        credit_memo_path=credit_memo,
        draft_path=href_of(DocumentKey("invoice", result.draft_no)) if result.draft_no else "",
        orders=[(order, href_of(DocumentKey("order", order))) for order in result.orders],
    )


ROUTES: Final = (show_credit, show_total, create_credit, show_cancel, cancel, show_result)

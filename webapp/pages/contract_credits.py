"""Crediting lines of contracts on pages: one line from a day on, all that are due, and removing all that have ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.billing.changes import not_open
from webapp.billing.credit_documents import CreditedLine
from webapp.billing.crediting import credit_findings, credit_pieces, due_lines, nothing_to_credit
from webapp.billing.lifecycle import QUESTIONS
from webapp.billing.records import ContractLine
from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Link, Visit, page, see_other, submitted, told, typist
from webapp.pages.contract_fields import contract_href
from webapp.pages.contracts import ContractPage, asked_and_confirmed, linked, load_page
from webapp.pages.document_fields import CONTRACT_LOOKUP
from webapp.posting.findings import Finding
from webapp.posting.records import changed
from webapp.security import requires
from webapp.store.contract_credits import credit_contract_line, credit_due_lines
from webapp.store.contract_drafts import ContractSaved
from webapp.store.contract_removals import RemovalFilter, ended_lines, remove_ended_lines

__all__ = ["ROUTES"]

CONTRACT: Final = "/service-contracts/{no:str}"
DATES: Final = (
    Field("contract_expiration_date", "day", hint="The first day that is credited, though it was billed."),
    Field("credit_memo_date", "day", hint="Posting date of the credit memo; blank: the first credited day."),
)


# --- one line ---------------------------------------------------------------------------------------------------------


def _line(shown: ContractPage, line_no: int) -> ContractLine:
    line = shown.file.case.line(line_no)
    if line is None:
        raise NotFoundException(f"Contract {shown.head.no} has no line {line_no}.")
    return line


@get(CONTRACT + "/lines/{line_no:int}/credit", guards=[requires("contracts.credit")])
async def show_credit(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Template:
    """What would be credited, in words and pieces, before anything is made (O-15)."""
    shown = await load_page(request, "contract", no)
    line = _line(shown, line_no)
    pairs = [pair for pair in request.query_params.multi_items() if pair[0] in {field.name for field in DATES}]
    form = read_form(DATES, pairs, typist(request)) if pairs else show_form(DATES, _dates(line), request.user.locale)
    return _credit_page(request, shown, line, form, form.findings)


def _dates(line: ContractLine) -> dict[str, Any]:
    return {field.name: getattr(line, field.name) for field in DATES}


def _credit_page(
    request: Visit,
    shown: ContractPage,
    line: ContractLine,
    form: Form,
    findings: Sequence[Finding] = (),
    status: int = 200,
) -> Template:
    ends = form.values.get("contract_expiration_date") if form.values else line.contract_expiration_date
    as_typed = changed(line, contract_expiration_date=ends if isinstance(ends, date) else None)
    credit = CreditedLine(as_typed, tuple(credit_pieces(shown.head, as_typed, shown.file.entries)))
    stops = _stops(shown, [line], request.user.work_date, of_dates=False)
    dates = {field.name for field in DATES}
    return page(
        request,
        "contracts/credit.html",
        status,
        shown=shown,
        head=shown.head,
        line=line,
        form=None if stops else form,
        credits=[credit] if credit.pieces and not stops else [],
        findings=stops or [one if one.field in dates else linked(one, shown) for one in findings],
        questions=[one for one in findings if one.code in QUESTIONS],
        opens=any(one.code == "contract_locked" for one in stops) and request.user.may("contracts.edit"),
    )


def _stops(shown: ContractPage, lines: Sequence[ContractLine], work_date: date, *, of_dates: bool) -> list[Finding]:
    """What no date can mend: told instead of a form that is refused whatever is typed (C-24, C-139)."""
    case, dates = shown.file.case, {field.name for field in DATES}
    found = not_open(case) if not of_dates else []
    for line in lines:
        for one in credit_findings(case, line, work_date):
            if of_dates or one.field not in dates or one.code == "contract_line_credited":
                found.append(one)
    return [_led_to_invoice(linked(one, shown), case.open_invoices) for one in dict.fromkeys(found)]


def _led_to_invoice(found: Finding, invoices: Sequence[str]) -> Finding:
    if found.code != "contract_invoice_open" or not invoices:
        return found
    return changed(found, link=f"/service-invoices/{quote(invoices[0], safe='')}")


@post(CONTRACT + "/lines/{line_no:int}/credit", guards=[requires("contracts.credit")], status_code=200)
async def credit_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Response[Any]:
    pairs, confirmed = await asked_and_confirmed(request)
    form = read_form(DATES, pairs, typist(request))
    findings: Sequence[Finding] = form.findings
    if form.ok:
        ends, day = (form.values.get(field.name) for field in DATES)
        saved = await credit_contract_line(
            request.user.acting,
            no,
            line_no,
            ends if isinstance(ends, date) else None,
            day if isinstance(day, date) else None,
            confirmed=confirmed,
        )
        if saved.ok:
            return _credited(request, no, saved, f"Line {line_no} is credited.")
        findings = saved.findings
        form.add(*findings)
    shown = await load_page(request, "contract", no)
    return _credit_page(request, shown, _line(shown, line_no), form, findings, 422)


def _credited(request: Visit, no: str, saved: ContractSaved, text: str) -> Response[Any]:
    links = tuple(Link(f"Credit memo {memo}", f"/service-credit-memos/{memo}") for memo in saved.credit_memos)
    return see_other(request, contract_href("contract", no), told(text, saved.notices, links))


# --- all that are due -------------------------------------------------------------------------------------------------


@get(CONTRACT + "/credit-memo", guards=[requires("contracts.credit")])
async def show_due(request: Visit, no: FromPath[str]) -> Template:
    return _due_page(request, await load_page(request, "contract", no))


def _due_page(request: Visit, shown: ContractPage, findings: Sequence[Finding] = (), status: int = 200) -> Template:
    case, work_date = shown.file.case, request.user.work_date
    due = due_lines(case, work_date)
    credits = [CreditedLine(line, tuple(credit_pieces(case.contract, line, shown.file.entries))) for line in due]
    credits = [one for one in credits if one.pieces]
    stops = _stops(shown, due, work_date, of_dates=True)
    if not credits and not findings:
        findings = [nothing_to_credit(case, work_date)]
    return page(
        request,
        "contracts/credit.html",
        status,
        shown=shown,
        head=shown.head,
        line=None,
        form=None,
        credits=[] if stops else credits,
        findings=stops or [linked(one, shown) for one in findings],
        questions=[one for one in findings if one.code in QUESTIONS],
        opens=False,
    )


@post(CONTRACT + "/credit-memo", guards=[requires("contracts.credit")], status_code=200)
async def credit_due(request: Visit, no: FromPath[str]) -> Response[Any]:
    _, confirmed = await asked_and_confirmed(request)
    saved = await credit_due_lines(request.user.acting, no, confirmed=confirmed)
    if saved.ok:
        return _credited(request, no, saved, f"What is due of contract {no} is credited.")
    return _due_page(request, await load_page(request, "contract", no), saved.findings, 422)


# --- removing all that have ended -------------------------------------------------------------------------------------

REMOVE: Final = "/remove-contract-lines"
REMOVAL: Final = (
    Field("until", "day", label="Remove lines up to", required=True),
    Field("contract_no", "code", label="Contract no.", lookup=CONTRACT_LOOKUP),
    Field("service_item_no", "code", lookup="service-items"),
    Field("reason_code", "code", lookup="reason-codes"),
)


def _removal_form(request: Visit, pairs: Sequence[tuple[str, str]]) -> Form:
    names = {field.name for field in REMOVAL}
    if any(name in names for name, _ in pairs):
        return read_form(REMOVAL, [pair for pair in pairs if pair[0] in names], typist(request))
    blank: dict[str, Any] = {
        "until": request.user.work_date,
        "contract_no": "",
        "service_item_no": "",
        "reason_code": "",
    }
    return show_form(REMOVAL, blank, request.user.locale)


def _removal(form: Form, work_date: date) -> RemovalFilter:
    until = form.values.get("until")
    words = (str(form.values.get(name) or "").upper() for name in ("contract_no", "service_item_no", "reason_code"))
    return RemovalFilter(until if isinstance(until, date) else work_date, *words)


@get(REMOVE, guards=[requires("contracts.credit")])
async def show_removal(request: Visit) -> Template:
    return await _removal_page(request, _removal_form(request, list(request.query_params.multi_items())))


async def _removal_page(
    request: Visit, form: Form, status: int = 200, findings: Sequence[Finding] = (), done: Sequence[Any] = ()
) -> Template:
    lines = await ended_lines(_removal(form, request.user.work_date)) if form.ok else []
    return page(
        request,
        "contracts/remove.html",
        status,
        form=form,
        findings=[*form.findings, *findings],
        lines=lines[:500],
        count=len(lines),
        done=done,
        path=REMOVE,
        href=lambda no: contract_href("contract", no),
    )


@post(REMOVE, guards=[requires("contracts.credit")], status_code=200)
async def remove_lines(request: Visit) -> Response[Any]:
    """Removes them; the page then tells of each contract what became of it."""
    form = _removal_form(request, await submitted(request))
    if not form.ok:
        return await _removal_page(request, form, 422)
    done, missing = await remove_ended_lines(request.user.acting, _removal(form, request.user.work_date))
    if missing:
        return await _removal_page(request, form, 422, missing)
    return await _removal_page(request, form, 200, (), done)


ROUTES: Final = (show_credit, credit_line, show_due, credit_due, show_removal, remove_lines)

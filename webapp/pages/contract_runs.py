"""Create contract invoices: the run over all contracts that are due, looked at before it makes any (C-84 … C-104)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.response import Template

from webapp.billing.coverage import CoveredLine, Stretch
from webapp.billing.invoicing import refusal
from webapp.billing.periods import MONTHS_PER_PERIOD
from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Visit, page, see_other, submitted, typist
from webapp.pages.contract_fields import contract_href
from webapp.pages.contract_links import contract_linked
from webapp.pages.document_fields import CONTRACT_LOOKUP
from webapp.pages.posting import TOKEN
from webapp.posting.findings import Finding
from webapp.security import requires
from webapp.store.batches import BatchRun
from webapp.store.contract_lists import unknown_numbers
from webapp.store.contract_runs import (
    ContractFilter,
    RunDates,
    RunLook,
    look_at_run,
    run_dates,
    run_filter,
    run_questions,
    start_invoicing,
)
from webapp.store.coverage import open_days

__all__ = ["PATH", "ROUTES", "again_href"]

PATH: Final = "/create-contract-invoices"
SHOWN: Final = 200
MOST_GAPS: Final = 20
DATES: Final = (
    Field("posting_date", "day", required=True, hint="Posting date of every invoice."),
    Field("invoice_to", "day", required=True, hint="Contracts whose next invoice date is not later."),
)
FILTERS: Final = (
    Field("bill_to_customer_no", "code", lookup="customers"),
    Field("contract_no", "code", label="Contract no.", lookup=CONTRACT_LOOKUP),
    Field("currency_code", "code", lookup="currencies"),
    Field("invoice_period", "choice", options=("", *(name for name, months in MONTHS_PER_PERIOD.items() if months))),
)
FIELDS: Final = (*DATES, *FILTERS)
NAMES: Final = frozenset(field.name for field in FIELDS)
ANSWERS: Final = frozenset({"contract_run_future", "contract_run_outside_window"})


def again_href(run: BatchRun) -> str:
    """The page with what the run was asked for."""
    dates, asked = run_dates(run), run_filter(run)
    values: dict[str, Any] = {field.name: getattr(dates, field.name) for field in DATES}
    values |= {field.name: getattr(asked, field.name) for field in FILTERS}
    return f"{PATH}?{urlencode({name: str(value) for name, value in values.items() if value})}"


# --- what is asked for ------------------------------------------------------------------------------------------------


def _form(request: Visit, pairs: Iterable[tuple[str, str]]) -> Form:
    """What was typed; a date that was not asked for is the work date (C-84)."""
    given = {name: value for name, value in pairs if name in NAMES}
    first = show_form(FIELDS, {field.name: request.user.work_date for field in DATES}, request.user.locale)
    if not given:
        return first
    dates = {field.name: first.raw[field.name] for field in DATES}
    return read_form(FIELDS, list({**dates, **given}.items()), typist(request))


def _dates(form: Form) -> RunDates:
    days = [form.values.get(field.name) for field in DATES]
    posting_date, invoice_to = (day for day in days if isinstance(day, date))
    return RunDates(posting_date, invoice_to)


def _filter(form: Form) -> ContractFilter:
    return ContractFilter(**{field.name: str(form.values.get(field.name) or "") for field in FILTERS})


# --- looking ----------------------------------------------------------------------------------------------------------


@get(PATH, guards=[requires("contracts.invoice")])
async def show_run(request: Visit) -> Template:
    return await _run_page(request, _form(request, request.query_params.multi_items()))


async def _run_page(request: Visit, form: Form, status: int = 200, questions: Sequence[Finding] = ()) -> Template:
    look = RunLook((), (), "")
    later: Sequence[Finding] = ()
    gaps: Sequence[tuple[CoveredLine, Stretch]] = ()
    if form.ok:
        terms = _dates(form).terms(request.user.acting)
        form.add(*refusal(terms))
        form.add(*await unknown_numbers(_filter(form).contract_no, _filter(form).bill_to_customer_no))
    if form.ok:
        look = await look_at_run(request.user.acting, _dates(form), _filter(form))
        later = await run_questions(request.user.acting, _dates(form))
        gaps = await open_days(request.user.work_date, _filter(form))
    pages = max((len(look.invoices) + SHOWN - 1) // SHOWN, 1)
    part = min(max(_part(request), 1), pages)
    first = (part - 1) * SHOWN
    return page(
        request,
        "contracts/run.html",
        status,
        form=form,
        findings=form.findings,
        questions=questions,
        later=later,
        look=look,
        gaps=gaps[:MOST_GAPS],
        gap_count=len(gaps),
        gap_sum=sum((one.worth(stretch.days) for one, stretch in gaps), Decimal(0)),
        invoices=look.invoices[first : first + SHOWN],
        first=first,
        part=part,
        pages=pages,
        posting_date=form.values.get("posting_date"),
        ahead=look.due_after(request.user.work_date),
        back_href=_part_href(form, 1),
        part_href=lambda no: _part_href(form, no),
        skipped=[(one, [contract_linked(found) for found in one.findings]) for one in look.skipped[:SHOWN]],
        shown_most=SHOWN,
        token=secrets.token_urlsafe(24),
        contract_path=_contract_path,
    )


def _part(request: Visit) -> int:
    """Which page of the invoices is asked for."""
    text = request.query_params.get("part", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 1


def _part_href(form: Form, part: int) -> str:
    return f"{PATH}?{urlencode({name: form.typed(name) for name in form.fields if form.typed(name)} | {'part': part})}"


def _contract_path(no: str) -> str:
    return contract_href("contract", no)


# --- starting ---------------------------------------------------------------------------------------------------------


@post(PATH, guards=[requires("contracts.invoice")], status_code=200)
async def start(request: Visit) -> Response[Any]:
    pairs = await submitted(request)
    form = _form(request, [*pairs, ("posting_date", "")] if not NAMES & {name for name, _ in pairs} else pairs)
    if not form.ok:
        return await _run_page(request, form, 422)
    given: Mapping[str, str] = dict(pairs)
    token = given.get("token", "")
    confirmed = ANSWERS & set(given.get("_confirmed", "").split(","))
    dates = _dates(form)
    asked = [one for one in await run_questions(request.user.acting, dates) if one.code not in confirmed]
    if asked and not refusal(dates.terms(request.user.acting)):
        return await _run_page(request, form, 422, asked)
    begun = await start_invoicing(
        request.user.acting,
        dates,
        _filter(form),
        confirmed=confirmed,
        token=token if TOKEN.fullmatch(token) else "",
    )
    if begun.no is None:
        return await _run_page(request, form, 422)
    return see_other(request, f"/batches/{begun.no}")


ROUTES: Final = (show_run, start)

"""Nothing forgotten, nothing twice: days of contracts that nobody billed, and the certificate of a month (C-171)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from litestar import Response, get, post
from litestar.response import Template

from webapp.billing.coverage import certificate, given_away
from webapp.billing.periods import Span, eom, som
from webapp.forms import Field, read_form, show_form
from webapp.pages.answers import Link, Visit, page, see_other, submitted, told, typist
from webapp.pages.contract_fields import contract_href
from webapp.posting.findings import Finding, finding
from webapp.security import requires
from webapp.store.coverage import close_gap, look_at_coverage

__all__ = ["ROUTES"]

PATH: Final = "/contract-coverage"
MOST: Final = 500
MONTH: Final = (Field("month", "day", label="A day of the month"),)
GAP: Final = (
    Field("contract", "code", required=True),
    Field("line", "whole", required=True),
    Field("first", "day", required=True),
    Field("reason", "text", length=250),
)


@get(PATH, guards=[requires("contracts.read")])
async def show_coverage(request: Visit) -> Template:
    return await _page(request)


async def _page(request: Visit, findings: Sequence[Finding] = (), status: int = 200) -> Template:
    day = request.user.work_date
    pairs = [pair for pair in request.query_params.multi_items() if pair[0] == "month"]
    form = read_form(MONTH, pairs, typist(request)) if pairs else show_form(MONTH, {"month": day}, request.user.locale)
    typed = form.values.get("month") if pairs else day
    chosen = typed if isinstance(typed, date) else day
    month = Span(som(chosen), eom(chosen))
    looked = await look_at_coverage(day, month)
    gaps, lines = looked.wrong, looked.lines
    tallies = certificate(lines, month)
    return page(
        request,
        "contracts/coverage.html",
        status,
        form=form,
        findings=[*form.findings, *findings],
        gaps=gaps[:MOST],
        more=max(len(gaps) - MOST, 0),
        total=sum((one.worth(stretch.days) for one, stretch in gaps), Decimal(0)),
        month=month,
        lines=len(lines),
        contracts=len({one.contract_no for one in lines}),
        tallies=tallies,
        given=given_away(lines, month),
        most=MOST,
        whole=not (tallies["gap"].days or tallies["overlap"].days),
        href=lambda no: contract_href("contract", no),
        path=PATH,
    )


@post(PATH + "/gaps", guards=[requires("contracts.invoice")], status_code=200)
async def close(request: Visit) -> Response[Any]:
    """Bills the days of a gap, or gives them away with the reason that was typed."""
    pairs = await submitted(request)
    form = read_form(GAP, [pair for pair in pairs if pair[0] in {field.name for field in GAP}], typist(request))
    waives = any(name == "waive" for name, _ in pairs)
    findings: Sequence[Finding] = form.findings
    if form.ok and waives and not form.values.get("reason"):
        no = str(form.values["contract"])
        findings = [finding("contract_waiver_reason", document=no, contract=no, field="reason")]
    elif form.ok:
        first, line = form.values["first"], form.values["line"]
        assert isinstance(first, date)
        reason = str(form.values.get("reason") or "") if waives else ""
        saved = await close_gap(request.user.acting, str(form.values["contract"]), int(str(line)), first, reason)
        if saved.ok:
            text = "The days are given away." if waives else "The days are invoiced."
            links = tuple(Link(f"Invoice {one.no}", f"/service-invoices/{one.no}") for one in saved.invoices)
            return see_other(request, PATH, told(text, saved.notices, links))
        findings = saved.findings
    return await _page(request, findings, 422)


ROUTES: Final = (show_coverage, close)

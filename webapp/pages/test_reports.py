"""Test report: every problem of one order or many before they are posted, on the screen and on paper (D-67 … D-77)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from webapp.pages.answers import Visit, page, see_other, submitted
from webapp.pages.posting import linked
from webapp.pages.service_orders import href_of, key_of
from webapp.posting.amounts import PostedAmounts
from webapp.posting.findings import Finding, finding
from webapp.posting.plan import OPTION_NAMES, PostingPlan
from webapp.posting.quantities import Taken
from webapp.posting.snapshot import ZERO, Header, Line, PostingRequest
from webapp.security import requires
from webapp.store.test_reports import last_test, record_test, report_on

__all__ = ["ROUTES"]

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A line as the report prints it: what would be handled of it, its amount, and what is wrong with it."""

    line: Line
    to_handle: Decimal
    to_invoice: Decimal
    amount: Decimal
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Report:
    """One order in the report."""

    no: str
    plan: PostingPlan | None
    findings: Sequence[Finding]

    @property
    def errors(self) -> Sequence[Finding]:
        return [f for f in self.findings if f.is_error]

    @property
    def path(self) -> str:
        return href_of(self.no)

    @property
    def head(self) -> Header:
        assert self.plan is not None
        return self.plan.header

    @property
    def currency(self) -> str:
        assert self.plan is not None
        return self.head.currency_code or self.plan.case.setup.ledger.lcy_code

    @property
    def header_findings(self) -> Sequence[Finding]:
        return [f for f in self.findings if f.line is None]

    @property
    def lines(self) -> Sequence[ReportLine]:
        """All lines of the order; those that take no part have nothing to handle."""
        assert self.plan is not None
        case = self.plan.case
        taken = {one.line.line_no: one for one in case.taken}
        posted = {row.line.line_no: row for row in case.posted}
        return [
            _report_line(line, taken.get(line.line_no), posted.get(line.line_no), self.findings) for line in case.lines
        ]


def _report_line(
    line: Line, taken: Taken | None, posted: PostedAmounts | None, findings: Sequence[Finding]
) -> ReportLine:
    return ReportLine(
        line,
        (taken.to_ship or taken.to_invoice) if taken else ZERO,
        taken.to_invoice if taken else ZERO,
        posted.line_amount if posted else ZERO,
        [f for f in findings if f.line == line.line_no],
    )


def _report(no: str, plan: PostingPlan | None) -> Report:
    if plan is None:
        return Report(no, None, [finding("document_gone", document=no, kind="Order", no=no)])
    return Report(no, plan, [linked(one, no) for one in (*plan.findings, *plan.notices)])


def _request(given: Mapping[str, str]) -> PostingRequest:
    """The two ticks; at least one is always ticked, both by default (D-67)."""
    if "asked" not in given:
        return PostingRequest(ship=True, invoice=True)
    ship, invoice = given.get("ship") == "1", given.get("invoice") == "1"
    return PostingRequest(ship=ship or not invoice, invoice=invoice)


def _option(asked: PostingRequest) -> str:
    return "ship_and_invoice" if asked.ship and asked.invoice else "ship" if asked.ship else "invoice"


async def _page(request: Visit, nos: Sequence[str], path: str, back: tuple[str, str]) -> Template:
    given = dict(request.query_params.items())
    asked = _request(given)
    plans = await report_on(request.user.acting, [key_of(no) for no in nos], asked)
    reports = [_report(key.no, plan) for key, plan in plans.items()]
    only = given.get("only") == "1"
    totals: dict[str, Decimal] = {}
    for report in reports:
        if report.plan is not None and not report.errors:
            totals[report.currency] = totals.get(report.currency, ZERO) + report.plan.totals.amount_including_vat
    tested = None
    if len(reports) == 1 and reports[0].plan is not None:
        tested = await last_test(key_of(reports[0].no), reports[0].head.row_version)
    return page(
        request,
        "test_reports/report.html",
        reports=reports,
        shown=[report for report in reports if report.errors] if only else reports,
        with_errors=sum(bool(report.errors) for report in reports),
        totals=totals,
        asked=asked,
        option=OPTION_NAMES[_option(asked)],
        post_query=urlencode([("option", _option(asked))]),
        only=only,
        path=path,
        back=back,
        nos=nos,
        tested=tested,
    )


@get("/service-orders/{no:str}/test-report", guards=[requires("orders.check")])
async def show_report(request: Visit, no: FromPath[str]) -> Template:
    return await _page(request, [no], href_of(no, "/test-report"), (href_of(no), f"Order {no}"))


@post("/service-orders/{no:str}/test-report", guards=[requires("orders.check")], status_code=200)
async def test_order(request: Visit, no: FromPath[str]) -> Response[Any]:
    """Tests the order, writes down that it was tested, and shows what was found."""
    return await _tested(request, [no], href_of(no, "/test-report"))


async def _tested(request: Visit, nos: Sequence[str], path: str) -> Response[Any]:
    typed = await submitted(request)
    asked = _request(dict(typed))
    await record_test(request.user.acting, [key_of(no) for no in nos], asked)
    pairs = [(name, value) for name, value in typed if name in ("asked", "ship", "invoice", "only", "select")]
    return see_other(request, f"{path}?{urlencode(pairs)}" if pairs else path)


def _marked(pairs: Iterable[tuple[str, str]]) -> Sequence[str]:
    marked = [value[:20].upper() for name, value in pairs if name == "select"]
    return list(dict.fromkeys(marked))[:MOST]


@get("/service-orders/test-report", guards=[requires("orders.check")])
async def show_reports(request: Visit) -> Template:
    """Many orders at once: those marked in the list."""
    nos = _marked(request.query_params.multi_items())
    return await _page(request, nos, "/service-orders/test-report", ("/service-orders", "Service orders"))


@post("/service-orders/test-report", guards=[requires("orders.check")], status_code=200)
async def test_orders(request: Visit) -> Response[Any]:
    return await _tested(request, _marked(await submitted(request)), "/service-orders/test-report")


ROUTES: Final = (show_report, test_order, show_reports, test_orders)

"""Test report: every problem of documents before they are posted, on the screen and on paper (D-67 … D-77)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from webapp import formats
from webapp.pages.answers import Visit, page, see_other, submitted
from webapp.pages.closed_orders import not_open
from webapp.pages.document_list import numbers_asked
from webapp.pages.document_paths import Place, href_of, key_of, place_at, place_of, places, requires_of_place
from webapp.pages.finding_links import linked, naming_in
from webapp.pages.posting import option_asked
from webapp.paper.document import Words
from webapp.posting.amounts import PostedAmounts, VatGroup
from webapp.posting.findings import Finding, finding
from webapp.posting.plan import OPTION_NAMES, REQUESTS, PostingPlan
from webapp.posting.quantities import Parts, Taken, found_among_many
from webapp.posting.records import changed
from webapp.posting.snapshot import ZERO, DocumentKey, Header, ItemLine, Line, PostingRequest
from webapp.store.paper import words_of
from webapp.store.test_reports import Tested, last_tests, record_test, report_on
from webapp.templating import locale

__all__ = ["ROUTES", "marked"]

REST: Final = "/test-report"
MOST: Final = 500
MOST_IN_FULL: Final = 50
TICKS: Final = ("asked", "ship", "consume", "invoice", "only", "dimensions")
FILTER: Final = ("all", "q", "view", "status", "customer_no", "sort")


# --- one order as the report shows it -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A line as the report prints it: what would be handled of it, its amount, and what is wrong with it."""

    line: Line
    to_handle: Decimal
    to_invoice: Decimal
    amount: Decimal
    findings: Sequence[Finding]
    dimensions: str


@dataclass(frozen=True, slots=True)
class Sum:
    """One of the sums at the foot, in the document's currency and, when that is another, in the company's (D-72)."""

    label: str
    amount: Decimal
    amount_lcy: Decimal | None = None
    total: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """One document in the report; `plan` is None when it does not exist (any more)."""

    key: DocumentKey
    plan: PostingPlan | None
    findings: Sequence[Finding]

    @property
    def errors(self) -> Sequence[Finding]:
        return [f for f in self.findings if f.is_error]

    @property
    def problems(self) -> Sequence[Finding]:
        """What must be mended; that there is nothing to post is no fault of the document."""
        return [f for f in self.errors if f.code != "nothing_to_post"]

    @property
    def idle(self) -> bool:
        """Whether nothing is wrong, and nothing to be posted either."""
        return bool(self.errors) and not self.problems

    @property
    def path(self) -> str:
        return href_of(self.key)

    @property
    def no(self) -> str:
        return self.key.no

    @property
    def place(self) -> Place:
        return place_of(self.key.document_type)

    @property
    def made(self) -> PostingPlan:
        assert self.plan is not None
        return self.plan

    @property
    def head(self) -> Header:
        return self.made.header

    @property
    def lcy(self) -> str:
        return self.made.case.setup.ledger.lcy_code

    @property
    def currency(self) -> str:
        return self.head.currency_code or self.lcy

    def of_header(self, *fields: str) -> Sequence[Finding]:
        """What was found in these fields of the header."""
        here = ("service_header", "customer")
        return [f for f in self.findings if f.line is None and f.field in fields and f.table in here]

    @property
    def addresses(self) -> Mapping[str, str]:
        """Customer, ship-to and bill-to, the latter two only when they are others (D-68)."""
        head = self.head
        found = {"Customer": _address(head, "customer")}
        for label, prefix in (("Ship-to", "ship_to"), ("Bill-to", "bill_to")):
            address = _address(head, prefix)
            if address and address != found["Customer"]:
                found[label] = address
        return found

    @property
    def lines(self) -> Sequence[ReportLine]:
        """All lines of the document; those that take no part have nothing to handle."""
        case = self.made.case
        taken = {one.line.line_no: one for one in case.taken}
        posted = {row.line.line_no: row for row in case.posted}
        return [
            self._line(line, taken.get(line.line_no), posted.get(line.line_no))
            for line in (*case.lines, *([case.rounding.line] if case.rounding else []))
        ]

    def _line(self, line: Line, taken: Taken | None, posted: PostedAmounts | None) -> ReportLine:
        return ReportLine(
            line,
            (taken.to_ship or taken.to_invoice) if taken else ZERO,
            posted.quantity if posted else taken.to_invoice if taken else ZERO,
            posted.line_amount if posted else ZERO,
            [f for f in self.findings if f.line == line.line_no],
            self.dimensions(line),
        )

    def dimensions(self, of: Header | Line | ItemLine) -> str:
        """The dimension values of a header or line: "DEPT – SRV; AREA – NORTH" (D-74)."""
        setup = self.made.case.setup
        codes = (setup.ledger.global_dimension_1_code, setup.ledger.global_dimension_2_code)
        return "; ".join(f"{code} – {value}" for code, value in zip(codes, (of.dim_1, of.dim_2), strict=True) if value)

    @property
    def sums(self) -> Sequence[Sum]:
        """D-72: the amounts of what would be invoiced, in the order in which the customer reads them."""
        t = self.made.totals
        foreign = bool(self.head.currency_code)

        def amount(label: str, value: Decimal, lcy: Decimal, total: bool = False) -> Sum:
            return Sum(label, value, lcy if foreign else None, total)

        first = [Sum("Lines", t.line_amount), Sum("Invoice discount", -t.inv_discount)] if t.inv_discount else []
        first += [Sum("Subtotal", t.line_amount - t.inv_discount)] if t.inv_discount else []
        excluding = amount(f"Total excl. VAT {self.currency}", t.amount, t.amount_lcy)
        vat = amount(self._vat_label, t.vat, t.amount_including_vat_lcy - t.amount_lcy)
        including = amount(
            f"Total incl. VAT {self.currency}", t.amount_including_vat, t.amount_including_vat_lcy, total=True
        )
        return [
            *first,
            *([including, vat, excluding] if self.head.prices_including_vat else [excluding, vat, including]),
        ]

    @property
    def _vat_label(self) -> str:
        rates = {group.vat_pct for group in self.made.totals.vat_groups if group.calculation_type != "reverse_charge"}
        return f"{formats.quantity(rates.pop(), locale())} % VAT" if len(rates) == 1 else "VAT amount"

    def clause_code(self, group: VatGroup) -> str:
        row = self.made.case.setup.vat_posting.get((group.vat_bus_group, group.vat_prod_group))
        return row.vat_clause_code if row else ""


def _address(head: Header, prefix: str) -> str:
    """An address in one line."""
    names = ("name", "address", "address_2", "post_code", "city")
    parts = [getattr(head, f"{prefix}_{name}") for name in names]
    city = " ".join(part for part in parts[3:] if part)
    return ", ".join(part for part in (*parts[:3], city) if part)


def _report(key: DocumentKey, plan: PostingPlan | None, single: bool) -> Report:
    if plan is None:
        kind = place_of(key.document_type).name
        return Report(key, None, [finding("document_gone", document=key.no, kind=kind, no=key.no)])
    found = (*plan.findings, *plan.notices)
    return Report(key, plan, [linked(one if single else found_among_many(one), key) for one in found])


# --- what is asked for ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """The ticks of the form, and how the documents were chosen: `pairs` ask for the same again."""

    request: PostingRequest
    only: bool
    dimensions: bool
    pairs: Sequence[tuple[str, str]]
    neither: bool = False  # neither Ship nor Invoice was ticked
    proposed: bool = False  # nobody has ticked anything yet, for a document by itself

    @property
    def option(self) -> str:
        return Parts.of(self.request).option

    @property
    def ignores_invoice(self) -> bool:
        """Whether Invoice was ticked beside Consume."""
        return self.request.consume and ("invoice", "1") in self.pairs

    @property
    def everything(self) -> bool:
        """All that the list shows with its filters, and not those that were marked."""
        return ("all", "1") in self.pairs

    @property
    def chosen(self) -> Sequence[tuple[str, str]]:
        return [pair for pair in self.pairs if pair[0] not in TICKS]


def _asked(pairs: Sequence[tuple[str, str]], single: bool = False) -> Asked:
    """Ship and invoice: at least one is always ticked, both by default (D-67). Only of an order by itself it is tested
    what is to be consumed: it ships, and nothing is invoiced with it (P-62, D-88)."""
    given = dict(pairs)
    ship, invoice = given.get("ship") == "1", given.get("invoice") == "1"
    consume = single and given.get("consume") == "1"
    request = PostingRequest(ship=ship or not invoice, invoice=invoice)
    if consume:
        request = REQUESTS["ship_and_consume"]
    if "asked" not in given:
        request = PostingRequest(ship=True, invoice=True)
    neither = "asked" in given and not ship and not invoice and not consume
    kept = [(name, value[:100]) for name, value in pairs if name in (*TICKS, *FILTER, "select")]
    proposed = single and "asked" not in given
    return Asked(request, given.get("only") == "1", given.get("dimensions") == "1", kept, neither, proposed)


def marked(pairs: Sequence[tuple[str, str]], most: int) -> list[str]:
    """The numbers marked in a list, each once, in the order of the list; what no number can be is left out."""
    found = [value[:20].upper() for name, value in pairs if name == "select" and value and value.isprintable()]
    return list(dict.fromkeys(found))[:most]


async def _numbers(place: Place, asked: Asked) -> tuple[list[str], bool]:
    """The documents that were asked for, and whether there are more of them."""
    if asked.everything:
        return await numbers_asked(place, asked.chosen, MOST)
    found = marked(asked.pairs, MOST + 1)
    return found[:MOST], len(found) > MOST


# --- pages ----------------------------------------------------------------------------------------------------------


async def _page(
    request: Visit, asked: Asked, nos: Sequence[str], path: str, back: tuple[str, str], more: bool = False
) -> Template:
    place = place_at(request.url.path)
    single = back[0] != place.path
    keys = [key_of(request.url.path, no) for no in nos]
    plans = await report_on(request.user.acting, keys, asked.request, asked.proposed)
    if single and plans[keys[0]] is None:
        raise await not_open(keys[0])
    if asked.proposed and (plan := plans[keys[0]]) is not None:
        asked = changed(asked, request=plan.request)
    reports = await naming_in([_report(key, plan, single) for key, plan in plans.items()])
    option = option_asked(place.document_type, asked.option)
    shown = [report for report in reports if report.problems] if asked.only else reports
    return page(
        request,
        "test_reports/report.html",
        reports=reports,
        shown=shown[:MOST_IN_FULL],
        beyond=len(shown) - MOST_IN_FULL,
        with_errors=sum(bool(report.problems) for report in reports),
        idle=sum(report.idle for report in reports),
        totals=_ready(reports) if asked.request.invoice else {},
        asked=asked,
        more=more,
        most=MOST,
        option=OPTION_NAMES[option],
        post_query=urlencode([("option", option)]),
        place=place,
        path=path,
        back=back,
        single=single,
        tested=await _tests(reports),
        words=await _words(shown[:MOST_IN_FULL]),
        option_names=OPTION_NAMES,
        at=datetime.now(UTC),
    )


def _ready(reports: Sequence[Report]) -> Mapping[str, Decimal]:
    """What could be posted at once, by currency."""
    totals: dict[str, Decimal] = {}
    for report in reports:
        if report.plan is not None and not report.errors:
            totals[report.currency] = totals.get(report.currency, ZERO) + report.plan.totals.amount_including_vat
    return totals


async def _tests(reports: Sequence[Report]) -> Mapping[str, Tested]:
    found = await last_tests([report.head for report in reports if report.plan is not None])
    return {key.no: tested for key, tested in found.items()}


async def _words(reports: Sequence[Report]) -> Words:
    made = [report for report in reports if report.plan is not None]
    clauses = {report.clause_code(group) for report in made for group in report.made.totals.vat_groups}
    heads = [report.head for report in made]
    return await words_of(
        {
            "vat_clause": clauses,
            "payment_terms": {head.payment_terms_code for head in heads},
            "payment_method": {head.payment_method_code for head in heads},
            "salesperson": {head.salesperson_code for head in heads},
        }
    )


@get(places(f"/{{no:str}}{REST}"), guards=[requires_of_place("check")])
async def show_report(request: Visit, no: FromPath[str]) -> Template:
    asked, key = _asked(list(request.query_params.multi_items()), single=True), key_of(request.url.path, no)
    back = (href_of(key), f"{place_of(key.document_type).name} {no}")
    return await _page(request, asked, [no], href_of(key, REST), back)


@post(places(f"/{{no:str}}{REST}"), guards=[requires_of_place("check")], status_code=200)
async def test_document(request: Visit, no: FromPath[str]) -> Response[Any]:
    """Tests the document, writes down that it was tested, and shows what was found."""
    asked = _asked(await submitted(request), single=True)
    return await _tested(request, asked, [no], href_of(key_of(request.url.path, no), REST))


async def _tested(request: Visit, asked: Asked, nos: Sequence[str], path: str) -> Response[Any]:
    keys = [key_of(request.url.path, no) for no in nos]
    await record_test(request.user.acting, keys, asked.request, asked.proposed)
    return see_other(request, f"{path}?{urlencode(asked.pairs)}" if asked.pairs else path)


@get(places(REST), guards=[requires_of_place("check")])
async def show_reports(request: Visit) -> Template:
    """Many documents at once: those marked in the list, or all that its filter shows."""
    asked, place = _asked(list(request.query_params.multi_items())), place_at(request.url.path)
    nos, more = await _numbers(place, asked)
    return await _page(request, asked, nos, f"{place.path}{REST}", (place.path, place.names), more)


@post(places(REST), guards=[requires_of_place("check")], status_code=200)
async def test_documents(request: Visit) -> Response[Any]:
    """Tests those marked in the list, else all that it shows, and writes down that they were tested (D-67)."""
    asked, place = _asked(await submitted(request)), place_at(request.url.path)
    if not marked(asked.pairs, 1) and not asked.everything:
        asked = changed(asked, pairs=[("all", "1"), *asked.pairs])
    return await _tested(request, asked, (await _numbers(place, asked))[0], f"{place.path}{REST}")


ROUTES: Final = (show_report, test_document, show_reports, test_documents)

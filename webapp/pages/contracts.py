"""Service contracts and quotes: lists, a new one, and the page of one with its lines and what is billed of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp import labels
from webapp.billing.contract import plan_period
from webapp.billing.coverage import CoveredLine, Stretch, covered
from webapp.billing.lifecycle import QUESTIONS
from webapp.billing.periods import span
from webapp.billing.records import ContractLine, calcd_annual_amount
from webapp.billing.strip import strip
from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Visit, fragment, page, see_other, submitted, told, typist
from webapp.pages.contract_fields import (
    CONTRACTS,
    HEADER_GROUPS,
    NEW_CONTRACT,
    NEW_LINE,
    QUOTES,
    ContractPlace,
    contract_fields,
    contract_href,
    line_fields,
    place_of_path,
)
from webapp.pages.contract_links import STEPS, mended_elsewhere
from webapp.pages.contract_spreads import Spread, spreads
from webapp.pages.document_fields import fields_of
from webapp.pages.document_forms import form_over, read_changes, shown_values
from webapp.pages.finding_links import master_link
from webapp.pages.lists import Asked, Column, Filter, Listing, list_file, only_known, read_asked
from webapp.posting.findings import Finding
from webapp.posting.records import changed
from webapp.security import requires
from webapp.store import contract_drafts, contract_removals
from webapp.store.contract_drafts import ContractSaved
from webapp.store.contract_lists import (
    CONTRACTS as LIST,
)
from webapp.store.contract_lists import (
    QUOTES as QUOTE_LIST,
)
from webapp.store.contract_lists import ContractFile, contract_templates, filed_contract, load_contract_file
from webapp.store.document_lists import list_documents
from webapp.store.preferences import saved_views
from webapp.store.rows import decimal_from

__all__ = ["ROUTES", "asked_and_confirmed", "linked", "load_page"]

PATHS: Final = [CONTRACTS.path, QUOTES.path]
MOST_EXPORTED: Final = 100_000


def _paths(rest: str) -> list[str]:
    return [path + rest for path in PATHS]


# --- lists ------------------------------------------------------------------------------------------------------------

COLUMNS: Final = (
    Column("no", "code", "No.", sortable=True),
    Column("customer_no", "code", sortable=True),
    Column("customer_name", "text", "Customer"),
    Column("description", "text"),
    Column("status", "chip", sortable=True),
    Column("change_status", "chip", "Change status"),
    Column("invoice_period", "text"),
    Column("next_invoice_date", "day", sortable=True),
    Column("expiration_date", "day", sortable=True),
    Column("annual_amount", "money", sortable=True),
)
VIEWS: Final = (
    ("due", "Due today"),
    ("open", "Signed and open"),
    ("not-signed", "Not signed"),
    ("expired", "Nothing to invoice any more"),
)
FILTERS: Final = (
    Filter("view", "Show", VIEWS),
    Filter("status", "Status", (("blank", "Not signed"), ("signed", "Signed"), ("cancelled", "Cancelled"))),
    Filter("customer_no", "Customer no."),
    Filter("bill_to_customer_no", "Bill-to no.", more=True),
)


async def _rows(
    place: ContractPlace, asked: Asked, limit: int, after: str | None = None
) -> tuple[list[dict[str, Any]], str]:
    filters = {
        name: value.upper() if name in ("customer_no", "bill_to_customer_no") else value
        for name, value in asked.filters.items()
    }
    view = filters.pop("view", "")
    which = QUOTE_LIST if place.kind == "quote" else LIST
    start = asked.after if after is None else after
    found = await list_documents(which, asked.search, filters, asked.sort, start, limit, view)
    return [_listed(row) for row in found.rows], found.next


def _listed(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = dict(row)
    for name in ("annual_amount", "amount_per_period"):
        if isinstance(shown[name], int):
            shown[name] = decimal_from(shown[name], 5)
    shown["invoice_period"] = labels.choice(shown["invoice_period"])
    shown["status"] = {"blank": "draft"}.get(shown["status"], shown["status"])
    return shown


@get(_paths(""), guards=[requires("contracts.read")])
async def show_list(request: Visit) -> Response[Any]:
    place, who = place_of_path(request.url.path), request.user
    asked = read_asked(request.query_params.multi_items(), COLUMNS, FILTERS)
    rows, after = await _rows(place, asked, 50)
    listing = Listing(
        place.names,
        place.path,
        COLUMNS,
        asked,
        rows,
        after,
        FILTERS,
        href_of=lambda row: contract_href(place.kind, row["no"]),
        empty="Contracts stand here: what a customer pays regularly to have machines kept in service."
        if place.kind == "contract"
        else "Quotes stand here until they are signed and become contracts.",
        new_href=f"{place.path}/new" if who.may("contracts.edit") else "",
        new_text="Make the first one",
        locale=who.locale,
        saved=await saved_views(who.user_name, place.path),
    )
    if request.headers.get("hx-request") == "true":
        answer = fragment("contracts/list.html", "results", listing=listing)
        answer.headers["HX-Replace-Url"] = listing.url()
        return answer
    return page(request, "contracts/list.html", listing=listing, place=place)


@get([*_paths(".csv"), *_paths(".xlsx")], guards=[requires("contracts.read")])
async def export_list(request: Visit) -> Response[bytes]:
    place = place_of_path(request.url.path)
    asked = only_known(read_asked(request.query_params.multi_items(), COLUMNS, FILTERS))
    rows: list[dict[str, Any]] = []
    after = ""
    while len(rows) < MOST_EXPORTED:
        found, after = await _rows(place, asked, 1000, after)
        rows += found
        if not after:
            break
    return list_file(request.url.path, place.path.strip("/"), place.names, COLUMNS, rows)


# --- a new one --------------------------------------------------------------------------------------------------------


async def _new_fields() -> tuple[Field, ...]:
    given = tuple(one for one in fields_of("service_contract", NEW_CONTRACT))
    templates = tuple(no for no, _ in await contract_templates())
    return (
        changed(given[0], required=True),
        Field("template_no", "choice", label="Template", options=("", *templates)),
        *given[1:],
    )


@get(_paths("/new"), guards=[requires("contracts.edit")])
async def show_new(request: Visit) -> Template:
    place, fields = place_of_path(request.url.path), await _new_fields()
    given: dict[str, Any] = {one.name: "" for one in fields} | {
        "starting_date": request.user.work_date,
        "expiration_date": None,
        "invoice_period": "month",
        "prepaid": False,
        "customer_no": request.query_params.get("customer", "").upper()[:20],
    }
    return page(request, "contracts/new.html", form=show_form(fields, given, request.user.locale), place=place)


@post(_paths("/new"), guards=[requires("contracts.edit")], status_code=200)
async def add_contract(request: Visit) -> Response[Any]:
    place = place_of_path(request.url.path)
    form = read_form(await _new_fields(), await submitted(request), typist(request))
    if form.ok:
        values = {name: value for name, value in form.values.items() if value not in ("", None)}
        if values.get("template_no"):  # what the template says goes before what the form proposes
            values.pop("invoice_period", None)
            values = {name: value for name, value in values.items() if name != "prepaid" or value}
        saved = await contract_drafts.create_contract(request.user.acting, place.kind, values)
        if saved.ok:
            made = told(f"{place.name} {saved.no} is made.", saved.notices)
            return see_other(request, contract_href(place.kind, saved.no), made)
        form.add(*saved.findings)
    return page(request, "contracts/new.html", 422, form=form, place=place)


# --- one contract -----------------------------------------------------------------------------------------------------


@dataclass
class ContractPage:
    """What the page of a contract shows."""

    place: ContractPlace
    file: ContractFile
    header: Form
    header_shown: str
    new_line: Form
    findings: Sequence[Finding] = ()
    stretches: Mapping[int, list[Stretch]] = field(default_factory=dict)
    expected: Decimal = Decimal(0)
    editable: bool = False

    @property
    def head(self) -> Any:
        return self.file.case.contract

    @property
    def lines(self) -> Sequence[ContractLine]:
        return self.file.case.lines

    @property
    def path(self) -> str:
        return contract_href(self.head.kind, self.head.no)

    @property
    def calculated(self) -> Decimal:
        return calcd_annual_amount(self.lines)

    @property
    def questions(self) -> list[Finding]:
        return [one for one in self.findings if one.code in QUESTIONS]

    @property
    def spreads(self) -> Sequence[Spread]:
        """What each line would come to, by every way of spreading the annual amount: the one that was typed, else the
        one that stood beside the lines while they might differ (C-53 … C-55)."""
        annual = self.header.values.get("annual_amount", self.head.annual_amount)
        if not isinstance(annual, Decimal):
            return ()
        if not any(one.code == "contract_distribution_question" for one in self.findings):
            return ()
        return spreads(self.lines, annual)

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        return {name: own for name, own in HEADER_GROUPS.items() if name != "Quote" or self.place.kind == "quote"}

    @property
    def open_days(self) -> list[tuple[CoveredLine, Stretch]]:
        """Days that nobody billed, removed lines included (C-171)."""
        contract = self.file.case.contract
        lines = [CoveredLine(contract, line, tuple(self.stretches.get(line.line_no, ()))) for line in self.lines]
        lines += covered(contract, (), self.file.known, date.min)
        return [(line, stretch) for line in lines for stretch in line.wrong if stretch.state == "gap"]

    def in_short(self, name: str) -> str:
        head = self.head
        texts = {
            "Invoicing": f"{labels.choice(head.invoice_period)}, {'prepaid' if head.prepaid else 'paid afterwards'}",
            "Service": head.service_period,
            "Prices": ", next update ".join(
                str(x) for x in (head.price_update_period, head.next_price_update_date) if x
            ),
        }
        return str(texts.get(name, ""))


async def load_page(
    request: Visit, kind: str, no: str, findings: Sequence[Finding] = (), header: Form | None = None,
    new_line: Form | None = None,
) -> ContractPage:  # fmt: skip
    """The page of a contract; `header` and `new_line` when they hold what was typed and refused."""
    file = await load_contract_file(kind, no)
    if file is None:
        raise NotFoundException(f"There is no {kind} {no}.")
    place = CONTRACTS if kind == "contract" else QUOTES
    contract, locale = file.case.contract, request.user.locale
    own = contract_fields(kind)
    form = header or form_over(contract, own, locale)
    blank = dict.fromkeys(NEW_LINE, "") | {"line_value": Decimal(0), "line_discount_pct": Decimal(0)}
    until = _until(file, request.user.work_date)
    return ContractPage(
        place,
        file,
        form,
        shown_values(contract, form_over(contract, own, locale), locale),
        new_line or show_form(line_fields(NEW_LINE), blank, locale, "new-"),
        [stepped(one, kind, no) for one in findings],
        {line.line_no: _stretches(file, line, until) for line in file.case.lines},
        _expected(file),
        request.user.may("contracts.edit") and contract.is_open and contract.status != "cancelled",
    )


def _stretches(file: ContractFile, line: ContractLine, until: date) -> list[Stretch]:
    """The days of a line, those that wait no further than the period that comes next; of a contract that is cancelled
    none wait any more."""
    contract = file.case.contract
    found = strip(contract, line, file.known, until, file.on_memo)
    waits = None if contract.status == "cancelled" else until
    return [part for one in found if (part := _not_after(one, waits) if one.state == "waiting" else one)]


def _not_after(waiting: Stretch, day: date | None) -> Stretch | None:
    days = span(waiting.days.first, min(waiting.days.last, day)) if day else None
    return changed(waiting, days=days) if days else None


def _until(file: ContractFile, work_date: date) -> date:
    """Up to when days wait on the strip: to the end of the period that comes next, and at least until today."""
    return max(file.case.contract.next_period_end or work_date, work_date)


def _expected(file: ContractFile) -> Decimal:
    """C-62: what the planner says the next invoice comes to."""
    contract = file.case.contract
    day = contract.next_invoice_date
    return plan_period(contract, file.case.lines, day).amount if day else Decimal(0)


def show_contract_page(request: Visit, shown: ContractPage, status: int = 200) -> Template:
    return page(request, "contracts/contract.html", status, shown=shown, head=shown.head, place=shown.place)


@get(_paths("/{no:str}"), guards=[requires("contracts.read")])
async def show_contract(request: Visit, no: FromPath[str]) -> Template:
    return show_contract_page(request, await load_page(request, place_of_path(request.url.path).kind, no))


async def asked_and_confirmed(request: Visit) -> tuple[list[tuple[str, str]], frozenset[str]]:
    """The form that came, and the questions that it answers with yes."""
    pairs = await submitted(request)
    answers = {code for name, value in pairs if name == "_confirmed" for code in value.split(",")}
    return pairs, frozenset(answers) & QUESTIONS


@post(_paths("/{no:str}/header"), guards=[requires("contracts.edit")], status_code=200)
async def change_header(request: Visit, no: FromPath[str]) -> Response[Any]:
    kind = place_of_path(request.url.path).kind
    pairs, confirmed = await asked_and_confirmed(request)
    shown = await load_page(request, kind, no)
    edited = read_changes(shown.head, contract_fields(kind), pairs, typist(request))
    findings: Sequence[Finding] = edited.form.findings
    if edited.form.ok:
        way = next((value for name, value in pairs if name == "_way"), "")
        saved = await contract_drafts.change_contract(
            request.user.acting, kind, no, edited.changes, confirmed=confirmed, way=way
        )
        if saved.ok:
            return _back(request, kind, no, saved, "The contract is saved.")
        edited.form.add(*saved.findings)
        findings = saved.findings
    return show_contract_page(request, await load_page(request, kind, no, findings, header=edited.form), 422)


def _back(request: Visit, kind: str, no: str, saved: ContractSaved, text: str) -> Response[Any]:
    return see_other(request, contract_href(kind, no), told(text, saved.notices))


# --- lines ------------------------------------------------------------------------------------------------------------


@post(_paths("/{no:str}/lines"), guards=[requires("contracts.edit")], status_code=200)
async def add_line(request: Visit, no: FromPath[str]) -> Response[Any]:
    kind = place_of_path(request.url.path).kind
    pairs, confirmed = await asked_and_confirmed(request)
    form = read_form(line_fields(NEW_LINE), pairs, typist(request), "new-")
    if form.ok:
        values = {name: value for name, value in form.values.items() if value not in ("", None, Decimal(0))}
        saved = await contract_drafts.add_contract_line(request.user.acting, kind, no, values, confirmed=confirmed)
        if saved.ok:
            return _back(request, kind, no, saved, "The line is added.")
        form.add(*(_of_new_line(one) for one in saved.findings))
    return show_contract_page(request, await load_page(request, kind, no, form.findings, new_line=form), 422)


def _of_new_line(found: Finding) -> Finding:
    """A line that does not exist yet has no number to go by."""
    message = found.message.removeprefix(f"Line {found.line}: ")
    return changed(found, line=None, message=message[:1].upper() + message[1:])


def stepped(found: Finding, kind: str, no: str) -> Finding:
    """The finding with a link to the step or the line that mends it."""
    if found.link:
        return found
    if step := STEPS.get(found.code):
        return changed(found, link=contract_href(kind, no, step))
    if elsewhere := mended_elsewhere(found, no):
        return changed(found, link=elsewhere)
    if found.line is None:
        return found
    at = f"#f-{found.field}" if found.field in {one.name for one in line_fields()} else ""
    return changed(found, link=contract_href(kind, no, f"/lines/{found.line}{at}"))


def linked(found: Finding, shown: ContractPage) -> Finding:
    """The finding with a link to the field or step that mends it, for pages where that is not."""
    if found.link or not found.field:
        return found
    if of_master := master_link(found):
        return changed(found, link=of_master)
    found = stepped(found, shown.head.kind, shown.head.no)
    at = f"#f-{found.field}" if found.field in {one.name for one in contract_fields(shown.head.kind)} else ""
    return found if found.link else changed(found, link=f"{shown.path}{at}")


def _line(shown: ContractPage, line_no: int) -> ContractLine:
    line = shown.file.case.line(line_no)
    if line is None:
        raise NotFoundException(f"{shown.place.name} {shown.head.no} has no line {line_no}.")
    return line


@get(_paths("/{no:str}/lines/{line_no:int}"), guards=[requires("contracts.read")])
async def show_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Template:
    shown = await load_page(request, place_of_path(request.url.path).kind, no)
    return _line_page(request, shown, line_no, form_over(_line(shown, line_no), line_fields(), request.user.locale))


def _line_page(
    request: Visit,
    shown: ContractPage,
    line_no: int,
    form: Form,
    findings: Sequence[Finding] = (),
    status: int = 200,
    removing: bool = False,
) -> Template:
    line = _line(shown, line_no)
    entries = [entry for entry in shown.file.entries if entry.contract_line_no == line_no]
    return page(
        request,
        "contracts/line.html",
        status,
        shown=shown,
        head=shown.head,
        line=line,
        form=form,
        findings=[stepped(one, shown.head.kind, shown.head.no) for one in findings],
        questions=[one for one in findings if one.code in QUESTIONS],
        removing=removing,
        entries=entries,
        shown_values=shown_values(line, form_over(line, line_fields(), request.user.locale), request.user.locale),
    )


@post(_paths("/{no:str}/lines/{line_no:int}"), guards=[requires("contracts.edit")], status_code=200)
async def change_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Response[Any]:
    kind = place_of_path(request.url.path).kind
    pairs, confirmed = await asked_and_confirmed(request)
    shown = await load_page(request, kind, no)
    edited = read_changes(_line(shown, line_no), line_fields(), pairs, typist(request))
    findings: Sequence[Finding] = edited.form.findings
    if edited.form.ok:
        saved = await contract_drafts.change_contract_line(
            request.user.acting, kind, no, line_no, edited.changes, confirmed=confirmed
        )
        if saved.ok:
            return _back(request, kind, no, saved, f"Line {line_no} is saved.")
        findings = saved.findings
        edited.form.add(*findings)
    return _line_page(request, shown, line_no, edited.form, findings, 422)


@post(_paths("/{no:str}/lines/{line_no:int}/deletion"), guards=[requires("contracts.edit")], status_code=200)
async def delete_line(request: Visit, no: FromPath[str], line_no: FromPath[int]) -> Response[Any]:
    kind = place_of_path(request.url.path).kind
    _, confirmed = await asked_and_confirmed(request)
    saved = await contract_removals.delete_contract_line(request.user.acting, kind, no, line_no, confirmed=confirmed)
    if saved.ok:
        return _back(request, kind, no, saved, f"Line {line_no} is removed.")
    shown = await load_page(request, kind, no)
    form = form_over(_line(shown, line_no), line_fields(), request.user.locale)
    return _line_page(request, shown, line_no, form, saved.findings, 422, removing=True)


# --- history ----------------------------------------------------------------------------------------------------------


@get(_paths("/{no:str}/history"), guards=[requires("contracts.read")])
async def show_history(request: Visit, no: FromPath[str]) -> Template:
    shown = await load_page(request, place_of_path(request.url.path).kind, no)
    return page(request, "contracts/history.html", shown=shown, head=shown.head, file=shown.file)


@get("/service-contracts/filed/{file_no:int}", guards=[requires("contracts.read")])
async def show_filed(request: Visit, file_no: FromPath[int]) -> Template:
    found = await filed_contract(file_no)
    if found is None:
        raise NotFoundException(f"There is no filed copy {file_no}.")
    return page(request, "contracts/filed.html", copy=found[0], lines=found[1], file_no=file_no)


@post(_paths("/{no:str}/comments"), guards=[requires("contracts.edit")], status_code=200)
async def add_comment(request: Visit, no: FromPath[str]) -> Response[Any]:
    kind = place_of_path(request.url.path).kind
    form = read_form((Field("text", "long_text", required=True),), await submitted(request), typist(request))
    if form.ok:
        saved = await contract_drafts.add_comment(request.user.acting, kind, no, str(form.values["text"]))
        if saved.ok:
            return see_other(request, contract_href(kind, no, "/history"), told("The comment is added."))
        form.add(*saved.findings)
    shown = await load_page(request, kind, no, form.findings)
    return page(request, "contracts/history.html", 422, shown=shown, head=shown.head, file=shown.file)


ROUTES: Final = (
    show_list,
    export_list,
    show_new,
    add_contract,
    show_contract,
    change_header,
    add_line,
    show_line,
    change_line,
    delete_line,
    show_history,
    show_filed,
    add_comment,
)

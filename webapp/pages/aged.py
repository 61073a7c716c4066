"""Aged receivables: what was open on a day and how old it was, as page, on paper and as a file (D-134)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get
from litestar.response import Template

from webapp import formats
from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Visit, page, typist
from webapp.pages.customer_ledger import entry_path
from webapp.pages.lists import Column, list_file
from webapp.posting.aging import By, columns_of, longest
from webapp.posting.aging import Column as Age
from webapp.posting.findings import Finding, finding
from webapp.posting.snapshot import ZERO
from webapp.security import requires
from webapp.store.aged import AgedRow, aged_entries, aged_receivables, company_and_currency

__all__ = ["ROUTES", "heads_of"]

PATH: Final = "/aged-receivables"
MOST_SHOWN: Final = 500
MOST_EXPORTED: Final = 100_000
EARLIEST, LATEST = date(1950, 1, 1), date(2500, 12, 31)
FIELDS: Final = (
    Field("as_of", "day", "As of", required=True),
    Field("by", "choice", "Aged by", options=("due_date", "posting_date", "document_date")),
    Field("length", "text", "Period length", length=5, hint="Such as 1M or 30D."),
    Field("heading", "choice", "Column heads", options=("days", "dates")),
    Field("amounts", "choice", "Amounts in", options=("own_currency", "document_currency")),
    Field("customer_no", "code", "Customer no.", length=100, lookup="customers"),
    Field("details", "flag", "Show entries"),
    Field("zero", "flag", "Show zero balances"),
    Field("page_per_customer", "flag", "New page per customer"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the report shows."""

    as_of: date
    by: By = "due_date"
    length: str = "1M"
    heading: str = "days"
    own_currency: bool = True
    customer_no: str = ""
    details: bool = False
    zero: bool = False
    page_per_customer: bool = False


@dataclass(frozen=True, slots=True)
class Customer:
    """The rows of one payer: a sum per currency, and its entries."""

    no: str
    name: str
    sums: Sequence[AgedRow]
    entries: Sequence[AgedRow] = ()


@dataclass(frozen=True, slots=True)
class Report:
    asked: Asked
    columns: Sequence[Age] = ()
    heads: Sequence[str] = ()
    customers: Sequence[Customer] = ()
    totals: Mapping[str, Sequence[Decimal]] = field(default_factory=dict)
    more: bool = False

    def share(self, currency: str) -> Sequence[Decimal]:
        """Of the sum in one currency, what each column holds in per cent."""
        amounts = self.totals[currency]
        whole = sum(amounts, ZERO)
        return [amount * 100 / whole if whole else ZERO for amount in amounts]


def heads_of(columns: Sequence[Age], heading: str, locale: str, before: int = 0) -> list[str]:
    """The heads of the columns: how many days, or from when to when. `before`: the day that they are for is so many
    days after the one that they end with. What is due on that very day is not overdue yet (D-133) and not "not due"
    any more (D-134): its column says that it begins with it."""
    found = []
    for column in columns:
        youngest, oldest = column.days
        if youngest is None:
            found.append("Not due")
        elif heading == "dates":
            first, last = (formats.day(one, locale) for one in (column.first, column.last))
            until = last if column.last < LATEST else "…"
            found.append(f"{first} – {until}" if oldest is not None else f"Until {last}")
        else:
            first_day = youngest + before
            begins = "Due that day" if columns[0].is_not_due and not first_day else first_day
            found.append(f"{begins} – {oldest + before} days" if oldest is not None else f"Over {first_day - 1} days")
    return found


def _read(request: Visit) -> tuple[Form, Asked | None]:
    """What the address asks for; a first visit asks for today."""
    today = request.user.work_date
    first: dict[str, Any] = {
        "as_of": today,
        "by": "due_date",
        "length": "1M",
        "heading": "days",
        "amounts": "own_currency",
    }
    names = {one.name for one in FIELDS}
    given = [pair for pair in request.query_params.multi_items() if pair[0] in names]
    if not given:
        return show_form(FIELDS, first, request.user.locale), Asked(today)
    form = read_form(FIELDS, given, typist(request))
    length = str(form.values.get("length") or "1M").strip().upper()
    as_of = form.values.get("as_of", today)
    form.add(*_faults(as_of, length))
    form.show_rest(first, request.user.locale)
    if not form.ok or not isinstance(as_of, date):
        return form, None
    by: Any = form.values.get("by") or "due_date"
    return form, Asked(
        as_of,
        by,
        length,
        str(form.values.get("heading") or "days"),
        form.values.get("amounts") != "document_currency",
        str(form.values.get("customer_no") or ""),
        bool(form.values.get("details")),
        bool(form.values.get("zero")),
        bool(form.values.get("page_per_customer")),
    )


def _faults(as_of: object, length: str) -> list[Finding]:
    found = []
    if isinstance(as_of, date) and not EARLIEST <= as_of <= LATEST:
        found.append(finding("report_date_far", field="as_of", label="As of", low=EARLIEST, high=LATEST))
    if not longest(length):
        found.append(finding("period_length_not_understood", field="length", label="Period length", typed=length))
    return found


async def _report(asked: Asked, locale: str, limit: int) -> Report:
    own = asked.own_currency
    sums, more = await aged_receivables(
        asked.as_of,
        asked.length,
        asked.by,
        own_currency=own,
        customer_no=asked.customer_no,
        zero=asked.zero,
        limit=limit,
    )
    entries: Sequence[AgedRow] = ()
    if asked.details:
        entries = await aged_entries(
            asked.as_of, asked.length, asked.by, own_currency=own, customer_no=asked.customer_no, limit=limit * 4
        )
    columns = columns_of(asked.as_of, asked.length, asked.by)
    by_customer: dict[str, list[AgedRow]] = {}
    of_customer: dict[str, list[AgedRow]] = {}
    totals: dict[str, list[Decimal]] = {}
    for row in sums:
        by_customer.setdefault(row.customer_no, []).append(row)
        before = totals.get(row.currency_code, [ZERO] * len(columns))
        totals[row.currency_code] = [a + b for a, b in zip(before, row.amounts, strict=True)]
    for row in entries:
        of_customer.setdefault(row.customer_no, []).append(row)
    customers = [Customer(no, rows[0].customer_name, rows, of_customer.get(no, ())) for no, rows in by_customer.items()]
    return Report(asked, columns, heads_of(columns, asked.heading, locale), customers, totals, more)


def _query(request: Visit) -> str:
    pairs = [(name, value) for name, value in request.query_params.multi_items() if value]
    return f"?{urlencode(pairs)}" if pairs else ""


async def _shown(request: Visit, template: str, limit: int) -> Template:
    form, asked = _read(request)
    company, lcy = await company_and_currency()
    report = await _report(asked, request.user.locale, limit) if asked else None
    return page(
        request,
        template,
        200 if asked else 422,
        form=form,
        report=report,
        company=company,
        lcy=lcy,
        findings=form.findings,
        query=_query(request),
        entry_path=entry_path,
        path=PATH,
    )


@get(PATH, guards=[requires("receivables.read")])
async def show_report(request: Visit) -> Template:
    return await _shown(request, "receivables/aged.html", MOST_SHOWN)


@get(f"{PATH}/print", guards=[requires("receivables.read")])
async def print_report(request: Visit) -> Template:
    return await _shown(request, "receivables/aged_print.html", 5000)


@get([f"{PATH}.csv", f"{PATH}.xlsx"], guards=[requires("receivables.read")])
async def export_report(request: Visit) -> Response[Any]:
    form, asked = _read(request)
    if asked is None:
        return Response("\n".join(one.message for one in form.findings), status_code=422, media_type="text/plain")
    _, lcy = await company_and_currency()
    report = await _report(asked, request.user.locale, MOST_EXPORTED)
    columns = [
        Column("customer_no", "code", "Customer no."),
        Column("customer_name", "text", "Name"),
        *([Column("document", "text", "Document"), Column("due_date", "day", "Due date")] if asked.details else []),
        Column("currency", "code", "Currency"),
        Column("total", "money", "Total"),
        *(Column(f"age_{n}", "money", head) for n, head in enumerate(report.heads)),
    ]
    rows = [_exported(row, lcy) for one in report.customers for row in (one.entries if asked.details else one.sums)]
    return list_file(request.url.path, f"aged-receivables-{asked.as_of.isoformat()}", "Aged receivables", columns, rows)


def _exported(row: AgedRow, lcy: str) -> dict[str, Any]:
    entry = row.entry or {}
    return {
        "customer_no": row.customer_no,
        "customer_name": row.customer_name,
        "document": entry.get("document_no"),
        "due_date": entry.get("due_date"),
        "currency": row.currency_code or lcy,
        "total": row.total,
        **{f"age_{n}": amount for n, amount in enumerate(row.amounts)},
    }


ROUTES: Final = (show_report, print_report, export_report)

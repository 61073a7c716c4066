"""The customer ledger: what each customer was charged and paid, what is open, what is applied to what (D-129)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Field, Form, Typist, read_form, show_form
from webapp.pages.answers import Note, Visit, fragment, page, see_other, submitted, typist
from webapp.pages.column_filters import PERIOD, filters_of, period_of, understood
from webapp.pages.ledgers import LINKS
from webapp.pages.list_choices import chosen_columns, shown_filters
from webapp.pages.lists import Asked, Column, Filter, Listing, asked_columns, filled, list_file, only_known, read_asked
from webapp.pages.posting import href_of_posted
from webapp.posting.findings import Finding
from webapp.posting.snapshot import ZERO
from webapp.security import requires
from webapp.store.entry_changes import edit_entry
from webapp.store.posting import PostedDocument as Named
from webapp.store.preferences import saved_views
from webapp.store.receivables import ENTRY_KINDS, LedgerEntry, entry_of_document, list_entries, load_entry

__all__ = ["PATH", "ROUTES", "entry_path"]

Row = Mapping[str, Any]
PATH: Final = "/customer-ledger"
MOST_EXPORTED: Final = 100_000
COLUMNS: Final = (
    Column("document_no", "code", "Document no.", sortable=True),
    Column("document_type", "choice", "Document type"),
    Column("posting_date", "day", sortable=True),
    Column("customer_no", "code", sortable=True),
    Column("customer_name", "text", "Name"),
    Column("due_date", "day", sortable=True),
    Column("currency_code", "code", "Currency"),
    Column("amount", "money", "Amount", blank_zero=False),
    Column("remaining", "money", "Remaining"),
    Column("status", "chip", "Status"),
    Column("external_document_no", "text", "External no."),
)
EXPORTED: Final = (
    *COLUMNS,
    Column("remaining_lcy", "money", "Remaining (LCY)"),
    Column("description", "text"),
    Column("closed_at_date", "day", "Closed on"),
    Column("entry_no", "whole", "Entry no."),
)
MORE: Final = (
    ("document_date", ""),
    ("your_reference", ""),
    ("sales_lcy", ""),
    ("profit_lcy", ""),
    ("pmt_discount_date", ""),
    ("remaining_pmt_disc_possible", "Payment discount possible"),
    ("payment_terms_code", "Payment terms"),
    ("payment_method_code", "Payment method"),
    ("payment_reference", ""),
    ("salesperson_code", "Salesperson"),
    ("on_hold", ""),
    ("dispute", "Disputed"),
    ("promised_date", "Promised payment date"),
    ("reason_code", "Reason"),
    ("receivables_account", ""),
    ("dim_1", "Dimension 1"),
    ("dim_2", "Dimension 2"),
    ("posting_run_no", "Posting run"),
)
OFFERED: Final = (*EXPORTED, *(Column(name, ENTRY_KINDS[name], words) for name, words in MORE))
VIEWS: Final = (("open", "Open"), ("overdue", "Overdue"), ("closed", "Closed"))
TYPES: Final = (("invoice", "Invoice"), ("credit_memo", "Credit memo"), ("payment", "Payment"))
FILTERS: Final = (
    Filter("view", "Show", VIEWS),
    Filter("customer_no", "Customer no."),
    Filter("document_type", "Document type", TYPES),
    *PERIOD,
)

EVERY_FILTER: Final = filters_of(OFFERED, FILTERS, {})


async def _asked(request: Visit) -> Asked:
    asked = read_asked(request.query_params.multi_items(), OFFERED, EVERY_FILTER)
    return await chosen_columns(request, PATH, asked, OFFERED)


def entry_path(entry_no: int, rest: str = "") -> str:
    return f"{PATH}/{entry_no}{rest}"


def _href(row: Row) -> str:
    return entry_path(row["entry_no"])


def document_path(kind: str, no: str) -> str:
    """The page of the posted document of an entry; blank for a payment, which is its entry."""
    return href_of_posted(Named(kind, no)) if kind in ("invoice", "credit_memo") else ""


async def _rows(request: Visit, asked: Asked, limit: int, after: str) -> tuple[Sequence[Row], str, Sequence[Finding]]:
    who = typist(request)
    first, last, wrong = period_of(asked.filters, who)
    filters, faults = understood(OFFERED, asked.filters, who)
    if faults := faults + wrong:
        return [], "", faults
    today = request.user.work_date
    view = asked.filters.get("view", "")
    found = await list_entries(
        asked.search, filters, asked.sort, after, limit, view, today, (first, last), asked.columns
    )
    return [{**row, "status": _status(row, today)} for row in found.rows], found.next, []


def _status(row: Row, today: date) -> str:
    if not row["open"]:
        return "closed"
    if row["due_date"] and row["due_date"] < today and row["remaining"] > 0:
        return "overdue"
    return "open" if row["remaining"] == row["amount"] else "partly"


@get(PATH, guards=[requires("receivables.read")])
async def show_list(request: Visit) -> Response[Any]:
    asked = await _asked(request)
    rows, after, findings = await _rows(request, asked, 50, asked.after)
    columns = asked_columns(asked, COLUMNS, OFFERED)
    listing = Listing(
        "Customer ledger",
        PATH,
        columns,
        asked,
        rows,
        after,
        shown_filters(EVERY_FILTER, columns, asked),
        href_of=_href,
        empty="Entries stand here once an invoice is posted or a payment entered.",
        locale=request.user.locale,
        findings=findings,
        links={"customer_no": LINKS["customer_no"]},
        saved=await saved_views(request.user.user_name, PATH),
        offered=OFFERED,
    )
    if request.headers.get("hx-request") == "true":
        answer = fragment("receivables/list.html", "results", listing=listing)
        answer.headers["HX-Replace-Url"] = listing.url()
        return answer
    customer_no = asked.filters.get("customer_no", "").upper()
    return page(request, "receivables/list.html", listing=listing, customer_no=customer_no)


@get([f"{PATH}.csv", f"{PATH}.xlsx"], guards=[requires("receivables.read")])
async def export_list(request: Visit) -> Response[bytes]:
    """What the list shows; without a choice of columns some that it has no room for, too."""
    asked = only_known(await _asked(request))
    rows: list[Row] = []
    after = ""
    while len(rows) < MOST_EXPORTED:
        found, after, _ = await _rows(request, asked, 1000, after)
        rows += found
        if not after:
            break
    columns = asked_columns(asked, EXPORTED, OFFERED)
    return list_file(request.url.path, PATH.strip("/"), "Customer ledger", columns, rows)


# --- one entry ------------------------------------------------------------------------------------------------------

DETAILS: Final = (
    Column("posting_date", "day"),
    Column("entry_type", "choice", "Kind"),
    Column("document_type", "choice", "Document type"),
    Column("document_no", "code", "Document no."),
    Column("currency_code", "code", "Currency"),
    Column("amount", "money", "Amount", blank_zero=False),
    Column("amount_lcy", "money", "Amount (LCY)", blank_zero=False),
    Column("bal_account_no", "code", "Balancing account"),
    Column("unapplied", "flag", "Takes back"),
    Column("posting_run_no", "whole", "Posting run"),
)


async def found_entry(entry_no: int) -> LedgerEntry:
    found = await load_entry(entry_no) if 0 < entry_no < 2**63 else None
    if found is None:
        raise NotFoundException(f"There is no customer entry {entry_no}.")
    return found


EDITED: Final = (
    Field("due_date", "day", required=True),
    Field("payment_method_code", "code", length=10, lookup="payment-methods"),
    Field("payment_reference", "text", length=50),
    Field("remaining_pmt_disc_possible", "money", "Payment discount possible", blank_zero=True),
    Field("on_hold", "code", "On hold", length=10, hint="Initials of who wants it held."),
    Field("promised_date", "day", "Promised payment date"),
    Field("dispute", "flag", "Disputed"),
)


@get(f"{PATH}/{{entry_no:int}}", guards=[requires("receivables.read")])
async def show_entry(request: Visit, entry_no: FromPath[int]) -> Template:
    entry = await found_entry(entry_no)
    return _entry_page(request, entry, show_form(EDITED, entry.row, request.user.locale))


def _entry_page(request: Visit, entry: LedgerEntry, form: Form, status: int = 200) -> Template:
    row, today = entry.row, request.user.work_date
    amount, remaining = entry.sum_of("amount", "initial"), entry.sum_of("amount")
    taken_back = any(one["unapplied"] for one in entry.details)
    state = _status({**row, "amount": amount, "remaining": remaining}, today)
    return page(
        request,
        "receivables/entry.html",
        status,
        entry=entry,
        row=row,
        form=form,
        seen={name: show_form(EDITED, row).typed(name) for name in form.fields},
        amount_of_entry=amount,
        remaining=remaining,
        remaining_lcy=entry.sum_of("amount_lcy"),
        state=state,
        late=(today - row["due_date"]).days if state == "overdue" else 0,
        document=document_path(str(row["document_type"]), str(row["document_no"])),
        details=[one for one in filled(DETAILS, entry.details) if one.kind != "flag" or taken_back],
        links={"posting_run_no": lambda one: f"/posting-runs/{one['posting_run_no']}"},
        may_pay=request.user.may("payments.edit"),
        entry_path=entry_path,
    )


@post(f"{PATH}/{{entry_no:int}}", guards=[requires("payments.edit")], status_code=200)
async def change_entry(request: Visit, entry_no: FromPath[int]) -> Response[Any]:
    """What can be edited while the entry is open (D-130)."""
    entry = await found_entry(entry_no)
    pairs = await submitted(request)
    form = read_form(EDITED, [pair for pair in pairs if not pair[0].startswith("seen-")], typist(request))
    before = read_form(
        EDITED, [(n[5:], v) for n, v in pairs if n.startswith("seen-")], Typist("en_GB", date.min, date.min)
    )
    if form.ok:
        values = {one.name: form.values.get(one.name, entry.row[one.name]) for one in EDITED}
        values["remaining_pmt_disc_possible"] = values["remaining_pmt_disc_possible"] or ZERO
        seen = {one.name: before.values.get(one.name, entry.row[one.name]) for one in EDITED}
        seen["remaining_pmt_disc_possible"] = seen["remaining_pmt_disc_possible"] or ZERO
        found = await edit_entry(request.user.acting, entry_no, values, seen)
        if found == []:
            return see_other(request, entry_path(entry_no), Note(f"{entry.name} is saved."))
        form.add(*(found or []))
    form.show_rest(entry.row, request.user.locale)
    return _entry_page(request, entry, form, 422)


@get("/payments/{no:str}", guards=[requires("receivables.read")])
async def show_payment(request: Visit, no: FromPath[str]) -> Response[Any]:
    """A payment by its number is its customer entry."""
    entry_no = await entry_of_document("payment", no)
    if not entry_no:
        raise NotFoundException(f"There is no payment {no}.")
    return see_other(request, entry_path(entry_no))


def payment_path(no: str) -> str:
    return f"/payments/{quote(no, safe='')}"


ROUTES: Final = (show_list, export_list, show_entry, change_entry, show_payment)

"""The ledgers: an index, a list for each from one mechanism, and a posting run with all that it wrote (D-110)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.pages.answers import Visit, fragment, page, typist
from webapp.pages.column_filters import PERIOD, filters_of, period_of, understood
from webapp.pages.document_paths import href_of
from webapp.pages.list_choices import chosen_columns, shown_filters
from webapp.pages.lists import (
    Asked,
    Column,
    Filter,
    Listing,
    asked_columns,
    filled,
    in_currency,
    list_file,
    only_known,
    read_asked,
)
from webapp.pages.posting import NAMES as POSTED_KINDS
from webapp.pages.posting import href_of_posted
from webapp.posting.findings import Finding
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey
from webapp.security import requires
from webapp.store.column_facts import kinds_of, options_of
from webapp.store.document_lists import list_documents
from webapp.store.ledgers import LEDGERS, NAMES, Ledger
from webapp.store.posted import Entries, lcy_code, load_run
from webapp.store.posting import PostedDocument as Named
from webapp.store.preferences import saved_views
from webapp.store.rows import codec

__all__ = ["LINKS", "PLANNED_LINKS", "ROUTES", "columns_of", "drawn_entries", "filters_of_ledger", "offered_columns"]

Row = Mapping[str, Any]
Link = Callable[[Row], str]
MOST_EXPORTED: Final = 100_000
WORDS: Final = {
    "dim_1": "Dimension 1",
    "dim_2": "Dimension 2",
    "posting_run_no": "Posting run",
    "entry_no": "Entry no.",
    "gl_account_no": "Account",
    "gl_account_name": "Account name",
    "customer_name": "Name",
    "item_description": "Item name",
    "debit_amount": "Debit",
    "credit_amount": "Credit",
    "vat_amount": "VAT",
    "at": "Posted at",
    "user_name": "Posted by",
    "source_no": "From no.",
    "source_type": "From",
}
ALWAYS_SHOWN: Final = frozenset({"base", "amount", "amount_lcy", "sales_lcy", "remaining_quantity", "vat_pct"})


# --- columns and links ----------------------------------------------------------------------------------------------


def columns_of(ledger: Ledger, lcy: str = "") -> Sequence[Column]:
    """The columns of a ledger, told apart by their kinds; a zero is blank where it says nothing.

    All amounts of a ledger are in local currency, but for one beside which a column names its currency.
    """
    columns = in_currency((_column(ledger, name) for name in ledger.columns), lcy)
    if "currency_code" in ledger.columns:
        return [changed(one, unit="") if one.name == "amount" else one for one in columns]
    return columns


def _column(ledger: Ledger, name: str) -> Column:
    if name in NAMES or name == ledger.key:
        return Column(name, "text", WORDS.get(name, "" if name in NAMES else "No."))
    return Column(name, kinds_of(ledger.table)[name], WORDS.get(name, ""), blank_zero=name not in ALWAYS_SHOWN)


def _master(path: str, column: str) -> Link:
    return lambda row: f"{path}/{quote(str(row[column]), safe='')}" if row[column] else ""


def _document(row: Row) -> str:
    """A document number leads to the document that the posting made, when it is one of those."""
    for kind in ("invoice", "shipment", "credit_memo"):
        if row["document_no"] and row["document_no"] == row.get(f"made_{kind}"):
            return href_of_posted(Named(kind, str(row["document_no"])))
    if row.get("document_type") == "payment" and row["document_no"]:
        return f"/payments/{quote(str(row['document_no']), safe='')}"
    return ""


_OF_TYPE: Final = {
    "item": "/items",
    "resource": "/resources",
    "gl_account": "/set-up/gl-accounts",
    "cost": "/set-up/service-costs",
    "service_cost": "/set-up/service-costs",
}


def _of_type(row: Row) -> str:
    path = _OF_TYPE.get(str(row.get("type", "")), "")
    return f"{path}/{quote(str(row['no']), safe='')}" if path and row["no"] else ""


def _posted(kind: str, column: str) -> Link:
    return lambda row: href_of_posted(Named(kind, str(row[column]))) if row[column] else ""


def _source(row: Row) -> str:
    """The open document that was posted; it leads on when it is not open any more."""
    if row["source_type"] == "payment" and row["source_no"]:
        return f"/payments/{quote(str(row['source_no']), safe='')}"
    if row["source_type"] not in ("order", "invoice", "credit_memo") or not row["source_no"]:
        return ""
    return href_of(DocumentKey(str(row["source_type"]), str(row["source_no"])))


LINKS: Final[Mapping[str, Link]] = {
    "document_no": _document,
    "gl_account_no": _master("/set-up/gl-accounts", "gl_account_no"),
    "customer_no": _master("/customers", "customer_no"),
    "item_no": _master("/items", "item_no"),
    "resource_no": _master("/resources", "resource_no"),
    "service_item_no": _master("/service-items", "service_item_no"),
    "no": _of_type,
}
PLANNED_LINKS: Final = {name: link for name, link in LINKS.items() if name != "document_no"}
"""Of entries under a number that no document bears yet."""
RUN_LINKS: Final[Mapping[str, Link]] = {
    "shipment_no": _posted("shipment", "shipment_no"),
    "invoice_no": _posted("invoice", "invoice_no"),
    "credit_memo_no": _posted("credit_memo", "credit_memo_no"),
    "source_no": _source,
}


def _in_one_currency(column: Column, rows: Sequence[Row], lcy: str) -> Column:
    """An amount in the currencies of its rows names it in the head when they all have the same."""
    if column.name != "amount" or column.unit:
        return column
    currencies = {row["currency_code"] or lcy for row in rows}
    return changed(column, unit=currencies.pop()) if len(currencies) == 1 else column


def drawn_entries(entries: Sequence[Entries], lcy: str) -> list[Mapping[str, Any]]:
    """Sections of ledger entries as `posted/_entries.html` draws them, with the local currency in the heads of amounts;
    the general ledger with its sums."""
    drawn: list[Mapping[str, Any]] = []
    for one in entries:
        columns = [_in_one_currency(c, one.rows, lcy) for c in filled(columns_of(one.ledger, lcy), one.rows)]
        totals = {
            name: sum(row[name] for row in one.rows)
            for name in ("debit_amount", "credit_amount")
            if name in one.ledger.columns
        }
        drawn.append({"ledger": one.ledger, "columns": columns, "rows": one.rows, "totals": totals})
    return drawn


# --- pages ----------------------------------------------------------------------------------------------------------


@get("/ledgers", guards=[requires("ledgers.read")])
async def show_index(request: Visit) -> Template:
    return page(request, "ledgers/index.html", ledgers=list(LEDGERS.values()))


def _ledger(slug: str) -> Ledger:
    if slug not in LEDGERS:
        raise NotFoundException("There is no such ledger.")
    return LEDGERS[slug]


@cache
def offered_columns(ledger: Ledger) -> Sequence[Column]:
    """Every column that the ledger has, those that it shows of itself first."""
    known = codec(ledger.table).columns
    return [*columns_of(ledger), *(_column(ledger, name) for name in known if name not in (*ledger.columns, "id"))]


@cache
def filters_of_ledger(ledger: Ledger) -> Sequence[Filter]:
    own = tuple(Filter(name, WORDS.get(name, "")) for name in ledger.filters)
    given = own if ledger.key == "no" else (*own, *PERIOD)
    return filters_of(offered_columns(ledger), given, options_of(ledger.table))


def _in_lcy(columns: Sequence[Column], ledger: Ledger, lcy: str) -> Sequence[Column]:
    units = {column.name: column.unit for column in columns_of(ledger, lcy)}
    return [changed(column, unit=units.get(column.name, "")) for column in columns]


async def _asked(request: Visit, ledger: Ledger) -> Asked:
    offered = offered_columns(ledger)
    asked = read_asked(request.query_params.multi_items(), offered, filters_of_ledger(ledger))
    return await chosen_columns(request, f"/ledgers/{ledger.slug}", asked, offered)


async def _rows(
    request: Visit, ledger: Ledger, asked: Asked, limit: int, after: str
) -> tuple[Sequence[Row], str, Sequence[Finding]]:
    first, last, wrong = period_of(asked.filters, typist(request))
    filters, faults = understood(offered_columns(ledger), asked.filters, typist(request))
    if faults := faults + wrong:
        return [], "", faults
    listed = ledger.listed.with_columns(asked.columns)
    found = await list_documents(listed, asked.search, filters, "", after, limit, period=(first, last))
    return found.rows, found.next, []


@get("/ledgers/{slug:str}", guards=[requires("ledgers.read")])
async def show_ledger(request: Visit, slug: FromPath[str]) -> Response[Any]:
    ledger = _ledger(slug)
    asked = await _asked(request, ledger)
    rows, after, findings = await _rows(request, ledger, asked, 50, asked.after)
    columns = _in_lcy(asked_columns(asked, columns_of(ledger), offered_columns(ledger)), ledger, await lcy_code())
    listing = Listing(
        ledger.title,
        f"/ledgers/{ledger.slug}",
        columns,
        asked,
        rows,
        after,
        shown_filters(filters_of_ledger(ledger), columns, asked),
        empty="Entries stand here once something is posted.",
        locale=request.user.locale,
        findings=findings,
        export="/export.csv",
        excel="/export.xlsx",
        saved=await saved_views(request.user.user_name, f"/ledgers/{ledger.slug}"),
        links=LINKS if ledger.key == "entry_no" else RUN_LINKS,
        href_of=_run if ledger.key == "entry_no" else lambda row: f"/posting-runs/{row['no']}",
        offered=offered_columns(ledger),
    )
    if request.headers.get("hx-request") == "true":
        answer = fragment("ledgers/list.html", "results", listing=listing)
        answer.headers["HX-Replace-Url"] = listing.url()
        return answer
    return page(request, "ledgers/list.html", listing=listing, ledger=ledger)


def _run(row: Row) -> str:
    """An entry opens the posting that wrote it, at its own ledger."""
    return f"/posting-runs/{row['posting_run_no']}"


@get(["/ledgers/{slug:str}/export.csv", "/ledgers/{slug:str}/export.xlsx"], guards=[requires("ledgers.read")])
async def export_ledger(request: Visit, slug: FromPath[str]) -> Response[bytes]:
    """What the list shows, with the columns that it shows."""
    ledger = _ledger(slug)
    asked = only_known(await _asked(request, ledger))
    columns = asked_columns(asked, columns_of(ledger), offered_columns(ledger))
    rows: list[Row] = []
    after = ""
    while len(rows) < MOST_EXPORTED:
        found, after, _ = await _rows(request, ledger, asked, 1000, after)
        rows += found
        if not after:
            break
    return list_file(request.url.path, ledger.slug, ledger.title, columns, rows)


async def _found_run(no: int) -> tuple[Row, Sequence[Entries]]:
    found = await load_run(no) if 0 < no < 2**63 else None
    if found is None:
        raise NotFoundException(f"There is no posting run {no}.")
    return found


@get("/posting-runs/{no:int}", guards=[requires("ledgers.read")])
async def show_run(request: Visit, no: FromPath[int]) -> Template:
    run, entries = await _found_run(no)
    documents = [(kind, run[f"{kind}_no"]) for kind in POSTED_KINDS if run[f"{kind}_no"]]
    return page(
        request,
        "ledgers/run.html",
        run=run,
        sections=drawn_entries(entries, await lcy_code()),
        links=LINKS,
        documents=[(kind, no, href_of_posted(Named(kind, no))) for kind, no in documents],
        source=_source(run),
    )


@get("/posting-runs/{no:int}/entries", guards=[requires("ledgers.read")])
async def show_entries(request: Visit, no: FromPath[int]) -> Template:
    """The entries alone, for the page of a posted document, which is there before them."""
    _, entries = await _found_run(no)
    return fragment("ledgers/run.html", "entries", sections=drawn_entries(entries, await lcy_code()), links=LINKS)


ROUTES: Final = (show_index, show_ledger, export_ledger, show_run, show_entries)

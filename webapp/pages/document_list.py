"""The lists of open service orders, invoices and credit memos, their export, and a new document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get, post
from litestar.response import Template

from webapp.forms import read_form, show_form
from webapp.pages.answers import Visit, fragment, page, see_other, submitted, told, typist
from webapp.pages.customer_facts import CUSTOMER_LINKS, customer_facts
from webapp.pages.document_fields import fields_of
from webapp.pages.document_paths import (
    CREDIT_MEMOS,
    INVOICES,
    ORDERS,
    Place,
    href_of,
    place_at,
    places,
    requires_of_place,
)
from webapp.pages.lists import Asked, Column, Filter, Listing, list_file, only_known, read_asked
from webapp.posting.snapshot import DocumentKey
from webapp.store import document_lists, drafts
from webapp.store.document_lists import DocumentList, list_documents
from webapp.store.preferences import saved_views
from webapp.store.rows import decimal_from

__all__ = ["LISTS", "ROUTES", "OpenList", "filters_of", "numbers_asked"]

MOST_EXPORTED: Final = 100_000

# --- list -----------------------------------------------------------------------------------------------------------

ORDER_COLUMNS: Final = (
    Column("no", "code", "No.", sortable=True),
    Column("customer_no", "code", sortable=True),
    Column("customer_name", "text", "Customer", sortable=True),
    Column("description", "text"),
    Column("posting_date", "day", sortable=True),
    Column("status", "chip", sortable=True),
    Column("waiting", "chip", "Waiting"),
    Column("line_amount", "money", "Amount"),
    Column("currency_code", "code", "Currency"),
)
VIEWS: Final = (
    ("to-ship", "With something to ship"),
    ("to-invoice", "Shipped, not invoiced"),
    ("ready-to-invoice", "Ready to invoice"),
    ("finished-not-invoiced", "Finished, not invoiced"),
    ("to-post", "With something to post"),
    ("to-consume", "With something to consume"),
    ("partly-shipped", "Partly shipped"),
    ("partly-invoiced", "Partly invoiced"),
)
ORDER_FILTERS: Final = (
    Filter("view", "Waiting for", VIEWS),
    Filter(
        "status",
        "Status",
        (("pending", "Pending"), ("in_process", "In process"), ("finished", "Finished"), ("on_hold", "On hold")),
    ),
    Filter("customer_no", "Customer no."),
    Filter("bill_to_customer_no", "Bill-to no.", more=True),
    Filter("service_item_no", "Service item no.", more=True),
)


INVOICE_COLUMNS: Final = (
    Column("no", "code", "No.", sortable=True),
    Column("customer_no", "code", sortable=True),
    Column("customer_name", "text", "Customer", sortable=True),
    Column("posting_date", "day", sortable=True),
    Column("due_date", "day", sortable=True),
    Column("external_document_no", "text"),
    Column("tested", "chip", "Last test"),
    Column("line_amount", "money", "Amount"),
    Column("currency_code", "code", "Currency"),
)
INVOICE_FILTERS: Final = (
    Filter(
        "view", "Last test", (("with-errors", "With errors"), ("ready", "Without errors"), ("untested", "Not tested"))
    ),
    Filter("customer_no", "Customer no."),
    Filter("currency_code", "Currency"),
    Filter("bill_to_customer_no", "Bill-to no.", more=True),
)


CREDIT_MEMO_COLUMNS: Final = (
    Column("no", "code", "No.", sortable=True),
    Column("customer_no", "code", sortable=True),
    Column("customer_name", "text", "Customer", sortable=True),
    Column("posting_date", "day", sortable=True),
    Column("applies_to_doc_no", "code", "Applies to", sortable=True),
    Column("external_document_no", "text"),
    Column("tested", "chip", "Last test"),
    Column("line_amount", "money", "Amount"),
    Column("currency_code", "code", "Currency"),
)


@dataclass(frozen=True, slots=True)
class OpenList:
    """The list of one kind of open document."""

    place: Place
    which: DocumentList
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    empty: str


LISTS: Final[Mapping[str, OpenList]] = {
    "order": OpenList(
        ORDERS,
        document_lists.ORDERS,
        ORDER_COLUMNS,
        ORDER_FILTERS,
        "Service orders stand here: what is to be done for a customer, until it is shipped and invoiced.",
    ),
    "invoice": OpenList(
        INVOICES,
        document_lists.OPEN_INVOICES,
        INVOICE_COLUMNS,
        INVOICE_FILTERS,
        "Service invoices stand here that are made by hand, without an order, until they are posted.",
    ),
    "credit_memo": OpenList(
        CREDIT_MEMOS,
        document_lists.OPEN_CREDIT_MEMOS,
        CREDIT_MEMO_COLUMNS,
        INVOICE_FILTERS,
        "Service credit memos stand here that give money or goods back, until they are posted. Make one by hand, or"
        " from the page of the posted invoice that was wrong.",
    ),
}


def _list_at(path: str) -> OpenList:
    return LISTS[place_at(path).document_type]


@get(places(""), guards=[requires_of_place("read")])
async def show_list(request: Visit) -> Response[Any]:
    own = _list_at(request.url.path)
    place, who = own.place, request.user
    asked = read_asked(request.query_params.multi_items(), own.columns, own.filters)
    rows, after = await _rows(own, asked, 50)
    listing = Listing(
        place.names,
        place.path,
        own.columns,
        asked,
        rows,
        after,
        own.filters,
        href_of=lambda row: href_of(DocumentKey(place.document_type, row["no"])),
        empty=own.empty,
        new_href=f"{place.path}/new" if who.may(place.right("edit")) else "",
        new_text="Make the first one",
        selectable=who.may(place.right("check")),
        locale=who.locale,
        saved=await saved_views(who.user_name, place.path),
        links=CUSTOMER_LINKS,
    )
    facts = await customer_facts(asked, who.work_date)
    if request.headers.get("hx-request") == "true":
        answer = fragment("documents/list.html", "results", listing=listing, facts=facts)
        answer.headers["HX-Replace-Url"] = listing.url()
        return answer
    return page(request, "documents/list.html", listing=listing, place=place, facts=facts)


def filters_of(asked: Asked) -> dict[str, str]:
    """The columns that the address filters by, as the store compares them; the view is no column."""
    codes = ("customer_no", "bill_to_customer_no", "currency_code", "service_item_no")
    return {name: value.upper() if name in codes else value for name, value in asked.filters.items() if name != "view"}


async def _rows(own: OpenList, asked: Asked, limit: int, after: str | None = None) -> tuple[list[dict[str, Any]], str]:
    found = await list_documents(
        own.which,
        asked.search,
        filters_of(asked),
        asked.sort,
        asked.after if after is None else after,
        limit,
        asked.filters.get("view", ""),
    )
    return [_listed(row) for row in found.rows], found.next


async def numbers_asked(place: Place, params: Iterable[tuple[str, str]], most: int) -> tuple[list[str], bool]:
    """The numbers of the documents that the list shows with these search words and filters, at most so many; and
    whether there are more."""
    own = LISTS[place.document_type]
    rows, after = await _rows(own, only_known(read_asked(params, own.columns, own.filters)), most, "")
    return [row["no"] for row in rows], bool(after)


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    shown = {**row, "line_amount": decimal_from(row["line_amount"], 5)}
    if "to_invoice" in row:
        # What is only to be consumed is shipped by that, and waits for nothing else.
        shown["waiting"] = next((name for name in ("to_invoice", "to_ship", "to_consume") if row[name]), "")
    return shown


@get([*places(".csv"), *places(".xlsx")], guards=[requires_of_place("read")])
async def export_list(request: Visit) -> Response[bytes]:
    own = _list_at(request.url.path)
    asked = only_known(read_asked(request.query_params.multi_items(), own.columns, own.filters))
    rows: list[dict[str, Any]] = []
    after = ""
    while len(rows) < MOST_EXPORTED:
        found, after = await _rows(own, asked, 1000, after)
        rows += found
        if not after:
            break
    return list_file(request.url.path, own.place.path.strip("/"), own.place.names, own.columns, rows)


# --- a new document -------------------------------------------------------------------------------------------------

NEW_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "order": ("customer_no", "description", "posting_date", "external_document_no", "your_reference"),
    "invoice": (
        "customer_no",
        "posting_date",
        "document_date",
        "currency_code",
        "external_document_no",
        "your_reference",
    ),
    "credit_memo": (
        "customer_no",
        "posting_date",
        "document_date",
        "currency_code",
        "external_document_no",
        "your_reference",
    ),
}


def _new_fields(place: Place) -> tuple[Any, ...]:
    return fields_of("service_header", NEW_FIELDS[place.document_type])


@get(places("/new"), guards=[requires_of_place("edit")])
async def show_new(request: Visit) -> Template:
    place, day = place_at(request.url.path), request.user.work_date
    given = {
        "posting_date": day,
        "document_date": day,
        "customer_no": request.query_params.get("customer", "").upper()[:20],
    }
    form = show_form(_new_fields(place), given, request.user.locale)
    return page(request, "documents/new.html", form=form, place=place)


@post(places("/new"), guards=[requires_of_place("edit")], status_code=200)
async def add_document(request: Visit) -> Response[Any]:
    place = place_at(request.url.path)
    form = read_form(_new_fields(place), await submitted(request), typist(request))
    if form.ok:
        values = {name: value for name, value in form.values.items() if value not in ("", None)}
        saved = await drafts.create_document(request.user.acting, place.document_type, values)
        if saved.key is not None:
            made = told(f"Service {place.name.lower()} {saved.key.no} is made.", saved.notices)
            return see_other(request, href_of(saved.key), made)
        form.add(*saved.findings)
    return page(request, "documents/new.html", 422, form=form, place=place)


ROUTES: Final = (show_list, export_list, show_new, add_document)

"""Posted shipments and invoices: lists, and pages with every entry behind them (D-92 … D-108)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.pages.answers import Link, Visit, fragment, page
from webapp.pages.document_paths import href_of
from webapp.pages.ledgers import LINKS
from webapp.pages.lists import Asked, Column, Filter, Listing, csv_file, filled, read_asked
from webapp.pages.posting import href_of_posted
from webapp.pages.undo import offers
from webapp.posting.snapshot import DocumentKey
from webapp.security import requires
from webapp.store.document_lists import INVOICES, SHIPMENTS, DocumentList, list_documents
from webapp.store.posted import PostedDocument, lcy_code, load_posted
from webapp.store.posting import PostedDocument as Named
from webapp.store.undo import undo_runs

__all__ = ["INVOICE", "KINDS_OF", "ROUTES", "SHIPMENT", "Kind", "found_document", "kind_of"]

MOST_EXPORTED: Final = 100_000


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of posted document: its words, its address, its list."""

    name: str
    title: str
    titles: str
    path: str
    listed: DocumentList
    columns: Sequence[Column]
    paper: str


SHIPMENT: Final = Kind(
    "shipment",
    "Posted shipment",
    "Posted service shipments",
    "/posted-service-shipments",
    SHIPMENTS,
    (
        Column("no", "code", "No.", sortable=True),
        Column("customer_no", "code", sortable=True),
        Column("customer_name", "text", "Customer", sortable=True),
        Column("posting_date", "day", sortable=True),
        Column("order_no", "code", sortable=True),
        Column("description", "text"),
        Column("external_document_no", "text"),
        Column("printed", "whole", "Printed"),
    ),
    "Shipment",
)
INVOICE: Final = Kind(
    "invoice",
    "Posted invoice",
    "Posted service invoices",
    "/posted-service-invoices",
    INVOICES,
    (
        Column("no", "code", "No.", sortable=True),
        Column("customer_no", "code", sortable=True),
        Column("customer_name", "text", "Customer", sortable=True),
        Column("posting_date", "day", sortable=True),
        Column("due_date", "day", sortable=True),
        Column("order_no", "code", sortable=True),
        Column("amount", "money", "Amount", blank_zero=False),
        Column("amount_including_vat", "money", "Amount incl. VAT", blank_zero=False),
        Column("currency_code", "code", "Currency"),
        Column("printed", "whole", "Printed"),
    ),
    "Invoice",
)
KINDS_OF: Final = {kind.name: kind for kind in (SHIPMENT, INVOICE)}
FILTERS: Final = (Filter("customer_no", "Customer no."), Filter("order_no", "Order no."))


# --- lists ----------------------------------------------------------------------------------------------------------


def kind_of(request: Visit) -> Kind:
    return SHIPMENT if request.url.path.startswith(SHIPMENT.path) else INVOICE


async def _rows(kind: Kind, asked: Asked, limit: int, after: str) -> tuple[Sequence[Mapping[str, Any]], str]:
    filters = {name: value.upper() for name, value in asked.filters.items()}
    found = await list_documents(kind.listed, asked.search, filters, asked.sort, after, limit)
    return found.rows, found.next


@get([SHIPMENT.path, INVOICE.path], guards=[requires("posted.read")])
async def show_list(request: Visit) -> Response[Any]:
    kind = kind_of(request)
    asked = read_asked(request.query_params.multi_items(), kind.columns, FILTERS)
    rows, after = await _rows(kind, asked, 50, asked.after)
    listing = Listing(
        kind.titles,
        kind.path,
        kind.columns,
        asked,
        rows,
        after,
        FILTERS,
        href_of=lambda row: href_of_posted(Named(kind.name, row["no"])),
        empty=f"{kind.titles} stand here once a service order is posted.",
        new_href="/service-orders",
        new_text="Go to the service orders",
        locale=request.user.locale,
    )
    if request.headers.get("hx-request") == "true":
        answer = fragment("setup/list.html", "results", listing=listing)
        answer.headers["HX-Replace-Url"] = listing.url()
        return answer
    listing.new_href = listing.new_href if not rows else ""
    return page(request, "setup/list.html", listing=listing, related=[])


@get([f"{SHIPMENT.path}.csv", f"{INVOICE.path}.csv"], guards=[requires("posted.read")])
async def export_list(request: Visit) -> Response[bytes]:
    kind = kind_of(request)
    asked = read_asked(request.query_params.multi_items(), kind.columns, FILTERS)
    rows: list[Mapping[str, Any]] = []
    after = ""
    while len(rows) < MOST_EXPORTED:
        found, after = await _rows(kind, asked, 1000, after)
        rows += found
        if not after:
            break
    return csv_file(kind.path.strip("/"), kind.columns, rows)


# --- one document ---------------------------------------------------------------------------------------------------


async def found_document(kind: Kind, no: str) -> PostedDocument:
    document = await load_posted(kind.name, no, with_entries=False)
    if document is None:
        raise NotFoundException(f"There is no {kind.title.lower()} {no}.")
    return document


def _behind(document: PostedDocument) -> Mapping[int, tuple[Link, ...]]:
    """For each line the posted lines on the other side of it, with quantity: shipments or invoices (D-97)."""
    found: dict[int, tuple[Link, ...]] = {}
    for one in document.supplies:
        ends = (("shipment", one.shipped), ("invoice", one.invoiced))
        (_, own), (kind, other) = ends if document.kind == "shipment" else ends[::-1]
        part = "" if one.quantity == own.quantity else f" ({one.quantity.normalize():f})"
        link = Link(f"{other.document_no}{part}", href_of_posted(Named(kind, other.document_no)))
        found[own.line_no] = (*found.get(own.line_no, ()), link)
    return found


LINE_COLUMNS: Final = {
    "shipment": (
        Column("type", "choice"),
        Column("no", "code", "No."),
        Column("description", "text"),
        Column("quantity", "quantity"),
        Column("uom", "code", "Unit"),
        Column("quantity_invoiced", "quantity", "Invoiced"),
        Column("quantity_consumed", "quantity", "Consumed"),
        Column("qty_shipped_not_invoiced", "quantity", "Not invoiced"),
        Column("service_item_no", "code", "Service item"),
        Column("correction", "choice", "Correction"),
    ),
    "invoice": (
        Column("type", "choice"),
        Column("no", "code", "No."),
        Column("description", "text"),
        Column("quantity", "quantity"),
        Column("uom", "code", "Unit"),
        Column("unit_price", "price"),
        Column("line_discount_pct", "percent", "Disc. %"),
        Column("line_discount_amount", "money", "Line discount"),
        Column("inv_discount_amount", "money", "Invoice discount"),
        Column("vat_pct", "percent", "VAT %", blank_zero=False),
        Column("amount", "money", "Amount", blank_zero=False),
        Column("amount_including_vat", "money", "Amount incl. VAT", blank_zero=False),
        Column("service_item_no", "code", "Service item"),
    ),
}
VAT_COLUMNS: Final = (
    Column("vat_identifier", "code", "VAT identifier"),
    Column("vat_pct", "percent", "VAT %", blank_zero=False),
    Column("calculation_type", "choice"),
    Column("line_amount", "money", "Line amount", blank_zero=False),
    Column("inv_discount_amount", "money", "Invoice discount"),
    Column("base", "money", "VAT base", blank_zero=False),
    Column("amount", "money", "VAT amount", blank_zero=False),
    Column("amount_including_vat", "money", "Amount incl. VAT", blank_zero=False),
)


@get([f"{SHIPMENT.path}/{{no:str}}", f"{INVOICE.path}/{{no:str}}"], guards=[requires("posted.read")])
async def show_document(request: Visit, no: FromPath[str]) -> Template:
    kind = kind_of(request)
    document = await found_document(kind, no)
    return page(
        request,
        "posted/document.html",
        kind=kind,
        document=document,
        head=document.header,
        line_columns=filled(LINE_COLUMNS[kind.name], document.lines),
        vat_columns=filled(VAT_COLUMNS, document.vat),
        links=LINKS,
        behind=_behind(document),
        offers=offers(document),
        undone=await undo_runs(no) if any(line.get("correction") for line in document.lines) else [],
        order_path=href_of(DocumentKey("order", document.header["order_no"])) if document.open_order else "",
        path_of=lambda one, no: href_of_posted(Named(one, no)),
        lcy=await lcy_code(),
    )


ROUTES: Final = (show_list, export_list, show_document)

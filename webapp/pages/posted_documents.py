"""Posted shipments and invoices: lists, pages with every entry behind them, and paper (D-92 … D-108, D-117 … D-123)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.pages.answers import Visit, fragment, page
from webapp.pages.lists import Asked, Column, Filter, Listing, csv_file, read_asked
from webapp.pages.posting import href_of_posted
from webapp.pages.service_orders import href_of
from webapp.security import requires
from webapp.store import posted
from webapp.store.document_lists import INVOICES, SHIPMENTS, DocumentList, list_documents
from webapp.store.masters_registry import KINDS
from webapp.store.posted import Entries, PostedDocument, load_posted
from webapp.store.posting import PostedDocument as Named
from webapp.store.posting import result_of
from webapp.store.rows import codec

__all__ = ["ROUTES", "entry_columns"]

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


def _kind(request: Visit) -> Kind:
    return SHIPMENT if request.url.path.startswith(SHIPMENT.path) else INVOICE


async def _rows(kind: Kind, asked: Asked, limit: int, after: str) -> tuple[Sequence[Mapping[str, Any]], str]:
    filters = {name: value.upper() for name, value in asked.filters.items()}
    found = await list_documents(kind.listed, asked.search, filters, asked.sort, after, limit)
    return found.rows, found.next


@get([SHIPMENT.path, INVOICE.path], guards=[requires("posted.read")])
async def show_list(request: Visit) -> Response[Any]:
    kind = _kind(request)
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
    kind = _kind(request)
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


async def _found(kind: Kind, no: str) -> PostedDocument:
    document = await load_posted(kind.name, no)
    if document is None:
        raise NotFoundException(f"There is no {kind.title.lower()} {no}.")
    return document


def entry_columns(entries: Entries) -> list[Column]:
    """The columns of a ledger's section, told apart by their kinds."""
    columns = codec(entries.table).columns
    return [_entry_column(name, KINDS.get(type(columns[name]), "whole")) for name in entries.columns]


def _entry_column(name: str, kind: str) -> Column:
    if name == "entry_no":
        return Column(name, "text", "Entry no.")
    return Column(name, kind, blank_zero=kind not in ("money",))


LINE_COLUMNS: Final = {
    "shipment": (
        Column("type", "choice"),
        Column("no", "code", "No."),
        Column("description", "text"),
        Column("quantity", "quantity"),
        Column("uom", "code", "Unit"),
        Column("quantity_invoiced", "quantity", blank_zero=False),
        Column("quantity_consumed", "quantity", blank_zero=False),
        Column("qty_shipped_not_invoiced", "quantity", "Not invoiced", blank_zero=False),
        Column("service_item_no", "code"),
        Column("posting_date", "day"),
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
        Column("service_item_no", "code"),
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
    kind = _kind(request)
    document = await _found(kind, no)
    return page(
        request,
        "posted/document.html",
        kind=kind,
        document=document,
        head=document.header,
        line_columns=LINE_COLUMNS[kind.name],
        vat_columns=VAT_COLUMNS,
        sections=[(entries, entry_columns(entries)) for entries in document.entries],
        order_path=href_of(document.header["order_no"]) if document.open_order else "",
        path_of=lambda one, no: href_of_posted(Named(one, no)),
        lcy=await posted.lcy_code(),
    )


# --- paper ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Paper:
    """One document as it goes on paper, with the words that stand beside its codes."""

    kind: Kind
    document: PostedDocument
    words: Mapping[str, str]
    clauses: Mapping[str, str]

    @property
    def head(self) -> Mapping[str, Any]:
        return self.document.header

    @property
    def lines(self) -> Sequence[Mapping[str, Any]]:
        """The lines without the empty texts at the end (D-121)."""
        lines = list(self.document.lines)
        while lines and lines[-1]["type"] == "blank" and not lines[-1]["description"]:
            lines.pop()
        return lines

    @property
    def is_copy(self) -> bool:
        return bool(self.head["printed"])

    @property
    def recipient(self) -> Sequence[str]:
        """The address for the window of the envelope: the payer's on invoices, the ship-to's on shipments."""
        prefix = "ship_to" if self.kind is SHIPMENT else "bill_to"
        head = self.head
        city = f"{head[f'{prefix}_post_code']} {head[f'{prefix}_city']}".strip()
        contact = head["ship_to_contact"] if self.kind is SHIPMENT else head["bill_to_contact"]
        parts = [head[f"{prefix}_name"], contact, head[f"{prefix}_address"], head[f"{prefix}_address_2"], city]
        return [part for part in (*parts, head[f"{prefix}_country_code"]) if part]


async def _paper(kind: Kind, no: str) -> Paper:
    document = await _found(kind, no)
    clauses = await posted.vat_clauses(
        [row["vat_clause_code"] for row in document.vat], document.header["language_code"]
    )
    return Paper(kind, document, await posted.words_on_paper(document.header), clauses)


async def _print_page(request: Visit, papers: Sequence[Paper], back: str) -> Template:
    company = await posted.company()
    lcy = await posted.lcy_code()
    for paper in papers:
        await posted.count_print(paper.kind.name, paper.head["no"])
    title = ", ".join(f"{paper.kind.paper} {paper.head['no']}" for paper in papers)
    return page(request, "posted/print.html", papers=papers, company=company, lcy=lcy, back=back, title=title)


@get([f"{SHIPMENT.path}/{{no:str}}/print", f"{INVOICE.path}/{{no:str}}/print"], guards=[requires("posted.print")])
async def print_document(request: Visit, no: FromPath[str]) -> Template:
    kind = _kind(request)
    paper = await _paper(kind, no)
    return await _print_page(request, [paper], href_of_posted(Named(kind.name, no)))


@get("/service-orders/{no:str}/postings/{token:str}/print", guards=[requires("posted.print")])
async def print_posting(request: Visit, no: FromPath[str], token: FromPath[str]) -> Template:
    """What a posting made, on paper: the shipment, the invoice, or both (D-41)."""
    result = await result_of(token)
    if result is None:
        raise NotFoundException("Nothing was posted with this form.")
    papers = [await _paper(KINDS_OF[one.kind], one.no) for one in result.posted]
    return await _print_page(request, papers, f"{href_of(no)}/postings/{quote(token, safe='')}")


@get(
    [f"{SHIPMENT.path}/{{no:str}}/paper.css", f"{INVOICE.path}/{{no:str}}/paper.css"],
    guards=[requires("posted.print")],
)
async def paper_style(request: Visit, no: FromPath[str]) -> Response[bytes]:
    """The document's number in the margin of every page but the first (D-119)."""
    kind = _kind(request)
    text = "".join(f"\\{ord(c):06x}" for c in f"{kind.paper} {no}"[:60])
    style = f'@page {{ @top-right {{ content: "{text}"; }} }} @page :first {{ @top-right {{ content: ""; }} }}'
    return Response(style.encode(), media_type="text/css")


ROUTES: Final = (show_list, export_list, show_document, print_document, print_posting, paper_style)

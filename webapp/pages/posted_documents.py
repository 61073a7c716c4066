"""Posted shipments, invoices and credit memos: lists, and pages with every entry behind them (D-92 … D-108)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp import labels
from webapp.forms import Field, Form, show_form
from webapp.pages.answers import Link, Visit, fragment, page, typist
from webapp.pages.charts import Pair, pairs_of
from webapp.pages.column_filters import period_of, understood
from webapp.pages.contract_fields import contract_href
from webapp.pages.crediting import credit_offers
from webapp.pages.customer_facts import CUSTOMER_LINKS, customer_facts
from webapp.pages.document_logs import logs_behind
from webapp.pages.document_paths import href_of
from webapp.pages.ledgers import LINKS
from webapp.pages.list_choices import chosen_columns, shown_filters
from webapp.pages.lists import (
    Asked,
    Column,
    Listing,
    asked_columns,
    filled,
    in_currency,
    list_file,
    only_known,
    read_asked,
)
from webapp.pages.posted_details import details_of
from webapp.pages.posted_kinds import CREDIT_MEMO, INVOICE, KINDS_OF, SHIPMENT, Kind, shown_columns
from webapp.pages.posted_links import contracts_of, related_links
from webapp.pages.posting import href_of_posted
from webapp.pages.undo import offers
from webapp.pages.why_links import why_links, why_total
from webapp.posting.documents import invoice_status
from webapp.posting.findings import Finding
from webapp.posting.snapshot import DocumentKey
from webapp.posting.statistics import shipment_statistics, statistics_by_type, statistics_of
from webapp.security import requires
from webapp.store import outbox
from webapp.store.attachments import load_attachments
from webapp.store.certificates import certificate_of
from webapp.store.comments import POSTED_KINDS, load_comments
from webapp.store.document_lists import Page, list_documents, sums_of
from webapp.store.document_log import log_of
from webapp.store.posted import PostedDocument, lcy_code, load_posted
from webapp.store.posting import PostedDocument as Named
from webapp.store.preferences import saved_views
from webapp.store.remarks import load_remarks
from webapp.store.rows import decimal_from
from webapp.store.statistics import credit_of
from webapp.store.undo import undo_runs
from webapp.store.view import one_view

__all__ = ["REMARK_FIELDS", "ROUTES", "document_page", "found_document", "kind_of", "posted", "wanted_of_list"]

MOST_EXPORTED: Final = 100_000
SUMMED: Final = ("amount", "amount_including_vat", "remaining")


def posted(rest: str) -> list[str]:
    """The addresses of one handler for every kind of posted document."""
    return [f"{kind.path}{rest}" for kind in KINDS_OF.values()]


# --- lists ----------------------------------------------------------------------------------------------------------


def kind_of(request: Visit) -> Kind:
    return next(kind for kind in KINDS_OF.values() if request.url.path.startswith(kind.path))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an address asks of a list, as the store is asked."""

    search: str
    filters: Mapping[str, str]
    view: str
    period: tuple[date | None, date | None]
    findings: Sequence[Finding] = ()


def wanted_of_list(request: Visit, kind: Kind, asked: Asked) -> Wanted:
    who = typist(request)
    first, last, wrong = period_of(asked.filters, who)
    filters, faults = understood(kind.offered, asked.filters, who)
    if machine := asked.filters.get("service_item_no"):
        filters["service_item_no"] = machine.upper()
    view = asked.filters.get("view", "")
    if view == "overdue":  # as its status says (D-100)
        filters["due_before"] = request.user.work_date.isoformat()
    return Wanted(asked.search, filters, view, (first, last), [*asked.faults, *faults, *wrong])


async def _asked(request: Visit, kind: Kind) -> Asked:
    asked = read_asked(request.query_params.multi_items(), kind.offered, kind.filters)
    return await chosen_columns(request, kind.path, asked, kind.offered)


async def _rows(kind: Kind, wanted: Wanted, asked: Asked, limit: int, after: str, today: date) -> Page:
    if wanted.findings:
        return Page([])
    listed = kind.listed.with_columns(asked.columns)
    found = await list_documents(
        listed, wanted.search, wanted.filters, asked.sort, after, limit, wanted.view, wanted.period
    )
    return Page([_listed(kind, row, today) for row in found.rows], found.next)


async def _sums(kind: Kind, wanted: Wanted, lcy: str) -> list[dict[str, Any]]:
    """What all documents of the list come to: by currency, and all of them in LCY where there are others (D-109)."""
    summed = () if kind is SHIPMENT else SUMMED
    found = await sums_of(kind.listed, summed, wanted.search, wanted.filters, wanted.view, wanted.period)
    read = [
        {**row, **{name: decimal_from(value, 5) for name, value in row.items() if name.startswith(SUMMED)}}
        for row in found
    ]
    if not summed or all(row["currency_code"] in ("", lcy) for row in read):
        return read if summed else [{"count": sum(row["count"] for row in read), "currency_code": ""}]
    in_lcy = {name: sum((row[f"{name}_lcy"] for row in read), Decimal(0)) for name in summed}
    return [*read, {"count": sum(row["count"] for row in read), "currency_code": lcy, "everything": True, **in_lcy}]


def _listed(kind: Kind, row: dict[str, Any], today: date) -> dict[str, Any]:
    if "remaining" not in row:
        return row
    left = decimal_from(int(row["remaining"]), 5)
    status = invoice_status(left, row, today) if kind is INVOICE else ""
    return {**row, "remaining": left, "status": status}


@get(posted(""), guards=[requires("posted.read")])
async def show_list(request: Visit) -> Response[Any]:
    kind = kind_of(request)
    asked = await _asked(request, kind)
    wanted = wanted_of_list(request, kind, asked)
    found = await _rows(kind, wanted, asked, 50, asked.after, request.user.work_date)
    rows, after = found.rows, found.next
    columns = asked_columns(asked, shown_columns(kind, rows), kind.offered)
    listing = Listing(
        kind.titles,
        kind.path,
        columns,
        asked,
        rows,
        after,
        shown_filters(kind.filters, columns, asked),
        href_of=lambda row: href_of_posted(Named(kind.name, row["no"])),
        empty=f"{kind.titles} stand here once a service {'credit memo' if kind is CREDIT_MEMO else 'order'} is posted.",
        new_href="/service-credit-memos" if kind is CREDIT_MEMO else "/service-orders",
        new_text="Go to the service credit memos" if kind is CREDIT_MEMO else "Go to the service orders",
        locale=request.user.locale,
        findings=wanted.findings,
        selectable=True,
        sums=await _sums(kind, wanted, await lcy_code()) if "totals" in request.query_params and rows else None,
        may_sum=not wanted.findings,
        saved=await saved_views(request.user.user_name, kind.path),
        offered=kind.offered,
        links=CUSTOMER_LINKS,
    )
    facts = await customer_facts(asked, request.user.work_date)
    if request.headers.get("hx-request") == "true":
        answer = fragment("posted/list.html", "results", listing=listing, kind=kind, facts=facts)
        answer.headers["HX-Replace-Url"] = listing.url()
        return answer
    return page(request, "posted/list.html", listing=listing, kind=kind, facts=facts)


@get([*posted(".csv"), *posted(".xlsx")], guards=[requires("posted.read")])
async def export_list(request: Visit) -> Response[bytes]:
    """What the list shows, with the columns that it shows."""
    kind = kind_of(request)
    asked = only_known(await _asked(request, kind))
    wanted = wanted_of_list(request, kind, asked)
    rows: list[dict[str, Any]] = []
    after = ""
    while len(rows) < MOST_EXPORTED:
        found = await _rows(kind, wanted, asked, 1000, after, request.user.work_date)
        rows, after = rows + found.rows, found.next
        if not after:
            break
    columns = asked_columns(asked, kind.columns, kind.offered)
    return list_file(request.url.path, kind.path.strip("/"), kind.titles, columns, rows)


# --- one document ---------------------------------------------------------------------------------------------------


async def found_document(kind: Kind, no: str) -> PostedDocument:
    document = await load_posted(kind.name, no, with_entries=False)
    if document is None:
        raise NotFoundException(f"There is no {kind.title.lower()} {no}.")
    return document


def _behind(document: PostedDocument) -> Mapping[int, tuple[Link, ...]]:
    """For each line the posted lines on the other side of it, with quantity: shipments or invoices (D-97)."""
    found: dict[int, tuple[Link, ...]] = {}
    for line in document.lines:
        if line.get("invoice_no"):
            link = Link(str(line["invoice_no"]), href_of_posted(Named("invoice", str(line["invoice_no"]))))
            found[line["line_no"]] = (link,)
    for one in document.supplies:
        ends = (("shipment", one.shipped), ("invoice", one.invoiced))
        (_, own), (kind, other) = ends if document.kind == "shipment" else ends[::-1]
        notes = [] if one.quantity == own.quantity else [f"{one.quantity.normalize():f}"]
        notes += ["cancelled"] if kind == "invoice" and one.invoiced.cancelled else []
        more = f" ({', '.join(notes)})" if notes else ""
        link = Link(f"{other.document_no}{more}", href_of_posted(Named(kind, other.document_no)))
        found[own.line_no] = (*found.get(own.line_no, ()), link)
    return found


LINE_COLUMNS: Final[dict[str, tuple[Column, ...]]] = {
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
        Column("serial_no", "code", "Serial no."),
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
        Column("serial_no", "code", "Serial no."),
    ),
}
LINE_COLUMNS["credit_memo"] = LINE_COLUMNS["invoice"]
ITEM_LINE_COLUMNS: Final = (
    Column("line_no", "whole", "Line"),
    Column("service_item_no", "code", "Service item"),
    Column("item_no", "code"),
    Column("description", "text"),
    Column("serial_no", "code", "Serial no."),
    Column("service_item_group", "code", "Group"),
    Column("repair_status_code", "code", "Repair status"),
    Column("warranty", "choice"),
    Column("contract_no", "code"),
    Column("fault_area_code", "code", "Fault area"),
    Column("symptom_code", "code", "Symptom"),
    Column("fault_code", "code", "Fault"),
    Column("fault_reason_code", "code", "Fault reason"),
    Column("resolution_code", "code", "Resolution"),
    Column("response_date", "day", "Response"),
    Column("starting_date", "day", "Started"),
    Column("finishing_date", "day", "Finished"),
)
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


REMARK_FIELDS: Final = (Field("text", "long_text", label="Remark", length=4000, required=True),)


@get(posted("/{no:str}"), guards=[requires("posted.read")])
async def show_document(request: Visit, no: FromPath[str]) -> Template:
    return await document_page(request, no, show_form(REMARK_FIELDS, {}, request.user.locale))


async def document_page(request: Visit, no: str, form: Form, status: int = 200) -> Template:
    """A posted document with all that belongs to it; the form adds a remark."""
    async with one_view():
        kind = kind_of(request)
        document = await found_document(kind, no)
        of_lines, of_vat = why_links(kind.name)
        lcy = await lcy_code()
        currency = document.header.get("currency_code") or lcy
        comments = await load_comments(POSTED_KINDS[kind.name], no)
        files = await load_attachments(POSTED_KINDS[kind.name], no)
        log, remarks = await log_of(kind.name, no), await load_remarks(kind.name, no)
        other_logs = logs_behind(document, request.user.may)
        details = details_of(document.header, lcy)
        there = {
            "Dimensions": any(name == "Dimensions" for name, _ in details) and "part-dimensions",
            "Comments": bool(comments or remarks or request.user.may("posted.remark")) and "comments",
            "Attached files": bool(files) and "attached",
            "Statistics": "statistics",
            "Document log": bool(log or other_logs) and "log",
            "Ledger entries": "entries",
        }
        return page(
            request,
            "posted/document.html",
            status,
            kind=kind,
            document=document,
            head=document.header,
            line_columns=in_currency(filled(LINE_COLUMNS[kind.name], document.lines), currency),
            vat_columns=in_currency(filled(VAT_COLUMNS, document.vat), currency),
            item_columns=filled(ITEM_LINE_COLUMNS, document.item_lines),
            links={**LINKS, **of_lines},
            vat_links=of_vat,
            why=why_total(kind.name, no),
            behind=_behind(document),
            state=_status_of(document, request.user.work_date),
            offers=offers(document),
            credit_offers=[one for one in credit_offers(document) if request.user.may(one.right)],
            undone=await undo_runs(no) if any(line.get("correction") for line in document.lines) else [],
            order_path=href_of(DocumentKey("order", document.header["order_no"])) if document.open_order else "",
            path_of=lambda one, no: href_of_posted(Named(one, no)),
            sent=await outbox.items(document=(kind.name, no)) if kind is not SHIPMENT else [],
            log=log,
            other_logs=other_logs,
            certificate=await certificate_of(no) if kind is SHIPMENT else None,
            comments=comments,
            remarks=remarks,
            form=form,
            files=files,
            lcy=lcy,
            details=details,
            contracts=contracts_of(document),
            contract_href=contract_href,
            related=related_links(document, [(words, at) for words, at in there.items() if at], request.user.may),
            figures=statistics_of(document.header, document.lines) if document.kind != "shipment" else None,
            shipped=shipment_statistics(document.lines) if kind is SHIPMENT else None,
            chart=lambda: _chart(document),
            credit=await credit_of(request.user.acting, document.header["bill_to_customer_no"]),
        )


def _chart(document: PostedDocument) -> list[Pair]:
    """Sales and cost of all lines and of each type of them (D-113)."""
    header, lines = document.header, document.lines
    parts = [(labels.choice(kind), part) for kind, part in statistics_by_type(header, lines).items()]
    return pairs_of([("All lines", statistics_of(header, lines)), *(parts if len(parts) > 1 else [])])


def _status_of(document: PostedDocument, today: date) -> str:
    """Open, partly paid, paid, overdue or cancelled; blank where nothing is to be paid."""
    if document.kind != "invoice" or document.remaining is None:
        return ""
    return invoice_status(document.remaining, document.header, today)


ROUTES: Final = (show_list, export_list, show_document)

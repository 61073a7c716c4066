"""The lines of a posted document with every field that some line has (D-101, D-105)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from webapp.pages.answers import Visit, page
from webapp.pages.contract_fields import contract_href
from webapp.pages.ledgers import LINKS
from webapp.pages.lists import Column, filled, in_currency
from webapp.pages.posted_documents import found_document, kind_of, posted
from webapp.pages.posting import href_of_posted
from webapp.security import requires
from webapp.store.column_facts import kinds_of
from webapp.store.posted import LINE_TABLES, lcy_code
from webapp.store.posting import PostedDocument as Named

__all__ = ["ROUTES"]

Row = Mapping[str, Any]
# What says nothing to a reader.
INTERNAL: Final = frozenset({"id", "document_no", "system_created", "attached_to_line_no", "service_item_line_no"})
FIRST: Final = ("line_no", "type", "no", "description", "serial_no")
WORDS: Final = {"line_no": "Line", "no": "No.", "uom": "Unit", "vat_pct": "VAT %", "posting_date": "Work date"}


def _shipment(row: Row) -> str:
    return href_of_posted(Named("shipment", str(row["shipment_no"]))) if row.get("shipment_no") else ""


def _invoice(row: Row) -> str:
    return href_of_posted(Named("invoice", str(row["invoice_no"]))) if row.get("invoice_no") else ""


def _columns(kind: str, lines: Sequence[Row]) -> list[Column]:
    """Every field that some line has, those that name it first."""
    kinds = kinds_of(LINE_TABLES[kind])
    names = [*FIRST, *(name for name in kinds if name not in FIRST and name not in INTERNAL)]
    # A mark stands only where it is set; that no line has it is no column.
    of_kind = {name: "choice" if kinds.get(name) == "flag" else kinds.get(name, "code") for name in names}
    return filled([Column(name, of_kind[name], WORDS.get(name, "")) for name in names], lines)


@get(posted("/{no:str}/lines"), guards=[requires("posted.read")])
async def show_lines(request: Visit, no: FromPath[str]) -> Template:
    kind = kind_of(request)
    document = await found_document(kind, no)
    currency = str(document.header.get("currency_code") or await lcy_code())
    columns = _columns(kind.name, document.lines)
    return page(
        request,
        "posted/lines.html",
        kind=kind,
        head=document.header,
        lines=document.lines,
        columns=[in_currency([one], "" if one.name.endswith("_lcy") else currency)[0] for one in columns],
        own=href_of_posted(Named(kind.name, no)),
        links={
            **LINKS,
            "shipment_no": _shipment,
            "invoice_no": _invoice,
            "contract_no": lambda row: contract_href("contract", str(row["contract_no"])),
        },
    )


ROUTES: Final = (show_lines,)

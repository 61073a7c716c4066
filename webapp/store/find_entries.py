"""Which documents and entries bear a number: how many rows of each ledger, and what they come to (D-110 … D-112)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from db.engine import reading
from webapp.store.ledgers import LEDGERS
from webapp.store.rows import decimal_from

__all__ = ["Asked", "Entries", "Found", "FoundDocument", "find_entries"]

# Slug of the ledger -> what its rows are summed by, in LCY; a ledger of quantities has no amount.
AMOUNTS: Final = {
    "general-ledger": "debit_amount",
    "vat": "amount",
    "customer-ledger": (
        "(SELECT SUM(d.amount_lcy) FROM detailed_customer_entry d"
        " WHERE d.customer_entry_no = h.entry_no AND d.entry_type = 'initial')"
    ),
    "detailed-customer-ledger": "amount_lcy",
    "item-ledger": "",
    "value-entries": "cost_amount_actual + h.cost_amount_expected",
    "resource-ledger": "total_price",
    "service-ledger": "amount_lcy",
    "warranty-ledger": "amount",
}
DOCUMENTS: Final = {
    "shipment": "service_shipment_header",
    "invoice": "service_invoice_header",
    "credit_memo": "service_cr_memo_header",
}
MOST_DOCUMENTS: Final = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """A document number with or without its posting date, or the customer's own number of the document."""

    document_no: str = ""
    posting_date: date | None = None
    external_document_no: str = ""

    @property
    def empty(self) -> bool:
        return not (self.document_no or self.external_document_no)


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """A posted document that bears the number."""

    kind: str
    no: str
    posting_date: date
    customer_no: str
    customer_name: str


@dataclass(frozen=True, slots=True)
class Entries:
    """The rows of one ledger: how many, and their sum in LCY; debit alone in the general ledger, whose sum is 0."""

    slug: str
    title: str
    count: int
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that bears the number; ledgers without any are left out."""

    documents: Sequence[FoundDocument] = ()
    entries: Sequence[Entries] = ()


async def find_entries(asked: Asked) -> Found:
    """Two rounds of queries: the documents, then the entries that bear their numbers, or the number itself."""
    if asked.empty:
        return Found()
    async with reading() as session:
        rows = await session.fetch_all([_document_query(kind, asked) for kind in DOCUMENTS])
        documents = [FoundDocument(kind, *row) for kind, found in zip(DOCUMENTS, rows, strict=True) for row in found]
        nos = sorted({one.no for one in documents} | ({asked.document_no} if asked.document_no else set()))
        if not nos:
            return Found()
        counted = await session.fetch_all([_entries_query(slug, nos, asked.posting_date) for slug in AMOUNTS])
    entries = [
        Entries(slug, LEDGERS[slug].title, int(found[0][0]), _amount(slug, found[0][1]))
        for slug, found in zip(AMOUNTS, counted, strict=True)
        if found[0][0]
    ]
    return Found(documents, entries)


def _document_query(kind: str, asked: Asked) -> tuple[str, tuple[object, ...]]:
    where, values = [], list[object]()
    for column, value in (
        ("no", asked.document_no),
        ("posting_date", asked.posting_date),
        ("external_document_no", asked.external_document_no),
    ):
        if value:
            where.append(f"{column} = ?")
            values.append(value)
    if asked.external_document_no:
        where.append("external_document_no <> ''")  # as its index says
    columns = "no, posting_date, customer_no, customer_name"
    sql = f"SELECT {columns} FROM {DOCUMENTS[kind]} WHERE {' AND '.join(where)} ORDER BY no LIMIT {MOST_DOCUMENTS}"
    return sql, tuple(values)


def _entries_query(slug: str, nos: Sequence[str], day: date | None) -> tuple[str, tuple[object, ...]]:
    amount = AMOUNTS[slug]
    summed = amount if amount.startswith("(") else f"h.{amount}" if amount else "0"
    dated = " AND h.posting_date = ?" if day else ""
    sql = (
        f"SELECT COUNT(*), COALESCE(SUM({summed}), 0) FROM {LEDGERS[slug].name} h"
        f" WHERE h.document_no IN ({', '.join('?' * len(nos))}){dated}"
    )
    return sql, (*nos, *((day,) if day else ()))


def _amount(slug: str, scaled: int) -> Decimal | None:
    return decimal_from(int(scaled), 5) if AMOUNTS[slug] else None

"""Which documents and entries a number, a customer or a machine leads to: how many rows of each table, and what they
come to (D-110 … D-112)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from db.engine import dialect, reading
from db.session import Query
from webapp.store.document_lists import CREDIT_MEMOS, INVOICES, SHIPMENTS, machines_with
from webapp.store.filters import Compared, column_filter, fold, folded
from webapp.store.ledgers import LEDGERS
from webapp.store.rows import codec, decimal_from

__all__ = ["MOST_LINKED", "Asked", "Documents", "Entries", "Found", "FoundDocument", "Machine", "find_entries"]

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
OF_CUSTOMER: Final = frozenset({"customer-ledger", "detailed-customer-ledger"})
"""Ledgers that name the customer themselves: what was paid stands there without a service document."""
OF_MACHINE: Final = ("service-ledger", "warranty-ledger")
DOCUMENTS: Final = {"shipment": SHIPMENTS, "invoice": INVOICES, "credit_memo": CREDIT_MEMOS}
LINES: Final = {"invoice": "service_invoice_line", "credit_memo": "service_cr_memo_line"}
MOST_LINKED: Final = 50
"""So many documents are named one by one."""
MOST_MACHINES: Final = 20

Condition = tuple[str, list[object]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What entries are wanted of; each may be a filter (D-109), days as ISO 8601 has them. All given must fit."""

    document_no: str = ""
    posting_date: str = ""
    external_document_no: str = ""
    customer_no: str = ""
    serial_no: str = ""
    order_no: str = ""

    @property
    def empty(self) -> bool:
        return not any((self.document_no, self.posting_date, self.by_document))

    @property
    def by_document(self) -> bool:
        """Whether only a document says which entries are meant: they bear none of these themselves."""
        return bool(self.external_document_no or self.customer_no or self.serial_no or self.order_no)

    @property
    def paid(self) -> bool:
        """Whether payments may be meant, which are of no machine and of no order."""
        return bool(self.external_document_no or self.customer_no) and not (self.serial_no or self.order_no)


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """A posted document that fits."""

    kind: str
    no: str
    posting_date: date
    customer_no: str
    customer_name: str


@dataclass(frozen=True, slots=True)
class Documents:
    """The posted documents of one kind that fit: how many, their sum in LCY without VAT, and the first of them."""

    kind: str
    count: int
    amount: Decimal | None
    first: Sequence[FoundDocument]


@dataclass(frozen=True, slots=True)
class Machine:
    """A service item whose serial number fits."""

    no: str
    description: str
    serial_no: str


@dataclass(frozen=True, slots=True)
class Entries:
    """The rows of one ledger: how many, and their sum in LCY; debit alone in the general ledger, whose sum is 0."""

    slug: str
    title: str
    count: int
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that fits; tables without any row are left out."""

    documents: Sequence[Documents] = ()
    entries: Sequence[Entries] = ()
    machines: Sequence[Machine] = ()
    payments: Sequence[str] = ()
    """The first numbers of payments, which have no other document than their entries."""

    @property
    def numbers(self) -> Sequence[str]:
        """Of everything whose entries these are; none when there are more than are named one by one."""
        found = dict.fromkeys([*(one.no for one in self.named), *self.payments])
        return list(found) if max(self.count, len(found)) <= MOST_LINKED else []

    @property
    def named(self) -> Sequence[FoundDocument]:
        """The documents one by one, the first of each kind."""
        return [one for kind in self.documents for one in kind.first]

    @property
    def count(self) -> int:
        return sum(one.count for one in self.documents)


async def find_entries(asked: Asked) -> Found:
    """One round of queries: for each kind of document how many and which, for each ledger how many and how much. The
    entries of a serial number are those that name its machine; the others of its documents are found by number."""
    if asked.empty:
        return Found()
    ledgers = OF_MACHINE if asked.serial_no else tuple(AMOUNTS)
    queries: list[Query] = [query for kind in DOCUMENTS for query in _of_documents(kind, asked)]
    queries += [_of_entries(slug, asked) for slug in ledgers]
    queries += [_of_machines(asked.serial_no)] if asked.serial_no else [_of_payments(asked)] if asked.paid else []
    async with reading() as session:
        rows = await session.fetch_all(queries)
    of_documents, of_ledgers = rows[: 2 * len(DOCUMENTS)], rows[2 * len(DOCUMENTS) :]
    return Found(
        [
            Documents(kind, int(counted[0][0]), _sum(kind != "shipment", counted), _documents(kind, named))
            for kind, counted, named in zip(DOCUMENTS, of_documents[::2], of_documents[1::2], strict=True)
            if counted[0][0]
        ],
        [
            Entries(slug, LEDGERS[slug].title, int(counted[0][0]), _sum(bool(AMOUNTS[slug]), counted))
            for slug, counted in zip(ledgers, of_ledgers, strict=False)
            if counted[0][0]
        ],
        [Machine(*row) for row in of_ledgers[-1]] if asked.serial_no else (),
        [str(no) for (no,) in of_ledgers[-1]] if asked.paid else (),
    )


def _documents(kind: str, rows: Sequence[Sequence[Any]]) -> list[FoundDocument]:
    return [FoundDocument(kind, *row) for row in rows]


def _sum(summed: bool, counted: Sequence[Sequence[Any]]) -> Decimal | None:
    return decimal_from(int(counted[0][1]), 5) if summed else None


def _all_of(conditions: Sequence[Condition]) -> Condition:
    return " AND ".join(one for one, _ in conditions), [value for _, values in conditions for value in values]


def _code(column: str, text: str) -> Condition:
    return column_filter(Compared(column, "" if dialect() == "sqlite" else f'{column} COLLATE "C"'), text)


def _day(column: str, text: str) -> Condition:
    return column_filter(Compared(column, read=date.fromisoformat), text)


def _external(text: str) -> Condition:
    """A number of the customer's, whatever its capital letters are; an index finds it."""
    condition, values = column_filter(Compared(folded("h.external_document_no")), fold(text))
    return f"h.external_document_no <> '' AND {condition}", values  # as its index says


def _of_order(kind: str, text: str) -> Condition:
    """The documents of an order: its shipments, and what was invoiced or credited of it, on whatever document."""
    if kind == "shipment":
        return _code("h.order_no", text)
    condition, values = _code("l.order_no", text)
    return f"h.no IN (SELECT l.document_no FROM {LINES[kind]} l WHERE {condition})", values


def _machine(column: str, text: str) -> Condition:
    return f"{column} IN ({machines_with(MOST_MACHINES)})", [_part_of(text)]


def _part_of(text: str) -> str:
    """What a serial number must have in it, as a pattern: a part of it is enough, `*` stands for any signs."""
    escaped = text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_").replace("*", "%")
    return f"%{escaped}%"


def _fitting(kind: str, asked: Asked) -> Condition:
    """The condition for posted documents of a kind, over the row `h`. A document is of a customer who got it and of one
    who pays it."""
    found = [_code("h.no", asked.document_no)] if asked.document_no else []
    if asked.posting_date:
        found.append(_day("h.posting_date", asked.posting_date))
    if asked.external_document_no:
        found.append(_external(asked.external_document_no))
    if asked.order_no:
        found.append(_of_order(kind, asked.order_no))
    if asked.customer_no:
        (got, values), (pays, more) = (
            _code(f"h.{name}", asked.customer_no) for name in ("customer_no", "bill_to_customer_no")
        )
        found.append((f"({got} OR {pays})", [*values, *more]))
    if asked.serial_no:
        which = DOCUMENTS[kind]
        parts: list[object] = [_part_of(asked.serial_no)] * len(which.of_machines)
        found.append((which.of_some(machines_with(MOST_MACHINES)), parts))
    return _all_of(found)


def _paid(asked: Asked) -> Condition:
    """The condition for payments in the customer ledger, over the row `h`."""
    found: list[Condition] = [("h.document_type = 'payment'", [])]
    found += [_external(asked.external_document_no)] if asked.external_document_no else []
    if asked.customer_no:
        found.append(_code("h.customer_no", asked.customer_no))
    return _all_of(found)


def _of_documents(kind: str, asked: Asked) -> tuple[Query, Query]:
    which = DOCUMENTS[kind]
    table = codec(which.table).name
    where, values = _fitting(kind, asked)
    in_lcy: Mapping[str, str] = dict(which.in_lcy)
    amount = f"CASE WHEN h.currency_code IS NULL THEN h.amount ELSE {in_lcy['amount']} END" if in_lcy else "0"
    columns = "h.no, h.posting_date, h.customer_no, h.customer_name"
    return (
        (f"SELECT COUNT(*), COALESCE(SUM({amount}), 0) FROM {table} h WHERE {where}", values),
        (f"SELECT {columns} FROM {table} h WHERE {where} ORDER BY h.no LIMIT {MOST_LINKED}", values),
    )


def _of_entries(slug: str, asked: Asked) -> Query:
    amount = AMOUNTS[slug]
    summed = amount if amount.startswith("(") else f"h.{amount}" if amount else "0"
    where, values = _all_of(_entry_conditions(slug, asked))
    return f"SELECT COUNT(*), COALESCE(SUM({summed}), 0) FROM {LEDGERS[slug].name} h WHERE {where}", values


def _entry_conditions(slug: str, asked: Asked) -> list[Condition]:
    """An entry bears its document's number and day; the rest the documents tell, where it does not say it itself."""
    found = [_code("h.document_no", asked.document_no)] if asked.document_no else []
    if asked.posting_date:
        found.append(_day("h.posting_date", asked.posting_date))
    if asked.serial_no:
        found.append(_machine("h.service_item_no", asked.serial_no))
    if asked.customer_no and slug in OF_CUSTOMER:
        found.append(_code("h.customer_no", asked.customer_no))
    if asked.external_document_no or asked.order_no or (asked.customer_no and slug not in OF_CUSTOMER):
        parts = [(f"no FROM {codec(one.table).name}", _fitting(kind, asked)) for kind, one in DOCUMENTS.items()]
        if not asked.order_no:
            parts.append(("document_no FROM customer_ledger_entry", _paid(asked)))
        numbers = " UNION ".join(f"SELECT h.{source} h WHERE {where}" for source, (where, _) in parts)
        found.append((f"h.document_no IN ({numbers})", [value for _, (_, values) in parts for value in values]))
    return found


def _of_payments(asked: Asked) -> Query:
    bearing = [("h.document_no", asked.document_no, _code), ("h.posting_date", asked.posting_date, _day)]
    own = [condition(column, text) for column, text, condition in bearing if text]
    where, values = _all_of([_paid(asked), *own])
    columns = "DISTINCT h.document_no FROM customer_ledger_entry h"
    return f"SELECT {columns} WHERE {where} ORDER BY h.document_no LIMIT {MOST_LINKED + 1}", values


def _of_machines(text: str) -> Query:
    columns = "h.no, h.description, h.serial_no"
    where, values = _machine("h.no", text)
    return f"SELECT {columns} FROM service_item h WHERE {where} ORDER BY h.no", values

"""Loads what posting may know into a `Snapshot`: few queries, the same number whatever the lines (P-7, F-2).

With `lock` the rows that the posting will change are locked in the order of O-27: the document, its shipment lines,
inbound item entries; the number series come last and are locked when they are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from db.session import Query, Row, Session
from webapp.posting.records import changed
from webapp.posting.setup import SeriesLine, Setup
from webapp.posting.snapshot import (
    DocumentKey,
    ExpectedValue,
    Header,
    InvoicedLine,
    ItemLine,
    Line,
    OpenEntry,
    OutboundEntry,
    Snapshot,
)
from webapp.store import contract_postings
from webapp.store.balances import BALANCE, balance_of
from webapp.store.readers import (
    BILLED,
    CUSTOMERS,
    HEADERS,
    ITEM_LINES,
    ITEMS,
    LINES,
    OPEN_ENTRIES,
    OUTBOUND,
    RESOURCES,
    SERIES,
    SERVICE_ITEMS,
    SHIPMENT_LINES,
    STOCK,
    WARRANTY,
)
from webapp.store.rows import Reader, decimal_from
from webapp.store.setup_cache import VERSION_SQL, load_setup
from webapp.store.shipped_orders import (
    HELD,
    LOCKED,
    MADE_FROM,
    QUERIES,
    held_by_invoices,
    orders_from,
    takes_shipments,
)

MOST_DOCUMENTS_KEPT: Final = 64
MOST_LINES_KEPT: Final = 300

_DOCUMENT = "WHERE document_type = ? AND document_no = ? ORDER BY line_no"


@dataclass(frozen=True, eq=False, slots=True)
class Document:
    """An open document as it stands. Read twice without a change between, it is the same object; two are never equal,
    so that what is made from one can be kept by it."""

    header: Header
    item_lines: tuple[ItemLine, ...]
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, snapshot: Snapshot) -> Document:
        """The document that a snapshot was made around."""
        return cls(snapshot.header, snapshot.item_lines, snapshot.lines)

    @property
    def key(self) -> DocumentKey:
        return self.header.key

    def line(self, line_no: int) -> Line | None:
        return next((line for line in self.lines if line.line_no == line_no), None)

    def item_line(self, line_no: int) -> ItemLine | None:
        return next((line for line in self.item_lines if line.line_no == line_no), None)


def _lock(session: Session, wanted: bool) -> str:
    """SQLite's immediate transaction is the lock already (O-3)."""
    return " FOR UPDATE" if wanted and session.dialect == "postgresql" else ""


def marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


async def load_document(session: Session, key: DocumentKey, *, lock: bool = False) -> tuple[Document | None, Setup]:
    """The document with its lines, and the set-up; None when it does not exist (any more)."""
    place = (key.document_type, key.no)
    header_sql = HEADERS.sql("WHERE document_type = ? AND no = ?") + _lock(session, lock)
    rows = await session.fetch_all(
        [(header_sql, place), (ITEM_LINES.sql(_DOCUMENT), place), (LINES.sql(_DOCUMENT), place), (VERSION_SQL, ())]
    )
    loaded = await load_setup(session, int(rows[3][0][0]))
    if not rows[0]:
        return None, loaded
    header, item_lines, lines = (tuple(map(tuple, part)) for part in rows[:3])
    make = _kept_document if len(lines) <= MOST_LINES_KEPT else _document
    return make(header[0], item_lines, lines), loaded


async def load_line(session: Session, key: DocumentKey, line_no: int) -> Line | None:
    """One line of a document; None when there is none with this number."""
    where = "WHERE document_type = ? AND document_no = ? AND line_no = ?"
    return next(iter(LINES.all(await session.fetch(LINES.sql(where), key.document_type, key.no, line_no))), None)


Raw = tuple[Any, ...]


def _document(header: Raw, item_lines: tuple[Raw, ...], lines: tuple[Raw, ...]) -> Document:
    return Document(HEADERS.one(header), tuple(ITEM_LINES.all(item_lines)), tuple(LINES.all(lines)))


_kept_document = lru_cache(MOST_DOCUMENTS_KEPT)(_document)


async def load_snapshot(
    session: Session, key: DocumentKey, user_name: str, today: date, *, lock: bool = False
) -> Snapshot | None:
    """Everything a plan is made from; None when the document does not exist (any more)."""
    document, loaded = await load_document(session, key, lock=lock)
    if document is None:
        return None
    return await snapshot_of(session, document, loaded, user_name, today, lock=lock)


async def snapshot_of(
    session: Session, document: Document, loaded: Setup, user_name: str, today: date, *, lock: bool = False
) -> Snapshot:
    """The snapshot around a document, which may be as it stands or as somebody is typing it."""
    queries = Queries(session, document, loaded, today, lock)
    found = queries.answers(await session.fetch_all(queries.list))
    return assembled(document, loaded, user_name, today, found)


def assembled(document: Document, loaded: Setup, user_name: str, today: date, found: dict[str, Any]) -> Snapshot:
    """The snapshot of what was found for a document, by name as `Queries.answers` has it."""
    header = document.header
    return Snapshot(
        setup=loaded,
        user_name=user_name,
        today=today,
        header=header,
        item_lines=document.item_lines,
        lines=document.lines,
        customer=found["customers"].get(header.customer_no),
        bill_to=found["customers"].get(header.bill_to_customer_no),
        items=found["items"],
        resources=found["resources"],
        service_items=found["service_items"],
        stock=found["stock"],
        shipment_lines=found["shipment_lines"],
        expected_values=found["expected_values"],
        warranty_entries=found["warranty_entries"],
        series=found["series"],
        balance=found["balance"],
        external_no_used_by=found["external"],
        invoiced_before=found["invoiced_before"],
        held_by_invoices=found["held_by_invoices"],
        open_entries=found["open_entries"],
        outbound_entries=found["outbound_entries"],
        invoiced_lines=found["invoiced_lines"],
        applied_vat=found["applied_vat"],
        orders=found["orders"],
        made_from_order=found["made_from"],
        **found["contracts"],
    )


class Queries:
    """The second round of queries: what the document's rows name. Those with nothing to ask are left out."""

    def __init__(self, session: Session, document: Document, loaded: Setup, today: date, lock: bool) -> None:
        self.list: list[Query] = []
        self._names: list[str] = []
        self._document, self._setup, self._today = document, loaded, today
        self._lock = _lock(session, lock)
        self._shipped = any(line.qty_shipped_not_invoiced for line in document.lines)
        self._credits = document.header.document_type == "credit_memo"
        if self._credits:
            self._ask_invoiced_lines()
        self._ask_taken()
        self._ask_shipment_lines()
        self._ask_contracts()
        self._ask_records()
        self._ask_stock()
        if self._credits:
            self._ask_what_it_takes_back()
        self._ask_customer()
        self._ask_series()

    @property
    def asked(self) -> list[tuple[str, tuple[object, ...]]]:
        """What is asked for, by name, and with which arguments."""
        return [(name, tuple(args)) for name, (_, args) in zip(self._names, self.list, strict=True)]

    def _ask(self, name: str, sql: str, *args: object) -> None:
        self._names.append(name)
        self.list.append((sql, args))

    def _ask_records(self) -> None:
        document = self._document
        header = document.header
        customers = sorted({header.customer_no, header.bill_to_customer_no} - {""})
        on_item_lines = {line.service_item_no for line in document.item_lines}
        service_items = sorted(on_item_lines.union(line.service_item_no for line in document.lines) - {""})
        asked: tuple[tuple[str, Reader[Any], list[str]], ...] = (
            ("customers", CUSTOMERS, customers),
            ("items", ITEMS, self._nos("item")),
            ("resources", RESOURCES, self._nos("resource")),
            ("service_items", SERVICE_ITEMS, service_items),
        )
        for name, reader, nos in asked:
            if nos:
                self._ask(name, reader.sql(f"WHERE no IN ({marks(nos)})"), *nos)

    def _nos(self, kind: str) -> list[str]:
        return sorted({line.no for line in self._document.lines if line.type == kind and line.no})

    def _ask_shipment_lines(self) -> None:
        header = self._document.header
        if self._shipped:
            self._ask(
                "shipment_lines",
                SHIPMENT_LINES.sql(
                    "WHERE order_no = ? AND qty_shipped_not_invoiced <> 0 AND NOT correction ORDER BY id"
                )
                + self._lock,
                header.no,
            )
            self._ask("expected_values", _EXPECTED, header.no)
            self._ask("warranty_entries", _WARRANTY, header.no)
            self._ask("held", HELD.format(marks="?"), header.no)
        if any(line.quantity_invoiced for line in self._document.lines):
            self._ask("invoiced_before", _INVOICED_BEFORE, header.no)

    def _ask_invoiced_lines(self) -> None:
        """The invoices whose lines a credit memo takes back; locked, so that no other credits them meanwhile."""
        nos = sorted({line.invoice_no for line in self._document.lines} - {""})
        if nos and self._lock:
            self._ask(
                "locked",
                f"SELECT no FROM service_invoice_header WHERE no IN ({marks(nos)}) ORDER BY no FOR UPDATE",
                *nos,
            )
        if nos:
            self._ask("invoiced_lines", INVOICED_LINES.format(marks=marks(nos)), *nos)

    def _ask_what_it_takes_back(self) -> None:
        """The item entries that goods left with, and the customer entries that the document is applied to."""
        header = self._document.header
        nos = sorted({line.appl_from_item_entry for line in self._document.lines if line.appl_from_item_entry})
        if nos:
            self._ask(
                "outbound", OUTBOUND.sql(f"WHERE entry_no IN ({marks(nos)}) ORDER BY entry_no") + self._lock, *nos
            )
            self._ask("outbound_cost", OUTBOUND_COST.format(marks=marks(nos)), *nos)
        named = (header.applies_to_doc_no or "-", header.applies_to_id or "-")
        if header.applies_to_doc_no or header.applies_to_id:
            self._ask("open_entries", OPEN_ENTRIES.sql(_NAMED_ENTRIES) + " ORDER BY entry_no" + self._lock, *named)
            # Asked after the lock, so that it sees what another posting has just applied.
            self._ask("remaining", _REMAINING, *named)
        if header.applies_to_doc_type == "invoice" and header.applies_to_doc_no:
            self._ask("applied_vat", _APPLIED_VAT, header.applies_to_doc_no)

    def _ask_taken(self) -> None:
        """The shipments that lines of an invoice are made from, and their orders."""
        header = self._document.header
        if header.document_type != "invoice":
            return
        if takes_shipments(self._document.lines):
            if self._lock:
                self._ask("locked", LOCKED, header.no)
            for name, sql in QUERIES.items():
                self._ask(name, sql.format(marks="?"), header.no)
        self._ask("made_from", MADE_FROM.format(marks="?"), header.no)

    def _ask_contracts(self) -> None:
        """The contracts that lines belong to, and the entries that an invoice of theirs bills."""
        header, lines = self._document.header, self._document.lines
        nos = sorted({line.contract_no for line in lines}.union({header.contract_no}) - {""})
        served = sorted({one.contract_no for one in self._document.item_lines if one.contract_line_no} - {""})
        if served and self._lock:
            self._ask("locked_contracts", contract_postings.LOCKED.format(marks=marks(served)), *served)
        if served:
            self._ask("planned_services", contract_postings.PLANNED_SERVICES.format(marks="?"), header.no)
        if not nos:
            return
        if header.document_type == "order":
            self._ask("contract_items", contract_postings.CONTRACT_ITEMS.format(marks=marks(nos)), *nos)
        if self._credits:
            self._ask_credited_contracts(nos)
        if header.document_type != "invoice":
            return
        if self._lock:
            self._ask("locked_contracts", contract_postings.LOCKED.format(marks=marks(nos)), *nos)
        self._ask("made_from_contract", contract_postings.MADE_FROM_CONTRACT.format(marks="?"), header.no)
        self._ask("open_billings", contract_postings.OPEN_BILLINGS.format(marks=marks(nos)), *nos)
        entries = sorted({line.appl_to_service_entry for line in lines if line.appl_to_service_entry})
        if entries:
            self._ask("billed_entries", BILLED.sql(f"WHERE entry_no IN ({marks(entries)}) ORDER BY entry_no"), *entries)

    def _ask_credited_contracts(self, nos: Sequence[str]) -> None:
        """The contracts whose days a credit memo takes back, and all that they have billed."""
        if self._lock:
            self._ask("locked_contracts", contract_postings.LOCKED.format(marks=marks(nos)), *nos)
        own = self._document.header.no
        self._ask("credit_of_contract", contract_postings.CREDIT_OF_CONTRACT.format(marks="?"), own)
        self._ask("open_billings", contract_postings.OPEN_BILLINGS.format(marks=marks(nos)), *nos)
        self._ask("contract_sales", contract_postings.SALES.format(marks=marks(nos)), *nos)
        self._ask("contract_terms", contract_postings.TERMS.format(marks=marks(nos)), *nos)

    def _ask_stock(self) -> None:
        nos = [] if self._credits else self._nos("item")
        if nos:
            self._ask(
                "stock", STOCK.sql(f"WHERE item_no IN ({marks(nos)}) AND open ORDER BY entry_no") + self._lock, *nos
            )

    def _ask_customer(self) -> None:
        header = self._document.header
        if header.bill_to_customer_no and self._setup.receivables.credit_warnings != "none":
            self._ask("balance", BALANCE, self._today, header.bill_to_customer_no)
        if header.external_document_no:
            kind = "credit_memo" if self._credits else "invoice"
            own = header.no if header.document_type == "order" else ""
            self._ask("external", _EXTERNAL, kind, header.bill_to_customer_no, header.external_document_no, own)

    def _ask_series(self) -> None:
        header, service = self._document.header, self._setup.service
        wanted = {
            header.shipping_no_series or service.posted_shipment_nos,
            header.posting_no_series or (service.posted_cr_memo_nos if self._credits else service.posted_invoice_nos),
        }
        codes = sorted(wanted - {""})
        if codes:
            self._ask("series", SERIES.sql(f"WHERE series_code IN ({marks(codes)}) ORDER BY line_no"), *codes)

    def answers(self, results: list[list[Row]]) -> dict[str, Any]:
        rows = dict(zip(self._names, results, strict=True))
        for name in QUERIES.keys() & rows.keys():
            rows[name] = [tuple(row)[1:] for row in rows[name]]
        shipment_lines = rows.get("shipment_lines", []) + rows.get("taken_shipment_lines", [])
        expected_values = rows.get("expected_values", []) + rows.get("taken_expected_values", [])
        warranty_entries = rows.get("warranty_entries", []) + rows.get("taken_warranty_entries", [])
        return {
            "customers": {row.no: row for row in CUSTOMERS.all(rows.get("customers", []))},
            "items": {row.no: row for row in ITEMS.all(rows.get("items", []))},
            "resources": {row.no: row for row in RESOURCES.all(rows.get("resources", []))},
            "service_items": {row.no: row for row in SERVICE_ITEMS.all(rows.get("service_items", []))},
            "stock": tuple(STOCK.all(rows.get("stock", []))),
            "shipment_lines": tuple(SHIPMENT_LINES.all(shipment_lines)),
            "expected_values": {int(row[0]): _expected(row) for row in expected_values},
            "warranty_entries": tuple(WARRANTY.all(warranty_entries)),
            "series": _series(rows.get("series", [])),
            "balance": balance_of(rows.get("balance", [])),
            "external": str(rows["external"][0][0]) if rows.get("external") else "",
            "orders": orders_from(rows),
            "made_from": str(rows["made_from"][0][1]) if rows.get("made_from") else "",
            "invoiced_before": tuple(decimal_from(int(row[1]), 5) for row in rows.get("invoiced_before", [])),
            "held_by_invoices": held_by_invoices(rows.get("held", [])),
            "open_entries": _open_entries(rows),
            "outbound_entries": _outbound_entries(rows),
            "invoiced_lines": {
                (str(row[0]), int(row[1])): _invoiced_line(row) for row in rows.get("invoiced_lines", [])
            },
            "applied_vat": {str(row[0]): decimal_from(int(row[1]), 5) for row in rows.get("applied_vat", [])},
            "contracts": contract_postings.answers(rows),
        }


_EXPECTED = """
SELECT v.item_ledger_entry_no, MAX(i.quantity), MAX(i.invoiced_quantity),
    SUM(CASE WHEN v.expected_cost THEN v.cost_amount_expected ELSE 0 END), SUM(v.cost_amount_expected),
    SUM(CASE WHEN v.expected_cost THEN v.sales_amount_expected ELSE 0 END), SUM(v.sales_amount_expected),
    SUM(v.expected_cost_posted_to_gl), MAX(s.document_no), MAX(s.line_no)
FROM service_shipment_line s
JOIN item_ledger_entry i ON i.document_no = s.document_no AND i.document_line_no = s.line_no
    AND i.document_type = 'service_shipment' AND i.entry_type = 'sale' AND NOT i.completely_invoiced
JOIN value_entry v ON v.item_ledger_entry_no = i.entry_no
WHERE s.order_no = ? AND s.qty_shipped_not_invoiced <> 0 AND NOT s.correction
GROUP BY v.item_ledger_entry_no"""

_INVOICED_BEFORE = """
SELECT l.document_no, SUM(l.amount_including_vat)
FROM service_invoice_line l JOIN service_invoice_header h ON h.no = l.document_no AND h.cancelled_by = ''
WHERE l.order_no = ? AND l.order_line_no <> 0 GROUP BY l.document_no ORDER BY l.document_no"""

_WARRANTY = (
    WARRANTY.sql("w").replace("SELECT ", "SELECT w.").replace(", ", ", w.")
    + """ JOIN service_shipment_line s ON s.warranty_entry_no = w.entry_no
WHERE w.service_order_no = ? AND NOT s.correction ORDER BY w.entry_no"""
)

# "+ 0": in the order of the key PostgreSQL, once it plans for any number, walks through the entries from the first on
# until one fits, and the more there are the longer.
_EXTERNAL = """
SELECT e.document_no FROM customer_ledger_entry e
WHERE e.document_type = ? AND e.customer_no = ? AND e.external_document_no = ? AND NOT EXISTS
(SELECT 1 FROM service_invoice_header i WHERE i.no = e.document_no AND i.order_no <> '' AND i.order_no = ?)
ORDER BY e.entry_no + 0 LIMIT 1"""

_NAMED_ENTRIES = "WHERE (document_no = ? OR applies_to_id = ?)"
_REMAINING = """
SELECT d.customer_entry_no, SUM(d.amount), SUM(d.amount_lcy) FROM detailed_customer_entry d
WHERE d.customer_entry_no IN (SELECT entry_no FROM customer_ledger_entry WHERE document_no = ? OR applies_to_id = ?)
GROUP BY d.customer_entry_no"""

# What left with an item entry, and what has come back of it.
OUTBOUND_COST = """
SELECT i.entry_no,
    (SELECT SUM(v.cost_amount_actual + v.cost_amount_expected) FROM value_entry v
        WHERE v.item_ledger_entry_no = i.entry_no),
    (SELECT SUM(v.cost_amount_actual) FROM service_cr_memo_line l
        JOIN value_entry v ON v.item_ledger_entry_no = l.item_entry_no WHERE l.appl_from_item_entry = i.entry_no)
FROM item_ledger_entry i WHERE i.entry_no IN ({marks})"""

INVOICED_LINES = """
SELECT l.document_no, l.line_no, h.bill_to_customer_no, l.quantity,
    (SELECT SUM(c.quantity) FROM service_cr_memo_line c
        WHERE c.invoice_no = l.document_no AND c.invoice_line_no = l.line_no), h.cancelled_by
FROM service_invoice_line l JOIN service_invoice_header h ON h.no = l.document_no WHERE l.document_no IN ({marks})"""

_APPLIED_VAT = "SELECT vat_identifier, vat_pct FROM posted_vat_line WHERE document_kind = 'invoice' AND document_no = ?"


def _expected(row: Row) -> ExpectedValue:
    quantity, invoiced, *amounts = (decimal_from(int(value), 5) for value in row[1:8])
    cost_first, cost_left, sales_first, sales_left, posted_to_gl = amounts
    return ExpectedValue(
        int(row[0]),
        quantity,
        invoiced,
        cost_first,
        cost_left,
        sales_first,
        sales_left,
        posted_to_gl,
        str(row[8]),
        int(row[9]),
    )


def _open_entries(rows: dict[str, list[Row]]) -> tuple[OpenEntry, ...]:
    sums = {int(row[0]): row[1:] for row in rows.get("remaining", [])}
    found = []
    for entry in OPEN_ENTRIES.all(rows.get("open_entries", [])):
        amount, lcy = (decimal_from(int(value), 5) for value in sums.get(entry.entry_no, (0, 0)))
        found.append(changed(entry, remaining=amount, remaining_lcy=lcy))
    return tuple(found)


def _outbound_entries(rows: dict[str, list[Row]]) -> dict[int, OutboundEntry]:
    costs = {
        int(row[0]): tuple(decimal_from(int(value or 0), 5) for value in row[1:])
        for row in rows.get("outbound_cost", [])
    }
    return {
        entry.entry_no: changed(entry, cost=costs[entry.entry_no][0], cost_back=costs[entry.entry_no][1])
        for entry in OUTBOUND.all(rows.get("outbound", []))
    }


def _invoiced_line(row: Row) -> InvoicedLine:
    no, line_no, payer, quantity, credited, cancelled_by = row
    invoiced, back = (decimal_from(int(value or 0), 5) for value in (quantity, credited))
    return InvoicedLine(str(no), int(line_no), str(payer), invoiced, back, bool(cancelled_by))


def _series(rows: list[Row]) -> dict[str, tuple[SeriesLine, ...]]:
    found: dict[str, list[SeriesLine]] = {}
    for line in SERIES.all(rows):
        found.setdefault(line.series_code, []).append(line)
    return {code: tuple(lines) for code, lines in found.items()}

"""Snapshots of many documents in as many queries as one takes: for work lists that say of each what posting would find.

Every query of a snapshot is asked once for all documents; each document then takes its own rows. What comes out is
what `load_snapshot` gives for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from db.session import Query, Row, Session
from webapp.posting.setup import Setup
from webapp.posting.snapshot import DocumentKey, Snapshot
from webapp.store import contract_postings
from webapp.store.readers import (
    BILLED,
    CONTRACT_TERMS,
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
from webapp.store.rows import Reader
from webapp.store.setup_cache import VERSION_SQL, load_setup
from webapp.store.shipped_orders import HELD, MADE_FROM, QUERIES
from webapp.store.snapshots import INVOICED_LINES, OUTBOUND_COST, Document, Queries, assembled, marks

__all__ = ["load_documents", "load_snapshots"]


@dataclass(frozen=True, slots=True)
class _ForMany:
    """A query of a snapshot, asked for many: `sql` with {marks} where the keys go, `key` the place of a row's key.

    A `leading` key stands before the columns that the query for one document has.
    """

    sql: str
    key: int = 0
    leading: bool = False

    def rows_of(self, rows: Sequence[Row], keys: frozenset[object]) -> list[Row]:
        """The rows with one of these keys, in their order, with the columns that the query for one document has."""
        return [tuple(row)[1:] if self.leading else row for row in rows if row[self.key] in keys]


def _of_table(reader: Reader[Any], key: str, rest: str = "") -> _ForMany:
    return _ForMany(reader.sql(f"WHERE {key} IN ({{marks}}){rest}"), reader.names.index(key))


_OPEN = " AND qty_shipped_not_invoiced <> 0 AND NOT correction ORDER BY id"
_WARRANTY_COLUMNS = ", ".join(f"w.{name}" for name in WARRANTY.names)
_FOR_MANY: Mapping[str, _ForMany] = {
    "customers": _of_table(CUSTOMERS, "no"),
    "items": _of_table(ITEMS, "no"),
    "resources": _of_table(RESOURCES, "no"),
    "service_items": _of_table(SERVICE_ITEMS, "no"),
    "shipment_lines": _of_table(SHIPMENT_LINES, "order_no", _OPEN),
    "stock": _of_table(STOCK, "item_no", " AND open ORDER BY entry_no"),
    "series": _of_table(SERIES, "series_code", " ORDER BY line_no"),
    "expected_values": _ForMany(
        "SELECT s.order_no, v.item_ledger_entry_no, MAX(i.quantity), MAX(i.invoiced_quantity),"
        " SUM(CASE WHEN v.expected_cost THEN v.cost_amount_expected ELSE 0 END), SUM(v.cost_amount_expected),"
        " SUM(CASE WHEN v.expected_cost THEN v.sales_amount_expected ELSE 0 END), SUM(v.sales_amount_expected),"
        " SUM(v.expected_cost_posted_to_gl), MAX(s.document_no), MAX(s.line_no) FROM service_shipment_line s"
        " JOIN item_ledger_entry i ON i.document_no = s.document_no AND i.document_line_no = s.line_no"
        " AND i.document_type = 'service_shipment' AND i.entry_type = 'sale' AND NOT i.completely_invoiced"
        " JOIN value_entry v ON v.item_ledger_entry_no = i.entry_no"
        " WHERE s.order_no IN ({marks}) AND s.qty_shipped_not_invoiced <> 0 AND NOT s.correction"
        " GROUP BY s.order_no, v.item_ledger_entry_no",
        leading=True,
    ),
    "warranty_entries": _ForMany(
        f"SELECT w.service_order_no, {_WARRANTY_COLUMNS} FROM warranty_ledger_entry w"
        " JOIN service_shipment_line s ON s.warranty_entry_no = w.entry_no"
        " WHERE w.service_order_no IN ({marks}) AND NOT s.correction ORDER BY w.entry_no",
        leading=True,
    ),
    "invoiced_before": _ForMany(
        "SELECT l.order_no, l.document_no, SUM(l.amount_including_vat) FROM service_invoice_line l"
        " JOIN service_invoice_header h ON h.no = l.document_no AND h.cancelled_by = ''"
        " WHERE l.order_no IN ({marks}) AND l.order_line_no <> 0"
        " GROUP BY l.order_no, l.document_no ORDER BY l.document_no",
        leading=True,
    ),
    "held": _ForMany(HELD),
    "invoiced_lines": _ForMany(INVOICED_LINES),
    "outbound": _of_table(OUTBOUND, "entry_no", " ORDER BY entry_no"),
    "outbound_cost": _ForMany(OUTBOUND_COST),
    "applied_vat": _ForMany(
        "SELECT document_no, vat_identifier, vat_pct FROM posted_vat_line"
        " WHERE document_kind = 'invoice' AND document_no IN ({marks})",
        leading=True,
    ),
    **{name: _ForMany(sql) for name, sql in QUERIES.items()},
    "made_from": _ForMany(MADE_FROM),
    "made_from_contract": _ForMany(contract_postings.MADE_FROM_CONTRACT),
    "credit_of_contract": _ForMany(contract_postings.CREDIT_OF_CONTRACT),
    "contract_sales": _ForMany(contract_postings.SALES, BILLED.names.index("service_contract_no")),
    "contract_terms": _ForMany(contract_postings.TERMS, CONTRACT_TERMS.names.index("no")),
    "open_billings": _ForMany(contract_postings.OPEN_BILLINGS),
    "planned_services": _ForMany(contract_postings.PLANNED_SERVICES),
    "contract_items": _ForMany(contract_postings.CONTRACT_ITEMS),
    "billed_entries": _of_table(BILLED, "entry_no", " ORDER BY entry_no"),
}
_NAMED = {
    "open_entries": OPEN_ENTRIES.sql("WHERE document_no IN ({marks}) OR applies_to_id IN ({others}) ORDER BY entry_no"),
    "remaining": "SELECT d.customer_entry_no, SUM(d.amount), SUM(d.amount_lcy) FROM detailed_customer_entry d"
    " WHERE d.customer_entry_no IN (SELECT entry_no FROM customer_ledger_entry"
    " WHERE document_no IN ({marks}) OR applies_to_id IN ({others})) GROUP BY d.customer_entry_no",
}
_PAIRS = frozenset({"external", *_NAMED})  # asked for by more than one argument at a time
_BALANCES = """
SELECT customer_no, SUM(amount_lcy), SUM(CASE WHEN dated AND day < ? THEN amount_lcy ELSE 0 END)
FROM customer_balance WHERE customer_no IN ({marks}) GROUP BY customer_no"""
_USED_NOS = """
SELECT e.customer_no, e.external_document_no, COALESCE(i.order_no, ''), e.document_no FROM customer_ledger_entry e
LEFT JOIN service_invoice_header i ON i.no = e.document_no
WHERE e.document_type = ? AND e.customer_no IN ({marks}) AND e.external_document_no IN ({others})
ORDER BY e.entry_no"""


async def load_documents(session: Session, keys: Sequence[DocumentKey]) -> tuple[dict[DocumentKey, Document], Setup]:
    """Those of these documents that exist, in the order asked for, and the set-up; all keys of one document type."""
    if not keys:
        return {}, await load_setup(session)
    kind, nos = keys[0].document_type, [key.no for key in keys]
    assert all(key.document_type == kind for key in keys)
    of_lines = f"WHERE document_type = ? AND document_no IN ({marks(nos)}) ORDER BY line_no"
    found = await session.fetch_all(
        [
            (HEADERS.sql(f"WHERE document_type = ? AND no IN ({marks(nos)})"), (kind, *nos)),
            (f"SELECT document_no, {', '.join(ITEM_LINES.names)} FROM service_item_line {of_lines}", (kind, *nos)),
            (f"SELECT document_no, {', '.join(LINES.names)} FROM service_line {of_lines}", (kind, *nos)),
            (VERSION_SQL, ()),
        ]
    )
    setup = await load_setup(session, int(found[3][0][0]))
    headers = {header.no: header for header in HEADERS.all(found[0])}
    item_lines, lines = ({no: [] for no in headers} for _ in range(2))  # type: ignore[var-annotated]
    for rows, reader, of in ((found[1], ITEM_LINES, item_lines), (found[2], LINES, lines)):
        for no, *row in rows:
            if no in of:
                of[no].append(reader.one(row))
    documents = {
        key: Document(headers[key.no], tuple(item_lines[key.no]), tuple(lines[key.no]))
        for key in keys
        if key.no in headers
    }
    return documents, setup


async def load_snapshots(
    session: Session, keys: Sequence[DocumentKey], user_name: str, today: date
) -> dict[DocumentKey, Snapshot]:
    """The snapshot of each of these documents that exists; reads only, the same number of queries for any number."""
    documents, setup = await load_documents(session, keys)
    asked = {key: Queries(session, document, setup, today, False) for key, document in documents.items()}
    wanted: dict[str, dict[object, None]] = {}
    for queries in asked.values():
        for name, args in queries.asked:
            wanted.setdefault(name, {}).update(dict.fromkeys([args] if name in _PAIRS else args))
    names = list(wanted)
    results = await session.fetch_all([_query(name, wanted[name], today) for name in names]) if names else []
    found = dict(zip(names, results, strict=True))
    snapshots = {}
    for key, document in documents.items():
        own = asked[key]
        rows = [_own_rows(name, found[name], args) for name, args in own.asked]
        snapshots[key] = assembled(document, setup, user_name, today, own.answers(rows))
    return snapshots


def _query(name: str, keys: Mapping[object, None], today: date) -> Query:
    if name == "balance":
        payers = [key for key in keys if key != today]
        return _BALANCES.format(marks=marks(payers)), (today, *payers)
    if name == "external":
        kinds, payers, nos = ([*dict.fromkeys(one[at] for one in keys)] for at in (0, 1, 2))  # type: ignore[index]
        return _USED_NOS.format(marks=marks(payers), others=marks(nos)), (kinds[0], *payers, *nos)
    if name in _NAMED:
        nos, ids = ([*dict.fromkeys(pair[at] for pair in keys)] for at in (0, 1))  # type: ignore[index]
        return _NAMED[name].format(marks=marks(nos), others=marks(ids)), (*nos, *ids)
    return _FOR_MANY[name].sql.format(marks=marks([*keys])), tuple(keys)


def _own_rows(name: str, rows: Sequence[Row], args: Sequence[object]) -> list[Row]:
    """The rows that the document's own query would have found."""
    if name == "balance":
        return [tuple(row)[1:] for row in rows if row[0] == args[-1]]
    if name == "external":
        _, payer, no, own = args
        return [tuple(row)[3:] for row in rows if (row[0], row[1]) == (payer, no) and not (own and row[2] == own)][:1]
    if name == "open_entries":
        no, mark = (OPEN_ENTRIES.names.index(column) for column in ("document_no", "applies_to_id"))
        return [row for row in rows if row[no] == args[0] or row[mark] == args[1]]
    if name == "remaining":
        return list(rows)  # of all entries that were named; each document's own take theirs
    return _FOR_MANY[name].rows_of(rows, frozenset(args))

"""What posting an invoice of shipments may know of those shipments and their orders (P-106): the queries for it.

Each query is asked for any number of invoices; its rows begin with the number of the invoice that they belong to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from db.session import Row, Session
from webapp.posting.snapshot import DocumentKey, ItemLine, Line, ShippedOrder
from webapp.store.readers import CUSTOMERS, HEADERS, ITEM_LINES, LINES, SHIPMENT_LINES, WARRANTY
from webapp.store.rows import Reader, decimal_from

# The shipment lines, and the orders, that stand on invoices, each once for an invoice.
_TAKEN = (
    "(SELECT DISTINCT document_no, shipment_no, shipment_line_no FROM service_line"
    " WHERE document_type = 'invoice' AND document_no IN ({marks}) AND shipment_line_no <> 0) t"
)
_ORDERS = (
    "(SELECT DISTINCT document_no, order_no FROM service_line"
    " WHERE document_type = 'invoice' AND document_no IN ({marks}) AND order_no <> '') t"
)
_SHIPMENT = "service_shipment_line s ON s.document_no = t.shipment_no AND s.line_no = t.shipment_line_no"


def _columns(reader: Reader[Any], table: str) -> str:
    return ", ".join(f"{table}.{name}" for name in reader.names)


QUERIES: Final[Mapping[str, str]] = {
    "taken_shipment_lines": (
        f"SELECT t.document_no, {_columns(SHIPMENT_LINES, 's')} FROM {_TAKEN} JOIN {_SHIPMENT}"
        " WHERE NOT s.correction ORDER BY s.document_no, s.line_no"
    ),
    "taken_expected_values": (
        "SELECT t.document_no, v.item_ledger_entry_no, MAX(i.quantity), MAX(i.invoiced_quantity),"
        " SUM(CASE WHEN v.expected_cost THEN v.cost_amount_expected ELSE 0 END), SUM(v.cost_amount_expected),"
        " SUM(CASE WHEN v.expected_cost THEN v.sales_amount_expected ELSE 0 END), SUM(v.sales_amount_expected),"
        f" SUM(v.expected_cost_posted_to_gl), MAX(s.document_no), MAX(s.line_no) FROM {_TAKEN} JOIN {_SHIPMENT}"
        " JOIN item_ledger_entry i ON i.document_no = s.document_no AND i.document_line_no = s.line_no"
        " AND i.document_type = 'service_shipment' AND i.entry_type = 'sale' AND NOT i.completely_invoiced"
        " JOIN value_entry v ON v.item_ledger_entry_no = i.entry_no"
        " WHERE NOT s.correction GROUP BY t.document_no, v.item_ledger_entry_no"
    ),
    "taken_warranty_entries": (
        f"SELECT t.document_no, {_columns(WARRANTY, 'w')} FROM {_ORDERS}"
        " JOIN service_shipment_line s ON s.order_no = t.order_no AND s.warranty_entry_no IS NOT NULL"
        " JOIN warranty_ledger_entry w ON w.entry_no = s.warranty_entry_no WHERE NOT s.correction ORDER BY w.entry_no"
    ),
    "taken_orders": (
        f"SELECT t.document_no, {_columns(HEADERS, 'o')} FROM {_ORDERS}"
        " JOIN service_header o ON o.document_type = 'order' AND o.no = t.order_no ORDER BY o.no"
    ),
    "taken_item_lines": (
        f"SELECT t.document_no, o.document_no, {_columns(ITEM_LINES, 'o')} FROM {_ORDERS}"
        " JOIN service_item_line o ON o.document_type = 'order' AND o.document_no = t.order_no ORDER BY o.line_no"
    ),
    "taken_lines": (
        f"SELECT t.document_no, o.document_no, {_columns(LINES, 'o')} FROM {_ORDERS}"
        " JOIN service_line o ON o.document_type = 'order' AND o.document_no = t.order_no ORDER BY o.line_no"
    ),
    "taken_customers": (
        f"SELECT DISTINCT t.document_no, {_columns(CUSTOMERS, 'c')} FROM {_ORDERS}"
        " JOIN service_header o ON o.document_type = 'order' AND o.no = t.order_no"
        " JOIN customer c ON c.no = o.customer_no"
    ),
}
MADE_FROM: Final = (
    "SELECT destination_no, source_no FROM service_document_register"
    " WHERE destination_kind = 'invoice' AND destination_no IN ({marks}) AND source_kind = 'order'"
)
HELD: Final = (
    "SELECT order_no, shipment_no, shipment_line_no, document_no, SUM(quantity) FROM service_line"
    " WHERE document_type = 'invoice' AND order_no IN ({marks}) AND shipment_line_no <> 0"
    " GROUP BY order_no, shipment_no, shipment_line_no, document_no ORDER BY document_no"
)
LOCKED: Final = (
    "SELECT s.id FROM service_shipment_line s WHERE (s.document_no, s.line_no) IN"
    " (SELECT l.shipment_no, l.shipment_line_no FROM service_line l"
    " WHERE l.document_type = 'invoice' AND l.document_no = ? AND l.shipment_line_no <> 0)"
    " ORDER BY s.document_no, s.line_no FOR UPDATE OF s"
)
"""Locks the shipment lines of an invoice in the order of their keys (O-27); on PostgreSQL only."""


def takes_shipments(lines: Iterable[Line]) -> bool:
    """Whether a document has lines made from shipments."""
    return any(line.shipment_line_no for line in lines)


def held_by_invoices(rows: Sequence[Row]) -> dict[tuple[str, int], dict[str, Decimal]]:
    """What open invoices hold of the shipment lines of an order, by shipment line and invoice (D-52)."""
    found: dict[tuple[str, int], dict[str, Decimal]] = {}
    for _, shipment, line_no, invoice, quantity in rows:
        found.setdefault((str(shipment), int(line_no)), {})[str(invoice)] = decimal_from(int(quantity), 5)
    return found


def orders_from(rows: Mapping[str, Sequence[Row]]) -> dict[str, ShippedOrder]:
    """The orders of one invoice, from the rows of its own queries without their leading column."""
    customers = {one.no: one for one in CUSTOMERS.all(rows.get("taken_customers", ()))}
    item_lines: dict[str, list[ItemLine]] = {}
    lines: dict[str, list[Line]] = {}
    for no, *row in rows.get("taken_item_lines", ()):
        item_lines.setdefault(no, []).append(ITEM_LINES.one(row))
    for no, *row in rows.get("taken_lines", ()):
        lines.setdefault(no, []).append(LINES.one(row))
    return {
        header.no: ShippedOrder(
            header,
            tuple(item_lines.get(header.no, ())),
            tuple(lines.get(header.no, ())),
            customers.get(header.customer_no),
        )
        for header in HEADERS.all(rows.get("taken_orders", ()))
    }


async def lock_orders(session: Session, key: DocumentKey) -> frozenset[str] | None:
    """Locks the orders of an invoice, by number, before the invoice itself (O-27), and says which they were; None
    where nothing else can be writing."""
    if session.dialect != "postgresql" or key.document_type != "invoice":
        return None
    named = await session.fetch(
        "SELECT DISTINCT order_no FROM service_line WHERE document_type = 'invoice' AND document_no = ?"
        " AND order_no <> ''",
        key.no,
    )
    nos = [str(row[0]) for row in named]
    if not nos:
        return frozenset()
    places = ", ".join("?" * len(nos))
    sql = f"SELECT no FROM service_header WHERE document_type = 'order' AND no IN ({places}) ORDER BY no FOR UPDATE"
    return frozenset(str(row[0]) for row in await session.fetch(sql, *nos))

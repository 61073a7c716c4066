"""What was done on a service item: contracts, orders and posted documents, with what they came to for it (D-148)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from db.engine import reading
from db.session import Query
from webapp.store.document_lists import CREDIT_MEMOS, INVOICES, ORDERS, SHIPMENTS, counted
from webapp.store.rows import codec, decimal_from

__all__ = ["KINDS", "MOST", "Served", "history_of"]

MOST: Final = 20
"""So many documents of each kind, the latest ones."""
KINDS: Final = {"order": ORDERS, "shipment": SHIPMENTS, "invoice": INVOICES, "credit_memo": CREDIT_MEMOS}


@dataclass(frozen=True, slots=True)
class Served:
    """A document of a service item. `amount`: its lines for this service item without VAT, in the currency of the
    document; of a shipment and a closed order in LCY. Without one: a contract, a shipment of nothing for it."""

    kind: str
    no: str
    day: date | None
    order_no: str
    description: str
    customer_name: str
    currency_code: str
    amount: Decimal | None
    closed: bool = False


_HEAD: Final = "COALESCE(h.description, ''), h.customer_name, COALESCE(h.currency_code, '')"
_OF_ENTRIES: Final = "FROM service_ledger_entry e WHERE e.service_item_no = ? AND"


def _latest(kind: str) -> str:
    """The latest numbers among those of the service item, in the order of the index that has them."""
    sources = [one.format("?") for one in KINDS[kind].of_machines]
    latest = (f"SELECT DISTINCT m.no FROM ({one}) m ORDER BY m.no DESC LIMIT {MOST}" for one in sources)
    return " UNION ".join(f"SELECT n.no FROM ({one}) n" for one in latest)


def _asking(sql: str, no: str) -> Query:
    """The query, each of whose marks stands for the service item."""
    return sql, (no,) * sql.count("?")


def _orders(no: str) -> Query:
    amount = (
        "(SELECT SUM(l.line_amount) FROM service_line l WHERE l.document_type = 'order' AND l.document_no = h.no"
        " AND l.service_item_no = ?)"
    )
    return _asking(
        f"SELECT h.no, h.posting_date, h.no, {_HEAD}, {amount} FROM service_header h"
        f" WHERE h.document_type = 'order' AND h.no IN ({_latest('order')})",
        no,
    )


def _closed_orders(no: str) -> Query:
    """As their shipments name them. What was invoiced of them stands in the service ledger."""
    invoiced = f"(SELECT -SUM(e.amount_lcy) {_OF_ENTRIES} e.service_order_no = h.no AND e.entry_type = 'sale')"
    return _asking(
        f"SELECT h.no, h.posting_date, h.no, COALESCE(h.description, ''), h.customer_name, '', {invoiced}"
        " FROM order_archive h WHERE h.no IN (SELECT s.order_no FROM service_shipment_header s"
        f" WHERE s.no IN ({_latest('shipment')}))"
        " AND NOT EXISTS (SELECT 1 FROM order_archive v WHERE v.no = h.no AND v.version > h.version)"
        " AND NOT EXISTS (SELECT 1 FROM service_header o WHERE o.document_type = 'order' AND o.no = h.no)",
        no,
    )


def _shipments(no: str) -> Query:
    used = f"(SELECT SUM(e.amount_lcy) {_OF_ENTRIES} e.document_type = 'shipment' AND e.document_no = h.no)"
    head = "COALESCE(h.description, ''), h.customer_name, ''"
    return _asking(
        f"SELECT h.no, h.posting_date, h.order_no, {head}, {used} FROM service_shipment_header h"
        f" WHERE h.no IN ({_latest('shipment')})",
        no,
    )


def _billed(kind: str, lines: str, no: str) -> Query:
    amount = f"(SELECT SUM(l.amount) FROM {lines} l WHERE l.document_no = h.no AND l.service_item_no = ?)"
    return _asking(
        f"SELECT h.no, h.posting_date, h.order_no, {_HEAD}, {amount} FROM {codec(KINDS[kind].table).name} h"
        f" WHERE h.no IN ({_latest(kind)})",
        no,
    )


def _contracts(no: str) -> Query:
    return (
        "SELECT h.no, h.starting_date, '', COALESCE(h.description, ''), c.name, COALESCE(h.currency_code, ''), NULL"
        " FROM service_contract h JOIN customer c ON c.no = h.customer_no WHERE h.kind = 'contract' AND h.no IN"
        " (SELECT l.contract_no FROM service_contract_line l WHERE l.kind = 'contract' AND l.service_item_no = ?)"
        f" ORDER BY h.no DESC LIMIT {MOST}",
        (no,),
    )


def _counts(no: str) -> Query:
    counts = []
    for which in KINDS.values():
        base = f" AND {which.base}" if which.base else ""
        source = f"{codec(which.table).name} h WHERE {which.of_some('?')}{base}"
        counts.append(f"({counted(source)})")
    return _asking(f"SELECT {', '.join(counts)}", no)


async def history_of(no: str) -> tuple[Sequence[Served], Mapping[str, int]]:
    """The latest documents of a service item, the newest first; and how many of each kind its lists show. One round of
    queries, each through indexes by the service item."""
    queries = {
        "contract": _contracts(no),
        "order": _orders(no),
        "closed": _closed_orders(no),
        "shipment": _shipments(no),
        "invoice": _billed("invoice", "service_invoice_line", no),
        "credit_memo": _billed("credit_memo", "service_cr_memo_line", no),
    }
    async with reading() as session:
        *found, counts = await session.fetch_all([*queries.values(), _counts(no)])
    by_kind = [_newest(_served(kind, row) for row in rows) for kind, rows in zip(queries, found, strict=True)]
    served = _newest(one for kind in by_kind for one in kind[:MOST])
    return served, dict(zip(KINDS, map(int, counts[0]), strict=True))


def _newest(served: Iterable[Served]) -> list[Served]:
    return sorted(served, key=lambda one: (one.day or date.min, one.no), reverse=True)


def _served(kind: str, row: Sequence[Any]) -> Served:
    no, day, order_no, description, customer, currency, amount = row
    closed = kind == "closed"
    worth = None if amount is None else decimal_from(int(amount), 5)
    names = (str(order_no), str(description), str(customer), str(currency))
    return Served("order" if closed else kind, str(no), day, *names, worth, closed)

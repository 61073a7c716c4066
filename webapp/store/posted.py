"""Posted documents with their lines, their VAT, and every ledger entry of their posting (P-37, D-92 … D-98)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from piccolo.table import Table

from db import ledgers, posted
from db.engine import fetch, reading
from db.session import Session
from webapp.posting.snapshot import DocumentKey
from webapp.store.chains import Step, chain_from, chain_queries
from webapp.store.ledgers import ENTRIES, MADE, Ledger
from webapp.store.rows import codec, decimal_from
from webapp.store.supplies import Supply, supplies_of

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entries:
    """The rows of one ledger that a posting wrote."""

    ledger: Ledger
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class PostedDocument:
    """A posted shipment, invoice or credit memo: header, lines, VAT specification, service item lines, and the entries
    of its posting."""

    kind: str
    header: Row
    lines: Sequence[Row]
    item_lines: Sequence[Row]
    vat: Sequence[Row]
    entries: Sequence[Entries]
    run: Row
    chain: Mapping[str, Sequence[Step]]
    open_order: bool
    remaining: Any = None
    supplies: Sequence[Supply] = ()


_HEADERS: Mapping[str, type[Table]] = {
    "shipment": posted.ServiceShipmentHeader,
    "invoice": posted.ServiceInvoiceHeader,
    "credit_memo": posted.ServiceCrMemoHeader,
}
LINE_TABLES: Mapping[str, type[Table]] = {
    "shipment": posted.ServiceShipmentLine,
    "invoice": posted.ServiceInvoiceLine,
    "credit_memo": posted.ServiceCrMemoLine,
}


def _select(table: type[Table], where: str, columns: Sequence[str] = ()) -> str:
    rows = codec(table)
    return rows.select(columns or tuple(rows.columns), where)


class Rows(list[Row]):
    """Rows of a table with what they were read from: equal if that is equal, and much cheaper to compare."""

    def __init__(self, rows: Iterable[Row], read_from: Hashable) -> None:
        super().__init__(rows)
        self.read_from = read_from


def _read(table: type[Table], found: Sequence[Sequence[Any]]) -> Rows:
    rows = codec(table)
    names = tuple(rows.columns)
    return Rows((rows.read(names, row) for row in found), (rows.name, *map(tuple, found)))


def _with_serials(lines: Rows, found: Sequence[Sequence[Any]]) -> Rows:
    """The lines with the serial number of what was served (D-101, D-148)."""
    serials = {str(no): str(serial) for no, serial in found}
    read_from = (lines.read_from, tuple(sorted(serials.items())))
    return Rows(({**line, "serial_no": serials.get(line["service_item_no"], "")} for line in lines), read_from)


async def load_posted(kind: str, no: str, *, with_entries: bool = True) -> PostedDocument | None:
    """A posted document by its number; few queries, however many lines it has. Its entries are many more rows than
    itself: without them for who shows them later or not at all."""
    table, line_table = _HEADERS[kind], LINE_TABLES[kind]
    async with reading() as session:
        first = await session.fetch_all(
            [
                (_select(table, "WHERE no = ?"), (no,)),
                (_select(line_table, "WHERE document_no = ? ORDER BY line_no"), (no,)),
                (_select(posted.ServiceShipmentItemLine, "WHERE document_no = ? ORDER BY line_no"), (no,)),
                (
                    _select(posted.PostedVatLine, "WHERE document_kind = ? AND document_no = ? ORDER BY line_no"),
                    (kind, no),
                ),
                (
                    "SELECT s.no, s.serial_no FROM service_item s WHERE s.serial_no <> '' AND s.no IN"
                    f" (SELECT l.service_item_no FROM {codec(line_table).name} l WHERE l.document_no = ?)",
                    (no,),
                ),
            ]
        )
        if not first[0]:
            return None
        header = _read(table, first[0])[0]
        lines = _with_serials(_read(line_table, first[1]), first[4])
        run = header["posting_run_no"]
        entries = await entries_of_run(session, run) if with_entries else []
        others = await _around(session, kind, header, [line["order_no"] for line in lines if line["order_no"]])
        supplies = await supplies_of(session, [line["order_no"] for line in lines])
    return PostedDocument(
        kind,
        header,
        lines,
        _read(posted.ServiceShipmentItemLine, first[2]) if kind == "shipment" else [],
        _read(posted.PostedVatLine, first[3]),
        entries,
        others["run"],
        others["chain"],
        others["open_order"],
        others["remaining"],
        [one for one in supplies if no in (one.shipped.document_no, one.invoiced.document_no)],
    )


async def entries_of_run(session: Session, run: int) -> list[Entries]:
    """Every entry that one posting wrote, ledger by ledger; ledgers without any are left out."""
    queries = [(_entries_sql(ledger), (run,)) for ledger in ENTRIES]
    found = await session.fetch_all(queries)
    return [Entries(ledger, _entries(ledger, rows)) for ledger, rows in zip(ENTRIES, found, strict=True) if rows]


def _entries_sql(ledger: Ledger) -> str:
    names = [f"h.{name}" for name in ledger.own] + list(ledger.names.values()) + list(MADE.values())
    return f"SELECT {', '.join(names)} FROM {ledger.name} h WHERE h.posting_run_no = ? ORDER BY h.entry_no"


def _entries(ledger: Ledger, rows: Sequence[Sequence[Any]]) -> Rows:
    own, extra, read = ledger.own, (*ledger.names, *MADE), codec(ledger.table).read
    count = len(own)
    read_from = (ledger.name, *map(tuple, rows))
    return Rows((read(own, row[:count]) | dict(zip(extra, row[count:], strict=True)) for row in rows), read_from)


async def load_run(no: int) -> tuple[Row, list[Entries]] | None:
    """A posting run with everything that it wrote."""
    async with reading() as session:
        found = await session.fetch(_select(ledgers.PostingRun, "WHERE no = ?"), no)
        return (_read(ledgers.PostingRun, found)[0], await entries_of_run(session, no)) if found else None


@dataclass(frozen=True, slots=True)
class OrderInvoice:
    """A posted invoice with lines of an order, and what of it belongs to the order (D-139)."""

    no: str
    day: date
    currency_code: str
    quantity: Decimal
    amount: Decimal
    amount_including_vat: Decimal
    total: Decimal
    other_orders: int
    cancelled_by: str


async def invoices_of_order(order_no: str) -> list[OrderInvoice]:
    """The posted invoices that name an order on a line, those of several orders included."""
    rows = await fetch(_OF_ORDER_WITH_SUMS, order_no, order_no)
    found = []
    for no, day, currency, *sums, others, cancelled_by in rows:
        quantity, amount, including, total = (decimal_from(int(value), 5) for value in sums)
        names = (str(no), day, str(currency or ""))
        found.append(OrderInvoice(*names, quantity, amount, including, total, int(others), str(cancelled_by or "")))
    return found


_OF_ORDER_WITH_SUMS = """
SELECT h.no, h.posting_date, h.currency_code, SUM(l.quantity), SUM(l.amount), SUM(l.amount_including_vat),
    h.amount_including_vat, (SELECT COUNT(DISTINCT o.order_no) FROM service_invoice_line o
    WHERE o.document_no = h.no AND o.order_no NOT IN ('', ?)), h.cancelled_by
FROM service_invoice_line l JOIN service_invoice_header h ON h.no = l.document_no
WHERE l.order_no = ? AND l.order_line_no <> 0
GROUP BY h.no, h.posting_date, h.currency_code, h.amount_including_vat, h.cancelled_by ORDER BY h.no"""


async def _around(session: Session, kind: str, header: Row, orders: Sequence[str]) -> dict[str, Any]:
    """The posting run, the other documents of the order, whether the order is still open, what is left to pay."""
    chain = chain_queries(kind, header, orders)
    run, is_open, remaining, *others = await session.fetch_all(
        [
            (_select(ledgers.PostingRun, "WHERE no = ?"), (header["posting_run_no"],)),
            ("SELECT 1 FROM service_header WHERE document_type = 'order' AND no = ?", (header["order_no"],)),
            (
                "SELECT SUM(amount) FROM detailed_customer_entry WHERE customer_entry_no = ?",
                (header.get("customer_entry_no") or 0,),
            ),
            *chain.values(),
        ]
    )
    return {
        "run": _read(ledgers.PostingRun, run)[0],
        "chain": chain_from(dict(zip(chain, others, strict=True))),
        "open_order": bool(is_open),
        "remaining": _money(remaining[0][0]),
    }


def _money(scaled: Any) -> Decimal | None:
    return None if scaled is None else decimal_from(int(scaled), 5)


async def source_of(kind: str, no: str) -> DocumentKey | None:
    """The open document that a posted one comes from: an order, an invoice by hand, a credit memo. None when there is
    no such document, and for the shipment of an invoice, which names only the posted invoice."""
    names = "order_no, ''" if kind == "shipment" else "order_no, pre_assigned_no"
    rows = await fetch(f"SELECT {names} FROM {codec(_HEADERS[kind]).name} WHERE no = ?", no)
    if not rows:
        return None
    order_no, pre_assigned_no = map(str, rows[0])
    if pre_assigned_no:
        return DocumentKey(kind, pre_assigned_no)
    return DocumentKey("order", order_no) if order_no else None


async def posted_from(key: DocumentKey) -> str:
    """The number under which an open invoice or credit memo was posted; blank when it was not."""
    table = codec(_HEADERS[key.document_type]).name
    sql = f"SELECT MAX(no) FROM {table} WHERE pre_assigned_no = ? AND pre_assigned_no <> ''"
    rows = await fetch(sql, key.no)
    return str(rows[0][0] or "")


async def lcy_code() -> str:
    """The company's own currency."""
    rows = await fetch("SELECT lcy_code FROM ledger_setup")
    return str(rows[0][0] or "") if rows else ""


@dataclass(frozen=True, slots=True)
class Sums:
    """What a posted invoice or credit memo comes to, in its currency."""

    amount: Decimal
    amount_including_vat: Decimal
    currency: str

    @property
    def vat(self) -> Decimal:
        return self.amount_including_vat - self.amount


async def sums_of(kind: str, no: str) -> Sums | None:
    """What this document comes to; None for one without amounts."""
    if kind not in ("invoice", "credit_memo"):
        return None
    sql = (
        "SELECT h.amount, h.amount_including_vat, COALESCE(h.currency_code, l.lcy_code)"
        f" FROM {codec(_HEADERS[kind]).name} h CROSS JOIN ledger_setup l WHERE h.no = ?"
    )
    rows = await fetch(sql, no)
    return Sums(decimal_from(rows[0][0], 5), decimal_from(rows[0][1], 5), str(rows[0][2])) if rows else None


# What was used is consumed by an entry of the same shipment line that stands against it (P-112, P-115).
_SHIPPED = (
    "SELECT l.order_line_no, l.type, l.no, l.description, l.quantity, l.uom,"
    " COALESCE(-e.quantity, 0), COALESCE(-e.cost_amount, 0)"
    " FROM service_shipment_line l LEFT JOIN service_ledger_entry e ON e.entry_type = 'consume'"
    " AND e.document_type = 'shipment' AND e.document_no = l.document_no AND e.document_line_no = l.line_no"
    " WHERE l.document_no = ? AND COALESCE(l.correction_of_line_no, 0) = 0 ORDER BY l.line_no"
)


async def shipped_of(no: str) -> list[Row]:
    """The lines of a shipment as they were posted: quantity shipped, consumed of it, and cost of that in LCY."""
    rows = await fetch(_SHIPPED, no)
    return [
        {
            "line_no": int(line_no or 0),
            "type": str(kind),
            "no": str(product or ""),
            "description": str(text or ""),
            "quantity": decimal_from(quantity, 5),
            "uom": str(uom or ""),
            "quantity_consumed": decimal_from(consumed, 5),
            "cost_amount": decimal_from(cost, 5),
        }
        for line_no, kind, product, text, quantity, uom, consumed, cost in rows
    ]

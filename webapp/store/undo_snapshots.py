"""Loads what undoing may know: a posted shipment, every entry its lines wrote, and its order as it stands (P-159 …).

With `lock` in the order of O-27: the order, the shipment's lines, the inbound item entries that get goods back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar

from piccolo.table import Table

from db import ledgers as tables
from db import posted
from db.session import Row, Session
from webapp.posting import ledgers as planned
from webapp.posting.ledgers import Role
from webapp.posting.lines import blanks_of
from webapp.posting.snapshot import DocumentKey, Header
from webapp.posting.undo import Moved, PostedLine, Traces, UndoSnapshot
from webapp.store.rows import Reader, codec, decimal_from, shared_names
from webapp.store.snapshots import load_document

R = TypeVar("R")
LINES = Reader(PostedLine, posted.ServiceShipmentLine)
_HEADER = codec(posted.ServiceShipmentHeader)
_HEADER_NAMES = tuple(
    name for name in shared_names(Header, posted.ServiceShipmentHeader) if name not in ("document_type", "no")
)


class Written(Generic[R]):
    """Reads entries of a ledger as the planned records that they once were, each after its key columns; the alias of
    its table is e."""

    def __init__(self, record: type[R], table: type[Table], keys: Sequence[str]) -> None:
        self.record: Callable[..., R] = record
        self.codec, self.keys = codec(table), tuple(keys)
        self.names = shared_names(record, table)

    def sql(self, where: str) -> str:
        columns = ", ".join(f"e.{name}" for name in (*self.keys, *self.names))
        return f"SELECT {columns} FROM {self.codec.name} e {where}"

    def all(self, rows: Sequence[Row], document: Role = "shipment") -> list[tuple[tuple[Any, ...], R]]:
        count = len(self.keys)
        return [
            (tuple(row[:count]), self.record(document=document, **self.codec.read(self.names, row[count:])))
            for row in rows
        ]


_ITEMS = Written(planned.ItemEntry, tables.ItemLedgerEntry, ("entry_no", "document_line_no"))
_VALUES = Written(planned.ValueEntry, tables.ValueEntry, ("item_ledger_entry_no",))
_RESOURCES = Written(planned.ResourceEntry, tables.ResourceLedgerEntry, ("order_line_no",))
_SERVICES = Written(planned.ServiceEntry, tables.ServiceLedgerEntry, ("document_line_no",))
_WARRANTIES = Written(planned.WarrantyEntry, tables.WarrantyLedgerEntry, ("entry_no", "document_line_no"))

_OF_ITEM = "item_ledger_entry i ON i.entry_no = e.{0} WHERE i.document_no = ? AND i.document_type = 'service_shipment'"
_DRAWN = (
    "SELECT e.outbound_entry_no, e.inbound_entry_no, SUM(e.quantity) FROM item_application e JOIN "
    + _OF_ITEM.format("outbound_entry_no")
    + " GROUP BY e.outbound_entry_no, e.inbound_entry_no ORDER BY e.inbound_entry_no"
)
# Goods come back to these; nobody else moves them until we are done.
_INBOUND = (
    "SELECT entry_no FROM item_ledger_entry WHERE entry_no IN (SELECT e.inbound_entry_no FROM item_application e JOIN "
    + _OF_ITEM.format("outbound_entry_no")
    + ") ORDER BY entry_no FOR UPDATE"
)
_OF_SHIPMENT = "WHERE e.document_no = ? AND e.document_type = 'shipment'"
_HELD = (
    "SELECT shipment_line_no, document_no FROM service_line"
    " WHERE shipment_no = ? AND document_type = 'invoice' ORDER BY document_no"
)


async def load_undo_snapshot(
    session: Session, shipment_no: str, user_name: str, *, lock: bool = False
) -> UndoSnapshot | None:
    """The posted shipment with everything that undoing its lines asks about; None when there is no such shipment.
    Two rounds of queries, however many lines there are."""
    found = await session.fetch(_HEADER.select((*_HEADER_NAMES, "order_no"), "WHERE no = ?"), shipment_no)
    if not found:
        return None
    order_no = str(found[0][-1])
    document, setup = await load_document(session, DocumentKey("order", order_no), lock=lock)
    locking = lock and session.dialect == "postgresql"
    queries: list[tuple[str, tuple[object, ...]]] = [
        (LINES.sql("WHERE document_no = ? ORDER BY line_no") + (" FOR UPDATE" if locking else ""), (shipment_no,)),
        *([(_INBOUND, (shipment_no,))] if locking else []),
        (
            _ITEMS.sql("WHERE e.document_no = ? AND e.document_type = 'service_shipment' ORDER BY e.entry_no"),
            (shipment_no,),
        ),
        (_DRAWN, (shipment_no,)),
        (_VALUES.sql(f"JOIN {_OF_ITEM.format('item_ledger_entry_no')} ORDER BY e.entry_no"), (shipment_no,)),
        (_RESOURCES.sql(f"{_OF_SHIPMENT} AND e.entry_type = 'usage' ORDER BY e.entry_no"), (shipment_no,)),
        (_SERVICES.sql(f"{_OF_SHIPMENT} ORDER BY e.entry_no"), (shipment_no,)),
        (_WARRANTIES.sql("WHERE e.document_no = ? ORDER BY e.entry_no"), (shipment_no,)),
        (_HELD, (shipment_no,)),
    ]
    lines, *others = await session.fetch_all(queries)
    entries = others[1:] if locking else others
    posted_lines = tuple(LINES.all(lines))
    values = _HEADER.read(_HEADER_NAMES, found[0][:-1])
    header = Header(**{**blanks_of(Header), **values, "document_type": "order", "no": order_no})
    return UndoSnapshot(
        setup=setup,
        user_name=user_name,
        header=header,
        shipment_no=shipment_no,
        lines=posted_lines,
        traces=_traces(posted_lines, entries),
        order=document.header if document else None,
        order_lines=document.lines if document else (),
    )


def _traces(lines: Sequence[PostedLine], entries: Sequence[Sequence[Row]]) -> dict[int, Traces]:
    """What shipping wrote, line by line. Corrections and lines undone before have nothing left to undo."""
    items, drawn, values, resources, services, warranties, held = entries
    inbound: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    for outbound, entry_no, quantity in drawn:
        if quantity:
            inbound[int(outbound)].append((int(entry_no), decimal_from(int(quantity), 5)))
    worth: dict[int, list[planned.ValueEntry]] = defaultdict(list)
    for (entry_no,), value in _VALUES.all(values):
        worth[entry_no].append(value)
    moved: dict[int, list[Moved]] = defaultdict(list)
    for (entry_no, line_no), item in _ITEMS.all(items):
        moved[line_no].append(Moved(entry_no, item, tuple(inbound[entry_no]), tuple(worth[entry_no])))
    hours = _by_line(_RESOURCES.all(resources))
    used = _by_line(_SERVICES.all(services))
    given: dict[int, list[tuple[int, planned.WarrantyEntry]]] = defaultdict(list)
    for (entry_no, line_no), warranty in _WARRANTIES.all(warranties):
        given[line_no].append((entry_no, warranty))
    invoices = {int(line_no): str(no) for line_no, no in held}
    return {
        line.line_no: Traces(
            tuple(moved[line.line_no]),
            tuple(hours[line.order_line_no]) if line.type == "resource" else (),
            tuple(used[line.line_no]),
            tuple(given[line.line_no]),
            invoices.get(line.line_no, ""),
        )
        for line in lines
        if not line.correction
    }


def _by_line(rows: Sequence[tuple[tuple[Any, ...], R]]) -> dict[int, list[R]]:
    found: dict[int, list[R]] = defaultdict(list)
    for (line_no,), row in rows:
        found[line_no].append(row)
    return found

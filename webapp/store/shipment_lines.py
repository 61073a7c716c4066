"""Shipped, not invoiced lines: what is offered to an invoice, what open invoices hold of it (D-45, D-52).

Who takes lines locks them first, by their keys (O-27), and looks at the open invoices afterwards: two at the same time
never see the same quantity as free. The database refuses it as well (migration 0010).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from db import posted
from db.engine import reading
from db.session import Session
from webapp.billing.shipment_lines import Held, Offer, ShippedLine
from webapp.posting.setup import Setup
from webapp.posting.snapshot import Customer, DocumentKey, Header, Line
from webapp.store.readers import CUSTOMERS, HEADERS, LINES
from webapp.store.rows import Reader, decimal_from
from webapp.store.setup_cache import VERSION_SQL, load_setup
from webapp.store.snapshots import Document, load_document, marks

SHIPPED: Final = Reader(ShippedLine, posted.ServiceShipmentLine)

_OPEN: Final = "s.qty_shipped_not_invoiced <> 0 AND NOT s.correction AND s.type <> 'blank' AND s.order_no <> ''"


@dataclass(frozen=True, slots=True)
class Offers:
    """Shipped, not invoiced lines with their orders, by shipment and line, and the customers of those orders."""

    offers: Sequence[Offer]
    setup: Setup
    customers: Mapping[str, Customer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Which:
    """Of which orders shipped lines are looked for: a condition on the order `h` and the shipment line `s`."""

    condition: str
    args: tuple[object, ...] = ()
    shipments: tuple[str, ...] | None = None


def of_payer(bill_to_customer_no: str, shipments: Sequence[str] | None = None) -> Which:
    """What was shipped for orders that this customer pays for; of some shipments only."""
    return Which(
        "h.bill_to_customer_no = ?", (bill_to_customer_no,), tuple(shipments) if shipments is not None else None
    )


async def load_offers(session: Session, which: Which, *, lock: bool = False) -> Offers:
    """The shipped, not invoiced lines of open orders, with all that decides about them; six queries, however many."""
    where, args = f"h.document_type = 'order' AND {which.condition}", list(which.args)
    if which.shipments is not None:
        where += f" AND s.document_no IN ({marks(which.shipments)})"
        args += which.shipments
    source = f"service_header h JOIN service_shipment_line s ON s.order_no = h.no WHERE {where} AND {_OPEN}"
    for_update = " FOR UPDATE OF s" if lock and session.dialect == "postgresql" else ""
    columns = ", ".join(f"s.{name}" for name in SHIPPED.names)
    shipped_rows = await session.fetch(
        f"SELECT {columns} FROM {source} ORDER BY s.document_no, s.line_no{for_update}", *args
    )
    orders = f"SELECT h.no FROM {source}"
    held = (
        "SELECT l.shipment_no, l.shipment_line_no, l.document_no, SUM(l.quantity) FROM service_line l"
        " WHERE l.document_type = 'invoice' AND l.shipment_line_no <> 0 AND l.type <> 'blank'"
        f" AND l.order_no IN ({orders})"
        " GROUP BY l.shipment_no, l.shipment_line_no, l.document_no ORDER BY l.document_no"
    )
    of_order = f"SELECT document_no, {', '.join(LINES.names)} FROM service_line WHERE document_type = 'order'"
    found = await session.fetch_all(
        [
            (held, args),
            (HEADERS.sql(f"WHERE document_type = 'order' AND no IN ({orders})"), args),
            (f"{of_order} AND document_no IN ({orders}) ORDER BY document_no, line_no", args),
            (
                CUSTOMERS.sql(
                    "WHERE no IN (SELECT h.customer_no FROM "
                    + source
                    + " UNION SELECT h.bill_to_customer_no FROM "
                    + source
                    + ")"
                ),
                [*args, *args],
            ),
            (VERSION_SQL, ()),
        ]
    )
    setup = await load_setup(session, int(found[4][0][0]))
    customers = {one.no: one for one in CUSTOMERS.all(found[3])}
    return Offers(_offers(SHIPPED.all(shipped_rows), found), setup, customers)


def _offers(shipped: Sequence[ShippedLine], found: Sequence[Sequence[Any]]) -> list[Offer]:
    held: dict[tuple[str, int], list[Held]] = {}
    for shipment_no, line_no, invoice_no, quantity in found[0]:
        held.setdefault((shipment_no, line_no), []).append(Held(invoice_no, decimal_from(int(quantity), 5)))
    headers: dict[str, Header] = {header.no: header for header in HEADERS.all(found[1])}
    lines: dict[tuple[str, int], Line] = {}
    texts: dict[tuple[str, int], list[Line]] = {}
    for no, *row in found[2]:
        line = LINES.one(row)
        lines[no, line.line_no] = line
        if line.is_text and line.attached_to_line_no:
            texts.setdefault((no, line.attached_to_line_no), []).append(line)
    result = []
    for one in shipped:
        place = (one.order_no, one.order_line_no)
        result.append(
            Offer(
                one,
                headers.get(one.order_no),
                lines.get(place),
                tuple(texts.get(place, ())),
                tuple(held.get(one.place, ())),
            )
        )
    return result


@dataclass(frozen=True, slots=True)
class Offered:
    """An invoice and what its payer's orders have shipped and not invoiced."""

    document: Document
    offers: Offers


async def offered(key: DocumentKey) -> Offered | None:
    """What an invoice can take, lines with a reason against it included (D-45, D-46). None when it does not exist."""
    async with reading() as session:
        document, setup = await load_document(session, key)
        if document is None:
            return None
        payer = document.header.bill_to_customer_no
        offers = await load_offers(session, of_payer(payer)) if payer else Offers((), setup)
    return Offered(document, offers)


async def shipment_left(session: Session, line: Line) -> dict[int, Decimal]:
    """The most that this line of an invoice can take of its shipment line, by its line no.; the shipment line is
    locked (D-51)."""
    lock = " FOR UPDATE" if session.dialect == "postgresql" else ""
    place = (line.shipment_no, line.shipment_line_no)
    rows = await session.fetch(
        "SELECT qty_shipped_not_invoiced FROM service_shipment_line"
        f" WHERE document_no = ? AND line_no = ? AND NOT correction{lock}",
        *place,
    )
    taken = await session.fetch(
        "SELECT COALESCE(SUM(quantity), 0) FROM service_line WHERE document_type = 'invoice'"
        " AND shipment_no = ? AND shipment_line_no = ?",
        *place,
    )
    free = int(rows[0][0]) - int(taken[0][0]) if rows else -int(taken[0][0])
    return {line.line_no: line.quantity + decimal_from(free, 5)}

"""Which shipments stand behind an invoice line, and which invoices behind a shipment line (D-97)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from db.session import Session
from webapp.posting.snapshot import ZERO
from webapp.store.rows import decimal_from


@dataclass(frozen=True, slots=True)
class Shipped:
    """A line of a posted shipment: its place, the order line that it served, what of it can be invoiced."""

    document_no: str
    line_no: int
    order_line: tuple[str, int]
    day: date
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Invoiced:
    """A line of a posted invoice; `shipment_line` is the one that it names, None when it names none. One that is
    `cancelled` holds nothing of what was shipped any more."""

    document_no: str
    line_no: int
    order_line: tuple[str, int]
    day: date
    quantity: Decimal
    shipment_line: tuple[str, int] | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Supply:
    """A quantity that one line shipped and another one invoiced."""

    shipped: Shipped
    invoiced: Invoiced
    quantity: Decimal


def matched(shipped: Iterable[Shipped], invoiced: Iterable[Invoiced]) -> list[Supply]:
    """Quantities shipped and invoiced brought together, both in posting order.

    An invoice line takes from the shipment line that it names; otherwise from those of its order line, the oldest
    first, until its quantity is covered (D-97, O-41). A cancelled one leaves it all to those that came after it. Both
    sides of one order line have the same sign.
    """
    lines = list(shipped)
    left = {(one.document_no, one.line_no): one.quantity for one in lines}
    of_order_line: dict[tuple[str, int], list[Shipped]] = defaultdict(list)
    for one in lines:
        of_order_line[one.order_line].append(one)
    found: list[Supply] = []
    for line in invoiced:
        want = line.quantity
        for one in of_order_line[line.order_line]:
            place = (one.document_no, one.line_no)
            if line.shipment_line not in (None, place) or want * left[place] <= 0:
                continue
            part = min(want, left[place], key=abs)
            found.append(Supply(one, line, part))
            left[place] -= ZERO if line.cancelled else part
            want -= part
    return found


async def supplies_of(session: Session, order_nos: Sequence[str]) -> list[Supply]:
    """Every supply of these orders; two statements."""
    return matched(*await posted_lines_of(session, order_nos))


async def posted_lines_of(session: Session, order_nos: Sequence[str]) -> tuple[list[Shipped], list[Invoiced]]:
    """What was shipped and what was invoiced for these orders, both in posting order; two statements."""
    wanted = sorted(set(order_nos) - {""})
    if not wanted:
        return [], []
    marks = ", ".join("?" * len(wanted))
    shipped, invoiced = await session.fetch_all(
        [(_SHIPPED.format(marks=marks), wanted), (_INVOICED.format(marks=marks), wanted)]
    )
    return (
        [Shipped(no, line, (order, at), day, decimal_from(qty, 5)) for no, line, order, at, day, qty in shipped],
        [
            Invoiced(no, line, (order, at), day, decimal_from(qty, 5), (ship, ship_line) if ship else None, bool(by))
            for no, line, order, at, day, qty, ship, ship_line, by in invoiced
        ],
    )


_SHIPPED = (
    "SELECT l.document_no, l.line_no, l.order_no, l.order_line_no, h.posting_date, l.quantity - l.quantity_consumed"
    " FROM service_shipment_line l JOIN service_shipment_header h ON h.no = l.document_no"
    " WHERE l.order_no IN ({marks}) AND l.type <> 'blank' AND NOT l.correction ORDER BY h.posting_run_no, l.line_no"
)
_INVOICED = (
    "SELECT l.document_no, l.line_no, l.order_no, l.order_line_no, h.posting_date, l.quantity, l.shipment_no,"
    " l.shipment_line_no, h.cancelled_by FROM service_invoice_line l"
    " JOIN service_invoice_header h ON h.no = l.document_no"
    " WHERE l.order_no IN ({marks}) AND l.type <> 'blank' ORDER BY h.posting_run_no, l.line_no"
)

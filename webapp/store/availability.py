"""How much of an item there is, and which open documents still want it (D-29)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from db.engine import fetch, reading
from webapp.posting.snapshot import ZERO
from webapp.store.rows import decimal_from
from webapp.store.snapshots import marks

__all__ = ["AtLocation", "Availability", "Wanted", "availability_of", "on_hand"]

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line of an open document that has not shipped yet; base quantity."""

    kind: str
    no: str
    line_no: int
    customer_name: str
    posting_date: date | None
    location_code: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class AtLocation:
    """What lies at a location and what open documents want from there; base quantities."""

    location_code: str
    on_hand: Decimal
    wanted: Decimal

    @property
    def available(self) -> Decimal:
        return self.on_hand - self.wanted


@dataclass(frozen=True, slots=True)
class Availability:
    """An item's stock by location, and the lines that want it, the earliest first."""

    locations: Sequence[AtLocation]
    wanted: Sequence[Wanted]

    @property
    def total(self) -> AtLocation:
        on_hand = sum((one.on_hand for one in self.locations), ZERO)
        return AtLocation("", on_hand, sum((one.wanted for one in self.locations), ZERO))


_STOCK: Final = (
    "SELECT COALESCE(location_code, ''), SUM(remaining_quantity) FROM item_ledger_entry"
    " WHERE item_no = ? AND open GROUP BY COALESCE(location_code, '')"
)
_LINES: Final = """
FROM service_line l JOIN service_header h ON h.document_type = l.document_type AND h.no = l.document_no
WHERE l.type = 'item' AND l.no = ? AND l.outstanding_qty_base > 0 AND l.document_type IN ('order', 'invoice')"""
_BY_LOCATION: Final = f"""
SELECT COALESCE(l.location_code, ''), SUM(l.outstanding_qty_base) {_LINES} GROUP BY COALESCE(l.location_code, '')"""
_WANTED: Final = f"""
SELECT l.document_type, l.document_no, l.line_no, h.customer_name, l.posting_date, COALESCE(l.location_code, ''),
    l.outstanding_qty_base {_LINES} ORDER BY l.posting_date, l.document_no, l.line_no LIMIT {MOST}"""


async def availability_of(item_no: str) -> Availability:
    """What there is of an item, and who wants it."""
    async with reading() as session:
        stock, by_location, lines = await session.fetch_all(
            [(sql, (item_no,)) for sql in (_STOCK, _BY_LOCATION, _WANTED)]
        )
    there = {str(code): decimal_from(int(quantity or 0), 5) for code, quantity in stock}
    asked = {str(code): decimal_from(int(quantity or 0), 5) for code, quantity in by_location}
    locations = [AtLocation(code, there.get(code, ZERO), asked.get(code, ZERO)) for code in sorted({*there, *asked})]
    wanted = [
        Wanted(str(kind), str(no), int(line_no), str(name), day, str(location), decimal_from(int(quantity), 5))
        for kind, no, line_no, name, day, location, quantity in lines
    ]
    return Availability(locations, wanted)


async def on_hand(items: Sequence[str]) -> dict[str, Decimal]:
    """The stock of these items in all locations together."""
    if not items:
        return {}
    sql = (
        f"SELECT item_no, SUM(remaining_quantity) FROM item_ledger_entry WHERE item_no IN ({marks(items)}) AND open"
        " GROUP BY item_no"
    )
    rows = await fetch(sql, *items)
    return {str(no): decimal_from(int(quantity or 0), 5) for no, quantity in rows}

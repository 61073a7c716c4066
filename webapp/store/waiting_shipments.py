"""Who has something shipped and not invoiced: the work list behind combined invoices (D-138)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from db.engine import reading
from db.session import Session
from webapp.posting.money import round_to
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO
from webapp.store.rows import decimal_from
from webapp.store.setup_cache import load_setup
from webapp.store.snapshots import marks

HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a payer has shipped and not invoiced in one currency: after line discounts, including VAT where the prices
    of the orders do. `invoices` are the open invoices that hold part of it; `free`: there is something that none
    holds."""

    customer_no: str
    customer_name: str
    currency_code: str
    orders: int
    shipments: int
    lines: int
    oldest: date
    amount: Decimal
    invoices: tuple[str, ...] = ()
    free: bool = True


_SOURCE: Final = """
FROM service_header h JOIN service_shipment_line s ON s.order_no = h.no
WHERE h.document_type = 'order' AND s.qty_shipped_not_invoiced <> 0 AND NOT s.correction AND s.type <> 'blank'"""
_PLACE: Final = "h.bill_to_customer_no, COALESCE(h.currency_code, '')"
_PAYERS: Final = f"""
SELECT h.bill_to_customer_no, MAX(h.bill_to_name), COALESCE(h.currency_code, ''), COUNT(DISTINCT h.no),
    COUNT(DISTINCT s.document_no), COUNT(*), MIN(s.posting_date) {_SOURCE}
    AND (LOWER(h.bill_to_customer_no) LIKE ? OR LOWER(h.bill_to_name) LIKE ?)
GROUP BY h.bill_to_customer_no, COALESCE(h.currency_code, '') ORDER BY 7, 1, 3 LIMIT ?"""
_LINES: Final = """
SELECT h.bill_to_customer_no, COALESCE(h.currency_code, ''), s.qty_shipped_not_invoiced, l.unit_price,
    l.line_discount_pct, (SELECT COALESCE(SUM(i.quantity), 0) FROM service_line i WHERE i.document_type = 'invoice'
    AND i.shipment_no = s.document_no AND i.shipment_line_no = s.line_no)
FROM service_header h JOIN service_shipment_line s ON s.order_no = h.no
JOIN service_line l ON l.document_type = 'order' AND l.document_no = s.order_no AND l.line_no = s.order_line_no
WHERE h.document_type = 'order' AND s.qty_shipped_not_invoiced <> 0 AND NOT s.correction AND s.type <> 'blank'
    AND h.bill_to_customer_no IN ({marks})"""
_HOLDERS: Final = """
SELECT DISTINCT h.bill_to_customer_no, COALESCE(h.currency_code, ''), h.no FROM service_header h
JOIN service_line l ON l.document_type = h.document_type AND l.document_no = h.no
WHERE h.document_type = 'invoice' AND l.shipment_line_no <> 0 AND h.bill_to_customer_no IN ({marks}) ORDER BY 3"""
Place = tuple[str, str]
"""A payer and a currency."""


async def waiting_payers(search: str = "", limit: int = 200) -> list[Waiting]:
    """Payers with shipped, not invoiced lines, each currency for itself; those that have waited longest first."""
    words = f"%{search.strip().lower()}%"
    async with reading() as session:
        setup = await load_setup(session)
        rows = await session.fetch(_PAYERS, words, words, limit)
        payers = sorted({str(row[0]) for row in rows})
        if not payers:
            return []
        amounts, holders = await _of_payers(session, setup, payers)
    return [_waiting(row, amounts, holders) for row in rows]


def _waiting(
    row: Sequence[Any], amounts: Mapping[Place, tuple[Decimal, bool]], holders: Mapping[Place, tuple[str, ...]]
) -> Waiting:
    no, name, currency, orders, shipments, lines, oldest = row
    place = (str(no), str(currency))
    amount, free = amounts.get(place, (ZERO, False))
    since = date.fromisoformat(str(oldest))  # SQLite gives the least of some dates as text
    counts = (int(orders), int(shipments), int(lines))
    return Waiting(place[0], str(name), place[1], *counts, since, amount, holders.get(place, ()), free)


async def _of_payers(
    session: Session, setup: Setup, payers: Sequence[str]
) -> tuple[dict[Place, tuple[Decimal, bool]], dict[Place, tuple[str, ...]]]:
    """What is open of each payer in each currency, whether any of it is on no open invoice, and which invoices hold
    the rest."""
    lines, held = await session.fetch_all(
        [(_LINES.format(marks=marks(payers)), payers), (_HOLDERS.format(marks=marks(payers)), payers)]
    )
    amounts: dict[Place, tuple[Decimal, bool]] = {}
    for payer, currency, *figures, taken in lines:
        precision = setup.currency(currency).amount_rounding_precision
        quantity, price, pct = (decimal_from(int(figure), 5) for figure in figures)
        gross = round_to(quantity * price, precision)
        total, free = amounts.get((payer, currency), (ZERO, False))
        total += gross - round_to(gross * pct / HUNDRED, precision)
        amounts[payer, currency] = total, free or int(figures[0]) > int(taken)
    holders: dict[Place, tuple[str, ...]] = {}
    for payer, currency, no in held:
        holders[payer, currency] = (*holders.get((payer, currency), ()), no)
    return amounts, holders


async def waiting_counts() -> dict[str, int]:
    """How many rows the work list has, a payer in each currency, and how many open invoices hold some of it."""
    async with reading() as session:
        payers, held = await session.fetch_all(
            [
                (f"SELECT COUNT(*) FROM (SELECT DISTINCT {_PLACE} {_SOURCE}) AS places", ()),
                (
                    "SELECT COUNT(DISTINCT document_no) FROM service_line"
                    " WHERE document_type = 'invoice' AND shipment_line_no <> 0",
                    (),
                ),
            ]
        )
    return {"to_combine": int(payers[0][0]), "combined_open": int(held[0][0])}

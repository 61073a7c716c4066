"""The invoice discount of orders, which does not come along when an invoice takes their shipments (D-50)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from webapp.posting.amounts import HUNDRED
from webapp.posting.discounts import discount_is_automatic
from webapp.posting.findings import money
from webapp.posting.money import round_to
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Header, Line

__all__ = ["Behind", "LostDiscount", "OrderLine", "lost_discount", "lost_discount_texts", "price_converted"]

MOST_NAMED = 3


class OrderLine(NamedTuple):
    """An order line as it is now, and whether the prices of its order include VAT."""

    line: Line
    prices_including_vat: bool


Behind = Mapping[tuple[str, int], OrderLine]
"""By order and line no., the order lines that an invoice takes shipments of."""


class LostDiscount(NamedTuple):
    """What the orders give as invoice discount on what an invoice takes of them, and how much of that the invoice does
    not give. Both positive, in document currency, as the prices of the invoice: with VAT when they include it."""

    orders: tuple[str, ...]
    given: Decimal
    lost: Decimal


def price_converted(price: Decimal, line: Line, of_order: bool, of_invoice: bool) -> Decimal:
    """A price or amount of an order line, converted by its VAT when order and invoice differ in prices including VAT;
    not rounded (D-49)."""
    if of_order == of_invoice:
        return price
    factor = 1 + (ZERO if line.vat_calculation_type == "reverse_charge" else line.vat_pct) / HUNDRED
    return price * factor if of_invoice else price / factor


def lost_discount(setup: Setup, header: Header, lines: Sequence[Line], behind: Behind) -> LostDiscount | None:
    """None when nothing is lost: the orders give none, the discount of the invoice is calculated anyway, or it is as
    much. Each share may be off by what rounding it alone makes."""
    if discount_is_automatic(setup, header):
        return None
    precision = setup.currency(header.currency_code).amount_rounding_precision
    shares: list[Decimal] = []
    orders: dict[str, None] = {}
    for line in lines:
        order = behind.get((line.order_no, line.order_line_no)) if line.shipment_line_no else None
        if order is None or not order.line.inv_discount_amount or not order.line.chargeable:
            continue
        exact = order.line.inv_discount_amount * line.quantity / order.line.chargeable
        exact = price_converted(exact, order.line, order.prices_including_vat, header.prices_including_vat)
        shares.append(round_to(exact, precision))
        orders[line.order_no] = None
    given = sum(shares, ZERO)
    lost = given - sum((line.inv_discount_amount for line in lines), ZERO)
    return LostDiscount(tuple(orders), given, lost) if lost > precision * len(shares) / 2 else None


def lost_discount_texts(found: LostDiscount) -> dict[str, Any]:
    """The orders and amounts as the finding names them."""
    named = ", ".join(found.orders[:MOST_NAMED])
    more = len(found.orders) - MOST_NAMED
    orders = f"{named} and {more} more" if more > 0 else named
    who = f"Orders {orders} give" if len(found.orders) > 1 else f"Order {orders} gives"
    return {"orders_give": who, "given": money(found.given), "amount": money(found.lost)}

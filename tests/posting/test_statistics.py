"""The figures of a posted invoice or credit memo (D-113)."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

from webapp.posting.measures import MEASURED
from webapp.posting.statistics import statistics_of

WITHOUT = {"prices_including_vat": False}


def line(quantity: str, amount: str, cost: str, *, discount: str = "0", rate: str = "25") -> dict[str, Any]:
    net = D(amount)
    return {
        "quantity": D(quantity),
        "quantity_base": D(quantity),
        "amount": net,
        "amount_including_vat": net * (100 + D(rate)) / 100,
        "amount_lcy": net,
        "unit_cost_lcy": D(cost),
        "inv_discount_amount": D(discount),
        "vat_pct": D(rate),
        **dict.fromkeys(MEASURED, D(0)),
    }


def test_figures_of_a_posted_credit_memo():
    """The figures of the shared case statistics-posted-credit-memo."""
    found = statistics_of(WITHOUT, [line("4", "200", "30"), line("3", "240", "45")])
    assert (found.quantity, found.amount, found.vat_amount, found.amount_incl_vat) == (7, 440, 110, 550)
    assert (found.cost_lcy, found.profit_lcy, found.profit_pct) == (255, 185, 42)


def test_a_discount_from_prices_with_vat_counts_without_it():
    lines = [line("1", "180", "100", discount="25"), line("1", "90", "40", discount="0")]
    assert statistics_of({"prices_including_vat": True}, lines).inv_discount == 20
    found = statistics_of(WITHOUT, lines)
    assert (found.inv_discount, found.total, found.amount) == (25, 270, 295)


def test_a_loss_keeps_its_sign_and_nothing_sold_is_no_percentage():
    assert statistics_of(WITHOUT, [line("2", "100", "60")]).profit_pct == D("-20.0")
    assert statistics_of(WITHOUT, [line("2", "0", "60")]).profit_pct == 0

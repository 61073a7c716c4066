"""The figures of a posted invoice or credit memo: what was sold, what it cost, what was earned (D-113)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

ZERO = Decimal(0)
CENT, TENTH = Decimal("0.01"), Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Statistics:
    """In the document's currency, unless LCY is in the name. `amount` is before the invoice discount."""

    quantity: Decimal
    amount: Decimal
    inv_discount: Decimal
    total: Decimal
    vat_amount: Decimal
    amount_incl_vat: Decimal
    sales_lcy: Decimal
    cost_lcy: Decimal

    @property
    def profit_lcy(self) -> Decimal:
        return self.sales_lcy - self.cost_lcy

    @property
    def profit_pct(self) -> Decimal:
        """Of the sales, to one decimal; 0 without sales."""
        if not self.sales_lcy:
            return ZERO
        return (self.profit_lcy * 100 / self.sales_lcy).quantize(TENTH, ROUND_HALF_UP)


def statistics_of(header: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Statistics:
    """The figures of posted lines; a discount from prices with VAT is taken without it."""
    discount = sum((_discount(header, line) for line in lines), ZERO).quantize(CENT, ROUND_HALF_UP)
    total = sum((line["amount"] for line in lines), ZERO)
    including = sum((line["amount_including_vat"] for line in lines), ZERO)
    cost = sum((line["quantity"] * line["unit_cost_lcy"] for line in lines), ZERO)
    return Statistics(
        quantity=sum((line["quantity"] for line in lines), ZERO),
        amount=total + discount,
        inv_discount=discount,
        total=total,
        vat_amount=including - total,
        amount_incl_vat=including,
        sales_lcy=sum((line["amount_lcy"] for line in lines), ZERO),
        cost_lcy=cost.quantize(CENT, ROUND_HALF_UP),
    )


def _discount(header: Mapping[str, Any], line: Mapping[str, Any]) -> Decimal:
    amount: Decimal = line["inv_discount_amount"]
    return amount / (1 + line["vat_pct"] / 100) if header["prices_including_vat"] else amount

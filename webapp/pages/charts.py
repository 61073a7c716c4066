"""Charts as plain SVG: where each bar begins and how long it is, in percent of the width (D-113, D-115)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from webapp.posting.statistics import Statistics

__all__ = ["Bar", "Pair", "pairs_of"]

HUNDREDTH: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Bar:
    """From where to where, counted from the left."""

    start: Decimal
    width: Decimal


@dataclass(frozen=True, slots=True)
class Pair:
    """Sales and cost of one part of a document on a common scale; `zero` is where nothing would be."""

    name: str
    figures: Statistics
    sales: Bar
    cost: Bar
    zero: Decimal


def pairs_of(parts: Sequence[tuple[str, Statistics]]) -> list[Pair]:
    """The parts with sales or cost, the longest bar from end to end; what is below nothing goes to the left of it."""
    shown = [(name, part) for name, part in parts if part.sales_lcy or part.cost_lcy]
    values = [value for _, part in shown for value in (part.sales_lcy, part.cost_lcy)]
    low, high = min([*values, Decimal(0)]), max([*values, Decimal(0)])
    if low == high:
        return []

    def at(value: Decimal) -> Decimal:
        return ((value - low) * 100 / (high - low)).quantize(HUNDREDTH)

    def bar(value: Decimal) -> Bar:
        start, end = sorted((at(value), at(Decimal(0))))
        return Bar(start, end - start)

    return [Pair(name, part, bar(part.sales_lcy), bar(part.cost_lcy), at(Decimal(0))) for name, part in shown]

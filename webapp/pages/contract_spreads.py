"""The ways to spread a new annual amount over the lines of a contract, with what each line would come to (C-54)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from webapp.billing.amounts import distributed
from webapp.billing.records import ContractLine

WAYS: Final = (
    ("even", "Evenly", "the same on each line"),
    ("by_profit", "By profit", "as each line earns"),
    ("by_line_amount", "By line amount", "by the same percentage"),
)


@dataclass(frozen=True, slots=True)
class Spread:
    """A way to spread it: what the lines become, or why it cannot be."""

    way: str
    text: str
    rule: str
    amounts: Mapping[int, Decimal]
    stops: str = ""
    low: tuple[int, ...] = ()
    """Lines that would come to nothing."""


def spreads(lines: Sequence[ContractLine], annual: Decimal) -> list[Spread]:
    found = []
    for way, text, rule in WAYS:
        after, wrong = distributed(lines, annual, way)
        stops = next((one.message for one in wrong if one.is_error), "")
        low = tuple(line.line_no for line in after if line.line_amount <= 0)
        found.append(Spread(way, text, rule, {line.line_no: line.line_amount for line in after}, stops, low))
    return found

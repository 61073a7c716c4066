"""The cover sheet of a print run: how many documents follow, their numbers and their totals, so that none is missed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.paper.regions import region_of
from webapp.paper.texts import text

__all__ = ["Cover", "Left", "ranges"]


@dataclass(frozen=True, slots=True)
class Left:
    """A document that is not in the file, though it was asked for."""

    kind: str
    no: str


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands on the cover sheet. `numbers` by kind of document; `totals` are currency, documents, amount."""

    no: int
    company: str
    chosen: str
    user: str
    day: date
    numbers: Mapping[str, Sequence[str]]
    totals: Sequence[tuple[str, int, Decimal]]
    pages: int
    asked: int
    left: Sequence[Left] = ()

    @property
    def count(self) -> int:
        return sum(len(one) for one in self.numbers.values())

    def t(self, key: str, **values: Any) -> str:
        """A text of the catalogue; the cover is for the office, not for a customer."""
        return text(key, "en", **values)

    def money(self, value: Decimal) -> str:
        return region_of("", "en").amount(value)

    def long_day(self) -> str:
        return region_of("", "en").long_day(self.day)

    def parts(self) -> Sequence[tuple[str, int, Sequence[str]]]:
        """Each kind with its count and its numbers, those that follow each other as one range."""
        return [(kind, len(numbers), ranges(numbers)) for kind, numbers in self.numbers.items()]


def ranges(numbers: Sequence[str]) -> list[str]:
    """Numbers in their order; three or more that count up without a gap as `first – last`."""
    runs: list[list[str]] = []
    for no in numbers:
        if runs and _after(runs[-1][-1]) == no:
            runs[-1].append(no)
        else:
            runs.append([no])
    return [one for run in runs for one in ([f"{run[0]} – {run[-1]}"] if len(run) > 2 else run)]


def _after(no: str) -> str:
    """The number after this one: its last digits counted up, as wide as before."""
    found = re.fullmatch(r"(.*?)(\d+)(\D*)", no)
    if found is None:
        return ""
    before, digits, behind = found.groups()
    return f"{before}{int(digits) + 1:0{len(digits)}}{behind}"

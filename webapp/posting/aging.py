"""How old what is open is: five columns, for the report, the statement and a customer's page alike (D-133, D-134)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from webapp.posting.dates import move
from webapp.posting.snapshot import ZERO

By = Literal["due_date", "posting_date", "document_date"]
COLUMNS = 5
FIRST, LAST = date(1, 1, 1), date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Column:
    """The days from `first` to `last`, both included; `days` is how long ago the youngest and the oldest of them are,
    None where there is no end."""

    first: date
    last: date
    days: tuple[int | None, int | None]

    @property
    def is_not_due(self) -> bool:
        return self.days[0] is None


def columns_of(as_of: date, length: str, by: By) -> list[Column]:
    """The columns for a day, the youngest first: by due date the first one is what is not due yet."""
    columns = []
    last = as_of
    if by == "due_date":
        columns.append(Column(as_of + timedelta(days=1), LAST, (None, None)))
    while len(columns) < COLUMNS:
        youngest = (as_of - last).days
        if len(columns) == COLUMNS - 1:
            columns.append(Column(FIRST, last, (youngest, None)))
            break
        first = _back(last, length)
        end = last if columns or by == "due_date" else LAST
        columns.append(Column(first, end, (youngest, (as_of - first).days)))
        last = first - timedelta(days=1)
    return columns


def _back(last: date, length: str) -> date:
    """The first day of a period of this length that ends on the last one."""
    first = move(last + timedelta(days=1), f"-{length}")
    return first if first <= last else last


def longest(length: str) -> bool:
    """Whether the text is a length of periods: a number with D, W, M, Q or Y, of ten years at most."""
    text = length.strip().upper()
    most = {"D": 3660, "W": 520, "M": 120, "Q": 40, "Y": 10}
    number = text[:-1]
    return (
        bool(text)
        and text[-1] in most
        and number.isascii()
        and number.isdecimal()
        and 0 < int(number) <= most[text[-1]]
    )


def place_of(columns: Sequence[Column], day: date) -> int:
    """The column that a day falls into."""
    return next(n for n, column in enumerate(columns) if day >= column.first)


def spread(columns: Sequence[Column], amounts: Sequence[tuple[date, Decimal]]) -> list[Decimal]:
    """What falls into each column."""
    sums = [ZERO] * len(columns)
    for day, amount in amounts:
        sums[place_of(columns, day)] += amount
    return sums

"""The kinds of columns: how a value of the field is kept in the database.

Amounts, prices, quantities and percentages are integers scaled by 10^5, exchange rates by 10^6 (O-2, O-43): exact on
SQLite and PostgreSQL alike, where `Numeric` is not. Nothing here converts; the store's mapping layer does.
"""

from __future__ import annotations

from typing import Any

from piccolo.columns import BigInt, Boolean, Bytea, Date, Integer, Time, Timestamptz, Varchar
from piccolo.columns import Text as PiccoloText

__all__ = [
    "BigNo",
    "Bytes",
    "Choice",
    "Code",
    "Day",
    "Entry",
    "Flag",
    "LongText",
    "Moment",
    "Money",
    "Number",
    "Percent",
    "Price",
    "Quantity",
    "Rate",
    "Ref",
    "Scaled",
    "Text",
    "TimeOfDay",
    "Whole",
]


class Scaled(BigInt):
    """A decimal kept as an integer: value × 10^places."""

    places = 5
    value_type = int

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": 0, **kwargs})


class Money(Scaled):
    """An amount of any currency; rounded to the currency's precision before it comes here (P-3)."""


class Price(Scaled):
    """A price or cost of one unit."""


class Quantity(Scaled):
    """A quantity, in whatever unit."""


class Percent(Scaled):
    """A percentage: 25 is 25 %."""


class Rate(Scaled):
    """One side of an exchange rate (P-22)."""

    places = 6


class Code(Varchar):
    """A short name in capital letters, trimmed; blank is an empty text."""

    value_type = str

    def __init__(self, length: int = 20, **kwargs: Any) -> None:
        super().__init__(length=length, **{"default": "", **kwargs})


class Ref(Varchar):
    """The key of a row in another table; blank is NULL in the database and an empty text in Python."""

    value_type = str

    def __init__(self, references: str, length: int = 20, **kwargs: Any) -> None:
        self.references = references
        super().__init__(length=length, **{"default": None, "null": True, **kwargs})
        self._meta.params["references"] = references


class Text(Varchar):
    """A text of one line."""

    value_type = str

    def __init__(self, length: int = 100, **kwargs: Any) -> None:
        super().__init__(length=length, **{"default": "", **kwargs})


class LongText(PiccoloText):
    """A text of any length."""

    value_type = str

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": "", **kwargs})


class Bytes(Bytea):
    """A file as it is."""

    value_type = bytes

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": b"", **kwargs})


class Choice(Varchar):
    """One of a closed list; the first is the default."""

    value_type = str

    def __init__(self, *options: str, **kwargs: Any) -> None:
        self.options = options
        super().__init__(length=30, **{"default": options[0] if options else "", **kwargs})
        self._meta.params["options"] = options


class Flag(Boolean):
    """Yes or no."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": False, **kwargs})


class Whole(Integer):
    """A whole number that is no amount: a line no., a count, a version."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": 0, **kwargs})


class BigNo(BigInt):
    """The entry no. of another row, 0 or NULL when there is none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": None, "null": True, **kwargs})


class Number(BigInt):
    """A counted key that the database gives: line keys and documents without a number of their own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": 0, **kwargs})


class Entry(BigInt):
    """The key of a ledger row; the database gives it, rising, with possible gaps (P-8)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": 0, "primary_key": True, **kwargs})


class Day(Date):
    """A business date without time."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": None, "null": True, **kwargs})


class TimeOfDay(Time):
    """A time of the day."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": None, "null": True, **kwargs})


class Moment(Timestamptz):
    """A moment in time, with zone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": None, "null": True, **kwargs})

"""Filters of columns as people type them, and as the store compares them (D-109).

`A`, several as `A|B`, a range as `A..B`, all but one as `<>A`. Days and numbers are typed as everywhere; the store gets
them in one form for all: days as ISO 8601 has them, numbers with a point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from webapp import labels, typed
from webapp.pages.lists import Column, Filter
from webapp.posting.findings import Finding, finding
from webapp.typed import Bounds, Name, Typist

__all__ = ["PERIOD", "filters_of", "period_of", "understood"]

PERIOD: Final = (Filter("from", "Posted from"), Filter("to", "Posted until"))
YES_OR_NO: Final = (("true", "Yes"), ("false", "No"))
NUMBER: Final = Bounds(lowest=None)
RATE: Final = Bounds(digits=11, places=6, lowest=None)
WHOLE: Final = Bounds(digits=15, places=0, lowest=None)
BOUNDS: Final[Mapping[str, Bounds]] = {"rate": RATE, "whole": WHOLE}
NUMBERS: Final = frozenset({"money", "price", "quantity", "percent", "rate", "whole"})
KINDS: Final = frozenset({"code", "text", "choice", "flag", "day", *NUMBERS})


def filters_of(
    columns: Iterable[Column], given: Sequence[Filter], options: Mapping[str, Sequence[str]]
) -> Sequence[Filter]:
    """The filters of a list and one for each further column that can be compared; `options` are those of choices."""
    there = {one.name for one in given}
    asked = (one for one in columns if one.name not in there and (one.kind in KINDS or one.name in options))
    return (*given, *(_filter(one, options) for one in asked))


def _filter(column: Column, options: Mapping[str, Sequence[str]]) -> Filter:
    chosen = tuple((one, labels.choice(one)) for one in options.get(column.name, ()) if one)
    return Filter(column.name, column.title, YES_OR_NO if column.kind == "flag" else chosen, more=True)


def understood(
    columns: Iterable[Column], filters: Mapping[str, str], typist: Typist
) -> tuple[dict[str, str], list[Finding]]:
    """What the filters of these columns ask for, and what of them cannot be understood."""
    found: dict[str, str] = {}
    faults: list[Finding] = []
    for column in columns:
        if text := filters.get(column.name, ""):
            value = _understood(column, text, typist)
            if isinstance(value, Finding):
                faults.append(value)
            else:
                found[column.name] = value
    return found, faults


def _understood(column: Column, text: str, typist: Typist) -> str | Finding:
    if column.kind == "code":
        return text.upper()
    name = Name(column.name, column.title)
    if column.kind == "day":
        return _each(text, name, lambda part: typed.day(part, typist, name))
    if column.kind in NUMBERS:
        bounds = BOUNDS.get(column.kind, NUMBER)
        return _each(text, name, lambda part: typed.number(part, bounds, typist.locale, name))
    return text


def period_of(filters: Mapping[str, str], typist: Typist) -> tuple[date | None, date | None, list[Finding]]:
    """The first and the last posting date that a list is asked for, and what of them cannot be understood: no day, or
    a first one that is after the last (D-109)."""
    days = [
        typed.day(filters[one.name], typist, Name(one.name, one.title)) if filters.get(one.name) else None
        for one in PERIOD
    ]
    first, last = (day if isinstance(day, date) else None for day in days)
    faults = [day for day in days if isinstance(day, Finding)]
    if first and last and last < first:
        start, end = PERIOD
        told = f"{end.title.lower()} {last}"
        faults.append(finding("from_after_until", field=start.name, label=start.title, first=first, last=told))
    return first, last, faults


def _each(text: str, name: Name, read: Callable[[str], Any]) -> str | Finding:
    """The text with each of its days or numbers in the form that the store reads."""
    parts = []
    for part in text.split("|"):
        word = part.strip()
        sign = "<>" if word.startswith("<>") else ""
        ends = [end.strip() for end in word.removeprefix("<>").split("..", 1)]
        values = [read(end) if end else "" for end in ends]
        for value in values:
            if isinstance(value, Finding):
                return value
        if len(values) == 2 and "" not in values and values[1] < values[0]:
            return finding("from_after_until", field=name.field, label=name.label, first=ends[0], last=ends[1])
        parts.append(sign + "..".join(map(_plain, values)))
    return "|".join(parts)


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value or "")

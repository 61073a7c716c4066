"""Copies of frozen records with some fields changed, and the fields of any record.

The rows of which a posting makes thousands, lines and ledger entries, are named tuples, which are made, copied and
compared in C; a frozen dataclass of eighty fields takes ten times as long. Everything else is a dataclass. The
functions here take both.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

R = TypeVar("R")


@cache
def _places(kind: Any) -> dict[str, int]:
    return {name: place for place, name in enumerate(kind._fields)}


def changed_fields(before: R, after: R) -> dict[str, Any]:
    """The fields in which two records of one class differ, as they are after."""
    kind: Any = type(before)
    names, read = _reader(kind)
    rows = zip(names, read(before), read(after), strict=True)
    return {name: new for name, old, new in rows if new is not old and new != old}


@cache
def _reader(kind: type[Any]) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """The fields of a class, and how to read them all of a record."""
    names = names_of(kind)
    return names, tuple if issubclass(kind, tuple) else attrgetter(*names)


def changed(record: R, /, **values: Any) -> R:
    """A copy with some fields changed."""
    kind: Any = type(record)
    if not isinstance(record, tuple):
        made: R = dataclasses.replace(record, **values)  # type: ignore[type-var]
        return made
    row, places = list(record), _places(kind)
    for name, value in values.items():
        row[places[name]] = value
    copy: R = tuple.__new__(kind, row)
    return copy


def names_of(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a class, in order."""
    own: tuple[str, ...] | None = getattr(kind, "_fields", None)
    return own if own is not None else tuple(one.name for one in dataclasses.fields(kind))


def required_of(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a class that have no default."""
    if issubclass(kind, tuple):
        return tuple(name for name in names_of(kind) if name not in kind._field_defaults)  # type: ignore[attr-defined]
    missing = dataclasses.MISSING
    return tuple(
        one.name for one in dataclasses.fields(kind) if one.default is missing and one.default_factory is missing
    )


def types_of(kind: type[Any]) -> dict[str, str]:
    """The type of each field, as it is written."""
    written = {name: kind.__annotations__[name] for name in names_of(kind)}
    return {name: getattr(type_, "__forward_arg__", type_) for name, type_ in written.items()}


def values_of(record: Any) -> dict[str, Any]:
    """The fields of a record with their values, which stay as they are."""
    return {name: getattr(record, name) for name in names_of(type(record))}

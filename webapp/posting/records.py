"""Copies of frozen records with some fields changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import repeat
from operator import attrgetter, call
from typing import Any, TypeVar

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Shape:
    """How to read all fields of a class, their places, and how to fill a new one: `setters` go straight to the slots,
    which is what `__init__` of a frozen record does, too, in twice the time; None for a class without slots."""

    get: Callable[[Any], tuple[Any, ...]]
    places: dict[str, int]
    setters: Sequence[Callable[[Any, Any], None]] | None


@cache
def _shape(kind: type[Any]) -> _Shape:
    names = [field.name for field in fields(kind)]
    bare = all(name in getattr(kind, "__slots__", ()) for name in names) and not hasattr(kind, "__post_init__")
    setters = [getattr(kind, name).__set__ for name in names] if bare else None
    get = attrgetter(*names) if len(names) > 1 else lambda record: (getattr(record, names[0]),)
    return _Shape(get, {name: place for place, name in enumerate(names)}, setters)


def changed(record: R, /, **values: Any) -> R:
    """As `dataclasses.replace`, in a fraction of the time for wide records; a posting makes many. The record itself
    when it has these very values already."""
    kind: Any = type(record)
    shape = _shape(kind)
    row = list(shape.get(record))
    same = True
    for name, value in values.items():
        place = shape.places[name]
        if row[place] is not value:
            row[place], same = value, False
    if same:
        return record
    if shape.setters is None:
        made: R = kind(**dict(zip(shape.places, row, strict=True)))
        return made
    made = object.__new__(kind)
    any(map(call, shape.setters, repeat(made), row))  # each gives None, so all of them are called
    return made

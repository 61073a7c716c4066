"""The base of the pack with what a scenario adds or changes."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from tests.scenarios.words import BASE

Data = dict[str, Any]


def merged(base: Data, given: Mapping[str, Any]) -> Data:
    """The base, changed by `override`, with the rows of the lists of `given` added."""
    data = copy.deepcopy(base)
    for name, value in (given.get("override") or {}).items():
        if isinstance(value, dict):
            _override_map(data.setdefault(name, {}), value)
        else:
            for row in value:
                _override_row(data.setdefault(name, []), row)
    for name, value in given.items():
        if name in BASE and isinstance(value, list):
            data[name] = data.get(name, []) + value
    return data


def _override_map(old: Data, new: Mapping[str, Any]) -> None:
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(old.get(key), dict):
            old[key].update(value)
        else:
            old[key] = value


def _override_row(rows: list[Data], new: Data) -> None:
    """Replaces the keys of the row that is meant, the first that fits; a row that fits none is new."""
    wanted = {key: new[key] for key in key_of(new)}
    for row in rows:
        if all(row.get(key) == value for key, value in wanted.items()):
            row.update(new)
            return
    rows.append(new)


def key_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """By which keys a row of a list is found."""
    for key in ("number", "code", "use"):
        if key in row:
            return (key,)
    return ("business", "product") if "business" in row else ("group",)

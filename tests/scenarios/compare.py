"""Expected rows against actual rows, as FORMAT.md part 5 says: each expected row has its own actual row, none is left.

A `Comparison` notes every value that it compared, so that a pass can be shown to have looked at each of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]
Path = tuple[Any, ...]

# A key that a row leaves out means this value.
DEFAULTS: dict[str, Any] = {"line_discount": 0, "inv_discount": 0, "correction": False, "currency": ""}
# In this list also these.
LIST_DEFAULTS: dict[str, dict[str, Any]] = {"service_ledger": {"contract": ""}}
# Texts that people read; everything else is a code or a word, in which the case of letters means nothing.
READ = {"description", "text", "vat_clause", "bill_to"}


class Mismatch(AssertionError):
    """What was expected is not what is there; the message shows both."""


class Comparison:
    """Compares, and keeps the paths of all it compared."""

    def __init__(self) -> None:
        self.compared: set[Path] = set()

    def rows(self, name: str, expected: Sequence[Row], actual: Sequence[Row], ordered: bool = False) -> None:
        """Each expected row fits exactly one actual row, and none is left over."""
        self.compared.add((name,))
        defaults = LIST_DEFAULTS.get(name, {})
        if ordered:
            pairs = dict(zip(range(len(expected)), range(len(actual)), strict=False))
            pairs = {i: j for i, j in pairs.items() if fits(expected[i], actual[j], defaults)}
        else:
            pairs = _paired(expected, actual, defaults)
        if len(pairs) < len(expected) or len(pairs) < len(actual):
            raise Mismatch(_side_by_side(name, expected, actual, pairs))
        for i, row in enumerate(expected):
            self.compared |= set(leaves(row, (name, i)))

    def value(self, path: Path, expected: Any, actual: Any) -> None:
        """One value, or a map or list of which only the keys expected are compared."""
        if not equal(path[-1], expected, actual):
            raise Mismatch(f"{'.'.join(map(str, path))}: expected {shown(expected)}, found {shown(actual)}")
        self.compared |= set(leaves(expected, path))

    def missing(self, expected: Mapping[str, Any]) -> list[Path]:
        """The values of `then` that nobody compared."""
        return sorted(set(leaves(expected, ())) - self.compared, key=str)


def leaves(value: Any, path: Path) -> Iterator[Path]:
    """The paths of all values; an empty list or map is a value."""
    if isinstance(value, Mapping) and value:
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    elif isinstance(value, list) and value:
        for i, part in enumerate(value):
            yield from leaves(part, (*path, i))
    else:
        yield path


def _paired(expected: Sequence[Row], actual: Sequence[Row], defaults: Row) -> dict[int, int]:
    """For as many expected rows as possible an actual row of their own (augmenting paths)."""
    candidates = [[j for j, found in enumerate(actual) if fits(row, found, defaults)] for row in expected]
    taken: dict[int, int] = {}

    def place(i: int, tried: set[int]) -> bool:
        for j in candidates[i]:
            if j in tried:
                continue
            tried.add(j)
            if j not in taken or place(taken[j], tried):
                taken[j] = i
                return True
        return False

    for i in range(len(expected)):
        place(i, set())
    return {i: j for j, i in taken.items()}


def fits(expected: Row, actual: Row, defaults: Row) -> bool:
    """Whether every key of the expected row, and those with a meaning when left out, are equal."""
    wanted = {key: value for key, value in {**DEFAULTS, **defaults}.items() if key in actual}
    wanted.update(expected)
    return all(key in actual and equal(key, value, actual[key]) for key, value in wanted.items())


def equal(key: Any, expected: Any, actual: Any) -> bool:
    if isinstance(expected, Mapping):
        return isinstance(actual, Mapping) and _equal_maps(key, expected, actual)
    if isinstance(expected, list):
        return isinstance(actual, list | tuple) and _equal_lists(expected, actual)
    if expected is None and isinstance(actual, int | Decimal) and not isinstance(actual, bool):
        return actual == 0  # an empty number
    if expected is None or actual is None or expected == "" or actual == "":
        return (expected in (None, "")) == (actual in (None, ""))
    if isinstance(expected, bool) or isinstance(actual, bool):
        return isinstance(expected, bool) and isinstance(actual, bool) and expected == actual
    if isinstance(actual, int | Decimal):
        return _number(expected) == Decimal(actual)
    if isinstance(actual, date):
        return bool(expected == actual)
    left, right = str(expected), str(actual)
    return left == right if key in READ else left.casefold() == right.casefold()


def _equal_maps(key: Any, expected: Row, actual: Row) -> bool:
    if key in ("dimensions", "invoiced_to"):  # maps of codes: complete
        left, right = ({str(k): v for k, v in part.items()} for part in (expected, actual))
        return left.keys() == right.keys() and all(equal(k, left[k], right[k]) for k in left)
    return all(k in actual and equal(k, value, actual[k]) for k, value in expected.items())


def _equal_lists(expected: Sequence[Any], actual: Sequence[Any]) -> bool:
    """Rows fit one to one; plain values are the same, in any order."""
    if len(expected) != len(actual):
        return False
    if all(isinstance(row, Mapping) for row in [*expected, *actual]):
        return len(_paired(expected, actual, {})) == len(expected)
    return sorted(map(str, expected)) == sorted(map(str, actual))


def _number(value: Any) -> Decimal | None:
    if isinstance(value, int | Decimal):
        return Decimal(value)
    return Decimal(value) if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value) else None


# --- what went wrong ----------------------------------------------------------------------------------------------


def _side_by_side(name: str, expected: Sequence[Row], actual: Sequence[Row], pairs: Mapping[int, int]) -> str:
    """Both lists, equal rows beside each other, what has no partner marked."""
    lines = [f"{name}: {len(expected)} expected, {len(actual)} found"]
    lines += [f"    = {shown(expected[i])}" for i in sorted(pairs)]
    spare = [j for j in range(len(actual)) if j not in pairs.values()]
    for i, row in enumerate(expected):
        if i in pairs:
            continue
        lines.append(f"    - expected {shown(row)}")
        near = max(spare, key=lambda j: _likeness(row, actual[j]), default=None)
        if near is not None:
            spare.remove(near)
            lines.append(f"    +    found {shown(_keys_first(row, actual[near]))}")
            different = [key for key, value in row.items() if not equal(key, value, actual[near].get(key))]
            lines.append(f"      differ in {', '.join(different) or 'a key that means its default when left out'}")
    lines += [f"    +    found {shown(actual[j])} (not expected)" for j in spare]
    return "\n".join(lines)


def _likeness(expected: Row, actual: Row) -> int:
    return sum(equal(key, value, actual.get(key)) for key, value in expected.items())


def _keys_first(expected: Row, actual: Row) -> Row:
    """The actual row with the keys that are expected, in that order, then the others."""
    return {**{key: actual[key] for key in expected if key in actual}, **actual}


def shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {shown(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(shown, value)) + "]"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)


# --- texts --------------------------------------------------------------------------------------------------------


def says(words: Iterable[Any], text: str) -> bool:
    """Whether the text holds every one of the words; a number must stand alone, "6" is not in "16"."""
    return all(_holds(str(word), text) for word in words)


def _holds(word: str, text: str) -> bool:
    low, high = r"(?<![\w])", r"(?![\w])"
    if re.fullmatch(r"[\d.]+", word):
        low, high = r"(?<![\d])(?<!\d[.,])", r"(?!\d)(?![.,]\d)"
        return re.search(low + re.escape(word) + _zeros(word) + high, text) is not None
    if re.search(r"\d", word):
        return re.search(low + re.escape(word) + high, text, re.IGNORECASE) is not None
    return word.casefold() in text.casefold()


def _zeros(word: str) -> str:
    """4 is also 4.00, and 4.00 also 4.000."""
    return r"(?:0*)" if "." in word else r"(?:\.0+)?"

"""What may be typed into the filter of a column: `A`, several as `A|B`, a range as `A..B`, `<>A`, and `*` for any signs
(D-109)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import Final

from db.engine import dialect

__all__ = ["LAST_SIGN", "Compared", "column_filter", "fold", "folded"]

MOST_PARTS: Final = 50
LAST_SIGN: Final = chr(0x10FFFF)
_LOWER: Final = str.maketrans(ascii_uppercase, ascii_lowercase)
NEVER: Final[tuple[str, list[object]]] = ("1 = 0", [])


@dataclass(frozen=True, slots=True)
class Compared:
    """A column as its filter compares it. `ordered`: as a range does; `alike`: a text whatever its capital letters are;
    `read` makes of a part what the database compares."""

    column: str
    ordered: str = ""
    alike: str = ""
    read: Callable[[str], object] = str


def fold(text: str) -> str:
    """A text as `folded` columns have it."""
    return text.translate(_LOWER)


def folded(column: str) -> str:
    """A column in small letters, as an index keeps it: A to Z, which is what SQLite and PostgreSQL agree on."""
    return f"LOWER({column})" if dialect() == "sqlite" else f'LOWER({column} COLLATE "C")'


def column_filter(compared: Compared, text: str) -> tuple[str, list[object]]:
    """The condition for a column, and its arguments. Of several parts one must fit, and none of those with `<>` may. A
    blank part asks for nothing."""
    fits, never, fit_args, never_args = list[str](), list[str](), list[object](), list[object]()
    for part in text.split("|")[:MOST_PARTS]:
        word = part.strip()
        wanted = word.removeprefix("<>").strip()
        condition, args = _part(compared, wanted) if wanted else ("", [])
        if not condition:
            continue
        if word.startswith("<>"):
            never.append(f"COALESCE(NOT ({condition}), TRUE)")
            never_args += args
        else:
            fits.append(condition)
            fit_args += args
    every = [fits[0] if len(fits) == 1 else f"({' OR '.join(fits)})"] if fits else []
    return " AND ".join([*every, *never]) or "1 = 1", [*fit_args, *never_args]


def _part(compared: Compared, text: str) -> tuple[str, list[object]]:
    low, between, high = (one.strip() for one in text.partition(".."))
    try:
        if between:
            ordered = compared.ordered or compared.column
            bounds = [(sign, compared.read(value)) for sign, value in ((">=", low), ("<=", high)) if value]
            return " AND ".join(f"{ordered} {sign} ?" for sign, _ in bounds), [value for _, value in bounds]
        if compared.read is str and ("*" in text or compared.alike):
            escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_").replace("*", "%")
            if compared.alike:
                return f"{compared.alike} LIKE ? ESCAPE '!'", [escaped.lower()]
            return _beginning(compared, text.partition("*")[0], f"{compared.column} LIKE ? ESCAPE '!'", escaped)
        return f"{compared.column} = ?", [compared.read(text)]
    except (ValueError, ArithmeticError):
        return NEVER


def _beginning(compared: Compared, start: str, like: str, pattern: str) -> tuple[str, list[object]]:
    """What begins so lies together in an index, where the column itself is ordered sign by sign: no more is read."""
    if not start or compared.ordered:
        return like, [pattern]
    between = f"{compared.column} >= ? AND {compared.column} < ?"
    return f"({between} AND {like})", [start, f"{start}{LAST_SIGN}", pattern]

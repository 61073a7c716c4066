"""What may be typed into the filter of a column: `A`, several as `A|B`, a range as `A..B`, `<>A`, and `*` for any signs
(D-109)."""

from __future__ import annotations

from typing import Final

__all__ = ["column_filter"]

MOST_PARTS: Final = 20
SIGNS: Final = ("|", "..", "<>", "*")


def column_filter(column: str, text: str, ordered: str = "") -> tuple[str, list[object]]:
    """The condition for a column of text, and its arguments. `ordered`: the column as a range compares it.

    Of several parts one must fit, and none of those with `<>` may. A blank part asks for nothing.
    """
    if not any(sign in text for sign in SIGNS):
        return f"{column} = ?", [text]
    fits, never, fit_args, never_args = list[str](), list[str](), list[object](), list[object]()
    for part in text.split("|")[:MOST_PARTS]:
        word = part.strip()
        wanted = word.removeprefix("<>").strip()
        if not wanted:
            continue
        condition, args = _part(f"COALESCE({column}, '')" if word != wanted else column, wanted, ordered or column)
        if not condition:
            continue
        if word.startswith("<>"):
            never.append(f"NOT ({condition})")
            never_args += args
        else:
            fits.append(condition)
            fit_args += args
    every = [f"({' OR '.join(fits)})"] if fits else []
    return " AND ".join([*every, *never]) or "1 = 1", [*fit_args, *never_args]


def _part(column: str, text: str, ordered: str) -> tuple[str, list[object]]:
    low, between, high = (one.strip() for one in text.partition(".."))
    if between:
        bounds = [(sign, value) for sign, value in ((">=", low), ("<=", high)) if value]
        return " AND ".join(f"{ordered} {sign} ?" for sign, _ in bounds), [value for _, value in bounds]
    if "*" in text:
        escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
        return f"{column} LIKE ? ESCAPE '!'", [escaped.replace("*", "%")]
    return f"{column} = ?", [text]

"""Values of master fields: what a person or a program sends becomes the value that a column keeps, or a finding.

Takes typed values and texts alike (`Decimal`, 12, "12.50"; `date`, "2026-03-15"), but never a float.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from webapp import labels
from webapp.posting.findings import Finding, finding
from webapp.store.masters_registry import NUMBERS, Field, Master, Row

WHOLE_DIGITS = 12
LONG_TEXT = 200_000
_NUMBER = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?")
_YES = {"true": True, "yes": True, "false": False, "no": False, "": False}


def read_values(master: Master, given: Mapping[str, Any]) -> tuple[Row, list[Finding]]:
    """The columns that were given, as values; and a finding for each that is unknown or not understood."""
    row: Row = {}
    faults: list[Finding] = []
    for name, value in given.items():
        field = master.fields.get(name)
        read: Any = _unknown(master, name) if field is None else read_value(field, value, master.name)
        if isinstance(read, Finding):
            faults.append(read)
        else:
            row[name] = read
    return row, faults


def _unknown(master: Master, name: object) -> Finding:
    shown = str(name)[:60]
    return finding("field_unknown", table=master.name, field=shown, label=shown, name=shown)


def read_value(field: Field, given: Any, table: str = "") -> Any:
    """One value as its column keeps it, or the finding that says why not (O-43, S-4)."""
    return READERS[field.kind](_Fault(field, table), given)


class _Fault:
    """Makes findings about one field."""

    def __init__(self, field: Field, table: str) -> None:
        self.field = field
        self.table = table

    def __call__(self, code: str, given: Any = "", **values: Any) -> Finding:
        typed = "a list" if isinstance(given, list | dict) else str(given)
        return finding(
            code,
            table=self.table,
            field=self.field.name,
            label=self.field.label,
            typed=typed if len(typed) <= 40 else typed[:39] + "…",
            **values,
        )


def _text(fault: _Fault, given: Any) -> Any:
    if given is None:
        return ""
    if isinstance(given, bool) or not isinstance(given, str | int):
        return fault("text_not_allowed", given)
    text = unicodedata.normalize("NFC", str(given)).strip()
    kept = "\n\r\t" if fault.field.kind == "long_text" else ""
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in kept for letter in text):
        return fault("text_not_allowed", given)
    limit = fault.field.length or LONG_TEXT
    if len(text) > limit:
        return fault("text_too_long", given, length=len(text), limit=limit)
    return text


def _code(fault: _Fault, given: Any) -> Any:
    text = _text(fault, given)
    if isinstance(text, Finding):
        return text
    field = fault.field
    code = text.upper()
    if len(code) > field.length:
        return fault("text_too_long", given, length=len(code), limit=field.length)
    return code


def _choice(fault: _Fault, given: Any) -> Any:
    options = fault.field.options
    if given is None or given == "":
        return options[0]
    if isinstance(given, str) and given in options:
        return given
    return fault("choice_unknown", given, options=", ".join(options))


def _flag(fault: _Fault, given: Any) -> Any:
    if given is None or isinstance(given, bool):
        return bool(given)
    value = _YES.get(given.strip().lower()) if isinstance(given, str) else None
    return fault("flag_not_understood", given) if value is None else value


def _day(fault: _Fault, given: Any) -> Any:
    if given is None or given == "":
        return fault("field_required") if fault.field.required else None
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    try:
        return (
            date.fromisoformat(given)
            if isinstance(given, str) and len(given) == 10
            else fault("date_not_understood", given)
        )
    except ValueError:
        return fault("date_not_understood", given)


def _clock(fault: _Fault, given: Any) -> Any:
    if given is None or given == "" or isinstance(given, time):
        return given or None
    try:
        return time.fromisoformat(str(given))
    except ValueError:
        return fault("time_not_understood", given)


def _whole(fault: _Fault, given: Any) -> Any:
    if given is None or given == "":
        return 0
    if isinstance(given, str) and re.fullmatch(r"[+-]?\d{1,10}", given.strip()):
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int):
        return fault("integer_expected", given)
    least = 1 if fault.field.positive else 0
    if not least <= given < 2**31:
        return fault("number_out_of_range", given, low=least, high=2**31 - 1)
    return given


def _number(fault: _Fault, given: Any) -> Any:
    value = _exact(given)
    if value is None:
        return fault("number_not_understood", given)
    field = fault.field
    if abs(value) >= 10**WHOLE_DIGITS or value != value.quantize(Decimal(1).scaleb(-field.places)):
        return fault("number_too_many_digits", given, whole=WHOLE_DIGITS, places=field.places)
    if value < 0:
        return fault("number_negative", given)
    if field.kind == "percent" and value > 100:
        return fault("number_out_of_range", given, low=0, high=100)
    if field.positive and value == 0:
        return fault("number_out_of_range", given, low=Decimal(1).scaleb(-field.places), high="999,999,999,999")
    return value


def _exact(given: Any) -> Decimal | None:
    if given is None or given == "":
        return Decimal(0)
    if isinstance(given, Decimal):
        return given if given.is_finite() and given.adjusted() < 40 else None
    if isinstance(given, int) and not isinstance(given, bool):
        return Decimal(given) if abs(given) < 10**20 else None
    if isinstance(given, str) and _NUMBER.fullmatch(given.strip()):
        return Decimal(given.strip())
    return None


READERS: dict[str, Callable[[_Fault, Any], Any]] = {
    "code": _code,
    "text": _text,
    "long_text": _text,
    "choice": _choice,
    "flag": _flag,
    "day": _day,
    "clock": _clock,
    "whole": _whole,
    **dict.fromkeys(NUMBERS, _number),
}


def search_text(*texts: str) -> str:
    """Words to search by: small letters, no accents, each once, each after a blank."""
    words: dict[str, None] = {}
    for text in texts:
        words.update(dict.fromkeys(search_words(text)))
    found = ""
    for word in words:
        if len(found) + len(word) >= 400:
            break
        found += f" {word}"
    return found


def search_words(text: str) -> list[str]:
    """The words of a text as `search_text` keeps them."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).split()


def written(value: Any) -> Any:
    """A value as JSON keeps it: decimals and dates as texts."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date | time) else value


def named(values: Mapping[str, Any]) -> str:
    """Columns as a message names them."""
    return ", ".join(labels.in_sentence(labels.label(name)) for name in values)

"""Forms: which fields they have, what was typed into them, what it came to, and everything that is wrong with it.

`Field` names a field and its bounds, `read_form` reads a whole form: it collects every finding at once, keeps what was
typed, and names fields that do not belong to the form. How one text is read is the business of `webapp.typed`, whose
functions are at hand here, too.

Nothing here knows of the web framework: a submitted form is an iterable of (name, text) pairs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Final

from webapp import formats, labels
from webapp.posting.findings import Finding, finding
from webapp.posting.records import changed
from webapp.typed import (
    MONEY,
    MOST_TYPED,
    PERCENT,
    PRICE,
    QUANTITY,
    RATE,
    WHOLE,
    Bounds,
    Name,
    Typist,
    choice,
    clock,
    code,
    day,
    flag,
    long_text,
    money,
    number,
    percent,
    price,
    quantity,
    rate,
    shortened,
    text,
    whole,
)

__all__ = [
    "Bounds",
    "Field",
    "Form",
    "Name",
    "Typist",
    "Value",
    "choice",
    "clock",
    "code",
    "day",
    "flag",
    "long_text",
    "money",
    "number",
    "percent",
    "price",
    "quantity",
    "rate",
    "read_form",
    "read_lines",
    "show_form",
    "text",
    "whole",
]

Value = str | Decimal | int | bool | date | time | None

MOST_FIELDS: Final = 20_000
MOST_UNKNOWN: Final = 20
CONTROL_FIELDS: Final = frozenset({"_csrf_token", "_token", "_confirmed", "row_version"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form: its name, its kind, its bounds and its words.

    kind: code, text, long_text, money, price, quantity, percent, rate, whole, day, clock, flag, choice.
    lookup: the slug of the list in which the field searches while typing; "" for none.
    options: the values of a choice. bounds: other bounds than the kind's own. blank_zero: 0 leaves the field empty.
    """

    name: str
    kind: str
    label: str = ""
    length: int = 0
    required: bool = False
    options: tuple[str, ...] = ()
    bounds: Bounds | None = None
    lookup: str = ""
    hint: str = ""
    readonly: bool = False
    blank_zero: bool = False

    @property
    def title(self) -> str:
        """The visible label and accessible name."""
        return self.label or labels.label(self.name)

    @property
    def numeric(self) -> bool:
        return self.kind in NUMBERS

    @property
    def most(self) -> int:
        """How many characters can be typed into it."""
        return self.length or LENGTHS.get(self.kind, 40)

    def parse(self, typed: str, typist: Typist) -> Value | Finding:
        """The value of what was typed, or the finding that says why there is none, with field and label."""
        name = Name(self.name, self.title)
        if len(typed) > MOST_TYPED:
            return name.fault("text_too_long", typed, length=len(typed), limit=self.most)
        value = PARSERS[self.kind](self, typed, typist, name)
        return name.fault("field_required") if self.required and value in ("", None) else value

    def typed(self, value: Value, locale: str) -> str:
        """The value as it stands in the input field, so that `parse` reads it back."""
        if isinstance(value, bool):
            return "true" if value else ""
        if isinstance(value, Decimal | int):
            if self.blank_zero and not value:
                return ""
            return formats.typed_number(value, locale, least=2 if self.kind in {"money", "price"} else 0)
        if isinstance(value, date):
            return formats.typed_day(value, locale)
        return formats.clock(value) if isinstance(value, time) else value or ""


NUMBERS: Final[dict[str, Bounds]] = {
    "money": MONEY,
    "price": PRICE,
    "quantity": QUANTITY,
    "percent": PERCENT,
    "rate": RATE,
    "whole": WHOLE,
}
LENGTHS: Final = {"code": 20, "text": 100, "long_text": 4000}


def _parse_number(field: Field, typed: str, typist: Typist, name: Name) -> Decimal | int | Finding:
    bounds = field.bounds or NUMBERS[field.kind]
    if field.kind == "whole":
        return whole(typed, typist.locale, bounds, name)
    return number(typed, bounds, typist.locale, name)


PARSERS: Final[Mapping[str, Callable[[Field, str, Typist, Name], Value | Finding]]] = {
    "code": lambda field, typed, typist, name: code(typed, field.most, name),
    "text": lambda field, typed, typist, name: text(typed, field.most, name),
    "long_text": lambda field, typed, typist, name: long_text(typed, field.most, name),
    "choice": lambda field, typed, typist, name: choice(typed, field.options, name),
    "flag": lambda field, typed, typist, name: flag(typed, name),
    "day": lambda field, typed, typist, name: day(typed, typist, name),
    "clock": lambda field, typed, typist, name: clock(typed, name),
    **dict.fromkeys(NUMBERS, _parse_number),
}


@dataclass(slots=True)
class Form:
    """A form as it was read or as it is shown: what stands in each field, the values, and what is wrong.

    `values` has only the fields that came and were understood. `prefix` goes before each name in the browser, so that
    many lines fit in one form.
    """

    fields: Mapping[str, Field]
    raw: dict[str, str] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    prefix: str = ""

    @property
    def ok(self) -> bool:
        return not any(found.severity == "error" for found in self.findings)

    def typed(self, name: str) -> str:
        """What stands in the field."""
        return self.raw.get(name, "")

    def name(self, name: str) -> str:
        return f"{self.prefix}{name}"

    def id(self, name: str) -> str:
        """The id of the input, the target of the links in the error summary."""
        return f"f-{self.prefix}{name}"

    def faults(self, name: str) -> list[Finding]:
        """What is wrong with one field."""
        return [found for found in self.findings if found.field == name]

    def show_rest(self, values: Mapping[str, Value], locale: str) -> None:
        """Fields that did not come, or that can't be typed into, show what is stored."""
        for name, one in self.fields.items():
            if one.readonly or name not in self.raw:
                self.raw[name] = one.typed(values.get(name), locale)

    def add(self, *found: Finding) -> None:
        """Findings that the rules made later; kept once each."""
        self.findings.extend(one for one in found if one not in self.findings)


@cache
def _by_name(fields: tuple[Field, ...]) -> dict[str, Field]:
    return {one.name: one for one in fields}


def show_form(
    fields: Iterable[Field], values: Mapping[str, Value], locale: str = formats.DEFAULT_LOCALE, prefix: str = ""
) -> Form:
    """A form that shows these values, with nothing wrong yet."""
    by_name = _by_name(tuple(fields))
    raw = {name: one.typed(values.get(name), locale) for name, one in by_name.items()}
    return Form(by_name, raw, dict(values), [], prefix)


def read_form(fields: Iterable[Field], submitted: Iterable[tuple[str, str]], typist: Typist, prefix: str = "") -> Form:
    """Read what was submitted: every field, every finding, and everything as it was typed.

    A field that did not come is left out of `values`; when several values came under one name the last one counts (an
    unticked checkbox is a blank before it). A field that the form does not have is a finding.
    """
    form = Form(_by_name(tuple(fields)), prefix=prefix)
    for count, (full_name, typed) in enumerate(submitted):
        if count >= MOST_FIELDS:
            form.findings.append(finding("too_many_fields", limit=MOST_FIELDS))
            break
        if full_name in CONTROL_FIELDS:
            continue
        name = full_name.removeprefix(prefix)
        if name not in form.fields or not full_name.startswith(prefix):
            if len(form.findings) >= MOST_UNKNOWN:
                break
            form.add(finding("field_unknown", field=shortened(full_name), name=shortened(full_name)))
            continue
        form.raw[name] = typed
    for name, typed in form.raw.items():
        _read_field(form, form.fields[name], typed, typist)
    return form


def _read_field(form: Form, field: Field, typed: str, typist: Typist) -> None:
    value = field.parse(typed, typist)
    if isinstance(value, Finding):
        form.findings.append(value)
    elif not field.readonly:
        form.values[field.name] = value


_LINE = re.compile(r"line-([0-9]{1,9})-([a-z0-9_]{1,60})")


def read_lines(fields: Iterable[Field], submitted: Iterable[tuple[str, str]], typist: Typist) -> dict[int, Form]:
    """The lines of a grid, whose fields are named `line-10000-quantity`; other names belong to the page's own form."""
    pairs: dict[int, list[tuple[str, str]]] = {}
    for name, typed in submitted:
        if match := _LINE.fullmatch(name):
            pairs.setdefault(int(match[1]), []).append((name, typed))
    own = tuple(fields)
    lines = {no: read_form(own, of_line, typist, prefix=f"line-{no}-") for no, of_line in pairs.items()}
    for no, form in lines.items():
        form.findings = [changed(found, line=no) for found in form.findings]
    return lines

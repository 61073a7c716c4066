"""The form layer: what a person typed becomes a value or a finding.

One function per kind of field (`code`, `text`, `money`, `quantity`, `day` …) takes the typed text and gives the value
or a `Finding`; whatever text comes, it never raises. `Field` names a field and its bounds, `read_form` reads a whole
form: it collects every finding at once, keeps what was typed, and names fields that do not belong to the form.

Nothing here knows of the web framework: a submitted form is an iterable of (name, text) pairs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache
from typing import Any, Final

from webapp import formats, labels
from webapp.posting.findings import Finding, finding

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

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
MOST_FIELDS: Final = 20_000
MOST_TYPED: Final = 20_000
CONTROL_FIELDS: Final = frozenset({"_csrf_token", "_token", "_confirmed", "row_version"})


@dataclass(frozen=True, slots=True)
class Name:
    """What a finding calls the field: its name in the form and its label."""

    field: str = ""
    label: str = "The value"

    def fault(self, code: str, typed: str = "", **values: Any) -> Finding:
        return finding(code, field=self.field, label=self.label, typed=shortened(typed), **values)


NAMELESS: Final = Name()


@dataclass(frozen=True, slots=True)
class Typist:
    """Who types: the locale, the work date (`w`) and today (`t`)."""

    locale: str = formats.DEFAULT_LOCALE
    work_date: date = date(2026, 1, 1)
    today: date = date(2026, 1, 1)


TODAY: Final = Typist()


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number may be: digits before the point, decimals, and the least and the most it may come to."""

    digits: int = 12
    places: int = 5
    lowest: Decimal | None = Decimal(0)
    highest: Decimal | None = None


MONEY: Final = Bounds(places=2, lowest=None)
PRICE: Final = Bounds(lowest=None)
QUANTITY: Final = Bounds()
PERCENT: Final = Bounds(digits=3, highest=Decimal(100))
RATE: Final = Bounds(digits=11, places=6)
WHOLE: Final = Bounds(digits=9, places=0)

# --- texts -------------------------------------------------------------------------------------------------------


def _unprintable(typed: str, allowed: str = "") -> bool:
    return any(unicodedata.category(c) in {"Cc", "Cs"} and c not in allowed for c in typed)


def text(typed: str, length: int = 100, name: Name = NAMELESS) -> str | Finding:
    """One line of text without blanks at its ends, at most `length` characters."""
    return _text(" ".join(typed.splitlines()).replace("\t", " "), length, name)


def long_text(typed: str, length: int = 4000, name: Name = NAMELESS) -> str | Finding:
    """A text of several lines; line ends become `\\n`."""
    return _text(typed.replace("\r\n", "\n").replace("\r", "\n"), length, name, allowed="\n\t")


def _text(typed: str, length: int, name: Name, allowed: str = "") -> str | Finding:
    if _unprintable(typed, allowed):
        return name.fault("text_not_allowed", typed)
    value = unicodedata.normalize("NFC", typed).strip()
    if len(value) > length:
        return name.fault("text_too_long", typed, length=len(value), limit=length)
    return value


def code(typed: str, length: int = 20, name: Name = NAMELESS) -> str | Finding:
    """A short name: trimmed, in capital letters; blank is an empty text."""
    return text(typed.upper(), length, name)


def choice(typed: str, options: Sequence[str], name: Name = NAMELESS) -> str | Finding:
    """One of a closed list."""
    value = typed.strip()
    if value in options:
        return value
    return name.fault("choice_unknown", typed, options=", ".join(filter(None, map(labels.choice, options[:12]))))


YES: Final = frozenset({"true", "on", "yes", "1"})
NO: Final = frozenset({"", "false", "off", "no", "0"})


def flag(typed: str, name: Name = NAMELESS) -> bool | Finding:
    """Yes or no. A checkbox that is not ticked comes as a blank text."""
    value = typed.strip().lower()
    if value in YES:
        return True
    return False if value in NO else name.fault("flag_not_understood", typed)


def shortened(typed: str, length: int = 40) -> str:
    """What was typed, as it may be quoted in a message."""
    clean = "".join("?" if unicodedata.category(c) in {"Cc", "Cs"} else c for c in typed.strip())
    return clean if len(clean) <= length else clean[: length - 1] + "…"


# --- numbers -----------------------------------------------------------------------------------------------------

SPACES: Final = " \u00a0\u2007\u2009\u202f"
_MINUS_SIGNS = str.maketrans(dict.fromkeys("\u2212\u2012\u2013", "-") | {"×": "*", "÷": "/", "·": "*"})
_NUMERAL = r"[0-9.,'’" + SPACES + "]*[0-9][.,]?"
_SUM = re.compile(rf"\s*([-+]?)\s*({_NUMERAL})\s*((?:[-+*/]\s*{_NUMERAL}\s*)*)%?\s*")
_STEP = re.compile(rf"([-+*/])\s*({_NUMERAL})")
_GROUPED = re.compile(rf"[0-9]{{1,3}}(?:[{SPACES}'’][0-9]{{3}})+(?=[.,]|$)")
MOST_STEPS: Final = 20
MOST_DIGITS: Final = 40


def number(
    typed: str, bounds: Bounds = QUANTITY, locale: str = formats.DEFAULT_LOCALE, name: Name = NAMELESS
) -> Decimal | Finding:
    """A number as people type it: `1,5`, `1.5`, `1 234,50`, `1.234,56`, or a simple sum such as `3*1.5` or `12+3`.

    Blank is 0. A separator that the locale does not use for decimals still counts as one where it can't group
    thousands (`1.5` typed in German is one and a half). Multiplication and division go before addition; the result of
    a division is rounded to the decimals of the field, halves away from zero.
    Gives number_not_understood, number_too_many_digits, integer_expected, number_negative, number_out_of_range.
    """
    if not typed.strip():
        return _within(Decimal(0), typed, bounds, name)
    understood = _sum(typed.translate(_MINUS_SIGNS), locale)
    if understood is None:
        return name.fault("number_not_understood", typed)
    value, divided = understood
    return _within(_rounded(value, bounds.places) if divided else value, typed, bounds, name)


def _sum(typed: str, locale: str) -> tuple[Decimal, bool] | None:
    """The value of a number or simple sum and whether it was divided; None when it can't be understood."""
    match = _SUM.fullmatch(typed) if len(typed) <= 200 else None
    if match is None:
        return None
    sign, first, rest = match.groups()
    steps = [("+" if sign != "-" else "-", first), *_STEP.findall(rest)]
    if len(steps) > MOST_STEPS:
        return None
    with localcontext(prec=200):
        return _added_up(steps, locale)


def _added_up(steps: Sequence[tuple[str, str]], locale: str) -> tuple[Decimal, bool] | None:
    total, term, divided = Decimal(0), Decimal(0), False
    for operator, numeral in steps:
        value = _numeral(numeral, locale)
        if value is None or (operator == "/" and not value):
            return None
        if operator in "+-":
            total, term = total + term, value if operator == "+" else -value
        elif operator == "*":
            term *= value
        else:
            term, divided = term / value, True
    return total + term, divided


def _numeral(typed: str, locale: str) -> Decimal | None:
    """One numeral; None when its separators make no sense."""
    plain = _without_spaces(typed.strip())
    if plain is None or len(plain) > MOST_DIGITS:
        return None
    separators = [c for c in plain if c in ".,"]
    if not separators:
        return Decimal(plain)
    decimal = _decimal_sign(plain, separators, locale)
    whole, _, decimals = plain.rpartition(decimal) if decimal else (plain, "", "")
    if any(c in whole for c in ".,"):
        group = "." if "." in whole else ","
        if not re.fullmatch(rf"[1-9][0-9]{{0,2}}(?:\{group}[0-9]{{3}})+", whole):
            return None
        whole = whole.replace(group, "")
    return Decimal(f"{whole or '0'}.{decimals or '0'}")


def _without_spaces(typed: str) -> str | None:
    """Digits grouped by spaces or apostrophes joined together; None when a space stands elsewhere."""
    if not re.search(rf"[{SPACES}'’]", typed):
        return typed
    match = _GROUPED.match(typed)
    if match is None or re.search(rf"[{SPACES}'’]", typed[match.end() :]):
        return None
    return re.sub(rf"[{SPACES}'’]", "", typed)


def _decimal_sign(plain: str, separators: Sequence[str], locale: str) -> str:
    """Which separator is the decimal sign: the last of two kinds; of one kind, the one that can't be grouping."""
    last = separators[-1]
    if len(set(separators)) == 2:
        return last
    if len(separators) > 1:
        return ""
    grouping = last == formats.locale_of(locale).group and re.fullmatch(r"[1-9][0-9]{0,2}[.,][0-9]{3}", plain)
    return "" if grouping else last


def _rounded(value: Decimal, places: int) -> Decimal:
    with localcontext(prec=400):
        return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _within(value: Decimal, typed: str, bounds: Bounds, name: Name) -> Decimal | Finding:
    value = _plain(value)
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    if -exponent > bounds.places == 0:
        return name.fault("integer_expected", typed)
    if abs(value) >= Decimal(10) ** bounds.digits or -exponent > bounds.places:
        return name.fault("number_too_many_digits", typed, whole=bounds.digits, places=bounds.places)
    if value < 0 and bounds.lowest == 0 and bounds.highest is None:
        return name.fault("number_negative", typed)
    lowest = -(10**bounds.digits) if bounds.lowest is None else bounds.lowest
    highest = 10**bounds.digits if bounds.highest is None else bounds.highest
    if not lowest <= value <= highest:
        return name.fault("number_out_of_range", typed, low=lowest, high=highest)
    return value


def _plain(value: Decimal) -> Decimal:
    """Without trailing zeros behind the point, and no negative zero."""
    if not value:
        return Decimal(0)
    with localcontext(prec=400):
        trimmed = value.normalize()
        return trimmed if trimmed.as_tuple().exponent <= 0 else trimmed.quantize(Decimal(1))  # type: ignore[operator]


def money(
    typed: str, locale: str = formats.DEFAULT_LOCALE, bounds: Bounds = MONEY, name: Name = NAMELESS
) -> Decimal | Finding:
    """An amount of money in the decimals of its currency. Source: O-43."""
    return number(typed, bounds, locale, name)


def price(
    typed: str, locale: str = formats.DEFAULT_LOCALE, bounds: Bounds = PRICE, name: Name = NAMELESS
) -> Decimal | Finding:
    """A price or cost of one unit, at most five decimals. Source: O-43."""
    return number(typed, bounds, locale, name)


def quantity(
    typed: str, locale: str = formats.DEFAULT_LOCALE, bounds: Bounds = QUANTITY, name: Name = NAMELESS
) -> Decimal | Finding:
    """A quantity, never negative, at most five decimals. Source: O-43."""
    return number(typed, bounds, locale, name)


def percent(
    typed: str, locale: str = formats.DEFAULT_LOCALE, bounds: Bounds = PERCENT, name: Name = NAMELESS
) -> Decimal | Finding:
    """A percentage from 0 to 100, with or without its sign. Source: O-43."""
    return number(typed, bounds, locale, name)


def rate(
    typed: str, locale: str = formats.DEFAULT_LOCALE, bounds: Bounds = RATE, name: Name = NAMELESS
) -> Decimal | Finding:
    """One side of an exchange rate, at most six decimals. Source: O-43."""
    return number(typed, bounds, locale, name)


def whole(
    typed: str, locale: str = formats.DEFAULT_LOCALE, bounds: Bounds = WHOLE, name: Name = NAMELESS
) -> int | Finding:
    """A whole number."""
    value = number(typed, bounds, locale, name)
    return int(value) if isinstance(value, Decimal) else value


# --- dates and times ---------------------------------------------------------------------------------------------

_DIGITS = re.compile(r"[0-9]{1,8}")
_ISO = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_PARTS = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})(?:[-/. ]([0-9]{4}|[0-9]{2})?)?")
_SHIFT = re.compile(r"([tw])\s*(?:([-+])\s*([0-9]{1,4}))?", re.IGNORECASE)


def day(typed: str, typist: Typist = TODAY, name: Name = NAMELESS) -> date | Finding | None:
    """A date as people type it; blank is no date.

    `t` is today, `w` the work date, `t+7` a week from today; `15` is that day of the work date's month, `1503` and
    `15-03` of its year; `150326`, `15032026`, `15/03/26` and `2026-03-15` are whole dates. Day and month stand in the
    order of the locale. Gives date_not_understood, date_does_not_exist, number_out_of_range.
    """
    plain = typed.translate(_MINUS_SIGNS).strip()
    if not plain:
        return None
    if shift := _SHIFT.fullmatch(plain):
        return _shifted(typist, *shift.groups())
    parts = _date_parts(plain, typist)
    if parts is None:
        return name.fault("date_not_understood", typed)
    return _calendar_day(*parts, name)


def _shifted(typist: Typist, letter: str, sign: str | None, days: str | None) -> date:
    start = typist.today if letter.lower() == "t" else typist.work_date
    return start + timedelta(days=int(f"{sign}{days}")) if sign and days else start


def _date_parts(plain: str, typist: Typist) -> tuple[int, int, int] | None:
    """Year, month and day that a text names, not yet held against the calendar."""
    if match := _ISO.fullmatch(plain):
        year, month, of_month = map(int, match.groups())
        return year, month, of_month
    if _DIGITS.fullmatch(plain):
        return _from_digits(plain, typist)
    if match := _PARTS.fullmatch(plain):
        first, second, year_typed = match.groups()
        return _ordered(first, second, year_typed or "", typist)
    return None


def _from_digits(digits: str, typist: Typist) -> tuple[int, int, int] | None:
    work_date = typist.work_date
    if len(digits) <= 2:
        return work_date.year, work_date.month, int(digits)
    if len(digits) not in {4, 6, 8}:
        return None
    return _ordered(digits[:2], digits[2:4], digits[4:], typist)


def _ordered(first: str, second: str, year: str, typist: Typist) -> tuple[int, int, int]:
    of_month, month = (first, second) if formats.locale_of(typist.locale).order == "dmy" else (second, first)
    return _full_year(year, typist), int(month), int(of_month)


def _full_year(typed: str, typist: Typist) -> int:
    if not typed:
        return typist.work_date.year
    year = int(typed)
    if len(typed) > 2:
        return year
    return 2000 + year if year < 80 else 1900 + year


def _calendar_day(year: int, month: int, of_month: int, name: Name) -> date | Finding:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return name.fault("number_out_of_range", low=date(FIRST_YEAR, 1, 1), high=date(LAST_YEAR, 12, 31))
    if not 1 <= month <= 12:
        return name.fault("date_does_not_exist", f"month {month}")
    first = date(year, month, 1)
    days = ((first + timedelta(days=31)).replace(day=1) - first).days
    if not 1 <= of_month <= days:
        return name.fault("date_does_not_exist", f"{of_month} {first:%B} {year}")
    return first.replace(day=of_month)


_CLOCK = re.compile(r"([0-9]{1,2})(?:[:.h]?([0-9]{2}))?(?:[:.]([0-9]{2}))?")


def clock(typed: str, name: Name = NAMELESS) -> time | Finding | None:
    """A time of day: `9`, `930`, `0930`, `9:30`, `14.05`; blank is none."""
    plain = typed.strip().lower()
    if not plain:
        return None
    match = _CLOCK.fullmatch(plain)
    hour, minute, second = (int(part or 0) for part in match.groups()) if match else (24, 0, 0)
    if hour > 23 or minute > 59 or second > 59:
        return name.fault("time_not_understood", typed)
    return time(hour, minute, second)


# --- fields and forms --------------------------------------------------------------------------------------------


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
        form.findings = [replace(found, line=no) for found in form.findings]
    return lines

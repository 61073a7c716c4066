"""What a person types becomes a value or a finding: one function per kind of field.

`code`, `text`, `money`, `quantity`, `day` and their like take the typed text and give the value or a `Finding`;
whatever text comes, none of them raises. They know the locale and the work date, and nothing of forms or requests.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any, Final

from webapp import formats, labels
from webapp.posting.findings import Finding, finding

__all__ = [
    "Bounds",
    "Name",
    "Typist",
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
    "text",
    "whole",
]

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
MOST_TYPED: Final = 20_000


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
_DATE = re.compile(
    r"(?P<first>[0-9]{1,2})(?P<between>[-/.])(?P<second>[0-9]{1,2})(?P=between)(?P<year>[0-9]{4}|(?<!-)[0-9]{2})"
    r"|[0-9]{4}(?P<iso>[-/.])(?P<month>[0-9]{2})(?P=iso)(?P<day>[0-9]{2})"
)
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
    A whole date is no sum, although its signs could divide or subtract; with blanks between it is one.
    Gives number_is_date, number_not_understood, number_too_many_digits, integer_expected, number_negative,
    number_out_of_range.
    """
    if not typed.strip():
        return _within(Decimal(0), typed, bounds, name)
    if _looks_like_date(typed.translate(_MINUS_SIGNS).strip()):
        return name.fault("number_is_date", typed)
    understood = _sum(typed.translate(_MINUS_SIGNS), locale)
    if understood is None:
        return name.fault("number_not_understood", typed)
    value, divided = understood
    return _within(_rounded(value, bounds.places) if divided else value, typed, bounds, name)


def _looks_like_date(typed: str) -> bool:
    """Whether a text is day, month and year in some order, not yet held against the calendar."""
    match = _DATE.fullmatch(typed)
    if match is None:
        return False
    parts = match.groupdict()
    low, high = sorted(int(one) for one in (parts["first"] or parts["month"], parts["second"] or parts["day"]))
    return 1 <= low <= 12 and high <= 31


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

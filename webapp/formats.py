"""Numbers, dates and moments as the user reads them and as they stand in an input field.

Two forms of every value. What is *shown* is made for reading: grouped digits, a real minus sign, zero blank where it
says nothing. What is *typed* is made for editing: no grouping, a plain hyphen, and `webapp.forms` reads it back to
the same value in the same locale.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

__all__ = [
    "DEFAULT_LOCALE",
    "LOCALES",
    "MINUS",
    "Locale",
    "amount",
    "clock",
    "day",
    "moment",
    "number",
    "percent",
    "price",
    "quantity",
    "rate",
    "said",
    "typed_day",
    "typed_number",
]

ISO_DAY: Final = re.compile(r"(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])")
AMOUNT: Final = re.compile(r"“[^”]*”|(?<![\w.,/-])(\d{1,3}(?:,\d{3})*\.\d{2,5})(?![\w,/-]|\.\d)")
MINUS: Final = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Locale:
    """How one locale writes numbers and dates. `order` is the order of day, month and year in a typed date."""

    code: str
    name: str
    language: str
    decimal: str
    group: str
    date_pattern: str
    order: str = "dmy"

    @property
    def date_hint(self) -> str:
        """An example of a date, for the hint beside a field."""
        return date(2026, 3, 15).strftime(self.date_pattern)


DEFAULT_LOCALE: Final = "en_GB"
LOCALES: Final[dict[str, Locale]] = {
    locale.code: locale
    for locale in (
        Locale("en_GB", "English (United Kingdom)", "en-GB", ".", ",", "%d/%m/%Y"),
        Locale("de_DE", "Deutsch (Deutschland)", "de-DE", ",", ".", "%d.%m.%Y"),
    )
}


def locale_of(code: str) -> Locale:
    """The locale with this code, or the default one when it is unknown."""
    return LOCALES.get(code) or LOCALES[DEFAULT_LOCALE]


@cache
def _signs(code: str) -> dict[int, str]:
    locale = locale_of(code)
    return str.maketrans({".": locale.decimal, ",": locale.group, "-": MINUS})


@cache
def _step(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def _exact(value: Decimal, places: int) -> Decimal:
    """The value with exactly `places` decimals, halves away from zero; nothing changes when it has fewer."""
    return value.quantize(_step(places), ROUND_HALF_UP)


def _trimmed(value: Decimal, least: int, most: int) -> str:
    """Grouped English digits with at least `least` decimals and no trailing zeros beyond them."""
    exact = _exact(value, most)
    text = f"{exact if exact else abs(exact):,f}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0").ljust(least, "0")
    return f"{whole}.{decimals}" if decimals else whole


def number(value: Decimal, least: int, most: int, locale: str = DEFAULT_LOCALE, blank_zero: bool = False) -> str:
    """A number with `least` to `most` decimals, grouped, with the locale's signs; minus is U+2212."""
    if blank_zero and not value:
        return ""
    return _trimmed(value, least, most).translate(_signs(locale))


def amount(value: Decimal | None, places: int = 2, locale: str = DEFAULT_LOCALE, blank_zero: bool = False) -> str:
    """An amount of money with the decimals of its currency. Source: P-3."""
    return "" if value is None else number(value, places, places, locale, blank_zero)


def price(value: Decimal | None, locale: str = DEFAULT_LOCALE, blank_zero: bool = False) -> str:
    """A price or cost of one unit: two decimals at least, five at most. Source: P-3."""
    return "" if value is None else number(value, 2, 5, locale, blank_zero)


def quantity(value: Decimal | None, locale: str = DEFAULT_LOCALE, blank_zero: bool = False) -> str:
    """A quantity without trailing zeros, five decimals at most. Source: P-3."""
    return "" if value is None else number(value, 0, 5, locale, blank_zero)


percent = quantity


def rate(value: Decimal | None, locale: str = DEFAULT_LOCALE, blank_zero: bool = False) -> str:
    """One side of an exchange rate, six decimals at most. Source: P-22."""
    return "" if value is None else number(value, 0, 6, locale, blank_zero)


def day(value: date | None, locale: str = DEFAULT_LOCALE) -> str:
    """A date as the locale writes it; blank when there is none."""
    return "" if value is None else value.strftime(locale_of(locale).date_pattern)


def said(text: str, locale: str = DEFAULT_LOCALE) -> str:
    """A message as this locale reads it: the core names days as YYYY-MM-DD and amounts as 1,234.50, here they are as
    the locale writes them. What somebody typed stays, between its quotation marks."""
    text = AMOUNT.sub(lambda found: _amount_or_typed(found, locale), text)
    return ISO_DAY.sub(lambda found: _day_or_text(found[0], locale), text)


def _amount_or_typed(found: re.Match[str], locale: str) -> str:
    if found[1] is None:
        return found[0]
    places = len(found[1].rpartition(".")[2])
    return number(Decimal(found[1].replace(",", "")), places, places, locale)


def _day_or_text(text: str, locale: str) -> str:
    try:
        return day(date.fromisoformat(text), locale)
    except ValueError:  # no day of the calendar: somebody typed it, and it is shown as typed
        return text


def clock(value: time | None) -> str:
    """A time of day, `14:05`; the seconds only when there are any."""
    if value is None:
        return ""
    return value.strftime("%H:%M:%S" if value.second else "%H:%M")


def moment(value: datetime | None, locale: str = DEFAULT_LOCALE, zone: str = "UTC") -> str:
    """A moment in the company's time zone, to the minute."""
    if value is None:
        return ""
    local = value.replace(tzinfo=value.tzinfo or UTC).astimezone(ZoneInfo(zone))
    return f"{day(local.date(), locale)} {local:%H:%M}"


def typed_number(value: Decimal | int | None, locale: str = DEFAULT_LOCALE, least: int = 0) -> str:
    """A number as it stands in an input field: not grouped, a plain hyphen, no digit lost."""
    if value is None:
        return ""
    text = f"{Decimal(value):f}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0").ljust(least, "0")
    return f"{whole}{locale_of(locale).decimal}{decimals}" if decimals else whole


def typed_day(value: date | None, locale: str = DEFAULT_LOCALE) -> str:
    """A date as it stands in an input field."""
    return day(value, locale)

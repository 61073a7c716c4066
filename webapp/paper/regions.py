"""Numbers and dates as a customer's region writes them (D-117)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.languages import get_official_languages

__all__ = ["Region", "region_of"]

MINUS: Final = "\N{MINUS SIGN}"
# How a language is written where a customer names no region.
USUAL: Final = {"en": "en_GB", "de": "de_DE"}


@dataclass(frozen=True, slots=True)
class Region:
    """One region's way to write. The signs are looked up once: a long document holds thousands of numbers."""

    locale: Locale
    signs: dict[int, str]
    grouping: tuple[int, int]
    short: str
    named: Locale

    def number(self, value: Decimal | None, least: int, most: int) -> str:
        """A number with `least` to `most` decimals, halves away from zero; minus is U+2212."""
        if value is None:
            return ""
        exact = value.quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP)
        text = f"{exact if exact else abs(exact):f}"
        whole, _, decimals = text.removeprefix("-").partition(".")
        decimals = decimals.rstrip("0").ljust(least, "0")
        grouped = self._grouped(whole) + (f".{decimals}" if decimals else "")
        return f"{'-' if text.startswith('-') else ''}{grouped}".translate(self.signs)

    def _grouped(self, whole: str) -> str:
        first, others = self.grouping
        parts, rest = [whole[-first:]], whole[:-first]
        while rest:
            parts, rest = [rest[-others:], *parts], rest[:-others]
        return ",".join(parts)

    def amount(self, value: Decimal | None, places: int = 2) -> str:
        """An amount of money with the decimals of its currency (P-3)."""
        return self.number(value, places, places)

    def price(self, value: Decimal | None) -> str:
        """A price of one unit: two decimals at least, five at most (P-3)."""
        return self.number(value, 2, 5)

    def quantity(self, value: Decimal | None) -> str:
        """A quantity or a percentage without trailing zeros."""
        return self.number(value, 0, 5)

    def rate(self, value: Decimal | None) -> str:
        """One side of an exchange rate."""
        return self.number(value, 0, 6)

    def day(self, value: date | None) -> str:
        """A date in figures, the year with four."""
        return "" if value is None else _day(value, self.short, self.locale)

    def long_day(self, value: date | None) -> str:
        """A date with the name of its month, in the language of the document (D-121)."""
        return "" if value is None else _day(value, "long", self.named)

    def moment(self, day: date | None, at: time | None) -> str:
        """A day, and the time of it when there is one."""
        return f"{self.day(day)}{f' {at:%H:%M}' if at and day else ''}"


@cache
def _day(value: date, form: str, locale: Locale) -> str:
    return format_date(value, form, locale)


@cache
def region_of(format_region: str, language: str, *countries: str) -> Region:
    """The region that a customer names, such as `de-AT`; without one, or when nobody knows it, that of the first of the
    countries (the customer's, the company's) where the language is spoken, else the usual one of the language."""
    locale = _named(format_region) or Locale.parse(_spoken(language, countries) or USUAL[language])
    symbols = locale.number_symbols["latn"]
    signs = str.maketrans({".": symbols["decimal"], ",": symbols["group"], "-": MINUS})
    first, others = locale.decimal_formats[None].grouping
    pattern = locale.date_formats["short"].pattern
    named = locale if locale.language == language else Locale.parse(USUAL[language])
    return Region(locale, signs, (first, others), pattern.replace("yy", "y").replace("y", "yyyy"), named)


def _named(format_region: str) -> Locale | None:
    try:
        return Locale.parse(format_region.strip().replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return None


def _spoken(language: str, countries: tuple[str, ...]) -> str:
    """A language as it is written in one of these countries: an English paper to Vienna keeps to English figures."""
    spoken = (one for one in countries if language in get_official_languages(one.upper(), de_facto=True))
    names = (f"{language}_{one.upper()}" for one in spoken)
    return next((name for name in names if _named(name)), "")

"""What a span of a contract line costs, and how it is cut into entries to the cent (C-57 … C-59, C-71, C-76 … C-78)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache

from webapp.billing.periods import Span, by_month, eom, months
from webapp.billing.records import ZERO, ContractLine

CENT = Decimal("0.01")
MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def round_half_away(value: Fraction, precision: Decimal = CENT) -> Decimal:
    """The nearest multiple of the precision, halves away from zero (C-3)."""
    over, under = _ratio(precision)
    whole = value.denominator * over
    units, rest = divmod(abs(value.numerator) * under, whole)
    units += 2 * rest >= whole
    return (units if value >= 0 else -units) * precision


@cache
def _ratio(precision: Decimal) -> tuple[int, int]:
    return precision.as_integer_ratio()


def charge(yearly: Decimal, whole: Span | None) -> Fraction:
    """What a yearly figure comes to over a span, exact and unrounded (C-57)."""
    return Fraction(yearly) / 12 * months(whole)


@dataclass(frozen=True, slots=True)
class Figures:
    """The four figures of an entry, each charged and rounded on its own (C-58): positive as on the invoice line."""

    amount: Decimal = ZERO
    price: Decimal = ZERO
    cost: Decimal = ZERO
    discount: Decimal = ZERO

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.amount + other.amount,
            self.price + other.price,
            self.cost + other.cost,
            self.discount + other.discount,
        )

    @property
    def discount_pct(self) -> Decimal:
        """C-59: the discount in percent of the price, five decimals."""
        if not self.price:
            return ZERO
        return round_half_away(Fraction(self.discount) * 100 / Fraction(self.price), Decimal("0.00001"))


def yearly(line: ContractLine) -> Figures:
    """A line's four figures per year."""
    return Figures(line.line_amount, line.line_value, line.line_cost, line.line_discount_amount)


def charged(line: ContractLine, whole: Span) -> Figures:
    """The figures of a line for a span, each rounded once (C-58)."""
    year = yearly(line)
    return Figures(*(_charged(x, whole) for x in (year.amount, year.price, year.cost, year.discount)))


def charged_amount(figure: Decimal, whole: Span) -> Decimal:
    """One yearly figure for a span, rounded once (C-58)."""
    return _charged(figure, whole)


@lru_cache(8192)
def _charged(figure: Decimal, whole: Span) -> Decimal:
    return round_half_away(charge(figure, whole))


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a span that has an entry of its own."""

    days: Span
    figures: Figures
    posting_date: date


def one_piece(line: ContractLine, whole: Span, posting_date: date) -> list[Piece]:
    """What is not paid in advance: one entry for the whole span (C-76)."""
    return [Piece(whole, charged(line, whole), posting_date)]


def monthly_pieces(line: ContractLine, whole: Span, left_of_year: Decimal | None = None) -> list[Piece]:
    """What is paid in advance: one entry per calendar month, in date order; they add up to the rounded whole (C-77).

    `left_of_year` is given for a contract of exactly one year: what of its annual amount no line of this document bills
    yet. A closing part of a month that is one cent above it takes it (C-78).
    """
    pieces = by_month(whole)
    year = yearly(line)
    columns = [_shared(x, whole, pieces) for x in (year.amount, year.price, year.cost, year.discount)]
    if left_of_year is not None and not pieces[-1].is_whole_month and len(pieces) > 1:
        own = round_half_away(charge(year.amount, pieces[-1]))
        if own - (left_of_year - sum(columns[0][:-1], ZERO)) == CENT:
            change = own - CENT - columns[0][-1]
            columns[0][-1] += change
            columns[1][-1] += change
    return [
        Piece(part, Figures(*row), part.first) for part, row in zip(pieces, zip(*columns, strict=True), strict=True)
    ]


def _shared(figure: Decimal, whole: Span, pieces: Sequence[Span]) -> list[Decimal]:
    """One yearly figure over the pieces: whole months evenly, parts of months by days, the last made takes the rest.

    Made in this order: the whole months, then the one part; of two parts the opening one comes first, the closing last.
    """
    total = _charged(figure, whole)
    found = [ZERO] * len(pieces)
    whole_ones = [i for i, part in enumerate(pieces) if part.is_whole_month]
    parts = [i for i, part in enumerate(pieces) if not part.is_whole_month]
    rest = Fraction(figure) / 12 * len(whole_ones)
    for done, i in enumerate(whole_ones):
        found[i] = round_half_away(rest / (len(whole_ones) - done))
        rest -= Fraction(found[i])
    for i in parts:
        found[i] = _charged(figure, pieces[i])
    last = parts[-1] if parts else whole_ones[-1]
    found[last] += total - sum(found, ZERO)
    return found


# --- in words -------------------------------------------------------------------------------------------------------


@lru_cache(8192)
def formula(figure: Decimal, whole: Span) -> str:
    """How the charge of a span comes about, for people: "19 of 28 days of February 2025 × 140.00"."""
    parts = by_month(whole)
    whole_ones = sum(part.is_whole_month for part in parts)
    words = [] if not whole_ones else ["1 month" if whole_ones == 1 else f"{whole_ones} months"]
    shares = [_share_in_words(part) for part in parts if not part.is_whole_month]
    if shares and not parts[0].is_whole_month:
        words.insert(0, shares.pop(0))
    words += shares
    text = " + ".join(words)
    return f"{f'({text})' if len(words) > 1 else text} × {_a_month(figure)}"


def _share_in_words(part: Span) -> str:
    return f"{part.days} of {eom(part.first).day} days of {MONTH_NAMES[part.first.month - 1]} {part.first.year}"


def _a_month(figure: Decimal) -> str:
    """A twelfth of a yearly figure, written as one where it has no exact cents."""
    twelfth = Fraction(figure) / 12
    cents = twelfth * 100
    return f"{Decimal(cents.numerator) / 100:,.2f}" if cents.denominator == 1 else f"{figure:,.2f} / 12"

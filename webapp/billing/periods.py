"""Invoice periods of a contract: which span comes next, and how many months a span is (C-1, C-2, C-63 … C-71, C-79)."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache

MONTHS_PER_PERIOD = {"month": 1, "two_months": 2, "quarter": 3, "half_year": 6, "year": 12, "none": 0}
DAY = timedelta(days=1)


def som(day: date) -> date:
    """The first day of the month (C-1)."""
    return day.replace(day=1)


def eom(day: date) -> date:
    """The last day of the month (C-1)."""
    return day.replace(day=_days_of(day.year, day.month))


@lru_cache(1024)
def _days_of(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def addm(day: date, count: int) -> date:
    """The same day `count` months later, cut to that month's last day (C-1)."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, _days_of(year, month + 1)))


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, both included (C-1)."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def is_whole_month(self) -> bool:
        return self.first.day == 1 and self.last == eom(self.first)

    @property
    def is_whole_months(self) -> bool:
        """Whether no month of it is cut."""
        return self.first.day == 1 and self.last == eom(self.last)

    def __str__(self) -> str:
        return f"{self.first} - {self.last}"


def span(first: date | None, last: date | None) -> Span | None:
    """The span between two days; None when there is none (C-74)."""
    if first is None or last is None or first > last:
        return None
    return Span(first, last)


def by_month(whole: Span) -> list[Span]:
    """The span cut at the ends of calendar months."""
    parts = []
    first = whole.first
    while first <= whole.last:
        parts.append(Span(first, min(eom(first), whole.last)))
        first = eom(first) + DAY
    return parts


def part_of_month(part: Span) -> Fraction:
    """A piece within one month as a share of that month in the real calendar; a whole month is 1 (C-71, O-12)."""
    return Fraction(part.days, eom(part.first).day)


@lru_cache(4096)
def months(whole: Span | None) -> Fraction:
    """How many months a span is: whole calendar months, and parts of months by days (C-71)."""
    return sum((part_of_month(part) for part in by_month(whole)), Fraction(0)) if whole else Fraction(0)


# --- the next period ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Agreed:
    """What of a contract decides its periods."""

    invoice_period: str
    prepaid: bool
    starting_date: date | None
    expiration_date: date | None

    @property
    def months(self) -> int:
        return MONTHS_PER_PERIOD[self.invoice_period]


@dataclass(frozen=True, slots=True)
class Next:
    """Next invoice date and period; all blank when nothing comes any more."""

    invoice_date: date | None = None
    start: date | None = None
    end: date | None = None


NOTHING = Next()


def first_invoice_date(agreed: Agreed) -> date | None:
    """When the first regular invoice is due (C-64, C-65)."""
    start = agreed.starting_date
    if start is None or not agreed.months:
        return None
    if agreed.prepaid:
        return start if start.day == 1 else eom(start) + DAY
    return eom(addm(eom(start - DAY), agreed.months))


def period_at(agreed: Agreed, invoice_date: date | None) -> Next:
    """The period that an invoice date stands for, within start and expiration (C-66, C-67)."""
    if invoice_date is None or not agreed.months:
        return NOTHING
    ends = agreed.expiration_date
    if agreed.prepaid:
        if ends is not None and invoice_date > ends:
            return NOTHING
        last = addm(invoice_date, agreed.months) - DAY
        return Next(invoice_date, invoice_date, min(last, ends) if ends else last)
    first = addm(som(invoice_date), 1 - agreed.months)
    if agreed.starting_date is not None:
        first = max(first, agreed.starting_date)
    if ends is not None and ends < first:
        return NOTHING
    due = min(invoice_date, ends) if ends else invoice_date
    return Next(due, first, due)


def following_invoice_date(agreed: Agreed, last_invoice_date: date) -> date:
    """The invoice date after one that is invoiced (C-68, C-80)."""
    moved = addm(last_invoice_date, agreed.months)
    return moved if agreed.prepaid else eom(moved)


def first_period(agreed: Agreed) -> Next:
    return period_at(agreed, first_invoice_date(agreed))


def recomputed(agreed: Agreed, next_invoice_date: date | None, last_invoice_date: date | None) -> Next:
    """The next period after start, expiration, period length or kind of payment changed (C-79).

    A contract paid in advance keeps its next invoice date when that is a first of a month; else the date follows from
    the last regular invoice, or from the start. One paid afterwards counts on from its last invoice, or begins anew.
    """
    if not agreed.months:
        return NOTHING
    if agreed.prepaid and last_invoice_date is not None:
        if next_invoice_date is not None and next_invoice_date.day == 1:
            return period_at(agreed, next_invoice_date)
        if last_invoice_date.day == 1:
            return period_at(agreed, following_invoice_date(agreed, last_invoice_date))
    elif last_invoice_date is not None:
        return period_at(agreed, following_invoice_date(agreed, last_invoice_date))
    return first_period(agreed)


def uncut(agreed: Agreed, invoice_date: date) -> Span:
    """The period around an invoice date as long as the calendar makes it, neither start nor expiration cutting it."""
    if agreed.prepaid:
        return Span(invoice_date, addm(invoice_date, agreed.months) - DAY)
    return Span(addm(som(invoice_date), 1 - agreed.months), eom(invoice_date))

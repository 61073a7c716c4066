"""Dates: formulas, due dates and the window in which posting is allowed (P-143 … P-147)."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from webapp.posting.setup import PaymentTerms, Setup, UserSetup

_TERM = re.compile(r"([+-]?)(?:C([DWMQY])|(\d{1,4})([DWMQY]))")


def is_formula(text: str) -> bool:
    """Whether the text is a date formula such as 14D, CM+15D or -CM (P-147); blank is one."""
    return re.fullmatch(r"(?:[+-]?(?:C[DWMQY]|\d{1,4}[DWMQY]))*", text.upper().replace(" ", "")) is not None


def move(day: date, formula: str) -> date:
    """The day moved by a date formula (P-147). Months, quarters and years keep the day, capped at the month's last.

    Terms apply from left to right: `nU` moves by n units, `CU` goes to the end of the unit, `-CU` to its first day.
    """
    for sign, current, count, unit in _TERM.findall(formula.upper().replace(" ", "")):
        if current:
            day = _first(day, current) if sign == "-" else _last(day, current)
        else:
            day = _shift(day, unit, -int(count) if sign == "-" else int(count))
    return day


def _shift(day: date, unit: str, count: int) -> date:
    if unit in "DW":
        return day + timedelta(days=count * (7 if unit == "W" else 1))
    months = count * {"M": 1, "Q": 3, "Y": 12}[unit]
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _first(day: date, unit: str) -> date:
    if unit == "D":
        return day
    if unit == "W":
        return day - timedelta(days=day.weekday())
    return date(day.year, {"M": day.month, "Q": (day.month - 1) // 3 * 3 + 1, "Y": 1}[unit], 1)


def _last(day: date, unit: str) -> date:
    if unit == "D":
        return day
    step = {"W": "1W", "M": "1M", "Q": "1Q", "Y": "1Y"}[unit]
    return move(_first(day, unit), step) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """What payment terms give for a document date (P-146)."""

    due_date: date
    pmt_discount_date: date | None
    pmt_discount_pct: Decimal


def terms_on(terms: PaymentTerms | None, document_date: date, *, credit_memo: bool) -> Terms:
    """Due date, discount date and percentage (P-146, D-13).

    Without terms, and on credit memos whose terms give no discount there, the due date is the document date.
    """
    if terms is None or (credit_memo and not terms.disc_on_cr_memos):
        return Terms(document_date, None, Decimal(0))
    due = move(document_date, terms.due_formula)
    if not terms.discount_pct:
        return Terms(due, None, Decimal(0))
    return Terms(due, move(document_date, terms.discount_formula), terms.discount_pct)


@dataclass(frozen=True, slots=True)
class Window:
    """A range of allowed dates, both ends included; None is open (P-143)."""

    low: date | None
    high: date | None

    def allows(self, day: date) -> bool:
        return (self.low is None or day >= self.low) and (self.high is None or day <= self.high)


def posting_window(setup: Setup, user: UserSetup | None) -> Window:
    """The dates a user may post on: the user's own pair when either is set, else the ledger's (P-143)."""
    if user is not None and (user.allow_posting_from or user.allow_posting_to):
        return Window(user.allow_posting_from, user.allow_posting_to)
    return Window(setup.ledger.allow_posting_from, setup.ledger.allow_posting_to)


def vat_window(setup: Setup, user: UserSetup | None) -> Window:
    """As `posting_window`, for the VAT date (P-145)."""
    if user is not None and (user.allow_vat_date_from or user.allow_vat_date_to):
        return Window(user.allow_vat_date_from, user.allow_vat_date_to)
    return Window(setup.ledger.allow_vat_date_from, setup.ledger.allow_vat_date_to)

"""Invoice periods and months of a span, as the tables of the rules have them (C-64 … C-71, C-80)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.billing.made import day
from webapp.billing.charges import charge, formula, round_half_away
from webapp.billing.periods import (
    Agreed,
    Next,
    Span,
    addm,
    by_month,
    first_period,
    following_invoice_date,
    months,
    period_at,
    recomputed,
    span,
)

DATES = st.dates(date(2019, 1, 1), date(2032, 12, 31))


def days(first: str, last: str) -> Span:
    return Span(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "period, start, prepaid, after",
    [
        ("month", "2025-01-01", "2025-01-01 2025-01-01 2025-01-31", "2025-01-31 2025-01-01 2025-01-31"),
        ("month", "2025-02-10", "2025-03-01 2025-03-01 2025-03-31", "2025-03-31 2025-03-01 2025-03-31"),
        ("two_months", "2025-01-01", "2025-01-01 2025-01-01 2025-02-28", "2025-02-28 2025-01-01 2025-02-28"),
        ("quarter", "2025-01-01", "2025-01-01 2025-01-01 2025-03-31", "2025-03-31 2025-01-01 2025-03-31"),
        ("quarter", "2025-02-10", "2025-03-01 2025-03-01 2025-05-31", "2025-05-31 2025-03-01 2025-05-31"),
        ("half_year", "2025-01-31", "2025-02-01 2025-02-01 2025-07-31", "2025-07-31 2025-02-01 2025-07-31"),
        ("year", "2025-02-10", "2025-03-01 2025-03-01 2026-02-28", "2026-02-28 2025-03-01 2026-02-28"),
    ],
)
def test_the_first_period(period: str, start: str, prepaid: str, after: str):
    for pays_ahead, expected in ((True, prepaid), (False, after)):
        assert first_period(Agreed(period, pays_ahead, day(start), None)) == Next(*map(day, expected.split()))


def test_a_contract_without_invoice_period_has_no_next_date():
    assert first_period(Agreed("none", True, date(2025, 1, 1), None)) == Next()


@pytest.mark.parametrize(
    "first, last, expected, of_1200",
    [
        ("2025-01-01", "2025-01-15", Fraction(15, 31), "48.39"),
        ("2025-01-31", "2025-02-28", Fraction(1, 31) + 1, "103.23"),
        ("2025-02-10", "2025-02-28", Fraction(19, 28), "67.86"),
        ("2025-02-10", "2026-02-09", Fraction(12), "1200.00"),
        ("2024-01-15", "2024-02-10", Fraction(17, 31) + Fraction(10, 29), "89.32"),
        ("2024-01-01", "2024-02-28", 1 + Fraction(28, 29), "196.55"),
        ("2024-02-10", "2024-02-29", Fraction(20, 29), "68.97"),
        ("2024-02-01", "2024-02-28", Fraction(28, 29), "96.55"),
        ("2024-02-01", "2024-02-29", Fraction(1), "100.00"),
        ("2024-02-29", "2024-02-29", Fraction(1, 29), "3.45"),
        ("2024-02-15", "2024-03-15", Fraction(15, 29) + Fraction(15, 31), "100.11"),
        ("2024-02-10", "2025-02-09", Fraction(20, 29) + 11 + Fraction(9, 28), "1201.11"),
    ],
)
def test_months_of_a_span(first: str, last: str, expected: Fraction, of_1200: str):
    assert months(days(first, last)) == expected
    assert round_half_away(charge(Decimal(1200), days(first, last))) == Decimal(of_1200)


def test_no_days_are_no_months():
    assert months(span(date(2025, 2, 2), date(2025, 2, 1))) == 0
    assert months(span(None, date(2025, 2, 1))) == 0


@given(DATES, st.integers(0, 900))
def test_months_add_up_wherever_a_span_is_cut(first: date, length: int):
    whole = Span(first, first + timedelta(length))
    parts = by_month(whole)
    assert sum(part.days for part in parts) == whole.days
    assert sum((months(part) for part in parts), Fraction(0)) == months(whole)
    # every day is one day of its own month
    each = (first + timedelta(n) for n in range(whole.days))
    assert months(whole) == sum((Fraction(1, _length(one)) for one in each), Fraction(0))


def _length(one: date) -> int:
    return ((one.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)).day


@given(DATES, st.sampled_from(["month", "two_months", "quarter", "half_year", "year"]), st.booleans())
def test_periods_follow_each_other_without_a_day_between(start: date, period: str, prepaid: bool):
    agreed = Agreed(period, prepaid, start, None)
    coming = first_period(agreed)
    for _ in range(30):
        assert coming.invoice_date and coming.start and coming.end
        assert coming.start.day == 1 or not prepaid
        assert coming.end == Span(coming.end, coming.end).last and (coming.end + timedelta(1)).day == 1
        before, coming = coming, period_at(agreed, following_invoice_date(agreed, coming.invoice_date))
        assert coming.start == before.end + timedelta(1)


@given(DATES, st.integers(0, 800), st.sampled_from(["month", "quarter", "year"]), st.booleans())
def test_no_period_reaches_beyond_the_expiration(start: date, length: int, period: str, prepaid: bool):
    ends = start + timedelta(length)
    agreed = Agreed(period, prepaid, start, ends)
    coming = first_period(agreed)
    while coming.invoice_date is not None:
        assert coming.start and coming.end
        assert coming.start <= coming.end <= ends
        coming = period_at(agreed, following_invoice_date(agreed, coming.invoice_date))


def test_month_ends_do_not_drift():
    agreed = Agreed("month", False, date(2025, 1, 1), None)
    assert following_invoice_date(agreed, date(2025, 1, 31)) == date(2025, 2, 28)
    assert following_invoice_date(agreed, date(2025, 2, 28)) == date(2025, 3, 31)
    assert addm(date(2024, 1, 31), 1) == date(2024, 2, 29)


def test_a_changed_contract_gets_its_next_period_anew():
    ahead = Agreed("quarter", True, date(2025, 1, 1), None)
    assert recomputed(ahead, date(2025, 4, 1), date(2025, 1, 1)).start == date(2025, 4, 1)
    renewed = Agreed("quarter", True, date(2025, 1, 1), date(2025, 12, 31))
    assert recomputed(renewed, None, date(2025, 4, 1)).start == date(2025, 7, 1)
    after = Agreed("month", False, date(2025, 1, 1), date(2025, 12, 31))
    assert recomputed(after, None, date(2025, 6, 15)) == Next(date(2025, 7, 31), date(2025, 7, 1), date(2025, 7, 31))
    assert recomputed(Agreed("month", True, date(2025, 3, 5), None), date(2025, 2, 1), None).start == date(2025, 4, 1)


@pytest.mark.parametrize(
    "first, last, yearly, text",
    [
        ("2025-02-10", "2025-02-28", "1680", "19 of 28 days of February 2025 × 140.00"),
        ("2025-01-01", "2025-03-31", "1000", "3 months × 1,000.00 / 12"),
        ("2025-01-01", "2025-01-31", "1200", "1 month × 100.00"),
        (
            "2025-02-10",
            "2025-04-15",
            "1200",
            "(19 of 28 days of February 2025 + 1 month + 15 of 30 days of April 2025) × 100.00",
        ),
    ],
)
def test_a_charge_in_words(first: str, last: str, yearly: str, text: str):
    assert formula(Decimal(yearly), days(first, last)) == text

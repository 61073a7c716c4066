"""How values are shown, and that they can be read back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp import formats, forms
from webapp.formats import MINUS

LOCALES = st.sampled_from(sorted(formats.LOCALES))
NUMBERS = st.decimals(min_value=Decimal(-(10**12) + 1), max_value=Decimal(10**12 - 1), places=5)
DATES = st.dates(min_value=date(1980, 1, 1), max_value=date(2199, 12, 31))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (formats.amount(Decimal("1234567.5")), "1,234,567.50"),
        (formats.amount(Decimal(-4310)), f"{MINUS}4,310.00"),
        (formats.amount(Decimal("1234567.5"), locale="de_DE"), "1.234.567,50"),
        (formats.amount(Decimal("1234.5"), places=0), "1,235"),
        (formats.amount(Decimal("0.005")), "0.01"),
        (formats.amount(Decimal("-0.001")), "0.00"),
        (formats.amount(Decimal(0)), "0.00"),
        (formats.amount(Decimal(0), blank_zero=True), ""),
        (formats.amount(Decimal("0.00"), blank_zero=True), ""),
        (formats.amount(None), ""),
        (formats.amount(Decimal("999999999999.99")), "999,999,999,999.99"),
        (formats.price(Decimal(80)), "80.00"),
        (formats.price(Decimal("0.12345")), "0.12345"),
        (formats.price(Decimal("0.12300")), "0.123"),
        (formats.quantity(Decimal("3.00000")), "3"),
        (formats.quantity(Decimal("1.50")), "1.5"),
        (formats.quantity(Decimal("1E+3")), "1,000"),
        (formats.rate(Decimal("1.095400")), "1.0954"),
        (formats.day(date(2026, 3, 5)), "05/03/2026"),
        (formats.day(date(2026, 3, 5), "de_DE"), "05.03.2026"),
        (formats.day(None), ""),
        (formats.clock(time(9, 5)), "09:05"),
        (formats.moment(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), zone="Europe/Berlin"), "02/07/2026 00:30"),
        (formats.typed_number(Decimal("-1234.50"), "de_DE"), "-1234,5"),
        (formats.typed_number(Decimal(80), least=2), "80.00"),
    ],
)
def test_values_are_shown_as_the_locale_writes_them(shown: str, expected: str) -> None:
    assert shown == expected


@given(NUMBERS, LOCALES)
def test_a_number_in_an_input_field_is_read_back(value: Decimal, locale: str) -> None:
    assert forms.price(formats.typed_number(value, locale), locale) == value


@given(NUMBERS, LOCALES)
def test_a_number_copied_from_the_page_is_read_back(value: Decimal, locale: str) -> None:
    assert forms.price(formats.price(value, locale), locale) == value


@given(DATES, LOCALES)
def test_a_date_is_read_back(value: date, locale: str) -> None:
    assert forms.day(formats.day(value, locale), forms.Typist(locale)) == value


@pytest.mark.parametrize(
    ("text", "locale", "read"),
    [
        ("Not within 2026-04-01 to 2026-04-30.", "en_GB", "Not within 01/04/2026 to 30/04/2026."),
        ("VAT date 2026-03-31.", "de_DE", "VAT date 31.03.2026."),
        ("“2026-02-30” is not a date.", "en_GB", "“2026-02-30” is not a date."),
        ("Only 1,431.83 is left.", "de_DE", "Only 1.431,83 is left."),
        ("Between 0.00 and 1,112.80.", "en_GB", "Between 0.00 and 1,112.80."),
        ("“1,234.50” is more than 1,112.80", "de_DE", "“1,234.50” is more than 1.112,80"),
        ("Order A1.50, PO-7.25 and 1.2.34", "de_DE", "Order A1.50, PO-7.25 and 1.2.34"),
        ("Order SO-2026-03-31-7 and PO2026-03-31", "en_GB", "Order SO-2026-03-31-7 and PO2026-03-31"),
    ],
)
def test_a_message_names_days_and_amounts_as_its_reader_writes_them(text: str, locale: str, read: str) -> None:
    assert formats.said(text, locale) == read

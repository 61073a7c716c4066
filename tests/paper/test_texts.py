"""What stands on documents besides their rows: every text in each language, numbers and dates by region."""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.paper import texts
from webapp.paper.regions import region_of

TEMPLATES = Path("webapp/templates/paper")
FIELDS = re.compile(r"\{(\w+)\}")


def test_every_text_is_in_each_language_with_the_same_fields() -> None:
    for key, words in texts.TEXTS.items():
        assert len(words) == len(texts.LANGUAGES), key
        assert all(one.strip() for one in words), key
        assert len({frozenset(FIELDS.findall(one)) for one in words}) == 1, key


def test_every_text_that_a_sheet_asks_for_is_in_the_catalogue() -> None:
    asked = {
        key
        for file in TEMPLATES.glob("*.html")
        for call in re.findall(r"\bt\((.*?)[),]", file.read_text())
        for key in re.findall(r'"(\w+)"', call)
    }
    assert asked
    assert asked <= set(texts.TEXTS)


@pytest.mark.parametrize(("code", "language"), [("DE", "de"), ("DEU", "de"), ("de-AT", "de"), ("EN", "en"),
                                                ("", "en"), ("FR", "en")])  # fmt: skip
def test_the_language_of_a_document_follows_its_code(code: str, language: str) -> None:
    assert texts.language_of(code) == language


@pytest.mark.parametrize(
    ("region", "language", "amount", "day", "long_day"),
    [
        ("", "en", "−1,234,567.90", "15/03/2026", "15 March 2026"),
        ("", "de", "−1.234.567,90", "15.03.2026", "15. März 2026"),
        ("en-US", "en", "−1,234,567.90", "3/15/2026", "March 15, 2026"),
        ("de-CH", "de", "−1’234’567.90", "15.03.2026", "15. März 2026"),
        ("en_IN", "en", "−12,34,567.90", "15/03/2026", "15 March 2026"),
        ("de-DE", "en", "−1.234.567,90", "15.03.2026", "15 March 2026"),
        ("nowhere", "de", "−1.234.567,90", "15.03.2026", "15. März 2026"),
    ],
)
def test_a_region_writes_numbers_and_dates(region: str, language: str, amount: str, day: str, long_day: str) -> None:
    writes = region_of(region, language)
    assert writes.amount(Decimal("-1234567.895")) == amount
    assert writes.day(date(2026, 3, 15)) == day
    assert writes.long_day(date(2026, 3, 15)) == long_day


@pytest.mark.parametrize(
    ("region", "language", "countries", "day"),
    [
        ("", "en", ("US", "AT"), "3/5/2026"),
        ("en-GB", "en", ("US", "AT"), "05/03/2026"),
        ("nowhere", "en", ("US", "AT"), "3/5/2026"),
        ("", "en", ("", "US"), "3/5/2026"),
        ("", "en", ("AT", "DE"), "05/03/2026"),
        ("", "de", ("US", "AT"), "05.03.2026"),
        ("", "en", ("?", ""), "05/03/2026"),
    ],
)
def test_without_a_region_the_country_says_how_it_is_written(
    region: str, language: str, countries: tuple[str, str], day: str
) -> None:
    """The customer's, else the company's, where the language is spoken (D-117)."""
    assert region_of(region, language, *countries).day(date(2026, 3, 5)) == day


def test_prices_quantities_and_moments() -> None:
    german = region_of("", "de")
    assert [german.price(Decimal(one)) for one in ("4.6", "1.23456")] == ["4,60", "1,23456"]
    assert [german.quantity(Decimal(one)) for one in ("1000.50", "2.00000")] == ["1.000,5", "2"]
    assert german.amount(Decimal("12.5"), 0) == "13"
    assert german.moment(date(2026, 3, 15), time(8, 5)) == "15.03.2026 08:05"
    assert german.moment(date(2026, 3, 15), None) == "15.03.2026"
    assert german.moment(None, time(8, 5)) == ""


@given(st.decimals(-(10**11), 10**11, places=5, allow_nan=False))
def test_no_digit_is_lost_between_the_signs(value: Decimal) -> None:
    for region, decimal, group in (("en-GB", ".", ","), ("de-DE", ",", ".")):
        text = region_of(region, "en").price(value)
        assert Decimal(text.replace(group, "").replace(decimal, ".").replace("−", "-")) == value

"""What people type, and what it becomes."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp import forms
from webapp.forms import Bounds, Field, Typist
from webapp.posting.findings import Finding

TYPIST = Typist("en_GB", work_date=date(2026, 3, 9), today=date(2026, 4, 1))
GERMAN = Typist("de_DE", work_date=date(2026, 3, 9), today=date(2026, 4, 1))


def code_of(value: object) -> object:
    return value.code if isinstance(value, Finding) else value


@pytest.mark.parametrize(
    ("typed", "english", "german"),
    [
        ("1,5", "1.5", "1.5"),
        ("1.5", "1.5", "1.5"),
        ("1 234,50", "1234.5", "1234.5"),
        ("1\u202f234.50", "1234.5", "1234.5"),
        ("1'234.50", "1234.5", "1234.5"),
        ("1,234", "1234", "1.234"),
        ("1.234", "1.234", "1234"),
        ("1.234,56", "1234.56", "1234.56"),
        ("1,234.56", "1234.56", "1234.56"),
        ("1.234.567", "1234567", "1234567"),
        ("0,125", "0.125", "0.125"),
        (".5", "0.5", "0.5"),
        ("5.", "5", "5"),
        ("", "0", "0"),
        ("  7 ", "7", "7"),
        ("+7", "7", "7"),
        ("3*1.5", "4.5", "4.5"),
        ("3 × 1,5", "4.5", "4.5"),
        ("12+3", "15", "15"),
        ("2+3*4-1", "13", "13"),
        ("100/3", "33.33333", "33.33333"),
        ("31 / 2 / 2026", "0.00765", "0.00765"),
        ("100/2/25", "2", "2"),
        ("32/16/2026", "0.00099", "0.00099"),
        ("20-5-10", "5", "5"),
        ("2026-1-2", "2023", "2023"),
        ("1.12", "1.12", "1.12"),
        ("2/3", "0.66667", "0.66667"),
        ("0.00000", "0", "0"),
    ],
)
def test_a_number_is_read_as_people_type_it(typed: str, english: str, german: str) -> None:
    assert forms.quantity(typed, "en_GB") == Decimal(english)
    assert forms.quantity(typed, "de_DE") == Decimal(german)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1e9", "number_not_understood"),
        ("NaN", "number_not_understood"),
        ("inf", "number_not_understood"),
        ("Infinity", "number_not_understood"),
        ("0x10", "number_not_understood"),
        ("1_000", "number_not_understood"),
        ("٣", "number_not_understood"),
        ("12 34", "number_not_understood"),
        ("1,23,456", "number_not_understood"),
        ("1.2.3", "number_not_understood"),
        ("31/02/2026", "number_is_date"),
        ("1/2/26", "number_is_date"),
        ("12/31/2026", "number_is_date"),
        (" 31-12-2026 ", "number_is_date"),
        ("31.12.2026", "number_is_date"),
        ("31.12.26", "number_is_date"),
        ("2026-11-07", "number_is_date"),
        ("2026/11/07", "number_is_date"),
        ("2026\u201311\u201307", "number_is_date"),
        ("1,2.3,4", "number_not_understood"),
        ("--1", "number_not_understood"),
        ("3*", "number_not_understood"),
        ("*3", "number_not_understood"),
        ("1/0", "number_not_understood"),
        (".", "number_not_understood"),
        ("five", "number_not_understood"),
        ("1" * 30, "number_too_many_digits"),
        ("1" * 13, "number_too_many_digits"),
        ("999999999999*10", "number_too_many_digits"),
        ("9" * 45, "number_not_understood"),
        ("1+" * 25 + "1", "number_not_understood"),
        ("0.123456", "number_too_many_digits"),
        ("-1", "number_negative"),
        ("\u22121", "number_negative"),
    ],
)
def test_a_number_that_is_none_is_a_finding(typed: str, code: str) -> None:
    assert code_of(forms.quantity(typed)) == code


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (forms.money("-12.50"), Decimal("-12.5")),
        (forms.money("12.505"), "number_too_many_digits"),
        (forms.money("12.505", bounds=Bounds(places=3)), Decimal("12.505")),
        (forms.money("999 999 999 999.99"), Decimal("999999999999.99")),
        (forms.percent("100"), Decimal(100)),
        (forms.percent("12,5 %"), Decimal("12.5")),
        (forms.percent("100.1"), "number_out_of_range"),
        (forms.rate("1.095432"), Decimal("1.095432")),
        (forms.rate("1.0954321"), "number_too_many_digits"),
        (forms.whole("12"), 12),
        (forms.whole("1.5"), "integer_expected"),
        (forms.price("0.00001"), Decimal("0.00001")),
    ],
)
def test_each_kind_of_number_has_its_bounds(value: object, expected: object) -> None:
    assert code_of(value) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("t", date(2026, 4, 1)),
        ("W", date(2026, 3, 9)),
        ("t+7", date(2026, 4, 8)),
        ("w-9", date(2026, 2, 28)),
        ("15", date(2026, 3, 15)),
        ("5", date(2026, 3, 5)),
        ("1503", date(2026, 3, 15)),
        ("15-03", date(2026, 3, 15)),
        ("15/3", date(2026, 3, 15)),
        ("15.3.", date(2026, 3, 15)),
        ("150326", date(2026, 3, 15)),
        ("15032026", date(2026, 3, 15)),
        ("15/03/26", date(2026, 3, 15)),
        ("15.03.2026", date(2026, 3, 15)),
        ("2026-03-15", date(2026, 3, 15)),
        ("150399", date(1999, 3, 15)),
        ("290228", date(2028, 2, 29)),
        ("", None),
        ("  ", None),
        ("31", date(2026, 3, 31)),
        ("310226", "date_does_not_exist"),
        ("29022026", "date_does_not_exist"),
        ("2026-13-01", "date_does_not_exist"),
        ("0", "date_does_not_exist"),
        ("32", "date_does_not_exist"),
        ("1503202", "date_not_understood"),
        ("tomorrow", "date_not_understood"),
        ("2026-03", "date_not_understood"),
        ("99999999", "number_out_of_range"),
        ("0001-01-01", "number_out_of_range"),
        ("١٥", "date_not_understood"),
    ],
)
def test_a_date_is_read_as_people_type_it(typed: str, expected: object) -> None:
    assert code_of(forms.day(typed, TYPIST)) == expected


def test_a_day_that_is_not_in_the_calendar_says_so() -> None:
    found = forms.day("31-02", TYPIST)
    assert isinstance(found, Finding)
    assert found.message == "The value: 31 February 2026 does not exist in the calendar."


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("9", time(9)),
        ("930", time(9, 30)),
        ("0930", time(9, 30)),
        ("14.05", time(14, 5)),
        ("9:30", time(9, 30)),
        ("", None),
        ("24:00", "time_not_understood"),
        ("nine", "time_not_understood"),
    ],
)
def test_a_time_is_read_as_people_type_it(typed: str, expected: object) -> None:
    assert code_of(forms.clock(typed)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (forms.code(" c-good "), "C-GOOD"),
        (forms.code("x" * 21), "text_too_long"),
        (forms.code("a\0b"), "text_not_allowed"),
        (forms.text("  Pump,\r\nlarge "), "Pump, large"),
        (forms.text("\ud800"), "text_not_allowed"),
        (forms.text("x" * 101), "text_too_long"),
        (forms.text("Cafe\u0301"), "Café"),
        (forms.long_text("one\r\ntwo\r"), "one\ntwo"),
        (forms.choice("ship", ["none", "ship"]), "ship"),
        (forms.choice("Ship!", ["none", "ship"]), "choice_unknown"),
        (forms.flag("on"), True),
        (forms.flag(""), False),
        (forms.flag("maybe"), "flag_not_understood"),
    ],
)
def test_texts_choices_and_ticks(value: object, expected: object) -> None:
    assert code_of(value) == expected


FIELDS = (
    Field("no", "code", required=True),
    Field("description", "text", length=10),
    Field("quantity", "quantity"),
    Field("posting_date", "day"),
    Field("blocked", "flag"),
    Field("type", "choice", options=("item", "resource")),
)


def test_a_form_collects_every_finding_and_keeps_what_was_typed() -> None:
    typed = [("no", " "), ("description", "much too long a text"), ("quantity", "1e9"), ("posting_date", "31-02")]
    form = forms.read_form(FIELDS, [*typed, ("colour", "red"), ("_csrf_token", "x")], TYPIST)
    assert [(found.field, found.code) for found in form.findings] == [
        ("colour", "field_unknown"),
        ("no", "field_required"),
        ("description", "text_too_long"),
        ("quantity", "number_not_understood"),
        ("posting_date", "date_does_not_exist"),
    ]
    assert form.raw == dict(typed)
    assert not form.values
    assert not form.ok
    assert form.faults("quantity")[0].label == "Quantity"


def test_a_form_gives_values_of_the_fields_that_came() -> None:
    form = forms.read_form(FIELDS, [("no", "a-1"), ("blocked", ""), ("blocked", "true"), ("quantity", "1,5")], TYPIST)
    assert form.values == {"no": "A-1", "blocked": True, "quantity": Decimal("1.5")}
    assert form.ok


def test_lines_of_a_grid_are_read_by_their_numbers() -> None:
    typed = [("line-10000-quantity", "2"), ("line-20000-quantity", "x"), ("posting_date", "t")]
    lines = forms.read_lines(FIELDS, typed, TYPIST)
    assert lines[10000].values == {"quantity": Decimal(2)}
    assert [(found.line, found.field) for found in lines[20000].findings] == [(20000, "quantity")]
    assert lines[20000].id("quantity") == "f-line-20000-quantity"


def test_a_form_with_too_many_fields_is_refused() -> None:
    form = forms.read_form(FIELDS, [("no", "1")] * (forms.MOST_FIELDS + 5), TYPIST)
    assert [found.code for found in form.findings] == ["too_many_fields"]


def test_unknown_fields_are_named_up_to_a_point() -> None:
    form = forms.read_form(FIELDS, [(f"x{no}", "1") for no in range(500)], TYPIST)
    assert len(form.findings) == forms.MOST_UNKNOWN


ANYTHING = st.text(max_size=60) | st.from_regex(r"[-+0-9.,' */%twTW:]{0,24}", fullmatch=True)
KINDS = tuple(Field("x", kind, options=("a", "b")) for kind in forms.PARSERS)


@given(ANYTHING, st.sampled_from(KINDS), st.sampled_from([TYPIST, GERMAN]))
def test_whatever_is_typed_gives_a_value_or_a_finding(typed: str, field: Field, typist: Typist) -> None:
    value = field.parse(typed, typist)
    if isinstance(value, Finding):
        assert value.field == "x"
    if isinstance(value, Decimal):
        assert value.is_finite()
        assert abs(value) < 10**12


@given(ANYTHING, st.sampled_from(KINDS), st.sampled_from([TYPIST, GERMAN]))
def test_a_value_shown_again_is_read_as_the_same_value(typed: str, field: Field, typist: Typist) -> None:
    value = field.parse(typed, typist)
    if not isinstance(value, Finding):
        assert field.parse(field.typed(value, typist.locale), typist) == value

"""Five columns by age: what falls where, and nothing falls beside (D-134)."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import D
from webapp.posting.aging import By, columns_of, longest, place_of, spread

AS_OF = date(2025, 6, 30)


@pytest.mark.parametrize(
    ("due", "column"),
    [
        (date(2025, 7, 15), 1),
        (date(2025, 7, 1), 1),
        (date(2025, 6, 30), 2),
        (date(2025, 6, 15), 2),
        (date(2025, 5, 31), 3),
        (date(2025, 4, 1), 4),
        (date(2025, 2, 1), 5),
    ],
)
def test_by_due_date_the_first_column_is_not_due(due: date, column: int):
    assert place_of(columns_of(AS_OF, "1M", "due_date"), due) + 1 == column


def test_the_columns_of_a_month():
    columns = columns_of(AS_OF, "1M", "due_date")
    assert [one.is_not_due for one in columns] == [True, False, False, False, False]
    assert [one.days for one in columns][1:] == [(0, 29), (30, 60), (61, 90), (91, None)]
    by_posting = columns_of(AS_OF, "1M", "posting_date")
    assert [(str(one.first), str(one.last)) for one in by_posting[:2]] == [
        ("2025-06-01", "9999-12-31"),
        ("2025-05-01", "2025-05-31"),
    ]


DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
LENGTHS = st.builds("{}{}".format, st.integers(1, 40), st.sampled_from("DWMQ"))


@given(DAYS, LENGTHS, st.sampled_from(["due_date", "posting_date", "document_date"]), st.lists(DAYS, max_size=20))
def test_every_day_falls_into_one_column(as_of: date, length: str, by: By, days: list[date]):
    columns = columns_of(as_of, length, by)
    assert len(columns) == 5
    for younger, older in pairwise(columns):
        assert older.last == younger.first - timedelta(days=1)
    assert sum(spread(columns, [(day, D(1)) for day in days])) == len(days)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("1M", True),
        ("30D", True),
        ("1y", True),
        ("", False),
        ("0D", False),
        ("M", False),
        ("11Y", False),
        ("-1M", False),
    ],
)
def test_the_length_of_a_period(text: str, fits: bool):
    assert longest(text) is fits

"""What goes into a statement and what comes back, alike on both databases."""

import datetime
from decimal import Decimal

import pytest

from db import engine
from db.postgres import numbered
from db.postgres_updates import many_updates
from tests.db.conftest import POST, posted

FULL = (
    "INSERT INTO posting (no, series_code, amount, reference, posted_on, open, posted_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT ?", "SELECT $1"),
        ("a = ? AND b = '?' AND c = ?", "a = $1 AND b = '?' AND c = $2"),
        ("a = 'it''s ?' AND \"b?\" = ?", "a = 'it''s ?' AND \"b?\" = $1"),
        ("SELECT ? -- why? 'because\n, ?", "SELECT $1 -- why? 'because\n, $2"),
        ("SELECT ? /* ?\n? */, ?", "SELECT $1 /* ?\n? */, $2"),
    ],
)
def test_question_marks(sql, expected):
    assert numbered(sql) == expected


async def test_question_marks_in_strings(books):
    async with engine.transaction() as session:
        await session.execute(FULL, 1, "SI", 1, "what?", None, None, None)
        assert await session.fetch("SELECT no, '?' FROM posting WHERE reference = ? AND '?' = '?'", "what?") == [
            (1, "?")
        ]


async def test_values_come_back_as_they_went_in(books):
    day = datetime.date(2026, 2, 28)
    moment = datetime.datetime(2026, 2, 28, 23, 30, 15, 123456, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    row = (1, "SI", 99_999_999_999_999_999, "Größe", day, True, moment)
    async with engine.transaction() as session:
        await session.execute(FULL, *row)
        [found] = await session.fetch("SELECT * FROM posting")
    assert found == row
    assert [type(value) for value in found] == [type(value) for value in row]
    assert found[-1].tzinfo == datetime.UTC


@pytest.mark.parametrize("amount", [1.5, Decimal("1.5")])
async def test_neither_float_nor_decimal_is_sent(books, amount):
    """SQLite would store 1.5, asyncpg would make it 1."""
    async with engine.transaction() as session:
        with pytest.raises(TypeError, match="scaled integers"):
            await session.execute(POST, 1, "SI", amount)
        with pytest.raises(TypeError, match="scaled integers"):
            await session.execute_all([(POST, [(1, "SI", 1), (2, "SI", amount)])])
        with pytest.raises(TypeError, match="scaled integers"):
            await session.fetch("SELECT ?", amount)
    assert await posted() == []


async def test_many_statements_in_one_call(books, statements):
    async with engine.transaction() as session:
        await session.execute_all(
            [
                (POST, [(no, "SI", 100) for no in range(1, 6)]),
                ("UPDATE series SET last_no = ? WHERE code = ?", [(5, "SI")]),
            ]
        )
        numbers, series, nothing = await session.fetch_all(
            [
                ("SELECT no FROM posting WHERE no > ? ORDER BY no", (3,)),
                ("SELECT code, last_no FROM series", ()),
                ("SELECT no FROM posting WHERE no = ?", (77,)),
            ]
        )
        assert (numbers, series, nothing) == ([(4,), (5,)], [("SI", 5)], [])
        assert await session.execute("UPDATE posting SET amount = amount + 1 WHERE no > ?", 2) == 3
        assert await session.execute("DELETE FROM posting WHERE no = ?", 77) == 0
    assert len(statements) == 7
    assert statements[0] == POST


@pytest.mark.parametrize(
    ("row", "expected", "constraint"),
    [
        ((1, "SI", 5, "twice"), engine.Duplicate, "reference"),
        ((0, "SI", 5, "other"), engine.Duplicate, "posting"),
        ((1, "SI", 0, "other"), engine.RuleBroken, "amount_not_zero"),
        ((1, "SI", None, "other"), engine.RuleBroken, "posting.amount"),
    ],
)
async def test_errors_have_one_name(books, row, expected, constraint):
    insert = "INSERT INTO posting (no, series_code, amount, reference) VALUES (?, ?, ?, ?)"
    async with engine.transaction() as session:
        await session.execute(insert, 0, "SI", 5, "twice")
    for many in (False, True):
        with pytest.raises(engine.DatabaseError) as raised:
            async with engine.transaction() as session:
                if many:
                    await session.execute_all([(insert, [row])])
                else:
                    await session.execute(insert, *row)
        assert type(raised.value) is expected
        assert constraint in raised.value.constraint
        assert raised.value.__cause__ is not None
    assert await posted() == [0]


async def test_triggers_and_references_have_their_names(books):
    async with engine.transaction() as session:
        await session.execute(POST, 1, "SI", 5)
    with pytest.raises(engine.ReferenceBroken):
        async with engine.transaction() as session:
            await session.execute("DELETE FROM series")
    async with engine.transaction() as session:
        for statement in TRIGGER[session.dialect]:
            await session.execute(statement)
    with pytest.raises(engine.RuleBroken, match="postings never change"):
        async with engine.transaction() as session:
            await session.execute("UPDATE posting SET amount = 7")


TRIGGER = {
    "sqlite": [
        "CREATE TRIGGER fixed BEFORE UPDATE ON posting BEGIN SELECT RAISE(ABORT, 'postings never change'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'postings never change'; END $$",
        "CREATE TRIGGER fixed BEFORE UPDATE ON posting FOR EACH ROW EXECUTE FUNCTION refuse()",
    ],
}


async def test_an_error_in_the_sql_is_a_database_error(books):
    with pytest.raises(engine.DatabaseError, match="syntax error"):
        async with engine.transaction() as session:
            await session.execute("UPDAT posting")
    assert await posted() == []


MORE = "UPDATE posting SET amount = amount + ?, reference = ? WHERE no = ? AND series_code = ?"


@pytest.mark.parametrize("twice", [False, True])
async def test_many_changes_at_once_are_what_they_are_one_by_one(books, twice):
    """Also where two of them change the same row, and where one finds none."""
    count = 250
    rows = [(no, f"r{no}", no, "SI") for no in range(1, count + 2)] + ([(5, "last", 7, "SI")] if twice else [])
    async with engine.transaction() as session:
        await session.execute_all([(POST, [(no, "SI", 10) for no in range(1, count + 1)])])
        await session.execute_all([(MORE, rows)])
        found = await session.fetch("SELECT no, amount, reference FROM posting ORDER BY no")
    expected = [(no, 10 + no, f"r{no}") for no in range(1, count + 1)]
    if twice:
        expected[6] = (7, 22, "last")
    assert found == expected
    assert many_updates(MORE).keys == ("no", "series_code")
    assert many_updates("UPDATE posting SET open = FALSE WHERE no = ?") is None
    assert many_updates("UPDATE posting SET amount = ? WHERE no > ?") is None

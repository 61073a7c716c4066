"""Migrations are whole or absent, in order, unchanged, and done once however many processes start."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from db import engine, migrate
from db.dialect import expand

SETUP = """-- Two tables.

CREATE TABLE customer (
    no CODE(5) NOT NULL PRIMARY KEY CHECK (no <> ''),
    name TEXT(10) NOT NULL DEFAULT '',
    note LONGTEXT NOT NULL DEFAULT '',
    blocked BOOL NOT NULL DEFAULT FALSE,
    line_count INT NOT NULL DEFAULT 0,
    discount PERCENT NOT NULL DEFAULT 0,
    created_at MOMENT
);

CREATE TABLE entry (
    entry_no AUTOKEY,
    customer_no CODE(5) NOT NULL REFERENCES customer (no),
    run_no BIGNO NOT NULL DEFAULT 0,
    amount SCALED NOT NULL DEFAULT 0,
    factor RATE NOT NULL DEFAULT 0
);

-- only: sqlite
-- for each: customer, entry
CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} BEGIN
    SELECT RAISE(ABORT, '{table} rows are never deleted; never');
END;

-- only: postgresql
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION '% rows are never deleted', TG_TABLE_NAME;
END $$;

-- only: postgresql
-- for each: customer, entry
CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse();

CREATE VIEW entry_decimal AS
SELECT entry_no, DECIMAL(coalesce(amount, 0) * 1, 5) AS amount, DECIMAL(factor, 6) AS factor FROM entry;
"""


@pytest.fixture
def folder(tmp_path):
    def write(**files: str) -> Path:
        for name, text in files.items():
            (tmp_path / f"{name.removeprefix('m')}.sql").write_text(text)
        return tmp_path

    return write


async def applied() -> list[tuple[int, str]]:
    async with engine.reading() as session:
        rows = await session.fetch("SELECT version, name FROM schema_migration ORDER BY version")
    return [(version, name) for version, name in rows]


async def customers() -> list[str]:
    async with engine.reading() as session:
        return [no for (no,) in await session.fetch("SELECT no FROM customer ORDER BY no")]


async def test_applies_in_order_and_once(empty_database, folder):
    where = folder(m0001_setup=SETUP, m0002_more="INSERT INTO customer (no) VALUES ('C1');\n")
    assert migrate.latest(where) == 2
    assert [step.name for step in await migrate.pending(where)] == ["setup", "more"]
    assert [step.name for step in await migrate.migrate(where)] == ["setup", "more"]
    assert await migrate.migrate(where) == []
    where = folder(m0003_again="INSERT INTO customer (no) VALUES ('C2');\n\nINSERT INTO customer (no) VALUES ('C3');")
    assert [step.name for step in await migrate.migrate(where)] == ["again"]
    assert await applied() == [(1, "setup"), (2, "more"), (3, "again")]
    assert await customers() == ["C1", "C2", "C3"]


async def test_a_failing_step_leaves_nothing(empty_database, folder):
    bad = "CREATE TABLE half (no INT);\n\nINSERT INTO customer (no) VALUES ('C1');\n\nINSERT INTO nowhere VALUES (1);\n"
    where = folder(m0001_setup=SETUP, m0002_bad=bad)
    with pytest.raises(engine.DatabaseError, match="nowhere"):
        await migrate.migrate(where)
    assert await applied() == [(1, "setup")]
    assert await customers() == []
    folder(m0002_bad="CREATE TABLE half (no INT);\n")  # not applied, so it may be mended
    assert [step.version for step in await migrate.migrate(where)] == [2]


async def test_a_changed_file_is_refused(empty_database, folder):
    where = folder(m0001_setup=SETUP)
    await migrate.migrate(where)
    folder(m0001_setup=SETUP.replace("TEXT(10)", "TEXT(20)"))
    with pytest.raises(migrate.MigrationError, match=r"0001_setup\.sql was changed"):
        await migrate.migrate(where)


async def test_a_newer_database_and_a_late_step_are_refused(empty_database, folder):
    where = folder(m0001_setup=SETUP, m0003_more="INSERT INTO customer (no) VALUES ('C1');")
    await migrate.migrate(where)
    folder(m0002_late="INSERT INTO customer (no) VALUES ('C2');")
    with pytest.raises(migrate.MigrationError, match="0002 comes too late"):
        await migrate.migrate(where)
    (where / "0002_late.sql").unlink()
    (where / "0003_more.sql").unlink()
    with pytest.raises(migrate.MigrationError, match="version 3, which this program does not know"):
        await migrate.pending(where)


def test_files_are_named_and_numbered(folder):
    with pytest.raises(migrate.MigrationError, match="two migrations have the same number"):
        migrate.known(folder(m0001_a="", m0001_b=""))
    with pytest.raises(migrate.MigrationError, match=r"first\.sql is not named"):
        migrate.known(folder(first=""))


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("INSERT INTO customer (no) VALUES ('C12345')", engine.RuleBroken),
        ("INSERT INTO customer (no, name) VALUES ('C2', '12345678901')", engine.RuleBroken),
        ("INSERT INTO customer (no, discount) VALUES ('C2', 10000001)", engine.RuleBroken),
        ("INSERT INTO customer (no, discount) VALUES ('C2', -1)", engine.RuleBroken),
        ("INSERT INTO customer (no, line_count) VALUES ('C2', 'many')", engine.DatabaseError),
        ("INSERT INTO customer (no, blocked) VALUES ('C2', '7')", engine.DatabaseError),
        ("INSERT INTO entry (customer_no, amount) VALUES ('C1', 100000000000000000)", engine.RuleBroken),
        ("INSERT INTO entry (customer_no, amount) VALUES ('C1', -100000000000000000)", engine.RuleBroken),
        ("INSERT INTO entry (customer_no, amount) VALUES ('C1', 'a lot')", engine.DatabaseError),
        ("INSERT INTO entry (customer_no, amount) VALUES ('C9', 1)", engine.ReferenceBroken),
        ("DELETE FROM customer", engine.RuleBroken),
    ],
)
async def test_the_words_guard_their_columns(empty_database, folder, statement, error):
    await migrate.migrate(folder(m0001_setup=SETUP, m0002_one="INSERT INTO customer (no) VALUES ('C1');"))
    with pytest.raises(error):
        async with engine.transaction() as session:
            await session.execute(statement)
    assert await customers() == ["C1"]


async def test_keys_are_never_used_twice(empty_database, folder):
    await migrate.migrate(folder(m0001_setup="CREATE TABLE entry (\n    entry_no AUTOKEY,\n    amount SCALED\n);\n"))
    async with engine.transaction() as session:
        await session.execute_all([("INSERT INTO entry (amount) VALUES (?)", [(1,), (2,), (3,)])])
        await session.execute("DELETE FROM entry WHERE entry_no = 3")
        assert await session.fetch("INSERT INTO entry (amount) VALUES (4) RETURNING entry_no") == [(4,)]


async def test_views_show_exact_decimals(empty_database, folder):
    rows = "INSERT INTO entry (customer_no, amount, factor) VALUES ('C1', {}, {});\n\n"
    amounts = [(99_999_999_999_999_999, 1_000_000), (-1, -1), (-12_345_678, 0), (10_000, 1_250_000)]
    text = "INSERT INTO customer (no) VALUES ('C1');\n\n" + "".join(rows.format(*pair) for pair in amounts)
    await migrate.migrate(folder(m0001_setup=SETUP, m0002_rows=text))
    async with engine.reading() as session:
        found = await session.fetch("SELECT amount, factor FROM entry_decimal ORDER BY entry_no")
    assert [(str(amount), str(factor)) for amount, factor in found] == [
        ("999999999999.99999", "1.000000"),
        ("-0.00001", "-0.000001"),
        ("-123.45678", "0.000000"),
        ("0.10000", "1.250000"),
    ]


async def test_a_table_that_others_refer_to_can_be_rebuilt(empty_database, folder):
    rebuild = """-- only: sqlite
CREATE TABLE new_customer (no CODE(9) NOT NULL PRIMARY KEY);

-- only: sqlite
INSERT INTO new_customer SELECT no FROM customer;

-- only: sqlite
DROP TABLE customer;

-- only: sqlite
ALTER TABLE new_customer RENAME TO customer;

-- only: postgresql
ALTER TABLE customer ALTER COLUMN no TYPE VARCHAR(9);
"""
    rows = "INSERT INTO customer (no) VALUES ('C1');\n\nINSERT INTO entry (customer_no) VALUES ('C1');\n"
    plain = SETUP[: SETUP.index("-- only: sqlite")]
    await migrate.migrate(folder(m0001_setup=plain, m0002_rows=rows, m0003_rebuild=rebuild))
    assert await customers() == ["C1"]
    with pytest.raises(engine.ReferenceBroken):  # and the keys are checked again
        async with engine.transaction() as session:
            await session.execute("INSERT INTO entry (customer_no) VALUES ('C9')")


async def test_a_migration_that_leaves_a_reference_open_is_undone(empty_database, folder):
    orphan = "INSERT INTO entry (customer_no) VALUES ('C9');\n"
    with pytest.raises(engine.ReferenceBroken):
        await migrate.migrate(folder(m0001_setup=SETUP, m0002_orphan=orphan))
    assert await applied() == [(1, "setup")]


async def test_two_tasks_at_once(empty_database, folder):
    where = folder(m0001_setup=SETUP, m0002_one="INSERT INTO customer (no) VALUES ('C1');")
    done = await asyncio.gather(*(migrate.migrate(where) for _ in range(3)))
    assert sorted(step.version for steps in done for step in steps) == [1, 2]


@pytest.mark.database
def test_two_processes_at_once(empty_database_url, folder):
    slow = "".join(f"CREATE TABLE t{n} (no INT);\n\n" for n in range(20))
    where = folder(**{f"m000{n}_step": slow.replace("TABLE t", f"TABLE s{n}_t") for n in range(1, 6)})
    program = (
        "import asyncio, sys; from pathlib import Path; from db import engine, migrate\n"
        "async def main():\n"
        "    await engine.connect(sys.argv[1])\n"
        "    print(len(await migrate.migrate(Path(sys.argv[2]))))\n"
        "    await engine.disconnect()\n"
        "asyncio.run(main())"
    )
    command = [sys.executable, "-c", program, empty_database_url, str(where)]
    root = Path(__file__).parents[2]
    started = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    counts = [int(process.communicate(timeout=60)[0]) for process in started]
    assert [process.returncode for process in started] == [0] * 4
    assert sum(counts) == 5


@pytest.mark.only("sqlite")
async def test_references_are_checked_only_where_rows_may_change(empty_database, folder, statements):
    """The check reads every row, which takes minutes in large books."""
    await migrate.migrate(folder(m0001_setup=SETUP))
    assert "PRAGMA foreign_key_check" not in statements  # its tables are new
    where = folder(m0002_index="-- only: sqlite\nCREATE INDEX entry_customer ON entry (customer_no);")
    await migrate.migrate(where)
    assert "PRAGMA foreign_key_check" not in statements
    noted = "ALTER TABLE customer ADD COLUMN kind TEXT(9) DEFAULT '';"
    parent = "ALTER TABLE customer ADD COLUMN parent_no CODE(20) REFERENCES customer (no);"
    await migrate.migrate(folder(m0003_columns=f"{noted}\n\n{parent}"))
    assert "PRAGMA foreign_key_check" not in statements  # those who refer to nobody break nothing
    await migrate.migrate(folder(m0004_note="UPDATE customer SET note = 'x';\n\nCREATE INDEX other ON entry (amount);"))
    assert statements.count("PRAGMA foreign_key_check") == 1


def test_words_in_strings_comments_and_conditions_stay():
    text = "-- amount SCALED\nCREATE TABLE t (a CODE(5) DEFAULT 'no TEXT(9)', b BIGINT, CHECK (a IN ('b INT')))"
    assert expand(text, "postgresql") == text.replace("CODE(5)", "VARCHAR(5)")


async def test_our_own_migrations(database):
    assert await migrate.pending() == []
    assert (await applied())[-1][0] == migrate.latest()

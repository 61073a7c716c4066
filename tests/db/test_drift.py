"""Table classes, database and the rules about posted rows agree, on the engine of this run (O-23, O-44, R-5)."""

from __future__ import annotations

import datetime
import inspect
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pytest
from piccolo.columns import Column, Serial
from piccolo.table import Table

from db import batches, columns, contracts, documents, ledgers, masters, outbox, posted, setup
from db.engine import ReferenceBroken, RuleBroken, Session, reading, transaction

MODULES = (setup, masters, contracts, documents, posted, ledgers, batches, outbox)
TABLES: dict[str, type[Table]] = {
    kind._meta.tablename: kind
    for module in MODULES
    for kind in vars(module).values()
    if inspect.isclass(kind) and issubclass(kind, Table) and kind.__module__ == module.__name__
}
# Posted and ledger tables, and the columns that O-44 lets change.
MAY_CHANGE: dict[str, set[str]] = {
    "posting_run": set(),
    "gl_entry": set(),
    "vat_entry": set(),
    "detailed_customer_entry": set(),
    "item_application": set(),
    "resource_ledger_entry": set(),
    "posted_vat_line": set(),
    "posted_file": set(),
    "posted_remark": set(),
    "service_shipment_item_line": set(),
    "service_invoice_line": set(),
    "service_cr_memo_line": set(),
    "service_document_log": set(),
    "order_archive": set(),
    "change_log": set(),
    "contract_change_log": set(),
    "contract_gain_loss_entry": set(),
    "contract_waiver": set(),
    "service_shipment_line": {
        "quantity_invoiced",
        "quantity_invoiced_base",
        "quantity_consumed",
        "quantity_consumed_base",
        "qty_shipped_not_invoiced",
        "qty_shipped_not_invoiced_base",
        "correction",
        "warranty_entry_no",
    },
    "item_ledger_entry": {
        "invoiced_quantity",
        "remaining_quantity",
        "shipped_qty_not_returned",
        "open",
        "completely_invoiced",
    },
    "value_entry": {"cost_posted_to_gl", "expected_cost_posted_to_gl"},
    "customer_ledger_entry": {
        "open",
        "remaining_pmt_disc_possible",
        "applies_to_doc_type",
        "applies_to_doc_no",
        "applies_to_id",
        "amount_to_apply",
        "due_date",
        "payment_method_code",
        "payment_reference",
        "promised_date",
        "on_hold",
        "dispute",
        "closed_by_entry_no",
        "closed_at_date",
    },
    "service_ledger_entry": {"open", "document_type", "document_no", "moved_from_prepaid", "released_by"},
    "warranty_ledger_entry": {"open"},
}
# Of posted headers the printed count, and what is brought up to date: how a shipment goes to the customer, how an
# invoice is paid and that it was cancelled (D-93).
HEADERS: dict[str, set[str]] = {
    "service_shipment_header": {"printed", "shipment_method", "shipping_agent", "package_tracking_no"},
    "service_invoice_header": {
        "printed",
        "payment_method_code",
        "payment_reference",
        "company_bank_account_code",
        "cancelled_by",
    },
    "service_cr_memo_header": {"printed"},
}


@dataclass(frozen=True)
class Stored:
    """A column as the database's catalogue describes it."""

    kind: str
    nullable: bool
    in_key: bool


# --- the catalogue ------------------------------------------------------------------------------------------------


async def catalogue(session: Session) -> dict[str, dict[str, Stored]]:
    read = _sqlite_columns if session.dialect == "sqlite" else _postgres_columns
    found = await read(session)
    found.pop("schema_migration", None)
    return found


async def _sqlite_columns(session: Session) -> dict[str, dict[str, Stored]]:
    names = await session.fetch("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    found: dict[str, dict[str, Stored]] = {}
    for (name,) in names:
        rows = await session.fetch(f"PRAGMA table_info({name})")
        found[name] = {row[1]: Stored(row[2].upper(), not row[3] and not row[5], bool(row[5])) for row in rows}
    return found


async def _postgres_columns(session: Session) -> dict[str, dict[str, Stored]]:
    keys = {
        (row[0], row[1])
        for row in await session.fetch(
            "SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey) WHERE i.indisprimary"
        )
    }
    found: dict[str, dict[str, Stored]] = defaultdict(dict)
    for table, name, kind, length, nullable in await session.fetch(
        "SELECT c.table_name, c.column_name, c.data_type, c.character_maximum_length, c.is_nullable"
        " FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)"
        " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
    ):
        wide = f"VARCHAR({length})" if length else kind.upper()
        found[table][name] = Stored(wide, nullable == "YES", (table, name) in keys)
    return dict(found)


async def foreign_keys(session: Session) -> set[tuple[str, str, str]]:
    """(table, column, table referred to)"""
    if session.dialect == "sqlite":
        return {
            (table, row[3], row[2])
            for table in await catalogue(session)
            for row in await session.fetch(f"PRAGMA foreign_key_list({table})")
        }
    rows = await session.fetch(
        "SELECT c.relname, a.attname, f.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
        " JOIN pg_class f ON f.oid = k.confrelid"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(k.conkey) WHERE k.contype = 'f'"
    )
    return {(row[0], row[1], row[2]) for row in rows}


# --- the classes against it ---------------------------------------------------------------------------------------

TYPES: dict[str, dict[type[Column], str]] = {
    "sqlite": {
        columns.Scaled: "BIGINT",
        columns.BigNo: "BIGINT",
        columns.Number: "BIGINT",
        columns.Whole: "INTEGER",
        columns.Flag: "BOOLEAN",
        columns.Day: "DATE",
        columns.TimeOfDay: "TIME",
        columns.Moment: "TIMESTAMPTZ",
        columns.LongText: "TEXT",
        columns.Bytes: "BLOB",
        columns.Entry: "INTEGER",
        Serial: "INTEGER",
    },
    "postgresql": {
        columns.Scaled: "BIGINT",
        columns.BigNo: "BIGINT",
        columns.Number: "BIGINT",
        columns.Whole: "INTEGER",
        columns.Flag: "BOOLEAN",
        columns.Day: "DATE",
        columns.TimeOfDay: "TIME WITHOUT TIME ZONE",
        columns.Moment: "TIMESTAMP WITH TIME ZONE",
        columns.LongText: "TEXT",
        columns.Bytes: "BYTEA",
        columns.Entry: "BIGINT",
        Serial: "BIGINT",
    },
}
TEXTS = (columns.Code, columns.Ref, columns.Text, columns.Choice)


def modelled(column: Column, dialect: str) -> Stored:
    """What the catalogue must say of a column of a class."""
    key = bool(column._meta.primary_key)
    nullable = bool(column._meta.null) and not key
    if isinstance(column, TEXTS):
        return Stored(f"VARCHAR({column._meta.params['length']})", nullable, key)
    kind = next(kind for base, kind in TYPES[dialect].items() if isinstance(column, base))
    return Stored(kind, nullable, key)


async def test_every_table_has_its_class_and_every_class_its_table(database: str):
    async with reading() as session:
        assert set(await catalogue(session)) == set(TABLES)


async def test_every_column_is_as_its_class_says(database: str):
    async with reading() as session:
        stored = await catalogue(session)
        dialect = session.dialect
    wrong = []
    for name, table in TABLES.items():
        expected = {column._meta.name: modelled(column, dialect) for column in table._meta.columns}
        assert len(expected) == len(table._meta.columns), f"{name} has a column twice"
        found = stored[name]
        wrong += [f"{name}.{c}: {expected.get(c)} in the class, {found.get(c)} stored"
                  for c in sorted({*expected, *found}) if expected.get(c) != found.get(c)]  # fmt: skip
    assert not wrong, "\n".join(wrong)


async def test_every_reference_is_a_foreign_key(database: str):
    async with reading() as session:
        stored = await foreign_keys(session)
    classes = {
        (name, column._meta.name, column.references)
        for name, table in TABLES.items()
        for column in table._meta.columns
        if isinstance(column, columns.Ref)
    }
    composite = {
        (name, column, table.belongs_to[0])  # type: ignore[attr-defined]
        for name, table in TABLES.items()
        for column in getattr(table, "belongs_to", ("", ()))[1]
    }
    assert composite <= stored, "composite references without a foreign key"
    run_numbers = {(name, "posting_run_no", "posting_run") for name, _, _ in stored if name in TABLES}
    assert classes - stored == set(), "references without a foreign key"
    assert stored - classes - composite - run_numbers == set(), "foreign keys that no class names"


async def test_every_class_names_its_natural_key(database: str):
    """No two rows with the same key: the database refuses them."""
    async with reading() as session:
        unique = await _unique_columns(session)
    for name, table in TABLES.items():
        key = tuple(table.key)  # type: ignore[attr-defined]
        assert all(part in {column._meta.name for column in table._meta.columns} for part in key), name
        assert not key or set(key) in unique[name], f"{name}: {key} is not unique; unique are {unique[name]}"


async def _unique_columns(session: Session) -> dict[str, list[set[str]]]:
    found: dict[str, list[set[str]]] = defaultdict(list)
    if session.dialect == "sqlite":
        rows = await session.fetch("SELECT tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        definitions = [(table, sql) for table, sql in rows if "UNIQUE" in sql.upper()]
        for table, stored in (await catalogue(session)).items():
            found[table].append({name for name, column in stored.items() if column.in_key})
            for index in await session.fetch(f"PRAGMA index_list({table})"):
                parts = await session.fetch(f"PRAGMA index_info({index[1]})")
                if index[2] and all(part[2] for part in parts):
                    found[table].append({part[2] for part in parts})
    else:
        definitions = await session.fetch(
            "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '%UNIQUE%'"
        )
    for table, sql in definitions:
        names = {column._meta.name for column in TABLES[table]._meta.columns} if table in TABLES else set()
        inside = sql.partition("(")[2].partition(" WHERE ")[0]
        found[table].append({name for name in names if name in _words(inside)})
    return found


def _words(text: str) -> set[str]:
    return set("".join(letter if letter.isalnum() or letter == "_" else " " for letter in text).split())


# --- what is written stays (R-5) ----------------------------------------------------------------------------------

IMMUTABLE = {**MAY_CHANGE, **HEADERS}


async def a_row(session: Session, table: str) -> None:
    """Puts one row into the table, every column with its default or something that its checks allow."""
    kind = TABLES[table]
    values: dict[str, Any] = {}
    for column in kind._meta.columns:
        name = column._meta.name
        if isinstance(column, Serial | columns.Entry):
            continue
        values[name] = _something(column)
    for name in ("quantity", "amount", "debit_amount"):
        if name in values and table in ("gl_entry", "item_ledger_entry"):
            values[name] = 100000
    if table == "contract_waiver":
        values["reason"] = "agreed"
    values.pop("id", None)
    await session.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", *values.values()
    )


def _something(column: Column) -> Any:
    if isinstance(column, columns.Ref):
        return None if column._meta.null else "X"
    if isinstance(column, columns.BigNo):
        return None if column._meta.null else 1
    if isinstance(column, columns.Day):
        return None if column._meta.null else datetime.date(2026, 1, 1)
    if isinstance(column, columns.Moment):
        return datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    if isinstance(column, columns.Code) and column._meta.primary_key:
        return "X"
    return column.get_default_value()


async def parents(session: Session) -> None:
    """What the rows of `a_row` refer to."""
    for sql in (
        "INSERT INTO gl_account (no) VALUES ('X')",
        "INSERT INTO customer (no) VALUES ('X')",
        "INSERT INTO item (no) VALUES ('X')",
        "INSERT INTO resource (no) VALUES ('X')",
    ):
        await session.execute(sql)
    await a_row(session, "posting_run")
    for table in HEADERS:
        await a_row(session, table)


async def refused(sql: str) -> bool:
    """Whether the database refuses the statement; nothing of it is kept either way."""

    class Back(Exception):
        pass

    try:
        async with transaction() as session:
            await session.execute(sql)
            raise Back
    except (RuleBroken, ReferenceBroken):
        return True
    except Back:
        return False


async def test_the_database_itself_keeps_posted_rows_as_they_are(database: str):
    wrong = []
    async with transaction() as session:
        await parents(session)
        for table in IMMUTABLE:
            if table not in (*HEADERS, "posting_run"):
                await a_row(session, table)
        stored = await catalogue(session)
    for table, may_change in IMMUTABLE.items():
        for name in stored[table]:
            if await refused(f"UPDATE {table} SET {name} = {name}") == (name in may_change):
                wrong.append(f"UPDATE {table}.{name} must be {'possible' if name in may_change else 'refused'}")
        if not await refused(f"DELETE FROM {table}"):
            wrong.append(f"DELETE FROM {table} must be refused")
    assert not wrong, "\n".join(wrong)


def test_every_posted_and_ledger_table_is_among_them():
    kept = {
        name for module in (posted, ledgers) for name, table in TABLES.items() if table.__module__ == module.__name__
    }
    assert kept <= set(IMMUTABLE)


# --- only whole numbers in scaled columns -------------------------------------------------------------------------


@pytest.mark.only("sqlite")
async def test_a_scaled_column_takes_no_fraction(database: str):
    """On SQLite a CHECK says so, as the type alone would not; PostgreSQL's type refuses or rounds to a whole number."""
    async with reading() as session:
        tables = await session.fetch("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    scaled = {
        (name, column._meta.name)
        for name, table in TABLES.items()
        for column in table._meta.columns
        if isinstance(column, columns.Scaled | columns.Whole)
    }
    definitions = dict(tables)
    unchecked = [f"{table}.{name}" for table, name in sorted(scaled) if f"typeof({name})" not in definitions[table]]
    assert not unchecked
    for value in ("1.5", "'abc'", "100000000000000000", "-100000000000000000"):
        assert await refused(f"INSERT INTO customer (no, credit_limit) VALUES ('A', {value})")
    assert not await refused("INSERT INTO customer (no, credit_limit) VALUES ('A', 99999999999999999)")

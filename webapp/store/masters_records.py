"""What a check may look up: the rows of the set-up tables, with those that are about to be saved laid over them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from db.columns import Ref
from db.session import Query, Session
from webapp.store.masters_registry import BY_TABLE, Key, Master, Row
from webapp.store.rows import codec

COUNTED = ("row_version",)


def columns(master: Master) -> tuple[str, ...]:
    """What is read of a row: its fields and its version."""
    return (*master.fields, *COUNTED)


def where_key(master: Master, key: Key) -> tuple[str, list[Any]]:
    """The condition that finds one row by its key; a blank reference in a key is NULL."""
    if master.single:
        return "id = 1", []
    return where(master, zip(master.key, key, strict=True))


def where(master: Master, wanted: Iterable[tuple[str, Any]]) -> tuple[str, list[Any]]:
    """The condition that these columns have these values."""
    kept = codec(master.table)
    parts: list[str] = []
    values: list[Any] = []
    for name, value in wanted:
        written = kept.write(name, value)
        if written is None:
            parts.append(f"{name} IS NULL")
        else:
            parts.append(f"{name} = ?")
            values.append(written)
    return " AND ".join(parts) or "1 = 1", values


class Records:
    """Looks rows up in one transaction. `whole` reads a table at its first use and once: for packs."""

    def __init__(self, session: Session, whole: bool = False) -> None:
        self.session = session
        self.whole = whole
        self._rows: dict[str, dict[Key, Row]] = {}
        self._laid_over: dict[str, dict[Key, Row]] = {}

    def lay_over(self, master: Master, key: Key, row: Row) -> None:
        """From now on the row is found as if it were saved."""
        self._laid_over.setdefault(master.name, {})[key] = row

    def is_laid_over(self, master: Master, key: Key) -> bool:
        return key in self._laid_over.get(master.name, {})

    async def stored(self, master: Master) -> dict[Key, Row]:
        """Every row of the table as the database has it, by key."""
        if master.name not in self._rows:
            self._rows[master.name] = {master.key_of(row): row for row in await self._select(master, [])}
        return self._rows[master.name]

    async def get(self, table: str, key: Key) -> Row | None:
        master = BY_TABLE[table]
        if found := self._laid_over.get(table, {}).get(key):
            return found
        if self.whole:
            return (await self.stored(master)).get(key)
        known = self._rows.setdefault(table, {})
        if key not in known:
            rows = await self._select(master, zip(master.key, key, strict=True))
            known.update({master.key_of(row): row for row in rows})
        return known.get(key)

    async def all(self, table: str, **wanted: Any) -> list[Row]:
        """The rows with these values, those laid over included."""
        master = BY_TABLE[table]
        over = self._laid_over.get(table, {})
        stored = (await self.stored(master)).values() if self.whole else await self._select(master, wanted.items())
        rows = [row for row in stored if master.key_of(row) not in over] + list(over.values())
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]

    async def _select(self, master: Master, wanted: Iterable[tuple[str, Any]]) -> list[Row]:
        kept = codec(master.table)
        condition, values = where(master, wanted)
        names = columns(master)
        rows = await self.session.fetch(kept.select(names, f"WHERE {condition}"), *values)
        return [kept.read(names, row) for row in rows]


# Codes that name a record without a foreign key: table -> (table, column, further condition on that row).
SOFT: dict[str, tuple[tuple[str, str, str], ...]] = {
    "item": (
        ("service_line", "no", "type = 'item'"),
        ("standard_service_line", "no", "type = 'item'"),
        ("price_list_line", "product_no", "product_type = 'item'"),
        ("default_dimension", "no", "table_name = 'item'"),
        ("service_ledger_entry", "no", "type = 'item'"),
    ),
    "resource": (
        ("service_line", "no", "type = 'resource'"),
        ("standard_service_line", "no", "type = 'resource'"),
        ("price_list_line", "product_no", "product_type = 'resource'"),
        ("default_dimension", "no", "table_name = 'resource'"),
        ("service_ledger_entry", "no", "type = 'resource'"),
    ),
    "service_cost": (
        ("service_line", "no", "type = 'cost'"),
        ("standard_service_line", "no", "type = 'cost'"),
        ("service_ledger_entry", "no", "type = 'service_cost'"),
    ),
    "gl_account": (
        ("service_line", "no", "type = 'gl_account'"),
        ("standard_service_line", "no", "type = 'gl_account'"),
        ("payment_method", "bal_account_no", "bal_account_type = 'gl_account'"),
        ("default_dimension", "no", "table_name = 'gl_account'"),
    ),
    "contract_account_group": (("service_ledger_entry", "contract_account_group", "type = 'service_contract'"),),
    "bank_account": (("payment_method", "bal_account_no", "bal_account_type = 'bank'"),),
    "customer": (("default_dimension", "no", "table_name = 'customer'"),),
    "customer_invoice_discount": (),
}


async def used_by(session: Session, master: Master, row: Row) -> list[str]:
    """The tables in which something refers to the row; every table of the database is looked through."""
    asked: list[tuple[str, Query]] = []
    if len(master.key) == 1:
        value = row[master.key[0]]
        asked += [(table, _any(table, f"{name} = ?", value)) for table, name in _references(master.name)]
        asked += [
            (table, _any(table, f"{name} = ? AND {more}", value)) for table, name, more in SOFT.get(master.name, ())
        ]
    if master.name == "dimension_value":
        asked += await _dimension_uses(session, row)
    if master.name == "ship_to_address":
        for table, column in (("service_header", "customer_no"), ("customer", "no"), ("service_item", "customer_no")):
            condition = f"{column} = ? AND ship_to_code = ?"
            asked.append((table, _any(table, condition, row["customer_no"], row["code"])))
    found = await session.fetch_all([query for _, query in asked])
    return list(dict.fromkeys(table for (table, _), rows in zip(asked, found, strict=True) if rows))


async def _dimension_uses(session: Session, row: Row) -> list[tuple[str, Query]]:
    """Where a value of a dimension stands: on documents and entries when it is a global one, and in the set-up."""
    dimension, code = row["dimension_code"], row["code"]
    setup = await session.fetch("SELECT global_dimension_1_code, global_dimension_2_code FROM ledger_setup")
    columns = (
        [name for name, used in zip(("dim_1", "dim_2"), setup[0], strict=True) if used == dimension] if setup else []
    )
    asked = [(table, _any(table, f"{name} = ?", code)) for table in _with_dimensions() for name in columns]
    asked.append(
        ("default_dimension", _any("default_dimension", "dimension_code = ? AND value_code = ?", dimension, code))
    )
    for side in ("1", "2"):
        condition = f"dimension_{side}_code = ? AND value_{side}_code = ?"
        asked.append(("dimension_combination", _any("dimension_combination", condition, dimension, code)))
    return asked


def _any(table: str, condition: str, *values: Any) -> Query:
    return f"SELECT 1 FROM {table} WHERE {condition} LIMIT 1", values


def _references(name: str) -> list[tuple[str, str]]:
    return [
        (table._meta.tablename, column._meta.name)
        for table in _every_table()
        for column in table._meta.columns
        if isinstance(column, Ref) and column.references == name
    ]


def _with_dimensions() -> list[str]:
    return [t._meta.tablename for t in _every_table() if any(c._meta.name == "dim_1" for c in t._meta.columns)]


def _every_table() -> list[Any]:
    from db import batches, contracts, documents, ledgers, masters, posted, setup

    modules = (setup, masters, contracts, documents, posted, ledgers, batches)
    return [
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and kind.__module__ == module.__name__ and hasattr(kind, "_meta")
    ]

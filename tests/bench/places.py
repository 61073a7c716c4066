"""Databases to measure on: files with the durability of the product, or a PostgreSQL server of our own with fsync."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from db.sqlite import PRAGMAS
from tests import postgres

Rows = list[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]  # table, columns, rows
MOST_VALUES = 30_000


class Raw(Protocol):
    """A bare connection of the driver, which writes rows that are ready made."""

    async def by_executemany(self, rows: Rows) -> None: ...

    async def by_multi_row(self, rows: Rows) -> None: ...

    async def close(self) -> None: ...


class Place(Protocol):
    def create(self, template: str = "") -> str: ...

    async def raw(self, url: str) -> Raw: ...

    def close(self) -> None: ...


def chunks(rows: Sequence[tuple[Any, ...]], columns: int) -> list[Sequence[tuple[Any, ...]]]:
    size = max(MOST_VALUES // columns, 1)
    return [rows[start : start + size] for start in range(0, len(rows), size)]


class SqlitePlace:
    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="finalize-bench-"))
        self._count = 0

    def create(self, template: str = "") -> str:
        self._count += 1
        path = self._folder / f"{self._count}.sqlite"
        if template:
            shutil.copyfile(template.removeprefix("sqlite:///"), path)
        return f"sqlite:///{path}"

    async def raw(self, url: str) -> Raw:
        return RawSqlite(url.removeprefix("sqlite:///"))

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class RawSqlite:
    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
        for pragma in PRAGMAS:
            self._connection.execute(pragma).fetchall()

    async def by_executemany(self, rows: Rows) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for table, columns, values in rows:
            marks = ", ".join("?" * len(columns))
            self._connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", values)
        self._connection.execute("COMMIT")

    async def by_multi_row(self, rows: Rows) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for table, columns, values in rows:
            marks = f"({', '.join('?' * len(columns))})"
            for part in chunks(values, len(columns)):
                sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([marks] * len(part))}"
                self._connection.execute(sql, [value for row in part for value in row])
        self._connection.execute("COMMIT")

    async def close(self) -> None:
        self._connection.close()


class PostgresPlace:
    def __init__(self) -> None:
        self._cluster = postgres.Cluster(fsync=True)

    def create(self, template: str = "") -> str:
        return self._cluster.create(template)

    async def raw(self, url: str) -> Raw:
        return RawPostgres(await asyncpg.connect(url, statement_cache_size=500, server_settings={"jit": "off"}))

    def close(self) -> None:
        self._cluster.close()


class RawPostgres:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def by_executemany(self, rows: Rows) -> None:
        async with self._connection.transaction():
            for table, columns, values in rows:
                marks = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
                sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
                await self._connection.executemany(sql, values)

    async def by_multi_row(self, rows: Rows) -> None:
        async with self._connection.transaction():
            for table, columns, values in rows:
                for part in chunks(values, len(columns)):
                    width = len(columns)
                    marks = ", ".join(
                        f"({', '.join(f'${n}' for n in range(row * width + 1, (row + 1) * width + 1))})"
                        for row in range(len(part))
                    )
                    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {marks}"
                    await self._connection.execute(sql, *[value for row in part for value in row])

    async def close(self) -> None:
        await self._connection.close()


def place(engine_name: str) -> Place:
    return SqlitePlace() if engine_name == "sqlite" else PostgresPlace()

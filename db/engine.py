"""The one door to the database, and the only place that knows which one it is.

    await connect("sqlite:///data/finalize.sqlite")
    async with transaction() as session:         # write: waits for its turn, commits at the end, or undoes everything
        await session.execute("UPDATE number_series_line SET last_no = ? WHERE series_code = ?", "SO-1", "SO")
    async with reading() as session:             # a consistent view, which never waits for a writer
        rows = await session.fetch("SELECT no, name FROM customer WHERE city = ?", "Graz")
    await disconnect()

Piccolo's queries work anywhere between `connect` and `disconnect`; inside a block they are part of its transaction.

A transaction belongs to the task that opened it. A task started inside the block inherits its context, but is refused
with an AssertionError when it touches the database before the block ends: start tasks after it. (`asyncio.wait_for`
starts one on Python 3.11; `asyncio.timeout` does not.)

The kind of database is fixed for the process by the first `connect`, or by `DATABASE_URL` when the tables are used
earlier, because Piccolo's table classes are bound to one engine. Another database of the same kind can be connected
after `disconnect`.
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from db import postgres, sqlite
from db.errors import Busy, DatabaseError, Duplicate, ReferenceBroken, RuleBroken, Unavailable
from db.session import Hook, Row, Session

__all__ = [
    "Busy",
    "DatabaseError",
    "Duplicate",
    "ReferenceBroken",
    "Row",
    "RuleBroken",
    "Session",
    "Unavailable",
    "connect",
    "connected",
    "dialect",
    "disconnect",
    "piccolo_engine",
    "reading",
    "schema_change",
    "statement_hook",
    "transaction",
    "url_from_environment",
]

Engine = sqlite.SQLite | postgres.Postgres

# Called with each statement before it runs, BEGIN, COMMIT and ROLLBACK included; on SQLite in the connection's thread.
# For tests: to count the statements of a page, to fail or to kill the process at a chosen one.
statement_hook: Hook | None = None

_engine: Engine | None = None
_MIGRATION_LOCK = 4_712_001  # any number, as long as all processes take the same


def url_from_environment(environment: Mapping[str, str] = os.environ) -> str:
    """`DATABASE_URL`, or a file in the data folder (`FINALIZE_DATA`, by default `data` in the current directory)."""
    data = environment.get("FINALIZE_DATA") or "data"
    return environment.get("DATABASE_URL") or f"sqlite:///{data}/finalize.sqlite"


def kind_of(url: str) -> str:
    scheme = url.partition(":")[0]
    if scheme == "sqlite":
        return "sqlite"
    if scheme in ("postgresql", "postgres"):
        return "postgresql"
    raise ValueError("the database address must begin with sqlite:/// or postgresql://")


def piccolo_engine(url: str | None = None) -> Engine:
    """The engine of this process, for Piccolo's configuration. Made on first use."""
    global _engine
    if _engine is None:
        kind = kind_of(url or url_from_environment())
        _engine = sqlite.SQLite(_hook) if kind == "sqlite" else postgres.Postgres(_hook)
    return _engine


def _hook() -> Hook | None:
    return statement_hook


def dialect() -> str:
    return "sqlite" if isinstance(piccolo_engine(), sqlite.SQLite) else "postgresql"


async def connect(url: str) -> None:
    engine = piccolo_engine(url)
    if kind_of(url) != dialect():
        raise RuntimeError(f"this process works with {dialect()} already")
    if engine.is_open:
        raise RuntimeError("already connected; disconnect first")
    await engine.open(url)


async def disconnect() -> None:
    """Closes every connection and waits for its thread. Harmless when nothing is connected."""
    if _engine is not None:
        await _engine.close()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[None]:
    """`connect` and, whatever happens, `disconnect`: for commands and tests."""
    await connect(url)
    try:
        yield
    finally:
        await disconnect()


@asynccontextmanager
async def transaction() -> AsyncIterator[Session]:
    """Writes, all or nothing. SQLite: BEGIN IMMEDIATE, one writer at a time. PostgreSQL: READ COMMITTED.

    On SQLite the BEGIN travels with the first statement, so that is where `Busy` is raised.
    """
    engine = piccolo_engine()
    assert engine.current() is None, "a transaction is open already"
    if isinstance(engine, sqlite.SQLite):
        async with sqlite.Transaction(engine, writes=True, allow_nested=False) as opened:
            yield sqlite.SQLiteSession(opened)
    else:
        async with postgres.Transaction(engine, writes=True, allow_nested=False) as begun:
            yield postgres.PostgresSession(begun)


@asynccontextmanager
async def reading() -> AsyncIterator[Session]:
    """One consistent view of the data, as it is at the first statement; a write inside is refused.

    Within an open block it is part of that block.
    """
    engine = piccolo_engine()
    if isinstance(engine, sqlite.SQLite):
        async with sqlite.Transaction(engine, writes=False, allow_nested=True) as opened:
            yield sqlite.SQLiteSession(opened)
    else:
        async with postgres.Transaction(engine, writes=False, allow_nested=True) as begun:
            yield postgres.PostgresSession(begun)


async def fetch(sql: str, *args: object) -> list[Row]:
    """The rows of one SELECT by itself, or within the open block. PostgreSQL needs no transaction for it: one round
    trip instead of three."""
    engine = piccolo_engine()
    if isinstance(engine, postgres.Postgres) and engine.current() is None:
        return await engine.fetch(sql, args)
    async with reading() as session:
        return await session.fetch(sql, *args)


@asynccontextmanager
async def schema_change(rows_stay: bool = False) -> AsyncIterator[Session]:
    """A transaction for one migration; other processes wait. On SQLite foreign keys are checked at its end, not in it.

    A table that others refer to can be rebuilt only that way. The check reads every row of the database, minutes in
    large books: it is left out where `rows_stay` as they are.
    """
    engine = piccolo_engine()
    if isinstance(engine, sqlite.SQLite):
        assert engine.current() is None, "a transaction is open already"
        async with sqlite.Transaction(engine, writes=True, allow_nested=False, foreign_keys=False) as opened:
            unchecked = sqlite.SQLiteSession(opened)
            yield unchecked
            if rows_stay:
                return
            if broken := await unchecked.fetch("PRAGMA foreign_key_check"):
                raise ReferenceBroken(f"the migration leaves rows without what they refer to: {broken[:5]}")
    else:
        async with transaction() as session:
            await session.fetch("SELECT pg_advisory_xact_lock(?)", _MIGRATION_LOCK)
            yield session

"""The PostgreSQL engine: Piccolo's, over one pool, with transactions that always end.

`?` is translated to `$1`, so that one SQL text serves both engines.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import asyncpg
from asyncpg.transaction import Transaction as DriverTransaction
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction, Savepoint
from piccolo.querystring import QueryString

from db.errors import POSTGRES_FAILURES, DatabaseError, Unavailable, from_postgres, translated_from_postgres
from db.postgres_updates import TYPES_SQL, many_updates
from db.session import FAILED, Batch, Hook, Query, Row, Session, refuse_inexact

MIN_SIZE, MAX_SIZE = 1, 10
# A statement compiles every CHECK of its table anew: from about ten rows on, one for all of them takes less time.
MANY_ROWS = 10
SETTINGS = {
    "application_name": "finalize",
    "lock_timeout": "5000",  # as long as SQLite's busy_timeout, so that both answer Busy alike
    "idle_in_transaction_session_timeout": "60000",
    "timezone": "UTC",
    "jit": "off",
}
_QUOTED_OR_MARK = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|\?""", re.DOTALL)

_PLAIN_INSERT = re.compile(r"INSERT INTO (?P<table>[a-z_0-9]+) \((?P<columns>[a-z_0-9, ]+)\) VALUES \(\?(?:, \?)*\)")


@lru_cache(2048)
def numbered(sql: str) -> str:
    """`a = ? AND b = '?'` becomes `a = $1 AND b = '?'`."""
    count = 0

    def replace(found: re.Match[str]) -> str:
        nonlocal count
        if found.group() != "?":
            return found.group()
        count += 1
        return f"${count}"

    return _QUOTED_OR_MARK.sub(replace, sql)


class Connection(asyncpg.Connection):
    def get_reset_query(self) -> str:
        """Nothing of ours outlives a transaction, so giving a connection back costs no round trip."""
        return ""


class Transaction(PostgresTransaction):
    """One transaction, for our own `Session` and for the Piccolo queries that join it."""

    engine: "Postgres"
    connection: Any
    transaction: DriverTransaction

    def __init__(self, engine: "Postgres", writes: bool, allow_nested: bool) -> None:
        engine.current()  # forgets one that has ended
        super().__init__(engine, allow_nested)
        self.writes = writes
        self.failed = False
        self.ended = False
        self.task: asyncio.Task[Any] | None = None
        self.hook = engine.hook()

    @translated_from_postgres
    async def __aenter__(self) -> "Transaction":
        if self._parent is not None:
            return self._parent  # type: ignore[return-value]
        self.pool = self.engine.open_pool()
        self.connection = await self.pool.acquire()
        try:
            self.transaction = self._described()
            if self.hook:
                self.hook("BEGIN")
            await self.transaction.start()
        except BaseException:
            self._terminate()
            await uninterrupted(self.pool.release(self.connection))
            raise
        self.task = asyncio.current_task()
        self.engine.current_transaction.set(self)
        return self

    def _described(self) -> DriverTransaction:
        if self.writes:
            return self.connection.transaction(isolation="read_committed")  # type: ignore[no-any-return]
        return self.connection.transaction(isolation="repeatable_read", readonly=True)  # type: ignore[no-any-return]

    @translated_from_postgres
    async def __aexit__(self, exception_type: object, exception: object, traceback: object) -> bool:
        if self._parent is None:
            self.ended = True
            self.engine.current_transaction.set(None)
            await uninterrupted(self._end(commit=exception_type is None and not self.failed))
            if self.failed and self.writes and exception_type is None:
                raise DatabaseError(FAILED)
        return False

    async def _end(self, commit: bool) -> None:
        try:
            if self._lost():
                if commit:
                    raise Unavailable("the connection to the database was lost; nothing was written")
            elif commit and not self._committed and not self._rolled_back:
                await self.commit()
            elif not commit and self.connection.is_in_transaction():
                await self.rollback()
        except BaseException:
            self._terminate()
            raise
        finally:
            await self.pool.release(self.connection)

    def _lost(self) -> bool:
        """The pool takes a broken connection back by itself, and its stand-in then refuses every call."""
        try:
            return bool(self.connection.is_closed())
        except asyncpg.InterfaceError:
            return True

    def _terminate(self) -> None:
        if not self._lost():
            self.connection.terminate()

    async def commit(self) -> None:
        if self.hook:
            self.hook("COMMIT")
        await super().commit()  # type: ignore[no-untyped-call]

    async def rollback(self) -> None:
        if self.hook:
            self.hook("ROLLBACK")
        await super().rollback()  # type: ignore[no-untyped-call]

    @contextmanager
    def using(self) -> Iterator[Any]:
        """The connection, for the task that opened the transaction, as long as nothing has failed."""
        assert self.task is asyncio.current_task(), "a task started inside a transaction must not use it"
        assert not self.ended, "the transaction has ended"
        if self.failed:
            raise DatabaseError(FAILED)
        try:
            yield self.connection
        except POSTGRES_FAILURES as error:
            self.failed = True
            raise from_postgres(error) from error

    async def savepoint(self, name: str | None = None) -> "Mark":
        point = await super().savepoint(name)
        return Mark(name=point.name, transaction=self)

    async def rollback_to(self, savepoint_name: str) -> None:
        await Mark(name=savepoint_name, transaction=self).rollback_to()


class Mark(Savepoint):
    """Going back to a savepoint makes the transaction whole again."""

    transaction: Transaction

    async def rollback_to(self) -> None:
        await super().rollback_to()  # type: ignore[no-untyped-call]
        self.transaction.failed = False


async def uninterrupted(work: Coroutine[Any, Any, None]) -> None:
    """Does the work to its end, also when the caller is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    _UNINTERRUPTED.add(task)
    task.add_done_callback(_UNINTERRUPTED.discard)
    await asyncio.shield(task)


_UNINTERRUPTED: set[asyncio.Task[None]] = set()


class PostgresSession(Session):
    dialect = "postgresql"

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._hook = transaction.hook

    async def fetch_all(self, queries: Sequence[Query]) -> list[list[Row]]:
        refuse_inexact(args for _, args in queries)
        found = []
        with self._transaction.using() as connection:
            for sql, args in queries:
                if self._hook:
                    self._hook(sql)
                found.append(list(map(tuple, await connection.fetch(numbered(sql) if args else sql, *args))))
        return found

    async def execute(self, sql: str, *args: object) -> int:
        refuse_inexact((args,))
        with self._transaction.using() as connection:
            if self._hook:
                self._hook(sql)
            status = await connection.execute(numbered(sql) if args else sql, *args)  # "UPDATE 3", "CREATE TABLE"
        count = status.rpartition(" ")[2]
        return int(count) if count.isdecimal() else -1

    async def execute_all(self, statements: Sequence[Batch]) -> None:
        for _, rows in statements:
            refuse_inexact(rows)
        with self._transaction.using() as connection:
            for sql, rows in statements:
                if self._hook:
                    self._hook(sql)
                plain = _PLAIN_INSERT.fullmatch(sql) if len(rows) >= MANY_ROWS else None
                if plain is None:
                    await self._change(connection, sql, rows)
                else:  # the same rows under the same constraints and triggers, in a fifth of the time
                    columns = [name.strip() for name in plain["columns"].split(",")]
                    await connection.copy_records_to_table(plain["table"], records=rows, columns=columns)

    async def _change(self, connection: Any, sql: str, rows: Sequence[Sequence[object]]) -> None:
        many = many_updates(sql) if len(rows) >= MANY_ROWS else None
        if many is None or not many.fits(rows):
            await connection.executemany(numbered(sql), rows)
            return
        if many.table not in _TYPES:
            _TYPES[many.table] = dict(await connection.fetch(TYPES_SQL, many.table))
        await connection.execute(many.sql(_TYPES[many.table]), *map(list, zip(*rows, strict=True)))


_TYPES: dict[str, dict[str, str]] = {}
"""The types of a table's columns, which every database of the product has alike."""


class Postgres(PostgresEngine):
    def __init__(self, hook: Callable[[], Hook | None]) -> None:
        super().__init__(config={})
        self.hook = hook

    @property
    def is_open(self) -> bool:
        return self.pool is not None

    async def get_version(self) -> float:
        """Piccolo asks when the module is imported. No database is needed for that."""
        return self.min_version_number if hasattr(self, "min_version_number") else 0.0

    async def prep_database(self) -> None:
        """No extensions."""

    @translated_from_postgres
    async def open(self, url: str) -> None:
        self.config = {"dsn": url, "timeout": 10, "server_settings": SETTINGS}
        self.pool = await asyncpg.create_pool(
            **self.config,
            connection_class=Connection,
            min_size=MIN_SIZE,
            max_size=MAX_SIZE,
            statement_cache_size=500,
            max_cached_statement_lifetime=0,
        )

    async def close(self) -> None:
        pool, self.pool = self.pool, None
        if pool is None:
            return
        loop = asyncio.get_running_loop()
        if ending := [task for task in _UNINTERRUPTED if task.get_loop() is loop]:
            await asyncio.wait(ending, timeout=5)
        try:
            async with asyncio.timeout(5):
                await pool.close()
        except TimeoutError:
            pool.terminate()

    def open_pool(self) -> "asyncpg.Pool[Any]":
        if self.pool is None:
            raise Unavailable("the database is not connected")
        return self.pool

    def current(self) -> Transaction | None:
        """The open transaction of this task. A task that outlived its parent's transaction has none."""
        transaction = self.current_transaction.get()
        if not isinstance(transaction, Transaction):
            return None
        if transaction.ended:
            self.current_transaction.set(None)
            return None
        return transaction

    @translated_from_postgres
    async def fetch(self, sql: str, args: Sequence[object]) -> list[Row]:
        """One SELECT outside of any transaction."""
        refuse_inexact((args,))
        assert sql.lstrip().startswith(("SELECT", "WITH")), "only a look needs no transaction"
        if hook := self.hook():
            hook(sql)
        async with self.open_pool().acquire() as connection:
            try:
                return list(map(tuple, await connection.fetch(numbered(sql) if args else sql, *args)))
            except asyncpg.InternalClientError:
                connection.terminate()  # the pool would give it to the next one
                raise

    def transaction(self, allow_nested: bool = True) -> Transaction:
        return Transaction(self, writes=True, allow_nested=allow_nested)

    # Piccolo's queries

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> list[Any]:
        sql, args = querystring.compile_string(engine_type=self.engine_type)
        return await self._run(sql, args)

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> list[Any]:
        return await self._run(ddl, ())

    @translated_from_postgres
    async def _run(self, sql: str, args: Sequence[object]) -> list[Any]:
        transaction = self.current()
        hook = self.hook()
        if hook:
            hook(sql)
        if transaction is not None:
            with transaction.using() as connection:
                return await connection.fetch(sql, *args)  # type: ignore[no-any-return]
        async with self.open_pool().acquire() as connection:
            return await connection.fetch(sql, *args)

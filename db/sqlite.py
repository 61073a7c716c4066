"""The SQLite engine: Piccolo's, made safe for a ledger.

- WAL with `synchronous=FULL`; readers never wait for the writer and never block it.
- One connection writes, behind one asyncio lock per process, so that waiting is fair; a free list of connections
  reads, and SQLite itself refuses them every write (`query_only`).
- A write transaction is always BEGIN IMMEDIATE: a read that becomes a write fails at once, whatever the busy timeout.
- BEGIN travels with the first statement, and all statements of one call are run in one change of thread.
- What is known to be short is done at once, in the thread of the loop. sqlite3 gives the interpreter's lock away and
  asks for it again with every row: beside a loop that renders a page, fifty rows in another thread wait fifty times.
  What may wait for a disk or for another process (BEGIN IMMEDIATE, COMMIT) and what took long keeps to its thread.
- Whatever fails or is cancelled, the connection ends its transaction or is closed, and the lock is given back.

aiosqlite supplies the threads. Its internals are used in `Connection`; its version is pinned for that reason.
"""

import asyncio
import datetime
import sqlite3
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from piccolo.engine import sqlite as piccolo_sqlite
from piccolo.engine.base import validate_savepoint_name
from piccolo.engine.sqlite import Savepoint, SQLiteEngine, SQLiteTransaction, TransactionType
from piccolo.querystring import QueryString

from db.errors import DatabaseError, Unavailable, from_sqlite
from db.session import FAILED, Batch, Hook, Query, Row, Session, refuse_inexact

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

PRAGMAS = (
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = 1",
    "PRAGMA cache_size = -16000",
    "PRAGMA temp_store = MEMORY",
)
READERS = 4  # more of them at once only wait for each other, each with a cache of its own


# --- Values. Piccolo registers converters for the whole process on import: a Decimal would become a float, and each
# --- INTEGER would pass through Decimal. These replace them.


def _refuse_decimal(value: Decimal) -> str:
    raise TypeError(f"amounts are stored as scaled integers, not as {value!r}")


@lru_cache(4096)
def _date(raw: bytes) -> datetime.date:
    return datetime.date.fromisoformat(raw.decode())


def _moment(raw: bytes) -> datetime.datetime:
    value = datetime.datetime.fromisoformat(raw.decode())
    return value.replace(tzinfo=datetime.UTC) if value.tzinfo is None else value.astimezone(datetime.UTC)


def register_values() -> None:
    assert Decimal in piccolo_sqlite.ADAPTERS  # imported first, so that ours win
    sqlite3.register_adapter(Decimal, _refuse_decimal)
    sqlite3.register_converter("INTEGER", int)
    sqlite3.register_converter("BOOLEAN", b"1".__eq__)
    sqlite3.register_converter("DATE", _date)
    sqlite3.register_converter("TIMESTAMPTZ", _moment)


register_values()


# --- What runs in the thread of a connection: plain sqlite3.


def _fetch_all(queries: Sequence[Query], hook: Hook | None, raw: sqlite3.Connection) -> list[list[Row]]:
    found = []
    for sql, args in queries:
        if hook:
            hook(sql)
        found.append(raw.execute(sql, args).fetchall())
    return found


def _execute(sql: str, args: Sequence[object], hook: Hook | None, raw: sqlite3.Connection) -> int:
    if hook:
        hook(sql)
    return raw.execute(sql, args).rowcount


def _execute_all(statements: Sequence[Batch], hook: Hook | None, raw: sqlite3.Connection) -> None:
    for sql, rows in statements:
        if hook:
            hook(sql)
        raw.executemany(sql, rows)


def _fetch_dicts(sql: str, args: Sequence[object], hook: Hook | None, raw: sqlite3.Connection) -> list[dict[str, Any]]:
    if hook:
        hook(sql)
    cursor = raw.execute(sql, args)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _run_pragmas(pragmas: Sequence[str], raw: sqlite3.Connection) -> None:
    for pragma in pragmas:
        raw.execute(pragma).fetchall()


def _nothing(raw: sqlite3.Connection) -> None:
    """Only what goes before any work."""


def _commit(hook: Hook | None, raw: sqlite3.Connection) -> None:
    if raw.in_transaction:
        if hook:
            hook("COMMIT")
        raw.execute("COMMIT")


def _rollback(hook: Hook | None, raw: sqlite3.Connection) -> None:
    if raw.in_transaction:
        if hook:
            hook("ROLLBACK")
        raw.execute("ROLLBACK")


# --- Where it runs


SHORT = 0.005  # seconds that other requests may wait for a statement
FEW_ROWS = 200  # written at once
_TURN = 0.01  # seconds after which the loop sees to others before it goes on here
_MOST_REMEMBERED = 4096


class Connection(aiosqlite.Connection):
    """A connection of one's own, with a thread for what may take long."""

    def __init__(self, **how: Any) -> None:
        # One thread at a time uses it: the loop's only while nothing is under way in the other.
        super().__init__(partial(sqlite3.connect, check_same_thread=False, **how), iter_chunk_size=64)
        self._thread.daemon = True  # a connection that nobody closed must not keep the process alive
        self._given = self._done = 0  # what the loop gave to the thread, and how much of it is done; one writer each

    def submit(self, work: Work[T]) -> "asyncio.Future[T]":
        """Queues work for the connection's thread, behind whatever it still does."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((future, partial(self._in_thread, work, self.raw)))
        self._given += 1
        return future

    def _in_thread(self, work: Work[T], raw: sqlite3.Connection) -> T:
        try:
            return work(raw)
        finally:
            self._done += 1

    @property
    def raw(self) -> sqlite3.Connection:
        if not self._running or self._connection is None:
            raise Unavailable("the connection to the database is closed")
        return self._connection

    @property
    def is_free(self) -> bool:
        """Whether its thread has nothing to do, so that the loop may use it."""
        return self._given == self._done


class Pace:
    """Where work is done: at once, when it is short by what it took before, else in the thread of its connection."""

    def __init__(self) -> None:
        self._long: set[Hashable] = set()
        self._turn = 0.0

    async def perform(self, connection: Connection, work: Work[T], name: Hashable = None) -> T:
        """Does the work. `name` is what its statements are known by; None: it may wait for others."""
        at_once = name is not None and name not in self._long and connection.is_free
        try:
            if not at_once:
                return await connection.submit(work if name is None else partial(self._timed, work, name))
            if time.perf_counter() - self._turn > _TURN:
                await asyncio.sleep(0)  # others have waited for a while
                self._turn = time.perf_counter()
            return self._timed(work, name, connection.raw)
        except sqlite3.Error as error:
            raise from_sqlite(error) from error

    def _timed(self, work: Work[T], name: Hashable, raw: sqlite3.Connection) -> T:
        started = time.thread_time()  # what it costs, not what it waits for the interpreter's lock
        try:
            return work(raw)
        finally:
            if time.thread_time() - started < SHORT:
                self._long.discard(name)
            elif len(self._long) < _MOST_REMEMBERED:
                self._long.add(name)


# --- Transactions


@dataclass(eq=False, slots=True)
class Lease:
    """A connection in use, and the gate through which it was come by."""

    connection: Connection
    gate: asyncio.Lock | asyncio.Semaphore


class Transaction(SQLiteTransaction):
    """One transaction, for our own `Session` and for the Piccolo queries that join it."""

    engine: "SQLite"
    connection: Connection

    def __init__(self, engine: "SQLite", writes: bool, allow_nested: bool, foreign_keys: bool = True) -> None:
        engine.current()  # forgets one that has ended
        super().__init__(engine, TransactionType.immediate if writes else TransactionType.deferred, allow_nested)
        self.writes = writes
        self.foreign_keys = foreign_keys
        self.asked = False  # something was sent to the thread, so there may be something to end
        self.begun = False
        self.failed = False
        self.ended = False
        self.task: asyncio.Task[Any] | None = None
        self.hook = engine.hook()

    async def __aenter__(self) -> "Transaction":
        if self._parent is not None:
            return self._parent  # type: ignore[return-value]
        self.lease = await self.engine.take(self.writes)
        self.connection = self.lease.connection
        self.task = asyncio.current_task()
        self.engine.current_transaction.set(self)
        return self

    async def __aexit__(self, exception_type: object, exception: object, traceback: object) -> bool:
        if self._parent is None:
            self.ended = True
            self.engine.current_transaction.set(None)
            await self._end(_commit if exception_type is None and not self.failed else _rollback)
            if self.failed and self.writes and exception_type is None:
                raise DatabaseError(FAILED)
        return False

    async def _end(self, ending: Callable[[Hook | None, sqlite3.Connection], None]) -> None:
        """Ends the transaction in its thread. A caller cancelled meanwhile does not stop that."""
        if not self.asked:
            self.engine.give_back(self.lease)
            return
        try:
            if not self.writes and self.connection.is_free:
                self._end_at_once(ending)
                return
            future = self.connection.submit(partial(ending, self.hook))
        except BaseException:
            self.engine.give_back(self.lease, broken=True)
            raise
        future.add_done_callback(self._after_end)
        if not self.writes:
            return  # nothing to wait for: the thread keeps the order
        try:
            await asyncio.shield(future)
        except sqlite3.Error as error:
            raise from_sqlite(error) from error

    def _end_at_once(self, ending: Callable[[Hook | None, sqlite3.Connection], None]) -> None:
        try:
            ending(self.hook, self.connection.raw)
        except BaseException as error:
            self.engine.give_back(self.lease, broken=True)
            if not isinstance(error, sqlite3.Error):  # nothing was written, so that one has nothing to say
                raise
        else:
            self.engine.give_back(self.lease)

    def _after_end(self, future: "asyncio.Future[None]") -> None:
        failed = future.cancelled() or future.exception() is not None
        self.engine.give_back(self.lease, broken=failed or not self.foreign_keys)

    async def run(self, work: Work[T], name: Hashable = None) -> T:
        assert self.task is asyncio.current_task(), "a task started inside a transaction must not use it"
        assert not self.ended, "the transaction has ended"
        if self.failed:
            raise DatabaseError(FAILED)
        self.asked = True
        try:
            if self.writes and name is not None and not self.begun:  # in the thread: it waits for whoever writes
                await self.engine.pace.perform(self.connection, partial(self._inside, _nothing))
            return await self.engine.pace.perform(self.connection, partial(self._inside, work), name)
        except DatabaseError:
            self.failed = True
            raise

    def _inside(self, work: Work[T], raw: sqlite3.Connection) -> T:
        if not self.begun:
            if not self.foreign_keys:
                raw.execute("PRAGMA foreign_keys = 0")  # ignored inside a transaction, so before it
            begin = f"BEGIN {self.transaction_type.value}"
            if self.hook:
                self.hook(begin)
            raw.execute(begin)
            self.begun = True
        elif not raw.in_transaction:  # SQLite rolls back by itself on a full disk, for one
            raise sqlite3.OperationalError("the database has rolled this transaction back")
        return work(raw)

    async def commit(self) -> None:
        await self.run(partial(_commit, self.hook))
        self._committed = True

    async def rollback(self) -> None:
        await self.run(partial(_rollback, self.hook))
        self._rolled_back = True

    async def savepoint(self, name: str | None = None) -> "Mark":
        name = name or f"savepoint_{self.get_savepoint_id()}"
        validate_savepoint_name(name)
        await self.run(partial(_execute, f"SAVEPOINT {name}", (), self.hook))
        return Mark(name=name, transaction=self)

    async def rollback_to(self, savepoint_name: str) -> None:
        await Mark(name=savepoint_name, transaction=self).rollback_to()


class Mark(Savepoint):
    """Going back to a savepoint makes the transaction whole again."""

    transaction: Transaction

    async def rollback_to(self) -> None:
        await super().rollback_to()  # type: ignore[no-untyped-call]
        self.transaction.failed = False


class SQLiteSession(Session):
    dialect = "sqlite"

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._hook = transaction.hook

    async def fetch_all(self, queries: Sequence[Query]) -> list[list[Row]]:
        refuse_inexact(args for _, args in queries)
        work = partial(_fetch_all, queries, self._hook)
        return await self._transaction.run(work, tuple([sql for sql, _ in queries]))

    async def execute(self, sql: str, *args: object) -> int:
        refuse_inexact((args,))
        return await self._transaction.run(partial(_execute, sql, args, self._hook), sql)

    async def execute_all(self, statements: Sequence[Batch]) -> None:
        for _, rows in statements:
            refuse_inexact(rows)
        few = sum(len(rows) for _, rows in statements) <= FEW_ROWS
        name = tuple([sql for sql, _ in statements]) if few else None
        await self._transaction.run(partial(_execute_all, statements, self._hook), name)


# --- The engine


class SQLite(SQLiteEngine):
    def __init__(self, hook: Callable[[], Hook | None]) -> None:
        super().__init__(path="", timeout=5, cached_statements=512)
        self.hook = hook
        self._closed()

    def _closed(self) -> None:
        self.is_open = False
        self.pace = Pace()
        self._one_writer = asyncio.Lock()
        self._few_readers = asyncio.Semaphore(READERS)
        self._writer: Connection | None = None
        self._readers: list[Connection] = []
        self._all: set[Connection] = set()
        self._stopping: set[asyncio.Future[Any]] = set()

    async def open(self, url: str) -> None:
        path = url.removeprefix("sqlite:///")
        if path == url or not path or ":memory:" in path:
            raise ValueError(f"not the address of an SQLite file: {url!r} (sqlite:///relative or sqlite:////absolute)")
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._closed()
        try:
            self._writer = await self._opened(writes=True)
        except BaseException:
            await self.close()  # waits for the thread of the connection that came to nothing
            raise
        self.is_open = True

    async def close(self) -> None:
        """Closes every connection, also those in use, and waits for their threads."""
        self.is_open = False
        connections = list(self._all)
        for connection in connections:
            self._discard(connection)
        if self._stopping:
            await asyncio.wait(self._stopping)
        for connection in connections:
            connection._thread.join(timeout=5)
        self._closed()

    async def _opened(self, writes: bool) -> Connection:
        connection = Connection(**self.connection_kwargs)
        try:
            await connection
            self._all.add(connection)
            pragmas = PRAGMAS if writes else (*PRAGMAS, "PRAGMA query_only = 1")
            await self.pace.perform(connection, partial(_run_pragmas, pragmas))
        except sqlite3.Error as error:
            raise from_sqlite(error) from error
        except BaseException:
            self._discard(connection)
            raise
        return connection

    def _discard(self, connection: Connection) -> None:
        """Closes the connection in its thread, after what the thread still does; an open transaction is rolled back."""
        if connection not in self._all:
            return
        self._all.remove(connection)
        future = connection.stop()
        if future is not None:
            self._stopping.add(future)
            future.add_done_callback(self._stopping.discard)

    async def take(self, writes: bool) -> Lease:
        """A connection of one's own, handed out in the order of asking: the one that writes, or one that reads."""
        if not self.is_open:
            raise Unavailable("the database is not connected")
        gate = self._one_writer if writes else self._few_readers
        await gate.acquire()
        try:
            if not self.is_open:  # closed while waiting
                raise Unavailable("the database is not connected")
            return Lease(await (self._writing() if writes else self._reading()), gate)
        except BaseException:
            gate.release()
            raise

    async def _writing(self) -> Connection:
        if self._writer is None:
            self._writer = await self._opened(writes=True)
        return self._writer

    async def _reading(self) -> Connection:
        return self._readers.pop() if self._readers else await self._opened(writes=False)

    def give_back(self, lease: Lease, broken: bool = False) -> None:
        connection = lease.connection
        if broken:
            self._discard(connection)
            if connection is self._writer:
                self._writer = None
        elif connection is not self._writer and connection in self._all:
            self._readers.append(connection)
        lease.gate.release()

    def current(self) -> Transaction | None:
        """The open transaction of this task. A task that outlived its parent's transaction has none."""
        transaction = self.current_transaction.get()
        if not isinstance(transaction, Transaction):
            return None
        if transaction.ended:
            self.current_transaction.set(None)
            return None
        return transaction

    def transaction(
        self, transaction_type: TransactionType = TransactionType.immediate, allow_nested: bool = True
    ) -> Transaction:
        """Piccolo's own way in. It always locks at once, whatever type is asked for."""
        return Transaction(self, writes=True, allow_nested=allow_nested)

    # Piccolo's queries

    async def run_querystring(self, querystring: QueryString, in_pool: bool = False) -> list[dict[str, Any]]:
        sql, args = querystring.compile_string(engine_type=self.engine_type)
        return await self._run(sql, args)

    async def run_ddl(self, ddl: str, in_pool: bool = False) -> list[dict[str, Any]]:
        return await self._run(ddl, ())

    async def _run(self, sql: str, args: Sequence[object]) -> list[dict[str, Any]]:
        transaction = self.current()
        work = partial(_fetch_dicts, sql, args, self.hook())
        if transaction is not None:
            return await transaction.run(work, sql)
        writes = sql.lstrip()[:6].upper() != "SELECT"
        lease = await self.take(writes)
        try:
            return await self.pace.perform(lease.connection, work, None if writes else sql)
        finally:
            self.give_back(lease)  # a statement that was cancelled is still ahead of the next one in the thread

    async def get_connection(self) -> Connection:
        """A connection outside the pool, as Piccolo's batch reader wants it, which closes it."""
        connection = Connection(**self.connection_kwargs)
        await connection
        await self.pace.perform(connection, partial(_run_pragmas, PRAGMAS))
        connection.row_factory = piccolo_sqlite.dict_factory  # type: ignore[assignment]
        return connection

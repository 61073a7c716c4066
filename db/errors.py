"""What can go wrong in the database, with one name for both drivers."""

import sqlite3
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import asyncpg

P = ParamSpec("P")
R = TypeVar("R")


class DatabaseError(Exception):
    """An error of the database. The text is the driver's own, `constraint` the name of the broken rule where known.

    SQLite names a unique rule by its columns ("customer.no") and has no name for a foreign key.
    """

    def __init__(self, message: str, constraint: str = "") -> None:
        super().__init__(message)
        self.constraint = constraint


class Duplicate(DatabaseError):
    """A row with this key exists already."""


class RuleBroken(DatabaseError):
    """A CHECK, NOT NULL, length or trigger of the schema refuses the row."""


class ReferenceBroken(DatabaseError):
    """The row refers to one that does not exist, or is still referred to."""


class Busy(DatabaseError):
    """Someone else holds the lock for too long, or a deadlock was ended. The work may be tried again."""


class Unavailable(DatabaseError):
    """The database cannot be reached or written: gone, full or read-only. Nothing of the work was kept."""


# What asyncpg and the network below it raise. InterfaceError covers its own complaints, such as a wrong argument type;
# InternalClientError is what a connection answers whose server ended it a moment ago, before its end has come through.
POSTGRES_FAILURES = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)

_SQLITE_KINDS: dict[int, type[DatabaseError]] = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: Duplicate,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: Duplicate,
    sqlite3.SQLITE_CONSTRAINT_ROWID: Duplicate,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: ReferenceBroken,
    sqlite3.SQLITE_CONSTRAINT: RuleBroken,
    sqlite3.SQLITE_TOOBIG: RuleBroken,
    sqlite3.SQLITE_BUSY: Busy,
    sqlite3.SQLITE_LOCKED: Busy,
    sqlite3.SQLITE_FULL: Unavailable,
    sqlite3.SQLITE_IOERR: Unavailable,
    sqlite3.SQLITE_READONLY: Unavailable,
    sqlite3.SQLITE_CANTOPEN: Unavailable,
    sqlite3.SQLITE_CORRUPT: Unavailable,
    sqlite3.SQLITE_NOTADB: Unavailable,
}

# By SQLSTATE, the longest prefix first.
_POSTGRES_KINDS: dict[str, type[DatabaseError]] = {
    "23505": Duplicate,
    "23P01": Duplicate,
    "23503": ReferenceBroken,
    "23001": ReferenceBroken,
    "23": RuleBroken,
    "P0001": RuleBroken,
    "22001": RuleBroken,
    "22003": RuleBroken,
    "40": Busy,
    "55P03": Busy,
    "57014": Busy,
    "25006": Unavailable,
    "25P03": Unavailable,
    "08": Unavailable,
    "53": Unavailable,
    "57P": Unavailable,
    "58": Unavailable,
}


def from_sqlite(error: sqlite3.Error) -> DatabaseError:
    code = getattr(error, "sqlite_errorcode", 0)
    kind = _SQLITE_KINDS.get(code) or _SQLITE_KINDS.get(code & 0xFF, DatabaseError)
    message = str(error)
    named = kind in (Duplicate, RuleBroken) and "constraint failed: " in message
    return kind(message, message.partition("constraint failed: ")[2] if named else "")


def from_postgres(error: BaseException) -> DatabaseError:
    if not isinstance(error, asyncpg.PostgresError):
        return _postgres_kind_without_state(error)(str(error) or type(error).__name__)
    state = error.sqlstate or ""
    kind = next((_POSTGRES_KINDS[state[:n]] for n in (5, 3, 2) if state[:n] in _POSTGRES_KINDS), DatabaseError)
    column = getattr(error, "column_name", None)
    named = getattr(error, "constraint_name", None) or (
        f"{getattr(error, 'table_name', '')}.{column}" if column else ""
    )
    return kind(str(error.args[0]), named)  # without DETAIL, which quotes the row


def _postgres_kind_without_state(error: BaseException) -> type[DatabaseError]:
    if isinstance(error, OSError | asyncpg.InternalClientError):  # TimeoutError is an OSError since Python 3.11
        return Unavailable
    lost = "connection is closed" in str(error) or "released back to the pool" in str(error)  # it is when it breaks
    return Unavailable if lost else DatabaseError


def translated_from_postgres(
    function: Callable[P, Coroutine[Any, Any, R]],
) -> Callable[P, Coroutine[Any, Any, R]]:
    """Raises our errors in place of the driver's."""

    @wraps(function)
    async def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await function(*args, **kwargs)
        except POSTGRES_FAILURES as error:
            raise from_postgres(error) from error

    return inner

"""The mapping layer: rows of the database and records of the core, by field name.

The only place where scaled integers and `Decimal` meet (P-4, O-2). A record class whose fields are named like columns
is read and written without a line of code for each field. Blank references are NULL in the database and "" outside.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypeVar

from piccolo.columns import Column, Serial
from piccolo.table import Table

from db.columns import Ref, Scaled
from webapp.posting.records import names_of, required_of
from webapp.posting.snapshot import ZERO

R = TypeVar("R")
_LIMIT = 10**17
MOST_KEPT = 2048  # records of one kind


class DoesNotFit(ValueError):
    """An amount has more digits than its column keeps (O-43)."""


@functools.lru_cache(16384)
def decimal_from(scaled: int, places: int) -> Decimal:
    """The exact decimal of a scaled integer. Kept, as is its counterpart: the same few amounts come up all the time."""
    return Decimal(scaled).scaleb(-places) if scaled else ZERO


@functools.lru_cache(16384, typed=True)
def scaled_from(value: Decimal, places: int) -> int:
    """The scaled integer of an exact decimal; a float or too many places are a fault of the program."""
    if not isinstance(value, (Decimal, int)) or isinstance(value, bool):
        raise TypeError(f"an amount must be a Decimal, not {type(value).__name__}")
    shifted = Decimal(value).scaleb(places)
    scaled = int(shifted)
    if scaled != shifted or abs(scaled) >= _LIMIT:
        raise DoesNotFit(f"{value} does not fit {places} decimal places")
    return scaled


def money_from(value: Any) -> Decimal:
    """An amount that an expression gave; nothing when there was nothing to add up."""
    return decimal_from(int(value or 0), 5)


def day_from(value: Any) -> date:
    """A date that an expression gave: SQLite knows dates of columns only."""
    return value if isinstance(value, date) else date.fromisoformat(str(value))


Convert = Callable[[Any], Any]


def _reader(column: Column) -> Convert | None:
    if isinstance(column, Scaled):
        places = column.places
        return lambda value: decimal_from(value, places) if value else ZERO
    if isinstance(column, Ref):
        return lambda value: value or ""
    return None


def _writer(column: Column) -> Convert | None:
    if isinstance(column, Scaled):
        places = column.places
        return lambda value: 0 if value is ZERO else scaled_from(value, places)  # most amounts of a line are 0
    if isinstance(column, Ref):
        return lambda value: value or None
    return None


@dataclasses.dataclass(frozen=True)
class Codec:
    """How the columns of one table are read and written."""

    table: type[Table]
    name: str
    columns: Mapping[str, Column]
    readers: Mapping[str, Convert | None]
    writers: Mapping[str, Convert | None]

    def select(self, names: Sequence[str], where: str = "") -> str:
        """SELECT of these columns; `where` is everything that follows the table's name."""
        return f"SELECT {', '.join(names)} FROM {self.name} {where}".rstrip()

    def insert(self, names: Sequence[str]) -> str:
        return f"INSERT INTO {self.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"

    def read(self, names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
        """A row as a dictionary of Python values."""
        found = dict(zip(names, row, strict=True))
        for name, reader in self.converted:
            if name in found:
                found[name] = reader(found[name])
        return found

    @functools.cached_property
    def converted(self) -> tuple[tuple[str, Convert], ...]:
        """The columns whose values are not as the database keeps them."""
        return tuple((name, reader) for name, reader in self.readers.items() if reader is not None)

    def write(self, name: str, value: Any) -> Any:
        """One value as the database keeps it."""
        writer = self.writers[name]
        return value if writer is None else writer(value)


@functools.cache
def codec(table: type[Table]) -> Codec:
    """The codec of a table class."""
    columns = {column._meta.name: column for column in table._meta.columns}
    return Codec(
        table,
        table._meta.tablename,
        columns,
        {name: _reader(column) for name, column in columns.items()},
        {name: _writer(column) for name, column in columns.items()},
    )


def _kinds(of: Codec, names: Sequence[str]) -> tuple[list[tuple[int, int]], list[int]]:
    """Of columns by their place: those with a scaled integer and its places, and references."""
    columns = [(i, of.columns[name]) for i, name in enumerate(names)]
    scaled = [(i, column.places) for i, column in columns if isinstance(column, Scaled)]
    return scaled, [i for i, column in columns if isinstance(column, Ref)]


class Reader(Generic[R]):
    """Reads rows of a table into records of one frozen class, field by field of the same name."""

    def __init__(self, record: type[R], table: type[Table]) -> None:
        self.record = record
        self.codec = codec(table)
        self.names = tuple(name for name in names_of(record) if name in self.codec.columns)
        if self.names != names_of(record)[: len(self.names)] or len(self.names) < len(required_of(record)):
            raise TypeError(f"{record.__name__} has fields that {self.codec.name} lacks")
        self._scaled, self._refs = _kinds(self.codec, self.names)
        # Documents are read again and again with all their lines; the same row is the same record.
        self._kept = functools.lru_cache(MOST_KEPT)(self._read)

    def sql(self, where: str = "") -> str:
        return self.codec.select(self.names, where)

    def one(self, row: Sequence[Any]) -> R:
        return self._kept(tuple(row))

    def _read(self, row: tuple[Any, ...]) -> R:
        values = list(row)
        for i, places in self._scaled:  # written out: a document has thousands of them
            value = values[i]
            values[i] = decimal_from(value, places) if value else ZERO
        for i in self._refs:
            values[i] = values[i] or ""
        return self.record(*values)

    def all(self, rows: Sequence[Sequence[Any]]) -> list[R]:
        read = self._read if len(rows) > MOST_KEPT // 4 else self._kept  # many at once would push out all others
        return [read(tuple(row)) for row in rows]


class Writer:
    """Writes rows of a table from mappings."""

    def __init__(self, table: type[Table], names: Sequence[str]) -> None:
        self.codec = codec(table)
        self.names = tuple(names)
        self.sql = self.codec.insert(self.names)

    def row(self, values: Mapping[str, Any]) -> list[Any]:
        return [self.codec.write(name, values[name]) for name in self.names]


class RecordWriter:
    """Writes rows of a table: attributes of a record named like columns, and values given beside it."""

    def __init__(self, table: type[Table], record: Sequence[str] = (), extra: Sequence[str] = ()) -> None:
        self.codec = codec(table)
        self.record, self.extra = tuple(record), tuple(extra)
        self.names = (*self.record, *self.extra)
        self.sql = self.codec.insert(self.names)
        self._scaled, self._refs = _kinds(self.codec, self.names)
        self._get = operator.attrgetter(*self.record) if self.record else None

    def row(self, record: object | None, extra: Sequence[Any] = ()) -> list[Any]:
        """One row: the record's attributes, then the values given for `extra`, in that order."""
        if self._get is None:
            row: list[Any] = list(extra)
        else:
            found = self._get(record)
            row = [*found, *extra] if len(self.record) > 1 else [found, *extra]
        for i, places in self._scaled:  # written out, as in Reader; most amounts of a line are 0
            value = row[i]
            row[i] = 0 if value is ZERO else scaled_from(value, places)
        for i in self._refs:
            row[i] = row[i] or None
        return row


def shared_names(record: type[Any], table: type[Table], without: Sequence[str] = ()) -> tuple[str, ...]:
    """The fields of a record that are columns of the table."""
    columns = codec(table).columns
    return tuple(name for name in names_of(record) if name in columns and name not in without)


def column_names(table: type[Table], without: Sequence[str] = ()) -> tuple[str, ...]:
    """The columns of a table, but for keys that the database gives and those named."""
    return tuple(
        name for name, column in codec(table).columns.items() if not isinstance(column, Serial) and name not in without
    )

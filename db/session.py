"""The fast path to the database: plain SQL with `?`, plain tuples back, inside one transaction."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, ClassVar, TypeAlias

Row: TypeAlias = tuple[Any, ...]
Query: TypeAlias = tuple[str, Sequence[object]]
Batch: TypeAlias = tuple[str, Sequence[Sequence[object]]]
Hook: TypeAlias = Callable[[str], None]

FAILED = "an earlier statement of this transaction failed; none of it is kept"

# SQLite would store a float as it comes and asyncpg would cut it to an integer, both silently.
_INEXACT = frozenset({float, Decimal})


class Session(ABC):
    """Statements of one open transaction. To be used by the task that opened it, and by no other.

    After a statement that failed there is nothing more to do in the block: what follows is refused, and so is the
    commit, on both databases. (Left alone, SQLite would carry on, and PostgreSQL would answer COMMIT with a silent
    ROLLBACK.) Catch errors around the block.
    """

    dialect: ClassVar[str]  # "sqlite" | "postgresql"

    @abstractmethod
    async def fetch_all(self, queries: Sequence[Query]) -> list[list[Row]]:
        """The rows of each query. On SQLite all of them in one change of thread."""

    @abstractmethod
    async def execute(self, sql: str, *args: object) -> int:
        """The number of rows that the statement changed."""

    @abstractmethod
    async def execute_all(self, statements: Sequence[Batch]) -> None:
        """Each statement once for each of its rows. On SQLite all of them in one change of thread."""

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        return (await self.fetch_all(((sql, args),)))[0]


def refuse_inexact(rows: Iterable[Iterable[object]]) -> None:
    """No float and no Decimal reaches a statement: amounts are scaled integers there."""
    for row in rows:
        if not _INEXACT.isdisjoint(map(type, row)):
            raise TypeError(f"amounts are passed as scaled integers, never as float or Decimal: {row!r}")

"""Posted documents by a number or a word of a name, in the same time however many there are.

Four ways, each bounded: the words in the newest documents, the newest documents of the customers whose names have the
words and of the service items whose serial numbers have them (D-109), and numbers that begin with what was typed. What
stands elsewhere in an older document is found by its list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from db.engine import reading
from db.session import Query, Session
from webapp.store.document_lists import DocumentList, any_column
from webapp.store.filters import LAST_SIGN, fold, folded
from webapp.store.rows import codec

__all__ = ["NEWEST", "Found", "Named", "named_by", "search_documents"]

Row = dict[str, Any]
NEWEST: Final = 500
MOST_CUSTOMERS: Final = 8
MOST_MACHINES: Final = 8
MOST_WORDS: Final = 5
NUMBERS: Final = ("no", "order_no", "external_document_no")


@dataclass(frozen=True, slots=True)
class Found:
    """The newest of what was found; `more`: there are more; `rest`: older documents were not read word by word."""

    rows: Sequence[Row]
    more: bool
    rest: bool


@dataclass(frozen=True, slots=True)
class Named:
    """What the words name: the first customers with all of them in number or name, and the service items with all of
    them in the serial number."""

    customers: Sequence[str] = ()
    machines: Sequence[str] = ()


async def named_by(text: str) -> Named:
    """Whose documents the words may mean. One round of queries."""
    words = text.split()[:MOST_WORDS]
    if not words:
        return Named()
    conditions, args = any_column(("no", "name"), words)
    customers = f"SELECT h.no FROM customer h WHERE {' AND '.join(conditions)} ORDER BY h.no LIMIT {MOST_CUSTOMERS}"
    fitting, typed = any_column(("serial_no",), words)
    machines = (
        f"SELECT h.no FROM service_item h WHERE h.serial_no <> '' AND {' AND '.join(fitting)}"
        f" ORDER BY LENGTH(h.serial_no), h.no LIMIT {MOST_MACHINES}"
    )
    async with reading() as session:
        found = await session.fetch_all([(customers, args), (machines, typed)])
    return Named(*([str(no) for (no,) in rows] for rows in found))


async def search_documents(which: DocumentList, words: str, named: Named, limit: int) -> Found:
    """The newest documents of a list of posted ones that fit, so many at most. Two rounds of queries."""
    table = codec(which.table).name
    counted = f"SELECT COUNT(*) FROM (SELECT 1 FROM {table} LIMIT {NEWEST + 1}) newest"
    queries: list[Query] = [_among_newest(which, words, limit + 1), (counted, ())]
    queries += [_of_customer(table, no, limit + 1) for no in named.customers]
    queries += [_of_machine(source, no, limit + 1) for no in named.machines for source in which.of_machines]
    queries += _numbered(which, words, limit + 1)
    async with reading() as session:
        found, many, *others = await session.fetch_all(queries)
        numbers = list(dict.fromkeys(str(row[0]) for rows in (found, *others) for row in rows))
        rows = await _rows(session, which, numbers)
    newest = sorted(rows, key=lambda row: (row["posting_date"], row["no"]), reverse=True)
    return Found(newest[:limit], len(newest) > limit, int(many[0][0]) > NEWEST)


async def _rows(session: Session, which: DocumentList, numbers: Sequence[str]) -> list[Row]:
    if not numbers:
        return []
    own = codec(which.table)
    marks = ", ".join("?" * len(numbers))
    rows = await session.fetch(own.select(which.columns, f"WHERE no IN ({marks})"), *numbers)
    return [own.read(which.columns, row) for row in rows]


def _among_newest(which: DocumentList, words: str, limit: int) -> Query:
    """The searched columns stand in the index by date on SQLite, so that no row is read but those that fit."""
    names = ", ".join(dict.fromkeys(("no", "posting_date", *which.searched)))
    conditions, args = any_column(which.searched, words.split()[:MOST_WORDS])
    newest = f"SELECT {names} FROM {codec(which.table).name} ORDER BY posting_date DESC, no DESC LIMIT {NEWEST}"
    where = " AND ".join(conditions) or "1 = 0"
    return f"SELECT h.no FROM ({newest}) h WHERE {where} ORDER BY h.posting_date DESC, h.no DESC LIMIT {limit}", args


def _of_customer(table: str, customer_no: str, limit: int) -> Query:
    sql = f"SELECT no FROM {table} WHERE customer_no = ? ORDER BY posting_date DESC, no DESC LIMIT {limit}"
    return sql, (customer_no,)


def _of_machine(source: str, service_item_no: str, limit: int) -> Query:
    """The latest numbers among those of the machine, in the order of the index: one machine may have thousands."""
    sql = f"SELECT DISTINCT m.no FROM ({source.format('?')}) m ORDER BY m.no DESC LIMIT {limit}"
    return sql, (service_item_no,)


def _numbered(which: DocumentList, words: str, limit: int) -> list[Query]:
    """Numbers that begin with the one word; the bounds are those of the indexes, the pattern says it exactly."""
    text = words.strip()
    if not text or " " in text:
        return []
    queries: list[Query] = []
    for name in NUMBERS:
        if name not in which.searched:
            continue
        external = name == "external_document_no"
        column, typed = (folded(name), fold(text)) if external else (name, text.upper())
        last = LAST_SIGN if external else "Z" * 20
        pattern = typed.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
        filled = f" AND {name} <> ''" if external else ""
        queries.append(
            (
                f"SELECT no FROM {codec(which.table).name} WHERE {column} >= ? AND {column} <= ?"
                f" AND {column} LIKE ? ESCAPE '!'{filled} ORDER BY {column} DESC LIMIT {limit}",
                (typed, typed + last, pattern),
            )
        )
    return queries

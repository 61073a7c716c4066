"""Customer entries as the core reads them, with what is left of each; locked in their order when they change (O-27)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from db.session import Query, Row, Session
from webapp.posting.records import changed
from webapp.posting.snapshot import OpenEntry
from webapp.store.readers import OPEN_ENTRIES
from webapp.store.rows import decimal_from
from webapp.store.snapshots import marks

_LOCK = "SELECT entry_no FROM customer_ledger_entry WHERE entry_no IN ({0}) ORDER BY entry_no FOR UPDATE"
_LEFT = (
    "SELECT customer_entry_no, SUM(amount), SUM(amount_lcy) FROM detailed_customer_entry"
    " WHERE customer_entry_no IN ({0}) GROUP BY customer_entry_no"
)
MOST_SHOWN = 500
_SHOWN = f"WHERE customer_no = ? AND open ORDER BY due_date, entry_no LIMIT {MOST_SHOWN}"
_LEFT_OF_SHOWN = _LEFT.format(f"SELECT entry_no FROM (SELECT entry_no FROM customer_ledger_entry {_SHOWN}) shown")


async def lock_entries(session: Session, numbers: Iterable[int]) -> None:
    """Nobody else changes these entries until the transaction ends."""
    wanted = sorted(set(numbers))
    if wanted and session.dialect == "postgresql":
        await session.fetch(_LOCK.format(marks(wanted)), *wanted)


def entry_queries(numbers: Sequence[int]) -> list[Query]:
    """What `entries_from` reads: the entries with these numbers, and what is left of them."""
    wanted = list(numbers) or [0]
    return [(OPEN_ENTRIES.sql(f"WHERE entry_no IN ({marks(wanted)})"), wanted), (_LEFT.format(marks(wanted)), wanted)]


def entries_from(rows: Sequence[Row], left: Sequence[Row]) -> dict[int, OpenEntry]:
    sums = {int(no): [decimal_from(int(value), 5) for value in values] for no, *values in left}
    return {
        one.entry_no: changed(one, remaining=sums[one.entry_no][0], remaining_lcy=sums[one.entry_no][1])
        for one in OPEN_ENTRIES.all(rows)
        if one.entry_no in sums
    }


async def open_entries_of(session: Session, customer_no: str) -> Mapping[int, OpenEntry]:
    """What is open of a payer on both sides, the earliest due first."""
    rows, left = await session.fetch_all([(OPEN_ENTRIES.sql(_SHOWN), (customer_no,)), (_LEFT_OF_SHOWN, (customer_no,))])
    return entries_from(rows, left)

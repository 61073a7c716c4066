"""Entry numbers for the rows of a posting, given by the database before the rows are written (P-8).

Gaps are possible when the posting does not come to its end. SQLite: the writer is alone, so the next numbers are free.
PostgreSQL: from the sequences, one statement for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from db.session import Query, Row, Session
from webapp.store.snapshots import marks


def entry_numbers_query(session: Session, counts: Mapping[str, int]) -> Query:
    """The query for so many new keys of each table."""
    wanted = {table: count for table, count in counts.items() if count}
    if session.dialect == "sqlite":
        return f"SELECT name, seq FROM sqlite_sequence WHERE name IN ({marks(list(wanted))})", list(wanted)
    parts = [
        f"SELECT '{table}', nextval(pg_get_serial_sequence('{table}', '{_key(table)}')) FROM generate_series(1, ?)"
        for table in wanted
    ]
    return " UNION ALL ".join(parts), list(wanted.values())


def entry_numbers(session: Session, counts: Mapping[str, int], rows: Sequence[Row]) -> dict[str, list[int]]:
    """The new keys by table, from the rows of that query."""
    if session.dialect == "sqlite":
        last = {str(name): int(seq) for name, seq in rows}
        return {table: [last.get(table, 0) + n + 1 for n in range(count)] for table, count in counts.items() if count}
    taken: dict[str, list[int]] = {table: [] for table, count in counts.items() if count}
    for table, number in rows:
        taken[table].append(int(number))
    return taken


def _key(table: str) -> str:
    return "no" if table == "posting_run" else "entry_no"

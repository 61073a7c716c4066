"""Entry numbers for the rows of a posting, given by the database before the rows are written (P-8)."""

from __future__ import annotations

from collections.abc import Mapping

from db.session import Session
from webapp.store.snapshots import marks


async def take_entry_numbers(session: Session, counts: Mapping[str, int]) -> dict[str, list[int]]:
    """So many new keys for each table, by table. Gaps are possible when the posting does not come to its end.

    SQLite: the writer is alone, so the next numbers are free. PostgreSQL: from the sequences, one statement for all.
    """
    wanted = {table: count for table, count in counts.items() if count}
    if session.dialect == "sqlite":
        rows = await session.fetch(
            f"SELECT name, seq FROM sqlite_sequence WHERE name IN ({marks(list(wanted))})", *wanted
        )
        last = {str(name): int(seq) for name, seq in rows}
        return {table: [last.get(table, 0) + n + 1 for n in range(count)] for table, count in wanted.items()}
    parts = [
        f"SELECT '{table}', nextval(pg_get_serial_sequence('{table}', '{_key(table)}'))"
        f" FROM generate_series(1, {count})"
        for table, count in wanted.items()
    ]
    taken: dict[str, list[int]] = {table: [] for table in wanted}
    for table, number in await session.fetch(" UNION ALL ".join(parts)):
        taken[table].append(int(number))
    return taken


def _key(table: str) -> str:
    return "no" if table == "posting_run" else "entry_no"

"""What happened to a posted document, in the order in which it did (D-95, D-99)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db.engine import reading
from webapp.store.paper import LOG_KINDS

__all__ = ["Event", "log_of"]

MOST = 200


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the log: what was done, when and by whom; `text` says more, such as to whom something went."""

    name: str
    at: datetime
    user_name: str
    text: str


async def log_of(kind: str, no: str) -> Sequence[Event]:
    """The latest lines of the log of a posted shipment, invoice or credit memo, the oldest of them first."""
    sql = (
        "SELECT event, at, user_name, after FROM service_document_log WHERE document_kind = ? AND document_no = ?"
        f" ORDER BY entry_no DESC LIMIT {MOST}"
    )
    async with reading() as session:
        rows = await session.fetch(sql, LOG_KINDS[kind], no)
    return [Event(str(event), at, str(user), str(after)) for event, at, user, after in reversed(rows)]

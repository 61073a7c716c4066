"""What happened to a document, in the order in which it did (D-95, D-99); who changed an open one, and what one has
just posted of it (O-42)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from db.engine import fetch
from webapp.posting.document_events import GATHERED, told
from webapp.posting.snapshot import DocumentKey
from webapp.store.paper import LOG_KINDS
from webapp.store.posting import PostedDocument
from webapp.store.snapshots import marks

__all__ = [
    "Event",
    "JustPosted",
    "LastChange",
    "closing_of",
    "deletion_of",
    "just_posted",
    "last_change",
    "log_of",
    "open_log_of",
]

MOST = 500
IN_A_ROW = timedelta(hours=1)
JUST = timedelta(minutes=15)
EVENTS = {"Shipment posted": "shipment", "Invoice posted": "invoice"}


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the log: what was done, when and by whom; `text` says more, such as to whom something went, `before`
    what was there. `times` counts what one person did in a row."""

    name: str
    at: datetime
    user_name: str
    text: str
    before: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class LastChange:
    """Who made or changed an open document last, and when; the name is the full one where there is one."""

    user_name: str
    name: str
    at: datetime


_LAST_CHANGE = """
SELECT COALESCE(NULLIF(h.changed_by, ''), h.created_by), u.full_name, h.changed_at, h.created_at
FROM service_header h LEFT JOIN app_user u ON u.user_name = COALESCE(NULLIF(h.changed_by, ''), h.created_by)
WHERE h.document_type = ? AND h.no = ?"""


async def last_change(key: DocumentKey) -> LastChange | None:
    """None when the document is not there (any more), or no day of it is known."""
    rows = await fetch(_LAST_CHANGE, key.document_type, key.no)
    for user, name, changed, created in rows:
        if at := changed or created:
            return LastChange(str(user), str(name or user or "somebody"), at)
    return None


_DELETION = """
SELECT l.user_name, u.full_name, l.at FROM service_document_log l LEFT JOIN app_user u ON u.user_name = l.user_name
WHERE l.document_kind = ? AND l.document_no = ? AND l.event LIKE '% deleted' ORDER BY l.entry_no + 0 DESC LIMIT 1"""


async def deletion_of(key: DocumentKey) -> LastChange | None:
    """Who deleted an open document, and when; None when nobody did."""
    rows = await fetch(_DELETION, key.document_type, key.no)
    return _change(rows)


_CLOSING = """
SELECT a.archived_by, u.full_name, a.archived_at
FROM order_archive a LEFT JOIN app_user u ON u.user_name = a.archived_by
WHERE a.no = ? ORDER BY a.version DESC LIMIT 1"""


async def closing_of(no: str) -> LastChange | None:
    """Who closed an order last, by posting it to its end or by hand, and when; None when it never was."""
    return _change(await fetch(_CLOSING, no))


def _change(rows: Sequence[Sequence[Any]]) -> LastChange | None:
    return next((LastChange(str(user), str(name or user), at) for user, name, at in rows), None)


@dataclass(frozen=True, slots=True)
class JustPosted:
    """What somebody has just posted of an open order, and when the last of it."""

    documents: Sequence[PostedDocument]
    at: datetime


async def just_posted(key: DocumentKey, user_name: str) -> JustPosted | None:
    """What this user posted of the order in the last minutes, the oldest first; None when it was nothing."""
    if key.document_type != "order":
        return None
    sql = (
        "SELECT event, after, at FROM service_document_log WHERE document_kind = 'order' AND document_no = ?"
        f" AND user_name = ? AND at > ? AND event IN ({marks(tuple(EVENTS))}) ORDER BY entry_no"
    )
    rows = await fetch(sql, key.no, user_name, datetime.now(UTC) - JUST, *EVENTS)
    if not rows:
        return None
    return JustPosted([PostedDocument(EVENTS[str(event)], str(no)) for event, no, _ in rows], rows[-1][2])


async def log_of(kind: str, no: str) -> Sequence[Event]:
    """The log of a posted document."""
    return await _log(LOG_KINDS[kind], no)


async def open_log_of(key: DocumentKey) -> Sequence[Event]:
    """The log of a document that is or was open, whatever became of it."""
    return await _log(key.document_type, key.no)


async def _log(kind: str, no: str) -> Sequence[Event]:
    """The latest lines of a log, the oldest of them first. What one person changed of lines in a row is one."""
    sql = (
        "SELECT event, at, user_name, after, before FROM service_document_log WHERE document_kind = ?"
        f" AND document_no = ? ORDER BY entry_no DESC LIMIT {MOST}"
    )
    rows = await fetch(sql, kind, no)
    return _gathered([Event(str(name), at, str(user), str(to), str(was)) for name, at, user, to, was in reversed(rows)])


def _gathered(events: Sequence[Event]) -> list[Event]:
    """The events with those of one kind in a row, by one person within an hour, as one with the time of the last."""
    found: list[list[Event]] = []
    for one in events:
        if found and _goes_on(found[-1][-1], one):
            found[-1].append(one)
        else:
            found.append([one])
    return [
        Event(last.name, last.at, last.user_name, told([one.text for one in some]), last.before, len(some))
        for some in found
        for last in some[-1:]
    ]


def _goes_on(last: Event, one: Event) -> bool:
    same = (last.name, last.user_name) == (one.name, one.user_name)
    return same and one.name in GATHERED and one.at - last.at < IN_A_ROW

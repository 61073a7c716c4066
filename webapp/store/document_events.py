"""Writes down what happened to an open document, with the change itself (D-99)."""

from __future__ import annotations

from datetime import UTC, datetime

from db import documents
from db.session import Batch
from webapp.posting.document_events import MOST, Open, events_between
from webapp.posting.snapshot import DocumentKey
from webapp.store.acting import Acting
from webapp.store.rows import RecordWriter

__all__ = ["event_batches"]

_LOG = RecordWriter(
    documents.ServiceDocumentLog, (), ("document_kind", "document_no", "event", "at", "user_name", "before", "after")
)


def event_batches(acting: Acting, key: DocumentKey, before: Open, after: Open) -> list[Batch]:
    """What the log says of a change; nothing when it tells nothing of it."""
    at, place = datetime.now(UTC), (key.document_type, key.no)
    rows = [
        _LOG.row(None, [*place, one.event, at, acting.user, one.before[:MOST], one.after[:MOST]])
        for one in events_between(before, after)
    ]
    return [(_LOG.sql, rows)] if rows else []

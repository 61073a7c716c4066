"""A closed order leaves the open documents and goes, whole, into the archive (P-173, O-4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from db import documents
from db.session import Batch
from webapp.posting.snapshot import Header, ItemLine, Line
from webapp.store.rows import RecordWriter

ARCHIVE = RecordWriter(
    documents.OrderArchive,
    (),
    (
        "no",
        "version",
        "archived_at",
        "archived_by",
        "customer_no",
        "customer_name",
        "bill_to_customer_no",
        "description",
        "posting_date",
        "status",
        "document",
    ),
)


def archived_text(header: Header, item_lines: Sequence[ItemLine], lines: Sequence[Line]) -> str:
    """The order as one JSON text: decimals as texts, dates as ISO dates."""
    return msgspec.json.encode({"header": header, "item_lines": item_lines, "lines": lines}).decode()


def archive_batches(
    header: Header, item_lines: Sequence[ItemLine], lines: Sequence[Line], version: int, user: str, at: datetime
) -> list[Batch]:
    """Writes the archive row and removes the open document with its lines and comments."""
    row: list[Any] = [
        header.no,
        version,
        at,
        user,
        header.customer_no,
        header.customer_name,
        header.bill_to_customer_no,
        header.description,
        header.posting_date,
        header.status,
        archived_text(header, item_lines, lines),
    ]
    place = [(header.document_type, header.no)]
    return [
        (ARCHIVE.sql, [ARCHIVE.row(None, row)]),
        ("DELETE FROM service_line WHERE document_type = ? AND document_no = ?", place),
        ("DELETE FROM service_item_line WHERE document_type = ? AND document_no = ?", place),
        ("DELETE FROM service_comment WHERE document_kind = ? AND document_no = ?", place),
        ("DELETE FROM service_header WHERE document_type = ? AND no = ?", place),
    ]

"""Rows of open documents: inserting and changing headers, item lines and lines by the fields of their records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from piccolo.table import Table

from db import documents
from db.session import Batch
from webapp.posting.records import changed_fields
from webapp.posting.snapshot import DocumentKey, Header, ItemLine, Line
from webapp.store.rows import RecordWriter, codec, shared_names

HEADER = RecordWriter(
    documents.ServiceHeader, shared_names(Header, documents.ServiceHeader), ("created_by", "created_at")
)
ITEM_LINE = RecordWriter(
    documents.ServiceItemLine, shared_names(ItemLine, documents.ServiceItemLine), ("document_type", "document_no")
)
LINE = RecordWriter(documents.ServiceLine, shared_names(Line, documents.ServiceLine), ("document_type", "document_no"))


_LINE_KEY = "document_type = ? AND document_no = ? AND line_no = ?"


# Files that are attached to nothing else go with the document; the others stay where else they are (D-5, D-33).
_OWN_FILES = """
DELETE FROM attached_file WHERE id IN (
    SELECT a.file_id FROM service_attachment a WHERE a.document_kind = ? AND a.document_no = ?{}
    AND NOT EXISTS (SELECT 1 FROM service_attachment b WHERE b.file_id = a.file_id AND b.id <> a.id))"""
_OF_DOCUMENT = "document_kind = ? AND document_no = ?"


def update(table: type[Table], changes: Mapping[str, Any], where: str, key: Sequence[object]) -> Batch:
    """UPDATE of some columns of one row."""
    rows = codec(table)
    sets = ", ".join(f"{name} = ?" for name in changes)
    values = [rows.write(name, value) for name, value in changes.items()]
    return f"UPDATE {rows.name} SET {sets} WHERE {where}", [[*values, *key]]


def line_batches(key: DocumentKey, before: Sequence[Line], after: Sequence[Line]) -> list[Batch]:
    """What makes the lines of a document in the database those `after`: inserts, changed columns, deletes."""
    return _row_batches(documents.ServiceLine, LINE, key, before, after)


def item_line_batches(key: DocumentKey, before: Sequence[ItemLine], after: Sequence[ItemLine]) -> list[Batch]:
    """As `line_batches`, for service item lines."""
    return _row_batches(documents.ServiceItemLine, ITEM_LINE, key, before, after)


# What goes with a line that is deleted (D-5).
_GO_ALONG: Mapping[type[Table], Sequence[str]] = {
    documents.ServiceLine: (
        _OWN_FILES.format(" AND a.line_no = ?"),
        f"DELETE FROM service_attachment WHERE {_OF_DOCUMENT} AND line_no = ?",
    ),
    documents.ServiceItemLine: (f"DELETE FROM service_comment WHERE {_OF_DOCUMENT} AND line_no = ?",),
}


def _row_batches(
    table: type[Table], writer: RecordWriter, key: DocumentKey, before: Sequence[Any], after: Sequence[Any]
) -> list[Batch]:
    place = (key.document_type, key.no)
    old = {row.line_no: row for row in before}
    where = _LINE_KEY
    batches: dict[str, list[Sequence[object]]] = {}
    for row in after:
        known = old.pop(row.line_no, None)
        if known is None:
            batches.setdefault(writer.sql, []).append(writer.row(row, place))
        elif known is not row and (changes := changed_fields(known, row)):
            sql, values = update(table, changes, where, (*place, row.line_no))
            batches.setdefault(sql, []).extend(values)
    for line_no in old:
        batches.setdefault(f"DELETE FROM {writer.codec.name} WHERE {where}", []).append((*place, line_no))
        for sql in _GO_ALONG[table]:
            batches.setdefault(sql, []).append((*place, line_no))
    return list(batches.items())


def removal_batches(key: DocumentKey) -> list[Batch]:
    """What takes an open document with its lines, comments and attached files away."""
    place = [(key.document_type, key.no)]
    return [
        *closing_batches(key),
        (f"DELETE FROM service_comment WHERE {_OF_DOCUMENT}", place),
        (_OWN_FILES.format(""), place),
        (f"DELETE FROM service_attachment WHERE {_OF_DOCUMENT}", place),
    ]


def closing_batches(key: DocumentKey) -> list[Batch]:
    """What takes a document out of the open ones. Comments and attached files stay under its number, which no other
    document ever gets: a closed order shows them (D-141), and has them when it is opened again."""
    place = [(key.document_type, key.no)]
    return [
        ("DELETE FROM service_line WHERE document_type = ? AND document_no = ?", place),
        ("DELETE FROM service_item_line WHERE document_type = ? AND document_no = ?", place),
        ("DELETE FROM service_header WHERE document_type = ? AND no = ?", place),
    ]


def header_batch(before: Header, after: Header, user: str) -> Batch:
    """The changed fields of a header, its row version raised, and who changed the document now."""
    changes = changed_fields(before, after)
    changes |= {"row_version": before.row_version + 1, "changed_by": user, "changed_at": datetime.now(UTC)}
    return update(documents.ServiceHeader, changes, "document_type = ? AND no = ?", (before.document_type, before.no))


def unmarking_batch(applies_to_id: str) -> Batch:
    """What takes the marks off customer entries that were to be applied with this ID (D-19, D-131)."""
    sql = "UPDATE customer_ledger_entry SET applies_to_id = '', amount_to_apply = 0 WHERE applies_to_id = ?"
    return sql, [(applies_to_id,)] if applies_to_id else []

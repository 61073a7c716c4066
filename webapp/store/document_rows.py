"""Rows of open documents: inserting and changing headers, item lines and lines by the fields of their records."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from piccolo.table import Table

from db import documents
from db.session import Batch
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


def changed_fields(before: object, after: object) -> dict[str, Any]:
    """The fields in which two records of one class differ."""
    return {
        field.name: getattr(after, field.name)
        for field in dataclasses.fields(before)  # type: ignore[arg-type]
        if getattr(before, field.name) != getattr(after, field.name)
    }


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
    return list(batches.items())


def removal_batches(key: DocumentKey) -> list[Batch]:
    """What takes an open document with its lines and comments away."""
    place = [(key.document_type, key.no)]
    return [
        (f"DELETE FROM {table} WHERE {kind} = ? AND {no} = ?", place)
        for table, kind, no in (
            ("service_line", "document_type", "document_no"),
            ("service_item_line", "document_type", "document_no"),
            ("service_comment", "document_kind", "document_no"),
            ("service_header", "document_type", "no"),
        )
    ]


def header_batch(before: Header, after: Header) -> Batch:
    """The changed fields of a header, its row version raised."""
    changes = changed_fields(before, after)
    changes["row_version"] = before.row_version + 1
    return update(documents.ServiceHeader, changes, "document_type = ? AND no = ?", (before.document_type, before.no))


def unmarking_batch(applies_to_id: str) -> Batch:
    """What takes the marks off customer entries that were to be applied with this ID (D-19, D-131)."""
    sql = "UPDATE customer_ledger_entry SET applies_to_id = '', amount_to_apply = 0 WHERE applies_to_id = ?"
    return sql, [(applies_to_id,)] if applies_to_id else []

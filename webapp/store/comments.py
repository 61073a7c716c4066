"""Comments of open and posted documents: read, added, marked and taken away (D-32). Posting copies them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from db import documents
from db.engine import reading, transaction
from db.session import Session
from webapp.posting.comments import comment_findings
from webapp.posting.findings import Finding, finding
from webapp.posting.snapshot import DocumentKey
from webapp.store import snapshots
from webapp.store.acting import Acting
from webapp.store.drafts import Saved, gone
from webapp.store.rows import codec

__all__ = ["POSTED_KINDS", "Comment", "add_comment", "comments_of", "delete_comment", "load_comments", "mark_comment"]

POSTED_KINDS: Final = {"shipment": "shipment", "invoice": "posted_invoice", "credit_memo": "posted_credit_memo"}
_NAMES: Final = ("id", "line_no", "type", "date", "text", "print_on_document", "user_name")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment; `line_no` is the service item line that it belongs to, 0 for the header."""

    id: int
    line_no: int
    type: str
    date: date | None
    text: str
    print_on_document: bool
    user_name: str


async def comments_of(session: Session, kind: str, numbers: Sequence[str]) -> Mapping[str, Sequence[Comment]]:
    """The comments of documents of one kind by number: the header's first, each in the order they were written."""
    if not numbers:
        return {}
    rows = codec(documents.ServiceComment)
    where = f"WHERE document_kind = ? AND document_no IN ({', '.join('?' * len(numbers))}) ORDER BY line_no, id"
    found: dict[str, list[Comment]] = {}
    for row in await session.fetch(rows.select((*_NAMES, "document_no"), where), kind, *numbers):
        values = rows.read((*_NAMES, "document_no"), row)
        found.setdefault(str(values.pop("document_no")), []).append(Comment(**values))
    return found


async def load_comments(kind: str, no: str) -> Sequence[Comment]:
    """The comments of one document, open or posted."""
    async with reading() as session:
        return (await comments_of(session, kind, [no])).get(no, ())


async def add_comment(
    acting: Acting, key: DocumentKey, kind: str, text: str, line_no: int = 0, print_on_document: bool = False
) -> Saved:
    """Adds a comment to an open document, dated with the work date and signed with its author."""
    async with transaction() as session:
        document, _ = await snapshots.load_document(session, key, lock=True)
        if document is None:
            return Saved(key, findings=(gone(key),))
        lines = [line.line_no for line in document.item_lines]
        found = comment_findings(kind, text, line_no, print_on_document, lines)
        if not found:
            await session.execute(
                "INSERT INTO service_comment (document_kind, document_no, line_no, type, date, text,"
                " print_on_document, user_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                *(key.document_type, key.no, line_no, kind, acting.work_date, text.strip()),
                *(print_on_document, acting.user),
            )
        return Saved(key, findings=tuple(found))


_OF_DOCUMENT: Final = "document_kind = ? AND document_no = ? AND id = ?"


async def mark_comment(key: DocumentKey, comment_id: int, print_on_document: bool) -> Saved:
    """Sets or takes away the mark that a comment is printed; an internal one is refused (D-32)."""
    async with transaction() as session:
        place = (key.document_type, key.no, comment_id)
        rows = await session.fetch(f"SELECT type FROM service_comment WHERE {_OF_DOCUMENT}", *place)
        found: list[Finding] = [] if rows else [finding("comment_gone")]
        if rows and rows[0][0] == "internal" and print_on_document:
            found.append(finding("comment_internal_printed", field="print_on_document"))
        if not found:
            sql = f"UPDATE service_comment SET print_on_document = ? WHERE {_OF_DOCUMENT}"
            await session.execute(sql, print_on_document, *place)
        return Saved(key, findings=tuple(found))


async def delete_comment(key: DocumentKey, comment_id: int) -> Saved:
    """Takes a comment of an open document away."""
    async with transaction() as session:
        count = await session.execute(
            f"DELETE FROM service_comment WHERE {_OF_DOCUMENT}", key.document_type, key.no, comment_id
        )
        return Saved(key, findings=() if count else (finding("comment_gone"),))

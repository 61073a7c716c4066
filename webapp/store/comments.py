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
from webapp.store.drafts import Saved, gone, log_row_batch
from webapp.store.rows import codec

__all__ = [
    "POSTED_KINDS",
    "Comment",
    "Wording",
    "add_comment",
    "comments_of",
    "delete_comment",
    "load_comments",
    "mark_comment",
    "reword_comment",
]

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


@dataclass(frozen=True, slots=True)
class Wording:
    """What somebody makes of a comment."""

    type: str
    text: str
    line_no: int = 0
    print_on_document: bool = False


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
        found, comment, _ = await _of_open(session, key, comment_id)
        if comment and comment.type == "internal" and print_on_document:
            found = [finding("comment_internal_printed", field="print_on_document")]
        if not found:
            sql = f"UPDATE service_comment SET print_on_document = ? WHERE {_OF_DOCUMENT}"
            await session.execute(sql, print_on_document, key.document_type, key.no, comment_id)
        return Saved(key, findings=tuple(found))


async def reword_comment(acting: Acting, key: DocumentKey, comment_id: int, changed: Wording) -> Saved:
    """Writes a comment of an open document anew. Whoever does is its author from then on; the log keeps who wrote what
    before."""
    async with transaction() as session:
        found, comment, lines = await _of_open(session, key, comment_id)
        if comment is None:
            return Saved(key, findings=tuple(found))
        found = comment_findings(changed.type, changed.text, changed.line_no, changed.print_on_document, lines)
        if found:
            return Saved(key, findings=tuple(found))
        text, day = changed.text.strip(), comment.date
        author = comment.user_name
        if text != comment.text:
            author, day = acting.user, acting.work_date
            before = f"{comment.user_name}: {comment.text}"
            await session.execute_all([log_row_batch(acting, key, "Comment changed", text, before)])
        await session.execute(
            "UPDATE service_comment SET type = ?, line_no = ?, print_on_document = ?, text = ?, date = ?, user_name = ?"
            f" WHERE {_OF_DOCUMENT}",
            *(changed.type, changed.line_no, changed.print_on_document, text, day, author),
            *(key.document_type, key.no, comment_id),
        )
        return Saved(key)


async def delete_comment(key: DocumentKey, comment_id: int) -> Saved:
    """Takes a comment of an open document away."""
    async with transaction() as session:
        found, _, _ = await _of_open(session, key, comment_id)
        if not found:
            sql = f"DELETE FROM service_comment WHERE {_OF_DOCUMENT}"
            await session.execute(sql, key.document_type, key.no, comment_id)
        return Saved(key, findings=tuple(found))


async def _of_open(
    session: Session, key: DocumentKey, comment_id: int
) -> tuple[list[Finding], Comment | None, list[int]]:
    """A comment of a document that is open still, which is locked, and the document's service item lines; or why there
    is none to change."""
    document, _ = await snapshots.load_document(session, key, lock=True)
    if document is None:
        return [gone(key)], None, []
    comments = (await comments_of(session, key.document_type, [key.no])).get(key.no, ())
    comment = next((one for one in comments if one.id == comment_id), None)
    return [] if comment else [finding("comment_gone")], comment, [line.line_no for line in document.item_lines]

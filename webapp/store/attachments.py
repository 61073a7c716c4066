"""Files attached to documents, customers and items: kept with their hash, carried to what is posted (D-33).

An owner is a kind and a number: ("order", "SO-1"), ("posted_invoice", "I-1"), ("customer", "C-1"). What is attached to
a posted document never changes; a trigger sees to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from db.engine import reading, transaction
from db.session import Batch, Session
from webapp.posting.attachments import Offered, attachment_findings, clean_name, media_type_of
from webapp.posting.findings import Finding, finding
from webapp.posting.snapshot import DocumentKey
from webapp.store import snapshots
from webapp.store.acting import Acting

__all__ = [
    "Attachment",
    "Upload",
    "add_attachments",
    "attach_again",
    "attached_content",
    "broken_attachments",
    "carrying_batches",
    "delete_attachment",
    "load_attachments",
]

Owner = tuple[str, str]
_DOCUMENTS: Final = ("order", "invoice", "credit_memo")
_MASTERS: Final = {"customer": "customer", "item": "item"}
_OWNED: Final = "document_kind = ? AND document_no = ?"
CHECKED_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as it is attached; `line_no` is the line that it belongs to, 0 for the whole document."""

    id: int
    owner_no: str
    line_no: int
    file_id: int
    name: str
    media_type: str
    size: int
    sha256: str
    at: datetime
    user_name: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came: the name it was sent with, and what is in it."""

    name: str
    content: bytes


_SELECT: Final = (
    "SELECT a.id, a.document_no, a.line_no, a.file_id, a.name, a.media_type, f.size, f.sha256, a.at, a.user_name"
    " FROM service_attachment a JOIN attached_file f ON f.id = a.file_id WHERE a.document_kind = ? AND a.document_no"
)


async def load_attachments(kind: str, *numbers: str) -> Sequence[Attachment]:
    """What is attached to the owners of one kind: with the whole document first, each in the order it came."""
    async with reading() as session:
        return await _attachments(session, kind, numbers)


async def _attachments(session: Session, kind: str, numbers: Sequence[str]) -> list[Attachment]:
    if not numbers:
        return []
    sql = f"{_SELECT} IN ({snapshots.marks(numbers)}) ORDER BY a.line_no, a.id"
    return [Attachment(*row) for row in await session.fetch(sql, kind, *numbers)]


async def attached_content(owner: Owner, attachment_id: int) -> tuple[Attachment, bytes] | None:
    """A file with its content; None when the owner has no such file."""
    async with reading() as session:
        rows = await session.fetch(f"{_SELECT} = ? AND a.id = ?", *owner, attachment_id)
        if not rows:
            return None
        found = Attachment(*rows[0])
        content = bytes((await session.fetch("SELECT content FROM attached_file WHERE id = ?", found.file_id))[0][0])
    if hashlib.sha256(content).hexdigest() != found.sha256:
        raise OSError(f"File {found.name} of {owner[0]} {owner[1]} is not what was attached")
    return found, content


# --- attaching ------------------------------------------------------------------------------------------------------


async def add_attachments(acting: Acting, owner: Owner, files: Sequence[Upload], line_no: int = 0) -> list[Finding]:
    """Attaches files to an open document, to one of its lines, to a customer or an item: all of them or none."""
    if not files:
        return [finding("attachment_missing", field="file")]
    async with transaction() as session:
        lines, found = await _lines_of(session, owner)
        if found:
            return found
        there = len(await _attachments(session, owner[0], [owner[1]]))
        for count, file in enumerate(files):
            offered = Offered(file.name, len(file.content), file.content[:16])
            found += attachment_findings(offered, line_no, lines, there + count)
        if found:
            return list(dict.fromkeys(found))
        for file in files:
            file_id = await _store(session, file.content)
            await _attach(session, acting, owner, file_id, clean_name(file.name), line_no)
    return []


async def _lines_of(session: Session, owner: Owner) -> tuple[Collection[int], list[Finding]]:
    """The line numbers of the owner, which is locked; a finding when it cannot be changed (any more)."""
    kind, no = owner
    if kind in _DOCUMENTS:
        document, _ = await snapshots.load_document(session, DocumentKey(kind, no), lock=True)
        if document is not None:
            return [line.line_no for line in document.lines], []
    elif kind in _MASTERS:
        lock = " FOR UPDATE" if session.dialect == "postgresql" else ""
        if await session.fetch(f"SELECT no FROM {_MASTERS[kind]} WHERE no = ?{lock}", no):
            return (), []
    return (), [finding("document_gone", document=no, kind=kind.replace("_", " "), no=no)]


async def _store(session: Session, content: bytes) -> int:
    rows = await session.fetch(
        "INSERT INTO attached_file (content, size, sha256) VALUES (?, ?, ?) RETURNING id",
        content,
        len(content),
        hashlib.sha256(content).hexdigest(),
    )
    return int(rows[0][0])


async def _attach(session: Session, acting: Acting, owner: Owner, file_id: int, name: str, line_no: int) -> None:
    await session.execute(
        "INSERT INTO service_attachment (document_kind, document_no, line_no, file_id, name, media_type, at, user_name)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(*owner, line_no, file_id, name, media_type_of(name), datetime.now(UTC), acting.user),
    )
    await _log(session, acting, owner, "File attached", name)


async def _log(session: Session, acting: Acting, owner: Owner, event: str, name: str) -> None:
    """Who attached or took away what (S-5): in the log of the document, or of changes of master data."""
    at = datetime.now(UTC)
    if owner[0] in _DOCUMENTS:
        await session.execute(
            "INSERT INTO service_document_log (document_kind, document_no, event, at, user_name, before, after)"
            " VALUES (?, ?, ?, ?, ?, '', ?)",
            *(*owner, event, at, acting.user, name),
        )
    else:
        await session.execute(
            "INSERT INTO change_log (at, user_name, table_name, record, action, before, after)"
            " VALUES (?, ?, ?, ?, 'update', '', ?)",
            *(at, acting.user, *owner, f"{event}: {name}"),
        )


async def attach_again(
    acting: Acting, source: Owner, attachment_id: int, target: Owner, line_no: int = 0
) -> list[Finding]:
    """Attaches a file of one owner to another one as well: a customer's to a document, a document's to the customer."""
    async with transaction() as session:
        lines, found = await _lines_of(session, target)
        if found:
            return found
        rows = await session.fetch(f"{_SELECT} = ? AND a.id = ?", *source, attachment_id)
        if not rows or not await _locked_file(session, Attachment(*rows[0]).file_id):
            return [finding("attachment_gone")]
        file = Attachment(*rows[0])
        there = await _attachments(session, target[0], [target[1]])
        if any(one.file_id == file.file_id for one in there):
            return [finding("attachment_there_already", name=file.name)]
        content = await session.fetch("SELECT content FROM attached_file WHERE id = ?", file.file_id)
        offered = Offered(file.name, file.size, bytes(content[0][0])[:16])
        found = attachment_findings(offered, line_no, lines, len(there))
        if not found:
            await _attach(session, acting, target, file.file_id, file.name, line_no)
        return found


async def _locked_file(session: Session, file_id: int) -> bool:
    """Locks a file, so that it is not taken away while it is attached once more; False when it is gone."""
    lock = " FOR UPDATE" if session.dialect == "postgresql" else ""
    return bool(await session.fetch(f"SELECT id FROM attached_file WHERE id = ?{lock}", file_id))


async def delete_attachment(acting: Acting, owner: Owner, attachment_id: int) -> list[Finding]:
    """Takes a file away; its content goes when nothing else has it."""
    async with transaction() as session:
        _, found = await _lines_of(session, owner)
        if found:
            return found
        rows = await session.fetch(f"{_SELECT} = ? AND a.id = ?", *owner, attachment_id)
        if not rows or not await _locked_file(session, Attachment(*rows[0]).file_id):
            return [finding("attachment_gone")]
        file = Attachment(*rows[0])
        await session.execute("DELETE FROM service_attachment WHERE id = ?", file.id)
        await session.execute(
            "DELETE FROM attached_file WHERE id = ? AND NOT EXISTS"
            " (SELECT 1 FROM service_attachment a WHERE a.file_id = attached_file.id)",
            file.file_id,
        )
        await _log(session, acting, owner, "File taken away", file.name)
        return []


# --- posting and proof ----------------------------------------------------------------------------------------------

_POSTED_LINES: Final[Mapping[str, str]] = {
    "shipment": "service_shipment_line",
    "invoice": "service_invoice_line",
    "credit_memo": "service_cr_memo_line",
}
_CARRY: Final = """
INSERT INTO service_attachment (document_kind, document_no, line_no, file_id, name, media_type, at, user_name)
SELECT CAST(? AS VARCHAR), CAST(? AS VARCHAR), a.line_no, a.file_id, a.name, a.media_type, a.at, a.user_name
FROM service_attachment a WHERE a.document_kind = ? AND a.document_no = ? AND (a.line_no = 0
    OR EXISTS (SELECT 1 FROM {} p WHERE p.document_no = ? AND p.line_no = a.line_no)) ORDER BY a.id"""


def carrying_batches(key: DocumentKey, drawn: Mapping[str, str]) -> list[Batch]:
    """What is attached to a document, and to those of its lines that are posted, goes along to what it becomes; `drawn`
    are the numbers of that by role."""
    batches: list[Batch] = []
    for role, no in drawn.items():
        kind = "shipment" if role == "shipment" else f"posted_{role}"
        batches.append((_CARRY.format(_POSTED_LINES[role]), [(kind, no, key.document_type, key.no, no)]))
    return batches


async def broken_attachments(session: Session) -> AsyncIterator[tuple[str, str]]:
    """The attached files whose content is not what their hash says."""
    last = 0
    sql = f"SELECT id, content, sha256 FROM attached_file WHERE id > ? ORDER BY id LIMIT {CHECKED_AT_ONCE}"
    while rows := await session.fetch(sql, last):
        for file_id, content, sha256 in rows:
            if hashlib.sha256(bytes(content)).hexdigest() != sha256:
                yield f"attached_file {file_id}", "its content is not what was attached"
        last = int(rows[-1][0])

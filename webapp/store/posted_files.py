"""The stored file of a posted document: made when it is first issued, the same ever after (D-120).

Mail, archive, e-invoice and print run take a document's file from here and from nowhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from db.engine import reading, transaction
from db.session import Session
from webapp.paper import pdf
from webapp.paper.document import Paper
from webapp.paper.rendering import Rendered, Renderer
from webapp.paper.texts import text
from webapp.store.acting import Acting
from webapp.store.paper import LOG_KINDS, log_row, words_for
from webapp.store.posted import load_posted

__all__ = ["PDF", "NoPdf", "StoredFile", "broken_files", "file_of", "make_files", "stored_files"]

PDF: Final = "application/pdf"
CHECKED_AT_ONCE: Final = 50

Key = tuple[str, str]
"""The kind and the number of a posted document."""


class NoPdf(Exception):
    """PDF cannot be made here: the extra is not installed."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The file of a posted document as it was first issued."""

    kind: str
    no: str
    name: str
    content: bytes
    sha256: str
    pages: int
    made_at: datetime


async def file_of(acting: Acting, kind: str, no: str) -> StoredFile | None:
    """The stored file of this posted document, made now when there is none yet; None when there is no such document.

    Never call it inside a transaction: laying out takes its time, and what is made is kept in a transaction of its own.
    """
    found = await stored_files([(kind, no)])
    if not found:
        await make_files(acting, [(kind, no)])
        found = await stored_files([(kind, no)])
    return found[0] if found else None


async def stored_files(keys: Sequence[Key]) -> list[StoredFile]:
    """The files that are stored already of these documents, in their order."""
    found: dict[Key, StoredFile] = {}
    async with reading() as session:
        for kind in dict.fromkeys(kind for kind, _ in keys):
            numbers = [no for one, no in keys if one == kind]
            rows = await session.fetch(
                "SELECT document_no, name, content, sha256, pages, made_at FROM posted_file WHERE document_kind = ?"
                f" AND media_type = ? AND document_no IN ({', '.join('?' * len(numbers))})",
                kind,
                PDF,
                *numbers,
            )
            for no, name, content, sha256, pages, made_at in rows:
                key = (kind, str(no))
                found[key] = StoredFile(*key, str(name), bytes(content), str(sha256), int(pages), made_at)
    return [found[key] for key in keys if key in found]


async def make_files(acting: Acting, keys: Sequence[Key], renderer: Renderer | None = None) -> None:
    """Makes the files that are missing of these documents, and stores them. Who is slower than another keeps the
    other's file."""
    missing = await _missing(keys)
    if not missing:
        return
    if not pdf.available():
        raise NoPdf
    documents = [await load_posted(kind, no, with_entries=False) for kind, no in missing]
    there = [one for one in documents if one is not None]
    if not there:
        return
    words = await words_for(there)
    papers = [Paper(one, words) for one in there]
    made = await (renderer or Renderer()).rendered(papers)
    async with transaction() as session:
        for paper, file in zip(papers, made, strict=True):
            await _store(session, acting, paper, file)


async def _missing(keys: Sequence[Key]) -> list[Key]:
    async with reading() as session:
        there: set[Key] = set()
        for kind in dict.fromkeys(kind for kind, _ in keys):
            numbers = [no for one, no in keys if one == kind]
            rows = await session.fetch(
                "SELECT document_no FROM posted_file WHERE document_kind = ? AND media_type = ?"
                f" AND document_no IN ({', '.join('?' * len(numbers))})",
                kind,
                PDF,
                *numbers,
            )
            there |= {(kind, str(row[0])) for row in rows}
    return [key for key in keys if key not in there]


async def _store(session: Session, acting: Acting, paper: Paper, file: Rendered) -> None:
    content, pages = file
    sha256, at, no = hashlib.sha256(content).hexdigest(), datetime.now(UTC), str(paper.head["no"])
    kept = await session.execute(
        "INSERT INTO posted_file (document_kind, document_no, media_type, name, content, sha256, pages, made_at,"
        " user_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (document_kind, document_no, media_type) DO NOTHING",
        paper.kind,
        no,
        PDF,
        _name(paper, no),
        content,
        sha256,
        pages,
        at,
        acting.user,
    )
    if kept:
        await session.execute(*log_row(LOG_KINDS[paper.kind], no, "File made", at, acting.user, f"SHA-256 {sha256}"))


def _name(paper: Paper, no: str) -> str:
    """What the file is called when it is saved: letters that every system can write."""
    words = f"{text(paper.kind, 'en')}-{no}"
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "-" for sign in words) + ".pdf"


async def broken_files(session: Session) -> AsyncIterator[tuple[str, str]]:
    """The stored files whose content is not what their hash says (D-120)."""
    last = 0
    sql = (
        f"SELECT id, document_kind, document_no, content, sha256 FROM posted_file WHERE id > ?"
        f" ORDER BY id LIMIT {CHECKED_AT_ONCE}"
    )
    while rows := await session.fetch(sql, last):
        for _, kind, no, content, sha256 in rows:
            if hashlib.sha256(bytes(content)).hexdigest() != sha256:
                yield f"posted_file {kind} {no}", "its content is not what was issued"
        last = int(rows[-1][0])

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
from webapp.paper.sheets import Sheet
from webapp.paper.texts import text
from webapp.store.acting import Acting
from webapp.store.issues import Key, Unkept, keep_sheet, papers_of, states_of, stored_sheets, unkept_of
from webapp.store.paper import LOG_KINDS, log_row

__all__ = ["PDF", "NoPdf", "StoredFile", "broken_files", "file_of", "make_files", "stored_files"]

PDF: Final = "application/pdf"
CHECKED_AT_ONCE: Final = 50

_THERE: Final = f"(media_type = '{PDF}' OR media_type LIKE '{PDF}; undone=%')"


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


async def file_of(acting: Acting, kind: str, no: str, unkept: Unkept | None = None) -> StoredFile | None:
    """The stored file of this posted document, made now when there is none yet; None when there is no such document.
    With `unkept` what is made is left there instead of being stored.

    Never call it inside a transaction: laying out takes its time, and what is made is kept in a transaction of its own.
    """
    found = await stored_files([(kind, no)])
    if not found and unkept is not None:
        return await _made(unkept, (kind, no))
    if not found:
        await make_files(acting, [(kind, no)])
        found = await stored_files([(kind, no)])
    return found[0] if found else None


async def _made(unkept: Unkept, key: Key) -> StoredFile | None:
    if not pdf.available():
        raise NoPdf
    sheet = (await stored_sheets([key])).get(key)
    if sheet is None and key not in unkept.sheets:
        unkept.sheets.update((await unkept_of(unkept.acting, [key])).sheets)
    if sheet is None and key not in unkept.sheets:
        return None
    async with reading() as session:
        state = (await states_of(session, [key])).get(key, "")
    (file,) = await Renderer().rendered([sheet or unkept.sheets[key][1]])
    unkept.files.append((key, lambda session: _store(session, unkept.acting, key, state, file)))
    sha256 = hashlib.sha256(file.content).hexdigest()
    return StoredFile(*key, _name(*key), file.content, sha256, file.pages, datetime.now(UTC))


async def stored_files(keys: Sequence[Key]) -> list[StoredFile]:
    """The files that are stored already of these documents, in their order."""
    found: dict[Key, StoredFile] = {}
    async with reading() as session:
        states = await states_of(session, keys)
        for kind in dict.fromkeys(kind for kind, _ in keys):
            rows = await session.fetch(
                "SELECT document_no, media_type, name, content, sha256, pages, made_at FROM posted_file"
                f" WHERE document_kind = ? AND {_THERE} AND document_no IN ({_marks(kind, keys)})",
                kind,
                *_numbers(kind, keys),
            )
            for no, media_type, name, content, sha256, pages, made_at in rows:
                key = (kind, str(no))
                if media_type == PDF + states.get(key, ""):
                    found[key] = StoredFile(*key, str(name), bytes(content), str(sha256), int(pages), made_at)
    return [found[key] for key in keys if key in found]


async def make_files(acting: Acting, keys: Sequence[Key], renderer: Renderer | None = None) -> None:
    """Makes the files that are missing of these documents, from their sheets, and stores both. Who is slower than
    another keeps the other's file; whose sheet is not the one that counts makes its file once more."""
    while missing := await _missing(keys):
        if not pdf.available():
            raise NoPdf
        sheets = await stored_sheets(missing)
        papers = await papers_of([key for key in missing if key not in sheets])
        work: dict[Key, Paper | Sheet] = {key: sheets.get(key) or papers[key] for key in missing
                                          if key in sheets or key in papers}  # fmt: skip
        if not work:
            return
        made = await (renderer or Renderer()).rendered(list(work.values()))
        async with transaction() as session:
            states = await states_of(session, list(work))
            for key, file in zip(work, made, strict=True):
                state = states.get(key, "")
                if key in sheets or await keep_sheet(session, acting, key, state, file.sheet):
                    await _store(session, acting, key, state, file)
        keys = list(work)


async def _missing(keys: Sequence[Key]) -> list[Key]:
    async with reading() as session:
        states = await states_of(session, keys)
        there: set[Key] = set()
        for kind in dict.fromkeys(kind for kind, _ in keys):
            rows = await session.fetch(
                f"SELECT document_no, media_type FROM posted_file WHERE document_kind = ? AND {_THERE}"
                f" AND document_no IN ({_marks(kind, keys)})",
                kind,
                *_numbers(kind, keys),
            )
            found = (((kind, str(no)), str(media_type)) for no, media_type in rows)
            there |= {key for key, media_type in found if media_type == PDF + states.get(key, "")}
    return [key for key in keys if key not in there]


def _numbers(kind: str, keys: Sequence[Key]) -> list[str]:
    return [no for one, no in keys if one == kind]


def _marks(kind: str, keys: Sequence[Key]) -> str:
    return ", ".join("?" * len(_numbers(kind, keys)))


async def _store(session: Session, acting: Acting, key: Key, state: str, file: Rendered) -> None:
    kind, no = key
    sha256, at = hashlib.sha256(file.content).hexdigest(), datetime.now(UTC)
    kept = await session.execute(
        "INSERT INTO posted_file (document_kind, document_no, media_type, name, content, sha256, pages, made_at,"
        " user_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (document_kind, document_no, media_type) DO NOTHING",
        kind,
        no,
        PDF + state,
        _name(kind, no),
        file.content,
        sha256,
        file.pages,
        at,
        acting.user,
    )
    if kept:
        await session.execute(*log_row(LOG_KINDS[kind], no, "File made", at, acting.user, f"SHA-256 {sha256}"))


def _name(kind: str, no: str) -> str:
    """What the file is called when it is saved: letters that every system can write."""
    words = f"{text(kind, 'en')}-{no}"
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

"""What a posted document looked like when it was first issued, and every issue of it since (D-95, D-120).

The first issue, whatever its channel, stores the sheet: the document as it is drawn, with its style. Every print, PDF,
mail and print run comes from that sheet ever after. Whoever prints all day from the browser waits for no PDF: storing
the sheet takes a few thousandths of a second, and its PDF is laid out when somebody first asks for one.

Mail is an issue when it was handed over: what was made for it is `Unkept` until then, so that mail which never left
binds nothing.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from db.engine import reading, transaction
from db.session import Session
from webapp.paper.document import Paper
from webapp.paper.sheets import Sheet, sheet_of
from webapp.store.acting import Acting
from webapp.store.paper import HEADERS, LOG_KINDS, issue_words, log_row, words_for
from webapp.store.posted import load_posted
from webapp.store.rows import codec

__all__ = ["SHEET", "Key", "Unkept", "issue", "keep_sheet", "papers_of", "states_of", "stored_sheets", "unkept_of"]

SHEET: Final = "text/html"

Key = tuple[str, str]
"""The kind and the number of a posted document."""


async def states_of(session: Session, keys: Sequence[Key], corrections: bool = False) -> Mapping[Key, str]:
    """What is added to the media type of documents that are not as they were posted: undoing lines of a shipment adds
    others to it, and what is issued then has sheets and files of its own (D-106, D-123)."""
    numbers = [no for kind, no in keys if kind == "shipment"]
    if not numbers:
        return {}
    rows = await session.fetch(
        "SELECT document_no, COUNT(*) FROM service_shipment_line WHERE correction = TRUE AND document_no IN"
        f" ({', '.join('?' * len(numbers))}) GROUP BY document_no",
        *numbers,
    )
    shown = ", shown" if corrections else ""
    return {("shipment", str(no)): f"; undone={count}{shown}" for no, count in rows}


async def stored_sheets(keys: Sequence[Key], corrections: bool = False) -> Mapping[Key, Sheet]:
    """The sheets of those documents that were issued."""
    found: dict[Key, Sheet] = {}
    async with reading() as session:
        states = await states_of(session, keys, corrections)
        for kind in dict.fromkeys(kind for kind, _ in keys):
            numbers = [no for one, no in keys if one == kind]
            rows = await session.fetch(
                "SELECT document_no, media_type, content FROM posted_file WHERE document_kind = ? AND document_no IN"
                f" ({', '.join('?' * len(numbers))}) AND media_type LIKE '{SHEET}%'",
                kind,
                *numbers,
            )
            for no, media_type, content in rows:
                key = (kind, str(no))
                if str(media_type) == SHEET + states.get(key, ""):
                    found[key] = Sheet.from_file(gzip.decompress(bytes(content)).decode())
    return found


async def keep_sheet(session: Session, acting: Acting, key: Key, state: str, sheet: Sheet) -> bool:
    """Stores the sheet of a document; False when another one was faster, whose sheet counts. What was issued first
    stands once in the log, a sheet without what was undone since is issued anew."""
    kind, no = key
    content = gzip.compress(sheet.to_file().encode(), 6, mtime=0)
    sha256, at = hashlib.sha256(content).hexdigest(), datetime.now(UTC)
    values = (kind, no, SHEET + state, f"{kind}-{no}.html.gz", content, sha256, 1, at, acting.user)
    kept = await session.execute(
        "INSERT INTO posted_file (document_kind, document_no, media_type, name, content, sha256, pages, made_at,"
        " user_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (document_kind, document_no, media_type) DO NOTHING",
        *values,
    )
    if kept:
        event = "Issued anew" if state and await _issued_before(session, key) else "First issued"
        await session.execute(*log_row(LOG_KINDS[kind], no, event, at, acting.user, f"SHA-256 {sha256}"))
    return bool(kept)


async def _issued_before(session: Session, key: Key) -> bool:
    """Whether the document has a sheet beside the one that was just stored."""
    sql = f"SELECT COUNT(*) FROM posted_file WHERE document_kind = ? AND document_no = ? AND media_type LIKE '{SHEET}%'"
    return int((await session.fetch(sql, *key))[0][0]) > 1


@dataclass(slots=True)
class Unkept:
    """What was made of documents that are not issued yet: their sheets with their states, and what stores their files.
    Whose sheet another one stored meanwhile has its files made from that, when they are asked for."""

    acting: Acting
    sheets: dict[Key, tuple[str, Sheet]] = field(default_factory=dict)
    files: list[tuple[Key, Callable[[Session], Awaitable[None]]]] = field(default_factory=list)

    async def keep(self, session: Session) -> None:
        lost = set()
        for key, (state, sheet) in self.sheets.items():
            if not await keep_sheet(session, self.acting, key, state, sheet):
                lost.add(key)
        for key, store in self.files:
            if key not in lost:
                await store(session)


async def unkept_of(acting: Acting, keys: Sequence[Key]) -> Unkept:
    """The sheets of those documents that were never issued, as they are drawn now."""
    stored = await stored_sheets(keys)
    fresh = await _drawn([key for key in keys if key not in stored], corrections=False)
    async with reading() as session:
        states = await states_of(session, list(fresh))
    return Unkept(acting, {key: (states.get(key, ""), sheet) for key, sheet in fresh.items()})


async def issue(
    acting: Acting, keys: Sequence[Key], event: str = "Printed", text: str = "", corrections: bool = False
) -> list[int]:
    """Counts one issue of each document and logs it with the count, or with what `text` says; gives how many issues
    there are then, all or none. The sheets of those that were never issued are stored before (D-95, D-120)."""
    stored = await stored_sheets(keys, corrections)
    fresh = await _drawn([key for key in keys if key not in stored], corrections)
    at, counts = datetime.now(UTC), []
    async with transaction() as session:
        states = await states_of(session, list(fresh), corrections)
        for key, sheet in fresh.items():
            await keep_sheet(session, acting, key, states.get(key, ""), sheet)
        for kind, no in keys:
            table = codec(HEADERS[kind]).name
            await session.execute(f"UPDATE {table} SET printed = printed + 1 WHERE no = ?", no)
            count = int((await session.fetch(f"SELECT printed FROM {table} WHERE no = ?", no))[0][0])
            await session.execute(*log_row(LOG_KINDS[kind], no, event, at, acting.user, issue_words(count, text)))
            counts.append(count)
    return counts


async def _drawn(keys: Sequence[Key], corrections: bool) -> Mapping[Key, Sheet]:
    papers = await papers_of(keys, corrections)
    return {key: sheet_of(paper) for key, paper in papers.items()}


async def papers_of(keys: Sequence[Key], corrections: bool = False) -> Mapping[Key, Paper]:
    """The documents of these that there are, as they go on paper now."""
    documents = [await load_posted(kind, no, with_entries=False) for kind, no in keys]
    there = [one for one in documents if one is not None]
    if not there:
        return {}
    words = await words_for(there)
    return {(one.kind, str(one.header["no"])): Paper(one, words, corrections) for one in there}

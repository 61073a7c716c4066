"""Remarks on posted documents: written after posting, with user and time, read on their pages and nowhere else (D-102).

They are rows of their own and not comments: what a document's paper shows, and what its seal covers, stays as posted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from db.engine import dialect, fetch, transaction
from webapp.store.acting import Acting
from webapp.store.document_lists import CREDIT_MEMOS, INVOICES, SHIPMENTS
from webapp.store.rows import codec

__all__ = ["Remark", "add_remark", "load_remarks"]

TABLES: Final = {
    kind: codec(which.table).name
    for kind, which in (("shipment", SHIPMENTS), ("invoice", INVOICES), ("credit_memo", CREDIT_MEMOS))
}


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody wrote down, and when."""

    at: datetime
    user_name: str
    text: str


_OF_DOCUMENT: Final = (
    "SELECT at, user_name, text FROM posted_remark WHERE document_no = ? AND document_kind = ? ORDER BY id"
)


async def load_remarks(kind: str, no: str) -> Sequence[Remark]:
    """All remarks on a posted document, the oldest first."""
    return [Remark(*row) for row in await fetch(_OF_DOCUMENT, no, kind)]


async def add_remark(acting: Acting, kind: str, no: str, text: str) -> bool:
    """Adds a remark for good; False when there is no such document. What the same person has just written there is not
    written a second time: a form that was sent twice says the same (R-4)."""
    said = text.strip()
    lock = "" if dialect() == "sqlite" else " FOR UPDATE"
    async with transaction() as session:
        if not await session.fetch(f"SELECT no FROM {TABLES[kind]} WHERE no = ?{lock}", no):
            return False
        before = await session.fetch(_OF_DOCUMENT, no, kind)
        if not before or tuple(before[-1][1:]) != (acting.user, said):
            await session.execute(
                "INSERT INTO posted_remark (document_kind, document_no, at, user_name, text) VALUES (?, ?, ?, ?, ?)",
                *(kind, no, datetime.now(UTC), acting.user, said),
            )
    return True

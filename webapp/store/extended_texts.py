"""Extended texts of records, read for the line that names one (D-30)."""

from __future__ import annotations

from collections.abc import Sequence

from db import masters
from db.session import Session
from webapp.posting.extended_texts import ExtendedText
from webapp.posting.snapshot import Line
from webapp.store.rows import Reader

__all__ = ["texts_of"]

_TEXTS = Reader(ExtendedText, masters.ExtendedText)


async def texts_of(session: Session, line: Line) -> Sequence[ExtendedText]:
    """All extended texts of the record that a line names, in their order."""
    if not line.no:
        return ()
    rows = await session.fetch(_TEXTS.sql("WHERE type = ? AND no = ? ORDER BY text_no"), line.type, line.no)
    return list(_TEXTS.all(rows))

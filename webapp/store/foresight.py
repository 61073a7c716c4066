"""What a change of the header would make of an open document; nothing is written (D-20)."""

from __future__ import annotations

from db.engine import reading
from webapp.posting.rebuilds import Rebuild, rebuild_of
from webapp.posting.snapshot import DocumentKey
from webapp.store import snapshots
from webapp.store.drafts import Values, changed_header

__all__ = ["foreseen_rebuild"]


async def foreseen_rebuild(key: DocumentKey, changes: Values) -> Rebuild | None:
    """What the confirmed change would do; None when the document is gone."""
    async with reading() as session:
        document, setup = await snapshots.load_document(session, key)
        if document is None:
            return None
        draft = (await changed_header(session, document, setup, changes, "yes")).draft
    return rebuild_of(
        (document.header, document.item_lines, document.lines), (draft.header, draft.item_lines, draft.lines)
    )

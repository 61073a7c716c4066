"""An open service order as it goes on paper: a confirmation for the customer, a worksheet for the workshop (D-125)."""

from __future__ import annotations

from dataclasses import asdict

from webapp.posting.snapshot import DocumentKey
from webapp.store.drafts import load_document
from webapp.store.posted import PostedDocument

__all__ = ["order_on_paper"]


async def order_on_paper(no: str) -> PostedDocument | None:
    """The order with its lines, in the shape of a posted document; nothing of it is posted. None without one."""
    document = await load_document(DocumentKey("order", no))
    if document is None:
        return None
    header = {**asdict(document.header), "order_no": "", "printed": 0}
    lines = [asdict(line) for line in document.lines]
    item_lines = [asdict(line) for line in document.item_lines]
    return PostedDocument("order", header, lines, item_lines, [], [], {}, {}, True)

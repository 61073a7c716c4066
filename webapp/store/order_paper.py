"""An open service order as it goes on paper: a confirmation for the customer, a worksheet for the workshop (D-125)."""

from __future__ import annotations

from webapp.posting.records import values_of
from webapp.posting.snapshot import DocumentKey
from webapp.store.drafts import load_document
from webapp.store.posted import PostedDocument

__all__ = ["order_on_paper"]


async def order_on_paper(no: str, item_line_no: int = 0) -> PostedDocument | None:
    """The order with its lines, in the shape of a posted document; nothing of it is posted. With a service item line
    only that machine and what is done to it. None when there is no such order or line."""
    document = await load_document(DocumentKey("order", no))
    if document is None or (item_line_no and document.item_line(item_line_no) is None):
        return None
    header = {**values_of(document.header), "order_no": "", "printed": 0}
    lines = [values_of(line) for line in document.lines if item_line_no in (0, line.service_item_line_no)]
    item_lines = [values_of(line) for line in document.item_lines if item_line_no in (0, line.line_no)]
    return PostedDocument("order", header, lines, item_lines, [], [], {}, {}, True)

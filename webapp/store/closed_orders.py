"""The list of closed orders, and a closed order copied into a new one (D-141)."""

from __future__ import annotations

from typing import Final

from db import documents
from webapp.posting.snapshot import DocumentKey
from webapp.store.acting import Acting
from webapp.store.copying import copy_document
from webapp.store.document_lists import DocumentList
from webapp.store.drafts import Saved, create_document

__all__ = ["CLOSED_ORDERS", "copy_to_new_order"]

# As they were closed last; one that was opened again is among the open ones (O-7).
CLOSED_ORDERS: Final = DocumentList(
    documents.OrderArchive,
    ("no", "customer_no", "customer_name", "description", "posting_date", "status", "archived_at", "archived_by"),
    ("no", "customer_no", "customer_name", "description"),
    "NOT EXISTS (SELECT 1 FROM order_archive v WHERE v.no = h.no AND v.version > h.version)"
    " AND NOT EXISTS (SELECT 1 FROM service_header s WHERE s.document_type = 'order' AND s.no = h.no)",
)


async def copy_to_new_order(acting: Acting, no: str, customer_no: str) -> tuple[Saved, Saved]:
    """A new order for the customer, and the closed one copied into it with its header; the second says nothing when
    the first was refused."""
    made = await create_document(acting, "order", {"customer_no": customer_no})
    if made.key is None:
        return made, Saved()
    return made, await copy_document(acting, DocumentKey("order", made.key.no), "order", no, include_header=True)

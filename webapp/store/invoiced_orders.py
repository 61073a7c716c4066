"""What posting an invoice of shipments writes to the orders of those shipments (P-105, P-173, P-175)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from db import documents
from db.session import Batch
from webapp.posting.combined import OrderAfter
from webapp.posting.lines import with_last_line_no
from webapp.posting.plan import PostingPlan
from webapp.store.archive import archive_batches
from webapp.store.document_rows import header_batch, line_batches
from webapp.store.rows import RecordWriter

_REGISTER = RecordWriter(
    documents.ServiceDocumentRegister, (), ("source_kind", "source_no", "destination_kind", "destination_no")
)
_LOG = RecordWriter(
    documents.ServiceDocumentLog, (), ("document_kind", "document_no", "event", "at", "user_name", "after")
)


def invoiced_order_batches(
    plan: PostingPlan, invoice_no: str, versions: Mapping[str, int], user: str, at: datetime
) -> list[Batch]:
    """The orders' lines as they now stand, or the orders in the archive; their log and their place in the chain.

    `versions` are the last versions of orders in the archive. Rows of one statement are written together, however many
    orders there are.
    """
    if not plan.orders_after:
        return []
    batches: list[Batch] = []
    log = []
    for one in plan.orders_after:
        header = one.order.header
        batches += _order_batches(one, versions.get(header.no, 0) + 1, user, at)
        log.append(_LOG.row(None, ["order", header.no, "Invoice posted", at, user, invoice_no]))
        if one.closes:
            log.append(_LOG.row(None, ["order", header.no, "Order closed", at, user, ""]))
    orders = [one.order.header.no for one in plan.orders_after]
    return [*together(batches), (_LOG.sql, log), register_batch(orders, invoice_no)]


def _order_batches(one: OrderAfter, version: int, user: str, at: datetime) -> list[Batch]:
    order = one.order
    header = order.header
    if one.closes:
        return archive_batches(header, order.item_lines, one.lines, version, user, at)
    after = with_last_line_no(header, one.lines)
    return [*line_batches(header.key, order.lines, one.lines), header_batch(header, after, user)]


def together(batches: Sequence[Batch]) -> list[Batch]:
    """The same rows with one batch for each statement, in the order in which the statements come first."""
    found: dict[str, list[Sequence[object]]] = {}
    for sql, rows in batches:
        found.setdefault(sql, []).extend(rows)
    return list(found.items())


def register_batch(orders: Sequence[str], invoice_no: str) -> Batch:
    """The orders that a posted invoice comes from (P-36, P-108)."""
    return _REGISTER.sql, [_REGISTER.row(None, ["order", no, "posted_invoice", invoice_no]) for no in orders]


def made_from_batch(order_no: str, invoice_no: str) -> Batch:
    """Notes that an open invoice was opened for one order (P-95)."""
    return _REGISTER.sql, [_REGISTER.row(None, ["order", order_no, "invoice", invoice_no])]


def made_from_removal(invoice_no: str) -> Batch:
    """Forgets what an open invoice was opened for, when it is posted or deleted."""
    return (
        "DELETE FROM service_document_register WHERE destination_kind = 'invoice' AND destination_no = ?"
        " AND source_kind = 'order'",
        [(invoice_no,)],
    )

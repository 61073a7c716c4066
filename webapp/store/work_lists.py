"""Work lists of orders: those that are ready to invoice, and those with something to post (D-137, D-138)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from db.engine import fetch, reading
from webapp.posting.amounts import posted_amounts
from webapp.posting.plan import REQUESTS, PostingPlan, option_with_work, plan_posting
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, DocumentKey
from webapp.store.acting import Acting
from webapp.store.document_lists import LEFT_TO_INVOICE, ORDERS, DocumentList, list_documents
from webapp.store.many_snapshots import load_documents, load_snapshots
from webapp.store.snapshots import Document, marks

__all__ = ["READY_TO_INVOICE", "TO_CHECK", "OrderAtWork", "list_orders", "order_counts", "plans_of"]

# Orders with something shipped and not invoiced, or finished with something left to invoice; the oldest first.
READY_TO_INVOICE: Final = changed(
    ORDERS,
    base=f"h.document_type = 'order' AND {ORDERS.views['ready-to-invoice']}",
    views={"shipped": ORDERS.views["to-invoice"], "finished": ORDERS.views["finished-not-invoiced"]},
    extra={},
    sort="posting_date",
)
# Orders with something to ship, to consume or to invoice; the newest first.
TO_CHECK: Final = changed(ORDERS, base=f"h.document_type = 'order' AND {ORDERS.views['to-post']}", views={}, extra={})


@dataclass(frozen=True, slots=True)
class OrderAtWork:
    """An order in a work list.

    `shipped_not_invoiced` is what of its lines is shipped and waits for an invoice, after discounts, in the order's
    currency, including VAT where its prices do. `waiting_days` counts from its oldest shipment with something to
    invoice, else from its finishing date, else from its posting date. `option` is what there is to post.
    """

    document: Document
    shipped_not_invoiced: Decimal
    waiting_days: int
    option: str

    @property
    def no(self) -> str:
        return self.document.header.no


async def list_orders(
    which: DocumentList, day: date, search: str = "", after: str = "", limit: int = 50, view: str = "", sort: str = ""
) -> tuple[list[OrderAtWork], str]:
    """A page of a work list and the place where the next one goes on; `day` is the one until which orders wait."""
    found = await list_documents(which, search, {}, sort, after, limit, view)
    keys = [DocumentKey("order", row["no"]) for row in found.rows]
    async with reading() as session:
        documents, setup = await load_documents(session, keys)
        nos = [key.no for key in documents]
        rows = await session.fetch(_OLDEST.format(marks=marks(nos)), *nos) if nos else []
    # SQLite gives the least of some dates as text
    oldest = {str(no): date.fromisoformat(str(since)) for no, since in rows}
    return [_at_work(one, setup, oldest.get(one.key.no), day) for one in documents.values()], found.next


_OLDEST = (
    "SELECT order_no, MIN(posting_date) FROM service_shipment_line"
    " WHERE order_no IN ({marks}) AND qty_shipped_not_invoiced <> 0 AND NOT correction GROUP BY order_no"
)


def _at_work(document: Document, setup: Setup, shipped_since: date | None, day: date) -> OrderAtWork:
    header = document.header
    precision = setup.currency(header.currency_code).amount_rounding_precision
    amounts = [
        posted_amounts(line, line.qty_shipped_not_invoiced, precision)
        for line in document.lines
        if line.qty_shipped_not_invoiced
    ]
    wanted = "ship_and_invoice" if any(line.qty_to_ship for line in document.lines) else "invoice"
    since = shipped_since or header.finishing_date or header.posting_date or day
    return OrderAtWork(
        document,
        sum((one.line_amount - one.inv_discount for one in amounts), ZERO),
        max((day - since).days, 0),
        option_with_work(document.lines, wanted),
    )


async def plans_of(acting: Acting, options: Mapping[str, str]) -> dict[str, PostingPlan]:
    """What posting would find in these orders, each with its option (`REQUESTS`), by number; loaded together (D-65)."""
    keys = [DocumentKey("order", no) for no in options]
    async with reading() as session:
        snapshots = await load_snapshots(session, keys, acting.user, acting.work_date)
    plans = {}
    for key, snapshot in snapshots.items():
        plans[key.no] = plan_posting(snapshot, REQUESTS[options[key.no]])
        await asyncio.sleep(0)  # others are answered in between
    return plans


# Which lines make their order count, for each work list.
_COUNTED = {
    "to_ship": "qty_to_ship > 0",
    "to_invoice": "qty_shipped_not_invoiced > 0",
    "partly_invoiced": "quantity_invoiced > 0",
    "partly_shipped": "quantity_shipped > 0 AND outstanding_qty > 0",
    "to_consume": "qty_to_consume > 0",
    "to_post": "qty_to_ship > 0 OR qty_shipped_not_invoiced > 0",
    "left_over": LEFT_TO_INVOICE,
}


async def order_counts() -> dict[str, int]:
    """How many orders wait for what, by the name of the list: one statement, which reads each line once."""
    of_orders = ", ".join(f"MAX(CASE WHEN {lines} THEN 1 ELSE 0 END) AS {name}" for name, lines in _COUNTED.items())
    counted = {name: f"t.{name} = 1" for name in _COUNTED if name != "left_over"}
    counted["finished"] = "h.status = 'finished' AND t.left_over = 1"
    counted["ready"] = f"{counted['to_invoice']} OR ({counted['finished']})"
    counts = ", ".join(f"COUNT(CASE WHEN {orders} THEN 1 END)" for orders in counted.values())
    row: Sequence[int] = (
        await fetch(
            f"SELECT {counts} FROM (SELECT document_no, {of_orders} FROM service_line WHERE document_type = 'order'"
            " GROUP BY document_no) t JOIN service_header h ON h.document_type = 'order' AND h.no = t.document_no"
        )
    )[0]
    return dict(zip(counted, map(int, row), strict=True))

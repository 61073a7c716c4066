"""Orders that are invoiced to their end leave the open documents by a run of their own (D-63, P-176)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from db import documents
from db.engine import reading
from db.session import Session
from webapp.posting.combined import invoiced_to_its_end
from webapp.posting.findings import Finding, finding
from webapp.posting.snapshot import DocumentKey
from webapp.store.acting import Acting
from webapp.store.archive import LAST_VERSIONS, archive_batches
from webapp.store.batch_starts import RunAsked, Task, start_run
from webapp.store.batches import Started
from webapp.store.many_snapshots import load_documents
from webapp.store.rows import RecordWriter
from webapp.store.snapshots import Document, load_document

MOST_ORDERS: Final = 2000
_LOG = RecordWriter(
    documents.ServiceDocumentLog, (), ("document_kind", "document_no", "event", "at", "user_name", "after")
)


@dataclass(frozen=True, slots=True)
class InvoicedFilter:
    """Which orders are looked at; blank is all."""

    no: str = ""
    customer_no: str = ""
    bill_to_customer_no: str = ""

    @property
    def words(self) -> str:
        """As the list of batches says it."""
        asked = [f"{name.replace('_', ' ')} {value}" for name, value in asdict(self).items() if value]
        return f"Invoiced orders with {', '.join(asked)}" if asked else "All invoiced orders"


@dataclass(frozen=True, slots=True)
class InvoicedOrder:
    """An order with something invoiced, and why it stays; nothing when it would be deleted."""

    document: Document
    findings: tuple[Finding, ...]

    @property
    def no(self) -> str:
        return self.document.header.no

    @property
    def goes(self) -> bool:
        return not self.findings


async def invoiced_orders(asked: InvoicedFilter) -> list[InvoicedOrder]:
    """Open orders with something invoiced, by number: those that a run would delete, and the others with the reason."""
    given = {name: value for name, value in asdict(asked).items() if value}
    where = "".join(f" AND h.{name} = ?" for name in given)
    sql = (
        "SELECT h.no FROM service_header h WHERE h.document_type = 'order' AND EXISTS (SELECT 1 FROM service_line l"
        " WHERE l.document_type = 'order' AND l.document_no = h.no AND l.quantity_invoiced > 0)"
        f"{where} ORDER BY h.no LIMIT {MOST_ORDERS}"
    )
    async with reading() as session:
        keys = [DocumentKey("order", str(row[0])) for row in await session.fetch(sql, *given.values())]
        found, _ = await load_documents(session, keys)
    return [InvoicedOrder(one, tuple(invoiced_to_its_end(one.header, one.lines))) for one in found.values()]


async def start_deleting(
    acting: Acting,
    asked: InvoicedFilter,
    *,
    chosen: Sequence[str] | None = None,
    token: str = "",
    worker: str = "",
) -> Started:
    """Begins a run over the orders that are invoiced to their end, or over those of them that were ticked. What stays
    stands in the result with its reason (D-64)."""
    found = await invoiced_orders(asked)
    going = [one for one in found if one.goes and (chosen is None or one.no in chosen)]
    if not going:
        return Started(findings=(finding("combine_nothing", what="no order is invoiced to its end"),))
    staying = [one for one in found if not one.goes]
    tasks = [Task(one.no, one.document.header.customer_name, one.no) for one in going]
    tasks += [Task(one.no, one.document.header.customer_name, "", one.findings) for one in staying]
    left = sum(one.goes for one in found) - len(going)
    words = f"{asked.words}, {left} not ticked" if left else asked.words
    run = RunAsked("close_orders", "order", json.dumps(asdict(asked)), words)
    return await start_run(acting, run, tasks, token=token, worker=worker)


async def delete_invoiced_order(session: Session, acting: Acting, key: DocumentKey) -> list[Finding]:
    """Takes an order into the archive, its warranties closed (P-176). With errors nothing was written."""
    document, _ = await load_document(session, key, lock=True)
    if document is None:
        return [finding("document_gone", document=key.no, kind="Order", no=key.no)]
    wrong = invoiced_to_its_end(document.header, document.lines)
    if wrong:
        return wrong
    at = datetime.now(UTC)
    versions = await session.fetch(LAST_VERSIONS.format(marks="?"), key.no)
    version = int(versions[0][1]) + 1 if versions else 1
    batches = archive_batches(document.header, document.item_lines, document.lines, version, acting.user, at)
    warranties: Any = (
        "UPDATE warranty_ledger_entry SET open = ? WHERE service_order_no = ? AND open",
        [(False, key.no)],
    )
    log = _LOG.row(None, ["order", key.no, "Order closed", at, acting.user, ""])
    await session.execute_all([*batches, warranties, (_LOG.sql, [log])])
    return []

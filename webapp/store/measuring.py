"""Many posted documents for measuring: orders of ten lines, entered by the services once and then copied by rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from db import demo
from db.engine import reading, transaction
from db.session import Batch
from webapp.posting.headers import KINDS
from webapp.posting.plan import REQUESTS
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey
from webapp.store.acting import Acting, system
from webapp.store.demo import Progress, enter_order, import_or_break, refuse
from webapp.store.document_rows import HEADER, item_line_batches, line_batches
from webapp.store.drafts import log_row_batch
from webapp.store.many_snapshots import load_documents
from webapp.store.numbers import several_numbers
from webapp.store.posting import post_document
from webapp.store.setup_cache import load_setup
from webapp.store.snapshots import Document

AT_ONCE = 200
OF_AN_ORDER = 2  # a shipment and an invoice
Like = tuple[str, date]  # machine and day: all else of two such orders is the same


async def add_posted_documents(work_date: date, count: int, progress: Progress = lambda done, all_: None) -> None:
    """Posts orders until there are `count` shipments and invoices more; the same date gives the same documents."""
    await import_or_break(system(work_date), demo.measuring_pack(work_date))
    clerk, poster = Acting("CLERK", "clerk", work_date), Acting("POSTER", "poster", work_date)
    patterns: dict[Like, Document] = {}
    orders = -(-count // OF_AN_ORDER)
    for start in range(0, orders, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, orders))
        for key in await _entered(clerk, patterns, [demo.measuring_order(work_date, number) for number in numbers]):
            result = await post_document(poster, key, REQUESTS["ship_and_invoice"])
            refuse(result.findings, key.no)
        progress(numbers.stop * OF_AN_ORDER, count)


async def _entered(clerk: Acting, patterns: dict[Like, Document], orders: Iterable[demo.Order]) -> list[DocumentKey]:
    """Enters the orders; those of a machine and day that have been there are copies."""
    keys: list[DocumentKey] = []
    copied: list[tuple[Document, str]] = []
    for order in orders:
        like = (order.item_lines[0]["service_item_no"], order.header["posting_date"])
        if like in patterns:
            copied.append((patterns[like], order.header["description"]))
            continue
        keys.append(await enter_order(clerk, order))
        async with reading() as session:
            found, _ = await load_documents(session, keys[-1:])
        patterns[like] = found[keys[-1]]
    return keys + await _copies(clerk, copied)


async def _copies(clerk: Acting, of: list[tuple[Document, str]]) -> list[DocumentKey]:
    if not of:
        return []
    now = datetime.now(UTC)
    keys = []
    batches: dict[str, list[Sequence[object]]] = {}
    async with transaction() as session:
        setup = await load_setup(session)
        given, drawing = await several_numbers(
            session, setup, setup.service.service_order_nos, clerk.work_date, len(of)
        )
        assert len(given.nos) == len(of), given.findings
        for (pattern, description), no in zip(of, given.nos, strict=True):
            posting_description = f"{KINDS['order']} {no}"
            header = changed(pattern.header, no=no, description=description, posting_description=posting_description)
            keys.append(header.key)
            own: list[Batch] = [(HEADER.sql, [HEADER.row(header, [clerk.user, now])])]
            own += item_line_batches(header.key, (), pattern.item_lines)
            own += line_batches(header.key, (), pattern.lines)
            own.append(log_row_batch(clerk, header.key, f"{KINDS['order']} created"))
            for sql, rows in own:
                batches.setdefault(sql, []).extend(rows)
        await session.execute_all([drawing, *batches.items()])
    return keys

"""Starting fee and travel fee of an order, and a resource line divided over its service items (D-29)."""

from __future__ import annotations

from db.session import Session
from webapp.posting.changes import Draft
from webapp.posting.fees import fee_code, split_over_item_lines
from webapp.posting.findings import finding
from webapp.posting.lines import next_line_no
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import DocumentKey
from webapp.store.acting import Acting
from webapp.store.catalogs import load_catalog
from webapp.store.drafts import Change, Saved, change_document, line_work
from webapp.store.snapshots import Document

__all__ = ["insert_fee", "split_line"]


async def insert_fee(acting: Acting, key: DocumentKey, which: str) -> Saved:
    """Adds the line of a fee, "starting" or "travel"; on the only service item line where there is one."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        code, found = fee_code(setup, document.header, which)
        if found:
            return document, Saved(findings=tuple(found))
        only = document.item_lines[0].line_no if len(document.item_lines) == 1 else 0
        values = {"type": "cost", "no": code} | ({"service_item_line_no": only} if only else {})
        line_no = next_line_no(document.header, document.lines)
        return await line_work(session, document, setup, line_no, values, new=True)

    return await change_document(acting, key, None, work)


async def split_line(acting: Acting, key: DocumentKey, line_no: int) -> Saved:
    """Divides a resource line evenly over the service item lines of the order."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        line = document.line(line_no)
        if line is None:
            return document, Saved(line_no=line_no, findings=(finding("line_gone", gone=line_no),))
        served = [one.service_item_no for one in document.item_lines]
        catalog = await load_catalog(session, [(line.type, line.no)], served, document.header.bill_to_customer_no)
        draft = Draft(setup, document.header, document.item_lines, document.lines, catalog)
        lines, found = split_over_item_lines(draft, line)
        return changed(document, lines=lines), Saved(line_no=line_no, findings=tuple(found))

    return await change_document(acting, key, None, work)

"""Copying an open or posted document into an open one (D-42)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from piccolo.table import Table

from db import posted
from db.engine import reading
from db.session import Query, Session
from webapp.posting.changes import Draft
from webapp.posting.copying import SOURCES, CopySource, copied, to_be_filled
from webapp.posting.findings import finding
from webapp.posting.lines import blanks_of
from webapp.posting.records import changed
from webapp.posting.rounding import rounding_line_no
from webapp.posting.setup import Setup
from webapp.posting.snapshot import DocumentKey, Header, ItemLine, Line
from webapp.store import snapshots
from webapp.store.acting import Acting
from webapp.store.archive import last_archived
from webapp.store.catalogs import load_catalog, load_people
from webapp.store.crediting import load_credit_source
from webapp.store.drafts import Change, Saved, change_document
from webapp.store.posted_headers import rounding_account
from webapp.store.rows import codec, shared_names
from webapp.store.snapshots import Document

NAMES: Final[Mapping[str, str]] = {kind: kind.replace("_", " ") for kind in SOURCES}
_POSTED: Final[Mapping[str, tuple[type[Table], type[Table], str]]] = {
    "posted_shipment": (posted.ServiceShipmentHeader, posted.ServiceShipmentLine, "order"),
    "posted_credit_memo": (posted.ServiceCrMemoHeader, posted.ServiceCrMemoLine, "credit_memo"),
}


@dataclass(frozen=True, slots=True)
class Recent:
    """A document of the customer that may be copied."""

    kind: str
    no: str
    day: date | None


async def load_copy_source(session: Session, kind: str, no: str) -> CopySource | None:
    """The document to copy, a closed order as it last stood; None when there is none."""
    if kind == "posted_invoice":
        source = await load_credit_source(session, no)
        if source is None:
            return None
        lines = tuple(one.line for one in source.lines)
        rounds = next((one.line.line_no for one in source.lines if one.rounds), 0)
        return CopySource(kind, source.invoice, (), lines, source, rounds)
    if kind in _POSTED:
        return await _posted(session, kind, no)
    document, _ = await snapshots.load_document(session, DocumentKey(kind, no))
    if document is not None:
        return CopySource(kind, document.header, document.item_lines, document.lines)
    closed = (await last_archived(session, [no])).get(no) if kind == "order" else None
    return CopySource(kind, closed.header, closed.item_lines, closed.lines) if closed else None


async def _posted(session: Session, kind: str, no: str) -> CopySource | None:
    header_table, line_table, document_type = _POSTED[kind]
    tables: list[tuple[type[Table], type[Any], str]] = [
        (header_table, Header, "WHERE no = ?"),
        (line_table, Line, "WHERE document_no = ? ORDER BY line_no"),
    ]
    if kind == "posted_shipment":
        tables.append((posted.ServiceShipmentItemLine, ItemLine, "WHERE document_no = ? ORDER BY line_no"))
    names = [tuple(name for name in shared_names(of, table) if name != "document_type") for table, of, _ in tables]
    queries: list[Query] = [
        (codec(table).select(columns, where), (no,)) for (table, _, where), columns in zip(tables, names, strict=True)
    ]
    if kind == "posted_credit_memo":
        account = rounding_account("h")
        queries.append((f"SELECT {account} FROM service_cr_memo_header h WHERE h.no = ?", (no,)))
    found = await session.fetch_all(queries)
    if not found[0]:
        return None
    accounts = [found.pop()] if kind == "posted_credit_memo" else []
    headers, lines, *others = (
        [of(**{**blanks_of(of), **codec(table).read(columns, row)}) for row in rows]
        for (table, of, _), columns, rows in zip(tables, names, found, strict=True)
    )
    header = changed(headers[0], document_type=document_type, no=no)
    rounds = rounding_line_no(lines, str(accounts[0][0][0])) if accounts else 0
    return CopySource(kind, header, tuple(others[0]) if others else (), tuple(lines), rounding_line_no=rounds)


async def copy_document(
    acting: Acting,
    key: DocumentKey,
    kind: str,
    no: str,
    *,
    include_header: bool = False,
    recalculate: bool = False,
    row_version: int | None = None,
) -> Saved:
    """Copies a document into an open one; notices tell which links were left behind."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        source = await load_copy_source(session, kind, no) if kind in SOURCES else None
        if source is None:
            gone = finding("copy_source_missing", field="source_no", kind=NAMES.get(kind, "document"), no=no)
            return document, Saved(findings=(gone,))
        draft = await _draft(session, document, setup, source, include_header=include_header, recalculate=recalculate)
        changed = copied(draft, source, include_header=include_header, recalculate=recalculate)
        after = Document(changed.draft.header, changed.draft.item_lines, changed.draft.lines)
        return after, Saved(findings=changed.findings, notices=changed.notices)

    return await change_document(acting, key, row_version, work)


async def _draft(
    session: Session, document: Document, setup: Setup, source: CopySource, *, include_header: bool, recalculate: bool
) -> Draft:
    """The draft with what copying looks up: the customers of a header, the records of lines that are priced anew."""
    draft = Draft(setup, document.header, document.item_lines, document.lines)
    if include_header:
        of = source.header
        draft = changed(draft, customers=await load_people(session, [of.customer_no, of.bill_to_customer_no]))
    if recalculate:
        payer = source.header.bill_to_customer_no if include_header else document.header.bill_to_customer_no
        served = [one.service_item_no for one in source.item_lines] + [one.service_item_no for one in source.lines]
        draft = changed(draft, catalog=await load_catalog(session, to_be_filled(source), filter(None, served), payer))
    return draft


_RECENT: Final = (
    *(
        (f"SELECT '{kind}', no, posting_date FROM service_header WHERE document_type = '{kind}'")
        for kind in SOURCES[:3]
    ),
    "SELECT 'posted_shipment', no, posting_date FROM service_shipment_header WHERE 1 = 1",
    "SELECT 'posted_invoice', no, posting_date FROM service_invoice_header WHERE 1 = 1",
    "SELECT 'posted_credit_memo', no, posting_date FROM service_cr_memo_header WHERE 1 = 1",
)


async def recent_documents(customer_no: str, kinds: Sequence[str], apart_from: DocumentKey) -> list[Recent]:
    """The latest documents of a customer, a few of each of these kinds."""
    wanted = [sql for kind, sql in zip(SOURCES, _RECENT, strict=True) if kind in kinds]
    queries: list[Query] = [
        (f"{sql} AND customer_no = ? ORDER BY posting_date DESC, no DESC LIMIT 5", (customer_no,)) for sql in wanted
    ]
    async with reading() as session:
        found = await session.fetch_all(queries)
    return [
        Recent(str(kind), str(no), day if isinstance(day, date) or day is None else date.fromisoformat(str(day)))
        for rows in found
        for kind, no, day in rows
        if (kind, no) != (apart_from.document_type, apart_from.no)
    ]

"""Open documents: making them, changing them field by field, deleting and closing them (D-1 … D-41, P-188).

Every change goes the same way: lock the document, let the core say what follows, write what differs, raise the row
version. Findings say why nothing was changed; notices what else happened.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from piccolo.table import Table

from db import documents
from db.columns import Ref
from db.engine import reading, transaction
from db.session import Batch, Session
from webapp.posting.changes import HEADER_FIELDS, Changed, Draft, change_header_field, header_order
from webapp.posting.discounts import charge_findings, with_invoice_discount, with_typed_discount
from webapp.posting.extended_texts import chosen_texts, with_texts
from webapp.posting.findings import Finding, finding
from webapp.posting.headers import KINDS, new_header
from webapp.posting.line_changes import (
    LINE_FIELDS,
    change_item_line_field,
    change_line_field,
    line_order,
    may_close,
    may_delete_document,
    may_delete_line,
    new_item_line,
    without_line,
)
from webapp.posting.lines import new_line, next_line_no, with_last_line_no
from webapp.posting.order_life import released, reopened, status_from_item_lines
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import DocumentKey, Line
from webapp.store import snapshots
from webapp.store.acting import Acting
from webapp.store.archive import archive_batches
from webapp.store.balances import credit_notices
from webapp.store.catalogs import load_catalog, load_order_contract, load_people, load_ship_to
from webapp.store.contract_deleting import delete_contract_invoice, uncredited
from webapp.store.contract_invoices import load_registered
from webapp.store.document_events import event_batches
from webapp.store.document_rows import (
    HEADER,
    header_batch,
    item_line_batches,
    line_batches,
    removal_batches,
    unmarking_batch,
)
from webapp.store.extended_texts import texts_of
from webapp.store.invoiced_orders import made_from_removal
from webapp.store.line_limits import left_to_take
from webapp.store.numbers import new_document_number
from webapp.store.rows import DoesNotFit, RecordWriter, codec
from webapp.store.setup_cache import load_setup
from webapp.store.snapshots import Document

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of a change: where it was made, why it was refused (`findings`), what else happened (`notices`)."""

    key: DocumentKey | None = None
    line_no: int | None = None
    findings: tuple[Finding, ...] = ()
    notices: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.findings


async def load_document(key: DocumentKey) -> Document | None:
    """The document as it stands; None when it does not exist (any more)."""
    async with reading() as session:
        document, _ = await snapshots.load_document(session, key)
    return document


async def load_line(key: DocumentKey, line_no: int) -> Line | None:
    """One line as it stands; None when it or its document does not exist (any more)."""
    async with reading() as session:
        return await snapshots.load_line(session, key, line_no)


async def load_with_setup(key: DocumentKey) -> tuple[Document | None, Setup]:
    """The document and the set-up that its amounts are calculated by."""
    async with reading() as session:
        return await snapshots.load_document(session, key)


# --- making ---------------------------------------------------------------------------------------------------------

_SERIES = {
    "order": "service_order_nos",
    "invoice": "service_invoice_nos",
    "credit_memo": "service_cr_memo_nos",
}
_LOG = RecordWriter(
    documents.ServiceDocumentLog, (), ("document_kind", "document_no", "event", "at", "user_name", "before", "after")
)


async def create_document(acting: Acting, document_type: str, values: Values) -> Saved:
    """Makes a document from typed values; its number comes from the series unless `no` is typed (D-2, D-7).

    A refusal gives back the numbers that were drawn on the way to it.
    """
    try:
        async with transaction() as session:
            saved = await create_within(session, acting, document_type, values)
            if saved.key is None:
                raise _NotMade(saved)
            return saved
    except _NotMade as refused:
        return refused.saved


class _NotMade(Exception):
    """Ends the transaction of a document that was refused."""

    def __init__(self, saved: Saved) -> None:
        super().__init__("the document is not made")
        self.saved = saved


async def create_within(session: Session, acting: Acting, document_type: str, values: Values) -> Saved:
    """As `create_document`, in a transaction that is open already; with findings the caller gives it up."""
    setup = await load_setup(session)
    typed = str(values.get("no") or "")
    used = await _number_used(session, document_type, typed) if typed else []
    document = Document(new_header(setup, document_type, "", acting.work_date), (), ())
    fields = {name: value for name, value in values.items() if name != "no"}
    typed_in = await changed_header(session, document, setup, fields, "yes")
    missing = [] if fields.get("customer_no") else [finding("field_required", field="customer_no")]
    if used or missing or typed_in.findings:
        return Saved(findings=(*used, *missing, *typed_in.findings))
    series = getattr(setup.service, _SERIES[document_type])
    kind = KINDS[document_type]
    label = f"Service {kind.lower()}"
    no, found = await new_document_number(session, setup, series, typed, acting.work_date, kind=label)
    while not typed and not found and await _number_used(session, document_type, no):  # somebody typed it before
        no, found = await new_document_number(session, setup, series, typed, acting.work_date, kind=label)
    if found:
        return Saved(findings=tuple(found))
    header = changed(typed_in.draft.header, no=no, no_series=series)
    if not fields.get("posting_description"):
        header = changed(header, posting_description=f"{kind} {no}")
    row = HEADER.row(header, [acting.user, datetime.now(UTC)])
    log = _log_row(acting, header.key, f"{kind} created")
    await session.execute_all([(HEADER.sql, [row]), (_LOG.sql, [log])])
    notices = await credit_notices(session, setup, header.bill_to_customer_no, acting.work_date)
    return Saved(header.key, notices=(*typed_in.notices, *notices))


def _log_row(acting: Acting, key: DocumentKey, event: str, before: str = "", after: str = "") -> list[Any]:
    row = [key.document_type, key.no, event, datetime.now(UTC), acting.user, before[:250], after[:250]]
    return _LOG.row(None, row)


def log_row_batch(acting: Acting, key: DocumentKey, event: str, after: str = "", before: str = "") -> Batch:
    """An event of a document, ready to be written with what it is about (D-99)."""
    return _LOG.sql, [_log_row(acting, key, event, before, after)]


# Where a number of a kind of document may stand besides the open documents: table and column.
_USED_IN = {
    "order": (("service_shipment_header", "order_no"), ("order_archive", "no")),
    "invoice": (("service_invoice_header", "pre_assigned_no"),),
    "credit_memo": (("service_cr_memo_header", "pre_assigned_no"),),
}


async def _number_used(session: Session, document_type: str, no: str) -> list[Finding]:
    """D-2, P-173: a number of an open, closed or posted document is never used again."""
    parts = ["SELECT 1 FROM service_header WHERE document_type = ? AND no = ?"]
    parts += [f"SELECT 1 FROM {table} WHERE {column} = ?" for table, column in _USED_IN[document_type]]
    rows = await session.fetch(f"{' UNION ALL '.join(parts)} LIMIT 1", document_type, *[no] * len(parts))
    return [finding("number_used", field="no", no=no)] if rows else []


# --- changing -------------------------------------------------------------------------------------------------------

Change = tuple[Document, Saved]
Work = Callable[[Session, Document, Setup], Awaitable[Change]]


async def change_document(acting: Acting, key: DocumentKey, row_version: int | None, work: Work) -> Saved:
    """Locks the document, does the work on it and writes what differs; nothing is written when findings refuse it."""
    async with transaction() as session:
        document, setup = await snapshots.load_document(session, key, lock=True)
        if document is None:
            return Saved(key, findings=(gone(key),))
        if row_version is not None and row_version != document.header.row_version:
            kind = KINDS[key.document_type]
            return Saved(key, findings=(finding("document_changed", document=key.no, kind=kind, no=key.no),))
        after, saved = await work(session, document, setup)
        saved = changed(saved, key=key, findings=tuple(_placed(f, key) for f in saved.findings))
        if saved.findings:
            return saved
        try:
            batches = document_batches(key, document, after, acting.user)
        except DoesNotFit:
            return changed(saved, findings=(finding("amount_too_large", document=key.no, line=saved.line_no),))
        if batches:
            await session.execute_all([*batches, *event_batches(acting, key, document, after)])
        return saved


def document_batches(key: DocumentKey, before: Document, after: Document, user: str) -> list[Batch]:
    """What makes the document in the database the one `after`; nothing when they are the same."""
    header = with_last_line_no(after.header, after.lines)
    batches = line_batches(key, before.lines, after.lines)
    batches += item_line_batches(key, before.item_lines, after.item_lines)
    if before.header.applies_to_id != header.applies_to_id:
        batches.append(unmarking_batch(before.header.applies_to_id))
    return [*batches, header_batch(before.header, header, user)] if batches or header != before.header else []


def _placed(found: Finding, key: DocumentKey) -> Finding:
    return found if found.document else changed(found, document=key.no)


def gone(key: DocumentKey) -> Finding:
    """That the document is not there (any more)."""
    return finding("document_gone", document=key.no, kind=KINDS.get(key.document_type, "Document"), no=key.no)


async def unknown_references(session: Session, table: type[Table], values: Values) -> list[Finding]:
    """reference_unknown for every code that names nothing."""
    columns = codec(table).columns
    asked = [
        (name, column, value)
        for name, value in values.items()
        if value and isinstance(column := columns.get(name), Ref)
    ]
    if not asked:
        return []
    rows = await session.fetch_all([(_exists_sql(column.references), (value,)) for _, column, value in asked])
    return [
        finding("reference_unknown", table=column.references, field=name, name=value)
        for (name, column, value), found in zip(asked, rows, strict=True)
        if not found
    ]


_KEYS = {"app_user": "user_name"} | dict.fromkeys(
    ("customer", "gl_account", "item", "resource", "service_item", "bank_account", "service_shipment_header"), "no"
)


def _exists_sql(table: str) -> str:
    return f"SELECT 1 FROM {table} WHERE {_KEYS.get(table, 'code')} = ?"


# --- header ---------------------------------------------------------------------------------------------------------


async def change_header(
    acting: Acting, key: DocumentKey, changes: Values, row_version: int | None = None, answer: str = ""
) -> Saved:
    """Types values into the header. `answer`: "yes" rebuilds or deletes lines where the change asks, "keep" keeps
    unit prices when the VAT switch changes (D-20 … D-22), and the exchange rate when the posting date does (D-12)."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        changed = await changed_header(session, document, setup, changes, answer)
        draft = changed.draft
        after = Document(draft.header, draft.item_lines, draft.lines)
        notices = list(changed.notices)
        if draft.header.bill_to_customer_no != document.header.bill_to_customer_no:
            notices += await credit_notices(session, setup, draft.header.bill_to_customer_no, acting.work_date)
        return after, Saved(findings=changed.findings, notices=tuple(notices))

    return await change_document(acting, key, row_version, work)


async def changed_header(session: Session, document: Document, setup: Setup, changes: Values, answer: str) -> Changed:
    """The document after several header fields changed, in the order in which they depend on each other."""
    unknown = [finding("field_unknown", field=name, name=name) for name in changes if name not in HEADER_FIELDS]
    unknown += await unknown_references(session, documents.ServiceHeader, changes)
    draft = await _draft(session, document, setup, changes)
    findings: list[Finding] = [*unknown]
    notices: list[Finding] = []
    if not unknown:
        for name in sorted(changes, key=header_order):
            changed = change_header_field(draft, name, changes[name], answer=answer)
            draft = changed.draft
            findings += changed.findings
            notices += changed.notices
    return Changed(draft, tuple(findings), tuple(notices))


# An order fits its contract when one of these changes (D-15).
_OF_CONTRACT = frozenset({"contract_no", "order_date", "ship_to_code"})


async def _draft(session: Session, document: Document, setup: Setup, changes: Values) -> Draft:
    """The draft with everything that a header change may look up."""
    header = document.header
    customer_no = str(changes.get("customer_no") or header.customer_no)
    named = [(line.type, line.no) for line in document.lines if line.no]
    served = [line.service_item_no for line in document.item_lines]
    payer = str(changes.get("bill_to_customer_no") or header.bill_to_customer_no)  # whose prices the lines get
    catalog = await load_catalog(session, named, served, payer)
    people = await load_people(session, [customer_no, payer])
    ship_to = await load_ship_to(session, customer_no, str(changes.get("ship_to_code") or ""))
    now, contract = datetime.now(UTC), None
    if header.document_type == "order" and not changes.keys().isdisjoint(_OF_CONTRACT):
        contract = await load_order_contract(session, str(changes.get("contract_no", header.contract_no) or ""))
    lines = document.lines
    return Draft(setup, header, document.item_lines, lines, catalog, people, ship_to, now, contract=contract)


# --- service item lines ---------------------------------------------------------------------------------------------


async def add_item_line(acting: Acting, key: DocumentKey, values: Values, row_version: int | None = None) -> Saved:
    """A new service item line; `line_no` may be given, else it comes after the last."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        line_no = int(values.get("line_no") or _next(line.line_no for line in document.item_lines))
        return await _item_line_work(session, document, setup, line_no, values, new=True)

    return await change_document(acting, key, row_version, work)


async def change_item_line(
    acting: Acting, key: DocumentKey, line_no: int, changes: Values, row_version: int | None = None
) -> Saved:
    """Types values into a service item line."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        return await _item_line_work(session, document, setup, line_no, changes, new=False)

    return await change_document(acting, key, row_version, work)


def _next(line_nos: Any) -> int:
    return int(max(line_nos, default=0)) // 10000 * 10000 + 10000


async def _item_line_work(
    session: Session, document: Document, setup: Setup, line_no: int, values: Values, *, new: bool
) -> Change:
    fields = {name: value for name, value in values.items() if name != "line_no"}
    named = str(fields.get("service_item_no") or "")
    catalog = await load_catalog(session, (), [named], document.header.bill_to_customer_no)
    draft = Draft(setup, document.header, document.item_lines, document.lines, catalog)
    line = document.item_line(line_no)
    if new:
        line = new_item_line(draft, line_no)
    if line is None:
        return document, Saved(findings=(finding("line_gone", gone=line_no),))
    findings = await unknown_references(session, documents.ServiceItemLine, fields)
    for name in sorted(fields, key=lambda name: name != "service_item_no"):
        line, found = change_item_line_field(draft, line, name, fields[name])
        findings += found
    others = tuple(other for other in document.item_lines if other.line_no != line_no)
    after = changed(document, item_lines=tuple(sorted((*others, line), key=lambda one: one.line_no)))
    if "repair_status_code" in fields:
        status = status_from_item_lines(setup, document.header, after.item_lines)
        after = changed(after, header=changed(document.header, status=status))
    return after, Saved(line_no=line_no, findings=tuple(findings))


async def delete_item_line(acting: Acting, key: DocumentKey, line_no: int, row_version: int | None = None) -> Saved:
    """Deletes a service item line that no service line belongs to."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        findings = []
        if document.item_line(line_no) is None:
            findings.append(finding("line_gone", gone=line_no))
        if document.header.release_status != "open":
            findings.append(finding("item_line_released"))
        if any(line.service_item_line_no == line_no for line in document.lines):
            findings.append(finding("item_line_in_use", item_line=line_no))
        left = tuple(line for line in document.item_lines if line.line_no != line_no)
        return changed(document, item_lines=left), Saved(line_no=line_no, findings=tuple(findings))

    return await change_document(acting, key, row_version, work)


# --- lines ----------------------------------------------------------------------------------------------------------


async def add_line(acting: Acting, key: DocumentKey, values: Values, row_version: int | None = None) -> Saved:
    """A new service line; `line_no` may be given, else it comes after the last."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        line_no = int(values.get("line_no") or next_line_no(document.header, document.lines))
        return await line_work(session, document, setup, line_no, values, new=True)

    return await change_document(acting, key, row_version, work)


async def change_line(
    acting: Acting, key: DocumentKey, line_no: int, changes: Values, row_version: int | None = None
) -> Saved:
    """Types values into a service line."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        return await line_work(session, document, setup, line_no, changes, new=False)

    return await change_document(acting, key, row_version, work)


async def change_lines(
    acting: Acting, key: DocumentKey, changes: Mapping[int, Values], row_version: int | None = None
) -> Saved:
    """Types values into several lines at once, all or none."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        findings: list[Finding] = []
        notices: list[Finding] = []
        for line_no, values in changes.items():
            document, saved = await line_work(session, document, setup, line_no, values, new=False)
            findings += saved.findings
            notices += saved.notices
        return document, Saved(findings=tuple(findings), notices=tuple(notices))

    return await change_document(acting, key, row_version, work)


async def line_work(
    session: Session, document: Document, setup: Setup, line_no: int, values: Values, *, new: bool
) -> Change:
    fields = {name: value for name, value in values.items() if name != "line_no"}
    unknown = [
        finding("field_unknown", field=name, name=name, line=line_no) for name in fields if name not in LINE_FIELDS
    ]
    line = new_line(document.header, line_no) if new else document.line(line_no)
    if line is None:
        return document, Saved(line_no=line_no, findings=(finding("line_gone", gone=line_no, line=line_no),))
    kind, no = str(fields.get("type", line.type)), str(fields.get("no", line.no))
    served = [one.service_item_no for one in document.item_lines]
    catalog = await load_catalog(
        session, [(kind, no), (line.type, line.no)], served, document.header.bill_to_customer_no
    )
    left = await left_to_take(session, line, document.lines) if "quantity" in fields else {}
    draft = Draft(setup, document.header, document.item_lines, document.lines, catalog, left_to_take=left)
    references = await unknown_references(session, documents.ServiceLine, fields)
    findings = [*unknown, *(changed(f, line=line_no) for f in references)]
    notices: list[Finding] = []
    for name in sorted(fields, key=line_order) if not findings else ():
        line, found = change_line_field(draft, line, name, fields[name])
        findings += [f for f in found if f.is_error]
        notices += [f for f in found if not f.is_error]
        if findings and name in ("type", "no"):  # the other fields depend on these two
            break
    others = tuple(other for other in document.lines if other.line_no != line_no)
    lines = tuple(sorted((*others, line), key=lambda one: one.line_no))
    if "no" in fields and not findings:
        texts = chosen_texts(document.header, await texts_of(session, line), automatic=True)
        lines = with_texts(document.header, lines, line, texts)
    return changed(document, lines=lines), Saved(line_no=line_no, findings=tuple(findings), notices=tuple(notices))


async def insert_texts(acting: Acting, key: DocumentKey, line_no: int) -> Saved:
    """Puts the extended texts of its record beneath a line (D-30)."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        line = document.line(line_no)
        if line is None:
            return document, Saved(line_no=line_no, findings=(finding("line_gone", gone=line_no),))
        texts = chosen_texts(document.header, await texts_of(session, line), automatic=False)
        if not texts:
            return document, Saved(line_no=line_no, findings=(finding("extended_text_missing", line=line_no),))
        lines = with_texts(document.header, document.lines, line, texts)
        return changed(document, lines=lines), Saved(line_no=line_no)

    return await change_document(acting, key, None, work)


async def delete_line(acting: Acting, key: DocumentKey, line_no: int, row_version: int | None = None) -> Saved:
    """Deletes a service line and the texts attached to it (P-57)."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        line = document.line(line_no)
        findings = may_delete_line(line) if line else [finding("line_gone", gone=line_no, line=line_no)]
        after = changed(document, lines=without_line(document.lines, line_no))
        return after, Saved(line_no=line_no, findings=tuple(findings))

    return await change_document(acting, key, row_version, work)


# --- discount, deleting, closing ------------------------------------------------------------------------------------


async def calculate_invoice_discount(acting: Acting, key: DocumentKey, row_version: int | None = None) -> Saved:
    """Calculates the invoice discount and the service charge now (P-135, D-34)."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        findings = charge_findings(setup, document.header, document.lines)
        lines = with_invoice_discount(setup, document.header, document.lines)
        return changed(document, lines=tuple(lines)), Saved(findings=tuple(findings))

    return await change_document(acting, key, row_version, work)


async def set_invoice_discount(
    acting: Acting, key: DocumentKey, amount: Decimal, row_version: int | None = None
) -> Saved:
    """Spreads a typed total invoice discount (D-35)."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        lines, findings = with_typed_discount(setup, document.header, document.lines, amount)
        return changed(document, lines=tuple(lines)), Saved(findings=tuple(findings))

    return await change_document(acting, key, row_version, work)


async def release(acting: Acting, key: DocumentKey, row_version: int | None = None) -> Saved:
    """Releases an order (P-171, D-36)."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        named = [(line.type, line.no) for line in document.lines if line.no]
        served = [line.service_item_no for line in document.lines]
        catalog = await load_catalog(session, named, served, document.header.bill_to_customer_no)
        header, lines, findings = released(setup, document.header, document.lines, catalog)
        return changed(document, header=header, lines=tuple(lines)), Saved(findings=tuple(findings))

    return await change_document(acting, key, row_version, work)


async def reopen(acting: Acting, key: DocumentKey, row_version: int | None = None) -> Saved:
    """Opens a released order for changes again (P-171)."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        return changed(document, header=reopened(document.header)), Saved()

    return await change_document(acting, key, row_version, work)


async def delete_document(
    acting: Acting, key: DocumentKey, row_version: int | None = None, confirmed: frozenset[str] = frozenset()
) -> Saved:
    """Deletes an open document with its lines and comments (D-5, P-177). The invoice of a contract takes back what it
    did to the contract, when that is confirmed (C-112); lines that a credit memo takes back can be credited again."""
    async with transaction() as session:
        document, _ = await snapshots.load_document(session, key, lock=True)
        if document is None:
            return Saved(key, findings=(gone(key),))
        findings = may_delete_document(document.header, document.lines)
        if row_version is not None and row_version != document.header.row_version:
            kind = KINDS[key.document_type]
            findings = [finding("document_changed", document=key.no, kind=kind, no=key.no)]
        if findings:
            return Saved(key, findings=tuple(findings))
        if key.document_type == "invoice" and (registered := await load_registered(session, key)):
            found, left = await delete_contract_invoice(session, acting, key, registered, confirmed)
            return Saved(key, findings=tuple(found), notices=tuple(left))
        uncrediting, found = await uncredited(session, acting, document.header, document.lines, confirmed)
        if found:
            return Saved(key, findings=tuple(found))
        log = _log_row(acting, key, f"{KINDS[key.document_type]} deleted")
        unmarking = [batch for batch in [unmarking_batch(document.header.applies_to_id)] if batch[1]]
        removal = [*uncrediting, *removal_batches(key), made_from_removal(key.no), *unmarking, (_LOG.sql, [log])]
        await session.execute_all(removal)
        return Saved(key)


async def close_order(acting: Acting, key: DocumentKey, row_version: int | None = None) -> Saved:
    """Closes by hand an order that only a service item line without lines holds open (P-174, P-188)."""
    async with transaction() as session:
        document, _ = await snapshots.load_document(session, key, lock=True)
        if document is None:
            return Saved(key, findings=(gone(key),))
        if row_version is not None and row_version != document.header.row_version:
            return Saved(key, findings=(finding("document_changed", document=key.no, kind="Order", no=key.no),))
        findings = may_close(document.header, document.lines)
        if findings:
            return Saved(key, findings=tuple(findings))
        version = await session.fetch("SELECT MAX(version) FROM order_archive WHERE no = ?", key.no)
        at = datetime.now(UTC)
        batches = archive_batches(
            document.header,
            document.item_lines,
            document.lines,
            int(version[0][0] or 0) + 1,
            acting.user,
            at,
        )
        close_warranty = (
            "UPDATE warranty_ledger_entry SET open = ? WHERE service_order_no = ? AND open",
            [(False, key.no)],
        )
        await session.execute_all([*batches, close_warranty, (_LOG.sql, [_log_row(acting, key, "Order closed")])])
        return Saved(key, notices=(finding("order_closed", document=key.no, no=key.no),))

"""The one transaction that posts: lock, load, plan again, number, write (P-7, P-8, O-27)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from db import documents, ledgers
from db.engine import Duplicate, fetch, reading, transaction
from db.session import Batch, Session
from webapp.posting.application import EntryUpdate
from webapp.posting.findings import Finding, finding
from webapp.posting.headers import KINDS, asked_rate, with_posting_date
from webapp.posting.lines import with_last_line_no
from webapp.posting.plan import PostingPlan, plan_posting, request_with_work
from webapp.posting.records import changed
from webapp.posting.snapshot import NO_DATES, DocumentKey, PostingRequest, Snapshot
from webapp.store.acting import Acting
from webapp.store.archive import LAST_VERSIONS, archive_batches
from webapp.store.attachments import carrying_batches
from webapp.store.certificates import certificate_batch
from webapp.store.contract_postings import billed_batches, credited_batches, served_batches
from webapp.store.document_rows import header_batch, line_batches, removal_batches, unmarking_batch
from webapp.store.entry_numbers import entry_numbers, entry_numbers_query
from webapp.store.invoiced_orders import invoiced_order_batches, made_from_removal, register_batch
from webapp.store.ledger_rows import (
    WRITERS,
    Numbers,
    entry_counts,
    invoice_line_batch,
    ledger_batches,
    shipment_line_batch,
    vat_line_batch,
)
from webapp.store.numbers import next_numbers
from webapp.store.outbox import outbox_batch
from webapp.store.plans import outline_of, plan_of
from webapp.store.posted_headers import invoice_header_batch, shipment_batches
from webapp.store.rows import DoesNotFit, RecordWriter, scaled_from
from webapp.store.seals import seal_documents
from webapp.store.shipped_orders import lock_orders
from webapp.store.snapshots import load_snapshot, marks

_RUN = RecordWriter(
    ledgers.PostingRun,
    (),
    (
        "no",
        "user_name",
        "at",
        "source_type",
        "source_no",
        "option",
        "selected_lines",
        "shipment_no",
        "invoice_no",
        "credit_memo_no",
    ),
)
_LOG = RecordWriter(
    documents.ServiceDocumentLog, (), ("document_kind", "document_no", "event", "at", "user_name", "after")
)
_FORM = RecordWriter(documents.PostingForm, (), ("token", "content_hash", "result", "user_name", "at"))


@dataclass(frozen=True, slots=True)
class PostedDocument:
    """A document that a posting made: "shipment", "invoice" or "credit_memo", and its number."""

    kind: str
    no: str


@dataclass(frozen=True, slots=True)
class PostingResult:
    """What came of a posting. With an error among `findings` nothing was written; `repeated` says that the same form
    had been posted before and this is what came of it then (O-42)."""

    findings: tuple[Finding, ...] = ()
    notices: tuple[Finding, ...] = ()
    posted: tuple[PostedDocument, ...] = ()
    closed: bool = False
    repeated: bool = False

    @property
    def ok(self) -> bool:
        return not any(f.is_error for f in self.findings)


# What the caller writes in the same transaction, when the posting has come to its end.
TAKES: Final = "take"
KEEPS: Final = "keep"
Also = Callable[[PostingPlan, PostingResult], Sequence[Batch]]


# --- looking, without writing ---------------------------------------------------------------------------------------


async def plan_document(
    acting: Acting,
    key: DocumentKey,
    request: PostingRequest,
    posting_date: date | None = None,
    proposed: bool = False,
) -> PostingPlan | None:
    """What posting would find and write now; reads only (O-28). None when the document does not exist. A request that
    is only `proposed` gives way to one that has something to do."""
    async with reading() as session:
        snapshot = await load_snapshot(session, key, acting.user, acting.work_date)
    if snapshot is None:
        return None
    return plan_of(_dated(snapshot, posting_date), request_with_work(snapshot, request) if proposed else request)


@dataclass(frozen=True, slots=True)
class Offer:
    """A document as it is stored, and the plans of several options for it, on the posting date that was typed."""

    stored: Snapshot
    plans: Mapping[str, PostingPlan]


async def plan_options(
    acting: Acting,
    key: DocumentKey,
    requests: dict[str, PostingRequest],
    posting_date: date | None = None,
    rate: str = TAKES,
) -> Offer | None:
    """What the posting dialog shows (D-39), from one look at the document; None when it does not exist. Of several
    options the outlines: no page shows the entries of all."""
    async with reading() as session:
        snapshot = await load_snapshot(session, key, acting.user, acting.work_date)
    if snapshot is None:
        return None
    dated = _dated(snapshot, posting_date, rate)
    planned = outline_of if len(requests) > 1 else plan_of
    return Offer(snapshot, {name: planned(dated, request) for name, request in requests.items()})


def _dated(snapshot: Snapshot, day: date | None, rate: str = TAKES) -> Snapshot:
    """The snapshot with the posting date that was typed into the posting dialog, and the exchange rate that goes with
    it (P-144)."""
    if day is None or day == snapshot.header.posting_date:
        return snapshot
    before, keep = snapshot.header, rate != TAKES
    header, lines, _ = with_posting_date(snapshot.setup, before, snapshot.lines, day, keep_rate=keep)
    return changed(snapshot, header=header, lines=tuple(lines))


# --- posting --------------------------------------------------------------------------------------------------------


async def post_document(
    acting: Acting,
    key: DocumentKey,
    request: PostingRequest,
    row_version: int | None = None,
    token: str = "",
    posting_date: date | None = None,
    rate: str = TAKES,
) -> PostingResult:
    """Posts a document or the chosen lines of it, wholly or not at all (P-8).

    `rate` says whether another exchange rate of the posting date is taken or the document keeps its own; while a person
    has not said so (blank), such a date is refused with rate_not_confirmed (D-12, P-144).

    `row_version` is that of the page the request comes from, None to post whatever stands there. The same `token` with
    the same content answers with the first result (O-42).
    """
    content = _content_hash(key, request, posting_date, rate)
    try:
        async with transaction() as session:
            return await _post(session, acting, key, request, row_version, token, content, posting_date, rate=rate)
    except DoesNotFit:
        return PostingResult((finding("amount_too_large", document=key.no),))
    except Duplicate as taken:
        if "posted_form" in str(taken) or "posting_form" in str(taken):
            return await first_result(token, content)
        return PostingResult((finding("document_no_exists", kind="Document", no=str(taken)[:80], document=key.no),))


async def post_within(
    session: Session,
    acting: Acting,
    key: DocumentKey,
    request: PostingRequest,
    row_version: int,
    also: Also,
    token: str = "",
    content: str = "",
) -> PostingResult:
    """Posts a document in a transaction that is open already, and writes `also` with it or neither.

    For a batch, whose record of the document must never say anything but what is in the ledgers (D-89, D-91), and for
    what is done in one with a posting. When something is found, nothing is written, `also` neither, and the transaction
    can go on. Raises DoesNotFit and Duplicate as the database does; then the transaction is lost.
    """
    return await _post(session, acting, key, request, row_version, token, content, None, also)


async def _post(
    session: Session,
    acting: Acting,
    key: DocumentKey,
    request: PostingRequest,
    row_version: int | None,
    token: str,
    content: str,
    posting_date: date | None,
    also: Also | None = None,
    rate: str = TAKES,
) -> PostingResult:
    locked = await lock_orders(session, key)
    snapshot = await load_snapshot(session, key, acting.user, acting.work_date, lock=True)
    if token:
        before = await repeated_result(session, token, content)
        if before is not None:
            return before
    if snapshot is None:
        kind = KINDS.get(key.document_type, "Document")
        return PostingResult((finding("document_gone", document=key.no, kind=kind, no=key.no),))
    taken_meanwhile = locked is not None and not snapshot.orders.keys() <= locked
    if taken_meanwhile or (row_version is not None and row_version != snapshot.header.row_version):
        kind = KINDS[key.document_type]
        return PostingResult((finding("document_changed", document=key.no, kind=kind, no=key.no),))
    header = snapshot.header
    if not rate and asked_rate(snapshot.setup, header, posting_date):
        at: dict[str, Any] = {"document": header.no, "field": "posting_date"}
        asks = finding("rate_not_confirmed", date=posting_date, currency=header.currency_code, **at)
        return PostingResult((asks,))
    plan = plan_posting(_dated(snapshot, posting_date, rate), request)
    if not plan.may_post:
        return PostingResult(plan.findings, plan.notices)
    return await _write(session, acting, snapshot, plan, token, content, also)


async def _write(
    session: Session,
    acting: Acting,
    before: Snapshot,
    plan: PostingPlan,
    token: str,
    content: str,
    also: Also | None,
) -> PostingResult:
    """Numbers and writes the plan: entry numbers first, document numbers last and briefly, then all rows."""
    at = datetime.now(UTC)
    counts = {"posting_run": 1, **entry_counts(plan.ledgers)}
    closing = [plan.header.no, *(one.order.header.no for one in plan.orders_after if one.closes)]
    entry_rows, version_rows = await session.fetch_all(
        [entry_numbers_query(session, counts), (LAST_VERSIONS.format(marks=marks(closing)), closing)]
    )
    entries = entry_numbers(session, counts, entry_rows)
    versions = {str(no): int(version) for no, version in version_rows}
    assert plan.header.posting_date is not None
    drawn, drawing, findings = await next_numbers(session, plan.case.setup, _series(plan), plan.header.posting_date)
    if findings:
        return PostingResult((*plan.findings, *findings))
    by_ledger = {name: entries.get(writer.writer.codec.name, []) for name, writer in WRITERS.items()}
    numbers = Numbers(entries["posting_run"][0], drawn, by_ledger)
    result = PostingResult(
        plan.findings,
        plan.notices,
        tuple(PostedDocument(role, no) for role, no in drawn.items()),
        plan.closes_order,
    )
    batches = [
        drawing,
        _run_batch(plan, numbers, acting.user, at),
        *_document_batches(before, plan, numbers, acting.user),
        *ledger_batches(plan.ledgers, plan.header, numbers, acting.user),
        *_earlier_batches(plan),
        *application_batches(plan, entries["customer_ledger_entry"][0] if plan.entries_applied else 0),
        certificate_batch(plan, drawn.get("shipment", "")),
        *_comment_batches(plan, drawn),
        *carrying_batches(plan.header.key, drawn),  # before the document goes
        *_order_batches(before, plan, drawn, versions.get(plan.header.no, 0) + 1, acting.user, at),
        *invoiced_order_batches(plan, drawn.get("invoice", ""), versions, acting.user, at),
        *_trace_batches(plan, drawn, acting.user, at),
        *billed_batches(plan, drawn.get("invoice", ""), acting.user, at),
        *credited_batches(plan, drawn.get("credit_memo", ""), acting.user, at),
        *served_batches(plan),
        outbox_batch(before.bill_to, drawn, acting.user, at),  # D-102: leaves after the commit
    ]
    if token:
        row = [token, content, _packed(result), acting.user, at]
        batches.append((_FORM.sql, [_FORM.row(None, row)]))
    if also is not None:
        batches += also(plan, result)
    await session.execute_all([batch for batch in batches if batch[1]])
    await seal_documents(session, drawn, _series(plan))
    return result


def _series(plan: PostingPlan) -> dict[str, str]:
    return {role: number.line.series_code for role, number in plan.numbers.items() if number.line is not None}


def _run_batch(plan: PostingPlan, numbers: Numbers, user: str, at: datetime) -> Batch:
    header = plan.header
    lines = plan.request.lines
    row: list[Any] = [
        numbers.run,
        user,
        at,
        header.document_type,
        header.no,
        plan.parts.option,
        json.dumps(sorted(lines)) if lines is not None else "",
        numbers.documents.get("shipment", ""),
        numbers.documents.get("invoice", ""),
        numbers.documents.get("credit_memo", ""),
    ]
    return _RUN.sql, [_RUN.row(None, row)]


def _document_batches(before: Snapshot, plan: PostingPlan, numbers: Numbers, user: str) -> list[Batch]:
    """The posted documents. They are copied from the open header, so a new posting date reaches that first."""
    batches: list[Batch] = []
    if plan.header != before.header:
        batches.append(header_batch(before.header, with_last_line_no(plan.header, plan.lines_after), user))
    if plan.case.makes_shipment:
        batches += shipment_batches(plan, numbers, user)
    if plan.parts.invoice:
        batches.append(invoice_header_batch(plan, numbers, user))
    if plan.case.makes_shipment:
        batches.append(shipment_line_batch(plan, numbers))
    if plan.parts.invoice:
        batches += [invoice_line_batch(plan, numbers), vat_line_batch(plan, numbers)]
    return batches


def _earlier_batches(plan: PostingPlan) -> list[Batch]:
    """What changes on rows of earlier postings: the columns that O-44 names, and no other."""

    def scaled(value: Any) -> int:
        return scaled_from(value, 5)

    takes = [
        (
            scaled(take.quantity),
            scaled(take.quantity_base),
            scaled(take.quantity),
            scaled(take.quantity_base),
            take.shipment_line.document_no,
            take.shipment_line.line_no,
        )
        for take in plan.takes
    ]
    inbound = [(scaled(left), left != 0, no) for no, left in plan.inbound_left.items()]
    invoiced = [(scaled(u.invoiced), u.completely_invoiced, u.entry_no) for u in plan.item_entries_invoiced]
    closed = [(False, no) for no in sorted(plan.warranty_closed)]
    serviced = [(day, no) for no, day in plan.service_items_serviced.items()]
    return [
        (
            "UPDATE service_shipment_line SET quantity_invoiced = quantity_invoiced + ?,"
            " quantity_invoiced_base = quantity_invoiced_base + ?,"
            " qty_shipped_not_invoiced = qty_shipped_not_invoiced - ?,"
            " qty_shipped_not_invoiced_base = qty_shipped_not_invoiced_base - ? WHERE document_no = ? AND line_no = ?",
            takes,
        ),
        ("UPDATE item_ledger_entry SET remaining_quantity = ?, open = ? WHERE entry_no = ?", inbound),
        (
            "UPDATE item_ledger_entry SET invoiced_quantity = invoiced_quantity - ?, completely_invoiced = ?"
            " WHERE entry_no = ?",
            invoiced,
        ),
        returned_batch(plan),
        ("UPDATE warranty_ledger_entry SET open = ? WHERE entry_no = ?", closed),
        ("UPDATE service_item SET last_service_date = ? WHERE no = ?", serviced),
    ]


def returned_batch(plan: PostingPlan) -> Batch:
    """What came back of the item entries that goods had left with (P-113, O-44)."""
    sql = "UPDATE item_ledger_entry SET shipped_qty_not_returned = shipped_qty_not_returned + ? WHERE entry_no = ?"
    return sql, [(scaled_from(quantity, 5), no) for no, quantity in sorted(plan.returned.items())]


def application_batches(plan: PostingPlan, entry_no: int) -> list[Batch]:
    """What an application changes on the customer entries that were there (P-156, O-44); marks that were made for this
    document go with it. `entry_no` is the new entry."""
    return [entry_update_batch(plan.entries_applied, entry_no), unmarking_batch(plan.header.applies_to_id)]


def entry_update_batch(updates: Sequence[EntryUpdate], entry_no: int) -> Batch:
    """What an application leaves of customer entries that were there: closed by the entry with this number, or open."""
    sql = (
        "UPDATE customer_ledger_entry SET remaining_pmt_disc_possible = ?, open = ?, closed_by_entry_no = ?,"
        " closed_at_date = ? WHERE entry_no = ?"
    )
    return sql, [
        (
            scaled_from(one.remaining_pmt_disc_possible, 5),
            one.closed_at is None,
            None if one.closed_at is None else entry_no,
            one.closed_at,
            one.entry_no,
        )
        for one in updates
    ]


def _order_batches(
    before: Snapshot, plan: PostingPlan, drawn: dict[str, str], version: int, user: str, at: datetime
) -> list[Batch]:
    """The open document afterwards: an invoice is gone (P-175), an order closed and archived, or its lines as they now
    stand."""
    header = plan.header
    if not plan.case.is_order:
        return [*removal_batches(header.key), made_from_removal(header.no)]
    if plan.closes_order:
        status = "finished" if plan.request.lines is not None else header.status
        return archive_batches(
            changed(header, status=status), plan.case.snapshot.item_lines, plan.lines_after, version, user, at
        )
    batches = line_batches(header.key, before.lines, plan.lines_after)
    after = with_last_line_no(header, plan.lines_after)
    if plan.header == before.header:
        batches.append(header_batch(header, after, user))
    places = {"shipment": "last_shipping_no", "invoice": "last_posting_no"}
    sets = ", ".join(f"{places[role]} = ?" for role in drawn)
    batches.append(
        (
            f"UPDATE service_header SET {sets} WHERE document_type = ? AND no = ?",
            [(*drawn.values(), header.document_type, header.no)],
        )
    )
    return batches


def _trace_batches(plan: PostingPlan, drawn: dict[str, str], user: str, at: datetime) -> list[Batch]:
    """Log and register (P-36, P-108)."""
    header = plan.header
    events = {"shipment": "Shipment posted", "invoice": "Invoice posted", "credit_memo": "Credit memo posted"}
    log = [_LOG.row(None, [header.document_type, header.no, events[role], at, user, no]) for role, no in drawn.items()]
    if plan.closes_order:
        log.append(_LOG.row(None, [header.document_type, header.no, "Order closed", at, user, ""]))
    batches: list[Batch] = [(_LOG.sql, log)]
    if "invoice" in drawn and plan.case.is_order:
        batches.append(register_batch([header.no], drawn["invoice"]))
    return batches


def _comment_batches(plan: PostingPlan, drawn: dict[str, str]) -> list[Batch]:
    """The comments that go along, all but internal ones (P-108, D-32)."""
    header, service = plan.header, plan.case.setup.service
    copies = {"shipment": service.copy_comments_to_shipment, "invoice": service.copy_comments_to_invoice}
    if not plan.case.is_order:
        copies = {"shipment": False, "invoice": True, "credit_memo": True}
    kinds = {role: "shipment" if role == "shipment" else f"posted_{role}" for role in drawn if copies[role]}
    rows = [(kind, drawn[role], header.document_type, header.no) for role, kind in kinds.items()]
    return [(_COPY_COMMENTS, rows)]


_COPY_COMMENTS = """
INSERT INTO service_comment (document_kind, document_no, line_no, type, date, text, print_on_document, user_name)
SELECT CAST(? AS VARCHAR), CAST(? AS VARCHAR), line_no, type, date, text, print_on_document, user_name
FROM service_comment WHERE document_kind = ? AND document_no = ? AND type <> 'internal'"""


# --- once only (O-42) -----------------------------------------------------------------------------------------------


def _content_hash(key: DocumentKey, request: PostingRequest, posting_date: date | None, rate: str) -> str:
    lines = sorted(request.lines) if request.lines is not None else None
    content = [key.document_type, key.no, request.ship, request.consume, request.invoice, lines, str(posting_date)]
    if request.dates != NO_DATES or request.calculate_invoice_discount:
        content += [str(request.dates), request.calculate_invoice_discount]
    if rate == KEEPS:
        content.append(KEEPS)
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _packed(result: PostingResult) -> str:
    return json.dumps(asdict(result))


def _unpacked(text: str) -> PostingResult:
    found = json.loads(text)

    def findings(name: str) -> tuple[Finding, ...]:
        return tuple(Finding(**{**row, "rules": tuple(row["rules"])}) for row in found[name])

    posted = tuple(PostedDocument(**row) for row in found["posted"])
    return PostingResult(findings("findings"), findings("notices"), posted, found["closed"], repeated=True)


async def repeated_result(session: Session, token: str, content: str) -> PostingResult | None:
    """What came of the form with this token; a finding when it was used for other content; None when it is new."""
    rows = await session.fetch("SELECT content_hash, result FROM posting_form WHERE token = ?", token)
    if not rows:
        return None
    if rows[0][0] != content:
        return PostingResult((finding("form_used_otherwise"),))
    return _unpacked(str(rows[0][1]))


async def result_of(token: str) -> PostingResult | None:
    """What came of the posting form with this token; None when it was never posted."""
    rows = await fetch("SELECT result FROM posting_form WHERE token = ?", token)
    text = str(rows[0][0]) if rows else ""
    return _unpacked(text) if "posted" in (json.loads(text) if text else {}) else None


async def first_result(token: str, content: str) -> PostingResult:
    """What came of the form with this token, which somebody else has just sent."""
    async with reading() as session:
        found = await repeated_result(session, token, content)
    assert found is not None
    return found

"""Cancelling and correcting posted invoices: a look at what will be written, and the one transaction (P-186, D-43)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from db import documents, ledgers
from db.engine import Duplicate, fetch, reading, transaction
from db.session import Batch, Session
from webapp.posting.cancel import CancelPlan, OrderAfter, plan_cancel
from webapp.posting.correction import correcting_draft, correction_findings
from webapp.posting.findings import Finding, finding
from webapp.posting.lines import with_last_line_no
from webapp.posting.records import changed
from webapp.posting.snapshot import Header, Line
from webapp.store.acting import Acting
from webapp.store.archive import reopening_batches
from webapp.store.cancel_snapshots import load_cancel_snapshot
from webapp.store.contract_cancelling import drafting, load_of_invoice, registering, restoring
from webapp.store.document_rows import HEADER, LINE, header_batch, line_batches
from webapp.store.entry_numbers import entry_numbers, entry_numbers_query
from webapp.store.ledger_rows import (
    WRITERS,
    Numbers,
    entry_counts,
    invoice_line_batch,
    ledger_batches,
    vat_line_batch,
)
from webapp.store.numbers import draw, next_numbers
from webapp.store.outbox import outbox_batch
from webapp.store.posted import Entries
from webapp.store.posted_headers import cancelling_header_batch
from webapp.store.posting import application_batches, returned_batch
from webapp.store.preview import planned_entries
from webapp.store.rows import RecordWriter, scaled_from
from webapp.store.seals import seal_documents

_RUN = RecordWriter(
    ledgers.PostingRun, (), ("no", "user_name", "at", "source_type", "source_no", "option", "credit_memo_no")
)
_LOG = RecordWriter(
    documents.ServiceDocumentLog, (), ("document_kind", "document_no", "event", "at", "user_name", "after")
)
_FORM = RecordWriter(documents.PostingForm, (), ("token", "content_hash", "result", "user_name", "at"))


@dataclass(frozen=True, slots=True)
class CancelResult:
    """What came of cancelling. With an error among `findings` nothing was written; `repeated` as for a posting (O-42).
    `draft_no` is the invoice draft that correcting opened, `reopened` the orders that were in the archive."""

    findings: tuple[Finding, ...] = ()
    invoice_no: str = ""
    credit_memo_no: str = ""
    draft_no: str = ""
    orders: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()
    run: int = 0
    repeated: bool = False

    @property
    def ok(self) -> bool:
        return not any(found.is_error for found in self.findings)


# --- looking, without writing ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cancelling:
    """What cancelling would do: the plan, and every row it would write by ledger."""

    plan: CancelPlan
    entries: Sequence[Entries]


async def look_at_cancel(acting: Acting, invoice_no: str, day: date) -> Cancelling | None:
    """What cancelling the invoice on this day would find and write now; reads only. None when there is no such one."""
    async with reading() as session:
        source = await load_cancel_snapshot(session, invoice_no, acting.user, acting.work_date, day)
    if source is None:
        return None
    plan = plan_cancel(source)
    return Cancelling(plan, planned_entries(plan.posting, acting.user) if plan.may_cancel else [])


# --- cancelling -----------------------------------------------------------------------------------------------------


async def cancel_invoice(
    acting: Acting, invoice_no: str, day: date, *, correct: bool = False, token: str = ""
) -> CancelResult | None:
    """Cancels a posted invoice, wholly or not at all; `correct` also opens a draft with its lines. None when there is
    no such invoice. The same `token` with the same content answers with the first result (O-42)."""
    content = hashlib.sha256(json.dumps(["cancel", invoice_no, day.isoformat(), correct]).encode()).hexdigest()
    try:
        async with transaction() as session:
            return await _cancel(session, acting, invoice_no, day, correct, token, content)
    except Duplicate:
        async with reading() as session:  # only the token of another form can have been there before
            return await _repeated(session, token, content)


async def _cancel(
    session: Session, acting: Acting, invoice_no: str, day: date, correct: bool, token: str, content: str
) -> CancelResult | None:
    source = await load_cancel_snapshot(session, invoice_no, acting.user, acting.work_date, day, lock=True)
    if source is None:
        return None
    before = await _repeated(session, token, content) if token else None
    if before is not None:
        return before
    plan = plan_cancel(source)
    if not plan.may_cancel:
        return CancelResult(plan.posting.findings, invoice_no)
    return await _write(session, acting, plan, correct, token, content)


async def _write(
    session: Session, acting: Acting, plan: CancelPlan, correct: bool, token: str, content: str
) -> CancelResult:
    at, posting, source = datetime.now(UTC), plan.posting, plan.source
    counts = {"posting_run": 1, **entry_counts(posting.ledgers)}
    of = await load_of_invoice(session, source.invoice_no)
    again = len(of.own) if correct else 0
    if again:  # the draft's own entries, behind those that take the invoice's back
        counts["posting_run"] += 1
        counts["service_ledger_entry"] += again
    sql, args = entry_numbers_query(session, counts)
    entries = entry_numbers(session, counts, await session.fetch(sql, *args))
    service = source.snapshot.setup.service
    day = posting.case.posting_date
    series = {"credit_memo": service.posted_cr_memo_nos}
    drawn, drawing, missing = await next_numbers(session, source.snapshot.setup, series, day)
    draft: list[Batch] = []
    draft_no = ""
    if correct and not missing:
        fresh = entries.get("service_ledger_entry", [])[-again:] if again else []
        new = dict(zip((entry.entry_no for entry in of.own), fresh, strict=True))
        draft_no, draft, missing = await _draft(session, acting, plan, at, new)
        if again and not missing:
            draft += drafting(of, new, entries["posting_run"][1], draft_no, day, acting.user)
    if missing:
        return CancelResult((*posting.findings, *missing), source.invoice_no)
    by_ledger = {name: entries.get(writer.writer.codec.name, []) for name, writer in WRITERS.items()}
    numbers = Numbers(entries["posting_run"][0], drawn, by_ledger)
    no = drawn["credit_memo"]
    told = correction_findings(plan) if correct else list(await of.left_unbilled(session))
    result = CancelResult(
        (*posting.findings, *told),
        source.invoice_no,
        no,
        draft_no,
        tuple(one.before.header.no for one in plan.orders),
        tuple(one.before.header.no for one in plan.orders if one.before.archived),
        numbers.run,
    )
    batches: list[Batch] = [
        drawing,
        *_cancelling(plan, numbers, entries["customer_ledger_entry"][0], acting.user, at),
        registering(of, no),
        *([] if correct else restoring(of, acting.user, at)),
        *draft,
        _log_batch(result, acting.user, at),
        outbox_batch(posting.case.snapshot.bill_to, drawn, acting.user, at),
    ]
    if token:
        row = [token, content, json.dumps(asdict(result), default=str), acting.user, at]
        batches.append((_FORM.sql, [_FORM.row(None, row)]))
    await session.execute_all([batch for batch in batches if batch[1]])
    await seal_documents(session, drawn, series)
    return result


def _cancelling(plan: CancelPlan, numbers: Numbers, entry_no: int, user: str, at: datetime) -> list[Batch]:
    """The posted credit memo with its entries, what it takes back of shipments and orders, and the mark on the
    invoice. `entry_no` is the customer entry of the credit memo."""
    posting, invoice_no, no = plan.posting, plan.source.invoice_no, numbers.documents["credit_memo"]
    run: list[Any] = [numbers.run, user, at, "credit_memo", "", "invoice", no]
    return [
        (_RUN.sql, [_RUN.row(None, run)]),
        cancelling_header_batch(posting, invoice_no, numbers, user),
        invoice_line_batch(posting, numbers),
        vat_line_batch(posting, numbers),
        *ledger_batches(posting.ledgers, posting.header, numbers, user),
        returned_batch(posting),
        *application_batches(posting, entry_no),
        *_behind(plan),
        *(batch for order in plan.orders for batch in _order_batches(order, user, at)),
        ("UPDATE service_invoice_header SET cancelled_by = ? WHERE no = ?", [(no, invoice_no)]),
    ]


def _behind(plan: CancelPlan) -> list[Batch]:
    """What is shipped and not invoiced again, and what warranty covers no more: the columns that O-44 names."""

    def scaled(value: Any) -> int:
        return scaled_from(value, 5)

    back = [
        (
            scaled(one.quantity),
            scaled(one.quantity_base),
            scaled(one.quantity),
            scaled(one.quantity_base),
            *one.shipment_line.key,
        )
        for one in plan.given_back
    ]
    return [
        (
            "UPDATE service_shipment_line SET quantity_invoiced = quantity_invoiced - ?,"
            " quantity_invoiced_base = quantity_invoiced_base - ?,"
            " qty_shipped_not_invoiced = qty_shipped_not_invoiced + ?,"
            " qty_shipped_not_invoiced_base = qty_shipped_not_invoiced_base + ? WHERE document_no = ? AND line_no = ?",
            back,
        ),
        (
            "UPDATE item_ledger_entry SET invoiced_quantity = invoiced_quantity + ?, completely_invoiced = FALSE"
            " WHERE entry_no = ?",
            [(scaled(quantity), no) for no, quantity in sorted(plan.uninvoiced.items())],
        ),
        (
            "UPDATE warranty_ledger_entry SET open = TRUE WHERE entry_no = ?",
            [(no,) for order in plan.orders for no in order.warranties_open],
        ),
    ]


def _order_batches(order: OrderAfter, user: str, at: datetime) -> list[Batch]:
    """The order's lines as they stand now; one that was closed is open again under its number (O-7)."""
    header = order.before.header
    if order.before.archived:
        status = "in_process" if header.status == "finished" else header.status
        opened = changed(with_last_line_no(header, order.lines), status=status)
        return reopening_batches(opened, order.before.item_lines, order.lines, user, at)
    return [
        *line_batches(header.key, order.before.lines, order.lines),
        header_batch(header, with_last_line_no(header, order.lines), user),
    ]


async def _draft(
    session: Session, acting: Acting, plan: CancelPlan, at: datetime, entries: Mapping[int, int]
) -> tuple[str, list[Batch], list[Finding]]:
    """The invoice draft that correcting opens (P-186): its number, its rows, and why there is none."""
    setup = plan.source.snapshot.setup
    series = setup.service.contract_invoice_nos if entries else setup.service.service_invoice_nos
    if series not in setup.number_series:
        label = "Service invoice nos."
        return "", [], [finding("series_missing", table="service_setup", label=label, kind="service invoices")]
    numbers, found = await draw(session, setup, {"draft": series}, plan.posting.case.posting_date)
    if found:
        return "", [], found
    header, lines = correcting_draft(plan, numbers["draft"], entries)
    return numbers["draft"], _new_document(changed(header, no_series=series), lines, acting.user, at), []


def _new_document(header: Header, lines: Sequence[Line], user: str, at: datetime) -> list[Batch]:
    key = (header.document_type, header.no)
    return [
        (HEADER.sql, [HEADER.row(with_last_line_no(header, lines), [user, at])]),
        (LINE.sql, [LINE.row(line, key) for line in lines]),
    ]


def _log_batch(result: CancelResult, user: str, at: datetime) -> Batch:
    """What happened, on the invoice, the credit memo, the draft and every order (D-99)."""
    events = [
        ("posted_invoice", result.invoice_no, "Invoice cancelled", result.credit_memo_no),
        ("posted_credit_memo", result.credit_memo_no, "Credit memo posted", f"cancels {result.invoice_no}"),
        *(("order", no, "Invoice cancelled", result.invoice_no) for no in result.orders),
        *(("order", no, "Order reopened", result.credit_memo_no) for no in result.reopened),
    ]
    if result.draft_no:
        events += [
            ("posted_invoice", result.invoice_no, "Correction drafted", result.draft_no),
            ("invoice", result.draft_no, "Invoice created", f"corrects {result.invoice_no}"),
        ]
    return _LOG.sql, [_LOG.row(None, [kind, no, event, at, user, after]) for kind, no, event, after in events]


# --- once only (O-42) -----------------------------------------------------------------------------------------------


async def _repeated(session: Session, token: str, content: str) -> CancelResult | None:
    rows = await session.fetch("SELECT content_hash, result FROM posting_form WHERE token = ?", token)
    if not rows:
        return None
    return _unpacked(str(rows[0][1])) if rows[0][0] == content else CancelResult((finding("form_used_otherwise"),))


def _unpacked(text: str) -> CancelResult:
    found = json.loads(text)
    findings = tuple(Finding(**{**row, "rules": tuple(row["rules"])}) for row in found.pop("findings"))
    lists = {name: tuple(found[name]) for name in ("orders", "reopened")}
    return CancelResult(findings, **{**found, **lists, "repeated": True})


async def cancel_result(token: str, invoice_no: str) -> CancelResult | None:
    """What came of the form with this token that cancelled this invoice; None when it did nothing of the kind."""
    rows = await fetch("SELECT result FROM posting_form WHERE token = ?", token)
    if not rows or "credit_memo_no" not in json.loads(str(rows[0][0])):
        return None
    result = _unpacked(str(rows[0][0]))
    return result if result.invoice_no == invoice_no else None

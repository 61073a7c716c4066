"""Payments, and the application of what is open: a look at what will be written, and the one transaction (D-131)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from db import documents, ledgers
from db.engine import Duplicate, reading, transaction
from db.session import Batch, Session
from webapp.posting.credit_checks import entry_name
from webapp.posting.findings import Finding, finding, money
from webapp.posting.lines import blanks_of
from webapp.posting.payments import (
    ApplicationPlan,
    ApplicationSnapshot,
    Choice,
    Payment,
    PaymentSnapshot,
    plan_application,
    plan_payment,
)
from webapp.posting.snapshot import Customer, Header, OpenEntry
from webapp.store.acting import Acting
from webapp.store.customer_entries import entries_from, entry_queries, lock_entries, open_entries_of
from webapp.store.entry_numbers import entry_numbers, entry_numbers_query
from webapp.store.ledger_rows import WRITERS, Numbers, entry_counts, ledger_batches
from webapp.store.numbers import next_numbers
from webapp.store.posted import Entries
from webapp.store.posting import entry_update_batch
from webapp.store.preview import planned_ledgers
from webapp.store.readers import CUSTOMERS, SERIES
from webapp.store.rows import DoesNotFit, RecordWriter, codec
from webapp.store.setup_cache import load_setup

RUN = RecordWriter(ledgers.PostingRun, (), ("no", "user_name", "at", "source_type", "source_no", "option", "no_series"))
LOG = RecordWriter(
    documents.ServiceDocumentLog, (), ("document_kind", "document_no", "event", "at", "user_name", "after")
)
_FORM = RecordWriter(documents.PostingForm, (), ("token", "content_hash", "result", "user_name", "at"))
_ENTRY = codec(ledgers.CustomerLedgerEntry)
_HEADER = {
    "bill_to_customer_no": "customer_no",
    "customer_no": "sell_to_customer_no",
    "document_date": "document_date",
    "due_date": "due_date",
    "external_document_no": "external_document_no",
    "your_reference": "your_reference",
    "currency_code": "currency_code",
    "exchange_amount": "exchange_amount",
    "relational_amount": "relational_amount",
    "payment_method_code": "payment_method_code",
    "salesperson_code": "salesperson_code",
    "customer_posting_group": "customer_posting_group",
    "posting_description": "description",
    "dim_1": "dim_1",
    "dim_2": "dim_2",
}
_REFERENCE = (
    "SELECT document_no FROM customer_ledger_entry WHERE external_document_no = ? AND customer_no = ?"
    " AND document_type = 'payment' ORDER BY entry_no + 0 DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class PaymentResult:
    """What came of a payment or an application. With an error among `findings` nothing was written; `repeated` as for a
    posting (O-42)."""

    findings: tuple[Finding, ...] = ()
    entry_no: int = 0
    document_no: str = ""
    run: int = 0
    applied: tuple[str, ...] = ()
    left: str = ""
    repeated: bool = False

    @property
    def ok(self) -> bool:
        return not any(found.is_error for found in self.findings)


@dataclass(frozen=True, slots=True)
class Paying:
    """What posting a payment or an application would do, beside what is open of the payer."""

    customer: Customer | None
    open_entries: Mapping[int, OpenEntry]
    plan: ApplicationPlan | None
    entries: Sequence[Entries] = ()
    banks: Sequence[str] = ()
    lcy: str = ""


# --- looking, without writing ---------------------------------------------------------------------------------------


async def look_at_payment(acting: Acting, customer_no: str, payment: Payment | None) -> Paying:
    """What is open of a payer, and what posting this payment would find and write now; reads only."""
    async with reading() as session:
        wanted = payment or Payment(customer_no, acting.work_date, blanks_of(Header)["pmt_discount_pct"])
        source = await _payment_source(session, acting, wanted)
        open_entries = await open_entries_of(session, customer_no)
    plan = plan_payment(source, payment) if payment is not None else None
    shown = _shown(plan, source.setup, acting)
    return Paying(
        source.customer, open_entries, plan, shown, list(source.setup.bank_accounts), source.setup.ledger.lcy_code
    )


async def look_at_application(
    acting: Acting, entry_no: int, day: date, choices: tuple[Choice, ...] | None
) -> tuple[ApplicationSnapshot, Paying] | None:
    """What an open entry can be applied to, and what applying it would write; None when there is no such entry."""
    async with reading() as session:
        source = await _application_source(session, acting, entry_no, choices or ())
        if source is None:
            return None
        open_entries = await open_entries_of(session, source.entry.customer_no)
        rows = await session.fetch(CUSTOMERS.sql("WHERE no = ?"), source.entry.customer_no)
    plan = plan_application(source, day, choices) if choices is not None else None
    customer = CUSTOMERS.one(rows[0]) if rows else None
    shown = _shown(plan, source.setup, acting)
    return source, Paying(customer, open_entries, plan, shown, (), source.setup.ledger.lcy_code)


def _shown(plan: ApplicationPlan | None, setup: Any, acting: Acting) -> Sequence[Entries]:
    if plan is None or not plan.may_post:
        return ()
    return planned_ledgers(plan.ledgers, setup, plan.header, {"payment": plan.number.no or plan.header.no}, acting.user)


async def _payment_source(session: Session, acting: Acting, payment: Payment) -> PaymentSnapshot:
    setup = await load_setup(session)
    queries = [
        (CUSTOMERS.sql("WHERE no = ?"), (payment.customer_no,)),
        (SERIES.sql("WHERE series_code = ? ORDER BY line_no"), (setup.receivables.payment_nos,)),
        (_REFERENCE, (payment.external_document_no or None, payment.customer_no)),  # blank finds nothing, at once
        *entry_queries([one.entry_no for one in payment.choices]),
    ]
    customers, series, used, rows, left = await session.fetch_all(queries)
    return PaymentSnapshot(
        setup,
        acting.user,
        CUSTOMERS.one(customers[0]) if customers else None,
        entries_from(rows, left),
        tuple(SERIES.all(series)),
        str(used[0][0]) if used else "",
    )


async def _application_source(
    session: Session, acting: Acting, entry_no: int, choices: Sequence[Choice]
) -> ApplicationSnapshot | None:
    setup = await load_setup(session)
    names = tuple(_HEADER.values())
    found, rows, left = await session.fetch_all(
        [
            (_ENTRY.select((*names, "document_type", "document_no"), "WHERE entry_no = ?"), (entry_no,)),
            *entry_queries([entry_no, *(one.entry_no for one in choices)]),
        ]
    )
    entries = entries_from(rows, left)
    if not found or entry_no not in entries:
        return None
    values = _ENTRY.read((*names, "document_type", "document_no"), found[0])
    of_header = {name: values[column] for name, column in _HEADER.items()}
    own = {"document_type": values["document_type"], "no": values["document_no"]}
    header = Header(**{**blanks_of(Header), **of_header, **own})
    entry = entries.pop(entry_no)
    return ApplicationSnapshot(setup, acting.user, header, entry, entries)


# --- posting --------------------------------------------------------------------------------------------------------


async def post_payment(acting: Acting, payment: Payment, token: str = "") -> PaymentResult:
    """Posts a payment with its application, wholly or not at all. The same `token` with the same content answers with
    the first result (O-42)."""
    content = _hash("payment", payment)
    try:
        async with transaction() as session:
            await lock_entries(session, (one.entry_no for one in payment.choices))
            before = await _repeated(session, token, content)
            if before is not None:
                return before
            source = await _payment_source(session, acting, payment)
            plan = plan_payment(source, payment)
            if not plan.may_post:
                return PaymentResult(plan.findings)
            return await _write_payment(session, acting, source, plan, token, content)
    except DoesNotFit:
        return PaymentResult((finding("amount_too_large"),))
    except Duplicate as taken:
        return await _first(token, content, taken)


async def _write_payment(
    session: Session, acting: Acting, source: PaymentSnapshot, plan: ApplicationPlan, token: str, content: str
) -> PaymentResult:
    counts = {"posting_run": 1, **entry_counts(plan.ledgers)}
    sql, args = entry_numbers_query(session, counts)
    entries = entry_numbers(session, counts, await session.fetch(sql, *args))
    series = source.setup.receivables.payment_nos
    day = plan.header.posting_date
    assert day is not None
    drawn, drawing, missing = await next_numbers(session, source.setup, {"payment": series}, day)
    if missing:
        return PaymentResult((*plan.findings, *missing))
    entry_no = entries["customer_ledger_entry"][0]
    run = ("payment", drawn["payment"], series)
    return await _write(session, acting, plan, entries, entry_no, run, [drawing], token, content)


async def apply_entry(
    acting: Acting, entry_no: int, day: date, choices: tuple[Choice, ...], token: str = ""
) -> PaymentResult | None:
    """Applies an open entry in the customer's favour to others; None when there is no such entry."""
    content = _hash("application", [entry_no, day, choices])
    try:
        async with transaction() as session:
            await lock_entries(session, (entry_no, *(one.entry_no for one in choices)))
            before = await _repeated(session, token, content)
            if before is not None:
                return before
            source = await _application_source(session, acting, entry_no, choices)
            if source is None:
                return None
            plan = plan_application(source, day, choices)
            if not plan.may_post:
                return PaymentResult(plan.findings, entry_no, source.entry.document_no)
            counts = {"posting_run": 1, **entry_counts(plan.ledgers)}
            sql, args = entry_numbers_query(session, counts)
            entries = entry_numbers(session, counts, await session.fetch(sql, *args))
            run = ("application", source.entry.document_no, "")
            return await _write(session, acting, plan, entries, entry_no, run, [], token, content)
    except Duplicate as taken:
        return await _first(token, content, taken)


async def _write(
    session: Session,
    acting: Acting,
    plan: ApplicationPlan,
    entries: Mapping[str, Sequence[int]],
    entry_no: int,
    run: tuple[str, str, str],
    batches: list[Batch],
    token: str,
    content: str,
) -> PaymentResult:
    """All rows of a payment or an application: `run` is its kind, its document number and the number's series."""
    kind, document_no, series = run
    at = datetime.now(UTC)
    by_ledger = {name: entries.get(writer.writer.codec.name, []) for name, writer in WRITERS.items()}
    numbers = Numbers(entries["posting_run"][0], {"payment": document_no}, by_ledger)
    applied = tuple(entry_name(one.entry) for one in plan.applied)
    left = money(plan.left) if plan.left else ""
    result = PaymentResult(plan.findings, entry_no, document_no, numbers.run, applied, left)
    batches += [
        (RUN.sql, [RUN.row(None, [numbers.run, acting.user, at, kind, document_no, "none", series])]),
        *ledger_batches(plan.ledgers, plan.header, numbers, acting.user),
        entry_update_batch(plan.updates, entry_no),
    ]
    if plan.own is not None:
        batches.append(entry_update_batch([plan.own], plan.applied[-1].entry.entry_no))
    invoices = [one.entry.document_no for one in plan.applied if one.entry.document_type == "invoice"]
    event = "Payment applied" if plan.header.document_type == "payment" else "Credit memo applied"
    batches.append(
        (LOG.sql, [LOG.row(None, ["posted_invoice", no, event, at, acting.user, document_no]) for no in invoices])
    )
    if token:
        row = [token, content, json.dumps(asdict(result), default=str), acting.user, at]
        batches.append((_FORM.sql, [_FORM.row(None, row)]))
    await session.execute_all([batch for batch in batches if batch[1]])
    return result


# --- once only (O-42) -----------------------------------------------------------------------------------------------


def _hash(what: str, content: Any) -> str:
    plain = asdict(content) if isinstance(content, Payment) else content
    return hashlib.sha256(json.dumps([what, plain], default=str).encode()).hexdigest()


async def _repeated(session: Session, token: str, content: str) -> PaymentResult | None:
    rows = await session.fetch("SELECT content_hash, result FROM posting_form WHERE token = ?", token) if token else []
    if not rows:
        return None
    if rows[0][0] != content:
        return PaymentResult((finding("form_used_otherwise"),))
    found = json.loads(str(rows[0][1]))
    findings = tuple(Finding(**{**row, "rules": tuple(row["rules"])}) for row in found.pop("findings"))
    return PaymentResult(findings, **{**found, "applied": tuple(found["applied"]), "repeated": True})


async def _first(token: str, content: str, taken: Duplicate) -> PaymentResult:
    """What came of the form that somebody else has just sent with this token."""
    async with reading() as session:
        found = await _repeated(session, token, content)
    if found is None:
        raise taken
    return found

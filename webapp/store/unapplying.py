"""Taking an application back: a look at what will be written, and the one transaction (D-132)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from db import ledgers as tables
from db.engine import reading, transaction
from db.session import Session
from webapp.posting.findings import Finding
from webapp.posting.lines import blanks_of
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import Header
from webapp.posting.unapply import AppliedEntry, AppliedRow, UnapplyPlan, UnapplySnapshot, plan_unapply
from webapp.store.acting import Acting
from webapp.store.customer_entries import lock_entries
from webapp.store.entry_numbers import entry_numbers, entry_numbers_query
from webapp.store.ledger_rows import WRITERS, Numbers, entry_counts, ledger_batches
from webapp.store.payments import LOG, RUN
from webapp.store.posted import Entries
from webapp.store.preview import planned_ledgers
from webapp.store.rows import Reader, codec, decimal_from, scaled_from
from webapp.store.setup_cache import load_setup
from webapp.store.snapshots import marks

_ROWS = Reader(AppliedRow, tables.DetailedCustomerEntry)
_ENTRIES = Reader(AppliedEntry, tables.CustomerLedgerEntry)
_ENTRY = codec(tables.CustomerLedgerEntry)
_OF_HEADER = (
    "customer_no",
    "sell_to_customer_no",
    "due_date",
    "document_date",
    "external_document_no",
    "currency_code",
    "exchange_amount",
    "relational_amount",
    "salesperson_code",
    "customer_posting_group",
    "dim_1",
    "dim_2",
)
_OF_RUN = "WHERE posting_run_no = ? AND entry_type <> 'initial' AND unapplies_run_no IS NULL ORDER BY entry_no"
_LEFT = (
    "SELECT customer_entry_no, SUM(amount) FROM detailed_customer_entry WHERE customer_entry_no IN ({0})"
    " GROUP BY customer_entry_no"
)
# Applications of later runs on the same entries that still stand.
_LATER = """
SELECT DISTINCT d.document_type, d.document_no FROM detailed_customer_entry d
WHERE d.customer_entry_no IN ({0}) AND d.entry_type = 'application' AND d.unapplies_run_no IS NULL
AND d.posting_run_no > ? AND NOT EXISTS (
    SELECT 1 FROM detailed_customer_entry u WHERE u.unapplies_run_no = d.posting_run_no)
ORDER BY d.document_type, d.document_no"""
_BACK = "SELECT 1 FROM detailed_customer_entry WHERE unapplies_run_no = ? LIMIT 1"
_CANCELS = (
    "SELECT h.cancels FROM customer_ledger_entry e JOIN service_cr_memo_header h ON h.no = e.document_no"
    " WHERE e.entry_no = ? AND e.document_type = 'credit_memo' AND h.cancels <> ''"
)
NAMES = {"invoice": "Invoice", "credit_memo": "Credit memo", "payment": "Payment", "refund": "Refund"}


@dataclass(frozen=True, slots=True)
class Unapplying:
    """What taking an application back would do: the plan, and every row that it would write."""

    plan: UnapplyPlan
    entries: Sequence[Entries]


@dataclass(frozen=True, slots=True)
class UnapplyResult:
    """What came of it. With an error among `findings` nothing was written."""

    findings: tuple[Finding, ...] = ()
    run: int = 0
    names: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not any(found.is_error for found in self.findings)


async def look_at_unapply(acting: Acting, run: int, day: date) -> Unapplying | None:
    """What taking back the application of a run would find and write now; None when the run applied nothing."""
    async with reading() as session:
        source = await _source(session, acting, run)
    if source is None:
        return None
    plan = plan_unapply(source, day, None)
    documents = {"payment": source.entries[source.applied_no].document_no}
    shown = planned_ledgers(plan.ledgers, source.setup, plan.header, documents, acting.user)
    return Unapplying(plan, shown if plan.may_unapply else [])


async def unapply(acting: Acting, run: int, day: date, reason: str) -> UnapplyResult | None:
    """Takes the application of a posting run back, wholly or not at all; None when the run applied nothing."""
    async with transaction() as session:
        rows = await session.fetch(_ROWS.sql(_OF_RUN), run)
        await lock_entries(session, (one.customer_entry_no for one in _ROWS.all(rows)))
        source = await _source(session, acting, run)
        if source is None:
            return None
        plan = plan_unapply(source, day, reason)
        if not plan.may_unapply:
            return UnapplyResult(plan.findings)
        return await _write(session, acting, plan)


async def _write(session: Session, acting: Acting, plan: UnapplyPlan) -> UnapplyResult:
    source, at = plan.source, datetime.now(UTC)
    counts = {"posting_run": 1, **entry_counts(plan.ledgers)}
    sql, args = entry_numbers_query(session, counts)
    entries = entry_numbers(session, counts, await session.fetch(sql, *args))
    document_no = source.entries[source.applied_no].document_no
    by_ledger = {name: entries.get(writer.writer.codec.name, []) for name, writer in WRITERS.items()}
    numbers = Numbers(entries["posting_run"][0], {"payment": document_no}, by_ledger)
    updates = [
        (scaled_from(one.remaining_pmt_disc_possible, 5), one.remaining != 0, one.entry_no) for one in plan.reopened
    ]
    reopened = [source.entries[one.entry_no] for one in plan.reopened]
    log = [
        ["posted_invoice", one.document_no, "Application taken back", at, acting.user, plan.header.posting_description]
        for one in reopened
        if one.document_type == "invoice"
    ]
    await session.execute_all(
        [
            (RUN.sql, [RUN.row(None, [numbers.run, acting.user, at, "unapplication", document_no, "none", ""])]),
            *ledger_batches(plan.ledgers, plan.header, numbers, acting.user),
            (
                "UPDATE customer_ledger_entry SET remaining_pmt_disc_possible = ?, open = ?, closed_by_entry_no = NULL,"
                " closed_at_date = NULL WHERE entry_no = ?",
                updates,
            ),
            *([(LOG.sql, [LOG.row(None, row) for row in log])] if log else []),
        ]
    )
    return UnapplyResult(plan.findings, numbers.run, tuple(one.name for one in reopened))


async def _source(session: Session, acting: Acting, run: int) -> UnapplySnapshot | None:
    setup = await load_setup(session)
    rows = tuple(_ROWS.all(await session.fetch(_ROWS.sql(_OF_RUN), run)))
    applied_no = next((one.applied_customer_entry_no for one in rows if one.applied_customer_entry_no), None)
    if applied_no is None:
        return None
    numbers = sorted({*(one.customer_entry_no for one in rows), applied_no})
    wanted = marks(numbers)
    entry_rows, left, later, back, cancels, heads = await session.fetch_all(
        [
            (_ENTRIES.sql(f"WHERE entry_no IN ({wanted})"), numbers),
            (_LEFT.format(wanted), numbers),
            (_LATER.format(wanted), (*numbers, run)),
            (_BACK, (run,)),
            (_CANCELS, (applied_no,)),
            (_ENTRY.select(_OF_HEADER, "WHERE entry_no = ?"), (applied_no,)),
        ]
    )
    sums = {int(no): decimal_from(int(value), 5) for no, value in left}
    found = {one.entry_no: changed(one, remaining=sums[one.entry_no]) for one in _ENTRIES.all(entry_rows)}
    return UnapplySnapshot(
        setup,
        acting.user,
        run,
        applied_no,
        _header(setup, _ENTRY.read(_OF_HEADER, heads[0])),
        rows,
        found,
        unapplied=bool(back),
        later=tuple(f"{NAMES.get(str(kind), 'Entry')} {no}" for kind, no in later),
        cancels=str(cancels[0][0]) if cancels else "",
    )


def _header(setup: Setup, values: dict[str, object]) -> Header:
    payer, other = values.pop("customer_no"), values.pop("sell_to_customer_no")
    own = {"bill_to_customer_no": payer, "customer_no": other or payer}
    return Header(**{**blanks_of(Header), **values, **own})

"""Writes an unposted contract invoice with its entries, register rows and the moved dates (C-98, C-99, C-16, C-19).

Signing, locking, the action on one contract and the run come here, each in a transaction of its own that has locked the
contracts already.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from db import documents, ledgers
from db.session import Batch, Session
from webapp.billing.contract import ContractPlan
from webapp.billing.deleting import Registered
from webapp.billing.documents import EntryLine, InvoiceDraft
from webapp.billing.periods import Span
from webapp.posting.findings import Finding
from webapp.posting.lines import with_last_line_no
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey
from webapp.store.acting import Acting
from webapp.store.contract_records import change_batches
from webapp.store.document_rows import HEADER, LINE
from webapp.store.entry_numbers import entry_numbers, entry_numbers_query
from webapp.store.numbers import several_numbers
from webapp.store.rows import RecordWriter

RUN = RecordWriter(
    ledgers.PostingRun, (), ("no", "user_name", "at", "source_type", "source_no", "option", "purpose", "invoice_no")
)
LOG = RecordWriter(
    documents.ServiceDocumentLog, (), ("document_kind", "document_no", "event", "at", "user_name", "before", "after")
)
_REGISTER = RecordWriter(
    documents.ServiceDocumentRegister,
    (),
    (
        "source_kind", "source_no", "destination_kind", "destination_no", "invoice_period", "last_invoice_date",
        "next_invoice_date", "next_period_start", "next_period_end", "last_period_end", "invoiced_to_dates",
        "print_increase_text", "days_left",
    ),
)  # fmt: skip
ENTRY_NAMES = (
    "entry_no", "posting_run_no", "posting_date", "entry_type", "type", "no", "description", "document_type",
    "document_no", "document_line_no", "customer_no", "bill_to_customer_no", "ship_to_code", "service_contract_no",
    "contract_line_no", "period_from", "period_to", "invoice_period", "contract_account_group", "contract_group_code",
    "service_order_type", "service_item_no", "item_no_serviced", "serial_no_serviced", "variant_code_serviced",
    "quantity", "charged_qty", "unit_cost", "cost_amount", "unit_price", "discount_pct", "discount_amount",
    "contract_disc_amount", "amount_lcy", "amount", "open", "prepaid", "moved_from_prepaid", "gen_bus_group",
    "gen_prod_group", "dim_1", "dim_2", "user_name",
)  # fmt: skip
_ENTRY = RecordWriter(ledgers.ServiceLedgerEntry, (), ENTRY_NAMES)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class MadeInvoice:
    """A contract invoice that was made: its number, whose contracts it bills, which days, and for how much."""

    no: str
    bill_to_customer_no: str
    contract_nos: tuple[str, ...]
    days: Span | None
    amount: Decimal
    currency_code: str


async def write_invoice(
    session: Session, acting: Acting, draft: InvoiceDraft
) -> tuple[MadeInvoice | None, list[Finding]]:
    """Writes the invoice and everything that moves with it; nothing when its series has no number to give."""
    made, findings = await write_invoices(session, acting, [draft])
    return (made[0] if made else None), findings


async def write_invoices(
    session: Session, acting: Acting, drafts: Sequence[InvoiceDraft]
) -> tuple[list[MadeInvoice], list[Finding]]:
    """Writes invoices of one posting date and everything that moves with them, the rows of a table in one statement;
    nothing when their series has not so many numbers to give. No contract may be on two of them."""
    setup, day = drafts[0].shares[0].case.setup, drafts[0].header.posting_date or acting.work_date
    series = setup.service.contract_invoice_nos
    counts = {"posting_run": len(drafts), "service_ledger_entry": sum(len(draft.amounts) for draft in drafts)}
    rows = await session.fetch_all([entry_numbers_query(session, counts)])
    numbers = entry_numbers(session, counts, rows[0])
    given, drawing = await several_numbers(session, setup, series, day, len(drafts))
    if given.findings:
        return [], list(given.findings)
    entries, at = iter(numbers.get("service_ledger_entry", [])), datetime.now(UTC)
    together: dict[str, list[Sequence[object]]] = {drawing[0]: list(drawing[1])}
    for draft, no, run in zip(drafts, given.nos, numbers["posting_run"], strict=True):
        own = [next(entries) for _ in draft.amounts]
        for sql, more in _batches(draft, no, run, own, acting.user, at):
            together.setdefault(sql, []).extend(more)
        await asyncio.sleep(0)  # pages are answered in between
    await session.execute_all([batch for batch in together.items() if batch[1]])
    return [_made(draft, no) for draft, no in zip(drafts, given.nos, strict=True)], []


def _batches(draft: InvoiceDraft, no: str, run: int, entries: Sequence[int], user: str, at: datetime) -> list[Batch]:
    """All rows of one invoice."""
    series = draft.shares[0].case.setup.service.contract_invoice_nos
    return [
        (RUN.sql, [RUN.row(None, [run, user, at, "invoice", no, "none", "creation", no])]),
        *_document_batches(draft, no, series, dict(zip(_line_nos(draft), entries, strict=True)), user, at),
        (_ENTRY.sql, _entry_rows(draft, entries, run, no, user)),
        (_REGISTER.sql, [_register_row(share.plan, no) for share in draft.shares]),
        *(batch for share in draft.shares for batch in _contract_batches(share.plan)),
        (LOG.sql, _log_rows(draft, no, user, at)),
    ]


def _made(draft: InvoiceDraft, no: str) -> MadeInvoice:
    spans = [share.plan.billed for share in draft.shares if share.plan.billed]
    days = Span(min(s.first for s in spans), max(s.last for s in spans)) if spans else None
    header = draft.header
    contracts = tuple(share.case.contract.no for share in draft.shares)
    return MadeInvoice(no, header.bill_to_customer_no, contracts, days, draft.amount, header.currency_code)


def _line_nos(draft: InvoiceDraft) -> list[int]:
    return [one.line.line_no for one in draft.amounts]


def _document_batches(
    draft: InvoiceDraft, no: str, series: str, entries: dict[int, int], user: str, at: datetime
) -> list[Batch]:
    header = changed(
        with_last_line_no(draft.header, draft.lines), no=no, no_series=series, posting_description=f"Invoice {no}"
    )
    place = [header.document_type, no]
    lines = [changed(line, appl_to_service_entry=entries.get(line.line_no)) for line in draft.lines]
    return [
        (HEADER.sql, [HEADER.row(header, [user, at])]),
        (LINE.sql, [LINE.row(line, place) for line in lines]),
    ]


def _entry_rows(draft: InvoiceDraft, entries: Sequence[int], run: int, no: str, user: str) -> list[list[Any]]:
    return [_entry_row(one, entry, run, no, user) for one, entry in zip(draft.amounts, entries, strict=True)]


def _entry_row(one: EntryLine, entry_no: int, run: int, no: str, user: str) -> list[Any]:
    """C-17, C-4: a sale below 0, with cost and discount above it."""
    entry, line, case = one.entry, one.line, one.share.case
    contract, figures = case.contract, entry.figures
    of = case.line(entry.line_no)
    machine = case.service_items.get(of.service_item_no) if of else None
    return _ENTRY.row(
        None,
        [
            entry_no, run, entry.posting_date, "sale", "service_contract", contract.no, line.description, "blank", no,
            line.line_no, contract.customer_no, contract.bill_to_customer_no, contract.ship_to_code, contract.no,
            entry.line_no, entry.days.first, entry.days.last, contract.invoice_period, contract.contract_account_group,
            contract.contract_group_code, contract.service_order_type, of.service_item_no if of else "",
            machine.item_no if machine else (of.item_no if of else ""), machine.serial_no if machine else "",
            of.variant_code if of else "", -ONE, -ONE, figures.cost, -figures.cost, -figures.price,
            figures.discount_pct, figures.discount, figures.discount, -figures.amount, -line.line_amount, True,
            entry.prepaid, not entry.prepaid, line.gen_bus_group, line.gen_prod_group, line.dim_1, line.dim_2, user,
        ],
    )  # fmt: skip


def _register_row(plan: ContractPlan, no: str) -> list[Any]:
    """C-16: what the invoice moves, as it stands before, and which days it leaves (C-109)."""
    contract = plan.contract
    dates = {
        str(line.line_no): line.invoiced_to_date.isoformat() if line.invoiced_to_date else None
        for line, after in zip(plan.lines, plan.lines_after, strict=True)
        if line.invoiced_to_date != after.invoiced_to_date
    }
    left = {str(gap.line_no): [gap.days.first.isoformat(), gap.days.last.isoformat()] for gap in plan.left}
    return _REGISTER.row(
        None,
        [
            "contract", contract.no, "invoice", no, contract.invoice_period, contract.last_invoice_date,
            contract.next_invoice_date, contract.next_period_start, contract.next_period_end, contract.last_period_end,
            json.dumps(dates), contract.print_increase_text, json.dumps(left) if left else "",
        ],
    )  # fmt: skip


def _contract_batches(plan: ContractPlan) -> list[Batch]:
    return change_batches(plan.contract, plan.lines, plan.contract_after, plan.lines_after)


def _log_rows(draft: InvoiceDraft, no: str, user: str, at: datetime) -> list[list[Any]]:
    found = [LOG.row(None, ["invoice", no, "Invoice created", at, user, "", ""])]
    for share in draft.shares:
        days = share.plan.billed
        found.append(
            LOG.row(None, ["contract", share.case.contract.no, "Invoice created", at, user, "", f"{no} {days}"])
        )
    return found


# --- reading ----------------------------------------------------------------------------------------------------------


async def load_registered(session: Session, key: DocumentKey) -> list[Registered]:
    """The register rows of an open document."""
    rows = await session.fetch(
        "SELECT source_no, destination_no, invoice_period, last_invoice_date, next_invoice_date, next_period_start,"
        " next_period_end, last_period_end, invoiced_to_dates, print_increase_text FROM service_document_register"
        " WHERE source_kind = 'contract' AND destination_kind = ? AND destination_no = ? ORDER BY source_no",
        key.document_type,
        key.no,
    )
    return [
        Registered(
            contract_no=row[0],
            document_no=row[1],
            invoice_period=row[2],
            last_invoice_date=row[3],
            next_invoice_date=row[4],
            next_period_start=row[5],
            next_period_end=row[6],
            last_period_end=row[7],
            invoiced_to_dates=_dates(str(row[8] or "")),
            print_increase_text=bool(row[9]),
        )
        for row in rows
    ]


def _dates(text: str) -> dict[int, date | None]:
    kept = json.loads(text) if text else {}
    return {int(line): date.fromisoformat(day) if day else None for line, day in kept.items()}

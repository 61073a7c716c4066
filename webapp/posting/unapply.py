"""Taking an application back: both sides stand open again, and what it left in the ledgers is reversed (D-132).

Nothing is taken out of a ledger. Each detailed entry of the application gets one that mirrors it, marked as unapplied;
the first ones stay as they were posted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.posting.applying import Applier
from webapp.posting.checks import posting_date_finding
from webapp.posting.credit_checks import ENTRY_NAMES
from webapp.posting.faults import account_fault
from webapp.posting.findings import Finding, finding
from webapp.posting.ledgers import DetailedEntry, Ledgers
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Header


@dataclass(frozen=True, slots=True)
class AppliedRow:
    """A detailed entry that an application wrote: on which entry, by which document."""

    entry_no: int
    posting_date: date
    customer_entry_no: int
    entry_type: str
    document_type: str
    document_no: str
    currency_code: str
    amount: Decimal
    amount_lcy: Decimal
    due_date: date | None
    applied_customer_entry_no: int | None
    bal_account_no: str
    pmt_disc_used: Decimal


@dataclass(frozen=True, slots=True)
class AppliedEntry:
    """A customer entry that takes part, as it stands now."""

    entry_no: int
    document_type: str
    document_no: str
    currency_code: str
    receivables_account: str
    remaining_pmt_disc_possible: Decimal
    remaining: Decimal = ZERO

    @property
    def name(self) -> str:
        return f"{ENTRY_NAMES.get(self.document_type, 'Entry')} {self.document_no}"


@dataclass(frozen=True, slots=True)
class UnapplySnapshot:
    """The application of a posting run with what the plan may know. `header` is that of the entry that was applied,
    `applied_no` its number; `later` names what was applied to the same entries since; `cancels` is the invoice that
    the applied credit memo cancels."""

    setup: Setup
    user_name: str
    run: int
    applied_no: int
    header: Header
    rows: tuple[AppliedRow, ...]
    entries: Mapping[int, AppliedEntry]
    unapplied: bool = False
    later: tuple[str, ...] = ()
    cancels: str = ""


@dataclass(frozen=True, slots=True)
class Reopened:
    """A customer entry that is open again, with the payment discount that is possible again."""

    entry_no: int
    remaining: Decimal
    remaining_pmt_disc_possible: Decimal


@dataclass(frozen=True, slots=True)
class UnapplyPlan:
    source: UnapplySnapshot
    header: Header
    findings: tuple[Finding, ...]
    ledgers: Ledgers = field(default_factory=Ledgers)
    reopened: tuple[Reopened, ...] = ()

    @property
    def may_unapply(self) -> bool:
        return not any(found.is_error for found in self.findings)


def plan_unapply(source: UnapplySnapshot, day: date, reason: str | None) -> UnapplyPlan:
    """What taking the application back on this day finds and writes; `reason` is None while nobody was asked yet."""
    header = changed(source.header, posting_date=day, vat_date=day, posting_description=(reason or "")[:100])
    found = list(dict.fromkeys(_findings(source, header, day, reason)))
    if any(one.is_error and one.code != "unapply_reason_missing" for one in found):
        return UnapplyPlan(source, header, tuple(found))
    ledgers = Ledgers()
    own = source.entries[source.applied_no]
    kind = source.rows[0].document_type
    applier = Applier(source.setup, ledgers, header, "payment", kind, day, own.receivables_account)
    for row in source.rows:
        ledgers.detailed.append(_mirrored(row, day, source.run))
        _take_back(source, applier, row)
    return UnapplyPlan(source, header, tuple(found), ledgers, tuple(_reopened(source)))


def _mirrored(row: AppliedRow, day: date, run: int) -> DetailedEntry:
    return DetailedEntry(
        document="payment",
        posting_date=day,
        document_type=row.document_type,
        entry_type=row.entry_type,
        customer_entry_no=row.customer_entry_no,
        currency_code=row.currency_code,
        amount=-row.amount,
        amount_lcy=-row.amount_lcy,
        due_date=row.due_date,
        applied_customer_entry_no=row.applied_customer_entry_no,
        bal_account_no=row.bal_account_no,
        pmt_disc_used=-row.pmt_disc_used,
        unapplied=True,
        unapplies_run_no=run,
    )


def _take_back(source: UnapplySnapshot, applier: Applier, row: AppliedRow) -> None:
    """The G/L of one detailed entry, taken back from where it went."""
    account = source.entries[row.customer_entry_no].receivables_account
    if row.entry_type == "application":
        if row.customer_entry_no != source.applied_no and account != applier.receivables:
            applier.gl(account, -row.amount_lcy)
            applier.gl(applier.receivables, row.amount_lcy)
    elif row.amount_lcy:
        own = row.amount if row.currency_code == applier.header.currency_code else ZERO
        applier.gl(account, -row.amount_lcy, -own)
        applier.gl(_other_account(source, row), row.amount_lcy, own)


def _other_account(source: UnapplySnapshot, row: AppliedRow) -> str:
    """Where a discount or a difference of rates went; by the set-up when the row does not say."""
    if row.bal_account_no:
        return row.bal_account_no
    if row.entry_type == "correction_of_remaining":
        group = source.setup.customer_groups.get(source.header.customer_posting_group)
        return group.payment_disc_debit if group else ""
    currency = source.setup.currency(row.currency_code or source.header.currency_code)
    return currency.realized_gains if row.entry_type == "realized_gain" else currency.realized_losses


def _reopened(source: UnapplySnapshot) -> Iterator[Reopened]:
    for no, entry in sorted(source.entries.items()):
        own = [row for row in source.rows if row.customer_entry_no == no]
        if own:
            left = entry.remaining - sum((row.amount for row in own), ZERO)
            discount = entry.remaining_pmt_disc_possible + sum((row.pmt_disc_used for row in own), ZERO)
            yield Reopened(no, left, discount)


def _findings(source: UnapplySnapshot, header: Header, day: date, reason: str | None) -> Iterator[Finding]:
    at: dict[str, Any] = {"table": "posting_run", "record": str(source.run)}
    if source.unapplied:
        yield finding("unapplied_already", **at)
        return
    if source.cancels:
        no = source.entries[source.applied_no].document_no
        yield finding("unapply_cancellation", no=no, invoice=source.cancels, **at)
    if source.later:
        yield finding("unapply_later_exists", names=", ".join(source.later), **at)
    first = max(row.posting_date for row in source.rows)
    if day < first:
        yield finding("unapply_date_early", field="posting_date", date=day, day=first, **at)
    yield from posting_date_finding(source.setup, source.setup.users.get(source.user_name), header)
    if reason is not None and not reason:
        yield finding("unapply_reason_missing", field="reason", **at)
    for row in source.rows:
        account = _other_account(source, row) if row.entry_type != "application" and row.amount_lcy else ""
        if account and (code := account_fault(source.setup, account)):
            place: dict[str, Any] = {"table": "gl_account", "record": account, "account": account, "owner": "it"}
            yield finding(code, label="G/L account", **place)

"""The run over all contracts that are due: which invoices it makes, round by round, and whom it skips (C-84 … C-91).

Pure. The preview plans every round from here; each invoice of the run plans its own contracts again from here, so it
makes what the preview showed or says what has changed since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any, Final

from webapp.billing.case import ContractCase
from webapp.billing.checks import contract_finding, invoice_findings, may_be_invoiced, nothing_to_invoice
from webapp.billing.contract import plan_period
from webapp.billing.documents import InvoiceDraft, Share, draft_invoice
from webapp.billing.periods import DAY, MONTHS_PER_PERIOD, Span, addm
from webapp.billing.records import ZERO, Contract
from webapp.posting.dates import posting_window
from webapp.posting.findings import Finding, finding, money
from webapp.posting.records import changed
from webapp.posting.setup import Setup

MOST_ROUNDS: Final = 600  # fifty years by the month


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run is asked for, and who asks on which day (C-84)."""

    posting_date: date
    invoice_to: date
    work_date: date
    user: str


@dataclass(frozen=True, slots=True)
class Billed:
    """What an invoice holds of one contract: days and amount in the invoice's currency. `due` is the next invoice date
    that the invoice moves; it tells later whether the contract is still as it was planned."""

    contract_no: str
    description: str
    due: date
    first: date
    last: date
    amount: Decimal
    amount_per_period: Decimal
    expected: Decimal
    """The planned amount in local currency."""
    formulas: tuple[tuple[int, str], ...] = ()
    """Line and formula of what is charged for a part of a month (C-71)."""


@dataclass(frozen=True, slots=True)
class PlannedInvoice:
    """An invoice of one round, whose contracts all fit on it."""

    round_no: int
    draft: InvoiceDraft
    notices: tuple[Finding, ...]

    @property
    def billed(self) -> list[Billed]:
        return [_billed(self.draft, share) for share in self.draft.shares]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A contract that is due and not invoiced, with the reasons; from this round on the run leaves it alone (C-89)."""

    round_no: int
    case: ContractCase
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class RunPlan:
    invoices: tuple[PlannedInvoice, ...]
    skipped: tuple[Skipped, ...]


def refusal(terms: Terms) -> list[Finding]:
    """A run that would invoice years to come is a slip of the pen, and never what was meant."""
    last, today = addm(terms.work_date, 12), terms.work_date
    return [
        finding("contract_run_too_late", field=name, label=label, date=day, today=today)
        for name, label, day in _days(terms)
        if day > last
    ]


def question(terms: Terms) -> list[Finding]:
    """C-84: dates after the work date are asked about first."""
    return [
        finding("contract_run_future", field=name, label=label, date=day, today=terms.work_date)
        for name, label, day in _days(terms)
        if day > terms.work_date
    ]


def window_question(setup: Setup, terms: Terms) -> list[Finding]:
    """O-24: invoices that could not be posted on their posting date are asked about before they are made."""
    window = posting_window(setup, setup.users.get(terms.user))
    if window.allows(terms.posting_date):
        return []
    bounds: dict[str, Any] = {"low": window.low or "…", "high": window.high or "…"}
    return [finding("contract_run_outside_window", field="posting_date", date=terms.posting_date, **bounds)]


def _days(terms: Terms) -> tuple[tuple[str, str, date], ...]:
    return (
        ("posting_date", "Posting date", terms.posting_date),
        ("invoice_to", "Invoice-to date", terms.invoice_to),
    )


# --- which contracts --------------------------------------------------------------------------------------------------


def is_due(contract: Contract, invoice_to: date) -> bool:
    """C-85, but for the lock: a due contract that is open is told as skipped."""
    day = contract.next_invoice_date
    signed = contract.is_signed and not contract.is_quote
    return signed and contract.invoice_period != "none" and day is not None and day <= invoice_to


def run_order(case: ContractCase) -> tuple[str, bool, date, str]:
    """C-85: by payer, those with an invoice of their own first, then by the date that they are due."""
    contract = case.contract
    return (
        contract.bill_to_customer_no,
        contract.combine_invoices,
        contract.next_invoice_date or date.max,
        contract.no,
    )


def group_of(contract: Contract) -> tuple[str, ...]:
    """Which contracts share an invoice: those that combine, by payer and currency (C-90)."""
    if contract.combine_invoices:
        return (contract.bill_to_customer_no, contract.currency_code)
    return (contract.bill_to_customer_no, contract.currency_code, contract.no)


# --- planning ---------------------------------------------------------------------------------------------------------


def plan_run(cases: Iterable[ContractCase], terms: Terms) -> RunPlan:
    """All rounds until nothing is due, each contract one period a round (C-86)."""
    invoices: list[PlannedInvoice] = []
    due, skipped = _within_reason(cases, terms)
    for round_no in count(1):
        due = [case for case in due if is_due(case.contract, terms.invoice_to)]
        if not due:
            break
        planned = plan_round(due, terms, round_no)
        invoices += planned.invoices
        skipped += planned.skipped
        due = [_moved(share) for one in planned.invoices for share in one.draft.shares]
    return RunPlan(tuple(invoices), tuple(skipped))


def _within_reason(cases: Iterable[ContractCase], terms: Terms) -> tuple[list[ContractCase], list[Skipped]]:
    """A contract with more periods due than `MOST_ROUNDS` has a slip of the pen in its dates: none of them is made."""
    within: list[ContractCase] = []
    beyond: list[Skipped] = []
    for case in cases:
        contract = case.contract
        day, months = contract.next_invoice_date, MONTHS_PER_PERIOD[contract.invoice_period]
        if day is None or not months or addm(day, months * MOST_ROUNDS) > terms.invoice_to:
            within.append(case)
        else:
            told = contract_finding(case, "contract_too_far_behind", "starting_date", due=day, most=MOST_ROUNDS)
            beyond.append(Skipped(1, case, (told,)))
    return within, beyond


def plan_round(cases: Iterable[ContractCase], terms: Terms, round_no: int = 1) -> RunPlan:
    """One period of each contract (C-88, C-90, C-91)."""
    skipped: list[Skipped] = []
    groups: dict[tuple[str, ...], list[Share]] = {}
    for case in sorted(cases, key=run_order):
        share, found = _share(case, terms)
        if share is None:
            skipped.append(Skipped(round_no, case, tuple(found)))
        else:
            groups.setdefault(group_of(case.contract), []).append(share)
    invoices = []
    for shares in groups.values():
        draft, left = _draft(shares, terms)
        skipped += [Skipped(round_no, share.case, tuple(found)) for share, found in left]
        if draft is not None:
            invoices.append(PlannedInvoice(round_no, draft, tuple(_notices(draft))))
    return RunPlan(tuple(invoices), tuple(skipped))


def _share(case: ContractCase, terms: Terms) -> tuple[Share | None, list[Finding]]:
    """The contract's next period, or why there is none (C-88)."""
    found = list(may_be_invoiced(case)) or invoice_findings(case, terms.posting_date)
    if found:
        return None, found
    plan = plan_period(case.contract, case.lines, terms.posting_date)
    return (Share(case, plan), []) if plan.amount else (None, [nothing_to_invoice(case)])


def _draft(shares: Sequence[Share], terms: Terms) -> tuple[InvoiceDraft | None, list[tuple[Share, list[Finding]]]]:
    """The invoice of the shares that fit, and those that do not: what stops one contract leaves the others (C-88)."""
    left: list[tuple[Share, list[Finding]]] = []
    fitting = list(shares)
    while fitting:
        draft = draft_invoice(fitting, terms.posting_date, terms.work_date, terms.user)
        errors: dict[str, list[Finding]] = {}
        for one in draft.findings:
            if one.is_error:
                errors.setdefault(one.document, []).append(one)
        if not errors:
            return draft, left
        faulty = [share for share in fitting if share.case.contract.no in errors] or fitting
        left += [(share, errors.get(share.case.contract.no, list(draft.findings))) for share in faulty]
        fitting = [share for share in fitting if share not in faulty]
    return None, left


def _moved(share: Share) -> ContractCase:
    """The contract as its invoice leaves it."""
    return changed(share.case, contract=share.plan.contract_after, lines=share.plan.lines_after)


# --- what is told -----------------------------------------------------------------------------------------------------


def _billed(draft: InvoiceDraft, share: Share) -> Billed:
    contract, days = share.case.contract, share.plan.billed
    assert days is not None and contract.next_invoice_date is not None
    amount = sum((one.line.line_amount for one in draft.amounts if one.share is share), ZERO)
    return Billed(
        contract.no,
        contract.description,
        contract.next_invoice_date,
        days.first,
        days.last,
        amount,
        contract.amount_per_period,
        share.plan.amount,
        tuple((entry.line_no, entry.formula) for entry in share.plan.entries if entry.is_prorated),
    )


def _notices(draft: InvoiceDraft) -> Iterator[Finding]:
    """C-102: days billed that lie before the period, and lines that are not billed because they have expired."""
    for share in draft.shares:
        period = share.plan.period
        for entry in share.plan.entries:
            if period is not None and entry.days.first < period.first:
                days = Span(entry.days.first, min(entry.days.last, period.first - DAY))
                alone = days == entry.days
                yield contract_finding(
                    share.case,
                    "contract_earlier_days_billed",
                    line=entry.line_no,
                    days=days,
                    what="they are on this invoice" if alone else f"they are billed with it, to {entry.days.last},",
                    amount=money(entry.figures.amount),
                )
        for line_no in share.plan.ended:
            yield contract_finding(share.case, "contract_line_ended", line=line_no)

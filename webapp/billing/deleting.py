"""Deleting an unposted contract invoice: when it may go, and the contracts as they were before it (C-112 … C-117)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from webapp.billing.amounts import with_amount_per_period
from webapp.billing.case import ContractCase
from webapp.billing.checks import contract_finding
from webapp.billing.contract import line_start
from webapp.billing.periods import DAY
from webapp.billing.records import ContractEntry, ContractLine, Waiver
from webapp.posting.findings import Finding, finding
from webapp.posting.records import changed


@dataclass(frozen=True, slots=True)
class Registered:
    """A register row of an unposted contract invoice: the contract as it stood before (C-16)."""

    contract_no: str
    document_no: str
    invoice_period: str
    last_invoice_date: date | None
    next_invoice_date: date | None
    next_period_start: date | None
    next_period_end: date | None
    last_period_end: date | None
    invoiced_to_dates: Mapping[int, date | None]
    print_increase_text: bool

    @property
    def is_kept(self) -> bool:
        return self.invoice_period != "blank"


def delete_invoice_findings(
    no: str,
    registered: Sequence[Registered],
    cases: Mapping[str, ContractCase],
    entries: Sequence[ContractEntry],
    confirmed: frozenset[str],
) -> list[Finding]:
    """C-112, C-113: for every contract on the invoice."""
    found: list[Finding] = []
    for row in registered:
        case = cases.get(row.contract_no)
        if case is None:
            continue
        own = [e for e in entries if e.service_contract_no == row.contract_no]
        found += _of_contract(no, row, case, own)
    if not found and "contract_restore_dates" not in confirmed:
        names = ", ".join(row.contract_no for row in registered)
        found.append(finding("contract_restore_dates", document=no, contracts=names))
    return [changed(one, document=no) for one in found]


def _of_contract(no: str, row: Registered, case: ContractCase, entries: Sequence[ContractEntry]) -> list[Finding]:
    """C-113, C-114: the last invoice goes first. An invoice is later that was made after this one: periods are made in
    their order, and only so is what it stored still what the contract goes back to."""
    made = [e for e in entries if e.document_no == no and e.quantity < 0]
    live = [e for e in made if e.document_type == "blank"]
    found = []
    if any(not e.open for e in live) or any(e.document_type != "blank" for e in made):
        found.append(contract_finding(case, "contract_entry_posted"))
    last = max((e.entry_no for e in live), default=0)
    after = [e for e in entries if e.entry_no > last and e.document_no != no and e.quantity < 0]
    for document in dict.fromkeys(e.document_no for e in after if e.document_type == "invoice"):
        at = {"later": document, "table": "service_invoice_header", "record": document}
        found.append(contract_finding(case, "contract_later_posted", **at))
    for document in dict.fromkeys(e.document_no for e in after if e.open):
        at = {"later": document, "table": "service_header", "record": document}
        found.append(contract_finding(case, "contract_later_invoice", **at))
    if not row.is_kept:
        found.append(contract_finding(case, "contract_dates_missing", "last_invoice_date"))
    elif row.invoice_period != case.contract.invoice_period:
        was, now = (period.replace("_", " ") for period in (row.invoice_period, case.contract.invoice_period))
        found.append(contract_finding(case, "contract_period_differs", "invoice_period", was=was, now=now))
    return found


def _past_given(case: ContractCase, line: ContractLine, day: date | None, waivers: Sequence[Waiver]) -> date | None:
    """The last billed day, or that of what was given away right behind it."""
    coming = line_start(case.contract, line) if day is None else day + DAY
    for one in sorted(waivers, key=lambda one: one.period_from):
        if one.contract_line_no == line.line_no and one.period_from == coming:
            day, coming = one.period_to, one.period_to + DAY
    return day


def restored(case: ContractCase, row: Registered, waivers: Sequence[Waiver]) -> ContractCase:
    """C-116: the contract's dates and its lines' last billed days, as the register kept them; days that were given away
    since stay given away (C-171)."""
    lines = tuple(
        changed(line, invoiced_to_date=_past_given(case, line, row.invoiced_to_dates[line.line_no], waivers))
        if line.line_no in row.invoiced_to_dates
        else line
        for line in case.lines
    )
    contract = changed(
        case.contract,
        last_invoice_date=row.last_invoice_date,
        next_invoice_date=row.next_invoice_date,
        next_period_start=row.next_period_start,
        next_period_end=row.next_period_end,
        last_period_end=row.last_period_end,
        print_increase_text=row.print_increase_text,
    )
    return changed(case, contract=with_amount_per_period(contract, lines), lines=lines)

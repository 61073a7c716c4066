"""What is taken back of a contract line: which days, in which pieces, on which account (C-138 … C-144, C-148).

Pieces follow what was billed: each lies within one entry, and one that takes a whole entry back has its very figures
and a link to it, so that the two cancel out in the release.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from webapp.billing.case import ContractCase
from webapp.billing.charges import Figures, charged
from webapp.billing.checks import accounts, contract_finding, named_lines
from webapp.billing.periods import DAY, Span, by_month, span
from webapp.billing.records import ZERO, Contract, ContractEntry, ContractLine
from webapp.posting.findings import Finding, money
from webapp.posting.records import changed


@dataclass(frozen=True, slots=True)
class Left:
    """Days that an entry bills and nobody has taken back; with `whole` all that it bills."""

    entry: ContractEntry
    days: Span
    figures: Figures
    whole: bool


@dataclass(frozen=True, slots=True)
class Credit:
    """A piece that is taken back: on the prepaid or the income account, against an entry when it is all of that."""

    line_no: int
    days: Span
    figures: Figures
    prepaid: bool
    entry_no: int | None = None


# --- what is billed ---------------------------------------------------------------------------------------------------


def figures_of(entry: ContractEntry) -> Figures:
    """An entry's four figures as on the document's line: above 0."""
    return Figures(abs(entry.amount_lcy), abs(entry.unit_price), abs(entry.unit_cost), abs(entry.discount_amount))


def _minus(one: Figures, other: Figures) -> Figures:
    return Figures(
        one.amount - other.amount, one.price - other.price, one.cost - other.cost, one.discount - other.discount
    )


def still_billed(entries: Sequence[ContractEntry], line_no: int) -> list[Left]:
    """What invoices bill of a line and nothing has taken back, in the order of the ledger."""
    left: list[Left] = []
    for entry in entries:
        days = entry.days
        if entry.contract_line_no != line_no or days is None:
            continue
        if entry.bills:
            left.append(Left(entry, days, figures_of(entry), True))
            continue
        place = _taken_from(left, entry, days)
        if place is not None:
            left[place : place + 1] = _without(left[place], days, figures_of(entry))
    return left


def _taken_from(left: Sequence[Left], credit: ContractEntry, days: Span) -> int | None:
    """Which of what is billed a credit takes back: the entry that it names, else the last one over its days."""
    places = [i for i, one in enumerate(left) if one.days.first <= days.last and days.first <= one.days.last]
    named = [i for i in places if left[i].entry.entry_no == credit.applies_to_entry_no]
    found = named or places
    return found[-1] if found else None


def _without(one: Left, days: Span, figures: Figures) -> list[Left]:
    """What is left of it; the figures stay with the first of two parts."""
    parts = [span(one.days.first, days.first - DAY), span(days.last + DAY, one.days.last)]
    rest = _minus(one.figures, figures)
    found = []
    for part in parts:
        if part is not None:
            found.append(Left(one.entry, part, rest, False))
            rest = Figures()
    return found


# --- what is taken back -----------------------------------------------------------------------------------------------


def credited_days(line: ContractLine) -> Span | None:
    """From the expiration date, which counts, to the day up to which the line is invoiced (C-140, O-15)."""
    return span(line.contract_expiration_date, line.invoiced_to_date) if line.line_amount > 0 else None


def released_to(entries: Sequence[ContractEntry], invoiced_to: date | None) -> date | None:
    """The last day whose prepaid amount is income already (C-144)."""
    waiting = [e.posting_date for e in entries if e.prepaid and not e.moved_from_prepaid and not e.open]
    return min(waiting) - DAY if waiting else invoiced_to


def credit_pieces(contract: Contract, line: ContractLine, entries: Sequence[ContractEntry]) -> list[Credit]:
    """The pieces of a line that its credit memo takes back, in date order (C-142 … C-144, C-148)."""
    whole = credited_days(line)
    if whole is None:
        return []
    released = released_to(entries, line.invoiced_to_date)
    found = []
    for left in still_billed(entries, line.line_no):
        part = span(max(whole.first, left.days.first), min(whole.last, left.days.last))
        if part is None:
            continue
        all_of_it = left.whole and part == left.days
        pieces = [part] if all_of_it or not left.entry.prepaid else by_month(part)
        for days in pieces:
            prepaid = contract.prepaid and released is not None and days.last > released
            figures = left.figures if all_of_it else charged(line, days)
            found.append(Credit(line.line_no, days, figures, prepaid, left.entry.entry_no if all_of_it else None))
    return sorted(found, key=lambda one: one.days.first)


def due_lines(case: ContractCase, work_date: date) -> list[ContractLine]:
    """The lines whose credit memo is due (C-138)."""
    return [
        line
        for line in case.lines
        if case.contract.is_signed and not line.credited and not line.new_line
        and line.credit_memo_date is not None and line.credit_memo_date <= work_date and credited_days(line)
    ]  # fmt: skip


def credit_findings(case: ContractCase, line: ContractLine, work_date: date) -> list[Finding]:
    """C-139: what a line needs before it is credited."""
    at = {"line": line.line_no, "table": "service_contract_line"}
    if not case.contract.is_signed:
        return [contract_finding(case, "contract_not_signed", "status")]
    found = []
    if line.credited:
        found.append(contract_finding(case, "contract_line_credited", "contract_expiration_date", **at))
    if line.contract_expiration_date is None:
        found.append(contract_finding(case, "contract_credit_end_missing", "contract_expiration_date", **at))
    day = line.credit_memo_date
    if day is None:
        found.append(contract_finding(case, "field_required", "credit_memo_date", **at))
    elif day > work_date:
        found.append(contract_finding(case, "contract_credit_not_yet", "credit_memo_date", date=day, today=work_date,
                                      **at))  # fmt: skip
    if case.open_invoices:
        documents = ", ".join(case.open_invoices)
        found.append(contract_finding(case, "contract_invoice_open", documents=documents))
    if not case.setup.number_series.get(case.setup.service.contract_cr_memo_nos):
        label = "Contract cr. memo nos."
        found.append(contract_finding(case, "series_missing", label=label, kind="contract credit memos"))
    return [*found, *accounts(case)]


def nothing_to_credit(case: ContractCase, work_date: date) -> Finding:
    """C-138: that nothing is due, and when something will be."""
    coming = [
        line.credit_memo_date
        for line in case.lines
        if line.credit_memo_date is not None and line.credit_memo_date > work_date and not line.credited
        and credited_days(line)
    ]  # fmt: skip
    hint = f"The next credit memo date is {min(coming)}." if coming else "No credit memo date is still to come."
    return contract_finding(case, "contract_nothing_to_credit", hint=hint)


def expired_on(case: ContractCase, day: date) -> ContractCase:
    """The contract with every line ended on a day that is not credited and does not end before it (C-43)."""
    lines = tuple(
        changed(line, contract_expiration_date=day, credit_memo_date=day)
        if not line.credited and (line.contract_expiration_date is None or line.contract_expiration_date > day)
        and (line.starting_date is None or line.starting_date <= day)
        else line
        for line in case.lines
    )  # fmt: skip
    return changed(case, lines=lines)


def expiring(
    case: ContractCase, day: date, entries: Sequence[ContractEntry], work_date: date
) -> list[tuple[ContractLine, list[Credit]]]:
    """What ending all lines on a day credits, by line, before anything is written (C-43, C-140)."""
    lines = due_lines(expired_on(case, day), work_date)
    found = [(line, credit_pieces(case.contract, line, entries)) for line in lines]
    return [(line, pieces) for line, pieces in found if pieces]


def expiring_question(
    case: ContractCase, day: date, credits: Sequence[tuple[ContractLine, Sequence[Credit]]]
) -> list[Finding]:
    """C-43: the days and the amount are told before they are credited."""
    pieces = [piece for _, own in credits for piece in own]
    if not pieces:
        return []
    days = Span(min(one.days.first for one in pieces), max(one.days.last for one in pieces))
    amount = money(sum((one.figures.amount for one in pieces), ZERO))
    lines = named_lines([line.line_no for line, _ in credits])
    at = {"lines": lines, "date": day, "first": days.first, "last": days.last, "amount": amount}
    return [contract_finding(case, "contract_cancel_credits", "expire_on", **at)]


def not_yet_credited(case: ContractCase, day: date, work_date: date) -> list[Finding]:
    """C-43, C-139: a credit memo for days from a later day on cannot be made yet, and never of a cancelled contract."""
    owed = any(credited_days(line) and not line.credited for line in expired_on(case, day).lines)
    if day <= work_date or not owed:
        return []
    at = {"label": "Expire all lines on", "date": day, "today": work_date}
    return [contract_finding(case, "contract_credit_not_yet", "expire_on", **at)]


def credited(case: ContractCase, nos: Sequence[int]) -> ContractCase:
    """The contract with these lines credited (C-146)."""
    lines = tuple(changed(line, credited=True) if line.line_no in nos else line for line in case.lines)
    return changed(case, lines=lines)

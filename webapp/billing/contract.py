"""The planner: which days of which line an invoice of a contract bills, as which entries, and what moves (C-87).

Pure: the run over all contracts, its preview, the action on one contract, signing and every expected amount ask here,
so none of them can differ from the others. Nothing here knows documents; `billing/documents.py` makes their lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from webapp.billing.amounts import with_amount_per_period
from webapp.billing.charges import Figures, Piece, charged, formula, monthly_pieces, one_piece
from webapp.billing.periods import DAY, Next, Span, addm, following_invoice_date, period_at, span
from webapp.billing.records import ZERO, Contract, ContractLine
from webapp.posting.records import changed

# How days before the period are treated: as the run does, as the action on one contract does (C-108), or left unbilled.
Earlier = Literal["run", "card", "leave"]
Why = Literal["period", "before_period", "starting", "added"]


@dataclass(frozen=True, slots=True)
class PlannedEntry:
    """One entry of the service ledger to be: these days of this line for these figures (C-76, C-77)."""

    contract_no: str
    line_no: int
    days: Span
    figures: Figures
    posting_date: date
    prepaid: bool
    why: Why
    formula: str

    @property
    def is_prorated(self) -> bool:
        """Whether a part of a month is charged by its days."""
        return not self.days.is_whole_months


@dataclass(frozen=True, slots=True)
class Gap:
    """Days of a line that nobody billed, and what they come to (C-109, C-171)."""

    line_no: int
    days: Span
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ContractPlan:
    """What one invoice holds of one contract, and the contract as the invoice leaves it.

    `period` is the regular period billed, None for an invoice of other days alone. `ended` are the lines that the
    period leaves out because they have expired. `left` are days that the invoice leaves unbilled for good.
    """

    contract: Contract
    lines: tuple[ContractLine, ...]
    period: Span | None
    entries: tuple[PlannedEntry, ...]
    contract_after: Contract
    lines_after: tuple[ContractLine, ...]
    ended: tuple[int, ...] = ()
    left: tuple[Gap, ...] = ()

    @property
    def amount(self) -> Decimal:
        return sum((entry.figures.amount for entry in self.entries), ZERO)

    @property
    def billed(self) -> Span | None:
        """All days that the invoice bills of this contract."""
        if not self.entries:
            return None
        return Span(min(e.days.first for e in self.entries), max(e.days.last for e in self.entries))


# --- which days -------------------------------------------------------------------------------------------------------


def line_start(contract: Contract, line: ContractLine) -> date | None:
    return line.starting_date or contract.starting_date


def last_day(line: ContractLine, day: date) -> date:
    """The day, or the line's last one when that is earlier."""
    ends = line.contract_expiration_date
    return min(day, ends) if ends else day


def regular_days(contract: Contract, line: ContractLine, period: Span) -> Span | None:
    """The days of the period that the line owes (C-73, C-74)."""
    start = line_start(contract, line)
    if start is None:
        return None
    first = max(start, period.first)
    if line.invoiced_to_date is not None:
        first = max(first, line.invoiced_to_date + DAY)
    return span(first, last_day(line, period.last))


def earlier_days(contract: Contract, line: ContractLine, period: Span) -> Span | None:
    """The days before the period that the line still owes: never billed, or since it was renewed (C-81 … C-83)."""
    before = period.first - DAY
    if line.invoiced_to_date is None:
        return span(line_start(contract, line), last_day(line, before))
    if line.credited:
        return None
    return span(line.invoiced_to_date + DAY, last_day(line, before))


def starting_days(contract: Contract) -> Span | None:
    """The days before a contract's first full period, while nothing has been invoiced (C-30)."""
    period = contract.period
    if period is None or contract.last_invoice_date is not None or contract.starting_date is None:
        return None
    return span(contract.starting_date, period.first - DAY)


# --- entries ----------------------------------------------------------------------------------------------------------


def _entries(
    contract: Contract, line: ContractLine, pieces: Sequence[Piece], *, prepaid: bool, why: Why
) -> list[PlannedEntry]:
    return [
        PlannedEntry(
            contract.no,
            line.line_no,
            piece.days,
            piece.figures,
            piece.posting_date,
            prepaid,
            why,
            formula(line.line_amount, piece.days),
        )
        for piece in pieces
    ]


def _runs_one_year(contract: Contract) -> bool:
    """C-78: expiration is the last day of the first year."""
    start = contract.starting_date
    return start is not None and contract.expiration_date == addm(start, 12) - DAY


class _Writer:
    """Writes the entries of one invoice, line by line, and keeps what is billed so far."""

    def __init__(self, contract: Contract, posting_date: date) -> None:
        self.contract, self.posting_date = contract, posting_date
        self.entries: list[PlannedEntry] = []

    def add(self, line: ContractLine, days: Span | None, why: Why, *, prepaid: bool) -> None:
        if days is None:
            return
        if prepaid:
            left = self.contract.annual_amount - self.amount if _runs_one_year(self.contract) else None
            pieces = monthly_pieces(line, days, left)
        else:
            pieces = one_piece(line, days, self.posting_date)
        self.entries += _entries(self.contract, line, pieces, prepaid=prepaid, why=why)

    @property
    def amount(self) -> Decimal:
        return sum((entry.figures.amount for entry in self.entries), ZERO)


def plan_period(
    contract: Contract, lines: Sequence[ContractLine], posting_date: date, earlier: Earlier = "run"
) -> ContractPlan:
    """The next regular period of a contract, with the days before it that are still owed (C-73 … C-83, C-108)."""
    period = contract.period
    if period is None or contract.next_invoice_date is None:
        return nothing(contract, lines)
    writer = _Writer(contract, posting_date)
    left = []
    for line in lines:
        owed, regular = earlier_days(contract, line, period), regular_days(contract, line, period)
        if earlier == "card":
            writer.add(line, owed, "before_period", prepaid=False)
        elif owed and earlier == "leave" and (contract.prepaid or line.invoiced_to_date is not None):
            left.append(Gap(line.line_no, owed, charged(line, owed).amount))
        elif owed and not contract.prepaid and line.invoiced_to_date is None:
            regular = Span(owed.first, regular.last if regular else owed.last)
        else:
            writer.add(line, owed, "before_period", prepaid=contract.prepaid)
        writer.add(line, regular, "period", prepaid=contract.prepaid)
    billed = {entry.line_no for entry in writer.entries}
    ended = tuple(
        line.line_no for line in lines if line.line_no not in billed and last_day(line, period.first) < period.first
    )
    after = moved_on(contract, period)
    return _plan(contract, lines, period, writer.entries, after, ended, tuple(left))


def plan_starting(contract: Contract, lines: Sequence[ContractLine], posting_date: date) -> ContractPlan:
    """The days before the first full period alone, always as income (C-30, C-106)."""
    days = starting_days(contract)
    if days is None:
        return nothing(contract, lines)
    writer = _Writer(contract, posting_date)
    for line in lines:
        own = span(line_start(contract, line), last_day(line, days.last))
        writer.add(line, own if line.invoiced_to_date is None else None, "starting", prepaid=False)
    after = changed(
        contract,
        last_invoice_date=contract.starting_date if contract.prepaid else days.last,
        last_period_end=days.last,
    )
    return _plan(contract, lines, None, writer.entries, after)


def plan_added(contract: Contract, lines: Sequence[ContractLine]) -> ContractPlan:
    """Lines that joined a period which is invoiced already: from their start to its end (C-34 … C-37)."""
    period = contract.period
    new = [line for line in lines if line.new_line and line.starting_date is not None]
    if period is None or not new:
        return nothing(contract, lines)
    writer = _Writer(contract, min(line.starting_date for line in new if line.starting_date))
    for line in new:
        days = span(line.starting_date, last_day(line, period.first - DAY))
        writer.add(line, days, "added", prepaid=contract.prepaid)
    return _plan(contract, lines, None, writer.entries, contract)


def plan_gap(
    contract: Contract, lines: Sequence[ContractLine], line_no: int, days: Span, posting_date: date
) -> ContractPlan:
    """Days of one line that were passed over, as an invoice of their own; no date of the contract moves (C-171)."""
    writer = _Writer(contract, posting_date)
    for line in lines:
        if line.line_no == line_no:
            writer.add(line, days, "before_period", prepaid=contract.prepaid)
    plan = _plan(contract, lines, None, writer.entries, contract)
    return changed(plan, contract_after=contract, lines_after=plan.lines)


def plan(
    contract: Contract, lines: Sequence[ContractLine], until: date, posting_date: date, most: int = 600
) -> list[ContractPlan]:
    """Every period due up to a day, oldest first, each as an invoice of its own (C-85, C-86).

    A period that comes to nothing is the last one: no invoice is made of it, so the contract's dates stay (C-88, C-89).
    """
    plans: list[ContractPlan] = []
    while contract.next_invoice_date is not None and contract.next_invoice_date <= until and len(plans) < most:
        plans.append(plan_period(contract, lines, posting_date))
        if not plans[-1].amount:
            break
        contract, lines = plans[-1].contract_after, plans[-1].lines_after
    return plans


def nothing(contract: Contract, lines: Sequence[ContractLine]) -> ContractPlan:
    return ContractPlan(contract, tuple(lines), None, (), contract, tuple(lines))


# --- what moves -------------------------------------------------------------------------------------------------------


def with_next(contract: Contract, coming: Next) -> Contract:
    return changed(
        contract,
        next_invoice_date=coming.invoice_date,
        next_period_start=coming.start,
        next_period_end=coming.end,
    )


def moved_on(contract: Contract, period: Span) -> Contract:
    """The contract's dates after its regular period is invoiced (C-68)."""
    invoiced = contract.next_invoice_date
    if invoiced is None:
        return contract
    agreed = contract.agreed
    coming = period_at(agreed, following_invoice_date(agreed, invoiced))
    return changed(
        contract,
        last_invoice_date=invoiced,
        last_period_end=period.last if contract.prepaid else invoiced,
        next_invoice_date=coming.invoice_date,
        next_period_start=coming.start,
        next_period_end=coming.end,
    )


def _plan(
    contract: Contract,
    lines: Sequence[ContractLine],
    period: Span | None,
    entries: Sequence[PlannedEntry],
    after: Contract,
    ended: tuple[int, ...] = (),
    left: tuple[Gap, ...] = (),
) -> ContractPlan:
    """The plan with every billed line's last billed day (C-68)."""
    last: dict[int, date] = {}
    for entry in entries:
        last[entry.line_no] = max(entry.days.last, last.get(entry.line_no, entry.days.last))
    lines_after = tuple(
        changed(line, invoiced_to_date=last[line.line_no]) if line.line_no in last else line for line in lines
    )
    if entries and contract.price_increase_text:  # the text about it stands on this invoice (C-97)
        after = changed(after, print_increase_text=False)
    return ContractPlan(
        contract,
        tuple(lines),
        period,
        tuple(entries),
        with_amount_per_period(after, lines_after),
        lines_after,
        ended,
        left,
    )

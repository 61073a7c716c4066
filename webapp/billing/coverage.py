"""In which state each day of a contract line is: invoiced, credited, waived, waiting, or forgotten (C-171)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from webapp.billing.charges import charged, charged_amount
from webapp.billing.contract import line_start
from webapp.billing.periods import DAY, Span, span
from webapp.billing.records import ZERO, Contract, ContractEntry, ContractLine, Waiver
from webapp.posting.records import changed

ORDER: Final = ("invoiced", "draft", "credited", "waived", "waiting", "gap", "overlap")
State = Literal["invoiced", "draft", "credited", "waived", "waiting", "gap", "overlap"]


Why = Literal["", "declined", "removed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of a line in one state, and the document that put them there. `why` says how a gap came about: left out on
    an invoice, or with a line or contract that ended before they were billed; blank when nothing on record does.
    `beyond`: the line ended before these days; `credit_memo_no`: the open credit memo that takes them back;
    `reason`: why they were given away."""

    days: Span
    state: State
    document_no: str = ""
    why: Why = ""
    beyond: bool = False
    credit_memo_no: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Days of a line that an invoice was told to leave unbilled (C-109)."""

    line_no: int
    days: Span
    document_no: str


def coverage(
    contract: Contract,
    line: ContractLine,
    entries: Sequence[ContractEntry],
    waivers: Sequence[Waiver],
    until: date,
    left_out: Sequence[LeftOut] = (),
) -> list[Stretch]:
    """Every day of the line from its start to its end or that of its contract, or to `until` when there is none, in
    order.

    Read from what the entries say, not from how far the line is invoiced: that only tells a day that still waits from
    one that was passed over.
    """
    ends = last_day_of(line.contract_expiration_date, contract.expiration_date, until)
    whole = span(line_start(contract, line), ends)
    if whole is None:
        return []
    own = [e for e in entries if e.contract_line_no == line.line_no and e.period_from and e.period_to]
    given = [w for w in waivers if w.contract_line_no == line.line_no]
    left = [one for one in left_out if one.line_no == line.line_no]
    found: list[Stretch] = []
    for days in _cut(whole, own, given, left, line.invoiced_to_date):
        state, document = _state(days.first, line, own, given)
        one = Stretch(days, state, document, reason=_reason(days.first, given) if state == "waived" else "")
        join(found, _declined(one, left) if state == "gap" else one)
    return found


def _reason(day: date, waivers: Sequence[Waiver]) -> str:
    return next((w.reason for w in waivers if w.period_from <= day <= w.period_to), "")


def join(found: list[Stretch], one: Stretch) -> None:
    """Adds days, to the last ones where they stand alike."""
    last = found[-1] if found else None
    if last is not None and last == changed(one, days=last.days) and last.days.last + DAY == one.days.first:
        found[-1] = changed(one, days=Span(last.days.first, one.days.last))
    else:
        found.append(one)


def _declined(gap: Stretch, left: Sequence[LeftOut]) -> Stretch:
    by = next((one for one in left if one.days.first <= gap.days.first <= one.days.last), None)
    return changed(gap, why="declined", document_no=by.document_no) if by else gap


def last_day_of(line_ends: date | None, contract_ends: date | None, until: date) -> date:
    """The day to which a line reaches: nothing comes after the end of its contract, though the line names none."""
    ends = [day for day in (line_ends, contract_ends) if day is not None]
    return min(ends) if ends else until


def coverage_of_removed(
    contract: Contract,
    line: ContractLine,
    entries: Sequence[ContractEntry],
    waivers: Sequence[Waiver],
    removed_on: date,
    left_out: Sequence[LeftOut] = (),
    why: Why = "removed",
) -> list[Stretch]:
    """As `coverage`, of a line that was removed or whose contract was cancelled: its days until then, or until its end
    if that came first. No invoice comes for what waits: it is forgotten unless somebody bills it or gives it away."""
    ends = line.contract_expiration_date
    owed = ends if ends is not None and ends < removed_on else removed_on - DAY
    billed = [e.period_to for e in entries if e.contract_line_no == line.line_no and e.period_to]
    last = max([owed, *billed])
    found: list[Stretch] = []
    for one in coverage(contract, changed(line, contract_expiration_date=last), entries, waivers, last, left_out):
        if one.state not in ("waiting", "gap"):
            found.append(one)
        elif days := span(one.days.first, min(one.days.last, owed)):
            join(found, changed(one, days=days) if one.state == "gap" else Stretch(days, "gap", why=why))
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """What is on record of the days of a contract; of lines that were removed, when."""

    entries: Sequence[ContractEntry]
    waivers: Sequence[Waiver]
    left_out: Sequence[LeftOut] = ()
    removed: Sequence[tuple[ContractLine, date]] = ()


def open_at_the_end(
    contract: Contract, lines: Sequence[ContractLine], known: Known, day: date
) -> list[tuple[ContractLine, Span]]:
    """What nobody has billed of a contract that ends on this day: it will not be, so cancelling gives it away."""
    ending = [*((line, day) for line in lines if not line.new_line), *known.removed]
    return [
        (line, one.days)
        for line, ended in ending
        for one in coverage_of_removed(contract, line, known.entries, known.waivers, ended, known.left_out)
        if one.state == "gap"
    ]


def _cut(
    whole: Span,
    entries: Sequence[ContractEntry],
    waivers: Sequence[Waiver],
    left: Sequence[LeftOut],
    invoiced_to: date | None,
) -> list[Span]:
    """The span cut wherever a state may change."""
    starts = {whole.first}
    spans = [(e.period_from, e.period_to) for e in entries] + [(w.period_from, w.period_to) for w in waivers]
    for first, last in [*spans, *((one.days.first, one.days.last) for one in left)]:
        if first is not None and last is not None:
            starts |= {first, last + DAY}
    if invoiced_to is not None:
        starts.add(invoiced_to + DAY)
    inside = sorted(day for day in starts if whole.first <= day <= whole.last)
    ends = [day - DAY for day in inside[1:]] + [whole.last]
    return [Span(first, last) for first, last in zip(inside, ends, strict=True)]


def _state(
    day: date, line: ContractLine, entries: Sequence[ContractEntry], waivers: Sequence[Waiver]
) -> tuple[State, str]:
    over = [e for e in entries if e.period_from and e.period_to and e.period_from <= day <= e.period_to]
    billed = sum(1 if e.quantity < 0 else -1 for e in over)
    if billed > 1:
        return "overlap", ""
    if billed == 1:
        undone = {e.applies_to_entry_no for e in over if e.quantity > 0}
        live = next((e for e in reversed(over) if e.quantity < 0 and e.entry_no not in undone), over[-1])
        return ("draft" if live.open else "invoiced"), live.document_no
    credit = next((e for e in reversed(over) if e.quantity > 0 and e.document_type == "credit_memo"), None)
    if credit is not None and line.invoiced_to_date is not None and day <= line.invoiced_to_date:
        return "credited", credit.document_no  # else the invoice was cancelled, and its days wait for another one
    if any(w.period_from <= day <= w.period_to for w in waivers):
        return "waived", ""
    return ("waiting" if line.invoiced_to_date is None or day > line.invoiced_to_date else "gap"), ""


# --- many lines -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CoveredLine:
    """A line of a signed contract, or one that was, with the state of each of its days. `ended` is the day on which it
    was removed, or its contract cancelled."""

    contract: Contract
    line: ContractLine
    stretches: tuple[Stretch, ...]
    removed: bool = False
    ended: date | None = None

    @property
    def contract_no(self) -> str:
        return self.contract.no

    def worth(self, days: Span) -> Decimal:
        """What days of the line come to by its amount (C-171)."""
        return charged(self.line, days).amount

    def reason(self, gap: Stretch) -> str:
        """Why days are open, as far as that is on record; blank when nothing says so."""
        reasons: dict[Why, str] = {
            "declined": f"left out when invoice {gap.document_no} was made",
            "removed": f"the line was removed on {self.ended}",
            "cancelled": f"the contract was cancelled on {self.ended}",
        }
        return reasons.get(gap.why, "") if gap.state == "gap" else ""

    @property
    def wrong(self) -> list[Stretch]:
        """Days that nobody billed, and days that were billed twice (R-1.8)."""
        return [one for one in self.stretches if one.state in ("gap", "overlap")]


def covered(
    contract: Contract, lines: Sequence[ContractLine], known: Known, until: date, cancelled_on: date | None = None
) -> list[CoveredLine]:
    """Each line of a contract, also those that were removed; of a cancelled one no day waits any more."""
    own: dict[int, list[ContractEntry]] = {}
    for entry in known.entries:
        own.setdefault(entry.contract_line_no, []).append(entry)
    given, left = known.waivers, known.left_out
    found = []
    for line in lines:
        entries = own.get(line.line_no, ())
        if contract.is_signed:
            found.append(CoveredLine(contract, line, tuple(coverage(contract, line, entries, given, until, left))))
        elif cancelled_on is not None and not line.new_line:
            days = coverage_of_removed(contract, line, entries, given, cancelled_on, left, "cancelled")
            found.append(CoveredLine(contract, line, tuple(days), ended=cancelled_on))
    for line, removed_on in known.removed:
        days = coverage_of_removed(contract, line, own.get(line.line_no, ()), given, removed_on, left)
        found.append(CoveredLine(contract, line, tuple(days), removed=True, ended=removed_on))
    return found


@dataclass(frozen=True, slots=True)
class PlainLine:
    """A line of which every day up to `invoiced_to` is billed once, in order, and the rest waits. Its sums say so, and
    its entries need not be looked at. What is billed from `draft_from` on stands on open invoices."""

    contract_no: str
    line_amount: Decimal
    whole: Span
    invoiced_to: date | None = None
    draft_from: date | None = None

    @property
    def stretches(self) -> Sequence[Stretch]:
        first, last, billed, draft = self.whole.first, self.whole.last, self.invoiced_to, self.draft_from
        if billed is None:
            return (Stretch(self.whole, "waiting"),)
        parts: list[tuple[State, Span | None]] = [
            ("invoiced", span(first, min(billed, last, draft - DAY if draft else last))),
            ("draft", span(draft, min(billed, last)) if draft else None),
            ("waiting", span(billed + DAY, last)),
        ]
        return [Stretch(days, state) for state, days in parts if days is not None]

    def worth(self, days: Span) -> Decimal:
        return charged_amount(self.line_amount, days)


@dataclass(slots=True)
class Tally:
    """What a state comes to in a certificate: lines, days of lines, and their money."""

    lines: int = 0
    days: int = 0
    amount: Decimal = ZERO


def given_away(lines: Iterable[CoveredLine | PlainLine], month: Span) -> list[tuple[CoveredLine, Span, str]]:
    """The days of a month that were given away, with the reason: what the certificate counts of them (C-31, C-171)."""
    return [
        (one, days, stretch.reason)
        for one in lines
        if isinstance(one, CoveredLine)
        for stretch in one.stretches
        if stretch.state == "waived"
        and (days := span(max(stretch.days.first, month.first), min(stretch.days.last, month.last)))
    ]


def certificate(lines: Iterable[CoveredLine | PlainLine], month: Span) -> dict[str, Tally]:
    """How the days of a month stand, by state: each day of each line counts once."""
    found = {state: Tally() for state in ORDER}
    for one in lines:
        seen = set()
        for stretch in one.stretches:
            part = span(max(stretch.days.first, month.first), min(stretch.days.last, month.last))
            if part is None:
                continue
            tally = found[stretch.state]
            tally.lines += stretch.state not in seen
            seen.add(stretch.state)
            tally.days += part.days
            tally.amount += one.worth(part)
    return found

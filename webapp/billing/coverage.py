"""In which state each day of a contract line is: invoiced, credited, waived, waiting, or forgotten (C-171)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from webapp.billing.contract import line_start
from webapp.billing.periods import DAY, Span, span
from webapp.billing.records import Contract, ContractEntry, ContractLine, Waiver

State = Literal["invoiced", "draft", "credited", "waived", "waiting", "gap", "overlap"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of a line in one state, and the document that put them there."""

    days: Span
    state: State
    document_no: str = ""


def coverage(
    contract: Contract,
    line: ContractLine,
    entries: Sequence[ContractEntry],
    waivers: Sequence[Waiver],
    until: date,
) -> list[Stretch]:
    """Every day of the line from its start to its end, or to `until` when it has none, in order.

    Read from what the entries say, not from how far the line is invoiced: that only tells a day that still waits from
    one that was passed over.
    """
    whole = span(line_start(contract, line), line.contract_expiration_date or until)
    if whole is None:
        return []
    own = [e for e in entries if e.contract_line_no == line.line_no and e.period_from and e.period_to]
    given = [w for w in waivers if w.contract_line_no == line.line_no]
    found: list[Stretch] = []
    for days in _cut(whole, own, given, line.invoiced_to_date):
        state, document = _state(days.first, line, own, given)
        last = found[-1] if found else None
        if last is not None and (last.state, last.document_no) == (state, document):
            found[-1] = Stretch(Span(last.days.first, days.last), state, document)
        else:
            found.append(Stretch(days, state, document))
    return found


def _cut(
    whole: Span, entries: Sequence[ContractEntry], waivers: Sequence[Waiver], invoiced_to: date | None
) -> list[Span]:
    """The span cut wherever a state may change."""
    starts = {whole.first}
    spans = [(e.period_from, e.period_to) for e in entries]
    for first, last in [*spans, *((w.period_from, w.period_to) for w in waivers)]:
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
    if credit is not None:
        return "credited", credit.document_no
    if any(w.period_from <= day <= w.period_to for w in waivers):
        return "waived", ""
    return ("waiting" if line.invoiced_to_date is None or day > line.invoiced_to_date else "gap"), ""

"""What the strip of a contract line shows beside its coverage: days billed although the line has ended, and days that
an open credit memo takes back (C-140, C-171)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from webapp.billing.coverage import Known, Stretch, coverage, join, last_day_of
from webapp.billing.periods import DAY, Span, span
from webapp.billing.records import Contract, ContractLine
from webapp.posting.records import changed


@dataclass(frozen=True, slots=True)
class OnMemo:
    """Days of a line that a credit memo takes back as soon as it is posted."""

    line_no: int
    days: Span
    credit_memo_no: str


def strip(
    contract: Contract, line: ContractLine, known: Known, until: date, on_memo: Sequence[OnMemo] = ()
) -> list[Stretch]:
    """The line's coverage, then what is billed or credited of it after its end."""
    found = coverage(contract, line, known.entries, known.waivers, until, known.left_out)
    found += _beyond(contract, line, known)
    own = [one for one in on_memo if one.line_no == line.line_no]
    joined: list[Stretch] = []
    for one in found:
        for part in _marked(one, own):
            join(joined, changed(part, beyond=False) if part.credit_memo_no else part)
    return joined


def _beyond(contract: Contract, line: ContractLine, known: Known) -> list[Stretch]:
    billed = [e.period_to for e in known.entries if e.contract_line_no == line.line_no and e.period_to]
    last = max(billed, default=date.min)
    ends = last_day_of(line.contract_expiration_date, contract.expiration_date, last)
    if last <= ends:
        return []
    endless = changed(contract, expiration_date=None)
    longer = changed(line, contract_expiration_date=last)
    return [
        changed(one, days=days, beyond=one.state in ("invoiced", "draft"))
        for one in coverage(endless, longer, known.entries, (), last)
        if one.state not in ("waiting", "gap") and (days := span(max(one.days.first, ends + DAY), one.days.last))
    ]


def _marked(one: Stretch, on_memo: Sequence[OnMemo]) -> list[Stretch]:
    """The stretch cut where a credit memo begins or ends to take back its days."""
    if one.state != "invoiced":
        return [one]
    first, last = one.days.first, one.days.last
    starts = {first} | {day for memo in on_memo for day in (memo.days.first, memo.days.last + DAY)}
    inside = sorted(day for day in starts if first <= day <= last)
    found = []
    for start, end in zip(inside, [*(day - DAY for day in inside[1:]), last], strict=True):
        no = next((memo.credit_memo_no for memo in on_memo if memo.days.first <= start <= memo.days.last), "")
        found.append(changed(one, days=Span(start, end), credit_memo_no=no))
    return found

"""Credit memos over days of contracts: what posting them checks, and the entries it writes (P-96, P-155, C-147).

A line that names a contract line and its days takes back what an invoice of the contract billed. Its entry meets the
invoice's in the release of what was paid in advance, so that both cancel out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from webapp.posting.billed import BilledEntry
from webapp.posting.case import Case
from webapp.posting.faults import Findings, line_finding, real_lines
from webapp.posting.snapshot import Line

DAY = timedelta(days=1)


def is_contract_credit(case: Case, line: Line) -> bool:
    """Whether the line takes back what a contract billed: it says so, or the credit memo is the contract's (P-155)."""
    snapshot = case.snapshot
    own = snapshot.made_from_contract or bool(line.contract_line_no or line.appl_to_service_entry)
    return snapshot.header.document_type == "credit_memo" and not line.is_text and bool(line.contract_no) and own


def credited_entry(case: Case, line: Line) -> BilledEntry | None:
    """The entry that the line takes back as a whole; None for a part of one."""
    return case.snapshot.billed_entries.get(line.appl_to_service_entry or 0)


def days_of(case: Case, line: Line) -> tuple[int, date | None, date | None]:
    """The contract line and the days that are taken back: the line's own, else those of the entry behind it."""
    entry = credited_entry(case, line)
    if line.contract_line_no or entry is None:
        return line.contract_line_no, line.period_from, line.period_to
    return entry.contract_line_no, entry.period_from, entry.period_to


def on_prepaid_account(case: Case, line: Line) -> bool:
    """P-155: a prepaid contract's line on the prepaid account waits for the release like what it takes back."""
    terms = case.snapshot.contract_terms.get(line.contract_no)
    group = case.setup.contract_account_groups.get(terms.contract_account_group) if terms else None
    return terms is not None and terms.prepaid and group is not None and line.no == group.prepaid_account


def contract_credits_fit(case: Case) -> Findings:
    """P-95, P-96, C-163: every line has its contract, its entry is posted, and its days are billed and not credited."""
    if case.snapshot.header.document_type != "credit_memo":
        return
    seen: dict[int, int] = {}
    taken: list[Line] = []
    for one in real_lines(case):
        line = one.line
        if case.snapshot.made_from_contract and not line.contract_no and not line.system_created:
            yield line_finding(case, line, "contract_no_missing", "contract_no")
        if not is_contract_credit(case, line):
            continue
        if line.appl_to_service_entry:
            other = seen.setdefault(line.appl_to_service_entry, line.line_no)
            if other != line.line_no:
                yield line_finding(case, line, "contract_entry_twice", "appl_to_service_entry", other=other)
            yield from _entry_is_posted(case, line)
            if one.to_invoice != 1:
                yield line_finding(case, line, "contract_entry_whole", "quantity")
        if _not_billed(case, line, taken):
            _, first, last = days_of(case, line)
            yield line_finding(
                case, line, "contract_days_not_billed", "period_from", first=first, last=last,
                contract=line.contract_no,
            )  # fmt: skip
        taken.append(line)
        yield from _older_first(case, line)


def _entry_is_posted(case: Case, line: Line) -> Findings:
    entry = credited_entry(case, line)
    if entry is None:
        yield line_finding(case, line, "contract_entry_missing", "appl_to_service_entry")
    elif entry.open:
        yield line_finding(
            case, line, "contract_older_entries", "contract_no", contract=line.contract_no, older=entry.document_no
        )


def _older_first(case: Case, line: Line) -> Findings:
    """P-96: no invoice of the contract with earlier days is still open."""
    for no, since in case.snapshot.open_billings.get(line.contract_no, {}).items():
        entry = credited_entry(case, line)
        own = entry is not None and entry.document_no == no
        first = days_of(case, line)[1]
        if first is not None and since < first and not own:
            yield line_finding(case, line, "contract_older_entries", "contract_no", contract=line.contract_no, older=no)


def _not_billed(case: Case, line: Line, taken: Sequence[Line]) -> bool:
    """Whether some of the line's days are not billed by one entry more than take them back."""
    line_no, first, last = days_of(case, line)
    if first is None or last is None:
        return False
    spans = [
        (e.period_from, e.period_to, 1 if e.quantity < 0 else -1)
        for e in case.snapshot.billed_entries.values()
        if (e.service_contract_no, e.contract_line_no) == (line.contract_no, line_no)
    ]
    for one in taken:
        of, begin, end = days_of(case, one)
        if (one.contract_no, of) == (line.contract_no, line_no):
            spans.append((begin, end, -1))
    return any(
        sum(count for begin, end, count in spans if begin is not None and end is not None and begin <= day <= end) < 1
        for day in _edges(first, last, spans)
    )


def _edges(first: date, last: date, spans: Sequence[tuple[date | None, date | None, int]]) -> Iterator[date]:
    """The days of a span on which something may change."""
    days = {first}
    for begin, end, _ in spans:
        if begin is not None and end is not None:
            days |= {begin, end + DAY}
    return (day for day in sorted(days) if first <= day <= last)

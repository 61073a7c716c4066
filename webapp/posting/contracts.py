"""Invoices of service contracts: what posting them checks, and what becomes of the entries behind their lines.

The entry of a line was written when the invoice was made; posting makes it the invoice's own (P-95 … P-97, P-119,
C-118 … C-123).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from webapp.posting.amounts import PostedAmounts
from webapp.posting.billed import BilledEntry
from webapp.posting.case import Case
from webapp.posting.faults import Findings, line_finding, real_lines
from webapp.posting.findings import money, show
from webapp.posting.quantities import Taken
from webapp.posting.snapshot import ZERO, Line


@dataclass(frozen=True, slots=True)
class BilledUpdate:
    """What a posting settles on the entry behind a line (C-120, C-121)."""

    entry_no: int
    amount_lcy: Decimal
    unit_price: Decimal
    posted_gross: bool


def entry_of(case: Case, line: Line) -> BilledEntry | None:
    """The contract entry that the line bills."""
    entry = case.snapshot.billed_entries.get(line.appl_to_service_entry or 0)
    return entry if entry is not None and case.snapshot.header.document_type == "invoice" else None


# --- checks -----------------------------------------------------------------------------------------------------------


def contract_lines_fit(case: Case) -> Findings:
    """P-95, P-96, C-123: every line of a contract invoice has its contract and an open entry of its own amount."""
    snapshot = case.snapshot
    if snapshot.header.document_type != "invoice":
        return
    seen: dict[int, int] = {}
    for taken in real_lines(case):
        line = taken.line
        if snapshot.made_from_contract and not line.contract_no and not line.system_created:
            yield line_finding(case, line, "contract_no_missing", "contract_no")
        if not line.appl_to_service_entry:
            continue
        other = seen.setdefault(line.appl_to_service_entry, line.line_no)
        if other != line.line_no:
            yield line_finding(case, line, "contract_entry_twice", "appl_to_service_entry", other=other)
        yield from _entry_fits(case, taken)
    yield from _older_first(case)


def _entry_fits(case: Case, taken: Taken) -> Findings:
    line, entry = taken.line, entry_of(case, taken.line)
    if entry is None:
        yield line_finding(case, line, "contract_entry_missing", "appl_to_service_entry")
    elif not entry.open or entry.document_no != case.snapshot.header.no:
        yield line_finding(case, line, "contract_entry_closed", "appl_to_service_entry")
    elif line.line_amount != -entry.amount:
        yield line_finding(
            case, line, "contract_entry_amount", "line_amount", amount=money(line.line_amount),
            entry=money(-entry.amount),
        )  # fmt: skip


def _older_first(case: Case) -> Findings:
    """P-96, C-118: nothing of the contract that bills earlier days is still open on another invoice."""
    first: dict[str, tuple[date, Line]] = {}
    for taken in real_lines(case):
        entry = entry_of(case, taken.line)
        if entry is not None and entry.period_from is not None:
            known = first.get(entry.service_contract_no)
            if known is None or entry.period_from < known[0]:
                first[entry.service_contract_no] = (entry.period_from, taken.line)
    for contract_no, (day, line) in first.items():
        for no, since in case.snapshot.open_billings.get(contract_no, {}).items():
            if no != case.snapshot.header.no and since < day:
                yield line_finding(case, line, "contract_older_entries", "contract_no", contract=contract_no, older=no)


def contracts_hold_the_item(case: Case) -> Findings:
    """P-97: a line of an order with a contract no. whose service item that contract does not hold."""
    if not case.is_order:
        return
    for taken in real_lines(case):
        line, item_line = taken.line, case.item_line(taken.line)
        service_item_no = (item_line.service_item_no if item_line else "") or line.service_item_no
        if line.contract_no and service_item_no not in case.snapshot.contract_items.get(line.contract_no, ()):
            yield line_finding(
                case, line, "contract_line_unknown", "contract_no", name=show(service_item_no),
                contract=line.contract_no,
            )  # fmt: skip


# --- what becomes of the entries --------------------------------------------------------------------------------------


def billed_updates(case: Case) -> list[BilledUpdate]:
    """The entries behind the lines as the posting leaves them (C-120, C-121, O-19).

    In a foreign currency the prepaid account is credited with LCY amounts made from rounded document amounts. What that
    differs by from what the entries of a contract will release is added to its last prepaid entry.
    """
    found: list[BilledUpdate] = []
    rest: dict[str, Decimal] = {}
    last: dict[str, int] = {}
    for row, entry in _billed(case):
        apart = line_discount_apart(case, row)
        gross = apart is not None
        found.append(BilledUpdate(entry.entry_no, entry.amount_lcy, entry.unit_price, gross))
        if entry.prepaid:
            contract = entry.service_contract_no
            credited = row.amount_lcy + (apart or ZERO)
            released = entry.unit_price * entry.quantity if gross else -entry.amount_lcy
            rest[contract] = rest.get(contract, ZERO) + credited - abs(released)
            last[contract] = len(found) - 1
    for contract, place in last.items():
        cents, one = rest[contract], found[place]
        found[place] = BilledUpdate(one.entry_no, one.amount_lcy - cents, one.unit_price - cents, one.posted_gross)
    return found


def _billed(case: Case) -> Iterator[tuple[PostedAmounts, BilledEntry]]:
    for row in case.posted:
        entry = entry_of(case, row.line)
        if entry is not None:
            yield row, entry


def line_discount_apart(case: Case, row: PostedAmounts) -> Decimal | None:
    """The line discount in LCY when it goes to its own account (P-124); None when the line is posted net."""
    apart = case.posts_discount("line") and case.general(row.line) is not None
    if not apart or not row.line_discount_lcy or row.line.vat_calculation_type == "full":
        return None
    return row.line_discount_lcy

"""What of a customer entry can be edited while it is open, and what that must hold (D-130, O-44)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.posting.findings import Finding, finding, money, show
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO

EDITABLE = (
    "due_date",
    "payment_method_code",
    "payment_reference",
    "remaining_pmt_disc_possible",
    "on_hold",
    "dispute",
    "promised_date",
)


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """A customer entry as far as editing it asks: its name, what it was, what can be edited."""

    entry_no: int
    name: str
    open: bool
    document_date: date | None
    original_pmt_disc_possible: Decimal
    values: Mapping[str, Any]


def change_findings(setup: Setup, entry: EntryFacts, values: Mapping[str, Any]) -> Iterator[Finding]:
    """Everything that is wrong with these values."""
    at: dict[str, Any] = {"table": "customer_ledger_entry", "record": str(entry.entry_no)}
    if not entry.open:
        yield finding("entry_not_editable", name=entry.name, **at)
        return
    due = values["due_date"]
    if due is None:
        yield finding("field_required", field="due_date", **at)
    elif entry.document_date is not None and due < entry.document_date:
        yield finding("due_before_document", field="due_date", date=due, day=entry.document_date, **at)
    method = values["payment_method_code"]
    if method and method not in setup.payment_methods:
        named = {"name": method, "table": "payment_method"}
        yield finding("reference_unknown", field="payment_method_code", **named)
    most, discount = entry.original_pmt_disc_possible, values["remaining_pmt_disc_possible"]
    if not min(most, ZERO) <= discount <= max(most, ZERO):
        yield finding("discount_above_original", field="remaining_pmt_disc_possible", most=money(most), **at)


def told_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, str]:
    """What was changed, before and after, in words for the document's log."""
    names = [name for name in EDITABLE if before[name] != after[name]]

    def words(values: Mapping[str, Any]) -> str:
        return ", ".join(f"{name.replace('_', ' ')} {show(values[name])}" for name in names)[:250]

    return words(before), words(after)

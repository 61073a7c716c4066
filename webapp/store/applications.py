"""The open entries of a payer that a credit memo may be applied to, and the marks on them (D-19, D-131)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from db.engine import reading, transaction
from db.session import Batch, Session
from webapp.posting.amounts import document_totals
from webapp.posting.changes import without_application
from webapp.posting.credit_checks import application_fault, entry_name
from webapp.posting.findings import Finding, finding, money
from webapp.posting.headers import KINDS
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, DocumentKey, Header, OpenEntry
from webapp.store.acting import Acting
from webapp.store.document_rows import header_batch, unmarking_batch
from webapp.store.drafts import Saved
from webapp.store.readers import OPEN_ENTRIES
from webapp.store.rows import decimal_from, scaled_from
from webapp.store.snapshots import load_document

_OPEN = "WHERE customer_no = ? AND open AND positive"
_REMAINING = """
SELECT customer_entry_no, SUM(amount), SUM(amount_lcy) FROM detailed_customer_entry WHERE customer_entry_no IN (
    SELECT entry_no FROM (SELECT entry_no FROM customer_ledger_entry {0}) shown) GROUP BY customer_entry_no"""
MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Applicable:
    """An open entry of the payer; `fault` says why the credit memo cannot be applied to it, blank when it can."""

    entry: OpenEntry
    fault: str
    marked: bool

    @property
    def to_apply(self) -> Decimal:
        return self.entry.amount_to_apply if self.marked and self.entry.amount_to_apply else self.entry.remaining


@dataclass(frozen=True, slots=True)
class Applying:
    """A credit memo with what it comes to, and the entries that it may be applied to."""

    header: Header
    total: Decimal
    currency: str
    entries: Sequence[Applicable]


async def look_at_entries(key: DocumentKey) -> Applying | None:
    """What a credit memo may be applied to, by due date; None when there is no such document."""
    async with reading() as session:
        document, setup = await load_document(session, key)
        if document is None:
            return None
        entries = await _entries(session, document.header.bill_to_customer_no)
    total = document_totals(setup, document.header, document.lines).amount_including_vat
    head = document.header
    return Applying(
        head,
        total,
        head.currency_code or setup.ledger.lcy_code,
        [_applicable(setup, head, one) for one in entries],
    )


async def _entries(session: Session, payer: str, *, lock: bool = False) -> list[OpenEntry]:
    """To be marked: all of them, locked. To be shown: as many as a page takes."""
    if lock:
        locking = " FOR UPDATE" if session.dialect == "postgresql" else ""
        where, which = f"{_OPEN} ORDER BY entry_no{locking}", _OPEN
    else:
        where = which = f"{_OPEN} ORDER BY due_date, entry_no LIMIT {MOST_SHOWN}"
    rows, sums = await session.fetch_all([(OPEN_ENTRIES.sql(where), (payer,)), (_REMAINING.format(which), (payer,))])
    left = {int(no): [decimal_from(int(value), 5) for value in values] for no, *values in sums}
    return [
        changed(entry, remaining=left[entry.entry_no][0], remaining_lcy=left[entry.entry_no][1])
        for entry in OPEN_ENTRIES.all(rows)
        if entry.entry_no in left
    ]


def _applicable(setup: Setup, header: Header, entry: OpenEntry) -> Applicable:
    own = bool(header.applies_to_id) and entry.applies_to_id == header.applies_to_id
    by_number = (header.applies_to_doc_type, header.applies_to_doc_no) == (entry.document_type, entry.document_no)
    found = _faults(setup, header, entry)
    return Applicable(entry, found[0].message if found else "", own or (by_number and not header.applies_to_id))


def _faults(setup: Setup, header: Header, entry: OpenEntry) -> list[Finding]:
    names: dict[str, Any] = {
        "name": entry_name(entry),
        "owner": entry.customer_no,
        "no": header.bill_to_customer_no,
        "day": entry.posting_date,
        "date": header.posting_date,
        "currency": entry.currency_code or setup.ledger.lcy_code,
        "own": header.currency_code or setup.ledger.lcy_code,
        "other": entry.applies_to_id,
    }
    code = application_fault(setup, header, entry)
    if not code and entry.applies_to_id and entry.applies_to_id != (header.applies_to_id or header.no):
        code = "applies_to_marked_elsewhere"
    return [finding(code, document=header.no, field="applies_to_doc_no", **names)] if code else []


async def mark_entries(
    acting: Acting, key: DocumentKey, amounts: Mapping[int, Decimal], row_version: int | None = None
) -> Saved:
    """Marks these entries, each with the amount to apply (0 for all of it), and takes the mark off all others; none
    leaves the credit memo applied to nothing. Marking goes before a number that was typed (D-19)."""
    async with transaction() as session:
        document, setup = await load_document(session, key, lock=True)
        if document is None:
            return Saved(key, findings=(finding("document_gone", kind=KINDS[key.document_type], no=key.no),))
        head = document.header
        if row_version is not None and row_version != head.row_version:
            return Saved(key, findings=(finding("document_changed", kind=KINDS[key.document_type], no=key.no),))
        entries = {one.entry_no: one for one in await _entries(session, head.bill_to_customer_no, lock=True)}
        findings = _wrong(setup, head, entries, amounts)
        if findings:
            return Saved(key, findings=tuple(findings))
        after = changed(without_application(head), applies_to_id=head.no if amounts else "")
        marks = [(head.no, scaled_from(amount, 5), entry_no) for entry_no, amount in sorted(amounts.items())]
        batches: list[Batch] = [
            unmarking_batch(head.applies_to_id),
            ("UPDATE customer_ledger_entry SET applies_to_id = ?, amount_to_apply = ? WHERE entry_no = ?", marks),
            header_batch(head, after, acting.user),
        ]
        await session.execute_all([batch for batch in batches if batch[1]])
        return Saved(key)


def _wrong(
    setup: Setup, header: Header, entries: Mapping[int, OpenEntry], amounts: Mapping[int, Decimal]
) -> list[Finding]:
    found: list[Finding] = []
    for entry_no, amount in amounts.items():
        entry = entries.get(entry_no)
        if entry is None:
            found.append(finding("applies_to_closed", document=header.no, name=f"Entry {entry_no}"))
            continue
        found += _faults(setup, header, entry)
        if amount < ZERO:
            found.append(finding("number_negative", document=header.no, field="amount_to_apply"))
        if amount > entry.remaining:
            names: dict[str, Any] = {"most": money(entry.remaining), "name": entry_name(entry)}
            found.append(finding("amount_to_apply_too_large", document=header.no, field="amount_to_apply", **names))
    return found

"""Edits what of an open customer entry can be edited, and logs it on its document (D-130)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from db import ledgers
from db.engine import transaction
from db.session import Batch
from webapp.posting.entry_changes import EDITABLE, EntryFacts, change_findings, told_changes
from webapp.posting.findings import Finding, finding
from webapp.store.acting import Acting
from webapp.store.customer_entries import lock_entries
from webapp.store.payments import LOG
from webapp.store.rows import codec
from webapp.store.setup_cache import load_setup
from webapp.store.unapplying import NAMES

_ENTRY = codec(ledgers.CustomerLedgerEntry)
_READ = (*EDITABLE, "document_type", "document_no", "open", "document_date", "original_pmt_disc_possible")
_KINDS = {"invoice": "posted_invoice", "credit_memo": "posted_credit_memo"}


async def edit_entry(
    acting: Acting, entry_no: int, values: Mapping[str, Any], seen: Mapping[str, Any]
) -> list[Finding] | None:
    """Edits an open entry; the findings when it may not be, None when there is no such entry. `seen` is what the page
    showed: what somebody else has edited meanwhile is not written over."""
    async with transaction() as session:
        await lock_entries(session, [entry_no])
        rows = await session.fetch(_ENTRY.select(_READ, "WHERE entry_no = ?"), entry_no)
        if not rows:
            return None
        row = _ENTRY.read(_READ, rows[0])
        kind, no = str(row["document_type"]), str(row["document_no"])
        before = {name: row[name] for name in EDITABLE}
        name = f"{NAMES.get(kind, 'Entry')} {no}"
        facts = EntryFacts(
            entry_no, name, bool(row["open"]), row["document_date"], row["original_pmt_disc_possible"], before
        )
        found = list(change_findings(await load_setup(session), facts, values))
        if bool(row["open"]) and any(before[one] != seen[one] for one in EDITABLE):
            found.append(finding("entry_edited_meanwhile", name=name))
        if found or all(before[one] == values[one] for one in EDITABLE):
            return found
        sets = ", ".join(f"{one} = ?" for one in EDITABLE)
        written = tuple(_ENTRY.write(one, values[one]) for one in EDITABLE)
        batches: list[Batch] = [(f"UPDATE customer_ledger_entry SET {sets} WHERE entry_no = ?", [(*written, entry_no)])]
        if kind in _KINDS:
            old, new = told_changes(before, values)
            at = datetime.now(UTC)
            log = [_KINDS[kind], no, "Payment data edited", at, acting.user, f"{old} → {new}"[:250]]
            batches.append((LOG.sql, [LOG.row(None, log)]))
        await session.execute_all(batches)
    return []

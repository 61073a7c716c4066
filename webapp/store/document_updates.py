"""Brings a posted shipment or invoice up to date, with its open customer entry, and logs it (D-93)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from db import posted
from db.engine import transaction
from db.session import Batch, Session
from webapp.posting.document_updates import FOLLOWED, UPDATABLE, told_update, update_findings
from webapp.posting.findings import Finding, finding
from webapp.store.acting import Acting
from webapp.store.customer_entries import lock_entries
from webapp.store.paper import LOG_KINDS
from webapp.store.payments import LOG
from webapp.store.rows import codec
from webapp.store.setup_cache import load_setup

__all__ = ["update_document"]

_TABLES: Final = {"shipment": posted.ServiceShipmentHeader, "invoice": posted.ServiceInvoiceHeader}
_NAMES: Final = {"shipment": "Shipment", "invoice": "Invoice"}
Values = Mapping[str, Any]


async def update_document(acting: Acting, kind: str, no: str, values: Values, seen: Values) -> Sequence[Finding] | None:
    """Writes what may change after posting; the findings when it may not be, None when there is no such document.
    `seen` is what the page showed: what somebody else has changed meanwhile is not written over. The document is locked
    before its entry (O-27)."""
    rows, names = codec(_TABLES[kind]), UPDATABLE[kind]
    async with transaction() as session:
        lock = " FOR UPDATE" if session.dialect == "postgresql" else ""
        found = await session.fetch(rows.select(names, f"WHERE no = ?{lock}"), no)
        if not found:
            return None
        before = rows.read(names, found[0])
        faults = list(update_findings(await load_setup(session), values))
        if any(before[name] != seen[name] for name in names):
            faults.append(finding("entry_edited_meanwhile", name=f"{_NAMES[kind]} {no}"))
        if faults or all(before[name] == values[name] for name in names):
            return faults
        sets = ", ".join(f"{name} = ?" for name in names)
        written = [rows.write(name, values[name]) for name in names]
        old, new = told_update(kind, before, values)
        said = [LOG_KINDS[kind], no, "Document updated", datetime.now(UTC), acting.user, f"{old} → {new}"[:250]]
        batches: list[Batch] = [
            (f"UPDATE {rows.name} SET {sets} WHERE no = ?", [(*written, no)]),
            (LOG.sql, [LOG.row(None, said)]),
        ]
        if kind == "invoice":
            batches += await _of_entry(session, no, dict(zip(names, written, strict=True)))
        await session.execute_all(batches)
    return []


async def _of_entry(session: Session, no: str, written: Values) -> list[Batch]:
    """The customer entry follows while it is open."""
    sql = "SELECT entry_no FROM customer_ledger_entry WHERE document_type = 'invoice' AND document_no = ?"
    entries = [int(entry_no) for (entry_no,) in await session.fetch(sql, no)]
    await lock_entries(session, entries)
    sets = ", ".join(f"{name} = ?" for name in FOLLOWED)
    rows = [(*(written[name] for name in FOLLOWED), entry_no) for entry_no in entries]
    return [(f"UPDATE customer_ledger_entry SET {sets} WHERE entry_no = ? AND open", rows)] if rows else []

"""What posting a contract invoice asks of its entries, and what it writes to them (P-96, P-119, C-121, C-123)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from db import documents
from db.session import Batch, Row
from webapp.posting.plan import PostingPlan
from webapp.store.readers import BILLED
from webapp.store.rows import RecordWriter, scaled_from

_LOG = RecordWriter(
    documents.ServiceDocumentLog, (), ("document_kind", "document_no", "event", "at", "user_name", "after")
)
# Each is asked for any number of documents; the first column of a row is the key that it was asked by.
MADE_FROM_CONTRACT: Final = (
    "SELECT destination_no, source_no FROM service_document_register WHERE source_kind = 'contract'"
    " AND destination_kind = 'invoice' AND destination_no IN ({marks})"
)
OPEN_BILLINGS: Final = (
    "SELECT service_contract_no, document_no, MIN(period_from) FROM service_ledger_entry"
    " WHERE service_contract_no <> '' AND type = 'service_contract' AND open AND service_contract_no IN ({marks})"
    " GROUP BY service_contract_no, document_no ORDER BY 1, 2"
)
CONTRACT_ITEMS: Final = (
    "SELECT contract_no, service_item_no FROM service_contract_line WHERE kind = 'contract'"
    " AND service_item_no IS NOT NULL AND contract_no IN ({marks})"
)
LOCKED: Final = "SELECT no FROM service_contract WHERE kind = 'contract' AND no IN ({marks}) ORDER BY no FOR UPDATE"
"""Locks the contracts of an invoice in the order of their numbers (O-27); on PostgreSQL only."""


def answers(rows: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """What a snapshot knows of contracts, by its field."""
    billings: dict[str, dict[str, date]] = {}
    for contract, document, day in rows.get("open_billings", ()):
        if day is not None:
            billings.setdefault(str(contract), {})[str(document)] = (
                day if isinstance(day, date) else date.fromisoformat(str(day))
            )
    items: dict[str, set[str]] = {}
    for contract, item in rows.get("contract_items", ()):
        items.setdefault(str(contract), set()).add(str(item))
    return {
        "made_from_contract": bool(rows.get("made_from_contract")),
        "billed_entries": {entry.entry_no: entry for entry in BILLED.all(rows.get("billed_entries", ()))},
        "open_billings": billings,
        "contract_items": {no: frozenset(found) for no, found in items.items()},
    }


def billed_batches(plan: PostingPlan, invoice_no: str, user: str, at: datetime) -> list[Batch]:
    """The entries become the invoice's own, and so do the register rows; each contract's log says so."""
    if not plan.billed:
        return []
    entries = [
        (
            False,
            "invoice",
            invoice_no,
            scaled_from(one.amount_lcy, 5),
            scaled_from(one.unit_price, 5),
            one.posted_gross,
            one.entry_no,
        )
        for one in plan.billed
    ]
    contracts = sorted({entry.service_contract_no for entry in plan.case.snapshot.billed_entries.values()})
    return [
        (
            "UPDATE service_ledger_entry SET open = ?, document_type = ?, document_no = ?, amount_lcy = ?,"
            " unit_price = ?, posted_gross = ? WHERE entry_no = ?",
            entries,
        ),
        (
            "UPDATE service_document_register SET destination_kind = 'posted_invoice', destination_no = ?"
            " WHERE source_kind = 'contract' AND destination_kind = 'invoice' AND destination_no = ?",
            [(invoice_no, plan.header.no)],
        ),
        (_LOG.sql, [_LOG.row(None, ["contract", no, "Invoice posted", at, user, invoice_no]) for no in contracts]),
    ]

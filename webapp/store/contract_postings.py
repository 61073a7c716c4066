"""What posting a contract invoice asks of its entries, and what it writes to them (P-96, P-119, C-121, C-123)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from db import documents
from db.session import Batch, Row
from webapp.posting.billed import PlannedService
from webapp.posting.plan import PostingPlan
from webapp.store.readers import BILLED
from webapp.store.readers import CONTRACT_TERMS as TERMS_OF
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
CREDIT_OF_CONTRACT: Final = (
    "SELECT r.destination_no, r.source_no FROM service_document_register r JOIN service_header h"
    " ON h.document_type = 'credit_memo' AND h.no = r.destination_no AND h.contract_no <> ''"
    " WHERE r.source_kind = 'contract' AND r.destination_kind = 'credit_memo' AND r.destination_no IN ({marks})"
)
"""One that prepaid entries were fetched into is not the contract's own: it may hold other lines, too (C-149)."""
SALES: Final = BILLED.sql(
    "WHERE service_contract_no <> '' AND service_contract_no IN ({marks}) AND type = 'service_contract'"
    " AND entry_type = 'sale' ORDER BY entry_no"
)
PLANNED_SERVICES: Final = (
    "SELECT i.document_no, l.contract_no, l.line_no, l.service_period, l.next_planned_service_date"
    " FROM service_item_line i JOIN service_header h"
    " ON h.document_type = i.document_type AND h.no = i.document_no AND h.last_shipping_no = ''"
    " JOIN service_contract_line l"
    " ON l.kind = 'contract' AND l.contract_no = i.contract_no AND l.line_no = i.contract_line_no"
    " WHERE i.document_type = 'order' AND i.contract_line_no <> 0 AND i.document_no IN ({marks}) ORDER BY i.line_no"
)
TERMS: Final = TERMS_OF.sql("WHERE kind = 'contract' AND no IN ({marks})")
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
        "made_from_contract": bool(rows.get("made_from_contract") or rows.get("credit_of_contract")),
        "billed_entries": {
            entry.entry_no: entry
            for name in ("billed_entries", "contract_sales")
            for entry in BILLED.all(rows.get(name, ()))
        },
        "contract_terms": {one.no: one for one in TERMS_OF.all(rows.get("contract_terms", ()))},
        "open_billings": billings,
        "planned_services": tuple(
            PlannedService(str(contract), int(line), str(period), planned)
            for _, contract, line, period, planned in rows.get("planned_services", ())
        ),
        "contract_items": {no: frozenset(found) for no, found in items.items()},
    }


def credited_batches(plan: PostingPlan, credit_memo_no: str, user: str, at: datetime) -> list[Batch]:
    """The register rows of a contract's credit memo become those of the posted one; each contract's log says so."""
    terms = plan.case.snapshot.contract_terms
    if not credit_memo_no or not terms:
        return []
    return [
        (
            "UPDATE service_document_register SET destination_kind = 'posted_credit_memo', destination_no = ?"
            " WHERE source_kind = 'contract' AND destination_kind = 'credit_memo' AND destination_no = ?",
            [(credit_memo_no, plan.header.no)],
        ),
        (
            _LOG.sql,
            [_LOG.row(None, ["contract", no, "Credit memo posted", at, user, credit_memo_no]) for no in sorted(terms)],
        ),
    ]


def served_batches(plan: PostingPlan) -> list[Batch]:
    """What the order's first shipment writes to the contract lines that it serves (P-130, C-158)."""
    lines = [
        (
            one.last_service_date,
            one.last_planned_service_date,
            one.next_planned_service_date,
            one.contract_no,
            one.line_no,
        )
        for one in plan.services_done
    ]
    contracts = sorted({one.contract_no for one in plan.services_done})
    return [
        (
            "UPDATE service_contract_line SET last_service_date = ?, last_planned_service_date = ?,"
            " next_planned_service_date = ? WHERE kind = 'contract' AND contract_no = ? AND line_no = ?",
            lines,
        ),
        (
            "UPDATE service_contract SET row_version = row_version + 1 WHERE kind = 'contract' AND no = ?",
            [(no,) for no in contracts],
        ),
    ]


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

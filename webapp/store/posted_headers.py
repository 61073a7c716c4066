"""Headers of posted documents: the open header as it stands, and what posting adds (P-34, P-35, P-104, P-107)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from piccolo.table import Table

from db import documents, posted
from db.session import Batch
from webapp.posting.documents import shipped_item_lines
from webapp.posting.plan import PostingPlan
from webapp.posting.records import names_of
from webapp.posting.rounding import Roundings, roundings_of
from webapp.store.ledger_rows import Numbers
from webapp.store.rows import codec

_HEADER_FIELDS = tuple(
    name for name in codec(documents.ServiceHeader).columns if name in documents.HeaderFields.__dict__
)
_ITEM_FIELDS = tuple(
    name for name in codec(documents.ServiceItemLine).columns if name in documents.ItemLineFields.__dict__
)


_APPLICATION = ("applies_to_doc_type", "applies_to_doc_no")
_INVOICES: Mapping[str, type[Table]] = {
    "invoice": posted.ServiceInvoiceHeader,
    "credit_memo": posted.ServiceCrMemoHeader,
}


# How the amounts were rounded, by the names of the core.
ROUNDING_COLUMNS = tuple(name for name in names_of(Roundings) if name != "kept")

# A document posted before the account was kept has what the set-up says today.
_ROUNDED_TO = (
    "CASE WHEN {0}.amount_rounding_precision <> 0 THEN {0}.inv_rounding_account ELSE COALESCE((SELECT"
    " g.invoice_rounding FROM customer_posting_group g WHERE g.code = {0}.customer_posting_group), '') END"
)


def rounding_account(header: str) -> str:
    """SQL for the account that a posted document was rounded to (P-139), by the name of its header in the query."""
    return _ROUNDED_TO.format(header)


Source = tuple[str, tuple[object, ...]]


def _copied_header(
    table: type[Table], plan: PostingPlan, added: Mapping[str, Any], source: Source | None = None
) -> Batch:
    """INSERT … SELECT: the columns never leave the database, so nothing can be lost on the way. From the open header
    unless another `source` is given: the rest of the statement after FROM, and its arguments."""
    rows = codec(table)
    header = plan.header
    place = source or ("service_header WHERE document_type = ? AND no = ?", (header.document_type, header.no))
    applies = _APPLICATION if "applies_to_doc_no" in rows.columns else ()
    rounding = ROUNDING_COLUMNS if source else ()
    copied = [name for name in (*_HEADER_FIELDS, *applies, *rounding) if name not in added]
    selected = ["COALESCE(vat_date, posting_date)" if name == "vat_date" else name for name in copied]
    casts = ", ".join(_parameter(rows.columns[name], value) for name, value in added.items())
    sql = (
        f"INSERT INTO {rows.name} ({', '.join((*copied, *added))}) SELECT {', '.join(selected)}, {casts}"
        f" FROM {place[0]}"
    )
    values = [rows.write(name, value) for name, value in added.items() if value is not None]
    return sql, [[*values, *place[1]]]


def _parameter(column: Any, value: Any) -> str:
    """A parameter in a SELECT, whose type PostgreSQL cannot know by itself. What casts a date there spoils it on
    SQLite; beside a date both take it for one."""
    if value is None:
        return "NULL"
    if isinstance(value, date):
        return "COALESCE(?, posting_date)"
    return f"CAST(? AS {({int: 'BIGINT', bool: 'BOOLEAN'}).get(column.value_type, 'VARCHAR')})"


def _added(plan: PostingPlan, numbers: Numbers, role: str, user: str, series: str) -> dict[str, Any]:
    return {
        "no": numbers.documents[role],
        "no_series": series,
        "posting_run_no": numbers.run,
        "user_name": user,
    }


def shipment_batches(plan: PostingPlan, numbers: Numbers, user: str) -> list[Batch]:
    """The posted shipment's header and its service item lines (P-104)."""
    header = plan.header
    service = plan.case.setup.service
    added = _added(plan, numbers, "shipment", user, header.shipping_no_series or service.posted_shipment_nos)
    is_order = plan.case.is_order
    added |= {
        "order_no": header.no if is_order else "",
        "order_no_series": header.no_series if is_order else "",
        "invoice_no": numbers.documents.get("invoice", ""),
    }
    headed = _copied_header(posted.ServiceShipmentHeader, plan, added)
    if not is_order:
        named = shipped_item_lines(plan.case.snapshot)
        rows = [(numbers.documents["shipment"], line.line_no, line.description) for line in named]
        return [
            headed,
            (
                "INSERT INTO service_shipment_item_line (document_no, line_no, description) VALUES (?, ?, ?)",
                rows,
            ),
        ]
    fields = ", ".join(_ITEM_FIELDS)
    sql = (
        f"INSERT INTO service_shipment_item_line (document_no, line_no, {fields})"
        f" SELECT CAST(? AS VARCHAR), line_no, {fields} FROM service_item_line"
        " WHERE document_type = ? AND document_no = ?"
    )
    item_lines: Batch = (sql, [(numbers.documents["shipment"], header.document_type, header.no)])
    return [headed, item_lines]


def invoice_header_batch(plan: PostingPlan, numbers: Numbers, user: str) -> Batch:
    """The header of the posted invoice or credit memo with its sums (P-107)."""
    header, role = plan.header, plan.case.invoicing_role
    service = plan.case.setup.service
    own_series = service.posted_cr_memo_nos if role == "credit_memo" else service.posted_invoice_nos
    added = _added(plan, numbers, role, user, header.posting_no_series or own_series)
    is_order = plan.case.is_order
    added |= {
        "pre_assigned_no": "" if is_order else header.no,
        "order_no": plan.order_no,
        "customer_entry_no": numbers.entries["customer"][0],
        "amount": plan.totals.amount,
        "amount_including_vat": plan.totals.amount_including_vat,
    }
    roundings = roundings_of(plan.case.setup, header, plan.case.posted)
    added |= {name: getattr(roundings, name) for name in ROUNDING_COLUMNS}
    return _copied_header(_INVOICES[role], plan, added)


# What the header of a cancelling credit memo has otherwise than its invoice (P-186, D-13).
_OF_CANCELLING = (
    "posting_date",
    "document_date",
    "vat_date",
    "due_date",
    "pmt_discount_date",
    "pmt_discount_pct",
    "payment_terms_code",
    "payment_method_code",
    "bal_account_no",
    "posting_description",
    "correction",
    "applies_to_doc_type",
    "applies_to_doc_no",
)


def cancelling_header_batch(plan: PostingPlan, invoice_no: str, numbers: Numbers, user: str) -> Batch:
    """The header of the credit memo that cancels an invoice, copied from that (P-186); rounded as that was."""
    header = plan.header
    added = _added(plan, numbers, "credit_memo", user, plan.case.setup.service.posted_cr_memo_nos)
    added |= {name: getattr(header, name) for name in _OF_CANCELLING}
    added |= {
        "cancels": invoice_no,
        "customer_entry_no": numbers.entries["customer"][0],
        "amount": plan.totals.amount,
        "amount_including_vat": plan.totals.amount_including_vat,
    }
    source: Source = ("service_invoice_header WHERE no = ?", (invoice_no,))
    return _copied_header(posted.ServiceCrMemoHeader, plan, added, source)

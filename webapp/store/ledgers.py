"""Every ledger as pages show it: its columns, what is searched and filtered, whom its numbers name (P-37 … P-45)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from piccolo.table import Table

from db import ledgers
from webapp.store.document_lists import DocumentList
from webapp.store.rows import codec

Row = dict[str, Any]

# A column that a ledger does not have itself: its SQL over the row `h`.
NAMES: Mapping[str, str] = {
    "gl_account_name": "(SELECT a.name FROM gl_account a WHERE a.no = h.gl_account_no)",
    "customer_name": "(SELECT c.name FROM customer c WHERE c.no = h.customer_no)",
    "item_description": "(SELECT i.description FROM item i WHERE i.no = h.item_no)",
}
# Which documents the posting of a row made: where the document number of the row leads.
MADE: Mapping[str, str] = {
    "made_shipment": "(SELECT r.shipment_no FROM posting_run r WHERE r.no = h.posting_run_no)",
    "made_invoice": "(SELECT r.invoice_no FROM posting_run r WHERE r.no = h.posting_run_no)",
    "made_credit_memo": "(SELECT r.credit_memo_no FROM posting_run r WHERE r.no = h.posting_run_no)",
}


@dataclass(frozen=True, slots=True)
class Ledger:
    """One ledger. `columns` may name one of `NAMES`; `filters` are columns that are asked for exactly."""

    slug: str
    title: str
    about: str
    table: type[Table]
    columns: tuple[str, ...]
    filters: tuple[str, ...]
    searched: tuple[str, ...]
    key: str = "entry_no"

    @property
    def name(self) -> str:
        return codec(self.table).name

    @property
    def own(self) -> tuple[str, ...]:
        """The columns that are the table's own."""
        return tuple(name for name in self.columns if name not in NAMES)

    @property
    def names(self) -> Mapping[str, str]:
        return {name: NAMES[name] for name in self.columns if name in NAMES}

    @property
    def listed(self) -> DocumentList:
        """The ledger as a list, the newest entry first."""
        run = self.table is ledgers.PostingRun
        own = self.own if run else (*self.own, "posting_run_no")
        extra = self.names if run else {**self.names, **MADE}
        return DocumentList(self.table, own, self.searched, extra=extra, sort=f"-{self.key}", key=self.key)


_START = ("entry_no", "posting_date", "document_no")

LEDGERS: Mapping[str, Ledger] = {
    one.slug: one
    for one in (
        Ledger(
            "general-ledger",
            "General ledger",
            "Debit and credit of every account.",
            ledgers.GlEntry,
            (
                *_START,
                "gl_account_no",
                "gl_account_name",
                "description",
                "debit_amount",
                "credit_amount",
                "vat_amount",
                "dim_1",
                "dim_2",
            ),
            ("document_no", "gl_account_no", "posting_run_no"),
            ("document_no", "gl_account_no", "description", "external_document_no", "source_no"),
        ),
        Ledger(
            "vat",
            "VAT",
            "Base and tax of every invoice, by rate.",
            ledgers.VatEntry,
            (*_START, "vat_identifier", "vat_pct", "calculation_type", "base", "amount", "vat_registration_no"),
            ("document_no", "vat_identifier", "bill_to_customer_no", "posting_run_no"),
            ("document_no", "vat_identifier", "bill_to_customer_no", "external_document_no"),
        ),
        Ledger(
            "customer-ledger",
            "Customer ledger",
            "What each customer was charged, and what is open.",
            ledgers.CustomerLedgerEntry,
            (
                "entry_no",
                "posting_date",
                "document_type",
                "document_no",
                "customer_no",
                "customer_name",
                "due_date",
                "currency_code",
                "sales_lcy",
                "profit_lcy",
                "open",
            ),
            ("document_no", "customer_no", "posting_run_no"),
            ("document_no", "customer_no", "external_document_no", "your_reference"),
        ),
        Ledger(
            "detailed-customer-ledger",
            "Detailed customer ledger",
            "How the amount of each customer entry came about.",
            ledgers.DetailedCustomerEntry,
            (
                "entry_no",
                "posting_date",
                "document_type",
                "document_no",
                "customer_no",
                "entry_type",
                "currency_code",
                "amount",
                "amount_lcy",
                "due_date",
            ),
            ("document_no", "customer_no", "posting_run_no"),
            ("document_no", "customer_no"),
        ),
        Ledger(
            "item-ledger",
            "Item ledger",
            "Quantities in and out of stock.",
            ledgers.ItemLedgerEntry,
            (
                *_START,
                "item_no",
                "item_description",
                "entry_type",
                "location_code",
                "quantity",
                "invoiced_quantity",
                "remaining_quantity",
                "open",
            ),
            ("document_no", "item_no", "posting_run_no"),
            ("document_no", "item_no", "order_no", "external_document_no"),
        ),
        Ledger(
            "value-entries",
            "Value entries",
            "Sales and cost of every movement of an item.",
            ledgers.ValueEntry,
            (
                *_START,
                "item_no",
                "valued_quantity",
                "sales_amount_expected",
                "sales_amount_actual",
                "cost_amount_expected",
                "cost_amount_actual",
                "cost_posted_to_gl",
            ),
            ("document_no", "item_no", "posting_run_no"),
            ("document_no", "item_no", "source_no"),
        ),
        Ledger(
            "resource-ledger",
            "Resource ledger",
            "Hours used and sold.",
            ledgers.ResourceLedgerEntry,
            (*_START, "entry_type", "resource_no", "description", "quantity", "uom", "total_cost", "total_price"),
            ("document_no", "resource_no", "posting_run_no"),
            ("document_no", "resource_no", "description", "order_no", "external_document_no"),
        ),
        Ledger(
            "service-ledger",
            "Service ledger",
            "Everything that was used, charged or consumed, by machine, order and contract.",
            ledgers.ServiceLedgerEntry,
            (
                *_START,
                "entry_type",
                "type",
                "no",
                "service_item_no",
                "quantity",
                "charged_qty",
                "cost_amount",
                "discount_amount",
                "amount_lcy",
            ),
            ("document_no", "customer_no", "service_order_no", "service_item_no", "posting_run_no"),
            ("document_no", "no", "customer_no", "service_order_no", "service_item_no", "external_document_no"),
        ),
        Ledger(
            "warranty-ledger",
            "Warranty ledger",
            "What warranty took over.",
            ledgers.WarrantyLedgerEntry,
            (*_START, "type", "no", "description", "service_item_no", "quantity", "amount", "open"),
            ("document_no", "customer_no", "service_order_no", "service_item_no", "posting_run_no"),
            ("document_no", "no", "customer_no", "service_order_no", "service_item_no"),
        ),
        Ledger(
            "posting-runs",
            "Posting runs",
            "Every posting: who, when, from what, and what it made.",
            ledgers.PostingRun,
            (
                "no",
                "at",
                "user_name",
                "source_type",
                "source_no",
                "option",
                "shipment_no",
                "invoice_no",
                "credit_memo_no",
            ),
            ("user_name", "source_no", "shipment_no", "invoice_no", "credit_memo_no"),
            ("source_no", "shipment_no", "invoice_no", "credit_memo_no", "user_name"),
            key="no",
        ),
    )
}
# The ledgers whose rows carry the posting run that wrote them, in the order in which an accountant reads them.
ENTRIES = tuple(one for one in LEDGERS.values() if one.key == "entry_no")

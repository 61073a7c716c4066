"""The kinds of posted documents: words, addresses, and the columns and filters of their lists (D-108, D-109)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from webapp.pages.column_filters import PERIOD, filters_of
from webapp.pages.lists import Column, Filter
from webapp.posting.certificates import STATES as CERTIFICATES
from webapp.store.column_facts import kinds_of, options_of
from webapp.store.document_lists import CREDIT_MEMOS, INVOICES, SENDING_STATES, SHIPMENTS, DocumentList

__all__ = ["CREDIT_MEMO", "FILTERS", "INVOICE", "KINDS_OF", "SHIPMENT", "Kind", "shown_columns"]

# What every posted header has besides the columns that its list shows of itself (D-108).
_HEADER: Final = (
    ("description", ""),
    ("your_reference", ""),
    ("document_date", ""),
    ("order_date", ""),
    ("contact_name", ""),
    ("customer_post_code", ""),
    ("customer_city", ""),
    ("customer_country_code", "Country"),
    ("bill_to_customer_no", "Bill-to no."),
    ("bill_to_name", ""),
    ("bill_to_contact", ""),
    ("bill_to_post_code", ""),
    ("bill_to_city", ""),
    ("bill_to_country_code", "Bill-to country"),
    ("salesperson_code", "Salesperson"),
    ("location_code", "Location"),
    ("contract_no", ""),
    ("service_order_type", ""),
    ("dim_1", ""),
    ("dim_2", ""),
    ("user_name", "Posted by"),
    ("posting_run_no", "Posting run"),
)
_SHIP_TO: Final = (
    ("ship_to_code", ""),
    ("ship_to_name", ""),
    ("ship_to_contact", ""),
    ("ship_to_post_code", ""),
    ("ship_to_city", ""),
    ("ship_to_country_code", "Ship-to country"),
)
_SERVICE: Final = (
    ("response_date", ""),
    ("starting_date", ""),
    ("starting_time", ""),
    ("finishing_date", ""),
    ("finishing_time", ""),
    ("notify_customer", ""),
    ("shipment_method", ""),
    ("shipping_agent", ""),
    ("package_tracking_no", ""),
)
_PAYMENT: Final = (
    ("payment_terms_code", "Payment terms"),
    ("payment_method_code", "Payment method"),
    ("pre_assigned_no", "Pre-assigned no."),
)
STATES: Final = {
    "files": ("attached",),
    "sending": SENDING_STATES,
    "invoiced": ("not_yet", "partly", "fully"),
    "certificate": CERTIFICATES,
}


@dataclass(frozen=True)
class Kind:
    """One kind of posted document: its words, its address, its list."""

    name: str
    title: str
    titles: str
    path: str
    listed: DocumentList
    columns: Sequence[Column]
    paper: str
    views: Sequence[tuple[str, str]] = ()
    more: Sequence[tuple[str, str]] = ()
    """Columns that a user can add, with the label where it is not the field's own."""

    @cached_property
    def offered(self) -> Sequence[Column]:
        """Every column of the list: its own, and those that can be added."""
        there = {column.name for column in self.columns}
        return (*self.columns, *(self._column(*one) for one in self.more if one[0] not in there))

    def _column(self, name: str, label: str) -> Column:
        return Column(name, kinds_of(self.listed.table)[name], label)

    @cached_property
    def filters(self) -> Sequence[Filter]:
        """Status, what is asked for most, and one for each further column."""
        own = (*([Filter("view", "Status", tuple(self.views))] if self.views else []), *FILTERS)
        return filters_of(self.offered, own, {**STATES, **options_of(self.listed.table)})


SHIPMENT: Final = Kind(
    "shipment",
    "Posted shipment",
    "Posted service shipments",
    "/posted-service-shipments",
    SHIPMENTS,
    (
        Column("no", "code", "No.", sortable=True),
        Column("customer_no", "code", sortable=True),
        Column("customer_name", "text", "Customer", sortable=True),
        Column("posting_date", "day", sortable=True),
        Column("order_no", "code", sortable=True),
        Column("description", "text"),
        Column("external_document_no", "code", "External no."),
        Column("location_code", "code", "Location"),
        Column("currency_code", "code", "Currency"),
        Column("invoiced", "choice"),
        Column("certificate", "choice"),
        Column("files", "choice", "Files"),
    ),
    "Shipment",
    (
        ("certificate-required", "Certificate required"),
        ("certificate-received", "Certificate received"),
        ("certificate-not-received", "Certificate not received"),
    ),
    more=(*_HEADER, *_SHIP_TO, *_SERVICE, ("printed", "")),
)
INVOICE: Final = Kind(
    "invoice",
    "Posted invoice",
    "Posted service invoices",
    "/posted-service-invoices",
    INVOICES,
    (
        Column("no", "code", "No.", sortable=True),
        Column("customer_no", "code", sortable=True),
        Column("customer_name", "text", "Customer", sortable=True),
        Column("posting_date", "day", sortable=True),
        Column("due_date", "day", sortable=True),
        Column("order_no", "code", sortable=True),
        Column("amount", "money", "Amount", blank_zero=False),
        Column("amount_including_vat", "money", "Amount incl. VAT", blank_zero=False),
        Column("remaining", "money", "To be paid"),
        Column("currency_code", "code", "Currency"),
        Column("status", "chip", "Status"),
        Column("external_document_no", "code", "External no."),
        Column("sending", "chip", "Sending"),
        Column("files", "choice", "Files"),
    ),
    "Invoice",
    (
        ("open", "To be paid"),
        ("overdue", "Overdue"),
        ("paid", "Paid"),
        ("cancelled", "Cancelled"),
        ("unprinted", "Not yet printed"),
        ("unsent", "Not yet sent"),
    ),
    (*_HEADER, *_SHIP_TO, *_PAYMENT, ("payment_reference", ""), ("printed", "")),
)
CREDIT_MEMO: Final = Kind(
    "credit_memo",
    "Posted credit memo",
    "Posted service credit memos",
    "/posted-service-credit-memos",
    CREDIT_MEMOS,
    (
        Column("no", "code", "No.", sortable=True),
        Column("customer_no", "code", sortable=True),
        Column("customer_name", "text", "Customer", sortable=True),
        Column("posting_date", "day", sortable=True),
        Column("applies_to_doc_no", "code", "Applies to", sortable=True),
        Column("amount", "money", "Amount", blank_zero=False),
        Column("amount_including_vat", "money", "Amount incl. VAT", blank_zero=False),
        Column("remaining", "money", "Remaining"),
        Column("currency_code", "code", "Currency"),
        Column("external_document_no", "code", "External no."),
        Column("sending", "chip", "Sending"),
        Column("files", "choice", "Files"),
    ),
    "Credit memo",
    (("open", "Not used up"), ("used", "Used up"), ("unprinted", "Not yet printed"), ("unsent", "Not yet sent")),
    (("order_no", ""), *_HEADER, *_PAYMENT, ("printed", "")),
)
KINDS_OF: Final = {kind.name: kind for kind in (SHIPMENT, INVOICE, CREDIT_MEMO)}
FILTERS: Final = (
    Filter("no", "No."),
    Filter("customer_no", "Customer no."),
    Filter("order_no", "Order no."),
    *PERIOD,
    Filter("service_item_no", "Service item no.", more=True, of_column=False),
)
# They leave less room for the names: they are shown while a row has something in them.
WHEN_FILLED: Final = frozenset(
    {"files", "sending", "certificate", "external_document_no", "location_code", "currency_code"}
)


def shown_columns(kind: Kind, rows: Sequence[Mapping[str, object]]) -> Sequence[Column]:
    """The list's own columns, without those that are empty on all of these rows."""
    empty = {name for name in WHEN_FILLED if not any(row.get(name) for row in rows)}
    return [column for column in kind.columns if column.name not in empty]

"""Turns a posting plan into rows: which columns come from the planned entry, which from the posting around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from piccolo.table import Table

from db import documents, posted
from db import ledgers as tables
from db.session import Batch
from webapp.posting import ledgers as planned
from webapp.posting.ledgers import Ledgers, New
from webapp.posting.measures import MEASURED, per_unit
from webapp.posting.plan import PostingPlan
from webapp.posting.records import changed
from webapp.posting.snapshot import Header, Line
from webapp.store.rows import RecordWriter, codec, shared_names


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers that a posting has been given: its run, its documents by role, its entries by ledger."""

    run: int
    documents: Mapping[str, str]
    entries: Mapping[str, Sequence[int]]

    def entry(self, ledger: str, reference: int | New | None) -> int | None:
        return self.entries[ledger][reference.index] if isinstance(reference, New) else reference


@dataclass(frozen=True, slots=True)
class Ledger:
    """One ledger: where its planned rows are found, its table, and what is added to each row."""

    name: str
    table: type[Table]
    record: type[Any]
    properties: tuple[str, ...] = ()
    from_header: tuple[str, ...] = ()
    constants: tuple[tuple[str, object], ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    user: bool = False
    key: str = "entry_no"
    run_columns: tuple[str, ...] = ("posting_run_no",)

    def writer(self) -> RecordWriter:
        without = tuple(name for name, _ in self.references)
        names = (*shared_names(self.record, self.table, without), *self.properties)
        extra = (
            *(("entry_no",) if self.key else ()),
            *self.run_columns,
            *(("document_no",) if "document_no" in codec(self.table).columns else ()),
            *(name for name, _ in self.references),
            *self.from_header,
            *(name for name, _ in self.constants),
            *(("user_name",) if self.user else ()),
        )
        return RecordWriter(self.table, names, extra)


LEDGERS = (
    Ledger(
        "gl",
        tables.GlEntry,
        planned.GlEntry,
        ("debit_amount", "credit_amount"),
        ("document_date", "vat_date", "external_document_no", "currency_code", "bill_to_customer_no", "reason_code"),
        user=True,
        run_columns=("posting_run_no", "transaction_no"),
    ),
    Ledger(
        "vat",
        tables.VatEntry,
        planned.VatEntry,
        (),
        (
            "document_date",
            "vat_date",
            "external_document_no",
            "currency_code",
            "bill_to_customer_no",
            "bill_to_country_code",
            "vat_registration_no",
            "eu_3_party_trade",
        ),
        references=(("gl_entry_no", "gl"),),
    ),
    Ledger(
        "customer",
        tables.CustomerLedgerEntry,
        planned.CustomerEntry,
        ("positive",),
        (
            "bill_to_customer_no",
            "customer_no",
            "document_date",
            "external_document_no",
            "your_reference",
            "currency_code",
            "exchange_amount",
            "relational_amount",
            "payment_terms_code",
            "payment_method_code",
            "salesperson_code",
            "reason_code",
            "customer_posting_group",
            "dim_1",
            "dim_2",
        ),
        references=(("closed_by_entry_no", "customer"),),
    ),
    Ledger(
        "detailed",
        tables.DetailedCustomerEntry,
        planned.DetailedEntry,
        (),
        ("bill_to_customer_no",),
        references=(("customer_entry_no", "customer"), ("applied_customer_entry_no", "customer")),
    ),
    Ledger(
        "item",
        tables.ItemLedgerEntry,
        planned.ItemEntry,
        ("positive",),
        ("document_date", "external_document_no", "customer_no", "ship_to_country_code", "order_no"),
        (("source_type", "customer"),),
    ),
    Ledger(
        "application",
        tables.ItemApplication,
        planned.ItemApplication,
        references=(("outbound_entry_no", "item"), ("inbound_entry_no", "item")),
        key="",
    ),
    Ledger(
        "value",
        tables.ValueEntry,
        planned.ValueEntry,
        (),
        ("document_date", "bill_to_customer_no", "salesperson_code"),
        references=(("item_ledger_entry_no", "item"),),
    ),
    Ledger(
        "resource",
        tables.ResourceLedgerEntry,
        planned.ResourceEntry,
        (),
        ("document_date", "external_document_no", "bill_to_customer_no"),
        (("source_type", "customer"),),
    ),
    Ledger(
        "service",
        tables.ServiceLedgerEntry,
        planned.ServiceEntry,
        (),
        ("customer_no", "bill_to_customer_no", "ship_to_code", "service_order_type", "external_document_no"),
        user=True,
    ),
    Ledger(
        "warranty",
        tables.WarrantyLedgerEntry,
        planned.WarrantyEntry,
        (),
        ("customer_no", "bill_to_customer_no", "ship_to_code"),
    ),
)

# columns that are called otherwise in the ledger than on the header
_RENAMED = {
    ("gl", "currency_code"): "source_currency_code",
    ("gl", "bill_to_customer_no"): "source_no",
    ("vat", "currency_code"): "source_currency_code",
    ("vat", "bill_to_country_code"): "country_code",
    ("customer", "bill_to_customer_no"): "customer_no",
    ("customer", "customer_no"): "sell_to_customer_no",
    ("detailed", "bill_to_customer_no"): "customer_no",
    ("item", "customer_no"): "source_no",
    ("item", "ship_to_country_code"): "country_code",
    ("value", "bill_to_customer_no"): "source_no",
    ("resource", "bill_to_customer_no"): "source_no",
}


class LedgerWriter:
    """The rows of one ledger, ready for the database."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._from_header = ledger.from_header
        renamed = tuple(_RENAMED.get((ledger.name, name), name) for name in ledger.from_header)
        constants = ledger.constants
        if ledger.name == "gl":
            constants = (*constants, ("source_type", "customer"))
        self._constants = tuple(value for _, value in constants)
        shape = changed(ledger, from_header=renamed, constants=constants)
        self.writer = shape.writer()
        self._numbered = "document_no" in self.writer.extra

    def batch(self, rows: Sequence[Any], header: Header, numbers: Numbers, user: str) -> Batch:
        ledger = self.ledger
        shared = [_header_value(header, name) for name in self._from_header]
        tail = [*shared, *self._constants, *([user] if ledger.user else [])]
        result = []
        for index, row in enumerate(rows):
            extra = [numbers.entries[ledger.name][index]] if ledger.key else []
            extra += [numbers.run] * len(ledger.run_columns)
            if self._numbered:
                extra.append(numbers.documents[row.document])  # type: ignore[arg-type]
            extra += [numbers.entry(target, getattr(row, name)) for name, target in ledger.references]  # type: ignore[misc]
            result.append(self.writer.row(row, [*extra, *tail]))
        return self.writer.sql, result


def _header_value(header: Header, name: str) -> Any:
    if name == "order_no":
        return header.no if header.document_type == "order" else ""
    if name == "vat_date":
        return header.vat_date or header.posting_date
    if name == "ship_to_country_code":
        return header.ship_to_country_code or header.bill_to_country_code
    return getattr(header, name)


WRITERS = {ledger.name: LedgerWriter(ledger) for ledger in LEDGERS}


def entry_counts(ledgers: Ledgers) -> dict[str, int]:
    """How many entries of each table the planned ledgers hold."""
    return {
        writer.writer.codec.name: len(getattr(ledgers, name)) for name, writer in WRITERS.items() if writer.ledger.key
    }


def ledger_batches(ledgers: Ledgers, header: Header, numbers: Numbers, user: str) -> list[Batch]:
    """The rows of planned ledgers, ready to be written."""
    return [
        writer.batch(rows, header, numbers, user)
        for name, writer in WRITERS.items()
        if (rows := getattr(ledgers, name))
    ]


_COMMON = tuple(
    n for n in shared_names(Line, documents.ServiceLine) if n in documents.LineFields.__dict__ and n != "posting_date"
)

SHIPMENT_LINE = RecordWriter(
    posted.ServiceShipmentLine,
    _COMMON,
    (
        "document_no",
        "line_no",
        "posting_date",
        "quantity",
        "quantity_invoiced",
        "quantity_consumed",
        "qty_shipped_not_invoiced",
        "quantity_base",
        "quantity_invoiced_base",
        "quantity_consumed_base",
        "qty_shipped_not_invoiced_base",
        "order_no",
        "order_line_no",
        "item_entry_no",
        "service_entry_no",
        "warranty_entry_no",
        *MEASURED,
    ),
)
_INVOICED = (
    "document_no",
    "line_no",
    "posting_date",
    "quantity",
    "quantity_base",
    "line_discount_amount",
    "line_amount",
    "inv_discount_amount",
    "amount",
    "amount_including_vat",
    "vat_base_amount",
    "amount_lcy",
    "amount_including_vat_lcy",
    "shipment_no",
    "shipment_line_no",
    "order_no",
    "order_line_no",
    "item_entry_no",
    *MEASURED,
)
INVOICED_LINES = {
    "invoice": RecordWriter(posted.ServiceInvoiceLine, _COMMON, _INVOICED),
    "credit_memo": RecordWriter(posted.ServiceCrMemoLine, (*_COMMON, "invoice_no", "invoice_line_no"), _INVOICED),
}


def shipment_line_batch(plan: PostingPlan, numbers: Numbers) -> Batch:
    """The lines of the posted shipment (P-104)."""
    order_no = plan.header.no if plan.header.document_type == "order" else ""
    items = plan.case.snapshot.items
    rows = []
    for line in plan.shipment_lines:
        extra = [
            numbers.documents["shipment"],
            line.line.line_no,
            line.posting_date,
            line.quantity,
            line.quantity_invoiced,
            line.quantity_consumed,
            line.qty_shipped_not_invoiced,
            line.quantity_base,
            line.quantity_invoiced_base,
            line.quantity_consumed_base,
            line.qty_shipped_not_invoiced_base,
            order_no,
            line.line.line_no if order_no else 0,
            numbers.entry("item", line.item_entry_no),
            numbers.entry("service", line.service_entry_no),
            numbers.entry("warranty", line.warranty_entry_no),
            *per_unit(line.line, items),
        ]
        rows.append(SHIPMENT_LINE.row(line.line, extra))
    return SHIPMENT_LINE.sql, rows


def invoice_line_batch(plan: PostingPlan, numbers: Numbers) -> Batch:
    """The lines of the posted invoice or credit memo (P-107)."""
    role = plan.case.invoicing_role
    writer, rows, items = INVOICED_LINES[role], list[list[Any]](), plan.case.snapshot.items
    for line in plan.invoice_lines:
        amounts = line.amounts
        extra = [
            numbers.documents[role],
            line.line.line_no,
            line.line.posting_date,
            amounts.quantity,
            line.quantity_base,
            amounts.line_discount,
            amounts.line_amount,
            amounts.inv_discount,
            amounts.amount,
            amounts.amount_including_vat,
            amounts.amount,
            amounts.amount_lcy,
            amounts.amount_including_vat_lcy,
            line.shipment_no,
            line.shipment_line_no,
            line.order_no,
            line.order_line_no,
            numbers.entry("item", line.item_entry_no),
            *per_unit(line.line, items),
        ]
        rows.append(writer.row(line.line, extra))
    return writer.sql, rows


VAT_LINE = RecordWriter(
    posted.PostedVatLine,
    (),
    (
        "document_kind",
        "document_no",
        "line_no",
        "vat_identifier",
        "vat_pct",
        "calculation_type",
        "vat_clause_code",
        "line_amount",
        "inv_disc_base",
        "inv_discount_amount",
        "base",
        "amount",
        "amount_including_vat",
        "base_lcy",
        "amount_lcy",
    ),
)


def vat_line_batch(plan: PostingPlan, numbers: Numbers) -> Batch:
    """The VAT specification of the posted invoice or credit memo (P-136, D-73)."""
    setup, role = plan.case.setup, plan.case.invoicing_role
    rows = []
    for index, group in enumerate(plan.totals.vat_groups, 1):
        row = setup.vat_posting.get((group.vat_bus_group, group.vat_prod_group))
        extra = [
            role,
            numbers.documents[role],
            index * 10000,
            group.vat_identifier,
            group.vat_pct,
            group.calculation_type,
            row.vat_clause_code if row else "",
            group.line_amount,
            group.inv_disc_base,
            group.inv_discount,
            group.base,
            group.vat,
            group.including,
            group.base_lcy,
            group.vat_lcy,
        ]
        rows.append(VAT_LINE.row(None, extra))
    return VAT_LINE.sql, rows

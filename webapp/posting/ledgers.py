"""What a posting writes into the ledgers, row by row, before the database gives entry numbers (P-38 … P-45).

Fields are named like columns. `document` says which of the documents of this posting a row belongs to; its number is
filled in when it is drawn. `New(3)` refers to the fourth planned row of a ledger, a plain number to an entry that
exists. Amounts are signed as P-5 says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from webapp.posting.snapshot import ZERO, Header

Role = Literal["shipment", "invoice", "credit_memo", "payment"]
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class New:
    """The n-th planned row of a ledger, counted from 0."""

    index: int


Entry = int | New


class GlEntry(NamedTuple):
    document: Role
    gl_account_no: str
    posting_date: date
    document_type: str
    amount: Decimal
    description: str
    vat_amount: Decimal = ZERO
    source_currency_amount: Decimal = ZERO
    gen_bus_group: str = ""
    gen_prod_group: str = ""
    vat_bus_group: str = ""
    vat_prod_group: str = ""
    gen_posting_type: str = "blank"
    bal_account_no: str = ""
    dim_1: str = ""
    dim_2: str = ""
    system_created: bool = False
    correction: bool = False

    @property
    def debit_amount(self) -> Decimal:
        """Above 0 is debit; a correction shows the opposite column with a negative number (P-128)."""
        return max(self.amount, ZERO) if not self.correction else min(self.amount, ZERO)

    @property
    def credit_amount(self) -> Decimal:
        return self.debit_amount - self.amount


class VatEntry(NamedTuple):
    document: Role
    posting_date: date
    document_type: str
    base: Decimal
    amount: Decimal
    source_currency_base: Decimal
    source_currency_amount: Decimal
    calculation_type: str
    vat_pct: Decimal
    vat_identifier: str
    gen_bus_group: str
    gen_prod_group: str
    vat_bus_group: str
    vat_prod_group: str
    eu_service: bool
    gl_entry_no: Entry


class CustomerEntry(NamedTuple):
    document: Role
    posting_date: date
    document_type: str
    description: str
    amount: Decimal
    amount_lcy: Decimal
    sales_lcy: Decimal = ZERO
    profit_lcy: Decimal = ZERO
    inv_discount_lcy: Decimal = ZERO
    due_date: date | None = None
    pmt_discount_date: date | None = None
    original_pmt_disc_possible: Decimal = ZERO
    remaining_pmt_disc_possible: Decimal = ZERO
    open: bool = True
    receivables_account: str = ""
    applies_to_doc_type: str = "blank"
    applies_to_doc_no: str = ""
    closed_by_entry_no: Entry | None = None
    closed_at_date: date | None = None

    @property
    def positive(self) -> bool:
        return self.amount > 0


class DetailedEntry(NamedTuple):
    document: Role
    posting_date: date
    document_type: str
    entry_type: str
    customer_entry_no: Entry
    currency_code: str
    amount: Decimal
    amount_lcy: Decimal
    due_date: date | None = None
    applied_customer_entry_no: Entry | None = None
    bal_account_no: str = ""
    """Where a discount or a difference of exchange rates went, so that unapplying takes it back from there."""
    pmt_disc_used: Decimal = ZERO
    """By how much this application lowered the payment discount still possible, signed like that."""
    unapplied: bool = False
    unapplies_run_no: int | None = None
    """The posting run whose application this row takes back."""


class ItemEntry(NamedTuple):
    document: Role
    document_type: str
    document_line_no: int
    posting_date: date
    item_no: str
    variant_code: str
    location_code: str
    entry_type: str
    quantity: Decimal
    uom: str
    qty_per_uom: Decimal
    invoiced_quantity: Decimal
    remaining_quantity: Decimal
    shipped_qty_not_returned: Decimal
    open: bool
    completely_invoiced: bool
    order_line_no: int
    dim_1: str
    dim_2: str

    @property
    def positive(self) -> bool:
        return self.quantity > 0


class ItemApplication(NamedTuple):
    outbound_entry_no: Entry
    inbound_entry_no: Entry
    quantity: Decimal


class ValueEntry(NamedTuple):
    document: Role
    document_type: str
    document_line_no: int
    posting_date: date
    item_ledger_entry_no: Entry
    item_no: str
    location_code: str
    item_ledger_entry_quantity: Decimal
    valued_quantity: Decimal
    invoiced_quantity: Decimal
    cost_per_unit: Decimal
    sales_amount_expected: Decimal = ZERO
    sales_amount_actual: Decimal = ZERO
    cost_amount_expected: Decimal = ZERO
    cost_amount_actual: Decimal = ZERO
    discount_amount: Decimal = ZERO
    cost_posted_to_gl: Decimal = ZERO
    expected_cost_posted_to_gl: Decimal = ZERO
    expected_cost: bool = False
    gen_bus_group: str = ""
    gen_prod_group: str = ""
    inventory_posting_group: str = ""
    dim_1: str = ""
    dim_2: str = ""


class ResourceEntry(NamedTuple):
    document: Role
    entry_type: str
    document_type: str
    posting_date: date
    resource_no: str
    work_type_code: str
    description: str
    quantity: Decimal
    uom: str
    qty_per_uom: Decimal
    quantity_base: Decimal
    unit_cost: Decimal
    total_cost: Decimal
    unit_price: Decimal
    total_price: Decimal
    gen_bus_group: str
    gen_prod_group: str
    order_no: str
    order_line_no: int
    dim_1: str
    dim_2: str
    chargeable: bool = True


class ServiceEntry(NamedTuple):
    document: Role
    entry_type: str
    type: str
    no: str
    description: str
    document_type: str
    document_line_no: int
    posting_date: date
    service_order_no: str
    service_contract_no: str
    service_item_no: str
    item_no_serviced: str
    serial_no_serviced: str
    quantity: Decimal
    charged_qty: Decimal
    unit_cost: Decimal
    cost_amount: Decimal
    unit_price: Decimal
    discount_pct: Decimal
    discount_amount: Decimal
    amount_lcy: Decimal
    amount: Decimal
    gen_bus_group: str
    gen_prod_group: str
    location_code: str
    uom: str
    work_type_code: str
    fault_reason_code: str
    dim_1: str
    dim_2: str
    contract_disc_amount: Decimal = ZERO
    moved_from_prepaid: bool = False
    contract_line_no: int = 0
    period_from: date | None = None
    period_to: date | None = None
    invoice_period: str = "blank"
    contract_account_group: str = ""
    contract_group_code: str = ""
    prepaid: bool = False
    posted_gross: bool = False
    applies_to_entry_no: int | None = None


class WarrantyEntry(NamedTuple):
    document: Role
    document_line_no: int
    posting_date: date
    service_item_no: str
    item_no_serviced: str
    serial_no_serviced: str
    service_item_group: str
    service_order_no: str
    service_order_line_no: int
    service_contract_no: str
    fault_area_code: str
    symptom_code: str
    fault_code: str
    fault_reason_code: str
    resolution_code: str
    type: str
    no: str
    description: str
    quantity: Decimal
    uom: str
    work_type_code: str
    amount: Decimal
    vendor_no: str
    vendor_item_no: str
    gen_bus_group: str
    gen_prod_group: str
    dim_1: str
    dim_2: str
    open: bool = True


@dataclass(slots=True)
class Ledgers:
    """The planned rows of one posting, ledger by ledger, in the order in which they are written."""

    gl: list[GlEntry] = field(default_factory=list)
    vat: list[VatEntry] = field(default_factory=list)
    customer: list[CustomerEntry] = field(default_factory=list)
    detailed: list[DetailedEntry] = field(default_factory=list)
    item: list[ItemEntry] = field(default_factory=list)
    application: list[ItemApplication] = field(default_factory=list)
    value: list[ValueEntry] = field(default_factory=list)
    resource: list[ResourceEntry] = field(default_factory=list)
    service: list[ServiceEntry] = field(default_factory=list)
    warranty: list[WarrantyEntry] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(len(getattr(self, name)) for name in self.__slots__)

    def differences(self) -> dict[tuple[Role, date], Decimal]:
        """What is left of the G/L per document and posting date; nothing when they balance (P-9)."""
        sums: dict[tuple[Role, date], Decimal] = {}
        for entry in self.gl:
            key = (entry.document, entry.posting_date)
            sums[key] = sums.get(key, ZERO) + entry.amount
        return {key: rest for key, rest in sums.items() if rest}


def source_currency(header: Header, amount: Decimal) -> Decimal:
    """The document-currency amount that stands beside an LCY entry; 0 in local currency."""
    return amount if header.currency_code else ZERO

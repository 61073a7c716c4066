"""What posting may know: the document, its lines, the people and things on it, and the set-up (P-7).

Every record is named like its table and every field like its column, so the store fills them by name. Amounts, prices
and quantities are exact `Decimal`; a blank code is "", a missing date None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Literal, NamedTuple

from webapp.posting.billed import BilledEntry, ContractTerms, PlannedService
from webapp.posting.setup import SeriesLine, Setup, UserSetup

DocumentType = Literal["quote", "order", "invoice", "credit_memo"]
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """Names one open document."""

    document_type: str
    no: str

    @property
    def name(self) -> str:
        """As people call it: "Order SO-1"."""
        return f"{KIND_NAMES[self.document_type]} {self.no}"


KIND_NAMES = {"quote": "Quote", "order": "Order", "invoice": "Invoice", "credit_memo": "Credit memo"}


@dataclass(frozen=True, slots=True)
class BatchDates:
    """The posting date of a batch, and which dates of its documents it replaces; blank ones it always fills (D-86)."""

    posting_date: date | None = None
    replace_posting_date: bool = False
    replace_document_date: bool = False


NO_DATES = BatchDates()


@dataclass(frozen=True, slots=True)
class PostingRequest:
    """What is asked for: the parts to run, and the line nos. chosen; None = the whole document (P-62, P-69, P-70).

    A batch may bring dates, and may ask for the invoice discount where the sales set-up does not (D-86, D-87).
    """

    ship: bool = False
    consume: bool = False
    invoice: bool = False
    lines: frozenset[int] | None = None
    dates: BatchDates = NO_DATES
    calculate_invoice_discount: bool = False


# --- the document -------------------------------------------------------------------------------------------------


class Header(NamedTuple):
    """The header of an open document (P-30), as far as a rule reads or fills it."""

    document_type: str
    no: str
    description: str
    customer_no: str
    customer_name: str
    customer_address: str
    customer_address_2: str
    customer_post_code: str
    customer_city: str
    customer_country_code: str
    contact_name: str
    phone_no: str
    e_mail: str
    notify_customer: str
    bill_to_customer_no: str
    bill_to_name: str
    bill_to_address: str
    bill_to_address_2: str
    bill_to_post_code: str
    bill_to_city: str
    bill_to_country_code: str
    bill_to_contact: str
    vat_registration_no: str
    language_code: str
    format_region: str
    ship_to_code: str
    ship_to_name: str
    ship_to_address: str
    ship_to_address_2: str
    ship_to_post_code: str
    ship_to_city: str
    ship_to_country_code: str
    ship_to_contact: str
    service_zone_code: str
    posting_date: date | None
    document_date: date | None
    vat_date: date | None
    order_date: date | None
    order_time: time | None
    due_date: date | None
    pmt_discount_date: date | None
    pmt_discount_pct: Decimal
    response_date: date | None
    response_time: time | None
    starting_date: date | None
    starting_time: time | None
    finishing_date: date | None
    finishing_time: time | None
    payment_terms_code: str
    payment_method_code: str
    bal_account_type: str
    bal_account_no: str
    company_bank_account_code: str
    currency_code: str
    exchange_amount: Decimal
    relational_amount: Decimal
    prices_including_vat: bool
    allow_line_disc: bool
    invoice_disc_code: str
    customer_posting_group: str
    gen_bus_group: str
    vat_bus_group: str
    eu_3_party_trade: bool
    salesperson_code: str
    assigned_user: str
    service_order_type: str
    priority: str
    contract_no: str
    max_labor_unit_price: Decimal
    location_code: str
    shipping_advice: str
    combine_shipments: bool
    external_document_no: str
    your_reference: str
    posting_description: str
    work_description: str
    reason_code: str
    correction: bool
    dim_1: str
    dim_2: str
    no_series: str
    shipping_no_series: str
    posting_no_series: str
    applies_to_doc_type: str
    applies_to_doc_no: str
    applies_to_id: str
    status: str
    release_status: str
    row_version: int
    last_line_no: int

    @property
    def key(self) -> DocumentKey:
        return DocumentKey(self.document_type, self.no)


class ItemLine(NamedTuple):
    """A service item line: the serviced thing (P-31)."""

    line_no: int
    service_item_no: str
    item_no: str
    serial_no: str
    description: str
    service_item_group: str
    repair_status_code: str
    warranty: bool
    warranty_start_parts: date | None
    warranty_end_parts: date | None
    warranty_start_labor: date | None
    warranty_end_labor: date | None
    warranty_pct_parts: Decimal
    warranty_pct_labor: Decimal
    contract_no: str
    contract_line_no: int
    contract_disc_pct: Decimal
    fault_area_code: str
    symptom_code: str
    fault_code: str
    resolution_code: str
    fault_reason_code: str
    starting_date: date | None
    starting_time: time | None
    finishing_date: date | None
    finishing_time: time | None
    dim_1: str
    dim_2: str


class Line(NamedTuple):
    """A service line (P-32). Quantities are in the line's unit, their `…_base` twins in the base unit (P-58)."""

    line_no: int
    type: str
    no: str
    variant_code: str
    description: str
    description_2: str
    service_item_line_no: int
    service_item_no: str
    quantity: Decimal
    outstanding_qty: Decimal
    qty_to_ship: Decimal
    qty_to_invoice: Decimal
    qty_to_consume: Decimal
    quantity_shipped: Decimal
    quantity_invoiced: Decimal
    quantity_consumed: Decimal
    qty_shipped_not_invoiced: Decimal
    quantity_base: Decimal
    outstanding_qty_base: Decimal
    qty_to_ship_base: Decimal
    qty_to_invoice_base: Decimal
    qty_to_consume_base: Decimal
    quantity_shipped_base: Decimal
    quantity_invoiced_base: Decimal
    quantity_consumed_base: Decimal
    qty_shipped_not_invoiced_base: Decimal
    uom: str
    qty_per_uom: Decimal
    unit_price: Decimal
    unit_cost: Decimal
    unit_cost_lcy: Decimal
    line_discount_pct: Decimal
    line_discount_amount: Decimal
    line_discount_type: str
    line_amount: Decimal
    inv_discount_amount: Decimal
    inv_disc_amount_to_invoice: Decimal
    amount: Decimal
    amount_including_vat: Decimal
    vat_base_amount: Decimal
    allow_invoice_disc: bool
    allow_line_disc: bool
    gen_bus_group: str
    gen_prod_group: str
    vat_bus_group: str
    vat_prod_group: str
    vat_identifier: str
    vat_pct: Decimal
    vat_calculation_type: str
    posting_group: str
    posting_date: date | None
    order_date: date | None
    location_code: str
    work_type_code: str
    warranty: bool
    exclude_warranty: bool
    exclude_contract_discount: bool
    warranty_disc_pct: Decimal
    contract_disc_pct: Decimal
    contract_no: str
    fault_area_code: str
    symptom_code: str
    fault_code: str
    fault_reason_code: str
    resolution_code: str
    attached_to_line_no: int
    system_created: bool
    appl_to_item_entry: int | None
    appl_from_item_entry: int | None
    appl_to_service_entry: int | None
    shipment_no: str
    shipment_line_no: int
    order_no: str
    order_line_no: int
    invoice_no: str
    invoice_line_no: int
    contract_line_no: int
    period_from: date | None
    period_to: date | None
    dim_1: str
    dim_2: str
    # Of a posted line that is read again; of others the item has them (D-113).
    units_per_parcel: Decimal = ZERO
    net_weight: Decimal = ZERO
    gross_weight: Decimal = ZERO
    unit_volume: Decimal = ZERO

    @property
    def chargeable(self) -> Decimal:
        """The quantity that will ever be charged (P-33)."""
        return self.quantity - self.quantity_consumed - self.qty_to_consume

    @property
    def is_text(self) -> bool:
        return self.type == "blank"


# --- the people and things on it ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Customer:
    no: str
    name: str
    address: str
    address_2: str
    post_code: str
    city: str
    country_code: str
    contact_name: str
    phone_no: str
    e_mail: str
    language_code: str
    format_region: str
    bill_to_customer_no: str
    customer_posting_group: str
    gen_bus_group: str
    vat_bus_group: str
    vat_registration_no: str
    currency_code: str
    payment_terms_code: str
    payment_method_code: str
    prices_including_vat: bool
    invoice_disc_code: str
    allow_line_disc: bool
    credit_limit: Decimal
    blocked: str
    privacy_blocked: bool
    combine_shipments: bool
    salesperson_code: str
    location_code: str
    ship_to_code: str
    shipping_advice: str
    service_zone_code: str
    your_reference: str
    e_invoice: str = "no"
    e_invoice_address: str = ""
    document_sending: str = "no"
    send_documents_to: str = ""
    e_invoice_format: str = "ubl"
    mandate_reference: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    no: str
    description: str
    description_2: str
    type: str
    base_uom: str
    sales_uom: str
    gen_prod_group: str
    vat_prod_group: str
    inventory_posting_group: str
    unit_price: Decimal
    unit_cost: Decimal
    standard_cost: Decimal
    costing_method: str
    allow_invoice_disc: bool
    blocked: bool
    service_blocked: bool
    prevent_negative_inventory: str
    units_per_parcel: Decimal = ZERO
    net_weight: Decimal = ZERO
    gross_weight: Decimal = ZERO
    unit_volume: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Resource:
    no: str
    name: str
    base_uom: str
    unit_price: Decimal
    unit_cost: Decimal
    gen_prod_group: str
    vat_prod_group: str
    location_code: str
    allow_invoice_disc: bool
    blocked: bool
    privacy_blocked: bool
    resource_group: str = ""


@dataclass(frozen=True, slots=True)
class ServiceItem:
    no: str
    description: str
    item_no: str
    serial_no: str
    service_item_group: str
    customer_no: str
    warranty_start_parts: date | None
    warranty_end_parts: date | None
    warranty_start_labor: date | None
    warranty_end_labor: date | None
    warranty_pct_parts: Decimal
    warranty_pct_labor: Decimal
    last_service_date: date | None
    blocked: str
    vendor_no: str
    vendor_item_no: str
    ship_to_code: str = ""
    default_contract_value: Decimal = ZERO
    default_contract_cost: Decimal = ZERO
    default_contract_discount_pct: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class InboundEntry:
    """An open item entry that a shipment may apply to, oldest first (P-109)."""

    entry_no: int
    item_no: str
    variant_code: str
    location_code: str
    remaining_quantity: Decimal


class OpenShipmentLine(NamedTuple):
    """A posted shipment line with something not invoiced (P-105), and the item entry behind it (P-111)."""

    document_no: str
    line_no: int
    order_no: str
    order_line_no: int
    posting_date: date
    quantity: Decimal
    quantity_base: Decimal
    quantity_invoiced: Decimal
    quantity_invoiced_base: Decimal
    quantity_consumed: Decimal
    qty_shipped_not_invoiced: Decimal
    qty_shipped_not_invoiced_base: Decimal
    item_entry_no: int | None
    type: str
    no: str
    variant_code: str
    uom: str
    gen_bus_group: str
    gen_prod_group: str
    vat_bus_group: str
    location_code: str
    dim_1: str
    dim_2: str


@dataclass(frozen=True, slots=True)
class ExpectedValue:
    """The expected cost and sales of a shipped item entry (P-111); LCY, signed as in the ledger (cost below 0).

    `…_first` is what the shipment wrote, `…_left` what no invoice has taken back yet.
    """

    item_ledger_entry_no: int
    quantity: Decimal
    invoiced_quantity: Decimal
    cost_first: Decimal
    cost_left: Decimal
    sales_first: Decimal
    sales_left: Decimal
    posted_to_gl: Decimal
    document_no: str = ""
    document_line_no: int = 0


@dataclass(frozen=True, slots=True)
class WarrantyEntry:
    """A warranty entry of the order, or of an order that is invoiced by hand, oldest first (P-122)."""

    entry_no: int
    service_order_no: str
    service_order_line_no: int
    quantity: Decimal
    open: bool


@dataclass(frozen=True, slots=True)
class ShippedOrder:
    """An order of which an invoice takes shipment lines, as it stands now, and its customer (P-106, D-49)."""

    header: Header
    item_lines: tuple[ItemLine, ...]
    lines: tuple[Line, ...]
    customer: Customer | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What a payer owes in LCY, and how much of it is overdue (P-81)."""

    open_lcy: Decimal = ZERO
    overdue_lcy: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """A customer entry that a credit memo names to be applied to (P-156). `remaining` is signed, in its own currency;
    what is marked to be applied is `amount_to_apply`, 0 for all of it."""

    entry_no: int
    customer_no: str
    document_type: str
    document_no: str
    posting_date: date
    due_date: date | None
    currency_code: str
    receivables_account: str
    remaining_pmt_disc_possible: Decimal
    applies_to_id: str
    amount_to_apply: Decimal
    pmt_discount_date: date | None
    open: bool
    remaining: Decimal = ZERO
    remaining_lcy: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class OutboundEntry:
    """The item entry that goods left with, which a credit memo's line names to take them back (P-113); base quantities,
    signed as in the ledger. `cost` is what left with it, below 0; `cost_back` what has come back of it, above 0."""

    entry_no: int
    item_no: str
    variant_code: str
    quantity: Decimal
    shipped_qty_not_returned: Decimal
    cost: Decimal = ZERO
    cost_back: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class InvoicedLine:
    """A line of a posted invoice that a credit memo takes back (P-152), and what others have credited of it."""

    document_no: str
    line_no: int
    bill_to_customer_no: str
    quantity: Decimal
    credited: Decimal
    cancelled: bool

    @property
    def left(self) -> Decimal:
        return ZERO if self.cancelled else self.quantity - self.credited


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a plan is made from; two equal snapshots give two equal plans."""

    setup: Setup
    user_name: str
    today: date
    header: Header
    item_lines: tuple[ItemLine, ...]
    lines: tuple[Line, ...]
    customer: Customer | None
    bill_to: Customer | None
    items: Mapping[str, Item] = field(default_factory=dict)
    resources: Mapping[str, Resource] = field(default_factory=dict)
    service_items: Mapping[str, ServiceItem] = field(default_factory=dict)
    stock: tuple[InboundEntry, ...] = ()
    shipment_lines: tuple[OpenShipmentLine, ...] = ()
    expected_values: Mapping[int, ExpectedValue] = field(default_factory=dict)
    warranty_entries: tuple[WarrantyEntry, ...] = ()
    series: Mapping[str, tuple[SeriesLine, ...]] = field(default_factory=dict)
    balance: Balance = Balance()
    external_no_used_by: str = ""
    contract_items: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Service items by contract no. (P-97)."""
    invoiced_before: tuple[Decimal, ...] = ()
    """Amounts including VAT of the invoices that this order has already, document currency (O-9)."""
    held_by_invoices: Mapping[tuple[str, int], Mapping[str, Decimal]] = field(default_factory=dict)
    """By shipment line of this order, the quantities that open invoices hold of it (D-52)."""
    open_entries: tuple[OpenEntry, ...] = ()
    outbound_entries: Mapping[int, OutboundEntry] = field(default_factory=dict)
    invoiced_lines: Mapping[tuple[str, int], InvoicedLine] = field(default_factory=dict)
    """By posted invoice and line no. (P-152)."""
    applied_vat: Mapping[str, Decimal] = field(default_factory=dict)
    """VAT rates of the invoice that is applied to, by identifier (P-158)."""
    orders: Mapping[str, ShippedOrder] = field(default_factory=dict)
    """By number, the open orders of which lines of this invoice take shipments (P-106)."""
    made_from_order: str = ""
    """The order that this invoice was opened for (P-95)."""
    made_from_contract: bool = False
    billed_entries: Mapping[int, BilledEntry] = field(default_factory=dict)
    """By entry no., what the lines of a contract invoice bill (P-119); for a credit memo all that its contracts have
    billed and credited (P-155)."""
    planned_services: tuple[PlannedService, ...] = ()
    contract_terms: Mapping[str, ContractTerms] = field(default_factory=dict)
    """By no., the contracts of which a credit memo takes days back."""
    open_billings: Mapping[str, Mapping[str, date]] = field(default_factory=dict)
    """By contract and unposted invoice, the first day that it bills (P-96)."""

    @property
    def user(self) -> UserSetup | None:
        return self.setup.users.get(self.user_name)

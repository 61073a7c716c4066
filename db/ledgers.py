"""The ledgers (P-37 … P-45): one row per fact, inserted only; O-44 names the few columns that may change."""

from __future__ import annotations

from typing import ClassVar

from piccolo.columns import Serial
from piccolo.table import Table

from db.columns import (
    BigNo,
    Choice,
    Code,
    Day,
    Entry,
    Flag,
    LongText,
    Moment,
    Money,
    Percent,
    Price,
    Quantity,
    Rate,
    Ref,
    Scaled,
    Text,
    Whole,
)

_GL_DOCUMENT = ("blank", "payment", "invoice", "credit_memo", "refund")


class PostingRun(Table, tablename="posting_run"):
    """One step that wrote to the ledgers, a posting, or the making or deleting of a contract invoice (P-37, C-19)."""

    key: ClassVar[tuple[str, ...]] = ("no",)
    no = Entry()
    user_name = Code(50)
    at = Moment(null=False)
    source_type = Choice(
        "order",
        "invoice",
        "credit_memo",
        "stock",
        "undo_shipment",
        "undo_consumption",
        "release",
        "payment",
        "application",
        "unapplication",
    )
    source_no = Code()
    option = Choice("ship", "ship_and_consume", "invoice", "ship_and_invoice", "none")
    purpose = Choice("posting", "creation", "deletion")
    selected_lines = LongText()
    shipment_no = Code()
    invoice_no = Code()
    credit_memo_no = Code()
    no_series = Code()


class _Run:
    """What every ledger row has."""

    key: ClassVar[tuple[str, ...]] = ("entry_no",)
    entry_no = Entry()
    posting_run_no = BigNo(null=False)
    posting_date = Day(null=False)


class GlEntry(_Run, Table, tablename="gl_entry"):
    transaction_no = BigNo(null=False)
    gl_account_no = Ref("gl_account", null=False)
    document_date = Day()
    vat_date = Day()
    document_type = Choice(*_GL_DOCUMENT)
    document_no = Code()
    external_document_no = Text(35)
    description = Text()
    amount = Money()
    debit_amount = Money()
    credit_amount = Money()
    vat_amount = Money()
    source_currency_code = Ref("currency", 10)
    source_currency_amount = Money()
    gen_bus_group = Ref("gen_bus_group")
    gen_prod_group = Ref("gen_prod_group")
    vat_bus_group = Ref("vat_bus_group")
    vat_prod_group = Ref("vat_prod_group")
    gen_posting_type = Choice("blank", "sale")
    bal_account_no = Code()
    source_type = Choice("blank", "customer")
    source_no = Code()
    dim_1 = Code()
    dim_2 = Code()
    reason_code = Code()
    system_created = Flag()
    user_name = Code(50)


class VatEntry(_Run, Table, tablename="vat_entry"):
    type = Choice("sale")
    document_type = Choice(*_GL_DOCUMENT)
    document_no = Code()
    external_document_no = Text(35)
    document_date = Day()
    vat_date = Day()
    base = Money()
    amount = Money()
    source_currency_code = Ref("currency", 10)
    source_currency_base = Money()
    source_currency_amount = Money()
    calculation_type = Choice("normal", "reverse_charge", "full")
    vat_pct = Percent()
    vat_identifier = Code()
    gen_bus_group = Ref("gen_bus_group")
    gen_prod_group = Ref("gen_prod_group")
    vat_bus_group = Ref("vat_bus_group")
    vat_prod_group = Ref("vat_prod_group")
    bill_to_customer_no = Ref("customer")
    country_code = Code(10)
    vat_registration_no = Text(20)
    eu_3_party_trade = Flag()
    eu_service = Flag()
    gl_entry_no = BigNo()
    closed = Flag()


class CustomerLedgerEntry(_Run, Table, tablename="customer_ledger_entry"):
    customer_no = Ref("customer", null=False)
    sell_to_customer_no = Ref("customer")
    document_date = Day()
    due_date = Day()
    pmt_discount_date = Day()
    document_type = Choice(*_GL_DOCUMENT)
    document_no = Code()
    external_document_no = Text(35)
    your_reference = Text(35)
    description = Text()
    currency_code = Ref("currency", 10)
    exchange_amount = Rate(default=1000000)
    relational_amount = Rate(default=1000000)
    sales_lcy = Money()
    profit_lcy = Money()
    inv_discount_lcy = Money()
    original_pmt_disc_possible = Money()
    remaining_pmt_disc_possible = Money()
    open = Flag()
    positive = Flag()
    closed_by_entry_no = BigNo()
    closed_at_date = Day()
    applies_to_doc_type = Choice("blank", "payment", "invoice", "credit_memo")
    applies_to_doc_no = Code()
    applies_to_id = Code(50)
    amount_to_apply = Money()
    payment_terms_code = Code(10)
    payment_method_code = Code(10)
    payment_reference = Text(50)
    salesperson_code = Code()
    reason_code = Code()
    customer_posting_group = Ref("customer_posting_group")
    receivables_account = Ref("gl_account")
    on_hold = Code(10)
    dispute = Flag()
    promised_date = Day()
    dim_1 = Code()
    dim_2 = Code()


class DetailedCustomerEntry(_Run, Table, tablename="detailed_customer_entry"):
    customer_entry_no = BigNo(null=False)
    customer_no = Ref("customer", null=False)
    entry_type = Choice("initial", "application", "realized_gain", "realized_loss", "correction_of_remaining")
    document_type = Choice(*_GL_DOCUMENT)
    document_no = Code()
    currency_code = Ref("currency", 10)
    amount = Money()
    amount_lcy = Money()
    due_date = Day()
    applied_customer_entry_no = BigNo()
    bal_account_no = Code()
    pmt_disc_used = Money()
    unapplied = Flag()
    unapplies_run_no = BigNo()


class ItemLedgerEntry(_Run, Table, tablename="item_ledger_entry"):
    item_no = Ref("item", null=False)
    variant_code = Code(10)
    location_code = Ref("location")
    entry_type = Choice("sale", "purchase", "positive_adjmt", "negative_adjmt")
    document_type = Choice("blank", "service_shipment", "service_invoice", "service_credit_memo")
    document_no = Code()
    document_line_no = Whole()
    document_date = Day()
    external_document_no = Text(35)
    quantity = Quantity()
    uom = Code(10)
    qty_per_uom = Quantity(default=100000)
    invoiced_quantity = Quantity()
    remaining_quantity = Quantity()
    shipped_qty_not_returned = Quantity()
    open = Flag()
    positive = Flag()
    completely_invoiced = Flag()
    applied_entry_to_adjust = Flag()
    source_type = Choice("blank", "customer")
    source_no = Code()
    country_code = Code(10)
    order_no = Code()
    order_line_no = Whole()
    dim_1 = Code()
    dim_2 = Code()


class ItemApplication(Table, tablename="item_application"):
    key: ClassVar[tuple[str, ...]] = ("id",)
    id = Serial(primary_key=True)
    posting_run_no = BigNo(null=False)
    outbound_entry_no = BigNo(null=False)
    inbound_entry_no = BigNo(null=False)
    quantity = Quantity()


class ValueEntry(_Run, Table, tablename="value_entry"):
    item_ledger_entry_no = BigNo(null=False)
    item_no = Ref("item", null=False)
    location_code = Ref("location")
    document_type = Choice("blank", "service_shipment", "service_invoice", "service_credit_memo")
    document_no = Code()
    document_line_no = Whole()
    document_date = Day()
    item_ledger_entry_quantity = Quantity()
    valued_quantity = Quantity()
    invoiced_quantity = Quantity()
    cost_per_unit = Price()
    sales_amount_expected = Money()
    sales_amount_actual = Money()
    cost_amount_expected = Money()
    cost_amount_actual = Money()
    discount_amount = Money()
    cost_posted_to_gl = Money()
    expected_cost_posted_to_gl = Money()
    expected_cost = Flag()
    gen_bus_group = Ref("gen_bus_group")
    gen_prod_group = Ref("gen_prod_group")
    inventory_posting_group = Ref("inventory_posting_group")
    source_no = Code()
    salesperson_code = Code()
    dim_1 = Code()
    dim_2 = Code()


class ResourceLedgerEntry(_Run, Table, tablename="resource_ledger_entry"):
    entry_type = Choice("usage", "sale")
    document_type = Choice("shipment", "invoice", "credit_memo")
    document_no = Code()
    external_document_no = Text(35)
    document_date = Day()
    resource_no = Ref("resource", null=False)
    work_type_code = Code(10)
    description = Text()
    quantity = Quantity()
    uom = Code(10)
    qty_per_uom = Quantity(default=100000)
    quantity_base = Quantity()
    unit_cost = Price()
    total_cost = Money()
    unit_price = Price()
    total_price = Money()
    chargeable = Flag(default=True)
    gen_bus_group = Ref("gen_bus_group")
    gen_prod_group = Ref("gen_prod_group")
    source_type = Choice("blank", "customer")
    source_no = Code()
    order_no = Code()
    order_line_no = Whole()
    dim_1 = Code()
    dim_2 = Code()


class ServiceLedgerEntry(_Run, Table, tablename="service_ledger_entry"):
    entry_type = Choice("usage", "sale", "consume")
    type = Choice("blank", "resource", "item", "service_cost", "service_contract", "gl_account")
    no = Code()
    description = Text()
    document_type = Choice("blank", "payment", "invoice", "credit_memo", "shipment")
    document_no = Code()
    document_line_no = Whole()
    external_document_no = Text(35)
    customer_no = Ref("customer")
    bill_to_customer_no = Ref("customer")
    ship_to_code = Code(10)
    service_order_no = Code()
    service_contract_no = Code()
    contract_line_no = Whole()
    period_from = Day()
    period_to = Day()
    invoice_period = Choice("blank", "month", "two_months", "quarter", "half_year", "year", "none")
    contract_account_group = Code(10)
    contract_group_code = Code(10)
    service_order_type = Code(10)
    service_item_no = Ref("service_item")
    item_no_serviced = Code()
    serial_no_serviced = Text(50)
    variant_code_serviced = Code(10)
    quantity = Quantity()
    charged_qty = Quantity()
    unit_cost = Price()
    cost_amount = Money()
    unit_price = Price()
    discount_pct = Scaled()
    discount_amount = Money()
    contract_disc_amount = Money()
    amount_lcy = Money()
    amount = Money()
    open = Flag()
    prepaid = Flag()
    moved_from_prepaid = Flag()
    posted_gross = Flag()
    released_by = Code()
    applies_to_entry_no = BigNo()
    gen_bus_group = Ref("gen_bus_group")
    gen_prod_group = Ref("gen_prod_group")
    location_code = Ref("location")
    uom = Code(10)
    work_type_code = Code(10)
    fault_reason_code = Code()
    dim_1 = Code()
    dim_2 = Code()
    user_name = Code(50)


class WarrantyLedgerEntry(_Run, Table, tablename="warranty_ledger_entry"):
    document_no = Code()
    document_line_no = Whole()
    customer_no = Ref("customer")
    bill_to_customer_no = Ref("customer")
    ship_to_code = Code(10)
    service_item_no = Ref("service_item")
    item_no_serviced = Code()
    serial_no_serviced = Text(50)
    service_item_group = Code(10)
    service_order_no = Code()
    service_order_line_no = Whole()
    service_contract_no = Code()
    fault_area_code = Code(10)
    symptom_code = Code(10)
    fault_code = Code(10)
    fault_reason_code = Code()
    resolution_code = Code(10)
    type = Choice("item", "resource")
    no = Code()
    description = Text()
    quantity = Quantity()
    uom = Code(10)
    work_type_code = Code(10)
    amount = Money()
    vendor_no = Code()
    vendor_item_no = Text(50)
    open = Flag()
    gen_bus_group = Ref("gen_bus_group")
    gen_prod_group = Ref("gen_prod_group")
    dim_1 = Code()
    dim_2 = Code()

"""Open documents (P-30 … P-33) and what follows them: comments, log, register, archive, posting forms."""

from __future__ import annotations

from typing import ClassVar

from piccolo.columns import Serial
from piccolo.table import Table

from db.columns import (
    BigNo,
    Bytes,
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
    Text,
    TimeOfDay,
    Whole,
)

DOCUMENT_TYPES = ("quote", "order", "invoice", "credit_memo")
LINE_TYPES = ("blank", "item", "resource", "cost", "gl_account")


class HeaderFields:
    """The header of a service document; a posted document keeps these as they stood (P-30, P-34, O-46)."""

    description = Text()
    customer_no = Ref("customer")
    customer_name = Text()
    customer_address = Text()
    customer_address_2 = Text()
    customer_post_code = Text(20)
    customer_city = Text(50)
    customer_country_code = Ref("country", 10)
    contact_name = Text()
    phone_no = Text(40)
    e_mail = Text()
    notify_customer = Choice("no", "phone", "e_mail")
    bill_to_customer_no = Ref("customer")
    bill_to_name = Text()
    bill_to_address = Text()
    bill_to_address_2 = Text()
    bill_to_post_code = Text(20)
    bill_to_city = Text(50)
    bill_to_country_code = Ref("country", 10)
    bill_to_contact = Text()
    vat_registration_no = Text(20)
    language_code = Ref("language", 10)
    format_region = Text(10)
    ship_to_code = Code(10)
    ship_to_name = Text()
    ship_to_address = Text()
    ship_to_address_2 = Text()
    ship_to_post_code = Text(20)
    ship_to_city = Text(50)
    ship_to_country_code = Ref("country", 10)
    ship_to_contact = Text()
    service_zone_code = Code(10)
    posting_date = Day()
    document_date = Day()
    vat_date = Day()
    order_date = Day()
    order_time = TimeOfDay()
    due_date = Day()
    pmt_discount_date = Day()
    pmt_discount_pct = Percent()
    response_date = Day()
    response_time = TimeOfDay()
    starting_date = Day()
    starting_time = TimeOfDay()
    finishing_date = Day()
    finishing_time = TimeOfDay()
    payment_terms_code = Ref("payment_terms", 10)
    payment_method_code = Ref("payment_method", 10)
    bal_account_type = Choice("gl_account", "bank")
    bal_account_no = Code()
    company_bank_account_code = Ref("bank_account")
    currency_code = Ref("currency", 10)
    exchange_amount = Rate(default=1000000)
    relational_amount = Rate(default=1000000)
    prices_including_vat = Flag()
    allow_line_disc = Flag(default=True)
    invoice_disc_code = Code()
    customer_posting_group = Ref("customer_posting_group")
    gen_bus_group = Ref("gen_bus_group")
    vat_bus_group = Ref("vat_bus_group")
    eu_3_party_trade = Flag()
    salesperson_code = Ref("salesperson")
    assigned_user = Ref("app_user", 50)
    service_order_type = Ref("service_order_type", 10)
    priority = Choice("low", "medium_low", "medium_high", "high")
    contract_no = Code()
    max_labor_unit_price = Price()
    location_code = Ref("location")
    shipping_advice = Choice("partial", "complete")
    combine_shipments = Flag()
    external_document_no = Text(35)
    your_reference = Text(35)
    posting_description = Text()
    work_description = LongText()
    reason_code = Ref("reason_code")
    correction = Flag()
    dim_1 = Code()
    dim_2 = Code()


class ServiceHeader(HeaderFields, Table, tablename="service_header"):
    key: ClassVar[tuple[str, ...]] = ("document_type", "no")
    id = Serial(primary_key=True)
    document_type = Choice(*DOCUMENT_TYPES)
    no = Code()
    no_series = Ref("number_series")
    shipping_no_series = Ref("number_series")
    posting_no_series = Ref("number_series")
    last_shipping_no = Code()
    last_posting_no = Code()
    status = Choice("pending", "in_process", "finished", "on_hold")
    release_status = Choice("open", "released_to_ship")
    applies_to_doc_type = Choice("blank", "payment", "invoice", "credit_memo")
    applies_to_doc_no = Code()
    applies_to_id = Code(50)
    created_by = Code(50)
    created_at = Moment()
    changed_by = Code(50)
    changed_at = Moment()
    row_version = Whole(default=1)
    last_line_no = Whole()


class ItemLineFields:
    """A service item line: the serviced thing and its state (P-31)."""

    service_item_no = Ref("service_item")
    item_no = Ref("item")
    serial_no = Text(50)
    description = Text()
    service_item_group = Ref("service_item_group", 10)
    repair_status_code = Ref("repair_status", 10)
    warranty = Flag()
    warranty_start_parts = Day()
    warranty_end_parts = Day()
    warranty_start_labor = Day()
    warranty_end_labor = Day()
    warranty_pct_parts = Percent()
    warranty_pct_labor = Percent()
    contract_no = Code()
    contract_line_no = Whole()
    contract_disc_pct = Percent()
    fault_area_code = Code(10)
    symptom_code = Code(10)
    fault_code = Code(10)
    resolution_code = Code(10)
    fault_reason_code = Ref("fault_reason")
    starting_date = Day()
    starting_time = TimeOfDay()
    finishing_date = Day()
    finishing_time = TimeOfDay()
    response_date = Day()
    response_time = TimeOfDay()
    dim_1 = Code()
    dim_2 = Code()


class ServiceItemLine(ItemLineFields, Table, tablename="service_item_line"):
    key: ClassVar[tuple[str, ...]] = ("document_type", "document_no", "line_no")
    id = Serial(primary_key=True)
    document_type = Choice(*DOCUMENT_TYPES)
    document_no = Code()
    line_no = Whole()


class LineFields:
    """What a service line and the posted lines made from it have in common (P-32)."""

    type = Choice(*LINE_TYPES)
    no = Code()
    variant_code = Code(10)
    description = Text()
    description_2 = Text()
    service_item_line_no = Whole()
    service_item_no = Ref("service_item")
    uom = Ref("unit_of_measure", 10)
    qty_per_uom = Quantity(default=100000)
    unit_price = Price()
    unit_cost = Price()
    unit_cost_lcy = Price()
    line_discount_pct = Percent()
    line_discount_type = Choice("none", "warranty", "contract", "line", "manual")
    allow_invoice_disc = Flag(default=True)
    allow_line_disc = Flag(default=True)
    gen_bus_group = Ref("gen_bus_group")
    gen_prod_group = Ref("gen_prod_group")
    vat_bus_group = Ref("vat_bus_group")
    vat_prod_group = Ref("vat_prod_group")
    vat_identifier = Code()
    vat_pct = Percent()
    vat_calculation_type = Choice("normal", "reverse_charge", "full")
    posting_group = Ref("inventory_posting_group")
    posting_date = Day()
    order_date = Day()
    location_code = Ref("location")
    work_type_code = Ref("work_type", 10)
    warranty = Flag()
    exclude_warranty = Flag()
    exclude_contract_discount = Flag()
    warranty_disc_pct = Percent()
    contract_disc_pct = Percent()
    contract_no = Code()
    fault_area_code = Code(10)
    symptom_code = Code(10)
    fault_code = Code(10)
    fault_reason_code = Ref("fault_reason")
    resolution_code = Code(10)
    attached_to_line_no = Whole()
    system_created = Flag()
    appl_to_item_entry = BigNo()
    appl_from_item_entry = BigNo()
    appl_to_service_entry = BigNo()
    dim_1 = Code()
    dim_2 = Code()


class LineAmounts:
    """The amounts of a line, in the document's currency (part 7)."""

    line_discount_amount = Money()
    line_amount = Money()
    inv_discount_amount = Money()
    amount = Money()
    amount_including_vat = Money()
    vat_base_amount = Money()


class ServiceLine(LineFields, LineAmounts, Table, tablename="service_line"):
    key: ClassVar[tuple[str, ...]] = ("document_type", "document_no", "line_no")
    id = Serial(primary_key=True)
    document_type = Choice(*DOCUMENT_TYPES)
    document_no = Code()
    line_no = Whole()
    quantity = Quantity()
    outstanding_qty = Quantity()
    qty_to_ship = Quantity()
    qty_to_invoice = Quantity()
    qty_to_consume = Quantity()
    quantity_shipped = Quantity()
    quantity_invoiced = Quantity()
    quantity_consumed = Quantity()
    qty_shipped_not_invoiced = Quantity()
    quantity_base = Quantity()
    outstanding_qty_base = Quantity()
    qty_to_ship_base = Quantity()
    qty_to_invoice_base = Quantity()
    qty_to_consume_base = Quantity()
    quantity_shipped_base = Quantity()
    quantity_invoiced_base = Quantity()
    quantity_consumed_base = Quantity()
    qty_shipped_not_invoiced_base = Quantity()
    inv_disc_amount_to_invoice = Money()
    shipment_no = Ref("service_shipment_header")
    shipment_line_no = Whole()
    order_no = Code()
    order_line_no = Whole()
    invoice_no = Ref("service_invoice_header")
    invoice_line_no = Whole()
    contract_line_no = Whole()
    period_from = Day()
    period_to = Day()


class ServiceComment(Table, tablename="service_comment"):
    """A remark on an open or posted document; internal ones never print (D-32)."""

    key: ClassVar[tuple[str, ...]] = ("id",)
    id = Serial(primary_key=True)
    document_kind = Choice(*DOCUMENT_TYPES, "shipment", "posted_invoice", "posted_credit_memo")
    document_no = Code()
    line_no = Whole()
    type = Choice("general", "fault", "resolution", "accessory", "internal")
    date = Day()
    text = LongText()
    print_on_document = Flag()
    user_name = Code(50)


class AttachedFile(Table, tablename="attached_file"):
    """The content of a file, once however many documents it is attached to (D-33)."""

    key: ClassVar[tuple[str, ...]] = ("id",)
    id = Serial(primary_key=True)
    content = Bytes()
    size = Whole()
    sha256 = Code(64)


class ServiceAttachment(Table, tablename="service_attachment"):
    """A file as it is attached to a document or one of its lines, to a customer or an item (D-33)."""

    key: ClassVar[tuple[str, ...]] = ("id",)
    belongs_to: ClassVar[tuple[str, tuple[str, ...]]] = ("attached_file", ("file_id",))
    id = Serial(primary_key=True)
    document_kind = Choice(
        "order", "invoice", "credit_memo", "shipment", "posted_invoice", "posted_credit_memo", "customer", "item"
    )
    document_no = Code()
    line_no = Whole()
    file_id = BigNo(null=False)
    name = Text()
    media_type = Text()
    at = Moment(null=False)
    user_name = Code(50)


class ServiceDocumentLog(Table, tablename="service_document_log"):
    """What happened to a document, and who did it (P-36, P-108, D-99)."""

    key: ClassVar[tuple[str, ...]] = ("entry_no",)
    entry_no = Entry()
    document_kind = Choice(*DOCUMENT_TYPES, "shipment", "posted_invoice", "posted_credit_memo", "contract")
    document_no = Code()
    event = Text(60)
    at = Moment(null=False)
    user_name = Code(50)
    before = Text(250)
    after = Text(250)


class ServiceDocumentRegister(Table, tablename="service_document_register"):
    """Links a contract or order with a document made from it (P-36).

    The row of a contract invoice holds what the invoice moved, as it stood before: so it can be deleted without a trace
    (C-16). `invoiced_to_dates` is a JSON object by line no.; an invoice period of blank means that nothing is kept.
    `days_left` are the days by line no. that it was told to leave unbilled (C-109).
    """

    key: ClassVar[tuple[str, ...]] = ("source_kind", "source_no", "destination_kind", "destination_no")
    id = Serial(primary_key=True)
    source_kind = Choice("contract", "order")
    source_no = Code()
    destination_kind = Choice("invoice", "credit_memo", "posted_invoice", "posted_credit_memo")
    destination_no = Code()
    invoice_period = Choice("blank", "month", "two_months", "quarter", "half_year", "year", "none")
    last_invoice_date = Day()
    next_invoice_date = Day()
    next_period_start = Day()
    next_period_end = Day()
    last_period_end = Day()
    invoiced_to_dates = LongText()
    print_increase_text = Flag()
    days_left = LongText()


class OrderArchive(Table, tablename="order_archive"):
    """A closed order as it last stood (P-173): searchable head, and the whole of it as one text."""

    key: ClassVar[tuple[str, ...]] = ("no", "version")
    id = Serial(primary_key=True)
    no = Code()
    version = Whole(default=1)
    archived_at = Moment(null=False)
    archived_by = Code(50)
    customer_no = Ref("customer")
    customer_name = Text()
    bill_to_customer_no = Ref("customer")
    description = Text()
    posting_date = Day()
    status = Choice("pending", "in_process", "finished", "on_hold")
    document = LongText()


class SupplyCertificate(Table, tablename="supply_certificate"):
    """How it stands with the certificate of supply of a shipment that needs one (D-107)."""

    key: ClassVar[tuple[str, ...]] = ("shipment_no",)
    shipment_no = Ref("service_shipment_header", primary_key=True, null=False)
    status = Choice("required", "received", "not_received")
    receipt_date = Day()


class CustomerStatement(Table, tablename="customer_statement"):
    """A statement of account that was printed; its number rises by one for each customer (D-135)."""

    key: ClassVar[tuple[str, ...]] = ("customer_no", "statement_no")
    id = Serial(primary_key=True)
    customer_no = Ref("customer", null=False)
    statement_no = Whole()
    starting_date = Day(null=False)
    ending_date = Day(null=False)
    user_name = Code(50)
    at = Moment(null=False)
    aging = Choice("due_date", "posting_date", "none")
    taken_back = Flag()


class CustomerBalance(Table, tablename="customer_balance"):
    """What is open of a customer in one currency on one day: the sum of its detailed entries (R-1.2). `day` is the due
    date of the entries, or their posting date where they have none; `dated` tells which. Kept by triggers alone."""

    key: ClassVar[tuple[str, ...]] = ("customer_no", "currency_code", "day", "dated")
    id = Serial(primary_key=True)
    customer_no = Ref("customer", null=False)
    currency_code = Code(10)
    day = Day(null=False)
    dated = Flag()
    amount = BigNo(null=False)
    amount_lcy = BigNo(null=False)


class PostingForm(Table, tablename="posting_form"):
    """A posting form that was used: its token, what it asked for and what came of it (O-42)."""

    key: ClassVar[tuple[str, ...]] = ("token",)
    token = Code(64, primary_key=True)
    content_hash = Code(64)
    result = LongText()
    user_name = Code(50)
    at = Moment(null=False)


class TestReport(Table, tablename="test_report"):
    """That a document was tested before posting, by whom, and how many problems it had then (D-77)."""

    __test__: ClassVar[bool] = False
    key: ClassVar[tuple[str, ...]] = ("entry_no",)
    entry_no = Entry()
    document_type = Choice(*DOCUMENT_TYPES)
    document_no = Code()
    row_version = Whole()
    option = Choice("ship", "ship_and_consume", "invoice", "ship_and_invoice", "none", default="none")
    errors = Whole()
    warnings = Whole()
    tested_by = Code(50)
    tested_at = Moment(null=False)

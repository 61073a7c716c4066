"""Master tables (P-24 … P-28, O-46): customers, and what stands on the lines of their documents."""

from __future__ import annotations

from piccolo.columns import Serial
from piccolo.table import Table

from db.columns import (
    Choice,
    Code,
    Day,
    Flag,
    LongText,
    Money,
    Percent,
    Price,
    Quantity,
    Ref,
    Text,
    Whole,
)
from db.setup import SetupTable

# --- customers ----------------------------------------------------------------------------------------------------


class Customer(SetupTable, Table, tablename="customer"):
    key = ("no",)
    no = Code(primary_key=True)
    name = Text()
    address = Text()
    address_2 = Text()
    post_code = Text(20)
    city = Text(50)
    country_code = Ref("country", 10)
    contact_name = Text()
    phone_no = Text(40)
    e_mail = Text()
    language_code = Ref("language", 10)
    format_region = Text(10)
    bill_to_customer_no = Ref("customer")
    customer_posting_group = Ref("customer_posting_group")
    gen_bus_group = Ref("gen_bus_group")
    vat_bus_group = Ref("vat_bus_group")
    vat_registration_no = Text(20)
    currency_code = Ref("currency", 10)
    payment_terms_code = Ref("payment_terms", 10)
    payment_method_code = Ref("payment_method", 10)
    prices_including_vat = Flag()
    invoice_disc_code = Code()
    allow_line_disc = Flag(default=True)
    credit_limit = Money()
    blocked = Choice("none", "ship", "invoice", "all")
    privacy_blocked = Flag()
    combine_shipments = Flag()
    salesperson_code = Ref("salesperson")
    location_code = Ref("location")
    ship_to_code = Code(10)
    shipping_advice = Choice("partial", "complete")
    service_zone_code = Code(10)
    your_reference = Text(35)
    search_text = Text(400)
    e_invoice = Choice("no", "peppol")
    e_invoice_address = Text(100)
    document_sending = Choice("no", "e_mail")
    send_documents_to = Text(100)
    e_invoice_format = Choice("ubl", "factur_x")
    mandate_reference = Text(35)


class ShipToAddress(SetupTable, Table, tablename="ship_to_address"):
    key = ("customer_no", "code")
    id = Serial(primary_key=True)
    customer_no = Ref("customer", null=False)
    code = Code(10)
    name = Text()
    address = Text()
    address_2 = Text()
    post_code = Text(20)
    city = Text(50)
    country_code = Ref("country", 10)
    contact_name = Text()
    phone_no = Text(40)
    e_mail = Text()
    salesperson_code = Ref("salesperson")
    location_code = Ref("location")
    service_zone_code = Code(10)


class CustomerInvoiceDiscount(SetupTable, Table, tablename="customer_invoice_discount"):
    key = ("code", "currency_code", "minimum_amount")
    id = Serial(primary_key=True)
    code = Code()
    currency_code = Ref("currency", 10)
    minimum_amount = Money()
    discount_pct = Percent()
    service_charge = Money()


# --- what stands on lines -----------------------------------------------------------------------------------------


class Item(SetupTable, Table, tablename="item"):
    key = ("no",)
    no = Code(primary_key=True)
    description = Text()
    description_2 = Text()
    type = Choice("inventory", "service", "non_inventory")
    base_uom = Ref("unit_of_measure", 10)
    sales_uom = Ref("unit_of_measure", 10)
    gen_prod_group = Ref("gen_prod_group")
    vat_prod_group = Ref("vat_prod_group")
    inventory_posting_group = Ref("inventory_posting_group")
    unit_price = Price()
    unit_cost = Price()
    standard_cost = Price()
    costing_method = Choice("average", "fifo", "standard")
    allow_invoice_disc = Flag(default=True)
    blocked = Flag()
    service_blocked = Flag()
    prevent_negative_inventory = Choice("default", "no", "yes")
    vendor_no = Code()
    vendor_item_no = Text(50)
    units_per_parcel = Quantity()
    net_weight = Quantity()
    gross_weight = Quantity()
    unit_volume = Quantity()
    search_text = Text(400)


class ItemUom(SetupTable, Table, tablename="item_uom"):
    key = ("item_no", "uom")
    id = Serial(primary_key=True)
    item_no = Ref("item", null=False)
    uom = Ref("unit_of_measure", 10, null=False)
    qty_per = Quantity(default=100000)


class Resource(SetupTable, Table, tablename="resource"):
    key = ("no",)
    no = Code(primary_key=True)
    name = Text()
    type = Choice("person", "machine")
    resource_group = Code()
    base_uom = Ref("unit_of_measure", 10)
    unit_price = Price()
    unit_cost = Price()
    gen_prod_group = Ref("gen_prod_group")
    vat_prod_group = Ref("vat_prod_group")
    location_code = Ref("location")
    allow_invoice_disc = Flag(default=True)
    blocked = Flag()
    privacy_blocked = Flag()
    search_text = Text(400)


class ResourceUom(SetupTable, Table, tablename="resource_uom"):
    key = ("resource_no", "uom")
    id = Serial(primary_key=True)
    resource_no = Ref("resource", null=False)
    uom = Ref("unit_of_measure", 10, null=False)
    qty_per = Quantity(default=100000)


class WorkType(SetupTable, Table, tablename="work_type"):
    key = ("code",)
    code = Code(10, primary_key=True)
    description = Text()
    uom = Ref("unit_of_measure", 10)


class ResourcePrice(SetupTable, Table, tablename="resource_price"):
    """Price and cost of a resource for one kind of work; overrides the card (P-26)."""

    key = ("resource_no", "work_type_code")
    id = Serial(primary_key=True)
    resource_no = Ref("resource", null=False)
    work_type_code = Ref("work_type", 10, null=False)
    unit_price = Price()
    unit_cost = Price()


class ServiceCost(SetupTable, Table, tablename="service_cost"):
    key = ("code",)
    code = Code(10, primary_key=True)
    description = Text()
    account_no = Ref("gl_account")
    default_unit_price = Price()
    default_unit_cost = Price()
    default_quantity = Quantity(default=100000)
    uom = Ref("unit_of_measure", 10)
    cost_type = Choice("travel", "support", "other")
    service_zone_code = Code(10)
    allow_invoice_disc = Flag(default=True)


class PriceListLine(SetupTable, Table, tablename="price_list_line"):
    """A price or line discount of an item or resource, for one customer or all (O-46)."""

    key = ("product_type", "product_no", "customer_no", "currency_code", "starting_date", "minimum_quantity", "uom")
    id = Serial(primary_key=True)
    product_type = Choice("item", "resource")
    product_no = Code()
    customer_no = Ref("customer")
    currency_code = Ref("currency", 10)
    uom = Ref("unit_of_measure", 10)
    starting_date = Day(null=False)
    ending_date = Day()
    minimum_quantity = Quantity()
    unit_price = Price()
    line_discount_pct = Percent()


class ServiceItem(SetupTable, Table, tablename="service_item"):
    key = ("no",)
    no = Code(primary_key=True)
    description = Text()
    item_no = Ref("item")
    serial_no = Text(50)
    service_item_group = Ref("service_item_group", 10)
    customer_no = Ref("customer")
    ship_to_code = Code(10)
    status = Choice("blank", "own", "installed", "temporarily_installed", "defective")
    warranty_start_parts = Day()
    warranty_end_parts = Day()
    warranty_start_labor = Day()
    warranty_end_labor = Day()
    warranty_pct_parts = Percent()
    warranty_pct_labor = Percent()
    last_service_date = Day()
    blocked = Choice("none", "service_contract", "all")
    default_contract_value = Money()
    default_contract_cost = Money()
    default_contract_discount_pct = Percent()
    vendor_no = Code()
    vendor_item_no = Text(50)
    search_text = Text(400)


class RepairStatus(SetupTable, Table, tablename="repair_status"):
    key = ("code",)
    code = Code(10, primary_key=True)
    description = Text()
    service_order_status = Choice("pending", "in_process", "finished", "on_hold")
    priority = Choice("high", "medium_high", "medium_low", "low")
    initial = Flag()
    partly_serviced = Flag()
    in_process = Flag()
    finished = Flag()
    referred = Flag()
    spare_part_ordered = Flag()
    spare_part_received = Flag()
    waiting_for_customer = Flag()
    quote_finished = Flag()
    posting_allowed = Flag(default=True)
    pending_allowed = Flag(default=True)
    in_process_allowed = Flag(default=True)
    finished_allowed = Flag(default=True)
    on_hold_allowed = Flag(default=True)


class StandardServiceCode(SetupTable, Table, tablename="standard_service_code"):
    """A bundle of lines that is put on an order at once, for service items of one group or of all (D-31)."""

    key = ("code",)
    code = Code(primary_key=True)
    description = Text()
    currency_code = Ref("currency", 10)
    service_item_group = Ref("service_item_group", 10)


class StandardServiceLine(SetupTable, Table, tablename="standard_service_line"):
    key = ("standard_service_code", "line_no")
    id = Serial(primary_key=True)
    standard_service_code = Ref("standard_service_code", null=False)
    line_no = Whole()
    type = Choice("blank", "item", "resource", "cost", "gl_account")
    no = Code()
    description = Text()
    quantity = Quantity()
    uom = Ref("unit_of_measure", 10)
    amount = Money()
    dim_1 = Code()
    dim_2 = Code()


class DocumentTitle(SetupTable, Table, tablename="document_title"):
    """What a printed document is called and in how many copies; blank country or language is any (O-20)."""

    key = ("document_kind", "country_code", "language_code")
    id = Serial(primary_key=True)
    document_kind = Choice("invoice", "credit_memo", "shipment")
    country_code = Ref("country", 10)
    language_code = Ref("language", 10)
    title = Text(50)
    copies = Whole(default=1)


class ReportSelection(SetupTable, Table, tablename="report_selection"):
    """What is printed and mailed with a posted document; blank customer or language is any (D-126)."""

    key = ("document_kind", "customer_no", "language_code")
    id = Serial(primary_key=True)
    document_kind = Choice("invoice", "credit_memo")
    customer_no = Ref("customer")
    language_code = Ref("language", 10)
    print_shipments = Flag()
    mail_shipments = Flag()
    mail_attachments = Flag()
    mail_text = LongText()


class Translation(SetupTable, Table, tablename="translation"):
    """What a country, a unit, terms or a method of payment is called on documents in a language (D-117)."""

    key = ("kind", "code", "language_code")
    id = Serial(primary_key=True)
    kind = Choice("country", "payment_method", "payment_terms", "unit_of_measure")
    code = Code()
    language_code = Ref("language", 10, null=False)
    description = Text(100)


class ExtendedText(SetupTable, Table, tablename="extended_text"):
    """What a record says on documents beneath its line (D-30). Type blank is a standard text."""

    key = ("type", "no", "text_no")
    id = Serial(primary_key=True)
    type = Choice("blank", "item", "resource", "gl_account")
    no = Code()
    text_no = Whole()
    language_code = Ref("language", 10)
    starting_date = Day()
    ending_date = Day()
    on_orders = Flag(default=True)
    on_invoices = Flag(default=True)
    on_credit_memos = Flag(default=True)
    automatic = Flag()
    text = LongText()

"""Set-up tables (P-12 … P-23, P-29, O-46): what a company is made of before its first customer.

Every class names its natural key in `key`; the DDL with all CHECK, UNIQUE and foreign keys is in `migrations/`.
"""

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
    Rate,
    Ref,
    Text,
    Whole,
)

ROUNDING = ("nearest", "up", "down")


class SetupTable:
    """What every set-up and master table has."""

    key: ClassVar[tuple[str, ...]]
    row_version = Whole(default=1)


# --- the company and its settings: one row each -----------------------------------------------------------------


class Company(SetupTable, Table, tablename="company"):
    key = ()
    id = Whole(primary_key=True, default=1)
    name = Text()
    address = Text()
    address_2 = Text()
    post_code = Text(20)
    city = Text(50)
    country_code = Ref("country", 10)
    phone_no = Text(40)
    e_mail = Text(100)
    home_page = Text(100)
    vat_registration_no = Text(20)
    registration_no = Text(30)
    bank_name = Text()
    bank_account_no = Text(40)
    iban = Text(40)
    bic = Text(20)
    logo = LongText()
    e_invoice_address = Text(100)
    cash_accounting = Flag()
    representative_name = Text()
    representative_vat_no = Text(20)
    representative_address = Text()
    representative_post_code = Text(20)
    representative_city = Text(50)
    representative_country_code = Ref("country", 10)
    creditor_identifier = Text(35)


class LedgerSetup(SetupTable, Table, tablename="ledger_setup"):
    key = ()
    id = Whole(primary_key=True, default=1)
    lcy_code = Code(10)
    amount_rounding_precision = Money(default=1000)
    unit_amount_rounding_precision = Price(default=1)
    inv_rounding_precision_lcy = Money(default=100000)
    inv_rounding_type = Choice(*ROUNDING)
    vat_rounding_type = Choice(*ROUNDING)
    allow_posting_from = Day()
    allow_posting_to = Day()
    vat_date_default = Choice("posting_date", "document_date")
    allow_vat_date_from = Day()
    allow_vat_date_to = Day()
    pmt_disc_excl_vat = Flag()
    mark_cr_memos_as_corrections = Flag()
    vat_calc_by = Choice("bill_to", "customer")
    global_dimension_1_code = Ref("dimension")
    global_dimension_2_code = Ref("dimension")


class ReceivablesSetup(SetupTable, Table, tablename="receivables_setup"):
    key = ()
    id = Whole(primary_key=True, default=1)
    discount_posting = Choice("none", "invoice", "line", "all")
    calc_inv_discount = Flag()
    calc_inv_disc_per_vat_id = Flag()
    invoice_rounding = Flag()
    exact_cost_reversing_mandatory = Flag()
    appln_between_currencies = Choice("none", "all")
    credit_warnings = Choice("both", "credit_limit", "overdue", "none")
    stockout_warning = Flag()
    payment_nos = Ref("number_series")


class ServiceSetup(SetupTable, Table, tablename="service_setup"):
    key = ()
    id = Whole(primary_key=True, default=1)
    service_order_nos = Ref("number_series")
    service_invoice_nos = Ref("number_series")
    service_cr_memo_nos = Ref("number_series")
    contract_nos = Ref("number_series")
    contract_template_nos = Ref("number_series")
    contract_invoice_nos = Ref("number_series")
    contract_cr_memo_nos = Ref("number_series")
    prepaid_posting_nos = Ref("number_series")
    posted_shipment_nos = Ref("number_series")
    posted_invoice_nos = Ref("number_series")
    posted_cr_memo_nos = Ref("number_series")
    shipment_on_invoice = Flag()
    ext_doc_no_mandatory = Flag()
    salesperson_mandatory = Flag()
    service_order_type_mandatory = Flag()
    service_order_start_mandatory = Flag()
    service_order_finish_mandatory = Flag()
    fault_reason_mandatory = Flag()
    unit_of_measure_mandatory = Flag()
    work_type_mandatory = Flag()
    link_service_to_service_item = Flag()
    copy_comments_to_invoice = Flag()
    copy_comments_to_shipment = Flag()
    copy_line_description_to_gl = Flag()
    close_invoiced_orders = Choice("automatic", "batch")
    warranty_disc_pct_parts = Percent()
    warranty_disc_pct_labor = Percent()
    starting_fee_code = Ref("service_cost", 10)
    contract_line_inv_text = Ref("standard_text")
    contract_inv_line_text = Ref("standard_text")
    contract_inv_period_text = Ref("standard_text")
    contract_credit_line_text = Ref("standard_text")
    register_contract_changes = Flag(default=True)
    use_contract_cancel_reason = Flag()
    contract_response_time_mandatory = Flag()
    contract_value_pct = Percent()
    contract_value_method = Choice("none", "unit_price", "unit_cost")
    next_service_method = Choice("planned", "actual")
    contract_order_max_days = Whole()
    one_service_item_line_per_order = Flag()
    last_contract_order_date = Day()
    delete_filed_contracts = Flag()


class InventorySetup(SetupTable, Table, tablename="inventory_setup"):
    key = ()
    id = Whole(primary_key=True, default=1)
    automatic_cost_posting = Flag()
    expected_cost_posting_to_gl = Flag()
    prevent_negative_inventory = Flag()


class UserSetup(SetupTable, Table, tablename="user_setup"):
    key = ("user_name",)
    user_name = Ref("app_user", 50, primary_key=True, null=False)
    allow_posting_from = Day()
    allow_posting_to = Day()
    allow_vat_date_from = Day()
    allow_vat_date_to = Day()
    service_invoice_policy = Choice("allowed", "prohibited", "mandatory")
    salesperson_code = Ref("salesperson")


# --- accounts, groups and posting setups --------------------------------------------------------------------------


class GlAccount(SetupTable, Table, tablename="gl_account"):
    key = ("no",)
    no = Code(primary_key=True)
    name = Text()
    account_type = Choice("posting", "heading", "total", "begin_total", "end_total")
    income_balance = Choice("income", "balance")
    direct_posting = Flag()
    blocked = Flag()
    gen_bus_group = Ref("gen_bus_group")
    gen_prod_group = Ref("gen_prod_group")
    vat_bus_group = Ref("vat_bus_group")
    vat_prod_group = Ref("vat_prod_group")


class GenBusGroup(SetupTable, Table, tablename="gen_bus_group"):
    key = ("code",)
    code = Code(primary_key=True)
    description = Text()
    def_vat_bus_group = Ref("vat_bus_group")


class GenProdGroup(SetupTable, Table, tablename="gen_prod_group"):
    key = ("code",)
    code = Code(primary_key=True)
    description = Text()
    def_vat_prod_group = Ref("vat_prod_group")


class GeneralPostingSetup(SetupTable, Table, tablename="general_posting_setup"):
    key = ("gen_bus_group", "gen_prod_group")
    id = Serial(primary_key=True)
    gen_bus_group = Ref("gen_bus_group", null=False)
    gen_prod_group = Ref("gen_prod_group", null=False)
    sales = Ref("gl_account")
    sales_credit_memo = Ref("gl_account")
    sales_line_disc = Ref("gl_account")
    sales_inv_disc = Ref("gl_account")
    cogs = Ref("gl_account")
    cogs_interim = Ref("gl_account")
    inventory_adjmt = Ref("gl_account")
    blocked = Flag()


class VatBusGroup(SetupTable, Table, tablename="vat_bus_group"):
    key = ("code",)
    code = Code(primary_key=True)
    description = Text()


class VatProdGroup(SetupTable, Table, tablename="vat_prod_group"):
    key = ("code",)
    code = Code(primary_key=True)
    description = Text()


class VatClause(SetupTable, Table, tablename="vat_clause"):
    key = ("code",)
    code = Code(primary_key=True)
    description = Text(250)
    tax_category = Choice("derived", "S", "Z", "E", "AE", "K", "G", "O")
    exemption_code = Code(30)


class VatClauseText(SetupTable, Table, tablename="vat_clause_text"):
    key = ("vat_clause_code", "language_code")
    id = Serial(primary_key=True)
    vat_clause_code = Ref("vat_clause", null=False)
    language_code = Ref("language", 10, null=False)
    description = Text(250)


class VatPostingSetup(SetupTable, Table, tablename="vat_posting_setup"):
    key = ("vat_bus_group", "vat_prod_group")
    id = Serial(primary_key=True)
    vat_bus_group = Ref("vat_bus_group", null=False)
    vat_prod_group = Ref("vat_prod_group", null=False)
    vat_identifier = Code()
    vat_pct = Percent()
    calculation_type = Choice("normal", "reverse_charge", "full")
    sales_vat_account = Ref("gl_account")
    vat_clause_code = Ref("vat_clause")
    eu_service = Flag()
    blocked = Flag()
    certificate_of_supply = Flag()


class CustomerPostingGroup(SetupTable, Table, tablename="customer_posting_group"):
    key = ("code",)
    code = Code(primary_key=True)
    description = Text()
    receivables = Ref("gl_account")
    service_charge = Ref("gl_account")
    invoice_rounding = Ref("gl_account")
    payment_disc_debit = Ref("gl_account")


class InventoryPostingGroup(SetupTable, Table, tablename="inventory_posting_group"):
    key = ("code",)
    code = Code(primary_key=True)
    description = Text()


class InventoryPostingSetup(SetupTable, Table, tablename="inventory_posting_setup"):
    key = ("location_code", "inventory_posting_group")
    id = Serial(primary_key=True)
    location_code = Ref("location")
    inventory_posting_group = Ref("inventory_posting_group", null=False)
    inventory_account = Ref("gl_account")
    inventory_account_interim = Ref("gl_account")


# --- numbers, currencies, terms -----------------------------------------------------------------------------------


class NumberSeries(SetupTable, Table, tablename="number_series"):
    key = ("code",)
    code = Code(primary_key=True)
    description = Text()
    default_nos = Flag(default=True)
    manual_nos = Flag()
    date_order = Flag()
    gapless = Flag()


class NumberSeriesLine(SetupTable, Table, tablename="number_series_line"):
    key = ("series_code", "line_no")
    id = Serial(primary_key=True)
    series_code = Ref("number_series", null=False)
    line_no = Whole(default=10000)
    starting_date = Day()
    starting_no = Code()
    ending_no = Code()
    warning_no = Code()
    last_no_used = Code()
    increment_by = Whole(default=1)
    last_date_used = Day()
    open = Flag(default=True)
    last_seal = Code(64)


class Currency(SetupTable, Table, tablename="currency"):
    key = ("code",)
    code = Code(10, primary_key=True)
    description = Text()
    amount_rounding_precision = Money(default=1000)
    unit_amount_rounding_precision = Price(default=1)
    inv_rounding_precision = Money(default=1000)
    inv_rounding_type = Choice(*ROUNDING)
    vat_rounding_type = Choice(*ROUNDING)
    realized_gains = Ref("gl_account")
    realized_losses = Ref("gl_account")


class CurrencyRate(SetupTable, Table, tablename="currency_rate"):
    key = ("currency_code", "starting_date")
    id = Serial(primary_key=True)
    currency_code = Ref("currency", 10, null=False)
    starting_date = Day(null=False)
    exchange_amount = Rate(default=1000000)
    relational_amount = Rate(default=1000000)


class PaymentTerms(SetupTable, Table, tablename="payment_terms"):
    key = ("code",)
    code = Code(10, primary_key=True)
    description = Text()
    due_formula = Text(32)
    discount_formula = Text(32)
    discount_pct = Percent()
    disc_on_cr_memos = Flag()


class PaymentMethod(SetupTable, Table, tablename="payment_method"):
    key = ("code",)
    code = Code(10, primary_key=True)
    description = Text()
    bal_account_type = Choice("gl_account", "bank")
    bal_account_no = Code()
    direct_debit = Flag()


class BankAccount(SetupTable, Table, tablename="bank_account"):
    key = ("no",)
    no = Code(primary_key=True)
    name = Text()
    bank_account_no = Text(40)
    iban = Text(40)
    bic = Text(20)
    currency_code = Ref("currency", 10)
    gl_account_no = Ref("gl_account")


# --- small tables -------------------------------------------------------------------------------------------------


class Language(SetupTable, Table, tablename="language"):
    key = ("code",)
    code = Code(10, primary_key=True)
    description = Text()


class Country(SetupTable, Table, tablename="country"):
    key = ("code",)
    code = Code(10, primary_key=True)
    description = Text()
    eu = Flag()


class Location(SetupTable, Table, tablename="location"):
    key = ("code",)
    code = Code(primary_key=True)
    description = Text()


class Salesperson(SetupTable, Table, tablename="salesperson"):
    key = ("code",)
    code = Code(primary_key=True)
    description = Text()
    e_mail = Text()
    privacy_blocked = Flag()


class ReasonCode(SetupTable, Table, tablename="reason_code"):
    key = ("code",)
    code = Code(primary_key=True)
    description = Text()


class FaultReason(SetupTable, Table, tablename="fault_reason"):
    key = ("code",)
    code = Code(primary_key=True)
    description = Text()
    exclude_warranty_discount = Flag()
    exclude_contract_discount = Flag()


class StandardText(SetupTable, Table, tablename="standard_text"):
    key = ("code",)
    code = Code(primary_key=True)
    description = Text()


class UnitOfMeasure(SetupTable, Table, tablename="unit_of_measure"):
    key = ("code",)
    code = Code(10, primary_key=True)
    description = Text()
    international_code = Code(10)


class ServiceOrderType(SetupTable, Table, tablename="service_order_type"):
    key = ("code",)
    code = Code(10, primary_key=True)
    description = Text()


class ServiceItemGroup(SetupTable, Table, tablename="service_item_group"):
    key = ("code",)
    code = Code(10, primary_key=True)
    description = Text()


class Dimension(SetupTable, Table, tablename="dimension"):
    key = ("code",)
    code = Code(primary_key=True)
    description = Text()


class DimensionValue(SetupTable, Table, tablename="dimension_value"):
    key = ("dimension_code", "code")
    id = Serial(primary_key=True)
    dimension_code = Ref("dimension", null=False)
    code = Code()
    description = Text()
    blocked = Flag()


class DefaultDimension(SetupTable, Table, tablename="default_dimension"):
    """What a record demands of a dimension; `table_name` is customer, item, resource or gl_account."""

    key = ("table_name", "no", "dimension_code")
    id = Serial(primary_key=True)
    table_name = Choice("customer", "item", "resource", "gl_account")
    no = Code()
    dimension_code = Ref("dimension", null=False)
    rule = Choice("none", "code_mandatory", "same_code", "no_code")
    value_code = Code()


class DimensionCombination(SetupTable, Table, tablename="dimension_combination"):
    """Two values (or, with blank values, two dimensions) that must not stand together."""

    key = ("dimension_1_code", "value_1_code", "dimension_2_code", "value_2_code")
    id = Serial(primary_key=True)
    dimension_1_code = Ref("dimension", null=False)
    value_1_code = Code()
    dimension_2_code = Ref("dimension", null=False)
    value_2_code = Code()


# --- people -------------------------------------------------------------------------------------------------------


class AppUser(SetupTable, Table, tablename="app_user"):
    key = ("user_name",)
    user_name = Code(50, primary_key=True)
    full_name = Text()
    role = Choice("viewer", "clerk", "poster", "accountant", "admin")
    password_hash = Text(200, secret=True)
    active = Flag(default=True)
    locale = Text(10, default="en_GB")
    signed_out_everywhere_at = Moment()


class AppSession(Table, tablename="app_session"):
    key: ClassVar[tuple[str, ...]] = ("token_hash",)
    token_hash = Code(64, primary_key=True)
    user_name = Ref("app_user", 50, null=False)
    created_at = Moment(null=False)
    last_seen_at = Moment(null=False)
    expires_at = Moment(null=False)
    address = Text(64)


class SignInAttempt(Table, tablename="sign_in_attempt"):
    key: ClassVar[tuple[str, ...]] = ("id",)
    id = Entry()
    user_name = Code(50)
    address = Text(64)
    at = Moment(null=False)
    ok = Flag()


class UserPreference(Table, tablename="user_preference"):
    key: ClassVar[tuple[str, ...]] = ("user_name", "name")
    id = Serial(primary_key=True)
    user_name = Ref("app_user", 50, null=False)
    name = Code(60)
    value = LongText()


class SetupVersion(Table, tablename="setup_version"):
    """Drawn anew, at random, by trigger with every change of a set-up table: what is kept in memory with the same
    version has the same content, also after a change that was rolled back."""

    key: ClassVar[tuple[str, ...]] = ("id",)
    id = Whole(primary_key=True, default=1)
    version = BigNo(null=False)


class ChangeLog(Table, tablename="change_log"):
    """Who changed which set-up or master row when, before and after (S-5)."""

    key: ClassVar[tuple[str, ...]] = ("entry_no",)
    entry_no = Entry()
    at = Moment(null=False)
    user_name = Code(50)
    table_name = Text(60)
    record = Text(200)
    action = Choice("insert", "update", "delete")
    before = LongText()
    after = LongText()

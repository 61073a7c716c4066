"""Service contracts (C-7 … C-16): set-up of contracts, contracts and quotes with their lines, and what is kept of them.

What is billed of a line stands in the service ledger (C-17); that no day is billed twice is a trigger there.
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
    Quantity,
    Ref,
    Scaled,
    Text,
    Whole,
)
from db.setup import SetupTable

CONTRACT_KINDS = ("quote", "contract")
INVOICE_PERIODS = ("month", "two_months", "quarter", "half_year", "year", "none")
DISCOUNT_TYPES = ("service_item_group", "resource_group", "cost")


# --- set-up -------------------------------------------------------------------------------------------------------


class ContractAccountGroup(SetupTable, Table, tablename="contract_account_group"):
    """The two accounts of contract invoices: income, and what is paid in advance (C-9)."""

    key = ("code",)
    code = Code(10, primary_key=True)
    description = Text()
    non_prepaid_account = Ref("gl_account")
    prepaid_account = Ref("gl_account")


class ContractGroup(SetupTable, Table, tablename="contract_group"):
    """Contracts of one kind, for reports and for where contract discounts hold (C-10)."""

    key = ("code",)
    code = Code(10, primary_key=True)
    description = Text()
    discounts_on_contract_orders_only = Flag()


class ContractTerms:
    """What a contract agrees and a template proposes (C-7, C-11)."""

    description = Text()
    contract_account_group = Ref("contract_account_group", 10)
    contract_group_code = Ref("contract_group", 10)
    invoice_period = Choice(*INVOICE_PERIODS)
    prepaid = Flag()
    allow_unbalanced_amounts = Flag()
    combine_invoices = Flag()
    contract_lines_on_invoice = Flag()
    invoice_after_service = Flag()
    automatic_credit_memos = Flag()
    service_order_type = Ref("service_order_type", 10)
    service_period = Text(20)
    response_time_hours = Quantity()
    max_labor_unit_price = Price()
    price_update_period = Text(20, default="1Y")
    price_increase_text = Ref("standard_text")


class ContractTemplate(ContractTerms, SetupTable, Table, tablename="contract_template"):
    """What a new contract starts from (C-11)."""

    key = ("no",)
    no = Code(primary_key=True)


class ContractTemplateDiscount(SetupTable, Table, tablename="contract_template_discount"):
    """A contract discount that a template proposes (C-11, C-12)."""

    key = ("template_no", "type", "code", "starting_date")
    id = Serial(primary_key=True)
    template_no = Ref("contract_template", null=False)
    type = Choice(*DISCOUNT_TYPES)
    code = Code()
    starting_date = Day(null=False)
    discount_pct = Percent()


# --- contracts and quotes -----------------------------------------------------------------------------------------


class ContractFields(ContractTerms):
    """The header of a contract or quote; a filed copy keeps all of it (C-7, C-15)."""

    kind = Choice(*CONTRACT_KINDS)
    no = Code()
    status = Choice("blank", "signed", "cancelled")
    change_status = Choice("open", "locked")
    customer_no = Ref("customer")
    ship_to_code = Code(10)
    bill_to_customer_no = Ref("customer")
    contact = Text()
    your_reference = Text(35)
    salesperson_code = Ref("salesperson")
    payment_terms_code = Ref("payment_terms", 10)
    payment_method_code = Ref("payment_method", 10)
    currency_code = Ref("currency", 10)
    starting_date = Day()
    expiration_date = Day()
    last_invoice_date = Day()
    next_invoice_date = Day()
    next_period_start = Day()
    next_period_end = Day()
    last_period_end = Day()
    annual_amount = Money()
    amount_per_period = Money()
    first_service_date = Day()
    last_price_update_date = Day()
    next_price_update_date = Day()
    last_price_update_pct = Scaled()
    print_increase_text = Flag()
    cancel_reason_code = Ref("reason_code")
    template_no = Code()
    accept_before = Day()
    probability = Percent()
    dim_1 = Code()
    dim_2 = Code()
    created_by = Code(50)
    created_at = Moment()
    row_version = Whole(default=1)
    last_line_no = Whole()


class ContractLineFields:
    """A line: what is kept in service and what that costs a year (C-8)."""

    line_no = Whole()
    service_item_no = Ref("service_item")
    item_no = Ref("item")
    variant_code = Code(10)
    uom = Ref("unit_of_measure", 10)
    description = Text()
    serial_no = Text(50)
    line_value = Money()
    line_discount_pct = Scaled()
    line_discount_amount = Money()
    line_amount = Money()
    line_cost = Money()
    profit = Money()
    starting_date = Day()
    contract_expiration_date = Day()
    credit_memo_date = Day()
    credited = Flag()
    new_line = Flag(default=True)
    invoiced_to_date = Day()
    service_period = Text(20)
    next_planned_service_date = Day()
    last_planned_service_date = Day()
    last_service_date = Day()
    response_time_hours = Quantity()


class ServiceContract(ContractFields, Table, tablename="service_contract"):
    key: ClassVar[tuple[str, ...]] = ("kind", "no")
    id = Serial(primary_key=True)


class ServiceContractLine(ContractLineFields, Table, tablename="service_contract_line"):
    key: ClassVar[tuple[str, ...]] = ("kind", "contract_no", "line_no")
    belongs_to: ClassVar[tuple[str, tuple[str, ...]]] = ("service_contract", ("kind", "contract_no"))
    id = Serial(primary_key=True)
    kind = Choice(*CONTRACT_KINDS)
    contract_no = Code()


class ContractDiscount(Table, tablename="contract_discount"):
    """A discount on the service orders of a contract (C-12)."""

    key: ClassVar[tuple[str, ...]] = ("kind", "contract_no", "type", "code", "starting_date")
    belongs_to: ClassVar[tuple[str, tuple[str, ...]]] = ("service_contract", ("kind", "contract_no"))
    id = Serial(primary_key=True)
    kind = Choice(*CONTRACT_KINDS)
    contract_no = Code()
    type = Choice(*DISCOUNT_TYPES)
    code = Code()
    starting_date = Day(null=False)
    discount_pct = Percent()


class ContractComment(Table, tablename="contract_comment"):
    """A remark on a contract or quote."""

    key: ClassVar[tuple[str, ...]] = ("id",)
    belongs_to: ClassVar[tuple[str, tuple[str, ...]]] = ("service_contract", ("kind", "contract_no"))
    id = Serial(primary_key=True)
    kind = Choice(*CONTRACT_KINDS)
    contract_no = Code()
    date = Day()
    text = LongText()
    user_name = Code(50)


# --- what happened ------------------------------------------------------------------------------------------------


class ContractChangeLog(Table, tablename="contract_change_log"):
    """One changed field, inserted or deleted line or discount of a contract (C-13)."""

    key: ClassVar[tuple[str, ...]] = ("entry_no",)
    entry_no = Entry()
    kind = Choice(*CONTRACT_KINDS)
    contract_no = Code()
    user_name = Code(50)
    at = Moment(null=False)
    part = Choice("header", "line", "discount")
    change = Choice("modify", "insert", "delete")
    field = Code(60)
    old_value = Text(250)
    new_value = Text(250)
    service_item_no = Code()
    line_no = Whole()


class ContractGainLossEntry(Table, tablename="contract_gain_loss_entry"):
    """By how much a step changed what a contract brings a year, and why (C-14)."""

    key: ClassVar[tuple[str, ...]] = ("entry_no",)
    entry_no = Entry()
    contract_no = Code()
    contract_group_code = Code(10)
    date = Day(null=False)
    kind = Choice("line_added", "line_deleted", "signed", "cancelled", "manual_update", "price_update")
    amount = Money()
    reason_code = Code()
    customer_no = Ref("customer")
    user_name = Code(50)


class ContractWaiver(Table, tablename="contract_waiver"):
    """Days of a line that are never billed, by whose word and why (C-31, C-171)."""

    key: ClassVar[tuple[str, ...]] = ("entry_no",)
    entry_no = Entry()
    contract_no = Code()
    contract_line_no = Whole()
    period_from = Day(null=False)
    period_to = Day(null=False)
    amount = Money()
    reason = Text(250)
    user_name = Code(50)
    at = Moment(null=False)


class FiledContract(ContractFields, Table, tablename="filed_contract"):
    """A contract or quote as it stood when it was filed (C-15)."""

    key: ClassVar[tuple[str, ...]] = ("file_no",)
    file_no = Entry()
    filed_at = Moment(null=False)
    filed_by = Code(50)
    filed_reason = Choice("blank", "signed", "cancelled")
    comments = LongText()


class FiledContractLine(ContractLineFields, Table, tablename="filed_contract_line"):
    key: ClassVar[tuple[str, ...]] = ("file_no", "line_no")
    belongs_to: ClassVar[tuple[str, tuple[str, ...]]] = ("filed_contract", ("file_no",))
    id = Serial(primary_key=True)
    file_no = BigNo(null=False)


class RemovedContractLine(ContractLineFields, Table, tablename="removed_contract_line"):
    """A line of a signed contract as it stood when it was removed; what nobody billed of it stays listed (C-171)."""

    key: ClassVar[tuple[str, ...]] = ("contract_no", "line_no")
    id = Serial(primary_key=True)
    contract_no = Code()
    removed_on = Day(null=False)
    removed_by = Code(50)


class FiledContractDiscount(Table, tablename="filed_contract_discount"):
    key: ClassVar[tuple[str, ...]] = ("file_no", "type", "code", "starting_date")
    belongs_to: ClassVar[tuple[str, tuple[str, ...]]] = ("filed_contract", ("file_no",))
    id = Serial(primary_key=True)
    file_no = BigNo(null=False)
    type = Choice(*DISCOUNT_TYPES)
    code = Code()
    starting_date = Day(null=False)
    discount_pct = Percent()

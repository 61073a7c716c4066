"""Contracts and their lines as the core sees them: the fields of C-7 and C-8 under the names of their columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from webapp.billing.periods import Agreed, Span, span

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Contract:
    """The header of a contract or quote (C-7)."""

    kind: str
    no: str
    description: str
    status: str
    change_status: str
    customer_no: str
    ship_to_code: str
    bill_to_customer_no: str
    contact: str
    your_reference: str
    salesperson_code: str
    payment_terms_code: str
    payment_method_code: str
    currency_code: str
    contract_account_group: str
    contract_group_code: str
    invoice_period: str
    prepaid: bool
    allow_unbalanced_amounts: bool
    combine_invoices: bool
    contract_lines_on_invoice: bool
    invoice_after_service: bool
    automatic_credit_memos: bool
    service_order_type: str
    service_period: str
    response_time_hours: Decimal
    max_labor_unit_price: Decimal
    price_update_period: str
    price_increase_text: str
    starting_date: date | None
    expiration_date: date | None
    last_invoice_date: date | None
    next_invoice_date: date | None
    next_period_start: date | None
    next_period_end: date | None
    last_period_end: date | None
    annual_amount: Decimal
    amount_per_period: Decimal
    first_service_date: date | None
    last_price_update_date: date | None
    next_price_update_date: date | None
    last_price_update_pct: Decimal
    print_increase_text: bool
    cancel_reason_code: str
    template_no: str
    accept_before: date | None
    probability: Decimal
    dim_1: str
    dim_2: str
    row_version: int
    last_line_no: int

    @property
    def is_quote(self) -> bool:
        return self.kind == "quote"

    @property
    def is_signed(self) -> bool:
        return self.status == "signed"

    @property
    def is_open(self) -> bool:
        return self.change_status == "open"

    @property
    def may_be_invoiced(self) -> bool:
        """Only a signed and locked contract is invoiced (C-6)."""
        return not self.is_quote and self.is_signed and not self.is_open

    @property
    def agreed(self) -> Agreed:
        return Agreed(self.invoice_period, self.prepaid, self.starting_date, self.expiration_date)

    @property
    def period(self) -> Span | None:
        """The period that the next regular invoice is for; None when nothing comes any more."""
        return span(self.next_period_start, self.next_period_end)


@dataclass(frozen=True, slots=True)
class Template:
    """What a new contract may start from (C-11)."""

    no: str
    description: str
    contract_account_group: str
    contract_group_code: str
    invoice_period: str
    prepaid: bool
    allow_unbalanced_amounts: bool
    combine_invoices: bool
    contract_lines_on_invoice: bool
    invoice_after_service: bool
    automatic_credit_memos: bool
    service_order_type: str
    service_period: str
    response_time_hours: Decimal
    max_labor_unit_price: Decimal
    price_update_period: str
    price_increase_text: str


@dataclass(frozen=True, slots=True)
class ContractLine:
    """A line of a contract: figures per year, and how far it is invoiced (C-8)."""

    line_no: int
    service_item_no: str
    item_no: str
    variant_code: str
    uom: str
    description: str
    serial_no: str
    line_value: Decimal
    line_discount_pct: Decimal
    line_discount_amount: Decimal
    line_amount: Decimal
    line_cost: Decimal
    profit: Decimal
    starting_date: date | None
    contract_expiration_date: date | None
    credit_memo_date: date | None
    credited: bool
    new_line: bool
    invoiced_to_date: date | None
    service_period: str
    next_planned_service_date: date | None
    last_planned_service_date: date | None
    last_service_date: date | None
    response_time_hours: Decimal


@dataclass(frozen=True, slots=True)
class ContractEntry:
    """An entry of the service ledger that bills or credits days of a contract line (C-17)."""

    entry_no: int
    service_contract_no: str
    contract_line_no: int
    posting_date: date
    period_from: date | None
    period_to: date | None
    document_type: str
    document_no: str
    quantity: Decimal
    amount_lcy: Decimal
    unit_price: Decimal
    open: bool
    prepaid: bool
    moved_from_prepaid: bool
    posted_gross: bool
    applies_to_entry_no: int | None
    unit_cost: Decimal = ZERO
    discount_amount: Decimal = ZERO
    contract_account_group: str = ""
    dim_1: str = ""
    dim_2: str = ""

    @property
    def bills(self) -> bool:
        """Whether it bills days; else it takes them back."""
        return self.quantity < 0

    @property
    def days(self) -> Span | None:
        return span(self.period_from, self.period_to)


@dataclass(frozen=True, slots=True)
class Waiver:
    """Days of a line that are never billed, with the reason (C-31, C-171)."""

    contract_line_no: int
    period_from: date
    period_to: date
    amount: Decimal
    reason: str
    user_name: str
    at: datetime


def calcd_annual_amount(lines: Iterable[ContractLine]) -> Decimal:
    """The sum of all lines, those that have ended or not begun included (C-51)."""
    return sum((line.line_amount for line in lines), ZERO)

"""The set-up of the company as posting reads it (P-12 … P-29): one record per table, one `Setup` over all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class LedgerSetup:
    lcy_code: str
    amount_rounding_precision: Decimal
    unit_amount_rounding_precision: Decimal
    inv_rounding_precision_lcy: Decimal
    inv_rounding_type: str
    vat_rounding_type: str
    allow_posting_from: date | None
    allow_posting_to: date | None
    vat_date_default: str
    allow_vat_date_from: date | None
    allow_vat_date_to: date | None
    pmt_disc_excl_vat: bool
    mark_cr_memos_as_corrections: bool
    vat_calc_by: str
    global_dimension_1_code: str
    global_dimension_2_code: str


@dataclass(frozen=True, slots=True)
class Company:
    """The company as invoices name it."""

    name: str = ""
    address: str = ""
    city: str = ""
    vat_registration_no: str = ""
    country_code: str = ""
    creditor_identifier: str = ""
    representative_name: str = ""
    representative_vat_no: str = ""
    representative_address: str = ""
    representative_post_code: str = ""
    representative_city: str = ""
    representative_country_code: str = ""


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    eu: bool


@dataclass(frozen=True, slots=True)
class ReceivablesSetup:
    discount_posting: str
    calc_inv_discount: bool
    calc_inv_disc_per_vat_id: bool
    invoice_rounding: bool
    exact_cost_reversing_mandatory: bool
    appln_between_currencies: str
    credit_warnings: str
    payment_nos: str


@dataclass(frozen=True, slots=True)
class ServiceSetup:
    service_order_nos: str
    service_invoice_nos: str
    service_cr_memo_nos: str
    posted_shipment_nos: str
    posted_invoice_nos: str
    posted_cr_memo_nos: str
    shipment_on_invoice: bool
    ext_doc_no_mandatory: bool
    salesperson_mandatory: bool
    service_order_type_mandatory: bool
    service_order_start_mandatory: bool
    service_order_finish_mandatory: bool
    fault_reason_mandatory: bool
    unit_of_measure_mandatory: bool
    work_type_mandatory: bool
    link_service_to_service_item: bool
    copy_comments_to_invoice: bool
    copy_comments_to_shipment: bool
    copy_line_description_to_gl: bool
    close_invoiced_orders: str
    warranty_disc_pct_parts: Decimal
    warranty_disc_pct_labor: Decimal
    contract_nos: str = ""
    contract_invoice_nos: str = ""
    contract_cr_memo_nos: str = ""
    prepaid_posting_nos: str = ""
    starting_fee_code: str = ""
    contract_line_inv_text: str = ""
    contract_inv_line_text: str = ""
    contract_inv_period_text: str = ""
    contract_credit_line_text: str = ""
    register_contract_changes: bool = True
    use_contract_cancel_reason: bool = False
    contract_response_time_mandatory: bool = False
    contract_value_pct: Decimal = Decimal(0)
    contract_value_method: str = "none"
    next_service_method: str = "planned"
    contract_order_max_days: int = 0
    one_service_item_line_per_order: bool = False
    last_contract_order_date: date | None = None
    delete_filed_contracts: bool = False


@dataclass(frozen=True, slots=True)
class InventorySetup:
    automatic_cost_posting: bool
    expected_cost_posting_to_gl: bool
    prevent_negative_inventory: bool


@dataclass(frozen=True, slots=True)
class UserSetup:
    user_name: str
    allow_posting_from: date | None
    allow_posting_to: date | None
    allow_vat_date_from: date | None
    allow_vat_date_to: date | None
    service_invoice_policy: str
    salesperson_code: str


@dataclass(frozen=True, slots=True)
class GlAccount:
    no: str
    name: str
    account_type: str
    direct_posting: bool
    blocked: bool
    gen_bus_group: str
    gen_prod_group: str
    vat_bus_group: str
    vat_prod_group: str


@dataclass(frozen=True, slots=True)
class GeneralPostingSetup:
    gen_bus_group: str
    gen_prod_group: str
    sales: str
    sales_credit_memo: str
    sales_line_disc: str
    sales_inv_disc: str
    cogs: str
    cogs_interim: str
    inventory_adjmt: str
    blocked: bool


@dataclass(frozen=True, slots=True)
class VatPostingSetup:
    vat_bus_group: str
    vat_prod_group: str
    vat_identifier: str
    vat_pct: Decimal
    calculation_type: str
    sales_vat_account: str
    vat_clause_code: str
    eu_service: bool
    blocked: bool
    certificate_of_supply: bool = False


@dataclass(frozen=True, slots=True)
class CustomerPostingGroup:
    code: str
    receivables: str
    service_charge: str
    invoice_rounding: str
    payment_disc_debit: str


@dataclass(frozen=True, slots=True)
class InventoryPostingSetup:
    location_code: str
    inventory_posting_group: str
    inventory_account: str
    inventory_account_interim: str


@dataclass(frozen=True, slots=True)
class Currency:
    code: str
    amount_rounding_precision: Decimal
    unit_amount_rounding_precision: Decimal
    inv_rounding_precision: Decimal
    inv_rounding_type: str
    vat_rounding_type: str
    realized_gains: str
    realized_losses: str


@dataclass(frozen=True, slots=True)
class CurrencyRate:
    currency_code: str
    starting_date: date
    exchange_amount: Decimal
    relational_amount: Decimal


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    code: str
    due_formula: str
    discount_formula: str
    discount_pct: Decimal
    disc_on_cr_memos: bool


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    code: str
    bal_account_type: str
    bal_account_no: str
    direct_debit: bool = False


@dataclass(frozen=True, slots=True)
class BankAccount:
    no: str
    gl_account_no: str


@dataclass(frozen=True, slots=True)
class ServiceCost:
    code: str
    description: str
    account_no: str
    default_unit_price: Decimal
    default_unit_cost: Decimal
    default_quantity: Decimal
    uom: str
    cost_type: str
    service_zone_code: str
    allow_invoice_disc: bool


@dataclass(frozen=True, slots=True)
class WorkType:
    code: str
    uom: str


@dataclass(frozen=True, slots=True)
class FaultReason:
    code: str
    exclude_warranty_discount: bool
    exclude_contract_discount: bool


@dataclass(frozen=True, slots=True)
class RepairStatus:
    code: str
    service_order_status: str
    priority: str
    initial: bool
    posting_allowed: bool
    pending_allowed: bool
    in_process_allowed: bool
    finished_allowed: bool
    on_hold_allowed: bool


@dataclass(frozen=True, slots=True)
class DefaultDimension:
    table_name: str
    no: str
    dimension_code: str
    rule: str
    value_code: str


@dataclass(frozen=True, slots=True)
class DimensionValue:
    dimension_code: str
    code: str
    blocked: bool


@dataclass(frozen=True, slots=True)
class DimensionCombination:
    dimension_1_code: str
    value_1_code: str
    dimension_2_code: str
    value_2_code: str


@dataclass(frozen=True, slots=True)
class InvoiceDiscount:
    """A row of `customer_invoice_discount` (P-24, P-135)."""

    code: str
    currency_code: str
    minimum_amount: Decimal
    discount_pct: Decimal
    service_charge: Decimal


@dataclass(frozen=True, slots=True)
class ContractAccountGroup:
    """The accounts of contract invoices (C-9)."""

    code: str
    description: str
    non_prepaid_account: str
    prepaid_account: str


@dataclass(frozen=True, slots=True)
class ContractGroup:
    code: str
    description: str
    discounts_on_contract_orders_only: bool


@dataclass(frozen=True, slots=True)
class StandardText:
    code: str
    description: str


@dataclass(frozen=True, slots=True)
class NumberSeries:
    code: str
    default_nos: bool
    manual_nos: bool
    date_order: bool
    gapless: bool


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """A line of a number series as it stands (P-148)."""

    id: int
    series_code: str
    starting_date: date | None
    starting_no: str
    ending_no: str
    warning_no: str
    last_no_used: str
    increment_by: int
    last_date_used: date | None
    open: bool


@dataclass(frozen=True, slots=True)
class Setup:
    """Every set-up table, by key. Kept in memory as long as its version stands."""

    version: int
    ledger: LedgerSetup
    receivables: ReceivablesSetup
    service: ServiceSetup
    inventory: InventorySetup
    users: Mapping[str, UserSetup]
    accounts: Mapping[str, GlAccount]
    general_posting: Mapping[tuple[str, str], GeneralPostingSetup]
    vat_posting: Mapping[tuple[str, str], VatPostingSetup]
    customer_groups: Mapping[str, CustomerPostingGroup]
    inventory_posting: Mapping[tuple[str, str], InventoryPostingSetup]
    currencies: Mapping[str, Currency]
    rates: Mapping[str, tuple[CurrencyRate, ...]]
    payment_terms: Mapping[str, PaymentTerms]
    payment_methods: Mapping[str, PaymentMethod]
    bank_accounts: Mapping[str, BankAccount]
    costs: Mapping[str, ServiceCost]
    work_types: Mapping[str, WorkType]
    fault_reasons: Mapping[str, FaultReason]
    repair_statuses: Mapping[str, RepairStatus]
    default_dimensions: Mapping[tuple[str, str], tuple[DefaultDimension, ...]]
    dimension_values: Mapping[tuple[str, str], DimensionValue]
    dimension_combinations: tuple[DimensionCombination, ...]
    invoice_discounts: Mapping[str, tuple[InvoiceDiscount, ...]]
    number_series: Mapping[str, NumberSeries]
    contract_account_groups: Mapping[str, ContractAccountGroup] = field(default_factory=dict)
    contract_groups: Mapping[str, ContractGroup] = field(default_factory=dict)
    standard_texts: Mapping[str, StandardText] = field(default_factory=dict)
    company: Company = field(default_factory=Company)
    countries: Mapping[str, Country] = field(default_factory=dict)

    def currency(self, code: str) -> Currency:
        """The currency of a document; blank is LCY with the precisions of the ledger setup (P-3, P-6)."""
        found = self.currencies.get(code) if code else None
        if found is not None:
            return found
        s = self.ledger
        amounts, units = s.amount_rounding_precision, s.unit_amount_rounding_precision
        return _lcy(s.lcy_code, amounts, units, s.inv_rounding_precision_lcy, s.inv_rounding_type, s.vat_rounding_type)

    def rate_on(self, currency_code: str, day: date) -> CurrencyRate | None:
        """The newest rate on or before the day (P-100, P-144)."""
        best = None
        for rate in self.rates.get(currency_code, ()):
            if rate.starting_date <= day:
                best = rate
        return best


@lru_cache(16)
def _lcy(code: str, amounts: Decimal, units: Decimal, invoices: Decimal, rounding: str, vat_rounding: str) -> Currency:
    """The own currency, asked for by every line of every document."""
    return Currency(code, amounts, units, invoices, rounding, vat_rounding, "", "")

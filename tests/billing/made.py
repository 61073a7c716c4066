"""Contracts for tests, as a clerk would agree them: dates as text, amounts as text, the rest by default."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.billing.amounts import with_amount_per_period, with_discount_pct, with_value
from webapp.billing.contract import with_next
from webapp.billing.periods import first_period
from webapp.billing.records import ZERO, Contract, ContractLine, calcd_annual_amount
from webapp.posting.records import changed

D = Decimal
BLANK = Contract(
    kind="contract", no="SC-1", description="", status="signed", change_status="locked", customer_no="C100",
    ship_to_code="", bill_to_customer_no="C100", contact="", your_reference="", salesperson_code="",
    payment_terms_code="", payment_method_code="", currency_code="", contract_account_group="STD",
    contract_group_code="", invoice_period="month", prepaid=False, allow_unbalanced_amounts=False,
    combine_invoices=False, contract_lines_on_invoice=False, invoice_after_service=False,
    automatic_credit_memos=False, service_order_type="", service_period="3M", response_time_hours=ZERO,
    max_labor_unit_price=ZERO, price_update_period="1Y", price_increase_text="", starting_date=date(2025, 1, 1),
    expiration_date=None, last_invoice_date=None, next_invoice_date=None, next_period_start=None,
    next_period_end=None, last_period_end=None, annual_amount=ZERO, amount_per_period=ZERO, first_service_date=None,
    last_price_update_date=None, next_price_update_date=None, last_price_update_pct=ZERO, print_increase_text=False,
    cancel_reason_code="", template_no="", accept_before=None, probability=ZERO, dim_1="", dim_2="", row_version=1,
    last_line_no=0,
)  # fmt: skip
BLANK_LINE = ContractLine(
    line_no=10000, service_item_no="SI1", item_no="", variant_code="", uom="", description="Pump", serial_no="",
    line_value=ZERO, line_discount_pct=ZERO, line_discount_amount=ZERO, line_amount=ZERO, line_cost=ZERO, profit=ZERO,
    starting_date=None, contract_expiration_date=None, credit_memo_date=None, credited=False, new_line=False,
    invoiced_to_date=None, service_period="3M", next_planned_service_date=None, last_planned_service_date=None,
    last_service_date=None, response_time_hours=ZERO,
)  # fmt: skip


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def a_line(no: int, value: str, cost: str = "0", discount: str = "0", **fields: Any) -> ContractLine:
    """Line `no` × 10000 with a yearly value, cost and discount percent."""
    dated = {name: day(text) if isinstance(text, str) else text for name, text in fields.items()}
    line = changed(BLANK_LINE, line_no=no * 10000, service_item_no=f"SI{no}", line_cost=D(cost), **dated)
    return with_discount_pct(with_value(line, D(value)), D(discount))


def a_contract(
    lines: Sequence[ContractLine], period: str = "month", start: str = "2025-01-01", end: str = "", **fields: Any
) -> tuple[Contract, tuple[ContractLine, ...]]:
    """A signed contract that was never invoiced, at its first period; lines start with it unless they say otherwise."""
    dated = {name: day(text) if name.endswith("_date") else text for name, text in fields.items()}
    contract = changed(
        BLANK,
        invoice_period=period,
        starting_date=day(start),
        expiration_date=day(end),
        annual_amount=calcd_annual_amount(lines),
        **dated,
    )
    lines = tuple(
        changed(
            line,
            starting_date=line.starting_date or contract.starting_date,
            contract_expiration_date=line.contract_expiration_date or contract.expiration_date,
        )
        for line in lines
    )
    return with_amount_per_period(with_next(contract, first_period(contract.agreed)), lines), lines

"""What posting knows of the entries of service contracts (C-17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class BilledEntry:
    """The entry of a service contract behind a line of its invoice (C-17); amounts below 0."""

    entry_no: int
    service_contract_no: str
    contract_line_no: int
    document_no: str
    posting_date: date
    period_from: date | None
    quantity: Decimal
    unit_cost: Decimal
    unit_price: Decimal
    discount_pct: Decimal
    discount_amount: Decimal
    amount_lcy: Decimal
    amount: Decimal
    open: bool
    prepaid: bool
    period_to: date | None = None
    applies_to_entry_no: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedService:
    """The service of a contract line that an order with nothing shipped yet carries out (P-130)."""

    contract_no: str
    line_no: int
    service_period: str
    next_planned_service_date: date | None


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """What the entries of a credit memo take over from the contract that it is for (P-155)."""

    no: str
    prepaid: bool
    contract_account_group: str
    contract_group_code: str
    invoice_period: str

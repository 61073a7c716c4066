"""A contract with all that its rules look at: the store loads it, the core reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from webapp.billing.records import Contract, ContractLine
from webapp.posting.headers import ShipTo
from webapp.posting.setup import ContractAccountGroup, Setup
from webapp.posting.snapshot import Customer, Item, ServiceItem


@dataclass(frozen=True, slots=True)
class ContractCase:
    """The contract as it stands, its people and things, and the documents made from it that are still open."""

    setup: Setup
    contract: Contract
    lines: tuple[ContractLine, ...]
    customer: Customer | None = None
    bill_to: Customer | None = None
    ship_to: ShipTo | None = None
    salesperson_private: bool = False
    service_items: Mapping[str, ServiceItem] = field(default_factory=dict)
    items: Mapping[str, Item] = field(default_factory=dict)
    open_invoices: tuple[str, ...] = ()
    open_credit_memos: tuple[str, ...] = ()
    has_entries: bool = False
    unreleased: bool = False
    """Something that was posted is still on the prepaid account."""

    @property
    def account_group(self) -> ContractAccountGroup | None:
        return self.setup.contract_account_groups.get(self.contract.contract_account_group)

    def line(self, line_no: int) -> ContractLine | None:
        return next((line for line in self.lines if line.line_no == line_no), None)

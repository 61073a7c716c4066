"""The case: one posting as it is thought through, shared by checks and entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from webapp.posting.amounts import PostedAmounts, Totals
from webapp.posting.documents import ShipmentTake
from webapp.posting.ledgers import Role
from webapp.posting.numbers import NextNumber
from webapp.posting.quantities import Parts, Taken
from webapp.posting.setup import (
    Currency,
    CustomerPostingGroup,
    GeneralPostingSetup,
    InventoryPostingSetup,
    Setup,
    VatPostingSetup,
)
from webapp.posting.snapshot import Item, ItemLine, Line, PostingRequest, Snapshot


def makes_shipment(snapshot: Snapshot, parts: Parts) -> bool:
    """Whether what ships goes onto a posted shipment: always for an order, for an invoice by set-up (P-14, 6.1)."""
    by_hand = snapshot.header.document_type == "invoice"
    return parts.ship and (not by_hand or snapshot.setup.service.shipment_on_invoice)


@dataclass(frozen=True)
class Case:
    """A snapshot, what is asked of it, and everything that follows before the first entry is written.

    `lines` are all lines of the document with the invoice discount as this posting uses it; `taken` those that take
    part; `posted` the amounts of those that are invoiced, with service charge and rounding line. `takes` says per line
    no. what is invoiced of earlier shipments, `uncovered` what those do not cover.
    """

    snapshot: Snapshot
    request: PostingRequest
    parts: Parts
    lines: Sequence[Line]
    taken: Sequence[Taken]
    posted: Sequence[PostedAmounts]
    totals: Totals
    takes: Mapping[int, Sequence[ShipmentTake]]
    uncovered: Mapping[int, Decimal]
    numbers: Mapping[Role, NextNumber]

    @cached_property
    def setup(self) -> Setup:
        return self.snapshot.setup

    @cached_property
    def currency(self) -> Currency:
        return self.setup.currency(self.snapshot.header.currency_code)

    @cached_property
    def is_order(self) -> bool:
        return self.snapshot.header.document_type == "order"

    @cached_property
    def makes_shipment(self) -> bool:
        return makes_shipment(self.snapshot, self.parts)

    @cached_property
    def real(self) -> Sequence[Taken]:
        """What is taken of the lines that are no texts."""
        return [one for one in self.taken if not one.line.is_text]

    @property
    def invoicing_role(self) -> Role:
        """The document of what is invoiced: a credit memo takes back (P-153)."""
        return "credit_memo" if self.parts.credits else "invoice"

    @property
    def shipping_role(self) -> Role:
        """The document of what ships: the invoice itself when no shipment is made."""
        return "shipment" if self.makes_shipment else self.invoicing_role

    @property
    def correction(self) -> bool:
        """Whether debit and credit change columns (P-128)."""
        header = self.snapshot.header
        marked = self.parts.credits and self.setup.ledger.mark_cr_memos_as_corrections
        return header.correction or marked

    @cached_property
    def rounding(self) -> PostedAmounts | None:
        """The invoice rounding line, which is on no line of the document (P-139)."""
        own = {taken.line.line_no for taken in self.taken}
        return next((row for row in self.posted if row.line.line_no not in own), None)

    @property
    def posting_date(self) -> date:
        """The date of headers, G/L, VAT and customer entries (P-69, P-70); the checks have seen that it is there."""
        assert self.snapshot.header.posting_date is not None
        return self.snapshot.header.posting_date

    def line_date(self, line: Line) -> date:
        """The date of usage, item and resource entries: the line's own when lines were chosen (P-69, P-70)."""
        return (line.posting_date if self.request.lines is not None else None) or self.posting_date

    def general(self, line: Line) -> GeneralPostingSetup | None:
        return self.setup.general_posting.get((line.gen_bus_group, line.gen_prod_group))

    def vat_setup(self, line: Line) -> VatPostingSetup | None:
        return self.setup.vat_posting.get((line.vat_bus_group, line.vat_prod_group))

    def inventory(self, line: Line) -> InventoryPostingSetup | None:
        return self.setup.inventory_posting.get((line.location_code, line.posting_group))

    def customer_group(self) -> CustomerPostingGroup | None:
        return self.setup.customer_groups.get(self.snapshot.header.customer_posting_group)

    def item(self, line: Line) -> Item | None:
        return self.snapshot.items.get(line.no)

    def holds_stock(self, line: Line) -> bool:
        """Whether shipping the line moves inventory with a value in the general ledger (P-48)."""
        item = self.item(line)
        return line.type == "item" and item is not None and item.type == "inventory"

    def item_line(self, line: Line) -> ItemLine | None:
        """The service item line that a line hangs on; of a line from a shipment that of its order (P-118)."""
        order = self.snapshot.orders.get(line.order_no) if line.order_no else None
        if order is None:
            return self._item_lines.get(line.service_item_line_no)
        return next((one for one in order.item_lines if one.line_no == line.service_item_line_no), None)

    @cached_property
    def _item_lines(self) -> Mapping[int, ItemLine]:
        return {one.line_no: one for one in self.snapshot.item_lines}

    def revenue_account(self, line: Line) -> str:
        """The account of the line's revenue (part 3)."""
        if line.type == "gl_account":
            return line.no
        if line.type == "cost":
            cost = self.setup.costs.get(line.no)
            return cost.account_no if cost else ""
        setup = self.general(line)
        if setup is None:
            return ""
        return setup.sales_credit_memo if self.parts.credits else setup.sales

    def posts_discount(self, kind: str) -> bool:
        """Whether line or invoice discounts go to accounts of their own (P-124)."""
        return self.setup.receivables.discount_posting in (kind, "all")

"""The contract that keeps a service item, and the discount that it gives on lines of service orders (C-12, C-161)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from webapp.posting.snapshot import ZERO, Header, ItemLine, Line

# Parts are discounted by the group of the service item, labour by that of the resource, expenses by their own code.
TYPES = {"item": "service_item_group", "resource": "resource_group", "cost": "cost"}


@dataclass(frozen=True, slots=True)
class ContractDiscount:
    """A percentage for lines of one kind from a day on; a blank code is for all of the kind."""

    type: str
    code: str
    starting_date: date
    discount_pct: Decimal


@dataclass(frozen=True, slots=True)
class Cover:
    """A signed contract as its service items see it. `until` is the last day by service item, None without end."""

    contract_no: str
    customer_no: str
    starting_date: date | None
    orders_only: bool
    until: Mapping[str, date | None]
    discounts: tuple[ContractDiscount, ...] = ()

    def keeps(self, service_item_no: str, day: date | None) -> bool:
        """Whether the service item is kept in service on this day."""
        if service_item_no not in self.until or day is None:
            return False
        last = self.until[service_item_no]
        return self._has_begun(day) and (last is None or day <= last)

    def _has_begun(self, day: date) -> bool:
        return self.starting_date is not None and self.starting_date <= day

    def pct(self, kind: str, code: str, day: date | None) -> Decimal:
        """The newest percentage for the code that holds on the day; one for all codes where it has none of its own."""
        if day is None or not self._has_begun(day):
            return ZERO
        fitting = [
            row for row in self.discounts
            if row.type == kind and row.code in ("", code) and row.starting_date <= day
        ]  # fmt: skip
        newest = max(fitting, key=lambda row: (row.code != "", row.starting_date), default=None)
        return newest.discount_pct if newest else ZERO


def day_of(header: Header) -> date | None:
    """The day that counts for an order: its own, so that the same order has the same prices whoever looks at it."""
    return header.order_date or header.posting_date


def covering(header: Header, service_item_no: str, covers: Mapping[str, Cover]) -> str:
    """The contract of the customer that keeps the service item on the order's day; on an order of a contract no other
    than this, else the first by number. Blank when there is none."""
    if header.document_type != "order":
        return ""
    day = day_of(header)
    fitting = sorted(
        no for no, cover in covers.items()
        if cover.keeps(service_item_no, day) and cover.customer_no == header.customer_no
    )  # fmt: skip
    if header.contract_no:
        return header.contract_no if header.contract_no in fitting else ""
    return fitting[0] if fitting else ""


def contract_discount(
    line: Line, header: Header, item_line: ItemLine | None, covers: Mapping[str, Cover], resource_group: str = ""
) -> Decimal:
    """The percentage that the line's contract gives: its row for this kind of line, or what was agreed for the service
    item line, whichever is greater. Contracts whose group says so give it on their own orders only (C-161)."""
    agreed = item_line.contract_disc_pct if item_line else ZERO
    cover = covers.get(line.contract_no)
    kind = TYPES.get(line.type, "")
    if cover is None or not kind or (cover.orders_only and header.contract_no != cover.contract_no):
        return agreed
    codes = {"item": item_line.service_item_group if item_line else "", "resource": resource_group, "cost": line.no}
    return max(agreed, cover.pct(kind, codes[line.type], line.posting_date or day_of(header)))

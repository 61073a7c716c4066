"""Which invoices a run over shipments would make: shipped lines in groups, and what is left out with its reason.

Grouping looks at the lines alone: the same lines give the same groups, in whatever order they come (D-56 … D-62, O-40).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from webapp.billing.shipment_lines import Offer, Payer, amount_of, blocks, reasons
from webapp.posting.findings import Finding, finding
from webapp.posting.headers import with_terms
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Customer, Header

SPLITS: Final = {
    "customer": "Customer",
    "bill_to": "Bill-to customer",
    "order": "Order",
    "your_reference": "Your reference",
    "contract": "Contract",
    "ship_to": "Ship-to address",
    "month": "Month of shipment",
}


@dataclass(frozen=True, slots=True)
class CombineOptions:
    """What a run is asked for (D-57, D-62). `per` is what a new invoice begins with, beyond what must be equal."""

    posting_date: date | None
    document_date: date | None
    vat_date: date | None = None
    calculate_invoice_discount: bool = False
    post_invoices: bool = False
    only_standard_terms: bool = False
    copy_text_lines: bool = False
    include_unmarked: bool = False
    per: str = "customer"


def options_findings(options: CombineOptions) -> list[Finding]:
    """D-57: both dates are asked for."""
    return [
        finding("field_required", field=name)
        for name in ("posting_date", "document_date")
        if not getattr(options, name)
    ]


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What the lines of one invoice have in common (D-58, D-62 f, O-40); `split` is what the user asked for beyond."""

    customer_no: str
    bill_to_customer_no: str
    currency_code: str
    eu_3_party_trade: bool
    dim_1: str
    dim_2: str
    salesperson_code: str
    vat_bus_group: str
    prices_including_vat: bool
    payment_terms_code: str
    split: str

    @property
    def payer(self) -> Payer:
        return Payer(self.bill_to_customer_no, self.currency_code, self.vat_bus_group, self.prices_including_vat)

    @property
    def header_values(self) -> dict[str, Any]:
        """What the header of the invoice takes from its lines; everything else comes from the customer today."""
        names = ("currency_code", "eu_3_party_trade", "dim_1", "dim_2", "salesperson_code", "vat_bus_group")
        values = {name: getattr(self, name) for name in (*names, "prices_including_vat", "payment_terms_code")}
        people = {"customer_no": self.customer_no, "bill_to_customer_no": self.bill_to_customer_no}
        return {**people, **values}


@dataclass(frozen=True, slots=True)
class Group:
    """One invoice that would be made."""

    key: Key
    customer_name: str
    offers: tuple[Offer, ...]
    amount: Decimal

    @property
    def orders(self) -> list[str]:
        return sorted({one.shipped.order_no for one in self.offers})

    @property
    def shipments(self) -> list[str]:
        return sorted({one.shipped.document_no for one in self.offers})


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Lines that no invoice of the run takes, and why; `silent` ones are not part of the result of a run."""

    customer_no: str
    customer_name: str
    orders: tuple[str, ...]
    lines: int
    finding: Finding
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Combination:
    groups: tuple[Group, ...]
    left_out: tuple[LeftOut, ...]


def combine(
    offers: Iterable[Offer], customers: Mapping[str, Customer], setup: Setup, options: CombineOptions
) -> Combination:
    """The invoices over these lines, by customer, payer and currency, and what is left out."""
    groups: dict[Key, list[Offer]] = {}
    outside: dict[tuple[str, Finding], list[Offer]] = {}
    for one in sorted(offers, key=lambda one: one.shipped.place):
        why = _why_left_out(one, customers, setup, options)
        if why is not None:
            outside.setdefault((one.order.customer_no if one.order else "", why), []).append(one)
        elif one.order is not None:
            groups.setdefault(key_of(one, one.order, options.per), []).append(one)
    made = [_group(key, groups[key], customers, setup) for key in sorted(groups)]
    left = [_left_out(why, found) for (_, why), found in outside.items()]
    return Combination(tuple(made), tuple(sorted(left, key=_left_out_order)))


def _left_out_order(one: LeftOut) -> tuple[bool, str, str, str]:
    return one.silent, one.finding.code, one.customer_no, one.finding.message


def key_of(one: Offer, order: Header, per: str) -> Key:
    """The invoice that a line belongs to."""
    return Key(
        order.bill_to_customer_no if per == "bill_to" else order.customer_no,
        order.bill_to_customer_no,
        order.currency_code,
        order.eu_3_party_trade,
        order.dim_1,
        order.dim_2,
        order.salesperson_code,
        one.shipped.vat_bus_group,
        order.prices_including_vat,
        order.payment_terms_code,
        _split(one, order, per),
    )


def _split(one: Offer, order: Header, per: str) -> str:
    found = {
        "order": order.no,
        "your_reference": order.your_reference,
        "contract": one.shipped.contract_no,
        "ship_to": order.ship_to_code,
        "month": f"{one.shipped.posting_date:%Y-%m}",
    }
    return found.get(per, "")


def _why_left_out(
    one: Offer, customers: Mapping[str, Customer], setup: Setup, options: CombineOptions
) -> Finding | None:
    """The first reason why a line is left out; None when it is taken (D-56, D-59, D-52)."""
    order = one.order
    if order is None or one.line is None:
        return next(reasons(one, Payer("", "", "", False), customers))
    blocked = next(blocks(order, customers), None)
    if blocked is not None:
        return blocked
    if not order.combine_shipments and not options.include_unmarked:
        return finding("combine_not_marked", record=order.no, order=order.no)
    if one.left <= 0:
        holder = one.held[0].invoice_no if one.held else ""
        return finding("combine_held", record=holder, shipment=one.shipped.document_no, invoice=holder)
    if options.only_standard_terms and not has_standard_terms(order, customers, setup):
        no = order.bill_to_customer_no
        return finding("combine_other_terms", record=order.no, shipment=one.shipped.document_no, no=no)
    return None


def has_standard_terms(order: Header, customers: Mapping[str, Customer], setup: Setup) -> bool:
    """Whether an order's terms are its payer's, and due date and discount what they give for its date (D-59)."""
    payer = customers.get(order.bill_to_customer_no)
    if payer is None or payer.payment_terms_code != order.payment_terms_code:
        return False
    given = with_terms(setup, order)
    names = ("due_date", "pmt_discount_date", "pmt_discount_pct")
    return all(getattr(given, name) == getattr(order, name) for name in names)


def _group(key: Key, offers: Sequence[Offer], customers: Mapping[str, Customer], setup: Setup) -> Group:
    customer = customers.get(key.customer_no)
    amount = sum((amount_of(one, key.payer, setup) for one in offers), ZERO)
    return Group(key, customer.name if customer else "", tuple(offers), amount)


def _left_out(why: Finding, offers: Sequence[Offer]) -> LeftOut:
    first = offers[0].order
    orders = sorted({one.shipped.order_no for one in offers})
    return LeftOut(
        first.customer_no if first else "",
        first.customer_name if first else "",
        tuple(orders),
        len(offers),
        why,
        why.code == "combine_not_marked",
    )

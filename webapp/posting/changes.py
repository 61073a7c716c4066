"""What follows when somebody types into the header of an open document (P-52, D-20 … D-23).

Pure: a draft and a value go in, the changed draft and findings come out. A refused change gives back the draft as it
was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from webapp.posting.dimensions import typed_value
from webapp.posting.discounts import discounted_as_before
from webapp.posting.findings import Finding, finding
from webapp.posting.headers import (
    ShipTo,
    asked_rate,
    dates_in_order,
    with_bill_to,
    with_currency,
    with_customer,
    with_document_date,
    with_payment_method,
    with_posting_date,
    with_ship_to,
    with_terms,
)
from webapp.posting.lines import Catalog, fill
from webapp.posting.money import round_to
from webapp.posting.order_contracts import OrderContract, contract_fits, with_contract
from webapp.posting.order_life import may_have_status
from webapp.posting.quantities import derived
from webapp.posting.records import changed, names_of
from webapp.posting.sending import is_address
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Customer, Header, ItemLine, Line

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Draft:
    """An open document with what its fields can be filled from."""

    setup: Setup
    header: Header
    item_lines: tuple[ItemLine, ...]
    lines: tuple[Line, ...]
    catalog: Catalog = field(default_factory=Catalog)
    customers: Mapping[str, Customer] = field(default_factory=dict)
    ship_to: ShipTo | None = None
    now: datetime | None = None
    left_to_take: Mapping[int, Decimal] = field(default_factory=dict)
    """By line no., the most that a line made from a posted one can take of it (D-51, D-52, P-152)."""
    contract: OrderContract | None = None
    """The contract that the order is under, or comes under."""

    @property
    def precision(self) -> Decimal:
        return self.setup.currency(self.header.currency_code).amount_rounding_precision

    def item_line(self, line_no: int) -> ItemLine | None:
        return next((line for line in self.item_lines if line.line_no == line_no), None)


@dataclass(frozen=True, slots=True)
class Changed:
    """A draft after a change. `findings` refuse it (the draft is then as before), `notices` tell what else happened."""

    draft: Draft
    findings: tuple[Finding, ...] = ()
    notices: tuple[Finding, ...] = ()


# --- header ---------------------------------------------------------------------------------------------------------

# fields with rules of their own, in the order in which they depend on each other; all others are simply kept
HEADER_ORDER = (
    "customer_no",
    "bill_to_customer_no",
    "ship_to_code",
    "order_date",
    "posting_date",
    "document_date",
    "vat_date",
    "contract_no",
    "currency_code",
    "payment_terms_code",
    "payment_method_code",
    "due_date",
    "applies_to_doc_type",
    "applies_to_doc_no",
    "gen_bus_group",
    "vat_bus_group",
    "prices_including_vat",
)
_READ_ONLY = {"document_type", "no", "row_version", "no_series", "release_status", "bill_to_name", "applies_to_id"}
HEADER_FIELDS = frozenset(names_of(Header)) - _READ_ONLY


def _with(header: Header, name: str, value: Any) -> Header:
    return changed(header, **{name: value})


def header_order(name: str) -> int:
    """Where a header field stands when several change at once."""
    return HEADER_ORDER.index(name) if name in HEADER_ORDER else len(HEADER_ORDER)


def change_header_field(draft: Draft, name: str, value: Any, *, answer: str = "") -> Changed:
    """Type a value into a header field (D-20 … D-23).

    `answer` answers what the change asks: "yes" to rebuild or delete lines, "keep" to do so and keep their unit prices,
    or the exchange rate. Without it such a change is refused with rebuild_not_confirmed or rate_not_confirmed.
    """
    if getattr(draft.header, name) == value:
        return Changed(draft)
    change = _HEADER_CHANGES.get(name)
    if change is None:
        return _plain_header(draft, name, value)
    return change(draft, name, value, answer)


def _refuse(draft: Draft, *found: Finding) -> Changed:
    return Changed(draft, tuple(found))


def _plain_header(draft: Draft, name: str, value: Any) -> Changed:
    header = _with(draft.header, name, value)
    wrong = dates_in_order(header) if name.endswith("_date") else []
    if wrong:
        return _refuse(draft, *wrong)
    notices: tuple[Finding, ...] = ()
    if name in ("location_code", "invoice_disc_code", "language_code", "dim_1", "dim_2") and draft.lines:
        notices = (finding("values_kept_notice", document=header.no, field=name),)
    return Changed(changed(draft, header=header), notices=notices)


def _fixed_by_lines(draft: Draft, name: str) -> list[Finding]:
    """P-52, D-21: customer, payer and currency stay once a line is shipped or comes from a shipment. On the invoice of
    a contract everything stays that its lines would be looked up anew for: they are what its entries say (C-100)."""
    for line in draft.lines:
        at: dict[str, Any] = {"document": draft.header.no, "field": name}
        if line.shipment_no:
            from_shipment: dict[str, Any] = {"shipped_line": line.line_no, "shipment": line.shipment_no}
            return [finding("line_from_shipment_header", **from_shipment, **at)]
        if line.quantity_shipped:
            return [finding("line_shipped_header", shipped_line=line.line_no, **at)]
    return _fixed_by_contract(draft, name)


def _fixed_by_contract(draft: Draft, name: str) -> list[Finding]:
    header = draft.header
    fixed = name in ("customer_no", "bill_to_customer_no") or header.document_type != "order"
    if not header.contract_no or not fixed:
        return []
    return [finding("contract_header", document=header.no, field=name, contract=header.contract_no)]


def _ask(draft: Draft, name: str, answer: str, effect: str) -> list[Finding]:
    if answer or not (draft.lines or (draft.item_lines and name == "customer_no")):
        return []
    return [finding("rebuild_not_confirmed", document=draft.header.no, field=name, effect=effect)]


def _change_customer(draft: Draft, name: str, value: str, answer: str) -> Changed:
    customer = draft.customers.get(value)
    if customer is None:
        missing = finding("customer_missing", field=name, role="Customer", no=value, document=draft.header.no)
        return _refuse(draft, missing)
    bill_to = draft.customers.get(customer.bill_to_customer_no) or customer
    wrong = _fixed_by_lines(draft, name) or _ask(draft, name, answer, "all lines are deleted")
    header, found = with_customer(draft.setup, draft.header, customer, bill_to)
    errors = [f for f in found if f.is_error and f.code != "exchange_rate_missing"]
    if wrong or errors:
        return _refuse(draft, *wrong, *errors)
    return Changed(changed(draft, header=without_application(header), lines=(), item_lines=()))


def _change_bill_to(draft: Draft, name: str, value: str, answer: str) -> Changed:
    customer = draft.customers.get(draft.header.customer_no)
    bill_to = draft.customers.get(value)
    if customer is None or bill_to is None:
        missing = finding("customer_missing", field=name, role="Customer", no=value, document=draft.header.no)
        return _refuse(draft, missing)
    wrong = _fixed_by_lines(draft, name) or _ask(draft, name, answer, "prices, discounts and VAT are looked up again")
    header, found = with_bill_to(draft.setup, draft.header, customer, bill_to)
    errors = [f for f in found if f.is_error and f.code != "exchange_rate_missing"]
    if wrong or errors:
        return _refuse(draft, *wrong, *errors)
    return rebuilt(draft, without_application(header), keep_prices=answer == "keep")


def _change_ship_to(draft: Draft, name: str, value: str, _: str) -> Changed:
    if value and (draft.ship_to is None or draft.ship_to.code != value):
        unknown = finding("reference_unknown", table="ship_to_address", field=name, name=value)
        return _refuse(draft, unknown)
    return _under_contract(
        changed(draft, header=with_ship_to(draft.header, draft.ship_to if value else None)), draft, name
    )


def _change_posting_date(draft: Draft, name: str, value: Any, answer: str) -> Changed:
    """P-144, D-12: a date with another exchange rate asks whether to take that; "keep" leaves the rate as it is."""
    if not answer and asked_rate(draft.setup, draft.header, value):
        at: dict[str, Any] = {"document": draft.header.no, "field": name}
        return _refuse(draft, finding("rate_not_confirmed", date=value, currency=draft.header.currency_code, **at))
    keep = answer == "keep"
    header, lines, notices = with_posting_date(draft.setup, draft.header, draft.lines, value, keep_rate=keep)
    return Changed(changed(draft, header=header, lines=tuple(lines)), notices=tuple(notices))


def _change_order_date(draft: Draft, name: str, value: Any, _: str) -> Changed:
    dated = _plain_header(draft, name, value)
    return dated if dated.findings else _under_contract(dated.draft, draft, name)


def _under_contract(after: Draft, before: Draft, name: str) -> Changed:
    """D-15: an order that is under a contract still fits it after the change."""
    header, contract = after.header, after.contract
    wrong = contract_fits(header, contract, name) if contract and header.contract_no == contract.no else []
    return _refuse(before, *wrong) if wrong else Changed(after)


def _change_contract(draft: Draft, name: str, value: str, answer: str) -> Changed:
    """D-15: an order without service items comes under a contract, or is taken out of it."""
    header = draft.header
    if draft.item_lines:
        return _refuse(draft, finding("contract_of_order_has_items", document=header.no, field=name))
    if not value or header.document_type != "order":
        return _plain_header(draft, name, value)
    contract = draft.contract
    if contract is None or contract.no != value:
        return _refuse(draft, finding("reference_unknown", table="service_contract", field=name, name=value))
    wrong = contract_fits(header, contract)
    if wrong:
        return _refuse(draft, *wrong)
    after = changed(draft, header=with_contract(header, contract))
    priced = change_header_field(after, "currency_code", contract.currency_code, answer=answer)
    return changed(priced, draft=draft) if priced.findings else priced


def _change_document_date(draft: Draft, _: str, value: Any, __: str) -> Changed:
    return Changed(changed(draft, header=with_document_date(draft.setup, draft.header, value)))


def _change_terms(draft: Draft, name: str, value: str, _: str) -> Changed:
    return Changed(changed(draft, header=with_terms(draft.setup, _with(draft.header, name, value))))


def _change_method(draft: Draft, _: str, value: str, __: str) -> Changed:
    return Changed(changed(draft, header=with_payment_method(draft.setup, draft.header, value)))


def _change_applies_to_no(draft: Draft, _: str, value: str, __: str) -> Changed:
    """D-19: one entry by its number; what was marked before no longer counts. Without a kind it is an invoice."""
    header = draft.header
    kind = header.applies_to_doc_type
    if value and kind == "blank":
        kind = "invoice"
    header = changed(header, applies_to_doc_type=kind if value else "blank", applies_to_doc_no=value, applies_to_id="")
    return Changed(changed(draft, header=header))


def without_application(header: Header) -> Header:
    """The header applied to nothing (D-19)."""
    return changed(header, applies_to_doc_type="blank", applies_to_doc_no="", applies_to_id="")


def _change_currency(draft: Draft, name: str, value: str, answer: str) -> Changed:
    wrong = _fixed_by_lines(draft, name) or _ask(draft, name, answer, "prices are looked up in the new currency")
    header, found = with_currency(draft.setup, draft.header, value)
    if wrong or found:
        return _refuse(draft, *wrong, *found)
    return rebuilt(draft, header)


def _change_rate(draft: Draft, name: str, value: Decimal, _: str) -> Changed:
    """P-100: either side of an exchange rate is above 0; the own currency has none (D-14)."""
    if value <= 0:
        return _refuse(draft, finding("number_not_positive", document=draft.header.no, field=name))
    if not draft.header.currency_code:
        return _refuse(draft, finding("rate_of_own_currency", document=draft.header.no, field=name))
    return _plain_header(draft, name, value)


def _change_e_mail(draft: Draft, name: str, value: str, _: str) -> Changed:
    """D-102: mail can go there, as on the customer."""
    if value and not is_address(value):
        return _refuse(draft, finding("mail_address_wrong", document=draft.header.no, field=name, typed=value))
    return _plain_header(draft, name, value)


def _change_invoice_disc_code(draft: Draft, name: str, value: str, _: str) -> Changed:
    """P-12: it names terms of an invoice discount."""
    if value and value not in draft.setup.invoice_discounts:
        at: dict[str, Any] = {"document": draft.header.no, "field": name}
        return _refuse(draft, finding("reference_unknown", table="customer_invoice_discount", name=value, **at))
    return _plain_header(draft, name, value)


def _change_dimension(draft: Draft, name: str, value: str, _: str) -> Changed:
    wrong = typed_value(draft.setup, name, value, document=draft.header.no)
    return _refuse(draft, *wrong) if wrong else _plain_header(draft, name, value)


def _change_labor_limit(draft: Draft, name: str, value: Decimal, _: str) -> Changed:
    if value < 0:
        return _refuse(draft, finding("number_negative", document=draft.header.no, field=name))
    return _plain_header(draft, name, value)


def _change_group(draft: Draft, name: str, value: str, answer: str) -> Changed:
    wrong = _fixed_by_lines(draft, name) or _ask(draft, name, answer, "prices and VAT are looked up again")
    if wrong:
        return _refuse(draft, *wrong)
    return rebuilt(draft, _with(draft.header, name, value), keep_prices=answer == "keep")


def _change_vat_switch(draft: Draft, name: str, value: bool, answer: str) -> Changed:
    """P-52, D-22: unit prices are converted by each line's VAT, or kept."""
    header = draft.header
    invoiced = next((line for line in draft.lines if line.quantity_invoiced), None)
    if invoiced is not None:
        at: dict[str, Any] = {"document": header.no, "field": name, "shipped_line": invoiced.line_no}
        return _refuse(draft, finding("line_invoiced_header", **at))
    if header.max_labor_unit_price:
        return _refuse(draft, finding("labor_price_set", document=header.no, field=name))
    wrong = _fixed_by_contract(draft, name)
    wrong = wrong or _ask(draft, name, answer, "unit prices are converted by the VAT of each line")
    if wrong:
        return _refuse(draft, *wrong)
    precision = draft.setup.currency(header.currency_code).unit_amount_rounding_precision
    lines = []
    for line in draft.lines:
        factor = 1 + (ZERO if line.vat_calculation_type == "reverse_charge" else line.vat_pct) / HUNDRED
        price = line.unit_price * factor if value else line.unit_price / factor
        line = line if answer == "keep" else changed(line, unit_price=round_to(price, precision))
        lines.append(derived(line, header.document_type, draft.precision))
    after = changed(header, prices_including_vat=value)
    lines = discounted_as_before(draft.setup, (header, draft.lines), (after, lines))
    return Changed(changed(draft, header=after, lines=tuple(lines)))


def _change_status(draft: Draft, _: str, value: str, __: str) -> Changed:
    """D-17: Finished also writes down when."""
    wrong = may_have_status(draft.setup, draft.header, draft.item_lines, value)
    if wrong:
        return _refuse(draft, *wrong)
    header = changed(draft.header, status=value)
    if value == "finished" and header.finishing_date is None and draft.now is not None:
        header = changed(
            header, finishing_date=draft.now.date(), finishing_time=draft.now.time().replace(microsecond=0)
        )
    return Changed(changed(draft, header=header))


_HEADER_CHANGES: Mapping[str, Callable[[Draft, str, Any, str], Changed]] = {
    "customer_no": _change_customer,
    "bill_to_customer_no": _change_bill_to,
    "ship_to_code": _change_ship_to,
    "status": _change_status,
    "order_date": _change_order_date,
    "contract_no": _change_contract,
    "posting_date": _change_posting_date,
    "e_mail": _change_e_mail,
    "invoice_disc_code": _change_invoice_disc_code,
    "dim_1": _change_dimension,
    "dim_2": _change_dimension,
    "document_date": _change_document_date,
    "payment_terms_code": _change_terms,
    "payment_method_code": _change_method,
    "applies_to_doc_no": _change_applies_to_no,
    "currency_code": _change_currency,
    "exchange_amount": _change_rate,
    "relational_amount": _change_rate,
    "max_labor_unit_price": _change_labor_limit,
    "gen_bus_group": _change_group,
    "vat_bus_group": _change_group,
    "prices_including_vat": _change_vat_switch,
}


def rebuilt(before: Draft, header: Header, *, keep_prices: bool = False) -> Changed:
    """The document under another header, its lines entered again from type, number and quantity: prices, groups, VAT
    and invoice discount follow the header (D-20); with `keep_prices` the unit prices stay as they are."""
    draft = changed(before, header=header)
    lines: list[Line] = []
    notices: list[Finding] = []
    for line in draft.lines:
        if line.is_text or line.system_created:
            lines.append(line)
            continue
        fresh = changed(
            line,
            gen_bus_group=draft.header.gen_bus_group,
            vat_bus_group=draft.header.vat_bus_group,
            allow_line_disc=draft.header.allow_line_disc,
        )
        filled, found = fill(
            fresh, draft.header, draft.item_line(line.service_item_line_no), draft.setup, draft.catalog
        )
        filled = changed(filled, description=line.description, dim_1=line.dim_1, dim_2=line.dim_2)
        if keep_prices:
            filled = changed(filled, unit_price=line.unit_price)
        quantities = {name: getattr(line, name) for name in ("qty_to_ship", "qty_to_invoice", "qty_to_consume")}
        lines.append(derived(changed(filled, **quantities), draft.header.document_type, draft.precision))
        notices += [f for f in found if not f.is_error]
    lines = discounted_as_before(draft.setup, (before.header, before.lines), (header, lines))
    return Changed(changed(draft, lines=tuple(lines)), notices=tuple(notices))

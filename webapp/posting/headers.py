"""What a header takes from customer and payer, and what follows from a change of it (P-52, P-144, D-9 … D-16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from webapp.posting.dates import terms_on
from webapp.posting.findings import Finding, finding
from webapp.posting.records import changed, types_of
from webapp.posting.setup import CurrencyRate, Setup
from webapp.posting.snapshot import ZERO, Customer, Header, Line

KINDS = {"quote": "Quote", "order": "Order", "invoice": "Invoice", "credit_memo": "Credit memo"}

_BLANKS: dict[str, Any] = {"str": "", "Decimal": ZERO, "bool": False, "int": 0}


@dataclass(frozen=True, slots=True)
class ShipTo:
    """A ship-to address of a customer (O-46)."""

    code: str
    name: str
    address: str
    address_2: str
    post_code: str
    city: str
    country_code: str
    contact_name: str
    salesperson_code: str
    location_code: str
    service_zone_code: str


def blank_header(document_type: str, no: str) -> Header:
    """A header with nothing on it."""
    return changed(_nothing(), document_type=document_type, no=no)


@cache
def _nothing() -> Header:
    values: dict[str, Any] = {name: _BLANKS.get(kind) for name, kind in types_of(Header).items()}
    values.update(
        document_type="order",
        no="",
        bal_account_type="gl_account",
        notify_customer="no",
        priority="low",
        exchange_amount=Decimal(1),
        relational_amount=Decimal(1),
        allow_line_disc=True,
        shipping_advice="partial",
        status="pending",
        release_status="open",
        applies_to_doc_type="blank",
        row_version=1,
    )
    return Header(**values)


def new_header(setup: Setup, document_type: str, no: str, work_date: date) -> Header:
    """A new header with its dates and text (D-7)."""
    header = changed(
        blank_header(document_type, no),
        posting_date=work_date,
        document_date=work_date,
        order_date=work_date if document_type != "credit_memo" else None,
        posting_description=f"{KINDS[document_type]} {no}",
        correction=document_type == "credit_memo" and setup.ledger.mark_cr_memos_as_corrections,
    )
    return changed(header, vat_date=_vat_date(setup, header))


def _vat_date(setup: Setup, header: Header) -> date | None:
    return header.document_date if setup.ledger.vat_date_default == "document_date" else header.posting_date


def with_customer(setup: Setup, header: Header, customer: Customer, bill_to: Customer) -> tuple[Header, list[Finding]]:
    """The header with everything that the customer and the payer give (D-9, D-10, P-52).

    Findings: customer_blocked, customer_privacy_blocked (D-37), customer_has_no_group.
    """
    findings = [*_blocks(header, customer, "customer_no"), *_missing_groups(customer, bill_to)]
    header = changed(
        header,
        customer_no=customer.no,
        customer_name=customer.name,
        customer_address=customer.address,
        customer_address_2=customer.address_2,
        customer_post_code=customer.post_code,
        customer_city=customer.city,
        customer_country_code=customer.country_code,
        contact_name=customer.contact_name,
        phone_no=customer.phone_no,
        e_mail=customer.e_mail,
        shipping_advice=customer.shipping_advice,
        location_code=customer.location_code,
        service_zone_code=customer.service_zone_code,
        your_reference=header.your_reference or customer.your_reference,
    )
    header = with_ship_to(header, None)
    header, more = with_bill_to(setup, header, customer, bill_to)
    if bill_to.no != customer.no:
        findings += more
    return header, findings


def _blocks(header: Header, customer: Customer, field: str) -> list[Finding]:
    """D-37 on entry: All and privacy stop everything, Invoice stops orders and invoices, Ship stops orders."""
    at: dict[str, Any] = {
        "document": header.no,
        "field": field,
        "role": "Customer",
        "no": customer.no,
        "name": customer.name,
    }
    if customer.privacy_blocked:
        return [finding("customer_privacy_blocked", **at)]
    stops = {"all": True, "invoice": header.document_type != "credit_memo", "ship": header.document_type == "order"}
    if stops.get(customer.blocked, False):
        return [finding("customer_blocked", kind=customer.blocked.capitalize(), **at)]
    return []


def _missing_groups(customer: Customer, bill_to: Customer) -> list[Finding]:
    found = []
    if not customer.gen_bus_group:
        found.append(("customer_no", customer.no, "Gen. Bus. posting group"))
    if not bill_to.customer_posting_group:
        found.append(("bill_to_customer_no", bill_to.no, "Customer posting group"))
    return [finding("customer_has_no_group", field=field, no=no, group=group) for field, no, group in found]


def with_bill_to(setup: Setup, header: Header, customer: Customer, bill_to: Customer) -> tuple[Header, list[Finding]]:
    """The header with everything that the payer gives (D-10, P-52)."""
    vat_from = customer if setup.ledger.vat_calc_by == "customer" else bill_to
    header = changed(
        header,
        bill_to_customer_no=bill_to.no,
        bill_to_name=bill_to.name,
        bill_to_address=bill_to.address,
        bill_to_address_2=bill_to.address_2,
        bill_to_post_code=bill_to.post_code,
        bill_to_city=bill_to.city,
        bill_to_country_code=bill_to.country_code,
        bill_to_contact=bill_to.contact_name,
        vat_registration_no=bill_to.vat_registration_no,
        language_code=bill_to.language_code,
        format_region=bill_to.format_region,
        payment_terms_code=bill_to.payment_terms_code,
        customer_posting_group=bill_to.customer_posting_group,
        gen_bus_group=vat_from.gen_bus_group,
        vat_bus_group=vat_from.vat_bus_group,
        prices_including_vat=bill_to.prices_including_vat,
        allow_line_disc=bill_to.allow_line_disc,
        invoice_disc_code=bill_to.invoice_disc_code,
        combine_shipments=bill_to.combine_shipments,
        salesperson_code=bill_to.salesperson_code or header.salesperson_code,
    )
    header = with_payment_method(setup, header, _method_of(setup, header, bill_to))
    header = with_terms(setup, header)
    header, notices = with_currency(setup, header, bill_to.currency_code)
    header = _with_customer_dimensions(setup, header)
    return header, [*_blocks(header, bill_to, "bill_to_customer_no"), *notices]


def _method_of(setup: Setup, header: Header, bill_to: Customer) -> str:
    """The payer's payment method; none on a credit memo whose terms give nothing there (D-13)."""
    terms = setup.payment_terms.get(bill_to.payment_terms_code)
    if header.document_type == "credit_memo" and not (terms and terms.disc_on_cr_memos):
        return ""
    return bill_to.payment_method_code


def _with_customer_dimensions(setup: Setup, header: Header) -> Header:
    names = {setup.ledger.global_dimension_1_code: "dim_1", setup.ledger.global_dimension_2_code: "dim_2"}
    values = {"dim_1": header.dim_1, "dim_2": header.dim_2}
    for rule in setup.default_dimensions.get(("customer", header.bill_to_customer_no), ()):
        name = names.get(rule.dimension_code, "")
        if name and rule.value_code and rule.rule != "no_code":
            values[name] = rule.value_code
    return changed(header, dim_1=values["dim_1"], dim_2=values["dim_2"])


def with_ship_to(header: Header, ship_to: ShipTo | None) -> Header:
    """The header with a ship-to address; without one the customer's own (D-8, D-11)."""
    if ship_to is None:
        return changed(
            header,
            ship_to_code="",
            ship_to_name=header.customer_name,
            ship_to_address=header.customer_address,
            ship_to_address_2=header.customer_address_2,
            ship_to_post_code=header.customer_post_code,
            ship_to_city=header.customer_city,
            ship_to_country_code=header.customer_country_code,
            ship_to_contact=header.contact_name,
        )
    return changed(
        header,
        ship_to_code=ship_to.code,
        ship_to_name=ship_to.name,
        ship_to_address=ship_to.address,
        ship_to_address_2=ship_to.address_2,
        ship_to_post_code=ship_to.post_code,
        ship_to_city=ship_to.city,
        ship_to_country_code=ship_to.country_code,
        ship_to_contact=ship_to.contact_name,
        salesperson_code=ship_to.salesperson_code or header.salesperson_code,
        location_code=ship_to.location_code or header.location_code,
        service_zone_code=ship_to.service_zone_code or header.service_zone_code,
    )


def with_payment_method(setup: Setup, header: Header, code: str) -> Header:
    """The header with a payment method and the balancing account it brings (P-127)."""
    method = setup.payment_methods.get(code)
    return changed(
        header,
        payment_method_code=code,
        bal_account_type=method.bal_account_type if method else "gl_account",
        bal_account_no=method.bal_account_no if method else "",
    )


def with_terms(setup: Setup, header: Header) -> Header:
    """Due date and payment discount from the terms and the document date (P-146, D-13)."""
    if header.document_date is None:
        return changed(header, due_date=None, pmt_discount_date=None, pmt_discount_pct=ZERO)
    given = terms_on(
        setup.payment_terms.get(header.payment_terms_code),
        header.document_date,
        credit_memo=header.document_type == "credit_memo",
    )
    return changed(
        header,
        due_date=given.due_date,
        pmt_discount_date=given.pmt_discount_date,
        pmt_discount_pct=given.pmt_discount_pct,
    )


def with_currency(setup: Setup, header: Header, code: str) -> tuple[Header, list[Finding]]:
    """The header with a currency and the pair that holds on the posting date (D-14, P-100)."""
    if not code:
        one = Decimal(1)
        return changed(header, currency_code="", exchange_amount=one, relational_amount=one), []
    rate = setup.rate_on(code, header.posting_date) if header.posting_date else None
    if rate is None:
        missing = finding(
            "exchange_rate_missing",
            document=header.no,
            field="currency_code",
            currency=code,
            date=header.posting_date,
        )
        return changed(header, currency_code=code), [missing]
    return changed(
        header,
        currency_code=code,
        exchange_amount=rate.exchange_amount,
        relational_amount=rate.relational_amount,
    ), []


def asked_rate(setup: Setup, header: Header, day: date | None) -> CurrencyRate | None:
    """The rate that a new posting date would bring: who types the date is asked whether to take it (P-144, D-12)."""
    return None if day == header.posting_date else _other_rate(setup, header, day)


def _other_rate(setup: Setup, header: Header, day: date | None) -> CurrencyRate | None:
    """The rate of the day, where it is not the header's."""
    rate = setup.rate_on(header.currency_code, day) if header.currency_code and day else None
    pair = (header.exchange_amount, header.relational_amount)
    return rate if rate and (rate.exchange_amount, rate.relational_amount) != pair else None


def with_posting_date(
    setup: Setup, header: Header, lines: Sequence[Line], day: date | None, *, keep_rate: bool = False
) -> tuple[Header, list[Line], list[Finding]]:
    """A new posting date (P-144, D-12): document date, VAT date, due date, line dates and the rate follow it.

    Unit prices stay; a notice says so when the rate changes. With `keep_rate`, or without a newer rate, the old pair
    stays; where none holds on the day the check of posting finds it (P-100).
    """
    rate = None if keep_rate else _other_rate(setup, header, day)
    header = changed(header, posting_date=day, document_date=day)
    header = with_terms(setup, changed(header, vat_date=_vat_date(setup, header)))
    notices: list[Finding] = []
    if rate is not None:
        header = changed(header, exchange_amount=rate.exchange_amount, relational_amount=rate.relational_amount)
        notices.append(finding("prices_unchanged_notice", document=header.no, date=day))
    return header, [changed(line, posting_date=day) for line in lines], notices


def with_document_date(setup: Setup, header: Header, day: date | None) -> Header:
    """A new document date: the terms are calculated anew, and the VAT date where it follows (P-144, P-145)."""
    header = changed(header, document_date=day)
    if setup.ledger.vat_date_default == "document_date":
        header = changed(header, vat_date=day)
    return with_terms(setup, header)


def dates_in_order(header: Header) -> list[Finding]:
    """D-16: order, starting and finishing dates in this order."""
    pairs = (("starting_date", "order_date"), ("finishing_date", "starting_date"))
    found = []
    for later, earlier in pairs:
        late, early = getattr(header, later), getattr(header, earlier)
        if late and early and late < early:
            label = earlier.replace("_", " ").capitalize()
            found.append(
                finding("date_order", document=header.no, field=later, date=late, other=label, other_date=early)
            )
    return found

"""The invoice discount of a document and its service charge (P-135, O-29, D-34, D-35)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from webapp.posting.amounts import (
    HUNDRED,
    discount_base,
    discount_terms,
    from_lcy,
    rate_of,
    spread_invoice_discount,
    to_lcy,
)
from webapp.posting.findings import Finding, finding, money
from webapp.posting.lines import new_line, next_line_no, with_vat_setup
from webapp.posting.money import round_to
from webapp.posting.quantities import derived, initialised
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Header, Line


def with_invoice_discount(setup: Setup, header: Header, lines: Sequence[Line]) -> list[Line]:
    """The lines with the discount of the header's discount code, and the service charge line it asks for.

    Calculated twice it gives the same: the charge line is found again, updated, and removed when no charge is due and
    nothing of it is shipped. One that came with a shipment is the charge of this document, too.
    """
    currency = setup.currency(header.currency_code)
    precision = currency.amount_rounding_precision
    terms = discount_terms(setup, header, discount_base(lines))
    pct = terms.discount_pct if terms else ZERO
    spread_lines = spread_invoice_discount(
        lines,
        lambda base: round_to(base * pct / HUNDRED, precision),
        precision,
        per_vat_identifier=setup.receivables.calc_inv_disc_per_vat_id,
    )
    return _with_charge(setup, header, spread_lines, terms.service_charge if terms else ZERO)


def discounted_again(setup: Setup, header: Header, lines: Sequence[Line]) -> list[Line]:
    """The invoice discount over what is left to charge, where there is one (P-133, O-29)."""
    wanted = setup.receivables.calc_inv_discount or any(line.inv_discount_amount for line in lines)
    if not wanted or not header.invoice_disc_code or not any(line.chargeable for line in lines):
        return list(lines)
    return with_invoice_discount(setup, header, lines)


def terms_give(setup: Setup, header: Header, lines: Sequence[Line]) -> Decimal:
    """The invoice discount that the terms of the header's discount code give these lines (P-135)."""
    return sum((line.inv_discount_amount for line in with_invoice_discount(setup, header, lines)), ZERO)


def discount_left_behind(setup: Setup, header: Header, lines: Sequence[Line]) -> tuple[Decimal, Decimal] | None:
    """The invoice discount of the lines and what the terms give, when the lines have one and it is another. Each share
    may be off by what rounding it alone makes."""
    shares = [line.inv_discount_amount for line in lines if line.inv_discount_amount]
    if not shares or not setup.invoice_discounts.get(header.invoice_disc_code):
        return None
    total, given = sum(shares, ZERO), terms_give(setup, header, lines)
    precision = setup.currency(header.currency_code).amount_rounding_precision
    return (total, given) if abs(total - given) > precision * len(shares) / 2 else None


def charge_left_behind(setup: Setup, header: Header, lines: Sequence[Line]) -> tuple[Decimal, Decimal] | None:
    """The service charge of the lines and what the terms ask for, when the lines have one and it is another."""
    charged = _charged(lines)
    if not charged or not setup.invoice_discounts.get(header.invoice_disc_code):
        return None
    due = _charged(with_invoice_discount(setup, header, lines))
    return (charged, due) if charged != due else None


def _charged(lines: Sequence[Line]) -> Decimal:
    return sum((line.line_amount for line in lines if line.system_created and not line.is_text), ZERO)


def prorated(before: Line, after: Line, precision: Decimal) -> Line:
    """A changed line with its share of the invoice discount in the same proportion to what is charged for it."""
    if not before.inv_discount_amount or after.line_amount == before.line_amount:
        return after
    return changed(after, inv_discount_amount=round_to(_share(before, after), precision))


def _share(before: Line, after: Line) -> Decimal:
    """Exact: the share of a line in proportion to its amount; nothing of a line that allows none (P-135)."""
    if not before.line_amount or not after.allow_invoice_disc or after.is_text:
        return ZERO
    return before.inv_discount_amount * after.line_amount / before.line_amount


def discounted_as_before(
    setup: Setup, before: tuple[Header, Sequence[Line]], after: tuple[Header, Sequence[Line]]
) -> list[Line]:
    """The lines after a change of the header that gave them other prices (D-20, D-22): an invoice discount and a
    service charge that the terms gave are calculated again; what was typed keeps its proportion to each line, with the
    rounding rest carried on, and a charge is what it was in the other currency."""
    header, lines = after
    if _follows_terms(setup, *before):
        return with_invoice_discount(setup, header, lines)
    precision = setup.currency(header.currency_code).amount_rounding_precision
    old = {line.line_no: line for line in before[1]}
    exact = given = ZERO
    made = []
    for line in lines:
        own = old[line.line_no]
        if own.inv_discount_amount:
            share = _share(own, line)
            exact += share
            part = round_to(exact - given, precision) if share else ZERO
            given += part
            line = changed(line, inv_discount_amount=part)
        made.append(_charged_in_currency(setup, before[0], header, line))
    return made


def _follows_terms(setup: Setup, header: Header, lines: Sequence[Line]) -> bool:
    """Whether there is a discount or a charge, and each is what the terms give."""
    terms = with_invoice_discount(setup, header, lines)
    wanted = {line.line_no: (line.inv_discount_amount, line.unit_price) for line in terms}
    found = {line.line_no: (line.inv_discount_amount, line.unit_price) for line in lines}
    given = any(line.inv_discount_amount or (line.system_created and not line.is_text) for line in lines)
    return given and wanted == found


def _charged_in_currency(setup: Setup, before: Header, after: Header, line: Line) -> Line:
    """A service charge in the document's other currency."""
    if before.currency_code == after.currency_code or not line.system_created or line.is_text:
        return line
    currency = setup.currency(after.currency_code)
    price = round_to(from_lcy(to_lcy(line.unit_price, before), after), currency.unit_amount_rounding_precision)
    return derived(changed(line, unit_price=price), after.document_type, currency.amount_rounding_precision)


def discount_is_automatic(setup: Setup, header: Header) -> bool:
    """Whether the discount is calculated by itself: the set-up says so, and the header's code has terms (P-135). What
    was typed for a payer without terms stays (D-35)."""
    return setup.receivables.calc_inv_discount and bool(setup.invoice_discounts.get(header.invoice_disc_code))


def with_typed_discount(
    setup: Setup, header: Header, lines: Sequence[Line], total: Decimal
) -> tuple[list[Line], list[Finding]]:
    """The lines with a typed total invoice discount, spread the same way (D-35).

    Refused when no line allows a discount, when it exceeds the base, and when the customer has terms of its own that
    are calculated automatically.
    """
    base = discount_base(lines)
    precision = setup.currency(header.currency_code).amount_rounding_precision
    at: dict[str, Any] = {"document": header.no, "field": "inv_discount_amount"}
    if discount_is_automatic(setup, header):
        return list(lines), [finding("invoice_discount_automatic", terms=header.invoice_disc_code, **at)]
    if not base:
        return list(lines), [finding("no_invoice_discount_base", **at)]
    if not ZERO <= total <= base:
        return list(lines), [
            finding("number_out_of_range", label="Invoice discount", low=money(ZERO), high=money(base), **at)
        ]
    spread_lines = spread_invoice_discount(
        lines, lambda part: round_to(total * part / base, precision), precision, per_vat_identifier=False
    )
    return spread_lines, []


def charge_findings(setup: Setup, header: Header, lines: Sequence[Line]) -> list[Finding]:
    """P-89: the terms ask for a service charge and the customer posting group has no account for it."""
    terms = discount_terms(setup, header, discount_base(lines))
    wanted = terms is not None and terms.service_charge and any(line.quantity for line in lines)
    if not wanted or charge_account(setup, header):
        return []
    place: dict[str, Any] = {"table": "service_header", "record": header.no, "document": header.no}
    owner = f"Customer posting group {header.customer_posting_group}"
    return [finding("account_empty", field="service_charge", label="Service charge account", owner=owner, **place)]


def charge_account(setup: Setup, header: Header) -> str:
    group = setup.customer_groups.get(header.customer_posting_group)
    return group.service_charge if group else ""


def _with_charge(setup: Setup, header: Header, lines: list[Line], charge: Decimal) -> list[Line]:
    account = charge_account(setup, header)
    present = [line for line in lines if line.system_created and line.type == "gl_account" and line.no == account]
    others = [line for line in lines if line not in present]
    if any(line.quantity_shipped or line.shipment_no for line in present):
        return lines
    if not charge or not account or not any(line.quantity for line in others):
        return others
    line = present[0] if present else _charge_line(setup, header, others, account)
    price = charge
    if header.prices_including_vat:
        price = charge * (1 + rate_of(line) / HUNDRED)
    price = round_to(price, setup.currency(header.currency_code).unit_amount_rounding_precision)
    if present and present[0].unit_price == price:
        return lines
    precision = setup.currency(header.currency_code).amount_rounding_precision
    return [*others, derived(changed(line, unit_price=price), header.document_type, precision)]


def _charge_line(setup: Setup, header: Header, lines: Sequence[Line], account: str) -> Line:
    record = setup.accounts.get(account)
    line = changed(
        new_line(header, next_line_no(header, lines)),
        type="gl_account",
        no=account,
        description=record.name if record else "",
        gen_prod_group=record.gen_prod_group if record else "",
        vat_prod_group=record.vat_prod_group if record else "",
        quantity=Decimal(1),
        allow_invoice_disc=False,
        system_created=True,
    )
    return initialised(with_vat_setup(line, setup), header.document_type)

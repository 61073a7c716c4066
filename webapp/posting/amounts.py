"""Amounts: discounts, VAT, rounding and local currency of the lines of a posting (part 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from webapp.posting.money import round_to
from webapp.posting.records import changed
from webapp.posting.setup import Currency, InvoiceDiscount, Setup
from webapp.posting.snapshot import ZERO, Header, Line

HUNDRED = Decimal(100)


class PostedAmounts(NamedTuple):
    """The amounts of one posted line for the quantity invoiced. Document currency, positive; `…_lcy` in LCY.

    `line_discount`, `inv_discount` and `line_amount` include VAT when prices do. `amount` is without VAT, after all
    discounts; `amount_including_vat` with it.
    """

    line: Line
    quantity: Decimal
    line_discount: Decimal
    line_amount: Decimal
    inv_discount: Decimal
    amount: Decimal = ZERO
    amount_including_vat: Decimal = ZERO
    amount_lcy: Decimal = ZERO
    amount_including_vat_lcy: Decimal = ZERO
    line_discount_lcy: Decimal = ZERO
    inv_discount_lcy: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """Line amount after the invoice discount, as priced (P-136)."""
        return self.line_amount - self.inv_discount

    @property
    def vat_lcy(self) -> Decimal:
        return self.amount_including_vat_lcy - self.amount_lcy


def rate_of(line: Line) -> Decimal:
    """The VAT percentage that counts for the line's amounts: 0 with reverse charge (P-136)."""
    return ZERO if line.vat_calculation_type == "reverse_charge" else line.vat_pct


def posted_amounts(line: Line, quantity: Decimal, precision: Decimal) -> PostedAmounts:
    """Discounts and line amount of the quantity to invoice (P-134), before VAT.

    The line's own discount amount counts when its whole quantity is invoiced at once (it may have been typed), else
    the percentage, rounded for this part.
    """
    gross = round_to(quantity * line.unit_price, precision)
    if quantity == line.quantity:
        discount = line.line_discount_amount
    else:
        discount = round_to(gross * line.line_discount_pct / HUNDRED, precision)
    chargeable = line.chargeable
    share = round_to(line.inv_discount_amount * quantity / chargeable, precision) if chargeable else ZERO
    return PostedAmounts(line, quantity, discount, gross - discount, share)


# --- VAT ----------------------------------------------------------------------------------------------------------


class VatGroup(NamedTuple):
    """The VAT of the lines of one identifier (P-136); document currency, `…_lcy` in LCY."""

    vat_identifier: str
    calculation_type: str
    vat_pct: Decimal
    line_amount: Decimal
    inv_disc_base: Decimal
    inv_discount: Decimal
    base: Decimal
    vat: Decimal
    including: Decimal
    vat_bus_group: str = ""
    vat_prod_group: str = ""
    base_lcy: Decimal = ZERO
    vat_lcy: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        return self.line_amount - self.inv_discount

    @property
    def name(self) -> str:
        """What it is called where it is shown: its identifier, or its VAT groups while no VAT posting setup says one
        (L05)."""
        return self.vat_identifier or f"{self.vat_bus_group or 'blank'} / {self.vat_prod_group or 'blank'}, not set up"


def _vat_of(
    net: Decimal, pct: Decimal, header: Header, kind: str, currency: Currency
) -> tuple[Decimal, Decimal, Decimal]:
    """Base, VAT and amount including VAT of a group's net (P-136)."""
    precision, direction = currency.amount_rounding_precision, currency.vat_rounding_type
    if kind == "full":
        return ZERO, net, net
    if header.prices_including_vat:
        vat = round_to(net - net / (1 + pct / HUNDRED), precision, direction)
        return net - vat, vat, net
    vat = round_to(net * pct / HUNDRED, precision, direction)
    return net, vat, net + vat


def with_vat(
    posted: Sequence[PostedAmounts], header: Header, currency: Currency
) -> tuple[list[PostedAmounts], list[VatGroup]]:
    """The lines with amount and amount including VAT, and their VAT groups (P-136 … P-138).

    VAT is rounded once per group; each line gets its unrounded share with the remainder carried on, so the lines of a
    group always add up to the group, to the cent.
    """
    groups: dict[tuple[str, str, bool], list[int]] = {}
    for index, row in enumerate(posted):
        line = row.line
        groups.setdefault((line.vat_identifier, line.vat_calculation_type, row.line_amount >= 0), []).append(index)
    result = list(posted)
    specification = []
    for (identifier, kind, _), members in groups.items():
        rows = [posted[i] for i in members]
        first = rows[0].line
        pct = rate_of(first)
        nets = [row.net for row in rows]
        net = sum(nets, ZERO)
        base, vat, including = _vat_of(net, pct, header, kind, currency)
        specification.append(
            VatGroup(
                identifier,
                kind,
                pct,
                sum((row.line_amount for row in rows), ZERO),
                sum((row.line_amount for row in rows if row.line.allow_invoice_disc), ZERO),
                sum((row.inv_discount for row in rows), ZERO),
                base,
                vat,
                including,
                first.vat_bus_group,
                first.vat_prod_group,
            )
        )
        for i, shared in zip(members, _share(rows, nets, vat, including, header, kind, currency), strict=True):
            result[i] = shared
    return result, specification


def _share(
    rows: Sequence[PostedAmounts],
    nets: Sequence[Decimal],
    vat: Decimal,
    including: Decimal,
    header: Header,
    kind: str,
    currency: Currency,
) -> list[PostedAmounts]:
    """A group's VAT given back to its lines (P-137)."""
    precision = currency.amount_rounding_precision
    taxes = spread(vat, nets, precision)
    if kind == "full":
        return [changed(row, amount=ZERO, amount_including_vat=net) for row, net in zip(rows, nets, strict=True)]
    if header.prices_including_vat:
        withs = spread(including, nets, precision)
        return [
            changed(row, amount=with_tax - tax, amount_including_vat=with_tax)
            for row, tax, with_tax in zip(rows, taxes, withs, strict=True)
        ]
    return [
        changed(row, amount=net, amount_including_vat=net + tax)
        for row, net, tax in zip(rows, nets, taxes, strict=True)
    ]


# --- local currency -----------------------------------------------------------------------------------------------


def to_lcy(value: Decimal, header: Header) -> Decimal:
    """A document amount in LCY by the pair frozen on the document, exact and unrounded (P-140)."""
    if not header.currency_code or not header.exchange_amount:
        return value
    return value * header.relational_amount / header.exchange_amount


def from_lcy(value: Decimal, header: Header) -> Decimal:
    """An LCY amount in the document's currency, exact and unrounded."""
    if not header.currency_code or not header.relational_amount:
        return value
    return value * header.exchange_amount / header.relational_amount


class _Running:
    """Rounds a running total and hands out the differences, so that the parts add up to the whole (P-140)."""

    def __init__(self, header: Header, precision: Decimal) -> None:
        self.header, self.precision = header, precision
        self.total = self.given = ZERO

    def next(self, value: Decimal) -> Decimal:
        self.total += value
        part = round_to(to_lcy(self.total, self.header), self.precision) - self.given
        self.given += part
        return part


def with_lcy(posted: Iterable[PostedAmounts], header: Header, lcy_precision: Decimal) -> list[PostedAmounts]:
    """The lines with their LCY amounts, converted cumulatively so that no residual entry is needed (P-140)."""
    rows = list(posted)
    if not header.currency_code:
        return [
            changed(
                row,
                amount_lcy=row.amount,
                amount_including_vat_lcy=row.amount_including_vat,
                line_discount_lcy=row.line_discount,
                inv_discount_lcy=row.inv_discount,
            )
            for row in rows
        ]
    including, amount, line_disc, inv_disc = (_Running(header, lcy_precision) for _ in range(4))
    result = []
    for row in rows:
        including_lcy = including.next(row.amount_including_vat)
        amount_lcy = amount.next(row.amount)
        if row.amount == row.amount_including_vat:
            amount.given += including_lcy - amount_lcy
            amount_lcy = including_lcy
        result.append(
            changed(
                row,
                amount_including_vat_lcy=including_lcy,
                amount_lcy=amount_lcy,
                line_discount_lcy=line_disc.next(row.line_discount),
                inv_discount_lcy=inv_disc.next(row.inv_discount),
            )
        )
    return result


def group_lcy(groups: Iterable[VatGroup], posted: Sequence[PostedAmounts]) -> list[VatGroup]:
    """The VAT groups with the LCY sums of their lines (D-73, D-127 point 230)."""
    result = []
    for group in groups:
        rows = [
            row
            for row in posted
            if (row.line.vat_identifier, row.line.vat_calculation_type)
            == (group.vat_identifier, group.calculation_type)
            and (row.line_amount >= 0) == (group.line_amount >= 0)
        ]
        base = sum((row.amount_lcy for row in rows), ZERO)
        result.append(changed(group, base_lcy=base, vat_lcy=sum((row.vat_lcy for row in rows), ZERO)))
    return result


# --- invoice rounding ---------------------------------------------------------------------------------------------


def invoice_rounding(setup: Setup, header: Header, rows: Iterable[PostedAmounts]) -> Decimal:
    """What an invoice of these rows is rounded by, VAT included; 0 when the company rounds no invoices (P-139)."""
    if not setup.receivables.invoice_rounding:
        return ZERO
    return rounding_of(setup.currency(header.currency_code), rows)


def rounding_of(currency: Currency, rows: Iterable[PostedAmounts]) -> Decimal:
    """What rounds the sum of these rows in a currency (P-139)."""
    total = sum((row.amount_including_vat for row in rows), ZERO)
    rounded = round_to(total, currency.inv_rounding_precision, currency.inv_rounding_type)
    return round_to(rounded - total, currency.amount_rounding_precision)


# --- invoice discount ---------------------------------------------------------------------------------------------


def discount_terms(setup: Setup, header: Header, base: Decimal) -> InvoiceDiscount | None:
    """The row of the header's discount code with the greatest minimum that the base reaches (P-135).

    Rows in the document's currency count; without any, the LCY rows with their amounts converted.
    """
    rows = setup.invoice_discounts.get(header.invoice_disc_code, ())
    own = [row for row in rows if row.currency_code == header.currency_code]
    if not own and header.currency_code:
        precision = setup.currency(header.currency_code).amount_rounding_precision
        own = [
            changed(
                row,
                minimum_amount=round_to(from_lcy(row.minimum_amount, header), precision),
                service_charge=round_to(from_lcy(row.service_charge, header), precision),
            )
            for row in rows
            if not row.currency_code
        ]
    reached = [row for row in own if row.minimum_amount <= base]
    return max(reached, key=lambda row: row.minimum_amount, default=None)


def spread(amount: Decimal, weights: Sequence[Decimal], precision: Decimal) -> list[Decimal]:
    """`amount` in proportion to the weights, each part rounded with the rest carried on; the parts add up to it.

    The rest is taken from the running share, one division each, so that a half is seen as a half whatever came before.
    """
    total = sum(weights, ZERO)
    so_far = given = ZERO
    parts = []
    for weight in weights:
        so_far += weight
        part = round_to(amount * so_far / total - given, precision) if total and weight else ZERO
        given += part
        parts.append(part)
    return parts


def spread_invoice_discount(
    lines: Sequence[Line], total_of: Callable[[Decimal], Decimal], precision: Decimal, *, per_vat_identifier: bool
) -> list[Line]:
    """The lines with the invoice discount spread over those that allow it (P-135, O-29).

    `total_of` gives the discount of a base. Lines that do not allow it, and system-created ones, get 0.
    """
    groups: dict[str, list[int]] = {}
    for index, line in enumerate(lines):
        if line.allow_invoice_disc and not line.system_created and not line.is_text and line.quantity:
            groups.setdefault(line.vat_identifier if per_vat_identifier else "", []).append(index)
    result = [changed(line, inv_discount_amount=ZERO) if line.inv_discount_amount else line for line in lines]
    for members in groups.values():
        weights = [lines[i].line_amount for i in members]
        for i, part in zip(members, spread(total_of(sum(weights, ZERO)), weights, precision), strict=True):
            if result[i].inv_discount_amount != part:
                result[i] = changed(result[i], inv_discount_amount=part)
    return result


def discount_base(lines: Iterable[Line]) -> Decimal:
    """What the invoice discount is calculated over: the line amounts that allow it (P-135)."""
    return sum(
        (
            line.line_amount
            for line in lines
            if line.allow_invoice_disc and not line.system_created and not line.is_text
        ),
        ZERO,
    )


# --- totals -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Totals:
    """What a posting comes to (P-142); document currency, cost and profit in LCY."""

    quantity: Decimal = ZERO
    line_amount: Decimal = ZERO
    inv_discount: Decimal = ZERO
    amount: Decimal = ZERO
    vat: Decimal = ZERO
    amount_including_vat: Decimal = ZERO
    amount_lcy: Decimal = ZERO
    amount_including_vat_lcy: Decimal = ZERO
    cost_lcy: Decimal = ZERO
    vat_groups: tuple[VatGroup, ...] = ()

    @property
    def profit_lcy(self) -> Decimal:
        return self.amount_lcy - self.cost_lcy

    @property
    def profit_pct(self) -> Decimal:
        """Profit in percent of the amount, one decimal; 0 when nothing is sold."""
        return round_to(self.profit_lcy * HUNDRED / self.amount_lcy, Decimal("0.1")) if self.amount_lcy else ZERO


def totals(posted: Sequence[PostedAmounts], groups: Sequence[VatGroup], lcy_precision: Decimal) -> Totals:
    """The sums of the posted lines (P-142)."""

    def add(values: Iterable[Decimal]) -> Decimal:
        return sum(values, ZERO)

    amount = add(row.amount for row in posted)
    including = add(row.amount_including_vat for row in posted)
    return Totals(
        add(row.quantity for row in posted),
        add(row.line_amount for row in posted),
        add(row.inv_discount for row in posted),
        amount,
        including - amount,
        including,
        add(row.amount_lcy for row in posted),
        add(row.amount_including_vat_lcy for row in posted),
        add(round_to(row.quantity * row.line.unit_cost_lcy, lcy_precision) for row in posted),
        tuple(groups),
    )


def document_totals(setup: Setup, header: Header, lines: Sequence[Line], *, uninvoiced: bool = False) -> Totals:
    """What a whole document comes to: every line at its chargeable quantity, or what is left of it (P-142)."""
    quantities = [line.chargeable - (line.quantity_invoiced if uninvoiced else ZERO) for line in lines]
    return totals_at(setup, header, lines, quantities)


def totals_at(setup: Setup, header: Header, lines: Sequence[Line], quantities: Sequence[Decimal]) -> Totals:
    """What lines come to, each at the quantity given beside it, without invoice rounding (P-142)."""
    currency = setup.currency(header.currency_code)
    rows = [
        posted_amounts(line, quantity, currency.amount_rounding_precision)
        for line, quantity in zip(lines, quantities, strict=True)
        if quantity
    ]
    rows, groups = with_vat(rows, header, currency)
    rows = with_lcy(rows, header, setup.ledger.amount_rounding_precision)
    return totals(rows, group_lcy(groups, rows), setup.ledger.amount_rounding_precision)


def price_without_vat(line: Line, header: Header, setup: Setup) -> Decimal:
    """The unit price in LCY and without VAT, rounded to the unit precision (P-141)."""
    price = line.unit_price
    if header.prices_including_vat:
        price = price / (1 + rate_of(line) / HUNDRED)
    return round_to(to_lcy(price, header), setup.ledger.unit_amount_rounding_precision)


def discount_vat(discount: Decimal, line: Line, header: Header, precision: Decimal) -> Decimal:
    """The VAT within or upon a separately posted discount, in LCY (P-124)."""
    pct = rate_of(line)
    if header.prices_including_vat:
        return round_to(discount - discount / (1 + pct / HUNDRED), precision)
    return round_to(discount * pct / HUNDRED, precision)

"""How the amounts of a document are rounded, kept with what is posted so that they can be calculated again (P-139).

The set-up may say something else tomorrow; a posted document keeps what it said when it was posted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from webapp.posting.amounts import HUNDRED, PostedAmounts
from webapp.posting.money import round_to
from webapp.posting.setup import Currency, Setup
from webapp.posting.snapshot import ZERO, Header, Line

__all__ = ["Roundings", "discounted_together", "rounding_line_no", "roundings_of"]


@dataclass(frozen=True, slots=True)
class Roundings:
    """`inv_rounding_account` is blank where invoices are not rounded. `inv_discount_pct` is that of the terms that gave
    the invoice discount; 0 when it was entered as an amount. `kept`: the posted document says so itself."""

    amount_rounding_precision: Decimal
    lcy_rounding_precision: Decimal
    vat_rounding_type: str
    inv_rounding_precision: Decimal
    inv_rounding_type: str
    inv_rounding_account: str
    inv_disc_per_vat_id: bool
    inv_discount_pct: Decimal
    kept: bool = True

    def currency(self, code: str) -> Currency:
        """The currency of the document, with the precisions that it had."""
        precision, invoices = self.amount_rounding_precision, self.inv_rounding_precision
        return Currency(code, precision, precision, invoices, self.inv_rounding_type, self.vat_rounding_type, "", "")


def roundings_of(setup: Setup, header: Header, rows: Sequence[PostedAmounts], *, kept: bool = True) -> Roundings:
    """How the set-up has the amounts of these rows rounded."""
    currency, receivables = setup.currency(header.currency_code), setup.receivables
    group = setup.customer_groups.get(header.customer_posting_group)
    per_vat_id = receivables.calc_inv_disc_per_vat_id
    precision = currency.amount_rounding_precision
    return Roundings(
        precision,
        setup.ledger.amount_rounding_precision,
        currency.vat_rounding_type,
        currency.inv_rounding_precision,
        currency.inv_rounding_type,
        group.invoice_rounding if group and receivables.invoice_rounding else "",
        per_vat_id,
        _terms_pct(setup, header, rows, per_vat_id),
        kept,
    )


def rounding_line_no(lines: Sequence[Line], account: str) -> int:
    """The line that rounds a posted invoice or credit memo, 0 when none does (P-139): the last one, made by the posting
    on the account that it rounded to. A service charge is made by the program too, but was charged (P-107, P-117)."""
    last = max(lines, key=lambda line: line.line_no, default=None)
    if last is None or not account or not last.system_created or last.order_no:
        return 0
    return last.line_no if last.type == "gl_account" and last.no == account else 0


def discounted_together(rows: Sequence[PostedAmounts], line: Line, per_vat_id: bool) -> list[PostedAmounts]:
    """The lines that the invoice discount was spread over with this one (P-135)."""
    allowed = [one for one in rows if one.line.allow_invoice_disc and not one.line.system_created]
    return [one for one in allowed if not per_vat_id or one.line.vat_identifier == line.vat_identifier]


def _terms_pct(setup: Setup, header: Header, rows: Sequence[PostedAmounts], per_vat_id: bool) -> Decimal:
    """The percentage of the header's discount terms that gives the invoice discount of the rows; 0 when none does, or
    not the same one for all VAT identifiers."""
    found = set()
    for first in {one.line.vat_identifier if per_vat_id else "": one for one in rows if one.inv_discount}.values():
        members = discounted_together(rows, first.line, per_vat_id)
        base = sum((one.line_amount for one in members), ZERO)
        total = sum((one.inv_discount for one in members), ZERO)
        precision = setup.currency(header.currency_code).amount_rounding_precision
        terms = setup.invoice_discounts.get(header.invoice_disc_code, ())
        fitting = (one.discount_pct for one in terms if round_to(base * one.discount_pct / HUNDRED, precision) == total)
        found.add(next(fitting, ZERO))
    return found.pop() if len(found) == 1 else ZERO

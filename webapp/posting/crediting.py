"""A credit memo made from lines of a posted invoice (P-152, D-43): what is left to credit, and the draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from webapp.posting.amounts import Totals, document_totals
from webapp.posting.changes import without_application
from webapp.posting.findings import Finding, finding
from webapp.posting.headers import with_currency, with_payment_method, with_terms
from webapp.posting.lines import with_vat_setup
from webapp.posting.money import round_to
from webapp.posting.quantities import derived, initialised
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Header, Line

QTY = Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class LeftWith:
    """An item entry that the line's goods left with, and how much of it (base) can still come back."""

    entry_no: int
    left_base: Decimal


class HeldBy(NamedTuple):
    """An open credit memo, and how much of the line it holds."""

    credit_memo_no: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Creditable:
    """A line of a posted invoice: what credit memos took back of it, what open ones hold, and where its goods went."""

    line: Line
    credited: Decimal = ZERO
    held: tuple[HeldBy, ...] = ()
    goods: tuple[LeftWith, ...] = ()
    rounds: bool = False
    """Whether it is the line that rounded the invoice (P-139)."""

    @property
    def left(self) -> Decimal:
        """What can still be credited (P-152)."""
        return max(self.line.quantity - self.credited - sum((one.quantity for one in self.held), ZERO), ZERO)

    @property
    def offered(self) -> bool:
        """Whether it can be chosen: neither a text nor the line that rounded the invoice."""
        return not self.line.is_text and not self.rounds and bool(self.line.quantity)


@dataclass(frozen=True, slots=True)
class CreditSource:
    """A posted invoice as far as a credit memo takes from it. `open` says whether its customer entry is."""

    invoice: Header
    lines: tuple[Creditable, ...]
    cancelled_by: str
    open: bool


def credit_findings_of(source: CreditSource, chosen: Mapping[int, Decimal]) -> list[Finding]:
    """Why these quantities of these lines cannot be credited."""
    at: dict[str, Any] = {"document": source.invoice.no, "table": "service_invoice_line", "record": source.invoice.no}
    if source.cancelled_by:
        return [finding("invoice_cancelled_already", no=source.invoice.no, **at)]
    if not any(one.offered and one.left for one in source.lines):
        held = ", ".join(dict.fromkeys(by.credit_memo_no for one in source.lines for by in one.held))
        if held:
            return [finding("invoice_held_by_credit_memo", no=source.invoice.no, credit_memo=held, **at)]
        return [finding("invoice_nothing_to_credit", no=source.invoice.no, **at)]
    if not chosen:
        return [finding("no_lines_chosen", **at)]
    found = []
    lines = {one.line.line_no: one for one in source.lines if one.offered}
    for line_no, quantity in chosen.items():
        where: dict[str, Any] = {**at, "line": line_no, "field": "quantity"}
        one = lines.get(line_no)
        if one is None:
            found.append(finding("line_gone", gone=line_no, **where))
        elif quantity <= 0:
            found.append(finding("number_not_positive", **where))
        elif quantity > one.left:
            names: dict[str, Any] = {"most": one.left, "invoice": source.invoice.no, "invoice_line": line_no}
            found.append(finding("credited_too_much", **names, **where))
    return found


def credit_draft(
    setup: Setup, source: CreditSource, chosen: Mapping[int, Decimal], no: str, day: date
) -> tuple[Header, list[Line]]:
    """The draft: prices, discounts and groups of the invoice, the day's rate and VAT, applied to the invoice when that
    is open. Goods come back by the entries they left with, one line for each (P-113)."""
    invoice = source.invoice
    terms = setup.payment_terms.get(invoice.payment_terms_code)
    header = changed(
        without_application(invoice),
        document_type="credit_memo",
        no=no,
        posting_date=day,
        document_date=day,
        vat_date=day,
        order_date=None,
        posting_description=f"Credit memo {no}",
        correction=setup.ledger.mark_cr_memos_as_corrections,
        row_version=1,
        last_line_no=0,
        no_series="",
        posting_no_series="",
        shipping_no_series="",
        status="pending",
        release_status="open",
    )
    header = with_payment_method(setup, header, header.payment_method_code if terms and terms.disc_on_cr_memos else "")
    header = with_terms(setup, header)
    dated, missing = with_currency(setup, header, header.currency_code)
    header = header if missing else dated
    if source.open:
        header = changed(header, applies_to_doc_type="invoice", applies_to_doc_no=invoice.no)
        header = with_payment_method(setup, header, "")
    lines: list[Line] = []
    for one in source.lines:
        if one.line.line_no in chosen:
            lines += credited_lines(setup, header, invoice.no, one, chosen[one.line.line_no])
        elif one.line.is_text and one.line.attached_to_line_no in chosen:
            lines.append(changed(one.line, posting_date=day))
    return header, lines


def credit_totals(setup: Setup, source: CreditSource, chosen: Mapping[int, Decimal], day: date) -> Totals:
    """What a draft over these quantities would come to, by the same lines as the draft itself."""
    header, lines = credit_draft(setup, source, chosen, "", day)
    return document_totals(setup, header, lines)


def credited_lines(setup: Setup, header: Header, invoice_no: str, one: Creditable, quantity: Decimal) -> list[Line]:
    """The lines of the credit memo `header` that take this quantity of a line of the invoice back."""
    parts = _parts(one, quantity)
    return [
        _line(setup, header, invoice_no, one, part, entry_no, one.line.line_no + count)
        for count, (part, entry_no) in enumerate(parts)
    ]


def _parts(one: Creditable, quantity: Decimal) -> list[tuple[Decimal, int | None]]:
    """The quantity by the item entries that the goods left with; what they do not hold has none."""
    parts: list[tuple[Decimal, int | None]] = []
    rest = quantity
    for goods in one.goods:
        part = min(rest, round_to(goods.left_base / one.line.qty_per_uom, QTY))
        if part > 0:
            parts.append((part, goods.entry_no))
            rest -= part
    return [*parts, (rest, None)] if rest else parts


def _line(
    setup: Setup,
    header: Header,
    invoice_no: str,
    one: Creditable,
    quantity: Decimal,
    entry_no: int | None,
    line_no: int,
) -> Line:
    before = one.line
    precision = setup.currency(header.currency_code).amount_rounding_precision
    line = changed(
        with_vat_setup(before, setup),
        line_no=line_no,
        quantity=quantity,
        posting_date=header.posting_date,
        order_date=None,
        shipment_no="",
        shipment_line_no=0,
        appl_from_item_entry=entry_no,
        appl_to_item_entry=None,
        invoice_no=invoice_no,
        invoice_line_no=before.line_no,
        inv_discount_amount=round_to(before.inv_discount_amount * quantity / before.quantity, precision),
        amount=ZERO,
        amount_including_vat=ZERO,
        vat_base_amount=ZERO,
    )
    fresh = derived(initialised(line, "credit_memo"), "credit_memo", precision)
    if quantity != before.quantity:
        return fresh
    gross = fresh.line_amount + fresh.line_discount_amount
    discount = before.line_discount_amount
    return changed(fresh, line_discount_amount=discount, line_amount=gross - discount)


def numbered(lines: Sequence[Line]) -> list[Line]:
    """The lines with numbers of their own where two have the same."""
    taken: set[int] = set()
    result = []
    for line in lines:
        no = line.line_no
        while no in taken:
            no += 1
        taken.add(no)
        result.append(line if no == line.line_no else changed(line, line_no=no))
    return result

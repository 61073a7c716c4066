"""The invoice draft that correcting a posted invoice opens: its lines, those from shipments holding them (P-186)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from webapp.posting.amounts import document_totals, spread
from webapp.posting.cancel import CancelPlan, GivenBack
from webapp.posting.cancelling import PostedLine
from webapp.posting.changes import without_application
from webapp.posting.discounts import discount_is_automatic, with_invoice_discount
from webapp.posting.findings import Finding, finding, money
from webapp.posting.headers import with_terms
from webapp.posting.lines import with_vat_setup
from webapp.posting.quantities import derived, initialised
from webapp.posting.records import changed
from webapp.posting.snapshot import ZERO, Header, Line


def correcting_draft(plan: CancelPlan, no: str, entries: Mapping[int, int]) -> tuple[Header, list[Line]]:
    """Header and lines of the draft, dated like the cancellation. A line that several shipments stand behind becomes
    one for each of them. `entries` of contracts stand behind its lines, by those of the invoice."""
    source, setup = plan.source, plan.source.snapshot.setup
    credit = source.snapshot.header
    header = changed(
        without_application(credit),
        document_type="invoice",
        no=no,
        order_date=credit.posting_date,
        payment_terms_code=source.terms_code,
        payment_method_code=source.method_code,
        posting_description=f"Invoice {no}",
        correction=False,
        row_version=1,
        status="pending",
        release_status="open",
        no_series="",
        shipping_no_series="",
        posting_no_series="",
        last_line_no=0,
    )
    header = with_terms(setup, header)
    precision = setup.currency(header.currency_code).amount_rounding_precision
    lines: list[Line] = []
    for one in source.lines:
        if one.rounds:
            continue
        parts = [part for part in plan.given_back if part.invoice_line_no == one.line.line_no]
        if not parts:
            made = _drafted(plan, one, one.line.line_no, None, precision)
            entry = entries.get(one.line.appl_to_service_entry or 0)
            lines.append(changed(made, appl_to_service_entry=entry))
        shares = spread(one.amounts.inv_discount, [part.quantity for part in parts], precision)
        for count, (part, share) in enumerate(zip(parts, shares, strict=True)):
            made = _drafted(plan, one, one.line.line_no + count, part, precision)
            lines.append(changed(made, inv_discount_amount=share))
    return header, lines


def correction_findings(plan: CancelPlan) -> list[Finding]:
    """What differs when the draft, posted as it is opened, comes to another amount than the invoice: VAT is that of the
    set-up now, and so is an invoice discount that is calculated by itself."""
    if not plan.may_cancel:
        return []
    setup = plan.source.snapshot.setup
    header, lines = correcting_draft(plan, "", {})
    if discount_is_automatic(setup, header):
        lines = with_invoice_discount(setup, header, lines)
    now = document_totals(setup, header, lines)
    rows = [one.amounts for one in plan.source.lines if not one.rounds]
    before = sum((row.amount_including_vat for row in rows), ZERO)
    if now.amount_including_vat == before:
        return []
    pairs = (
        ("invoice discount", sum((row.inv_discount for row in rows), ZERO), now.inv_discount),
        ("amount without VAT", sum((row.amount for row in rows), ZERO), now.amount),
        ("VAT", sum((row.amount_including_vat - row.amount for row in rows), ZERO), now.vat),
    )
    what = ", ".join(f"{name} {money(then)}, now {money(value)}" for name, then, value in pairs if then != value)
    amounts: dict[str, Any] = {"amount": money(now.amount_including_vat), "before": money(before), "what": what}
    return [finding("correction_differs", document=plan.source.invoice_no, no=plan.source.invoice_no, **amounts)]


def _drafted(plan: CancelPlan, one: PostedLine, line_no: int, part: GivenBack | None, precision: Decimal) -> Line:
    """A line to be invoiced again, as it was priced; its VAT is that of the set-up now (P-91)."""
    quantity = part.quantity if part else one.line.quantity
    line = changed(
        with_vat_setup(one.line, plan.source.snapshot.setup) if not one.line.is_text else one.line,
        line_no=line_no,
        quantity=quantity,
        posting_date=plan.posting.case.posting_date,
        shipment_no=part.shipment_line.document_no if part else "",
        shipment_line_no=part.shipment_line.line_no if part else 0,
        appl_from_item_entry=None,
        inv_discount_amount=ZERO,
        inv_disc_amount_to_invoice=ZERO,
        amount=ZERO,
        amount_including_vat=ZERO,
        vat_base_amount=ZERO,
    )
    fresh = derived(initialised(line, "invoice"), "invoice", precision)
    if quantity != one.line.quantity:
        return fresh
    discount = one.amounts.line_discount
    gross = fresh.line_amount + fresh.line_discount_amount
    return changed(
        fresh,
        inv_discount_amount=one.amounts.inv_discount,
        line_discount_amount=discount,
        line_amount=gross - discount,
    )

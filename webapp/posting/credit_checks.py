"""What a credit memo must hold besides the checks of every posting: what it applies to, what it takes back."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from webapp.posting.application import Application, named_entries
from webapp.posting.case import Case
from webapp.posting.contract_credits import contract_credits_fit
from webapp.posting.faults import Findings, account_findings, header_finding, line_finding, real_lines
from webapp.posting.findings import Finding, show
from webapp.posting.setup import Setup
from webapp.posting.snapshot import KIND_NAMES, ZERO, Header, InvoicedLine, Line, OpenEntry, OutboundEntry

ENTRY_NAMES = {**KIND_NAMES, "payment": "Payment", "refund": "Refund"}


def entry_name(entry: OpenEntry) -> str:
    """An entry as people call it: "Invoice PIN-0001"."""
    return f"{ENTRY_NAMES.get(entry.document_type, 'Entry')} {entry.document_no}"


def applied_entries_are_open(case: Case) -> Findings:
    """P-102, L04, D-18: what the credit memo is applied to exists, is open, the payer's, and owes."""
    header = case.snapshot.header
    wanted = header.applies_to_doc_no or header.applies_to_id
    if header.document_type != "credit_memo" or not wanted:
        return
    if header.bal_account_no:
        yield header_finding(case, "applies_to_with_payment", "payment_method_code")
    entries = named_entries(header, case.snapshot.open_entries)
    if not entries:
        name = f"{ENTRY_NAMES.get(header.applies_to_doc_type, 'Document')} {header.applies_to_doc_no}".strip()
        code = "applies_to_missing" if header.applies_to_doc_no else "applies_to_nothing_marked"
        yield header_finding(
            case, code, "applies_to_doc_no", name=name, no=header.bill_to_customer_no, table="customer_ledger_entry"
        )
    for entry in entries:
        code = application_fault(case.setup, header, entry)
        if code:
            yield header_finding(
                case,
                code,
                "applies_to_doc_no",
                name=entry_name(entry),
                owner=entry.customer_no,
                no=header.bill_to_customer_no,
                day=entry.posting_date,
                date=header.posting_date,
                currency=entry.currency_code or case.setup.ledger.lcy_code,
                own=header.currency_code or case.setup.ledger.lcy_code,
                table="customer_ledger_entry",
            )
    yield from _gain_accounts(case, entries)


def application_fault(setup: Setup, header: Header, entry: OpenEntry) -> str:
    """The code of what keeps a credit memo from being applied to an entry; blank when nothing does (P-102)."""
    if entry.customer_no != header.bill_to_customer_no:
        return "applies_to_other_customer"
    if not entry.open or not entry.remaining:
        return "applies_to_closed"
    if entry.remaining < 0:
        return "applies_to_same_sign"
    if entry.currency_code != header.currency_code and setup.receivables.appln_between_currencies != "all":
        return "applies_to_other_currency"
    if header.posting_date is not None and entry.posting_date > header.posting_date:
        return "applies_to_later"
    return ""


def _gain_accounts(case: Case, entries: list[OpenEntry]) -> Findings:
    """P-89 for what the exchange rates leave (P-157)."""
    header, totals = case.snapshot.header, case.totals
    if not totals.amount_including_vat or any(application_fault(case.setup, header, entry) for entry in entries):
        return
    made = Application(case.setup, header, totals.amount_including_vat, totals.amount_including_vat_lcy).to(entries)
    for one in made:
        if one.difference:
            currency = case.setup.currency(one.entry.currency_code or header.currency_code)
            field = "realized_gains" if one.difference > 0 else "realized_losses"
            yield from account_findings(case, None, getattr(currency, field), field, "currency", currency.code)


def goods_may_come_back(case: Case) -> Findings:
    """P-113: the entry that goods left with is outbound, of the same item, and holds as much. A line that credits more
    of its invoice than is left is told as that alone (P-152)."""
    if not case.parts.credits:
        return
    mandatory = case.setup.receivables.exact_cost_reversing_mandatory
    over = {line.line_no for line, _, _ in _credited_too_much(case)}
    taken: dict[int, Decimal] = {}
    for one in real_lines(case):
        line = one.line
        if line.type != "item" or not one.to_invoice:
            continue
        if not line.appl_from_item_entry:
            if mandatory and case.holds_stock(line):
                yield line_finding(case, line, "mandatory_return_entry", "appl_from_item_entry")
            continue
        entry = case.snapshot.outbound_entries.get(line.appl_from_item_entry)
        if entry is None or not _may_return(entry, line):
            yield line_finding(
                case, line, "return_entry_wrong", "appl_from_item_entry", entry=line.appl_from_item_entry, name=line.no
            )
            continue
        left = -entry.shipped_qty_not_returned - taken.get(entry.entry_no, ZERO)
        taken[entry.entry_no] = taken.get(entry.entry_no, ZERO) + one.to_invoice_base
        if one.to_invoice_base > left and line.line_no not in over:
            words = {"name": line.no, "left": left_to_return(left)}
            yield line_finding(case, line, "returned_too_much", "quantity", **words)


def left_to_return(left: Decimal) -> str:
    """How much of goods can still come back, in words."""
    return f"no more than {show(left)}" if left > 0 else "nothing"


def _may_return(entry: OutboundEntry, line: Line) -> bool:
    return entry.quantity < 0 and (entry.item_no, entry.variant_code) == (line.no, line.variant_code)


def nothing_is_credited_twice(case: Case) -> Findings:
    """P-152: never more of an invoice's line than was invoiced and not credited by others."""
    for line in _linked(case):
        invoiced = case.snapshot.invoiced_lines.get((line.invoice_no, line.invoice_line_no))
        at = {"invoice": line.invoice_no, "invoice_line": line.invoice_line_no}
        if invoiced is None:
            yield line_finding(case, line, "invoice_line_gone", "quantity", **at)
            continue
        if invoiced.bill_to_customer_no != case.snapshot.header.bill_to_customer_no:
            yield line_finding(
                case, line, "credited_for_other_customer", "quantity", owner=invoiced.bill_to_customer_no, **at
            )
    for line, invoiced, left in _credited_too_much(case):
        at = {"invoice": line.invoice_no, "invoice_line": line.invoice_line_no}
        code = "invoice_cancelled_already" if invoiced.cancelled else "credited_too_much"
        values = {"no": line.invoice_no} if invoiced.cancelled else {"most": max(left, ZERO)}
        yield line_finding(case, line, code, "quantity", **values, **at)


def _credited_too_much(case: Case) -> Iterator[tuple[Line, InvoicedLine, Decimal]]:
    """The lines that credit more than is left of their invoice's line, with that line and what is left of it."""
    taken: dict[tuple[str, int], Decimal] = {}
    for line in _linked(case):
        key = (line.invoice_no, line.invoice_line_no)
        invoiced = case.snapshot.invoiced_lines.get(key)
        if invoiced is None:
            continue
        left = invoiced.left - taken.get(key, ZERO)
        taken[key] = taken.get(key, ZERO) + line.quantity
        if line.quantity > left:
            yield line, invoiced, left


def _linked(case: Case) -> Iterator[Line]:
    return (one.line for one in real_lines(case) if case.parts.credits and one.line.invoice_no)


def vat_is_that_of_the_invoice(case: Case) -> Findings:
    """P-158: a rate that differs from the one of the invoice that is credited is worth a look."""
    rates = case.snapshot.applied_vat
    told = set()
    for one in real_lines(case):
        line = one.line
        before = rates.get(line.vat_identifier)
        if case.parts.credits and before is not None and before != line.vat_pct and line.vat_identifier not in told:
            told.add(line.vat_identifier)
            yield line_finding(case, line, "vat_rate_differs", "vat_pct", here=line.vat_pct, there=before)


def credit_findings(case: Case) -> list[Finding]:
    """All of these checks."""
    checks = (
        applied_entries_are_open,
        goods_may_come_back,
        nothing_is_credited_twice,
        contract_credits_fit,
        vat_is_that_of_the_invoice,
    )
    return [found for check in checks for found in check(case)]

"""CHECKS: every rule that a posting must pass before it writes (P-73 … P-103); all run, all findings are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.posting.amounts import document_totals, invoice_rounding
from webapp.posting.case import Case
from webapp.posting.combined import (
    customers_of_orders_may_be_invoiced,
    item_lines_without_lines,
    order_discounts_are_carried_over,
    shipments_are_free,
    shipments_are_there,
)
from webapp.posting.contracts import contract_lines_fit, contracts_hold_the_item
from webapp.posting.credit_checks import credit_findings
from webapp.posting.dates import Window, posting_window, vat_window
from webapp.posting.dimensions import check_dimensions
from webapp.posting.discounts import charge_findings, charge_left_behind, discount_left_behind
from webapp.posting.faults import (
    Findings,
    account_findings,
    header_finding,
    item_line_finding,
    line_finding,
    real_lines,
)
from webapp.posting.findings import Finding, finding, money
from webapp.posting.law_checks import (
    invoice_names_both,
    representative_is_named_in_full,
    untaxed_lines_have_a_reason,
    what_is_collected_has_a_mandate,
)
from webapp.posting.line_checks import (
    inventory_setup_is_there,
    lines_are_filled,
    posting_setup_is_there,
    prices_look_right,
    quantities_hold,
    records_may_be_used,
    shipments_agree,
    stock_is_enough,
    vat_setup_is_there,
)
from webapp.posting.setup import Setup, UserSetup
from webapp.posting.snapshot import ZERO, Customer, Header, Line


def run_checks(case: Case) -> list[Finding]:
    """All findings of a posting, in the order of the rules, each with its document."""
    found = [f for check in CHECKS for f in check(case)]
    return list(dict.fromkeys(found))


# --- header -------------------------------------------------------------------------------------------------------


def header_is_filled(case: Case) -> Findings:
    """P-73, P-76."""
    header = case.snapshot.header
    for field in ("customer_no", "bill_to_customer_no", "posting_date", "document_date"):
        if not getattr(header, field):
            yield header_finding(case, "field_required", field)
    if case.parts.invoice and header.document_type != "credit_memo" and header.due_date is None:
        yield header_finding(case, "field_required", "due_date")


def customers_exist(case: Case) -> Findings:
    """H02, H08."""
    header = case.snapshot.header
    if header.customer_no and case.snapshot.customer is None:
        yield header_finding(case, "customer_missing", "customer_no", role="Customer", no=header.customer_no)
    if header.bill_to_customer_no and case.snapshot.bill_to is None:
        yield header_finding(
            case, "customer_missing", "bill_to_customer_no", role="Customer", no=header.bill_to_customer_no
        )


def _outside(case: Case, day: date, window: Window, code: str, line: Line | None = None) -> Findings:
    if window.allows(day):
        return
    values = _of_window(day, window)
    field = "vat_date" if code.startswith("vat") else "posting_date"
    yield line_finding(case, line, code, field, **values) if line else header_finding(case, code, field, **values)


def _of_window(day: date, window: Window) -> dict[str, Any]:
    return {"date": day, "low": window.low or "…", "high": window.high or "…"}


def dates_are_allowed(case: Case) -> Findings:
    """P-74, P-75: the header's dates, and the dates of chosen lines that are no texts."""
    header, setup = case.snapshot.header, case.setup
    window = posting_window(setup, case.snapshot.user)
    if header.posting_date is not None:
        yield from _outside(case, header.posting_date, window, "posting_date_outside_window")
    if case.request.lines is not None:
        for taken in real_lines(case):
            if taken.line.posting_date is not None:
                yield from _outside(case, taken.line.posting_date, window, "posting_date_outside_window", taken.line)
    vat_date = header.vat_date or header.posting_date
    if vat_date is not None:
        yield from _outside(case, vat_date, vat_window(setup, case.snapshot.user), "vat_date_outside_window")


def posting_date_finding(setup: Setup, user: UserSetup | None, header: Header) -> list[Finding]:
    """P-74 for a date that is only typed so far: marked at once, not only when it is posted (D-12)."""
    window = posting_window(setup, user)
    if header.posting_date is None or window.allows(header.posting_date):
        return []
    values = _of_window(header.posting_date, window)
    return [finding("posting_date_outside_window", document=header.no, field="posting_date", **values)]


def mandatory_header_fields(case: Case) -> Findings:
    """P-77 for the header."""
    header, service = case.snapshot.header, case.setup.service
    is_order = header.document_type == "order"
    demands = {
        "salesperson_code": service.salesperson_mandatory,
        "service_order_type": service.service_order_type_mandatory and is_order,
        "external_document_no": service.ext_doc_no_mandatory
        and (not is_order or case.parts.ship or case.parts.invoice),
    }
    for field, demanded in demands.items():
        if demanded and not getattr(header, field):
            yield header_finding(case, "mandatory_field_empty", field)


def mandatory_item_line_fields(case: Case) -> Findings:
    """P-77 for the item lines of orders: starting and finishing date and time."""
    service = case.setup.service
    fields = [f for f in ("starting_date", "starting_time") if service.service_order_start_mandatory]
    fields += [f for f in ("finishing_date", "finishing_time") if service.service_order_finish_mandatory]
    for item_line in case.snapshot.item_lines:
        for field in fields:
            if getattr(item_line, field) is None:
                yield item_line_finding(case, item_line, "mandatory_field_empty", field)


def external_document_no_is_new(case: Case) -> Findings:
    """P-79. An order's own earlier invoices bear its number rightly and are not looked at."""
    used_by = case.snapshot.external_no_used_by
    if used_by and case.snapshot.header.external_document_no:
        no = case.snapshot.header.external_document_no
        yield header_finding(case, "external_document_no_used", "external_document_no", no=no, used_by=used_by)


def customers_are_not_blocked(case: Case) -> Findings:
    """P-80, D-37: customer and payer alike; when they are the same, one finding (O-34)."""
    header, snapshot = case.snapshot.header, case.snapshot
    people: list[tuple[str, str, Customer | None]] = [("Customer", "customer_no", snapshot.customer)]
    if header.bill_to_customer_no != header.customer_no:
        people.append(("Bill-to customer", "bill_to_customer_no", snapshot.bill_to))
    ships = any(taken.to_ship for taken in case.taken)
    for role, field, customer in people:
        if customer is None:
            continue
        values = {"role": role, "no": customer.no, "name": customer.name, "table": "customer", "record": customer.no}
        if customer.privacy_blocked:
            yield header_finding(case, "customer_privacy_blocked", field, **values)
        if customer.blocked == "all" or (
            header.document_type != "credit_memo"
            and (customer.blocked == "invoice" or (customer.blocked == "ship" and ships))
        ):
            yield header_finding(case, "customer_blocked", field, kind=customer.blocked.capitalize(), **values)


def credit_is_not_exceeded(case: Case) -> Findings:
    """P-81: the payer's balance with this document against the limit, and what is overdue."""
    bill_to, balance = case.snapshot.bill_to, case.snapshot.balance
    warnings = case.setup.receivables.credit_warnings
    if bill_to is None or case.snapshot.header.document_type == "credit_memo":
        return
    limit = bill_to.credit_limit if warnings in ("both", "credit_limit") else ZERO
    if limit and balance.open_lcy + (amount := _amount_to_come(case)) > limit:
        yield header_finding(
            case,
            "credit_limit_exceeded",
            "bill_to_customer_no",
            no=bill_to.no,
            balance=money(balance.open_lcy),
            amount=money(amount),
            limit=money(limit),
        )
    if warnings in ("both", "overdue") and balance.overdue_lcy > 0:
        overdue = money(balance.overdue_lcy)
        yield header_finding(case, "balance_overdue", "bill_to_customer_no", no=bill_to.no, amount=overdue)


def _amount_to_come(case: Case) -> Decimal:
    """What the payer will owe for the document in LCY: what is invoiced now, or else all that is not invoiced yet."""
    if case.parts.invoice:
        return case.totals.amount_including_vat_lcy
    left = document_totals(case.setup, case.snapshot.header, case.lines, uninvoiced=True)
    return left.amount_including_vat_lcy


def e_invoice_is_complete(case: Case) -> Findings:
    """D-127: what the e-invoice of a payer who wants one cannot do without, while the document can still be mended."""
    header, payer = case.snapshot.header, case.snapshot.bill_to
    if not case.parts.invoice or payer is None or payer.e_invoice == "no":
        return
    needed: tuple[tuple[str, str, str], ...] = (
        ("bill_to_name", "BR-07", header.bill_to_name),
        ("bill_to_country_code", "BR-11", header.bill_to_country_code),
    )
    if payer.e_invoice_format == "ubl":  # inside a PDF it travels as the PDF does
        address = payer.e_invoice_address or header.vat_registration_no
        needed += (("e_invoice_address", "PEPPOL-EN16931-R010", address),)
    for field, rule, value in needed:
        if not value:
            yield header_finding(case, "e_invoice_will_lack", field, no=payer.no, rule=rule)


def exchange_rate_exists(case: Case) -> Findings:
    """P-100: a rate for the day, and a pair on the document."""
    header = case.snapshot.header
    if not header.currency_code or header.posting_date is None:
        return
    pair = header.exchange_amount and header.relational_amount
    if not pair or case.setup.rate_on(header.currency_code, header.posting_date) is None:
        yield header_finding(
            case, "exchange_rate_missing", "currency_code", currency=header.currency_code, date=header.posting_date
        )


def total_is_not_negative(case: Case) -> Findings:
    """P-101."""
    if case.totals.amount_including_vat < 0:
        yield header_finding(case, "total_negative", what="a credit memo" if case.parts.credits else "an invoice")


def numbers_are_there(case: Case) -> Findings:
    """P-99, with the warning of P-148."""
    for role, number in case.numbers.items():
        yield from number.findings
        if not number.no and not number.findings:
            kind = role.replace("_", " ")
            yield finding(
                "series_missing",
                table="service_setup",
                document=case.snapshot.header.no,
                field="posted_cr_memo_nos" if role == "credit_memo" else f"posted_{role}_nos",
                label=f"Posted {kind} nos.",
                kind=f"posted {kind}s",
            )


def receivables_account_is_there(case: Case) -> Findings:
    """P-89 for the customer posting group: receivables, rounding, payment discount."""
    if not case.parts.invoice:
        return
    header, group = case.snapshot.header, case.customer_group()
    if group is None:
        if header.bill_to_customer_no:
            yield header_finding(
                case,
                "customer_has_no_group",
                "customer_posting_group",
                no=header.bill_to_customer_no,
                group="Customer posting group",
            )
        return
    needed = {
        "receivables": case.totals.amount_including_vat_lcy != 0,
        "invoice_rounding": case.rounding is not None or bool(invoice_rounding(case.setup, header, case.posted)),
        "payment_disc_debit": bool(header.bal_account_no and header.pmt_discount_pct),
    }
    for field, wanted in needed.items():
        if wanted:
            yield from account_findings(case, None, getattr(group, field), field, "customer_posting_group", group.code)


def rounding_line_has_setup(case: Case) -> Findings:
    """P-89 for the invoice rounding line, which stands on no line of the document."""
    if case.rounding is None:
        return
    line = case.rounding.line
    general = {"bus": line.gen_bus_group, "prod": line.gen_prod_group}
    if case.general(line) is None:
        at = {"table": "general_posting_setup", "record": f"{line.gen_bus_group} / {line.gen_prod_group}"}
        yield header_finding(case, "general_posting_setup_missing", "gen_prod_group", **general, **at)
    vat = case.vat_setup(line)
    pair = {"bus": line.vat_bus_group, "prod": line.vat_prod_group}
    record = f"{line.vat_bus_group} / {line.vat_prod_group}"
    if vat is None:
        at = {"table": "vat_posting_setup", "record": record}
        yield header_finding(case, "vat_posting_setup_missing", "vat_prod_group", **pair, **at)
    elif vat.vat_pct and vat.calculation_type != "reverse_charge":
        yield from account_findings(case, None, vat.sales_vat_account, "sales_vat_account", "vat_posting_setup", record)


def service_charge_has_account(case: Case) -> Findings:
    """P-89 for a service charge that the discount terms ask for (P-135)."""
    if case.setup.receivables.calc_inv_discount:
        yield from charge_findings(case.setup, case.snapshot.header, case.snapshot.lines)


def invoice_discount_fits(case: Case) -> Findings:
    """P-135: the lines were discounted or charged, then changed, and nobody calculated it again. A credit memo takes
    back what was given, whatever the terms say of its lines."""
    if not case.parts.invoice or case.parts.credits:
        return
    header = case.snapshot.header
    for code, left in (
        ("invoice_discount_left_behind", discount_left_behind(case.setup, header, case.lines)),
        ("service_charge_left_behind", charge_left_behind(case.setup, header, case.lines)),
    ):
        if left is not None:
            amounts = {"amount": money(left[0]), "given": money(left[1])}
            yield header_finding(case, code, terms=header.invoice_disc_code, **amounts)


def order_ships_completely(case: Case) -> Findings:
    """P-88."""
    header = case.snapshot.header
    if header.shipping_advice != "complete" or not case.parts.ship or header.document_type != "order":
        return
    shipped = {taken.line.line_no: taken.to_ship for taken in case.taken}
    for line in case.lines:
        left = line.quantity - line.quantity_shipped - shipped.get(line.line_no, ZERO)
        if not line.is_text and left:
            yield header_finding(
                case, "must_ship_completely", "shipping_advice", no=header.no, open_line=line.line_no, qty=left
            )
            return


def repair_status_allows_posting(case: Case) -> Findings:
    """P-83, for the item lines that a line shipped or invoiced hangs on."""
    touched = {taken.line.service_item_line_no for taken in real_lines(case) if taken.to_ship or taken.to_invoice}
    for item_line in case.snapshot.item_lines:
        status = case.setup.repair_statuses.get(item_line.repair_status_code)
        if item_line.line_no in touched and status is not None and not status.posting_allowed:
            yield item_line_finding(
                case,
                item_line,
                "repair_status_forbids",
                "repair_status_code",
                no=case.snapshot.header.no,
                status=status.code,
                item_line=item_line.line_no,
            )
    yield from _repair_status_of_orders(case)


def _repair_status_of_orders(case: Case) -> Findings:
    """P-83 for the orders whose shipments an invoice takes."""
    found = {}
    for taken in real_lines(case) if case.snapshot.orders else ():
        item_line = case.item_line(taken.line) if taken.line.order_no else None
        if item_line is not None and item_line.repair_status_code:
            found[taken.line.order_no, item_line.line_no] = item_line
    for (no, item_line_no), item_line in found.items():
        status = case.setup.repair_statuses.get(item_line.repair_status_code)
        if status is not None and not status.posting_allowed:
            values = {"no": no, "status": status.code, "item_line": item_line_no}
            yield item_line_finding(case, item_line, "repair_status_forbids", "repair_status_code", **values)


def header_dates_in_order(case: Case) -> Findings:
    """P-103: a finishing date after the posting date."""
    header = case.snapshot.header
    if header.finishing_date and header.posting_date and header.finishing_date > header.posting_date:
        yield header_finding(
            case,
            "finishing_after_posting",
            "finishing_date",
            date=header.finishing_date,
            posting=header.posting_date,
        )


def item_lines_have_lines(case: Case) -> Findings:
    """P-103, P-174: a service item line without service lines."""
    for item_line in item_lines_without_lines(case.snapshot.item_lines, case.lines):
        yield item_line_finding(case, item_line, "item_line_without_lines", item_line=item_line.line_no)


CHECKS: tuple[Callable[[Case], Iterable[Finding]], ...] = (
    header_is_filled,
    customers_exist,
    dates_are_allowed,
    mandatory_header_fields,
    mandatory_item_line_fields,
    external_document_no_is_new,
    customers_are_not_blocked,
    customers_of_orders_may_be_invoiced,
    credit_is_not_exceeded,
    repair_status_allows_posting,
    check_dimensions,
    lines_are_filled,
    records_may_be_used,
    quantities_hold,
    shipments_are_there,
    shipments_are_free,
    shipments_agree,
    order_ships_completely,
    vat_setup_is_there,
    invoice_names_both,
    representative_is_named_in_full,
    untaxed_lines_have_a_reason,
    posting_setup_is_there,
    inventory_setup_is_there,
    receivables_account_is_there,
    rounding_line_has_setup,
    service_charge_has_account,
    invoice_discount_fits,
    order_discounts_are_carried_over,
    stock_is_enough,
    numbers_are_there,
    e_invoice_is_complete,
    what_is_collected_has_a_mandate,
    exchange_rate_exists,
    total_is_not_negative,
    contract_lines_fit,
    contracts_hold_the_item,
    prices_look_right,
    item_lines_have_lines,
    header_dates_in_order,
    credit_findings,
)

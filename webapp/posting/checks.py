"""CHECKS: every rule that a posting must pass before it writes (P-73 … P-103); all run, all findings are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.posting.amounts import PostedAmounts
from webapp.posting.case import Case
from webapp.posting.dates import Window, posting_window, vat_window
from webapp.posting.dimensions import check_dimensions
from webapp.posting.findings import Finding, finding, money, show
from webapp.posting.quantities import Taken, max_to_consume, max_to_invoice
from webapp.posting.snapshot import ZERO, Customer, ItemLine, Line

Findings = Iterator[Finding]

ACCOUNT_LABELS = {
    "sales": "Sales account",
    "sales_credit_memo": "Sales credit memo account",
    "sales_line_disc": "Sales line discount account",
    "sales_inv_disc": "Sales invoice discount account",
    "cogs": "COGS account",
    "cogs_interim": "COGS account (interim)",
    "inventory_adjmt": "Inventory adjustment account",
    "inventory_account": "Inventory account",
    "inventory_account_interim": "Inventory account (interim)",
    "sales_vat_account": "Sales VAT account",
    "receivables": "Receivables account",
    "invoice_rounding": "Invoice rounding account",
    "service_charge": "Service charge account",
    "payment_disc_debit": "Payment discount account",
    "account_no": "Account",
}


def run_checks(case: Case) -> list[Finding]:
    """All findings of a posting, in the order of the rules, each with its document."""
    found = [f for check in CHECKS for f in check(case)]
    return list(dict.fromkeys(found))


def _header(case: Case, code: str, field: str = "", **values: Any) -> Finding:
    header = case.snapshot.header
    return finding(code, table="service_header", record=header.no, document=header.no, field=field, **values)


def _line(case: Case, line: Line, code: str, field: str = "", **values: Any) -> Finding:
    values.setdefault("table", "service_line")
    values.setdefault("record", line.no)
    return finding(code, document=case.snapshot.header.no, line=line.line_no, field=field, **values)


def _real(case: Case) -> Iterable[Taken]:
    return (taken for taken in case.taken if not taken.line.is_text)


# --- header -------------------------------------------------------------------------------------------------------


def header_is_filled(case: Case) -> Findings:
    """P-73, P-76."""
    header = case.snapshot.header
    for field in ("customer_no", "bill_to_customer_no", "posting_date", "document_date"):
        if not getattr(header, field):
            yield _header(case, "field_required", field)
    if case.parts.invoice and header.document_type != "credit_memo" and header.due_date is None:
        yield _header(case, "field_required", "due_date")


def customers_exist(case: Case) -> Findings:
    """H02, H08."""
    header = case.snapshot.header
    if header.customer_no and case.snapshot.customer is None:
        yield _header(case, "customer_missing", "customer_no", role="Customer", no=header.customer_no)
    if header.bill_to_customer_no and case.snapshot.bill_to is None:
        yield _header(case, "customer_missing", "bill_to_customer_no", role="Customer", no=header.bill_to_customer_no)


def _outside(case: Case, day: date, window: Window, code: str, line: Line | None = None) -> Findings:
    if window.allows(day):
        return
    values = {"date": day, "low": window.low or "…", "high": window.high or "…"}
    field = "vat_date" if code.startswith("vat") else "posting_date"
    yield _line(case, line, code, field, **values) if line else _header(case, code, field, **values)


def dates_are_allowed(case: Case) -> Findings:
    """P-74, P-75: the header's dates, and the dates of chosen lines that are no texts."""
    header, setup = case.snapshot.header, case.setup
    window = posting_window(setup, case.snapshot.user)
    if header.posting_date is not None:
        yield from _outside(case, header.posting_date, window, "posting_date_outside_window")
    if case.request.lines is not None:
        for taken in _real(case):
            if taken.line.posting_date is not None:
                yield from _outside(case, taken.line.posting_date, window, "posting_date_outside_window", taken.line)
    vat_date = header.vat_date or header.posting_date
    if vat_date is not None:
        yield from _outside(case, vat_date, vat_window(setup, case.snapshot.user), "vat_date_outside_window")


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
            yield _header(case, "mandatory_field_empty", field)


def mandatory_item_line_fields(case: Case) -> Findings:
    """P-77 for the item lines of orders: starting and finishing date and time."""
    service = case.setup.service
    fields = [f for f in ("starting_date", "starting_time") if service.service_order_start_mandatory]
    fields += [f for f in ("finishing_date", "finishing_time") if service.service_order_finish_mandatory]
    for item_line in case.snapshot.item_lines:
        for field in fields:
            if getattr(item_line, field) is None:
                yield _item_line(case, item_line, "mandatory_field_empty", field)


def _item_line(case: Case, at: ItemLine, code: str, field: str = "", **values: Any) -> Finding:
    return finding(
        code,
        table="service_item_line",
        record=f"service item line {at.line_no}",
        document=case.snapshot.header.no,
        field=field,
        **values,
    )


def external_document_no_is_new(case: Case) -> Findings:
    """P-79."""
    used_by = case.snapshot.external_no_used_by
    if used_by and case.snapshot.header.external_document_no:
        no = case.snapshot.header.external_document_no
        yield _header(case, "external_document_no_used", "external_document_no", no=no, used_by=used_by)


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
        values = {"role": role, "no": customer.no, "name": customer.name}
        if customer.privacy_blocked:
            yield _header(case, "customer_privacy_blocked", field, **values)
        if customer.blocked == "all" or (
            header.document_type != "credit_memo"
            and (customer.blocked == "invoice" or (customer.blocked == "ship" and ships))
        ):
            yield _header(case, "customer_blocked", field, kind=customer.blocked.capitalize(), **values)


def credit_is_not_exceeded(case: Case) -> Findings:
    """P-81: the payer's balance with this document against the limit, and what is overdue."""
    bill_to, balance = case.snapshot.bill_to, case.snapshot.balance
    warnings = case.setup.receivables.credit_warnings
    if bill_to is None or case.snapshot.header.document_type == "credit_memo":
        return
    amount = case.totals.amount_including_vat_lcy
    exceeded = bill_to.credit_limit and balance.open_lcy + amount > bill_to.credit_limit
    if warnings in ("both", "credit_limit") and exceeded:
        yield _header(
            case,
            "credit_limit_exceeded",
            "bill_to_customer_no",
            no=bill_to.no,
            balance=money(balance.open_lcy),
            amount=money(amount),
            limit=money(bill_to.credit_limit),
        )
    if warnings in ("both", "overdue") and balance.overdue_lcy > 0:
        overdue = money(balance.overdue_lcy)
        yield _header(case, "balance_overdue", "bill_to_customer_no", no=bill_to.no, amount=overdue)


def exchange_rate_exists(case: Case) -> Findings:
    """P-100: a rate for the day, and a pair on the document."""
    header = case.snapshot.header
    if not header.currency_code or header.posting_date is None:
        return
    pair = header.exchange_amount and header.relational_amount
    if not pair or case.setup.rate_on(header.currency_code, header.posting_date) is None:
        yield _header(
            case, "exchange_rate_missing", "currency_code", currency=header.currency_code, date=header.posting_date
        )


def total_is_not_negative(case: Case) -> Findings:
    """P-101."""
    if case.totals.amount_including_vat < 0:
        yield _header(case, "total_negative")


def numbers_are_there(case: Case) -> Findings:
    """P-99, with the warning of P-148."""
    labels = {"shipment": "Posted shipment nos.", "invoice": "Posted invoice nos."}
    for role, number in case.numbers.items():
        yield from number.findings
        if not number.no and not number.findings:
            kind = "posted shipments" if role == "shipment" else "posted invoices"
            yield finding(
                "series_missing",
                table="service_setup",
                document=case.snapshot.header.no,
                field=f"posted_{role}_nos",
                label=labels.get(role, ""),
                kind=kind,
            )


def receivables_account_is_there(case: Case) -> Findings:
    """P-89 for the customer posting group: receivables, rounding, payment discount."""
    if not case.parts.invoice:
        return
    header, group = case.snapshot.header, case.customer_group()
    if group is None:
        if header.bill_to_customer_no:
            yield _header(
                case,
                "customer_has_no_group",
                "customer_posting_group",
                no=header.bill_to_customer_no,
                group="Customer posting group",
            )
        return
    needed = {"receivables": case.totals.amount_including_vat_lcy != 0}
    needed["invoice_rounding"] = case.setup.receivables.invoice_rounding and not group.invoice_rounding
    needed["payment_disc_debit"] = bool(header.bal_account_no and header.pmt_discount_pct)
    for field, wanted in needed.items():
        if wanted:
            yield from _account(case, None, getattr(group, field), field, "customer_posting_group", group.code)


def order_ships_completely(case: Case) -> Findings:
    """P-88."""
    header = case.snapshot.header
    if header.shipping_advice != "complete" or not case.parts.ship or header.document_type != "order":
        return
    shipped = {taken.line.line_no: taken.to_ship for taken in case.taken}
    for line in case.lines:
        left = line.quantity - line.quantity_shipped - shipped.get(line.line_no, ZERO)
        if not line.is_text and left:
            yield _header(
                case, "must_ship_completely", "shipping_advice", no=header.no, open_line=line.line_no, qty=left
            )
            return


def repair_status_allows_posting(case: Case) -> Findings:
    """P-83, for the item lines that a line shipped or invoiced hangs on."""
    touched = {taken.line.service_item_line_no for taken in _real(case) if taken.to_ship or taken.to_invoice}
    for item_line in case.snapshot.item_lines:
        status = case.setup.repair_statuses.get(item_line.repair_status_code)
        if item_line.line_no in touched and status is not None and not status.posting_allowed:
            yield _item_line(
                case,
                item_line,
                "repair_status_forbids",
                "repair_status_code",
                no=case.snapshot.header.no,
                status=status.code,
                item_line=item_line.line_no,
            )


def header_dates_in_order(case: Case) -> Findings:
    """P-103: a finishing date after the posting date."""
    header = case.snapshot.header
    if header.finishing_date and header.posting_date and header.finishing_date > header.posting_date:
        yield _header(
            case,
            "finishing_after_posting",
            "finishing_date",
            date=header.finishing_date,
            posting=header.posting_date,
        )


def item_lines_have_lines(case: Case) -> Findings:
    """P-103, P-174: a service item line without service lines."""
    for item_line in item_lines_without_lines(case.snapshot.item_lines, case.lines):
        yield _item_line(case, item_line, "item_line_without_lines", item_line=item_line.line_no)


def item_lines_without_lines(item_lines: Iterable[ItemLine], lines: Iterable[Line]) -> list[ItemLine]:
    """The item lines with a service item that no service line belongs to (P-173, P-174)."""
    by_line = {line.service_item_line_no for line in lines}
    by_item = {line.service_item_no for line in lines}
    return [
        item_line
        for item_line in item_lines
        if item_line.service_item_no and item_line.line_no not in by_line and item_line.service_item_no not in by_item
    ]


# --- lines --------------------------------------------------------------------------------------------------------


def lines_are_filled(case: Case) -> Findings:
    """P-85, P-86, P-78 and P-77 for lines."""
    service, header = case.setup.service, case.snapshot.header
    for taken in case.taken:
        line = taken.line
        if line.quantity and line.type == "blank":
            yield _line(case, line, "type_missing", "type")
            continue
        if line.is_text:
            continue
        if not line.no:
            yield _line(case, line, "number_missing", "no")
            continue
        if not line.quantity and line.line_amount:
            yield _line(case, line, "amount_without_quantity", "line_amount")
        for field in ("gen_bus_group", "gen_prod_group"):
            if line.quantity and not getattr(line, field):
                labels = {"gen_bus_group": "Gen. Bus. posting group", "gen_prod_group": "Gen. Prod. posting group"}
                yield _line(case, line, "posting_group_missing", field, label=labels[field], owner=_name(line))
        demands = {
            "fault_reason_code": service.fault_reason_mandatory and not line.system_created,
            "uom": service.unit_of_measure_mandatory and line.type != "gl_account" and not line.system_created,
            "work_type_code": service.work_type_mandatory and line.type == "resource",
            "service_item_line_no": service.link_service_to_service_item
            and header.document_type == "order"
            and line.type in ("item", "resource"),
        }
        for field, demanded in demands.items():
            if demanded and not getattr(line, field):
                label = "Unit of measure code" if field == "uom" else ""
                yield _line(case, line, "mandatory_field_empty", field, label=label)


def _name(line: Line) -> str:
    kinds = {"item": "Item", "resource": "Resource", "cost": "Service cost", "gl_account": "G/L account"}
    return f"{kinds.get(line.type, 'Text')} {line.no}"


def quantities_hold(case: Case) -> Findings:
    """P-87: the limits of part 4 on orders; whole documents otherwise. P-94."""
    kind = case.snapshot.header.document_type
    for taken in _real(case):
        line = taken.line
        if kind != "order":
            yield from _whole_line(case, line, kind)
            continue
        outstanding = line.quantity - line.quantity_shipped
        if taken.to_ship > outstanding:
            yield _line(case, line, "qty_to_ship_too_large", "qty_to_ship", most=outstanding)
        if taken.to_consume > max_to_consume(line):
            yield _line(case, line, "qty_to_consume_too_large", "qty_to_consume", most=max_to_consume(line))
        if case.parts.ship and taken.to_invoice > max_to_invoice(line):
            yield _line(case, line, "qty_to_invoice_too_large", "qty_to_invoice", most=max_to_invoice(line))
        uncovered = case.uncovered.get(line.line_no, ZERO)
        if uncovered:
            most = taken.to_invoice - uncovered
            yield _line(
                case,
                line,
                "invoiced_more_than_shipped",
                "qty_to_invoice",
                no=case.snapshot.header.no,
                most=most,
            )


def _whole_line(case: Case, line: Line, kind: str) -> Findings:
    if line.qty_to_invoice != line.quantity:
        yield _line(case, line, "qty_to_invoice_not_quantity", "qty_to_invoice", qty=line.quantity)
    wanted = ZERO if kind == "credit_memo" or line.shipment_no else line.quantity
    if line.qty_to_ship != wanted:
        yield _line(case, line, "qty_to_ship_not_quantity", "qty_to_ship", qty=wanted)


def records_may_be_used(case: Case) -> Findings:
    """P-47 … P-49: the thing on the line exists and is not blocked. P-82: neither is its service item."""
    credit = case.snapshot.header.document_type == "credit_memo"
    for taken in _real(case):
        line = taken.line
        if line.no:
            yield from _RECORD_CHECKS[line.type](case, line, credit)
        service_item = case.snapshot.service_items.get(_service_item_no(case, line))
        if service_item is not None and service_item.blocked == "all" and not credit:
            yield _line(
                case,
                line,
                "service_item_blocked",
                "service_item_no",
                table="service_item",
                record=service_item.no,
                name=service_item.no,
            )


def _service_item_no(case: Case, line: Line) -> str:
    item_line = case.item_line(line)
    return line.service_item_no or (item_line.service_item_no if item_line else "")


def _missing(case: Case, line: Line, kind: str) -> Finding:
    return _line(case, line, "type_has_no_record", "no", kind=kind, name=line.no)


def _check_item(case: Case, line: Line, credit: bool) -> Findings:
    item = case.snapshot.items.get(line.no)
    if item is None:
        yield _missing(case, line, "Item")
        return
    at = {"table": "item", "record": item.no, "name": item.no}
    if item.blocked or item.service_blocked:
        yield _line(case, line, "item_blocked_notice" if credit else "item_blocked", "no", **at)
    if item.type == "inventory" and not line.posting_group:
        yield _line(case, line, "item_needs_inventory_group", "posting_group", **at)


def _check_resource(case: Case, line: Line, _: bool) -> Findings:
    resource = case.snapshot.resources.get(line.no)
    if resource is None:
        yield _missing(case, line, "Resource")
        return
    at = {"table": "resource", "record": resource.no, "name": resource.no}
    if resource.privacy_blocked:
        yield _line(case, line, "resource_privacy_blocked", "no", **at)
    if resource.blocked:
        yield _line(case, line, "resource_blocked", "no", **at)
    most = case.snapshot.header.max_labor_unit_price
    if most and line.unit_price > most:
        yield _line(case, line, "labor_price_exceeded", "unit_price", price=line.unit_price, most=most)


def _check_cost(case: Case, line: Line, _: bool) -> Findings:
    cost = case.setup.costs.get(line.no)
    if cost is None:
        yield _missing(case, line, "Service cost")
    elif case.parts.invoice:
        yield from _account(case, line, cost.account_no, "account_no", "service_cost", cost.code)


def _check_account(case: Case, line: Line, _: bool) -> Findings:
    account = case.setup.accounts.get(line.no)
    at = {"table": "gl_account", "record": line.no, "label": "G/L account", "account": line.no}
    if account is None:
        yield _line(case, line, "account_missing", "no", **at)
        return
    if account.account_type != "posting":
        yield _line(case, line, "account_not_posting", "no", **at)
    if account.blocked:
        yield _line(case, line, "account_blocked", "no", **at)
    if not account.direct_posting and not line.system_created:
        yield _line(case, line, "account_no_direct_posting", "no", **at)


_RECORD_CHECKS: Mapping[str, Callable[[Case, Line, bool], Findings]] = {
    "item": _check_item,
    "resource": _check_resource,
    "cost": _check_cost,
    "gl_account": _check_account,
}


def _account(case: Case, line: Line | None, no: str, field: str, table: str, record: str) -> Findings:
    """Whether an account of the set-up can be posted on (P-89)."""
    label = ACCOUNT_LABELS[field]
    owner = f"{_TABLES[table]} {record}"
    at = {"table": table, "record": record, "label": label, "owner": owner, "account": no}
    account = case.setup.accounts.get(no)
    code = ""
    if not no:
        code = "account_empty"
    elif account is None:
        code = "account_missing"
    elif account.blocked:
        code = "account_blocked"
    elif account.account_type != "posting":
        code = "account_not_posting"
    if code:
        yield _line(case, line, code, field, **at) if line else _header(case, code, field, **_without_place(at))


def _without_place(at: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in at.items() if name not in ("table", "record")}


_TABLES = {
    "general_posting_setup": "General posting setup",
    "vat_posting_setup": "VAT posting setup",
    "inventory_posting_setup": "Inventory posting setup",
    "customer_posting_group": "Customer posting group",
    "service_cost": "Service cost",
}


def vat_setup_is_there(case: Case) -> Findings:
    """P-89 and P-91 for VAT; P-46 for full VAT; L06, once per document, on the first such line."""
    asked_for_number = False
    for taken in _real(case):
        line = taken.line
        if not line.vat_prod_group and not line.no:
            continue
        setup = case.vat_setup(line)
        pair = {"bus": line.vat_bus_group, "prod": line.vat_prod_group}
        at = {"table": "vat_posting_setup", "record": f"{line.vat_bus_group} / {line.vat_prod_group}"}
        if setup is None:
            yield _line(case, line, "vat_posting_setup_missing", "vat_prod_group", **pair, **at)
            continue
        if setup.blocked:
            yield _line(case, line, "vat_posting_setup_blocked", "vat_prod_group", **pair, **at)
        kind = setup.calculation_type
        if kind == "full" and line.type != "cost":
            yield _line(case, line, "full_vat_only_on_costs", "type")
        wanted = ZERO if kind == "reverse_charge" else setup.vat_pct
        for field, old, new in (
            ("vat_pct", line.vat_pct, wanted),
            ("vat_calculation_type", line.vat_calculation_type, kind),
        ):
            if old != new:
                label = "VAT %" if field == "vat_pct" else "VAT calculation type"
                yield _line(case, line, "vat_setup_changed", field, label=label, old=old, new=new, **pair)
        if case.parts.invoice and taken.to_invoice and kind != "reverse_charge" and setup.vat_pct:
            yield from _account(
                case, line, setup.sales_vat_account, "sales_vat_account", "vat_posting_setup", at["record"]
            )
        if kind == "reverse_charge" and not case.snapshot.header.vat_registration_no and not asked_for_number:
            asked_for_number = True
            yield _line(
                case,
                line,
                "vat_registration_no_missing",
                "vat_registration_no",
                no=case.snapshot.header.bill_to_customer_no,
            )


def posting_setup_is_there(case: Case) -> Findings:
    """P-89, P-90: the general posting setup and the accounts that this posting will use."""
    amounts = {row.line.line_no: row for row in case.posted}
    for taken in _real(case):
        line = taken.line
        needed = _needed_accounts(case, taken, amounts.get(line.line_no))
        if not needed or not line.gen_bus_group or not line.gen_prod_group:
            continue
        setup = case.general(line)
        record = f"{line.gen_bus_group} / {line.gen_prod_group}"
        at = {"table": "general_posting_setup", "record": record}
        pair = {"bus": line.gen_bus_group, "prod": line.gen_prod_group}
        if setup is None:
            yield _line(case, line, "general_posting_setup_missing", "gen_prod_group", **pair, **at)
            continue
        if setup.blocked:
            yield _line(case, line, "general_posting_setup_blocked", "gen_prod_group", **pair, **at)
        for field in needed:
            if field != "setup":
                yield from _account(case, line, getattr(setup, field), field, "general_posting_setup", record)


def _needed_accounts(case: Case, taken: Taken, amounts: PostedAmounts | None) -> list[str]:
    """The accounts of the general posting setup that the line's posting needs; "setup" when only the row is needed."""
    line = taken.line
    stock = case.holds_stock(line)
    inventory = case.setup.inventory
    needed = []
    if taken.to_invoice:
        needed.append("setup")
        if line.type in ("item", "resource"):
            needed.append("sales")
        if amounts is not None and amounts.line_discount_lcy and case.posts_discount("line"):
            needed.append("sales_line_disc")
        if amounts is not None and amounts.inv_discount_lcy and case.posts_discount("invoice"):
            needed.append("sales_inv_disc")
        if stock and inventory.automatic_cost_posting:
            needed.append("cogs")
    if stock and _posts_interim(case, taken):
        needed.append("cogs_interim")
    if line.type == "item" and taken.to_consume:
        needed.append("inventory_adjmt")
    return needed


def _posts_interim(case: Case, taken: Taken) -> bool:
    inventory = case.setup.inventory
    if not (inventory.automatic_cost_posting and inventory.expected_cost_posting_to_gl):
        return False
    ships_uninvoiced = taken.to_ship - taken.to_consume > min(taken.to_invoice, taken.to_ship)
    return ships_uninvoiced or taken.from_earlier > 0


def inventory_setup_is_there(case: Case) -> Findings:
    """P-89 for the inventory posting setup of inventory items."""
    for taken in _real(case):
        line = taken.line
        if not case.holds_stock(line) or not case.setup.inventory.automatic_cost_posting or not line.posting_group:
            continue
        fields = ["inventory_account"] if taken.to_invoice or taken.to_consume else []
        fields += ["inventory_account_interim"] if _posts_interim(case, taken) else []
        if not fields:
            continue
        setup = case.inventory(line)
        record = f"{show(line.location_code)} / {line.posting_group}"
        if setup is None:
            at = {"table": "inventory_posting_setup", "record": record}
            names = {"location": line.location_code, "group": line.posting_group}
            yield _line(case, line, "inventory_posting_setup_missing", "posting_group", **names, **at)
            continue
        for field in fields:
            yield from _account(case, line, getattr(setup, field), field, "inventory_posting_setup", record)


def stock_is_enough(case: Case) -> Findings:
    """P-92: per item, variant and location, over all lines of the posting."""
    needed: dict[tuple[str, str, str], Decimal] = {}
    first: dict[tuple[str, str, str], Line] = {}
    for taken in _real(case):
        line = taken.line
        if taken.to_ship_base and case.holds_stock(line):
            key = (line.no, line.variant_code, line.location_code)
            needed[key] = needed.get(key, ZERO) + taken.to_ship_base
            first.setdefault(key, line)
    for key, quantity in needed.items():
        stock = sum(
            (
                entry.remaining_quantity
                for entry in case.snapshot.stock
                if (entry.item_no, entry.variant_code, entry.location_code) == key
            ),
            ZERO,
        )
        if stock >= quantity:
            continue
        rule = case.snapshot.items[key[0]].prevent_negative_inventory
        prevented = rule == "yes" or (rule == "default" and case.setup.inventory.prevent_negative_inventory)
        code = "stock_too_low" if prevented else "stock_too_low_warning"
        yield _line(
            case,
            first[key],
            code,
            "qty_to_ship",
            table="item",
            record=key[0],
            name=key[0],
            stock=stock,
            needed=quantity,
            location=key[2],
        )


def prices_look_right(case: Case) -> Findings:
    """P-103: warnings on price, cost and warranty."""
    for taken in _real(case):
        line = taken.line
        if not taken.to_invoice and not (taken.to_ship and not taken.to_consume):
            continue
        if not line.unit_price and line.line_discount_pct != 100 and line.quantity:
            yield _line(case, line, "price_missing", "unit_price")
        elif line.unit_price and line.unit_price < line.unit_cost:
            yield _line(case, line, "price_below_cost", "unit_price", price=line.unit_price, cost=line.unit_cost)
        reason = case.setup.fault_reasons.get(line.fault_reason_code)
        if reason and reason.exclude_warranty_discount and line.line_discount_type == "warranty":
            yield _line(case, line, "warranty_excluded", "fault_reason_code", reason=reason.code)


CHECKS: tuple[Callable[[Case], Iterable[Finding]], ...] = (
    header_is_filled,
    customers_exist,
    dates_are_allowed,
    mandatory_header_fields,
    mandatory_item_line_fields,
    external_document_no_is_new,
    customers_are_not_blocked,
    credit_is_not_exceeded,
    repair_status_allows_posting,
    check_dimensions,
    lines_are_filled,
    records_may_be_used,
    quantities_hold,
    order_ships_completely,
    vat_setup_is_there,
    posting_setup_is_there,
    inventory_setup_is_there,
    receivables_account_is_there,
    stock_is_enough,
    numbers_are_there,
    exchange_rate_exists,
    total_is_not_negative,
    prices_look_right,
    item_lines_have_lines,
    header_dates_in_order,
)

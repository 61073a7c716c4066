"""The checks of lines: what stands on them, quantities, VAT and posting set-up, stock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import attrgetter

from webapp.posting.amounts import PostedAmounts
from webapp.posting.case import Case
from webapp.posting.faults import Findings, account_findings, line_finding, real_lines
from webapp.posting.findings import Finding, show
from webapp.posting.quantities import (
    Taken,
    max_to_consume,
    max_to_invoice,
    too_much_to_consume,
    too_much_to_invoice,
    too_much_to_ship,
)
from webapp.posting.snapshot import ZERO, Line


def lines_are_filled(case: Case) -> Findings:
    """P-85, P-86, P-78 and P-77 for lines."""
    service, header = case.setup.service, case.snapshot.header
    for taken in case.taken:
        line = taken.line
        if line.quantity and line.type == "blank":
            yield line_finding(case, line, "type_missing", "type")
            continue
        if line.is_text:
            continue
        if not line.no:
            yield line_finding(case, line, "number_missing", "no")
            continue
        if not line.quantity and line.line_amount:
            yield line_finding(case, line, "amount_without_quantity", "line_amount")
        for field in ("gen_bus_group", "gen_prod_group"):
            if line.quantity and not getattr(line, field):
                labels = {"gen_bus_group": "Gen. Bus. posting group", "gen_prod_group": "Gen. Prod. posting group"}
                yield line_finding(case, line, "posting_group_missing", field, label=labels[field], owner=_name(line))
        demands = {
            "fault_reason_code": service.fault_reason_mandatory and not line.system_created,
            "uom": service.unit_of_measure_mandatory and not line.system_created,
            "work_type_code": service.work_type_mandatory and line.type == "resource",
            "service_item_line_no": service.link_service_to_service_item
            and header.document_type == "order"
            and line.type in ("item", "resource"),
        }
        for field, demanded in demands.items():
            if demanded and not getattr(line, field):
                label = "Unit of measure code" if field == "uom" else ""
                yield line_finding(case, line, "mandatory_field_empty", field, label=label)


def _name(line: Line) -> str:
    kinds = {"item": "Item", "resource": "Resource", "cost": "Service cost", "gl_account": "G/L account"}
    return f"{kinds.get(line.type, 'Text')} {line.no}"


def quantities_hold(case: Case) -> Findings:
    """P-87: the limits of part 4 on orders; whole documents otherwise. P-94."""
    kind = case.snapshot.header.document_type
    for taken in real_lines(case):
        line = taken.line
        if kind != "order":
            yield from _whole_line(case, line, kind)
            continue
        if taken.to_ship > line.quantity - line.quantity_shipped:
            yield line_finding(case, line, "qty_to_ship_too_large", "qty_to_ship", **too_much_to_ship(line))
        if taken.to_consume > max_to_consume(line):
            yield line_finding(case, line, "qty_to_consume_too_large", "qty_to_consume", **too_much_to_consume(line))
        if case.parts.ship and taken.to_invoice > max_to_invoice(line):
            yield line_finding(case, line, "qty_to_invoice_too_large", "qty_to_invoice", **too_much_to_invoice(line))
        uncovered = case.uncovered.get(line.line_no, ZERO)
        if uncovered:
            most = taken.to_invoice - uncovered
            yield line_finding(
                case,
                line,
                "invoiced_more_than_shipped",
                "qty_to_invoice",
                no=case.snapshot.header.no,
                most=most,
            )


def _whole_line(case: Case, line: Line, kind: str) -> Findings:
    if line.qty_to_invoice != line.quantity:
        yield line_finding(case, line, "qty_to_invoice_not_quantity", "qty_to_invoice", qty=line.quantity)
    wanted = ZERO if kind == "credit_memo" or line.shipment_no else line.quantity
    if line.qty_to_ship != wanted:
        yield line_finding(case, line, "qty_to_ship_not_quantity", "qty_to_ship", qty=wanted)


_OF_SHIPMENT = ("type", "no", "variant_code", "uom", "gen_bus_group", "gen_prod_group", "location_code")
_DIMENSIONS = ("dim_1", "dim_2")
_COMPARED = attrgetter(*_OF_SHIPMENT, *_DIMENSIONS)


def shipments_agree(case: Case) -> Findings:
    """P-93, L10 … L16: what is invoiced of earlier shipments is what was shipped; other dimensions are a warning."""
    for taken in real_lines(case):
        line = taken.line
        shipped = [take.shipment_line for take in case.takes.get(line.line_no, ())]
        if all(_COMPARED(one) == _COMPARED(line) for one in shipped):
            continue
        for name in (*_OF_SHIPMENT, *_DIMENSIONS):
            other = next((one for one in shipped if getattr(one, name) != getattr(line, name)), None)
            if other is not None:
                code = "dimension_differs_from_shipment" if name in _DIMENSIONS else "line_differs_from_shipment"
                here, there = getattr(line, name), getattr(other, name)
                yield line_finding(case, line, code, name, here=here, there=there, shipment=other.document_no)


def records_may_be_used(case: Case) -> Findings:
    """P-47 … P-49: the thing on the line exists and is not blocked. P-82: neither is its service item."""
    credit = case.snapshot.header.document_type == "credit_memo"
    for taken in real_lines(case):
        line = taken.line
        if line.no:
            yield from _RECORD_CHECKS[line.type](case, line, credit)
        service_item = case.snapshot.service_items.get(_service_item_no(case, line))
        if service_item is not None and service_item.blocked == "all" and not credit:
            yield line_finding(
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
    return line_finding(case, line, "type_has_no_record", "no", kind=kind, name=line.no)


def _check_item(case: Case, line: Line, credit: bool) -> Findings:
    item = case.snapshot.items.get(line.no)
    if item is None:
        yield _missing(case, line, "Item")
        return
    at = {"table": "item", "record": item.no, "name": item.no}
    if item.blocked or item.service_blocked:
        yield line_finding(case, line, "item_blocked_notice" if credit else "item_blocked", "no", **at)
    if item.type == "inventory" and not line.posting_group:
        yield line_finding(case, line, "item_needs_inventory_group", "posting_group", **at)


def _check_resource(case: Case, line: Line, _: bool) -> Findings:
    resource = case.snapshot.resources.get(line.no)
    if resource is None:
        yield _missing(case, line, "Resource")
        return
    at = {"table": "resource", "record": resource.no, "name": resource.no}
    if resource.privacy_blocked:
        yield line_finding(case, line, "resource_privacy_blocked", "no", **at)
    if resource.blocked:
        yield line_finding(case, line, "resource_blocked", "no", **at)
    most = case.snapshot.header.max_labor_unit_price
    if most and line.unit_price > most:
        yield line_finding(case, line, "labor_price_exceeded", "unit_price", price=line.unit_price, most=most)


def _check_cost(case: Case, line: Line, _: bool) -> Findings:
    cost = case.setup.costs.get(line.no)
    if cost is None:
        yield _missing(case, line, "Service cost")
    elif case.parts.invoice:
        yield from account_findings(case, line, cost.account_no, "account_no", "service_cost", cost.code)


def _check_account(case: Case, line: Line, _: bool) -> Findings:
    account = case.setup.accounts.get(line.no)
    at = {"table": "gl_account", "record": line.no, "label": "G/L account", "account": line.no}
    if account is None:
        yield line_finding(case, line, "account_missing", "no", **at)
        return
    if account.account_type != "posting":
        yield line_finding(case, line, "account_not_posting", "no", **at)
    if account.blocked:
        yield line_finding(case, line, "account_blocked", "no", **at)
    if not account.direct_posting and not line.system_created:
        yield line_finding(case, line, "account_no_direct_posting", "no", **at)


_RECORD_CHECKS: Mapping[str, Callable[[Case, Line, bool], Findings]] = {
    "item": _check_item,
    "resource": _check_resource,
    "cost": _check_cost,
    "gl_account": _check_account,
}


def vat_setup_is_there(case: Case) -> Findings:
    """P-89 and P-91 for VAT; P-46 for full VAT; L06, once per document, on the first such line."""
    asked_for_number = False
    for taken in real_lines(case):
        line = taken.line
        if not line.vat_prod_group and not line.no:
            continue
        setup = case.vat_setup(line)
        pair = {"bus": line.vat_bus_group, "prod": line.vat_prod_group}
        at = {"table": "vat_posting_setup", "record": f"{line.vat_bus_group} / {line.vat_prod_group}"}
        if setup is None:
            yield line_finding(case, line, "vat_posting_setup_missing", "vat_prod_group", **pair, **at)
            continue
        if setup.blocked:
            yield line_finding(case, line, "vat_posting_setup_blocked", "vat_prod_group", **pair, **at)
        kind = setup.calculation_type
        if kind == "full" and line.type != "cost":
            yield line_finding(case, line, "full_vat_only_on_costs", "type")
        wanted = ZERO if kind == "reverse_charge" else setup.vat_pct
        for field, old, new in (
            ("vat_pct", line.vat_pct, wanted),
            ("vat_calculation_type", line.vat_calculation_type, kind),
        ):
            if old != new:
                label = "VAT %" if field == "vat_pct" else "VAT calculation type"
                yield line_finding(case, line, "vat_setup_changed", field, label=label, old=old, new=new, **pair)
        if case.parts.invoice and taken.to_invoice and kind != "reverse_charge" and setup.vat_pct:
            yield from account_findings(
                case, line, setup.sales_vat_account, "sales_vat_account", "vat_posting_setup", at["record"]
            )
        if kind == "reverse_charge" and not case.snapshot.header.vat_registration_no and not asked_for_number:
            asked_for_number = True
            yield line_finding(
                case,
                line,
                "vat_registration_no_missing",
                "vat_registration_no",
                no=case.snapshot.header.bill_to_customer_no,
            )


def posting_setup_is_there(case: Case) -> Findings:
    """P-89, P-90: the general posting setup and the accounts that this posting will use."""
    amounts = {row.line.line_no: row for row in case.posted}
    for taken in real_lines(case):
        line = taken.line
        needed = _needed_accounts(case, taken, amounts.get(line.line_no))
        if not needed or not line.gen_bus_group or not line.gen_prod_group:
            continue
        setup = case.general(line)
        record = f"{line.gen_bus_group} / {line.gen_prod_group}"
        at = {"table": "general_posting_setup", "record": record}
        pair = {"bus": line.gen_bus_group, "prod": line.gen_prod_group}
        if setup is None:
            yield line_finding(case, line, "general_posting_setup_missing", "gen_prod_group", **pair, **at)
            continue
        if setup.blocked:
            yield line_finding(case, line, "general_posting_setup_blocked", "gen_prod_group", **pair, **at)
        for field in needed:
            if field != "setup":
                yield from account_findings(case, line, getattr(setup, field), field, "general_posting_setup", record)


def _needed_accounts(case: Case, taken: Taken, amounts: PostedAmounts | None) -> list[str]:
    """The accounts of the general posting setup that the line's posting needs; "setup" when only the row is needed."""
    line = taken.line
    stock = case.holds_stock(line)
    inventory = case.setup.inventory
    needed = []
    if taken.to_invoice:
        needed.append("setup")
        if line.type in ("item", "resource"):
            needed.append("sales_credit_memo" if case.parts.credits else "sales")
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
    for taken in real_lines(case):
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
            yield line_finding(case, line, "inventory_posting_setup_missing", "posting_group", **names, **at)
            continue
        for field in fields:
            yield from account_findings(case, line, getattr(setup, field), field, "inventory_posting_setup", record)


def stock_is_enough(case: Case) -> Findings:
    """P-92: per item, variant and location, over all lines of the posting."""
    needed: dict[tuple[str, str, str], Decimal] = {}
    first: dict[tuple[str, str, str], Line] = {}
    for taken in real_lines(case):
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
        yield line_finding(
            case,
            first[key],
            code,
            "qty_to_ship",
            table="item",
            record=key[0],
            name=key[0],
            stock=stock,
            needed=f"{show(quantity)} needed" + (f" at location {key[2]}" if key[2] else ""),
        )


def prices_look_right(case: Case) -> Findings:
    """P-103: warnings on price, cost and warranty."""
    for taken in real_lines(case):
        line = taken.line
        if not taken.to_invoice and not (taken.to_ship and not taken.to_consume):
            continue
        if not line.unit_price and line.line_discount_pct != 100 and line.quantity:
            yield line_finding(case, line, "price_missing", "unit_price")
        elif line.unit_price and line.unit_price < line.unit_cost:
            yield line_finding(case, line, "price_below_cost", "unit_price", price=line.unit_price, cost=line.unit_cost)
        reason = case.setup.fault_reasons.get(line.fault_reason_code)
        if reason and reason.exclude_warranty_discount and line.line_discount_type == "warranty":
            yield line_finding(case, line, "warranty_excluded", "fault_reason_code", reason=reason.code)

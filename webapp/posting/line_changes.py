"""What follows when somebody types into service item lines and lines of an open document (P-46 … P-57).

A refused change gives back the line as it was, with the findings that say why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from webapp.posting.changes import HUNDRED, Draft
from webapp.posting.contract_discounts import covering
from webapp.posting.dimensions import typed_value
from webapp.posting.discounts import prorated
from webapp.posting.findings import Finding, finding, money, show
from webapp.posting.lines import (
    fill,
    new_line,
    with_contract_discount,
    with_cost_lcy,
    with_discount,
    with_price,
    with_vat_setup,
    with_warranty,
)
from webapp.posting.money import round_to
from webapp.posting.quantities import SETTERS, derived, nothing_to_post, set_quantity
from webapp.posting.records import changed, names_of, types_of
from webapp.posting.snapshot import ZERO, Header, ItemLine, Line, ServiceItem

MOST_NAMED: Final = 5
"""Lines that one message names; the others are counted."""

# --- service item lines ---------------------------------------------------------------------------------------------

_ITEM_BLANKS: dict[str, Any] = {"str": "", "Decimal": ZERO, "bool": False, "int": 0}


def new_item_line(draft: Draft, line_no: int) -> ItemLine:
    """A new service item line with the initial repair status (P-31, P-172)."""
    values: dict[str, Any] = {name: _ITEM_BLANKS.get(kind) for name, kind in types_of(ItemLine).items()}
    initial = next((s.code for s in draft.setup.repair_statuses.values() if s.initial), "")
    values.update(line_no=line_no, repair_status_code=initial, dim_1=draft.header.dim_1, dim_2=draft.header.dim_2)
    return ItemLine(**values)


def change_item_line_field(draft: Draft, line: ItemLine, name: str, value: Any) -> tuple[ItemLine, list[Finding]]:
    """Type a value into a service item line (P-57, D-16, D-24). Findings refuse it."""
    if draft.header.release_status != "open":
        return line, [finding("item_line_released", document=draft.header.no, field=name)]
    if name == "service_item_no" and value:
        service_item = draft.catalog.service_items.get(value)
        if service_item is None:
            return line, [finding("reference_unknown", table="service_item", field=name, name=value)]
        wrong = _service_item_findings(draft, service_item, name)
        if wrong:
            return line, wrong
        contract = covering(draft.header, service_item.no, draft.catalog.covers)
        return changed(_from_service_item(line, service_item), contract_no=contract, contract_line_no=0), []
    wrong = typed_value(draft.setup, name, value, document=draft.header.no)
    return (line, wrong) if wrong else (_with(line, name, value), [])


def _service_item_findings(draft: Draft, service_item: ServiceItem, name: str) -> list[Finding]:
    header = draft.header
    if service_item.customer_no and service_item.customer_no != header.customer_no:
        names: dict[str, Any] = {"name": service_item.no, "owner": service_item.customer_no}
        names["customer"] = header.customer_no
        return [finding("service_item_of_other_customer", document=header.no, field=name, **names)]
    return []


def _from_service_item(line: ItemLine, service_item: ServiceItem) -> ItemLine:
    has_warranty = bool(service_item.warranty_end_parts or service_item.warranty_end_labor)
    return changed(
        line,
        service_item_no=service_item.no,
        description=service_item.description,
        item_no=service_item.item_no,
        serial_no=service_item.serial_no,
        service_item_group=service_item.service_item_group,
        warranty=has_warranty,
        warranty_start_parts=service_item.warranty_start_parts,
        warranty_end_parts=service_item.warranty_end_parts,
        warranty_start_labor=service_item.warranty_start_labor,
        warranty_end_labor=service_item.warranty_end_labor,
        warranty_pct_parts=service_item.warranty_pct_parts,
        warranty_pct_labor=service_item.warranty_pct_labor,
    )


# --- lines ----------------------------------------------------------------------------------------------------------

# the order in which fields of a line are entered; a field not named here is simply kept
LINE_ORDER = (
    "type",
    "service_item_line_no",
    "service_item_no",
    "work_type_code",
    "no",
    "uom",
    "description",
    "location_code",
    "fault_reason_code",
    "warranty",
    "exclude_warranty",
    "exclude_contract_discount",
    "contract_no",
    "quantity",
    "unit_cost_lcy",
    "unit_price",
    "line_discount_type",
    "line_discount_pct",
    "line_discount_amount",
    "qty_to_consume",
    "qty_to_ship",
    "qty_to_invoice",
    "posting_date",
    "inv_discount_amount",
)
_LINE_READ_ONLY = {
    "line_no",
    "quantity_shipped",
    "quantity_invoiced",
    "quantity_consumed",
    "outstanding_qty",
    "qty_shipped_not_invoiced",
    "line_amount",
    "amount",
    "amount_including_vat",
    "vat_base_amount",
    "system_created",
    "shipment_no",
    "shipment_line_no",
    "order_no",
    "order_line_no",
    "invoice_no",
    "invoice_line_no",
}
LINE_FIELDS = frozenset(name for name in names_of(Line) if not name.endswith("_base")) - _LINE_READ_ONLY
_FIXED_WHEN_SHIPPED = {"type", "no", "variant_code", "uom", "location_code"}
_FIXED_FROM_SHIPMENT = {*_FIXED_WHEN_SHIPPED, "service_item_no", "service_item_line_no", "contract_no"}

# what is to be done with a line leaves its invoice discount; posting a consumption calculates it again (P-133)
_KEEPS_INVOICE_DISCOUNT = {"inv_discount_amount", "qty_to_ship", "qty_to_invoice", "qty_to_consume"}

LineChange = tuple[Line, list[Finding]]


def _with(line: Any, name: str, value: Any) -> Any:
    return changed(line, **{name: value})


def line_order(name: str) -> int:
    """Where a line field stands when several are entered at once."""
    return LINE_ORDER.index(name) if name in LINE_ORDER else len(LINE_ORDER)


def change_line_field(draft: Draft, line: Line, name: str, value: Any) -> LineChange:
    """Type a value into a line (P-33, P-46 … P-57). Error findings refuse it: the line comes back as it was; findings
    of severity warning are notices about the changed line."""
    refused = _fixed(line, name) or typed_value(draft.setup, name, value, line=line.line_no)
    if refused:
        return line, refused
    change = _LINE_CHANGES.get(name)
    after, found = change(draft, line, value) if change else (_with(line, name, value), [])
    if any(f.is_error for f in found):
        return line, found
    after = derived(after, draft.header.document_type, draft.precision)
    if name == "line_discount_amount":
        amount = round_to(value, draft.precision)
        after = changed(
            after,
            line_discount_amount=amount,
            line_amount=after.line_amount + after.line_discount_amount - amount,
        )
    return after if name in _KEEPS_INVOICE_DISCOUNT else prorated(line, after, draft.precision), found


def _fixed(line: Line, name: str) -> list[Finding]:
    """P-57, D-51: what can no longer change on a line that is shipped, from a shipment or from a contract."""
    at: dict[str, Any] = {"line": line.line_no, "field": name}
    if line.appl_to_service_entry or line.contract_line_no:
        return [finding("line_from_contract", **at)]
    if name in _FIXED_FROM_SHIPMENT and line.shipment_no:
        return [finding("line_from_shipment", shipment=line.shipment_no, **at)]
    if name in _FIXED_WHEN_SHIPPED and line.quantity_shipped:
        return [finding("line_shipped", **at)]
    return []


def _change_type(draft: Draft, line: Line, value: str) -> LineChange:
    if value == line.type:
        return line, []
    kept = {
        name: getattr(line, name)
        for name in ("line_no", "posting_date", "order_date", "service_item_line_no", "dim_1", "dim_2", "location_code")
    }
    return changed(new_line(draft.header, line.line_no), type=value, **kept), []


def _change_no(draft: Draft, line: Line, value: str) -> LineChange:
    if not value:
        return changed(line, no=""), []
    if line.type == "blank" and value not in draft.catalog.standard_texts:
        return changed(line, no=value), [
            finding("type_has_no_record", line=line.line_no, field="no", kind="Standard text", name=value)
        ]
    item_line = draft.item_line(line.service_item_line_no)
    fresh = changed(line, no=value, appl_from_item_entry=None, invoice_no="", invoice_line_no=0)
    filled, found = fill(fresh if value != line.no else line, draft.header, item_line, draft.setup, draft.catalog)
    return filled, list(found)


def _change_item_line(draft: Draft, line: Line, value: int) -> LineChange:
    item_line = draft.item_line(value)
    if value and item_line is None:
        at: dict[str, Any] = {"line": line.line_no, "field": "service_item_line_no"}
        return line, [finding("service_item_line_unknown", item_line=value, **at)]
    after = changed(
        line,
        service_item_line_no=value,
        service_item_no=item_line.service_item_no if item_line else "",
        contract_no=item_line.contract_no if item_line else "",
    )
    return (_with_terms_of_item_line(draft, after), []) if after.no else (after, [])


def _with_terms_of_item_line(draft: Draft, line: Line) -> Line:
    item_line = draft.item_line(line.service_item_line_no)
    line = with_warranty(line, draft.header, item_line)
    line = with_contract_discount(line, draft.header, item_line, draft.catalog)
    return (
        with_discount(line, draft.header, draft.setup, draft.catalog) if line.line_discount_type != "manual" else line
    )


def _change_work_type(draft: Draft, line: Line, value: str) -> LineChange:
    line = changed(line, work_type_code=value)
    if line.type != "resource" or not line.no:
        return line, []
    return _change_no(draft, line, line.no)


def _change_uom(draft: Draft, line: Line, value: str) -> LineChange:
    uoms = draft.catalog.item_uoms if line.type == "item" else draft.catalog.resource_uoms
    before = line.qty_per_uom
    per = uoms.get((line.no, value), Decimal(1))
    line = changed(line, uom=value, qty_per_uom=per)
    if line.type not in ("item", "resource") or per == before:
        return line, []
    line = with_cost_lcy(line, line.unit_cost_lcy / before * per, draft.header, draft.setup)
    priced, notices = with_price(line, draft.header, draft.setup, draft.catalog)
    return with_discount(priced, draft.header, draft.setup, draft.catalog), list(notices)


def _change_quantity(draft: Draft, line: Line, value: Decimal) -> LineChange:
    after, found = set_quantity(line, value, draft.header.document_type)
    if found:
        return line, list(found)
    left = draft.left_to_take.get(line.line_no)
    if left is not None and value > left:
        return line, [_more_than_left(line, value, left)]
    by_quantity = any(
        row.product_type == line.type and row.product_no == line.no and row.minimum_quantity > 1
        for row in draft.catalog.price_list
    )
    if by_quantity and value:
        after, notices = with_price(after, draft.header, draft.setup, draft.catalog)
        return with_discount(after, draft.header, draft.setup, draft.catalog), list(notices)
    return after, []


def _more_than_left(line: Line, value: Decimal, left: Decimal) -> Finding:
    """D-51, P-152: a line takes no more than what is left of the posted line that it was made from."""
    at: dict[str, Any] = {"line": line.line_no, "field": "quantity"}
    if line.shipment_line_no:
        at |= {"shipment": line.shipment_no, "shipment_line": line.shipment_line_no}
        return finding("shipment_quantity_exceeded", qty=value, left=left, **at)
    at |= {"invoice": line.invoice_no, "invoice_line": line.invoice_line_no}
    return finding("credited_too_much", most=left, **at)


def _setter(name: str) -> Callable[[Draft, Line, Decimal], LineChange]:
    def change(draft: Draft, line: Line, value: Decimal) -> LineChange:
        if draft.header.document_type != "order":
            return line, [finding("qty_not_on_kind", line=line.line_no, field=name)]
        if line.is_text and value:
            return line, [finding("blank_line_has_quantity", line=line.line_no, field=name)]
        after, found = SETTERS[name](line, value)
        return after, list(found)

    return change


def _change_price(draft: Draft, line: Line, value: Decimal) -> LineChange:
    at: dict[str, Any] = {"line": line.line_no, "field": "unit_price"}
    if line.is_text and value:
        return line, [finding("blank_line_has_quantity", **at)]
    if value < 0:
        return line, [finding("number_negative", **at)]
    most = draft.header.max_labor_unit_price
    if line.type == "resource" and most and value > most:
        return line, [finding("labor_price_exceeded", price=value, most=most, **at)]
    return changed(line, unit_price=value), []


def _change_cost(draft: Draft, line: Line, value: Decimal) -> LineChange:
    if value < 0:
        return line, [finding("number_negative", line=line.line_no, field="unit_cost_lcy")]
    return with_cost_lcy(line, value, draft.header, draft.setup), []


def _change_discount(draft: Draft, line: Line, value: Decimal) -> LineChange:
    """P-50, E07, E08: a typed percentage has type manual, and never lies below what warranty or contract give."""
    at: dict[str, Any] = {"line": line.line_no, "field": "line_discount_pct", "label": "Line discount %"}
    if not ZERO <= value <= HUNDRED:
        return line, [finding("discount_out_of_range", **at)]
    if line.line_discount_type == "warranty" and value == line.line_discount_pct:
        return line, []
    if line.warranty and not line.exclude_warranty and value < line.warranty_disc_pct:
        return line, [finding("discount_below_warranty", kind="warranty", least=line.warranty_disc_pct, **at)]
    if line.line_discount_type == "contract" and value < line.contract_disc_pct:
        return line, [finding("discount_below_warranty", kind="contract", least=line.contract_disc_pct, **at)]
    return changed(line, line_discount_pct=value, line_discount_type="manual" if value else "none"), []


def _change_discount_amount(draft: Draft, line: Line, value: Decimal) -> LineChange:
    gross = round_to(line.chargeable * line.unit_price, draft.precision)
    if value < 0 or value > gross:
        at: dict[str, Any] = {"line": line.line_no, "field": "line_discount_amount"}
        return line, [finding("number_out_of_range", low=money(ZERO), high=money(gross), **at)]
    pct = round_to(value * HUNDRED / gross, Decimal("0.00001")) if gross else ZERO
    return _change_discount(draft, line, pct)


def _change_flag(name: str) -> Callable[[Draft, Line, bool], LineChange]:
    def change(draft: Draft, line: Line, value: bool) -> LineChange:
        after = _with(line, name, value)
        if name == "warranty":
            return with_discount(after, draft.header, draft.setup, draft.catalog), []
        after = with_warranty(after, draft.header, draft.item_line(after.service_item_line_no))
        return with_discount(after, draft.header, draft.setup, draft.catalog), []

    return change


def _change_fault_reason(draft: Draft, line: Line, value: str) -> LineChange:
    """P-29: some reasons exclude the warranty or the contract discount."""
    reason = draft.setup.fault_reasons.get(value)
    line = changed(line, fault_reason_code=value)
    if reason is None or not (reason.exclude_warranty_discount or reason.exclude_contract_discount):
        return line, []
    line = changed(
        line,
        exclude_warranty=line.exclude_warranty or reason.exclude_warranty_discount,
        exclude_contract_discount=line.exclude_contract_discount or reason.exclude_contract_discount,
    )
    return _with_terms_of_item_line(draft, line), []


def _change_contract(draft: Draft, line: Line, value: str) -> LineChange:
    """C-161: the discount follows the contract."""
    line = changed(line, contract_no=value)
    return (_with_terms_of_item_line(draft, line) if line.no else line), []


def _change_return_entry(draft: Draft, line: Line, value: int | None) -> LineChange:
    """P-113: the item entry that goods left with; 0 is none."""
    return changed(line, appl_from_item_entry=value or None), []


def _change_vat_group(name: str) -> Callable[[Draft, Line, str], LineChange]:
    def change(draft: Draft, line: Line, value: str) -> LineChange:
        return with_vat_setup(_with(line, name, value), draft.setup), []

    return change


_LINE_CHANGES: Mapping[str, Callable[[Draft, Line, Any], LineChange]] = {
    "type": _change_type,
    "no": _change_no,
    "service_item_line_no": _change_item_line,
    "work_type_code": _change_work_type,
    "uom": _change_uom,
    "quantity": _change_quantity,
    "qty_to_ship": _setter("qty_to_ship"),
    "qty_to_invoice": _setter("qty_to_invoice"),
    "qty_to_consume": _setter("qty_to_consume"),
    "unit_price": _change_price,
    "unit_cost_lcy": _change_cost,
    "line_discount_pct": _change_discount,
    "line_discount_amount": _change_discount_amount,
    "warranty": _change_flag("warranty"),
    "exclude_warranty": _change_flag("exclude_warranty"),
    "exclude_contract_discount": _change_flag("exclude_contract_discount"),
    "fault_reason_code": _change_fault_reason,
    "contract_no": _change_contract,
    "appl_from_item_entry": _change_return_entry,
    "vat_bus_group": _change_vat_group("vat_bus_group"),
    "vat_prod_group": _change_vat_group("vat_prod_group"),
}


# --- deleting and closing -------------------------------------------------------------------------------------------


def may_delete_line(line: Line) -> list[Finding]:
    """P-57, E17: nothing that is shipped and not invoiced, nothing from a contract entry."""
    at: dict[str, Any] = {"line": line.line_no}
    if line.appl_to_service_entry or line.contract_line_no:
        return [finding("line_from_contract", **at)]
    if line.qty_shipped_not_invoiced:
        return [finding("line_shipped_not_invoiced", qty=line.qty_shipped_not_invoiced, **at)]
    return []


def without_line(lines: Sequence[Line], line_no: int) -> tuple[Line, ...]:
    """The lines without this one and the texts attached to it (P-57), nor the name of a shipment that then stands over
    nothing (D-53)."""
    return without_empty_headings([line for line in lines if line_no not in (line.line_no, line.attached_to_line_no)])


def without_empty_headings(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines without the names of shipments that have no line beneath them any more, and their texts (D-53)."""
    groups: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.line_no):
        begins = is_heading(line) or not groups or groups[-1][0].shipment_no != line.shipment_no
        if begins:
            groups.append([])
        groups[-1].append(line)
    return tuple(
        line
        for group in groups
        if not is_heading(group[0]) or any(not line.is_text for line in group)
        for line in group
    )


def is_heading(line: Line) -> bool:
    """Whether a line is the text that names a shipment."""
    return line.is_text and bool(line.shipment_no) and not line.shipment_line_no and not line.attached_to_line_no


def may_delete_document(header: Header, lines: Sequence[Line]) -> list[Finding]:
    """P-177: an order with something shipped and not invoiced stays."""
    for line in lines:
        if line.qty_shipped_not_invoiced:
            at: dict[str, Any] = {"document": header.no, "open_line": line.line_no}
            return [finding("order_shipped_not_invoiced", no=header.no, qty=line.qty_shipped_not_invoiced, **at)]
    return []


def may_close(header: Header, lines: Sequence[Line]) -> list[Finding]:
    """P-188: every line is invoiced or consumed to its end. One finding that names the lines that are not."""
    left = []
    for line in lines:
        if line.is_text or line.quantity == line.quantity_invoiced + line.quantity_consumed:
            continue
        unshipped, open_qty = line.quantity - line.quantity_shipped, line.qty_shipped_not_invoiced
        what = f"{show(unshipped)} not shipped" if unshipped else f"{show(open_qty)} shipped and not invoiced"
        left.append(f"line {line.line_no} has {what}")
    found = []
    if left:
        more = [f"{len(left) - MOST_NAMED} more lines have something left"] if len(left) > MOST_NAMED else []
        what = ", ".join([*left[:MOST_NAMED], *more])
        found.append(finding("order_cannot_be_closed", document=header.no, no=header.no, what=what))
    if not found and not any(line.quantity for line in lines):
        found.append(nothing_to_post(header.no))
    return found

"""What a line takes from the thing that is chosen on it, and from its header (P-46 … P-52, D-24 … D-26)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from webapp.posting.amounts import from_lcy
from webapp.posting.contract_discounts import Cover, contract_discount
from webapp.posting.findings import Finding, finding
from webapp.posting.money import round_to
from webapp.posting.quantities import derived, initialised
from webapp.posting.records import changed, types_of
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Header, Item, ItemLine, Line, Resource, ServiceItem

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class PriceListLine:
    """A price or line discount for one customer (blank: all) from a date and quantity on (O-46)."""

    product_type: str
    product_no: str
    customer_no: str
    currency_code: str
    uom: str
    starting_date: date
    ending_date: date | None
    minimum_quantity: Decimal
    unit_price: Decimal
    line_discount_pct: Decimal


@dataclass(frozen=True, slots=True)
class ResourcePrice:
    resource_no: str
    work_type_code: str
    unit_price: Decimal
    unit_cost: Decimal


@dataclass(frozen=True, slots=True)
class Catalog:
    """The records that a line can be filled from; the store loads just those the line names."""

    items: Mapping[str, Item] = field(default_factory=dict)
    resources: Mapping[str, Resource] = field(default_factory=dict)
    service_items: Mapping[str, ServiceItem] = field(default_factory=dict)
    standard_texts: Mapping[str, str] = field(default_factory=dict)
    item_uoms: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    resource_uoms: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    resource_prices: Mapping[tuple[str, str], ResourcePrice] = field(default_factory=dict)
    price_list: tuple[PriceListLine, ...] = ()
    covers: Mapping[str, Cover] = field(default_factory=dict)
    """The signed contracts that hold the service items, by number."""


_BLANKS: dict[str, Any] = {"str": "", "Decimal": ZERO, "bool": False, "int": 0}


def blanks_of(kind: type[Header] | type[ItemLine] | type[Line]) -> dict[str, Any]:
    """Every field of a record with nothing in it: "", 0, False, None."""
    return {name: _BLANKS.get(kind_of) for name, kind_of in types_of(kind).items()}


def blank_line(line_no: int) -> Line:
    """A line with nothing on it."""
    return changed(_nothing(), line_no=line_no)


@cache
def _nothing() -> Line:
    values = blanks_of(Line)
    values.update(
        line_no=0,
        type="blank",
        qty_per_uom=ONE,
        line_discount_type="none",
        vat_calculation_type="normal",
        allow_invoice_disc=True,
        allow_line_disc=True,
    )
    return Line(**values)


def next_line_no(header: Header, lines: Iterable[Line]) -> int:
    """The number of a new line: after the last there ever was, for posted lines keep the number of a deleted one."""
    last = max((line.line_no for line in lines), default=0)
    return max(last, header.last_line_no) // 10000 * 10000 + 10000


def with_last_line_no(header: Header, lines: Iterable[Line]) -> Header:
    """The header remembering the highest line no. it ever had."""
    last = max((line.line_no for line in lines), default=0)
    return changed(header, last_line_no=last) if last > header.last_line_no else header


def new_line(header: Header, line_no: int, **values: Any) -> Line:
    """A new line with what the header gives it (D-24), and with `values` besides."""
    return changed(_nothing(), **{**given_to_lines(header), "line_no": line_no, **values})


def given_to_lines(header: Header) -> dict[str, Any]:
    """What a header gives its new lines."""
    return {
        "gen_bus_group": header.gen_bus_group,
        "vat_bus_group": header.vat_bus_group,
        "posting_date": header.posting_date,
        "order_date": header.order_date,
        "location_code": header.location_code,
        "allow_line_disc": header.allow_line_disc,
        "dim_1": header.dim_1,
        "dim_2": header.dim_2,
    }


def with_vat_setup(line: Line, setup: Setup) -> Line:
    """The line with identifier, percentage and calculation of its VAT groups; reverse charge stores 0 % (P-46)."""
    row = setup.vat_posting.get((line.vat_bus_group, line.vat_prod_group))
    if row is None:
        return changed(line, vat_identifier="", vat_pct=ZERO, vat_calculation_type="normal")
    pct = ZERO if row.calculation_type == "reverse_charge" else row.vat_pct
    return changed(line, vat_identifier=row.vat_identifier, vat_pct=pct, vat_calculation_type=row.calculation_type)


# --- what the number brings ---------------------------------------------------------------------------------------


def fill(
    line: Line, header: Header, item_line: ItemLine | None, setup: Setup, catalog: Catalog
) -> tuple[Line, tuple[Finding, ...]]:
    """The line filled from the record its type and number name (P-46 … P-51, D-25).

    Findings: type_has_no_record, item_blocked, resource_blocked and the account findings refuse; labor_price_lowered
    is a notice.
    """
    at: dict[str, Any] = {"line": line.line_no, "field": "no"}
    if line.type == "blank":
        return changed(line, description=catalog.standard_texts.get(line.no, line.description)), ()
    filled, findings = _FILLERS[line.type](line, header, setup, catalog, at)
    if filled is None:
        return line, findings
    filled = with_vat_setup(with_default_dimensions(filled, setup), setup)
    if item_line is not None:
        filled = changed(
            filled,
            service_item_no=filled.service_item_no or item_line.service_item_no,
            contract_no=filled.contract_no or item_line.contract_no,
        )
        filled = with_contract_discount(filled, header, item_line, catalog)
    filled = with_warranty(filled, header, item_line)
    filled, notices = with_price(filled, header, setup, catalog)
    filled = with_discount(filled, header, setup, catalog)
    quantity = filled.quantity or (setup.costs[filled.no].default_quantity if filled.type == "cost" else ZERO)
    filled = initialised(changed(filled, quantity=quantity), header.document_type)
    precision = setup.currency(header.currency_code).amount_rounding_precision
    return derived(filled, header.document_type, precision), (*findings, *notices)


Filled = tuple[Line | None, tuple[Finding, ...]]


def _unknown(kind: str, line: Line, at: dict[str, Any]) -> Filled:
    return None, (finding("type_has_no_record", kind=kind, name=line.no, record=line.no, **at),)


def _fill_item(line: Line, header: Header, setup: Setup, catalog: Catalog, at: dict[str, Any]) -> Filled:
    item = catalog.items.get(line.no)
    if item is None:
        return _unknown("Item", line, at)
    uom = item.sales_uom or item.base_uom
    per = catalog.item_uoms.get((item.no, uom), ONE)
    filled = changed(
        line,
        description=item.description,
        description_2=item.description_2,
        allow_invoice_disc=item.allow_invoice_disc,
        gen_prod_group=item.gen_prod_group,
        vat_prod_group=item.vat_prod_group,
        posting_group=item.inventory_posting_group,
        uom=uom,
        qty_per_uom=per,
    )
    return _with_cost(filled, item.unit_cost * per, header, setup), ()


def _fill_resource(line: Line, header: Header, setup: Setup, catalog: Catalog, at: dict[str, Any]) -> Filled:
    resource = catalog.resources.get(line.no)
    if resource is None:
        return _unknown("Resource", line, at)
    work_type = setup.work_types.get(line.work_type_code)
    uom = (work_type.uom if work_type else "") or resource.base_uom
    per = catalog.resource_uoms.get((resource.no, uom), ONE)
    special = catalog.resource_prices.get((resource.no, line.work_type_code))
    filled = changed(
        line,
        description=resource.name,
        allow_invoice_disc=resource.allow_invoice_disc,
        gen_prod_group=resource.gen_prod_group,
        vat_prod_group=resource.vat_prod_group,
        location_code=resource.location_code or line.location_code,
        posting_group="",
        uom=uom,
        qty_per_uom=per,
    )
    return _with_cost(filled, special.unit_cost if special else resource.unit_cost * per, header, setup), ()


def _fill_cost(line: Line, header: Header, setup: Setup, catalog: Catalog, at: dict[str, Any]) -> Filled:
    cost = setup.costs.get(line.no)
    if cost is None:
        return _unknown("Service cost", line, at)
    account = setup.accounts.get(cost.account_no)
    filled = changed(
        line,
        description=cost.description,
        allow_invoice_disc=cost.allow_invoice_disc,
        gen_prod_group=account.gen_prod_group if account else "",
        vat_prod_group=account.vat_prod_group if account else "",
        posting_group="",
        uom=cost.uom,
        qty_per_uom=ONE,
    )
    return _with_cost(filled, cost.default_unit_cost, header, setup), ()


def _fill_account(line: Line, header: Header, setup: Setup, catalog: Catalog, at: dict[str, Any]) -> Filled:
    account = setup.accounts.get(line.no)
    if account is None:
        return _unknown("G/L account", line, at)
    place = {**at, "table": "gl_account", "record": account.no, "account": account.no}
    if account.account_type != "posting":
        return None, (finding("account_not_posting", label="G/L account", **place),)
    if account.blocked:
        return None, (finding("account_blocked", label="G/L account", **place),)
    if not account.direct_posting:
        return None, (finding("account_no_direct_posting", **place),)
    return changed(
        line,
        description=account.name,
        allow_invoice_disc=False,
        gen_prod_group=account.gen_prod_group,
        vat_prod_group=account.vat_prod_group,
        posting_group="",
        uom="",
        qty_per_uom=ONE,
    ), ()


_FILLERS = {"item": _fill_item, "resource": _fill_resource, "cost": _fill_cost, "gl_account": _fill_account}


def unit_costs(cost_lcy: Decimal, header: Header, setup: Setup) -> tuple[Decimal, Decimal]:
    """Unit cost in LCY and in the document's currency (P-32)."""
    precision = setup.currency(header.currency_code).unit_amount_rounding_precision
    unit_cost_lcy = round_to(cost_lcy, setup.ledger.unit_amount_rounding_precision)
    return unit_cost_lcy, round_to(from_lcy(unit_cost_lcy, header), precision)


def _with_cost(line: Line, cost_lcy: Decimal, header: Header, setup: Setup) -> Line:
    unit_cost_lcy, unit_cost = unit_costs(cost_lcy, header, setup)
    return changed(line, unit_cost_lcy=unit_cost_lcy, unit_cost=unit_cost)


def with_cost_lcy(line: Line, cost_lcy: Decimal, header: Header, setup: Setup) -> Line:
    """The line with a typed unit cost."""
    return _with_cost(line, cost_lcy, header, setup)


def with_default_dimensions(line: Line, setup: Setup) -> Line:
    """The line with the values that its record gives by default; a value that is there stays (D-24)."""
    table = {"cost": "gl_account"}.get(line.type, line.type)
    no = setup.costs[line.no].account_no if line.type == "cost" else line.no
    values = {"dim_1": line.dim_1, "dim_2": line.dim_2}
    names = {setup.ledger.global_dimension_1_code: "dim_1", setup.ledger.global_dimension_2_code: "dim_2"}
    for rule in setup.default_dimensions.get((table, no), ()):
        name = names.get(rule.dimension_code, "")
        if name and rule.value_code and rule.rule != "no_code":
            values[name] = rule.value_code
    return changed(line, dim_1=values["dim_1"], dim_2=values["dim_2"])


# --- price --------------------------------------------------------------------------------------------------------


def _matching(line: Line, header: Header, catalog: Catalog) -> list[PriceListLine]:
    """Price list lines that fit the line, the best last: own customer, then the greatest minimum, then the newest."""
    day = header.order_date or header.posting_date
    found = [
        row
        for row in catalog.price_list
        if row.product_type == line.type
        and row.product_no == line.no
        and row.customer_no in ("", header.bill_to_customer_no)
        and row.uom in ("", line.uom)
        and row.minimum_quantity <= max(line.quantity, ONE if not line.quantity else ZERO)
        and (day is None or (row.starting_date <= day and (row.ending_date is None or day <= row.ending_date)))
    ]
    return sorted(found, key=lambda row: (row.customer_no != "", row.minimum_quantity, row.starting_date))


def _card_price(line: Line, setup: Setup, catalog: Catalog) -> Decimal:
    if line.type == "item":
        return catalog.items[line.no].unit_price * line.qty_per_uom
    if line.type == "resource":
        special = catalog.resource_prices.get((line.no, line.work_type_code))
        return special.unit_price if special else catalog.resources[line.no].unit_price * line.qty_per_uom
    return setup.costs[line.no].default_unit_price if line.type == "cost" else ZERO


def with_price(line: Line, header: Header, setup: Setup, catalog: Catalog) -> tuple[Line, tuple[Finding, ...]]:
    """The proposed unit price in the document's currency (D-26, P-52): the price list's, else the card's converted.

    A price list price and the card price are without VAT; with prices including VAT it is put on. A resource price
    above the maximum labour price is lowered to it, with a notice (P-49, O-30).
    """
    currency = setup.currency(header.currency_code)
    listed = [row for row in _matching(line, header, catalog) if row.unit_price]
    own = [row for row in listed if row.currency_code == header.currency_code]
    local = [row for row in listed if not row.currency_code]
    if own:
        price = own[-1].unit_price
    else:
        price = from_lcy(local[-1].unit_price if local else _card_price(line, setup, catalog), header)
    if header.prices_including_vat:
        price = price * (1 + (ZERO if line.vat_calculation_type == "reverse_charge" else line.vat_pct) / 100)
    price = round_to(price, currency.unit_amount_rounding_precision)
    most = header.max_labor_unit_price
    if line.type == "resource" and most and price > most:
        notice = finding("labor_price_lowered", line=line.line_no, field="unit_price", price=price, most=most)
        return changed(line, unit_price=most), (notice,)
    return changed(line, unit_price=price), ()


# --- warranty and discount ----------------------------------------------------------------------------------------


def with_warranty(line: Line, header: Header, item_line: ItemLine | None) -> Line:
    """Whether the line is under warranty on the order date, and with what percentage (P-51)."""
    off = changed(line, warranty=False, warranty_disc_pct=ZERO)
    if item_line is None or not item_line.warranty or line.exclude_warranty or line.type not in ("item", "resource"):
        return off
    parts = line.type == "item"
    low = item_line.warranty_start_parts if parts else item_line.warranty_start_labor
    high = item_line.warranty_end_parts if parts else item_line.warranty_end_labor
    day = header.order_date or header.posting_date
    if day is None or low is None or high is None or not low <= day <= high:
        return off
    pct = item_line.warranty_pct_parts if parts else item_line.warranty_pct_labor
    return changed(line, warranty=True, warranty_disc_pct=pct)


def with_contract_discount(line: Line, header: Header, item_line: ItemLine | None, catalog: Catalog) -> Line:
    """The line with the percentage that its contract gives (C-161)."""
    resource = catalog.resources.get(line.no) if line.type == "resource" else None
    group = resource.resource_group if resource else ""
    return changed(line, contract_disc_pct=contract_discount(line, header, item_line, catalog.covers, group))


def with_discount(line: Line, header: Header, setup: Setup, catalog: Catalog) -> Line:
    """The greatest of warranty, contract and line discount; on a tie the earlier of them (P-50)."""
    if line.type == "gl_account":
        return line
    listed = [row.line_discount_pct for row in _matching(line, header, catalog) if row.line_discount_pct]
    candidates = [("none", ZERO)]
    if line.allow_line_disc and listed:
        candidates.append(("line", max(listed)))
    if line.contract_disc_pct and not line.exclude_contract_discount:
        candidates.append(("contract", line.contract_disc_pct))
    if line.warranty and not line.exclude_warranty:
        candidates.append(("warranty", line.warranty_disc_pct))
    kind, pct = max(reversed(candidates), key=lambda candidate: candidate[1])
    return changed(line, line_discount_pct=pct, line_discount_type=kind if pct else "none")

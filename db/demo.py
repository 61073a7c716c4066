"""The demo company as plain data: the same for the same work date, whenever and wherever it is made.

`company_pack` gives the set-up, masters and opening stock as a company pack, `orders` the service orders with what is
done to each, `restrictions` what is blocked once the orders are entered. Nothing here writes; the store does.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Row = dict[str, Any]
Pack = dict[str, list[Row]]
FOLDER = Path(__file__).parent / "demo"
SEED = 20_260_316
PASSWORD = "demo"
USERS = (
    ("VIEWER", "Vera Ehrlich", "viewer"),
    ("CLERK", "Clemens Kraus", "clerk"),
    ("POSTER", "Paula Ostermann", "poster"),
    ("ACCOUNTANT", "Anna Conrad", "accountant"),
    ("ADMIN", "Adam Minning", "admin"),
)
MACHINES_EACH = 2


class _Loader(yaml.SafeLoader):
    """Decimals exact."""


_Loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: Decimal(str(node.value)))
_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":bool")]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), ["t", "f"])


@cache
def read_yaml(name: str) -> dict[str, Any]:
    """A file of the demo folder."""
    loaded: dict[str, Any] = yaml.load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), _Loader)
    return loaded


def _dated(value: Any, work_date: date) -> Any:
    """The value with "@-30" replaced by the date, everywhere inside."""
    if isinstance(value, dict):
        return {key: _dated(part, work_date) for key, part in value.items()}
    if isinstance(value, list):
        return [_dated(part, work_date) for part in value]
    if isinstance(value, str) and (found := re.fullmatch(r"@([+-]\d+)", value)):
        return work_date + timedelta(days=int(found[1]))
    return value


def _rows(table: Any) -> list[Row]:
    """A list of rows, or one row, or `columns` with `rows` and `defaults`, or `groups` of such rows."""
    if isinstance(table, list):
        return table
    if "columns" not in table:
        return [table]
    groups = table.get("groups") or {"": {"rows": table["rows"], "set": table.get("defaults") or {}}}
    return [
        {**group.get("set", {}), **dict(zip(table["columns"], values, strict=True))}
        for group in groups.values()
        for values in group["rows"]
    ]


def _changed(rows: list[Row], changes: Mapping[str, Row]) -> list[Row]:
    return [{**row, **changes.get(row["no"], {})} for row in rows]


# --- the company --------------------------------------------------------------------------------------------------


def company_pack(work_date: date) -> Pack:
    """Set-up, customers, items, service items and opening stock."""
    customers, products = read_yaml("customers"), read_yaml("products")
    pack = {name: _rows(table) for name, table in read_yaml("company").items()}
    items = _changed(_rows(products["items"]), products["item_changes"])
    pack["opening_stock"] = [
        {"item_no": item["no"], "quantity": stock, "posting_date": "@-60"}
        for item in items
        if (stock := item.pop("stock"))
    ]
    pack["items"] = [{**item, "standard_cost": item["unit_cost"]} for item in items]
    pack["item_units_of_measure"] = _rows(products["item_units_of_measure"])
    pack["price_list_lines"] = _rows(products["price_list_lines"])
    pack["customers"] = _changed(_rows(customers["customers"]), customers["customer_changes"])
    pack["ship_to_addresses"] = _rows(customers["ship_to_addresses"])
    pack["service_items"] = service_items(work_date)
    made: Pack = _dated(pack, work_date)
    return made


def customer_rows() -> list[Row]:
    return _rows(read_yaml("customers")["customers"])


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine at a customer's: what of its warranty is left on the work date."""

    no: str
    description: str
    group: str
    customer_no: str
    in_warranty: bool
    row: Row = field(compare=False)


@cache
def machines(work_date: date) -> tuple[Machine, ...]:
    chance = random.Random(SEED)
    models = read_yaml("products")["machines"]
    customers = [row["no"] for row in _rows(read_yaml("customers")["customers"])]
    made = []
    for number in range(len(customers) * MACHINES_EACH):
        model = models[(number * 7 + number // len(models)) % len(models)]
        made.append(_machine(chance, number, model, customers[number % len(customers)], work_date))
    return tuple(made)


def _machine(chance: random.Random, number: int, model: Sequence[Any], customer: str, work_date: date) -> Machine:
    description, group, parts_pct, labor_pct = model
    age = chance.randint(40, 1500)
    installed = work_date - timedelta(days=age)
    end = installed + timedelta(days=730)
    row: Row = {
        "no": f"M{70010 + number * 10}",
        "description": description,
        "serial_no": f"{description.split()[-2]}{description.split()[-1]}-{installed:%y%m}-{chance.randint(100, 999)}",
        "service_item_group": group,
        "customer_no": customer,
        "status": "installed",
    }
    if number % 5 < 3:
        row |= {
            "warranty_start_parts": installed,
            "warranty_end_parts": end,
            "warranty_pct_parts": parts_pct,
            "warranty_start_labor": installed,
            "warranty_end_labor": installed + timedelta(days=365),
            "warranty_pct_labor": labor_pct,
        }
    return Machine(row["no"], description, group, customer, number % 5 < 3 and end >= work_date, row)


def service_items(work_date: date) -> list[Row]:
    return [machine.row for machine in machines(work_date)]


def restrictions(work_date: date) -> Pack:
    """What is blocked when the orders are entered."""
    blocked = [order.item_lines[0]["service_item_no"] for order in orders(work_date) if order.blocks_service_item]
    pack = {name: _rows(table) for name, table in read_yaml("orders")["restrictions"].items()}
    return {**pack, "service_items": [{"no": no, "blocked": "all"} for no in blocked]}


# --- orders -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Order:
    """A service order as it is entered, and what is done with it afterwards.

    `lines` name their service item line by its place (1, 2 …) in `item_line`. `steps`: ("type", line, column, value)
    types into a line, ("post", option) posts. `finding` is what the test report says of an order with a problem.
    """

    state: str
    header: Row
    item_lines: list[Row]
    lines: list[Row]
    steps: list[tuple[Any, ...]] = field(default_factory=list)
    finding: str = ""
    blocks_service_item: bool = False


REGIONS = {"EB": "SOUTH", "MK": "WEST", "TS": "EAST"}


def orders(work_date: date) -> list[Order]:
    """All orders, in the order in which they are entered: the oldest first."""
    return [*_regular(work_date), *_with_problems(work_date)]


def _regular(work_date: date) -> Iterator[Order]:
    chance = random.Random(SEED + 1)
    special = {problem["customer"] for problem in read_yaml("orders")["problems"]}
    served = [machine for machine in machines(work_date) if machine.customer_no not in special]
    states = [state for state, count in read_yaml("orders")["states"].items() for _ in range(count)]
    for number, state in enumerate(states):
        machine = served[number * 11 % len(served)]
        age = chance.randint(14, 30) if state == "posted" else chance.randint(0, 24)
        order = _order(chance, state, machine, work_date - timedelta(days=age))
        if number % 4 == 1:
            _add_machine(chance, order, served, machine)
        STEPS[state](chance, order)
        yield order


def _order(chance: random.Random, state: str, machine: Machine, day: date) -> Order:
    fault = chance.choice(read_yaml("orders")["faults"][machine.group])
    order = Order(state, _header(chance, machine, fault, day), [], [])
    _add_work(chance, order, machine, fault)
    if chance.random() < 0.3:
        order.lines.append({"item_line": 1, "type": "blank", "description": _text(chance)})
    return order


def _header(chance: random.Random, machine: Machine, fault: Sequence[Any], day: date) -> Row:
    customer = next(row for row in _rows(read_yaml("customers")["customers"]) if row["no"] == machine.customer_no)
    abroad = customer["country_code"] != "AT"
    header: Row = {
        "customer_no": machine.customer_no,
        "posting_date": day,
        "order_date": day - timedelta(days=chance.randint(0, 6)),
        "description": fault[0],
        "service_order_type": fault[1],
        "dim_1": "FIELD",
        "dim_2": "ABROAD" if abroad else REGIONS[customer["salesperson_code"]],
    }
    if chance.random() < 0.4:
        header["external_document_no"] = f"PO-{chance.randint(4100, 9900)}"
    return header


def _text(chance: random.Random) -> str:
    texts = [row["description"] for row in _rows(read_yaml("company")["standard_texts"])]
    return str(chance.choice(texts))


def _add_work(chance: random.Random, order: Order, machine: Machine, fault: Sequence[Any]) -> None:
    """A service item line with the hours, the parts and the way there."""
    _, kind, hours, parts = fault
    order.item_lines.append({"service_item_no": machine.no, "repair_status_code": _status(order.state)})
    place = len(order.item_lines)
    technician = chance.choice(read_yaml("orders")["technicians"][machine.group])
    extra = Decimal(chance.randint(0, 4)) / 4
    order.lines.append(
        {"item_line": place, "type": "resource", "no": technician, "quantity": Decimal(str(hours)) + extra}
        | {"work_type_code": "INSPECT" if kind == "MAINT" else "REPAIR"}
    )
    order.lines += [
        {"item_line": place, "type": "item", "no": no, "quantity": Decimal(str(count))} for no, count in parts.items()
    ]
    if place == 1:
        trip = chance.choice(("TRIP-1", "TRIP-2", "TRIP-3", "KM"))
        quantity = Decimal(chance.randint(12, 140)) if trip == "KM" else Decimal(1)
        order.lines.append({"item_line": place, "type": "cost", "no": trip, "quantity": quantity})


def _status(state: str) -> str:
    return {"open": "NEW", "started": "WORKING"}.get(state, "DONE")


def _add_machine(chance: random.Random, order: Order, served: Sequence[Machine], first: Machine) -> None:
    """A second machine of the same customer, where there is one."""
    others = [machine for machine in served if machine.customer_no == first.customer_no and machine != first]
    if others:
        _add_work(chance, order, others[0], chance.choice(read_yaml("orders")["faults"][others[0].group]))


# --- what is done with them ---------------------------------------------------------------------------------------


def _countable(order: Order) -> list[tuple[int, Row]]:
    """The lines with a quantity, by their place from 1."""
    return [(place, line) for place, line in enumerate(order.lines, 1) if line["type"] != "blank"]


def _nothing(chance: random.Random, order: Order) -> None:
    """Some of the open orders are prepared line by line."""
    if chance.random() < 0.25:
        place, line = _countable(order)[0]
        order.steps.append(("type", place, "qty_to_ship", line["quantity"] - Decimal(1) / 2))


def _part_shipped(chance: random.Random, order: Order) -> None:
    for place, line in _countable(order):
        part = (line["quantity"] / 2).quantize(Decimal(1)) if line["quantity"] >= 2 else Decimal(0)
        if place > 1:
            order.steps.append(("type", place, "qty_to_ship", part))
    order.steps.append(("post", "ship"))


def _shipped(chance: random.Random, order: Order) -> None:
    order.steps.append(("post", "ship"))


def _part_invoiced(chance: random.Random, order: Order) -> None:
    order.steps.append(("post", "ship"))
    lines = _countable(order)
    for place, line in lines[1:]:
        part = Decimal(0) if place == len(lines) else (line["quantity"] / 2).quantize(Decimal("0.1"))
        order.steps.append(("type", place, "qty_to_invoice", part))
    order.steps.append(("post", "invoice"))


def _consumed(chance: random.Random, order: Order) -> None:
    order.header["description"] = f"At our cost: {order.header['description']}"[:100]
    order.steps += [("type", place, "qty_to_consume", line["quantity"]) for place, line in _countable(order)]


def _posted(chance: random.Random, order: Order) -> None:
    order.steps.append(("post", "ship_and_invoice"))


STEPS = {
    "posted": _posted,
    "open": _nothing,
    "started": _part_shipped,
    "delivered": _shipped,
    "part_invoiced": _part_invoiced,
    "to_consume": _consumed,
}


def _with_problems(work_date: date) -> Iterator[Order]:
    chance = random.Random(SEED + 2)
    for problem in _dated(read_yaml("orders")["problems"], work_date):
        owned = [machine for machine in machines(work_date) if machine.customer_no == problem["customer"]]
        order = _order(chance, "problem", owned[0], work_date - timedelta(days=chance.randint(0, 9)))
        order.finding = problem["finding"]
        order.header |= problem.get("header") or {}
        order.header["order_date"] = min(order.header["order_date"], order.header["posting_date"])
        order.item_lines[0] |= problem.get("item_line") or {}
        order.lines += [{"item_line": 1, **line} for line in problem.get("lines") or []]
        if problem.get("second_item_line"):
            order.item_lines.append({"service_item_no": owned[1].no, "repair_status_code": "NEW"})
        if problem.get("half"):
            order.steps.append(("type", 1, "qty_to_ship", order.lines[0]["quantity"] / 2))
        order.blocks_service_item = bool(problem.get("block_service_item"))
        yield order


# --- for measuring ------------------------------------------------------------------------------------------------

TEN_LINES = (
    ("item", "MEASURE-1", 2),
    ("item", "MEASURE-2", 4),
    ("item", "MEASURE-3", 3),
    ("item", "MEASURE-4", 5),
    ("resource", "T-BRUNNER", 2),
    ("resource", "T-EGGER", 1),
    ("resource", "T-GRUBER", 3),
    ("resource", "E-NEUBAUER", 1),
    ("cost", "TRIP-1", 1),
    ("cost", "START", 1),
)


def measuring_pack(work_date: date) -> Pack:
    """Items with stock for any number of orders."""
    numbers = [no for kind, no, _ in TEN_LINES if kind == "item"]
    like = next(row for row in company_pack(work_date)["items"] if row["no"] == "GA-DIN50")
    items = [{**like, "no": no, "description": f"Part for measuring {no[-1]}"} for no in numbers]
    stock = [{"item_no": no, "quantity": 100_000_000, "posting_date": work_date - timedelta(days=60)} for no in numbers]
    return {"items": items, "opening_stock": stock}


def measuring_order(work_date: date, number: int) -> Order:
    """An order of ten lines: four items, four resource lines, two costs; posted as a whole, spread over 30 days."""
    served = [m for m in machines(work_date) if not m.in_warranty and m.customer_no in _UNTROUBLED]
    machine = served[number % len(served)]
    day = work_date - timedelta(days=number % 30)
    header = {"customer_no": machine.customer_no, "posting_date": day, "order_date": day, "dim_1": "FIELD"}
    header["description"] = f"Measuring order {number + 1}"
    lines = [{"item_line": 1, "type": kind, "no": no, "quantity": Decimal(count)} for kind, no, count in TEN_LINES]
    item_lines = [{"service_item_no": machine.no, "repair_status_code": "DONE"}]
    return Order("posted", header, item_lines, lines, [("post", "ship_and_invoice")])


_UNTROUBLED = frozenset({"C20010", "C20040", "C20070", "C20090", "C20110", "C20140", "C20180", "C20220", "C20280"})

"""The service contracts of the demo company as plain data: of every kind, due so that a run is worth looking at."""

from __future__ import annotations

import calendar
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from db.demo import REGIONS, SEED, Machine, Row, customer_rows, machines, read_yaml


@dataclass(slots=True)
class Contract:
    """A contract as it is entered by somebody who works on `entered_on`, and what is done with it afterwards.

    `then`: signed, else quoted, opened, cancelled or posted. `finding` is why the run skips it.
    """

    kind: str
    header: Row
    lines: list[Row]
    entered_on: date
    then: str = "signed"
    finding: str = ""
    about: str = field(default="", compare=False)


def contracts(work_date: date) -> list[Contract]:
    """All contracts, in the order in which they are entered."""
    return list(_contracts(work_date))


def _contracts(work_date: date) -> Iterator[Contract]:
    chance = random.Random(SEED + 3)
    known = read_yaml("contracts")
    owned: dict[str, list[Machine]] = {}
    for machine in machines(work_date):
        owned.setdefault(machine.customer_no, []).append(machine)
    numbers = dict.fromkeys(("customers", "customers_abroad", "customers_combined"), 0)
    for kind in known["kinds"]:
        for _ in range(kind["count"]):
            group = "customers_abroad" if "abroad" in kind else "customers"
            group = "customers_combined" if "combined" in kind else group
            at = numbers[group]
            numbers[group] += 1
            customer = kind.get("customer") or known[group][at % len(known[group])]
            yield _contract(chance, known["prices"], kind, owned[customer], work_date)


def _contract(
    chance: random.Random, prices: dict[str, list[int]], kind: dict[str, Any], owned: list[Machine], work_date: date
) -> Contract:
    start = _start(kind, work_date)
    customer = next(row for row in customer_rows() if row["no"] == owned[0].customer_no)
    header: Row = {
        "customer_no": customer["no"],
        "description": f"Maintenance of {owned[0].description}"[:100],
        "starting_date": start,
        "invoice_period": kind["period"],
        "prepaid": kind.get("prepaid", False),
        "combine_invoices": kind.get("combined", False),
        "invoice_after_service": kind.get("after_service", False),
        "contract_lines_on_invoice": chance.random() < 0.5,
        "contract_account_group": "MAINT",
        "contract_group_code": chance.choice(("BASIC", "FULL")),
        "service_period": "3M",
        "your_reference": f"F-{chance.randint(100, 999)}",
        "dim_1": "FIELD",
        "dim_2": "ABROAD" if customer["country_code"] != "AT" else REGIONS[customer["salesperson_code"]],
    }
    lines: list[Row] = [
        {"service_item_no": machine.no, "line_value": Decimal(chance.choice(prices["yearly"])), **_discount(kind)}
        for machine in owned[: kind["machines"]]
    ]
    if kind.get("hotline"):
        lines.append({"description": "Hotline", "line_value": Decimal(chance.choice(prices["hotline"]))})
    if "prices_rise" in kind:
        header["next_price_update_date"] = _day(kind["prices_rise"], work_date)
    if day := kind.get("last_ends"):
        lines[-1]["contract_expiration_date"] = start.replace(day=day)
    return Contract(
        kind.get("kind", "contract"),
        header,
        lines,
        min(start, work_date),
        kind.get("then", "signed"),
        kind.get("finding", ""),
        kind["about"],
    )


def _discount(kind: dict[str, Any]) -> Row:
    return {"line_discount_pct": Decimal(kind["discount"])} if "discount" in kind else {}


def _start(kind: dict[str, Any], work_date: date) -> date:
    if day := kind.get("leap_day"):
        leap_years = (year for year in range(work_date.year, 0, -1) if calendar.isleap(year))
        return next(start for year in leap_years if (start := date(year, 2, day)) <= work_date)
    return _day(kind["start"], work_date)


def _day(place: list[int], work_date: date) -> date:
    """A day of a month so many months from that of the work date."""
    months, day = place
    year, month = divmod(work_date.year * 12 + work_date.month - 1 + months, 12)
    return date(year, month + 1, day)

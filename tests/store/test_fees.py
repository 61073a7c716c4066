"""Starting fee, travel fee, and a resource line over several machines (D-29)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.builders import pack
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, ORDER, accept, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import Line
from webapp.store import drafts
from webapp.store.fees import insert_fee, split_line
from webapp.store.posting import post_document

TRIP = {"description": "Trip to zone 2", "account_no": "6410", "default_unit_price": Decimal(92), "cost_type": "travel",
        "service_zone_code": "ZONE-2"}  # fmt: skip


async def an_order(machines: int = 0, quantity: str = "3") -> None:
    await enter_company(pack(service_costs={"TRIP-2": TRIP}, service_setup={"starting_fee_code": "TRAVEL"}))
    await enter_order("C-GOOD", [f"10000 resource LINA qty {quantity}"])
    for at in range(machines):
        accept(await drafts.add_item_line(ANNA, ORDER, {"description": f"Machine {at + 1}"}))


async def lines() -> tuple[Line, ...]:
    document = await drafts.load_document(ORDER)
    assert document
    return document.lines


async def test_fees_come_from_the_set_up_and_from_the_zone_of_the_order(database: str) -> None:
    await an_order(machines=1)
    accept(await insert_fee(ANNA, ORDER, "starting"))
    refused = await insert_fee(ANNA, ORDER, "travel")
    assert [found.code for found in refused.findings] == ["travel_fee_missing"]
    accept(await drafts.change_header(ANNA, ORDER, {"service_zone_code": "ZONE-2"}))
    accept(await insert_fee(ANNA, ORDER, "travel"))
    fees = [(one.type, one.no, one.unit_price, one.service_item_line_no) for one in await lines()][1:]
    assert fees == [("cost", "TRAVEL", 75, 10000), ("cost", "TRIP-2", 92, 10000)]


@pytest.mark.once
async def test_without_a_starting_fee_the_set_up_is_named(database: str) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 resource LINA qty 3"])
    refused = await insert_fee(ANNA, ORDER, "starting")
    assert [found.code for found in refused.findings] == ["starting_fee_missing"]


async def test_a_line_is_split_over_the_machines_and_the_last_takes_the_rest(database: str) -> None:
    await an_order(machines=3, quantity="10")
    accept(await drafts.change_line(ANNA, ORDER, 10000, {"unit_price": Decimal("77.7"), "service_item_line_no": 20000}))
    accept(await split_line(ANNA, ORDER, 10000))
    found = [(one.line_no, one.service_item_line_no, one.quantity, one.unit_price) for one in await lines()]
    price = Decimal("77.7")
    assert found == [
        (10000, 20000, Decimal("3.33333"), price),
        (20000, 10000, Decimal("3.33333"), price),
        (30000, 30000, Decimal("3.33334"), price),
    ]
    result = await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])
    assert result.ok, result.findings
    assert await faults() == []


@pytest.mark.once
async def test_what_cannot_be_split_is_left_as_it_was(database: str) -> None:
    await an_order(machines=1)
    accept(await drafts.add_line(ANNA, ORDER, {"type": "item", "no": "PUMP", "quantity": Decimal(2)}))
    before = await lines()
    for line_no, codes in (
        (10000, ["split_without_item_lines"]),
        (20000, ["split_not_resource", "split_without_item_lines"]),
        (90000, ["line_gone"]),
    ):
        assert [found.code for found in (await split_line(ANNA, ORDER, line_no)).findings] == codes
    assert await lines() == before
    accept(await drafts.add_item_line(ANNA, ORDER, {"description": "Machine 2"}))
    result = await post_document(ANNA, ORDER, REQUESTS["ship"])
    assert result.ok, result.findings
    assert [found.code for found in (await split_line(ANNA, ORDER, 10000)).findings] == ["line_shipped"]

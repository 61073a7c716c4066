"""Release, reopen and status of an order (P-171, P-172, D-17, D-36), through the services."""

from db.engine import transaction
from tests.builders import D, pack
from tests.posting.worlds import ANNA, ORDER, enter_company, enter_order
from webapp.store import drafts

STATUSES = {
    "NEW": {"initial": True, "service_order_status": "pending", "priority": "low"},
    "WAIT": {"service_order_status": "on_hold", "priority": "medium_low", "finished_allowed": False},
    "WORK": {"service_order_status": "in_process", "priority": "high"},
}


def codes(found: drafts.Saved) -> list[str]:
    return [one.code for one in (*found.findings, *found.notices)]


async def order_status() -> str:
    document = await drafts.load_document(ORDER)
    assert document is not None
    return document.header.status


async def test_an_order_is_released_only_with_something_on_it(database: str):
    await enter_company(pack())
    await enter_order("C-GOOD", [])
    assert codes(await drafts.release(ANNA, ORDER)) == ["nothing_to_release"]
    await drafts.add_line(ANNA, ORDER, {"type": "item", "no": "PUMP", "quantity": D(1)})
    assert codes(await drafts.release(ANNA, ORDER)) == []
    document = await drafts.load_document(ORDER)
    assert document is not None and document.header.release_status == "released_to_ship"


async def test_a_released_order_keeps_its_item_lines_until_it_is_reopened(database: str):
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 1"])
    await drafts.add_item_line(ANNA, ORDER, {"description": "Compressor"})
    await drafts.release(ANNA, ORDER)
    line_no = (await _item_lines())[-1]
    changes = {"description": "Compressor 2"}
    assert codes(await drafts.change_item_line(ANNA, ORDER, line_no, changes)) == ["item_line_released"]
    assert codes(await drafts.change_line(ANNA, ORDER, 10000, {"quantity": D(2)})) == []
    await drafts.reopen(ANNA, ORDER)
    assert codes(await drafts.change_item_line(ANNA, ORDER, line_no, changes)) == []


async def _item_lines() -> list[int]:
    document = await drafts.load_document(ORDER)
    assert document is not None
    return [line.line_no for line in document.item_lines]


async def test_the_repair_status_of_highest_priority_gives_the_status(database: str):
    await enter_company(pack(repair_statuses=STATUSES))
    await enter_order("C-GOOD", ["10000 item PUMP qty 1"])
    await drafts.add_item_line(ANNA, ORDER, {"description": "First", "repair_status_code": "WAIT"})
    assert await order_status() == "on_hold"
    await drafts.add_item_line(ANNA, ORDER, {"description": "Second", "repair_status_code": "WORK"})
    assert await order_status() == "in_process"


async def test_a_repair_status_prevents_a_status_by_hand(database: str):
    await enter_company(pack(repair_statuses=STATUSES))
    await enter_order("C-GOOD", ["10000 item PUMP qty 1"])
    await drafts.add_item_line(ANNA, ORDER, {"description": "First", "repair_status_code": "WAIT"})
    refused = await drafts.change_header(ANNA, ORDER, {"status": "finished"})
    assert codes(refused) == ["status_prevented"]
    assert refused.findings[0].message == (
        "You cannot change Status to Finished: Repair status WAIT on item line 10000 prevents it."
    )
    await drafts.change_item_line(ANNA, ORDER, (await _item_lines())[-1], {"repair_status_code": "WORK"})
    assert codes(await drafts.change_header(ANNA, ORDER, {"status": "finished"})) == []
    document = await drafts.load_document(ORDER)
    assert document is not None and document.header.finishing_date is not None


async def test_finished_wants_what_the_set_up_demands(database: str):
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 1"])
    async with transaction() as session:
        await session.execute("UPDATE service_setup SET service_order_type_mandatory = ?", True)
    assert codes(await drafts.change_header(ANNA, ORDER, {"status": "finished"})) == ["mandatory_field_empty"]

"""What the preview shows is what the posting writes, column by column; looking changes nothing (D-78, D-82, O-28)."""

from typing import Any

import pytest

from db.engine import reading
from tests.builders import pack
from tests.posting.worlds import ANNA, ORDER, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.store.ledger_rows import WRITERS
from webapp.store.posting import plan_document, post_document
from webapp.store.preview import planned_entries, planned_rows

LINES = [
    "10000 item PUMP qty 4",
    "20000 resource LINA qty 3 disc 10",
    "30000 cost TRAVEL qty 1",
    "40000 item FILTER qty 2",
]
# given by the database, or by the posting that comes first
NUMBERS = {"entry_no", "posting_run_no", "transaction_no"} | {
    name for writer in WRITERS.values() for name, _ in writer.ledger.references
}


async def written(name: str) -> list[dict[str, Any]]:
    writer = WRITERS[name].writer
    async with reading() as session:
        last = (await session.fetch("SELECT MAX(no) FROM posting_run"))[0][0]
        order_by = "ORDER BY 1" if "entry_no" in writer.names else "ORDER BY id"
        rows = await session.fetch(writer.codec.select(writer.names, f"WHERE posting_run_no = ? {order_by}"), last)
    return [writer.codec.read(writer.names, row) for row in rows]


def without_numbers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in NUMBERS} for row in rows]


@pytest.mark.parametrize("option", ["ship", "ship_and_invoice"])
async def test_the_preview_is_the_posting(database: str, option: str):
    await enter_company(pack())
    await enter_order("C-GOOD", LINES)
    plan = await plan_document(ANNA, ORDER, REQUESTS[option])
    assert plan is not None and plan.may_post
    previewed = planned_rows(plan, ANNA.user)
    assert {"service", "item", "value", "resource"} <= previewed.keys()
    result = await post_document(ANNA, ORDER, REQUESTS[option])
    assert result.ok and [one.no for one in result.posted] == [number.no for number in plan.numbers.values()]
    for name in WRITERS:
        expected = without_numbers(previewed.get(name, []))
        assert sorted(without_numbers(await written(name)), key=str) == sorted(expected, key=str), name


async def test_a_refused_posting_previews_no_entries(database: str):
    await enter_company(pack())
    await enter_order("C-GOOD", LINES)
    plan = await plan_document(ANNA, ORDER, REQUESTS["invoice"])
    assert plan is not None and [f.code for f in plan.errors] == ["nothing_to_post"]
    assert planned_entries(plan, ANNA.user) == []

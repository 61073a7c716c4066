"""Opening stock: open inbound entries with their cost, entered once, without any G/L."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from db.engine import reading
from webapp.store.acting import system
from webapp.store.packs import import_pack
from webapp.store.stock import enter_opening_stock

ANNA = system(date(2026, 3, 16), "ANNA")
PACK = {
    "items": [
        {"no": "I100", "description": "Pump seal", "unit_cost": Decimal("3.333"), "base_uom": "PCS"},
        {"no": "I110", "description": "Visit", "type": "service"},
    ],
    "units_of_measure": [{"code": "PCS"}],
    "locations": [{"code": "EAST"}],
}


@pytest.fixture
async def items(database: str) -> str:
    assert not (await import_pack(ANNA, PACK)).findings
    return database


async def rows(sql: str) -> list[Any]:
    async with reading() as session:
        return await session.fetch(sql)


async def test_stock_is_an_open_inbound_entry_with_its_cost_and_no_more(items: str):
    entered = await enter_opening_stock(ANNA, [{"item_no": "I100", "quantity": "2.5"}])
    assert (entered.created, entered.unchanged) == (1, 0)
    assert await rows(
        "SELECT entry_type, document_no, quantity, remaining_quantity, invoiced_quantity, open, positive, uom"
        " FROM item_ledger_entry"
    ) == [("positive_adjmt", "OPENING", 250000, 250000, 250000, True, True, "PCS")]
    assert await rows(
        "SELECT valued_quantity, cost_per_unit, cost_amount_actual, cost_posted_to_gl FROM value_entry"
    ) == [(250000, 333300, 833000, 0)]
    assert await rows("SELECT source_type, source_no, user_name FROM posting_run") == [("stock", "OPENING", "ANNA")]
    assert await rows("SELECT COUNT(*) FROM gl_entry") == [(0,)]


async def test_the_same_stock_again_changes_nothing(items: str):
    layers = [
        {"item_no": "I100", "quantity": 5, "unit_cost": 3},
        {"item_no": "I100", "quantity": 5, "unit_cost": 4},
        {"item_no": "I100", "quantity": 7, "unit_cost": 4, "location_code": "EAST", "posting_date": "2026-01-01"},
    ]
    assert (await enter_opening_stock(ANNA, layers)).created == 3
    again = await enter_opening_stock(ANNA, layers[::-1])
    assert (again.created, again.unchanged, again.findings) == (0, 3, ())
    assert await rows("SELECT COUNT(*) FROM posting_run") == [(1,)]


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ({"item_no": "I999", "quantity": 1}, "reference_unknown", "item_no"),
        ({"item_no": "I110", "quantity": 1}, "reference_unknown", "item_no"),
        ({"item_no": "I100", "quantity": 0}, "number_out_of_range", "quantity"),
        ({"item_no": "I100", "quantity": -1}, "number_negative", "quantity"),
        ({"item_no": "I100", "quantity": 1, "location_code": "WEST"}, "reference_unknown", "location_code"),
        ({"item_no": "I100", "quantity": 1, "open": True}, "field_unknown", "open"),
        ({"item_no": "I100", "quantity": 6}, "already_exists", "quantity"),
    ],
)
async def test_wrong_stock_is_refused_and_nothing_is_written(items: str, row: dict[str, Any], code: str, field: str):
    await enter_opening_stock(ANNA, [{"item_no": "I100", "quantity": 5}])
    entered = await enter_opening_stock(ANNA, [{"item_no": "I100", "quantity": 5, "location_code": "EAST"}, row])
    assert [(at, found.code, found.field) for at, found in entered.findings] == [(1, code, field)]
    assert await rows("SELECT COUNT(*) FROM item_ledger_entry") == [(1,)]

"""Two people undo, invoice and change the same lines at once; a double click: one undoing, and the other is told."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest

from db.engine import reading, transaction
from tests.builders import D, pack
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, ORDER, database_rows, enter_company, enter_order
from tests.scenarios.world import row_hashes
from webapp.posting.plan import REQUESTS
from webapp.posting.records import changed
from webapp.posting.undo import UndoRequest
from webapp.store import drafts
from webapp.store.consume import consume_shipped
from webapp.store.posting import PostingResult, post_document
from webapp.store.undo import UndoResult, look_at_undo, undo_lines, undo_result

LINES = ["10000 item PUMP qty 4", "20000 resource LINA qty 3"]
BOTH = UndoRequest("undo_shipment", frozenset({10000, 20000}))
PUMP = UndoRequest("undo_shipment", frozenset({10000}))


@pytest.fixture
async def shipment(database: str) -> str:
    """The company with one order, shipped."""
    await enter_company(pack())
    await enter_order("C-GOOD", LINES)
    result = await post_document(ANNA, ORDER, REQUESTS["ship"])
    return result.posted[0].no


async def version() -> int:
    document = await drafts.load_document(ORDER)
    assert document is not None
    return document.header.row_version


def outcomes(results: list[Any]) -> list[str]:
    return sorted("done" if result.ok else result.findings[0].code for result in results)


async def quantities() -> list[tuple[int, int]]:
    rows = await database_rows("SELECT line_no, quantity FROM service_shipment_line ORDER BY line_no")
    return [(row["line_no"], row["quantity"] // 100_000) for row in rows]


async def test_two_undo_the_same_line_at_once(shipment: str):
    results = await asyncio.gather(*(undo_lines(ANNA, shipment, PUMP) for _ in range(2)))
    assert outcomes(list(results)) == ["done", "undone_already"]
    assert await quantities() == [(10000, 4), (15000, -4), (20000, 3)]
    assert await faults() == []


async def test_the_second_has_seen_an_older_order(shipment: str):
    seen = await version()
    lines = (PUMP, UndoRequest("undo_shipment", frozenset({20000})))
    results = await asyncio.gather(*(undo_lines(ANNA, shipment, one, row_version=seen) for one in lines))
    assert outcomes(list(results)) == ["document_changed", "done"]
    assert await faults() == []


async def test_one_invoices_what_the_other_undoes(shipment: str):
    invoiced: PostingResult | None
    undone, invoiced = await asyncio.gather(
        undo_lines(ANNA, shipment, BOTH), post_document(ANNA, ORDER, REQUESTS["invoice"])
    )
    assert undone is not None and sorted([undone.ok, invoiced.ok]) == [False, True]
    refused = undone.findings if not undone.ok else invoiced.findings
    assert refused[0].code in ("undo_taken", "undo_order_closed", "nothing_to_post")
    assert await faults() == []


async def test_eight_undo_ship_and_invoice_at_random(shipment: str):
    """No quantity is undone or invoiced twice, whoever comes first (R-3)."""

    async def work(number: int) -> UndoResult | PostingResult | None:
        option = ("ship", "invoice")[number % 2]
        if number % 3:
            return await post_document(ANNA, ORDER, REQUESTS[option])
        rows = await database_rows("SELECT document_no, line_no FROM service_shipment_line ORDER BY id")
        row = rows[number % len(rows)]
        return await undo_lines(ANNA, row["document_no"], UndoRequest("undo_shipment", frozenset({row["line_no"]})))

    for _ in range(3):
        await asyncio.gather(*(work(number) for number in range(8)))
    assert await faults() == []


async def test_a_double_click(shipment: str):
    seen = await version()
    results = await asyncio.gather(
        *(undo_lines(ANNA, shipment, BOTH, row_version=seen, token="form-1") for _ in range(5))
    )
    assert [result is not None and result.ok for result in results] == [True] * 5
    assert sorted(result is not None and result.repeated for result in results) == [False, True, True, True, True]
    first, *others = sorted((one for one in results if one is not None), key=lambda one: one.repeated)
    assert all((one.run, one.lines, one.changes) == (first.run, first.lines, first.changes) for one in others)
    assert await undo_result("form-1", "undo_shipment", shipment) == others[0]
    assert await undo_result("form-1", "undo_consumption", shipment) is None
    assert await faults() == []


async def test_a_form_used_for_something_else_is_refused(shipment: str):
    await undo_lines(ANNA, shipment, PUMP, token="form-1")
    before = await row_hashes()
    rest = UndoRequest("undo_shipment", frozenset({20000}))
    other = await undo_lines(ANNA, shipment, rest, token="form-1")
    posted = await post_document(ANNA, ORDER, REQUESTS["ship"], token="form-1")
    assert outcomes([other, posted]) == ["form_used_otherwise", "form_used_otherwise"]
    assert await undo_lines(ANNA, "S-9", PUMP) is None
    assert await row_hashes() == before


async def test_a_fault_in_the_middle_leaves_nothing(shipment: str, monkeypatch: pytest.MonkeyPatch):
    before = await row_hashes()

    def break_off(*_: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("webapp.store.undo._log_batch", break_off)
    with pytest.raises(RuntimeError):
        await undo_lines(ANNA, shipment, BOTH)
    assert await row_hashes() == before


async def test_undone_and_shipped_again_the_stock_is_the_same(shipment: str):
    async def stock() -> list[tuple[int, bool]]:
        sql = "SELECT remaining_quantity, open FROM item_ledger_entry WHERE entry_type <> 'sale' ORDER BY entry_no"
        return [(row["remaining_quantity"], bool(row["open"])) for row in await database_rows(sql)]

    shipped = await stock()
    assert (await undo_lines(ANNA, shipment, BOTH)) is not None
    assert await stock() != shipped
    assert (await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])).closed
    assert await stock() == shipped
    assert await faults() == []


async def test_stock_used_up_comes_back_open(database: str):
    """The inbound entry was drawn to nothing and closed; undone, it is open again (P-167)."""
    await enter_company(pack(), [{"item_no": "PUMP", "quantity": 4, "unit_cost": D(320), "posting_date": "2025-01-01"}])
    await enter_order("C-GOOD", ["10000 item PUMP qty 6"])
    sql = "SELECT quantity, remaining_quantity, open FROM item_ledger_entry ORDER BY entry_no"

    async def entries() -> list[tuple[int, int, bool]]:
        rows = await database_rows(sql)
        return [(row["quantity"] // 10**5, row["remaining_quantity"] // 10**5, bool(row["open"])) for row in rows]

    result = await post_document(ANNA, ORDER, REQUESTS["ship"])
    assert await entries() == [(4, 0, False), (-6, -2, True)]
    await undo_lines(ANNA, result.posted[0].no, PUMP)
    assert await entries() == [(4, 4, True), (-6, 0, False), (6, 0, False)]
    assert await faults() == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            "UPDATE service_shipment_line SET quantity_invoiced = 0, qty_shipped_not_invoiced = quantity"
            " WHERE line_no = 10000",
            "not invoiced",
        ),
        ("UPDATE service_shipment_line SET correction = FALSE WHERE line_no = 10000", "correcting line"),
        ("UPDATE item_ledger_entry SET remaining_quantity = remaining_quantity + 1 WHERE quantity > 0", "remaining"),
    ],
)
async def test_verify_sees_a_spoilt_correction(shipment: str, change: str, says: str):
    await undo_lines(ANNA, shipment, BOTH)
    async with transaction() as session:
        await session.execute(change)
    assert any(says in one for one in await faults())


# --- consumed afterwards (P-187) --------------------------------------------------------------------------------------


async def test_two_consume_the_same_line_at_once(shipment: str):
    results = await asyncio.gather(*(consume_shipped(ANNA, shipment, frozenset({10000})) for _ in range(2)))
    assert outcomes(list(results)) == ["done", "undone_already"]
    assert await quantities() == [(10000, 4), (10000, 4), (15000, -4), (20000, 3)]
    assert await faults() == []


async def test_one_consumes_with_a_double_click_and_the_order_closes(shipment: str):
    seen, lines = await version(), frozenset({10000, 20000})
    results = await asyncio.gather(
        *(consume_shipped(ANNA, shipment, lines, row_version=seen, token="form-1") for _ in range(3))
    )
    assert [result is not None and (result.ok, result.closed) for result in results] == [(True, True)] * 3
    assert sorted(result is not None and result.repeated for result in results) == [False, True, True]
    assert await drafts.load_document(ORDER) is None
    assert await faults() == []


async def test_the_rest_of_a_line_stays_to_be_shipped(database: str):
    """Part of a line is shipped on another day; consumed, it carries the order's date (P-187, P-60)."""
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 4 date 2025-03-05", "20000 resource LINA qty 3"])
    for line_no in (10000, 20000):
        await drafts.change_line(ANNA, ORDER, line_no, {"qty_to_ship": D(1)})
    shipped = await post_document(ANNA, ORDER, changed(REQUESTS["ship"], lines=frozenset({10000, 20000})))
    await drafts.change_line(ANNA, ORDER, 20000, {"qty_to_ship": D(2)})
    result = await consume_shipped(ANNA, shipped.posted[0].no, frozenset({10000}))
    assert result is not None and result.ok and not result.closed
    document = await drafts.load_document(ORDER)
    assert document is not None
    pump, lina = document.lines
    assert (pump.quantity_shipped, pump.quantity_consumed, pump.qty_to_ship, pump.qty_to_invoice) == (1, 1, 3, 3)
    assert (lina.quantity_shipped, lina.quantity_consumed, lina.qty_to_ship) == (1, 0, 2)
    assert pump.posting_date == date(2025, 3, 5)
    rows = await database_rows("SELECT posting_date FROM item_ledger_entry WHERE entry_type = 'negative_adjmt'")
    assert [str(row["posting_date"]) for row in rows] == [str(document.header.posting_date)]
    assert await faults() == []


async def test_a_look_writes_nothing_and_takes_no_lock(shipment: str):
    before = await row_hashes()
    async with reading():
        looked = await look_at_undo(ANNA, shipment, BOTH)
    assert looked is not None and looked.plan.may_undo and looked.entries
    assert await look_at_undo(ANNA, "S-9", BOTH) is None
    assert await row_hashes() == before

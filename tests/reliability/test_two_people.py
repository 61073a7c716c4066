"""Two people, two tabs, a double click: one posting, and the other is told (P-8, P-178, R-4)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from db import engine
from db.engine import transaction
from tests.builders import D, pack
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, ORDER, database_rows, enter_company, enter_order
from tests.scenarios.world import row_hashes
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.posting import PostingResult, post_document

LINES = ["10000 item PUMP qty 4", "20000 resource LINA qty 3"]
BOTH, SHIP = REQUESTS["ship_and_invoice"], REQUESTS["ship"]


@pytest.fixture
async def orders(database: str) -> str:
    """The company with one open order."""
    await enter_company(pack())
    await enter_order("C-GOOD", LINES)
    return database


async def version() -> int:
    document = await drafts.load_document(ORDER)
    assert document is not None
    return document.header.row_version


def outcomes(results: list[PostingResult]) -> list[Any]:
    return sorted("posted" if result.ok else result.findings[0].code for result in results)


async def numbers(table: str) -> list[str]:
    return [row["no"] for row in await database_rows(f"SELECT no FROM {table} ORDER BY LENGTH(no), no")]


async def test_two_post_the_same_order_at_once(orders: str):
    seen = await version()
    results = await asyncio.gather(*(post_document(ANNA, ORDER, BOTH, row_version=seen) for _ in range(2)))
    assert outcomes(list(results)) == ["document_gone", "posted"]
    assert await numbers("service_invoice_header") == ["I-1"]
    assert await faults() == []


async def test_two_ship_at_once_and_the_second_has_seen_an_older_order(orders: str):
    seen = await version()
    results = await asyncio.gather(*(post_document(ANNA, ORDER, SHIP, row_version=seen) for _ in range(2)))
    assert outcomes(list(results)) == ["document_changed", "posted"]
    assert await numbers("service_shipment_header") == ["S-1"]
    assert await faults() == []


async def test_one_changes_while_the_other_posts(orders: str):
    seen = await version()
    saved, result = await asyncio.gather(
        drafts.change_line(ANNA, ORDER, 10000, {"qty_to_ship": D(1)}, row_version=seen),
        post_document(ANNA, ORDER, SHIP, row_version=seen),
    )
    assert sorted([saved.ok, result.ok]) == [False, True]
    refused = saved.findings if not saved.ok else result.findings
    assert [found.code for found in refused] == ["document_changed"]


async def test_an_order_deleted_meanwhile(orders: str):
    assert (await drafts.delete_document(ANNA, ORDER)).ok
    assert outcomes([await post_document(ANNA, ORDER, BOTH)]) == ["document_gone"]


# --- once only (O-42) -------------------------------------------------------------------------------------------------


async def test_the_same_form_twice_answers_with_the_first_result(orders: str):
    first = await post_document(ANNA, ORDER, SHIP, token="form-1")
    before = await row_hashes()
    second = await post_document(ANNA, ORDER, SHIP, token="form-1", row_version=1)
    assert (first.repeated, second.repeated) == (False, True)
    assert second.posted == first.posted and second.findings == first.findings
    assert await row_hashes() == before


async def test_also_when_the_order_is_in_the_archive(orders: str):
    first = await post_document(ANNA, ORDER, BOTH, token="form-1")
    second = await post_document(ANNA, ORDER, BOTH, token="form-1")
    assert first.closed and second.closed and second.repeated and second.posted == first.posted
    assert await numbers("service_invoice_header") == ["I-1"]


async def test_a_form_used_for_something_else_is_refused(orders: str):
    await post_document(ANNA, ORDER, SHIP, token="form-1")
    before = await row_hashes()
    assert outcomes([await post_document(ANNA, ORDER, BOTH, token="form-1")]) == ["form_used_otherwise"]
    other = DocumentKey("order", "SO-2")
    assert outcomes([await post_document(ANNA, other, SHIP, token="form-1")]) == ["form_used_otherwise"]
    assert await row_hashes() == before


async def test_a_double_click(orders: str):
    seen = await version()
    results = await asyncio.gather(
        *(post_document(ANNA, ORDER, BOTH, row_version=seen, token="form-1") for _ in range(5))
    )
    assert [result.ok for result in results] == [True] * 5
    assert sorted(result.repeated for result in results) == [False, True, True, True, True]
    assert len({result.posted for result in results}) == 1
    assert await numbers("service_invoice_header") == ["I-1"]
    assert await faults() == []


async def test_one_token_on_two_orders_at_once(orders: str):
    await enter_order("C-GOOD", LINES, no="SO-2")
    keys = (ORDER, DocumentKey("order", "SO-2"))
    results = await asyncio.gather(*(post_document(ANNA, key, BOTH, token="form-1") for key in keys))
    assert outcomes(list(results)) == ["form_used_otherwise", "posted"]
    assert await numbers("service_invoice_header") == ["I-1"]
    assert await faults() == []


async def test_a_refused_posting_leaves_its_form_usable(orders: str):
    await drafts.change_line(ANNA, ORDER, 10000, {"qty_to_ship": D(0)})
    await drafts.change_line(ANNA, ORDER, 20000, {"qty_to_ship": D(0)})
    assert outcomes([await post_document(ANNA, ORDER, SHIP, token="form-1")]) == ["nothing_to_post"]
    await drafts.change_line(ANNA, ORDER, 10000, {"qty_to_ship": D(4)})
    result = await post_document(ANNA, ORDER, SHIP, token="form-1")
    assert result.ok and not result.repeated


# --- many at once -----------------------------------------------------------------------------------------------------


async def test_twenty_postings_at_once_draw_numbers_without_a_gap(orders: str):
    keys = [ORDER, *[await enter_order("C-GOOD", LINES, no=f"SO-{n}") for n in range(2, 21)]]
    refused = await enter_order("C-GOOD", LINES, no="SO-99")
    await drafts.change_header(ANNA, refused, {"posting_date": None})
    results = await asyncio.gather(*(post_document(ANNA, key, BOTH) for key in [*keys, refused]))
    assert outcomes(list(results)) == ["field_required"] + ["posted"] * 20
    assert await numbers("service_invoice_header") == [f"I-{n}" for n in range(1, 21)]
    assert await numbers("service_shipment_header") == [f"S-{n}" for n in range(1, 21)]
    assert await faults() == []


async def test_a_number_that_exists_already_is_told(orders: str):
    """Someone has set the series back: nothing is written, and the message names the number."""
    await post_document(ANNA, ORDER, BOTH)
    second = await enter_order("C-GOOD", LINES, no="SO-2")
    async with transaction() as session:
        await session.execute("UPDATE number_series_line SET last_no_used = '' WHERE series_code = 'INVOICES'")
    before = await row_hashes()
    assert outcomes([await post_document(ANNA, second, BOTH)]) == ["document_no_exists"]
    assert await row_hashes() == before


# --- a posting that breaks off ----------------------------------------------------------------------------------------


class Broken(Exception):
    pass


async def test_broken_off_at_any_statement_nothing_is_left(orders: str, statements: list[str]):
    """The statements of one posting, each failed in turn: the database is as it was, and then it is posted."""
    await enter_order("C-GOOD", LINES, no="SO-2")
    before = await row_hashes()
    at = 0
    while True:
        at += 1
        engine.statement_hook = failing_at(at)
        try:
            result = await post_document(ANNA, ORDER, BOTH, token="form-1")
            break
        except Broken:
            engine.statement_hook = None
            assert await row_hashes() == before, f"broken off at statement {at}"
        finally:
            engine.statement_hook = None
    assert at > 20 and result.ok and not result.repeated
    assert await numbers("service_invoice_header") == ["I-1"]
    assert await faults() == []


def failing_at(statement: int) -> Any:
    seen = 0

    def count(sql: str) -> None:
        nonlocal seen
        seen += not sql.startswith("ROLLBACK")
        if seen == statement:
            raise Broken(sql)

    return count

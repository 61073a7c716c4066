"""Two people credit, cancel and pay the same invoice at once: nothing comes back twice, and the second is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.builders import TODAY, D, pack
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, ORDER, accept, database_rows, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.applications import look_at_entries, mark_entries
from webapp.store.cancel import cancel_invoice
from webapp.store.copying import copy_document
from webapp.store.crediting import create_credit_memo
from webapp.store.posting import PostingResult, post_document

LINES = ["10000 item PUMP qty 4", "20000 resource LINA qty 3"]
BOTH = REQUESTS["ship_and_invoice"]


@pytest.fixture
async def invoice(database: str) -> str:
    """The company with one order, shipped and invoiced."""
    await enter_company(pack())
    await enter_order("C-GOOD", LINES)
    result = await post_document(ANNA, ORDER, BOTH)
    assert result.ok
    return result.posted[-1].no


def outcomes(results: Any) -> list[str]:
    return sorted("done" if result.ok else result.findings[0].code for result in results)


async def credited() -> dict[int, int]:
    """By line of the invoice, what was credited of it."""
    rows = await database_rows(
        "SELECT invoice_line_no, SUM(quantity) AS back FROM service_cr_memo_line WHERE invoice_no <> ''"
        " GROUP BY invoice_line_no ORDER BY invoice_line_no"
    )
    return {int(row["invoice_line_no"]): int(row["back"]) // 100_000 for row in rows}


async def copies(invoice: str, count: int) -> list[DocumentKey]:
    """Credit memos that would each take the whole invoice back."""
    keys = []
    for _ in range(count):
        saved = accept(await drafts.create_document(ANNA, "credit_memo", {"customer_no": "C-GOOD"}))
        assert saved.key
        accept(await copy_document(ANNA, saved.key, "posted_invoice", invoice))
        accept(await drafts.change_header(ANNA, saved.key, {"applies_to_doc_no": ""}))
        keys.append(saved.key)
    return keys


async def post_all(keys: list[DocumentKey]) -> list[PostingResult]:
    return list(await asyncio.gather(*(post_document(ANNA, key, BOTH) for key in keys)))


async def test_two_drafts_over_the_same_line_at_once(invoice: str):
    results = await asyncio.gather(*(create_credit_memo(ANNA, invoice, {10000: D(3)}) for _ in range(4)))
    assert outcomes(results) == ["credited_too_much"] * 3 + ["done"]


async def test_two_drafts_that_fit_both_come_to_be(invoice: str):
    results = await asyncio.gather(*(create_credit_memo(ANNA, invoice, {10000: D(2)}) for _ in range(3)))
    assert outcomes(results)[1:] == ["done", "done"]
    posted = await post_all([result.key for result in results if result is not None and result.ok and result.key])
    assert await credited() == {10000: 4} and all(one.ok for one in posted)
    assert await faults() == []


async def test_several_credit_memos_over_all_of_it_post_at_once(invoice: str):
    results = await post_all(await copies(invoice, 4))
    assert sum(one.ok for one in results) == 1
    refused = [{found.code for found in one.findings} for one in results if not one.ok]
    assert all("credited_too_much" in codes for codes in refused), refused
    assert await credited() == {10000: 4, 20000: 3}
    assert await faults() == []


async def test_two_cancel_the_same_invoice_at_once(invoice: str):
    forms = ("first-form-0123456789", "other-form-0123456789")
    results = await asyncio.gather(*(cancel_invoice(ANNA, invoice, TODAY, token=form) for form in forms))
    assert outcomes(results) == ["done", "invoice_cancelled_already"]
    assert await credited() == {10000: 4, 20000: 3}
    assert await faults() == []


async def test_a_double_click_on_cancel_cancels_once(invoice: str):
    form = "first-form-0123456789"
    results = await asyncio.gather(*(cancel_invoice(ANNA, invoice, TODAY, token=form) for _ in range(4)))
    assert outcomes(results) == ["done"] * 4
    assert len({result.credit_memo_no for result in results if result is not None}) == 1
    assert await credited() == {10000: 4, 20000: 3}


async def test_one_cancels_while_the_other_credits(invoice: str):
    (key,) = await copies(invoice, 1)
    results = await asyncio.gather(post_document(ANNA, key, BOTH), cancel_invoice(ANNA, invoice, TODAY))
    assert outcomes(results)[1:] == ["done"] and not all(result is not None and result.ok for result in results)
    assert await credited() == {10000: 4, 20000: 3}
    assert await faults() == []


async def test_one_cancels_while_the_other_invoices_the_next_of_the_order(database: str):
    await enter_company(pack())
    await enter_order("C-GOOD", LINES)
    accept(await drafts.change_line(ANNA, ORDER, 10000, {"qty_to_ship": D(1)}))
    first = await post_document(ANNA, ORDER, BOTH)
    invoice = first.posted[-1].no
    results = await asyncio.gather(post_document(ANNA, ORDER, BOTH), cancel_invoice(ANNA, invoice, TODAY))
    assert "done" in outcomes(results)
    assert await faults() == []


async def test_two_credit_memos_close_the_same_entry_at_once(invoice: str):
    """Both are marked for all of it in turn: the second finds it marked, closed or with less left than it wants."""
    keys = []
    for _ in range(2):
        saved = accept(await drafts.create_document(ANNA, "credit_memo", {"customer_no": "C-GOOD"}))
        assert saved.key
        values = {"type": "item", "no": "PUMP", "quantity": D(1)}
        accept(await drafts.add_line(ANNA, saved.key, values))
        keys.append(saved.key)
    looked = await look_at_entries(keys[0])
    assert looked
    wanted = {one.entry.entry_no: D(10) for one in looked.entries if one.entry.document_no == invoice}
    marked = await asyncio.gather(*(mark_entries(ANNA, key, wanted) for key in keys))
    assert outcomes(marked).count("done") == 1
    await post_all(keys)
    assert await faults() == []

"""The number of statements of a page does not grow with its rows (F-8)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.acting import Acting
from webapp.store.copying import copy_document
from webapp.store.posting import PostingResult, post_document

POLLY = Acting("POLLY", "poster", TODAY)
MANY = 60  # more than a page of a list


def lines(count: int) -> list[str]:
    kinds = ("item PUMP qty 2", "resource LINA qty 3")
    return [f"{at * 10000} {kinds[at % 2]}" for at in range(1, count + 1)]


async def posted(no: str, option: str = "ship_and_invoice") -> PostingResult:
    result = await post_document(POLLY, DocumentKey("order", no), REQUESTS[option])
    assert result.ok, result.findings
    return result


@pytest.fixture
async def poster(browser: Browser) -> Browser:
    await enter_company(pack())
    await browser.sign_in("POLLY")
    return browser


async def counts(browser: Browser, statements: list[str], paths: Sequence[str]) -> list[int]:
    found = []
    for path in paths:
        await browser.get(path)  # what is kept from one request to the next is there afterwards
        statements.clear()
        assert (await browser.get(path)).status_code == 200, path
        found.append(len(statements))
    return found


async def test_pages_of_an_order_ask_as_often_for_200_lines_as_for_5(poster: Browser, statements: list[str]) -> None:
    pages = []
    for no, count in (("SO-5", 5), ("SO-200", 200)):
        await enter_order("C-GOOD", lines(count), no=no)
        pages.append([f"/service-orders/{no}{rest}" for rest in ("", "/posting", "/preview")])
    few, many = [await counts(poster, statements, paths) for paths in pages]
    assert few == many
    assert max(many) < 40
    documents = []
    for no in ("SO-5", "SO-200"):
        paths = {"shipment": "/posted-service-shipments", "invoice": "/posted-service-invoices"}
        made = [f"{paths[one.kind]}/{one.no}" for one in (await posted(no)).posted]
        documents.append([*made, *(f"{path}/print" for path in made)])
    few, many = [await counts(poster, statements, paths) for paths in documents]
    assert few == many
    assert max(many) < 40


async def test_a_change_of_a_quantity_asks_as_often_for_200_lines_as_for_5(
    poster: Browser, statements: list[str]
) -> None:
    found = []
    for no, count in (("SO-5", 5), ("SO-200", 200)):
        await enter_order("C-GOOD", lines(count), no=no)
        form = {"line-10000-qty_to_ship": "1"}
        statements.clear()
        answer = await poster.post(f"/service-orders/{no}/lines/10000", form, **{"HX-Request": "true"})
        assert answer.status_code == 200
        found.append(len(statements))
    assert found[0] == found[1]


async def test_lists_and_ledgers_ask_as_often_for_many_rows_as_for_few(poster: Browser, statements: list[str]) -> None:
    lists = ("/service-orders", "/posted-service-shipments", "/posted-service-invoices", "/search?q=good", "/")
    lists += ("/ledgers/general-ledger", "/ledgers/service-ledger", "/ledgers/posting-runs", "/service-orders.csv")
    await enter_order("C-GOOD", lines(2), no="SO-0")
    await posted("SO-0")
    await enter_order("C-GOOD", lines(2), no="SO-1")
    few = await counts(poster, statements, lists)
    for at in range(MANY):
        await enter_order("C-GOOD", lines(1), no=f"SO-1{at:03}")
        if at % 2:
            await posted(f"SO-1{at:03}")
    many = await counts(poster, statements, lists)
    assert dict(zip(lists, few, strict=True)) == dict(zip(lists, many, strict=True))


async def test_pages_of_a_credit_memo_ask_as_often_for_60_lines_as_for_5(
    poster: Browser, statements: list[str]
) -> None:
    asked = []
    for no, count in (("SO-5", 5), ("SO-60", 60)):
        await enter_order("C-GOOD", lines(count), no=no)
        invoice = (await posted(no)).posted[-1].no
        saved = await drafts.create_document(POLLY, "credit_memo", {"customer_no": "C-GOOD"})
        assert saved.key
        assert (await copy_document(POLLY, saved.key, "posted_invoice", invoice)).ok
        memo, of = f"/service-credit-memos/{saved.key.no}", f"/posted-service-invoices/{invoice}"
        paths = [f"{memo}{rest}" for rest in ("", "/panel", "/posting", "/preview", "/applications", "/copy")]
        paths += [f"{of}{rest}" for rest in ("/credit-memo", "/cancellation", "/correction")]
        asked.append(await counts(poster, statements, paths))
        result = await post_document(POLLY, saved.key, REQUESTS["ship_and_invoice"])
        assert result.ok, result.findings
        asked[-1] += await counts(poster, statements, [f"/posted-service-credit-memos/{result.posted[-1].no}"])
    few, many = asked
    assert few == many
    assert max(many) < 45

"""Combine shipments and Delete invoiced orders on the pages: preview, ticks, result (D-56 … D-63)."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any

import httpx
import pytest

from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ANNA, enter_company, enter_order
from tests.scenarios.world import row_hashes
from webapp.posting.plan import REQUESTS
from webapp.store.batch_work import Worker, finish
from webapp.store.posting import post_document

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases

DAY = TODAY.isoformat()
ASKED = f"/combine-shipments?asked=1&posting_date={DAY}&document_date={DAY}&per=customer"


async def shipped(no: str, customer: str, marked: bool = True) -> None:
    key = await enter_order(customer, ["10000 item PUMP qty 1"], no=no, combine_shipments=marked)
    assert (await post_document(ANNA, key, REQUESTS["ship"])).ok


@pytest.fixture
async def poster(browser: Browser) -> Browser:
    window = {"allow_posting_from": date(2024, 1, 1)}
    await enter_company(pack(ledger_setup=window, service_setup={"close_invoiced_orders": "batch"}))
    await shipped("SO-1", "C-GOOD")
    await shipped("SO-2", "C-GOOD")
    await shipped("SO-3", "C-CASH")
    await shipped("SO-4", "C-GOOD", marked=False)
    await browser.sign_in("POLLY")
    return browser


def form_of(answer: httpx.Response, id: str) -> dict[str, Any]:
    html = answer.text.partition(f'id="{id}"')[2].partition("</form>")[0]
    pairs = [(name, unescape(value)) for name, value in re.findall(r'name="([a-z_]+)" value="([^"]*)"', html)]
    form: dict[str, Any] = {name: value for name, value in pairs if name not in ("group", "order")}
    return {**form, "group": [v for n, v in pairs if n == "group"], "order": [v for n, v in pairs if n == "order"]}


async def worked(place: str) -> None:
    worker, no = Worker(), int(place.rsplit("/", 1)[1])
    await worker.take()
    await finish(worker, no)


async def test_the_invoices_are_shown_before_they_are_made(poster: Browser) -> None:
    before = await row_hashes()
    shown = await poster.get("/combine-shipments")
    assert await row_hashes() == before
    assert shown.text.count('name="group"') == 2
    assert "it is not marked for combining" in shown.text
    unmarked = await poster.get(f"{ASKED}&include_unmarked=true")
    assert "it is not marked for combining" not in unmarked.text


async def test_a_date_outside_the_window_is_marked_and_posts_nothing(poster: Browser) -> None:
    asked = ASKED.replace(f"posting_date={DAY}", "posting_date=2000-01-02")
    said = "Posting date 02/01/2000 is not within your range of allowed posting dates"
    assert said in unescape((await poster.get(asked)).text)
    before = await row_hashes()
    form = form_of(await poster.get(f"{asked}&post_invoices=true"), "combine")
    refused = await poster.post("/combine-shipments", form)
    assert refused.status_code == 422 and said in unescape(refused.text)
    assert await row_hashes() == before
    started = await poster.post("/combine-shipments", {**form, "post_invoices": ""})
    assert started.status_code == 303  # invoices may be made for it, and wait


async def test_ticked_invoices_are_made_and_their_result_stays(poster: Browser) -> None:
    shown = await poster.get(f"{ASKED}&post_invoices=true")
    form = form_of(shown, "combine")
    started = await poster.post("/combine-shipments", {**form, "group": form["group"][1:]})
    assert started.status_code == 303
    place = started.headers["location"]
    assert (await poster.get(place)).status_code == 200
    await worked(place)
    result = await poster.get(place)
    assert "1 invoice created and posted." in result.text
    assert ("Combine shipments and post" in result.text and "Northern" in result.text) or "C-GOOD" in result.text
    assert "Invoiced EUR" in result.text or "Invoiced LCY" in result.text
    again = await poster.post("/combine-shipments", {**form, "group": form["group"][1:]})
    assert again.status_code in (303, 422)
    form = form_of(await poster.get(ASKED), "combine")
    created = (await poster.post("/combine-shipments", form)).headers["location"]
    await worked(created)
    result = await poster.get(created)
    assert "1 invoice created." in result.text and ">Created " in result.text and "Invoiced " not in result.text
    assert re.search(r'href="/batches/new\?kind=invoice&amp;select=[^"]+">Post the invoices…</a>', result.text)
    assert "Combine shipments and post" in (await poster.get("/batches")).text


async def test_without_dates_or_ticks_nothing_starts(poster: Browser) -> None:
    form = form_of(await poster.get(ASKED), "combine")
    dateless = await poster.post("/combine-shipments", {**form, "posting_date": "", "document_date": ""})
    assert dateless.status_code == 422 and "Posting date must be filled in" in dateless.text
    unticked = await poster.post("/combine-shipments", {**form, "group": []})
    assert unticked.status_code == 422 and "no group is ticked" in unticked.text


@pytest.mark.parametrize("query", ["posting_date=x", "per=nobody", "shipped_from=99-99", "customer_no=" + "x" * 99])
async def test_nonsense_is_answered_with_what_is_wrong(poster: Browser, query: str) -> None:
    shown = await poster.get(f"{ASKED}&{query}")
    assert shown.status_code == 200
    assert "There is one problem" in shown.text or "problems" in shown.text or "Nothing that is shipped" in shown.text


async def test_invoiced_orders_are_looked_at_and_deleted(poster: Browser) -> None:
    form = form_of(await poster.get(f"{ASKED}&post_invoices=true"), "combine")
    await worked((await poster.post("/combine-shipments", form)).headers["location"])
    shown = await poster.get("/delete-invoiced-orders")
    assert shown.text.count('name="order"') == 3
    narrowed = await poster.get("/delete-invoiced-orders?customer_no=C-CASH")
    assert narrowed.text.count('name="order"') == 1
    chosen = form_of(shown, "delete-orders")
    started = await poster.post("/delete-invoiced-orders", {**chosen, "order": ["SO-1", "SO-2"]})
    assert started.status_code == 303
    await worked(started.headers["location"])
    result = (await poster.get(started.headers["location"])).text
    assert "2 orders deleted." in result and "All invoiced orders, 1 not ticked" in result
    assert "Print" not in result.partition('id="main"')[2]
    assert (await poster.get("/delete-invoiced-orders")).text.count('name="order"') == 1
    empty = await poster.post("/delete-invoiced-orders", {**chosen, "order": ["SO-1"]})
    assert empty.status_code == 422


async def test_a_clerk_may_not_run_it(poster: Browser) -> None:
    await poster.sign_in("CLARA")
    for path in ("/combine-shipments", "/delete-invoiced-orders"):
        assert (await poster.get(path)).status_code == 403
        assert (await poster.post(path)).status_code == 403
    assert 'href="/combine-shipments"' not in (await poster.get("/shipments-to-invoice")).text

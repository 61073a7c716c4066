"""Undoing on the pages: choose, look, undo, and what the shipment and the order say afterwards (D-106)."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from db.engine import transaction
from tests.builders import TODAY, D, pack
from tests.pages.conftest import Browser
from tests.posting.verified import faults
from tests.posting.worlds import ORDER, enter_company, enter_order
from tests.scenarios.world import row_hashes
from webapp.posting.plan import REQUESTS
from webapp.store import drafts
from webapp.store.acting import Acting
from webapp.store.posting import post_document

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases

POLLY = Acting("POLLY", "poster", TODAY)
SHIPMENT = "/posted-service-shipments/S-1"
LINES = ["10000 item PUMP qty 4", "20000 resource LINA qty 2", "30000 text as agreed"]


@pytest.fixture
async def poster(browser: Browser) -> Browser:
    await enter_company(pack())
    await enter_order("C-GOOD", LINES)
    await browser.sign_in("POLLY")
    return browser


async def ship(option: str = "ship") -> None:
    result = await post_document(POLLY, ORDER, REQUESTS[option])
    assert result.ok, result.findings


def form_of(answer: httpx.Response) -> dict[str, Any]:
    """The fields of the form that undoes."""
    html = answer.text.partition('id="undo-form"')[2].partition("</form>")[0]
    pairs = re.findall(r'name="([a-z_]+)" value="([^"]*)"', html)
    given: dict[str, Any] = {name: value for name, value in pairs if name != "line"}
    return {**given, "line": [value for name, value in pairs if name == "line"]}


async def test_chosen_lines_are_looked_at_and_undone(poster: Browser) -> None:
    await ship()
    shown = await poster.get(SHIPMENT)
    assert f'href="{SHIPMENT}/undo-shipment">Undo shipment</a>' in shown.text
    assert 'title="Nothing of it is consumed, or it is undone already.">Undo consumption</button>' in shown.text
    choice = await poster.get(f"{SHIPMENT}/undo-shipment")
    assert choice.text.count('name="line"') == choice.text.count(" checked") == 2  # no text line
    before = await row_hashes()
    asked = await poster.get(f"{SHIPMENT}/undo-shipment?chosen=1&line=10000")
    assert await row_hashes() == before
    assert "Undo shipment of 1 line" in asked.text
    assert "15000" in asked.text and "Item ledger" in asked.text and "General ledger" in asked.text
    done = await poster.post(f"{SHIPMENT}/undo-shipment", form_of(asked))
    assert done.status_code == 303, done.text
    result = await poster.get(done.headers["location"])
    assert result.status_code == 200 and "1 line of shipment" in result.text
    token = done.headers["location"].rpartition("/")[2]
    assert (await poster.get(f"/service-orders/SO-1/postings/{token}")).status_code == 404  # no posting
    document = await drafts.load_document(ORDER)
    assert document is not None
    assert [(line.quantity_shipped, line.qty_to_ship) for line in document.lines[:2]] == [(D(0), D(4)), (D(2), D(0))]
    again = await poster.get(SHIPMENT)
    assert "Shipment undone" in again.text and re.search(r'href="/posting-runs/\d+">run', again.text)
    assert ">-4</td>" in again.text or ">−4</td>" in again.text
    assert await faults() == []


async def test_the_same_form_twice_and_an_old_form(poster: Browser) -> None:
    await ship()
    first = form_of(await poster.get(f"{SHIPMENT}/undo-shipment?line=10000"))
    second = form_of(await poster.get(f"{SHIPMENT}/undo-shipment?line=10000"))
    done = await poster.post(f"{SHIPMENT}/undo-shipment", first)
    before = await row_hashes()
    repeated = await poster.post(f"{SHIPMENT}/undo-shipment", first)
    assert (done.status_code, repeated.status_code) == (303, 303)
    assert done.headers["location"] == repeated.headers["location"]
    old = await poster.post(f"{SHIPMENT}/undo-shipment", second)
    assert old.status_code == 409 and "has already been undone" in old.text
    bare = await poster.post(f"{SHIPMENT}/undo-shipment", {"line": "20000"})
    assert bare.status_code == 409 and "was changed by someone else" in bare.text
    assert await row_hashes() == before


async def test_what_is_invoiced_is_not_offered(poster: Browser) -> None:
    await ship("ship_and_invoice")
    page = (await poster.get(SHIPMENT)).text
    assert 'title="Order SO-1 is closed.">Undo shipment</button>' in page
    choice = (await poster.get(f"{SHIPMENT}/undo-shipment")).text
    assert "Part of it is invoiced" in choice and choice.count(" disabled") == 3
    asked = (await poster.get(f"{SHIPMENT}/undo-shipment?line=10000")).text
    assert "part of it is invoiced" in asked and 'id="undo-form"' not in asked


async def test_consumption_of_a_closed_order(poster: Browser) -> None:
    for line in (10000, 20000):
        await drafts.change_line(POLLY, ORDER, line, {"qty_to_consume": D(4 if line == 10000 else 2)})
    await ship("ship_and_consume")
    asked = (await poster.get(f"{SHIPMENT}/undo-consumption?line=10000")).text
    assert '<a href="/service-orders/SO-1/closed">' in asked and "SO-1 is already closed" in asked


async def test_what_was_shipped_is_consumed_afterwards(poster: Browser) -> None:
    """O-8: undone, shipped and consumed in one go; the other line stays as it is."""
    await ship()
    assert f'href="{SHIPMENT}/consumption">Consume shipped quantity</a>' in (await poster.get(SHIPMENT)).text
    asked = await poster.get(f"{SHIPMENT}/consumption?line=10000")
    assert "Consume shipped quantity of 1 line" in asked.text and "are shipped and consumed on" in asked.text
    form = form_of(asked)
    done = await poster.post(f"{SHIPMENT}/consumption", form)
    assert (done.status_code, done.headers["location"][:33]) == (
        303,
        "/service-orders/SO-1/postings/" + form["token"][:3],
    )
    result = await poster.get(done.headers["location"])
    assert "Shipment S-2" in result.text and "stays open" in result.text
    assert (await poster.post(f"{SHIPMENT}/consumption", form)).headers["location"] == done.headers["location"]
    document = await drafts.load_document(ORDER)
    assert document is not None
    assert [(one.quantity_shipped, one.quantity_consumed) for one in document.lines[:2]] == [(4, 4), (2, 0)]
    assert await faults() == []


async def test_what_cannot_be_consumed_is_refused_and_nothing_stays_undone(poster: Browser) -> None:
    await ship()
    form = form_of(await poster.get(f"{SHIPMENT}/consumption?line=10000"))
    async with transaction() as session:  # its date is closed meanwhile, that of the shipped line is not
        await session.execute("UPDATE service_header SET posting_date = '2025-04-01' WHERE no = 'SO-1'")
        await session.execute("UPDATE ledger_setup SET allow_posting_to = '2025-03-31'")
    before = await row_hashes()
    refused = await poster.post(f"{SHIPMENT}/consumption", form)
    assert refused.status_code == 422 and "is not within your range" in refused.text
    assert await row_hashes() == before


async def test_from_the_order(poster: Browser) -> None:
    assert "Nothing is shipped yet" in (await poster.get("/service-orders/SO-1/shipped-lines")).text
    await ship()
    assert 'href="/service-orders/SO-1/shipped-lines"' in (await poster.get("/service-orders/SO-1")).text
    page = (await poster.get("/service-orders/SO-1/shipped-lines")).text
    assert f'href="{SHIPMENT}/undo-shipment?line=10000"' in page
    assert "Undo shipment of 1 line" in (await poster.get(f"{SHIPMENT}/undo-shipment?line=10000")).text


async def test_nothing_chosen_and_nothing_there(poster: Browser) -> None:
    await ship()
    assert "There is nothing to undo" in (await poster.get(f"{SHIPMENT}/undo-shipment?chosen=1")).text
    assert "There is nothing to undo" in (await poster.get(f"{SHIPMENT}/undo-shipment?line=30000")).text
    assert "does not exist any more" in (await poster.get(f"{SHIPMENT}/undo-shipment?line=70000")).text
    assert (await poster.get("/posted-service-shipments/S-9/undo-shipment")).status_code == 404
    token = "x" * 30
    for kind in ("undo-shipment", "undo-consumption"):
        assert (await poster.get(f"{SHIPMENT}/{kind}/{token}")).status_code == 404
    done = await post_document(POLLY, ORDER, REQUESTS["invoice"], token="y" * 30)
    assert done.ok and (await poster.get(f"{SHIPMENT}/undo-shipment/{'y' * 30}")).status_code == 404
    gone = await poster.post("/posted-service-shipments/S-9/undo-shipment", {"token": token, "row_version": "1"})
    assert gone.status_code == 404


async def test_a_clerk_may_look_and_not_undo(browser: Browser) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", LINES)
    await ship()
    await browser.sign_in("CLARA")
    assert "Undo shipment" not in (await browser.get(SHIPMENT)).text
    assert (await browser.get(f"{SHIPMENT}/undo-shipment")).status_code == 403
    assert (await browser.post(f"{SHIPMENT}/undo-shipment", {"line": "10000"})).status_code == 403
    assert "/undo-shipment" not in (await browser.get("/service-orders/SO-1/shipped-lines")).text

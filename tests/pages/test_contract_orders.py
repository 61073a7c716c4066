"""Create contract service orders on the pages: preview, what is left, the result (C-155 … C-157)."""

from __future__ import annotations

import pytest

from tests.pages.conftest import Browser
from tests.pages.test_combine import worked
from tests.store.contract_company import agreed, enter, sign
from tests.store.test_contract_orders import block, plan

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases

PATH = "/create-contract-service-orders"
FEBRUARY = {"first": "2025-02-01", "last": "2025-02-28"}


@pytest.fixture
async def poster(browser: Browser) -> Browser:
    """Two machines to be served in February, one of them blocked, and one that was left in January."""
    await enter()
    no = await agreed("1200", "600", "300", description="Care of press 1")
    await sign(no, "2025-01-01")
    await plan(no, M1="2025-02-10", M2="2025-02-20", M3="2025-01-10")
    await block("service_item", "M2")
    await browser.sign_in("POLLY")
    return browser


async def test_orders_are_shown_before_they_are_made_and_the_result_says_why_some_are_not(poster: Browser) -> None:
    contract = await poster.get("/service-contracts/SC-1")
    assert f'href="{PATH}?contract_no=SC-1"' in contract.text
    first = await poster.get(f"{PATH}?contract_no=SC-1")
    assert first.status_code == 200 and 'value="SC-1"' in first.text
    look = await poster.get(f"{PATH}?first=2025-02-01&last=2025-02-28&contract_no=")
    assert "Create 1 order" in look.text and "1 line gets none" in look.text
    assert "without an order: 1 line, the oldest for" in look.text
    assert "Service item M2 is blocked." in look.text
    started = await poster.post(PATH, FEBRUARY)
    assert started.status_code == 303
    place = started.headers["location"]
    await worked(place)
    result = await poster.get(place)
    assert "1 order created, 1 line without an order." in result.text
    assert "Create contract service orders" in result.text and "/service-orders/SO-1" in result.text
    assert f"{PATH}?first=2025-02-01" in result.text
    order = await poster.get("/service-orders/SO-1")
    assert order.status_code == 200 and "Care of press 1" in order.text


async def test_what_cannot_be_asked_is_refused_with_what_was_typed(poster: Browser) -> None:
    for values, said in (
        ({"first": "2025-03-01", "last": "2025-02-28"}, "is before Starting date"),
        ({**FEBRUARY, "contract_no": "SC-99"}, "Contract no.: SC-99 does not exist"),
        ({"first": "2025-02-01", "last": ""}, "Ending date must be filled in."),
    ):
        refused = await poster.post(PATH, values)
        assert refused.status_code == 422
        assert said in refused.text
        assert 'value="2025-0' in refused.text


async def test_an_order_by_hand_comes_under_a_contract_that_is_looked_up(poster: Browser) -> None:
    made = await poster.post("/service-orders/new", {"customer_no": "C-GOOD"})
    path = made.headers["location"]
    shown = (await poster.get(path)).text
    assert 'data-lookup="/look-up/service-contracts"' in shown and "Contract SC-" not in shown
    found = (await poster.get("/look-up/service-contracts?q=press&id=f-contract_no-list")).text
    assert 'data-value="SC-1"' in found and "C-GOOD, Care of press 1" in found
    refused = await poster.post(f"{path}/header", {"shown": "", "contract_no": "sc-9"})
    assert refused.status_code == 422
    assert "SC-9 does not exist" in refused.text and 'value="sc-9"' in refused.text
    saved = await poster.post(f"{path}/header", {"shown": "", "contract_no": "sc-1"})
    assert saved.status_code == 303
    assert '<a href="/service-contracts/SC-1">Contract SC-1</a>' in (await poster.get(path)).text


async def test_a_contract_that_brings_another_currency_is_asked_about_and_can_be_left_out(browser: Browser) -> None:
    """The question names what was typed, the contract; answered with no, nothing of it stays."""
    await enter()
    no = await agreed("1200", currency_code="EUR")
    await sign(no, "2025-01-01")
    await browser.sign_in("POLLY")
    path = (await browser.post("/service-orders/new", {"customer_no": "C-GOOD"})).headers["location"]
    line = {"new-type": "item", "new-no": "FILTER", "new-quantity": "1"}
    assert (await browser.post(f"{path}/lines", line)).status_code == 303
    form = {"shown": '{"contract_no": ""}', "contract_no": no}
    asked = await browser.post(f"{path}/header", form)
    assert asked.status_code == 422 and f"Change contract no. from blank to {no}?" in asked.text
    kept = await browser.post(f"{path}/header", {**form, "_confirmed": "no"})
    assert kept.status_code == 303
    after = (await browser.get(path)).text
    assert f">Contract {no}<" not in after and "It stays as it was." in after

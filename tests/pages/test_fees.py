"""Fees and splitting from the pages of an order (D-29)."""

from __future__ import annotations

import pytest

from tests.builders import pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ANNA, ORDER, accept, enter_company, enter_order
from webapp.store import drafts

pytestmark = pytest.mark.once
PATH = "/service-orders/SO-1"


async def test_a_clerk_inserts_fees_and_splits_a_line(browser: Browser) -> None:
    await enter_company(pack(service_setup={"starting_fee_code": "TRAVEL"}))
    await enter_order("C-GOOD", ["10000 resource LINA qty 3"])
    for name in ("Pump", "Fan"):
        accept(await drafts.add_item_line(ANNA, ORDER, {"description": name}))
    await browser.sign_in("CLARA")
    shown = await browser.get(PATH)
    assert f'action="{PATH}/starting-fee"' in shown.text
    assert "Service zone" in shown.text
    assert (await browser.post(f"{PATH}/starting-fee")).status_code == 303
    assert "The starting fee is line 20000." in (await browser.get(PATH)).text
    refused = await browser.post(f"{PATH}/travel-fee")
    assert (refused.status_code, "no travel cost for service zone blank" in refused.text) == (422, True)
    assert f'action="{PATH}/lines/10000/split"' in (await browser.get(f"{PATH}/lines/10000")).text
    assert "/split" not in (await browser.get(f"{PATH}/lines/20000")).text
    assert (await browser.post(f"{PATH}/lines/10000/split")).status_code == 303
    assert "Line 10000 is split over the service items." in (await browser.get(PATH)).text


async def test_who_only_reads_inserts_nothing(browser: Browser) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 resource LINA qty 3"])
    await browser.sign_in("VERA")
    for rest in ("starting-fee", "travel-fee", "lines/10000/split"):
        assert (await browser.post(f"{PATH}/{rest}")).status_code == 403

"""Extended texts from the page of a line (D-30)."""

from __future__ import annotations

import pytest

from tests.builders import pack
from tests.pages.conftest import Browser
from tests.posting.worlds import enter_company, enter_order

pytestmark = pytest.mark.once
LINE = "/service-orders/SO-1/lines/10000"


async def test_a_clerk_puts_a_text_beneath_a_line(browser: Browser) -> None:
    made = pack()
    made["extended_texts"] = [{"type": "resource", "no": "LINA", "text_no": 1, "text": "Worked by <hand>"}]
    await enter_company(made)
    await enter_order("C-GOOD", ["10000 resource LINA qty 3", "20000 item PUMP qty 1"])
    await browser.sign_in("VERA")
    assert (await browser.post(f"{LINE}/extended-text")).status_code == 403
    await browser.sign_in("CLARA")
    assert f'action="{LINE}/extended-text"' in (await browser.get(LINE)).text
    assert (await browser.post(f"{LINE}/extended-text")).status_code == 303
    assert "Worked by &lt;hand&gt;" in (await browser.get("/service-orders/SO-1")).text
    refused = await browser.post("/service-orders/SO-1/lines/20000/extended-text")
    assert (refused.status_code, "There is no extended text for line 20000" in refused.text) == (422, True)

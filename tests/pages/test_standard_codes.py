"""Standard service codes from the page of an order (D-31)."""

from __future__ import annotations

import pytest

from tests.builders import pack
from tests.pages.conftest import Browser
from tests.posting.worlds import enter_company, enter_order

pytestmark = pytest.mark.once
PATH = "/service-orders/SO-1"


async def test_a_clerk_inserts_a_bundle(browser: Browser) -> None:
    made = pack()
    made["standard_service_codes"] = [{"code": "CHECK", "description": "Yearly check"}]
    made["standard_service_lines"] = [
        {"standard_service_code": "CHECK", "line_no": 10000, "type": "resource", "no": "LINA", "quantity": 2}
    ]
    await enter_company(made)
    await enter_order("C-GOOD", ["10000 item PUMP qty 2"])
    await browser.sign_in("CLARA")
    assert f'href="{PATH}/standard-codes"' in (await browser.get(PATH)).text
    assert "Yearly check" in (await browser.get(f"{PATH}/standard-codes")).text
    refused = await browser.post(f"{PATH}/standard-codes", {"standard_service_code": "GONE"})
    assert refused.status_code == 422
    assert (await browser.post(f"{PATH}/standard-codes", {"standard_service_code": "CHECK"})).status_code == 303
    assert "The lines of CHECK are added." in (await browser.get(PATH)).text
    await browser.sign_in("VERA")
    assert (await browser.post(f"{PATH}/standard-codes", {"standard_service_code": "CHECK"})).status_code == 403

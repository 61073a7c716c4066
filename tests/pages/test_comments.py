"""The comments of a document on their page, and on the posted document (D-32)."""

from __future__ import annotations

import re

import pytest

from tests.builders import pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ANNA, ORDER, accept, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.store import drafts
from webapp.store.posting import post_document

pytestmark = pytest.mark.once
PATH = "/service-orders/SO-1/comments"


async def test_a_clerk_writes_a_comment_and_finds_it_on_the_posted_invoice(browser: Browser) -> None:
    await enter_company(pack(service_setup={"copy_comments_to_invoice": True}))
    await enter_order("C-GOOD", ["10000 item PUMP qty 2"])
    accept(await drafts.add_item_line(ANNA, ORDER, {"description": "Pump in cellar"}))
    await browser.sign_in("POLLY")
    assert f'href="{PATH}"' in (await browser.get("/service-orders/SO-1")).text
    await browser.get(PATH)
    refused = await browser.post(PATH, {"type": "fault", "text": "Bearing <worn>", "print_on_document": "true"})
    assert refused.status_code == 422
    assert "belongs to a service item line" in refused.text
    assert "Bearing &lt;worn&gt;" in refused.text
    form = {"type": "fault", "service_item_line_no": "10000", "text": "Bearing <worn>"}
    assert (await browser.post(PATH, form)).status_code == 303
    mark = re.search(rf'action="({PATH}/\d+/print)"', (await browser.get(PATH)).text)
    assert mark
    assert (await browser.post(mark[1], {"print_on_document": "true"})).status_code == 303
    result = await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])
    assert result.ok, result.findings
    for rest in ("", "/print"):
        page = await browser.get(f"/posted-service-invoices/{result.posted[-1].no}{rest}")
        assert "Bearing &lt;worn&gt;" in page.text


async def test_who_only_reads_sees_comments_and_changes_none(browser: Browser) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 2"])
    await browser.sign_in("VERA")
    shown = await browser.get(PATH)
    assert shown.status_code == 200
    assert "Add comment" not in shown.text
    for rest in ("", "/1/print", "/1/deletion"):
        assert (await browser.post(PATH + rest, {"type": "general", "text": "x"})).status_code == 403

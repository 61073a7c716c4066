"""What the page of a contract says about days that were billed before somebody decided otherwise."""

from __future__ import annotations

import re

import pytest

from tests.pages.conftest import Browser
from tests.store.contract_company import agreed, enter, invoice, on, post, sign
from webapp.posting.snapshot import DocumentKey, PostingRequest
from webapp.store.posting import post_document

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases

PATH = "/service-contracts/SC-1"


@pytest.fixture
async def poster(browser: Browser) -> Browser:
    await enter()
    await browser.sign_in("POLLY")
    return browser


async def a_quarter() -> None:
    """One line, April to June prepaid and posted."""
    await sign(await agreed("1200", start="2026-04-01", period="quarter", prepaid=True), "2026-04-01")
    assert (await post(await invoice("SC-1", "2026-04-01"), "2026-04-01")).ok


async def strip(browser: Browser) -> list[str]:
    """The stretches of the line in words."""
    html = (await browser.get(PATH)).text.partition('class="days-words"')[2].partition("</ul>")[0]
    return [re.sub(r"<[^>]+>", "", one).strip() for one in re.findall(r"<li>(.*?)</li>", html, re.S)]


async def test_days_billed_beyond_the_end_of_a_line_stay_in_sight_until_they_are_credited(poster: Browser) -> None:
    await a_quarter()
    assert (await poster.post(f"{PATH}/steps/opening", {})).status_code == 303
    saved = await poster.post(f"{PATH}/header", {"expiration_date": "15-06-2026"})
    assert saved.status_code == 303, saved.text
    warned = (await poster.get(PATH)).text
    assert "Line 10000: The line is invoiced up to 30/06/2026: a credit memo may be needed." in warned
    assert await strip(poster) == [
        "Invoiced 01/04/2026 to 15/06/2026, I-1",
        "Invoiced 16/06/2026 to 30/06/2026, I-1, after the line's end: not credited",
    ]
    history = (await poster.get(f"{PATH}/history")).text.partition('id="changes"')[2]
    assert "<td></td><td>15/06/2026</td>" in history and "<td>Locked</td><td>Open</td>" in history
    sure = {"cancel_reason_code": "", "expire_on": "20-05-2026", "_confirmed": "contract_pending_documents"}
    asked = await poster.post(f"{PATH}/steps/cancelling", sure)
    assert asked.status_code == 422 and "<td>20/05/2026 to 31/05/2026</td><td>Prepaid</td>" in asked.text
    assert "takes back 20/05/2026 to 30/06/2026, both days included: 138.71." in asked.text
    sure["_confirmed"] += ",contract_cancel_credits"
    assert (await poster.post(f"{PATH}/steps/cancelling", sure)).status_code == 303
    assert await strip(poster) == [
        "Invoiced 01/04/2026 to 19/05/2026, I-1",
        "Invoiced 20/05/2026 to 30/06/2026, I-1, on credit memo CC-1",
    ]
    posted = await post_document(on("2026-06-30"), DocumentKey("credit_memo", "CC-1"), PostingRequest(invoice=True))
    assert posted.ok, posted.findings
    assert (await strip(poster))[1:] == ["Credited 20/05/2026 to 30/06/2026, C-1"]


async def test_cancelling_a_contract_invoice_tells_before_which_days_become_due_again(poster: Browser) -> None:
    await a_quarter()
    told = (await poster.get("/posted-service-invoices/I-1/cancellation")).text.partition('id="due-again"')[2]
    assert '<td>01/04/2026 to 30/06/2026</td><td class="text">The next run invoices them</td>' in told
    assert "300.00" in told.partition("</table>")[0]
    assert 'id="due-again"' not in (await poster.get("/posted-service-invoices/I-1/correction")).text

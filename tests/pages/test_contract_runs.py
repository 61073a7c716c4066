"""Create contract invoices on the pages: preview, question, result, running again (C-84 … C-104)."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import httpx
import pytest

from db.engine import transaction
from tests.pages.conftest import Browser
from tests.pages.test_combine import worked
from tests.scenarios.world import row_hashes
from tests.store.contract_company import contract_pack, enter, on
from tests.store.test_contract_runs import signed
from webapp.store import contract_steps

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases

PATH = "/create-contract-invoices"
MARCH = f"{PATH}?posting_date=2025-03-31&invoice_to=2025-03-31"


@pytest.fixture
async def poster(browser: Browser) -> Browser:
    """A contract by the quarter, two that share an invoice, one that is open."""
    await enter(contract_pack())
    await signed("1200", period="quarter", description="Care of press 1")
    await signed("1200", period="quarter", combine_invoices=True)
    await signed("600", period="quarter", combine_invoices=True)
    opened = await signed("1200", period="quarter")
    assert (await contract_steps.open_contract(on("2025-03-31"), "contract", opened)).ok
    await browser.sign_in("POLLY")
    return browser


def form_of(answer: httpx.Response) -> dict[str, str]:
    html = answer.text.partition('id="create-invoices"')[2].partition("</form>")[0]
    return {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', html)}


async def test_the_run_is_shown_before_it_is_made_and_its_result_leads_back(poster: Browser) -> None:
    before = await row_hashes()
    shown = await poster.get(MARCH)
    assert await row_hashes() == before
    assert "Create 2 invoices" in shown.text and "3 contracts, 750.00 LCY without VAT" in shown.text
    assert "2 contracts on one invoice" in shown.text and "Care of press 1" in shown.text
    assert 'href="/service-contracts/SC-4/steps/locking"' in shown.text
    started = await poster.post(PATH, form_of(shown))
    assert started.status_code == 303
    place = started.headers["location"]
    assert "0 of 3" in (live := await poster.get(place)).text or "1 of 3" in live.text
    fragment = await poster.get(place, **{"HX-Request": "true"})
    assert fragment.status_code == 200 and "SC-4" in fragment.text
    await worked(place)
    result = await poster.get(place)
    assert "2 invoices created, 1 contract skipped." in result.text
    assert 'href="/service-invoices/CI-2"' in result.text and 'href="/service-contracts/SC-3"' in result.text
    assert "2 contracts on one invoice" in result.text
    again = unescape(re.findall(rf'href="({PATH}\?[^"]+)"', result.text)[0])
    assert "Create 1 invoice" not in (await poster.get(again)).text
    assert "Create contract invoices" in (await poster.get("/batches")).text
    assert "Post 2 invoices" in (await poster.get("/batches/new?kind=invoice&select=CI-1&select=CI-2")).text
    assert 'href="/batches/new?kind=invoice&amp;select=CI-1&amp;select=CI-2"' in result.text
    assert (await poster.post("/service-invoices/CI-2/deletion", {"_confirmed": "yes"})).status_code == 303
    assert 'href="/batches/new?kind=invoice&amp;select=CI-1"' in (await poster.get("/batches/1")).text
    skipped = await poster.get(f"{place}?outcome=skipped")
    assert "SC-4" in skipped.text and "/service-invoices/CI-2" not in skipped.text


async def test_a_part_of_a_month_is_shown_with_its_formula(poster: Browser) -> None:
    await signed("1200 end 2025-03-10", "2400")
    shown = await poster.get(MARCH)
    assert "Line 10000: 10 of 31 days of March 2025 × 100.00" in shown.text and "Line 20000:" not in shown.text


async def test_a_missing_service_leads_to_the_run_that_orders_it(poster: Browser) -> None:
    no = await signed("1200", invoice_after_service=True)
    shown = await poster.get(MARCH)
    assert (
        f'href="/create-contract-service-orders?contract_no={no}">Line 10000: The service order is missing'
        in shown.text
    )
    assert f'value="{no}"' in (await poster.get(f"/create-contract-service-orders?contract_no={no}")).text


async def test_what_is_mended_comes_up_again(poster: Browser) -> None:
    await worked((await poster.post(PATH, form_of(await poster.get(MARCH)))).headers["location"])
    assert (await contract_steps.lock_contract(on("2025-03-31"), "contract", "SC-4")).ok
    shown = await poster.get(MARCH)
    assert "Create 1 invoice" in shown.text and "Skipped contracts" not in shown.text
    form = form_of(shown)
    first, again = [(await poster.post(PATH, form)).headers["location"] for _ in range(2)]
    assert first == again
    await worked(first)
    assert "1 invoice created." in (await poster.get(first)).text
    assert "No invoice would be made" in (await poster.get(MARCH)).text


async def test_dates_after_the_work_date_are_asked_about(poster: Browser) -> None:
    await poster.post("/account/work-date", {"work_date": "2025-03-31"})
    later = await poster.get(f"{PATH}?posting_date=2025-12-31&invoice_to=2025-03-31")
    assert "You are asked before anything is made." in later.text
    asked = await poster.post(PATH, form_of(later))
    assert asked.status_code == 422
    assert "Posting date 31/12/2025 is after the work date" in asked.text and "Yes, create 2 invoices" in asked.text
    assert "would be dated 31/12/2025." in asked.text and "No, back to the preview" in asked.text
    started = await poster.post(PATH, {**form_of(asked), "_confirmed": "contract_run_future"})
    assert started.status_code == 303


async def test_a_posting_date_that_may_not_be_posted_on_is_asked_about(poster: Browser) -> None:
    async with transaction() as session:
        await session.execute("UPDATE ledger_setup SET allow_posting_from = ?", date(2025, 4, 1))
    shown = await poster.get(MARCH)
    assert "Posting date 31/03/2025 is not within your range of allowed posting dates (01/04/2025 to …)" in shown.text
    asked = await poster.post(PATH, form_of(shown))
    assert asked.status_code == 422 and "Yes, create 2 invoices" in asked.text
    confirmed = {**form_of(asked), "_confirmed": "contract_run_outside_window"}
    assert (await poster.post(PATH, confirmed)).status_code == 303


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("posting_date=x&invoice_to=2025-03-31", "is not a date"),
        ("posting_date=&invoice_to=2025-03-31", "Posting date must be filled in"),
        ("posting_date=2025-03-31&invoice_to=2025-03-31&invoice_period=never", "is not one of"),
        ("posting_date=2025-03-31&invoice_to=2024-03-31", "No invoice would be made"),
        ("posting_date=2025-03-31&invoice_to=2025-03-31&bill_to_customer_no=NOBODY", "does not exist in"),
        ("posting_date=2025-03-31&invoice_to=2199-12-31", "is more than a year after the work date"),
    ],
)
async def test_nonsense_is_answered_with_what_is_wrong(browser: Browser, query: str, says: str) -> None:
    await enter(contract_pack())
    await browser.sign_in("POLLY")
    shown = await browser.get(f"{PATH}?{query}")
    assert shown.status_code == 200 and says in shown.text
    values = dict(pair.split("=") for pair in query.split("&"))
    answer = await browser.post(PATH, values)
    assert answer.status_code in (303, 422)


@pytest.mark.once
async def test_an_address_without_dates_takes_the_work_date(poster: Browser) -> None:
    shown = await poster.get(f"{PATH}?contract_no=SC-1")
    assert shown.status_code == 200 and 'value="SC-1"' in shown.text


async def test_the_first_look_at_a_price_update_finds_nothing_wrong(poster: Browser) -> None:
    shown = await poster.get("/contract-price-updates")
    assert shown.status_code == 200 and "problem" not in shown.text and "No contract is due" not in shown.text
    assert "changes something" in (await poster.get("/contract-price-updates?until=2025-03-31&pct=0")).text


async def test_who_may_not_invoice_contracts_is_not_offered_it(poster: Browser) -> None:
    assert f'href="{PATH}"' in (await poster.get("/service-contracts")).text
    await poster.sign_in("CLARA")
    assert (await poster.get(PATH)).status_code == 403
    assert (await poster.post(PATH)).status_code == 403
    assert f'href="{PATH}"' not in (await poster.get("/service-contracts")).text
    assert "Invoice service contracts" in (await poster.get("/")).text

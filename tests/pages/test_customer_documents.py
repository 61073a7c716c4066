"""The customer page counts the documents of a customer, and each number leads to the list that shows them (D-139)."""

from __future__ import annotations

import html
import re

import pytest

from tests.pages.conftest import Browser
from tests.posting.worlds import ANNA, accept, enter_company, enter_order
from tests.store.contract_company import contract_pack
from webapp.posting.plan import REQUESTS
from webapp.store import document_lists, drafts
from webapp.store.contract_drafts import create_contract
from webapp.store.posting import post_document

LINE = ["10000 item PUMP qty 2"]
COUNT = re.compile(r'<a href="([^"]+)">([^<]+)<span class="for-ears"> ([^<]+ this customer)</span></a>')


async def numbers(browser: Browser, customer: str) -> dict[str, str]:
    """By the words that are read out: the number; and every list behind one shows as many rows."""
    shown = (await browser.get(f"/customers/{customer}")).text
    found = {}
    for href, number, words in COUNT.findall(shown):
        found[words] = number
        listed = (await browser.get(html.unescape(href))).text
        assert len(re.findall(r"<tr[^>]* data-href=|<tr[^>]*class=\"row", listed)) == int(number), href
    return found


@pytest.fixture
async def poster(browser: Browser) -> Browser:
    other = {"C-DISC": {"bill_to_customer_no": "C-GOOD"}}
    await enter_company(contract_pack(customers=other))
    await browser.sign_in("POLLY")
    return browser


async def test_counts_lead_to_the_lists_that_show_them(poster: Browser) -> None:
    assert await numbers(poster, "C-GOOD") == {}
    for no, customer in (("SO-1", "C-GOOD"), ("SO-2", "C-DISC"), ("SO-3", "C-DISC")):
        await enter_order(customer, LINE, no=no)
    posted = await post_document(ANNA, await enter_order("C-DISC", LINE, no="SO-4"), REQUESTS["ship_and_invoice"])
    assert posted.ok, posted.findings
    accept(await drafts.create_document(ANNA, "invoice", {"customer_no": "C-GOOD"}))
    accept(await drafts.create_document(ANNA, "credit_memo", {"customer_no": "C-DISC"}))
    assert (await create_contract(ANNA, "quote", {"no": "Q-1", "customer_no": "C-DISC"})).ok
    assert await numbers(poster, "C-GOOD") == {
        "orders for this customer": "1",
        "invoices for this customer": "1",
        "contract quotes billed to this customer": "1",
        "orders billed to this customer": "3",
        "invoices billed to this customer": "1",
        "credit memos billed to this customer": "1",
        "posted shipments billed to this customer": "1",
        "posted invoices billed to this customer": "1",
    }
    assert await numbers(poster, "C-DISC") == {
        "contract quotes for this customer": "1",
        "orders for this customer": "2",
        "credit memos for this customer": "1",
        "posted shipments for this customer": "1",
        "posted invoices for this customer": "1",
    }


@pytest.mark.once
async def test_counts_only_so_far_and_in_one_statement(
    poster: Browser, monkeypatch: pytest.MonkeyPatch, statements: list[str]
) -> None:
    for no in ("SO-1", "SO-2", "SO-3"):
        await enter_order("C-GOOD", LINE, no=no)
    monkeypatch.setattr(document_lists, "MOST_COUNTED", 1)
    statements.clear()
    shown = (await poster.get("/customers/C-GOOD")).text
    assert ">over 1<" in shown
    assert sum("service_shipment_header" in one for one in statements) == 1


LISTS = ("/service-orders", "/posted-service-shipments", "/posted-service-invoices")


async def test_a_list_of_one_customer_says_how_that_one_stands(poster: Browser) -> None:
    """D-109: above the list, whether the customer is served or pays; not while it may show several."""
    await enter_order("C-DISC", LINE, no="SO-1")
    posted = await post_document(ANNA, await enter_order("C-DISC", LINE, no="SO-2"), REQUESTS["ship_and_invoice"])
    assert posted.ok, posted.findings
    for path in LISTS:
        for asked in (
            "customer_no=c-disc",
            "bill_to_customer_no=C-GOOD",
            "customer_no=C-DISC&bill_to_customer_no=C-DISC",
        ):
            shown = (await poster.get(f"{path}?{asked}")).text
            assert 'id="customer-facts-title"' in shown and 'aria-label="Receivables"' in shown, (path, asked)
            assert "posted invoices" in shown and "this customer" in shown
        for asked in (
            "",
            "customer_no=C-DISC|C-GOOD",
            "customer_no=C-D*",
            "customer_no=<>C-DISC",
            "customer_no=NOBODY",
        ):
            shown = (await poster.get(f"{path}?{asked}")).text
            assert "customer-facts-title" not in shown, (path, asked)
        swapped = await poster.get(f"{path}?customer_no=C-DISC", **{"HX-Request": "true"})
        assert "customer-facts-title" in swapped.text and "<html" not in swapped.text
        assert '<a href="/customers/C-DISC">C-DISC</a>' in swapped.text

"""From a number to everything that bears it, and what a document comes to (D-110 … D-115)."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.acting import Acting
from webapp.store.posting import post_document

POLLY = Acting("POLLY", "poster", TODAY)
KEY = DocumentKey("order", "SO-1")
CURRENCIES = ("EUR", "LCY")


def rows_of(html: str) -> list[list[str]]:
    """The texts of the cells of every row that has some."""
    rows = [
        re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S) for row in re.findall(r"<tr[^>]*>(.*?)</tr>", html, re.S)
    ]
    return [[_text(cell) for cell in row] for row in rows if row]


def _text(cell: str) -> str:
    """What is read in a cell, without the currency in a head, a minus as it is typed."""
    words = re.sub(r"<[^>]+>", "", cell).replace("−", "-").split()
    return " ".join(word for word in words if word not in CURRENCIES)


@pytest.fixture
async def viewer(browser: Browser) -> Browser:
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 4", "20000 resource LINA qty 3"])
    await browser.sign_in("VERA")
    return browser


async def posted(option: str) -> dict[str, str]:
    result = await post_document(POLLY, KEY, REQUESTS[option])
    assert result.ok, result.findings
    return {one.kind: one.no for one in result.posted}


async def test_an_invoice_is_found_with_its_entries_and_what_they_come_to(viewer: Browser) -> None:
    invoice = (await posted("ship_and_invoice"))["invoice"]
    page = (await viewer.get(f"/find-entries?document_no={invoice.lower()}")).text
    found = {row[0]: row[1:] for row in rows_of(page)}
    assert found["Posted invoice"][0] == invoice
    assert found["Customer ledger"] == ["1", "2,837.50"]
    assert found["VAT"] == ["2", "-567.50"]
    assert found["Resource ledger"] == ["1", "-270.00"]
    assert f'href="/ledgers/general-ledger?document_no={invoice}"' in page
    assert "Posted shipment" not in found


async def test_a_date_that_is_none_is_refused_beside_what_was_typed(viewer: Browser) -> None:
    answer = await viewer.get("/find-entries?document_no=S-1&posting_date=31-02-2025")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert 'value="31-02-2025"' in answer.text


@pytest.mark.parametrize(
    "query", ["", "?document_no=", "?document_no=%00", "?external_document_no=NONE", f"?document_no={'9' * 300}"]
)
async def test_a_number_that_nothing_bears_says_so(viewer: Browser, query: str) -> None:
    answer = await viewer.get(f"/find-entries{query}")
    assert answer.status_code == 200
    assert rows_of(answer.text) == []


async def test_the_customers_own_number_leads_to_the_document(viewer: Browser) -> None:
    await drafts.change_header(POLLY, KEY, {"external_document_no": "PO 77"})
    invoice = (await posted("ship_and_invoice"))["invoice"]
    page = (await viewer.get("/find-entries?external_document_no=PO+77")).text
    assert {row[1] for row in rows_of(page) if row[0] in ("Posted invoice", "Posted shipment")} >= {invoice}


async def test_an_order_has_figures_for_all_of_it_and_for_what_is_invoiced_now(viewer: Browser) -> None:
    await drafts.change_line(POLLY, KEY, 10000, {"qty_to_ship": Decimal(1)})
    page = (await viewer.get("/service-orders/SO-1/statistics")).text
    figures = {row[0]: row[1:] for row in rows_of(page)[:11]}
    assert figures["Figure"] == ["All", "Invoicing", "Shipping", "Consuming"]
    assert figures["Quantity"] == ["7", "4", "4", "0"]
    assert figures["Total excl. VAT"] == ["2,270.00", "770.00", "770.00", "0.00"]
    assert figures["Profit"][:2] == ["825.00", "285.00"]
    assert "Balance (" in page


async def test_what_the_statistics_say_is_what_is_posted(viewer: Browser) -> None:
    before = {row[0]: row[2] for row in rows_of((await viewer.get("/service-orders/SO-1/statistics")).text)[1:11]}
    invoice = (await posted("ship_and_invoice"))["invoice"]
    page = (await viewer.get(f"/posted-service-invoices/{invoice}")).text
    after = {row[0]: row[1] for row in rows_of(page) if row[0] in before}
    assert after == before


async def test_statistics_of_an_order_that_is_not_there(viewer: Browser) -> None:
    assert (await viewer.get("/service-orders/NONE/statistics")).status_code == 404

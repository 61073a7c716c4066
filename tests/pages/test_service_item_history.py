"""A service item lists its documents with what they came to for it, and each list can be asked for them (D-148)."""

from __future__ import annotations

import pytest

from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.pages.test_find_entries import POLLY, rows_of
from tests.posting.worlds import ANNA, accept, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.cancel import cancel_invoice
from webapp.store.posting import post_document

PRESS = "/service-items/PRESS"


@pytest.fixture
async def made(browser: Browser) -> dict[str, str]:
    """A closed order of two machines, an open one of the press alone."""
    await enter_company(pack(service_setup={"shipment_on_invoice": True}))
    both = ["10000 PRESS", "20000 MIXER"]
    await enter_order("C-GOOD", ["30000 item PUMP qty 4 on 10000", "40000 resource LINA qty 3 on 20000"], both)
    result = await post_document(POLLY, DocumentKey("order", "SO-1"), REQUESTS["ship_and_invoice"])
    await enter_order("C-GOOD", ["20000 item PUMP qty 1 on 10000"], ["10000 PRESS"], no="SO-2")
    await browser.sign_in("VERA")
    return {one.kind: one.no for one in result.posted}


def history(html: str) -> dict[str, list[str]]:
    """Number -> the other cells of its row."""
    table = html.partition("History of the service item</caption>")[2].partition("</table>")[0]
    return {row[1]: [row[0], *row[2:]] for row in rows_of(table)[1:]}


async def test_all_documents_of_a_machine_stand_on_its_page_with_its_own_amounts(
    browser: Browser, made: dict[str, str]
) -> None:
    page = (await browser.get(PRESS)).text
    rows = history(page)
    assert set(rows) == {"SO-1", "SO-2", made["shipment"], made["invoice"]}
    amounts = {no: (cells[0], cells[-2]) for no, cells in rows.items()}
    assert amounts["SO-1"] == ("Order Closed", "2,000.00")
    assert amounts["SO-2"] == ("Order", "500.00")
    assert amounts[made["shipment"]] == ("Posted shipment", "2,000.00")
    assert amounts[made["invoice"]] == ("Posted invoice", "2,000.00")
    assert 'href="/service-orders/SO-1/closed"' in page
    other = history((await browser.get("/service-items/MIXER")).text)
    assert other[made["invoice"]][-2] == "270.00" and "SO-2" not in other


async def test_the_counts_lead_to_lists_of_just_these(browser: Browser, made: dict[str, str]) -> None:
    page = (await browser.get(PRESS)).text
    for path, numbers in {
        "/service-orders": ["SO-2"],
        "/posted-service-shipments": [made["shipment"]],
        "/posted-service-invoices": [made["invoice"]],
    }.items():
        href = f"{path}?service_item_no=PRESS"
        assert f'href="{href}">1<' in page, path
        listed = rows_of((await browser.get(href)).text)[1:]
        assert [next(cell for cell in row if cell) for row in listed] == numbers, path
    assert "Nothing fits" in (await browser.get("/posted-service-invoices?service_item_no=press-2")).text


async def test_a_cancelled_invoice_shows_its_credit_memo_against_it(browser: Browser, made: dict[str, str]) -> None:
    cancelled = await cancel_invoice(ANNA, made["invoice"], TODAY)
    assert cancelled and cancelled.ok
    rows = history((await browser.get(PRESS)).text)
    credit = next(cells for cells in rows.values() if cells[0] == "Posted credit memo")
    assert credit[-2] == "-2,000.00"


async def test_a_machine_without_documents_says_so(browser: Browser, made: dict[str, str]) -> None:
    await browser.sign_in("CLARA")
    assert (await browser.get("/service-items/new")).status_code == 200


async def test_a_posted_document_links_to_all_that_belongs_to_it(browser: Browser, made: dict[str, str]) -> None:
    """D-96; what was posted before and after it stands in its chain."""
    page = (await browser.get(f"/posted-service-invoices/{made['invoice']}")).text
    menu = page.partition("Related")[2].partition("</details>")[0]
    wanted = [
        "/customers/C-GOOD",
        "/service-orders/SO-1/closed",
        f"/find-entries?document_no={made['invoice']}&amp;posting_date={TODAY}",
        "/service-items/PRESS#history",
        "/service-items/MIXER#history",
        "#entries",
        "#statistics",
    ]
    assert [href for href in wanted if f'href="{href}"' not in menu] == []
    for href in wanted[:3]:
        assert (await browser.get(href.replace("&amp;", "&"))).status_code == 200
    for anchor in (one for one in menu.split('href="#')[1:]):
        assert f'id="{anchor.partition(chr(34))[0]}"' in page
    assert f"/posted-service-shipments/{made['shipment']}" in page.partition("Chain</h2>")[2].partition("</nav>")[0]


async def test_a_shipment_is_of_a_machine_also_when_only_its_lines_say_so(
    browser: Browser, made: dict[str, str]
) -> None:
    """An invoice by hand ships its goods without service item lines."""
    saved = accept(await drafts.create_document(ANNA, "invoice", {"customer_no": "C-GOOD"}))
    assert saved.key
    line = {"type": "item", "no": "PUMP", "quantity": 1, "service_item_no": "PRESS"}
    accept(await drafts.add_line(ANNA, saved.key, line))
    posted = {one.kind: one.no for one in (await post_document(POLLY, saved.key, REQUESTS["ship_and_invoice"])).posted}
    rows = history((await browser.get(PRESS)).text)
    assert {posted["shipment"], posted["invoice"]} <= set(rows)
    listed = rows_of((await browser.get("/posted-service-shipments?service_item_no=PRESS")).text)[1:]
    assert {next(cell for cell in row if cell) for row in listed} == {posted["shipment"], made["shipment"]}

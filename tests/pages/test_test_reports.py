"""The test report: what posting would refuse, line by line; that somebody looked, and whether it changed since."""

import re
from typing import Any

import pytest

from db.engine import transaction
from tests.builders import D, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ANNA, ORDER, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import PostingRequest
from webapp.store import drafts
from webapp.store.posting import post_document
from webapp.store.test_reports import last_tests, report_on

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases


async def order(browser: Browser) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 4", "20000 resource LINA qty 3"])
    await browser.sign_in("CLARA")


async def last_test() -> Any:
    document = await drafts.load_document(ORDER)
    assert document is not None
    return (await last_tests([document.header])).get(ORDER)


async def test_a_clean_order_is_ready(browser: Browser) -> None:
    await order(browser)
    page = await browser.get("/service-orders/SO-1/test-report")
    assert page.status_code == 200 and "Ready" in page.text and "Total incl. VAT" in page.text
    assert "Post now" not in page.text  # a clerk does not post
    assert await last_test() is None  # looking leaves no trace


async def test_what_posting_refuses_stands_in_the_report(browser: Browser) -> None:
    await order(browser)
    async with transaction() as session:
        await session.execute("UPDATE customer SET blocked = 'all' WHERE no = 'C-GOOD'")
    page = await browser.get("/service-orders/SO-1/test-report")
    plans = await report_on(ANNA, [ORDER], PostingRequest(ship=True, invoice=True))
    plan = plans[ORDER]
    assert plan is not None and [f.code for f in plan.errors] == ["customer_blocked"]
    assert plan.errors[0].message in page.text and "1 error" in page.text


async def test_a_test_is_written_down_and_knows_of_later_changes(browser: Browser) -> None:
    await order(browser)
    answer = await browser.post("/service-orders/SO-1/test-report", {"asked": "1", "ship": "1"})
    place, _, query = answer.headers["location"].partition("?")
    assert answer.status_code == 303 and place == "/service-orders/SO-1/test-report"
    assert set(query.split("&")) == {"asked=1", "ship=1"}
    tested = await last_test()
    assert tested is not None and (tested.by, tested.errors, tested.changed) == ("Clara Clerk", 0, False)
    await drafts.change_line(ANNA, ORDER, 10000, {"quantity": D(5)})
    page = await browser.get("/service-orders/SO-1/test-report?asked=1&ship=1")
    assert "Tested by Clara Clerk" in page.text and "Changed since" in page.text


async def test_orders_are_marked_in_the_list(browser: Browser) -> None:
    await order(browser)
    page = await browser.get("/service-orders")
    assert 'name="select" value="SO-1" form="batch"' in page.text and 'id="batch"' in page.text
    answer = await browser.post("/service-orders/test-report", {"select": "SO-1"})
    assert answer.headers["location"] == "/service-orders/test-report?select=SO-1"


async def test_marks_that_no_list_made(browser: Browser) -> None:
    """What no number can be is left out, what is none is told, and neither is a fault of the server."""
    await order(browser)
    for place in ("test-report", "preview"):
        for mark in ("%00", "%0a", "%ff", "%F0%9F%98%80", "%27", "A" * 500, ""):
            page = await browser.get(f"/service-orders/{place}?select={mark}&select=SO-1&line=x&option=x")
            assert page.status_code == 200 and 'id="order-SO-1"' in page.text, (place, mark)
        answer = await browser.post(f"/service-orders/{place}", {"select": ["\0", "SO-1"]})
        assert answer.status_code == 303
    assert (await browser.get("/service-orders/test-report?all=1&q=%00&view=%00&customer_no=%00")).status_code == 200


async def test_without_a_mark_all_that_the_list_shows_is_tested(browser: Browser) -> None:
    await order(browser)
    await enter_order("C-EURO", ["10000 item PUMP qty 1"], no="SO-2")
    answer = await browser.post("/service-orders/test-report", {"q": "SO-2", "view": "to-ship"})
    place, _, query = answer.headers["location"].partition("?")
    assert place == "/service-orders/test-report"
    assert set(query.split("&")) == {"all=1", "q=SO-2", "view=to-ship"}
    page = await browser.get(answer.headers["location"])
    assert "1 ready, 0 with errors" in page.text and 'id="order-SO-2"' in page.text
    assert "Tested by Clara Clerk" in page.text and 'name="all" value="1"' in page.text
    everything = await browser.get("/service-orders/test-report?all=1")
    assert "2 ready, 0 with errors" in everything.text and everything.text.count("Tested by Clara Clerk") == 1
    nothing = await browser.get("/service-orders/test-report?all=1&q=XYZ")
    assert nothing.status_code == 200 and "No order fits" in nothing.text


async def test_what_paper_needs_stands_in_the_report(browser: Browser) -> None:
    """D-68, D-72, D-74: addresses, dates, terms, sums in both currencies, dimensions when they are asked for."""
    company = pack(receivables_setup={"calc_inv_discount": True}, ledger_setup={"global_dimension_1_code": "DEPT"})
    values = [{"dimension_code": "DEPT", "code": "FIELD"}]
    await enter_company({"dimensions": [{"code": "DEPT"}], "dimension_values": values, **company})
    await enter_order("C-EURO", ["10000 item PUMP qty 4 price 10.5", "20000 resource LINA qty 3"], no="SO-1")
    await enter_order("C-DISC", ["10000 item PUMP qty 40", "20000 text as agreed"], no="SO-2", dim_1="FIELD")
    await browser.sign_in("CLARA")
    euro = (await browser.get("/service-orders/SO-1/test-report")).text
    lcy = re.findall(r'Total incl\. VAT EUR</dt><dd>([\d,.]+)<span class="in-lcy">([\d,.]+) (\w+)</span>', euro)
    assert len(lcy) == 1 and lcy[0][2] != "EUR" and lcy[0][0] != lcy[0][1]
    for words in ("Order date", "Due date", "Payment terms", "Customer posting group", "VAT identifier"):
        assert words in euro, words
    discount = (await browser.get("/service-orders/SO-2/test-report?dimensions=1")).text
    for words in ("Invoice discount</dt><dd>−", "Subtotal", "as agreed", "DEPT – FIELD"):
        assert words in discount, words
    assert "DEPT – FIELD" not in (await browser.get("/service-orders/SO-2/test-report")).text
    ship = (await browser.get("/service-orders/SO-2/test-report?asked=1&ship=1")).text
    assert "Total incl. VAT" not in ship and "Ready" in ship


async def test_many_orders_have_a_summary(browser: Browser) -> None:
    await order(browser)
    page = await browser.get("/service-orders/test-report?select=SO-1&select=SO-9")
    assert "1 ready, 1 with errors" in page.text and "does not exist any more" in page.text
    only = await browser.get("/service-orders/test-report?select=SO-1&select=SO-9&asked=1&ship=1&invoice=1&only=1")
    assert 'id="order-SO-9"' in only.text and 'id="order-SO-1"' not in only.text
    nothing = await browser.get("/service-orders/test-report")
    assert nothing.status_code == 200 and "No order was marked" in nothing.text


async def test_an_order_with_nothing_to_post_is_no_order_with_errors(browser: Browser) -> None:
    await order(browser)
    await drafts.change_line(ANNA, ORDER, 10000, {"qty_to_consume": D(4)})
    await drafts.change_line(ANNA, ORDER, 20000, {"qty_to_consume": D(3)})
    page = await browser.get("/service-orders/test-report?select=SO-1&asked=1&ship=1&invoice=1")
    assert "0 ready, 0 with errors, 1 with nothing to post." in page.text
    assert "All that is to ship is to be consumed" in page.text and "singly with Ship and consume" in page.text
    await browser.post("/service-orders/SO-1/test-report", {"asked": "1", "ship": "1", "invoice": "1"})
    tested = await last_test()
    assert tested is not None and tested.option == "ship_and_invoice"  # what was asked for, not what could be done


async def test_neither_ship_nor_invoice_is_told(browser: Browser) -> None:
    await order(browser)
    page = await browser.get("/service-orders/SO-1/test-report?asked=1")
    assert "Neither Ship nor Invoice was ticked: Ship was tested." in page.text
    assert "Neither Ship" not in (await browser.get("/service-orders/SO-1/test-report?asked=1&invoice=1")).text


async def test_posting_from_a_test_report_says_what_changed_since(browser: Browser) -> None:
    """The posting page is told which row version was tested: changed_since_test."""
    await order(browser)
    await browser.sign_in("POLLY")
    page = await browser.get("/service-orders/SO-1/test-report")
    link = re.search(r'href="(/service-orders/SO-1/posting[^"]*)"[^>]*>Post now', page.text)
    assert link
    address = link[1].replace("&amp;", "&")
    assert "was changed after it was tested" not in (await browser.get(address)).text
    await drafts.change_line(ANNA, ORDER, 10000, {"quantity": D(5)})
    after = await browser.get(address)
    assert after.status_code == 200 and "Order SO-1 was changed after it was tested." in after.text


async def test_the_report_of_an_order_that_is_posted_leads_to_what_it_became(browser: Browser) -> None:
    await order(browser)
    assert (await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])).closed
    asked = await browser.get("/service-orders/SO-1/test-report")
    posted = await browser.get("/service-orders/SO-1/preview")
    assert (asked.status_code, asked.headers.get("location")) == (posted.status_code, posted.headers.get("location"))
    assert asked.status_code in (303, 404)

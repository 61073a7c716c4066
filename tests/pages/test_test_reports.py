"""The test report: what posting would refuse, line by line; that somebody looked, and whether it changed since."""

from db.engine import transaction
from tests.builders import D, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ANNA, ORDER, enter_company, enter_order
from webapp.posting.snapshot import PostingRequest
from webapp.store import drafts
from webapp.store.test_reports import last_test, report_on


async def order(browser: Browser) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 4", "20000 resource LINA qty 3"])
    await browser.sign_in("CLARA")


async def version() -> int:
    document = await drafts.load_document(ORDER)
    assert document is not None
    return document.header.row_version


async def test_a_clean_order_is_ready(browser: Browser) -> None:
    await order(browser)
    page = await browser.get("/service-orders/SO-1/test-report")
    assert page.status_code == 200 and "Ready" in page.text and "Total incl. VAT" in page.text
    assert "Post now" not in page.text  # a clerk does not post
    assert await last_test(ORDER, await version()) is None  # looking leaves no trace


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
    tested = await last_test(ORDER, await version())
    assert tested is not None and (tested.by, tested.errors, tested.changed) == ("CLARA", 0, False)
    await drafts.change_line(ANNA, ORDER, 10000, {"quantity": D(5)})
    page = await browser.get("/service-orders/SO-1/test-report?asked=1&ship=1")
    assert "Tested by CLARA" in page.text and "Changed since" in page.text


async def test_orders_are_marked_in_the_list(browser: Browser) -> None:
    await order(browser)
    page = await browser.get("/service-orders")
    assert 'name="select" value="SO-1" form="batch"' in page.text and 'id="batch"' in page.text
    answer = await browser.post("/service-orders/test-report", {"select": "SO-1"})
    assert answer.headers["location"] == "/service-orders/test-report?select=SO-1"


async def test_many_orders_have_a_summary(browser: Browser) -> None:
    await order(browser)
    page = await browser.get("/service-orders/test-report?select=SO-1&select=SO-9")
    assert "1 ready, 1 with errors" in page.text and "does not exist any more" in page.text
    only = await browser.get("/service-orders/test-report?select=SO-1&select=SO-9&asked=1&ship=1&invoice=1&only=1")
    assert 'id="order-SO-9"' in only.text and 'id="order-SO-1"' not in only.text
    nothing = await browser.get("/service-orders/test-report")
    assert nothing.status_code == 200 and "No order was marked" in nothing.text

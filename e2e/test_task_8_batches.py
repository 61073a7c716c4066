"""A batch of orders: started from the list, watched, left and found again, mended and retried, printed; with axe."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import CLERK, CUSTOMER, WORK_DATE, Demo, Desk, make_order, said
from e2e.looks import Looks, violations
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts

ONE_LINE = (("item", "MEASURE-1", 2),)


def orders(demo: Demo, word: str, count: int) -> list[str]:
    """Orders that the search of the list finds by a word of their description."""

    async def make() -> list[str]:
        return [await make_order(ONE_LINE, CUSTOMER, "", True, {"description": word}) for _ in range(count)]

    return demo.run(make)


async def trouble(dateless: str, late: str, waiting: str) -> None:
    """Three orders that cannot be posted, each for a reason of its own."""
    for no, day in ((dateless, None), (late, WORK_DATE - timedelta(days=4000))):
        saved = await drafts.change_header(CLERK, DocumentKey("order", no), {"posting_date": day}, answer="yes")
        assert said(saved.findings) == []
    status = {"repair_status_code": "CUSTOMER"}
    saved = await drafts.change_item_line(CLERK, DocumentKey("order", waiting), 10000, status)
    assert said(saved.findings) == []


def ended(page: Page, summary: str) -> None:
    """The page by itself becomes the result when the batch ends."""
    expect(page.get_by_text(summary, exact=False).first).to_be_visible(timeout=20_000)
    expect(page.locator("#progress")).to_have_count(0)


def choose_all(page: Page, word: str, count: int) -> None:
    page.goto("/service-orders")
    page.get_by_role("searchbox", name="Search service orders").fill(word)
    expect(page.locator("table.list tbody tr")).to_have_count(count)


def mend(page: Page, order: str, where: str, field: str) -> None:
    """Follows the first link of what was found in the order, and stands in the field."""
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=order, exact=True))
    row.locator(".fault.error a").first.click()
    expect(page).to_have_url(re.compile(f"/service-orders/{order}{where}"))
    there = page.get_by_label(field, exact=True)
    expect(there).to_be_focused()


def test_three_of_twenty_fail_are_mended_by_their_links_and_retried(desk: Desk, demo: Demo) -> None:
    nos = orders(demo, "Twentyfold", 20)
    dateless, late, waiting = nos[3], nos[9], nos[17]
    demo.run(lambda: trouble(dateless, late, waiting))
    page = desk.at("POSTER")
    choose_all(page, "Twentyfold", 20)
    page.get_by_label("Select all rows shown").check()
    page.get_by_role("button", name="Post batch…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Post 20 orders")
    assert violations(page) == []
    page.get_by_label("Ship", exact=True).check()
    page.get_by_label("Invoice", exact=True).check()
    page.get_by_role("button", name="Post 20 orders").click()
    page.goto("/")  # it goes on by itself
    page.get_by_role("link", name="Batches", exact=True).click()
    page.get_by_role("table", name="Batches").get_by_role("rowheader").first.get_by_role("link").click()
    ended(page, "17 of 20 posted")
    assert violations(page) == []
    result = page.url
    page.get_by_role("link", name=re.compile("^Failed")).click()
    expect(page.locator("table.list tbody tr")).to_have_count(3)

    mend(page, dateless, "", "Posting date")
    _type(page, "t")
    page.goto(f"{result}?outcome=failed")
    mend(page, late, "", "Posting date")
    _type(page, "t")
    page.goto(f"{result}?outcome=failed")
    mend(page, waiting, "/item-lines/10000", "Repair status code")
    page.keyboard.press("Control+a")
    page.keyboard.type("DONE")
    page.get_by_role("button", name="Save", exact=True).click()

    page.goto(result)
    page.get_by_role("button", name="Retry failed (3)").click()
    ended(page, "3 of 3 posted")
    posted = demo.rows(
        "SELECT COUNT(*), COUNT(DISTINCT order_no) FROM service_invoice_header WHERE description = 'Twentyfold'"
    )
    assert tuple(posted[0]) == (20, 20)
    page.goto(result)
    page.get_by_role("link", name="Print all posted (17)").click()
    expect(page.locator("article")).to_have_count(34)
    page.goto(f"/service-orders/{late}#f-bill_to_customer_no")  # a warning about an order that is closed by now
    expect(page).to_have_url(re.compile("/closed#"))
    expect(page.locator("#f-bill_to_customer_no")).to_be_focused()


def _type(page: Page, text: str) -> None:
    """Into the header's field that has the focus; the change is saved when it is left."""
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    with page.expect_response(lambda answer: "/header" in answer.url and answer.request.method == "POST"):
        page.keyboard.press("Tab")


@pytest.mark.once
def test_a_test_run_comes_first_and_nothing_is_posted(desk: Desk, demo: Demo) -> None:
    nos = orders(demo, "Rehearsed", 4)
    demo.run(lambda: trouble(nos[0], nos[1], nos[2]))
    page = desk.at("POSTER")
    choose_all(page, "Rehearsed", 4)
    page.get_by_role("button", name="Post batch…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Post all 4 orders")
    page.get_by_label("Ship", exact=True).check()
    page.get_by_label("Invoice", exact=True).check()
    page.get_by_role("button", name="Test run").click()
    ended(page, "1 of 4 ready")
    assert demo.rows("SELECT no FROM service_shipment_header WHERE description = 'Rehearsed'") == []
    page.get_by_role("button", name="Post 1 ready order").click()
    ended(page, "1 of 1 posted")
    assert violations(page) == []
    page.goto(f"/service-orders/{nos[0]}#f-bill_to_customer_no")  # in a part that is folded
    expect(page.locator("#f-bill_to_customer_no")).to_be_focused()


@pytest.mark.once
def test_axe_finds_nothing_on_pages_of_batches(desk: Desk) -> None:
    looks = Looks(desk.at())
    looks.visit("/batches", "/batches/new", "/batches/new?view=to-ship")
    assert looks.found == {}


@pytest.mark.once
def test_a_batch_without_script(desk: Desk, demo: Demo) -> None:
    orders(demo, "Scriptless", 2)
    page = desk.at("POSTER", script=False)
    page.goto("/service-orders?q=Scriptless")
    page.get_by_role("button", name="Post batch…").click()
    page.get_by_label("Ship", exact=True).check()
    page.get_by_role("button", name="Post all 2 orders").click()
    for _ in range(40):
        if page.get_by_text("2 of 2 posted").count():
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(page.get_by_text("2 of 2 posted").first).to_be_visible()

"""Looking before posting: the panel beside the lines, its links into the fields, the preview on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from db import engine
from e2e.conftest import CLERK, FOUR_LINES, WORK_DATE, Demo, Desk, said, serving
from e2e.looks import WIDE, Looks, overflows, violations
from e2e.test_task_6_post_orders import cell, change
from tests.conftest import Databases
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts

SCARCE = "CO-RELAY"  # a dozen are in stock, and stock may not become negative


NOTHING = "No line has a Qty. to invoice that is shipped."


def panel(page: Page) -> Locator:
    """The panel when it is up to date."""
    found = page.get_by_role("region", name="What will be posted")
    expect(found).not_to_have_attribute("aria-busy", "true")
    return found


def is_in_sight(field: Locator) -> None:
    expect(field).to_be_focused()
    expect(field).to_be_in_viewport()


@pytest.fixture(scope="module")
def strict(databases: Databases, demo_template: str) -> Iterator[Demo]:
    """The demo company with a service setup that demands a salesperson and a fault reason."""
    url = databases.create(demo_template)
    with serving(url) as address:
        made = Demo(url, address)
        made.run(_demand)
        yield made
    databases.give_up(url)


async def _demand() -> None:
    async with engine.transaction() as session:
        await session.execute("UPDATE service_setup SET salesperson_mandatory = 1 = 1, fault_reason_mandatory = 1 = 1")


@pytest.fixture
def strict_desk(browser: Browser, strict: Demo) -> Iterator[Desk]:
    made = Desk(browser, strict)
    yield made
    for context in made.contexts:
        context.close()
    assert made.found == []


def troubled(demo: Demo) -> str:
    """An order with five problems: three on its page, one on that of the line, one on that of the service item line."""
    order = demo.order((("item", SCARCE, 500),), salesperson_code="")
    demo.run(lambda: _trouble(order))
    return order


async def _trouble(order: str) -> None:
    key = DocumentKey("order", order)
    late = WORK_DATE - timedelta(days=4000)
    assert said((await drafts.change_header(CLERK, key, {"posting_date": late}, answer="yes")).findings) == []
    saved = await drafts.change_item_line(CLERK, key, 10000, {"repair_status_code": "CUSTOMER"})
    assert said(saved.findings) == []


def mend(page: Page, order: str, link: str, place: str, field: str) -> Locator:
    """Follows the link of a finding to its field."""
    found = panel(page)
    others = found.get_by_text("+", exact=False).first
    if not found.get_by_role("link", name=link).is_visible():
        others.click()
    found.get_by_role("link", name=link).click()
    expect(page).to_have_url(re.compile(f"/service-orders/{order}{place}"))
    there = page.get_by_label(field, exact=True)
    is_in_sight(there)
    return there


def test_a_clerk_mends_five_problems_by_their_links_and_posts(strict_desk: Desk, strict: Demo) -> None:
    order = troubled(strict)
    page = strict_desk.at("POSTER")
    page.goto(f"/service-orders/{order}")
    expect(panel(page)).to_contain_text("5 problems")
    expect(panel(page).get_by_role("listitem").filter(visible=True)).to_have_count(2)
    expect(panel(page)).to_contain_text("+3 others")
    assert violations(page) == []

    mend(page, order, "Posting date", "", "Posting date").fill("t")
    page.keyboard.press("Tab")
    expect(panel(page)).to_contain_text("4 problems")
    mend(page, order, "Salesperson", "", "Salesperson code").fill("EB")
    page.keyboard.press("Tab")
    expect(panel(page)).to_contain_text("3 problems")
    mend(page, order, "on stock", "", "Qty. to ship, line 10000").fill("2")
    page.keyboard.press("Enter")
    expect(panel(page)).to_contain_text("2 problems")

    mend(page, order, "Fault reason", "/lines/10000", "Fault reason code").fill("WEAR")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(panel(page)).to_contain_text("1 problem")
    mend(page, order, "Repair status", "/item-lines/10000", "Repair status code").fill("DONE")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(panel(page)).to_contain_text("Ready to post")
    expect(panel(page).get_by_role("link", name="must be")).to_have_count(0)
    assert violations(page) == []

    told = panel(page).inner_text()
    page.get_by_role("link", name="Post", exact=True).click()
    page.get_by_label("Ship and invoice", exact=True).check()
    page.get_by_role("button", name="Post", exact=True).click()
    message = page.get_by_role("status").filter(has_text="Posted:")
    expect(message).to_be_visible()
    for link in message.get_by_role("link").all_inner_texts():
        assert link in told  # "Shipment PSS-1", as the panel named it


@pytest.mark.once
def test_the_panel_says_what_posting_makes_and_follows_each_change(desk: Desk, demo: Demo) -> None:
    demo.forget_last_option()
    order = demo.order()
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}")
    expect(panel(page)).to_contain_text("The order closes")
    total = page.locator("#document-totals .sum dd").inner_text()
    expect(panel(page).locator("#panel-totals .sum dd")).to_have_text(total)
    change(page, "Qty. to ship", 10000, "4")
    expect(panel(page)).to_contain_text("The order stays open")
    expect(panel(page).locator("#panel-totals .sum dd")).not_to_have_text(total)
    panel(page).get_by_label("What to post").select_option("Ship")
    expect(panel(page).locator("#panel-totals")).to_have_count(0)
    expect(panel(page)).not_to_contain_text("Invoice P")
    change(page, "Qty. to ship", 10000, "5")
    expect(panel(page).get_by_label("What to post")).to_have_value("ship")
    panel(page).get_by_label("What to post").select_option("Ship and invoice")
    panel(page).get_by_text("ledgers", exact=False).click()
    panel(page).get_by_text("General ledger", exact=False).first.click()
    rows = panel(page).get_by_role("table", name="General ledger").locator("tbody tr")
    expect(rows).not_to_have_count(0)
    shown = rows.all_inner_texts()
    change(page, "Qty. to ship", 30000, "1")
    expect(rows.first).to_be_visible()
    expect(panel(page).locator("#panel-general-ledger")).to_have_attribute("open", "")
    assert rows.all_inner_texts() != shown
    assert violations(page) == []


@pytest.mark.once
def test_it_is_marked_as_out_of_date_until_it_is_redrawn(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}")
    expect(panel(page)).to_contain_text("Ready to post")
    held: list[Route] = []
    page.route(re.compile("/lines/20000$|/panel"), lambda route: held.append(route))
    field = cell(page, "Quantity", 20000)
    field.fill("3")
    with page.expect_request(re.compile("/lines/20000$")):
        field.press("Tab")
    region = page.get_by_role("region", name="What will be posted")
    expect(region).to_have_attribute("aria-busy", "true")
    expect(region.get_by_text("Checking")).to_be_visible()
    held[-1].continue_()
    expect(panel(page).get_by_text("Checking")).to_be_hidden()
    assert len(held) == 1  # the answer to the change brought the panel


@pytest.mark.once
def test_an_answer_that_a_later_change_has_overtaken_is_left_aside(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}")
    held: list[Route] = []
    page.route(re.compile("/panel"), lambda route: held.append(route))
    panel(page).get_by_label("What to post").select_option("Invoice")
    expect(page.get_by_role("region", name="What will be posted")).to_have_attribute("aria-busy", "true")
    change(page, "Description", 20000, "Another text")
    expect(panel(page)).to_contain_text(NOTHING)
    late = "new Promise((done) => document.addEventListener('htmx:finally:request', () => done(), {once: true}))"
    page.evaluate(f"() => {{ window.late = {late}; }}")
    held[0].fulfill(content_type="text/html", body="<p>Overtaken</p>")
    page.evaluate("window.late")
    expect(panel(page)).to_contain_text(NOTHING)
    expect(page.get_by_text("Overtaken")).to_have_count(0)


@pytest.mark.once
def test_lines_are_narrowed_to_those_with_findings(desk: Desk, demo: Demo) -> None:
    order = demo.order((*FOUR_LINES, ("item", SCARCE, 500)))
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}")
    rows = page.locator("#line-table tbody tr")
    panel(page).get_by_label("Only lines with findings").check()
    expect(rows.filter(visible=True)).to_have_count(1)
    expect(page.locator("#line-50000")).to_be_visible()
    change(page, "Qty. to ship", 50000, "1")
    panel(page)
    expect(panel(page).get_by_label("Only lines with findings")).to_have_count(0)
    expect(rows.filter(visible=True)).to_have_count(5)


@pytest.mark.once
def test_it_is_switched_off_and_on_again(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("CLERK")
    page.goto(f"/service-orders/{order}")
    panel(page).get_by_role("button", name="Hide").click()
    again = page.get_by_role("button", name="Show what will be posted")
    expect(again).to_be_visible()
    expect(page.get_by_role("heading", name="What will be posted")).to_have_count(0)
    assert violations(page) == []
    other = desk.at("POSTER")
    other.goto(f"/service-orders/{order}")
    expect(panel(other)).to_contain_text("Ready to post")
    page.goto(f"/service-orders/{demo.order()}")
    again.click()
    expect(panel(page)).to_contain_text("Ready to post")


@pytest.mark.once
def test_it_is_accessible_at_every_width(desk: Desk, demo: Demo) -> None:
    order = demo.order((*FOUR_LINES, ("item", SCARCE, 500)))
    page = desk.at()
    looks = Looks(page)
    for path in (f"/service-orders/{order}", f"/service-orders/{demo.order()}"):
        page.goto(path)
        panel(page).get_by_text("problem").or_(panel(page).get_by_text("Ready to post")).first.wait_for()
        looks.at(path)
        for width in (1920, WIDE):
            page.set_viewport_size({"width": width, "height": 900})
            assert not overflows(page, width)
            assert page.locator("#line-table-frame").evaluate("(one) => one.scrollWidth <= one.clientWidth")
    assert looks.found == {}


@pytest.mark.once
def test_without_script_it_is_a_page(desk: Desk, demo: Demo) -> None:
    order = demo.order((*FOUR_LINES, ("item", SCARCE, 500)))
    page = desk.at("CLERK", script=False)
    page.goto(f"/service-orders/{order}")
    page.get_by_role("link", name="Show what will be posted").click()
    expect(page.get_by_text("1 problem")).to_be_visible()
    page.get_by_label("What to post").select_option("Invoice")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("No line has a Qty. to invoice that is shipped.")).to_be_visible()
    page.get_by_label("What to post").select_option("Ship")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("link", name="on stock").click()
    expect(page).to_have_url(re.compile(f"/service-orders/{order}#f-line-50000-qty_to_ship$"))


@pytest.mark.once
def test_why_an_order_cannot_be_posted_and_the_field_to_mend_in_two_clicks(desk: Desk, demo: Demo) -> None:
    """Effort, counted from the home page."""
    order = demo.order((("item", SCARCE, 500),))
    page = desk.at("CLERK")
    page.goto("/")
    clicks = 0
    for step in (
        page.get_by_role("link", name="to check"),
        page.get_by_role("link", name=f"Open finding of order {order}"),
    ):
        step.click()
        clicks += 1
    is_in_sight(page.get_by_label("Qty. to ship, line 10000", exact=True))
    assert clicks <= 2
    expect(panel(page).get_by_role("link", name="on stock")).to_be_visible()


@pytest.mark.once
def test_the_work_lists(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    demo.change(order, 10000, qty_to_ship=3)
    demo.post(order, "ship")
    page = desk.at("POSTER")
    looks = Looks(page)
    for path in ("/orders-to-check", "/ready-to-invoice", "/ready-to-invoice?view=finished"):
        page.goto(path)
        expect(page.get_by_text("Not checked yet")).to_have_count(0)
        looks.at(path)
    assert looks.found == {}
    page.goto(f"/ready-to-invoice?q={order}")  # among the oldest first it may stand on a later page
    page.get_by_role("link", name=f"Post order {order}").click()
    expect(page).to_have_url(re.compile(f"/service-orders/{order}/posting"))


@pytest.mark.once
def test_the_preview_on_paper(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}/preview?option=ship_and_invoice")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="General ledger")).to_be_visible()
    expect(page.get_by_role("banner")).to_be_hidden()
    assert violations(page) == []

"""Before posting: test reports over marked orders and over a filter, previews of chosen lines and of several orders."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from e2e.conftest import Demo, Desk
from e2e.looks import violations

PART = "CO-RELAY"  # a dozen are in stock, and stock may not become negative
TESTS = "SELECT document_no, errors FROM test_report WHERE document_no IN (?, ?) ORDER BY entry_no"
POSTED = "SELECT COUNT(*) FROM posting_run WHERE source_no = ?"


def two_orders(demo: Demo, description: str) -> tuple[str, str]:
    """A ready order, and one with more than the stock holds."""
    good = demo.order(description=description)
    bad = demo.order((("item", PART, 500),), description=description)
    return good, bad


def listed(page: Page, words: str, count: int) -> None:
    """The list of orders with these words alone."""
    page.goto("/service-orders")
    page.get_by_role("searchbox", name="Search service orders").fill(words)
    expect(page.locator("table.list tbody tr")).to_have_count(count)


def fine(page: Page) -> None:
    assert violations(page) == []


@pytest.mark.once
def test_marked_orders_are_tested_and_a_clean_one_is_posted(desk: Desk, demo: Demo) -> None:
    good, bad = two_orders(demo, "Marked for a test")
    page = desk.at("POSTER")
    listed(page, "Marked for a test", 2)
    page.get_by_label(f"Select {good}", exact=True).check()
    page.get_by_label(f"Select {bad}", exact=True).check()
    page.get_by_role("button", name="Test report", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Test report")
    summary = page.get_by_role("region", name="Summary")
    expect(summary).to_contain_text("1 ready, 1 with errors")
    row = summary.get_by_role("row").filter(has_text=bad)
    expect(row).to_contain_text("on stock")
    expect(row).to_contain_text("Tested by Paula Ostermann")
    assert sorted(tuple(one) for one in demo.rows(TESTS, good, bad)) == [(good, 0), (bad, 1)]
    fine(page)
    page.get_by_label("Only documents with errors").check()
    page.get_by_role("button", name="Test again").click()
    expect(page.get_by_role("region", name=f"Order {bad}")).to_be_visible()
    expect(page.get_by_role("region", name=f"Order {good}")).to_have_count(0)
    expect(page.get_by_label("Only documents with errors")).to_be_checked()
    page.get_by_label("Only documents with errors").uncheck()
    page.get_by_role("button", name="Test again").click()
    report = page.get_by_role("region", name=f"Order {good}")
    report.get_by_role("link", name="Post now").click()
    expect(page.get_by_label("Ship and invoice", exact=True)).to_be_checked()
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_text("Posted:")).to_be_visible()
    assert demo.rows(POSTED, good)[0][0] == 1


@pytest.mark.once
def test_the_link_of_an_error_leads_to_its_field_and_the_report_knows_of_the_change(desk: Desk, demo: Demo) -> None:
    _, bad = two_orders(demo, "To be mended")
    page = desk.at("CLERK")
    page.goto(f"/service-orders/{bad}")
    page.get_by_role("button", name="Test report").click()
    expect(page.get_by_text("Tested by Clemens Kraus")).to_be_visible()
    page.get_by_role("alert").get_by_role("link").first.click()
    page.wait_for_url(re.compile(rf"/service-orders/{bad}.*#f-"))
    demo.change(bad, 10000, quantity=2)
    page.goto(f"/service-orders/{bad}/test-report")
    expect(page.get_by_text("Changed since")).to_be_visible()
    expect(page.get_by_role("region", name=f"Order {bad}")).to_contain_text("Ready")
    expect(page.get_by_role("link", name="Post now")).to_have_count(0)  # a clerk does not post


@pytest.mark.once
def test_all_that_a_filter_shows_is_tested(desk: Desk, demo: Demo) -> None:
    good, _ = two_orders(demo, "Found by its words")
    page = desk.at("CLERK")
    listed(page, "Found by its words", 2)
    page.get_by_role("button", name="Test report", exact=True).click()
    summary = page.get_by_role("region", name="Summary")
    expect(summary).to_contain_text("1 ready, 1 with errors")
    expect(summary.get_by_role("row")).to_have_count(3)
    fine(page)
    page.get_by_label("Show dimensions").check()
    page.get_by_role("button", name="Test again").click()
    expect(page.get_by_role("region", name=f"Order {good}")).to_contain_text("FIELD")
    fine(page)


def printed(page: Page) -> None:
    """The button opens the browser's dialog; on paper the page is as clean as on the screen."""
    page.get_by_role("button", name="Print", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-dialog", "open")
    page.emulate_media(media="print")
    fine(page)
    page.emulate_media(media="screen")


@pytest.mark.once
def test_reports_are_printed(desk: Desk, demo: Demo) -> None:
    good, bad = two_orders(demo, "For paper")
    page = desk.at("CLERK")
    page.goto(f"/service-orders/test-report?select={good}&select={bad}")
    printed(page)
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Test again")).to_be_hidden()
    expect(page.locator(".paper-only")).to_contain_text("Test report, ship and invoice")
    breaks: Any = page.eval_on_selector_all(".test-report", "all => all.map(one => getComputedStyle(one).breakBefore)")
    assert breaks == ["page", "page"]
    pages = [one.extract_text() for one in PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages]
    assert "1 ready, 1 with errors" in pages[0] and good in pages[1] and bad in pages[2]
    assert "Page 1 of 3" in pages[0]


@pytest.mark.once
def test_chosen_lines_are_previewed(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("CLERK", color_scheme="dark")
    page.goto(f"/service-orders/{order}")
    expect(page.get_by_role("button", name="Preview selected lines")).to_be_disabled()
    page.get_by_label("Choose line 10000").check()
    page.get_by_label("Choose line 30000").check()
    page.get_by_role("button", name="Preview selected lines (2)").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Preview of 2 lines of order {order}")
    expect(page.get_by_text(re.compile(r"Debit [\d,.]+ = credit"))).to_be_visible()
    fine(page)
    page.get_by_role("navigation", name="What to post").get_by_role("link", name="Ship", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Preview of 2 lines")
    printed(page)
    assert demo.rows(POSTED, order)[0][0] == 0


@pytest.mark.once
def test_several_orders_are_previewed_and_shown_as_printed(desk: Desk, demo: Demo) -> None:
    first, second = (demo.order(description="One after another") for _ in range(2))
    page = desk.at("CLERK")
    listed(page, "One after another", 2)
    preview = page.get_by_role("button", name="Preview", exact=True)
    expect(preview).to_be_disabled()
    page.get_by_label("Select all rows shown").check()
    page.get_by_role("button", name="Preview (2)").click()
    for order in (first, second):
        expect(page.locator(f"#order-{order}")).to_be_visible()
        expect(page.get_by_role("group", name=f"General ledger of order {order}")).to_be_visible()
    fine(page)
    page.get_by_role("link", name="Documents as printed").click()
    expect(page.get_by_role("article")).to_have_count(4)
    mark = "one => getComputedStyle(one, '::before').content"
    assert page.locator("article").first.evaluate(mark) == '"PREVIEW"'
    printed(page)
    page.emulate_media(media="print")
    sheets = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert len(sheets) == 4 and all("PREVIEW" in sheet.extract_text() for sheet in sheets)
    assert [demo.rows(POSTED, order)[0][0] for order in (first, second)] == [0, 0]


@pytest.mark.once
def test_a_second_look_tells_what_changed(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("CLERK")
    page.goto(f"/service-orders/{order}/preview")
    page.reload()
    expect(page.get_by_text("The same as in your last preview.")).to_be_visible()
    demo.change(order, 10000, quantity=3)
    page.reload()
    told = page.get_by_role("region", name="Since your last preview")
    expect(told.get_by_role("row").filter(has_text="Total incl. VAT")).to_have_count(1)
    fine(page)


@pytest.mark.once
def test_reports_and_previews_without_script(desk: Desk, demo: Demo) -> None:
    good, bad = two_orders(demo, "Without any script")
    page = desk.at("CLERK", script=False)
    page.goto("/service-orders?q=Without+any+script")
    page.get_by_label(f"Select {bad}", exact=True).check()
    page.get_by_role("button", name="Test report", exact=True).click()
    expect(page.get_by_role("region", name="Summary")).to_contain_text("0 ready, 1 with errors")
    page.goto("/service-orders?q=Without+any+script")
    page.get_by_label(f"Select {good}", exact=True).check()
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator(f"#order-{good}")).to_be_visible()

"""Posting chosen lines of an order: those and no others."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from e2e.conftest import Demo, Desk
from e2e.looks import violations
from e2e.test_task_6_post_orders import cell, change, posted_counts, posted_documents

SHIPPED = "SELECT order_line_no, quantity FROM service_shipment_line WHERE order_no = ? ORDER BY order_line_no"


def test_chosen_lines_are_posted_and_then_the_rest(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("POSTER")
    page.goto("/service-orders?view=to-ship")
    page.get_by_role("searchbox", name="Search service orders").fill(order)
    expect(page.locator("table.list tbody tr")).to_have_count(1)
    page.get_by_role("link", name=order, exact=True).click()
    button = page.get_by_role("button", name="Post selected lines")
    expect(button).to_be_disabled()
    change(page, "Qty. to ship", 10000, "6")
    page.get_by_label("Choose line 10000").check()
    page.get_by_label("Choose line 30000").check()
    expect(button).to_contain_text("2")
    button.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Post 2 lines")
    page.get_by_label("Ship and invoice", exact=True).check()
    page.get_by_role("button", name="Post 2 lines").click()
    documents = posted_documents(page)
    assert [tuple(row) for row in demo.rows(SHIPPED, order)] == [(10000, 600_000), (30000, 600_000)]
    page.go_back()
    expect(page.get_by_role("status").filter(has_text="You posted")).to_contain_text(documents["Invoice"])
    expect(page.get_by_label("Ship and invoice", exact=True)).not_to_be_checked()
    expect(page.get_by_role("button", name="Post 2 lines")).to_be_disabled()
    expect(page.get_by_role("status").filter(has_text="Choose what to post")).to_be_visible()
    page.goto(f"/posted-service-shipments/{documents['Shipment']}")
    expect(page.get_by_role("group", name="Lines of").locator("tbody tr")).to_have_count(2)
    page.get_by_role("navigation", name="Chain of documents").get_by_role("link", name=order).click()
    expect(cell(page, "Qty. to ship", 10000)).to_have_value("4")
    expect(cell(page, "Qty. to ship", 20000)).to_have_value("4")
    page.get_by_role("link", name="Post", exact=True).click()
    page.get_by_label("Ship and invoice", exact=True).check()
    page.get_by_role("button", name="Post", exact=True).click()
    posted_documents(page)
    expect(page.get_by_text("It is closed and in the archive.")).to_be_visible()
    assert posted_counts(demo, order) == (2, 2)


@pytest.mark.once
def test_the_head_chooses_all_lines(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}")
    page.get_by_label("Choose all lines").check()
    expect(page.get_by_role("button", name="Post selected lines")).to_contain_text("4")
    page.get_by_label("Choose line 20000").uncheck()
    expect(page.get_by_role("button", name="Post selected lines")).to_contain_text("3")
    page.get_by_role("button", name="Post selected lines").click()
    expect(page.get_by_role("button", name="Post 3 lines")).to_be_visible()
    assert violations(page) == []


@pytest.mark.once
def test_chosen_lines_without_script(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("POSTER", script=False)
    page.goto(f"/service-orders/{order}")
    page.get_by_label("Choose line 20000").check()
    page.get_by_role("button", name="Post selected lines").click()
    page.get_by_label("Ship", exact=True).check()
    page.get_by_role("button", name="Post 1 line").click()
    documents = posted_documents(page)
    assert documents.keys() == {"Shipment"}
    assert [tuple(row) for row in demo.rows(SHIPPED, order)] == [(20000, 400_000)]


@pytest.mark.once
def test_a_chosen_line_that_was_deleted_meanwhile_is_named(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}/posting?chosen=1&line=10000&line=99990")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Post")
    assert violations(page) == []
    page.goto(f"/service-orders/{order}/posting?chosen=1&line=99990")
    expect(page.get_by_role("alert")).to_be_visible()
    assert posted_counts(demo, order) == (0, 0)


@pytest.mark.once
def test_consumption_of_a_chosen_line(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}")
    change(page, "Qty. to consume", 10000, "2")
    expect(cell(page, "Qty. to ship", 10000)).to_have_value("2")
    page.get_by_label("Choose line 10000").check()
    page.get_by_role("button", name="Post selected lines").click()
    page.get_by_label("Ship and consume", exact=True).check()
    page.get_by_role("button", name="Post 1 line").click()
    posted_documents(page)
    consumed = "SELECT quantity_consumed FROM service_line WHERE document_type = 'order' AND document_no = ?"
    assert demo.rows(f"{consumed} ORDER BY line_no", order)[0][0] == 200_000
    assert posted_counts(demo, order) == (1, 0)

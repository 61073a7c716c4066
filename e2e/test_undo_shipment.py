"""A shipment was posted too early: its lines are undone and shipped again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from e2e.conftest import Demo, Desk
from e2e.looks import Looks
from e2e.test_task_6_post_orders import cell, posted_documents

LINES = "SELECT order_line_no, quantity, correction FROM service_shipment_line WHERE order_no = ? ORDER BY id"


def test_a_shipped_line_is_undone_and_shipped_again(desk: Desk, demo: Demo) -> None:
    order = demo.order(post="ship")
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Shipped lines").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Shipped lines of order {order}")
    page.get_by_role("link", name="Undo shipment, line 10000").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Undo shipment of 1 line")
    expect(page.get_by_role("heading", name="Item ledger")).to_be_visible()
    page.get_by_role("button", name="Undo shipment of 1 line").click()
    expect(page.get_by_role("status").filter(has_text="1 line of shipment")).to_be_visible()
    row = page.get_by_role("row", name="10000")
    expect(row.get_by_role("cell").last).to_have_text("10")  # to ship again
    page.get_by_role("link", name=f"Back to order {order}").click()
    expect(cell(page, "Qty. to ship", 10000)).to_have_value("10")
    expect(cell(page, "Qty. to ship", 20000)).to_have_value("0")
    page.get_by_role("link", name="Post", exact=True).click()
    page.get_by_label("Ship", exact=True).check()
    page.get_by_role("button", name="Post", exact=True).click()
    posted_documents(page)
    rows = [(line, quantity // 100_000, bool(undone)) for line, quantity, undone in demo.rows(LINES, order)]
    assert [row for row in rows if row[0] == 10000] == [(10000, 10, True), (10000, -10, True), (10000, 10, False)]


@pytest.mark.once
def test_chosen_lines_of_a_posted_shipment_without_script(desk: Desk, demo: Demo) -> None:
    order = demo.order(post="ship")
    no = demo.rows("SELECT no FROM service_shipment_header WHERE order_no = ?", order)[0][0]
    page = desk.at("POSTER", script=False)
    page.goto(f"/posted-service-shipments/{no}")
    expect(page.get_by_role("button", name="Undo consumption")).to_be_disabled()
    page.get_by_role("link", name="Undo shipment").click()
    page.get_by_label("Choose line 20000").uncheck()
    page.get_by_role("button", name="Show what will be written").click()
    page.get_by_role("button", name="Undo shipment of").click()
    page.get_by_role("link", name=no, exact=True).click()
    expect(page.get_by_role("group", name="Lines of").get_by_role("row").filter(has_text="Yes")).to_have_count(6)
    expect(page.locator("p.hint").filter(has_text="Shipment undone")).to_be_visible()
    page.go_back()
    page.go_back()
    expect(page.get_by_role("alert")).to_contain_text("has already been undone")
    expect(page.get_by_role("button", name="Undo shipment of")).to_have_count(0)
    assert len(demo.rows(LINES, order)) == 7


@pytest.mark.once
def test_axe_finds_nothing_on_the_pages_of_undoing(desk: Desk, demo: Demo) -> None:
    order = demo.order(post="ship")
    no = demo.rows("SELECT no FROM service_shipment_header WHERE order_no = ?", order)[0][0]
    shipment = f"/posted-service-shipments/{no}"
    page = desk.at("POSTER")
    looks = Looks(page)
    rest: tuple[str, ...] = ("/undo-shipment", "/undo-consumption", "/undo-consumption?line=10000")
    rest += ("/consumption?line=20000", "/undo-shipment?line=10000")
    looks.visit(f"/service-orders/{order}/shipped-lines", shipment, *(f"{shipment}{one}" for one in rest))
    page.get_by_role("button", name="Undo shipment of 1 line").click()
    looks.at("done")
    looks.visit(shipment, f"{shipment}/print", f"{shipment}/undo-shipment", f"/service-orders/{order}/shipped-lines")
    assert looks.found == {}

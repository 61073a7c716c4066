"""What a clerk writes on an order besides its lines: comments, fees, a bundle of lines, an extended text, a file."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Demo, Desk

pytestmark = pytest.mark.once
LINES = "SELECT description FROM service_line WHERE document_type = 'order' AND document_no = ? ORDER BY line_no"


def more(page: Page, name: str, role: str = "link") -> None:
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link" if role == "link" else "button", name=name, exact=True).click()


def test_a_clerk_writes_on_an_order_what_belongs_to_it(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("CLERK")
    page.goto(f"/service-orders/{order}")
    more(page, "Comments")
    page.get_by_label("Type").select_option("Fault")
    page.get_by_label("Service item line").select_option(index=1)
    page.get_by_label("Print on document").check()
    page.get_by_role("textbox", name="Comment").fill("Seal drips at 6 bar")
    page.get_by_role("button", name="Add comment").click()
    expect(page.get_by_role("cell", name="Seal drips at 6 bar")).to_be_visible()
    page.get_by_role("link", name="Reword").click()
    page.get_by_role("textbox", name="Comment").fill("Seal drips at 8 bar")
    page.get_by_role("button", name="Change comment").click()
    expect(page.get_by_role("cell", name="Seal drips at 8 bar")).to_be_visible()
    page.get_by_role("link", name=f"Order {order}").click()
    more(page, "Insert starting fee", "button")
    expect(page.get_by_text("The starting fee is line 50000.")).to_be_visible()
    more(page, "Get standard service codes")
    page.get_by_label("Standard service code", exact=True).select_option("INSPECT")
    page.get_by_role("button", name="Insert lines").click()
    expect(page.get_by_text("The lines of INSPECT are added.")).to_be_visible()
    page.get_by_role("link", name="60000", exact=True).click()
    page.get_by_role("button", name="Insert extended text").click()
    expect(page.get_by_text("The extended text of line 60000 is inserted.")).to_be_visible()
    more(page, "Attached files")
    page.get_by_label("Files, at most").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"ok"})
    page.get_by_role("button", name="Attach", exact=True).click()
    expect(page.get_by_role("link", name="a.txt")).to_be_visible()
    lines = [row[0] for row in demo.rows(LINES, order)]
    assert len(lines) == 4 + 1 + 3 + 1
    assert "Inspection by the list" in lines and "Function tested together with the customer." in lines
    page.goto(f"/service-orders/{order}/print")
    expect(page.get_by_text("Seal drips at 8 bar")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_tick_of_the_header_can_be_set_and_taken_away(desk: Desk, demo: Demo, script: bool) -> None:
    order = demo.order()
    stored = "SELECT combine_shipments FROM service_header WHERE document_type = 'order' AND no = ?"
    page = desk.at("CLERK", script=script)
    for wanted in (1, 0, 1, 0):
        if demo.rows(stored, order)[0][0] == wanted:
            continue
        page.goto(f"/service-orders/{order}")
        tick = page.get_by_label("Combine shipments")
        if not tick.is_visible():
            page.locator("summary", has_text="Shipping").first.click()
        if script:
            with page.expect_response(lambda answer: answer.url.endswith("/header")):
                tick.set_checked(bool(wanted))
        else:
            tick.set_checked(bool(wanted))
            page.get_by_role("button", name="Save header and lines").first.click()
            expect(page.get_by_text("saved")).to_be_visible()
        assert bool(demo.rows(stored, order)[0][0]) is bool(wanted)

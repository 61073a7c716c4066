"""What could not be saved says so where it was typed, warns before it is lost, and is saved once the server is back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Dialog, Locator, Page, Route, expect

from e2e.conftest import WORK_DATE, Demo, Desk
from e2e.looks import violations

pytestmark = pytest.mark.once
QUANTITY = "SELECT quantity FROM service_line WHERE document_type = 'order' AND document_no = ? AND line_no = ?"
DOLLARS = "U51010"  # its rate is another one since two days
TWO_PUMPS = (("item", "MEASURE-1", 5), ("item", "MEASURE-2", 4))


def opened(desk: Desk, order: str, name: str = "POSTER") -> Page:
    page = desk.at(name)
    page.goto(f"/service-orders/{order}")
    expect(page.locator("#will-be-posted")).not_to_have_attribute("aria-busy", "true")
    expect(page.get_by_text("Ready to post")).to_be_visible()
    return page


def quantity(page: Page, line: int = 10000) -> Locator:
    return page.get_by_label(f"Quantity, line {line}", exact=True)


def type_into(field: Locator, text: str) -> None:
    field.select_text()
    field.press_sequentially(text)
    field.press("Tab")


def beside(page: Page, text: str) -> Locator:
    """What a field says of itself."""
    return page.locator(".faults").get_by_text(text)


def gone(page: Page) -> None:
    """The server is gone for whatever the page sends."""
    page.route("**/service-orders/**", lambda route: route.abort("connectionrefused"))


def back(page: Page) -> None:
    page.unroute("**/service-orders/**")


def answered(page: Page, status: int, text: str) -> None:
    """What is sent is answered by something that is not the application, as by a proxy before it."""

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=status, body=text, content_type="text/html")
        else:
            route.continue_()

    page.route("**/service-orders/**", answer)


def warned(page: Page, press: Locator) -> None:
    """Leaving asks first, and who stays is still there."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    address = page.url
    with page.expect_event("dialog"):
        press.click()
    assert asked == ["beforeunload"]
    assert page.url == address


def post(page: Page) -> Locator:
    return page.get_by_role("link", name="Post", exact=True)


def test_a_line_that_could_not_be_sent_is_marked_and_saved_again(desk: Desk, demo: Demo) -> None:
    order = demo.order(TWO_PUMPS)
    page = opened(desk, order)
    gone(page)
    type_into(quantity(page), "7")
    expect(beside(page, "Quantity is not saved: the server did not answer.")).to_be_visible()
    expect(quantity(page)).to_have_accessible_description(re.compile("not saved"))
    expect(page.get_by_text("Not saved: save it again")).to_be_visible()
    expect(page.get_by_text("Ready to post")).to_be_hidden()
    expect(page.get_by_text("Checking", exact=True)).to_be_hidden()
    summary = page.locator("#document-notices")
    expect(
        summary.get_by_role("link", name="Line 10000: Quantity is not saved: the server did not answer.")
    ).to_be_visible()
    assert violations(page) == []
    back(page)
    warned(page, post(page))
    assert demo.rows(QUANTITY, order, 10000) == [(500_000,)]
    page.get_by_role("button", name="Save again").click()
    expect(page.get_by_text("is not saved")).to_have_count(0)
    expect(page.get_by_text("Ready to post")).to_be_visible()
    assert demo.rows(QUANTITY, order, 10000) == [(700_000,)]
    expect(page.locator("[data-failed], [data-changed], .has-fault")).to_have_count(0)
    post(page).click()
    page.wait_for_url("**/posting*")


def test_what_could_not_be_sent_stays_while_other_things_are_saved(desk: Desk, demo: Demo) -> None:
    order = demo.order(TWO_PUMPS)
    page = opened(desk, order)
    gone(page)
    type_into(quantity(page), "7")
    type_into(page.get_by_label("Your reference", exact=True), "PO 8")
    expect(beside(page, "Your reference is not saved: the server did not answer.")).to_be_visible()
    back(page)
    type_into(quantity(page, 20000), "6")
    expect(page.get_by_role("row", name=re.compile("^Choose line 20000"))).not_to_have_class(re.compile("has-fault"))
    expect(page.get_by_text("Not saved: save it again")).to_be_visible()
    page.locator("#f-item-description").fill("A pump")
    page.get_by_role("button", name="Add service item line").click()
    expect(page.get_by_role("cell", name="A pump")).to_be_visible()
    expect(quantity(page)).to_have_value("7")
    expect(beside(page, "Quantity is not saved: the server did not answer.")).to_be_visible()
    expect(page.get_by_label("Your reference", exact=True)).to_have_value("PO 8")
    page.get_by_role("button", name="Save again").first.click()
    expect(page.get_by_text("is not saved")).to_have_count(0)
    expect(page.get_by_text("Ready to post")).to_be_visible()
    assert demo.rows(QUANTITY, order, 10000) == [(700_000,)]
    assert demo.rows(QUANTITY, order, 20000) == [(600_000,)]
    assert demo.rows("SELECT your_reference FROM service_header WHERE no = ?", order) == [("PO 8",)]


def test_the_same_typed_again_is_sent_again(desk: Desk, demo: Demo) -> None:
    order = demo.order(TWO_PUMPS)
    page = opened(desk, order)
    gone(page)
    type_into(quantity(page), "7")
    expect(beside(page, "Quantity is not saved")).to_be_visible()
    back(page)
    type_into(quantity(page), "7")
    expect(beside(page, "Quantity is not saved")).to_have_count(0)
    assert demo.rows(QUANTITY, order, 10000) == [(700_000,)]


def test_an_answer_that_is_no_answer_of_the_application_is_not_drawn(desk: Desk, demo: Demo) -> None:
    order = demo.order(TWO_PUMPS)
    page = opened(desk, order)
    answered(page, 502, "<h1>Bad Gateway</h1>")
    type_into(quantity(page), "7")
    expect(beside(page, "Quantity is not saved: something went wrong.")).to_be_visible()
    expect(page.get_by_text("Bad Gateway")).to_have_count(0)
    page.locator("#f-new-no").fill("MEASURE-1")
    page.get_by_role("button", name="Add line").click()
    expect(page.get_by_text("The server did not answer, and this may not be done.")).to_be_visible()
    expect(page.locator("#f-new-no")).to_have_value("MEASURE-1")
    back(page)
    page.get_by_role("button", name="Save again").click()
    expect(page.get_by_text("is not saved")).to_have_count(0)
    expect(page.get_by_text("The server did not answer")).to_have_count(0)
    desk.found.clear()


def test_whoever_is_signed_out_signs_in_elsewhere_and_saves_again(desk: Desk, demo: Demo) -> None:
    order = demo.order(TWO_PUMPS)
    page = opened(desk, order)
    page.context.clear_cookies(name=re.compile("session"))
    type_into(quantity(page), "7")
    expect(beside(page, "Quantity is not saved: you are signed out.")).to_be_visible()
    expect(page.get_by_text("Not saved: save it again")).to_be_visible()
    expect(page.get_by_text("Ready to post")).to_be_hidden()
    page.context.add_cookies(demo.states["POSTER"]["cookies"])
    page.get_by_role("button", name="Save again").click()
    expect(page.get_by_text("is not saved")).to_have_count(0)
    expect(page.get_by_text("You have been signed out")).to_have_count(0)
    expect(page.get_by_text("Ready to post")).to_be_visible()
    assert demo.rows(QUANTITY, order, 10000) == [(700_000,)]


def test_a_panel_that_could_not_be_read_says_so(desk: Desk, demo: Demo) -> None:
    order = demo.order(TWO_PUMPS)
    page = opened(desk, order)
    page.route("**/panel*", lambda route: route.abort("connectionrefused"))
    type_into(page.get_by_label("Your reference", exact=True), "PO 8")
    expect(page.get_by_text("Not checked")).to_be_visible()
    expect(page.get_by_text("Ready to post")).to_be_hidden()
    page.unroute("**/panel*")
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_text("Ready to post")).to_be_visible()
    expect(page.get_by_text("Not checked")).to_be_hidden()


def test_what_is_typed_into_a_line_and_not_sent_warns(desk: Desk, demo: Demo) -> None:
    page = opened(desk, demo.order(TWO_PUMPS))
    quantity(page).select_text()
    quantity(page).press_sequentially("7")
    expect(quantity(page)).to_have_attribute("data-changed", "")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    with page.expect_event("dialog"):
        page.close(run_before_unload=True)
    assert asked == ["beforeunload"]


def asks(desk: Desk, demo: Demo) -> tuple[Page, str, str]:
    """An order in dollars whose posting date is typed anew, to a day with another rate; and what was typed."""
    order = demo.order(TWO_PUMPS, DOLLARS, machine=False)
    page = opened(desk, order)
    field = page.get_by_label("Posting date", exact=True)
    other = (WORK_DATE - timedelta(days=3)).strftime("%d/%m/%Y")
    type_into(field, other)
    expect(page.get_by_role("heading", name="Change posting date")).to_be_visible()
    return page, order, other


def test_an_open_question_is_not_ready_to_post(desk: Desk, demo: Demo) -> None:
    page, _, typed = asks(desk, demo)
    field = page.get_by_label("Posting date", exact=True)
    expect(field).to_have_value(typed)
    expect(field).to_have_attribute("data-not-saved", "asked")
    chip = page.get_by_role("link", name="Not saved: a question is open")
    expect(chip).to_be_visible()
    expect(page.get_by_text("Ready to post")).to_be_hidden()
    assert violations(page) == []
    warned(page, post(page))
    expect(field).to_have_value(typed)
    chip.click()
    expect(page.locator("#question")).to_be_focused()
    page.get_by_role("button", name="Change it and keep the rate").click()
    expect(page.locator("#question")).to_have_count(0)
    expect(page.get_by_text("Ready to post")).to_be_visible()
    expect(chip).to_be_hidden()
    expect(field).to_have_value(typed)


def test_a_question_stays_open_while_other_things_are_saved(desk: Desk, demo: Demo) -> None:
    page, order, typed = asks(desk, demo)
    field = page.get_by_label("Posting date", exact=True)
    type_into(quantity(page, 10000), "7")
    page.locator("#f-new-no").fill("MEASURE-1")
    page.locator("#f-new-quantity").fill("2")
    page.get_by_role("button", name="Add line").click()
    expect(quantity(page, 30000)).to_have_value("2")
    expect(page.get_by_role("heading", name="Change posting date")).to_be_visible()
    expect(field).to_have_value(typed)
    expect(page.get_by_text("Not saved: a question is open")).to_be_visible()
    assert demo.rows(QUANTITY, order, 10000) == [(700_000,)]
    page.locator("#question").get_by_role("button", name="Keep").first.click()
    expect(page.locator("#question")).to_have_count(0)
    expect(field).not_to_have_value(typed)
    expect(page.get_by_text("Ready to post")).to_be_visible()


def test_nothing_warns_once_the_document_is_gone(desk: Desk, demo: Demo) -> None:
    order = demo.order(TWO_PUMPS)
    page = opened(desk, order)
    gone(page)
    type_into(quantity(page), "7")
    expect(beside(page, "Quantity is not saved")).to_be_visible()
    back(page)
    demo.post(order, "ship_and_invoice")
    page.get_by_role("button", name="Save again").click()
    expect(page.locator("#document-chips")).to_contain_text("Not open any more")
    expect(page.locator("[data-not-saved]")).to_have_count(0)
    expect(page.get_by_role("button", name="Save again")).to_have_count(0)
    expect(page.locator("#document-notices")).to_be_empty()
    page.locator("#action-bar .actions a").first.click()
    page.wait_for_url(lambda url: f"/service-orders/{order}" not in url or "closed" in url)


def test_a_new_line_is_added_once_and_not_lost_by_leaving(desk: Desk, demo: Demo) -> None:
    order = demo.order(TWO_PUMPS)
    page = opened(desk, order)
    new = page.locator("#new-line")
    new.get_by_label("No.", exact=True).fill("MEASURE-3")
    new.get_by_label("Quantity", exact=True).fill("2")
    warned(page, page.get_by_role("link", name="Home").or_(page.locator(".top a").first))
    new.get_by_role("button", name="Add line").dblclick()
    expect(page.locator("#line-table tbody tr")).to_have_count(3)
    expect(new.get_by_label("No.", exact=True)).to_have_value("")
    assert demo.rows("SELECT COUNT(*) FROM service_line WHERE document_no = ?", order) == [(3,)]
    page.goto("/service-orders")  # nothing is left that would be lost
    expect(page.get_by_role("heading", name="Service orders")).to_be_visible()

"""What was typed and refused: it can be typed again, and stays while other things of the order are saved."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.conftest import Demo, Desk
from e2e.looks import violations

pytestmark = pytest.mark.once
TO_SHIP = "SELECT qty_to_ship FROM service_line WHERE document_type = 'order' AND document_no = ? AND line_no = 10000"


def type_into(field: Locator, text: str) -> None:
    """Key by key as a person does, and on to the next field."""
    field.select_text()
    field.press_sequentially(text)
    field.press("Tab")


def opened(desk: Desk, order: str) -> Page:
    page = desk.at("CLERK")
    page.goto(f"/service-orders/{order}")
    expect(page.locator("#will-be-posted")).not_to_have_attribute("aria-busy", "true")
    return page


def test_the_same_typed_again_replaces_what_somebody_else_entered(desk: Desk, demo: Demo) -> None:
    order = demo.order((("item", "MEASURE-1", 5),))
    page = opened(desk, order)
    demo.change(order, 10000, qty_to_ship=3)
    field = page.get_by_label("Qty. to ship, line 10000", exact=True)
    type_into(field, "2")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert demo.rows(TO_SHIP, order) == [(300_000,)]
    type_into(field, "2")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("2")
    assert demo.rows(TO_SHIP, order) == [(200_000,)]


def test_what_was_refused_stays_while_other_things_are_saved(desk: Desk, demo: Demo) -> None:
    order = demo.order((("item", "MEASURE-1", 5),))
    page = opened(desk, order)
    to_ship = page.get_by_label("Qty. to ship, line 10000", exact=True)
    quantity = page.get_by_label("Quantity, line 10000", exact=True)
    date = page.get_by_label("Posting date", exact=True)
    new = page.locator("#new-line")

    def stays() -> None:
        for field, typed in ((quantity, "12x"), (date, "31-02")):
            expect(field).to_have_value(typed)
            expect(field).to_have_attribute("aria-invalid", "true")
            expect(field).to_have_accessible_description(re.compile(r"\w"))
        expect(page.get_by_text("Not saved: a refused field")).to_be_visible()

    type_into(quantity, "12x")
    expect(quantity).to_have_attribute("aria-invalid", "true")
    type_into(date, "31-02")
    expect(date).to_have_attribute("aria-invalid", "true")
    stays()
    type_into(page.get_by_label("Your reference", exact=True), "PO 8")
    expect(page.locator("#header input[name=shown]")).to_have_value(re.compile("PO 8"))
    stays()
    new.get_by_label("No.", exact=True).fill("NONE-SUCH")
    new.get_by_role("button", name="Add line").click()
    expect(new.get_by_label("No.", exact=True)).to_have_attribute("aria-invalid", "true")
    stays()
    demo.change(order, 10000, qty_to_ship=3)
    page.locator("#f-item-description").fill("A pump")
    page.get_by_role("button", name="Add service item line").click()
    expect(page.get_by_role("cell", name="A pump")).to_be_visible()
    stays()
    expect(new.get_by_label("No.", exact=True)).to_have_value("NONE-SUCH")
    type_into(quantity, "6")
    expect(quantity).not_to_have_attribute("aria-invalid", "true")
    expect(quantity).to_have_value("6")
    expect(to_ship).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#line-10000.has-fault")).to_have_count(0)
    expect(date).to_have_value("31-02")


def test_the_summary_tells_all_that_stands_on_the_page(desk: Desk, demo: Demo) -> None:
    order = demo.order((("item", "MEASURE-1", 5), ("item", "MEASURE-2", 4)))
    page = opened(desk, order)
    summary = page.locator("#document-notices .summary.error")

    def stand(count: int) -> None:
        title = "There is one problem" if count == 1 else f"There are {count} problems"
        expect(summary.get_by_role("heading", name=title)).to_be_visible()
        expect(summary.get_by_role("listitem")).to_have_count(count)

    typed = (
        ("Quantity", 10000, "12x"),
        ("Unit price", 10000, "dear"),
        ("Line discount %", 10000, "much"),
        ("Quantity", 20000, "few"),
    )
    for number, (name, line, text) in enumerate(typed, 1):
        type_into(page.get_by_label(f"{name}, line {line}", exact=True), text)
        stand(number)
        expect(summary.get_by_role("link", name=f"Line {line}: {name}: “{text}” is not a number.")).to_be_visible()
    assert violations(page) == []
    type_into(page.get_by_label("Posting date", exact=True), "31-02")
    stand(5)
    type_into(page.get_by_label("Your reference", exact=True), "PO 8")
    expect(page.locator("#header input[name=shown]")).to_have_value(re.compile("PO 8"))
    stand(5)
    page.locator("#f-new-no").fill("NONE-SUCH")
    page.get_by_role("button", name="Add line").click()
    stand(6)
    type_into(page.get_by_label("Quantity, line 20000", exact=True), "6")
    stand(5)
    link = summary.get_by_role("link", name="Line 10000: Line discount %")
    link.click()
    expect(page.get_by_label("Line discount %, line 10000", exact=True)).to_be_focused()
    for name, text in (("Quantity", "6"), ("Unit price", "9"), ("Line discount %", "0")):
        type_into(page.get_by_label(f"{name}, line 10000", exact=True), text)
    stand(2)

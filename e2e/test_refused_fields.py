"""What was typed and refused: it can be typed again, and stays while other things of the order are saved."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.conftest import Demo, Desk

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

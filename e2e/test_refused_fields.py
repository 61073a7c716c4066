"""What was typed and refused: it can be typed again, and stays while other things of the order are saved."""

from __future__ import annotations

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

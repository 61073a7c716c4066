"""The header of an open document by keyboard: Tab goes on from field to field, in the sections below the lines too."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.conftest import Demo, Desk

pytestmark = pytest.mark.once


def opened(desk: Desk, order: str) -> Page:
    page = desk.at("CLERK")
    page.goto(f"/service-orders/{order}")
    expect(page.locator("#will-be-posted")).not_to_have_attribute("aria-busy", "true")
    return page


def section(page: Page, name: str) -> Locator:
    return page.locator(f"#part-{name.lower()}")


def test_tab_goes_on_below_the_lines_after_each_saved_change(desk: Desk, demo: Demo) -> None:
    page = opened(desk, demo.order())
    invoicing = section(page, "Invoicing")
    invoicing.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(invoicing).to_have_attribute("open", "")
    typed = (
        ("max_labor_unit_price", "90", "eu_3_party_trade"),
        ("posting_description", "Pumps of the quay", "dim_1"),
    )
    for name, text, then in typed:
        field = page.locator(f"#f-{name}")
        field.select_text()
        page.keyboard.type(text)
        page.keyboard.press("Tab")
        expect(page.locator("#header input[name=shown]")).to_have_value(re.compile(text))
        expect(invoicing).to_have_attribute("open", "")
        page.wait_for_function("id => document.activeElement.id === id", arg=f"f-{then}")


def test_a_closed_section_stays_closed(desk: Desk, demo: Demo) -> None:
    page = opened(desk, demo.order())
    general = section(page, "General")
    general.locator("summary").first.click()
    expect(general).not_to_have_attribute("open", "")
    section(page, "Shipping").locator("summary").first.click()
    field = page.locator("#f-ship_to_name")
    field.fill("Ines")
    field.press("Tab")
    expect(page.locator("#header input[name=shown]")).to_have_value(re.compile("Ines"))
    expect(general).not_to_have_attribute("open", "")

"""A service contract in the browser: agreed, signed with its first days invoiced, billed on, taken back (task 1)."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import CUSTOMER, WORK_DATE, Demo, Desk
from e2e.looks import Looks

MACHINES = "SELECT no FROM service_item WHERE customer_no = ? AND blocked = 'none' ORDER BY no"


def agreed(page: Page, machine: str, start: date, price: str = "1680", template: str = "QUARTER-PRE") -> str:
    """Enters a contract from a template with one machine; gives its address."""
    page.goto("/service-contracts/new")
    page.get_by_label("Customer no.").fill(CUSTOMER)
    page.get_by_label("Template").select_option(template)
    page.get_by_label("Description").fill("Care of the packing line")
    page.get_by_label("Starting date").fill(start.isoformat())
    page.get_by_role("button", name="Make the contract").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Contract C4")
    lines = page.get_by_role("region", name="Lines")
    if machine:
        lines.get_by_label("Service item no.").fill(machine)
    else:
        lines.get_by_label("Description").fill("Hotline")
    lines.get_by_label("Line value").fill(price)
    lines.get_by_role("button", name="Add line").click()
    expect(lines.get_by_role("row").filter(has_text=machine or "Hotline").first).to_be_visible()
    return page.url


@pytest.mark.once
def test_a_contract_from_its_first_line_to_its_invoice(desk: Desk, demo: Demo) -> None:
    machine = demo.rows(MACHINES, CUSTOMER)[0][0]
    page = desk.at("POSTER")
    path = agreed(page, machine, WORK_DATE.replace(day=10))
    page.get_by_role("link", name="Sign", exact=True).click()
    expect(page.get_by_role("cell", name="× 140.00")).to_be_visible()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Say whether to invoice them now")
    page.get_by_label("Days before the first period").select_option("now")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="is signed")).to_be_visible()
    expect(page.get_by_text("On an open invoice")).to_be_visible()
    page.get_by_role("status").get_by_role("link", name="Invoice CI").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Invoice CI")
    page.get_by_role("link", name="Post", exact=True).click()
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_text("Posted:")).to_be_visible()
    page.goto(path)
    expect(page.get_by_text("Invoiced ", exact=False).first).to_be_visible()
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("row").filter(has_text="Signed").first).to_be_visible()


@pytest.mark.once
def test_an_invoice_is_deleted_and_its_days_wait_again(desk: Desk, demo: Demo) -> None:
    machine = demo.rows(MACHINES, CUSTOMER)[1][0]
    page = desk.at("POSTER", script=False)
    path = agreed(page, machine, WORK_DATE.replace(day=1), price="1200")
    page.get_by_role("link", name="Sign", exact=True).click()
    page.get_by_role("button", name="Sign", exact=True).click()
    page.get_by_role("link", name="Create service invoice").click()
    expect(page.get_by_role("row", name="Together")).to_contain_text("300.00")
    page.get_by_role("button", name="Create invoice").click()
    expect(page.get_by_role("status").filter(has_text="300.00")).to_be_visible()
    page.get_by_role("link", name="Open invoice CI").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("its days are billable again")).to_be_visible()
    page.get_by_role("button", name="Delete invoice CI").click()
    page.goto(path)
    expect(page.get_by_text("On an open invoice")).to_have_count(0)
    expect(page.get_by_text("Waiting ")).to_be_visible()


@pytest.mark.once
def test_axe_finds_nothing_on_the_pages_of_contracts(desk: Desk) -> None:
    page = desk.at()
    path = agreed(page, "", WORK_DATE.replace(day=10))
    looks = Looks(page)
    looks.visit(*(path + rest for rest in ("", "/steps/signing", "/steps/cancelling", "/lines/10000", "/history")))
    looks.visit("/service-contracts", "/service-contract-quotes", "/service-contracts/new")
    assert looks.found == {}

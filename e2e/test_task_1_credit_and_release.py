"""A prepaid contract in the browser: a line credited, what was paid in advance released, the days shown (task 1)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import WORK_DATE, Demo, Desk
from e2e.looks import Looks
from e2e.test_task_1_one_contract import agreed

FIRST = WORK_DATE.replace(day=1)


def invoiced(page: Page, machine: str) -> str:
    """A signed quarter, paid in advance, invoiced and posted; gives the address of the contract."""
    path = agreed(page, machine, FIRST, price="1200")
    page.get_by_role("link", name="Sign", exact=True).click()
    page.get_by_role("button", name="Sign", exact=True).click()
    page.get_by_role("link", name="Create service invoice").click()
    page.get_by_role("button", name="Create invoice").click()
    page.get_by_role("status").get_by_role("link", name="Invoice CI").click()
    page.get_by_role("link", name="Post", exact=True).click()
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_text("Posted:")).to_be_visible()
    page.goto(path)
    return path


@pytest.mark.once
def test_a_line_is_credited_and_the_rest_released(desk: Desk, demo: Demo) -> None:
    page = desk.at("POSTER")
    path = invoiced(page, "")
    no = path.rpartition("/")[2]
    page.get_by_role("link", name="Open for changes").click()
    page.get_by_role("button", name="Open", exact=True).click()
    page.goto(f"{path}/lines/10000")
    page.get_by_role("link", name="Credit", exact=True).click()
    page.get_by_label("Contract expiration date").fill(FIRST.isoformat())
    page.get_by_role("button", name="Show what is credited").click()
    expect(page.get_by_text("both days included")).to_be_visible()
    expect(page.get_by_role("row", name="Together")).to_contain_text("300.00")
    page.get_by_role("button", name="Create credit memo").click()
    page.get_by_role("status").get_by_role("link", name="Credit memo").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Credit memo")

    books = desk.at("ACCOUNTANT")
    books.goto(f"/prepaid-releases?contract_no={no}")
    expect(books.get_by_role("region", name="Skipped")).to_contain_text("credit memo that is not posted")

    page.get_by_role("link", name="Post", exact=True).click()
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_text("Posted:")).to_be_visible()
    books.reload()
    expect(books.get_by_text("They cancel out: nothing is posted")).to_be_visible()
    books.get_by_role("button", name="Post", exact=True).click()
    expect(books.get_by_text("1 of 1 contract released")).to_be_visible()
    page.goto(path)
    expect(page.get_by_text("Credited ", exact=False).first).to_be_visible()


@pytest.mark.once
def test_axe_finds_nothing_on_these_pages(desk: Desk) -> None:
    page, books = desk.at("POSTER"), desk.at("ACCOUNTANT")
    path = invoiced(page, "")
    looks, of_books = Looks(page), Looks(books)
    looks.visit(
        f"{path}/lines/10000/credit?contract_expiration_date={FIRST.isoformat()}",
        *(path + rest for rest in ("/credit-memo", "/discounts")),
        "/remove-contract-lines?until=2030-12-31",
        "/contract-coverage",
        "/create-contract-service-orders?first=2020-01-01&last=2030-12-31",
        "/contract-price-updates?until=2030-12-31&pct=3",
    )
    of_books.visit("/prepaid-releases")
    assert (looks.found, of_books.found) == ({}, {})

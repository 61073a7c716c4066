"""All contracts that are due, invoiced in one run: the service manager's month (task 1)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from e2e.conftest import Demo, Desk
from e2e.looks import Looks, violations

PATH = "/create-contract-invoices"
OPEN = "SELECT COUNT(*) FROM service_header WHERE document_type = 'invoice' AND contract_no <> ''"


@pytest.mark.once
def test_axe_finds_nothing_on_the_page_of_the_run(desk: Desk) -> None:
    looks = Looks(desk.at())
    looks.visit(PATH, f"{PATH}?posting_date=&invoice_to=x")
    assert looks.found == {}


def test_the_service_manager_invoices_the_month_mends_a_contract_and_runs_again(desk: Desk, demo: Demo) -> None:
    """Effort, counted from the home page: three clicks for all that is due."""
    before = demo.rows(OPEN)[0][0]
    page = desk.at("POSTER")
    page.goto("/")
    clicks = 0
    for step in (
        page.get_by_role("link", name=re.compile(r"^\d+ due$")),
        page.get_by_role("link", name="Create contract invoices"),
        page.get_by_role("button", name=re.compile(r"^Create \d+ invoices$")),
    ):
        expect(step).to_be_visible()
        if clicks == 2:
            created = int(re.findall(r"\d+", step.inner_text())[0])
        step.click()
        clicks += 1
    page.wait_for_url(re.compile(r"/batches/\d+$"))
    expect(page.get_by_text(f"{created} invoices created, 3 contracts skipped.")).to_be_visible(timeout=20_000)
    assert clicks <= 4
    assert demo.rows(OPEN)[0][0] == before + created

    page.get_by_role("link", name=re.compile("^Skipped")).click()
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(4)
    for reason in ("is open; only a locked contract is invoiced", "service order is missing", "is blocked"):
        expect(rows.filter(has_text=reason)).to_have_count(1)
    assert violations(page) == []
    mended = rows.filter(has_text="is open")
    no = mended.get_by_role("link", name=re.compile(r"^C4\d+$")).inner_text()
    mended.get_by_role("link", name=re.compile("is open")).click()
    page.get_by_role("button", name="Lock", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="is locked")).to_be_visible()

    page.goto("/batches")
    page.get_by_role("row").filter(has_text="Create contract invoices").first.get_by_role("link").first.click()
    page.get_by_role("link", name="Run again").click()
    expect(page.get_by_role("table", name="Invoices that would be made")).to_contain_text(no)
    page.get_by_role("button", name="Create 1 invoice", exact=True).click()
    expect(page.get_by_text("1 invoice created, 2 contracts skipped.")).to_be_visible(timeout=20_000)
    page.get_by_role("row").filter(has_text=no).get_by_role("link", name=re.compile("^CI")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Invoice CI")

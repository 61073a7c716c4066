"""A payment is entered and applied, the invoice shown as paid; then it was the wrong one, as an accountant does it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Demo, Desk
from e2e.looks import Looks

INVOICE = "SELECT h.no, h.bill_to_customer_no FROM service_invoice_header h WHERE h.order_no = ? ORDER BY h.no"


def enter(page: Page, no: str, amount: str) -> None:
    page.goto(f"/posted-service-invoices/{no}")
    page.get_by_role("link", name="Enter payment").click()
    expect(page.get_by_label(f"Apply to Invoice {no}", exact=True)).to_be_checked()
    received = page.get_by_label("Amount received")
    received.fill(amount or received.input_value())
    page.get_by_role("button", name="Show what will be posted").click()
    expect(page.get_by_role("heading", name="What will be posted")).to_be_visible()


def test_a_payment_is_applied_and_the_invoice_shown_as_paid(desk: Desk, demo: Demo) -> None:
    no, customer = (str(value) for value in demo.rows(INVOICE, demo.order(post="ship_and_invoice"))[-1])
    page = desk.at("ACCOUNTANT")
    enter(page, no, "9999999")
    expect(page.get_by_text("of it stays open")).to_be_visible()
    page.get_by_label(f"Amount to apply to Invoice {no}").fill("9999998")
    page.get_by_role("button", name="Post payment").click()
    expect(page.get_by_role("alert")).to_contain_text("is more than the")
    expect(page.get_by_label(f"Amount to apply to Invoice {no}")).to_have_value("9999998")
    enter(page, no, "")
    page.get_by_role("button", name="Post payment").click()
    expect(page.get_by_role("status")).to_contain_text(re.compile(f"Payment .* is posted and applied to Invoice {no}"))
    page.goto(f"/posted-service-invoices/{no}")
    expect(page.get_by_text("Paid", exact=True).first).to_be_visible()
    page.goto(f"/customer-ledger?customer_no={customer}&view=closed")
    page.get_by_role("link", name=no, exact=True).click()
    page.get_by_role("link", name=re.compile("Unapply")).click()
    page.get_by_label("Reason").fill("It paid for another invoice")
    page.get_by_role("button", name="Unapply").click()
    expect(page.get_by_role("status")).to_contain_text("are open again")
    expect(page.get_by_text("Taken back", exact=True).first).to_be_visible()


@pytest.mark.once
def test_axe_finds_nothing_on_the_pages_of_receivables(desk: Desk, demo: Demo) -> None:
    no, customer = (str(value) for value in demo.rows(INVOICE, demo.order(post="ship_and_invoice"))[-1])
    page = desk.at("ACCOUNTANT")
    looks = Looks(page)
    enter(page, no, "1")
    looks.at("what will be posted")
    page.get_by_role("button", name="Post payment").click()
    expect(page.get_by_role("status")).to_contain_text("is posted")
    looks.at("entry")
    page.get_by_role("link", name=re.compile("Unapply")).click()
    expect(page.get_by_label("Reason")).to_be_visible()
    looks.at("unapply")
    statement = f"/customers/{customer}/statement"
    paths = [
        "/customer-ledger",
        "/payments/new",
        "/aged-receivables?details=true",
        statement,
        f"{statement}/print",
        "/statements",
    ]
    looks.visit(*paths, "/customer-ledger/1", "/aged-receivables/print", "/statements/print", f"/customers/{customer}")
    assert looks.found == {}

"""An invoice goes out by mail, is taken back before it left, and says why it comes to what it does."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from e2e.conftest import Demo, Desk


@pytest.mark.once
def test_an_invoice_is_sent_taken_back_and_explained_without_script(desk: Desk, demo: Demo) -> None:
    order = demo.order(post="ship_and_invoice")
    no = demo.rows("SELECT no FROM service_invoice_header WHERE order_no = ?", order)[0][0]
    page = desk.at("POSTER", script=False)
    page.goto(f"/posted-service-invoices/{no}")
    page.get_by_role("link", name="Send", exact=True).click()
    page.get_by_label("Recipient").fill("nobody")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("“nobody” is not an e-mail address.")
    page.get_by_label("Recipient").fill("books@customer.example")
    page.get_by_role("button", name="Send", exact=True).click()
    said = page.get_by_role("status").filter(has_text="is in the outbox for books@customer.example")
    said.get_by_role("link", name="Outbox").click()
    row = page.get_by_role("row").filter(has_text=no)
    expect(row).to_contain_text("Waiting")
    row.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("row").filter(has_text=no)).to_contain_text("Taken back")
    page.get_by_role("link", name=f"Invoice {no}").click()
    amount = page.get_by_role("group", name="Lines of").locator("a[href$='#amount']").first
    shown = amount.inner_text()
    amount.click()  # one click from an amount to how it comes about, and to its entries
    expect(page.get_by_role("heading", level=1)).to_contain_text("Why this amount")
    expect(page.locator("#amount")).to_contain_text(shown)
    expect(page.locator("#entries")).to_contain_text("General ledger")

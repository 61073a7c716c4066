"""An invoice was wrong: it is credited by line, cancelled, or corrected and posted again, as a clerk does it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Demo, Desk
from e2e.looks import Looks

INVOICES = "SELECT no FROM service_invoice_header WHERE order_no = ? ORDER BY no"
CANCELLED = "SELECT cancelled_by FROM service_invoice_header WHERE no = ?"


def invoice_of(demo: Demo, order: str) -> str:
    return str(demo.rows(INVOICES, order)[-1][0])


def post_it(page: Page) -> None:
    page.get_by_role("link", name="Post", exact=True).click()
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_text("Posted:")).to_be_visible()


def test_a_wrong_invoice_is_corrected_by_a_credit_memo_and_a_new_invoice(desk: Desk, demo: Demo) -> None:
    order = demo.order(post="ship_and_invoice")
    no = invoice_of(demo, order)
    page = desk.at("POSTER")
    page.goto(f"/posted-service-invoices/{no}")
    page.get_by_role("link", name="Correct", exact=True).click()
    expect(page.get_by_role("heading", name="What will be done")).to_be_visible()
    expect(page.get_by_text(f"Order {order} is opened again")).to_be_visible()
    expect(page.get_by_role("heading", name="General ledger")).to_be_attached()
    assert demo.rows(CANCELLED, no) == [("",)]
    page.get_by_role("button", name=f"Correct invoice {no}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Invoice {no} is cancelled")
    page.get_by_role("link", name=re.compile("Go on to invoice")).click()
    quantity = page.get_by_label("Quantity, line 10000", exact=True)
    quantity.fill("9")
    quantity.press("Enter")
    expect(page.get_by_label("Quantity, line 10000", exact=True)).to_have_value("9")
    expect(page.get_by_text("Ready to post")).to_be_visible()
    post_it(page)
    page.goto(f"/posted-service-invoices/{no}")
    expect(page.get_by_text("Cancelled", exact=True).first).to_be_visible()
    expect(page.get_by_role("navigation", name="Chain of documents")).to_contain_text("Credit memo")
    page.goto(f"/service-orders/{order}")  # the one that was not invoiced again waits
    expect(page.get_by_label("Qty. to invoice, line 10000", exact=True)).to_have_value("1")


@pytest.mark.once
def test_part_of_an_invoice_is_credited(desk: Desk, demo: Demo) -> None:
    no = invoice_of(demo, demo.order(post="ship_and_invoice", language_code="EN"))
    page = desk.at("POSTER")
    page.goto(f"/posted-service-invoices/{no}")
    page.get_by_role("link", name="Create corrective credit memo").click()
    page.get_by_label("Choose all lines").check()
    page.get_by_label("Choose all lines").uncheck()
    field = page.get_by_label("Quantity to credit of line 10000")
    field.fill("1")
    expect(page.get_by_label(re.compile("Credit line 10000"))).to_be_checked()
    expect(page.locator("#credit-total")).to_contain_text(re.compile(r"1 line chosen: [\d,]+\.\d\d .* with VAT"))
    field.fill("99")
    page.get_by_role("button", name="Create credit memo").click()
    expect(page.get_by_role("alert")).to_contain_text("is left to credit")
    expect(page.get_by_label("Quantity to credit of line 10000")).to_have_value("99")
    page.get_by_label("Quantity to credit of line 10000").fill("2")
    page.get_by_role("button", name="Create credit memo").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Credit memo")
    expect(page.get_by_role("region", name="What will be posted")).to_contain_text(f"applied to Invoice {no}")
    post_it(page)
    page.get_by_role("link", name="Print", exact=True).click()
    expect(page.get_by_text(f"Corrects invoice {no}")).to_be_visible()


@pytest.mark.once
def test_without_script(desk: Desk, demo: Demo) -> None:
    no = invoice_of(demo, demo.order(post="ship_and_invoice"))
    page = desk.at("POSTER", script=False)
    page.goto(f"/posted-service-invoices/{no}")
    page.get_by_role("link", name="Cancel", exact=True).click()
    page.get_by_role("button", name=f"Cancel invoice {no}").click()
    expect(page.get_by_role("status")).to_contain_text(f"cancels invoice {no}")
    page.go_back()
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("is already cancelled")
    expect(page.get_by_role("button", name=f"Cancel invoice {no}")).to_have_count(0)


@pytest.mark.once
def test_axe_finds_nothing_on_the_pages_of_crediting(desk: Desk, demo: Demo) -> None:
    no, other = (invoice_of(demo, demo.order(post="ship_and_invoice")) for _ in range(2))
    invoice = f"/posted-service-invoices/{no}"
    page = desk.at("POSTER")
    looks = Looks(page)
    looks.visit("/service-credit-memos", "/service-credit-memos/new", "/posted-service-credit-memos")
    looks.visit(f"{invoice}/credit-memo", f"{invoice}/cancellation", f"{invoice}/correction?posting_date=1")
    page.goto(f"{invoice}/credit-memo")
    page.get_by_label("Choose all lines").check()
    page.get_by_role("button", name="Create credit memo").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Credit memo")
    memo = page.url
    looks.at("draft")
    forms = ("/applications", "/invoice-discount/amount", "/copy", "/posting", "/lines/10000")
    looks.visit(*(f"{memo}{one}" for one in (*forms, "/preview", "/test-report")))
    page.goto(memo)
    post_it(page)
    looks.at("posted")
    page.goto(f"/posted-service-invoices/{other}/cancellation")
    page.get_by_role("button", name=f"Cancel invoice {other}").click()
    looks.at("cancelled")
    (credit,) = demo.rows(CANCELLED, other)[0]
    looks.visit(f"/posted-service-credit-memos/{credit}", f"/posted-service-credit-memos/{credit}/print", invoice)
    assert looks.found == {}

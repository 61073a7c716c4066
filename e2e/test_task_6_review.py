"""What a clerk does with posted documents: finds what is behind a number or a machine, writes down what was said."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from e2e.conftest import Demo, Desk

pytestmark = pytest.mark.once


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_from_a_marked_row_to_the_document_and_its_entries(desk: Desk, demo: Demo, script: bool) -> None:
    order = demo.order(post="ship_and_invoice")
    no = demo.rows("SELECT no FROM service_invoice_header WHERE order_no = ?", order)[0][0]
    page = desk.at("CLERK", script=script)
    page.goto(f"/posted-service-invoices?order_no={order}")
    page.get_by_label(f"Select {no}").check()
    page.get_by_role("button", name="Find entries").click()
    found = page.get_by_role("table", name="Found")
    expect(found.get_by_role("row").filter(has_text="Posted service invoices")).to_contain_text("1")
    expect(page.locator(".document-facts")).to_contain_text(f"Posted invoice {no}", use_inner_text=True)
    found.get_by_role("link", name="General ledger").click()
    expect(page.get_by_label("Document no.")).to_have_value(no)
    page.go_back()
    page.get_by_role("link", name="Show document").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(no)


def test_a_serial_number_finds_what_was_done_and_a_remark_stays_with_it(desk: Desk, demo: Demo) -> None:
    order = demo.order(post="ship_and_invoice")
    line = demo.rows("SELECT service_item_no, document_no FROM service_shipment_item_line i WHERE EXISTS (SELECT 1 FROM"
                     " service_shipment_header h WHERE h.no = i.document_no AND h.order_no = ?)", order)  # fmt: skip
    assert line, "the order of the demo serves a machine"
    machine, shipment = line[0]
    serial = demo.rows("SELECT serial_no FROM service_item WHERE no = ?", machine)[0][0]
    page = desk.at("CLERK")
    page.goto(f"/posted-service-shipments?q={serial}")
    page.get_by_role("link", name=shipment).click()
    page.get_by_text("Add a remark").click()
    page.get_by_role("textbox", name="Remark").fill("The customer wants it again by mail.")
    page.get_by_role("button", name="Add remark").click()
    expect(page.get_by_role("status").filter(has_text="The remark is added.")).to_be_visible()
    row = page.get_by_role("table", name="Remarks after posting").get_by_role("row").last
    expect(row).to_contain_text("CLERK")
    expect(row).to_contain_text("The customer wants it again by mail.")
    page.goto(f"/posted-service-shipments/{shipment}/print")
    expect(page.get_by_role("main")).not_to_contain_text("again by mail")


def test_a_machine_leads_to_its_documents_and_each_of_them_back(desk: Desk, demo: Demo) -> None:
    order = demo.order(post="ship_and_invoice")
    no = demo.rows("SELECT no FROM service_invoice_header WHERE order_no = ?", order)[0][0]
    page = desk.at("CLERK")
    page.goto(f"/posted-service-invoices/{no}")
    page.get_by_text("Related", exact=True).click()
    page.get_by_role("link", name="History of").click()
    history = page.get_by_role("table", name="History of the service item")
    expect(history.get_by_role("row").filter(has_text=order).first).to_be_visible()
    history.get_by_role("link", name=no).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(no)

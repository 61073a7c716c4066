"""One invoice for several service orders of a customer: by one click, chosen line by line, and as a run over all."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import CLERK, Demo, Desk
from e2e.looks import Looks, violations
from webapp.store import drafts

ORDER = (("item", "MEASURE-1", 10), ("resource", "T-BRUNNER", 4))
SHORT = (("item", "MEASURE-2", 3),)
PAYER = "SELECT bill_to_customer_no, customer_no FROM service_shipment_header WHERE order_no = ?"


def shipped(demo: Demo, count: int = 2) -> list[str]:
    return [demo.order(ORDER if n % 2 else SHORT, post="ship") for n in range(count)]


def shipped_in_two_parts(demo: Demo) -> str:
    order = demo.order(ORDER)
    (first,) = demo.rows("SELECT min(line_no) FROM service_line WHERE document_no = ?", order)
    demo.change(order, int(first[0]), qty_to_ship=4)
    demo.post(order, "ship")
    demo.post(order, "ship")
    return order


def orders_of(demo: Demo, invoice: str) -> set[str]:
    sql = "SELECT DISTINCT order_no FROM service_invoice_line WHERE document_no = ? AND order_no <> ''"
    return {str(row[0]) for row in demo.rows(sql, invoice)}


def posted_invoice(page: Page) -> str:
    link = page.get_by_role("link", name=re.compile("^Invoice "))
    return link.first.inner_text().removeprefix("Invoice ")


def test_all_open_shipments_of_a_customer_in_five_clicks(desk: Desk, demo: Demo) -> None:
    """Effort, counted from the home page."""
    orders = shipped(demo)
    payer = demo.rows(PAYER, orders[0])[0][0]
    page = desk.at("POSTER")
    page.goto("/")
    clicks = 0
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=payer, exact=True))
    for step in (
        page.get_by_role("link", name=re.compile("with shipments to invoice")),
        row.get_by_role("button", name="Create invoice"),
        page.get_by_role("link", name="Post", exact=True),
        page.get_by_role("button", name="Post", exact=True),
    ):
        step.click()
        clicks += 1
    expect(page.get_by_text("Posted:")).to_be_visible()
    assert clicks <= 5
    assert set(orders) <= orders_of(demo, posted_invoice(page))


def invoice_for(demo: Demo, customer: str) -> str:
    """The number of a new, empty invoice."""

    async def make() -> str:
        saved = await drafts.create_document(CLERK, "invoice", {"customer_no": customer})
        assert saved.key is not None, saved.findings
        return saved.key.no

    return demo.run(make)


@pytest.mark.once
def test_lines_are_chosen_by_order_and_by_line_with_their_sum_on_the_button(desk: Desk, demo: Demo) -> None:
    first, second = shipped(demo)
    customer = demo.rows(PAYER, first)[0][1]
    page = desk.at("POSTER")
    no = invoice_for(demo, customer)
    page.goto(f"/service-invoices/{no}")
    page.get_by_role("link", name="Get shipment lines").click()
    page.get_by_label("Search shipped lines").fill(second)
    page.get_by_role("button", name="Show", exact=True).click()
    add = page.locator("[data-sum-of]")
    expect(add).to_be_disabled()
    group = page.get_by_label(f"Choose all of order {second}")
    group.check()
    expect(add).to_have_text(re.compile(r"^Add 2 lines, [\d,]+\.\d\d EUR$"))
    lines = page.locator("input[name=line]")
    lines.first.uncheck()
    expect(add).to_have_text(re.compile(r"^Add 1 line, "))
    assert group.evaluate("box => box.indeterminate")
    assert violations(page) == []
    lines.first.check()
    expect(group).to_be_checked()
    add.click()
    expect(page.get_by_text("2 lines were added.")).to_be_visible()
    expect(page.locator("#lines").get_by_role("row")).to_have_count(4)
    page.get_by_role("link", name="Get shipment lines").click()
    expect(page.get_by_role("link", name=re.compile(f"on invoice {no}$")).first).to_be_visible()
    page.goto(f"/service-invoices/{no}/posting")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_text("Posted:")).to_be_visible()
    invoice = posted_invoice(page)
    assert orders_of(demo, invoice) == {second}
    page.goto(f"/posted-service-invoices/{invoice}")
    expect(page.get_by_role("navigation", name="Chain of documents")).to_contain_text(second)
    page.goto(f"/service-orders/{first}")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Invoice its open shipments").click()
    expect(page.get_by_text("1 line was added.")).to_be_visible()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name=re.compile("^Delete")).last.click()
    expect(page.get_by_text("is deleted.")).to_be_visible()


def test_a_run_shows_its_invoices_and_makes_those_that_are_ticked(desk: Desk, demo: Demo) -> None:
    orders = shipped(demo)
    customer = demo.rows(PAYER, orders[0])[0][1]
    page = desk.at("POSTER")
    page.goto("/shipments-to-invoice")
    page.get_by_role("link", name="Combine shipments").click()
    page.get_by_label("Customer no.", exact=True).fill(customer)
    page.get_by_label("Also orders that are not marked for combining").check()
    page.get_by_label("Post invoices").check()
    page.get_by_label("One invoice per").select_option("order")
    page.get_by_role("button", name="Preview").click()
    table = page.get_by_role("table", name="Invoices that would be made")
    for order in orders:
        expect(table).to_contain_text(order)
    page.get_by_label("Choose all invoices").uncheck()
    for order in orders:
        table.get_by_role("row").filter(has_text=order).get_by_role("checkbox").check()
    assert violations(page) == []
    page.get_by_role("button", name="Create and post invoices (2)").click()
    page.wait_for_url(re.compile(r"/batches/\d+$"))
    expect(page.get_by_text("2 invoices created and posted.")).to_be_visible(timeout=20_000)
    assert violations(page) == []
    for order in orders:
        page.goto(f"/service-orders/{order}/closed")
        expect(page.get_by_role("navigation", name="Chain of documents")).to_contain_text("Invoice")


@pytest.mark.once
def test_lines_are_taken_without_script(desk: Desk, demo: Demo) -> None:
    (order,) = shipped(demo, 1)
    customer = demo.rows(PAYER, order)[0][1]
    no = invoice_for(demo, customer)
    page = desk.at("POSTER", script=False)
    page.goto(f"/service-invoices/{no}/shipment-lines?q={order}")
    page.get_by_label(f"Choose all of order {order}").check()
    page.get_by_role("button", name="Add the chosen lines").first.click()
    expect(page.get_by_text("1 line was added.")).to_be_visible()


@pytest.mark.once
def test_axe_finds_nothing_on_pages_of_shipments(desk: Desk, demo: Demo) -> None:
    order = shipped_in_two_parts(demo)
    customer = demo.rows(PAYER, order)[0][1]
    no = invoice_for(demo, customer)
    looks = Looks(desk.at())
    looks.visit(
        "/shipments-to-invoice",
        f"/service-invoices/{no}/shipment-lines",
        f"/service-invoices/{no}",
        f"/service-orders?customer_no={customer}",
        "/combine-shipments",
        "/delete-invoiced-orders",
        f"/service-orders/{order}/invoices",
    )
    assert looks.found == {}

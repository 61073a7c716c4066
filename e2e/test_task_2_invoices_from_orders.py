"""Invoices from service orders: how much of each line is charged now, seen and posted; two people in one order."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from e2e.conftest import CLERK, Demo, Desk, said
from e2e.test_task_6_post_orders import cell, change, post, posted_counts, posted_documents
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store.posting import post_document

SHIP = REQUESTS["ship"]
INVOICED = "SELECT line_no, quantity, amount FROM service_invoice_line WHERE document_no = ? ORDER BY line_no"


def shipped_by_a_colleague(demo: Demo) -> str:
    """An order of one line; whoever has just shipped it themselves is asked what of the rest to post."""
    order = demo.order((("item", "MEASURE-3", 8),))
    result = demo.run(lambda: post_document(CLERK, DocumentKey("order", order), SHIP))
    assert said(result.findings) == []
    return order


@pytest.mark.once
def test_a_part_of_what_was_shipped_is_invoiced_and_later_the_rest(desk: Desk, demo: Demo) -> None:
    order = demo.order((("item", "MEASURE-1", 10), ("resource", "T-BRUNNER", 4)), post="ship")
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}")
    change(page, "Qty. to invoice", 10000, "2.5")
    change(page, "Qty. to invoice", 20000, "0")
    post(page, "Invoice")
    first = posted_documents(page)
    assert first.keys() == {"Invoice"}
    assert [row[:2] for row in demo.rows(INVOICED, first["Invoice"])] == [(10000, 250_000)]
    page.get_by_role("link", name=f"Back to order {order}").click()
    expect(page.locator("#line-10000 td.num")).to_contain_text(["10", "2.5"])
    expect(cell(page, "Qty. to invoice", 10000)).to_have_value("7.5")
    change(page, "Qty. to invoice", 20000, "4")
    post(page, "Invoice")
    second = posted_documents(page)
    expect(page.get_by_text("It is closed and in the archive.")).to_be_visible()
    rows = demo.rows(INVOICED, second["Invoice"])
    assert [(line, Decimal(quantity).scaleb(-5)) for line, quantity, _ in rows] == [
        (10000, Decimal("7.5")),
        (20000, Decimal(4)),
    ]
    page.get_by_role("link", name=f"Invoice {second['Invoice']}", exact=True).click()
    shipment = demo.rows("SELECT no FROM service_shipment_header WHERE order_no = ?", order)[0][0]
    expect(page.get_by_role("group", name="Lines of").get_by_role("link", name=shipment)).to_have_count(2)
    page.get_by_role("group", name="Lines of").get_by_role("link", name=shipment).first.click()
    behind = page.get_by_role("group", name="Lines of").get_by_role("row").nth(1)
    expect(behind.get_by_role("link", name=re.compile(f"{first['Invoice']} \\(2.5\\)"))).to_be_visible()
    expect(behind.get_by_role("link", name=re.compile(f"{second['Invoice']} \\(7.5\\)"))).to_be_visible()


@pytest.mark.once
def test_invoice_part_of_one_shipped_line_in_five_clicks_and_the_number(desk: Desk, demo: Demo) -> None:
    """Effort, counted from the home page; typing the number counts as one more."""
    demo.forget_last_option()
    order = shipped_by_a_colleague(demo)
    page = desk.at("POSTER")
    page.goto("/")
    clicks = 0
    for step in (
        page.get_by_role("link", name="shipped, not invoiced"),
        page.get_by_role("link", name=order, exact=True),
        cell(page, "Qty. to invoice", 10000),
    ):
        step.click()
        clicks += 1
    page.keyboard.press("Control+a")
    page.keyboard.type("3")
    for step in (
        page.get_by_role("link", name="Post", exact=True),
        page.get_by_role("button", name="Post", exact=True),
    ):
        step.click()
        clicks += 1
    documents = posted_documents(page)
    assert clicks <= 5
    assert [row[:2] for row in demo.rows(INVOICED, documents["Invoice"])] == [(10000, 300_000)]
    assert posted_counts(demo, order) == (1, 1)


@pytest.mark.once
def test_a_quantity_typed_just_before_post_is_saved_first(desk: Desk, demo: Demo) -> None:
    """The click that leaves the field is the click on Post."""
    demo.forget_last_option()
    order = shipped_by_a_colleague(demo)
    page = desk.at("POSTER")
    page.route("**/lines/10000", lambda route: (page.wait_for_timeout(0), route.continue_()))  # one turn later
    page.goto(f"/service-orders/{order}")
    cell(page, "Qty. to invoice", 10000).fill("5")
    page.get_by_role("link", name="Post", exact=True).click()
    page.get_by_role("button", name="Post", exact=True).click()
    documents = posted_documents(page)
    assert [row[1] for row in demo.rows(INVOICED, documents["Invoice"])] == [500_000]


@pytest.mark.once
def test_a_refused_quantity_keeps_the_clerk_on_the_order(desk: Desk, demo: Demo) -> None:
    order = demo.order((("item", "MEASURE-3", 8),), post="ship")
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}")
    cell(page, "Qty. to invoice", 10000).fill("9")
    page.get_by_role("link", name="Post", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(cell(page, "Qty. to invoice", 10000)).to_have_value("9")
    expect(page).to_have_url(re.compile(f"/service-orders/{order}$"))


@pytest.mark.once
def test_a_refusal_that_comes_while_the_mouse_is_pressed_keeps_the_clerk_too(desk: Desk, demo: Demo) -> None:
    order = demo.order((("item", "MEASURE-3", 8),), post="ship")
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}")
    cell(page, "Qty. to invoice", 10000).fill("9")
    page.get_by_role("link", name="Post", exact=True).hover()
    page.mouse.down()
    expect(page.get_by_role("alert")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.is_navigation_request() else None)
    page.mouse.up()
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    assert asked == []
    expect(page).to_have_url(re.compile(f"/service-orders/{order}$"))
    expect(cell(page, "Qty. to invoice", 10000)).to_have_value("9")
    cell(page, "Qty. to invoice", 10000).fill("5")
    page.get_by_role("link", name="Post", exact=True).click()
    expect(page).to_have_url(re.compile(f"/service-orders/{order}/posting"))


def test_two_people_see_each_others_change(desk: Desk, demo: Demo) -> None:
    """P-8, D-6: the second one is told instead of overwriting; another field of the line is simply saved."""
    order = demo.order((("item", "MEASURE-1", 10), ("resource", "T-BRUNNER", 4)))
    one, other = desk.at("CLERK"), desk.at("POSTER")
    for page in (one, other):
        page.goto(f"/service-orders/{order}")
    change(one, "Qty. to ship", 10000, "4")
    change(other, "Qty. to ship", 10000, "6")
    expect(other.get_by_role("alert")).to_contain_text("4")
    expect(cell(other, "Qty. to ship", 10000)).to_have_value("6")
    expect(cell(other, "Qty. to ship", 10000)).to_have_accessible_description(re.compile("4"))
    stored = (
        "SELECT qty_to_ship, description FROM service_line"
        " WHERE document_type = 'order' AND document_no = ? AND line_no = ?"
    )
    assert demo.rows(stored, order, 10000)[0][0] == 400_000
    change(one, "Description", 20000, "Hours of Brunner")
    change(other, "Qty. to ship", 20000, "1")
    assert tuple(demo.rows(stored, order, 20000)[0]) == (100_000, "Hours of Brunner")


def test_a_change_under_an_open_posting_page_is_not_posted_unseen(desk: Desk, demo: Demo) -> None:
    demo.forget_last_option()
    order = demo.order((("item", "MEASURE-1", 10),))
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}/posting")
    demo.change(order, 10000, qty_to_ship=3)
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("changed")
    assert posted_counts(demo, order) == (0, 0)
    page.get_by_role("button", name="Post", exact=True).click()
    documents = posted_documents(page)
    assert [row[1] for row in demo.rows(INVOICED, documents["Invoice"])] == [300_000]


@pytest.mark.once
def test_prices_including_vat_and_another_currency_show_what_is_posted(desk: Desk, demo: Demo) -> None:
    page = desk.at("POSTER")
    for customer, lines in (("C20050", (("item", "MEASURE-1", 3),)), ("U51010", (("item", "MEASURE-2", 5),))):
        order = demo.order(lines, customer=customer, machine=False, language_code="EN")
        page.goto(f"/service-orders/{order}")
        totals = page.locator("#document-totals dd").all_inner_texts()
        post(page)
        documents = posted_documents(page)
        page.goto(f"/posted-service-invoices/{documents['Invoice']}/print")
        sums = page.locator(".sums dd").all_inner_texts()
        assert totals[-1] in sums
        stored = demo.rows(
            "SELECT amount, amount_including_vat FROM service_invoice_header WHERE no = ?", documents["Invoice"]
        )[0]
        assert {Decimal(text.replace(",", "")) for text in sums} >= {Decimal(value).scaleb(-5) for value in stored}

"""Posting service orders: found, changed, posted, printed; by two people, twice, with the keyboard, without script."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.conftest import CLERK, CUSTOMER, Demo, Desk, said
from e2e.looks import violations
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts

DOCUMENTS = re.compile(r"(Shipment|Invoice) (\S+)")


def cell(page: Page, name: str, line: int) -> Locator:
    return page.get_by_label(f"{name}, line {line}", exact=True)


def line_amount(page: Page, line: int) -> Locator:
    return page.locator(f"#line-{line} td.num").last


def change(page: Page, name: str, line: int, value: str) -> None:
    """Types into the grid, leaves the field, and waits for the row that comes back."""
    field = cell(page, name, line)
    field.fill(value)
    with page.expect_response(lambda answer: f"/lines/{line}" in answer.url and answer.request.method == "POST"):
        field.press("Tab")


def post(page: Page, option: str = "Ship and invoice", button: str = "Post") -> None:
    page.get_by_role("link", name="Post", exact=True).click()
    page.get_by_label(option, exact=True).check()
    page.get_by_role("button", name=button, exact=True).click()


def posted_documents(page: Page) -> dict[str, str]:
    """The documents that the message names: kind -> number."""
    message = page.get_by_role("status").filter(has_text="Posted:")
    expect(message).to_be_visible()
    return {
        found[1]: found[2] for link in message.get_by_role("link").all_inner_texts() if (found := DOCUMENTS.match(link))
    }


def posted_counts(demo: Demo, order: str) -> tuple[int, int]:
    shipments = demo.rows("SELECT COUNT(*) FROM service_shipment_header WHERE order_no = ?", order)
    invoices = demo.rows("SELECT COUNT(*) FROM service_invoice_header WHERE order_no = ?", order)
    return shipments[0][0], invoices[0][0]


@pytest.mark.once
def test_a_clerk_finds_changes_posts_and_prints(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("POSTER")
    page.goto("/")
    page.get_by_role("searchbox", name="Search any document").fill(order.lower())
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/service-orders/{order}$"))
    change(page, "Qty. to ship", 10000, "4")
    expect(cell(page, "Qty. to invoice", 10000)).to_have_value("4")
    post(page)
    first = posted_documents(page)
    expect(page.get_by_text("stays open with what is left of it")).to_be_visible()
    page.get_by_role("link", name=f"Back to order {order}").click()
    expect(cell(page, "Qty. to ship", 10000)).to_have_value("6")
    total = page.locator("#document-totals .sum dd").inner_text()
    assert Decimal(total.replace(",", "")) > 0
    post(page)
    second = posted_documents(page)
    expect(page.get_by_text("It is closed and in the archive.")).to_be_visible()
    assert first.keys() == second.keys() == {"Shipment", "Invoice"}
    page.get_by_role("link", name=f"Invoice {second['Invoice']}", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Posted invoice {second['Invoice']}")
    shown = page.locator(".strip .main dd").inner_text().split()[0]
    stored = demo.rows("SELECT amount_including_vat FROM service_invoice_header WHERE no = ?", second["Invoice"])
    assert Decimal(shown.replace(",", "")) == Decimal(stored[0][0]).scaleb(-5)
    chain = page.get_by_role("navigation", name="Chain of documents")
    for no in (*first.values(), *second.values()):
        expect(chain).to_contain_text(no)
    page.get_by_role("link", name="Print", exact=True).click()
    expect(page.get_by_text("not printed yet")).to_be_visible()
    page.get_by_role("button", name="Print").click()
    expect(page.locator("html")).to_have_attribute("data-dialog", "open")
    expect(page.locator(".copy")).to_have_count(0)


@pytest.mark.once
def test_the_figures_on_screen_are_the_figures_posted(desk: Desk, demo: Demo) -> None:
    """D-116: order, posting page and posted invoice say the same."""
    order = demo.order((("item", "MEASURE-1", 7), ("gl_account", "4320", 3), ("resource", "T-BRUNNER", 5)))
    demo.change(order, 20000, unit_price=Decimal("19.99"), line_discount_pct=Decimal("12.5"))
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}")
    on_order = page.locator("#document-totals dd").all_inner_texts()
    page.get_by_role("link", name="Post", exact=True).click()
    choice = page.locator(".choice").filter(has=page.get_by_label("Ship and invoice", exact=True))
    expect(choice.locator(".sum")).to_contain_text(on_order[-1])
    numbers = dict(found.groups() for found in DOCUMENTS.finditer(choice.inner_text()))
    page.get_by_label("Ship and invoice", exact=True).check()
    page.get_by_role("button", name="Post", exact=True).click()
    assert posted_documents(page) == numbers
    page.get_by_role("link", name=f"Invoice {numbers['Invoice']}", exact=True).click()
    expect(page.locator("#totals dd")).to_have_text([on_order[2], on_order[3], on_order[4]])
    expect(page.locator("#general-ledger")).to_be_visible()
    general = page.locator("#general-ledger tfoot td").all_inner_texts()
    assert len([text for text in general if text == general[-1] or "." in text]) >= 2
    debit, credit = [text for text in general if "." in text]
    assert debit == credit


def test_posting_twice_is_posting_once(desk: Desk, demo: Demo) -> None:
    """O-42: a double click, Back and Post again, reloading the result."""
    order = demo.order()
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}/posting")
    page.get_by_label("Ship", exact=True).check()
    page.get_by_role("button", name="Post", exact=True).dblclick(no_wait_after=True)
    first = posted_documents(page)
    page.reload()
    assert posted_documents(page) == first
    page.go_back()
    expect(page.get_by_label("Ship", exact=True)).to_be_disabled()
    expect(page.get_by_role("status").filter(has_text="You posted")).to_contain_text(first["Shipment"])
    expect(page.get_by_role("button", name="Post", exact=True)).to_be_disabled()
    expect(page.get_by_role("status").filter(has_text="Choose what to post")).to_be_visible()
    assert posted_counts(demo, order) == (1, 0)


def test_of_two_tabs_one_posts_and_the_other_is_told(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    one = desk.at("POSTER")
    other = one.context.new_page()
    for page in (one, other):
        page.goto(f"/service-orders/{order}/posting")
        page.get_by_label("Ship", exact=True).check()
    one.get_by_role("button", name="Post", exact=True).click()
    posted_documents(one)
    other.get_by_role("button", name="Post", exact=True).click()
    expect(other.get_by_role("alert")).to_contain_text("changed")
    assert violations(other) == []
    assert posted_counts(demo, order) == (1, 0)


@pytest.mark.once
def test_an_order_that_is_gone_says_where_it_went(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}/posting")
    demo.post(order, "ship_and_invoice")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text(order)
    page.get_by_role("link", name="Posted invoices", exact=True).first.click()
    expect(page.locator("table.list tbody tr")).to_have_count(1)
    page.goto(f"/service-orders/{order}")
    expect(page).to_have_url(re.compile(f"/service-orders/{order}/closed$"))
    expect(page.get_by_role("navigation", name="Chain of documents")).to_contain_text("Closed")


@pytest.mark.once
def test_the_page_of_an_order_closed_meanwhile_takes_no_more_input(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("CLERK")
    page.goto(f"/service-orders/{order}")
    expect(page.get_by_role("region", name="What will be posted")).to_contain_text("Ready to post")
    demo.post(order, "ship_and_invoice")
    cell(page, "Quantity", 10000).fill("3")
    with page.expect_response(re.compile(f"/service-orders/{order}/lines/10000")) as answer:
        cell(page, "Quantity", 10000).press("Tab")
    assert answer.value.status == 404
    expect(page.get_by_role("alert")).to_contain_text(f"Order {order} was closed")
    expect(page.get_by_role("region", name="What will be posted")).to_contain_text(f"Order {order} was closed")
    expect(cell(page, "Quantity", 10000)).to_have_value("3")
    expect(cell(page, "Quantity", 10000)).not_to_be_editable()
    expect(page.get_by_role("link", name="Post", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Add line")).to_be_hidden()
    page.locator("#action-bar").get_by_role("link", name=f"Closed order {order}").click()
    expect(page).to_have_url(re.compile(f"/service-orders/{order}/closed$"))


@pytest.mark.once
def test_an_order_kept_open_is_closed_by_hand(desk: Desk, demo: Demo) -> None:
    """P-166: a service item line without lines keeps the order open."""
    order = demo.order(machine=True, lines=())
    demo.run(lambda: _line_without_machine(order))
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}")
    post(page)
    posted_documents(page)
    page.get_by_role("button", name="Close order").click()
    expect(page.get_by_role("status").first).to_contain_text(order)
    assert demo.rows("SELECT 1 FROM service_header WHERE document_type = 'order' AND no = ?", order) == []
    assert demo.rows("SELECT COUNT(*) FROM order_archive WHERE no = ?", order)[0][0] == 1


async def _line_without_machine(order: str) -> None:
    line = {"type": "item", "no": "MEASURE-1", "quantity": Decimal(2)}
    assert said((await drafts.add_line(CLERK, DocumentKey("order", order), line)).findings) == []


@pytest.mark.once
def test_who_may_only_read_sees_no_way_to_change(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("VIEWER")
    page.goto(f"/service-orders/{order}")
    for name in (
        "Post",
        "Post and print",
        "Post selected lines",
        "Copy",
        "Release",
        "Add line",
        "Add service item line",
        "Delete",
        "Save header and lines",
    ):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
        expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)
    assert page.goto(f"/service-orders/{order}/posting").status == 403  # type: ignore[union-attr]
    page.goto("/service-orders")
    expect(page.get_by_role("link", name="New")).to_have_count(0)
    clerk = desk.at("CLERK")
    clerk.goto(f"/service-orders/{order}")
    expect(clerk.get_by_role("link", name="Post", exact=True)).to_have_count(0)
    expect(clerk.get_by_role("button", name="Add line", exact=True)).to_have_count(1)


@pytest.mark.once
def test_the_first_print_is_the_original_and_the_next_a_copy(desk: Desk, demo: Demo) -> None:
    """D-95: looking does not count."""
    order = demo.order(post="ship_and_invoice", language_code="EN")
    shipment, invoice = (
        demo.rows(f"SELECT no FROM service_{kind}_header WHERE order_no = ?", order)[0][0]
        for kind in ("shipment", "invoice")
    )
    page = desk.at("VIEWER")
    for path in (f"/posted-service-shipments/{shipment}", f"/posted-service-invoices/{invoice}"):
        page.goto(f"{path}/print")
        page.reload()
        expect(page.get_by_text("not printed yet")).to_be_visible()
        page.get_by_role("button", name="Print").click()
        expect(page.get_by_text("print 1")).to_be_visible()
        expect(page.locator(".copy")).to_have_count(0)
        page.goto(f"{path}/print")
        expect(page.locator(".copy")).to_have_text("COPY")
        page.get_by_role("button", name="Print").click()
        expect(page.get_by_text("print 2")).to_be_visible()
        expect(page.locator(".copy")).to_have_text("COPY")
        expect(page.locator("html")).to_have_attribute("data-dialog", "open")
    assert demo.rows("SELECT printed FROM service_invoice_header WHERE no = ?", invoice) == [(2,)]
    log = demo.rows("SELECT event, after FROM service_document_log WHERE document_no = ? ORDER BY entry_no", invoice)
    assert [tuple(row) for row in log][-2:] == [("Printed", "print 1"), ("Printed", "print 2")]


def test_ship_and_invoice_a_ready_order_and_see_its_paper_in_four_clicks(desk: Desk, demo: Demo) -> None:
    """Effort, counted from the home page."""
    demo.forget_last_option()
    order = demo.order()
    page = desk.at("POSTER")
    page.goto("/")
    clicks = 0
    for step in (
        page.get_by_role("link", name="with something to ship"),
        page.get_by_role("link", name=order, exact=True),
        page.get_by_role("link", name="Post", exact=True),
        page.get_by_role("button", name="Post and print"),
    ):
        step.click()
        clicks += 1
    expect(page.get_by_role("article")).to_have_count(2)
    assert clicks <= 4
    page.get_by_role("button", name="Print").click()
    expect(page.get_by_text(re.compile(r"Shipment \S+: print 1\. Invoice \S+: print 1"))).to_be_visible()
    expect(page.locator(".copy")).to_have_count(0)
    assert posted_counts(demo, order) == (1, 1)


@pytest.mark.once
def test_everything_with_the_keyboard_alone(desk: Desk, demo: Demo) -> None:
    demo.forget_last_option()
    order = demo.order()
    page = desk.at("POSTER")
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type(order)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/service-orders/{order}$"))
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the lines")).to_be_focused()
    page.keyboard.press("Enter")
    expect(cell(page, "Quantity", 10000)).to_be_focused()
    field = cell(page, "Qty. to ship", 10000)
    for _ in range(12):
        if field.evaluate("(one) => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(field).to_be_focused()
    page.keyboard.type("3")
    with page.expect_response(re.compile("/lines/10000")):
        page.keyboard.press("Enter")
    expect(cell(page, "Qty. to ship", 20000)).to_be_focused()
    expect(cell(page, "Qty. to invoice", 10000)).to_have_value("3")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Post order {order}")
    expect(page.get_by_label("Ship and invoice", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    documents = posted_documents(page)
    link = page.get_by_role("link", name=f"Print invoice {documents['Invoice']}")
    for _ in range(60):
        if link.evaluate("(one) => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article")).to_contain_text(documents["Invoice"])


@pytest.mark.once
def test_what_is_chosen_in_the_panel_is_what_is_posted(desk: Desk, demo: Demo) -> None:
    demo.forget_last_option()
    order = demo.order()
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}")
    page.get_by_label("What to post").select_option(label="Ship")
    page.get_by_role("link", name="Post", exact=True).click()
    expect(page.get_by_label("Ship", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    assert posted_documents(page).keys() == {"Shipment"}
    assert posted_counts(demo, order) == (1, 0)


@pytest.mark.once
def test_what_is_typed_comes_back_as_it_is_stored(desk: Desk, demo: Demo) -> None:
    """Also when it comes to what was stored before, so that nothing else of the row changes."""
    order = demo.order([("item", "MEASURE-1", 5)])
    page = desk.at("CLERK")
    page.goto(f"/service-orders/{order}")
    quantity, date = cell(page, "Quantity", 10000), page.get_by_label("Posting date", exact=True)
    day = date.input_value()
    quantity.fill("2.5*2")
    quantity.press("Tab")
    expect(quantity).to_have_value("5")
    date.fill(f" {day} ")
    date.press("Tab")
    expect(date).to_have_value(day)
    quantity.fill("five")
    quantity.press("Tab")
    expect(quantity).to_have_attribute("aria-invalid", "true")
    expect(quantity).to_have_value("five")


@pytest.mark.once
def test_everything_once_without_script(desk: Desk, demo: Demo) -> None:
    page = desk.at("POSTER", script=False)
    page.goto("/service-orders")
    page.get_by_role("link", name="New").click()
    page.get_by_label("Customer no.").fill(CUSTOMER.lower())
    page.get_by_label("Description").fill("Made without script")
    page.get_by_role("button", name="Make the order").click()
    expect(page.get_by_role("status").first).to_contain_text("is made")
    order = page.url.rsplit("/", 1)[1]
    page.get_by_text("Invoicing").click()
    page.locator("#f-dim_1").fill("field")
    page.get_by_role("button", name="Save header and lines").first.click()
    expect(page.get_by_role("status").first).to_contain_text("The header is saved.")
    machine = demo.rows("SELECT no FROM service_item WHERE customer_no = ? ORDER BY no", CUSTOMER)[0][0]
    page.locator("#f-item-service_item_no").fill(machine)
    page.get_by_role("button", name="Add service item line").click()
    expect(page.get_by_role("status").first).to_contain_text("The service item line is added.")
    page.locator("#f-new-no").fill("MEASURE-1")
    page.locator("#f-new-quantity").fill("5")
    page.get_by_role("button", name="Add line").click()
    expect(page.get_by_role("status").first).to_contain_text("The line is added.")
    cell(page, "Qty. to ship", 10000).fill("1+1")
    page.get_by_label("Your reference").fill("PO 7")
    page.get_by_role("button", name="Save header and lines").last.click()
    expect(page.get_by_role("status").first).to_contain_text("The header and 1 line are saved.")
    expect(page.get_by_label("Your reference")).to_have_value("PO 7")
    expect(cell(page, "Qty. to ship", 10000)).to_have_value("2")
    expect(cell(page, "Qty. to invoice", 10000)).to_have_value("2")
    post(page)
    documents = posted_documents(page)
    page.get_by_role("link", name=f"Print invoice {documents['Invoice']}").click()
    page.get_by_role("button", name="Print").click()
    expect(page.get_by_text("Now print with the browser's own menu.")).to_be_visible()
    expect(page.locator(".copy")).to_have_count(0)
    assert posted_counts(demo, order) == (1, 1)


@pytest.mark.once
def test_without_script_a_date_that_allows_nothing_is_changed_and_posted(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("POSTER", script=False)
    page.goto(f"/service-orders/{order}/posting?posting_date=25-11-2019")
    expect(page.get_by_role("button", name="Post", exact=True)).to_be_disabled()
    page.get_by_label("Posting date").fill("t")
    page.get_by_role("button", name="Try this date").click()
    expect(page).to_have_url(re.compile(r"/posting\?posting_date=t$"))
    page.get_by_label("Ship and invoice", exact=True).check()
    page.get_by_role("button", name="Post", exact=True).click()
    assert set(posted_documents(page)) == {"Shipment", "Invoice"}


@pytest.mark.once
@pytest.mark.parametrize("typed", ["1e9", "NaN", "-1", "9" * 30, "11"])
def test_a_refused_quantity_keeps_what_was_typed(desk: Desk, demo: Demo, typed: str) -> None:
    order = demo.order((("item", "MEASURE-1", 10),))
    page = desk.at("CLERK")
    page.goto(f"/service-orders/{order}")
    change(page, "Qty. to ship", 10000, typed)
    field = cell(page, "Qty. to ship", 10000)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(field).to_have_value(typed)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile(r"\w"))
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(field).to_be_focused()
    stored = "SELECT qty_to_ship FROM service_line WHERE document_no = ? AND document_type = 'order'"
    assert demo.rows(stored, order) == [(1_000_000,)]


@pytest.mark.once
def test_bad_dates_and_empty_choices_are_answered(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    page = desk.at("POSTER")
    page.goto(f"/service-orders/{order}/posting")
    page.get_by_label("Posting date").fill("31-02")
    with page.expect_response(re.compile(r"/posting$")):  # not that of looking again, which comes before
        page.get_by_role("button", name="Post", exact=True).click()
    page.wait_for_load_state()
    expect(page.get_by_role("alert")).to_contain_text("Posting date")
    expect(page.get_by_label("Posting date")).to_have_value("31-02")
    page.goto(f"/service-orders/{order}/posting?chosen=1")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("button", name="Post", exact=True)).to_be_disabled()
    page.goto(f"/service-orders/{order}")
    page.get_by_label("Posting date").fill("31/02/2026")
    page.get_by_label("Posting date").press("Tab")
    expect(page.get_by_role("alert")).to_contain_text("Posting date")
    expect(page.get_by_label("Posting date")).to_have_value("31/02/2026")
    assert posted_counts(demo, order) == (0, 0)

"""Every page of orders, posted documents and ledgers: axe in light and dark, narrow and wide, long and large (A-4)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from db.engine import transaction
from e2e.conftest import Demo, Desk
from e2e.looks import WIDE, Looks, overflows, violations

pytestmark = pytest.mark.once  # how pages look is the same on both databases

LISTS = (
    "/",
    "/service-orders",
    "/service-orders/new",
    "/posted-service-shipments",
    "/print-runs/new?kind=invoice&view=unprinted",
    "/set-up/company/logo",
    "/posted-service-invoices?amount=0..",
    "/list-columns?path=/posted-service-invoices",
    "/outbox",
    "/search?q=molkerei",
    "/ledgers",
    *(f"/ledgers/{slug}" for slug in ("general-ledger", "value-entries", "posting-runs")),  # all from one template
    "/ledgers/general-ledger?from=99-99",
    "/find-entries",
    "/find-entries?document_no=NONE&posting_date=31-02",
    "/find-entries?document_no=PI*",
    "/find-entries/print?document_no=PI*",
    "/posted-service-invoices?totals=1",
    "/service-items/M70430",
)


def documents(demo: Demo, order: str) -> list[str]:
    posted = [
        f"/posted-service-{kind}s/{no}"
        for kind in ("shipment", "invoice")
        for (no,) in demo.rows(f"SELECT no FROM service_{kind}_header WHERE order_no = ?", order)
    ]
    run = demo.rows("SELECT MAX(no) FROM posting_run WHERE source_no = ?", order)[0][0]
    found = [f"/find-entries?document_no={path.rpartition('/')[2]}" for path in posted]
    shown = [
        *(f"{path}/print" for path in posted),
        f"{posted[-1]}/sending",
        f"{posted[-1]}/update",
        f"{posted[-1]}/lines",
        f"{posted[-1]}/why",
        f"{posted[-1]}/why/10000",
    ]
    return [*posted, *shown, f"/posting-runs/{run}", *found]


def of_order(demo: Demo) -> list[str]:
    fresh, partly = demo.order(), demo.order()
    demo.change(partly, 10000, qty_to_ship=3)
    demo.post(partly, "ship_and_invoice")
    demo.attach(fresh)
    own: tuple[str, ...] = (
        f"/service-orders/{fresh}",
        f"/service-orders/{partly}",
        f"/service-orders/{partly}/lines/10000",
    )
    own += tuple(f"/service-orders/{fresh}/{rest}" for rest in ("attachments", "items", "lines/10000/availability"))
    asked = (f"/service-orders/{fresh}/item-lines/10000", f"/service-orders/{partly}/posting")
    looked: tuple[str, ...] = (f"/service-orders/{partly}/preview", f"/service-orders/{fresh}/posting?chosen=1")
    tested = (f"/service-orders/{partly}/test-report", f"/service-orders/test-report?select={fresh}&select={partly}")
    several = f"select={fresh}&select={partly}"
    looked += (
        f"/service-orders/{partly}/statistics",
        f"/service-orders/{partly}/print",
        f"/service-orders/{partly}/log",
    )
    looked += (f"/service-orders/preview?{several}&option=ship", f"/service-orders/preview/print?{several}")
    closed = f"/service-orders/{demo.order(post='ship_and_invoice')}/closed"
    return [*own, *asked, *looked, *tested, closed, "/closed-service-orders", *documents(demo, partly)]


def test_axe_finds_nothing_and_nothing_overflows(desk: Desk, demo: Demo) -> None:
    looks = Looks(desk.at(), dark=True)
    looks.visit(*LISTS, *of_order(demo))
    assert looks.found == {}


def test_the_outbox_with_two_addresses(desk: Desk, demo: Demo) -> None:
    """Buttons with long addresses are large enough to hit."""
    order = demo.order(post="ship_and_invoice")
    (no,) = demo.rows("SELECT no FROM service_invoice_header WHERE order_no = ?", order)[0]

    async def failed() -> None:
        async with transaction() as session:
            await session.execute(
                "INSERT INTO outbox (document_no, recipient, message_id, state, next_attempt_at, requested_at)"
                " VALUES (?, 'an.old.address@of-a-company.example', 'old', 'failed', ?, ?)",
                no,
                *(datetime.now(UTC),) * 2,
            )
            await session.execute(
                "UPDATE customer SET e_mail = 'new@another-name.example' WHERE no = (SELECT bill_to_customer_no"
                " FROM service_invoice_header WHERE no = ?)",
                no,
            )

    demo.run(failed)
    looks = Looks(desk.at(), dark=True)
    looks.visit(f"/outbox?q={no}")
    expect(looks.page.get_by_role("button", name="Send again to new@another-name.example")).to_be_visible()
    assert looks.found == {}


def test_the_pages_that_answer_a_posting(desk: Desk, demo: Demo) -> None:
    """A refusal, the result, and the combined paper."""
    page = desk.at()
    looks = Looks(page)
    page.goto(f"/service-orders/{demo.order()}/posting")
    page.get_by_label("Posting date").fill("31-02")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    looks.at("refused")
    page.get_by_label("Posting date").fill("t")
    page.get_by_label("Ship and invoice", exact=True).check()
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_text("Posted:")).to_be_visible()
    looks.at("posted")
    page.get_by_role("link", name="Print", exact=True).click()
    expect(page.get_by_role("article")).to_have_count(2)
    looks.at("printed")
    assert looks.found == {}


def test_paper_is_accessible_as_paper(desk: Desk, demo: Demo) -> None:
    page = desk.at()
    for path in documents(demo, demo.order(post="ship_and_invoice")):
        page.goto(path)
        page.emulate_media(media="print", reduced_motion="reduce")  # no colour on its way to that of paper
        assert violations(page) == [], path
        page.emulate_media(media="screen")


def test_two_hundred_lines_and_amounts_of_twelve_digits_keep_their_columns(desk: Desk, demo: Demo) -> None:
    order = demo.order(tuple(("item", f"MEASURE-{1 + at % 4}", 10) for at in range(200)))
    demo.change(order, 10000, unit_price=Decimal("9876543210.12"), qty_to_ship=Decimal("1.23456"))
    page = desk.at()
    page.goto(f"/service-orders/{order}")
    assert not overflows(page, WIDE)
    frame = page.locator("#line-table-frame")
    expect(page.locator("#line-table tbody tr")).to_have_count(200)
    frame.evaluate("(one) => { one.scrollIntoView({ block: 'end' }); one.scrollTop = one.scrollHeight; }")
    expect(page.get_by_label("Qty. to ship, line 2000000", exact=True)).to_be_in_viewport()
    expect(frame.get_by_role("columnheader", name="Qty. to ship")).to_be_in_viewport()
    expect(page.get_by_role("link", name="Post", exact=True)).to_be_in_viewport()
    wide = page.get_by_label("Unit price, line 10000", exact=True)
    assert wide.evaluate("(one) => one.scrollWidth <= one.clientWidth + 1")


def test_the_grid_with_every_quantity_fits_the_screen(desk: Desk, demo: Demo) -> None:
    order = demo.order()
    demo.change(order, 10000, qty_to_ship=3)
    demo.post(order, "ship_and_invoice")
    page = desk.at()
    page.goto(f"/service-orders/{order}")
    assert page.locator("#line-table-frame").evaluate("(one) => one.scrollWidth <= one.clientWidth")

"""Paper as it comes out of the browser: every line and amount, page n of m, repeated heads, no lonely total (D-117)."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from db import engine
from e2e.conftest import CLERK, WORK_DATE, Demo, Desk, Line, said
from e2e.looks import violations
from webapp import formats
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts

pytestmark = pytest.mark.once  # paper is the same on both databases

HEAD = re.compile(r"Description\s+Quantity\s+Unit")
LOGO = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)


def pages_of(page: Page, path: str) -> list[str]:
    page.goto(path)
    page.emulate_media(media="print")
    pdf = page.pdf(prefer_css_page_size=True)
    page.emulate_media(media="screen")
    return [re.sub(r"[ \u00a0]+", " ", one.extract_text()) for one in PdfReader(io.BytesIO(pdf)).pages]


def invoice_of(demo: Demo, order: str) -> str:
    return str(demo.rows("SELECT no FROM service_invoice_header WHERE order_no = ?", order)[0][0])


def shipment_of(demo: Demo, order: str) -> str:
    return str(demo.rows("SELECT no FROM service_shipment_header WHERE order_no = ? ORDER BY no", order)[0][0])


def shown(scaled: int) -> str:
    return formats.amount(Decimal(scaled).scaleb(-5))


def numbered(pages: Sequence[str]) -> bool:
    return all(f"Page {at} of {len(pages)}" in text for at, text in enumerate(pages, 1))


def mixed(count: int) -> tuple[Line, ...]:
    """Two rates of VAT: parts and work at the standard rate, handbooks at the reduced one."""
    kinds: tuple[Line, ...] = (("item", "MEASURE-1", 2), ("gl_account", "4320", 1), ("resource", "T-BRUNNER", 3))
    return tuple(kinds[at % 3] for at in range(count))


@pytest.mark.parametrize("count", [1, 7, 13, 14, 15, 16, 17, 20, 60])
def test_an_invoice_of_any_length(desk: Desk, demo: Demo, count: int) -> None:
    order = demo.order(mixed(count), machine=False, language_code="EN")
    demo.run(lambda: _priced(order, count))
    demo.post(order, "ship_and_invoice")
    no = invoice_of(demo, order)
    pages = pages_of(desk.at(), f"/posted-service-invoices/{no}/print")
    assert numbered(pages)
    assert all(HEAD.search(text) for text in pages)
    assert all(f"Invoice {no}" in text for text in pages)
    text = "\n".join(pages)
    lines = demo.rows("SELECT no, line_amount FROM service_invoice_line WHERE document_no = ? ORDER BY line_no", no)
    assert len(lines) == count
    for line_no, amount in lines:
        assert f"{line_no} " in text
        assert shown(amount) in text
    last = pages[-1]
    rows_on_last = sum(last.count(name) for name in ("MEASURE-1", "4320", "T-BRUNNER"))
    assert rows_on_last >= 1, "a total never stands alone"
    head = demo.rows("SELECT amount, amount_including_vat FROM service_invoice_header WHERE no = ?", no)[0]
    specified = demo.rows("SELECT base, amount FROM posted_vat_line WHERE document_no = ?", no)
    for value in (*head, *(part for row in specified for part in row)):
        assert shown(value) in last
    assert "IBAN" in last


async def _priced(order: str, count: int) -> None:
    """Amounts that differ, so that each can be found."""
    for at in range(1, count + 1):
        price = {"unit_price": Decimal(100 + at) + Decimal(at) / 100}
        assert said((await drafts.change_line(CLERK, DocumentKey("order", order), at * 10000, price)).findings) == []


def test_reverse_charge_names_its_clause_and_no_rate(desk: Desk, demo: Demo) -> None:
    order = demo.order(customer="D31040", machine=False, post="ship_and_invoice", dim_2="ABROAD")
    text = "\n".join(pages_of(desk.at(), f"/posted-service-invoices/{invoice_of(demo, order)}/print"))
    assert "Steuerschuldnerschaft des Leistungsempfängers (Artikel 196" in text  # the language of the customer
    assert "DEUTSCHLAND" in text
    assert "20 % VAT" not in text
    registered = demo.rows("SELECT vat_registration_no FROM customer WHERE no = 'D31040'")[0][0]
    assert registered in text


def test_an_export_in_dollars_names_the_rate_and_the_own_currency(desk: Desk, demo: Demo) -> None:
    order = demo.order(customer="U51010", machine=False, post="ship_and_invoice", dim_2="ABROAD")
    no = invoice_of(demo, order)
    text = "\n".join(pages_of(desk.at(), f"/posted-service-invoices/{no}/print"))
    for words in ("UNITED STATES", "Export, exempt from VAT", "Exchange rate", "Base EUR", "Total USD incl. VAT"):
        assert words in text
    for base, amount in demo.rows("SELECT base_lcy, amount_lcy FROM posted_vat_line WHERE document_no = ?", no):
        assert shown(base) in text
        assert shown(amount) in text


def test_prices_with_vat_are_shown_without_it_too(desk: Desk, demo: Demo) -> None:
    """D-127: the unit price without VAT is asked for by law."""
    order = demo.order((("item", "MEASURE-1", 3),), customer="C20050", machine=False, language_code="EN")
    demo.change(order, 10000, unit_price=Decimal("12.00"))
    demo.post(order, "ship_and_invoice")
    text = "\n".join(pages_of(desk.at(), f"/posted-service-invoices/{invoice_of(demo, order)}/print"))
    assert re.search(r"12\.00\s+10\.00\s+20\s+36\.00", text)


def test_dates_of_supply_by_line_when_they_differ(desk: Desk, demo: Demo) -> None:
    earlier = WORK_DATE - timedelta(days=3)
    head = {"language_code": "EN", "posting_date": earlier, "document_date": earlier}
    order = demo.order((("item", "MEASURE-1", 10),), machine=False, **head)
    demo.change(order, 10000, qty_to_ship=4)
    demo.post(order, "ship")
    demo.run(lambda: _dated(order, WORK_DATE))
    demo.post(order, "ship")
    demo.change(order, 10000, qty_to_invoice=10)
    demo.post(order, "invoice")
    text = "\n".join(pages_of(desk.at(), f"/posted-service-invoices/{invoice_of(demo, order)}/print"))
    assert f"4 on {formats.day(earlier)}, 6 on {formats.day(WORK_DATE)}" in text.replace("\n", " ")


async def _dated(order: str, day: date) -> None:
    saved = await drafts.change_header(CLERK, DocumentKey("order", order), {"posting_date": day})
    assert said(saved.findings) == []


@pytest.mark.parametrize("count", [1, 60])
def test_a_shipment_without_prices(desk: Desk, demo: Demo, count: int) -> None:
    order = demo.order(mixed(count), post="ship", language_code="EN")
    no = shipment_of(demo, order)
    pages = pages_of(desk.at(), f"/posted-service-shipments/{no}/print")
    assert numbered(pages)
    text = "\n".join(pages)
    assert sum(text.count(name) for name in ("MEASURE-1", "4320", "T-BRUNNER")) == count
    assert all(f"Shipment {no}" in one for one in pages)
    assert "Received by" in pages[-1]
    assert "Total" not in text
    assert "Unit price" not in text


def test_shipment_and_invoice_of_one_posting_name_themselves_on_every_page(desk: Desk, demo: Demo) -> None:
    order = demo.order(mixed(40), machine=False, language_code="EN")
    page = desk.at()
    page.goto(f"/service-orders/{order}/posting")
    page.get_by_label("Ship and invoice", exact=True).check()
    page.get_by_role("button", name="Post and print").click()
    page.wait_for_url("**/print")
    pages = pages_of(page, page.url)
    shipment, invoice = shipment_of(demo, order), invoice_of(demo, order)
    kinds = [("Shipment " + shipment in text, "Invoice " + invoice in text) for text in pages]
    assert all(first != second for first, second in kinds)
    assert kinds == sorted(kinds, reverse=True)
    assert "Page 1" in pages[0]
    assert "Page 1" in pages[[second for _, second in kinds].index(True)]


def test_the_address_stands_in_the_window_and_the_logo_on_top(desk: Desk, demo: Demo) -> None:
    """DIN 5008, form B: the window of the envelope is 45 to 90 mm from the top, 20 to 110 mm from the left."""
    order = demo.order(post="ship_and_invoice")
    demo.run(lambda: _logo(LOGO))
    page = desk.at()
    page.goto(f"/posted-service-invoices/{invoice_of(demo, order)}/print")
    sheet, address = page.locator(".sheet").bounding_box(), page.locator("address").bounding_box()
    assert sheet and address
    mm = 96 / 25.4
    assert 45 * mm <= address["y"] - sheet["y"]
    assert address["y"] + address["height"] - sheet["y"] <= 90 * mm
    assert 20 * mm <= address["x"] - sheet["x"]
    assert address["x"] + address["width"] - sheet["x"] <= 111 * mm
    assert page.locator(".logo").evaluate("(one) => one.naturalWidth") == 1
    demo.run(lambda: _logo(""))


async def _logo(picture: str) -> None:
    async with engine.transaction() as session:
        await session.execute("UPDATE company SET logo = ?", picture)


def test_what_was_printed_first_is_what_everybody_gets_later(desk: Desk, demo: Demo) -> None:
    """D-120: print, PDF and copy are one; D-95: each of them counts, looking does not."""
    order = demo.order(machine=False, post="ship_and_invoice", language_code="EN")
    no = invoice_of(demo, order)
    path = f"/posted-service-invoices/{no}"
    page = desk.at()
    page.goto(f"{path}/print")
    expect(page.get_by_text("not printed yet")).to_be_visible()
    first = page.locator("article").inner_text()
    page.get_by_role("button", name="Print", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-dialog", "open")
    assert page.locator("article").inner_text() == first
    was = demo.rows("SELECT name FROM company")[0][0]
    demo.run(lambda: _rename_company("Another Name Ltd"))
    try:
        again = pages_of(page, f"{path}/print")
        assert "COPY" in again[0] and "Another Name Ltd" not in "".join(again)
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save PDF", exact=True).click()
        assert saved.value.suggested_filename == f"Invoice-{no}.pdf"
        words = "".join(one.extract_text() for one in PdfReader(saved.value.path()).pages)
        assert str(was) in words and "Another Name Ltd" not in words
    finally:
        demo.run(lambda: _rename_company(str(was)))
    assert demo.rows("SELECT printed FROM service_invoice_header WHERE no = ?", no)[0][0] == 2
    page.goto(path)
    log = page.locator("#log").inner_text()
    for line in ("First issued", "Printed", "PDF given out"):
        assert line in log
    assert violations(page) == []


def test_a_certificate_of_supply_is_printed_and_comes_back(desk: Desk, demo: Demo) -> None:
    """D-107."""
    order = demo.order(customer="D31040", machine=False, post="ship", dim_2="ABROAD")
    no = shipment_of(demo, order)
    demo.run(lambda: _needs_certificate(no))
    page = desk.at("POSTER")
    page.goto(f"/posted-service-shipments/{no}")
    page.get_by_role("link", name="Required", exact=True).click()
    assert violations(page) == []
    page.get_by_role("link", name="Print", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gelangensbestätigung")
    assert violations(page) == []
    page.get_by_role("button", name="Print", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-dialog", "open")
    page.goto(f"/posted-service-shipments/{no}/certificate")
    page.get_by_label("Certificate").select_option("Received")
    page.get_by_label("Date of receipt").fill(WORK_DATE.strftime("%d/%m/%Y"))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Received", exact=True)).to_be_visible()
    log = page.locator("#log").inner_text()
    assert "Certificate printed" in log and "Received on" in log


async def _needs_certificate(no: str) -> None:
    async with engine.transaction() as session:
        await session.execute("INSERT INTO supply_certificate (shipment_no) VALUES (?)", no)


async def _rename_company(name: str) -> None:
    async with engine.transaction() as session:
        await session.execute("UPDATE company SET name = ?", name)


def test_two_invoices_go_into_one_file(desk: Desk, demo: Demo) -> None:
    """D-118: marked in the list, printed by a batch, one file behind a cover sheet."""
    numbers = [invoice_of(demo, demo.order(machine=False, post="ship_and_invoice", language_code="EN")) for _ in "ab"]
    page = desk.at()
    page.goto("/posted-service-invoices?sort=-no")
    for no in numbers:
        page.get_by_label(f"Select {no}", exact=True).check()
    page.get_by_role("button", name="Print run…").click()
    page.get_by_role("button", name="Print 2 documents").click()
    expect(page.get_by_text("2 of 2 documents printed.")).to_be_visible(timeout=30_000)
    assert violations(page) == []
    answer = page.request.get(str(page.get_by_role("link", name="PDF of all documents").get_attribute("href")))
    cover, *pages = [one.extract_text() for one in PdfReader(io.BytesIO(answer.body())).pages]
    assert all(no in cover for no in numbers)
    assert [f"Invoice {no}" in text and "Page 1 of 1" in text for no, text in zip(numbers, pages, strict=True)] == [
        True
    ] * 2

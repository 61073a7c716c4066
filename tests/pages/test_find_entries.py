"""From a number to everything that bears it, and what a document comes to (D-110 … D-115)."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ANNA, accept, database_rows, enter_company, enter_order
from tests.store.test_payments import BANK, Choice, invoices, paid
from tests.store.test_payments import pack as payments_pack
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.acting import Acting
from webapp.store.combined_invoices import take_shipment_lines
from webapp.store.payments import post_payment
from webapp.store.posting import post_document

POLLY = Acting("POLLY", "poster", TODAY)
KEY = DocumentKey("order", "SO-1")
CURRENCIES = ("EUR", "LCY")


def rows_of(html: str) -> list[list[str]]:
    """The texts of the cells of every row that has some."""
    rows = [
        re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S) for row in re.findall(r"<tr[^>]*>(.*?)</tr>", html, re.S)
    ]
    return [[_text(cell) for cell in row] for row in rows if row]


def _text(cell: str) -> str:
    """What is read in a cell, without the currency in a head, a minus as it is typed."""
    words = re.sub(r"<[^>]+>", "", cell).replace("−", "-").split()
    return " ".join(word for word in words if word not in CURRENCIES)


@pytest.fixture
async def viewer(browser: Browser) -> Browser:
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 4", "20000 resource LINA qty 3"])
    await browser.sign_in("VERA")
    return browser


async def posted(option: str) -> dict[str, str]:
    result = await post_document(POLLY, KEY, REQUESTS[option])
    assert result.ok, result.findings
    return {one.kind: one.no for one in result.posted}


async def test_an_invoice_is_found_with_its_entries_and_what_they_come_to(viewer: Browser) -> None:
    invoice = (await posted("ship_and_invoice"))["invoice"]
    page = (await viewer.get(f"/find-entries?document_no={invoice.lower()}")).text
    found = {row[0]: row[1:] for row in rows_of(page)}
    assert found["Posted service invoices"] == ["1", "2,270.00"]
    assert f'href="/posted-service-invoices/{invoice}">Show document' in page  # D-112: exactly one fits
    assert found["Customer ledger"] == ["1", "2,837.50"]
    assert found["VAT"] == ["2", "-567.50"]
    assert found["Resource ledger"] == ["1", "-270.00"]
    assert f'href="/ledgers/general-ledger?document_no={invoice}"' in page
    assert "Posted service shipments" not in found


async def test_a_date_that_is_none_is_refused_beside_what_was_typed(viewer: Browser) -> None:
    answer = await viewer.get("/find-entries?document_no=S-1&posting_date=31-02-2025")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert 'value="31-02-2025"' in answer.text


@pytest.mark.parametrize(
    "query", ["", "?document_no=", "?document_no=%00", "?external_document_no=NONE", f"?document_no={'9' * 300}"]
)
async def test_a_number_that_nothing_bears_says_so(viewer: Browser, query: str) -> None:
    answer = await viewer.get(f"/find-entries{query}")
    assert answer.status_code == 200
    assert rows_of(answer.text) == []


async def test_the_customers_own_number_leads_to_the_document(viewer: Browser) -> None:
    await drafts.change_header(POLLY, KEY, {"external_document_no": "PO 77"})
    invoice = (await posted("ship_and_invoice"))["invoice"]
    for typed in ("PO+77", "po*", "PO+7*|NONE"):
        page = (await viewer.get(f"/find-entries?external_document_no={typed}")).text
        assert {row[1] for row in rows_of(page) if row[0] in ("Posted invoice", "Posted shipment")} >= {invoice}, typed
        assert {row[0]: row[1] for row in rows_of(page)}["Customer ledger"] == "1", typed


async def test_the_customers_own_number_is_found_in_any_capital_letters(viewer: Browser) -> None:
    await drafts.change_header(POLLY, KEY, {"external_document_no": "Po 77/a"})
    invoice = (await posted("ship_and_invoice"))["invoice"]
    for typed in ("PO+77/A", "po+77/a", "pO+7*", "po+77/a|none", "PO+7..po+8"):
        page = (await viewer.get(f"/find-entries?external_document_no={typed}")).text
        assert invoice in page and "Nothing fits" not in page, typed
    assert "Nothing fits" in (await viewer.get("/find-entries?external_document_no=po+7")).text
    exact = await viewer.get("/search?q=po+77/A")
    assert invoice in (exact.headers.get("location") or exact.text)


async def test_an_order_leads_to_all_that_was_posted_of_it(viewer: Browser) -> None:
    """D-110: its shipments, the invoice that it made, and the one that an invoice by hand made of its shipment."""
    await drafts.change_line(POLLY, KEY, 20000, {"qty_to_ship": Decimal(0)})
    first = await posted("ship_and_invoice")
    await drafts.change_line(POLLY, KEY, 20000, {"qty_to_ship": Decimal(3)})
    shipped = await posted("ship")
    invoice = accept(await drafts.create_document(ANNA, "invoice", {"customer_no": "C-GOOD"}))
    assert invoice.key
    assert (await take_shipment_lines(ANNA, invoice.key, [(shipped["shipment"], 20000)])).ok
    by_hand = await post_document(ANNA, invoice.key, REQUESTS["ship_and_invoice"])
    await enter_order("C-GOOD", ["10000 item PUMP qty 1"], no="SO-2")
    other = await post_document(POLLY, DocumentKey("order", "SO-2"), REQUESTS["ship_and_invoice"])
    assert by_hand.ok and other.ok
    page = (await viewer.get("/find-entries?order_no=so-1")).text
    found = {row[0]: row[1] for row in rows_of(page)}
    assert found["Posted service shipments"] == found["Posted service invoices"] == "2"
    assert found["Customer ledger"] == "2" and found["Service ledger"] == "4"
    numbers = {one.no for one in (*by_hand.posted,)} | {first["invoice"], first["shipment"], shipped["shipment"]}
    assert all(f">{no}</a>" in page for no in numbers)
    assert not any(f">{one.no}</a>" in page for one in other.posted)
    for href, count in re.findall(r'<tr data-href="([^"]+)"><th scope="row">.*?<td class="num">(\d+)</td>', page):
        listed = rows_of((await viewer.get(href.replace("&amp;", "&"))).text)
        assert len(listed) - 1 == int(count), href
    assert (
        'href="/find-entries?order_no=SO-1"' in (await viewer.get(f"/posted-service-invoices/{first['invoice']}")).text
    )


@pytest.fixture
async def machines(browser: Browser) -> dict[str, dict[str, str]]:
    """Two orders of C-GOOD, shipped and invoiced; the machine of the first one has a serial number."""
    await enter_company(pack(service_items={"PRESS": {"serial_no": "Sn-4711"}}))
    made = {}
    for no, machine in (("SO-7", "PRESS"), ("SO-8", "MIXER")):
        await enter_order("C-GOOD", ["20000 item PUMP qty 1 on 10000"], [f"10000 {machine}"], no=no)
        result = await post_document(POLLY, DocumentKey("order", no), REQUESTS["ship_and_invoice"])
        made[machine] = {one.kind: one.no for one in result.posted}
    await browser.sign_in("VERA")
    return made


async def test_a_serial_number_leads_to_the_documents_and_entries_of_its_machine(
    browser: Browser, machines: dict[str, dict[str, str]]
) -> None:
    for typed in ("Sn-4711", "sn-47", "N-4*1"):
        page = (await browser.get(f"/find-entries?serial_no={typed}")).text
        assert 'href="/service-items/PRESS"' in page
        found = {row[0]: row[1] for row in rows_of(page)}
        assert found["Posted service shipments"] == found["Posted service invoices"] == "1", typed
        assert found["Service ledger"] == "2" and "VAT" not in found, typed
        assert 'href="/ledgers/service-ledger?service_item_no=PRESS"' in page
        assert machines["PRESS"]["invoice"] in page and machines["MIXER"]["invoice"] not in page
    assert "Nothing fits" in (await browser.get("/find-entries?serial_no=4712")).text


async def test_lists_and_the_search_on_top_find_a_serial_number(
    browser: Browser, machines: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """D-109; the search on top finds it however many documents there are since (F-4)."""
    monkeypatch.setattr("webapp.store.search.NEWEST", 0)
    for kind, path in (("shipment", "/posted-service-shipments"), ("invoice", "/posted-service-invoices")):
        wanted, other = machines["PRESS"][kind], machines["MIXER"][kind]
        for words in ("Sn-4711", "sn-47", "SN- 4711"):
            listed = [row[1] for row in rows_of((await browser.get(f"{path}?q={words}")).text) if len(row) > 2][1:]
            assert listed == [wanted], words
            hits = (await browser.get(f"/search?q={words}")).text
            assert f">{wanted}</b>" in hits and f">{other}</b>" not in hits, words


async def test_marked_rows_and_a_customer_lead_to_their_entries(
    browser: Browser, machines: dict[str, dict[str, str]]
) -> None:
    numbers = [one["invoice"] for one in machines.values()]
    answer = await browser.post("/find-entries", {"kind": "invoice", "select": numbers})
    assert answer.headers["location"] == f"/find-entries?document_no={'%7C'.join(numbers)}"
    several = {row[0]: row[1] for row in rows_of((await browser.get(answer.headers["location"])).text)}
    assert several["Posted service invoices"] == several["Customer ledger"] == "2"
    of_customer = (await browser.get("/find-entries?customer_no=c-good")).text
    found = {row[0]: row[1] for row in rows_of(of_customer)}
    assert found["Posted service shipments"] == "2" and found["Customer ledger"] == "2"
    assert found["Item ledger"] == "2" and "Item ledger" not in several  # what was shipped, too
    assert 'href="/ledgers/customer-ledger?customer_no=C-GOOD"' in of_customer
    none = await browser.post("/find-entries", {"kind": "shipment"})
    assert none.headers["location"] == "/posted-service-shipments"


async def test_every_link_leads_to_just_the_records_that_were_counted(
    browser: Browser, machines: dict[str, dict[str, str]]
) -> None:
    invoice = machines["PRESS"]["invoice"]
    everything = "document_no=*&posting_date=2025-01-01.."
    for query in (f"document_no={invoice}", "customer_no=C-GOOD", "serial_no=4711", everything):
        page = (await browser.get(f"/find-entries?{query}")).text
        rows = re.findall(r'<tr data-href="([^"]+)"><th scope="row">.*?<td class="num">(\d+)</td>', page)
        assert rows, query
        for href, count in rows:
            listed = rows_of((await browser.get(href.replace("&amp;", "&"))).text)
            assert len(listed) - 1 == int(count), (query, href)


async def test_a_customer_leads_to_the_entries_of_payments_too(browser: Browser) -> None:
    await invoices(1, 2, company=payments_pack(**BANK, users={"ANNA": {"role": "accountant"}}))
    await post_payment(ANNA, paid("110", Choice(1)))
    await browser.sign_in("ANNA")
    page = (await browser.get("/find-entries?customer_no=C-GOOD")).text
    row = r'<tr data-href="(/ledgers/general-ledger[^"]+)"><th scope="row">.*?<td class="num">(\d+)</td>'
    [(href, count)] = re.findall(row, page)
    booked = await database_rows("SELECT COUNT(*) AS n FROM gl_entry")
    assert int(count) == booked[0]["n"]  # nobody else bought or paid
    listed = rows_of((await browser.get(href.replace("&amp;", "&"))).text)
    assert len(listed) - 1 == int(count)


async def test_a_number_of_several_documents_asks_for_the_date_and_a_day_finds_all_of_it(
    browser: Browser, machines: dict[str, dict[str, str]]
) -> None:
    page = (await browser.get(f"/find-entries?posting_date={TODAY:%d-%m-%Y}")).text
    assert {row[0]: row[1] for row in rows_of(page)}["Posted service invoices"] == "2"
    assert "Show document" not in page
    paper = (await browser.get(f"/find-entries/print?posting_date={TODAY:%d-%m-%Y}")).text
    assert [row[:2] for row in rows_of(paper)] == [row[:2] for row in rows_of(page)]
    assert (await browser.get("/find-entries?posting_date=2030-01-01")).text.count("Nothing fits") == 1


async def test_an_order_has_figures_for_all_of_it_and_for_what_is_invoiced_now(viewer: Browser) -> None:
    await drafts.change_line(POLLY, KEY, 10000, {"qty_to_ship": Decimal(1)})
    page = (await viewer.get("/service-orders/SO-1/statistics")).text
    figures = {row[0]: row[1:] for row in rows_of(page)[:11]}
    assert figures["Figure"] == ["All", "Invoicing", "Shipping", "Consuming"]
    assert figures["Quantity"] == ["7", "4", "4", "0"]
    assert figures["Total excl. VAT"] == ["2,270.00", "770.00", "770.00", "0.00"]
    assert figures["Profit"][:2] == ["825.00", "285.00"]
    assert "Balance (" in page


async def test_what_the_statistics_say_is_what_is_posted(viewer: Browser) -> None:
    before = {row[0]: row[2] for row in rows_of((await viewer.get("/service-orders/SO-1/statistics")).text)[1:11]}
    invoice = (await posted("ship_and_invoice"))["invoice"]
    page = (await viewer.get(f"/posted-service-invoices/{invoice}")).text
    after = {row[0]: row[1] for row in rows_of(page) if row[0] in before}
    assert after == before


async def test_statistics_of_an_order_that_is_not_there(viewer: Browser) -> None:
    assert (await viewer.get("/service-orders/NONE/statistics")).status_code == 404

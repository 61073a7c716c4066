"""Posted documents, ledgers, home and search say what was posted, and lead to one another."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from datetime import date
from decimal import Decimal
from urllib.parse import quote

import pytest

from db.engine import reading, transaction
from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ANNA, accept, database_rows, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.acting import Acting
from webapp.store.archive import order_from
from webapp.store.cancel import cancel_invoice
from webapp.store.issues import issue
from webapp.store.posting import post_document
from webapp.store.supplies import Invoiced, Shipped, matched

POLLY = Acting("POLLY", "poster", TODAY)
D = Decimal


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def posted(no: str, option: str) -> dict[str, str]:
    result = await post_document(POLLY, DocumentKey("order", no), REQUESTS[option])
    assert result.ok, result.findings
    return {one.kind: one.no for one in result.posted}


@pytest.fixture
async def viewer(browser: Browser) -> Browser:
    await enter_company(pack(service_setup={"shipment_on_invoice": True}))
    await browser.sign_in("VERA")
    return browser


async def test_a_shipment_says_which_of_its_invoices_is_cancelled(viewer: Browser) -> None:
    """D-97: what a cancelled invoice held stands behind the one that was posted after it."""
    await enter_order("C-GOOD", ["10000 item PUMP qty 4"])
    await drafts.change_line(POLLY, DocumentKey("order", "SO-1"), 10000, {"qty_to_ship": D(3)})
    first = await posted("SO-1", "ship_and_invoice")
    cancelled = await cancel_invoice(POLLY, first["invoice"], TODAY, token="a" * 24)
    assert cancelled is not None and cancelled.ok, cancelled
    second = await posted("SO-1", "invoice")
    page = (await viewer.get(f"/posted-service-shipments/{first['shipment']}")).text
    assert f">{first['invoice']} (cancelled)</a>" in page and f">{second['invoice']}</a>" in page
    again = (await viewer.get(f"/posted-service-invoices/{second['invoice']}")).text
    assert f">{first['shipment']}</a>" in again


async def test_an_invoice_names_its_shipments_and_a_shipment_its_invoices(viewer: Browser) -> None:
    """D-97."""
    await enter_order("C-GOOD", ["10000 item PUMP qty 4"])
    key = DocumentKey("order", "SO-1")
    await drafts.change_line(POLLY, key, 10000, {"qty_to_ship": D(3)})
    first = await posted("SO-1", "ship")
    second = await posted("SO-1", "ship")
    await drafts.change_line(POLLY, key, 10000, {"qty_to_invoice": D(4)})
    invoice = await posted("SO-1", "invoice")
    page = (await viewer.get(f"/posted-service-invoices/{invoice['invoice']}")).text
    assert f">{first['shipment']} (3)</a>" in page
    assert f">{second['shipment']} (1)</a>" in page
    page = (await viewer.get(f"/posted-service-shipments/{first['shipment']}")).text
    assert f'href="/posted-service-invoices/{invoice["invoice"]}">{invoice["invoice"]}</a>' in page


@pytest.mark.once
async def test_every_field_that_is_filled_in_stands_on_the_page(viewer: Browser) -> None:
    """D-100, D-101: what is not on top stands under All fields; a line names the serial number of what was served."""
    await enter_order("C-EURO", ["10000 item PUMP qty 1"], no="SO-8", your_reference="R-8")
    async with transaction() as session:
        await session.execute("UPDATE service_item SET serial_no = 'SN-77' WHERE no = 'PRESS'")
        await session.execute("UPDATE service_line SET service_item_no = 'PRESS' WHERE document_no = 'SO-8'")
        await session.execute("UPDATE service_header SET phone_no = '+43 1', bill_to_city = 'Graz' WHERE no = 'SO-8'")
    documents = await posted("SO-8", "ship_and_invoice")
    for kind, place in (("invoice", "invoices"), ("shipment", "shipments")):
        shown = text_of((await viewer.get(f"/posted-service-{place}/{documents[kind]}")).text)
        fields = shown.partition("All fields")[2]
        for words in ("Phone no. +43 1", "Bill-to Address", "Graz", "Exchange rate", "EUR ="):
            assert words in fields, (kind, words, fields[:900])
        assert "PRESS SN-77" in shown
        lines = (await viewer.get(f"/posted-service-{place}/{documents[kind]}/lines")).text
        assert "Order line no." in lines and "Unit cost" in lines and "Variant code" not in lines, kind


async def test_the_shipment_of_an_invoice_by_hand_has_its_page(viewer: Browser) -> None:
    saved = await drafts.create_document(POLLY, "invoice", {"customer_no": "C-GOOD"})
    assert saved.key
    await drafts.add_line(POLLY, saved.key, {"type": "item", "no": "PUMP", "quantity": D(2)})
    result = await post_document(POLLY, saved.key, REQUESTS["ship_and_invoice"])
    numbers = {one.kind: one.no for one in result.posted}
    page = await viewer.get(f"/posted-service-shipments/{numbers['shipment']}")
    assert page.status_code == 200
    assert f'href="/posted-service-invoices/{numbers["invoice"]}"' in page.text
    (seal,) = await database_rows("SELECT seal, no_series FROM service_shipment_header")
    assert str(seal["seal"]) in page.text and f"series {seal['no_series']}" in page.text


async def test_debit_equals_credit_on_the_page_and_in_the_file(viewer: Browser) -> None:
    await enter_order("C-GOOD", ["10000 item PUMP qty 4", "20000 resource LINA qty 3"])
    documents = await posted("SO-1", "ship_and_invoice")
    page = (await viewer.get(f"/posted-service-invoices/{documents['invoice']}")).text
    entries = re.search(r'hx-get="(/posting-runs/\d+/entries)" hx-trigger="load"', page)
    assert entries
    page = (await viewer.get(entries[1])).text
    assert "<html" not in page
    ledger = re.search(r'id="general-ledger".*?</section>', page, re.DOTALL)
    assert ledger
    foot = re.search(r"<tfoot>(.*?)</tfoot>", ledger[0], re.DOTALL)
    assert foot
    sums = [text for text in re.findall(r">([^<]+)</td>", foot[1]) if text != "Sum"]
    assert len(sums) == 2
    assert sums[0] == sums[1]
    assert 'Credit <span class="unit">LCY</span></th>' in ledger[0]
    answer = await viewer.get(f"/ledgers/general-ledger/export.csv?document_no={documents['invoice']}")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows
    assert sum(D(row["Debit"]) for row in rows) == sum(D(row["Credit"]) for row in rows) == D(sums[0].replace(",", ""))


async def test_a_ledger_is_searched_filtered_and_leads_to_the_document(viewer: Browser) -> None:
    for no in ("SO-1", "SO-2"):
        await enter_order("C-GOOD", ["10000 item PUMP qty 4"], no=no)
    first, second = [await posted(no, "ship_and_invoice") for no in ("SO-1", "SO-2")]
    everything = (await viewer.get("/ledgers/general-ledger")).text
    assert everything.index(second["invoice"]) < everything.index(first["invoice"]), "the newest entry stands first"
    assert f'href="/posted-service-invoices/{first["invoice"]}"' in everything
    assert 'Debit <span class="unit">LCY</span></th>' in everything
    details = (await viewer.get("/ledgers/detailed-customer-ledger")).text
    assert ">Amount</th>" in details and 'Amount (LCY) <span class="unit">LCY</span></th>' in details
    for query in (f"q={first['invoice']}", f"document_no={first['invoice']}"):
        narrowed = (await viewer.get(f"/ledgers/customer-ledger?{query}")).text
        assert first["invoice"] in narrowed
        assert second["invoice"] not in narrowed
    later = (await viewer.get("/ledgers/general-ledger?from=01/01/2099")).text
    assert "Nothing fits" in later
    wrong = (await viewer.get("/ledgers/general-ledger?to=31-02")).text
    assert "Posted until" in wrong and "findings" in wrong
    runs = (await viewer.get("/ledgers/posting-runs")).text
    run = re.search(r'href="/posting-runs/(\d+)"', runs)
    assert run
    assert second["invoice"] in (await viewer.get(f"/posting-runs/{run[1]}")).text


async def test_home_counts_what_waits(viewer: Browser) -> None:
    await enter_order("C-GOOD", ["10000 item PUMP qty 4"])
    await enter_order("C-GOOD", ["10000 item PUMP qty 4"], no="SO-2")
    await posted("SO-2", "ship")
    page = (await viewer.get("/")).text
    assert re.search(r"<b>1</b> with something to ship", page)
    assert re.search(r"<b>1</b> shipped, not invoiced", page)
    assert re.search(r"<b>0</b> partly invoiced", page)
    assert re.search(r"<b>0</b> invoices not printed", page)
    numbers = await posted("SO-1", "ship_and_invoice")
    page = (await viewer.get("/")).text
    assert re.search(r"<b>1</b> invoices not printed", page)
    assert numbers["invoice"] in (await viewer.get("/posted-service-invoices?view=unprinted")).text
    assert await issue(POLLY, [("invoice", numbers["invoice"])]) == [1]
    assert numbers["invoice"] not in (await viewer.get("/posted-service-invoices?view=unprinted")).text


async def test_a_number_leads_straight_to_its_document(viewer: Browser) -> None:
    await enter_order("C-GOOD", ["10000 item PUMP qty 4"], external_document_no="PO-77")
    await enter_order("C-GOOD", ["10000 item PUMP qty 4"], no="SO-2")
    documents = await posted("SO-2", "ship_and_invoice")
    straight = {
        "so-1": "/service-orders/SO-1",
        "PO-77": "/service-orders/SO-1",
        documents["shipment"].lower(): f"/posted-service-shipments/{documents['shipment']}",
        documents["invoice"]: f"/posted-service-invoices/{documents['invoice']}",
    }
    for words, path in straight.items():
        answer = await viewer.get(f"/search?q={words}")
        assert (answer.status_code, answer.headers.get("location")) == (303, path), words
    listed = (await viewer.get("/search?q=SO-2")).text
    assert documents["shipment"] in listed and documents["invoice"] in listed
    assert "SO-1" in (await viewer.get("/search?q=c-good")).text


async def test_an_old_document_is_found_by_its_customer_and_by_the_beginning_of_a_number(
    viewer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-4: only the newest are read word by word; the rest is found by indexes, or in the list that is named."""
    monkeypatch.setattr("webapp.store.search.NEWEST", 1)
    for no, customer, external in (("SO-7", "C-EURO", "PO-77"), ("SO-8", "C-GOOD", "PO-88_1")):
        await enter_order(customer, ["10000 item PUMP qty 1"], no=no, external_document_no=external)
    old, new = [(await posted(no, "ship_and_invoice"))["invoice"] for no in ("SO-7", "SO-8")]
    async with reading() as session:
        names = dict(await session.fetch("SELECT no, name FROM customer"))
    for words, there in (
        (names["C-EURO"].split()[0].upper(), {old}),
        ("c-euro", {old}),
        ("so-7", {old}),
        ("po-8", {new}),  # among the newest, whatever its capital letters are
        ("PO-7", {old}),
        (old[:2], {old, new}),
        ("PO-9", set()),
        ("7%", set()),
    ):
        found = (await viewer.get(f"/search?q={quote(words)}")).text
        assert {no for no in (old, new) if f">{no}</b>" in found} == there, words
        assert f'href="/posted-service-invoices?q={quote(words)}"' in found, "where all of them are searched"
    assert old in (await viewer.get("/posted-service-invoices?q=o-7")).text


# --- what was shipped with what was invoiced --------------------------------------------------------------------------


def shipped(no: str, quantity: str) -> Shipped:
    return Shipped(no, 1, ("SO", 1), date(2026, 3, 1), D(quantity))


def invoiced(no: str, quantity: str, names: tuple[str, int] | None = None) -> Invoiced:
    return Invoiced(no, 1, ("SO", 1), date(2026, 3, 2), D(quantity), names)


@pytest.mark.parametrize(
    ("shipments", "invoices", "supplies"),
    [
        ([("A", "4")], [("X", "4")], "A-X 4"),
        ([("A", "3"), ("B", "1")], [("X", "4")], "A-X 3, B-X 1"),
        ([("A", "4")], [("X", "1"), ("Y", "3")], "A-X 1, A-Y 3"),
        ([("A", "2"), ("B", "2")], [("X", "3"), ("Y", "1")], "A-X 2, B-X 1, B-Y 1"),
        ([("A", "2")], [("X", "3")], "A-X 2"),
        ([("A", "0"), ("B", "2")], [("X", "2")], "B-X 2"),
        ([("A", "-2"), ("B", "-1")], [("X", "-3")], "A-X -2, B-X -1"),
        ([], [("X", "3")], ""),
    ],
)
def test_the_oldest_shipment_is_invoiced_first(
    shipments: list[tuple[str, str]], invoices: list[tuple[str, str]], supplies: str
) -> None:
    found = matched([shipped(*one) for one in shipments], [invoiced(*one) for one in invoices])
    said = [f"{one.shipped.document_no}-{one.invoiced.document_no} {one.quantity}" for one in found]
    assert ", ".join(said) == supplies


def test_a_line_that_names_its_shipment_takes_from_that() -> None:
    found = matched([shipped("A", "2"), shipped("B", "2")], [invoiced("X", "2", ("B", 1)), invoiced("Y", "2")])
    assert [(one.shipped.document_no, one.invoiced.document_no) for one in found] == [("B", "X"), ("A", "Y")]


def chain(page: str) -> list[str]:
    """The chain as it is read, one document each."""
    found = re.search(r'<nav class="chain".*?</nav>', page, re.S)
    assert found
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in re.findall(r"<li>(.*?)</li>", found[0], re.S)]


async def test_a_credit_memo_stands_in_the_whole_chain_of_its_invoice(viewer: Browser) -> None:
    """D-98: the cancelled invoice and the credit memo that did it show the same, with what corrects it."""
    await enter_order("C-GOOD", ["10000 item PUMP qty 4"])
    documents = await posted("SO-1", "ship_and_invoice")
    done = await cancel_invoice(ANNA, documents["invoice"], TODAY, correct=True)
    assert done and done.ok and done.draft_no
    paths = (f"/posted-service-invoices/{documents['invoice']}", f"/posted-service-credit-memos/{done.credit_memo_no}")

    async def both() -> tuple[list[str], list[str]]:
        first, second = [chain((await viewer.get(path)).text) for path in paths]
        return first, second

    first, second = await both()
    assert first == second
    assert [one.split(" ")[0] for one in second] == ["Order", "Shipment", "Invoice", "Credit", "Correcting"]
    assert second[0] == "Order SO-1 Open" and "cancelled" in second[2] and "cancels" in second[3]
    assert second[4] == f"Correcting invoice {done.draft_no} Open"
    assert f'href="/service-invoices/{done.draft_no}"' in (await viewer.get(paths[1])).text
    corrected = await post_document(ANNA, DocumentKey("invoice", done.draft_no), REQUESTS["ship_and_invoice"])
    assert corrected.ok, corrected.findings
    first, second = await both()
    assert first == second and len(second) == 5
    assert corrected.posted[-1].no in " ".join(second) and "Correcting" not in " ".join(second)


async def test_a_credit_memo_of_an_invoice_by_hand_stands_in_its_chain_too(viewer: Browser) -> None:
    saved = accept(await drafts.create_document(ANNA, "invoice", {"customer_no": "C-GOOD"}))
    assert saved.key
    accept(await drafts.add_line(ANNA, saved.key, {"type": "item", "no": "PUMP", "quantity": 2}))
    made = {one.kind: one.no for one in (await post_document(ANNA, saved.key, REQUESTS["ship_and_invoice"])).posted}
    done = await cancel_invoice(ANNA, made["invoice"], TODAY, correct=True)
    assert done and done.ok and done.draft_no
    assert (await post_document(ANNA, DocumentKey("invoice", done.draft_no), REQUESTS["ship_and_invoice"])).ok
    shown = chain((await viewer.get(f"/posted-service-credit-memos/{done.credit_memo_no}")).text)
    kinds = [one.split(" ")[0] for one in shown]
    assert kinds.count("Invoice") == 2 and kinds.count("Shipment") >= 1 and kinds.count("Credit") == 1, shown
    own = list(chain((await viewer.get(f"/posted-service-invoices/{made['invoice']}")).text))
    assert [one for one in own if one.startswith("Invoice")] == [one for one in shown if one.startswith("Invoice")]
    paper = (await viewer.get(f"/posted-service-credit-memos/{done.credit_memo_no}/print")).text
    assert made["invoice"] in paper and "I-2" not in paper  # what it corrects is the cancelled one alone


async def test_a_closed_order_is_read_with_its_chain(viewer: Browser) -> None:
    """O-4: whoever asks for the order by its old address is led there."""
    await enter_order("C-GOOD", ["10000 item PUMP qty 4", "20000 text 'By the gate'"])
    documents = await posted("SO-1", "ship_and_invoice")
    led = await viewer.get("/service-orders/SO-1")
    assert (led.status_code, led.headers["location"]) == (303, "/service-orders/SO-1/closed")
    page = (await viewer.get(led.headers["location"])).text
    assert f'href="/posted-service-shipments/{documents["shipment"]}"' in page
    assert f'href="/posted-service-invoices/{documents["invoice"]}"' in page
    assert "Closed" in page and ">PUMP</td>" in page
    invoice = (await viewer.get(f"/posted-service-invoices/{documents['invoice']}")).text
    assert 'href="/service-orders/SO-1/closed">SO-1</a>' in invoice
    assert (await viewer.get("/service-orders/SO-2/closed")).status_code == 404
    assert (await viewer.get("/service-orders/SO-2")).status_code == 404


async def test_closed_orders_are_listed_and_copied_to_a_new_one(viewer: Browser) -> None:
    """D-141: filtered, sorted, exported; the page shows the log; an order that is open again is not among them."""
    for no, customer in (("SO-1", "C-GOOD"), ("SO-2", "C-DISC"), ("SO-3", "C-GOOD")):
        await enter_order(customer, ["10000 item PUMP qty 1", "20000 text 'By the gate'"], no=no)
    await posted("SO-1", "ship_and_invoice")
    await posted("SO-2", "ship_and_invoice")
    assert 'href="/closed-service-orders">Closed orders</a>' in (await viewer.get("/service-orders")).text
    every = (await viewer.get("/closed-service-orders")).text
    assert 'href="/service-orders/SO-1/closed"' in every and "SO-2" in every and "SO-3" not in every
    for query in ("q=so-2", "customer_no=c-disc", "sort=-customer_no&q=SO-2"):
        found = (await viewer.get(f"/closed-service-orders?{query}", **{"hx-request": "true"})).text
        assert "SO-2" in found and "SO-1" not in found, query
    assert len((await viewer.get("/closed-service-orders.csv")).text.splitlines()) == 3
    closed = (await viewer.get("/service-orders/SO-1/closed")).text
    assert "Log of order SO-1" in closed and "Invoice posted" in closed and "Copy to a new order" not in closed
    assert (await viewer.post("/service-orders/SO-1/closed/copy", {})).status_code == 403
    await viewer.sign_in("CLARA")
    made = await viewer.post("/service-orders/SO-1/closed/copy", {})
    copy = (await viewer.get(made.headers["location"])).text
    assert "is made as a copy of closed order SO-1." in copy
    assert 'value="PUMP"' in copy and copy.count('<tr id="line-') == 2
    async with transaction() as session:
        await session.execute("UPDATE customer SET blocked = 'all' WHERE no = 'C-GOOD'")
    refused = await viewer.post("/service-orders/SO-1/closed/copy", {})
    assert refused.headers["location"] == "/service-orders/SO-1/closed"
    assert "is blocked" in (await viewer.get("/service-orders/SO-1/closed")).text


def test_an_order_archived_by_an_older_version_is_read() -> None:
    line = {"line_no": 10000, "type": "item", "no": "PUMP", "quantity": "2.5"}
    order = order_from(json.dumps({"header": {"no": "SO-1"}, "item_lines": [{"line_no": 10000}], "lines": [line]}))
    assert (order.header.no, order.header.posting_date, order.header.last_line_no) == ("SO-1", None, 0)
    assert (order.lines[0].quantity, order.lines[0].unit_price, order.item_lines[0].serial_no) == (D("2.5"), D(0), "")


@pytest.mark.once
async def test_a_service_order_on_paper(viewer: Browser) -> None:
    """D-125: lines with prices and their sum; printing changes nothing."""
    await enter_order("C-GOOD", ["10000 item PUMP qty 4 price 12.5", "20000 text please ring twice"])
    page = await viewer.get("/service-orders/SO-1/print")
    for words in ("Service order SO-1", "C-GOOD", "please ring twice", "12.50", "excl. VAT", "Ordered by"):
        assert words in page.text, words
    assert ">50.00</dd>" in page.text
    assert "VAT specification" not in page.text
    assert (await viewer.get("/service-orders/SO-1/paper.css")).text.startswith(".sheet-1")
    assert (await viewer.get("/service-orders/SO-9/print")).status_code == 404
    assert await database_rows("SELECT * FROM service_document_log WHERE event = 'Printed'") == []

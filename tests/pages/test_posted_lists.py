"""Lists of posted documents: filters by day, totals by currency, files for spreadsheets, saved views (D-92, S-4)."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree

import pytest

from tests.builders import pack
from tests.pages.conftest import Browser
from tests.pages.test_receivables import text_of
from tests.posting.worlds import ANNA, accept, enter_company
from webapp.posting.plan import REQUESTS
from webapp.store import drafts
from webapp.store.posting import post_document

INVOICES = "/posted-service-invoices"
CELL = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}c"


@pytest.fixture
async def viewer(browser: Browser) -> Browser:
    """Two invoices by hand in the own currency, and one in EUR; the first customer has a name that looks like a sum."""
    await enter_company(pack(customers={"C-GOOD": {"name": "=1+1"}}))
    for customer, quantity in (("C-GOOD", 1), ("C-GOOD", 2), ("C-EURO", 1)):
        saved = accept(await drafts.create_document(ANNA, "invoice", {"customer_no": customer}))
        assert saved.key
        values = {"type": "resource", "no": "LINA", "quantity": quantity, "unit_price": 80}
        accept(await drafts.add_line(ANNA, saved.key, values))
        assert (await post_document(ANNA, saved.key, REQUESTS["ship_and_invoice"])).ok
    await browser.sign_in("VERA")
    return browser


async def test_totals_are_summed_by_currency_over_all_that_fits(viewer: Browser) -> None:
    assert 'aria-label="Totals"' not in (await viewer.get(INVOICES)).text
    shown = text_of(await viewer.get(f"{INVOICES}?totals=1"))
    assert "1 document in EUR Amount 80.00 · Amount incl. VAT 100.00 · To be paid 100.00" in shown
    assert "2 documents Amount 240.00 · Amount incl. VAT 300.00 · To be paid 300.00" in shown
    assert "All in LCY, at the rates of the documents Amount 836.82 · Amount incl. VAT 1,046.03" in shown  # D-109
    shown = text_of(await viewer.get(f"{INVOICES}?customer_no=c-euro&view=open&totals=1"))
    assert "1 document in EUR" in shown and "2 documents" not in shown


async def test_a_list_is_narrowed_by_posting_date(viewer: Browser) -> None:
    for period, there in (
        ("from=2025-03-11", False),
        ("to=2025-03-09", False),
        ("from=2025-03-10&to=2025-03-10", True),
    ):
        assert ("I-1" in text_of(await viewer.get(f"{INVOICES}?{period}"))) is there, period
    century = await viewer.get(f"{INVOICES}?from=1950-01-01&to=2049-12-31")
    assert "I-1" in text_of(century)
    wrong = await viewer.get(f"{INVOICES}?from=31-02&totals=1")
    assert wrong.status_code == 200 and "does not exist in the calendar" in text_of(wrong)


async def test_what_is_open_after_its_due_date_is_overdue(viewer: Browser) -> None:
    """D-100: what the status says, as a filter; the work date says what day it is."""
    values = {"customer_no": "C-GOOD", "posting_date": date(2025, 2, 1), "document_date": date(2025, 2, 1)}
    saved = accept(await drafts.create_document(ANNA, "invoice", values))
    assert saved.key
    accept(await drafts.add_line(ANNA, saved.key, {"type": "resource", "no": "LINA", "quantity": 1, "unit_price": 80}))
    assert (await post_document(ANNA, saved.key, REQUESTS["ship_and_invoice"])).ok
    await viewer.post("/account/work-date", {"work_date": "2025-03-10"})
    assert text_of(await viewer.get(INVOICES)).count("Overdue") == 2  # the filter, and one row
    for query in ("view=overdue", "view=overdue&due_date=..01/03/2025", "view=overdue&totals=1"):
        listed = (await viewer.get(f"{INVOICES}?{query}")).text
        assert re.findall(r">(I-\d)</a></th>", listed) == ["I-4"], query
        assert '<option value="overdue" selected>Overdue</option>' in listed
    assert "1 document" in text_of(await viewer.get(f"{INVOICES}?view=overdue&totals=1"))
    assert (await viewer.get(f"{INVOICES}.csv?view=overdue")).text.count("\n") == 2
    assert "Nothing fits." in (await viewer.get(f"{INVOICES}?view=overdue&due_date=10/03/2025..")).text
    assert "Overdue" not in (await viewer.get("/posted-service-credit-memos")).text
    asked = text_of(await viewer.get("/print-runs/new?kind=invoice&view=overdue"))
    assert "1 document" in asked or "1 invoice" in asked, asked


@pytest.mark.parametrize("path", [INVOICES, "/ledgers/general-ledger", "/customer-ledger"])
async def test_a_first_day_after_the_last_is_told_instead_of_finding_nothing(viewer: Browser, path: str) -> None:
    """D-109."""
    shown = await viewer.get(f"{path}?from=2025-03-11&to=2025-03-10")
    said = "Posted from 11/03/2025 is after posted until 10/03/2025, so nothing fits. Give the earlier one first."
    assert said in text_of(shown)  # from_after_until
    assert "Nothing fits. Search" not in shown.text and 'href="#filter-from"' in shown.text
    assert re.search(r'id="filter-from"[^>]* aria-invalid="true"', shown.text)
    ranged = text_of(await viewer.get(f"{path}?document_date=2025-03-11..2025-03-10"))
    assert path.startswith("/ledgers") or "Document date 11/03/2025 is after 10/03/2025, so nothing fits." in ranged
    assert "is after" not in text_of(await viewer.get(f"{path}?from=2025-03-10&to=2025-03-10"))


@pytest.mark.once
@pytest.mark.parametrize("path", [INVOICES, "/posted-service-shipments", "/posted-service-credit-memos"])
async def test_the_service_item_can_be_asked_for_from_the_start(viewer: Browser, path: str) -> None:
    assert 'name="service_item_no"' in (await viewer.get(path)).text


async def test_a_column_is_filtered_by_ranges_and_several(viewer: Browser) -> None:
    """D-109."""
    for typed, found in (
        ("no=i-2", "2"),
        ("no=I-1..I-2", "12"),
        ("no=I-2..", "23"),
        ("no=..I-1", "1"),
        ("no=I-1|I-3", "13"),
        ("no=<>I-2", "13"),
        ("no=I*|<>I-3", "12"),
        ("no=*-3", "3"),
        ("no=<>I*", ""),
        ("no=|", "123"),
        ("no=..", "123"),
        ("no=%", ""),
        ("no=I_1*", ""),
        ("customer_no=C-E*", "3"),
        ("customer_no=<>C-GOOD&no=I-1..I-9", "3"),
        ("no=" + "|".join(["I-9"] * 60), ""),
    ):
        path, _, query = f"{INVOICES}?{typed}".partition("?")
        listed = (await viewer.get(f"{path}?{urlencode(parse_qsl(query))}")).text
        assert "".join(dict.fromkeys(re.findall(r"/posted-service-invoices/I-(\d)\"", listed))) == found[::-1], typed


async def test_a_workbook_holds_numbers_dates_and_harmless_texts(viewer: Browser) -> None:
    answer = await viewer.get(f"{INVOICES}.xlsx?customer_no=C-GOOD")
    assert answer.headers["content-type"].startswith("application/vnd.openxmlformats-officedocument.spreadsheetml")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.testzip() is None
        for name in packed.namelist():
            ElementTree.fromstring(packed.read(name))
        sheet = ElementTree.fromstring(packed.read("xl/worksheets/sheet1.xml"))
    cells = ["".join(cell.itertext()) for cell in sheet.iter(CELL)]
    assert cells[0] == "No." and "I-1" in cells and "I-3" not in cells
    assert "45726" in cells and "80.00000" in cells  # 10 March 2025, as spreadsheets count days
    assert cells.count("=1+1") == 2 and b"<f>" not in packed_bytes(answer.content)
    file = (await viewer.get(f"{INVOICES}.csv?customer_no=C-GOOD")).text
    assert "'=1+1" in file and ",=1+1" not in file


def packed_bytes(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return packed.read("xl/worksheets/sheet1.xml")


async def test_a_view_is_saved_used_and_forgotten(viewer: Browser) -> None:
    query = "q=&customer_no=C-EURO&view=open&evil=%3Cb%3E"
    shown = await viewer.get(f"{INVOICES}?{query}")
    assert "Save this view as" in text_of(shown)
    hidden = dict(re.findall(r'name="(path|query)" value="([^"]*)"', shown.text))
    saved = await viewer.post(
        "/saved-views", {"path": INVOICES, "query": hidden["query"].replace("&amp;", "&"), "name": "Euro <b>"}
    )
    assert saved.headers["location"] == f"{INVOICES}?view=open&customer_no=C-EURO"
    page = await viewer.get(INVOICES)
    assert "Euro &lt;b&gt;</a>" in page.text
    (href,) = re.findall(r'<a href="([^"]*)">Euro', page.text)
    assert "I-3" in text_of(await viewer.get(href.replace("&amp;", "&")))
    other = {"path": INVOICES, "query": "view=open", "name": "Euro <b>"}
    await viewer.post("/saved-views", other)
    replaced = (await viewer.get(f"{INVOICES}?view=open")).text
    assert "The view Euro &lt;b&gt; is replaced by what you see." in replaced and "Look at it as it was" in replaced
    await viewer.post("/saved-views", other)
    assert "The view Euro &lt;b&gt; is saved." in (await viewer.get(f"{INVOICES}?view=open")).text
    nameless = await viewer.post("/saved-views", {"path": INVOICES, "query": "view=open", "name": " "})
    assert "Give the view a name" in text_of(await viewer.get(nameless.headers["location"]))
    for number in range(20):
        await viewer.post("/saved-views", {"path": INVOICES, "query": "view=open", "name": f"View {number}"})
    assert "forget one first" in text_of(await viewer.get(INVOICES))
    await viewer.post("/saved-views", {"path": INVOICES, "name": "Euro <b>", "do": "forget"})
    assert "Euro &lt;b&gt;</a>" not in (await viewer.get(INVOICES)).text
    assert (await viewer.post("/saved-views", {"path": "//evil.example", "name": "x"})).status_code == 404
    await viewer.sign_in("CLARA")
    assert "View 1" not in text_of(await viewer.get(INVOICES))

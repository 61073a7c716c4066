"""Print runs on their pages and as files: chosen, counted, joined behind a cover sheet (D-118, D-120)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader

from tests.builders import pack
from tests.pages.conftest import Browser
from tests.pages.test_batches import text_of, work
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, database_rows, enter_company, enter_order
from webapp.paper import pdf
from webapp.paper.cover import ranges
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import print_runs
from webapp.store.posted_files import file_of
from webapp.store.posting import post_document


@pytest.fixture
async def printer(browser: Browser) -> Browser:
    """Three orders shipped and invoiced: S-1 to S-3, I-1 to I-3."""
    await enter_company(pack())
    for no in ("SO-1", "SO-2", "SO-3"):
        await enter_order("C-GOOD", ["10000 item PUMP qty 2", "20000 resource LINA qty 1"], no=no)
        assert (await post_document(ANNA, DocumentKey("order", no), REQUESTS["ship_and_invoice"])).ok
    await browser.sign_in("VERA")
    return browser


async def chosen(browser: Browser, values: dict[str, Any]) -> Any:
    answer = await browser.post("/print-runs/new", values)
    assert answer.status_code == 303
    return await browser.get(answer.headers["location"])


async def printed(browser: Browser, **values: Any) -> str:
    """Starts a run and works on it; the path of its batch."""
    answer = await browser.post("/print-runs", values)
    assert answer.status_code == 303, answer.text
    await work()
    return str(answer.headers["location"])


def pages_of(content: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]


async def test_marked_invoices_go_into_one_file(printer: Browser) -> None:
    first = await file_of(ANNA, "invoice", "I-1")
    assert first is not None
    assert "Print run…" in (await printer.get("/posted-service-invoices")).text
    asked = await chosen(printer, {"kind": "invoice", "select": ["I-3", "I-1"]})
    assert "Print 2 documents" in asked.text
    path = await printed(printer, kind="invoice", select=["I-3", "I-1"], token="t" * 32)
    result = await printer.get(path)
    assert "2 of 2 documents printed" in text_of(result.text)
    assert f'href="{path}/documents.pdf"' in result.text
    file = await printer.get(f"{path}/documents.pdf")
    assert file.headers["content-disposition"] == 'inline; filename="print-run-1.pdf"'
    cover, *pages = pages_of(file.content)
    (row,) = await database_rows(
        "SELECT SUM(amount_including_vat) AS total FROM service_invoice_header WHERE no <> 'I-2'"
    )
    for words in ("Print run 1", "Invoice 2 I-1, I-3", "2 pages follow", f"{int(row['total']) / 100000:,.2f}"):
        assert words in cover
    assert [("Invoice I-1" in text, "Invoice I-3" in text, "Page 1 of 1" in text) for text in pages] == [
        (True, False, True),
        (False, True, True),
    ]
    again = await file_of(ANNA, "invoice", "I-1")
    assert again is not None and again.content == first.content
    counts = await database_rows("SELECT no, printed FROM service_invoice_header ORDER BY no")
    assert [(row["no"], row["printed"]) for row in counts] == [("I-1", 1), ("I-2", 0), ("I-3", 1)]
    log = await database_rows("SELECT document_no, after FROM service_document_log WHERE event = 'Printed' ORDER BY 1")
    assert [tuple(row.values()) for row in map(dict, log)] == [
        ("I-1", "print 1, print run 1"),
        ("I-3", "print 1, print run 1"),
    ]
    assert (
        await printer.post("/print-runs", {"kind": "invoice", "select": ["I-1", "I-3"], "token": "t" * 32})
    ).headers["location"] == path, "the same form starts nothing twice"
    assert await faults() == []


@pytest.mark.once
async def test_all_that_the_list_shows_and_what_cannot_be_printed(printer: Browser, monkeypatch: Any) -> None:
    asked = await chosen(printer, {"kind": "shipment", "q": "C-GOOD", "from": "10/03/2025"})
    assert "Print 3 documents" in asked.text and "from 2025-03-10" in text_of(asked.text)
    path = await printed(printer, kind="shipment", q="C-GOOD")
    assert "3 of 3 documents printed" in text_of((await printer.get(path)).text)
    cover = pages_of((await printer.get(f"{path}/documents.pdf")).content)[0]
    assert "Shipment3S-1–S-3" in cover.replace(" ", "")
    gone = await printed(printer, kind="invoice", select=["I-1", "I-9"])
    assert "1 of 1 document printed" in text_of((await printer.get(gone)).text)
    nothing = await printer.post("/print-runs", {"kind": "invoice", "select": ["I-9"]})
    assert nothing.status_code == 422 and "There is nothing to print" in nothing.text  # print_run_empty
    for unknown in (await printer.get("/print-runs/new?kind=x"), await printer.post("/print-runs", {"kind": "x"})):
        assert unknown.status_code == 404
    assert "is not a date" in (await chosen(printer, {"kind": "invoice", "from": "soon"})).text
    monkeypatch.setattr(print_runs, "MOST", 2)
    many = await printer.post("/print-runs", {"kind": "invoice"})
    assert many.status_code == 422 and "more than 2 documents" in many.text  # print_run_too_large
    monkeypatch.setattr(pdf, "available", lambda: False)
    without = await printer.post("/print-runs", {"kind": "invoice", "select": ["I-1"]})
    assert without.status_code == 422 and "PDF cannot be made here" in without.text  # pdf_not_installed
    assert "Print run…" not in (await printer.get("/posted-service-invoices")).text
    assert (await printer.get("/batches/99/documents.pdf")).status_code == 404


@pytest.mark.once
async def test_a_document_whose_file_cannot_be_made_stops_no_other(printer: Browser, monkeypatch: Any) -> None:
    await file_of(ANNA, "invoice", "I-1")
    monkeypatch.setattr("webapp.paper.rendering.rendered_here", lambda paper: 1 / 0)
    path = await printed(printer, kind="invoice")
    result = text_of((await printer.get(path)).text)
    assert "1 of 3 documents printed" in result
    assert "The file of Invoice I-2 could not be made." in result  # document_not_printed
    cover, *pages = pages_of((await printer.get(f"{path}/documents.pdf")).content)
    assert "Asked for and not in this file: 2. Invoice I-2, Invoice I-3" in cover
    assert len(pages) == 1 and "Invoice I-1" in pages[0]


def test_numbers_that_follow_each_other_are_one_range() -> None:
    assert ranges(["I-1", "I-2", "I-3", "I-7", "I-8", "X"]) == ["I-1 – I-3", "I-7", "I-8", "X"]
    assert ranges(["A009", "A010", "A011"]) == ["A009 – A011"]
    assert ranges([]) == []

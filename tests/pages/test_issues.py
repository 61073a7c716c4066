"""What a posted document is issued as, and that every issue of it is counted, logged and the same (D-95, D-120)."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader

from db.engine import transaction
from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.posting.verified import faults
from tests.posting.worlds import database_rows, enter_company, enter_order
from webapp.paper import pdf
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.posting.undo import UndoRequest
from webapp.store.acting import Acting
from webapp.store.posting import post_document
from webapp.store.undo import undo_lines

POLLY = Acting("POLLY", "poster", TODAY)


async def posted(no: str, option: str) -> dict[str, str]:
    result = await post_document(POLLY, DocumentKey("order", no), REQUESTS[option])
    assert result.ok, result.findings
    return {one.kind: one.no for one in result.posted}


@pytest.fixture
async def viewer(browser: Browser) -> Browser:
    await enter_company(pack(service_setup={"shipment_on_invoice": True}))
    await browser.sign_in("VERA")
    return browser


async def test_the_file_of_an_invoice_and_its_copy(viewer: Browser) -> None:
    """D-120: what was issued once is given out again byte by byte. D-95: giving out counts, looking does not."""
    await enter_order("C-GOOD", ["10000 item PUMP qty 4"])
    no = (await posted("SO-1", "ship_and_invoice"))["invoice"]
    path = f"/posted-service-invoices/{no}"
    for shown in (path, f"{path}/print"):
        assert f'action="{path}/file.pdf"' in (await viewer.get(shown)).text
    assert (await printed(no), await logged("posted_invoice", no)) == (0, [])
    first, again, copy = [await viewer.post(f"{path}/{name}.pdf") for name in ("file", "file", "copy")]
    assert first.headers["content-type"] == "application/pdf"
    assert first.headers["content-disposition"] == f'attachment; filename="Invoice-{no}.pdf"'
    assert first.content == again.content != copy.content
    assert first.content.startswith(b"%PDF-")
    assert copy.content.startswith(b"%PDF-")
    assert (await viewer.post("/posted-service-invoices/I-9/file.pdf")).status_code == 404
    assert await printed(no) == 3
    assert await logged("posted_invoice", no) == [
        ("First issued", "VERA", "SHA-256"),
        ("File made", "VERA", "SHA-256"),
        ("PDF given out", "VERA", f"print 1, Invoice-{no}.pdf"),
        ("PDF given out", "VERA", f"print 2, Invoice-{no}.pdf"),
        ("PDF given out", "VERA", f"print 3, Invoice-{no}-copy.pdf"),
    ]


async def printed(no: str) -> int:
    rows = await database_rows("SELECT no, printed FROM service_invoice_header")
    return {str(row["no"]): int(row["printed"]) for row in rows}[no]


async def logged(kind: str, no: str) -> list[tuple[str, str, str]]:
    """What the log of a posted document says beside its posting; of a hash no more than that it is one."""
    rows = await database_rows("SELECT * FROM service_document_log ORDER BY entry_no")
    found = [row for row in rows if (row["document_kind"], row["document_no"]) == (kind, no)]
    texts = [re.sub(r"SHA-256 [0-9a-f]{64}", "SHA-256", str(row["after"])) for row in found]
    return [
        (str(row["event"]), str(row["user_name"]), said)
        for row, said in zip(found, texts, strict=True)
        if not str(row["event"]).endswith("osted")
    ]


@pytest.mark.parametrize("extra", [True, False])
async def test_a_copy_shows_what_the_first_print_showed(
    viewer: Browser, monkeypatch: pytest.MonkeyPatch, extra: bool
) -> None:
    """D-120, with and without PDF: whatever the set-up says later, paper stays as it was first issued."""
    monkeypatch.setattr(pdf, "available", lambda: extra)
    await enter_order("C-GOOD", ["10000 item PUMP qty 4"])
    no = (await posted("SO-1", "ship_and_invoice"))["invoice"]
    path = f"/posted-service-invoices/{no}"
    before = await viewer.get(f"{path}/print")
    assert "not printed yet" in before.text
    assert await database_rows("SELECT id FROM posted_file") == [], "looking stores nothing"
    assert (await viewer.post(f"{path}/printing")).status_code == 303
    first = await viewer.get(f"{path}/print")
    assert "data-print-now" in first.text and article(first.text) == article(before.text)
    async with transaction() as session:
        await session.execute("UPDATE company SET name = 'Renamed Ltd'")
        await session.execute("UPDATE item SET description = 'Renamed' WHERE no = 'PUMP'")
    later = await viewer.get(f"{path}/print")
    copy = re.sub(r' <span class="copy">COPY</span>', "", article(later.text))
    assert article(later.text) != copy == article(before.text)
    assert "shown as first issued" in later.text and "Renamed Ltd" not in later.text
    assert "Renamed" not in (await viewer.get(f"{path}/paper.css")).text
    assert [row["media_type"] for row in await database_rows("SELECT media_type FROM posted_file")] == ["text/html"]
    assert (await viewer.post(f"{path}/printing")).status_code == 303
    assert await printed(no) == 2
    assert await logged("posted_invoice", no) == [
        ("First issued", "VERA", "SHA-256"),
        ("Printed", "VERA", "print 1"),
        ("Printed", "VERA", "print 2"),
    ]
    if extra:
        file = await viewer.post(f"{path}/file.pdf")
        words = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(file.content)).pages)
        assert "Renamed" not in words and no in words
    assert await faults() == []


def article(page: str) -> str:
    found = re.search(r"<article.*</article>", page, re.DOTALL)
    assert found
    return found[0]


async def test_a_shipment_is_issued_anew_when_lines_were_undone(viewer: Browser) -> None:
    """D-106, D-123: undone lines are left out from then on, and what was issued before stays stored."""
    await enter_order("C-GOOD", ["10000 item PUMP qty 4", "20000 resource LINA qty 1"])
    no = (await posted("SO-1", "ship"))["shipment"]
    path = f"/posted-service-shipments/{no}"
    assert (await viewer.post(f"{path}/printing")).status_code == 303
    undone = await undo_lines(POLLY, no, UndoRequest("undo_shipment", frozenset({10000})), None)
    assert undone.ok, undone.findings
    shown, corrected = [(await viewer.get(f"{path}/print{more}")).text for more in ("", "?corrections=1")]
    assert "PUMP" not in article(shown) and article(corrected).count("PUMP") == 2
    assert "shown as first issued" not in shown + corrected
    again = await viewer.post(f"{path}/printing", {"corrections": "1"})
    assert again.headers["location"] == f"{path}/print?corrections=1"
    assert "data-print-now" in (await viewer.get(again.headers["location"])).text
    assert "shown as first issued" in (await viewer.get(again.headers["location"])).text
    assert (await viewer.post(f"{path}/file.pdf")).status_code == 200
    assert [row["media_type"] for row in await database_rows("SELECT media_type FROM posted_file ORDER BY id")] == [
        "text/html", "text/html; undone=2, shown", "text/html; undone=2", "application/pdf; undone=2",
    ]  # fmt: skip
    issued = [event for event, _, _ in await logged("shipment", no) if "ssued" in event]
    assert issued == ["First issued", "Issued anew", "Issued anew"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("", "All lines of this shipment were undone."),
        ("DE", "Alle Positionen dieses Lieferscheins wurden storniert."),
    ],
)
async def test_a_shipment_that_was_wholly_undone_says_so(viewer: Browser, language: str, said: str) -> None:
    """D-123: undone lines are left out; what is left without them is no empty table, and nothing to be signed for."""
    await enter_order("C-GOOD", ["10000 item PUMP qty 4", "20000 resource LINA qty 1", "30000 text as agreed"])
    async with transaction() as session:
        await session.execute("INSERT INTO language (code, description) VALUES ('DE', 'German')")
        await session.execute("UPDATE service_header SET language_code = ?", language or None)
    no = (await posted("SO-1", "ship"))["shipment"]
    undone = await undo_lines(POLLY, no, UndoRequest("undo_shipment", frozenset({10000, 20000})), None)
    assert undone.ok, undone.findings
    path = f"/posted-service-shipments/{no}"
    shown, corrected = [article((await viewer.get(f"{path}/print{more}")).text) for more in ("", "?corrections=1")]
    assert said in re.sub(r"<[^>]+>", "", shown)
    assert "<table" not in shown and "PUMP" not in shown and "signature" not in shown
    assert said not in corrected and corrected.count("PUMP") == 2
    assert (await viewer.get(f"{path}/paper.css")).status_code == 200
    assert (await viewer.post(f"{path}/printing")).status_code == 303
    file = await viewer.post(f"{path}/file.pdf")
    assert said in " ".join(PdfReader(io.BytesIO(file.content)).pages[0].extract_text().split())


@pytest.mark.once
async def test_without_the_extra_the_browser_prints(viewer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    await enter_order("C-GOOD", ["10000 item PUMP qty 4"])
    no = (await posted("SO-1", "ship_and_invoice"))["invoice"]
    monkeypatch.setattr(pdf, "available", lambda: False)
    path = f"/posted-service-invoices/{no}"
    for shown in (path, f"{path}/print"):
        page = await viewer.get(shown)
        assert page.status_code == 200
        assert ".pdf" not in page.text
    refused = await viewer.post(f"{path}/file.pdf")
    assert refused.status_code == 404
    assert "PDF is not installed here" in refused.text

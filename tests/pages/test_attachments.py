"""Files on their pages: attached, given out to be saved, taken away, by those who may (D-33, S-4)."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.builders import pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ANNA, ORDER, accept, enter_company, enter_order
from webapp.posting.attachments import MOST_BYTES
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store.attachments import load_attachments
from webapp.store.comments import add_comment, load_comments
from webapp.store.posting import post_document

pytestmark = pytest.mark.once
PATH = "/service-orders/SO-1/attachments"
PDF = b"%PDF-1.7 <script>alert(1)</script>"


@pytest.fixture
async def poster(browser: Browser) -> Browser:
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 2"])
    await browser.sign_in("POLLY")
    await browser.get(PATH)
    return browser


async def sent(browser: Browser, *files: tuple[str, bytes], path: str = PATH, **values: Any) -> httpx.Response:
    data = {"_csrf_token": browser.token, **values}
    parts = [("file", (name, content, "text/html")) for name, content in files]
    return await browser.client.post(path, data=data, files=parts or [("file", ("", b""))])


async def test_a_clerk_attaches_and_finds_it_again_on_the_posted_invoice(poster: Browser) -> None:
    assert f'href="{PATH}"' in (await poster.get("/service-orders/SO-1")).text
    assert "No file is attached yet." in (await poster.get(PATH)).text
    assert (await sent(poster, ("Prüfung 1.pdf", PDF), ("b.txt", b"x"), line_no="")).status_code == 303
    assert (await sent(poster, ("line.txt", b"y"), line_no="10000")).status_code == 303
    shown = (await poster.get(PATH)).text
    assert "Prüfung 1.pdf" in shown and shown.count("Take away") == 3
    assert "Keep with customer C-GOOD" in shown and "Keep with item PUMP" in shown
    result = await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])
    assert result.ok and result.closed
    own = f"/posted-service-invoices/{result.posted[-1].no}"
    page = (await poster.get(own)).text
    (place,) = re.findall(rf'href="({own}/attachments/\d+)" download>Prüfung', page)
    assert "Take away" not in page
    given = await poster.get(place)
    assert given.content == PDF
    assert given.headers["content-type"] == "application/pdf"
    assert given.headers["content-disposition"] == (
        "attachment; filename=\"Pr_fung 1.pdf\"; filename*=UTF-8''Pr%C3%BCfung%201.pdf"
    )
    assert given.headers["x-content-type-options"] == "nosniff"
    closed = (await poster.get("/service-orders/SO-1/closed")).text
    (still,) = re.findall(rf'href="({PATH}/\d+)" download>b.txt', closed)
    assert (await poster.get(still)).content == b"x"
    assert (await poster.get(f"{own}/attachments/999")).status_code == 404
    other = await poster.get(f"/posted-service-shipments/X/attachments/{place.rpartition('/')[2]}")
    assert other.status_code == 404


async def test_lists_of_posted_documents_say_which_have_files(poster: Browser) -> None:
    """D-109: a column that is there while a document shown has some, with its filter."""
    await enter_order("C-EURO", ["10000 item PUMP qty 1"], no="SO-2")
    assert (await sent(poster, ("line.txt", b"y"), line_no="10000")).status_code == 303
    for key in (ORDER, DocumentKey("order", "SO-2")):
        assert (await post_document(ANNA, key, REQUESTS["ship_and_invoice"])).ok
    for path in ("/posted-service-invoices", "/posted-service-shipments"):
        shown = (await poster.get(path)).text
        assert shown.count("<td>Attached</td>") == 1 and 'name="files"' in shown, path
        assert "C-EURO" in shown and "C-EURO" not in (await poster.get(f"{path}?files=attached")).text
        assert 'name="files"' not in (await poster.get(f"{path}?customer_no=C-EURO")).text


async def test_files_are_shared_with_the_customer_and_the_item(poster: Browser) -> None:
    await sent(poster, ("a.txt", b"a"))
    (file,) = await load_attachments("order", "SO-1")
    assert (await poster.post(f"{PATH}/{file.id}/keeping")).status_code == 303
    of = "/customers/C-GOOD/attachments"
    assert f'href="{of}"' in (await poster.get("/customers/C-GOOD")).text
    assert "a.txt" in (await poster.get(of)).text
    assert (await poster.post(f"{PATH}/{file.id}/deletion")).status_code == 303
    offered = (await poster.get(PATH)).text
    (source,) = re.findall(r'name="source" value="(customer:\d+:C-GOOD)"', offered)
    assert (await poster.post(f"{PATH}/again", {"source": source})).status_code == 303
    assert [one.name for one in await load_attachments("order", "SO-1")] == ["a.txt"]
    for wrong in (source.replace("C-GOOD", "C-EU"), "customer:x:C-GOOD", "", "order:1:SO-2"):
        assert (await poster.post(f"{PATH}/again", {"source": wrong})).status_code == 404
    assert (
        await sent(poster, ("drawing.png", b"\x89PNG\r\n\x1a\n"), path="/items/PUMP/attachments")
    ).status_code == 303
    assert "drawing.png" in (await poster.get(PATH)).text


async def test_what_cannot_be_attached_is_told_and_nothing_is_kept(poster: Browser) -> None:
    large = b"%PDF-" + b"x" * MOST_BYTES
    for files, said in (
        ([], "No file was chosen."),
        ([("none.txt", b"")], "none.txt is empty."),
        ([("large.pdf", large)], "large.pdf has 10.1 MB; 10 MB are possible."),
        ([("good.txt", b"x"), ("page.html", b"<script>")], "page.html is no kind of file that can be attached."),
        ([("a.svg", b"<svg/>")], "a.svg is no kind of file"),
        ([("page.pdf", b"<html>")], "What is in page.pdf is no pdf file."),
    ):
        refused = await sent(poster, *files)
        assert refused.status_code == 422 and said in refused.text, said
    assert (await sent(poster, ("a.txt", b"x"), line_no="77")).status_code == 422
    assert (await sent(poster, ("a.txt", b"x"), path="/customers/NONE/attachments")).status_code == 404
    much = await sent(poster, *(("a.pdf", large) for _ in range(3)))
    assert much.status_code == 413 and "at most 10 MB" in much.text
    assert await load_attachments("order", "SO-1") == []


async def test_only_who_may_and_only_from_our_own_form(browser: Browser) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 2"])
    await browser.sign_in("VERA")
    assert "Attach files" not in (await browser.get(PATH)).text
    for rest in ("", "/1/deletion", "/1/keeping", "/again"):
        assert (await browser.post(PATH + rest)).status_code == 403
    assert (await sent(browser, ("a.txt", b"x"), path="/customers/C-GOOD/attachments")).status_code == 403
    forged = await browser.client.post(PATH, data={"line_no": ""}, files=[("file", ("a.txt", b"x"))])
    assert forged.status_code == 403
    browser.client.cookies.clear()
    assert (await browser.client.get(f"{PATH}/1")).status_code in (303, 401)


async def test_a_comment_is_written_anew_while_its_document_is_open(poster: Browser) -> None:
    accept(await add_comment(ANNA, ORDER, "general", "Pmup noisy"))
    (one,) = await load_comments("order", "SO-1")
    path = f"/service-orders/SO-1/comments/{one.id}"
    assert "Pmup noisy</textarea>" in (await poster.get(path)).text
    refused = await poster.post(path, {"type": "general", "text": " "})
    assert refused.status_code == 422 and "Comment must be filled in" in refused.text
    assert (await poster.post(path, {"type": "general", "text": "Pump noisy"})).status_code == 303
    (after,) = await load_comments("order", "SO-1")
    assert (after.id, after.text, after.user_name) == (one.id, "Pump noisy", "POLLY")
    assert (await poster.get("/service-orders/SO-1/comments/999")).status_code == 404
    await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])
    assert "Pump noisy" in (await poster.get("/service-orders/SO-1/closed")).text
    assert (await poster.post(path, {"type": "general", "text": "late"})).status_code == 404

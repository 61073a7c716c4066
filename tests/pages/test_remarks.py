"""Remarks on posted documents: added afterwards, for good, never on paper (D-102, R-5)."""

from __future__ import annotations

import re

import pytest

from db.engine import ReferenceBroken, RuleBroken, reading, transaction
from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store.acting import Acting
from webapp.store.comments import add_comment
from webapp.store.posting import post_document

POLLY = Acting("POLLY", "poster", TODAY)
ORDER = DocumentKey("order", "SO-1")


@pytest.fixture
async def invoice(browser: Browser) -> str:
    """The page of an invoice whose order had a comment."""
    await enter_company(pack(service_setup={"copy_comments_to_invoice": True}))
    await enter_order("C-GOOD", ["10000 item PUMP qty 1"])
    await add_comment(POLLY, ORDER, "general", "Ring twice", print_on_document=True)
    result = await post_document(POLLY, ORDER, REQUESTS["ship_and_invoice"])
    await browser.sign_in("CLARA")
    return f"/posted-service-invoices/{next(one.no for one in result.posted if one.kind == 'invoice')}"


def remarks_on(page: str) -> list[list[str]]:
    table = page.partition("Remarks after posting</caption>")[2].partition("</table>")[0]
    return [re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)[1:] for row in re.findall(r"<tr>(.*?)</tr>", table, re.S)[1:]]


async def seal_and_prints(no: str) -> object:
    async with reading() as session:
        return await session.fetch("SELECT * FROM service_invoice_header WHERE no = ?", no)


async def test_a_remark_stands_beside_what_came_from_the_order_and_on_no_paper(browser: Browser, invoice: str) -> None:
    no = invoice.rpartition("/")[2]
    before = await seal_and_prints(no)
    page = (await browser.get(invoice)).text
    assert "Ring twice" in page and remarks_on(page) == []
    for text in ("Customer asked\nfor a copy", "Sent again"):
        answer = await browser.post(f"{invoice}/remarks", {"text": text})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{invoice}#comments")
    assert remarks_on((await browser.get(invoice)).text) == [
        ["CLARA", "Customer asked\nfor a copy"],
        ["CLARA", "Sent again"],
    ]
    assert await seal_and_prints(no) == before
    paper = (await browser.get(f"{invoice}/print")).text
    assert "Ring twice" in paper and "Sent again" not in paper


async def test_the_same_form_twice_writes_one_remark(browser: Browser, invoice: str) -> None:
    for _ in range(2):
        await browser.post(f"{invoice}/remarks", {"text": " Twice "})
    assert remarks_on((await browser.get(invoice)).text) == [["CLARA", "Twice"]]


async def test_a_blank_remark_is_refused_and_one_too_long_keeps_what_was_typed(browser: Browser, invoice: str) -> None:
    assert (await browser.post(f"{invoice}/remarks", {"text": "  "})).status_code == 422
    answer = await browser.post(f"{invoice}/remarks", {"text": "long " * 1000})
    assert answer.status_code == 422 and "long long long" in answer.text
    assert remarks_on((await browser.get(invoice)).text) == []


async def test_who_only_reads_is_not_offered_it_and_not_let(browser: Browser, invoice: str) -> None:
    await browser.sign_in("VERA")
    assert 'action="' + invoice + '/remarks"' not in (await browser.get(invoice)).text
    assert (await browser.post(f"{invoice}/remarks", {"text": "No"})).status_code == 403


async def test_a_remark_on_no_document_is_none(browser: Browser, invoice: str) -> None:
    assert (await browser.post("/posted-service-shipments/NONE/remarks", {"text": "Lost"})).status_code == 404


@pytest.mark.parametrize("change", ["UPDATE posted_remark SET text = 'Other'", "DELETE FROM posted_remark"])
async def test_the_database_refuses_a_change_of_a_remark(browser: Browser, invoice: str, change: str) -> None:
    await browser.post(f"{invoice}/remarks", {"text": "Stays"})
    with pytest.raises((ReferenceBroken, RuleBroken), match="never change"):
        async with transaction() as session:
            await session.execute(change)

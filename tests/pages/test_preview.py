"""The preview page: numbers that would be taken, entries by ledger, the reasons when nothing can be posted."""

import re
from urllib.parse import parse_qsl

import pytest

from tests.builders import D, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ANNA, ORDER, enter_company, enter_order
from tests.scenarios.world import row_hashes
from webapp.posting.plan import REQUESTS
from webapp.store import drafts
from webapp.store.posting import post_document

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases

LINES = ["10000 item PUMP qty 4", "20000 resource LINA qty 3", "30000 text as agreed"]


async def orders(browser: Browser, *more: str, customer: str = "C-GOOD") -> None:
    await enter_company(pack())
    for no in ("SO-1", *more):
        await enter_order(customer, LINES, no=no)
    await browser.sign_in("CLARA")


async def test_the_preview_names_numbers_and_entries(browser: Browser) -> None:
    await orders(browser)
    page = await browser.get("/service-orders/SO-1/preview")
    assert page.status_code == 200
    for words in ("Preview of order SO-1", "General ledger", "Service ledger", "closes", "Nothing has been written"):
        assert words in page.text, words
    assert re.search(r"Debit ([\d,.]+) = credit \1 LCY<", page.text)
    assert 'Debit <span class="unit">LCY</span>' in page.text
    nothing = await browser.get("/service-orders/SO-1/preview?option=invoice")
    assert "There is nothing to post." in nothing.text and "General ledger" not in nothing.text
    one_line = await browser.get("/service-orders/SO-1/preview?option=ship&chosen=1&line=20000")
    assert "Preview of 1 line of order SO-1" in one_line.text and "Item ledger" not in one_line.text
    assert (await browser.get("/service-orders/SO-9/preview")).status_code == 404


async def test_a_clerk_previews_chosen_lines_and_is_not_offered_to_post_them(browser: Browser) -> None:
    await orders(browser)
    page = (await browser.get("/service-orders/SO-1")).text
    assert 'name="line" value="20000" form="choose"' in page and "Post selected lines" not in page
    of_chosen = page.partition('<form id="choose"')[2].partition("</form>")[0]
    assert re.search(r"<button[^>]*formaction=/service-orders/SO-1/preview>Preview selected", of_chosen)
    await browser.sign_in("VERA")
    assert 'form="choose"' not in (await browser.get("/service-orders/SO-1")).text


async def test_orders_marked_in_the_list_are_previewed_one_after_another(browser: Browser) -> None:
    await orders(browser, "SO-2")
    await browser.get("/service-orders")
    answer = await browser.post("/service-orders/preview", {"select": ["SO-2", "SO-1"]})
    assert answer.status_code == 303
    place, _, query = answer.headers["location"].partition("?")
    assert parse_qsl(query) == [("select", "SO-2"), ("select", "SO-1")]
    page = await browser.get(answer.headers["location"])
    assert page.text.index('id="order-SO-2"') < page.text.index('id="order-SO-1"')
    assert "General ledger of order SO-1" in page.text and "Each order is looked at for itself" in page.text
    gone = await browser.get(f"{place}?select=SO-9&select=SO-1&option=ship")
    assert "does not exist any more" in gone.text and "Item ledger of order SO-1" in gone.text
    assert "No order was marked" in (await browser.get(place)).text


async def test_what_changed_since_the_last_preview_is_told(browser: Browser) -> None:
    await orders(browser)
    first = await browser.get("/service-orders/SO-1/preview")
    assert "last preview" not in first.text
    assert "The same as in your last preview." in (await browser.get("/service-orders/SO-1/preview")).text
    await drafts.change_line(ANNA, ORDER, 20000, {"quantity": D(5)})
    changed = await browser.get("/service-orders/SO-1/preview")
    told = re.findall(r'<section[^>]*id="since-last".*?</section>', changed.text, re.DOTALL)
    assert len(told) == 1 and "Total incl. VAT" in told[0] and "General ledger" in told[0]
    assert "Item ledger" not in told[0] and "Shipment" not in told[0]
    assert "last preview" not in (await browser.get("/service-orders/SO-1/preview?option=ship")).text


async def test_a_preview_that_the_browser_made_up_is_not_compared(browser: Browser) -> None:
    await orders(browser)
    for value in ("", "x", "x.y", f"{'0' * 32}.e30=", "a" * 5000):
        browser.client.cookies.set("finalize_preview", value)
        page = await browser.get("/service-orders/SO-1/preview")
        assert page.status_code == 200 and "last preview" not in page.text
        browser.client.cookies.delete("finalize_preview")


def articles(page: str) -> list[str]:
    """What stands on paper."""
    return re.findall(r"<article.*?</article>", page, re.DOTALL)


async def test_documents_are_shown_as_they_will_be_printed(browser: Browser) -> None:
    """Shipped on two days before, so that the invoice has dates of supply: the paper is the same to the letter."""
    await orders(browser, customer="C-EURO")
    await drafts.change_line(ANNA, ORDER, 10000, {"qty_to_ship": D(1)})
    assert (await post_document(ANNA, ORDER, REQUESTS["ship"])).ok
    before = await browser.get("/service-orders/SO-1/preview/print")
    assert before.status_code == 200 and "this print is not counted" in before.text
    assert re.search(r'href="/static/watermark\.\w+\.css"', before.text)
    margins = await browser.get("/service-orders/SO-1/preview/paper.css")
    assert margins.status_code == 200 and margins.headers["content-type"].startswith("text/css")
    result = await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])
    after = []
    for one in result.posted:
        after += articles((await browser.get(f"/posted-service-{one.kind}s/{one.no}/print")).text)
    shown = [re.sub(r"sheet sheet-\d", "sheet", one) for one in articles(before.text)]
    assert shown == [re.sub(r"sheet sheet-\d", "sheet", one) for one in after]
    assert len(shown) == 2 and "Date of supply" in shown[1]
    many = await browser.get("/service-orders/preview/print?select=SO-9")
    assert "there is nothing to print" in many.text and articles(many.text) == []


async def test_looking_changes_nothing(browser: Browser) -> None:
    """Of all tables only the sessions note that somebody was here."""
    await orders(browser, "SO-2")
    before = await row_hashes()
    for path in (
        *(f"/service-orders/SO-1/preview?option={option}" for option in REQUESTS),
        "/service-orders/SO-1/preview/print",
        "/service-orders/SO-1/preview/paper.css",
        "/service-orders/preview?select=SO-1&select=SO-2",
        "/service-orders/preview/print?select=SO-1&select=SO-2",
        "/service-orders/SO-1/test-report",
        "/service-orders/test-report?select=SO-1&select=SO-2&dimensions=1",
        "/service-orders/test-report?all=1",
        "/service-orders/SO-1",
    ):
        assert (await browser.get(path)).status_code == 200, path
    after = await row_hashes()
    assert {table for table in after if after[table] != before[table]} <= {"app_session"}

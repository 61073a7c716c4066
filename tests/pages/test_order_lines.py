"""Items added from a list, lines moved to another machine, what there is of an item, a machine's worksheet (D-29)."""

from __future__ import annotations

import html
import re
from decimal import Decimal

import pytest

from tests.builders import pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ANNA, ORDER, accept, enter_company, enter_order
from webapp.posting.findings import finding
from webapp.store import drafts
from webapp.store.snapshots import Document

pytestmark = pytest.mark.once
PATH = "/service-orders/SO-1"


@pytest.fixture
async def clerk(browser: Browser) -> Browser:
    """An order with two machines and two lines on the first of them."""
    made = pack()
    made["extended_texts"] = [{"type": "item", "no": "PUMP", "text_no": 1, "automatic": True, "text": "Keep dry"}]
    await enter_company(made)
    await enter_order("C-GOOD", ["10000 resource LINA qty 3"])
    for name in ("Pump in cellar", "Pump on roof"):
        accept(await drafts.add_item_line(ANNA, ORDER, {"description": name}))
    accept(await drafts.change_line(ANNA, ORDER, 10000, {"service_item_line_no": 10000}))
    accept(await drafts.add_line(ANNA, ORDER, {"type": "item", "no": "PUMP", "quantity": 2}))
    await browser.sign_in("POLLY")
    return browser


async def order() -> Document:
    found = await drafts.load_document(ORDER)
    assert found
    return found


async def test_items_are_added_from_a_list(clerk: Browser) -> None:
    shown = (await clerk.get(f"{PATH}/items?q=filter")).text
    assert 'name="quantity-FILTER"' in shown and "quantity-PUMP" not in shown
    form = {"q": "", "service_item_line_no": "20000", "quantity-FILTER": "1,5", "quantity-PUMP": "2"}
    wrong = await clerk.post(f"{PATH}/items", {**form, "quantity-PUMP": "two"})
    assert wrong.status_code == 422 and 'value="1,5"' in wrong.text and 'value="two"' in wrong.text
    assert len((await order()).lines) == 3
    assert (await clerk.post(f"{PATH}/items", form)).status_code == 303
    added = (await order()).lines[3:]
    assert [(one.no or one.description, one.quantity, one.service_item_line_no) for one in added] == [
        ("FILTER", Decimal("1.5"), 20000),
        ("PUMP", 2, 20000),
        ("Keep dry", 0, 20000),
    ]
    nothing = await clerk.post(f"{PATH}/items", {"q": ""})
    assert nothing.status_code == 422 and finding("no_items_chosen").message in nothing.text
    unknown = await clerk.post(f"{PATH}/items", {**form, "service_item_line_no": "70000"})
    assert unknown.status_code == 422 and "service item line" in unknown.text.lower()


async def test_lines_are_moved_with_their_texts_all_or_none(clerk: Browser) -> None:
    asked = (await clerk.get(f"{PATH}/moving?line=20000&line=10000&chosen=1")).text
    assert "Move 2 lines" in asked and "Pump on roof" in asked
    form = {"line": ["10000", "20000"], "service_item_line_no": "20000"}
    wrong = await clerk.post(f"{PATH}/moving", {**form, "service_item_line_no": "70000"})
    assert wrong.status_code == 422
    assert [one.service_item_line_no for one in (await order()).lines] == [10000, 0, 0]
    assert (await clerk.post(f"{PATH}/moving", form)).status_code == 303
    assert [one.service_item_line_no for one in (await order()).lines] == [20000] * 3
    nothing = await clerk.post(f"{PATH}/moving", {"service_item_line_no": "20000"})
    assert nothing.status_code == 422 and "No line was chosen." in nothing.text


async def test_what_there_is_of_an_item_and_who_wants_it(clerk: Browser) -> None:
    await enter_order("C-EU", ["10000 item PUMP qty 5"], no="SO-2")
    shown = (await clerk.get(f"{PATH}/lines/20000/availability")).text
    assert 'href="/service-orders/SO-2"' in shown and "1,000" in shown and ">993<" in shown
    assert (await clerk.get(f"{PATH}/lines/10000/availability")).status_code == 404


async def test_the_worksheet_of_one_machine(clerk: Browser) -> None:
    assert f"{PATH}/print?item_line=10000" in (await clerk.get(f"{PATH}/item-lines/10000")).text
    sheet = (await clerk.get(f"{PATH}/print?item_line=10000")).text
    assert "Pump in cellar" in sheet and "Pump on roof" not in sheet and "Keep dry" not in sheet
    assert (await clerk.get(f"{PATH}/print?item_line=7")).status_code == 404


async def test_who_only_reads_changes_nothing(clerk: Browser) -> None:
    await clerk.client.post("/sign-out", data={"_csrf_token": clerk.token})
    await clerk.sign_in("VERA")
    assert (await clerk.get(f"{PATH}/lines/20000/availability")).status_code == 200
    for path in (f"{PATH}/items", f"{PATH}/moving"):
        assert (await clerk.get(path)).status_code == 403
        assert (await clerk.post(path, {"line": "10000"})).status_code == 403


def hidden(page: str) -> dict[str, str]:
    """What the page remembers of the fields that it showed."""
    found = re.findall(r'<input type="hidden" name="((?:line-\d+-)?shown)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


async def test_without_script_header_and_lines_are_saved_together(clerk: Browser) -> None:
    shown = hidden((await clerk.get(PATH)).text)
    assert set(shown) == {"shown", *(f"line-{no}-shown" for no in (10000, 20000, 25000))}
    typed = {**shown, "your_reference": "PO 7", "line-10000-quantity": "1+3", "line-20000-description": "Big pump"}
    saved = await clerk.post(f"{PATH}/header", {**typed, "line-20000-qty_to_ship": "2"})
    assert saved.status_code == 303 and "The header and 2 lines are saved." in (await clerk.get(PATH)).text
    after = await order()
    assert after.header.your_reference == "PO 7"
    assert [(one.quantity, one.description) for one in after.lines[:2]] == [(4, "Lina"), (2, "Big pump")]


async def test_without_script_nothing_typed_is_lost_when_some_of_it_is_refused(clerk: Browser) -> None:
    shown = hidden((await clerk.get(PATH)).text)
    lines = {"line-10000-quantity": "four", "line-20000-description": "Big <pump>"}
    wrong = await clerk.post(f"{PATH}/header", {**shown, **lines, "your_reference": "PO 7"})
    assert wrong.status_code == 422 and 'value="four"' in wrong.text and 'value="Big &lt;pump&gt;"' in wrong.text
    assert "Line 10000: Quantity: “four” is not a number." in wrong.text
    after = await order()  # the header was right and is saved; of the lines all or none
    assert (after.header.your_reference, after.lines[0].quantity, after.lines[1].description) == ("PO 7", 3, "Pump")
    rules = {**shown, "line-10000-qty_to_ship": "9", "line-90000-quantity": "1", "posting_date": "no day"}
    refused = await clerk.post(f"{PATH}/header", rules)
    assert refused.status_code == 422 and 'value="9"' in refused.text and 'value="no day"' in refused.text
    assert "Line 90000 does not exist any more." in refused.text


async def test_a_field_comes_back_as_it_is_stored(clerk: Browser) -> None:
    """Also when what was typed comes to the value that was there before; the script puts it into the field."""
    shown = hidden((await clerk.get(PATH)).text)
    row = {"line-10000-shown": shown["line-10000-shown"], "line-10000-quantity": "1.5*2"}
    answer = await clerk.post(f"{PATH}/lines/10000", row, **{"hx-request": "true"})
    assert answer.status_code == 200 and re.search(r'id="f-line-10000-quantity"[^>]* value="3"', answer.text)

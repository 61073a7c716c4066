"""The page that asks what to post: its addresses bear the choice alone, and Enter never posts what is not possible."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import pytest

from db.engine import reading, transaction
from tests.builders import TODAY, D, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ORDER, enter_company, enter_order
from webapp.pages.seen_documents import unpacked
from webapp.store import document_log, drafts
from webapp.store.acting import Acting
from webapp.store.test_reports import last_tests

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases

CLARA, POLLY = (Acting(name, role, TODAY) for name, role in (("CLARA", "clerk"), ("POLLY", "poster")))
POSTING = "/service-orders/SO-1/posting"
LINES = ["10000 item PUMP qty 4", "20000 resource LINA qty 3"]
SECRETS = {"_csrf_token", "token"}


class PostForm(HTMLParser):
    """The form that posts: its hidden and typed values, and its buttons that can be pressed, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: list[tuple[str, str]] = []
        self.buttons: list[dict[str, str | None]] = []
        self.sent_by_get: list[str] = []
        self.inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.inside = given.get("id") == "post-form"
        if "get" in (given.get("method"), given.get("formmethod")):
            self.sent_by_get.append(f"{tag} {given}")
        if self.inside and tag == "input" and given.get("type") != "radio":
            self.values.append((given.get("name") or "", given.get("value") or ""))
        if self.inside and tag == "button" and given.get("type") != "button":
            self.buttons.append(given)

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "form"


@pytest.fixture
async def poster(browser: Browser) -> Browser:
    await enter_company(pack())
    await enter_order("C-GOOD", LINES)
    await browser.sign_in("POLLY")
    return browser


def addresses(page: str) -> list[str]:
    return re.findall(r'(?:href|action|formaction|hx-get)="([^"]*)"', page)


def secret(address: str) -> set[str]:
    return SECRETS & {name for name, _ in parse_qsl(urlsplit(address).query, keep_blank_values=True)}


async def closed() -> None:
    """No day is open for posting but those of 2020."""
    async with transaction() as session:
        await session.execute(
            "UPDATE ledger_setup SET allow_posting_from = '2020-01-01', allow_posting_to = '2020-12-31'"
        )


async def test_no_address_of_the_page_bears_a_token(poster: Browser) -> None:
    for shut in (False, True):
        if shut:
            await closed()
        for query in ("?option=ship", "?chosen=1&line=10000&option=invoice"):
            page = (await poster.get(f"{POSTING}{query}")).text
            form = PostForm(page)
            assert set(dict(form.values)) >= {*SECRETS, "row_version", "posting_date"}
            assert [one for one in addresses(page) if secret(one)] == []
            assert [one for one in form.sent_by_get if "post" in one] == []  # searching is all that is sent by GET
            looked = await poster.client.post(f"{POSTING}/look", data=dict(form.values))
            assert looked.status_code == 303 and secret(looked.headers["location"]) == set()
    refused = await poster.client.post(POSTING, data={**dict(form.values), "posting_date": "x"})
    assert refused.status_code == 422 and [one for one in addresses(refused.text) if secret(one)] == []


async def test_looking_again_keeps_the_choice_and_what_was_typed(poster: Browser) -> None:
    await poster.get(POSTING)
    typed = {"chosen": "1", "line": "20000", "option": "ship", "posting_date": "13.13.2026"}
    looked = await poster.post(f"{POSTING}/look", {**typed, "token": "t" * 32, "row_version": "1"})
    where = looked.headers["location"]
    assert dict(parse_qsl(urlsplit(where).query)) == typed
    page = (await poster.get(where)).text
    assert 'value="13.13.2026"' in page and 'name="line" value="20000"' in page and "Post 1 line" in page
    assert re.search(r'value="ship" id="option-ship" checked', page)
    beside = await poster.post(f"{POSTING}/look", {**typed, "posting_date": "t"}, **{"hx-request": "true"})
    assert beside.status_code == 200 and 'id="post-form"' in beside.text and "<html" not in beside.text


async def test_enter_looks_again_while_nothing_is_possible_and_posts_nothing(poster: Browser) -> None:
    """Enter in a field presses the first button of the form, and nothing when that one is disabled."""
    first = PostForm((await poster.get(POSTING)).text).buttons[0]
    assert (first["name"], first["value"]) == ("then", "show") and "formaction" not in first and "disabled" not in first
    await closed()
    first, *others = PostForm((await poster.get(POSTING)).text).buttons
    assert first["formaction"] == f"{POSTING}/look" and "disabled" not in first and "formmethod" not in first
    assert len(others) == 3 and all("disabled" in one for one in others)
    page = (await poster.get(f"{POSTING}?chosen=1")).text
    assert "Post chosen lines of order SO-1" in page and "0 lines" not in page
    assert "Try this date" not in page  # no date helps where no line is ticked
    assert [one for one in PostForm(page).buttons if "disabled" not in one] == []


async def test_the_option_of_the_panel_goes_along_to_post_and_to_preview(poster: Browser) -> None:
    """With script it is put into what is marked to take it; the panel that is a page has it in its links."""
    order = (await poster.get("/service-orders/SO-1")).text
    for one in ("/posting", "/preview"):
        assert re.search(rf'<a [^>]*href="/service-orders/SO-1{one}"[^>]* data-with-option', order), one
    assert '<input type="hidden" name="option" data-with-option>' in order
    alone = addresses((await poster.get("/service-orders/SO-1/panel?option=ship")).text)
    for one in ("posting", "preview"):
        assert f"/service-orders/SO-1/{one}?option=ship" in alone, one
    assert re.search(r'id="option-ship" checked', (await poster.get(f"{POSTING}?option=ship")).text)
    await poster.sign_in("CLARA")
    assert POSTING not in (await poster.get("/service-orders/SO-1/panel?option=ship")).text


async def test_why_the_option_that_was_asked_for_is_not_possible_is_told_with_its_link(poster: Browser) -> None:
    async with transaction() as session:
        await session.execute("UPDATE service_setup SET posted_invoice_nos = NULL")
    page = (await poster.get(f"{POSTING}?option=ship_and_invoice")).text
    assert re.search(r'id="option-ship_and_invoice" checked disabled', page)
    assert "no number series for" in page.partition('id="post-form"')[0].partition('role="alert"')[2]
    assert 'role="alert"' not in (await poster.get(f"{POSTING}?option=ship")).text


@pytest.mark.parametrize("stocked", [True, False])
async def test_an_order_to_be_consumed_is_looked_at_alike_wherever_one_looks(poster: Browser, stocked: bool) -> None:
    """D-65, D-137: posting page, preview and the order's own test report take the option that panel and work lists
    take, and name the same problem with the same link."""
    await drafts.delete_line(CLARA, ORDER, 20000)
    await drafts.change_line(CLARA, ORDER, 10000, {"qty_to_consume": D(4)})
    if not stocked:
        async with transaction() as session:
            await session.execute("UPDATE item SET blocked = 1 = 1 WHERE no = 'PUMP'")
    paths = ("panel", "posting", "preview", "test-report")
    panel, posting, preview, report = [
        (await poster.get(f"/service-orders/SO-1/{one}")).text.replace("Post this", "") for one in paths
    ]
    assert re.search(r'value="ship_and_consume" id="option-ship_and_consume" checked', posting)
    assert '<option value="ship_and_consume" selected>' in panel
    assert re.search(r'aria-current="page"[^>]*>Ship and consume', preview)
    assert re.search(r'name="consume" value="1" checked', report) and 'name="invoice" value="1">' in report
    for page in (panel, posting, preview, report):
        assert "a batch and its test report" not in page
        linked = re.search(r'href="[^"]*#[^"]*10000[^"]*"', page)
        assert ("is blocked" not in page) if stocked else ("Item PUMP is blocked" in page and linked), page
    assert ("Ready" in report) is stocked and ("option=ship_and_consume&amp;tested=" in report) is stocked
    tested = await poster.post("/service-orders/SO-1/test-report")
    assert "Ship and consume" in (await poster.get(tested.headers["location"])).text
    document = await drafts.load_document(ORDER)
    assert document is not None
    (last,) = (await last_tests([document.header])).values()
    assert (last.option, last.errors) == ("ship_and_consume", 0 if stocked else 1)
    assert "To consume" in (await poster.get("/service-orders")).text
    if stocked:
        form = {**await form_of(poster, "?option=ship_and_consume"), "option": "ship_and_consume"}
        done = await poster.client.post(POSTING, data=form)
        result = (await poster.get(done.headers["location"])).text
        row = result.partition("Lines shipped</caption>")[2].partition("<tfoot>")[0]
        shipped, consumed, cost = re.findall(r'<td class="num">([^<]+)</td>', row)[1:]
        assert shipped == consumed == "4" and D(cost.replace(",", "")) > 0
        assert re.search(rf"Consumed, at cost</dt><dd>{cost} ", result)


async def test_going_back_after_a_posting_posts_nothing_more_unless_it_is_chosen(
    poster: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O-42: the page that Back shows is a new one, about what is left; it says so, and Enter asks what to post."""
    await drafts.change_line(CLARA, ORDER, 10000, {"qty_to_ship": D(1)})
    address = "?option=ship_and_invoice"
    form = await form_of(poster, address)
    first = await poster.client.post(POSTING, data={**form, "option": "ship_and_invoice"})
    numbers = re.findall(r"(?:Shipment|Invoice) (\S+)</a>", (await poster.get(first.headers["location"])).text)
    assert first.status_code == 303 and len(numbers) == 2
    back = (await poster.get(f"{POSTING}{address}")).text
    notice = back.partition("You posted ")[2].partition("</p>")[0]
    assert re.findall(r">(?:Shipment|Invoice) (\S+)</a>", notice) == numbers
    assert "This is what is left" in notice and 'value="ship_and_invoice" id="option-ship_and_invoice" aria' in back
    assert re.search(r'name="option"[^>]* checked', back) is None
    again = await poster.client.post(POSTING, data=dict(PostForm(back).values))
    assert again.status_code == 422 and "Choose what to post." in again.text and "You posted " in again.text
    assert re.search(r'name="option"[^>]* checked', again.text) is None
    stale = await poster.client.post(POSTING, data={**form, "token": "t" * 32, "option": "ship_and_invoice"})
    assert stale.status_code == 409 and re.search(r'name="option"[^>]* checked', stale.text) is None
    assert await document_log.just_posted(ORDER, "ANNA") is None  # somebody else is told nothing
    with monkeypatch.context() as later:
        later.setattr(document_log, "JUST", timedelta())
        page = (await poster.get(POSTING)).text
    assert "You posted " not in page and re.search(r'id="option-ship_and_invoice" checked', page)
    chosen = {**dict(PostForm(again.text).values), "option": "ship_and_invoice"}
    assert (await poster.client.post(POSTING, data=chosen)).status_code == 303


async def form_of(poster: Browser, query: str = "") -> dict[str, str]:
    return dict(PostForm((await poster.get(f"{POSTING}{query}")).text).values)


def told(page: str) -> list[tuple[str, ...]]:
    """The rows of what changed meanwhile."""
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", page)
    return [(where, *re.findall(r"<td[^>]*>(.*?)</td>", rest)) for where, rest in rows]


async def test_a_form_of_an_older_document_says_who_changed_what_and_when(poster: Browser) -> None:
    """O-42: nothing is posted (changed_since_shown); the page shows the document as it is now, and a link opens it
    afresh with the same choice."""
    form = await form_of(poster, "?chosen=1&line=10000&option=ship")
    later = TODAY.replace(day=TODAY.day + 1)
    await drafts.change_line(CLARA, ORDER, 10000, {"quantity": D(6)})
    await drafts.delete_line(CLARA, ORDER, 20000)
    await drafts.add_line(CLARA, ORDER, {"type": "cost", "no": "TRAVEL", "quantity": D(1)})
    await drafts.change_header(CLARA, ORDER, {"posting_date": later, "your_reference": "<PO 7>"})
    stale = await poster.client.post(POSTING, data={**form, "option": "ship", "then": "show"})
    page = stale.text
    assert stale.status_code == 409 and "reload it" not in page
    said = re.search(r"Order SO-1 was changed by Clara Clerk, [\d/]{10} \d\d:\d\d, after this page was opened", page)
    assert said and "Nothing was posted." in page
    rows = told(page)
    assert ("Header", "Your reference", "blank", "&lt;PO 7&gt;") in rows
    assert ("Line 10000", "Quantity", "4", "6") in rows and ("Line 10000", "Qty. to ship", "4", "6") in rows
    assert ("Line 20000", "The whole line", "Resource, LINA, Lina", "deleted") in rows
    assert [row[1:3] for row in rows if row[0] == "Line 30000"] == [("The whole line", "not there")]
    afresh = re.search(r'href="([^"]*)"[^>]*>Open this page afresh', page)
    assert afresh and afresh[1] == f"{POSTING}?chosen=1&amp;line=10000&amp;option=ship"  # the date follows the order
    again = PostForm(page)
    assert dict(again.values)["posting_date"] == f"{later:%d/%m/%Y}"
    posted = await poster.client.post(POSTING, data={**dict(again.values), "option": "ship"})
    assert posted.status_code == 303


async def test_what_nobody_can_see_on_the_page_is_told_as_such(poster: Browser) -> None:
    form = {**await form_of(poster), "option": "ship", "posting_date": "13-03-2026"}
    await drafts.change_line(POLLY, ORDER, 10000, {"exclude_warranty": True})
    page = (await poster.client.post(POSTING, data=form)).text
    assert "was changed by you in another window" in page and "Nothing of the header or of the columns" in page
    assert "option=ship&amp;posting_date=13-03-2026" in page  # a date that was typed stays


@pytest.mark.parametrize("seen", ["", "x", "ä", "eJwDAAAAAAE=", "W10="])
async def test_what_a_form_has_seen_may_be_anything(poster: Browser, seen: str) -> None:
    assert unpacked(seen) is None
    form = {**await form_of(poster), "option": "ship", "seen": seen}
    await drafts.change_line(CLARA, ORDER, 10000, {"quantity": D(6)})
    stale = await poster.client.post(POSTING, data=form)
    assert stale.status_code == 409 and "was changed by Clara Clerk" in stale.text and "afresh" in stale.text


async def posted_rate() -> tuple[object, ...]:
    async with reading() as session:
        sql = "SELECT posting_date, relational_amount FROM service_shipment_header"
        return tuple((str(row[0]), row[1]) for row in await session.fetch(sql))


@pytest.mark.parametrize(("answer", "rate"), [("keep", 746_030_000), ("take", 750_000_000)])
async def test_a_date_with_another_rate_is_posted_only_with_an_answer(browser: Browser, answer: str, rate: int) -> None:
    """D-12, P-144: nothing is posted at a rate that nobody chose, and the page shows both."""
    newer = {("EUR", date(2025, 3, 15)): {"exchange_amount": D(100), "relational_amount": D(750)}}
    await enter_company(pack(currency_rates=newer))
    await enter_order("C-EURO", LINES)
    await browser.sign_in("POLLY")
    form = {**await form_of(browser), "option": "ship", "then": "show"}
    dated = {**form, "posting_date": "20/03/2025"}
    asks = await browser.client.post(POSTING, data=dated)
    assert asks.status_code == 422 and await posted_rate() == ()
    assert "On 20/03/2025 another exchange rate of EUR holds than the document has." in asks.text
    assert "746.03 LCY for 100 EUR" in asks.text and "750 LCY for 100 EUR; unit prices stay" in asks.text
    assert re.search(r'value="keep" id="f-rate-keep" checked', asks.text)
    posted = await browser.client.post(POSTING, data={**dated, "rate": answer})
    assert posted.status_code == 303
    assert await posted_rate() == (("2025-03-20", rate),)


async def test_a_date_with_the_same_rate_is_posted_without_a_question(browser: Browser) -> None:
    await enter_company(pack())
    await enter_order("C-EURO", LINES)
    await browser.sign_in("POLLY")
    form = {**await form_of(browser), "option": "ship", "then": "show"}
    assert (await browser.client.post(POSTING, data={**form, "posting_date": "20/03/2025"})).status_code == 303

"""The page that asks what to post: its addresses bear the choice alone, and Enter never posts what is not possible."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import pytest

from db.engine import transaction
from tests.builders import pack
from tests.pages.conftest import Browser
from tests.posting.worlds import enter_company, enter_order

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases

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
    assert len(others) == 2 and all("disabled" in one for one in others)
    page = (await poster.get(f"{POSTING}?chosen=1")).text
    assert "Post 0 lines" in page and "Try this date" not in page  # no date helps where no line is ticked
    assert [one for one in PostForm(page).buttons if "disabled" not in one] == []

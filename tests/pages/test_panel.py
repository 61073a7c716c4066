"""What will be posted, beside the lines of an order: the plan that posting makes, and nothing else (D-83, D-84)."""

from __future__ import annotations

import html
import re

import pytest

from db.engine import transaction
from tests.builders import D, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ANNA, ORDER, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.store import drafts
from webapp.store.panel import counted_entries, what_will_be_posted
from webapp.store.posting import post_document
from webapp.store.preferences import set_preference
from webapp.store.preview import planned_entries

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases

PANEL = "/service-orders/SO-1/panel"
BESIDE = {"hx-request": "true"}
LINES = ["10000 item PUMP qty 4", "20000 resource LINA qty 3", "30000 item FILTER qty 2", "40000 cost TRAVEL qty 1"]
TROUBLE = (
    "UPDATE customer SET blocked = 'all' WHERE no = 'C-GOOD'",
    "UPDATE item SET blocked = 1 = 1 WHERE no IN ('PUMP', 'FILTER')",
    "UPDATE resource SET blocked = 1 = 1",
    "UPDATE service_setup SET salesperson_mandatory = 1 = 1",
)


@pytest.fixture
async def clerk(browser: Browser) -> Browser:
    await enter_company(pack())
    await enter_order("C-GOOD", LINES)
    await browser.sign_in("CLARA")
    return browser


async def trouble() -> None:
    async with transaction() as session:
        for sql in TROUBLE:
            await session.execute(sql)


@pytest.mark.parametrize("option", REQUESTS)
@pytest.mark.parametrize("troubled", [False, True])
async def test_it_finds_what_the_posting_finds(clerk: Browser, option: str, troubled: bool) -> None:
    if troubled:
        await trouble()
    plan = await what_will_be_posted(ANNA, ORDER, option)
    assert plan is not None
    page = html.unescape((await clerk.get(f"{PANEL}?option={option}", **BESIDE)).text)
    for found in plan.findings:
        assert found.code == "nothing_to_post" or found.message in page
    result = await post_document(ANNA, ORDER, REQUESTS[option])
    assert (result.findings, result.notices) == (plan.findings, plan.notices)
    for document in result.posted:
        assert f"{document.kind.capitalize()} {document.no} with 4 lines" in page
    assert bool(result.posted) == ("Ready to post" in page)


async def test_two_findings_are_shown_and_the_others_folded(clerk: Browser) -> None:
    await trouble()
    page = (await clerk.get(PANEL, **BESIDE)).text
    first, _, others = page.partition('<details id="panel-others">')
    assert "5 problems" in first and first.count('<li class="error">') == 2
    assert "+3 others" in others and others.count('<li class="error">') == 3
    assert 'data-lines="10000 20000 30000"' in page
    assert 'href="/service-orders/SO-1#f-customer_no"' in page


async def test_entries_are_counted_and_opened_ledger_by_ledger(clerk: Browser) -> None:
    plan = await what_will_be_posted(ANNA, ORDER, "ship_and_invoice")
    assert plan is not None
    counts = {ledger.slug: count for ledger, count in counted_entries(plan)}
    assert counts == {one.ledger.slug: len(one.rows) for one in planned_entries(plan, ANNA.user)}
    page = (await clerk.get(PANEL, **BESIDE)).text
    assert f"{sum(counts.values())} entries in {len(counts)} ledgers" in page
    for slug, count in counts.items():
        opened = re.search(rf'hx-get="({PANEL}/{slug}\?option=ship_and_invoice)"', page)
        assert opened
        entries = await clerk.get(opened[1], **BESIDE)
        body = entries.text.partition("<tbody>")[2].partition("</tbody>")[0]
        assert (entries.status_code, body.count("<tr")) == (200, count), slug
        assert f"/preview?option=ship_and_invoice#{slug}" in entries.text
        assert ('class="unit">LCY</span>' in entries.text) == (slug != "item-ledger"), slug
    await trouble()
    assert "<table" not in (await clerk.get(f"{PANEL}/general-ledger?option=ship_and_invoice")).text
    assert (await clerk.get(f"{PANEL}/posting-runs")).status_code == 404


async def test_the_option_is_the_last_one_used_until_another_is_chosen(clerk: Browser) -> None:
    chosen = '<option value="{}" selected>'
    fresh = (await clerk.get(PANEL, **BESIDE)).text
    assert chosen.format("ship_and_invoice") in fresh and "panel-why" not in fresh
    await set_preference("CLARA", "posting_option", "ship")
    page = (await clerk.get(PANEL, **BESIDE)).text
    assert chosen.format("ship") in page and "panel-totals" not in page and ">as you posted last<" in page
    asked = (await clerk.get(f"{PANEL}?option=invoice", **BESIDE)).text
    assert chosen.format("invoice") in asked and "panel-why" not in asked
    await set_preference("CLARA", "posting_option", "ship_and_consume")
    other = (await clerk.get(PANEL, **BESIDE)).text
    assert chosen.format("ship_and_invoice") in other and ">nothing to ship and consume<" in other
    await set_preference("CLARA", "posting_option", "ship")
    assert chosen.format("ship") in (await clerk.get(f"{PANEL}?option=sink", **BESIDE)).text


async def test_nothing_to_post_says_why(clerk: Browser) -> None:
    page = (await clerk.get(f"{PANEL}?option=ship_and_consume", **BESIDE)).text
    assert "Nothing to post" in page and "No line has a Qty. to consume." in page and "problem" not in page


async def test_an_order_at_own_cost_is_shown_as_it_can_be_posted(clerk: Browser) -> None:
    for no, quantity in ((10000, 4), (20000, 3), (30000, 2), (40000, 1)):
        await drafts.change_line(ANNA, ORDER, no, {"qty_to_consume": D(quantity)})
    page = (await clerk.get(PANEL, **BESIDE)).text
    assert '<option value="ship_and_consume" selected>' in page and "Ready to post" in page
    asked = (await clerk.get(f"{PANEL}?option=ship", **BESIDE)).text
    assert "All that is to ship is to be consumed; choose Ship and consume." in asked
    await clerk.sign_in("POLLY")
    posting = (await clerk.get("/service-orders/SO-1/posting")).text
    assert "No line has a Qty. to ship" not in posting and posting.count("choose Ship and consume") == 2


async def test_vat_is_shown_by_identifier_when_there_are_several(clerk: Browser) -> None:
    assert "<dt>VAT</dt>" in (await clerk.get(PANEL, **BESIDE)).text
    async with transaction() as session:
        await session.execute(
            "UPDATE service_line SET vat_prod_group = 'VAT12', vat_pct = 1200000, vat_identifier = 'VAT12'"
            " WHERE line_no = 10000"
        )
    page = (await clerk.get(PANEL, **BESIDE)).text
    assert "<dt>VAT12</dt>" in page and "<dt>VAT25</dt>" in page
    async with transaction() as session:
        await session.execute("UPDATE service_line SET vat_identifier = '' WHERE line_no = 10000")
    assert re.search(r"<dt>VAT \w+ / VAT12, not set up</dt>", (await clerk.get(PANEL, **BESIDE)).text)


async def test_it_is_switched_off_and_on_by_each_user(clerk: Browser, statements: list[str]) -> None:
    answer = await clerk.post(PANEL, {"show": "off"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/service-orders/SO-1")
    statements.clear()
    page = (await clerk.get(PANEL, **BESIDE)).text
    assert "Show what will be posted" in page and "Ready to post" not in page
    assert not [sql for sql in statements if "service_line" in sql]  # nothing is planned for nobody
    assert "Ready to post" in (await clerk.get(PANEL)).text  # the page of its own was asked for
    await clerk.post(PANEL, {"show": "on"})
    assert "Ready to post" in (await clerk.get(PANEL, **BESIDE)).text


async def test_without_script_the_order_leads_to_a_page(clerk: Browser) -> None:
    order = (await clerk.get("/service-orders/SO-1")).text
    assert f'<a href="{PANEL}">Show what will be posted</a>' in order
    page = await clerk.get(PANEL)
    assert "<title>What will be posted of order SO-1" in page.text and 'href="/service-orders/SO-1"' in page.text


async def test_who_may_not_check_sees_no_panel(clerk: Browser) -> None:
    await clerk.sign_in("VERA")
    assert "will-be-posted" not in (await clerk.get("/service-orders/SO-1")).text
    assert (await clerk.get(PANEL)).status_code == 403
    assert (await clerk.post(PANEL, {"show": "off"})).status_code == 403


async def test_an_order_that_is_gone(clerk: Browser) -> None:
    never = await clerk.get("/service-orders/SO-9/panel", **BESIDE)
    assert never.status_code == 404 and "There is no order SO-9" in never.text
    assert (await clerk.get("/service-orders/SO-9/panel/vat", **BESIDE)).status_code == 404
    assert (await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])).closed
    answer = await clerk.get(PANEL)
    assert answer.headers["location"] == "/service-orders/SO-1/closed"
    beside = await clerk.get(PANEL, **BESIDE)  # whoever is typing is told, not led away
    assert beside.status_code == 404 and "Order SO-1 was closed" in beside.text and " closed it, " in beside.text
    assert 'href="/service-orders/SO-1/closed">Closed order SO-1</a>' in beside.text
    assert not {"location", "hx-redirect"} & set(beside.headers)


async def test_any_change_of_an_order_that_was_deleted_says_who_deleted_it_and_where_to_look(clerk: Browser) -> None:
    assert (await drafts.delete_document(ANNA, ORDER)).ok
    for path, typed in (
        ("header", {"your_reference": "x"}),
        ("lines", {"new-type": "item"}),
        ("lines/10000", {"line-10000-quantity": "3"}),
        ("item-lines", {"item-description": "x"}),
    ):
        answer = await clerk.post(f"/service-orders/SO-1/{path}", typed, **BESIDE)
        assert answer.status_code == 404 and answer.headers["hx-retarget"] == "#messages", path
        assert "<div data-gone>" in answer.text and 'hx-target="#will-be-posted"' in answer.text, path
        assert "Order SO-1 was deleted" in answer.text and "deleted it, " in answer.text, path
        assert 'href="/service-orders">Service orders</a>' in answer.text, path


async def test_looking_changes_nothing_and_follows_each_change(clerk: Browser) -> None:
    before = await drafts.load_document(ORDER)
    page = (await clerk.get(PANEL, **BESIDE)).text
    assert "The order closes" in page
    after = await drafts.load_document(ORDER)
    assert before is not None and after is not None
    assert (before.header, before.lines) == (after.header, after.lines)
    await drafts.change_line(ANNA, ORDER, 10000, {"qty_to_ship": D(1)})
    assert "The order stays open" in (await clerk.get(PANEL, **BESIDE)).text


async def test_it_asks_as_often_for_200_lines_as_for_5(clerk: Browser, statements: list[str]) -> None:
    found = []
    for no, count in (("SO-5", 5), ("SO-200", 200)):
        kinds = ("item PUMP qty 2", "resource LINA qty 3")
        await enter_order("C-GOOD", [f"{at * 10000} {kinds[at % 2]}" for at in range(1, count + 1)], no=no)
        await clerk.get(f"/service-orders/{no}/panel", **BESIDE)
        statements.clear()
        await clerk.get(f"/service-orders/{no}/panel", **BESIDE)
        found.append(len(statements))
    assert found[0] == found[1] < 20

"""Ready to invoice and orders to check: who stands in them, since when, with how much, and what stops each (D-138)."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta

import pytest

from db.engine import transaction
from tests.builders import TODAY, D, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ANNA, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.posting import post_document
from webapp.store.work_lists import READY_TO_INVOICE, TO_CHECK, list_orders, order_counts, plans_of

LINES = ["10000 item PUMP qty 4 price 100", "20000 resource LINA qty 3"]


async def shipped(no: str, quantity: str = "1") -> DocumentKey:
    """An order with so many pumps at 100 shipped and not invoiced."""
    key = await enter_order("C-GOOD", [LINES[0]], no=no)
    await drafts.change_line(ANNA, key, 10000, {"qty_to_ship": D(quantity)})
    assert (await post_document(ANNA, key, REQUESTS["ship"])).ok
    return key


@pytest.fixture
async def orders(browser: Browser) -> Browser:
    """SO-1 untouched, SO-2 shipped in part, SO-3 finished and not shipped, SO-4 shipped and invoiced in part."""
    await enter_company(pack())
    await enter_order("C-GOOD", LINES, no="SO-1")
    await shipped("SO-2", "3")
    await enter_order("C-GOOD", LINES, no="SO-3")
    four = await enter_order("C-GOOD", [LINES[0]], no="SO-4")
    await drafts.change_line(ANNA, four, 10000, {"qty_to_ship": D(2)})
    assert (await post_document(ANNA, four, REQUESTS["ship_and_invoice"])).ok
    async with transaction() as session:
        await session.execute(
            "UPDATE service_header SET status = 'finished', finishing_date = ? WHERE no = 'SO-3'", TODAY
        )
    return browser


async def test_what_stands_in_the_lists(orders: Browser) -> None:
    day = TODAY + timedelta(days=9)
    ready, after = await list_orders(READY_TO_INVOICE, day)
    found = {one.no: (one.shipped_not_invoiced, one.waiting_days, one.option) for one in ready}
    assert found == {"SO-2": (D(300), 9, "ship_and_invoice"), "SO-3": (D(0), 9, "ship_and_invoice")}
    assert after == ""
    assert [one.no for one in (await list_orders(READY_TO_INVOICE, day, view="shipped"))[0]] == ["SO-2"]
    assert [one.no for one in (await list_orders(READY_TO_INVOICE, day, view="finished"))[0]] == ["SO-3"]
    assert {one.no for one in (await list_orders(TO_CHECK, day))[0]} == {"SO-1", "SO-2", "SO-3", "SO-4"}
    of_lines = {"to_ship": 4, "to_invoice": 1, "partly_shipped": 2, "partly_invoiced": 1, "to_consume": 0}
    assert await order_counts() == {"ready": 2, "finished": 1, "to_post": 4, **of_lines}
    assert [one.no for one in (await list_orders(READY_TO_INVOICE, day, search="so-3"))[0]] == ["SO-3"]
    page, after = await list_orders(TO_CHECK, day, limit=3)
    rest, end = await list_orders(TO_CHECK, day, after=after, limit=3)
    assert {one.no for one in (*page, *rest)} == {"SO-1", "SO-2", "SO-3", "SO-4"} and end == ""


async def test_the_plans_are_those_of_the_posting(orders: Browser) -> None:
    async with transaction() as session:
        await session.execute("UPDATE item SET blocked = 1 = 1 WHERE no = 'PUMP'")
    options = {"SO-1": "ship_and_invoice", "SO-2": "invoice", "GONE": "invoice"}
    plans = await plans_of(ANNA, options)
    assert plans.keys() == {"SO-1", "SO-2"}
    for no, plan in plans.items():
        result = await post_document(ANNA, DocumentKey("order", no), REQUESTS[options[no]])
        assert result.findings == plan.findings and [f.code for f in plan.errors] == ["item_blocked"]


async def test_the_page_says_what_stops_an_order_and_leads_to_it(orders: Browser) -> None:
    async with transaction() as session:
        await session.execute("UPDATE resource SET blocked = 1 = 1")
    await orders.sign_in("POLLY")
    plain = await orders.get("/orders-to-check")
    assert plain.status_code == 200 and plain.text.count("Not checked yet") == 4
    later = re.search(r'hx-get="(/orders-to-check\?check=1)"', plain.text)
    assert later
    checked = await orders.get(later[1], **{"hx-request": "true"})
    assert checked.text.count(">Open finding<") == 2 and "<html" not in checked.text
    assert 'href="/service-orders/SO-1#f-line-20000-no"' in checked.text
    assert 'href="/service-orders/SO-2/posting?option=ship_and_invoice"' in checked.text
    assert "hx-get" not in checked.text
    ready = await orders.get("/ready-to-invoice?check=1")
    assert "SO-2" in ready.text and "300.00" in ready.text and "SO-1" not in ready.text
    assert (await orders.get("/ready-to-invoice?view=finished&q=nothing")).text.count("Nothing fits") == 1


async def test_an_order_at_own_cost_waits_for_no_invoice_and_is_checked_as_it_is_posted(orders: Browser) -> None:
    for no, quantity in ((10000, 4), (20000, 3)):
        await drafts.change_line(ANNA, DocumentKey("order", "SO-3"), no, {"qty_to_consume": D(quantity)})
    assert [one.no for one in (await list_orders(READY_TO_INVOICE, TODAY))[0]] == ["SO-2"]
    counts = await order_counts()
    assert (counts["ready"], counts["finished"], counts["to_post"], counts["to_consume"]) == (1, 0, 4, 1)
    await orders.sign_in("POLLY")
    page = (await orders.get("/orders-to-check?check=1&q=SO-3")).text
    assert "Ship and consume" in page and "problem" not in page
    assert 'href="/service-orders/SO-3/posting?option=ship_and_consume"' in page


async def test_who_only_reads_is_offered_neither_check_nor_posting(orders: Browser) -> None:
    await orders.sign_in("VERA")
    page = await orders.get("/ready-to-invoice?check=1")
    assert page.status_code == 200 and "SO-2" in page.text
    assert 'hx-get="/ready-to-invoice?check' not in page.text and "/posting" not in page.text
    for name in ("VERA", "ADA"):  # who may not check has no column that only a check would fill
        await orders.sign_in(name)
        listed = (await orders.get("/orders-to-check?check=1")).text
        assert "SO-2" in listed and ">Findings<" not in listed and ">Action<" not in listed
        row = re.search(r"<tbody>\s*<tr.*?</tr>", listed, re.DOTALL)
        assert row and len(re.findall("<t[hd][ >]", row[0])) == len(re.findall('<th scope="col"', listed))
    await orders.sign_in("CLARA")
    assert ">Findings<" in (await orders.get("/orders-to-check")).text
    await orders.sign_in("VERA")
    home = await orders.get("/")
    assert "Ready to invoice" in home.text and "Check orders before posting" not in home.text


async def test_home_counts_what_waits(orders: Browser) -> None:
    await orders.sign_in("CLARA")
    home = await orders.get("/")
    assert "<b>2</b> waiting for an invoice" in home.text and "<b>1</b> finished, not invoiced" in home.text
    assert "<b>4</b> to check" in home.text


async def test_many_orders_ask_as_often_as_few(orders: Browser, statements: list[str]) -> None:
    await orders.sign_in("POLLY")
    counts = []
    for more in (0, 20):
        for at in range(more):
            await shipped(f"SO-1{at:02}")
        asked = []
        for path in ("/ready-to-invoice", "/ready-to-invoice?check=1", "/orders-to-check?check=1", "/"):
            await orders.get(path)
            statements.clear()
            await orders.get(path)
            asked.append(len(statements))
        counts.append(asked)
    assert counts[0] == counts[1]


async def test_what_is_shipped_can_be_combined_with_the_rest_of_its_customer(orders: Browser) -> None:
    await shipped("SO-5")
    await orders.sign_in("POLLY")
    listed = await orders.get("/ready-to-invoice")
    (link,) = set(re.findall(r'href="(/combine-shipments[^"]*)"', listed.text))
    assert listed.text.count(f'href="{link}"') == 2  # SO-3 has nothing shipped
    combined = await orders.get(link.replace("&amp;", "&"))
    assert 'name="include_unmarked" value="true"' in combined.text
    row = re.search(r'<tr><td class="select"><input type="checkbox" name="group".*?</tr>', combined.text, re.DOTALL)
    assert row is not None and "400.00" in row[0] and "C-GOOD" in row[0]
    await orders.sign_in("VERA")
    assert "/combine-shipments" not in (await orders.get("/ready-to-invoice")).text


async def test_marked_orders_or_all_shown_go_to_the_test_report_and_the_batch(orders: Browser) -> None:
    """D-88, D-138: what a work list shows is what the batch takes, however the list is narrowed."""
    await orders.sign_in("POLLY")
    lists = {
        "/ready-to-invoice": ("2 orders", "SO-2 SO-3"),
        "/ready-to-invoice?view=shipped": ("1 order", "SO-2"),
        "/ready-to-invoice?view=finished": ("1 order", "SO-3"),
        "/orders-to-check?q=so-4": ("1 order", "SO-4"),
    }
    for path, (count, nos) in lists.items():
        page = (await orders.get(path)).text
        assert sorted(re.findall(r'name="select" value="([^"]+)" form="batch"', page)) == nos.split(), path
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)" form="batch"', page))
        chosen = await orders.post("/batches/new", {"kind": "order", **hidden})
        options = (await orders.get(chosen.headers["location"])).text
        assert count in options, (path, options)
        report = await orders.post("/service-orders/test-report", hidden)
        shown = (await orders.get(report.headers["location"])).text
        assert all(f">{no}</a>" in shown for no in nos.split()), path


@pytest.mark.once
async def test_every_list_comes_as_a_workbook_and_keeps_views(orders: Browser) -> None:
    """What the filter shows, and a name for it."""
    await orders.sign_in("POLLY")
    lists = {
        "/ready-to-invoice": ("view=shipped", b"SO-2", b"SO-3"),
        "/orders-to-check": ("q=so-4", b"SO-4", b"SO-2"),
        "/service-orders": ("status=finished", b"SO-3", b"SO-2"),
        "/customers": ("q=c-eu", b"C-EU", b"C-GOOD"),
        "/ledgers/item-ledger": ("q=pump", b"PUMP", b"no such"),
    }
    for path, (query, there, not_there) in lists.items():
        end = "/export.xlsx" if path.startswith("/ledgers") else ".xlsx"
        answer = await orders.get(f"{path}{end}?{query}")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            sheet = packed.read("xl/worksheets/sheet1.xml")
        assert there in sheet and not_there not in sheet, path
        shown = (await orders.get(f"{path}?{query}")).text
        assert f'href="{path}{end}?{query}" download>Excel' in shown and "Save this view as" in shown, path
        kept = await orders.post("/saved-views", {"path": path, "query": query, "name": "Mine"})
        assert kept.status_code == 303, path
        assert f'href="{path}?{query}">Mine</a>' in (await orders.get(path)).text, path

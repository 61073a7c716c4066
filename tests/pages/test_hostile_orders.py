"""Orders, postings and prints answer whatever is sent, and nothing is changed by what they refuse (S-4, O-42)."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import re

import pytest

from db import engine
from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store.acting import Acting
from webapp.store.posting import post_document

pytestmark = pytest.mark.once  # on PostgreSQL in the long form
COUNT = 3000 if os.environ.get("FINALIZE_LONG") == "1" else 150
LINES = ["10000 item PUMP qty 4", "20000 resource LINA qty 3"]
BAD_NUMBERS = ("1e9", "NaN", "Infinity", "-1", "9" * 30, "1,2,3", "1/0", "x", "\0", "0x10", "--1", "1e", "٣٫٥x")
BAD_DATES = ("31-02", "99999999", "2026-02-30", "32", "x", "\0", "0000-00-00", "t+999999999")
ANY = (*BAD_NUMBERS, *BAD_DATES, "", " ", "x" * 30_000, "<script>", "{{ 7*7 }}", "' OR 1=1 --", "\U0001f600", "\u202e")
TABLES = (
    "service_header",
    "service_item_line",
    "service_line",
    "service_shipment_header",
    "service_shipment_line",
    "service_invoice_header",
    "service_invoice_line",
    "posting_run",
    "gl_entry",
    "vat_entry",
    "customer_ledger_entry",
    "item_ledger_entry",
    "value_entry",
    "resource_ledger_entry",
    "service_ledger_entry",
    "service_document_log",
    "number_series_line",
    "posting_form",
    "order_archive",
)
POSTED = tuple(name for name in TABLES if not name.startswith("service_") or "shipment" in name or "invoice" in name)


async def hashes(tables: tuple[str, ...] = TABLES) -> dict[str, str]:
    async with engine.reading() as session:
        found = await session.fetch_all([(f"SELECT * FROM {name}", ()) for name in tables])
    return {
        name: hashlib.sha256("\n".join(sorted(map(repr, map(tuple, rows)))).encode()).hexdigest()
        for name, rows in zip(tables, found, strict=True)
    }


@pytest.fixture
async def poster(browser: Browser) -> Browser:
    """At the screen, with the order SO-1 that waits and SO-2 that is shipped and invoiced."""
    await enter_company(pack())
    await enter_order("C-GOOD", LINES)
    await enter_order("C-GOOD", LINES, no="SO-2")
    result = await post_document(
        Acting("POLLY", "poster", TODAY), DocumentKey("order", "SO-2"), REQUESTS["ship_and_invoice"]
    )
    assert result.ok, result.findings
    await browser.sign_in("POLLY")
    return browser


async def paths_of_posted() -> list[str]:
    async with engine.reading() as session:
        shipment = (await session.fetch("SELECT no FROM service_shipment_header"))[0][0]
        invoice = (await session.fetch("SELECT no FROM service_invoice_header"))[0][0]
    return [f"/posted-service-shipments/{shipment}", f"/posted-service-invoices/{invoice}"]


@pytest.mark.parametrize("value", BAD_NUMBERS)
async def test_a_quantity_that_is_none_changes_nothing(poster: Browser, value: str) -> None:
    before = await hashes()
    for field in ("quantity", "qty_to_ship", "qty_to_invoice", "qty_to_consume", "unit_price", "line_discount_pct"):
        for headers in ({}, {"HX-Request": "true"}):
            form = {f"line-10000-{field}": value}
            answer = await poster.post("/service-orders/SO-1/lines/10000", form, **headers)
            assert answer.status_code == 422, (field, value)
    answer = await poster.post(
        "/service-orders/SO-1/lines", {"new-type": "item", "new-no": "PUMP", "new-quantity": value}
    )
    assert answer.status_code == 422
    assert await hashes() == before


@pytest.mark.parametrize("value", BAD_DATES)
async def test_a_date_that_is_none_changes_nothing(poster: Browser, value: str) -> None:
    before = await hashes()
    for field in ("posting_date", "document_date", "due_date", "order_date"):
        assert (await poster.post("/service-orders/SO-1/header", {field: value})).status_code == 422, field
    page = await poster.get("/service-orders/SO-1/posting")
    form = {**hidden(page.text), "option": "ship", "posting_date": value}
    assert (await poster.post("/service-orders/SO-1/posting", form)).status_code == 422
    assert await hashes() == before


def hidden(text: str) -> dict[str, str]:
    """What the posting page sends along unseen."""
    return dict(re.findall(r'<input type="hidden" name="(token|row_version)" value="([^"]*)"', text))


async def test_a_posting_form_that_is_not_whole_posts_nothing(poster: Browser) -> None:
    page = await poster.get("/service-orders/SO-1/posting")
    whole = {**hidden(page.text), "option": "ship"}
    assert set(whole) == {"token", "row_version", "option"}
    before = await hashes()
    for change, status in (
        ({"option": ""}, 422),
        ({"option": "everything"}, 422),
        ({"option": "invoice"}, 422),
        ({"token": ""}, 409),
        ({"token": "short"}, 409),
        ({"token": "\0" * 32}, 409),
        ({"token": "x" * 500}, 409),
        ({"row_version": ""}, 409),
        ({"row_version": "x"}, 409),
        ({"row_version": "-1"}, 409),
        ({"row_version": "999999"}, 409),
        ({"row_version": "9" * 40}, 409),
        ({"chosen": "1"}, 422),
        ({"chosen": "1", "line": "99990"}, 422),
        ({"chosen": "1", "line": "10000'; --"}, 422),
        ({"chosen": "1", "line": "9" * 40}, 422),
    ):
        answer = await poster.post("/service-orders/SO-1/posting", {**whole, **change})
        assert answer.status_code == status, change
    assert await hashes() == before


async def test_the_same_form_posts_once_and_another_content_is_refused(poster: Browser) -> None:
    page = await poster.get("/service-orders/SO-1/posting")
    form = {**hidden(page.text), "option": "ship"}
    first = await poster.post("/service-orders/SO-1/posting", form)
    assert first.status_code == 303
    after = await hashes()
    again = await poster.post("/service-orders/SO-1/posting", form)
    assert (again.status_code, again.headers["location"]) == (303, first.headers["location"])
    other = await poster.post("/service-orders/SO-1/posting", {**form, "option": "invoice"})
    assert other.status_code == 409
    assert await hashes() == after


async def test_the_result_says_what_the_invoice_comes_to(poster: Browser) -> None:
    page = await poster.get("/service-orders/SO-1/posting")
    answer = await poster.post("/service-orders/SO-1/posting", {**hidden(page.text), "option": "ship"})
    assert 'class="strip"' not in (await poster.get(answer.headers["location"])).text
    page = await poster.get("/service-orders/SO-1/posting")
    answer = await poster.post("/service-orders/SO-1/posting", {**hidden(page.text), "option": "invoice"})
    result = (await poster.get(answer.headers["location"])).text
    (invoice,) = set(re.findall(r'/posted-service-invoices/([^"/]+)"', result))
    async with engine.reading() as session:
        ((scaled,),) = await session.fetch(
            "SELECT amount_including_vat FROM service_invoice_header WHERE no = ?", invoice
        )
    assert f'<dd>{scaled / 100_000:,.2f} <span class="unit">LCY</span></dd>' in result


async def test_a_result_belongs_to_its_order(poster: Browser) -> None:
    page = await poster.get("/service-orders/SO-1/posting")
    answer = await poster.post("/service-orders/SO-1/posting", {**hidden(page.text), "option": "ship"})
    token = answer.headers["location"].rsplit("/", 1)[1]
    for rest in ("", "/print", "/paper.css"):
        assert (await poster.get(f"/service-orders/SO-1/postings/{token}{rest}")).status_code == 200
        for path in (f"SO-2/postings/{token}", f"SO-1/postings/{token[:-1]}", "SO-1/postings/%00", "SO-1/postings/~"):
            assert (await poster.get(f"/service-orders/{path}{rest}")).status_code == 404
    before = await hashes()
    assert (await poster.post(f"/service-orders/SO-2/postings/{token}/printing")).status_code == 404
    assert await hashes() == before


async def test_looking_at_paper_changes_nothing_and_printing_counts(poster: Browser) -> None:
    """D-95."""
    before = await hashes()
    paths = await paths_of_posted()
    for path in paths:
        for rest in ("", "/print", "/paper.css"):
            assert (await poster.get(f"{path}{rest}")).status_code == 200
    assert await hashes() == before
    for path in paths:
        for count in (1, 2):
            answer = await poster.post(f"{path}/printing")
            assert (answer.status_code, answer.headers["location"]) == (303, f"{path}/print")
            page = await poster.get(f"{path}/print")
            assert f"print {count}" in page.text and "data-print-now" in page.text
            assert ("COPY</span>" in page.text) is (count > 1)
        assert "data-print-now" not in (await poster.get(f"{path}/print")).text
        poster.token, token = "0" * 64, poster.token
        assert (await poster.post(f"{path}/printing")).status_code == 403
        poster.token = token
    changed = {name for name, value in (await hashes()).items() if value != before[name]}
    assert changed == {"service_shipment_header", "service_invoice_header", "service_document_log"}


async def test_who_may_not_post_posts_nothing(poster: Browser) -> None:
    page = await poster.get("/service-orders/SO-1/posting")
    form = {**hidden(page.text), "option": "ship"}
    before = await hashes()
    for name in ("VERA", "CLARA", "ANNA", "ADA"):
        await poster.sign_in(name)
        assert (await poster.get("/service-orders/SO-1/posting")).status_code == 403
        assert (await poster.post("/service-orders/SO-1/posting", form)).status_code == 403
        assert (await poster.post("/service-orders/SO-1/closing")).status_code == 403
    await poster.sign_in("VERA")
    for path in (
        "header",
        "lines",
        "lines/10000",
        "lines/10000/form",
        "lines/10000/deletion",
        "item-lines",
        "deletion",
    ):
        assert (await poster.post(f"/service-orders/SO-1/{path}", {"_confirmed": "yes"})).status_code == 403, path
    assert await hashes() == before


async def test_what_is_not_there_is_a_page_that_is_not_there(poster: Browser) -> None:
    before = await hashes()
    for no in ("SO-9", "~", "%00", "x" * 300, "%F0%9F%98%80", "' OR 1=1"):
        for path in (f"/service-orders/{no}", f"/service-orders/{no}/posting", f"/posted-service-invoices/{no}"):
            assert (await poster.get(path)).status_code == 404, path
        for path in (f"/service-orders/{no}/lines/10000", f"/posted-service-shipments/{no}/printing"):
            assert (await poster.post(path, {"line-10000-quantity": "1"})).status_code == 404, path
    for path in ("/service-orders/SO-1/lines/77", "/service-orders/SO-1/item-lines/77", "/posting-runs/0"):
        assert (await poster.get(path)).status_code == 404, path
    led = await poster.get("/service-orders/SO-2/posting")
    assert (led.status_code, led.headers["location"]) == (303, "/service-orders/SO-2/closed")
    refused = await poster.post("/service-orders/SO-2/lines/10000", {"line-10000-quantity": "1"})
    assert refused.status_code == 404 and "is not open" in refused.text
    for path in ("/posting-runs/99999999999999999999", "/ledgers/none", "/ledgers/none/export.csv"):
        assert (await poster.get(path)).status_code == 404, path
    assert await hashes() == before


async def test_whatever_is_sent_is_answered_and_nothing_is_posted(poster: Browser) -> None:
    dice = random.Random(20260315)
    token, before = poster.token, await hashes(POSTED)
    posts = ("header", "lines", "lines/10000", "lines/10000/form", "item-lines", "posting", "invoice-discount")
    names = ("quantity", "qty_to_ship", "no", "type", "description", "customer_no", "shown", "option", "row_version")
    names += (
        "token",
        "line",
        "chosen",
        "new-type",
        "new-no",
        "new-quantity",
        "posting_date",
        "line-10000-quantity",
        "",
    )
    for _ in range(COUNT):
        path = f"/service-orders/SO-1/{dice.choice(posts)}"
        values = {dice.choice(names): dice.choice(ANY) for _ in range(dice.randrange(6))}
        poster.token = token
        headers = {"HX-Request": "true"} if dice.random() < 0.5 else {}
        answer = await poster.post(path, values, **headers)
        assert answer.status_code < 500, (path, values)
    assert await hashes(POSTED) == before


async def test_lists_and_ledgers_answer_any_address(poster: Browser) -> None:
    dice = random.Random(20260315)
    lists = ("/service-orders", "/posted-service-invoices", "/posted-service-shipments", "/search")
    ledgers = ("general-ledger", "customer-ledger", "value-entries", "posting-runs")
    lists += tuple(f"/ledgers/{slug}{rest}" for slug in ledgers for rest in ("", "/export.csv"))
    names = ("q", "sort", "after", "view", "status", "customer_no", "document_no", "posting_run_no", "from", "to")
    cursors = (
        "WyIxIiwgMV0",
        "bnVsbA",
        "WzEsMiwzXQ",
        "e30",
        "WyIyMDI2LTAxLTAxIiwgIlgiXQ",
        "WzFlOTk5LCAxXQ",
        "W251bGwsbnVsbF0",
    )
    for _ in range(COUNT):
        path = dice.choice(lists)
        params = {dice.choice(names): dice.choice((*ANY, *cursors))[:2000] for _ in range(dice.randrange(4))}
        answer = await poster.client.get(path, params=params)
        assert answer.status_code < 500, (path, params)


@pytest.mark.parametrize(
    "place",
    (
        [],
        None,
        {},
        "x",
        [1],
        [1, 2, 3],
        [None, None],
        [1e999, 1],
        [10**400, 1],
        ["x", 10**19],
        ["2026-01-01", "\0"],
        ["\0", 1],
    ),
)
async def test_a_list_goes_on_from_any_place(poster: Browser, place: object) -> None:
    """What is no row's place gives the first page."""
    after = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    for path in ("/service-orders", "/posted-service-invoices", "/ledgers/general-ledger", "/ledgers/posting-runs"):
        for sort in ("", "amount", "-no", "customer_name"):
            answer = await poster.client.get(path, params={"after": after, "sort": sort})
            assert answer.status_code == 200, (path, sort)


async def test_every_view_of_the_orders_can_be_searched(poster: Browser) -> None:
    for view in ("to-ship", "to-invoice", "to-consume", "partly-shipped", "partly-invoiced"):
        for query in ("q=SO-1&status=&customer_no=", "q=so&status=pending&customer_no=c-good", "sort=-customer_name"):
            answer = await poster.get(f"/service-orders?view={view}&{query}", **{"HX-Request": "true"})
            assert answer.status_code == 200, (view, query)


@pytest.mark.parametrize(("field", "value"), [("quantity", "99999999999"), ("unit_price", "999999999999")])
async def test_amounts_that_no_column_holds_change_nothing(poster: Browser, field: str, value: str) -> None:
    """amount_too_large: each figure is possible, what they come to is not."""
    before = await hashes()
    answer = await poster.post("/service-orders/SO-1/lines/10000", {f"line-10000-{field}": value})
    assert answer.status_code == 422
    assert "more than 12 digits" in answer.text
    assert await hashes() == before


@pytest.mark.parametrize("field", ["exchange_amount", "relational_amount"])
async def test_an_exchange_rate_is_above_0(poster: Browser, field: str) -> None:
    """number_not_positive, beside the field."""
    before = await hashes()
    answer = await poster.post("/service-orders/SO-1/header", {field: "0"})
    assert answer.status_code == 422
    assert "must be above 0" in answer.text
    assert await hashes() == before


async def test_the_labor_limit_is_not_negative(poster: Browser) -> None:
    before = await hashes()
    assert (await poster.post("/service-orders/SO-1/header", {"max_labor_unit_price": "-1"})).status_code == 422
    assert await hashes() == before


async def test_an_order_needs_a_customer(poster: Browser) -> None:
    before = await hashes()
    answer = await poster.post("/service-orders/new", {"description": "nobody's"})
    assert answer.status_code == 422
    assert "Customer no. must be filled in" in answer.text
    assert await hashes() == before


async def test_lines_that_come_to_more_than_a_column_holds_are_not_posted(poster: Browser) -> None:
    """amount_too_large, on every page that plans the posting."""
    for line_no in (10000, 20000):
        form = {f"line-{line_no}-quantity": "1", f"line-{line_no}-unit_price": "900000000000"}
        assert (await poster.post(f"/service-orders/SO-1/lines/{line_no}", form)).status_code == 303
    before = await hashes()
    offered = (await poster.get("/service-orders/SO-1/posting")).text  # before anything has planned the entries
    assert "more than 12 digits" in offered.partition('id="about-ship_and_invoice"')[2].partition("</div>")[0]
    for page in ("", "/preview", "/test-report"):
        assert (await poster.get(f"/service-orders/SO-1{page}")).status_code == 200, page
    page = await poster.get("/service-orders/SO-1/posting")
    answer = await poster.post("/service-orders/SO-1/posting", {**hidden(page.text), "option": "ship_and_invoice"})
    assert answer.status_code == 422
    assert "more than 12 digits" in answer.text
    assert await hashes() == before


async def test_a_shipment_whose_worth_in_lcy_no_column_holds_is_not_offered(poster: Browser) -> None:
    """The outline of the posting page knows no entries; what ships is worth 2,000,000 EUR at 900,000 LCY for one."""
    form = {"line-10000-quantity": "1", "line-10000-unit_price": "2000000", "line-10000-qty_to_invoice": "0"}
    assert (await poster.post("/service-orders/SO-1/lines/10000", form)).status_code == 303
    async with engine.transaction() as session:
        await session.execute(
            "UPDATE service_header SET currency_code = 'EUR', exchange_amount = ?, relational_amount = ?"
            " WHERE no = 'SO-1'",
            *(1_000_000, 900_000_000_000),
        )
    offered = (await poster.get("/service-orders/SO-1/posting")).text
    assert "more than 12 digits" in offered.partition('id="about-ship"')[2].partition("</div>")[0]
    answer = await poster.post("/service-orders/SO-1/posting", {**hidden(offered), "option": "ship"})
    assert answer.status_code == 422 and "more than 12 digits" in answer.text
    assert "/service-orders/SO-1#f-line-10000-unit_price" in answer.text


async def test_the_address_of_an_action_leads_to_its_page_and_a_deleted_document_says_who_deleted_it(
    browser: Browser,
) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 4"])
    await browser.sign_in("CLARA")
    for path in ("SO-1/deletion", "SO-1/release", "SO-1/lines"):
        led = await browser.get(f"/service-orders/{path}")
        assert (led.status_code, led.headers["location"]) == (303, "/service-orders/SO-1"), path
    assert (await browser.get("/sign-out")).status_code == 405
    await browser.get("/service-orders/SO-1")
    assert (await browser.post("/service-orders/SO-1/deletion", {"_confirmed": "yes"})).status_code == 303
    gone = await browser.get("/service-orders/SO-1")
    assert gone.status_code == 404
    assert "<h1>Order SO-1 was deleted</h1>" in gone.text and "Clara Clerk deleted it" in gone.text
    assert 'href="/service-orders">Service orders</a>' in gone.text
    never = (await browser.get("/service-invoices/SI-77")).text
    assert "<h1>There is no invoice SI-77</h1>" in never

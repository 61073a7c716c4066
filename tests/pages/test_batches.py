"""Batches on their pages: options, progress, result, what follows from it, and who may do what (D-85 … D-91, S-1)."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from db.engine import transaction
from tests.builders import TODAY, D, pack, typed_line
from tests.pages.conftest import Browser
from tests.pages.test_query_counts import counts
from tests.posting.worlds import ANNA, accept, database_rows, enter_company, enter_order
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.batch_work import Worker

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases

LINES = ["10000 item PUMP qty 2", "20000 resource LINA qty 1"]
BOTH = {"ship": "true", "invoice": "true", "do": "post"}


async def orders(count: int) -> list[str]:
    nos = [f"SO-{n}" for n in range(1, count + 1)]
    for no in nos:
        await enter_order("C-GOOD", LINES, no=no)
    return nos


async def work() -> None:
    """All that waits, as the server would."""
    worker = Worker()
    while (run := await worker.take()) is not None:
        await worker.run(run)


@pytest.fixture
async def poster(browser: Browser) -> Browser:
    await enter_company(pack())
    await browser.sign_in("POLLY")
    return browser


async def started(browser: Browser, **values: Any) -> str:
    answer = await browser.post("/batches", {**BOTH, **values})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


async def chosen(browser: Browser, values: dict[str, Any]) -> httpx.Response:
    """The options of a batch, as Back and reload show them again."""
    answer = await browser.post("/batches/new", values)
    assert answer.status_code == 303
    return await browser.get(answer.headers["location"])


async def test_marked_orders_are_posted_and_the_result_leads_to_everything(poster: Browser) -> None:
    await orders(3)
    listed = await poster.get("/service-orders")
    assert "formaction=/batches/new" in listed.text
    options = await chosen(poster, {"select": ["SO-1", "SO-2"]})
    assert "Post 2 orders" in options.text and options.text.count('name="select"') == 2
    path = await started(poster, select=["SO-1", "SO-2"])
    waiting = await poster.get(path)
    assert "hx-get" in waiting.text and "0 of 2" in text_of(waiting.text) and "Stop" in waiting.text
    polled = await poster.get(path, **{"HX-Request": "true"})
    assert polled.status_code == 200 and polled.text.lstrip().startswith('<div id="progress"')
    await work()
    polled = await poster.get(path, **{"HX-Request": "true"})
    assert polled.headers["hx-redirect"] == path
    result = await poster.get(path)
    assert "2 of 2 posted" in result.text and "hx-trigger" not in result.text.partition("<main")[2]
    for row in await database_rows("SELECT no FROM service_invoice_header"):
        assert f'href="/posted-service-invoices/{row["no"]}"' in result.text
    assert "Print all posted (2)" in result.text and "Retry failed" not in result.text
    listed = await poster.get("/batches")
    assert "2 of 2 posted" in listed.text and f'href="{path}"' in listed.text
    assert 'href="/batches"' in (await poster.get("/")).text


async def test_the_list_of_batches_is_filtered_sorted_saved_and_exported(poster: Browser) -> None:
    await orders(2)
    first, second = await started(poster, select=["SO-1"], do="test"), await started(poster, q="SO-2")
    await work()
    listed = (await poster.get("/batches")).text
    assert listed.index(f'href="{second}"') < listed.index(f'href="{first}"') and "<td>Polly Poster</td>" in listed
    tests = (await poster.get("/batches?view=test-runs&state=ended&requested_by=POLLY", **{"hx-request": "true"})).text
    assert f'href="{first}"' in tests and f'href="{second}"' not in tests and "<html" not in tests
    for query in ("q=so-2", "sort=-no&view=orders", "requested_by=POLLY&q=SO-2", f"q={second.rpartition('/')[2]}"):
        found = (await poster.get(f"/batches?{query}")).text
        assert f'href="{second}"' in found and f'href="{first}"' not in found, query
    for column in ("no", "state", "failed", "skipped", "requested_by"):
        assert (await poster.get(f"/batches?sort={column}")).text.count('class="chip') == 2
    assert 'name="path" value="/batches"' in (await poster.get("/batches?view=orders")).text
    rows = (await poster.get("/batches.csv?sort=no")).text.splitlines()
    assert len(rows) == 3 and "Ended,Test run: ship and invoice,Marked documents,1 of 1 ready" in rows[1]
    assert "Polly Poster,20" in rows[2]
    assert (await poster.get("/batches.xlsx")).content.startswith(b"PK")
    assert "<dd>Polly Poster</dd>" in (await poster.get(second)).text


@pytest.mark.parametrize(
    ("query", "says", "leads_to"),
    [
        ("kind=order&view=nonsense", "Waiting for has no “nonsense”", "/service-orders?view=nonsense#filter-view"),
        ("status=bogus&q=SO", "Status has no “bogus”", "/service-orders?q=SO&status=bogus#filter-status"),
        ("kind=invoice&view=to-ship", "Last test has no “to-ship”", "/service-invoices?view=to-ship#filter-view"),
        ("kind=bogus", "of the kind “bogus”", "/service-orders"),
    ],
)
async def test_a_filter_that_is_not_there_is_no_batch_over_everything(
    poster: Browser, query: str, says: str, leads_to: str
) -> None:
    """filter_value_unknown, batch_kind_unknown."""
    await orders(2)
    options = await poster.get(f"/batches/new?{query}")
    assert options.status_code == 422 and says in options.text
    assert f'href="{leads_to}"' in options.text.replace("&amp;", "&")
    assert "All open ones" not in options.text and 'value="post"' not in options.text
    pairs = dict(pair.split("=") for pair in query.split("&"))
    for do in ("post", "test"):
        refused = await poster.post("/batches", {**BOTH, **pairs, "do": do})
        assert refused.status_code == 422 and says in refused.text
    assert says in (await chosen(poster, pairs)).text  # from the list, too
    assert await database_rows("SELECT no FROM batch_run") == []


async def test_a_list_tells_of_a_filter_that_is_not_there_and_shows_nothing(poster: Browser) -> None:
    await orders(2)
    for path, name in (("/service-orders", "status"), ("/batches", "state"), ("/ready-to-invoice", "view")):
        listed = await poster.get(f"{path}?{name}=bogus")
        assert "has no “bogus” to choose" in listed.text and f'href="#filter-{name}"' in listed.text
        assert 'href="/service-orders/SO-1"' not in listed.text and "Show all" in listed.text
        assert re.search(rf'<select id="filter-{name}"[^>]*aria-invalid="true"', listed.text)
        drawn = await poster.get(f"{path}?{name}=bogus", **{"HX-Request": "true"})
        assert "has no “bogus”" in drawn.text and drawn.headers["hx-replace-url"] == f"{path}?{name}=bogus"
        for end in (".csv", ".xlsx"):
            refused = await poster.get(f"{path}{end}?{name}=bogus")
            assert refused.status_code == 400 and "has no “bogus” to choose" in refused.text
    listed = await poster.get("/service-orders?status=bogus")
    assert re.search(r'name="status" value="bogus" form="batch"', listed.text)
    for path in ("/print-runs/new", "/outbox/new"):
        assert "has no “bogus” to choose" in (await poster.get(f"{path}?kind=invoice&view=bogus")).text


async def test_the_print_page_of_many_says_in_one_line_how_many_they_are(poster: Browser) -> None:
    path = await started(poster, select=await orders(3))
    await work()
    assert "Preview. 6 documents: none of them printed yet." in (await poster.get(f"{path}/papers/1/print")).text
    (one,) = await database_rows("SELECT no FROM service_invoice_header ORDER BY no LIMIT 1")
    await poster.post(f"/posted-service-invoices/{one['no']}/printing")
    await poster.get(f"/posted-service-invoices/{one['no']}/print")
    shown = (await poster.get(f"{path}/papers/1/print")).text
    assert "6 documents: 5 of them not printed yet; 1 printed before, the next print says COPY; 1 shown as" in shown
    assert "<title>6 documents</title>" in shown
    await poster.post(f"{path}/papers/1/printing")
    counted = (await poster.get(f"{path}/papers/1/print")).text
    assert "Counted. 6 documents, 5 of them for the first time." in counted and "data-print-now" in counted


async def test_batches_of_invoices_and_credit_memos_speak_of_them(poster: Browser) -> None:
    for kind, no in (("invoice", "SI-1"), ("credit_memo", "SC-1")):
        key = accept(await drafts.create_document(ANNA, kind, {"no": no, "customer_no": "C-GOOD"})).key
        assert key is not None
        accept(await drafts.add_line(ANNA, key, typed_line(LINES[1])[1]))
    for kind, no, whole, offered, before, after in (
        ("invoice", "SI-1", "shipped and invoiced", "Post 1 ready invoice", "To invoice", "Invoiced"),
        ("credit_memo", "SC-1", "on it is credited", "Post 1 ready credit memo", "To credit", "Credited"),
    ):
        options = text_of((await chosen(poster, {"kind": kind, "select": [no]})).text)
        name = offered.removeprefix("Post 1 ready ")
        assert f"{name} is posted whole" in options.lower().replace("an invoice", "invoice") and whole in options
        assert ("Nothing is consumed" in options) is False
        test = await started(poster, kind=kind, select=[no], do="test")
        await work()
        tested = text_of((await poster.get(test)).text)
        assert offered in tested and re.search(rf"{before} \w+ incl. VAT [0-9.,]+ in 1 {name}\b", tested), tested
        posted = await started(poster, kind=kind, select=[no])
        await work()
        shown = text_of((await poster.get(posted)).text)
        assert re.search(rf"{after} \w+ incl. VAT [0-9.,]+ in 1 {name}\b", shown), shown


async def test_without_a_mark_the_present_filter_is_taken(poster: Browser) -> None:
    await orders(2)
    await enter_order("C-DISC", LINES, no="SO-9")
    listed = await poster.get("/service-orders?customer_no=C-DISC", **{"HX-Request": "true"})
    assert re.search(r'name="customer_no" value="C-DISC" form="batch"', listed.text)
    options = await chosen(poster, {"customer_no": "C-DISC"})
    assert ">Post 1 order</button>" in options.text and 'name="customer_no" value="C-DISC"' in options.text
    path = await started(poster, customer_no="C-DISC")
    await work()
    result = await poster.get(path)
    assert "1 of 1 posted" in result.text and "SO-9" in result.text and "SO-1<" not in result.text


async def test_failed_orders_say_why_where_and_are_retried(poster: Browser) -> None:
    await orders(3)
    key = DocumentKey("order", "SO-2")
    accept(await drafts.change_header(ANNA, key, {"posting_date": None}, answer="yes"))
    path = await started(poster, select=["SO-1", "SO-2", "SO-3"])
    await work()
    result = await poster.get(path)
    assert "2 of 3 posted" in result.text and 'href="/service-orders/SO-2#f-posting_date"' in result.text
    failed = await poster.get(f"{path}?outcome=failed")
    assert "SO-2" in failed.text and 'href="/service-orders/SO-3"' not in failed.text
    found = re.search(r'name="token" value="([^"]+)"', result.text)
    assert found
    again = await poster.post(f"{path}/retrying", {"token": found[1]})
    twice = await poster.post(f"{path}/retrying", {"token": found[1]})
    assert again.headers["location"] == twice.headers["location"] != path
    await work()
    assert "0 of 1 posted" in (await poster.get(again.headers["location"])).text


async def test_what_failed_for_its_date_is_posted_with_another_one(poster: Browser) -> None:
    await orders(3)
    for no in ("SO-1", "SO-2"):
        accept(await drafts.change_header(ANNA, DocumentKey("order", no), {"posting_date": None}, answer="yes"))
    path = await started(poster, select=["SO-1", "SO-2", "SO-3"])
    await work()
    assert f'href="{path}/options">Other options' in (await poster.get(path)).text
    led = await poster.get(f"{path}/options")
    assert led.status_code == 303
    options = (await poster.get(led.headers["location"])).text
    assert "Post 2 orders" in options and 'name="select" value="SO-3"' not in options and "posting_date" in options
    again = await started(poster, select=["SO-1", "SO-2"], posting_date=TODAY.isoformat())
    await work()
    assert "2 of 2 posted" in (await poster.get(again)).text
    result = (await poster.get(path)).text
    assert "Other options" not in result and "Retry failed" not in result
    assert (await poster.get(f"{path}/options")).headers["location"] == path
    assert "has no document to retry" in (await poster.get(path)).text


async def test_a_run_that_skips_everything_has_ended_as_it_began(poster: Browser) -> None:
    await orders(1)
    first = await started(poster, select=["SO-1"])
    second = await started(poster, select=["SO-1"])
    result = await poster.get(second)
    assert "0 of 1 posted" in result.text and "Skipped" in result.text and "Stop<" not in result.text
    assert "waits for a worker" not in result.text and 'hx-trigger="every' not in result.text
    assert "is being posted by batch" in text_of(result.text)
    await work()
    assert "1 of 1 posted" in (await poster.get(first)).text


async def test_what_a_retry_posted_is_not_offered_again(poster: Browser) -> None:
    await orders(2)
    for no in ("SO-1", "SO-2"):
        key = DocumentKey("order", no)
        accept(await drafts.change_line(ANNA, key, 10000, {"qty_to_ship": D(1)}))
        accept(await drafts.change_header(ANNA, key, {"posting_date": None}, answer="yes"))
    path = await started(poster, select=["SO-1", "SO-2"])
    await work()
    assert "Retry failed (2)" in (await poster.get(path)).text
    accept(await drafts.change_header(ANNA, DocumentKey("order", "SO-1"), {"posting_date": TODAY}, answer="yes"))
    again = (await poster.post(f"{path}/retrying", {"token": "r" * 32})).headers["location"]
    assert "Retry" not in (await poster.get(path)).text.replace("Retried as", "")  # while the other is at it
    await work()
    result = await poster.get(path)
    assert "Retry failed (1)" in result.text and f'<dt>Retried as</dt><dd><a href="{again}"' in result.text
    assert "1 not offered again: posted since" in result.text
    more = await poster.post(f"{again}/retrying", {"token": "s" * 32})
    await work()
    assert "0 of 1 posted" in (await poster.get(more.headers["location"])).text
    assert len(await database_rows("SELECT no FROM service_invoice_header WHERE order_no = 'SO-1'")) == 1


async def test_what_was_tested_and_posted_is_not_offered_again(poster: Browser) -> None:
    await orders(1)
    accept(await drafts.change_line(ANNA, DocumentKey("order", "SO-1"), 10000, {"qty_to_ship": D(1)}))
    path = await started(poster, select=["SO-1"], do="test")
    await work()
    assert "Post 1 ready order" in (await poster.get(path)).text
    real = (await poster.post(f"{path}/posting", {"token": "r" * 32})).headers["location"]
    await work()
    result = await poster.get(path)
    assert "ready order<" not in result.text and f'<dt>Posted as</dt><dd><a href="{real}"' in result.text
    refused = await poster.post(f"{path}/posting", {"token": "s" * 32})
    assert refused.headers["location"] == path
    assert "no document that is still as it was tested" in (await poster.get(path)).text
    assert len(await database_rows("SELECT no FROM service_invoice_header")) == 1


async def test_a_test_run_posts_nothing_until_it_is_asked_to(poster: Browser) -> None:
    await orders(2)
    path = await started(poster, select=["SO-1", "SO-2"], do="test")
    await work()
    result = await poster.get(path)
    assert "2 of 2 ready" in result.text and "Post 2 ready orders" in result.text
    assert await database_rows("SELECT no FROM service_shipment_header") == []
    answer = await poster.post(f"{path}/posting", {"token": "r" * 32})
    await work()
    real = answer.headers["location"]
    assert "2 of 2 posted" in (await poster.get(real)).text
    assert (await poster.post(f"{real}/posting", {"token": "s" * 32})).status_code == 404


async def test_a_batch_over_nothing_offers_the_way_back_and_nothing_to_start(poster: Browser) -> None:
    options = await chosen(poster, {"q": "nowhere"})
    assert "no order fits" in options.text and "0 orders" not in options.text
    assert 'id="batch-form"' not in options.text and 'href="/service-orders">Back to the list</a>' in options.text


async def test_what_is_wrong_with_the_options_stands_beside_them(poster: Browser) -> None:
    await orders(1)
    answer = await poster.post("/batches", {"select": "SO-1", "do": "post"})
    assert answer.status_code == 422 and "Choose what to post" in answer.text
    answer = await poster.post("/batches", {**BOTH, "select": "SO-1", "replace_posting_date": "true"})
    assert answer.status_code == 422 and "Posting date must be filled in when dates are replaced" in answer.text
    answer = await poster.post("/batches", {**BOTH, "select": "SO-1", "posting_date": "99-99"})
    assert answer.status_code == 422 and "99-99" in answer.text and 'name="select" value="SO-1"' in answer.text
    async with transaction() as session:
        await session.execute("UPDATE ledger_setup SET allow_posting_to = '2025-03-31'")
    outside = {**BOTH, "select": "SO-1", "posting_date": "2025-04-01", "replace_posting_date": "true"}
    answer = await poster.post("/batches", outside)
    assert answer.status_code == 422 and "not within your range of allowed posting dates" in answer.text
    answer = await poster.post("/batches", {**BOTH, "q": "nowhere"})
    assert answer.status_code == 422 and "There is nothing to post" in answer.text
    assert await database_rows("SELECT no FROM batch_run") == []


async def test_a_date_outside_the_window_is_asked_about_once_and_then_told_of_each(poster: Browser) -> None:
    await orders(2)
    async with transaction() as session:
        await session.execute("UPDATE ledger_setup SET allow_posting_to = '2025-03-31'")
    wanted = {**BOTH, "select": ["SO-1", "SO-2"], "posting_date": "2025-04-01", "replace_posting_date": "true"}
    answer = await poster.post("/batches", wanted)
    assert answer.status_code == 422 and "Choose “Post 2 orders” once more" in answer.text
    assert 'name="outside" value="2025-04-01"' in answer.text
    another = await poster.post("/batches", {**wanted, "posting_date": "2025-04-02", "outside": "2025-04-01"})
    assert another.status_code == 422 and 'name="outside" value="2025-04-02"' in another.text
    path = await started(poster, **wanted, outside="2025-04-01")
    await work()
    result = await poster.get(path)
    assert "0 of 2 posted" in result.text and text_of(result.text).count("is not within your range") == 2
    tested = await started(poster, **{**wanted, "do": "test"})  # posts nothing, so that nothing is asked
    await work()
    assert "0 of 2 ready" in (await poster.get(tested)).text


async def test_the_policy_fixes_the_boxes(poster: Browser) -> None:
    await orders(1)
    async with transaction() as session:
        await session.execute(
            "INSERT INTO user_setup (user_name, service_invoice_policy) VALUES ('POLLY', 'prohibited')"
        )
    options = await poster.get("/batches/new")
    assert re.search(r'id="f-invoice"[^>]*disabled', options.text) and "Your posting policy fixes it." in options.text
    path = await started(poster, select="SO-1")
    await work()
    assert "1 of 1 posted" in (await poster.get(path)).text
    assert await database_rows("SELECT no FROM service_invoice_header") == []


async def test_the_form_starts_one_batch_however_often_it_comes(poster: Browser) -> None:
    await orders(2)
    first = await started(poster, select=["SO-1", "SO-2"], token="f" * 32)
    assert await started(poster, select=["SO-1", "SO-2"], token="f" * 32) == first
    assert "Nothing was started twice." in (await poster.get(first)).text
    other = await poster.post("/batches", {**BOTH, "select": "SO-1", "token": "f" * 32})
    assert other.status_code == 422 and "already used" in other.text and f'href="{first}"' in other.text


async def test_the_options_are_those_of_the_last_batch(poster: Browser) -> None:
    await orders(1)
    boxes = re.compile(r'id="f-(ship|invoice|calculate_invoice_discount)" name="[a-z_]+"[^>]* checked')
    assert boxes.findall((await poster.get("/batches/new?select=SO-1")).text) == []
    await poster.post("/batches", {"ship": "true", "invoice": "", "do": "test", "select": "SO-1"})
    assert boxes.findall((await poster.get("/batches/new?select=SO-1")).text) == ["ship"]
    await poster.sign_in("ANNA")
    assert boxes.findall((await poster.get("/batches/new?select=SO-1")).text) == []


async def test_a_batch_is_stopped(poster: Browser) -> None:
    await orders(2)
    path = await started(poster, select=["SO-1", "SO-2"])
    assert (await poster.post(f"{path}/stopping")).status_code == 303
    result = await poster.get(path)
    assert (
        "0 of 2 posted" in result.text
        and "Stopped by Polly Poster" in result.text
        and "Retry skipped (2)" in result.text
    )
    assert (await poster.post(f"{path}/stopping")).status_code == 303


async def test_everything_posted_is_printed_in_one_go(poster: Browser) -> None:
    await orders(2)
    path = await started(poster, select=["SO-1", "SO-2"])
    await work()
    printed = await poster.get(f"{path}/papers/1/print")
    assert printed.status_code == 200 and printed.text.count("<article") == 4
    assert (await poster.get(f"{path}/papers/1/paper.css")).headers["content-type"].startswith("text/css")
    assert (await poster.get(f"{path}/papers/1")).headers["location"] == path
    counted = await poster.post(f"{path}/papers/1/printing")
    assert counted.status_code == 303
    assert [row["printed"] for row in await database_rows("SELECT printed FROM service_invoice_header")] == [1, 1]
    assert (await poster.get(f"{path}/papers/2/print")).status_code == 404


async def test_everybody_sees_batches_and_only_a_poster_starts_one(poster: Browser) -> None:
    await orders(1)
    path = await started(poster, select="SO-1")
    for name in ("CLARA", "VERA", "ANNA", "ADA"):
        await poster.sign_in(name)
        seen = await poster.get(path)
        assert seen.status_code == 200 and "/stopping" not in seen.text
        assert (await poster.get("/batches")).status_code == 200
        assert "Post batch" not in (await poster.get("/service-orders")).text
        for refused in ("/batches", f"{path}/stopping", f"{path}/retrying", f"{path}/posting"):
            assert (await poster.post(refused, BOTH)).status_code == 403


@pytest.mark.parametrize("path", ["/batches/999", "/batches/99999999999999999999", "/batches/0/papers/1/print"])
async def test_a_batch_that_is_not_there(poster: Browser, path: str) -> None:
    assert (await poster.get(path)).status_code == 404


async def test_pages_of_batches_ask_as_often_for_many_as_for_few(poster: Browser, statements: list[str]) -> None:
    nos = await orders(60)
    few = await started(poster, select=nos[:2])
    await work()
    before = await counts(poster, statements, ["/batches", few])
    many = await started(poster, select=nos[2:])
    await work()
    for _ in range(3):
        await started(poster, select=["SO-1"])
    after = await counts(poster, statements, ["/batches", many])
    long = (await poster.get(many)).text
    assert f'href="{many}/papers/2/print">Print 51–58<' in long and "Print all posted (58)" in long
    assert after[1] == before[1] and after[0] <= before[0] + 1  # what is live is counted, by one statement

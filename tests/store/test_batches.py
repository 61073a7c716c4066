"""Batches of service orders: each document its own transaction, a clear outcome for each, whatever happens meanwhile
(D-85 … D-91, O-42)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from db.engine import transaction
from tests.builders import TODAY, D, pack
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, accept, database_rows, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.records import changed
from webapp.posting.snapshot import BatchDates, DocumentKey, PostingRequest
from webapp.store import batch_turns, batch_work, drafts
from webapp.store.acting import Acting
from webapp.store.batch_lists import list_batches
from webapp.store.batch_rest import Rest, batch_rest
from webapp.store.batch_results import BatchDocument, batch_documents, batch_totals
from webapp.store.batch_work import Worker, finish, follow
from webapp.store.batches import (
    BatchRun,
    Selection,
    count_selected,
    load_batch,
    options_findings,
    post_ready,
    request_stop,
    retry_batch,
    start_batch,
)
from webapp.store.copying import copy_document
from webapp.store.posting import post_document

POLLY = Acting("POLLY", "poster", TODAY)
BOTH, SHIP = REQUESTS["ship_and_invoice"], REQUESTS["ship"]
LINES = ["10000 item PUMP qty 2", "20000 resource LINA qty 1"]


@pytest.fixture
async def company(database: str) -> None:
    await enter_company(pack())


async def orders(*nos: str, customer: str = "C-GOOD") -> None:
    for no in nos:
        await enter_order(customer, LINES, no=no)


async def started(*nos: str, request: PostingRequest = BOTH, acting: Acting = POLLY, token: str = "") -> int:
    begun = await start_batch(acting, "order", request, Selection(nos=nos), token=token)
    assert begun.no is not None, begun.findings
    return begun.no


async def worked(no: int) -> BatchRun:
    """The run at its end, worked on as a worker of its own would."""
    worker, run = Worker(), await load_batch(no)
    assert run is not None and await worker.hold(no, run.lease_by)
    await worker.run(run)
    return await follow(no)


async def documents(no: int) -> list[BatchDocument]:
    found, after = await batch_documents(no)
    assert after is None
    return found


def outcomes(found: Sequence[BatchDocument]) -> list[tuple[str, str, str]]:
    """Number, outcome and the codes of the errors."""
    return [
        (one.document_no, one.outcome, " ".join(sorted({f.code for f in one.findings if f.is_error}))) for one in found
    ]


# --- what a batch does ----------------------------------------------------------------------------------------------


async def test_the_marked_orders_are_posted_in_the_order_of_their_numbers(company: None) -> None:
    await orders("SO-2", "SO-1", "SO-3")
    run = await worked(await started("SO-3", "SO-1", "SO-2"))
    assert (run.state, run.summary, run.waiting) == ("ended", "3 of 3 posted", 0)
    found = await documents(run.no)
    assert [one.document_no for one in found] == ["SO-1", "SO-2", "SO-3"]
    assert [one.invoice_no for one in found] == sorted(one.invoice_no for one in found)
    assert all(one.shipment_no and one.invoice_no and one.duration_ms >= 0 for one in found)
    rows = await database_rows("SELECT no, order_no, amount_including_vat FROM service_invoice_header ORDER BY no")
    assert [(row["no"], row["order_no"]) for row in rows] == [(one.invoice_no, one.document_no) for one in found]
    assert [one.amount for one in found] == [D(row["amount_including_vat"]).scaleb(-5) for row in rows]
    (total,) = await batch_totals(run.no)
    assert (total.documents, total.amount) == (3, sum(one.amount for one in found))
    assert await faults() == []


async def test_a_failure_undoes_its_document_alone(company: None) -> None:
    await orders("SO-1", "SO-2", "SO-3")
    accept(await drafts.change_header(ANNA, DocumentKey("order", "SO-2"), {"posting_date": None}, answer="yes"))
    dates = BatchDates(None)
    run = await worked(await started("SO-1", "SO-2", "SO-3", request=changed(BOTH, dates=dates)))
    assert outcomes(await documents(run.no)) == [
        ("SO-1", "posted", ""),
        ("SO-2", "failed", "field_required"),
        ("SO-3", "posted", ""),
    ]
    assert run.summary == "2 of 3 posted"
    assert await faults() == []


async def test_a_replaced_date_is_undone_with_its_document(database: str) -> None:
    await enter_company(pack(ledger_setup={"allow_posting_to": date(2025, 3, 31)}))
    await orders("SO-1")
    dates = BatchDates(date(2025, 4, 1), replace_posting_date=True)
    request = changed(BOTH, dates=dates)
    assert [one.code for one in await options_findings(POLLY, "order", request)] == ["posting_date_outside_window"]
    run = await worked(await started("SO-1", request=request))
    assert outcomes(await documents(run.no))[0][1:] == ("failed", "posting_date_outside_window")
    document = await drafts.load_document(DocumentKey("order", "SO-1"))
    assert document is not None and document.header.posting_date == TODAY


async def test_replaced_dates_reach_the_posted_documents(company: None) -> None:
    await orders("SO-1")
    day = date(2025, 3, 20)
    dates = BatchDates(day, replace_posting_date=True, replace_document_date=True)
    run = await worked(await started("SO-1", request=changed(BOTH, dates=dates)))
    assert run.posted == 1
    (row,) = await database_rows("SELECT posting_date, document_date FROM service_invoice_header")
    assert [str(value) for value in row.values()] == [str(day), str(day)]


async def test_the_window_may_close_while_a_batch_waits(company: None) -> None:
    await orders("SO-1")
    no = await started("SO-1")
    async with transaction() as session:
        await session.execute("UPDATE ledger_setup SET allow_posting_to = ?", date(2025, 1, 31))
    run = await worked(no)
    assert outcomes(await documents(run.no))[0][1:] == ("failed", "posting_date_outside_window")


async def test_all_of_a_filter(company: None) -> None:
    await orders("SO-1", "SO-2")
    await orders("SO-3", customer="C-DISC")
    chosen = Selection(filters={"customer_no": "C-DISC"})
    assert await count_selected("order", chosen) == 1
    begun = await start_batch(POLLY, "order", SHIP, chosen)
    assert begun.no is not None
    run = await worked(begun.no)
    assert [one.document_no for one in await documents(run.no)] == ["SO-3"]
    assert run.chosen_by == "All with customer no C-DISC" and await batch_totals(run.no) == []


async def test_what_is_only_to_be_consumed_is_skipped_with_the_way_to_post_it(company: None) -> None:
    """A batch consumes nothing (D-88)."""
    await enter_order("C-GOOD", ["10000 item PUMP qty 2 consume 2"], no="SO-1")
    run = await worked(await started("SO-1"))
    assert outcomes(await documents(run.no)) == [("SO-1", "skipped", "nothing_to_post")]
    ((found,),) = [one.findings for one in await documents(run.no)]
    assert found.message == "All that is to ship is to be consumed; choose Ship and consume."
    assert found.remedy.startswith("Post this order singly with Ship and consume")


async def test_shipped_already_is_skipped_as_nothing_to_post(company: None) -> None:
    await orders("SO-1")
    await worked(await started("SO-1", request=SHIP))
    run = await worked(await started("SO-1", request=SHIP))
    assert outcomes(await documents(run.no)) == [("SO-1", "skipped", "nothing_to_post")]


# --- bad input ------------------------------------------------------------------------------------------------------


async def test_orders_that_vanish_are_posted_or_edited_by_others_meanwhile(company: None) -> None:
    await orders("SO-1", "SO-2", "SO-3", "SO-4")
    no = await started("SO-1", "SO-2", "SO-3", "SO-4", "SO-9")
    accept(await drafts.delete_document(ANNA, DocumentKey("order", "SO-1")))
    posted = await post_document(ANNA, DocumentKey("order", "SO-2"), BOTH)
    accept(await drafts.change_line(ANNA, DocumentKey("order", "SO-3"), 10000, {"quantity": D(5)}))
    run = await worked(no)
    found = await documents(run.no)
    assert outcomes(found) == [
        ("SO-1", "skipped", "document_gone"),
        ("SO-2", "skipped", "document_posted_already"),
        ("SO-3", "skipped", "document_changed"),
        ("SO-4", "posted", ""),
        ("SO-9", "skipped", "document_gone"),
    ]
    assert all(one.no in found[1].findings[0].message for one in posted.posted)
    assert run.summary == "1 of 5 posted" and await faults() == []


async def test_a_filter_that_matches_nothing_starts_nothing(company: None) -> None:
    for chosen in (Selection(search="nowhere"), Selection(nos=())):
        begun = await start_batch(POLLY, "order", BOTH, chosen)
        assert begun.no is None and [one.code for one in begun.findings] == ["batch_empty"]
    assert await list_batches() == ([], "")


async def test_options_that_cannot_be_start_nothing(company: None) -> None:
    await orders("SO-1")
    for request, code in (
        (PostingRequest(), "option_missing"),
        (changed(BOTH, dates=BatchDates(replace_posting_date=True)), "batch_posting_date_missing"),
    ):
        begun = await start_batch(POLLY, "order", request, Selection(nos=("SO-1",)))
        assert begun.no is None and [one.code for one in begun.findings] == [code]


async def test_the_same_form_starts_one_batch_however_often_it_comes(company: None) -> None:
    await orders("SO-1", "SO-2")
    chosen = Selection(nos=("SO-1", "SO-2"))
    begun = await asyncio.gather(*(start_batch(POLLY, "order", BOTH, chosen, token="t" * 32) for _ in range(10)))
    assert len({one.no for one in begun}) == 1 and sum(not one.repeated for one in begun) == 1
    other = await start_batch(POLLY, "order", SHIP, chosen, token="t" * 32)
    assert other.no is None and [one.code for one in other.findings] == ["form_used_otherwise"]


async def test_ten_people_start_the_same_batch(company: None) -> None:
    nos = tuple(f"SO-{n}" for n in range(6))
    await orders(*nos)
    people = [Acting(f"PERSON{n}", "poster", TODAY) for n in range(10)]
    begun = await asyncio.gather(*(start_batch(who, "order", BOTH, Selection(nos=nos)) for who in people))
    runs = sorted(one.no for one in begun if one.no is not None)
    assert len(runs) == 10
    workers = [Worker() for _ in range(4)]

    async def work(worker: Worker) -> None:
        while (run := await worker.take()) is not None:
            await worker.run(run)

    await asyncio.gather(*(work(worker) for worker in workers))
    ended = [await load_batch(no) for no in runs]
    assert all(run is not None and run.state == "ended" and run.waiting == 0 for run in ended)
    assert sum(run.posted for run in ended if run is not None) == len(nos)
    codes = {f.code for no in runs for one in await documents(no) for f in one.findings if one.outcome == "skipped"}
    assert codes <= {"document_being_posted", "document_posted_already"} and codes
    invoices = await database_rows("SELECT order_no FROM service_invoice_header ORDER BY order_no")
    assert [row["order_no"] for row in invoices] == sorted(nos)
    assert await faults() == []


async def test_a_document_in_two_live_batches_is_left_to_the_first(company: None) -> None:
    await orders("SO-1", "SO-2")
    first = await started("SO-1")
    second = await started("SO-1", "SO-2")
    found = await documents(second)
    assert outcomes(found) == [("SO-1", "skipped", "document_being_posted"), ("SO-2", "waiting", "")]
    assert f"batch {first}" in found[0].findings[0].message
    assert ((await worked(first)).posted, (await worked(second)).posted) == (1, 1)


# --- stop, retry, test run ------------------------------------------------------------------------------------------


async def test_a_stop_comes_between_two_documents(company: None) -> None:
    await orders("SO-1", "SO-2", "SO-3")
    no = await started("SO-1", "SO-2", "SO-3")
    worker = Worker()

    async def stop(run: BatchRun) -> None:
        await request_stop(POLLY, run.no)

    assert await worker.hold(no, "")
    run = await load_batch(no)
    assert run is not None
    await worker.run(run, stop)
    stopped = await load_batch(no)
    assert stopped is not None and (stopped.state, stopped.summary) == ("stopped", "1 of 3 posted")
    assert [one.outcome for one in await documents(no)] == ["posted", "skipped", "skipped"]
    assert (await documents(no))[1].findings[0].code == "batch_stopped"
    assert not await request_stop(POLLY, no)
    again = await retry_batch(POLLY, no)
    assert again.no is not None and (await worked(again.no)).summary == "2 of 2 posted"


async def test_a_batch_that_nobody_works_on_is_stopped_at_once(company: None) -> None:
    await orders("SO-1")
    no = await started("SO-1")
    assert await batch_work.stop_batch(POLLY, no)
    run = await load_batch(no)
    assert run is not None and (run.state, run.skipped) == ("stopped", 1)


async def test_the_failed_ones_are_tried_again_when_they_are_mended(company: None) -> None:
    await orders("SO-1", "SO-2")
    accept(await drafts.change_header(ANNA, DocumentKey("order", "SO-2"), {"posting_date": None}, answer="yes"))
    first = await worked(await started("SO-1", "SO-2"))
    assert (first.posted, first.failed) == (1, 1)
    mended = {"posting_date": TODAY}
    accept(await drafts.change_header(ANNA, DocumentKey("order", "SO-2"), mended, answer="yes"))
    again = await retry_batch(POLLY, first.no)
    assert again.no is not None
    second = await worked(again.no)
    assert (second.retry_of, second.summary, second.request) == (first.no, "1 of 1 posted", first.request)
    nothing = await retry_batch(POLLY, second.no)
    assert [one.code for one in nothing.findings] == ["batch_nothing_failed"]


async def test_a_running_batch_is_not_retried(company: None) -> None:
    await orders("SO-1")
    again = await retry_batch(POLLY, await started("SO-1"))
    assert [one.code for one in again.findings] == ["batch_still_running"]


async def test_a_test_run_posts_nothing_and_what_is_ready_is_posted_after_it(company: None) -> None:
    await orders("SO-1", "SO-2", "SO-3")
    accept(await drafts.change_header(ANNA, DocumentKey("order", "SO-2"), {"posting_date": None}, answer="yes"))
    begun = await start_batch(POLLY, "order", BOTH, Selection(nos=("SO-1", "SO-2", "SO-3")), test_only=True)
    assert begun.no is not None
    tested = await worked(begun.no)
    assert (tested.summary, tested.failed) == ("2 of 3 ready", 1)
    found = await documents(tested.no)
    assert outcomes(found) == [("SO-1", "ready", ""), ("SO-2", "failed", "field_required"), ("SO-3", "ready", "")]
    assert await database_rows("SELECT no FROM posting_run WHERE source_type = 'order'") == []
    real = await post_ready(POLLY, tested.no)
    assert real.no is not None
    run = await worked(real.no)
    assert run.summary == "2 of 2 posted" and await batch_totals(run.no) == await batch_totals(tested.no)


async def with_a_rest(no: str, **changes: Any) -> DocumentKey:
    """An order of which one of two pumps is to be posted; the posting refills the other (P-59)."""
    await orders(no)
    key = DocumentKey("order", no)
    accept(await drafts.change_line(ANNA, key, 10000, {"qty_to_ship": D(1)}))
    if changes:
        accept(await drafts.change_header(ANNA, key, changes, answer="yes"))
    return key


async def invoices_of(no: str) -> int:
    return len(await database_rows(f"SELECT no FROM service_invoice_header WHERE order_no = '{no}'"))


async def test_a_second_retry_leaves_out_what_the_first_one_posted(company: None) -> None:
    """Also when the first one is retried, and whoever posted it: the rest of an order was asked for by nobody."""
    for no in ("SO-1", "SO-2", "SO-3"):
        await with_a_rest(no, posting_date=None)
    first = await worked(await started("SO-1", "SO-2", "SO-3"))
    assert (first.failed, await batch_rest(first.no)) == (3, Rest(failed=3))
    key = DocumentKey("order", "SO-1")
    accept(await drafts.change_header(ANNA, key, {"posting_date": TODAY}, answer="yes"))
    second = (await retry_batch(POLLY, first.no)).no
    assert second is not None
    assert await batch_rest(first.no) == Rest(followers=(second,))  # all of it is in the hands of the second
    assert [one.code for one in (await retry_batch(POLLY, first.no)).findings] == ["batch_nothing_failed"]
    assert (await worked(second)).summary == "1 of 3 posted"
    assert await batch_rest(first.no) == Rest(failed=2, followers=(second,))
    key = DocumentKey("order", "SO-2")
    accept(await drafts.change_header(ANNA, key, {"posting_date": TODAY}, answer="yes"))
    third = (await retry_batch(POLLY, second)).no
    assert third is not None and (await worked(third)).summary == "1 of 2 posted"
    key = DocumentKey("order", "SO-3")
    accept(await drafts.change_header(ANNA, key, {"posting_date": TODAY}, answer="yes"))
    assert (await post_document(ANNA, key, BOTH)).ok
    assert await batch_rest(first.no) == Rest(followers=(second,))
    for no in (first.no, second, third):
        assert [one.code for one in (await retry_batch(POLLY, no)).findings] == ["batch_nothing_failed"]
    assert [await invoices_of(no) for no in ("SO-1", "SO-2", "SO-3")] == [1, 1, 1]


async def test_what_was_skipped_for_another_batch_that_posted_it_is_not_retried(company: None) -> None:
    await with_a_rest("SO-1")
    first = await started("SO-1")
    second = await load_batch(await started("SO-1"))
    assert second is not None and (second.state, second.skipped) == ("ended", 1), "nobody has to work on it"
    assert outcomes(await documents(second.no)) == [("SO-1", "skipped", "document_being_posted")]
    await worked(first)
    assert await batch_rest(second.no) == Rest()
    assert [one.code for one in (await retry_batch(POLLY, second.no)).findings] == ["batch_nothing_failed"]
    assert await invoices_of("SO-1") == 1


async def test_what_was_tested_is_posted_once_and_only_as_it_was_tested(company: None) -> None:
    await with_a_rest("SO-1")
    key = await with_a_rest("SO-2")
    begun = await start_batch(POLLY, "order", BOTH, Selection(nos=("SO-1", "SO-2")), test_only=True)
    assert begun.no is not None
    accept(await drafts.change_line(ANNA, key, 10000, {"qty_to_ship": D(2)}))  # before it is tested
    tested = await worked(begun.no)
    assert await batch_rest(tested.no) == Rest(ready=2)
    accept(await drafts.change_line(ANNA, key, 10000, {"qty_to_ship": D(1)}))  # after it was tested
    assert await batch_rest(tested.no) == Rest(ready=1)
    real = (await post_ready(POLLY, tested.no)).no
    assert real is not None and outcomes(await documents((await worked(real)).no)) == [("SO-1", "posted", "")]
    assert await batch_rest(tested.no) == Rest(followers=(real,))
    assert [one.code for one in (await post_ready(POLLY, tested.no)).findings] == ["batch_nothing_ready"]
    assert [await invoices_of(no) for no in ("SO-1", "SO-2")] == [1, 0]


# --- who works on it ------------------------------------------------------------------------------------------------


async def test_the_run_of_a_worker_that_died_is_taken_over(company: None) -> None:
    await orders("SO-1", "SO-2")
    no = await started("SO-1", "SO-2")
    dead, alive = Worker(), Worker()
    assert await dead.hold(no, "")
    assert await alive.take() is None  # it is held
    async with transaction() as session:
        await session.execute("UPDATE batch_run SET lease_until = ?", datetime(2020, 1, 1, tzinfo=UTC))
    run = await alive.take()
    assert run is not None and run.no == no
    await alive.run(run)
    await dead.run(run)  # it was only slow: what it still does is nothing
    ended = await load_batch(no)
    assert ended is not None and ended.posted == 2 and await faults() == []


async def test_a_fault_of_the_program_is_an_outcome_and_the_run_goes_on(
    company: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await orders("SO-1", "SO-2")
    no = await started("SO-1", "SO-2")
    original = batch_turns.post_within

    async def faulty(session, acting, key, *rest):  # type: ignore[no-untyped-def]
        assert key.no != "SO-1", "as a fault of the program would"
        return await original(session, acting, key, *rest)

    monkeypatch.setattr(batch_turns, "post_within", faulty)
    run = await worked(no)
    assert outcomes(await documents(run.no)) == [("SO-1", "failed", "posting_broke_off"), ("SO-2", "posted", "")]
    assert await faults() == []


async def test_a_command_works_on_its_own_batch_and_is_told_after_each_document(company: None) -> None:
    await orders("SO-1", "SO-2")
    worker, told = Worker(), []

    async def each(run: BatchRun) -> None:
        found = await load_batch(run.no)
        assert found is not None
        told.append(found.done)

    chosen = Selection(nos=("SO-1", "SO-2"))
    begun = await start_batch(POLLY, "order", BOTH, chosen, worker=worker.name)
    assert begun.no is not None and await Worker().take() is None
    run = await finish(worker, begun.no, each)
    assert run.summary == "2 of 2 posted" and told == [1, 2]


async def test_a_server_takes_up_what_waits_and_stops_when_it_is_told(company: None) -> None:
    await orders("SO-1", "SO-2")
    no = await started("SO-1", "SO-2")
    async with batch_work.working():
        run = await follow(no)
    assert run.summary == "2 of 2 posted"


async def test_a_short_batch_does_not_wait_for_the_end_of_a_long_one(
    company: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_work, "PATIENCE", timedelta(0))
    monkeypatch.setattr(batch_work, "LOOKS", 0.0)
    nos = [f"SO-{n:02}" for n in range(20)]
    await orders(*nos, "SO-99")
    long = await started(*nos)
    short = await started("SO-99")
    async with batch_work.working():
        await follow(short)
        run = await load_batch(long)
        assert run is not None and run.live and 0 < run.posted < 20
        assert (await follow(long)).posted == 20
    assert await faults() == []


async def test_a_batch_gives_way_to_pages_and_still_goes_on(company: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_work, "GIVES_WAY", 0.02)
    await orders("SO-1", "SO-2")
    no, quiet = await started("SO-1", "SO-2"), asyncio.Event()
    begun = time.monotonic()
    async with batch_work.working(quiet):
        run = await follow(no)
    assert run.posted == 2 and time.monotonic() - begun > 0.04


# --- credit memos (D-85) --------------------------------------------------------------------------------------------


async def test_credit_memos_in_a_batch_take_back_what_is_left_and_no_more(company: None) -> None:
    await orders("SO-1")
    invoice = (await post_document(POLLY, DocumentKey("order", "SO-1"), BOTH)).posted[-1].no
    memos = [accept(await drafts.create_document(ANNA, "credit_memo", {"customer_no": "C-GOOD"})) for _ in range(3)]
    nos = [memo.key.no for memo in memos if memo.key]
    for no in nos[:2]:
        accept(await copy_document(ANNA, DocumentKey("credit_memo", no), "posted_invoice", invoice))
    begun = await start_batch(POLLY, "credit_memo", PostingRequest(invoice=True), Selection(nos=tuple(nos)))
    assert begun.no is not None, begun.findings
    run = await worked(begun.no)
    found = await documents(run.no)
    assert outcomes(found) == [
        (nos[0], "posted", ""),
        (nos[1], "failed", "applies_to_closed credited_too_much"),
        (nos[2], "skipped", "nothing_to_post"),
    ]
    assert run.summary == "1 of 3 posted"
    assert found[0].credit_memo_no and not found[0].invoice_no and found[0].amount
    (total,) = await batch_totals(run.no)
    assert total.documents == 1
    assert await faults() == []

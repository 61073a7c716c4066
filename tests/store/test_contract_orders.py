"""Service orders of contracts, by a run over what is planned, and what posting them plans next (C-155 … C-158)."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from db import engine
from db.engine import reading, transaction
from tests.posting.verified import faults
from tests.store.contract_company import D, agreed, contract_pack, enter, invoice, on, sign
from tests.store.test_contract_cancelling import cancel
from tests.store.test_post_commands import finalize
from webapp.posting.snapshot import DocumentKey, PostingRequest
from webapp.store import contract_steps, drafts
from webapp.store.batch_results import batch_documents
from webapp.store.batch_work import Worker, finish
from webapp.store.contract_orders import OrdersAsked, first_order_day, look_at_orders, start_ordering
from webapp.store.posting import post_document


@pytest.fixture
async def company(database: str) -> None:
    await enter()


async def planned(**days: str) -> str:
    """A signed contract whose lines are to be served on these days: `M1="2025-02-10"`."""
    no = await agreed(*("1200" for _ in days))
    await sign(no, "2025-01-01")
    await plan(no, **days)
    return no


async def plan(no: str, **days: str) -> None:
    async with transaction() as session:
        for machine, day in days.items():
            await session.execute(
                "UPDATE service_contract_line SET next_planned_service_date = ? WHERE contract_no = ?"
                " AND service_item_no = ?",
                date.fromisoformat(day),
                no,
                machine,
            )


def asked(first: str, last: str, contract_no: str = "") -> OrdersAsked:
    return OrdersAsked(date.fromisoformat(first), date.fromisoformat(last), contract_no)


async def run(first: str, last: str, contract_no: str = "", on_day: str = "2025-02-01") -> list[str]:
    """What became of the rows of a run: orders, or why there is none."""
    worker = Worker()
    begun = await start_ordering(on(on_day), asked(first, last, contract_no), worker=worker.name)
    assert begun.no is not None, begun.findings
    await finish(worker, begun.no)
    rows, _ = await batch_documents(begun.no)
    return [" ".join(filter(None, [row.outcome, row.document_no, *(one.code for one in row.findings)])) for row in rows]


async def orders() -> dict[str, str]:
    """The open orders: day, contract, and the contract lines on them."""
    async with reading() as session:
        rows = await session.fetch(
            "SELECT h.no, h.order_date, i.contract_no, i.contract_line_no, i.service_item_no FROM service_header h"
            " JOIN service_item_line i ON i.document_no = h.no WHERE h.document_type = 'order'"
            " ORDER BY h.no, i.line_no"
        )
    found: dict[str, str] = {}
    for no, day, contract, line, machine in rows:
        found[no] = f"{found.get(no, f'{day} {contract}')} {line // 10000}:{machine}"
    return found


async def dates_of(no: str) -> list[tuple[str, ...]]:
    async with reading() as session:
        rows = await session.fetch(
            "SELECT last_service_date, last_planned_service_date, next_planned_service_date FROM service_contract_line"
            " WHERE contract_no = ? ORDER BY line_no",
            no,
        )
    return [tuple(str(day) for day in row) for row in rows]


async def test_one_order_for_all_lines_of_a_contract_and_the_same_run_makes_no_more(company: None):
    no = await planned(M1="2025-02-10", M2="2025-02-20", M3="2025-03-01")
    assert await run("2025-02-01", "2025-02-28") == ["ready SO-1"]
    assert await orders() == {"SO-1": f"2025-02-20 {no} 1:M1 2:M2"}
    again = await run("2025-02-01", "2025-02-28")
    assert again == ["skipped contract_service_ordered", "skipped contract_service_ordered"]
    async with reading() as session:
        ((customer, contract, kind),) = await session.fetch(
            "SELECT customer_no, contract_no, created_by FROM service_header WHERE no = 'SO-1'"
        )
    assert (customer, contract, kind) == ("C-GOOD", no, "POLLY")


async def test_a_pending_order_takes_what_is_planned_by_its_date(company: None):
    no = await planned(M1="2025-02-20", M2="2025-04-10", M3="2025-04-20")
    await run("2025-02-01", "2025-02-28")
    await plan(no, M2="2025-02-15", M3="2025-02-25")
    assert sorted(await run("2025-02-01", "2025-02-28")) == [
        "ready SO-1",
        "ready SO-2",
        "skipped contract_service_ordered",
    ]
    assert await orders() == {"SO-1": f"2025-02-20 {no} 1:M1 2:M2", "SO-2": f"2025-02-25 {no} 3:M3"}


async def test_the_set_up_may_want_one_order_for_each_line(company: None):
    await enter(contract_pack(service_setup={"one_service_item_line_per_order": True}))
    no = await planned(M1="2025-02-10", M2="2025-02-20")
    assert await run("2025-02-01", "2025-02-28") == ["ready SO-1", "ready SO-2"]
    assert await orders() == {"SO-1": f"2025-02-10 {no} 1:M1", "SO-2": f"2025-02-20 {no} 2:M2"}


async def test_the_order_has_what_the_contract_agrees(company: None):
    terms = {"response_time_hours": D(30), "max_labor_unit_price": D(80), "your_reference": "PO 7"}
    no = await agreed("1200", **terms)
    await sign(no, "2025-01-01")
    await plan(no, M1="2025-02-10")
    await run("2025-02-01", "2025-02-28")
    document = await drafts.load_document(DocumentKey("order", "SO-1"))
    assert document is not None
    head = document.header
    assert (head.order_date, str(head.response_date), str(head.response_time)) == (
        date(2025, 2, 10), "2025-02-11", "06:00:00",
    )  # fmt: skip
    assert (head.max_labor_unit_price, head.your_reference, head.bill_to_customer_no) == (80, "PO 7", "C-GOOD")


async def test_every_line_that_is_left_says_why(company: None):
    no = await agreed("1200", "600 end 2025-02-10", "300", "200")
    await sign(no, "2025-01-01")
    await plan(no, M1="2025-02-10", M2="2025-02-10", M3="2025-02-12", M4="2025-01-15")
    await block("service_item", "M3")
    look, found = await look_at_orders(on("2025-02-01"), asked("2025-02-01", "2025-02-28"))
    assert found == [] and [len(one.lines) for one in look.orders] == [1]
    assert [(one.line.service_item_no, [f.code for f in one.findings]) for one in look.left] == [
        ("M2", ["contract_service_expired"]), ("M3", ["service_item_blocked"]),
    ]  # fmt: skip
    assert [one.code for one in look.earlier] == ["contract_service_earlier"]
    assert "Planned before 2025-02-01 and without an order: 1 line" in look.earlier[0].message
    await block("customer", "C-GOOD")
    assert await run("2025-02-01", "2025-02-28") == [
        "skipped customer_blocked", "skipped customer_blocked contract_service_expired",
        "skipped customer_blocked service_item_blocked",
    ]  # fmt: skip
    assert await orders() == {}


async def block(table: str, no: str) -> None:
    async with transaction() as session:
        await session.execute(f"UPDATE {table} SET blocked = 'all' WHERE no = ?", no)


async def test_days_in_order_within_the_most_and_the_next_run_goes_on_after_the_last(company: None):
    await enter(contract_pack(service_setup={"contract_order_max_days": 31}))
    no = await planned(M1="2025-02-10")
    for first, last, contract, code in (
        ("2025-02-10", "2025-02-09", "", "date_order"),
        ("2025-02-01", "2025-03-04", "", "contract_orders_too_long"),
        ("2025-02-01", "2025-02-28", "SC-99", "reference_unknown"),
    ):
        begun = await start_ordering(on("2025-02-01"), asked(first, last, contract))
        assert begun.no is None and [one.code for one in begun.findings] == [code]
    assert await first_order_day(on("2025-02-01")) == date(2025, 2, 1)
    await run("2025-02-01", "2025-02-28", no)
    assert await first_order_day(on("2025-02-01")) == date(2025, 2, 1), "a run over one contract moves nothing"
    await run("2025-02-01", "2025-02-28")
    assert await first_order_day(on("2025-02-01")) == date(2025, 3, 1)


async def test_what_changed_since_the_run_began_is_told(company: None):
    no = await planned(M1="2025-02-10")
    worker = Worker()
    begun = await start_ordering(on("2025-02-01"), asked("2025-02-01", "2025-02-28"), worker=worker.name)
    assert begun.no is not None
    await contract_steps.open_contract(on("2025-02-01"), "contract", no)
    await finish(worker, begun.no)
    rows, _ = await batch_documents(begun.no)
    assert [(row.outcome, [one.code for one in row.findings]) for row in rows] == [
        ("skipped", ["contract_changed_since"])
    ]
    assert await orders() == {}


@pytest.mark.parametrize(("method", "following"), [("planned", "2025-05-10"), ("actual", "2025-05-12")])
async def test_posting_the_order_plans_the_next_service_once(company: None, method: str, following: str):
    await enter(contract_pack(service_setup={"next_service_method": method}))
    no = await agreed("1200", invoice_after_service=True)
    await sign(no, "2025-01-01")
    await plan(no, M1="2025-02-10")
    await run("2025-02-01", "2025-02-28")
    key = DocumentKey("order", "SO-1")
    line = {"type": "cost", "no": "TRAVEL", "quantity": D(2), "qty_to_ship": D(1), "service_item_line_no": 10000}
    assert (await drafts.add_line(on("2025-02-12"), key, line)).ok
    assert (await drafts.change_header(on("2025-02-12"), key, {"posting_date": date(2025, 2, 12)})).ok
    done = await post_document(on("2025-02-12"), key, PostingRequest(ship=True, invoice=True))
    assert done.ok, done.findings
    assert await dates_of(no) == [("2025-02-12", "2025-02-10", following)]
    assert (await post_document(on("2025-02-12"), key, PostingRequest(ship=True, invoice=True))).ok
    assert await dates_of(no) == [("2025-02-12", "2025-02-10", following)]
    assert await faults() == []


async def test_the_service_lets_the_contract_be_invoiced_and_its_order_cancelled(company: None):
    no = await agreed("1200", invoice_after_service=True)
    await sign(no, "2025-01-01")
    saved = await contract_steps.create_contract_invoice(on("2025-01-31"), no, earlier="now")
    assert [one.code for one in saved.findings] == ["contract_service_outstanding"]
    await plan(no, M1="2025-01-10")
    await run("2025-01-01", "2025-01-31")
    key = DocumentKey("order", "SO-1")
    line = {"type": "cost", "no": "TRAVEL", "quantity": D(1), "service_item_line_no": 10000}
    assert (await drafts.add_line(on("2025-01-12"), key, line)).ok
    assert (await drafts.change_header(on("2025-01-12"), key, {"posting_date": date(2025, 1, 12)})).ok
    done = await post_document(on("2025-01-12"), key, PostingRequest(ship=True, invoice=True))
    assert done.ok, done.findings
    assert await invoice(no, "2025-01-31") == "CI-1"
    undone = await cancel(next(one.no for one in done.posted if one.kind == "invoice"), "2025-01-31")
    assert undone.ok, undone.findings
    assert await faults() == []


async def test_two_runs_at_once_make_each_order_once(company: None):
    nos = [await planned(M1="2025-02-10"), await planned(M1="2025-02-12", M2="2025-02-20")]
    workers = [Worker(), Worker()]
    days = asked("2025-02-01", "2025-02-28")
    begun = [await start_ordering(on("2025-02-01"), days, worker=worker.name) for worker in workers]
    ended = await asyncio.gather(
        *(finish(worker, run.no) for worker, run in zip(workers, begun, strict=True) if run.no is not None)
    )
    assert sum(run.ready for run in ended) == 2 and sum(run.skipped for run in ended) == 2
    found = sorted((await orders()).values())
    assert found == [f"2025-02-10 {nos[0]} 1:M1", f"2025-02-20 {nos[1]} 1:M1 2:M2"]


@pytest.mark.once
async def test_the_command_previews_orders_and_goes_on_where_it_ended(
    anyio_backend: object, fresh_database_url: str
) -> None:
    url, day = fresh_database_url, ("--work-date", "2025-02-28")
    async with engine.connected(url):
        await enter()
        await planned(M1="2025-02-10", M2="2025-02-20")
        await block("service_item", "M2")
    status, out, _ = await finalize(url, "order-contracts", *day, "--from", "2025-02-01", "--preview")
    assert status == 1
    assert out.splitlines()[:2] == ["contract SC-1, 2025-02-10:", "    line 10000, planned 2025-02-10: Machine 1"]
    assert "no order, contract SC-1, line 20000:" in out and "[service_item_blocked]" in out
    assert out.splitlines()[-1] == "1 order for 1 line would be created."
    status, out, _ = await finalize(url, "order-contracts", *day, "--from", "2025-02-01")
    assert status == 1
    assert out.splitlines()[0] == "SO-1: ready"
    assert out.splitlines()[-1] == "Batch 1: 1 order created."
    status, out, err = await finalize(url, "order-contracts", *day)
    assert (status, out) == (1, "") and "[date_order]" in err

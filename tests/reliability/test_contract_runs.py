"""Runs over contracts killed at any moment, two at once, and while contracts are opened and locked (R-2, R-3, C-103):
no day is billed twice, none is lost, and the dates are those of the last invoice."""

from __future__ import annotations

import asyncio
import random
from datetime import date
from pathlib import Path

import pytest

from db import engine
from db.engine import reading
from tests.posting.verified import faults
from tests.reliability import killed_run
from tests.reliability.test_batch_kills import documents, killed, process
from tests.store.contract_company import agreed, contract, enter, on, sign
from webapp.store import contract_steps
from webapp.store.batch_work import Worker, finish, follow
from webapp.store.batches import load_batch
from webapp.store.contract_runs import ContractFilter, RunDates, rows_of_run, start_invoicing

MARCH = RunDates(date(2025, 3, 31), date(2025, 3, 31))
ACTING = on("2025-03-31")
STATEMENTS = 60  # somewhat fewer than the whole run takes, with what comes before its first invoice
STEPS = (50, 50, 30, 30, 30)  # each of the three rounds takes 22, after 9: one is left for the last kill
KILLS = [pytest.param(n, marks=pytest.mark.long) for n in range(50)]
IN_A_ROW = [0, *(pytest.param(n, marks=pytest.mark.long) for n in range(1, 10))]


async def agree() -> list[str]:
    """Eight contracts by the month, four of which share an invoice: three rounds are due at the end of March."""
    nos = [await agreed("1200", "600", combine_invoices=bool(n % 2)) for n in range(8)]
    for no in nos:
        await sign(no, "2025-01-01")
    return nos


async def begun() -> int:
    started = await start_invoicing(ACTING, MARCH, ContractFilter())
    assert started.no is not None, started.findings
    return started.no


async def the_run_says_what_the_books_say(no: int) -> None:
    """An invoice that was made is an open document with the contracts and days that the run names; nothing else is."""
    made = [one for one in await documents(no) if one.document_no]
    about = await rows_of_run(no, [one.position for one in made])
    named = {
        (one.document_no, billed.no, billed.first, billed.last)
        for one in made
        for billed in about[one.position].contracts
    }
    async with reading() as session:
        rows = await session.fetch(
            "SELECT DISTINCT document_no, service_contract_no, period_from, period_to FROM service_ledger_entry"
            " WHERE type = 'service_contract'"
        )
    assert named == {tuple(row) for row in rows}
    assert {one.outcome for one in await documents(no)} <= {"ready", "waiting"}


async def all_is_billed(nos: list[str], to: str = "2025-03-31") -> None:
    """Each line up to the last day, month by month, and the contract where it should be."""
    for no in nos:
        case = await contract(no)
        assert [str(line.invoiced_to_date) for line in case.lines] == [to, to]
        assert str(case.contract.last_invoice_date) == to
    async with reading() as session:
        rows = await session.fetch(
            "SELECT service_contract_no, contract_line_no, period_from FROM service_ledger_entry"
            " WHERE type = 'service_contract' ORDER BY 1, 2, 3"
        )
    months = [date(2025, month, 1) for month in (1, 2, 3)]
    assert [tuple(row) for row in rows] == [(no, line, day) for no in nos for line in (10000, 20000) for day in months]
    assert await faults() == []


@pytest.mark.parametrize("seed", KILLS)
async def test_the_process_that_works_on_a_run_is_killed(
    anyio_backend: object, fresh_database_url: str, tmp_path: Path, engine_name: str, seed: int
):
    statement = random.Random(f"contract run kill {seed}").randint(1, STATEMENTS)
    what = "worker" if engine_name == "postgresql" and seed % 2 else "server"
    print(f"seed {seed}: {what} killed at statement {statement}")
    async with engine.connected(fresh_database_url):
        await enter()
        nos = await agree()
        no = await begun()
    await killed(fresh_database_url, tmp_path, what, statement)
    async with engine.connected(fresh_database_url):
        await the_run_says_what_the_books_say(no)
        assert await faults() == []
        run = await load_batch(no)
        assert run is not None and run.live
    async with process(fresh_database_url, tmp_path, what), engine.connected(fresh_database_url):
        async with asyncio.timeout(60):
            ended = await follow(no)
        assert (ended.state, ended.summary) == ("ended", "15 invoices created")
        await the_run_says_what_the_books_say(no)
        await all_is_billed(nos)


@pytest.mark.parametrize("seed", IN_A_ROW)
async def test_a_run_is_killed_five_times_in_a_row(anyio_backend: object, fresh_database_url: str, seed: int):
    chance = random.Random(f"contract runs killed in a row {seed}")
    async with engine.connected(fresh_database_url):
        await enter()
        nos = await agree()
        no = await begun()
    for most in STEPS:
        statement = chance.randint(1, most)
        print(f"seed {seed}: killed at statement {statement}")
        await killed_run.killed(fresh_database_url, statement)
        async with engine.connected(fresh_database_url):
            await the_run_says_what_the_books_say(no)
            assert await faults() == []
    async with engine.connected(fresh_database_url):
        worker = Worker()
        run = await worker.take()
        assert run is not None
        await worker.run(run)
        ended = await load_batch(no)
        assert ended is not None and (ended.state, ended.summary) == ("ended", "15 invoices created")
        await the_run_says_what_the_books_say(no)
        await all_is_billed(nos)


async def test_two_runs_at_once_bill_each_day_once(database: str):
    await enter()
    nos = await agree()
    workers = [Worker(), Worker()]
    runs = [await start_invoicing(ACTING, MARCH, ContractFilter(), worker=worker.name) for worker in workers]
    ended = await asyncio.gather(
        *(finish(worker, run.no) for worker, run in zip(workers, runs, strict=True) if run.no is not None)
    )
    assert sum(one.ready for one in ended) >= 15 and sum(one.failed for one in ended) == 0
    await all_is_billed(nos)


async def test_contracts_are_opened_and_locked_while_a_run_goes(database: str):
    """What was open when its turn came is left out, keeps its dates and comes with the next run."""
    await enter()
    nos = await agree()
    ended = asyncio.Event()

    async def open_and_lock() -> None:
        while not ended.is_set():
            for no in nos[::3]:
                for step in (contract_steps.open_contract, contract_steps.lock_contract):
                    saved = await step(ACTING, "contract", no)
                    assert saved.ok, saved.findings
                await asyncio.sleep(0)

    async def run() -> None:
        worker = Worker()
        started = await start_invoicing(ACTING, MARCH, ContractFilter(), worker=worker.name)
        assert started.no is not None, started.findings
        done = await finish(worker, started.no)
        assert done.failed == 0
        ended.set()

    await asyncio.gather(run(), open_and_lock())
    assert await faults() == []
    worker = Worker()
    rest = await start_invoicing(ACTING, MARCH, ContractFilter(), worker=worker.name)
    assert rest.no is not None
    await finish(worker, rest.no)
    await all_is_billed(nos)

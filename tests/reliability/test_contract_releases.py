"""Releases and credits of contracts killed at any moment, and done by many at once (R-2, R-3, C-132, C-139, C-154):
nothing becomes income twice, nothing is credited twice, no number is lost, and the prepaid account clears."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from db import engine
from db.engine import reading
from tests.posting.verified import faults
from tests.reliability import killed_run
from tests.reliability.test_batch_kills import killed, process
from tests.store.contract_company import accounts, agreed, contract, contract_pack, enter, invoice, on, post, sign
from tests.store.test_contract_credits import post_credit
from tests.store.test_releases import SERIES
from webapp.billing.lifecycle import QUESTIONS
from webapp.store import contract_steps
from webapp.store.batch_work import Worker, finish, follow
from webapp.store.batches import load_batch
from webapp.store.contract_credits import credit_contract_line
from webapp.store.contract_drafts import change_contract_line
from webapp.store.contract_removals import RemovalFilter, remove_ended_lines
from webapp.store.releases import ReleaseAsked, rows_of_release, start_release

COUNT = 6
MARCH, END = date(2025, 3, 31), date(2025, 2, 14)
RELEASE_STATEMENTS = 100  # somewhat fewer than the whole run takes, with what comes before its first contract
STEP_STATEMENTS = 36  # a contract takes 14, after 9: at most one is done before a kill, and one is left for each
REMOVAL_STATEMENTS = 50  # as above: each takes 28
KILLS = [pytest.param(n, marks=pytest.mark.long) for n in range(50)]
IN_A_ROW = [0, *(pytest.param(n, marks=pytest.mark.long) for n in range(1, 10))]


async def posted_quarters(**values: bool) -> list[str]:
    """Contracts paid for a quarter in advance, their invoices posted, nothing released."""
    await enter(contract_pack(**SERIES))
    nos = [await agreed("1200", "600", period="quarter", prepaid=True, **values) for _ in range(COUNT)]
    for no in nos:
        await sign(no, "2025-01-01")
        assert (await post(await invoice(no, "2025-01-01"), "2025-01-01")).ok
    return nos


async def the_run_says_what_the_books_say(no: int) -> None:
    """A contract that was released has one document with its entries; of one that waits no entry is income."""
    async with reading() as session:
        rows = await session.fetch(
            "SELECT service_contract_no, released_by, COUNT(*), MAX(CASE WHEN moved_from_prepaid THEN 1 ELSE 0 END)"
            " FROM service_ledger_entry WHERE prepaid AND entry_type = 'sale' GROUP BY 1, 2"
        )
        documents = await session.fetch("SELECT DISTINCT document_no FROM gl_entry WHERE document_no LIKE 'PP-%'")
    found = {str(contract): (str(by), int(count), int(moved)) for contract, by, count, moved in rows}
    said = await rows_of_release(no)
    assert len(rows) == len(said) == COUNT
    for outcome, _, one in said:
        assert found[one.contract_no] == ((one.release_no, 6, 1) if outcome == "posted" else ("", 6, 0)), one
    numbers = [one.release_no for outcome, _, one in said if outcome == "posted"]
    assert sorted(numbers) == sorted(str(row[0]) for row in documents)
    assert sorted(numbers) == [f"PP-{n}" for n in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("seed", KILLS)
async def test_the_process_that_releases_is_killed(
    anyio_backend: object, fresh_database_url: str, tmp_path: Path, seed: int
):
    statement = random.Random(f"release kill {seed}").randint(1, RELEASE_STATEMENTS)
    print(f"seed {seed}: killed at statement {statement}")
    async with engine.connected(fresh_database_url):
        await posted_quarters()
        begun = await start_release(on("2025-03-31"), ReleaseAsked(MARCH, MARCH))
        assert begun.no is not None, begun.findings
    await killed(fresh_database_url, tmp_path, "server", statement)
    async with engine.connected(fresh_database_url):
        await the_run_says_what_the_books_say(begun.no)
        assert await faults() == []
        run = await load_batch(begun.no)
        assert run is not None and run.live
    async with process(fresh_database_url, tmp_path, "server"), engine.connected(fresh_database_url):
        async with asyncio.timeout(60):
            ended = await follow(begun.no)
        assert ended.summary == f"{COUNT} of {COUNT} contracts released"
        await the_run_says_what_the_books_say(begun.no)
        assert "5420" not in {no for no, amount in (await accounts()).items() if amount != "0.00"}
        assert await faults() == []


@pytest.mark.parametrize("seed", IN_A_ROW)
async def test_a_release_is_killed_five_times_in_a_row(anyio_backend: object, fresh_database_url: str, seed: int):
    chance = random.Random(f"releases killed in a row {seed}")
    async with engine.connected(fresh_database_url):
        await posted_quarters()
        begun = await start_release(on("2025-03-31"), ReleaseAsked(MARCH, MARCH))
        assert begun.no is not None, begun.findings
    for _ in range(5):
        statement = chance.randint(1, STEP_STATEMENTS)
        print(f"seed {seed}: killed at statement {statement}")
        await killed_run.killed(fresh_database_url, statement)
        async with engine.connected(fresh_database_url):
            await the_run_says_what_the_books_say(begun.no)
            assert await faults() == []
    async with engine.connected(fresh_database_url):
        worker = Worker()
        run = await worker.take()
        assert run is not None
        await worker.run(run)
        ended = await load_batch(begun.no)
        assert ended is not None and ended.summary == f"{COUNT} of {COUNT} contracts released"
        await the_run_says_what_the_books_say(begun.no)
        assert "5420" not in {no for no, amount in (await accounts()).items() if amount != "0.00"}
        assert await faults() == []


async def ended_lines_of(nos: Sequence[str]) -> None:
    """The second line of each ends in the middle of the quarter that is billed."""
    for no in nos:
        await contract_steps.open_contract(on("2025-02-20"), "contract", no)
        values = {"contract_expiration_date": END}
        saved = await change_contract_line(on("2025-02-20"), "contract", no, 20000, values, confirmed=QUESTIONS)
        assert saved.ok, saved.findings


async def credits() -> dict[str, tuple[int, int]]:
    """By contract, how many credit memos it has and how many lines are left."""
    async with reading() as session:
        memos = await session.fetch(
            "SELECT source_no, COUNT(*) FROM service_document_register WHERE destination_kind = 'credit_memo'"
            " GROUP BY source_no"
        )
        lines = await session.fetch("SELECT contract_no, COUNT(*) FROM service_contract_line GROUP BY 1")
    made = {str(no): int(count) for no, count in memos}
    return {str(no): (made.get(str(no), 0), int(count)) for no, count in lines}


@pytest.mark.parametrize("seed", IN_A_ROW)
async def test_the_process_that_credits_removed_lines_is_killed_five_times(
    anyio_backend: object, fresh_database_url: str, seed: int
):
    chance = random.Random(f"removal kill {seed}")
    async with engine.connected(fresh_database_url):
        await ended_lines_of(await posted_quarters(automatic_credit_memos=True))
    for _ in range(5):
        statement = chance.randint(1, REMOVAL_STATEMENTS)
        print(f"seed {seed}: killed at statement {statement}")
        await killed_run.killed(fresh_database_url, statement, "tests.reliability.killed_removal", "2025-02-20")
        async with engine.connected(fresh_database_url):
            assert set((await credits()).values()) <= {(0, 2), (1, 1)}
            assert await faults() == []
    async with engine.connected(fresh_database_url):
        done, missing = await remove_ended_lines(on("2025-02-20"), RemovalFilter(date(2025, 2, 20)))
        assert missing == [] and not any(one.findings for one in done)
        assert set((await credits()).values()) == {(1, 1)} and len(await credits()) == COUNT
        assert await faults() == []


async def test_many_release_and_credit_at_once(database: str):
    """Two runs over all, and two people who credit the same line of each contract: each thing is done once."""
    nos = await posted_quarters()
    await ended_lines_of(nos)
    until, acting = date(2025, 1, 31), on("2025-02-20")

    async def release() -> None:
        worker = Worker()
        begun = await start_release(acting, ReleaseAsked(MARCH, until), worker=worker.name)
        assert begun.no is not None, begun.findings
        assert (await finish(worker, begun.no)).state == "ended"

    async def credit(no: str) -> str:
        saved = await credit_contract_line(acting, no, 20000, END, None, confirmed=QUESTIONS)
        return "done" if saved.ok else saved.findings[0].code

    tasks = [credit(no) for no in nos for _ in range(2)]
    *ends, _, _ = await asyncio.gather(*tasks, release(), release())
    assert sorted(str(one) for one in ends).count("done") == COUNT
    assert {str(one) for one in ends} == {"done", "contract_line_credited"}
    assert await faults() == []
    memos = [memo for no in nos for memo in (await contract(no)).open_credit_memos]
    assert len(memos) == COUNT
    twice = await asyncio.gather(*(post_credit(memo, "2025-02-20") for memo in memos for _ in range(2)))
    assert sum(one.ok for one in twice) == COUNT
    assert {one.findings[0].code for one in twice if not one.ok} == {"document_gone"}
    for day in ("2025-01-31", "2025-03-31"):
        worker = Worker()
        begun = await start_release(acting, ReleaseAsked(MARCH, date.fromisoformat(day)), worker=worker.name)
        assert begun.no is not None
        await finish(worker, begun.no)
    assert "5420" not in {no for no, amount in (await accounts()).items() if amount != "0.00"}
    assert await faults() == []

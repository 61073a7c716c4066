"""Server and worker killed at any moment of a batch (R-2, D-91): what the batch says of a document is what stands in
the books, and the batch goes on where it was, with nothing posted twice and nothing left out."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from db import engine
from tests.builders import TODAY, pack
from tests.posting.verified import faults
from tests.posting.worlds import database_rows, enter_company, enter_order
from tests.processes import Process, start
from tests.samples import each
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.acting import Acting
from webapp.store.batch_results import BatchDocument, batch_documents
from webapp.store.batch_work import follow
from webapp.store.batches import Selection, load_batch, start_batch

NOS = tuple(f"SO-{n:02}" for n in range(1, 13))
LINES = ["10000 item PUMP qty 2", "20000 resource LINA qty 3", "30000 cost TRAVEL qty 1"]
STATEMENTS = 400  # somewhat fewer than the whole batch takes, with what comes before its first document
KILLS = [*range(5), *(pytest.param(n, marks=pytest.mark.long) for n in range(5, 50))]
POLLY = Acting("POLLY", "poster", TODAY)


async def prepared(url: str) -> int:
    async with engine.connected(url):
        await enter_company(pack())
        for no in NOS:
            await enter_order("C-GOOD", LINES, no=no)
        begun = await start_batch(POLLY, "order", REQUESTS["ship_and_invoice"], Selection(nos=NOS))
    assert begun.no is not None
    return begun.no


@asynccontextmanager
async def process(url: str, data: Path, what: str, **settings: str) -> AsyncIterator[Process]:
    """A server or a worker on the database; ended at the end, if it still lives."""
    place = {"DATABASE_URL": url, "FINALIZE_DATA": str(data), "FINALIZE_LOG_LEVEL": "error", **settings}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    told = "worker" if what == "worker" else port
    made = start("tests.reliability.killed_server", told, files={1: os.devnull}, **place)
    try:
        yield made
    finally:
        if made.returncode is None:
            made.terminate()
        await made.wait()


async def killed(url: str, data: Path, what: str, statement: int) -> None:
    async with process(url, data, what, KILL_AT=str(statement), KILL_FROM="start") as made, asyncio.timeout(60):
        assert await made.wait() == -signal.SIGKILL


async def documents(no: int) -> list[BatchDocument]:
    found, _ = await batch_documents(no, limit=1000)
    return found


async def the_batch_says_what_the_books_say(no: int) -> None:
    """A posted document has just the shipment and the invoice that the batch names; one that waits has none."""
    for one in await documents(no):
        posted = [
            [row["no"] for row in await database_rows(f"SELECT no FROM {table} WHERE order_no = '{one.document_no}'")]
            for table in ("service_shipment_header", "service_invoice_header")
        ]
        still_open = await drafts.load_document(DocumentKey("order", one.document_no)) is not None
        named = [[number] if number else [] for number in (one.shipment_no, one.invoice_no)]
        assert posted == named, one
        assert (one.outcome, still_open, len(posted[0])) in (("posted", False, 1), ("waiting", True, 0)), one


async def ended_well(no: int) -> None:
    async with asyncio.timeout(60):
        run = await follow(no)
    assert (run.state, run.summary) == ("ended", f"{len(NOS)} of {len(NOS)} posted")
    assert [one.document_no for one in await documents(no)] == list(NOS)
    await the_batch_says_what_the_books_say(no)
    assert await faults() == []


@pytest.mark.parametrize("seed", KILLS)
async def test_the_process_that_works_on_a_batch_is_killed(
    anyio_backend: object, fresh_database_url: str, tmp_path: Path, engine_name: str, seed: int
):
    statement = random.Random(f"batch kill {seed}").randint(1, STATEMENTS)
    what = "worker" if engine_name == "postgresql" and seed % 2 else "server"
    print(f"seed {seed}: {what} killed at statement {statement}")
    no = await prepared(fresh_database_url)
    await killed(fresh_database_url, tmp_path, what, statement)
    async with engine.connected(fresh_database_url):
        await the_batch_says_what_the_books_say(no)
        assert await faults() == []
        run = await load_batch(no)
        assert run is not None and run.live
    async with process(fresh_database_url, tmp_path, what), engine.connected(fresh_database_url):
        await ended_well(no)


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("seed", each(25, range(50)))
async def test_another_worker_goes_on_with_the_batch_of_a_killed_one(
    anyio_backend: object, fresh_database_url: str, tmp_path: Path, seed: int
):
    statement = random.Random(f"take over {seed}").randint(20, STATEMENTS)
    print(f"seed {seed}: one of two workers killed at statement {statement}")
    no = await prepared(fresh_database_url)
    settings = {"KILL_AT": str(statement), "KILL_FROM": "start"}
    async with process(fresh_database_url, tmp_path, "worker", **settings) as first:
        await asyncio.sleep(0.4)  # it takes the batch before the other is there
        async with process(fresh_database_url, tmp_path, "worker"), engine.connected(fresh_database_url):
            await ended_well(no)
        assert first.returncode in (None, -signal.SIGKILL)

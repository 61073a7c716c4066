"""A run that combines shipments killed at any moment (R-2, D-62): no half invoice, no shipment line on two of them, and
the run goes on where it was."""

from __future__ import annotations

import asyncio
import copy
import random
from pathlib import Path
from typing import Any

import pytest

from db import engine
from tests.builders import TODAY, pack
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, database_rows, enter_company, enter_order
from tests.reliability.test_batch_kills import documents, killed, process
from webapp.billing.combining import CombineOptions
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.batch_work import follow
from webapp.store.batches import load_batch
from webapp.store.combine_runs import CombineFilter, start_combining
from webapp.store.posting import post_document

PAYERS = tuple(f"K-{n}" for n in range(1, 4))
LINES = ["10000 item PUMP qty 2", "20000 resource LINA qty 3"]
STATEMENTS = 150  # somewhat fewer than the whole run takes, with what comes before its first invoice
KILLS = [pytest.param(0, marks=pytest.mark.once), *(pytest.param(n, marks=pytest.mark.long) for n in range(1, 50))]


def company() -> Any:
    """Three payers alike, whose orders close when they are invoiced."""
    made = copy.deepcopy(pack(service_setup={"close_invoiced_orders": "automatic"}))
    good = next(one for one in made["customers"] if one["no"] == "C-GOOD")
    made["customers"] += [{**good, "no": no} for no in PAYERS]
    return made


async def begun() -> int:
    """Two shipped orders of each payer, and a run that makes an invoice of both and posts it."""
    await enter_company(company())
    for no in [f"{payer}-{n}" for payer in PAYERS for n in (1, 2)]:
        key = await enter_order(no[:3], LINES, no=no, combine_shipments=True)
        assert (await post_document(ANNA, key, REQUESTS["ship"])).ok
    started = await start_combining(ANNA, CombineFilter(), CombineOptions(TODAY, TODAY, post_invoices=True))
    assert started.no is not None, started.findings
    return started.no


async def the_run_says_what_the_books_say(no: int) -> None:
    """A posted invoice has the lines of both orders of its payer and closed them; one that waits for its posting is an
    open invoice with them; nothing else is there."""
    posted, held = [], []
    for one in await documents(no):
        assert one.outcome in ("posted", "waiting"), one
        if one.outcome == "posted":
            posted.append(one.invoice_no)
        elif one.document_no:
            held.append(one.document_no)
            assert await drafts.load_document(DocumentKey("invoice", one.document_no)) is not None
    rows = await database_rows("SELECT document_no, order_no FROM service_invoice_line WHERE type <> 'blank'")
    assert {row["document_no"] for row in rows} == set(posted)
    assert len(rows) == 4 * len(posted)
    rows = await database_rows(
        "SELECT document_no, shipment_no, shipment_line_no FROM service_line"
        " WHERE document_type = 'invoice' AND shipment_line_no <> 0"
    )
    assert {row["document_no"] for row in rows} == set(held)
    assert len({(row["shipment_no"], row["shipment_line_no"]) for row in rows}) == len(rows) == 4 * len(held)
    open_orders = await database_rows("SELECT no FROM service_header WHERE document_type = 'order'")
    assert len(open_orders) == 6 - 2 * len(posted)
    assert await faults() == []


@pytest.mark.parametrize("seed", KILLS)
async def test_the_process_that_works_on_a_combining_run_is_killed(
    anyio_backend: object, fresh_database_url: str, tmp_path: Path, engine_name: str, seed: int
):
    statement = random.Random(f"combining run kill {seed}").randint(1, STATEMENTS)
    what = "worker" if engine_name == "postgresql" and seed % 2 else "server"
    print(f"seed {seed}: {what} killed at statement {statement}")
    async with engine.connected(fresh_database_url):
        no = await begun()
    await killed(fresh_database_url, tmp_path, what, statement)
    async with engine.connected(fresh_database_url):
        await the_run_says_what_the_books_say(no)
        run = await load_batch(no)
        assert run is not None and run.live
    async with process(fresh_database_url, tmp_path, what), engine.connected(fresh_database_url):
        async with asyncio.timeout(60):
            ended = await follow(no)
        assert (ended.state, ended.summary) == ("ended", "3 invoices created and posted")
        await the_run_says_what_the_books_say(no)

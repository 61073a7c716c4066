"""Killed at any moment (R-2): every document is wholly posted or untouched, no number is lost, the books agree."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from db import engine
from tests.builders import pack
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, database_rows, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.posting import post_document

ROOT = Path(__file__).resolve().parents[2]
ORDERS = [f"SO-{n}" for n in range(1, 9)]
LINES = ["10000 item PUMP qty 2", "20000 resource LINA qty 3", "30000 cost TRAVEL qty 1"]
STATEMENTS = 592  # as many as posting all of them takes
KILLS = [*range(5), *(pytest.param(n, marks=pytest.mark.long) for n in range(5, 50))]


async def prepare(url: str) -> None:
    async with engine.connected(url):
        await enter_company(pack())
        for no in ORDERS:
            await enter_order("C-GOOD", LINES, no=no)


async def killed(url: str, statement: int, at_once: int) -> list[str]:
    """Lets a process post until it kills itself at a statement; gives back what it was told before."""
    environment = {**os.environ, "DATABASE_URL": url, "KILL_AT": str(statement), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.reliability.kill_script", str(at_once), *ORDERS]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    printed, _ = await process.communicate()
    assert process.returncode in (0, -signal.SIGKILL)
    return printed.decode().splitlines()


async def posted_as(table: str, no: str) -> list[str]:
    return [row["no"] for row in await database_rows(f"SELECT no FROM {table} WHERE order_no = '{no}'")]


async def whole_or_untouched(told: list[str]) -> None:
    """Each order stands before, between or after its two postings, and what was told is there."""
    for no in ORDERS:
        shipments = await posted_as("service_shipment_header", no)
        invoices = await posted_as("service_invoice_header", no)
        document = await drafts.load_document(DocumentKey("order", no))
        state = (len(shipments), len(invoices), document is not None)
        assert state in ((0, 0, True), (1, 0, True), (1, 1, False)), f"{no}: {state}"
        for line in told:
            name, option, numbers = line.split()
            if name == no:
                assert [numbers] == (shipments if option == "ship" else invoices), line


async def goes_on() -> None:
    """The same requests once more: what was posted answers with its first result, the rest is posted."""
    for no in ORDERS:
        for option in ("ship", "invoice"):
            key = DocumentKey("order", no)
            before = await posted_as("service_shipment_header" if option == "ship" else "service_invoice_header", no)
            result = await post_document(ANNA, key, REQUESTS[option], token=f"{no}-{option}")
            assert result.ok and result.repeated == bool(before)
            assert not before or [document.no for document in result.posted] == before
    assert len(await database_rows("SELECT no FROM service_invoice_header")) == len(ORDERS)


@pytest.mark.parametrize("seed", KILLS)
async def test_killed_while_posting(anyio_backend: object, fresh_database_url: str, seed: int):
    chance = random.Random(f"kill {seed}")
    statement, at_once = chance.randint(1, STATEMENTS), chance.choice([1, 1, 4])
    print(f"seed {seed}: killed at statement {statement}, {at_once} at once")
    await prepare(fresh_database_url)
    told = await killed(fresh_database_url, statement, at_once)
    async with engine.connected(fresh_database_url):
        assert await faults() == []
        await whole_or_untouched(told)
        await goes_on()
        assert await faults() == []

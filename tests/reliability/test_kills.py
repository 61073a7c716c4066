"""The server killed at any moment (R-2): every document is wholly posted or untouched, no number is lost, the books
agree, and the same requests sent again give what they gave or do what they could not."""

from __future__ import annotations

import asyncio
import html
import random
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from db import engine
from tests.builders import pack
from tests.pages.conftest import PASSWORD, Browser
from tests.posting.verified import faults
from tests.posting.worlds import database_rows, enter_company, enter_order
from tests.serving import Server
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts, users

ORDERS = [f"SO-{n}" for n in range(1, 9)]
LINES = ["10000 item PUMP qty 2", "20000 resource LINA qty 3", "30000 cost TRAVEL qty 1"]
STATEMENTS = 1150  # somewhat fewer than posting all of them takes, with the pages that ask
KILLS = [*range(5), *(pytest.param(n, marks=pytest.mark.long) for n in range(5, 50))]
FIELD = r'name="{}" value="([^"]*)"'


async def prepare(url: str) -> None:
    async with engine.connected(url):
        await enter_company(pack())
        await users.add_user("POLLY", "Polly Poster", "poster", users.hash_password(PASSWORD))
        for no in ORDERS:
            await enter_order("C-GOOD", LINES, no=no)


@dataclass
class Clerks:
    """What they sent, by order and option, and what they were told."""

    sent: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    told: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    async def post(self, browser: Browser, no: str, option: str) -> None:
        """Asks, and answers the page; what was sent before is sent again as it was."""
        path = f"/service-orders/{no}/posting"
        if (no, option) not in self.sent:
            asked = await browser.get(path)
            assert asked.status_code == 200
            hidden = {name: _hidden(asked.text, name) for name in ("token", "row_version")}
            self.sent[no, option] = {**hidden, "option": option}
        posted = await browser.post(path, self.sent[no, option])
        assert posted.status_code == 303, posted.text
        result = await browser.get(posted.headers["location"])
        assert result.status_code == 200
        numbers = re.findall(r'href="/posted-service-(?:shipments|invoices)/([^"/]+)"', result.text)
        told = self.told.setdefault((no, option), list(dict.fromkeys(numbers)))
        assert told and told == list(dict.fromkeys(numbers)), "the same request, another answer"

    async def work(self, server: Server, nos: list[str], browser: Browser) -> None:
        for no in nos:
            for option in ("ship", "invoice"):
                await self.post(browser, no, option)

    async def work_until_killed(self, server: Server, at_once: int) -> None:
        async with _browsers(server, at_once) as browsers:
            assert server.process
            server.process.send_signal(signal.SIGUSR1)  # from now on it counts
            work = [self.work(server, ORDERS[n::at_once], browser) for n, browser in enumerate(browsers)]
            ends = await asyncio.gather(*work, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException) and not isinstance(end, httpx.TransportError):
                raise end


def _hidden(page: str, name: str) -> str:
    found = re.search(FIELD.format(name), page)
    assert found, f"no field {name}"
    return html.unescape(found[1])


@asynccontextmanager
async def _browsers(server: Server, count: int) -> AsyncIterator[list[Browser]]:
    if count == 0:
        yield []
        return
    async with server.browser() as first, _browsers(server, count - 1) as others:
        yield [first, *others]


async def posted_as(table: str, no: str) -> list[str]:
    return [row["no"] for row in await database_rows(f"SELECT no FROM {table} WHERE order_no = '{no}'")]


async def whole_or_untouched(clerks: Clerks) -> None:
    """Each order stands before, between or after its two postings, and what was told is there."""
    for no in ORDERS:
        shipments = await posted_as("service_shipment_header", no)
        invoices = await posted_as("service_invoice_header", no)
        document = await drafts.load_document(DocumentKey("order", no))
        state = (len(shipments), len(invoices), document is not None)
        assert state in ((0, 0, True), (1, 0, True), (1, 1, False)), f"{no}: {state}"
        assert clerks.told.get((no, "ship"), shipments) == shipments
        assert clerks.told.get((no, "invoice"), invoices) == invoices


@pytest.mark.parametrize("seed", KILLS)
async def test_the_server_is_killed_while_clerks_post(
    anyio_backend: object, fresh_database_url: str, tmp_path: Path, seed: int
):
    chance = random.Random(f"kill {seed}")
    statement, at_once = chance.randint(1, STATEMENTS), chance.choice([1, 4])
    print(f"seed {seed}: killed at statement {statement}, {at_once} clerks")
    await prepare(fresh_database_url)
    server, clerks = Server(fresh_database_url, tmp_path, forked=True), Clerks()
    async with server.running("tests.reliability.killed_server", KILL_AT=str(statement)):
        await clerks.work_until_killed(server, at_once)
    assert server.process and server.process.returncode == -signal.SIGKILL
    async with engine.connected(fresh_database_url):
        assert await faults() == []
        await whole_or_untouched(clerks)
    async with server.running(), server.browser() as browser:
        for no, option in [*clerks.sent]:
            await clerks.post(browser, no, option)
        left = [no for no in ORDERS if (no, "invoice") not in clerks.told]
        for no in left:
            for option in ("ship", "invoice"):
                if (no, option) not in clerks.told:
                    await clerks.post(browser, no, option)
    async with engine.connected(fresh_database_url):
        assert await faults() == []
        assert all([len(await posted_as("service_invoice_header", no)) == 1 for no in ORDERS])

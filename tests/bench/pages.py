"""F-8: pages and fragments of a running server, one worker, asked by clients in another process.

At 20 requests a second that arrive at random, and by 20 clients who each ask again as soon as they are answered.
"""

from __future__ import annotations

import asyncio
import html
import random
import re
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from db import engine
from tests.bench.orders import enter
from tests.bench.wires import Answer, Wire, wire_of
from tests.pages.conftest import PASSWORD
from tests.posting.worlds import ANNA
from tests.serving import Server
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import users
from webapp.store.posted import load_posted
from webapp.store.posting import post_document

ASKED = 200  # requests for each figure
SHOWN = re.compile(r'<tr id="line-10000".*?name="line-10000-shown" value="([^"]*)"', re.DOTALL)
Ask = Callable[[Wire], Awaitable[Answer]]


def getting(path: str) -> Ask:
    return lambda wire: wire.get(path)


def change_of(no: str) -> Ask:
    """A quantity typed into a row; each clerk has an order of their own, for two people on one would be told so."""
    path = f"/service-orders/{no}/lines/10000"
    last: dict[str, Any] = {"shown": "", "qty": 0}

    async def change(wire: Wire) -> Answer:
        if not last["shown"]:
            last["shown"] = (await wire.get(f"/service-orders/{no}")).text
        found = SHOWN.search(last["shown"])
        assert found
        last["qty"] = 3 - last["qty"] if last["qty"] else 1
        values = {"line-10000-shown": html.unescape(found[1]), "line-10000-qty_to_ship": str(last["qty"])}
        answer = await wire.post(path, values)
        assert answer.status == 200, answer.text
        last["shown"] = answer.text
        return answer

    return change


async def timed(ask: Ask, wire: Wire, since: float | None = None) -> float:
    """Milliseconds until the answer is there, from when it was due."""
    started = since if since is not None else time.perf_counter()
    answer = await ask(wire)
    took = (time.perf_counter() - started) * 1000
    assert answer.status == 200, answer.status
    return took


async def arriving(asks: Sequence[Ask], wires: Sequence[Wire]) -> list[float]:
    """20 a second, at random; one that waits for another counts its waiting."""
    chance, waiting, due = random.Random(1), [], time.perf_counter()
    for n in range(ASKED):
        due += chance.expovariate(20)
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        which = n % len(wires)
        waiting.append(asyncio.create_task(timed(asks[which], wires[which], due)))
    return list(await asyncio.gather(*waiting))


async def at_once(asks: Sequence[Ask], wires: Sequence[Wire]) -> list[float]:
    async def client(which: int) -> list[float]:
        return [await timed(asks[which], wires[which]) for _ in range(ASKED // len(wires))]

    return [took for one in await asyncio.gather(*(client(n) for n in range(len(wires)))) for took in one]


def p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[18]


async def f_8(url: str, lines: int = 50, people: int = 20) -> dict[str, dict[str, float]]:
    """On a migrated database with the bench's company."""
    async with engine.connected(url):
        hashed = users.hash_password(PASSWORD)
        orders = [(await enter(f"PAGE-{n}", lines)).no for n in range(people + 1)]
        for n in range(people):
            await users.add_user(f"CLERK{n}", f"Clerk {n}", "poster", hashed)
        posted = await post_document(ANNA, DocumentKey("order", orders.pop()), REQUESTS["ship_and_invoice"])
        for n in range(60):
            await post_document(ANNA, await enter(f"SMALL-{n}", 1), REQUESTS["ship_and_invoice"])
        invoice = next(one.no for one in posted.posted if one.kind == "invoice")
        found = await load_posted("invoice", invoice, with_entries=False)
        assert found
        run = found.run["no"]
    asked: dict[str, list[Ask]] = {
        "floor: one query, no page": [getting("/health")] * people,
        "order": [getting(f"/service-orders/{no}") for no in orders],
        "a row is changed": [change_of(no) for no in orders],
        "posting": [getting(f"/service-orders/{no}/posting") for no in orders],
        "panel": [getting(f"/service-orders/{no}/panel") for no in orders],
        "preview": [getting(f"/service-orders/{no}/preview?option=ship_and_invoice") for no in orders],
        "posted invoice": [getting(f"/posted-service-invoices/{invoice}")] * people,
        "its ledger entries": [getting(f"/posting-runs/{run}/entries")] * people,
        "posted invoices": [getting("/posted-service-invoices")] * people,
        "orders": [getting("/service-orders")] * people,
        "G/L entries": [getting("/ledgers/general-ledger")] * people,
        "home": [getting("/")] * people,
    }
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as data:
        server = Server(url, Path(data))
        async with server.running(), AsyncExitStack() as stack:
            wires = [await stack.enter_async_context(wire_of(server, f"CLERK{n}")) for n in range(people)]
            for name, asks in asked.items():
                await asyncio.gather(*(ask(wire) for ask, wire in zip(asks, wires, strict=True)))
                alone = [await timed(asks[0], wires[0]) for _ in range(20)]
                random_ = await arriving(asks, wires)
                together = await at_once(asks, wires)
                figures[f"F-8 {name}"] = {
                    "alone ms": statistics.median(alone),
                    "p95 ms at 20/s": p95(random_),
                    "p95 ms of 20 clients": p95(together),
                }
    return figures

"""F-3 and F-12: a batch of orders, per document beside the floor, and the memory that it takes."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from db import engine
from tests.bench.orders import Written, enter
from tests.bench.pages import arriving, getting, p95
from tests.bench.places import Place
from tests.bench.wires import wire_of
from tests.builders import TODAY
from tests.pages.conftest import PASSWORD
from tests.processes import ROOT
from tests.serving import Server
from webapp.posting.plan import REQUESTS
from webapp.store import users
from webapp.store.acting import Acting
from webapp.store.batch_work import Worker, finish
from webapp.store.batches import BatchRun, Selection, start_batch

POLLY = Acting("POLLY", "poster", TODAY)
EVERY = 10  # the floor of each tenth document


class Watch:
    """Told after each document: times it, and now and then writes its rows as the bare driver would."""

    def __init__(self, written: Written, raw: list[Any]) -> None:
        self.written, self.raw = written, raw
        self.ours: list[float] = []
        self.many: list[float] = []
        self.multi: list[float] = []
        self.since = time.perf_counter()

    async def each(self, run: BatchRun) -> None:
        now = time.perf_counter()
        self.ours.append((now - self.since) * 1000)
        count = len(self.ours)
        if count % EVERY == EVERY - 1:
            await self.written.rows()  # forgets what came before the next one
        elif count % EVERY == 0:
            rows = await self.written.rows()
            for times, work in (
                (self.many, self.raw[0].by_executemany),
                (self.multi, self.raw[1].by_multi_row),
            ):
                started = time.perf_counter()
                await work(rows)
                times.append((time.perf_counter() - started) * 1000)
        self.since = time.perf_counter()


async def f_3(where: Place, url: str, documents: int) -> dict[str, Any]:
    """A batch over all orders of the database, which must be so many; findings and outcomes recorded."""
    raw = [await where.raw(where.create(url)) for _ in range(2)]
    async with engine.connected(url):
        written = Written()
        await written.begin()
        worker = Worker()
        started = time.perf_counter()
        begun = await start_batch(POLLY, "order", REQUESTS["ship_and_invoice"], Selection(), worker=worker.name)
        to_start = (time.perf_counter() - started) * 1000
        assert begun.no is not None
        watch = Watch(written, raw)
        run = await finish(worker, begun.no, watch.each)
        assert run.posted == documents, run
    for connection in raw:
        await connection.close()
    ours, floor = watch.ours[20:], min(statistics.median(watch.many), statistics.median(watch.multi))
    return {
        "floor ms": floor,
        "ours ms": statistics.median(ours),
        "mean ms": statistics.mean(ours),
        "ratio": statistics.median(ours) / floor,
        "documents/s": 1000 / statistics.mean(ours),
        "start ms": to_start,
    }


async def memory(url: str) -> dict[str, Any]:
    """The memory of the process in MB, before a batch over all orders and at its tenths: what is kept from document to
    document (records, amounts) has its bounds and fills them first, then nothing may be added."""
    seen: list[float] = []

    async def each(run: BatchRun) -> None:
        seen.append(megabytes())

    async with engine.connected(url):
        worker = Worker()
        before = megabytes()
        begun = await start_batch(POLLY, "order", REQUESTS["ship_and_invoice"], Selection(), worker=worker.name)
        assert begun.no is not None
        after_start = megabytes()
        run = await finish(worker, begun.no, each)
    count = len(seen) - 1
    return {
        "documents": run.posted,
        "before MB": before,
        "started MB": after_start,
        **{f"{part * 10} % MB": seen[count * part // 10] for part in (1, 3, 5, 7, 9, 10)},
    }


async def pages_meanwhile(url: str, people: int = 20) -> dict[str, dict[str, float]]:
    """F-8 while a batch runs over all orders of the database, beside the same without one: on SQLite in the server
    itself, on PostgreSQL in a process of its own, as it is run there."""
    async with engine.connected(url):
        hashed = users.hash_password(PASSWORD)
        orders = [(await enter(f"PAGE-{n}", 50)).no for n in range(people)]
        for n in range(people):
            await users.add_user(f"CLERK{n}", f"Clerk {n}", "poster", hashed)
    asked = {
        "order": [getting(f"/service-orders/{no}") for no in orders],
        "posting": [getting(f"/service-orders/{no}/posting") for no in orders],
        "orders": [getting("/service-orders")] * people,
        "G/L entries": [getting("/ledgers/general-ledger")] * people,
    }
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as data:
        server, apart = Server(url, Path(data)), not url.startswith("sqlite")
        async with (
            server.running(FINALIZE_WORKER="separate" if apart else "in-server"),
            working(url, Path(data)) if apart else nullcontext(),
            AsyncExitStack() as stack,
        ):
            wires = [await stack.enter_async_context(wire_of(server, f"CLERK{n}")) for n in range(people)]
            poster = await stack.enter_async_context(server.browser("CLERK0"))
            for name, asks in asked.items():
                await asyncio.gather(*(ask(wire) for ask, wire in zip(asks, wires, strict=True)))
                figures[f"F-8 {name} during a batch"] = {"without p95 ms": p95(await arriving(asks, wires))}
            chosen = {"ship": "true", "invoice": "true", "do": "post", "q": "SO-"}
            began = await poster.post("/batches", chosen)
            path = began.headers["location"]
            for name, asks in asked.items():
                figures[f"F-8 {name} during a batch"]["with p95 ms"] = p95(await arriving(asks, wires))
            assert 'id="progress"' in (await poster.get(path)).text, "the batch has ended too soon"
            await poster.post(f"{path}/stopping")
    return figures


@asynccontextmanager
async def working(url: str, data: Path) -> AsyncIterator[None]:
    """`finalize worker`, as a process."""
    environment = {**os.environ, "DATABASE_URL": url, "FINALIZE_DATA": str(data), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "webapp.cli", "worker"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment)
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


def megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000

"""Measures one database: `python -m tests.bench.run sqlite|postgresql [--documents N]`.

The floor of a posting is the very rows that the product wrote for it, ready made, written into a copy of the same
database by the bare driver in one transaction: the better of executemany and of one INSERT with many rows. Ours and
the floor take turns, so that whatever else the machine does hits both. All figures are medians.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop

from db import engine, migrate
from tests.bench.batches import f_3, memory, pages_meanwhile
from tests.bench.browser import f_10
from tests.bench.combined import f_6
from tests.bench.contracts import f_7
from tests.bench.orders import Written, company, copies, enter
from tests.bench.pages import f_8
from tests.bench.places import Place, place
from tests.posting.worlds import ANNA
from webapp import memory as collector
from webapp.posting.plan import REQUESTS, plan_posting
from webapp.posting.snapshot import DocumentKey
from webapp.store.posting import plan_document, post_document
from webapp.store.snapshots import load_snapshot

BOTH = REQUESTS["ship_and_invoice"]
Figures = dict[str, Any]


async def timed(work: Callable[[], Awaitable[Any]]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    await work()
    return (time.perf_counter() - started) * 1000


async def post(key: DocumentKey) -> None:
    result = await post_document(ANNA, key, BOTH)
    assert result.ok and result.closed, result.findings


async def prepared(where: Place, orders: dict[str, int]) -> str:
    """A company with orders: `{"SO-1": 10}` has so many lines. Equal ones are copied."""
    url = where.create()
    async with engine.connected(url):
        await migrate.migrate()
        await company()
        for lines in dict.fromkeys(orders.values()):
            nos = [no for no, count in orders.items() if count == lines]
            first = await enter(nos[0], lines)
            await copies(first, nos[1:])
    return url


async def f_1(where: Place, documents: int) -> Figures:
    """Ship and invoice one order, beside the floor."""
    nos = [f"SO-{n}" for n in range(documents + 5)]
    url = await prepared(where, dict.fromkeys(nos, 10))
    raw = [await where.raw(where.create(url)) for _ in range(2)]
    ours, many, multi = [], [], []
    counts: list[int] = []
    statements = 0
    async with engine.connected(url):
        written = Written()
        await written.begin()
        for turn, no in enumerate(nos):
            key = DocumentKey("order", no)
            ours.append(await timed(lambda key=key: post(key)))  # type: ignore[misc]
            rows = await written.rows()
            counts.append(sum(len(values) for _, _, values in rows))
            many.append(await timed(lambda rows=rows: raw[0].by_executemany(rows)))  # type: ignore[misc]
            multi.append(await timed(lambda rows=rows: raw[1].by_multi_row(rows)))  # type: ignore[misc]
            if turn == 4:  # warm
                for times in (ours, many, multi):
                    times.clear()
        statements = await counted(url)
    for connection in raw:
        await connection.close()
    floor = min(statistics.median(many), statistics.median(multi))
    return {
        "floor ms": floor,
        "executemany ms": statistics.median(many),
        "multi-row ms": statistics.median(multi),
        "ours ms": statistics.median(ours),
        "ratio": statistics.median(ours) / floor,
        "rows": statistics.median(counts),
        "queries": statements,
    }


async def counted(url: str) -> int:
    """The statements of one posting."""
    seen: list[str] = []
    key = await enter("SO-COUNT")
    engine.statement_hook = seen.append
    try:
        await post(key)
    finally:
        engine.statement_hook = None
    return len(seen)


async def first_look(key: DocumentKey) -> None:
    async with engine.reading() as session:
        snapshot = await load_snapshot(session, key, ANNA.user, ANNA.work_date)
    assert snapshot and plan_posting(snapshot, BOTH).findings == ()


async def f_2(where: Place) -> Figures:
    """Plan with loading: of a document nobody looked at, and looked at again (store/plans.py)."""
    url = await prepared(where, {"SO-10": 10, "SO-100": 100})
    figures = {}
    async with engine.connected(url):
        for lines in (10, 100):
            key = DocumentKey("order", f"SO-{lines}")
            first = [await timed(lambda key=key: first_look(key)) for _ in range(40)]  # type: ignore[misc]
            again = [await timed(lambda key=key: plan_document(ANNA, key, BOTH)) for _ in range(40)]  # type: ignore[misc]
            figures[f"{lines} lines ms"] = statistics.median(first[5:])
            figures[f"{lines} lines again ms"] = statistics.median(again[5:])
    return figures


async def f_5(where: Place) -> Figures:
    """Posting by the number of lines, per line."""
    sizes = {1: 12, 10: 12, 100: 6, 1000: 3}
    orders = {f"SO-{lines}-{n}": lines for lines, count in sizes.items() for n in range(count)}
    url = await prepared(where, orders)
    figures = {}
    async with engine.connected(url):
        for lines, count in sizes.items():
            times = []
            for n in range(count):
                key = DocumentKey("order", f"SO-{lines}-{n}")
                times.append(await timed(lambda key=key: post(key)))  # type: ignore[misc]
            figures[f"{lines} lines ms/line"] = statistics.median(times[1:]) / lines
    return figures


async def many(where: Place, count: int) -> str:
    """A company with so many equal orders."""
    return await prepared(where, {f"SO-{n:05}": 10 for n in range(count)})


async def measure(engine_name: str, documents: int, batch: int) -> dict[str, Figures]:
    where = place(engine_name)
    collector.settle()
    try:
        return {
            "F-1 ship and invoice 10 lines": await f_1(where, documents),
            "F-2 plan with loading": await f_2(where),
            f"F-3 batch of {batch:,} orders": await f_3(where, await many(where, batch), batch),
            "F-5 growth with lines": await f_5(where),
            "F-6 2,000 shipment lines on an invoice": await f_6(where),
            "F-7 run over 1,000 contracts": await f_7(where, 1000),
            **await f_8(await prepared(where, {})),
            **await f_10(await prepared(where, {})),
        }
    finally:
        where.close()


async def with_many(
    engine_name: str, count: int, measured: Callable[[str], Awaitable[dict[str, Figures]]]
) -> dict[str, Figures]:
    """What is measured on a company with so many open orders."""
    where = place(engine_name)
    try:
        return await measured(await many(where, count))
    finally:
        where.close()


async def _memory(url: str) -> dict[str, Figures]:
    return {"F-12 memory of a batch": await memory(url)}


async def _contracts(engine_name: str, count: int) -> dict[str, Figures]:
    where = place(engine_name)
    try:
        return {f"F-7 run over {count:,} contracts": await f_7(where, count)}
    finally:
        where.close()


async def _combined(engine_name: str) -> dict[str, Figures]:
    where = place(engine_name)
    try:
        return {"F-6 2,000 shipment lines on an invoice": await f_6(where)}
    finally:
        where.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=("sqlite", "postgresql"))
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--batch", type=int, default=1000, help="orders in the batch of F-3")
    parser.add_argument("--memory", type=int, help="measure only the memory of a batch of so many orders (F-12)")
    parser.add_argument("--meanwhile", type=int, help="measure only pages during a batch of so many orders (F-8)")
    parser.add_argument("--combined", action="store_true", help="measure only the combined invoice of F-6")
    parser.add_argument("--contracts", type=int, help="measure only a run over so many contracts (F-7)")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    os.environ["DATABASE_URL"] = "sqlite:///:none:" if asked.engine == "sqlite" else "postgresql://none"
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if asked.memory:
            figures = runner.run(with_many(asked.engine, asked.memory, _memory))
        elif asked.contracts:
            figures = runner.run(_contracts(asked.engine, asked.contracts))
        elif asked.combined:
            figures = runner.run(_combined(asked.engine))
        elif asked.meanwhile:
            figures = runner.run(with_many(asked.engine, asked.meanwhile, pages_meanwhile))
        else:
            figures = runner.run(measure(asked.engine, asked.documents, asked.batch))
    print(json.dumps({asked.engine: figures}) if asked.json else shown(asked.engine, figures))


def shown(engine_name: str, figures: dict[str, Figures]) -> str:
    lines = [engine_name]
    for name, row in figures.items():
        cells = "   ".join(f"{column} {value:.2f}".removesuffix(".00") for column, value in row.items())
        lines.append(f"  {name:32} {cells}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()

"""F-4: lists, document pages and postings with many posted documents beside the same with few.

    python -m tests.bench.growth FEW MANY

FEW and MANY are addresses of databases that `finalize demo --documents N` filled. Each has a server; they are asked in
turns. Postings take turns in blocks. A figure is the ratio of the medians, many to few.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import date
from itertools import pairwise
from pathlib import Path

from litestar.routes import HTTPRoute

from db import demo, engine
from tests.pages.conftest import Browser, make_app
from tests.serving import Server
from webapp.posting.plan import REQUESTS
from webapp.store.acting import Acting
from webapp.store.batch_work import Worker, finish
from webapp.store.batches import BatchRun, Selection, start_batch
from webapp.store.demo import enter_order
from webapp.store.posting import post_document

TURNS, BLOCKS, POSTINGS = 11, 4, 8
NO_PAGES = ("/sign-in", "/sign-out", "/health", "/static", "/look-up", "/lookup", "/suggest")
DOCUMENTS = {
    "/posted-service-shipments/{shipment}": ("", "/print", "/undo-shipment"),
    "/posted-service-invoices/{invoice}": ("", "/print", "/credit-memo", "/cancellation"),
    "/posting-runs/{run}": ("", "/entries"),
    "/customers/{customer}": ("", "/statement"),
    "/items/{item}": ("",),
    "/service-orders/{order}": ("", "/posting", "/panel", "/preview?option=ship_and_invoice", "/statistics"),
    "/find-entries?document_no={invoice}": ("",),
    "/search?q={invoice}": ("",),
    "/search?q=molkerei": ("",),
}


async def names(url: str) -> dict[str, str]:
    """One document of each kind: the newest, of the same order in every such company."""
    asked = {
        "shipment": "SELECT MAX(no) FROM service_shipment_header",
        "invoice": "SELECT MAX(no) FROM service_invoice_header",
        "run": "SELECT MAX(no) FROM posting_run",
        "order": "SELECT MIN(no) FROM service_header WHERE document_type = 'order' AND status = 'pending'",
        "customer": "SELECT MAX(bill_to_customer_no) FROM service_invoice_header WHERE description LIKE 'Measuring%'",
        "item": "SELECT MIN(no) FROM item WHERE no LIKE 'MEASURE%'",
    }
    async with engine.connected(url), engine.reading() as session:
        return {name: str((await session.fetch(sql))[0][0]) for name, sql in asked.items()}


def lists() -> list[str]:
    """Every page without a number in its address."""
    routes = [route for route in make_app().routes if isinstance(route, HTTPRoute)]
    shown = [route.path for route in routes if "GET" in route.methods and "{" not in route.path]
    return sorted(path for path in shown if not path.startswith(NO_PAGES) and "." not in path and "/new" not in path)


async def ask(browser: Browser, path: str) -> tuple[float, int]:
    started = time.perf_counter()
    answer = await browser.client.get(path)
    return (time.perf_counter() - started) * 1000, answer.status_code


async def pages(urls: Sequence[str]) -> dict[str, tuple[float, float, int]]:
    """Medians of few and many in ms, and the status, by path."""
    found = [await names(url) for url in urls]
    paths = {path: (path, path) for path in lists()}
    for pattern, rests in DOCUMENTS.items():
        for rest in rests:
            few, many = ((pattern + rest).format(**one) for one in found)
            paths[pattern + rest] = (few, many)
    figures = {}
    async with AsyncExitStack() as stack:
        people = []
        for url in urls:
            server = Server(url, Path(stack.enter_context(tempfile.TemporaryDirectory())))
            await stack.enter_async_context(server.running())
            signed_in = [server.browser(name, demo.PASSWORD) for name in ("POSTER", "ACCOUNTANT", "ADMIN")]
            people.append([await stack.enter_async_context(one) for one in signed_in])
        for name, both in paths.items():
            for browsers in zip(*people, strict=True):  # the first who may see the page
                statuses = [(await ask(browser, path))[1] for browser, path in zip(browsers, both, strict=True)]
                if 403 not in statuses:
                    break
            status = max(statuses)
            times: tuple[list[float], list[float]] = ([], [])
            for _ in range(TURNS):
                for browser, path, own in zip(browsers, both, times, strict=True):
                    own.append((await ask(browser, path))[0])
            figures[name] = (statistics.median(times[0]), statistics.median(times[1]), status)
    return figures


async def postings(urls: Sequence[str]) -> tuple[float, float]:
    """Medians of shipping and invoicing an order of ten lines, in ms."""
    work_date = date.today()  # noqa: DTZ011  as the demo company
    clerk, poster = Acting("CLERK", "clerk", work_date), Acting("POSTER", "poster", work_date)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(BLOCKS):
        for url, own in zip(urls, times, strict=True):
            async with engine.connected(url):
                keys = [await enter_order(clerk, demo.measuring_order(work_date, n)) for n in range(POSTINGS)]
                for turn, key in enumerate(keys):
                    started = time.perf_counter()
                    result = await post_document(poster, key, REQUESTS["ship_and_invoice"])
                    assert result.ok, result.findings
                    if turn:  # the first one reads the set-up
                        own.append((time.perf_counter() - started) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


async def batches(urls: Sequence[str]) -> tuple[float, float]:
    """Medians of a document in a batch of such orders, findings and outcomes recorded, in ms."""
    work_date = date.today()  # noqa: DTZ011  as the demo company
    clerk, poster = Acting("CLERK", "clerk", work_date), Acting("POSTER", "poster", work_date)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(BLOCKS):
        for url, own in zip(urls, times, strict=True):
            async with engine.connected(url):
                keys = [await enter_order(clerk, demo.measuring_order(work_date, n)) for n in range(3 * POSTINGS)]
                worker, chosen = Worker(), Selection(tuple(key.no for key in keys))
                begun = await start_batch(poster, "order", REQUESTS["ship_and_invoice"], chosen, worker=worker.name)
                assert begun.no is not None, begun
                ends = [time.perf_counter()]

                async def posted(_: BatchRun, ends: list[float] = ends) -> None:
                    ends.append(time.perf_counter())

                run = await finish(worker, begun.no, posted)
                assert run.posted == len(keys), run
                own += [(after - before) * 1000 for before, after in pairwise(ends)][
                    3:
                ]  # the first ones read the set-up
    return statistics.median(times[0]), statistics.median(times[1])


def shown(name: str, few: float, many: float, status: int = 200) -> str:
    told = "" if status == 200 else f"  answered {status}"
    return f"{name:60} {few:8.1f} {many:8.1f} {many / few:6.2f}{told}"


async def measure(urls: Sequence[str]) -> None:
    print(f"{'ms, medians':60} {'few':>8} {'many':>8} {'ratio':>6}")
    print(shown("F-1 ship and invoice 10 lines", *await postings(urls)))
    print(shown("F-3 a document in a batch of these", *await batches(urls)))
    for name, (few, many, status) in sorted((await pages(urls)).items(), key=lambda row: -row[1][1] / row[1][0]):
        print(shown(name, few, many, status))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("few")
    parser.add_argument("many")
    asked = parser.parse_args()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asyncio.run(measure([asked.few, asked.many]))

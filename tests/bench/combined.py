"""F-6: one invoice of 2,000 shipment lines from 300 orders: what is offered, taken into the invoice, and posted."""

from __future__ import annotations

import statistics
import time
from typing import Any

from db import engine, migrate
from tests.bench.orders import company, copies, enter
from tests.bench.places import Place
from tests.posting.worlds import ANNA
from webapp.posting.plan import REQUESTS
from webapp.store import drafts
from webapp.store.combined_invoices import take_shipment_lines
from webapp.store.posting import post_document
from webapp.store.shipment_lines import offered

LONG, SHORT = 200, 100  # orders with 7 lines, orders with 6
RUNS = 3


async def shipped_orders(where: Place) -> str:
    """A company with 300 orders of one customer, 2,000 lines in all, everything shipped and nothing invoiced."""
    url = where.create()
    async with engine.connected(url):
        await migrate.migrate()
        await company()
        keys = []
        for name, count, lines in (("L", LONG, 7), ("S", SHORT, 6)):
            first = await enter(f"{name}-000", lines)
            keys += [first, *await copies(first, [f"{name}-{n:03}" for n in range(1, count)])]
        for key in keys:
            result = await post_document(ANNA, key, REQUESTS["ship"])
            assert result.ok, result.findings
    return url


async def f_6(where: Place) -> dict[str, Any]:
    """Milliseconds of each of the three, and of all together; each run on a copy of the same database."""
    template = await shipped_orders(where)
    runs = [await _run(where.create(template)) for _ in range(RUNS)]
    figures = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    return {**figures, "together ms": statistics.median(sum(run.values()) for run in runs)}


async def _warm() -> None:
    """A server that has worked before: its connection knows the tables and has its plans."""
    result = await post_document(ANNA, await enter("WARM", 10), REQUESTS["ship"])
    made = await drafts.create_document(ANNA, "invoice", {"customer_no": "C-GOOD"})
    assert result.ok and made.key is not None
    shipment = next(one.no for one in result.posted if one.kind == "shipment")
    found = await offered(made.key)
    assert found is not None
    places = [one.shipped.place for one in found.offers.offers if one.shipped.document_no == shipment]
    got = await take_shipment_lines(ANNA, made.key, places)
    assert got.ok and got.added == 10
    result = await post_document(ANNA, made.key, REQUESTS["ship_and_invoice"])
    assert result.ok


async def _run(url: str) -> dict[str, float]:
    async with engine.connected(url):
        await _warm()
        made = await drafts.create_document(ANNA, "invoice", {"customer_no": "C-GOOD"})
        assert made.key is not None, made.findings
        key, figures = made.key, {}
        started = time.perf_counter()
        found = await offered(key)
        assert found is not None
        figures["offer ms"] = (time.perf_counter() - started) * 1000
        places = [one.shipped.place for one in found.offers.offers]
        assert len(places) == 2000
        started = time.perf_counter()
        got = await take_shipment_lines(ANNA, key, places)
        assert got.ok and got.added == 2000, got.saved.findings
        figures["add ms"] = (time.perf_counter() - started) * 1000
        started = time.perf_counter()
        result = await post_document(ANNA, key, REQUESTS["ship_and_invoice"])
        assert result.ok and len(result.posted) == 1, result.findings
        figures["post ms"] = (time.perf_counter() - started) * 1000
    return figures

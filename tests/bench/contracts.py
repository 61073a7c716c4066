"""F-7: a run over thousands of contracts of three lines, previewed and made, and the memory that it takes."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from db import engine, migrate
from db.engine import transaction
from db.session import Session
from tests.bench.batches import megabytes
from tests.bench.places import Place
from tests.store.contract_company import agreed, enter, on, sign
from webapp.store.batch_work import Worker, finish
from webapp.store.batches import BatchRun
from webapp.store.contract_runs import ContractFilter, RunDates, look_at_run, start_invoicing

DATES = RunDates(date(2025, 3, 31), date(2025, 3, 31))
ACTING = on("2025-03-31")
EACH = 20  # contracts of a customer


async def _columns(session: Session, table: str, *without: str) -> str:
    if session.dialect == "postgresql":
        sql = "SELECT column_name FROM information_schema.columns WHERE table_name = ? ORDER BY ordinal_position"
    else:
        sql = "SELECT name FROM pragma_table_info(?)"
    rows = await session.fetch(sql, table)
    return ", ".join(f'"{row[0]}"' for row in rows if row[0] not in without)


async def _company(where: Place, count: int) -> str:
    """A contract of three machines, and its like for customers of their own with twenty contracts each."""
    url = where.create()
    async with engine.connected(url):
        await migrate.migrate()
        await enter()
        no = await agreed("1200 cost 400", "960", "480 disc 10", period="quarter")
        await sign(no, "2025-01-01")
        for number in range(1, count // EACH):
            await _customer(no, number)
        await _contracts(no, range(1, EACH), "C-GOOD", "M")
        for number in range(1, count // EACH):
            await _contracts(no, range(EACH), f"C-{number:04}", f"M{number}-")
        if engine.dialect() == "postgresql":  # which a server does by itself, and ours for measuring does not
            async with transaction() as session:
                await session.execute("ANALYZE customer, service_item, service_contract, service_contract_line")
    return url


async def _customer(no: str, number: int) -> None:
    async with transaction() as session:
        names = await _columns(session, "customer", "no", "id")
        await session.execute(
            f"INSERT INTO customer (no, {names}) SELECT CAST(? AS VARCHAR), {names} FROM customer WHERE no = 'C-GOOD'",
            f"C-{number:04}",
        )
        names = await _columns(session, "service_item", "no", "customer_no", "id")
        for place in (1, 2, 3):
            await session.execute(
                f"INSERT INTO service_item (no, customer_no, {names})"
                f" SELECT CAST(? AS VARCHAR), CAST(? AS VARCHAR), {names} FROM service_item WHERE no = ?",
                f"M{number}-{place}",
                f"C-{number:04}",
                f"M{place}",
            )


async def _contracts(no: str, numbers: range, customer: str, machines: str) -> None:
    async with transaction() as session:
        own = ("no", "customer_no", "bill_to_customer_no", "id")
        heads = await _columns(session, "service_contract", *own)
        lines = await _columns(session, "service_contract_line", "contract_no", "service_item_no", "id")
        for number in numbers:
            copy = f"{customer}-{number:02}"
            await session.execute(
                f"INSERT INTO service_contract (no, customer_no, bill_to_customer_no, {heads})"
                " SELECT CAST(? AS VARCHAR), CAST(? AS VARCHAR), CAST(? AS VARCHAR),"
                f" {heads} FROM service_contract WHERE no = ?",
                copy,
                customer,
                customer,
                no,
            )
            await session.execute(
                f"INSERT INTO service_contract_line (contract_no, service_item_no, {lines})"
                f" SELECT CAST(? AS VARCHAR), CAST(? AS VARCHAR) || SUBSTR(service_item_no, 2), {lines}"
                " FROM service_contract_line WHERE contract_no = ?",
                copy,
                machines,
                no,
            )


async def f_7(where: Place, count: int) -> dict[str, Any]:
    """Contracts a second of the preview, invoices a second of the run, and the memory in MB at its tenths."""
    url = await _company(where, count)
    seen: list[float] = []

    async def each(run: BatchRun) -> None:
        seen.append(megabytes())

    async with engine.connected(url):
        await look_at_run(ACTING, DATES, ContractFilter(bill_to_customer_no="C-GOOD"))  # warm
        started = time.perf_counter()
        look = await look_at_run(ACTING, DATES, ContractFilter())
        preview = time.perf_counter() - started
        assert (len(look.invoices), look.skipped) == (count, ())
        del look
        worker, before = Worker(), megabytes()
        started = time.perf_counter()
        begun = await start_invoicing(ACTING, DATES, ContractFilter(), worker=worker.name)
        to_start = time.perf_counter() - started
        assert begun.no is not None, begun.findings
        started = time.perf_counter()
        run = await finish(worker, begun.no, each)
        create = time.perf_counter() - started
        assert run.ready == count, run
    last = len(seen) - 1
    return {
        "preview contracts/s": count / preview,
        "start s": to_start,
        "create invoices/s": count / create,
        "before MB": before,
        **{f"{part * 10} % MB": seen[last * part // 10] for part in (1, 3, 5, 7, 9, 10)},
    }

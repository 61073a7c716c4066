"""`finalize check`, `finalize post` and `finalize worker`, each in a process of its own (D-67, D-85 … D-91)."""

from __future__ import annotations

import asyncio
import os

import pytest

from db import engine
from tests import processes
from tests.builders import TODAY, pack
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, accept, database_rows, enter_company, enter_order, typed_line
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.acting import Acting
from webapp.store.batch_work import follow
from webapp.store.batches import Selection, start_batch

DAY = ("--work-date", TODAY.isoformat())
BOTH = ("--ship", "--invoice")


async def finalize(url: str, *arguments: str) -> tuple[int, str, str]:
    """Exit status, output, messages."""
    done = await asyncio.to_thread(processes.finalize, url, *arguments)
    return done.returncode, done.stdout, done.stderr


async def prepared(url: str) -> None:
    """Four orders; SO-2 has no posting date, SO-4 is only to be consumed."""
    async with engine.connected(url):
        await enter_company(pack())
        for no in ("SO-1", "SO-2", "SO-3"):
            await enter_order("C-GOOD", ["10000 item PUMP qty 2"], no=no)
        await enter_order("C-GOOD", ["10000 item PUMP qty 2 ship 2 consume 2"], no="SO-4")
        accept(await drafts.change_header(ANNA, DocumentKey("order", "SO-2"), {"posting_date": None}, answer="yes"))


async def test_orders_are_checked_previewed_posted_and_what_is_refused_is_said(
    anyio_backend: object, fresh_database_url: str
) -> None:
    url = fresh_database_url
    await prepared(url)
    status, out, _ = await finalize(url, "check", "so-1")
    assert (status, out.splitlines()[0]) == (0, "Order SO-1: ready")
    status, out, _ = await finalize(url, "check", "so-4")
    assert (status, out.splitlines()[0]) == (0, "Order SO-4: ready (ship and consume)")
    status, out, _ = await finalize(url, "check", "SO-1", "SO-2", "SO-9")
    assert status == 1 and "[field_required]" in out and "[document_gone]" in out

    status, out, _ = await finalize(url, "post", "orders", "--all", *BOTH, *DAY, "--preview")
    assert status == 1 and "SO-1: ready" in out and "SO-2: failed" in out and "2 of 4 ready" in out
    assert "a batch and its test report consume nothing" in out
    async with engine.connected(url):
        assert await database_rows("SELECT no FROM service_invoice_header") == []

    status, out, _ = await finalize(url, "post", "orders", "--customer", "c-good", *BOTH, *DAY)
    assert status == 1 and "[field_required]" in out and "2 invoiced" in out and "Batch 2: 2 of 4 posted." in out
    dated = ("--posting-date", TODAY.isoformat())
    status, out, _ = await finalize(url, "post", "orders", "so-2", *BOTH, *DAY, *dated)
    assert status == 0 and "Batch 3: 1 of 1 posted." in out
    async with engine.connected(url):
        assert len(await database_rows("SELECT no FROM service_invoice_header")) == 3
        assert await faults() == []


async def entered(kind: str, no: str, customer: str = "C-GOOD") -> None:
    saved = accept(await drafts.create_document(ANNA, kind, {"no": no, "customer_no": customer}))
    assert saved.key is not None
    accept(await drafts.add_line(ANNA, saved.key, typed_line("10000 resource LINA qty 1")[1]))


async def test_invoices_and_credit_memos_are_posted_whole(anyio_backend: object, fresh_database_url: str) -> None:
    url = fresh_database_url
    async with engine.connected(url):
        await enter_company(pack())
        for no in ("SI-1", "SI-2", "SI-3"):
            await entered("invoice", no, "C-DISC" if no == "SI-3" else "C-GOOD")
        await entered("credit_memo", "SC-1")
        key = DocumentKey("invoice", "SI-2")
        accept(await drafts.change_header(ANNA, key, {"posting_date": None}, answer="yes"))

    status, out, _ = await finalize(url, "post", "invoices", "--customer", "c-good", *DAY, "--preview")
    assert status == 1 and "SI-1: ready" in out and "SI-2: failed" in out and "1 to invoice, " in out
    assert "SI-3" not in out and "Batch 1: 1 of 2 ready." in out
    async with engine.connected(url):
        assert await database_rows("SELECT no FROM service_invoice_header") == []

    status, out, _ = await finalize(url, "post", "invoices", "si-1", "si-3", *DAY)
    assert status == 0 and "2 invoiced, " in out and "Batch 2: 2 of 2 posted." in out
    dated = ("--posting-date", TODAY.isoformat())
    status, out, _ = await finalize(url, "post", "invoices", "--view", "untested", *DAY, *dated)
    assert status == 0 and "SI-2: posted" in out and "Batch 3: 1 of 1 posted." in out
    status, out, _ = await finalize(url, "post", "credit-memos", "--all", *DAY)
    async with engine.connected(url):
        (memo,) = await database_rows("SELECT no FROM service_cr_memo_header")
        assert (status, out.splitlines()[0].split()[:3]) == (0, ["SC-1:", "posted", memo["no"]]), out
        assert "1 credited, " in out and "Batch 4: 1 of 1 posted." in out
        assert len(await database_rows("SELECT no FROM service_invoice_header")) == 3
        assert await faults() == []


@pytest.mark.once
async def test_wrong_use_is_told_from_refusal(anyio_backend: object, fresh_database_url: str) -> None:
    url = fresh_database_url
    for wrong in (["--ship"], ["--all"], ["SO-1", "--all", "--ship"], ["--all", "--ship", "--status", "gone"]):
        status, _, err = await finalize(url, "post", "orders", *wrong)
        assert (status, "Error:" in err) == (2, True), wrong
    for kind in ("invoices", "credit-memos"):
        for wrong in ([], ["SI-1", "--all"], ["--all", "--ship"], ["--view", "gone"]):
            status, _, err = await finalize(url, "post", kind, *wrong)
            assert (status, "Error:" in err) == (2, True), (kind, wrong)
    status, _, err = await finalize(url, "post", "orders", "--all", "--ship")
    assert status == 1 and "[batch_empty]" in err
    status, _, err = await finalize(url, "post", "orders", "--all", "--ship", "--replace-posting-date")
    assert status == 1 and "[batch_posting_date_missing]" in err
    assert (await finalize(url, "check"))[0] == 2


async def test_two_workers_share_what_waits_and_end_when_they_are_told(
    anyio_backend: object, fresh_database_url: str
) -> None:
    await prepared(fresh_database_url)
    poster = Acting("POLLY", "poster", TODAY)
    quiet = {1: os.devnull}
    workers = [processes.start("webapp.cli", "worker", files=quiet, DATABASE_URL=fresh_database_url) for _ in range(2)]
    async with engine.connected(fresh_database_url):
        begun = [
            await start_batch(poster, "order", REQUESTS["ship_and_invoice"], Selection(nos=(no,)))
            for no in ("SO-1", "SO-3")
        ]
        runs = [await follow(one.no) for one in begun if one.no is not None]
        assert [run.summary for run in runs] == ["1 of 1 posted", "1 of 1 posted"]
        assert await faults() == []
    for worker in workers:
        worker.terminate()
    assert [await worker.wait() for worker in workers] == [0, 0]

"""Runs over shipments in the database: created, posted, failed, left out, taken up again (D-56 … D-63, P-176)."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from db.engine import transaction
from tests.builders import TODAY, D, pack
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, accept, database_rows, enter_company, enter_order
from tests.scenarios.world import row_hashes
from webapp.billing.combining import CombineOptions
from webapp.posting.plan import REQUESTS
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.batch_results import BatchDocument, batch_documents
from webapp.store.batch_work import Worker, finish
from webapp.store.batches import BatchRun, Started, load_batch, retry_batch
from webapp.store.combine_runs import (
    CombineFilter,
    look_at_combination,
    name_of,
    remembered_options,
    start_combining,
)
from webapp.store.combined_invoices import invoice_open_shipments
from webapp.store.invoiced_order_runs import InvoicedFilter, invoiced_orders, start_deleting
from webapp.store.posting import post_document

ALL = CombineFilter()
OPTIONS = CombineOptions(TODAY, TODAY)
POST = changed(OPTIONS, post_invoices=True)


async def shipped(no: str, customer: str = "C-GOOD", **header: Any) -> DocumentKey:
    lines = ["10000 item PUMP qty 1", "20000 text as agreed", "30000 resource LINA qty 2"]
    key = await enter_order(customer, lines, no=no, combine_shipments=True, **header)
    result = await post_document(ANNA, key, REQUESTS["ship"])
    assert result.ok, result.findings
    return key


@pytest.fixture
async def orders(database: str) -> str:
    """Two orders of one customer and one of another, shipped and marked for combining."""
    await enter_company(pack(service_setup={"close_invoiced_orders": "batch"}))
    await shipped("SO-1")
    await shipped("SO-2")
    await shipped("SO-3", "C-CASH")
    return database


async def ended(begun: Started, worker: Worker) -> tuple[BatchRun, list[BatchDocument]]:
    assert begun.no is not None, begun.findings
    await worker.take()  # one that nobody holds
    run = await finish(worker, begun.no)
    documents, _ = await batch_documents(begun.no)
    return run, documents


async def ran(options: CombineOptions = POST, asked: CombineFilter = ALL, **values: Any) -> tuple[Any, Any]:
    worker = Worker()
    return await ended(await start_combining(ANNA, asked, options, worker=worker.name, **values), worker)


def outcomes(documents: list[BatchDocument]) -> list[tuple[str, str]]:
    return [(one.document_no, one.outcome) for one in documents]


async def invoices() -> list[tuple[str, str]]:
    rows = await database_rows("SELECT no, bill_to_customer_no FROM service_invoice_header ORDER BY no")
    return [(row["no"], row["bill_to_customer_no"]) for row in rows]


async def test_a_preview_writes_nothing(orders: str):
    before = await row_hashes()
    found, _ = await look_at_combination(ALL, OPTIONS)
    assert [(one.key.customer_no, one.orders) for one in found.groups] == [
        ("C-CASH", ["SO-3"]),
        ("C-GOOD", ["SO-1", "SO-2"]),
    ]
    assert await row_hashes() == before


async def test_invoices_are_created_and_posted(orders: str):
    run, documents = await ran()
    assert run.summary == "2 invoices created and posted"
    assert [one.outcome for one in documents] == ["posted", "posted"]
    assert await invoices() == [("I-1", "C-CASH"), ("I-2", "C-GOOD")]
    assert await faults() == []
    worker = Worker()
    nothing = await start_combining(ANNA, ALL, POST, worker=worker.name)
    assert [one.code for one in nothing.findings] == ["combine_nothing"]


async def test_invoices_are_only_created(orders: str):
    run, documents = await ran(OPTIONS)
    assert run.summary == "2 invoices created"
    assert [one.outcome for one in documents] == ["ready", "ready"]
    document = await drafts.load_document(DocumentKey("invoice", documents[1].document_no))
    assert document is not None
    texts = [line.description for line in document.lines if line.is_text]
    assert texts == ["Shipment S-1:", "Shipment S-2:"]
    assert documents[1].amount == D("1700.00")  # 2 x (500 + 180), 25 % VAT
    held, _ = await look_at_combination(ALL, OPTIONS)
    assert held.groups == () and {one.finding.code for one in held.left_out} == {"combine_held"}


async def test_texts_of_shipments_go_along_when_asked(orders: str):
    _, documents = await ran(changed(OPTIONS, copy_text_lines=True), CombineFilter(customer_no="C-CASH"))
    document = await drafts.load_document(DocumentKey("invoice", documents[0].document_no))
    assert document is not None
    shown = [line.no or line.description for line in document.lines]
    assert shown == ["Shipment S-3:", "PUMP", "as agreed", "LINA"]


@pytest.mark.parametrize(
    ("asked", "customers"),
    [
        (CombineFilter(customer_no="C-CASH"), ["C-CASH"]),
        (CombineFilter(bill_to_customer_no="C-GOOD"), ["C-GOOD"]),
        (CombineFilter(order_no="SO-1"), ["C-GOOD"]),
        (CombineFilter(shipped_until=TODAY.replace(day=1)), []),
        (CombineFilter(shipped_from=TODAY), ["C-CASH", "C-GOOD"]),
    ],
)
async def test_filters(orders: str, asked: CombineFilter, customers: list[str]):
    found, _ = await look_at_combination(asked, OPTIONS)
    assert [one.key.customer_no for one in found.groups] == customers


async def test_only_what_is_ticked_is_made(orders: str):
    found, _ = await look_at_combination(ALL, OPTIONS)
    _, documents = await ran(OPTIONS, chosen=[name_of(found.groups[0])])
    assert len(documents) == 1


async def test_a_failure_leaves_its_invoice_open_and_the_others_go_on(orders: str):
    """D-60, worked example 9, D-91: mended and tried again."""
    async with transaction() as session:
        await session.execute("UPDATE service_setup SET ext_doc_no_mandatory = TRUE")
    run, documents = await ran(POST)
    assert [one.outcome for one in documents] == ["failed", "failed"]
    assert {found.code for one in documents for found in one.findings} == {"mandatory_field_empty"}
    assert run.summary == "0 invoices created and posted, 2 not"
    key = DocumentKey("invoice", documents[0].document_no)
    accept(await drafts.change_header(ANNA, key, {"external_document_no": "PO-1"}))
    worker = Worker()
    again, _ = await ended(await retry_batch(ANNA, run.no, worker=worker.name), worker)
    assert again.summary == "1 of 2 posted"
    assert await invoices() == [("I-1", "C-CASH")]
    assert await faults() == []


async def test_an_invoice_that_cannot_be_made_leaves_nothing(orders: str):
    async with transaction() as session:
        await session.execute("UPDATE customer SET customer_posting_group = NULL WHERE no = 'C-CASH'")
    _, documents = await ran(OPTIONS)
    assert outcomes(documents)[0] == ("", "failed")
    assert "customer_has_no_group" in {found.code for found in documents[0].findings}
    drafts_made = await database_rows("SELECT no FROM service_header WHERE document_type = 'invoice'")
    assert len(drafts_made) == 1


async def test_what_others_took_meanwhile_is_told(orders: str):
    begun = await start_combining(ANNA, ALL, OPTIONS)
    taken = await invoice_open_shipments(ANNA, "C-GOOD")
    assert taken.ok
    run, documents = await ended(begun, Worker())
    assert [one.outcome for one in documents] == ["ready", "skipped"]
    assert {found.code for found in documents[1].findings} == {"combine_taken_meanwhile"}
    assert run.summary == "1 invoice created"


async def test_a_run_goes_on_where_its_worker_stopped(orders: str):
    """Made and not posted yet when the worker went: the next one posts it, and makes no second one."""
    begun = await start_combining(ANNA, ALL, POST)
    assert begun.no is not None
    first = Worker()
    assert await first.hold(begun.no, "")
    run = await load_batch(begun.no)
    assert run is not None
    assert await first.advance(run)  # the first invoice is made
    await first.let_go(run)
    drafts_made = await database_rows("SELECT no FROM service_header WHERE document_type = 'invoice'")
    assert len(drafts_made) == 1
    _, documents = await ended(begun, Worker())
    assert [one.outcome for one in documents] == ["posted", "posted"]
    assert len(await invoices()) == 2
    assert await faults() == []


async def test_the_same_form_begins_one_run(orders: str):
    first = await start_combining(ANNA, ALL, POST, token="t" * 30)
    second = await start_combining(ANNA, ALL, POST, token="t" * 30)
    assert (second.no, second.repeated) == (first.no, True)


async def test_options_are_remembered_but_for_the_dates(orders: str):
    await ran(changed(POST, per="order", copy_text_lines=True))
    kept = await remembered_options(ANNA)
    assert (kept.per, kept.copy_text_lines, kept.post_invoices) == ("order", True, True)
    assert (kept.posting_date, kept.document_date) == (ANNA.work_date, ANNA.work_date)


# --- invoiced orders --------------------------------------------------------------------------------------------------


async def test_invoiced_orders_are_deleted_into_the_archive(orders: str):
    """P-176, D-63."""
    await ran(POST, CombineFilter(customer_no="C-GOOD"))
    part = await invoice_open_shipments(ANNA, "C-CASH")
    assert part.saved.key is not None
    accept(await drafts.delete_line(ANNA, part.saved.key, 30000))
    assert (await post_document(ANNA, part.saved.key, REQUESTS["ship_and_invoice"])).ok
    looked = await invoiced_orders(InvoicedFilter())
    assert [(one.no, one.goes) for one in looked] == [("SO-1", True), ("SO-2", True), ("SO-3", False)]
    worker = Worker()
    run, documents = await ended(await start_deleting(ANNA, InvoicedFilter(), worker=worker.name), worker)
    assert outcomes(documents) == [("SO-1", "posted"), ("SO-2", "posted"), ("SO-3", "skipped")]
    assert [one.code for one in documents[2].findings] == ["order_not_invoiced_out"]
    assert run.summary == "2 orders deleted, 1 stays"
    archived = await database_rows("SELECT no FROM order_archive ORDER BY no")
    assert [row["no"] for row in archived] == ["SO-1", "SO-2"]
    nothing = await start_deleting(ANNA, InvoicedFilter(customer_no="C-GOOD"))
    assert [one.code for one in nothing.findings] == ["combine_nothing"]
    assert await faults() == []


async def test_an_order_that_changed_before_its_turn_stays(orders: str):
    await ran(POST, CombineFilter(customer_no="C-CASH"))
    begun = await start_deleting(ANNA, InvoicedFilter())
    accept(
        await drafts.add_line(ANNA, DocumentKey("order", "SO-3"), {"type": "cost", "no": "TRAVEL", "quantity": D(1)})
    )
    _, documents = await ended(begun, Worker())
    assert outcomes(documents) == [("SO-3", "skipped")]


def test_the_command_names_its_options():
    from webapp.commands.combine import command

    said = CliRunner().invoke(command, ["--help"])
    assert said.exit_code == 0
    for option in ("--posting-date", "--preview", "--post", "--per", "--delete-invoiced-orders"):
        assert option in said.output

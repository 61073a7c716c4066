"""Runs that invoice contracts, in the database: made, skipped, twice, at once, changed meanwhile (C-84 … C-104)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from db import engine
from db.engine import transaction
from db.session import Session
from tests.posting.verified import faults
from tests.store.contract_company import (
    add_line,
    agreed,
    contract_pack,
    dates,
    enter,
    invoiced_to,
    on,
    sign,
    texts,
)
from tests.store.test_post_commands import finalize
from webapp.billing.documents import InvoiceDraft
from webapp.store import contract_runs, contract_steps
from webapp.store.acting import Acting, system
from webapp.store.batch_results import BatchDocument, batch_documents
from webapp.store.batch_work import Worker, finish
from webapp.store.batches import BatchRun, Started
from webapp.store.contract_runs import (
    ContractFilter,
    RunDates,
    RunLook,
    look_at_run,
    rows_of_run,
    run_dates,
    run_filter,
    start_invoicing,
)
from webapp.store.masters import MASTERS, save_master

ALL = ContractFilter()
MARCH = RunDates(date(2025, 3, 31), date(2025, 3, 31))
FUTURE = frozenset({"contract_run_future"})


@pytest.fixture
async def company(database: str) -> str:
    """M5 is a machine of C-EURO."""
    await enter(contract_pack(service_items={"M5": {"customer_no": "C-EURO"}}))
    return database


async def signed(*lines: str, start: str = "2025-01-01", **values: Any) -> str:
    no = await agreed(*lines, start=start, **values)
    await sign(no, start)
    return no


async def look(at: RunDates = MARCH, asked: ContractFilter = ALL, today: str = "2025-03-31") -> RunLook:
    return await look_at_run(on(today), at, asked)


async def started(
    at: RunDates = MARCH, today: str = "2025-03-31", asked: ContractFilter = ALL
) -> tuple[Started, Worker]:
    worker = Worker()
    return await start_invoicing(on(today), at, asked, worker=worker.name), worker


async def ended(begun: Started, worker: Worker) -> tuple[BatchRun, list[BatchDocument]]:
    assert begun.no is not None, begun.findings
    await worker.take()  # one that nobody holds
    run = await finish(worker, begun.no)
    documents, _ = await batch_documents(begun.no)
    return run, documents


async def run(at: RunDates = MARCH, today: str = "2025-03-31", asked: ContractFilter = ALL) -> list[str]:
    """A run to its end: its summary, then each row as a text."""
    done, documents = await ended(*await started(at, today, asked))
    return [done.summary, *map(told, documents)]


def told(one: BatchDocument) -> str:
    amount = f" {one.amount:.2f}" if one.currency_code else ""
    return f"{one.document_no or '-'} {one.outcome}{amount}" + "".join(f" {found.code}" for found in one.findings)


def shown(one: RunLook) -> list[str]:
    return [
        f"round {made.round_no} {made.bill_to_customer_no} {made.amount:.2f}: "
        + ", ".join(f"{b.contract_no} {b.first} to {b.last} {b.amount:.2f}" for b in made.billed)
        for made in one.invoices
    ] + [f"{left.contract_no}: {' '.join(found.code for found in left.findings)}" for left in one.skipped]


async def test_what_is_previewed_is_made_round_by_round_and_the_same_run_again_makes_nothing(company: str):
    """Three months of one contract, a quarter of two that share an invoice, and one in its own currency."""
    await signed("1200")
    await signed("1200", period="quarter", combine_invoices=True)
    await signed("600", period="quarter", combine_invoices=True)
    euro = await agreed(start="2025-03-01", period="month", customer_no="C-EURO", currency_code="EUR")
    await add_line(euro, 5, "1200", "2025-03-01")
    await sign(euro, "2025-03-01")
    before = await look()
    assert shown(before) == [
        "round 1 C-EURO 13.40: SC-4 2025-03-01 to 2025-03-31 13.40",
        "round 1 C-GOOD 100.00: SC-1 2025-01-01 to 2025-01-31 100.00",
        "round 1 C-GOOD 450.00: SC-2 2025-01-01 to 2025-03-31 300.00, SC-3 2025-01-01 to 2025-03-31 150.00",
        "round 2 C-GOOD 100.00: SC-1 2025-02-01 to 2025-02-28 100.00",
        "round 3 C-GOOD 100.00: SC-1 2025-03-01 to 2025-03-31 100.00",
    ]
    assert await run() == [
        "5 invoices created",
        "CI-1 ready 13.40",
        "CI-2 ready 100.00",
        "CI-3 ready 450.00",
        "CI-4 ready 100.00",
        "CI-5 ready 100.00",
    ]
    assert await run() == ["0 invoices created"]
    assert await faults() == []


async def test_what_stops_one_contract_leaves_the_others_and_all_reasons_are_told(company: str):
    """A combined invoice goes without the one that fails; an open contract is told, a cancelled one is not due."""
    good = await signed("1200", period="quarter", combine_invoices=True)
    serviced = {"invoice_after_service": True, "combine_invoices": True}
    early = await signed("1200 end 2025-02-10", start="2025-02-01", **serviced)
    opened = await signed("1200", period="quarter")
    assert (await contract_steps.open_contract(on("2025-03-31"), "contract", opened)).ok
    cancelled = await signed("1200", period="quarter")
    assert (await contract_steps.cancel_contract(on("2025-03-31"), "contract", cancelled)).ok
    ended_lines = await signed("1200 end 2025-02-10", start="2025-02-01")
    assert shown(await look()) == [
        f"round 1 C-GOOD 35.71: {ended_lines} 2025-02-01 to 2025-02-10 35.71",
        f"round 1 C-GOOD 300.00: {good} 2025-01-01 to 2025-03-31 300.00",
        f"{opened}: contract_not_locked",
        f"{early}: contract_service_outstanding",
        f"{ended_lines}: contract_nothing_to_invoice",
    ]
    assert await run() == [
        "2 invoices created",
        "CI-1 ready 35.71",
        "CI-2 ready 300.00",
        "- skipped contract_not_locked",
        "- skipped contract_service_outstanding",
        "- skipped contract_nothing_to_invoice",
    ]
    assert await dates(early) == "LID None NID 2025-02-28 LPE None period 2025-02-01 - 2025-02-28"
    assert (await texts("CI-2"))[0] == f"Service contract {good}"
    assert await faults() == []


async def test_of_two_runs_at_once_the_second_finds_nothing_due(company: str):
    one = await signed("1200")
    first, second = await started(), await started()
    assert (await ended(*second))[0].summary == "3 invoices created"
    done, documents = await ended(*first)
    assert done.summary == "0 invoices created"
    assert [told(row) for row in documents] == ["- skipped contract_changed_since"] * 3
    assert await invoiced_to(one) == ["2025-03-31"]
    assert await faults() == []


async def test_a_contract_that_fails_in_one_round_is_left_alone_in_the_later_ones(company: str):
    await signed("1200")
    begun, worker = await started()
    _, wrong = await save_master(system(date(2025, 3, 31)), MASTERS["customers"], ("C-GOOD",), {"blocked": "all"}, None)
    assert not wrong
    _, documents = await ended(begun, worker)
    assert [told(one) for one in documents] == [
        "- skipped customer_blocked",
        "- skipped contract_earlier_period_left",
        "- skipped contract_earlier_period_left",
    ]


async def test_a_contract_opened_or_invoiced_while_the_run_goes_is_left_out_and_the_others_share(company: str):
    shared = [await signed("1200", period="quarter", combine_invoices=True) for _ in range(3)]
    begun, worker = await started()
    assert (await contract_steps.open_contract(on("2025-03-31"), "contract", shared[0])).ok
    taken = await contract_steps.create_contract_invoice(on("2025-03-31"), shared[1])
    assert [made.no for made in taken.invoices] == ["CI-1"]
    done, documents = await ended(begun, worker)
    assert [told(one) for one in documents] == ["CI-2 ready 300.00 contract_changed_since contract_not_locked"]
    assert done.no is not None
    row = (await rows_of_run(done.no, [1]))[1]
    assert [(one.no, str(one.first), str(one.last), str(one.amount)) for one in row.contracts] == [
        (shared[2], "2025-01-01", "2025-03-31", "300.00")
    ]
    assert await faults() == []


async def test_a_contract_that_is_deleted_or_goes_to_another_payer_meanwhile_is_told(company: str):
    gone = await signed("1200", period="quarter")
    begun, worker = await started()
    async with transaction() as session:
        for table, column in (("service_contract_line", "contract_no"), ("service_contract", "no")):
            await session.execute(f"DELETE FROM {table} WHERE kind = 'contract' AND {column} = ?", gone)
    _, documents = await ended(begun, worker)
    assert [told(one) for one in documents] == ["- skipped contract_gone"]


@pytest.mark.once
async def test_dates_after_the_work_date_are_asked_about_and_refuse_nothing_once_confirmed(company: str):
    await signed("1200", period="year")
    next_year = RunDates(date(2025, 12, 31), date(2025, 12, 31))
    refused = await start_invoicing(on("2025-03-31"), next_year, ALL)
    assert refused.no is None
    assert [(one.code, one.field) for one in refused.findings] == [
        ("contract_run_future", "posting_date"),
        ("contract_run_future", "invoice_to"),
    ]
    assert "after the work date 2025-03-31" in refused.findings[0].message
    late, day = date(2026, 4, 1), date(2025, 3, 31)
    for far, field in ((RunDates(day, late), "invoice_to"), (RunDates(late, day), "posting_date")):
        refused = await start_invoicing(on("2025-03-31"), far, ALL, confirmed=FUTURE)
        assert [(one.code, one.field) for one in refused.findings] == [("contract_run_too_late", field)]
    begun = await start_invoicing(on("2025-03-31"), next_year, ALL, confirmed=FUTURE)
    done, documents = await ended(begun, Worker())
    assert [told(one) for one in documents] == ["CI-1 ready 1200.00"]
    assert (run_dates(done), run_filter(done)) == (next_year, ALL)


@pytest.mark.once
async def test_warnings_name_days_billed_late_and_lines_that_have_ended(company: str):
    no = await agreed("1200", "600 end 2025-03-10", start="2025-02-10")
    await sign(no, "2025-02-10", starting="later")
    at = RunDates(date(2025, 4, 30), date(2025, 4, 30))
    assert await run(at, "2025-04-30") == [
        "2 invoices created",
        "CI-1 ready 217.92 contract_earlier_days_billed contract_earlier_days_billed",
        "CI-2 ready 100.00 contract_line_ended",
    ]


@pytest.mark.once
async def test_filters_take_some_contracts_and_the_same_form_starts_one_run(company: str):
    await signed("1200", period="quarter")
    month = await signed("1200", start="2025-03-01")
    for asked in (ContractFilter(invoice_period="month"), ContractFilter(contract_no=month)):
        assert [one.billed[0].contract_no for one in (await look(asked=asked)).invoices] == [month]
    assert (await look(asked=ContractFilter(bill_to_customer_no="C-EURO"))).invoices == ()
    assert ContractFilter(invoice_period="month").words == "Contracts with invoice period month"
    token = "t" * 32
    first = await start_invoicing(on("2025-03-31"), MARCH, ALL, token=token)
    again = await start_invoicing(on("2025-03-31"), MARCH, ALL, token=token)
    assert (again.no, again.repeated) == (first.no, True)


@pytest.mark.once
async def test_without_numbers_each_row_fails_with_the_reason_and_no_date_moves(database: str):
    lines = {("CINVOICES", 10000): {"starting_no": "CI-1", "ending_no": "CI-1"}}
    await enter(contract_pack(number_series_lines=lines))
    no = await signed("1200", start="2025-02-01")
    assert await run() == ["1 invoice created", "CI-1 ready 100.00", "- failed series_exhausted"]
    assert await dates(no) == "LID 2025-02-28 NID 2025-03-31 LPE 2025-02-28 period 2025-03-01 - 2025-03-31"


async def test_the_command_previews_makes_and_says_what_it_skips(
    anyio_backend: object, fresh_database_url: str
) -> None:
    url, day = fresh_database_url, ("--work-date", "2025-03-31")
    async with engine.connected(url):
        await enter()
        await signed("1200", period="quarter")
        opened = await signed("1200", period="quarter")
        assert (await contract_steps.open_contract(on("2025-03-31"), "contract", opened)).ok
    status, out, _ = await finalize(url, "invoice-contracts", *day, "--preview")
    assert status == 1
    assert out.splitlines()[:2] == [
        "C-GOOD: 300.00 LCY",
        "    contract SC-1, 2025-01-01 to 2025-03-31: 300.00",
    ]
    assert "skipped, contract SC-2, due 2025-03-31:" in out and "[contract_not_locked]" in out
    assert out.splitlines()[-1] == "1 invoice of 1 contract would be created, 300.00 LCY."
    status, out, err = await finalize(url, "invoice-contracts", *day, "--invoice-to", "2026-03-31")
    assert status == 1 and "[contract_run_future]" in err and "Add --future" in err and not out
    status, out, _ = await finalize(url, "invoice-contracts", *day)
    assert status == 1
    assert out.splitlines()[0] == "CI-1: ready 300.00 LCY"
    assert out.splitlines()[-1] == "Batch 1: 1 invoice created."


async def test_invoices_that_share_a_transaction_break_off_one_by_one(
    company: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in one of them is told of that one; the others are made (C-88, D-89)."""
    nos = [await signed("1200", period="quarter") for _ in range(3)]
    original = contract_runs.write_invoices

    async def faulty(session: Session, acting: Acting, drafts: Sequence[InvoiceDraft]) -> Any:
        if nos[1] in [share.case.contract.no for draft in drafts for share in draft.shares]:
            raise RuntimeError("the second is faulty")  # an assert would spell out all that it looked at
        return await original(session, acting, drafts)

    monkeypatch.setattr(contract_runs, "write_invoices", faulty)
    assert await run() == [
        "2 invoices created",
        "CI-1 ready 300.00",
        "- failed posting_broke_off",
        "CI-2 ready 300.00",
    ]
    assert await dates(nos[1]) == "LID None NID 2025-03-31 LPE None period 2025-01-01 - 2025-03-31"
    assert await faults() == []


@pytest.mark.once
async def test_many_invoices_take_few_statements(company: str, statements: list[str]) -> None:
    """F-7: the statements of a preview do not grow with its contracts, those of a run by a few for ten invoices."""
    for _ in range(20):
        await signed("1200", period="quarter")
    one = ContractFilter(contract_no="SC-1")
    await look()
    statements.clear()
    await look(asked=one)
    few = len(statements)
    statements.clear()
    assert len((await look()).invoices) == 20
    assert len(statements) == few < 12
    begun, worker = await started()
    await worker.take()
    statements.clear()
    assert begun.no is not None
    assert (await finish(worker, begun.no)).ready == 20
    assert len(statements) < 20 * 4

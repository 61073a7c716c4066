"""What was paid in advance becomes income (C-126 … C-136), by the worked examples."""

from __future__ import annotations

from datetime import date

import pytest

from db.engine import reading
from db.ledgers import GlEntry
from tests.posting.verified import faults
from tests.store.contract_company import (
    D,
    accounts,
    agreed,
    contract,
    contract_pack,
    enter,
    invoice,
    ledger,
    on,
    post,
    sign,
)
from tests.store.test_contract_credits import a_quarter, post_credit
from webapp.store import contract_steps
from webapp.store.acting import system
from webapp.store.batch_work import Worker, finish
from webapp.store.contract_credits import credit_contract_line
from webapp.store.masters import MASTERS, delete_master, save_master
from webapp.store.releases import (
    ReleaseAsked,
    Released,
    look_at_release,
    prepaid_counts,
    preview_release,
    rows_of_release,
    start_release,
)
from webapp.store.rows import codec

SERIES = {
    "number_series": {"RELEASES": {"default_nos": True}},
    "number_series_lines": {("RELEASES", 10000): {"starting_no": "PP-1"}},
    "service_setup": {"prepaid_posting_nos": "RELEASES"},
}


@pytest.fixture
async def company(database: str) -> None:
    await enter(contract_pack(**SERIES))


async def release(until: str, on_day: str = "") -> list[Released]:
    day = date.fromisoformat(on_day or until)
    worker = Worker()
    begun = await start_release(on(str(day)), ReleaseAsked(day, date.fromisoformat(until)), worker=worker.name)
    assert begun.no is not None, begun.findings
    run = await finish(worker, begun.no)
    return [one for _, _, one in await rows_of_release(run.no)]


async def prepaid() -> str:
    return (await accounts()).get("5420", "0.00")


async def test_w2_a_quarter_is_released_month_by_month(company: None):
    no = await agreed("1000", period="quarter", prepaid=True)
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-01"), "2025-01-01")).ok
    assert await release("2025-01-31") == [Released(no, "PP-1", D("83.33"), 1)]
    assert await prepaid() == "-166.67"
    assert (await ledger(no))[0].startswith("2025-01-01 -83.33 -83.33 cost 0.00 P1M1")
    assert await release("2025-02-28") == [Released(no, "PP-2", D("83.34"), 1)]
    assert await release("2025-03-31") == [Released(no, "PP-3", D("83.33"), 1)]
    assert await release("2025-03-31") == []
    assert await accounts() == {"2310": "312.50", "5610": "-62.50", "6955": "-250.00"}
    async with reading() as session:
        released = await session.fetch("SELECT released_by FROM service_ledger_entry WHERE prepaid ORDER BY entry_no")
        texts = await session.fetch(
            "SELECT DISTINCT description, external_document_no FROM gl_entry WHERE document_no = 'PP-1'"
        )
    assert [row[0] for row in released] == ["PP-1", "PP-2", "PP-3"]
    assert [tuple(row) for row in texts] == [("Service contract release", no)]
    assert await faults() == []


async def test_w10_a_credit_waits_unposted_and_then_meets_what_it_takes_back(company: None):
    no = await a_quarter()
    await release("2025-04-30")
    await contract_steps.open_contract(on("2025-05-20"), "contract", no)
    saved = await credit_contract_line(on("2025-05-20"), no, 10000, date(2025, 5, 15), None)
    (stays,) = await release("2025-05-31")
    assert [one.code for one in stays.findings] == ["contract_credit_unposted"] and stays.release_no == ""
    assert (await post_credit(saved.credit_memos[0], "2025-05-20")).ok
    assert [(one.release_no, one.amount) for one in await release("2025-05-31")] == [("PP-2", D("245.16"))]
    assert [(one.release_no, one.amount) for one in await release("2025-06-30")] == [("PP-3", D("200.00"))]
    assert await prepaid() == "0.00"
    assert await faults() == []


async def test_what_cancels_out_is_marked_without_a_document(company: None):
    no = await agreed("1200", period="quarter", prepaid=True)
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-01"), "2025-01-01")).ok
    await contract_steps.open_contract(on("2025-01-02"), "contract", no)
    saved = await credit_contract_line(on("2025-01-02"), no, 10000, date(2025, 1, 1), None)
    assert (await prepaid_counts())["prepaid_waiting"] == 1
    assert (await post_credit(saved.credit_memos[0], "2025-01-02")).ok
    assert (await prepaid_counts())["prepaid_waiting"] == 0  # nothing to release, so nothing waits
    assert await release("2025-03-31") == [Released(no, "", D(0), 6)]
    assert await prepaid() == "0.00" and await release("2025-03-31") == []
    assert await faults() == []


@pytest.mark.parametrize("posting", ["none", "line"])
async def test_w6_the_account_clears_however_discounts_are_posted(database: str, posting: str):
    await enter(contract_pack(**SERIES, receivables_setup={"discount_posting": posting}))
    no = await agreed("1000 disc 10", "600 disc 100", period="quarter", prepaid=True)
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-01"), "2025-01-01")).ok
    (done,) = await release("2025-03-31")
    assert done.amount == (D("400.00") if posting == "line" else D("225.00"))
    assert await prepaid() == "0.00"
    assert await faults() == []


async def test_what_a_run_needs(database: str):
    await enter()
    no = await agreed("1200", period="quarter", prepaid=True)
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-01"), "2025-01-01")).ok
    begun = await start_release(on("2025-01-31"), ReleaseAsked(None, None))
    assert [one.code for one in begun.findings] == ["field_required", "field_required", "series_missing"]
    plans, found = await look_at_release(on("2025-01-31"), ReleaseAsked(date(2025, 1, 31), date(2025, 1, 31)))
    assert plans == [] and [one.code for one in found] == ["series_missing"]


async def test_the_preview_is_what_the_run_posts(company: None):
    """D-78, O-10: the documents under the numbers that they take, and their entries to the cent; nothing is written."""
    nos = [await agreed(*values, period="quarter", prepaid=True) for values in (("1000", "600"), ("500",))]
    for no in nos:
        await sign(no, "2025-01-01")
        assert (await post(await invoice(no, "2025-01-01"), "2025-01-01")).ok
    asked = ReleaseAsked(date(2025, 2, 28), date(2025, 2, 28))
    before = await accounts()
    look = await preview_release(on("2025-02-28"), asked)
    again = await preview_release(on("2025-02-28"), asked)
    assert not look.findings and look.entries == again.entries and await accounts() == before
    assert dict(look.numbers) == {nos[0]: "PP-1", nos[1]: "PP-2"}
    done = await release("2025-02-28")
    assert {one.contract_no: one.release_no for one in done} == dict(look.numbers)
    names = ("document_no", "posting_date", "gl_account_no", "external_document_no", "amount", "debit_amount",
             "credit_amount", "dim_1", "description")  # fmt: skip
    (planned,) = look.entries
    async with reading() as session:
        sql = f"SELECT {', '.join(names)} FROM gl_entry WHERE document_no LIKE 'PP-%' ORDER BY entry_no"
        rows = await session.fetch(sql)
    posted = [codec(GlEntry).read(names, row) for row in rows]
    assert posted and posted == [{name: row[name] for name in names} for row in planned.rows]
    assert (await preview_release(on("2025-02-28"), asked)).plans == []


async def test_what_was_released_meanwhile_is_not_released_again(company: None):
    no = await agreed("1200", period="quarter", prepaid=True)
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-01"), "2025-01-01")).ok
    asked, worker = ReleaseAsked(date(2025, 1, 31), date(2025, 1, 31)), Worker()
    first = await start_release(on("2025-01-31"), asked, worker=worker.name)
    second = await start_release(on("2025-01-31"), asked, worker=worker.name)
    assert first.no is not None and second.no is not None
    await finish(worker, first.no)
    await finish(worker, second.no)
    ((_, _, again),) = await rows_of_release(second.no)
    assert [one.code for one in again.findings] == ["contract_nothing_to_release"]
    assert await prepaid() == "-200.00"
    assert await faults() == []


async def test_the_account_group_keeps_what_contracts_need_of_it(company: None):
    """C-9, C-131, C-136: an account in use is neither emptied nor changed while something waits on it."""
    no = await a_quarter()
    group = MASTERS["contract-account-groups"]

    async def saved(**values: str) -> list[tuple[str, str]]:
        _, found = await save_master(system(date(2025, 4, 1)), group, ("STD",), values, None)
        return [(one.code, one.field) for one in found]

    needed = "contract_group_account_needed"
    assert await saved(non_prepaid_account="") == [(needed, "non_prepaid_account")]
    assert await saved(prepaid_account="") == [(needed, "prepaid_account")]
    assert await saved(prepaid_account="6510") == [("contract_group_account_holds", "prepaid_account")]
    assert await saved(description="Standard", non_prepaid_account="6510") == []
    assert await saved(non_prepaid_account="6955") == []
    await release("2025-06-30")
    assert await saved(prepaid_account="6510") == []
    assert [one.code for one in await delete_master(system(date(2025, 4, 1)), group, ("STD",), None)] == [
        "used_elsewhere"
    ]
    assert (await contract(no)).contract.is_signed

"""Posted invoices of contracts cancelled and corrected; their days are invoiced again (P-186, D-43)."""

from __future__ import annotations

from datetime import date

import pytest

from db.engine import reading
from tests.looking import cancel_differences
from tests.posting.verified import faults
from tests.store.contract_company import (
    D,
    accounts,
    agreed,
    contract,
    contract_pack,
    dates,
    delete,
    enter,
    invoice,
    invoiced_to,
    ledger,
    on,
    post,
    sign,
    texts,
)
from tests.store.test_releases import SERIES, prepaid, release
from webapp.store.cancel import CancelResult, cancel_invoice, look_at_cancel


@pytest.fixture
async def company(database: str) -> None:
    await enter(contract_pack(**SERIES))


async def cancel(no: str, on_day: str, *, correct: bool = False) -> CancelResult:
    acting, day = on(on_day), date.fromisoformat(on_day)
    looked = await look_at_cancel(acting, no, day)
    result = await cancel_invoice(acting, no, day, correct=correct)
    assert looked is not None and result is not None
    if not correct:
        assert await cancel_differences(looked, result, acting.user) == []
    return result


async def a_quarter() -> str:
    no = await agreed("1000", "600 disc 10", period="quarter", prepaid=True)
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-01"), "2025-01-01")).ok
    return no


async def test_a_cancelled_invoice_is_credited_and_its_period_invoiced_again(company: None):
    no = await a_quarter()
    before = await dates(no)
    billed = await ledger(no)
    assert (await release("2025-01-31"))[0].release_no == "PP-1"
    done = await cancel("I-1", "2025-02-10")
    assert done.ok, done.findings
    assert await dates(no) == "LID None NID 2025-01-01 LPE None period 2025-01-01 - 2025-03-31"
    assert await invoiced_to(no) == ["None", "None"]
    assert len(await ledger(no)) == 2 * len(billed)
    assert (await accounts()) == {"5420": "128.33", "6955": "-128.33"}
    assert (await release("2025-03-31"))[0].amount == D("-128.33")
    assert await accounts() == {}
    assert await faults() == []
    again = await invoice(no, "2025-03-01")
    assert await dates(no) == before
    assert [row.split()[1] for row in await ledger(no)][-6:] == [row.split()[1] for row in billed]
    assert (await post(again, "2025-03-01")).ok
    assert await faults() == []
    async with reading() as session:
        register = await session.fetch(
            "SELECT destination_kind, destination_no FROM service_document_register ORDER BY id"
        )
    assert ("posted_credit_memo", done.credit_memo_no) in [tuple(row) for row in register]


async def test_a_corrected_invoice_comes_back_as_a_draft_with_the_same_days(company: None):
    no = await a_quarter()
    before = await dates(no)
    done = await cancel("I-1", "2025-01-10", correct=True)
    assert done.ok and done.draft_no == "CI-2"
    assert await dates(no) == before
    assert [text.split()[-1] for text in (await texts("CI-2"))[1:]] == [
        "83.33", "83.34", "83.33", "45.00", "45.00", "45.00",
    ]  # fmt: skip
    assert (await contract(no)).open_invoices == ("CI-2",)
    assert (await post("CI-2", "2025-01-10")).ok
    assert (await release("2025-03-31"))[0].amount == 385
    assert await prepaid() == "0.00" and await faults() == []


async def test_what_is_corrected_of_a_contract_that_pays_afterwards_is_dated_like_its_draft(company: None):
    no = await agreed("1000")
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-31"), "2025-01-31")).ok
    assert (await cancel("I-1", "2025-02-10", correct=True)).ok
    assert (await ledger(no))[-1].startswith("2025-02-10 -83.33")
    assert (await post("CI-2", "2025-02-10")).ok
    assert await faults() == []


async def test_the_draft_of_a_correction_is_deleted_like_any_invoice(company: None):
    no = await a_quarter()
    done = await cancel("I-1", "2025-01-10", correct=True)
    assert await delete(done.draft_no, "2025-01-10") == []
    assert await dates(no) == "LID None NID 2025-01-01 LPE None period 2025-01-01 - 2025-03-31"
    assert await faults() == []


async def test_what_came_later_is_cancelled_first(company: None):
    no = await a_quarter()
    assert (await post(await invoice(no, "2025-04-01"), "2025-04-01")).ok
    early = await cancel("I-1", "2025-04-02")
    assert [one.code for one in early.findings] == ["cancel_of_contract"]
    assert "invoice I-2 is later" in early.findings[0].message
    assert (await cancel("I-2", "2025-04-02")).ok
    assert (await cancel("I-1", "2025-04-02")).ok
    assert await dates(no) == "LID None NID 2025-01-01 LPE None period 2025-01-01 - 2025-03-31"
    assert await faults() == []

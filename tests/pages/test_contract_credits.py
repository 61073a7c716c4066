"""Crediting contracts and releasing what was paid in advance, on their pages."""

from __future__ import annotations

import pytest

from tests.pages.conftest import Browser
from tests.store.contract_company import contract_pack, enter, on
from tests.store.test_contract_credits import a_quarter
from tests.store.test_coverage import a_gap
from tests.store.test_releases import SERIES
from webapp.store import contract_steps, users
from webapp.store.batch_work import Worker

pytestmark = pytest.mark.once


@pytest.fixture
async def poster(browser: Browser) -> Browser:
    await enter(contract_pack(**SERIES))
    await browser.sign_in("POLLY")
    return browser


async def test_a_line_is_credited_after_a_look(poster: Browser) -> None:
    no = await a_quarter()
    path = f"/service-contracts/{no}"
    locked = await poster.post(
        f"{path}/lines/10000/credit", {"contract_expiration_date": "2025-05-15", "credit_memo_date": ""}
    )
    assert locked.status_code == 422 and "Open the contract first" in locked.text
    await contract_steps.open_contract(on("2025-05-20"), "contract", no)
    line = await poster.get(f"{path}/lines/10000")
    assert f"{path}/lines/10000/credit" in line.text
    look = await poster.get(f"{path}/lines/10000/credit?contract_expiration_date=2025-05-15&credit_memo_date=")
    assert "both days included" in look.text and "54.84" in look.text and "154.84" in look.text
    assert "As it was invoiced" in look.text and "Part of what was invoiced, by days" in look.text
    late = await poster.post(
        f"{path}/lines/10000/credit", {"contract_expiration_date": "2025-05-15", "credit_memo_date": "2025-05-20"}
    )
    assert late.status_code == 422 and "Choose an earlier date" in late.text and "2025-05-20" in late.text
    done = await poster.post(
        f"{path}/lines/10000/credit", {"contract_expiration_date": "2025-05-15", "credit_memo_date": ""}
    )
    assert (done.status_code, done.headers["location"]) == (303, path)
    shown = await poster.get(path)
    assert "CC-1 takes back 2025-05-15 to 2025-06-30, both days included: 154.84" in shown.text
    assert "/service-credit-memos/CC-1" in shown.text and "Credited" in shown.text
    due = await poster.get(f"{path}/credit-memo")
    assert "Nothing of contract" in due.text
    refused = await poster.post(f"{path}/credit-memo")
    assert refused.status_code == 422


async def test_lines_that_have_ended_are_removed_after_a_look(poster: Browser) -> None:
    no = await a_quarter(automatic_credit_memos=True)
    path = f"/service-contracts/{no}"
    await contract_steps.open_contract(on("2025-05-20"), "contract", no)
    saved = await poster.post(
        f"{path}/lines/10000/credit", {"contract_expiration_date": "2025-05-15", "credit_memo_date": ""}
    )
    assert saved.status_code == 303
    look = await poster.get("/remove-contract-lines?until=2025-05-31")
    assert "Remove 1 line" in look.text and "Machine 1" in look.text
    assert "has ended by then" in (await poster.get("/remove-contract-lines?until=2025-05-01")).text
    done = await poster.post("/remove-contract-lines", {"until": "2025-05-31"})
    assert done.status_code == 200 and "What became of them" in done.text
    assert (await poster.post("/remove-contract-lines", {"until": "soon"})).status_code == 422


async def test_the_accountant_releases_after_a_look(browser: Browser, hashes: dict[str, str]) -> None:
    await enter(contract_pack(**SERIES))
    no = await a_quarter()
    await users.add_user("ARON", "Aron Accountant", "accountant", hashes["password"])
    await browser.sign_in("ARON")
    look = await browser.get("/prepaid-releases?asked=1&until=2025-05-31&posting_date=2025-05-31&contract_no=")
    assert no in look.text and "600.00" in look.text
    early = await browser.get("/prepaid-releases?asked=1&until=2025-03-31&posting_date=2025-03-31&contract_no=")
    assert "Nothing waits on the prepaid account" in early.text
    assert (await browser.post("/prepaid-releases", {"until": "", "posting_date": "2025-05-31"})).status_code == 422
    begun = await browser.post("/prepaid-releases", {"until": "2025-05-31", "posting_date": "2025-05-31"})
    assert begun.status_code == 303
    place = begun.headers["location"]
    live = await browser.get(place)
    assert live.status_code == 303 and live.headers["location"].startswith("/batches/")
    worker = Worker()
    run = await worker.take()
    assert run is not None
    await worker.run(run)
    again = await browser.get(live.headers["location"])
    assert again.headers["location"] == place
    result = await browser.get(place)
    assert "1 of 1 contract released" in result.text and "PP-1" in result.text and "600.00" in result.text
    assert (await browser.get("/prepaid-releases/999")).status_code == 404


async def test_a_clerk_neither_credits_nor_releases(browser: Browser) -> None:
    await enter(contract_pack(**SERIES))
    await browser.sign_in("CLARA")
    for path in ("/prepaid-releases", "/remove-contract-lines", "/service-contracts/SC-1/credit-memo"):
        assert (await browser.get(path)).status_code == 403


async def test_the_page_lists_gaps_and_closes_them(browser: Browser) -> None:
    await enter()
    no = await a_gap()
    await browser.sign_in("POLLY")
    shown = await browser.get("/contract-coverage?month=2025-02-14")
    assert "Forgotten" in shown.text and "95.00" in shown.text and "see above" in shown.text
    given = {"contract": no, "line": "10000", "first": "2025-02-10", "reason": ""}
    refused = await browser.post("/contract-coverage/gaps", given | {"waive": "1"})
    assert refused.status_code == 422 and "Type the reason" in refused.text
    done = await browser.post("/contract-coverage/gaps", given | {"waive": "1", "reason": "as agreed"})
    assert done.status_code == 303
    assert "No day is forgotten" in (await browser.get("/contract-coverage")).text
    again = await browser.post("/contract-coverage/gaps", given)
    assert again.status_code == 422 and "no gap any more" in again.text

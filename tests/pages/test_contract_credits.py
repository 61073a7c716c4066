"""Crediting contracts and releasing what was paid in advance, on their pages."""

from __future__ import annotations

from datetime import date

import pytest

from tests.pages.conftest import Browser
from tests.store.contract_company import D, agreed, contract, contract_pack, enter, on, sign
from tests.store.test_contract_credits import a_quarter
from tests.store.test_coverage import a_gap
from tests.store.test_releases import SERIES
from webapp.store import contract_steps, drafts, users
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
    shown = await poster.get(f"{path}/lines/10000/credit")
    assert f'href="{path}/steps/opening"' in shown.text and "contract_expiration_date" not in shown.text
    await contract_steps.open_contract(on("2025-05-20"), "contract", no)
    line = await poster.get(f"{path}/lines/10000")
    assert f"{path}/lines/10000/credit" in line.text
    assert "01/04/2025 – 30/04/2025" in (await poster.get("/posted-service-invoices/I-1/print")).text
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
    assert "CC-1 takes back 15/05/2025 to 30/06/2025, both days included: 154.84" in shown.text
    assert "/service-credit-memos/CC-1" in shown.text and "Credited" in shown.text
    due = await poster.get(f"{path}/credit-memo")
    assert "Nothing of contract" in due.text
    refused = await poster.post(f"{path}/credit-memo")
    assert refused.status_code == 422


async def test_a_line_whose_credit_memo_is_open_is_removed_after_a_question(poster: Browser) -> None:
    no = await a_quarter()
    path = f"/service-contracts/{no}"
    await contract_steps.open_contract(on("2025-05-20"), "contract", no)
    await poster.post(f"{path}/lines/10000/credit", {"contract_expiration_date": "2025-05-15", "credit_memo_date": ""})
    asked = await poster.post(f"{path}/lines/10000/deletion")
    assert asked.status_code == 422 and "its credit memo is not posted yet: CC-1" in asked.text
    assert (
        "Yes, remove it" in asked.text
        and f'href="{path}">No, keep it' in asked.text
        and "Yes, save it" not in asked.text
    )
    done = await poster.post(f"{path}/lines/10000/deletion", {"_confirmed": "contract_credit_not_posted"})
    assert done.status_code == 303
    assert "Line 10000 is removed." in (await poster.get(path)).text


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
    assert "with something to release" in (await browser.get("/")).text
    look = await browser.get("/prepaid-releases?asked=1&until=2025-05-31&posting_date=2025-05-31&contract_no=")
    assert no in look.text and "600.00" in look.text
    assert "1 document would be posted, one for each contract with an amount: PP-1." in look.text
    assert f"Contract {no}, document PP-1" in look.text and "General ledger" in look.text
    assert 'is-preview"' in look.text and "data-print" in look.text
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
    assert "Started by" in result.text and "<dd>Aron Accountant</dd>" in result.text
    assert (await browser.get("/prepaid-releases/999")).status_code == 404


async def test_a_clerk_neither_credits_nor_releases(browser: Browser) -> None:
    await enter(contract_pack(**SERIES))
    await browser.sign_in("CLARA")
    for path in ("/prepaid-releases", "/remove-contract-lines", "/service-contracts/SC-1/credit-memo"):
        refused = await browser.get(path)
        assert refused.status_code == 403 and "Your role “clerk” does not include this; " in refused.text
    assert "; accountant may do it." in (await browser.get("/prepaid-releases")).text


async def test_the_page_lists_gaps_and_closes_them(browser: Browser) -> None:
    await enter()
    no = await a_gap()
    await browser.sign_in("POLLY")
    shown = await browser.get("/contract-coverage?month=2025-02-14")
    assert "Forgotten: left out of I-1" in shown.text and "95.00" in shown.text and "see above" in shown.text
    of_contract = (await browser.get(f"/service-contracts/{no}")).text
    assert "they were left out of I-1: 95.00" in of_contract
    preview = (await browser.get("/create-contract-invoices?posting_date=2025-03-31&invoice_to=2025-03-31")).text
    assert "10/02/2025 to 28/02/2025" in preview and "95.00" in preview
    other = (await browser.get("/create-contract-invoices?posting_date=2025-03-31&bill_to_customer_no=C-EURO")).text
    assert "10/02/2025 to 28/02/2025" not in other
    given = {"contract": no, "line": "10000", "first": "2025-02-10", "reason": ""}
    refused = await browser.post("/contract-coverage/gaps", given | {"waive": "1"})
    assert refused.status_code == 422 and "Type the reason" in refused.text
    done = await browser.post("/contract-coverage/gaps", given | {"waive": "1", "reason": "as agreed"})
    assert done.status_code == 303
    assert "No day is forgotten" in (await browser.get("/contract-coverage")).text
    month = (await browser.get("/contract-coverage?month=2025-02-14")).text.partition('id="given"')[2]
    assert '<td>10/02/2025 to 28/02/2025</td><td class="text">as agreed</td>' in month
    assert "Never billed 10/02/2025 to 28/02/2025: as agreed" in (await browser.get(f"/service-contracts/{no}")).text
    history = (await browser.get(f"/service-contracts/{no}/history")).text
    assert "Days given away" in history and '<td class="text">as agreed</td><td>POLLY</td>' in history
    again = await browser.post("/contract-coverage/gaps", given)
    assert again.status_code == 422 and "no gap any more" in again.text


async def test_prices_are_raised_after_a_look(poster: Browser) -> None:
    no = await agreed("1200", "333 disc 10", period="quarter", next_price_update_date=date(2025, 3, 31))
    await sign(no, "2025-01-01")
    look = await poster.get("/contract-price-updates?until=2025-03-31&pct=5&contract_no=&item_no=")
    assert no in look.text and "1,499.70" in look.text and "1,574.69" in look.text
    nothing = await poster.post("/contract-price-updates", {"until": "2025-03-31", "pct": "0"})
    assert nothing.status_code == 422 and "a percentage that changes something" in nothing.text
    assert "contract_price_pct" in nothing.text or "Type by how much" in nothing.text
    steep = await poster.post("/contract-price-updates", {"until": "2025-03-31", "pct": "12"})
    assert steep.status_code == 422 and "contract_price_steep" in steep.text
    done = await poster.post("/contract-price-updates", {"until": "2025-03-31", "pct": "5"})
    assert done.status_code == 200 and "Updated" in done.text
    found = (await contract(no)).contract
    assert (found.annual_amount, found.amount_per_period) == (D("1574.69"), D("393.67"))
    assert found.next_price_update_date == date(2026, 3, 31) and found.print_increase_text
    again = await poster.get("/contract-price-updates?until=2025-03-31&pct=5")
    assert "No contract is due" in again.text


async def test_discounts_of_a_contract_are_kept_while_it_is_open(poster: Browser) -> None:
    no = await agreed("1200 disc 5", "600")
    path = f"/service-contracts/{no}/discounts"
    row = {"type": "cost", "code": "", "starting_date": "2025-01-01", "discount_pct": "10"}
    assert (await poster.post(path, row)).status_code == 303
    assert (await poster.post(path, row | {"discount_pct": "15"})).status_code == 303
    shown = await poster.get(path)
    assert "15" in shown.text and shown.text.count("2025-01-01") >= 1
    unknown = await poster.post(path, row | {"code": "NOWHERE"})
    assert unknown.status_code == 422 and "NOWHERE" in unknown.text
    assert (await poster.post(f"{path}/points", {"points": "-7"})).status_code == 303
    assert [line.line_discount_pct for line in (await contract(no)).lines] == [0, 0]
    assert (await poster.post(f"{path}/points", {"points": "101"})).status_code == 422
    gone = {name: row[name] for name in ("type", "code", "starting_date")}
    assert (await poster.post(f"{path}/deletion", gone)).status_code == 303
    assert "No discount is agreed" in (await poster.get(path)).text
    await sign(no, "2025-01-01")
    locked = await poster.post(path, row)
    assert locked.status_code == 422 and "Open the contract first" in locked.text


async def test_prepaid_entries_are_fetched_into_a_credit_memo(poster: Browser) -> None:
    no = await a_quarter()
    saved = await drafts.create_document(on("2025-04-01"), "credit_memo", {"customer_no": "C-GOOD"})
    assert saved.key is not None
    path = f"/service-credit-memos/{saved.key.no}"
    assert f"{path}/prepaid-entries" in (await poster.get(path)).text
    look = await poster.get(f"{path}/prepaid-entries?contract_no={no}&until=2025-05-01")
    assert "31 May 2025" in look.text or "31/05/2025" in look.text
    assert "600.00" in look.text and "900.00" not in look.text
    assert (await poster.post(f"{path}/prepaid-entries", {"contract_no": no, "until": "2025-05-01"})).status_code == 303
    again = await poster.post(f"{path}/prepaid-entries", {"contract_no": no, "until": "2025-05-01"})
    assert again.status_code == 422 and "waits on the prepaid account" in again.text


async def test_a_contract_goes_to_another_customer_after_a_question(poster: Browser) -> None:
    no = await agreed("1200")
    path = f"/service-contracts/{no}/steps/customer"
    assert "Salesperson and currency stay" in (await poster.get(path)).text
    asked = await poster.post(path, {"customer_no": "C-EURO"})
    assert asked.status_code == 422 and "Yes, change customer" in asked.text
    done = await poster.post(path, {"customer_no": "C-EURO", "_confirmed": "contract_customer_moves"})
    assert done.status_code == 303
    assert (await contract(no)).contract.customer_no == "C-EURO"

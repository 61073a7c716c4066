"""What the pages of contracts tell besides: blocks, figures, labels, slips of the pen (C-23, C-53, C-84, C-136)."""

from __future__ import annotations

import pytest

from db.engine import transaction
from tests.pages.conftest import Browser
from tests.pages.test_combine import worked
from tests.pages.test_contracts import form_of
from tests.store.contract_company import D, agreed, contract_pack, enter, invoice, on, post, sign
from tests.store.test_contract_orders import block
from tests.store.test_releases import SERIES
from webapp.billing.lifecycle import QUESTIONS
from webapp.pages import contract_runs
from webapp.store import contract_steps, users
from webapp.store.crediting import create_credit_memo
from webapp.store.releases import PrepaidDifference, prepaid_differences

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases

PATH = "/service-contracts/SC-1"


@pytest.fixture
async def poster(browser: Browser) -> Browser:
    await enter(contract_pack(**SERIES))
    await browser.sign_in("POLLY")
    return browser


@pytest.fixture
async def books(browser: Browser, hashes: dict[str, str]) -> Browser:
    await enter(contract_pack(**SERIES))
    await users.add_user("ARON", "Aron Accountant", "accountant", hashes["password"])
    await browser.sign_in("ARON")
    return browser


async def test_a_blocked_customer_is_told_when_the_contract_is_made(poster: Browser) -> None:
    await block("customer", "C-GOOD")
    made = await poster.post("/service-contracts/new", {"customer_no": "C-GOOD", "starting_date": "2025-01-01"})
    assert made.status_code == 303
    assert "is blocked (All): the contract cannot be invoiced" in (await poster.get(PATH)).text


async def test_a_draft_does_not_wait_and_a_difference_is_spread_above_the_lines(poster: Browser) -> None:
    await agreed("40", "45", "63")
    shown = await poster.get(PATH)
    assert "days-strip" not in shown.text
    asked = await poster.post(f"{PATH}/header", form_of(shown, "header") | {"annual_amount": "139"})
    lines = asked.text.partition('id="lines"')[2].partition('id="contract-lines"')[0]
    assert 'value="even" form="header"' in lines and ">42.00<" in lines and ">60.00<" in lines
    assert 'value="by_profit" form="header"' in lines and "by the same percentage" in lines
    assert "139.00" in lines and "148.00" in lines and "differ by" in lines


async def test_signing_and_locking_tell_what_no_invoice_could_be_posted_with(poster: Browser) -> None:
    """C-9, C-33: neither stops at it, so it is told while somebody looks."""
    await agreed("1200")
    async with transaction() as session:
        await session.execute("UPDATE gl_account SET vat_prod_group = NULL WHERE no = '6955'")
    assert (await poster.post(f"{PATH}/steps/signing", {"_confirmed": ",".join(QUESTIONS)})).status_code == 303
    told = "As it stands no invoice of contract SC-1 can be posted: "
    signed = (await poster.get(PATH)).text
    assert f"{told}G/L account 6955 of account group STD has no VAT prod. posting group." in signed
    await poster.post(f"{PATH}/steps/opening")
    async with transaction() as session:
        await session.execute("UPDATE service_contract SET contract_account_group = NULL")
    assert (await poster.post(f"{PATH}/steps/locking")).status_code == 303
    assert f"{told}Contract SC-1 has no account group." in (await poster.get(PATH)).text


async def test_what_stops_an_invoice_is_told_before_the_click(poster: Browser) -> None:
    await agreed("1200")
    assert "Contract SC-1 is not signed." in (await poster.get(f"{PATH}/steps/invoice")).text
    await sign("SC-1", "2025-01-01")
    await contract_steps.open_contract(on("2025-01-01"), "contract", "SC-1")
    assert "only a locked contract is invoiced" in (await poster.get(f"{PATH}/steps/invoice")).text


async def test_its_documents_are_named_corrective_credit_memos_too(poster: Browser) -> None:
    no = await agreed("1000", period="quarter", prepaid=True)
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-01"), "2025-01-01")).ok
    made = await create_credit_memo(on("2025-01-31"), "I-1", {20000: D(1)})
    assert made is not None and made.key is not None
    shown = await poster.get(PATH)
    assert ">Posted invoice I-1</a>" in shown.text
    assert f">Open corrective credit memo {made.key.no}</a>" in shown.text


async def test_a_number_that_is_nobodys_is_refused_and_not_taken_for_nothing_due(poster: Browser) -> None:
    for path in (
        "/create-contract-invoices?posting_date=2025-03-31&invoice_to=2025-03-31&contract_no=SC-99",
        "/create-contract-invoices?posting_date=2025-03-31&invoice_to=2025-03-31&bill_to_customer_no=C-99",
    ):
        look = await poster.get(path)
        assert "does not exist in" in look.text and "No invoice would be made" not in look.text


async def test_so_is_one_in_the_filter_of_a_release(books: Browser) -> None:
    look = await books.get("/prepaid-releases?asked=1&until=2025-01-31&posting_date=2025-01-31&contract_no=SC-99")
    assert "does not exist in" in look.text and "Nothing waits" not in look.text


async def test_a_long_preview_is_paged_and_a_batch_is_headed_by_what_it_does(
    poster: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract_runs, "SHOWN", 1)
    for _ in range(2):
        await sign(await agreed("1200"), "2025-01-01")
    query = "/create-contract-invoices?posting_date=2025-01-31&invoice_to=2025-01-31"
    first = await poster.get(query)
    assert "Invoices 1 to 1 of 2." in first.text and "Create 2 invoices" in first.text and "200.00" in first.text
    second = await poster.get(query + "&part=2")
    assert "Invoices 2 to 2 of 2." in second.text and "/service-contracts/SC-2" in second.text
    await invoice("SC-1", "2025-01-31")
    started = await poster.post("/batches", {"kind": "invoice", "select": "CI-1", "do": "post"})
    assert started.status_code == 303, started.text
    await worked(started.headers["location"])
    shown = await poster.get(started.headers["location"])
    assert "Post service invoices" in shown.text and "Ship and invoice" not in shown.text


async def test_an_account_that_differs_from_what_waits_on_it_stands_on_the_home_page(books: Browser) -> None:
    no = await agreed("1000", period="quarter", prepaid=True)
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-01"), "2025-01-01")).ok
    assert await prepaid_differences() == []
    assert "differ from what waits on them" not in (await books.get("/")).text
    async with transaction() as session:
        columns = "posting_run_no, transaction_no, posting_date, gl_account_no, document_no, amount, debit_amount"
        await session.execute(
            f"INSERT INTO gl_entry (entry_no, {columns}) SELECT 999, posting_run_no, transaction_no, posting_date,"
            " '5420', 'X-1', 500000, 500000 FROM gl_entry WHERE entry_no = 1"
        )
    assert await prepaid_differences() == [PrepaidDifference("5420", D(-245), D(-250))]
    assert "differ from what waits on them" in (await books.get("/")).text
    assert "they differ by 5.00" in (await books.get("/prepaid-releases")).text

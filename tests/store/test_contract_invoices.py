"""Invoices of contracts on the database: made, posted, deleted, made again (C-98 … C-125), by the worked examples."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from db.engine import reading, transaction
from tests.posting.verified import faults
from tests.scenarios.world import row_hashes
from tests.store.contract_company import (
    D,
    accounts,
    add_line,
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
from webapp.billing.lifecycle import QUESTIONS
from webapp.posting.snapshot import DocumentKey, PostingRequest
from webapp.store import contract_steps, drafts
from webapp.store.contract_drafts import change_contract
from webapp.store.posting import plan_document


@pytest.fixture
async def company(database: str) -> None:
    await enter()


async def test_w1_and_w13_monthly_deleted_and_made_again(company: None):
    no = await agreed("1200 cost 600")
    assert (await sign(no, "2025-01-01")).invoices == ()
    first = await invoice(no, "2025-01-31")
    assert await ledger(no) == ["2025-01-31 -100.00 -100.00 cost -50.00 P0M1 open CI-1"]
    assert await texts(first) == [f"Service contract {no}", "6955 2025-01-01 - 2025-01-31 100.00"]
    assert await dates(no) == "LID 2025-01-31 NID 2025-02-28 LPE 2025-01-31 period 2025-02-01 - 2025-02-28"
    assert (await post(first, "2025-01-31")).ok
    assert await accounts() == {"2310": "125.00", "6955": "-100.00", "5610": "-25.00"}
    assert (await ledger(no))[0].endswith("P0M1 I-1")

    second = await invoice(no, "2025-02-28")
    before, entries = await contract(no), await ledger(no)
    assert await delete(second, "2025-02-28") == []
    assert await dates(no) == "LID 2025-01-31 NID 2025-02-28 LPE 2025-01-31 period 2025-02-01 - 2025-02-28"
    assert await invoiced_to(no) == ["2025-01-31"]
    assert (await ledger(no))[1:] == [
        "2025-02-28 -100.00 -100.00 cost -50.00 P0M1 CI-2",
        "2025-02-28 100.00 100.00 cost 50.00 P0M1 CI-2",
    ]
    third = await invoice(no, "2025-02-28")
    again = await contract(no)
    assert third == "CI-3"
    assert (await ledger(no))[-1] == entries[-1].replace("CI-2", "CI-3")
    assert [line.invoiced_to_date for line in again.lines] == [line.invoiced_to_date for line in before.lines]
    assert await faults() == []


async def test_w2_prepaid_stays_on_the_prepaid_account(company: None):
    no = await agreed("1000 cost 400", period="quarter", prepaid=True)
    await sign(no, "2025-01-01")
    made = await invoice(no, "2025-01-01")
    assert (await post(made, "2025-01-01")).ok
    assert await accounts() == {"2310": "312.50", "5420": "-250.00", "5610": "-62.50"}
    assert await ledger(no) == [
        "2025-01-01 -83.33 -83.33 cost -33.33 P1M0 I-1",
        "2025-02-01 -83.34 -83.34 cost -33.34 P1M0 I-1",
        "2025-03-01 -83.33 -83.33 cost -33.33 P1M0 I-1",
    ]
    async with reading() as session:
        usage = await session.fetch(
            "SELECT document_type, document_no, type, no, quantity, amount_lcy, cost_amount, moved_from_prepaid,"
            " service_contract_no FROM service_ledger_entry WHERE entry_type = 'usage' ORDER BY entry_no"
        )
        register = await session.fetch(
            "SELECT source_no, destination_kind, destination_no FROM service_document_register"
        )
    assert [tuple(row) for row in usage][1] == (
        "invoice", "I-1", "gl_account", "5420", 100000, 8334000, 3334000, True, no,
    )  # fmt: skip
    assert [tuple(row) for row in register] == [(no, "posted_invoice", "I-1")]
    assert await faults() == []


async def test_w3_the_starting_invoice_is_income(company: None):
    no = await agreed("1680", start="2025-02-10", period="quarter", prepaid=True)
    saved = await sign(no, "2025-02-10", "now")
    assert await ledger(no) == ["2025-02-10 -95.00 -95.00 cost 0.00 P0M1 open CI-1"]
    assert (await post(saved.invoices[0].no, "2025-02-10")).ok
    assert await accounts() == {"2310": "118.75", "6955": "-95.00", "5610": "-23.75"}
    assert await dates(no) == "LID 2025-02-10 NID 2025-03-01 LPE 2025-02-28 period 2025-03-01 - 2025-05-31"
    second = await invoice(no, "2025-03-01")
    assert (await post(second, "2025-03-01")).ok
    assert (await accounts())["5420"] == "-420.00"


async def test_days_that_are_given_away_are_never_billed(company: None):
    no = await agreed("1680", start="2025-02-10", period="quarter", prepaid=True)
    for answer, code in (("", "contract_start_question"), ("never", "contract_waiver_reason")):
        refused = await contract_steps.sign_contract(
            on("2025-02-10"), "contract", no, starting=answer, confirmed=QUESTIONS
        )
        assert [one.code for one in refused.findings] == [code]
    await sign(no, "2025-02-10", "never", "first weeks free")
    assert await invoiced_to(no) == ["2025-02-28"]
    async with reading() as session:
        rows = await session.fetch("SELECT period_from, period_to, amount, reason FROM contract_waiver")
    assert [tuple(row) for row in rows] == [(date(2025, 2, 10), date(2025, 2, 28), 9500000, "first weeks free")]
    made = await invoice(no, "2025-03-01")
    assert len(await texts(made)) == 4  # heading and three months


@pytest.mark.parametrize(
    "posting, credited",
    [
        ("none", {"2310": "281.25", "5420": "-225.00", "5610": "-56.25"}),
        ("line", {"2310": "281.25", "5420": "-400.00", "6910": "175.00", "5610": "-56.25"}),
    ],
)
async def test_w6_discounts_posted_apart_mark_the_entries(database: str, posting: str, credited: dict[str, str]):
    await enter(contract_pack(receivables_setup={"discount_posting": posting}))
    no = await agreed("1000 disc 10", "600 disc 100", period="quarter", prepaid=True)
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-01"), "2025-01-01")).ok
    assert await accounts() == credited
    marked = [row.endswith("gross") for row in await ledger(no)]
    assert marked == [posting == "line"] * 6
    assert await faults() == []


async def test_w11_the_last_prepaid_entry_takes_the_cents(database: str):
    rate = {"currency_code": "GBP", "starting_date": date(2024, 1, 1), "exchange_amount": D(100)}
    await enter(
        contract_pack(
            currencies={"GBP": {"realized_gains": "9330", "realized_losses": "9330"}},
            currency_rates={("GBP", date(2024, 1, 1)): {**rate, "relational_amount": D(118)}},
            gl_accounts={"5420": {"vat_prod_group": "VAT0"}},
        )
    )
    no = await agreed("1000", period="quarter", prepaid=True, currency_code="GBP")
    await sign(no, "2025-01-01")
    made = await invoice(no, "2025-01-01")
    assert [text.split()[-1] for text in (await texts(made))[1:]] == ["70.62", "70.63", "70.61"]
    assert (await post(made, "2025-01-01")).ok
    assert (await accounts())["5420"] == "-249.99"
    assert [row.split()[1] for row in await ledger(no)] == ["-83.33", "-83.34", "-83.32"]


async def test_the_later_invoice_is_deleted_and_posted_last(company: None):
    no = await agreed("1000")
    await sign(no, "2025-01-01")
    made = [await invoice(no, "2025-04-05") for _ in range(3)]
    assert [text for one in made for text in (await texts(one))[1:]] == [
        "6955 2025-01-01 - 2025-01-31 83.33",
        "6955 2025-02-01 - 2025-02-28 83.33",
        "6955 2025-03-01 - 2025-03-31 83.33",
    ]
    assert await delete(made[0], "2025-04-05") == ["contract_later_invoice"] * 2
    refused = await post(made[1], "2025-04-05")
    assert [one.code for one in refused.findings if one.is_error] == ["contract_older_entries"]
    assert await delete(made[2], "2025-04-05", frozenset()) == ["contract_restore_dates"]
    assert await delete(made[2], "2025-04-05") == []
    assert (await post(made[0], "2025-04-05")).ok
    assert await delete(made[1], "2025-04-05") == []
    assert await dates(no) == "LID 2025-01-31 NID 2025-02-28 LPE 2025-01-31 period 2025-02-01 - 2025-02-28"


async def test_what_keeps_an_invoice_from_being_deleted(company: None):
    no = await agreed("1200")
    await sign(no, "2025-01-01")
    first = await invoice(no, "2025-01-31")
    second = await invoice(no, "2025-02-28")
    assert (await post(first, "2025-02-28")).ok
    await contract_steps.open_contract(on("2025-02-28"), "contract", no)
    saved = await change_contract(on("2025-02-28"), "contract", no, {"invoice_period": "quarter"})
    assert saved.ok, saved.findings
    assert await delete(second, "2025-02-28") == ["contract_period_differs"]
    async with transaction() as session:
        await session.execute("UPDATE service_document_register SET invoice_period = 'blank'")
    assert await delete(second, "2025-02-28") == ["contract_dates_missing"]


async def test_a_refused_step_leaves_nothing_behind(company: None):
    """C-5, C-170."""
    no = await agreed("1200")
    await sign(no, "2025-01-01")
    async with transaction() as session:
        await session.execute("UPDATE gl_account SET direct_posting = FALSE WHERE no = '6955'")
    before = await row_hashes()
    saved = await contract_steps.create_contract_invoice(on("2025-01-31"), no)
    assert [one.code for one in saved.findings] == ["account_no_direct_posting"]
    assert await row_hashes() == before


async def test_the_texts_of_an_invoice_with_its_lines(database: str):
    await enter(
        contract_pack(
            standard_texts={"HEAD": {"description": "Contract no."}, "OPEN": {"description": "We bill:"},
                            "PER": {"description": "Period"}, "UP": {"description": "Prices have risen."}},
            service_setup={"contract_line_inv_text": "HEAD", "contract_inv_line_text": "OPEN",
                           "contract_inv_period_text": "PER"},
        )
    )  # fmt: skip
    no = await agreed("1200", contract_lines_on_invoice=True, price_increase_text="UP", print_increase_text=True)
    await sign(no, "2025-01-01")
    made = await invoice(no, "2025-01-31")
    assert await texts(made) == [
        "We bill:", f"Contract no. {no}", "M1 Machine 1", "6955 Period 2025-01-01 - 2025-01-31 100.00",
        "Prices have risen.",
    ]  # fmt: skip
    assert not (await contract(no)).contract.print_increase_text
    assert await delete(made, "2025-01-31") == []
    assert (await contract(no)).contract.print_increase_text


async def test_a_text_that_is_too_long_is_refused(database: str):
    texts_ = {"HEAD": {"description": "x" * 99}}
    await enter(contract_pack(standard_texts=texts_, service_setup={"contract_line_inv_text": "HEAD"}))
    no = await agreed("1200")
    await sign(no, "2025-01-01")
    saved = await contract_steps.create_contract_invoice(on("2025-01-31"), no)
    assert [one.code for one in saved.findings] == ["contract_text_too_long"]


async def test_lines_of_a_contract_invoice_stay_as_they_are(company: None):
    no = await agreed("1200")
    await sign(no, "2025-01-01")
    key = DocumentKey("invoice", await invoice(no, "2025-01-31"))
    refused = await drafts.change_line(on("2025-01-31"), key, 20000, {"unit_price": D(310)})
    assert [one.code for one in refused.findings] == ["line_from_contract"]
    assert (await drafts.add_line(on("2025-01-31"), key, {"type": "cost", "no": "TRAVEL", "quantity": D(1)})).ok
    plan = await plan_document(on("2025-01-31"), key, PostingRequest(invoice=True))
    assert plan is not None
    assert [(one.code, one.line) for one in plan.errors] == [("contract_no_missing", 30000)]


@pytest.mark.parametrize(
    "damage, code",
    [
        ("UPDATE service_line SET appl_to_service_entry = 999 WHERE line_no = 20000", "contract_entry_missing"),
        ("UPDATE service_ledger_entry SET open = FALSE", "contract_entry_closed"),
        ("UPDATE service_line SET line_amount = line_amount - 100000 WHERE line_no = 20000", "contract_entry_amount"),
        ("UPDATE service_line SET appl_to_service_entry = (SELECT MIN(x.appl_to_service_entry) FROM service_line x)"
         " WHERE line_no = 30000", "contract_entry_twice"),
    ],
)  # fmt: skip
async def test_damaged_entries_are_found_before_posting(company: None, damage: str, code: str):
    no = await agreed("1200", "600")
    await sign(no, "2025-01-01")
    key = DocumentKey("invoice", await invoice(no, "2025-01-31"))
    async with transaction() as session:
        await session.execute(damage)
    plan = await plan_document(on("2025-01-31"), key, PostingRequest(invoice=True))
    assert plan is not None and code in {one.code for one in plan.errors}


async def test_w4_a_line_that_joins_is_invoiced_to_the_end_of_the_quarter(company: None):
    no = await agreed("1200", period="quarter", prepaid=True)
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-01"), "2025-01-01")).ok
    await contract_steps.open_contract(on("2025-02-10"), "contract", no)
    await add_line(no, 2, "600", "2025-02-10")
    asked = await contract_steps.lock_contract(on("2025-02-10"), "contract", no)
    assert [one.code for one in asked.findings] == ["contract_join_question"]
    saved = await contract_steps.lock_contract(on("2025-02-10"), "contract", no, new_lines="now")
    assert saved.ok and saved.invoices[0].amount == Decimal("83.93")
    assert (await post(saved.invoices[0].no, "2025-02-10")).ok
    assert await accounts() == {"2310": "479.91", "5420": "-383.93", "5610": "-95.98"}
    assert await dates(no) == "LID 2025-01-01 NID 2025-04-01 LPE 2025-03-31 period 2025-04-01 - 2025-06-30"
    async with reading() as session:
        gains = await session.fetch("SELECT kind, amount FROM contract_gain_loss_entry ORDER BY entry_no")
    assert [tuple(row) for row in gains] == [("signed", 120000000), ("line_added", 60000000)]

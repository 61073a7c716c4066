"""The life of contracts on the database: what is kept of each step, and what two people see of each other."""

from __future__ import annotations

from datetime import date

import pytest

from db.engine import reading, transaction
from tests.builders import D
from tests.posting.verified import faults
from tests.scenarios.world import row_hashes
from tests.store.contract_company import (
    accounts,
    add_line,
    agreed,
    contract,
    dates,
    delete,
    enter,
    invoice,
    ledger,
    on,
    post,
    sign,
)
from webapp.billing.lifecycle import QUESTIONS
from webapp.posting.snapshot import DocumentKey, PostingRequest
from webapp.store import contract_drafts, contract_removals, contract_steps, drafts
from webapp.store.contract_lists import load_contract_file
from webapp.store.posting import plan_document


@pytest.fixture
async def company(database: str) -> None:
    await enter()


async def rows(sql: str) -> list[tuple[object, ...]]:
    async with reading() as session:
        return [tuple(row) for row in await session.fetch(sql)]


async def test_each_step_is_logged_filed_and_counted(company: None):
    no = await agreed("1200")
    await contract_drafts.change_contract(on("2025-01-01"), "contract", no, {"description": "Presses"})
    await sign(no, "2025-01-01")
    await contract_steps.open_contract(on("2025-02-01"), "contract", no)
    values = {"line_value": D(1500)}
    assert (await contract_drafts.change_contract_line(on("2025-02-01"), "contract", no, 10000, values)).ok
    await contract_steps.lock_contract(on("2025-02-01"), "contract", no)
    refused = await contract_steps.cancel_contract(on("2025-03-01"), "contract", no, reason_code="NOPE")
    assert [found.code for found in refused.findings] == ["reference_unknown"]
    saved = await contract_steps.cancel_contract(on("2025-03-01"), "contract", no)
    assert saved.ok, saved.findings
    assert await rows("SELECT kind, amount FROM contract_gain_loss_entry ORDER BY entry_no") == [
        ("signed", 120000000),
        ("manual_update", 30000000),
        ("cancelled", -150000000),
    ]
    logged = await rows("SELECT field, old_value, new_value FROM contract_change_log WHERE part = 'header'")
    assert ("description", "", "Presses") in logged and ("status", "signed", "cancelled") in logged
    changed = await rows("SELECT field, old_value, new_value FROM contract_change_log WHERE part = 'line'")
    assert ("line_value", "1200", "1500") in changed
    filed = await rows("SELECT filed_reason, annual_amount, status FROM filed_contract ORDER BY file_no")
    assert filed == [("signed", 120000000, "blank"), ("cancelled", 150000000, "signed")]
    file = await load_contract_file("contract", no)
    assert file is not None and len(file.changes) > 5 and len(file.filed) == 2


async def test_two_people_in_one_contract(company: None):
    no = await agreed("1200")
    seen = (await contract(no)).contract.row_version
    assert (await contract_drafts.change_contract(on("2025-01-01"), "contract", no, {"description": "A"}, seen)).ok
    late = await contract_drafts.change_contract(on("2025-01-01"), "contract", no, {"description": "B"}, seen)
    assert [one.code for one in late.findings] == ["contract_changed"]
    late = await contract_steps.sign_contract(on("2025-01-01"), "contract", no, seen, confirmed=QUESTIONS)
    assert [one.code for one in late.findings] == ["contract_changed"]
    assert (await contract_steps.delete_contract(on("2025-01-01"), "contract", no)).ok
    gone = await contract_drafts.change_contract(on("2025-01-01"), "contract", no, {"description": "B"})
    assert [one.code for one in gone.findings] == ["contract_gone"]


async def test_a_number_is_never_given_twice(company: None):
    no = await agreed("1200")
    await contract_steps.file_contract(on("2025-01-01"), "contract", no)
    assert (await contract_steps.delete_contract(on("2025-01-01"), "contract", no)).ok
    again = await contract_drafts.create_contract(on("2025-01-01"), "contract", {"no": no, "customer_no": "C-GOOD"})
    assert [one.code for one in again.findings] == ["number_used"]


async def test_a_line_that_was_billed_is_credited_before_it_goes(company: None):
    no = await agreed("1200", "600", automatic_credit_memos=True)
    await sign(no, "2025-01-01")
    await invoice(no, "2025-01-31")
    await contract_steps.open_contract(on("2025-02-01"), "contract", no)
    ends = {"contract_expiration_date": date(2025, 1, 15)}
    assert (await contract_drafts.change_contract_line(on("2025-02-01"), "contract", no, 20000, ends)).ok
    before = await row_hashes()
    saved = await contract_removals.delete_contract_line(on("2025-02-01"), "contract", no, 20000)
    assert [one.code for one in saved.findings] == ["contract_invoice_open"]
    assert await row_hashes() == before


async def test_days_that_are_declined_are_named_with_their_amount(company: None):
    no = await agreed("1680", start="2025-02-10", period="quarter", prepaid=True)
    await sign(no, "2025-02-10", "later")
    saved = await contract_steps.create_contract_invoice(on("2025-03-01"), no, earlier="later")
    assert saved.ok
    assert [(one.code, "95.00" in one.message) for one in saved.notices] == [("contract_days_left", True)]
    file = await load_contract_file("contract", no)
    assert file is not None and str(file.case.lines[0].invoiced_to_date) == "2025-05-31"


async def test_what_is_posted_stays(company: None):
    no = await agreed("1200")
    await sign(no, "2025-01-01")
    first, second = await invoice(no, "2025-01-31"), await invoice(no, "2025-02-28")
    async with transaction() as session:  # posted out of turn, as only a damaged database could have it
        await session.execute(
            "UPDATE service_ledger_entry SET open = FALSE, document_type = 'invoice', document_no = 'I-9'"
            " WHERE document_no = ?",
            second,
        )
    assert await delete(first, "2025-02-28") == ["contract_later_posted"]
    async with transaction() as session:
        await session.execute("UPDATE service_ledger_entry SET open = FALSE WHERE document_no = ?", first)
    assert await delete(first, "2025-02-28") == ["contract_entry_posted", "contract_later_posted"]


async def test_an_order_under_a_contract_that_does_not_hold_its_machine(company: None):
    no = await agreed("1200")
    acting = on("2025-01-10")
    saved = await drafts.create_document(acting, "order", {"customer_no": "C-GOOD"})
    assert saved.key is not None
    await drafts.add_item_line(acting, saved.key, {"service_item_no": "M2"})
    line = {"type": "resource", "no": "LINA", "quantity": D(1), "service_item_line_no": 10000, "contract_no": no}
    assert (await drafts.add_line(acting, saved.key, line)).ok
    plan = await plan_document(acting, saved.key, PostingRequest(ship=True))
    assert plan is not None
    assert [one.code for one in plan.findings if one.code.startswith("contract_")] == ["contract_line_unknown"]
    await add_line(no, 2, "600", "2025-01-01")
    plan = await plan_document(acting, saved.key, PostingRequest(ship=True))
    assert plan is not None
    assert [one.code for one in plan.findings if one.code.startswith("contract_")] == []


async def test_a_combined_posting_of_a_contract_invoice_in_a_batch(company: None):
    """D-85: contract invoices stand in the list of open invoices and are posted from there like any other."""
    no = await agreed("1200")
    await sign(no, "2025-01-01")
    made = [await invoice(no, "2025-02-28") for _ in range(2)]
    for one in made:
        assert (await post(one, "2025-02-28")).ok
    assert await drafts.load_document(DocumentKey("invoice", made[0])) is None
    assert await accounts() == {"2310": "250.00", "6955": "-200.00", "5610": "-50.00"}


async def test_a_contract_of_a_blocked_customer_says_so(company: None):
    async with transaction() as session:
        await session.execute("UPDATE customer SET blocked = 'invoice' WHERE no = 'C-GOOD'")
    saved = await contract_drafts.create_contract(on("2025-01-01"), "contract", {"customer_no": "C-GOOD"})
    assert saved.ok and [one.code for one in saved.notices] == ["contract_customer_blocked"]


async def test_a_signed_contract_begins_on_another_day_until_its_first_invoice(company: None):
    """C-24, C-25, C-79: the lines that began with it move along, one that joined later stays."""
    no = await agreed("1200")
    await sign(no, "2025-01-01")
    await contract_steps.open_contract(on("2025-01-20"), "contract", no)
    await add_line(no, 2, "600", "2025-01-20")
    assert (await contract_steps.lock_contract(on("2025-01-20"), "contract", no)).ok
    await contract_steps.open_contract(on("2025-01-21"), "contract", no)
    moved = await contract_drafts.change_contract(
        on("2025-01-21"), "contract", no, {"starting_date": date(2025, 1, 16)}
    )
    assert moved.ok, moved.findings
    case = await contract(no)
    assert [str(line.starting_date) for line in case.lines] == ["2025-01-16", "2025-01-20"]
    assert await dates(no) == "LID None NID 2025-02-28 LPE None period 2025-02-01 - 2025-02-28"
    assert (await contract_steps.lock_contract(on("2025-01-21"), "contract", no)).ok
    await invoice(no, "2025-02-28")
    assert [str(line.invoiced_to_date) for line in (await contract(no)).lines] == ["2025-02-28", "2025-02-28"]
    assert [line.split()[1] for line in await ledger(no)] == ["-51.61", "-100.00", "-19.35", "-50.00"]
    await contract_steps.open_contract(on("2025-03-01"), "contract", no)
    late = await contract_drafts.change_contract(on("2025-03-01"), "contract", no, {"starting_date": date(2025, 1, 1)})
    assert [one.code for one in late.findings] == ["contract_invoiced"]
    assert await faults() == []

"""Credit memos of contracts on the database, by the worked examples (C-40, C-41, C-137 … C-154)."""

from __future__ import annotations

from datetime import date

import pytest

from db.engine import reading
from tests.posting.verified import faults
from tests.scenarios.world import row_hashes
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
from webapp.billing.lifecycle import QUESTIONS
from webapp.posting.snapshot import DocumentKey, PostingRequest
from webapp.store import contract_drafts, contract_steps, drafts
from webapp.store.contract_credits import credit_contract_line, credit_due_lines
from webapp.store.contract_drafts import ContractSaved
from webapp.store.contract_removals import RemovalFilter, delete_contract_line, ended_lines, remove_ended_lines
from webapp.store.crediting import create_credit_memo
from webapp.store.posting import PostingResult, post_document
from webapp.store.prepaid_entries import get_prepaid_entries


@pytest.fixture
async def company(database: str) -> None:
    await enter()


async def post_credit(no: str, on_day: str) -> PostingResult:
    return await post_document(on(on_day), DocumentKey("credit_memo", no), PostingRequest(invoice=True))


async def memo(no: str) -> list[str]:
    """The lines of an open credit memo: account, what it says, amount; texts as they are."""
    document = await drafts.load_document(DocumentKey("credit_memo", no))
    assert document is not None
    return [f"{line.no} {line.line_amount:.2f} {line.appl_to_service_entry or '-'}" if line.no else line.description
            for line in document.lines]  # fmt: skip


async def ended(no: str, line_no: int, day: str, on_day: str) -> None:
    """The line ends on a day; the contract is open afterwards."""
    if not (await contract(no)).contract.is_open:
        assert (await contract_steps.open_contract(on(on_day), "contract", no)).ok
    values = {"contract_expiration_date": date.fromisoformat(day)}
    saved = await contract_drafts.change_contract_line(on(on_day), "contract", no, line_no, values)
    assert saved.ok, saved.findings


def codes(saved: ContractSaved) -> list[str]:
    return [one.code for one in saved.findings]


async def a_quarter(prepaid: bool = True, **values: object) -> str:
    """Two lines, their second quarter invoiced and posted."""
    no = await agreed("1200", "2400", start="2025-04-01", period="quarter", prepaid=prepaid, **values)
    await sign(no, "2025-04-01")
    day = "2025-04-01" if prepaid else "2025-06-30"
    assert (await post(await invoice(no, day), day)).ok
    return no


async def test_w10_a_removed_line_is_credited_month_by_month(company: None):
    no = await a_quarter(automatic_credit_memos=True)
    await ended(no, 10000, "2025-05-15", "2025-05-20")
    removed = await delete_contract_line(on("2025-05-20"), "contract", no, 10000)
    assert removed.ok and removed.credit_memos == ("CC-1",)
    assert [one.code for one in removed.notices] == ["contract_credit_made"]
    assert "2025-05-15 to 2025-06-30" in removed.notices[0].message
    entries = await ledger(no)
    june = entries.index(next(row for row in entries if row.startswith("2025-06-01 -100.00"))) + 1
    assert await memo("CC-1") == [
        "2025-05-15 - 2025-05-31", "5420 54.84 -", "2025-06-01 - 2025-06-30", f"5420 100.00 {june}",
    ]  # fmt: skip
    assert (await contract(no)).contract.annual_amount == 2400
    assert (await post_credit("CC-1", "2025-05-20")).ok
    assert await accounts() == {"2310": "931.45", "5420": "-745.16", "5610": "-186.29"}
    assert (await ledger(no))[-2:] == [
        "2025-05-15 54.84 54.84 cost 0.00 P1M0 C-1",
        "2025-06-01 100.00 100.00 cost 0.00 P1M0 C-1",
    ]
    async with reading() as session:
        register = await session.fetch(
            "SELECT destination_kind, destination_no FROM service_document_register WHERE source_no = ? ORDER BY id", no
        )
        usage = await session.fetch(
            "SELECT quantity, amount_lcy, moved_from_prepaid, document_type FROM service_ledger_entry"
            " WHERE entry_type = 'usage' AND document_no = 'C-1' ORDER BY entry_no"
        )
    assert [tuple(row) for row in register] == [("posted_invoice", "I-1"), ("posted_credit_memo", "C-1")]
    assert [tuple(row) for row in usage] == [
        (-100000, -5484000, True, "credit_memo"), (-100000, -10000000, True, "credit_memo"),
    ]  # fmt: skip
    assert await faults() == []


async def test_not_prepaid_what_was_billed_whole_is_credited_whole(company: None):
    no = await a_quarter(prepaid=False)
    await ended(no, 10000, "2025-05-15", "2025-07-01")
    await ended(no, 20000, "2025-04-01", "2025-07-01")
    saved = await credit_due_lines(on("2025-07-01"), no, confirmed=QUESTIONS)
    assert saved.ok, saved.findings
    assert await memo("CC-1") == [
        "2025-05-15 - 2025-06-30", "6955 154.84 -", "2025-04-01 - 2025-06-30", "6955 600.00 2",
    ]  # fmt: skip
    assert [line.credited for line in (await contract(no)).lines] == [True, True]
    assert (await post_credit("CC-1", "2025-07-01")).ok
    assert await accounts() == {"2310": "181.45", "6955": "-145.16", "5610": "-36.29"}
    assert codes(await credit_due_lines(on("2025-07-01"), no)) == ["contract_nothing_to_credit"]
    assert await faults() == []


async def test_what_a_line_needs_before_it_is_credited(company: None):
    no = await a_quarter()
    await contract_steps.open_contract(on("2025-05-20"), "contract", no)
    before = await row_hashes()
    late = await credit_contract_line(on("2025-05-20"), no, 10000, date(2025, 6, 1), date(2025, 5, 25))
    assert codes(late) == ["contract_credit_not_yet"]
    assert codes(await credit_contract_line(on("2025-05-20"), no, 10000, None, None)) == [
        "contract_credit_end_missing", "field_required",
    ]  # fmt: skip
    assert codes(await credit_contract_line(on("2025-05-20"), no, 30000, None, None)) == ["line_gone"]
    assert await row_hashes() == before
    coming = await contract_drafts.change_contract_line(
        on("2025-05-20"), "contract", no, 20000, {"contract_expiration_date": date(2025, 6, 10)}
    )
    assert coming.ok
    told = await credit_due_lines(on("2025-05-20"), no)
    assert codes(told) == ["contract_nothing_to_credit"] and "2025-06-10" in told.findings[0].message
    await contract_steps.lock_contract(on("2025-05-20"), "contract", no)
    await invoice(no, "2025-07-01")
    await contract_steps.open_contract(on("2025-07-01"), "contract", no)
    refused = await credit_contract_line(on("2025-07-01"), no, 10000, date(2025, 5, 15), None)
    assert codes(refused) == ["contract_invoice_open"]


async def test_a_second_line_joins_the_open_credit_memo_and_deleting_it_frees_both(company: None):
    no = await a_quarter()
    await contract_steps.open_contract(on("2025-05-20"), "contract", no)
    first = await credit_contract_line(on("2025-05-20"), no, 10000, date(2025, 5, 15), None)
    assert first.ok
    asked = await credit_contract_line(on("2025-05-20"), no, 20000, date(2025, 5, 1), None)
    assert codes(asked) == ["contract_unposted_credit"]
    second = await credit_contract_line(on("2025-05-20"), no, 20000, date(2025, 5, 1), None, confirmed=QUESTIONS)
    assert second.credit_memos == first.credit_memos == ("CC-1",)
    assert [text for text in await memo("CC-1") if " - " in text] == [
        "2025-05-15 - 2025-05-31", "2025-06-01 - 2025-06-30", "2025-05-01 - 2025-05-31", "2025-06-01 - 2025-06-30",
    ]  # fmt: skip
    key = DocumentKey("credit_memo", "CC-1")
    fixed = await drafts.change_line(on("2025-05-20"), key, 20000, {"unit_price": 1})
    assert [one.code for one in fixed.findings] == ["line_from_contract"]
    assert (await drafts.delete_document(on("2025-05-20"), key)).ok
    case = await contract(no)
    assert [line.credited for line in case.lines] == [False, False] and not case.open_credit_memos
    again = await credit_contract_line(on("2025-05-20"), no, 10000, None, None)
    assert again.credit_memos == ("CC-2",)


async def test_the_credit_memo_of_a_removed_line_is_not_deleted_unasked(company: None):
    no = await a_quarter(automatic_credit_memos=True)
    await ended(no, 10000, "2025-05-15", "2025-05-20")
    await delete_contract_line(on("2025-05-20"), "contract", no, 10000)
    key = DocumentKey("credit_memo", "CC-1")
    refused = await drafts.delete_document(on("2025-05-20"), key)
    assert [one.code for one in refused.findings] == ["contract_credit_lost"]
    assert (await drafts.delete_document(on("2025-05-20"), key, confirmed=QUESTIONS)).ok


async def test_all_lines_that_have_ended_go_contract_by_contract(company: None):
    one = await a_quarter(automatic_credit_memos=True)
    await ended(one, 10000, "2025-05-15", "2025-05-20")
    await contract_steps.lock_contract(on("2025-05-20"), "contract", one)
    asked = RemovalFilter(date(2025, 5, 31))
    assert [(x.contract_no, x.line_no, x.amount) for x in await ended_lines(asked)] == [(one, 10000, 1200)]
    assert await ended_lines(RemovalFilter(date(2025, 5, 31), service_item_no="M2")) == []
    early = await remove_ended_lines(on("2025-05-10"), asked)
    assert [x.code for x in early[0][0].findings] == ["contract_credit_not_yet"]
    assert len((await contract(one)).lines) == 2
    done, missing = await remove_ended_lines(on("2025-05-31"), asked)
    assert missing == [] and [(x.contract_no, x.removed, x.findings) for x in done] == [(one, 1, ())]
    assert done[0].credit is not None and done[0].credit.amount == D("154.84")
    case = await contract(one)
    assert [line.line_no for line in case.lines] == [20000] and case.contract.change_status == "locked"
    async with reading() as session:
        gains = await session.fetch("SELECT kind, amount FROM contract_gain_loss_entry ORDER BY entry_no")
    assert tuple(gains[-1]) == ("line_deleted", -120000000)


async def test_a_reason_is_asked_for_where_the_set_up_wants_one(database: str):
    await enter(contract_pack(service_setup={"use_contract_cancel_reason": True}))
    one = await a_quarter()
    await ended(one, 10000, "2025-05-15", "2025-05-20")
    done, missing = await remove_ended_lines(on("2025-05-31"), RemovalFilter(date(2025, 5, 31)))
    assert done == [] and [x.code for x in missing] == ["field_required"]
    unknown = RemovalFilter(date(2025, 5, 31), reason_code="NOPE")
    done, missing = await remove_ended_lines(on("2025-05-31"), unknown)
    assert done == [] and [x.code for x in missing] == ["reference_unknown"]


async def test_days_that_are_credited_already_are_not_credited_again(company: None):
    """The invoice's own credit memo, made while that of the line is still open (P-96, C-163)."""
    no = await a_quarter()
    made = await create_credit_memo(on("2025-05-20"), "I-1", {20000: D(1)})
    assert made is not None and made.ok, made
    await contract_steps.open_contract(on("2025-05-20"), "contract", no)
    saved = await credit_contract_line(on("2025-05-20"), no, 10000, date(2025, 4, 1), None)
    assert saved.ok, saved.findings
    assert made.key is not None
    assert (await post_document(on("2025-05-20"), made.key, PostingRequest(invoice=True))).ok
    refused = await post_credit("CC-1", "2025-05-20")
    assert [one.code for one in refused.findings if one.is_error] == ["contract_days_not_billed"]
    assert await faults() == []


async def test_an_entry_of_a_contract_is_taken_back_whole(company: None):
    await a_quarter()
    made = await create_credit_memo(on("2025-05-20"), "I-1", {20000: D("0.5")})
    assert made is not None and made.key is not None
    refused = await post_document(on("2025-05-20"), made.key, PostingRequest(invoice=True))
    assert [one.code for one in refused.findings if one.is_error] == ["contract_entry_whole"]


async def test_w14_a_prepaid_contract_ends_with_what_was_fetched(company: None):
    no = await agreed("1000", period="quarter", prepaid=True)
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-01"), "2025-01-01")).ok
    values = {"customer_no": "C-GOOD", "posting_date": date(2025, 2, 1)}
    saved = await drafts.create_document(on("2025-02-01"), "credit_memo", values)
    assert saved.key is not None, saved.findings
    early = await get_prepaid_entries(on("2025-02-01"), saved.key, "SC-9")
    assert [one.code for one in early.findings] == ["prepaid_nothing_waits"]
    assert (await get_prepaid_entries(on("2025-02-01"), saved.key, no)).ok
    assert await memo(saved.key.no) == [
        f"Service contract {no}", "2025-01-01 - 2025-01-31", "5420 83.33 1", "2025-02-01 - 2025-02-28", "5420 83.34 2",
        "2025-03-01 - 2025-03-31", "5420 83.33 3",
    ]  # fmt: skip
    again = await get_prepaid_entries(on("2025-02-01"), saved.key)
    assert [one.code for one in again.findings] == ["prepaid_nothing_waits"]
    assert (await contract(no)).open_credit_memos == (saved.key.no,)
    assert (await post_document(on("2025-02-01"), saved.key, PostingRequest(invoice=True))).ok
    assert await accounts() == {}
    asked = await contract_steps.cancel_contract(on("2025-02-01"), "contract", no)
    assert asked.ok and (await contract(no)).contract.status == "cancelled"
    assert await faults() == []


async def test_cancelling_expires_and_credits_in_one_step(company: None):
    no = await a_quarter()
    before = await row_hashes()
    asked = await contract_steps.cancel_contract(on("2025-05-20"), "contract", no, expire_on=date(2025, 5, 1))
    assert codes(asked) == ["contract_pending_documents", "contract_cancel_credits"]
    assert "CC-1" not in asked.findings[0].message and "prepaid balance of 900.00" in asked.findings[0].message
    assert "lines 10000, 20000 ended on 2025-05-01" in asked.findings[1].message
    assert "2025-05-01 to 2025-06-30, both days included: 600.00" in asked.findings[1].message
    assert await row_hashes() == before
    done = await contract_steps.cancel_contract(
        on("2025-05-20"), "contract", no, confirmed=QUESTIONS, expire_on=date(2025, 5, 1)
    )
    assert done.ok and done.credit_memos == ("CC-1",)
    case = await contract(no)
    assert case.contract.status == "cancelled" and [line.credited for line in case.lines] == [True, True]
    assert (await post_credit("CC-1", "2025-05-20")).ok
    assert (await accounts())["5420"] == "-300.00"
    assert await faults() == []


async def test_prices_with_vat_take_no_prepaid_entries(company: None):
    await a_quarter()
    values = {"customer_no": "C-GOOD", "prices_including_vat": True}
    saved = await drafts.create_document(on("2025-05-01"), "credit_memo", values)
    assert saved.key is not None
    refused = await get_prepaid_entries(on("2025-05-01"), saved.key)
    assert [one.code for one in refused.findings] == ["prepaid_prices_with_vat"]

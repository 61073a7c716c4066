"""Days of contracts that nobody billed are listed with their money, billed or given away (C-171, R-1.8)."""

from __future__ import annotations

from datetime import date

import pytest

from db.engine import reading
from tests.posting.verified import faults, listed
from tests.store.contract_company import (
    D,
    accounts,
    agreed,
    contract,
    delete,
    enter,
    invoice,
    ledger,
    on,
    post,
    sign,
)
from webapp.billing.coverage import PlainLine, certificate
from webapp.billing.lifecycle import QUESTIONS
from webapp.billing.periods import Span
from webapp.posting.snapshot import PostingRequest
from webapp.store import contract_steps
from webapp.store.cancel import cancel_invoice
from webapp.store.contract_drafts import change_contract_line
from webapp.store.contract_removals import delete_contract_line
from webapp.store.coverage import close_gap, covered_lines, look_at_coverage
from webapp.store.crediting import create_credit_memo
from webapp.store.posting import post_document


@pytest.fixture
async def company(database: str) -> None:
    await enter()


async def a_gap() -> str:
    """19 days in February that were declined when March was invoiced (C-109)."""
    no = await agreed("1680", start="2025-02-10", period="quarter", prepaid=True)
    await sign(no, "2025-02-10", "later")
    assert (await post(await invoice(no, "2025-03-01", earlier="later"), "2025-03-01")).ok
    return no


async def gaps() -> list[str]:
    looked = await look_at_coverage(date(2025, 6, 1), Span(date(2025, 2, 1), date(2025, 2, 28)))
    return [f"{one.contract.no} {stretch.days} {one.worth(stretch.days)}" for one, stretch in looked.wrong]


async def test_a_gap_is_listed_until_it_is_billed(company: None):
    no = await a_gap()
    assert await gaps() == [f"{no} 2025-02-10 - 2025-02-28 95.00"]
    assert await faults() == []
    assert await listed() == [
        f"R-1.8 contract {no} line 10000: 2025-02-10 to 2025-02-28 are neither billed nor credited nor given away"
        " (95.00): left out when invoice I-1 was made"
    ]
    gone = await close_gap(on("2025-06-01"), no, 10000, date(2025, 2, 11))
    assert [one.code for one in gone.findings] == ["contract_gap_gone"]
    saved = await close_gap(on("2025-06-01"), no, 10000, date(2025, 2, 10))
    assert saved.ok and saved.invoices[0].amount == D("95.00")
    assert await gaps() == []
    assert (await post(saved.invoices[0].no, "2025-06-01")).ok
    assert (await accounts())["5420"] == "-515.00"
    assert await faults() == []


async def test_a_gap_is_given_away_with_a_reason(company: None):
    no = await a_gap()
    assert (await close_gap(on("2025-06-01"), no, 10000, date(2025, 2, 10), "as agreed")).ok
    assert await gaps() == [] and await faults() == []
    async with reading() as session:
        rows = await session.fetch("SELECT amount, reason FROM contract_waiver")
    assert [tuple(row) for row in rows] == [(9500000, "as agreed")]


@pytest.mark.parametrize("posted", [False, True])
async def test_days_given_away_are_not_billed_when_their_invoice_is_made_again(company: None, posted: bool):
    """C-116, C-171: the invoice that left them is deleted, or cancelled once it is posted."""
    no = await agreed("1680", start="2025-02-10", period="quarter", prepaid=True)
    await sign(no, "2025-02-10", "later")
    made = await invoice(no, "2025-03-01", earlier="later")
    assert (await close_gap(on("2025-03-02"), no, 10000, date(2025, 2, 10), "as agreed")).ok
    if posted:
        assert (await post(made, "2025-03-02")).ok
        done = await cancel_invoice(on("2025-03-03"), "I-1", date(2025, 3, 3))
        assert done is not None and done.ok
    else:
        assert await delete(made, "2025-03-02") == []
    await invoice(no, "2025-03-03")
    assert [str(line.invoiced_to_date) for line in (await contract(no)).lines] == ["2025-05-31"]
    assert [row.split()[:2] for row in (await ledger(no))[-3:]] == [
        [f"2025-0{month}-01", "-140.00"] for month in (3, 4, 5)
    ]
    assert await gaps() == [] and await faults() == []


async def test_the_certificate_of_a_month_counts_each_day_once(company: None):
    await a_gap()
    one = await agreed("1200", start="2025-02-01")
    await sign(one, "2025-02-01")
    month = Span(date(2025, 2, 1), date(2025, 2, 28))
    february = certificate((await look_at_coverage(date(2025, 2, 28), month)).lines, month)
    shown = {state: (tally.lines, tally.days, tally.amount) for state, tally in february.items() if tally.days}
    assert shown == {"gap": (1, 19, D("95.00")), "waiting": (1, 28, D("100.00"))}


async def a_removed_line() -> str:
    """Two lines by the month, the second ended in the middle of a month that nobody billed, and removed."""
    no = await agreed("1200", "480")
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-31"), "2025-01-31")).ok
    await contract_steps.open_contract(on("2025-02-20"), "contract", no)
    ends = {"contract_expiration_date": date(2025, 2, 14)}
    assert (await change_contract_line(on("2025-02-20"), "contract", no, 20000, ends, confirmed=QUESTIONS)).ok
    saved = await delete_contract_line(on("2025-02-20"), "contract", no, 20000, confirmed=QUESTIONS)
    assert saved.ok, saved.findings
    assert [one.code for one in saved.notices] == ["contract_removed_days"]
    assert "2025-02-01 - 2025-02-14" in saved.notices[0].message and "20.00" in saved.notices[0].message
    return no


async def test_days_of_a_removed_line_that_nobody_billed_stay_listed_until_they_are(company: None):
    no = await a_removed_line()
    assert await gaps() == [f"{no} 2025-02-01 - 2025-02-14 20.00"]
    assert await faults() == []
    assert [one.rpartition(": ")[2] for one in await listed()] == ["the line was removed on 2025-02-20"]
    await contract_steps.lock_contract(on("2025-02-21"), "contract", no)
    saved = await close_gap(on("2025-02-21"), no, 20000, date(2025, 2, 1))
    assert saved.ok and saved.invoices[0].amount == D("20.00")
    assert await gaps() == []
    assert await delete(saved.invoices[0].no, "2025-02-21") == []
    assert await gaps() == [f"{no} 2025-02-01 - 2025-02-14 20.00"]
    assert (await close_gap(on("2025-02-21"), no, 20000, date(2025, 2, 1), "the customer left")).ok
    assert await gaps() == [] and await faults() == []


async def test_the_days_of_a_removed_line_are_credited_when_their_own_invoice_is(company: None):
    no = await a_removed_line()
    await contract_steps.lock_contract(on("2025-02-21"), "contract", no)
    saved = await close_gap(on("2025-02-21"), no, 20000, date(2025, 2, 1))
    assert (await post(saved.invoices[0].no, "2025-02-21")).ok
    memo = await create_credit_memo(on("2025-02-22"), "I-2", {20000: D(1)})
    assert memo is not None and memo.key is not None, memo
    assert (await post_document(on("2025-02-22"), memo.key, PostingRequest(invoice=True))).ok
    assert await gaps() == [] and await listed() == [] and await faults() == []
    async with reading() as session:
        lines = [one async for one in covered_lines(session, date(2025, 2, 22)) if one.removed]
    assert [stretch.state for stretch in lines[0].stretches] == ["invoiced", "credited"]


async def test_taking_back_the_invoice_of_a_removed_line_says_what_nobody_bills_any_more(company: None):
    no = await a_removed_line()
    assert (await close_gap(on("2025-02-21"), no, 20000, date(2025, 2, 1), "the customer left")).ok
    done = await cancel_invoice(on("2025-02-22"), "I-1", date(2025, 2, 22))
    assert done is not None and [one.code for one in done.findings] == ["contract_removed_days"]
    assert "2025-01-01 - 2025-01-31 of the line any more (40.00)" in done.findings[0].message
    assert await gaps() == [f"{no} 2025-01-01 - 2025-01-31 40.00"] and await faults() == []


async def test_cancelling_a_contract_gives_away_what_nobody_billed_and_says_so(company: None):
    no = await agreed("1200")
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-31"), "2025-01-31")).ok
    done = await contract_steps.cancel_contract(on("2025-02-15"), "contract", no, confirmed=QUESTIONS)
    assert [one.code for one in done.notices] == ["contract_days_given_away"]
    assert "2025-02-01 - 2025-02-14 (50.00)" in done.notices[0].message
    assert await gaps() == [] and await faults() == [] and await listed() == []
    taken = await cancel_invoice(on("2025-02-16"), "I-1", date(2025, 2, 16))
    assert taken is not None and [one.code for one in taken.findings] == ["contract_removed_days"]
    assert await gaps() == [f"{no} 2025-01-01 - 2025-01-31 100.00"]
    assert [one.rpartition(": ")[2] for one in await listed()] == ["the contract was cancelled on 2025-02-15"]
    assert (await close_gap(on("2025-02-16"), no, 10000, date(2025, 1, 1), "never served")).ok
    assert await gaps() == [] and await listed() == []


async def test_cancelling_says_what_stays_billed_and_credits_no_later_day(company: None):
    no = await agreed("1200", period="quarter", prepaid=True)
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-01"), "2025-01-01")).ok
    acting = on("2025-02-15")
    late = await contract_steps.cancel_contract(acting, "contract", no, confirmed=QUESTIONS, expire_on=date(2025, 3, 1))
    assert [(one.code, one.field) for one in late.findings] == [("contract_credit_not_yet", "expire_on")]
    done = await contract_steps.cancel_contract(acting, "contract", no, confirmed=QUESTIONS)
    assert [one.code for one in done.notices] == ["contract_billed_ahead"]
    assert await faults() == []


async def test_no_day_waits_after_the_end_of_its_contract(company: None):
    """The line names no end of its own."""
    no = await agreed("1200", end="2025-03-31")
    ends = {"contract_expiration_date": None}
    assert (await change_contract_line(on("2025-01-01"), "contract", no, 10000, ends)).ok
    await sign(no, "2025-01-01")
    looked = await look_at_coverage(date(2025, 12, 31), Span(date(2025, 3, 1), date(2025, 4, 30)))
    async with reading() as session:
        every = [one async for one in covered_lines(session, date(2025, 12, 31))]
    assert [one.days.last for line in [*looked.lines, *every] for one in line.stretches] == [date(2025, 3, 31)] * 2


async def test_what_is_credited_of_a_removed_line_is_not_forgotten(company: None):
    no = await agreed("1200", "480", period="quarter", prepaid=True, automatic_credit_memos=True)
    await sign(no, "2025-01-01")
    assert (await post(await invoice(no, "2025-01-01"), "2025-01-01")).ok
    await contract_steps.open_contract(on("2025-02-20"), "contract", no)
    ends = {"contract_expiration_date": date(2025, 2, 14)}
    assert (await change_contract_line(on("2025-02-20"), "contract", no, 20000, ends, confirmed=QUESTIONS)).ok
    saved = await delete_contract_line(on("2025-02-20"), "contract", no, 20000, confirmed=QUESTIONS)
    assert [one.code for one in saved.notices] == ["contract_credit_made"]
    assert await gaps() == []


async def test_the_page_and_the_proof_see_the_same(company: None):
    """What the sums leave out is looked at day by day: both ways of looking find the same of each month (C-171)."""
    await a_gap()
    await a_removed_line()
    one = await agreed("1200", start="2025-01-10", end="2025-03-15")
    await sign(one, "2025-01-10", "now")
    await invoice(one, "2025-02-28")
    await sign(await agreed("900", start="2025-02-01"), "2025-02-01")
    for month in (Span(date(2025, 1, 1), date(2025, 1, 31)), Span(date(2025, 2, 1), date(2025, 2, 28)),
                  Span(date(2025, 3, 1), date(2025, 3, 31))):  # fmt: skip
        looked = await look_at_coverage(date(2025, 6, 1), month)
        async with reading() as session:
            every = [one async for one in covered_lines(session, date(2025, 6, 1))]
        inside = [
            x for x in every if any(s.days.first <= month.last and s.days.last >= month.first for s in x.stretches)
        ]
        assert certificate(looked.lines, month) == certificate(inside, month)
        assert [(x.contract_no, s) for x, s in looked.wrong] == [(x.contract_no, s) for x in every for s in x.wrong]
    assert any(isinstance(line, PlainLine) for line in looked.lines)

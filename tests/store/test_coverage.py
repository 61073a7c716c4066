"""Days of contracts that nobody billed are listed with their money, billed or given away (C-171, R-1.8)."""

from __future__ import annotations

from datetime import date

import pytest

from db.engine import reading
from tests.posting.verified import faults
from tests.store.contract_company import D, accounts, agreed, enter, invoice, on, post, sign
from webapp.billing.coverage import certificate
from webapp.billing.periods import Span
from webapp.store.coverage import close_gap, look_at_coverage


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
    assert [found for found in await faults() if "R-1.8" not in found] == []
    assert len(await faults()) == 1
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


async def test_the_certificate_of_a_month_counts_each_day_once(company: None):
    await a_gap()
    one = await agreed("1200", start="2025-02-01")
    await sign(one, "2025-02-01")
    month = Span(date(2025, 2, 1), date(2025, 2, 28))
    february = certificate((await look_at_coverage(date(2025, 2, 28), month)).lines, month)
    shown = {state: (tally.lines, tally.days, tally.amount) for state, tally in february.items() if tally.days}
    assert shown == {"gap": (1, 19, D("95.00")), "waiting": (1, 28, D("100.00"))}

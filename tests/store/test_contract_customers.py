"""Contracts go to another customer with what belongs to them (C-162)."""

from __future__ import annotations

from datetime import date

import pytest

from db.engine import reading
from tests.store.contract_company import add_line, agreed, contract, enter, invoice, on, sign
from webapp.billing.lifecycle import QUESTIONS
from webapp.store.contract_customers import change_customer


@pytest.fixture
async def company(database: str) -> None:
    await enter()


async def test_a_contract_moves_with_its_items_and_all_that_share_them(company: None):
    one = await agreed("1200", "600")
    two = await agreed("300")
    await add_line(two, 3, "100", "2025-01-01")
    apart = await agreed()
    await sign(one, "2025-01-01")
    asked = await change_customer(on("2025-01-10"), one, "C-EURO")
    assert [found.code for found in asked.findings] == ["contract_customer_moves"]
    assert f"contracts {one}, {two}; service items M1, M2, M3" in asked.findings[0].message
    before = (await contract(one)).contract
    assert (await change_customer(on("2025-01-10"), one, "C-EURO", confirmed=QUESTIONS)).ok
    after = (await contract(one)).contract
    assert (after.customer_no, after.bill_to_customer_no) == ("C-EURO", "C-EURO")
    assert (after.currency_code, after.salesperson_code) == (before.currency_code, before.salesperson_code)
    assert after.next_invoice_date == date(2025, 1, 31)
    assert (await contract(two)).contract.customer_no == "C-EURO"
    assert (await contract(apart)).contract.customer_no == "C-GOOD"
    async with reading() as session:
        rows = await session.fetch("SELECT no FROM service_item WHERE customer_no = 'C-EURO' ORDER BY no")
    assert [row[0] for row in rows] == ["M1", "M2", "M3"]


async def test_what_keeps_a_contract_with_its_customer(company: None):
    no = await agreed("1200")
    await sign(no, "2025-01-01")
    for customer, code in (("", "field_required"), ("NOBODY", "reference_unknown")):
        refused = await change_customer(on("2025-01-10"), no, customer, confirmed=QUESTIONS)
        assert [found.code for found in refused.findings] == [code]
    await invoice(no, "2025-01-31")
    refused = await change_customer(on("2025-01-31"), no, "C-EURO", confirmed=QUESTIONS)
    assert [found.code for found in refused.findings] == ["contract_has_documents"]

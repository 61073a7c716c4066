"""A contract on the header of a service order: what it must be, what it brings, what it forbids (D-15)."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from tests.store.contract_company import D, agreed, contract_pack, enter, on, sign
from webapp.posting.snapshot import DocumentKey
from webapp.store import contract_steps, drafts
from webapp.store.snapshots import Document

TERMS = {
    "service_order_type": "REPAIR",
    "response_time_hours": D(30),
    "currency_code": "EUR",
    "max_labor_unit_price": D(80),
    "your_reference": "PO 7",
}


@pytest.fixture
async def company(database: str) -> None:
    await enter(contract_pack(service_order_types={"REPAIR": {}}))


async def order(day: str, **values: Any) -> DocumentKey:
    made = await drafts.create_document(on(day), "order", {"customer_no": "C-GOOD", **values})
    assert made.key is not None, made.findings
    return made.key


async def change(key: DocumentKey, answer: str = "", **values: Any) -> list[str]:
    saved = await drafts.change_header(on("2025-03-10"), key, values, answer=answer)
    return [f"{found.code} {found.field}" for found in saved.findings]


async def stored(key: DocumentKey) -> Document:
    found = await drafts.load_document(key)
    assert found is not None
    return found


async def test_the_contract_brings_what_it_agrees_and_keeps_its_people(company: None):
    no = await agreed("1200", **TERMS)
    await sign(no, "2025-01-01")
    key = await order("2025-03-10", your_reference="Mine")
    assert (await drafts.add_line(on("2025-03-10"), key, {"type": "item", "no": "FILTER", "quantity": D(1)})).ok
    assert await change(key, contract_no=no) == ["rebuild_not_confirmed currency_code"]
    assert (await stored(key)).header.contract_no == ""
    assert await change(key, "yes", contract_no=no) == []
    after = await stored(key)
    head = after.header
    assert (head.contract_no, head.service_order_type, head.currency_code) == (no, "REPAIR", "EUR")
    assert (head.max_labor_unit_price, head.your_reference) == (80, "PO 7")
    assert (head.response_date, head.response_time) == (date(2025, 3, 11), time(6))
    assert after.lines[0].unit_price < 100  # in euros now
    assert await change(key, customer_no="C-EU") == ["contract_header customer_no"]
    assert await change(key, order_date=date(2024, 12, 31)) == ["contract_of_order_not_begun order_date"]
    assert await change(key, "yes", contract_no="", order_date=date(2024, 12, 31)) == []
    assert (await stored(key)).header.contract_no == ""


async def test_a_contract_that_does_not_fit_is_refused_with_what_is_wrong(company: None):
    no = await agreed("1200", end="2025-02-28")
    key = await order("2025-03-10")
    assert await change(key, contract_no="SC-99") == ["reference_unknown contract_no"]
    assert await change(key, contract_no=no) == ["contract_not_signed contract_no"]
    await sign(no, "2025-01-01")
    assert await change(key, contract_no=no) == ["contract_of_order_expired contract_no"]
    early = await order("2024-12-31")
    assert await change(early, contract_no=no) == ["contract_of_order_not_begun contract_no"]
    other = await order("2025-02-10", bill_to_customer_no="C-EU")
    assert await change(other, contract_no=no) == ["contract_of_order_elsewhere contract_no"]
    assert await change(other, contract_no=no, order_date=None) == [
        "contract_of_order_elsewhere contract_no", "field_required order_date",
    ]  # fmt: skip


async def test_a_cancelled_contract_is_called_that(company: None):
    no = await agreed("1200")
    await sign(no, "2025-01-01")
    key = await order("2025-03-10")
    questions = frozenset(
        found.code for found in (await contract_steps.cancel_contract(on("2025-03-10"), "contract", no)).findings
    )
    await contract_steps.cancel_contract(on("2025-03-10"), "contract", no, confirmed=questions)
    assert await change(key, contract_no=no) == ["contract_cancelled contract_no"]


async def test_the_contract_comes_before_the_service_items(company: None):
    no = await agreed("1200")
    await sign(no, "2025-01-01")
    key = await order("2025-03-10")
    assert (await drafts.add_item_line(on("2025-03-10"), key, {"service_item_no": "M2"})).ok
    assert await change(key, contract_no=no) == ["contract_of_order_has_items contract_no"]
    assert (await drafts.delete_item_line(on("2025-03-10"), key, 10000)).ok
    assert await change(key, contract_no=no) == []
    assert (await drafts.add_item_line(on("2025-03-10"), key, {"service_item_no": "M1"})).ok
    assert (await stored(key)).item_lines[0].contract_no == no
    assert await change(key, contract_no="") == ["contract_of_order_has_items contract_no"]

"""What a contract gives on lines of service orders for its machines (C-12, C-161)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.store.contract_company import D, agreed, contract_pack, enter, on, sign
from webapp.posting.contract_discounts import ContractDiscount, Cover
from webapp.posting.snapshot import DocumentKey
from webapp.store import contract_steps, drafts
from webapp.store.contract_discounts import Discount, set_discount

RATES = (
    ("service_item_group", "", "2025-01-01", "5"),
    ("service_item_group", "PUMPS", "2025-01-01", "10"),
    ("service_item_group", "PUMPS", "2025-06-01", "15"),
    ("resource_group", "FITTERS", "2025-01-01", "20"),
    ("cost", "TRAVEL", "2025-01-01", "100"),
)


@pytest.fixture
async def company(database: str) -> None:
    pumps = {"service_item_groups": {"PUMPS": {}}, "service_items": {"M1": {"service_item_group": "PUMPS"}}}
    await enter(contract_pack(resources={"LINA": {"resource_group": "FITTERS"}}, **pumps))


async def under_contract(**values: Any) -> str:
    no = await agreed("1200", "600", **values)
    for kind, code, since, pct in RATES:
        row = Discount(kind, code, date.fromisoformat(since), D(pct))
        saved = await set_discount(on("2025-01-01"), "contract", no, row)
        assert saved.ok, saved.findings
    await sign(no, "2025-01-01")
    return no


async def discounts(day: str, contract_no: str = "", machine: str = "M1", **values: Any) -> list[str]:
    """What the lines of a new order for a machine are discounted by, and why."""
    head = {"customer_no": "C-GOOD", "contract_no": contract_no}
    made = await drafts.create_document(on(day), "order", head)
    assert made.key is not None, made.findings
    assert (await drafts.add_item_line(on(day), made.key, {"service_item_no": machine})).ok
    for kind, no in (("item", "FILTER"), ("resource", "LINA"), ("cost", "TRAVEL")):
        line = {"type": kind, "no": no, "quantity": D(1), "service_item_line_no": 10000, **values}
        saved = await drafts.add_line(on(day), made.key, line)
        assert saved.ok, saved.findings
    return await lines_of(made.key)


async def lines_of(key: DocumentKey) -> list[str]:
    document = await drafts.load_document(key)
    assert document is not None
    return [f"{line.no} {line.line_discount_pct:.0f} {line.line_discount_type}" for line in document.lines]


async def test_parts_labour_and_expenses_are_discounted_each_by_its_own_row(company: None):
    await under_contract()
    assert await discounts("2025-05-31") == ["FILTER 10 contract", "LINA 20 contract", "TRAVEL 100 contract"]
    assert await discounts("2025-06-01") == ["FILTER 15 contract", "LINA 20 contract", "TRAVEL 100 contract"]
    assert (await discounts("2025-06-01", machine="M2"))[0] == "FILTER 5 contract"
    assert (await discounts("2025-06-01", machine="M3"))[0] == "FILTER 0 none"


async def test_nothing_before_the_contract_begins_and_where_it_is_excluded(company: None):
    await under_contract()
    assert await discounts("2024-12-31") == ["FILTER 0 none", "LINA 0 none", "TRAVEL 0 none"]
    assert await discounts("2025-05-31", exclude_contract_discount=True) == [
        "FILTER 0 none", "LINA 0 none", "TRAVEL 0 none",
    ]  # fmt: skip


async def test_a_group_may_keep_its_discounts_for_the_orders_of_the_contract(company: None):
    group = {"contract_groups": {"BASIC": {"discounts_on_contract_orders_only": True}}}
    await enter(contract_pack(**group))
    no = await under_contract(contract_group_code="BASIC")
    assert (await discounts("2025-05-31"))[1] == "LINA 0 none"
    assert (await discounts("2025-05-31", contract_no=no))[1] == "LINA 20 contract"


async def test_the_line_follows_the_item_line_and_the_contract_that_it_names(company: None):
    no = await under_contract()
    made = await drafts.create_document(on("2025-05-01"), "order", {"customer_no": "C-GOOD"})
    assert made.key is not None
    for machine in ("M1", "M5"):
        await drafts.add_item_line(on("2025-05-01"), made.key, {"service_item_no": machine})
    line = {"type": "resource", "no": "LINA", "quantity": D(1), "service_item_line_no": 20000}
    await drafts.add_line(on("2025-05-01"), made.key, line)
    assert await lines_of(made.key) == ["LINA 0 none"]
    await drafts.change_line(on("2025-05-01"), made.key, 10000, {"service_item_line_no": 10000})
    assert await lines_of(made.key) == ["LINA 20 contract"]
    document = await drafts.load_document(made.key)
    assert document is not None and (document.lines[0].contract_no, document.item_lines[1].contract_no) == (no, "")
    await drafts.change_line(on("2025-05-01"), made.key, 10000, {"contract_no": ""})
    assert await lines_of(made.key) == ["LINA 0 none"]


async def test_discounts_are_entered_only_while_the_contract_is_open(company: None):
    no = await under_contract()
    row = Discount("cost", "", date(2025, 1, 1), D(5))
    assert [one.code for one in (await set_discount(on("2025-02-01"), "contract", no, row)).findings] == [
        "contract_locked"
    ]
    await contract_steps.open_contract(on("2025-02-01"), "contract", no)
    unknown = Discount("resource_group", "NOBODY", date(2025, 1, 1), D(5))
    assert [one.code for one in (await set_discount(on("2025-02-01"), "contract", no, unknown)).findings] == [
        "reference_unknown"
    ]
    assert (await set_discount(on("2025-02-01"), "contract", no, row)).ok


@pytest.mark.once
def test_a_row_for_all_codes_counts_where_none_is_for_the_own():
    rows = (
        ContractDiscount("cost", "", date(2026, 1, 1), D(5)),
        ContractDiscount("cost", "TRAVEL", date(2025, 1, 1), D(50)),
        ContractDiscount("resource_group", "", date(2025, 1, 1), D(7)),
    )
    cover = Cover("SC-1", "C", date(2025, 1, 1), False, {"M1": date(2025, 12, 31)}, rows)
    assert cover.pct("cost", "TRAVEL", date(2026, 2, 1)) == 50
    assert cover.pct("cost", "FREIGHT", date(2026, 2, 1)) == 5
    assert cover.pct("cost", "FREIGHT", date(2025, 2, 1)) == 0
    assert cover.pct("resource_group", "ANY", date(2024, 12, 31)) == 0
    assert cover.keeps("M1", date(2025, 12, 31)) and not cover.keeps("M1", date(2026, 1, 1))

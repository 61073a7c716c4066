"""What the database itself keeps of contracts: no day billed twice, nothing changed afterwards (C-15, C-103, C-163)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from db.engine import DatabaseError, Duplicate, ReferenceBroken, RuleBroken, transaction


async def run(*statements: str) -> None:
    async with transaction() as session:
        for sql in statements:
            await session.execute(sql)


@pytest.fixture
async def contract(database: str) -> None:
    await run(
        "INSERT INTO customer (no) VALUES ('C1')",
        "INSERT INTO service_contract (kind, no, customer_no) VALUES ('contract', 'SC-1', 'C1')",
        "INSERT INTO service_contract_line (kind, contract_no, line_no, description)"
        " VALUES ('contract', 'SC-1', 10000, 'Pump')",
        "INSERT INTO posting_run (no, user_name, at) VALUES (1, 'X', '2026-01-01 00:00:00+00')",
    )


async def bill(first: str, last: str, quantity: int = -1, line: int = 10000) -> None:
    async with transaction() as session:
        await session.execute(
            "INSERT INTO service_ledger_entry (posting_run_no, posting_date, entry_type, type, no, service_contract_no,"
            " contract_line_no, period_from, period_to, quantity) VALUES (1, ?, 'sale', 'service_contract', 'SC-1',"
            " 'SC-1', ?, ?, ?, ?)",
            day(first), line, day(first), day(last), quantity * 100000,
        )  # fmt: skip


async def waive(first: str, last: str) -> None:
    async with transaction() as session:
        await session.execute(
            "INSERT INTO contract_waiver (contract_no, contract_line_no, period_from, period_to, reason, at)"
            " VALUES ('SC-1', 10000, ?, ?, 'agreed', '2026-01-01 00:00:00+00')",
            day(first), day(last),
        )  # fmt: skip


def day(text: str) -> date:
    return date.fromisoformat(text)


async def test_a_day_is_billed_once(contract: None):
    await bill("2026-01-01", "2026-01-31")
    await bill("2026-02-01", "2026-02-28")
    await bill("2026-01-01", "2026-01-31", line=20000)
    for first, last in (
        ("2026-01-01", "2026-01-31"), ("2026-01-31", "2026-01-31"), ("2025-12-01", "2026-01-01"),
        ("2026-02-10", "2026-03-10"), ("2025-12-01", "2026-12-31"),
    ):  # fmt: skip
        with pytest.raises(RuleBroken, match="billed once"):
            await bill(first, last)
    await bill("2026-03-01", "2026-03-31")


async def test_what_is_taken_back_can_be_billed_again(contract: None):
    await bill("2026-01-01", "2026-03-31")
    await bill("2026-02-16", "2026-03-31", quantity=1)
    for first, last in (("2026-02-15", "2026-02-20"), ("2026-02-16", "2026-04-30")):
        if first == "2026-02-15":
            with pytest.raises(RuleBroken, match="billed once"):
                await bill(first, last)
        else:
            await bill(first, last)
    with pytest.raises(RuleBroken, match="billed once"):
        await bill("2026-03-31", "2026-03-31")


async def test_waived_days_are_never_billed_and_billed_ones_never_waived(contract: None):
    await waive("2026-01-10", "2026-01-20")
    with pytest.raises(RuleBroken, match="billed once"):
        await bill("2026-01-01", "2026-01-31")
    await bill("2026-02-01", "2026-02-28")
    for first, last in (("2026-01-20", "2026-01-25"), ("2026-02-28", "2026-03-05"), ("2026-01-25", "2026-03-25")):
        with pytest.raises(RuleBroken, match="waived"):
            await waive(first, last)


WRONG: tuple[tuple[str, type[DatabaseError]], ...] = (
    ("UPDATE service_contract SET prepaid = TRUE, invoice_after_service = TRUE", RuleBroken),
    ("UPDATE service_contract SET annual_amount = -1", RuleBroken),
    ("UPDATE service_contract SET starting_date = '2026-02-01', expiration_date = '2026-01-31'", RuleBroken),
    ("UPDATE service_contract SET next_invoice_date = '2026-02-01'", RuleBroken),
    ("UPDATE service_contract SET status = 'cancelled', change_status = 'open'", RuleBroken),
    ("UPDATE service_contract SET kind = 'quote', status = 'signed'", RuleBroken),
    ("INSERT INTO service_contract (kind, no) VALUES ('contract', 'SC-1')", Duplicate),
    ("UPDATE service_contract_line SET line_value = -1, line_discount_amount = -1", RuleBroken),
    ("UPDATE service_contract_line SET line_amount = 5", RuleBroken),
    ("UPDATE service_contract_line SET description = ''", RuleBroken),
    ("UPDATE service_contract_line SET credit_memo_date = '2026-02-01', contract_expiration_date = '2026-01-01'",
     RuleBroken),
    ("UPDATE service_contract_line SET contract_no = 'SC-2'", ReferenceBroken),
    ("DELETE FROM service_contract WHERE no = 'SC-1'", ReferenceBroken),
)  # fmt: skip


@pytest.mark.parametrize("sql, expected", WRONG, ids=[sql[:60] for sql, _ in WRONG])
async def test_a_contract_that_cannot_be_is_refused(contract: None, sql: str, expected: Any):
    with pytest.raises(expected):
        await run(sql)


async def test_a_service_item_stands_once_in_a_contract(contract: None):
    with pytest.raises(Duplicate):
        await run(
            "INSERT INTO service_item (no) VALUES ('SI1')",
            "UPDATE service_contract_line SET service_item_no = 'SI1'",
            "INSERT INTO service_contract_line (kind, contract_no, line_no, description, service_item_no)"
            " VALUES ('contract', 'SC-1', 20000, 'Pump', 'SI1')",
        )


async def test_a_filed_copy_stays_as_it_was(contract: None):
    await run(
        "INSERT INTO filed_contract (file_no, kind, no, filed_at) VALUES (1, 'quote', 'Q1', '2026-01-01 00:00:00+00')",
        "INSERT INTO filed_contract_line (file_no, line_no) VALUES (1, 10000)",
        "UPDATE filed_contract SET kind = 'contract'",
    )
    for sql in (
        "UPDATE filed_contract SET annual_amount = 1",
        "UPDATE filed_contract_line SET line_value = 1",
    ):
        with pytest.raises((RuleBroken, ReferenceBroken)):
            await run(sql)


async def test_what_posting_settles_on_an_entry_stands_once_it_is_posted(contract: None):
    await bill("2026-01-01", "2026-01-31")
    await run("UPDATE service_ledger_entry SET open = TRUE")
    await run("UPDATE service_ledger_entry SET amount_lcy = 5, unit_price = 5, posted_gross = TRUE, open = FALSE")
    for column in ("amount_lcy", "unit_price", "posted_gross"):
        with pytest.raises((RuleBroken, ReferenceBroken)):
            await run(f"UPDATE service_ledger_entry SET {column} = {column}")

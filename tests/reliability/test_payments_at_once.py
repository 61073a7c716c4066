"""Two people pay, apply and take back the same entries at once: nothing is paid twice, and the second is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from db.engine import transaction
from tests.builders import D, pack
from tests.posting.verified import faults, wrong_balances
from tests.posting.worlds import ANNA, database_rows
from tests.store.test_balances import invoice, move, open_entries
from tests.store.test_payments import BANK, LATER, Choice, invoices, ledger, paid
from webapp.store.cancel import cancel_invoice
from webapp.store.payments import apply_entry, post_payment
from webapp.store.unapplying import unapply


@pytest.fixture
async def one(database: str) -> int:
    (entry,) = await invoices(1, company=pack(**BANK))
    return entry


def outcomes(results: Any) -> list[str]:
    return sorted("done" if result.ok else result.findings[0].code for result in results)


async def test_several_pay_one_invoice_at_once(one: int):
    payments = [paid("112.50", Choice(one, seen=D("112.5"))) for _ in range(4)]
    results = await asyncio.gather(*(post_payment(ANNA, payment) for payment in payments))
    assert outcomes(results) == ["done"] + ["payment_entry_closed"] * 3
    assert await ledger() == ["I-1 112.50 left 0.00 closed", "P-1 -112.50 left 0.00 closed"]
    assert await faults() == []


async def test_parts_that_fit_together_are_all_paid_and_numbered(one: int):
    results = await asyncio.gather(*(post_payment(ANNA, paid("28", Choice(one))) for _ in range(4)))
    assert outcomes(results) == ["done"] * 4
    assert sorted(result.document_no for result in results) == ["P-1", "P-2", "P-3", "P-4"]
    assert (await ledger())[0] == "I-1 112.50 left 0.50 open"
    assert await faults() == []


async def test_a_double_click_pays_once(one: int):
    form = "a-form-0123456789abcdef"
    results = await asyncio.gather(*(post_payment(ANNA, paid("50", Choice(one)), form) for _ in range(4)))
    assert outcomes(results) == ["done"] * 4 and {result.document_no for result in results} == {"P-1"}
    assert len(await database_rows("SELECT no FROM posting_run WHERE source_type = 'payment'")) == 1
    assert await faults() == []


async def test_one_takes_back_while_the_other_applies(one: int):
    first = await post_payment(ANNA, paid("50", Choice(one)))
    other = await post_payment(ANNA, paid("20"))
    results = await asyncio.gather(
        unapply(ANNA, first.run, LATER, "wrong"),
        apply_entry(ANNA, other.entry_no, LATER, (Choice(one),)),
        unapply(ANNA, first.run, LATER, "wrong, too"),
    )
    assert "done" in outcomes(results)
    assert await faults() == []


async def test_one_pays_while_the_other_cancels(one: int):
    results = await asyncio.gather(post_payment(ANNA, paid("112.50", Choice(one))), cancel_invoice(ANNA, "I-1", LATER))
    assert outcomes(results)[-1] != "done" or outcomes(results)[0] in ("cancel_applied", "payment_entry_closed")
    assert outcomes(results).count("done") == 1
    assert await faults() == []


@pytest.mark.only("postgresql")
async def test_a_balance_in_hand_holds_up_no_other_customer(one: int):
    """What is owed is kept in rows that two may want at once (O-27): of one customer, never of two."""
    in_hand, done = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with transaction() as session:
            await session.execute(f"UPDATE customer_ledger_entry SET due_date = due_date + 1 WHERE entry_no = {one}")
            in_hand.set()
            await done.wait()

    holding = asyncio.create_task(hold())
    try:
        await in_hand.wait()
        assert (await invoice("C-EURO")).ok
    finally:
        done.set()
        await holding
    assert await wrong_balances() == []


async def test_due_dates_move_across_each_other(one: int):
    """Each takes from one day what it gives to the other; whoever comes second waits, and neither is lost."""
    assert (await invoice("C-GOOD")).ok
    two = max(await open_entries("C-GOOD", positive=True))
    for first, second in ((3, 5), (5, 3), (3, 5)):
        assert await asyncio.gather(move(one, first), move(two, second)) == [True, True]
    days = await database_rows("SELECT amount FROM customer_balance")
    assert [row["amount"] for row in days] == [11250000, 11250000]
    assert await wrong_balances() == []

"""The balances that the database keeps are the sums of the entries, whatever is posted, applied or taken back."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.builders import TODAY, D, pack
from tests.conftest import LONG
from tests.posting.verified import wrong_balances
from tests.posting.worlds import ANNA, database_rows, enter_company, enter_order
from tests.store.test_payments import BANK, BOTH, LATER, Choice, paid
from webapp.posting.aging import columns_of, spread
from webapp.posting.entry_changes import EDITABLE
from webapp.posting.records import changed
from webapp.posting.snapshot import ZERO, DocumentKey
from webapp.store.aged import aged_entries, aged_receivables
from webapp.store.cancel import cancel_invoice
from webapp.store.entry_changes import edit_entry
from webapp.store.payments import apply_entry, post_payment
from webapp.store.posting import post_document
from webapp.store.receivables import load_entry
from webapp.store.statements import load_whole_statement
from webapp.store.unapplying import unapply

APPLIED = """SELECT DISTINCT posting_run_no AS run FROM detailed_customer_entry WHERE entry_type = 'application' AND NOT
unapplied AND posting_run_no NOT IN (SELECT unapplies_run_no FROM detailed_customer_entry WHERE unapplied)
ORDER BY posting_run_no DESC"""
CUSTOMERS = ("C-GOOD", "C-EURO")
NUMBERS = itertools.count(1)
STEP = st.tuples(
    st.sampled_from(["pay", "pay", "apply", "take back", "move", "cancel", "invoice"]),
    st.sampled_from(CUSTOMERS),
    st.integers(0, 7),
    st.integers(1, 30000),
)


async def invoice(customer: str) -> Any:
    no = f"SB-{next(NUMBERS)}"
    await enter_order(customer, ["10000 resource LINA qty 1"], no=no)
    return await post_document(ANNA, DocumentKey("order", no), BOTH)


async def open_entries(customer: str, positive: bool) -> list[int]:
    sql = f"SELECT entry_no FROM customer_ledger_entry WHERE customer_no = '{customer}' AND open"
    rows = await database_rows(f"{sql} AND {'' if positive else 'NOT'} positive ORDER BY entry_no")
    return [int(row["entry_no"]) for row in rows]


async def move(entry_no: int, days: int) -> bool:
    entry = await load_entry(entry_no)
    assert entry is not None
    seen = {name: entry.row[name] for name in EDITABLE}
    return await edit_entry(ANNA, entry_no, {**seen, "due_date": TODAY + timedelta(days=days)}, seen) == []


async def take(what: str, customer: str, at: int, cents: int) -> bool:
    """One step, on what is there; whether it was done."""
    owed, credits = await open_entries(customer, True), await open_entries(customer, False)
    if what == "invoice" or not owed:
        return bool((await invoice(customer)).ok)
    one = owed[at % len(owed)]
    if what == "move":
        return await move(one, at)
    if what == "apply" and credits:
        done: Any = await apply_entry(ANNA, credits[at % len(credits)], LATER, (Choice(one),))
        return bool(done.ok)
    if what == "take back":
        runs = [int(row["run"]) for row in await database_rows(APPLIED)]
        done = await unapply(ANNA, runs[at % 2 % len(runs)], LATER, "wrong") if runs else None
        return done is not None and done.ok
    if what == "cancel":
        nos = await database_rows(f"SELECT document_no AS no FROM customer_ledger_entry WHERE entry_no = {one}")
        done = await cancel_invoice(ANNA, str(nos[0]["no"]), LATER)
        return done is not None and done.ok
    currency = "EUR" if customer == "C-EURO" else ""
    chosen = (Choice(one),) if at % 4 else ()
    payment = paid(str(D(cents) / 100), *chosen, customer=customer, currency_code=currency)
    return (await post_payment(ANNA, payment)).ok


@given(steps=st.lists(STEP, min_size=3, max_size=8))
@settings(
    max_examples=300 if LONG else 12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_they_are_after_any_steps(database: str, steps: list[tuple[str, str, int, int]]):
    if not await database_rows("SELECT no FROM customer"):
        await enter_company(pack(**BANK))
    for what, customer, at, cents in steps:
        event(f"{what}: {'done' if await take(what, customer, at, cents) else 'refused'}")
        assert await wrong_balances() == []
    for days, own_currency in itertools.product((-1, 0, 5, 20, 60), (True, False)):
        assert await by_balances(days, own_currency) == await by_entries(days, own_currency)
    for days, customer in itertools.product((0, 20), CUSTOMERS):
        entries = await by_entries(days, own_currency=False, length="30D", before=1)
        await its_statement_agrees(customer, TODAY + timedelta(days=days), entries)


async def its_statement_agrees(customer: str, last: date, entries: dict[tuple[str, str], list[Decimal]]) -> None:
    """What an account closes with, how old that is and what is overdue of it, beside the entries open on that day."""
    statement = await load_whole_statement(customer, last - timedelta(days=5), last)
    assert statement is not None and statement.next is None and not statement.more_overdue
    for one in statement.currencies:
        assert list(one.aged) == entries.get((customer, one.currency_code), [ZERO] * len(one.aged))
        assert one.closing == sum(one.aged)
        assert sum((row.remaining for row in one.overdue), ZERO) == sum(one.aged[1:])


async def by_balances(days: int, own_currency: bool) -> dict[tuple[str, str], list[Decimal]]:
    """What was open so many days from today, by age, as it is read from the balances."""
    rows, more = await aged_receivables(TODAY + timedelta(days=days), "10D", "due_date", own_currency=own_currency)
    assert not more
    return {(row.customer_no, row.currency_code): list(row.amounts) for row in rows}


async def by_entries(
    days: int, own_currency: bool, length: str = "10D", before: int = 0
) -> dict[tuple[str, str], list[Decimal]]:
    """The same added up from the entries that were open; their age as of so many days before."""
    sums: dict[tuple[str, str], list[Decimal]] = {}
    day = TODAY + timedelta(days=days)
    columns = columns_of(day - timedelta(days=before), length, "due_date")
    for one in await aged_entries(day, length, "due_date", own_currency=own_currency):
        assert one.entry is not None
        aged = spread(columns, [(one.entry["due_date"] or one.entry["posting_date"], one.total)])
        row = changed(one, amounts=aged)
        before = sums.get((row.customer_no, row.currency_code), [ZERO] * len(row.amounts))
        sums[row.customer_no, row.currency_code] = [a + b for a, b in zip(before, row.amounts, strict=True)]
    return {key: amounts for key, amounts in sums.items() if before or sum(amounts)}


async def test_a_day_on_which_nothing_is_left_has_no_row(database: str):
    await enter_company(pack(**BANK))
    assert (await invoice("C-GOOD")).ok
    (entry,) = await open_entries("C-GOOD", True)
    assert await move(entry, 3)
    (row,) = await database_rows("SELECT day, dated, amount FROM customer_balance")
    assert (str(row["day"]), bool(row["dated"]), row["amount"]) == (str(TODAY + timedelta(days=3)), True, 11250000)
    assert (await post_payment(ANNA, paid("112.50", Choice(entry)))).ok
    assert await database_rows("SELECT * FROM customer_balance") == []

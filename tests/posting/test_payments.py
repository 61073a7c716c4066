"""Payments as plans: what must hold of any of them, and of taking them back (D-131, D-132, P-9, P-157)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import TODAY, USER, D, company, filled, pack, series
from webapp.posting.ledgers import DetailedEntry, New
from webapp.posting.payments import ApplicationPlan, Choice, Payment, PaymentSnapshot, plan_payment
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Customer, OpenEntry
from webapp.posting.unapply import AppliedEntry, AppliedRow, UnapplySnapshot, plan_unapply

PAYMENT = 99
SETUPS: Mapping[str, Setup] = {
    name: company(pack(receivables_setup={"appln_between_currencies": name})) for name in ("none", "all")
}


PAYER = filled(Customer, "customers", {"no": "C", "name": "Payer", "customer_posting_group": "DOM"})
NUMBERS = series()["PAYMENTS"]
CENTS = st.integers(1, 500_000).map(lambda cents: D(cents) / 100)


@st.composite
def entries(draw: st.DrawFn) -> dict[int, OpenEntry]:
    """Open invoices in two currencies, in time for their discount or not, on either receivables account."""
    found = {}
    for no in range(1, draw(st.integers(1, 5)) + 1):
        remaining = draw(CENTS)
        foreign = draw(st.booleans())
        lcy = (remaining * draw(st.integers(700, 800)) / 100).quantize(D("0.01")) if foreign else remaining
        discount = (remaining * 2 / 100).quantize(D("0.01")) if draw(st.booleans()) else ZERO
        found[no] = OpenEntry(
            no,
            "C",
            "invoice",
            f"I-{no}",
            TODAY,
            TODAY + timedelta(days=draw(st.integers(-20, 20))),
            "EUR" if foreign else "",
            draw(st.sampled_from(["2310", "2320"])),
            discount,
            "",
            ZERO,
            TODAY + timedelta(days=draw(st.integers(-3, 3))),
            True,
            remaining,
            max(lcy, D("0.01")),
        )
    return found


@st.composite
def payments(draw: st.DrawFn) -> tuple[PaymentSnapshot, Payment]:
    found = draw(entries())
    chosen = draw(st.lists(st.sampled_from(sorted(found)), unique=True))
    amounts = {no: draw(st.one_of(st.just(ZERO), st.just(found[no].remaining), CENTS)) for no in chosen}
    choices = tuple(Choice(no, min(amounts[no], found[no].remaining), draw(st.booleans())) for no in chosen)
    setup = SETUPS[draw(st.sampled_from(["none", "all"]))]
    currency = draw(st.sampled_from(["", "EUR"]))
    payment = Payment("C", TODAY, draw(CENTS), currency, "CASH", choices=choices)
    return PaymentSnapshot(setup, USER, PAYER, found, NUMBERS), payment


def rows_of(plan: ApplicationPlan) -> list[DetailedEntry]:
    return plan.ledgers.detailed


def number(entry: Any) -> int:
    return PAYMENT if isinstance(entry, New) else entry


def left_of(source: PaymentSnapshot, plan: ApplicationPlan) -> dict[int, tuple[Any, Any]]:
    """What is left of every entry after the plan, in its currency and in LCY."""
    left = {no: (one.remaining, one.remaining_lcy) for no, one in source.entries.items()} | {PAYMENT: (ZERO, ZERO)}
    for row in rows_of(plan):
        amount, lcy = left[number(row.customer_entry_no)]
        left[number(row.customer_entry_no)] = amount + row.amount, lcy + row.amount_lcy
    return left


def booked(plan: Any) -> dict[str, Any]:
    """What comes to stand on each account."""
    found: dict[str, Any] = {}
    for row in plan.ledgers.gl:
        found[row.gl_account_no] = found.get(row.gl_account_no, ZERO) + row.amount
    return {account: amount for account, amount in found.items() if amount}


@given(payments())
def test_what_holds_of_every_payment(made: tuple[PaymentSnapshot, Payment]):
    source, payment = made
    plan = plan_payment(source, payment)
    if not plan.may_post:
        assert not plan.ledgers.count
        return
    assert plan.ledgers.differences() == {}
    left = left_of(source, plan)
    for no, entry in source.entries.items():
        amount, lcy = left[no]
        assert ZERO <= amount <= entry.remaining
        update = next((one for one in plan.updates if one.entry_no == no), None)
        assert (update is not None and update.closed_at is not None) == (amount == 0)
        assert lcy == 0 if amount == 0 else True
    assert left[PAYMENT][0] == -plan.left
    assert (left[PAYMENT][1] == 0) if plan.left == 0 else (left[PAYMENT][1] <= 0)
    assert sum((one.own for one in plan.applied), ZERO) + plan.left == payment.amount
    of_entries: dict[str, Any] = {}
    for row in plan.ledgers.detailed:
        no = number(row.customer_entry_no)
        account = "2310" if no == PAYMENT else source.entries[no].receivables_account
        of_entries[account] = of_entries.get(account, ZERO) + row.amount_lcy
    on_accounts = booked(plan)
    assert {a: v for a, v in of_entries.items() if v} == {a: v for a, v in on_accounts.items() if a in ("2310", "2320")}


@given(payments())
def test_taking_back_leaves_the_payment_alone(made: tuple[PaymentSnapshot, Payment]):
    source, payment = made
    plan = plan_payment(source, payment)
    if not plan.may_post or not plan.applied:
        return
    left = left_of(source, plan)
    discounts = {one.entry_no: one.remaining_pmt_disc_possible for one in plan.updates}
    rows = [
        AppliedRow(
            n,
            row.posting_date,
            number(row.customer_entry_no),
            row.entry_type,
            row.document_type,
            "P-1",
            row.currency_code,
            row.amount,
            row.amount_lcy,
            row.due_date,
            PAYMENT,
            row.bal_account_no,
            row.pmt_disc_used,
        )
        for n, row in enumerate(plan.ledgers.detailed)
        if row.entry_type != "initial"
    ]
    entries = {
        no: AppliedEntry(no, "invoice", one.document_no, one.currency_code, one.receivables_account, ZERO, left[no][0])
        for no, one in source.entries.items()
    } | {PAYMENT: AppliedEntry(PAYMENT, "payment", "P-1", payment.currency_code, "2310", ZERO, left[PAYMENT][0])}
    back = plan_unapply(
        UnapplySnapshot(source.setup, USER, 7, PAYMENT, plan.header, tuple(rows), entries), TODAY, "wrong"
    )
    assert back.may_unapply and back.ledgers.differences() == {}
    for one in back.reopened:
        if one.entry_no != PAYMENT:
            before = source.entries[one.entry_no]
            assert one.remaining == before.remaining
            assert one.remaining_pmt_disc_possible + discounts[one.entry_no] == before.remaining_pmt_disc_possible
        else:
            assert one.remaining == -payment.amount
    together = booked(plan)
    for account, amount in booked(back).items():
        together[account] = together.get(account, ZERO) + amount
    lcy = -plan.ledgers.customer[0].amount_lcy
    assert {account: amount for account, amount in together.items() if amount} == {"2310": -lcy, "2910": lcy}
    assert all(row.unapplied and row.unapplies_run_no == 7 for row in back.ledgers.detailed)

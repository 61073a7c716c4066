"""What must hold of every plan, with contracts made up at random, and the day by day planner beside it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.billing.made import a_contract, a_line
from tests.billing.naive import Billed, invoices
from webapp.billing.charges import charged
from webapp.billing.contract import ContractPlan, plan, plan_added, plan_period, plan_starting
from webapp.billing.periods import Span, addm
from webapp.billing.records import Contract, ContractLine
from webapp.posting.records import changed

Made = tuple[Contract, tuple[ContractLine, ...]]
CENT = Decimal("0.01")


@st.composite
def contracts(draw: Any, *, prepaid: bool | None = None, ends: bool = True) -> Made:
    """One to three lines that begin and end within the contract; any period length."""
    start = draw(st.dates(date(2021, 1, 1), date(2026, 12, 31)))
    length = draw(st.integers(0, 900)) if ends and draw(st.booleans()) else None
    end = start + timedelta(length) if length is not None else None
    lines = []
    for no in range(1, draw(st.integers(1, 3)) + 1):
        value = Decimal(draw(st.integers(100, 2_000_000))) / 100
        begins = start + timedelta(draw(st.integers(0, 120))) if draw(st.booleans()) else start
        begins = min(begins, end) if end else begins
        line_end = begins + timedelta(draw(st.integers(0, 500))) if draw(st.integers(0, 2)) == 0 else None
        if end and line_end:
            line_end = min(line_end, end)
        discount = draw(st.sampled_from(["0", "0", "10", "33.33"]))
        lines.append(a_line(no, str(value), discount=discount, starting_date=begins, contract_expiration_date=line_end))
    period = draw(st.sampled_from(["month", "two_months", "quarter", "half_year", "year"]))
    pays = draw(st.booleans()) if prepaid is None else prepaid
    return a_contract(lines, period, start.isoformat(), end.isoformat() if end else "", prepaid=pays)


def as_pieces(made: Sequence[ContractPlan]) -> list[list[Billed]]:
    return [
        [Billed(e.line_no, e.days.first, e.days.last, int(e.figures.amount * 100), e.prepaid) for e in one.entries]
        for one in made
        if one.amount
    ]


def is_one_year(contract: Contract) -> bool:
    assert contract.starting_date
    return contract.expiration_date == addm(contract.starting_date, 12) - timedelta(1)


@settings(max_examples=150, deadline=None)
@given(contracts(), st.integers(0, 1500))
def test_the_planner_and_the_one_written_day_by_day_agree(made: Made, wait: int):
    contract, lines = made
    if is_one_year(contract):
        return  # C-78 moves a cent there
    assert contract.starting_date
    until = contract.starting_date + timedelta(wait)
    assert as_pieces(plan(contract, lines, until, until)) == invoices(contract, lines, until)


@settings(max_examples=100, deadline=None)
@given(contracts(), st.integers(0, 1500))
def test_no_day_is_billed_twice_and_none_is_passed_over(made: Made, wait: int):
    """C-163, O-13: what is billed of a line is one unbroken span from its first day."""
    contract, lines = made
    assert contract.starting_date
    until = contract.starting_date + timedelta(wait)
    found = plan(contract, lines, until, until)
    for line in lines:
        spans = [e.days for one in found for e in one.entries if e.line_no == line.line_no]
        assert not spans or spans[0].first == line.starting_date
        for before, after in itertools.pairwise(spans):
            assert after.first == before.last + timedelta(1)
        last = found[-1].lines_after[lines.index(line)].invoiced_to_date if found else None
        assert last == (spans[-1].last if spans else None)


@settings(max_examples=80, deadline=None)
@given(contracts(), st.integers(0, 800))
def test_the_same_run_again_makes_nothing(made: Made, wait: int):
    """C-166."""
    contract, lines = made
    assert contract.starting_date
    until = contract.starting_date + timedelta(wait)
    found = [one for one in plan(contract, lines, until, until) if one.amount]
    if found:
        again = plan(found[-1].contract_after, found[-1].lines_after, until, until)
        assert sum((one.amount for one in again), Decimal(0)) == 0


@settings(max_examples=80, deadline=None)
@given(contracts(ends=False), st.integers(1, 3))
def test_a_year_of_invoices_comes_to_the_yearly_amount(made: Made, years: int):
    """C-168: to within a cent for each invoice and line."""
    contract, lines = made
    lines = tuple(changed(line, starting_date=contract.starting_date, contract_expiration_date=None) for line in lines)
    coming = contract.next_period_start
    assert coming
    contract = changed(contract, starting_date=coming)
    lines = tuple(changed(line, starting_date=coming) for line in lines)
    end = addm(coming, 12 * years) - timedelta(1)
    until = end if not contract.prepaid else end - timedelta(1)
    found = [one for one in plan(contract, lines, until, until) if one.period and one.period.last <= end]
    for line in lines:
        total = sum((e.figures.amount for one in found for e in one.entries if e.line_no == line.line_no), Decimal(0))
        assert abs(total - line.line_amount * years) <= CENT * len(found)


@settings(max_examples=100, deadline=None)
@given(contracts(prepaid=True), st.integers(0, 1000))
def test_the_months_of_a_span_add_up_to_its_rounded_charge(made: Made, wait: int):
    """C-77: in every figure, for each line and unbroken part of an invoice."""
    contract, lines = made
    if is_one_year(contract):
        return
    assert contract.starting_date
    until = contract.starting_date + timedelta(wait)
    for one in plan(contract, lines, until, until):
        for line in lines:
            for why in ("before_period", "period"):
                own = [e for e in one.entries if e.line_no == line.line_no and e.why == why]
                if own:
                    whole = charged(line, Span(own[0].days.first, own[-1].days.last))
                    assert sum((e.figures.amount for e in own), Decimal(0)) == whole.amount
                    assert sum((e.figures.price for e in own), Decimal(0)) == whole.price
                    assert sum((e.figures.discount for e in own), Decimal(0)) == whole.discount


@settings(max_examples=60, deadline=None)
@given(contracts(), st.booleans())
def test_starting_and_card_invoices_bill_each_day_once(made: Made, start_first: bool):
    contract, lines = made
    assert contract.starting_date
    spans: dict[int, list[Span]] = {}
    if start_first:
        first = plan_starting(contract, lines, contract.starting_date)
        _collect(spans, first)
        contract, lines = first.contract_after, first.lines_after
    for _ in range(3):
        if contract.next_invoice_date is None:
            break
        one = plan_period(contract, lines, contract.next_invoice_date, "card")
        _collect(spans, one)
        contract, lines = one.contract_after, one.lines_after
    for own in spans.values():
        for before, after in itertools.pairwise(own):
            assert after.first == before.last + timedelta(1)


def _collect(spans: dict[int, list[Span]], one: ContractPlan) -> None:
    for entry in one.entries:
        spans.setdefault(entry.line_no, []).append(entry.days)


@settings(max_examples=60, deadline=None)
@given(contracts(), st.integers(0, 60))
def test_an_added_line_ends_with_the_invoiced_period(made: Made, wait: int):
    """C-34 … C-37: the invoice for it stops where the next one begins, and no date of the contract moves."""
    contract, lines = made
    if contract.next_invoice_date is None:
        return
    first = plan_period(contract, lines, contract.next_invoice_date)
    assert contract.starting_date
    joins = contract.starting_date + timedelta(wait)
    new = changed(a_line(9, "600", starting_date=joins), new_line=True)
    after = first.contract_after
    added = plan_added(after, (*(changed(x, new_line=False) for x in first.lines_after), new))
    assert (added.contract_after.next_invoice_date, added.contract_after.last_invoice_date) == (
        after.next_invoice_date,
        after.last_invoice_date,
    )
    if after.next_period_start and joins < after.next_period_start:
        assert added.entries[0].days.first == joins
        assert added.entries[-1].days.last == after.next_period_start - timedelta(1)
    else:
        assert added.entries == ()

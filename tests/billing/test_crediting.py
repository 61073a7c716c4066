"""What must hold of every credit and release, with contracts made up at random (C-140 … C-148, C-163, C-169)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.billing.test_plan_properties import Made, contracts
from webapp.billing.contract import ContractPlan, plan
from webapp.billing.crediting import Credit, credit_pieces, credited_days, still_billed
from webapp.billing.periods import Span
from webapp.billing.records import ContractEntry, ContractLine
from webapp.billing.release import release_amount
from webapp.posting.money import round_to
from webapp.posting.records import changed

CENT = Decimal("0.01")


def posted(made: list[ContractPlan]) -> list[ContractEntry]:
    """The entries of invoices that were made of these plans and posted."""
    return [
        ContractEntry(
            no, e.contract_no, e.line_no, e.posting_date, e.days.first, e.days.last, "invoice", "I-1", Decimal(-1),
            -e.figures.amount, -e.figures.price, False, e.prepaid, not e.prepaid, False, None, e.figures.cost,
            e.figures.discount,
        )
        for no, e in enumerate((e for one in made for e in one.entries), 1)
    ]  # fmt: skip


def as_entry(no: int, piece: Credit, contract_no: str, day: date) -> ContractEntry:
    figures = piece.figures
    return ContractEntry(
        no, contract_no, piece.line_no, day, piece.days.first, piece.days.last, "credit_memo", "C-1", Decimal(1),
        figures.amount, figures.price, False, piece.prepaid, not piece.prepaid, False, piece.entry_no, figures.cost,
        -figures.discount,
    )  # fmt: skip


def days_of(spans: list[Span]) -> list[date]:
    return [
        date.fromordinal(n) for one in spans for n in range(one.first.toordinal(), one.last.toordinal() + 1)
    ]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(contracts(ends=False), st.integers(0, 700), st.integers(0, 700))
def test_what_is_credited_was_billed_and_nothing_else(made: Made, wait: int, after: int):
    contract, lines = made
    assert contract.starting_date
    until = date.fromordinal(contract.starting_date.toordinal() + wait)
    plans = [one for one in plan(contract, lines, until, until) if one.amount]
    entries = posted(plans)
    for line in plans[-1].lines_after if plans else ():
        ended = _ended(line, after)
        pieces = credit_pieces(contract, ended, entries)
        billed = days_of([left.days for left in still_billed(entries, line.line_no)])
        whole = credited_days(ended)
        wanted = [day for day in billed if whole and whole.first <= day <= whole.last]
        assert days_of([piece.days for piece in pieces]) == sorted(wanted)
        back = [as_entry(1000 + n, piece, contract.no, until) for n, piece in enumerate(pieces)]
        left = still_billed([*entries, *back], line.line_no)
        assert sorted(days_of([one.days for one in left])) == sorted(set(billed) - set(wanted))
        assert credit_pieces(contract, ended, [*entries, *back]) == []
        money = sum((one.figures.amount for one in left), Decimal(0)) + sum(p.figures.amount for p in pieces)
        assert money == sum(-e.amount_lcy for e in entries if e.contract_line_no == line.line_no)


def _ended(line: ContractLine, after: int) -> ContractLine:
    assert line.starting_date
    day = date.fromordinal(line.starting_date.toordinal() + after)
    return changed(line, contract_expiration_date=day, credit_memo_date=day)


@settings(max_examples=60, deadline=None)
@given(contracts(prepaid=True, ends=False), st.integers(0, 400))
def test_a_line_ended_on_its_first_day_is_credited_to_the_cent(made: Made, wait: int):
    """C-148, C-169: what was invoiced comes back, and the release of both moves nothing."""
    contract, lines = made
    assert contract.starting_date
    until = date.fromordinal(contract.starting_date.toordinal() + wait)
    plans = [one for one in plan(contract, lines, until, until) if one.amount]
    entries = posted(plans)
    for line in plans[-1].lines_after if plans else ():
        pieces = credit_pieces(contract, _ended(line, 0), entries)
        own = [entry for entry in entries if entry.contract_line_no == line.line_no and entry.amount_lcy]
        back = [as_entry(1000 + n, piece, contract.no, until) for n, piece in enumerate(pieces)]
        assert sum((release_amount(entry) for entry in [*own, *back]), Decimal(0)) == 0
        assert all(piece.figures.amount == round_to(piece.figures.amount, CENT) for piece in pieces)

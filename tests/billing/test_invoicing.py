"""What must hold of every run over contracts, with contracts made up at random (C-85, C-86, C-90, C-166, C-167)."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.billing.made import a_contract, a_line
from tests.billing.test_plan_properties import contracts
from tests.billing.test_refusals import people, setup
from webapp.billing.case import ContractCase
from webapp.billing.contract import plan
from webapp.billing.invoicing import RunPlan, Terms, is_due, plan_round, plan_run, window_question
from webapp.posting.records import changed

DAY = date(2023, 12, 31)
TERMS = Terms(DAY, DAY, DAY, "POLLY")


@st.composite
def runs(draw: Any) -> list[ContractCase]:
    """One to five contracts of two payers; some combine, some are in another currency, one in four is open."""
    found = []
    for no in range(1, draw(st.integers(1, 5)) + 1):
        contract, lines = draw(contracts())
        payer = draw(st.sampled_from(("C-GOOD", "C-EURO")))
        contract = changed(
            contract,
            no=f"SC-{no}",
            customer_no=payer,
            bill_to_customer_no=payer,
            currency_code=draw(st.sampled_from(("", "EUR"))),
            combine_invoices=draw(st.booleans()),
            change_status=draw(st.sampled_from(("locked", "locked", "locked", "open"))),
        )
        found.append(ContractCase(setup(), contract, lines, people()[payer], people()[payer]))
    return found


def numbers(made: RunPlan) -> list[tuple[int, list[str]]]:
    return [(one.round_no, [share.case.contract.no for share in one.draft.shares]) for one in made.invoices]


@settings(max_examples=30, deadline=None)
@given(runs())
def test_an_invoice_holds_contracts_of_one_payer_and_currency_and_each_once_a_round(cases: list[ContractCase]):
    made = plan_run(cases, TERMS)
    for one in made.invoices:
        held = [share.case.contract for share in one.draft.shares]
        assert len({(c.bill_to_customer_no, c.currency_code, c.combine_invoices) for c in held}) == 1
        assert len(held) == 1 or all(c.combine_invoices for c in held)
        assert one.draft.amount == sum(billed.amount for billed in one.billed)
    assert all(count == 1 for count in Counter((r, no) for r, nos in numbers(made) for no in nos).values())
    rounds = [one.round_no for one in made.invoices]
    assert rounds == sorted(rounds)


@settings(max_examples=30, deadline=None)
@given(runs())
def test_each_contract_is_billed_as_the_planner_says_or_skipped_with_a_reason(cases: list[ContractCase]):
    made = plan_run(cases, TERMS)
    skipped = {one.case.contract.no: one for one in made.skipped}
    assert all(one.findings and all(found.is_error for found in one.findings) for one in made.skipped)
    for case in cases:
        contract = case.contract
        own = [
            share.plan for one in made.invoices for share in one.draft.shares if share.case.contract.no == contract.no
        ]
        due = plan(contract, case.lines, TERMS.invoice_to, TERMS.posting_date)
        wanted = [one for one in due if one.amount]
        if contract.no not in skipped:
            assert [one.entries for one in own] == [one.entries for one in wanted]
        assert [one.entries for one in own] == [one.entries for one in wanted[: len(own)]]
        if not is_due(contract, TERMS.invoice_to):
            assert not own and contract.no not in skipped


@settings(max_examples=30, deadline=None)
@given(runs(), st.randoms(use_true_random=False))
def test_the_order_of_the_contracts_plays_no_role_and_the_same_run_again_makes_nothing(
    cases: list[ContractCase], chance: Any
):
    made = plan_run(cases, TERMS)
    shuffled = list(cases)
    chance.shuffle(shuffled)
    assert numbers(plan_run(shuffled, TERMS)) == numbers(made)
    after = {case.contract.no: case for case in cases}
    for share in itertools.chain.from_iterable(one.draft.shares for one in made.invoices):
        after[share.case.contract.no] = changed(
            share.case, contract=share.plan.contract_after, lines=share.plan.lines_after
        )
    again = plan_run(after.values(), TERMS)
    assert again.invoices == ()
    assert {one.case.contract.no for one in again.skipped} == {one.case.contract.no for one in made.skipped}


def test_a_round_takes_one_period_and_a_run_all_that_are_due():
    contract, lines = a_contract(
        [a_line(1, "1200")], start="2023-01-01", customer_no="C-GOOD", bill_to_customer_no="C-GOOD"
    )
    case = ContractCase(setup(), contract, lines, people()["C-GOOD"], people()["C-GOOD"])
    assert len(plan_round([case], TERMS).invoices) == 1
    assert len(plan_run([case], TERMS).invoices) == 12


def test_a_contract_with_a_slip_in_its_dates_is_skipped_and_not_invoiced_six_hundred_times():
    contract, lines = a_contract(
        [a_line(1, "1200")], start="1900-01-01", customer_no="C-GOOD", bill_to_customer_no="C-GOOD"
    )
    case = ContractCase(setup(), contract, lines, people()["C-GOOD"], people()["C-GOOD"])
    made = plan_run([case], TERMS)
    assert made.invoices == ()
    assert [(one.code, one.field) for left in made.skipped for one in left.findings] == [
        ("contract_too_far_behind", "starting_date")
    ]


def test_a_posting_date_that_may_not_be_posted_on_is_asked_about():
    closed = changed(setup().ledger, allow_posting_from=date(2024, 1, 1))
    assert window_question(setup(), TERMS) == []
    found = window_question(changed(setup(), ledger=closed), TERMS)
    assert [(one.code, one.field) for one in found] == [("contract_run_outside_window", "posting_date")]

"""What a batch does to a document before it posts it: dates, discount, policy (D-86 … D-88). No database."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.builders import USER, D, company, entered, header, pack
from webapp.posting.batches import as_policy_says, batch_findings, with_batch_dates
from webapp.posting.plan import plan_posting
from webapp.posting.records import changed
from webapp.posting.setup import UserSetup
from webapp.posting.snapshot import BatchDates, PostingRequest, Snapshot

OLD, NEW = date(2025, 3, 10), date(2025, 3, 20)
LINES = "10000 item PUMP qty 4"


def order(**values: Any) -> Snapshot:
    found = entered(header(), LINES)
    return changed(found, header=changed(found.header, **values))


def user(policy: str) -> UserSetup:
    return UserSetup(USER, None, None, None, None, policy, "")


def test_a_replaced_posting_date_takes_document_date_terms_and_lines_along() -> None:
    before = order()
    after = with_batch_dates(before, BatchDates(NEW, replace_posting_date=True))
    head = after.header
    assert (head.posting_date, head.document_date, head.vat_date) == (NEW, NEW, NEW)
    assert head.due_date is not None and before.header.due_date is not None
    assert (head.due_date - NEW) == (before.header.due_date - OLD) or head.due_date > before.header.due_date
    assert {line.posting_date for line in after.lines} == {NEW}
    assert [line.unit_price for line in after.lines] == [line.unit_price for line in before.lines]


def test_a_replaced_document_date_leaves_the_posting_date() -> None:
    head = with_batch_dates(order(), BatchDates(NEW, replace_document_date=True)).header
    assert (head.posting_date, head.document_date) == (OLD, NEW)


def test_a_blank_date_is_filled_and_moves_no_other() -> None:
    blank = order(posting_date=None)
    head = with_batch_dates(blank, BatchDates(NEW)).header
    assert (head.posting_date, head.document_date) == (NEW, OLD)
    head = with_batch_dates(order(document_date=None), BatchDates(NEW)).header
    assert (head.posting_date, head.document_date) == (OLD, NEW)


def test_without_a_tick_filled_dates_stay() -> None:
    before = order()
    assert with_batch_dates(before, BatchDates(NEW)).header == before.header


def test_the_plan_carries_the_dates_of_the_batch() -> None:
    both = PostingRequest(ship=True, invoice=True, dates=BatchDates(NEW, replace_posting_date=True))
    plan = plan_posting(order(), both)
    assert plan.may_post and plan.header.posting_date == NEW
    assert {entry.posting_date for entry in plan.ledgers.gl} == {NEW}


def test_the_invoice_discount_is_calculated_when_the_batch_asks_for_it() -> None:
    before = entered(header(customer="C-DISC"), "10000 item PUMP qty 20")
    with_it, without = [
        plan_posting(before, PostingRequest(ship=True, invoice=True, calculate_invoice_discount=wanted)).totals
        for wanted in (True, False)
    ]
    assert without.inv_discount == D(0) < with_it.inv_discount
    assert with_it.amount == without.amount - with_it.inv_discount


def test_dates_can_only_be_replaced_by_one() -> None:
    for dates in (BatchDates(replace_posting_date=True), BatchDates(replace_document_date=True)):
        found = batch_findings(company(), None, PostingRequest(ship=True, dates=dates))
        assert [one.code for one in found] == ["batch_posting_date_missing"]
    assert batch_findings(company(), None, PostingRequest(ship=True)) == []


def test_a_date_outside_the_window_is_told_before_the_batch() -> None:
    setup = company(pack(ledger_setup={"allow_posting_to": date(2025, 3, 31)}))
    dates = BatchDates(date(2025, 4, 1), replace_posting_date=True)
    found = batch_findings(setup, setup.users.get(USER), PostingRequest(ship=True, dates=dates))
    assert [one.code for one in found] == ["posting_date_outside_window"]


@pytest.mark.parametrize(
    ("policy", "expected"), [("prohibited", (True, False)), ("mandatory", (True, True)), ("allowed", (True, False))]
)
def test_the_policy_fixes_what_is_invoiced(policy: str, expected: tuple[bool, bool]) -> None:
    fixed = as_policy_says(user(policy), PostingRequest(ship=True, invoice=policy == "prohibited"))
    assert (fixed.ship, fixed.invoice) == expected

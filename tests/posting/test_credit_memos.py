"""Credit memos: what they may be applied to, what may come back, what is warned of (P-102, P-113, P-152, P-158)."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import TODAY, company, entered, header, pack
from webapp.posting.application import Application
from webapp.posting.plan import PostingPlan, plan_posting
from webapp.posting.records import changed
from webapp.posting.snapshot import InvoicedLine, OpenEntry, OutboundEntry, PostingRequest, Snapshot

INVOICE = OpenEntry(
    7,
    "C-GOOD",
    "invoice",
    "I-1",
    TODAY,
    TODAY,
    "",
    "2310",
    D(0),
    "",
    D(0),
    None,
    True,
    D("1056.25"),
    D("1056.25"),
)
APPLIED = {"applies_to_doc_type": "invoice", "applies_to_doc_no": "I-1"}


def credit_memo(
    lines: str = "10000 item PUMP qty 1", customer: str = "C-GOOD", setup: dict[str, Any] | None = None, **values: Any
) -> Snapshot:
    of = pack(**(setup or {}))
    return entered(header(of, customer, "SC-1", document_type="credit_memo", **values), lines, of=of)


def planned(snapshot: Snapshot) -> PostingPlan:
    return plan_posting(snapshot, PostingRequest(ship=True, invoice=True))


def codes(snapshot: Snapshot) -> list[str]:
    return [found.code for found in planned(snapshot).findings]


def with_line(snapshot: Snapshot, **values: Any) -> Snapshot:
    first, *others = snapshot.lines
    return changed(snapshot, lines=(changed(first, **values), *others))


# --- the document ---------------------------------------------------------------------------------------------------


def test_it_is_posted_whole_and_ships_nothing():
    plan = planned(credit_memo("10000 item PUMP qty 2\n20000 resource LINA qty 1.5"))
    assert plan.may_post and plan.parts.option == "invoice"
    assert list(plan.numbers) == ["credit_memo"] and plan.numbers["credit_memo"].no == "C-1"
    assert not plan.shipment_lines and not plan.closes_order
    assert {entry.document for entry in plan.ledgers.gl} == {"credit_memo"}


def test_a_customer_blocked_for_invoices_may_be_credited():
    blocked = credit_memo()
    for kind, found in (("ship", []), ("invoice", []), ("all", ["customer_blocked"])):
        customer = changed(blocked.customer, blocked=kind)
        assert codes(changed(blocked, customer=customer, bill_to=customer)) == found


def test_a_quantity_of_part_of_the_line_is_refused():
    assert codes(with_line(credit_memo(), qty_to_invoice=D("0.5"))) == ["qty_to_invoice_not_quantity"]
    assert codes(with_line(credit_memo(), qty_to_ship=D(1))) == ["qty_to_ship_not_quantity"]


def test_due_at_once_and_without_the_payers_payment_method():
    head = credit_memo(customer="C-CASH").header
    assert (head.due_date, head.pmt_discount_date, head.payment_method_code) == (TODAY, None, "")
    too = pack(payment_terms={("1M8D",): {"disc_on_cr_memos": True}})
    assert header(too, "C-CASH", document_type="credit_memo").payment_method_code == "CASH"


def test_a_payment_method_pays_back_at_once():
    terms = {"payment_terms": {("1M8D",): {"disc_on_cr_memos": True}}}
    plan = planned(credit_memo(customer="C-CASH", setup=terms))
    assert plan.may_post, plan.errors
    kinds = [(row.document_type, row.amount, row.open) for row in plan.ledgers.customer]
    assert kinds == [("credit_memo", D("-625.00"), False), ("refund", D("612.50"), False)]


# --- what it applies to ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"document_no": "I-9"}, "applies_to_missing"),
        ({"customer_no": "C-DISC"}, "applies_to_other_customer"),
        ({"open": False}, "applies_to_closed"),
        ({"remaining": D("-5.00")}, "applies_to_same_sign"),
        ({"currency_code": "EUR"}, "applies_to_other_currency"),
        ({"posting_date": TODAY.replace(day=28)}, "applies_to_later"),
    ],
)
def test_what_it_may_not_be_applied_to(change: dict[str, Any], code: str | None):
    entry = changed(INVOICE, **change)
    plan = planned(changed(credit_memo(**APPLIED), open_entries=(entry,)))
    assert [found.code for found in plan.errors] == ([code] if code else [])
    assert all(found.field == "applies_to_doc_no" and found.remedy for found in plan.errors)


def test_marks_without_entries_are_found():
    assert codes(credit_memo(applies_to_id="SC-1")) == ["applies_to_nothing_marked"]


def test_application_and_payment_at_once_do_not_go_together():
    snapshot = credit_memo(**APPLIED, bal_account_no="2910")
    assert codes(changed(snapshot, open_entries=(INVOICE,))) == ["applies_to_with_payment"]


def test_marked_entries_are_applied_by_due_date_up_to_what_is_marked():
    later = changed(INVOICE, entry_no=3, document_no="I-3", due_date=TODAY.replace(month=9), applies_to_id="SC-1")
    first = changed(INVOICE, applies_to_id="SC-1", amount_to_apply=D("100.00"))
    plan = planned(changed(credit_memo(applies_to_id="SC-1"), open_entries=(later, first)))
    applied = [(row.customer_entry_no, row.amount) for row in plan.ledgers.detailed if row.entry_type == "application"]
    assert [row for row in applied if isinstance(row[0], int)] == [(7, D("-100.00")), (3, D("-525.00"))]
    assert [one.closed_at for one in plan.entries_applied] == [None, None]
    assert not plan.ledgers.customer[0].open


@given(
    amount=st.decimals(min_value="0.01", max_value="5000", places=2),
    rate=st.decimals(min_value="0.1", max_value="20", places=2),
    lefts=st.lists(
        st.tuples(
            st.decimals(min_value="0.01", max_value="2000", places=2),
            st.decimals(min_value="0.01", max_value="40000", places=2),
            st.sampled_from(["", "EUR"]),
        ),
        max_size=4,
    ),
)
def test_nothing_is_applied_twice_and_no_cent_is_lost(amount: D, rate: D, lefts: list[tuple[D, D, str]]):
    """Each entry takes at most what is left of it, all together at most the new entry; one that is used up leaves no
    LCY behind on either side (P-156, P-157)."""
    head = changed(header(customer="C-EURO"), exchange_amount=D(1), relational_amount=rate)
    entries = [
        changed(INVOICE, entry_no=i, currency_code=code, remaining=left, remaining_lcy=lcy if code else left)
        for i, (left, lcy, code) in enumerate(lefts, 1)
    ]
    lcy = (amount * rate).quantize(D("0.01"))
    made = Application(company(pack()), head, amount, lcy).to(entries)
    assert sum(one.own for one in made) <= amount and sum(one.lcy for one in made) <= lcy
    for one in made:
        assert 0 < one.amount <= one.entry.remaining
        left_lcy = one.entry.remaining_lcy - one.lcy + one.difference
        assert left_lcy >= 0 and (not one.closes or left_lcy == 0)
    if made and sum(one.own for one in made) == amount:
        assert sum(one.lcy for one in made) == lcy


# --- what comes back ------------------------------------------------------------------------------------------------

LEFT = OutboundEntry(50, "PUMP", "", D(-3), D(-3), D("-900.00"), D(0))


def test_goods_come_back_at_the_cost_they_left_with_and_the_last_takes_the_rest():
    entry = changed(LEFT, cost=D("-100.00"))
    snapshot = credit_memo(
        "10000 item PUMP qty 1 back 50\n20000 item PUMP qty 1 back 50\n30000 item PUMP qty 1 back 50"
    )
    plan = planned(changed(snapshot, outbound_entries={50: entry}))
    assert [row.cost_amount_actual for row in plan.ledgers.value] == [D("33.33"), D("33.33"), D("33.34")]
    assert plan.returned == {50: D(3)}


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (LEFT, None),
        (changed(LEFT, shipped_qty_not_returned=D("-0.5")), "returned_too_much"),
        (changed(LEFT, item_no="SEAL"), "return_entry_wrong"),
        (changed(LEFT, quantity=D(3)), "return_entry_wrong"),
        (None, "return_entry_wrong"),
    ],
)
def test_the_entry_that_goods_come_back_to(entry: OutboundEntry | None, code: str | None):
    snapshot = credit_memo("10000 item PUMP qty 1 back 50")
    snapshot = changed(snapshot, outbound_entries={50: entry} if entry else {})
    assert [found.code for found in planned(snapshot).errors] == ([code] if code else [])


@pytest.mark.parametrize(("open_quantity", "left"), [(D("-0.5"), "no more than 0.5"), (D(0), "nothing")])
def test_what_can_no_longer_come_back_is_told_without_the_number_of_an_entry(open_quantity: D, left: str):
    entry = changed(LEFT, shipped_qty_not_returned=open_quantity)
    (found,) = planned(changed(credit_memo("10000 item PUMP qty 1 back 50"), outbound_entries={50: entry})).errors
    assert found.message == f"Line 10000: Item PUMP: {left} of what went out can still come back."


def test_the_entry_may_be_mandatory():
    setup = {"receivables_setup": {"exact_cost_reversing_mandatory": True}}
    assert codes(credit_memo(setup=setup)) == ["mandatory_return_entry"]
    assert codes(credit_memo("10000 resource LINA qty 1", setup=setup)) == []


@pytest.mark.parametrize(
    ("invoiced", "code"),
    [
        (InvoicedLine("I-1", 10000, "C-GOOD", D(2), D(0), False), None),
        (InvoicedLine("I-1", 10000, "C-GOOD", D(2), D("1.5"), False), "credited_too_much"),
        (InvoicedLine("I-1", 10000, "C-GOOD", D(2), D(0), True), "invoice_cancelled_already"),
        (InvoicedLine("I-1", 10000, "C-DISC", D(2), D(0), False), "credited_for_other_customer"),
        (None, "invoice_line_gone"),
    ],
)
def test_what_was_invoiced_is_credited_once(invoiced: InvoicedLine | None, code: str | None):
    snapshot = with_line(credit_memo(), invoice_no="I-1", invoice_line_no=10000)
    lines = {("I-1", 10000): invoiced} if invoiced else {}
    found = planned(changed(snapshot, invoiced_lines=lines)).errors
    assert [one.code for one in found] == ([code] if code else [])
    assert all(one.line == 10000 for one in found)


def test_another_vat_rate_than_on_the_invoice_is_told_once():
    snapshot = credit_memo("10000 item PUMP qty 1\n20000 item SEAL qty 1")
    assert codes(changed(snapshot, applied_vat={"VAT25": D(24)})) == ["vat_rate_differs"]

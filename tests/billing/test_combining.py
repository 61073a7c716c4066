"""Which invoices a run over shipments would make, and what it leaves out with its reason (D-56 … D-62, O-40)."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.billing.test_shipment_lines import shipped
from tests.builders import company, pack
from tests.posting.combining import offers_of, people
from webapp.billing.combining import SPLITS, Combination, CombineOptions, combine, has_standard_terms, options_findings
from webapp.billing.shipment_lines import Held, Offer
from webapp.posting.combined import invoiced_to_its_end
from webapp.posting.records import changed
from webapp.posting.snapshot import ZERO

DAY = date(2025, 3, 20)
OPTIONS = CombineOptions(DAY, DAY)


def marked(no: str, **header: Any) -> list[Offer]:
    """What a marked order has shipped; its header says what makes it go on an invoice of its own."""
    snapshot = shipped("10000 item PUMP qty 1\n20000 resource LINA qty 2", no)
    head = changed(snapshot.header, **{"combine_shipments": True, **header})
    return offers_of(changed(snapshot, header=head))


def combined(offers: list[Offer], **options: Any) -> Combination:
    return combine(offers, people(), company(pack()), changed(OPTIONS, **options))


def orders_of(found: Combination) -> list[list[str]]:
    return [one.orders for one in found.groups]


def codes(found: Combination) -> list[str]:
    return [one.finding.code for one in found.left_out]


def test_orders_of_one_customer_come_together():
    found = combined([*marked("SO-1"), *marked("SO-2")])
    assert orders_of(found) == [["SO-1", "SO-2"]]
    assert found.groups[0].amount == 2 * (500 + 180)
    assert found.left_out == ()


def test_customer_payer_and_currency_stay_apart():
    """Worked example 7: A and B together, C and D each for itself."""
    a, b = marked("SO-1"), marked("SO-2")
    c, d = marked("SO-3", customer_no="C-CASH"), marked("SO-4", currency_code="EUR")
    assert sorted(orders_of(combined([*a, *b, *c, *d]))) == [["SO-1", "SO-2"], ["SO-3"], ["SO-4"]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("salesperson_code", "PETE"),
        ("dim_1", "SRV"),
        ("dim_2", "NORTH"),
        ("eu_3_party_trade", True),
        ("prices_including_vat", True),
        ("payment_terms_code", "OTHER"),
    ],
)
def test_what_must_be_equal_makes_invoices_of_their_own(name: str, value: Any):
    """D-58, D-62 f, O-40: never refused, always apart."""
    assert len(combined([*marked("SO-1"), *marked("SO-2", **{name: value})]).groups) == 2


@pytest.mark.parametrize("per", SPLITS)
def test_the_split_that_is_asked_for(per: str):
    first = marked("SO-1", your_reference="A", ship_to_code="X")
    second = marked("SO-2", your_reference="B", ship_to_code="Y")
    other = marked("SO-3", customer_no="C-CASH", your_reference="A", ship_to_code="X")
    found = combined([*first, *second, *other], per=per)
    assert len(found.groups) == {"customer": 2, "bill_to": 1, "contract": 2, "month": 2}.get(per, 3)


def test_an_order_that_is_not_marked_is_left_out_or_taken_in():
    offers = [*marked("SO-1"), *marked("SO-2", combine_shipments=False)]
    found = combined(offers)
    assert (orders_of(found), codes(found)) == ([["SO-1"]], ["combine_not_marked"])
    assert found.left_out[0].silent
    assert orders_of(combined(offers, include_unmarked=True)) == [["SO-1", "SO-2"]]


def test_a_blocked_customer_is_named():
    known = people()
    known["C-GOOD"] = changed(known["C-GOOD"], blocked="invoice")
    found = combine(marked("SO-1"), known, company(pack()), OPTIONS)
    assert (found.groups, codes(found)) == ((), ["customer_blocked"])
    assert "C-GOOD" in found.left_out[0].finding.message
    assert found.left_out[0].lines == 2


def test_what_an_open_invoice_holds_is_left_out():
    first, second = marked("SO-1")
    found = combined([changed(first, held=(Held("SI-1", first.left),)), second])
    assert (codes(found), [len(one.offers) for one in found.groups]) == (["combine_held"], [1])


def test_other_terms_are_left_out_when_only_standard_ones_are_asked_for():
    """D-59, worked example 8: a due date typed by hand counts."""
    good, typed = marked("SO-1"), marked("SO-2", due_date=date(2025, 12, 31))
    assert orders_of(combined([*good, *typed])) == [["SO-1", "SO-2"]]
    found = combined([*good, *typed], only_standard_terms=True)
    assert (orders_of(found), codes(found)) == ([["SO-1"]], ["combine_other_terms"])
    other = typed[0].order
    assert other is not None
    assert not has_standard_terms(changed(other, payment_terms_code="NONE"), people(), company(pack()))
    assert not has_standard_terms(changed(other, bill_to_customer_no="GONE"), people(), company(pack()))


def test_an_order_line_that_is_gone_is_left_out():
    first, second = marked("SO-1")
    assert codes(combined([changed(first, line=None), second])) == ["order_line_gone"]


@pytest.mark.parametrize("name", ["posting_date", "document_date"])
def test_both_dates_are_needed(name: str):
    found = options_findings(changed(OPTIONS, **{name: None}))
    assert [(one.code, one.field) for one in found] == [("field_required", name)]


MIXED = [
    offer
    for n, header in enumerate(
        [
            {},
            {"customer_no": "C-CASH"},
            {"salesperson_code": "PETE"},
            {"combine_shipments": False},
            {"currency_code": "EUR"},
            {"your_reference": "A"},
        ]
    )
    for offer in marked(f"SO-{n}", **header)
]


@given(st.randoms(use_true_random=False), st.sampled_from(sorted(SPLITS)))
def test_groups_do_not_depend_on_the_order_of_the_lines(shuffle: random.Random, per: str):
    offers = list(MIXED)
    shuffle.shuffle(offers)
    assert combined(offers, per=per) == combined(MIXED, per=per)


@given(st.sets(st.sampled_from(range(len(MIXED)))), st.sampled_from(sorted(SPLITS)), st.booleans())
def test_every_line_is_in_one_group_or_left_out_once(which: set[int], per: str, unmarked: bool):
    offers = [MIXED[at] for at in sorted(which)]
    found = combined(offers, per=per, include_unmarked=unmarked)
    placed = [offer.shipped.place for group in found.groups for offer in group.offers]
    assert len(placed) == len(set(placed))
    assert len(placed) + sum(one.lines for one in found.left_out) == len(offers)
    for group in found.groups:
        assert {offer.order.currency_code for offer in group.offers if offer.order} == {group.key.currency_code}


# --- invoiced to its end ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, "nothing of it is invoiced"),
        ({"quantity_shipped": 4, "quantity_invoiced": 4}, ""),
        ({"quantity_shipped": 4, "quantity_invoiced": 2, "qty_shipped_not_invoiced": 2}, "2 shipped and not invoiced"),
        ({"quantity_shipped": 2, "quantity_invoiced": 2}, "2 not shipped"),
        ({"quantity_shipped": 4, "quantity_invoiced": 2, "quantity_consumed": 2}, ""),
    ],
)
def test_which_orders_are_invoiced_to_their_end(facts: dict[str, int], told: str):
    """P-176."""
    snapshot = shipped("10000 item PUMP qty 4")
    blank = {"quantity_shipped": ZERO, "quantity_invoiced": ZERO, "qty_shipped_not_invoiced": ZERO}
    values = {name: type(ZERO)(value) for name, value in facts.items()}
    line = changed(snapshot.lines[0], **{**blank, **values})
    found = invoiced_to_its_end(snapshot.header, [line])
    assert [one.code for one in found] == (["order_not_invoiced_out"] if told else [])
    assert told in "".join(one.message for one in found)

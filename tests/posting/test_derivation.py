"""Why an amount is what it is: the steps come to what was posted, and what they say is true (P-134 … P-142)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.builders import D, order, pack, retyped
from tests.posting.test_properties import orders, rounded
from webapp.posting.amounts import PostedAmounts
from webapp.posting.derivation import Booked, PostedRows, Step, derive_line, derive_totals, proof_of_entries
from webapp.posting.plan import REQUESTS, PostingPlan, plan_posting
from webapp.posting.records import changed
from webapp.posting.rounding import roundings_of
from webapp.posting.snapshot import ZERO, Snapshot

INVOICE = REQUESTS["ship_and_invoice"]


def rows_of(before: Snapshot, plan: PostingPlan) -> PostedRows:
    """The rows that the plan would write."""
    header = changed(before.header, document_type="invoice")
    rows = tuple(plan.case.posted)
    return PostedRows(header, rows, tuple(plan.totals.vat_groups), roundings_of(before.setup, header, rows))


def derived(posted: PostedRows) -> dict[int, list[Step]]:
    return {row.line.line_no: derive_line(posted, row.line.line_no) for row in posted.rows}


def came_to(steps: list[Step]) -> dict[str, Decimal]:
    """Adds the steps up as a reader would; each sum says what they come to."""
    total, sums = ZERO, {}
    for step in steps:
        total += step.adds * step.amount
        if not step.adds:
            sums[step.name] = step.amount
            assert step.name.endswith("_lcy") or total == step.amount, step
    return sums


@given(orders())
def test_the_steps_of_every_line_come_to_what_was_posted_and_are_proven(before: Snapshot) -> None:
    plan = plan_posting(before, INVOICE)
    assume(plan.may_post)
    posted = rows_of(before, plan)
    for row in posted.rows:
        steps = derive_line(posted, row.line.line_no)
        sums = came_to(steps)
        assert (sums["amount"], sums["amount_including_vat"]) == (row.amount, row.amount_including_vat)
        if before.header.currency_code:
            lcy = (sums["amount_lcy"], sums["amount_including_vat_lcy"])
            assert lcy == (row.amount_lcy, row.amount_including_vat_lcy)
        assert [step.name for step in steps if not step.proven] == []
        by_name = {step.name: step for step in steps}
        for step in steps:
            assert step.how.format_map(step.values) is not None
        if "gross" in by_name:
            exact = Fraction(row.quantity) * Fraction(row.line.unit_price)
            assert by_name["gross"].amount == rounded(exact, Fraction(1, 100), "nearest")


@given(orders())
def test_the_totals_come_from_the_lines_and_the_groups(before: Snapshot) -> None:
    plan = plan_posting(before, INVOICE)
    assume(plan.may_post)
    posted, totals = rows_of(before, plan), plan.totals
    steps = derive_totals(posted, totals.amount, totals.amount_including_vat)
    assert came_to(steps)["amount_including_vat"] == totals.amount_including_vat
    assert [step.name for step in steps if not step.proven] == []
    shares = {
        row.line.line_no: sum((step.adds * step.amount for step in steps_ if step.name == "vat_rounding"), ZERO)
        for row, steps_ in zip(posted.rows, derived(posted).values(), strict=True)
    }
    for group in posted.groups:  # what rounding the group once moves is less than a cent a line
        own = [row for row in posted.own if row.line.vat_identifier == group.vat_identifier]
        assert abs(sum((shares[row.line.line_no] for row in own), ZERO)) <= D("0.01") * len(own)


@given(orders())
def test_the_entries_of_a_line_come_to_its_groups(before: Snapshot) -> None:
    plan = plan_posting(before, INVOICE)
    assume(plan.may_post)
    posted = rows_of(before, plan)
    names = tuple(name for name in Booked.__dataclass_fields__ if name != "entry_no")
    booked = [
        Booked(number, **{name: getattr(entry, name) for name in names})
        for number, entry in enumerate(plan.ledgers.gl, 1)
    ]
    for row in posted.rows:
        proof = proof_of_entries(posted, row.line.line_no, booked)
        assert proof.holds, proof
        assert row.line.line_no in proof.lines
        assert bool(proof.entries) or not proof.lines_lcy


@given(
    orders(), st.integers(0, 7), st.sampled_from(["line_discount", "amount", "amount_including_vat", "inv_discount"])
)
def test_a_cent_that_was_not_calculated_is_never_called_proven(before: Snapshot, place: int, name: str) -> None:
    plan = plan_posting(before, INVOICE)
    assume(plan.may_post and place < len(plan.case.posted))
    posted = rows_of(before, plan)
    row = posted.rows[place]
    wrong = _a_cent_more(row, name)
    rows = tuple(wrong if one is row else one for one in posted.rows)
    forged = changed(posted, rows=rows)
    steps = derive_line(forged, row.line.line_no)
    totals = derive_totals(forged, plan.totals.amount, plan.totals.amount_including_vat)
    assert not all(step.proven for step in [*steps, *totals])


def _a_cent_more(row: PostedAmounts, name: str) -> PostedAmounts:
    return changed(row, **{name: getattr(row, name) + D("0.01")})


def words(steps: list[Step]) -> list[str]:
    """Each step as one line: sign, amount, title, how."""
    signs = {1: "+", -1: "-", 0: "="}
    return [f"{signs[s.adds]} {s.amount:.2f} {s.title}: {s.how.format_map(s.values)}".rstrip(": ") for s in steps]


def test_a_line_with_discounts_reads_like_a_calculation() -> None:
    before = order("10000 item PUMP qty 3 price 33.33 disc 10\n20000 item PUMP qty 1 price 0.05", of=pack())
    posted = rows_of(before, plan_posting(before, INVOICE))
    said = words(derive_line(posted, 10000))
    assert said[:3] == [
        "+ 99.99 Quantity × unit price: 3 × 33.33",
        "- 10.00 Line discount: 10 % of 99.99",
        "= 89.99 Line amount",
    ]
    assert said[3] == "= 89.99 Amount"
    assert said[-1].startswith("= ") and "Amount incl. VAT" in said[-1]


@pytest.mark.parametrize("customer", ["C-GOOD", "C-GROSS", "C-EURO"])
def test_a_rounding_share_is_named(customer: str) -> None:
    """Three lines of one group: VAT is rounded once, and somebody gets the cent."""
    text = "\n".join(f"{n}0000 item PUMP qty 1 price 0.11" for n in range(1, 8))
    before = order(text, of=pack(), customer=customer)
    posted = rows_of(before, plan_posting(before, INVOICE))
    shares = [step for steps in derived(posted).values() for step in steps if step.name == "vat_rounding"]
    assert shares and all("rounded once for all lines" in step.how for step in shares)


def test_a_typed_discount_is_said_to_be_one() -> None:
    before = order("10000 item PUMP qty 3 price 100", of=pack())
    posted = rows_of(before, plan_posting(before, INVOICE))
    row = posted.rows[0]
    less = D("0.37")
    typed = changed(
        row,
        line_discount=less,
        line_amount=row.line_amount - less,
        amount=row.amount - less,
        amount_including_vat=D("374.54"),
    )
    steps = derive_line(changed(posted, rows=(typed,)), 10000)
    assert came_to(steps)["amount_including_vat"] == D("374.54")
    unproven = [(step.name, step.note.format_map(step.values)) for step in steps if not step.proven]
    assert unproven == [("line_discount", "0 % comes to 0.00: the discount was entered as an amount.")]


def test_a_share_of_an_orders_discount_is_said_not_invented() -> None:
    lines = "10000 item PUMP qty 3 price 100\n20000 item BOOK qty 7 price 10"
    before = order(lines, of=pack(receivables_setup={"calc_inv_discount": True}), customer="C-DISC")
    part = retyped(before, 10000, qty_to_ship=D(1), qty_to_invoice=D(1))
    posted = rows_of(part, plan_posting(part, INVOICE))
    for row in posted.rows:  # 5 % of each part, though the order's whole discount stands nowhere here
        assert all(step.proven for step in derive_line(posted, row.line.line_no))
    one, other = (_a_cent_moved(row, D(cent)) for row, cent in zip(posted.rows, ("0.01", "-0.01"), strict=True))
    steps = derive_line(changed(posted, rows=(one, other)), 10000)
    (share,) = [step for step in steps if step.name == "inv_discount"]
    assert not share.proven and "the order's own figures are not kept here" in share.note


def _a_cent_moved(row: PostedAmounts, cent: Decimal) -> PostedAmounts:
    return changed(row, inv_discount=row.inv_discount + cent, amount=row.amount - cent)

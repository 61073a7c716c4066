"""What is true of every posting of every order: searched, not only exampled (P-185)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.builders import D, entry_base, order, pack, posted, retyped
from webapp.posting.amounts import posted_amounts, spread, with_lcy, with_vat
from webapp.posting.ledgers import New
from webapp.posting.money import round_to
from webapp.posting.plan import REQUESTS, PostingPlan, plan_posting
from webapp.posting.quantities import SETTERS, set_quantity
from webapp.posting.records import changed
from webapp.posting.snapshot import ZERO, Snapshot

CENT = D("0.01")

# --- arithmetic -----------------------------------------------------------------------------------------------------


def decimals(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(D(low), D(high), places=places, allow_nan=False, allow_infinity=False)


def rounded(value: Fraction, precision: Fraction, direction: str) -> Fraction:
    """Rounding as the rule says it (P-2), on fractions."""
    units = abs(value) / precision
    whole = units.numerator // units.denominator
    rest = units - whole
    up = rest * 2 >= 1 if direction == "nearest" else direction == "up" and rest > 0
    return (1 if value >= 0 else -1) * (whole + up) * precision


@given(
    decimals("-9999999999", "9999999999", 7),
    st.sampled_from(["0.01", "1", "0.05", "0.5", "0.00001", "10", "0.001", "0.25"]),
    st.sampled_from(["nearest", "up", "down"]),
)
def test_round_to_is_the_rule(value: Decimal, precision: str, direction: str):
    expected = rounded(Fraction(value), Fraction(precision), direction)
    assert Fraction(round_to(value, D(precision), direction)) == expected


@given(decimals("-1000000000", "1000000000", 2), st.lists(decimals("0", "1000000000", 5), min_size=1, max_size=30))
def test_spread_parts_add_up_and_none_is_a_cent_off_its_share(amount: Decimal, weights: list[Decimal]):
    assume(sum(weights))
    parts = spread(amount, weights, CENT)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        share = Fraction(amount) * Fraction(weight) / Fraction(sum(weights))
        assert abs(Fraction(part) - share) <= Fraction(1, 100)


# --- orders ---------------------------------------------------------------------------------------------------------

THINGS = (
    "item PUMP",
    "item FILTER",
    "item SEAL",
    "item BOOK",
    "item CARD",
    "resource LINA",
    "cost TRAVEL",
    "cost VATADJ",
    "gl_account 6510",
)
SETTINGS = st.fixed_dictionaries(
    {
        "receivables_setup": st.fixed_dictionaries(
            {
                "discount_posting": st.sampled_from(["none", "line", "invoice", "all"]),
                "invoice_rounding": st.booleans(),
                "calc_inv_discount": st.booleans(),
                "calc_inv_disc_per_vat_id": st.booleans(),
            }
        ),
        "inventory_setup": st.fixed_dictionaries(
            {"automatic_cost_posting": st.booleans(), "expected_cost_posting_to_gl": st.booleans()}
        ),
        "ledger_setup": st.fixed_dictionaries(
            {
                "vat_rounding_type": st.sampled_from(["nearest", "up", "down"]),
                "inv_rounding_precision_lcy": st.sampled_from([D(1), D("0.05"), D("0.5")]),
                "inv_rounding_type": st.sampled_from(["nearest", "up", "down"]),
                "pmt_disc_excl_vat": st.booleans(),
            }
        ),
        "service_setup": st.fixed_dictionaries({"copy_line_description_to_gl": st.booleans()}),
    }
)
QUANTITIES = st.one_of(st.integers(1, 9).map(D), decimals("0.00001", "200", 5))
PRICES = st.one_of(decimals("0.01", "1000", 2), decimals("0.00001", "1", 5), decimals("1", "50000", 2))
DISCOUNTS = st.one_of(st.just(ZERO), st.sampled_from([D(10), D(100), D("33.333")]), decimals("0", "100", 5))


@st.composite
def lines(draw: Any, most: int = 8) -> str:
    rows = []
    for number in range(1, draw(st.integers(1, most)) + 1):
        thing = draw(st.sampled_from(THINGS))
        words = f"qty {draw(QUANTITIES):f} price {draw(PRICES):f}"
        if not thing.startswith("gl"):
            words += f" disc {draw(DISCOUNTS):f}"
        rows.append(f"{number * 10000} {thing} {words}")
    return "\n".join(rows)


@st.composite
def orders(draw: Any, most: int = 8) -> Snapshot:
    customer = draw(st.sampled_from(["C-GOOD", "C-DISC", "C-GROSS", "C-EURO", "C-EU", "C-CASH"]))
    text = draw(lines(most))
    if customer == "C-EU":
        text = text.replace("cost VATADJ", "cost TRAVEL")
    return order(text, of=pack(**draw(SETTINGS)), customer=customer)


def part(quantity: Decimal, of: Decimal) -> Decimal:
    """A share of a quantity between nothing and all of it."""
    return (quantity * of).quantize(D("0.00001"))


SHARES = st.sampled_from([ZERO, D(1), D(1), D("0.5"), D("0.33333"), D("0.9")])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ship", "invoice", "ship_and_invoice", "ship_and_consume"]),
        st.lists(st.tuples(st.sampled_from(["qty_to_ship", "qty_to_invoice", "qty_to_consume"]), SHARES), max_size=4),
        st.one_of(st.none(), st.sets(st.integers(1, 4).map(lambda n: n * 10000), min_size=1)),
    ),
    min_size=1,
    max_size=6,
)
LIMITS = {
    "qty_to_ship": lambda line: line.quantity - line.quantity_shipped,
    "qty_to_invoice": lambda line: (
        line.quantity_shipped + line.qty_to_ship - line.quantity_invoiced - line.quantity_consumed
    ),
    "qty_to_consume": lambda line: line.quantity - line.quantity_shipped,
}


def steps_of(before: Snapshot, steps: Any) -> Any:
    """Types what each step says and posts it; gives (before, plan) of the steps that post something."""
    for option, typing, chosen in steps:
        for index, (field, share) in enumerate(typing):
            if index < len(before.lines):
                line = before.lines[index]
                before = retyped(before, line.line_no, **{field: part(LIMITS[field](line), share)})
        numbers = frozenset(chosen or ()) & {line.line_no for line in before.lines}
        request = changed(REQUESTS[option], lines=numbers if chosen and numbers else None)
        plan = plan_posting(before, request)
        assert {found.code for found in plan.errors} <= {"nothing_to_post", "total_negative"}, plan.errors
        if plan.may_post:
            yield before, plan
            if plan.closes_order:
                return
            before = posted(before, plan)


# --- what holds for one posting ---------------------------------------------------------------------------------------


@given(orders())
def test_gl_entries_balance_per_document_and_date(before: Snapshot):
    plan = plan_posting(before, REQUESTS["ship_and_invoice"])
    assume(plan.may_post)
    assert plan.ledgers.differences() == {}
    assert sum(entry.amount for entry in plan.ledgers.gl) == 0
    assert all(entry.amount for entry in plan.ledgers.gl)
    assert all(entry.debit_amount - entry.credit_amount == entry.amount for entry in plan.ledgers.gl)


@given(orders())
def test_lines_add_up_to_groups_and_groups_to_the_total(before: Snapshot):
    plan = plan_posting(before, REQUESTS["ship_and_invoice"])
    assume(plan.may_post)
    rows, totals = plan.case.posted, plan.totals
    assert sum(row.amount for row in rows) == sum(group.base for group in totals.vat_groups) == totals.amount
    vat = sum(row.amount_including_vat - row.amount for row in rows)
    assert vat == sum(group.vat for group in totals.vat_groups) == totals.vat
    including = sum(row.amount_including_vat for row in rows)
    assert including == sum(group.including for group in totals.vat_groups) == totals.amount_including_vat
    assert sum(row.amount_lcy for row in rows) == sum(group.base_lcy for group in totals.vat_groups)
    for row in rows:
        assert all(value == round_to(value, CENT) for value in (row.amount, row.amount_including_vat, row.amount_lcy))


@given(
    st.lists(st.tuples(decimals("0.01", "90000000", 2), st.sampled_from(["PUMP", "BOOK"])), min_size=1, max_size=25),
    st.sampled_from(["C-GOOD", "C-GROSS", "C-EURO"]),
)
def test_lines_add_up_whatever_their_magnitudes(amounts: list[tuple[Decimal, str]], customer: str):
    """A line of a cent beside one of ninety million (P-137, P-140)."""
    text = "\n".join(f"{n}0000 item {no} qty 1 price {price}" for n, (price, no) in enumerate(amounts, 1))
    before = order(text, customer=customer)
    currency = before.setup.currency(before.header.currency_code)
    rows = [posted_amounts(line, line.quantity, CENT) for line in before.lines]
    rows, groups = with_vat(rows, before.header, currency)
    for group in groups:
        own = [row for row in rows if row.line.vat_identifier == group.vat_identifier]
        assert sum(row.amount for row in own) == group.base
        assert sum(row.amount_including_vat for row in own) == group.including
        for row in own:
            exact = Fraction(row.net) * Fraction(group.vat) / Fraction(group.net) if group.net else Fraction(0)
            assert abs(Fraction(row.amount_including_vat - row.amount) - exact) <= Fraction(1, 100)
    rows = with_lcy(rows, before.header, CENT)
    for name in ("amount", "amount_including_vat"):
        if name == "amount" and rows[-1].amount == rows[-1].amount_including_vat:
            continue  # its LCY amount is that including VAT, and no later line makes up for it
        total = Fraction(sum(getattr(row, name) for row in rows))
        exact = total * Fraction(before.header.relational_amount) / Fraction(before.header.exchange_amount)
        assert sum(Fraction(getattr(row, f"{name}_lcy")) for row in rows) == rounded(exact, Fraction(1, 100), "nearest")


@given(orders())
def test_the_ledgers_say_the_same_as_the_invoice(before: Snapshot):
    plan = plan_posting(before, REQUESTS["ship_and_invoice"])
    assume(plan.may_post)
    ledgers, totals = plan.ledgers, plan.totals
    assert sum(entry.amount for entry in ledgers.vat) == -sum(row.vat_lcy for row in plan.case.posted)
    initial = next(entry for entry in ledgers.detailed if entry.entry_type == "initial")
    assert (initial.amount, initial.amount_lcy) == (totals.amount_including_vat, totals.amount_including_vat_lcy)
    sales = [entry for entry in ledgers.service if entry.entry_type == "sale"]
    own = [row for row in plan.case.posted if not row.line.system_created]
    assert sum(entry.amount_lcy for entry in sales if entry.no != "6810") == -sum(row.amount_lcy for row in own)
    if before.header.bal_account_no:
        assert sum(entry.amount for entry in ledgers.detailed if entry.customer_entry_no == New(0)) == 0


@given(orders(), st.sampled_from(sorted(REQUESTS)))
def test_the_same_snapshot_gives_the_same_plan(before: Snapshot, option: str):
    assert plan_posting(before, REQUESTS[option]) == plan_posting(before, REQUESTS[option])


@given(orders(), st.permutations(range(8)))
def test_gl_amounts_do_not_depend_on_the_order_in_which_lines_are_read(before: Snapshot, order_of: list[int]):
    """The lines of a snapshot may come in any order; their numbers decide."""
    shuffled = [before.lines[place] for place in order_of if place < len(before.lines)]
    option = REQUESTS["ship_and_invoice"]
    one, other = plan_posting(before, option), plan_posting(changed(before, lines=tuple(shuffled)), option)
    assert one.ledgers.gl == other.ledgers.gl
    assert one.totals.amount_including_vat == other.totals.amount_including_vat


@given(lines(5), st.permutations(range(5)))
def test_totals_do_not_depend_on_the_numbers_of_the_lines(text: str, order_of: list[int]):
    """VAT is rounded per group, so the same lines under other numbers come to the same totals and accounts."""
    rows = [row.split(" ", 1)[1] for row in text.splitlines()]
    places = [place for place in order_of if place < len(rows)]
    moved = "\n".join(f"{n}0000 {rows[place]}" for n, place in enumerate(places, 1))
    plans = [plan_posting(order(lines_), REQUESTS["ship_and_invoice"]) for lines_ in (text, moved)]
    assume(plans[0].may_post)
    sums = [_by_account(plan) for plan in plans]
    assert plans[0].totals.amount_including_vat == plans[1].totals.amount_including_vat
    assert sums[0].keys() == sums[1].keys()
    assert all(abs(sums[0][account] - sums[1][account]) <= CENT * len(rows) for account in sums[0])


def _by_account(plan: PostingPlan) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for entry in plan.ledgers.gl:
        sums[entry.gl_account_no] = sums.get(entry.gl_account_no, ZERO) + entry.amount
    return sums


# --- what holds for every sequence of postings ------------------------------------------------------------------------


@given(orders(4), STEPS)
def test_quantities_stay_in_their_bounds_and_ledgers_balance(before: Snapshot, steps: Any):
    for _, plan in steps_of(before, steps):
        assert plan.ledgers.differences() == {}
        for line in plan.lines_after:
            assert 0 <= line.quantity_invoiced + line.quantity_consumed <= line.quantity_shipped <= line.quantity
            base = line.quantity_invoiced_base + line.quantity_consumed_base
            assert 0 <= base <= line.quantity_shipped_base <= line.quantity_base
            assert (line.quantity_shipped == line.quantity) == (line.quantity_shipped_base == line.quantity_base)


@given(orders(4), STEPS)
def test_expected_cost_and_sales_end_at_nothing(before: Snapshot, steps: Any):
    """Once an item entry is wholly invoiced, nothing expected is left of it (P-111); never does too much go back."""
    for state, plan in steps_of(before, steps):
        expected = posted(state, plan).expected_values
        for value in expected.values():
            if abs(value.invoiced_quantity) == abs(value.quantity):
                assert (value.cost_left, value.sales_left, value.posted_to_gl) == (0, 0, 0)
            assert abs(value.invoiced_quantity) <= abs(value.quantity)


@given(orders(4), STEPS)
def test_every_value_entry_in_gl_is_what_the_entry_says(before: Snapshot, steps: Any):
    accounts = {"7190": ZERO, "7191": ZERO, "2110": ZERO, "2111": ZERO, "7270": ZERO}
    for _, plan in steps_of(before, steps):
        actual = sum((value.cost_posted_to_gl for value in plan.ledgers.value), ZERO)
        interim = sum((value.expected_cost_posted_to_gl for value in plan.ledgers.value), ZERO)
        sums = {**accounts, **_by_account(plan)}
        assert sums["2110"] == actual == -(sums["7190"] + sums["7270"])
        assert sums["2111"] == interim == -sums["7191"]


@given(orders(4), STEPS)
def test_shipment_lines_hold_what_is_shipped_and_not_invoiced(before: Snapshot, steps: Any):
    for state, plan in steps_of(before, steps):
        after = posted(state, plan)
        for line in after.lines:
            own = [row for row in after.shipment_lines if row.order_line_no == line.line_no]
            assert sum(row.qty_shipped_not_invoiced for row in own) == line.qty_shipped_not_invoiced
            assert sum(row.qty_shipped_not_invoiced_base for row in own) == line.qty_shipped_not_invoiced_base


@given(orders(3), STEPS)
def test_usage_and_sales_of_the_service_ledger_end_equal(before: Snapshot, steps: Any):
    """What was used is sold or consumed when the order is done."""
    quantities: dict[int, Decimal] = {}
    done = False
    for _, plan in steps_of(before, steps):
        done = plan.closes_order
        for entry in plan.ledgers.service:
            place = entry.document_line_no
            quantities[place] = quantities.get(place, ZERO) + entry.quantity
        for line in plan.lines_after:
            assert quantities.get(line.line_no, ZERO) == line.qty_shipped_not_invoiced
    assert not done or not any(quantities.values())


@given(orders(3), STEPS)
def test_references_of_a_plan_name_rows_of_the_plan(before: Snapshot, steps: Any):
    for state, plan in steps_of(before, steps):
        counts = {"item": len(plan.ledgers.item), "gl": len(plan.ledgers.gl)}
        for value in plan.ledgers.value:
            if isinstance(value.item_ledger_entry_no, New):
                assert value.item_ledger_entry_no.index < counts["item"]
            else:
                assert value.item_ledger_entry_no < entry_base(state)
        for vat in plan.ledgers.vat:
            assert isinstance(vat.gl_entry_no, New) and vat.gl_entry_no.index < counts["gl"]


@given(orders(4), STEPS)
def test_what_is_left_out_stays_as_it_was_typed(before: Snapshot, steps: Any):
    """P-60; only the invoice discount is calculated anew where that is set up."""
    for state, plan in steps_of(before, steps):
        taken = {one.line.line_no for one in plan.case.taken}
        after = {line.line_no: line for line in plan.lines_after}
        for line in state.lines:
            if line.line_no not in taken:
                assert changed(after[line.line_no], inv_discount_amount=line.inv_discount_amount) == line


@given(st.lists(st.tuples(st.sampled_from(sorted([*SETTERS, "quantity"])), decimals("-2", "12", 2)), max_size=8))
def test_typing_never_breaks_the_limits(typed: list[tuple[str, Decimal]]):
    line = order("10000 item PUMP qty 5").lines[0]
    for name, value in typed:
        line, _ = set_quantity(line, value, "order") if name == "quantity" else SETTERS[name](line, value)
        assert 0 <= line.qty_to_ship <= line.quantity - line.quantity_shipped
        assert 0 <= line.qty_to_consume <= line.qty_to_ship
        assert 0 <= line.qty_to_invoice <= line.quantity_shipped + line.qty_to_ship
        assert not (line.qty_to_consume and line.qty_to_invoice)

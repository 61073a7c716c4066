"""Undoing shipments and consumption on paper: every finding, and what is true of every undoing (P-159 … P-170)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.builders import D, company, order, pack, posted, retyped
from tests.posting.test_properties import orders
from tests.posting.undoing import order_line, shipped, undone, with_posted_line
from webapp.posting.ledgers import Ledgers
from webapp.posting.plan import REQUESTS, PostingPlan, plan_posting
from webapp.posting.records import changed
from webapp.posting.snapshot import ZERO, Snapshot
from webapp.posting.undo import Kind, UndoPlan, UndoRequest, UndoSnapshot, kind_of_line, plan_undo

TEXT = "10000 item PUMP qty 4\n20000 resource LINA qty 2\n30000 text as agreed\n40000 cost TRAVEL qty 1"


def of_shipment(option: str = "ship", **typed: Any) -> UndoSnapshot:
    before = order(TEXT)
    for name, values in typed.items():
        before = retyped(before, int(name.removeprefix("line_")), **values)
    plan = plan_posting(before, REQUESTS[option])
    assert plan.may_post, plan.errors
    return shipped(before, plan, plan.closes_order)


def undo(snapshot: UndoSnapshot, *lines: int, kind: Kind = "undo_shipment") -> UndoPlan:
    return plan_undo(snapshot, UndoRequest(kind, frozenset(lines)))


def codes(plan: UndoPlan) -> list[tuple[str, int | None]]:
    return [(found.code, found.line) for found in plan.findings]


# --- what is refused ------------------------------------------------------------------------------------------------


def test_a_line_is_undone_once_and_passed_over_among_others():
    first = of_shipment()
    again = undone(first, undo(first, 10000))
    assert codes(undo(again, 10000)) == [("undone_already", 10000)]
    assert codes(undo(again, 15000)) == [("undone_already", 15000)]
    both = undo(again, 10000, 20000)
    assert both.may_undo and [one.line.line_no for one in both.corrections] == [20000]


def test_nothing_to_undo():
    snapshot = of_shipment()
    assert codes(undo(snapshot, 30000)) == [("undo_nothing", None)]
    assert codes(undo(snapshot)) == [("undo_nothing", None)]
    assert codes(undo(snapshot, 70000)) == [("line_gone", 70000)]
    assert codes(undo(with_posted_line(snapshot, 10000, quantity=ZERO), 10000)) == [("undo_quantity_zero", 10000)]
    assert undo(snapshot, 20000, 30000).may_undo  # texts are passed over


def test_what_is_invoiced_or_consumed():
    snapshot = of_shipment()
    partly = with_posted_line(snapshot, 10000, quantity_invoiced=D(1), qty_shipped_not_invoiced=D(3))
    (found,) = undo(partly, 10000).errors
    assert found.code == "undo_taken" and "part of it is invoiced. Post a credit memo instead." in found.message
    assert codes(undo(partly, 10000, kind="undo_consumption")) == [("undo_taken", 10000)]
    used = of_shipment("ship_and_consume", line_10000={"qty_to_consume": D(2)})
    (found,) = undo(used, 10000).errors
    assert found.code == "undo_taken" and "Undo the consumption instead." in found.message
    assert undo(used, 10000, kind="undo_consumption").may_undo
    assert codes(undo(snapshot, 10000, kind="undo_consumption")) == [("undo_not_consumed", 10000)]


def test_all_chosen_lines_or_none():
    snapshot = with_posted_line(of_shipment(), 10000, quantity_invoiced=D(4), qty_shipped_not_invoiced=ZERO)
    plan = undo(snapshot, 10000, 20000)
    assert codes(plan) == [("undo_taken", 10000)]
    assert not plan.may_undo and not plan.corrections and plan.ledgers == Ledgers() and not plan.lines_after


def test_the_order_must_be_there():
    snapshot = of_shipment()
    closed = changed(snapshot, order=None, order_lines=())
    (found,) = undo(closed, 10000).errors
    assert found.code == "undo_order_closed" and "order SO-1 is already closed" in found.message
    assert found.remedy == "Post a credit memo instead."
    without = changed(snapshot, order_lines=snapshot.order_lines[1:])
    assert codes(undo(without, 10000)) == [("undo_order_line_gone", 10000)]


def test_goods_that_came_back_or_were_valued_anew():
    snapshot = of_shipment()
    traces = snapshot.traces[10000]
    (moved,) = traces.items
    entry = changed(moved.entry, shipped_qty_not_returned=D(-3))
    returned = changed(traces, items=(changed(moved, entry=entry),))
    assert codes(undo(changed(snapshot, traces={10000: returned}), 10000)) == [("undo_returned", 10000)]
    more = changed(moved.values[0], item_ledger_entry_quantity=ZERO, invoiced_quantity=ZERO)
    revalued = changed(traces, items=(changed(moved, values=(*moved.values, more)),))
    assert codes(undo(changed(snapshot, traces={10000: revalued}), 10000)) == [("undo_revalued", 10000)]


def test_the_date_of_the_line_must_be_open():
    snapshot = of_shipment()
    ledger = changed(snapshot.setup.ledger, allow_posting_from=date(2025, 4, 1))
    closed = changed(snapshot, setup=changed(snapshot.setup, ledger=ledger))
    assert codes(undo(closed, 10000)) == [("posting_date_outside_window", 10000)]
    assert "P-164" in undo(closed, 10000).findings[0].rules


def test_there_must_be_room_for_the_correcting_line():
    snapshot = of_shipment()
    close = with_posted_line(snapshot, 20000, line_no=10001)
    assert codes(undo(close, 10000)) == [("undo_no_space", 10000)]
    some = with_posted_line(snapshot, 20000, line_no=10002)
    assert [one.line_no for one in undo(some, 10000).corrections] == [10001]
    assert [one.line_no for one in undo(snapshot, 40000).corrections] == [50000]


@pytest.mark.parametrize(
    ("option", "table", "changes"),
    [
        ("ship", "general_posting_setup", {("DOM", "PARTS"): {"cogs_interim": ""}}),
        ("ship", "inventory_posting_setup", {("", "PARTS"): {"inventory_account_interim": ""}}),
        ("ship_and_consume", "general_posting_setup", {("DOM", "PARTS"): {"inventory_adjmt": ""}}),
    ],
)
def test_the_accounts_of_the_cost_must_be_there(option: str, table: str, changes: Any):
    typed: Any = {"line_10000": {"qty_to_consume": D(4)}} if option == "ship_and_consume" else {}
    snapshot = changed(of_shipment(option, **typed), setup=company(pack(**{table: changes})))
    kind = kind_of_line(snapshot.lines[0])
    assert kind is not None
    (found,) = undo(snapshot, 10000, kind=kind).errors
    assert (found.code, found.table, found.line) == ("account_empty", table, 10000)


def test_a_line_that_an_open_invoice_holds_is_undone_with_a_warning():
    snapshot = of_shipment()
    held = changed(snapshot.traces[10000], open_invoice="SI-1")
    plan = undo(changed(snapshot, traces={**snapshot.traces, 10000: held}), 10000)
    assert codes(plan) == [("undo_on_open_invoice", 10000)] and plan.may_undo


# --- what is written ------------------------------------------------------------------------------------------------


def test_other_lines_keep_their_quantities():
    before = retyped(order(TEXT), 20000, qty_to_ship=D(1))
    plan = plan_posting(before, changed(REQUESTS["ship"], lines=frozenset({10000})))
    after = undo(shipped(before, plan), 10000)
    assert order_line(after, 20000).qty_to_ship == D(1)  # P-60
    assert order_line(after, 10000).qty_to_ship == D(4)


def test_the_discount_is_given_again_on_what_is_charged_again():
    """What is consumed earns no invoice discount; undone, it does (P-133, O-29)."""
    of = pack(receivables_setup={"calc_inv_discount": True})
    before = order("10000 item PUMP qty 2\n20000 resource LINA qty 4", of=of, customer="C-DISC")
    before = retyped(before, 10000, qty_to_consume=D(2))
    plan = plan_posting(before, REQUESTS["ship_and_consume"])
    assert [line.inv_discount_amount for line in plan.lines_after] == [D(0), D(18)]
    after = undo(shipped(before, plan), 10000, kind="undo_consumption").lines_after
    assert [line.inv_discount_amount for line in after] == [D(50), D(18)]
    assert [line.line_amount for line in after] == [D(1000), D(360)]


NEGATED = {
    "gl": ("amount",),
    "item": ("quantity", "invoiced_quantity"),
    "value": (
        "item_ledger_entry_quantity",
        "valued_quantity",
        "invoiced_quantity",
        "sales_amount_expected",
        "sales_amount_actual",
        "cost_amount_expected",
        "cost_amount_actual",
        "discount_amount",
        "cost_posted_to_gl",
        "expected_cost_posted_to_gl",
    ),
    "resource": ("quantity", "quantity_base", "total_cost", "total_price"),
    "service": (
        "quantity",
        "charged_qty",
        "cost_amount",
        "discount_amount",
        "contract_disc_amount",
        "amount_lcy",
        "amount",
    ),
    "warranty": ("quantity", "amount"),
}
KEYS = {"gl": "gl_account_no", "item": "item_no", "value": "item_no", "resource": "resource_no"}


def sums(*all_ledgers: Ledgers) -> dict[tuple[Any, ...], Any]:
    """What is left by ledger, account or thing, date and column."""
    found: dict[tuple[Any, ...], Any] = {}
    for ledgers in all_ledgers:
        for name, columns in NEGATED.items():
            for row in getattr(ledgers, name):
                for column in columns:
                    key = (name, getattr(row, KEYS.get(name, "no")), row.posting_date, column)
                    found[key] = found.get(key, ZERO) + getattr(row, column)
    return {key: left for key, left in found.items() if left}


def undone_whole(before: Snapshot, plan: PostingPlan) -> UndoPlan:
    snapshot = shipped(before, plan)
    chosen = frozenset(line.line_no for line in snapshot.lines)
    kind: Kind = "undo_consumption" if plan.parts.consume else "undo_shipment"
    back = plan_undo(snapshot, UndoRequest(kind, chosen))
    assert back.may_undo, back.errors
    return back


@given(orders(), st.booleans())
def test_undoing_restores_every_figure(before: Snapshot, consume: bool):
    """Ledgers come to nothing, stock and order stand as before; shipped again, the very same entries are written."""
    if consume:
        for line in before.lines[:-1]:
            before = retyped(before, line.line_no, qty_to_consume=line.quantity)
    plan = plan_posting(before, REQUESTS["ship_and_consume" if consume else "ship"])
    assume(plan.may_post)
    back = undone_whole(before, plan)
    assert sums(plan.ledgers, back.ledgers) == {}
    assert back.ledgers.differences() == {}
    left = {entry.entry_no: entry.remaining_quantity for entry in before.stock}
    for entry_no, quantity in back.inbound_back.items():
        assert plan.inbound_left[entry_no] + quantity == left[entry_no]
    assert plan.inbound_left.keys() == back.inbound_back.keys()
    for was, now in zip(before.lines, back.lines_after, strict=False):
        for column in ("quantity_shipped", "quantity_invoiced", "quantity_consumed", "qty_shipped_not_invoiced"):
            assert getattr(now, column) == getattr(was, column) == 0
            assert getattr(now, f"{column}_base") == 0
        assert (now.outstanding_qty, now.qty_to_ship, now.qty_to_invoice) == (now.quantity,) * 3
        assert now.qty_to_ship_base == now.outstanding_qty_base == now.quantity_base
    if not consume:
        after = changed(posted(before, plan), lines=back.lines_after, stock=before.stock, series=before.series)
        again = plan_posting(after, REQUESTS["ship"])
        assert again.ledgers == plan.ledgers


@given(orders(), st.data())
def test_what_one_line_ships_is_taken_back_by_itself(before: Snapshot, data: Any):
    """Undone one by one in any order, the lines come to the same as undone together."""
    plan = plan_posting(before, REQUESTS["ship"])
    assume(plan.may_post)
    snapshot = shipped(before, plan)
    together = undone_whole(before, plan)
    single = []
    for line_no in data.draw(st.permutations([line.line_no for line in snapshot.lines])):
        one = undo(snapshot, line_no)
        assert one.may_undo, one.errors
        single.append(one)
        snapshot = undone(snapshot, one)
    assert sums(*(one.ledgers for one in single)) == sums(together.ledgers)
    assert snapshot.order_lines == together.lines_after
    assert sum(line.quantity for line in snapshot.lines) == 0 and all(line.correction for line in snapshot.lines)
    assert all(kind_of_line(line) is None for line in snapshot.lines)

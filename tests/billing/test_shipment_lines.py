"""Which shipment lines fit an invoice, what they become on it, and what posting it says of them (D-44 … D-55, P-93)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import COMPANY, D, order, pack, posted, retyped
from tests.posting.combining import as_loaded, combined, invoice_header, offers_of, orders_left, people, taken
from webapp.billing.shipment_lines import Offer, amount_of, may_take_shipments, payer_of, reasons, take
from webapp.posting.changes import Draft, change_header_field
from webapp.posting.combined import OrderAfter
from webapp.posting.line_changes import change_line_field, without_line
from webapp.posting.plan import REQUESTS, PostingPlan, plan_posting
from webapp.posting.records import changed
from webapp.posting.snapshot import Line, Snapshot

BOTH = REQUESTS["ship_and_invoice"]


def shipped(lines: str = "10000 item PUMP qty 4", no: str = "SO-1", **values: Any) -> Snapshot:
    """An order that was shipped as its lines say."""
    before = order(lines, no=no, **values)
    plan = plan_posting(before, REQUESTS["ship"])
    assert plan.may_post, plan.errors
    after = posted(before, plan)
    number = f"S-{no.removeprefix('SO-')}"
    return changed(after, shipment_lines=tuple(changed(one, document_no=number) for one in after.shipment_lines))


def codes(found: Any) -> list[str]:
    return [one.code for one in found]


def only_offer(snapshot: Snapshot) -> Offer:
    (found,) = offers_of(snapshot)
    return found


def lines_of(lines: Any) -> list[tuple[int, str, str, str]]:
    """Line no., what stands there, quantity and shipment."""
    return [
        (line.line_no, line.no or line.description, f"{line.quantity.normalize():f}", line.shipment_no)
        for line in lines
    ]


# --- what is offered ------------------------------------------------------------------------------------------------


def test_what_is_left_is_what_no_open_invoice_holds():
    snapshot = shipped()
    (offer,) = offers_of(snapshot, {("S-1", 10000): D(3)})
    assert offer.left == 1
    assert list(reasons(offer, payer_of(invoice_header()), people())) == []


@pytest.mark.parametrize(
    ("of_invoice", "of_order", "of_customer", "code", "told"),
    [
        ({"bill_to_customer_no": "C-OTHER"}, {}, {}, "shipment_differs", "Bill-to"),
        ({"currency_code": "USD"}, {}, {}, "shipment_differs", "Currency"),
        ({"vat_bus_group": "EU"}, {}, {}, "shipment_differs", "EU"),
        ({}, {}, {"blocked": "invoice"}, "customer_blocked", "C-GOOD"),
        ({}, {"lines": ()}, {}, "order_line_gone", "SO-1"),
    ],
)
def test_a_line_that_does_not_fit_says_why(
    of_invoice: dict[str, str], of_order: dict[str, Any], of_customer: dict[str, str], code: str, told: str
):
    snapshot = changed(shipped(), **of_order)
    known = people()
    known["C-GOOD"] = changed(known["C-GOOD"], **of_customer)
    found = list(reasons(only_offer(snapshot), payer_of(invoice_header(**of_invoice)), known))
    assert codes(found) == [code]
    assert told in found[0].message


def test_a_line_that_an_open_invoice_holds_names_it():
    (offer,) = offers_of(shipped(), {("S-1", 10000): D(4)})
    (found,) = reasons(offer, payer_of(invoice_header()), people())
    assert (found.code, found.record) == ("shipment_line_held", "SI-9")


def test_a_line_without_anything_left_is_unknown():
    snapshot = shipped()
    offer = only_offer(snapshot)
    offer = changed(offer, shipped=changed(offer.shipped, qty_shipped_not_invoiced=D(0)))
    assert codes(reasons(offer, payer_of(invoice_header()), people())) == ["shipment_line_unknown"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"contract_no": "K-1"}, "shipments_not_on_contract"),
        ({"bill_to_customer_no": ""}, "shipments_need_payer"),
        ({"release_status": "released_to_ship"}, "shipments_not_on_released"),
    ],
)
def test_an_invoice_that_cannot_take_shipments(values: dict[str, str], code: str):
    assert codes(may_take_shipments(invoice_header(**values))) == [code]


# --- what is taken --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "heading"), [("", "Shipment S-1:"), ("DE", "Lieferschein S-1:"), ("de-AT", "Lieferschein S-1:")]
)
def test_a_shipment_is_headed_in_the_language_of_the_invoice(language: str, heading: str):
    taking = taken(invoice_header(language_code=language), [shipped("10000 item PUMP qty 2")])
    assert taking.lines[0].description == heading


def test_each_shipment_stands_under_its_name_with_the_texts_of_its_lines():
    first = shipped("10000 item PUMP qty 2\n20000 resource LINA qty 3")
    second = shipped("10000 item FILTER qty 5", "SO-2")
    text = changed(first.lines[0], line_no=15000, type="blank", no="", description="Left", quantity=D(0))
    first = changed(first, lines=(*first.lines, changed(text, attached_to_line_no=10000)))
    taking = taken(invoice_header(), [second, first])
    assert lines_of(taking.lines) == [
        (10000, "Shipment S-1:", "0", "S-1"),
        (20000, "PUMP", "2", "S-1"),
        (30000, "Left", "0", "S-1"),
        (40000, "LINA", "3", "S-1"),
        (50000, "Shipment S-2:", "0", "S-2"),
        (60000, "FILTER", "5", "S-2"),
    ]
    assert taking.lines[2].attached_to_line_no == 20000
    assert (taking.added, taking.notices) == (3, ())


def test_more_of_the_last_shipment_needs_no_second_name():
    snapshot = shipped("10000 item PUMP qty 2\n20000 resource LINA qty 3")
    first, second = offers_of(snapshot)
    head = invoice_header()
    one = take(snapshot.setup, head, (), [first], people())
    two = take(snapshot.setup, head, one.lines, [second], people())
    assert lines_of(two.lines)[2:] == [(30000, "LINA", "3", "S-1")]


def test_the_order_line_counts_as_it_is_now():
    snapshot = retyped(shipped(), 10000, unit_price=D("480"))
    offer = only_offer(snapshot)
    offer = changed(offer, shipped=changed(offer.shipped, unit_price=D(500)))
    taking = take(snapshot.setup, invoice_header(), (), [offer], people())
    assert taking.lines[1].unit_price == 480
    assert codes(taking.notices) == ["order_price_changed"]


@pytest.mark.parametrize(
    ("of_order", "of_invoice", "price", "wanted"),
    [(False, True, "100", "125"), (True, False, "125", "100"), (True, True, "125", "125")],
)
def test_prices_are_converted_when_only_one_includes_vat(of_order: bool, of_invoice: bool, price: str, wanted: str):
    """D-49, worked example 6."""
    snapshot = retyped(shipped(), 10000, unit_price=D(price))
    snapshot = changed(snapshot, header=changed(snapshot.header, prices_including_vat=of_order))
    head = invoice_header(prices_including_vat=of_invoice)
    taking = taken(head, [snapshot])
    assert taking.lines[1].unit_price == D(wanted)
    assert amount_of(only_offer(snapshot), payer_of(head), snapshot.setup) == 4 * D(wanted)


def test_the_orders_invoice_discount_is_lost_and_said():
    snapshot = shipped()
    lines = tuple(changed(line, inv_discount_amount=D(40)) for line in snapshot.lines)
    taking = taken(invoice_header(), [changed(snapshot, lines=lines)])
    assert [(one.code, "40.00 of that" in one.message) for one in taking.notices] == [("order_discount_lost", True)]
    assert taking.lines[1].inv_discount_amount == 0


def test_what_several_orders_give_is_told_together():
    """D-50: in the prices of the invoice, with VAT when they include it."""
    given = []
    for no in ("SO-1", "SO-2"):
        snapshot = shipped(no=no)
        lines = tuple(changed(line, inv_discount_amount=D(40)) for line in snapshot.lines)
        given.append(changed(snapshot, lines=lines))
    (told,) = taken(invoice_header(prices_including_vat=True), given).notices
    assert told.message == (
        "Orders SO-1, SO-2 give an invoice discount of 100.00 on what the invoice takes;"
        " 100.00 of that is not carried over."
    )


def test_nothing_is_taken_when_one_line_does_not_fit():
    good, other = shipped(), shipped(no="SO-2")
    other = changed(other, header=changed(other.header, currency_code="USD"))
    taking = taken(invoice_header(), [good, other])
    assert (codes(taking.findings), taking.lines) == (["shipment_differs"], ())


def test_nothing_chosen_is_said():
    assert codes(take(shipped().setup, invoice_header(), (), [], people()).findings) == ["no_shipment_lines_chosen"]


# --- what can no longer change on it, and what goes with it ---------------------------------------------------------


def draft_of(invoice: Snapshot, **left: Any) -> Draft:
    return Draft(invoice.setup, invoice.header, (), invoice.lines, customers=people(), **left)


@pytest.mark.parametrize(
    "name", ["type", "no", "variant_code", "uom", "location_code", "service_item_no", "contract_no"]
)
def test_what_the_shipment_says_stays(name: str):
    invoice = combined([shipped()])
    line, found = change_line_field(draft_of(invoice), invoice.lines[1], name, "X")
    assert (codes(found), line) == (["line_from_shipment"], invoice.lines[1])


@pytest.mark.parametrize(
    ("name", "value"), [("customer_no", "C-CASH"), ("currency_code", "EUR"), ("vat_bus_group", "EU")]
)
def test_the_header_stays_too(name: str, value: str):
    invoice = combined([shipped()])
    assert codes(change_header_field(draft_of(invoice), name, value, answer="yes").findings) == [
        "line_from_shipment_header"
    ]


@pytest.mark.parametrize(("quantity", "wanted"), [("3", []), ("4", []), ("5", ["shipment_quantity_exceeded"])])
def test_the_quantity_may_be_lowered_never_raised_above_what_is_left(quantity: str, wanted: list[str]):
    invoice = combined([shipped()])
    draft = draft_of(invoice, left_to_take={20000: D(4)})
    line, found = change_line_field(draft, invoice.lines[1], "quantity", D(quantity))
    assert codes(found) == wanted
    assert line.qty_to_invoice == (D(quantity) if not wanted else 4)
    assert line.qty_to_ship == 0


def test_the_name_of_a_shipment_goes_with_its_last_line():
    first, second = shipped("10000 item PUMP qty 2\n20000 resource LINA qty 3"), shipped(no="SO-2")
    lines = combined([first, second]).lines
    left = without_line(lines, 20000)
    assert lines_of(left)[0] == (10000, "Shipment S-1:", "0", "S-1")
    assert lines_of(without_line(left, 30000)) == lines_of(lines)[3:]


# --- posting it -----------------------------------------------------------------------------------------------------


def closing(how: str) -> dict[str, Any]:
    return pack(service_setup={"close_invoiced_orders": how})


def after(plan: PostingPlan, no: str = "SO-1") -> OrderAfter:
    return next(one for one in plan.orders_after if one.order.header.no == no)


def test_the_orders_go_on_from_what_is_invoiced():
    of = closing("batch")
    snapshot = shipped("10000 item PUMP qty 4", of=of)
    plan = plan_posting(combined([snapshot], of=of), BOTH)
    assert plan.may_post, plan.errors
    (line,) = after(plan).lines
    assert (line.quantity_invoiced, line.qty_shipped_not_invoiced, line.qty_to_invoice) == (4, 0, 0)
    assert not after(plan).closes
    assert plan.order_no == "SO-1"
    assert plan.shipment_lines == () and not plan.ledgers.item


def test_two_lines_from_one_shipment_line_take_it_together():
    snapshot = shipped("10000 item PUMP qty 4")
    invoice = combined([snapshot])
    parts = [retyped_line(invoice.lines[1], no, quantity) for no, quantity in ((20000, D(1)), (30000, D(3)))]
    plan = plan_posting(as_loaded(changed(invoice, lines=(invoice.lines[0], *parts)), [snapshot]), BOTH)
    assert plan.may_post, plan.errors
    assert [update.completely_invoiced for update in plan.item_entries_invoiced] == [False, True]
    assert sum(entry.cost_amount_expected for entry in plan.ledgers.value) == 4 * 320
    assert after(plan).closes


def retyped_line(line: Line, line_no: int, quantity: Any) -> Line:
    return changed(line, line_no=line_no, quantity=quantity, qty_to_invoice=quantity, line_amount=quantity * 500)


def test_a_shipment_invoiced_meanwhile_is_refused():
    snapshot = shipped()
    invoice = combined([snapshot])
    plan = plan_posting(changed(invoice, shipment_lines=()), BOTH)
    assert codes(plan.errors) == ["shipment_line_gone"]
    assert "already been invoiced" in plan.errors[0].message


def test_more_than_is_left_is_refused():
    snapshot = shipped()
    invoice = combined([snapshot])
    (row,) = invoice.shipment_lines
    less = changed(row, quantity_invoiced=D(3), qty_shipped_not_invoiced=D(1))
    plan = plan_posting(changed(invoice, shipment_lines=(less,)), BOTH)
    assert codes(plan.errors) == ["shipment_quantity_exceeded"]


def test_an_order_line_that_is_gone_is_refused():
    invoice = combined([shipped()])
    plan = plan_posting(changed(invoice, orders={}), BOTH)
    assert codes(plan.errors) == ["order_line_gone"]


def test_an_invoice_opened_for_one_order_holds_nothing_else():
    """P-95, D-54."""
    snapshot = shipped()
    invoice = combined([snapshot])
    other = changed(order("30000 resource LINA qty 1").lines[0], line_no=30000, qty_to_ship=D(1), qty_to_invoice=D(1))
    mixed = changed(invoice, lines=(*invoice.lines, other))
    assert codes(plan_posting(mixed, BOTH).errors) == []
    plan = plan_posting(changed(mixed, made_from_order="SO-1"), BOTH)
    assert [(one.code, one.line) for one in plan.errors] == [("line_needs_shipment", 30000)]


def test_other_lines_leave_the_header_without_order():
    """P-107: only when all lines come from one order is it named."""
    first, second = shipped(), shipped(no="SO-2")
    assert plan_posting(combined([first]), BOTH).order_no == "SO-1"
    assert plan_posting(combined([first, second]), BOTH).order_no == ""


def test_a_served_customer_who_is_blocked_stops_the_payers_invoice():
    """O-6."""
    snapshot = shipped()
    invoice = combined([snapshot])
    served = changed(people()["C-GOOD"], no="C-SERVED", blocked="all")
    owned = changed(invoice.orders["SO-1"], customer=served)
    plan = plan_posting(changed(invoice, orders={"SO-1": owned}), BOTH)
    assert [(one.code, "C-SERVED" in one.message) for one in plan.errors] == [("customer_blocked", True)]


@pytest.mark.parametrize(("how", "closes"), [("automatic", True), ("batch", False)])
def test_who_closes_the_orders(how: str, closes: bool):
    """P-173, P-175, O-4."""
    of = closing(how)
    orders = [shipped("10000 item PUMP qty 1", of=of), shipped("10000 resource LINA qty 2", "SO-2", of=of)]
    plan = plan_posting(combined(orders, of=of), BOTH)
    assert [one.closes for one in plan.orders_after] == [closes, closes]
    assert len(orders_left(orders, plan)) == (0 if closes else 2)


def test_a_serviced_thing_without_lines_keeps_its_order_open():
    """P-174."""
    snapshot = shipped("10000 item PUMP qty 1")
    thing = order("10000 item PUMP qty 1", item_lines="90000 PRESS").item_lines[0]
    plan = plan_posting(combined([changed(snapshot, item_lines=(thing,))]), BOTH)
    assert codes(plan.notices) == ["order_kept_open"]
    assert not after(plan).closes


def test_warranty_entries_close_with_what_is_invoiced():
    """P-122: the combined invoice counts too."""
    of = closing("batch")
    snapshot = shipped("10000 item PUMP qty 4 on 10000", of=of, item_lines="10000 MIXER")
    assert [entry.open for entry in snapshot.warranty_entries] == [True]
    invoice = combined([snapshot], of=of)
    plan = plan_posting(invoice, BOTH)
    assert plan.warranty_closed == {snapshot.warranty_entries[0].entry_no}
    part = changed(invoice.lines[1], quantity=D(3), qty_to_invoice=D(3))
    plan = plan_posting(changed(invoice, lines=(invoice.lines[0], part)), BOTH)
    assert plan.warranty_closed == frozenset()


def test_other_groups_than_the_shipments_are_refused():
    """P-93."""
    snapshot = shipped()
    invoice = combined([snapshot])
    lines = (invoice.lines[0], changed(invoice.lines[1], uom="BOX"))
    assert "line_differs_from_shipment" in codes(plan_posting(changed(invoice, lines=lines), BOTH).errors)
    assert COMPANY

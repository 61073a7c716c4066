"""What may be typed into a line, which lines take part in a posting, and what it leaves (P-53 … P-67, P-173)."""

from typing import Any

import pytest

from tests.builders import D, catalog, header, order, posted, retyped, with_line
from tests.posting.faults_text import OPTIONS, table
from webapp.posting.changes import Draft, change_header_field
from webapp.posting.line_changes import change_line_field, may_close, may_delete_document, may_delete_line
from webapp.posting.lines import new_line
from webapp.posting.plan import REQUESTS, plan_posting
from webapp.posting.quantities import derived, max_to_invoice
from webapp.posting.records import changed
from webapp.posting.snapshot import Line, PostingRequest, Snapshot

# A line of 10 pumps: shipped, invoiced, consumed so far; what is typed; what stands there then or is found.
# shipped/invoiced/consumed | typed      | to ship, to invoice, to consume, or the finding
TYPED = """
0 0 0 | quantity 4       | 4 4 0
0 0 0 | quantity 0       | 0 0 0
0 0 0 | quantity -1      | quantity_negative
3 0 0 | quantity 3       | 0 3 0
3 0 0 | quantity 2       | quantity_below_shipped
3 2 0 | quantity 5       | 2 3 0
0 0 0 | qty_to_ship 3    | 3 3 0
0 0 0 | qty_to_ship 11   | qty_to_ship_too_large
0 0 0 | qty_to_ship -1   | quantity_negative
4 0 0 | qty_to_ship 6    | 6 10 0
4 0 0 | qty_to_ship 7    | qty_to_ship_too_large
4 3 1 | qty_to_ship 2    | 2 2 0
0 0 0 | qty_to_invoice 10 | 10 10 0
0 0 0 | qty_to_invoice 11 | qty_to_invoice_too_large
0 0 0 | qty_to_invoice -1 | quantity_negative
4 1 1 | qty_to_invoice 8  | 6 8 0
4 1 1 | qty_to_invoice 9  | qty_to_invoice_too_large
0 0 0 | qty_to_consume 3  | 3 0 3
0 0 0 | qty_to_consume 11 | qty_to_consume_too_large
0 0 0 | qty_to_consume -1 | quantity_negative
6 0 0 | qty_to_consume 4  | 4 0 4
6 0 0 | qty_to_consume 5  | qty_to_consume_too_large
0 0 0 | qty_to_consume 3, qty_to_ship 2    | 2 0 2
0 0 0 | qty_to_consume 3, qty_to_invoice 2 | 3 2 0
0 0 0 | qty_to_consume 3, quantity 5       | 5 5 0
0 0 0 | qty_to_consume 3, qty_to_consume 0 | 10 10 0
0 0 0 | qty_to_ship 3, qty_to_ship 0       | 0 0 0
"""


def pumps(shipped: str = "0", invoiced: str = "0", consumed: str = "0") -> Snapshot:
    """An order of 10 pumps of which so many were shipped, invoiced and consumed before."""
    done = {"quantity_shipped": D(shipped), "quantity_invoiced": D(invoiced), "quantity_consumed": D(consumed)}
    base = {f"{name}_base": value for name, value in done.items()}
    before = order("10000 item PUMP qty 10")
    line = changed(before.lines[0], **done, **base)
    line = changed(line, qty_to_ship=line.quantity - line.quantity_shipped)
    line = changed(line, qty_to_invoice=max_to_invoice(line))
    return changed(before, lines=(derived(line, "order", D("0.01")),))


@pytest.mark.parametrize(("state", "typed", "expected"), table(TYPED))
def test_typing_quantities(state: str, typed: str, expected: str):
    before = pumps(*state.split())
    draft = Draft(before.setup, before.header, (), before.lines, catalog())
    line, codes = before.lines[0], []
    for words in typed.split(","):
        name, value = words.split()
        line, found = change_line_field(draft, line, name, D(value))
        codes += [one.code for one in found]
    quantities = f"{line.qty_to_ship:f} {line.qty_to_invoice:f} {line.qty_to_consume:f}"
    assert (" ".join(codes) or quantities) == expected


WHY_NOT_MORE = """
0 0 0  | qty_to_ship 11   | 10 units: that is the Quantity. Raise Quantity to ship more, or enter 10 or less.
4 0 0  | qty_to_ship 7    | 6 units: 4 of 10 shipped already. Raise Quantity to ship more, or enter 6 or less.
9 0 0  | qty_to_ship 2    | 1 unit: 9 of 10 shipped already. Raise Quantity to ship more, or enter 1 or less.
10 0 0 | qty_to_ship 1    | 0 units: all is shipped already. Raise Quantity to ship more.
10 6 4 | qty_to_invoice 1 | 0 units: 10 shipped, less 6 invoiced and 4 consumed. Raise Quantity to invoice more.
4 1 0  | qty_to_ship 0, qty_to_invoice 4 | 3 units: 4 shipped, less 1 invoiced. Ship the rest first, or enter 3 or less.
0 0 0  | qty_to_ship 0, qty_to_invoice 1 | 0 units: nothing is shipped. Ship the rest first.
10 0 0 | qty_to_consume 1 | 0 units: all is shipped already. \
Consume what is shipped and not invoiced from the shipped lines of the order.
"""


@pytest.mark.parametrize(("state", "typed", "expected"), table(WHY_NOT_MORE.replace("\\\n", "")))
def test_what_is_refused_says_what_is_true(state: str, typed: str, expected: str):
    before = pumps(*state.split())
    draft = Draft(before.setup, before.header, (), before.lines, catalog())
    line, told = before.lines[0], ""
    for words in typed.split(","):
        name, value = words.split()
        line, found = change_line_field(draft, line, name, D(value))
        told = " ".join(f"{one.message} {one.remedy}" for one in found)
    assert told.partition("more than ")[2] == expected


FIXED = """
type resource      | line_shipped
no FILTER          | line_shipped
uom BOX            | line_shipped
location_code EAST | line_shipped
variant_code RED   | line_shipped
description other  |
"""


@pytest.mark.parametrize(("typed", "expected"), table(FIXED))
def test_what_is_shipped_stays_what_it_is(typed: str, expected: str):
    before = pumps("3")
    draft = Draft(before.setup, before.header, (), before.lines, catalog())
    name, value = typed.split()
    line, found = change_line_field(draft, before.lines[0], name, value)
    assert [one.code for one in found] == expected.split()
    assert (line == before.lines[0]) is bool(expected)


def test_lines_from_shipments_and_contracts_stay_as_they_are():
    before = pumps()
    draft = Draft(before.setup, before.header, (), before.lines, catalog())
    from_shipment = changed(before.lines[0], shipment_no="S-1")
    from_contract = changed(before.lines[0], appl_to_service_entry=501)
    codes = [change_line_field(draft, line, "no", "SEAL")[1][0].code for line in (from_shipment, from_contract)]
    assert codes == ["line_from_shipment", "line_from_contract"]
    assert [found.code for found in may_delete_line(from_contract)] == ["line_from_contract"]


def test_nothing_shipped_and_not_invoiced_is_deleted():
    before = pumps("3", "2")
    assert [found.code for found in may_delete_line(before.lines[0])] == ["line_shipped_not_invoiced"]
    assert [found.code for found in may_delete_document(before.header, before.lines)] == ["order_shipped_not_invoiced"]
    done = pumps("3", "3")
    assert may_delete_line(done.lines[0]) == may_delete_document(done.header, done.lines) == []


def test_close_by_hand_names_what_is_left():
    (found,) = may_close(pumps("9", "9").header, pumps("9", "9").lines)
    assert found.code == "order_cannot_be_closed" and "line 10000 has 1 not shipped" in found.message
    (found,) = may_close(pumps("10", "9").header, pumps("10", "9").lines)
    assert "1 shipped and not invoiced" in found.message
    assert may_close(pumps("10", "9", "1").header, pumps("10", "9", "1").lines) == []


# --- typing other things --------------------------------------------------------------------------------------------

REFUSED = """
item PUMP qty 1     | unit_price -1             | number_negative
item PUMP qty 1     | unit_cost_lcy -1          | number_negative
item PUMP qty 1     | line_discount_pct 101     | discount_out_of_range
item PUMP qty 1     | line_discount_pct -1      | discount_out_of_range
item PUMP qty 1     | line_discount_amount 501  | number_out_of_range
item PUMP qty 1     | no NOTHING                | type_has_no_record
resource LINA qty 1 | no NOBODY                 | type_has_no_record
cost TRAVEL qty 1   | no NOTHING                | type_has_no_record
item PUMP qty 1     | service_item_line_no 70000 | service_item_line_unknown
text hello          | quantity 1                | blank_line_has_quantity
text hello          | qty_to_ship 1             | blank_line_has_quantity
text hello          | unit_price 1              | blank_line_has_quantity
text hello          | no NOTEXT                 | type_has_no_record
item -              | quantity 1                | quantity_needs_number
"""


@pytest.mark.parametrize(("line", "typed", "code"), table(REFUSED))
def test_what_cannot_be_typed(line: str, typed: str, code: str):
    before = order(f"10000 {line}")
    draft = Draft(before.setup, before.header, (), before.lines, catalog())
    name, value = typed.split()
    typed_value: Any = value if name == "no" else int(value) if name == "service_item_line_no" else D(value)
    after, found = change_line_field(draft, before.lines[0], name, typed_value)
    assert [one.code for one in found] == [code]
    assert after == before.lines[0]


def test_discounts_never_lie_below_warranty_and_contract():
    warranty = order("10000 item PUMP qty 1 on 10000", item_lines="10000 MIXER")
    draft = Draft(warranty.setup, warranty.header, warranty.item_lines, warranty.lines, catalog())
    _, (found,) = change_line_field(draft, warranty.lines[0], "line_discount_pct", D(50))
    assert found.code == "discount_below_warranty"
    under_contract = changed(order().lines[0], line_discount_type="contract", contract_disc_pct=D(20))
    _, (found,) = change_line_field(draft, under_contract, "line_discount_pct", D(10))
    assert found.code == "discount_below_warranty"


def test_quantities_to_post_are_typed_on_orders_only():
    before = order()
    invoice = changed(before.header, document_type="invoice")
    _, (found,) = change_line_field(
        Draft(before.setup, invoice, (), (), catalog()), before.lines[0], "qty_to_ship", D(1)
    )
    assert found.code == "qty_not_on_kind"


def test_the_maximum_labour_price_lowers_what_is_proposed_and_refuses_what_is_typed():
    head = header(max_labor_unit_price=D(80))
    draft = Draft(order().setup, head, (), (), catalog())
    line = changed(new_line(head, 10000), type="resource")
    proposed, (notice,) = change_line_field(draft, line, "no", "LINA")
    assert (notice.code, notice.is_error, proposed.unit_price) == ("labor_price_lowered", False, 80)
    _, (found,) = change_line_field(draft, proposed, "unit_price", D("80.01"))
    assert found.code == "labor_price_exceeded"


HEADER_REFUSED = """
customer_no C-EU         | 3 0 | line_shipped_header
bill_to_customer_no C-EU | 3 0 | line_shipped_header
currency_code EUR        | 3 0 | line_shipped_header
customer_no NOBODY       | 0 0 | customer_missing
customer_no C-EU         | 0 0 | rebuild_not_confirmed
currency_code EUR        | 0 0 | rebuild_not_confirmed
vat_bus_group EU         | 0 0 | rebuild_not_confirmed
ship_to_code NOWHERE     | 0 0 | reference_unknown
prices_including_vat yes | 3 0 | rebuild_not_confirmed
prices_including_vat yes | 3 1 | line_invoiced_header
"""


@pytest.mark.parametrize(("typed", "state", "code"), table(HEADER_REFUSED))
def test_what_cannot_change_on_the_header(typed: str, state: str, code: str):
    before = pumps(*state.split())
    people = {"C-GOOD": before.customer, "C-EU": order(customer="C-EU").customer}
    draft = Draft(before.setup, before.header, (), before.lines, catalog(), people)  # type: ignore[arg-type]
    name, value = typed.split()
    changed = change_header_field(draft, name, True if value == "yes" else value)
    assert [found.code for found in changed.findings] == [code]
    assert changed.draft == draft


# --- which lines take part, and when the order is done (P-64 × P-173) ------------------------------------------------

# A line of 4: shipped, invoiced, consumed; to ship, to invoice, to consume. What each option does with it:
# out, or what it ships/consumes/invoices; * when the order is done then.
#                     | ship  | invoice | ship invoice | ship consume
STATES = """
0 0 0 | 4 4 0         | 4/0/0 | out     | 4/0/4 *      | out
0 0 0 | 3 3 0         | 3/0/0 | out     | 3/0/3        | out
0 0 0 | 3 2 0         | 3/0/0 | out     | 3/0/2        | out
0 0 0 | 0 0 0         | out   | out     | out          | out
0 0 0 | 4 0 4         | out   | out     | out          | 4/4/0 *
0 0 0 | 1 0 1         | out   | out     | out          | 1/1/0
3 0 0 | 1 4 0         | 1/0/0 | 0/0/3   | 1/0/4 *      | out
3 0 0 | 1 2 0         | 1/0/0 | 0/0/2   | 1/0/2        | out
3 0 0 | 0 3 0         | out   | 0/0/3   | 0/0/3        | out
3 2 1 | 1 1 0         | 1/0/0 | out     | 1/0/1 *      | out
3 2 1 | 0 0 0         | out   | out     | out          | out
3 1 1 | 1 0 1         | out   | out     | out          | 1/1/0
4 0 0 | 0 4 0         | out   | 0/0/4 * | 0/0/4 *      | out
4 0 0 | 0 0 0         | out   | out     | out          | out
4 3 0 | 0 1 0         | out   | 0/0/1 * | 0/0/1 *      | out
4 3 1 | 0 0 0         | out   | out     | out          | out
"""


def line_of_4(done: str, to_do: str) -> Snapshot:
    before = order("10000 resource LINA qty 4")
    names = (
        "quantity_shipped",
        "quantity_invoiced",
        "quantity_consumed",
        "qty_to_ship",
        "qty_to_invoice",
        "qty_to_consume",
    )
    values = dict(zip(names, map(D, f"{done} {to_do}".split()), strict=True))
    base = {f"{name}_base": value for name, value in values.items()}
    other = with_line(before, 10000, **values, **base)
    line = other.lines[0]
    left = line.quantity_shipped - line.quantity_invoiced - line.quantity_consumed
    return changed(other, shipment_lines=shipped_before(line, left)) if left else other


def shipped_before(line: Line, left: Any) -> tuple[Any, ...]:
    """The posted shipment line behind what is shipped and not invoiced."""
    first = order("10000 resource LINA qty 4")
    (row,) = posted(first, plan_posting(first, REQUESTS["ship"])).shipment_lines
    return (changed(row, qty_shipped_not_invoiced=left, qty_shipped_not_invoiced_base=left),)


CELLS = [
    (done, to_do, option, cell)
    for done, to_do, *cells in table(STATES)
    for option, cell in zip(("ship", "invoice", "ship invoice", "ship consume"), cells, strict=True)
]


@pytest.mark.parametrize(("done", "to_do", "option", "expected"), CELLS)
def test_what_an_option_takes_of_a_line_and_whether_the_order_is_done(
    done: str, to_do: str, option: str, expected: str
):
    plan = plan_posting(line_of_4(done, to_do), OPTIONS[option])
    if expected == "out":
        assert [found.code for found in plan.errors] == ["nothing_to_post"]
        return
    assert plan.may_post, [found.message for found in plan.errors]
    (taken,) = plan.case.taken
    quantities = "/".join(f"{q:f}" for q in (taken.to_ship, taken.to_consume, taken.to_invoice))
    assert quantities + (" *" if plan.closes_order else "") == expected


def test_each_line_has_its_own_say():
    """Of four lines each option takes those that it is for; the others keep what was typed (P-60)."""
    before = order(
        """
        10000 resource LINA qty 4
        20000 resource LINA qty 4 consume 2
        30000 resource LINA qty 4 ship 0
        40000 text a line between
        """
    )
    taken = {
        name: [one.line.line_no for one in plan_posting(before, option).case.taken] for name, option in OPTIONS.items()
    }
    assert taken == {
        "ship": [10000, 40000],
        "invoice": [],
        "ship invoice": [10000, 40000],
        "ship consume": [20000, 40000],
    }
    after = plan_posting(before, OPTIONS["ship consume"]).lines_after
    assert [line for line in after if line.line_no != 20000] == [line for line in before.lines if line.line_no != 20000]


def test_texts_follow_their_line_or_the_choice():
    before = order("10000 item PUMP qty 1\n20000 text of the pump\n30000 resource LINA qty 1\n40000 text alone")
    before = with_line(before, 20000, attached_to_line_no=10000)

    def lines_of(*chosen: int) -> list[int]:
        plan = plan_posting(before, PostingRequest(ship=True, lines=frozenset(chosen) or None))
        return [line.line.line_no for line in plan.shipment_lines]

    assert lines_of() == [10000, 20000, 30000, 40000]
    assert lines_of(10000) == [10000, 20000]
    assert lines_of(20000, 30000) == [30000]
    assert lines_of(30000, 40000) == [30000, 40000]


def test_the_last_of_a_quantity_takes_what_is_left_of_its_base():
    """A third of a box, three times: the base twins add up to the whole (P-58)."""
    before = order("10000 item SEAL qty 1 uom BOX")
    before = with_line(before, 10000, qty_per_uom=D("1.00001"))
    before = retyped(before, 10000, quantity=D(1))
    shipped = []
    for quantity in ("0.33333", "0.33333", "0.33334"):
        before = retyped(before, 10000, qty_to_ship=D(quantity))
        plan = plan_posting(before, REQUESTS["ship"])
        shipped.append(plan.shipment_lines[0].quantity_base)
        before = posted(before, plan)
    assert sum(shipped) == before.lines[0].quantity_base == D("1.00001")


def test_every_option_on_every_state_keeps_quantities_in_their_bounds():
    for done, to_do in dict.fromkeys((done, to_do) for done, to_do, *_ in CELLS):
        for option in OPTIONS.values():
            plan = plan_posting(line_of_4(done, to_do), option)
            for line in plan.lines_after:
                assert 0 <= line.quantity_invoiced + line.quantity_consumed <= line.quantity_shipped <= line.quantity

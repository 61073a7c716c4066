"""What an order needs before it is posted, each demand with the finding that tells of it (D-137)."""

import pytest

from tests.builders import order
from tests.posting.faults_text import Case, table
from webapp.posting.plan import REQUESTS, option_with_work, plan_posting, request_with_work
from webapp.posting.quantities import found_among_many
from webapp.posting.snapshot import PostingRequest

ON_THE_MIXER = """
10000 item     PUMP qty 1 on 10000
20000 resource LINA qty 1 on 10000
"""
# What is wrong with an order for the service item MIXER; what the check says.
DEMANDS = """
item_line.repair_status_code=STOP repair_statuses.STOP.posting_allowed=no | repair_status_forbids
service_setup.salesperson_mandatory=yes                     | mandatory_field_empty
service_setup.service_order_type_mandatory=yes              | mandatory_field_empty
service_setup.service_order_start_mandatory=yes             | mandatory_field_empty
service_setup.service_order_finish_mandatory=yes            | mandatory_field_empty
service_setup.fault_reason_mandatory=yes                    | mandatory_field_empty
service_setup.unit_of_measure_mandatory=yes 10000.uom=      | mandatory_field_empty
10000.no=                                                   | number_missing
10000.type=blank                                            | type_missing
items.PUMP.gone                                             | type_has_no_record
items.PUMP.blocked=yes                                      | item_blocked
10000.gen_prod_group=                                       | posting_group_missing
10000.gen_bus_group=                                        | posting_group_missing
general_posting_setup.DOM/PARTS.sales=                      | account_empty
vat_posting_setup.DOM/VAT25.sales_vat_account=              | account_empty
service_items.MIXER.blocked=all                             | service_item_blocked
"""


@pytest.mark.parametrize(("fault", "expected"), table(DEMANDS))
def test_what_is_missing_is_told(fault: str, expected: str):
    plan = plan_posting(Case(fault, ON_THE_MIXER, "10000 MIXER").snapshot, REQUESTS["ship_and_invoice"])
    assert expected in {found.code for found in plan.errors}


def test_without_a_service_line_there_is_nothing_to_post():
    for option, request in REQUESTS.items():
        plan = plan_posting(Case("", "", "10000 MIXER").snapshot, request)
        assert [found.code for found in plan.errors] == ["nothing_to_post"], option


def test_lines_hang_on_a_service_item_line_where_the_setup_demands_it():
    """P-78: the setup decides; without its demand an order needs no service item line."""
    case = Case("service_setup.link_service_to_service_item=yes")
    plan = plan_posting(case.snapshot, REQUESTS["ship_and_invoice"])
    found = [(one.code, one.line, one.field) for one in plan.errors]
    assert found == [("mandatory_field_empty", no, "service_item_line_no") for no in (10000, 20000)]
    assert plan_posting(Case("").snapshot, REQUESTS["ship_and_invoice"]).may_post


@pytest.mark.parametrize("consume", [0, 1, 2])
@pytest.mark.parametrize("invoice", [0, 1, 2])
def test_nothing_is_consumed_and_invoiced_at_once(consume: int, invoice: int):
    """Neither by what stands on a line, however it came there, nor by what is asked for (P-62)."""
    case = Case(f"10000.qty_to_consume={consume} 10000.qty_to_invoice={invoice}")
    for request in REQUESTS.values():
        taken = plan_posting(case.snapshot, request).case.taken
        assert not [one for one in taken if one.to_consume and one.to_invoice]
    both = plan_posting(case.snapshot, PostingRequest(ship=True, consume=True, invoice=True))
    assert [found.code for found in both.errors] == ["option_missing"]


OWN_COST = "10000 item PUMP qty 2 consume 2"
# Lines; the option that is wanted; the one that is checked (D-137).
CHECKED = """
consumed       | ship_and_invoice | ship_and_consume
consumed       | invoice          | ship_and_consume
consumed       | ship_and_consume | ship_and_consume
consumed, sold | ship_and_invoice | ship_and_invoice
consumed, sold | ship_and_consume | ship_and_consume
sold           | ship             | ship
sold           | ship_and_consume | ship_and_invoice
held           | ship             | ship
"""
LINES = {"consumed": OWN_COST, "sold": "20000 resource LINA qty 3", "held": "30000 item PUMP qty 1 ship 0"}


@pytest.mark.once
@pytest.mark.parametrize(("lines", "wanted", "checked"), table(CHECKED))
def test_an_order_is_checked_with_an_option_that_has_something_to_do(lines: str, wanted: str, checked: str):
    snapshot = order("\n".join(LINES[one] for one in lines.split(", ")))
    assert option_with_work(snapshot.lines, wanted) == checked
    idle = [found.code for found in plan_posting(snapshot, REQUESTS[checked]).errors]
    assert idle == (["nothing_to_post"] if lines == "held" else [])


@pytest.mark.once
@pytest.mark.parametrize("option", ["ship", "ship_and_invoice"])
def test_an_order_at_own_cost_names_ship_and_consume(option: str):
    """Shipping is not refused for want of a quantity: all of it is to be consumed, which was not asked for (P-64)."""
    plan = plan_posting(order(OWN_COST), REQUESTS[option])
    (found,) = plan.errors
    assert plan.only_to_consume and found.code == "nothing_to_post"
    assert found.message == "All that is to ship is to be consumed; choose Ship and consume."
    assert "singly" not in found.remedy and "singly with Ship and consume" in found_among_many(found).remedy


@pytest.mark.once
def test_only_the_finding_about_consumption_reads_otherwise_among_many():
    (nothing,) = plan_posting(order(LINES["held"]), REQUESTS["ship"]).errors
    assert nothing.code == "nothing_to_post" and found_among_many(nothing) is nothing


@pytest.mark.once
def test_of_chosen_lines_only_these_say_what_there_is_to_do():
    snapshot = order("\n".join((OWN_COST, LINES["sold"])))
    assert option_with_work(snapshot.lines, "ship_and_invoice", frozenset({10000})) == "ship_and_consume"
    chosen = PostingRequest(ship=True, invoice=True, lines=frozenset({10000}))
    assert request_with_work(snapshot, chosen) == PostingRequest(ship=True, consume=True, lines=frozenset({10000}))
    assert request_with_work(snapshot, REQUESTS["invoice"]) == REQUESTS["ship_and_invoice"]


@pytest.mark.once
def test_where_nothing_is_to_be_shipped_no_consumption_is_named():
    for lines, option in ((OWN_COST, "invoice"), (LINES["held"], "ship"), (LINES["sold"], "ship_and_consume")):
        plan = plan_posting(order(lines), REQUESTS[option])
        assert not plan.only_to_consume
        assert [found.message for found in plan.errors] == ["There is nothing to post."]

"""What a posting refuses and what it warns of: one order, one fault in each row, and exactly its code."""

import pytest

from tests.posting.faults_text import Case, table
from webapp.posting.findings import CATALOGUE
from webapp.posting.plan import plan_posting
from webapp.posting.snapshot import PostingRequest

# The order: 2 pumps, 3 hours, travel, for C-GOOD on 2025-03-10. Left the fault, right all that is found.
FAULTS = """
header.customer_no=                                         | field_required
header.posting_date=                                        | field_required
header.document_date=                                       | field_required
header.due_date=                                            | field_required
customers.C-GOOD.gone                                       | customer_missing
ledger_setup.allow_posting_from=2025-04-01                  | posting_date_outside_window
ledger_setup.allow_posting_to=2025-03-09                    | posting_date_outside_window
user_setup.ANNA.allow_posting_from=2025-04-01               | posting_date_outside_window
ledger_setup.allow_vat_date_to=2025-03-09                   | vat_date_outside_window
user_setup.ANNA.allow_vat_date_from=2025-03-11              | vat_date_outside_window
service_setup.salesperson_mandatory=yes                     | mandatory_field_empty
service_setup.service_order_type_mandatory=yes              | mandatory_field_empty
service_setup.ext_doc_no_mandatory=yes                      | mandatory_field_empty
service_setup.fault_reason_mandatory=yes                    | mandatory_field_empty
service_setup.work_type_mandatory=yes                       | mandatory_field_empty
service_setup.link_service_to_service_item=yes              | mandatory_field_empty
service_setup.unit_of_measure_mandatory=yes 10000.uom=      | mandatory_field_empty
header.external_document_no=PO-7 order.external_no_used_by=I-9 | external_document_no_used
customers.C-GOOD.blocked=all                                | customer_blocked
customers.C-GOOD.blocked=invoice                            | customer_blocked
customers.C-GOOD.blocked=ship                               | customer_blocked
customers.C-GOOD.privacy_blocked=yes                        | customer_privacy_blocked
customers.C-GOOD.credit_limit=1000                          | credit_limit_exceeded
balance.overdue_lcy=0.01                                    | balance_overdue
10000.type=blank                                            | type_missing
20000.no=                                                   | number_missing
10000.quantity=0 10000.qty_to_ship=0 10000.qty_to_invoice=1 10000.quantity_shipped=1 | amount_without_quantity qty_to_ship_too_large qty_to_consume_too_large invoiced_more_than_shipped
20000.gen_bus_group=                                        | posting_group_missing
20000.gen_prod_group=                                       | posting_group_missing
10000.qty_to_ship=3                                         | qty_to_ship_too_large
10000.qty_to_invoice=3                                      | quantity_reduced
header.shipping_advice=complete 10000.qty_to_ship=1 10000.qty_to_invoice=1 | must_ship_completely
general_posting_setup.DOM/PARTS.gone                        | general_posting_setup_missing
general_posting_setup.DOM/PARTS.blocked=yes                 | general_posting_setup_blocked
general_posting_setup.DOM/LABOUR.sales=                     | account_empty
general_posting_setup.DOM/PARTS.cogs=                       | account_empty
gl_accounts.6210.gone                                       | account_missing
gl_accounts.6210.blocked=yes                                | account_blocked
gl_accounts.6210.account_type=heading                       | account_not_posting
gl_accounts.6410.blocked=yes                                | account_blocked
vat_posting_setup.DOM/VAT25.gone                            | vat_posting_setup_missing
vat_posting_setup.DOM/VAT25.blocked=yes                     | vat_posting_setup_blocked
vat_posting_setup.DOM/VAT25.sales_vat_account=              | account_empty
vat_posting_setup.DOM/VAT25.vat_pct=24                      | vat_setup_changed
vat_posting_setup.DOM/VAT25.calculation_type=full           | full_vat_only_on_costs vat_setup_changed
customer_posting_groups.DOM.gone                            | customer_has_no_group
customer_posting_groups.DOM.receivables=                    | account_empty
receivables_setup.invoice_rounding=yes customer_posting_groups.DOM.invoice_rounding= | account_empty
inventory_posting_setup./PARTS.gone                         | inventory_posting_setup_missing
inventory_posting_setup./PARTS.inventory_account=           | account_empty
10000.quantity=2000 10000.qty_to_ship=2000 10000.qty_to_ship_base=2000 | stock_too_low_warning
inventory_setup.prevent_negative_inventory=yes 10000.quantity=2000 10000.qty_to_ship_base=2000 10000.qty_to_ship=2000 | stock_too_low
items.PUMP.prevent_negative_inventory=yes 10000.quantity=2000 10000.qty_to_ship_base=2000 10000.qty_to_ship=2000 | stock_too_low
items.PUMP.blocked=yes                                      | item_blocked
items.PUMP.service_blocked=yes                              | item_blocked
items.PUMP.gone                                             | type_has_no_record
10000.posting_group=                                        | item_needs_inventory_group
resources.LINA.blocked=yes                                  | resource_blocked
resources.LINA.privacy_blocked=yes                          | resource_privacy_blocked
resources.LINA.gone                                         | type_has_no_record
service_costs.TRAVEL.gone                                   | type_has_no_record
header.max_labor_unit_price=89                              | labor_price_exceeded
service_setup.posted_shipment_nos=                          | series_missing
service_setup.posted_invoice_nos=                           | series_missing
number_series_lines.INVOICES/10000.starting_date=2025-03-11 | series_no_line
number_series_lines.INVOICES/10000.open=no                  | series_exhausted
number_series_lines.INVOICES/10000.ending_no=I-1 number_series_lines.INVOICES/10000.last_no_used=I-1 | series_exhausted
number_series.INVOICES.date_order=yes number_series_lines.INVOICES/10000.last_date_used=2025-03-11 | series_date_order
number_series_lines.INVOICES/10000.warning_no=I-1           | series_running_out
header.currency_code=GBP currencies.GBP.unit_amount_rounding_precision=0.00001 | exchange_rate_missing
header.currency_code=EUR currency_rates.EUR/2025-01-01.gone | exchange_rate_missing
header.currency_code=EUR header.exchange_amount=0           | exchange_rate_missing
20000.unit_price=-400 20000.line_amount=-1200               | total_negative price_below_cost
20000.unit_price=0                                          | price_missing
20000.unit_price=54.99                                      | price_below_cost
header.finishing_date=2025-03-11                            | finishing_after_posting
ledger_setup.global_dimension_1_code=DEPT default_dimensions.customer/C-GOOD/DEPT.rule=code_mandatory | dimension_missing
ledger_setup.global_dimension_1_code=DEPT default_dimensions.item/PUMP/DEPT.rule=code_mandatory | dimension_missing
ledger_setup.global_dimension_1_code=DEPT default_dimensions.gl_account/6210/DEPT.rule=code_mandatory | dimension_missing
ledger_setup.global_dimension_1_code=DEPT header.dim_1=SALES dimension_values.DEPT/SALES.blocked=yes | dimension_value_blocked
ledger_setup.global_dimension_1_code=DEPT header.dim_1=SALES default_dimensions.item/X/DEPT.rule=no_code | dimension_value_unknown
"""  # noqa: E501

HUNG_ON_MIXER = "10000 item PUMP qty 1 on 10000"
# The order hangs on the service item MIXER, whose parts are under warranty.
FAULTS_OF_SERVICE_ITEMS = """
service_items.MIXER.blocked=all                             | service_item_blocked
item_line.repair_status_code=STOP repair_statuses.STOP.posting_allowed=no | repair_status_forbids
service_setup.service_order_start_mandatory=yes             | mandatory_field_empty
service_setup.service_order_finish_mandatory=yes            | mandatory_field_empty
10000.fault_reason_code=ABUSE fault_reasons.ABUSE.exclude_warranty_discount=yes | warranty_excluded
10000.service_item_line_no=0 10000.service_item_no=         | item_line_without_lines
ledger_setup.global_dimension_2_code=AREA item_line.dim_2=NORTH dimension_values.AREA/NORTH.blocked=yes | dimension_value_blocked
"""  # noqa: E501


@pytest.mark.parametrize(("fault", "expected"), table(FAULTS))
def test_an_order_with_one_fault(fault: str, expected: str):
    assert sorted(Case(fault).codes()) == sorted(expected.split())


@pytest.mark.parametrize(("fault", "expected"), table(FAULTS_OF_SERVICE_ITEMS))
def test_an_order_for_a_service_item_with_one_fault(fault: str, expected: str):
    assert sorted(Case(fault, HUNG_ON_MIXER, "10000 MIXER").codes()) == sorted(expected.split())


# Other lines, other options: lines | option | fault | what is found
FAULTS_OF_LINES = """
10000 gl_account 6510 qty 1 price 5    | ship invoice | gl_accounts.6510.direct_posting=no               | account_no_direct_posting
10000 gl_account 6510 qty 1 price 5    | ship invoice | gl_accounts.6510.blocked=yes                     | account_blocked
10000 gl_account 6510 qty 1 price 5    | ship invoice | gl_accounts.6510.account_type=total              | account_not_posting
10000 gl_account 6510 qty 1 price 5    | ship invoice | gl_accounts.6510.gone                            | account_missing
10000 cost VATADJ qty 1 price 5        | ship invoice | service_costs.VATADJ.account_no=                 | account_empty
10000 item PUMP qty 1 disc 10          | ship invoice | general_posting_setup.DOM/PARTS.sales_line_disc= | account_empty
10000 item PUMP qty 1                  | ship         | general_posting_setup.DOM/PARTS.cogs_interim=    | account_empty
10000 item PUMP qty 1                  | ship         | inventory_posting_setup./PARTS.inventory_account_interim= | account_empty
10000 item PUMP qty 1 consume 1        | ship consume | general_posting_setup.DOM/PARTS.inventory_adjmt= | account_empty
10000 item PUMP qty 1 consume 1        | ship consume | general_posting_setup.DOM/PARTS.inventory_adjmt= inventory_setup.automatic_cost_posting=no | account_empty
10000 item PUMP qty 1                  | ship         | general_posting_setup.DOM/PARTS.inventory_adjmt= |
10000 item PUMP qty 1                  | ship         | general_posting_setup.DOM/PARTS.sales=           |
10000 item PUMP qty 1 consume 1        | ship consume | 10000.qty_to_consume=2 10000.qty_to_ship=1       | qty_to_consume_too_large
10000 item PUMP qty 3                  | invoice      | 10000.quantity_shipped=2                         | quantity_reduced invoiced_more_than_shipped
10000 item PUMP qty 1                  | ship         | customers.C-GOOD.blocked=ship                    | customer_blocked
10000 item PUMP qty 1                  | ship         | header.due_date=                                 |
10000 item PUMP qty 1 ship 0           | ship         |                                                  | nothing_to_post
10000 text hello                       | ship invoice |                                                  | nothing_to_post
10000 item PUMP qty 1                  | invoice      |                                                  | nothing_to_post
10000 item PUMP qty 1                  | ship consume |                                                  | nothing_to_post
10000 item PUMP qty 1                  | ship         | user_setup.ANNA.service_invoice_policy=mandatory | option_not_allowed
10000 item PUMP qty 1                  | ship invoice | user_setup.ANNA.service_invoice_policy=mandatory |
10000 item PUMP qty 1                  | ship invoice | user_setup.ANNA.service_invoice_policy=prohibited | option_not_allowed
10000 item PUMP qty 1                  | ship         | user_setup.ANNA.service_invoice_policy=prohibited |
"""  # noqa: E501


@pytest.mark.parametrize(("lines", "option", "fault", "expected"), table(FAULTS_OF_LINES))
def test_other_lines_and_options(lines: str, option: str, fault: str, expected: str):
    assert sorted(Case(fault, lines).codes(option)) == sorted(expected.split())


DIMENSIONS = "ledger_setup.global_dimension_1_code=DEPT ledger_setup.global_dimension_2_code=AREA "
DIMENSIONS += (
    "dimension_values.DEPT/SRV.blocked=no dimension_values.DEPT/SHOP.blocked=no dimension_values.AREA/N.blocked=no "
)
FAULTS_OF_DIMENSIONS = """
default_dimensions.item/PUMP/DEPT.rule=no_code 10000.dim_1=SRV                           | dimension_must_be_empty
default_dimensions.item/PUMP/DEPT.rule=same_code default_dimensions.item/PUMP/DEPT.value_code=SRV 10000.dim_1=SHOP | dimension_must_be
default_dimensions.resource/LINA/AREA.rule=code_mandatory                                | dimension_missing
default_dimensions.resource/LINA/AREA.rule=code_mandatory 20000.dim_2=N                  |
header.dim_1=SRV header.dim_2=N              |
10000.dim_1=NOWHERE                                                                      | dimension_value_unknown
"""  # noqa: E501


@pytest.mark.parametrize(("fault", "expected"), table(FAULTS_OF_DIMENSIONS))
def test_dimensions(fault: str, expected: str):
    assert sorted(Case(DIMENSIONS + fault).codes()) == sorted(expected.split())


def test_two_dimension_values_that_must_not_stand_together():
    forbidden = {("DEPT", "SRV", "AREA", "N"): {}}
    case = Case(DIMENSIONS + "header.dim_1=SRV header.dim_2=N", dimension_combinations=forbidden)
    assert case.codes() == ["dimension_combination_blocked"]


def test_reverse_charge_asks_for_the_vat_registration_no_once():
    case = Case("header.vat_registration_no=", customer="C-EU")
    assert [found.code for found in case.plan("ship invoice").findings] == ["vat_registration_no_missing"]


def test_separate_invoice_discount_and_payment_discount_need_their_accounts():
    discount = Case(
        "general_posting_setup.DOM/LABOUR.sales_inv_disc= receivables_setup.calc_inv_discount=yes", customer="C-DISC"
    )
    assert discount.codes() == ["account_empty"]
    assert Case("customer_posting_groups.DOM.payment_disc_debit=", customer="C-CASH").codes() == ["account_empty"]


def test_a_manual_invoice_is_posted_whole():
    for fault, expected in (
        ("header.document_type=invoice 10000.qty_to_invoice=1", "qty_to_invoice_not_quantity"),
        ("header.document_type=invoice 10000.qty_to_ship=1 10000.qty_to_invoice=2", "qty_to_ship_not_quantity"),
    ):
        assert expected in Case(fault).codes()


def test_what_is_short_is_named_with_its_location_where_there_is_one():
    fault = "10000.quantity=2000 10000.qty_to_ship=2000 10000.qty_to_ship_base=2000"
    for at, told in (("", "needed."), (" 10000.location_code=EAST", "needed at location EAST.")):
        found = Case(f"{fault}{at}").plan("ship").findings
        (short,) = [one.message for one in found if one.code == "stock_too_low_warning"]
        assert short.endswith(f" on stock, 2000 {told}")


def test_a_blocked_item_may_come_back():
    fault = "header.document_type=credit_memo items.PUMP.blocked=yes"
    assert "item_blocked_notice" in Case(fault).codes("ship invoice")


def test_requests_that_cannot_be_followed():
    case = Case("")
    none = plan_posting(case.snapshot, PostingRequest())
    assert [found.code for found in none.findings] == ["option_missing"]
    assert case.codes(chosen=frozenset()) == ["no_lines_chosen"]
    assert case.codes(chosen=frozenset({10000, 70000})) == ["line_gone"]
    with_invoice = plan_posting(case.snapshot, PostingRequest(ship=True, consume=True, invoice=True))
    assert [found.code for found in with_invoice.findings] == ["option_missing"]


def test_a_chosen_line_outside_the_window_is_named():
    case = Case("ledger_setup.allow_posting_from=2025-03-08 20000.posting_date=2025-03-07")
    assert case.codes() == []  # a whole order takes the header's date
    (found,) = case.plan("ship invoice", frozenset({20000})).findings
    assert (found.code, found.line, found.field) == ("posting_date_outside_window", 20000, "posting_date")
    assert "2025-03-07" in found.message and "2025-03-08 to" in found.message


def test_customer_and_payer_alike_one_finding_each():
    both = "customers.C-GOOD.blocked=all customers.C-EU.blocked=all"
    case = Case(both, bill_to_customer_no="C-EU")
    assert [found.field for found in case.plan("ship invoice").errors] == ["customer_no", "bill_to_customer_no"]


def test_an_item_line_without_lines_keeps_the_order_open_and_says_so():
    plan = Case("", "10000 item PUMP qty 1", "10000 PRESS").plan("ship invoice")
    assert [found.code for found in plan.findings] == ["item_line_without_lines"]
    assert [found.code for found in plan.notices] == ["order_kept_open"]
    assert plan.may_post and not plan.closes_order


def test_every_finding_says_what_to_do():
    for code, row in CATALOGUE.items():
        assert row.message and row.remedy and row.rules, code
        assert row.message.endswith((".", "}")) and row.remedy.endswith("."), code


def test_an_order_without_fault():
    assert Case("").codes() == []

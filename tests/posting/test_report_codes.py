"""Every check of the test report's lists H and L on orders: what brings it about, or why nothing can (D-69, D-71)."""

from __future__ import annotations

import pytest

from tests.builders import D, order, posted, with_line
from tests.posting.faults_text import OPTIONS, Case, table
from webapp.posting.findings import CATALOGUE
from webapp.posting.plan import REQUESTS, plan_posting
from webapp.posting.records import changed, names_of
from webapp.posting.setup import PaymentMethod
from webapp.posting.snapshot import PostingRequest

DIMENSIONS = "ledger_setup.global_dimension_1_code=DEPT ledger_setup.global_dimension_2_code=AREA"
TOGETHER = f"{DIMENSIONS} dimension_values.DEPT/SRV.blocked=no dimension_values.AREA/N.blocked=no"
# The check, what is wrong, what the report says. The order: 2 pumps, 3 hours, travel.
OCCUR = f"""
H01 | header.customer_no=                                           | field_required
H02 | customers.C-GOOD.gone                                         | customer_missing
H03 | customers.C-GOOD.privacy_blocked=yes                          | customer_privacy_blocked
H04 | customers.C-GOOD.blocked=all                                  | customer_blocked
H05 | customers.C-GOOD.blocked=invoice                              | customer_blocked
H06 | customers.C-GOOD.blocked=ship                                 | customer_blocked
H07 | header.bill_to_customer_no=                                   | field_required
H11 | header.posting_date=                                          | field_required
H13 | ledger_setup.allow_posting_to=2025-03-09                      | posting_date_outside_window
H17 | header.due_date=                                              | field_required
H18 | service_setup.posted_shipment_nos=                            | series_missing
H19 | service_setup.posted_invoice_nos=                             | series_missing
H21 | {DIMENSIONS} default_dimensions.customer/C-GOOD/DEPT.rule=code_mandatory | dimension_missing
L05 | vat_posting_setup.DOM/VAT25.gone                              | vat_posting_setup_missing
L07 | 20000.no=                                                     | number_missing
L08 | 10000.type=blank                                              | type_missing
L09 | 10000.quantity=0 10000.qty_to_ship=0 10000.quantity_shipped=1 | amount_without_quantity
L18 | 10000.quantity_shipped=2 10000.qty_to_ship=0                  | invoiced_more_than_shipped
L20 | general_posting_setup.DOM/PARTS.gone                          | general_posting_setup_missing
L21 | vat_posting_setup.DOM/VAT25.gone                              | vat_posting_setup_missing
L22 | gl_accounts.6210.gone                                         | account_missing
L23 | gl_accounts.6210.blocked=yes                                  | account_blocked
L25 | items.PUMP.gone                                               | type_has_no_record
L26 | items.PUMP.blocked=yes                                        | item_blocked
L30 | resources.LINA.gone                                           | type_has_no_record
L31 | resources.LINA.privacy_blocked=yes                            | resource_privacy_blocked
L32 | resources.LINA.blocked=yes                                    | resource_blocked
L34 | {DIMENSIONS} default_dimensions.resource/LINA/AREA.rule=code_mandatory | dimension_missing
"""
OF_SHIPMENTS = ("L10", "L12", "L13", "L14", "L15", "L16")
ELSEWHERE = ("H08", "H09", "H10", "H15", "H16", "H20", "L33", "L06", "L24")
NEVER = {
    "H12": "a date has no closing form here",
    "H14": "a date has no closing form here",
    "L01": "of invoices and credit memos",
    "L02": "of credit memos",
    "L03": "of invoices",
    "L04": "of credit memos",
    "L11": "the customer cannot change once a line is shipped (P-52), and a shipment belongs to one order",
    "L17": "the quantities of a line are never negative, by a constraint of the database (P-53)",
    "L19": "of invoices",
    "L27": "there are no variants, and no field to name one",
    "L28": "there are no variants, and no field to name one",
    "L29": "nothing is reserved here",
}


@pytest.mark.parametrize(("check", "fault", "code"), table(OCCUR))
def test_the_report_says_it(check: str, fault: str, code: str):
    plan = Case(fault).plan("ship invoice")
    assert code in [found.code for found in plan.errors]
    assert check in CATALOGUE[code].rules


@pytest.mark.parametrize(
    ("check", "fault", "code"),
    [
        ("H08", "gone", "customer_missing"),
        ("H09", "privacy_blocked=yes", "customer_privacy_blocked"),
        ("H10", "blocked=all", "customer_blocked"),
        ("H10", "blocked=invoice", "customer_blocked"),
    ],
)
def test_the_payer_is_looked_at_like_the_customer(check: str, fault: str, code: str):
    before = Case("").snapshot
    payer = Case(f"customers.C-EURO.{fault}", customer="C-EURO").snapshot.customer
    header = changed(before.header, bill_to_customer_no="C-EURO")
    plan = plan_posting(changed(before, header=header, bill_to=payer), REQUESTS["ship_and_invoice"])
    assert [(f.code, f.field) for f in plan.errors] == [(code, "bill_to_customer_no")]
    assert check in CATALOGUE[code].rules


def test_nothing_asked_for_and_nothing_to_post():
    """H15, H16."""
    snapshot = Case("").snapshot
    assert [f.code for f in plan_posting(snapshot, PostingRequest()).errors] == ["option_missing"]
    assert [f.code for f in plan_posting(snapshot, OPTIONS["invoice"]).errors] == ["nothing_to_post"]


@pytest.mark.parametrize(("check", "place"), [("H20", "header"), ("L33", "10000")])
def test_values_that_cannot_stand_together(check: str, place: str):
    rule = "dimension_combinations.DEPT/SRV/AREA/N.dimension_1_code=DEPT"
    case = Case(f"{TOGETHER} {rule} {place}.dim_1=SRV {place}.dim_2=N")
    assert case.codes() == ["dimension_combination_blocked"]
    assert check in CATALOGUE["dimension_combination_blocked"].rules


def test_reverse_charge_and_accounts_that_take_no_direct_posting():
    """L06, L24."""
    reverse = Case("header.vat_registration_no=", "10000 item PUMP qty 2\n20000 resource LINA qty 1", customer="C-EU")
    assert [f.code for f in reverse.plan("ship invoice").errors] == ["vat_registration_no_missing"]  # once
    account = Case("gl_accounts.6510.direct_posting=no", "10000 gl_account 6510 qty 1 price 5")
    assert account.codes() == ["account_no_direct_posting"]


# What is missing, what is asked for, what the report says (D-127).
BY_LAW = """
company.name=                             | ship invoice | company_field_missing name
company.address=                          | ship invoice | company_field_missing address
company.city=                             | ship invoice | company_field_missing city
company.vat_registration_no=              | ship invoice | company_field_missing vat_registration_no
company.vat_registration_no=              | ship         |
company.representative_vat_no=ATU1        | ship         |
header.bill_to_address=                   | ship invoice | payer_address_missing bill_to_address
header.bill_to_city=                      | ship invoice | payer_address_missing bill_to_city
header.bill_to_city=                      | ship         |
vat_posting_setup.EU/VAT25.vat_clause_code= | ship invoice | vat_clause_missing vat_clause_code
vat_posting_setup.EU/VAT25.vat_clause_code= | ship       |
"""


@pytest.mark.parametrize(("fault", "option", "said"), table(BY_LAW))
def test_an_invoice_shows_what_the_law_asks_for(fault: str, option: str, said: str):
    """D-127: before an invoice is posted; a shipment alone is none. Each group of VAT is told once."""
    case = Case(fault, "10000 item PUMP qty 2\n20000 item PUMP qty 1\n30000 resource LINA qty 1", customer="C-EU")
    plan = case.plan(option)
    assert [f"{found.code} {found.field}" for found in plan.errors] == ([said] if said else [])
    assert all("D-127" in CATALOGUE[found.code].rules for found in plan.errors)


REPRESENTATIVE = {"name": "Dr. Huber", "vat_no": "ATU1", "address": "Ring 1", "city": "Wien", "country_code": "AT"}


@pytest.mark.parametrize("missing", [(), *((one,) for one in REPRESENTATIVE), ("name", "address", "city")])
def test_a_tax_representative_has_number_name_and_address(missing: tuple[str, ...]):
    """D-127 point 15: a part of it alone is not enough, and none at all is right."""
    given = {f"representative_{name}": value for name, value in REPRESENTATIVE.items() if name not in missing}
    case = Case("", "10000 item PUMP qty 2")
    setup = case.snapshot.setup
    case.snapshot = changed(case.snapshot, setup=changed(setup, company=changed(setup.company, **given)))
    said = [f"{found.code} {found.field}" for found in case.plan("ship invoice").errors]
    assert said == [f"tax_representative_incomplete representative_{one}" for one in REPRESENTATIVE if one in missing]
    assert not case.plan("ship").errors


@pytest.mark.parametrize(
    ("fault", "mandate", "creditor", "option", "said"),
    [
        ("", "", "", "ship invoice", ["mandate_missing customer C-GOOD", "creditor_identifier_missing company "]),
        ("", "M-1", "", "ship invoice", ["creditor_identifier_missing company "]),
        ("", "", "DE98ZZZ", "ship invoice", ["mandate_missing customer C-GOOD"]),
        ("", "M-1", "DE98ZZZ", "ship invoice", []),
        ("", "", "", "ship", []),
        ("header.bal_account_no=2920", "", "", "ship invoice", []),  # paid with the posting
    ],
)
def test_what_is_collected_by_direct_debit_has_a_mandate(
    fault: str, mandate: str, creditor: str, option: str, said: list[str]
):
    """D-93, D-127: told before the posting, which it does not stop."""
    case = Case(fault, "10000 item PUMP qty 2")
    snapshot = case.snapshot
    assert snapshot.bill_to is not None
    methods = {**snapshot.setup.payment_methods, "DEBIT": PaymentMethod("DEBIT", "", "", direct_debit=True)}
    company = changed(snapshot.setup.company, creditor_identifier=creditor)
    case.snapshot = changed(
        snapshot,
        setup=changed(snapshot.setup, payment_methods=methods, company=company),
        header=changed(snapshot.header, payment_method_code="DEBIT"),
        bill_to=changed(snapshot.bill_to, mandate_reference=mandate),
    )
    plan = case.plan(option)
    assert [f"{one.code} {one.table} {one.record}" for one in plan.findings] == said
    assert not plan.errors


@pytest.mark.parametrize(
    ("check", "field", "code"),
    [
        ("L10", "dim_1", "dimension_differs_from_shipment"),
        ("L10", "dim_2", "dimension_differs_from_shipment"),
        ("L12", "type", "line_differs_from_shipment"),
        ("L13", "no", "line_differs_from_shipment"),
        ("L14", "gen_bus_group", "line_differs_from_shipment"),
        ("L15", "gen_prod_group", "line_differs_from_shipment"),
        ("L16", "location_code", "line_differs_from_shipment"),
    ],
)
def test_what_is_invoiced_is_what_was_shipped(check: str, field: str, code: str):
    """On an order only a dimension can differ, which is no error: type, number and location are fixed once shipped."""
    before = order("10000 item PUMP qty 5\n20000 resource LINA qty 1")
    before = with_line(before, 10000, qty_to_ship=D(2), qty_to_invoice=D(2))
    shipped = posted(before, plan_posting(before, REQUESTS["ship"]))
    assert field in names_of(type(shipped.shipment_lines[0]))
    other = changed(shipped.shipment_lines[0], **{field: "ELSE"})
    differs = changed(shipped, shipment_lines=(other, *shipped.shipment_lines[1:]))
    for snapshot, expected in ((shipped, []), (differs, [(code, 10000, field)])):
        found = plan_posting(snapshot, REQUESTS["invoice"]).findings
        assert [(f.code, f.line, f.field) for f in found if f.code != "quantity_reduced"] == expected
    assert check in CATALOGUE[code].rules
    assert "shipment" not in [f.code for f in plan_posting(differs, REQUESTS["ship"]).findings]


def test_every_check_of_both_lists_is_here():
    listed = {*(row[0] for row in table(OCCUR)), *OF_SHIPMENTS, *ELSEWHERE}
    assert listed & NEVER.keys() == set()
    assert listed | NEVER.keys() == {f"H{n:02}" for n in range(1, 22)} | {f"L{n:02}" for n in range(1, 35)}

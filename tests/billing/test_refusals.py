"""Every refusal and question of contracts, each with the smallest contract that it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

import pytest

from tests.billing.made import D, a_contract, a_line
from tests.builders import catalog, company, filled
from tests.store.contract_company import contract_pack
from webapp.billing.case import ContractCase
from webapp.billing.changes import Typing, change_header
from webapp.billing.checks import invoice_findings, invoice_warnings, may_be_invoiced
from webapp.billing.contract import with_next
from webapp.billing.lifecycle import (
    cancel_findings,
    delete_findings,
    joining,
    lock_findings,
    open_findings,
    sign_findings,
)
from webapp.billing.line_changes import LineTyping, change_line, may_remove
from webapp.billing.periods import Next
from webapp.posting.findings import Finding
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import Customer
from webapp.store.contract_steps import one_invoice

DAY = date(2025, 3, 10)
GOOD = ("C-GOOD", "C-EURO")


@cache
def setup() -> Setup:
    return company(contract_pack())


@cache
def people() -> dict[str, Customer]:
    pack = contract_pack()
    rows = {row["no"]: row for row in pack["customers"]}
    return {no: filled(Customer, "customers", rows[no]) for no in GOOD}


def a_case(
    *values: str, lines: Sequence[Any] | None = None, around: dict[str, Any] | None = None, **fields: Any
) -> ContractCase:
    """A signed and locked contract of C-GOOD on the machines M1, M2 …; `fields` are those of its header."""
    own = list(lines) if lines is not None else [a_line(n, v) for n, v in enumerate(values or ("1200",), 1)]
    own = [changed(line, service_item_no=line.service_item_no.replace("SI", "M"),
                   next_planned_service_date=line.next_planned_service_date or DAY) for line in own]  # fmt: skip
    later = {name: fields.pop(name) for name in list(fields) if name in LATER_FIELDS}
    contract, made = a_contract(own, **{"customer_no": "C-GOOD", "bill_to_customer_no": "C-GOOD", **fields})
    contract = changed(contract, **later)
    machines = catalog(contract_pack()).service_items
    return ContractCase(setup(), contract, made, people()["C-GOOD"], people()["C-GOOD"], service_items=machines,
                        **(around or {}))  # fmt: skip


LATER_FIELDS = frozenset({"annual_amount", "amount_per_period", "next_invoice_date", "next_period_start",
                          "next_period_end"})  # fmt: skip


def an_open(*values: str, **fields: Any) -> ContractCase:
    return a_case(*values, change_status="open", **fields)


def codes(found: Sequence[Finding]) -> list[str]:
    return [one.code for one in found]


def unsigned(*values: str, **fields: Any) -> ContractCase:
    return an_open(*values, status="blank", **fields)


@pytest.mark.parametrize(
    "code, case",
    [
        ("contract_cancelled", lambda: a_case(status="cancelled")),
        ("contract_account_group_missing", lambda: unsigned(contract_account_group="")),
        ("field_required", lambda: unsigned(service_period="")),
        ("contract_amounts_differ", lambda: unsigned(annual_amount=D(1500))),
        ("contract_line_amount_zero", lambda: unsigned("1200", "0")),
        ("contract_amount_missing", lambda: unsigned(lines=[a_line(1, "1200", discount="100")])),
        ("contract_not_month_start", lambda: unsigned(
            prepaid=True, next_invoice_date=date(2025, 1, 5), next_period_start=date(2025, 1, 5))),
        ("contract_not_month_end", lambda: unsigned(end="2025-01-20")),
        ("contract_service_date_missing", lambda: changed(
            unsigned(), lines=tuple(changed(x, next_planned_service_date=None) for x in unsigned().lines))),
    ],
)  # fmt: skip
def test_what_signing_asks(code: str, case: Any):
    assert codes(sign_findings(case())) == [code]
    assert sign_findings(case(), frozenset({code})) == [] or not code.startswith(
        ("contract_not_month_end", "contract_service")
    )


def test_a_good_contract_can_be_signed_locked_and_invoiced():
    assert sign_findings(unsigned()) == []
    assert lock_findings(an_open()) == []
    assert codes(lock_findings(a_case())) == ["contract_locked"]
    assert codes(open_findings(an_open())) == ["contract_open_already"]
    assert list(may_be_invoiced(a_case())) == []
    assert invoice_findings(a_case(), DAY) == []


@pytest.mark.parametrize(
    "code, fields",
    [
        ("contract_not_signed", {"status": "blank"}),
        ("contract_cancelled", {"status": "cancelled"}),
        ("contract_not_locked", {"change_status": "open"}),
        ("contract_without_period", {"period": "none"}),
        ("contract_nothing_to_invoice", {"next_invoice_date": None, "next_period_start": None}),
    ],
)
def test_which_contracts_are_invoiced(code: str, fields: dict[str, Any]):
    assert codes(list(may_be_invoiced(a_case(**fields)))) == [code]


def test_invoicing_after_the_service():
    waits = a_case(invoice_after_service=True)
    assert codes(invoice_findings(waits, DAY)) == ["contract_service_outstanding"]
    done = changed(waits, lines=tuple(changed(x, last_service_date=date(2025, 1, 20)) for x in waits.lines))
    assert invoice_findings(done, DAY) == []


def test_the_action_on_one_contract():
    nobody: frozenset[str] = frozenset()
    with_draft = a_case(around={"open_invoices": ("CI-1",)})
    assert codes(one_invoice(with_draft, DAY, "", nobody)[2]) == ["contract_unposted_invoices"]
    assert codes(one_invoice(a_case(), date(2025, 1, 30), "", nobody)[2]) == ["contract_not_due"]
    early = a_case(start="2025-02-10", period="quarter", prepaid=True)
    assert codes(one_invoice(early, date(2025, 3, 1), "", nobody)[2]) == ["contract_earlier_question"]
    plan, day, found = one_invoice(early, date(2025, 3, 1), "later", nobody)
    assert plan is not None and (len(plan.left), day, found) == (1, date(2025, 3, 1), [])


def test_lines_that_join_too_early_or_too_late():
    case = an_open(period="quarter", prepaid=True)
    new = changed(a_line(2, "600"), new_line=True)
    case = changed(case, lines=(*case.lines, new), contract=with_next(
        case.contract, Next(date(2025, 4, 1), date(2025, 4, 1), date(2025, 6, 30))))  # fmt: skip
    assert joining(changed(case, lines=case.lines[:1]), DAY) is None
    for start, code in (
        (date(2025, 5, 1), "contract_joins_too_late"),
        (date(2024, 12, 31), "contract_joins_too_early"),
    ):
        joins = joining(case, DAY, start)
        assert joins is not None and codes(joins.findings) == [code]
    ended = changed(case, lines=(*case.lines[:-1], changed(new, contract_expiration_date=date(2025, 2, 28))))
    joins = joining(ended, DAY)
    assert joins is not None and codes(joins.findings) == ["contract_line_ends_before"]
    joins = joining(case, DAY)
    assert joins is not None and str(joins.days) == "2025-03-10 - 2025-03-31"


def test_the_end_of_a_contract():
    nobody: frozenset[str] = frozenset()
    pending = a_case(around={"open_invoices": ("CI-1",)})
    assert codes(cancel_findings(pending, "", D(50), nobody)) == ["contract_pending_documents"]
    assert cancel_findings(pending, "", D(50), frozenset({"contract_pending_documents"})) == []
    assert codes(delete_findings(a_case(), False, nobody)) == ["contract_signed_stays"]
    assert codes(delete_findings(changed(pending, contract=unsigned().contract), False, nobody)) == [
        "contract_has_documents"
    ]
    assert codes(delete_findings(unsigned(), True, nobody)) == ["contract_open_entries"]


# --- typing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code, case, typed",
    [
        ("contract_locked", a_case, {"description": "x"}),
        ("contract_has_lines", an_open, {"customer_no": "C-EURO"}),
        ("contract_invoiced", lambda: an_open(last_invoice_date="2025-01-31"), {"starting_date": date(2025, 2, 1)}),
        ("contract_days_settled", lambda: an_open(lines=[a_line(1, "1200", invoiced_to_date="2025-01-31")]),
         {"starting_date": date(2025, 2, 1)}),
        ("field_required", an_open, {"starting_date": None}),
        ("contract_invoiced", lambda: an_open(last_invoice_date="2025-01-31"), {"invoice_period": "none"}),
        ("contract_signed", an_open, {"service_period": "1M"}),
        ("contract_has_entries", lambda: an_open(around={"has_entries": True}), {"prepaid": True}),
        ("contract_period_too_long", lambda: an_open(price_update_period="3M"), {"invoice_period": "year"}),
        ("contract_end_before_invoiced", lambda: an_open(last_invoice_date="2025-03-31"),
         {"expiration_date": date(2025, 2, 1)}),
        ("contract_lines_end_later", lambda: an_open(lines=[a_line(1, "1200", contract_expiration_date="2025-12-31")]),
         {"expiration_date": date(2025, 6, 30)}),
        ("contract_line_ends_before", lambda: an_open(lines=[a_line(1, "1200", starting_date="2025-05-01")]),
         {"expiration_date": date(2025, 3, 31)}),
        ("contract_distribution_question", lambda: an_open("40", "45"), {"annual_amount": D(100)}),
        ("contract_prepaid_after_service", lambda: an_open(invoice_after_service=True), {"prepaid": True}),
        ("number_negative", an_open, {"annual_amount": D(-1)}),
    ],
)  # fmt: skip
def test_what_a_header_refuses(code: str, case: Any, typed: dict[str, Any]):
    change = change_header(Typing(case(), people()), typed)
    assert codes(change.findings) == [code]
    assert (change.contract, change.lines) == (
        case().contract,
        case().lines,
    ) or code == "contract_distribution_question"


def test_a_currency_changes_no_amount():
    change = change_header(Typing(an_open(), people()), {"currency_code": "EUR"})
    assert codes(change.notices) == ["contract_currency_notice"]
    assert change.contract.annual_amount == D(1200)


def test_lines_end_with_the_contract_when_that_is_confirmed():
    case = an_open(lines=[a_line(1, "1200", contract_expiration_date="2025-12-31"), a_line(2, "600")])
    typing = Typing(case, people(), frozenset({"contract_lines_end_later"}))
    change = change_header(typing, {"expiration_date": date(2025, 6, 30)})
    assert [line.contract_expiration_date for line in change.lines] == [date(2025, 6, 30)] * 2


def typed(case: ContractCase, values: dict[str, Any], **around: Any) -> list[str]:
    machines = case.service_items
    made = change_line(LineTyping(case, around.pop("line", case.lines[0]), machines, **around), values)
    return codes(made.findings) + codes(made.notices)


NEW = changed(a_line(2, "0"), new_line=True, service_item_no="", description="")
LATE = changed(NEW, starting_date=DAY, contract_expiration_date=date(2025, 3, 9))


@pytest.mark.parametrize(
    "code, case, around, values",
    [
        ("contract_line_fixed", an_open, {}, {"service_item_no": "M3"}),
        ("contract_item_twice", an_open, {"line": NEW}, {"service_item_no": "M1"}),
        ("contract_item_elsewhere", an_open, {"line": NEW, "elsewhere": {"M3": ("SC-9",)}}, {"service_item_no": "M3"}),
        ("contract_item_ship_to", lambda: an_open(ship_to_code="YORK"), {"line": NEW}, {"service_item_no": "M3"}),
        ("contract_expired", lambda: an_open(end="2025-02-15", last_invoice_date="2025-01-31"), {"line": NEW},
         {"service_item_no": "M3"}),
        ("contract_expired", an_open, {"line": LATE}, {"description": "Hotline"}),
        ("contract_line_credited", lambda: an_open(lines=[changed(a_line(1, "1200"), credited=True)]), {},
         {"contract_expiration_date": date(2025, 3, 1)}),
        ("contract_line_end_after", lambda: an_open(end="2025-06-30"), {},
         {"contract_expiration_date": date(2025, 7, 1)}),
        ("contract_credit_after_end", lambda: an_open(end="2025-06-30"), {}, {"credit_memo_date": date(2025, 7, 1)}),
        ("contract_credit_may_be_needed", lambda: an_open(
            lines=[a_line(1, "1200", invoiced_to_date="2025-03-31")], around={"unreleased": True}), {},
         {"contract_expiration_date": date(2025, 2, 15)}),
        ("contract_line_value_zero", lambda: an_open(lines=[a_line(1, "0")]), {}, {"line_amount": D(10)}),
        ("discount_out_of_range", an_open, {}, {"line_discount_pct": D(101)}),
        ("number_negative", an_open, {}, {"line_value": D(-5)}),
    ],
)  # fmt: skip
def test_what_a_line_refuses(code: str, case: Any, around: dict[str, Any], values: dict[str, Any]):
    assert typed(case(), values, **around) == [code]


def test_what_no_invoice_could_be_made_with_is_told_where_nothing_stops():
    without = a_case(contract_account_group="")
    assert codes(invoice_warnings(without)) == ["contract_not_ready"]
    assert invoice_warnings(a_case()) == [] and invoice_warnings(a_case(kind="quote")) == []


def test_a_line_is_removed_after_its_end_is_known():
    case = an_open(automatic_credit_memos=True)
    assert [codes(found) for found in may_remove(case, case.lines[0])] == [["contract_line_end_missing"], []]
    billed = an_open(lines=[a_line(1, "1200", invoiced_to_date="2025-03-31")])
    assert [codes(found) for found in may_remove(billed, billed.lines[0])] == [["contract_line_end_missing"], []]
    never = an_open(lines=[a_line(1, "1200")])
    assert [codes(found) for found in may_remove(never, never.lines[0])] == [[], []]
    ended = an_open(lines=[a_line(1, "1200", contract_expiration_date="2025-02-15", invoiced_to_date="2025-03-31")])
    assert [codes(found) for found in may_remove(ended, ended.lines[0])] == [[], ["contract_credit_may_be_needed"]]


def test_a_credited_line_is_removed_after_its_credit_memo_is_posted():
    """Or after a question: once the line is gone, what a deleted credit memo gave back cannot be credited again."""
    lines = [changed(a_line(1, "1200", contract_expiration_date="2025-02-15"), credited=True)]
    waiting = an_open(lines=lines, around={"open_credit_memos": ("CC-1",)})
    assert [codes(found) for found in may_remove(waiting, lines[0])] == [[], ["contract_credit_not_posted"]]
    assert [codes(found) for found in may_remove(an_open(lines=lines), lines[0])] == [[], []]

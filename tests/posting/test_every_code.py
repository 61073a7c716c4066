"""Every code of the catalogue stands in a test; those of parts that are still to come are named here."""

import re
from pathlib import Path

from webapp.posting.findings import CATALOGUE

TESTS = Path(__file__).resolve().parents[1]

# A part that begins to use one of these takes it out of the list and into a test.
LATER = frozenset(
    {
        "contract_account_group_missing",
        "contract_amount_missing",
        "contract_amounts_differ",
        "contract_cancelled",
        "contract_changed",
        "contract_credit_after_end",
        "contract_credit_first",
        "contract_credit_may_be_needed",
        "contract_currency_notice",
        "contract_dates_missing",
        "contract_days_left",
        "contract_distribution_question",
        "contract_end_before_invoiced",
        "contract_entry_amount",
        "contract_entry_closed",
        "contract_entry_missing",
        "contract_entry_posted",
        "contract_entry_twice",
        "contract_expired",
        "contract_gone",
        "contract_has_documents",
        "contract_has_entries",
        "contract_has_lines",
        "contract_invoiced",
        "contract_item_elsewhere",
        "contract_item_ship_to",
        "contract_item_twice",
        "contract_join_question",
        "contract_joins_too_early",
        "contract_joins_too_late",
        "contract_later_invoice",
        "contract_later_posted",
        "contract_line_amount_zero",
        "contract_line_credited",
        "contract_line_end_after",
        "contract_line_end_missing",
        "contract_line_ends_before",
        "contract_line_fixed",
        "contract_line_unknown",
        "contract_lines_end_later",
        "contract_locked",
        "contract_no_missing",
        "contract_not_due",
        "contract_not_locked",
        "contract_not_month_end",
        "contract_not_month_start",
        "contract_not_signed",
        "contract_nothing_to_invoice",
        "contract_older_entries",
        "contract_open_already",
        "contract_open_entries",
        "contract_pending_documents",
        "contract_period_differs",
        "contract_period_too_long",
        "contract_restore_dates",
        "contract_service_outstanding",
        "contract_signed",
        "contract_signed_stays",
        "contract_start_question",
        "contract_text_too_long",
        "contract_unposted_invoices",
        "contract_waiver_reason",
        "contract_without_period",
        "credit_limit_notice",
        "field_changed_meanwhile",
        "field_twice",
    }
)


def words_of_tests() -> set[str]:
    return {
        word
        for path in TESTS.rglob("*.py")
        if path != Path(__file__)
        for word in re.findall(r"[a-z][a-z0-9_]+", path.read_text())
    }


def test_every_code_has_a_test():
    untested = CATALOGUE.keys() - words_of_tests()
    assert untested - LATER == set(), "a test for each of these codes"
    assert LATER - untested == set(), "these have a test by now: take them out of LATER"

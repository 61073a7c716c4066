"""Date formulas, payment terms, posting windows and number series (P-143 … P-150)."""

from datetime import date

import pytest

from tests.builders import D, company, filled, gapless, pack
from tests.posting.faults_text import table
from webapp.posting.dates import Window, is_formula, move, posting_window, terms_on, vat_window
from webapp.posting.numbers import counts_up, increase, next_number
from webapp.posting.records import changed
from webapp.posting.setup import PaymentTerms, SeriesLine, UserSetup

FORMULAS = """
from       | 14D        | 2W         | 1M         | CM         | CM+14D     | 1M+8D      | 1Q         | -CM        | 1Y
2025-01-31 | 2025-02-14 | 2025-02-14 | 2025-02-28 | 2025-01-31 | 2025-02-14 | 2025-03-08 | 2025-04-30 | 2025-01-01 | 2026-01-31
2025-03-10 | 2025-03-24 | 2025-03-24 | 2025-04-10 | 2025-03-31 | 2025-04-14 | 2025-04-18 | 2025-06-10 | 2025-03-01 | 2026-03-10
2024-02-29 | 2024-03-14 | 2024-03-14 | 2024-03-29 | 2024-02-29 | 2024-03-14 | 2024-04-06 | 2024-05-29 | 2024-02-01 | 2025-02-28

from       |            | CW         | -CW        | CQ         | -CQ        | CY         | -CY        | -1M        | CD
2025-03-10 | 2025-03-10 | 2025-03-16 | 2025-03-10 | 2025-03-31 | 2025-01-01 | 2025-12-31 | 2025-01-01 | 2025-02-10 | 2025-03-10
2024-12-31 | 2024-12-31 | 2025-01-05 | 2024-12-30 | 2024-12-31 | 2024-10-01 | 2024-12-31 | 2024-01-01 | 2024-11-30 | 2024-12-31
"""  # noqa: E501


def formulas() -> list[tuple[str, str, str]]:
    found = []
    head: list[str] = []
    for row in table(FORMULAS):
        if row[0] == "from":
            head = row[1:]
            continue
        found += [(row[0], formula, result) for formula, result in zip(head, row[1:], strict=True)]
    return found


@pytest.mark.parametrize(("day", "formula", "result"), formulas())
def test_date_formulas(day: str, formula: str, result: str):
    assert is_formula(formula)
    assert move(date.fromisoformat(day), formula) == date.fromisoformat(result)


@pytest.mark.parametrize("text", ["14", "D", "1X", "1M 8", "C", "--1D", "99999D"])
def test_what_is_no_formula(text: str):
    assert not is_formula(text)


TERMS = filled(
    PaymentTerms,
    "payment_terms",
    {"code": "T", "due_formula": "1M", "discount_formula": "8D", "discount_pct": D(2)},
)


def test_terms_give_due_and_discount_date():
    given = terms_on(TERMS, date(2025, 3, 10), credit_memo=False)
    assert (given.due_date, given.pmt_discount_date, given.pmt_discount_pct) == (
        date(2025, 4, 10),
        date(2025, 3, 18),
        2,
    )


def test_without_terms_it_is_due_at_once():
    given = terms_on(None, date(2025, 3, 10), credit_memo=False)
    assert (given.due_date, given.pmt_discount_date, given.pmt_discount_pct) == (date(2025, 3, 10), None, 0)


def test_credit_memos_are_due_at_once_unless_the_terms_say_otherwise():
    assert terms_on(TERMS, date(2025, 3, 10), credit_memo=True).due_date == date(2025, 3, 10)
    too = changed(TERMS, disc_on_cr_memos=True)
    assert terms_on(too, date(2025, 3, 10), credit_memo=True).due_date == date(2025, 4, 10)


def test_both_ends_of_a_window_are_in_it():
    window = Window(date(2025, 3, 1), date(2025, 3, 31))
    days = ["2025-02-28", "2025-03-01", "2025-03-31", "2025-04-01"]
    assert [window.allows(date.fromisoformat(day)) for day in days] == [False, True, True, False]
    assert Window(None, None).allows(date(1900, 1, 1))


def test_a_date_of_the_user_replaces_both_of_the_ledger():
    setup = company(pack(ledger_setup={"allow_posting_from": date(2025, 1, 1), "allow_vat_date_to": date(2025, 2, 1)}))
    nothing = filled(UserSetup, "user_setup", {"user_name": "U"})
    until = changed(nothing, allow_posting_to=date(2025, 6, 30), allow_vat_date_from=date(2025, 5, 1))
    assert posting_window(setup, nothing) == posting_window(setup, None) == Window(date(2025, 1, 1), None)
    assert posting_window(setup, until) == Window(None, date(2025, 6, 30))
    assert vat_window(setup, nothing) == Window(None, date(2025, 2, 1))
    assert vat_window(setup, until) == Window(date(2025, 5, 1), None)


# --- numbers --------------------------------------------------------------------------------------------------------

INCREASES = """
PIN-0009 | 1  | PIN-0010
PIN-0099 | 1  | PIN-0100
PIN-9999 | 1  | PIN-10000
I-1      | 1  | I-2
2025-1/A | 1  | 2025-2/A
7        | 10 | 17
A1B07    | 3  | A1B10
"""


@pytest.mark.parametrize(("number", "by", "after"), table(INCREASES))
def test_the_last_run_of_digits_is_raised_keeping_its_width(number: str, by: str, after: str):
    assert increase(number, int(by)) == after


def test_what_cannot_count():
    assert not counts_up("PIN") and counts_up("P1N")
    with pytest.raises(ValueError, match="no digits"):
        increase("PIN")


def line(**values: object) -> SeriesLine:
    return filled(SeriesLine, "number_series_lines", {"series_code": "I", "starting_no": "I-1", **values})


# day        | line(s)                                                  | next  | closes | findings
SERIES = """
2025-03-10 | starting_no=I-1                                            | I-1   | no  |
2025-03-10 | starting_no=I-1 last_no_used=I-9                           | I-10  | no  |
2025-03-10 | starting_no=I-1 last_no_used=I-8 ending_no=I-9             | I-9   | yes |
2025-03-10 | starting_no=I-1 last_no_used=I-9 ending_no=I-9             |       | no  | series_exhausted
2025-03-10 | starting_no=I-1 last_no_used=I-9 ending_no=I-10            | I-10  | yes |
2025-03-10 | starting_no=I-1 last_no_used=I-7 warning_no=I-9            | I-8   | no  |
2025-03-10 | starting_no=I-1 last_no_used=I-8 warning_no=I-9            | I-9   | no  | series_running_out
2025-03-10 | starting_no=I-1 last_no_used=I-9 warning_no=I-9            | I-10  | no  | series_running_out
2025-03-10 | starting_no=I-1 open=no                                    |       | no  | series_exhausted
2025-03-10 | starting_no=I-1 starting_date=2025-03-11                   |       | no  | series_no_line
2025-03-11 | starting_no=I-1 starting_date=2025-03-11                   | I-1   | no  |
2025-03-10 | starting_no=A-1 ; starting_no=B-1 starting_date=2025-01-01 | B-1   | no  |
2024-12-31 | starting_no=A-1 ; starting_no=B-1 starting_date=2025-01-01 | A-1   | no  |
2025-03-10 | starting_no=A-1 ; starting_no=B-1 starting_date=2025-01-01 open=no | A-1 | no |
2025-03-10 | starting_no=I-1 increment_by=10 last_no_used=I-1           | I-11  | no  |
"""


def series_lines(text: str) -> tuple[SeriesLine, ...]:
    found = []
    for one in text.split(";"):
        values: dict[str, object] = dict(part.split("=") for part in one.split())
        if "starting_date" in values:
            values["starting_date"] = date.fromisoformat(str(values["starting_date"]))
        if "increment_by" in values:
            values["increment_by"] = int(str(values["increment_by"]))
        found.append(line(**{**values, "open": values.get("open") != "no"}))
    return tuple(found)


@pytest.mark.parametrize(("day", "lines", "no", "closes", "findings"), table(SERIES))
def test_the_next_number(day: str, lines: str, no: str, closes: str, findings: str):
    found = next_number(gapless("I"), series_lines(lines), date.fromisoformat(day))
    assert (found.no, found.closes_line) == (no, closes == "yes")
    assert [one.code for one in found.findings] == findings.split()


def test_dates_of_a_series_in_date_order_never_go_back():
    lines = (line(last_no_used="I-4", last_date_used=date(2025, 3, 10)),)
    ordered = gapless("I", date_order=True)
    assert next_number(ordered, lines, date(2025, 3, 10)).no == "I-5"
    (late,) = next_number(ordered, lines, date(2025, 3, 9)).findings
    assert late.code == "series_date_order"
    assert next_number(gapless("I"), lines, date(2025, 3, 9)).no == "I-5"


def test_no_series_no_number():
    assert next_number(None, (), date(2025, 3, 10)).no == ""

"""The planner against the worked examples: which days are billed, as which entries, and what moves (C-73 … C-87)."""

from __future__ import annotations

from datetime import date

from tests.billing.made import D, a_contract, a_line, day
from webapp.billing.contract import (
    ContractPlan,
    Gap,
    plan,
    plan_added,
    plan_period,
    plan_starting,
    with_next,
)
from webapp.billing.periods import Next, Span, recomputed
from webapp.posting.records import changed


def lines_of(made: ContractPlan) -> list[str]:
    """Entries as they are written down: days, amount, the account's kind, posting date."""
    return [
        f"{e.line_no // 10000}: {e.days} {e.figures.amount} {'5420' if e.prepaid else '6955'} {e.posting_date}"
        for e in made.entries
    ]


def dates_of(made: ContractPlan) -> str:
    c = made.contract_after
    return f"LID {c.last_invoice_date} NID {c.next_invoice_date} LPE {c.last_period_end} period {c.period}"


def test_w1_monthly_not_prepaid():
    contract, lines = a_contract([a_line(1, "1200", cost="600")])
    assert contract.amount_per_period == D("100.00")
    assert plan_starting(contract, lines, date(2025, 1, 1)).entries == ()
    (made,) = plan(contract, lines, date(2025, 1, 31), date(2025, 1, 31))
    assert lines_of(made) == ["1: 2025-01-01 - 2025-01-31 100.00 6955 2025-01-31"]
    assert made.entries[0].figures.cost == D("50.00")
    assert dates_of(made) == "LID 2025-01-31 NID 2025-02-28 LPE 2025-01-31 period 2025-02-01 - 2025-02-28"
    assert made.lines_after[0].invoiced_to_date == date(2025, 1, 31)
    assert plan(made.contract_after, made.lines_after, date(2025, 1, 31), date(2025, 1, 31)) == []


def test_w2_quarterly_prepaid():
    contract, lines = a_contract([a_line(1, "1000", cost="400")], "quarter", prepaid=True)
    (made,) = plan(contract, lines, date(2025, 1, 1), date(2025, 1, 1))
    assert lines_of(made) == [
        "1: 2025-01-01 - 2025-01-31 83.33 5420 2025-01-01",
        "1: 2025-02-01 - 2025-02-28 83.34 5420 2025-02-01",
        "1: 2025-03-01 - 2025-03-31 83.33 5420 2025-03-01",
    ]
    assert [e.figures.cost for e in made.entries] == [D("33.33"), D("33.34"), D("33.33")]
    assert dates_of(made) == "LID 2025-01-01 NID 2025-04-01 LPE 2025-03-31 period 2025-04-01 - 2025-06-30"


def test_w3_start_in_mid_month():
    contract, lines = a_contract([a_line(1, "1680")], "quarter", "2025-02-10", prepaid=True)
    assert contract.amount_per_period == D("420.00")
    made = plan_starting(contract, lines, date(2025, 2, 10))
    assert lines_of(made) == ["1: 2025-02-10 - 2025-02-28 95.00 6955 2025-02-10"]
    assert made.entries[0].formula == "19 of 28 days of February 2025 × 140.00"
    assert dates_of(made) == "LID 2025-02-10 NID 2025-03-01 LPE 2025-02-28 period 2025-03-01 - 2025-05-31"
    (regular,) = plan(made.contract_after, made.lines_after, date(2025, 3, 1), date(2025, 3, 1))
    assert [e.figures.amount for e in regular.entries] == [D("140.00")] * 3
    assert regular.contract_after.next_invoice_date == date(2025, 6, 1)

    (declined,) = plan(contract, lines, date(2025, 3, 1), date(2025, 3, 1))
    assert lines_of(declined) == [
        "1: 2025-02-10 - 2025-02-28 95.00 5420 2025-02-10",
        "1: 2025-03-01 - 2025-03-31 140.00 5420 2025-03-01",
        "1: 2025-04-01 - 2025-04-30 140.00 5420 2025-04-01",
        "1: 2025-05-01 - 2025-05-31 140.00 5420 2025-05-01",
    ]

    monthly, lines = a_contract([a_line(1, "1680")], "month", "2025-02-10")
    (made,) = plan(monthly, lines, date(2025, 3, 31), date(2025, 3, 31))
    assert lines_of(made) == ["1: 2025-02-10 - 2025-03-31 235.00 6955 2025-03-31"]
    assert made.contract_after.next_invoice_date == date(2025, 4, 30)


def test_w4_a_line_added_later():
    contract, lines = a_contract([a_line(1, "1200")], "quarter", prepaid=True)
    first = plan(contract, lines, date(2025, 1, 1), date(2025, 1, 1))[0]
    new = changed(a_line(2, "600", starting_date="2025-02-10"), new_line=True)
    made = plan_added(first.contract_after, (*first.lines_after, new))
    assert lines_of(made) == [
        "2: 2025-02-10 - 2025-02-28 33.93 5420 2025-02-10",
        "2: 2025-03-01 - 2025-03-31 50.00 5420 2025-03-01",
    ]
    assert made.contract_after.next_invoice_date == date(2025, 4, 1)
    assert made.contract_after.last_invoice_date == date(2025, 1, 1)

    monthly, lines = a_contract([a_line(1, "1200")])
    first = plan(monthly, lines, date(2025, 1, 31), date(2025, 1, 31))[0]
    both = (*first.lines_after, a_line(2, "600", starting_date="2025-02-10"))
    (made,) = plan(first.contract_after, both, date(2025, 2, 28), date(2025, 2, 28))
    assert lines_of(made) == [
        "1: 2025-02-01 - 2025-02-28 100.00 6955 2025-02-28",
        "2: 2025-02-10 - 2025-02-28 33.93 6955 2025-02-28",
    ]


def test_w5_a_line_expiring_inside_a_period():
    ends = a_line(2, "480", contract_expiration_date="2025-05-15")
    contract, lines = a_contract([a_line(1, "1200"), ends], "quarter")
    _first, second, third = plan(contract, lines, date(2025, 9, 30), date(2025, 9, 30))
    assert second.contract.amount_per_period == D("420.00")
    assert lines_of(second) == [
        "1: 2025-04-01 - 2025-06-30 300.00 6955 2025-09-30",
        "2: 2025-04-01 - 2025-05-15 59.35 6955 2025-09-30",
    ]
    assert [line.invoiced_to_date for line in second.lines_after] == [date(2025, 6, 30), date(2025, 5, 15)]
    assert (third.amount, third.ended) == (D("300.00"), (20000,))

    alone, lines = a_contract([ends], "quarter", "2025-04-01", prepaid=True)
    made, after = plan(alone, lines, date(2025, 7, 1), date(2025, 7, 1))
    assert lines_of(made) == [
        "2: 2025-04-01 - 2025-04-30 40.00 5420 2025-04-01",
        "2: 2025-05-01 - 2025-05-15 19.35 5420 2025-05-01",
    ]
    assert (after.amount, after.ended) == (0, (20000,))


def test_w6_discount():
    contract, lines = a_contract([a_line(1, "1000", discount="10"), a_line(2, "600", discount="100")], "quarter",
                                 prepaid=True)  # fmt: skip
    (made,) = plan(contract, lines, date(2025, 1, 1), date(2025, 1, 1))
    figures = [(e.figures.amount, e.figures.price, e.figures.discount, e.figures.discount_pct) for e in made.entries]
    assert figures == [
        (D("75.00"), D("83.33"), D("8.33"), D("9.99640")),
        (D("75.00"), D("83.34"), D("8.34"), D("10.00720")),
        (D("75.00"), D("83.33"), D("8.33"), D("9.99640")),
        *[(D("0.00"), D("50.00"), D("50.00"), D("100.00000"))] * 3,
    ]


def test_w8_a_year_with_a_leap_day():
    contract, lines = a_contract([a_line(1, "1000")], "year", "2023-03-01")
    (made,) = plan(contract, lines, date(2024, 2, 29), date(2024, 2, 29))
    assert lines_of(made) == ["1: 2023-03-01 - 2024-02-29 1000.00 6955 2024-02-29"]
    assert dates_of(made) == "LID 2024-02-29 NID 2025-02-28 LPE 2024-02-29 period 2024-03-01 - 2025-02-28"


def test_w9_three_periods_due_at_once():
    contract, lines = a_contract([a_line(1, "1000")])
    made = plan(contract, lines, date(2025, 3, 31), date(2025, 4, 5))
    assert [lines_of(one) for one in made] == [
        ["1: 2025-01-01 - 2025-01-31 83.33 6955 2025-04-05"],
        ["1: 2025-02-01 - 2025-02-28 83.33 6955 2025-04-05"],
        ["1: 2025-03-01 - 2025-03-31 83.33 6955 2025-04-05"],
    ]
    assert made[-1].contract_after.next_invoice_date == date(2025, 4, 30)


def test_w12_an_expired_contract_and_its_renewal():
    contract, lines = a_contract([a_line(1, "1200")], end="2025-06-15")
    made = plan(contract, lines, date(2025, 7, 31), date(2025, 6, 30))
    assert len(made) == 6
    assert made[5].contract.amount_per_period == D("50.00")
    assert lines_of(made[5]) == ["1: 2025-06-01 - 2025-06-15 50.00 6955 2025-06-30"]
    ended = made[5].contract_after
    assert (ended.last_invoice_date, ended.next_invoice_date, ended.period) == (date(2025, 6, 15), None, None)
    assert ended.amount_per_period == 0
    renewed = changed(ended, expiration_date=day("2025-12-31"))
    renewed = with_next(renewed, recomputed(renewed.agreed, None, renewed.last_invoice_date))
    line = changed(made[5].lines_after[0], contract_expiration_date=day("2025-12-31"))
    (july,) = plan(renewed, [line], date(2025, 7, 31), date(2025, 7, 31))
    assert lines_of(july) == [
        "1: 2025-06-16 - 2025-06-30 50.00 6955 2025-07-31",
        "1: 2025-07-01 - 2025-07-31 100.00 6955 2025-07-31",
    ]


def test_w15_one_year_over_thirteen_months():
    contract, lines = a_contract([a_line(1, "8200")], "year", "2024-04-02", "2025-04-01", prepaid=True)
    assert (contract.next_invoice_date, contract.amount_per_period) == (date(2024, 5, 1), D("7539.44"))
    made = plan_period(contract, lines, date(2024, 5, 1), "card")
    assert [str(e.figures.amount) for e in made.entries] == [
        "660.56", "683.33", "683.33", "683.33", "683.33", "683.34", "683.33", "683.34", "683.33", "683.34", "683.33",
        "683.34", "22.77",
    ]  # fmt: skip
    assert (made.entries[0].prepaid, made.entries[0].posting_date) == (False, date(2024, 5, 1))
    assert made.entries[-1].posting_date == date(2025, 4, 1)
    assert (made.amount, made.contract_after.next_invoice_date) == (D("8200.00"), None)


def test_w16_a_part_of_a_year():
    contract, lines = a_contract([a_line(1, "120")], "year", "2022-02-10", "2022-08-09", prepaid=True)
    start = plan_starting(contract, lines, date(2022, 2, 10))
    assert lines_of(start) == ["1: 2022-02-10 - 2022-02-28 6.79 6955 2022-02-10"]
    (made,) = plan(start.contract_after, start.lines_after, date(2022, 3, 1), date(2022, 3, 1))
    assert [(str(e.posting_date), str(e.figures.amount)) for e in made.entries] == [
        ("2022-03-01", "10.00"), ("2022-04-01", "10.00"), ("2022-05-01", "10.00"), ("2022-06-01", "10.00"),
        ("2022-07-01", "10.00"), ("2022-08-01", "2.90"),
    ]  # fmt: skip
    assert made.contract_after.next_invoice_date is None

    late = a_line(1, "1200", starting_date="2015-01-05")
    contract, lines = a_contract([late], "year", "2015-01-01", prepaid=True)
    (made,) = plan(contract, lines, date(2015, 1, 1), date(2015, 1, 1))
    assert made.amount == D("1187.10")
    assert [(str(e.posting_date), str(e.figures.amount)) for e in made.entries][:2] == [
        ("2015-01-05", "87.10"),
        ("2015-02-01", "100.00"),
    ]
    short = changed(lines[0], contract_expiration_date=date(2015, 1, 27))
    (made,) = plan(contract, [short], date(2015, 1, 1), date(2015, 1, 1))
    assert lines_of(made) == ["1: 2015-01-05 - 2015-01-27 74.19 5420 2015-01-05"]


def test_days_declined_on_one_contract_are_named():
    contract, lines = a_contract([a_line(1, "1680")], "quarter", "2025-02-10", prepaid=True)
    made = plan_period(contract, lines, date(2025, 3, 1), "leave")
    assert made.left == (Gap(10000, Span(date(2025, 2, 10), date(2025, 2, 28)), D("95.00")),)
    assert made.amount == D("420.00")
    monthly, lines = a_contract([a_line(1, "1680")], "month", "2025-02-10")
    made = plan_period(monthly, lines, date(2025, 3, 31), "leave")
    assert (made.left, made.amount) == ((), D("235.00"))


def test_a_line_that_ended_before_the_first_period_is_billed_with_it():
    ended = a_line(2, "1200", contract_expiration_date="2025-02-20")
    contract, lines = a_contract([a_line(1, "1200"), ended], "month", "2025-02-10")
    (made,) = plan(contract, lines, date(2025, 3, 31), date(2025, 3, 31))
    assert lines_of(made)[1] == "2: 2025-02-10 - 2025-02-20 39.29 6955 2025-03-31"
    assert made.ended == ()


def test_a_credited_line_is_not_billed_after_its_end():
    gone = a_line(1, "1200", invoiced_to_date="2025-03-31", contract_expiration_date="2025-02-16", credited=True)
    contract, lines = a_contract([gone], "quarter", prepaid=True, last_invoice_date="2025-01-01")
    contract = with_next(contract, Next(date(2025, 4, 1), date(2025, 4, 1), date(2025, 6, 30)))
    made = plan_period(contract, lines, date(2025, 4, 1))
    assert (made.entries, made.ended) == ((), (10000,))

"""Amounts of a contract while they are agreed (C-46 … C-62)."""

from __future__ import annotations

import pytest

from tests.billing.made import D, a_contract, a_line
from webapp.billing.amounts import (
    balanced,
    distributed,
    with_amount,
    with_cost,
    with_discount_amount,
    with_discount_pct,
    with_profit,
    with_value,
)
from webapp.billing.records import ContractLine
from webapp.posting.records import changed


def figures(line: ContractLine) -> str:
    return f"{line.line_value} {line.line_discount_pct} {line.line_discount_amount} {line.line_amount} {line.profit}"


def test_what_a_typed_figure_makes_of_the_others():
    line = a_line(1, "1000.00", cost="400.00", discount="10")
    assert figures(line) == "1000.00 10 100.00 900.00 500.00"
    assert figures(with_value(line, D("1200.00"))) == "1200.00 10 120.00 1080.00 680.00"
    assert figures(with_discount_pct(line, D("33.333"))) == "1000.00 33.333 333.33 666.67 266.67"
    assert figures(with_amount(line, D("850.00"))) == "1000.00 15.00000 150.00 850.00 450.00"
    assert figures(with_amount(line, D("1100.00"))) == "1000.00 -10.00000 -100.00 1100.00 700.00"
    assert figures(with_discount_amount(line, D("50.00"))) == "1000.00 5.00000 50.00 950.00 550.00"
    assert figures(with_profit(line, D("300.00"))) == "1000.00 30.00000 300.00 700.00 300.00"
    assert figures(with_cost(line, D("500.00"))) == "1000.00 10 100.00 900.00 400.00"


@pytest.mark.parametrize(
    "amounts, profits, annual, way, expected",
    [
        ("40 45 63", "", "139", "even", "37.00 42.00 60.00"),
        ("25 55.10 112.70", "5 5.10 12.70", "180", "by_profit", "22.19 52.24 105.57"),
        ("16.49 23 26.19", "", "60", "by_line_amount", "15.06 21.01 23.93"),
    ],
)
def test_a_new_annual_amount_over_the_lines(amounts: str, profits: str, annual: str, way: str, expected: str):
    costs = [D(a) - D(p) for a, p in zip(amounts.split(), profits.split(), strict=True)] if profits else [D(0)] * 3
    lines = [a_line(i, a, str(c)) for i, (a, c) in enumerate(zip(amounts.split(), costs, strict=True), 1)]
    after, found = distributed(lines, D(annual), way)
    assert [str(line.line_amount) for line in after] == expected.split()
    assert (sum(line.line_amount for line in after), found) == (D(annual), [])


def test_what_cannot_be_distributed():
    assert [f.code for f in distributed([], D(10), "even")[1]] == ["contract_without_lines"]
    assert [f.code for f in distributed([a_line(1, "0")], D(10), "even")[1]] == ["contract_line_value_zero"]
    no_profit = [a_line(1, "100", "100")]
    assert [f.code for f in distributed(no_profit, D(10), "by_profit")[1]] == ["contract_distribution_impossible"]
    _, low = distributed([a_line(1, "100"), a_line(2, "10")], D(90), "even")
    assert [(f.code, f.line) for f in low] == [("contract_line_at_zero", 20000)]
    _, below = distributed([a_line(1, "100"), a_line(2, "10")], D(80), "even")
    assert [(f.code, f.line) for f in below] == [("contract_line_below_zero", 20000)]


def test_the_annual_amount_follows_the_lines_unless_it_may_differ():
    contract, lines = a_contract([a_line(1, "1200")], "quarter")
    more = (*lines, a_line(2, "600"))
    assert (balanced(contract, more).annual_amount, balanced(contract, more).amount_per_period) == (D(1800), D(450))
    loose = changed(contract, allow_unbalanced_amounts=True)
    assert balanced(loose, more).annual_amount == D(1200)


def test_the_amount_per_period_of_a_period_cut_short():
    contract, _ = a_contract([a_line(1, "1200")], "year", "2026-02-01", "2026-11-30", prepaid=True)
    assert contract.amount_per_period == D("1000.00")
    whole, _ = a_contract([a_line(1, "1200")], "year", "2026-02-01", "2027-01-31", prepaid=True)
    assert whole.amount_per_period == D("1200.00")

"""Every day of a line is in one state, read from its entries (C-171)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.billing.made import D, a_contract, a_line
from tests.billing.test_plan_properties import Made, contracts
from webapp.billing.contract import ContractPlan, plan
from webapp.billing.coverage import coverage
from webapp.billing.periods import DAY
from webapp.billing.records import ContractEntry, Waiver
from webapp.posting.records import changed

NO = 10000


def entry(no: int, first: str, last: str, back: bool = False, **fields: object) -> ContractEntry:
    made = ContractEntry(
        no, "SC-1", NO, date.fromisoformat(first), date.fromisoformat(first), date.fromisoformat(last), "invoice",
        f"I-{no}", D(1) if back else D(-1), D(0), D(0), False, False, True, False, None,
    )  # fmt: skip
    return changed(made, **fields)  # type: ignore[arg-type]


def shown(line: object, entries: list[ContractEntry], waivers: list[Waiver], until: str) -> list[str]:
    contract, lines = a_contract([line])  # type: ignore[list-item]
    found = coverage(contract, lines[0], entries, waivers, date.fromisoformat(until))
    return [f"{one.days} {one.state} {one.document_no}".strip() for one in found]


def test_invoiced_credited_waived_waiting_and_forgotten_days():
    line = a_line(1, "1200", invoiced_to_date="2025-05-31")
    entries = [
        entry(1, "2025-01-01", "2025-01-31"),
        entry(2, "2025-03-01", "2025-03-31"),
        entry(3, "2025-03-16", "2025-03-31", back=True, document_type="credit_memo", document_no="C-1"),
        entry(4, "2025-05-01", "2025-05-31", open=True, document_type="blank", document_no="CI-4"),
    ]
    given_away = [Waiver(NO, date(2025, 4, 1), date(2025, 4, 10), D(0), "agreed", "X", datetime.now(UTC))]
    assert shown(line, entries, given_away, "2025-06-30") == [
        "2025-01-01 - 2025-01-31 invoiced I-1",
        "2025-02-01 - 2025-02-28 gap",
        "2025-03-01 - 2025-03-15 invoiced I-2",
        "2025-03-16 - 2025-03-31 credited C-1",
        "2025-04-01 - 2025-04-10 waived",
        "2025-04-11 - 2025-04-30 gap",
        "2025-05-01 - 2025-05-31 draft CI-4",
        "2025-06-01 - 2025-06-30 waiting",
    ]


def test_what_was_deleted_waits_again_and_what_is_billed_twice_is_seen():
    line = a_line(1, "1200", contract_expiration_date="2025-02-28")
    gone = [entry(1, "2025-01-01", "2025-01-31", document_type="blank", document_no="CI-1"),
            entry(2, "2025-01-01", "2025-01-31", back=True, document_type="blank", applies_to_entry_no=1)]  # fmt: skip
    assert shown(line, gone, [], "2025-12-31") == ["2025-01-01 - 2025-02-28 waiting"]
    again = [*gone, entry(3, "2025-01-01", "2025-01-31")]
    assert shown(line, again, [], "2025-12-31")[0] == "2025-01-01 - 2025-01-31 invoiced I-3"
    twice = [*again, entry(4, "2025-01-10", "2025-01-12")]
    assert "2025-01-10 - 2025-01-12 overlap" in shown(line, twice, [], "2025-12-31")


def as_entries(made: list[ContractPlan]) -> list[ContractEntry]:
    return [
        changed(entry(n, "2025-01-01", "2025-01-01"), contract_line_no=e.line_no, period_from=e.days.first,
                period_to=e.days.last)
        for n, e in enumerate((e for one in made for e in one.entries), 1)
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(contracts(), st.integers(0, 900))
def test_after_any_run_each_day_is_invoiced_or_waits(made: Made, wait: int):
    """O-13: a run leaves no gap and no overlap, and its days are what the entries say."""
    contract, lines = made
    assert contract.starting_date
    until = date.fromordinal(contract.starting_date.toordinal() + wait)
    found = [one for one in plan(contract, lines, until, until) if one.amount]
    after = found[-1].lines_after if found else lines
    for line in after:
        stretches = coverage(contract, line, as_entries(found), [], until)
        assert {one.state for one in stretches} <= {"invoiced", "waiting"}
        for one, other in pairwise(stretches):
            assert other.days.first == one.days.last + DAY

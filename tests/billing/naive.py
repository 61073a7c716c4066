"""A second planner, written day by day and without the first one's ideas: slow, plain, to check it against.

It walks over calendar days. A day of a line is owed when the line runs on it and no invoice has taken it; an invoice
takes every owed day up to the end of its period. Nothing of `webapp.billing` is used but the records.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from webapp.billing.records import Contract, ContractLine

LENGTH = {"month": 1, "two_months": 2, "quarter": 3, "half_year": 6, "year": 12}
ONE = timedelta(1)


@dataclass(frozen=True)
class Billed:
    line_no: int
    first: date
    last: date
    cents: int
    prepaid: bool


def cents(value: Fraction) -> int:
    """Halves up; nothing here is negative."""
    return int(value * 100 + Fraction(1, 2))


def days_of(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def periods(contract: Contract) -> Iterator[tuple[date, date]]:
    """First and last day of each period, counted in whole months from the first full one."""
    start = contract.starting_date
    assert start is not None
    at = start.year * 12 + start.month - 1 + (start.day > 1)
    n = LENGTH[contract.invoice_period]
    while True:
        first = date(at // 12, at % 12 + 1, 1)
        end = at + n - 1
        last = date(end // 12, end % 12 + 1, days_of(end // 12, end % 12 + 1))
        ends = contract.expiration_date
        if ends is not None and first > ends:
            return
        yield first, min(last, ends) if ends else last
        at += n


def invoices(contract: Contract, lines: Sequence[ContractLine], until: date) -> list[list[Billed]]:
    """The invoices that are due up to a day, each as its pieces."""
    taken: set[tuple[int, date]] = set()
    made = []
    for first, last in periods(contract):
        due = first if contract.prepaid else last
        if due > until:
            break
        pieces: list[Billed] = []
        for line in lines:
            owed = [d for d in running(contract, line, last) if (line.line_no, d) not in taken]
            taken |= {(line.line_no, d) for d in owed}
            if contract.prepaid:
                pieces += by_months(line, [d for d in owed if d < first])
                pieces += by_months(line, [d for d in owed if d >= first])
            elif owed:
                pieces.append(Billed(line.line_no, owed[0], owed[-1], cents(worth(line, owed)), prepaid=False))
        if not sum(piece.cents for piece in pieces):
            break
        made.append(pieces)
    return made


def running(contract: Contract, line: ContractLine, last: date) -> Iterator[date]:
    """The days up to `last` on which the line runs."""
    day = line.starting_date or contract.starting_date
    assert day is not None
    ends = line.contract_expiration_date
    while day <= last and (ends is None or day <= ends):
        yield day
        day += ONE


def worth(line: ContractLine, days: Sequence[date]) -> Fraction:
    """A day is worth its share of its own month, a month a twelfth of the year."""
    return sum((Fraction(line.line_amount) / 12 / days_of(d.year, d.month) for d in days), Fraction(0))


def by_months(line: ContractLine, days: Sequence[date]) -> list[Billed]:
    """One piece per month: part months are worth their days, the rest is spread over the whole ones."""
    if not days:
        return []
    months: dict[tuple[int, int], list[date]] = {}
    for d in days:
        months.setdefault((d.year, d.month), []).append(d)
    total = cents(worth(line, days))
    amounts = {key: cents(worth(line, own)) for key, own in months.items()}
    whole = [key for key, own in months.items() if len(own) == days_of(*key)]
    left = Fraction(line.line_amount) / 12 * len(whole)
    for position, key in enumerate(whole):
        amounts[key] = cents(left / (len(whole) - position))
        left -= Fraction(amounts[key], 100)
    parts = [key for key in months if key not in whole]
    last_made = parts[-1] if parts else whole[-1]
    amounts[last_made] += total - sum(amounts.values())
    return [Billed(line.line_no, own[0], own[-1], amounts[key], prepaid=True) for key, own in months.items()]

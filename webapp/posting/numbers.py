"""Number series: which number comes next (P-148 … P-150). Pure; the store draws it under lock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from webapp.posting.findings import Finding, finding
from webapp.posting.records import changed
from webapp.posting.setup import NumberSeries, SeriesLine

_DIGITS = re.compile(r"^(.*?)(\d+)(\D*)$", re.S)


def increase(number: str, by: int = 1) -> str:
    """The number with its last run of digits raised, keeping its width: PIN-0009 becomes PIN-0010 (P-148)."""
    match = _DIGITS.match(number)
    if match is None:
        raise ValueError(f"{number!r} holds no digits")
    head, digits, tail = match.groups()
    # the last run: `.*?` with a greedy tail of non-digits finds it
    return f"{head}{int(digits) + by:0{len(digits)}d}{tail}"


def counts_up(number: str) -> bool:
    """Whether the number holds digits to raise."""
    return _DIGITS.match(number) is not None


def _ordinal(number: str) -> tuple[int, str]:
    return len(number), number


@dataclass(frozen=True, slots=True)
class NextNumber:
    """The number a series gives next, the line it comes from, and what to tell about it."""

    no: str = ""
    line: SeriesLine | None = None
    closes_line: bool = False
    findings: tuple[Finding, ...] = ()


def next_number(series: NumberSeries | None, lines: tuple[SeriesLine, ...], day: date) -> NextNumber:
    """The next number of a series on a day, drawing nothing (P-148, O-10).

    Findings: series_missing is the caller's; here series_no_line, series_exhausted, series_date_order and the warning
    series_running_out.
    """
    if series is None:
        return NextNumber()
    started = [line for line in lines if line.starting_date is None or line.starting_date <= day]
    started.sort(key=lambda line: line.starting_date or date.min)
    usable = [line for line in started if line.open]
    if not usable:
        code = "series_exhausted" if started else "series_no_line"
        return NextNumber(findings=(finding(code, series=series.code, date=day),))
    line = usable[-1]
    if series.date_order and line.last_date_used is not None and day < line.last_date_used:
        late = finding(
            "series_date_order", series=series.code, last=line.last_date_used, date=day, field="posting_date"
        )
        return NextNumber(findings=(late,))
    no = increase(line.last_no_used, line.increment_by) if line.last_no_used else line.starting_no
    if line.ending_no and _ordinal(no) > _ordinal(line.ending_no):
        return NextNumber(findings=(finding("series_exhausted", series=series.code),))
    warned = line.warning_no and _ordinal(no) >= _ordinal(line.warning_no)
    findings = (finding("series_running_out", series=series.code, no=no),) if warned else ()
    return NextNumber(no, line, bool(line.ending_no) and no == line.ending_no, findings)


@dataclass(frozen=True, slots=True)
class NextNumbers:
    """Numbers that a series gives one after the other, and its lines as they are then; none with findings."""

    nos: tuple[str, ...]
    lines: tuple[SeriesLine, ...] = ()
    findings: tuple[Finding, ...] = ()


def next_numbers(series: NumberSeries | None, lines: tuple[SeriesLine, ...], day: date, count: int) -> NextNumbers:
    """The next `count` numbers of a series on a day, all of them or none (P-148); only errors are told."""
    nos: list[str] = []
    after = {line.id: line for line in lines}
    for _ in range(count):
        given = next_number(series, tuple(after.values()), day)
        if given.line is None:
            return NextNumbers((), (), given.findings)
        nos.append(given.no)
        after[given.line.id] = changed(
            given.line,
            last_no_used=given.no,
            last_date_used=max(day, given.line.last_date_used or day),
            open=not given.closes_line,
        )
    return NextNumbers(tuple(nos), tuple(line for line in after.values() if line not in lines))

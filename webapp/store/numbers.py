"""Draws numbers from number series, last and briefly, inside the transaction that uses them (P-148 … P-150, O-3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from db.session import Batch, Session
from webapp.posting.findings import Finding, finding
from webapp.posting.numbers import NextNumber, NextNumbers, next_number
from webapp.posting.numbers import next_numbers as successive
from webapp.posting.setup import Setup
from webapp.store.readers import SERIES
from webapp.store.snapshots import marks

_DRAWN = "UPDATE number_series_line SET last_no_used = ?, last_date_used = ?, open = ? WHERE id = ?"


async def next_numbers(
    session: Session, setup: Setup, series: Mapping[str, str], day: date
) -> tuple[dict[str, str], Batch, list[Finding]]:
    """The next number of each series (by role) under lock, and the statement that draws them, to be executed with what
    uses them; nothing is drawn when one of them has none to give."""
    codes = sorted(set(series.values()))
    if not codes:
        return {}, (_DRAWN, []), []
    lock = " FOR UPDATE" if session.dialect == "postgresql" else ""
    sql = SERIES.sql(f"WHERE series_code IN ({marks(codes)}) ORDER BY id") + lock
    lines = SERIES.all(await session.fetch(sql, *codes))
    drawn: dict[str, NextNumber] = {}
    for role, code in series.items():
        own = tuple(line for line in lines if line.series_code == code)
        drawn[role] = next_number(setup.number_series.get(code), own, day)
    errors = [f for number in drawn.values() for f in number.findings if f.is_error]
    if errors:
        return {}, (_DRAWN, []), errors
    rows = [
        (number.no, max(day, number.line.last_date_used or day), not number.closes_line, number.line.id)
        for number in drawn.values()
        if number.line is not None
    ]
    return {role: number.no for role, number in drawn.items()}, (_DRAWN, rows), []


async def several_numbers(
    session: Session, setup: Setup, code: str, day: date, count: int
) -> tuple[NextNumbers, Batch]:
    """As `next_numbers`, for so many documents of one series."""
    lock = " FOR UPDATE" if session.dialect == "postgresql" else ""
    lines = SERIES.all(await session.fetch(SERIES.sql("WHERE series_code = ? ORDER BY id") + lock, code))
    given = successive(setup.number_series.get(code), tuple(lines), day, count)
    return given, (_DRAWN, [(one.last_no_used, one.last_date_used, one.open, one.id) for one in given.lines])


async def draw(
    session: Session, setup: Setup, series: Mapping[str, str], day: date
) -> tuple[dict[str, str], list[Finding]]:
    """The next number of each series (by role), drawn; nothing is drawn when one of them has none to give."""
    numbers, drawing, findings = await next_numbers(session, setup, series, day)
    if numbers:
        await session.execute_all([drawing])
    return numbers, findings


async def new_document_number(
    session: Session, setup: Setup, series_code: str, typed: str, day: date, *, kind: str
) -> tuple[str, list[Finding]]:
    """The number of a new open document: typed where the series allows it, else drawn (D-2, P-148)."""
    series = setup.number_series.get(series_code)
    if series is None:
        label = f"{kind} nos."
        return "", [finding("series_missing", table="service_setup", label=label, kind=f"{kind}s")]
    if typed:
        if series.manual_nos:
            return typed, []
        return "", [finding("number_not_allowed", field="no", no=typed, series=series_code)]
    if not series.default_nos:
        return "", [finding("number_must_be_typed", field="no", series=series_code)]
    numbers, findings = await draw(session, setup, {"document": series_code}, day)
    return numbers.get("document", ""), findings

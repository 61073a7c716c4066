"""Recomputes the books from the rows, without the code that wrote them, and names each row that disagrees (R-1)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from db.engine import reading
from db.session import Session
from webapp.store.attachments import broken_attachments
from webapp.store.coverage import wrong_lines
from webapp.store.posted_files import broken_files
from webapp.store.verify_entries import ENTRIES
from webapp.store.verify_rules import RULES, Rule
from webapp.store.verify_seals import SEALS, broken_seals

WINDOW = 2000
SCALE = Decimal(100000)
# What bears numbers of a posted series, each with its number, its series and its posting date.
HEADERS = (
    "service_shipment_header",
    "service_invoice_header",
    "service_cr_memo_header",
    "(SELECT r.source_no AS no, r.no_series, e.posting_date FROM posting_run r JOIN customer_ledger_entry e"
    " ON e.posting_run_no = r.no WHERE r.source_type = 'payment') payment",
    "(SELECT r.source_no AS no, r.no_series, MIN(g.posting_date) AS posting_date FROM posting_run r JOIN gl_entry g"
    " ON g.posting_run_no = r.no WHERE r.source_type = 'release' GROUP BY r.source_no, r.no_series) prepaid_release",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that disagrees, the rule it breaks, and what is wrong. One that is only `listed` breaks none: it is open,
    and on record is why, until somebody decides about it (C-171)."""

    rule: str
    record: str
    message: str
    listed: bool = False

    def __str__(self) -> str:
        return f"{self.rule} {self.record}: {self.message}"


async def verify() -> AsyncIterator[Fault]:
    """Every row that disagrees, as one consistent view of the database shows it."""
    async with reading() as session:
        for window in ("whole", "run", "order", "item entry", "customer entry"):
            rules = [rule for rule in (*RULES, *ENTRIES, *SEALS) if rule.window == window]
            async for low, high in _windows(session, window):
                queries = [(rule.sql, (low, high) * rule.sql.count("BETWEEN ? AND ?")) for rule in rules]
                for rule, rows in zip(rules, await session.fetch_all(queries), strict=True):
                    for row in rows:
                        yield _fault(rule, row)
        async for fault in _vat_rates(session):
            yield fault
        async for fault in _contract_days(session):
            yield fault
        async for fault in _series(session):
            yield fault
        async for record, message in broken_seals(session):
            yield Fault("R-1.10", record, message)
        async for record, message in broken_files(session):
            yield Fault("D-120", record, message)
        async for record, message in broken_attachments(session):
            yield Fault("D-33", record, message)


def _fault(rule: Rule, row: Sequence[Any]) -> Fault:
    values = [_shown(value, n in rule.amounts) for n, value in enumerate(row)]
    return Fault(rule.rule, rule.record.format(*values), rule.message.format(*values))


def _shown(value: Any, scaled: bool) -> str:
    if scaled:
        return f"{(Decimal(int(value or 0)) / SCALE).normalize():f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


# --- windows --------------------------------------------------------------------------------------------------------

_NEXT = {
    "run": "SELECT no FROM posting_run WHERE no > ? ORDER BY no",
    "item entry": "SELECT entry_no FROM item_ledger_entry WHERE entry_no > ? ORDER BY entry_no",
    "customer entry": "SELECT entry_no FROM customer_ledger_entry WHERE entry_no > ? ORDER BY entry_no",
    "order": " UNION ".join(
        f"SELECT * FROM (SELECT DISTINCT {key} FROM {table} WHERE {key} > ? ORDER BY {key} LIMIT {WINDOW}) {table}"
        for table, key in (
            ("service_shipment_line", "order_no"),
            ("service_invoice_line", "order_no"),
            ("service_header", "no"),
        )
    )
    + " ORDER BY 1",
}


async def _windows(session: Session, window: str) -> AsyncIterator[tuple[Any, Any]]:
    """The bounds of one part of the data after the other."""
    if window == "whole":
        yield None, None
        return
    sql = _NEXT[window]
    last: Any = "" if window == "order" else 0
    while True:
        rows = await session.fetch(f"{sql} LIMIT {WINDOW}", *(last,) * sql.count("?"))
        if not rows:
            return
        yield rows[0][0], rows[-1][0]
        last = rows[-1][0]


# --- base × rate = amount -------------------------------------------------------------------------------------------

_VAT = """
SELECT v.entry_no, v.base, v.amount, v.vat_pct, v.calculation_type, v.document_no,
    (SELECT COUNT(*) FROM service_invoice_line l WHERE l.document_no = h.no AND l.type <> 'blank')
        + (SELECT COUNT(*) FROM service_cr_memo_line l WHERE l.document_no = c_h.no AND l.type <> 'blank'),
    s.amount_rounding_precision, COALESCE(c.amount_rounding_precision, s.amount_rounding_precision),
    COALESCE(h.relational_amount, c_h.relational_amount, 1), COALESCE(h.exchange_amount, c_h.exchange_amount, 1)
FROM vat_entry v CROSS JOIN ledger_setup s LEFT JOIN currency c ON c.code = v.source_currency_code
LEFT JOIN service_invoice_header h ON h.no = v.document_no AND v.document_type = 'invoice'
LEFT JOIN service_cr_memo_header c_h ON c_h.no = v.document_no AND v.document_type = 'credit_memo'
WHERE v.posting_run_no BETWEEN ? AND ?"""


async def _vat_rates(session: Session) -> AsyncIterator[Fault]:
    """VAT is rounded once per group and spread over its lines: a VAT entry may be off by a unit for each line."""
    async for low, high in _windows(session, "run"):
        for row in await session.fetch(_VAT, low, high):
            no, base, amount, pct, kind, _, lines, lcy, unit, relational, exchange = row
            allowed = (lcy + unit * max(relational, exchange) // exchange) * (int(lines) + 2)
            wrong = {
                "normal": abs(base * pct - amount * 10_000_000) > allowed * 10_000_000,
                "reverse_charge": amount != 0,
                "full": base != 0,
            }
            if wrong[kind]:
                shown = [_shown(value, True) for value in (base, pct, amount)]
                yield Fault("R-1.3", f"vat_entry {no}", "{} at {} % ({}) is not {}".format(*shown[:2], kind, shown[2]))


# --- 8. days of contract lines --------------------------------------------------------------------------------------


async def _contract_days(session: Session) -> AsyncIterator[Fault]:
    """Every day of a contract line up to which it is invoiced is billed once, credited, or given away; or it was left
    unbilled by somebody, which the invoice, the removed line or the cancelled contract says."""
    async for covered, stretch in wrong_lines(session, datetime.now(UTC).date()):
        record = f"contract {covered.contract.no} line {covered.line.line_no}"
        what = "are billed twice" if stretch.state == "overlap" else "are neither billed nor credited nor given away"
        worth, why = f"{covered.worth(stretch.days):.2f}", covered.reason(stretch)
        text = f"{stretch.days.first} to {stretch.days.last} {what} ({worth})"
        yield Fault("R-1.8", record, f"{text}: {why}" if why else text, bool(why))


# --- 9. number series -----------------------------------------------------------------------------------------------

_SERIES = """
SELECT s.code, s.gapless, s.date_order, l.starting_no, l.last_no_used, l.increment_by
FROM number_series s JOIN number_series_line l ON l.series_code = s.code
WHERE (s.gapless OR s.date_order) AND l.last_no_used <> '' ORDER BY s.code, l.starting_date, l.id"""


async def _series(session: Session) -> AsyncIterator[Fault]:
    """Every gapless series: each number once, none beside them; dates in order where the series asks for it."""
    expected: dict[str, int] = {}
    for code, gapless, date_order, first, last, step in await session.fetch(_SERIES):
        tables = [table for table in HEADERS if await _uses(session, table, code)]
        if not tables:
            continue
        before: date | None = None
        for numbers in _in_parts(_numbers(first, last, step)):
            found: dict[str, list[date]] = {}
            for table in tables:
                marks = ", ".join("?" * len(numbers))
                sql = f"SELECT no, posting_date FROM {table} WHERE no_series = ? AND no IN ({marks})"
                for no, day in await session.fetch(sql, code, *numbers):
                    found.setdefault(no, []).append(day)
            for no in numbers:
                days = found.get(no, [])
                expected[code] = expected.get(code, 0) + len(days)
                if gapless and len(days) != 1:
                    what = "is missing" if not days else f"is there {len(days)} times"
                    yield Fault("R-1.9", f"number {no} of series {code}", what)
                if date_order and days and before and days[0] < before:
                    yield Fault("R-1.9", f"number {no} of series {code}", f"{days[0]} is before {before}")
                before = days[-1] if days else before
    gapless_codes = {str(row[0]) for row in await session.fetch("SELECT code FROM number_series WHERE gapless")}
    async for fault in _strays(session, gapless_codes, expected):
        yield fault


async def _uses(session: Session, table: str, code: str) -> bool:
    return bool(await session.fetch(f"SELECT 1 FROM {table} WHERE no_series = ? LIMIT 1", code))


async def _strays(session: Session, codes: set[str], expected: dict[str, int]) -> AsyncIterator[Fault]:
    """Documents of a gapless series whose numbers the series has not given."""
    for code in sorted(codes):
        counts = [
            int((await session.fetch(f"SELECT COUNT(*) FROM {table} WHERE no_series = ?", code))[0][0])
            for table in HEADERS
        ]
        if sum(counts) != expected.get(code, 0):
            message = f"it has given {expected.get(code, 0)} numbers, {sum(counts)} documents bear its name"
            yield Fault("R-1.9", f"series {code}", message)


_LAST_DIGITS = re.compile(r"^(.*?)(\d+)(\D*)$", re.S)


def _numbers(first: str, last: str, step: int) -> Iterator[str]:
    """The numbers of a series from its first to the last it has given: its last run of digits counts up."""
    match, end = _LAST_DIGITS.match(first), _LAST_DIGITS.match(last)
    if match is None or end is None:
        return
    head, digits, tail = match.groups()
    for number in range(int(digits), int(end.group(2)) + 1, max(int(step), 1)):
        yield f"{head}{number:0{len(digits)}d}{tail}"


def _in_parts(numbers: Iterator[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for no in numbers:
        part.append(no)
        if len(part) == WINDOW // 4:
            yield part
            part = []
    if part:
        yield part

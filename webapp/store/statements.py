"""The account of a customer in a period, page by page, with what is overdue at its end (D-135)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from db.engine import fetch, reading, transaction
from db.session import Query, Row, Session
from webapp.paper.statement import StatementPaper
from webapp.posting.aging import Column, columns_of, spread
from webapp.posting.sending import is_address
from webapp.posting.snapshot import ZERO
from webapp.store.acting import Acting
from webapp.store.aged import (
    COMPANY,
    MOST_ROWS,
    balances_as_of,
    company_of,
    customers_like,
    entries_as_of,
    one_customer,
)
from webapp.store.outbox import Candidate, Many, statements_gone, statements_out
from webapp.store.paper import words_of
from webapp.store.rows import day_from, money_from

Record = dict[str, Any]
MOST_SHOWN = 50
_BEHIND_ALL = 2**62  # more than any number of a posting run


@dataclass(frozen=True, slots=True)
class Place:
    """Where an account is read on: behind this posting run of this day."""

    day: date
    run: int = _BEHIND_ALL


Aging = Literal["due_date", "posting_date", "none"]


@dataclass(frozen=True, slots=True)
class Options:
    """How a statement is made: by what the open amounts are aged, if at all, and whether it shows what was taken back
    again in the period: discounts, and what was applied across currencies."""

    aging: Aging = "due_date"
    taken_back: bool = False


STANDARD = Options()


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A movement of the account in the period, with the balance after it."""

    day: date
    kind: str
    document_type: str
    document_no: str
    entry_no: int
    description: str
    due_date: date | None
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Overdue:
    """An entry that was open after its due date; `due_date` is None where it has none and its posting date counts."""

    entry_no: int
    document_type: str
    document_no: str
    due_date: date | None
    remaining: Decimal


@dataclass(frozen=True, slots=True)
class CurrencyStatement:
    """The account in one currency: what it began with, what moved it, what it ended with, and what is overdue then."""

    currency_code: str
    opening: Decimal
    lines: Sequence[StatementLine]
    overdue: Sequence[Overdue]
    aged: Sequence[Decimal]

    @property
    def closing(self) -> Decimal:
        return self.lines[-1].balance if self.lines else self.opening


@dataclass(frozen=True, slots=True)
class Statement:
    """`next` is where the next page goes on, None on the last one; `more_overdue` says that not all of it is shown."""

    customer: Record
    company: Record
    first: date
    last: date
    lcy: str
    columns: Sequence[Column]
    currencies: Sequence[CurrencyStatement]
    no: int
    next: Place | None = None
    more_overdue: bool = False
    options: Options = STANDARD

    @property
    def before(self) -> int:
        """Ages by due date are counted from the day after the last, on which it is overdue what was due on it."""
        return 1 if self.options.aging == "due_date" else 0


_PARTY = ("no", "name", "address", "address_2", "post_code", "city", "country_code", "vat_registration_no", "e_mail",
          "language_code", "format_region", "send_documents_to")  # fmt: skip
_RUNS = """
SELECT DISTINCT posting_date, posting_run_no FROM detailed_customer_entry
WHERE customer_no = ? AND posting_date <= ? AND (posting_date, posting_run_no) > (?, ?)
ORDER BY posting_date, posting_run_no LIMIT {0}"""
_FIRST_AND_LAST = "SELECT MIN(posting_date), MAX(posting_date) FROM detailed_customer_entry WHERE customer_no = ?"
# What came up to a place; or what is open now, less what came behind it.
_UP_TO = """
SELECT COALESCE(currency_code, ''), SUM(amount) FROM detailed_customer_entry
WHERE customer_no = ? AND (posting_date, posting_run_no) <= (?, ?) GROUP BY COALESCE(currency_code, '')"""
_BUT_BEHIND = """
SELECT x.currency_code, SUM(x.amount) FROM (
    SELECT currency_code, amount FROM customer_balance WHERE customer_no = ?
    UNION ALL
    SELECT COALESCE(currency_code, ''), -amount FROM detailed_customer_entry
    WHERE customer_no = ? AND (posting_date, posting_run_no) > (?, ?)) x
GROUP BY x.currency_code"""
# Applications within a currency leave nothing; what goes over to another one does.
_MOVES = """
SELECT d.posting_date, d.posting_run_no, CASE WHEN d.entry_type = 'application' THEN 'application'
    WHEN d.entry_type = 'correction_of_remaining' THEN 'discount' ELSE 'initial' END AS kind,
    d.document_type, d.document_no, COALESCE(d.currency_code, ''), SUM(d.amount), MIN(d.customer_entry_no),
    MIN(e.description), MIN(CASE WHEN d.entry_type = 'initial' THEN e.due_date END)
FROM detailed_customer_entry d JOIN customer_ledger_entry e ON e.entry_no = d.customer_entry_no
WHERE d.customer_no = ? AND (d.posting_date, d.posting_run_no) > (?, ?)
    AND (d.posting_date, d.posting_run_no) <= (?, ?){0}
GROUP BY d.posting_date, d.posting_run_no, 3, d.document_type, d.document_no, COALESCE(d.currency_code, '')
HAVING SUM(d.amount) <> 0 ORDER BY d.posting_date, d.posting_run_no, kind DESC, d.document_type"""
# What one run did and another took back, when both stand on the same page.
_NOT_TAKEN_BACK = """
    AND NOT (d.entry_type <> 'initial' AND EXISTS (SELECT 1 FROM detailed_customer_entry o
        WHERE o.customer_no = d.customer_no AND (o.posting_date, o.posting_run_no) > (?, ?)
        AND (o.posting_date, o.posting_run_no) <= (?, ?)
        AND (o.posting_run_no = d.unapplies_run_no OR o.unapplies_run_no = d.posting_run_no)))"""
# The oldest of what was owed on the last day and due before it (a payment never): among what is open still, and what
# changed later.
_OVERDUE = """
SELECT COALESCE(e.currency_code, ''), COALESCE(e.due_date, e.posting_date) AS day, SUM(d.amount), e.entry_no,
    e.document_type, e.document_no, e.due_date
FROM (
    SELECT entry_no FROM (SELECT entry_no FROM customer_ledger_entry
        WHERE customer_no = ? AND open AND positive AND due_date < ? AND posting_date <= ?
        ORDER BY due_date LIMIT {0}) dated
    UNION
    SELECT entry_no FROM (SELECT entry_no FROM customer_ledger_entry
        WHERE customer_no = ? AND open AND positive AND due_date IS NULL AND COALESCE(due_date, posting_date) < ?
        LIMIT {0}) undated
    UNION
    SELECT customer_entry_no FROM detailed_customer_entry WHERE customer_no = ? AND posting_date > ?) one
JOIN customer_ledger_entry e ON e.entry_no = one.entry_no
JOIN detailed_customer_entry d ON d.customer_entry_no = e.entry_no
WHERE e.positive AND e.posting_date <= ? AND d.posting_date <= ? AND COALESCE(e.due_date, e.posting_date) < ?
GROUP BY e.entry_no, e.currency_code, e.due_date, e.posting_date, e.document_type, e.document_no
HAVING SUM(d.amount) <> 0 ORDER BY day, e.entry_no LIMIT {0}"""


async def load_statement(
    customer_no: str,
    first: date,
    last: date,
    after: Place | None = None,
    most: int = 0,
    options: Options = STANDARD,
) -> Statement | None:
    """The account of a payer in a period, from its beginning or from a place in it, so many posting runs at most; None
    when there is no such customer. Counts no number up."""
    (found,) = await _load([customer_no], (first, last), after, most or MOST_SHOWN, options)
    return found


async def _load(
    customers: Sequence[str], period: tuple[date, date], after: Place | None, most: int, options: Options
) -> list[Statement | None]:
    """The accounts of these customers, in two rounds of queries however many they are."""
    first, last = period
    place = after or Place(first - timedelta(days=1))
    behind = (place.day, place.run)
    async with reading() as session:
        asked = [query for no in customers for query in _queries(no, last, behind, most, options.aging)]
        found = await session.fetch_all(asked)
        width = len(asked) // max(1, len(customers))
        parts = [found[at : at + width] for at in range(0, len(found), width)]
        more = []
        for no, (*_, days, _, _, runs) in zip(customers, parts, strict=True):
            shown = runs[:most]
            bounds = (*behind, *(shown[-1] if shown else behind))
            left_out = ("", ()) if options.taken_back else (_NOT_TAKEN_BACK, bounds)
            more += [_opening(no, place, days[0]), (_MOVES.format(left_out[0]), (no, *bounds, *left_out[1]))]
        moved = await session.fetch_all(more)
    return [_statement(part, moved[at * 2], moved[at * 2 + 1], period, most, options) for at, part in enumerate(parts)]


def _statement(
    part: Sequence[Sequence[Row]],
    opening: Sequence[Row],
    moves: Sequence[Row],
    period: tuple[date, date],
    most: int,
    options: Options,
) -> Statement | None:
    customer, company, lcy, number, _, aged, overdue, runs = part
    if not customer:
        return None
    first, last = period
    shown = runs[:most]
    balances = {str(code): money_from(amount) for code, amount in opening if amount}
    ages = [(str(code), day_from(day), money_from(amount)) for code, day, amount in aged if amount]
    codes = {*balances, *(str(row[5]) for row in moves), *(code for code, _, _ in ages)}
    columns = _ages(last, options.aging)
    return Statement(
        dict(zip(_PARTY, (value or "" for value in customer[0]), strict=True)),
        company_of(company),
        first,
        last,
        str(lcy[0][0]) if lcy else "",
        columns,
        [
            CurrencyStatement(
                code,
                balances.get(code, ZERO),
                _lines(code, balances, moves),
                [_overdue(row) for row in overdue[:most] if row[0] == code],
                spread(columns, [(day, amount) for own, day, amount in ages if own == code]),
            )
            for code in sorted(codes)
        ],
        int(number[0][0]),
        Place(*shown[-1]) if len(runs) > most else None,
        len(overdue) > most,
        options,
    )


def _ages(last: date, aging: Aging) -> Sequence[Column]:
    if aging == "posting_date":
        return columns_of(last, "30D", aging)
    return columns_of(last - timedelta(days=1), "30D", "due_date")


def _queries(customer_no: str, last: date, behind: tuple[date, int], most: int, aged_by: Aging) -> list[Query]:
    if aged_by == "posting_date":
        aging, aging_args = entries_as_of(last, "posting_date", False, one_customer(customer_no))
    else:
        aging, aging_args = balances_as_of(last, False, one_customer(customer_no))
    return [
        (f"SELECT {', '.join(_PARTY)} FROM customer WHERE no = ?", (customer_no,)),
        (f"SELECT {', '.join(COMPANY)} FROM company", ()),
        ("SELECT lcy_code FROM ledger_setup", ()),
        ("SELECT COALESCE(MAX(statement_no), 0) FROM customer_statement WHERE customer_no = ?", (customer_no,)),
        (_FIRST_AND_LAST, (customer_no,)),
        (f"SELECT x.currency, x.day, SUM(x.amount) FROM ({aging}) x GROUP BY x.currency, x.day", aging_args),
        (
            _OVERDUE.format(most + 1),
            (customer_no, last, last, customer_no, last, customer_no, last, last, last, last),
        ),
        (_RUNS.format(most + 1), (customer_no, last, *behind)),
    ]


def _opening(customer_no: str, place: Place, days: Row) -> Query:
    """What was open at a place, read from the nearer end of the account."""
    earliest, latest = (day_from(day) if day else place.day for day in days)
    if place.day - earliest < latest - place.day:
        return _UP_TO, (customer_no, place.day, place.run)
    return _BUT_BEHIND, (customer_no, customer_no, place.day, place.run)


def _lines(code: str, balances: Mapping[str, Decimal], moves: Sequence[Row]) -> list[StatementLine]:
    balance, lines = balances.get(code, ZERO), []
    for day, _, kind, document_type, no, currency, amount, entry_no, description, due in moves:
        if currency == code:
            balance += money_from(amount)
            lines.append(
                StatementLine(
                    day,
                    str(kind),
                    str(document_type),
                    str(no),
                    int(entry_no),
                    str(description),
                    day_from(due) if due else None,
                    money_from(amount),
                    balance,
                )
            )
    return lines


def _overdue(row: Row) -> Overdue:
    _, _, amount, entry_no, kind, no, due = row
    return Overdue(int(entry_no), str(kind), str(no), due, money_from(amount))


async def load_whole_statement(
    customer_no: str, first: date, last: date, options: Options = STANDARD
) -> Statement | None:
    """The account as it goes on paper, in one piece; `next` is set when it is too long for that."""
    return await load_statement(customer_no, first, last, most=MOST_ROWS, options=options)


async def load_many_statements(
    customers: Sequence[str], first: date, last: date, options: Options = STANDARD
) -> list[Statement]:
    """The accounts of several customers as they go on paper."""
    return [one for one in await _load(customers, (first, last), None, MOST_ROWS, options) if one is not None]


Which = Literal["open", "moved", "either"]
_OWING = """
SELECT DISTINCT x.customer_no FROM ({0}) x GROUP BY x.customer_no, x.currency HAVING SUM(x.amount) <> 0"""
_MOVED = "SELECT DISTINCT customer_no FROM detailed_customer_entry WHERE posting_date >= ? AND posting_date <= ?"


async def customers_to_tell(first: date, last: date, which: Which, customer_no: str, limit: int) -> list[str]:
    """The customers who get a statement: whose account moved in the period, who owed or were owed something at its
    end, or both; so many and one more at most."""
    where, named = customers_like(customer_no)
    owing, args = balances_as_of(last, False, (where, named))
    parts: list[tuple[str, Sequence[object]]] = []
    if which != "moved":
        parts.append((_OWING.format(owing), args))
    if which != "open":
        parts.append((f"{_MOVED} AND {where.format('customer_no')}", (first, last, *named)))
    sql = " UNION ".join(part for part, _ in parts)
    async with reading() as session:
        by_no = 'c.no COLLATE "C"' if session.dialect == "postgresql" else "c.no"
        rows = await session.fetch(
            f"SELECT c.no FROM customer c WHERE c.no IN ({sql}) ORDER BY {by_no} LIMIT {limit + 1}",
            *(value for _, values in parts for value in values),
        )
    return [str(no) for (no,) in rows]


async def count_statements(
    acting: Acting, customers: Sequence[str], first: date, last: date, options: Options = STANDARD
) -> None:
    """Notes that a statement of each of these customers is printed, each with the customer's next number."""
    async with transaction() as session:
        await _lock(session, customers)
        await _count(session, acting, customers, (first, last), options)


async def _lock(session: Session, customers: Sequence[str]) -> None:
    if session.dialect == "postgresql":
        marks = ", ".join("?" * len(customers))
        await session.fetch(f"SELECT no FROM customer WHERE no IN ({marks}) ORDER BY no FOR UPDATE", *customers)


async def _count(
    session: Session, acting: Acting, customers: Sequence[str], period: tuple[date, date], options: Options
) -> None:
    marks = ", ".join("?" * len(customers))
    await session.execute(
        "INSERT INTO customer_statement (customer_no, statement_no, starting_date, ending_date, user_name, at, aging,"
        " taken_back) SELECT c.no, COALESCE((SELECT MAX(s.statement_no) FROM customer_statement s"
        f" WHERE s.customer_no = c.no), 0) + 1, ?, ?, ?, ?, ?, ? FROM customer c WHERE c.no IN ({marks})",
        *period,
        acting.user,
        datetime.now(UTC),
        options.aging,
        options.taken_back,
        *customers,
    )


async def send_statements(acting: Acting, statements: Sequence[Statement]) -> Many:
    """Counts the statements and puts them into the outbox, in one transaction: of customers with an address, and whose
    statement of this period has not left yet."""
    customers = [str(one.customer["no"]) for one in statements]
    first, last = statements[0].first, statements[0].last
    async with transaction() as session:
        await _lock(session, customers)
        gone = await statements_gone(session, customers, first, last)
        every = [_candidate(one) for one in statements]
        fresh = [one for one in every if one.no not in gone]
        going = [one for one in fresh if is_address(one.recipient)]
        if going:
            await _count(session, acting, [one.no for one in going], (first, last), statements[0].options)
            await statements_out(session, acting, going, datetime.now(UTC))
    without = [one for one in fresh if not is_address(one.recipient)]
    return Many(going, without, [one for one in every if one.no in gone])


def _candidate(statement: Statement) -> Candidate:
    customer = statement.customer
    return Candidate(str(customer["no"]), str(customer["name"]), recipient_of_statement(customer))


def recipient_of_statement(customer: Record) -> str:
    """Where the statement goes: to where documents are sent, else the customer's own e-mail."""
    return str(customer["send_documents_to"] or customer["e_mail"])


async def statement_paper(customer_no: str, statement_no: int) -> StatementPaper | None:
    """A statement that was counted, as it goes on paper; None without one of this number, and for one that has become
    too long."""
    rows = await fetch(
        "SELECT starting_date, ending_date, aging, taken_back FROM customer_statement"
        " WHERE customer_no = ? AND statement_no = ?",
        customer_no,
        statement_no,
    )
    statement = None
    for first, last, aging, taken_back in rows:
        options = Options(aging, bool(taken_back))
        statement = await load_whole_statement(customer_no, day_from(first), day_from(last), options)
    if statement is None or statement.next is not None:
        return None
    return StatementPaper(statement, await words_of({}), statement_no)


async def count_statement(
    acting: Acting, customer_no: str, first: date, last: date, options: Options = STANDARD
) -> int:
    """Notes that a statement is printed; gives its number, one more than the customer's last."""
    async with transaction() as session:
        await _lock(session, [customer_no])
        await _count(session, acting, [customer_no], (first, last), options)
        sql = "SELECT MAX(statement_no) FROM customer_statement WHERE customer_no = ?"
        return int((await session.fetch(sql, customer_no))[0][0])

"""What customers owe: the customer ledger, an entry with what is applied to it, how a customer stands, what was open on
a day, and the statement of a period (D-129 … D-135)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from db import ledgers
from db.engine import reading, transaction
from db.session import Query, Row
from webapp.posting.aging import By, Column, columns_of, spread
from webapp.posting.snapshot import ZERO
from webapp.store.acting import Acting
from webapp.store.document_lists import DocumentList, Page, list_documents
from webapp.store.rows import codec, decimal_from
from webapp.store.unapplying import NAMES

Record = dict[str, Any]
MOST_ROWS = 5000

_SUM = "(SELECT COALESCE(SUM(d.{0}), 0) FROM detailed_customer_entry d WHERE d.customer_entry_no = h.entry_no{1})"
_LIST = DocumentList(
    ledgers.CustomerLedgerEntry,
    (
        "entry_no",
        "posting_date",
        "document_type",
        "document_no",
        "customer_no",
        "due_date",
        "currency_code",
        "external_document_no",
        "description",
        "open",
        "closed_at_date",
    ),
    ("document_no", "customer_no", "external_document_no", "your_reference", "description"),
    extra={
        "customer_name": "(SELECT c.name FROM customer c WHERE c.no = h.customer_no)",
        "amount": _SUM.format("amount", " AND d.entry_type = 'initial'"),
        "remaining": _SUM.format("amount", ""),
        "remaining_lcy": _SUM.format("amount_lcy", ""),
    },
    sort="-entry_no",
    key="entry_no",
)
SCALED = ("amount", "remaining", "remaining_lcy")


def _day(value: Any) -> date:
    """A date that an expression gave: SQLite knows dates of columns only."""
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _money(value: Any) -> Decimal:
    return decimal_from(int(value or 0), 5)


async def list_entries(
    search: str,
    filters: Mapping[str, str],
    sort: str,
    after: str,
    limit: int,
    view: str,
    today: date,
    period: tuple[date | None, date | None] = (None, None),
) -> Page:
    """A page of customer entries; `view` is open, overdue or closed."""
    views = {"open": "h.open", "overdue": f"h.open AND h.due_date < '{today.isoformat()}'", "closed": "NOT h.open"}
    found = await list_documents(replace(_LIST, views=views), search, filters, sort, after, limit, view, period)
    return Page([{**row, **{name: _money(row[name]) for name in SCALED}} for row in found.rows], found.next)


async def receivable_counts() -> dict[str, int]:
    """How many entries are open in the customers' disfavour, and how many of them are overdue today."""
    sql = (
        "SELECT COUNT(*), SUM(CASE WHEN due_date < ? THEN 1 ELSE 0 END) FROM customer_ledger_entry"
        " WHERE open AND positive"
    )
    async with reading() as session:
        rows = await session.fetch(sql, datetime.now().astimezone().date())
    return {"open_entries": int(rows[0][0]), "overdue_entries": int(rows[0][1] or 0)}


# --- one entry ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AppliedEntry:
    """What was applied to an entry, or what it was applied to, by one posting run. `back`: the run took it back;
    `stands`: it is neither taken back nor a taking back."""

    run: int
    day: date
    entry_no: int
    name: str
    amount: Decimal
    amount_lcy: Decimal
    discount: Decimal
    back: bool
    stands: bool


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A customer entry with its detailed entries and everything that is applied to it."""

    row: Record
    customer_name: str
    details: Sequence[Record]
    applied: Sequence[AppliedEntry]

    def sum_of(self, column: str, *kinds: str) -> Decimal:
        rows = (row for row in self.details if not kinds or row["entry_type"] in kinds)
        return sum((row[column] for row in rows), ZERO)

    @property
    def name(self) -> str:
        return f"{NAMES.get(self.row['document_type'], 'Entry')} {self.row['document_no']}"


_APPLIED = """
SELECT d.posting_run_no, d.posting_date, o.entry_no, o.document_type, o.document_no, SUM(d.amount), SUM(d.amount_lcy),
    MAX(d.unapplies_run_no), MAX(CASE WHEN u.posting_run_no IS NULL THEN 0 ELSE 1 END),
    COALESCE((SELECT SUM(c.amount) FROM detailed_customer_entry c WHERE c.posting_run_no = d.posting_run_no
        AND c.customer_entry_no = d.customer_entry_no AND c.entry_type = 'correction_of_remaining'), 0)
FROM detailed_customer_entry d
JOIN customer_ledger_entry o
    ON o.entry_no = CASE WHEN d.customer_entry_no = ? THEN d.applied_customer_entry_no ELSE d.customer_entry_no END
LEFT JOIN (SELECT DISTINCT unapplies_run_no AS posting_run_no FROM detailed_customer_entry
    WHERE unapplies_run_no IS NOT NULL) u ON u.posting_run_no = d.posting_run_no
WHERE d.entry_type = 'application' AND d.customer_entry_no <> d.applied_customer_entry_no
    AND (d.customer_entry_no = ? OR d.applied_customer_entry_no = ?)
GROUP BY d.posting_run_no, d.posting_date, d.customer_entry_no, o.entry_no, o.document_type, o.document_no
ORDER BY d.posting_run_no, o.entry_no"""


async def load_entry(entry_no: int) -> LedgerEntry | None:
    """A customer entry by its number; None when there is none."""
    entries, details = codec(ledgers.CustomerLedgerEntry), codec(ledgers.DetailedCustomerEntry)
    names, detail_names = tuple(entries.columns), tuple(details.columns)
    queries: list[Query] = [
        (entries.select(names, "WHERE entry_no = ?"), (entry_no,)),
        (details.select(detail_names, "WHERE customer_entry_no = ? ORDER BY entry_no"), (entry_no,)),
        (_APPLIED, (entry_no, entry_no, entry_no)),
        (
            "SELECT c.name FROM customer_ledger_entry e JOIN customer c ON c.no = e.customer_no WHERE e.entry_no = ?",
            (entry_no,),
        ),
    ]
    async with reading() as session:
        found, rows, applied, name = await session.fetch_all(queries)
    if not found:
        return None
    return LedgerEntry(
        entries.read(names, found[0]),
        str(name[0][0]),
        [details.read(detail_names, row) for row in rows],
        [_applied(row) for row in applied],
    )


def _applied(row: Row) -> AppliedEntry:
    run, day, entry_no, kind, no, amount, lcy, takes_back, is_back, discount = row
    return AppliedEntry(
        int(run),
        day,
        int(entry_no),
        f"{NAMES.get(str(kind), 'Entry')} {no}",
        -_money(amount),
        -_money(lcy),
        -_money(discount),
        takes_back is not None,
        takes_back is None and not is_back,
    )


async def entry_of_document(kind: str, no: str) -> int:
    """The customer entry of a payment or another document; 0 when there is none."""
    sql = (
        "SELECT entry_no FROM customer_ledger_entry WHERE document_no = ? AND document_type = ? ORDER BY entry_no DESC"
    )
    async with reading() as session:
        rows = await session.fetch(sql, no, kind)
    return int(rows[0][0]) if rows else 0


# --- how a customer stands ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """What a payer owes, in the own currency: all of it, what is due, by age; the credit limit and the last payment."""

    lcy: str
    balance: Decimal
    due: Decimal
    aged: Sequence[Decimal]
    columns: Sequence[Column]
    credit_limit: Decimal
    last_payment: Record | None

    @property
    def over_limit(self) -> bool:
        return bool(self.credit_limit) and self.balance > self.credit_limit


_OPEN_BY_DAY = "SELECT day, SUM(amount_lcy) FROM customer_balance WHERE customer_no = ? GROUP BY day"
_LAST_PAYMENT = """
SELECT e.entry_no, e.posting_date, e.document_no, -d.amount_lcy FROM customer_ledger_entry e
JOIN detailed_customer_entry d ON d.customer_entry_no = e.entry_no AND d.entry_type = 'initial'
WHERE e.customer_no = ? AND e.document_type = 'payment' ORDER BY e.posting_date DESC, e.entry_no DESC LIMIT 1"""


async def standing_of(customer_no: str, today: date) -> Standing:
    """How a payer stands on this day."""
    async with reading() as session:
        days, limit, payment, lcy = await session.fetch_all(
            [
                (_OPEN_BY_DAY, (customer_no,)),
                ("SELECT credit_limit FROM customer WHERE no = ?", (customer_no,)),
                (_LAST_PAYMENT, (customer_no,)),
                ("SELECT lcy_code FROM ledger_setup", ()),
            ]
        )
    columns = columns_of(today - timedelta(days=1), "30D", "due_date")
    aged = spread(columns, [(_day(day), _money(amount)) for day, amount in days])
    last = None
    if payment:
        entry_no, day, no, amount = payment[0]
        last = {"entry_no": int(entry_no), "day": day, "no": str(no), "amount": _money(amount)}
    return Standing(
        str(lcy[0][0]) if lcy else "",
        sum(aged, ZERO),
        sum(aged[1:], ZERO),
        aged,
        columns,
        _money(limit[0][0]) if limit else ZERO,
        last,
    )


# --- what was open on a day -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AgedRow:
    """What one payer owed in one currency, by column; `entry` is set for the row of a single entry."""

    customer_no: str
    customer_name: str
    currency_code: str
    amounts: Sequence[Decimal]
    entry: Record | None = None

    @property
    def total(self) -> Decimal:
        return sum(self.amounts, ZERO)


_DAYS = {
    "due_date": "COALESCE(e.due_date, e.posting_date)",
    "posting_date": "e.posting_date",
    "document_date": "COALESCE(e.document_date, e.posting_date)",
}
# What was open on a day: what was applied later does not count yet.
_AS_OF = """
SELECT e.entry_no, e.customer_no, {currency} AS currency, {day} AS day, SUM(d.{amount}) AS amount
FROM customer_ledger_entry e JOIN detailed_customer_entry d ON d.customer_entry_no = e.entry_no
WHERE e.posting_date <= ? AND d.posting_date <= ? AND e.entry_no IN (
    SELECT entry_no FROM customer_ledger_entry WHERE open
    UNION ALL SELECT entry_no FROM customer_ledger_entry WHERE NOT open AND closed_at_date > ?){more}
GROUP BY e.entry_no, e.customer_no, {currency}, {day} HAVING SUM(d.{amount}) <> 0"""
# The same by due date and of whole sums: what is open now, less what was posted after the day.
_BALANCES_AS_OF = """
SELECT customer_no, {currency} AS currency, day, {amount} AS amount FROM customer_balance WHERE TRUE{more}
UNION ALL
SELECT e.customer_no, {entry_currency}, COALESCE(e.due_date, e.posting_date), -d.{amount}
FROM detailed_customer_entry d JOIN customer_ledger_entry e ON e.entry_no = d.customer_entry_no
WHERE d.posting_date > ?{more_entries}"""


def _balances_as_of(as_of: date, own_currency: bool, customer_no: str) -> tuple[str, list[object]]:
    sql = _BALANCES_AS_OF.format(
        currency="CAST('' AS VARCHAR)" if own_currency else "currency_code",
        entry_currency="CAST('' AS VARCHAR)" if own_currency else "COALESCE(e.currency_code, '')",
        amount="amount_lcy" if own_currency else "amount",
        more=" AND customer_no = ?" if customer_no else "",
        more_entries=" AND d.customer_no = ?" if customer_no else "",
    )
    named = [customer_no] if customer_no else []
    return sql, [*named, as_of, *named]


def _as_of(as_of: date, by: By, own_currency: bool, customer_no: str) -> tuple[str, list[object]]:
    sql = _AS_OF.format(
        currency="CAST('' AS VARCHAR)" if own_currency else "COALESCE(e.currency_code, '')",
        day=_DAYS[by],
        amount="amount_lcy" if own_currency else "amount",
        more=" AND e.customer_no = ?" if customer_no else "",
    )
    return sql, [as_of, as_of, as_of, *([customer_no] if customer_no else [])]


async def aged_receivables(
    as_of: date,
    length: str,
    by: By,
    *,
    own_currency: bool = True,
    customer_no: str = "",
    zero: bool = False,
    limit: int = MOST_ROWS,
) -> tuple[list[AgedRow], bool]:
    """What each payer owed on a day, by age; whether more were left off than the limit allows. One statement. Entries
    are read only by another date than the due date, and where payers are wanted whose entries come to nothing."""
    columns = columns_of(as_of, length, by)
    if by == "due_date" and not zero:
        inner, args = _balances_as_of(as_of, own_currency, customer_no)
    else:
        inner, args = _as_of(as_of, by, own_currency, customer_no)
    cases, bounds = [], []
    for column in columns:
        cases.append("SUM(CASE WHEN x.day >= ? AND x.day <= ? THEN x.amount ELSE 0 END)")
        bounds += [column.first, column.last]
    having = "" if zero else " HAVING SUM(x.amount) <> 0"
    sql = (
        f"SELECT x.customer_no, c.name, x.currency, {', '.join(cases)} FROM ({inner}) x"
        f" JOIN customer c ON c.no = x.customer_no GROUP BY x.customer_no, c.name, x.currency{having}"
        f" ORDER BY x.customer_no, x.currency LIMIT {limit + 1}"
    )
    async with reading() as session:
        rows = await session.fetch(sql, *bounds, *args)
    found = [AgedRow(str(no), str(name), str(code), [_money(one) for one in rest]) for no, name, code, *rest in rows]
    return found[:limit], len(found) > limit


async def aged_entries(
    as_of: date, length: str, by: By, *, own_currency: bool = True, customer_no: str = "", limit: int = MOST_ROWS
) -> list[AgedRow]:
    """The entries that were open on a day, each in its column."""
    columns = columns_of(as_of, length, by)
    inner, args = _as_of(as_of, by, own_currency, customer_no)
    sql = (
        "SELECT x.customer_no, c.name, x.currency, x.day, x.amount, e.entry_no, e.document_type, e.document_no,"
        f" e.posting_date, e.due_date FROM ({inner}) x JOIN customer_ledger_entry e ON e.entry_no = x.entry_no"
        f" JOIN customer c ON c.no = x.customer_no ORDER BY x.customer_no, x.currency, x.day, x.entry_no LIMIT {limit}"
    )
    async with reading() as session:
        rows = await session.fetch(sql, *args)
    return [
        AgedRow(
            str(no),
            str(name),
            str(code),
            spread(columns, [(_day(day), _money(amount))]),
            {
                "entry_no": entry_no,
                "document_type": kind,
                "document_no": document,
                "posting_date": posted,
                "due_date": due,
            },
        )
        for no, name, code, day, amount, entry_no, kind, document, posted, due in rows
    ]


async def company_and_currency() -> tuple[Record, str]:
    """The company as paper names it, and its own currency."""
    async with reading() as session:
        company, lcy = await session.fetch_all(
            [(f"SELECT {', '.join(_COMPANY)} FROM company", ()), ("SELECT lcy_code FROM ledger_setup", ())]
        )
    return _company(company), str(lcy[0][0]) if lcy else ""


def _company(rows: Sequence[Row]) -> Record:
    return dict(zip(_COMPANY, (value or "" for value in rows[0]), strict=True)) if rows else dict.fromkeys(_COMPANY, "")


# --- statements -----------------------------------------------------------------------------------------------------


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
class CurrencyStatement:
    """The account in one currency: what it began with, what moved it, what it ended with, and what is overdue then."""

    currency_code: str
    opening: Decimal
    lines: Sequence[StatementLine]
    overdue: Sequence[AgedRow]
    aged: Sequence[Decimal]

    @property
    def closing(self) -> Decimal:
        return self.lines[-1].balance if self.lines else self.opening


@dataclass(frozen=True, slots=True)
class Statement:
    customer: Record
    company: Record
    first: date
    last: date
    lcy: str
    columns: Sequence[Column]
    currencies: Sequence[CurrencyStatement]
    no: int
    too_long: bool = False


_OPENING = """
SELECT COALESCE(d.currency_code, ''), SUM(d.amount) FROM detailed_customer_entry d
WHERE d.customer_no = ? AND d.posting_date < ? GROUP BY COALESCE(d.currency_code, '')"""
# Applications within a currency leave nothing; what goes over to another one does.
_MOVES = """
SELECT d.posting_date, d.posting_run_no, CASE WHEN d.entry_type = 'application' THEN 'application'
    WHEN d.entry_type = 'correction_of_remaining' THEN 'discount' ELSE 'initial' END AS kind,
    d.document_type, d.document_no, COALESCE(d.currency_code, ''), SUM(d.amount), MIN(d.customer_entry_no),
    MIN(e.description), MIN(CASE WHEN d.entry_type = 'initial' THEN e.due_date END)
FROM detailed_customer_entry d JOIN customer_ledger_entry e ON e.entry_no = d.customer_entry_no
WHERE d.customer_no = ? AND d.posting_date >= ? AND d.posting_date <= ?
GROUP BY d.posting_date, d.posting_run_no, 3, d.document_type, d.document_no, COALESCE(d.currency_code, '')
HAVING SUM(d.amount) <> 0 ORDER BY d.posting_date, d.posting_run_no, kind DESC, d.document_type LIMIT {0}"""


async def load_statement(customer_no: str, first: date, last: date) -> Statement | None:
    """The account of a payer in a period; None when there is no such customer. Counts no number up."""
    async with reading() as session:
        customer, company, lcy, opening, moves, number = await session.fetch_all(
            [
                (f"SELECT {', '.join(_PARTY)} FROM customer WHERE no = ?", (customer_no,)),
                (f"SELECT {', '.join(_COMPANY)} FROM company", ()),
                ("SELECT lcy_code FROM ledger_setup", ()),
                (_OPENING, (customer_no, first)),
                (_MOVES.format(MOST_ROWS + 1), (customer_no, first, last)),
                ("SELECT COALESCE(MAX(statement_no), 0) FROM customer_statement WHERE customer_no = ?", (customer_no,)),
            ]
        )
    if not customer:
        return None
    entries = await aged_entries(last, "30D", "due_date", own_currency=False, customer_no=customer_no)
    balances = {str(code): _money(amount) for code, amount in opening}
    codes = sorted({code for code, amount in balances.items() if amount} | {str(row[5]) for row in moves})
    columns = columns_of(last - timedelta(days=1), "30D", "due_date")
    return Statement(
        dict(zip(_PARTY, (value or "" for value in customer[0]), strict=True)),
        _company(company),
        first,
        last,
        str(lcy[0][0]) if lcy else "",
        columns,
        [_in_currency(code, balances.get(code, ZERO), moves, entries, columns, last) for code in codes],
        int(number[0][0]),
        len(moves) > MOST_ROWS,
    )


_PARTY = ("no", "name", "address", "address_2", "post_code", "city", "country_code", "vat_registration_no", "e_mail")
_COMPANY = ("name", "address", "address_2", "post_code", "city", "phone_no", "e_mail", "bank_name", "iban", "bic")


def _in_currency(
    code: str,
    opening: Decimal,
    moves: Sequence[Row],
    entries: Sequence[AgedRow],
    columns: Sequence[Column],
    last: date,
) -> CurrencyStatement:
    balance, lines = opening, []
    for day, _, kind, document_type, no, currency, amount, entry_no, description, due in moves:
        if currency == code:
            balance += _money(amount)
            lines.append(
                StatementLine(
                    day,
                    str(kind),
                    str(document_type),
                    str(no),
                    int(entry_no),
                    str(description),
                    _day(due) if due else None,
                    _money(amount),
                    balance,
                )
            )
    own = [one for one in entries if one.currency_code == code]
    aged = spread(columns, [(_due(one), one.total) for one in own])
    return CurrencyStatement(code, opening, lines, [one for one in own if _due(one) < last], aged)


def _due(row: AgedRow) -> date:
    assert row.entry is not None
    due: date = row.entry["due_date"] or row.entry["posting_date"]
    return due


async def count_statement(acting: Acting, customer_no: str, first: date, last: date) -> int:
    """Notes that a statement is printed; gives its number, one more than the customer's last."""
    async with transaction() as session:
        if session.dialect == "postgresql":
            await session.fetch("SELECT no FROM customer WHERE no = ? FOR UPDATE", customer_no)
        rows = await session.fetch(
            "SELECT COALESCE(MAX(statement_no), 0) + 1 FROM customer_statement WHERE customer_no = ?", customer_no
        )
        number = int(rows[0][0])
        await session.execute(
            "INSERT INTO customer_statement (customer_no, statement_no, starting_date, ending_date, user_name, at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            customer_no,
            number,
            first,
            last,
            acting.user,
            datetime.now(UTC),
        )
    return number

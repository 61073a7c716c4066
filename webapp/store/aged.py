"""What was open on a day, by age (D-134)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from db.engine import fetch, reading
from db.session import Row
from webapp.posting.aging import By, columns_of, spread
from webapp.posting.snapshot import ZERO
from webapp.store.filters import Compared, column_filter
from webapp.store.rows import day_from, money_from

Record = dict[str, Any]
MOST_ROWS = 5000
COMPANY = ("name", "address", "address_2", "post_code", "city", "phone_no", "e_mail", "bank_name", "iban", "bic")


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


Where = tuple[str, list[object]]
"""A condition on {0}, and its arguments."""


def one_customer(no: str) -> Where:
    return "{0} = ?", [no]


def customers_like(text: str) -> Where:
    """The customers that a filter means, as in the columns of lists (D-109); blank: all."""
    return column_filter(Compared("{0}"), text) if text else ("TRUE", [])


def balances_as_of(as_of: date, own_currency: bool, of: Where) -> tuple[str, list[object]]:
    where, named = of
    sql = _BALANCES_AS_OF.format(
        currency="CAST('' AS VARCHAR)" if own_currency else "currency_code",
        entry_currency="CAST('' AS VARCHAR)" if own_currency else "COALESCE(e.currency_code, '')",
        amount="amount_lcy" if own_currency else "amount",
        more=f" AND {where.format('customer_no')}",
        more_entries=f" AND {where.format('d.customer_no')}",
    )
    return sql, [*named, as_of, *named]


def entries_as_of(as_of: date, by: By, own_currency: bool, of: Where) -> tuple[str, list[object]]:
    where, named = of
    sql = _AS_OF.format(
        currency="CAST('' AS VARCHAR)" if own_currency else "COALESCE(e.currency_code, '')",
        day=_DAYS[by],
        amount="amount_lcy" if own_currency else "amount",
        more=f" AND {where.format('e.customer_no')}",
    )
    return sql, [as_of, as_of, as_of, *named]


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
        inner, args = balances_as_of(as_of, own_currency, customers_like(customer_no))
    else:
        inner, args = entries_as_of(as_of, by, own_currency, customers_like(customer_no))
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
    rows = await fetch(sql, *bounds, *args)
    found = [
        AgedRow(str(no), str(name), str(code), [money_from(one) for one in rest]) for no, name, code, *rest in rows
    ]
    return found[:limit], len(found) > limit


async def aged_entries(
    as_of: date, length: str, by: By, *, own_currency: bool = True, customer_no: str = "", limit: int = MOST_ROWS
) -> list[AgedRow]:
    """The entries that were open on a day, each in its column."""
    columns = columns_of(as_of, length, by)
    inner, args = entries_as_of(as_of, by, own_currency, customers_like(customer_no))
    sql = (
        "SELECT x.customer_no, c.name, x.currency, x.day, x.amount, e.entry_no, e.document_type, e.document_no,"
        f" e.posting_date, e.due_date FROM ({inner}) x JOIN customer_ledger_entry e ON e.entry_no = x.entry_no"
        f" JOIN customer c ON c.no = x.customer_no ORDER BY x.customer_no, x.currency, x.day, x.entry_no LIMIT {limit}"
    )
    rows = await fetch(sql, *args)
    return [
        AgedRow(
            str(no),
            str(name),
            str(code),
            spread(columns, [(day_from(day), money_from(amount))]),
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
            [(f"SELECT {', '.join(COMPANY)} FROM company", ()), ("SELECT lcy_code FROM ledger_setup", ())]
        )
    return company_of(company), str(lcy[0][0]) if lcy else ""


def company_of(rows: Sequence[Row]) -> Record:
    return dict(zip(COMPANY, (value or "" for value in rows[0]), strict=True)) if rows else dict.fromkeys(COMPANY, "")

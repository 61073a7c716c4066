"""What customers owe: the customer ledger, an entry with what is applied to it, and how a customer stands (D-129 …
D-133)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from db import ledgers
from db.engine import fetch, reading
from db.session import Query, Row
from webapp.posting.aging import Column, columns_of, spread
from webapp.posting.records import changed
from webapp.posting.snapshot import ZERO
from webapp.store.column_facts import kinds_of
from webapp.store.document_lists import DocumentList, Page, counted, list_documents
from webapp.store.rows import codec, day_from, money_from
from webapp.store.unapplying import NAMES

Record = dict[str, Any]

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
    sums=("amount", "remaining", "remaining_lcy"),
)


ENTRY_KINDS = kinds_of(ledgers.CustomerLedgerEntry)


async def list_entries(
    search: str,
    filters: Mapping[str, str],
    sort: str,
    after: str,
    limit: int,
    view: str,
    today: date,
    period: tuple[date | None, date | None] = (None, None),
    more: Sequence[str] = (),
) -> Page:
    """A page of customer entries; `view` is open, overdue or closed; `more` names columns to read besides."""
    overdue = f"h.open AND h.positive AND h.due_date < '{today.isoformat()}'"  # what a customer paid is never overdue
    views = {"open": "h.open", "overdue": overdue, "closed": "NOT h.open"}
    listed = changed(_LIST.with_columns(more), views=views)
    found = await list_documents(listed, search, filters, sort, after, limit, view, period)
    return Page([{**row, **{name: money_from(row[name]) for name in _LIST.sums}} for row in found.rows], found.next)


async def receivable_counts() -> dict[str, int]:
    """How many entries are open in the customers' disfavour, and how many of them are overdue today."""
    owed = "customer_ledger_entry WHERE open AND positive"
    today = datetime.now().astimezone().date()
    async with reading() as session:
        found, overdue = await session.fetch_all([(counted(owed), ()), (counted(f"{owed} AND due_date < ?"), (today,))])
    return {"open_entries": int(found[0][0]), "overdue_entries": int(overdue[0][0])}


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
        -money_from(amount),
        -money_from(lcy),
        -money_from(discount),
        takes_back is not None,
        takes_back is None and not is_back,
    )


async def entry_of_document(kind: str, no: str) -> int:
    """The customer entry of a payment or another document; 0 when there is none."""
    sql = (
        "SELECT entry_no FROM customer_ledger_entry WHERE document_no = ? AND document_type = ? ORDER BY entry_no DESC"
    )
    rows = await fetch(sql, no, kind)
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
    aged = spread(columns, [(day_from(day), money_from(amount)) for day, amount in days])
    last = None
    if payment:
        entry_no, day, no, amount = payment[0]
        last = {"entry_no": int(entry_no), "day": day, "no": str(no), "amount": money_from(amount)}
    return Standing(
        str(lcy[0][0]) if lcy else "",
        sum(aged, ZERO),
        sum(aged[1:], ZERO),
        aged,
        columns,
        money_from(limit[0][0]) if limit else ZERO,
        last,
    )

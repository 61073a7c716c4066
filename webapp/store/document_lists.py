"""Lists of documents: one statement a page, keyset paging, the same whatever the length of the list."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from piccolo.table import Table

from db import documents, posted
from db.columns import LongText, Scaled, Text
from db.engine import dialect, fetch, reading
from db.outbox import OUTBOX_STATES
from webapp.posting.records import changed
from webapp.store.filters import Compared, column_filter, fold, folded
from webapp.store.rows import codec, scaled_from

Row = dict[str, Any]
MOST_COUNTED = 1000
MOST_MACHINES = 50
AMOUNT_PLACES = 5
READS: Mapping[type, Callable[[str], object]] = {
    date: date.fromisoformat,
    bool: lambda text: text == "true",
    int: lambda text: _bounded(int(text)),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, and the place where the next page goes on ("" at the end)."""

    rows: list[Row]
    next: str = ""


@dataclass(frozen=True, slots=True)
class DocumentList:
    """A list over one table: which columns it reads, what is searched, and the conditions that its views stand for."""

    table: type[Table]
    columns: tuple[str, ...]
    searched: tuple[str, ...]
    base: str = ""
    views: Mapping[str, str] = ()  # type: ignore[assignment]
    extra: Mapping[str, str] = ()  # type: ignore[assignment]
    sort: str = "-posting_date"
    key: str = "no"
    sums: tuple[str, ...] = ()
    """Of `extra` those that are amounts."""
    of_machines: tuple[str, ...] = ()
    """The numbers of the documents of some service items, as queries that each take the query of these: what their
    serial numbers find."""
    in_lcy: Mapping[str, str] = ()  # type: ignore[assignment]
    """Amounts of a document in another currency as they were posted in LCY."""

    def of_some(self, machines: str) -> str:
        """The condition that a document is of one of these service items, which is a query or a mark for one number.
        What that takes is taken once for each of the ways in which a document is of a service item."""
        return "(" + " OR ".join(f"h.no IN ({one.format(machines)})" for one in self.of_machines) + ")"

    def with_columns(self, names: Sequence[str]) -> DocumentList:
        """The list that reads these columns, too."""
        own = codec(self.table).columns
        more = [name for name in names if name in own and name not in self.columns]
        return changed(self, columns=(*self.columns, *more)) if more else self


_LINES = "FROM service_line l WHERE l.document_type = h.document_type AND l.document_no = h.no"
_SHIPPABLE = f"EXISTS (SELECT 1 {_LINES} AND l.qty_to_ship > 0)"
_CONSUMABLE = f"EXISTS (SELECT 1 {_LINES} AND l.qty_to_consume > 0)"
_INVOICEABLE = f"EXISTS (SELECT 1 {_LINES} AND l.qty_shipped_not_invoiced > 0)"
# Something of the line waits for an invoice, or will: what is to be consumed never does.
LEFT_TO_INVOICE = "quantity - qty_to_consume <> quantity_invoiced + quantity_consumed"
# Of each shown row by itself: PostgreSQL would answer a plain EXISTS of a selected column for all documents at once,
# from the whole table of lines; with an OFFSET it may not.
_EACH = "LIMIT 1 OFFSET 0"
_FINISHED = f"h.status = 'finished' AND EXISTS (SELECT 1 {_LINES} AND {LEFT_TO_INVOICE})"

ORDERS = DocumentList(
    documents.ServiceHeader,
    (
        "no",
        "customer_no",
        "customer_name",
        "description",
        "posting_date",
        "status",
        "currency_code",
        "bill_to_customer_no",
        "external_document_no",
        "row_version",
    ),
    ("no", "customer_no", "customer_name", "description", "external_document_no", "your_reference"),
    "h.document_type = 'order'",
    {
        "to-ship": _SHIPPABLE,
        "to-invoice": _INVOICEABLE,
        "ready-to-invoice": f"({_INVOICEABLE} OR ({_FINISHED}))",
        "finished-not-invoiced": _FINISHED,
        "to-post": f"EXISTS (SELECT 1 {_LINES} AND (l.qty_to_ship > 0 OR l.qty_shipped_not_invoiced > 0))",
        "to-consume": _CONSUMABLE,
        "partly-shipped": f"EXISTS (SELECT 1 {_LINES} AND l.quantity_shipped > 0 AND l.outstanding_qty > 0)",
        "partly-invoiced": f"EXISTS (SELECT 1 {_LINES} AND l.quantity_invoiced > 0)",
    },
    {
        "line_amount": f"(SELECT COALESCE(SUM(l.line_amount), 0) {_LINES})",
        "to_ship": f"EXISTS (SELECT 1 {_LINES} AND l.qty_to_ship > l.qty_to_consume {_EACH})",
        "to_consume": f"EXISTS (SELECT 1 {_LINES} AND l.qty_to_consume > 0 {_EACH})",
        "to_invoice": f"EXISTS (SELECT 1 {_LINES} AND l.qty_shipped_not_invoiced > 0 {_EACH})",
    },
    of_machines=(
        "SELECT i.document_no AS no FROM service_item_line i"
        " WHERE i.service_item_no IN ({}) AND i.document_type = 'order'",
    ),
)
_LAST_TEST = (
    "FROM test_report t WHERE t.entry_no = (SELECT MAX(x.entry_no) FROM test_report x"
    " WHERE x.document_type = h.document_type AND x.document_no = h.no)"
)
OPEN_INVOICES = DocumentList(
    documents.ServiceHeader,
    (
        "no",
        "customer_no",
        "customer_name",
        "posting_date",
        "due_date",
        "currency_code",
        "bill_to_customer_no",
        "external_document_no",
        "row_version",
    ),
    ("no", "customer_no", "customer_name", "external_document_no", "your_reference"),
    "h.document_type = 'invoice'",
    {
        "with-errors": f"EXISTS (SELECT 1 {_LAST_TEST} AND t.errors > 0)",
        "ready": f"EXISTS (SELECT 1 {_LAST_TEST} AND t.errors = 0)",
        "untested": f"NOT EXISTS (SELECT 1 {_LAST_TEST})",
    },
    {
        "line_amount": f"(SELECT COALESCE(SUM(l.line_amount), 0) {_LINES})",
        "tested": (
            "COALESCE((SELECT CASE WHEN t.row_version <> h.row_version THEN 'changed' WHEN t.errors > 0 THEN 'error'"
            f" ELSE 'done' END {_LAST_TEST}), '')"
        ),
    },
)
OPEN_CREDIT_MEMOS = changed(
    OPEN_INVOICES,
    columns=(*OPEN_INVOICES.columns, "applies_to_doc_no"),
    searched=(*OPEN_INVOICES.searched, "applies_to_doc_no"),
    base="h.document_type = 'credit_memo'",
)
# What is left of the customer entry of a posted document, in its currency.
_REMAINING = (
    "COALESCE((SELECT SUM(d.amount) FROM detailed_customer_entry d WHERE d.customer_entry_no = h.customer_entry_no), 0)"
)
_ENTRY_IS_OPEN = "EXISTS (SELECT 1 FROM customer_ledger_entry e WHERE e.entry_no = h.customer_entry_no AND e.open)"
# The same, and what it came to, in LCY as posted (D-109).
_LCY = "COALESCE((SELECT {} FROM {} e WHERE e.{} = h.customer_entry_no{}), 0)"
_AMOUNT_LCY = _LCY.format("e.sales_lcy", "customer_ledger_entry", "entry_no", "")
_INITIAL_LCY = _LCY.format(
    "SUM(e.amount_lcy)", "detailed_customer_entry", "customer_entry_no", " AND e.entry_type = 'initial'"
)
_REMAINING_LCY = _LCY.format("SUM(e.amount_lcy)", "detailed_customer_entry", "customer_entry_no", "")
_OF_MACHINES = (
    "SELECT e.document_no AS no FROM service_ledger_entry e"
    " WHERE e.service_item_no IN ({{}}) AND e.document_type = '{}'"
)
CERTIFICATES = (
    "FROM supply_certificate c WHERE EXISTS (SELECT 1 FROM service_shipment_line l WHERE l.document_no = c.shipment_no"
    " AND l.type = 'item' AND NOT l.correction AND l.quantity > l.quantity_consumed)"
)
"""The certificates of supply that are needed still: of shipments with goods that were not undone since (`is_goods`)."""

# Whether a file is attached to it or to a line of it (D-33, D-109).
_FILES = (
    "CASE WHEN EXISTS (SELECT 1 FROM service_attachment a WHERE a.document_kind = '{}' AND a.document_no = h.no"
    f" {_EACH}) THEN 'attached' ELSE '' END"
)
_SHIPPED = "FROM service_shipment_line l WHERE l.document_no = h.no"
_TO_INVOICE = f"EXISTS (SELECT 1 {_SHIPPED} AND l.qty_shipped_not_invoiced > 0 {_EACH})"
SHIPMENTS = DocumentList(
    posted.ServiceShipmentHeader,
    (
        "no",
        "customer_no",
        "customer_name",
        "posting_date",
        "order_no",
        "description",
        "external_document_no",
        "currency_code",
        "location_code",
        "printed",
    ),
    ("no", "customer_no", "customer_name", "order_no", "external_document_no", "your_reference"),
    views={
        f"certificate-{view}": f"h.no IN (SELECT c.shipment_no {CERTIFICATES} AND c.status = '{status}')"
        for view, status in (("required", "required"), ("received", "received"), ("not-received", "not_received"))
    },
    extra={
        "certificate": f"COALESCE((SELECT c.status {CERTIFICATES} AND c.shipment_no = h.no), '')",
        "invoiced": (
            f"CASE WHEN NOT EXISTS (SELECT 1 {_SHIPPED} AND l.quantity_invoiced > 0 {_EACH})"
            f" THEN CASE WHEN {_TO_INVOICE} THEN 'not_yet' ELSE '' END"
            f" WHEN {_TO_INVOICE} THEN 'partly' ELSE 'fully' END"
        ),
        "files": _FILES.format("shipment"),
    },
    of_machines=(
        "SELECT i.document_no AS no FROM service_shipment_item_line i WHERE i.service_item_no IN ({})",
        "SELECT l.document_no AS no FROM service_shipment_line l WHERE l.service_item_no IN ({})",
    ),
)
# Nothing of it has left, waits, or may have left (D-109).
_UNSENT = (
    "NOT EXISTS (SELECT 1 FROM outbox o WHERE o.document_kind = '{}' AND o.document_no = h.no"
    " AND o.state IN ('waiting', 'sending', 'sent', 'unsure'))"
)
SENDING_STATES = OUTBOX_STATES
# What became of the last sending of it. ("+ 0" here and elsewhere: see `_EXTERNAL` in `snapshots`.)
_SENDING = (
    "COALESCE((SELECT o.state FROM outbox o WHERE o.document_kind = '{}' AND o.document_no = h.no"
    " ORDER BY o.id + 0 DESC LIMIT 1), '')"
)
INVOICES = DocumentList(
    posted.ServiceInvoiceHeader,
    (
        "no",
        "customer_no",
        "customer_name",
        "posting_date",
        "due_date",
        "currency_code",
        "amount",
        "amount_including_vat",
        "order_no",
        "external_document_no",
        "printed",
        "cancelled_by",
    ),
    ("no", "customer_no", "customer_name", "order_no", "external_document_no", "your_reference"),
    views={
        "open": f"{_ENTRY_IS_OPEN} AND h.cancelled_by = ''",
        "overdue": f"{_ENTRY_IS_OPEN} AND h.cancelled_by = ''",
        "paid": f"NOT {_ENTRY_IS_OPEN} AND h.cancelled_by = ''",
        "cancelled": "h.cancelled_by <> ''",
        "unprinted": "h.printed = 0",
        "unsent": _UNSENT.format("invoice"),
    },
    extra={"remaining": _REMAINING, "sending": _SENDING.format("invoice"), "files": _FILES.format("posted_invoice")},
    sums=("remaining",),
    of_machines=(_OF_MACHINES.format("invoice"),),
    in_lcy={"amount": _AMOUNT_LCY, "amount_including_vat": _INITIAL_LCY, "remaining": _REMAINING_LCY},
)
CREDIT_MEMOS = DocumentList(
    posted.ServiceCrMemoHeader,
    (
        "no",
        "customer_no",
        "customer_name",
        "posting_date",
        "applies_to_doc_no",
        "currency_code",
        "amount",
        "amount_including_vat",
        "order_no",
        "external_document_no",
        "printed",
        "cancels",
    ),
    ("no", "customer_no", "customer_name", "applies_to_doc_no", "cancels", "external_document_no", "your_reference"),
    views={
        "open": _ENTRY_IS_OPEN,
        "used": f"NOT {_ENTRY_IS_OPEN}",
        "unprinted": "h.printed = 0",
        "unsent": _UNSENT.format("credit_memo"),
    },
    extra={
        "remaining": f"-{_REMAINING}",
        "sending": _SENDING.format("credit_memo"),
        "files": _FILES.format("posted_credit_memo"),
    },
    sums=("remaining",),
    of_machines=(_OF_MACHINES.format("credit_memo"),),
    in_lcy={
        "amount": f"-{_AMOUNT_LCY}",
        "amount_including_vat": f"-{_INITIAL_LCY}",
        "remaining": f"-{_REMAINING_LCY}",
    },
)


async def list_documents(
    which: DocumentList,
    search: str = "",
    filters: Mapping[str, str | int] | None = None,
    sort: str = "",
    after: str = "",
    limit: int = 50,
    view: str = "",
    period: tuple[date | None, date | None] = (None, None),
) -> Page:
    """A page of a list. `sort` is a column, with a hyphen for falling order; an unknown one is the list's own.
    `period`: the first and the last posting date, None for no bound."""
    rows_of = codec(which.table)
    sort = sort if sort.removeprefix("-") in which.columns else which.sort
    column, falling = sort.removeprefix("-"), sort.startswith("-")
    where, args = _conditions(which, search, filters or {}, view)
    for sign, day in zip((">=", "<="), period, strict=True):
        if day is not None:
            where.append(f"h.posting_date {sign} ?")
            args.append(day)
    if after:
        condition, more = _after(which, column, falling, after)
        where.append(condition)
        args += more
    direction = "DESC" if falling else "ASC"
    names = [*which.columns, *which.extra]
    selected = [f"h.{name}" for name in which.columns] + [f"{sql} AS {name}" for name, sql in dict(which.extra).items()]
    order = f"h.{column} {direction}" + ("" if column == which.key else f", h.{which.key} {direction}")
    sql = (
        f"SELECT {', '.join(selected)} FROM {rows_of.name} h"
        + (f" WHERE {' AND '.join(where)}" if where else "")
        + f" ORDER BY {order} LIMIT {limit + 1}"
    )
    found = await fetch(sql, *args)
    rows = [_row(rows_of, which, names, row) for row in found[:limit]]
    return Page(rows, _cursor(rows[-1], column, which.key) if len(found) > limit else "")


async def sums_of(
    which: DocumentList,
    columns: Sequence[str],
    search: str = "",
    filters: Mapping[str, str | int] | None = None,
    view: str = "",
    period: tuple[date | None, date | None] = (None, None),
) -> list[Row]:
    """What all rows of a list come to, by currency: how many there are, and the sums of these columns, which may be
    extra ones; each also in LCY, as `<column>_lcy`. One statement; it reads every row that fits (D-109)."""
    where, args = _conditions(which, search, filters or {}, view)
    for sign, day in zip((">=", "<="), period, strict=True):
        if day is not None:
            where.append(f"h.posting_date {sign} ?")
            args.append(day)
    extra, in_lcy = dict(which.extra), dict(which.in_lcy)
    own = {name: extra.get(name, f"h.{name}") for name in columns}
    sums = {name: f"SUM({sql})" for name, sql in own.items()} | {
        f"{name}_lcy": f"SUM(CASE WHEN h.currency_code IS NULL THEN {own[name]} ELSE {in_lcy[name]} END)"
        for name in columns
        if name in in_lcy
    }
    selected = ", ".join(["COALESCE(h.currency_code, '')", "COUNT(*)", *sums.values()])
    sql = (
        f"SELECT {selected} FROM {codec(which.table).name} h"
        + (f" WHERE {' AND '.join(where)}" if where else "")
        + " GROUP BY COALESCE(h.currency_code, '') ORDER BY 1"
    )
    rows = await fetch(sql, *args)
    return [
        {"currency_code": code, "count": int(count), **{n: int(v or 0) for n, v in zip(sums, values, strict=True)}}
        for code, count, *values in rows
    ]


def _row(rows_of: Any, which: DocumentList, names: Sequence[str], row: Sequence[Any]) -> Row:
    count = len(which.columns)
    read: Row = rows_of.read(names[:count], row[:count])
    for name, value in zip(names[count:], row[count:], strict=True):
        read[name] = int(value) if isinstance(value, Decimal) else value
    return read


def _conditions(
    which: DocumentList, search: str, filters: Mapping[str, str | int], view: str
) -> tuple[list[str], list[Any]]:
    where = [which.base] if which.base else []
    args: list[Any] = []
    serials = [which.of_some(machines_with())] if which.of_machines else []
    fitting, patterns = any_column(which.searched, search.split()[:5], serials)
    where += fitting
    args += patterns
    for name, value in filters.items():
        if (name in codec(which.table).columns or name in dict(which.extra)) and value != "":
            condition, values = _filtered(which, name, value)
            where.append(condition)
            args += values
        elif name == "due_before" and value:  # not in an address: the view of what is overdue asks for it
            where.append("h.due_date < ?")
            args.append(date.fromisoformat(str(value)))
        elif name == "service_item_no" and which.of_machines and value:
            where.append(which.of_some("?"))
            args += [value] * len(which.of_machines)
    if view in dict(which.views):
        where.append(dict(which.views)[view])
    return where, args


def any_column(names: Sequence[str], words: Sequence[str], others: Sequence[str] = ()) -> tuple[list[str], list[Any]]:
    """For each word the condition that it stands in one of these columns, whatever its capital letters are; or that one
    of the other conditions holds, each of which takes the word as often as it has a mark."""
    ways = [*(_has_word(f"h.{name}") for name in names), *others]
    condition = "(" + " OR ".join(ways) + ")"
    patterns = [f"%{_escaped(word.lower())}%" for word in words]
    return [condition] * len(words), [pattern for pattern in patterns for _ in range(condition.count("?"))]


def _has_word(column: str) -> str:
    compared = column if dialect() == "sqlite" else f"LOWER({column})"  # SQLite's LIKE makes no difference by itself
    return f"{compared} LIKE ? ESCAPE '!'"


def machines_with(most: int = MOST_MACHINES) -> str:
    """The query of the service items with a word in their serial numbers, the shortest of these first, so that the one
    whose whole number was typed is there (D-109). So many at most: a letter finds nothing that way."""
    return (
        f"SELECT s.no FROM service_item s WHERE s.serial_no <> '' AND {_has_word('s.serial_no')}"
        f" ORDER BY LENGTH(s.serial_no), s.no LIMIT {most}"
    )


def _filtered(which: DocumentList, name: str, value: str | int) -> tuple[str, list[Any]]:
    if not isinstance(value, str):
        return f"h.{name} = ?", [value]
    return column_filter(_compared(which, name), value)


def _compared(which: DocumentList, name: str) -> Compared:
    """How the filter of a column compares it: codes as they are, texts whatever their capital letters, days and numbers
    by their value."""
    own = codec(which.table).columns.get(name)
    column = f"h.{name}" if own is not None else f"({dict(which.extra)[name]})"
    if isinstance(own, Scaled) or name in which.sums:
        places = own.places if isinstance(own, Scaled) else AMOUNT_PLACES
        return Compared(column, read=lambda text: scaled_from(Decimal(text), places))
    kind = own.value_type if own is not None else str
    if kind is not str:
        return Compared(column, read=READS.get(kind, str))
    on_sqlite = dialect() == "sqlite"
    alike = (column if on_sqlite else f"LOWER({column})") if own is None or isinstance(own, Text | LongText) else ""
    return Compared(column, "" if on_sqlite else f'{column} COLLATE "C"', alike)


def selected(which: DocumentList, search: str, filters: Mapping[str, str], view: str) -> tuple[str, list[Any]]:
    """All that a list shows with this search, these filters and this view, as the rest of a statement after its
    columns: "FROM service_header h WHERE …", and its arguments."""
    where, args = _conditions(which, search, filters, view)
    return f"FROM {codec(which.table).name} h" + (f" WHERE {' AND '.join(where)}" if where else ""), args


def _escaped(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")


# --- paging by key --------------------------------------------------------------------------------------------------


def _cursor(row: Row, column: str, key: str) -> str:
    value = row[column]
    plain = value.isoformat() if isinstance(value, date) else str(value)
    return base64.urlsafe_b64encode(json.dumps([plain, row[key]]).encode()).decode().rstrip("=")


def _after(which: DocumentList, column: str, falling: bool, cursor: str) -> tuple[str, list[Any]]:
    """The condition for what comes after a row; a cursor that is none gives the first page."""
    try:
        value, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        place = [_typed(which, column, value), _typed(which, which.key, key)]
    except (ValueError, TypeError, ArithmeticError):
        return "1 = 1", []
    sign = "<" if falling else ">"
    if column == which.key:
        return f"h.{which.key} {sign} ?", place[1:]
    return f"(h.{column}, h.{which.key}) {sign} (?, ?)", place


def _typed(which: DocumentList, column: str, value: Any) -> Any:
    """A value of a cursor as the database compares it. Amounts travel as decimals, the database keeps them scaled."""
    own = codec(which.table)
    kind = own.columns[column].value_type
    if own.readers[column] is not None and kind is int:
        return own.write(column, Decimal(str(value)))
    if kind is date:
        return date.fromisoformat(value)
    if kind is int:
        return _bounded(int(value))
    if "\0" in str(value):
        raise ValueError("no text of the database holds this")
    return str(value)


def _bounded(value: int) -> int:
    if abs(value) >= 2**63:
        raise ValueError("no number of the database is as large")
    return value


# --- one document by its number --------------------------------------------------------------------------------------


async def documents_numbered(lists: Mapping[str, DocumentList], words: str) -> list[tuple[str, str]]:
    """The documents with exactly this number, or with this external document number, in whatever capital letters,
    when none has it: (kind, no)."""
    if not words or len(words) > 35:
        return []
    for column, value in (("h.no", words.upper()), (folded("h.external_document_no"), fold(words))):
        filled = "" if column == "h.no" else " AND h.external_document_no <> ''"
        queries = [
            (
                f"SELECT h.no FROM {codec(one.table).name} h WHERE {column} = ?{filled}"
                + (f" AND {one.base}" if one.base else "")
                + " LIMIT 2",
                (value,),
            )
            for one in lists.values()
        ]
        async with reading() as session:
            found = await session.fetch_all(queries)
        hits = [(kind, str(row[0])) for kind, rows in zip(lists, found, strict=True) for row in rows]
        if hits:
            return hits
    return []


# --- counts for the home page ---------------------------------------------------------------------------------------


async def open_counts() -> dict[str, int]:
    """How many invoices and credit memos made by hand are not posted yet."""
    kinds = {"open_invoices": "invoice", "open_credit_memos": "credit_memo"}
    rows = await fetch(
        "SELECT document_type, COUNT(*) FROM service_header WHERE document_type IN (?, ?) GROUP BY document_type",
        *kinds.values(),
    )
    found = {str(kind): int(count) for kind, count in rows}
    return {name: found.get(kind, 0) for name, kind in kinds.items()}


def counted(source: str) -> str:
    """Counts no further than one more than the most that is shown: a million rows take no longer than a thousand."""
    return f"SELECT COUNT(*) FROM (SELECT 1 FROM {source} LIMIT {MOST_COUNTED + 1}) counted"


def count_in_words(number: int) -> str:
    """A number that was counted so."""
    return f"over {MOST_COUNTED}" if number > MOST_COUNTED else str(number)


async def print_counts() -> dict[str, int]:
    """How many posted invoices and credit memos nobody has printed yet."""
    async with reading() as session:
        invoices, memos = await session.fetch_all(
            [
                (counted("service_invoice_header WHERE printed = 0"), ()),
                (counted("service_cr_memo_header WHERE printed = 0"), ()),
            ]
        )
    return {"invoices_to_print": int(invoices[0][0]), "credit_memos_to_print": int(memos[0][0])}

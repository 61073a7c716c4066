"""Set-up and master records: list, read, save, delete, with who changed what (P-12 … P-29, O-46, S-5).

    master = MASTERS["customers"]
    row = await get_master(master, ("C100",))
    row, findings = await save_master(acting, master, ("C100",), {"credit_limit": Decimal(500)}, row["row_version"])

A row is a dictionary by column name: amounts as `Decimal`, a blank code as "", a missing date as None. A row with an
error among its findings is not saved.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from db.engine import Duplicate, ReferenceBroken, fetch, transaction
from db.session import Batch, Query, Session
from webapp.posting.findings import Finding, finding
from webapp.posting.naming import table_name
from webapp.posting.records import changed
from webapp.store.acting import Acting
from webapp.store.masters_records import Records, columns, used_by, where_key
from webapp.store.masters_registry import MASTERS, Field, Key, Master, Row
from webapp.store.masters_rules import an_admin_stays, check
from webapp.store.masters_values import named, read_value, read_values, search_text, search_words, written
from webapp.store.rows import codec

__all__ = [
    "MASTERS",
    "Field",
    "Key",
    "Master",
    "Page",
    "Row",
    "UnknownField",
    "check_change",
    "delete_master",
    "get_master",
    "insert_statement",
    "list_masters",
    "log_statement",
    "save_master",
    "update_statement",
]


# --- reading ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list, and the cursor of the page that follows; None at the end."""

    rows: list[Row]
    next: str | None


class UnknownField(ValueError):
    """A filter or a sorting names something that the list does not know; `known` is what it does."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"{name} is not one of {', '.join(known)}")
        self.name = name
        self.known = tuple(known)


COMPARISONS = {"": "=", "ne": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
# Sorts before every date that can be typed; not the very first day, which asyncpg writes as minus infinity.
BLANKS = {"day": "'0001-01-02'", "clock": "'00:00'"}


async def list_masters(
    master: Master,
    search: str = "",
    filters: Mapping[str, Any] | None = None,
    sort: str = "",
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """A page of the table.

    search: beginnings of words. filters: {column: value} or {column__gte: value}. sort: a column, or "-column" from
    the end. after: `next` of the page before.
    """
    conditions = [_searched(master, word) for word in search_words(search)]
    conditions += [_filtered(master, name, value) for name, value in (filters or {}).items()]
    order, descending = _order(master, sort)
    if after:
        conditions.append(_beyond(master, order, descending, after))
    text = " AND ".join(condition for condition, _ in conditions) or "1 = 1"
    direction = " DESC" if descending else ""
    ordered = ", ".join(_sortable(master, name) + direction for name in order) or "1"
    names = columns(master)
    sql = codec(master.table).select(names, f"WHERE {text} ORDER BY {ordered} LIMIT ?")
    found = await fetch(sql, *(v for _, values in conditions for v in values), limit + 1)
    rows = [codec(master.table).read(names, row) for row in found[:limit]]
    return Page(rows, _cursor(rows[-1], order) if len(found) > limit else None)


def _searched(master: Master, word: str) -> tuple[str, list[Any]]:
    kept = word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    if "search_text" in codec(master.table).columns:
        return "search_text LIKE ? ESCAPE '\\'", [f"% {kept}%"]
    parts = [f"LOWER({name}) LIKE ? ESCAPE '\\'" for name in master.words]
    return f"({' OR '.join(parts) or '1 = 0'})", [f"%{kept}%" for _ in parts]


def _filtered(master: Master, name: str, value: Any) -> tuple[str, list[Any]]:
    column, _, comparison = name.partition("__")
    if column not in master.fields or comparison not in COMPARISONS:
        raise UnknownField(name, [*master.fields, *(f"<field>__{c}" for c in COMPARISONS if c)])
    read = read_value(master.fields[column], value, master.name)
    if isinstance(read, Finding):
        raise ValueError(read.message)
    stored = codec(master.table).write(column, read)
    if stored is None:
        return (f"{column} IS NULL" if comparison == "" else f"{column} IS NOT NULL"), []
    return f"{column} {COMPARISONS[comparison]} ?", [stored]


def _order(master: Master, sort: str) -> tuple[list[str], bool]:
    """The columns that order the list, the key last so that no two rows are equal."""
    name = sort.removeprefix("-")
    if name and name not in master.fields:
        raise UnknownField(name, list(master.fields))
    first = [name] if name else []
    return first + [part for part in master.key if part != name], sort.startswith("-")


def _sortable(master: Master, name: str) -> str:
    """The column as it is compared: what is missing comes first on both databases."""
    if not codec(master.table).columns[name]._meta.null:
        return name
    return f"COALESCE({name}, {BLANKS.get(master.fields[name].kind, repr(''))})"


def _beyond(master: Master, order: list[str], descending: bool, after: str) -> tuple[str, list[Any]]:
    try:
        given = json.loads(base64.urlsafe_b64decode(after.encode()))
        parts = [_cursor_value(master, name, value) for name, value in zip(order, given, strict=True)]
    except (ValueError, TypeError):
        raise UnknownField("after", ["the value of next in an earlier answer"]) from None
    compared = ", ".join(_sortable(master, name) for name in order)
    return f"({compared}) {'<' if descending else '>'} ({', '.join('?' * len(parts))})", parts


def _cursor(row: Row, order: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([written(row[name]) for name in order]).encode()).decode()


def _cursor_value(master: Master, name: str, value: Any) -> Any:
    field = master.fields[name]
    if field.kind in BLANKS and value is None:
        value = BLANKS[field.kind].strip("'")
    read = read_value(field, value, master.name)
    if isinstance(read, Finding):
        raise ValueError(read.message)
    stored = codec(master.table).write(name, read)
    return "" if stored is None else stored


async def get_master(master: Master, key: Key) -> Row | None:
    """One row by its key; the key of a table with one row is ()."""
    condition, values = where_key(master, key)
    names = columns(master)
    rows = await fetch(codec(master.table).select(names, f"WHERE {condition}"), *values)
    return codec(master.table).read(names, rows[0]) if rows else None


# --- saving -------------------------------------------------------------------------------------------------------


async def save_master(
    acting: Acting, master: Master, key: Key | None, values: Mapping[str, Any], row_version: int | None
) -> tuple[Row, list[Finding]]:
    """Adds a row (key None) or changes one. `row_version` is that of the row that the person saw, None to overwrite.

    Gives the row as it stands in the database now, or as it would be when an error keeps it from being saved.
    """
    given, faults = read_values(master, values)
    try:
        async with transaction() as session:
            records = Records(session)
            before = await _before(master, key, given, records)
            row = {**(before or master.blank()), **given}
            faults += await _change_faults(acting, master, key, given, before, row_version, session)
            if not faults:
                faults += await check(master, row, before, records)
            if not any(fault.is_error for fault in faults):
                row = await _write(session, acting, master, before, row)
    except (Duplicate, ReferenceBroken) as error:
        return row, [*faults, _refused(master, row, error)]
    record = master.record(master.key_of(row))
    return row, [changed(fault, record=fault.record or record) for fault in faults]


async def _before(master: Master, key: Key | None, given: Row, records: Records) -> Row | None:
    """The row as it is. A new one has none, but for tables with one row, which is filled in like any other."""
    if key is None and not master.single:
        return None
    return await records.get(master.name, key or ())


async def _change_faults(
    acting: Acting,
    master: Master,
    key: Key | None,
    given: Row,
    before: Row | None,
    row_version: int | None,
    session: Session,
) -> list[Finding]:
    found = check_change(acting, master, given, before)
    if before is None:
        if key:
            found.append(finding("does_not_exist", table=master.name, name=master.record(key)))
        elif await _taken(master, given, session):
            found.append(_taken_fault(master, given))
        return found
    if row_version is not None and row_version != before["row_version"]:
        found.append(await _changed_by(session, master, before))
    return found


def check_change(acting: Acting, master: Master, given: Row, before: Row | None) -> list[Finding]:
    """Whether the role may change these columns, and whether the key stays (O-47)."""
    if before is None:
        return [] if acting.may(master.permission) else [_may_not(acting, master, master.permission)]
    changed = [master.fields[name] for name, value in given.items() if value != before[name]]
    needed = {field.permission for field in changed if not acting.may(field.permission)}
    found = [_may_not(acting, master, permission) for permission in sorted(needed)]
    return found + [
        finding("key_cannot_change", table=master.name, field=field.name, label=field.label)
        for field in changed
        if field.key
    ]


def _may_not(acting: Acting, master: Master, permission: str) -> Finding:
    return finding("may_not", table=master.name, role=acting.role, needed=permission)


async def _taken(master: Master, given: Row, session: Session) -> bool:
    key = master.key_of({**master.blank(), **given})
    return await Records(session).get(master.name, key) is not None


def _taken_fault(master: Master, row: Row) -> Finding:
    record = master.record(master.key_of({**master.blank(), **row}))
    field = master.key[0] if master.key else ""
    label = master.fields[field].label if field else ""
    return finding("already_exists", table=master.name, field=field, label=label, name=record)


async def _changed_by(session: Session, master: Master, before: Row) -> Finding:
    """Who changed the row last and which columns, from the change log."""
    record = master.record(master.key_of(before))
    rows = await session.fetch(
        "SELECT user_name, before, after FROM change_log WHERE table_name = ? AND record = ?"
        " ORDER BY entry_no + 0 DESC LIMIT 1",
        master.name,
        record,
    )
    what = f"{table_name(master.name)} {record}"
    if rows:
        old, new = (json.loads(text or "{}") for text in rows[0][1:])
        changed = named({name: None for name in new if new[name] != old.get(name)})
        what += f" ({rows[0][0]}: {changed})"
    return finding("changed_by_someone_else", table=master.name, record=record, what=what)


async def _write(session: Session, acting: Acting, master: Master, before: Row | None, row: Row) -> Row:
    if before is not None and all(row[name] == before[name] for name in master.fields):
        return before
    if before is None:
        row = {**row, "row_version": 1}
        statements = [insert_statement(master, [row])]
    else:
        row = {**row, "row_version": before["row_version"] + 1}
        statements = [update_statement(master, row)]
    await session.execute_all([*statements, log_statement(acting, [(master, before, row)])])
    return row


def _refused(master: Master, row: Row, error: Exception) -> Finding:
    """What someone else did at the same moment: the row is there now, or what it refers to is gone."""
    if isinstance(error, Duplicate):
        return _taken_fault(master, row)
    record = master.record(master.key_of(row))
    return finding("changed_by_someone_else", table=master.name, record=record, what=f"record that {record} refers to")


# --- statements ---------------------------------------------------------------------------------------------------

SEARCHED: dict[str, tuple[str, ...]] = {
    "customer": (
        "no",
        "name",
        "city",
        "post_code",
        "address",
        "contact_name",
        "e_mail",
        "phone_no",
        "vat_registration_no",
    ),
    "item": ("no", "description", "description_2", "vendor_item_no"),
    "resource": ("no", "name"),
    "service_item": ("no", "description", "serial_no", "item_no", "customer_no"),
}


def _stored(master: Master, row: Row) -> Row:
    """The columns to be written, the words to search by among them."""
    kept = {name: row[name] for name in columns(master)}
    if wanted := SEARCHED.get(master.name):
        kept["search_text"] = search_text(*(row[name] for name in wanted))
    return kept


def insert_statement(master: Master, rows: Sequence[Row]) -> Batch:
    kept = codec(master.table)
    stored = [_stored(master, row) for row in rows]
    names = list(stored[0])
    return kept.insert(names), [[kept.write(name, row[name]) for name in names] for row in stored]


def update_statement(master: Master, row: Row) -> Batch:
    kept = codec(master.table)
    stored = _stored(master, row)
    condition, values = where_key(master, master.key_of(row))
    changes = [name for name in stored if name not in master.key]
    sql = f"UPDATE {kept.name} SET {', '.join(f'{name} = ?' for name in changes)} WHERE {condition}"
    return sql, [[*(kept.write(name, stored[name]) for name in changes), *values]]


Change = tuple[Master, Row | None, Row | None]


def log_statement(acting: Acting, changes: Sequence[Change]) -> Batch:
    """The rows of the change log: before and after, only what differs (S-5)."""
    at = datetime.now(UTC)
    sql = (
        "INSERT INTO change_log (at, user_name, table_name, record, action, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)"
    )
    return sql, [_log_row(acting, at, *change) for change in changes]


def _log_row(acting: Acting, at: datetime, master: Master, before: Row | None, after: Row | None) -> list[Any]:
    action = "insert" if before is None else "delete" if after is None else "update"
    some = before or after
    assert some is not None, "a change has a row before or after it"
    names = [name for name in master.fields if action != "update" or before[name] != after[name]]  # type: ignore[index]
    record = master.record(master.key_of(some))[:200]
    return [at, acting.user, master.name, record, action, _shown(before, names), _shown(after, names)]


def _shown(row: Row | None, names: Sequence[str]) -> str:
    if row is None:
        return ""
    values = {name: written(row[name]) for name in names}
    short = {
        name: f"({len(v)} characters)" if isinstance(v, str) and len(v) > 2000 else v for name, v in values.items()
    }
    return json.dumps(short, ensure_ascii=False)


# --- deleting -----------------------------------------------------------------------------------------------------


async def delete_master(acting: Acting, master: Master, key: Key, row_version: int | None) -> list[Finding]:
    """Deletes a row that nothing refers to; else the finding names where it is used."""
    if not acting.may(master.permission):
        return [_may_not(acting, master, master.permission)]
    record = master.record(key)
    try:
        async with transaction() as session:
            records = Records(session)
            before = await records.get(master.name, key)
            if before is None or master.single:
                return [finding("does_not_exist", table=master.name, record=record, name=record)]
            if row_version is not None and row_version != before["row_version"]:
                return [await _changed_by(session, master, before)]
            if master.name == "app_user" and (
                found := await an_admin_stays({**before, "active": False}, before, records)
            ):
                return found
            if users := await used_by(session, master, before) + await _drawn(session, master, before):
                return [_used(master, record, users)]
            condition, values = where_key(master, key)
            statements: list[Batch] = [
                (f"DELETE FROM {master.name} WHERE {condition}", [values]),
                log_statement(acting, [(master, before, None)]),
            ]
            await session.execute_all(statements)
    except ReferenceBroken:
        return [_used(master, record, ["another record"])]
    return []


async def _drawn(session: Session, master: Master, row: Row) -> list[str]:
    """A line of a gapless series that has given numbers stays (P-150)."""
    if master.name != "number_series_line" or not row["last_no_used"]:
        return []
    query: Query = ("SELECT 1 FROM number_series WHERE code = ? AND gapless", [row["series_code"]])
    return ["posted documents"] if (await session.fetch_all([query]))[0] else []


def _used(master: Master, record: str, users: Sequence[str]) -> Finding:
    named_users = ", ".join(table_name(user) for user in users[:5])
    return finding("used_elsewhere", table=master.name, record=record, name=record, used_by=named_users)

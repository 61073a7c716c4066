"""Company packs: a whole company in one file, in and out.

A pack is an object with a list of records per table, `{"customers": [{"no": "C100", "name": …}], "ledger_setup":
[{…}], "opening_stock": […]}`. It is taken as a whole or not at all; importing it twice changes nothing, and an export
is a pack that changes nothing where it came from. Columns that a record leaves out keep their value, or their default
in a new row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

from db.engine import reading, transaction
from db.session import Session
from webapp.posting.findings import Finding, finding
from webapp.posting.records import changed
from webapp.store import stock
from webapp.store.acting import Acting
from webapp.store.masters import Change, check_change, insert_statement, log_statement, update_statement
from webapp.store.masters_records import Records
from webapp.store.masters_registry import BY_PACK_NAME, IN_ORDER, Key, Master, Row
from webapp.store.masters_rules import check
from webapp.store.masters_values import read_values

OPENING_STOCK = "opening_stock"


@dataclass(frozen=True, slots=True)
class PackResult:
    """How many records were added, changed and found as they are; with an error nothing was written.

    The `record` of a finding is the path of the value: `customers[3].payment_terms_code`.
    """

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Pending:
    """What an import is about to write, and what is wrong with it."""

    changes: list[Change] = field(default_factory=list)
    to_check: list[tuple[str, Master, Row, Row | None]] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Finding] = field(default_factory=list)


async def import_pack(acting: Acting, pack: Mapping[str, Any], dry_run: bool = False) -> PackResult:
    """Takes a pack in, all or nothing; with `dry_run` only says what it would do."""
    async with transaction() as session:
        records = Records(session, whole=True)
        pending = await _prepared(acting, pack, records)
        entered = await stock.enter(session, acting, _stock_rows(pack, pending), records, write=False)
        pending.faults += [_at(f"{OPENING_STOCK}[{index}]", fault) for index, fault in entered.findings]
        if not pending.faults and not dry_run:
            await _write(session, acting, pending.changes)
            await stock.enter(session, acting, _stock_rows(pack, pending), records)
    if pending.faults:
        return PackResult(findings=tuple(pending.faults))
    created = sum(before is None for _, before, _ in pending.changes)
    return PackResult(created + entered.created, len(pending.changes) - created, pending.unchanged + entered.unchanged)


async def _prepared(acting: Acting, pack: Mapping[str, Any], records: Records) -> _Pending:
    pending = _Pending(faults=_unknown_tables(pack))
    for master in IN_ORDER:
        for index, given in enumerate(_rows(pack, master, pending)):
            await _prepare(acting, master, f"{master.pack_name}[{index}]", given, records, pending)
    seen = {fault.record for fault in pending.faults}
    for path, master, row, before in pending.to_check:
        found = [_at(path, fault) for fault in await check(master, row, before, records)]
        pending.faults += [fault for fault in found if fault.record not in seen]
    return pending


def _unknown_tables(pack: Mapping[str, Any]) -> list[Finding]:
    known = ", ".join(sorted([*BY_PACK_NAME, OPENING_STOCK]))
    unknown = [str(name)[:60] for name in pack if name not in BY_PACK_NAME and name != OPENING_STOCK]
    return [finding("table_unknown", record=name, name=name, known=known) for name in unknown]


def _rows(pack: Mapping[str, Any], master: Master, pending: _Pending) -> list[Any]:
    """The records of a table; a table with one row may be given without a list around it."""
    given = pack.get(master.pack_name)
    if given is None:
        return []
    if master.single and isinstance(given, Mapping):
        return [given]
    if isinstance(given, list) and not (master.single and len(given) > 1):
        return given
    pending.faults.append(finding("not_a_list", record=master.pack_name, name=master.pack_name))
    return []


def _stock_rows(pack: Mapping[str, Any], pending: _Pending) -> list[Mapping[str, Any]]:
    rows = pack.get(OPENING_STOCK) or []
    if isinstance(rows, list) and all(isinstance(row, Mapping) for row in rows):
        return rows
    if not any(fault.record == OPENING_STOCK for fault in pending.faults):
        pending.faults.append(finding("not_a_list", record=OPENING_STOCK, name=OPENING_STOCK))
    return []


async def _prepare(acting: Acting, master: Master, path: str, given: Any, records: Records, pending: _Pending) -> None:
    """Reads one record and lays it over what is stored; the checks across tables come when all are read."""
    if not isinstance(given, Mapping):
        pending.faults.append(finding("not_a_record", record=path, name=path))
        return
    values, faults = read_values(master, given)
    key = master.key_of({**master.blank(), **values})
    before = (await records.stored(master)).get(key)
    row = {**(before or {**master.blank(), "row_version": 0}), **values}
    faults += check_change(acting, master, values, before) + _once(master, key, records)
    pending.faults += [_at(path, fault) for fault in faults]
    records.lay_over(master, key, row)
    if before is not None and all(row[name] == before[name] for name in master.fields):
        pending.unchanged += not faults
        return
    pending.changes.append((master, before, {**row, "row_version": row["row_version"] + 1}))
    pending.to_check.append((path, master, row, before))


def _once(master: Master, key: Key, records: Records) -> list[Finding]:
    if not records.is_laid_over(master, key):
        return []
    return [finding("already_exists", table=master.name, field=(*master.key, "")[0], name=master.record(key))]


def _at(path: str, fault: Finding) -> Finding:
    return changed(fault, record=f"{path}.{fault.field}" if fault.field else path)


async def _write(session: Session, acting: Acting, changes: Sequence[Change]) -> None:
    batches: dict[str, list[Sequence[object]]] = {}
    for master in IN_ORDER:
        new = [row for owner, before, row in changes if owner is master and before is None and row is not None]
        changed = [row for owner, before, row in changes if owner is master and before is not None and row is not None]
        statements = [insert_statement(master, [row]) for row in _in_order(master, new)]
        statements += [update_statement(master, row) for row in _circular(master, new) + changed]
        for sql, rows in statements:
            batches.setdefault(sql, []).extend(rows)
    if changes:
        await session.execute_all([*batches.items(), log_statement(acting, changes)])


def _self_references(master: Master) -> list[str]:
    return [f.name for f in master.fields.values() if f.reference == master.name]


def _in_order(master: Master, rows: Sequence[Row]) -> Iterator[Row]:
    """Rows that refer to others of their table after them; those that refer in a circle first without."""
    names = _self_references(master)
    waiting = {row[master.key[0]]: row for row in rows} if names else {}
    if not names:
        yield from rows
    while waiting:
        ready = [key for key, row in waiting.items() if not any(row[n] in waiting and row[n] != key for n in names)]
        for key in ready:
            yield waiting.pop(key)
        if not ready:
            yield from ({**row, **dict.fromkeys(names, "")} for row in waiting.values())
            return


def _circular(master: Master, rows: Sequence[Row]) -> list[Row]:
    """The rows that were added without their references and get them now."""
    names = _self_references(master)
    if not names:
        return []
    added = {row[master.key[0]]: row for row in _in_order(master, rows)}
    return [row for row in rows if any(row[name] != added[row[master.key[0]]][name] for name in names)]


async def export_pack() -> dict[str, list[dict[str, Any]]]:
    """The whole company as a pack. A column that has its default is left out."""
    pack: dict[str, list[dict[str, Any]]] = {}
    async with reading() as session:
        records = Records(session, whole=True)
        for master in IN_ORDER:
            rows = [_exported(master, row) for row in (await records.stored(master)).values()]
            if rows:
                pack[master.pack_name] = sorted(rows, key=lambda row: [str(row[name]) for name in master.key])
        if openings := await stock.all_opening_stock(session):
            pack[OPENING_STOCK] = openings
    return pack


def _exported(master: Master, row: Row) -> dict[str, Any]:
    return {
        name: None if row[name] == "" and field.key else _plain(row[name])
        for name, field in master.fields.items()
        if field.key or row[name] != field.default
    }


def _plain(value: Any) -> Any:
    """Without the zeros behind the point that only the column's scale put there."""
    if not isinstance(value, Decimal):
        return value
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


# --- as text ------------------------------------------------------------------------------------------------------


class PackUnreadable(ValueError):
    """The text is neither YAML nor JSON, or not an object; the message says where."""


class _Loader(yaml.CSafeLoader):
    """YAML with exact decimals, in which only `true` and `false` are truth values: `no` is the name of a column."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [key.value for key, _ in node.value]
        if len(names) != len(set(map(str, names))):
            raise yaml.constructor.ConstructorError(None, None, "a name stands twice in one record", node.start_mark)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}
_PLAIN: list[tuple[str, str, str]] = [
    ("tag:yaml.org,2002:bool", r"true|false|True|False", "tfTF"),
    ("tag:yaml.org,2002:null", r"~|null|Null|", "~nN"),
    ("tag:yaml.org,2002:int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"[-+]?[0-9]+\.[0-9]+", "-+0123456789"),
    ("tag:yaml.org,2002:timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "0123456789"),
]
for _tag, _pattern, _first in _PLAIN:
    _Loader.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), [*_first])
_Loader.yaml_implicit_resolvers.setdefault("", []).append(("tag:yaml.org,2002:null", re.compile("^$")))
_Loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: Decimal(str(node.value)))
_Loader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(str(node.value)))


class _Dumper(yaml.CSafeDumper):
    """Writes what `_Loader` reads."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _decimal(dumper: _Dumper, value: Decimal) -> yaml.ScalarNode:
    text = f"{value:f}"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in text else 'int'}", text)


_Dumper.add_representer(Decimal, _decimal)


def read_pack(text: str) -> dict[str, Any]:
    """The pack that a text holds, YAML or JSON, its decimals exact."""
    try:
        loaded = (
            json.loads(text, parse_float=Decimal, parse_constant=_no_constant) if text.lstrip()[:1] == "{" else None
        )
    except ValueError:
        loaded = None  # YAML in braces
    try:
        if loaded is None:
            loaded = yaml.load(text, _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise PackUnreadable(f"the pack cannot be read: {error}") from None
    if not isinstance(loaded, dict):
        raise PackUnreadable("a pack is one object with a list of records per table")
    return loaded


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def write_pack(pack: Mapping[str, Any]) -> str:
    """The pack as YAML."""
    return yaml.dump(dict(pack), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=200)


def write_pack_json(pack: Mapping[str, Any]) -> str:
    """The pack as JSON; decimals and dates are texts."""
    return json.dumps(pack, default=_as_text, ensure_ascii=False, indent=1)


def _as_text(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else value.isoformat() if isinstance(value, date) else str(value)

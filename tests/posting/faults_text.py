"""Faults as text: `customers.C-GOOD.blocked=all`, `header.due_date=`, `10000.unit_price=0`, one order, one fault."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

from tests.builders import TODAY, Pack, company, order, pack, snapshot, typed_value, with_line
from webapp.posting.plan import PostingPlan, plan_posting
from webapp.posting.records import changed, types_of
from webapp.posting.snapshot import Balance, Header, ItemLine, Line, PostingRequest, Snapshot
from webapp.store.masters_registry import BY_PACK_NAME

LINES = """
10000 item     PUMP   qty 2
20000 resource LINA   qty 3
30000 cost     TRAVEL qty 1
"""
OPTIONS = {
    "ship": PostingRequest(ship=True),
    "invoice": PostingRequest(invoice=True),
    "ship invoice": PostingRequest(ship=True, invoice=True),
    "ship consume": PostingRequest(ship=True, consume=True),
}


def assignment(text: str) -> tuple[list[str], str]:
    path, _, value = text.partition("=")
    return path.split("."), value


def value_of(text: str, kind: str) -> Any:
    """A value as its column has it; nothing is a missing one."""
    if kind in ("flag", "bool"):
        return text == "yes"
    if kind in ("day", "date | None"):
        return date.fromisoformat(text) if text else None
    if kind == "time | None":
        return time.fromisoformat(text) if text else None
    if kind in ("money", "price", "quantity", "percent", "rate", "Decimal"):
        return Decimal(text)
    if kind in ("whole", "int"):
        return int(text)
    return text


def of_record(record: type, name: str, text: str) -> Any:
    return value_of(text, types_of(record)[name])


class Case:
    """An order and what is wrong with it or around it."""

    def __init__(
        self, faults: str, lines: str = LINES, item_lines: str = "", customer: str = "C-GOOD", **tables: Any
    ) -> None:
        header = {name: tables.pop(name) for name in list(tables) if name not in BY_PACK_NAME}
        changes: dict[str, Any] = tables
        gone: list[tuple[str, str]] = []
        later = []
        for text in faults.split():
            path, value = assignment(text)
            if path[0] not in BY_PACK_NAME:
                later.append((path, value))
            elif path[-1] == "gone":
                gone.append((path[0], path[1]))
            else:
                self._set_up(changes, path, value)
        self.company = pack(**changes)
        for table, key in gone:
            first = BY_PACK_NAME[table].key
            names = key.split("/")
            self.company[table] = [
                row for row in self.company[table] if [str(row.get(column, "")) for column in first] != names
            ]
        self.snapshot = order(lines, item_lines=item_lines, customer=customer, **header)
        self.snapshot = _with_set_up(self.snapshot, self.company)
        for path, value in later:
            self.snapshot = self._changed(path, value)

    @staticmethod
    def _set_up(changes: dict[str, Any], path: list[str], text: str) -> None:
        table, *keys, column = path
        value = value_of(text, BY_PACK_NAME[table].fields[column].kind)
        if not keys:
            changes.setdefault(table, {})[column] = value
            return
        key = tuple(_key_values(table, keys[0]))
        changes.setdefault(table, {}).setdefault(key, {})[column] = value

    def _changed(self, path: list[str], text: str) -> Snapshot:
        place, name = path
        before = self.snapshot
        if place == "header":
            header = changed(before.header, **{name: of_record(Header, name, text)})
            return changed(before, header=header)
        if place == "item_line":
            item_lines = tuple(changed(line, **{name: of_record(ItemLine, name, text)}) for line in before.item_lines)
            return changed(before, item_lines=item_lines)
        if place == "balance":
            return changed(before, balance=changed(before.balance, **{name: Decimal(text)}))
        if place == "order":
            return changed(before, **{name: text})
        return with_line(before, int(place), **{name: of_record(Line, name, text)})

    def codes(self, option: str = "ship invoice", chosen: frozenset[int] | None = None) -> list[str]:
        """The codes found, each once, in their order."""
        return list(dict.fromkeys(found.code for found in self.plan(option, chosen).findings))

    def plan(self, option: str, chosen: frozenset[int] | None = None) -> PostingPlan:
        return plan_posting(self.snapshot, changed(OPTIONS[option], lines=chosen))


def _key_values(table: str, text: str) -> list[Any]:
    """The key of a row: `DOM/VAT25`; whole numbers and dates as the columns have them."""
    master = BY_PACK_NAME[table]
    return [value_of(part, master.fields[name].kind) for part, name in zip(text.split("/"), master.key, strict=False)]


def _with_set_up(before: Snapshot, of: Pack) -> Snapshot:
    """The order as it was typed, in a company that is otherwise by now."""
    now = snapshot(before.header, before.lines, before.item_lines, of=of)
    return changed(now, setup=company(of))


def table(text: str) -> list[list[str]]:
    """The rows of a text table, its cells stripped."""
    return [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if line.strip()]


__all__ = ["LINES", "OPTIONS", "TODAY", "Balance", "Case", "table", "typed_value"]

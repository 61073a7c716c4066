"""What forms must know of a column: its kind, its length, its options, what it refers to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from piccolo.columns import Column
from piccolo.table import Table

from db import contracts, documents
from db.columns import BigNo, Choice, Moment, Ref, Scaled
from webapp.store.masters import MASTERS
from webapp.store.masters_registry import KINDS
from webapp.store.rows import codec

_TABLES = {
    "service_header": documents.ServiceHeader,
    "service_item_line": documents.ServiceItemLine,
    "service_line": documents.ServiceLine,
    "service_contract": contracts.ServiceContract,
    "service_contract_line": contracts.ServiceContractLine,
}
_KINDS: dict[type[Column], str] = {BigNo: "whole", Scaled: "percent"}
_SLUGS = {master.name: slug for slug, master in MASTERS.items()}


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column of an open document's table. `kind` as in `webapp.forms.Field`; `lookup` is the slug of the list that
    its codes come from, "" for none."""

    kind: str
    length: int
    options: tuple[str, ...]
    lookup: str


@cache
def column_facts(table: str, name: str) -> ColumnFacts:
    """The facts of a column of `service_header`, `service_item_line` or `service_line`."""
    column = codec(_TABLES[table]).columns[name]
    # The number of an entry, and percentages that may go below 0.
    kind = _KINDS.get(type(column)) or KINDS[type(column)]
    reference = column.references if isinstance(column, Ref) else ""
    options = tuple(column.options) if isinstance(column, Choice) else ()
    length = int(column._meta.params.get("length") or 0) if kind in ("code", "text") else 0
    return ColumnFacts(kind, length, options, _SLUGS.get(reference, ""))


@cache
def kinds_of(table: type[Table]) -> Mapping[str, str]:
    """The kind of each column of a table, as lists show it."""
    found = {}
    for name, column in codec(table).columns.items():
        other = "moment" if isinstance(column, Moment) else "whole" if isinstance(column, BigNo) else "text"
        found[name] = KINDS.get(type(column), other)
    return found


@cache
def options_of(table: type[Table]) -> Mapping[str, tuple[str, ...]]:
    """What can stand in the columns of a table that are choices."""
    return {name: tuple(one.options) for name, one in codec(table).columns.items() if isinstance(one, Choice)}

"""What the set-up and master tables are like: generated from their classes, so that a column stands in one place.

A `Master` is one table as pages, API and packs see it; a `Field` one of its columns, told apart by the column's kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from piccolo.columns import Column, Serial
from piccolo.table import Table

import db.contracts
import db.masters
import db.setup
from db import columns as kinds
from webapp import labels
from webapp.store.rows import codec

Row = dict[str, Any]
Key = tuple[Any, ...]

KINDS: dict[type[Column], str] = {
    kinds.Money: "money",
    kinds.Price: "price",
    kinds.Quantity: "quantity",
    kinds.Percent: "percent",
    kinds.Rate: "rate",
    kinds.Code: "code",
    kinds.Ref: "code",
    kinds.Text: "text",
    kinds.LongText: "long_text",
    kinds.Choice: "choice",
    kinds.Flag: "flag",
    kinds.Whole: "whole",
    kinds.Day: "day",
    kinds.TimeOfDay: "clock",
}
NUMBERS = frozenset({"money", "price", "quantity", "percent", "rate"})

# Kept by the application itself; nobody types them.
INTERNAL = frozenset({"id", "row_version", "search_text", "last_seal", "password_hash", "signed_out_everywhere_at"})
# Zero makes no sense in these.
POSITIVE = frozenset(
    {
        "amount_rounding_precision",
        "unit_amount_rounding_precision",
        "inv_rounding_precision",
        "inv_rounding_precision_lcy",
        "exchange_amount",
        "relational_amount",
        "qty_per",
        "increment_by",
    }
)
POSTING_GROUPS = frozenset(
    {
        "customer_posting_group",
        "gen_bus_group",
        "gen_prod_group",
        "vat_bus_group",
        "vat_prod_group",
        "inventory_posting_group",
    }
)

# The role that edits a table (O-47); what is not named here is posting set-up.
EDITED_BY = {
    **dict.fromkeys(("customer", "ship_to_address", "item", "item_uom", "resource", "resource_uom"), "clerk"),
    "service_item": "clerk",
    **dict.fromkeys(("contract_template", "contract_template_discount"), "clerk"),
    "company": "admin",
    "app_user": "admin",
}
SLUGS = {"app_user": "users", "item_uom": "item-units-of-measure", "resource_uom": "resource-units-of-measure"}
TITLES = {
    "app_user": "Users",
    "gen_bus_group": "General business posting groups",
    "gen_prod_group": "General product posting groups",
    "vat_bus_group": "VAT business posting groups",
    "vat_prod_group": "VAT product posting groups",
    "unit_of_measure": "Units of measure",
    "item_uom": "Item units of measure",
    "resource_uom": "Resource units of measure",
    "repair_status": "Repair statuses",
    "ship_to_address": "Ship-to addresses",
    "number_series_line": "Number series lines",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column as it is shown, read and checked.

    kind: code, text, long_text, choice, flag, whole, day, clock, money, price, quantity, percent, rate.
    reference: the table that the value must exist in, lookup its slug. length 0: any. permission: the role that
    changes it.
    """

    name: str
    kind: str
    label: str
    length: int = 0
    places: int = 0
    options: tuple[str, ...] = ()
    reference: str = ""
    lookup: str = ""
    required: bool = False
    key: bool = False
    positive: bool = False
    permission: str = ""
    default: Any = None


@dataclass(frozen=True)
class Master:
    """One set-up or master table."""

    table: type[Table]
    slug: str
    title: str
    permission: str
    key: tuple[str, ...]
    fields: Mapping[str, Field]

    @property
    def name(self) -> str:
        """The table's name in the database."""
        return self.table._meta.tablename

    @property
    def pack_name(self) -> str:
        """The name of its list in a company pack."""
        return self.slug.replace("-", "_")

    @property
    def single(self) -> bool:
        """Whether the table has one row only."""
        return not self.key

    @property
    def words(self) -> tuple[str, ...]:
        """The columns that a search looks through."""
        wanted = ("no", "code", "user_name", "name", "full_name", "description", "city", "serial_no")
        return tuple(name for name in wanted if name in self.fields)

    def key_of(self, row: Mapping[str, Any]) -> Key:
        return tuple(row[name] for name in self.key)

    def record(self, key: Key) -> str:
        """A key as a message names it."""
        return "/".join(str(part) for part in key if part not in ("", None)) or self.title

    def blank(self) -> Row:
        """A new row: every column with its default."""
        return {name: field.default for name, field in self.fields.items()}


def _tables() -> dict[str, type[Table]]:
    modules = (db.setup, db.masters, db.contracts)
    return {
        kind._meta.tablename: kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, Table)
        and issubclass(kind, db.setup.SetupTable)
        and kind.__module__ == module.__name__
    }


TABLES: dict[str, type[Table]] = _tables()


def _slug(table: type[Table]) -> str:
    name = table._meta.tablename
    if name in SLUGS:
        return SLUGS[name]
    words = name.replace("_", "-")
    if not table.key or words.endswith(("-setup", "-terms", "-series")):  # type: ignore[attr-defined]
        return words
    if words == "unit-of-measure":
        return "units-of-measure"
    if words.endswith("y"):
        return words[:-1] + "ies"
    return words + ("es" if words.endswith("s") else "s")


def _permission(name: str) -> str:
    return EDITED_BY.get(name, "accountant")


def _field(table: type[Table], column: Column) -> Field:
    name = column._meta.name
    params = column._meta.params
    owner = _permission(table._meta.tablename)
    in_key = name in table.key  # type: ignore[attr-defined]
    read = codec(table).readers[name]
    default = column.get_default_value()
    return Field(
        name,
        KINDS[type(column)],
        labels.label(name),
        length=0 if isinstance(column, kinds.Choice) else params.get("length") or 0,
        places=column.places if isinstance(column, kinds.Scaled) else 0,
        options=column.options if isinstance(column, kinds.Choice) else (),
        reference=column.references if isinstance(column, kinds.Ref) else "",
        lookup=_slug(TABLES[column.references]) if isinstance(column, kinds.Ref) else "",
        required=in_key and _filled(column),
        key=in_key,
        positive=name in POSITIVE,
        permission="accountant" if owner == "clerk" and name in POSTING_GROUPS else owner,
        default=read(default) if read else default,
    )


def _filled(column: Column) -> bool:
    """Whether a key column must not be blank: nullable references and blank values are keys of their own."""
    if isinstance(column, kinds.Ref | kinds.Day):
        return not column._meta.null
    return isinstance(column, kinds.Code) and column._meta.name not in ("value_1_code", "value_2_code")


def _title(name: str, slug: str) -> str:
    if name in TITLES:
        return TITLES[name]
    words = labels.label(name)
    if slug == name.replace("_", "-"):
        return words
    return words[:-1] + "ies" if words.endswith("y") else words + "s"


def _master(table: type[Table]) -> Master:
    shown = [c for c in table._meta.columns if c._meta.name not in INTERNAL and not isinstance(c, Serial)]
    fields = {column._meta.name: _field(table, column) for column in shown}
    name = table._meta.tablename
    slug = _slug(table)
    return Master(table, slug, _title(name, slug), _permission(name), table.key, fields)  # type: ignore[attr-defined]


def _in_order(masters: list[Master]) -> list[Master]:
    """A table after the tables that it refers to."""
    by_name = {master.name: master for master in masters}
    ordered: dict[str, Master] = {}

    def add(master: Master) -> None:
        if master.name in ordered:
            return
        for field in master.fields.values():
            if field.reference in by_name and field.reference != master.name:
                add(by_name[field.reference])
        ordered.setdefault(master.name, master)

    for master in masters:
        add(master)
    return list(ordered.values())


IN_ORDER: list[Master] = _in_order([_master(table) for table in TABLES.values()])
MASTERS: dict[str, Master] = {master.slug: master for master in IN_ORDER}
BY_TABLE: dict[str, Master] = {master.name: master for master in IN_ORDER}
BY_PACK_NAME: dict[str, Master] = {master.pack_name: master for master in IN_ORDER}

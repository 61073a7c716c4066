"""Opening stock: what lies on the shelves before the first posting. It moves quantities and costs, never the G/L."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from db.engine import transaction
from db.ledgers import ItemLedgerEntry, ValueEntry
from db.session import Session
from webapp import labels
from webapp.posting.findings import Finding, finding
from webapp.posting.money import round_to
from webapp.store.acting import Acting
from webapp.store.masters_records import Records
from webapp.store.masters_registry import Field, Row
from webapp.store.masters_values import read_value
from webapp.store.rows import Writer, decimal_from

DOCUMENT_NO = "OPENING"

FIELDS = {
    "item_no": Field("item_no", "code", labels.label("item_no"), length=20, reference="item", required=True),
    "location_code": Field("location_code", "code", labels.label("location_code"), length=20, reference="location"),
    "quantity": Field("quantity", "quantity", labels.label("quantity"), places=5, positive=True),
    "unit_cost": Field("unit_cost", "price", labels.label("unit_cost"), places=5),
    "posting_date": Field("posting_date", "day", labels.label("posting_date")),
}


@dataclass(frozen=True, slots=True)
class Opening:
    """So many of an item at a location, and what one of them cost (LCY)."""

    item_no: str
    location_code: str
    quantity: Decimal
    unit_cost: Decimal
    posting_date: date


@dataclass(frozen=True, slots=True)
class Entered:
    """How many rows were written, how many had been before, and what is wrong (nothing is written then)."""

    created: int
    unchanged: int
    findings: tuple[tuple[int, Finding], ...] = ()


async def enter_opening_stock(acting: Acting, rows: Sequence[Mapping[str, Any]]) -> Entered:
    """Enters opening stock, all or nothing. The same rows once more change nothing."""
    async with transaction() as session:
        return await enter(session, acting, rows, Records(session, whole=True))


async def enter(
    session: Session, acting: Acting, rows: Sequence[Mapping[str, Any]], records: Records, write: bool = True
) -> Entered:
    """As `enter_opening_stock`, inside a transaction; items may be such as are laid over `records`."""
    openings: list[Opening] = []
    faults: list[tuple[int, Finding]] = []
    for index, given in enumerate(rows):
        opening, wrong = await _read(given, acting, records)
        faults += [(index, fault) for fault in wrong]
        if opening is not None:
            openings.append(opening)
    if faults:
        return Entered(0, 0, tuple(faults))
    new, wrong_places = _not_entered(openings, await _entered(session))
    if wrong_places:
        return Entered(0, 0, tuple((openings.index(o), _entered_otherwise(o)) for o in wrong_places))
    if new and write:
        await _write(session, acting, new, records)
    return Entered(len(new), len(openings) - len(new))


async def _read(given: Mapping[str, Any], acting: Acting, records: Records) -> tuple[Opening | None, list[Finding]]:
    faults = [finding("field_unknown", field=str(n)[:60], name=str(n)[:60]) for n in given if n not in FIELDS]
    values: Row = {}
    for name, field in FIELDS.items():
        read = read_value(field, given.get(name), "opening_stock")
        if isinstance(read, Finding):
            faults.append(read)
        values[name] = read
    item = await records.get("item", (values["item_no"],)) if isinstance(values["item_no"], str) else None
    if item is None or item["type"] != "inventory":
        faults.append(_unknown("item_no", values["item_no"], "item"))
    location = values["location_code"]
    if location and isinstance(location, str) and await records.get("location", (location,)) is None:
        faults.append(_unknown("location_code", location, "location"))
    if faults or item is None:
        return None, faults
    if given.get("unit_cost") is None:
        values["unit_cost"] = item["unit_cost"]
    values["posting_date"] = values["posting_date"] or acting.work_date
    return Opening(**values), []


def _unknown(field: str, value: Any, table: str) -> Finding:
    return finding("reference_unknown", table=table, field=field, label=labels.label(field), name=value)


def _entered_otherwise(opening: Opening) -> Finding:
    name = f"Opening stock of {opening.item_no} in another quantity or at another cost"
    return finding(
        "already_exists", table="item_ledger_entry", field="quantity", label=labels.label("quantity"), name=name
    )


async def _entered(session: Session) -> list[Opening]:
    """The opening stock that was entered before, oldest first."""
    rows = await session.fetch(
        "SELECT i.item_no, i.location_code, i.quantity, v.cost_per_unit, i.posting_date FROM item_ledger_entry i"
        " JOIN value_entry v ON v.item_ledger_entry_no = i.entry_no AND v.document_no = i.document_no"
        " WHERE i.document_no = ? AND i.entry_type = 'positive_adjmt' ORDER BY i.entry_no",
        DOCUMENT_NO,
    )
    return [Opening(row[0], row[1] or "", decimal_from(row[2], 5), decimal_from(row[3], 5), row[4]) for row in rows]


def _not_entered(openings: Sequence[Opening], entered: Sequence[Opening]) -> tuple[list[Opening], list[Opening]]:
    """What is to be written, and what was entered otherwise before. Each item and location is entered once."""
    new: list[Opening] = []
    otherwise: list[Opening] = []
    for place in dict.fromkeys((o.item_no, o.location_code) for o in openings):
        wanted = [o for o in openings if (o.item_no, o.location_code) == place]
        stored = [o for o in entered if (o.item_no, o.location_code) == place]
        if not stored:
            new += wanted
        elif _amounts(wanted) != _amounts(stored):
            otherwise.append(wanted[0])
    return new, otherwise


def _amounts(openings: Sequence[Opening]) -> Counter[tuple[Decimal, Decimal]]:
    return Counter((o.quantity, o.unit_cost) for o in openings)


async def all_opening_stock(session: Session) -> list[dict[str, Any]]:
    """What was entered, as a company pack holds it."""
    return [
        {name: value for name in FIELDS if (value := getattr(opening, name)) not in ("", None)}
        for opening in await _entered(session)
    ]


# --- writing ------------------------------------------------------------------------------------------------------

ITEM_ENTRY = Writer(
    ItemLedgerEntry,
    (
        "posting_run_no",
        "posting_date",
        "item_no",
        "location_code",
        "entry_type",
        "document_no",
        "document_date",
        "quantity",
        "uom",
        "invoiced_quantity",
        "remaining_quantity",
        "open",
        "positive",
        "completely_invoiced",
    ),
)
VALUE_ENTRY = Writer(
    ValueEntry,
    (
        "posting_run_no",
        "posting_date",
        "item_ledger_entry_no",
        "item_no",
        "location_code",
        "document_no",
        "document_date",
        "item_ledger_entry_quantity",
        "valued_quantity",
        "invoiced_quantity",
        "cost_per_unit",
        "cost_amount_actual",
        "gen_prod_group",
        "inventory_posting_group",
    ),
)


async def _write(session: Session, acting: Acting, openings: Sequence[Opening], records: Records) -> None:
    run = await session.fetch(
        "INSERT INTO posting_run (user_name, at, source_type, source_no, option) VALUES (?, ?, 'stock', ?, 'none')"
        " RETURNING no",
        acting.user,
        datetime.now(UTC),
        DOCUMENT_NO,
    )
    no = run[0][0]
    items = [await records.get("item", (opening.item_no,)) or {} for opening in openings]
    shared = [_shared(no, opening) for opening in openings]
    entries = [_item_entry(row, item) for row, item in zip(shared, items, strict=True)]
    await session.execute_all([(ITEM_ENTRY.sql, [ITEM_ENTRY.row(entry) for entry in entries])])
    written = await session.fetch(
        "SELECT entry_no FROM item_ledger_entry WHERE posting_run_no = ? ORDER BY entry_no", no
    )
    values = [
        _value_entry(row, item, opening, entry[0])
        for row, item, opening, entry in zip(shared, items, openings, written, strict=True)
    ]
    await session.execute_all([(VALUE_ENTRY.sql, [VALUE_ENTRY.row(value) for value in values])])


def _shared(run_no: int, opening: Opening) -> Row:
    return {
        "posting_run_no": run_no,
        "posting_date": opening.posting_date,
        "document_date": opening.posting_date,
        "document_no": DOCUMENT_NO,
        "item_no": opening.item_no,
        "location_code": opening.location_code,
        "quantity": opening.quantity,
    }


def _item_entry(shared: Row, item: Row) -> Row:
    quantity = shared["quantity"]
    return {
        **shared,
        "entry_type": "positive_adjmt",
        "uom": item["base_uom"],
        "invoiced_quantity": quantity,
        "remaining_quantity": quantity,
        "open": True,
        "positive": True,
        "completely_invoiced": True,
    }


def _value_entry(shared: Row, item: Row, opening: Opening, entry_no: int) -> Row:
    quantity = opening.quantity
    return {
        **shared,
        "item_ledger_entry_no": entry_no,
        "item_ledger_entry_quantity": quantity,
        "valued_quantity": quantity,
        "invoiced_quantity": quantity,
        "cost_per_unit": opening.unit_cost,
        "cost_amount_actual": round_to(quantity * opening.unit_cost, Decimal("0.01")),
        "gen_prod_group": item["gen_prod_group"],
        "inventory_posting_group": item["inventory_posting_group"],
    }

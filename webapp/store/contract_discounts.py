"""The discounts that a contract gives on its service orders: rows by kind, code and day (C-12, C-161)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from db import contracts as tables
from db.engine import reading
from db.session import Batch, Session
from webapp.billing.case import ContractCase
from webapp.billing.changes import not_open
from webapp.billing.checks import contract_finding
from webapp.posting.findings import Finding, show
from webapp.store.acting import Acting
from webapp.store.contract_credits import crediting
from webapp.store.contract_drafts import ContractSaved, Refused
from webapp.store.contract_traces import discount_log
from webapp.store.rows import Reader, RecordWriter
from webapp.store.snapshots import Document

TYPES: Final = ("service_item_group", "resource_group", "cost")
_KNOWN: Final = {
    "service_item_group": ("service_item_group", "code"),
    "resource_group": ("resource", "resource_group"),
    "cost": ("service_cost", "code"),
}


@dataclass(frozen=True, slots=True)
class Discount:
    type: str
    code: str
    starting_date: date
    discount_pct: Decimal

    def __str__(self) -> str:
        what = self.code or "all"
        return f"{self.type.replace('_', ' ')} {what} from {self.starting_date}"


_ROWS = Reader(Discount, tables.ContractDiscount)
_ROW = RecordWriter(
    tables.ContractDiscount, (), ("kind", "contract_no", "type", "code", "starting_date", "discount_pct")
)
_KEY = "kind = ? AND contract_no = ? AND type = ? AND code = ? AND starting_date = ?"


async def contract_discounts(kind: str, no: str) -> list[Discount]:
    async with reading() as session:
        return await _load(session, kind, no)


async def _load(session: Session, kind: str, no: str) -> list[Discount]:
    sql = _ROWS.sql("WHERE kind = ? AND contract_no = ? ORDER BY type, code, starting_date")
    return _ROWS.all(await session.fetch(sql, kind, no))


async def set_discount(acting: Acting, kind: str, no: str, row: Discount) -> ContractSaved:
    """Adds a row to an open contract or quote, or gives the one with the same key another percentage."""

    async def work(session: Session, case: ContractCase, memo: Document | None) -> ContractSaved:
        before = await _load(session, kind, no)
        if found := [*not_open(case), *await _wrong(session, case, row)]:
            raise Refused(found)
        key = (row.type, row.code, row.starting_date)
        old = next((one for one in before if (one.type, one.code, one.starting_date) == key), None)
        place = (kind, no, *key)
        batches: list[Batch] = [(f"DELETE FROM contract_discount WHERE {_KEY}", [place])] if old else []
        batches.append((_ROW.sql, [_ROW.row(None, [*place, row.discount_pct])]))
        change = "modify" if old else "insert"
        await _write(session, acting, case, batches, change, old, row)
        return ContractSaved(kind, no)

    return await crediting(no, None, work, kind)


async def delete_discount(acting: Acting, kind: str, no: str, row: Discount) -> ContractSaved:
    async def work(session: Session, case: ContractCase, memo: Document | None) -> ContractSaved:
        if found := not_open(case):
            raise Refused(found)
        place = (kind, no, row.type, row.code, row.starting_date)
        old = next((one for one in await _load(session, kind, no) if str(one) == str(row)), None)
        if old is not None:
            batches: list[Batch] = [(f"DELETE FROM contract_discount WHERE {_KEY}", [place])]
            await _write(session, acting, case, batches, "delete", old, None)
        return ContractSaved(kind, no)

    return await crediting(no, None, work, kind)


async def _wrong(session: Session, case: ContractCase, row: Discount) -> list[Finding]:
    found = []
    if not 0 <= row.discount_pct <= 100:
        found.append(contract_finding(case, "discount_out_of_range", "discount_pct"))
    if row.code and row.type in _KNOWN:
        table, column = _KNOWN[row.type]
        if not await session.fetch(f"SELECT 1 FROM {table} WHERE {column} = ?", row.code):
            found.append(contract_finding(case, "reference_unknown", "code", name=row.code, table=table))
    return found


async def _write(
    session: Session,
    acting: Acting,
    case: ContractCase,
    batches: list[Batch],
    change: str,
    old: Discount | None,
    new: Discount | None,
) -> None:
    """The rows, the change log (C-13) and a new row version."""
    contract = case.contract
    shown = [f"{one}: {show(one.discount_pct)} %" if one else "" for one in (old, new)]
    version = (
        "UPDATE service_contract SET row_version = ? WHERE kind = ? AND no = ?",
        [(contract.row_version + 1, contract.kind, contract.no)],
    )
    log = discount_log(acting, case, change, shown[0], shown[1], datetime.now(UTC))
    await session.execute_all([batch for batch in [*batches, version, log] if batch[1]])

"""Lines that have left a signed contract, as they stood: what nobody billed of them stays listed (C-171)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from db import contracts as tables
from db.session import Batch, Session
from webapp.billing.case import ContractCase
from webapp.billing.deleting import Registered
from webapp.billing.records import ContractLine
from webapp.posting.records import changed
from webapp.store.acting import Acting
from webapp.store.readers import SERVICE_ITEMS
from webapp.store.rows import Reader, RecordWriter, shared_names
from webapp.store.snapshots import marks

_LINES = Reader(ContractLine, tables.RemovedContractLine)
_LINE = RecordWriter(
    tables.RemovedContractLine,
    shared_names(ContractLine, tables.RemovedContractLine),
    ("contract_no", "removed_on", "removed_by"),
)


@dataclass(frozen=True, slots=True)
class RemovedLine:
    contract_no: str
    line: ContractLine
    removed_on: date


def removal_batch(acting: Acting, before: ContractCase, after: ContractCase) -> Batch:
    """The lines that the change takes out of a signed contract; one that never took effect leaves nothing behind."""
    left = {line.line_no for line in after.lines}
    gone = [line for line in before.lines if line.line_no not in left and not line.new_line]
    if before.contract.is_quote or not before.contract.is_signed:
        gone = []
    return _LINE.sql, [_LINE.row(line, [before.contract.no, acting.work_date, acting.user]) for line in gone]


async def load_removed(session: Session, contract_nos: Sequence[str]) -> dict[str, list[RemovedLine]]:
    """By contract, in the order of their numbers."""
    found: dict[str, list[RemovedLine]] = {}
    if not contract_nos:
        return found
    sql = (
        f"SELECT contract_no, removed_on, {', '.join(_LINES.names)} FROM removed_contract_line"
        f" WHERE contract_no IN ({marks(contract_nos)}) ORDER BY contract_no, line_no"
    )
    for no, day, *row in await session.fetch(sql, *contract_nos):
        found.setdefault(str(no), []).append(RemovedLine(str(no), _LINES.one(row), day))
    return found


async def with_removed(session: Session, case: ContractCase, line_no: int) -> tuple[ContractCase, RemovedLine | None]:
    """The contract with this removed line among its lines, so that its days can be billed."""
    own = (await load_removed(session, [case.contract.no])).get(case.contract.no, [])
    found = next((one for one in own if one.line.line_no == line_no), None)
    if found is None:
        return case, None
    rows = await session.fetch(SERVICE_ITEMS.sql("WHERE no = ?"), found.line.service_item_no)
    machines = {**case.service_items, **{one.no: one for one in SERVICE_ITEMS.all(rows)}}
    return changed(case, lines=(*case.lines, found.line), service_items=machines), found


def restoring_batch(case: ContractCase, row: Registered) -> Batch:
    """How far its removed lines are invoiced when the invoice of a register row is taken back (C-116)."""
    present = {line.line_no for line in case.lines}
    gone = [(day, row.contract_no, no) for no, day in row.invoiced_to_dates.items() if no not in present]
    return "UPDATE removed_contract_line SET invoiced_to_date = ? WHERE contract_no = ? AND line_no = ?", gone

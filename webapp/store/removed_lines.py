"""Lines that have left a signed contract, as they stood: what nobody billed of them stays listed (C-171)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from db import contracts as tables
from db.session import Batch, Session
from webapp.billing.case import ContractCase
from webapp.billing.charges import charged
from webapp.billing.checks import contract_finding
from webapp.billing.coverage import coverage_of_removed
from webapp.billing.deleting import Registered
from webapp.billing.periods import Span
from webapp.billing.records import ContractEntry, ContractLine
from webapp.posting.findings import Finding, money
from webapp.posting.records import changed
from webapp.store.acting import Acting
from webapp.store.contract_records import load_waivers
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


async def cancelled_on(session: Session, contract_nos: Sequence[str]) -> dict[str, date]:
    """When contracts that were in force were cancelled (C-43)."""
    if not contract_nos:
        return {}
    rows = await session.fetch(
        "SELECT contract_no, date FROM contract_gain_loss_entry WHERE kind = 'cancelled'"
        f" AND contract_no IN ({marks(contract_nos)})",
        *contract_nos,
    )
    return {str(no): day for no, day in rows}


async def taken_back_days(
    session: Session,
    registered: Sequence[Registered],
    cases: Mapping[str, ContractCase],
    entries: Sequence[ContractEntry],
    gone: Collection[int],
) -> list[Finding]:
    """What is left unbilled when the entries of an invoice are taken back, of lines and contracts for which no invoice
    comes any more (C-171)."""
    nos = sorted(cases)
    removed, cancelled = await load_removed(session, nos), await cancelled_on(session, nos)
    found = []
    for no, case in sorted(cases.items()):
        lines = [(one.line, one.removed_on) for one in removed.get(no, ())]
        lines += [(line, cancelled[no]) for line in case.lines if no in cancelled]
        own = [entry for entry in entries if entry.service_contract_no == no]
        rest = [entry for entry in own if entry.entry_no not in gone]
        waivers = await load_waivers(session, no) if lines else []
        back = {n: day for row in registered if row.contract_no == no for n, day in row.invoiced_to_dates.items()}
        for line, ended in lines:
            then = changed(line, invoiced_to_date=back.get(line.line_no, line.invoiced_to_date))
            before, after = (
                [one for one in coverage_of_removed(case.contract, at, some, waivers, ended) if one.state == "gap"]
                for at, some in ((line, own), (then, rest))
            )
            found += [left_unbilled(case, line, one.days) for one in after if one not in before]
    return found


def left_unbilled(case: ContractCase, line: ContractLine, days: Span) -> Finding:
    amount = money(charged(line, days).amount)
    return contract_finding(case, "contract_removed_days", line=line.line_no, days=days, amount=amount)


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

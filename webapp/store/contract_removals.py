"""Removes lines of contracts: one by hand, or all that have ended; what is owed is credited first (C-40, C-41)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from db import contracts as tables
from db.engine import fetch
from db.session import Session
from webapp.billing.amounts import balanced
from webapp.billing.case import ContractCase
from webapp.billing.checks import contract_finding
from webapp.billing.coverage import coverage_of_removed
from webapp.billing.line_changes import credit_is_due, may_remove
from webapp.billing.records import ContractLine
from webapp.posting.findings import Finding, finding
from webapp.posting.records import changed
from webapp.store.acting import Acting
from webapp.store.contract_credits import (
    MadeCredit,
    ask_about_open,
    credited_saved,
    crediting,
    write_credit,
)
from webapp.store.contract_drafts import NO_ANSWERS, ContractSaved, Refused, change_with_traces, line_gone
from webapp.store.contract_records import load_entries, load_waivers
from webapp.store.contract_traces import filing_batches
from webapp.store.drafts import unknown_references
from webapp.store.removed_lines import left_unbilled
from webapp.store.rows import decimal_from
from webapp.store.snapshots import Document

MOST_LISTED = 500


async def delete_contract_line(
    acting: Acting,
    kind: str,
    no: str,
    line_no: int,
    row_version: int | None = None,
    confirmed: frozenset[str] = NO_ANSWERS,
) -> ContractSaved:
    """Removes one line of an open contract or quote (C-40)."""

    async def work(session: Session, case: ContractCase, memo: Document | None) -> ContractSaved:
        line = case.line(line_no)
        if line is None:
            raise Refused([line_gone(case, line_no)])
        findings, warned = may_remove(case, line)
        findings += [one for one in warned if one.code not in confirmed]
        if findings:
            raise Refused(findings)
        made = None
        if _credits(case, line):
            ask_about_open(case, confirmed)
            made = await write_credit(session, acting, case, [line], memo)
        await session.execute_all(change_with_traces(acting, case, without(case, [line]), "line_deleted"))
        saved = credited_saved(case, made) if made else ContractSaved(kind, no)
        left = await _left_behind(session, acting, case, [line])
        return changed(saved, kind=kind, line_no=line_no, notices=(*saved.notices, *left))

    saved = await crediting(no, row_version, work, kind)
    return changed(saved, line_no=line_no)


async def _left_behind(
    session: Session, acting: Acting, case: ContractCase, gone: Sequence[ContractLine]
) -> list[Finding]:
    """What nobody billed of lines that are being removed: told now, and listed until it is billed or waived (C-171)."""
    no, kept = case.contract.no, [line for line in gone if not line.new_line]
    if case.contract.is_quote or not case.contract.is_signed or not kept:
        return []
    entries, waivers = await load_entries(session, [no]), await load_waivers(session, no)
    return [
        left_unbilled(case, line, one.days)
        for line in kept
        for one in coverage_of_removed(case.contract, line, entries, waivers, acting.work_date)
        if one.state == "gap"
    ]


def _credits(case: ContractCase, line: ContractLine) -> bool:
    """Whether removing the line makes a credit memo first."""
    return case.contract.automatic_credit_memos and credit_is_due(case, line)


def without(case: ContractCase, gone: Sequence[ContractLine]) -> ContractCase:
    """The contract without these lines, its annual amount that of the others (C-40, C-56)."""
    nos = {line.line_no for line in gone}
    lines = tuple(line for line in case.lines if line.line_no not in nos)
    return changed(case, lines=lines, contract=balanced(case.contract, lines))


# --- all that have ended ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RemovalFilter:
    """Which lines: ended by this day, of one contract, of one service item."""

    until: date
    contract_no: str = ""
    service_item_no: str = ""
    reason_code: str = ""


@dataclass(frozen=True, slots=True)
class EndedLine:
    """A line that the run would remove (C-41)."""

    contract_no: str
    line_no: int
    service_item_no: str
    description: str
    ends: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Removal:
    """What became of one contract: how many lines went, the credit memo, or why nothing of it was removed."""

    contract_no: str
    removed: int = 0
    credit: MadeCredit | None = None
    findings: tuple[Finding, ...] = ()
    notices: tuple[Finding, ...] = ()


_ENDED = """
SELECT l.contract_no, l.line_no, l.service_item_no, l.description, l.contract_expiration_date, l.line_amount
FROM service_contract_line l JOIN service_contract c ON c.kind = l.kind AND c.no = l.contract_no
WHERE l.kind = 'contract' AND c.status = 'signed' AND NOT l.new_line AND l.contract_expiration_date <= ?{more}
ORDER BY l.contract_no, l.line_no"""


async def ended_lines(asked: RemovalFilter) -> list[EndedLine]:
    """The lines that a run with this filter would remove."""
    more, values = "", list[object]([asked.until])
    if asked.contract_no:
        more += " AND l.contract_no = ?"
        values.append(asked.contract_no)
    if asked.service_item_no:
        more += " AND l.service_item_no = ?"
        values.append(asked.service_item_no)
    rows = await fetch(_ENDED.format(more=more), *values)
    return [
        EndedLine(str(no), int(line_no), str(item or ""), str(text), _day(ends), decimal_from(int(amount), 5))
        for no, line_no, item, text, ends, amount in rows
    ]


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


async def remove_ended_lines(acting: Acting, asked: RemovalFilter) -> tuple[list[Removal], list[Finding]]:
    """Removes them contract by contract, each in its own transaction; one that cannot be removed keeps all its lines
    and says why (C-41, C-154)."""
    lines = await ended_lines(asked)
    found: list[Removal] = []
    for no in dict.fromkeys(line.contract_no for line in lines):
        found.append(await _remove(acting, no, {x.line_no for x in lines if x.contract_no == no}, asked.reason_code))
        missing = [one for one in found[-1].findings if one.field == "cancel_reason_code"]
        if missing:
            return [], missing
    return found, []


async def _remove(acting: Acting, no: str, line_nos: set[int], reason_code: str) -> Removal:
    done = Removal(no)

    async def work(session: Session, case: ContractCase, memo: Document | None) -> ContractSaved:
        nonlocal done
        if case.setup.service.use_contract_cancel_reason and not reason_code:
            raise Refused([finding("field_required", field="cancel_reason_code", table="service_contract")])
        if unknown := await unknown_references(session, tables.ServiceContract, {"cancel_reason_code": reason_code}):
            raise Refused(unknown)
        gone = [line for line in case.lines if line.line_no in line_nos]
        if not case.contract.is_signed or not gone:
            raise Refused([contract_finding(case, "contract_changed", kind="Contract")])
        await session.execute_all([b for b in await filing_batches(session, acting, "contract", no) if b[1]])
        owed = [line for line in gone if _credits(case, line)]
        made = await write_credit(session, acting, case, owed, memo) if owed else None
        after = without(case, gone)
        await session.execute_all(change_with_traces(acting, case, after, "line_deleted", reason_code))
        left = await _left_behind(session, acting, case, gone)
        done = Removal(no, len(gone), made, notices=tuple(left))
        return ContractSaved("contract", no)

    saved = await crediting(no, None, work)
    return changed(done, findings=saved.findings) if saved.findings else done

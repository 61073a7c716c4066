"""The days of all contract lines: which are forgotten, how a month stands, how a gap is closed (C-171, R-1.8)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from db.engine import reading
from db.session import Session
from webapp.billing.case import ContractCase
from webapp.billing.checks import contract_finding, invoice_findings, may_be_invoiced
from webapp.billing.contract import plan_gap
from webapp.billing.coverage import CoveredLine, Stretch, coverage
from webapp.billing.periods import Span
from webapp.billing.records import ContractEntry, Waiver
from webapp.store.acting import Acting
from webapp.store.contract_credits import crediting
from webapp.store.contract_drafts import ContractSaved, Refused
from webapp.store.contract_records import WAIVERS, load_cases, load_entries, load_waivers, waiver_batch
from webapp.store.contract_steps import make_invoice
from webapp.store.snapshots import Document, marks

AT_ONCE: Final = 200
# What keeps a coming period from being invoiced is no matter to days that are past.
_ABOUT_THE_NEXT: Final = frozenset(
    {"contract_nothing_to_invoice", "contract_amount_missing", "contract_without_period"}
)


async def covered_lines(session: Session, until: date) -> AsyncIterator[CoveredLine]:
    """Every line of every signed contract with its days up to `until`, some contracts at a time."""
    last = ""
    while True:
        rows = await session.fetch(
            "SELECT no FROM service_contract WHERE kind = 'contract' AND status = 'signed' AND no > ?"
            f" ORDER BY no LIMIT {AT_ONCE}",
            last,
        )
        if not rows:
            return
        nos = [str(row[0]) for row in rows]
        last = nos[-1]
        cases = await load_cases(session, nos)
        entries: dict[tuple[str, int], list[ContractEntry]] = {}
        for entry in await load_entries(session, nos):
            entries.setdefault((entry.service_contract_no, entry.contract_line_no), []).append(entry)
        given = await _waivers(session, nos)
        for no in nos:
            case = cases[no]
            for line in case.lines:
                own = entries.get((no, line.line_no), ())
                stretches = coverage(case.contract, line, own, given.get(no, ()), until)
                yield CoveredLine(case.contract, line, tuple(stretches))


async def _waivers(session: Session, nos: list[str]) -> dict[str, list[Waiver]]:
    found: dict[str, list[Waiver]] = {}
    sql = f"SELECT contract_no, {', '.join(WAIVERS.names)} FROM contract_waiver WHERE contract_no IN ({marks(nos)})"
    for row in await session.fetch(sql, *nos):
        found.setdefault(str(row[0]), []).append(WAIVERS.one(row[1:]))
    return found


async def wrong_lines(session: Session, until: date) -> AsyncIterator[tuple[CoveredLine, Stretch]]:
    """Days that nobody billed or that were billed twice, oldest first within a line (R-1.8)."""
    async for one in covered_lines(session, until):
        for stretch in one.wrong:
            yield one, stretch


@dataclass(frozen=True, slots=True)
class Looked:
    """What the page shows: forgotten days and days billed twice, and the lines that have days in the month."""

    wrong: tuple[tuple[CoveredLine, Stretch], ...]
    lines: tuple[CoveredLine, ...]


async def look_at_coverage(until: date, month: Span) -> Looked:
    """One look at all contracts for both, the days of lines without end up to the later of the two."""
    wrong: list[tuple[CoveredLine, Stretch]] = []
    lines = []
    async with reading() as session:
        async for one in covered_lines(session, max(until, month.last)):
            wrong += [(one, stretch) for stretch in one.wrong]
            if any(s.days.first <= month.last and s.days.last >= month.first for s in one.stretches):
                lines.append(one)
    return Looked(tuple(wrong), tuple(lines))


# --- closing a gap ----------------------------------------------------------------------------------------------------


async def close_gap(acting: Acting, no: str, line_no: int, first: date, reason: str = "") -> ContractSaved:
    """Bills a gap with an invoice of its own, or, with a reason, gives its days away (C-171)."""

    async def work(session: Session, case: ContractCase, memo: Document | None) -> ContractSaved:
        line = case.line(line_no)
        entries = await load_entries(session, [no])
        waivers = await load_waivers(session, no)
        days = None
        if line is not None:
            states = coverage(case.contract, line, entries, waivers, acting.work_date)
            days = next((one.days for one in states if one.state == "gap" and one.days.first == first), None)
        if line is None or days is None:
            raise Refused([contract_finding(case, "contract_gap_gone", line=line_no, first=first, last=first)])
        plan = plan_gap(case.contract, case.lines, line_no, days, acting.work_date)
        if reason:
            row = [no, line_no, days.first, days.last, plan.amount, reason[:250], acting.user, datetime.now(UTC)]
            await session.execute_all([waiver_batch([row])])
            return ContractSaved("contract", no, line_no)
        wrong = [*may_be_invoiced(case), *invoice_findings(case, acting.work_date)]
        if wrong := [one for one in wrong if one.code not in _ABOUT_THE_NEXT]:
            raise Refused(wrong)
        made = await make_invoice(session, acting, case, plan, acting.work_date)
        return ContractSaved("contract", no, line_no, invoices=tuple(made))

    return await crediting(no, None, work)

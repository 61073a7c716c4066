"""The days of all contract lines: which are forgotten, how a month stands, how a gap is closed (C-171, R-1.8)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from db.engine import reading
from db.session import Row, Session
from webapp.billing.case import ContractCase
from webapp.billing.checks import contract_finding, invoice_findings, may_be_invoiced
from webapp.billing.contract import ContractPlan, plan_gap
from webapp.billing.coverage import CoveredLine, Known, PlainLine, Stretch, covered, last_day_of
from webapp.billing.periods import Span, span
from webapp.billing.records import Contract, ContractEntry, Waiver
from webapp.posting.records import changed
from webapp.store.acting import Acting
from webapp.store.contract_credits import crediting
from webapp.store.contract_drafts import ContractSaved, Refused
from webapp.store.contract_records import WAIVERS, load_cases, load_entries, load_left_out, waiver_batch
from webapp.store.contract_runs import ContractFilter
from webapp.store.contract_steps import make_invoice
from webapp.store.removed_lines import cancelled_on, load_removed, with_removed
from webapp.store.rows import decimal_from
from webapp.store.snapshots import Document, marks

AT_ONCE: Final = 200
# What keeps a coming period from being invoiced is no matter to days that are past.
_ABOUT_THE_NEXT: Final = frozenset(
    {"contract_nothing_to_invoice", "contract_amount_missing", "contract_without_period"}
)


# A cancelled contract is looked at when something of it was taken back, maybe since: what it had not billed by then is
# given away.
_LOOKED_AT: Final = (
    "c.kind = 'contract' AND (c.status = 'signed' OR (c.status = 'cancelled' AND EXISTS (SELECT 1 FROM"
    " service_ledger_entry e WHERE e.service_contract_no = c.no AND e.type = 'service_contract' AND e.quantity > 0)))"
)


async def covered_lines(session: Session, until: date) -> AsyncIterator[CoveredLine]:
    """Every line of every signed contract with its days up to `until`, some contracts at a time; removed ones, too."""
    last = ""
    while True:
        rows = await session.fetch(
            f"SELECT c.no FROM service_contract c WHERE {_LOOKED_AT} AND c.no > ? ORDER BY c.no LIMIT {AT_ONCE}", last
        )
        if not rows:
            return
        nos = [str(row[0]) for row in rows]
        last = nos[-1]
        for one in await _covered(session, nos, until):
            yield one


async def _covered(session: Session, nos: Sequence[str], until: date) -> list[CoveredLine]:
    cases = await load_cases(session, nos)
    entries: dict[str, list[ContractEntry]] = {}
    for entry in await load_entries(session, nos):
        entries.setdefault(entry.service_contract_no, []).append(entry)
    given, removed = await _waivers(session, nos), await load_removed(session, nos)
    left, cancelled = await load_left_out(session, nos), await cancelled_on(session, nos)
    found: list[CoveredLine] = []
    for no, case in cases.items():
        gone = [(one.line, one.removed_on) for one in removed.get(no, ())]
        known = Known(entries.get(no, ()), given.get(no, ()), left.get(no, ()), gone)
        found += covered(case.contract, case.lines, known, until, cancelled.get(no))
    return found


async def _waivers(session: Session, nos: Sequence[str]) -> dict[str, list[Waiver]]:
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
    lines: tuple[CoveredLine | PlainLine, ...]


async def open_days(until: date, asked: ContractFilter) -> list[tuple[CoveredLine, Stretch]]:
    """Days that nobody billed, of the contracts that a run looks at: it leaves them, too (C-171)."""
    wanted = {name: value for name, value in asdict(asked).items() if value}
    found = (await look_at_coverage(until, Span(until, until))).wrong
    return [
        (line, stretch)
        for line, stretch in found
        if stretch.state == "gap" and all(_named(line.contract, name) == value for name, value in wanted.items())
    ]


def _named(contract: Contract, name: str) -> str:
    return str(getattr(contract, "no" if name == "contract_no" else name))


_DAYS: Final = {
    "sqlite": "CAST(julianday(e.period_to) - julianday(e.period_from) AS INTEGER) + 1",
    "postgresql": "e.period_to - e.period_from + 1",
}
_SUMS: Final = """
SELECT l.contract_no, l.line_amount, l.starting_date, c.starting_date, l.contract_expiration_date,
    c.expiration_date, l.invoiced_to_date, e.days, e.first_day, e.last_day, e.draft_days, e.draft_from
FROM service_contract c JOIN service_contract_line l ON l.kind = c.kind AND l.contract_no = c.no
LEFT JOIN (
    SELECT service_contract_no, contract_line_no, SUM({days}) AS days, MIN(period_from) AS first_day,
        MAX(period_to) AS last_day, SUM(CASE WHEN open THEN {days} ELSE 0 END) AS draft_days,
        MIN(CASE WHEN open THEN period_from END) AS draft_from
    FROM service_ledger_entry e
    WHERE service_contract_no <> '' AND type = 'service_contract' AND period_from IS NOT NULL
    GROUP BY service_contract_no, contract_line_no
) e ON e.service_contract_no = l.contract_no AND e.contract_line_no = l.line_no
WHERE c.kind = 'contract' AND c.status = 'signed' ORDER BY l.contract_no, l.line_no"""
_SPECIAL: Final = (
    "SELECT c.no FROM service_contract c WHERE c.no IN (SELECT contract_no FROM contract_waiver"
    " UNION SELECT contract_no FROM removed_contract_line UNION SELECT service_contract_no FROM service_ledger_entry"
    f" WHERE service_contract_no <> '' AND type = 'service_contract' AND quantity > 0) AND {_LOOKED_AT}"
)


async def look_at_coverage(until: date, month: Span) -> Looked:
    """One look at all contracts for both, the days of lines without end up to the later of the two. A contract is
    loaded with its entries only where the sums of a line, a credit, a waiver or a removed line ask for it; `verify`
    looks at each (R-1.8)."""
    last = max(until, month.last)
    plain: list[PlainLine] = []
    doubtful: dict[str, None] = {}
    async with reading() as session:
        sums = _SUMS.format(days=_DAYS[session.dialect])
        rows, special = await session.fetch_all([(sums, ()), (_SPECIAL, ())])
        named = {str(row[0]) for row in special}
        for row in rows:
            if str(row[0]) in named or not (line := _plain(row, last)):
                doubtful[str(row[0])] = None
            else:
                plain.append(line)
        doubtful |= dict.fromkeys(sorted(named))
        wrong: list[tuple[CoveredLine, Stretch]] = []
        lines: list[CoveredLine | PlainLine] = []
        nos = list(doubtful)
        for start in range(0, len(nos), AT_ONCE):
            for one in await _covered(session, nos[start : start + AT_ONCE], last):
                wrong += [(one, stretch) for stretch in one.wrong]
                if any(s.days.first <= month.last and s.days.last >= month.first for s in one.stretches):
                    lines.append(one)
    wrong.sort(key=lambda found: (found[0].contract_no, found[0].line.line_no))
    own = [one for one in plain if one.contract_no not in doubtful]
    lines += [one for one in own if one.whole.first <= month.last and one.whole.last >= month.first]
    return Looked(tuple(wrong), tuple(lines))


def _plain(row: Row, until: date) -> PlainLine | None:
    """The line, when its sums say that its days are billed once and in order up to where it is invoiced. No day is
    billed twice (C-103), so as many days as there are between the first and the last leave none out."""
    no, amount, starts, contract_starts, ends, contract_ends, invoiced_to, *entries = row
    days, first, last, draft_days, draft_from = entries
    whole = span(starts or contract_starts, last_day_of(ends, contract_ends, until))
    if whole is None or (days is None) != (invoiced_to is None):
        return None
    figure = decimal_from(int(amount), 5)
    if days is None:
        return PlainLine(str(no), figure, whole)
    first, last, draft = _day(first), _day(last), _day(draft_from)
    in_order = first == whole.first and last == invoiced_to and int(days) == (last - first).days + 1
    at_the_end = draft is None or int(draft_days) == (last - draft).days + 1
    return PlainLine(str(no), figure, whole, last, draft) if in_order and at_the_end else None


def _day(value: object) -> Any:
    """A day that SQLite gives as text where it comes from a function."""
    return date.fromisoformat(value) if isinstance(value, str) else value


# --- closing a gap ----------------------------------------------------------------------------------------------------


async def close_gap(acting: Acting, no: str, line_no: int, first: date, reason: str = "") -> ContractSaved:
    """Bills a gap with an invoice of its own, or, with a reason, gives its days away (C-171)."""

    async def work(session: Session, case: ContractCase, memo: Document | None) -> ContractSaved:
        lines = [one for one in await _covered(session, [no], acting.work_date) if one.line.line_no == line_no]
        gaps = [x.days for one in lines for x in one.stretches if x.state == "gap"]
        days = next((one for one in gaps if one.first == first), None)
        billing = case
        if case.line(line_no) is None:
            billing, _ = await with_removed(session, case, line_no)
        if days is None:
            raise Refused([contract_finding(case, "contract_gap_gone", line=line_no, first=first, last=first)])
        plan = plan_gap(billing.contract, billing.lines, line_no, days, acting.work_date)
        if reason:
            row = [no, line_no, days.first, days.last, plan.amount, reason[:250], acting.user, datetime.now(UTC)]
            await session.execute_all([waiver_batch([row])])
            return ContractSaved("contract", no, line_no)
        wrong = [*may_be_invoiced(case), *invoice_findings(case, acting.work_date)]
        if wrong := [one for one in wrong if one.code not in _ABOUT_THE_NEXT]:
            raise Refused(wrong)
        before = [one.first for one in gaps if one.first < first]
        if case.line(line_no) is None and not before:
            plan = await _billed_of_removed(session, plan, no, line_no, days)
        made = await make_invoice(session, acting, billing, plan, acting.work_date)
        return ContractSaved("contract", no, line_no, invoices=tuple(made))

    return await crediting(no, None, work)


async def _billed_of_removed(session: Session, plan: ContractPlan, no: str, line_no: int, days: Span) -> ContractPlan:
    """A removed line counts as invoiced to the end of its last days, so that they are credited when somebody credits
    them; the register knows how far it was before (C-116)."""
    lines = tuple(
        changed(line, invoiced_to_date=days.last)
        if line.line_no == line_no and (line.invoiced_to_date is None or line.invoiced_to_date < days.first)
        else line
        for line in plan.lines_after
    )
    if lines != plan.lines_after:
        sql = "UPDATE removed_contract_line SET invoiced_to_date = ? WHERE contract_no = ? AND line_no = ?"
        await session.execute_all([(sql, [(days.last, no, line_no)])])
    return changed(plan, lines_after=lines)

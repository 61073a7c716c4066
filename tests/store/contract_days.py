"""Random months of contracts: agreed, signed, invoiced, credited, opened, shortened, cancelled in an order that a seed
decides. After each step every day is counted from the rows, without the code that bills it (C-163, C-171)."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from typing import Any

from db.engine import reading
from tests.builders import Pack
from tests.store.contract_company import D, contract_pack, on
from tests.store.test_releases import SERIES
from webapp.billing.coverage import CoveredLine, Stretch
from webapp.billing.lifecycle import QUESTIONS
from webapp.posting.findings import Finding
from webapp.posting.snapshot import DocumentKey, PostingRequest
from webapp.store import contract_drafts, contract_steps, drafts
from webapp.store.acting import Acting
from webapp.store.batch_work import Worker, finish
from webapp.store.cancel import cancel_invoice
from webapp.store.contract_credits import credit_contract_line, credit_due_lines
from webapp.store.contract_drafts import ContractSaved
from webapp.store.contract_removals import RemovalFilter, delete_contract_line, remove_ended_lines
from webapp.store.contract_runs import ContractFilter, RunDates, start_invoicing
from webapp.store.coverage import close_gap, covered_lines, wrong_lines
from webapp.store.crediting import create_credit_memo
from webapp.store.posting import post_document
from webapp.store.prepaid_entries import get_prepaid_entries
from webapp.store.releases import ReleaseAsked, start_release

DAY = timedelta(days=1)
PERIODS = ("month", "month", "two_months", "quarter", "half_year", "year")
DELETING = frozenset({"contract_restore_dates", "contract_credit_lost"})
TOLD = frozenset({"contract_days_left", "contract_removed_days"})
Days = set[tuple[str, int, date]]


def company() -> Pack:
    machines = {f"M{n}": {"description": f"Machine {n}", "customer_no": "C-GOOD"} for n in range(1, 40)}
    return contract_pack(**SERIES, service_items=machines)


class Months:
    """One random stretch of time. `steps` tells what was done and what came of it."""

    def __init__(self, seed: int, length: int = 60) -> None:
        self.random = random.Random(f"contract days {seed}")
        self.length = length
        self.day = date(2025, 1, 1)
        self.nos: list[str] = []
        self.machine = 0
        self.steps: list[str] = []

    async def play(self) -> None:
        before: Days = set()
        for _ in range(self.length):
            self.day += timedelta(days=self.random.choice((0, 0, 1, 3, 9, 14, 27)))
            doing, weight = zip(*self._weighted(), strict=True)
            step = self.random.choices(doing, weight)[0] if self.nos else self._agree
            told = await step()
            before = await self._look(before, told)

    def _weighted(self) -> Sequence[tuple[Callable[[], Awaitable[Sequence[Finding]]], int]]:
        return (
            (self._agree, 8 if len(self.nos) < 4 else 1),
            (self._invoice, 10), (self._run, 4), (self._post, 14), (self._delete, 8), (self._cancel_posted, 4),
            (self._open, 8), (self._lock, 10), (self._add_line, 4), (self._end_line, 5), (self._remove, 5),
            (self._end, 3), (self._period, 2), (self._value, 2), (self._begin, 2),
            (self._credit, 5), (self._credit_due, 3), (self._remove_ended, 2), (self._release, 2),
            (self._close_gap, 6), (self._cancel, 1), (self._correct, 3), (self._fetch, 2),
        )  # fmt: skip

    # --- what is checked ----------------------------------------------------------------------------------------------

    async def _look(self, before: Days, told: Sequence[Finding]) -> Days:
        """No day is billed twice, and why one is open is on record and was told by the step that left it so."""
        async with reading() as session:
            wrong = [(one, stretch) async for one, stretch in wrong_lines(session, self.day)]
        gaps = {day for one, stretch in wrong for day in days_of(one, stretch)}
        self.steps += [f"    open: {text}" for text in spans(gaps - before)]
        assert [stretch for _, stretch in wrong if stretch.state == "overlap"] == []
        assert [one.line for one, stretch in wrong if not one.reason(stretch)] == [], "open for no reason on record"
        assert not gaps - before or TOLD & {one.code for one in told}, "the step left days open and did not tell"
        await self._counted()
        return gaps

    async def _counted(self) -> None:
        """By the rows alone: no day of a line is billed twice or credited more often than billed, and what was given
        away is not billed as well."""
        async with reading() as session:
            entries = await session.fetch(
                "SELECT service_contract_no, contract_line_no, period_from, period_to, quantity"
                " FROM service_ledger_entry WHERE type = 'service_contract' AND entry_type = 'sale'"
                " AND period_from IS NOT NULL"
            )
            waived = await session.fetch(
                "SELECT contract_no, contract_line_no, period_from, period_to FROM contract_waiver"
            )
        billed: dict[tuple[str, int, date], int] = {}
        for no, line, first, last, quantity in entries:
            for day in between(str(no), int(line), first, last):
                billed[day] = billed.get(day, 0) + (1 if quantity < 0 else -1)
        wrong = {day: count for day, count in billed.items() if count not in (0, 1)}
        assert not wrong, f"billed or credited twice: {spans(set(wrong))}"
        both = {day for row in waived for day in between(str(row[0]), int(row[1]), row[2], row[3]) if billed.get(day)}
        assert not both, f"given away and billed: {spans(both)}"

    async def settle(self) -> None:
        """All contracts are locked and invoiced far ahead: no day before the next period waits any more, but of lines
        that could not join, which the refusal says."""
        self.day += timedelta(days=400)
        refused = {no for no in self.nos if not await self._locked(no)}
        worker, far = Worker(), RunDates(self.day, self.day)
        begun = await start_invoicing(self.acting, far, ContractFilter(), worker=worker.name)
        if begun.no is not None:
            await finish(worker, begun.no)
        async with reading() as session:
            lines = [one async for one in covered_lines(session, self.day)]
        for one in lines:
            contract = one.contract
            period = contract.next_period_start or self.day
            late = [x.days for x in one.stretches if x.state == "waiting" and x.days.first < period]
            late = [] if contract.no in refused or contract.invoice_period == "none" else late
            assert not late, f"{contract.no}/{one.line.line_no} {late}: the next period begins on {period}"

    async def _locked(self, no: str) -> bool:
        case = await contract_drafts.load_contract("contract", no)
        assert case is not None
        for start in (None, case.contract.next_period_start):
            saved = await contract_steps.lock_contract(self.acting, "contract", no, new_lines="later", start=start)
            if saved.ok or "contract_locked" in {one.code for one in saved.findings}:
                return True
        return False

    # --- steps --------------------------------------------------------------------------------------------------------

    @property
    def acting(self) -> Acting:
        return on(self.day.isoformat())

    def _note(self, what: str, findings: Sequence[Finding], notices: Sequence[Finding] = ()) -> Sequence[Finding]:
        came = [one.code for one in findings] or "done"
        more = f" {[one.message for one in notices]}" if notices else ""
        self.steps.append(f"{self.day} {what} -> {came}{more}")
        return notices

    def _saved(self, what: str, saved: ContractSaved) -> Sequence[Finding]:
        return self._note(
            f"{what} {[one.no for one in saved.invoices]} {list(saved.credit_memos)}", saved.findings, saved.notices
        )

    def _around(self, back: int, ahead: int) -> date:
        day = self.day + timedelta(days=self.random.randint(-back, ahead))
        return self.random.choice((day, day.replace(day=1), day.replace(day=1) - DAY))

    async def _any(self) -> str:
        return self.random.choice(self.nos) if self.nos else "SC-0"

    async def _opened(self) -> str:
        """A contract that is open for changes, mostly."""
        no = await self._any()
        if self.random.random() < 0.8:
            await contract_steps.open_contract(self.acting, "contract", no)
        return no

    async def _line(self, no: str) -> int:
        case = await contract_drafts.load_contract("contract", no)
        return self.random.choice([line.line_no for line in case.lines] if case and case.lines else [10000])

    def _new_line(self) -> dict[str, Any]:
        self.machine = self.machine % 39 + 1
        value = D(self.random.choice((120, 600, 1000, 1200)))
        given: dict[str, Any] = {"service_item_no": f"M{self.machine}", "line_value": value}
        if self.random.random() < 0.2:
            given["contract_expiration_date"] = self._around(0, 200)
        return given

    async def _agree(self) -> Sequence[Finding]:
        header = {
            "customer_no": "C-GOOD", "starting_date": self._around(40, 20),
            "expiration_date": self._around(0, 400) if self.random.random() < 0.4 else None,
            "invoice_period": self.random.choice(PERIODS), "contract_account_group": "STD", "service_period": "3M",
            "prepaid": self.random.random() < 0.5, "automatic_credit_memos": self.random.random() < 0.5,
            "combine_invoices": self.random.random() < 0.5,
        }  # fmt: skip
        made = await contract_drafts.create_contract(self.acting, "contract", header)
        if not made.ok:
            return self._saved("agree", made)
        for _ in range(self.random.randint(1, 3)):
            await contract_drafts.add_contract_line(
                self.acting, "contract", made.no, self._new_line(), confirmed=QUESTIONS
            )
        way = self.random.choice(("now", "later", "later", "never"))
        signed = await contract_steps.sign_contract(
            self.acting, "contract", made.no, starting=way, reason="agreed", confirmed=QUESTIONS
        )
        if signed.ok:
            self.nos.append(made.no)
        shown = {
            name: str(value)
            for name, value in header.items()
            if name not in ("customer_no", "service_period", "contract_account_group")
        }
        return self._saved(f"agree {made.no} {shown} {way}", signed)

    async def _invoice(self) -> Sequence[Finding]:
        no, way = await self._any(), self.random.choice(("now", "later"))
        return self._saved(
            f"invoice {no} {way}",
            await contract_steps.create_contract_invoice(self.acting, no, earlier=way, confirmed=QUESTIONS),
        )

    async def _run(self) -> Sequence[Finding]:
        until = self._around(20, 0)
        worker = Worker()
        dates = RunDates(self.day, until)
        begun = await start_invoicing(self.acting, dates, ContractFilter(), worker=worker.name)
        if begun.no is not None:
            await finish(worker, begun.no)
        return self._note(f"run to {until}", begun.findings)

    async def _document(self, kind: str) -> DocumentKey | None:
        async with reading() as session:
            rows = await session.fetch("SELECT no FROM service_header WHERE document_type = ? ORDER BY no", kind)
        return DocumentKey(kind, str(self.random.choice(rows)[0])) if rows else None

    async def _post(self) -> Sequence[Finding]:
        key = await self._document(self.random.choice(("invoice", "credit_memo")))
        if key is None:
            return ()
        done = await post_document(self.acting, key, PostingRequest(ship=True, invoice=True))
        return self._note(f"post {key.no} {[one.no for one in done.posted]}", [] if done.ok else done.findings)

    async def _delete(self) -> Sequence[Finding]:
        key = await self._document(self.random.choice(("invoice", "invoice", "credit_memo")))
        if key is None:
            return ()
        saved = await drafts.delete_document(self.acting, key, confirmed=DELETING)
        return self._note(f"delete {key.no}", saved.findings, saved.notices)

    async def _cancel_posted(self) -> Sequence[Finding]:
        async with reading() as session:
            rows = await session.fetch("SELECT no FROM service_invoice_header ORDER BY no")
        if not rows:
            return ()
        no, correct = str(self.random.choice(rows[-3:])[0]), self.random.random() < 0.3
        done = await cancel_invoice(self.acting, no, self.day, correct=correct)
        assert done is not None
        errors = [one for one in done.findings if one.is_error]
        return self._note(f"cancel {no} correct={correct} {done.credit_memo_no}", errors, done.findings)

    async def _correct(self) -> Sequence[Finding]:
        """A credit memo made from a posted invoice, over some of its lines."""
        async with reading() as session:
            rows = await session.fetch(
                "SELECT document_no, line_no FROM service_invoice_line WHERE type = 'gl_account'"
                " ORDER BY document_no, line_no"
            )
        if not rows:
            return ()
        no = str(self.random.choice(rows)[0])
        lines = {int(row[1]): D(1) for row in rows if row[0] == no and self.random.random() < 0.7}
        saved = await create_credit_memo(self.acting, no, lines)
        assert saved is not None
        return self._note(f"credit of {no} {sorted(lines)} {saved.key}", saved.findings, saved.notices)

    async def _fetch(self) -> Sequence[Finding]:
        """What waits on the prepaid account, fetched into a credit memo by hand."""
        no, made = (
            await self._any(),
            await drafts.create_document(self.acting, "credit_memo", {"customer_no": "C-GOOD"}),
        )
        if made.key is None:
            return self._note("credit memo by hand", made.findings)
        saved = await get_prepaid_entries(self.acting, made.key, no)
        return self._note(f"fetch of {no} into {made.key.no}", saved.findings, saved.notices)

    async def _open(self) -> Sequence[Finding]:
        no = await self._any()
        return self._saved(f"open {no}", await contract_steps.open_contract(self.acting, "contract", no))

    async def _lock(self) -> Sequence[Finding]:
        no, way = await self._any(), self.random.choice(("now", "later"))
        start = self._around(20, 10) if self.random.random() < 0.3 else None
        saved = await contract_steps.lock_contract(self.acting, "contract", no, new_lines=way, start=start)
        return self._saved(f"lock {no} {way} {start}", saved)

    async def _add_line(self) -> Sequence[Finding]:
        no, line = await self._opened(), self._new_line()
        saved = await contract_drafts.add_contract_line(self.acting, "contract", no, line, confirmed=QUESTIONS)
        return self._saved(f"add to {no} {line.get('contract_expiration_date')}", saved)

    async def _end_line(self) -> Sequence[Finding]:
        no = await self._opened()
        line, ends = await self._line(no), self.random.choice((None, self._around(30, 60), self._around(30, 60)))
        saved = await contract_drafts.change_contract_line(
            self.acting, "contract", no, line, {"contract_expiration_date": ends}, confirmed=QUESTIONS
        )
        return self._saved(f"end {no}/{line} {ends}", saved)

    async def _remove(self) -> Sequence[Finding]:
        no = await self._opened()
        line = await self._line(no)
        saved = await delete_contract_line(self.acting, "contract", no, line, confirmed=QUESTIONS)
        return self._saved(f"remove {no}/{line}", saved)

    async def _header(self, what: str, values: dict[str, Any], way: str = "") -> Sequence[Finding]:
        no = await self._opened()
        saved = await contract_drafts.change_contract(self.acting, "contract", no, values, confirmed=QUESTIONS, way=way)
        return self._saved(f"{what} {no} {next(iter(values.values()))}", saved)

    async def _end(self) -> Sequence[Finding]:
        ends = self.random.choice((None, self._around(10, 300)))
        return await self._header("contract ends", {"expiration_date": ends})

    async def _period(self) -> Sequence[Finding]:
        return await self._header("period", {"invoice_period": self.random.choice((*PERIODS, "none"))})

    async def _value(self) -> Sequence[Finding]:
        return await self._header("annual", {"annual_amount": D(self.random.randint(100, 3000))}, "even")

    async def _begin(self) -> Sequence[Finding]:
        return await self._header("begin", {"starting_date": self._around(40, 40)})

    async def _credit(self) -> Sequence[Finding]:
        no = await self._opened()
        line, ends = await self._line(no), self._around(40, 0)
        saved = await credit_contract_line(self.acting, no, line, ends, None, confirmed=QUESTIONS)
        return self._saved(f"credit {no}/{line} {ends}", saved)

    async def _credit_due(self) -> Sequence[Finding]:
        no = await self._any()
        return self._saved(f"credit due {no}", await credit_due_lines(self.acting, no, confirmed=QUESTIONS))

    async def _remove_ended(self) -> Sequence[Finding]:
        done, found = await remove_ended_lines(self.acting, RemovalFilter(self.day))
        notices = [one for removal in done for one in removal.notices]
        what = [(one.contract_no, one.removed, [f.code for f in one.findings]) for one in done]
        return self._note(f"remove ended {what}", found, notices)

    async def _release(self) -> Sequence[Finding]:
        worker = Worker()
        begun = await start_release(self.acting, ReleaseAsked(self.day, self._around(10, 0)), worker=worker.name)
        if begun.no is not None:
            await finish(worker, begun.no)
        return self._note("release", begun.findings)

    async def _close_gap(self) -> Sequence[Finding]:
        async with reading() as session:
            gaps = [(one, stretch) async for one, stretch in wrong_lines(session, self.day) if stretch.state == "gap"]
        if not gaps:
            return ()
        one, stretch = self.random.choice(gaps)
        reason = self.random.choice(("", "agreed"))
        saved = await close_gap(self.acting, one.contract_no, one.line.line_no, stretch.days.first, reason)
        return self._saved(f"close {one.contract_no}/{one.line.line_no} {stretch.days} {reason}", saved)

    async def _cancel(self) -> Sequence[Finding]:
        no, day = await self._any(), self.random.choice((None, self._around(30, 0)))
        saved = await contract_steps.cancel_contract(self.acting, "contract", no, confirmed=QUESTIONS, expire_on=day)
        return self._saved(f"cancel {no} {day}", saved)


def between(no: str, line: int, first: date, last: date) -> Days:
    return {(no, line, first + timedelta(days=n)) for n in range((last - first).days + 1)}


def days_of(one: CoveredLine, stretch: Stretch) -> Days:
    return {
        (one.contract_no, one.line.line_no, stretch.days.first + timedelta(days=n)) for n in range(stretch.days.days)
    }


def spans(days: Days) -> list[str]:
    """Days as spans of lines, to be read."""
    found: list[str] = []
    for no, line in sorted({day[:2] for day in days}):
        own = sorted(day[2] for day in days if day[:2] == (no, line))
        found.append(f"{no}/{line} {own[0]} - {own[-1]} ({len(own)})")
    return found

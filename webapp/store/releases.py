"""Releases what was paid in advance, contract by contract, each in a transaction of its own (C-126 … C-136)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any, Final

from db import ledgers
from db.engine import fetch, reading
from db.session import Batch, Session
from webapp.billing.records import ContractEntry
from webapp.billing.release import DESCRIPTION, Release, plan_release, run_findings
from webapp.posting.findings import Finding, finding
from webapp.posting.lines import blanks_of
from webapp.posting.numbers import next_numbers as successive
from webapp.posting.setup import Setup
from webapp.posting.snapshot import Header
from webapp.store.acting import Acting
from webapp.store.batch_results import unpacked_findings
from webapp.store.batch_starts import RunAsked, Task, start_run
from webapp.store.batches import BatchRun, Started
from webapp.store.contract_lists import unknown_numbers
from webapp.store.contract_records import ENTRIES
from webapp.store.entry_numbers import entry_numbers, entry_numbers_query
from webapp.store.numbers import next_numbers
from webapp.store.posted import Entries
from webapp.store.preview import entries_of
from webapp.store.readers import SERIES
from webapp.store.rows import RecordWriter, decimal_from
from webapp.store.setup_cache import load_setup
from webapp.store.snapshots import marks

KIND: Final = "release_prepaid"
_RUN = RecordWriter(
    ledgers.PostingRun, (), ("no", "user_name", "at", "source_type", "source_no", "option", "purpose", "no_series")
)
_GL = RecordWriter(
    ledgers.GlEntry,
    (),
    (
        "entry_no", "posting_run_no", "transaction_no", "posting_date", "document_date", "vat_date", "gl_account_no",
        "document_type", "document_no", "external_document_no", "description", "amount", "debit_amount",
        "credit_amount", "dim_1", "dim_2", "user_name",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReleaseAsked:
    """Until which day, on which posting date, of which contract; blank is all (C-126)."""

    posting_date: date | None
    until: date | None
    contract_no: str = ""

    @property
    def words(self) -> str:
        return f"Contract {self.contract_no}" if self.contract_no else "All contracts"


@dataclass(frozen=True, slots=True)
class ReleasePreview:
    """What a run would release now: contract by contract, the number that each would take, and the entries under these
    numbers; without numbers and entries where the series does not give so many (`findings`)."""

    plans: Sequence[Release] = ()
    findings: Sequence[Finding] = ()
    numbers: Mapping[str, str] = field(default_factory=dict)
    entries: Sequence[Entries] = ()


# --- looking ----------------------------------------------------------------------------------------------------------

_WAITING = ENTRIES.sql(
    "WHERE type = 'service_contract' AND entry_type = 'sale' AND NOT moved_from_prepaid AND NOT open"
    " AND posting_date <= ?{more} ORDER BY service_contract_no, entry_no"
)
UNPOSTED: Final = """
SELECT source_no, destination_no FROM service_document_register
WHERE source_kind = 'contract' AND destination_kind = 'credit_memo'{more}
UNION SELECT contract_no, document_no FROM service_line
WHERE document_type = 'credit_memo' AND contract_no <> ''
AND (contract_line_no <> 0 OR appl_to_service_entry IS NOT NULL) {other} ORDER BY 1, 2"""


async def look_at_release(acting: Acting, asked: ReleaseAsked) -> tuple[list[Release], list[Finding]]:
    """What a run would release now, contract by contract, with those that it would skip; reads only (C-135)."""
    if unknown := await unknown_numbers(asked.contract_no):
        return [], unknown
    async with reading() as session:
        setup = await load_setup(session)
        found = run_findings(setup, acting.user, asked.posting_date, asked.until)
        if found or asked.until is None:
            return [], found
        return await _plans(session, setup, asked.until, [asked.contract_no] if asked.contract_no else []), []


async def preview_release(acting: Acting, asked: ReleaseAsked, most: int = 1000) -> ReleasePreview:
    """As `look_at_release`, with the documents of all contracts, and the entries of the first ones that would be posted
    (D-78, O-10). The rows are made by what makes them when they are posted; reads only (O-28)."""
    plans, found = await look_at_release(acting, asked)
    posting = [plan for plan in plans if plan.posts]
    if found or asked.posting_date is None or not posting:
        return ReleasePreview(plans, found)
    async with reading() as session:
        setup = await load_setup(session)
        code = setup.service.prepaid_posting_nos
        lines = SERIES.all(await session.fetch(SERIES.sql("WHERE series_code = ? ORDER BY id"), code))
    given = successive(setup.number_series.get(code), tuple(lines), asked.posting_date, len(posting))
    if given.findings:
        return ReleasePreview(plans, given.findings)
    numbers = {plan.contract_no: no for plan, no in zip(posting, given.nos, strict=True)}
    rows: list[dict[str, Any]] = []
    for plan in posting[:most]:
        first = len(rows) + 1
        made = _gl_rows(plan, numbers[plan.contract_no], 0, count(first), asked.posting_date, acting.user)
        rows += [_GL.codec.read(_GL.names, row) for row in made]
    return ReleasePreview(plans, (), numbers, entries_of({"gl": rows}, setup, Header(**blanks_of(Header)), {}))


async def _plans(session: Session, setup: Setup, until: date, contract_nos: Sequence[str]) -> list[Release]:
    more = f" AND service_contract_no IN ({marks(contract_nos)})" if contract_nos else ""
    one = f" AND source_no IN ({marks(contract_nos)})" if contract_nos else ""
    other = f"AND contract_no IN ({marks(contract_nos)})" if contract_nos else ""
    waiting, open_memos = await session.fetch_all(
        [
            (_WAITING.format(more=more), (until, *contract_nos)),
            (UNPOSTED.format(more=one, other=other), (*contract_nos, *contract_nos)),
        ]
    )
    unposted: dict[str, list[str]] = {}
    for contract, memo in open_memos:
        unposted.setdefault(str(contract), []).append(str(memo))
    entries: dict[str, list[ContractEntry]] = {}
    for entry in ENTRIES.all(waiting):
        entries.setdefault(entry.service_contract_no, []).append(entry)
    plans = [plan_release(setup, no, own, until, unposted.get(no, ())) for no, own in entries.items()]
    return [plan for plan in plans if plan is not None]


# --- the run ----------------------------------------------------------------------------------------------------------


async def start_release(acting: Acting, asked: ReleaseAsked, *, token: str = "", worker: str = "") -> Started:
    """Begins a run over what waits now; contracts that cannot be released stand in it with their reasons (C-128)."""
    plans, found = await look_at_release(acting, asked)
    if found:
        return Started(findings=tuple(found))
    names = await _names([plan.contract_no for plan in plans])
    tasks = [
        Task(customer_name=names.get(plan.contract_no, ""), work=_work(plan.contract_no), findings=plan.findings)
        for plan in plans
    ]
    options = json.dumps({"posting_date": str(asked.posting_date), "until": str(asked.until)})
    run = RunAsked(KIND, "invoice", options, f"{asked.words} until {asked.until}")
    return await start_run(acting, run, tasks, token=token, worker=worker)


async def _names(contract_nos: Sequence[str]) -> dict[str, str]:
    if not contract_nos:
        return {}
    rows = await fetch(
        "SELECT s.no, c.name FROM service_contract s JOIN customer c ON c.no = s.customer_no"
        f" WHERE s.kind = 'contract' AND s.no IN ({marks(contract_nos)})",
        *contract_nos,
    )
    return {str(no): str(name) for no, name in rows}


def _work(contract_no: str, release_no: str = "", amount: Decimal = Decimal(0), entries: int = 0) -> str:
    return json.dumps({"contract": contract_no, "document": release_no, "amount": str(amount), "entries": entries})


@dataclass(frozen=True, slots=True)
class Released:
    """What became of one contract's release: its document, if there was something to post, or why it stays."""

    contract_no: str
    release_no: str = ""
    amount: Decimal = Decimal(0)
    entries: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def work(self) -> str:
        return _work(self.contract_no, self.release_no, self.amount, self.entries)


def run_dates(run: BatchRun) -> tuple[date, date]:
    """Posting date and last day of a stored run."""
    kept = json.loads(run.options)
    return date.fromisoformat(kept["posting_date"]), date.fromisoformat(kept["until"])


def released_from(work: str, findings: Sequence[Finding] = ()) -> Released:
    """The row of a stored run."""
    kept = json.loads(work)
    return Released(
        str(kept["contract"]), str(kept["document"]), Decimal(kept["amount"]), int(kept["entries"]), tuple(findings)
    )


async def release_contract(session: Session, run: BatchRun, work: str) -> Released:
    """Releases one contract in the transaction that writes its outcome. It is locked and planned again: what others
    released or credited meanwhile counts (C-132, C-133)."""
    no = str(json.loads(work)["contract"])
    posting_date, until = run_dates(run)
    lock = " FOR UPDATE" if session.dialect == "postgresql" else ""
    await session.fetch(f"SELECT no FROM service_contract WHERE kind = 'contract' AND no = ?{lock}", no)
    setup = await load_setup(session)
    wrong = run_findings(setup, run.acting.user, posting_date, until)
    if wrong:
        return Released(no, findings=tuple(wrong))
    plans = await _plans(session, setup, until, [no])
    if not plans:
        gone = finding("contract_nothing_to_release", document=no, contract=no, until=until)
        return Released(no, findings=(gone,))
    (plan,) = plans
    if plan.findings:
        return Released(no, findings=plan.findings)
    if not plan.posts:
        await session.execute_all([_marking(plan, "")])
        return Released(no, entries=len(plan.entries))
    return await _post(session, run.acting, setup, plan, posting_date)


async def _post(session: Session, acting: Acting, setup: Setup, plan: Release, posting_date: date) -> Released:
    counts = {"posting_run": 1, "gl_entry": 2 * len(plan.moved)}
    sql, args = entry_numbers_query(session, counts)
    numbers = entry_numbers(session, counts, await session.fetch(sql, *args))
    series = setup.service.prepaid_posting_nos
    drawn, drawing, findings = await next_numbers(session, setup, {"release": series}, posting_date)
    if findings:
        return Released(plan.contract_no, findings=tuple(findings))
    no, run = drawn["release"], numbers["posting_run"][0]
    rows = _gl_rows(plan, no, run, iter(numbers["gl_entry"]), posting_date, acting.user)
    at = datetime.now(UTC)
    await session.execute_all(
        [
            drawing,
            (_RUN.sql, [_RUN.row(None, [run, acting.user, at, "release", no, "none", "posting", series])]),
            (_GL.sql, rows),
            _marking(plan, no),
        ]
    )
    return Released(plan.contract_no, no, plan.amount, len(plan.entries))


def _gl_rows(
    plan: Release, no: str, run: int, entry_nos: Iterator[int], posting_date: date, user_name: str
) -> list[list[Any]]:
    """The entries of the release of one contract as its document `no` (C-130, C-131)."""
    rows: list[list[Any]] = []
    for one in plan.moved:
        for account, amount in ((one.income_account, -one.amount), (one.prepaid_account, one.amount)):
            rows.append(
                _GL.row(
                    None,
                    [
                        next(entry_nos), run, run, posting_date, posting_date, posting_date, account, "blank", no,
                        plan.contract_no, DESCRIPTION, amount, max(amount, Decimal(0)), max(-amount, Decimal(0)),
                        one.dim_1, one.dim_2, user_name,
                    ],
                )
            )  # fmt: skip
    return rows


def _marking(plan: Release, no: str) -> Batch:
    """C-132, C-134: the entries are income from now on, and say by which document."""
    sql = "UPDATE service_ledger_entry SET moved_from_prepaid = ?, released_by = ? WHERE entry_no = ?"
    return sql, [(True, no, entry.entry_no) for entry in plan.entries]


# --- afterwards -------------------------------------------------------------------------------------------------------


async def rows_of_release(run_no: int) -> list[tuple[str, str, Released]]:
    """What became of each contract of a run: outcome, customer, release."""
    rows = await fetch(
        "SELECT outcome, customer_name, work, findings FROM batch_run_document WHERE run_no = ? ORDER BY position",
        run_no,
    )
    return [
        (str(outcome), str(name), released_from(str(work), unpacked_findings(str(findings))))
        for outcome, name, work, findings in rows
    ]


# What an entry puts into income, by the sign of the ledger (C-129); `release_amount` says the same of a record.
_RELEASED: Final = """CASE WHEN NOT e.posted_gross THEN e.amount_lcy WHEN e.quantity < 0 THEN -ABS(e.unit_price)
        ELSE ABS(e.unit_price) END"""
# What stands on a prepaid account and what its entries will release; an account that is income as well has no balance.
_DIFFERENCES: Final = f"""
SELECT a.no, COALESCE((SELECT SUM(g.amount) FROM gl_entry g WHERE g.gl_account_no = a.no), 0), COALESCE((
    SELECT SUM({_RELEASED})
    FROM service_ledger_entry e JOIN contract_account_group c ON c.code = e.contract_account_group
    WHERE c.prepaid_account = a.no AND e.type = 'service_contract' AND e.entry_type = 'sale'
    AND NOT e.moved_from_prepaid AND NOT e.open), 0)
FROM gl_account a WHERE a.no IN (SELECT prepaid_account FROM contract_account_group)
AND a.no NOT IN (SELECT non_prepaid_account FROM contract_account_group WHERE non_prepaid_account IS NOT NULL)
ORDER BY a.no"""


@dataclass(frozen=True, slots=True)
class PrepaidDifference:
    """A prepaid account that does not hold what its entries will release (C-136)."""

    account_no: str
    balance: Decimal
    waiting: Decimal

    @property
    def difference(self) -> Decimal:
        return self.balance - self.waiting


async def prepaid_differences() -> list[PrepaidDifference]:
    rows = await fetch(_DIFFERENCES)
    found = [
        PrepaidDifference(str(no), decimal_from(int(held), 5), decimal_from(int(left), 5)) for no, held, left in rows
    ]
    return [one for one in found if one.difference]


async def prepaid_counts() -> dict[str, int]:
    """Of how many contracts something waits on the prepaid account today, for the home page. What cancels out is
    nothing to release (C-130)."""
    rows = await fetch(
        "SELECT COUNT(*) FROM (SELECT e.service_contract_no FROM service_ledger_entry e"
        " WHERE e.type = 'service_contract' AND e.entry_type = 'sale' AND NOT e.moved_from_prepaid AND NOT e.open"
        f" AND e.posting_date <= CURRENT_DATE GROUP BY e.service_contract_no HAVING SUM({_RELEASED}) <> 0) waiting"
    )
    differing = len(await prepaid_differences())
    return {"prepaid_waiting": int(rows[0][0])} | ({"prepaid_differs": differing} if differing else {})

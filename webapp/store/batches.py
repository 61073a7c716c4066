"""Batches: what is posted with which options, what became of each document, and how a run begins and is stopped.

A run is a row of `batch_run` with a row of `batch_run_document` for each of its documents; nothing about it is kept
in memory (D-85 … D-91). Who works on it stands in `batch_work`.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from db import batches as tables
from db.engine import Duplicate, fetch, reading, transaction
from db.session import Row, Session
from webapp.posting.batches import as_policy_says, batch_findings
from webapp.posting.findings import Finding, finding
from webapp.posting.headers import KINDS
from webapp.posting.plan import option_findings
from webapp.posting.quantities import Parts
from webapp.posting.snapshot import BatchDates, PostingRequest
from webapp.store.acting import Acting
from webapp.store.batch_rest import left_of
from webapp.store.batch_results import packed_findings
from webapp.store.document_lists import OPEN_CREDIT_MEMOS, OPEN_INVOICES, ORDERS, selected
from webapp.store.rows import Writer, codec
from webapp.store.setup_cache import load_setup

AT_ONCE: Final = 500
LEASE: Final = timedelta(seconds=15)
LISTS: Final = {"order": ORDERS, "invoice": OPEN_INVOICES, "credit_memo": OPEN_CREDIT_MEMOS}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which documents a batch takes (D-88): the marked numbers; or, with None, all that the list shows with this
    search, filters and view; or those of an earlier run with one of these outcomes."""

    nos: tuple[str, ...] | None = None
    search: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    view: str = ""
    of_run: int | None = None
    outcomes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """As the list of batches says it."""
        if self.of_run is not None:
            return f"{' and '.join(self.outcomes)} of batch {self.of_run}".capitalize()
        if self.nos is not None:
            return "Marked documents"
        asked = [f"“{self.search}”"] if self.search else []
        asked += [f"{name.replace('_', ' ')} {value}" for name, value in self.filters.items()]
        which = f"All {self.view.replace('-', ' ')}" if self.view else "All" if asked else "All open ones"
        return f"{which} with {', '.join(asked)}"[:250] if asked else which


@dataclass(frozen=True, slots=True)
class Started:
    """What came of starting a batch: its number, or the findings that refuse it; `repeated`: the same form had
    started it before (O-42)."""

    no: int | None = None
    findings: tuple[Finding, ...] = ()
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class BatchRun:
    """One run. While it is live the counts are counted, afterwards they are kept."""

    no: int
    document_type: str
    test_only: bool
    request: PostingRequest
    chosen_by: str
    retry_of: int | None
    state: str
    requested_by: str
    requested_at: datetime
    role: str
    work_date: date
    started_at: datetime | None
    ended_at: datetime | None
    stop_requested_by: str
    lease_by: str
    lease_until: datetime | None
    total: int
    posted: int
    ready: int
    failed: int
    skipped: int
    kind: str = "post"
    options: str = ""

    @property
    def live(self) -> bool:
        return self.state in ("waiting", "running")

    @property
    def done(self) -> int:
        return self.posted + self.ready + self.failed + self.skipped

    @property
    def waiting(self) -> int:
        return self.total - self.done

    @property
    def summary(self) -> str:
        """The result in the words of D-90."""
        if self.kind in ("combine", "contract_invoices"):
            made = self.posted + self.ready
            posted = " and posted" if self.request.invoice else ""
            rest = f", {self.failed} not" if self.failed and self.kind == "combine" else ""
            return f"{made} {'invoice' if made == 1 else 'invoices'} created{posted}{rest}"
        if self.kind == "contract_orders":
            return f"{self.ready} {'order' if self.ready == 1 else 'orders'} created"
        if self.kind == "release_prepaid":
            return f"{self.posted} of {self.total} {'contract' if self.total == 1 else 'contracts'} released"
        if self.kind == "print":
            return f"{self.posted} of {self.total} {'document' if self.total == 1 else 'documents'} printed"
        if self.kind == "close_orders":
            left = self.skipped + self.failed
            rest = f", {left} {'stays' if left == 1 else 'stay'}" if left else ""
            return f"{self.posted} {'order' if self.posted == 1 else 'orders'} deleted{rest}"
        if self.test_only:
            return f"{self.ready} of {self.total} ready"
        return f"{self.posted} of {self.total} posted"

    @property
    def summed(self) -> tuple[str, str]:
        """What was done with the amounts of its documents, and what they stand on (D-91)."""
        if self.kind == "print":
            return "Printed", "document"
        noun, done = ("credit memo", "Credited") if self.document_type == "credit_memo" else ("invoice", "Invoiced")
        if self.test_only or self.kind == "contract_invoices":
            return ("To credit" if noun == "credit memo" else "To invoice"), noun
        return ("Created" if self.kind == "combine" and not self.request.invoice else done), noun

    @property
    def acting(self) -> Acting:
        """In whose name the run posts."""
        return Acting(self.requested_by, self.role, self.work_date)


RUN_NAMES: Final = tuple(codec(tables.BatchRun).columns)
NEW_RUN: Final = Writer(
    tables.BatchRun,
    (
        "document_type",
        "test_only",
        "ship",
        "invoice",
        "posting_date",
        "replace_posting_date",
        "replace_document_date",
        "calculate_invoice_discount",
        "chosen_by",
        "retry_of",
        "token",
        "content_hash",
        "requested_by",
        "requested_at",
        "role",
        "work_date",
        "lease_by",
        "lease_until",
        "kind",
        "options",
    ),
)


# --- looking --------------------------------------------------------------------------------------------------------


def run_from(row: Row) -> BatchRun:
    return run_of(codec(tables.BatchRun).read(RUN_NAMES, row))


def run_of(values: Mapping[str, Any]) -> BatchRun:
    dates = BatchDates(values["posting_date"], values["replace_posting_date"], values["replace_document_date"])
    discount = bool(values["calculate_invoice_discount"])
    request = PostingRequest(
        bool(values["ship"]), invoice=bool(values["invoice"]), dates=dates, calculate_invoice_discount=discount
    )
    names = [name for name in BatchRun.__slots__ if name != "request"]
    return BatchRun(request=request, **{name: values[name] for name in names})


async def load_run(session: Session, no: int) -> BatchRun | None:
    rows = await session.fetch(codec(tables.BatchRun).select(RUN_NAMES, "WHERE no = ?"), no)
    return run_from(rows[0]) if rows else None


async def load_batch(no: int) -> BatchRun | None:
    """A run with its counts as they stand now; None when there is no such run."""
    async with reading() as session:
        run = await load_run(session, no)
        return (await counted(session, [run]))[0] if run else None


async def counted(session: Session, runs: list[BatchRun]) -> list[BatchRun]:
    """The runs; those that are live with their counts as they stand now."""
    live = [run.no for run in runs if run.live]
    if not live:
        return runs
    sql = "SELECT run_no, outcome, COUNT(*) FROM batch_run_document WHERE run_no IN ({}) GROUP BY run_no, outcome"
    counts: dict[int, dict[str, int]] = {}
    for no, outcome, count in await session.fetch(sql.format(", ".join("?" * len(live))), *live):
        counts.setdefault(int(no), {})[str(outcome)] = int(count)
    return [_with_counts(run, counts.get(run.no, {})) if run.live else run for run in runs]


def _with_counts(run: BatchRun, counts: Mapping[str, int]) -> BatchRun:
    values = {name: getattr(run, name) for name in BatchRun.__slots__}
    return BatchRun(**{**values, **{name: counts.get(name, 0) for name in ("posted", "ready", "failed", "skipped")}})


async def count_selected(document_type: str, selection: Selection) -> int:
    """How many documents a batch over this selection would take now."""
    if selection.nos is not None:
        return len(dict.fromkeys(selection.nos))
    async with reading() as session:
        if selection.of_run is not None:
            rest, args = left_of(selection.of_run, selection.outcomes)
        else:
            rest, args = selected(LISTS[document_type], selection.search, selection.filters, selection.view)
        return int((await session.fetch(f"SELECT COUNT(*) {rest}", *args))[0][0])


@dataclass(frozen=True, slots=True)
class Fixed:
    """What a user cannot choose: the policy that fixes what is invoiced (D-88), and whether the sales set-up calculates
    the invoice discount anyway (D-87)."""

    policy: str
    discount_is_automatic: bool


async def fixed_options(acting: Acting) -> Fixed:
    async with reading() as session:
        setup = await load_setup(session)
    user = setup.users.get(acting.user)
    return Fixed(user.service_invoice_policy if user else "allowed", setup.receivables.calc_inv_discount)


async def policy_request(acting: Acting, request: PostingRequest) -> PostingRequest:
    """The request as the user's policy fixes it (D-88)."""
    async with reading() as session:
        setup = await load_setup(session)
    return as_policy_says(setup.users.get(acting.user), request)


async def batch_counts() -> dict[str, int]:
    """How many batches wait or run."""
    rows = await fetch("SELECT COUNT(*) FROM batch_run WHERE state IN ('waiting', 'running')")
    return {"running": int(rows[0][0])}


async def options_findings(acting: Acting, document_type: str, request: PostingRequest) -> list[Finding]:
    """What is wrong with the options of a batch, before anything is started (D-86, D-88)."""
    async with reading() as session:
        setup = await load_setup(session)
    user = setup.users.get(acting.user)
    return [*option_findings(user, document_type, Parts.of(request)), *batch_findings(setup, user, request)]


# --- starting -------------------------------------------------------------------------------------------------------


class Refused(Exception):
    """Nothing is started, and nothing is kept of it."""

    def __init__(self, *found: Finding) -> None:
        self.findings = found


async def start_batch(
    acting: Acting,
    document_type: str,
    request: PostingRequest,
    selection: Selection,
    *,
    token: str = "",
    test_only: bool = False,
    worker: str = "",
) -> Started:
    """Writes down a run over the documents as the selection shows them now, in the order of their numbers (D-89).

    With `test_only` each document is planned and nothing is posted (D-91). The same `token` with the same content
    gives the run that it started before (O-42). `worker` begins to work on it at once; without one any worker does.

    Refused: options that the policy forbids, replaced dates without a date, nothing selected. A date outside the
    window does not refuse the run: the page asks once before it starts, and each document that meets it says so itself.
    """
    content = _content_hash(document_type, request, selection, test_only)
    values = {
        "kind": "post",
        "options": "",
        "document_type": document_type,
        "test_only": test_only,
        "ship": request.ship,
        "invoice": request.invoice,
        "posting_date": request.dates.posting_date,
        "replace_posting_date": request.dates.replace_posting_date,
        "replace_document_date": request.dates.replace_document_date,
        "calculate_invoice_discount": request.calculate_invoice_discount,
        "chosen_by": selection.words,
        "retry_of": selection.of_run,
        "token": token or secrets.token_urlsafe(24),
        "content_hash": content,
        "requested_by": acting.user,
        "requested_at": datetime.now(UTC),
        "role": acting.role,
        "work_date": acting.work_date,
        "lease_by": worker,
        "lease_until": datetime.now(UTC) + LEASE if worker else None,
    }
    refusals = ("option_missing", "option_not_allowed", "batch_posting_date_missing")
    wrong = [one for one in await options_findings(acting, document_type, request) if one.code in refusals]
    if wrong:
        return Started(findings=tuple(wrong))
    try:
        async with transaction() as session:
            before = await started_before(session, str(values["token"]), content)
            if before is not None:
                return before
            return Started(await _write(session, document_type, selection, values))
    except Refused as refused:
        return Started(findings=refused.findings)
    except Duplicate:  # the same form, at the same time
        async with reading() as session:
            first = await started_before(session, str(values["token"]), content)
        assert first is not None
        return first


async def retry_batch(acting: Acting, no: int, *, token: str = "", worker: str = "") -> Started:
    """A new run, with the same options, over what the run did not post and nobody posted since (D-91)."""
    run = await load_batch(no)
    if run is None or run.live:
        refusal = "batch_still_running" if run else "batch_nothing_failed"
        return Started(findings=(finding(refusal, no=no),))
    again = Selection(of_run=no, outcomes=("failed", "skipped"))
    started = await start_batch(acting, run.document_type, run.request, again, token=token, worker=worker)
    if [one.code for one in started.findings] == ["batch_empty"]:
        return Started(findings=(finding("batch_nothing_failed", no=no),))
    return started


async def post_ready(acting: Acting, no: int, *, token: str = "") -> Started:
    """Posts what a test run found ready and nobody changed since, with the options of the test (D-91)."""
    run = await load_batch(no)
    if run is None or run.live:
        refusal = "batch_still_running" if run else "batch_nothing_failed"
        return Started(findings=(finding(refusal, no=no),))
    ready = Selection(of_run=no, outcomes=("ready",))
    started = await start_batch(acting, run.document_type, run.request, ready, token=token)
    if [one.code for one in started.findings] == ["batch_empty"]:
        return Started(findings=(finding("batch_nothing_ready", no=no),))
    return started


async def request_stop(acting: Acting, no: int) -> bool:
    """Asks the run to stop before its next document (D-89). False when it has ended already."""
    async with transaction() as session:
        changed = await session.execute(
            "UPDATE batch_run SET stop_requested_by = ? WHERE no = ? AND state IN ('waiting', 'running')",
            acting.user,
            no,
        )
    return changed > 0


def _content_hash(document_type: str, request: PostingRequest, selection: Selection, test_only: bool) -> str:
    content = [document_type, str(request), str(selection), test_only]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


async def started_before(session: Session, token: str, content: str) -> Started | None:
    rows = await session.fetch("SELECT no, content_hash FROM batch_run WHERE token = ?", token)
    if not rows:
        return None
    if rows[0][1] != content:
        return Started(findings=(finding("form_used_otherwise", table="batch_run", record=str(rows[0][0])),))
    return Started(int(rows[0][0]), repeated=True)


async def _write(session: Session, document_type: str, selection: Selection, values: Mapping[str, Any]) -> int:
    no = int((await session.fetch(f"{NEW_RUN.sql} RETURNING no", *NEW_RUN.row(values)))[0][0])
    if selection.nos is not None:
        await _add_marked(session, no, document_type, selection.nos)
    elif selection.of_run is not None:
        rest, args = left_of(selection.of_run, selection.outcomes)
        await _add(session, no, rest, args)
    else:
        await _add(session, no, *selected(LISTS[document_type], selection.search, selection.filters, selection.view))
    counted = "SELECT COUNT(*) FROM batch_run_document WHERE run_no = ?"
    total = int((await session.fetch(counted, no))[0][0])
    if not total:
        raise Refused(finding("batch_empty", what=_nothing(selection)))
    await session.execute("UPDATE batch_run SET total = ? WHERE no = ?", total, no)
    if not values["test_only"]:
        await _skip_those_being_posted(session, no)
    await end_when_done(session, no, datetime.now(UTC))
    return no


async def end_when_done(session: Session, no: int, at: datetime, state: str = "ended") -> bool:
    """Ends the run, with its counts, when none of its documents waits; False while one does (D-90). A run of which all
    were skipped as it began has ended with that, and waits for nobody."""
    counts: dict[str, int] = dict(
        await session.fetch("SELECT outcome, COUNT(*) FROM batch_run_document WHERE run_no = ? GROUP BY outcome", no)
    )
    if counts.get("waiting"):
        return False
    await session.execute(
        "UPDATE batch_run SET state = ?, ended_at = ?, lease_until = NULL,"
        " posted = ?, ready = ?, failed = ?, skipped = ? WHERE no = ?",
        state,
        at,
        *(int(counts.get(name, 0)) for name in ("posted", "ready", "failed", "skipped")),
        no,
    )
    return True


def _nothing(selection: Selection) -> str:
    if selection.nos is not None:
        return "no document is marked"
    if selection.of_run is not None:
        return f"batch {selection.of_run} left none that is still as it was"
    return "no document fits the filter"


_COLUMNS: Final = "run_no, position, document_type, document_no, customer_name, row_version"


async def _add(session: Session, no: int, rest: str, args: Sequence[Any]) -> None:
    """All at once, in the database: however many they are, none of them comes here."""
    by_no = 'h.no COLLATE "C"' if session.dialect == "postgresql" else "h.no"
    await session.execute(
        f"INSERT INTO batch_run_document ({_COLUMNS}) SELECT CAST(? AS BIGINT), ROW_NUMBER() OVER (ORDER BY {by_no}),"
        f" h.document_type, h.no, h.customer_name, h.row_version {rest}",
        no,
        *args,
    )


async def _add_marked(session: Session, no: int, document_type: str, nos: Sequence[str]) -> None:
    """The marked ones, those that have vanished included: they are told as such when their turn comes."""
    rows = [(no, at, document_type, one, "", 0) for at, one in enumerate(sorted(set(nos)), 1)]
    await session.execute_all(
        [(f"INSERT INTO batch_run_document ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", rows)] if rows else []
    )
    await session.execute(
        "UPDATE batch_run_document SET customer_name = h.customer_name, row_version = h.row_version"
        " FROM service_header h WHERE batch_run_document.run_no = ? AND h.no = batch_run_document.document_no"
        " AND h.document_type = batch_run_document.document_type",
        no,
    )


POSTED_BY: Final = (
    "CASE WHEN d.document_no <> '' THEN"
    " (SELECT MIN(o.run_no) FROM batch_run_document o JOIN batch_run q ON q.no = o.run_no"
    " WHERE o.document_no = d.document_no AND o.document_type = d.document_type AND o.outcome = 'waiting'"
    " AND o.run_no < d.run_no AND q.state IN ('waiting', 'running') AND NOT q.test_only) END"
)
"""The earlier run that has the document `d` still before it; NULL when there is none, and for a document that is yet to
be made: all of those have the same blank number (D-91)."""

SKIPPED: Final = "UPDATE batch_run_document SET outcome = 'skipped', findings = ?, done_at = ? WHERE id = ?"


def being_posted(document_type: str, no: str, run_no: int) -> Finding:
    return finding("document_being_posted", document=no, kind=KINDS[document_type], no=no, batch=run_no)


async def _skip_those_being_posted(session: Session, no: int) -> None:
    sql = (
        f"SELECT id, document_type, document_no, being FROM (SELECT d.id, d.document_type, d.document_no,"
        f" {POSTED_BY} AS being FROM batch_run_document d WHERE d.run_no = ? AND d.outcome = 'waiting') x"
        f" WHERE being IS NOT NULL LIMIT {AT_ONCE}"
    )
    while rows := await session.fetch(sql, no):
        at = datetime.now(UTC)
        skipped = [(packed_findings([being_posted(kind, one, int(being))]), at, id_) for id_, kind, one, being in rows]
        await session.execute_all([(SKIPPED, skipped)])

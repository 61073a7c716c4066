"""Working on batches: one document at a time, each in its own transaction, which also writes its outcome (D-89).

A worker is a task of the server, a `finalize worker` process, or a command that waits for its own batch. It holds a run
by a lease. The lease keeps workers out of each other's way and the documents in order; that nothing is posted twice or
lost does not hang on it: a document is taken under the lock of its row, and leaves it together with its posting.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from db.engine import Busy, Duplicate, Unavailable, fetch, reading, transaction
from db.session import Session
from webapp.paper.rendering import Renderer
from webapp.posting.findings import Finding, finding
from webapp.posting.snapshot import DocumentKey
from webapp.store.acting import Acting
from webapp.store.batch_turns import (
    DO,
    INVOICED_AT_ONCE,
    OUTCOME,
    Turn,
    apart,
    invoice_together,
    next_turn,
    next_turns,
    outcome_of,
    tested,
)
from webapp.store.batches import LEASE, BatchRun, end_when_done, load_batch, load_run, request_stop
from webapp.store.combine_runs import NotMade
from webapp.store.contract_runs import KIND as CONTRACTS
from webapp.store.print_runs import KIND as PRINT
from webapp.store.print_runs import print_some
from webapp.store.rows import DoesNotFit

RENEWED: Final = 4.0
LOOKS: Final = 0.5
PATIENCE: Final = timedelta(seconds=2)
GIVES_WAY: Final = 0.1
TRIES: Final = 5
log = structlog.get_logger()


Done = Callable[[BatchRun], Awaitable[None]]


class Worker:
    """One process that works on runs."""

    def __init__(self, quiet: asyncio.Event | None = None) -> None:
        """`quiet` is set while the process has nothing to do that must not wait; else documents wait for a moment."""
        self.quiet = quiet
        self.name = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(6)}"
        self.stopping = asyncio.Event()
        self._renewed: dict[int, float] = {}
        self._renderer = Renderer()
        self._steps = {CONTRACTS: self._invoice_some, PRINT: self._print_some}

    # --- which run ----------------------------------------------------------------------------------------------------

    async def work(self) -> None:
        """Works on whatever waits, until `stopping` is set. Outlives a database that is away for a while.

        Runs take turns document by document, so that a few orders never wait for the end of ten thousand.
        """
        held: list[BatchRun] = []
        looked = 0.0
        while not self.stopping.is_set():
            try:
                if not held or time.monotonic() - looked > LOOKS:
                    looked = time.monotonic()
                    held += [run] if (run := await self.take([one.no for one in held])) else []
                held = [run for run in held if await self.advance(run)]
                if held:
                    continue
            except (Busy, Unavailable) as gone:
                log.warning("batches wait for the database", reason=str(gone))
            except Exception:  # whatever it was: a worker that ended would leave every batch waiting
                log.exception("a batch broke off; it is taken up again")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOKS):
                    await self.stopping.wait()
        for run in held:
            await self.let_go(run)

    async def take(self, held: Sequence[int] = ()) -> BatchRun | None:
        """The first run that nobody works on, from now on ours; None when there is none. Who has runs in hand already
        leaves a new one for a moment to a worker that has none."""
        sql = (
            "SELECT no, lease_by, lease_until, requested_at FROM batch_run WHERE state IN ('waiting', 'running')"
            " ORDER BY no"
        )
        rows = [row for row in await fetch(sql) if row[0] not in held]
        for no, holder, until, requested_at in rows:
            if held and datetime.now(UTC) - requested_at < PATIENCE:
                continue
            if (holder == self.name or _is_free(holder, until)) and await self.hold(no, holder):
                async with reading() as session:
                    return await load_run(session, int(no))
        return None

    async def hold(self, no: int, holder: str) -> bool:
        """Takes the run over from `holder`; False when another was faster."""
        now = datetime.now(UTC)
        async with transaction() as session:
            taken = await session.execute(
                "UPDATE batch_run SET lease_by = ?, lease_until = ?, state = 'running',"
                " started_at = COALESCE(started_at, ?)"
                " WHERE no = ? AND lease_by = ? AND state IN ('waiting', 'running')",
                self.name,
                now + LEASE,
                now,
                no,
                holder,
            )
        self._renewed[int(no)] = time.monotonic()
        return taken > 0

    async def _renew(self, run: BatchRun) -> bool:
        """Says that we are still at it; False when another has taken the run over."""
        if time.monotonic() - self._renewed.get(run.no, 0.0) < RENEWED:
            return True
        async with transaction() as session:
            kept = await session.execute(
                "UPDATE batch_run SET lease_until = ? WHERE no = ? AND lease_by = ?",
                datetime.now(UTC) + LEASE,
                run.no,
                self.name,
            )
        self._renewed[run.no] = time.monotonic()
        return kept > 0

    async def let_go(self, run: BatchRun) -> None:
        """Leaves the run to the next worker at once."""
        async with transaction() as session:
            await session.execute(
                "UPDATE batch_run SET lease_until = NULL WHERE no = ? AND lease_by = ?", run.no, self.name
            )

    # --- one run ------------------------------------------------------------------------------------------------------

    async def run(self, run: BatchRun, each: Done | None = None) -> None:
        """Works on a run that we hold, to its end or until it is stopped; `each` is told after every document."""
        while not self.stopping.is_set() and await self.advance(run):
            if each is not None:
                await each(run)
        if self.stopping.is_set():
            await self.let_go(run)

    async def advance(self, run: BatchRun) -> bool:
        """The next document of a run that we hold. False when the run has ended, or when it is no longer ours."""
        if not await self._renew(run):
            return False
        step = self._test_some if run.test_only else self._steps.get(run.kind, self._post_one)
        if not await step(run):
            if await _end(run.no):
                return False
            await asyncio.sleep(0.1)  # another worker still has a document of it in hand
        await self._give_way()
        return True

    async def _give_way(self) -> None:
        """Pages come first; but however many are asked for, the batch goes on."""
        await asyncio.sleep(0)
        if self.quiet is not None and not self.quiet.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(GIVES_WAY):
                    await self.quiet.wait()

    async def _post_one(self, run: BatchRun) -> bool:
        """The next document; False when none is left, or when somebody asked to stop."""
        for attempt in range(1, TRIES + 1):
            try:
                async with transaction() as session:
                    turn = await next_turn(session, run.no)
                    if turn is not None:
                        await DO[run.kind](session, run, turn)
                return turn is not None
            except Busy:
                if attempt == TRIES:
                    return await self._broke_off(run, "it is in use by others", fault=False)
                await asyncio.sleep(0.05 * attempt)
            except DoesNotFit:
                return await self._broke_off(run, "", code="amount_too_large")
            except Unavailable:
                raise
            except NotMade as refused:
                return await self._not_made(run, refused.findings)
            except Duplicate as taken:
                return await self._broke_off(run, f"a number is taken already ({str(taken)[:80]})")
            except Exception:
                log.exception("a document could not be posted", batch=run.no)
                return await self._broke_off(run, "the program met a fault, which is in its log")
        return True

    async def _invoice_some(self, run: BatchRun) -> bool:
        """The next invoices of a run over contracts. When anything of them breaks off, the first is made alone, so that
        its reason is told of the right one and of no other."""
        try:
            async with transaction() as session:
                turns = apart(await next_turns(session, run.no, INVOICED_AT_ONCE, lock=True))
                if len(turns) > 1:
                    await invoice_together(session, run, turns)
            if len(turns) > 1:
                return True
        except Unavailable:
            raise
        except Exception:
            log.warning("invoices are made one by one", batch=run.no, exc_info=True)  # alone each tells its own reason
        return await self._post_one(run)

    async def _print_some(self, run: BatchRun) -> bool:
        """The next documents of a print run; its processes end with it."""
        more = False
        try:
            more = await print_some(run, self._renderer)
        finally:
            if not more:
                self._renderer.close()
        return more

    async def _broke_off(self, run: BatchRun, reason: str, code: str = "posting_broke_off", fault: bool = True) -> bool:
        """The outcome of a document whose transaction was lost. Nothing of its posting was kept (D-89)."""
        async with transaction() as session:
            turn = await next_turn(session, run.no)
            if turn is not None:
                found = [finding(code, **turn.values, reason=reason)]
                await session.execute_all([outcome_of(turn, "failed", found)])
        return True

    async def _not_made(self, run: BatchRun, found: Sequence[Finding]) -> bool:
        """The outcome of an invoice that could not be made; nothing of it was kept (D-62)."""
        async with transaction() as session:
            turn = await next_turn(session, run.no)
            if turn is not None:
                await session.execute_all([outcome_of(turn, "failed", found)])
        return True

    async def _test_some(self, run: BatchRun) -> bool:
        """Plans the next documents, and writes down which are ready; nothing else is written (O-28, D-91)."""
        async with reading() as session:
            turns = await next_turns(session, run.no)
            outcomes = [await tested(session, run, turn) for turn in turns]
        if outcomes:
            async with transaction() as session:
                await session.execute_all(outcomes)
        return bool(outcomes)


def _is_free(holder: str, until: datetime | None) -> bool:
    """Whether a run with this lease is nobody's."""
    return not holder or until is None or until < datetime.now(UTC) or _has_ended(holder)


def _has_ended(holder: str) -> bool:
    """Whether the holder of a lease was a process of this machine that is no more. Unknown counts as alive."""
    host, _, rest = holder.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname()[:60] or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


# --- the end --------------------------------------------------------------------------------------------------------


async def _end(no: int) -> bool:
    """Ends the run when nothing of it is left to do; what was not reached before a stop is skipped (D-89, D-90).
    False while another worker still has a document of it in hand."""
    at = datetime.now(UTC)
    async with transaction() as session:
        lock = " FOR UPDATE" if session.dialect == "postgresql" else ""
        rows = await session.fetch(f"SELECT state, stop_requested_by FROM batch_run WHERE no = ?{lock}", no)
        state, stopped_by = str(rows[0][0]), str(rows[0][1])
        if state not in ("waiting", "running"):
            return True
        if stopped_by:
            await _skip_the_rest(session, no, stopped_by, at)
        return await end_when_done(session, no, at, "stopped" if stopped_by else "ended")


async def _skip_the_rest(session: Session, no: int, user: str, at: datetime) -> None:
    lock = " FOR UPDATE SKIP LOCKED" if session.dialect == "postgresql" else ""
    sql = (
        "SELECT id, document_type, document_no FROM batch_run_document WHERE run_no = ? AND outcome = 'waiting'"
        f" ORDER BY position LIMIT 500{lock}"
    )
    while rows := await session.fetch(sql, no):
        skipped = []
        for id_, kind, document_no in rows:
            turn = Turn(int(id_), DocumentKey(str(kind), str(document_no)), 0, None)
            _, (row,) = outcome_of(turn, "skipped", [finding("batch_stopped", **turn.values, user=user)])
            skipped.append(row)
        await session.execute_all([(OUTCOME, skipped)])


# --- waiting for it, and working in the server ----------------------------------------------------------------------


async def follow(no: int, each: Done | None = None) -> BatchRun:
    """Waits until the run has ended, whoever works on it."""
    while True:
        run = await load_batch(no)
        assert run is not None
        if not run.live:
            return run
        if each is not None:
            await each(run)
        await asyncio.sleep(LOOKS)


async def finish(worker: Worker, no: int, each: Done | None = None) -> BatchRun:
    """Works on this run until it has ended, or waits for whoever holds it."""
    if await worker.hold(no, worker.name):
        run = await load_batch(no)
        assert run is not None
        await worker.run(run, each)
    return await follow(no)


async def stop_batch(acting: Acting, no: int) -> bool:
    """Asks the run to stop before its next document (D-89), and ends it when nobody works on it. False when it has
    ended already."""
    if not await request_stop(acting, no):
        return False
    run = await load_batch(no)
    assert run is not None
    if _is_free(run.lease_by, run.lease_until) and await Worker().hold(no, run.lease_by):
        await _end(no)
    return True


@asynccontextmanager
async def working(quiet: asyncio.Event | None = None) -> AsyncIterator[None]:
    """A worker beside whatever else the process does, and behind it while it is not `quiet`.
    At the end it finishes its document and lets its run go."""
    worker = Worker(quiet)
    task = asyncio.create_task(worker.work(), name="batches")
    try:
        yield
    finally:
        worker.stopping.set()
        try:
            async with asyncio.timeout(4):
                await task
        except TimeoutError:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

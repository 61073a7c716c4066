"""What the turn of a document is in each kind of run: what is done and what is written down about it (D-86 … D-91)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from db.session import Batch, Session
from webapp.posting.findings import Finding, finding
from webapp.posting.headers import KINDS
from webapp.posting.plan import PostingPlan, plan_posting
from webapp.posting.quantities import found_among_many
from webapp.posting.snapshot import DocumentKey
from webapp.store.batch_results import packed_findings
from webapp.store.batches import POSTED_BY, BatchRun, being_posted
from webapp.store.combine_runs import Made, make_invoice
from webapp.store.contract_orders import KIND as CONTRACT_ORDERS
from webapp.store.contract_orders import make_contract_order
from webapp.store.contract_runs import KIND as CONTRACTS
from webapp.store.contract_runs import contracts_of, make_contract_invoices
from webapp.store.invoiced_order_runs import delete_invoiced_order
from webapp.store.posting import PostingResult, post_within
from webapp.store.releases import release_contract
from webapp.store.rows import DoesNotFit, scaled_from
from webapp.store.snapshots import load_snapshot

TESTED_AT_ONCE: Final = 20
# Invoices of contracts that share a transaction: writing them takes less time than beginning and ending it.
INVOICED_AT_ONCE: Final = 50
# Found when its turn came, and no fault of the document: it is skipped, not failed (D-91).
SKIPS: Final = frozenset(
    {"document_gone", "document_changed", "document_posted_already", "document_being_posted", "nothing_to_post"}
)


@dataclass(frozen=True, slots=True)
class Turn:
    """The next document of a run, its row locked."""

    id: int
    key: DocumentKey
    row_version: int
    posted_by: int | None
    work: str = ""

    @property
    def values(self) -> dict[str, Any]:
        return {"document": self.key.no, "kind": KINDS[self.key.document_type], "no": self.key.no}


_TURN: Final = f"""
SELECT d.id, d.document_type, d.document_no, d.row_version, d.work, {POSTED_BY}
FROM batch_run_document d JOIN batch_run r ON r.no = d.run_no
WHERE d.run_no = ? AND d.outcome = 'waiting' AND r.stop_requested_by = '' ORDER BY d.position LIMIT """


async def next_turn(session: Session, no: int) -> Turn | None:
    """The next document of the run, locked; one that another worker has in hand is left to it."""
    turns = await next_turns(session, no, 1, lock=True)
    return turns[0] if turns else None


async def next_turns(session: Session, no: int, most: int = TESTED_AT_ONCE, *, lock: bool = False) -> list[Turn]:
    locked = " FOR UPDATE OF d SKIP LOCKED" if lock and session.dialect == "postgresql" else ""
    return [_turn(row) for row in await session.fetch(f"{_TURN}{most}{locked}", no)]


def apart(turns: Sequence[Turn]) -> list[Turn]:
    """The first turns, up to one with a contract that another of them moves on to its next period."""
    found: list[Turn] = []
    taken: set[str] = set()
    for turn in turns:
        own = contracts_of(turn.work)
        if own & taken:
            break
        taken |= own
        found.append(turn)
    return found


def _turn(row: Sequence[Any]) -> Turn:
    id_, kind, no, version, work, posted_by = row
    key = DocumentKey(str(kind), str(no))
    return Turn(int(id_), key, int(version), int(posted_by) if posted_by else None, str(work))


async def _post(session: Session, run: BatchRun, turn: Turn) -> None:
    """Posts the document and writes its outcome, both in this transaction."""
    started = time.perf_counter()
    if turn.posted_by is not None:
        found = being_posted(turn.key.document_type, turn.key.no, turn.posted_by)
        await session.execute_all([outcome_of(turn, "skipped", [found])])
        return

    def outcome(plan: PostingPlan, result: PostingResult) -> list[Batch]:
        return [_posted(turn, plan, result, started)]

    result = await post_within(session, run.acting, turn.key, run.request, turn.row_version, outcome)
    if result.ok:
        return
    found_ = await _said(session, turn, result.findings)
    outcome_name = "skipped" if all(one.code in SKIPS for one in found_ if one.is_error) else "failed"
    await session.execute_all([outcome_of(turn, outcome_name, found_, started)])


async def _combine(session: Session, run: BatchRun, turn: Turn) -> None:
    """Makes the invoice of a group of shipment lines; when the run posts as well, its turn comes again (D-60)."""
    if turn.key.no:
        await _post(session, run, turn)
        return
    started = time.perf_counter()
    made = await make_invoice(session, run, turn.work)
    await session.execute_all([_made(turn, made, started, "waiting" if run.request.invoice else "ready")])


async def _invoice_contracts(session: Session, run: BatchRun, turn: Turn) -> None:
    """Makes an invoice of contracts that were due when the run began (C-86, C-90)."""
    await invoice_together(session, run, [turn])


async def invoice_together(session: Session, run: BatchRun, turns: Sequence[Turn]) -> None:
    started = time.perf_counter()
    found = await make_contract_invoices(session, run, [turn.work for turn in turns])
    outcomes: dict[str, list[Sequence[object]]] = {}
    for turn, made in zip(turns, found, strict=True):
        sql, rows = _made(turn, made, started, "ready")
        outcomes.setdefault(sql, []).extend(rows)
    await session.execute_all(list(outcomes.items()))


async def _order_services(session: Session, run: BatchRun, turn: Turn) -> None:
    """Makes the service order of a contract, or adds to its pending one (C-157)."""
    started = time.perf_counter()
    made = await make_contract_order(session, run, turn.work)
    await session.execute_all([_made(turn, made, started, "ready")])


def _made(turn: Turn, made: Made, started: float, outcome: str) -> Batch:
    """The outcome of an invoice that was made, or of one of which nothing was left."""
    if made.key is None:
        return outcome_of(turn, "skipped", made.findings, started)
    row = (
        made.key.no,
        made.row_version,
        outcome,
        packed_findings(made.findings),
        scaled_from(made.amount, 5),
        made.currency_code,
        _milliseconds(started),
        datetime.now(UTC),
        turn.work if made.work is None else made.work,
        turn.id,
    )
    return (
        "UPDATE batch_run_document SET document_no = ?, row_version = ?, outcome = ?, findings = ?,"
        " amount = ?, currency_code = ?, duration_ms = ?, done_at = ?, work = ? WHERE id = ?",
        [row],
    )


async def _close(session: Session, run: BatchRun, turn: Turn) -> None:
    """Deletes an order that is invoiced to its end, into the archive (D-63, P-176)."""
    started = time.perf_counter()
    found = await delete_invoiced_order(session, run.acting, turn.key)
    outcome = "skipped" if any(one.is_error for one in found) else "posted"
    await session.execute_all([outcome_of(turn, outcome, found, started)])


async def _release(session: Session, run: BatchRun, turn: Turn) -> None:
    """Releases what was paid in advance of one contract (C-126 … C-136)."""
    started = time.perf_counter()
    done = await release_contract(session, run, turn.work)
    outcome = "failed" if any(one.is_error for one in done.findings) else "posted"
    took, at = _milliseconds(started), datetime.now(UTC)
    row = (outcome, packed_findings(done.findings), took, at, done.work, turn.id)
    await session.execute_all(
        [
            (
                "UPDATE batch_run_document SET outcome = ?, findings = ?, duration_ms = ?, done_at = ?, work = ?"
                " WHERE id = ?",
                [row],
            )
        ]
    )


DO: Final[Mapping[str, Callable[[Session, BatchRun, Turn], Awaitable[None]]]] = {
    "post": _post,
    "combine": _combine,
    "close_orders": _close,
    CONTRACTS: _invoice_contracts,
    CONTRACT_ORDERS: _order_services,
    "release_prepaid": _release,
}


async def _said(session: Session, turn: Turn, found: Sequence[Finding]) -> Sequence[Finding]:
    """What was found; of a document that is gone the numbers it was posted as, if it was."""
    if [one.code for one in found] != ["document_gone"] or turn.key.document_type != "order":
        return found
    rows = await session.fetch_all(
        [
            (f"SELECT no FROM {table} WHERE order_no = ? ORDER BY no DESC LIMIT 3", (turn.key.no,))
            for table in ("service_shipment_header", "service_invoice_header")
        ]
    )
    numbers = [str(row[0]) for found_rows in rows for row in reversed(found_rows)]
    return [finding("document_posted_already", **turn.values, numbers=", ".join(numbers))] if numbers else found


OUTCOME: Final = """
UPDATE batch_run_document SET outcome = ?, shipment_no = ?, invoice_no = ?, credit_memo_no = ?, findings = ?,
    amount = ?, currency_code = ?, duration_ms = ?, done_at = ? WHERE id = ?"""


READY: Final = """
UPDATE batch_run_document SET outcome = 'ready', findings = ?, amount = ?, currency_code = ?, duration_ms = ?,
    done_at = ?, row_version = ? WHERE id = ?"""
"""With the version that was tested: what is posted after it is just that (D-91)."""


def outcome_of(turn: Turn, outcome: str, found: Sequence[Finding], started: float | None = None) -> Batch:
    took = _milliseconds(started) if started is not None else 0
    said = packed_findings([found_among_many(one) for one in found])
    return OUTCOME, [(outcome, "", "", "", said, 0, "", took, datetime.now(UTC), turn.id)]


def _posted(turn: Turn, plan: PostingPlan, result: PostingResult, started: float) -> Batch:
    numbers = {one.kind: one.no for one in result.posted}
    amount, currency = _amount(plan)
    row = (
        "posted",
        numbers.get("shipment", ""),
        numbers.get("invoice", ""),
        numbers.get("credit_memo", ""),
        packed_findings([*result.findings, *result.notices]),
        amount,
        currency,
        _milliseconds(started),
        datetime.now(UTC),
        turn.id,
    )
    return OUTCOME, [row]


def _amount(plan: PostingPlan) -> tuple[int, str]:
    """What is invoiced, VAT included, and in which currency; blank when nothing is."""
    if not plan.parts.invoice:
        return 0, ""
    currency = plan.header.currency_code or plan.case.setup.ledger.lcy_code
    return scaled_from(plan.totals.amount_including_vat, 5), currency


def _milliseconds(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


async def tested(session: Session, run: BatchRun, turn: Turn) -> Batch:
    started, acting = time.perf_counter(), run.acting
    snapshot = await load_snapshot(session, turn.key, acting.user, acting.work_date)
    if snapshot is None:
        return outcome_of(turn, "skipped", await _said(session, turn, [finding("document_gone", **turn.values)]))
    plan = plan_posting(snapshot, run.request)
    if not plan.may_post:
        skipped = all(one.code in SKIPS for one in plan.errors)
        return outcome_of(turn, "skipped" if skipped else "failed", plan.findings, started)
    try:
        amount, currency = _amount(plan)
    except DoesNotFit:
        return outcome_of(turn, "failed", [finding("amount_too_large", document=turn.key.no)], started)
    found = packed_findings([*plan.findings, *plan.notices])
    row = (found, amount, currency, _milliseconds(started), datetime.now(UTC), snapshot.header.row_version, turn.id)
    return READY, [row]

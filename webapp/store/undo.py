"""The one transaction that undoes lines of a posted shipment: lock, load, plan again, write (P-8, P-159 …)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from db import documents, ledgers, posted
from db.engine import Duplicate, fetch, reading, transaction
from db.session import Batch, Session
from webapp.posting.findings import Finding, finding
from webapp.posting.headers import KINDS
from webapp.posting.lines import with_last_line_no
from webapp.posting.undo import (
    KIND_NAMES,
    Kind,
    PostedLine,
    UndoPlan,
    UndoRequest,
    UndoSnapshot,
    kind_of_line,
    line_findings,
    plan_undo,
)
from webapp.store.acting import Acting
from webapp.store.document_rows import header_batch, line_batches
from webapp.store.entry_numbers import entry_numbers, entry_numbers_query
from webapp.store.ledger_rows import WRITERS, Numbers, entry_counts, ledger_batches
from webapp.store.posted import Entries
from webapp.store.preview import entries_of, numbers_of, rows_of
from webapp.store.rows import RecordWriter, codec, scaled_from
from webapp.store.undo_snapshots import LINES, load_undo_snapshot

_RUN = RecordWriter(
    ledgers.PostingRun,
    (),
    ("no", "user_name", "at", "source_type", "source_no", "option", "selected_lines", "shipment_no"),
)
_LOG = RecordWriter(
    documents.ServiceDocumentLog, (), ("document_kind", "document_no", "event", "at", "user_name", "after")
)
_FORM = RecordWriter(documents.PostingForm, (), ("token", "content_hash", "result", "user_name", "at"))
EVENTS = {"undo_shipment": "Shipment undone", "undo_consumption": "Consumption undone"}


@dataclass(frozen=True, slots=True)
class Change:
    """What undoing changed on one line of the order: quantities before and after (D-106)."""

    line_no: int
    description: str
    shipped: tuple[Decimal, Decimal]
    consumed: tuple[Decimal, Decimal]
    to_ship: tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class UndoResult:
    """What came of undoing. With an error among `findings` nothing was written; `repeated` as for a posting (O-42)."""

    findings: tuple[Finding, ...] = ()
    kind: str = ""
    shipment_no: str = ""
    order_no: str = ""
    run: int = 0
    lines: tuple[int, ...] = ()
    changes: tuple[Change, ...] = ()
    repeated: bool = False

    @property
    def ok(self) -> bool:
        return not any(found.is_error for found in self.findings)


# --- looking, without writing ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Undoing:
    """What undoing would do: the plan, every row it would write by ledger, and each line with why it cannot be undone
    (its line no., errors; none when it can)."""

    plan: UndoPlan
    entries: Sequence[Entries]
    reasons: dict[int, tuple[Finding, ...]]


async def look_at_undo(acting: Acting, shipment_no: str, request: UndoRequest) -> Undoing | None:
    """What undoing the chosen lines would find and write now; reads only. None when there is no such shipment."""
    async with reading() as session:
        snapshot = await load_undo_snapshot(session, shipment_no, acting.user)
    if snapshot is None:
        return None
    plan = plan_undo(snapshot, request)
    reasons = {
        line.line_no: tuple(found for found in line_findings(snapshot, request.kind, line) if found.is_error)
        for line in snapshot.lines
        if not line.is_text
    }
    return Undoing(plan, _shown_entries(plan, acting.user), reasons)


def planned_undo_rows(plan: UndoPlan, user_name: str) -> dict[str, list[dict[str, Any]]]:
    """Every column of every row that the plan would write, by ledger."""
    numbers = numbers_of(plan.ledgers, {"shipment": plan.snapshot.shipment_no})
    return rows_of(plan.ledgers, plan.snapshot.header, numbers, user_name)


def _shown_entries(plan: UndoPlan, user_name: str) -> list[Entries]:
    items = {line.no: line.description for line in plan.snapshot.lines if line.type == "item"}
    return entries_of(planned_undo_rows(plan, user_name), plan.snapshot.setup, plan.snapshot.header, items)


@dataclass(frozen=True, slots=True)
class ShippedLine:
    """A line of a posted shipment of an order, and what can be undone of it; None for nothing."""

    line: PostedLine
    can: Kind | None


async def shipped_lines(order_no: str) -> list[ShippedLine]:
    """What was shipped for an order, in posting order; texts left out."""
    rows = await fetch(LINES.sql("WHERE order_no = ? AND type <> 'blank' ORDER BY id"), order_no)
    return [ShippedLine(line, kind_of_line(line)) for line in LINES.all(rows)]


@dataclass(frozen=True, slots=True)
class UndoRun:
    """A posting run that undid lines of a shipment."""

    no: int
    at: datetime
    user_name: str
    kind: str


async def undo_runs(shipment_no: str) -> list[UndoRun]:
    """The posting runs that undid lines of a shipment, in their order."""
    rows = await fetch(_RUNS, shipment_no)
    names = ("no", "at", "user_name", "source_type")
    found = [codec(ledgers.PostingRun).read(names, row) for row in rows]
    return [UndoRun(row["no"], row["at"], row["user_name"], row["source_type"]) for row in found]


_RUNS = (
    "SELECT DISTINCT r.no, r.at, r.user_name, r.source_type FROM service_ledger_entry e JOIN posting_run r"
    " ON r.no = e.posting_run_no WHERE e.document_no = ? AND e.document_type = 'shipment'"
    " AND r.source_type IN ('undo_shipment', 'undo_consumption') ORDER BY r.no"
)


# --- undoing --------------------------------------------------------------------------------------------------------


async def undo_lines(
    acting: Acting, shipment_no: str, request: UndoRequest, row_version: int | None = None, token: str = ""
) -> UndoResult | None:
    """Undoes the chosen lines of a posted shipment, all of them or none (P-8). None when there is no such shipment.

    `row_version` is that of the order on the page that the request comes from, None to undo whatever stands there. The
    same `token` with the same content answers with the first result (O-42).
    """
    content = _content_hash(shipment_no, request)
    try:
        async with transaction() as session:
            return await _undo(session, acting, shipment_no, request, row_version, token, content)
    except Duplicate:
        async with reading() as session:  # only the token of another form can have been there before
            return await _repeated(session, token, content)


async def _undo(
    session: Session,
    acting: Acting,
    shipment_no: str,
    request: UndoRequest,
    row_version: int | None,
    token: str,
    content: str,
) -> UndoResult | None:
    snapshot = await load_undo_snapshot(session, shipment_no, acting.user, lock=True)
    if snapshot is None:
        return None
    before = await _repeated(session, token, content) if token else None
    if before is not None:
        return before
    order = snapshot.order
    if order is not None and row_version is not None and row_version != order.row_version:
        return UndoResult((finding("document_changed", document=order.no, kind=KINDS["order"], no=order.no),))
    plan = plan_undo(snapshot, request)
    if not plan.may_undo:
        return UndoResult(plan.findings)
    return await write_undo(session, acting, plan, token, content)


async def write_undo(
    session: Session, acting: Acting, plan: UndoPlan, token: str = "", content: str = ""
) -> UndoResult:
    """Writes a plan that may be written, in the transaction that loaded its snapshot under lock."""
    at = datetime.now(UTC)
    snapshot, request = plan.snapshot, plan.request
    counts = {"posting_run": 1, **entry_counts(plan.ledgers)}
    sql, args = entry_numbers_query(session, counts)
    drawn = entry_numbers(session, counts, await session.fetch(sql, *args))
    by_ledger = {name: drawn.get(writer.writer.codec.name, []) for name, writer in WRITERS.items()}
    numbers = Numbers(drawn["posting_run"][0], {"shipment": snapshot.shipment_no}, by_ledger)
    undone = [correction.line.line_no for correction in plan.corrections]
    result = UndoResult(
        plan.findings,
        request.kind,
        snapshot.shipment_no,
        snapshot.header.no,
        numbers.run,
        tuple(undone),
        tuple(changes_of(plan)),
    )
    run = [numbers.run, acting.user, at, request.kind, snapshot.shipment_no, "none", json.dumps(undone)]
    batches: list[Batch] = [
        (_RUN.sql, [_RUN.row(None, [*run, snapshot.shipment_no])]),
        _correction_batch(plan, numbers),
        *ledger_batches(plan.ledgers, snapshot.header, numbers, acting.user),
        *_earlier_batches(plan),
        *_order_batches(snapshot, plan, acting.user),
        _log_batch(snapshot, request.kind, undone, acting.user, at),
    ]
    if token:
        row = [token, content, json.dumps(asdict(result), default=str), acting.user, at]
        batches.append((_FORM.sql, [_FORM.row(None, row)]))
    await session.execute_all([batch for batch in batches if batch[1]])
    return result


def changes_of(plan: UndoPlan) -> list[Change]:
    """The order's lines that undoing changes, with old and new quantities."""
    names = ("quantity_shipped", "quantity_consumed", "qty_to_ship")
    places = {correction.line.order_line_no for correction in plan.corrections}
    after = {line.line_no: line for line in plan.lines_after}
    return [
        Change(
            line.line_no,
            line.description,
            *((getattr(line, name), getattr(after[line.line_no], name)) for name in names),
        )
        for line in plan.snapshot.order_lines
        if line.line_no in places
    ]


# --- rows -----------------------------------------------------------------------------------------------------------

_OWN = (
    "id",
    "line_no",
    "quantity",
    "quantity_base",
    "quantity_invoiced",
    "quantity_invoiced_base",
    "quantity_consumed",
    "quantity_consumed_base",
    "qty_shipped_not_invoiced",
    "qty_shipped_not_invoiced_base",
    "item_entry_no",
    "service_entry_no",
    "warranty_entry_no",
    "correction",
    "correction_of_line_no",
)
# The column that an undone line and its correction count as taken (P-166, P-170).
_TAKEN = {"undo_shipment": "quantity_invoiced", "undo_consumption": "quantity_consumed"}


def _correction_batch(plan: UndoPlan, numbers: Numbers) -> Batch:
    """The correcting lines: copies of the undone ones in the database itself, quantities below 0 (P-166, P-170)."""
    rows = codec(posted.ServiceShipmentLine)
    copied = ", ".join(name for name in rows.columns if name not in _OWN)
    taken = _TAKEN[plan.request.kind]
    sql = (
        f"INSERT INTO {rows.name} ({copied}, line_no, item_entry_no, service_entry_no, warranty_entry_no, correction,"
        f" correction_of_line_no, quantity, quantity_base, {taken}, {taken}_base) SELECT {copied},"
        " CAST(? AS INTEGER), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), TRUE, line_no,"
        f" -quantity, -quantity_base, -quantity, -quantity_base FROM {rows.name} WHERE document_no = ? AND line_no = ?"
    )
    return sql, [
        (
            correction.line_no,
            numbers.entry("item", correction.item_entry_no),
            numbers.entry("service", correction.service_entry_no),
            numbers.entry("warranty", correction.warranty_entry_no),
            plan.snapshot.shipment_no,
            correction.line.line_no,
        )
        for correction in plan.corrections
    ]


def _earlier_batches(plan: UndoPlan) -> list[Batch]:
    """What changes on rows of earlier postings: the columns that O-44 names, and no other."""
    taken = _TAKEN[plan.request.kind]
    undone = [(plan.snapshot.shipment_no, correction.line.line_no) for correction in plan.corrections]
    back = [(scaled_from(part, 5), scaled_from(part, 5), no) for no, part in sorted(plan.inbound_back.items())]
    return [
        (
            f"UPDATE service_shipment_line SET {taken} = quantity, {taken}_base = quantity_base,"
            " qty_shipped_not_invoiced = 0, qty_shipped_not_invoiced_base = 0, correction = TRUE"
            " WHERE document_no = ? AND line_no = ?",
            undone,
        ),
        (
            "UPDATE item_ledger_entry SET open = (remaining_quantity + ? <> 0),"
            " remaining_quantity = remaining_quantity + ? WHERE entry_no = ?",
            back,
        ),
        (
            "UPDATE item_ledger_entry SET shipped_qty_not_returned = 0, remaining_quantity = 0, open = FALSE"
            " WHERE entry_no = ?",
            [(no,) for no in plan.returned],
        ),
        ("UPDATE warranty_ledger_entry SET open = FALSE WHERE entry_no = ?", [(no,) for no in plan.warranties_closed]),
    ]


def _order_batches(snapshot: UndoSnapshot, plan: UndoPlan, user: str) -> list[Batch]:
    order = snapshot.order
    assert order is not None
    return [
        *line_batches(order.key, snapshot.order_lines, plan.lines_after),
        header_batch(order, with_last_line_no(order, plan.lines_after), user),
    ]


def _log_batch(snapshot: UndoSnapshot, kind: Kind, lines: Sequence[int], user: str, at: datetime) -> Batch:
    """One event on the order and one on the shipment (D-99)."""
    told = ", ".join(map(str, lines))
    places = (
        ("order", snapshot.header.no, f"{snapshot.shipment_no}: {told}"),
        ("shipment", snapshot.shipment_no, told),
    )
    rows = [_LOG.row(None, [where, no, EVENTS[kind], at, user, after[:250]]) for where, no, after in places]
    return _LOG.sql, rows


# --- once only (O-42) -----------------------------------------------------------------------------------------------


def _content_hash(shipment_no: str, request: UndoRequest) -> str:
    content = [KIND_NAMES[request.kind], shipment_no, sorted(request.lines)]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


async def _repeated(session: Session, token: str, content: str) -> UndoResult | None:
    rows = await session.fetch("SELECT content_hash, result FROM posting_form WHERE token = ?", token)
    if not rows:
        return None
    if rows[0][0] != content:
        return UndoResult((finding("form_used_otherwise"),))
    return _unpacked(str(rows[0][1]))


def _unpacked(text: str) -> UndoResult:
    found = json.loads(text)
    findings = tuple(Finding(**{**row, "rules": tuple(row["rules"])}) for row in found.pop("findings"))
    changes = tuple(_change(row) for row in found.pop("changes"))
    return UndoResult(findings, **{**found, "lines": tuple(found["lines"]), "changes": changes, "repeated": True})


def _change(row: dict[str, Any]) -> Change:
    pairs = {name: (Decimal(row[name][0]), Decimal(row[name][1])) for name in ("shipped", "consumed", "to_ship")}
    return Change(int(row["line_no"]), str(row["description"]), **pairs)


async def undo_result(token: str, kind: str, shipment_no: str) -> UndoResult | None:
    """What came of the form with this token that undid lines of this shipment; None when it did nothing of the kind."""
    rows = await fetch("SELECT result FROM posting_form WHERE token = ?", token)
    if not rows or "changes" not in json.loads(str(rows[0][0])):
        return None
    result = _unpacked(str(rows[0][0]))
    return result if (result.kind, result.shipment_no) == (kind, shipment_no) else None

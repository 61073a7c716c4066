"""Runs that make the service orders of contracts: what they would make, how they begin, one order (C-155 … C-157).

Orders and contracts are locked before anything is planned: orders first, then the contract (O-27).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from db.engine import fetch, reading, transaction
from db.session import Session
from webapp.billing.case import ContractCase
from webapp.billing.checks import contract_finding
from webapp.billing.service_orders import (
    NotOrdered,
    OpenOrder,
    OrdersPlan,
    OrderTerms,
    PlannedOrder,
    draft_header,
    first_day,
    item_lines_of,
    plan_contract,
    plan_orders,
    terms_findings,
)
from webapp.posting.findings import Finding, finding
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey
from webapp.store import snapshots
from webapp.store.acting import Acting
from webapp.store.batch_starts import RunAsked, Task, start_run
from webapp.store.batches import BatchRun, Started
from webapp.store.combine_runs import Made, NotMade
from webapp.store.contract_lists import unknown_numbers
from webapp.store.contract_records import load_case, load_cases
from webapp.store.document_rows import HEADER, item_line_batches
from webapp.store.drafts import document_batches, log_row_batch
from webapp.store.numbers import new_document_number
from webapp.store.setup_cache import load_setup
from webapp.store.snapshots import marks

KIND: Final = "contract_orders"
AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class OrdersAsked:
    """In which days a service is planned, and of which contract; blank is all (C-155)."""

    first: date | None
    last: date | None
    contract_no: str = ""

    def terms(self, acting: Acting) -> OrderTerms:
        return OrderTerms(self.first, self.last, acting.work_date)

    @property
    def words(self) -> str:
        what = f"Contract {self.contract_no}" if self.contract_no else "All contracts"
        return f"{what}, service planned {self.first} to {self.last}"


@dataclass(frozen=True, slots=True)
class OrdersLook:
    """What a run would do now."""

    orders: tuple[PlannedOrder, ...] = ()
    left: tuple[NotOrdered, ...] = ()
    earlier: tuple[Finding, ...] = ()
    """Lines planned before the range that have no order: they are told, never forgotten."""


# --- looking ----------------------------------------------------------------------------------------------------------

_DUE: Final = (
    "SELECT DISTINCT c.no FROM service_contract_line l"
    " JOIN service_contract c ON c.kind = l.kind AND c.no = l.contract_no"
    " WHERE l.kind = 'contract' AND c.status = 'signed' AND c.change_status = 'locked' AND l.service_period <> ''"
    " AND l.next_planned_service_date >= ? AND l.next_planned_service_date <= ?{more} ORDER BY c.no"
)
_HOLDS: Final = (
    " FROM service_item_line i JOIN service_header h ON h.document_type = i.document_type AND h.no = i.document_no"
    " WHERE i.document_type = 'order' AND i.contract_line_no <> 0 AND h.last_shipping_no = ''"
)
_OPEN: Final = (
    "SELECT i.contract_no, h.no, h.order_date, h.contract_no, h.status, h.release_status, i.contract_line_no"
    f"{_HOLDS} AND i.contract_no IN ({{marks}}) ORDER BY i.contract_no, h.no"
)
_EARLIER: Final = (
    "SELECT COUNT(*), MIN(l.next_planned_service_date) FROM service_contract_line l"
    " JOIN service_contract c ON c.kind = l.kind AND c.no = l.contract_no"
    " WHERE l.kind = 'contract' AND c.status = 'signed' AND c.change_status = 'locked' AND l.service_period <> ''"
    " AND l.next_planned_service_date < ?{more} AND (l.contract_expiration_date IS NULL"
    " OR l.contract_expiration_date > l.next_planned_service_date) AND NOT EXISTS"
    f" (SELECT 1{_HOLDS} AND i.contract_no = l.contract_no AND i.contract_line_no = l.line_no)"
)


async def first_order_day(acting: Acting) -> date:
    """The day that the form proposes to begin with (C-155)."""
    async with reading() as session:
        return first_day((await load_setup(session)).service, acting.work_date)


async def look_at_orders(acting: Acting, asked: OrdersAsked) -> tuple[OrdersLook, list[Finding]]:
    """The orders that a run would make, and the lines it would leave; reads only."""
    unknown = await unknown_numbers(asked.contract_no)
    async with reading() as session:
        setup = await load_setup(session)
        found = [*terms_findings(setup.service, asked.terms(acting)), *unknown]
        if found or asked.first is None:
            return OrdersLook(), found
        plans = [plan async for plan in _plans(session, acting, asked)]
        more, own = _of_contract(asked, "c.no")
        ((count, oldest),) = await session.fetch(_EARLIER.format(more=more), asked.first, *own)
    earlier: tuple[Finding, ...] = ()
    if count:
        lines = "1 line" if count == 1 else f"{count} lines"
        day = oldest if isinstance(oldest, date) else date.fromisoformat(str(oldest))
        earlier = (finding("contract_service_earlier", lines=lines, first=asked.first, oldest=day),)
    orders = tuple(one for plan in plans for one in plan.orders)
    return OrdersLook(orders, tuple(one for plan in plans for one in plan.left), earlier), []


def _of_contract(asked: OrdersAsked, column: str) -> tuple[str, list[str]]:
    return (f" AND {column} = ?", [asked.contract_no]) if asked.contract_no else ("", [])


async def _plans(session: Session, acting: Acting, asked: OrdersAsked) -> AsyncIterator[OrdersPlan]:
    more, own = _of_contract(asked, "c.no")
    nos = [str(row[0]) for row in await session.fetch(_DUE.format(more=more), asked.first, asked.last, *own)]
    for start in range(0, len(nos), AT_ONCE):
        some = nos[start : start + AT_ONCE]
        cases = await load_cases(session, some)
        yield plan_orders(cases.values(), await _open_orders(session, some), asked.terms(acting))


async def _open_orders(session: Session, contract_nos: Sequence[str]) -> dict[str, list[OpenOrder]]:
    """The orders that hold lines of these contracts and have nothing shipped, by contract."""
    found: dict[tuple[str, str], OpenOrder] = {}
    rows = await session.fetch(_OPEN.format(marks=marks(contract_nos)), *contract_nos)
    for contract, no, day, of_contract, status, release_status, line_no in rows:
        takes_more = of_contract == contract and status == "pending" and release_status == "open"
        known = found.get((contract, no)) or OpenOrder(str(no), day, frozenset(), takes_more)
        found[contract, no] = changed(known, line_nos=known.line_nos | {int(line_no)})
    orders: dict[str, list[OpenOrder]] = {}
    for (contract, _), one in found.items():
        orders.setdefault(contract, []).append(one)
    return orders


# --- the run ----------------------------------------------------------------------------------------------------------


async def start_ordering(acting: Acting, asked: OrdersAsked, *, token: str = "", worker: str = "") -> Started:
    """Begins a run over what is planned now, and remembers its last day for the next (C-155). Lines that get no order
    stand in it with their reasons."""
    look, found = await look_at_orders(acting, asked)
    if found:
        return Started(findings=tuple(found))
    tasks = [Task(customer_name=_name(one.case), work=_work(one.case, one.lines)) for one in look.orders]
    tasks += [
        Task(customer_name=_name(one.case), work=_work(one.case, [one.line]), findings=one.findings)
        for one in look.left
    ]  # fmt: skip
    run = RunAsked(KIND, "order", json.dumps(asdict(asked), default=str), asked.words)
    begun = await start_run(acting, run, tasks, token=token, worker=worker)
    if begun.no is not None and not asked.contract_no:
        await _remember(asked)
    return begun


async def _remember(asked: OrdersAsked) -> None:
    async with transaction() as session:
        await session.execute(
            "UPDATE service_setup SET last_contract_order_date = ?, row_version = row_version + 1"
            " WHERE last_contract_order_date IS NULL OR last_contract_order_date < ?",
            asked.last,
            asked.last,
        )


def _name(case: ContractCase) -> str:
    return case.customer.name if case.customer else ""


def _work(case: ContractCase, lines: Sequence[Any]) -> str:
    planned = {str(line.line_no): str(line.next_planned_service_date) for line in lines}
    return json.dumps({"contract": case.contract.no, "lines": planned})


@dataclass(frozen=True, slots=True)
class OrderRow:
    """What a row of a stored run is about: a contract, and its lines with the days they were planned for."""

    contract_no: str
    planned: tuple[tuple[int, date], ...]


async def rows_of_orders(no: int, positions: Sequence[int]) -> dict[int, OrderRow]:
    """What these rows of a run are about, by position."""
    if not positions:
        return {}
    rows = await fetch(
        f"SELECT position, work FROM batch_run_document WHERE run_no = ? AND position IN ({marks(positions)})",
        no,
        *positions,
    )
    return {int(position): _row(json.loads(work)) for position, work in rows}


def _row(work: dict[str, Any]) -> OrderRow:
    planned = tuple((int(no), date.fromisoformat(day)) for no, day in work["lines"].items())
    return OrderRow(str(work["contract"]), planned)


def orders_asked(run: BatchRun) -> OrdersAsked:
    """What a stored run was asked for."""
    kept = json.loads(run.options)
    return OrdersAsked(date.fromisoformat(kept["first"]), date.fromisoformat(kept["last"]), str(kept["contract_no"]))


# --- one order --------------------------------------------------------------------------------------------------------


async def make_contract_order(session: Session, run: BatchRun, work: str) -> Made:
    """The order of one row, in the transaction that writes its outcome. The contract is planned again: what it no
    longer fits is left and told. Raises NotMade when there is no number for it."""
    row = _row(json.loads(work))
    await _lock_orders(session, row.contract_no)
    case = await load_case(session, "contract", row.contract_no, lock=True)
    if case is None:
        gone = finding("contract_gone", document=row.contract_no, kind="Contract", contract=row.contract_no)
        return Made(None, (gone,))
    open_orders = (await _open_orders(session, [row.contract_no])).get(row.contract_no, [])
    wanted = dict(row.planned)
    lines = tuple(line for line in case.lines if wanted.get(line.line_no) == line.next_planned_service_date)
    plan = plan_contract(changed(case, lines=lines), open_orders, orders_asked(run).terms(run.acting))
    told = [found for one in plan.left for found in one.findings]
    if len(lines) < len(wanted) or (not plan.orders and not told):
        told.append(contract_finding(case, "contract_changed_since"))
    key, version = None, 0
    for planned in plan.orders:
        key, version = await _write(session, run.acting, planned)
    return Made(key, tuple(told), version)


async def _lock_orders(session: Session, contract_no: str) -> None:
    if session.dialect == "postgresql":
        await session.fetch(
            "SELECT no FROM service_header WHERE document_type = 'order' AND contract_no = ? ORDER BY no FOR UPDATE",
            contract_no,
        )


async def _write(session: Session, acting: Acting, planned: PlannedOrder) -> tuple[DocumentKey, int]:
    if planned.onto:
        return await _add(session, acting, planned)
    case, setup = planned.case, planned.case.setup
    header, _ = draft_header(case, planned.order_date, acting.work_date)
    series = setup.service.service_order_nos
    no, found = await new_document_number(session, setup, series, "", acting.work_date, kind="Service order")
    if found:
        raise NotMade([changed(one, document=case.contract.no) for one in found])
    header = changed(header, no=no, no_series=series, posting_description=f"Order {no}")
    lines = item_lines_of(planned, header, 10000)
    await session.execute_all(
        [
            (HEADER.sql, [HEADER.row(header, [acting.user, datetime.now(UTC)])]),
            *item_line_batches(header.key, (), lines),
            log_row_batch(acting, header.key, "Order created", f"Contract {case.contract.no}"),
        ]
    )
    return header.key, header.row_version


async def _add(session: Session, acting: Acting, planned: PlannedOrder) -> tuple[DocumentKey, int]:
    """Puts the lines on a pending order of the contract."""
    key = DocumentKey("order", planned.onto)
    document, _ = await snapshots.load_document(session, key, lock=True)
    assert document is not None
    last = max((line.line_no for line in document.item_lines), default=0)
    more = item_lines_of(planned, document.header, last // 10000 * 10000 + 10000)
    after = changed(document, item_lines=(*document.item_lines, *more))
    log = log_row_batch(acting, key, "Service items added", f"Contract {planned.case.contract.no}")
    await session.execute_all([*document_batches(key, document, after, acting.user), log])
    return key, document.header.row_version + 1

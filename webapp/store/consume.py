"""Consume shipped quantity: lines of a shipment are undone, shipped and consumed in one transaction (P-187)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal

from db.engine import Duplicate, transaction
from db.session import Batch, Session
from webapp.posting.findings import Finding, finding
from webapp.posting.headers import KINDS
from webapp.posting.plan import REQUESTS
from webapp.posting.quantities import derived, set_qty_to_consume
from webapp.posting.records import changed
from webapp.posting.snapshot import ZERO, Header, Line
from webapp.posting.undo import UndoPlan, UndoRequest, plan_undo
from webapp.store.acting import Acting
from webapp.store.document_rows import header_batch, line_batches
from webapp.store.posting import PostingResult, first_result, post_within, repeated_result
from webapp.store.rows import DoesNotFit
from webapp.store.undo import write_undo
from webapp.store.undo_snapshots import load_undo_snapshot

__all__ = ["consume_shipped"]


class _Refused(Exception):
    """Something was found after rows had been written; the transaction takes them back."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("refused")
        self.findings = tuple(findings)


async def consume_shipped(
    acting: Acting, shipment_no: str, lines: frozenset[int], row_version: int | None = None, token: str = ""
) -> PostingResult | None:
    """Consumes whole lines of a posted shipment afterwards, all of the chosen or none; None without such a shipment.

    The lines are undone (P-159 … P-168), then the same quantities are shipped and consumed on the posting date of the
    order (P-112), on a new shipment. Other lines keep their quantities (P-60). `row_version` and `token` as in
    `undo_lines`; the answer is that of the posting.
    """
    content = hashlib.sha256(json.dumps(["consume shipped", shipment_no, sorted(lines)]).encode()).hexdigest()
    try:
        async with transaction() as session:
            return await _consume(session, acting, shipment_no, lines, row_version, token, content)
    except _Refused as refused:
        return PostingResult(refused.findings)
    except DoesNotFit:
        return PostingResult((finding("amount_too_large", document=shipment_no),))
    except Duplicate as taken:
        if "posting_form" in str(taken):
            return await first_result(token, content)
        return PostingResult(
            (finding("document_no_exists", kind="Document", no=str(taken)[:80], document=shipment_no),)
        )


async def _consume(
    session: Session,
    acting: Acting,
    shipment_no: str,
    lines: frozenset[int],
    row_version: int | None,
    token: str,
    content: str,
) -> PostingResult | None:
    snapshot = await load_undo_snapshot(session, shipment_no, acting.user, lock=True)
    if snapshot is None:
        return None
    before = await repeated_result(session, token, content) if token else None
    if before is not None:
        return before
    order = snapshot.order
    if order is not None and row_version is not None and row_version != order.row_version:
        return PostingResult((finding("document_changed", document=order.no, kind=KINDS["order"], no=order.no),))
    plan = plan_undo(snapshot, UndoRequest("undo_shipment", lines))
    if not plan.may_undo:
        return PostingResult(plan.findings)
    assert order is not None
    await write_undo(session, acting, plan)
    undone = changed(order, row_version=order.row_version + 1)
    precision = snapshot.setup.currency(order.currency_code).amount_rounding_precision
    asked = _asked(plan, undone, precision)
    batches = [*line_batches(order.key, plan.lines_after, asked), header_batch(undone, undone, acting.user)]
    await session.execute_all([batch for batch in batches if batch[1]])
    chosen = frozenset(correction.line.order_line_no for correction in plan.corrections)
    request = changed(REQUESTS["ship_and_consume"], lines=chosen)
    dates = _dates_again(order, plan, chosen)
    result = await post_within(
        session, acting, order.key, request, undone.row_version + 1, lambda *_: dates, token, content
    )
    if not result.ok:
        raise _Refused([*plan.findings, *result.findings])
    return result


def _asked(plan: UndoPlan, order: Header, precision: Decimal) -> list[Line]:
    """The order's lines with the undone quantities to be consumed, on the posting date of the order (P-56, P-187)."""
    wanted: dict[int, Decimal] = {}
    for correction in plan.corrections:
        line = correction.line
        wanted[line.order_line_no] = wanted.get(line.order_line_no, ZERO) + line.quantity
    asked = []
    for one in plan.lines_after:
        if one.line_no in wanted:
            typed, found = set_qty_to_consume(one, wanted[one.line_no])
            if found:
                raise _Refused(found)
            one = changed(derived(typed, order.document_type, precision), posting_date=order.posting_date)
        asked.append(one)
    return asked


def _dates_again(order: Header, plan: UndoPlan, lines: frozenset[int]) -> list[Batch]:
    """The dates of the order's lines as they were: what is left of them is another day's work."""
    rows = [
        (line.posting_date, order.document_type, order.no, line.line_no)
        for line in plan.lines_after
        if line.line_no in lines
    ]
    sql = "UPDATE service_line SET posting_date = ? WHERE document_type = ? AND document_no = ? AND line_no = ?"
    return [(sql, rows)]

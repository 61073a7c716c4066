"""A posted shipment as undoing would load it, made from the plan that posted it: a model of the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.builders import entry_base
from webapp.posting.documents import ShipmentLine
from webapp.posting.ledgers import Entry, New
from webapp.posting.plan import PostingPlan
from webapp.posting.records import changed, names_of
from webapp.posting.snapshot import Line, Snapshot
from webapp.posting.undo import Moved, PostedLine, Traces, UndoPlan, UndoSnapshot


def shipped(before: Snapshot, plan: PostingPlan, closed: bool = False) -> UndoSnapshot:
    """The shipment that this plan posted, right after it; its entries are numbered as `builders.posted` does."""
    base, no = entry_base(before), plan.numbers["shipment"].no
    header = before.header
    return UndoSnapshot(
        setup=before.setup,
        user_name=before.user_name,
        header=header,
        shipment_no=no,
        lines=tuple(_line(one, no, header.no) for one in plan.shipment_lines),
        traces={one.line.line_no: _traces(plan, one.line.line_no, base) for one in plan.shipment_lines},
        order=None if closed else header,
        order_lines=() if closed else plan.lines_after,
    )


def _line(one: ShipmentLine, no: str, order_no: str) -> PostedLine:
    own = {name: getattr(one.line, name, None) for name in names_of(PostedLine)}
    named: Mapping[str, Any] = {
        "document_no": no,
        "order_no": order_no,
        "order_line_no": one.line.line_no,
        "posting_date": one.posting_date,
        "quantity": one.quantity,
        "quantity_base": one.quantity_base,
        "quantity_invoiced": one.quantity_invoiced,
        "quantity_consumed": one.quantity_consumed,
        "qty_shipped_not_invoiced": one.qty_shipped_not_invoiced,
        "correction": False,
        "correction_of_line_no": 0,
    }
    return PostedLine(**{**own, **named})


def _traces(plan: PostingPlan, line_no: int, base: int) -> Traces:
    def number(reference: Entry) -> int:
        return base + reference.index if isinstance(reference, New) else reference

    ledgers = plan.ledgers
    items = []
    for index, entry in enumerate(ledgers.item):
        if entry.document_line_no == line_no:
            drawn = [
                (number(one.inbound_entry_no), one.quantity)
                for one in ledgers.application
                if one.outbound_entry_no == New(index)
            ]
            values = [one for one in ledgers.value if one.item_ledger_entry_no == New(index)]
            items.append(Moved(base + index, entry, tuple(drawn), tuple(values)))
    return Traces(
        tuple(items),
        tuple(one for one in ledgers.resource if one.order_line_no == line_no and one.entry_type == "usage"),
        tuple(one for one in ledgers.service if one.document_line_no == line_no and one.document == "shipment"),
        tuple((base + i, one) for i, one in enumerate(ledgers.warranty) if one.document_line_no == line_no),
    )


def undone(before: UndoSnapshot, plan: UndoPlan) -> UndoSnapshot:
    """The shipment that would be loaded after this plan was written."""
    taken = "quantity_invoiced" if plan.request.kind == "undo_shipment" else "quantity_consumed"
    numbers = {one.line.line_no: one.line_no for one in plan.corrections}
    lines = []
    for line in before.lines:
        if line.line_no not in numbers:
            lines.append(line)
            continue
        whole = {taken: line.quantity, "qty_shipped_not_invoiced": line.quantity * 0, "correction": True}
        lines.append(changed(line, **whole))
        back = {"quantity": -line.quantity, "quantity_base": -line.quantity_base, taken: -line.quantity}
        own = {"line_no": numbers[line.line_no], "correction_of_line_no": line.line_no}
        lines.append(changed(line, **{**whole, **back, **own}))
    return changed(before, lines=tuple(lines), order_lines=plan.lines_after)


def with_posted_line(before: UndoSnapshot, line_no: int, /, **values: Any) -> UndoSnapshot:
    """The shipment with a line as its columns may say."""
    lines = tuple(changed(one, **values) if one.line_no == line_no else one for one in before.lines)
    return changed(before, lines=lines)


def order_line(plan: UndoPlan, line_no: int) -> Line:
    return next(line for line in plan.lines_after if line.line_no == line_no)

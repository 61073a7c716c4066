"""The documents and entries that a plan would write, as they would be shown (D-78 … D-82). Writes nothing (O-28).

The rows are made by the very code that makes them for the database and read back by the code that reads them from it;
only their numbers are not drawn: documents carry those that they would take, entries are counted from 1 (O-10).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from db.engine import reading
from db.session import Batch
from webapp.posting.documents import shipped_item_lines
from webapp.posting.ledgers import Ledgers, Role
from webapp.posting.plan import PostingPlan
from webapp.posting.records import changed, values_of
from webapp.posting.setup import Setup
from webapp.posting.snapshot import DocumentKey, Header, PostingRequest
from webapp.store.acting import Acting
from webapp.store.ledger_rows import (
    INVOICED_LINES,
    SHIPMENT_LINE,
    VAT_LINE,
    WRITERS,
    Numbers,
    invoice_line_batch,
    shipment_line_batch,
    vat_line_batch,
)
from webapp.store.ledgers import LEDGERS, MADE, Ledger
from webapp.store.posted import Entries, PostedDocument
from webapp.store.posting import plan_document
from webapp.store.rows import RecordWriter
from webapp.store.supplies import Invoiced, Shipped, matched, posted_lines_of

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Preview:
    """What posting one document would do now: its plan, the documents as they would be printed, the entries by ledger.

    With errors in the plan there are neither documents nor entries (D-80).
    """

    plan: PostingPlan
    documents: Sequence[PostedDocument] = ()
    entries: Sequence[Entries] = ()


async def previews(
    acting: Acting,
    keys: Sequence[DocumentKey],
    request: PostingRequest,
    posting_date: date | None = None,
    proposed: bool = False,
) -> dict[DocumentKey, Preview | None]:
    """The preview of each document for itself, None for one that does not exist (any more). Reads only (O-28). A
    request that is only `proposed` gives way to one that has something to do."""
    found: dict[DocumentKey, Preview | None] = {}
    for key in keys:
        plan = await plan_document(acting, key, request, posting_date, proposed)
        found[key] = await _preview(plan, acting.user) if plan else None
    return found


async def _preview(plan: PostingPlan, user_name: str) -> Preview:
    if not plan.may_post:
        return Preview(plan)
    shipped: list[Shipped] = []
    invoiced: list[Invoiced] = []
    if plan.parts.invoice:
        async with reading() as session:
            shipped, invoiced = await posted_lines_of(session, [plan.header.no, *plan.case.snapshot.orders])
    key = (id(plan), user_name, tuple(shipped), tuple(invoiced))
    if key in _KEPT:
        _KEPT.move_to_end(key)
        return _KEPT[key]
    documents = planned_documents(plan, user_name, shipped, invoiced)
    made = Preview(plan, documents, planned_entries(plan, user_name))
    if plan.ledgers.count <= MOST_ROWS:
        _KEPT[key] = made
    if len(_KEPT) > MOST_KEPT:
        _KEPT.popitem(last=False)
    return made


# A plan that was made before (webapp.store.plans) shows what it showed before. The preview holds its plan, so that no
# other can come to the same id.
_KEPT: Final[OrderedDict[tuple[object, ...], Preview]] = OrderedDict()
MOST_KEPT: Final = 32
MOST_ROWS: Final = 1_000


_OF_TABLE = {ledger.table: ledger for ledger in LEDGERS.values()}


def planned_rows(plan: PostingPlan, user_name: str) -> dict[str, list[Row]]:
    """Every column of every row that the plan would write, by ledger; empty when it may not post."""
    return rows_of(plan.ledgers, plan.header, _numbers(plan), user_name)


def rows_of(ledgers: Ledgers, header: Header, numbers: Numbers, user_name: str) -> dict[str, list[Row]]:
    """Every column of every row of planned ledgers, by ledger, as the database would give it."""
    found: dict[str, list[Row]] = {}
    for name, ledger_writer in WRITERS.items():
        planned = getattr(ledgers, name)
        if not planned:
            continue
        writer = ledger_writer.writer
        _, rows = ledger_writer.batch(planned, header, numbers, user_name)
        found[name] = [writer.codec.read(writer.names, row) for row in rows]
    return found


def _numbers(plan: PostingPlan) -> Numbers:
    return numbers_of(plan.ledgers, {role: number.no for role, number in plan.numbers.items()})


def numbers_of(ledgers: Ledgers, documents: Mapping[str, str]) -> Numbers:
    """Numbers for what is only shown: the documents' own, entries counted from 1."""
    return Numbers(0, documents, {name: range(1, len(getattr(ledgers, name)) + 1) for name in WRITERS})


def planned_entries(plan: PostingPlan, user_name: str) -> list[Entries]:
    """The rows that the plan would write, ledger by ledger as a posted document shows its own."""
    items = {no: item.description for no, item in plan.case.snapshot.items.items()}
    return entries_of(planned_rows(plan, user_name), plan.case.setup, plan.header, items)


def entries_of(
    rows: Mapping[str, Sequence[Row]], setup: Setup, header: Header, items: Mapping[str, str]
) -> list[Entries]:
    """Planned rows ledger by ledger, with the names that a ledger shows; `items` are descriptions by number."""
    names = _Names(setup, header, items)
    return [
        Entries(ledger, [_shown(ledger, row, names) for row in rows[name]])
        for name in rows
        if (ledger := _OF_TABLE.get(WRITERS[name].ledger.table)) is not None
    ]


def planned_ledgers(
    ledgers: Ledgers, setup: Setup, header: Header, documents: Mapping[str, str], user_name: str
) -> list[Entries]:
    """The rows of planned ledgers that are no document's, as a posting run shows its own."""
    return entries_of(rows_of(ledgers, header, numbers_of(ledgers, documents), user_name), setup, header, {})


@dataclass(frozen=True, slots=True)
class _Names:
    """Where the names beside numbers come from."""

    setup: Setup
    header: Header
    items: Mapping[str, str]


def _shown(ledger: Ledger, row: Row, of: _Names) -> Row:
    """A row with the columns that a ledger shows: those it does not write have their default, names are looked up."""
    names = {
        "gl_account_name": _name_of(of.setup.accounts.get(row.get("gl_account_no", ""))),
        "customer_name": of.header.bill_to_name,
        "item_description": of.items.get(row.get("item_no", ""), ""),
    }
    blank = dict.fromkeys((*ledger.own, *MADE), "")
    return {**blank, **{name: names[name] for name in ledger.names}, **row}


def _name_of(account: Any) -> str:
    return account.name if account is not None else ""


# --- documents ------------------------------------------------------------------------------------------------------


def planned_documents(
    plan: PostingPlan, user_name: str, shipped: Iterable[Shipped], invoiced: Iterable[Invoiced]
) -> list[PostedDocument]:
    """The documents that the plan would post, like those that `load_posted` gives, without entries.

    `shipped` and `invoiced` are the lines of earlier postings of the order, in posting order: of them an invoice takes
    its dates of supply (D-97).
    """
    if not plan.may_post:
        return []
    numbers = _numbers(plan)
    made = []
    if plan.case.makes_shipment:
        lines = _read(SHIPMENT_LINE, shipment_line_batch(plan, numbers))
        item_lines = [values_of(line) for line in shipped_item_lines(plan.case.snapshot)]
        made.append(_document(plan, "shipment", user_name, lines, item_lines))
        shipped = [*shipped, *(_shipped(plan, line) for line in lines if line["type"] != "blank" and line["order_no"])]
    if plan.parts.invoice:
        role = plan.case.invoicing_role
        lines = _read(INVOICED_LINES[role], invoice_line_batch(plan, numbers))
        vat = _read(VAT_LINE, vat_line_batch(plan, numbers))
        invoiced = [
            *invoiced,
            *(
                _invoiced(plan, line)
                for line in lines
                if role == "invoice" and line["type"] != "blank" and line["order_no"]
            ),
        ]
        made.append(_document(plan, role, user_name, lines, [], vat))
    supplies = matched(shipped, invoiced)
    return [
        changed(
            one,
            supplies=[s for s in supplies if one.header["no"] in (s.shipped.document_no, s.invoiced.document_no)],
        )
        for one in made
    ]


def _document(
    plan: PostingPlan,
    kind: Role,
    user_name: str,
    lines: Sequence[Row],
    item_lines: Sequence[Row] = (),
    vat: Sequence[Row] = (),
) -> PostedDocument:
    header = plan.header
    numbers = plan.numbers
    series = numbers[kind].line
    order_no = plan.order_no if kind == "invoice" else header.no if plan.case.is_order else ""
    own: Row = {"no": numbers[kind].no, "order_no": order_no, "user_name": user_name, "printed": 0}
    own["no_series"] = series.series_code if series else ""
    if kind == "shipment":
        own["invoice_no"] = numbers["invoice"].no if plan.parts.invoice else ""
    else:
        own |= {"amount": plan.totals.amount, "amount_including_vat": plan.totals.amount_including_vat}
    head = {**values_of(header), "vat_date": header.vat_date or header.posting_date, **own}
    return PostedDocument(kind, head, lines, item_lines, vat, (), {}, {}, True)


def _read(writer: RecordWriter, batch: Batch) -> list[Row]:
    """The rows that would be written, read back as the database would give them."""
    return [writer.codec.read(writer.names, row) for row in batch[1]]


def _shipped(plan: PostingPlan, line: Row) -> Shipped:
    place = (line["order_no"], line["order_line_no"])
    open_quantity = line["quantity"] - line["quantity_consumed"]
    return Shipped(line["document_no"], line["line_no"], place, plan.case.posting_date, open_quantity)


def _invoiced(plan: PostingPlan, line: Row) -> Invoiced:
    place = (line["order_no"], line["order_line_no"])
    named = (line["shipment_no"], line["shipment_line_no"]) if line["shipment_no"] else None
    day = plan.case.posting_date
    return Invoiced(line["document_no"], line["line_no"], place, day, line["quantity"], named)

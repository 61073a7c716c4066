"""What preview, panel, posting page and test report say before a posting; that it says and writes the same (D-65)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from db.engine import reading
from webapp.posting.correction import correction_findings
from webapp.posting.findings import Finding
from webapp.posting.ledgers import Ledgers, New
from webapp.posting.plan import REQUESTS, PostingPlan, outline_posting
from webapp.posting.snapshot import DocumentKey, PostingRequest
from webapp.store.acting import Acting
from webapp.store.cancel import Cancelling, CancelResult
from webapp.store.ledger_rows import WRITERS
from webapp.store.panel import what_will_be_posted
from webapp.store.posted import PostedDocument, load_posted
from webapp.store.posting import PostingResult, plan_options
from webapp.store.preview import Preview, planned_rows, previews
from webapp.store.test_reports import report_on
from webapp.store.undo import Undoing, UndoResult, changes_of, planned_undo_rows

Row = Mapping[str, Any]
# What only the database gives: entry numbers and the run. Which entry a number leads to is compared on its own.
DRAWN = {"entry_no", "posting_run_no", "transaction_no"}
REFERENCES = {"item_entry_no": "item", "service_entry_no": "service", "warranty_entry_no": "warranty"}


@dataclass(frozen=True)
class Looked:
    """What was shown of a posting that has not happened: by everyone who shows it, before anything is written."""

    acting: Acting
    preview: Preview
    findings: Mapping[str, tuple[Finding, ...]]
    notices: Mapping[str, tuple[Finding, ...]]

    @property
    def plan(self) -> PostingPlan:
        return self.preview.plan


async def look(
    acting: Acting, key: DocumentKey, request: PostingRequest, posting_date: date | None = None
) -> Looked | None:
    """None when there is no such document. Report and panel know no other posting date than the document's, and the
    panel is about whole documents."""
    preview = (await previews(acting, [key], request, posting_date))[key]
    if preview is None:
        return None
    offer = await plan_options(acting, key, {"posting page": request}, posting_date)
    assert offer is not None
    outline = outline_posting(preview.plan.case.snapshot, preview.plan.request)
    plans = {"preview": preview.plan, "outline": outline, **offer.plans}
    if posting_date is None:
        report = (await report_on(acting, [key], request))[key]
        assert report is not None
        plans["test report"] = report
    option = next((name for name, whole in REQUESTS.items() if whole == request), "")
    if option and posting_date is None:
        panel = await what_will_be_posted(acting, key, option)
        assert panel is not None
        plans["panel"] = panel
    return Looked(
        acting,
        preview,
        {name: plan.findings for name, plan in plans.items()},
        {name: plan.notices for name, plan in plans.items()},
    )


async def differences(looked: Looked, result: PostingResult) -> list[str]:
    """Where the posting was another one than it was shown to be; empty when it was not."""
    found = [
        f"{name} said {_told(said)}, posting {_told(did)}"
        for sayings, did in ((looked.findings, result.findings), (looked.notices, result.notices))
        for name, said in sayings.items()
        if said != did
    ]
    found += _outline_differs(looked.plan)
    planned = [(one.kind, one.header["no"]) for one in looked.preview.documents]
    posted = [(one.kind, one.no) for one in result.posted]
    if planned != posted:
        found.append(f"documents: {planned} shown, {posted} posted")
    if found or not posted:
        return found
    documents = [await load_posted(kind, no) for kind, no in posted]
    run = documents[0].header["posting_run_no"] if documents[0] else 0
    written = {name: await _written(name, run) for name in WRITERS}
    found += _entries_differ(planned_rows(looked.plan, looked.acting.user), looked.plan.ledgers, written)
    for shown, document in zip(looked.preview.documents, documents, strict=True):
        assert document is not None
        found += _document_differs(looked.plan, shown, document, written)
    return found


async def undo_differences(looked: Undoing, result: UndoResult, user: str) -> list[str]:
    """Where undoing was another one than it was shown to be; empty when it was not."""
    if looked.plan.findings != result.findings:
        return [f"shown was {_told(looked.plan.findings)}, undoing said {_told(result.findings)}"]
    if not result.ok:
        return []
    written = {name: await _written(name, result.run) for name in WRITERS}
    found = _entries_differ(planned_undo_rows(looked.plan, user), looked.plan.ledgers, written)
    if list(result.changes) != changes_of(looked.plan):
        found.append(f"changes: {changes_of(looked.plan)} shown, {result.changes} made")
    return found


async def cancel_differences(looked: Cancelling, result: CancelResult, user: str) -> list[str]:
    """Where cancelling was another one than it was shown to be; empty when it was not."""
    posting = looked.plan.posting
    shown = (*posting.findings, *(correction_findings(looked.plan) if result.draft_no else ()))
    if shown != result.findings:
        return [f"shown was {_told(shown)}, cancelling said {_told(result.findings)}"]
    if not result.ok:
        return []
    found = [] if posting.numbers["credit_memo"].no == result.credit_memo_no else ["another number"]
    written = {name: await _written(name, result.run) for name in WRITERS}
    return found + _entries_differ(planned_rows(posting, user), posting.ledgers, written)


def _outline_differs(plan: PostingPlan) -> list[str]:
    """Where the outline, of which the posting page tells the options, is not that of the plan."""
    outline = outline_posting(plan.case.snapshot, plan.request)
    names = ("parts", "totals", "numbers", "lines_after", "closes_order", "orders_after", "may_post")
    found = [f"outline: other {name}" for name in names if getattr(outline, name) != getattr(plan, name)]
    if plan.may_post:
        rows = {"lines_shipped": plan.shipment_lines, "lines_invoiced": plan.invoice_lines}
        counts = {name: sum(not one.line.is_text for one in lines) for name, lines in rows.items()}
        found += [f"outline: other {name}" for name, count in counts.items() if getattr(outline, name) != count]
    return found


def _told(findings: Sequence[Finding]) -> list[str]:
    return [f"{one.code} {one.message}" for one in findings]


async def _written(name: str, run: int) -> list[Row]:
    writer = WRITERS[name].writer
    order = "entry_no" if "entry_no" in writer.names else "id"
    sql = writer.codec.select(writer.names, f"WHERE posting_run_no = ? ORDER BY {order}")
    async with reading() as session:
        return [writer.codec.read(writer.names, row) for row in await session.fetch(sql, run)]


# --- entries --------------------------------------------------------------------------------------------------------


def _entries_differ(
    shown: Mapping[str, Sequence[Row]], ledgers: Ledgers, written: Mapping[str, list[Row]]
) -> list[str]:
    found = []
    for name, ledger_writer in WRITERS.items():
        references = dict(ledger_writer.ledger.references)
        rows, planned = shown.get(name, []), getattr(ledgers, name)
        before = [
            {**_plain(row, references), **{one: _planned_place(getattr(entry, one)) for one in references}}
            for row, entry in zip(rows, planned, strict=True)
        ]
        after = [
            {**_plain(row, references), **{one: _place(row[one], written[to]) for one, to in references.items()}}
            for row in written[name]
        ]
        found += _rows_differ(name, before, after)
    return found


def _plain(row: Row, without: Mapping[str, str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in DRAWN and name not in without}


def _planned_place(reference: int | New | None) -> Any:
    return ("new", reference.index) if isinstance(reference, New) else reference


def _place(entry_no: int | None, written: Sequence[Row]) -> Any:
    """An entry of the same posting by its place among them, an older one by its number."""
    places = {row["entry_no"]: ("new", index) for index, row in enumerate(written)}
    return places.get(entry_no, entry_no)


def _rows_differ(name: str, before: Sequence[Row], after: Sequence[Row]) -> list[str]:
    if len(before) != len(after):
        return [f"{name}: {len(before)} shown, {len(after)} written"]
    return [
        f"{name} {number}: {_fields_differ(shown, row)}"
        for number, (shown, row) in enumerate(zip(before, after, strict=True), 1)
        if shown != row
    ]


def _fields_differ(shown: Row, row: Row) -> str:
    names = [name for name in {**shown, **row} if shown.get(name) != row.get(name)]
    return ", ".join(f"{name} {shown.get(name)!r} shown, {row.get(name)!r} written" for name in names)


# --- documents ------------------------------------------------------------------------------------------------------


def _document_differs(
    plan: PostingPlan, shown: PostedDocument, posted: PostedDocument, written: Mapping[str, list[Row]]
) -> list[str]:
    """Header, lines, service item lines, VAT and dates of supply, as far as the preview has a column."""
    name = shown.kind
    both = {column for column in shown.header if column in posted.header} - DRAWN
    found = _rows_differ(f"{name} header", [_only(shown.header, both)], [_only(posted.header, both)])
    found += _rows_differ(
        f"{name} line", _lines_shown(plan, shown), [_line_posted(row, shown, written) for row in posted.lines]
    )
    for part in ("item_lines", "vat"):
        rows = getattr(shown, part)
        columns = set(rows[0]) if rows else set()
        kept = [_only(row, columns & set(row)) for row in getattr(posted, part)]
        found += _rows_differ(f"{name} {part}", [_only(row, columns & set(*kept[:1])) for row in rows], kept)
    if list(shown.supplies) != list(posted.supplies):
        found.append(f"{name} supplies: {shown.supplies} shown, {posted.supplies} written")
    return found


def _only(row: Row, columns: set[str]) -> dict[str, Any]:
    return {name: row[name] for name in columns}


def _lines_shown(plan: PostingPlan, shown: PostedDocument) -> list[Row]:
    planned: Sequence[Any] = plan.shipment_lines if shown.kind == "shipment" else plan.invoice_lines
    return [
        {**row, **{name: _planned_place(getattr(line, name)) for name in REFERENCES if name in row}}
        for row, line in zip(shown.lines, planned, strict=True)
    ]


def _line_posted(row: Row, shown: PostedDocument, written: Mapping[str, list[Row]]) -> Row:
    columns = set(shown.lines[0]) if shown.lines else set()
    places = {name: _place(row[name], written[to]) for name, to in REFERENCES.items() if name in columns}
    return {**_only(row, columns), **places}

"""Test reports: what posting would find in documents, and the record that somebody looked (D-67, D-77, O-28)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from db import documents
from db.engine import fetch, reading, transaction
from webapp.posting.plan import PostingPlan, plan_posting, request_with_work
from webapp.posting.quantities import Parts
from webapp.posting.snapshot import DocumentKey, Header, PostingRequest
from webapp.posting.telling import told_once
from webapp.store.acting import Acting
from webapp.store.many_snapshots import load_snapshots
from webapp.store.rows import RecordWriter

_ROW = RecordWriter(
    documents.TestReport,
    (),
    ("document_type", "document_no", "row_version", "option", "errors", "warnings", "tested_by", "tested_at"),
)


AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Tested:
    """The last test report of a document: who, when, with which option; `changed` says that the document was changed
    after it."""

    by: str
    at: datetime
    option: str
    errors: int
    warnings: int
    changed: bool


async def report_on(
    acting: Acting, keys: Sequence[DocumentKey], request: PostingRequest, proposed: bool = False
) -> dict[DocumentKey, PostingPlan | None]:
    """The plan of each document in the order asked for, None for one that does not exist (any more). Reads only, and
    asks the database no more often for a hundred documents than for one. A request that is only `proposed` gives way,
    document by document, to one that has something to do."""
    plans: dict[DocumentKey, PostingPlan | None] = dict.fromkeys(keys)
    async with reading() as session:
        for at in range(0, len(keys), AT_ONCE):
            snapshots = await load_snapshots(session, keys[at : at + AT_ONCE], acting.user, acting.work_date)
            plans |= {
                key: plan_posting(snapshot, request_with_work(snapshot, request) if proposed else request)
                for key, snapshot in snapshots.items()
            }
    return plans


async def record_test(
    acting: Acting, keys: Sequence[DocumentKey], request: PostingRequest, proposed: bool = False
) -> None:
    """Writes down that these documents were tested, and with how many problems: the one trace that a test leaves."""
    at = datetime.now(UTC)
    plans = await report_on(acting, keys, request, proposed)
    rows = [_row(acting, plan, at) for plan in plans.values() if plan is not None]
    if rows:
        async with transaction() as session:
            await session.execute_all([(_ROW.sql, rows)])


def _row(acting: Acting, plan: PostingPlan, at: datetime) -> list[object]:
    header, errors = plan.header, len(told_once(plan.errors))
    warnings = len(told_once(plan.findings)) - errors
    asked = Parts.of(plan.request, plan.parts.credits)
    values = [header.document_type, header.no, header.row_version, asked.option, errors, warnings, acting.user, at]
    return _ROW.row(None, values)


async def last_tests(headers: Sequence[Header]) -> dict[DocumentKey, Tested]:
    """When each of these documents was tested last, by whom, and whether it has changed since (D-77).

    One that was never tested is left out. One statement for each kind of document.
    """
    found: dict[DocumentKey, Tested] = {}
    versions = {header.key: header.row_version for header in headers}
    for kind in dict.fromkeys(key.document_type for key in versions):
        numbers = sorted(key.no for key in versions if key.document_type == kind)
        rows = await fetch(_LAST.format(marks=", ".join("?" * len(numbers))), kind, *numbers)
        for no, by, at, option, errors, warnings, version in rows:
            key = DocumentKey(kind, str(no))
            changed = int(version) != versions[key]
            found[key] = Tested(str(by), at, str(option), int(errors), int(warnings), changed)
    return found


_LAST = (
    "SELECT t.document_no, COALESCE(u.full_name, t.tested_by), t.tested_at, t.option, t.errors, t.warnings,"
    " t.row_version FROM test_report t LEFT JOIN app_user u ON u.user_name = t.tested_by"
    " WHERE t.entry_no IN (SELECT MAX(entry_no) FROM test_report WHERE document_type = ? AND document_no IN ({marks})"
    " GROUP BY document_no)"
)

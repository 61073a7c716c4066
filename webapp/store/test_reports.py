"""Test reports: what posting would find in documents, and the record that somebody looked (D-67, D-77, O-28)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from db import documents
from db.engine import reading, transaction
from webapp.posting.plan import PostingPlan, plan_posting
from webapp.posting.snapshot import DocumentKey, PostingRequest
from webapp.store.acting import Acting
from webapp.store.rows import RecordWriter
from webapp.store.snapshots import load_snapshot

_ROW = RecordWriter(
    documents.TestReport,
    (),
    ("document_type", "document_no", "row_version", "option", "errors", "warnings", "tested_by", "tested_at"),
)


@dataclass(frozen=True, slots=True)
class Tested:
    """The last test report of a document; `changed` says that the document was changed after it."""

    by: str
    at: datetime
    errors: int
    warnings: int
    changed: bool


async def report_on(
    acting: Acting, keys: Sequence[DocumentKey], request: PostingRequest
) -> dict[DocumentKey, PostingPlan | None]:
    """The plan of each document, None for one that does not exist (any more). Reads only."""
    plans: dict[DocumentKey, PostingPlan | None] = {}
    async with reading() as session:
        for key in keys:
            snapshot = await load_snapshot(session, key, acting.user, acting.work_date)
            plans[key] = plan_posting(snapshot, request) if snapshot else None
    return plans


async def record_test(acting: Acting, keys: Sequence[DocumentKey], request: PostingRequest) -> None:
    """Writes down that these documents were tested, and with how many problems: the one trace that a test leaves."""
    at = datetime.now(UTC)
    plans = await report_on(acting, keys, request)
    rows = [_row(acting, plan, at) for plan in plans.values() if plan is not None]
    if rows:
        async with transaction() as session:
            await session.execute_all([(_ROW.sql, rows)])


def _row(acting: Acting, plan: PostingPlan, at: datetime) -> list[object]:
    header, errors = plan.header, len(plan.errors)
    warnings = len(plan.findings) - errors
    values = [header.document_type, header.no, header.row_version, plan.parts.option, errors, warnings, acting.user, at]
    return _ROW.row(None, values)


async def last_test(key: DocumentKey, row_version: int) -> Tested | None:
    """When the document was tested last, by whom, and whether it has changed since (D-77)."""
    async with reading() as session:
        rows = await session.fetch(
            "SELECT tested_by, tested_at, errors, warnings, row_version FROM test_report"
            " WHERE document_type = ? AND document_no = ? ORDER BY entry_no DESC LIMIT 1",
            key.document_type,
            key.no,
        )
    if not rows:
        return None
    by, at, errors, warnings, tested_version = rows[0]
    return Tested(str(by), at, int(errors), int(warnings), int(tested_version) != row_version)

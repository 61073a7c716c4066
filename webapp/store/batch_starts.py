"""How runs begin that do something else than post: rows that say what is to be done, worked on like any batch."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from db.engine import Duplicate, reading, transaction
from db.session import Session
from webapp.posting.findings import Finding
from webapp.store.acting import Acting
from webapp.store.batch_results import packed_findings
from webapp.store.batches import LEASE, NEW_RUN, Started, end_when_done, started_before

_ROW = (
    "INSERT INTO batch_run_document (run_no, position, document_type, document_no, customer_name, work, outcome,"
    " findings, done_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Task:
    """One row of such a run: a document that exists, or `work` for one that is to be made. With findings it is skipped
    from the beginning, and only told."""

    document_no: str = ""
    customer_name: str = ""
    work: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class RunAsked:
    """What a run is asked for. `posts`: what it makes is posted as well."""

    kind: str
    document_type: str
    options: str
    chosen_by: str
    posts: bool = False


async def start_run(
    acting: Acting, asked: RunAsked, tasks: Sequence[Task], *, token: str = "", worker: str = ""
) -> Started:
    """Writes the run down. The same `token` with the same content gives the run that it started before (O-42)."""
    text = "\n".join([asked.kind, asked.options, *(task.work for task in tasks)])
    content = hashlib.sha256(text.encode()).hexdigest()
    values = {
        "kind": asked.kind,
        "options": asked.options,
        "document_type": asked.document_type,
        "test_only": False,
        "ship": asked.posts,
        "invoice": asked.posts,
        "posting_date": None,
        "replace_posting_date": False,
        "replace_document_date": False,
        "calculate_invoice_discount": False,
        "chosen_by": asked.chosen_by[:250],
        "retry_of": None,
        "token": token or secrets.token_urlsafe(24),
        "content_hash": content,
        "requested_by": acting.user,
        "requested_at": datetime.now(UTC),
        "role": acting.role,
        "work_date": acting.work_date,
        "lease_by": worker,
        "lease_until": datetime.now(UTC) + LEASE if worker else None,
    }
    try:
        async with transaction() as session:
            before = await started_before(session, str(values["token"]), content)
            if before is not None:
                return before
            no = int((await session.fetch(f"{NEW_RUN.sql} RETURNING no", *NEW_RUN.row(values)))[0][0])
            await _add(session, no, asked.document_type, tasks)
            await end_when_done(session, no, datetime.now(UTC))
            return Started(no)
    except Duplicate:  # the same form, at the same time
        async with reading() as session:
            first = await started_before(session, str(values["token"]), content)
        assert first is not None
        return first


async def _add(session: Session, no: int, document_type: str, tasks: Sequence[Task]) -> None:
    at = datetime.now(UTC)
    rows = [
        (
            no,
            position,
            document_type,
            task.document_no,
            task.customer_name[:100],
            task.work,
            "skipped" if task.findings else "waiting",
            packed_findings(task.findings),
            at if task.findings else None,
        )
        for position, task in enumerate(tasks, 1)
    ]
    if rows:
        await session.execute_all([(_ROW, rows)])
    await session.execute("UPDATE batch_run SET total = ? WHERE no = ?", len(tasks), no)

"""What became of the documents of a batch, read again as often as wanted (D-90, D-91)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Final

from db import batches as tables
from db.engine import fetch
from db.session import Row
from webapp.posting.findings import Finding
from webapp.store.rows import codec, decimal_from

MOST_FINDINGS: Final = 20


@dataclass(frozen=True, slots=True)
class BatchDocument:
    """What became of one document. `amount` includes VAT and is 0 where nothing was invoiced."""

    position: int
    document_type: str
    document_no: str
    customer_name: str
    outcome: str
    shipment_no: str
    invoice_no: str
    credit_memo_no: str
    findings: tuple[Finding, ...]
    amount: Decimal
    currency_code: str
    duration_ms: int


_DOCUMENT_NAMES: Final = tuple(
    name
    for name in codec(tables.BatchRunDocument).columns
    if name not in ("id", "run_no", "row_version", "done_at", "work")
)


def packed_findings(found: Sequence[Finding]) -> str:
    """Findings as a run keeps them; the first ones, for a document with hundreds of lines."""
    return json.dumps([asdict(one) for one in found[:MOST_FINDINGS]]) if found else ""


def unpacked_findings(text: str) -> tuple[Finding, ...]:
    return tuple(Finding(**{**row, "rules": tuple(row["rules"])}) for row in json.loads(text)) if text else ()


async def batch_documents(
    no: int, outcomes: Sequence[str] = (), after: int = 0, limit: int = 50
) -> tuple[list[BatchDocument], int | None]:
    """Documents of a run in their order, and the position after which the next page goes on (None at the end)."""
    where = "WHERE run_no = ? AND position > ?"
    if outcomes:
        where += f" AND outcome IN ({', '.join('?' * len(outcomes))})"
    sql = codec(tables.BatchRunDocument).select(_DOCUMENT_NAMES, f"{where} ORDER BY position LIMIT {limit + 1}")
    rows = await fetch(sql, no, after, *outcomes)
    found = [_document(row) for row in rows[:limit]]
    return found, found[-1].position if len(rows) > limit else None


def _document(row: Row) -> BatchDocument:
    values = codec(tables.BatchRunDocument).read(_DOCUMENT_NAMES, row)
    return BatchDocument(**{**values, "findings": unpacked_findings(values["findings"])})


async def last_documents(no: int, limit: int = 10) -> list[BatchDocument]:
    """The documents of a run that were handled last, the latest first: what its progress shows."""
    sql = codec(tables.BatchRunDocument).select(
        _DOCUMENT_NAMES, f"WHERE run_no = ? AND outcome <> 'waiting' ORDER BY position DESC LIMIT {limit}"
    )
    return [_document(row) for row in await fetch(sql, no)]


@dataclass(frozen=True, slots=True)
class CurrencyTotal:
    """What a run invoiced in one currency, VAT included."""

    currency_code: str
    documents: int
    amount: Decimal


async def batch_totals(no: int) -> list[CurrencyTotal]:
    """The invoiced amounts of a run by currency (D-91); of a test run what would be invoiced."""
    sql = (
        "SELECT currency_code, COUNT(*), SUM(amount) FROM batch_run_document"
        " WHERE run_no = ? AND outcome IN ('posted', 'ready') AND currency_code <> '' GROUP BY currency_code"
        " ORDER BY currency_code"
    )
    rows = await fetch(sql, no)
    return [CurrencyTotal(str(code), int(count), decimal_from(int(total), 5)) for code, count, total in rows]


async def posted_in(no: int, part: int, size: int) -> list[tuple[str, str]]:
    """The posted documents (kind, number) of the run's posted documents number `part` × `size` and on, in their
    order: shipment and invoice of the first, of the second, and so on. `part` counts from 0."""
    sql = (
        "SELECT shipment_no, invoice_no, credit_memo_no FROM batch_run_document WHERE run_no = ? AND outcome = 'posted'"
        f" ORDER BY position LIMIT {size} OFFSET {part * size}"
    )
    rows = await fetch(sql, no)
    pairs = [pair for row in rows for pair in zip(("shipment", "invoice", "credit_memo"), map(str, row), strict=True)]
    return [(kind, number) for kind, number in pairs if number]

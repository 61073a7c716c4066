"""A closed order leaves the open documents and goes, whole, into the archive (P-173, O-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from db import documents
from db.engine import fetch
from db.session import Batch, Session
from webapp.posting.lines import blanks_of
from webapp.posting.records import changed, names_of, values_of
from webapp.posting.snapshot import Header, ItemLine, Line
from webapp.store.document_rows import HEADER, ITEM_LINE, LINE, closing_batches
from webapp.store.rows import RecordWriter, codec

T = TypeVar("T", Header, ItemLine, Line)
ARCHIVE = RecordWriter(
    documents.OrderArchive,
    (),
    (
        "no",
        "version",
        "archived_at",
        "archived_by",
        "customer_no",
        "customer_name",
        "bill_to_customer_no",
        "description",
        "posting_date",
        "status",
        "document",
    ),
)


@dataclass(frozen=True, slots=True)
class ClosedOrder:
    """An order as it last stood."""

    header: Header
    item_lines: tuple[ItemLine, ...]
    lines: tuple[Line, ...]


def archived_text(header: Header, item_lines: Sequence[ItemLine], lines: Sequence[Line]) -> str:
    """The order as one JSON text: decimals as texts, dates as ISO dates."""
    rows = {"header": values_of(header), "item_lines": [*map(values_of, item_lines)], "lines": [*map(values_of, lines)]}
    return msgspec.json.encode(rows).decode()


@dataclass(frozen=True, slots=True)
class Archived:
    """What the archive holds of a closed order: the order, when it was closed and by whom."""

    order: ClosedOrder
    archived_at: datetime
    archived_by: str


_NAMES = ("document", "archived_at", "archived_by")
_LAST = codec(documents.OrderArchive).select(_NAMES, "WHERE no = ? ORDER BY version DESC LIMIT 1")


async def load_archived(no: str) -> Archived | None:
    """The closed order with this number as it last stood; None when no such order was closed."""
    found = await fetch(_LAST, no)
    if not found:
        return None
    row = codec(documents.OrderArchive).read(_NAMES, found[0])
    return Archived(order_from(row["document"]), row["archived_at"], row["archived_by"])


async def last_archived(session: Session, nos: Sequence[str]) -> dict[str, ClosedOrder]:
    """These orders as they last went to the archive; those that never did are left out."""
    marks = ", ".join("?" * len(nos))
    rows = await session.fetch(f"SELECT no, document FROM order_archive WHERE no IN ({marks}) ORDER BY version", *nos)
    return {str(no): order_from(str(text)) for no, text in rows}


def order_from(text: str) -> ClosedOrder:
    """The order in an archive's text. Fields that came after it was archived are blank."""
    raw = msgspec.json.decode(text)
    return ClosedOrder(
        _record(Header, raw["header"]),
        tuple(_record(ItemLine, one) for one in raw["item_lines"]),
        tuple(_record(Line, one) for one in raw["lines"]),
    )


def _record(kind: type[T], raw: dict[str, Any]) -> T:
    values = {**blanks_of(kind), **raw}
    return msgspec.convert([values[name] for name in names_of(kind)], kind)


LAST_VERSIONS = "SELECT no, MAX(version) FROM order_archive WHERE no IN ({marks}) GROUP BY no"
"""The last version of each of some orders in the archive, of those that are there."""


def reopening_batches(
    header: Header, item_lines: Sequence[ItemLine], lines: Sequence[Line], user: str, at: datetime
) -> list[Batch]:
    """Puts a closed order among the open ones again, under its number (O-7). What the archive has of it stays there."""
    key = (header.document_type, header.no)
    applies_to = header.applies_to_doc_type or "blank"
    opened = changed(header, applies_to_doc_type=applies_to, row_version=header.row_version + 1, release_status="open")
    return [
        (HEADER.sql, [HEADER.row(opened, [user, at])]),
        (ITEM_LINE.sql, [ITEM_LINE.row(line, key) for line in item_lines]),
        (LINE.sql, [LINE.row(line, key) for line in lines]),
    ]


def archive_batches(
    header: Header, item_lines: Sequence[ItemLine], lines: Sequence[Line], version: int, user: str, at: datetime
) -> list[Batch]:
    """Writes the archive row and removes the open document with its lines."""
    row: list[Any] = [
        header.no,
        version,
        at,
        user,
        header.customer_no,
        header.customer_name,
        header.bill_to_customer_no,
        header.description,
        header.posting_date,
        header.status,
        archived_text(header, item_lines, lines),
    ]
    return [(ARCHIVE.sql, [ARCHIVE.row(None, row)]), *closing_batches(header.key)]

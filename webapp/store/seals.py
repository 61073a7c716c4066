"""Seals posted documents in the transaction that posts them, and reads what was sealed (R-1.10)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from piccolo.columns import Serial
from piccolo.table import Table

from db import posted
from db.columns import Flag
from db.session import Query, Row, Session
from webapp.posting.document_updates import UPDATABLE
from webapp.posting.seal import content_of, seal_of
from webapp.store.rows import codec
from webapp.store.snapshots import marks

Record = dict[str, Any]
# What a rule lets change later is not sealed (O-44, D-93).
_OF_HEADER = frozenset({"printed", "seal", "seal_before", "cancelled_by"})
_HOW_PAID = frozenset(UPDATABLE["invoice"])
_HOW_SENT = frozenset(UPDATABLE["shipment"])
_OF_SHIPMENT_LINE = frozenset(
    {
        "correction",
        "quantity_invoiced",
        "quantity_invoiced_base",
        "qty_shipped_not_invoiced",
        "qty_shipped_not_invoiced_base",
        "quantity_consumed",
        "quantity_consumed_base",
        "warranty_entry_no",
    }
)


class Sealed:
    """The rows of one table as they are sealed."""

    def __init__(self, table: type[Table], key: str, where: str = "", later: frozenset[str] = frozenset()) -> None:
        columns = codec(table).columns
        self.names = tuple(
            name for name, column in sorted(columns.items()) if not isinstance(column, Serial) and name not in later
        )
        self.key, self.place = self.names.index(key), self.names.index("line_no") if "line_no" in self.names else None
        self._flags = [name for name in self.names if isinstance(columns[name], Flag)]
        self._dated = [name for name in self.names if columns[name].value_type in (date, time)]
        self.table, self._key, self._where = codec(table).name, key, where

    def query(self, numbers: Sequence[str]) -> Query:
        order = f" ORDER BY {self._key}, line_no" if self.place is not None else ""
        where = f"WHERE {self._key} IN ({marks(numbers)}){self._where}{order}"
        return f"SELECT {', '.join(self.names)} FROM {self.table} {where}", list(numbers)

    def record(self, row: Row) -> Record:
        """What is not blank of a row, in the same form on every database, in the order of the names."""
        found: Record = {name: value for name, value in zip(self.names, row, strict=True) if value}
        for name in self._dated:
            if name in found:
                found[name] = found[name].isoformat()
        for name in self._flags:
            if name in found:
                found[name] = True
        return found


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of posted document: its tables as they are sealed."""

    name: str
    header: Sealed
    lines: Sealed
    item_lines: Sealed | None = None
    vat: Sealed | None = None

    @property
    def parts(self) -> list[Sealed]:
        return [one for one in (self.header, self.lines, self.item_lines, self.vat) if one is not None]


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "shipment",
            Sealed(posted.ServiceShipmentHeader, "no", later=_OF_HEADER | _HOW_SENT),
            # Undoing adds correcting lines to a shipment; each stands for itself in the ledgers (P-166).
            Sealed(posted.ServiceShipmentLine, "document_no", " AND correction_of_line_no = 0", _OF_SHIPMENT_LINE),
            item_lines=Sealed(posted.ServiceShipmentItemLine, "document_no"),
        ),
        Kind(
            "invoice",
            Sealed(posted.ServiceInvoiceHeader, "no", later=_OF_HEADER | _HOW_PAID),
            Sealed(posted.ServiceInvoiceLine, "document_no"),
            vat=Sealed(posted.PostedVatLine, "document_no", " AND document_kind = 'invoice'"),
        ),
        Kind(
            "credit_memo",
            Sealed(posted.ServiceCrMemoHeader, "no", later=_OF_HEADER),
            Sealed(posted.ServiceCrMemoLine, "document_no"),
            vat=Sealed(posted.PostedVatLine, "document_no", " AND document_kind = 'credit_memo'"),
        ),
    )
}
_LAST = "SELECT series_code, MAX(last_seal) FROM number_series_line WHERE series_code IN ({0}) GROUP BY series_code"


async def seal_documents(session: Session, documents: Mapping[str, str], series: Mapping[str, str]) -> None:
    """Seals the documents that a posting has just written, by role, each after the last of its number series. The lines
    of the series are locked since the numbers were drawn, so nobody comes in between."""
    roles = [role for role in documents if role in KINDS]
    if not roles:
        return
    codes = sorted({series[role] for role in roles})
    queries: list[Query] = [(_LAST.format(marks(codes)), codes)]
    for role in roles:
        queries += [part.query([documents[role]]) for part in KINDS[role].parts]
    answers = iter(await session.fetch_all(queries))
    last = {str(code): str(seal or "") for code, seal in next(answers)}
    sealed = []
    for role in roles:
        found = {part: next(answers) for part in KINDS[role].parts}
        code, no = series[role], documents[role]
        before = last[code]
        last[code] = seal_of(before, _contents(KINDS[role], found)[no])
        sealed.append(
            (
                f"UPDATE {KINDS[role].header.table} SET seal_before = ?, seal = ? WHERE no = ?",
                [(before, last[code], no)],
            )
        )
    ends = [(last[code], code) for code in codes]
    await session.execute_all([*sealed, ("UPDATE number_series_line SET last_seal = ? WHERE series_code = ?", ends)])


def _contents(kind: Kind, found: Mapping[Sealed, Sequence[Row]]) -> dict[str, str]:
    """The sealed text of each document, by number."""
    rows: dict[str, dict[Sealed, list[Record]]] = {}
    for part in kind.parts:
        for row in found[part]:
            rows.setdefault(str(row[part.key]), {}).setdefault(part, []).append(part.record(row))
    return {
        no: content_of(
            kind.name,
            of[kind.header][0],
            of.get(kind.lines, []),
            of.get(kind.item_lines, []) if kind.item_lines else [],
            of.get(kind.vat, []) if kind.vat else [],
        )
        for no, of in rows.items()
        if kind.header in of
    }


# --- reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SealedDocument:
    """A posted document with its sealed text as its rows give it now."""

    kind: str
    no: str
    series: str
    run: int
    seal_before: str
    seal: str
    content: str

    @property
    def holds(self) -> bool:
        return self.seal == seal_of(self.seal_before, self.content)


PART = 500


async def sealed_documents(session: Session, kind: Kind) -> AsyncIterator[SealedDocument]:
    """The documents of a kind in the order in which they were posted, part by part."""
    last: tuple[int, str] = (0, "")
    while True:
        heads = await session.fetch(
            f"SELECT no, no_series, posting_run_no, seal_before, seal FROM {kind.header.table}"
            f" WHERE (posting_run_no, no) > (?, ?) ORDER BY posting_run_no, no LIMIT {PART}",
            *last,
        )
        if not heads:
            return
        answers = await session.fetch_all([part.query([head[0] for head in heads]) for part in kind.parts])
        contents = _contents(kind, dict(zip(kind.parts, answers, strict=True)))
        for no, series, run, before, seal in heads:
            yield SealedDocument(kind.name, str(no), str(series or ""), int(run), before, seal, contents[no])
        last = int(heads[-1][2]), str(heads[-1][0])


async def series_of_seals(session: Session) -> list[Record]:
    """The number series that posted documents bear: from where to where they have counted, and their last seals."""
    rows = await session.fetch(
        "SELECT s.code, s.gapless, l.starting_no, l.last_no_used, l.increment_by, l.last_seal FROM number_series s"
        " JOIN number_series_line l ON l.series_code = s.code WHERE l.last_no_used <> '' AND s.code IN ("
        + " UNION ".join(f"SELECT no_series FROM {kind.header.table}" for kind in KINDS.values())
        + ") ORDER BY s.code, l.starting_date, l.id"
    )
    names = ("series", "gapless", "starting_no", "last_no_used", "increment_by", "last_seal")
    return [{**dict(zip(names, row, strict=True)), "gapless": bool(row[1])} for row in rows]

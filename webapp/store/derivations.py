"""What the derivation of a posted document's amounts is made from, read from its rows (O-44: they never change)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from db import ledgers
from db.engine import reading
from db.session import Session
from webapp.billing.derivation import Clause, clause_of
from webapp.posting.amounts import PostedAmounts, VatGroup
from webapp.posting.derivation import Booked, PostedRows, Proof, proof_of_entries
from webapp.posting.lines import blanks_of
from webapp.posting.records import names_of
from webapp.posting.rounding import Roundings, roundings_of
from webapp.posting.snapshot import Header, Line
from webapp.store.contract_records import LINES as CONTRACT_LINES
from webapp.store.posted import Entries, PostedDocument, entries_of_run
from webapp.store.posted_headers import ROUNDING_COLUMNS
from webapp.store.readers import BILLED
from webapp.store.rows import Reader
from webapp.store.setup_cache import load_setup
from webapp.store.snapshots import marks

__all__ = ["Behind", "behind", "posted_rows"]

_HEADER_NAMES = frozenset(names_of(Header))
_LINE_NAMES = frozenset(names_of(Line))


@dataclass(frozen=True, slots=True)
class Behind:
    """Everything behind the amounts of a posted document: its rows for the core, the entries of its posting that bear
    its number, the general ledger among them as the core reads it, which line an entry is of (by table and entry no.),
    the G/L entry of each VAT entry, and the contract clauses of its lines by line number."""

    rows: PostedRows
    entries: Sequence[Entries]
    booked: Sequence[Booked]
    lines: Mapping[tuple[str, int], int]
    vat: Mapping[int, int]
    clauses: Mapping[int, Clause]

    def of_line(self, line_no: int) -> tuple[Proof, list[Entries]]:
        """What proves a line in the general ledger, and the entries that it went into."""
        proof = proof_of_entries(self.rows, line_no, self.booked)
        numbers = {one.entry_no for one in proof.entries}
        taxes = {no for no, gl in self.vat.items() if gl in numbers}
        wanted = {("gl_entry", no) for no in numbers} | {("vat_entry", no) for no in taxes}
        wanted |= {place for place, line in self.lines.items() if line == line_no}
        found = [
            Entries(one.ledger, [row for row in one.rows if (one.ledger.name, row["entry_no"]) in wanted])
            for one in self.entries
        ]
        return proof, [one for one in found if one.rows]


_BOOKED = Reader(Booked, ledgers.GlEntry)
_OF_DOCUMENT = "WHERE posting_run_no = ? AND document_no = ? ORDER BY entry_no"
_BY_LINE = ("service_ledger_entry", "value_entry")


async def behind(document: PostedDocument) -> Behind:
    """Reads it in a handful of queries, however many lines the document has."""
    run, no = document.header["posting_run_no"], document.header["no"]
    async with reading() as session:
        rows = await posted_rows(session, document)
        entries = await entries_of_run(session, run)
        clauses = await _clauses(session, document)
        gl, vat, *placed = await session.fetch_all(
            [
                (_BOOKED.sql(_OF_DOCUMENT), (run, no)),
                (f"SELECT entry_no, gl_entry_no FROM vat_entry {_OF_DOCUMENT}", (run, no)),
                *((f"SELECT entry_no, document_line_no FROM {table} {_OF_DOCUMENT}", (run, no)) for table in _BY_LINE),
            ]
        )
    own = [Entries(one.ledger, [row for row in one.rows if row.get("document_no") == no]) for one in entries]
    lines = {
        (table, int(entry)): int(line) for table, found in zip(_BY_LINE, placed, strict=True) for entry, line in found
    }
    links = {int(entry): int(to or 0) for entry, to in vat}
    return Behind(rows, [one for one in own if one.rows], _BOOKED.all(gl), lines, links, clauses)


async def posted_rows(session: Session, document: PostedDocument) -> PostedRows:
    """The rows of a posted invoice or credit memo as the core reads them."""
    values = {name: value for name, value in document.header.items() if name in _HEADER_NAMES}
    header = Header(**{**blanks_of(Header), **values, "document_type": document.kind})
    lines = [row for row in document.lines if row["quantity"] and row["type"] != "blank"]
    rows = tuple(_amounts(row) for row in lines)
    if document.header["amount_rounding_precision"]:
        roundings = Roundings(**{name: document.header[name] for name in ROUNDING_COLUMNS})
    else:  # posted before it was kept
        roundings = roundings_of(await load_setup(session), header, rows, kept=False)
    return PostedRows(header, rows, tuple(_group(row) for row in document.vat), roundings)


def _amounts(row: Mapping[str, Any]) -> PostedAmounts:
    line = Line(**{**blanks_of(Line), **{name: value for name, value in row.items() if name in _LINE_NAMES}})
    return PostedAmounts(
        line,
        row["quantity"],
        row["line_discount_amount"],
        row["line_amount"],
        row["inv_discount_amount"],
        row["amount"],
        row["amount_including_vat"],
        row["amount_lcy"],
        row["amount_including_vat_lcy"],
    )


def _group(row: Mapping[str, Any]) -> VatGroup:
    return VatGroup(
        row["vat_identifier"],
        row["calculation_type"],
        row["vat_pct"],
        row["line_amount"],
        row["inv_disc_base"],
        row["inv_discount_amount"],
        row["base"],
        row["amount"],
        row["amount_including_vat"],
        base_lcy=row["base_lcy"],
        vat_lcy=row["amount_lcy"],
    )


_BILLED_WITH = (
    "WHERE type = 'service_contract' AND entry_type = 'sale' AND (service_contract_no, document_no) IN"
    " (SELECT o.service_contract_no, o.document_no FROM service_ledger_entry o WHERE o.entry_no IN ({marks}))"
    " ORDER BY entry_no"
)


async def _clauses(session: Session, document: PostedDocument) -> dict[int, Clause]:
    """The clause of each line that bills or credits days of a contract: two queries, none without such lines."""
    wanted = {
        row["line_no"]: int(row["appl_to_service_entry"]) for row in document.lines if row["appl_to_service_entry"]
    }
    if not wanted:
        return {}
    sql = BILLED.sql(_BILLED_WITH.format(marks=marks(list(wanted.values()))))
    billed = BILLED.all(await session.fetch(sql, *wanted.values()))
    contracts = sorted({one.service_contract_no for one in billed})
    names = ", ".join(CONTRACT_LINES.names)
    rows = await session.fetch(
        f"SELECT contract_no, {names} FROM service_contract_line WHERE kind = 'contract'"
        f" AND contract_no IN ({marks(contracts)})",
        *contracts,
    )
    lines = {(str(no), one.line_no): one for no, *row in rows for one in [CONTRACT_LINES.one(row)]}
    by_no = {one.entry_no: one for one in billed}
    found = {}
    for line_no, entry_no in wanted.items():
        entry = by_no.get(entry_no)
        if entry is not None:
            own = [one for one in billed if one.document_no == entry.document_no]
            found[line_no] = clause_of(entry, own, lines.get((entry.service_contract_no, entry.contract_line_no)))
    return found

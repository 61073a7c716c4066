"""What paper says beside the posted rows (D-121), and the lines of a document's log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from db import documents, posted, setup
from db.engine import reading
from db.session import Session
from webapp.paper.document import Words
from webapp.posting.records import changed
from webapp.store.comments import POSTED_KINDS, comments_of
from webapp.store.posted import PostedDocument
from webapp.store.rows import RecordWriter, codec, decimal_from

Row = dict[str, Any]

HEADERS = {
    "shipment": posted.ServiceShipmentHeader,
    "invoice": posted.ServiceInvoiceHeader,
    "credit_memo": posted.ServiceCrMemoHeader,
}
LOG_KINDS = {"shipment": "shipment", "invoice": "posted_invoice", "credit_memo": "posted_credit_memo"}
_LOG = RecordWriter(
    documents.ServiceDocumentLog, (), ("document_kind", "document_no", "event", "at", "user_name", "after")
)


async def words_for(papers: Sequence[PostedDocument]) -> Words:
    """Everything that stands on these papers and not in their rows; two rounds of queries."""
    codes: Mapping[str, set[str]] = {
        "payment_terms": {paper.header["payment_terms_code"] for paper in papers},
        "payment_method": {paper.header["payment_method_code"] for paper in papers},
        "salesperson": {paper.header["salesperson_code"] for paper in papers},
        "vat_clause": {row["vat_clause_code"] for paper in papers for row in paper.vat},
    }
    machines = sorted({line["service_item_no"] for paper in papers for line in paper.lines} - {""})
    return changed(await words_of(codes, machines), comments=await _comments(papers))


async def _comments(papers: Sequence[PostedDocument]) -> Mapping[tuple[str, str], Sequence[tuple[int, str, str]]]:
    """The comments that are marked to be printed; internal ones never are (D-32)."""
    found = {}
    async with reading() as session:
        for kind in sorted({paper.kind for paper in papers}):
            numbers = [str(paper.header["no"]) for paper in papers if paper.kind == kind]
            for no, comments in (await comments_of(session, POSTED_KINDS.get(kind, kind), numbers)).items():
                printed = [one for one in comments if one.print_on_document and one.type != "internal"]
                found[kind, no] = [(one.line_no, one.type, one.text) for one in printed]
    return found


async def words_of(codes: Mapping[str, set[str]], machines: Sequence[str] = ()) -> Words:
    """The company, the countries, and the words of these codes (table: codes) and service items."""
    async with reading() as session:
        first = await session.fetch_all(
            [
                (codec(setup.Company).select(tuple(codec(setup.Company).columns)), ()),
                ("SELECT lcy_code FROM ledger_setup", ()),
                ("SELECT code, description FROM country", ()),
                ("SELECT code, amount_rounding_precision FROM currency", ()),
                ("SELECT document_kind, country_code, language_code, title, copies FROM document_title", ()),
                ("SELECT kind, code, language_code, description FROM translation", ()),
                ("SELECT code FROM payment_method WHERE direct_debit = TRUE", ()),
            ]
        )
        by_table = await _described(session, codes)
        serials = await _machines(session, machines)
        clauses = await _clauses(session, sorted(codes.get("vat_clause", ())))
    names = tuple(codec(setup.Company).columns)
    company = codec(setup.Company).read(names, first[0][0]) if first[0] else dict.fromkeys(names, "")
    lcy = str(first[1][0][0] or "") if first[1] else ""
    places = {str(code): _places(decimal_from(int(step), 5)) for code, step in first[3]}
    titles = {
        (str(kind), str(country or ""), str(of or "")): (str(text), int(many))
        for kind, country, of, text, many in first[4]
    }
    translations = {(str(kind), str(code), str(of)): str(called) for kind, code, of, called in first[5]}
    by_table["country"] = dict(first[2])
    debits = frozenset(str(code) for (code,) in first[6])
    return Words(
        company, lcy, by_table, serials, clauses, places, titles=titles, debits=debits, translations=translations
    )


def _places(step: Decimal) -> int:
    """The decimals of a currency that is rounded to this step; two when none is set up."""
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if step and isinstance(exponent, int) else 2


async def _described(session: Session, codes: Mapping[str, set[str]]) -> dict[str, dict[str, str]]:
    """Descriptions by table and code; a VAT clause in English, the language of the paper, where it has one."""
    english = "COALESCE((SELECT t.description FROM vat_clause_text t WHERE t.vat_clause_code = d.code"
    english += " AND t.language_code = 'EN'), d.description)"
    queries = []
    for table, wanted in codes.items():
        text = english if table == "vat_clause" else "d.description"
        marks = ", ".join("?" * max(1, len(wanted)))
        queries.append((f"SELECT d.code, {text} FROM {table} d WHERE d.code IN ({marks})", sorted(wanted) or [""]))
    found = await session.fetch_all(queries)
    return {table: dict(rows) for table, rows in zip(codes, found, strict=True)}


async def _clauses(session: Session, codes: Sequence[str]) -> dict[tuple[str, str], str]:
    if not codes:
        return {}
    marks = ", ".join("?" * len(codes))
    sql = f"SELECT vat_clause_code, language_code, description FROM vat_clause_text WHERE vat_clause_code IN ({marks})"
    return {(str(code), str(language)): str(text) for code, language, text in await session.fetch(sql, *codes)}


async def _machines(session: Session, numbers: Sequence[str]) -> dict[str, tuple[str, str]]:
    if not numbers:
        return {}
    marks = ", ".join("?" * len(numbers))
    sql = f"SELECT no, description, serial_no FROM service_item WHERE no IN ({marks})"
    return {str(no): (str(text), str(serial)) for no, text, serial in await session.fetch(sql, *numbers)}


def issue_words(count: int, text: str = "") -> str:
    """What the log says of an issue, whatever its channel: which one it was, then how it went (D-95)."""
    return f"print {count}" + (f", {text}" if text else "")


def log_row(kind: str, no: str, event: str, at: datetime, user: str, after: str) -> tuple[Any, ...]:
    """A line of the log of a posted document, as a statement with its values."""
    return _LOG.sql, *_LOG.row(None, [kind, no, event, at, user, after])

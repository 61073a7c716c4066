"""Standard service codes: which there are for an order, and their lines put on it (D-31)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from db import masters
from db.engine import reading
from db.session import Session
from webapp.posting.changes import Draft
from webapp.posting.extended_texts import chosen_texts, with_texts
from webapp.posting.findings import finding
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, DocumentKey
from webapp.posting.standard_codes import StandardCode, StandardLine, offered, with_standard_lines
from webapp.store.acting import Acting
from webapp.store.catalogs import load_catalog
from webapp.store.drafts import Change, Saved, change_document
from webapp.store.extended_texts import texts_by_record
from webapp.store.rows import Reader
from webapp.store.snapshots import Document

__all__ = ["insert_items", "insert_standard_code", "offered_codes"]

_LINES = Reader(StandardLine, masters.StandardServiceLine)


async def _load(session: Session, code: str = "") -> list[StandardCode]:
    """All bundles with their lines, or the one with this code."""
    where, values = ("WHERE {} = ? ", [code]) if code else ("", [])
    heads, rows = await session.fetch_all(
        [
            (
                "SELECT code, description, currency_code, service_item_group FROM standard_service_code "
                + f"{where.format('code')}ORDER BY code",
                values,
            ),
            (_LINES.sql(f"{where.format('standard_service_code')}ORDER BY standard_service_code, line_no"), values),
        ]
    )
    lines: dict[str, list[StandardLine]] = {}
    for line in _LINES.all(rows):
        lines.setdefault(line.standard_service_code, []).append(line)
    return [
        StandardCode(str(no), str(text), str(currency or ""), str(group or ""), lines.get(str(no), []))
        for no, text, currency, group in heads
    ]


async def offered_codes(document: Document, setup: Setup) -> Sequence[StandardCode]:
    """The bundles that the order can take as it stands."""
    async with reading() as session:
        codes = await _load(session)
    possible = set(offered(setup, document.header, document.item_lines, codes))
    return [one for one in codes if one.code in possible]


async def insert_standard_code(acting: Acting, key: DocumentKey, code: str, item_line_no: int = 0) -> Saved:
    """Adds all lines of a bundle, or none; on a service item line where one is named."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        found = await _load(session, code) if code else []
        if not found:
            unknown = finding(
                "reference_unknown", table="standard_service_code", field="standard_service_code", name=code
            )
            return document, Saved(findings=(unknown,))
        return await _inserted(session, document, setup, found[0], item_line_no)

    return await change_document(acting, key, None, work)


async def insert_items(acting: Acting, key: DocumentKey, items: Mapping[str, Decimal], item_line_no: int = 0) -> Saved:
    """Adds a line for each of these items with its quantity, all or none (D-29)."""

    async def work(session: Session, document: Document, setup: Setup) -> Change:
        chosen = [
            StandardLine("", at, "item", no, "", quantity, "", ZERO, "", "")
            for at, (no, quantity) in enumerate(items.items())
        ]
        bundle = StandardCode("", "", document.header.currency_code, "", chosen)
        return await _inserted(session, document, setup, bundle, item_line_no)

    return await change_document(acting, key, None, work)


async def _inserted(
    session: Session, document: Document, setup: Setup, code: StandardCode, item_line_no: int
) -> Change:
    """The document with the lines of a bundle and the texts that they bring, as when a clerk types each (D-30)."""
    named = [(line.type, line.no) for line in code.lines if line.no]
    served = [one.service_item_no for one in document.item_lines]
    catalog = await load_catalog(session, named, served, document.header.bill_to_customer_no)
    draft = Draft(setup, document.header, document.item_lines, document.lines, catalog)
    lines, findings, notices = with_standard_lines(draft, code, item_line_no)
    added = () if findings else lines[len(document.lines) :]
    texts = await texts_by_record(session, added)
    for line in added:
        own = chosen_texts(document.header, texts.get((line.type, line.no), ()), automatic=True)
        lines = with_texts(document.header, lines, line, own)
    return changed(document, lines=lines), Saved(findings=tuple(findings), notices=tuple(notices))

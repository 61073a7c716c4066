"""E-invoices of posted documents: made when they are first asked for, the same ever after (D-120, D-127, D-151)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from db.engine import fetch, reading, transaction
from db.session import Session
from webapp.einvoice import rules
from webapp.einvoice.checks import lacking
from webapp.einvoice.cii import cii
from webapp.einvoice.factur_x import factur_x
from webapp.einvoice.ubl import EInvoice, ubl
from webapp.paper.document import Paper, Posted
from webapp.paper.keeping import as_kept
from webapp.paper.sheets import sheet_of
from webapp.posting.findings import Finding, finding
from webapp.store.acting import Acting
from webapp.store.issues import Key, Unkept, keep_sheet, stored_sheets
from webapp.store.paper import LOG_KINDS, log_row, words_for
from webapp.store.posted import PostedDocument, load_posted
from webapp.store.posted_files import file_of

__all__ = ["UBL", "EFile", "e_invoice_file", "e_invoices", "factur_x_file", "may_be_e_invoice"]

UBL: Final = "application/xml"
FACTUR_X: Final = "application/pdf; profile=factur-x"


@dataclass(frozen=True, slots=True)
class EFile:
    """The e-invoice of a document, or why there is none."""

    name: str
    content: bytes
    findings: Sequence[Finding] = ()


def may_be_e_invoice(kind: str) -> bool:
    return kind in ("invoice", "credit_memo")


async def e_invoices(documents: Sequence[PostedDocument]) -> list[EInvoice]:
    """What the e-invoices of these documents say; three rounds of queries and those of paper. Of one that was issued
    already it is what its paper says, whatever the set-up says today (D-120)."""
    words = await words_for(documents)
    sheets = await stored_sheets([_key(one) for one in documents])
    numbers = sorted({one.header["bill_to_customer_no"] for one in documents})
    async with reading() as session:
        marks = ", ".join("?" * len(numbers))
        found = await session.fetch_all(
            [
                (f"SELECT no, e_invoice_address, mandate_reference FROM customer WHERE no IN ({marks})", numbers),
                ("SELECT code, tax_category, exemption_code FROM vat_clause", ()),
                ("SELECT code, international_code FROM unit_of_measure WHERE international_code <> ''", ()),
            ]
        )
    buyers: dict[Any, dict[str, str]] = {
        no: {"e_invoice_address": str(address), "mandate_reference": str(mandate)} for no, address, mandate in found[0]
    }
    clauses = {str(code): (str(category), str(reason)) for code, category, reason in found[1]}
    units = {str(code): str(unit) for code, unit in found[2]}
    papers = [Paper(one, words) for one in documents]
    said = [as_kept(one, sheets[key].words) if (key := _key(one.document)) in sheets else one for one in papers]
    return [EInvoice(one, buyers[one.head["bill_to_customer_no"]], clauses, units) for one in said]


def _key(document: Posted) -> Key:
    return document.kind, str(document.header["no"])


async def e_invoice_file(acting: Acting, kind: str, no: str, unkept: Unkept | None = None) -> EFile | None:
    """The e-invoice as it was first issued, made and stored now when there is none yet; None when there is no such
    document. What breaks a rule is neither stored nor given out. With `unkept` what is made is left there instead."""
    if stored := await _stored(kind, no, UBL):
        return stored
    invoice = await _begun(acting, kind, no, unkept=unkept)
    if not isinstance(invoice, EInvoice):
        return invoice
    made = _Made((kind, no), UBL, f"{kind.replace('_', '-')}-{no}.xml", ubl(invoice))
    return await _kept(acting, made, unkept)


async def factur_x_file(acting: Acting, kind: str, no: str, unkept: Unkept | None = None) -> EFile | None:
    """The PDF as it was first issued with the e-invoice inside; made, kept and refused as a file of its own is. It is
    checked by the rules of EN 16931 as UBL: both are written from the same. Raises `NoPdf` where none can be made."""
    if stored := await _stored(kind, no, FACTUR_X):
        return stored
    invoice = await _begun(acting, kind, no, peppol=False, unkept=unkept)
    if not isinstance(invoice, EInvoice):
        return invoice
    paper = await file_of(acting, kind, no, unkept)
    assert paper is not None, "the document is there"
    author, at = str(invoice.company["name"]), datetime.now(UTC)
    content = await asyncio.to_thread(factur_x, paper.content, cii(invoice), invoice.paper.title, author, at)
    return await _kept(acting, _Made((kind, no), FACTUR_X, _factur_x_name(paper.name), content, paper.pages), unkept)


def _factur_x_name(name: str) -> str:
    """A name by which it is told from the plain PDF; files that were stored before had the same."""
    return name if name.endswith("-factur-x.pdf") else f"{name.removesuffix('.pdf')}-factur-x.pdf"


async def _begun(
    acting: Acting, kind: str, no: str, peppol: bool = True, unkept: Unkept | None = None
) -> EInvoice | EFile | None:
    """What the e-invoice says, with its sheet stored: made from that of the first issue, or the first issue itself. Why
    there is none, when it lacks something or breaks a rule: nothing is issued then, and nothing stored."""
    while document := await load_posted(kind, no, with_entries=False):
        issued = bool(await stored_sheets([(kind, no)]))
        (invoice,) = await e_invoices([document])
        if found := await _faults(invoice, ubl(invoice), peppol, issued):
            return EFile(no, b"", found)
        if issued:
            return invoice
        if unkept is not None:
            unkept.sheets[kind, no] = ("", sheet_of(invoice.paper))
            return invoice
        async with transaction() as session:
            if await keep_sheet(session, acting, (kind, no), "", sheet_of(invoice.paper)):
                return invoice
    return None


async def _faults(invoice: EInvoice, content: bytes, peppol: bool, issued: bool) -> list[Finding]:
    """What it lacks; of one that lacks nothing, the rules that it breaks. What its paper went out without cannot be
    entered any more."""
    no, missing = str(invoice.head["no"]), list[Finding]()
    for one in lacking(invoice, peppol):
        code = "e_invoice_lacks_as_issued" if issued and one.shown else "e_invoice_lacks"
        missing.append(finding(code, document=no, what=one.what, where=one.where, rule=one.rule))
    if missing or not rules.available():
        return missing
    broken = [one for one in await asyncio.to_thread(rules.broken_rules, content, peppol) if one.fatal]
    return [finding("e_invoice_breaks_rule", document=no, rule=one.rule, text=one.text) for one in broken]


async def _stored(kind: str, no: str, media_type: str) -> EFile | None:
    rows = await fetch(
        "SELECT name, content FROM posted_file WHERE document_kind = ? AND document_no = ? AND media_type = ?",
        kind,
        no,
        media_type,
    )
    if not rows:
        return None
    name = str(rows[0][0])
    return EFile(_factur_x_name(name) if media_type == FACTUR_X else name, bytes(rows[0][1]))


@dataclass(frozen=True, slots=True)
class _Made:
    """A file that is not stored yet."""

    key: Key
    media_type: str
    name: str
    content: bytes
    pages: int = 1


async def _kept(acting: Acting, made: _Made, unkept: Unkept | None) -> EFile | None:
    """The file as it is stored now, or is left to be. Who is slower than another keeps the other's file."""
    if unkept is not None:
        unkept.files.append((made.key, lambda session: _store(session, acting, made)))
        return EFile(made.name, made.content)
    async with transaction() as session:
        await _store(session, acting, made)
    return await _stored(*made.key, made.media_type)


async def _store(session: Session, acting: Acting, made: _Made) -> None:
    (kind, no), at = made.key, datetime.now(UTC)
    sha256 = hashlib.sha256(made.content).hexdigest()
    values = (kind, no, made.media_type, made.name, made.content, sha256, made.pages, at, acting.user)
    kept = await session.execute(
        "INSERT INTO posted_file (document_kind, document_no, media_type, name, content, sha256, pages, made_at,"
        " user_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (document_kind, document_no, media_type) DO NOTHING",
        *values,
    )
    if kept:
        said = f"{'Factur-X, ' if made.media_type == FACTUR_X else ''}SHA-256 {sha256}"
        await session.execute(*log_row(LOG_KINDS[kind], no, "E-invoice made", at, acting.user, said))

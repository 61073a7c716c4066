"""Fetches what waits on the prepaid account of a customer's contracts into a credit memo by hand (C-149, C-150)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from db.engine import reading, transaction
from db.session import Batch, Session
from webapp.billing.case import ContractCase
from webapp.billing.checks import accounts
from webapp.billing.credit_documents import CreditedLine, credit_lines
from webapp.billing.crediting import Credit, still_billed
from webapp.billing.line_changes import NO_LINE
from webapp.billing.records import ContractEntry
from webapp.billing.wording import said
from webapp.posting.findings import finding
from webapp.posting.lines import new_line, next_line_no, with_last_line_no
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey, Line
from webapp.store.acting import Acting
from webapp.store.contract_credits import register_batch
from webapp.store.contract_records import load_cases, load_entries
from webapp.store.document_rows import LINE, header_batch
from webapp.store.drafts import Saved
from webapp.store.snapshots import Document, load_document, marks


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits of one contract: pieces by line."""

    case: ContractCase
    lines: tuple[CreditedLine, ...]

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))


async def look_at_prepaid(key: DocumentKey, contract_no: str = "", until: date | None = None) -> list[Waiting]:
    """What would be fetched into the credit memo now."""
    async with reading() as session:
        document, _ = await load_document(session, key)
        return await _waiting(session, document, contract_no, until) if document is not None else []


async def get_prepaid_entries(
    acting: Acting, key: DocumentKey, contract_no: str = "", until: date | None = None
) -> Saved:
    """Puts it on the credit memo, a heading for each contract; a second time adds nothing."""
    async with transaction() as session:
        document, _ = await load_document(session, key, lock=True)
        if document is None or key.document_type != "credit_memo":
            return Saved(key, findings=(finding("document_gone", document=key.no, kind="Credit memo", no=key.no),))
        if document.header.prices_including_vat:
            return Saved(key, findings=(finding("prepaid_prices_with_vat", document=key.no),))
        waiting = await _waiting(session, document, contract_no, until, lock=True)
        found = [one for waits in waiting for one in accounts(waits.case)]
        if not waiting:
            found = [finding("prepaid_nothing_waits", document=key.no, customer=document.header.customer_no)]
        if found:
            return Saved(key, findings=tuple(found))
        await session.execute_all(_batches(document, waiting, acting.user))
        return Saved(key)


def _batches(document: Document, waiting: Sequence[Waiting], user: str) -> list[Batch]:
    header, made = document.header, list[Line]()
    for one in waiting:
        no = next_line_no(header, [*document.lines, *made])
        heading = changed(
            new_line(header, no),
            description=said("contract", header.language_code, no=one.case.contract.no),
            contract_no=one.case.contract.no,
        )
        made += [heading, *credit_lines(one.case, header, one.lines, no)]
    return [
        header_batch(header, with_last_line_no(header, [*document.lines, *made]), user),
        (LINE.sql, [LINE.row(line, [header.document_type, header.no]) for line in made]),
        register_batch(
            [one.case.contract.no for one in waiting if one.case.contract.no not in _known(document)], header.no
        ),
    ]


def _known(document: Document) -> set[str]:
    """The contracts that the credit memo takes something back of already."""
    return {line.contract_no for line in document.lines if line.contract_line_no}


async def _waiting(
    session: Session, document: Document, contract_no: str, until: date | None, *, lock: bool = False
) -> list[Waiting]:
    rows = await session.fetch(
        "SELECT DISTINCT service_contract_no FROM service_ledger_entry WHERE type = 'service_contract'"
        " AND entry_type = 'sale' AND NOT moved_from_prepaid AND NOT open AND customer_no = ? ORDER BY 1",
        document.header.customer_no,
    )
    nos = [str(row[0]) for row in rows if contract_no in ("", row[0])]
    if not nos:
        return []
    cases = await load_cases(session, nos, lock=lock)
    entries = await load_entries(session, nos)
    held = await session.fetch(
        "SELECT contract_no, contract_line_no, period_from FROM service_line WHERE document_type = 'credit_memo'"
        f" AND contract_line_no <> 0 AND contract_no IN ({marks(nos)})",
        *nos,
    )
    taken = {(str(no), int(line_no), day) for no, line_no, day in held}
    found = []
    for no, case in sorted(cases.items()):
        own = [entry for entry in entries if entry.service_contract_no == no]
        lines = [line for line in _lines(case, own, until, taken) if line.pieces]
        if lines:
            found.append(Waiting(case, tuple(lines)))
    return found


def _lines(
    case: ContractCase, entries: Sequence[ContractEntry], until: date | None, taken: set[tuple[str, int, date]]
) -> list[CreditedLine]:
    found = []
    for line_no in sorted({entry.contract_line_no for entry in entries}):
        line = case.line(line_no) or changed(NO_LINE, line_no=line_no)
        pieces = [
            Credit(line_no, left.days, left.figures, True, left.entry.entry_no)
            for left in still_billed(entries, line_no)
            if left.entry.prepaid and not left.entry.moved_from_prepaid and not left.entry.open
            and (until is None or left.entry.posting_date <= until)
            and (case.contract.no, line_no, left.days.first) not in taken
        ]  # fmt: skip
        found.append(CreditedLine(line, tuple(pieces)))
    return found

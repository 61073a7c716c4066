"""Deletes an unposted contract invoice: entries are reversed, never erased, contracts go back (C-112 … C-117). And what
deleting the credit memo of a contract takes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from db.engine import reading
from db.session import Batch, Session
from webapp.billing.case import ContractCase
from webapp.billing.checks import contract_finding
from webapp.billing.deleting import Registered, delete_invoice_findings, restored
from webapp.posting.findings import Finding
from webapp.posting.line_changes import may_delete_document
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey, Header, Line
from webapp.store.acting import Acting
from webapp.store.contract_invoices import ENTRY_NAMES, LOG, RUN, load_registered
from webapp.store.contract_records import change_batches, load_cases, load_entries, load_waivers
from webapp.store.document_rows import removal_batches
from webapp.store.entry_numbers import entry_numbers, entry_numbers_query
from webapp.store.removed_lines import restoring_batch, taken_back_days

_NEGATED = frozenset(
    {
        "quantity", "charged_qty", "cost_amount", "unit_price", "discount_amount", "contract_disc_amount", "amount_lcy",
        "amount",
    }
)  # fmt: skip


async def delete_contract_invoice(
    session: Session, acting: Acting, key: DocumentKey, registered: Sequence[Registered], confirmed: frozenset[str]
) -> tuple[list[Finding], list[Finding]]:
    """Deletes the document, which is locked already, with all that it did. Gives findings when it must stay, and else
    what nobody bills any more."""
    nos = [row.contract_no for row in registered]
    cases = await load_cases(session, nos, lock=True)
    entries = await load_entries(session, nos)
    found = delete_invoice_findings(key.no, registered, cases, entries, confirmed)
    if found:
        return found, []
    own = {entry.entry_no for entry in entries if entry.document_no == key.no and entry.open}
    left = await taken_back_days(session, registered, cases, entries, own)
    counts = {"posting_run": 1}
    rows = await session.fetch_all([entry_numbers_query(session, counts)])
    run, at = entry_numbers(session, counts, rows[0])["posting_run"][0], datetime.now(UTC)
    batches: list[Batch] = [
        (RUN.sql, [RUN.row(None, [run, acting.user, at, "invoice", key.no, "none", "deletion", ""])]),
        (_REVERSE, [(run, acting.user, key.no)]),
        (
            "UPDATE service_ledger_entry SET open = ? WHERE type = 'service_contract' AND document_no = ?"
            " AND document_type = 'blank' AND open",
            [(False, key.no)],
        ),
    ]
    for row in registered:
        case = cases.get(row.contract_no)
        if case is not None:
            after = restored(case, row, await load_waivers(session, row.contract_no))
            batches += change_batches(case.contract, case.lines, after.contract, after.lines)
            batches.append(restoring_batch(case, row))
    batches += [
        (
            "DELETE FROM service_document_register WHERE source_kind = 'contract' AND destination_kind = 'invoice'"
            " AND destination_no = ?",
            [(key.no,)],
        ),
        *removal_batches(key),
        (LOG.sql, _log_rows(acting, key, nos, at)),
    ]
    await session.execute_all([batch for batch in batches if batch[1]])
    return [], left


async def before_deletion(key: DocumentKey, header: Header, lines: Sequence[Line]) -> list[Finding]:
    """What keeps an open document from being deleted, or is lost with it: told before anybody confirms (C-113)."""
    found = may_delete_document(header, lines)
    async with reading() as session:
        if key.document_type == "invoice" and (registered := await load_registered(session, key)):
            nos = [row.contract_no for row in registered]
            cases, entries = await load_cases(session, nos), await load_entries(session, nos)
            found += delete_invoice_findings(key.no, registered, cases, entries, frozenset({"contract_restore_dates"}))
        if key.document_type == "credit_memo" and (taken := _taken_back(header, lines)):
            cases = await load_cases(session, {line.contract_no for line in taken})
            found += [lost for no, case in sorted(cases.items()) for lost in _lost(key, case, taken)]
    return found


async def uncredited(
    session: Session, acting: Acting, header: Header, lines: Sequence[Line], confirmed: frozenset[str]
) -> tuple[list[Batch], list[Finding]]:
    """What deleting an open credit memo takes back on contracts: its lines can be credited again (C-146); a question
    when one of them is not on its contract any more."""
    key, taken = header.key, _taken_back(header, lines)
    if key.document_type != "credit_memo" or not any(line.contract_no for line in lines):
        return [], []
    cases = await load_cases(session, {line.contract_no for line in taken}, lock=True)
    batches: list[Batch] = [
        (
            "DELETE FROM service_document_register WHERE source_kind = 'contract' AND destination_kind = 'credit_memo'"
            " AND destination_no = ?",
            [(key.no,)],
        )
    ]
    found = []
    at = datetime.now(UTC)
    for no, case in sorted(cases.items()):
        own = {line.contract_line_no for line in taken if line.contract_no == no}
        found += [lost for lost in _lost(key, case, taken) if lost.code not in confirmed]
        after = tuple(changed(line, credited=False) if line.line_no in own else line for line in case.lines)
        batches += change_batches(case.contract, case.lines, case.contract, after)
        batches.append((LOG.sql, [LOG.row(None, ["contract", no, "Credit memo deleted", at, acting.user, key.no, ""])]))
    return batches, found


def _taken_back(header: Header, lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.contract_line_no and line.contract_no == header.contract_no]


def _lost(key: DocumentKey, case: ContractCase, taken: Sequence[Line]) -> list[Finding]:
    """The question about lines that are not on their contract any more."""
    own = {line.contract_line_no for line in taken if line.contract_no == case.contract.no}
    gone = sorted(own - {line.line_no for line in case.lines})
    if not gone:
        return []
    return [changed(contract_finding(case, "contract_credit_lost", lines=", ".join(map(str, gone))), document=key.no)]


def _log_rows(acting: Acting, key: DocumentKey, contracts: Sequence[str], at: datetime) -> list[list[object]]:
    rows = [LOG.row(None, [key.document_type, key.no, "Invoice deleted", at, acting.user, "", ""])]
    rows += [LOG.row(None, ["contract", no, "Invoice deleted", at, acting.user, key.no, ""]) for no in contracts]
    return rows


def _reverse() -> str:
    """The statement that writes a closed entry of the opposite sign for each open entry of a document (C-115)."""
    kept = [name for name in ENTRY_NAMES if name not in ("entry_no", "posting_run_no", "user_name", "open")]
    values = [f"-{name}" if name in _NEGATED else name for name in kept]
    return (
        f"INSERT INTO service_ledger_entry (posting_run_no, user_name, open, applies_to_entry_no, {', '.join(kept)})"
        f" SELECT CAST(? AS BIGINT), CAST(? AS VARCHAR(50)), FALSE, entry_no, {', '.join(values)}"
        " FROM service_ledger_entry WHERE type = 'service_contract' AND document_no = ? AND document_type = 'blank'"
        " AND open ORDER BY entry_no"
    )


_REVERSE = _reverse()

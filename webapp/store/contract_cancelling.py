"""Cancelling the posted invoice of contracts: their dates go back as when an open one is deleted, or a new draft takes
its place with the same days (P-186, D-43, C-113, C-116)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from db.session import Batch, Session
from webapp.billing.case import ContractCase
from webapp.billing.crediting import still_billed
from webapp.billing.deleting import Registered, restored
from webapp.billing.records import ContractEntry, Waiver
from webapp.posting.cancelling import DueAgain
from webapp.posting.findings import Finding
from webapp.posting.snapshot import DocumentKey
from webapp.store.contract_invoices import ENTRY_NAMES, LOG, load_registered
from webapp.store.contract_records import change_batches, load_cases, load_entries, load_waivers
from webapp.store.removed_lines import restoring_batch, taken_back_days


@dataclass(frozen=True, slots=True)
class OfInvoice:
    """The contracts that a posted invoice bills, as they stand now, and all that they have billed."""

    no: str
    registered: tuple[Registered, ...]
    cases: Mapping[str, ContractCase]
    entries: tuple[ContractEntry, ...]
    waivers: Mapping[str, Sequence[Waiver]]

    @property
    def own(self) -> list[ContractEntry]:
        return [e for e in self.entries if e.bills and e.document_type == "invoice" and e.document_no == self.no]

    async def left_unbilled(self, session: Session) -> list[Finding]:
        gone = {entry.entry_no for entry in self.own}
        return await taken_back_days(session, self.registered, self.cases, self.entries, gone)


async def load_of_invoice(session: Session, invoice_no: str, *, lock: bool = False) -> OfInvoice:
    registered = await load_registered(session, DocumentKey("posted_invoice", invoice_no))
    nos = [row.contract_no for row in registered]
    cases = await load_cases(session, nos, lock=lock)
    waivers = {no: await load_waivers(session, no) for no in nos}
    return OfInvoice(invoice_no, tuple(registered), cases, tuple(await load_entries(session, nos)), waivers)


def reasons(of: OfInvoice) -> list[tuple[str, str]]:
    """Why the invoice cannot be cancelled, by contract: something is later, or took some of it back (D-43)."""
    found: list[tuple[str, str]] = []
    for row in of.registered:
        case = of.cases.get(row.contract_no)
        if case is None:
            found.append((row.contract_no, "it does not exist any more"))
            continue
        found += [(row.contract_no, reason) for reason in _reasons(of, row, case)]
    return found


def _reasons(of: OfInvoice, row: Registered, case: ContractCase) -> list[str]:
    entries = [e for e in of.entries if e.service_contract_no == row.contract_no]
    own = [e for e in of.own if e.service_contract_no == row.contract_no]
    last = max((e.entry_no for e in own), default=0)
    live = [left for no in {e.contract_line_no for e in entries} for left in still_billed(entries, no)]
    found = [f"invoice {no} is later" for no in _later(live_entries=[x.entry for x in live], last=last)]
    whole = {left.entry.entry_no for left in live if left.whole}
    if any(entry.entry_no not in whole for entry in own):
        found.append("some of its days are credited already")
    found += [f"credit memo {no} is not posted" for no in case.open_credit_memos]
    if not row.is_kept:
        found.append("its dates before the invoice are not stored")
    elif row.invoice_period != case.contract.invoice_period:
        found.append(f"its invoice period was {row.invoice_period.replace('_', ' ')}")
    return found


def _later(live_entries: Sequence[ContractEntry], last: int) -> list[str]:
    return list(dict.fromkeys(entry.document_no for entry in live_entries if entry.entry_no > last))


def due_again(of: OfInvoice) -> list[DueAgain]:
    """The days that nobody has billed once the invoice is cancelled, by line, and what becomes of them (C-116)."""
    by_line: dict[tuple[str, int], list[ContractEntry]] = {}
    for entry in of.own:
        if entry.days is not None and entry.service_contract_no in of.cases:
            by_line.setdefault((entry.service_contract_no, entry.contract_line_no), []).append(entry)
    return [
        DueAgain(
            no,
            line_no,
            min(one.days.first for one in own if one.days),
            max(one.days.last for one in own if one.days),
            -sum((one.amount_lcy for one in own), Decimal(0)),
            _then(of.cases[no], line_no),
        )
        for (no, line_no), own in sorted(by_line.items())
    ]


def _then(case: ContractCase, line_no: int) -> str:
    if not case.contract.is_signed:
        return "Nobody invoices them: the contract is cancelled"
    if case.line(line_no) is None:
        return "Nobody invoices them: the line was removed"
    return "The next run invoices them" + (", once the contract is locked" if case.contract.is_open else "")


def restoring(of: OfInvoice, user: str, at: datetime) -> list[Batch]:
    """The contracts with their dates as they were before the invoice, so that its days can be invoiced again."""
    batches: list[Batch] = []
    for row in of.registered:
        case = of.cases[row.contract_no]
        after = restored(case, row, of.waivers.get(row.contract_no, ()))
        batches += change_batches(case.contract, case.lines, after.contract, after.lines)
        batches.append(restoring_batch(case, row))
        batches.append(
            (LOG.sql, [LOG.row(None, ["contract", row.contract_no, "Invoice cancelled", at, user, of.no, ""])])
        )
    return batches


def registering(of: OfInvoice, credit_memo_no: str) -> Batch:
    return (
        "INSERT INTO service_document_register (source_kind, source_no, destination_kind, destination_no)"
        " VALUES ('contract', ?, 'posted_credit_memo', ?)",
        [(row.contract_no, credit_memo_no) for row in of.registered],
    )


# --- a new draft ------------------------------------------------------------------------------------------------------


def drafting(of: OfInvoice, new: Mapping[int, int], run: int, draft_no: str, day: date, user: str) -> list[Batch]:
    """What the draft that corrects the invoice holds of the contracts: the same days at the same figures, open again,
    and the register row that lets it be deleted like any other. `new`: entry nos. by those of the invoice."""
    at = datetime.now(UTC)
    return [
        (
            "INSERT INTO posting_run (no, user_name, at, source_type, source_no, option, purpose, invoice_no)"
            " VALUES (?, ?, ?, 'invoice', ?, 'none', 'creation', ?)",
            [(run, user, at, draft_no, draft_no)],
        ),
        (_AGAIN, [(fresh, run, user, draft_no, day, old) for old, fresh in new.items()]),
        (_REGISTER_AGAIN, [(draft_no, of.no)]),
    ]


def _again() -> str:
    given = ("entry_no", "posting_run_no", "user_name", "open", "document_type", "document_no", "posting_date",
             "moved_from_prepaid")  # fmt: skip
    kept = ", ".join(name for name in ENTRY_NAMES if name not in given)
    return (
        f"INSERT INTO service_ledger_entry ({', '.join(given)}, {kept}) SELECT CAST(? AS BIGINT), CAST(? AS BIGINT),"
        " CAST(? AS VARCHAR(50)), TRUE, 'blank', CAST(? AS VARCHAR(20)),"
        f" CASE WHEN prepaid THEN posting_date ELSE ? END, NOT prepaid, {kept}"
        " FROM service_ledger_entry WHERE entry_no = ?"
    )


_AGAIN = _again()
_SNAPSHOT = (
    "invoice_period, last_invoice_date, next_invoice_date, next_period_start, next_period_end, last_period_end,"
    " invoiced_to_dates, print_increase_text, days_left"
)
_REGISTER_AGAIN = (
    f"INSERT INTO service_document_register (source_kind, source_no, destination_kind, destination_no, {_SNAPSHOT})"
    f" SELECT source_kind, source_no, 'invoice', CAST(? AS VARCHAR(20)), {_SNAPSHOT} FROM service_document_register"
    " WHERE source_kind = 'contract' AND destination_kind = 'posted_invoice' AND destination_no = ?"
)

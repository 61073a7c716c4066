"""Makes the credit memo of a contract, or adds to the one that is open (C-137 … C-146).

Its days are taken back in the ledger when it is posted; until then it holds the lines, and the release waits for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from db.engine import Duplicate, transaction
from db.session import Batch, Session
from webapp.billing.amounts import balanced
from webapp.billing.case import ContractCase
from webapp.billing.checks import contract_finding
from webapp.billing.credit_documents import CreditedLine, credit_lines
from webapp.billing.crediting import (
    credit_findings,
    credit_pieces,
    credited,
    due_lines,
    expired_on,
    nothing_to_credit,
)
from webapp.billing.documents import contract_header
from webapp.billing.line_changes import LineTyping, change_line
from webapp.billing.periods import Span
from webapp.billing.records import ContractLine
from webapp.posting.findings import finding, money
from webapp.posting.lines import with_last_line_no
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey, Header, Line
from webapp.store.acting import Acting
from webapp.store.contract_drafts import NO_ANSWERS, ContractSaved, Refused, change_with_traces, stale
from webapp.store.contract_invoices import LOG
from webapp.store.contract_records import load_case, load_entries
from webapp.store.document_rows import HEADER, LINE, header_batch
from webapp.store.numbers import next_numbers
from webapp.store.rows import DoesNotFit
from webapp.store.snapshots import Document, load_document


@dataclass(frozen=True, slots=True)
class MadeCredit:
    """What was put on a credit memo: its number, the days of the first and last piece, and the amount."""

    no: str
    days: Span
    amount: Decimal


async def lock_for_credit(
    session: Session, no: str, kind: str = "contract"
) -> tuple[ContractCase | None, Document | None]:
    """The contract and the credit memo of it that is open; the document is locked before the contract (O-27)."""
    rows = await session.fetch(
        "SELECT r.destination_no FROM service_document_register r JOIN service_header h"
        " ON h.document_type = 'credit_memo' AND h.no = r.destination_no AND h.contract_no = r.source_no"
        " WHERE r.source_kind = 'contract' AND r.source_no = ? AND r.destination_kind = 'credit_memo' ORDER BY 1",
        no,
    )
    memo = None
    if rows and kind == "contract":
        memo, _ = await load_document(session, DocumentKey("credit_memo", str(rows[0][0])), lock=True)
    return await load_case(session, kind, no, lock=True), memo


async def credit_due_lines(
    acting: Acting, no: str, row_version: int | None = None, confirmed: frozenset[str] = NO_ANSWERS
) -> ContractSaved:
    """Credits every line of a contract whose credit memo is due (C-138)."""

    async def work(session: Session, case: ContractCase, memo: Document | None) -> ContractSaved:
        lines = due_lines(case, acting.work_date)
        if not lines:
            raise Refused([nothing_to_credit(case, acting.work_date)])
        ask_about_open(case, confirmed)
        made = await write_credit(session, acting, case, lines, memo)
        after = credited(case, [line.line_no for line in lines])
        await session.execute_all(change_with_traces(acting, case, after, ""))
        return credited_saved(case, made)

    return await crediting(no, row_version, work)


async def credit_contract_line(
    acting: Acting,
    no: str,
    line_no: int,
    expiration: date | None,
    credit_memo_date: date | None,
    row_version: int | None = None,
    confirmed: frozenset[str] = NO_ANSWERS,
) -> ContractSaved:
    """Ends a line of an open contract and credits what was billed from that day on (C-38, C-139, C-140)."""

    async def work(session: Session, case: ContractCase, memo: Document | None) -> ContractSaved:
        line = case.line(line_no)
        if line is None:
            raise Refused([contract_finding(case, "line_gone", line=line_no, gone=line_no)])
        ended = ended_line(case, line, expiration, credit_memo_date)
        ask_about_open(case, confirmed)
        made = await write_credit(session, acting, ended, [line_of(ended, line_no)], memo)
        await session.execute_all(change_with_traces(acting, case, credited(ended, [line_no]), "manual_update"))
        return credited_saved(case, made)

    return await crediting(no, row_version, work)


async def expire_and_credit(
    session: Session, acting: Acting, case: ContractCase, memo: Document | None, day: date
) -> tuple[ContractCase, MadeCredit | None]:
    """Ends all lines on a day and credits what was billed from it on, as part of another step (C-43)."""
    ended = expired_on(case, day)
    lines = due_lines(ended, acting.work_date)
    made = await write_credit(session, acting, ended, lines, memo) if lines else None
    after = credited(ended, [line.line_no for line in lines])
    await session.execute_all(change_with_traces(acting, case, after, ""))
    return after, made


def ended_line(case: ContractCase, line: ContractLine, expiration: date | None, day: date | None) -> ContractCase:
    """The contract with the line's dates as they were typed (C-38)."""
    wanted = {"contract_expiration_date": expiration, "credit_memo_date": day or expiration}
    values = {name: value for name, value in wanted.items() if value is not None and getattr(line, name) != value}
    if not values:
        return case
    change = change_line(LineTyping(case, line), values)
    if change.findings:
        raise Refused(change.findings)
    lines = tuple(change.line if one.line_no == line.line_no else one for one in case.lines)
    return changed(case, lines=lines, contract=balanced(case.contract, lines))


def line_of(case: ContractCase, line_no: int) -> ContractLine:
    line = case.line(line_no)
    assert line is not None
    return line


def ask_about_open(case: ContractCase, confirmed: frozenset[str]) -> None:
    """C-138: one asks before another credit memo is begun or added to."""
    if case.open_credit_memos and "contract_unposted_credit" not in confirmed:
        documents = ", ".join(case.open_credit_memos)
        raise Refused([contract_finding(case, "contract_unposted_credit", documents=documents)])


def credited_saved(case: ContractCase, made: MadeCredit) -> ContractSaved:
    told = contract_finding(
        case, "contract_credit_made", no=made.no, first=made.days.first, last=made.days.last, amount=money(made.amount)
    )
    return ContractSaved("contract", case.contract.no, notices=(told,), credit_memos=(made.no,))


# --- in one transaction -----------------------------------------------------------------------------------------------


Work = Callable[[Session, ContractCase, Document | None], Awaitable[ContractSaved]]


async def crediting(no: str, row_version: int | None, work: Work, kind: str = "contract") -> ContractSaved:
    """Locks credit memo and contract and does the work on them; what it refuses is taken back wholly."""
    try:
        async with transaction() as session:
            case, memo = await lock_for_credit(session, no, kind)
            if refused := stale(case, kind, no, row_version):
                return refused
            assert case is not None
            return await work(session, case, memo)
    except Refused as refusal:
        return ContractSaved(kind, no, findings=refusal.findings)
    except DoesNotFit:
        return ContractSaved(kind, no, findings=(finding("amount_too_large", document=no),))
    except Duplicate as taken:
        used = finding("document_no_exists", kind="Credit memo", no=str(taken)[:80], document=no)
        return ContractSaved(kind, no, findings=(used,))


async def write_credit(
    session: Session, acting: Acting, case: ContractCase, lines: Sequence[ContractLine], memo: Document | None
) -> MadeCredit:
    """Puts what is billed of the lines beyond their end on the contract's credit memo; Refused when it cannot be."""
    findings = [one for line in lines for one in credit_findings(case, line, acting.work_date)]
    if findings:
        raise Refused(list(dict.fromkeys(findings)))
    entries = await load_entries(session, [case.contract.no])
    parts = [CreditedLine(line, tuple(credit_pieces(case.contract, line, entries))) for line in lines]
    parts = [one for one in parts if one.pieces]
    if not parts:
        raise Refused([nothing_to_credit(case, acting.work_date)])
    if memo is not None:
        made = credit_lines(case, memo.header, parts, max(memo.header.last_line_no, _last(memo.lines)))
        await session.execute_all(_appended(memo, made, acting.user))
        no = memo.header.no
    else:
        no = await _new_memo(session, acting, case, parts)
    days = [piece.days for one in parts for piece in one.pieces]
    whole = Span(min(one.first for one in days), max(one.last for one in days))
    return MadeCredit(no, whole, sum((one.amount for one in parts), Decimal(0)))


def _last(lines: Sequence[Line]) -> int:
    return max((line.line_no for line in lines), default=0)


def _appended(memo: Document, made: Sequence[Line], user: str) -> list[Batch]:
    header = memo.header
    return [
        header_batch(header, with_last_line_no(header, [*memo.lines, *made]), user),
        (LINE.sql, [LINE.row(line, [header.document_type, header.no]) for line in made]),
    ]


async def _new_memo(session: Session, acting: Acting, case: ContractCase, parts: Sequence[CreditedLine]) -> str:
    setup, contract = case.setup, case.contract
    day = parts[0].line.credit_memo_date or acting.work_date
    if contract.currency_code and setup.rate_on(contract.currency_code, day) is None:
        at = {"currency": contract.currency_code, "date": day}
        raise Refused([contract_finding(case, "exchange_rate_missing", "currency_code", **at)])
    header = contract_header(case, day, acting.work_date, "credit_memo")
    lines = credit_lines(case, header, parts, 0)
    series = setup.service.contract_cr_memo_nos
    drawn, drawing, findings = await next_numbers(session, setup, {"credit_memo": series}, day)
    if findings:
        raise Refused(findings)
    no = drawn["credit_memo"]
    await session.execute_all([drawing, *_new_rows(acting, header, lines, no, series, contract.no)])
    return no


def _new_rows(
    acting: Acting, header: Header, lines: Sequence[Line], no: str, series: str, contract_no: str
) -> list[Batch]:
    at = datetime.now(UTC)
    header = changed(with_last_line_no(header, lines), no=no, no_series=series, posting_description=f"Credit memo {no}")
    return [
        (HEADER.sql, [HEADER.row(header, [acting.user, at])]),
        (LINE.sql, [LINE.row(line, [header.document_type, no]) for line in lines]),
        register_batch([contract_no], no),
        (
            LOG.sql,
            [
                LOG.row(None, ["credit_memo", no, "Credit memo created", at, acting.user, "", contract_no]),
                LOG.row(None, ["contract", contract_no, "Credit memo created", at, acting.user, "", no]),
            ],
        ),
    ]


def register_batch(contract_nos: Sequence[str], no: str) -> Batch:
    """That a credit memo takes back days of these contracts; their release waits until it is posted (C-128)."""
    return (
        "INSERT INTO service_document_register (source_kind, source_no, destination_kind, destination_no)"
        " VALUES ('contract', ?, 'credit_memo', ?)",
        [(contract, no) for contract in contract_nos],
    )

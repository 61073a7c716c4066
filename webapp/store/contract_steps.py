"""The steps of a contract, each one transaction: sign, open, lock, invoice, cancel, delete (C-28 … C-45, C-105 …).

An answer that is still missing comes back as a finding among `lifecycle.QUESTIONS` or one of the questions with their
own choices; asked again with the answer, the step goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from db import contracts as tables
from db.engine import Duplicate, transaction
from db.session import Batch, Session
from webapp.billing.case import ContractCase
from webapp.billing.charges import charged
from webapp.billing.checks import (
    contract_finding,
    invoice_findings,
    invoice_warnings,
    may_be_invoiced,
    nothing_to_invoice,
)
from webapp.billing.contract import (
    ContractPlan,
    Earlier,
    Gap,
    PlannedEntry,
    plan_added,
    plan_period,
    plan_starting,
    starting_days,
)
from webapp.billing.coverage import Known, open_at_the_end
from webapp.billing.crediting import expiring, expiring_question, not_yet_credited
from webapp.billing.documents import Share, draft_invoice
from webapp.billing.lifecycle import (
    Joining,
    cancel_findings,
    cancel_notices,
    cancelled,
    delete_findings,
    joined,
    joining,
    lock_findings,
    locked,
    open_findings,
    opened,
    sign_findings,
    signed,
    waived,
)
from webapp.billing.periods import Span
from webapp.billing.records import ContractLine
from webapp.posting.findings import Finding, finding, money
from webapp.posting.records import changed
from webapp.store.acting import Acting
from webapp.store.contract_credits import MadeCredit, credited_saved, crediting, expire_and_credit
from webapp.store.contract_drafts import NO_ANSWERS, ContractSaved, Refused, change_with_traces, stale
from webapp.store.contract_invoices import MadeInvoice, write_invoice
from webapp.store.contract_records import load_case, load_entries, load_left_out, load_waivers, waiver_batch
from webapp.store.contract_traces import filing_batches, gain_or_loss
from webapp.store.drafts import unknown_references
from webapp.store.removed_lines import load_removed
from webapp.store.rows import DoesNotFit, column_names, decimal_from
from webapp.store.snapshots import Document

NOW, LATER, NEVER = "now", "later", "never"
CANCELLED = "The contract was cancelled."


# --- signing ----------------------------------------------------------------------------------------------------------


async def sign_contract(
    acting: Acting,
    kind: str,
    no: str,
    row_version: int | None = None,
    starting: str = "",
    reason: str = "",
    confirmed: frozenset[str] = NO_ANSWERS,
) -> ContractSaved:
    """Signs a contract, or makes a signed contract of a quote (C-28 … C-32). `starting` says what becomes of the days
    before the first period: now, later or never, the last with a reason."""
    try:
        async with transaction() as session:
            case = await load_case(session, kind, no, lock=True)
            if refused := stale(case, kind, no, row_version):
                return refused
            assert case is not None
            if case.contract.is_signed:
                return await _lock(session, acting, case, "", None)
            findings = sign_findings(case, confirmed) or _starting_answer(case, starting, reason)
            if findings:
                return ContractSaved(kind, no, findings=tuple(findings))
            return await _sign(session, acting, case, starting, reason)
    except Refused as refusal:
        return ContractSaved(kind, no, findings=refusal.findings)
    except DoesNotFit:
        return ContractSaved(kind, no, findings=(finding("amount_too_large", document=no),))


def _starting_answer(case: ContractCase, starting: str, reason: str) -> list[Finding]:
    """C-30, C-31: three answers, when there are days to ask about."""
    offered = plan_starting(case.contract, case.lines, case.contract.starting_date or date.min)
    if not offered.entries:
        return []
    if starting not in (NOW, LATER, NEVER):
        days = starting_days(case.contract)
        return [contract_finding(case, "contract_start_question", days=days, amount=money(offered.amount))]
    if starting == NEVER and not reason.strip():
        return [contract_finding(case, "contract_waiver_reason", "reason")]
    return []


async def _sign(session: Session, acting: Acting, case: ContractCase, starting: str, reason: str) -> ContractSaved:
    contract = case.contract
    await session.execute_all(_some(await filing_batches(session, acting, contract.kind, contract.no, "signed")))
    after = signed(case)
    days = starting_days(contract)
    gaps: list[Gap] = []
    if starting == NEVER and days is not None:
        after, gaps = waived(after)
    if contract.is_quote:
        await session.execute_all(_to_contract(contract.no))
        case = changed(case, contract=changed(contract, kind="contract"))
    batches = change_with_traces(acting, case, after, "signed")
    batches.append(_waivers(acting, contract.no, gaps, reason))
    batches.append(gain_or_loss(acting, after, "signed", after.contract.annual_amount))
    await session.execute_all(_some(batches))
    made: list[MadeInvoice] = []
    if starting == NOW and contract.starting_date is not None:
        plan = plan_starting(after.contract, after.lines, contract.starting_date)
        made = await make_invoice(session, acting, after, plan, contract.starting_date)
    return ContractSaved("contract", contract.no, notices=tuple(invoice_warnings(after)), invoices=tuple(made))


def _to_contract(no: str) -> list[Batch]:
    """C-29: the quote becomes a contract with the same number; its rows and filed copies follow."""
    return [
        ("UPDATE filed_contract SET kind = 'contract' WHERE kind = 'quote' AND no = ?", [(no,)]),
        (_COPY_HEAD, [(no,)]),
        *((f"UPDATE {table} SET kind = 'contract' WHERE kind = 'quote' AND contract_no = ?", [(no,)])
          for table in ("service_contract_line", "contract_discount", "contract_comment")),
        ("DELETE FROM service_contract WHERE kind = 'quote' AND no = ?", [(no,)]),
    ]  # fmt: skip


def _copy_head() -> str:
    names = ", ".join(name for name in column_names(tables.ServiceContract) if name not in ("id", "kind"))
    return (
        f"INSERT INTO service_contract (kind, {names}) SELECT 'contract', {names} FROM service_contract"
        " WHERE kind = 'quote' AND no = ?"
    )


_COPY_HEAD = _copy_head()


def _waivers(acting: Acting, no: str, gaps: Sequence[Gap], reason: str) -> Batch:
    at = datetime.now(UTC)
    return waiver_batch(
        [no, gap.line_no, gap.days.first, gap.days.last, gap.amount, reason.strip()[:250], acting.user, at]
        for gap in gaps
    )


def _some(batches: Sequence[Batch]) -> list[Batch]:
    return [batch for batch in batches if batch[1]]


async def make_invoice(
    session: Session, acting: Acting, case: ContractCase, plan: ContractPlan, posting_date: date
) -> list[MadeInvoice]:
    """Makes the invoice of a plan; nothing when it bills nothing."""
    if not plan.entries:
        return []
    draft = draft_invoice([Share(case, plan)], posting_date, acting.work_date, acting.user)
    if errors := [one for one in draft.findings if one.is_error]:
        raise Refused(errors)
    made, findings = await write_invoice(session, acting, draft)
    if findings or made is None:
        raise Refused(findings)
    return [made]


# --- opening and locking ----------------------------------------------------------------------------------------------


async def open_contract(acting: Acting, kind: str, no: str, row_version: int | None = None) -> ContractSaved:
    """Opens a locked contract for changes (C-33)."""
    async with transaction() as session:
        case = await load_case(session, kind, no, lock=True)
        if refused := stale(case, kind, no, row_version):
            return refused
        assert case is not None
        if findings := open_findings(case):
            return ContractSaved(kind, no, findings=tuple(findings))
        await session.execute_all(change_with_traces(acting, case, changed(case, contract=opened(case)), ""))
        return ContractSaved(kind, no)


async def lock_contract(
    acting: Acting,
    kind: str,
    no: str,
    row_version: int | None = None,
    new_lines: str = "",
    start: date | None = None,
) -> ContractSaved:
    """Locks an open contract. New lines of a signed one are taken in from `start` on, the work date unless typed;
    `new_lines` says when their days in a period that is invoiced already are billed: now or later (C-33 … C-37)."""
    try:
        async with transaction() as session:
            case = await load_case(session, kind, no, lock=True)
            if refused := stale(case, kind, no, row_version):
                return refused
            assert case is not None
            return await _lock(session, acting, case, new_lines, start)
    except Refused as refusal:
        return ContractSaved(kind, no, findings=refusal.findings)


async def _lock(
    session: Session, acting: Acting, case: ContractCase, new_lines: str, start: date | None
) -> ContractSaved:
    contract = case.contract
    findings = lock_findings(case)
    warned = tuple(invoice_warnings(case))
    joins = None if findings else joining(case, acting.work_date, start)
    if joins is not None:
        findings = [*joins.findings, *_join_question(case, joins, new_lines)]
    if findings:
        return ContractSaved(contract.kind, contract.no, findings=tuple(findings))
    if joins is None:
        await session.execute_all(change_with_traces(acting, case, locked(case), ""))
        return ContractSaved(contract.kind, contract.no, notices=warned)
    await session.execute_all(_some(await filing_batches(session, acting, contract.kind, contract.no, "signed")))
    taken_in = joined(case, joins.start)
    plan = plan_added(taken_in.contract, taken_in.lines)
    after = locked(taken_in)
    await session.execute_all(change_with_traces(acting, case, after, ""))
    made: list[MadeInvoice] = []
    if joins.days is not None and new_lines == NOW:
        made = await make_invoice(session, acting, after, _on(plan, after), joins.start)
    return ContractSaved(contract.kind, contract.no, notices=warned, invoices=tuple(made))


def _on(plan: ContractPlan, case: ContractCase) -> ContractPlan:
    """The plan of lines while they were new, on the contract that they have become a part of."""
    dates = {line.line_no: line.invoiced_to_date for line in plan.lines_after}
    return changed(
        plan,
        contract=case.contract,
        lines=case.lines,
        contract_after=changed(
            plan.contract_after, change_status=case.contract.change_status, last_line_no=case.contract.last_line_no
        ),
        lines_after=tuple(changed(line, invoiced_to_date=dates[line.line_no]) for line in case.lines),
    )


def _join_question(case: ContractCase, joins: Joining, answer: str) -> list[Finding]:
    if joins.days is None or joins.findings or answer in (NOW, LATER):
        return []
    return [contract_finding(case, "contract_join_question", start=joins.start, days=joins.days)]


# --- one contract's invoice -------------------------------------------------------------------------------------------


async def create_contract_invoice(
    acting: Acting,
    no: str,
    row_version: int | None = None,
    earlier: str = "",
    confirmed: frozenset[str] = NO_ANSWERS,
) -> ContractSaved:
    """Makes the next invoice of one contract (C-105 … C-111). `earlier` says whether days before the period are billed
    with it: now or later."""
    try:
        async with transaction() as session:
            case = await load_case(session, "contract", no, lock=True)
            if refused := stale(case, "contract", no, row_version):
                return refused
            assert case is not None
            return await _create_invoice(session, acting, case, earlier, confirmed)
    except Refused as refusal:
        return ContractSaved("contract", no, findings=refusal.findings)
    except DoesNotFit:
        return ContractSaved("contract", no, findings=(finding("amount_too_large", document=no),))
    except Duplicate as taken:
        used = finding("document_no_exists", kind="Document", no=str(taken)[:80], document=no)
        return ContractSaved("contract", no, findings=(used,))


async def _create_invoice(
    session: Session, acting: Acting, case: ContractCase, earlier: str, confirmed: frozenset[str]
) -> ContractSaved:
    contract, no = case.contract, case.contract.no
    plan, posting_date, findings = one_invoice(case, acting.work_date, earlier, confirmed)
    if findings or plan is None:
        return ContractSaved("contract", no, findings=tuple(findings))
    made = await make_invoice(session, acting, case, plan, posting_date)
    if not made:
        return ContractSaved("contract", no, findings=(nothing_to_invoice(case),))
    notices = [
        contract_finding(case, "contract_days_left", line=gap.line_no, days=gap.days, amount=money(gap.amount))
        for gap in plan.left
    ]
    return ContractSaved(contract.kind, no, invoices=tuple(made), notices=tuple(notices))


def one_invoice(
    case: ContractCase, work_date: date, earlier: str, confirmed: frozenset[str]
) -> tuple[ContractPlan | None, date, list[Finding]]:
    """The plan of the action on one contract, its posting date, and what is in the way (C-105 … C-110)."""
    contract = case.contract
    if findings := list(may_be_invoiced(case)):
        return None, work_date, findings
    if case.open_invoices and "contract_unposted_invoices" not in confirmed:
        documents = ", ".join(case.open_invoices)
        return None, work_date, [contract_finding(case, "contract_unposted_invoices", documents=documents)]
    due = contract.next_invoice_date
    assert due is not None and contract.period is not None
    if due > work_date:
        return _before_due(case, work_date, earlier)
    posting_date = contract.period.first if contract.prepaid else contract.period.last
    if findings := invoice_findings(case, posting_date):
        return None, posting_date, findings
    plan = plan_period(contract, case.lines, posting_date, "card")
    before = [entry for entry in plan.entries if entry.why == "before_period"]
    if before and earlier not in (NOW, LATER):
        return None, posting_date, [_earlier_question(case, before)]
    if before and earlier == LATER:
        how: Earlier = "leave"
        plan = plan_period(contract, case.lines, posting_date, how)
    if not plan.amount:
        return None, posting_date, [nothing_to_invoice(case)]
    return plan, posting_date, []


def _before_due(case: ContractCase, work_date: date, earlier: str) -> tuple[ContractPlan | None, date, list[Finding]]:
    """C-106: before the first regular invoice only the days before its period can be billed."""
    plan = plan_starting(case.contract, case.lines, work_date)
    if not plan.entries or earlier == LATER:
        due = case.contract.next_invoice_date
        return None, work_date, [contract_finding(case, "contract_not_due", "next_invoice_date", date=due)]
    if findings := invoice_findings(case, work_date):
        return None, work_date, findings
    if earlier != NOW:
        return None, work_date, [_earlier_question(case, plan.entries)]
    return plan, work_date, []


def _earlier_question(case: ContractCase, entries: Sequence[PlannedEntry]) -> Finding:
    days = Span(min(one.days.first for one in entries), max(one.days.last for one in entries))
    amount = sum((one.figures.amount for one in entries), Decimal(0))
    return contract_finding(case, "contract_earlier_question", days=days, amount=money(amount))


# --- the end ----------------------------------------------------------------------------------------------------------


async def cancel_contract(
    acting: Acting,
    kind: str,
    no: str,
    row_version: int | None = None,
    reason_code: str = "",
    confirmed: frozenset[str] = NO_ANSWERS,
    expire_on: date | None = None,
) -> ContractSaved:
    """Cancels a contract or quote; credits and deletes nothing, unless its lines are to expire on a day and what was
    billed from it on to be credited in the same step (C-43)."""

    async def work(session: Session, case: ContractCase, memo: Document | None) -> ContractSaved:
        if unknown := await unknown_references(session, tables.ServiceContract, {"cancel_reason_code": reason_code}):
            raise Refused(unknown)
        made: MadeCredit | None = None
        asked: list[Finding] = []
        pending = case
        if expire_on is not None and kind == "contract":
            if early := not_yet_credited(case, expire_on, acting.work_date):
                raise Refused(early)
            credits = expiring(case, expire_on, await load_entries(session, [no]), acting.work_date)
            asked = [one for one in expiring_question(case, expire_on, credits) if one.code not in confirmed]
            _, made = await expire_and_credit(session, acting, case, memo, expire_on)
            case = await load_case(session, kind, no) or case
        left = await prepaid_left(session, no) if kind == "contract" else Decimal(0)
        if findings := [*cancel_findings(pending, reason_code, left, confirmed), *asked]:
            raise Refused(findings)
        after = changed(case, contract=cancelled(case, reason_code))
        batches = await filing_batches(session, acting, kind, no, "cancelled")
        batches += change_with_traces(acting, case, after, "")
        if case.contract.is_signed:
            loss = -case.contract.annual_amount
            batches.append(gain_or_loss(acting, after, "cancelled", loss, reason_code=reason_code))
        given = await _given_away(session, acting, case) if case.contract.is_signed and kind == "contract" else []
        gaps = [Gap(line.line_no, days, charged(line, days).amount) for line, days in given]
        batches.append(_waivers(acting, no, gaps, CANCELLED))
        await session.execute_all(_some(batches))
        saved = credited_saved(case, made) if made else ContractSaved(kind, no)
        return changed(saved, notices=(*saved.notices, *cancel_notices(case, given, acting.work_date)))

    return await crediting(no, row_version, work, kind)


async def _given_away(session: Session, acting: Acting, case: ContractCase) -> list[tuple[ContractLine, Span]]:
    """The days that nobody billed and, with the contract cancelled, nobody will (C-171)."""
    no = case.contract.no
    removed = (await load_removed(session, [no])).get(no, [])
    known = Known(
        await load_entries(session, [no]),
        await load_waivers(session, no),
        (await load_left_out(session, [no])).get(no, []),
        [(one.line, one.removed_on) for one in removed],
    )
    return open_at_the_end(case.contract, case.lines, known, acting.work_date)


async def prepaid_left(session: Session, no: str) -> Decimal:
    """What was posted to the prepaid account for a contract and is not released, above 0 (C-43)."""
    rows = await session.fetch(
        "SELECT COALESCE(SUM(amount_lcy), 0) FROM service_ledger_entry WHERE service_contract_no <> ''"
        " AND service_contract_no = ? AND type = 'service_contract' AND prepaid AND NOT moved_from_prepaid"
        " AND NOT open",
        no,
    )
    return -decimal_from(int(rows[0][0]), 5)


async def delete_contract(
    acting: Acting, kind: str, no: str, row_version: int | None = None, confirmed: frozenset[str] = NO_ANSWERS
) -> ContractSaved:
    """Deletes what was never signed, or is cancelled; posted entries stay (C-44)."""
    async with transaction() as session:
        case = await load_case(session, kind, no, lock=True)
        if refused := stale(case, kind, no, row_version):
            return refused
        assert case is not None
        rows = await session.fetch(
            "SELECT 1 FROM service_ledger_entry WHERE service_contract_no <> '' AND service_contract_no = ? AND open"
            " AND NOT prepaid LIMIT 1",
            no if kind == "contract" else "-",
        )
        if findings := delete_findings(case, bool(rows), confirmed):
            return ContractSaved(kind, no, findings=tuple(findings))
        await session.execute_all(_removal(case))
        return ContractSaved(kind, no)


def _removal(case: ContractCase) -> list[Batch]:
    contract, place = case.contract, [(case.contract.kind, case.contract.no)]
    parts = ("service_contract_line", "contract_discount", "contract_comment")
    batches: list[Batch] = [(f"DELETE FROM {table} WHERE kind = ? AND contract_no = ?", place) for table in parts]
    if case.setup.service.delete_filed_contracts:
        filed = "SELECT file_no FROM filed_contract WHERE kind = ? AND no = ?"
        batches += [
            (f"DELETE FROM {table} WHERE file_no IN ({filed})", place)
            for table in ("filed_contract_line", "filed_contract_discount")
        ]
        batches.append(("DELETE FROM filed_contract WHERE kind = ? AND no = ?", place))
    return [*batches, ("DELETE FROM service_contract WHERE kind = ? AND no = ?", [(contract.kind, contract.no)])]


async def file_contract(acting: Acting, kind: str, no: str) -> ContractSaved:
    """Files a copy on request (C-42)."""
    async with transaction() as session:
        case = await load_case(session, kind, no, lock=True)
        if refused := stale(case, kind, no, None):
            return refused
        await session.execute_all(_some(await filing_batches(session, acting, kind, no)))
        return ContractSaved(kind, no)

"""Making and changing contracts and quotes: lock, let the core say what follows, write what differs (C-23 … C-40)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from db import contracts as tables
from db.engine import reading, transaction
from db.session import Batch, Session
from webapp.billing.amounts import balanced
from webapp.billing.case import ContractCase
from webapp.billing.changes import (
    HEADER_FIELDS,
    Typing,
    blocked_notices,
    change_header,
    new_contract,
    with_periods,
    with_template,
)
from webapp.billing.checks import contract_finding
from webapp.billing.line_changes import (
    LINE_FIELDS,
    LineTyping,
    change_line,
    new_contract_line,
    next_line_no,
)
from webapp.billing.records import ContractLine, Template
from webapp.posting.findings import Finding, finding
from webapp.posting.records import changed
from webapp.store.acting import Acting
from webapp.store.catalogs import load_people
from webapp.store.contract_invoices import MadeInvoice
from webapp.store.contract_records import change_batches, insert_batches, load_case
from webapp.store.contract_traces import change_log, gain_or_loss
from webapp.store.drafts import unknown_references
from webapp.store.numbers import new_document_number
from webapp.store.readers import ITEMS, SERVICE_ITEMS
from webapp.store.removed_lines import removal_batch
from webapp.store.rows import DoesNotFit, Reader
from webapp.store.setup_cache import load_setup

Values = Mapping[str, Any]
KIND_NAMES = {"quote": "Quote", "contract": "Contract"}
TEMPLATES = Reader(Template, tables.ContractTemplate)
NO_ANSWERS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ContractSaved:
    """What came of a change: why it was refused (`findings`), what else happened (`notices`), which invoices and credit
    memos were made."""

    kind: str = "contract"
    no: str = ""
    line_no: int | None = None
    findings: tuple[Finding, ...] = ()
    notices: tuple[Finding, ...] = ()
    invoices: tuple[MadeInvoice, ...] = ()
    credit_memos: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.findings


class Refused(Exception):
    """Something was found after the first row was written: the transaction is taken back."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(one.message for one in findings))


async def load_contract(kind: str, no: str) -> ContractCase | None:
    """The contract as it stands; None when it does not exist (any more)."""
    async with reading() as session:
        return await load_case(session, kind, no)


# --- making -----------------------------------------------------------------------------------------------------------


async def create_contract(acting: Acting, kind: str, values: Values) -> ContractSaved:
    """Makes a contract or quote from typed values and a template; the number comes from the series unless typed."""
    async with transaction() as session:
        setup = await load_setup(session)
        typed, template_no = str(values.get("no") or ""), str(values.get("template_no") or "")
        contract = new_contract(kind, acting.work_date)
        template = await _template(session, template_no)
        fields = {name: value for name, value in values.items() if name not in ("no", "template_no")}
        findings = _unknown_fields(fields, HEADER_FIELDS)
        findings += await unknown_references(session, tables.ServiceContract, fields)
        if template_no and template is None:
            findings.append(
                finding("reference_unknown", table="contract_template", field="template_no", name=template_no)
            )
        if not fields.get("customer_no"):
            findings.append(finding("field_required", field="customer_no"))
        if findings:
            return ContractSaved(kind, findings=tuple(findings))
        if template is not None:
            contract = with_template(contract, template)
        case = ContractCase(setup, contract, ())
        change = change_header(await _typing(session, case, fields, NO_ANSWERS, ""), fields)
        if change.findings:
            return ContractSaved(kind, findings=change.findings)
        no, found = await new_document_number(
            session, setup, setup.service.contract_nos, typed, acting.work_date, kind="Contract"
        )
        found = [*found, *(await _number_used(session, no) if typed and not found else [])]
        if found:
            return ContractSaved(kind, findings=tuple(found))
        contract = changed(change.contract, no=no)
        batches = insert_batches(contract, (), acting.user)
        if template is not None:
            batches.append(_template_discounts(kind, no, template_no))
        await session.execute_all([batch for batch in batches if batch[1]])
        people = await load_people(session, [contract.customer_no, contract.bill_to_customer_no])
        return ContractSaved(kind, no, notices=(*change.notices, *blocked_notices(contract, people)))


async def _template(session: Session, no: str) -> Template | None:
    if not no:
        return None
    rows = await session.fetch(TEMPLATES.sql("WHERE no = ?"), no)
    return TEMPLATES.one(rows[0]) if rows else None


def _template_discounts(kind: str, no: str, template_no: str) -> Batch:
    """C-11: the template's discounts become those of the contract."""
    return (
        "INSERT INTO contract_discount (kind, contract_no, type, code, starting_date, discount_pct)"
        " SELECT CAST(? AS VARCHAR(30)), CAST(? AS VARCHAR(20)), type, code, starting_date, discount_pct"
        " FROM contract_template_discount WHERE template_no = ?",
        [(kind, no, template_no)],
    )


async def _number_used(session: Session, no: str) -> list[Finding]:
    """Quotes and contracts share their numbers, and no number comes back (C-7)."""
    rows = await session.fetch(
        "SELECT 1 FROM service_contract WHERE no = ? UNION ALL SELECT 1 FROM filed_contract WHERE no = ?"
        " UNION ALL SELECT 1 FROM service_ledger_entry WHERE service_contract_no <> '' AND service_contract_no = ?"
        " LIMIT 1",
        no,
        no,
        no,
    )
    return [finding("number_used", field="no", no=no)] if rows else []


def _unknown_fields(values: Values, known: frozenset[str]) -> list[Finding]:
    return [finding("field_unknown", field=name, name=name) for name in values if name not in known]


async def copy_contract(acting: Acting, kind: str, no: str, to_kind: str = "") -> ContractSaved:
    """A new open contract or quote with the terms and lines of another one."""
    async with transaction() as session:
        case = await load_case(session, kind, no)
        if case is None:
            return _gone(kind, no)
        target = to_kind or kind
        new_no, found = await new_document_number(
            session, case.setup, case.setup.service.contract_nos, "", acting.work_date, kind="Contract"
        )
        if found:
            return ContractSaved(target, findings=tuple(found))
        blank = new_contract(target, acting.work_date)
        contract = changed(case.contract, no=new_no, **{name: getattr(blank, name) for name in _BEGUN_ANEW})
        lines = tuple(
            changed(
                new_contract_line(changed(case, contract=contract), line.line_no, acting.work_date),
                **{name: getattr(line, name) for name in _COPIED},
            )
            for line in case.lines
        )
        contract = balanced(with_periods(contract), lines)
        discounts = (
            "INSERT INTO contract_discount (kind, contract_no, type, code, starting_date, discount_pct)"
            " SELECT CAST(? AS VARCHAR(30)), CAST(? AS VARCHAR(20)), type, code, starting_date, discount_pct"
            " FROM contract_discount WHERE kind = ? AND contract_no = ?",
            [(target, new_no, kind, no)],
        )
        await session.execute_all([b for b in [*insert_batches(contract, lines, acting.user), discounts] if b[1]])
        return ContractSaved(target, new_no)


_BEGUN_ANEW = (
    "kind", "status", "change_status", "starting_date", "expiration_date", "first_service_date", "last_invoice_date",
    "last_period_end", "cancel_reason_code", "last_price_update_date", "next_price_update_date",
    "last_price_update_pct", "print_increase_text", "row_version",
)  # fmt: skip
_COPIED = (
    "service_item_no", "item_no", "variant_code", "uom", "description", "serial_no", "line_value", "line_discount_pct",
    "line_discount_amount", "line_amount", "line_cost", "profit", "service_period", "response_time_hours",
)  # fmt: skip


# --- changing ---------------------------------------------------------------------------------------------------------

Changed = tuple[ContractCase, ContractSaved]
Work = Callable[[Session, ContractCase], Awaitable[Changed]]


def _gone(kind: str, no: str) -> ContractSaved:
    gone = finding("contract_gone", document=no, kind=KIND_NAMES.get(kind, "Contract"), contract=no)
    return ContractSaved(kind, no, findings=(gone,))


async def change(
    acting: Acting, kind: str, no: str, row_version: int | None, work: Work, gain: str = "manual_update"
) -> ContractSaved:
    """Locks the contract, does the work on it and writes what differs, with its log and what it gains or loses."""
    try:
        async with transaction() as session:
            case = await load_case(session, kind, no, lock=True)
            if refused := stale(case, kind, no, row_version):
                return refused
            assert case is not None
            after, saved = await work(session, case)
            saved = changed(saved, kind=kind, no=no)
            if not saved.findings:
                await session.execute_all(change_with_traces(acting, case, after, gain))
            return saved
    except DoesNotFit:
        return ContractSaved(kind, no, findings=(finding("amount_too_large", document=no),))


def stale(case: ContractCase | None, kind: str, no: str, row_version: int | None) -> ContractSaved | None:
    """Why a step cannot be done on what was loaded: it is gone, or somebody changed it meanwhile."""
    if case is None:
        return _gone(kind, no)
    if row_version is not None and row_version != case.contract.row_version:
        changed = finding("contract_changed", document=no, kind=KIND_NAMES[kind], contract=no)
        return ContractSaved(kind, no, findings=(changed,))
    return None


def change_with_traces(
    acting: Acting, before: ContractCase, after: ContractCase, gain: str, reason_code: str = ""
) -> list[Batch]:
    batches = change_batches(before.contract, before.lines, after.contract, after.lines)
    if not batches:
        return []
    batches += [change_log(acting, before, after), removal_batch(acting, before, after)]
    if after.contract.is_signed:
        difference = after.contract.annual_amount - before.contract.annual_amount
        batches.append(gain_or_loss(acting, after, gain, difference, reason_code=reason_code))
    return [batch for batch in batches if batch[1]]


async def change_contract(
    acting: Acting,
    kind: str,
    no: str,
    values: Values,
    row_version: int | None = None,
    confirmed: frozenset[str] = NO_ANSWERS,
    way: str = "",
) -> ContractSaved:
    """Types values into the header; `way` says how a new annual amount is spread (C-24, C-53)."""

    async def work(session: Session, case: ContractCase) -> Changed:
        findings = _unknown_fields(values, HEADER_FIELDS)
        findings += await unknown_references(session, tables.ServiceContract, values)
        if findings:
            return case, ContractSaved(findings=tuple(findings))
        made = change_header(await _typing(session, case, values, confirmed, way), values)
        return changed(case, contract=made.contract, lines=made.lines), ContractSaved(
            findings=made.findings, notices=made.notices
        )

    return await change(acting, kind, no, row_version, work)


async def _typing(session: Session, case: ContractCase, values: Values, confirmed: frozenset[str], way: str) -> Typing:
    named = [str(values.get(name) or "") for name in ("customer_no", "bill_to_customer_no")]
    return Typing(case, await load_people(session, named), confirmed, way)


# --- lines ------------------------------------------------------------------------------------------------------------


async def add_contract_line(
    acting: Acting,
    kind: str,
    no: str,
    values: Values,
    row_version: int | None = None,
    confirmed: frozenset[str] = NO_ANSWERS,
) -> ContractSaved:
    """A new line; `line_no` may be given, else it comes after the last (C-25, C-34)."""

    async def work(session: Session, case: ContractCase) -> Changed:
        line_no = int(values.get("line_no") or next_line_no(case.contract, case.lines))
        line = new_contract_line(case, line_no, acting.work_date)
        return await _line_work(session, case, line, values, confirmed)

    return await change(acting, kind, no, row_version, work, "line_added")


async def change_contract_line(
    acting: Acting,
    kind: str,
    no: str,
    line_no: int,
    values: Values,
    row_version: int | None = None,
    confirmed: frozenset[str] = NO_ANSWERS,
) -> ContractSaved:
    """Types values into a line (C-38, C-46 … C-50)."""

    async def work(session: Session, case: ContractCase) -> Changed:
        line = case.line(line_no)
        if line is None:
            return case, ContractSaved(line_no=line_no, findings=(line_gone(case, line_no),))
        return await _line_work(session, case, line, values, confirmed)

    return await change(acting, kind, no, row_version, work)


def line_gone(case: ContractCase, line_no: int) -> Finding:
    return contract_finding(case, "line_gone", line=line_no, gone=line_no)


async def _line_work(
    session: Session, case: ContractCase, line: ContractLine, values: Values, confirmed: frozenset[str]
) -> Changed:
    fields = {name: value for name, value in values.items() if name != "line_no"}
    findings = [changed(one, line=line.line_no) for one in _unknown_fields(fields, LINE_FIELDS)]
    others = {name: value for name, value in fields.items() if name not in ("service_item_no", "item_no")}
    findings += await unknown_references(session, tables.ServiceContractLine, others)
    if findings:
        return case, ContractSaved(line_no=line.line_no, findings=tuple(findings))
    typing = await _line_typing(session, case, line, fields, confirmed)
    made = change_line(typing, fields)
    lines = tuple(sorted((*(x for x in case.lines if x.line_no != line.line_no), made.line), key=lambda x: x.line_no))
    after = changed(case, lines=lines, contract=balanced(case.contract, lines))
    return after, ContractSaved(line_no=line.line_no, findings=made.findings, notices=made.notices)


async def _line_typing(
    session: Session, case: ContractCase, line: ContractLine, values: Values, confirmed: frozenset[str]
) -> LineTyping:
    """What the typed service item or item is, and where else the service item is under contract (C-26)."""
    machine, item = str(values.get("service_item_no") or ""), str(values.get("item_no") or "")
    machines, items, elsewhere = await session.fetch_all(
        [
            (SERVICE_ITEMS.sql("WHERE no = ?"), (machine,)),
            (ITEMS.sql("WHERE no = ?"), (item,)),
            (
                "SELECT l.contract_no FROM service_contract_line l JOIN service_contract c"
                " ON c.kind = l.kind AND c.no = l.contract_no WHERE l.service_item_no = ? AND l.contract_no <> ?"
                " AND c.status <> 'cancelled' ORDER BY l.contract_no",
                (machine, case.contract.no),
            ),
        ]
    )
    return LineTyping(
        case,
        line,
        {one.no: one for one in SERVICE_ITEMS.all(machines)},
        {one.no: one for one in ITEMS.all(items)},
        {machine: tuple(str(row[0]) for row in elsewhere)},
        confirmed,
    )


# --- remarks ----------------------------------------------------------------------------------------------------------


async def add_comment(acting: Acting, kind: str, no: str, text: str) -> ContractSaved:
    """A remark on a contract."""
    async with transaction() as session:
        if await load_case(session, kind, no) is None:
            return _gone(kind, no)
        if not text.strip():
            return ContractSaved(kind, no, findings=(finding("field_required", field="text", document=no),))
        await session.execute(
            "INSERT INTO contract_comment (kind, contract_no, date, text, user_name) VALUES (?, ?, ?, ?, ?)",
            kind, no, acting.work_date, text.strip(), acting.user,
        )  # fmt: skip
        return ContractSaved(kind, no)

"""Runs that invoice contracts that are due: what they would make, how they begin, one invoice of them (C-84 … C-104).

A run is planned whole when it starts, round by round, a few contracts at a time; each of its rows says which contracts
an invoice is for. When its turn comes they are locked, loaded and planned again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from db.engine import fetch, reading
from db.session import Session
from webapp.billing.case import ContractCase
from webapp.billing.checks import contract_finding
from webapp.billing.invoicing import (
    Billed,
    PlannedInvoice,
    Skipped,
    Terms,
    group_of,
    plan_round,
    plan_run,
    question,
    refusal,
    window_question,
)
from webapp.posting.findings import Finding, finding
from webapp.posting.snapshot import DocumentKey
from webapp.store.acting import Acting
from webapp.store.batch_starts import RunAsked, Task, start_run
from webapp.store.batches import BatchRun, Started
from webapp.store.combine_runs import Made, NotMade
from webapp.store.contract_invoices import MadeInvoice, write_invoices
from webapp.store.contract_lists import unknown_numbers
from webapp.store.contract_records import load_cases
from webapp.store.setup_cache import load_setup

KIND: Final = "contract_invoices"
AT_ONCE: Final = 100
NO_ANSWERS: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class ContractFilter:
    """Whose contracts a run looks at; blank is all (C-84)."""

    bill_to_customer_no: str = ""
    contract_no: str = ""
    currency_code: str = ""
    invoice_period: str = ""

    @property
    def words(self) -> str:
        """As the list of batches says it."""
        asked = [f"{name.replace('_', ' ')} {value}" for name, value in asdict(self).items() if value]
        return f"Contracts with {', '.join(asked)}" if asked else "All contracts that are due"


@dataclass(frozen=True, slots=True)
class RunDates:
    posting_date: date
    invoice_to: date

    def terms(self, acting: Acting) -> Terms:
        return Terms(self.posting_date, self.invoice_to, acting.work_date, acting.user)


@dataclass(frozen=True, slots=True)
class InvoiceToMake:
    """An invoice that the run would make: all that a page shows of it, and no more is kept of it."""

    round_no: int
    bill_to_customer_no: str
    customer_name: str
    currency_code: str
    amount: Decimal
    group: tuple[str, ...]
    billed: tuple[Billed, ...]
    notices: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ContractLeft:
    """A contract that is due and would be skipped, with the reasons."""

    round_no: int
    contract_no: str
    description: str
    bill_to_customer_no: str
    customer_name: str
    due: date | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class RunLook:
    """What a run would do now; the invoices in the order in which they would be made."""

    invoices: tuple[InvoiceToMake, ...]
    skipped: tuple[ContractLeft, ...]
    lcy_code: str

    def totals(self) -> dict[str, Decimal]:
        """What would be invoiced, by currency."""
        sums: dict[str, Decimal] = {}
        for one in self.invoices:
            code = one.currency_code or self.lcy_code
            sums[code] = sums.get(code, Decimal(0)) + one.amount
        return sums

    @property
    def contracts(self) -> int:
        return len({billed.contract_no for one in self.invoices for billed in one.billed})

    def due_after(self, day: date) -> int:
        """How many of the invoices bill what is due only later than this day."""
        return sum(any(billed.due > day for billed in one.billed) for one in self.invoices)


# --- looking --------------------------------------------------------------------------------------------------------


async def look_at_run(acting: Acting, dates: RunDates, asked: ContractFilter) -> RunLook:
    """The invoices that a run would make now, and the contracts that it would skip; reads only (C-87, C-102)."""
    terms = dates.terms(acting)
    invoices: list[InvoiceToMake] = []
    skipped: list[ContractLeft] = []
    lcy_code = ""
    async with reading() as session:
        async for cases in _due_cases(session, dates.invoice_to, asked):
            lcy_code = next(iter(cases.values())).setup.ledger.lcy_code
            plan = plan_run(cases.values(), terms)
            invoices += [_to_make(one) for one in plan.invoices]
            skipped += [_left(one) for one in plan.skipped]
    invoices.sort(key=lambda one: one.round_no)
    skipped.sort(key=lambda one: one.round_no)
    return RunLook(tuple(invoices), tuple(skipped), lcy_code)


async def _due_cases(
    session: Session, invoice_to: date, asked: ContractFilter
) -> AsyncIterator[dict[str, ContractCase]]:
    """The contracts that are due, in the order of the run, a few at a time: those of one invoice always together."""
    given = {name: value for name, value in asdict(asked).items() if value}
    named = "".join(f" AND {'no' if name == 'contract_no' else name} = ?" for name in given)
    rows = await session.fetch(
        "SELECT bill_to_customer_no, combine_invoices, next_invoice_date, no FROM service_contract"
        " WHERE kind = 'contract' AND status = 'signed' AND invoice_period <> 'none'"
        f" AND next_invoice_date <= ?{named}",
        invoice_to,
        *given.values(),
    )
    for nos in _some(sorted((str(row[0]), bool(row[1]), row[2], str(row[3])) for row in rows)):
        yield await load_cases(session, nos, documents=False)
        await asyncio.sleep(0)  # others are answered in between


def _some(due: Sequence[tuple[str, bool, date, str]]) -> Iterator[list[str]]:
    nos: list[str] = []
    for (_, combined), rows in groupby(due, key=lambda row: row[:2]):
        for row in rows:
            if len(nos) >= AT_ONCE and not combined:
                yield nos
                nos = []
            nos.append(row[3])
        if len(nos) >= AT_ONCE:
            yield nos
            nos = []
    if nos:
        yield nos


def _to_make(one: PlannedInvoice) -> InvoiceToMake:
    header = one.draft.header
    return InvoiceToMake(
        one.round_no,
        header.bill_to_customer_no,
        header.bill_to_name,
        header.currency_code,
        one.draft.amount,
        group_of(one.draft.shares[0].case.contract),
        tuple(one.billed),
        one.notices,
    )


def _left(one: Skipped) -> ContractLeft:
    contract, payer = one.case.contract, one.case.bill_to
    return ContractLeft(
        one.round_no,
        contract.no,
        contract.description,
        contract.bill_to_customer_no,
        payer.name if payer else "",
        contract.next_invoice_date,
        one.findings,
    )


async def run_questions(acting: Acting, dates: RunDates) -> list[Finding]:
    """What a person is asked before such a run: dates after the work date, a posting date that may not be posted on."""
    terms = dates.terms(acting)
    async with reading() as session:
        setup = await load_setup(session)
    return [*question(terms), *window_question(setup, terms)]


# --- starting -------------------------------------------------------------------------------------------------------


async def start_invoicing(
    acting: Acting,
    dates: RunDates,
    asked: ContractFilter,
    *,
    confirmed: frozenset[str] = NO_ANSWERS,
    token: str = "",
    worker: str = "",
) -> Started:
    """Begins a run over what is due now. Dates after the work date are asked about first, and an invoice-to date far
    after it is refused (C-84). With nothing due the run ends at once, and its result says so."""
    terms = dates.terms(acting)
    wrong = [*refusal(terms), *await unknown_numbers(asked.contract_no, asked.bill_to_customer_no)]
    wrong = wrong or [one for one in question(terms) if one.code not in confirmed]
    if wrong:
        return Started(findings=tuple(wrong))
    look = await look_at_run(acting, dates, asked)
    tasks = [Task(customer_name=one.customer_name, work=_work(one)) for one in look.invoices]
    tasks += [Task(customer_name=one.customer_name, work=_work_of(one), findings=one.findings) for one in look.skipped]
    options = json.dumps({**asdict(dates), **asdict(asked)}, default=str)
    run = RunAsked(KIND, "invoice", options, asked.words)
    return await start_run(acting, run, tasks, token=token, worker=worker)


def _work(one: InvoiceToMake) -> str:
    return _packed(one.round_no, one.bill_to_customer_no, one.group, one.billed)


def _packed(round_no: int, bill_to: str, group: Sequence[str], billed: Sequence[Billed]) -> str:
    contracts = [
        {"no": b.contract_no, "due": b.due, "first": b.first, "last": b.last, "amount": b.amount} for b in billed
    ]
    return json.dumps({"round": round_no, "bill_to": bill_to, "group": group, "contracts": contracts}, default=str)


def _work_of(one: ContractLeft) -> str:
    contracts = [{"no": one.contract_no, "due": one.due}]
    return json.dumps({"round": one.round_no, "bill_to": one.bill_to_customer_no, "contracts": contracts}, default=str)


# --- one invoice ----------------------------------------------------------------------------------------------------


async def make_contract_invoices(session: Session, run: BatchRun, works: Sequence[str]) -> list[Made]:
    """Invoices of the run, in the transaction that writes their outcomes; no contract may be in two of them. A contract
    that somebody invoiced, opened or changed meanwhile is left out and told, the others share the invoice (C-88, C-91,
    C-103). Raises NotMade when the number series has not so many numbers."""
    wanted = [json.loads(work) for work in works]
    nos = [str(one["no"]) for work in wanted for one in work["contracts"]]
    cases = await load_cases(session, nos, lock=True, documents=False)
    terms = run_dates(run).terms(run.acting)
    planned = []
    for work in wanted:
        planned.append(_planned(work, cases, terms))
        await asyncio.sleep(0)  # pages are answered in between
    drafts = [invoice.draft for invoice, _ in planned if invoice is not None]
    if not drafts:
        return [Made(None, tuple(told)) for _, told in planned]
    written, findings = await write_invoices(session, run.acting, drafts)
    if findings:
        raise NotMade(findings)
    made = iter(written)
    return [Made(None, tuple(told)) if one is None else _made(one, next(made), told) for one, told in planned]


def _planned(
    work: Mapping[str, Any], cases: Mapping[str, ContractCase], terms: Terms
) -> tuple[PlannedInvoice | None, list[Finding]]:
    """The invoice of those of its contracts that are as they were, and what is told of the others."""
    told: list[Finding] = []
    fitting: list[ContractCase] = []
    for one in work["contracts"]:
        case = cases.get(one["no"])
        if case is None:
            told.append(finding("contract_gone", document=one["no"], kind="Contract", contract=one["no"]))
        elif changed := _changed_since(case, date.fromisoformat(one["due"]), work["group"]):
            told.append(changed)
        else:
            fitting.append(case)
    plan = plan_round(fitting, terms, int(work["round"]))
    told += [found for left in plan.skipped for found in left.findings]
    return (plan.invoices[0] if plan.invoices else None), told


def _made(planned: PlannedInvoice, made: MadeInvoice, told: Sequence[Finding]) -> Made:
    setup = planned.draft.shares[0].case.setup
    return Made(
        DocumentKey("invoice", made.no),
        (*told, *planned.notices),
        0,
        made.amount,
        made.currency_code or setup.ledger.lcy_code,
        _work(_to_make(planned)),
    )


def contracts_of(work: str) -> set[str]:
    """The contracts that a row of a run is about."""
    return {str(one["no"]) for one in json.loads(work)["contracts"]}


def _changed_since(case: ContractCase, due: date, group: Sequence[str]) -> Finding | None:
    """A contract that is no longer as it was when the run planned it (C-103)."""
    contract = case.contract
    now = contract.next_invoice_date
    if now is not None and now < due:
        return contract_finding(case, "contract_earlier_period_left")
    if now != due or list(group_of(contract)) != list(group):
        return contract_finding(case, "contract_changed_since")
    return None


# --- the stored run -------------------------------------------------------------------------------------------------


def run_dates(run: BatchRun) -> RunDates:
    """What the run was asked for."""
    kept = json.loads(run.options)
    return RunDates(*(date.fromisoformat(kept[field.name]) for field in fields(RunDates)))


def run_filter(run: BatchRun) -> ContractFilter:
    kept = json.loads(run.options)
    return ContractFilter(**{field.name: str(kept[field.name]) for field in fields(ContractFilter)})


@dataclass(frozen=True, slots=True)
class ContractInRun:
    """A contract in a row of a run: the days billed, and for how much; of a skipped one only when it is due."""

    no: str
    due: date | None
    first: date | None
    last: date | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class RowOfRun:
    round_no: int
    bill_to_customer_no: str
    contracts: tuple[ContractInRun, ...]


async def rows_of_run(no: int, positions: Sequence[int]) -> dict[int, RowOfRun]:
    """What these rows of a run are about, by position."""
    if not positions:
        return {}
    rows = await fetch(
        "SELECT position, work FROM batch_run_document WHERE run_no = ?"
        f" AND position IN ({', '.join('?' * len(positions))})",
        no,
        *positions,
    )
    return {int(position): _row_of_run(str(work)) for position, work in rows}


async def open_invoices(nos: Sequence[str]) -> list[str]:
    """Those of these invoices that are still open, neither posted nor deleted since."""
    if not nos:
        return []
    rows = await fetch(
        f"SELECT no FROM service_header WHERE document_type = 'invoice' AND no IN ({', '.join('?' * len(nos))})",
        *nos,
    )
    still = {str(row[0]) for row in rows}
    return [no for no in nos if no in still]


def _row_of_run(work: str) -> RowOfRun:
    kept = json.loads(work)
    return RowOfRun(int(kept["round"]), str(kept["bill_to"]), tuple(_in_run(one) for one in kept["contracts"]))


def _in_run(one: dict[str, Any]) -> ContractInRun:
    due, first, last = (_day(one.get(name)) for name in ("due", "first", "last"))
    amount = Decimal(one["amount"]) if "amount" in one else None
    return ContractInRun(str(one["no"]), due, first, last, amount)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text and text != "None" else None

"""The steps of a contract on pages: sign, open, lock, invoice, cancel, delete. Each says first what it will do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.params import FromPath
from litestar.response import Template

from webapp.billing.case import ContractCase
from webapp.billing.contract import ContractPlan, plan_added, plan_starting
from webapp.billing.coverage import open_at_the_end
from webapp.billing.crediting import expiring
from webapp.billing.lifecycle import QUESTIONS, cancel_notices, joined, joining, sign_findings
from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Link, Visit, page, see_other, told, typist
from webapp.pages.contract_fields import CONTRACTS, QUOTES, contract_href, place_of_path
from webapp.pages.contracts import ContractPage, asked_and_confirmed, linked, load_page
from webapp.pages.document_fields import fields_of
from webapp.posting.findings import Finding
from webapp.security import requires
from webapp.store import contract_drafts, contract_steps
from webapp.store.acting import Acting
from webapp.store.contract_customers import change_customer
from webapp.store.contract_drafts import ContractSaved

__all__ = ["ROUTES"]

STARTING: Final = Field(
    "starting", "choice", label="Days before the first period", options=("", "now", "later", "never")
)
EARLIER: Final = Field("earlier", "choice", label="Days before the period", options=("", "now", "later"))
NEW_LINES: Final = Field("new_lines", "choice", label="New lines in the invoiced period", options=("", "now", "later"))
REASON: Final = Field("reason", "text", label="Reason when they are never billed", length=250)
EXPIRE_ON: Final = Field(
    "expire_on", "day", label="Expire all lines on", hint="Credits what was billed from this day on, the day included."
)
START: Final = Field("start", "day", label="New lines start on")


Run = Callable[[Acting, str, str, Form, frozenset[str]], Awaitable[ContractSaved]]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its address, its words, whose right it needs, what it asks, what it does and says when it is done."""

    name: str
    title: str
    text: str
    button: str
    right: str
    done: str
    run: Run
    fields: tuple[Field, ...] = ()
    kinds: tuple[str, ...] = ("contract", "quote")


async def _sign(acting: Acting, kind: str, no: str, form: Form, confirmed: frozenset[str]) -> ContractSaved:
    values = form.values
    return await contract_steps.sign_contract(
        acting, kind, no, starting=str(values["starting"]), reason=str(values["reason"]), confirmed=confirmed
    )


async def _open(acting: Acting, kind: str, no: str, form: Form, confirmed: frozenset[str]) -> ContractSaved:
    return await contract_steps.open_contract(acting, kind, no)


async def _lock(acting: Acting, kind: str, no: str, form: Form, confirmed: frozenset[str]) -> ContractSaved:
    start: Any = form.values["start"]
    return await contract_steps.lock_contract(acting, kind, no, new_lines=str(form.values["new_lines"]), start=start)


async def _invoice(acting: Acting, kind: str, no: str, form: Form, confirmed: frozenset[str]) -> ContractSaved:
    return await contract_steps.create_contract_invoice(
        acting, no, earlier=str(form.values["earlier"]), confirmed=confirmed
    )


async def _cancel(acting: Acting, kind: str, no: str, form: Form, confirmed: frozenset[str]) -> ContractSaved:
    expire_on = form.values["expire_on"]
    return await contract_steps.cancel_contract(
        acting,
        kind,
        no,
        reason_code=str(form.values["cancel_reason_code"]),
        confirmed=confirmed,
        expire_on=expire_on if isinstance(expire_on, date) else None,
    )


async def _change_customer(acting: Acting, kind: str, no: str, form: Form, confirmed: frozenset[str]) -> ContractSaved:
    return await change_customer(acting, no, str(form.values["customer_no"]).upper(), confirmed=confirmed)


async def _delete(acting: Acting, kind: str, no: str, form: Form, confirmed: frozenset[str]) -> ContractSaved:
    return await contract_steps.delete_contract(acting, kind, no, confirmed=confirmed)


async def _copy(acting: Acting, kind: str, no: str, form: Form, confirmed: frozenset[str]) -> ContractSaved:
    return await contract_drafts.copy_contract(acting, kind, no)


async def _file(acting: Acting, kind: str, no: str, form: Form, confirmed: frozenset[str]) -> ContractSaved:
    return await contract_steps.file_contract(acting, kind, no)


STEPS: Final = {
    step.name: step
    for step in (
        Step(
            "signing",
            "Sign",
            "The contract becomes binding: a copy is filed, it is locked, and from now on it is invoiced.",
            "Sign",
            "contracts.sign",
            "is signed",
            _sign,
            (STARTING, REASON),
        ),
        Step(
            "opening",
            "Open for changes",
            "While the contract is open its header and lines can change and it is not invoiced.",
            "Open",
            "contracts.edit",
            "is open",
            _open,
        ),
        Step(
            "locking",
            "Lock",
            "A locked contract can be invoiced. New lines take effect now.",
            "Lock",
            "contracts.edit",
            "is locked",
            _lock,
            (START, NEW_LINES),
        ),
        Step(
            "invoice",
            "Create service invoice",
            "One invoice for the next period. It stands among the open service invoices until it is posted.",
            "Create invoice",
            "contracts.invoice",
            "is invoiced",
            _invoice,
            (EARLIER,),
            ("contract",),
        ),
        Step(
            "cancelling",
            "Cancel",
            "A cancelled contract is never invoiced again and never comes back. Cancelling credits nothing and deletes"
            " no invoice: credit what is owed first.",
            "Cancel the contract",
            "contracts.sign",
            "is cancelled",
            _cancel,
            (*fields_of("service_contract", ("cancel_reason_code",)), EXPIRE_ON),
        ),
        Step(
            "customer",
            "Change customer",
            "The contract, its service items and every contract that shares one of them go to another customer, with"
            " that customer's payer and payment terms. Salesperson and currency stay.",
            "Change customer",
            "contracts.sign",
            "is the new customer's",
            _change_customer,
            (Field("customer_no", "code", label="New customer no.", lookup="customers"),),
            ("contract",),
        ),
        Step(
            "deletion",
            "Delete",
            "Only what was never signed, or is cancelled, can be deleted. Posted entries stay.",
            "Delete",
            "contracts.edit",
            "is deleted",
            _delete,
        ),
        Step(
            "copy",
            "Copy",
            "A new one with the same terms and lines, to be changed and signed on its own.",
            "Copy",
            "contracts.edit",
            "is copied",
            _copy,
        ),
        Step(
            "filing",
            "File a copy",
            "A copy of header, lines, discounts and comments as they stand now; it never changes.",
            "File a copy",
            "contracts.edit",
            "is filed",
            _file,
        ),
    )
}


def _step(request: Visit, name: str, kind: str) -> Step:
    step = STEPS.get(name)
    if step is None or kind not in step.kinds:
        raise NotFoundException(f"There is no step {name}.")
    if not request.user.may(step.right):
        raise PermissionDeniedException(f"Your role may not do this: {step.title.lower()}.")
    return step


@get(
    [f"{place.path}/{{no:str}}/steps/{{name:str}}" for place in (CONTRACTS, QUOTES)],
    guards=[requires("contracts.edit")],
)
async def show_step(request: Visit, no: FromPath[str], name: FromPath[str]) -> Template:
    kind = place_of_path(request.url.path).kind
    step = _step(request, name, kind)
    shown = await load_page(request, kind, no)
    blank: dict[str, Any] = {one.name: None if one.kind == "day" else "" for one in step.fields}
    case, stops = shown.file.case, list[Finding]()
    if step.name == "signing":
        stops = sign_findings(case, QUESTIONS)
    elif step.name == "invoice":
        _, _, stops = contract_steps.one_invoice(case, request.user.work_date, "now", QUESTIONS)
    elif step.name == "cancelling" and case.contract.is_signed:
        day = request.user.work_date
        stops = cancel_notices(case, open_at_the_end(case.contract, case.lines, shown.file.known, day), day)
    form = show_form(step.fields, blank, request.user.locale)
    return _step_page(request, shown, step, form, stops, stopped=any(one.is_error for one in stops))


def _step_page(
    request: Visit,
    shown: ContractPage,
    step: Step,
    form: Form,
    findings: Sequence[Finding] = (),
    status: int = 200,
    stopped: bool = False,
) -> Template:
    """`stopped`: nothing that could be answered here lets the step go on, so it is not offered."""
    planned = _planned(shown.file.case, step.name, request.user.acting)
    wanted = _asked(step, shown, planned, request.user.acting)
    step_fields = {one.name for one in step.fields}
    ends = form.values.get("expire_on") if step.name == "cancelling" else None
    file, today = shown.file, request.user.work_date
    return page(
        request,
        "contracts/step.html",
        status,
        shown=shown,
        head=shown.head,
        step=step,
        form=form,
        stopped=stopped,
        wanted=wanted,
        findings=[one if one.field in step_fields else linked(one, shown) for one in findings],
        questions=[one for one in findings if one.code in QUESTIONS],
        planned=planned,
        credits=expiring(file.case, ends, file.entries, today) if isinstance(ends, date) else [],
    )


def _asked(step: Step, shown: ContractPage, planned: ContractPlan | None, acting: Acting) -> list[str]:
    """The fields that make sense now: nothing is asked about days that there are not."""
    names = [one.name for one in step.fields]
    case = shown.file.case
    if step.name == "signing" and (planned is None or not planned.entries):
        return []
    if step.name == "locking":
        joins = joining(case, acting.work_date)
        return [] if joins is None else ["start", "new_lines"] if joins.days else ["start"]
    if step.name == "invoice":
        early = planned is not None and any(entry.why != "period" for entry in planned.entries)
        return names if early else []
    return names


def _planned(case: ContractCase, step: str, acting: Acting) -> ContractPlan | None:
    """What an invoice made by the step would hold."""
    contract = case.contract
    if step == "signing" and contract.starting_date is not None and not contract.is_signed:
        return plan_starting(contract, case.lines, contract.starting_date)
    if step == "locking":
        joins = joining(case, acting.work_date)
        if joins is None or joins.days is None:
            return None
        taken_in = joined(case, joins.start)
        return plan_added(taken_in.contract, taken_in.lines)
    if step == "invoice":
        plan, _, _ = contract_steps.one_invoice(case, acting.work_date, "now", QUESTIONS)
        return plan
    return None


@post(
    [f"{place.path}/{{no:str}}/steps/{{name:str}}" for place in (CONTRACTS, QUOTES)],
    guards=[requires("contracts.edit")],
    status_code=200,
)
async def take_step(request: Visit, no: FromPath[str], name: FromPath[str]) -> Response[Any]:
    place = place_of_path(request.url.path)
    step = _step(request, name, place.kind)
    pairs, confirmed = await asked_and_confirmed(request)
    form = read_form(step.fields, pairs, typist(request))
    form.values = {one.name: None if one.kind == "day" else "" for one in step.fields} | form.values
    findings: Sequence[Finding] = form.findings
    if form.ok:
        saved = await step.run(request.user.acting, place.kind, no, form, confirmed)
        if saved.ok:
            return _done(request, place.kind, no, step, saved)
        findings = saved.findings
    shown = await load_page(request, place.kind, no)
    return _step_page(request, shown, step, form, findings, 422)


def _done(request: Visit, kind: str, no: str, step: Step, saved: ContractSaved) -> Response[Any]:
    place = place_of_path(request.url.path)
    links = tuple(Link(f"Invoice {made.no}", f"/service-invoices/{made.no}") for made in saved.invoices)
    text = f"{place.name} {no} {step.done}."
    if step.name == "deletion":
        return see_other(request, place.path, told(text))
    if step.name == "copy":
        return see_other(request, contract_href(saved.kind, saved.no), told(f"{text} This is {saved.no}."))
    for made in saved.invoices:
        text += f" {made.no} bills {made.days}: {made.amount:,.2f}."
    return see_other(request, contract_href(saved.kind, no), told(text, saved.notices, links))


ROUTES: Final = (show_step, take_step)

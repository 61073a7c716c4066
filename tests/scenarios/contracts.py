"""Service contracts in scenarios: how given ones are entered, what was billed before, and the steps of their life."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from db.engine import transaction
from db.session import Session
from tests.scenarios.world import Outcome, World
from webapp.billing import line_changes
from webapp.billing.amounts import balanced, with_amount_per_period
from webapp.billing.case import ContractCase
from webapp.billing.changes import Typing, change_header, new_contract
from webapp.billing.charges import monthly_pieces, one_piece
from webapp.billing.contract import moved_on, plan_period, with_next
from webapp.billing.documents import Share, draft_invoice
from webapp.billing.lifecycle import QUESTIONS
from webapp.billing.periods import Span, period_at, recomputed
from webapp.billing.prices import PriceUpdate
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey
from webapp.store import (
    batch_results,
    batch_work,
    contract_credits,
    contract_drafts,
    contract_removals,
    contract_runs,
    contract_steps,
    drafts,
    price_updates,
    releases,
)
from webapp.store.acting import Acting
from webapp.store.catalogs import load_people
from webapp.store.contract_drafts import ContractSaved
from webapp.store.contract_invoices import write_invoice
from webapp.store.contract_records import change_batches, insert_batches, load_case
from webapp.store.readers import SERVICE_ITEMS
from webapp.store.rows import scaled_from
from webapp.store.setup_cache import load_setup

Row = dict[str, Any]
Step = Mapping[str, Any]
YES = QUESTIONS
HEADER = {
    "customer": "customer_no",
    "bill_to": "bill_to_customer_no",
    "currency": "currency_code",
    "starting_date": "starting_date",
    "expiration_date": "expiration_date",
    "invoice_period": "invoice_period",
    "prepaid": "prepaid",
    "account_group": "contract_account_group",
    "combine_invoices": "combine_invoices",
    "invoice_after_service": "invoice_after_service",
    "automatic_credit_memos": "automatic_credit_memos",
    "allow_unbalanced_amounts": "allow_unbalanced_amounts",
}
UPDATE_PERIODS = {"month": "1M", "quarter": "3M", "half_year": "6M", "year": "1Y"}


# --- what is given ------------------------------------------------------------------------------------------------


async def enter_contract(acting: Acting, given: Mapping[str, Any]) -> None:
    """A contract as it was agreed, then what happened before the first step."""
    async with transaction() as session:
        setup = await load_setup(session)
        contract = changed(new_contract("contract", given["starting_date"]), no=str(given["number"]))
        values: Row = {column: given[word] for word, column in HEADER.items() if word in given}
        values = {name: "" if value is None and name.endswith(("_code", "_group")) else value
                  for name, value in values.items()}  # fmt: skip
        values |= {
            "service_period": "3M",
            "price_update_period": UPDATE_PERIODS[given.get("price_update_period", "year")],
        }
        case = ContractCase(setup, contract, ())
        people = await load_people(session, [str(given["customer"]), str(given.get("bill_to") or "")])
        change = change_header(Typing(case, people), values)
        assert not change.findings, change.findings
        case = changed(case, contract=change.contract)
        for row in given.get("lines") or []:
            case = await _with_line(session, case, row)
        annual = given.get("annual_amount")
        if annual is not None:
            case = changed(case, contract=changed(case.contract, annual_amount=Decimal(annual)))
        await session.execute_all([b for b in insert_batches(case.contract, case.lines, acting.user) if b[1]])
    if given.get("signed"):
        await _was_signed(acting, given)


async def _with_line(session: Session, case: ContractCase, row: Mapping[str, Any]) -> ContractCase:
    machine = str(row.get("service_item") or "")
    items = SERVICE_ITEMS.all(await session.fetch(SERVICE_ITEMS.sql("WHERE no = ?"), machine))
    line = line_changes.new_contract_line(case, int(row["line"]) * 10000, case.contract.starting_date or date.min)
    values: Row = {"service_item_no": machine, "line_value": Decimal(row["line_value"])}
    if "line_discount_pct" in row:
        values["line_discount_pct"] = Decimal(row["line_discount_pct"])
    if "next_planned_service_date" in row:
        values["next_planned_service_date"] = row["next_planned_service_date"]
    if "starting_date" in row:
        line = changed(line, starting_date=row["starting_date"])
    if "expiration_date" in row:
        values["contract_expiration_date"] = row["expiration_date"]
    if "credit_memo_date" in row:
        values["credit_memo_date"] = row["credit_memo_date"]
    typing = line_changes.LineTyping(case, line, {one.no: one for one in items}, confirmed=YES)
    made = line_changes.change_line(typing, values)
    assert not made.findings, made.findings
    lines = (*case.lines, made.line)
    contract = changed(balanced(case.contract, lines), last_line_no=made.line.line_no)
    return changed(case, contract=contract, lines=lines)


async def _was_signed(acting: Acting, given: Mapping[str, Any]) -> None:
    """Signed and locked, with the invoices and credit memos that there were."""
    no = str(given["number"])
    async with transaction() as session:
        case = await load_case(session, "contract", no, lock=True)
        assert case is not None
        signed = changed(case.contract, status="signed", change_status=given.get("change_status", "locked"))
        lines = tuple(changed(line, new_line=False) for line in case.lines)
        await session.execute_all(change_batches(case.contract, case.lines, signed, lines))
        history = [(row["from"], kind, row) for kind in ("posted_invoices", "unposted_invoices", "posted_credit_memos")
                   for row in given.get(kind) or []]  # fmt: skip
        for _, kind, row in sorted(history, key=lambda one: (one[0], one[1])):
            current = await load_case(session, "contract", no)
            assert current is not None
            if kind == "unposted_invoices":
                await _unposted(session, acting, current, row)
            else:
                await _posted(session, acting, current, row, given, back=kind == "posted_credit_memos")
        await _as_given(session, no, given)
    if given.get("unposted_credit_memo"):
        await _open_credit_memo(acting, no, str(given["unposted_credit_memo"]), str(given["customer"]))


async def _unposted(session: Session, acting: Acting, case: ContractCase, row: Mapping[str, Any]) -> None:
    plan = plan_period(case.contract, case.lines, row["posting_date"])
    draft = draft_invoice([Share(case, plan)], row["posting_date"], acting.work_date, acting.user)
    made, findings = await write_invoice(session, acting, draft)
    assert made is not None and made.no == str(row["number"]), findings


async def _posted(
    session: Session,
    acting: Acting,
    case: ContractCase,
    row: Mapping[str, Any],
    given: Mapping[str, Any],
    *,
    back: bool,
) -> None:
    """The entries that a posted invoice left, and the dates that it moved; a posted credit memo takes entries back."""
    contract, days = case.contract, Span(row["from"], row["to"])
    billed = [line for line in case.lines if "lines" not in row or line.line_no // 10000 in row["lines"]]
    await session.execute(
        "INSERT INTO posting_run (user_name, at, source_type, option) VALUES (?, ?, 'invoice', 'invoice')",
        acting.user,
        datetime.now(UTC),
    )
    run = int((await session.fetch("SELECT MAX(no) FROM posting_run"))[0][0])
    for line in billed:
        first = max(days.first, line.starting_date or days.first)
        if first > days.last:
            continue
        own = Span(first, days.last)
        pieces = monthly_pieces(line, own) if contract.prepaid else one_piece(line, own, row["posting_date"])
        for piece in pieces:
            sign = 1 if back else -1
            released = given.get("released_until")
            moved = not contract.prepaid or (released is not None and piece.posting_date <= released)
            names = {
                "posting_run_no": run, "posting_date": piece.posting_date, "entry_type": "sale",
                "type": "service_contract", "no": contract.no, "service_contract_no": contract.no,
                "contract_line_no": line.line_no, "period_from": piece.days.first, "period_to": piece.days.last,
                "invoice_period": contract.invoice_period, "document_type": "credit_memo" if back else "invoice",
                "document_no": f"EARLIER-{run}", "customer_no": contract.customer_no,
                "bill_to_customer_no": contract.bill_to_customer_no, "service_item_no": line.service_item_no or None,
                "contract_account_group": contract.contract_account_group,
                "quantity": sign * 100000, "charged_qty": sign * 100000,
                "amount_lcy": scaled_from(sign * piece.figures.amount, 5),
                "amount": scaled_from(sign * piece.figures.amount, 5),
                "unit_price": scaled_from(sign * piece.figures.price, 5),
                "discount_pct": scaled_from(piece.figures.discount_pct, 5),
                "discount_amount": scaled_from(-sign * piece.figures.discount, 5),
                "unit_cost": scaled_from(piece.figures.cost, 5),
                "cost_amount": scaled_from(sign * piece.figures.cost, 5),
                "open": False, "prepaid": contract.prepaid, "moved_from_prepaid": moved, "user_name": acting.user,
                "dim_1": str((row.get("dimensions") or {}).get("DEPT") or ""),
                "dim_2": str((row.get("dimensions") or {}).get("AREA") or ""),
            }  # fmt: skip
            await session.execute(
                f"INSERT INTO service_ledger_entry ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
                *names.values(),
            )
    if back:
        return
    moved_contract = moved_on(contract, days) if contract.next_period_start == days.first else contract
    nos = {line.line_no for line in billed}
    lines = tuple(
        changed(line, invoiced_to_date=max(days.last, line.invoiced_to_date or days.last))
        if line.line_no in nos
        else line
        for line in case.lines
    )
    await session.execute_all(change_batches(contract, case.lines, moved_contract, lines))


async def _as_given(session: Session, no: str, given: Mapping[str, Any]) -> None:
    """The dates that the file writes out."""
    case = await load_case(session, "contract", no)
    assert case is not None
    contract, lines = case.contract, case.lines
    if "next_invoice_date" in given:
        contract = with_next(contract, period_at(contract.agreed, given["next_invoice_date"]))
    if "last_invoice_date" in given:
        contract = changed(contract, last_invoice_date=given["last_invoice_date"])
        if "next_invoice_date" not in given:
            contract = with_next(contract, recomputed(contract.agreed, None, contract.last_invoice_date))
    if "next_price_update_date" in given:
        contract = changed(contract, next_price_update_date=given["next_price_update_date"])
    to = {int(line) * 10000: day for line, day in (given.get("invoiced_to") or {}).items()}
    lines = tuple(changed(line, invoiced_to_date=to[line.line_no]) if line.line_no in to else line for line in lines)
    contract = with_amount_per_period(contract, lines)
    if batches := change_batches(case.contract, case.lines, contract, lines):
        await session.execute_all(batches)


async def _open_credit_memo(acting: Acting, contract: str, no: str, customer: str) -> None:
    values = {"no": no, "customer_no": customer, "posting_date": acting.work_date}
    saved = await drafts.create_document(acting, "credit_memo", values)
    assert saved.ok, saved.findings
    async with transaction() as session:
        await session.execute(
            "INSERT INTO service_document_register (source_kind, source_no, destination_kind, destination_no)"
            " VALUES ('contract', ?, 'credit_memo', ?)",
            contract, no,
        )  # fmt: skip


# --- steps --------------------------------------------------------------------------------------------------------


def outcome(world: World, saved: ContractSaved) -> Outcome:
    """What a step said; the invoices and credit memos that it made are known by their numbers from now on."""
    for made in saved.invoices:
        world.documents[made.no] = DocumentKey("invoice", made.no)
    for no in saved.credit_memos:
        world.documents[no] = DocumentKey("credit_memo", no)
    errors = tuple(changed(one, severity="error") for one in saved.findings)
    return Outcome(errors, saved.notices)


async def sign_contract(world: World, step: Step) -> Outcome:
    answers = {True: "now", False: "later", "never": "never", None: ""}
    confirmed = YES if step.get("answer_next_planned_service_date", True) else YES - {"contract_service_date_missing"}
    saved = await contract_steps.sign_contract(
        world.acting, "contract", str(step["contract"]), starting=answers[step.get("starting_invoice")],
        reason="given away", confirmed=confirmed,
    )  # fmt: skip
    return outcome(world, saved)


async def open_contract(world: World, step: Step) -> Outcome:
    return outcome(world, await contract_steps.open_contract(world.acting, "contract", str(step["contract"])))


async def lock_contract(world: World, step: Step) -> Outcome:
    answer = {True: "now", False: "later", None: ""}[step.get("invoice_new_lines")]
    saved = await contract_steps.lock_contract(world.acting, "contract", str(step["contract"]), new_lines=answer)
    return outcome(world, saved)


async def set_contract(world: World, step: Step) -> Outcome:
    values = {word: value for word, value in step.items() if word != "contract"}
    saved = await contract_drafts.change_contract(
        world.acting, "contract", str(step["contract"]), values, confirmed=YES
    )
    return outcome(world, saved)


LINE = {"service_item": "service_item_no", "line_value": "line_value", "expiration_date": "contract_expiration_date"}


def _line_values(step: Step) -> Row:
    values = {column: step[word] for word, column in LINE.items() if word in step}
    return {name: Decimal(value) if name == "line_value" else value for name, value in values.items()}


async def add_contract_line(world: World, step: Step) -> Outcome:
    values = _line_values(step) | {"line_no": int(step["line"]) * 10000}
    saved = await contract_drafts.add_contract_line(
        world.acting, "contract", str(step["contract"]), values, confirmed=YES
    )
    return outcome(world, saved)


async def set_contract_line(world: World, step: Step) -> Outcome:
    saved = await contract_drafts.change_contract_line(
        world.acting, "contract", str(step["contract"]), int(step["line"]) * 10000, _line_values(step), confirmed=YES
    )
    return outcome(world, saved)


async def delete_contract_line(world: World, step: Step) -> Outcome:
    saved = await contract_removals.delete_contract_line(
        world.acting, "contract", str(step["contract"]), int(step["line"]) * 10000, confirmed=YES
    )
    return outcome(world, saved)


async def credit_contract_line(world: World, step: Step) -> Outcome:
    saved = await contract_credits.credit_contract_line(
        world.acting, str(step["contract"]), int(step["line"]) * 10000, step.get("expiration_date"),
        step.get("credit_memo_date"), confirmed=YES,
    )  # fmt: skip
    return outcome(world, saved)


async def create_contract_invoice(world: World, step: Step) -> Outcome:
    answer = {True: "now", False: "later", None: ""}[step.get("starting_invoice")]
    saved = await contract_steps.create_contract_invoice(
        world.acting, str(step["contract"]), earlier=answer, confirmed=YES
    )
    return outcome(world, saved)


async def create_contract_invoices(world: World, step: Step) -> Outcome:
    """The run over all contracts, worked on to its end; or, to print only, what it would invoice."""
    dates = contract_runs.RunDates(step["posting_date"], step["invoice_to"])
    asked = contract_runs.ContractFilter()
    if step.get("action") == "print_only":
        look = await contract_runs.look_at_run(world.acting, dates, asked)
        rows = [
            {"contract": b.contract_no, "amount_per_period": b.amount_per_period, "expected_amount": b.expected}
            for one in look.invoices
            for b in one.billed
        ]
        return Outcome(notices=tuple(found for left in look.skipped for found in left.findings), shown=rows)
    confirmed = frozenset({"contract_run_future"}) if step.get("confirm") else frozenset[str]()
    worker = batch_work.Worker()
    begun = await contract_runs.start_invoicing(world.acting, dates, asked, confirmed=confirmed, worker=worker.name)
    if begun.no is None:
        return Outcome(begun.findings)
    run = await batch_work.finish(worker, begun.no)
    documents, _ = await batch_results.batch_documents(run.no, limit=1000)
    for one in documents:
        if one.document_no:
            world.documents[one.document_no] = DocumentKey("invoice", one.document_no)
    notices = tuple(
        changed(found, message=f"{found.document}: {found.message}") for one in documents for found in one.findings
    )
    return Outcome((), notices, said=(run.summary,))


async def release_prepaid(world: World, step: Step) -> Outcome:
    """The release run over all contracts, after a look at what it will release; contracts that it skips are told."""
    asked = releases.ReleaseAsked(step.get("posting_date", world.acting.work_date), step.get("until"))
    planned, _ = await releases.look_at_release(world.acting, asked)
    worker = batch_work.Worker()
    begun = await releases.start_release(world.acting, asked, worker=worker.name)
    if begun.no is None:
        return Outcome(begun.findings)
    run = await batch_work.finish(worker, begun.no)
    done = [row for _, _, row in await releases.rows_of_release(run.no)]
    assert [(one.contract_no, one.amount if not one.findings else 0) for one in planned] == [
        (one.contract_no, one.amount) for one in done
    ], "released what was shown before"
    return Outcome((), tuple(found for one in done for found in one.findings), said=(run.summary,))


async def update_contract_prices(world: World, step: Step) -> Outcome:
    asked = PriceUpdate(step["update_to"], Decimal(step["pct"]))
    looked = await price_updates.look_at_prices(world.acting, asked)
    done, found = await price_updates.update_prices(world.acting, asked, YES)
    assert [one.before.contract.no for one in looked] == [no for no, _ in done], "updated what was shown before"
    return Outcome(tuple(found), tuple(one for _, findings in done for one in findings))


async def clear_stored_dates(world: World, step: Step) -> Outcome:
    """A damaged record, which the product itself never makes."""
    async with transaction() as session:
        await session.execute(
            "UPDATE service_document_register SET invoice_period = 'blank', invoiced_to_dates = ''"
            " WHERE destination_kind = 'invoice' AND destination_no = ?",
            str(step["document"]),
        )
    return Outcome()


VERBS = {
    "sign_contract": sign_contract,
    "open_contract": open_contract,
    "lock_contract": lock_contract,
    "set_contract": set_contract,
    "add_contract_line": add_contract_line,
    "set_contract_line": set_contract_line,
    "delete_contract_line": delete_contract_line,
    "credit_contract_line": credit_contract_line,
    "create_contract_invoice": create_contract_invoice,
    "create_contract_invoices": create_contract_invoices,
    "clear_stored_dates": clear_stored_dates,
    "release_prepaid": release_prepaid,
    "update_contract_prices": update_contract_prices,
}

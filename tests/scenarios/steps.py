"""`when`: one function per verb of the format. Each calls the service that the page calls and gives its outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from db.engine import reading
from tests.looking import cancel_differences, differences, look, undo_differences
from tests.scenarios import contracts, looking
from tests.scenarios.compare import Mismatch
from tests.scenarios.given import exact, header_values
from tests.scenarios.world import NotBuilt, Outcome, World, posted_no
from webapp.billing.combining import CombineOptions
from webapp.billing.lifecycle import QUESTIONS
from webapp.posting.findings import Finding
from webapp.posting.records import changed
from webapp.posting.snapshot import BatchDates, DocumentKey, PostingRequest
from webapp.posting.undo import Kind, UndoRequest
from webapp.store import (
    batch_results,
    batch_work,
    batches,
    combine_runs,
    combined_invoices,
    consume,
    drafts,
    invoiced_order_runs,
    posting,
)
from webapp.store.cancel import cancel_invoice, look_at_cancel
from webapp.store.masters import MASTERS, save_master
from webapp.store.preview import planned_rows
from webapp.store.test_reports import record_test, report_on
from webapp.store.undo import look_at_undo, undo_lines

Step = Mapping[str, Any]
Verb = Callable[[World, Step], Awaitable[Outcome]]


async def run_step(world: World, verb: str, step: Step) -> Outcome:
    """Runs one step, and notes what it showed."""
    world.reached.add(verb)
    if verb not in VERBS:
        raise NotBuilt(verb)
    outcome = await VERBS[verb](world, step or {})
    world.note(outcome)
    return outcome


def _saved(saved: drafts.Saved) -> Outcome:
    return Outcome(tuple(saved.findings), tuple(saved.notices))


# --- posting ------------------------------------------------------------------------------------------------------


async def post(world: World, step: Step) -> Outcome:
    """Posts, after a look at what will be posted: preview, posting page and test report must have said the same."""
    key = world.key(step["document"])
    request = posting_request(key, step)
    looked = await look(world.acting, key, request)
    result = await posting.post_document(world.acting, key, request)
    if looked is None:
        return Outcome(tuple(result.findings), tuple(result.notices))
    if differ := await differences(looked, result):
        raise Mismatch("not posted as shown before:\n" + "\n".join(differ))
    return Outcome(tuple(result.findings), tuple(result.notices), looked.findings["test report"])


def posting_request(key: DocumentKey, step: Step) -> PostingRequest:
    """Orders say what to post; invoices ship and invoice, credit memos invoice, each as a whole."""
    if key.document_type == "order":
        lines = step.get("lines")
        return PostingRequest(
            ship=bool(step.get("ship")),
            consume=bool(step.get("consume")),
            invoice=bool(step.get("invoice")),
            lines=None if lines is None else frozenset(int(line) * 10000 for line in lines),
        )
    return PostingRequest(ship=key.document_type == "invoice", invoice=True)


async def preview(world: World, step: Step) -> Outcome:
    """The documents with their numbers, the entries by ledger; the findings instead of them when there are errors."""
    key = world.key(step["document"])
    plan = await posting.plan_document(world.acting, key, posting_request(key, step))
    assert plan is not None
    rows = planned_rows(plan, world.acting.user)
    counts = {ledger: len(rows[name]) for name, ledger in LEDGERS.items() if name in rows}
    shown = {
        "counts": counts,
        "document_numbers": {role: number.no for role, number in plan.numbers.items()} if plan.may_post else {},
        "amount": plan.totals.amount,
        "amount_incl_vat": plan.totals.amount_including_vat,
    }
    return Outcome(plan.findings, plan.notices, plan.findings, shown)


# What the format calls a ledger.
LEDGERS = {
    "gl": "gl_entries",
    "vat": "vat_entries",
    "customer": "customer_ledger",
    "detailed": "detailed_customer_ledger",
    "item": "item_ledger",
    "value": "value_entries",
    "resource": "resource_ledger",
    "service": "service_ledger",
    "warranty": "warranty_ledger",
}


async def test_report(world: World, step: Step) -> Outcome:
    """Reports and writes down that it did. A report is never refused: what it found is what it says."""
    keys = [world.key(no) for no in step["documents"]]
    request = PostingRequest(ship=bool(step.get("ship")), invoice=bool(step.get("invoice")))
    plans = await report_on(world.acting, keys, request)
    await record_test(world.acting, keys, request)
    found = [found for plan in plans.values() if plan for found in plan.findings]
    notices = [found for plan in plans.values() if plan for found in plan.notices]
    rows = [
        {
            "document": key.no,
            "ship": request.ship,
            "invoice": request.invoice,
            "amount": plan.totals.amount,
            "invoice_discount": plan.totals.inv_discount,
            "vat_amount": plan.totals.vat,
            "amount_incl_vat": plan.totals.amount_including_vat,
        }
        for key, plan in plans.items()
        if plan
    ]
    return Outcome((), (*found, *notices), tuple(found), rows)


# --- batches ------------------------------------------------------------------------------------------------------


async def batch_post(world: World, step: Step) -> Outcome:
    """A run over the documents, worked on to its end. It is refused only when it is not even started."""
    keys = [world.key(no) for no in step["documents"]]
    dates = BatchDates(
        step.get("posting_date"),
        bool(step.get("replace_posting_date")),
        bool(step.get("replace_document_date")),
    )
    request = changed(
        posting_request(keys[0], step),
        dates=dates,
        calculate_invoice_discount=bool(step.get("calculate_invoice_discount")),
    )
    plans = await report_on(world.acting, keys, request)
    before = tuple(found for plan in plans.values() if plan for found in plan.findings)
    chosen = batches.Selection(nos=tuple(key.no for key in keys))
    worker = batch_work.Worker()
    begun = await batches.start_batch(world.acting, keys[0].document_type, request, chosen, worker=worker.name)
    return await _ended(begun, worker, before)


async def retry_failed(world: World, step: Step) -> Outcome:
    async with reading() as session:
        last = int((await session.fetch("SELECT MAX(no) FROM batch_run"))[0][0])
    worker = batch_work.Worker()
    return await _ended(await batches.retry_batch(world.acting, last, worker=worker.name), worker)


async def _ended(begun: batches.Started, worker: batch_work.Worker, before: tuple[Finding, ...] = ()) -> Outcome:
    if begun.no is None:
        return Outcome(begun.findings, before=before)
    run = await batch_work.finish(worker, begun.no)
    documents, _ = await batch_results.batch_documents(run.no, limit=1000)
    notices = tuple(found for one in documents for found in one.findings)
    return Outcome((), notices, before, documents, (run.summary,))


async def combine_shipments(world: World, step: Step) -> Outcome:
    """A run over all marked orders, worked on to its end; its invoices are named in the order in which they arose."""
    options = CombineOptions(
        step.get("posting_date"), step.get("document_date"), post_invoices=bool(step.get("post_invoices"))
    )
    worker = batch_work.Worker()
    begun = await combine_runs.start_combining(world.acting, combine_runs.CombineFilter(), options, worker=worker.name)
    outcome = await _ended(begun, worker)
    made = [one.document_no for one in outcome.shown or () if one.document_no]
    world.names |= {no: f"new invoice {len(world.names) + at}" for at, no in enumerate(made, 1)}
    return outcome


async def delete_invoiced_orders(world: World, step: Step) -> Outcome:
    worker = batch_work.Worker()
    asked = invoiced_order_runs.InvoicedFilter()
    return await _ended(await invoiced_order_runs.start_deleting(world.acting, asked, worker=worker.name), worker)


async def close_order(world: World, step: Step) -> Outcome:
    return _saved(await drafts.close_order(world.acting, world.key(step["document"])))


# --- undoing ------------------------------------------------------------------------------------------------------


async def undo_shipment(world: World, step: Step) -> Outcome:
    return await _undo(world, step, "undo_shipment")


async def undo_consumption(world: World, step: Step) -> Outcome:
    return await _undo(world, step, "undo_consumption")


async def _undo(world: World, step: Step, kind: Kind) -> Outcome:
    """Undoes one line, after a look at what will be undone: the page must have said and shown the same."""
    request = UndoRequest(kind, frozenset({int(step["line"]) * 10000}))
    shipment_no = await posted_shipment(str(step["document"]), int(step.get("nth", 1)))
    looked = await look_at_undo(world.acting, shipment_no, request)
    result = await undo_lines(world.acting, shipment_no, request)
    assert looked is not None and result is not None
    if differ := await undo_differences(looked, result, world.acting.user):
        raise Mismatch("not undone as shown before:\n" + "\n".join(differ))
    return Outcome(tuple(result.findings))


async def consume_shipped(world: World, step: Step) -> Outcome:
    shipment_no = await posted_shipment(str(step["document"]), int(step.get("nth", 1)))
    result = await consume.consume_shipped(world.acting, shipment_no, frozenset({int(step["line"]) * 10000}))
    assert result is not None
    return Outcome(tuple(result.findings), tuple(result.notices))


# --- cancelling ---------------------------------------------------------------------------------------------------


async def cancel_posted_invoice(world: World, step: Step) -> Outcome:
    return await _cancel(world, step, correct=False)


async def correct_posted_invoice(world: World, step: Step) -> Outcome:
    return await _cancel(world, step, correct=True)


async def _cancel(world: World, step: Step, *, correct: bool) -> Outcome:
    """Cancels, after a look at what will be written: the page must have said and shown the same."""
    source, nth = named(step["posted_invoice"])
    no = await posted_no("invoice", source, nth)
    day = step.get("posting_date") or world.acting.work_date
    looked = await look_at_cancel(world.acting, no, day)
    result = await cancel_invoice(world.acting, no, day, correct=correct)
    assert looked is not None and result is not None
    if differ := await cancel_differences(looked, result, world.acting.user):
        raise Mismatch("not cancelled as shown before:\n" + "\n".join(differ))
    if result.draft_no:
        world.documents[f"correction of {source}"] = DocumentKey("invoice", result.draft_no)
        world.names[result.draft_no] = f"correction of {source}"
    return Outcome(tuple(result.findings), before=looked.plan.posting.findings)


def named(document: Any) -> tuple[str, int]:
    """A posted document by its source, and which of them; the plain name is the first."""
    if isinstance(document, Mapping):
        return str(document["document"]), int(document.get("nth", 1))
    return str(document), 1


async def posted_shipment(order_no: str, nth: int) -> str:
    """The number of the nth posted shipment of an order."""
    async with reading() as session:
        sql = "SELECT no FROM service_shipment_header WHERE order_no = ? ORDER BY posting_run_no, no"
        return str((await session.fetch(sql, order_no))[nth - 1][0])


# --- typing -------------------------------------------------------------------------------------------------------

LINE_FIELDS = {"qty": "quantity"}
HEADER_FIELDS = {"payment_method": "payment_method_code"}
CODES = ("payment_method_code", "customer_posting_group")


async def set_line(world: World, step: Step) -> Outcome:
    """Types all fields of the step at once: one that is refused changes nothing, and their order plays no role."""
    changes = {LINE_FIELDS.get(word, word): exact(step[word]) for word in step if word not in ("document", "line")}
    key = world.key(step["document"])
    return _saved(await drafts.change_line(world.acting, key, await _line_no(key, int(step["line"])), changes))


async def _line_no(key: DocumentKey, line: int) -> int:
    """The line no.; on a contract's document texts are not counted (FORMAT.md 6)."""
    document = await drafts.load_document(key)
    if document is None or not document.header.contract_no or key.document_type == "order":
        return line * 10000
    return [one.line_no for one in document.lines if not one.is_text][line - 1]


async def set_header(world: World, step: Step) -> Outcome:
    changes = {HEADER_FIELDS.get(word, word): value for word, value in step.items() if word != "document"}
    changes |= {name: str(changes[name] or "").upper() for name in CODES if name in changes}
    return _saved(await drafts.change_header(world.acting, world.key(step["document"]), changes, answer="yes"))


async def create(world: World, step: Step) -> Outcome:
    """A new empty invoice."""
    document = step["service_invoice"]
    saved = await drafts.create_document(world.acting, "invoice", header_values(document))
    if saved.key is not None:
        world.documents[str(document["number"])] = saved.key
    return _saved(saved)


async def get_shipment_lines(world: World, step: Step) -> Outcome:
    """All lines of these shipments that are not invoiced; what another open invoice holds of them refuses the step."""
    places = []
    for shipment in step["shipments"]:
        no = await posted_shipment(str(shipment["order"]), int(shipment.get("nth", 1)))
        async with reading() as session:
            rows = await session.fetch(
                "SELECT document_no, line_no FROM service_shipment_line WHERE document_no = ?"
                " AND qty_shipped_not_invoiced <> 0 ORDER BY line_no",
                no,
            )
        places += [(str(document_no), int(line_no)) for document_no, line_no in rows]
    got = await combined_invoices.take_shipment_lines(world.acting, world.key(step["document"]), places)
    return _saved(got.saved)


async def calculate_invoice_discount(world: World, step: Step) -> Outcome:
    return _saved(await drafts.calculate_invoice_discount(world.acting, world.key(step["document"])))


async def set_invoice_discount(world: World, step: Step) -> Outcome:
    key, amount = world.key(step["document"]), exact(step["amount"])
    return _saved(await drafts.set_invoice_discount(world.acting, key, amount))


async def delete(world: World, step: Step) -> Outcome:
    answers = QUESTIONS if step.get("confirm") else frozenset[str]()
    return _saved(await drafts.delete_document(world.acting, world.key(step["document"]), confirmed=answers))


# --- master data --------------------------------------------------------------------------------------------------


async def block_customer(world: World, step: Step) -> Outcome:
    blocked = {"blocked": step["blocked"] or "none"}
    _, findings = await save_master(world.acting, MASTERS["customers"], (str(step["customer"]),), blocked, None)
    return Outcome(tuple(findings))


async def set_posting_group(world: World, step: Step) -> Outcome:
    key = (str(step["code"]).upper(),)
    account = {"receivables": step["receivables"]}
    _, findings = await save_master(world.acting, MASTERS["customer-posting-groups"], key, account, None)
    return Outcome(tuple(findings))


VERBS: dict[str, Verb] = {
    "post": post,
    "preview": preview,
    "test_report": test_report,
    "batch_post": batch_post,
    "retry_failed": retry_failed,
    "close_order": close_order,
    "combine_shipments": combine_shipments,
    "delete_invoiced_orders": delete_invoiced_orders,
    "undo_shipment": undo_shipment,
    "undo_consumption": undo_consumption,
    "consume_shipped": consume_shipped,
    "cancel_posted_invoice": cancel_posted_invoice,
    "correct_posted_invoice": correct_posted_invoice,
    "set": set_line,
    "set_header": set_header,
    "create": create,
    "get_shipment_lines": get_shipment_lines,
    "statistics": looking.statistics,
    "find_entries": looking.entries_found,
    "print": looking.print_paper,
    "calculate_invoice_discount": calculate_invoice_discount,
    "set_invoice_discount": set_invoice_discount,
    "delete": delete,
    "block_customer": block_customer,
    "set_posting_group": set_posting_group,
    **contracts.VERBS,
}

"""`when`: one function per verb of the format. Each calls the service that the page calls and gives its outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tests.scenarios.given import exact, header_values
from tests.scenarios.world import NotBuilt, Outcome, World
from webapp.posting.snapshot import DocumentKey, PostingRequest
from webapp.store import drafts, posting
from webapp.store.masters import MASTERS, save_master

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
    key = world.key(step["document"])
    request = posting_request(key, step)
    plan = await posting.plan_document(world.acting, key, request)
    result = await posting.post_document(world.acting, key, request)
    return Outcome(tuple(result.findings), tuple(result.notices), tuple(plan.findings) if plan else ())


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


async def close_order(world: World, step: Step) -> Outcome:
    return _saved(await drafts.close_order(world.acting, world.key(step["document"])))


# --- typing -------------------------------------------------------------------------------------------------------

LINE_FIELDS = {"qty": "quantity"}
HEADER_FIELDS = {"payment_method": "payment_method_code"}
CODES = ("payment_method_code", "customer_posting_group")


async def set_line(world: World, step: Step) -> Outcome:
    """Types all fields of the step at once: one that is refused changes nothing, and their order plays no role."""
    changes = {LINE_FIELDS.get(word, word): exact(step[word]) for word in step if word not in ("document", "line")}
    key, line_no = world.key(step["document"]), int(step["line"]) * 10000
    return _saved(await drafts.change_line(world.acting, key, line_no, changes))


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


async def calculate_invoice_discount(world: World, step: Step) -> Outcome:
    return _saved(await drafts.calculate_invoice_discount(world.acting, world.key(step["document"])))


async def set_invoice_discount(world: World, step: Step) -> Outcome:
    key, amount = world.key(step["document"]), exact(step["amount"])
    return _saved(await drafts.set_invoice_discount(world.acting, key, amount))


async def delete(world: World, step: Step) -> Outcome:
    return _saved(await drafts.delete_document(world.acting, world.key(step["document"])))


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
    "close_order": close_order,
    "set": set_line,
    "set_header": set_header,
    "create": create,
    "calculate_invoice_discount": calculate_invoice_discount,
    "set_invoice_discount": set_invoice_discount,
    "delete": delete,
    "block_customer": block_customer,
    "set_posting_group": set_posting_group,
}

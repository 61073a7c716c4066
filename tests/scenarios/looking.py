"""Verbs that look at a document and change nothing in the books: statistics, find entries, print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.scenarios.world import Outcome, World, posted_no
from webapp.paper.document import Paper
from webapp.posting.statistics import Statistics, statistics_of
from webapp.store.find_entries import Asked, find_entries
from webapp.store.issues import issue, papers_of
from webapp.store.posted import PostedDocument, load_posted
from webapp.store.statistics import credit_of, statistics_of_document

Step = Mapping[str, Any]
KINDS = {"posted_shipment": "shipment", "posted_invoice": "invoice", "posted_credit_memo": "credit_memo"}

# What the format calls a ledger, by the address of its page.
LEDGERS = {
    "general-ledger": "gl_entries",
    "vat": "vat_entries",
    "customer-ledger": "customer_ledger",
    "detailed-customer-ledger": "detailed_customer_ledger",
    "item-ledger": "item_ledger",
    "value-entries": "value_entries",
    "resource-ledger": "resource_ledger",
    "service-ledger": "service_ledger",
    "warranty-ledger": "warranty_ledger",
}


async def posted_of(step: Step) -> PostedDocument:
    """The posted document that the step names by its source."""
    word = next(word for word in KINDS if word in step)
    value = step[word]
    source, nth = (value["document"], int(value.get("nth", 1))) if isinstance(value, Mapping) else (value, 1)
    found = await load_posted(KINDS[word], await posted_no(KINDS[word], str(source), nth), with_entries=False)
    assert found is not None
    return found


def figures(found: Statistics) -> dict[str, Any]:
    return {
        "quantity": found.quantity,
        "amount": found.total,
        "invoice_discount": found.inv_discount,
        "vat_amount": found.vat_amount,
        "amount_incl_vat": found.amount_incl_vat,
        "cost": found.cost_lcy,
        "profit": found.profit_lcy,
        "profit_pct": found.profit_pct,
    }


async def statistics(world: World, step: Step) -> Outcome:
    """The figures of an open document, by its parts where it has them, or of a posted one with its payer's credit."""
    if "document" in step:
        open_one = await statistics_of_document(world.acting, world.key(step["document"]))
        assert open_one is not None
        parts = {"general": open_one.general, "invoicing": open_one.invoicing, "shipping": open_one.shipping}
        shown: dict[str, Any] = {name: figures(part) for name, part in parts.items() if part is not None}
        if open_one.invoicing is None:
            shown = shown["general"]
        lines = open_one.inv_discounts.items()
        shown["lines"] = [{"line": line_no // 10000, "inv_discount": amount} for line_no, amount in lines]
        credit = open_one.credit
    else:
        document = await posted_of(step)
        shown = {"quantity": sum(line["quantity"] for line in document.lines)}
        if document.kind != "shipment":
            shown = figures(statistics_of(document.header, document.lines))
        credit = await credit_of(world.acting, document.header["bill_to_customer_no"])
    return Outcome(shown={**shown, "balance": credit.balance_lcy, "credit_limit": credit.credit_limit})


async def entries_found(world: World, step: Step) -> Outcome:
    """Everything that bears the number of a posted document."""
    header = (await posted_of(step)).header
    found = await find_entries(Asked(header["no"], header["posting_date"].isoformat()))
    shown: dict[str, Any] = {f"posted_{one.kind}s": one.count for one in found.documents}
    shown |= {LEDGERS[one.slug]: one.count for one in found.entries}
    shown["amounts"] = {LEDGERS[one.slug]: one.amount for one in found.entries if one.amount is not None}
    return Outcome(shown=shown)


async def print_paper(world: World, step: Step) -> Outcome:
    """Counts the print, and gives what the paper says."""
    document = await posted_of(step)
    key, corrections = (document.kind, str(document.header["no"])), bool(step.get("correction_lines"))
    (count,) = await issue(world.acting, [key], corrections=corrections)
    paper = (await papers_of([key], corrections))[key]
    return Outcome(shown=on_paper(paper, count))


def on_paper(paper: Paper, count: int) -> dict[str, Any]:
    head = paper.head
    shown: dict[str, Any] = {
        "times_printed": count,
        "lines": [_line(line) for line in paper.lines if line["type"] != "blank"],
    }
    if paper.document.kind == "shipment":
        return shown
    return shown | {
        "bill_to": paper.recipient[0],
        "vat_clause": "\n".join(paper.clauses),
        "total": head["amount"],
        "amount_incl_vat": head["amount_including_vat"],
        "due_date": head["due_date"] if paper.document.kind == "invoice" else None,
        "vat": [{"rate": row["vat_pct"], "base": row["base"], "amount": row["amount"]} for row in paper.document.vat],
    }


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    words = {"number": "no", "qty": "quantity", "line_discount_pct": "line_discount_pct", "unit_price": "unit_price"}
    return {word: line[column] for word, column in words.items()} | {"amount": line.get("line_amount")}

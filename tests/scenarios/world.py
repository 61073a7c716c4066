"""The company of one scenario while it runs, and what its steps have shown so far."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from db.engine import reading
from webapp.posting.findings import Finding
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.acting import Acting

TYPES = {"service_orders": "order", "service_invoices": "invoice", "service_credit_memos": "credit_memo"}


class NotBuilt(Exception):
    """The scenario came to a word that the product cannot do yet."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass(frozen=True)
class Outcome:
    """What a step did: refused or done, with everything it said. `before`: what was found just before it, `shown`:
    the rows or the map that the step put on the screen, `said`: messages that are no findings."""

    findings: tuple[Finding, ...] = ()
    notices: tuple[Finding, ...] = ()
    before: tuple[Finding, ...] = ()
    shown: Any = None
    said: tuple[str, ...] = ()

    @property
    def errors(self) -> list[Finding]:
        return [found for found in self.findings if found.is_error]

    @property
    def refused(self) -> bool:
        return bool(self.errors)


@dataclass
class World:
    """One scenario's documents by name, and what was seen."""

    acting: Acting
    documents: dict[str, DocumentKey] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """What a scenario calls the documents that the product numbered itself, by their numbers."""
    outcomes: list[Outcome] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    line_discounts: list[dict[str, Any]] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)
    to_apply: dict[DocumentKey, str] = field(default_factory=dict)

    def key(self, document: str) -> DocumentKey:
        return self.documents[str(document)]

    def know(self, given: Mapping[str, Any]) -> None:
        """The documents that exist before the first step."""
        self._know_contracts(given)
        for name, kind in TYPES.items():
            for document in given.get(name) or []:
                key = DocumentKey(kind, str(document["number"]))
                self.documents[key.no] = key
                if applied := document.get("applies_to"):
                    self.to_apply[key] = str(applied).removeprefix("posted invoice of ")

    def _know_contracts(self, given: Mapping[str, Any]) -> None:
        for contract in given.get("service_contracts") or []:
            for invoice in contract.get("unposted_invoices") or []:
                self.documents[str(invoice["number"])] = DocumentKey("invoice", str(invoice["number"]))
            if no := contract.get("unposted_credit_memo"):
                self.documents[str(no)] = DocumentKey("credit_memo", str(no))

    async def apply_what_is_posted(self) -> None:
        """Types into a credit memo what it is applied to, as soon as that is posted and has a number."""
        for key, source in list(self.to_apply.items()):
            no = await posted_no("invoice", source)
            if no:
                applied = {"applies_to_doc_type": "invoice", "applies_to_doc_no": no}
                saved = await drafts.change_header(self.acting, key, applied)
                assert saved.ok, saved.findings
                del self.to_apply[key]

    def note(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.messages += [f"{found.message} {found.remedy}" for found in (*outcome.findings, *outcome.notices)]
        self.messages += outcome.said

    async def note_line_discount(self, step: int) -> None:
        """The discount of the only line, after each step."""
        async with reading() as session:
            rows = await session.fetch(
                "SELECT line_discount_type, line_discount_pct, line_discount_amount FROM service_line"
            )
        if len(rows) == 1:
            kind, pct, amount = rows[0]
            scaled = Decimal(100000)
            self.line_discounts.append(
                {"after_step": Decimal(step), "type": kind, "pct": pct / scaled, "amount": amount / scaled}
            )


_SOURCES = {
    "shipment": (
        "service_shipment_header",
        "COALESCE(NULLIF(order_no, ''),"
        " (SELECT i.pre_assigned_no FROM service_invoice_header i WHERE i.no = invoice_no))",
    ),
    "invoice": ("service_invoice_header", "COALESCE(NULLIF(pre_assigned_no, ''), NULLIF(order_no, ''))"),
    "credit_memo": ("service_cr_memo_header", "pre_assigned_no"),
}


async def posted_no(kind: str, source: str, nth: int = 1) -> str:
    """The number of the nth posted document of a kind from this source; blank when there is none."""
    table, name = _SOURCES[kind]
    async with reading() as session:
        rows = await session.fetch(f"SELECT no FROM {table} WHERE {name} = ? ORDER BY posting_run_no, no", source)
    return str(rows[nth - 1][0]) if len(rows) >= nth else ""


TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
}


async def row_hashes() -> dict[str, str]:
    """Every table with a hash over its rows."""
    async with reading() as session:
        names = [row[0] for row in await session.fetch(TABLES[session.dialect])]
        contents = await session.fetch_all([(f"SELECT * FROM {name}", ()) for name in names])
    return {name: _hash(rows) for name, rows in zip(names, contents, strict=True)}


def _hash(rows: Iterable[tuple[Any, ...]]) -> str:
    return hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()

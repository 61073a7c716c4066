"""Find entries: from a number on paper, an order, a customer or a serial number to every posted document and ledger
entry behind it (D-110 … D-112)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.response import Template

from webapp.pages.answers import Visit, page, see_other, submitted, told, typist
from webapp.pages.column_filters import understood
from webapp.pages.lists import MOST_FILTER, Column
from webapp.pages.posted_kinds import INVOICE, KINDS_OF
from webapp.pages.posting import href_of_posted
from webapp.pages.test_reports import marked
from webapp.posting.findings import Finding
from webapp.security import requires
from webapp.store.aged import company_and_currency
from webapp.store.find_entries import (
    MOST_LINKED,
    OF_CUSTOMER,
    Asked,
    Documents,
    Entries,
    Found,
    FoundDocument,
    find_entries,
)
from webapp.store.posting import PostedDocument as Named

__all__ = ["ROUTES"]

FIELDS: Final = (
    Column("document_no", "code", "Document no."),
    Column("posting_date", "day", "Posting date"),
    Column("order_no", "code", "Order no."),
    Column("external_document_no", "text", "External no."),
    Column("customer_no", "code", "Customer no."),
    Column("serial_no", "text", "Serial no."),
)
FILTER_SIGNS: Final = ("|", "*", "..", "<>")


@dataclass(frozen=True, slots=True)
class Row:
    """One table with something in it: how many records, what they come to, and the list of just these. Without an
    address when no list can be asked for them."""

    title: str
    count: int
    amount: Any
    href: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What was asked, as typed and as understood, and what was found."""

    typed: Mapping[str, str]
    asked: Asked
    found: Found
    findings: Sequence[Finding]

    @property
    def happened(self) -> bool:
        return not (self.asked.empty or self.findings)

    @property
    def query(self) -> str:
        return urlencode({name: text for name, text in self.typed.items() if text})

    @property
    def only(self) -> FoundDocument | None:
        """The document, when exactly one fits (D-112)."""
        return self.found.named[0] if self.found.count == 1 else None

    @property
    def needs_date(self) -> bool:
        """Whether several documents bear the one number that was typed."""
        asked = self.asked
        exact = asked.document_no and not any(sign in asked.document_no for sign in FILTER_SIGNS)
        return bool(exact and not asked.posting_date and self.found.count > 1)

    @property
    def rows(self) -> list[Row]:
        return [*map(self._documents, self.found.documents), *map(self._entries, self.found.entries)]

    @property
    def unlinked(self) -> bool:
        return any(not row.href for row in self.rows)

    def _documents(self, one: Documents) -> Row:
        kind = KINDS_OF[one.kind]
        query = {}
        if one.count <= MOST_LINKED:
            query = {"no": _any_of(one.first)}
        elif not (self.asked.customer_no or self.asked.serial_no or self.asked.order_no):
            names = {"document_no": "no"}
            query = {names.get(name, name): text for name, text in self.typed.items() if text}
        return Row(kind.titles, one.count, one.amount, f"{kind.path}?{urlencode(query)}" if query else "")

    def _entries(self, one: Entries) -> Row:
        """The ledger, filtered to these entries."""
        asked = self.asked
        given = {"document_no": asked.document_no, "posting_date": self.typed["posting_date"]}
        query = {name: text for name, text in given.items() if text}
        own_customer = one.slug in OF_CUSTOMER
        if asked.customer_no and own_customer:
            query["customer_no"] = asked.customer_no
        if asked.serial_no:
            query["service_item_no"] = "|".join(machine.no for machine in self.found.machines)
        if asked.external_document_no or asked.order_no or (asked.customer_no and not own_customer):
            query["document_no"] = "|".join(self.found.numbers)
        href = f"/ledgers/{one.slug}?{urlencode(query)}" if all(query.values()) else ""
        return Row(one.title, one.count, one.amount, href)


def _any_of(documents: Sequence[FoundDocument]) -> str:
    return "|".join(dict.fromkeys(one.no for one in documents))


async def _look(request: Visit) -> Looked:
    """What the address asks for; each field may be a filter or left out."""
    given = request.query_params
    texts = {one.name: _printable(given.get(one.name, "")) for one in FIELDS}
    filters, faults = understood(FIELDS, texts, typist(request))
    asked = Asked(**filters)
    return Looked(texts, asked, Found() if faults else await find_entries(asked), faults)


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).strip()[:MOST_FILTER]


async def _shown(request: Visit, template: str) -> Template:
    looked = await _look(request)
    company, lcy = await company_and_currency()
    return page(
        request,
        template,
        looked=looked,
        fields=FIELDS,
        documents=[(KINDS_OF[one.kind].title, one, _href(one)) for one in looked.found.named],
        lcy=lcy,
        company=company,
    )


def _href(document: FoundDocument) -> str:
    return href_of_posted(Named(document.kind, document.no))


@get("/find-entries", guards=[requires("ledgers.read")])
async def show_found(request: Visit) -> Template:
    return await _shown(request, "ledgers/find_entries.html")


@get("/find-entries/print", guards=[requires("ledgers.read")])
async def print_found(request: Visit) -> Template:
    """The result on paper (D-112)."""
    return await _shown(request, "ledgers/find_entries_print.html")


@post("/find-entries", guards=[requires("ledgers.read")], status_code=200)
async def find_marked(request: Visit) -> Response[Any]:
    """The rows marked in a list of posted documents arrive here (D-109)."""
    pairs = await submitted(request)
    numbers = marked(pairs, MOST_LINKED)
    if numbers:
        return see_other(request, f"/find-entries?{urlencode({'document_no': '|'.join(numbers)})}")
    kind = KINDS_OF.get(dict(pairs).get("kind", ""), INVOICE)
    return see_other(request, kind.path, told("Mark the documents whose entries you want, then find them."))


ROUTES: Final = (show_found, print_found, find_marked)

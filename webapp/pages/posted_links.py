"""What belongs to a posted document, each a link: on its page, in ledgers, among documents and master data (D-96)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final
from urllib.parse import quote, urlencode

from webapp.pages.answers import Link
from webapp.pages.contract_fields import contract_href
from webapp.pages.document_paths import href_of
from webapp.posting.snapshot import DocumentKey
from webapp.store.posted import PostedDocument

__all__ = ["contracts_of", "related_links"]

MOST_MACHINES: Final = 10
Groups = Sequence[tuple[str, Sequence[Link]]]


def contracts_of(document: PostedDocument) -> list[str]:
    """The contracts that the document, one of its lines or one of its machines names, each once."""
    return _named("contract_no", [document.header, *document.lines, *document.item_lines])


def _named(column: str, rows: Iterable[dict[str, object]]) -> list[str]:
    return list(dict.fromkeys(str(row[column]) for row in rows if row.get(column)))


def related_links(document: PostedDocument, there: Sequence[tuple[str, str]], may: Callable[[str], bool]) -> Groups:
    """By group; `there`: the parts of the page that this document has, as (words, name)."""
    return [
        ("On this page", [Link(words, f"#{name}") for words, name in there]),
        ("Ledgers", _ledgers(document, may)),
        ("Documents", _documents(document)),
        ("Master data", _masters(document)),
    ]


def _ledgers(document: PostedDocument, may: Callable[[str], bool]) -> list[Link]:
    head = document.header
    links = []
    if may("ledgers.read"):
        query = urlencode({"document_no": head["no"], "posting_date": head["posting_date"].isoformat()})
        links.append(Link("Find entries", f"/find-entries?{query}"))
        if order := head["order_no"]:
            links.append(Link(f"Find entries of order {order}", f"/find-entries?{urlencode({'order_no': order})}"))
        links.append(Link(f"Posting run {document.run['no']}", f"/posting-runs/{document.run['no']}"))
    if head.get("customer_entry_no") and may("receivables.read"):
        links.append(Link("Applied entries", f"/customer-ledger/{head['customer_entry_no']}"))
    return links


def _documents(document: PostedDocument) -> list[Link]:
    """The orders, open or closed, and the contracts behind it; what was posted before and after is in the chain."""
    own = str(document.header["order_no"])
    links = []
    for no in _named("order_no", [document.header, *document.lines]):
        rest = "/closed" if no == own and not document.open_order else ""  # of others, the page leads on when closed
        links.append(Link(f"Order {no}", href_of(DocumentKey("order", no), rest)))
    return links + [Link(f"Contract {no}", contract_href("contract", no)) for no in contracts_of(document)]


def _masters(document: PostedDocument) -> list[Link]:
    customers = _named("customer_no", [document.header])
    payers = [no for no in _named("bill_to_customer_no", [document.header]) if no not in customers]
    machines = _named("service_item_no", [*document.item_lines, *document.lines])
    return [
        *(Link(f"Customer {no}", f"/customers/{quote(no, safe='')}") for no in customers),
        *(Link(f"Bill-to {no}", f"/customers/{quote(no, safe='')}") for no in payers),
        *(Link(f"History of {no}", f"/service-items/{quote(no, safe='')}#history") for no in machines[:MOST_MACHINES]),
    ]

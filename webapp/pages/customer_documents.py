"""How many documents a customer has, each number leading to the list that shows them (D-139)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from webapp import labels
from webapp.pages.contract_fields import CONTRACTS, QUOTES
from webapp.pages.document_paths import CREDIT_MEMOS, INVOICES, ORDERS
from webapp.pages.posted_kinds import CREDIT_MEMO, INVOICE, SHIPMENT
from webapp.store.customer_documents import counts_of_customer
from webapp.store.document_lists import count_in_words

__all__ = ["Counted", "Documents", "documents_of_customer"]

LISTS: Final[Mapping[str, tuple[str, str]]] = {
    "contract_quote": ("Contract quotes", QUOTES.path),
    "contract": ("Contracts", CONTRACTS.path),
    "order": ("Orders", ORDERS.path),
    "open_invoice": ("Invoices", INVOICES.path),
    "open_credit_memo": ("Credit memos", CREDIT_MEMOS.path),
    "shipment": ("Posted shipments", SHIPMENT.path),
    "invoice": ("Posted invoices", INVOICE.path),
    "credit_memo": ("Posted credit memos", CREDIT_MEMO.path),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """How many a list shows of the customer, in words for who hears the number alone, and the list."""

    number: int
    words: str
    href: str

    @property
    def shown(self) -> str:
        return count_in_words(self.number)


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of one kind: those for the customer, and those that the customer is sent the bill for."""

    name: str
    own: Counted
    billed: Counted


async def documents_of_customer(no: str) -> list[Documents]:
    found = await counts_of_customer(no)

    def counted(kind: str, role: str, words: str) -> Counted:
        name, path = LISTS[kind]
        said = f"{labels.in_sentence(name)} {words} this customer"
        return Counted(found[role][kind], said, f"{path}?{role}={quote(no, safe='')}")

    return [
        Documents(name, counted(kind, "customer_no", "for"), counted(kind, "bill_to_customer_no", "billed to"))
        for kind, (name, _) in LISTS.items()
    ]

"""How the customer stands that a list of documents is narrowed to: balance, overdue, limit, documents (D-109)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from webapp.pages.customer_documents import Documents, documents_of_customer
from webapp.pages.lists import Asked
from webapp.store.customer_documents import ROLES, name_of_customer
from webapp.store.receivables import Standing, standing_of

__all__ = ["CUSTOMER_LINKS", "CustomerFacts", "customer_facts"]


def _card(column: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda row: f"/customers/{quote(str(row[column]), safe='')}"


# From a row to its customer, whose page says the same.
CUSTOMER_LINKS: Final = {role: _card(role) for role in ROLES}
# What makes several numbers of one filter (D-109).
SEVERAL: Final = ("|", "..", "<>", "*")


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """What stands above a list about its one customer: as payer, and how many documents of each kind there are."""

    no: str
    name: str
    standing: Standing
    documents: Sequence[Documents]


async def customer_facts(asked: Asked, today: date) -> CustomerFacts | None:
    """None while the list may show several customers: what is shown costs the same for any number of rows."""
    named = [asked.filters[role].strip().upper() for role in ROLES if asked.filters.get(role)]
    if len(set(named)) != 1 or any(sign in named[0] for sign in SEVERAL):
        return None
    name = await name_of_customer(named[0])
    if name is None:
        return None
    return CustomerFacts(named[0], name, await standing_of(named[0], today), await documents_of_customer(named[0]))

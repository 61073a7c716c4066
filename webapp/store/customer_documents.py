"""How many documents of each kind a customer has, as the lists would show them (D-139)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from db.engine import fetch
from webapp.store.contract_lists import CONTRACTS, QUOTES
from webapp.store.document_lists import (
    CREDIT_MEMOS,
    INVOICES,
    OPEN_CREDIT_MEMOS,
    OPEN_INVOICES,
    ORDERS,
    SHIPMENTS,
    DocumentList,
    counted,
)
from webapp.store.rows import codec

__all__ = ["LISTS", "ROLES", "counts_of_customer", "name_of_customer"]

ROLES: Final = ("customer_no", "bill_to_customer_no")
LISTS: Final[Mapping[str, DocumentList]] = {
    "contract_quote": QUOTES,
    "contract": CONTRACTS,
    "order": ORDERS,
    "open_invoice": OPEN_INVOICES,
    "open_credit_memo": OPEN_CREDIT_MEMOS,
    "shipment": SHIPMENTS,
    "invoice": INVOICES,
    "credit_memo": CREDIT_MEMOS,
}


async def name_of_customer(no: str) -> str | None:
    """None when there is no customer with this number."""
    rows = await fetch("SELECT name FROM customer WHERE no = ?", no)
    return str(rows[0][0]) if rows else None


def _count(which: DocumentList, role: str) -> str:
    base = f" AND {which.base}" if which.base else ""
    return f"({counted(f'{codec(which.table).name} h WHERE h.{role} = ?{base}')})"


async def counts_of_customer(no: str) -> dict[str, dict[str, int]]:
    """By role and kind, each counted no further than one more than MOST_COUNTED; one statement."""
    places = [(role, kind) for role in ROLES for kind in LISTS]
    sql = "SELECT " + ", ".join(_count(LISTS[kind], role) for role, kind in places)
    row = (await fetch(sql, *[no] * len(places)))[0]
    counts: dict[str, dict[str, int]] = {role: {} for role in ROLES}
    for (role, kind), count in zip(places, row, strict=True):
        counts[role][kind] = int(count)
    return counts

"""The documents of a service item on its page: how many of each kind, and the latest with what they came to (D-148)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from webapp.pages.contract_fields import contract_href
from webapp.pages.customer_documents import LISTS, Counted
from webapp.pages.document_paths import href_of
from webapp.pages.posted_kinds import KINDS_OF
from webapp.posting.snapshot import DocumentKey
from webapp.store.service_item_history import MOST, Served, history_of

__all__ = ["History", "history_of_machine"]

NAMES: Final = {
    "contract": "Contract",
    "order": "Order",
    "shipment": "Posted shipment",
    "invoice": "Posted invoice",
    "credit_memo": "Posted credit memo",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A document with the word for its kind and its page."""

    name: str
    of: Served
    href: str


@dataclass(frozen=True, slots=True)
class History:
    """`counts`: by list how many it shows of the service item; `served`: the latest of each kind, newest first."""

    counts: Sequence[tuple[str, Counted]]
    served: Sequence[Shown]
    most: int = MOST


async def history_of_machine(no: str) -> History:
    served, counts = await history_of(no)
    listed = [(LISTS[kind], number) for kind, number in counts.items()]
    return History(
        [
            (name, Counted(number, f"{name} of this service item", f"{path}?service_item_no={quote(no, safe='')}"))
            for (name, path), number in listed
        ],
        [Shown(NAMES[one.kind], one, _href(one)) for one in served],
    )


def _href(one: Served) -> str:
    if one.kind == "contract":
        return contract_href("contract", one.no)
    if one.kind == "order":
        return href_of(DocumentKey("order", one.no), "/closed" if one.closed else "")
    return f"{KINDS_OF[one.kind].path}/{quote(one.no, safe='')}"

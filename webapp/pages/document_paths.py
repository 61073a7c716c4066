"""Where open documents have their pages, and which document an address names.

Orders, invoices and credit memos share most handlers: each is registered under the addresses of all kinds, and asks
here which kind it was called for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from webapp.posting.snapshot import DocumentKey
from webapp.security import Guard, requires

__all__ = [
    "CREDIT_MEMOS",
    "INVOICES",
    "ORDERS",
    "Place",
    "href_of",
    "key_of",
    "place_at",
    "place_of",
    "places",
    "requires_of_place",
]


@dataclass(frozen=True, slots=True)
class Place:
    """One kind of open document: its address, its words, and whose rights its pages ask for."""

    document_type: str
    path: str
    name: str
    names: str
    rights: str

    @property
    def is_order(self) -> bool:
        return self.document_type == "order"

    @property
    def is_credit_memo(self) -> bool:
        return self.document_type == "credit_memo"

    def right(self, what: str) -> str:
        """The permission for this kind: "edit" is "orders.edit" or "invoices.edit"."""
        return f"{self.rights}.{what}"


ORDERS: Final = Place("order", "/service-orders", "Order", "Service orders", "orders")
INVOICES: Final = Place("invoice", "/service-invoices", "Invoice", "Service invoices", "invoices")
CREDIT_MEMOS: Final = Place(
    "credit_memo", "/service-credit-memos", "Credit memo", "Service credit memos", "credit_memos"
)
_PLACES: Final = {place.document_type: place for place in (ORDERS, INVOICES, CREDIT_MEMOS)}


def place_of(document_type: str) -> Place:
    return _PLACES[document_type]


def place_at(path: str) -> Place:
    """The kind of document whose pages have this address."""
    return next((place for place in _PLACES.values() if path.startswith(place.path)), ORDERS)


def key_of(path: str, no: str) -> DocumentKey:
    """The document that an address names."""
    return DocumentKey(place_at(path).document_type, no)


def href_of(key: DocumentKey, rest: str = "") -> str:
    """The address of an open document, or of something of it."""
    return f"{place_of(key.document_type).path}/{quote(key.no, safe='')}{rest}"


def places(rest: str) -> list[str]:
    """The addresses of one handler for every kind of document."""
    return [f"{place.path}{rest}" for place in _PLACES.values()]


def requires_of_place(what: str) -> Guard:
    """A guard that asks for the right of the kind of document whose page it is."""
    guards: dict[str, Callable[..., Any]] = {
        place.document_type: requires(place.right(what)) for place in _PLACES.values()
    }

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        await guards[place_at(connection.url.path).document_type](connection, handler)

    guard.permission = what  # type: ignore[attr-defined]
    return guard

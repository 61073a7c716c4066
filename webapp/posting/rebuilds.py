"""What a change of the header would do to the rest of an open document, before anybody confirms it (D-20, D-21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.posting.records import names_of
from webapp.posting.snapshot import Header, ItemLine, Line

__all__ = ["Rebuild", "rebuild_of"]

_OF_PRICE = ("unit_price", "line_discount_pct", "vat_pct", "vat_identifier", "line_amount")
_UNTOLD = frozenset({"row_version", "last_line_no"})


@dataclass(frozen=True, slots=True)
class Rebuild:
    """The document before and after a change that asks.

    `header` are the names of the fields with another value, `deleted` and `deleted_items` the service lines and service
    item lines that go, `lines` those whose price, discount, VAT or amount becomes another, each as it is and as it
    would be; `unchanged` is how many others stay as they are.
    """

    before: Header
    after: Header
    header: tuple[str, ...]
    deleted: int
    deleted_items: int
    lines: tuple[tuple[Line, Line], ...]
    unchanged: int


def rebuild_of(
    before: tuple[Header, Sequence[ItemLine], Sequence[Line]], after: tuple[Header, Sequence[ItemLine], Sequence[Line]]
) -> Rebuild:
    """Compares header, service item lines and lines of a document with what they would be."""
    (header, item_lines, lines), (new_header, new_item_lines, new_lines) = before, after
    fresh = {line.line_no: line for line in new_lines}
    stays = [(line, fresh[line.line_no]) for line in lines if line.line_no in fresh]
    other = [pair for pair in stays if any(getattr(pair[0], name) != getattr(pair[1], name) for name in _OF_PRICE)]
    names = [name for name in names_of(Header) if name not in _UNTOLD]
    return Rebuild(
        header,
        new_header,
        tuple(name for name in names if getattr(header, name) != getattr(new_header, name)),
        len(lines) - len(stays),
        len(item_lines) - len(new_item_lines),
        tuple(other),
        len(stays) - len(other),
    )

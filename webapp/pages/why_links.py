"""Where the amounts of a posted document lead: to how they came about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from webapp.pages.posting import href_of_posted
from webapp.store.posting import PostedDocument as Named

__all__ = ["why_line", "why_links", "why_total"]


def why_total(kind: str, no: str, step: str = "") -> str:
    return f"{href_of_posted(Named(kind, no))}/why{f'#{step}' if step else ''}"


def why_line(kind: str, no: str, line_no: int, step: str = "") -> str:
    return f"{href_of_posted(Named(kind, no))}/why/{line_no}{f'#{step}' if step else ''}"


OF_LINES: Final = {
    "unit_price": "gross",
    "line_discount_amount": "line_discount",
    "inv_discount_amount": "inv_discount",
    "amount": "amount",
    "amount_including_vat": "amount_including_vat",
}
OF_VAT: Final = ("line_amount", "inv_discount_amount", "base", "amount", "amount_including_vat")


def why_links(kind: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The links of the amounts in the table of lines and in the VAT specification, by column."""

    def of_line(step: str) -> Callable[[Mapping[str, Any]], str]:
        return lambda row: why_line(kind, row["document_no"], row["line_no"], step)

    def of_group(row: Mapping[str, Any]) -> str:
        return why_total(kind, row["document_no"], f"vat_{row['vat_identifier']}")

    if kind == "shipment":
        return {}, {}
    return {name: of_line(step) for name, step in OF_LINES.items()}, dict.fromkeys(OF_VAT, of_group)

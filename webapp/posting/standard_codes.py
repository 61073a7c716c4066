"""Standard service codes: named bundles of lines, put on an order at once (D-31)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from webapp.posting.changes import Draft
from webapp.posting.findings import Finding, finding
from webapp.posting.line_changes import change_line_field
from webapp.posting.lines import new_line, next_line_no
from webapp.posting.money import round_to
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Header, ItemLine, Line

__all__ = ["StandardCode", "StandardLine", "code_findings", "offered", "with_standard_lines"]

_PLACES: Final = Decimal("0.00001")
_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class StandardLine:
    """A line of a bundle; `amount` is what an account is charged with, without VAT."""

    standard_service_code: str
    line_no: int
    type: str
    no: str
    description: str
    quantity: Decimal
    uom: str
    amount: Decimal
    dim_1: str
    dim_2: str


@dataclass(frozen=True, slots=True)
class StandardCode:
    """A bundle: for one currency, and for service items of one group or of all."""

    code: str
    description: str
    currency_code: str
    service_item_group: str
    lines: Sequence[StandardLine] = ()


def offered(setup: Setup, header: Header, item_lines: Sequence[ItemLine], codes: Sequence[StandardCode]) -> list[str]:
    """The bundles that some service item line of the order, or the order itself, can take."""
    places: list[ItemLine | None] = [None, *item_lines]
    return [one.code for one in codes if any(not code_findings(setup, header, place, one) for place in places)]


def code_findings(setup: Setup, header: Header, item_line: ItemLine | None, code: StandardCode) -> list[Finding]:
    """Why a bundle cannot come onto an order, or onto this service item line of it (D-31)."""
    found = []
    at: dict[str, Any] = {"field": "standard_service_code", "name": code.code}
    own, other = (currency or setup.ledger.lcy_code for currency in (header.currency_code, code.currency_code))
    if own != other:
        found.append(finding("standard_code_currency", other=other, own=own, **at))
    group = item_line.service_item_group if item_line else ""
    if code.service_item_group and code.service_item_group != group:
        found.append(finding("standard_code_group", group=code.service_item_group, **at))
    if not code.lines:
        found.append(finding("standard_code_empty", **at))
    return found


def with_standard_lines(
    draft: Draft, code: StandardCode, item_line_no: int
) -> tuple[tuple[Line, ...], list[Finding], list[Finding]]:
    """The order's lines with those of the bundle behind them: what refuses them, and what else is to be told."""
    item_line = draft.item_line(item_line_no)
    findings = code_findings(draft.setup, draft.header, item_line, code)
    if item_line_no and item_line is None:
        findings = [finding("service_item_line_unknown", field="service_item_line_no", item_line=item_line_no)]
    notices: list[Finding] = []
    made: list[Line] = []
    first = next_line_no(draft.header, draft.lines)
    for at, one in enumerate(code.lines if not findings else ()):
        line = new_line(draft.header, first + 10000 * at)
        for name, value in _typed(one, item_line_no):
            line, found = change_line_field(draft, line, name, value)
            findings += [f for f in found if f.is_error]
            notices += [f for f in found if not f.is_error]
        if one.type == "gl_account" and one.amount and not findings:
            line, found = change_line_field(draft, line, "unit_price", _price(draft, line, one.amount))
            findings += found
        made.append(line)
    return (*draft.lines, *(made if not findings else ())), findings, notices


def _typed(one: StandardLine, item_line_no: int) -> list[tuple[str, Any]]:
    """The values of a bundle's line, in the order in which a clerk would type them."""
    quantity = one.quantity or (Decimal(1) if one.amount else ZERO)
    values: list[tuple[str, Any]] = [("type", one.type), ("service_item_line_no", item_line_no), ("no", one.no)]
    values += [("uom", one.uom), ("description", one.description), ("quantity", quantity)]
    values += [("dim_1", one.dim_1), ("dim_2", one.dim_2)]
    return [(name, value) for name, value in values if value]


def _price(draft: Draft, line: Line, amount: Decimal) -> Decimal:
    gross = draft.header.prices_including_vat
    return round_to(amount * (_HUNDRED + line.vat_pct) / _HUNDRED, _PLACES) if gross else amount

"""What puts or divides lines of an order by itself: starting fee, travel fee, one resource over machines (D-29)."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import Final

from webapp.posting.changes import Draft
from webapp.posting.findings import Finding, finding
from webapp.posting.line_changes import change_line_field
from webapp.posting.lines import Catalog, next_line_no
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import Header, Line

__all__ = ["fee_code", "split_over_item_lines"]

SMALLEST: Final = Decimal("0.00001")


def fee_code(setup: Setup, header: Header, which: str) -> tuple[str, list[Finding]]:
    """The service cost of the starting fee, or of the trip into the order's service zone (D-29)."""
    if which == "starting":
        code = setup.service.starting_fee_code
        return code, [] if code else [finding("starting_fee_missing")]
    zone = header.service_zone_code
    trips = sorted(
        cost.code for cost in setup.costs.values() if cost.cost_type == "travel" and cost.service_zone_code == zone
    )
    if not zone or not trips:
        return "", [finding("travel_fee_missing", field="service_zone_code", zone=zone)]
    return trips[0], []


def split_over_item_lines(draft: Draft, line: Line) -> tuple[tuple[Line, ...], list[Finding]]:
    """The order's lines with this one divided evenly over the service item lines; the last takes the rest (D-29).

    The line itself keeps its number and the first share; prices and typed discounts stay as they are.
    """
    found = _refused(draft, line)
    if found:
        return draft.lines, found
    places = [one.line_no for one in draft.item_lines]
    if line.service_item_line_no in places:  # its own machine keeps it
        places.remove(line.service_item_line_no)
        places.insert(0, line.service_item_line_no)
    share = (line.quantity / len(places)).quantize(SMALLEST, ROUND_DOWN)
    rest = line.quantity - share * (len(places) - 1)
    number = next_line_no(draft.header, draft.lines)
    parts = []
    for at, place in enumerate(places):
        part = line if at == 0 else changed(line, line_no=number + 10000 * (at - 1))
        quantity = rest if at == len(places) - 1 else share
        # without a catalog the new quantity looks up no other price
        part, found = change_line_field(changed(draft, catalog=Catalog()), part, "quantity", quantity)
        if place != line.service_item_line_no and not any(one.is_error for one in found):
            part, found = change_line_field(draft, part, "service_item_line_no", place)
        if any(one.is_error for one in found):
            return draft.lines, found
        parts.append(part)
    others = [one for one in draft.lines if one.line_no != line.line_no]
    return tuple(sorted((*others, *parts), key=lambda one: one.line_no)), []


def _refused(draft: Draft, line: Line) -> list[Finding]:
    found = []
    if line.type != "resource":
        found.append(finding("split_not_resource", line=line.line_no))
    elif not line.quantity:
        found.append(finding("field_required", line=line.line_no, field="quantity"))
    if line.quantity_shipped:
        found.append(finding("line_shipped", line=line.line_no, field="quantity"))
    if len(draft.item_lines) < 2:
        found.append(finding("split_without_item_lines", line=line.line_no))
    return found

"""The life of an order between its making and its posting: release, reopen, status (P-171, P-172, D-17, D-36)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from webapp.posting.discounts import discount_is_automatic, with_invoice_discount
from webapp.posting.findings import Finding, finding
from webapp.posting.lines import Catalog
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import Header, ItemLine, Line

PRIORITIES = ("low", "medium_low", "medium_high", "high")
STATUS_NAMES = {"pending": "Pending", "in_process": "In process", "finished": "Finished", "on_hold": "On hold"}


def released(
    setup: Setup, header: Header, lines: Sequence[Line], catalog: Catalog
) -> tuple[Header, list[Line], list[Finding]]:
    """The order released to ship, its invoice discount calculated where the set-up says so (P-171, D-36).

    Refused without any line of a type and a quantity, with an item line that has no unit, and with a blocked item or
    service item. Release limits nothing but changes of service item lines; posting does not ask for it (P-68).
    """
    findings = list(_unreleasable(setup, header, lines, catalog))
    if findings:
        return header, list(lines), findings
    after = with_invoice_discount(setup, header, lines) if discount_is_automatic(setup, header) else list(lines)
    return changed(header, release_status="released_to_ship"), after, []


def _unreleasable(setup: Setup, header: Header, lines: Sequence[Line], catalog: Catalog) -> Iterable[Finding]:
    if not any(line.quantity and not line.is_text for line in lines):
        yield finding("nothing_to_release", document=header.no, no=header.no)
    for line in lines:
        at: dict[str, Any] = {"document": header.no, "line": line.line_no}
        if line.type == "item" and line.quantity and not line.uom:
            yield finding("mandatory_field_empty", field="uom", label="Unit of measure code", **at)
        item = catalog.items.get(line.no) if line.type == "item" else None
        if item is not None and (item.blocked or item.service_blocked):
            yield finding("item_blocked", field="no", table="item", record=item.no, name=item.no, **at)
        service_item = catalog.service_items.get(line.service_item_no)
        if service_item is not None and service_item.blocked == "all":
            place: dict[str, Any] = {"table": "service_item", "record": service_item.no, "name": service_item.no}
            yield finding("service_item_blocked", field="service_item_no", **place, **at)


def reopened(header: Header) -> Header:
    """The order open for changes again (P-171)."""
    return changed(header, release_status="open")


def status_from_item_lines(setup: Setup, header: Header, item_lines: Iterable[ItemLine]) -> str:
    """The order status that the repair status of highest priority stands for; without one it stays (P-172)."""
    found = [setup.repair_statuses[line.repair_status_code] for line in item_lines if line.repair_status_code]
    if not found:
        return header.status
    return max(found, key=lambda status: PRIORITIES.index(status.priority)).service_order_status


def may_have_status(setup: Setup, header: Header, item_lines: Iterable[ItemLine], status: str) -> list[Finding]:
    """Why a status cannot be set by hand: a repair status forbids it; Finished wants what the set-up demands (D-17)."""
    at: dict[str, Any] = {"document": header.no, "field": "status"}
    found = []
    for line in item_lines:
        repair = setup.repair_statuses.get(line.repair_status_code)
        if repair is not None and not getattr(repair, f"{status}_allowed"):
            names: dict[str, Any] = {"status": STATUS_NAMES[status], "repair": repair.code, "item_line": line.line_no}
            found.append(finding("status_prevented", **names, **at))
    if status == "finished":
        service = setup.service
        demands = {
            "salesperson_code": service.salesperson_mandatory,
            "service_order_type": service.service_order_type_mandatory,
        }
        found += [
            finding("mandatory_field_empty", document=header.no, field=name)
            for name, demanded in demands.items()
            if demanded and not getattr(header, name)
        ]
    return found

"""What the log of an open document says of a change: customer, status, contract, answers, machines and lines (D-99).

One change is one event of each kind, however many lines it touched. What somebody fills in on the way to a posting, the
quantities to ship, invoice and consume, and what follows from other fields by calculation is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from webapp.posting.findings import show
from webapp.posting.naming import label_of
from webapp.posting.snapshot import Header, ItemLine, Line

__all__ = ["GATHERED", "MOST", "Happened", "events_between", "told"]

MOST: Final = 250  # as long as a text of the log may be
GATHERED: Final = frozenset(
    {"Lines added", "Lines changed", "Lines deleted", "Service items added", "Service items changed"}
)
"""Events of which one person causes many in a row; who reads the log sees them together."""

_OF_HEADER: Final = (
    ("Customer changed", ("customer_no",)),
    ("Bill-to changed", ("bill_to_customer_no",)),
    ("Ship-to changed", ("ship_to_code",)),
    ("Contract changed", ("contract_no",)),
    ("Status changed", ("status",)),
    ("Response changed", ("response_date", "response_time")),
    ("Release status changed", ("release_status",)),
    ("Currency changed", ("currency_code",)),
)
_OF_ITEM_LINES: Final = (
    "service_item_no", "serial_no", "warranty", "contract_no", "fault_area_code", "symptom_code", "fault_code",
    "resolution_code", "fault_reason_code", "starting_date", "starting_time", "finishing_date", "finishing_time",
)  # fmt: skip
_OF_LINES: Final = (
    "type", "no", "description", "service_item_no", "quantity", "uom", "unit_price", "line_discount_pct",
    "inv_discount_amount", "location_code", "work_type_code", "warranty", "exclude_warranty",
    "exclude_contract_discount", "fault_area_code", "symptom_code", "fault_code", "fault_reason_code",
    "resolution_code",
)  # fmt: skip
_CODES: Final = frozenset({"status", "release_status", "type"})
_TYPES: Final = {"blank": "Text", "gl_account": "G/L account"}


class Open(Protocol):
    """An open document as it stands."""

    @property
    def header(self) -> Header: ...
    @property
    def item_lines(self) -> tuple[ItemLine, ...]: ...
    @property
    def lines(self) -> tuple[Line, ...]: ...


class Happened(NamedTuple):
    """An event of the log, and what it was before and after."""

    event: str
    before: str
    after: str


def events_between(before: Open, after: Open) -> list[Happened]:
    """What happened to a document from one state to the next, in the order in which it is read."""
    return [
        *_header_events(before.header, after.header),
        *_item_line_events(before.item_lines, after.item_lines),
        *_line_events(before.lines, after.lines),
    ]


def told(parts: Sequence[str]) -> str:
    """As many of the parts as the log has room for, and how many more there are."""
    for count in range(len(parts), 0, -1):
        rest = f"; and {len(parts) - count} more" if count < len(parts) else ""
        text = "; ".join(parts[:count]) + rest
        if len(text) <= MOST:
            return text
    return parts[0][:MOST] if parts else ""


def _header_events(before: Header, after: Header) -> Iterator[Happened]:
    for event, fields in _OF_HEADER:
        old, new = [[_shown(field, getattr(one, field)) for field in fields] for one in (before, after)]
        if old != new:
            yield Happened(event, " ".join(old).strip(), " ".join(new).strip())


def _item_line_events(before: Sequence[ItemLine], after: Sequence[ItemLine]) -> Iterator[Happened]:
    old, new = {one.line_no: one for one in before}, {one.line_no: one for one in after}
    yield from _together("Service items added", (_machine(new[no]) for no in sorted(new.keys() - old.keys())))
    yield from _together("Service items deleted", (_machine(old[no]) for no in sorted(old.keys() - new.keys())))
    both = [(old[no], new[no]) for no in new if no in old and old[no] != new[no]]
    for was, now in both:
        if was.repair_status_code != now.repair_status_code:
            status = [one.repair_status_code or "blank" for one in (was, now)]
            yield Happened("Repair status changed", "", f"{_machine(now)}: {status[0]} → {status[1]}")
    parts = (f"{_machine(now)}: {said}" for was, now in both if (said := _differences(_OF_ITEM_LINES, was, now)))
    yield from _together("Service items changed", parts)


def _line_events(before: Sequence[Line], after: Sequence[Line]) -> Iterator[Happened]:
    if before is after:
        return
    old, new = {line.line_no: line for line in before}, {line.line_no: line for line in after}
    yield from _together("Lines added", (_line(new[no]) for no in sorted(new.keys() - old.keys())))
    yield from _together("Lines deleted", (_line(old[no]) for no in sorted(old.keys() - new.keys())))
    both = ((old[no], new[no]) for no in new if no in old and old[no] != new[no])
    parts = (f"{now.line_no}: {said}" for was, now in both if (said := _differences(_OF_LINES, was, now)))
    yield from _together("Lines changed", parts)


def _together(event: str, parts: Iterable[str]) -> Iterator[Happened]:
    if found := list(parts):
        yield Happened(event, "", told(found))


def _differences(fields: Sequence[str], was: ItemLine | Line, now: ItemLine | Line) -> str:
    changes = [(field, getattr(was, field), getattr(now, field)) for field in fields]
    return ", ".join(
        f"{label_of(field)} {_shown(field, old) or 'blank'} → {_shown(field, new) or 'blank'}"
        for field, old, new in changes
        if old != new
    )


def _machine(line: ItemLine) -> str:
    return " ".join(part for part in (line.service_item_no, line.description) if part) or str(line.line_no)


def _line(line: Line) -> str:
    if line.is_text:
        return f"{line.line_no} {line.description or 'Text'}"
    kind = _shown("type", line.type)
    return f"{line.line_no} {kind} {line.no}, {show(line.quantity)} {line.uom}".rstrip()


def _shown(field: str, value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field in _CODES:
        text = str(value)
        return _TYPES.get(text) or text.replace("_", " ").capitalize()
    return show(value)

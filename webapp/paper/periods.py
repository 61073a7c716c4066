"""The days that the lines of a contract bill or take back (C-96, C-145): on paper they are the date of supply."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from webapp.paper.regions import Region

__all__ = ["Period", "period_in", "periods_of", "with_days_of"]

Row = Mapping[str, Any]
Period = tuple[date, date]
DAYS: Final = re.compile(r"(\d{4}-\d{2}-\d{2}) - (\d{4}-\d{2}-\d{2})")


def period_in(text: str) -> Period | None:
    """The days that a text names; none where it names no days of the calendar, because somebody typed them."""
    found = DAYS.search(text)
    return _read(found) if found else None


def with_days_of(region: Region, text: str) -> str:
    """The text with its days as the region writes them (D-117)."""

    def written(found: re.Match[str]) -> str:
        period = _read(found)
        return f"{region.day(period[0])} – {region.day(period[1])}" if period else found[0]

    return DAYS.sub(written, text)


def _read(found: re.Match[str]) -> Period | None:
    try:
        first, last = map(date.fromisoformat, found.groups())
    except ValueError:
        return None
    return (first, last) if first <= last else None


def periods_of(lines: Sequence[Row]) -> Mapping[int, Period]:
    """By line no. the days of each amount of a contract: an invoice's line names them itself, a credit memo's in the
    text right above it (D-127 point 7)."""
    found: dict[int, Period] = {}
    above: Period | None = None
    for line in lines:
        own = period_in(str(line["description"])) if line["contract_no"] else None
        if line["type"] == "blank":
            above = own
            continue
        days = own or above
        if days and line["contract_no"] and line["type"] == "gl_account" and not line["order_no"]:
            found[line["line_no"]] = days
        above = None
    return found

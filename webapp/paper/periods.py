"""The texts of a contract's lines on paper: the days that are billed or taken back (C-96, C-145), which are the date of
supply, and the machines that are named (C-94)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from webapp.paper.regions import Region

__all__ = ["Period", "names_days_of", "only_days", "period_in", "periods_of", "with_days_of", "without_names"]

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


def only_days(line: Row) -> bool:
    """Whether a line is a text of a contract that names days and nothing else."""
    return line["type"] == "blank" and bool(line["contract_no"] and DAYS.fullmatch(str(line["description"])))


def names_days_of(text: Row, amount: Row) -> bool:
    """Whether a text is nothing but the days of the contract's amount right below it."""
    return only_days(text) and amount["type"] != "blank" and amount["contract_no"] == text["contract_no"]


def without_names(lines: Sequence[Row]) -> list[Row]:
    """The lines without the texts by which a contract names the machine of the amounts below: paper names it above them
    by itself. A long name goes on in the text after it."""
    found: list[Row] = []
    texts: list[Row] = []
    for line in lines:
        texts.append(line)
        if line["type"] != "blank":
            found += _unnamed(texts, line)
            texts = []
    return found + texts


def _unnamed(texts: Sequence[Row], amount: Row) -> Sequence[Row]:
    """The texts above an amount and the amount itself, without the name."""
    no = str(amount["service_item_no"])
    if not no or not amount["contract_no"] or amount["type"] != "gl_account":
        return texts
    for place, text in enumerate(texts[:-1]):
        if text["contract_no"] == amount["contract_no"] and f"{text['description']} ".startswith(f"{no} "):
            return [*texts[:place], amount]
    return texts

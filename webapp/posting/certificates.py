"""The certificate of supply: the customer confirms that goods arrived in another country of the EU (D-107)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from webapp.posting.case import Case
from webapp.posting.faults import real_lines
from webapp.posting.findings import Finding, finding

__all__ = ["STATES", "certificate_findings", "certificate_is_required", "is_goods"]

STATES: Final = ("required", "received", "not_received")


def certificate_is_required(case: Case) -> bool:
    """Whether goods go to another country of the EU in a VAT group that demands the certificate. Work and costs are no
    goods, and what is consumed is no supply."""
    setup, country = case.setup, case.snapshot.header.ship_to_country_code
    if not case.parts.ship or country == setup.company.country_code:
        return False
    there = setup.countries.get(country)
    if there is None or not there.eu:
        return False
    goods = (taken for taken in real_lines(case) if taken.line.type == "item" and taken.to_ship > taken.to_consume)
    groups = (case.vat_setup(taken.line) for taken in goods)
    return any(group is not None and group.certificate_of_supply for group in groups)


def is_goods(line: Mapping[str, Any]) -> bool:
    """Whether the customer confirms a line of a shipment: goods that were supplied and not taken back by undoing."""
    return line["type"] == "item" and not line["correction"] and line["quantity"] > line["quantity_consumed"]


def certificate_findings(status: str, day: date | None, shipped: date, today: date) -> Iterator[Finding]:
    """What is wrong with a status and a date of receipt: one that was received has its day, and it lies between the
    shipment and today; another has none."""
    if status == "received" and day is None:
        yield finding("certificate_date_missing", field="receipt_date")
    elif status == "received" and day is not None and not shipped <= day <= today:
        yield finding("certificate_date_outside", field="receipt_date", date=day, low=shipped, high=today)
    elif status != "received" and day is not None:
        yield finding("certificate_date_without_receipt", field="receipt_date")

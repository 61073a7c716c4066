"""What the first shipment of an order does to the services that its contract plans (P-130, C-158)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from webapp.posting.case import Case
from webapp.posting.dates import move


@dataclass(frozen=True, slots=True)
class ServiceDone:
    """A contract line as the shipment leaves it: serviced on a day, the next service planned."""

    contract_no: str
    line_no: int
    last_service_date: date
    last_planned_service_date: date | None
    next_planned_service_date: date | None


def services_done(case: Case) -> list[ServiceDone]:
    """The services that the order's first shipment carries out. The next is planned one service period after the
    planned day, or after the actual one where the set-up says so; without a period none is."""
    if not case.makes_shipment:
        return []
    served = case.snapshot.header.finishing_date or case.posting_date
    actual = case.setup.service.next_service_method == "actual"
    done = []
    for one in case.snapshot.planned_services:
        planned = one.next_planned_service_date
        base = served if actual or planned is None else planned
        following = move(base, one.service_period) if one.service_period else None
        done.append(ServiceDone(one.contract_no, one.line_no, served, planned, following))
    return done

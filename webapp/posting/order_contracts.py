"""The contract on the header of a service order: whether it fits, and what it brings (D-15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from webapp.posting.findings import Finding, finding
from webapp.posting.records import changed
from webapp.posting.snapshot import Header


@dataclass(frozen=True, slots=True)
class OrderContract:
    """A contract as an order sees it."""

    no: str
    status: str
    customer_no: str
    ship_to_code: str
    bill_to_customer_no: str
    starting_date: date | None
    expiration_date: date | None
    service_order_type: str
    response_time_hours: Decimal
    currency_code: str
    max_labor_unit_price: Decimal
    your_reference: str


def contract_fits(header: Header, contract: OrderContract, field: str = "contract_no") -> list[Finding]:
    """D-15: the contract is signed, in force on the order date, and of the order's customer, payer and ship-to address.

    Findings: contract_cancelled, contract_not_signed, contract_of_order_not_begun, contract_of_order_expired,
    contract_of_order_elsewhere, each at the field that was typed into.
    """
    at: dict[str, Any] = {"document": header.no, "field": field, "contract": contract.no}
    if contract.status == "cancelled":
        return [finding("contract_cancelled", **at)]
    if contract.status != "signed":
        return [finding("contract_not_signed", **at)]
    found = [
        finding("contract_of_order_elsewhere", what=what, name=theirs or "none", own=ours or "none", **at)
        for what, theirs, ours in (
            ("customer", contract.customer_no, header.customer_no),
            ("payer", contract.bill_to_customer_no or contract.customer_no, header.bill_to_customer_no),
            ("ship-to address", contract.ship_to_code, header.ship_to_code),
        )
        if theirs != ours
    ]
    day, first, last = header.order_date, contract.starting_date, contract.expiration_date
    if day is None:
        found.append(finding("field_required", document=header.no, field="order_date"))
    elif first is None or day < first:
        found.append(finding("contract_of_order_not_begun", date=first, order_date=day, **at))
    elif last is not None and day > last:
        found.append(finding("contract_of_order_expired", date=last, order_date=day, **at))
    return found


def with_contract(header: Header, contract: OrderContract) -> Header:
    """The order under the contract: its kind of order, the time to respond, the highest price of labour and the
    customer's reference, where the contract agrees on one (D-15). The currency changes lines, so it follows apart."""
    day, at = responded_by(header.order_date, contract.response_time_hours)
    return changed(
        header,
        contract_no=contract.no,
        service_order_type=contract.service_order_type or header.service_order_type,
        max_labor_unit_price=contract.max_labor_unit_price or header.max_labor_unit_price,
        your_reference=contract.your_reference or header.your_reference,
        response_date=day or header.response_date,
        response_time=at if day else header.response_time,
    )


def responded_by(order_date: date | None, hours: Decimal) -> tuple[date | None, time | None]:
    """When somebody is to be there, so many hours after the order's day begins; nothing without hours."""
    if order_date is None or not hours:
        return None, None
    due = datetime.combine(order_date, time()) + timedelta(hours=int(hours))
    return due.date(), due.time()

"""Service orders of contracts: which lines are to be served in a range of days, on which orders (C-155 … C-158).

Pure. The preview plans from here, and so does each order of the run when its turn comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from webapp.billing.case import ContractCase
from webapp.billing.checks import blocked, contract_finding
from webapp.billing.periods import DAY
from webapp.billing.records import ContractLine
from webapp.posting.changes import Draft
from webapp.posting.findings import Finding, finding
from webapp.posting.headers import new_header, with_currency, with_customer, with_ship_to
from webapp.posting.line_changes import change_item_line_field, new_item_line
from webapp.posting.lines import Catalog
from webapp.posting.order_contracts import responded_by
from webapp.posting.records import changed
from webapp.posting.setup import ServiceSetup
from webapp.posting.snapshot import Header, ItemLine


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """The days in which a service is planned, and on which day somebody asks."""

    first: date | None
    last: date | None
    work_date: date


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order of the contract with nothing shipped yet: the contract lines on it, and whether it may take more."""

    no: str
    order_date: date | None
    line_nos: frozenset[int]
    takes_more: bool


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """An order that would be made, or a pending one that takes the lines as well. Its date is the latest on which one
    of its lines is planned."""

    case: ContractCase
    order_date: date
    lines: tuple[ContractLine, ...]
    onto: str = ""


@dataclass(frozen=True, slots=True)
class NotOrdered:
    """A line that is planned in the range and gets no order, with the reasons (C-156)."""

    case: ContractCase
    line: ContractLine
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class OrdersPlan:
    orders: tuple[PlannedOrder, ...] = ()
    left: tuple[NotOrdered, ...] = ()


# --- what is asked ----------------------------------------------------------------------------------------------------


def first_day(service: ServiceSetup, work_date: date) -> date:
    """C-155: the day after the last run's end; without a run before, the work date."""
    last = service.last_contract_order_date
    return last + DAY if last else work_date


def terms_findings(service: ServiceSetup, terms: OrderTerms) -> list[Finding]:
    """C-155: both days, in order, and no more days than the set-up allows."""
    named = {"first": ("Starting date", terms.first), "last": ("Ending date", terms.last)}
    found = [finding("field_required", field=name, label=label) for name, (label, day) in named.items() if day is None]
    if terms.first is None or terms.last is None:
        return found
    if terms.last < terms.first:
        values: dict[str, Any] = {"label": "Ending date", "other": "Starting date", "other_date": terms.first}
        return [finding("date_order", field="last", date=terms.last, **values)]
    days, most = (terms.last - terms.first).days + 1, service.contract_order_max_days
    if most and days > most:
        return [finding("contract_orders_too_long", field="last", label="Ending date", days=days, most=most)]
    return []


# --- planning ---------------------------------------------------------------------------------------------------------


def plan_orders(
    cases: Iterable[ContractCase], open_orders: Mapping[str, Sequence[OpenOrder]], terms: OrderTerms
) -> OrdersPlan:
    """What a run over these contracts would make; `open_orders` by contract."""
    orders: list[PlannedOrder] = []
    left: list[NotOrdered] = []
    for case in cases:
        plan = plan_contract(case, open_orders.get(case.contract.no, ()), terms)
        orders += plan.orders
        left += plan.left
    return OrdersPlan(tuple(orders), tuple(left))


def plan_contract(case: ContractCase, open_orders: Sequence[OpenOrder], terms: OrderTerms) -> OrdersPlan:
    """C-156, C-157: one order for all lines of the contract, or one for each where the set-up says so."""
    left: list[NotOrdered] = []
    fitting: list[ContractLine] = []
    _, people = draft_header(case, terms.work_date, terms.work_date)
    for line in case.lines:
        if not is_planned(case, line, terms):
            continue
        found = [*people, *_reasons(case, line, open_orders)]
        if found:
            left.append(NotOrdered(case, line, tuple(found)))
        else:
            fitting.append(line)
    apart = case.setup.service.one_service_item_line_per_order
    orders = [_order(case, [line]) for line in fitting] if apart else list(_together(case, fitting, open_orders))
    return OrdersPlan(tuple(orders), tuple(left))


def is_planned(case: ContractCase, line: ContractLine, terms: OrderTerms) -> bool:
    """C-155: a line of a signed and locked contract with a service period, whose next service lies in the range."""
    day = line.next_planned_service_date
    if not case.contract.may_be_invoiced or not line.service_period or day is None:
        return False
    return terms.first is not None and terms.last is not None and terms.first <= day <= terms.last


def _reasons(case: ContractCase, line: ContractLine, open_orders: Sequence[OpenOrder]) -> Iterator[Finding]:
    ends = line.contract_expiration_date or case.contract.expiration_date
    planned = line.next_planned_service_date
    if ends is not None and planned is not None and ends <= planned:
        yield contract_finding(
            case, "contract_service_expired", "contract_expiration_date", line=line.line_no, date=ends, planned=planned
        )
    holding = next((one.no for one in open_orders if line.line_no in one.line_nos), "")
    if holding:
        at = {"order": holding, "table": "service_header", "record": holding}
        yield contract_finding(case, "contract_service_ordered", line=line.line_no, **at)
    yield from blocked(changed(case, lines=(line,)), for_contracts=False)
    machine = case.service_items.get(line.service_item_no)
    if machine is not None and machine.customer_no not in ("", case.contract.customer_no):
        values = {"name": machine.no, "owner": machine.customer_no, "customer": case.contract.customer_no}
        yield contract_finding(case, "service_item_of_other_customer", "service_item_no", line=line.line_no, **values)


def _together(
    case: ContractCase, lines: Sequence[ContractLine], open_orders: Sequence[OpenOrder]
) -> Iterator[PlannedOrder]:
    """A pending order takes the lines that are planned by its date, a new one the others."""
    waiting = [(one.order_date, one.no) for one in open_orders if one.takes_more and one.order_date is not None]
    day, onto = max(waiting, default=(date.min, ""))
    taken = [line for line in lines if onto and (line.next_planned_service_date or date.max) <= day]
    if taken:
        yield PlannedOrder(case, day, tuple(taken), onto)
    others = [line for line in lines if line not in taken]
    if others:
        yield _order(case, others)


def _order(case: ContractCase, lines: Sequence[ContractLine]) -> PlannedOrder:
    planned = [line.next_planned_service_date for line in lines if line.next_planned_service_date]
    return PlannedOrder(case, max(planned), tuple(lines))


# --- the order --------------------------------------------------------------------------------------------------------


def draft_header(case: ContractCase, order_date: date, work_date: date) -> tuple[Header, list[Finding]]:
    """The header of an order of the contract, still without a number (C-157); with errors its customer gets none."""
    contract, setup = case.contract, case.setup
    header = new_header(setup, "order", "", work_date)
    if case.customer is None or case.bill_to is None:
        name = contract.bill_to_customer_no if case.customer else contract.customer_no
        return header, [contract_finding(case, "reference_unknown", "customer_no", table="customer", name=name)]
    header, found = with_customer(setup, header, case.customer, case.bill_to)
    if case.ship_to is not None:
        header = with_ship_to(header, case.ship_to)
    found = [one for one in found if one.code != "exchange_rate_missing"]
    header, rates = with_currency(setup, header, contract.currency_code)
    day, at = responded_by(order_date, contract.response_time_hours)
    seller = "" if case.salesperson_private else contract.salesperson_code
    header = changed(
        header,
        order_date=order_date,
        description=contract.description,
        contract_no=contract.no,
        service_order_type=contract.service_order_type,
        max_labor_unit_price=contract.max_labor_unit_price,
        your_reference=contract.your_reference or header.your_reference,
        salesperson_code=seller or header.salesperson_code,
        dim_1=contract.dim_1 or header.dim_1,
        dim_2=contract.dim_2 or header.dim_2,
        response_date=day,
        response_time=at,
    )
    return header, [changed(one, document=contract.no) for one in [*found, *rates] if one.is_error]


def item_lines_of(planned: PlannedOrder, header: Header, first_line_no: int) -> list[ItemLine]:
    """The service item lines of the planned order, numbered from `first_line_no`; each names its contract line."""
    case = planned.case
    draft = Draft(case.setup, header, (), (), Catalog(service_items=case.service_items))
    found = []
    for place, line in enumerate(planned.lines):
        item_line = new_item_line(draft, first_line_no + place * 10000)
        if line.service_item_no:
            item_line, _ = change_item_line_field(draft, item_line, "service_item_no", line.service_item_no)
        else:
            item_line = changed(item_line, item_no=line.item_no, serial_no=line.serial_no)
        found.append(
            changed(
                item_line,
                description=line.description or item_line.description,
                contract_no=case.contract.no,
                contract_line_no=line.line_no,
            )
        )
    return found

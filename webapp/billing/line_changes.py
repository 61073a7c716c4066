"""What follows from typing into a line of a contract, and when one may go (C-25 … C-27, C-38, C-40, C-46 … C-50)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from webapp.billing import amounts
from webapp.billing.case import ContractCase
from webapp.billing.changes import not_open
from webapp.billing.charges import round_half_away
from webapp.billing.checks import contract_finding, credit_warning
from webapp.billing.periods import addm
from webapp.billing.records import ZERO, Contract, ContractLine
from webapp.posting.dates import is_formula
from webapp.posting.findings import Finding
from webapp.posting.records import changed
from webapp.posting.snapshot import Item, ServiceItem

NO_LINE = ContractLine(
    line_no=0, service_item_no="", item_no="", variant_code="", uom="", description="", serial_no="", line_value=ZERO,
    line_discount_pct=ZERO, line_discount_amount=ZERO, line_amount=ZERO, line_cost=ZERO, profit=ZERO,
    starting_date=None, contract_expiration_date=None, credit_memo_date=None, credited=False, new_line=True,
    invoiced_to_date=None, service_period="", next_planned_service_date=None, last_planned_service_date=None,
    last_service_date=None, response_time_hours=ZERO,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LineTyping:
    """A line that somebody types into: what it may name, where else a service item is under contract, and the
    questions that were answered with yes."""

    case: ContractCase
    line: ContractLine
    service_items: Mapping[str, ServiceItem] = field(default_factory=dict)
    items: Mapping[str, Item] = field(default_factory=dict)
    elsewhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    confirmed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LineChange:
    line: ContractLine
    findings: tuple[Finding, ...] = ()
    notices: tuple[Finding, ...] = ()


def next_line_no(contract: Contract, lines: tuple[ContractLine, ...]) -> int:
    """After the last there ever was: entries keep the number of a line that is gone."""
    last = max([contract.last_line_no, *(line.line_no for line in lines)])
    return last // 10000 * 10000 + 10000


def new_contract_line(case: ContractCase, line_no: int, work_date: date) -> ContractLine:
    """C-25, C-8: a line starts with the contract; one that joins a signed contract with the work date."""
    contract = case.contract
    return changed(
        NO_LINE,
        line_no=line_no,
        starting_date=work_date if contract.is_signed else contract.starting_date,
        contract_expiration_date=contract.expiration_date,
        credit_memo_date=contract.expiration_date,
        service_period=contract.service_period,
        next_planned_service_date=contract.first_service_date,
        response_time_hours=contract.response_time_hours,
    )


def change_line(typing: LineTyping, values: Mapping[str, Any]) -> LineChange:
    """The line after several fields were typed, in the order in which they depend on each other."""
    if refused := not_open(typing.case):
        return LineChange(typing.line, tuple(refused))
    line, findings, notices = typing.line, list[Finding](), list[Finding]()
    for name in sorted(values, key=LINE_ORDER.index):
        if getattr(line, name) == values[name]:
            continue
        done = SETTERS[name](changed(typing, line=line), name, values[name])
        line = done.line
        findings += done.findings
        notices += done.notices
    if not line.description and not findings:
        findings.append(_about(typing, "field_required", "description"))
    return LineChange(line, (*findings, *_begins_late(typing, line, findings)), tuple(notices))


def _begins_late(typing: LineTyping, line: ContractLine, findings: Sequence[Finding]) -> list[Finding]:
    """C-27, C-38: a line that joins a signed contract begins after the end that it has from the contract."""
    starts, ends = line.starting_date, line.contract_expiration_date
    if findings or not line.new_line or starts is None or ends is None or starts <= ends:
        return []
    return [_about(typing, "contract_expired", "contract_expiration_date", date=ends)]


def _about(typing: LineTyping, code: str, name: str, /, **values: Any) -> Finding:
    at = {"line": typing.line.line_no, "table": "service_contract_line"}
    return contract_finding(typing.case, code, name, **{**at, **values})


def _refused(typing: LineTyping, code: str, name: str, /, **values: Any) -> LineChange:
    return LineChange(typing.line, (_about(typing, code, name, **values),))


def _plain(typing: LineTyping, name: str, value: Any) -> LineChange:
    return LineChange(changed(typing.line, **{name: value}))


# --- the subject ------------------------------------------------------------------------------------------------------


def _service_item(typing: LineTyping, name: str, value: str) -> LineChange:
    """C-26, C-27, C-50: which service item may stand here, and what its card proposes."""
    case, line = typing.case, typing.line
    if case.contract.is_signed and not line.new_line:
        return _refused(typing, "contract_line_fixed", name)
    if not value:
        return LineChange(changed(line, service_item_no="", serial_no=""))
    found = typing.service_items.get(value)
    if found is None:
        return _refused(typing, "reference_unknown", name, name=value, table="service_item", record="")
    if problems := _may_join(typing, found):
        return LineChange(line, tuple(problems))
    made = changed(
        line,
        service_item_no=value,
        item_no="",
        description=found.description or value,
        serial_no=found.serial_no,
        line_discount_pct=found.default_contract_discount_pct,
    )
    made = amounts.with_value(made, found.default_contract_value)
    return LineChange(amounts.with_cost(made, found.default_contract_cost))


def _may_join(typing: LineTyping, item: ServiceItem) -> list[Finding]:
    case, name = typing.case, "service_item_no"
    found = []
    if item.customer_no != case.contract.customer_no:
        found.append(
            _about(
                typing,
                "service_item_of_other_customer",
                name,
                name=item.no,
                owner=item.customer_no,
                customer=case.contract.customer_no,
            )
        )
    if item.blocked != "none":
        found.append(_about(typing, "service_item_blocked", name, name=item.no))
    if any(other.service_item_no == item.no and other.line_no != typing.line.line_no for other in case.lines):
        found.append(_about(typing, "contract_item_twice", name, name=item.no))
    if _is_expired(case):
        found.append(_about(typing, "contract_expired", name, date=case.contract.expiration_date))
    others = typing.elsewhere.get(item.no, ())
    if others and "contract_item_elsewhere" not in typing.confirmed:
        found.append(_about(typing, "contract_item_elsewhere", name, name=item.no, others=", ".join(others)))
    away = item.ship_to_code != case.contract.ship_to_code
    if away and "contract_item_ship_to" not in typing.confirmed:
        found.append(_about(typing, "contract_item_ship_to", name, name=item.no, ship_to=item.ship_to_code))
    return found


def _is_expired(case: ContractCase) -> bool:
    """C-27: one more period would lie after the end."""
    contract = case.contract
    if contract.last_invoice_date is None or contract.expiration_date is None or not contract.agreed.months:
        return False
    return addm(contract.last_invoice_date, contract.agreed.months) > contract.expiration_date


def _item(typing: LineTyping, name: str, value: str) -> LineChange:
    """C-50: an item brings what it costs a year in percent of its price or cost."""
    case, line = typing.case, typing.line
    if case.contract.is_signed and not line.new_line:
        return _refused(typing, "contract_line_fixed", name)
    if not value:
        return LineChange(changed(line, item_no=""))
    item = typing.items.get(value)
    if item is None:
        return _refused(typing, "reference_unknown", name, name=value, table="item", record="")
    if item.blocked or item.service_blocked:
        return _refused(typing, "item_blocked", name, name=value)
    service = case.setup.service
    share = Fraction(service.contract_value_pct) / 100
    base = {"none": ZERO, "unit_price": item.unit_price, "unit_cost": item.unit_cost}[service.contract_value_method]
    made = changed(line, item_no=value, service_item_no="", serial_no="", description=item.description,
                   uom=item.base_uom)  # fmt: skip
    made = amounts.with_value(made, round_half_away(Fraction(base) * share))
    return LineChange(amounts.with_cost(made, round_half_away(Fraction(item.unit_cost) * share)))


# --- figures ----------------------------------------------------------------------------------------------------------


def _cents(value: Decimal) -> Decimal:
    return round_half_away(Fraction(value))


def _value(typing: LineTyping, name: str, value: Decimal) -> LineChange:
    if value < 0:
        return _refused(typing, "number_negative", name)
    return LineChange(amounts.with_value(typing.line, _cents(value)))


def _discount_pct(typing: LineTyping, name: str, value: Decimal) -> LineChange:
    if not 0 <= value <= 100:
        return _refused(typing, "discount_out_of_range", name)
    return LineChange(amounts.with_discount_pct(typing.line, value))


def _of_value(make: Callable[[ContractLine, Decimal], ContractLine]) -> Setter:
    """C-47, C-48: figures that give a discount, so there must be a value."""

    def setter(typing: LineTyping, name: str, value: Decimal) -> LineChange:
        if not typing.line.line_value:
            return _refused(typing, "contract_line_value_zero", "line_value")
        made = make(typing.line, _cents(value))
        if made.line_discount_pct > 100 or made.line_discount_pct < -1000:
            return _refused(typing, "discount_out_of_range", "line_discount_pct")
        return LineChange(made)

    return setter


def _cost(typing: LineTyping, name: str, value: Decimal) -> LineChange:
    if value < 0:
        return _refused(typing, "number_negative", name)
    return LineChange(amounts.with_cost(typing.line, _cents(value)))


# --- dates ------------------------------------------------------------------------------------------------------------


def _expiration(typing: LineTyping, name: str, value: date | None) -> LineChange:
    """C-38: within line and contract; it sets an empty credit memo date, and clearing it clears both."""
    line, contract = typing.line, typing.case.contract
    if line.credited:
        return _refused(typing, "contract_line_credited", name)
    if value is None:
        return LineChange(changed(line, contract_expiration_date=None, credit_memo_date=None))
    if line.starting_date is not None and value < line.starting_date:
        return _refused(typing, "range_upside_down", name, other="starting date")
    if contract.expiration_date is not None and value > contract.expiration_date:
        return _refused(typing, "contract_line_end_after", name, date=contract.expiration_date)
    credit = line.credit_memo_date if line.credit_memo_date != line.contract_expiration_date else None
    if credit is not None and credit > value:
        return _refused(typing, "range_upside_down", name, other="credit memo date")
    made = changed(line, contract_expiration_date=value, credit_memo_date=credit or value)
    return LineChange(made, (), tuple(credit_warning(typing.case, made)))


def _credit_memo_date(typing: LineTyping, name: str, value: date | None) -> LineChange:
    line = typing.line
    if line.credited:
        return _refused(typing, "contract_line_credited", name)
    ends = line.contract_expiration_date
    if value is not None and ends is None:
        return _refused(typing, "field_required", "contract_expiration_date")
    if value is not None and ends is not None and value > ends:
        return _refused(typing, "contract_credit_after_end", name, date=ends)
    return LineChange(changed(line, credit_memo_date=value))


def _service_period(typing: LineTyping, name: str, value: str) -> LineChange:
    if not is_formula(value):
        return _refused(typing, "date_formula_not_understood", name, typed=value)
    return LineChange(changed(typing.line, service_period=value))


# --- going ------------------------------------------------------------------------------------------------------------


def credit_is_due(case: ContractCase, line: ContractLine) -> bool:
    """C-140: the line was billed on or beyond its last day, for money."""
    ends, billed = line.contract_expiration_date, line.invoiced_to_date
    owed = ends is not None and billed is not None and billed >= ends
    return case.contract.is_signed and not line.new_line and not line.credited and owed and line.line_amount > 0


def may_remove(case: ContractCase, line: ContractLine) -> tuple[list[Finding], list[Finding]]:
    """C-40: findings that refuse it, and what to warn of. That a credit memo is made first is the caller's part.

    A line that was invoiced ends first, whoever makes its credit memo: without a last day nothing could say what of
    its money is owed back.
    """
    refused = not_open(case)
    at = {"line": line.line_no, "table": "service_contract_line"}
    old = case.contract.is_signed and not line.new_line
    ends = case.contract.automatic_credit_memos or line.invoiced_to_date is not None
    if old and ends and line.contract_expiration_date is None:
        refused.append(contract_finding(case, "contract_line_end_missing", "contract_expiration_date", **at))
    warned = []
    if credit_is_due(case, line) and not case.contract.automatic_credit_memos:
        warned.append(contract_finding(case, "contract_credit_may_be_needed", "invoiced_to_date",
                                       date=line.invoiced_to_date, **at))  # fmt: skip
    if line.credited and case.open_credit_memos:
        documents = ", ".join(case.open_credit_memos)
        warned.append(contract_finding(case, "contract_credit_not_posted", documents=documents, **at))
    return refused, warned


Setter = Callable[[LineTyping, str, Any], LineChange]
SETTERS: dict[str, Setter] = {
    "service_item_no": _service_item,
    "item_no": _item,
    "variant_code": _plain,
    "uom": _plain,
    "description": _plain,
    "serial_no": _plain,
    "line_cost": _cost,
    "line_value": _value,
    "line_discount_pct": _discount_pct,
    "line_discount_amount": _of_value(amounts.with_discount_amount),
    "line_amount": _of_value(amounts.with_amount),
    "profit": _of_value(amounts.with_profit),
    "contract_expiration_date": _expiration,
    "credit_memo_date": _credit_memo_date,
    "service_period": _service_period,
    "next_planned_service_date": _plain,
    "response_time_hours": _plain,
}
LINE_ORDER = list(SETTERS)
LINE_FIELDS = frozenset(SETTERS)

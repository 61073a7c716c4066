"""What follows from typing into the header of a contract or quote (C-23 … C-25, C-39, C-53, C-55, C-79)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.billing.amounts import distributed, may_distribute, with_amount, with_amount_per_period
from webapp.billing.case import ContractCase
from webapp.billing.checks import contract_finding, credit_warning, named_lines
from webapp.billing.contract import with_next
from webapp.billing.periods import MONTHS_PER_PERIOD, addm, recomputed
from webapp.billing.records import ZERO, Contract, ContractLine, Template, calcd_annual_amount
from webapp.posting.dates import is_formula, move
from webapp.posting.findings import Finding, finding, money
from webapp.posting.records import changed
from webapp.posting.snapshot import Customer

REFERENCE = date(2001, 1, 1)  # to compare lengths of time: no leap day near it


def new_contract(kind: str, work_date: date) -> Contract:
    """C-23: a new contract starts on the work date, and so does its first service."""
    blanks: dict[str, Any] = {"str": "", "Decimal": ZERO, "bool": False, "int": 0}
    values: dict[str, Any] = {one.name: blanks.get(str(one.type)) for one in fields(Contract)}
    contract = changed(
        Contract(**values),
        kind=kind,
        status="blank",
        change_status="open",
        invoice_period="month",
        price_update_period="1Y",
        starting_date=work_date,
        first_service_date=work_date,
        row_version=1,
    )
    return with_periods(contract)


def with_template(contract: Contract, template: Template) -> Contract:
    """C-11: all that the template proposes."""
    given = {one.name: getattr(template, one.name) for one in fields(Template) if one.name != "no"}
    return with_periods(changed(contract, template_no=template.no, **given))


@dataclass(frozen=True, slots=True)
class ContractChange:
    """The contract and its lines after a change; `findings` refuse it, `notices` tell what else happened."""

    contract: Contract
    lines: tuple[ContractLine, ...]
    findings: tuple[Finding, ...] = ()
    notices: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Typing:
    """A contract that somebody is typing into: `people` are those that may be named, `confirmed` the questions that
    were answered with yes, `way` how a new annual amount is spread; `annual` is that amount when it is typed too."""

    case: ContractCase
    people: Mapping[str, Customer] = field(default_factory=dict)
    confirmed: frozenset[str] = frozenset()
    way: str = ""
    annual: Decimal | None = None


def change_header(typing: Typing, values: Mapping[str, Any]) -> ContractChange:
    """The contract after several fields were typed, in the order in which they depend on each other."""
    case, typing = typing.case, changed(typing, annual=values.get("annual_amount"))
    change = ContractChange(case.contract, case.lines)
    if refused := not_open(case):
        return changed(change, findings=tuple(refused))
    findings: list[Finding] = []
    notices: list[Finding] = []
    for name in sorted(values, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER)):
        at = changed(case, contract=change.contract, lines=change.lines)
        if getattr(change.contract, name) == values[name]:
            continue
        setter = SETTERS.get(name, _plain)
        done = setter(changed(typing, case=at), name, values[name])
        findings += done.findings
        notices += done.notices
        change = done
    contract = with_amount_per_period(change.contract, change.lines)
    return ContractChange(contract, change.lines, tuple(findings), tuple(notices))


def not_open(case: ContractCase) -> list[Finding]:
    """C-24: only an open contract is changed, never a cancelled one."""
    if case.contract.status == "cancelled":
        return [contract_finding(case, "contract_cancelled", "status")]
    if not case.contract.is_open:
        return [contract_finding(case, "contract_locked", "change_status")]
    return []


def _done(typing: Typing, **values: Any) -> ContractChange:
    return ContractChange(changed(typing.case.contract, **values), typing.case.lines)


def _refused(typing: Typing, code: str, name: str, /, **values: Any) -> ContractChange:
    found = contract_finding(typing.case, code, name, **values)
    return ContractChange(typing.case.contract, typing.case.lines, (found,))


def _plain(typing: Typing, name: str, value: Any) -> ContractChange:
    return _done(typing, **{name: value})


# --- people -----------------------------------------------------------------------------------------------------------


def _customer(typing: Typing, name: str, value: str) -> ContractChange:
    """C-7, C-24: the customer brings the payer, and the payer what is agreed about paying."""
    if typing.case.lines and typing.case.contract.customer_no:
        return _refused(typing, "contract_has_lines", name)
    customer = typing.people.get(value)
    if customer is None:
        return _refused(typing, "reference_unknown", name, name=value, table="customer", record="")
    done = _done(
        typing,
        customer_no=value,
        ship_to_code=customer.ship_to_code,
        contact=customer.contact_name,
        your_reference=customer.your_reference,
    )
    payer = customer.bill_to_customer_no or value
    return _bill_to(changed(typing, case=changed(typing.case, contract=done.contract)), "bill_to_customer_no", payer)


def _ship_to(typing: Typing, name: str, value: str) -> ContractChange:
    if typing.case.lines:
        return _refused(typing, "contract_has_lines", name)
    return _done(typing, ship_to_code=value)


def _bill_to(typing: Typing, name: str, value: str) -> ContractChange:
    payer = typing.people.get(value)
    if payer is None:
        return _refused(typing, "reference_unknown", name, name=value, table="customer", record="")
    dims = _customer_dimensions(typing.case, value)
    return _done(
        typing,
        bill_to_customer_no=value,
        currency_code=payer.currency_code,
        payment_terms_code=payer.payment_terms_code,
        payment_method_code=payer.payment_method_code,
        salesperson_code=payer.salesperson_code or typing.case.contract.salesperson_code,
        **dims,
    )


def moved_to(case: ContractCase, customer: Customer, people: Mapping[str, Customer]) -> Contract:
    """The contract as another customer's: payer and terms are theirs, salesperson and currency stay (C-162)."""
    payer = people.get(customer.bill_to_customer_no or customer.no, customer)
    dims: dict[str, Any] = _customer_dimensions(case, payer.no)
    return changed(
        case.contract,
        customer_no=customer.no,
        ship_to_code=customer.ship_to_code,
        contact=customer.contact_name,
        bill_to_customer_no=payer.no,
        payment_terms_code=payer.payment_terms_code,
        payment_method_code=payer.payment_method_code,
        **dims,
    )


def _customer_dimensions(case: ContractCase, payer: str) -> dict[str, str]:
    ledger = case.setup.ledger
    names = {ledger.global_dimension_1_code: "dim_1", ledger.global_dimension_2_code: "dim_2"}
    return {
        names[rule.dimension_code]: rule.value_code
        for rule in case.setup.default_dimensions.get(("customer", payer), ())
        if names.get(rule.dimension_code) and rule.value_code and rule.rule != "no_code"
    }


def _currency(typing: Typing, name: str, value: str) -> ContractChange:
    """C-60: the contract itself stays in LCY."""
    done = _done(typing, currency_code=value)
    return changed(done, notices=(contract_finding(typing.case, "contract_currency_notice", name),))


# --- dates and periods ------------------------------------------------------------------------------------------------


def with_periods(contract: Contract) -> Contract:
    """C-79."""
    return with_next(contract, recomputed(contract.agreed, contract.next_invoice_date, contract.last_invoice_date))


def _starting_date(typing: Typing, name: str, value: date | None) -> ContractChange:
    """C-24, C-25: until the first invoice the contract may begin on another day, and its lines with it."""
    contract = typing.case.contract
    if contract.last_invoice_date is not None:
        return _refused(typing, "contract_invoiced", name)
    if settled := [line.line_no for line in typing.case.lines if line.invoiced_to_date is not None]:
        return _refused(typing, "contract_days_settled", name, lines=named_lines(settled))
    if value is None and (contract.prepaid or contract.is_signed):
        return _refused(typing, "field_required", name)
    if value is not None and contract.expiration_date is not None and value > contract.expiration_date:
        return _refused(typing, "range_upside_down", "expiration_date", other="starting date")
    lines = tuple(
        changed(line, starting_date=value) if _begins_with(contract, line, value) else line
        for line in typing.case.lines
    )
    late = [line for line in lines if _ends_before_it_starts(line)]
    if late:
        return _refused(typing, "contract_line_ends_before", name, line=late[0].line_no)
    return ContractChange(with_periods(changed(contract, starting_date=value)), lines)


def _begins_with(contract: Contract, line: ContractLine, day: date | None) -> bool:
    """Whether a line moves with the start of its contract; one that joined later does only when it would be before."""
    starts = line.starting_date
    return line.new_line or starts in (None, contract.starting_date) or (day is not None and starts < day)


def _ends_before_it_starts(line: ContractLine) -> bool:
    starts, ends = line.starting_date, line.contract_expiration_date
    return starts is not None and ends is not None and starts > ends


def _expiration_date(typing: Typing, name: str, value: date | None) -> ContractChange:
    """C-39: it ends lines that would run longer, too, after asking."""
    contract = typing.case.contract
    if value is not None and contract.starting_date is not None and value < contract.starting_date:
        return _refused(typing, "range_upside_down", name, other="starting date")
    if value is not None and contract.last_invoice_date is not None and value < contract.last_invoice_date:
        return _refused(typing, "contract_end_before_invoiced", name, date=contract.last_invoice_date)
    lines = []
    later = 0
    for line in typing.case.lines:
        ends = line.contract_expiration_date
        takes_it = value is not None and (contract.is_quote or (not line.credited and (ends is None or ends > value)))
        later += takes_it and ends is not None and ends > (value or ends)
        if takes_it and line.starting_date is not None and value is not None and line.starting_date > value:
            return _refused(typing, "contract_line_ends_before", name, line=line.line_no)
        lines.append(changed(line, contract_expiration_date=value, credit_memo_date=value) if takes_it else line)
    if later and "contract_lines_end_later" not in typing.confirmed:
        return _refused(typing, "contract_lines_end_later", name, count=later)
    ended = [new for old, new in zip(typing.case.lines, lines, strict=True) if new is not old]
    warned = [one for line in ended for one in credit_warning(typing.case, line)]
    return ContractChange(with_periods(changed(contract, expiration_date=value)), tuple(lines), (), tuple(warned))


def _invoice_period(typing: Typing, name: str, value: str) -> ContractChange:
    contract = typing.case.contract
    if value == "none" and contract.last_invoice_date is not None:
        return _refused(typing, "contract_invoiced", name)
    longer = _longer_than_update(value, contract.price_update_period)
    if longer:
        return _refused(typing, "contract_period_too_long", name, update=contract.price_update_period)
    return ContractChange(with_periods(changed(contract, invoice_period=value)), typing.case.lines)


def _longer_than_update(period: str, update: str) -> bool:
    """C-24: a period is at most as long as prices stand."""
    return bool(update) and addm(REFERENCE, MONTHS_PER_PERIOD[period]) > move(REFERENCE, update)


def _price_update_period(typing: Typing, name: str, value: str) -> ContractChange:
    if not is_formula(value):
        return _refused(typing, "date_formula_not_understood", name, typed=value)
    if _longer_than_update(typing.case.contract.invoice_period, value):
        return _refused(typing, "contract_period_too_long", name, update=value)
    return _done(typing, price_update_period=value)


def _next_price_update_date(typing: Typing, name: str, value: date | None) -> ContractChange:
    """C-159."""
    coming = typing.case.contract.next_invoice_date
    if value is not None and coming is not None and value < coming:
        return _refused(typing, "range_upside_down", name, other="next invoice date")
    return _done(typing, next_price_update_date=value)


def _prepaid(typing: Typing, name: str, value: bool) -> ContractChange:
    contract = typing.case.contract
    if typing.case.has_entries:
        return _refused(typing, "contract_has_entries", name)
    if value and contract.starting_date is None:
        return _refused(typing, "field_required", "starting_date")
    if value and contract.invoice_after_service:
        return _refused(typing, "contract_prepaid_after_service", name)
    return ContractChange(with_periods(changed(contract, prepaid=value)), typing.case.lines)


def _invoice_after_service(typing: Typing, name: str, value: bool) -> ContractChange:
    if value and typing.case.contract.prepaid:
        return _refused(typing, "contract_prepaid_after_service", name)
    return _done(typing, invoice_after_service=value)


def _of_service(typing: Typing, name: str, value: Any) -> ContractChange:
    """C-24: service period and first service date stand once the contract is signed; lines follow them before."""
    if typing.case.contract.is_signed:
        return _refused(typing, "contract_signed", name)
    if name == "service_period" and not is_formula(value):
        return _refused(typing, "date_formula_not_understood", name, typed=value)
    of_line = {"service_period": "service_period", "first_service_date": "next_planned_service_date"}[name]
    before = getattr(typing.case.contract, name)
    lines = tuple(
        changed(line, **{of_line: value}) if getattr(line, of_line) == before else line for line in typing.case.lines
    )
    return ContractChange(changed(typing.case.contract, **{name: value}), lines)


# --- amounts ----------------------------------------------------------------------------------------------------------


def _annual_amount(typing: Typing, name: str, value: Decimal) -> ContractChange:
    """C-53: one line takes the new amount, several share it by the way that was chosen."""
    contract, lines = typing.case.contract, typing.case.lines
    if value < 0:
        return _refused(typing, "number_negative", name)
    if contract.allow_unbalanced_amounts:
        return _done(typing, annual_amount=value)
    return _spread(typing, lines, value)


def blocked_notices(contract: Contract, people: Mapping[str, Customer]) -> list[Finding]:
    """A customer who gets no invoices may have a contract; it is told now, and not only when the contract is due."""
    found = []
    roles = {contract.customer_no: "Customer", contract.bill_to_customer_no: "Bill-to customer"}
    for no, role in sorted(roles.items()):
        person = people.get(no)
        if person is not None and (person.privacy_blocked or person.blocked in ("all", "invoice")):
            kind = "Privacy" if person.privacy_blocked else person.blocked.capitalize()
            values: dict[str, Any] = {"role": role, "no": no, "name": person.name, "kind": kind}
            found.append(finding("contract_customer_blocked", document=contract.no, **values))
    return found


def _spread(typing: Typing, lines: Sequence[ContractLine], annual: Decimal) -> ContractChange:
    contract = typing.case.contract
    after = changed(contract, annual_amount=annual)
    if lines and annual == calcd_annual_amount(lines):
        return ContractChange(after, tuple(lines))
    if refused := may_distribute(lines):
        return ContractChange(contract, tuple(lines), tuple(refused))
    if len(lines) == 1:
        return ContractChange(after, (with_amount(lines[0], annual),))
    if not typing.way:
        return _refused(
            typing,
            "contract_distribution_question",
            "annual_amount",
            annual=money(annual),
            calculated=money(calcd_annual_amount(lines)),
            difference=money(annual - calcd_annual_amount(lines)),
        )
    spread, found = distributed(lines, annual, typing.way)
    errors = tuple(one for one in found if one.is_error)
    return ContractChange(after, tuple(spread), errors, tuple(one for one in found if not one.is_error))


def _allow_unbalanced(typing: Typing, name: str, value: bool) -> ContractChange:
    """C-55: taking it off spreads the difference at once; that to an amount typed with it comes next, and only once."""
    done = _done(typing, allow_unbalanced_amounts=value)
    annual, comes = done.contract.annual_amount, typing.annual
    if value or not done.lines or comes not in (None, annual) or annual == calcd_annual_amount(done.lines):
        return done
    return _spread(changed(typing, case=changed(typing.case, contract=done.contract)), done.lines, annual)


Setter = Callable[[Typing, str, Any], ContractChange]
SETTERS: dict[str, Setter] = {
    "customer_no": _customer,
    "ship_to_code": _ship_to,
    "bill_to_customer_no": _bill_to,
    "currency_code": _currency,
    "starting_date": _starting_date,
    "expiration_date": _expiration_date,
    "invoice_period": _invoice_period,
    "price_update_period": _price_update_period,
    "next_price_update_date": _next_price_update_date,
    "prepaid": _prepaid,
    "invoice_after_service": _invoice_after_service,
    "service_period": _of_service,
    "first_service_date": _of_service,
    "allow_unbalanced_amounts": _allow_unbalanced,
    "annual_amount": _annual_amount,
}
ORDER = list(SETTERS)
HEADER_FIELDS = frozenset(
    {
        *SETTERS,
        "description",
        "contact",
        "your_reference",
        "salesperson_code",
        "payment_terms_code",
        "payment_method_code",
        "contract_account_group",
        "contract_group_code",
        "combine_invoices",
        "contract_lines_on_invoice",
        "automatic_credit_memos",
        "service_order_type",
        "response_time_hours",
        "max_labor_unit_price",
        "price_increase_text",
        "print_increase_text",
        "accept_before",
        "probability",
        "dim_1",
        "dim_2",
    }
)

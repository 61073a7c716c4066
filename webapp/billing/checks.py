"""What keeps a contract from being signed, locked or invoiced (C-28, C-33, C-88, C-93)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from webapp.billing.case import ContractCase
from webapp.billing.records import ContractLine, calcd_annual_amount
from webapp.posting.faults import account_fault
from webapp.posting.findings import Finding, finding, money
from webapp.posting.naming import label_of
from webapp.posting.snapshot import Customer

Findings = Iterator[Finding]
MOST_NAMED: Final = 5


def contract_finding(case: ContractCase, code: str, field: str = "", /, **values: Any) -> Finding:
    """A finding about the contract, which its message can name as {contract}."""
    no = case.contract.no
    values = {"table": "service_contract", "record": no, "contract": no, **values}
    return finding(code, document=no, field=field, **values)


def named_lines(nos: Sequence[int]) -> str:
    """Lines as a message names them: some of many."""
    names = ", ".join(map(str, nos[:MOST_NAMED]))
    more = f" and {len(nos) - MOST_NAMED} more" if len(nos) > MOST_NAMED else ""
    return f"{'lines' if len(nos) > 1 else 'line'} {names}{more}"


def credit_warning(case: ContractCase, ended: ContractLine) -> list[Finding]:
    """C-38, C-39: a line that ends on or before a day that is billed, prepaid and not yet released, is owed back."""
    ends, billed = ended.contract_expiration_date, ended.invoiced_to_date
    if not case.unreleased or case.contract.automatic_credit_memos or ends is None or billed is None or billed < ends:
        return []
    values = {"date": billed, "line": ended.line_no, "table": "service_contract_line"}
    return [contract_finding(case, "contract_credit_may_be_needed", "contract_expiration_date", **values)]


def invoice_findings(case: ContractCase, posting_date: date) -> list[Finding]:
    """C-88, points 1 to 7: why no invoice can be made of the contract now. Dimensions are checked on the document."""
    contract = case.contract
    found = [*accounts(case), *amounts_agree(case), *people(case), *blocked(case, for_contracts=False)]
    if not case.setup.number_series.get(case.setup.service.contract_invoice_nos):
        values = {"label": "Contract invoice nos.", "kind": "contract invoices", "table": "service_setup", "record": ""}
        found.append(contract_finding(case, "series_missing", "contract_invoice_nos", **values))
    if contract.currency_code and case.setup.rate_on(contract.currency_code, posting_date) is None:
        values = {"currency": contract.currency_code, "table": "currency", "record": contract.currency_code}
        found.append(contract_finding(case, "exchange_rate_missing", "code", date=posting_date, **values))
    if contract.amount_per_period <= 0:
        found.append(contract_finding(case, "contract_amount_missing", "annual_amount"))
    return [*found, *after_service(case)]


def may_be_invoiced(case: ContractCase) -> Findings:
    """C-6, C-69, C-110: signed, locked, with a period, and not at its end."""
    contract = case.contract
    if contract.status == "cancelled":
        yield contract_finding(case, "contract_cancelled", "status")
    elif not contract.is_signed or contract.is_quote:
        yield contract_finding(case, "contract_not_signed", "status")
    elif contract.is_open:
        yield contract_finding(case, "contract_not_locked", "change_status")
    elif contract.invoice_period == "none":
        yield contract_finding(case, "contract_without_period", "invoice_period")
    elif contract.next_invoice_date is None:
        yield contract_finding(case, "contract_nothing_to_invoice", "next_invoice_date", hint=" It has expired.")


def nothing_to_invoice(case: ContractCase) -> Finding:
    """C-88, C-107: the period comes to nothing."""
    start = case.contract.next_period_start
    ends = [line.contract_expiration_date for line in case.lines]
    ended = bool(ends) and start is not None and all(day is not None and day < start for day in ends)
    hint = " All its lines have expired." if ended else ""
    return contract_finding(case, "contract_nothing_to_invoice", hint=hint)


def accounts(case: ContractCase) -> Findings:
    """The account group, and its accounts open to direct posting (C-9, C-28, C-88)."""
    contract, group = case.contract, case.account_group
    if group is None:
        yield contract_finding(case, "contract_account_group_missing", "contract_account_group")
        return
    wanted = [("Income account", "non_prepaid_account", group.non_prepaid_account)]
    if contract.prepaid:
        wanted.append(("Prepaid account", "prepaid_account", group.prepaid_account))
    for label, field, no in wanted:
        at = {"label": label, "account": no, "owner": f"account group {group.code}"}
        if code := account_fault(case.setup, no):
            yield contract_finding(case, code, field, table="contract_account_group", record=group.code, **at)
        elif not case.setup.accounts[no].direct_posting:
            at |= {"table": "gl_account", "record": no}
            yield contract_finding(case, "account_no_direct_posting", "direct_posting", **at)


def invoice_warnings(case: ContractCase) -> list[Finding]:
    """C-9, C-88: what keeps invoices of the contract from being made or posted, and neither signing nor locking stops
    at: told then, while somebody looks."""
    contract, group = case.contract, case.account_group
    if contract.is_quote:
        return []
    missing = [one.message for one in accounts(case)]
    if group is not None and not missing:
        wanted = [group.non_prepaid_account, *([group.prepaid_account] if contract.prepaid else [])]
        for no in dict.fromkeys(wanted):
            blank = [
                name for name in ("gen_prod_group", "vat_prod_group") if not getattr(case.setup.accounts[no], name)
            ]
            missing += [f"G/L account {no} of account group {group.code} has no {label_of(name)}." for name in blank]
    return [contract_finding(case, "contract_not_ready", "contract_account_group", why=why) for why in missing]


def amounts_agree(case: ContractCase) -> Findings:
    """C-52: the annual amount is what the lines come to."""
    calculated = calcd_annual_amount(case.lines)
    if case.contract.annual_amount != calculated:
        yield contract_finding(
            case,
            "contract_amounts_differ",
            "annual_amount",
            annual=money(case.contract.annual_amount),
            calculated=money(calculated),
        )


def people(case: ContractCase) -> Findings:
    """C-88: customer and payer exist, are not blocked for invoices, and have their groups."""
    contract = case.contract
    named = {"customer_no": case.customer, "bill_to_customer_no": case.bill_to}
    for field, person in named.items():
        no = getattr(contract, field)
        role = "Customer" if field == "customer_no" else "Bill-to customer"
        if person is None:
            yield contract_finding(case, "reference_unknown", field, name=no, table="customer", record="")
        elif field == "bill_to_customer_no" and contract.customer_no == contract.bill_to_customer_no:
            continue
        elif person.privacy_blocked:
            yield contract_finding(case, "customer_privacy_blocked", "privacy_blocked", role=role, no=no, **_of(person))
        elif person.blocked in ("all", "invoice"):
            values = {"role": role, "no": no, "name": person.name, "kind": person.blocked.capitalize(), **_of(person)}
            yield contract_finding(case, "customer_blocked", "blocked", **values)
    payer = case.bill_to
    if case.customer is not None and not case.customer.gen_bus_group:
        values = {"no": case.customer.no, "group": "Gen. bus. posting group", **_of(case.customer)}
        yield contract_finding(case, "customer_has_no_group", "gen_bus_group", **values)
    if payer is not None and not payer.customer_posting_group:
        values = {"no": payer.no, "group": "Customer posting group", **_of(payer)}
        yield contract_finding(case, "customer_has_no_group", "customer_posting_group", **values)


def _of(person: Customer) -> dict[str, str]:
    return {"table": "customer", "record": person.no}


def blocked(case: ContractCase, *, for_contracts: bool) -> Findings:
    """C-28, C-88: service items and items that are blocked; those for contracts only stop signing and locking."""
    for line in case.lines:
        at: dict[str, Any] = {"line": line.line_no}
        service_item = case.service_items.get(line.service_item_no)
        stops = ("all", "service_contract") if for_contracts else ("all",)
        if service_item is not None and service_item.blocked in stops:
            at |= {"table": "service_item", "record": service_item.no}
            yield contract_finding(case, "service_item_blocked", "blocked", name=service_item.no, **at)
        item = case.items.get(line.item_no)
        if item is not None and (item.blocked or item.service_blocked):
            at |= {"table": "item", "record": item.no}
            yield contract_finding(case, "item_blocked", "blocked", name=item.no, **at)


def after_service(case: ContractCase) -> Findings:
    """C-93: every line was serviced within the period that is to be invoiced."""
    period = case.contract.period
    if not case.contract.invoice_after_service or period is None:
        return
    for line in case.lines:
        day = line.last_service_date
        if day is None or not period.first <= day <= period.last:
            yield contract_finding(
                case,
                "contract_service_outstanding",
                "last_service_date",
                line=line.line_no,
                first=period.first,
                last=period.last,
            )

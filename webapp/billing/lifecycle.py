"""Signing, locking, opening, cancelling, deleting: what is asked and what follows (C-22, C-28 … C-37, C-43, C-44)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from webapp.billing.case import ContractCase
from webapp.billing.charges import charged
from webapp.billing.checks import accounts, amounts_agree, blocked, contract_finding
from webapp.billing.contract import Gap, last_day, line_start, starting_days
from webapp.billing.periods import DAY, Span, addm, eom, som, span
from webapp.billing.records import Contract, ContractLine
from webapp.posting.findings import Finding, money
from webapp.posting.records import changed

Findings = Iterator[Finding]
# What can be answered with yes; everything else refuses.
QUESTIONS = frozenset(
    {
        "contract_not_month_end",
        "contract_service_date_missing",
        "contract_lines_end_later",
        "contract_item_elsewhere",
        "contract_item_ship_to",
        "contract_pending_documents",
        "contract_open_entries",
        "contract_unposted_invoices",
        "contract_restore_dates",
        "contract_credit_may_be_needed",
        "contract_credit_not_posted",
        "contract_unposted_credit",
        "contract_credit_lost",
        "contract_cancel_credits",
        "contract_price_steep",
        "contract_customer_moves",
    }
)


# --- signing ----------------------------------------------------------------------------------------------------------


def sign_findings(case: ContractCase, confirmed: frozenset[str] = frozenset()) -> list[Finding]:
    """C-28: the checks in their order; the first that finds something stops."""
    for check in SIGN_CHECKS:
        found = [one for one in check(case) if one.code not in confirmed]
        if found:
            return found
    return []


def _not_cancelled(case: ContractCase) -> Findings:
    if case.contract.status == "cancelled":
        yield contract_finding(case, "contract_cancelled", "status")


def _service_period(case: ContractCase) -> Findings:
    if not case.contract.service_period:
        yield contract_finding(case, "field_required", "service_period")


def _has_customer(case: ContractCase) -> Findings:
    for name in ("customer_no", "bill_to_customer_no"):
        if not getattr(case.contract, name):
            yield contract_finding(case, "field_required", name)


def _not_negative(case: ContractCase) -> Findings:
    if case.contract.annual_amount < 0:
        yield contract_finding(case, "number_negative", "annual_amount")


def no_line_for_nothing(case: ContractCase) -> Findings:
    """C-28: a line without amount has a discount of 100 %."""
    for line in case.lines:
        if not line.line_amount and line.line_discount_pct != 100:
            yield contract_finding(
                case, "contract_line_amount_zero", "line_amount", line=line.line_no, table="service_contract_line"
            )


def _has_start(case: ContractCase) -> Findings:
    if case.contract.starting_date is None:
        yield contract_finding(case, "field_required", "starting_date")


def has_amount(case: ContractCase) -> Findings:
    contract = case.contract
    if contract.invoice_period != "none" and not (contract.annual_amount and contract.amount_per_period):
        yield contract_finding(case, "contract_amount_missing", "annual_amount")


def _mandatory(case: ContractCase) -> Findings:
    service, contract = case.setup.service, case.contract
    if service.salesperson_mandatory and not contract.salesperson_code:
        yield contract_finding(case, "mandatory_field_empty", "salesperson_code")
    if service.contract_response_time_mandatory:
        for line in case.lines:
            if not line.response_time_hours:
                yield contract_finding(
                    case, "mandatory_field_empty", "response_time_hours", line=line.line_no,
                    table="service_contract_line",
                )  # fmt: skip


def _not_blocked(case: ContractCase) -> Findings:
    yield from blocked(case, for_contracts=True)


def _month_end(case: ContractCase) -> Findings:
    """C-28."""
    contract = case.contract
    day = contract.next_invoice_date
    if day is None:
        return
    if contract.prepaid and day.day != 1:
        yield contract_finding(case, "contract_not_month_start", "next_invoice_date", date=day)
    elif not contract.prepaid and day != eom(day):
        yield contract_finding(case, "contract_not_month_end", "next_invoice_date", date=day)


def _dimensions(case: ContractCase) -> Findings:
    """C-28: the values exist, are open and may stand together."""
    setup, contract = case.setup, case.contract
    codes = (setup.ledger.global_dimension_1_code, setup.ledger.global_dimension_2_code)
    given = {code: value for code, value in zip(codes, (contract.dim_1, contract.dim_2), strict=True) if code and value}
    for place, code in enumerate(codes, 1):
        if not given.get(code):
            continue
        row = setup.dimension_values.get((code, given[code]))
        if row is None or row.blocked:
            name = "dimension_value_blocked" if row else "dimension_value_unknown"
            yield contract_finding(case, name, f"dim_{place}", dimension=code, value=given[code], where="")
    for pair in setup.dimension_combinations:
        one, two = given.get(pair.dimension_1_code), given.get(pair.dimension_2_code)
        if one and two and pair.value_1_code in ("", one) and pair.value_2_code in ("", two):
            yield contract_finding(
                case, "dimension_combination_blocked", "dim_1",
                first=f"{pair.dimension_1_code} {one}", second=f"{pair.dimension_2_code} {two}",
            )  # fmt: skip


def _service_dates(case: ContractCase) -> Findings:
    for line in case.lines:
        if line.next_planned_service_date is None:
            yield contract_finding(
                case, "contract_service_date_missing", "next_planned_service_date", line=line.line_no,
                table="service_contract_line",
            )  # fmt: skip


def _items_of_customer(case: ContractCase) -> Findings:
    for line in case.lines:
        item = case.service_items.get(line.service_item_no)
        if case.contract.is_quote and item is not None and item.customer_no != case.contract.customer_no:
            yield contract_finding(
                case, "service_item_of_other_customer", "service_item_no", line=line.line_no,
                name=item.no, owner=item.customer_no, customer=case.contract.customer_no,
            )  # fmt: skip


SIGN_CHECKS: tuple[Callable[[ContractCase], Findings], ...] = (
    _not_cancelled,
    _has_customer,
    accounts,
    _service_period,
    amounts_agree,
    _not_negative,
    no_line_for_nothing,
    _has_start,
    has_amount,
    _mandatory,
    _not_blocked,
    _month_end,
    _dimensions,
    _service_dates,
    _items_of_customer,
)


def signed(case: ContractCase) -> ContractCase:
    """The contract as it stands when it is signed: a contract, signed and locked, its lines no longer new (C-29)."""
    contract = changed(case.contract, kind="contract", status="signed", change_status="locked")
    return changed(case, contract=contract, lines=tuple(changed(line, new_line=False) for line in case.lines))


def waived(case: ContractCase) -> tuple[ContractCase, list[Gap]]:
    """C-31: the days before the first period are given away: each line counts as invoiced to their end."""
    days = starting_days(case.contract)
    if days is None:
        return case, []
    lines, gaps = [], []
    for line in case.lines:
        own = span(line_start(case.contract, line), last_day(line, days.last))
        if own is not None:
            gaps.append(Gap(line.line_no, own, charged(line, own).amount))
            line = changed(line, invoiced_to_date=own.last)
        lines.append(line)
    return changed(case, lines=tuple(lines)), gaps


# --- opening and locking ----------------------------------------------------------------------------------------------


def open_findings(case: ContractCase) -> list[Finding]:
    """C-33, C-45: a quote may come back from being cancelled, a contract never."""
    contract = case.contract
    if contract.status == "cancelled" and not contract.is_quote:
        return [contract_finding(case, "contract_cancelled", "status")]
    if contract.is_open:
        return [contract_finding(case, "contract_open_already", "change_status")]
    return []


def opened(case: ContractCase) -> Contract:
    return changed(case.contract, change_status="open", status="signed" if case.contract.is_signed else "blank")


def lock_findings(case: ContractCase) -> list[Finding]:
    """C-33."""
    contract = case.contract
    if contract.status == "cancelled":
        return [contract_finding(case, "contract_cancelled", "status")]
    if not contract.is_open:
        return [contract_finding(case, "contract_locked", "change_status")]
    found = [*amounts_agree(case), *_not_negative(case), *blocked(case, for_contracts=True)]
    if contract.is_signed:
        found += no_line_for_nothing(case)
    if not contract.annual_amount and contract.invoice_period != "none":
        found.append(contract_finding(case, "contract_amount_missing", "annual_amount"))
    return found


@dataclass(frozen=True, slots=True)
class Joining:
    """New lines of a signed contract as they are taken in (C-34): when they start, and the days that an invoice for
    them would bill now; `findings` say why they cannot join."""

    start: date
    days: Span | None = None
    findings: tuple[Finding, ...] = ()


def joining(case: ContractCase, work_date: date, start: date | None = None) -> Joining | None:
    """What locking does with the new lines of a signed contract; None when there are none (C-34, C-37)."""
    contract = case.contract
    if not contract.is_signed or not any(line.new_line for line in case.lines):
        return None
    day = start or max(work_date, contract.starting_date or work_date)
    ended = [x for x in case.lines if x.new_line and x.contract_expiration_date and x.contract_expiration_date < day]
    if ended:
        at = ("contract_line_ends_before", "contract_expiration_date")
        return Joining(day, findings=tuple(contract_finding(case, *at, line=line.line_no) for line in ended))
    coming = contract.next_period_start
    if contract.invoice_period == "none" or coming is None:
        return Joining(day)
    if day > eom(coming):
        late = contract_finding(case, "contract_joins_too_late", "starting_date", date=day, start=coming)
        return Joining(day, findings=(late,))
    earliest = addm(som(coming), -contract.agreed.months)
    earliest = max(earliest, contract.starting_date or earliest)
    if day < earliest:
        early = contract_finding(case, "contract_joins_too_early", "starting_date", date=day, earliest=earliest)
        return Joining(day, findings=(early,))
    return Joining(day, span(day, coming - DAY))


def joined(case: ContractCase, start: date) -> ContractCase:
    """The new lines with their start; planned services before it move to it (C-34)."""
    return changed(case, lines=tuple(_joined(line, start) if line.new_line else line for line in case.lines))


def _joined(line: ContractLine, start: date) -> ContractLine:
    planned = line.next_planned_service_date
    return changed(
        line,
        starting_date=start,
        next_planned_service_date=max(planned, start) if planned else planned,
    )


def locked(case: ContractCase) -> ContractCase:
    contract = changed(case.contract, change_status="locked")
    if not contract.is_signed:
        return changed(case, contract=contract)
    return changed(case, contract=contract, lines=tuple(changed(line, new_line=False) for line in case.lines))


# --- the end ----------------------------------------------------------------------------------------------------------


def cancel_findings(
    case: ContractCase, reason_code: str, prepaid_left: Decimal, confirmed: frozenset[str]
) -> list[Finding]:
    """C-43: a reason where the set-up wants one, and one question that names what is still pending."""
    if case.contract.status == "cancelled":
        return [contract_finding(case, "contract_cancelled", "status")]
    if case.setup.service.use_contract_cancel_reason and not reason_code:
        return [contract_finding(case, "field_required", "cancel_reason_code")]
    pending = [
        *(f"unposted invoice {no}" for no in case.open_invoices),
        *(f"unposted credit memo {no}" for no in case.open_credit_memos),
    ]
    if prepaid_left:
        pending.append(f"a prepaid balance of {prepaid_left:,.2f} that is not released")
    if pending and "contract_pending_documents" not in confirmed:
        return [contract_finding(case, "contract_pending_documents", "status", pending=", ".join(pending))]
    return []


def cancel_notices(case: ContractCase, left: Sequence[tuple[ContractLine, Span]], day: date) -> list[Finding]:
    """C-43, C-171: what cancelling on this day gives away, and what stays billed although it lies ahead."""
    if not case.contract.is_signed or case.contract.is_quote:
        return []
    found = []
    for line, days in left:
        values = {"days": days, "amount": money(charged(line, days).amount), "table": "service_contract_line"}
        found.append(contract_finding(case, "contract_days_given_away", line=line.line_no, **values))
    for line in case.lines:
        ends = min(day, line.contract_expiration_date or day)
        billed = line.invoiced_to_date
        if billed is not None and billed > ends and not line.credited and line.line_amount > 0:
            values = {"date": billed, "table": "service_contract_line"}
            found.append(contract_finding(case, "contract_billed_ahead", line=line.line_no, **values))
    return found


def cancelled(case: ContractCase, reason_code: str) -> Contract:
    return changed(case.contract, status="cancelled", change_status="locked", cancel_reason_code=reason_code)


def delete_findings(case: ContractCase, open_entries: bool, confirmed: frozenset[str]) -> list[Finding]:
    """C-44: a signed contract stays, and so does one whose documents are not posted yet."""
    contract = case.contract
    if contract.is_signed:
        return [contract_finding(case, "contract_signed_stays", "status")]
    documents = (*case.open_invoices, *case.open_credit_memos)
    if documents:
        return [contract_finding(case, "contract_has_documents", "status", documents=", ".join(documents))]
    if open_entries and "contract_open_entries" not in confirmed:
        return [contract_finding(case, "contract_open_entries", "status")]
    return []

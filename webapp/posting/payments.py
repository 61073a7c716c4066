"""What customers pay: a payment with what it is applied to, and the application of what is open already (D-131, P-156).

One core for both. The amount that is applied belongs to a payment that is new, or to an entry in the customer's favour
that was there: a payment on account, a credit memo. What is over stays open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.posting.amounts import to_lcy
from webapp.posting.application import Application, Applied, EntryUpdate, entry_updates
from webapp.posting.applying import Applier, gain_account
from webapp.posting.checks import posting_date_finding
from webapp.posting.credit_checks import entry_name
from webapp.posting.faults import ACCOUNT_LABELS, account_fault
from webapp.posting.findings import Finding, finding, money
from webapp.posting.ledgers import CustomerEntry, DetailedEntry, Ledgers, New
from webapp.posting.lines import blanks_of
from webapp.posting.money import round_to
from webapp.posting.numbers import NextNumber, next_number
from webapp.posting.records import changed
from webapp.posting.setup import SeriesLine, Setup
from webapp.posting.snapshot import ZERO, Customer, Header, OpenEntry

ONE = Decimal(1)
NOT_DRAWN = NextNumber()


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry to apply to: how much of it, 0 for all; whether a payment discount that is due may close it; and what
    was left of it when it was chosen, None when nobody looked."""

    entry_no: int
    amount: Decimal = ZERO
    discount: bool = True
    seen: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """What was typed: who paid what into which account, and what for."""

    customer_no: str
    posting_date: date
    amount: Decimal
    currency_code: str = ""
    payment_method_code: str = ""
    bank_account_no: str = ""
    external_document_no: str = ""
    description: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentSnapshot:
    """What the plan may know: the payer, the chosen entries by number, open or not, and the numbers of payments.
    `reference_used_by`: an earlier payment with the same external number."""

    setup: Setup
    user_name: str
    customer: Customer | None
    entries: Mapping[int, OpenEntry]
    series: tuple[SeriesLine, ...] = ()
    reference_used_by: str = ""


@dataclass(frozen=True, slots=True)
class ApplicationSnapshot:
    """An open entry that is to be applied, with what the plan may know; `header` is that of its own posting."""

    setup: Setup
    user_name: str
    header: Header
    entry: OpenEntry
    entries: Mapping[int, OpenEntry]


@dataclass(frozen=True, slots=True)
class ApplicationPlan:
    """Findings, and what would be written: `updates` are the entries that were there (O-44), `own` the applied one when
    it was there, too. `left` stays open of the amount that was applied."""

    header: Header
    findings: tuple[Finding, ...]
    applied: tuple[Applied, ...] = ()
    ledgers: Ledgers = field(default_factory=Ledgers)
    updates: tuple[EntryUpdate, ...] = ()
    own: EntryUpdate | None = None
    left: Decimal = ZERO
    number: NextNumber = NOT_DRAWN

    @property
    def may_post(self) -> bool:
        return not any(found.is_error for found in self.findings)


# --- a payment ------------------------------------------------------------------------------------------------------


def payment_header(setup: Setup, customer: Customer, payment: Payment) -> Header:
    """The header that a payment's entries take their columns from."""
    day = payment.posting_date
    rate = setup.rate_on(payment.currency_code, day) if payment.currency_code else None
    values: dict[str, Any] = {
        "document_type": "payment",
        "customer_no": customer.no,
        "bill_to_customer_no": customer.no,
        "bill_to_name": customer.name,
        "bill_to_country_code": customer.country_code,
        "posting_date": day,
        "document_date": day,
        "vat_date": day,
        "due_date": day,
        "currency_code": payment.currency_code,
        "exchange_amount": rate.exchange_amount if rate else ONE,
        "relational_amount": rate.relational_amount if rate else ONE,
        "customer_posting_group": customer.customer_posting_group,
        "salesperson_code": customer.salesperson_code,
        "payment_method_code": payment.payment_method_code,
        "external_document_no": payment.external_document_no,
        "posting_description": payment.description or f"Payment of {customer.name or customer.no}"[:100],
    }
    return Header(**{**blanks_of(Header), **values})


def money_account(setup: Setup, payment: Payment) -> str:
    """The G/L account that the money went to: of the bank account, else of the payment method; blank for none."""
    bank, method = (
        setup.bank_accounts.get(payment.bank_account_no),
        setup.payment_methods.get(payment.payment_method_code),
    )
    if payment.bank_account_no:
        return bank.gl_account_no if bank else ""
    if method is None or not method.bal_account_no:
        return ""
    if method.bal_account_type == "bank":
        bank = setup.bank_accounts.get(method.bal_account_no)
        return bank.gl_account_no if bank else ""
    return method.bal_account_no


def plan_payment(source: PaymentSnapshot, payment: Payment) -> ApplicationPlan:
    """What posting this payment finds and writes."""
    setup, customer = source.setup, source.customer
    if customer is None:
        unknown = finding("payment_customer_unknown", field="customer_no", no=payment.customer_no)
        return ApplicationPlan(Header(**blanks_of(Header)), (unknown,))
    if payment.currency_code == setup.ledger.lcy_code:  # the own currency by its code is the own currency
        payment = changed(payment, currency_code="")
    header = payment_header(setup, customer, payment)
    number = next_number(setup.number_series.get(setup.receivables.payment_nos), source.series, payment.posting_date)
    found = [*_payment_findings(source, payment, customer, header), *number.findings]
    if not number.no and not number.findings:
        found.append(
            finding(
                "series_missing", table="receivables_setup", label="Payment nos.", kind="payments", field="payment_nos"
            )
        )
    chosen, wrong = _chosen(setup, header, payment.amount, payment.choices, source.entries)
    found += wrong
    if any(one.is_error for one in found):
        return ApplicationPlan(header, tuple(dict.fromkeys(found)), number=number)
    lcy = round_to(to_lcy(payment.amount, header), setup.ledger.amount_rounding_precision)
    application = Application(
        setup, header, payment.amount, lcy, _discounts(chosen, payment.choices, header.posting_date)
    )
    applied = application.to(chosen)
    found += _unused(chosen, applied, payment.amount)
    group = setup.customer_groups[header.customer_posting_group]
    found += _application_accounts(setup, header, applied, group.payment_disc_debit)
    if any(one.is_error for one in found):
        return ApplicationPlan(header, tuple(dict.fromkeys(found)), tuple(applied), number=number)
    ledgers = Ledgers()
    applier = _applier(setup, ledgers, header, "payment", payment.posting_date, group.receivables)
    account = money_account(setup, payment)
    applier.gl(group.receivables, -lcy, -payment.amount, account)
    applier.gl(account, lcy, payment.amount)
    _payment_entry(ledgers, header, application, applied, lcy, group.receivables)
    for one in applied:
        applier.apply(New(0), one)
    return ApplicationPlan(
        header,
        tuple(dict.fromkeys(found)),
        tuple(applied),
        ledgers,
        tuple(entry_updates(applied, payment.posting_date, both_discounts=False)),
        left=application.left,
        number=number,
    )


def _payment_entry(
    ledgers: Ledgers,
    header: Header,
    application: Application,
    applied: list[Applied],
    lcy: Decimal,
    receivables: str,
) -> None:
    """The customer entry of the payment and its initial detail, in the customer's favour."""
    day, used = header.posting_date, not application.left
    assert day is not None
    ledgers.customer.append(
        CustomerEntry(
            document="payment",
            posting_date=day,
            document_type="payment",
            description=header.posting_description,
            amount=-application.amount,
            amount_lcy=-lcy,
            due_date=day,
            open=not used,
            receivables_account=receivables,
            closed_by_entry_no=applied[-1].entry.entry_no if used and applied else None,
            closed_at_date=day if used else None,
        )
    )
    ledgers.detailed.append(
        DetailedEntry(
            document="payment",
            posting_date=day,
            document_type="payment",
            entry_type="initial",
            customer_entry_no=New(0),
            currency_code=header.currency_code,
            amount=-application.amount,
            amount_lcy=-lcy,
            due_date=day,
        )
    )


def _payment_findings(
    source: PaymentSnapshot, payment: Payment, customer: Customer, header: Header
) -> Iterator[Finding]:
    setup = source.setup
    if customer.bill_to_customer_no and customer.bill_to_customer_no != customer.no:
        payer = customer.bill_to_customer_no
        yield finding("payment_pays_for_other", field="customer_no", no=customer.no, payer=payer)
    if customer.privacy_blocked:
        where: dict[str, Any] = {"table": "customer", "record": customer.no, "role": "Customer", "no": customer.no}
        yield finding("customer_privacy_blocked", field="customer_no", **where)
    yield from posting_date_finding(setup, setup.users.get(source.user_name), header)
    yield from _amount_findings(setup, payment)
    unknown = _unknown(setup, payment)
    yield from unknown.values()
    rated = not payment.currency_code or setup.rate_on(payment.currency_code, payment.posting_date) is not None
    if not rated and "currency_code" not in unknown:
        values: dict[str, Any] = {"currency": payment.currency_code, "date": payment.posting_date}
        yield finding("exchange_rate_missing", field="currency_code", **values)
    account = money_account(setup, payment)
    if not account and not unknown.keys() & {"bank_account_no", "payment_method_code"}:
        yield finding("payment_account_missing", field="bank_account_no", why=_no_account(payment))
    elif account and (code := account_fault(setup, account)):
        place: dict[str, Any] = {"table": "gl_account", "record": account, "account": account, "owner": "it"}
        yield finding(code, field="bank_account_no", label="Account of the money", **place)
    group = setup.customer_groups.get(header.customer_posting_group)
    if group is None:
        at: dict[str, Any] = {"table": "customer", "record": customer.no, "no": customer.no}
        yield finding("customer_has_no_group", field="customer_no", group="customer posting group", **at)
    elif code := account_fault(setup, group.receivables):
        yield _account_finding(code, "receivables", group.receivables, "customer_posting_group", group.code)
    if source.reference_used_by:
        used: dict[str, Any] = {"reference": payment.external_document_no, "other": source.reference_used_by}
        yield finding("payment_entered_before", field="external_document_no", **used)


def _unknown(setup: Setup, payment: Payment) -> dict[str, Finding]:
    """P-12: the codes that name nothing, by field."""
    tables = {
        "currency_code": ("currency", "", setup.currencies),
        "payment_method_code": ("payment_method", "", setup.payment_methods),
        "bank_account_no": ("bank_account", "Bank account", setup.bank_accounts),
    }
    return {
        name: finding("reference_unknown", field=name, label=label, table=table, name=typed)
        for name, (table, label, records) in tables.items()
        if (typed := getattr(payment, name)) and typed not in records
    }


def _no_account(payment: Payment) -> str:
    if payment.bank_account_no:
        return f"bank account {payment.bank_account_no} has no G/L account"
    if payment.payment_method_code:
        return f"payment method {payment.payment_method_code} has no balancing account"
    return "neither a bank account nor a payment method is chosen"


def _amount_findings(setup: Setup, payment: Payment) -> Iterator[Finding]:
    currency = setup.currency(payment.currency_code)
    step = currency.amount_rounding_precision
    if payment.amount <= 0:
        yield finding("payment_amount_not_positive", field="amount")
    elif round_to(payment.amount, step) != payment.amount:
        yield finding(
            "payment_amount_too_fine", field="amount", amount=payment.amount, currency=currency.code, step=step
        )


# --- an open entry that is applied ----------------------------------------------------------------------------------


def plan_application(source: ApplicationSnapshot, day: date, choices: tuple[Choice, ...]) -> ApplicationPlan:
    """What applying an open entry in the customer's favour finds and writes, on this day."""
    setup, entry = source.setup, source.entry
    header = changed(source.header, posting_date=day, vat_date=day)
    found = list(posting_date_finding(setup, setup.users.get(source.user_name), header))
    own: dict[str, Any] = {"name": entry_name(entry), "table": "customer_ledger_entry", "record": str(entry.entry_no)}
    if not entry.open or not entry.remaining:
        found.append(finding("payment_entry_closed", **own))
    elif entry.remaining > 0:
        found.append(finding("payment_entry_same_side", **own))
    if day < entry.posting_date:
        found.append(finding("payment_entry_later", field="posting_date", day=entry.posting_date, date=day, **own))
    if not choices:
        found.append(finding("application_nothing_chosen", document=entry.document_no))
    amount = abs(entry.remaining)
    chosen, wrong = _chosen(setup, header, amount, choices, source.entries)
    found += wrong
    if any(one.is_error for one in found):
        return ApplicationPlan(header, tuple(dict.fromkeys(found)))
    discounts = _discounts(chosen, choices, entry.posting_date) if entry.document_type == "payment" else {}
    application = Application(setup, header, amount, abs(entry.remaining_lcy), discounts)
    applied = application.to(chosen)
    both = bool(entry.remaining_pmt_disc_possible)
    group = setup.customer_groups.get(header.customer_posting_group)
    discount_account = group.payment_disc_debit if group else ""
    found += [*_unused(chosen, applied, amount), *_application_accounts(setup, header, applied, discount_account)]
    if any(one.is_error for one in found):
        return ApplicationPlan(header, tuple(dict.fromkeys(found)), tuple(applied))
    ledgers = Ledgers()
    applier = _applier(setup, ledgers, header, entry.document_type, day, entry.receivables_account, both=both)
    left = _own_discount_left(setup, entry, applied)
    for index, one in enumerate(applied):
        applier.apply(entry.entry_no, one, ZERO if index else entry.remaining_pmt_disc_possible - left)
    return ApplicationPlan(
        header,
        tuple(dict.fromkeys(found)),
        tuple(applied),
        ledgers,
        tuple(entry_updates(applied, day, both_discounts=both)),
        EntryUpdate(entry.entry_no, left, None if application.left else day),
        application.left,
    )


def _own_discount_left(setup: Setup, entry: OpenEntry, applied: list[Applied]) -> Decimal:
    """The payment discount of the applied entry afterwards: less only where both sides have one (P-156)."""
    used = sum((one.own for one in applied if one.entry.remaining_pmt_disc_possible), ZERO)
    possible = entry.remaining_pmt_disc_possible
    precision = setup.currency(entry.currency_code).amount_rounding_precision
    return possible - round_to(possible * used / abs(entry.remaining), precision)


# --- both -----------------------------------------------------------------------------------------------------------


def _applier(
    setup: Setup, ledgers: Ledgers, header: Header, kind: str, day: date, receivables: str, *, both: bool = False
) -> Applier:
    group = setup.customer_groups.get(header.customer_posting_group)
    account = group.payment_disc_debit if group else ""
    return Applier(setup, ledgers, header, "payment", kind, day, receivables, account, both_discounts=both)


def _discounts(chosen: list[OpenEntry], choices: tuple[Choice, ...], day: date | None) -> dict[int, Decimal]:
    """The payment discounts that are due on the day and wanted (D-131)."""
    wanted = {one.entry_no for one in choices if one.discount}
    return {
        one.entry_no: abs(one.remaining_pmt_disc_possible)
        for one in chosen
        if one.entry_no in wanted and discount_is_due(one, day)
    }


def discount_is_due(entry: OpenEntry, day: date | None) -> bool:
    """Whether a payment of this day may keep the entry's payment discount back."""
    last = entry.pmt_discount_date
    possible = abs(entry.remaining_pmt_disc_possible)
    return bool(day and last and day <= last and ZERO < possible < abs(entry.remaining))


def _chosen(
    setup: Setup, header: Header, amount: Decimal, choices: tuple[Choice, ...], entries: Mapping[int, OpenEntry]
) -> tuple[list[OpenEntry], list[Finding]]:
    """The entries to apply to, by due date, each with its amount, and everything that is wrong with them."""
    chosen: list[OpenEntry] = []
    found: list[Finding] = []
    for choice in {one.entry_no: one for one in choices}.values():
        entry = entries.get(choice.entry_no)
        if entry is None:
            found.append(finding("payment_entry_closed", name=f"Entry {choice.entry_no}"))
            continue
        found += _entry_findings(setup, header, entry, choice)
        chosen.append(changed(entry, amount_to_apply=choice.amount))
    same = [one for one in chosen if one.currency_code == header.currency_code]
    typed = sum((one.amount_to_apply for one in same), ZERO)
    if typed > amount > 0:
        values: dict[str, Any] = {"typed": money(typed), "amount": money(amount)}
        found.append(finding("payment_applies_more_than_paid", field="amount_to_apply", **values))
    return sorted(chosen, key=lambda one: (one.due_date or date.max, one.entry_no)), found


def _entry_findings(setup: Setup, header: Header, entry: OpenEntry, choice: Choice) -> Iterator[Finding]:
    lcy = setup.ledger.lcy_code
    at: dict[str, Any] = {
        "table": "customer_ledger_entry",
        "record": str(entry.entry_no),
        "field": "amount_to_apply",
        "name": entry_name(entry),
    }
    if entry.customer_no != header.bill_to_customer_no:
        yield finding("payment_entry_of_other", owner=entry.customer_no, no=header.bill_to_customer_no, **at)
        return
    if not entry.open or not entry.remaining:
        yield finding("payment_entry_closed", **at)
        return
    if entry.remaining < 0:
        yield finding("payment_entry_same_side", **at)
        return
    if choice.seen is not None and choice.seen != entry.remaining:
        yield finding("payment_entry_changed", left=money(entry.remaining), seen=money(choice.seen), **at)
    if entry.currency_code != header.currency_code and setup.receivables.appln_between_currencies != "all":
        codes: dict[str, Any] = {"currency": entry.currency_code or lcy, "own": header.currency_code or lcy}
        yield finding("payment_entry_other_currency", **codes, **at)
    elif (
        entry.currency_code and header.posting_date and setup.rate_on(entry.currency_code, header.posting_date) is None
    ):
        yield finding(
            "exchange_rate_missing", currency=entry.currency_code, date=header.posting_date, **_without_name(at)
        )
    if header.posting_date is not None and entry.posting_date > header.posting_date:
        yield finding("payment_entry_later", day=entry.posting_date, date=header.posting_date, **at)
    if choice.amount < 0:
        yield finding("payment_amount_negative", **at)
    if choice.amount > entry.remaining:
        yield finding("payment_applies_too_much", typed=money(choice.amount), most=money(entry.remaining), **at)
    if entry.applies_to_id:
        yield finding("payment_entry_marked", other=entry.applies_to_id, **at)


def _without_name(at: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in at.items() if name != "name"}


def _unused(chosen: list[OpenEntry], applied: list[Applied], amount: Decimal) -> list[Finding]:
    """What was chosen, but gets nothing any more: the amount went to the entries that are due before."""
    taken = {one.entry.entry_no for one in applied}
    return [
        finding(
            "payment_used_up",
            table="customer_ledger_entry",
            record=str(entry.entry_no),
            field="amount_to_apply",
            name=entry_name(entry),
            amount=money(amount),
        )
        for entry in chosen
        if entry.entry_no not in taken
    ]


def _application_accounts(
    setup: Setup, header: Header, applied: list[Applied], discount_account: str
) -> Iterator[Finding]:
    """P-89 for what exchange rates and payment discounts leave."""
    group = header.customer_posting_group
    if any(one.discount for one in applied) and (code := account_fault(setup, discount_account)):
        yield _account_finding(code, "payment_disc_debit", discount_account, "customer_posting_group", group)
    for one in applied:
        account = gain_account(setup, header, one) if one.difference else ""
        if one.difference and (code := account_fault(setup, account)):
            currency = one.entry.currency_code or header.currency_code
            name = "realized_gains" if one.difference > 0 else "realized_losses"
            yield _account_finding(code, name, account, "currency", currency)


_OWNERS: Mapping[str, Callable[[str], str]] = {
    "customer_posting_group": lambda record: f"Customer posting group {record}",
    "currency": lambda record: f"Currency {record}",
}


def _account_finding(code: str, name: str, account: str, table: str, record: str) -> Finding:
    place: dict[str, Any] = {"table": table, "record": record, "account": account, "owner": _OWNERS[table](record)}
    return finding(code, field=name, label=ACCOUNT_LABELS[name], **place)

"""The invoice that a plan becomes: header, texts, amount lines and the entries behind them (C-90 … C-101)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Generic, TypeVar

from webapp.billing.case import ContractCase
from webapp.billing.charges import CENT, round_half_away
from webapp.billing.checks import contract_finding
from webapp.billing.contract import ContractPlan, PlannedEntry
from webapp.billing.records import Contract, ContractLine
from webapp.billing.wording import said
from webapp.posting.findings import Finding
from webapp.posting.headers import (
    ShipTo,
    new_header,
    with_currency,
    with_customer,
    with_payment_method,
    with_ship_to,
    with_terms,
)
from webapp.posting.lines import (
    blank_line,
    given_to_lines,
    new_line,
    unit_costs,
    with_default_dimensions,
    with_vat_setup,
)
from webapp.posting.money import round_to
from webapp.posting.plan import plan_posting
from webapp.posting.quantities import derived, initialised, priced
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Customer, Header, Line, PostingRequest, Snapshot

T = TypeVar("T")

MOST_TEXT = 100
ONE = Decimal(1)
UNIT = Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class Share:
    """What one contract gives to an invoice."""

    case: ContractCase
    plan: ContractPlan


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An amount line with the entry that stands behind it."""

    line: Line
    entry: PlannedEntry
    share: Share


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """An invoice to be: `lines` in order, texts included; `amounts` those with an entry."""

    header: Header
    lines: tuple[Line, ...]
    amounts: tuple[EntryLine, ...]
    shares: tuple[Share, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def amount(self) -> Decimal:
        return sum((line.line_amount for line in self.lines), ZERO)


def draft_invoice(shares: Sequence[Share], posting_date: date, work_date: date, user_name: str) -> InvoiceDraft:
    """One invoice for the shares of one or more contracts with the same payer and currency (C-90 … C-97)."""
    header = contract_header(shares[0].case, posting_date, work_date)
    writer = _Writer(shares[0].case.setup, header)
    for share in shares:
        writer.write(share)
    draft = InvoiceDraft(header, tuple(writer.lines), tuple(writer.amounts), tuple(shares), tuple(writer.findings))
    found = _dimension_findings(draft, user_name, work_date)
    return changed(draft, findings=(*draft.findings, *found)) if found else draft


# --- the header -------------------------------------------------------------------------------------------------------


def contract_header(case: ContractCase, posting_date: date, work_date: date, document_type: str = "invoice") -> Header:
    """C-92, C-141: customer and payer give addresses and groups, the contract what was agreed; prices without VAT."""
    contract = case.contract
    assert case.customer is not None and case.bill_to is not None
    header = _header_of(
        _Same(case.setup),
        _Same(case.customer),
        _Same(case.bill_to),
        case.ship_to,
        (contract.payment_terms_code, contract.payment_method_code, contract.currency_code),
        (posting_date, work_date),
        document_type,
    )
    return changed(
        header,
        contact_name=contract.contact or header.contact_name,
        your_reference=contract.your_reference,
        salesperson_code="" if case.salesperson_private else contract.salesperson_code,
        service_order_type=contract.service_order_type,
        contract_no=contract.no,
        dim_1=contract.dim_1,
        dim_2=contract.dim_2,
    )


class _Same(Generic[T]):
    """A record that counts as the same only when it is the very one: wide ones are compared at once so."""

    __slots__ = ("record",)

    def __init__(self, record: T) -> None:
        self.record = record

    def __hash__(self) -> int:
        return id(self.record)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.record is other.record


@lru_cache(64)
def _header_of(
    setup: _Same[Setup],
    customer: _Same[Customer],
    bill_to: _Same[Customer],
    ship_to: ShipTo | None,
    codes: tuple[str, str, str],
    days: tuple[date, date],
    document_type: str,
) -> Header:
    """What customer, payer and terms give; the contracts of a customer follow each other in a run, and begin with it.
    `codes` are those of payment terms, payment method and currency, `days` the posting date and the work date."""
    (terms, method, currency), (posting_date, work_date) = codes, days
    header = changed(
        new_header(setup.record, document_type, "", work_date),
        posting_date=posting_date,
        document_date=posting_date,
        vat_date=posting_date,
    )
    header, _ = with_customer(setup.record, header, customer.record, bill_to.record)
    header = changed(
        with_ship_to(header, ship_to), payment_terms_code=terms, prices_including_vat=False, allow_line_disc=True
    )
    header = with_terms(setup.record, with_payment_method(setup.record, header, method))
    header, _ = with_currency(setup.record, header, currency)
    return header


# --- lines ------------------------------------------------------------------------------------------------------------


class InCurrency:
    """LCY amounts in the document's currency, by running totals so that the document does not drift (C-101)."""

    def __init__(self, header: Header, precision: Decimal) -> None:
        self.rate: Fraction | int = 1
        if header.currency_code and header.relational_amount:
            self.rate = Fraction(header.exchange_amount) / Fraction(header.relational_amount)
        self.precision = precision
        self.total = self.given = ZERO

    def next(self, lcy: Decimal) -> Decimal:
        self.total += lcy
        if self.rate == 1:
            whole = round_to(self.total, self.precision)
        else:
            whole = round_half_away(Fraction(self.total) * self.rate, self.precision)
        part = whole - self.given
        self.given += part
        return part


@dataclass(frozen=True, slots=True)
class Worth:
    """What an amount line comes to in the document's currency, and its cost in LCY."""

    amount: Decimal
    price: Decimal
    cost: Decimal


def on_account(setup: Setup, header: Header, line: Line, account_no: str, worth: Worth) -> Line:
    """The line as one of quantity 1 on a G/L account; what its price exceeds its amount by is the contract's discount
    (C-95)."""
    return _priced(setup, header, _account_line(setup, header.document_type, line, account_no), worth)


def _account_line(setup: Setup, document_type: str, line: Line, account_no: str) -> Line:
    """What all lines on the account have in common."""
    account = setup.accounts[account_no]
    made = changed(
        line,
        type="gl_account",
        no=account.no,
        gen_prod_group=account.gen_prod_group,
        vat_prod_group=account.vat_prod_group,
        allow_invoice_disc=False,
        quantity=ONE,
        unit_price=ZERO,
    )
    made = initialised(with_vat_setup(with_default_dimensions(made, setup), setup), document_type)
    return derived(made, document_type, CENT)


@lru_cache(256)
def _pattern(setup: _Same[Setup], document_type: str, account_no: str, given: tuple[tuple[str, Any], ...]) -> Line:
    """The line that many lines on the account begin as, in all invoices of a run whose headers give the same."""
    return _account_line(setup.record, document_type, changed(blank_line(0), **dict(given)), account_no)


def _priced(setup: Setup, header: Header, line: Line, worth: Worth, **values: Any) -> Line:
    """The line with its worth and with `values` besides."""
    precision = setup.currency(header.currency_code).amount_rounding_precision
    amount, given = priced(line, worth.price, precision)
    cost_lcy, cost = unit_costs(worth.cost, header, setup)
    values |= {"unit_price": worth.price, "unit_cost_lcy": cost_lcy, "unit_cost": cost}
    discount = amount - worth.amount
    if discount:
        return changed(
            line,
            line_discount_type="contract",
            line_discount_pct=round_half_away(Fraction(discount) * 100 / Fraction(worth.price), UNIT),
            line_discount_amount=discount,
            line_amount=worth.amount,
            **values,
        )
    return changed(line, line_amount=amount, line_discount_amount=given, **values)


class _Writer:
    """Writes the lines of an invoice, contract by contract."""

    def __init__(self, setup: Setup, header: Header) -> None:
        self.setup, self.header = setup, header
        self.lines: list[Line] = []
        self.amounts: list[EntryLine] = []
        self.findings: list[Finding] = []
        self.precision = setup.currency(header.currency_code).amount_rounding_precision
        self._amount = InCurrency(header, self.precision)
        self._price = InCurrency(header, UNIT)
        self._opened = False
        self._patterns: dict[tuple[str, str, str], Line] = {}

    def write(self, share: Share) -> None:
        case, contract, service = share.case, share.case.contract, self.setup.service
        itemised, language = contract.contract_lines_on_invoice, self.header.language_code
        if itemised and not self._opened:
            self._opened = True
            self._text(case, self._standard(service.contract_inv_line_text) or said("opening", language))
        heading = self._standard(service.contract_line_inv_text)
        self._text(case, f"{heading} {contract.no}" if heading else said("contract", language, no=contract.no))
        by_line: dict[int, list[PlannedEntry]] = {}
        for entry in share.plan.entries:
            by_line.setdefault(entry.line_no, []).append(entry)
        for line in case.lines:
            entries = by_line.get(line.line_no, [])
            if entries and itemised:
                self._name(case, line)
            for entry in sorted(entries, key=lambda one: one.days.first):
                self._amount_line(share, line, entry)
        if contract.print_increase_text and contract.price_increase_text:
            self._text(case, self._standard(contract.price_increase_text))

    def _standard(self, code: str) -> str:
        text = self.setup.standard_texts.get(code)
        return text.description if text else ""

    def _next_no(self) -> int:
        return len(self.lines) * 10000 + 10000

    def _text(self, case: ContractCase, text: str) -> None:
        if not text:
            return
        if len(text) > MOST_TEXT:
            self.findings.append(contract_finding(case, "contract_text_too_long", text=text[:40], most=MOST_TEXT))
            text = text[:MOST_TEXT]
        self.lines.append(new_line(self.header, self._next_no(), description=text, contract_no=case.contract.no))

    def _name(self, case: ContractCase, line: ContractLine) -> None:
        """C-94: what the amounts are for, on two lines when it is long."""
        if not line.service_item_no:
            self._text(case, line.description)
            return
        first = f"{line.service_item_no} {line.description}"
        whole = f"{first} {line.serial_no}".strip()
        if len(whole) <= MOST_TEXT:
            self._text(case, whole)
            return
        self._text(case, first[:MOST_TEXT])
        self._text(case, (first[MOST_TEXT:] + f" {line.serial_no}").strip())

    def _amount_line(self, share: Share, line: ContractLine, entry: PlannedEntry) -> None:
        """C-95, C-96: one line for each entry, on the prepaid or the income account."""
        case, contract, figures = share.case, share.case.contract, entry.figures
        group = case.account_group
        assert group is not None
        account = group.prepaid_account if entry.prepaid else group.non_prepaid_account
        text = f"{self._standard(self.setup.service.contract_inv_period_text)} {entry.days}".strip()
        if len(text) > MOST_TEXT:
            self.findings.append(contract_finding(case, "contract_text_too_long", text=text[:40], most=MOST_TEXT))
        amount, price = self._amount.next(figures.amount), self._price.next(figures.price)
        one_cent = bool(self.header.currency_code) and abs(price - amount) <= CENT
        if price < amount or (one_cent and not figures.discount):
            price = amount
        made = _priced(
            self.setup,
            self.header,
            self._begun(account, contract),
            Worth(amount, price, figures.cost),
            line_no=self._next_no(),
            description=text[:MOST_TEXT],
            service_item_no=line.service_item_no,
            contract_no=contract.no,
        )
        self.lines.append(made)
        self.amounts.append(EntryLine(made, entry, share))

    def _begun(self, account: str, contract: Contract) -> Line:
        """A line on the account with what header and contract give it."""
        key = (account, contract.dim_1, contract.dim_2)
        known = self._patterns.get(key)
        if known is None:
            given = {**given_to_lines(self.header), "dim_1": contract.dim_1, "dim_2": contract.dim_2}
            kind = self.header.document_type
            known = self._patterns[key] = _pattern(_Same(self.setup), kind, account, tuple(given.items()))
        return known


# --- checks on the whole ----------------------------------------------------------------------------------------------


def _dimension_findings(draft: InvoiceDraft, user_name: str, today: date) -> list[Finding]:
    """C-88: what posting will say about dimensions is said before the invoice is made."""
    case = draft.shares[0].case
    setup = case.setup
    if not setup.dimension_values and not setup.default_dimensions:
        return []
    header = changed(draft.header, no=case.contract.no)
    snapshot = Snapshot(setup, user_name, today, header, (), draft.lines, case.customer, case.bill_to,
                        service_items=case.service_items)  # fmt: skip
    found = plan_posting(snapshot, PostingRequest(ship=True, invoice=True)).findings
    owner = {one.line.line_no: one.share.case.contract.no for one in draft.amounts}
    told: dict[tuple[str, str], Finding] = {}
    for one in found:
        if one.is_error and one.code.startswith("dimension_"):
            contract = owner.get(one.line or 0, case.contract.no)
            what = one.message.removeprefix(f"Line {one.line}: ")
            told.setdefault((contract, what), changed(one, document=contract, line=None, message=what))
    return list(told.values())

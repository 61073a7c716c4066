"""The credit memo that pieces of contract lines become: header, texts and amount lines (C-141, C-145, C-149)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from webapp.billing.case import ContractCase
from webapp.billing.charges import Figures
from webapp.billing.crediting import Credit
from webapp.billing.documents import MOST_TEXT, InCurrency, Worth, on_account
from webapp.billing.records import ContractLine
from webapp.billing.wording import said
from webapp.posting.lines import new_line
from webapp.posting.records import changed
from webapp.posting.snapshot import ZERO, Header, Line

UNIT = Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class CreditedLine:
    """What is taken back of one contract line; a line that has gone from its contract is known by its number alone."""

    line: ContractLine
    pieces: tuple[Credit, ...]

    @property
    def amount(self) -> Decimal:
        return sum((piece.figures.amount for piece in self.pieces), ZERO)


def credit_lines(case: ContractCase, header: Header, credited: Sequence[CreditedLine], last_line_no: int) -> list[Line]:
    """The lines that a credit memo gets, after those that it has: for each piece its days, and the amount (C-145)."""
    setup, contract, group = case.setup, case.contract, case.account_group
    assert group is not None
    precision = setup.currency(header.currency_code).amount_rounding_precision
    amounts, prices = InCurrency(header, precision), InCurrency(header, UNIT)
    standard = setup.standard_texts.get(setup.service.contract_credit_line_text)
    found: list[Line] = []
    for one in credited:
        item = one.line.service_item_no
        if standard and item:
            what = f"{standard.description} {item}"
        elif item:
            what = said("item_taken_out", header.language_code, no=item)
        else:
            what = said("line_taken_out", header.language_code, no=one.line.line_no)
        for piece in one.pieces:
            first = last_line_no // 10000 * 10000 + 10000 * (len(found) + 1)
            base = changed(new_line(header, first), contract_no=contract.no, dim_1=contract.dim_1, dim_2=contract.dim_2)
            found.append(changed(base, description=str(piece.days)))
            blank = changed(
                base,
                line_no=first + 10000,
                description=what[:MOST_TEXT],
                service_item_no=item,
                contract_line_no=piece.line_no,
                period_from=piece.days.first,
                period_to=piece.days.last,
                appl_to_service_entry=piece.entry_no,
            )
            account = group.prepaid_account if piece.prepaid else group.non_prepaid_account
            worth = worth_of(piece.figures, amounts, prices)
            found.append(on_account(setup, header, blank, account, worth))
    return found


def worth_of(figures: Figures, amounts: InCurrency, prices: InCurrency) -> Worth:
    """Figures in the document's currency; a difference that only converting makes is no discount (C-101)."""
    amount, price = amounts.next(figures.amount), prices.next(figures.price)
    if price < amount or not figures.discount:
        price = amount
    return Worth(amount, price, figures.cost)

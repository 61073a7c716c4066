"""What only the entries of a posting show: whether they balance (P-9), and whether their columns keep them (O-43)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from webapp.posting.amounts import to_lcy
from webapp.posting.case import Case
from webapp.posting.findings import Finding, finding, money
from webapp.posting.ledgers import Ledgers
from webapp.posting.quantities import Taken
from webapp.posting.snapshot import ZERO, Header

MOST_AMOUNT: Final = Decimal(10) ** 12
MUCH: Final = Decimal(10) ** 8


def not_balanced(case: Case, ledgers: Ledgers) -> list[Finding]:
    """P-9: a posting that does not balance is refused, never mended."""
    return [
        finding("ledger_not_balanced", difference=money(rest), document=case.snapshot.header.no)
        for rest in ledgers.differences().values()
    ]


def too_large(case: Case, ledgers: Ledgers) -> list[Finding]:
    """O-43: an amount that its column cannot keep is found here, not when it is written; told at the largest line."""
    amounts = [entry.amount for entry in ledgers.gl]
    amounts += [amount for entry in ledgers.detailed for amount in (entry.amount, entry.amount_lcy)]
    amounts += [entry.amount_lcy for entry in ledgers.service]
    if max(map(abs, amounts), default=ZERO) < MOST_AMOUNT:
        return []
    header = case.snapshot.header
    line = max(case.taken, key=lambda one: _worth(one, header)).line
    return [finding("amount_too_large", document=header.no, line=line.line_no, field="unit_price")]


def near_the_limit(case: Case) -> bool:
    """Whether an amount of the posting may come near what a column keeps, so that only its entries tell."""
    header, totals = case.snapshot.header, case.totals
    lines = [_worth(one, header) for one in case.taken]
    return max(*lines, abs(totals.amount_including_vat), abs(totals.amount_including_vat_lcy), ZERO) >= MUCH


def _worth(taken: Taken, header: Header) -> Decimal:
    """What a line may come to at most, in whichever currency is more, before discount and VAT."""
    line = taken.line
    return abs(line.quantity) * max(line.unit_price, to_lcy(line.unit_price, header), line.unit_cost_lcy)

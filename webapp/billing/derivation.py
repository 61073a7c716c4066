"""Why a line of a contract's invoice costs what it does: its days, and what they come to (C-57, C-77)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from webapp.billing.charges import formula, monthly_pieces, one_piece
from webapp.billing.periods import Span, span
from webapp.billing.records import ContractLine
from webapp.posting.billed import BilledEntry

__all__ = ["Clause", "clause_of"]


@dataclass(frozen=True, slots=True)
class Clause:
    """The days of a contract line that an entry bills, and what they come to in LCY.

    `words` say how the price of the days comes about from what the line costs a year, such as "19 of 28 days of
    February 2025 × 140.00". `proven`: the contract line as it stands today gives just what was billed; else `note`
    says why it cannot be proven.
    """

    contract_no: str
    line_no: int
    entry_no: int
    days: Span | None
    price: Decimal
    discount: Decimal
    amount: Decimal
    yearly: Decimal | None = None
    words: str = ""
    discount_words: str = ""
    proven: bool = False
    note: str = ""


def clause_of(entry: BilledEntry, billed: Sequence[BilledEntry], line: ContractLine | None) -> Clause:
    """The clause behind an entry. `billed` are all entries of its document, `line` the contract line as it stands."""
    days = span(entry.period_from, entry.period_to)
    price = abs(entry.unit_price * entry.quantity)
    known = Clause(
        entry.service_contract_no,
        entry.contract_line_no,
        entry.entry_no,
        days,
        price,
        abs(entry.discount_amount),
        abs(entry.amount_lcy),
    )
    if days is None:
        return _open(known, "The entry keeps no days.")
    if line is None:
        return _open(known, "The contract has no such line any more; the entry keeps what was billed.")
    pieces = [
        one
        for one in billed
        if (one.service_contract_no, one.contract_line_no) == (entry.service_contract_no, entry.contract_line_no)
    ]
    if not _is_charged(entry, known, pieces, line):
        return _open(
            known,
            f"The contract line says {line.line_value:,.2f} a year today, and that does not come to it: it was changed"
            " after this was billed, or the entry took the cents of an exchange rate. The entry keeps what was billed.",
        )
    discount = formula(line.line_discount_amount, days) if known.discount else ""
    return Clause(
        known.contract_no,
        known.line_no,
        known.entry_no,
        days,
        known.price,
        known.discount,
        known.amount,
        line.line_value,
        formula(line.line_value, days),
        discount,
        True,
    )


def _open(known: Clause, note: str) -> Clause:
    return Clause(
        known.contract_no,
        known.line_no,
        known.entry_no,
        known.days,
        known.price,
        known.discount,
        known.amount,
        note=note,
    )


def _is_charged(entry: BilledEntry, known: Clause, pieces: Sequence[BilledEntry], line: ContractLine) -> bool:
    """Whether the line charges this for these days: alone, or as the month of a span that was cut into months."""
    days = known.days
    assert days is not None
    wanted = (known.price, known.discount)
    charged = [one_piece(line, days, entry.posting_date)]
    starts = [one.period_from for one in pieces if one.period_from is not None]
    ends = [one.period_to for one in pieces if one.period_to is not None]
    if len(pieces) > 1 and starts and ends:
        charged.append(monthly_pieces(line, Span(min(starts), max(ends))))
    return any(
        (piece.figures.price, piece.figures.discount) == wanted
        for some in charged
        for piece in some
        if piece.days == days
    )

"""Applying a new customer entry to open ones of the same payer, and what the exchange rates leave (P-156, P-157)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from webapp.posting.money import round_to
from webapp.posting.setup import Setup
from webapp.posting.snapshot import Header, OpenEntry


@dataclass(frozen=True, slots=True)
class Applied:
    """What is applied to one entry: `amount` in its currency, `own` in that of the new entry, both above 0.

    `lcy` is what both sides show, at the rate of the new entry; `difference` what the older entry still has in LCY
    then, signed as its detailed entry: above 0 it is a gain of the company, below a loss (P-157).
    """

    entry: OpenEntry
    amount: Decimal
    own: Decimal
    lcy: Decimal
    difference: Decimal
    precision: Decimal

    @property
    def closes(self) -> bool:
        return self.amount == abs(self.entry.remaining)

    @property
    def discount_left(self) -> Decimal:
        """The payment discount still possible, reduced in proportion to what was applied (P-156)."""
        entry = self.entry
        rest = abs(entry.remaining) - self.amount
        return round_to(entry.remaining_pmt_disc_possible * rest / abs(entry.remaining), self.precision)


def named_entries(header: Header, entries: Sequence[OpenEntry]) -> list[OpenEntry]:
    """The entries that the document names, in the order in which they are applied: the one of its applies-to number,
    or the marked ones by due date."""
    if header.applies_to_doc_no:
        kind = header.applies_to_doc_type
        found = [e for e in entries if (e.document_type, e.document_no) == (kind, header.applies_to_doc_no)]
        own = [e for e in found if e.customer_no == header.bill_to_customer_no]
        return (own or found)[:1]
    if not header.applies_to_id:
        return []
    marked = [e for e in entries if e.applies_to_id == header.applies_to_id]
    return sorted(marked, key=lambda e: (e.due_date or date.max, e.entry_no))


class Application:
    """Applies a new entry of this amount (document currency and LCY, both above 0) to entries, one after the other."""

    def __init__(self, setup: Setup, header: Header, amount: Decimal, lcy: Decimal) -> None:
        self.setup, self.header = setup, header
        self.amount, self.lcy = amount, lcy
        self.left, self.left_lcy = amount, lcy
        self.precision = setup.currency(header.currency_code).amount_rounding_precision
        self.lcy_precision = setup.ledger.amount_rounding_precision

    def to(self, entries: Sequence[OpenEntry]) -> list[Applied]:
        """What comes of it, in their order; entries for which nothing is left are not among them."""
        applied = []
        for entry in entries:
            if self.left and entry.remaining:
                applied.append(self._one(entry))
        return [one for one in applied if one.amount]

    def _one(self, entry: OpenEntry) -> Applied:
        most = abs(entry.remaining)
        if entry.amount_to_apply:
            most = min(most, abs(entry.amount_to_apply))
        if entry.currency_code == self.header.currency_code:
            own = amount = min(most, self.left)
        else:
            own, amount = self._converted(entry, most)
        lcy = self.left_lcy if own == self.left else round_to(self.lcy * own / self.amount, self.lcy_precision)
        self.left, self.left_lcy = self.left - own, self.left_lcy - lcy
        precision = self.setup.currency(entry.currency_code).amount_rounding_precision
        return Applied(entry, amount, own, lcy, self._difference(entry, amount, lcy), precision)

    def _converted(self, entry: OpenEntry, most: Decimal) -> tuple[Decimal, Decimal]:
        """What is applied between two currencies, each at its rate of the day: of the new entry, of the older one."""
        there = self._rate(entry.currency_code)
        here = self.lcy / self.amount
        precision = self.setup.currency(entry.currency_code).amount_rounding_precision
        if most * there <= self.left * here:
            return min(round_to(most * there / here, self.precision), self.left), most
        return self.left, min(round_to(self.left * here / there, precision), most)

    def _rate(self, currency_code: str) -> Decimal:
        """LCY for one unit of the currency on the posting date; the checks have seen that there is a rate."""
        if not currency_code or self.header.posting_date is None:
            return Decimal(1)
        rate = self.setup.rate_on(currency_code, self.header.posting_date)
        return rate.relational_amount / rate.exchange_amount if rate else Decimal(1)

    def _difference(self, entry: OpenEntry, amount: Decimal, lcy: Decimal) -> Decimal:
        sign = 1 if entry.remaining > 0 else -1
        share = abs(entry.remaining_lcy)
        if amount != abs(entry.remaining):
            share = round_to(share * amount / abs(entry.remaining), self.lcy_precision)
        return sign * (lcy - share)


@dataclass(frozen=True, slots=True)
class EntryUpdate:
    """What an application changes on a customer entry that was there (O-44). `closed_at`: None leaves it open."""

    entry_no: int
    remaining_pmt_disc_possible: Decimal
    closed_at: date | None


def entry_updates(applied: Sequence[Applied], day: date, *, both_discounts: bool) -> list[EntryUpdate]:
    """The older entries after the application: closed, or with what is left of their discount (P-156)."""
    return [
        EntryUpdate(
            one.entry.entry_no,
            one.discount_left if both_discounts else one.entry.remaining_pmt_disc_possible,
            day if one.closes else None,
        )
        for one in applied
    ]

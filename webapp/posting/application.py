"""Applying a customer entry to open ones of the same payer: how much of each, what payment discount closes it with, and
what the exchange rates leave (P-156, P-157, D-131)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from webapp.posting.money import round_to
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Header, OpenEntry


@dataclass(frozen=True, slots=True)
class Applied:
    """What is applied to one entry: `amount` in its currency, `own` in that of the new entry, both above 0.

    `lcy` is what both sides show, at the rate of the new entry; `discount` the payment discount that closes the rest of
    the entry, in its currency and in LCY at the same rate; `difference` what the older entry still has in LCY then,
    signed as its detailed entry: above 0 it is a gain of the company, below a loss (P-157).
    """

    entry: OpenEntry
    amount: Decimal
    own: Decimal
    lcy: Decimal
    difference: Decimal
    precision: Decimal
    discount: Decimal = ZERO
    discount_lcy: Decimal = ZERO

    @property
    def closes(self) -> bool:
        return self.amount + self.discount == abs(self.entry.remaining)

    def discount_left(self, *, both_discounts: bool) -> Decimal:
        """The payment discount still possible: none when it was taken, and reduced in proportion to what was applied
        where both sides have one (P-156)."""
        entry = self.entry
        if self.discount:
            return ZERO
        if not both_discounts:
            return entry.remaining_pmt_disc_possible
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
    """Applies an entry of this amount (its currency and LCY, both above 0) to entries, one after the other.

    `discounts` is the payment discount that may close an entry, by its number: granted when all the rest is applied.
    """

    def __init__(
        self,
        setup: Setup,
        header: Header,
        amount: Decimal,
        lcy: Decimal,
        discounts: Mapping[int, Decimal] | None = None,
    ) -> None:
        self.setup, self.header, self.discounts = setup, header, discounts or {}
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
        discount = self.discounts.get(entry.entry_no, ZERO)
        paid = abs(entry.remaining) - discount
        own, amount = self._shares(entry, min(most, paid))
        if amount != paid:
            discount = ZERO
            own, amount = self._shares(entry, most)
        lcy = self.left_lcy if own == self.left else self._lcy(own)
        self.left, self.left_lcy = self.left - own, self.left_lcy - lcy
        precision = self.setup.currency(entry.currency_code).amount_rounding_precision
        discount_lcy = self._discount_lcy(entry, discount)
        difference = self._difference(entry, amount + discount, lcy + discount_lcy)
        return Applied(entry, amount, own, lcy, difference, precision, discount, discount_lcy)

    def _shares(self, entry: OpenEntry, most: Decimal) -> tuple[Decimal, Decimal]:
        """What is applied of this entry and of the other one, each in its own currency."""
        if entry.currency_code == self.header.currency_code:
            share = min(most, self.left)
            return share, share
        return self._converted(entry, most)

    def _lcy(self, own: Decimal) -> Decimal:
        return round_to(self.lcy * own / self.amount, self.lcy_precision)

    def _discount_lcy(self, entry: OpenEntry, discount: Decimal) -> Decimal:
        """A discount at the rate of what it is paid with; in another currency at its own rate of the day."""
        if entry.currency_code == self.header.currency_code:
            return self._lcy(discount)
        return round_to(discount * self._rate(entry.currency_code), self.lcy_precision)

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
            one.discount_left(both_discounts=both_discounts),
            day if one.closes else None,
        )
        for one in applied
    ]

"""The entries of an application: what each side shows, what the rates and a payment discount leave (P-156, P-157)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from webapp.posting.application import Applied
from webapp.posting.ledgers import DetailedEntry, Entry, GlEntry, Ledgers, Role, source_currency
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Header


@dataclass(frozen=True, slots=True)
class Applier:
    """Writes what comes of applying one entry to others. `header` stands for the document of that entry, `kind` is its
    document type, `discount_account` where payment discounts go."""

    setup: Setup
    ledgers: Ledgers
    header: Header
    role: Role
    kind: str
    posting_date: date
    receivables: str
    discount_account: str = ""
    both_discounts: bool = False

    def apply(self, new: Entry, one: Applied, own_discount_used: Decimal = ZERO) -> None:
        """The detailed entries of one application, and the G/L of what it leaves. Receivables of another account go
        over to the one of the entry that is applied, so that each account stays the sum of its entries (O-39).
        `own_discount_used`: how much less payment discount the applied entry has itself."""
        sign = 1 if one.entry.remaining > 0 else -1
        entry, account = one.entry, one.entry.receivables_account
        used = entry.remaining_pmt_disc_possible - one.discount_left(both_discounts=self.both_discounts)
        self.detail("application", entry.entry_no, -sign * one.amount, -sign * one.lcy, new, entry.currency_code, used)
        own = self.header.currency_code
        self.detail("application", new, sign * one.own, sign * one.lcy, new, own, own_discount_used)
        if account != self.receivables:
            self.gl(account, -sign * one.lcy)
            self.gl(self.receivables, sign * one.lcy)
        if one.discount:
            self._discount(new, one, sign, account)
        if one.difference:
            self._difference(new, one, account)

    def _discount(self, new: Entry, one: Applied, sign: int, account: str) -> None:
        """What the payer was allowed to keep back closes the rest of the entry (D-131)."""
        amount, lcy = -sign * one.discount, -sign * one.discount_lcy
        entry = one.entry
        self.detail(
            "correction_of_remaining",
            entry.entry_no,
            amount,
            lcy,
            new,
            entry.currency_code,
            ZERO,
            self.discount_account,
        )
        source = amount if entry.currency_code == self.header.currency_code else ZERO
        self.gl(account, lcy, source)
        self.gl(self.discount_account, -lcy, -source)

    def _difference(self, new: Entry, one: Applied, account: str) -> None:
        entry = one.entry
        kind = "realized_gain" if one.difference > 0 else "realized_loss"
        other = gain_account(self.setup, self.header, one)
        self.detail(kind, entry.entry_no, ZERO, one.difference, new, entry.currency_code, ZERO, other)
        self.gl(account, one.difference)
        self.gl(other, -one.difference)

    def detail(
        self,
        entry_type: str,
        entry: Entry,
        amount: Decimal,
        lcy: Decimal,
        applied: Entry | None,
        currency: str,
        used: Decimal = ZERO,
        bal_account_no: str = "",
    ) -> None:
        self.ledgers.detailed.append(
            DetailedEntry(
                document=self.role,
                posting_date=self.posting_date,
                document_type=self.kind,
                entry_type=entry_type,
                customer_entry_no=entry,
                currency_code=currency,
                amount=amount,
                amount_lcy=lcy,
                due_date=self.header.due_date,
                applied_customer_entry_no=applied,
                bal_account_no=bal_account_no,
                pmt_disc_used=used,
            )
        )

    def gl(self, account: str, amount: Decimal, source: Decimal = ZERO, bal_account_no: str = "") -> None:
        header = self.header
        self.ledgers.gl.append(
            GlEntry(
                document=self.role,
                gl_account_no=account,
                posting_date=self.posting_date,
                document_type=self.kind,
                amount=amount,
                description=header.posting_description,
                source_currency_amount=source_currency(header, source),
                bal_account_no=bal_account_no,
                dim_1=header.dim_1,
                dim_2=header.dim_2,
            )
        )


def gain_account(setup: Setup, header: Header, one: Applied) -> str:
    """The account of the difference: the currency's realized gains or losses (P-157)."""
    currency = setup.currency(one.entry.currency_code or header.currency_code)
    return currency.realized_gains if one.difference > 0 else currency.realized_losses

"""G/L, VAT and customer entries of an invoice or credit memo (P-123 … P-128, P-153, P-156)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from webapp.posting.amounts import PostedAmounts, discount_vat, to_lcy
from webapp.posting.application import Application, Applied, EntryUpdate, entry_updates, named_entries
from webapp.posting.applying import Applier
from webapp.posting.case import Case
from webapp.posting.ledgers import (
    CustomerEntry,
    DetailedEntry,
    Entry,
    GlEntry,
    Ledgers,
    New,
    Role,
    VatEntry,
    source_currency,
)
from webapp.posting.money import round_to
from webapp.posting.snapshot import ZERO, Line

GroupKey = tuple[str, str, str, str, str, str, str, str, str]


@dataclass(slots=True)
class RevenueGroup:
    """Posted lines of one account and one set of groups (P-123); LCY, and document currency beside it. Signs of a sale
    turned round: revenue above 0, a discount below."""

    line: Line
    account: str
    description: str
    net: Decimal = ZERO
    vat: Decimal = ZERO
    source_net: Decimal = ZERO
    source_vat: Decimal = ZERO

    def add(self, net: Decimal, vat: Decimal, source_net: Decimal, source_vat: Decimal) -> None:
        self.net += net
        self.vat += vat
        self.source_net += source_net
        self.source_vat += source_vat


def revenue_groups(case: Case, posted: Iterable[PostedAmounts]) -> list[RevenueGroup]:
    """The posted lines summed by account and groups, discounts on their own accounts apart (P-123, P-124)."""
    groups: dict[GroupKey, RevenueGroup] = {}
    for row in posted:
        if row.line.is_text or not row.quantity:
            continue
        net, vat, source_net, source_vat = (
            row.amount_lcy,
            row.vat_lcy,
            row.amount,
            row.amount_including_vat - row.amount,
        )
        for account, parts in _separate_discounts(case, row):
            _group(case, groups, row.line, account).add(*(-part for part in parts))
            net, vat, source_net, source_vat = (
                net + parts[0],
                vat + parts[1],
                source_net + parts[2],
                source_vat + parts[3],
            )
        _group(case, groups, row.line, case.revenue_account(row.line)).add(net, vat, source_net, source_vat)
    return [groups[key] for key in sorted(groups, key=lambda key: (key[1:], key[0]))]


def _separate_discounts(case: Case, row: PostedAmounts) -> list[tuple[str, tuple[Decimal, Decimal, Decimal, Decimal]]]:
    """The discounts of a line that are posted on accounts of their own: net and VAT, LCY and document currency."""
    setup = case.general(row.line)
    if setup is None or row.line.vat_calculation_type == "full":
        return []
    header = case.snapshot.header
    found = []
    for kind, account, lcy, amount in (
        ("line", setup.sales_line_disc, row.line_discount_lcy, row.line_discount),
        ("invoice", setup.sales_inv_disc, row.inv_discount_lcy, row.inv_discount),
    ):
        if not lcy or not case.posts_discount(kind):
            continue
        vat = discount_vat(lcy, row.line, header, case.setup.ledger.amount_rounding_precision)
        source_vat = discount_vat(amount, row.line, header, case.currency.amount_rounding_precision)
        inside = header.prices_including_vat
        found.append(
            (account, (lcy - vat if inside else lcy, vat, amount - source_vat if inside else amount, source_vat))
        )
    return found


def _group(case: Case, groups: dict[GroupKey, RevenueGroup], line: Line, account: str) -> RevenueGroup:
    own_text = case.setup.service.copy_line_description_to_gl
    description = line.description if own_text else case.snapshot.header.posting_description
    key = (
        line.type,
        account,
        line.gen_bus_group,
        line.gen_prod_group,
        line.vat_bus_group,
        line.vat_prod_group,
        line.dim_1,
        line.dim_2,
        description if own_text else "",
    )
    if key not in groups:
        groups[key] = RevenueGroup(line, account, description)
    return groups[key]


class FinanceWriter:
    """Writes the revenue, VAT and customer side of an invoice or credit memo into the ledgers.

    `sign` is −1 for an invoice (revenue is credit) and +1 for a credit memo.
    """

    def __init__(self, case: Case, ledgers: Ledgers, role: Role) -> None:
        self.case, self.ledgers, self.role = case, ledgers, role
        self.header = case.snapshot.header
        self.sign = -1 if role == "invoice" else 1
        self.updates: list[EntryUpdate] = []

    def _gl(
        self, account: str, amount: Decimal, *, source: Decimal = ZERO, document_type: str = "", **rest: Any
    ) -> New:
        reference = New(len(self.ledgers.gl))
        rest.setdefault("description", self.header.posting_description)
        rest.setdefault("correction", self.case.correction)
        self.ledgers.gl.append(
            GlEntry(
                document=self.role,
                gl_account_no=account,
                posting_date=self.case.posting_date,
                document_type=document_type or self.role,
                amount=amount,
                source_currency_amount=source_currency(self.header, source),
                **rest,
            )
        )
        return reference

    def revenue(self) -> None:
        """One G/L entry, VAT entry and VAT account entry for each group (P-123, P-125)."""
        for group in revenue_groups(self.case, self.case.posted):
            self._revenue_group(group)

    def _revenue_group(self, group: RevenueGroup) -> None:
        line, sign = group.line, self.sign
        setup = self.case.vat_setup(line)
        account = setup.sales_vat_account if setup else ""
        groups = {
            "gen_bus_group": line.gen_bus_group,
            "gen_prod_group": line.gen_prod_group,
            "vat_bus_group": line.vat_bus_group,
            "vat_prod_group": line.vat_prod_group,
        }
        common: dict[str, Any] = {
            **groups,
            "dim_1": line.dim_1,
            "dim_2": line.dim_2,
            "description": group.description,
            "gen_posting_type": "sale",
            "system_created": line.system_created,
        }
        net_entry: Entry | None = None
        if group.net:
            net_entry = self._gl(
                group.account,
                sign * group.net,
                source=sign * group.source_net,
                vat_amount=sign * group.vat,
                **common,
            )
        if group.vat:
            tax_entry = self._gl(account, sign * group.vat, source=sign * group.source_vat, **common)
            net_entry = net_entry or tax_entry
        if net_entry is None:
            return
        full = line.vat_calculation_type == "full"
        self.ledgers.vat.append(
            VatEntry(
                document=self.role,
                posting_date=self.case.posting_date,
                document_type=self.role,
                base=ZERO if full else sign * group.net,
                amount=sign * group.vat,
                source_currency_base=source_currency(self.header, sign * group.source_net),
                source_currency_amount=source_currency(self.header, sign * group.source_vat),
                calculation_type=line.vat_calculation_type,
                vat_pct=line.vat_pct,
                vat_identifier=line.vat_identifier,
                eu_service=setup.eu_service if setup else False,
                gl_entry_no=net_entry,
                **groups,
            )
        )

    def customer(self) -> None:
        """The receivables entry, the customer entry and its initial detail (P-126), paid at once if the document has
        a balancing account (P-127)."""
        case, header, totals = self.case, self.header, self.case.totals
        sign = -self.sign
        amount, lcy = sign * totals.amount_including_vat, sign * totals.amount_including_vat_lcy
        group = case.customer_group()
        receivables = group.receivables if group else ""
        if lcy:
            self._gl(receivables, lcy, source=amount, dim_1=header.dim_1, dim_2=header.dim_2)
        discount = self._payment_discount(amount, sign * totals.amount)
        paid = bool(header.bal_account_no and amount)
        applied = [] if paid or not amount else self._applied(abs(amount), abs(lcy))
        used = bool(applied) and sum((one.own for one in applied), ZERO) == abs(amount)
        reference = New(len(self.ledgers.customer))
        self.ledgers.customer.append(
            CustomerEntry(
                document=self.role,
                posting_date=case.posting_date,
                document_type=self.role,
                description=header.posting_description,
                amount=amount,
                amount_lcy=lcy,
                sales_lcy=sign * totals.amount_lcy,
                profit_lcy=sign * totals.profit_lcy,
                inv_discount_lcy=sign * sum((row.inv_discount_lcy for row in case.posted), ZERO),
                due_date=header.due_date,
                pmt_discount_date=header.pmt_discount_date,
                original_pmt_disc_possible=discount,
                remaining_pmt_disc_possible=ZERO if paid else self._discount_left(discount, amount, applied),
                open=bool(amount) and not paid and not used,
                receivables_account=receivables,
                applies_to_doc_type=header.applies_to_doc_type,
                applies_to_doc_no=header.applies_to_doc_no,
                closed_by_entry_no=New(reference.index + 1) if paid else applied[-1].entry.entry_no if used else None,
                closed_at_date=case.posting_date if paid or used or not amount else None,
            )
        )
        self._detail("initial", reference, amount, lcy, document_type=self.role)
        if paid:
            self._payment(reference, amount, lcy, discount, receivables)
        applier = Applier(
            case.setup,
            self.ledgers,
            header,
            self.role,
            self.role,
            case.posting_date,
            receivables,
            both_discounts=bool(discount),
        )
        used_up = discount - self._discount_left(discount, amount, applied)
        for index, one in enumerate(applied):
            applier.apply(reference, one, ZERO if index else used_up)
        self.updates = entry_updates(applied, case.posting_date, both_discounts=bool(discount))

    def _applied(self, amount: Decimal, lcy: Decimal) -> list[Applied]:
        """What of the new entry is applied to which entries (P-156)."""
        entries = named_entries(self.header, self.case.snapshot.open_entries)
        return Application(self.case.setup, self.header, amount, lcy).to(entries)

    def _discount_left(self, discount: Decimal, amount: Decimal, applied: list[Applied]) -> Decimal:
        """The payment discount of the new entry after its application: less only where both sides have one (P-156)."""
        used = sum((one.own for one in applied if one.entry.remaining_pmt_disc_possible), ZERO)
        if not used:
            return discount
        return discount - round_to(discount * used / abs(amount), self.case.currency.amount_rounding_precision)

    def _payment_discount(self, including: Decimal, without: Decimal) -> Decimal:
        """The payment discount possible, signed like the entry (P-146)."""
        header = self.header
        if not header.pmt_discount_pct or header.pmt_discount_date is None:
            return ZERO
        base = without if self.case.setup.ledger.pmt_disc_excl_vat else including
        return round_to(base * header.pmt_discount_pct / 100, self.case.currency.amount_rounding_precision)

    def _detail(
        self,
        entry_type: str,
        entry: Entry,
        amount: Decimal,
        lcy: Decimal,
        *,
        document_type: str,
        applied: Entry | None = None,
        account: str = "",
        used: Decimal = ZERO,
    ) -> None:
        self.ledgers.detailed.append(
            DetailedEntry(
                document=self.role,
                posting_date=self.case.posting_date,
                document_type=document_type,
                entry_type=entry_type,
                customer_entry_no=entry,
                currency_code=self.header.currency_code,
                amount=amount,
                amount_lcy=lcy,
                due_date=self.header.due_date,
                applied_customer_entry_no=applied,
                bal_account_no=account,
                pmt_disc_used=used,
            )
        )

    def _payment(self, invoice: New, amount: Decimal, lcy: Decimal, discount: Decimal, receivables: str) -> None:
        """Pays the new entry from the balancing account and applies the payment to it (P-127)."""
        case, header = self.case, self.header
        kind = "payment" if self.role == "invoice" else "refund"
        discount_lcy = round_to(to_lcy(discount, header), case.setup.ledger.amount_rounding_precision)
        paid, paid_lcy = amount - discount, lcy - discount_lcy
        dims = {"dim_1": header.dim_1, "dim_2": header.dim_2, "document_type": kind}
        account = header.bal_account_no
        if header.bal_account_type == "bank":
            account = case.setup.bank_accounts[account].gl_account_no
        self._gl(receivables, -lcy, source=-amount, bal_account_no=account, **dims)
        self._gl(account, paid_lcy, source=paid, **dims)
        group = case.customer_group()
        if discount_lcy:
            self._gl(group.payment_disc_debit if group else "", discount_lcy, source=discount, **dims)
        payment = New(len(self.ledgers.customer))
        self.ledgers.customer.append(
            CustomerEntry(
                document=self.role,
                posting_date=case.posting_date,
                document_type=kind,
                description=header.posting_description,
                amount=-paid,
                amount_lcy=-paid_lcy,
                due_date=case.posting_date,
                open=False,
                receivables_account=receivables,
                closed_by_entry_no=invoice,
                closed_at_date=case.posting_date,
            )
        )
        self._detail("initial", payment, -paid, -paid_lcy, document_type=kind)
        self._detail("application", invoice, -paid, -paid_lcy, document_type=kind, applied=payment)
        self._detail("application", payment, paid, paid_lcy, document_type=kind, applied=payment)
        if discount:
            account = group.payment_disc_debit if group else ""
            self._detail(
                "correction_of_remaining",
                invoice,
                -discount,
                -discount_lcy,
                document_type=kind,
                applied=payment,
                account=account,
                used=discount,
            )

"""The entries of a cancellation: each mirrors one of the invoice, dated with the day of cancelling (P-186)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.posting.cancelling import CancelSnapshot, Valued, interim_of, mirror_accounts, restores_interim
from webapp.posting.ledgers import DetailedEntry, GlEntry, Ledgers, New, ResourceEntry, ServiceEntry
from webapp.posting.records import changed
from webapp.posting.snapshot import ZERO, Line


@dataclass(slots=True)
class Links:
    items: dict[int, New] = field(default_factory=dict)
    returned: list[int] = field(default_factory=list)
    uninvoiced: dict[int, Decimal] = field(default_factory=dict)


_SERVICE = (
    "quantity",
    "charged_qty",
    "unit_cost",
    "cost_amount",
    "unit_price",
    "discount_pct",
    "discount_amount",
    "contract_disc_amount",
    "amount_lcy",
    "amount",
)
_WORTH = (
    "sales_amount_actual",
    "sales_amount_expected",
    "cost_amount_actual",
    "cost_amount_expected",
    "discount_amount",
    "cost_posted_to_gl",
    "expected_cost_posted_to_gl",
)


def _negated(entry: object, columns: Sequence[str]) -> dict[str, Decimal]:
    return {name: -getattr(entry, name) for name in columns}


class Mirror:
    """Writes the entry against each one of the invoice, dated with the day of cancelling."""

    def __init__(self, source: CancelSnapshot, ledgers: Ledgers) -> None:
        self.source, self.ledgers = source, ledgers
        self.lines = {one.line.line_no: one for one in source.lines}
        header = source.snapshot.header
        assert header.posting_date is not None
        self.day: date = header.posting_date
        self.correction = source.snapshot.setup.ledger.mark_cr_memos_as_corrections
        self.own: dict[str, Any] = {"document": "credit_memo", "posting_date": self.day}
        self.links = Links()

    def write(self) -> Links:
        self._general_ledger()
        self._customer()
        for used in self.source.services:
            self.ledgers.service.append(
                changed(used, document_type="credit_memo", **self.own, **_negated(used, _SERVICE))
            )
        for entry_no, billed in self.source.billed:
            self._contract(entry_no, billed)
        for hours in self.source.resources:
            self._resource(hours)
        for valued in self.source.values:
            one = self.lines[valued.value.document_line_no]
            (self._uninvoiced if one.of_order else self._returned)(valued, one.line)
        return self.links

    def _general_ledger(self) -> None:
        """G/L and VAT of the invoice, the other way round."""
        accounts, places = mirror_accounts(self.source), {}
        of_invoice, own = self.source.entry.description, self.source.snapshot.header.posting_description
        for entry_no, entry in self.source.gl:
            places[entry_no] = New(len(self.ledgers.gl))
            self.ledgers.gl.append(
                changed(
                    entry,
                    document_type="credit_memo",
                    gl_account_no=accounts[entry_no],
                    description=own if entry.description == of_invoice else entry.description,
                    correction=self.correction,
                    **self.own,
                    **_negated(entry, ("amount", "vat_amount", "source_currency_amount")),
                )
            )
        for _, tax in self.source.vat:
            columns = ("base", "amount", "source_currency_base", "source_currency_amount")
            assert isinstance(tax.gl_entry_no, int)
            self.ledgers.vat.append(
                changed(
                    tax,
                    document_type="credit_memo",
                    gl_entry_no=places[tax.gl_entry_no],
                    **self.own,
                    **_negated(tax, columns),
                )
            )

    def _customer(self) -> None:
        """The customer entry, applied to the invoice's at once; both close."""
        entry, header = self.source.entry, self.source.snapshot.header
        self.ledgers.customer.append(
            changed(
                entry,
                document_type="credit_memo",
                description=header.posting_description,
                due_date=header.due_date,
                pmt_discount_date=None,
                original_pmt_disc_possible=ZERO,
                remaining_pmt_disc_possible=ZERO,
                open=False,
                applies_to_doc_type="invoice",
                applies_to_doc_no=self.source.invoice_no,
                closed_by_entry_no=self.source.entry_no if entry.amount else None,
                closed_at_date=self.day,
                **self.own,
                **_negated(entry, ("amount", "amount_lcy", "sales_lcy", "profit_lcy", "inv_discount_lcy")),
            )
        )
        rows: list[tuple[str, int | New, int, New | None]] = [("initial", New(0), -1, None)]
        if entry.amount:
            rows += [("application", self.source.entry_no, -1, New(0)), ("application", New(0), 1, New(0))]
        for kind, of, sign, applied in rows:
            self.ledgers.detailed.append(
                DetailedEntry(
                    document="credit_memo",
                    posting_date=self.day,
                    document_type="credit_memo",
                    entry_type=kind,
                    customer_entry_no=of,
                    currency_code=header.currency_code,
                    amount=sign * entry.amount,
                    amount_lcy=sign * entry.amount_lcy,
                    due_date=header.due_date,
                    applied_customer_entry_no=applied,
                )
            )

    def _resource(self, hours: ResourceEntry) -> None:
        """The sale taken back; of an invoice by hand also the hours, at the price of the posted line (P-116)."""
        price = -hours.total_price
        if hours.entry_type == "usage":
            sold = self.lines.get(hours.order_line_no)
            price = -sold.amounts.amount_lcy if sold else price
        self.ledgers.resource.append(
            changed(
                hours,
                document_type="credit_memo",
                total_price=price,
                **self.own,
                **_negated(hours, ("quantity", "quantity_base", "total_cost")),
            )
        )

    def _contract(self, entry_no: int, billed: ServiceEntry) -> None:
        """What a contract billed, taken back on its own day: it meets the invoice's entry in the release (P-155)."""
        back = _negated(billed, [name for name in _SERVICE if name != "unit_cost"])
        self.ledgers.service.append(
            changed(
                billed,
                document="credit_memo",
                document_type="credit_memo",
                moved_from_prepaid=not billed.prepaid,
                applies_to_entry_no=entry_no,
                **back,
            )
        )

    def _value(self, valued: Valued, entry: int | New, **values: Any) -> None:
        back = _negated(valued.value, (*_WORTH, "invoiced_quantity", "valued_quantity"))
        own = {
            **self.own,
            "document_type": "service_credit_memo",
            "item_ledger_entry_no": entry,
            "expected_cost": False,
        }
        self.ledgers.value.append(changed(valued.value, **{**own, **back, **values}))

    def _uninvoiced(self, valued: Valued, line: Line) -> None:
        """Goods that stay: sales and actual cost taken back, the expected ones restored."""
        entry_no, value = valued.item_entry_no, valued.value
        base = -value.invoiced_quantity
        self.links.uninvoiced[entry_no] = self.links.uninvoiced.get(entry_no, ZERO) + base
        if value.cost_amount_expected or value.sales_amount_expected:
            self._value(valued, entry_no, item_ledger_entry_quantity=ZERO)
            return
        posted = self._interim(line, -value.cost_amount_actual) if restores_interim(self.source, valued, line) else ZERO
        self._value(
            valued,
            entry_no,
            item_ledger_entry_quantity=ZERO,
            cost_amount_expected=value.cost_amount_actual,
            sales_amount_expected=self._expected_sales(line, base),
            expected_cost_posted_to_gl=-posted,
            expected_cost=True,
        )

    def _expected_sales(self, line: Line, base: Decimal) -> Decimal:
        """Sales as shipping alone would have expected them: after the line discount, without VAT (P-109)."""
        row = self.lines[line.line_no].amounts
        whole = row.amount_lcy + row.inv_discount_lcy
        if self.source.snapshot.header.prices_including_vat:
            pct = ZERO if line.vat_calculation_type == "reverse_charge" else line.vat_pct
            whole = row.amount_lcy + row.inv_discount_lcy / (1 + pct / 100)
        precision = self.source.snapshot.setup.ledger.amount_rounding_precision
        return (whole * base / line.quantity_base).quantize(precision)

    def _interim(self, line: Line, cost: Decimal) -> Decimal:
        setup = self.source.snapshot.setup
        for account, amount in zip(interim_of(setup, line), (cost, -cost), strict=True):
            self.ledgers.gl.append(
                GlEntry(
                    document="credit_memo",
                    gl_account_no=account,
                    posting_date=self.day,
                    document_type="credit_memo",
                    amount=amount,
                    description=self.source.snapshot.header.posting_description,
                    gen_bus_group=line.gen_bus_group,
                    gen_prod_group=line.gen_prod_group,
                    dim_1=line.dim_1,
                    dim_2=line.dim_2,
                )
            )
        return cost

    def _returned(self, valued: Valued, line: Line) -> None:
        """Goods of an invoice by hand: back on stock at the cost they left with (P-113)."""
        goods = self.source.goods[valued.item_entry_no]
        base = -goods.entry.quantity
        item = self.source.snapshot.items.get(line.no)
        left = base if item is not None and item.type == "inventory" else ZERO
        reference = New(len(self.ledgers.item))
        self.ledgers.item.append(
            changed(
                goods.entry,
                document_type="service_credit_memo",
                document_line_no=line.line_no,
                quantity=base,
                invoiced_quantity=base,
                remaining_quantity=left,
                shipped_qty_not_returned=ZERO,
                open=left != 0,
                completely_invoiced=True,
                **self.own,
            )
        )
        self.links.items[line.line_no] = reference
        self.links.returned.append(goods.entry_no)
        self._value(valued, reference, item_ledger_entry_quantity=base)

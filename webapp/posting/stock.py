"""Item and value entries, what they apply to, and the cost they bring to the general ledger (P-109 … P-114)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from webapp.posting.amounts import PostedAmounts, discount_vat, rate_of, spread, to_lcy
from webapp.posting.case import Case
from webapp.posting.documents import ShipmentTake
from webapp.posting.ledgers import GlEntry, ItemApplication, ItemEntry, Ledgers, New, Role, ValueEntry
from webapp.posting.money import round_to
from webapp.posting.quantities import Taken
from webapp.posting.records import changed
from webapp.posting.snapshot import ZERO, ExpectedValue, Line

_DOCUMENT_TYPES: Mapping[Role, str] = {
    "shipment": "service_shipment",
    "invoice": "service_invoice",
    "credit_memo": "service_credit_memo",
}


@dataclass(frozen=True, slots=True)
class ItemEntryUpdate:
    """What an invoice changes on the item entry of an earlier shipment (P-111); base quantity, above 0."""

    entry_no: int
    invoiced: Decimal
    completely_invoiced: bool


@dataclass(slots=True)
class Stock:
    """What is on stock while the lines of a posting draw on it, and what they change of it."""

    left: dict[int, Decimal]
    expected: dict[int, ExpectedValue] = field(default_factory=dict)
    behind: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    """By shipment and line no. the item entries with expected values, in their order."""
    changed: dict[int, Decimal] = field(default_factory=dict)
    invoiced: list[ItemEntryUpdate] = field(default_factory=list)
    returned: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """What comes back by the entry that it left with: base quantity and cost (P-113)."""

    def draw(self, case: Case, line: Line, quantity: Decimal) -> list[tuple[int, Decimal]]:
        """Takes a base quantity from open inbound entries, oldest first, or from the entry the line names (P-109)."""
        drawn = []
        for inbound in case.snapshot.stock:
            same = (inbound.item_no, inbound.variant_code, inbound.location_code) == (
                line.no,
                line.variant_code,
                line.location_code,
            )
            left = self.left.get(inbound.entry_no, ZERO)
            if not quantity or not same or left <= 0:
                continue
            if line.appl_to_item_entry and line.appl_to_item_entry != inbound.entry_no:
                continue
            part = min(left, quantity)
            self.left[inbound.entry_no] = self.changed[inbound.entry_no] = left - part
            drawn.append((inbound.entry_no, part))
            quantity -= part
        return drawn


def stock_of(case: Case) -> Stock:
    """The stock as the posting finds it."""
    left = {entry.entry_no: entry.remaining_quantity for entry in case.snapshot.stock}
    behind: dict[tuple[str, int], list[int]] = {}
    for no, value in sorted(case.snapshot.expected_values.items()):
        behind.setdefault((value.document_no, value.document_line_no), []).append(no)
    return Stock(left, dict(case.snapshot.expected_values), behind)


def unit_cost_base(case: Case, line: Line) -> Decimal:
    """Cost of one base unit in LCY: the item's own for standard costing, else the line's (P-109)."""
    item = case.item(line)
    if item is not None and item.costing_method == "standard":
        return item.unit_cost
    return line.unit_cost_lcy / line.qty_per_uom


def net_price_of(case: Case, line: Line, quantity: Decimal) -> Decimal:
    """Price of a quantity after line discount, without VAT, in LCY, rounded once (P-109, P-116)."""
    header = case.snapshot.header
    value = quantity * line.unit_price * (1 - line.line_discount_pct / 100)
    if header.prices_including_vat:
        value = value / (1 + rate_of(line) / 100)
    return round_to(to_lcy(value, header), case.setup.ledger.amount_rounding_precision)


def net_discount_lcy(case: Case, posted: PostedAmounts) -> Decimal:
    """Line and invoice discount of a posted line without VAT, in LCY."""
    total = ZERO
    for discount in (posted.line_discount_lcy, posted.inv_discount_lcy):
        total += discount
        if case.snapshot.header.prices_including_vat:
            total -= discount_vat(
                discount, posted.line, case.snapshot.header, case.setup.ledger.amount_rounding_precision
            )
    return total


class ItemWriter:
    """Writes the item side of one line into the ledgers."""

    def __init__(self, case: Case, taken: Taken, ledgers: Ledgers, stock: Stock) -> None:
        self.case, self.taken, self.line, self.ledgers, self.stock = case, taken, taken.line, ledgers, stock
        self.precision = case.setup.ledger.amount_rounding_precision
        self.cost = unit_cost_base(case, taken.line)
        self.date = case.line_date(taken.line)

    def write(self, posted: PostedAmounts | None, takes: Sequence[ShipmentTake]) -> tuple[New | None, New | None]:
        """All entries of the line; answers with the entry that its shipment line links to, when something shipped, and
        the one that was shipped and invoiced at once."""
        if self.taken.to_consume:
            return self._consumption(), None
        new = min(self.taken.to_invoice, self.taken.to_ship)
        link = invoiced = None
        if posted is not None:
            weights = [take.quantity for take in takes] + ([new] if new else [])
            amounts = spread(posted.amount_lcy, weights, self.precision)
            discounts = spread(net_discount_lcy(self.case, posted), weights, self.precision)
            for take, amount, discount in zip(takes, amounts, discounts, strict=False):
                self._invoice_of_shipped(take, amount, discount)
            if new:
                link = invoiced = self._shipped_and_invoiced(new, amounts[-1], discounts[-1])
        if self.taken.to_ship > new:
            link = self._shipped(self.taken.to_ship - new, new)
        return link, invoiced

    def _entry(self, entry_type: str, quantity_base: Decimal, *, invoiced: bool) -> New:
        """One outbound item entry with its applications."""
        line = self.line
        reference = New(len(self.ledgers.item))
        uncovered = ZERO
        if self.case.holds_stock(line):
            drawn = self.stock.draw(self.case, line, quantity_base)
            uncovered = quantity_base - sum((part for _, part in drawn), ZERO)
            self.ledgers.application += [
                ItemApplication(outbound_entry_no=reference, inbound_entry_no=no, quantity=part) for no, part in drawn
            ]
        self.ledgers.item.append(
            ItemEntry(
                document=self.case.shipping_role,
                document_type=_DOCUMENT_TYPES[self.case.shipping_role],
                document_line_no=line.line_no,
                posting_date=self.date,
                item_no=line.no,
                variant_code=line.variant_code,
                location_code=line.location_code,
                entry_type=entry_type,
                quantity=-quantity_base,
                uom=line.uom,
                qty_per_uom=line.qty_per_uom,
                invoiced_quantity=-quantity_base if invoiced else ZERO,
                remaining_quantity=-uncovered,
                shipped_qty_not_returned=-quantity_base,
                open=uncovered != 0,
                completely_invoiced=invoiced,
                order_line_no=line.line_no if self.case.is_order else line.order_line_no,
                dim_1=line.dim_1,
                dim_2=line.dim_2,
            )
        )
        return reference

    def _value(self, role: Role, entry: int | New, valued: Decimal, **amounts: Decimal | bool) -> None:
        line = self.line
        document_type = _DOCUMENT_TYPES[role]
        self.ledgers.value.append(
            ValueEntry(
                document=role,
                document_type=document_type,
                document_line_no=line.line_no,
                posting_date=self.date,
                item_ledger_entry_no=entry,
                item_no=line.no,
                location_code=line.location_code,
                valued_quantity=valued,
                cost_per_unit=round_to(self.cost, self.case.setup.ledger.unit_amount_rounding_precision),
                gen_bus_group=line.gen_bus_group,
                gen_prod_group=line.gen_prod_group,
                inventory_posting_group=line.posting_group,
                dim_1=line.dim_1,
                dim_2=line.dim_2,
                **amounts,  # type: ignore[arg-type]
            )
        )

    def _consumption(self) -> New:
        """Ship and consume (P-112)."""
        base = self.taken.to_ship_base
        entry = self._entry("negative_adjmt", base, invoiced=True)
        cost = round_to(base * self.cost, self.precision)
        setup, inventory = self.case.general(self.line), self.case.inventory(self.line)
        posted = self._cost_to_gl(
            "shipment",
            cost,
            debit=setup.inventory_adjmt if setup else "",
            credit=inventory.inventory_account if inventory else "",
        )
        self._value(
            "shipment",
            entry,
            -base,
            item_ledger_entry_quantity=-base,
            invoiced_quantity=-base,
            cost_amount_actual=-cost,
            cost_posted_to_gl=-posted,
        )
        return entry

    def _shipped(self, quantity: Decimal, invoiced: Decimal) -> New:
        """Ship what is not invoiced at once (P-109): expected cost and sales."""
        base = self.taken.to_ship_base - (self._invoiced_base(invoiced) if invoiced else ZERO)
        entry = self._entry("sale", base, invoiced=False)
        cost = round_to(base * self.cost, self.precision)
        posted = ZERO
        if self.case.setup.inventory.expected_cost_posting_to_gl:
            posted = self._interim_to_gl("shipment", cost)
        self._value(
            "shipment",
            entry,
            -base,
            item_ledger_entry_quantity=-base,
            invoiced_quantity=ZERO,
            cost_amount_expected=-cost,
            sales_amount_expected=net_price_of(self.case, self.line, quantity),
            expected_cost_posted_to_gl=-posted,
            expected_cost=True,
        )
        return entry

    def _invoiced_base(self, quantity: Decimal) -> Decimal:
        if quantity == self.taken.to_ship:
            return self.taken.to_ship_base
        return round_to(quantity * self.line.qty_per_uom, Decimal("0.00001"))

    def _shipped_and_invoiced(self, quantity: Decimal, amount: Decimal, discount: Decimal) -> New:
        """Ship and invoice (P-110)."""
        base = self._invoiced_base(quantity)
        entry = self._entry("sale", base, invoiced=True)
        cost = round_to(base * self.cost, self.precision)
        self._value(
            "invoice",
            entry,
            -base,
            item_ledger_entry_quantity=-base,
            invoiced_quantity=-base,
            sales_amount_actual=amount,
            cost_amount_actual=-cost,
            discount_amount=-discount,
            cost_posted_to_gl=-self._cogs_to_gl(cost),
        )
        return entry

    def _invoice_of_shipped(self, take: ShipmentTake, amount: Decimal, discount: Decimal) -> None:
        """Invoice what an earlier posting shipped (P-111), from the entries behind its line, the oldest first."""
        left = take.quantity_base
        parts = []
        for expected in self._entries_behind(take):
            base = min(left, abs(expected.quantity) - abs(expected.invoiced_quantity))
            left -= base
            parts.append((expected, base))
        amounts = spread(amount, [base for _, base in parts], self.precision)
        discounts = spread(discount, [base for _, base in parts], self.precision)
        for (expected, base), part, less in zip(parts, amounts, discounts, strict=True):
            if base:
                self._invoice_of_entry(expected, base, part, less)

    def _entries_behind(self, take: ShipmentTake) -> list[ExpectedValue]:
        """The item entries of a shipment line with something not invoiced. They are two when part of what it shipped
        was invoiced at once and that invoice was cancelled since (P-186)."""
        values, line = self.stock.expected, take.shipment_line
        own = [values[no] for no in self.stock.behind.get((line.document_no, line.line_no), ())]
        linked = values.get(line.item_entry_no or 0)
        return own or ([linked] if linked else [])

    def _invoice_of_entry(self, expected: ExpectedValue, base: Decimal, amount: Decimal, discount: Decimal) -> None:
        """The expected amounts of an item entry turn into actual ones."""
        entry_no = expected.item_ledger_entry_no
        last = base == abs(expected.quantity) - abs(expected.invoiced_quantity)
        cost = -self._share(expected.cost_first, expected.cost_left, base, expected, last=last)
        sales = self._share(expected.sales_first, expected.sales_left, base, expected, last=last)
        posted = self._cogs_to_gl(cost)
        interim = self._interim_to_gl("invoice", -cost) if expected.posted_to_gl else ZERO
        self.stock.invoiced.append(ItemEntryUpdate(entry_no, base, last))
        self.stock.expected[entry_no] = changed(
            expected,
            invoiced_quantity=expected.invoiced_quantity - base,
            cost_left=expected.cost_left + cost,
            sales_left=expected.sales_left - sales,
        )
        self._value(
            "invoice",
            entry_no,
            -base,
            item_ledger_entry_quantity=ZERO,
            invoiced_quantity=-base,
            sales_amount_actual=amount,
            sales_amount_expected=-sales,
            cost_amount_actual=-cost,
            cost_amount_expected=cost,
            discount_amount=-discount,
            cost_posted_to_gl=-posted,
            expected_cost_posted_to_gl=-interim,
        )

    def _share(self, first: Decimal, left: Decimal, base: Decimal, expected: ExpectedValue, *, last: bool) -> Decimal:
        """The part of an expected amount that this invoice takes back; the last takes all that is left."""
        return left if last else round_to(first * base / abs(expected.quantity), self.precision)

    def credit(self, posted: PostedAmounts) -> New:
        """Goods that a credit memo takes back, at the cost they left with when that is known (P-113)."""
        line, base = self.line, self.taken.to_invoice_base
        cost = self._returned_cost(base)
        reference = New(len(self.ledgers.item))
        left = base if self.case.holds_stock(line) else ZERO
        self.ledgers.item.append(
            ItemEntry(
                document="credit_memo",
                document_type="service_credit_memo",
                document_line_no=line.line_no,
                posting_date=self.date,
                item_no=line.no,
                variant_code=line.variant_code,
                location_code=line.location_code,
                entry_type="sale",
                quantity=base,
                uom=line.uom,
                qty_per_uom=line.qty_per_uom,
                invoiced_quantity=base,
                remaining_quantity=left,
                shipped_qty_not_returned=ZERO,
                open=left != 0,
                completely_invoiced=True,
                order_line_no=line.order_line_no,
                dim_1=line.dim_1,
                dim_2=line.dim_2,
            )
        )
        self.cost = cost / base
        self._value(
            "credit_memo",
            reference,
            base,
            item_ledger_entry_quantity=base,
            invoiced_quantity=base,
            sales_amount_actual=-posted.amount_lcy,
            cost_amount_actual=cost,
            discount_amount=net_discount_lcy(self.case, posted),
            cost_posted_to_gl=-self._cogs_to_gl(-cost),
        )
        return reference

    def _returned_cost(self, base: Decimal) -> Decimal:
        """The cost of what comes back: its share of what left, the last taking the rest; else the line's own cost."""
        entry = self.case.snapshot.outbound_entries.get(self.line.appl_from_item_entry or 0)
        if entry is None:
            return round_to(base * self.cost, self.precision)
        quantity, back = self.stock.returned.get(entry.entry_no, (ZERO, ZERO))
        last = quantity + base == -entry.shipped_qty_not_returned
        share = round_to(entry.cost * base / entry.quantity, self.precision)
        cost = -entry.cost - entry.cost_back - back if last else share
        self.stock.returned[entry.entry_no] = (quantity + base, back + cost)
        return cost

    # --- cost in the general ledger (P-114) -----------------------------------------------------------------------

    def _cogs_to_gl(self, cost: Decimal) -> Decimal:
        setup, inventory = self.case.general(self.line), self.case.inventory(self.line)
        return self._cost_to_gl(
            self.case.invoicing_role,
            cost,
            debit=setup.cogs if setup else "",
            credit=inventory.inventory_account if inventory else "",
        )

    def _interim_to_gl(self, role: Role, cost: Decimal) -> Decimal:
        setup, inventory = self.case.general(self.line), self.case.inventory(self.line)
        return self._cost_to_gl(
            role,
            cost,
            debit=setup.cogs_interim if setup else "",
            credit=inventory.inventory_account_interim if inventory else "",
        )

    def _cost_to_gl(self, role: Role, cost: Decimal, *, debit: str, credit: str) -> Decimal:
        """A pair of G/L entries; answers with the cost posted, 0 when nothing is posted."""
        if not cost or not self.case.setup.inventory.automatic_cost_posting or not self.case.holds_stock(self.line):
            return ZERO
        for account, amount in ((debit, cost), (credit, -cost)):
            self.ledgers.gl.append(
                GlEntry(
                    document=role,
                    gl_account_no=account,
                    posting_date=self.date,
                    document_type="blank" if role == "shipment" else role,
                    amount=amount,
                    description=self.case.snapshot.header.posting_description,
                    gen_bus_group=self.line.gen_bus_group,
                    gen_prod_group=self.line.gen_prod_group,
                    dim_1=self.line.dim_1,
                    dim_2=self.line.dim_2,
                    correction=self.case.correction and role != "shipment",
                )
            )
        return cost

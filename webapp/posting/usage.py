"""Service, resource and warranty entries: what was done for the customer (P-116 … P-122)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from webapp.posting.amounts import PostedAmounts, discount_vat, price_without_vat, rate_of
from webapp.posting.billed import BilledEntry
from webapp.posting.case import Case
from webapp.posting.contract_credits import credited_entry, days_of, is_contract_credit, on_prepaid_account
from webapp.posting.contracts import line_discount_apart
from webapp.posting.ledgers import Ledgers, New, ResourceEntry, Role, ServiceEntry, WarrantyEntry
from webapp.posting.money import round_to
from webapp.posting.quantities import Taken
from webapp.posting.records import changed
from webapp.posting.snapshot import ZERO, Line, ServiceItem
from webapp.posting.stock import net_price_of

SERVICE_TYPES = {"cost": "service_cost"}
UNIT_PRICE = Decimal("0.00001")


def usage_discount(case: Case, line: Line, quantity: Decimal) -> Decimal:
    """The line discount of a shipped quantity, without VAT, in LCY (P-117: round share)."""
    precision = case.setup.ledger.amount_rounding_precision
    if not line.line_discount_pct:
        return ZERO
    gross = round_to(quantity * price_without_vat(line, case.snapshot.header, case.setup), precision)
    return round_to(gross * line.line_discount_pct / 100, precision)


def _document_amount(case: Case, line: Line, quantity: Decimal) -> Decimal:
    """As the LCY amount of a usage entry, in the document's currency."""
    precision = case.currency.amount_rounding_precision
    price = line.unit_price
    if case.snapshot.header.prices_including_vat:
        price = price / (1 + rate_of(line) / 100)
    gross = round_to(quantity * price, precision)
    return gross - round_to(gross * line.line_discount_pct / 100, precision) if line.line_discount_pct else gross


def _serviced(case: Case, line: Line) -> tuple[str, str, str]:
    """The serviced thing: from the service item line, else the service item (P-118)."""
    item_line = case.item_line(line)
    if item_line is not None:
        return item_line.service_item_no or line.service_item_no, item_line.item_no, item_line.serial_no
    service_item = case.snapshot.service_items.get(line.service_item_no)
    if service_item is not None:
        return service_item.no, service_item.item_no, service_item.serial_no
    return line.service_item_no, "", ""


class UsageWriter:
    """Writes the service, resource and warranty side of one line into the ledgers."""

    def __init__(self, case: Case, taken: Taken, ledgers: Ledgers) -> None:
        self.case, self.taken, self.line, self.ledgers = case, taken, taken.line, ledgers
        self.precision = case.setup.ledger.amount_rounding_precision
        self.price = price_without_vat(taken.line, case.snapshot.header, case.setup)
        self.order_no = case.snapshot.header.no if case.is_order else ""
        # The usage of an invoice by hand is the invoice's, also when it makes a shipment (P-120).
        self.usage_role: Role = "shipment" if case.is_order else case.invoicing_role

    # --- service ledger -------------------------------------------------------------------------------------------

    def _service(self, role: Role, entry_type: str, quantity: Decimal, charged: Decimal, **amounts: Decimal) -> New:
        """One service entry; the sign of `quantity` is that of cost and price (P-117)."""
        line = self.line
        sign = 1 if quantity > 0 else -1
        service_item_no, item_no, serial_no = _serviced(self.case, line)
        reference = New(len(self.ledgers.service))
        on_line_date = entry_type == "usage"
        self.ledgers.service.append(
            ServiceEntry(
                document=role,
                entry_type=entry_type,
                type=SERVICE_TYPES.get(line.type, line.type),
                no=line.no,
                description=line.description,
                document_type=role,
                document_line_no=line.line_no,
                posting_date=self.case.line_date(line) if on_line_date else self.case.posting_date,
                service_order_no=self.order_no or line.order_no,
                service_contract_no=line.contract_no,
                service_item_no=service_item_no,
                item_no_serviced=item_no,
                serial_no_serviced=serial_no,
                quantity=quantity,
                charged_qty=charged,
                unit_cost=sign * line.unit_cost_lcy,
                cost_amount=sign * round_to(abs(quantity) * line.unit_cost_lcy, self.precision),
                unit_price=sign * self.price,
                discount_pct=sign * line.line_discount_pct,
                gen_bus_group=line.gen_bus_group,
                gen_prod_group=line.gen_prod_group,
                location_code=line.location_code,
                uom=line.uom,
                work_type_code=line.work_type_code,
                fault_reason_code=line.fault_reason_code,
                dim_1=line.dim_1,
                dim_2=line.dim_2,
                contract_disc_amount=amounts["discount_amount"] if line.line_discount_type == "contract" else ZERO,
                discount_amount=amounts["discount_amount"],
                amount_lcy=amounts["amount_lcy"],
                amount=amounts["amount"],
            )
        )
        return reference

    def usage(self) -> New:
        """What was used: charged later, or not at all when it is consumed."""
        quantity = self.taken.to_ship
        if self.taken.to_consume:
            return self._service(
                self.usage_role, "usage", quantity, ZERO, discount_amount=ZERO, amount_lcy=ZERO, amount=ZERO
            )
        discount = usage_discount(self.case, self.line, quantity)
        return self._service(
            self.usage_role,
            "usage",
            quantity,
            quantity,
            discount_amount=discount,
            amount_lcy=round_to(quantity * self.price, self.precision) - discount,
            amount=_document_amount(self.case, self.line, quantity),
        )

    def contract_usage(self, entry: BilledEntry) -> New:
        """The mirror of a contract's entry: what the invoice charges was used, at the entry's own figures (C-122)."""
        reference = self._service(
            "invoice",
            "usage",
            -entry.quantity,
            -entry.quantity,
            discount_amount=entry.discount_amount,
            amount_lcy=-entry.amount_lcy,
            amount=-entry.amount,
        )
        written = self.ledgers.service[reference.index]
        self.ledgers.service[reference.index] = changed(
            written,
            unit_cost=entry.unit_cost,
            cost_amount=round_to(entry.unit_cost, self.precision),
            unit_price=abs(entry.unit_price),
            discount_pct=entry.discount_pct,
            moved_from_prepaid=True,
        )
        return reference

    def consumption(self) -> None:
        """The consume entry that stands against the usage (P-115)."""
        self._service(
            "shipment", "consume", -self.taken.to_consume, ZERO, discount_amount=ZERO, amount_lcy=ZERO, amount=ZERO
        )

    def sale(self, posted: PostedAmounts) -> None:
        """The sale entry of what is invoiced, with the very amounts of the posted line (P-120)."""
        discount = self._net_discount(posted)
        quantity = self.taken.to_invoice
        self._service(
            "invoice",
            "sale",
            -quantity,
            -quantity,
            discount_amount=-discount,
            amount_lcy=-posted.amount_lcy,
            amount=-posted.amount,
        )

    def credit(self, posted: PostedAmounts) -> None:
        """What a credit memo takes back: the sale with the amounts of the posted line, and the usage (P-154)."""
        if is_contract_credit(self.case, self.line):
            self._contract_credit(posted)
            return
        quantity = self.taken.to_invoice
        self._service(
            "credit_memo",
            "sale",
            quantity,
            quantity,
            discount_amount=self._net_discount(posted),
            amount_lcy=posted.amount_lcy,
            amount=posted.amount,
        )
        discount = usage_discount(self.case, self.line, quantity)
        self._service(
            "credit_memo",
            "usage",
            -quantity,
            -quantity,
            discount_amount=-discount,
            amount_lcy=discount - round_to(quantity * self.price, self.precision),
            amount=-_document_amount(self.case, self.line, quantity),
        )

    def _contract_credit(self, posted: PostedAmounts) -> None:
        """What a contract's credit memo takes back: one sale entry of the contract on the day of the entry that it is
        against, at the very amounts that the general ledger gets, and the mirror of its usage (P-155, C-147)."""
        case, line = self.case, self.line
        discount, quantity = self._net_discount(posted), self.taken.to_invoice
        entry, terms = credited_entry(case, line), case.snapshot.contract_terms.get(line.contract_no)
        line_no, first, last = days_of(case, line)
        prepaid = on_prepaid_account(case, line)
        figures = {"discount_amount": -discount, "amount_lcy": posted.amount_lcy, "amount": posted.amount}
        sale = self._service("credit_memo", "sale", quantity, quantity, **figures)
        written = changed(
            self.ledgers.service[sale.index],
            unit_price=round_to((posted.amount_lcy + discount) / quantity, UNIT_PRICE),
            contract_line_no=line_no,
            period_from=first,
            period_to=last,
            invoice_period=terms.invoice_period if terms else "blank",
            contract_account_group=terms.contract_account_group if terms else "",
            contract_group_code=terms.contract_group_code if terms else "",
        )
        self.ledgers.service[sale.index] = changed(
            written,
            type="service_contract",
            no=line.contract_no,
            posting_date=entry.posting_date if entry else case.posting_date,
            prepaid=prepaid,
            moved_from_prepaid=not prepaid,
            posted_gross=line_discount_apart(case, posted) is not None,
            applies_to_entry_no=entry.entry_no if entry else None,
        )
        back = ("quantity", "charged_qty", "cost_amount", "unit_price", "discount_amount", "contract_disc_amount",
                "amount_lcy", "amount")  # fmt: skip
        mirror = {name: -getattr(written, name) for name in back}
        self.ledgers.service.append(
            changed(written, entry_type="usage", moved_from_prepaid=True, contract_line_no=0, period_from=None,
                    period_to=None, invoice_period="blank", **mirror)
        )  # fmt: skip

    def _net_discount(self, posted: PostedAmounts) -> Decimal:
        """The line discount of a posted line without VAT, in LCY."""
        discount = posted.line_discount_lcy
        if self.case.snapshot.header.prices_including_vat:
            discount -= discount_vat(discount, self.line, self.case.snapshot.header, self.precision)
        return discount

    # --- resource ledger ------------------------------------------------------------------------------------------

    def _resource(self, role: Role, entry_type: str, quantity: Decimal, base: Decimal, total_price: Decimal) -> None:
        line = self.line
        self.ledgers.resource.append(
            ResourceEntry(
                document=role,
                entry_type=entry_type,
                document_type=role,
                posting_date=self.case.line_date(line),
                resource_no=line.no,
                work_type_code=line.work_type_code,
                description=line.description,
                quantity=quantity,
                uom=line.uom,
                qty_per_uom=line.qty_per_uom,
                quantity_base=base,
                unit_cost=line.unit_cost_lcy,
                total_cost=round_to(quantity * line.unit_cost_lcy, self.precision),
                unit_price=ZERO if self.taken.to_consume else self.price,
                total_price=total_price,
                gen_bus_group=line.gen_bus_group,
                gen_prod_group=line.gen_prod_group,
                order_no=self.order_no or line.order_no,
                order_line_no=line.order_line_no if line.order_no else line.line_no,
                dim_1=line.dim_1,
                dim_2=line.dim_2,
                chargeable=not self.taken.to_consume,
            )
        )

    def resource_usage(self) -> None:
        taken = self.taken
        price = ZERO if taken.to_consume else net_price_of(self.case, self.line, taken.to_ship)
        self._resource(self.case.shipping_role, "usage", taken.to_ship, taken.to_ship_base, price)

    def resource_sale(self, posted: PostedAmounts) -> None:
        taken = self.taken
        self._resource("invoice", "sale", -taken.to_invoice, -taken.to_invoice_base, -posted.amount_lcy)

    def resource_credit(self, posted: PostedAmounts) -> None:
        """The hours of a credit memo: usage and sale taken back (P-116)."""
        quantity, base = self.taken.to_invoice, self.taken.to_invoice_base
        self._resource("credit_memo", "usage", -quantity, -base, -posted.amount_lcy)
        self._resource("credit_memo", "sale", quantity, base, posted.amount_lcy)

    # --- warranty ledger ------------------------------------------------------------------------------------------

    def warranty(self) -> New | None:
        """What the warranty gave, when the line is under warranty (P-121)."""
        line = self.line
        if not (self.order_no and line.warranty and line.type in ("item", "resource")):
            return None
        service_item_no, item_no, serial_no = _serviced(self.case, line)
        item_line = self.case.item_line(line)
        service_item: ServiceItem | None = self.case.snapshot.service_items.get(service_item_no)
        given = line.line_discount_type == "warranty"
        reference = New(len(self.ledgers.warranty))
        self.ledgers.warranty.append(
            WarrantyEntry(
                document="shipment",
                document_line_no=line.line_no,
                posting_date=self.case.line_date(line),
                service_item_no=service_item_no,
                item_no_serviced=item_no,
                serial_no_serviced=serial_no,
                service_item_group=item_line.service_item_group if item_line else "",
                service_order_no=self.order_no,
                service_order_line_no=line.line_no,
                service_contract_no=line.contract_no,
                fault_area_code=line.fault_area_code,
                symptom_code=line.symptom_code,
                fault_code=line.fault_code,
                fault_reason_code=line.fault_reason_code,
                resolution_code=line.resolution_code,
                type=line.type,
                no=line.no,
                description=line.description,
                quantity=self.taken.to_ship,
                uom=line.uom,
                work_type_code=line.work_type_code,
                amount=usage_discount(self.case, line, self.taken.to_ship) if given else ZERO,
                vendor_no=service_item.vendor_no if service_item else "",
                vendor_item_no=service_item.vendor_item_no if service_item else "",
                gen_bus_group=line.gen_bus_group,
                gen_prod_group=line.gen_prod_group,
                dim_1=line.dim_1,
                dim_2=line.dim_2,
            )
        )
        return reference


def warranty_entries_that_close(
    case: Case, lines_after: Iterable[Line], planned: Sequence[WarrantyEntry], *, closes_order: bool
) -> tuple[set[int], set[int]]:
    """The warranty entries that close with this posting: existing entry nos. and indexes of planned ones (P-122).

    Per order line the quantity invoiced and consumed covers the entries in turn, oldest first; a covered one closes.
    """
    existing: set[int] = set()
    new: set[int] = set()
    by_line: dict[int, list[tuple[set[int], int, Decimal]]] = {}
    for entry in case.snapshot.warranty_entries if case.is_order else ():
        by_line.setdefault(entry.service_order_line_no, []).append((existing, entry.entry_no, entry.quantity))
    for index, row in enumerate(planned):
        by_line.setdefault(row.service_order_line_no, []).append((new, index, row.quantity))
    for line in lines_after:
        covered = line.quantity_invoiced + line.quantity_consumed
        for target, key, quantity in by_line.get(line.line_no, ()):
            covered -= quantity
            if covered >= 0 or closes_order:
                target.add(key)
    still_open = {entry.entry_no for entry in case.snapshot.warranty_entries if entry.open}
    return existing & still_open, new

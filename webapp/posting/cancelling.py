"""What cancelling a posted invoice may know: the invoice, every entry it wrote, its shipments and orders (P-186)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from webapp.posting.amounts import PostedAmounts
from webapp.posting.ledgers import CustomerEntry, GlEntry, ItemEntry, ResourceEntry, ServiceEntry, ValueEntry, VatEntry
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Header, ItemLine, Line, Snapshot, WarrantyEntry


@dataclass(frozen=True, slots=True)
class PostedLine:
    """A line of the posted invoice: the line as it was, and its amounts as they were posted. `credited` is what credit
    memos have taken back of it; `rounds` says whether it rounded the invoice (P-139)."""

    line: Line
    amounts: PostedAmounts
    credited: Decimal = ZERO
    rounds: bool = False

    @property
    def of_order(self) -> bool:
        """Whether it was shipped from an order, so that goods and hours stay with the customer."""
        return bool(self.line.order_no) and not self.line.is_text


@dataclass(frozen=True, slots=True)
class Goods:
    """An item entry that the invoice's value entries are about: where it was shipped, what of it is not returned."""

    entry_no: int
    entry: ItemEntry
    document_no: str


@dataclass(frozen=True, slots=True)
class Valued:
    """A value entry of the invoice and the item entry that it belongs to."""

    item_entry_no: int
    value: ValueEntry


@dataclass(frozen=True, slots=True)
class TakenShipmentLine:
    """A shipment line with something invoiced of it; they come newest first."""

    document_no: str
    line_no: int
    order_no: str
    order_line_no: int
    quantity_invoiced: Decimal
    quantity_invoiced_base: Decimal

    @property
    def key(self) -> tuple[str, int]:
        return self.document_no, self.line_no


@dataclass(frozen=True, slots=True)
class Order:
    """An order that the invoice is about: open, or as the archive has it."""

    header: Header
    item_lines: tuple[ItemLine, ...]
    lines: tuple[Line, ...]
    archived: bool
    warranties: tuple[WarrantyEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class DueAgain:
    """Days of a contract line that nobody has billed any more once the invoice is cancelled, and who bills them."""

    contract_no: str
    line_no: int
    first: date
    last: date
    amount: Decimal
    then: str


@dataclass(frozen=True, slots=True)
class CancelSnapshot:
    """A posted invoice with all that it wrote. `snapshot` is a credit memo over it, dated with the day asked for;
    `applied_to` names what was applied to its customer entry, `contract_no` the contract that it was made from,
    `contract_reasons` what of its contracts stands in the way, `billed` their entries behind its lines."""

    invoice_no: str
    snapshot: Snapshot
    cancelled_by: str
    contract_no: str
    contract_reasons: tuple[tuple[str, str], ...]
    billed: tuple[tuple[int, ServiceEntry], ...]
    terms_code: str
    method_code: str
    lines: tuple[PostedLine, ...]
    entry_no: int
    entry: CustomerEntry
    remaining: Decimal
    applied_to: tuple[str, ...]
    gl: tuple[tuple[int, GlEntry], ...]
    vat: tuple[tuple[int, VatEntry], ...]
    services: tuple[ServiceEntry, ...]
    resources: tuple[ResourceEntry, ...]
    values: tuple[Valued, ...]
    goods: Mapping[int, Goods]
    shipment_lines: tuple[TakenShipmentLine, ...]
    orders: Mapping[str, Order]
    due_again: tuple[DueAgain, ...] = ()


def goods_of(source: CancelSnapshot, line_no: int) -> list[Goods]:
    entries = [one.item_entry_no for one in source.values if one.value.document_line_no == line_no]
    return [source.goods[entry] for entry in dict.fromkeys(entries)]


# --- accounts -------------------------------------------------------------------------------------------------------


def mirror_accounts(source: CancelSnapshot) -> dict[int, str]:
    """The account of the mirror of each G/L entry: revenue of items and hours goes to the credit memo account of its
    groups (P-153), everything else back to where it was posted."""
    setup = source.snapshot.setup
    nets = {entry.gl_entry_no for _, entry in source.vat}
    kept = {one.line.no for one in source.lines if one.line.type == "gl_account"}
    kept |= {setup.costs[one.line.no].account_no for one in source.lines if one.line.no in setup.costs}
    found = {}
    for entry_no, entry in source.gl:
        general = setup.general_posting.get((entry.gen_bus_group, entry.gen_prod_group))
        discounts = {general.sales_line_disc, general.sales_inv_disc} if general else set()
        revenue = entry_no in nets and entry.gl_account_no not in kept | discounts and general is not None
        full = any(one.gl_entry_no == entry_no and one.calculation_type == "full" for _, one in source.vat)
        found[entry_no] = general.sales_credit_memo if revenue and general and not full else entry.gl_account_no
    return found


def restores_interim(source: CancelSnapshot, valued: Valued, line: Line) -> bool:
    """Whether the expected cost that comes back goes to the interim accounts: not when the invoice had taken it from
    there itself, for then the mirror puts it back."""
    inventory = source.snapshot.setup.inventory
    item = source.snapshot.items.get(line.no)
    stock = item is not None and item.type == "inventory"
    direct = not valued.value.cost_amount_expected and bool(valued.value.cost_amount_actual)
    return stock and direct and inventory.automatic_cost_posting and inventory.expected_cost_posting_to_gl


def interim_of(setup: Setup, line: Line) -> tuple[str, str]:
    general = setup.general_posting.get((line.gen_bus_group, line.gen_prod_group))
    inventory = setup.inventory_posting.get((line.location_code, line.posting_group))
    return (
        general.cogs_interim if general else "",
        inventory.inventory_account_interim if inventory else "",
    )


def interim_accounts(source: CancelSnapshot, setup: Setup) -> set[str]:
    lines = {one.line.line_no: one for one in source.lines if one.of_order}
    found: set[str] = set()
    for valued in source.values:
        one = lines.get(valued.value.document_line_no)
        if one is not None and restores_interim(source, valued, one.line):
            found |= set(interim_of(setup, one.line))
    return found

"""Undoing lines of a posted shipment, or the consumption of them: what it finds and what it writes (P-159 … P-170).

Nothing is taken out of a ledger. Each line gets a correcting line beside it, and each entry that its shipping wrote an
entry that mirrors it, dated like the first one; the order's line stands afterwards as if it had not been shipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from webapp.posting.dates import posting_window
from webapp.posting.discounts import discounted_again
from webapp.posting.faults import ACCOUNT_LABELS, account_fault
from webapp.posting.findings import Finding, finding, money, show
from webapp.posting.ledgers import (
    Entry,
    GlEntry,
    ItemApplication,
    ItemEntry,
    Ledgers,
    New,
    ResourceEntry,
    ServiceEntry,
    ValueEntry,
    WarrantyEntry,
)
from webapp.posting.quantities import derived, initialised
from webapp.posting.records import changed
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Header, Line

Kind = Literal["undo_shipment", "undo_consumption"]
KIND_NAMES: Mapping[Kind, str] = {"undo_shipment": "Undo shipment", "undo_consumption": "Undo consumption"}
CREDIT = "Post a credit memo instead."


# --- what undoing may know ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PostedLine:
    """A line of the posted shipment (P-34). `correction` marks undone lines and those that undo them."""

    document_no: str
    line_no: int
    type: str
    no: str
    description: str
    uom: str
    order_no: str
    order_line_no: int
    posting_date: date | None
    quantity: Decimal
    quantity_base: Decimal
    quantity_invoiced: Decimal
    quantity_consumed: Decimal
    qty_shipped_not_invoiced: Decimal
    gen_bus_group: str
    gen_prod_group: str
    posting_group: str
    location_code: str
    dim_1: str
    dim_2: str
    correction: bool
    correction_of_line_no: int

    @property
    def is_text(self) -> bool:
        return self.type == "blank"


@dataclass(frozen=True, slots=True)
class Moved:
    """An item entry that shipping a line wrote: the inbound entries that it drew on with what it drew (base, above 0),
    and its value entries."""

    entry_no: int
    entry: ItemEntry
    drawn: tuple[tuple[int, Decimal], ...]
    values: tuple[ValueEntry, ...]

    def value(self, column: str) -> Decimal:
        """What a column of its value entries comes to."""
        return sum((getattr(row, column) for row in self.values), ZERO)


@dataclass(frozen=True, slots=True)
class Traces:
    """What shipping one line wrote into the ledgers; service entries are its usage and its consumption."""

    items: tuple[Moved, ...] = ()
    resources: tuple[ResourceEntry, ...] = ()
    services: tuple[ServiceEntry, ...] = ()
    warranties: tuple[tuple[int, WarrantyEntry], ...] = ()
    open_invoice: str = ""
    """The open invoice that holds the line (D-52); blank when none does."""


@dataclass(frozen=True, slots=True)
class UndoSnapshot:
    """A posted shipment with all that its lines wrote, and its order as it stands; None when that is closed.

    `header` is the shipment's own, with type and number of its order: entries are dated and addressed as the first.
    """

    setup: Setup
    user_name: str
    header: Header
    shipment_no: str
    lines: tuple[PostedLine, ...]
    traces: Mapping[int, Traces]
    order: Header | None
    order_lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class UndoRequest:
    """What to undo, and the line nos. of the shipment that were chosen."""

    kind: Kind
    lines: frozenset[int]


# --- what it comes to -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Correction:
    """A line that is undone, and the correcting line that stands against it: its number and its entries (P-166)."""

    line: PostedLine
    line_no: int
    item_entry_no: Entry | None = None
    service_entry_no: Entry | None = None
    warranty_entry_no: Entry | None = None


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What undoing finds and writes. With an error among the findings nothing is written.

    `inbound_back`: what comes back to inbound item entries, by entry no. (base, above 0); `returned` are the item
    entries, `warranties_closed` the warranty entries that close; `lines_after` are all lines of the order afterwards.
    """

    snapshot: UndoSnapshot
    request: UndoRequest
    findings: tuple[Finding, ...]
    corrections: tuple[Correction, ...] = ()
    ledgers: Ledgers = field(default_factory=Ledgers)
    inbound_back: Mapping[int, Decimal] = field(default_factory=dict)
    returned: tuple[int, ...] = ()
    warranties_closed: tuple[int, ...] = ()
    lines_after: tuple[Line, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(found for found in self.findings if found.is_error)

    @property
    def may_undo(self) -> bool:
        return not self.errors


def plan_undo(snapshot: UndoSnapshot, request: UndoRequest) -> UndoPlan:
    """What undoing the chosen lines finds and writes (P-159 … P-170).

    Texts and, among several lines, those undone before are passed over. Pure: the same snapshot and request give the
    same plan; all findings are returned, entries only without errors.
    """
    chosen, findings = _chosen(snapshot, request)
    for line in chosen:
        findings += line_findings(snapshot, request.kind, line)
    numbers = _numbers(snapshot, chosen)
    findings += [
        finding("undo_no_space", line=line.line_no, **_at(snapshot)) for line in chosen if line.line_no not in numbers
    ]
    plan = UndoPlan(snapshot, request, tuple(findings))
    return plan if plan.errors else _written(plan, [(line, numbers[line.line_no]) for line in chosen])


def _at(snapshot: UndoSnapshot) -> dict[str, Any]:
    return {"table": "service_shipment_line", "record": snapshot.shipment_no, "document": snapshot.shipment_no}


def _chosen(snapshot: UndoSnapshot, request: UndoRequest) -> tuple[list[PostedLine], list[Finding]]:
    """The chosen lines that can be undone at all, and why there are none (P-159, P-160)."""
    at = _at(snapshot)
    gone = sorted(request.lines - {line.line_no for line in snapshot.lines})
    if gone:
        return [], [finding("line_gone", line=no, gone=no, **at) for no in gone]
    real = [line for line in snapshot.lines if line.line_no in request.lines and not line.is_text]
    fresh = [line for line in real if not line.correction]
    if fresh:
        return fresh, []
    if real:
        return [], [finding("undone_already", line=line.line_no, **at) for line in real]
    return [], [finding("undo_nothing", **at)]


def kind_of_line(line: PostedLine) -> Kind | None:
    """What can be undone of a line by its own quantities; None for nothing."""
    if line.is_text or line.correction or not line.quantity or line.quantity_invoiced:
        return None
    return "undo_consumption" if line.quantity_consumed else "undo_shipment"


def line_findings(snapshot: UndoSnapshot, kind: Kind, line: PostedLine) -> list[Finding]:
    """Why one line cannot be undone (P-159 … P-164, P-169), and what to mind when it can."""
    at = {**_at(snapshot), "line": line.line_no}
    if line.correction:
        return [finding("undone_already", **at)]
    found = [*_state_findings(kind, line, at), *_order_findings(snapshot, kind, line, at)]
    if found:
        return found
    traces = snapshot.traces.get(line.line_no, Traces())
    if any(moved.entry.shipped_qty_not_returned != moved.entry.quantity for moved in traces.items):
        found.append(finding("undo_returned", **at))
    if any(_only_worth(value) for moved in traces.items for value in moved.values):
        found.append(finding("undo_revalued", **at))
    window = posting_window(snapshot.setup, snapshot.setup.users.get(snapshot.user_name))
    if line.posting_date is None or not window.allows(line.posting_date):
        dates: dict[str, Any] = {"date": line.posting_date, "low": window.low, "high": window.high}
        found.append(finding("posting_date_outside_window", field="posting_date", **dates, **at))
    for moved in traces.items:
        found += _account_findings(snapshot.setup, line, moved, at)
    if traces.open_invoice:
        found.append(finding("undo_on_open_invoice", invoice=traces.open_invoice, **at))
    return found


def _state_findings(kind: Kind, line: PostedLine, at: dict[str, Any]) -> Iterator[Finding]:
    """Whether the whole line is still there to be undone (P-160, P-161, P-169)."""
    if not line.quantity:
        yield finding("undo_quantity_zero", field="quantity", **at)
    elif line.quantity_invoiced:
        yield finding("undo_taken", what="invoiced", instead=CREDIT, field="quantity_invoiced", **at)
    elif kind == "undo_consumption":
        if not line.quantity_consumed:
            yield finding("undo_not_consumed", field="quantity_consumed", **at)
    elif line.quantity_consumed:
        instead = "Undo the consumption instead."
        yield finding("undo_taken", what="consumed", instead=instead, field="quantity_consumed", **at)


def _order_findings(snapshot: UndoSnapshot, kind: Kind, line: PostedLine, at: dict[str, Any]) -> Iterator[Finding]:
    """Whether the order is still there to take the goods back (P-162, P-169)."""
    if snapshot.order is None:
        consumption = kind == "undo_consumption"
        what = "consumption" if consumption else "the shipment"
        instead = "Enter a new order for what came back." if consumption else CREDIT
        yield finding("undo_order_closed", what=what, no=line.order_no, instead=instead, **at)
    elif all(one.line_no != line.order_line_no for one in snapshot.order_lines):
        yield finding("undo_order_line_gone", no=line.order_no, order_line=line.order_line_no, **at)


def _only_worth(value: ValueEntry) -> bool:
    """Whether a value entry moves worth without goods: a revaluation or an item charge."""
    return not value.item_ledger_entry_quantity and not value.invoiced_quantity


def _numbers(snapshot: UndoSnapshot, chosen: Sequence[PostedLine]) -> dict[int, int]:
    """The number of the correcting line for each line: half way to the next one (P-165, P-166); none without room."""
    taken = sorted(line.line_no for line in snapshot.lines)
    found: dict[int, int] = {}
    for line in chosen:
        after = next((no for no in taken if no > line.line_no), line.line_no + 20000)
        number = line.line_no + (after - line.line_no) // 2
        if number > line.line_no:
            found[line.line_no] = number
            taken = sorted([*taken, number])
    return found


# --- accounts (P-114) -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Pair:
    """Cost that goes back in the general ledger: an amount above 0, the columns of the accounts it goes between."""

    cost: Decimal
    debit: str
    credit: str


def _pairs(moved: Moved) -> list[_Pair]:
    """What was posted of an item entry's cost, on its way back: consumed goods, expected cost, nothing of 0."""
    actual = _Pair(-moved.value("cost_posted_to_gl"), "inventory_account", "inventory_adjmt")
    expected = _Pair(-moved.value("expected_cost_posted_to_gl"), "inventory_account_interim", "cogs_interim")
    return [pair for pair in (actual, expected) if pair.cost]


def _accounts(setup: Setup, line: PostedLine) -> dict[str, tuple[str, str, str]]:
    """The accounts of the line's groups by column: number, table and key of the set-up that names it."""
    groups, place = (line.gen_bus_group, line.gen_prod_group), (line.location_code, line.posting_group)
    general, inventory = setup.general_posting.get(groups), setup.inventory_posting.get(place)
    general_key, inventory_key = " / ".join(groups), " / ".join(map(show, place))
    return {
        "cogs_interim": (general.cogs_interim if general else "", "general_posting_setup", general_key),
        "inventory_adjmt": (general.inventory_adjmt if general else "", "general_posting_setup", general_key),
        "inventory_account": (
            inventory.inventory_account if inventory else "",
            "inventory_posting_setup",
            inventory_key,
        ),
        "inventory_account_interim": (
            inventory.inventory_account_interim if inventory else "",
            "inventory_posting_setup",
            inventory_key,
        ),
    }


_OWNERS = {"general_posting_setup": "General posting setup", "inventory_posting_setup": "Inventory posting setup"}


def _account_findings(setup: Setup, line: PostedLine, moved: Moved, at: dict[str, Any]) -> Iterator[Finding]:
    """Whether the accounts of the cost can be posted on today (P-89)."""
    accounts = _accounts(setup, line)
    for pair in _pairs(moved):
        for column in (pair.debit, pair.credit):
            no, table, key = accounts[column]
            if code := account_fault(setup, no):
                place = {**at, "table": table, "record": key}
                owner = f"{_OWNERS[table]} {key}"
                yield finding(code, field=column, label=ACCOUNT_LABELS[column], owner=owner, account=no, **place)


# --- what is written ------------------------------------------------------------------------------------------------


def _written(plan: UndoPlan, undone: Sequence[tuple[PostedLine, int]]) -> UndoPlan:
    snapshot, ledgers = plan.snapshot, Ledgers()
    corrections = [_Mirror(snapshot, line, number, ledgers).write() for line, number in undone]
    wrong = [
        finding("ledger_not_balanced", difference=money(rest), document=snapshot.shipment_no)
        for rest in ledgers.differences().values()
    ]
    if wrong:
        return changed(plan, findings=(*plan.findings, *wrong))
    moved = [one for line, _ in undone for one in _traces(snapshot, line).items]
    back: dict[int, Decimal] = {}
    for inbound, quantity in (drawn for one in moved for drawn in one.drawn):
        back[inbound] = back.get(inbound, ZERO) + quantity
    return changed(
        plan,
        corrections=tuple(corrections),
        ledgers=ledgers,
        inbound_back=back,
        returned=tuple(one.entry_no for one in moved),
        warranties_closed=tuple(no for line, _ in undone for no, _ in _traces(snapshot, line).warranties),
        lines_after=tuple(_lines_after(plan, [line for line, _ in undone])),
    )


def _traces(snapshot: UndoSnapshot, line: PostedLine) -> Traces:
    return snapshot.traces.get(line.line_no, Traces())


class _Mirror:
    """Writes the entries against those of one line (P-167, P-170): same date, same document, the correcting line's
    number, and the very amounts that the first entries have."""

    def __init__(self, snapshot: UndoSnapshot, line: PostedLine, number: int, ledgers: Ledgers) -> None:
        self.snapshot, self.line, self.number, self.ledgers = snapshot, line, number, ledgers
        self.traces = _traces(snapshot, line)

    def write(self) -> Correction:
        item: Entry | None = None
        for moved in self.traces.items:
            item = self._item(moved)
        service: Entry | None = None
        for used in self.traces.services:
            reference = self._service(used)
            service = reference if used.entry_type == "usage" else service
        for hours in self.traces.resources:
            self.ledgers.resource.append(
                changed(hours, **_negated(hours, "quantity", "quantity_base", "total_cost", "total_price"))
            )
        warranty: Entry | None = None
        for _, given in self.traces.warranties:
            warranty = New(len(self.ledgers.warranty))
            self.ledgers.warranty.append(
                changed(given, document_line_no=self.number, open=False, **_negated(given, "quantity", "amount"))
            )
        return Correction(self.line, self.number, item, service, warranty)

    def _service(self, used: ServiceEntry) -> New:
        """The exact negative of a usage or consume entry; as everywhere, cost and price have the quantity's sign."""
        reference = New(len(self.ledgers.service))
        self.ledgers.service.append(changed(used, document_line_no=self.number, **_negated(used, *_SERVICE_AMOUNTS)))
        return reference

    def _item(self, moved: Moved) -> New:
        """The goods back on stock: applied to the first entry, which gives back what it drew on; both are closed."""
        entry, reference = moved.entry, New(len(self.ledgers.item))
        quantity, invoiced = -entry.quantity, -moved.value("invoiced_quantity")
        self.ledgers.item.append(
            changed(
                entry,
                document_line_no=self.number,
                entry_type="positive_adjmt" if entry.entry_type == "negative_adjmt" else entry.entry_type,
                quantity=quantity,
                invoiced_quantity=invoiced,
                remaining_quantity=ZERO,
                shipped_qty_not_returned=ZERO,
                open=False,
                completely_invoiced=invoiced == quantity,
            )
        )
        if moved.drawn or entry.remaining_quantity:
            self.ledgers.application += [
                ItemApplication(outbound_entry_no=moved.entry_no, inbound_entry_no=no, quantity=-part)
                for no, part in moved.drawn
            ]
            self.ledgers.application.append(
                ItemApplication(outbound_entry_no=moved.entry_no, inbound_entry_no=reference, quantity=quantity)
            )
        self._worth(moved, reference, quantity)
        for pair in _pairs(moved):
            self._cost_back(pair, entry.posting_date)
        return reference

    def _worth(self, moved: Moved, reference: New, quantity: Decimal) -> None:
        """One value entry that takes back all that the first ones say."""
        first = moved.values[0]
        sums = {name: -moved.value(name) for name in _WORTH}
        self.ledgers.value.append(
            changed(
                first,
                document_type="service_shipment",
                document_line_no=self.number,
                item_ledger_entry_no=reference,
                item_ledger_entry_quantity=quantity,
                valued_quantity=quantity,
                expected_cost=any(value.expected_cost for value in moved.values),
                **sums,
            )
        )

    def _cost_back(self, pair: _Pair, day: date) -> None:
        line, accounts = self.line, _accounts(self.snapshot.setup, self.line)
        for column, amount in ((pair.debit, pair.cost), (pair.credit, -pair.cost)):
            self.ledgers.gl.append(
                GlEntry(
                    document="shipment",
                    gl_account_no=accounts[column][0],
                    posting_date=day,
                    document_type="blank",
                    amount=amount,
                    description=self.snapshot.header.posting_description,
                    gen_bus_group=line.gen_bus_group,
                    gen_prod_group=line.gen_prod_group,
                    dim_1=line.dim_1,
                    dim_2=line.dim_2,
                )
            )


_SERVICE_AMOUNTS = (
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
    "invoiced_quantity",
    "sales_amount_expected",
    "sales_amount_actual",
    "cost_amount_expected",
    "cost_amount_actual",
    "discount_amount",
    "cost_posted_to_gl",
    "expected_cost_posted_to_gl",
)


def _negated(entry: object, *columns: str) -> dict[str, Decimal]:
    return {name: -getattr(entry, name) for name in columns}


def _lines_after(plan: UndoPlan, undone: Sequence[PostedLine]) -> list[Line]:
    """The order's lines as they stand afterwards: not shipped, not consumed, everything proposed again (P-168, P-170).

    Other lines keep their quantities (P-60). The invoice discount is spread anew when more is to be charged (O-29).
    """
    order, setup = plan.snapshot.order, plan.snapshot.setup
    assert order is not None
    precision = setup.currency(order.currency_code).amount_rounding_precision
    after = []
    for line in plan.snapshot.order_lines:
        own = [one for one in undone if one.order_line_no == line.line_no]
        after.append(_line_after(line, own, order.document_type, precision) if own else line)
    if any(was.chargeable != now.chargeable for was, now in zip(plan.snapshot.order_lines, after, strict=True)):
        after = discounted_again(setup, order, after)
    return after


def _line_after(line: Line, undone: Sequence[PostedLine], document_type: str, precision: Decimal) -> Line:
    shipped = sum((one.quantity for one in undone), ZERO)
    base = sum((one.quantity_base for one in undone), ZERO)
    consumed = sum((one.quantity_consumed for one in undone), ZERO)
    consumed_base = sum((one.quantity_base for one in undone if one.quantity_consumed), ZERO)
    after = changed(
        line,
        quantity_shipped=line.quantity_shipped - shipped,
        quantity_shipped_base=line.quantity_shipped_base - base,
        quantity_consumed=line.quantity_consumed - consumed,
        quantity_consumed_base=line.quantity_consumed_base - consumed_base,
        qty_to_consume=ZERO,
    )
    after = derived(initialised(after, document_type), document_type, precision)
    assert ZERO <= after.quantity_invoiced + after.quantity_consumed <= after.quantity_shipped, "below what is taken"
    return after

"""The plan of a posting: what it finds and what it would write (P-7). Preview, test report and posting all use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from webapp.posting.amounts import (
    PostedAmounts,
    Totals,
    VatGroup,
    group_lcy,
    invoice_rounding,
    posted_amounts,
    totals,
    with_lcy,
    with_vat,
)
from webapp.posting.application import EntryUpdate
from webapp.posting.batches import with_batch_dates
from webapp.posting.case import Case, makes_shipment
from webapp.posting.checks import run_checks
from webapp.posting.combined import OrderAfter, kept_open, lines_done, orders_after
from webapp.posting.contracts import BilledUpdate, billed_updates, entry_of
from webapp.posting.discounts import discount_is_automatic, discounted_again, with_invoice_discount
from webapp.posting.documents import (
    InvoiceLine,
    OpenShipments,
    ShipmentLine,
    ShipmentTake,
    no_amounts,
    order_of_invoice,
    shipped_now,
)
from webapp.posting.finance import FinanceWriter
from webapp.posting.findings import Finding, finding, money
from webapp.posting.ledgers import Ledgers, New, Role
from webapp.posting.limits import near_the_limit, not_balanced, too_large
from webapp.posting.lines import new_line, with_vat_setup
from webapp.posting.money import round_to
from webapp.posting.numbers import NextNumber, next_number
from webapp.posting.planned_services import ServiceDone, services_done
from webapp.posting.quantities import (
    Parts,
    Taken,
    choose_lines,
    nothing_to_post,
    only_to_consume,
    parts_that_run,
    parts_with_work,
    settled,
    take,
)
from webapp.posting.records import changed
from webapp.posting.setup import Setup, UserSetup
from webapp.posting.snapshot import ZERO, Header, Line, PostingRequest, Snapshot
from webapp.posting.stock import ItemEntryUpdate, ItemWriter, Stock, stock_of
from webapp.posting.usage import UsageWriter, warranty_entries_that_close

OPTION_NAMES = {
    "ship": "Ship",
    "ship_and_consume": "Ship and consume",
    "invoice": "Invoice",
    "ship_and_invoice": "Ship and invoice",
}
REQUESTS = {
    "ship": PostingRequest(ship=True),
    "invoice": PostingRequest(invoice=True),
    "ship_and_invoice": PostingRequest(ship=True, invoice=True),
    "ship_and_consume": PostingRequest(ship=True, consume=True),
}


@dataclass(frozen=True, slots=True)
class PostingPlan:
    """What a posting finds and writes. With an error among the findings nothing is written and `ledgers` is empty.

    `lines_after` are all lines of the document as the posting leaves them, a new service charge line included.
    `numbers` are the numbers that the documents would take now, drawn by nobody (O-10). `returned`: base quantities
    that come back, by the item entry that they left with; `entries_applied`: customer entries applied to (P-156).
    """

    request: PostingRequest
    parts: Parts
    findings: tuple[Finding, ...]
    totals: Totals
    case: Case
    numbers: Mapping[Role, NextNumber] = field(default_factory=dict)
    shipment_lines: tuple[ShipmentLine, ...] = ()
    invoice_lines: tuple[InvoiceLine, ...] = ()
    takes: tuple[ShipmentTake, ...] = ()
    ledgers: Ledgers = field(default_factory=Ledgers)
    inbound_left: Mapping[int, Decimal] = field(default_factory=dict)
    item_entries_invoiced: tuple[ItemEntryUpdate, ...] = ()
    warranty_closed: frozenset[int] = frozenset()
    returned: Mapping[int, Decimal] = field(default_factory=dict)
    entries_applied: tuple[EntryUpdate, ...] = ()
    lines_after: tuple[Line, ...] = ()
    service_items_serviced: Mapping[str, date] = field(default_factory=dict)
    closes_order: bool = False
    orders_after: tuple[OrderAfter, ...] = ()
    notices: tuple[Finding, ...] = ()
    billed: tuple[BilledUpdate, ...] = ()
    services_done: tuple[ServiceDone, ...] = ()

    @property
    def lines_shipped(self) -> int:
        """How many lines the shipment has, texts not counted."""
        case = self.case
        ships = [one for one in case.taken if one.to_ship or entry_of(case, one.line) is not None]
        return sum(1 for one in ships if not one.line.is_text)

    @property
    def lines_invoiced(self) -> int:
        """How many lines the invoice or credit memo has, texts not counted, the rounding line among them."""
        return len(self.case.posted)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.is_error)

    @property
    def may_post(self) -> bool:
        return not self.errors

    @property
    def option_asked(self) -> str:
        """The option that the request is."""
        return Parts.of(self.request).option

    @property
    def only_to_consume(self) -> bool:
        """Whether nothing is posted because all that is to ship is to be consumed, which was not asked for."""
        return nothing_to_post(self.header.no, consumes=True) in self.findings

    @property
    def header(self) -> Header:
        return self.case.snapshot.header

    @property
    def order_no(self) -> str:
        """The order no. on the posted invoice (P-107)."""
        return order_of_invoice(self.header, self.invoice_lines)


def plan_posting(snapshot: Snapshot, request: PostingRequest) -> PostingPlan:
    """What posting this document, or the chosen lines of it, finds and writes (P-7, D-65).

    Pure: the same snapshot and request give the same plan. All findings are returned; entries only without errors.
    """
    plan = _checked(snapshot, request)
    return _written(plan) if plan.may_post else plan


def outline_posting(snapshot: Snapshot, request: PostingRequest) -> PostingPlan:
    """The plan without its entries and posted lines, for a page that offers several options: it finds, tells and counts
    what `plan_posting` does, in half the time (D-39)."""
    plan = _checked(snapshot, request)
    if not plan.may_post:
        return plan
    return _written(plan) if near_the_limit(plan.case) else _settled(plan)


def _checked(snapshot: Snapshot, request: PostingRequest) -> PostingPlan:
    """The amounts of the posting and what the checks find."""
    snapshot = with_batch_dates(snapshot, request.dates)
    setup, header = snapshot.setup, snapshot.header
    lines: Sequence[Line] = sorted(snapshot.lines, key=lambda line: line.line_no)
    if discount_is_automatic(setup, header) or request.calculate_invoice_discount:
        lines = with_invoice_discount(setup, header, lines)
    request = whole_document(header.document_type, request)
    asked = Parts.of(request, credits=header.document_type == "credit_memo")
    refused = _request_findings(snapshot, request, asked)
    chosen = [] if refused else choose_lines(lines, request, asked)
    parts = parts_that_run(chosen, asked)
    if parts.option == "none" and not refused:
        consumes = header.document_type == "order" and only_to_consume(lines, request)
        refused = [nothing_to_post(header.no, consumes)]
        chosen = []
    taken = [take(line, parts) for line in chosen]
    case = _case(snapshot, request, parts, lines, taken)
    findings = [*refused, *run_checks(case), *_reductions(case)]
    return PostingPlan(request, parts, tuple(findings), case.totals, case, case.numbers)


def option_with_work(lines: Sequence[Line], wanted: str, chosen: frozenset[int] | None = None) -> str:
    """The wanted option of an order when its lines, or the chosen ones, give it something to do, else ship and invoice
    or ship and consume, the first that has; the wanted one when none has (P-66, D-137)."""
    for option in (wanted, "ship_and_invoice", "ship_and_consume"):
        if parts_with_work(lines, changed(REQUESTS[option], lines=chosen)).option != "none":
            return option
    return wanted


def request_with_work(snapshot: Snapshot, request: PostingRequest) -> PostingRequest:
    """A request that nobody made of this document in particular: of an order, with the option that has something to
    do, so that all who look at it find the same (D-65, D-137)."""
    wanted = Parts.of(request).option
    if snapshot.header.document_type != "order" or wanted not in REQUESTS:
        return request
    found = REQUESTS[option_with_work(snapshot.lines, wanted, request.lines)]
    return changed(request, ship=found.ship, consume=found.consume, invoice=found.invoice)


def whole_document(document_type: str, request: PostingRequest) -> PostingRequest:
    """What is asked for, as the kind of document allows: an invoice ships and invoices all that stands on it, a credit
    memo invoices it (P-62)."""
    if document_type == "order":
        return request
    return changed(request, ship=document_type == "invoice", consume=False, invoice=True, lines=None)


def _request_findings(snapshot: Snapshot, request: PostingRequest, asked: Parts) -> list[Finding]:
    """Whether the request itself can be followed: a possible option, allowed to the user, with lines (P-62, P-63)."""
    header = snapshot.header
    found = option_findings(snapshot.user, header.document_type, asked, header.no)
    if found:
        return found
    if request.lines is not None and not request.lines:
        return [finding("no_lines_chosen", document=header.no)]
    gone = sorted((request.lines or frozenset()) - {line.line_no for line in snapshot.lines})
    return [finding("line_gone", document=header.no, line=no, gone=no) for no in gone]


def option_findings(user: UserSetup | None, document_type: str, asked: Parts, no: str = "") -> list[Finding]:
    """Whether the parts go together and the user's policy allows them (P-62, P-63, D-88)."""
    if asked.option == "none" or (asked.consume and (asked.invoice or not asked.ship)):
        return [finding("option_missing", document=no)]
    policy = user.service_invoice_policy if user else "allowed"
    forbidden = (policy == "prohibited" and asked.invoice) or (
        policy == "mandatory" and document_type == "order" and asked.option != "ship_and_invoice"
    )
    if not forbidden:
        return []
    return [finding("option_not_allowed", document=no, policy=policy, option=OPTION_NAMES[asked.option])]


def _case(snapshot: Snapshot, request: PostingRequest, parts: Parts, lines: Sequence[Line], taken: list[Taken]) -> Case:
    """Amounts, earlier shipments and numbers of the posting."""
    posted, groups = _posted(snapshot, parts, taken, lines)
    takes: dict[int, Sequence[ShipmentTake]] = {}
    uncovered: dict[int, Decimal] = {}
    shipments = OpenShipments(snapshot)
    for at, one in enumerate(taken):
        if one.from_earlier:
            found, rest = shipments.take(one)
            takes[one.line.line_no], uncovered[one.line.line_no] = found, rest
            if one.line.shipment_no and found:  # what it is in the base unit, the shipment knows (P-58)
                taken[at] = changed(one, to_invoice_base=found[0].quantity_base)
    return Case(
        snapshot,
        request,
        parts,
        lines,
        taken,
        posted,
        totals(posted, groups, snapshot.setup.ledger.amount_rounding_precision),
        takes,
        uncovered,
        _numbers(snapshot, parts),
    )


def _posted(
    snapshot: Snapshot, parts: Parts, taken: Sequence[Taken], lines: Sequence[Line]
) -> tuple[list[PostedAmounts], list[VatGroup]]:
    """The invoiced lines with their amounts, the invoice rounding line last, and the VAT groups (P-134 … P-140)."""
    setup, header = snapshot.setup, snapshot.header
    if not parts.invoice:
        return [], []
    currency = setup.currency(header.currency_code)
    precision = currency.amount_rounding_precision
    rows = [posted_amounts(one.line, one.to_invoice, precision) for one in taken if one.to_invoice]
    rows, groups = with_vat(rows, header, currency)
    rounding = _rounding_line(setup, header, rows, max((line.line_no for line in lines), default=0) + 10000)
    if rounding is not None:
        rows.append(rounding)
        groups = _with_rounding(groups, rounding)
    rows = with_lcy(rows, header, setup.ledger.amount_rounding_precision)
    return rows, group_lcy(groups, rows)


def _rounding_line(setup: Setup, header: Header, rows: Sequence[PostedAmounts], line_no: int) -> PostedAmounts | None:
    """The line that rounds the total of the invoice, if one is needed (P-139)."""
    currency = setup.currency(header.currency_code)
    group = setup.customer_groups.get(header.customer_posting_group)
    account = setup.accounts.get(group.invoice_rounding) if group else None
    including = invoice_rounding(setup, header, rows)
    if not including or account is None:
        return None
    line = with_vat_setup(
        changed(
            new_line(header, line_no),
            type="gl_account",
            no=account.no,
            description=account.name,
            quantity=Decimal(1),
            gen_prod_group=account.gen_prod_group,
            vat_prod_group=account.vat_prod_group,
            system_created=True,
            allow_invoice_disc=False,
        ),
        setup,
    )
    amount = round_to(including / (1 + line.vat_pct / 100), currency.amount_rounding_precision)
    price = including if header.prices_including_vat else amount
    line = changed(line, unit_price=price, line_amount=price, qty_to_invoice=Decimal(1))
    return PostedAmounts(line, Decimal(1), ZERO, price, ZERO, amount, including)


def _with_rounding(groups: Sequence[VatGroup], rounding: PostedAmounts) -> list[VatGroup]:
    """The VAT groups with the rounding line in the one of its identifier."""
    line, vat = rounding.line, rounding.amount_including_vat - rounding.amount
    result = []
    found = False
    for group in groups:
        key = (group.vat_identifier, group.calculation_type, group.line_amount >= 0)
        if not found and key == (line.vat_identifier, line.vat_calculation_type, rounding.line_amount >= 0):
            found = True
            group = changed(
                group,
                line_amount=group.line_amount + rounding.line_amount,
                base=group.base + rounding.amount,
                vat=group.vat + vat,
                including=group.including + rounding.amount_including_vat,
            )
        result.append(group)
    if not found:
        result.append(
            VatGroup(
                line.vat_identifier,
                line.vat_calculation_type,
                line.vat_pct,
                rounding.line_amount,
                ZERO,
                ZERO,
                rounding.amount,
                vat,
                rounding.amount_including_vat,
                line.vat_bus_group,
                line.vat_prod_group,
            )
        )
    return result


def _numbers(snapshot: Snapshot, parts: Parts) -> dict[Role, NextNumber]:
    """The next numbers of the documents that would arise (P-149, O-10)."""
    header, setup = snapshot.header, snapshot.setup
    if header.posting_date is None:
        return {}
    series: dict[Role, str] = {}
    if makes_shipment(snapshot, parts):
        series["shipment"] = header.shipping_no_series or setup.service.posted_shipment_nos
    if parts.credits and parts.invoice:
        series["credit_memo"] = header.posting_no_series or setup.service.posted_cr_memo_nos
    elif parts.invoice:
        series["invoice"] = header.posting_no_series or setup.service.posted_invoice_nos
    return {
        role: next_number(setup.number_series.get(code), snapshot.series.get(code, ()), header.posting_date)
        for role, code in series.items()
    }


def _reductions(case: Case) -> list[Finding]:
    """Quantities that were lowered to what is shipped (P-67, O-17)."""
    return [
        finding(
            "quantity_reduced",
            document=case.snapshot.header.no,
            line=taken.line.line_no,
            field="qty_to_invoice",
            old=taken.reduced_from,
            new=taken.to_invoice,
        )
        for taken in case.taken
        if taken.reduced_from is not None
    ]


# --- what is written ----------------------------------------------------------------------------------------------


def _written(plan: PostingPlan) -> PostingPlan:
    """The plan with everything it writes, in the order of part 6."""
    case, ledgers = plan.case, Ledgers()
    stock = stock_of(case)
    amounts = {row.line.line_no: row for row in case.posted}
    shipment_lines = []
    item_links: dict[int, New | None] = {}
    invoiced_links: dict[int, New | None] = {}
    for taken in case.taken:
        posted = amounts.get(taken.line.line_no)
        if taken.line.is_text:
            if case.makes_shipment:
                shipment_lines.append(shipped_now(taken, case.line_date(taken.line)))
            continue
        if case.parts.credits:
            if posted is not None:
                invoiced_links[taken.line.line_no] = _credit_entries(case, taken, posted, ledgers, stock)
            continue
        shipped = _line_entries(case, taken, posted, ledgers)
        if taken.line.type == "item":
            takes = case.takes.get(taken.line.line_no, ())
            links = ItemWriter(case, taken, ledgers, stock).write(posted, takes)
            item_links[taken.line.line_no], invoiced_links[taken.line.line_no] = links
        if shipped is not None and case.makes_shipment:
            shipment_lines.append(changed(shipped, item_entry_no=item_links.get(taken.line.line_no)))
    applied: Sequence[EntryUpdate] = ()
    if case.parts.invoice:
        finance = FinanceWriter(case, ledgers, case.invoicing_role)
        finance.revenue()
        finance.customer()
        applied = finance.updates
    wrong = [*not_balanced(case, ledgers), *too_large(case, ledgers)]
    if wrong:
        return changed(plan, findings=(*plan.findings, *wrong))
    plan = _settled(plan)
    closed, closed_new = warranty_entries_that_close(
        case, plan.lines_after, ledgers.warranty, closes_order=plan.closes_order
    )
    closed = closed.union(*(one.warranty_closed for one in plan.orders_after))
    ledgers.warranty = [changed(row, open=i not in closed_new) for i, row in enumerate(ledgers.warranty)]
    return changed(
        plan,
        shipment_lines=tuple(shipment_lines),
        invoice_lines=tuple(_invoice_lines(case, amounts, invoiced_links)),
        takes=tuple(one for takes in case.takes.values() for one in takes),
        ledgers=ledgers,
        inbound_left=dict(stock.changed),
        item_entries_invoiced=tuple(stock.invoiced),
        warranty_closed=frozenset(closed),
        returned={entry: quantity for entry, (quantity, _) in stock.returned.items()},
        entries_applied=tuple(applied),
        service_items_serviced=_serviced(case),
        billed=tuple(billed_updates(case)),
        services_done=tuple(services_done(case)),
    )


def _settled(plan: PostingPlan) -> PostingPlan:
    """The plan with the document and the orders of its lines as the posting leaves them."""
    after, closes, notices = _afterwards(plan.case)
    orders = orders_after(plan.case)
    return changed(
        plan,
        lines_after=tuple(after),
        closes_order=closes,
        orders_after=tuple(orders),
        notices=(*notices, *(notice for one in orders for notice in one.notices)),
    )


def _line_entries(case: Case, taken: Taken, posted: PostedAmounts | None, ledgers: Ledgers) -> ShipmentLine | None:
    """Service, resource and warranty entries of a line; its shipment line when something ships."""
    writer = UsageWriter(case, taken, ledgers)
    if (entry := entry_of(case, taken.line)) is not None:
        usage = writer.contract_usage(entry)
        return changed(shipped_now(taken, case.line_date(taken.line)), service_entry_no=usage)
    shipped = None
    if taken.to_ship:
        usage = writer.usage()
        warranty = writer.warranty()
        shipped = changed(
            shipped_now(taken, case.line_date(taken.line)), service_entry_no=usage, warranty_entry_no=warranty
        )
        if taken.line.type == "resource":
            writer.resource_usage()
    if taken.to_consume:
        writer.consumption()
    if posted is not None:
        writer.sale(posted)
        if taken.line.type == "resource":
            writer.resource_sale(posted)
    return shipped


def _credit_entries(case: Case, taken: Taken, posted: PostedAmounts, ledgers: Ledgers, stock: Stock) -> New | None:
    """What a line of a credit memo takes back; its item entry when goods come back (P-113, P-116, P-154)."""
    writer = UsageWriter(case, taken, ledgers)
    writer.credit(posted)
    if taken.line.type == "resource":
        writer.resource_credit(posted)
    return ItemWriter(case, taken, ledgers, stock).credit(posted) if taken.line.type == "item" else None


def _invoice_lines(
    case: Case, amounts: Mapping[int, PostedAmounts], item_links: Mapping[int, New | None]
) -> list[InvoiceLine]:
    """The lines of the posted invoice: those invoiced, the texts between them, the rounding line last (P-107)."""
    if not case.parts.invoice:
        return []
    own_no = case.snapshot.header.no if case.is_order else ""
    result = []
    seen = set()
    for taken in case.taken:
        line_no = taken.line.line_no
        row = no_amounts(taken.line) if taken.line.is_text else amounts.get(line_no)
        if row is None:
            continue
        seen.add(line_no)
        takes = case.takes.get(line_no, ())
        result.append(
            InvoiceLine(
                amounts=row,
                quantity_base=taken.to_invoice_base,
                order_no=own_no or taken.line.order_no,
                order_line_no=line_no if own_no else taken.line.order_line_no,
                shipment_no=takes[0].shipment_line.document_no if len(takes) == 1 and not taken.to_ship else "",
                shipment_line_no=takes[0].shipment_line.line_no if len(takes) == 1 and not taken.to_ship else 0,
                item_entry_no=item_links.get(line_no) or (takes[0].shipment_line.item_entry_no if takes else None),
            )
        )
    result += [
        InvoiceLine(amounts=row, quantity_base=row.quantity, order_no="", order_line_no=0)
        for row in case.posted
        if row.line.line_no not in seen
    ]
    return result


def _afterwards(case: Case) -> tuple[list[Line], bool, list[Finding]]:
    """The lines as the posting leaves them, whether the order closes (P-173), and what to tell about it."""
    header = case.snapshot.header
    if not case.is_order:
        return list(case.lines), False, []
    taken = {one.line.line_no: one for one in case.taken}
    precision = case.currency.amount_rounding_precision
    after = [
        settled(taken[line.line_no], header.document_type, precision) if line.line_no in taken else line
        for line in case.lines
    ]
    if case.parts.consume:
        after = discounted_again(case.setup, header, after)
    if not lines_done(after):
        return after, False, []
    notices = kept_open(header, case.snapshot.item_lines, after)
    return after, not notices, notices + _rounding_difference(case, after)


def _rounding_difference(case: Case, after: Sequence[Line]) -> list[Finding]:
    """The difference of several part invoices to one invoice over everything (P-61, O-9)."""
    before = case.snapshot.invoiced_before
    if not before or not case.parts.invoice:
        return []
    header, currency = case.snapshot.header, case.currency
    rows = [
        posted_amounts(changed(line, qty_to_consume=ZERO), line.quantity_invoiced, currency.amount_rounding_precision)
        for line in after
        if line.quantity_invoiced
    ]
    _, groups = with_vat(rows, header, currency)
    whole = sum((group.including for group in groups), ZERO)
    parts = sum(before, ZERO) + sum(
        (row.amount_including_vat for row in case.posted if row.line.line_no in {one.line.line_no for one in rows}),
        ZERO,
    )
    difference = parts - whole
    if not difference:
        return []
    return [finding("invoices_differ_by_rounding", document=header.no, no=header.no, difference=money(difference))]


def _serviced(case: Case) -> dict[str, date]:
    """The service items with something shipped for them, and the day they were serviced (P-129)."""
    shipped = {one.line.service_item_line_no for one in case.taken if one.to_ship}
    header = case.snapshot.header
    return {
        item_line.service_item_no: header.finishing_date or case.posting_date
        for item_line in case.snapshot.item_lines
        if item_line.service_item_no and item_line.line_no in shipped
    }

"""The two worlds in which the worked examples run: snapshots alone, and the services on a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from db.engine import piccolo_engine
from tests.builders import (
    COMPANY,
    OPENING,
    TODAY,
    USER,
    Pack,
    entered,
    header,
    posted,
    retyped,
    typed_line,
    without_blocks,
)
from tests.looking import differences, look
from tests.posting.combining import combined, invoice_header, orders_left
from tests.posting.undoing import shipped, undone
from webapp.posting.ledgers import New
from webapp.posting.plan import REQUESTS, PostingPlan, plan_posting
from webapp.posting.records import changed, values_of
from webapp.posting.snapshot import DocumentKey, OpenEntry, OutboundEntry, PostingRequest, Snapshot
from webapp.posting.undo import UndoRequest, UndoSnapshot, plan_undo
from webapp.store import drafts, posting
from webapp.store.acting import Acting
from webapp.store.combined_invoices import invoice_open_shipments
from webapp.store.packs import import_pack
from webapp.store.undo import undo_lines

ANNA = Acting(USER, "system", TODAY)
ORDER = DocumentKey("order", "SO-1")
CREDIT = DocumentKey("credit_memo", "SC-1")
LEDGERS = ("gl", "vat", "customer", "detailed", "item", "value", "resource", "service", "warranty")


def shown_line(record: Any, names: Mapping[str, Any]) -> dict[str, Any]:
    return {**values_of(record), **names}


class OnPaper:
    """Plans and the model of the store; no database."""

    def __init__(self) -> None:
        self.snapshot: Snapshot
        self.orders: dict[str, Snapshot] = {}
        self.closed: set[str] = set()
        self.company: Pack = COMPANY
        self.books: dict[str, list[dict[str, Any]]] = {name: [] for name in (*LEDGERS, "invoice", "shipments")}
        self.shipments: dict[str, UndoSnapshot] = {}
        self.accounts = Accounts()

    async def enter(
        self, company: Pack, customer: str, lines: list[str], item_lines: list[str], no: str = "SO-1"
    ) -> None:
        head = header(without_blocks(company), customer, no)
        entered_now = entered(head, "\n".join(lines), of=company, item_lines="\n".join(item_lines))
        if self.orders:  # numbers and stock go on where the order before left them
            last = self.snapshot
            entered_now = changed(entered_now, series=last.series, stock=last.stock)
        self.snapshot, self.company = entered_now, company
        self.orders[no] = entered_now

    async def type(self, line_no: int, values: Mapping[str, Any]) -> None:
        self.snapshot = retyped(self.snapshot, line_no, **values)

    async def post(self, request: PostingRequest) -> None:
        plan = plan_posting(self.snapshot, request)
        assert plan.may_post, [found.message for found in plan.errors]
        self._write(plan)
        if plan.parts.ship:
            self.shipments[plan.numbers["shipment"].no] = shipped(self.snapshot, plan, plan.closes_order)
        self.accounts.write(plan)
        no = self.snapshot.header.no
        self.snapshot = self.orders[no] = posted(self.snapshot, plan)
        self.closed |= {no} if plan.closes_order else set()

    async def combine(self, customer: str) -> None:
        orders = [changed(one, series=self.snapshot.series) for no, one in self.orders.items() if no not in self.closed]
        head = invoice_header(without_blocks(self.company), customer)
        plan = plan_posting(combined(orders, head, self.company), REQUESTS["ship_and_invoice"])
        assert plan.may_post, [found.message for found in plan.errors]
        self._write(plan)
        self.accounts.write(plan)
        left = {one.header.no: one for one in orders_left(orders, plan)}
        self.closed |= self.orders.keys() - left.keys()
        self.orders |= left
        self.snapshot = self.orders[self.snapshot.header.no]

    async def credit(self, company: Pack, customer: str, values: Mapping[str, Any], lines: list[str]) -> None:
        head = header(without_blocks(company), customer, "SC-1", document_type="credit_memo", **values)
        rows = [without_reference(row) for row in lines]
        snapshot = entered(head, "\n".join(row for row, _ in rows), of=company)
        back = {int(row.split()[0]): self.accounts.item_entries[line_no] for row, line_no in rows if line_no}
        snapshot = changed(
            snapshot,
            lines=tuple(changed(line, appl_from_item_entry=back.get(line.line_no)) for line in snapshot.lines),
            open_entries=self.accounts.open_entries(head.bill_to_customer_no),
            outbound_entries=self.accounts.outbound,
            series=self.snapshot.series,
        )
        plan = plan_posting(snapshot, PostingRequest(invoice=True))
        assert plan.may_post, [found.message for found in plan.errors]
        self._write(plan)
        self.accounts.write(plan)

    async def undo(self, shipment_no: str, request: UndoRequest) -> None:
        before = self.shipments[shipment_no]
        plan = plan_undo(before, request)
        assert plan.may_undo, [found.message for found in plan.errors]
        for name in LEDGERS:
            self.books[name] += [_in_ledger(row, {"document_no": shipment_no}) for row in getattr(plan.ledgers, name)]
        self.shipments[shipment_no] = after = undone(before, plan)
        rows = [row for row in self.books["shipments"] if row["document_no"] != shipment_no]
        self.books["shipments"] = rows + [shown_line(line, {}) for line in after.lines]
        self.snapshot = changed(self.snapshot, lines=plan.lines_after)

    def _write(self, plan: PostingPlan) -> None:
        numbers = {role: number.no for role, number in plan.numbers.items()}
        for name in LEDGERS:
            self.books[name] += [_of_ledger(row, numbers, plan) for row in getattr(plan.ledgers, name)]
        for line in plan.invoice_lines:
            amounts = line.amounts
            names = {
                "document_no": numbers[plan.case.invoicing_role],
                "quantity": amounts.quantity,
                "line_discount_amount": amounts.line_discount,
                "line_amount": amounts.line_amount,
                "inv_discount_amount": amounts.inv_discount,
                "amount": amounts.amount,
                "amount_including_vat": amounts.amount_including_vat,
                "amount_lcy": amounts.amount_lcy,
                "amount_including_vat_lcy": amounts.amount_including_vat_lcy,
            }
            self.books["invoice"].append(shown_line(line.line, names))
        taken = {(take.shipment_line.document_no, take.shipment_line.line_no): take.quantity for take in plan.takes}
        for row in self.books["shipments"]:
            quantity = taken.get((row["document_no"], row["line_no"]), Decimal(0))
            row["quantity_invoiced"] += quantity
            row["qty_shipped_not_invoiced"] -= quantity
        for line in plan.shipment_lines:
            names = {
                "document_no": numbers["shipment"],
                "posting_date": line.posting_date,
                "quantity": line.quantity,
                "quantity_invoiced": line.quantity_invoiced,
                "quantity_consumed": line.quantity_consumed,
                "qty_shipped_not_invoiced": line.qty_shipped_not_invoiced,
                "correction": False,
            }
            self.books["shipments"].append(shown_line(line.line, names))

    async def rows(self, ledger: str) -> list[Any]:
        if ledger == "order":
            return [shown_line(line, {}) for line in self.snapshot.lines]
        return self.accounts.shown() if ledger == "entries" else self.books[ledger]

    async def is_open(self, no: str = "SO-1") -> bool:
        return no not in self.closed


def _of_ledger(row: Any, numbers: Mapping[Any, str], plan: PostingPlan) -> dict[str, Any]:
    names = {"document_no": numbers[row.document], "vat_registration_no": plan.header.vat_registration_no}
    return _in_ledger(row, names)


def _in_ledger(row: Any, names: dict[str, Any]) -> dict[str, Any]:
    names = names | {name: getattr(row, name) for name in ("debit_amount", "credit_amount") if hasattr(row, name)}
    return shown_line(row, names)


def without_reference(row: str) -> tuple[str, int]:
    """A line of a credit memo without `back 10000`, and the line of the order whose goods come back."""
    row, _, line_no = row.partition(" back ")
    return row, int(line_no or 0)


class Accounts:
    """Customer entries with what is left of them, and item entries that goods may come back to: by number."""

    def __init__(self) -> None:
        self.entries: dict[int, tuple[Any, str]] = {}
        self.details: list[tuple[int, Any]] = []
        self.closed: dict[int, int] = {}
        self.outbound: dict[int, OutboundEntry] = {}
        self.item_entries: dict[int, int] = {}

    def write(self, plan: PostingPlan) -> None:
        first, goods = len(self.entries) + 1, len(self.outbound) + 1
        numbers = {role: number.no for role, number in plan.numbers.items()}
        for index, row in enumerate(plan.ledgers.customer):
            self.entries[first + index] = (row, numbers[row.document])
        for row in plan.ledgers.detailed:
            entry = row.customer_entry_no
            self.details.append((entry if isinstance(entry, int) else first + entry.index, row))
        self.closed |= {one.entry_no: first for one in plan.entries_applied if one.closed_at}
        for index, row in enumerate(plan.ledgers.item):
            worth = [v for v in plan.ledgers.value if v.item_ledger_entry_no == New(index)]
            cost = sum((v.cost_amount_actual + v.cost_amount_expected for v in worth), Decimal(0))
            no = goods + index
            quantities = (row.quantity, row.shipped_qty_not_returned)
            self.outbound[no] = OutboundEntry(no, row.item_no, row.variant_code, *quantities, cost)
            self.item_entries[row.document_line_no] = no

    def left(self, no: int) -> tuple[Decimal, Decimal]:
        own = [row for entry, row in self.details if entry == no]
        return sum((row.amount for row in own), Decimal(0)), sum((row.amount_lcy for row in own), Decimal(0))

    def open_entries(self, payer: str) -> tuple[OpenEntry, ...]:
        return tuple(
            OpenEntry(
                no,
                payer,
                row.document_type,
                document_no,
                row.posting_date,
                row.due_date,
                next(d.currency_code for entry, d in self.details if entry == no),
                row.receivables_account,
                row.remaining_pmt_disc_possible,
                "",
                Decimal(0),
                row.pmt_discount_date,
                row.open and no not in self.closed,
                *self.left(no),
            )
            for no, (row, document_no) in self.entries.items()
        )

    def shown(self) -> list[dict[str, Any]]:
        return [
            {
                "document_no": document_no,
                "remaining": self.left(no)[0],
                "remaining_lcy": self.left(no)[1],
                "open": row.open and no not in self.closed,
            }
            for no, (row, document_no) in self.entries.items()
        ]


class InDatabase:
    """The services that pages call."""

    def __init__(self) -> None:
        self.order: DocumentKey | None = None

    async def enter(
        self, company: Pack, customer: str, lines: list[str], item_lines: list[str], no: str = "SO-1"
    ) -> None:
        if self.order is None:
            await enter_company(company)
        self.order = await enter_order(customer, lines, item_lines, no)

    async def type(self, line_no: int, values: Mapping[str, Any]) -> None:
        assert self.order is not None
        accept(await drafts.change_line(ANNA, self.order, line_no, values))

    async def post(self, request: PostingRequest) -> None:
        assert self.order is not None
        result = await posting.post_document(ANNA, self.order, request)
        assert result.ok, [found.message for found in result.findings]

    async def combine(self, customer: str) -> None:
        saved = accept((await invoice_open_shipments(ANNA, customer)).saved)
        assert saved.key is not None
        result = await posting.post_document(ANNA, saved.key, REQUESTS["ship_and_invoice"])
        assert result.ok, [found.message for found in result.findings]

    async def credit(self, company: Pack, customer: str, values: Mapping[str, Any], lines: list[str]) -> None:
        saved = accept(await drafts.create_document(ANNA, "credit_memo", {"no": "SC-1", "customer_no": customer}))
        assert saved.key is not None
        accept(await drafts.change_header(ANNA, saved.key, values))
        for text in lines:
            row, back = without_reference(text)
            line_no, typed = typed_line(row)
            if back:
                sql = f"SELECT item_entry_no FROM service_invoice_line WHERE document_no = 'I-1' AND line_no = {back}"
                typed["appl_from_item_entry"] = (await database_rows(sql))[0]["item_entry_no"]
            accept(await drafts.add_line(ANNA, saved.key, {"line_no": line_no, **typed}))
        request = PostingRequest(invoice=True)
        looked = await look(ANNA, saved.key, request)
        assert looked is not None
        result = await posting.post_document(ANNA, saved.key, request)
        assert result.ok, [found.message for found in result.findings]
        assert await differences(looked, result) == []

    async def undo(self, shipment_no: str, request: UndoRequest) -> None:
        result = await undo_lines(ANNA, shipment_no, request)
        assert result is not None and result.ok, result

    async def rows(self, ledger: str) -> list[Any]:
        if ledger == "order":
            document = await drafts.load_document(self.order or ORDER)
            return [shown_line(line, {}) for line in document.lines] if document else []
        return [_readable(row) for row in await database_rows(QUERIES[ledger])]

    async def is_open(self, no: str = "SO-1") -> bool:
        return await drafts.load_document(DocumentKey("order", no)) is not None


async def enter_company(company: Pack, opening: Any = OPENING) -> None:
    result = await import_pack(ANNA, {**company, "opening_stock": opening})
    assert not result.findings, result.findings[:5]


async def enter_order(
    customer: str, lines: Sequence[str], item_lines: Sequence[str] = (), no: str = "SO-1", **values: Any
) -> DocumentKey:
    """An order entered field by field, as a clerk would."""
    saved = accept(await drafts.create_document(ANNA, "order", {"no": no, "customer_no": customer, **values}))
    assert saved.key is not None
    for text in item_lines:
        line_no, service_item_no = text.split()
        given = {"line_no": int(line_no), "service_item_no": service_item_no}
        accept(await drafts.add_item_line(ANNA, saved.key, given))
    for text in lines:
        line_no_, typed = typed_line(text)
        accept(await drafts.add_line(ANNA, saved.key, {"line_no": line_no_, **typed}))
    return saved.key


def accept(saved: drafts.Saved) -> drafts.Saved:
    assert saved.ok, [found.message for found in saved.findings]
    return saved


_CUSTOMER = """SELECT e.*, SUM(d.amount) AS amount, SUM(d.amount_lcy) AS amount_lcy FROM customer_ledger_entry e
JOIN detailed_customer_entry d ON d.customer_entry_no = e.entry_no GROUP BY e.entry_no ORDER BY e.entry_no"""
QUERIES = {
    **{name: f"SELECT * FROM {name}_entry ORDER BY entry_no" for name in ("gl", "vat")},
    **{
        name: f"SELECT * FROM {name}_ledger_entry WHERE document_no <> 'OPENING' ORDER BY entry_no"
        for name in ("item", "resource", "service", "warranty")
    },
    "customer": _CUSTOMER,
    "value": "SELECT * FROM value_entry WHERE document_no <> 'OPENING' ORDER BY entry_no",
    "invoice": "SELECT line_no, no, document_no, quantity, unit_price, line_discount_amount, inv_discount_amount,"
    " line_amount, amount, amount_including_vat, amount_lcy, amount_including_vat_lcy, order_no"
    " FROM service_invoice_line"
    " UNION ALL SELECT line_no, no, document_no, quantity, unit_price, line_discount_amount, inv_discount_amount,"
    " line_amount, amount, amount_including_vat, amount_lcy, amount_including_vat_lcy, ''"
    " FROM service_cr_memo_line",
    "detailed": "SELECT * FROM detailed_customer_entry ORDER BY entry_no",
    "entries": "SELECT e.entry_no, e.document_no, e.open, SUM(d.amount) AS remaining, SUM(d.amount_lcy) AS"
    " remaining_lcy FROM customer_ledger_entry e JOIN detailed_customer_entry d ON d.customer_entry_no = e.entry_no"
    " GROUP BY e.entry_no, e.document_no, e.open ORDER BY e.entry_no",
    "shipments": "SELECT * FROM service_shipment_line ORDER BY id",
}
SCALED = (
    "amount",
    "quantity",
    "qty",
    "price",
    "cost",
    "pct",
    "base",
    "sales",
    "profit",
    "disc",
    "remaining",
)


async def database_rows(sql: str) -> list[dict[str, Any]]:
    """Rows as the database has them, by column."""
    return await piccolo_engine()._run(sql, ())


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """Scaled integers as decimals; numbers of lines and entries stay as they are."""
    return {
        name: Decimal(value).scaleb(-5)
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and _is_scaled(name)
        else value
        for name, value in row.items()
    }


def _is_scaled(name: str) -> bool:
    return any(word in name for word in SCALED) and not name.endswith(("_no", "_code", "_date"))

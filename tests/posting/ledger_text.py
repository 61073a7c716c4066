"""Worked examples as text: what is typed and posted, and the rows that come of it, as an accountant writes them.

    setup receivables_setup invoice_rounding yes
    order C-GOOD
        10000 item PUMP qty 4
    type 10000 ship 3
    post ship
    gl
        S-1 | 7191 960.00 | 2111 960.00
    item    doc  item  qty
            S-1  PUMP  -3

A second order has its number after its customer; `type` and `post` are about the last one. `combine` makes one invoice
of all that is shipped. A table of a ledger lists the rows that came since the last table of that ledger, all of them,
in any order. `order` and `shipments` show how things stand. `gl` has debit and credit accounts; its `total` is that of
both columns. What no table lists of the G/L and VAT entries is a fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from tests.builders import COMPANY, WORDS, Pack, pack, typed_line, typed_value
from webapp.posting.snapshot import PostingRequest
from webapp.posting.undo import Kind, UndoRequest

Row = Mapping[str, Any]

COMMON = {"doc": "document_no", "date": "posting_date", "qty": "quantity", "type": "entry_type", "item": "item_no"}
COLUMNS: dict[str, dict[str, str]] = {
    "vat": {"id": "vat_identifier", "kind": "calculation_type", "vat_no": "vat_registration_no"},
    "customer": {
        "lcy": "amount_lcy",
        "sales": "sales_lcy",
        "profit": "profit_lcy",
        "due": "due_date",
        "disc": "original_pmt_disc_possible",
        "until": "pmt_discount_date",
        "inv_disc": "inv_discount_lcy",
    },
    "item": {"invoiced": "invoiced_quantity"},
    "value": {
        "sales": "sales_amount_actual",
        "cost": "cost_amount_actual",
        "exp_sales": "sales_amount_expected",
        "exp_cost": "cost_amount_expected",
        "disc": "discount_amount",
    },
    "resource": {"no": "resource_no", "cost": "total_cost", "price": "total_price"},
    "service": {
        "charged": "charged_qty",
        "price": "unit_price",
        "disc": "discount_amount",
        "cost": "cost_amount",
        "amount": "amount_lcy",
        "order": "service_order_no",
    },
    "warranty": {},
    "detailed": {"entry": "customer_entry_no", "kind": "entry_type", "lcy": "amount_lcy"},
    "entries": {"left": "remaining", "left_lcy": "remaining_lcy"},
    "invoice": {
        "line": "line_no",
        "price": "unit_price",
        "disc": "line_discount_amount",
        "inv_disc": "inv_discount_amount",
        "incl": "amount_including_vat",
        "lcy": "amount_lcy",
        "incl_lcy": "amount_including_vat_lcy",
    },
    "shipments": {
        "line": "line_no",
        "invoiced": "quantity_invoiced",
        "consumed": "quantity_consumed",
        "open": "qty_shipped_not_invoiced",
    },
    "order": {
        "line": "line_no",
        "shipped": "quantity_shipped",
        "invoiced": "quantity_invoiced",
        "consumed": "quantity_consumed",
        "not_inv": "qty_shipped_not_invoiced",
        "outstanding": "outstanding_qty",
        "ship": "qty_to_ship",
        "invoice": "qty_to_invoice",
    },
}
STATES = ("shipments", "order", "entries")


class World(Protocol):
    """Where an example runs: on snapshots alone, or through the services on a database."""

    async def enter(
        self, company: Pack, customer: str, lines: list[str], item_lines: list[str], no: str = "SO-1"
    ) -> None: ...

    async def type(self, line_no: int, values: Mapping[str, Any]) -> None: ...

    async def post(self, request: PostingRequest) -> None: ...

    async def undo(self, shipment_no: str, request: UndoRequest) -> None: ...

    async def credit(self, company: Pack, customer: str, values: Mapping[str, Any], lines: list[str]) -> None:
        """Enters a credit memo and posts it. `back 10000` on a line: from the item entry of that line of the order."""
        ...

    async def combine(self, customer: str) -> None:
        """One invoice over everything that the customer's orders have shipped and not invoiced, posted."""
        ...

    async def rows(self, ledger: str) -> list[Row]:
        """All rows of a ledger so far, in the order in which they were written."""
        ...

    async def is_open(self, no: str = "SO-1") -> bool: ...


@dataclass(frozen=True)
class Block:
    """One line at the margin, and the indented lines below it."""

    words: tuple[str, ...]
    rows: tuple[str, ...]


def blocks(text: str) -> Iterator[Block]:
    lines = [line for line in text.strip("\n").splitlines() if line.strip()]
    margin = len(lines[0]) - len(lines[0].lstrip())
    head: tuple[str, ...] = ()
    rows: list[str] = []
    for line in lines:
        if len(line) - len(line.lstrip()) == margin:
            if head:
                yield Block(head, tuple(rows))
            head, rows = tuple(line.split()), []
        else:
            rows.append(line.strip())
    yield Block(head, tuple(rows))


async def run_example(world: World, text: str) -> None:
    """Runs an example and compares every table; an AssertionError shows the first one that differs."""
    example = _Run(world)
    for block in blocks(text):
        await example.block(block)
    await example.end()


class _Run:
    def __init__(self, world: World) -> None:
        self.world = world
        self.settings: dict[str, dict[str, Any]] = {}
        self.seen: dict[str, int] = {}

    @property
    def company(self) -> Pack:
        return pack(**self.settings) if self.settings else COMPANY

    async def block(self, block: Block) -> None:
        verb, *words = block.words
        if verb == "setup":
            table, *pairs = words
            values = {name: _setting(value) for name, value in zip(pairs[::2], pairs[1::2], strict=True)}
            self.settings.setdefault(table, {}).update(values)
        elif verb == "order" and words and words[0].startswith("C-"):
            item_lines = [row.removeprefix("item_line ") for row in block.rows if row.startswith("item_line")]
            lines = [row for row in block.rows if not row.startswith("item_line")]
            await self.world.enter(self.company, words[0], lines, item_lines, *words[1:])
        elif verb == "credit_memo":
            given = dict(zip(words[1::2], words[2::2], strict=True))
            await self.world.credit(self.company, words[0], _credit_header(given), list(block.rows))
        elif verb == "order" and "is" in words:
            assert await self.world.is_open(*words[:-2]) is (words[-1] == "open")
        elif verb == "combine":
            await self.world.combine(words[0])
        elif verb == "type":
            columns = [WORDS[word] for word in words[1::2]]
            typed = {name: typed_value(name, value) for name, value in zip(columns, words[2::2], strict=True)}
            await self.world.type(int(words[0]), typed)
        elif verb == "post":
            chosen = frozenset(int(word) for word in words if word.isdigit())
            parts = {part: part in words for part in ("ship", "consume", "invoice")}
            await self.world.post(PostingRequest(**parts, lines=chosen or None))
        elif verb in ("undo_shipment", "undo_consumption"):
            kind: Kind = "undo_shipment" if verb == "undo_shipment" else "undo_consumption"
            await self.world.undo(words[0], UndoRequest(kind, frozenset(map(int, words[1:]))))
        elif verb == "gl":
            await self.compare_gl(block.rows)
        else:
            await self.compare(verb, words, block.rows)

    async def new_rows(self, ledger: str) -> list[Row]:
        rows = await self.world.rows(ledger)
        if ledger in STATES:
            return rows
        start = self.seen.get(ledger, 0)
        self.seen[ledger] = len(rows)
        return rows[start:]

    async def compare(self, ledger: str, words: list[str], expected: tuple[str, ...]) -> None:
        names = {**COMMON, **COLUMNS[ledger]}
        columns = [names.get(word, word) for word in words]
        found = sorted(" ".join(shown(row[name]) for name in columns) for row in await self.new_rows(ledger))
        assert found == sorted(" ".join(map(normal, row.split())) for row in expected), ledger

    async def compare_gl(self, expected: tuple[str, ...]) -> None:
        found = []
        for row in await self.new_rows("gl"):
            side, amount = ("debit", row["debit_amount"]) if row["debit_amount"] else ("credit", row["credit_amount"])
            place = (shown(row["document_no"]), shown(row["posting_date"]))
            found.append((*place, side, row["gl_account_no"], amount))
        wanted = [entry for row in expected for entry in gl_entries(row)]
        if not any(entry[1] for entry in wanted):
            found = [(no, "", *rest) for no, _, *rest in found]
        wanted, totals = [e for e in wanted if e[0] != "total"], [e for e in wanted if e[0] == "total"]
        assert sorted(found) == sorted(wanted)
        for _, _, side, _, amount in totals:
            assert sum(entry[4] for entry in found if entry[2] == side) == amount, f"total {side}"

    async def end(self) -> None:
        for ledger in ("gl", "vat"):
            assert await self.new_rows(ledger) == [], f"{ledger} entries that the example does not list"


def _credit_header(given: Mapping[str, str]) -> dict[str, Any]:
    """`applies I-1`, `rate 750.00` as what is typed into the header of a credit memo."""
    values: dict[str, Any] = {}
    if "applies" in given:
        values |= {"applies_to_doc_type": "invoice", "applies_to_doc_no": given["applies"]}
    if "rate" in given:
        values["relational_amount"] = Decimal(given["rate"])
    return values


def gl_entries(row: str) -> Iterator[tuple[str, str, str, str, Decimal]]:
    """ "I-1 2025-03-10 | 2310 375.00 | 6510 300.00; 5610 75.00" as (document, date, side, account, amount)."""
    place, *sides = (part.strip() for part in row.split("|"))
    no, *day = place.split()
    for side, entries in zip(("debit", "credit"), sides, strict=True):
        for entry in filter(None, entries.split(";")):
            *account, amount = entry.split()
            yield no, "".join(day), side, "".join(account), Decimal(amount.replace(",", ""))


def _setting(value: str) -> Any:
    if value in ("yes", "no"):
        return value == "yes"
    return Decimal(value) if value.replace(".", "").isdigit() else value


def shown(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return value.isoformat() if isinstance(value, date) else str(value)


def normal(word: str) -> str:
    """A word of a table as `shown` writes its value: 1,056.25 and 500.00 are numbers."""
    digits = word.replace(",", "")
    if digits.lstrip("-").replace(".", "", 1).isdigit():
        return shown(Decimal(digits))
    return word


def typed_lines(lines: list[str]) -> list[tuple[int, dict[str, Any]]]:
    return [typed_line(line) for line in lines]

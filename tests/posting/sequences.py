"""Random days at work: orders entered, changed and posted by the services in an order that a seed decides.

`python -m tests.posting.sequences DATABASE_URL SEED` plays one on an empty database and prints its rows, so that two
databases can be compared: a process knows one kind only.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import sys
from datetime import timedelta
from decimal import Decimal
from typing import Any

from db import engine, migrate
from db.engine import reading
from tests.builders import TODAY, D, pack
from tests.looking import differences, look, undo_differences
from tests.posting.worlds import ANNA, enter_company, enter_order
from tests.scenarios.world import TABLES
from webapp.posting.plan import REQUESTS
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey, Line
from webapp.posting.undo import UndoRequest
from webapp.store import drafts
from webapp.store.posting import post_document
from webapp.store.undo import look_at_undo, undo_lines

CUSTOMERS = ("C-GOOD", "C-DISC", "C-GROSS", "C-EURO", "C-EU", "C-CASH")
THINGS = ("item PUMP", "item FILTER", "item SEAL", "item BOOK", "resource LINA", "cost TRAVEL", "gl_account 6510")
MOMENTS = {"at", "archived_at", "created_at", "applied_at", "changed_at"}
UNLIKE = {"setup_version", "schema_migration", "app_user", "change_log"}


class Day:
    """One random day. `steps` tells what was done and what came of it."""

    def __init__(self, seed: int, length: int = 40) -> None:
        self.random = random.Random(seed)
        self.length = length
        self.orders: list[DocumentKey] = []
        self.count = 0
        self.steps: list[str] = []

    async def play(self) -> None:
        await enter_company(self._company())
        for _ in range(self.length):
            open_orders = [key for key in self.orders if await drafts.load_document(key)]
            self.orders = open_orders
            doing = self.random.choices(
                (self._enter, self._type, self._post, self._add, self._delete, self._date, self._undo),
                (3 if len(open_orders) < 4 else 0, 4, 8, 1, 1, 1, 3),
            )[0]
            if doing == self._enter or not open_orders:
                await self._enter()
            else:
                await doing(self.random.choice(open_orders))

    def _company(self) -> Any:
        pick = self.random.choice
        return pack(
            receivables_setup={
                "discount_posting": pick(["none", "line", "invoice", "all"]),
                "invoice_rounding": pick([True, False]),
                "calc_inv_discount": pick([True, False]),
            },
            inventory_setup={
                "automatic_cost_posting": pick([True, True, False]),
                "expected_cost_posting_to_gl": pick([True, True, False]),
            },
            service_setup={"copy_line_description_to_gl": pick([True, False])},
        )

    def _line(self, number: int) -> str:
        pick = self.random.choice
        quantity = pick(["1", "2", "5", "0.33333", "12.5", "7"])
        price = pick(["0.01", "0.67", "99.95", "1234.56", "33.33333", "90"])
        thing = pick(THINGS)
        uom = " uom BOX" if thing == "item SEAL" and pick([True, False]) else ""
        discount = pick(["", "", " disc 10", " disc 33.333", " disc 100"]) if not thing.startswith("gl") else ""
        return f"{number}0000 {thing} qty {quantity}{uom} price {price}{discount}"

    async def _enter(self, _: DocumentKey | None = None) -> None:
        customer = self.random.choice(CUSTOMERS)
        lines = [self._line(n) for n in range(1, self.random.randint(1, 5) + 1)]
        if self.random.random() < 0.3:
            lines.append(f"{len(lines) + 1}0000 text as agreed")
        item_lines = ["10000 MIXER"] if customer == "C-GOOD" and self.random.random() < 0.5 else []
        if item_lines:
            lines[0] += " on 10000" if not lines[0].endswith(("disc 10", "disc 33.333")) else ""
        self.count += 1
        key = await enter_order(customer, lines, item_lines, no=f"SO-{self.count}")
        self.orders.append(key)
        self.steps.append(f"enter {key.no} {customer} {lines}")

    async def _line_of(self, key: DocumentKey) -> Line:
        document = await drafts.load_document(key)
        assert document is not None and document.lines
        return self.random.choice(document.lines)

    async def _type(self, key: DocumentKey) -> None:
        line = await self._line_of(key)
        name = self.random.choice(["qty_to_ship", "qty_to_invoice", "qty_to_consume", "quantity", "line_discount_pct"])
        value = (line.quantity * self.random.choice([D(0), D("0.3"), D("0.5"), D(1)])).quantize(D("0.00001"))
        if name == "quantity":
            value = self.random.choice([line.quantity, line.quantity + 1])
        await self._change(key, line.line_no, {name: value})

    async def _change(self, key: DocumentKey, line_no: int, changes: dict[str, Decimal]) -> None:
        saved = await drafts.change_line(ANNA, key, line_no, changes)
        self.steps.append(f"type {key.no} {line_no} {changes} -> {[found.code for found in saved.findings]}")

    async def _add(self, key: DocumentKey) -> None:
        number = self.random.choice(["1", "2"])
        thing = self.random.choice(["PUMP", "CARD"])
        saved = await drafts.add_line(ANNA, key, {"type": "item", "no": thing, "quantity": D(number)})
        self.steps.append(f"add {key.no} {thing} -> {[found.code for found in saved.findings]}")

    async def _delete(self, key: DocumentKey) -> None:
        document = await drafts.load_document(key)
        line = await self._line_of(key)
        if document is None or len(document.lines) == 1 or line.quantity_shipped:
            return  # the number of a shipped line would be given again
        saved = await drafts.delete_line(ANNA, key, line.line_no)
        self.steps.append(f"delete {key.no} {line.line_no} -> {[found.code for found in saved.findings]}")

    async def _date(self, key: DocumentKey) -> None:
        line = await self._line_of(key)
        day = TODAY + timedelta(days=self.random.randint(-5, 5))
        await drafts.change_line(ANNA, key, line.line_no, {"posting_date": day})

    async def _post(self, key: DocumentKey) -> None:
        option = self.random.choice(["ship", "invoice", "ship_and_invoice", "ship_and_invoice", "ship_and_consume"])
        request = REQUESTS[option]
        if option == "ship_and_consume":
            line = await self._line_of(key)
            await self._change(key, line.line_no, {"qty_to_consume": line.outstanding_qty})
        if self.random.random() < 0.3:
            request = changed(request, lines=frozenset({(await self._line_of(key)).line_no}))
        looked = await look(ANNA, key, request)
        assert looked is not None
        plan = looked.plan
        result = await post_document(ANNA, key, request)
        assert await differences(looked, result) == []
        assert result.ok == plan.may_post and result.closed == (plan.may_post and plan.closes_order)
        planned = [number.no for number in plan.numbers.values()] if plan.may_post else []
        assert [document.no for document in result.posted] == planned
        codes = [found.code for found in result.findings]
        self.steps.append(f"post {key.no} {option} {request.lines} -> {planned or codes}")

    async def _undo(self, key: DocumentKey) -> None:
        """One or all lines of a shipment of the order; what cannot be undone is refused and changes nothing."""
        async with reading() as session:
            columns = "document_no, line_no, quantity_consumed"
            sql = f"SELECT {columns} FROM service_shipment_line WHERE order_no = ? ORDER BY id"
            lines = await session.fetch(sql, key.no)
        if not lines:
            return
        shipment_no, line_no, consumed = self.random.choice(lines)
        own = frozenset(line[1] for line in lines if line[0] == shipment_no)
        chosen = frozenset({line_no}) if self.random.random() < 0.6 else own
        request = UndoRequest("undo_consumption" if consumed else "undo_shipment", chosen)
        looked = await look_at_undo(ANNA, shipment_no, request)
        result = await undo_lines(ANNA, shipment_no, request)
        assert looked is not None and result is not None
        assert await undo_differences(looked, result, ANNA.user) == []
        said = [found.code for found in result.findings]
        self.steps.append(f"{request.kind} {shipment_no} {sorted(chosen)} -> {said}")


async def dump() -> list[str]:
    """Every row of every table, but for moments and what a database makes up for itself."""
    async with reading() as session:
        names = [row[0] for row in await session.fetch(TABLES[session.dialect]) if row[0] not in UNLIKE]
        found = []
        for name in names:
            columns = await _columns(session, name)
            rows = await session.fetch(f"SELECT {', '.join(columns)} FROM {name}")
            found += sorted(f"{name} {dict(zip(columns, row, strict=True))}" for row in rows)
    return found


async def _columns(session: engine.Session, table: str) -> list[str]:
    if session.dialect == "sqlite":
        names = [row[1] for row in await session.fetch(f"PRAGMA table_info({table})")]
    else:
        sql = "SELECT column_name FROM information_schema.columns WHERE table_name = ?"
        names = [row[0] for row in await session.fetch(sql, table)]
    return sorted(set(names) - MOMENTS)


def digest(rows: list[str]) -> str:
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


async def main(url: str, seed: int) -> None:
    async with engine.connected(url):
        await migrate.migrate()
        await Day(seed).play()
        print("\n".join(await dump()))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))

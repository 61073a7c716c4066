"""The documents that are measured: an order with 10 lines is 4 items, 4 resource lines and 2 costs."""

from __future__ import annotations

import itertools
from typing import Any

from db.engine import reading, transaction
from tests.bench.places import Rows
from tests.builders import D, pack
from tests.posting.sequences import MOMENTS, _columns
from tests.posting.worlds import ANNA, enter_company
from tests.scenarios.world import TABLES
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts

PATTERN = ("item", "resource", "item", "resource", "cost") * 2
NOS = {
    "item": itertools.cycle(["PUMP", "FILTER", "SEAL", "BOOK"]),
    "resource": itertools.cycle(["LINA"]),
    "cost": itertools.cycle(["TRAVEL"]),
}
_STOCK = [{"item_no": no, "quantity": D(9_000_000)} for no in ("PUMP", "FILTER", "SEAL", "BOOK")]


async def company() -> None:
    await enter_company(pack(), [{**row, "posting_date": "2025-01-01"} for row in _STOCK])


async def enter(no: str, lines: int = 10) -> DocumentKey:
    """An order with so many lines, entered by the services."""
    saved = await drafts.create_document(ANNA, "order", {"no": no, "customer_no": "C-GOOD"})
    assert saved.key is not None, saved.findings
    for number in range(lines):
        kind = PATTERN[number % len(PATTERN)]
        values: dict[str, Any] = {"type": kind, "no": next(NOS[kind]), "quantity": D(2)}
        added = await drafts.add_line(ANNA, saved.key, values)
        assert added.ok, added.findings
    return saved.key


async def copies(of: DocumentKey, nos: list[str]) -> list[DocumentKey]:
    """The same order under other numbers, copied row by row: entering thousands of lines would take too long."""
    async with transaction() as session:
        for table, column in (("service_header", "no"), ("service_line", "document_no")):
            names = [name for name in await _columns(session, table) if name not in (column, "id")]
            if table == "service_header":
                names.append("created_at")
            for no in nos:
                await session.execute(
                    f"INSERT INTO {table} ({column}, {', '.join(names)})"
                    f" SELECT CAST(? AS VARCHAR), {', '.join(names)} FROM {table} WHERE {column} = ?",
                    no,
                    of.no,
                )
    return [DocumentKey("order", no) for no in nos]


# --- the rows that a posting wrote ----------------------------------------------------------------------------------


# Posted documents, ledgers, log and archive: what a posting adds to.
GROWING = {
    "posting_run",
    "gl_entry",
    "vat_entry",
    "customer_ledger_entry",
    "detailed_customer_entry",
    "item_ledger_entry",
    "item_application",
    "value_entry",
    "resource_ledger_entry",
    "service_ledger_entry",
    "warranty_ledger_entry",
    "service_shipment_header",
    "service_shipment_item_line",
    "service_shipment_line",
    "service_invoice_header",
    "service_invoice_line",
    "posted_vat_line",
    "service_document_log",
    "service_document_register",
    "order_archive",
}


class Written:
    """What has been written since the last look, table by table, in the order in which tables refer to each other."""

    def __init__(self) -> None:
        self._tables: list[tuple[str, tuple[str, ...], str]] = []
        self._last: dict[str, Any] = {}

    async def begin(self) -> None:
        async with reading() as session:
            names = [row[0] for row in await session.fetch(TABLES[session.dialect])]
            for name in names:
                columns = tuple(await _all_columns(session, name))
                key = next((k for k in ("entry_no", "id", "no") if k in columns), "")
                if name not in GROWING:
                    continue
                key = "rowid" if key == "no" and session.dialect == "sqlite" and name != "posting_run" else key
                self._tables.append((name, columns, key))
        self._tables.sort(key=lambda row: (row[0] != "posting_run", not row[0].endswith("_header"), row[0]))
        await self.rows()

    async def rows(self) -> Rows:
        found: Rows = []
        async with reading() as session:
            for name, columns, key in self._tables:
                where, args = self._since(name, key, session.dialect)
                rows = await session.fetch(f"SELECT {', '.join(columns)} FROM {name} {where}", *args)
                if rows:
                    found.append((name, columns, [tuple(row) for row in rows]))
                await self._note(session, name, key)
        return found

    def _since(self, name: str, key: str, dialect: str) -> tuple[str, tuple[Any, ...]]:
        if name not in self._last:
            return "WHERE 1 = 0", ()
        if key == "no" and dialect == "postgresql" and name != "posting_run":
            return "WHERE xmin::text::bigint > ?", (self._last[name],)
        return f"WHERE {key} > ? ORDER BY {key}", (self._last[name],)

    async def _note(self, session: Any, name: str, key: str) -> None:
        column = "xmin::text::bigint" if key == "no" and session.dialect == "postgresql" else key
        if name == "posting_run":
            column = "no"
        rows = await session.fetch(f"SELECT COALESCE(MAX({column}), 0) FROM {name}")
        self._last[name] = rows[0][0]


async def _all_columns(session: Any, table: str) -> list[str]:
    names = await _columns(session, table)
    if session.dialect == "sqlite":
        present = [row[1] for row in await session.fetch(f"PRAGMA table_info({table})")]
    else:
        sql = "SELECT column_name FROM information_schema.columns WHERE table_name = ?"
        present = [row[0] for row in await session.fetch(sql, table)]
    return sorted({*names, *(MOMENTS & set(present))})

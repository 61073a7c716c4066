"""PostgreSQL plans a statement that it has seen a few times for any value, and must not walk through a ledger then."""

from __future__ import annotations

import pytest

from db import engine
from db.engine import transaction
from tests.builders import pack
from tests.posting.worlds import ANNA, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.store import payments, snapshots
from webapp.store.document_lists import (
    CREDIT_MEMOS,
    INVOICES,
    OPEN_CREDIT_MEMOS,
    OPEN_INVOICES,
    ORDERS,
    SHIPMENTS,
    DocumentList,
    list_documents,
)
from webapp.store.posting import post_document

ENTRIES = 5000
COPIED = """
INSERT INTO customer_ledger_entry ({columns})
SELECT {values} FROM customer_ledger_entry CROSS JOIN generate_series(1, {entries}) AS n"""


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("asked", [snapshots._EXTERNAL, payments._REFERENCE])
async def test_a_number_of_the_customer_is_looked_up_in_its_index(database: str, asked: str) -> None:
    await enter_company(pack())
    posted = await post_document(
        ANNA, await enter_order("C-GOOD", ["10000 item PUMP qty 2"]), REQUESTS["ship_and_invoice"]
    )
    assert posted.ok, posted.findings
    async with transaction() as session:
        named = "SELECT column_name FROM information_schema.columns WHERE table_name = 'customer_ledger_entry'"
        columns = [str(row[0]) for row in await session.fetch(named)]
        other = {"entry_no": "entry_no + n", "document_no": "'I' || n", "external_document_no": "'PO-' || n % 20"}
        values = ", ".join(other.get(name, name) for name in columns)
        await session.execute("SET LOCAL session_replication_role = replica")
        await session.execute(COPIED.format(columns=", ".join(columns), values=values, entries=ENTRIES))
        await session.execute("ANALYZE customer_ledger_entry")
        await session.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        first, *others = asked.split("?")
        numbered = first + "".join(f"${n}{rest}" for n, rest in enumerate(others, 1))
        await session.execute(f"PREPARE looked_up AS {numbered}")
        given = ", ".join(["'x'"] * asked.count("?"))
        plan = "\n".join(str(row[0]) for row in await session.fetch(f"EXPLAIN EXECUTE looked_up ({given})"))
        await session.execute("DEALLOCATE looked_up")
    assert "customer_ledger_entry_pkey" not in plan, plan


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("which", [ORDERS, OPEN_INVOICES, OPEN_CREDIT_MEMOS, SHIPMENTS, INVOICES, CREDIT_MEMOS])
async def test_a_list_asks_about_the_lines_of_the_documents_it_shows_and_of_no_others(
    database: str, which: DocumentList
) -> None:
    """A hashed subplan reads the whole table of lines once for each column that asks whether there is such a line. The
    planner takes it for many documents; without indexes it takes it for few."""
    await enter_company(pack())
    asked: list[str] = []
    engine.statement_hook = asked.append
    try:
        await list_documents(which)
    finally:
        engine.statement_hook = None
    (sql,) = (one for one in asked if one.startswith("SELECT"))
    plan = "\n".join(str(row[0]) for row in await _explained(sql))
    assert "hashed SubPlan" not in plan, plan


async def _explained(sql: str) -> list[engine.Row]:
    async with transaction() as session:
        await session.execute("SET LOCAL enable_indexscan = off")
        await session.execute("SET LOCAL enable_bitmapscan = off")
        return await session.fetch(f"EXPLAIN (VERBOSE) {sql}")

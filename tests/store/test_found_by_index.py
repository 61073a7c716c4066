"""Find entries looks a number up in indexes, however many documents and entries there are (D-110, F-4)."""

from __future__ import annotations

import re

import pytest

from db import engine
from db.engine import transaction
from tests.builders import pack
from tests.posting.worlds import ANNA, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.store.document_lists import CREDIT_MEMOS, INVOICES, SHIPMENTS, documents_numbered
from webapp.store.find_entries import Asked, find_entries
from webapp.store.posting import post_document
from webapp.store.search import _numbered

POSTED = {"shipment": SHIPMENTS, "invoice": INVOICES, "credit_memo": CREDIT_MEMOS}


async def asked_by(what: object) -> list[str]:
    statements: list[str] = []
    engine.statement_hook = statements.append
    try:
        await what  # type: ignore[misc]
    finally:
        engine.statement_hook = None
    return [one for one in statements if one.startswith("SELECT")]


async def plan_of(sql: str) -> str:
    async with transaction() as session:
        if session.dialect == "sqlite":
            rows = await session.fetch(f"EXPLAIN QUERY PLAN {sql}", *["x"] * sql.count("?"))
            return "\n".join(str(row[3]) for row in rows)
        first, *others = sql.split("?")
        numbered = first + "".join(f"${n}{rest}" for n, rest in enumerate(others, 1))
        await session.execute("SET LOCAL enable_seqscan = off")
        await session.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await session.execute(f"PREPARE looked_up AS {numbered}")
        given = ", ".join(["'x'"] * len(others))
        rows = await session.fetch(f"EXPLAIN EXECUTE looked_up ({given})")
        await session.execute("DEALLOCATE looked_up")
        return "\n".join(str(row[0]) for row in rows)


@pytest.mark.parametrize("field", ["external_document_no", "order_no", "document_no"])
async def test_entries_are_found_by_an_index(database: str, field: str) -> None:
    await enter_company(pack())
    await post_document(ANNA, await enter_order("C-GOOD", ["10000 item PUMP qty 2"]), REQUESTS["ship_and_invoice"])
    statements = await asked_by(find_entries(Asked(**{field: "x"})))
    assert len(statements) == 15 + (field == "external_document_no")
    for sql in statements:
        plan = await plan_of(sql)
        assert not re.search(r"SCAN h\b|Seq Scan", plan), f"{sql}\n{plan}"


async def test_the_search_on_top_finds_the_number_of_a_customer_by_an_index(database: str) -> None:
    await enter_company(pack())
    statements = await asked_by(documents_numbered(POSTED, "x"))
    statements += [sql for sql, _ in _numbered(INVOICES, "x", 5)]
    external = [sql for sql in statements if "external_document_no" in sql]
    assert len(external) == 4
    for sql in external:
        plan = await plan_of(sql)
        assert "_header_external" in plan and not re.search(r"SCAN h\b|Seq Scan", plan), f"{sql}\n{plan}"

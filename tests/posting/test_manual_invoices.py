"""Invoices by hand: what posting makes of them, and that the books agree afterwards (P-62, P-104, P-120, P-175)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from db.engine import reading
from tests.builders import pack
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, accept, database_rows, enter_company
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.posting import PostingResult, post_document

pytestmark = pytest.mark.anyio
LINES = (
    {"type": "item", "no": "PUMP", "quantity": Decimal(2)},
    {"type": "resource", "no": "LINA", "quantity": Decimal("1.5")},
    {"type": "blank", "description": "Thank you"},
)


async def entered(lines: tuple[dict[str, object], ...] = LINES) -> DocumentKey:
    saved = accept(await drafts.create_document(ANNA, "invoice", {"customer_no": "C-GOOD"}))
    assert saved.key
    for line in lines:
        accept(await drafts.add_line(ANNA, saved.key, line))
    return saved.key


async def posted(key: DocumentKey) -> PostingResult:
    return await post_document(ANNA, key, REQUESTS["ship_and_invoice"])


@pytest.mark.parametrize("shipment", [True, False])
async def test_an_invoice_ships_and_invoices_all_that_stands_on_it(database: str, shipment: bool) -> None:
    await enter_company(pack(service_setup={"shipment_on_invoice": shipment}))
    key = await entered()
    result = await posted(key)
    assert result.ok, result.findings
    assert [one.kind for one in result.posted] == (["shipment", "invoice"] if shipment else ["invoice"])
    assert await drafts.load_document(key) is None
    usage = await database_rows(
        "SELECT document_type, document_no FROM service_ledger_entry WHERE entry_type = 'usage'"
    )
    invoice_no = result.posted[-1].no
    assert {(row["document_type"], row["document_no"]) for row in usage} == {("invoice", invoice_no)}
    items = [
        dict(row)
        for row in await database_rows("SELECT document_type, order_no FROM item_ledger_entry WHERE quantity < 0")
    ]
    assert items == [{"document_type": "service_shipment" if shipment else "service_invoice", "order_no": ""}]
    texts = [dict(row) for row in await database_rows("SELECT description FROM service_shipment_item_line")]
    assert texts == ([{"description": f"Invoice {key.no}"}] if shipment else [])
    assert await faults() == []


async def test_the_same_invoice_is_posted_once(database: str) -> None:
    await enter_company(pack())
    key = await entered()
    assert (await posted(key)).ok
    again = await posted(key)
    assert [one.code for one in again.findings] == ["document_gone"]
    async with reading() as session:
        assert (await session.fetch("SELECT COUNT(*) FROM service_invoice_header"))[0][0] == 1


async def test_an_invoice_with_words_alone_is_refused(database: str) -> None:
    await enter_company(pack())
    result = await posted(await entered(LINES[2:]))
    assert [one.code for one in result.findings] == ["nothing_to_post"]

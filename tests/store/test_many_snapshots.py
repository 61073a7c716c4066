"""Snapshots loaded together are those loaded one by one, and take no more queries for more documents (D-138, F-8)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from db.engine import reading
from tests.builders import TODAY, USER, pack
from tests.posting.worlds import ANNA, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.combined_invoices import invoice_open_shipments
from webapp.store.many_snapshots import load_documents, load_snapshots
from webapp.store.posting import post_document
from webapp.store.snapshots import load_document, load_snapshot

LINES = ["10000 item PUMP qty 4", "20000 resource LINA qty 3", "30000 item FILTER qty 2", "40000 cost TRAVEL qty 1"]


async def part_posted(no: str, option: str, **quantities: str) -> DocumentKey:
    key = await enter_order("C-GOOD", LINES, ["10000 MIXER"], no=no, external_document_no=f"X-{no}")
    await drafts.change_line(ANNA, key, 10000, {"service_item_line_no": 10000})
    await drafts.change_line(ANNA, key, 10000, {name: Decimal(value) for name, value in quantities.items()})
    result = await post_document(ANNA, key, REQUESTS[option])
    assert result.ok, result.findings
    return key


@pytest.fixture
async def keys(database: str) -> list[DocumentKey]:
    """Fresh, shipped in part, invoiced in part, shipped again, of another payer; and one that does not exist."""
    await enter_company(pack())
    found = [
        await part_posted("SO-5", "ship", qty_to_ship="1"),
        await part_posted("SO-2", "ship_and_invoice", qty_to_ship="3", qty_to_invoice="2"),
        await part_posted("SO-3", "ship_and_invoice", qty_to_ship="1", qty_to_invoice="1"),
        await enter_order("C-EU", ["10000 item SEAL qty 9"], no="SO-4"),
        await enter_order("C-GOOD", LINES, no="SO-1", external_document_no="X-SO-2"),
        await enter_order("C-GOOD", [], no="SO-6"),
    ]
    assert (await post_document(ANNA, found[2], REQUESTS["ship"])).ok
    return [*found, DocumentKey("order", "GONE")]


async def test_together_is_one_by_one(keys: list[DocumentKey]) -> None:
    async with reading() as session:
        together = await load_snapshots(session, keys, USER, TODAY)
        alone = {key: await load_snapshot(session, key, USER, TODAY) for key in keys}
    assert alone.pop(keys[-1]) is None
    assert list(together) == keys[:-1]
    for key, snapshot in alone.items():
        assert together[key] == snapshot, key
    assert alone[keys[0]].expected_values and alone[keys[0]].warranty_entries  # type: ignore[union-attr]
    assert alone[keys[1]].invoiced_before and alone[keys[4]].external_no_used_by  # type: ignore[union-attr]
    assert not alone[keys[1]].external_no_used_by  # type: ignore[union-attr]  # P-79: its own first invoice
    assert alone[keys[4]].balance.open_lcy  # type: ignore[union-attr]


async def test_documents_alone(keys: list[DocumentKey]) -> None:
    async with reading() as session:
        documents, _ = await load_documents(session, keys)
        assert list(documents) == keys[:-1]
        for key, document in documents.items():
            alone, _ = await load_document(session, key)
            assert alone is not None
            assert document.header == alone.header
            assert (document.item_lines, document.lines) == (alone.item_lines, alone.lines)
        assert (await load_documents(session, []))[0] == {}
        assert await load_snapshots(session, keys[-1:], USER, TODAY) == {}


async def test_more_documents_take_no_more_queries(keys: list[DocumentKey], statements: list[str]) -> None:
    counts = []
    for some in (keys[:3], keys):
        async with reading() as session:
            statements.clear()
            await load_snapshots(session, some, USER, TODAY)
            counts.append(len(statements))
    assert counts[0] <= counts[1] <= counts[0] + 1  # the larger choice asks for a kind of record that the others lack


async def test_invoices_of_shipments_together_are_those_one_by_one(keys: list[DocumentKey]) -> None:
    """P-106: each with the shipments, orders and warranties that its own lines name."""
    first = await invoice_open_shipments(ANNA, "C-GOOD", order_no="SO-5")
    second = await invoice_open_shipments(ANNA, "C-GOOD", order_no="SO-2")
    third = await invoice_open_shipments(ANNA, "C-GOOD")
    invoices = [one.saved.key for one in (first, second, third) if one.saved.key]
    assert len(invoices) == 3
    async with reading() as session:
        together = await load_snapshots(session, invoices, USER, TODAY)
        alone = {key: await load_snapshot(session, key, USER, TODAY) for key in invoices}
    for key, snapshot in alone.items():
        assert snapshot is not None and together[key] == snapshot
        assert snapshot.orders and snapshot.shipment_lines
    assert together[invoices[0]].made_from_order == "SO-5"
    assert together[invoices[0]].warranty_entries and together[invoices[0]].expected_values

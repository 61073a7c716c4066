"""Shipments of several orders on one invoice, in the database: taken once, freed, posted, closed (D-44 … D-55)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from db.engine import RuleBroken, reading, transaction
from tests.builders import TODAY, USER, D, pack
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, accept, database_rows, enter_company, enter_order
from tests.scenarios.world import row_hashes
from webapp.paper.document import Paper
from webapp.posting.plan import REQUESTS, plan_posting
from webapp.posting.snapshot import DocumentKey
from webapp.posting.undo import UndoRequest
from webapp.store import drafts
from webapp.store.combined_invoices import Got, invoice_open_shipments, take_shipment_lines
from webapp.store.many_snapshots import load_snapshots
from webapp.store.paper import words_for
from webapp.store.posted import load_posted
from webapp.store.posting import PostingResult, post_document
from webapp.store.shipment_lines import offered
from webapp.store.snapshots import load_snapshot
from webapp.store.undo import undo_lines
from webapp.store.waiting_shipments import waiting_counts, waiting_payers

BOTH, SHIP = REQUESTS["ship_and_invoice"], REQUESTS["ship"]


async def shipped(no: str, *lines: str, customer: str = "C-GOOD") -> DocumentKey:
    key = await enter_order(customer, lines or ["10000 item PUMP qty 4"], no=no)
    result = await post_document(ANNA, key, SHIP)
    assert result.ok, result.findings
    return key


@pytest.fixture
async def orders(database: str) -> str:
    """Two shipped orders of one customer: S-1 with 4 pumps, S-2 with 3 hours and a filter."""
    await enter_company(pack(service_setup={"close_invoiced_orders": "automatic"}))
    await shipped("SO-1")
    await shipped("SO-2", "10000 resource LINA qty 3", "20000 item FILTER qty 1")
    return database


ALL = (("S-1", 10000), ("S-2", 10000), ("S-2", 20000))


async def new_invoice(no: str = "SI-1", **values: Any) -> DocumentKey:
    saved = accept(await drafts.create_document(ANNA, "invoice", {"no": no, "customer_no": "C-GOOD", **values}))
    assert saved.key is not None
    return saved.key


def codes(found: Any) -> list[str]:
    return [one.code for one in found]


async def left(key: DocumentKey) -> list[tuple[str, int, Any]]:
    found = await offered(key)
    assert found is not None
    return [(*one.shipped.place, one.left) for one in found.offers.offers]


async def lines_of(key: DocumentKey) -> list[tuple[str, Any]]:
    document = await drafts.load_document(key)
    assert document is not None
    return [(line.no or line.description, line.quantity) for line in document.lines]


# --- taking ---------------------------------------------------------------------------------------------------------


async def test_what_one_invoice_holds_is_not_left_for_another(orders: str):
    """D-52, D-53 and worked examples 3 and 4."""
    first, second = await new_invoice("SI-1"), await new_invoice("SI-2")
    assert (await take_shipment_lines(ANNA, first, ALL[:1])).added == 1
    accept(await drafts.change_line(ANNA, first, 20000, {"quantity": D(3)}))
    assert await left(second) == [("S-1", 10000, 1), ("S-2", 10000, 3), ("S-2", 20000, 1)]
    assert (await take_shipment_lines(ANNA, second, ALL[:1])).ok
    refused = await take_shipment_lines(ANNA, second, ALL[:1])
    assert codes(refused.saved.findings) == ["shipment_line_held"]
    assert codes((await drafts.change_line(ANNA, first, 20000, {"quantity": D(4)})).findings) == [
        "shipment_quantity_exceeded"
    ]
    accept(await drafts.delete_document(ANNA, first))
    assert (await left(second))[0] == ("S-1", 10000, 3)
    accept(await drafts.delete_line(ANNA, second, 20000))
    assert (await left(second))[0] == ("S-1", 10000, 4)
    assert await lines_of(second) == []


async def test_everything_that_does_not_fit_is_said_and_nothing_is_taken(orders: str):
    await shipped("SO-3", customer="C-EURO")
    key = await new_invoice()
    before = await row_hashes()
    got = await take_shipment_lines(ANNA, key, [*ALL, ("S-3", 10000), ("S-9", 10000)])
    found = {one.code: one.message for one in got.saved.findings}
    assert set(found) == {"shipment_differs", "shipment_line_unknown"}
    assert "S-3" in found["shipment_differs"] and "S-9" in found["shipment_line_unknown"]
    assert await row_hashes() == before


async def test_two_pull_the_same_line_at_once(orders: str):
    keys = [await new_invoice(f"SI-{n}") for n in range(1, 5)]
    found = await asyncio.gather(*(take_shipment_lines(ANNA, key, ALL) for key in keys))
    assert sorted(one.added for one in found) == [0, 0, 0, 3]
    assert {code for one in found for code in codes(one.saved.findings)} == {"shipment_line_held"}


async def test_the_database_itself_refuses_a_line_twice(orders: str):
    """The proof behind D-52: whoever writes, the shipment line is not taken twice."""
    first, second = await new_invoice("SI-1"), await new_invoice("SI-2")
    assert (await take_shipment_lines(ANNA, first, ALL[:1])).ok
    copied = (
        "INSERT INTO service_line (document_type, document_no, line_no, type, no, quantity, shipment_no,"
        " shipment_line_no) SELECT document_type, 'SI-2', line_no, type, no, {}, shipment_no, shipment_line_no"
        " FROM service_line WHERE document_no = 'SI-1' AND type = 'item'"
    )
    with pytest.raises(RuleBroken):
        async with transaction() as session:
            await session.execute(copied.format(1))
    with pytest.raises(RuleBroken):
        async with transaction() as session:
            await session.execute("UPDATE service_line SET quantity = quantity + 1 WHERE document_no = 'SI-1'")
    accept(await drafts.delete_document(ANNA, first))
    assert await lines_of(second) == []


async def test_invoicing_the_order_itself_warns_of_the_invoice_that_holds_its_shipments(orders: str):
    """D-52: it may be done, and the open invoice can no longer be posted."""
    await take_shipment_lines(ANNA, await new_invoice(), ALL[1:])
    key = DocumentKey("order", "SO-2")
    async with reading() as session:
        alone = await load_snapshot(session, key, USER, TODAY)
        assert (await load_snapshots(session, [key], USER, TODAY))[key] == alone
    assert alone is not None
    found = [one for one in plan_posting(alone, REQUESTS["invoice"]).findings if one.code == "shipment_held_by_invoice"]
    assert [(one.line, one.severity) for one in found] == [(10000, "warning"), (20000, "warning")]
    assert "SI-1 holds 3 of what this invoices from shipment S-2 line 10000." in found[0].message
    assert (await post_document(ANNA, key, REQUESTS["invoice"])).ok


async def test_an_invoice_with_lines_of_its_own_names_both_days_and_both_shipments(database: str):
    """D-54, D-121: what the order shipped earlier, and what the invoice ships itself."""
    await enter_company(pack(service_setup={"shipment_on_invoice": True}))
    await shipped("SO-1")
    later = TODAY + timedelta(3)
    key = await new_invoice(posting_date=later, document_date=later)
    assert (await take_shipment_lines(ANNA, key, [("S-1", 10000)])).ok
    accept(await drafts.add_line(ANNA, key, {"type": "item", "no": "FILTER", "quantity": D(1)}))
    result = await post_document(ANNA, key, BOTH)
    assert result.ok, result.findings
    invoice = next(one.no for one in result.posted if one.kind == "invoice")
    document = await load_posted("invoice", invoice, with_entries=False)
    assert document is not None
    assert [step.no for step in document.chain["shipments"]] == ["S-1", "S-2"]
    paper = Paper(document, await words_for([document]))
    assert paper.supply_days == [TODAY, later]
    own = next(line["line_no"] for line in document.lines if line["no"] == "FILTER")
    assert len(paper.supplied) == 2 and paper.region.day(later) in paper.supplied[own]


async def test_the_count_of_who_waits_is_that_of_the_rows(orders: str):
    key = await enter_order("C-GOOD", ["10000 item PUMP qty 1"], no="SO-3", currency_code="EUR")
    assert (await post_document(ANNA, key, SHIP)).ok
    assert len(await waiting_payers()) == (await waiting_counts())["to_combine"] == 2


# --- all that a customer has ----------------------------------------------------------------------------------------


async def invoiced_all(**values: Any) -> Got:
    return await invoice_open_shipments(ANNA, "C-GOOD", **values)


async def test_one_invoice_for_all_open_shipments(orders: str):
    (waiting,) = await waiting_payers()
    assert (waiting.customer_no, waiting.orders, waiting.lines, waiting.free) == ("C-GOOD", 2, 3, True)
    assert waiting.amount == 4 * 500 + 3 * 90 + D("24.95")
    got = await invoiced_all()
    assert got.saved.key is not None and got.added == 3
    (waiting,) = await waiting_payers("good")
    assert (waiting.free, waiting.invoices) == (False, (got.saved.key.no,))
    assert await waiting_counts() == {"to_combine": 1, "combined_open": 1}
    again = await invoiced_all()
    assert [(one.code, one.record) for one in again.saved.findings] == [("shipments_all_held", got.saved.key.no)]
    assert (await post_document(ANNA, got.saved.key, BOTH)).ok
    assert codes((await invoiced_all()).saved.findings) == ["shipments_none_open"]
    assert await waiting_payers() == []
    assert await faults() == []


async def test_an_invoice_for_one_order_belongs_to_it(orders: str):
    """P-95, D-54."""
    got = await invoiced_all(order_no="SO-2")
    assert got.saved.key is not None and got.added == 2
    accept(await drafts.add_line(ANNA, got.saved.key, {"type": "cost", "no": "TRAVEL", "quantity": D(1)}))
    refused = await post_document(ANNA, got.saved.key, BOTH)
    assert codes(refused.findings) == ["line_needs_shipment"]
    accept(await drafts.delete_line(ANNA, got.saved.key, 40000))
    result = await post_document(ANNA, got.saved.key, BOTH)
    assert result.ok
    (invoice,) = await database_rows("SELECT order_no FROM service_invoice_header")
    assert invoice["order_no"] == "SO-2"
    register = "SELECT source_no, destination_kind FROM service_document_register ORDER BY id"
    assert [tuple(row.values()) for row in await database_rows(register)] == [("SO-2", "posted_invoice")]


async def test_currencies_stay_apart(orders: str):
    await shipped("SO-3", customer="C-EURO")
    got = await invoice_open_shipments(ANNA, "C-EURO")
    assert got.saved.key is not None
    document = await drafts.load_document(got.saved.key)
    assert document is not None and document.header.currency_code == "EUR"


# --- posting --------------------------------------------------------------------------------------------------------


async def posted_numbers(table: str) -> list[str]:
    return [row["no"] for row in await database_rows(f"SELECT no FROM {table} ORDER BY no")]


async def test_two_post_invoices_that_hold_parts_of_one_shipment(orders: str):
    first, second = await new_invoice("SI-1"), await new_invoice("SI-2")
    assert (await take_shipment_lines(ANNA, first, ALL)).ok
    accept(await drafts.change_line(ANNA, first, 20000, {"quantity": D(1)}))
    assert (await take_shipment_lines(ANNA, second, ALL[:1])).ok
    results = await asyncio.gather(*(post_document(ANNA, key, BOTH) for key in (first, second)))
    assert [one.ok for one in results] == [True, True]
    assert await posted_numbers("order_archive") == ["SO-1", "SO-2"]
    assert await faults() == []


async def test_order_and_invoice_are_posted_at_once(orders: str):
    """What both would invoice is invoiced by one; the other says so (P-93, P-94)."""
    key = await new_invoice()
    assert (await take_shipment_lines(ANNA, key, ALL[:1])).ok
    order = DocumentKey("order", "SO-1")
    results: list[PostingResult] = list(
        await asyncio.gather(post_document(ANNA, order, REQUESTS["invoice"]), post_document(ANNA, key, BOTH))
    )
    assert sorted(one.ok for one in results) == [False, True]
    (refused,) = [one for one in results if not one.ok]
    assert codes(refused.findings) in (["shipment_line_gone"], ["document_gone"], ["order_line_gone"], GONE)
    assert await posted_numbers("service_invoice_header") == ["I-1"]
    assert await faults() == []


GONE = ["shipment_line_gone", "order_line_gone"]


async def test_a_shipment_undone_under_an_open_invoice(orders: str):
    key = await new_invoice()
    assert (await take_shipment_lines(ANNA, key, ALL[:1])).ok
    undone = await undo_lines(ANNA, "S-1", UndoRequest("undo_shipment", frozenset({10000})))
    assert undone is not None and undone.ok
    refused = await post_document(ANNA, key, BOTH)
    assert codes(refused.findings) == ["shipment_line_gone"]
    accept(await drafts.delete_line(ANNA, key, 20000))


async def test_an_order_with_shipments_on_an_invoice_cannot_be_deleted(orders: str):
    got = await invoiced_all()
    assert got.ok
    refused = await drafts.delete_document(ANNA, DocumentKey("order", "SO-1"))
    assert codes(refused.findings) == ["order_shipped_not_invoiced"]


async def test_closed_orders_leave_their_log_and_their_place_in_the_chain(orders: str):
    got = await invoiced_all()
    assert got.saved.key is not None
    assert (await post_document(ANNA, got.saved.key, BOTH)).ok
    log = "SELECT event FROM service_document_log WHERE document_no = 'SO-1' ORDER BY entry_no"
    assert [row["event"] for row in await database_rows(log)] == [
        "Order created",
        "Lines added",
        "Shipment posted",
        "Invoice posted",
        "Order closed",
    ]
    register = "SELECT source_no, destination_no FROM service_document_register ORDER BY source_no"
    assert [tuple(row.values()) for row in await database_rows(register)] == [("SO-1", "I-1"), ("SO-2", "I-1")]


async def test_no_quantity_is_invoiced_twice_by_eight_writers(orders: str):
    """R-3: pulled, lowered, posted by eight at once; every shipped quantity ends on exactly one invoice line."""
    for n in range(3, 9):
        await shipped(f"SO-{n}", "10000 item SEAL qty 8", "20000 resource LINA qty 2")

    async def writer(n: int) -> None:
        key = await new_invoice(f"SI-{n}")
        for shipment in range(1, 9):
            place = f"S-{(shipment + n) % 8 + 1}"
            got = await take_shipment_lines(ANNA, key, [(place, 10000)])
            if got.ok and shipment % 2:
                line_no = max(line.line_no for line in (await drafts.load_document(key)).lines)  # type: ignore[union-attr]
                await drafts.change_line(ANNA, key, line_no, {"quantity": D(1)})
        await post_document(ANNA, key, BOTH)

    await asyncio.gather(*(writer(n) for n in range(1, 9)))
    while (rest := await invoiced_all()).saved.key is not None:
        assert (await post_document(ANNA, rest.saved.key, BOTH)).ok
    totals = "SELECT SUM(quantity) AS q, SUM(qty_shipped_not_invoiced) AS open FROM service_shipment_line"
    (shipped_row,) = await database_rows(totals)
    (invoiced,) = await database_rows("SELECT SUM(quantity) AS q FROM service_invoice_line")
    assert (int(shipped_row["open"]), int(shipped_row["q"])) == (0, int(invoiced["q"]))
    assert await faults() == []

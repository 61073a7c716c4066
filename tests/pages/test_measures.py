"""What a posted document weighs is what its items said on the day, whatever they say today (D-113, D-114)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from db.engine import reading
from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.pages.test_find_entries import POLLY, rows_of
from tests.posting.worlds import ANNA, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.posting.undo import UndoRequest
from webapp.store.acting import system
from webapp.store.cancel import cancel_invoice
from webapp.store.masters import MASTERS, save_master
from webapp.store.posting import post_document
from webapp.store.undo import undo_lines

D = Decimal
ORDER = DocumentKey("order", "SO-1")
PUMP = {"units_per_parcel": D(3), "net_weight": D("2.5"), "gross_weight": D("2.75"), "unit_volume": D("0.01")}
MEASURES = ("Quantity", "Parcels", "Net weight (kg)", "Gross weight (kg)", "Volume (m³)")


@pytest.fixture
async def order(browser: Browser) -> Browser:
    await enter_company(pack(items={"PUMP": PUMP}))
    await enter_order("C-GOOD", ["10000 item PUMP qty 4", "20000 resource LINA qty 3", "30000 item PUMP qty 1"])
    await browser.sign_in("VERA")
    return browser


async def weigh_anew() -> None:
    _, found = await save_master(
        system(TODAY), MASTERS["items"], ("PUMP",), {"net_weight": D(9), "gross_weight": D(10)}, None
    )
    assert not found


def figures(html: str, column: int = 1) -> dict[str, str]:
    table = html.partition("Statistics of")[2].partition("</table>")[0]
    return {row[0]: row[column] for row in rows_of(table) if row[0] in MEASURES}


async def test_a_shipment_and_an_invoice_keep_what_was_weighed(order: Browser) -> None:
    posted = {one.kind: one.no for one in (await post_document(POLLY, ORDER, REQUESTS["ship_and_invoice"])).posted}
    await weigh_anew()
    expected = {
        "Quantity": "8",
        "Parcels": "3",
        "Net weight (kg)": "12.5",
        "Gross weight (kg)": "13.75",
        "Volume (m³)": "0.05",
    }
    for kind in ("shipment", "invoice"):
        assert figures((await order.get(f"/posted-service-{kind}s/{posted[kind]}")).text) == expected, kind
    cancelled = await cancel_invoice(ANNA, posted["invoice"], TODAY)
    assert cancelled and cancelled.ok
    async with reading() as session:
        (memo,) = (await session.fetch("SELECT no FROM service_cr_memo_header"))[0]
    assert figures((await order.get(f"/posted-service-credit-memos/{memo}")).text) == expected


async def test_an_open_order_says_what_its_shipment_will(order: Browser) -> None:
    page = (await order.get("/service-orders/SO-1/statistics")).text
    before = figures(page, 3)
    posted = {one.kind: one.no for one in (await post_document(POLLY, ORDER, REQUESTS["ship"])).posted}
    assert figures((await order.get(f"/posted-service-shipments/{posted['shipment']}")).text) == before
    assert before["Net weight (kg)"] == "12.5"


async def test_what_is_undone_weighs_nothing(order: Browser) -> None:
    posted = {one.kind: one.no for one in (await post_document(POLLY, ORDER, REQUESTS["ship"])).posted}
    await weigh_anew()
    undone = await undo_lines(ANNA, posted["shipment"], UndoRequest("undo_shipment", frozenset({10000})))
    assert undone and not undone.findings
    shown = figures((await order.get(f"/posted-service-shipments/{posted['shipment']}")).text)
    assert shown == {
        "Quantity": "4",
        "Parcels": "1",
        "Net weight (kg)": "2.5",
        "Gross weight (kg)": "2.75",
        "Volume (m³)": "0.01",
    }


async def test_items_that_say_nothing_show_the_quantity_alone(browser: Browser) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 4"])
    posted = {one.kind: one.no for one in (await post_document(POLLY, ORDER, REQUESTS["ship"])).posted}
    await browser.sign_in("VERA")
    page = (await browser.get(f"/posted-service-shipments/{posted['shipment']}")).text
    assert figures(page) == {"Quantity": "4"}
    assert "Weight and size" in page

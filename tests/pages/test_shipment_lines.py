"""Get shipment lines on the pages: chosen with and without script, refused with everything kept (D-44 … D-53)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.builders import TODAY, D, pack
from tests.pages.conftest import Browser
from tests.posting.verified import faults
from tests.posting.worlds import accept, database_rows, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.acting import Acting
from webapp.store.posting import post_document

POLLY = Acting("POLLY", "poster", TODAY)
PAGE = "/service-invoices/SI-1/shipment-lines"


async def shipped(no: str, *lines: str, customer: str = "C-GOOD") -> DocumentKey:
    key = await enter_order(customer, lines, no=no)
    result = await post_document(POLLY, key, REQUESTS["ship"])
    assert result.ok, result.findings
    return key


async def new_invoice(no: str = "SI-1") -> None:
    accept(await drafts.create_document(POLLY, "invoice", {"no": no, "customer_no": "C-GOOD"}))


@pytest.fixture
async def clerk(browser: Browser) -> Browser:
    """Two shipped orders of one customer, one of another currency, and an empty invoice."""
    await enter_company(pack())
    await shipped("SO-1", "10000 item PUMP qty 4")
    await shipped("SO-2", "10000 resource LINA qty 3", "20000 item FILTER qty 1")
    await shipped("SO-3", "10000 item PUMP qty 1", customer="C-EURO")
    await new_invoice()
    await browser.sign_in("CLARA")
    return browser


async def lines_of(no: str = "SI-1") -> list[str]:
    document = await drafts.load_document(DocumentKey("invoice", no))
    return [line.no or line.description for line in document.lines] if document else []


def place(answer: httpx.Response) -> str:
    return answer.headers.get("location", "")


async def test_what_is_shipped_is_offered_by_order(clerk: Browser) -> None:
    shown = await clerk.get(PAGE)
    assert shown.status_code == 200
    assert "Order SO-1" in shown.text and "Order SO-2" in shown.text and "SO-3" not in shown.text
    assert shown.text.count('name="line"') == 3
    assert 'data-amount="200000000"' in shown.text  # 4 pumps at 500.00
    found = await clerk.get(f"{PAGE}?q=lina")
    assert found.text.count('name="line"') == 1


async def test_chosen_lines_are_added_and_told(clerk: Browser) -> None:
    await clerk.get(PAGE)
    added = await clerk.post(PAGE, {"line": ["S-1:10000", "S-2:20000"], "q": ""})
    assert (added.status_code, place(added)) == (303, "/service-invoices/SI-1")
    assert await lines_of() == ["Shipment S-1:", "PUMP", "Shipment S-2:", "FILTER"]
    assert "2 lines were added." in (await clerk.get(place(added))).text


@pytest.mark.once
@pytest.mark.parametrize(
    ("group", "wanted"),
    [
        ({"order": "SO-2"}, ["Shipment S-2:", "LINA", "FILTER"]),
        ({"shipment": "S-1"}, ["Shipment S-1:", "PUMP"]),
        ({"all": "1"}, ["Shipment S-1:", "PUMP", "Shipment S-2:", "LINA", "FILTER"]),
        ({"all": "1", "q": "lina"}, ["Shipment S-2:", "LINA"]),
    ],
)
async def test_without_script_a_group_stands_for_its_lines(
    clerk: Browser, group: dict[str, str], wanted: list[str]
) -> None:
    await clerk.get(PAGE)
    assert (await clerk.post(PAGE, group)).status_code == 303
    assert await lines_of() == wanted


@pytest.mark.once
async def test_a_refusal_says_everything_and_keeps_the_choice(clerk: Browser) -> None:
    await clerk.get(PAGE)
    refused = await clerk.post(PAGE, {"line": ["S-1:10000", "S-3:10000"]})
    assert refused.status_code == 422
    assert "Currency" in refused.text and "S-3" in refused.text
    assert refused.text.count(" checked") == 1
    assert await lines_of() == []


@pytest.mark.once
@pytest.mark.parametrize("line", ["", ":", "S-1", "S-1:x", "S-1:-1", ":10000", "S-1:99999999999", "x" * 200 + ":1"])
async def test_nonsense_is_no_choice(clerk: Browser, line: str) -> None:
    await clerk.get(PAGE)
    refused = await clerk.post(PAGE, {"line": line})
    assert refused.status_code == 422
    assert await lines_of() == []


async def test_what_another_invoice_holds_is_shown_with_a_link(clerk: Browser) -> None:
    await new_invoice("SI-2")
    await clerk.get(PAGE)
    assert (await clerk.post(PAGE, {"line": "S-1:10000"})).status_code == 303
    other = await clerk.get("/service-invoices/SI-2/shipment-lines")
    assert 'href="/service-invoices/SI-1">4 on invoice SI-1</a>' in other.text
    assert other.text.count(" disabled") >= 2


async def test_an_invoice_without_payer_or_that_is_released_takes_none(clerk: Browser) -> None:
    accept(await drafts.release(POLLY, DocumentKey("invoice", "SI-1"))) if await _with_line() else None
    shown = await clerk.get(PAGE)
    assert "it is released" in shown.text


async def _with_line() -> bool:
    key = DocumentKey("invoice", "SI-1")
    accept(await drafts.add_line(POLLY, key, {"type": "resource", "no": "LINA", "quantity": D(1)}))
    return True


async def test_a_lost_invoice_discount_is_told_until_it_is_entered(clerk: Browser) -> None:
    """D-50: on the page and by the panel, whenever one looks."""
    order, lost = DocumentKey("order", "SO-1"), "Enter 40.00 as invoice discount"
    accept(await drafts.set_invoice_discount(POLLY, order, D(40)))
    await clerk.get(PAGE)
    added = await clerk.post(PAGE, {"line": "S-1:10000"})
    assert place(added) == "/service-invoices/SI-1"
    for _ in range(2):
        assert lost in (await clerk.get("/service-invoices/SI-1")).text
    panel = await clerk.get("/service-invoices/SI-1/panel")
    assert "40.00 of that is not carried over" in panel.text
    assert 'href="/service-invoices/SI-1/invoice-discount/amount#f-inv_discount_amount"' in panel.text
    accept(await drafts.set_invoice_discount(POLLY, DocumentKey("invoice", "SI-1"), D(15)))
    assert "25.00 of that is not carried over" in (await clerk.get("/service-invoices/SI-1")).text
    done = await clerk.post("/service-invoices/SI-1/lost-discount", {})
    assert done.status_code == 303
    (row,) = await database_rows(
        "SELECT SUM(inv_discount_amount) AS x FROM service_line WHERE document_type = 'invoice'"
    )
    assert int(row["x"]) == 4_000_000
    assert "as invoice discount" not in (await clerk.get("/service-invoices/SI-1")).text
    assert "not carried over" not in (await clerk.get("/service-invoices/SI-1/panel")).text


async def test_a_part_of_a_line_loses_a_part_of_the_discount(clerk: Browser) -> None:
    accept(await drafts.set_invoice_discount(POLLY, DocumentKey("order", "SO-1"), D(40)))
    await clerk.get(PAGE)
    await clerk.post(PAGE, {"line": "S-1:10000"})
    key = DocumentKey("invoice", "SI-1")
    document = await drafts.load_document(key)
    assert document is not None
    line = document.lines[-1]
    accept(await drafts.change_line(POLLY, key, line.line_no, {"quantity": line.quantity / 2}))
    assert "Enter 20.00 as invoice discount" in (await clerk.get("/service-invoices/SI-1")).text


# --- all that a customer has ------------------------------------------------------------------------------------------


async def test_one_click_opens_an_invoice_for_all_that_is_open(clerk: Browser) -> None:
    home = await clerk.get("/")
    assert "Combine shipments" in home.text and "<b>2</b> with shipments to invoice" in home.text
    waiting = await clerk.get("/shipments-to-invoice")
    assert waiting.text.count("Create invoice") == 2
    values: dict[str, Any] = {"customer_no": "C-GOOD", "currency_code": ""}
    made = await clerk.post("/shipments-to-invoice", values)
    assert made.status_code == 303
    no = place(made).rsplit("/", 1)[1]
    assert await lines_of(no) == ["Shipment S-1:", "PUMP", "Shipment S-2:", "LINA", "FILTER"]
    again = await clerk.post("/shipments-to-invoice", values)
    assert again.status_code == 422
    assert f'href="/service-invoices/{no}"' in again.text and "All on open invoices" in again.text
    assert (await clerk.get("/service-orders/SO-1")).text.count("Invoice its open shipments") == 1


async def test_the_invoices_of_an_order_include_combined_ones(clerk: Browser) -> None:
    """D-139, D-98, worked example 22."""
    await clerk.get(PAGE)
    await clerk.post(PAGE, {"all": "1"})
    result = await post_document(POLLY, DocumentKey("invoice", "SI-1"), REQUESTS["ship_and_invoice"])
    assert result.ok
    for order, amount in (("SO-1", "2,000.00"), ("SO-2", "294.95")):
        shown = await clerk.get(f"/service-orders/{order}/invoices")
        assert "I-1" in shown.text and amount in shown.text and "with 1 other order" in shown.text
        closed = await clerk.get(f"/service-orders/{order}/closed")
        assert 'href="/posted-service-invoices/I-1"' in closed.text
    invoice = await clerk.get("/posted-service-invoices/I-1")
    assert 'href="/posted-service-shipments/S-1"' in invoice.text
    assert 'href="/posted-service-shipments/S-2"' in invoice.text
    assert await faults() == []


@pytest.mark.once
async def test_who_may_only_read_is_offered_nothing(clerk: Browser) -> None:
    await clerk.sign_in("VERA")
    assert (await clerk.get(PAGE)).status_code == 403
    assert "Create invoice" not in (await clerk.get("/shipments-to-invoice")).text
    assert (await clerk.post("/shipments-to-invoice", {"customer_no": "C-GOOD"})).status_code == 403

"""The log of a document: what happened while it was open stays in sight after it is gone (D-99)."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

import pytest

from db.engine import transaction
from tests.builders import TODAY, D, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ORDER, accept, enter_company, enter_order
from webapp.posting.document_events import MOST, told
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.acting import Acting
from webapp.store.document_log import Event, open_log_of
from webapp.store.posting import post_document

CLARA, POLLY = (Acting(name, role, TODAY) for name, role in (("CLARA", "clerk"), ("POLLY", "poster")))


def said(events: Sequence[Event]) -> list[tuple[str, str, str, int]]:
    changes = (f"{one.before} > {one.text}" if one.before else one.text for one in events)
    return [(one.name, one.user_name, change, one.times) for one, change in zip(events, changes, strict=True)]


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
async def company(database: str) -> None:
    await enter_company(pack())


async def test_an_order_tells_who_changed_what(company: None) -> None:
    """Each save is one event of a kind, and lines changed in a row are one; what follows by calculation is not told."""
    made = await drafts.create_document(CLARA, "order", {"customer_no": "C-GOOD"})
    key = made.key
    assert key is not None
    accept(await drafts.add_line(CLARA, key, {"type": "item", "no": "PUMP", "quantity": D(2)}))
    accept(await drafts.add_line(CLARA, key, {"type": "resource", "no": "LINA", "quantity": D(1)}))
    accept(await drafts.change_line(CLARA, key, 10000, {"quantity": D(3)}))
    accept(await drafts.change_line(CLARA, key, 20000, {"unit_price": D("12.5")}))
    accept(await drafts.change_line(POLLY, key, 10000, {"line_discount_pct": D(10)}))
    accept(await drafts.change_line(POLLY, key, 10000, {"qty_to_ship": D(1)}))
    accept(await drafts.change_header(POLLY, key, {"status": "in_process"}))
    accept(await drafts.delete_line(POLLY, key, 20000))
    accept(await drafts.change_header(POLLY, key, {"bill_to_customer_no": "C-DISC"}, answer="yes"))
    events = said(await open_log_of(key))
    price = next(text for name, _, text, _ in events if name == "Lines added")
    assert price.startswith("10000 Item PUMP, 2 ") and "; 20000 Resource LINA, 1 " in price
    assert [(name, user, times) for name, user, _, times in events[:3]] == [
        ("Order created", "CLARA", 1),
        ("Lines added", "CLARA", 2),
        ("Lines changed", "CLARA", 2),
    ]
    assert re.fullmatch(r"10000: Quantity 2 → 3; 20000: Unit price [\d.]+ → 12.5", events[2][2])
    assert events[3] == ("Lines changed", "POLLY", "10000: Line discount % blank → 10", 1) or "→ 10" in events[3][2]
    assert events[4] == ("Status changed", "POLLY", "Pending > In process", 1)
    assert events[5][:2] == ("Lines deleted", "POLLY") and events[5][2].startswith("20000 Resource LINA, 1")
    assert events[6] == ("Bill-to changed", "POLLY", "C-GOOD > C-DISC", 1)


async def test_machines_and_their_repair_status(company: None) -> None:
    async with transaction() as session:
        sql = "INSERT INTO repair_status (code, description, service_order_status, posting_allowed) VALUES (?, ?, ?, ?)"
        await session.execute(sql, "WORK", "At work", "in_process", True)
    key = await enter_order("C-GOOD", ["10000 item PUMP qty 4"], ["10000 MIXER"])
    accept(await drafts.change_item_line(CLARA, key, 10000, {"repair_status_code": "WORK", "serial_no": "9"}))
    events = said(await open_log_of(key))
    assert [name for name, *_ in events] == [
        "Order created", "Service items added", "Lines added",
        "Status changed", "Repair status changed", "Service items changed",
    ]  # fmt: skip
    assert events[1][2].startswith("MIXER") and events[4][2].startswith("MIXER") and events[4][2].endswith(" → WORK")
    assert re.search(r"^MIXER.*: Serial no\. .* → 9$", events[5][2])


async def test_the_log_outlives_the_order(browser: Browser) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 4"])
    accept(await drafts.change_line(CLARA, ORDER, 10000, {"quantity": D(6)}))
    posted = await post_document(POLLY, ORDER, REQUESTS["ship_and_invoice"])
    assert posted.ok, posted.findings
    await browser.sign_in("VERA")
    for kind, no in ((one.kind, one.no) for one in posted.posted):
        shown = await browser.get(f"/posted-service-{kind}s/{no}")
        assert 'href="/service-orders/SO-1/log"' in shown.text
    log = text_of((await browser.get("/service-orders/SO-1/log")).text)
    for words in ("Log of order SO-1", "10000: Quantity 4 → 6", "CLARA", "Invoice posted", "Order closed", "POLLY"):
        assert words in log
    assert (await browser.get("/service-orders/SO-9/log")).status_code == 404


async def test_an_invoice_made_by_hand_keeps_its_log_too(browser: Browser) -> None:
    await enter_company(pack(service_setup={"shipment_on_invoice": True}))
    made = await drafts.create_document(CLARA, "invoice", {"customer_no": "C-GOOD"})
    assert made.key is not None
    accept(await drafts.add_line(CLARA, made.key, {"type": "resource", "no": "LINA", "quantity": D(1)}))
    posted = await post_document(POLLY, made.key, REQUESTS["ship_and_invoice"])
    assert posted.ok, posted.findings
    await browser.sign_in("VERA")
    invoice = next(one.no for one in posted.posted if one.kind == "invoice")
    path = f"/service-invoices/{made.key.no}/log"
    assert f'href="{path}"' in (await browser.get(f"/posted-service-invoices/{invoice}")).text
    assert "Lines added" in (await browser.get(path)).text


async def test_a_deleted_document_is_remembered(browser: Browser) -> None:
    await enter_company(pack())
    key = await enter_order("C-GOOD", ["10000 item PUMP qty 4"])
    accept(await drafts.delete_document(CLARA, key))
    await browser.sign_in("VERA")
    assert "Order deleted" in (await browser.get(f"/service-orders/{DocumentKey('order', key.no).no}/log")).text


def test_a_long_text_says_how_much_more_there_is() -> None:
    assert told([]) == "" and told(["one", "two"]) == "one; two"
    many = told([f"{at} Item PUMP, 1 PCS" for at in range(10000, 400000, 10000)])
    assert len(many) <= MOST and re.search(r"; and \d+ more$", many)
    assert len(told(["x" * 400])) == MOST

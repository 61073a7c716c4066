"""Copy document: open and posted documents into open ones, with what is left behind told (D-42)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from db.engine import transaction
from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, accept, enter_company, enter_order
from webapp.posting.copying import SOURCES
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.combined_invoices import take_shipment_lines
from webapp.store.copying import copy_document
from webapp.store.posting import post_document
from webapp.store.snapshots import Document

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases

LINES = (("item", "PUMP", 2), ("resource", "LINA", 3))


@pytest.fixture
async def poster(browser: Browser) -> Browser:
    await enter_company(pack())
    await browser.sign_in("POLLY")
    return browser


async def made(kind: str, customer: str = "C-GOOD", lines: tuple[Any, ...] = LINES, **values: Any) -> DocumentKey:
    saved = accept(await drafts.create_document(ANNA, kind, {"customer_no": customer, **values}))
    assert saved.key
    for line_type, no, quantity in lines:
        accept(await drafts.add_line(ANNA, saved.key, {"type": line_type, "no": no, "quantity": Decimal(quantity)}))
    return saved.key


async def loaded(key: DocumentKey) -> Document:
    document = await drafts.load_document(key)
    assert document
    return document


async def posted(key: DocumentKey) -> str:
    result = await post_document(ANNA, key, REQUESTS["ship_and_invoice"])
    assert result.ok, result.findings
    return result.posted[-1].no


async def source_of(kind: str) -> str:
    """A document of this kind with two lines, discounted and described."""
    if not kind.startswith("posted"):
        key = await made(kind)
    else:
        key = await made({"posted_shipment": "order", "posted_invoice": "invoice"}.get(kind, "credit_memo"))
    values = {"line_discount_pct": Decimal(10), "description": "As agreed"}
    accept(await drafts.change_line(ANNA, key, 10000, values))
    accept(await drafts.add_line(ANNA, key, {"type": "blank", "description": "With thanks"}))
    if not kind.startswith("posted"):
        return key.no
    result = await post_document(ANNA, key, REQUESTS["ship_and_invoice"])
    assert result.ok, result.findings
    return result.posted[0].no


@pytest.mark.parametrize("target", ["order", "invoice", "credit_memo"])
@pytest.mark.parametrize("kind", SOURCES)
async def test_any_document_is_copied_into_any_open_one(poster: Browser, kind: str, target: str) -> None:
    no = await source_of(kind)
    key = await made(target, lines=())
    saved = accept(await copy_document(ANNA, key, kind, no))
    lines = [line for line in (await loaded(key)).lines if not line.is_text]
    assert [(one.type, one.no, one.quantity) for one in lines] == [("item", "PUMP", 2), ("resource", "LINA", 3)]
    assert (lines[0].description, lines[0].line_discount_pct) == ("As agreed", 10)
    assert [one.description for one in (await loaded(key)).lines if one.is_text] == ["With thanks"]
    assert not any(one.quantity_shipped or one.quantity_invoiced or one.shipment_no for one in lines)
    takes_back = kind == "posted_invoice" and target == "credit_memo"
    assert [one.invoice_no for one in lines] == [no if takes_back else ""] * 2
    assert (await loaded(key)).header.applies_to_doc_no == (no if takes_back else "")
    assert all(found.code == "copy_link_lost" for found in saved.notices)
    await posted(key)
    assert await faults() == []


async def test_a_header_comes_along_with_the_dates_of_its_own(poster: Browser) -> None:
    no = (await made("order", "C-GOOD", your_reference="Bed 4")).no
    key = await made("invoice", "C-EURO", lines=())
    accept(await copy_document(ANNA, key, "order", no, include_header=True))
    header = (await loaded(key)).header
    assert (header.customer_no, header.your_reference, header.posting_date) == ("C-GOOD", "Bed 4", TODAY)
    assert (header.document_type, header.no, header.posting_description) == ("invoice", key.no, f"Invoice {key.no}")
    await posted(key)


async def test_a_header_does_not_come_over_lines(poster: Browser) -> None:
    no, key = (await made("order")).no, await made("invoice")
    before = await loaded(key)
    refused = await copy_document(ANNA, key, "order", no, include_header=True)
    assert [found.code for found in refused.findings] == ["copy_header_over_lines"]
    assert (await loaded(key)).lines == before.lines
    accept(await copy_document(ANNA, key, "order", no))
    assert [line.line_no for line in (await loaded(key)).lines] == [10000, 20000, 30000, 40000]


async def test_prices_are_those_of_the_other_document_or_those_of_now(poster: Browser) -> None:
    source = await made("invoice")
    price = (await loaded(source)).lines[0].unit_price
    accept(await drafts.change_line(ANNA, source, 10000, {"unit_price": Decimal("1.23")}))
    key = await made("invoice", lines=())
    accept(await copy_document(ANNA, key, "invoice", source.no))
    accept(await copy_document(ANNA, key, "invoice", source.no, recalculate=True))
    lines = (await loaded(key)).lines
    assert [line.unit_price for line in (lines[0], lines[2])] == [Decimal("1.23"), price]


async def test_links_to_shipments_are_left_behind_and_told(poster: Browser) -> None:
    order = await enter_order("C-GOOD", ["10000 resource LINA qty 4"])
    shipped = await post_document(ANNA, order, REQUESTS["ship"])
    combined, key = await made("invoice", lines=()), await made("invoice", lines=())
    got = await take_shipment_lines(ANNA, combined, [(shipped.posted[0].no, 10000)])
    assert got.ok
    saved = accept(await copy_document(ANNA, key, "invoice", combined.no))
    assert [found.code for found in saved.notices] == ["copy_link_lost"]
    assert "shipment is not copied (lines " in saved.notices[0].message
    assert [line.shipment_no for line in (await loaded(key)).lines] == [""]


async def test_what_an_invoice_was_copied_for_is_not_credited_twice(poster: Browser) -> None:
    invoice = await posted(await made("invoice"))
    first, second = await made("credit_memo", lines=()), await made("credit_memo", lines=())
    for key in (first, second):
        accept(await copy_document(ANNA, key, "posted_invoice", invoice))
    await posted(first)
    result = await post_document(ANNA, second, REQUESTS["ship_and_invoice"])
    assert "credited_too_much" in [found.code for found in result.findings]


async def test_a_clerk_copies_from_the_page(poster: Browser) -> None:
    no, key = (await made("order")).no, await made("credit_memo", lines=())
    path = f"/service-credit-memos/{key.no}"
    assert f"{path}/copy" in (await poster.get(path)).text
    asked = await poster.get(f"{path}/copy")
    assert f"kind=order&amp;source={no}" in asked.text
    assert 'data-lookup="/look-up/documents/credit_memo"' in asked.text
    found = await poster.get(f"/look-up/documents/order?q={no.lower()}&id=f-source_no-list")
    assert f'data-value="{no}"' in found.text and "<html" not in found.text
    assert (await poster.get("/look-up/documents/quote?q=1")).status_code == 404
    assert f'value="{no}"' in (await poster.get(f"{path}/copy?kind=order&source={no}")).text
    done = await poster.post(f"{path}/copy", {"source_kind": "order", "source_no": no, "recalculate": "yes"})
    assert done.status_code == 303
    assert f"Order {no} is copied, without its header." in (await poster.get(path)).text
    assert len((await loaded(key)).lines) == 2


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"source_kind": "order", "source_no": "NONE"}, "There is no order NONE."),
        ({"source_kind": "order", "source_no": ""}, "No."),
        ({"source_kind": "quote", "source_no": "X"}, "Copy from"),
        ({"source_kind": "posted_shipment", "source_no": "x" * 300}, "No."),
    ],
)
@pytest.mark.once
async def test_what_cannot_be_copied_is_told(poster: Browser, form: dict[str, str], said: str) -> None:
    key = await made("invoice", lines=())
    answer = await poster.post(f"/service-invoices/{key.no}/copy", form)
    assert answer.status_code == 422 and said in answer.text
    assert (await loaded(key)).lines == ()


async def refusal(key: DocumentKey, kind: str, no: str, **how: bool) -> list[str]:
    before = await loaded(key)
    refused = await copy_document(ANNA, key, kind, no, **how)
    assert await loaded(key) is before
    return [found.code for found in refused.findings]


async def test_why_a_document_is_not_copied(poster: Browser) -> None:
    key, source = await made("order"), await made("invoice", "C-EURO")
    assert await refusal(key, "order", "NONE") == ["copy_source_missing"]
    assert await refusal(key, "quote", "SO-1") == ["copy_source_missing"]
    assert await refusal(key, "invoice", source.no) == ["copy_priced_otherwise"]
    assert await refusal(key, "invoice", (await made("invoice", lines=())).no) == ["copy_nothing"]
    accept(await copy_document(ANNA, key, "invoice", source.no, recalculate=True))
    accept(await drafts.release(ANNA, key))
    assert await refusal(key, "invoice", source.no, recalculate=True) == ["copy_into_released"]


async def test_a_record_blocked_meanwhile_is_found_when_posting(poster: Browser) -> None:
    source, key = await made("invoice"), await made("order", lines=())
    async with transaction() as session:
        await session.execute("UPDATE item SET blocked = 1 = 1 WHERE no = 'PUMP'")
    accept(await copy_document(ANNA, key, "invoice", source.no, recalculate=True))
    result = await post_document(ANNA, key, REQUESTS["ship_and_invoice"])
    assert [found.code for found in result.findings] == ["item_blocked"]

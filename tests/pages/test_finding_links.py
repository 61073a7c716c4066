"""The link of a finding leads to a page on which the field that mends it stands (D-66)."""

from __future__ import annotations

import html
import re

import pytest

from db.engine import transaction
from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ANNA, ORDER, enter_company, enter_order
from webapp.pages.finding_links import linked
from webapp.posting.findings import finding
from webapp.posting.plan import REQUESTS
from webapp.posting.quantities import nothing_to_post
from webapp.store.acting import Acting
from webapp.store.batch_work import Worker
from webapp.store.batches import Selection, start_batch
from webapp.store.posting import plan_document, post_document

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases

POLLY = Acting("POLLY", "poster", TODAY)
LINES = ["10000 item PUMP qty 4", "20000 resource LINA qty 3", "30000 cost TRAVEL qty 1"]
# what goes wrong, the code that says so, where its link leads
FAULTS = (
    (
        "UPDATE customer SET blocked = 'all' WHERE no = 'C-GOOD'",
        "customer_blocked",
        "/service-orders/SO-1#f-customer_no",
    ),
    ("UPDATE item SET blocked = 1 = 1 WHERE no = 'PUMP'", "item_blocked", "/service-orders/SO-1#f-line-10000-no"),
    (
        "UPDATE service_setup SET fault_reason_mandatory = 1 = 1",
        "mandatory_field_empty",
        "/service-orders/SO-1/lines/10000#f-fault_reason_code",
    ),
    (
        "UPDATE service_setup SET service_order_start_mandatory = 1 = 1",
        "mandatory_field_empty",
        "/service-orders/SO-1/item-lines/10000#f-starting_date",
    ),
    (
        "UPDATE general_posting_setup SET sales = NULL",
        "account_empty",
        r"/set-up/general-posting-setup/\w+,\w+#f-sales",
    ),
    (
        "UPDATE customer_posting_group SET receivables = NULL",
        "account_empty",
        r"/set-up/customer-posting-groups/\w+#f-receivables",
    ),
    ("UPDATE service_cost SET account_no = NULL", "account_empty", "/set-up/service-costs/TRAVEL#f-account_no"),
    (
        "UPDATE service_item SET blocked = 'all'",
        "service_item_blocked",
        "/service-items/PRESS#f-blocked",
    ),
    (
        "UPDATE service_setup SET posted_invoice_nos = NULL",
        "series_missing",
        "/set-up/service-setup#f-posted_invoice_nos",
    ),
)


@pytest.mark.parametrize(("fault", "code", "place"), FAULTS, ids=[place for _, _, place in FAULTS])
async def test_a_link_leads_to_the_field(browser: Browser, fault: str, code: str, place: str) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", LINES, ["10000 PRESS"])
    async with transaction() as session:
        await session.execute("UPDATE service_line SET service_item_line_no = 10000 WHERE line_no = 10000")
        await session.execute(fault)
    plan = await plan_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])
    assert plan is not None
    links = {linked(found, ORDER).link for found in plan.findings if found.code == code}
    assert any(re.fullmatch(place, link) for link in links), links
    await browser.sign_in("ANNA")
    for link in links:
        path, _, name = link.partition("#")
        page = await browser.get(path)
        assert page.status_code == 200, link
        assert not name or f'id="{name}"' in page.text, link


async def test_a_link_into_a_document_that_was_posted_meanwhile_finds_the_field_there(browser: Browser) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", LINES[:1])
    assert (await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])).ok
    await browser.sign_in("ANNA")
    led = await browser.get("/service-orders/SO-1")
    assert led.headers["location"].endswith("/service-orders/SO-1/closed")
    closed = (await browser.get(led.headers["location"])).text
    (invoice,) = set(re.findall(r"/posted-service-invoices/([^\"]+)", closed))
    for path in (led.headers["location"], f"/posted-service-invoices/{invoice}"):
        text = (await browser.get(path)).text
        for name in ("f-customer_no", "f-bill_to_customer_no", "f-posting_date", "line-10000"):
            assert f'id="{name}"' in text, (path, name)


CARDS = (
    ("UPDATE customer SET blocked = 'all' WHERE no = 'C-GOOD'", "Open customer C-GOOD", "/customers/C-GOOD#f-blocked"),
    ("UPDATE item SET blocked = 1 = 1 WHERE no = 'PUMP'", "Open item PUMP", "/items/PUMP#f-blocked"),
    ("UPDATE gl_account SET blocked = 1 = 1", "", r"/set-up/gl-accounts/\w+#f-blocked"),
)


@pytest.mark.parametrize(("fault", "text", "place"), CARDS, ids=[place for _, _, place in CARDS])
async def test_what_blocks_is_a_link_away(browser: Browser, fault: str, text: str, place: str) -> None:
    """Beside the field of the order, which another record would mend, stands the record that is blocked."""
    await enter_company(pack())
    await enter_order("C-GOOD", LINES)
    async with transaction() as session:
        await session.execute(fault)
    await browser.sign_in("CLARA")
    page = (await browser.get("/service-orders/SO-1/panel?option=ship_and_invoice")).text
    (link, *_) = re.findall(f'<a href="({place})">{text or "[^<]* is blocked"}', page)
    card = await browser.get(link.partition("#")[0])
    assert card.status_code == 200 and 'id="f-blocked"' in card.text


async def test_a_missing_posting_setup_is_added_by_an_accountant_and_asked_of_one_by_others(browser: Browser) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", LINES)
    async with transaction() as session:
        await session.execute("DELETE FROM vat_posting_setup WHERE vat_prod_group = 'VAT25'")
        await session.execute("DELETE FROM general_posting_setup WHERE gen_prod_group = 'PARTS'")
        await session.execute("UPDATE app_user SET role = 'accountant' WHERE user_name = 'VERA'")
    await browser.sign_in("POLLY")
    page = (await browser.get("/service-orders/SO-1/panel")).text
    for name in ("General", "VAT"):
        assert f"Ask an accountant (Vera Viewer) to add it under Set-up, {name} posting setup." in page
    for path in ("posting", "preview", "test-report"):
        shown = (await browser.get(f"/service-orders/SO-1/{path}?option=ship_and_invoice")).text
        assert "Ask an accountant (Vera Viewer) to add it" in shown
        assert 'href="/service-orders/SO-1#f-line-10000-no"' in shown  # the line that wants it is a click away
    assert 'href="/service-orders/SO-1#f-line-10000-no"' in page
    assert not re.search(r'href="[^"]*(posting-setup|_prod_group)', page)  # no page that she may not use, no dead end
    begun = await start_batch(POLLY, "order", REQUESTS["ship_and_invoice"], Selection(nos=("SO-1",)))
    worker = Worker()
    run = await worker.take()
    assert run is not None
    await worker.run(run)
    await browser.sign_in("VERA")
    links = re.findall(r'href="([^"]*-posting-setup/new[^"]*)"', (await browser.get(f"/batches/{begun.no}")).text)
    assert set(links) == {
        "/set-up/vat-posting-setup/new?vat_bus_group=DOM&amp;vat_prod_group=VAT25",
        "/set-up/general-posting-setup/new?gen_bus_group=DOM&amp;gen_prod_group=PARTS",
    }
    for link in links:
        form = (await browser.get(html.unescape(link))).text
        keys = dict(re.findall(r'value="(\w*)"[^>]* name="(\w+_group)"', form)[:2])
        assert set(keys) in ({"DOM", "VAT25"}, {"DOM", "PARTS"})


def test_without_a_field_there_is_no_link() -> None:
    assert linked(nothing_to_post("SO-1"), ORDER).link == ""
    elsewhere = finding("field_required", field="posting_date", link="/x")
    assert linked(elsewhere, ORDER).link == "/x"
    nowhere = finding("field_required", field="made_up", table="service_header", record="SO-1")
    assert linked(nowhere, ORDER).link == ""


async def test_what_several_lines_have_in_common_is_told_once_with_a_link_to_each(browser: Browser) -> None:
    """And counted once, wherever it is; what set-up mends leads to the lines that want it, too."""
    await enter_company(pack())
    await enter_order("C-GOOD", LINES)
    async with transaction() as session:
        await session.execute("UPDATE service_setup SET fault_reason_mandatory = 1 = 1")
        await session.execute("UPDATE general_posting_setup SET sales = NULL")
        await session.execute("UPDATE service_line SET gen_prod_group = 'PARTS'")
    await browser.sign_in("POLLY")
    for path in ("panel", "preview", "test-report"):
        page = (await browser.get(f"/service-orders/SO-1/{path}?option=ship_and_invoice")).text
        summary = page.partition('<dl class="facts">')[0]
        fields = re.findall(r'href="/service-orders/SO-1/lines/(\d+)#f-fault_reason_code" aria-label="Line', summary)
        assert sorted(fields) == ["10000", "20000", "30000"], path
        assert summary.count("Fault reason code must be filled in") == 1 and "2 problems" in summary, path
        places = re.findall(r'href="/service-orders/SO-1#f-line-(\d+)-no" aria-label="Line', summary)
        assert sorted(places) == ["10000", "20000"], path

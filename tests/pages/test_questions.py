"""Changes of the header that delete or rebuild lines are asked about first (D-20, D-21)."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal as D

import pytest

from tests.builders import pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ORDER, enter_company, enter_order
from webapp.store.drafts import load_document

pytestmark = pytest.mark.once
LINES = ["10000 item PUMP qty 4", "20000 resource LINA qty 3", "30000 cost TRAVEL qty 1"]


async def test_a_change_that_deletes_lines_is_asked_about_once_and_kept_out_by_default(browser: Browser) -> None:
    """D-20: one question with what would change, and the first button changes nothing."""
    await enter_company(pack())
    await enter_order("C-GOOD", LINES, ["10000 PRESS"])
    await browser.sign_in("CLARA")
    form = {"shown": '{"customer_no": "C-GOOD"}', "customer_no": "C-EU"}
    await browser.get("/service-orders/SO-1")
    asked = await browser.post("/service-orders/SO-1/header", form)
    assert asked.status_code == 422
    question = asked.text.partition('id="question"')[2].partition("</section>")[0]
    assert "Change customer no. from C-GOOD to C-EU?" in question
    assert "3 service lines and 1 service item line are deleted." in question
    assert re.findall(r'name="_confirmed" value="(\w+)"', question) == ["no", "yes"]
    assert "There is one problem" not in asked.text and 'id="f-customer_no-fault"' not in asked.text
    kept = await browser.post("/service-orders/SO-1/header", {**form, "_confirmed": "no"})
    assert kept.status_code == 303
    order = await load_document(ORDER)
    assert order is not None and (order.header.customer_no, len(order.lines)) == ("C-GOOD", 3)
    sure = await browser.post("/service-orders/SO-1/header", {**form, "_confirmed": "yes"})
    assert sure.status_code == 303
    order = await load_document(ORDER)
    assert order is not None and (order.header.customer_no, order.lines) == ("C-EU", ())


async def test_a_new_payer_shows_old_and_new_prices_and_may_leave_them(browser: Browser) -> None:
    made = pack()
    price = {"product_type": "item", "product_no": "PUMP", "customer_no": "C-EU", "unit_price": 99}
    made["price_list_lines"] = [{**price, "starting_date": "2020-01-01"}]
    await enter_company(made)
    await enter_order("C-GOOD", LINES)
    await browser.sign_in("CLARA")
    form = {"shown": '{"bill_to_customer_no": "C-GOOD"}', "bill_to_customer_no": "C-EU"}
    asked = await browser.post("/service-orders/SO-1/header", form)
    question = asked.text.partition('id="question"')[2].partition("</section>")[0]
    assert re.search(r'<th scope="row">10000</th>.*?<td class="num">99.00</td>', question, re.S), question
    assert re.findall(r'name="_confirmed" value="(\w+)"', question) == ["no", "keep", "yes"]
    before = await load_document(ORDER)
    assert (await browser.post("/service-orders/SO-1/header", {**form, "_confirmed": "keep"})).status_code == 303
    after = await load_document(ORDER)
    assert before is not None and after is not None and after.header.bill_to_customer_no == "C-EU"
    assert [line.unit_price for line in after.lines] == [line.unit_price for line in before.lines]


async def test_a_new_status_stands_in_the_bar_at_once(browser: Browser) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", LINES)
    await browser.sign_in("CLARA")
    await browser.get("/service-orders/SO-1")
    form = {"shown": '{"status": "pending"}', "status": "on_hold"}
    answer = await browser.post("/service-orders/SO-1/header", form, **{"HX-Request": "true"})
    partial = answer.text.partition('<hx-partial hx-target="#document-chips"')[2].partition("</hx-partial>")[0]
    assert "On hold" in partial


RATES = {("EUR", date(2025, 3, 15)): {"exchange_amount": D(100), "relational_amount": D(750)}}
LATER = {"shown": '{"posting_date": "10/03/2025"}', "posting_date": "20/03/2025"}


async def test_a_posting_date_with_another_rate_asks_and_takes_it_only_when_told(browser: Browser) -> None:
    """D-12, P-144: first the answer that changes nothing, then the one that leaves the rate."""
    await enter_company(pack(currency_rates=RATES))
    await enter_order("C-EURO", LINES)
    await browser.sign_in("CLARA")
    asked = await browser.post("/service-orders/SO-1/header", LATER)
    question = asked.text.partition('id="question"')[2].partition("</section>")[0]
    assert asked.status_code == 422 and "Change posting date from 10/03/2025 to 20/03/2025?" in question
    assert "The exchange rate of EUR on 20/03/2025 is 750 for 100; the document has 746.03 for 100." in question
    assert re.findall(r'name="_confirmed" value="(\w+)"', question) == ["no", "keep", "yes"]
    assert "Keep 10/03/2025" in question and "Change it and keep the rate" in question
    for answer, day, rate in (("no", 10, D("746.03")), ("keep", 20, D("746.03"))):
        assert (await browser.post("/service-orders/SO-1/header", {**LATER, "_confirmed": answer})).status_code == 303
        order = await load_document(ORDER)
        assert order is not None
        assert (order.header.posting_date, order.header.relational_amount) == (date(2025, 3, day), rate)
    back = {"shown": '{"posting_date": "20/03/2025"}', "posting_date": "21/03/2025", "_confirmed": "yes"}
    assert (await browser.post("/service-orders/SO-1/header", back)).status_code == 303
    order = await load_document(ORDER)
    assert order is not None and order.header.relational_amount == 750

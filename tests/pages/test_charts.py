"""Bars of sales and cost, and where they stand on their pages (D-113, D-115)."""

from __future__ import annotations

import html
import re
from decimal import Decimal as D

import pytest

from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import enter_company, enter_order
from webapp.pages.charts import Bar, pairs_of
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import ZERO
from webapp.posting.statistics import Statistics
from webapp.store.acting import Acting
from webapp.store.posting import post_document

POLLY = Acting("POLLY", "poster", TODAY)


def figures(sales: str, cost: str) -> Statistics:
    return Statistics(ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, D(sales), D(cost))


def test_the_longest_bar_fills_the_width() -> None:
    item, work = pairs_of(
        [("Item", figures("200", "50")), ("Cost", figures("0", "0")), ("Work", figures("100", "150"))]
    )
    assert (item.sales, item.cost, item.zero) == (Bar(D(0), D(100)), Bar(D(0), D(25)), 0)
    assert (work.name, work.sales, work.cost) == ("Work", Bar(D(0), D(50)), Bar(D(0), D(75)))


def test_what_is_below_nothing_goes_to_the_left() -> None:
    (one,) = pairs_of([("All", figures("-100", "300"))])
    assert (one.zero, one.sales, one.cost) == (25, Bar(D(0), D(25)), Bar(D(25), D(75)))
    assert pairs_of([("All", figures("0", "0"))]) == []


def words(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.once
async def test_an_order_and_its_invoice_show_the_same_bars(browser: Browser) -> None:
    """D-116: a loss is called one; the figures of an order are those of its invoice."""
    await enter_company(pack())
    key = await enter_order("C-GOOD", ["10000 item PUMP qty 1 price 10", "20000 resource LINA qty 2 price 80"])
    await browser.sign_in("POLLY")
    said = words((await browser.get("/service-orders/SO-1/statistics")).text)
    assert "Sales and cost by type of line" in said
    chart = re.compile(r"Item (\S+), cost (\S+): loss (\S+) Resource (\S+), cost (\S+): profit (\S+)")
    before = chart.search(said)
    assert before is not None, said
    assert (await post_document(POLLY, key, REQUESTS["ship_and_invoice"])).ok
    answer = (await browser.get("/posted-service-invoices/I-1")).text
    after = chart.search(words(answer))
    assert after is not None and after.groups() == before.groups()
    assert answer.count('class="bar-sales"') == 4  # the key, all lines, items, resources
    assert "style=" not in answer

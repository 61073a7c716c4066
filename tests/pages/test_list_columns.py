"""Columns that a user chooses, and a filter for each of them (D-108, D-109)."""

from __future__ import annotations

import csv
import html
import io
import re
from urllib.parse import parse_qsl, urlencode

import pytest

from tests.builders import pack
from tests.pages.conftest import Browser
from tests.pages.test_receivables import text_of
from tests.posting.worlds import ANNA, accept, enter_company
from webapp.pages import customer_ledger, ledgers
from webapp.pages.posted_kinds import KINDS_OF
from webapp.posting.plan import REQUESTS
from webapp.store import drafts
from webapp.store.ledgers import LEDGERS
from webapp.store.posting import post_document

INVOICES = "/posted-service-invoices"


@pytest.fixture
async def viewer(browser: Browser) -> Browser:
    """I-1 of 100.00, I-2 of 200.00, both of C-GOOD, and I-3 of 100.00 EUR of C-EURO."""
    await enter_company(pack(customers={"C-GOOD": {"name": "Mill Köln"}}))
    for customer, quantity in (("C-GOOD", 1), ("C-GOOD", 2), ("C-EURO", 1)):
        head = {"customer_no": customer, "your_reference": f"Ref {quantity}"}
        saved = accept(await drafts.create_document(ANNA, "invoice", head))
        assert saved.key
        values = {"type": "resource", "no": "LINA", "quantity": quantity, "unit_price": 80}
        accept(await drafts.add_line(ANNA, saved.key, values))
        assert (await post_document(ANNA, saved.key, REQUESTS["ship_and_invoice"])).ok
    await browser.sign_in("VERA")
    return browser


def heads(page: str) -> list[str]:
    head = page.partition("<thead>")[2].partition("</thead>")[0]
    return [" ".join(html.unescape(re.sub("<[^>]+>", " ", one)).split()) for one in head.split("</th>")][1:-1]


async def choose(browser: Browser, *columns: str, query: str = "", do: str = "show") -> str:
    values = {"path": INVOICES, "query": query, "column": list(columns), "do": do}
    answer = await browser.post("/list-columns", values)
    assert answer.status_code == 303
    return str(answer.headers["location"])


async def test_columns_are_chosen_exported_kept_with_a_view_and_taken_back(viewer: Browser) -> None:
    standard = heads((await viewer.get(INVOICES)).text)
    assert "Amount" in standard and "Your reference" not in standard
    link = re.search(r'href="(/list-columns[^"]*)"', (await viewer.get(f"{INVOICES}?customer_no=C-GOOD")).text)
    assert link and "customer_no%3DC-GOOD" in link[1]
    form = await viewer.get(html.unescape(link[1]))
    assert 'value="your_reference"> Your reference' in form.text and 'value="amount" checked' in form.text

    back = await choose(viewer, "your_reference", "amount", "nonsense", query="customer_no=C-GOOD")
    assert back == f"{INVOICES}?customer_no=C-GOOD"
    shown = await viewer.get(back)
    assert heads(shown.text) == ["No.", "Amount", "Your reference"] and "Ref 2" in shown.text
    file = (await viewer.get(f"{INVOICES}.csv?customer_no=C-GOOD")).content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(file)))[:2] == [
        ["No.", "Amount", "Your reference"],
        ["I-2", "160.00000", "Ref 2"],
    ]

    hidden = dict(re.findall(r'name="(path|query)" value="([^"]*)"', shown.text))
    await viewer.post("/saved-views", {**hidden, "query": html.unescape(hidden["query"]), "name": "Mine"})
    await choose(viewer, do="standard")
    page = (await viewer.get(INVOICES)).text
    assert heads(page) == standard
    (view,) = re.findall(r'<a href="([^"]*)">Mine', page)
    assert heads((await viewer.get(html.unescape(view))).text) == ["No.", "Amount", "Your reference"]
    assert (await viewer.post("/list-columns", {"path": "//evil.example", "column": "no"})).status_code == 404
    await choose(viewer, "your_reference")
    await viewer.sign_in("CLARA")
    assert heads((await viewer.get(INVOICES)).text) == standard


async def test_every_column_is_filtered_by_its_kind(viewer: Browser) -> None:
    for typed, found in (
        ("amount_including_vat=100", "13"),
        ("amount_including_vat=150..", "2"),
        ("amount_including_vat=<>100", "2"),
        ("amount_including_vat=1e5", ""),
        ("remaining=100|200", "123"),
        ("posting_date=10-3-25..t", "123"),
        ("posting_date=<>2025-03-10", ""),
        ("due_date=..2025-04-08", ""),
        ("customer_name=mill*", "12"),
        ("customer_name=mill köln", "12"),
        ("currency_code=eur", "3"),
        ("currency_code=<>EUR", "12"),
        ("your_reference=ref 2", "2"),
        ("your_reference=*1", "13"),
        ("printed=0", "123"),
        ("printed=1..", ""),
        ("posting_run_no=99999999999999999999", ""),
        ("sending=sent", ""),
        ("eu_3_party_trade=true", "123"),  # no column of this list
    ):
        listed = (await viewer.get(f"{INVOICES}?{urlencode(parse_qsl(typed))}")).text
        assert "".join(dict.fromkeys(re.findall(r"/posted-service-invoices/I-(\d)\"", listed))) == found[::-1], typed
    wrong = await viewer.get(f"{INVOICES}?amount=much&due_date=31-02&totals=1")
    assert "Amount: “much” is not a number" in text_of(wrong) and "Due date" in text_of(wrong)
    assert (await viewer.get(f"{INVOICES}?amount=100..x&amount_including_vat=..")).status_code == 200
    chosen = text_of(await viewer.get("/print-runs/new?kind=invoice&amount_including_vat=150.."))
    assert "1 document" in chosen or "1 invoice" in chosen


def lists() -> list[tuple[str, str, list[str]]]:
    """Every list with a choice: its address, that of its file, and its filters."""
    posted = [(kind.path, f"{kind.path}.csv", kind.filters) for kind in KINDS_OF.values()]
    of_ledgers = [(f"/ledgers/{slug}", "/export.csv", ledgers.filters_of_ledger(one)) for slug, one in LEDGERS.items()]
    customers = (customer_ledger.PATH, f"{customer_ledger.PATH}.csv", customer_ledger.EVERY_FILTER)
    every = [*posted, *((path, path + end, filters) for path, end, filters in of_ledgers), customers]
    return [(path, file, [one.name for one in filters if one.name != "view"]) for path, file, filters in every]


async def test_every_list_shows_and_filters_every_column(viewer: Browser) -> None:
    """One look at each list with all its columns; some with all of its filters, for the database checks their kinds."""
    for path, file, names in lists():
        form = (await viewer.get(f"/list-columns?path={path}")).text
        columns = ",".join(re.findall(r'name="column" value="([a-z_0-9]+)"', form))
        everything = await viewer.get(f"{path}?columns={columns}")
        assert everything.status_code == 200, path
        assert "<thead>" not in everything.text or len(heads(everything.text)) >= columns.count(","), path
        assert (await viewer.get(f"{file}?columns={columns}")).status_code == 200, path
        for value in ("1", "0..9|<>2", "<>2025-03-10", "true", "x*"):
            asked = urlencode([(name, value) for name in names])
            assert (await viewer.get(f"{path}?{asked}")).status_code == 200, (path, value)

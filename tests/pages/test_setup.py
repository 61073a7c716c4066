"""Set-up and master pages: one mechanism for every table; nothing that was typed is lost."""

from __future__ import annotations

from decimal import Decimal
from unicodedata import normalize
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import TODAY
from tests.pages.conftest import Browser, put
from webapp.pages import setup
from webapp.pages.lists import Column, Filter, csv_file, neutral, read_asked
from webapp.pages.setup import MAIN, key_from_url, key_in_url, path_of
from webapp.store.acting import Acting
from webapp.store.masters import MASTERS, get_master

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases


@pytest.fixture
async def clerk(browser: Browser, masters: None) -> Browser:
    await browser.sign_in("CLARA")
    return browser


async def customer(no: str) -> dict[str, object]:
    row = await get_master(MASTERS["customers"], (no,))
    assert row is not None
    return row


@pytest.mark.parametrize(("name", "role"), [("VERA", "viewer"), ("ANNA", "accountant"), ("ADA", "admin")])
async def test_every_table_has_its_pages(browser: Browser, masters: None, name: str, role: str) -> None:
    await browser.sign_in(name)
    who = Acting(name, role, TODAY)
    for master in MASTERS.values():
        assert (await browser.get(path_of(master))).status_code == 200, master.slug
        if not master.single:
            wanted = 200 if who.may(master.permission) else 403
            assert (await browser.get(f"{path_of(master)}/new")).status_code == wanted, master.slug
            assert (await browser.get(f"{path_of(master)}.csv")).status_code == 200, master.slug


async def test_a_customer_is_added_and_changed(clerk: Browser) -> None:
    typed = {"no": "c-new", "name": "Lakeside Laundry", "credit_limit": "3*1.500,50", "blocked": "none"}
    answer = await clerk.post("/customers/new", {**typed, "combine_shipments": ["", "true"]})
    assert (answer.status_code, answer.headers["location"]) == (303, "/customers/C-NEW")
    page = await clerk.get("/customers/C-NEW")
    assert "Customer C-NEW is added." in page.text
    assert "is added" not in (await clerk.get("/customers/C-NEW")).text
    row = await customer("C-NEW")
    assert (row["name"], row["credit_limit"], row["combine_shipments"]) == ("Lakeside Laundry", Decimal("4501.5"), True)
    answer = await clerk.post("/customers/C-NEW", {"row_version": "1", "city": "Bath", "combine_shipments": ""})
    assert answer.status_code == 303
    row = await customer("C-NEW")
    assert (row["name"], row["city"], row["combine_shipments"]) == ("Lakeside Laundry", "Bath", False)


async def test_what_was_typed_stays_when_something_is_wrong(clerk: Browser) -> None:
    typed = {"no": "C-NEW", "name": "<b>Bold</b>", "credit_limit": "1e9", "country_code": "XX", "colour": "red"}
    answer = await clerk.post("/customers/new", typed)
    assert answer.status_code == 422
    assert "&lt;b&gt;Bold&lt;/b&gt;" in answer.text
    assert 'value="1e9"' in answer.text
    assert 'value="XX"' in answer.text
    assert 'href="#f-credit_limit"' in answer.text
    assert "colour is not a field here" in answer.text
    assert 'aria-invalid="true" aria-describedby="f-credit_limit-fault"' in answer.text
    assert await get_master(MASTERS["customers"], ("C-NEW",)) is None


async def test_what_the_store_refuses_stays_too(clerk: Browser) -> None:
    answer = await clerk.post("/customers/new", {"no": "C-GOOD", "name": "Twice", "country_code": "XX"})
    assert answer.status_code == 422
    assert "exists already" in answer.text
    assert 'value="Twice"' in answer.text


async def test_two_people_see_each_others_change(clerk: Browser) -> None:
    await clerk.post("/customers/C-GOOD", {"row_version": "1", "city": "York"})
    answer = await clerk.post("/customers/C-GOOD", {"row_version": "1", "city": "Hull", "name": "Northern Pumps Ltd"})
    assert answer.status_code == 409
    assert "changed by someone else" in answer.text
    assert "<td>York</td><td>Hull</td>" in answer.text
    assert "<td>Northern Pumps Ltd</td>" not in answer.text
    assert 'name="row_version" value="2"' in answer.text
    assert (await customer("C-GOOD"))["city"] == "York"
    assert (await clerk.post("/customers/C-GOOD", {"row_version": "2", "city": "Hull"})).status_code == 303


async def test_what_is_used_is_not_deleted_and_the_page_says_why(browser: Browser, masters: None) -> None:
    await browser.sign_in("ANNA")
    answer = await browser.post("/set-up/countries/GB/deletion", {"row_version": "1"})
    assert answer.status_code == 409
    assert "Customer uses it" in answer.text
    await browser.post("/set-up/payment-terms/30D/deletion", {"row_version": "1"})
    assert "Payment terms 30D is deleted." in (await browser.get("/set-up/payment-terms")).text


async def test_fields_that_the_role_may_not_change_are_locked(clerk: Browser, masters: None) -> None:
    page = (await clerk.get("/customers/C-GOOD")).text
    field = page[page.index('id="f-gen_bus_group"') - 300 : page.index('id="f-gen_bus_group"') + 100]
    assert "readonly" in field
    assert (await clerk.get("/set-up/payment-terms/30D")).text.count("readonly") >= 4
    assert "Save" not in (await clerk.get("/set-up/payment-terms/30D")).text.split("</header>")[1].split("<dialog")[0]
    answer = await clerk.post("/set-up/payment-terms/30D", {"row_version": "1", "description": "x"})
    assert (await get_master(MASTERS["payment-terms"], ("30D",)) or {})["description"] == "30 days", answer.status_code


async def test_a_viewer_sees_no_button_that_would_be_refused(browser: Browser, masters: None) -> None:
    await browser.sign_in("VERA")
    page = (await browser.get("/customers/C-GOOD")).text
    assert ">Save<" not in page
    assert ">Delete<" not in page
    assert "/customers/new" not in (await browser.get("/customers")).text
    assert (await browser.post("/customers/C-GOOD", {"city": "x"})).status_code == 403


async def test_a_role_is_not_offered_what_belongs_to_another(browser: Browser, masters: None) -> None:
    """S-1: an accountant changes the posting groups of a customer, but neither adds nor deletes customers or users."""
    await browser.sign_in("ANNA")
    page = (await browser.get("/customers/C-GOOD")).text
    assert ">Save<" in page
    assert "/deletion" not in page
    for path in ("/customers/new", "/set-up/users/new"):
        assert (await browser.get(path)).status_code == 403, path


async def test_the_last_admin_stays_one(browser: Browser) -> None:
    await browser.sign_in("ADA")
    for changes in ({"role": "viewer"}, {"active": ""}):
        answer = await browser.post("/set-up/users/ADA", changes)
        assert answer.status_code == 422
        assert "the only active user with the role admin" in answer.text  # last_admin
    assert (await browser.post("/set-up/users/ADA/deletion", {})).status_code == 409
    await browser.sign_in("ADA")
    assert (await browser.get("/set-up/users/new")).status_code == 200


async def test_single_settings_are_one_form(browser: Browser, masters: None) -> None:
    await browser.sign_in("ANNA")
    page = await browser.get("/set-up/ledger-setup")
    assert "Allow posting from" in page.text
    answer = await browser.post("/set-up/ledger-setup", {"row_version": "", "allow_posting_from": "2026-03-01"})
    assert answer.status_code == 303, answer.text
    assert "01/03/2026" in (await browser.get("/set-up/ledger-setup")).text
    assert (await browser.post("/set-up/payment-terms", {"code": "X"})).status_code == 404


# --- lists -------------------------------------------------------------------------------------------------------


async def test_a_list_is_searched_sorted_and_paged_by_its_address(clerk: Browser) -> None:
    for no in range(60):
        await put("customers", no=f"D{no:03}", name=f"Brewery {no}", blocked="ship" if no % 2 else "none")
    page = (await clerk.get("/customers?q=brew&sort=-name&blocked=ship")).text
    assert page.count("<tr data-href=") == 30
    assert page.index("Brewery 9<") < page.index("Brewery 13<")
    assert 'aria-sort="descending"' in page
    first = (await clerk.get("/customers")).text
    assert first.count("<tr data-href=") == 50
    following = first.split('rel="next"')[0].split('href="')[-1].split('"')[0].replace("&amp;", "&")
    second = (await clerk.get(following)).text
    assert second.count("<tr data-href=") == 12
    assert "First page" in second


async def test_a_list_for_htmx_is_its_results_alone(clerk: Browser) -> None:
    answer = await clerk.get("/customers?q=northern", **{"hx-request": "true"})
    assert "<html" not in answer.text
    assert "C-GOOD" in answer.text
    assert answer.headers["hx-replace-url"] == "/customers?q=northern"


@pytest.mark.parametrize("query", ["after=nonsense", "sort=colour", "blocked=maybe", "q=%00%ff", "after=WzFd", "x=y"])
async def test_an_address_that_makes_no_sense_is_a_list_all_the_same(clerk: Browser, query: str) -> None:
    assert (await clerk.get(f"/customers?{query}")).status_code == 200


async def test_the_number_of_statements_does_not_grow_with_the_rows(clerk: Browser, statements: list[str]) -> None:
    await clerk.get("/customers")
    few = len(statements)
    for no in range(40):
        await put("customers", no=f"D{no:03}")
    statements.clear()
    await clerk.get("/customers")
    assert len(statements) == few <= 3


async def test_an_export_is_safe_for_spreadsheets(clerk: Browser) -> None:
    answer = await clerk.get("/customers.csv?blocked=all")
    assert answer.headers["content-disposition"] == 'attachment; filename="customers.csv"'
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "'=Müller & Söhne" in lines[1]
    assert ",1500.5" in lines[1]


CALCULATED = [
    "+1+1",
    "+49-30-123",
    "+49/30",
    "+49 -30",
    "+49 30/123",
    "+(49)",
    "+",
    "++49 30",
    "+49 30\t1",
    "+A1",
    "+49 30 x",
]


@pytest.mark.parametrize(
    "text", ["=1+1", "-1", "-49 30 123", "@x", "\t=1", "\r=1", "=49 30", "+1", "+49 30 1234\n", *CALCULATED]
)
def test_a_text_that_would_be_a_formula_is_neutral(text: str) -> None:
    assert neutral(text) == f"'{text}"
    assert csv_file("x", [Column("a")], [{"a": text}]).content.decode("utf-8-sig").count("'") == 1


@pytest.mark.parametrize(
    "text",
    [
        "+491701234567",
        "+49 170 1234567",
        "+49 (0)170 123-45",
        "+49 30/12345-6 78",
        "+44 (20) 7946 0000",
        "+1 (212) 555-0100",
    ],
)
def test_a_phone_number_is_no_formula(text: str) -> None:
    assert neutral(text) == text


def test_a_negative_number_stays_a_number() -> None:
    assert neutral(Decimal("-1.50")) == "-1.50"


def test_an_address_asks_only_for_what_the_list_has() -> None:
    columns = [Column("no", sortable=True), Column("secret")]
    filters = [Filter("blocked", options=(("all", "All"),)), Filter("city")]
    given = [("q", " pump\x00 "), ("sort", "-secret"), ("blocked", "none"), ("city", "Graz"), ("after", "x" * 9000)]
    asked = read_asked(given, columns, filters)
    assert (asked.search, asked.sort, asked.filters, len(asked.after)) == ("pump", "", {"city": "Graz"}, 500)


# --- addresses and look-up ---------------------------------------------------------------------------------------

CODES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=20).map(
    lambda code: normalize("NFC", code.upper())
)


@given(CODES, CODES)
def test_any_key_fits_into_an_address(first: str, second: str) -> None:
    master = MASTERS["general-posting-setup"]
    try:
        key = key_from_url(master, unquote(key_in_url((first, second))))
    except setup.NotFoundException:
        return  # a blank or over-long part names nothing
    assert key == (first, second)


async def test_a_row_with_a_strange_code_has_its_page(clerk: Browser) -> None:
    for no in ("A/B", "50%", "Ü ~1,2.CSV", "?X#Y"):
        await put("customers", no=no, name=f"Customer {no}")
    page = (await clerk.get("/customers")).text
    links = [part.split('"')[0] for part in page.split('<tr data-href="')[1:]]
    for link in links:
        assert (await clerk.get(link.replace("&amp;", "&"))).status_code == 200, link


async def test_a_look_up_finds_by_number_and_by_any_word(clerk: Browser) -> None:
    for words in ("c-good", "pumps", "leeds"):
        answer = await clerk.get(f"/look-up/customers?q={words}&id=f-x-list")
        assert 'data-value="C-GOOD"' in answer.text
        assert answer.text.count('role="option"') == 1
    assert "Nothing found" in (await clerk.get("/look-up/customers?q=zzz")).text
    assert (await clerk.get("/look-up/passwords?q=a")).status_code == 404


async def test_the_search_at_the_top_finds_customers(clerk: Browser) -> None:
    page = (await clerk.get("/search?q=northern")).text
    assert 'href="/customers/C-GOOD"' in page
    assert "Nothing fits" in (await clerk.get("/search?q=%3Cb%3E")).text


def test_the_main_tables_exist() -> None:
    assert set(MAIN) <= set(MASTERS)

"""What printed documents are called, and in how many copies, by country and language (O-20)."""

from __future__ import annotations

import pytest

from tests.builders import TODAY, pack
from tests.pages.conftest import Browser
from tests.posting.worlds import ANNA, ORDER, enter_company, enter_order
from webapp.paper.document import Words
from webapp.posting.plan import REQUESTS
from webapp.store.acting import Acting
from webapp.store.masters import MASTERS, save_master
from webapp.store.posting import post_document

pytestmark = pytest.mark.once


def test_the_row_that_says_most_counts() -> None:
    rows = {("invoice", "", ""): ("A", 1), ("invoice", "", "DE"): ("B", 1), ("invoice", "AT", ""): ("C", 2)}
    words = Words({}, "EUR", {}, {}, {}, titles=rows)
    asked = [("AT", "DE"), ("DE", "DE"), ("DE", "EN")]
    assert [words.titled("invoice", *one) for one in asked] == [("C", 2), ("B", 1), ("A", 1)]
    assert words.titled("shipment", "AT", "DE") == ("", 1)


async def test_titles_and_copies_are_set_up(browser: Browser) -> None:
    made = pack()
    made["document_titles"] = [{"document_kind": "invoice", "title": "Tax invoice", "copies": 2}]
    await enter_company(made)
    await enter_order("C-GOOD", ["10000 item PUMP qty 2"])
    shipment, invoice = (await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])).posted
    await browser.sign_in("ANNA")
    paper = (await browser.get(f"/posted-service-invoices/{invoice.no}/print")).text
    assert paper.count(f"<h1>Tax invoice {invoice.no}") == 2 and paper.count('<span class="copy">COPY') == 1
    assert "sheet-2" in (await browser.get(f"/posted-service-invoices/{invoice.no}/paper.css")).text
    other = (await browser.get(f"/posted-service-shipments/{shipment.no}/print")).text
    assert other.count(f"<h1>Shipment {shipment.no}") == 1


async def test_a_country_must_be_there_and_copies_be_few(browser: Browser) -> None:
    await enter_company(pack())
    title = {"document_kind": "shipment", "title": "Slip"}
    accountant = Acting("CARL", "accountant", TODAY)
    for values, code in (({"language_code": "XX"}, "reference_unknown"), ({"copies": 12}, "copies_out_of_range")):
        _, found = await save_master(accountant, MASTERS["document-titles"], None, {**title, **values}, None)
        assert [one.code for one in found if one.is_error] == [code]


async def test_a_document_calls_terms_units_and_countries_as_its_language_does(browser: Browser) -> None:
    """D-117: text in the document's language, and as it is described where nobody translated it."""
    made = pack()
    words = (
        ("country", "DE", "Deutschland"),
        ("payment_terms", "1M8D", "30 Tage netto"),
        ("unit_of_measure", "PCS", "Stk."),
    )
    made["languages"] = [{"code": "DE"}]
    made["countries"] = [{"code": "DE", "description": "Germany"}]
    made["translations"] = [
        {"kind": kind, "code": code, "language_code": "DE", "description": text} for kind, code, text in words
    ]
    made["customers"][0] |= {"language_code": "DE", "country_code": "DE", "payment_terms_code": "1M8D"}
    await enter_company(made)
    await enter_order(made["customers"][0]["no"], ["10000 item PUMP qty 2", "20000 resource LINA qty 1"])
    shipment, invoice = (await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])).posted
    await browser.sign_in("ANNA")
    paper = (await browser.get(f"/posted-service-invoices/{invoice.no}/print")).text
    for text in ("DEUTSCHLAND", "Zahlungsbedingungen: 30 Tage netto", '<td class="unit">Stk.</td>', ">HOUR</td>"):
        assert text in paper, text
    assert '<td class="unit">Stk.</td>' in (await browser.get(f"/posted-service-shipments/{shipment.no}/print")).text
    accountant = Acting("CARL", "accountant", TODAY)
    wrong = {"kind": "country", "code": "XX", "language_code": "DE", "description": "Nirgends"}
    _, found = await save_master(accountant, MASTERS["translations"], None, wrong, None)
    assert [(one.code, one.field) for one in found if one.is_error] == [("reference_unknown", "code")]

"""Update document: what may change of a posted shipment or invoice, and that nothing else does (D-93)."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from tests.pages.conftest import Browser
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, database_rows
from tests.store.test_payments import BANK, Choice, invoices, pack, paid
from webapp.formats import said
from webapp.posting.findings import finding
from webapp.store.payments import post_payment

INVOICE = "/posted-service-invoices/I-1"
LINKED = "Update document"


@pytest.fixture
async def accountant(browser: Browser) -> Browser:
    await invoices(1, company=pack(**BANK, users={"ANNA": {"role": "accountant"}}))
    await browser.sign_in("ANNA")
    return browser


def text_of(answer: httpx.Response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def typed(page: httpx.Response, **values: str) -> dict[str, str]:
    seen = dict(re.findall(r'name="(seen-[a-z_]+)" value="([^"]*)"', page.text))
    return {**seen, **{name.removeprefix("seen-"): value for name, value in seen.items()}, **values}


async def test_an_invoice_is_updated_and_its_open_entry_follows(accountant: Browser) -> None:
    assert LINKED in text_of(await accountant.get(INVOICE))
    asked = await accountant.get(f"{INVOICE}/update")
    changes = {"payment_method_code": "CASH", "payment_reference": "RF18 5390", "company_bank_account_code": "BANK"}
    wrong = await accountant.post(
        f"{INVOICE}/update", typed(asked, payment_method_code="SHELLS", payment_reference="RF")
    )
    told = finding("reference_unknown", field="payment_method_code", name="SHELLS", table="payment_method")
    assert wrong.status_code == 422 and said(told.message) in text_of(wrong) and 'value="RF"' in wrong.text
    assert (await accountant.post(f"{INVOICE}/update", typed(asked, **changes))).status_code == 303
    shown = text_of(await accountant.get(INVOICE))
    assert "Posted invoice I-1 is updated." in shown
    assert "Payment reference RF18 5390" in shown and "Document updated" in shown
    assert "with reference RF18 5390." in text_of(await accountant.get(f"{INVOICE}/print"))
    entry = "SELECT payment_method_code, payment_reference FROM customer_ledger_entry"
    assert [dict(row) for row in await database_rows(entry)] == [
        {"payment_method_code": "CASH", "payment_reference": "RF18 5390"}
    ]
    stale = await accountant.post(f"{INVOICE}/update", typed(asked, payment_reference="mine"))
    assert stale.status_code == 422
    assert finding("entry_edited_meanwhile", name="Invoice I-1").message in text_of(stale)

    await post_payment(ANNA, paid("112.50", Choice(1)))
    again = await accountant.get(f"{INVOICE}/update")
    assert "The customer entry is closed and stays as it is." in text_of(again)
    assert (await accountant.post(f"{INVOICE}/update", typed(again, payment_reference="late"))).status_code == 303
    kept = await database_rows("SELECT payment_reference FROM customer_ledger_entry WHERE document_type = 'invoice'")
    assert [dict(row) for row in kept] == [{"payment_reference": "RF18 5390"}]
    assert await faults() == [], "neither books nor seals know of it"


@pytest.mark.once
async def test_a_shipment_says_how_it_went_and_a_credit_memo_nothing(accountant: Browser) -> None:
    (shipment,) = await database_rows("SELECT no FROM service_shipment_header")
    page = f"/posted-service-shipments/{shipment['no']}"
    changes = {"shipment_method": "Parcel", "shipping_agent": "DHL", "package_tracking_no": "00340 <1>"}
    saved = await accountant.post(f"{page}/update", typed(await accountant.get(f"{page}/update"), **changes))
    assert saved.status_code == 303
    shown = text_of(await accountant.get(page))
    assert "Shipment method Parcel Shipping agent DHL Package tracking no. 00340 <1>" in shown
    assert "Shipment method blank" in str(await database_rows("SELECT after FROM service_document_log"))
    assert (await accountant.get("/posted-service-credit-memos/C-1/update")).status_code == 404
    assert (await accountant.get("/posted-service-invoices/I-99/update")).status_code == 404
    await accountant.sign_in("CLARA")
    assert LINKED not in text_of(await accountant.get(page))
    assert (await accountant.get(f"{page}/update")).status_code == 403
    assert await faults() == []

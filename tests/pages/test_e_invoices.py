"""The e-invoice of a posted document, from the browser."""

from __future__ import annotations

import io
import re

import facturx
import pytest
from lxml import etree
from pypdf import PdfReader

from db.engine import transaction
from tests.builders import TODAY, pack
from tests.einvoice.sound import SELLER
from tests.pages.conftest import Browser
from tests.posting.verified import faults
from tests.posting.worlds import database_rows, enter_company, enter_order
from webapp.einvoice import rules
from webapp.posting.document_updates import UPDATABLE
from webapp.posting.plan import REQUESTS
from webapp.store.acting import Acting
from webapp.store.document_updates import update_document
from webapp.store.posted import load_posted
from webapp.store.posting import post_document

CLARA = Acting("CLARA", "poster", TODAY)


async def posted(browser: Browser, **company: str) -> dict[str, str]:
    buyer = {"e_invoice_address": "0088:9482348239846", "country_code": company.get("country_code", "")}
    changed = pack(customers={"C-GOOD": buyer}, ledger_setup={"lcy_code": "SEK"})
    await enter_company({**changed, "company": [company], "countries": [{"code": "AT"}]} if company else changed)
    key = await enter_order("C-GOOD", ["10000 item PUMP qty 4"])
    made = await post_document(CLARA, key, REQUESTS["ship_and_invoice"])
    await browser.sign_in("VERA")
    return {one.kind: one.no for one in made.posted}


async def test_it_is_made_once_and_stays_as_it_is(browser: Browser) -> None:
    no = (await posted(browser, **SELLER))["invoice"]
    path = f"/posted-service-invoices/{no}"
    assert f'action="{path}/e-invoice"' in (await browser.get(path)).text
    first, again = await browser.post(f"{path}/e-invoice"), await browser.post(f"{path}/e-invoice")
    assert first.status_code == 200, re.findall(r"<li>.*?</li>", first.text)
    assert first.headers["content-type"].startswith("application/xml")
    assert first.headers["content-disposition"] == f'attachment; filename="invoice-{no}.xml"'
    assert first.content == again.content
    assert f"<cbc:ID>{no}</cbc:ID>" in first.text
    stored = await database_rows("SELECT media_type FROM posted_file ORDER BY id")
    assert [row["media_type"] for row in stored] == ["text/html", "application/xml"]
    log = await database_rows("SELECT event, after FROM service_document_log WHERE event LIKE 'E-invoice%'")
    assert [str(row["event"]) for row in log] == ["E-invoice made", "E-invoice given out", "E-invoice given out"]
    assert str(log[-1]["after"]) == f"print 2, invoice-{no}.xml", "giving out counts (D-95)"


@pytest.mark.once
async def test_factur_x_is_the_stored_pdf_with_the_e_invoice_inside(browser: Browser) -> None:
    no = (await posted(browser, **SELLER))["invoice"]
    path = f"/posted-service-invoices/{no}"
    assert f'action="{path}/factur-x.pdf"' in (await browser.get(path)).text
    first, again, paper = [await browser.post(f"{path}/{name}.pdf") for name in ("factur-x", "factur-x", "file")]
    assert first.headers["content-type"] == "application/pdf" and first.content == again.content
    names = [one.headers["content-disposition"].partition("filename=")[2] for one in (first, paper)]
    assert names == [f'"Invoice-{no}-factur-x.pdf"', f'"Invoice-{no}.pdf"']
    name, text = facturx.get_xml_from_pdf(first.content, check_xsd=True)
    assert (name, facturx.get_level(etree.fromstring(text))) == ("factur-x.xml", "en16931")
    assert f"<ram:ID>{no}</ram:ID>".encode() in text
    shown = [[page.extract_text() for page in PdfReader(io.BytesIO(one.content)).pages] for one in (first, paper)]
    assert shown[0] == shown[1]
    async with transaction() as session:
        await session.execute("UPDATE company SET name = ''")
    assert (await browser.post(f"{path}/factur-x.pdf")).content == first.content, "it stays as it was issued"
    assert (await browser.post("/posted-service-invoices/NONE/factur-x.pdf")).status_code == 404
    assert (await browser.post("/posted-service-shipments/S-1/factur-x.pdf")).status_code == 404
    assert await faults() == []


async def test_an_e_invoice_made_later_says_what_the_paper_said(browser: Browser) -> None:
    """D-120: name and address as on the first print; what paper had no need of may be filled in since."""
    no = (await posted(browser, **{**SELLER, "vat_registration_no": "US123"}))["invoice"]
    path = f"/posted-service-invoices/{no}"
    assert (await browser.post(f"{path}/printing")).status_code == 303
    assert (await browser.post(f"{path}/e-invoice")).status_code == 422, "there is no electronic address"
    async with transaction() as session:
        changes = "name = 'Renamed', address = 'Moved 2', e_invoice_address = '0088:9482348239846'"
        await session.execute(f"UPDATE company SET {changes}")
    made = (await browser.post(f"{path}/e-invoice")).text
    assert "<cbc:RegistrationName>Seller Ltd</cbc:RegistrationName>" in made and "Road 1" in made
    assert "Renamed" not in made and "Moved 2" not in made
    assert '<cbc:EndpointID schemeID="0088">9482348239846</cbc:EndpointID>' in made
    assert await faults() == []


async def test_what_the_paper_left_blank_stays_blank(browser: Browser) -> None:
    """D-120, D-151: a second line of the address and a tax representative that came after the first print."""
    no = (await posted(browser, **SELLER))["invoice"]
    path = f"/posted-service-invoices/{no}"
    assert (await browser.post(f"{path}/printing")).status_code == 303
    shown = (await browser.get(f"{path}/print")).text
    async with transaction() as session:
        changes = "name = 'Renamed', address_2 = 'Stiege 7', cash_accounting = ?, representative_name = 'Rep GmbH',"
        changes += " representative_vat_no = 'ATU11111111', representative_country_code = 'AT'"
        await session.execute(f"UPDATE company SET {changes}", True)
    made = (await browser.post(f"{path}/e-invoice")).text
    inside = facturx.get_xml_from_pdf((await browser.post(f"{path}/factur-x.pdf")).content, check_xsd=True)[1].decode()
    assert "Road 1" in made and "Road 1" in inside and "Seller Ltd" in shown
    for new in ("Renamed", "Stiege 7", "Rep GmbH", "Cash accounting", "TaxRepresentative"):
        assert new not in shown + made + inside
    assert await faults() == []


@pytest.mark.once
async def test_what_the_paper_went_out_without_is_told_so(browser: Browser) -> None:
    no = (await posted(browser, **SELLER))["invoice"]
    path = f"/posted-service-invoices/{no}"
    async with transaction() as session:
        await session.execute("UPDATE company SET vat_registration_no = ''")
    assert (await browser.post(f"{path}/printing")).status_code == 303
    async with transaction() as session:
        await session.execute("UPDATE company SET vat_registration_no = 'ATU12345675'")
    refused = await browser.post(f"{path}/e-invoice")
    assert refused.status_code == 422  # e_invoice_lacks_as_issued
    assert f"VAT registration no. of the company was missing when {no} was issued" in refused.text
    assert "credit the document and invoice it anew" in refused.text


@pytest.mark.parametrize("issued", [True, False])
async def test_an_update_after_the_issue_is_not_in_its_e_invoice(browser: Browser, issued: bool) -> None:
    """D-93: what was printed or given out stays as it was; of what was not yet, the e-invoice says the update."""
    no = (await posted(browser, **SELLER))["invoice"]
    path = f"/posted-service-invoices/{no}"
    async with transaction() as session:
        await session.execute(
            "INSERT INTO payment_method (code, description, direct_debit) VALUES ('DEBIT', 'Lastschrift', ?)", True
        )
        await session.execute("UPDATE customer SET mandate_reference = 'M-0815'")
    if issued:
        assert (await browser.post(f"{path}/printing")).status_code == 303
    document = await load_posted("invoice", no, with_entries=False)
    assert document is not None
    seen = {name: document.header[name] for name in UPDATABLE["invoice"]}
    update = {**seen, "payment_method_code": "DEBIT", "payment_reference": "NEWREF-77"}
    assert await update_document(CLARA, "invoice", no, update, seen) == []
    made = (await browser.post(f"{path}/e-invoice")).text
    inside = facturx.get_xml_from_pdf((await browser.post(f"{path}/factur-x.pdf")).content, check_xsd=True)[1].decode()
    for said in (made, inside):
        assert ("NEWREF-77" in said, "Lastschrift" in said) == (not issued, not issued)
        assert (f"reference {no}" in said) == issued
        assert ("M-0815" in said, "by direct debit" in said, "Please pay" in said) == (not issued, not issued, issued)
    assert await faults() == []


@pytest.mark.once
async def test_what_it_lacks_is_told_and_nothing_is_stored(browser: Browser) -> None:
    documents = await posted(browser)
    async with transaction() as session:
        await session.execute("UPDATE company SET name = ''")
    for file in ("factur-x.pdf", "e-invoice"):
        refused = await browser.post(f"/posted-service-invoices/{documents['invoice']}/{file}")
        assert refused.status_code == 422
        assert "Name of the company is missing for the e-invoice (BR-06)" in refused.text
    assert "Enter it under Company information" in refused.text
    assert await database_rows("SELECT id FROM posted_file") == []
    assert (await browser.post("/posted-service-invoices/NONE/e-invoice")).status_code == 404
    shipment = documents["shipment"]
    assert (await browser.post(f"/posted-service-shipments/{shipment}/e-invoice")).status_code == 404


@pytest.mark.once
async def test_what_breaks_a_rule_is_not_given_out(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    no = (await posted(browser, **SELLER))["invoice"]
    broken = rules.Broken("BR-CO-15", True, "Total with VAT", "/Invoice")
    monkeypatch.setattr(rules, "broken_rules", lambda text, peppol=True: [broken])
    refused = await browser.post(f"/posted-service-invoices/{no}/e-invoice")
    assert refused.status_code == 422
    assert "breaks rule BR-CO-15: Total with VAT" in refused.text  # e_invoice_breaks_rule, e_invoice_lacks
    monkeypatch.setattr(rules, "available", lambda: False)  # without the extra the file is made unchecked
    assert (await browser.post(f"/posted-service-invoices/{no}/e-invoice")).status_code == 200

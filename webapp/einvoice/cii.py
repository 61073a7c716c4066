"""The same e-invoice in the words of the UN/CEFACT Cross Industry Invoice, as Factur-X puts it into a PDF (EN 16931).

What it says is that of `ubl.py`, amount by amount: both are written from one `EInvoice`, so that both satisfy the sums
of the standard. Peppol has no part in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final
from xml.etree import ElementTree

from webapp.einvoice.codes import unit_of
from webapp.einvoice.ubl import (
    ANY_MEANS,
    CREDIT_NOTE,
    DISCOUNT,
    INVOICE,
    SEPA_TRANSFER,
    TRANSFER,
    ZERO,
    EInvoice,
    Group,
    Row,
    number,
    properties_of,
)

__all__ = ["FILE_NAME", "cii"]

FILE_NAME: Final = "factur-x.xml"
GUIDELINE: Final = "urn:cen.eu:en16931:2017"
STANDARD: Final = "urn:un:unece:uncefact:data:standard"
SPACES: Final = {
    "rsm": f"{STANDARD}:CrossIndustryInvoice:100",
    "ram": f"{STANDARD}:ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{STANDARD}:UnqualifiedDataType:100",
    "qdt": f"{STANDARD}:QualifiedDataType:100",
}
DUE_WHEN_PAID: Final = "72"  # UNCL 2475
DAY: Final = "102"  # UNCL 2379: year, month and day without anything between


def _name(name: str) -> str:
    space, _, local = name.rpartition(":")
    return f"{{{SPACES[space or 'ram']}}}{local}"


class _Part:
    """An element that is written from top to bottom. What is blank is left out, and a part with nothing in it."""

    def __init__(self, element: ElementTree.Element) -> None:
        self.element = element

    def part(self, *names: str) -> _Part:
        """The innermost of new elements, each in the one before."""
        element = self.element
        for name in names:
            element = ElementTree.SubElement(element, _name(name))
        return _Part(element)

    def put(self, *names: str, value: object, **attributes: str) -> None:
        text = " ".join(str(value or "").split())
        if text:
            made = self.part(*names).element
            made.text = text
            made.attrib.update(attributes)

    def amount(self, name: str, value: Decimal, **attributes: str) -> None:
        self.put(name, value=f"{value:.2f}", **attributes)

    def day(self, name: str, value: Any, space: str = "udt") -> None:
        if isinstance(value, date):
            self.put(name, f"{space}:DateTimeString", value=f"{value:%Y%m%d}", format=DAY)


def cii(invoice: EInvoice) -> bytes:
    """The text of the e-invoice. What is missing in it is told by `webapp.einvoice.checks`, not here."""
    for prefix, space in SPACES.items():
        ElementTree.register_namespace(prefix, space)
    root = _Part(ElementTree.Element(_name("rsm:CrossIndustryInvoice")))
    context = root.part("rsm:ExchangedDocumentContext")
    context.put("GuidelineSpecifiedDocumentContextParameter", "ID", value=GUIDELINE)
    head = root.part("rsm:ExchangedDocument")
    head.put("ID", value=invoice.head["no"])
    head.put("TypeCode", value=CREDIT_NOTE if invoice.credits else INVOICE)
    head.day("IssueDateTime", invoice.head["document_date"])
    head.put("IncludedNote", "Content", value=invoice.note)
    trade = root.part("rsm:SupplyChainTradeTransaction")
    periods = invoice.paper.periods
    for line in invoice.lines:
        _line(trade.part("IncludedSupplyChainTradeLineItem"), invoice, line, periods.get(line["line_no"], ()))
    _agreement(trade.part("ApplicableHeaderTradeAgreement"), invoice)
    _delivery(trade.part("ApplicableHeaderTradeDelivery"), invoice)
    _settlement(trade.part("ApplicableHeaderTradeSettlement"), invoice)
    return bytes(ElementTree.tostring(root.element, encoding="UTF-8", xml_declaration=True))


# --- lines ----------------------------------------------------------------------------------------------------------


def _line(item: _Part, invoice: EInvoice, line: Row, period: Sequence[object]) -> None:
    paper, (quantity, price) = invoice.paper, invoice.quantity_and_price(line)
    about = item.part("AssociatedDocumentLineDocument")
    about.put("LineID", value=line["line_no"])
    about.put("IncludedNote", "Content", value=invoice.texts_of(line))
    product = item.part("SpecifiedTradeProduct")
    product.put("SellerAssignedID", value=paper.no(line) if line["no"] else "")
    product.put("Name", value=line["description"] or line["no"])
    for name, value in properties_of(invoice, line):
        feature = product.part("ApplicableProductCharacteristic")
        feature.put("Description", value=name)
        feature.put("Value", value=value)
    agreement = item.part("SpecifiedLineTradeAgreement")
    agreement.put("NetPriceProductTradePrice", "ChargeAmount", value=number(price))
    unit = unit_of(str(line["uom"] or ""), invoice.units.get(str(line["uom"] or ""), ""))
    delivery = item.part("SpecifiedLineTradeDelivery")
    delivery.put("BilledQuantity", value=number(quantity), unitCode=unit)
    settlement = item.part("SpecifiedLineTradeSettlement")
    vat = invoice.vat_of(line)
    category = invoice.category(vat)
    _category(settlement.part("ApplicableTradeTax"), category, Decimal(vat["vat_pct"]) if category == "S" else ZERO)
    if period:
        _period(settlement, *period)
    discount = invoice.discount(line)
    if discount:
        _allowance(settlement, discount, paper.t("line_discount"))
    settlement.part("SpecifiedTradeSettlementLineMonetarySummation").amount("LineTotalAmount", invoice.net(line))


def _period(part: _Part, first: object, last: object) -> None:
    period = part.part("BillingSpecifiedPeriod")
    period.day("StartDateTime", first)
    period.day("EndDateTime", last)


def _category(tax: _Part, category: str, rate: Decimal) -> None:
    tax.put("TypeCode", value="VAT")
    tax.put("CategoryCode", value=category)
    if category != "O":
        tax.put("RateApplicablePercent", value=number(rate))


def _allowance(part: _Part, discount: Decimal, reason: str, group: Group | None = None) -> None:
    """A discount, or a charge when it is below 0; on a document with its VAT category."""
    one = part.part("SpecifiedTradeAllowanceCharge")
    one.put("ChargeIndicator", "udt:Indicator", value="false" if discount > 0 else "true")
    one.amount("ActualAmount", abs(discount))
    one.put("ReasonCode", value=DISCOUNT if discount > 0 else "")
    one.put("Reason", value=reason)
    if group:
        _category(one.part("CategoryTradeTax"), group.category, group.rate)


# --- who, and by which order ----------------------------------------------------------------------------------------


def _agreement(part: _Part, invoice: EInvoice) -> None:
    head, company = invoice.head, invoice.company
    part.put("BuyerReference", value=head["your_reference"] or head["bill_to_customer_no"])
    seller = part.part("SellerTradeParty")
    seller.put("Name", value=company["name"])
    seller.put("SpecifiedLegalOrganization", "ID", value=company["registration_no"])
    contact = seller.part("DefinedTradeContact")
    person = invoice.paper.words.of("salesperson", str(head["salesperson_code"]))
    contact.put("PersonName", value=person or company["name"])
    contact.put("TelephoneUniversalCommunication", "CompleteNumber", value=company["phone_no"])
    contact.put("EmailURIUniversalCommunication", "URIID", value=company["e_mail"])
    _address(seller, company, "")
    _identity(seller, invoice.seller_endpoint, company["vat_registration_no"])
    buyer = part.part("BuyerTradeParty")
    buyer.put("ID", value=head["bill_to_customer_no"])
    buyer.put("Name", value=head["bill_to_name"])
    buyer.put("DefinedTradeContact", "PersonName", value=head["bill_to_contact"])
    _address(buyer, head, "bill_to_")
    _identity(buyer, invoice.buyer_endpoint, head["vat_registration_no"])
    if invoice.represented:
        representative = part.part("SellerTaxRepresentativeTradeParty")
        representative.put("Name", value=company["representative_name"])
        _address(representative, company, "representative_")
        number_of = str(company["representative_vat_no"]).replace(" ", "")
        representative.put("SpecifiedTaxRegistration", "ID", value=number_of, schemeID="VA")
    if head["external_document_no"]:
        part.put("SellerOrderReferencedDocument", "IssuerAssignedID", value=head["order_no"])
        part.put("BuyerOrderReferencedDocument", "IssuerAssignedID", value=head["external_document_no"])
    part.put("ContractReferencedDocument", "IssuerAssignedID", value=head["contract_no"])


def _address(party: _Part, row: Row, prefix: str) -> None:
    address = party.part("PostalTradeAddress")
    for name, column in (
        ("PostcodeCode", "post_code"),
        ("LineOne", "address"),
        ("LineTwo", "address_2"),
        ("CityName", "city"),
        ("CountryID", "country_code"),
    ):
        address.put(name, value=row.get(f"{prefix}{column}"))


def _identity(party: _Part, endpoint: tuple[str, str], vat_no: object) -> None:
    scheme, identifier = endpoint
    party.put("URIUniversalCommunication", "URIID", value=identifier, schemeID=scheme)
    party.put("SpecifiedTaxRegistration", "ID", value=str(vat_no or "").replace(" ", ""), schemeID="VA")


def _delivery(part: _Part, invoice: EInvoice) -> None:
    head, days = invoice.head, invoice.paper.supply_days
    prefix = "ship_to_" if head["ship_to_country_code"] else "bill_to_"
    if head[f"{prefix}country_code"]:
        party = part.part("ShipToTradeParty")
        party.put("Name", value=head[f"{prefix}name"])
        _address(party, head, prefix)
    if len(days) == 1 or any(group.category == "K" for group in invoice.groups):
        part.part("ActualDeliverySupplyChainEvent").day("OccurrenceDateTime", days[-1])


# --- money ----------------------------------------------------------------------------------------------------------


def _settlement(part: _Part, invoice: EInvoice) -> None:
    head, paper = invoice.head, invoice.paper
    part.put("CreditorReferenceID", value=invoice.creditor)
    part.put("PaymentReference", value=paper.payment_reference)
    if paper.currency != paper.words.lcy:
        part.put("TaxCurrencyCode", value=paper.words.lcy)
    part.put("InvoiceCurrencyCode", value=paper.currency)
    _means(part.part("SpecifiedTradeSettlementPaymentMeans"), invoice)
    for group in invoice.groups:
        _vat(part.part("ApplicableTradeTax"), group)
    days = paper.supply_days
    if len(days) > 1:
        _period(part, days[0], days[-1])
    for group, discount in invoice.invoice_discounts:
        _allowance(part, discount, paper.t("invoice_discount"), group)
    terms = part.part("SpecifiedTradePaymentTerms")
    terms.put("Description", value=paper.terms)
    if not invoice.credits:
        terms.day("DueDateDateTime", head["due_date"])
    terms.put("DirectDebitMandateID", value=invoice.mandate)
    _totals(part.part("SpecifiedTradeSettlementHeaderMonetarySummation"), invoice)
    for one in paper.corrects:
        reference = part.part("InvoiceReferencedDocument")
        reference.put("IssuerAssignedID", value=one.no)
        reference.day("FormattedIssueDateTime", one.day, "qdt")


def _means(means: _Part, invoice: EInvoice) -> None:
    if invoice.paper.paid:
        means.put("TypeCode", value=invoice.means_paid)
        return
    if invoice.paper.collected:
        means.put("TypeCode", value=invoice.means_of_debit)
        return
    company = invoice.company
    iban = str(company["iban"]).replace(" ", "")
    other = "" if iban else str(company["bank_account_no"]).replace(" ", "")
    sepa = iban and invoice.paper.currency == "EUR"
    means.put("TypeCode", value=ANY_MEANS if not iban and not other else SEPA_TRANSFER if sepa else TRANSFER)
    if iban or other:
        account = means.part("PayeePartyCreditorFinancialAccount")
        account.put("IBANID", value=iban)
        account.put("AccountName", value=company["name"])
        account.put("ProprietaryID", value=other)
        means.put("PayeeSpecifiedCreditorFinancialInstitution", "BICID", value=company["bic"])


def _vat(tax: _Part, group: Group) -> None:
    tax.amount("CalculatedAmount", group.vat)
    tax.put("TypeCode", value="VAT")
    tax.put("ExemptionReason", value=group.reason)
    tax.amount("BasisAmount", group.base)
    tax.put("CategoryCode", value=group.category)
    tax.put("ExemptionReasonCode", value=group.reason_code)
    if group.invoice.paper.cash_accounting and group.category == "S":
        tax.put("DueDateTypeCode", value=DUE_WHEN_PAID)
    if group.category != "O":
        tax.put("RateApplicablePercent", value=number(group.rate))


def _totals(total: _Part, invoice: EInvoice) -> None:
    paper, discounts = invoice.paper, [discount for _, discount in invoice.invoice_discounts]
    charges = -sum((one for one in discounts if one < 0), ZERO)
    allowances = sum((one for one in discounts if one > 0), ZERO)
    whole = Decimal(invoice.head["amount_including_vat"])
    total.amount("LineTotalAmount", invoice.line_total)
    if charges:
        total.amount("ChargeTotalAmount", charges)
    if allowances:
        total.amount("AllowanceTotalAmount", allowances)
    total.amount("TaxBasisTotalAmount", Decimal(invoice.head["amount"]))
    total.amount("TaxTotalAmount", sum((one.vat for one in invoice.groups), ZERO), currencyID=paper.currency)
    if paper.currency != paper.words.lcy:
        own = sum((one.vat_lcy for one in invoice.groups), ZERO)
        total.amount("TaxTotalAmount", own, currencyID=paper.words.lcy)
    total.amount("GrandTotalAmount", whole)
    if invoice.prepaid:
        total.amount("TotalPrepaidAmount", invoice.prepaid)
    total.amount("DuePayableAmount", invoice.due)

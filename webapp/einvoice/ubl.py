"""The UBL 2.1 text of a posted invoice or credit memo (EN 16931, Peppol BIS Billing 3, D-127, D-151).

Every amount is one that was posted, so the sums of the standard hold by construction: the net amounts of the lines less
the invoice discount of each category are the bases of its VAT, these the total without VAT, and that with VAT the total
to be paid. Lines with prices including VAT carry their posted net amount, and their price without VAT.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from xml.etree import ElementTree

from webapp.einvoice.codes import category_of, endpoint_of, unit_of
from webapp.paper.document import Paper
from webapp.paper.periods import only_days

__all__ = [
    "ANY_MEANS",
    "CASH",
    "CREDIT_NOTE",
    "DISCOUNT",
    "INVOICE",
    "SEPA_TRANSFER",
    "TRANSFER",
    "ZERO",
    "EInvoice",
    "Group",
    "Row",
    "number",
    "properties_of",
    "ubl",
]

Row = Mapping[str, Any]
CUSTOMIZATION: Final = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE: Final = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
SCHEMAS: Final = "urn:oasis:names:specification:ubl:schema:xsd"
SPACES: Final = {"cac": f"{SCHEMAS}:CommonAggregateComponents-2", "cbc": f"{SCHEMAS}:CommonBasicComponents-2"}
ZERO: Final = Decimal(0)
CENT: Final = Decimal("0.01")
SLACK: Final = Decimal("0.02")  # by which quantity times price may differ from the net amount of a line
PRICE: Final = Decimal("0.0000000001")
DISCOUNT: Final = "95"  # UNCL 5189
TRANSFER, SEPA_TRANSFER, CASH, ANY_MEANS = "30", "58", "10", "1"  # UNCL 4461
DEBIT, SEPA_DEBIT = "49", "59"  # UNCL 4461
INVOICE, CREDIT_NOTE = "380", "381"  # UNCL 1001
DUE_WHEN_PAID: Final = "432"  # UNCL 2005


@dataclass(frozen=True, slots=True)
class EInvoice:
    """What an e-invoice says: the document on paper, and what paper has no need of. `buyer` is the master record of
    the payer, `clauses` VAT clause -> category and exemption code as entered, `units` unit -> code as entered."""

    paper: Paper
    buyer: Row
    clauses: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def head(self) -> Row:
        return self.paper.head

    @property
    def company(self) -> Row:
        return self.paper.words.company

    @property
    def credits(self) -> bool:
        return self.paper.kind == "credit_memo"

    @property
    def lines(self) -> Sequence[Row]:
        """The lines that have an amount or a quantity; texts go with the line before them."""
        return [line for line in self.paper.lines if line["type"] != "blank"]

    def texts_of(self, line: Row) -> str:
        """The texts under a line, up to the next line; days that a contract takes back belong to the next
        line, which tells them as its period."""
        found: list[str] = []
        follows = False
        for one in self.paper.lines:
            if one["type"] != "blank":
                follows = one["line_no"] == line["line_no"]
            elif follows and one["description"] and not only_days(one):
                found.append(str(one["description"]))
        return " ".join(found)

    @property
    def note(self) -> str:
        """One text, as Peppol takes no more: what the document is about, and cash accounting (D-127 point 7a)."""
        cash = self.paper.t("cash_accounting") if self.paper.cash_accounting else ""
        return ". ".join(part for part in (str(self.head["description"] or ""), cash) if part)

    @property
    def represented(self) -> bool:
        """Whether there is a tax representative (BG-11, D-127 point 15)."""
        return bool(self.company.get("representative_name"))

    @property
    def seller_endpoint(self) -> tuple[str, str]:
        company = self.company
        return endpoint_of(str(company["e_invoice_address"]), str(company["vat_registration_no"]))

    @property
    def buyer_endpoint(self) -> tuple[str, str]:
        return endpoint_of(str(self.buyer.get("e_invoice_address", "")), str(self.head["vat_registration_no"]))

    # --- VAT ----------------------------------------------------------------------------------------------------------

    def category(self, vat: Row) -> str:
        code = str(vat["vat_clause_code"] or "")
        entered = self.clauses.get(code, ("", ""))[0].removeprefix("derived")
        return category_of(str(vat["calculation_type"]), Decimal(vat["vat_pct"]), entered, bool(code))

    def vat_of(self, line: Row) -> Row:
        """The row of the VAT specification that a line is part of."""
        key = (line["vat_identifier"], line["vat_calculation_type"])
        return next(row for row in self.paper.document.vat if (row["vat_identifier"], row["calculation_type"]) == key)

    @property
    def groups(self) -> Sequence[Group]:
        """One group for each category and rate; rows of both signs of one rate are one."""
        found: dict[tuple[str, Decimal], list[Row]] = {}
        for row in self.paper.document.vat:
            category = self.category(row)
            rate = Decimal(row["vat_pct"]) if category == "S" else ZERO
            found.setdefault((category, rate), []).append(row)
        return [Group(self, category, rate, rows) for (category, rate), rows in found.items()]

    # --- lines --------------------------------------------------------------------------------------------------------

    def net(self, line: Row) -> Decimal:
        """The net amount of a line: before the invoice discount, or after it where prices include VAT."""
        return Decimal(line["amount"] if self.paper.gross else line["line_amount"])

    def quantity_and_price(self, line: Row) -> tuple[Decimal, Decimal]:
        """The quantity, and the price of one without VAT and before discounts, never below 0 (BR-27)."""
        quantity, price = Decimal(line["quantity"]), Decimal(line["unit_price"])
        if self.paper.gross and line["vat_calculation_type"] != "reverse_charge":
            price = (price / (1 + Decimal(line["vat_pct"]) / 100)).quantize(PRICE, ROUND_HALF_UP)
        return (-quantity, -price) if price < 0 else (quantity, price)

    def discount(self, line: Row) -> Decimal:
        """What the net amount is below quantity times price; nothing for a difference that rounding explains."""
        quantity, price = self.quantity_and_price(line)
        discount = (quantity * price).quantize(CENT, ROUND_HALF_UP) - self.net(line)
        given = line["line_discount_amount"] or (self.paper.gross and line["inv_discount_amount"])
        return discount if given or abs(discount) > SLACK else ZERO

    # --- sums ---------------------------------------------------------------------------------------------------------

    @property
    def prepaid(self) -> Decimal:
        """What was paid with the posting: all or nothing (P-127)."""
        return Decimal(self.head["amount_including_vat"]) if self.paper.paid else ZERO

    @property
    def due(self) -> Decimal:
        """What is left to be paid (BR-CO-16)."""
        return Decimal(self.head["amount_including_vat"]) - self.prepaid

    @property
    def means_paid(self) -> str:
        """The means by which it was paid with the posting: in cash, or into a bank account whichever way."""
        return ANY_MEANS if self.head["bal_account_type"] == "bank" else CASH

    @property
    def means_of_debit(self) -> str:
        return SEPA_DEBIT if self.paper.currency == "EUR" else DEBIT

    @property
    def mandate(self) -> str:
        """The mandate of what is collected by direct debit (BT-89)."""
        return str(self.buyer.get("mandate_reference", "")) if self.paper.collected else ""

    @property
    def creditor(self) -> str:
        """Who collects it (BT-90)."""
        return str(self.company.get("creditor_identifier", "")) if self.paper.collected else ""

    @property
    def invoice_discounts(self) -> Sequence[tuple[Group, Decimal]]:
        """The invoice discount of each group; none where prices include VAT, whose lines carry it."""
        if self.paper.gross:
            return []
        return [(group, group.discount) for group in self.groups if group.discount]

    @property
    def line_total(self) -> Decimal:
        return sum((self.net(line) for line in self.lines), ZERO)


@dataclass(frozen=True, slots=True)
class Group:
    """The VAT of one category and rate."""

    invoice: EInvoice
    category: str
    rate: Decimal
    rows: Sequence[Row]

    @property
    def base(self) -> Decimal:
        return sum((Decimal(row["base"]) for row in self.rows), ZERO)

    @property
    def vat(self) -> Decimal:
        return sum((Decimal(row["amount"]) for row in self.rows), ZERO)

    @property
    def vat_lcy(self) -> Decimal:
        return sum((Decimal(row["amount_lcy"]) for row in self.rows), ZERO)

    @property
    def discount(self) -> Decimal:
        return sum((Decimal(row["inv_discount_amount"]) for row in self.rows), ZERO)

    @property
    def reason(self) -> str:
        """Why no VAT is charged; blank where it is, or where a rate of 0 needs no reason."""
        if self.category in ("S", "Z"):
            return ""
        paper, code = self.invoice.paper, str(self.rows[0]["vat_clause_code"] or "")
        said = paper.words.clause(code, str(paper.head["language_code"])) if code else ""
        return said or paper.t("reverse_charge_clause")

    @property
    def reason_code(self) -> str:
        return self.invoice.clauses.get(str(self.rows[0]["vat_clause_code"] or ""), ("", ""))[1]


# --- the text -------------------------------------------------------------------------------------------------------


class _Part:
    """An element that is written from top to bottom; what is blank is left out."""

    def __init__(self, element: ElementTree.Element, currency: str) -> None:
        self.element, self.currency = element, currency

    def part(self, name: str) -> _Part:
        made = ElementTree.SubElement(self.element, f"{{{SPACES['cac']}}}{name}")
        return _Part(made, self.currency)

    def put(self, name: str, value: object, **attributes: str) -> None:
        text = " ".join(str(value or "").split())
        if text:
            ElementTree.SubElement(self.element, f"{{{SPACES['cbc']}}}{name}", attributes).text = text

    def amount(self, name: str, value: Decimal, currency: str = "") -> None:
        self.put(name, f"{value:.2f}", currencyID=currency or self.currency)

    def scheme(self) -> None:
        self.part("TaxScheme").put("ID", "VAT")


def number(value: Decimal) -> str:
    """Digits with no more decimals than it has, and never an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def ubl(invoice: EInvoice) -> bytes:
    """The text of the e-invoice. What is missing in it is told by `webapp.einvoice.checks`, not here."""
    for prefix, space in SPACES.items():
        ElementTree.register_namespace(prefix, space)
    kind = "CreditNote" if invoice.credits else "Invoice"
    ElementTree.register_namespace("", f"{SCHEMAS}:{kind}-2")
    root = ElementTree.Element(f"{{{SCHEMAS}:{kind}-2}}{kind}")
    top = _Part(root, invoice.paper.currency)
    _header(top, invoice, kind)
    _references(top, invoice)
    _seller(top.part("AccountingSupplierParty").part("Party"), invoice)
    _buyer(top.part("AccountingCustomerParty").part("Party"), invoice)
    if invoice.represented:
        _representative(top.part("TaxRepresentativeParty"), invoice)
    _delivery(top, invoice)
    _payment(top, invoice)
    for group, discount in invoice.invoice_discounts:
        _allowance(top, discount, invoice.paper.t("invoice_discount"), group)
    _vat(top, invoice)
    _totals(top.part("LegalMonetaryTotal"), invoice)
    periods = invoice.paper.periods
    for line in invoice.lines:
        _line(top.part(f"{kind}Line"), invoice, line, periods.get(line["line_no"], ()))
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True))


def _header(top: _Part, invoice: EInvoice, kind: str) -> None:
    head, paper = invoice.head, invoice.paper
    top.put("CustomizationID", CUSTOMIZATION)
    top.put("ProfileID", PROFILE)
    top.put("ID", head["no"])
    top.put("IssueDate", head["document_date"])
    if not invoice.credits:
        top.put("DueDate", head["due_date"])
    top.put(f"{kind}TypeCode", CREDIT_NOTE if invoice.credits else INVOICE)
    top.put("Note", invoice.note)
    top.put("DocumentCurrencyCode", paper.currency)
    if paper.currency != paper.words.lcy:
        top.put("TaxCurrencyCode", paper.words.lcy)
    top.put("BuyerReference", head["your_reference"] or head["bill_to_customer_no"])
    days = paper.supply_days
    first, last = (days[0], days[-1]) if len(days) > 1 else ("", "")
    if first or paper.cash_accounting:
        _period(top, first, last, DUE_WHEN_PAID if paper.cash_accounting else "")


def _period(part: _Part, first: object, last: object, vat_due: object = "") -> None:
    period = part.part("InvoicePeriod")
    period.put("StartDate", first)
    period.put("EndDate", last)
    period.put("DescriptionCode", vat_due)


def _references(top: _Part, invoice: EInvoice) -> None:
    head = invoice.head
    if head["external_document_no"]:
        order = top.part("OrderReference")
        order.put("ID", head["external_document_no"])
        order.put("SalesOrderID", head["order_no"])
    for one in invoice.paper.corrects:
        reference = top.part("BillingReference").part("InvoiceDocumentReference")
        reference.put("ID", one.no)
        reference.put("IssueDate", one.day)
    if head["contract_no"]:
        top.part("ContractDocumentReference").put("ID", head["contract_no"])


def _address(party: _Part, row: Row, prefix: str) -> None:
    address = party.part("PostalAddress")
    for name, column in (
        ("StreetName", "address"),
        ("AdditionalStreetName", "address_2"),
        ("CityName", "city"),
        ("PostalZone", "post_code"),
    ):
        address.put(name, row.get(f"{prefix}{column}"))
    if row[f"{prefix}country_code"]:
        address.part("Country").put("IdentificationCode", row[f"{prefix}country_code"])


def _identity(party: _Part, name: object, vat_no: object, registration_no: object = "") -> None:
    if vat_no:
        tax = party.part("PartyTaxScheme")
        tax.put("CompanyID", str(vat_no).replace(" ", ""))
        tax.scheme()
    legal = party.part("PartyLegalEntity")
    legal.put("RegistrationName", name)
    legal.put("CompanyID", registration_no)


def _seller(party: _Part, invoice: EInvoice) -> None:
    company = invoice.company
    scheme, identifier = invoice.seller_endpoint
    party.put("EndpointID", identifier, schemeID=scheme)
    if invoice.creditor:
        party.part("PartyIdentification").put("ID", invoice.creditor, schemeID="SEPA")
    party.part("PartyName").put("Name", company["name"])
    _address(party, company, "")
    _identity(party, company["name"], company["vat_registration_no"], company["registration_no"])
    seller = invoice.paper.words.of("salesperson", str(invoice.head["salesperson_code"]))
    contact = party.part("Contact")
    contact.put("Name", seller or company["name"])
    contact.put("Telephone", company["phone_no"])
    contact.put("ElectronicMail", company["e_mail"])


def _buyer(party: _Part, invoice: EInvoice) -> None:
    head = invoice.head
    scheme, identifier = invoice.buyer_endpoint
    party.put("EndpointID", identifier, schemeID=scheme)
    party.part("PartyIdentification").put("ID", head["bill_to_customer_no"])
    party.part("PartyName").put("Name", head["bill_to_name"])
    _address(party, head, "bill_to_")
    _identity(party, head["bill_to_name"], head["vat_registration_no"])
    if head["bill_to_contact"]:
        party.part("Contact").put("Name", head["bill_to_contact"])


def _representative(party: _Part, invoice: EInvoice) -> None:
    company = invoice.company
    party.part("PartyName").put("Name", company["representative_name"])
    _address(party, company, "representative_")
    tax = party.part("PartyTaxScheme")
    tax.put("CompanyID", str(company["representative_vat_no"]).replace(" ", ""))
    tax.scheme()


def _delivery(top: _Part, invoice: EInvoice) -> None:
    head, days = invoice.head, invoice.paper.supply_days
    delivery = top.part("Delivery")
    if len(days) == 1 or any(group.category == "K" for group in invoice.groups):
        delivery.put("ActualDeliveryDate", days[-1])
    prefix = "ship_to_" if head["ship_to_country_code"] else "bill_to_"
    if head[f"{prefix}country_code"]:
        location = delivery.part("DeliveryLocation").part("Address")
        for name, column in (("StreetName", "address"), ("CityName", "city"), ("PostalZone", "post_code")):
            location.put(name, head[f"{prefix}{column}"])
        location.part("Country").put("IdentificationCode", head[f"{prefix}country_code"])
    if head[f"{prefix}name"]:
        delivery.part("DeliveryParty").part("PartyName").put("Name", head[f"{prefix}name"])


def _payment(top: _Part, invoice: EInvoice) -> None:
    company, paid, collected = invoice.company, invoice.paper.paid, invoice.paper.collected
    account = "" if paid or collected else str(company["iban"] or company["bank_account_no"]).replace(" ", "")
    sepa = company["iban"] and invoice.paper.currency == "EUR"
    means = top.part("PaymentMeans")
    asked = ANY_MEANS if not account else SEPA_TRANSFER if sepa else TRANSFER
    asked = invoice.means_of_debit if collected else asked
    means.put("PaymentMeansCode", invoice.means_paid if paid else asked)
    means.put("PaymentID", invoice.paper.payment_reference)
    if account:
        payee = means.part("PayeeFinancialAccount")
        payee.put("ID", account)
        payee.put("Name", company["name"])
        if company["bic"]:
            payee.part("FinancialInstitutionBranch").put("ID", company["bic"])
    if invoice.mandate:
        means.part("PaymentMandate").put("ID", invoice.mandate)
    top.part("PaymentTerms").put("Note", invoice.paper.terms)


def _allowance(top: _Part, discount: Decimal, reason: str, group: Group | None = None) -> None:
    """A discount, or a charge when it is below 0; on a document with its VAT category."""
    one = top.part("AllowanceCharge")
    one.put("ChargeIndicator", "false" if discount > 0 else "true")
    one.put("AllowanceChargeReasonCode", DISCOUNT if discount > 0 else "")
    one.put("AllowanceChargeReason", reason)
    one.amount("Amount", abs(discount))
    if group:
        _category(one.part("TaxCategory"), group.category, group.rate)


def _category(part: _Part, category: str, rate: Decimal, reason: str = "", reason_code: str = "") -> None:
    part.put("ID", category)
    if category != "O":
        part.put("Percent", number(rate))
    part.put("TaxExemptionReasonCode", reason_code)
    part.put("TaxExemptionReason", reason)
    part.scheme()


def _vat(top: _Part, invoice: EInvoice) -> None:
    paper, groups = invoice.paper, invoice.groups
    total = top.part("TaxTotal")
    total.amount("TaxAmount", sum((group.vat for group in groups), ZERO))
    for group in groups:
        subtotal = total.part("TaxSubtotal")
        subtotal.amount("TaxableAmount", group.base)
        subtotal.amount("TaxAmount", group.vat)
        _category(subtotal.part("TaxCategory"), group.category, group.rate, group.reason, group.reason_code)
    if paper.currency != paper.words.lcy:
        own = sum((group.vat_lcy for group in groups), ZERO)
        top.part("TaxTotal").amount("TaxAmount", own, paper.words.lcy)


def _totals(total: _Part, invoice: EInvoice) -> None:
    head = invoice.head
    discounts = [discount for _, discount in invoice.invoice_discounts]
    allowances = sum((one for one in discounts if one > 0), ZERO)
    charges = -sum((one for one in discounts if one < 0), ZERO)
    total.amount("LineExtensionAmount", invoice.line_total)
    total.amount("TaxExclusiveAmount", Decimal(head["amount"]))
    total.amount("TaxInclusiveAmount", Decimal(head["amount_including_vat"]))
    if allowances:
        total.amount("AllowanceTotalAmount", allowances)
    if charges:
        total.amount("ChargeTotalAmount", charges)
    if invoice.prepaid:
        total.amount("PrepaidAmount", invoice.prepaid)
    total.amount("PayableAmount", invoice.due)


def _line(part: _Part, invoice: EInvoice, line: Row, period: Sequence[object]) -> None:
    paper, (quantity, price) = invoice.paper, invoice.quantity_and_price(line)
    vat = invoice.vat_of(line)
    part.put("ID", line["line_no"])
    part.put("Note", invoice.texts_of(line))
    unit = unit_of(str(line["uom"] or ""), invoice.units.get(str(line["uom"] or ""), ""))
    part.put("CreditedQuantity" if invoice.credits else "InvoicedQuantity", number(quantity), unitCode=unit)
    part.amount("LineExtensionAmount", invoice.net(line))
    if period:
        _period(part, *period)
    discount = invoice.discount(line)
    if discount:
        _allowance(part, discount, paper.t("line_discount"))
    item = part.part("Item")
    item.put("Name", line["description"] or line["no"])
    if line["no"]:
        item.part("SellersItemIdentification").put("ID", paper.no(line))
    category = invoice.category(vat)
    _category(item.part("ClassifiedTaxCategory"), category, Decimal(vat["vat_pct"]) if category == "S" else ZERO)
    for name, value in properties_of(invoice, line):
        prop = item.part("AdditionalItemProperty")
        prop.put("Name", name)
        prop.put("Value", value)
    part.part("Price").put("PriceAmount", number(price), currencyID=paper.currency)


def properties_of(invoice: EInvoice, line: Row) -> Iterator[tuple[str, str]]:
    """What is known of a line beside its item: the machine that was served."""
    paper = invoice.paper
    if line["service_item_no"]:
        yield paper.t("service_item"), paper.machine(str(line["service_item_no"]))

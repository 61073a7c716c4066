"""What an e-invoice cannot do without, told before it is made (D-127, EN 16931 and Peppol BIS Billing 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from webapp.einvoice.codes import endpoint_of
from webapp.einvoice.ubl import EInvoice

__all__ = ["Lacking", "lacking", "lacking_of_buyer", "lacking_of_seller"]

Row = Mapping[str, Any]
TAXED: Final = ("S", "Z", "E", "AE", "K", "G")
SELLER, BUYER, DOCUMENT = "Company information", "Customer {no}", "VAT posting setup"

REPRESENTATIVE: Final = {
    "representative_country_code": ("Country code", "BR-20"),
    "representative_vat_no": ("VAT registration no.", "BR-56"),
}


@dataclass(frozen=True, slots=True)
class Lacking:
    """Something that is missing: what, where it is entered, the rule that asks for it, and whether it is of what paper
    shows of the company: it stays missing once the document was issued."""

    what: str
    where: str
    rule: str
    shown: bool = False


def lacking_of_seller(company: Row) -> Iterator[Lacking]:
    """What company information has to say, whatever is invoiced."""
    named = {
        "name": ("Name of the company", "BR-06"),
        "country_code": ("Country code of the company", "BR-09"),
        "vat_registration_no": ("VAT registration no. of the company", "BR-S-02"),
    }
    for column, (what, rule) in named.items():
        if not company[column]:
            yield Lacking(what, SELLER, rule, shown=True)
    if company.get("representative_name"):
        for column, (what, rule) in REPRESENTATIVE.items():
            if not company[column]:
                yield Lacking(f"{what} of the tax representative", SELLER, rule, shown=True)
    if not endpoint_of(str(company["e_invoice_address"]), str(company["vat_registration_no"]))[1]:
        yield Lacking("E-invoice address of the company", SELLER, "PEPPOL-EN16931-R020")


def lacking_of_buyer(head: Row, buyer: Row) -> Iterator[Lacking]:
    """What the payer's part of a header has to say; `buyer` is the payer's master record."""
    where = BUYER.format(no=head["bill_to_customer_no"])
    if not head["bill_to_name"]:
        yield Lacking("Name of the payer", where, "BR-07")
    if not head["bill_to_country_code"]:
        yield Lacking("Country code of the payer", where, "BR-11")
    if not endpoint_of(str(buyer.get("e_invoice_address", "")), str(head["vat_registration_no"]))[1]:
        yield Lacking("E-invoice address or VAT registration no. of the payer", where, "PEPPOL-EN16931-R010")


def lacking(invoice: EInvoice, peppol: bool = True) -> Iterator[Lacking]:
    """Everything that is missing in the e-invoice of a posted document; without the addresses of Peppol for one that
    travels inside a PDF."""
    for one in (*lacking_of_seller(invoice.company), *lacking_of_buyer(invoice.head, invoice.buyer)):
        if peppol or not one.rule.startswith("PEPPOL"):
            yield one
    if not invoice.head["vat_registration_no"] and any(one.category in ("AE", "K") for one in invoice.groups):
        where = BUYER.format(no=invoice.head["bill_to_customer_no"])
        yield Lacking("VAT registration no. of the payer, who owes the VAT", where, "BR-AE-02")
    if peppol and invoice.paper.collected and not invoice.mandate:
        where = BUYER.format(no=invoice.head["bill_to_customer_no"])
        yield Lacking("Mandate reference of the payer, from whom it is collected,", where, "PEPPOL-EN16931-R061")
    if any(row["calculation_type"] == "full" for row in invoice.paper.document.vat):
        yield Lacking("A category for full VAT, which the standard does not know,", DOCUMENT, "BR-CO-18")

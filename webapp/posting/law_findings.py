"""The rows of the catalogue about what an invoice shows by law, and about the logo."""

from __future__ import annotations

from webapp.posting.undo_findings import Text

LAW_ROWS: dict[str, Text] = {
    "company_field_missing": (
        "error",
        "D-127",
        "{label} of the company is missing, and an invoice must show it.",
        "Enter it under Set-up, Company.",
    ),
    "mandate_missing": (
        "warning",
        "D-127 D-93",
        "Customer {no} has no mandate reference, and payment method {method} collects by direct debit.",
        "Enter it on the customer before you collect, or choose another payment method.",
    ),
    "creditor_identifier_missing": (
        "warning",
        "D-127 D-93",
        "The company has no creditor identifier, and payment method {method} collects by direct debit.",
        "Enter it under Set-up, Company, before you collect.",
    ),
    "tax_representative_incomplete": (
        "error",
        "D-127",
        "{label} is missing, and an invoice must show number, name and address of the tax representative.",
        "Enter it under Set-up, Company, or clear all fields of the representative there.",
    ),
    "payer_address_missing": (
        "error",
        "D-127",
        "{label} of customer {no} is missing, and an invoice must show the whole address.",
        "Enter it on the customer and on the document.",
    ),
    "vat_clause_missing": (
        "error",
        "D-127",
        "VAT posting setup {bus} / {prod} charges no VAT and has no VAT clause that says why.",
        "Choose a VAT clause there; it is printed on the invoice.",
    ),
    "certificate_date_missing": (
        "error",
        "D-107",
        "A certificate that was received has a date of receipt.",
        "Enter the day on which the goods arrived.",
    ),
    "certificate_date_outside": (
        "error",
        "D-107",
        "The date of receipt {date} is not between the shipment on {low} and {high}.",
        "Enter the day on which the goods arrived.",
    ),
    "certificate_date_without_receipt": (
        "error",
        "D-107",
        "A date of receipt is there, and the certificate was not received.",
        "Choose Received, or clear the date.",
    ),
    "logo_no_picture": (
        "error",
        "D-117",
        "The logo is no PNG or JPEG picture, or it is not whole.",
        "Choose a file that a picture viewer opens.",
    ),
    "logo_too_large": ("error", "D-117", "The logo has {size} KB; {most} KB are possible.", "Save it smaller."),
}

"""The rows of the catalogue about e-invoices: severity, rules, text and remedy."""

from __future__ import annotations

from webapp.posting.undo_findings import Text

E_INVOICE_ROWS: dict[str, Text] = {
    "e_invoice_lacks": (
        "error",
        "D-127",
        "{what} is missing for the e-invoice ({rule}).",
        "Enter it under {where}.",
    ),
    "e_invoice_lacks_as_issued": (
        "error",
        "D-120",
        "{what} was missing when {document} was issued, and its e-invoice says what the paper said ({rule}).",
        "Enter it under {where}, credit the document and invoice it anew.",
    ),
    "e_invoice_will_lack": (
        "error",
        "D-127",
        "{label} is missing for the e-invoice that customer {no} wants ({rule}).",
        "Enter it on the customer; a bill-to field also on this document.",
    ),
    "e_invoice_breaks_rule": (
        "error",
        "D-127",
        "The e-invoice breaks rule {rule}: {text}",
        "Correct the set-up that it names; what cannot be corrected is credited and invoiced again.",
    ),
}

"""The rows of the catalogue about an invoice discount that no longer fits: severity, rules, text, remedy."""

from __future__ import annotations

from webapp.posting.undo_findings import Text

DISCOUNT_ROWS: dict[str, Text] = {
    "invoice_discount_left_behind": (
        "warning",
        "P-135 D-34",
        "The lines have an invoice discount of {amount}; the terms {terms} give {given}.",
        "Choose Calculate invoice discount, unless the amount was agreed.",
    ),
    "service_charge_left_behind": (
        "warning",
        "P-135 D-34",
        "The lines have a service charge of {amount}; the terms {terms} ask for {given}.",
        "Choose Calculate invoice discount, unless the charge was agreed.",
    ),
}

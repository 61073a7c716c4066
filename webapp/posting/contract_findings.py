"""The rows of the catalogue about contracts and their invoices: severity, rules, text and remedy by code."""

from __future__ import annotations

from webapp.posting.undo_findings import Text

CONTRACT_ROWS: dict[str, Text] = {
    "contract_distribution_impossible": (
        "error",
        "C-54",
        "The difference cannot be spread {way}: the sum over the lines is 0.",
        "Choose another way.",
    ),
    "contract_without_lines": (
        "error",
        "C-53",
        "Annual amount cannot be typed: the contract has no lines.",
        "Enter the lines first.",
    ),
    "contract_line_value_zero": (
        "error",
        "C-53",
        "Line value is 0, so the annual amount cannot be spread over the lines.",
        "Fill in the line value, or delete the line.",
    ),
    "contract_prepaid_after_service": (
        "error",
        "C-7",
        "A contract that is invoiced after the service cannot be prepaid.",
        "Clear Prepaid or Invoice after service.",
    ),
    "contract_line_at_zero": (
        "warning",
        "C-54",
        "The line amount becomes {amount}.",
        "Check the line, or spread the difference another way.",
    ),
}

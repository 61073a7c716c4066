"""The rows of the catalogue about credit memos, what they apply to and take back: severity, rules, text, remedy."""

from __future__ import annotations

from webapp.posting.undo_findings import Text

CREDIT_ROWS: dict[str, Text] = {
    # --- application (P-102, D-19) --------------------------------------------------------------------------------
    "applies_to_missing": (
        "error",
        "P-102 L04 D-19",
        "{name} does not exist among the customer entries of {no}.",
        "Choose an open entry under Apply entries, or clear Applies to.",
    ),
    "applies_to_nothing_marked": (
        "error",
        "P-102 D-19",
        "None of the entries that were marked for this credit memo is there any more.",
        "Mark open entries under Apply entries, or clear the marks.",
    ),
    "applies_to_other_customer": (
        "error",
        "P-102",
        "{name} belongs to customer {owner}, not to {no}.",
        "Choose an open entry of {no}.",
    ),
    "applies_to_closed": (
        "error",
        "P-102 D-132",
        "{name} is not open.",
        "Choose an open entry, or clear Applies to; the credit memo then stays open.",
    ),
    "applies_to_same_sign": (
        "error",
        "P-102",
        "{name} is itself in the customer's favour; a credit memo cannot be applied to it.",
        "Choose what the customer owes.",
    ),
    "applies_to_other_currency": (
        "error",
        "P-102 P-157",
        "{name} is in {currency}, this credit memo in {own}.",
        "Choose an entry in {own}, or allow application between currencies in Receivables setup.",
    ),
    "applies_to_later": (
        "error",
        "P-102 D-131",
        "{name} was posted on {day}, after Posting date {date}.",
        "Enter {day} or later as posting date.",
    ),
    "applies_to_with_payment": (
        "error",
        "D-18 P-127",
        "The payment method pays back at once, so there is nothing to apply.",
        "Clear the payment method, or clear Applies to.",
    ),
    "applies_to_marked_elsewhere": (
        "error",
        "D-131",
        "{name} is marked for credit memo {other} already.",
        "Take the mark off there, or choose another entry.",
    ),
    "amount_to_apply_too_large": (
        "error",
        "D-131 P-156",
        "Only {most} of {name} is left.",
        "Enter {most} or less.",
    ),
    "invoice_discount_automatic": (
        "error",
        "D-35",
        "The invoice discount follows the terms of discount code {terms} by itself.",
        "Change the terms, or the discount code of the document.",
    ),
    # --- copying (D-42) ------------------------------------------------------------------------------------------
    "copy_source_missing": (
        "error",
        "D-42",
        "There is no {kind} {no}.",
        "Choose another kind, or correct the number.",
    ),
    "copy_into_released": (
        "error",
        "D-42 P-171",
        "{no} is released: nothing can be copied into it.",
        "Reopen it first.",
    ),
    "copy_header_over_lines": (
        "error",
        "D-42",
        "{no} has lines already, so its header cannot be replaced.",
        "Copy without the header, or delete the lines first.",
    ),
    "copy_priced_otherwise": (
        "error",
        "D-42",
        "The prices of {no} are in another currency, or with VAT where these are without.",
        "Tick Recalculate prices, or include the header.",
    ),
    "copy_nothing": (
        "error",
        "D-42",
        "{no} has no line that can be copied.",
        "Choose another document.",
    ),
    "copy_link_lost": (
        "warning",
        "D-42",
        "The link to the {what} is not copied (lines {lines}).",
        "Nothing: what the other document took stays with it.",
    ),
    # --- what comes back (P-113, P-152, P-158) --------------------------------------------------------------------
    "mandatory_return_entry": (
        "error",
        "P-113",
        "{label} must be filled in (Receivables setup: exact cost reversing).",
        "Create the credit memo from the posted invoice, or choose the item entry that the goods left with.",
    ),
    "return_entry_wrong": (
        "error",
        "P-113",
        "Item entry {entry} is not one with which item {name} went out.",
        "Choose another entry, or clear {label}.",
    ),
    "returned_too_much": (
        "error",
        "P-113 P-152",
        "Item {name}: {left} of what went out can still come back.",
        "Look in the item ledger at what came back, and return no more than is left.",
    ),
    "credited_too_much": (
        "error",
        "P-152 P-186",
        "Only {most} of line {invoice_line} of invoice {invoice} is left to credit.",
        "Enter {most} or less.",
    ),
    "credited_for_other_customer": (
        "error",
        "P-152",
        "Invoice {invoice} is customer {owner}'s.",
        "Credit it for this customer.",
    ),
    "invoice_line_gone": (
        "error",
        "P-152",
        "Invoice {invoice} has no line {invoice_line} to credit.",
        "Choose the number on the line again.",
    ),
    "invoice_held_by_credit_memo": (
        "error",
        "P-152",
        "What is left of invoice {no} is on open credit memo {credit_memo}.",
        "Post it, or delete it to credit otherwise.",
    ),
    "invoice_nothing_to_credit": (
        "error",
        "P-152",
        "Nothing of invoice {no} is left to credit.",
        "Look at the credit memos in its chain.",
    ),
    "vat_rate_differs": (
        "warning",
        "P-158",
        "VAT % is {here}, but {there} on the invoice that is credited.",
        "Check whether the VAT date should be that of the invoice.",
    ),
    # --- cancelling (P-186) ---------------------------------------------------------------------------------------
    "invoice_cancelled_already": (
        "error",
        "P-186 D-43",
        "Invoice {no} is already cancelled.",
        "Nothing to do; look at its chain.",
    ),
    "cancel_applied": (
        "error",
        "P-186 D-43 D-132",
        "Invoice {no} cannot be cancelled or corrected: {names} is applied to it.",
        "Take the application back on the customer entry first, or create a credit memo for what is wrong.",
    ),
    "cancel_credited": (
        "error",
        "P-186",
        "Part of it is credited already: of line {lines}.",
        "Create a credit memo for what is left instead.",
    ),
    "cancel_of_contract": (
        "error",
        "P-186 D-43",
        "Invoice {no} of contract {contract} cannot be cancelled or corrected: {why}.",
        "Cancel or delete what came after it first, or credit the lines of the contract.",
    ),
    "cancel_before_invoice": (
        "error",
        "P-186 P-102",
        "{label} {date} is before that of invoice {no}, {day}.",
        "Enter {day} or later.",
    ),
    "correction_differs": (
        "warning",
        "P-186",
        "The new invoice comes to {amount}, without rounding, where invoice {no} came to {before}: {what}.",
        "Compare the lines of the new invoice with those of {no} before you post it.",
    ),
    "cancel_order_line_gone": (
        "error",
        "P-186",
        "Order {order} has no line {order_line} any more that could be invoiced again.",
        "Create a credit memo instead.",
    ),
    "cancel_shipment_gone": (
        "error",
        "P-186",
        "No shipment of order {order} holds what was invoiced.",
        "Create a credit memo instead.",
    ),
}

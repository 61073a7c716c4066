"""The rows of the catalogue about payments, their application and its taking back: severity, rules, text and remedy."""

from __future__ import annotations

from webapp.posting.undo_findings import Text

PAYMENT_ROWS: dict[str, Text] = {
    # --- the payment ------------------------------------------------------------------------------------------------
    "payment_customer_unknown": (
        "error",
        "D-131",
        "There is no customer {no}.",
        "Choose the customer who paid.",
    ),
    "payment_pays_for_other": (
        "error",
        "D-129",
        "The invoices of customer {no} go to {payer}, who owes them.",
        "Enter the payment for {payer}.",
    ),
    "payment_amount_not_positive": (
        "error",
        "D-131",
        "Amount must be more than 0.",
        "Enter what was paid.",
    ),
    "payment_amount_too_fine": (
        "error",
        "P-3",
        "Amount {amount} has more digits than {currency} has.",
        "Enter it in steps of {step}.",
    ),
    "payment_account_missing": (
        "error",
        "P-127 D-131",
        "It is not said where the money went: {why}.",
        "Choose a bank account, or a payment method with a balancing account.",
    ),
    "payment_entered_before": (
        "warning",
        "P-79",
        "Reference {reference} stands on payment {other} of this customer already.",
        "Check that it is not the same payment.",
    ),
    # --- what it is applied to --------------------------------------------------------------------------------------
    "payment_entry_closed": (
        "error",
        "D-132 P-102",
        "{name} is not open any more.",
        "Choose another entry, or leave the payment open.",
    ),
    "payment_entry_changed": (
        "error",
        "P-8",
        "{left} is left of {name} now; it was {seen} when you looked.",
        "Check the amount to apply, then post again.",
    ),
    "payment_entry_of_other": (
        "error",
        "P-102",
        "{name} belongs to customer {owner}, not to {no}.",
        "Choose an open entry of {no}.",
    ),
    "payment_entry_same_side": (
        "error",
        "P-156",
        "{name} is on the same side as what is applied: one cannot close the other.",
        "Choose entries of the other side.",
    ),
    "payment_entry_other_currency": (
        "error",
        "P-157 D-131",
        "{name} is in {currency}, what is applied in {own}.",
        "Choose an entry in {own}, or allow application between currencies in Receivables setup.",
    ),
    "payment_entry_later": (
        "error",
        "D-131",
        "{name} was posted on {day}, after Posting date {date}.",
        "Enter {day} or later as posting date.",
    ),
    "payment_applies_too_much": (
        "error",
        "D-131 P-156",
        "{typed} to apply to {name} is more than the {most} that is open.",
        "Enter {most} or less; what is paid above it stays open on the payment.",
    ),
    "payment_amount_negative": (
        "error",
        "D-131",
        "The amount to apply to {name} must not be below 0.",
        "Enter 0 or more; blank is all of it.",
    ),
    "payment_used_up": (
        "error",
        "D-131",
        "Nothing is left to apply to {name}: {amount} goes to the entries before it.",
        "Take it out of the choice, or lower the amounts to apply.",
    ),
    "payment_applies_more_than_paid": (
        "error",
        "D-131",
        "The amounts to apply come to {typed}, which is more than {amount}.",
        "Lower an amount to apply, or enter what was paid.",
    ),
    "payment_entry_marked": (
        "warning",
        "D-19",
        "{name} is marked for credit memo {other}.",
        "The credit memo finds less of it to apply to.",
    ),
    "application_nothing_chosen": (
        "error",
        "D-131",
        "Nothing is chosen to apply to.",
        "Choose at least one open entry.",
    ),
    # --- taking an application back ---------------------------------------------------------------------------------
    "unapplied_already": (
        "error",
        "D-132",
        "This application is taken back already.",
        "Go back to the entry.",
    ),
    "unapply_later_exists": (
        "error",
        "D-132",
        "{names} were applied later to the same entries.",
        "Take the latest application back first.",
    ),
    "unapply_cancellation": (
        "error",
        "D-132 P-186",
        "Credit memo {no} cancels invoice {invoice}; the two stay applied to each other.",
        "Make a new invoice instead.",
    ),
    "unapply_date_early": (
        "error",
        "D-132",
        "Posting date {date} is before the application of {day}.",
        "Enter {day} or later.",
    ),
    "unapply_reason_missing": (
        "error",
        "D-132",
        "Say why the application is taken back.",
        "Enter a reason.",
    ),
    # --- editing an open entry (D-130) ----------------------------------------------------------------------------
    "entry_not_editable": (
        "error",
        "D-130",
        "{name} is closed; nothing of it can be edited any more.",
        "Unapply what closed it first.",
    ),
    "due_before_document": (
        "error",
        "D-130",
        "Due date {date} is before the document date {day}.",
        "Enter {day} or later.",
    ),
    "discount_above_original": (
        "error",
        "D-130",
        "{label} must lie between 0 and the {most} that the document allowed.",
        "Enter an amount in that range.",
    ),
    "entry_edited_meanwhile": (
        "error",
        "P-8",
        "{name} was edited by someone else since this page was loaded.",
        "Look at what stands there now, and enter yours again.",
    ),
    # --- reports ----------------------------------------------------------------------------------------------------
    "report_date_far": (
        "error",
        "D-134 D-135",
        "{label} must lie between {low} and {high}.",
        "Enter a date in that range.",
    ),
    "period_length_not_understood": (
        "error",
        "D-134 P-147",
        "{label}: “{typed}” is not a length of up to ten years.",
        "Write it like 1M or 30D.",
    ),
    "statements_too_many": (
        "error",
        "D-135",
        "These are more than {most} customers, more than one print holds.",
        "Choose those who owe something only, or one customer after the other.",
    ),
    "statement_of_too_long": (
        "error",
        "D-135",
        "The account of customer {no} moved more than {most} times in this period.",
        "Choose a shorter period.",
    ),
    "statement_too_long": (
        "error",
        "D-135",
        "The account moved more than {most} times in this period.",
        "Choose a shorter period.",
    ),
}

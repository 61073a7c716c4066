"""The rows of the catalogue about batches: severity, rules, text and remedy by code."""

from __future__ import annotations

from webapp.posting.undo_findings import Text

BATCH_ROWS: dict[str, Text] = {
    "batch_posting_date_missing": (
        "error",
        "D-86",
        "Posting date must be filled in when dates are replaced.",
        "Fill in the posting date of the batch.",
    ),
    "batch_empty": (
        "error",
        "D-88",
        "There is nothing to post: {what}.",
        "Mark documents in the list, or widen the filter.",
    ),
    "batch_kind_unknown": (
        "error",
        "D-88",
        "No documents of the kind “{value}” are posted in a batch.",
        "Open the list of service orders, invoices or credit memos, and choose Post batch there.",
    ),
    "filter_value_unknown": (
        "error",
        "D-109",
        "The filter {label} has no “{value}” to choose.",
        "Choose one that the list offers, or show all.",
    ),
    "batch_nothing_failed": (
        "error",
        "D-91",
        "Batch {no} has no document to retry.",
        "Everything in it is posted or being posted, or does not exist any more.",
    ),
    "batch_nothing_ready": (
        "error",
        "D-91",
        "Batch {no} has no document that is still as it was tested.",
        "Look at what was posted or changed since, and test again what is left.",
    ),
    "batch_still_running": (
        "error",
        "D-91",
        "Batch {no} is still running.",
        "Wait until it has ended, or stop it.",
    ),
    "document_being_posted": (
        "error",
        "D-91",
        "{kind} {no} was skipped: it is being posted by batch {batch}.",
        "Look at what batch {batch} makes of it.",
    ),
    "document_posted_already": (
        "error",
        "D-91",
        "{kind} {no} was skipped: it is posted already as {numbers}.",
        "Nothing to do.",
    ),
    "batch_stopped": (
        "warning",
        "D-89",
        "{kind} {no} was skipped: the batch was stopped by {user}.",
        "Post it with Retry.",
    ),
    "print_run_empty": (
        "error",
        "D-118",
        "There is nothing to print: no document fits.",
        "Mark documents in the list, or widen the filter.",
    ),
    "print_run_too_large": (
        "error",
        "D-118",
        "These are more than {most} documents, which is more than one file holds.",
        "Print them in parts: narrow the filter, by posting date for example.",
    ),
    "pdf_not_installed": (
        "error",
        "D-119",
        "PDF cannot be made here: finalize[pdf] is not installed.",
        "Print from the browser, or tell the administrator to install it.",
    ),
    "document_not_printed": (
        "error",
        "D-118",
        "The file of {kind} {no} could not be made.",
        "Print it from its page; tell the administrator if it stays so.",
    ),
    "posting_broke_off": (
        "error",
        "P-8",
        "{kind} {no} could not be posted: {reason}.",
        "Try it again; tell the administrator if it stays so.",
    ),
}

"""The rows of the catalogue about sending: severity, rules, text and remedy."""

from __future__ import annotations

from webapp.posting.undo_findings import Text

OUTBOX_ROWS: dict[str, Text] = {
    "mail_address_wrong": (
        "error",
        "D-102",
        "“{typed}” is not an e-mail address.",
        "Enter one address, such as name@company.com.",
    ),
    "iban_wrong": (
        "error",
        "D-121 D-122",
        "“{typed}” is not an IBAN: its check digits do not fit.",
        "Compare it with the bank's letter; an account without an IBAN is written as the bank account no.",
    ),
    "bic_wrong": (
        "error",
        "D-121",
        "“{typed}” is not a BIC, which has 8 or 11 letters and digits.",
        "Compare it with the bank's letter, or leave it blank.",
    ),
    "too_many_to_send": (
        "error",
        "D-109",
        "These are more than {most} documents, too many for one step.",
        "Narrow the list by a filter, and send them in parts.",
    ),
    "mail_waits_already": (
        "error",
        "D-102",
        "The document waits already to be sent to {recipient}.",
        "Wait until it has left, or take it back in the outbox.",
    ),
    "mail_sent_again_already": (
        "error",
        "D-102",
        "The document went into the outbox once more already.",
        "See its latest row in the outbox, and send it again from there.",
    ),
    "sending_not_written": (
        "error",
        "D-41",
        "It could not be put into the outbox: the database did not answer.",
        "Send it from its own page.",
    ),
}

"""The rows of the catalogue about comments, texts and fees of a document: severity, rules, text and remedy by code."""

from __future__ import annotations

from webapp.posting.undo_findings import Text

TEXT_ROWS: dict[str, Text] = {
    "comment_needs_item_line": (
        "error",
        "D-32",
        "A comment of type {kind} belongs to a service item line.",
        "Choose the service item line, or the type general.",
    ),
    "comment_internal_printed": (
        "error",
        "D-32",
        "An internal comment is never printed.",
        "Take the mark away, or choose another type.",
    ),
    "comment_gone": ("error", "D-32", "This comment is not there any more.", "Look at the list as it is now."),
}

"""The rows of the catalogue about what is typed, comments, texts and fees: severity, rules, text and remedy by code."""

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
    "number_is_date": (
        "error",
        "O-43",
        "{label}: “{typed}” looks like a date, not like a number.",
        "Type a number such as 1.5; a sum that looks like a date with blanks between.",
    ),
    "rate_of_own_currency": (
        "error",
        "D-14 P-100",
        "The document is in the own currency, which has no exchange rate.",
        "Enter a currency code first.",
    ),
    "starting_fee_missing": (
        "error",
        "D-29",
        "No starting fee is set up.",
        "Enter it in the service setup.",
    ),
    "travel_fee_missing": (
        "error",
        "D-29",
        "There is no travel cost for service zone {zone}.",
        "Enter the service zone of the order, or a travel cost for it under Service costs.",
    ),
    "split_not_resource": ("error", "D-29", "Only a line of type resource can be split.", "Choose a resource line."),
    "split_without_item_lines": (
        "error",
        "D-29",
        "There are no service item lines to split the line over.",
        "Add a second service item line first.",
    ),
    "standard_code_currency": (
        "error",
        "D-31",
        "Standard service code {name} is in {other}, the order in {own}.",
        "Choose one in the currency of the order.",
    ),
    "standard_code_group": (
        "error",
        "D-31",
        "Standard service code {name} is for service items of group {group}.",
        "Choose a service item line of this group, or another code.",
    ),
    "standard_code_empty": (
        "error",
        "D-31",
        "Standard service code {name} has no lines.",
        "Enter them under Standard service lines.",
    ),
    "extended_text_missing": (
        "error",
        "D-30",
        "There is no extended text for line {line} in the language, on the date and for the kind of this document.",
        "Enter one under Extended texts.",
    ),
    "attachment_type": (
        "error",
        "D-33 S-4",
        "{name} is no kind of file that can be attached.",
        "Attach one of these: {kinds}.",
    ),
    "attachment_empty": ("error", "D-33", "{name} is empty.", "Choose the file once more where it was made."),
    "attachment_not_its_type": (
        "error",
        "D-33 S-4",
        "What is in {name} is no {kind} file.",
        "Save it anew in the program that made it, and attach that.",
    ),
    "attachment_too_large": (
        "error",
        "D-33 S-4",
        "{name} has {size} MB; {most} MB are possible.",
        "Make it smaller, or divide it.",
    ),
    "attachments_too_many": (
        "error",
        "D-33 S-4",
        "{most} files are attached already, more are not possible.",
        "Take away what is not needed, or put several into one archive.",
    ),
    "attachment_missing": ("error", "D-33", "No file was chosen.", "Choose one or several files."),
    "attachment_gone": ("error", "D-33", "This file is not there any more.", "Look at the list as it is now."),
    "attachment_there_already": (
        "error",
        "D-33",
        "{name} is attached there already.",
        "Nothing to do.",
    ),
    "copies_out_of_range": (
        "error",
        "O-20 D-118",
        "{label} must be between 1 and {most}.",
        "Enter how many copies are printed at once, the first one included.",
    ),
    "no_items_chosen": ("error", "D-29", "No item has a quantity.", "Type the quantity of each item to add."),
    "comment_gone": ("error", "D-32", "This comment is not there any more.", "Look at the list as it is now."),
}

"""The rows of the catalogue about undoing a shipment or a consumption: severity, rules, text and remedy by code."""

from __future__ import annotations

from typing import Literal

Text = tuple[Literal["error", "warning"], str, str, str]

UNDO_ROWS: dict[str, Text] = {
    "undo_nothing": (
        "error",
        "P-160 D-106",
        "There is nothing to undo: no line with a quantity was chosen.",
        "Tick the lines to undo; text lines have nothing to take back.",
    ),
    "undone_already": (
        "error",
        "P-159 P-169",
        "This shipment line has already been undone.",
        "Choose another line.",
    ),
    "undo_quantity_zero": ("error", "P-160", "Quantity must not be 0.", "Leave the line out."),
    "undo_taken": (
        "error",
        "P-161 P-169",
        "Line {line} cannot be undone: part of it is {what}. {instead}",
        "Leave the line out.",
    ),
    "undo_not_consumed": (
        "error",
        "P-169",
        "Line {line} cannot be undone: nothing of it is consumed.",
        "Use Undo shipment for what is only shipped.",
    ),
    "undo_order_closed": (
        "error",
        "P-162 P-169",
        "You cannot undo {what} because order {no} is already closed.",
        "{instead}.",
    ),
    "undo_order_line_gone": (
        "error",
        "P-162 P-169",
        "Order {no} has no line {order_line} any more.",
        "Post a credit memo instead.",
    ),
    "undo_returned": (
        "error",
        "P-163",
        "You cannot undo it: part of it has already been returned.",
        "Look at the item entries of the line.",
    ),
    "undo_revalued": (
        "error",
        "P-163",
        "You cannot undo it: a revaluation has already been posted.",
        "Post a credit memo instead.",
    ),
    "undo_no_space": (
        "error",
        "P-165",
        "There is not enough space to insert correction lines.",
        "Post a credit memo instead.",
    ),
    "undo_on_open_invoice": (
        "warning",
        "D-52 P-93",
        "Line {line} stands on open invoice {invoice}.",
        "Delete the line there; it cannot be invoiced once the shipment is undone.",
    ),
}

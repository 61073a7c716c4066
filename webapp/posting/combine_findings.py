"""The rows of the catalogue about invoices of several orders: severity, rules, text and remedy by code."""

from __future__ import annotations

from typing import Literal

Text = tuple[Literal["error", "warning"], str, str, str]

COMBINE_ROWS: dict[str, Text] = {
    # --- lines from shipments -----------------------------------------------------------------------------------
    "shipment_line_gone": (
        "error",
        "P-93 L18",
        "Shipment {shipment} line {shipment_line} has already been invoiced or was undone.",
        "Delete the line.",
    ),
    "shipment_quantity_exceeded": (
        "error",
        "P-93 D-51",
        "Quantity {qty} is greater than the quantity left on shipment {shipment} line {shipment_line}: {left}.",
        "Enter {left} or less.",
    ),
    "order_line_gone": (
        "error",
        "P-93 D-49",
        "Order {order} has no line {order_line} any more, which shipment {shipment} line {shipment_line} comes from.",
        "Delete the line, and charge it by a line of its own.",
    ),
    "shipment_differs": (
        "error",
        "P-93 P-106 D-47",
        "{label} must be {here} on shipment {shipment}, but it is {there}.",
        "Make an invoice of its own for it.",
    ),
    "line_needs_shipment": (
        "error",
        "P-95 D-54",
        "{label} must be filled in: the invoice was opened for order {order}.",
        "Delete the line, and put it on an invoice of its own.",
    ),
    "shipment_line_held": (
        "error",
        "D-52",
        "Shipment {shipment} line {shipment_line} is on open invoice {invoice} already.",
        "Open invoice {invoice}; delete the line there to invoice it here.",
    ),
    "line_from_shipment_header": (
        "error",
        "D-51 D-21",
        "You cannot change {label} because line {shipped_line} comes from shipment {shipment}.",
        "Delete the lines that come from shipments first, or make another invoice.",
    ),
    "shipment_held_by_invoice": (
        "warning",
        "D-52 P-94",
        "Open invoice {invoice} holds {qty} of what this invoices from shipment {shipment} line {shipment_line}.",
        "Post invoice {invoice} instead, or delete its line afterwards: it could not be posted any more.",
    ),
    "shipment_line_unknown": (
        "error",
        "D-45",
        "Shipment {shipment} line {shipment_line} has nothing left to invoice for this invoice.",
        "Choose another line.",
    ),
    "no_shipment_lines_chosen": (
        "error",
        "D-46",
        "No shipment line was chosen.",
        "Tick the lines to invoice.",
    ),
    "shipments_need_payer": (
        "error",
        "D-44",
        "Shipment lines cannot be taken into invoice {no} while Bill-to customer no. is blank.",
        "Fill in the customer first.",
    ),
    "shipments_not_on_contract": (
        "error",
        "D-44",
        "Shipment lines cannot be taken into invoice {no}: it is an invoice of contract {contract}.",
        "Make an invoice of its own for them.",
    ),
    "shipments_not_on_released": (
        "error",
        "D-44",
        "Shipment lines cannot be taken into invoice {no}: it is released.",
        "Reopen the invoice first.",
    ),
    "shipments_all_held": (
        "error",
        "D-52",
        "Nothing of {no} is left to invoice: open invoice {invoice} holds its shipments already.",
        "Open invoice {invoice}.",
    ),
    "shipments_none_open": (
        "error",
        "D-45",
        "Nothing of {no} is shipped and waits for an invoice.",
        "Ship an order first.",
    ),
    "order_price_changed": (
        "warning",
        "D-49",
        "Unit price was {old} on shipment {shipment}; order {order} says {new} now, which is taken.",
        "Enter another price if it should not count.",
    ),
    "order_discount_lost": (
        "warning",
        "D-50",
        "{orders_give} an invoice discount of {given} on what the invoice takes; {amount} of that is not carried over.",
        "Enter {given} as the invoice discount of the invoice, unless the customer shall not have it.",
    ),
    # --- runs over many customers -------------------------------------------------------------------------------
    "combine_nothing": (
        "error",
        "D-61",
        "There is nothing to combine: {what}.",
        "Widen the filter, or tick shipments that are left out.",
    ),
    "combine_other_terms": (
        "warning",
        "D-59",
        "Shipment {shipment} is left out: its payment terms are not those of {no}.",
        "Run it without Only standard payment terms.",
    ),
    "combine_not_marked": (
        "warning",
        "D-56",
        "Order {order} is left out: it is not marked for combining.",
        "Tick it in the preview, or mark the order.",
    ),
    "combine_held": (
        "warning",
        "D-52",
        "Shipment {shipment} is left out: open invoice {invoice} holds it.",
        "Post that invoice, or delete the lines there.",
    ),
    "combine_taken_meanwhile": (
        "warning",
        "D-52 D-62",
        "Shipment {shipment} line {shipment_line} was invoiced or taken by somebody meanwhile.",
        "Nothing to do.",
    ),
    # --- invoiced orders ----------------------------------------------------------------------------------------
    "order_not_invoiced_out": (
        "error",
        "P-176 D-63",
        "Order {no} stays: {what}.",
        "Ship and invoice the rest first.",
    ),
}

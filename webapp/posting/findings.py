"""Findings: what is wrong or worth knowing, where, and how to mend it (O-34, D-66).

Wrong data is never an exception: checks return findings, all of them at once. One row of the catalogue per code; the
same code reads the same in the live panel, the test report, the preview and the posting.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from webapp.posting.batch_findings import BATCH_ROWS
from webapp.posting.combine_findings import COMBINE_ROWS
from webapp.posting.contract_findings import CONTRACT_ROWS
from webapp.posting.contract_run_findings import CONTRACT_RUN_ROWS
from webapp.posting.credit_findings import CREDIT_ROWS
from webapp.posting.discount_findings import DISCOUNT_ROWS
from webapp.posting.e_invoice_findings import E_INVOICE_ROWS
from webapp.posting.law_findings import LAW_ROWS
from webapp.posting.naming import label_of, table_name
from webapp.posting.outbox_findings import OUTBOX_ROWS
from webapp.posting.payment_findings import PAYMENT_ROWS
from webapp.posting.text_findings import TEXT_ROWS
from webapp.posting.undo_findings import UNDO_ROWS

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of one document, line or field.

    `code` is stable and is what tests and clients rely on. An `error` stops posting, a `warning` does not. `line` is a
    line no. of the document, None for the header. `field` is a column name, `label` its name on the screen.
    """

    code: str
    severity: Severity
    rules: tuple[str, ...]
    message: str
    remedy: str
    table: str = ""
    record: str = ""
    document: str = ""
    line: int | None = None
    field: str = ""
    label: str = ""
    link: str = ""

    @property
    def is_error(self) -> bool:
        return self.severity == "error"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the catalogue: how the findings of one code read."""

    severity: Severity
    rules: tuple[str, ...]
    message: str
    remedy: str


def _error(rules: str, message: str, remedy: str) -> Row:
    return Row("error", tuple(rules.split()), message, remedy)


def _warning(rules: str, message: str, remedy: str) -> Row:
    return Row("warning", tuple(rules.split()), message, remedy)


def show(value: object) -> str:
    """A value as a message names it: decimals without trailing zeros, dates as YYYY-MM-DD, blank as "blank"."""
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") or "0" if "." in text else text
    if value is None or value == "":
        return "blank"
    return str(value)


def money(value: Decimal) -> str:
    """An amount as a message names it: at least two decimals, groups of three."""
    text = f"{value:,.5f}".rstrip("0")
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction:0<2}"


def finding(
    code: str,
    *,
    table: str = "",
    record: str = "",
    document: str = "",
    line: int | None = None,
    field: str = "",
    label: str = "",
    link: str = "",
    **values: Any,
) -> Finding:
    """The finding of this code, its text filled in with `values`; an unknown code is a fault of the program."""
    row = CATALOGUE[code]
    label = label or (label_of(field) if field else "")
    words = {name: show(value) if name != "where" else str(value) for name, value in values.items()}
    words.update(
        label=label, record=record, document=document, line=show(line) if line else "", table=table_name(table)
    )
    message = _sentence(row.message, words)
    if line is not None and not message.startswith((f"Line {line}", "Lines ")):
        message = f"Line {line}: {message}"
    return Finding(
        code,
        row.severity,
        row.rules,
        message,
        _sentence(row.remedy, words),
        table,
        record,
        document,
        line,
        field,
        label,
        link,
    )


def _sentence(text: str, words: dict[str, str]) -> str:
    """A text filled in; a label such as "No." at its end does not make two full stops."""
    return text.format(**words).replace("..", ".")


CATALOGUE: dict[str, Row] = {
    # --- fields -------------------------------------------------------------------------------------------------
    "field_required": _error("P-73 H01 H07 H11 H17", "{label} must be filled in.", "Fill in {label}."),
    "field_unknown": _error("S-4", "{name} is not a field here.", "Remove it, or check its spelling."),
    "field_twice": _error("S-4", "{label} was sent more than once.", "Send it once."),
    "too_many_fields": _error("S-4", "More than {limit} fields were sent.", "Send fewer at a time."),
    "text_too_long": _error("P-12 S-4", "{label} has {length} characters; {limit} are possible.", "Shorten it."),
    "text_not_allowed": _error("S-4", "{label} holds a character that cannot be printed.", "Type it again without it."),
    "number_not_understood": _error(
        "O-43", "{label}: “{typed}” is not a number.", "Type a number such as 1.5 or 1,234.50."
    ),
    "number_too_many_digits": _error(
        "O-43", "{label}: “{typed}” has too many digits.", "At most {whole} digits before and {places} after the point."
    ),
    "number_negative": _error("P-53 P-54", "{label} must not be negative.", "Type 0 or more."),
    "number_out_of_range": _error("O-43", "{label} must be between {low} and {high}.", "Stay within this range."),
    "number_not_positive": _error("P-100", "{label} must be above 0.", "Type a number above 0."),
    "amount_too_large": _error(
        "O-43", "An amount would have more than 12 digits before the point.", "Check quantity and price."
    ),
    "integer_expected": _error("O-43", "{label}: “{typed}” is not a whole number.", "Type a whole number."),
    "date_not_understood": _error(
        "D-12",
        "{label}: “{typed}” is not a date.",
        "Type a date such as 2026-03-15 or 15-03; t is today, w the work date.",
    ),
    "date_does_not_exist": _error("D-12", "{label}: {typed} does not exist in the calendar.", "Type an existing day."),
    "time_not_understood": _error("D-16", "{label}: “{typed}” is not a time.", "Type a time such as 14:30."),
    "choice_unknown": _error("P-12", "{label}: “{typed}” is not one of {options}.", "Choose one of them."),
    "flag_not_understood": _error("P-12", "{label}: “{typed}” is neither yes nor no.", "Answer yes or no."),
    "reference_unknown": _error(
        "P-12", "{label}: {name} does not exist in {table}.", "Choose an existing one, or add it there."
    ),
    "date_formula_not_understood": _error(
        "P-147", "{label}: “{typed}” is not a date formula.", "Write it like 14D, 1M+8D or CM."
    ),
    # --- set-up and packs ---------------------------------------------------------------------------------------
    "already_exists": _error(
        "P-12", "{name} exists already in {table}.", "Choose another, or change the existing one."
    ),
    "does_not_exist": _error("P-12", "{name} does not exist in {table}.", "Check it, or add it first."),
    "used_elsewhere": _error(
        "P-12", "{name} cannot be deleted: {used_by} uses it.", "Remove it there first, or block it."
    ),
    "key_cannot_change": _error("P-12", "{label} is the key and cannot change.", "Add a new record instead."),
    "changed_by_someone_else": _error(
        "P-8",
        "The {what} was changed by someone else; reload it.",
        "Reload it, look at what changed, and enter yours again.",
    ),
    "field_changed_meanwhile": _error(
        "P-8 D-6",
        "{label} is {now} now, changed by someone else; you typed {typed}.",
        "Enter yours again to replace it, or leave it.",
    ),
    "table_unknown": _error("P-12", "There is no table {name}.", "Known tables: {known}."),
    "not_a_list": _error("P-12", "{name} must be a list of records.", "Give a list of maps."),
    "not_a_record": _error("P-12", "{name} must be a record.", "Give a map of fields and values."),
    "series_both_open_and_posted": _error(
        "O-21 P-149", "Number series {name} is used for open and for posted documents.", "Give each its own series."
    ),
    "gapless_series_manual": _error(
        "P-150", "{label}: a gapless series cannot have it.", "Take manual numbers off, or make the series not gapless."
    ),
    "gapless_series_last_no": _error(
        "P-150", "{label} of a gapless series cannot be edited.", "Numbers are drawn by posting alone."
    ),
    "number_not_a_number": _error("P-148", "{label} “{typed}” does not end in digits.", "Write it like PIN-0001."),
    "flag_once": _error(
        "P-172", "{label} is set on repair status {name} already.", "Only one repair status can have it."
    ),
    "from_after_until": _error(
        "D-109", "{label} {first} is after {last}, so nothing fits.", "Give the earlier one first."
    ),
    "range_upside_down": _error("P-143", "{label} is before {other}.", "Give the earlier date first."),
    "gross_below_net": _error("D-114", "{label} {gross} is less than net weight {net}.", "Mend the one that is wrong."),
    "may_not": _error("S-1", "Your role {role} may not do this.", "Ask someone with the role {needed}."),
    # --- documents ----------------------------------------------------------------------------------------------
    "document_gone": _error(
        "P-8",
        "{kind} {no} does not exist any more; it was posted or deleted.",
        "Look for it among the posted documents; its own address says who deleted it.",
    ),
    "changed_since_test": _warning(
        "D-77", "{kind} {no} was changed after it was tested.", "Look at what it would post now, or test it again."
    ),
    "document_changed": _error(
        "P-8 O-42",
        "{kind} {no} was changed by someone else; reload it.",
        "Check what changed before you go on.",
    ),
    "changed_since_shown": _error(
        "P-8 O-42",
        "{kind} {no} was changed by {who}, {at}, after this page was opened. Nothing was posted.",
        "Look at what changed and at what would be posted now.",
    ),
    "line_gone": _error("P-8", "Line {gone} does not exist any more.", "Reload the document."),
    "number_not_allowed": _error(
        "P-148 D-2", "Number {no} cannot be typed: series {series} gives the numbers.", "Leave the number blank."
    ),
    "number_used": _error("D-2 P-173", "Number {no} has been used already.", "Choose another number."),
    "number_must_be_typed": _error("P-148", "Series {series} gives no numbers by itself.", "Type a number."),
    "customer_has_no_group": _error(
        "D-9 D-10",
        "Customer {no} has no {group}.",
        "Fill it in on the customer's page, then choose the customer again.",
    ),
    "line_shipped_header": _error(
        "P-52 D-21",
        "You cannot change {label} because line {shipped_line} is shipped.",
        "Post the order to its end, or undo the shipment.",
    ),
    "line_invoiced_header": _error(
        "P-52 D-22", "You cannot change {label} because line {shipped_line} is invoiced.", "Finish this order as it is."
    ),
    "contract_header": _error(
        "P-52", "You cannot change {label} because the document belongs to contract {contract}.", "Make a new document."
    ),
    "rebuild_not_confirmed": _error(
        "D-20 D-21", "A new {label} changes the lines: {effect}.", "Confirm the change, or keep the old value."
    ),
    "rate_not_confirmed": _error(
        "D-12 P-144",
        "On {date} another exchange rate of {currency} holds than the document has.",
        "Choose whether to take it or to keep the rate of the document.",
    ),
    "labor_price_set": _error(
        "D-22", "Prices including VAT cannot change while a maximum labour unit price is set.", "Clear it first."
    ),
    "line_shipped": _error(
        "P-57 E09",
        "You cannot change {label} because part of the line is shipped.",
        "Add a new line, or undo the shipment.",
    ),
    "line_from_shipment": _error(
        "P-57 E09", "You cannot change {label}: the line is from shipment {shipment}.", "Delete the line."
    ),
    "line_from_contract": _error(
        "P-57 E10",
        "You cannot change the line because a service entry exists for this line.",
        "Delete the document instead.",
    ),
    "line_shipped_not_invoiced": _error(
        "P-57 E17 P-177",
        "The line cannot be deleted: {qty} are shipped and not invoiced.",
        "Invoice them, or undo the shipment.",
    ),
    "order_shipped_not_invoiced": _error(
        "P-177",
        "Order {no} cannot be deleted: line {open_line} has {qty} shipped and not invoiced.",
        "Invoice it, or undo the shipment.",
    ),
    "item_line_released": _error(
        "P-57 E11", "Item lines cannot change while the order is released.", "Reopen the order first."
    ),
    "item_line_in_use": _error("D-5", "Service item line {item_line} has service lines.", "Delete or move them first."),
    "quantity_needs_number": _error(
        "P-53 E01", "Choose a type and a number before the quantity.", "Choose them first."
    ),
    "quantity_negative": _error(
        "P-53 E02", "{label} must be positive.", "Enter 0 or more; give back with a credit memo."
    ),
    "quantity_below_shipped": _error(
        "P-53 E03",
        "Quantity must not be less than Quantity shipped ({shipped}).",
        "Enter {shipped} or more, or undo the shipment.",
    ),
    "qty_to_ship_too_large": _error("P-54 P-87 E04", "You cannot ship more than {most}: {because}.", "{how}."),
    "qty_to_invoice_too_large": _error("P-55 P-87 E05", "You cannot invoice more than {most}: {because}.", "{how}."),
    "qty_to_consume_too_large": _error("P-56 P-87 E06", "You cannot consume more than {most}: {because}.", "{how}."),
    "qty_not_on_kind": _error(
        "D-27", "{label} can only be typed on orders.", "Leave it; this document is posted as a whole."
    ),
    "discount_out_of_range": _error(
        "D-28 E07", "{label} must be between 0 and 100.", "Enter a percentage from 0 to 100."
    ),
    "discount_below_warranty": _error(
        "P-50 E08",
        "{label} must not be less than the {kind} discount of {least} %.",
        "Enter {least} or more, or exclude the line.",
    ),
    "labor_price_exceeded": _error(
        "P-49 E14", "Unit price {price} is above the maximum labour unit price {most}.", "Enter {most} or less."
    ),
    "labor_price_lowered": _warning(
        "P-49 O-30 E14",
        "Unit price {price} was lowered to the maximum labour unit price {most}.",
        "Change the maximum on the order.",
    ),
    "blank_line_has_quantity": _error("P-46", "A text line has no {label}.", "Choose a type, or clear it."),
    "type_has_no_record": _error("P-85 L25 L30", "{kind} {name} does not exist.", "Choose an existing one."),
    "service_item_of_other_customer": _error(
        "E12",
        "Service item {name} belongs to customer {owner}, not to {customer}.",
        "Choose a service item of this customer.",
    ),
    "service_item_line_unknown": _error(
        "P-78", "Service item line {item_line} does not exist on this order.", "Choose one of the order."
    ),
    "no_invoice_discount_base": _error(
        "D-35", "No line allows an invoice discount.", "Tick Allow invoice discount on a line."
    ),
    "date_order": _error("D-16", "{label} {date} is before {other} {other_date}.", "Enter a later date."),
    "credit_limit_notice": _warning("D-10 P-81", "Customer {no}: {text}.", "Talk to the customer before you go on."),
    "prices_unchanged_notice": _warning(
        "D-12 P-144", "The exchange rate of {date} is used; unit prices stay.", "Check the prices."
    ),
    "values_kept_notice": _warning("D-21", "Existing lines keep their {label}.", "Change the lines where needed."),
    # --- header checks of posting -------------------------------------------------------------------------------
    "posting_date_outside_window": _error(
        "P-74 P-164 H13",
        "Posting date {date} is not within your range of allowed posting dates ({low} to {high}).",
        "Change the posting date, or ask for the range to be opened.",
    ),
    "vat_date_outside_window": _error(
        "P-75",
        "VAT date {date} is not within your range of allowed VAT dates ({low} to {high}).",
        "Change the VAT date.",
    ),
    "mandatory_field_empty": _error(
        "P-77 P-78",
        "{label} must be filled in (Service setup).",
        "Fill it in, or take the demand off in Service setup.",
    ),
    "external_document_no_used": _warning(
        "P-79", "External document no. {no} is already used by {used_by}.", "Check that this is not invoiced twice."
    ),
    "customer_blocked": _error(
        "P-80 D-37 H04 H05 H06 H10",
        "{role} {no} {name} is blocked ({kind}).",
        "Take the block off the customer, or wait.",
    ),
    "customer_privacy_blocked": _error(
        "P-80 H03 H09", "{role} {no} is blocked for privacy.", "Take the block off the customer."
    ),
    "customer_missing": _error("P-73 H02 H08", "{role} {no} does not exist.", "Choose an existing customer."),
    "credit_limit_exceeded": _warning(
        "P-81",
        "Customer {no} exceeds the credit limit: balance {balance}, this document {amount}, limit {limit}.",
        "Talk to the customer, or raise the limit.",
    ),
    "balance_overdue": _warning("P-81", "Customer {no} has overdue entries of {amount}.", "Talk to the customer."),
    "service_item_blocked": _error("P-82", "Service item {name} is blocked.", "Take the block off the service item."),
    "repair_status_forbids": _error(
        "P-83 D-137",
        "Service order {no} cannot be posted: Repair status code {status} on item line {item_line} forbids it.",
        "Set a repair status that allows posting.",
    ),
    "dimension_missing": _error(
        "P-84 H21 L34",
        "Dimension {dimension} must have a value for {owner}.",
        "Enter a value of dimension {dimension}.",
    ),
    "dimension_must_be_empty": _error(
        "P-84 H21 L34",
        "Dimension {dimension} must not have a value for {owner}, but has {value}.",
        "Clear dimension {dimension}.",
    ),
    "dimension_must_be": _error(
        "P-84 H21 L34",
        "Dimension {dimension} must be {wanted} for {owner}, but is {value}.",
        "Enter {wanted} as dimension {dimension}.",
    ),
    "dimension_value_blocked": _error(
        "P-84", "Dimension {dimension} value {value} is blocked{where}.", "Choose another value, or take the block off."
    ),
    "dimension_value_unknown": _error(
        "P-84", "Dimension {dimension} has no value {value}{where}.", "Choose an existing value."
    ),
    "dimension_combination_blocked": _error(
        "P-84 H20 L33", "Dimension {first} and dimension {second} cannot stand together.", "Change one of the two."
    ),
    "number_missing": _error("P-85 L07", "Number must be filled in.", "Choose what the line is for."),
    "type_missing": _error("P-85 L08", "Type must be filled in.", "Choose item, resource, cost or G/L account."),
    "posting_group_missing": _error(
        "P-85", "{label} must be filled in.", "Fill it in on {owner}, then choose it again on the line."
    ),
    "amount_without_quantity": _error(
        "P-86 L09", "Line amount must be 0 because Quantity is 0.", "Enter a quantity, or clear the price."
    ),
    "qty_to_invoice_not_quantity": _error(
        "P-87 L01", "Qty. to invoice must be equal to Quantity ({qty}).", "Set the quantity again; the rest follows."
    ),
    "qty_to_ship_not_quantity": _error(
        "P-87 L02 L03", "Qty. to ship must be equal to {qty}.", "Set the quantity again; the rest follows."
    ),
    "must_ship_completely": _error(
        "P-88",
        "Order {no} must be shipped completely; line {open_line} would have {qty} left.",
        "Ship everything at once, or allow partial shipping.",
    ),
    "general_posting_setup_missing": _error(
        "P-89 L20",
        "General posting setup {bus} / {prod} does not exist.",
        "Add it under Set-up, General posting setup.",
    ),
    "general_posting_setup_blocked": _error(
        "P-89", "General posting setup {bus} / {prod} is blocked.", "Take the block off."
    ),
    "vat_posting_setup_missing": _error(
        "P-89 L05 L21", "VAT posting setup {bus} / {prod} does not exist.", "Add it under Set-up, VAT posting setup."
    ),
    "vat_posting_setup_blocked": _error("P-89", "VAT posting setup {bus} / {prod} is blocked.", "Take the block off."),
    "account_empty": _error("P-89 P-90", "{label} must be filled in for {owner}.", "Fill in the account there."),
    "account_blocked": _error(
        "P-89 P-47 L23", "{label} {account} is blocked.", "Take the block off, or use another account."
    ),
    "account_missing": _error("P-89 L22", "{label} {account} does not exist.", "Use an existing account."),
    "account_not_posting": _error(
        "P-89 P-47", "{label} {account} is not an account of type Posting.", "Use a posting account."
    ),
    "account_no_direct_posting": _error(
        "P-47 L24",
        "G/L account {account} does not allow direct posting.",
        "Use another account, or allow direct posting.",
    ),
    "inventory_posting_setup_missing": _error(
        "P-89",
        "Inventory posting setup {location} / {group} does not exist.",
        "Add it under Set-up, Inventory posting setup.",
    ),
    "vat_registration_no_missing": _error(
        "D-71 L06 D-127",
        "Reverse charge needs the VAT registration no. of customer {no}.",
        "Enter it on the customer and on the document.",
    ),
    "vat_setup_changed": _error(
        "P-91",
        "{label} is {old} but VAT posting setup {bus} / {prod} says {new}; recalculate the line.",
        "Choose the number on the line again.",
    ),
    "full_vat_only_on_costs": _error(
        "P-46", "full VAT can only be used on cost lines.", "Use a cost line, or another VAT group."
    ),
    "stock_too_low": _error(
        "P-92",
        "Item {name}: {stock} on stock, {needed}.",
        "Receive the item first, or ship less.",
    ),
    "stock_too_low_warning": _warning("P-92", "Item {name}: {stock} on stock, {needed}.", "Check the stock."),
    "item_blocked": _error("P-48 L26", "Item {name} is blocked.", "Use another item, or take the block off."),
    "item_blocked_notice": _warning("P-48", "Item {name} is blocked.", "Check that it may come back."),
    "item_needs_inventory_group": _error(
        "P-48", "Item {name} has no Inventory posting group.", "Fill it in on the item."
    ),
    "resource_blocked": _error(
        "P-49 L32", "Resource {name} is blocked.", "Use another resource, or take the block off."
    ),
    "resource_privacy_blocked": _error("P-49 L31", "Resource {name} is blocked for privacy.", "Use another resource."),
    "invoiced_more_than_shipped": _error(
        "P-94 P-105 L18",
        "You cannot invoice more than you have shipped for order {no}.",
        "Enter {most} or less in Qty. to invoice.",
    ),
    "line_differs_from_shipment": _error(
        "P-93 L12 L13 L14 L15 L16",
        "{label} is {here}, but {there} on shipment {shipment}.",
        "Enter {there} again, or undo the shipment.",
    ),
    "dimension_differs_from_shipment": _warning(
        "L10",
        "{label} is {here}, but {there} on shipment {shipment}.",
        "Check which is right: usage was posted with {there}, the invoice will be posted with {here}.",
    ),
    "contract_line_unknown": _warning(
        "P-97", "Service item {name} is not part of contract {contract}.", "Check the contract no."
    ),
    "document_no_exists": _error("P-98", "{kind} {no} already exists.", "Check the number series."),
    "series_missing": _error(
        "P-99 H18 H19", "{label} is not filled in: no number series for {kind}.", "Choose a series under Service setup."
    ),
    "series_no_line": _error(
        "P-99", "Number series {series} has no open line for {date}.", "Add a line for this date."
    ),
    "series_exhausted": _error(
        "P-99 P-148", "Number series {series} has no more numbers.", "Add a line with new numbers."
    ),
    "series_date_order": _error(
        "P-99 P-148",
        "Number series {series} was last used on {last}; Posting date {date} is earlier.",
        "Post with {last} or later.",
    ),
    "series_running_out": _warning(
        "P-148", "Number series {series} is running out of numbers (next {no}).", "Add a line with new numbers."
    ),
    "exchange_rate_missing": _error(
        "P-100", "There is no exchange rate for {currency} on {date}.", "Add the rate under Currencies."
    ),
    "total_negative": _error(
        "P-101", "The total amount of {what} must not be negative.", "Check prices and discounts."
    ),
    "price_missing": _warning("P-103", "Unit price is 0.", "Enter a price, or a discount of 100 %."),
    "price_below_cost": _warning("P-103", "Unit price {price} is below the unit cost {cost}.", "Check the price."),
    "warranty_excluded": _warning(
        "P-103", "Fault reason {reason} excludes the warranty, but a warranty discount is given.", "Check the discount."
    ),
    "item_line_without_lines": _warning(
        "P-103 P-174", "Service item line {item_line} has no service lines.", "Add lines, or close the order by hand."
    ),
    "finishing_after_posting": _warning(
        "P-103", "Finishing date {date} is after Posting date {posting}.", "Check the dates."
    ),
    "nothing_to_post": _error("P-66 H16 D-70", "{what}.", "{how}."),
    "option_not_allowed": _error(
        "P-63 D-38",
        "Your posting policy ({policy}) does not allow {option}.",
        "Choose another option, or ask for another policy.",
    ),
    "no_lines_chosen": _error("P-70", "No line was chosen.", "Tick the lines to post."),
    "option_missing": _error("H15", "Choose what to post.", "Take one of the options that are offered."),
    "ledger_not_balanced": _error(
        "P-9", "The G/L entries do not balance: {difference} is left on {document}.", "Tell the administrator."
    ),
    "quantity_reduced": _warning(
        "P-67 O-17",
        "Qty. to invoice was reduced from {old} to {new}: no more is shipped.",
        "Ship the rest to invoice it.",
    ),
    "form_used_otherwise": _error(
        "O-42", "This form was already used to post something else.", "Reload the page and post again from there."
    ),
    # --- life of an order ---------------------------------------------------------------------------------------
    "order_kept_open": _warning(
        "P-174 O-5",
        "Order {no} stays open: service item {name} on item line {item_line} has no service line.",
        "Add a line for it, or choose Close order.",
    ),
    "nothing_to_release": _error(
        "P-171 D-36", "There is nothing to release for Order {no}.", "Add a line with a type and a quantity."
    ),
    "status_prevented": _error(
        "P-172 D-17",
        "You cannot change Status to {status}: Repair status {repair} on item line {item_line} prevents it.",
        "Change the repair status of the item line first.",
    ),
    "last_admin": _error("S-1", "This is the only active user with the role admin.", "Make another admin first."),
    "password_wrong": _error("S-2", "The password is not right.", "Type the password that you sign in with."),
    "order_closed": _warning("P-173", "Order {no} is closed and in the archive.", "Nothing to do."),
    "order_cannot_be_closed": _error(
        "P-188",
        "Order {no} cannot be closed: {what}.",
        "Ship and invoice the rest first, or delete it.",
    ),
    "invoices_differ_by_rounding": _warning(
        "P-61 O-9",
        "The part invoices of order {no} differ from one invoice by {difference}.",
        "Nothing to do: each invoice rounds for itself.",
    ),
    **{
        code: Row(level, tuple(rules.split()), *texts)
        for code, (level, rules, *texts) in (
            UNDO_ROWS
            | BATCH_ROWS
            | CONTRACT_ROWS
            | CONTRACT_RUN_ROWS
            | CREDIT_ROWS
            | COMBINE_ROWS
            | PAYMENT_ROWS
            | E_INVOICE_ROWS
            | LAW_ROWS
            | TEXT_ROWS
            | OUTBOX_ROWS
            | DISCOUNT_ROWS
        ).items()
    },
}

"""R-1.7: service, resource, item and warranty entries are those of the posted lines that made them.

A shipment's entries come from its own posting and from those that undid lines of it, so they are read by their
document, in the window of the shipment's run; entries that name no shipment are read in the window of their own run.
"""

from __future__ import annotations

from webapp.store.posted_headers import rounding_account
from webapp.store.verify_rules import RUN, Rule, sides


def _lines_and_entries(name: str, value: str, lines: str, entries: str) -> Rule:
    return Rule(
        "R-1.7",
        "run",
        f"{name} of {{0}} line {{1}}",
        f"{value} of the posted line is {{2}}, of the entries {{3}}",
        sides("document_no; line_no", lines, entries),
        (2, 3),
    )


# The line that rounded an invoice or credit memo, as the core tells it from a service charge (P-117, P-139).
_ROUNDS = (
    "(l.system_created AND l.type = 'gl_account' AND l.order_no = '' AND l.no = "
    + rounding_account("h")
    + " AND NOT EXISTS (SELECT 1 FROM {0} n WHERE n.document_no = l.document_no AND n.line_no > l.line_no))"
)
_INVOICE_ROUNDS, _CREDIT_ROUNDS = (_ROUNDS.format(t) for t in ("service_invoice_line", "service_cr_memo_line"))

_SHIPMENT_LINES = (
    "SELECT KEY, {0} AS x FROM (SELECT l.* FROM service_shipment_header h JOIN service_shipment_line l"
    f" ON l.document_no = h.no WHERE h.{RUN} AND l.type {{1}}) l"
)
_INVOICE_LINES = (
    "SELECT KEY, {0} AS x FROM (SELECT l.* FROM service_invoice_header h JOIN service_invoice_line l"
    f" ON l.document_no = h.no WHERE h.{RUN} AND l.type {{1}} AND NOT {_INVOICE_ROUNDS}"
    " AND l.appl_to_service_entry IS NULL) l"
)
# A correcting line is about the order's line of the one that it undoes.
_OF_ORDER_LINES = (
    "SELECT KEY, quantity AS x FROM (SELECT l.document_no, l.quantity, CASE WHEN l.correction_of_line_no <> 0"
    " THEN l.correction_of_line_no ELSE l.line_no END AS line_no FROM service_shipment_header h"
    f" JOIN service_shipment_line l ON l.document_no = h.no WHERE h.{RUN} AND l.type = 'resource') l"
)


def _of_shipments(table: str, value: str, line_no: str, where: str) -> str:
    """The entries of shipments in the window, and of postings in it whose shipment does not exist."""
    columns = f"e.document_no, e.{line_no} AS line_no, {value} AS x"
    return (
        f"SELECT KEY, x FROM (SELECT {columns} FROM service_shipment_header h JOIN {table} e ON e.document_no = h.no"
        f" WHERE h.{RUN} AND {where} UNION ALL SELECT {columns} FROM {table} e LEFT JOIN service_shipment_header h"
        f" ON h.no = e.document_no WHERE e.{RUN} AND {where} AND h.no IS NULL) e"
    )


def _used(entry_type: str, value: str) -> str:
    where = f"e.document_type = 'shipment' AND e.entry_type = '{entry_type}'"
    return _of_shipments("service_ledger_entry", value, "document_line_no", where)


# What an invoice by hand uses is its own; with a shipment, its goods and hours are that shipment's.
_BY_HAND = (
    "SELECT KEY, {0} AS x FROM (SELECT l.* FROM service_invoice_header h JOIN service_invoice_line l"
    f" ON l.document_no = h.no WHERE h.{RUN} AND l.type {{1}} AND l.order_no = '' AND l.shipment_no IS NULL"
    f" AND NOT {_INVOICE_ROUNDS}{{2}}) l"
)
_NO_SHIPMENT = " AND NOT EXISTS (SELECT 1 FROM service_shipment_header s WHERE s.posting_run_no = h.posting_run_no)"
_SERVICE = (
    "SELECT KEY, {0} AS x FROM (SELECT e.*, e.document_line_no AS line_no FROM service_ledger_entry e"
    f" WHERE e.{RUN} AND e.document_type = '{{1}}' AND e.entry_type = '{{2}}' AND e.type <> 'service_contract') e"
)
# The entries of contracts were there before their invoice; posting made them its own (C-121).
_CONTRACT_LINES = (
    "SELECT KEY, {0} AS x FROM (SELECT l.* FROM service_invoice_header h JOIN service_invoice_line l"
    f" ON l.document_no = h.no WHERE h.{RUN} AND l.appl_to_service_entry IS NOT NULL) l"
)
_CONTRACT_ENTRIES = (
    "SELECT KEY, {0} AS x FROM (SELECT e.*, e.document_line_no AS line_no FROM service_invoice_header h"
    " JOIN service_ledger_entry e ON e.document_no = h.no AND e.document_type = 'invoice'"
    f" WHERE h.{RUN} AND e.type = 'service_contract' AND NOT e.open) e"
)
_RESOURCE = (
    "SELECT KEY, {0} AS x FROM (SELECT e.*, e.order_line_no AS line_no FROM resource_ledger_entry e"
    f" WHERE e.{RUN} AND e.document_type = '{{1}}' AND e.entry_type = '{{2}}') e"
)

# C-136: what waits on a prepaid account is what its entries will release.
_PREPAID_ACCOUNTS = (
    "SELECT prepaid_account FROM contract_account_group WHERE prepaid_account NOT IN"
    " (SELECT non_prepaid_account FROM contract_account_group WHERE non_prepaid_account IS NOT NULL)"
)
_UNRELEASED = (
    "SELECT KEY, x FROM (SELECT g.prepaid_account AS account, CASE WHEN NOT e.posted_gross THEN e.amount_lcy"
    " WHEN e.quantity < 0 THEN -ABS(e.unit_price) ELSE ABS(e.unit_price) END AS x FROM service_ledger_entry e"
    " JOIN contract_account_group g ON g.code = e.contract_account_group WHERE e.type = 'service_contract'"
    f" AND e.entry_type = 'sale' AND NOT e.moved_from_prepaid AND NOT e.open AND g.prepaid_account IN"
    f" ({_PREPAID_ACCOUNTS})) e"
)
_ON_PREPAID = (
    "SELECT KEY, x FROM (SELECT gl_account_no AS account, amount AS x FROM gl_entry WHERE gl_account_no IN"
    f" ({_PREPAID_ACCOUNTS})) g"
)

# What a credit memo takes back, line by line; the line of a cancelled order's invoice takes back its sale alone.
_CREDIT_LINES = (
    "SELECT KEY, {0} AS x FROM (SELECT l.* FROM service_cr_memo_header h JOIN service_cr_memo_line l"
    f" ON l.document_no = h.no WHERE h.{RUN} AND l.type {{1}} AND NOT {_CREDIT_ROUNDS}{{2}}) l"
)
_CREDITS = (
    "SELECT KEY, {0} AS x FROM (SELECT e.*, e.document_line_no AS line_no FROM service_ledger_entry e"
    f" WHERE e.{RUN} AND e.document_type = 'credit_memo' AND e.entry_type = '{{1}}') e"
)
_GOODS_STAY = " AND NOT (h.cancels <> '' AND l.order_no <> '')"


def _resource_sale(value: str, posted: str, entered: str) -> Rule:
    """Resource entries name the order and its line, also those of an invoice of several orders."""
    place = "CASE WHEN l.order_line_no <> 0 THEN l.order_line_no ELSE l.line_no END AS order_line"
    return Rule(
        "R-1.7",
        "run",
        "resource sale of {0} line {2} ({1})",
        f"{value} of the posted lines is {{3}}, of the entries {{4}}",
        sides(
            "document_no; order_no; order_line",
            f"SELECT KEY, {posted} AS x FROM (SELECT l.document_no, l.order_no, {place}, l.{posted}"
            " FROM service_invoice_header h JOIN service_invoice_line l ON l.document_no = h.no"
            f" WHERE h.{RUN} AND l.type = 'resource') l",
            f"SELECT KEY, {entered} AS x FROM (SELECT e.document_no, e.order_no, e.order_line_no AS order_line,"
            " e.quantity, e.total_price"
            f" FROM resource_ledger_entry e WHERE e.{RUN} AND e.document_type = 'invoice' AND e.entry_type = 'sale') e",
        ),
        (3, 4),
    )


ENTRIES: tuple[Rule, ...] = (
    _lines_and_entries(
        "service usage",
        "quantity",
        _SHIPMENT_LINES.format("quantity", "<> 'blank' AND h.order_no <> ''"),
        _used("usage", "e.quantity"),
    ),
    _lines_and_entries(
        "service usage",
        "quantity",
        _BY_HAND.format("quantity", "<> 'blank'", ""),
        _SERVICE.format("quantity", "invoice", "usage"),
    ),
    _lines_and_entries(
        "service consumption",
        "quantity",
        _SHIPMENT_LINES.format("quantity_consumed", "<> 'blank'"),
        _used("consume", "-e.quantity"),
    ),
    _lines_and_entries(
        "service sale",
        "quantity",
        _INVOICE_LINES.format("quantity", "<> 'blank'"),
        _SERVICE.format("-quantity", "invoice", "sale"),
    ),
    _lines_and_entries(
        "service sale",
        "amount",
        _INVOICE_LINES.format("amount_lcy", "<> 'blank'"),
        _SERVICE.format("-amount_lcy", "invoice", "sale"),
    ),
    Rule(
        "R-1.7",
        "whole",
        "prepaid account {0}",
        "it stands at {1}, what its entries will release comes to {2}",
        sides("account", _ON_PREPAID, _UNRELEASED),
        (1, 2),
    ),
    _lines_and_entries(
        "contract sale", "quantity", _CONTRACT_LINES.format("quantity"), _CONTRACT_ENTRIES.format("-quantity")
    ),
    _lines_and_entries(
        "contract sale", "amount", _CONTRACT_LINES.format("amount"), _CONTRACT_ENTRIES.format("-amount")
    ),
    _lines_and_entries(
        "resource usage",
        "quantity",
        _OF_ORDER_LINES,
        _of_shipments(
            "resource_ledger_entry",
            "e.quantity",
            "order_line_no",
            "e.document_type = 'shipment' AND e.entry_type = 'usage'",
        ),
    ),
    _lines_and_entries(
        "resource usage",
        "quantity",
        _BY_HAND.format("quantity", "= 'resource'", _NO_SHIPMENT),
        _RESOURCE.format("quantity", "invoice", "usage"),
    ),
    _resource_sale("quantity", "quantity", "-quantity"),
    _resource_sale("amount", "amount_lcy", "-total_price"),
    _lines_and_entries(
        "item entry",
        "base quantity",
        _SHIPMENT_LINES.format("quantity_base", "= 'item'"),
        _of_shipments("item_ledger_entry", "-e.quantity", "document_line_no", "e.document_type = 'service_shipment'"),
    ),
    _lines_and_entries(
        "item entry",
        "base quantity",
        _BY_HAND.format("quantity_base", "= 'item'", _NO_SHIPMENT),
        "SELECT KEY, -quantity AS x FROM (SELECT e.*, e.document_line_no AS line_no FROM item_ledger_entry e"
        f" WHERE e.{RUN} AND e.document_type = 'service_invoice') e",
    ),
    _lines_and_entries(
        "sales in value entries",
        "amount",
        _INVOICE_LINES.format("amount_lcy", "= 'item'"),
        "SELECT KEY, sales_amount_actual AS x FROM (SELECT e.*, e.document_line_no AS line_no FROM value_entry e"
        f" WHERE e.{RUN} AND e.document_type = 'service_invoice') e",
    ),
    _lines_and_entries(
        "service sale taken back",
        "quantity",
        _CREDIT_LINES.format("quantity", "<> 'blank'", ""),
        _CREDITS.format("quantity", "sale"),
    ),
    _lines_and_entries(
        "service sale taken back",
        "amount",
        _CREDIT_LINES.format("amount", "<> 'blank'", ""),
        _CREDITS.format("amount", "sale"),
    ),
    _lines_and_entries(
        "service usage taken back",
        "quantity",
        _CREDIT_LINES.format("quantity", "<> 'blank'", _GOODS_STAY),
        _CREDITS.format("-quantity", "usage"),
    ),
    Rule(
        "R-1.7",
        "run",
        "resource sale taken back with {0}",
        "amount of its lines is {1}, of the entries {2}",
        sides(
            "document_no",
            _CREDIT_LINES.format("amount_lcy", "= 'resource'", ""),
            f"SELECT KEY, total_price AS x FROM resource_ledger_entry WHERE {RUN}"
            " AND document_type = 'credit_memo' AND entry_type = 'sale'",
        ),
        (1, 2),
    ),
    _lines_and_entries(
        "item entry of what came back",
        "base quantity",
        _CREDIT_LINES.format("quantity_base", "= 'item'", _GOODS_STAY),
        "SELECT KEY, quantity AS x FROM (SELECT e.*, e.document_line_no AS line_no FROM item_ledger_entry e"
        f" WHERE e.{RUN} AND e.document_type = 'service_credit_memo') e",
    ),
    _lines_and_entries(
        "sales in value entries taken back",
        "amount",
        _CREDIT_LINES.format("amount_lcy", "= 'item'", ""),
        "SELECT KEY, -sales_amount_actual AS x FROM (SELECT e.*, e.document_line_no AS line_no FROM value_entry e"
        f" WHERE e.{RUN} AND e.document_type = 'service_credit_memo') e",
    ),
    _lines_and_entries(
        "warranty entry",
        "quantity",
        _SHIPMENT_LINES.format("quantity", "IN ('item', 'resource') AND l.warranty_entry_no IS NOT NULL"),
        _of_shipments("warranty_ledger_entry", "e.quantity", "document_line_no", "e.entry_no > 0"),
    ),
    *(
        Rule(
            "R-1.7",
            "run",
            "service_shipment_line {1} of {0}",
            f"its {column.replace('_', ' ')} {{2}} names no entry of the same document",
            f"SELECT l.document_no, l.line_no, l.{column} FROM service_shipment_header h"
            f" JOIN service_shipment_line l ON l.document_no = h.no LEFT JOIN {table} e ON e.entry_no = l.{column}"
            f" AND e.document_no IN (l.document_no, {owner})"
            f" WHERE h.{RUN} AND l.{column} IS NOT NULL AND e.entry_no IS NULL",
        )
        for column, table, owner in (
            ("item_entry_no", "item_ledger_entry", "l.document_no"),
            ("service_entry_no", "service_ledger_entry", "h.invoice_no"),
            ("warranty_entry_no", "warranty_ledger_entry", "l.document_no"),
        )
    ),
)

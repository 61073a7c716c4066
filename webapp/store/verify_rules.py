"""What must be true of the rows, as queries that give back the rows that disagree (R-1).

Each query looks at one window of the data: `BETWEEN ? AND ?` are its bounds, of posting runs, orders, item entries or
customer entries. So memory does not grow with the database, and each window is read along an index. Sums are made of
the scaled integers. A query joins nothing that could hide a row: the two sides of an equation are laid one below the
other and summed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """`record` and `message` name a disagreeing row, with its columns as {0}, {1} …; `amounts` are scaled columns."""

    rule: str
    window: str
    record: str
    message: str
    sql: str
    amounts: tuple[int, ...] = ()


def sides(key: str, left: str, right: str, *, equal: str = "SUM(x) = SUM(y)") -> str:
    """The keys for which two queries (of key columns and one value) do not come to the same."""
    names = ", ".join(f"k{n}" for n in range(len(key.split(";"))))
    columns = ", ".join(f"{part.strip()} AS k{n}" for n, part in enumerate(key.split(";")))
    left_sql = left.replace("KEY", columns)
    right_sql = right.replace("KEY", columns)
    return (
        f"SELECT {names}, SUM(x), SUM(y) FROM (SELECT {names}, x, 0 AS y FROM ({left_sql}) a"
        f" UNION ALL SELECT {names}, 0, x FROM ({right_sql}) b) c GROUP BY {names} HAVING NOT ({equal})"
    )


# Invoices and credit memos: their kind, the beginning of their tables' names, the sign of a sale's VAT.
DOCUMENTS = (("invoice", "service_invoice", "-"), ("credit_memo", "service_cr_memo", ""))
RUN = "posting_run_no BETWEEN ? AND ?"
ORDER = "order_no BETWEEN ? AND ?"

# --- 1. G/L entries balance ---------------------------------------------------------------------------------------

GL = (
    Rule(
        "R-1.1",
        "run",
        "posting_run {0}",
        "its G/L entries leave {1}",
        f"SELECT posting_run_no, SUM(amount) FROM gl_entry WHERE {RUN} GROUP BY posting_run_no HAVING SUM(amount) <> 0",
        (1,),
    ),
    Rule(
        "R-1.1",
        "run",
        "document {1} of {2} in posting_run {0}",
        "its G/L entries leave {3}",
        f"SELECT posting_run_no, document_no, posting_date, SUM(amount) FROM gl_entry WHERE {RUN}"
        " GROUP BY posting_run_no, document_no, posting_date HAVING SUM(amount) <> 0",
        (3,),
    ),
    Rule(
        "R-1.1",
        "run",
        "gl_entry {0}",
        "debit {1} less credit {2} is not the amount {3}",
        f"SELECT entry_no, debit_amount, credit_amount, amount FROM gl_entry WHERE {RUN}"
        " AND debit_amount - credit_amount <> amount",
        (1, 2, 3),
    ),
)

# --- 2. customer entries ------------------------------------------------------------------------------------------

CUSTOMER = (
    Rule(
        "R-1.2",
        "customer entry",
        "customer_ledger_entry {0}",
        "{1} is left of it, which does not fit open = {2}",
        "SELECT e.entry_no, COALESCE(SUM(d.amount), 0), e.open FROM customer_ledger_entry e"
        " LEFT JOIN detailed_customer_entry d ON d.customer_entry_no = e.entry_no"
        " WHERE e.entry_no BETWEEN ? AND ? GROUP BY e.entry_no, e.open"
        " HAVING (COALESCE(SUM(d.amount), 0) <> 0) <> e.open",
        (1,),
    ),
    Rule(
        "R-1.2",
        "customer entry",
        "customer_ledger_entry {0}",
        "it has {1} initial detailed entries",
        "SELECT e.entry_no, COUNT(d.entry_no) FROM customer_ledger_entry e LEFT JOIN detailed_customer_entry d"
        " ON d.customer_entry_no = e.entry_no AND d.entry_type = 'initial'"
        " WHERE e.entry_no BETWEEN ? AND ? GROUP BY e.entry_no HAVING COUNT(d.entry_no) <> 1",
    ),
    Rule(
        "R-1.2",
        "run",
        "detailed_customer_entry {0}",
        "it belongs to no entry of customer {1}",
        "SELECT d.entry_no, d.customer_no FROM detailed_customer_entry d LEFT JOIN customer_ledger_entry e"
        " ON e.entry_no = d.customer_entry_no AND e.customer_no = d.customer_no"
        " WHERE d.posting_run_no BETWEEN ? AND ? AND e.entry_no IS NULL",
    ),
    Rule(
        "R-1.2",
        "customer entry",
        "customer_ledger_entry {0}",
        "{1} is left of {2}: more was applied to it than there is, or it grew",
        "SELECT e.entry_no, SUM(d.amount), SUM(CASE WHEN d.entry_type = 'initial' THEN d.amount ELSE 0 END)"
        " FROM customer_ledger_entry e JOIN detailed_customer_entry d ON d.customer_entry_no = e.entry_no"
        " WHERE e.entry_no BETWEEN ? AND ? GROUP BY e.entry_no, e.positive HAVING"
        " (e.positive AND (SUM(d.amount) < 0 OR SUM(d.amount) >"
        " SUM(CASE WHEN d.entry_type = 'initial' THEN d.amount ELSE 0 END)))"
        " OR (NOT e.positive AND (SUM(d.amount) > 0 OR SUM(d.amount) <"
        " SUM(CASE WHEN d.entry_type = 'initial' THEN d.amount ELSE 0 END)))",
        (1, 2),
    ),
    Rule(
        "R-1.2",
        "customer entry",
        "customer_ledger_entry {0}",
        "it is closed, and {1} is left of it in the own currency",
        "SELECT e.entry_no, SUM(d.amount_lcy) FROM customer_ledger_entry e JOIN detailed_customer_entry d"
        " ON d.customer_entry_no = e.entry_no WHERE e.entry_no BETWEEN ? AND ? AND NOT e.open"
        " GROUP BY e.entry_no HAVING SUM(d.amount_lcy) <> 0",
        (1,),
    ),
    Rule(
        "R-1.2",
        "customer entry",
        "customer_ledger_entry {0}",
        "open = {1} does not fit the date on which it closed, {2}, or the entry that closed it, {3}",
        "SELECT e.entry_no, e.open, e.closed_at_date, e.closed_by_entry_no FROM customer_ledger_entry e"
        " LEFT JOIN customer_ledger_entry c ON c.entry_no = e.closed_by_entry_no AND c.customer_no = e.customer_no"
        " WHERE e.entry_no BETWEEN ? AND ? AND (e.open <> (e.closed_at_date IS NULL)"
        " OR (e.open AND e.closed_by_entry_no IS NOT NULL)"
        " OR (e.closed_by_entry_no IS NOT NULL AND c.entry_no IS NULL))",
    ),
    Rule(
        "R-1.2",
        "run",
        "posting_run {0}",
        "what it applies leaves {1} in the own currency",
        f"SELECT posting_run_no, SUM(amount_lcy) FROM detailed_customer_entry WHERE {RUN}"
        " AND entry_type = 'application' GROUP BY posting_run_no HAVING SUM(amount_lcy) <> 0",
        (1,),
    ),
    Rule(
        "R-1.2",
        "run",
        "detailed_customer_entry {0}",
        "it is marked as unapplied without the run that it takes back, or the other way round",
        f"SELECT entry_no FROM detailed_customer_entry WHERE {RUN} AND unapplied = (unapplies_run_no IS NULL)",
    ),
    *(
        Rule(
            "R-1.2",
            "run",
            "application of posting_run {0} on customer_ledger_entry {1}",
            f"{what} of {{2}} entries is {{3}} applied, {{4}} taken back",
            sides(
                "run; entry; kind",
                f"SELECT KEY, {column} AS x FROM (SELECT d.posting_run_no AS run, d.customer_entry_no AS entry,"
                f" d.entry_type AS kind, d.{column} FROM detailed_customer_entry d WHERE d.{RUN}"
                " AND d.entry_type <> 'initial' AND d.unapplies_run_no IS NULL AND EXISTS (SELECT 1 FROM"
                " detailed_customer_entry u WHERE u.unapplies_run_no = d.posting_run_no)) a1",
                f"SELECT KEY, -{column} AS x FROM (SELECT d.unapplies_run_no AS run, d.customer_entry_no AS entry,"
                f" d.entry_type AS kind, d.{column} FROM detailed_customer_entry d"
                " WHERE d.unapplies_run_no BETWEEN ? AND ?) b1",
            ),
            (3, 4),
        )
        for what, column in (("amount", "amount"), ("amount (LCY)", "amount_lcy"), ("discount", "pmt_disc_used"))
    ),
    Rule(
        "R-1.2",
        "whole",
        "gl_account {0}",
        "the customer entries come to {1}, the account to {2}",
        sides(
            "account",
            "SELECT KEY, x FROM (SELECT e.receivables_account AS account, d.amount_lcy AS x FROM"
            " customer_ledger_entry e JOIN detailed_customer_entry d ON d.customer_entry_no = e.entry_no) d1",
            "SELECT KEY, x FROM (SELECT gl_account_no AS account, amount AS x FROM gl_entry WHERE gl_account_no IN"
            " (SELECT receivables_account FROM customer_ledger_entry"
            " UNION SELECT receivables FROM customer_posting_group)) g1",
        ),
        (1, 2),
    ),
    *(
        Rule(
            "R-1.2",
            "whole",
            "balance of customer {0} in {1} on {2}",
            f"the entries come to {{4}}, the balance is {{5}} ({column})",
            sides(
                "customer; currency; day; dated",
                "SELECT KEY, x FROM (SELECT e.customer_no AS customer, COALESCE(e.currency_code, 'own currency') AS"
                " currency, COALESCE(e.due_date, e.posting_date) AS day, e.due_date IS NOT NULL AS dated,"
                f" d.{column} AS x FROM customer_ledger_entry e JOIN detailed_customer_entry d"
                " ON d.customer_entry_no = e.entry_no) d1",
                "SELECT KEY, x FROM (SELECT customer_no AS customer, COALESCE(NULLIF(currency_code, ''),"
                f" 'own currency') AS currency, day, dated, {column} AS x FROM customer_balance) b1",
            ),
            (4, 5),
        )
        for column in ("amount", "amount_lcy")
    ),
)

# --- 3. VAT -------------------------------------------------------------------------------------------------------

# The G/L entries of VAT: of kind sale, and not the net entry of a VAT entry; with full VAT there is no net entry.
_TAX = (
    f"SELECT KEY, g.amount AS x FROM gl_entry g LEFT JOIN vat_entry v ON v.gl_entry_no = g.entry_no"
    f" WHERE g.{RUN} AND g.gen_posting_type = 'sale' AND (v.entry_no IS NULL OR v.base = 0)"
)
_GROUPS = "g.document_no; COALESCE(g.vat_bus_group, ''); COALESCE(g.vat_prod_group, ''); COALESCE(g.gen_prod_group, '')"

VAT = (
    Rule(
        "R-1.3",
        "run",
        "VAT {1} / {2} of document {0} ({3})",
        "the VAT entries come to {4}, the VAT accounts to {5}",
        sides(_GROUPS, f"SELECT KEY, g.amount AS x FROM vat_entry g WHERE g.{RUN}", _TAX),
        (4, 5),
    ),
    Rule(
        "R-1.3",
        "run",
        "vat_entry {0}",
        "its net entry {1} does not exist in the same posting run",
        "SELECT v.entry_no, v.gl_entry_no FROM vat_entry v LEFT JOIN gl_entry g ON g.entry_no = v.gl_entry_no"
        f" AND g.posting_run_no = v.posting_run_no WHERE v.{RUN} AND g.entry_no IS NULL",
    ),
    Rule(
        "R-1.3",
        "run",
        "vat_entry {0}",
        "its base {1} is not its net entry's amount {2}",
        "SELECT v.entry_no, v.base, g.amount FROM vat_entry v JOIN gl_entry g ON g.entry_no = v.gl_entry_no"
        f" WHERE v.{RUN} AND v.base <> 0 AND v.base <> g.amount",
        (1, 2),
    ),
    *(
        Rule(
            "R-1.3",
            "run",
            f"{name} of {kind.replace('_', ' ')} {{0}}",
            "it is {1}, the VAT entries come to {2}",
            sides(
                "h.no",
                f"SELECT KEY, l.{posted} AS x FROM {table}_header h JOIN posted_vat_line l"
                f" ON l.document_kind = '{kind}' AND l.document_no = h.no WHERE h.{RUN}",
                f"SELECT KEY, x FROM (SELECT document_no AS no, {sign}{column} AS x FROM vat_entry"
                f" WHERE {RUN} AND document_type = '{kind}') h",
            ),
            (1, 2),
        )
        for kind, table, sign in DOCUMENTS
        for name, posted, column in (("posted VAT", "amount_lcy", "amount"), ("VAT base", "base_lcy", "base"))
    ),
)


def _sums_of(kind: str, table: str, sign: str) -> tuple[Rule, ...]:
    """Header, lines and VAT lines of an invoice or credit memo, and its customer entry, come to the same."""
    header = f"SELECT KEY, {{0}} AS x FROM {table}_header h WHERE h.{RUN}"
    lines = f"SELECT KEY, l.{{0}} AS x FROM {table}_header h JOIN {table}_line l ON l.document_no = h.no WHERE h.{RUN}"
    groups = (
        f"SELECT KEY, l.{{0}} AS x FROM {table}_header h JOIN posted_vat_line l"
        f" ON l.document_kind = '{kind}' AND l.document_no = h.no WHERE h.{RUN}"
    )
    entry = (
        f"SELECT KEY, {sign}d.{{0}} AS x FROM {table}_header h JOIN detailed_customer_entry d"
        f" ON d.customer_entry_no = h.customer_entry_no AND d.entry_type = 'initial' WHERE h.{RUN}"
    )
    pairs = (
        ("its lines", "amount", "amount", lines),
        ("its lines", "amount_including_vat", "amount_including_vat", lines),
        ("its VAT lines", "amount", "base", groups),
        ("its VAT lines", "amount_including_vat", "amount_including_vat", groups),
        ("its customer entry", "amount_including_vat", "amount", entry),
    )
    rules = [
        Rule(
            "R-1.3",
            "run",
            f"{table}_header {{0}}",
            f"its {column} is {{1}}, {what} come to {{2}}",
            sides("h.no", header.format(column), right.format(other)),
            (1, 2),
        )
        for what, column, other, right in pairs
    ]
    rules.append(
        Rule(
            "R-1.3",
            "run",
            f"{table}_header {{0}}",
            "its lines come to {1} LCY, its customer entry to {2}",
            sides("h.no", lines.format("amount_including_vat_lcy"), entry.format("amount_lcy")),
            (1, 2),
        )
    )
    return tuple(rules)


# --- 4. stock and its value ---------------------------------------------------------------------------------------

# Cost entries are the G/L entries with product groups that are no sale: two for each cost, one on either side.
_COST = (
    f"SELECT KEY, ABS(g.amount) AS x FROM gl_entry g WHERE g.{RUN}"
    " AND g.gen_posting_type = 'blank' AND g.gen_prod_group IS NOT NULL"
)
_POSTED = (
    "SELECT KEY, 2 * (ABS(g.cost_posted_to_gl) + ABS(g.expected_cost_posted_to_gl)) AS x"
    f" FROM value_entry g WHERE g.{RUN}"
)
ITEM = "i.entry_no BETWEEN ? AND ?"

STOCK = (
    Rule(
        "R-1.4",
        "run",
        "cost of document {0} of {1} ({2})",
        "the value entries posted {3}, the cost accounts hold {4}",
        sides("g.document_no; g.posting_date; COALESCE(g.gen_prod_group, '')", _POSTED, _COST),
        (3, 4),
    ),
    Rule(
        "R-1.4",
        "item entry",
        "item_ledger_entry {0}",
        "quantity {1} less what is applied leaves {3}, remaining is {2}",
        "SELECT i.entry_no, i.quantity, i.remaining_quantity, i.quantity"
        " - COALESCE((SELECT SUM(a.quantity) FROM item_application a WHERE a.inbound_entry_no = i.entry_no), 0)"
        " + COALESCE((SELECT SUM(a.quantity) FROM item_application a WHERE a.outbound_entry_no = i.entry_no), 0)"
        f" AS rest FROM item_ledger_entry i JOIN item m ON m.no = i.item_no WHERE {ITEM} AND i.remaining_quantity <>"
        " i.quantity"
        " - COALESCE((SELECT SUM(a.quantity) FROM item_application a WHERE a.inbound_entry_no = i.entry_no), 0)"
        " + COALESCE((SELECT SUM(a.quantity) FROM item_application a WHERE a.outbound_entry_no = i.entry_no), 0)"
        " AND NOT (m.type <> 'inventory' AND i.remaining_quantity = 0)",
        (1, 2, 3),
    ),
    Rule(
        "R-1.4",
        "item entry",
        "item_ledger_entry {0}",
        "remaining {1} does not fit open = {2}",
        f"SELECT i.entry_no, i.remaining_quantity, i.open FROM item_ledger_entry i WHERE {ITEM}"
        " AND (i.remaining_quantity <> 0) <> i.open",
        (1,),
    ),
    Rule(
        "R-1.4",
        "item entry",
        "item_ledger_entry {0}",
        "quantity {1}, invoiced {2}, but its value entries say {3} and {4}",
        "SELECT i.entry_no, i.quantity, i.invoiced_quantity, COALESCE(SUM(v.item_ledger_entry_quantity), 0),"
        " COALESCE(SUM(v.invoiced_quantity), 0)"
        " FROM item_ledger_entry i LEFT JOIN value_entry v ON v.item_ledger_entry_no = i.entry_no"
        f" WHERE {ITEM} GROUP BY i.entry_no, i.quantity, i.invoiced_quantity"
        " HAVING i.quantity <> COALESCE(SUM(v.item_ledger_entry_quantity), 0)"
        " OR i.invoiced_quantity <> COALESCE(SUM(v.invoiced_quantity), 0)",
        (1, 2, 3, 4),
    ),
    Rule(
        "R-1.4",
        "item entry",
        "item_ledger_entry {0}",
        "wholly invoiced, but {1} of cost and {2} of sales are still expected",
        "SELECT i.entry_no, SUM(v.cost_amount_expected), SUM(v.sales_amount_expected)"
        " FROM item_ledger_entry i JOIN value_entry v ON v.item_ledger_entry_no = i.entry_no"
        f" WHERE {ITEM} AND i.quantity = i.invoiced_quantity GROUP BY i.entry_no"
        " HAVING SUM(v.cost_amount_expected) <> 0 OR SUM(v.sales_amount_expected) <> 0"
        " OR SUM(v.expected_cost_posted_to_gl) <> 0",
        (1, 2),
    ),
    Rule(
        "R-1.4",
        "item entry",
        "item_ledger_entry {0}",
        "invoiced {2} of {1} does not fit completely invoiced = {3}",
        "SELECT i.entry_no, i.quantity, i.invoiced_quantity, i.completely_invoiced FROM item_ledger_entry i"
        f" WHERE {ITEM} AND (i.quantity = i.invoiced_quantity) <> i.completely_invoiced",
        (1, 2),
    ),
)


def _inventory_account(kind: str, columns: tuple[str, ...], posted: str) -> Rule:
    """An inventory account holds what the value entries posted; silent when the set-up has changed meanwhile."""
    accounts = " UNION ".join(f"SELECT {column} FROM {table}" for table, column in (c.split(".") for c in columns))
    return Rule(
        "R-1.4",
        "whole",
        f"the {kind} accounts",
        "the value entries posted {1}, the accounts hold {2}",
        "SELECT 0, p.x, g.x FROM (SELECT COALESCE(SUM(" + posted + "), 0) AS x FROM value_entry) p,"
        f" (SELECT COALESCE(SUM(amount), 0) AS x FROM gl_entry WHERE gl_account_no IN ({accounts})"
        " AND gen_posting_type = 'blank' AND gen_prod_group IS NOT NULL) g"
        " WHERE p.x <> g.x AND NOT EXISTS (SELECT 1 FROM gl_entry WHERE gen_posting_type = 'blank'"
        " AND gen_prod_group IS NOT NULL AND gl_account_no NOT IN ("
        " SELECT COALESCE(inventory_account, '') FROM inventory_posting_setup"
        " UNION SELECT COALESCE(inventory_account_interim, '') FROM inventory_posting_setup"
        " UNION SELECT COALESCE(cogs, '') FROM general_posting_setup"
        " UNION SELECT COALESCE(cogs_interim, '') FROM general_posting_setup"
        " UNION SELECT COALESCE(inventory_adjmt, '') FROM general_posting_setup))",
        (1, 2),
    )


ACCOUNTS = (
    _inventory_account("inventory", ("inventory_posting_setup.inventory_account",), "cost_posted_to_gl"),
    _inventory_account(
        "interim inventory", ("inventory_posting_setup.inventory_account_interim",), "expected_cost_posted_to_gl"
    ),
    _inventory_account("interim cost", ("general_posting_setup.cogs_interim",), "-expected_cost_posted_to_gl"),
    _inventory_account(
        "cost", ("general_posting_setup.cogs", "general_posting_setup.inventory_adjmt"), "-cost_posted_to_gl"
    ),
)

# --- 5. and 6. order lines and shipment lines ------------------------------------------------------------------------


def _order_line(column: str, posted: str) -> Rule:
    return Rule(
        "R-1.5",
        "order",
        "order {0} line {1}",
        f"{column} is {{2}}, the posted lines come to {{3}}",
        sides(
            "no; line_no",
            f"SELECT KEY, {column} AS x FROM (SELECT document_no AS no, line_no, {column} FROM service_line"
            " WHERE document_type = 'order' AND document_no BETWEEN ? AND ?) l",
            "SELECT KEY, x FROM (SELECT p.order_no AS no, p.order_line_no AS line_no, p.x FROM (" + posted + ") p"
            " JOIN service_line l ON l.document_type = 'order' AND l.document_no = p.order_no"
            " AND l.line_no = p.order_line_no) q",
        ),
        (2, 3),
    )


_SHIPPED = f"SELECT order_no, order_line_no, {{0}} AS x FROM service_shipment_line WHERE {ORDER}{{1}}"
# What a cancelled invoice had taken is shipped and not invoiced again (P-186, O-39).
_STANDS = (
    " AND NOT EXISTS (SELECT 1 FROM service_invoice_header h WHERE h.no = service_invoice_line.document_no"
    " AND h.cancelled_by <> '')"
)
_INVOICED = (
    "SELECT order_no, order_line_no, {0} AS x FROM service_invoice_line"
    f" WHERE {ORDER} AND order_line_no <> 0{_STANDS}"
)

ORDERS = (
    Rule(
        "R-1.5",
        "order",
        "order {0} line {1}",
        "quantity {2}, shipped {3}, invoiced {4}, consumed {5} do not fit together",
        "SELECT document_no, line_no, quantity, quantity_shipped, quantity_invoiced, quantity_consumed"
        " FROM service_line WHERE document_type = 'order' AND document_no BETWEEN ? AND ? AND NOT (quantity_invoiced"
        " >= 0 AND quantity_consumed >= 0 AND quantity_invoiced + quantity_consumed <= quantity_shipped"
        " AND quantity_shipped <= quantity AND qty_shipped_not_invoiced = quantity_shipped - quantity_invoiced"
        " - quantity_consumed AND outstanding_qty = quantity - quantity_shipped)",
        (2, 3, 4, 5),
    ),
    _order_line("quantity_shipped", _SHIPPED.format("quantity", "")),
    _order_line("quantity_shipped_base", _SHIPPED.format("quantity_base", "")),
    _order_line("quantity_consumed", _SHIPPED.format("quantity_consumed", " AND NOT correction")),
    _order_line("quantity_invoiced", _INVOICED.format("quantity")),
    _order_line("quantity_invoiced_base", _INVOICED.format("quantity_base")),
    Rule(
        "R-1.5",
        "order",
        "service_shipment_line {1} of {0}",
        "{2} is not invoiced, but its order {3} is closed",
        "SELECT s.document_no, s.line_no, s.qty_shipped_not_invoiced, s.order_no FROM service_shipment_line s"
        " LEFT JOIN service_header h ON h.document_type = 'order' AND h.no = s.order_no"
        f" WHERE s.{ORDER} AND s.qty_shipped_not_invoiced <> 0 AND NOT s.correction"
        " AND h.no IS NULL AND s.order_no <> ''",
        (2,),
    ),
    Rule(
        "R-1.6",
        "order",
        "service_shipment_line {1} of {0}",
        "quantity {2}, invoiced {3}, consumed {4}, not invoiced {5} do not fit together",
        "SELECT document_no, line_no, quantity, quantity_invoiced, quantity_consumed, qty_shipped_not_invoiced"
        f" FROM service_shipment_line WHERE {ORDER} AND (quantity_invoiced + quantity_consumed"
        " + qty_shipped_not_invoiced <> quantity OR quantity_invoiced_base + quantity_consumed_base"
        " + qty_shipped_not_invoiced_base <> quantity_base)",
        (2, 3, 4, 5),
    ),
    Rule(
        "R-1.6",
        "order",
        "shipments of order {0} line {1}",
        "{2} of them is invoiced, the invoice lines come to {3}",
        sides(
            "order_no; order_line_no",
            f"SELECT KEY, quantity_invoiced AS x FROM service_shipment_line WHERE {ORDER} AND NOT correction",
            f"SELECT KEY, quantity AS x FROM service_invoice_line WHERE {ORDER} AND order_line_no <> 0{_STANDS}",
        ),
        (2, 3),
    ),
    Rule(
        "R-1.6",
        "order",
        "service_shipment_line {1} of {0}",
        "{2} of it is invoiced, the invoice lines that name it take {3}",
        "SELECT s.document_no, s.line_no, s.quantity_invoiced, SUM(i.quantity) FROM service_shipment_line s"
        " JOIN service_invoice_line i ON i.shipment_no = s.document_no AND i.shipment_line_no = s.line_no"
        " JOIN service_invoice_header h ON h.no = i.document_no AND h.cancelled_by = ''"
        f" WHERE s.{ORDER} GROUP BY s.document_no, s.line_no, s.quantity_invoiced"
        " HAVING SUM(i.quantity) > s.quantity_invoiced",
        (2, 3),
    ),
    Rule(
        "R-1.6",
        "order",
        "service_shipment_line {1} of {0}",
        "{2} of it is undone, its correcting line comes to {3}",
        sides(
            "document_no; line_no",
            f"SELECT KEY, quantity AS x FROM service_shipment_line WHERE {ORDER} AND correction"
            " AND correction_of_line_no = 0",
            "SELECT KEY, x FROM (SELECT document_no, correction_of_line_no AS line_no, -quantity AS x"
            f" FROM service_shipment_line WHERE {ORDER} AND correction_of_line_no <> 0) c",
        ),
        (2, 3),
    ),
    Rule(
        "R-1.6",
        "order",
        "service_shipment_line {1} of {0}",
        "it belongs to an undone shipment, but {2} of it is not invoiced",
        "SELECT document_no, line_no, qty_shipped_not_invoiced FROM service_shipment_line"
        f" WHERE {ORDER} AND qty_shipped_not_invoiced <> 0 AND (correction OR correction_of_line_no <> 0)",
        (2,),
    ),
)

RULES: tuple[Rule, ...] = (
    *GL,
    *CUSTOMER,
    *VAT,
    *(rule for kind, table, sign in DOCUMENTS for rule in _sums_of(kind, table, "" if sign else "-")),
    *STOCK,
    *ACCOUNTS,
    *ORDERS,
)

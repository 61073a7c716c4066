"""What is there after the last step: one function per list of `then`, each giving the actual rows with all their keys.

Entries that existed before the first step are left out; documents are named by their source and count (FORMAT.md 6).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from db.engine import reading
from db.session import Session
from webapp import labels
from webapp.posting.amounts import Totals, document_totals
from webapp.posting.snapshot import DocumentKey
from webapp.store.drafts import load_with_setup
from webapp.store.rows import decimal_from

Row = dict[str, Any]
LIST = Callable[["State"], Awaitable[list[Row]]]
LEDGERS = {
    "gl_entries": ("gl_entry", "entry_no"),
    "vat_entries": ("vat_entry", "entry_no"),
    "customer_ledger": ("customer_ledger_entry", "entry_no"),
    "detailed_customer_ledger": ("detailed_customer_entry", "entry_no"),
    "item_ledger": ("item_ledger_entry", "entry_no"),
    "value_entries": ("value_entry", "entry_no"),
    "resource_ledger": ("resource_ledger_entry", "entry_no"),
    "service_ledger": ("service_ledger_entry", "entry_no"),
    "warranty_ledger": ("warranty_ledger_entry", "entry_no"),
    "posting_runs": ("posting_run", "no"),
}
POSTED = {
    "posted_shipments": "service_shipment_header",
    "posted_invoices": "service_invoice_header",
    "posted_credit_memos": "service_cr_memo_header",
}
TYPES = {"service_cost": "cost", "blank": "text"}


def exact(scaled: int) -> Decimal:
    return decimal_from(scaled, 5)


@dataclass
class State:
    """What the lists read: the open transaction, where the ledgers stood before, the names of posted documents."""

    session: Session
    baseline: Mapping[str, int]
    today: date
    names: Mapping[str, str] = field(default_factory=dict)
    sources: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)

    async def since(self, ledger: str, columns: str) -> list[tuple[Any, ...]]:
        """The entries of a ledger that the steps wrote."""
        table, key = LEDGERS[ledger]
        sql = f"SELECT {columns} FROM {table} WHERE {key} > ? ORDER BY {key}"
        return await self.session.fetch(sql, self.baseline[ledger])

    def named(self, kind: str, no: str) -> tuple[str, int]:
        """A posted document by its source and count."""
        return self.sources[kind, no]


async def baseline() -> dict[str, int]:
    """The last entry of each ledger."""
    async with reading() as session:
        found = {}
        for ledger, (table, key) in LEDGERS.items():
            found[ledger] = int((await session.fetch(f"SELECT COALESCE(MAX({key}), 0) FROM {table}"))[0][0])
        return found


async def state(session: Session, before: Mapping[str, int], today: date, names: Mapping[str, str] = {}) -> State:
    """The state now, with every posted document named by its source; `names` are those of documents that the product
    numbered itself."""
    found = State(session, before, today, names)
    for kind, table, source in (
        (
            "shipment",
            "service_shipment_header",
            "COALESCE(NULLIF(order_no, ''),"
            " (SELECT i.pre_assigned_no FROM service_invoice_header i WHERE i.no = invoice_no))",
        ),
        ("invoice", "service_invoice_header", "COALESCE(NULLIF(pre_assigned_no, ''), NULLIF(order_no, ''))"),
        ("credit_memo", "service_cr_memo_header", "COALESCE(NULLIF(pre_assigned_no, ''), NULLIF(cancels, ''))"),
    ):
        counted: dict[str, int] = defaultdict(int)
        rows = await session.fetch(f"SELECT no, {source} FROM {table} ORDER BY posting_run_no, no")
        for no, source_no in rows:
            name = names.get(source_no, source_no)
            if ("invoice", source_no) in found.sources and kind == "credit_memo":
                name = f"cancellation of {found.sources['invoice', source_no][0]}"
            counted[name] += 1
            found.sources[kind, no] = (name, counted[name])
    return found


# --- ledgers ------------------------------------------------------------------------------------------------------


async def gl(now: State) -> list[Row]:
    sums: dict[str, int] = defaultdict(int)
    for account, amount in await now.since("gl_entries", "gl_account_no, amount"):
        sums[account] += amount
    assert sum(sums.values()) == 0, "the G/L entries do not sum to zero"
    return [{"account": account, "amount": exact(amount)} for account, amount in sums.items() if amount]


async def vat(now: State) -> list[Row]:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for group, kind, base, amount in await now.since("vat_entries", "vat_prod_group, calculation_type, base, amount"):
        sums[group, kind][0] += base
        sums[group, kind][1] += amount
    return [
        {"group": group, "kind": kind, "base": exact(base), "amount": exact(amount)}
        for (group, kind), (base, amount) in sums.items()
    ]


async def service_ledger(now: State) -> list[Row]:
    rows = await now.since(
        "service_ledger",
        "entry_type, document_type, type, no, quantity, charged_qty, amount_lcy, cost_amount, service_contract_no",
    )
    return [
        {
            "entry": row[0],
            "document_type": row[1],
            "type": TYPES.get(row[2], row[2]),
            "number": row[3],
            "qty": exact(row[4]),
            "charged_qty": exact(row[5]),
            "amount": exact(row[6]),
            "cost": exact(row[7]),
            "contract": row[8],
        }
        for row in rows
        if row[2] != "service_contract"
    ]


async def customer_ledger(now: State) -> list[Row]:
    rows = await now.since(
        "customer_ledger",
        "entry_no, document_type, customer_no, due_date, open, pmt_discount_date, original_pmt_disc_possible",
    )
    amounts = await _customer_amounts(now)
    return [
        {
            "type": row[1],
            "customer": row[2],
            "amount": amounts[row[0]]["initial"],
            "amount_local": amounts[row[0]]["initial_lcy"],
            "remaining": amounts[row[0]]["remaining"],
            "due_date": row[3],
            "open": row[4],
            "discount_date": row[5],
            "discount": exact(row[6]),
        }
        for row in rows
    ]


async def _customer_amounts(now: State) -> dict[int, dict[str, Decimal]]:
    sums: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    columns = "customer_entry_no, entry_type, amount, amount_lcy"
    for entry, kind, amount, local in await now.since("detailed_customer_ledger", columns):
        sums[entry]["remaining"] += exact(amount)
        sums[entry]["remaining_lcy"] += exact(local)
        if kind == "initial":
            sums[entry]["initial"] += exact(amount)
            sums[entry]["initial_lcy"] += exact(local)
    return sums


ITEM_KINDS = {"sale": "sale", "negative_adjmt": "consumption", "positive_adjmt": "consumption"}


async def item_ledger(now: State) -> list[Row]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for item, kind, quantity in await now.since("item_ledger", "item_no, entry_type, quantity"):
        sums[item, ITEM_KINDS[kind]] += quantity
    return [{"item": item, "kind": kind, "qty": exact(quantity)} for (item, kind), quantity in sums.items()]


async def resource_ledger(now: State) -> list[Row]:
    columns = "resource_no, entry_type, document_type, quantity, total_cost, total_price"
    return [
        {
            "resource": row[0],
            "entry": row[1],
            "document_type": row[2],
            "qty": exact(row[3]),
            "total_cost": exact(row[4]),
            "total_price": exact(row[5]),
        }
        for row in await now.since("resource_ledger", columns)
    ]


async def warranty_ledger(now: State) -> list[Row]:
    return [
        {"type": row[0], "number": row[1], "qty": exact(row[2]), "amount": exact(row[3]), "open": row[4]}
        for row in await now.since("warranty_ledger", "type, no, quantity, amount, open")
    ]


async def gl_entries(now: State) -> list[Row]:
    columns = "gl_account_no, amount, debit_amount, credit_amount, description"
    return [
        {
            "account": row[0],
            "amount": exact(row[1]),
            "debit": exact(row[2]),
            "credit": exact(row[3]),
            "description": row[4],
        }
        for row in await now.since("gl_entries", columns)
    ]


async def gl_dimensions(now: State) -> list[Row]:
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for account, amount, first, second in await now.since("gl_entries", "gl_account_no, amount, dim_1, dim_2"):
        sums[account, first, second] += amount
    return [
        {
            "account": account,
            "amount": exact(amount),
            "dimensions": {code: value for code, value in (("DEPT", first), ("AREA", second)) if value},
        }
        for (account, first, second), amount in sums.items()
    ]


async def applications(now: State) -> list[Row]:
    """Both entries of an application have a row that names the one that was applied; it comes from that one."""
    columns = "customer_entry_no, applied_customer_entry_no, entry_type, amount, document_type"
    rows = [row for row in await now.since("detailed_customer_ledger", columns) if row[2] == "application"]
    names = await _entry_names(now)
    return [
        {"from_document": names[row[1]], "to_document": names[row[0]], "amount": abs(exact(row[3]))}
        for row in rows
        if row[1] is not None and row[0] != row[1]
    ]


async def _entry_names(now: State) -> dict[int, str]:
    rows = await now.session.fetch("SELECT entry_no, document_type, document_no FROM customer_ledger_entry")
    kinds = {"payment": "invoice", "refund": "credit_memo"}  # a balancing payment has its document's number
    return {row[0]: now.sources.get((kinds.get(row[1], row[1]), row[2]), (row[2], 1))[0] for row in rows}


async def balances(now: State) -> list[Row]:
    amounts = await _customer_amounts(now)
    open_entries: dict[str, dict[Any, Decimal]] = {
        no: defaultdict(Decimal) for (no,) in await now.session.fetch("SELECT no FROM customer")
    }
    for entry, customer, due in await now.since("customer_ledger", "entry_no, customer_no, due_date"):
        if amounts[entry]["remaining_lcy"]:
            open_entries[customer][due] += amounts[entry]["remaining_lcy"]
    return [
        {
            "customer": customer,
            "balance": sum(dues.values(), Decimal(0)),
            "due": [{"due_date": due, "amount": amount} for due, amount in dues.items()],
        }
        for customer, dues in open_entries.items()
    ]


# --- posted documents ---------------------------------------------------------------------------------------------


async def shipments(now: State) -> list[Row]:
    lines: dict[str, list[Row]] = defaultdict(list)
    for row in await now.session.fetch(
        "SELECT document_no, line_no, correction_of_line_no, no, quantity, quantity_invoiced, quantity_consumed,"
        " correction FROM service_shipment_line WHERE type <> 'blank'"
    ):
        lines[row[0]].append(
            {
                "line": _line(row[2] or row[1]),
                "number": row[3],
                "qty": exact(row[4]),
                "qty_invoiced": exact(row[5]),
                "qty_consumed": exact(row[6]),
                "correction": row[7],
            }
        )
    return [
        {**_source(now, "shipment", no), "posting_date": day, "lines": lines[no]}
        for no, day in await now.session.fetch("SELECT no, posting_date FROM service_shipment_header")
    ]


def _source(now: State, kind: str, no: str) -> Row:
    document, nth = now.named(kind, no)
    return {"document": document, "nth": nth}


def _line(line_no: int) -> Decimal:
    """Line n is line no. n × 10000."""
    return Decimal(line_no) / 10000


async def invoices(now: State) -> list[Row]:
    return await _posted(now, "invoice", "service_invoice")


async def credit_memos(now: State) -> list[Row]:
    return await _posted(now, "credit_memo", "service_cr_memo")


async def _posted(now: State, kind: str, table: str) -> list[Row]:
    lines: dict[str, list[Row]] = defaultdict(list)
    of_contract = {row[0] for row in await now.session.fetch(f"SELECT no FROM {table}_header WHERE contract_no <> ''")}
    for row in await now.session.fetch(
        "SELECT document_no, line_no, no, quantity, unit_price, line_discount_amount, inv_discount_amount, amount,"
        f" amount_including_vat FROM {table}_line WHERE type <> 'blank' ORDER BY document_no, line_no"
    ):
        # Texts of contract documents are not counted (FORMAT.md 6).
        place = Decimal(len(lines[row[0]]) + 1) if row[0] in of_contract else _line(row[1])
        lines[row[0]].append(
            {
                "line": place,
                "number": row[2],
                "qty": exact(row[3]),
                "unit_price": exact(row[4]),
                "line_discount": exact(row[5]),
                "inv_discount": exact(row[6]),
                "amount": exact(row[7]),
                "amount_incl_vat": exact(row[8]),
            }
        )
    headers = await now.session.fetch(
        "SELECT no, posting_date, due_date, bill_to_customer_no, currency_code, amount, amount_including_vat"
        f" FROM {table}_header"
    )
    return [
        {
            **_source(now, kind, row[0]),
            "posting_date": row[1],
            "due_date": row[2],
            "bill_to": row[3],
            "currency": row[4] or "",
            "amount": exact(row[5]),
            "amount_incl_vat": exact(row[6]),
            "lines": lines[row[0]],
        }
        for row in headers
    ]


async def posted_documents(now: State) -> list[Row]:
    kinds = {"posted_shipments": "shipment", "posted_invoices": "invoice", "posted_credit_memos": "credit_memo"}
    return [
        {"kind": kinds[name], "number": row[0]}
        for name, table in POSTED.items()
        for row in await now.session.fetch(f"SELECT no FROM {table}")
    ]


async def posted_order_reference(now: State) -> list[Row]:
    rows = await now.session.fetch("SELECT no, order_no FROM service_invoice_header")
    return [{"document": now.named("invoice", row[0])[0], "order": row[1]} for row in rows]


async def posted_text_lines(now: State) -> list[Row]:
    """The texts of each source. One that a posting put on its shipment but not on its invoice, or the other way
    round, is marked."""
    documents: dict[tuple[str, int], int] = defaultdict(int)
    texts: dict[tuple[str, Decimal, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for kind, table in (("shipment", "service_shipment"), ("invoice", "service_invoice")):
        runs: dict[str, int] = dict(await now.session.fetch(f"SELECT no, posting_run_no FROM {table}_header"))
        for no, run in runs.items():
            documents[now.named(kind, no)[0], run] += 1
        sql = f"SELECT document_no, line_no, description FROM {table}_line WHERE type = 'blank'"
        for no, line_no, text in await now.session.fetch(sql):
            texts[now.named(kind, no)[0], _line(line_no), text][runs[no]] += 1
    return [
        {
            "document": source,
            "line": line,
            "text": text if all(n == documents[source, run] for run, n in counted.items()) else f"{text} (not on all)",
        }
        for (source, line, text), counted in texts.items()
    ]


async def posted_status(now: State) -> list[Row]:
    """Open, partly paid, paid, overdue, cancelled: from the customer entry and the header (D-133)."""
    amounts = await _customer_amounts(now)
    rows = await now.session.fetch("SELECT no, customer_entry_no, cancelled_by, due_date FROM service_invoice_header")
    found = []
    for no, entry, cancelled_by, due in rows:
        remaining, initial = amounts[entry]["remaining"], amounts[entry]["initial"]
        status = "paid" if not remaining else "open" if remaining == initial else "partly_paid"
        if remaining and due and due < now.today:
            status = "overdue"
        found.append({"invoice": now.named("invoice", no)[0], "status": "cancelled" if cancelled_by else status})
    return found


async def references(now: State) -> list[Row]:
    """Every record with its references; what is not kept on a kind of record is not a key of its row."""
    found = [
        {"record": "posted_invoice", "external_document_no": row[0], "your_reference": row[1]}
        for row in await now.session.fetch("SELECT external_document_no, your_reference FROM service_invoice_header")
    ]
    found += [
        {"record": "customer_ledger", "external_document_no": row[0], "your_reference": row[1]}
        for row in await now.since("customer_ledger", "external_document_no, your_reference")
    ]
    found += [
        {"record": "gl_entries", "external_document_no": row[0]}
        for row in await now.since("gl_entries", "external_document_no")
    ]
    return [dict(row) for row in {tuple(sorted(row.items())): row for row in found}.values()]


# --- open documents -----------------------------------------------------------------------------------------------


QUANTITIES = ("qty", "qty_to_ship", "qty_to_invoice", "qty_to_consume", "qty_shipped", "qty_invoiced", "qty_consumed")


async def order_lines(now: State) -> list[Row]:
    return await _open_lines(now, "document_type = 'order'")


async def draft_lines(now: State) -> list[Row]:
    return await _open_lines(now, "document_type IN ('invoice', 'credit_memo')")


async def _open_lines(now: State, condition: str) -> list[Row]:
    columns = (
        "document_no, line_no, quantity, qty_to_ship, qty_to_invoice, qty_to_consume, quantity_shipped,"
        " quantity_invoiced, quantity_consumed"
    )
    rows = await now.session.fetch(f"SELECT {columns} FROM service_line WHERE type <> 'blank' AND {condition}")
    return [
        {
            "document": row[0],
            "line": _line(row[1]),
            **{name: exact(value) for name, value in zip(QUANTITIES, row[2:], strict=True)},
        }
        for row in rows
    ]


async def documents(now: State) -> list[Row]:
    opened = dict(await now.session.fetch("SELECT no, posting_date FROM service_header"))
    archived = {row[0] for row in await now.session.fetch("SELECT no FROM order_archive")}
    return [
        {
            "number": no,
            "exists": no in opened,
            "archived": no in archived and no not in opened,  # an order that was opened again is in both
            "posting_date": opened.get(no),
        }
        for no in {*opened, *archived}
    ]


_DRAFT = (
    "no, contract_no, customer_no, bill_to_customer_no, currency_code, prices_including_vat, posting_date, due_date"
)
_DRAFT_LINE = (
    "document_no, line_no, type, no, quantity, unit_price, line_discount_amount, line_amount, inv_discount_amount,"
    " service_item_no, contract_no, shipment_no, shipment_line_no,"
    " COALESCE(period_from, (SELECT e.period_from FROM service_ledger_entry e WHERE e.entry_no ="
    " appl_to_service_entry)), COALESCE(period_to, (SELECT e.period_to FROM service_ledger_entry e WHERE e.entry_no ="
    " appl_to_service_entry))"
)


async def draft_invoices(now: State) -> list[Row]:
    return await _drafts(now, "invoice")


async def draft_credit_memos(now: State) -> list[Row]:
    return await _drafts(now, "credit_memo")


async def _drafts(now: State, kind: str) -> list[Row]:
    """The open documents of a kind with all lines. On those of a contract, texts are not counted (FORMAT.md 6)."""
    lines: dict[str, list[Row]] = defaultdict(list)
    contracts: dict[str, set[str]] = defaultdict(set)
    of_contract: dict[str, str] = dict(
        await now.session.fetch("SELECT no, contract_no FROM service_header WHERE document_type = ?", kind)
    )
    sql = f"SELECT {_DRAFT_LINE} FROM service_line WHERE document_type = ? ORDER BY document_no, line_no"
    for row in await now.session.fetch(sql, kind):
        no, line_type = str(row[0]), TYPES.get(row[2], row[2])
        place = _line(row[1])
        if of_contract[no]:
            place = Decimal(sum(line["type"] != "text" for line in lines[no]) + 1)
        contracts[no] |= {row[10]} - {""}
        lines[no].append(
            {
                "line": place,
                "type": line_type,
                "number": row[3],
                "qty": exact(row[4]),
                "unit_price": exact(row[5]),
                "line_discount": exact(row[6]),
                "amount": exact(row[7] - row[8]),
                "service_item": row[9] or "",
                "contract": row[10],
                "from_shipment": _from_shipment(now, row[11], row[12]),
                "from": row[13],
                "to": row[14],
            }
        )
    totals = await _draft_totals(kind, list(of_contract))
    rows = await now.session.fetch(f"SELECT {_DRAFT} FROM service_header WHERE document_type = ?", kind)
    return [
        {
            "document": now.names.get(row[0], row[0]),
            "contract": row[1],
            "contracts": sorted(contracts[row[0]]),
            "customer": row[2],
            "bill_to": row[3],
            "currency": row[4] or "",
            "prices_incl_vat": row[5],
            "posting_date": row[6],
            "due_date": row[7],
            "amount": totals[row[0]].amount,
            "amount_incl_vat": totals[row[0]].amount_including_vat,
            "lines": lines[row[0]],
        }
        for row in rows
    ]


def _from_shipment(now: State, shipment_no: str | None, line_no: int) -> Row | None:
    if not shipment_no or not line_no:
        return None
    return {**_source(now, "shipment", shipment_no), "line": _line(line_no)}


async def _draft_totals(document_type: str, nos: list[str]) -> dict[str, Totals]:
    """What the page of each document shows beneath its lines."""
    found = {}
    for no in nos:
        document, setup = await load_with_setup(DocumentKey(document_type, no))
        assert document is not None
        found[no] = document_totals(setup, document.header, document.lines)
    return found


def with_texts_as_shown(expected: Sequence[Mapping[str, Any]], actual: list[Row]) -> list[Row]:
    """The drafts without their texts, but for those whose row shows one."""
    shows = {str(row["document"]) for row in expected for line in row.get("lines") or [] if line.get("type") == "text"}
    return [
        row if row["document"] in shows else {**row, "lines": [line for line in row["lines"] if line["type"] != "text"]}
        for row in actual
    ]


async def charge_lines(now: State) -> list[Row]:
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for document, account, amount in await now.session.fetch(
        "SELECT document_no, no, line_amount FROM service_line WHERE system_created AND type = 'gl_account'"
    ):
        sums[document, account].append(exact(amount))
    return [
        {"document": document, "account": account, "count": Decimal(len(amounts)), "amount": sum(amounts)}
        for (document, account), amounts in sums.items()
    ]


# --- contracts ----------------------------------------------------------------------------------------------------


async def contract_ledger(now: State) -> list[Row]:
    """Every entry of contracts, what there was before the steps included."""
    rows = await now.session.fetch(
        "SELECT e.service_contract_no, e.service_item_no, e.entry_type, e.posting_date, e.amount_lcy, e.open,"
        " e.moved_from_prepaid, a.posting_date, e.document_type, e.document_no FROM service_ledger_entry e"
        " LEFT JOIN service_ledger_entry a ON a.entry_no = e.applies_to_entry_no"
        " WHERE e.type = 'service_contract' ORDER BY e.entry_no"
    )
    return [
        {
            "contract": row[0],
            "service_item": row[1] or "",
            "entry": row[2],
            "posting_date": _day(row[3]),
            "amount": exact(row[4]),
            "open": bool(row[5]),
            "released": bool(row[6]),
            "applies_to": _day(row[7]),
            "document": _named_document(now, row[8], row[9]),
        }
        for row in rows
    ]


def _named_document(now: State, kind: str, no: str) -> str:
    """An unposted document by its number, a posted one by its source; what was there before has no source."""
    source = now.sources.get((kind, no))
    return f"posted {labels.choice(kind).lower()} of {source[0]}" if source else no


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


async def contracts(now: State) -> list[Row]:
    lines: dict[str, dict[Any, date | None]] = defaultdict(dict)
    for no, line_no, day in await now.session.fetch(
        "SELECT contract_no, line_no, invoiced_to_date FROM service_contract_line WHERE kind = 'contract'"
    ):
        lines[no][line_no // 10000] = day
    rows = await now.session.fetch(
        "SELECT no, status, change_status, annual_amount, amount_per_period, next_invoice_date, next_period_start,"
        " next_period_end, last_invoice_date FROM service_contract WHERE kind = 'contract'"
    )
    return [
        {
            "number": row[0],
            "status": "unsigned" if row[1] == "blank" else row[1],
            "change_status": row[2],
            "annual_amount": exact(row[3]),
            "amount_per_period": exact(row[4]),
            "next_invoice_date": row[5],
            "next_period_from": row[6],
            "next_period_to": row[7],
            "last_invoice_date": row[8],
            "invoiced_to": lines[row[0]],
        }
        for row in rows
    ]


async def release_documents(now: State) -> list[Row]:
    """What release runs posted: a document each, with its contract and the sum that became income."""
    rows = await now.session.fetch(
        "SELECT r.source_no, MIN(g.posting_date), MIN(g.external_document_no), SUM(g.amount) FROM posting_run r"
        " JOIN gl_entry g ON g.posting_run_no = r.no WHERE r.source_type = 'release' AND g.gl_account_no IN"
        " (SELECT prepaid_account FROM contract_account_group) GROUP BY r.source_no ORDER BY r.source_no"
    )
    return [{"number": row[0], "posting_date": row[1], "contract": row[2], "amount": exact(row[3])} for row in rows]


async def contract_lines(now: State) -> list[Row]:
    rows = await now.session.fetch(
        "SELECT contract_no, line_no, line_value, credited, contract_expiration_date FROM service_contract_line"
        " WHERE kind = 'contract'"
    )
    return [
        {
            "contract": row[0],
            "line": _line(row[1]),
            "line_value": exact(row[2]),
            "credited": bool(row[3]),
            "expiration_date": row[4],
        }
        for row in rows
    ]


# --- maps ---------------------------------------------------------------------------------------------------------


async def counts(now: State) -> Row:
    found: Row = {}
    for ledger, (_, key) in LEDGERS.items():
        found[ledger] = len(await now.since(ledger, key))
    for name, table in POSTED.items():
        found[name] = (await now.session.fetch(f"SELECT COUNT(*) FROM {table}"))[0][0]
    return found


DATES = {
    "sale": ("service_ledger", "entry_type = 'sale'"),
    "usage": ("service_ledger", "entry_type = 'usage' AND quantity > 0"),
    "reversed_usage": ("service_ledger", "entry_type = 'usage' AND quantity < 0"),
    "resource_usage": ("resource_ledger", "entry_type = 'usage' AND quantity > 0"),
    "reversed_item_entry": ("item_ledger", "entry_type = 'sale' AND quantity > 0"),
}


async def dates(now: State) -> Row:
    """The posting date of each kind of entry; several different ones are shown as a list."""
    found: Row = {}
    for name, table in (("shipment", "service_shipment_header"), ("invoice", "service_invoice_header")):
        found[name] = _same(await now.session.fetch(f"SELECT DISTINCT posting_date FROM {table}"))
    for name, (ledger, condition) in DATES.items():
        table, key = LEDGERS[ledger]
        sql = f"SELECT DISTINCT posting_date FROM {table} WHERE {key} > ? AND {condition}"
        found[name] = _same(await now.session.fetch(sql, now.baseline[ledger]))
    return found


def _same(rows: list[tuple[Any, ...]]) -> Any:
    values = [row[0] for row in rows]
    return values[0] if len(values) == 1 else values or None


# A list that is compared only for the records that its rows name, and by which keys they are named.
NAMED = {
    "documents": ("number",),
    "draft_lines": ("document", "line"),
    "balances": ("customer",),
    "gl_entries": ("account",),
    "gl_dimensions": ("account",),
    "posted_status": ("invoice",),
    "references": ("record",),
    "contract_ledger": ("contract",),
    "contracts": ("number",),
    "contract_lines": ("contract", "line"),
}
LISTS: dict[str, LIST] = {
    "gl": gl,
    "vat": vat,
    "service_ledger": service_ledger,
    "customer_ledger": customer_ledger,
    "item_ledger": item_ledger,
    "resource_ledger": resource_ledger,
    "warranty_ledger": warranty_ledger,
    "shipments": shipments,
    "invoices": invoices,
    "credit_memos": credit_memos,
    "order_lines": order_lines,
    "documents": documents,
    "draft_lines": draft_lines,
    "applications": applications,
    "balances": balances,
    "gl_entries": gl_entries,
    "gl_dimensions": gl_dimensions,
    "posted_documents": posted_documents,
    "posted_status": posted_status,
    "posted_order_reference": posted_order_reference,
    "posted_text_lines": posted_text_lines,
    "references": references,
    "charge_lines": charge_lines,
    "contract_ledger": contract_ledger,
    "contracts": contracts,
    "contract_lines": contract_lines,
    "release_documents": release_documents,
    "draft_invoices": draft_invoices,
    "draft_credit_memos": draft_credit_memos,
}
MAPS = {"counts": counts, "dates": dates}

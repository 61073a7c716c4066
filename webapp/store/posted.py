"""Posted documents with their lines, their VAT, and every ledger entry of their posting (P-37, D-92 … D-98)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from piccolo.table import Table

from db import ledgers, posted, setup
from db.engine import reading, transaction
from db.session import Session
from webapp.store.rows import codec

Row = dict[str, Any]

# every ledger, in the order in which an accountant reads them; the columns that its section shows
LEDGER_COLUMNS: Mapping[str, tuple[type[Table], tuple[str, ...]]] = {
    "General ledger": (
        ledgers.GlEntry,
        (
            "entry_no",
            "posting_date",
            "document_no",
            "gl_account_no",
            "description",
            "debit_amount",
            "credit_amount",
            "vat_amount",
            "dim_1",
            "dim_2",
        ),
    ),
    "VAT": (
        ledgers.VatEntry,
        ("entry_no", "posting_date", "document_no", "vat_identifier", "vat_pct", "calculation_type", "base", "amount"),
    ),
    "Customer ledger": (
        ledgers.CustomerLedgerEntry,
        (
            "entry_no",
            "posting_date",
            "document_type",
            "document_no",
            "customer_no",
            "due_date",
            "sales_lcy",
            "profit_lcy",
            "open",
        ),
    ),
    "Detailed customer ledger": (
        ledgers.DetailedCustomerEntry,
        ("entry_no", "posting_date", "document_type", "document_no", "entry_type", "amount", "amount_lcy", "due_date"),
    ),
    "Item ledger": (
        ledgers.ItemLedgerEntry,
        (
            "entry_no",
            "posting_date",
            "document_no",
            "item_no",
            "entry_type",
            "location_code",
            "quantity",
            "invoiced_quantity",
            "remaining_quantity",
            "open",
        ),
    ),
    "Value entries": (
        ledgers.ValueEntry,
        (
            "entry_no",
            "posting_date",
            "document_no",
            "item_no",
            "valued_quantity",
            "sales_amount_expected",
            "sales_amount_actual",
            "cost_amount_expected",
            "cost_amount_actual",
            "cost_posted_to_gl",
        ),
    ),
    "Resource ledger": (
        ledgers.ResourceLedgerEntry,
        (
            "entry_no",
            "posting_date",
            "document_no",
            "entry_type",
            "resource_no",
            "description",
            "quantity",
            "total_cost",
            "total_price",
        ),
    ),
    "Service ledger": (
        ledgers.ServiceLedgerEntry,
        (
            "entry_no",
            "posting_date",
            "document_no",
            "entry_type",
            "type",
            "no",
            "service_item_no",
            "quantity",
            "charged_qty",
            "cost_amount",
            "discount_amount",
            "amount_lcy",
        ),
    ),
    "Warranty ledger": (
        ledgers.WarrantyLedgerEntry,
        ("entry_no", "posting_date", "document_no", "type", "no", "service_item_no", "quantity", "amount", "open"),
    ),
}


@dataclass(frozen=True, slots=True)
class Entries:
    """The rows of one ledger that a posting wrote."""

    title: str
    table: type[Table]
    columns: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class PostedDocument:
    """A posted shipment or invoice: header, lines, VAT specification, service item lines, its posting's entries."""

    kind: str
    header: Row
    lines: Sequence[Row]
    item_lines: Sequence[Row]
    vat: Sequence[Row]
    entries: Sequence[Entries]
    run: Row
    chain: Mapping[str, Sequence[str]]
    open_order: bool
    remaining: Any = None


_HEADERS: Mapping[str, type[Table]] = {
    "shipment": posted.ServiceShipmentHeader,
    "invoice": posted.ServiceInvoiceHeader,
}
_LINES: Mapping[str, type[Table]] = {"shipment": posted.ServiceShipmentLine, "invoice": posted.ServiceInvoiceLine}


def _select(table: type[Table], where: str, columns: Sequence[str] = ()) -> str:
    rows = codec(table)
    return rows.select(columns or tuple(rows.columns), where)


def _read(table: type[Table], found: Sequence[Sequence[Any]], columns: Sequence[str] = ()) -> list[Row]:
    rows = codec(table)
    return [rows.read(columns or tuple(rows.columns), row) for row in found]


async def load_posted(kind: str, no: str) -> PostedDocument | None:
    """A posted document by its number; two rounds of queries, however many lines it has."""
    table, line_table = _HEADERS[kind], _LINES[kind]
    async with reading() as session:
        first = await session.fetch_all(
            [
                (_select(table, "WHERE no = ?"), (no,)),
                (_select(line_table, "WHERE document_no = ? ORDER BY line_no"), (no,)),
                (_select(posted.ServiceShipmentItemLine, "WHERE document_no = ? ORDER BY line_no"), (no,)),
                (
                    _select(posted.PostedVatLine, "WHERE document_kind = ? AND document_no = ? ORDER BY line_no"),
                    (kind, no),
                ),
            ]
        )
        if not first[0]:
            return None
        header = _read(table, first[0])[0]
        lines = _read(line_table, first[1])
        run = header["posting_run_no"]
        entries = await entries_of_run(session, run)
        others = await _around(session, header, kind)
    return PostedDocument(
        kind,
        header,
        lines,
        _read(posted.ServiceShipmentItemLine, first[2]) if kind == "shipment" else [],
        _read(posted.PostedVatLine, first[3]),
        entries,
        others["run"],
        others["chain"],
        others["open_order"],
        others["remaining"],
    )


async def entries_of_run(session: Session, run: int) -> list[Entries]:
    """Every entry that one posting wrote, ledger by ledger; ledgers without any are left out."""
    queries = [
        (_select(table, "WHERE posting_run_no = ? ORDER BY entry_no", columns), (run,))
        for table, columns in LEDGER_COLUMNS.values()
    ]
    found = await session.fetch_all(queries)
    return [
        Entries(title, table, columns, _read(table, rows, columns))
        for (title, (table, columns)), rows in zip(LEDGER_COLUMNS.items(), found, strict=True)
        if rows
    ]


async def _around(session: Session, header: Row, kind: str) -> dict[str, Any]:
    """The posting run, the other documents of the order, whether the order is still open, what is left to pay."""
    order_no = header["order_no"]
    found = await session.fetch_all(
        [
            (_select(ledgers.PostingRun, "WHERE no = ?"), (header["posting_run_no"],)),
            ("SELECT no FROM service_shipment_header WHERE order_no = ? AND ? <> '' ORDER BY no", (order_no, order_no)),
            ("SELECT no FROM service_invoice_header WHERE order_no = ? AND ? <> '' ORDER BY no", (order_no, order_no)),
            ("SELECT 1 FROM service_header WHERE document_type = 'order' AND no = ?", (order_no,)),
            (
                "SELECT SUM(amount) FROM detailed_customer_entry WHERE customer_entry_no = ?",
                (header.get("customer_entry_no") or 0,),
            ),
        ]
    )
    remaining = codec(ledgers.DetailedCustomerEntry).readers["amount"]
    return {
        "run": _read(ledgers.PostingRun, found[0])[0],
        "chain": {
            "shipments": [str(row[0]) for row in found[1]],
            "invoices": [str(row[0]) for row in found[2]],
        },
        "open_order": bool(found[3]),
        "remaining": remaining(int(found[4][0][0])) if remaining and found[4][0][0] is not None else None,
    }


async def company() -> Row:
    """The company as its paper names it."""
    async with reading() as session:
        rows = await session.fetch(_select(setup.Company, ""))
    return _read(setup.Company, rows)[0] if rows else {}


async def lcy_code() -> str:
    """The company's own currency."""
    async with reading() as session:
        rows = await session.fetch("SELECT lcy_code FROM ledger_setup")
    return str(rows[0][0]) if rows else ""


async def vat_clauses(codes: Sequence[str], language_code: str) -> dict[str, str]:
    """The texts of VAT clauses, in the language of the paper where there is one (D-121)."""
    wanted = sorted(set(codes) - {""})
    if not wanted:
        return {}
    marks = ", ".join("?" * len(wanted))
    sql = (
        "SELECT c.code, COALESCE(t.description, c.description) FROM vat_clause c LEFT JOIN vat_clause_text t"
        f" ON t.vat_clause_code = c.code AND t.language_code = ? WHERE c.code IN ({marks})"
    )
    async with reading() as session:
        rows = await session.fetch(sql, language_code or "", *wanted)
    return {str(code): str(text) for code, text in rows}


async def count_print(kind: str, no: str) -> None:
    """Raises the print count of a posted document, which says "copy" from the second time on (D-95)."""
    table = codec(_HEADERS[kind]).name
    async with transaction() as session:
        await session.execute(f"UPDATE {table} SET printed = printed + 1 WHERE no = ?", no)


async def words_on_paper(header: Row) -> dict[str, str]:
    """What the codes on a paper stand for: payment terms, payment method, salesperson."""
    asked = (
        ("payment_terms", "payment_terms_code"),
        ("payment_method", "payment_method_code"),
        ("salesperson", "salesperson_code"),
    )
    async with reading() as session:
        found = await session.fetch_all(
            [(f"SELECT description FROM {table} WHERE code = ?", (header[name] or "",)) for table, name in asked]
        )
    return {name: str(rows[0][0]) if rows else "" for (_, name), rows in zip(asked, found, strict=True)}

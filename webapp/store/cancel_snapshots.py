"""Loads what cancelling a posted invoice may know: every entry it wrote, its shipments, its orders (P-186).

With `lock` in the order of O-27: orders by number, the invoice, shipment lines, item entries, the customer entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from db import ledgers as tables
from db import posted
from db.session import Query, Row, Session
from webapp.posting import ledgers as planned
from webapp.posting.amounts import PostedAmounts, with_lcy
from webapp.posting.cancelling import CancelSnapshot, Goods, Order, PostedLine, TakenShipmentLine, Valued
from webapp.posting.changes import without_application
from webapp.posting.credit_checks import ENTRY_NAMES
from webapp.posting.lines import blanks_of
from webapp.posting.records import changed
from webapp.posting.rounding import rounding_line_no
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, DocumentKey, Header, Line, Snapshot
from webapp.store.archive import last_archived
from webapp.store.contract_cancelling import due_again, load_of_invoice, reasons
from webapp.store.many_snapshots import load_documents
from webapp.store.posted_headers import rounding_account
from webapp.store.readers import CUSTOMERS, ITEMS, SERIES, WARRANTY
from webapp.store.rows import Reader, codec, decimal_from, shared_names
from webapp.store.snapshots import Document, marks
from webapp.store.undo_snapshots import Written

_HEADER = codec(posted.ServiceInvoiceHeader)
_HEADER_NAMES = tuple(
    name for name in shared_names(Header, posted.ServiceInvoiceHeader) if name not in ("document_type", "no")
)
_LINE = codec(posted.ServiceInvoiceLine)
_LINE_NAMES = shared_names(Line, posted.ServiceInvoiceLine)
_AMOUNTS = ("amount_lcy", "amount_including_vat_lcy")
_LINES_OF_INVOICE = _LINE.select((*_LINE_NAMES, *_AMOUNTS), "WHERE document_no = ? ORDER BY line_no")
_ORDERS = "SELECT DISTINCT order_no FROM service_invoice_line WHERE document_no = ? AND order_no <> ''"
_SHIPMENT_LINES = Reader(TakenShipmentLine, posted.ServiceShipmentLine)

_GL = Written(planned.GlEntry, tables.GlEntry, ("entry_no",))
_VAT = Written(planned.VatEntry, tables.VatEntry, ("entry_no",))
_SERVICES = Written(planned.ServiceEntry, tables.ServiceLedgerEntry, ())
_BILLED = Written(planned.ServiceEntry, tables.ServiceLedgerEntry, ("entry_no",))
_RESOURCES = Written(planned.ResourceEntry, tables.ResourceLedgerEntry, ())
_VALUES = Written(planned.ValueEntry, tables.ValueEntry, ("item_ledger_entry_no",))
_ITEMS = Written(planned.ItemEntry, tables.ItemLedgerEntry, ("entry_no", "document_no"))
_ENTRY = codec(tables.CustomerLedgerEntry)
_ENTRY_NAMES = shared_names(planned.CustomerEntry, tables.CustomerLedgerEntry)

_OF_INVOICE = "WHERE e.document_type = 'invoice' AND e.document_no = ? AND e.posting_run_no = ? ORDER BY e.entry_no"
_OF_CONTRACTS = (
    "WHERE e.document_type = 'invoice' AND e.document_no = ? AND e.type = 'service_contract' AND e.entry_type = 'sale'"
    " ORDER BY e.entry_no"
)
_VALUES_OF = "e.document_type = 'service_invoice' AND e.document_no = ? AND e.posting_run_no = ?"
_BEHIND = f"WHERE e.entry_no IN (SELECT e.item_ledger_entry_no FROM value_entry e WHERE {_VALUES_OF})"
# Of an invoice by hand the hours, too: its own, or those of the shipment that it made.
_HOURS = (
    "WHERE e.posting_run_no = ? AND (e.document_type = 'invoice' AND e.document_no = ?"
    " OR e.document_type = 'shipment' AND e.document_no IN (SELECT s.no FROM service_shipment_header s"
    " WHERE s.posting_run_no = e.posting_run_no AND s.order_no = '')) ORDER BY e.entry_no"
)
_SUMS = """
SELECT SUM(CASE WHEN entry_type = 'initial' THEN amount ELSE 0 END),
    SUM(CASE WHEN entry_type = 'initial' THEN amount_lcy ELSE 0 END), SUM(amount)
FROM detailed_customer_entry WHERE customer_entry_no = ?"""
# What still is applied: an application that was taken back stands there twice, once with each sign (D-132).
_APPLIED = """
SELECT a.document_type, a.document_no FROM detailed_customer_entry d
JOIN customer_ledger_entry a ON a.entry_no = d.applied_customer_entry_no
WHERE d.customer_entry_no = ? AND d.entry_type = 'application' AND a.entry_no <> d.customer_entry_no
GROUP BY a.entry_no, a.document_type, a.document_no HAVING SUM(d.amount) <> 0
ORDER BY a.document_type, a.document_no"""
_CREDITED = (
    "SELECT invoice_line_no, SUM(quantity) FROM service_cr_memo_line WHERE invoice_no = ? GROUP BY invoice_line_no"
)
_WARRANTIES = (
    f"SELECT w.service_order_no, {', '.join(f'w.{name}' for name in WARRANTY.names)} FROM warranty_ledger_entry w"
    " JOIN service_shipment_line s ON s.warranty_entry_no = w.entry_no"
    " WHERE w.service_order_no IN ({marks}) AND NOT s.correction ORDER BY w.entry_no"
)


async def load_cancel_snapshot(
    session: Session, invoice_no: str, user_name: str, today: date, day: date, *, lock: bool = False
) -> CancelSnapshot | None:
    """The posted invoice with everything that cancelling it on this day asks about; None when there is none. The same
    number of queries however many lines and orders there are."""
    order_nos = sorted(str(no) for (no,) in await session.fetch(_ORDERS, invoice_no))
    if lock and session.dialect == "postgresql":
        await session.fetch_all(_locks(invoice_no, order_nos))
    documents, setup = await load_documents(session, [DocumentKey("order", no) for no in order_nos])
    found = await _invoice(session, invoice_no)
    if found is None:
        return None
    invoice, run, entry_no, cancelled_by, account = found
    values = [_LINE.read((*_LINE_NAMES, *_AMOUNTS), row) for row in await session.fetch(_LINES_OF_INVOICE, invoice_no)]
    queries = _queries(invoice, run, entry_no, order_nos, setup, values)
    answers = dict(zip(_QUERIES, await session.fetch_all(queries), strict=True))
    orders = await _orders(session, order_nos, documents)
    header = credit_header(setup, invoice, day)
    lines = _posted_lines(setup, header, values, answers["credited"], account)
    contract_no = _contract_of(invoice, lines)
    of_contracts = await load_of_invoice(session, invoice_no)
    people = {one.no: one for one in CUSTOMERS.all(answers["customers"])}
    entry, remaining = _entry(answers)
    return CancelSnapshot(
        invoice_no=invoice_no,
        snapshot=Snapshot(
            setup=setup,
            user_name=user_name,
            today=today,
            header=header,
            item_lines=(),
            lines=tuple(one.line for one in lines),
            customer=people.get(header.customer_no),
            bill_to=people.get(header.bill_to_customer_no),
            items={one.no: one for one in ITEMS.all(answers["items"])},
            series={setup.service.posted_cr_memo_nos: tuple(SERIES.all(answers["series"]))},
        ),
        cancelled_by=cancelled_by,
        contract_no=contract_no,
        contract_reasons=tuple(reasons(of_contracts) if of_contracts.registered else _unregistered(contract_no)),
        billed=tuple(
            (int(no), row) for (no,), row in _BILLED.all(answers["billed"], "invoice") if row.type == "service_contract"
        ),
        terms_code=invoice.payment_terms_code,
        method_code=invoice.payment_method_code,
        lines=lines,
        entry_no=entry_no,
        entry=entry,
        remaining=remaining,
        applied_to=tuple(f"{ENTRY_NAMES.get(str(kind), 'Entry')} {no}" for kind, no in answers["applied"]),
        gl=tuple((int(no), row) for (no,), row in _GL.all(answers["gl"], "invoice")),
        vat=tuple((int(no), row) for (no,), row in _VAT.all(answers["vat"], "invoice")),
        services=tuple(row for _, row in _SERVICES.all(answers["services"], "invoice")),
        resources=tuple(row for _, row in _RESOURCES.all(answers["resources"], "invoice")),
        values=tuple(Valued(int(no), row) for (no,), row in _VALUES.all(answers["values"], "invoice")),
        goods={int(no): Goods(int(no), row, str(at)) for (no, at), row in _ITEMS.all(answers["goods"], "invoice")},
        shipment_lines=tuple(_SHIPMENT_LINES.all(answers["shipment_lines"])),
        orders=_with_warranties(orders, answers["warranties"]),
        due_again=tuple(due_again(of_contracts)),
    )


async def _invoice(session: Session, invoice_no: str) -> tuple[Header, int, int, str, str] | None:
    """The header of a posted invoice as that of a document, its posting run, its customer entry, what cancelled it and
    the account that it was rounded to."""
    names = (*_HEADER_NAMES, "cancelled_by", "customer_entry_no", "posting_run_no")
    account = f"{rounding_account('service_invoice_header')} AS rounding_account"
    found = await session.fetch(_HEADER.select((*names, account), "WHERE no = ?"), invoice_no)
    if not found:
        return None
    values = _HEADER.read((*names, "rounding_account"), found[0])
    account = str(values.pop("rounding_account"))
    run, entry_no = int(values.pop("posting_run_no")), int(values.pop("customer_entry_no"))
    cancelled_by = str(values.pop("cancelled_by"))
    header = Header(**{**blanks_of(Header), **values, "document_type": "invoice", "no": invoice_no})
    return header, run, entry_no, cancelled_by, account


async def _orders(
    session: Session, order_nos: Sequence[str], documents: Mapping[DocumentKey, Document]
) -> dict[str, Order]:
    """The orders of the invoice: those that are open, the others as they went to the archive."""
    gone = [no for no in order_nos if DocumentKey("order", no) not in documents]
    archived = await last_archived(session, gone) if gone else {}
    return {
        **{key.no: Order(d.header, d.item_lines, d.lines, archived=False) for key, d in documents.items()},
        **{no: Order(o.header, o.item_lines, o.lines, archived=True) for no, o in archived.items()},
    }


def _unregistered(contract_no: str) -> list[tuple[str, str]]:
    return [(contract_no, "its dates before the invoice are not stored")] if contract_no else []


def _contract_of(invoice: Header, lines: Sequence[PostedLine]) -> str:
    """The contract that the invoice was made from; blank for none. An order of a contract is no such thing."""
    if any(one.line.order_no for one in lines):
        return ""
    return invoice.contract_no or next((one.line.contract_no for one in lines if one.line.appl_to_service_entry), "")


_LOCK_ORDERS = "SELECT no FROM service_header WHERE document_type = 'order' AND no IN ({0}) ORDER BY no FOR UPDATE"
_LOCK_INVOICE = "SELECT no FROM service_invoice_header WHERE no = ? FOR UPDATE"
_LOCK_SHIPMENTS = "SELECT id FROM service_shipment_line WHERE order_no IN ({0}) ORDER BY id FOR UPDATE"
_LOCK_CONTRACTS = (
    "SELECT no FROM service_contract WHERE kind = 'contract' AND no IN (SELECT source_no FROM service_document_register"
    " WHERE source_kind = 'contract' AND destination_kind = 'posted_invoice' AND destination_no = ?)"
    " ORDER BY no FOR UPDATE"
)
_LOCK_GOODS = (
    "SELECT entry_no FROM item_ledger_entry WHERE entry_no IN (SELECT item_ledger_entry_no FROM value_entry"
    " WHERE document_type = 'service_invoice' AND document_no = ?) ORDER BY entry_no FOR UPDATE"
)
_LOCK_ENTRY = (
    "SELECT entry_no FROM customer_ledger_entry WHERE document_type = 'invoice' AND document_no = ? FOR UPDATE"
)


def _locks(invoice_no: str, order_nos: Sequence[str]) -> list[Query]:
    named, orders = marks(order_nos), tuple(order_nos)
    wanted: list[tuple[str, tuple[object, ...]]] = [
        (_LOCK_ORDERS.format(named), orders),
        (_LOCK_INVOICE, (invoice_no,)),
        (_LOCK_SHIPMENTS.format(named), orders),
        (_LOCK_CONTRACTS, (invoice_no,)),
        (_LOCK_GOODS, (invoice_no,)),
        (_LOCK_ENTRY, (invoice_no,)),
    ]
    return [(sql, args) for sql, args in wanted if args]


_QUERIES = (
    "gl",
    "vat",
    "services",
    "billed",
    "resources",
    "values",
    "goods",
    "entry",
    "sums",
    "applied",
    "credited",
    "shipment_lines",
    "warranties",
    "customers",
    "items",
    "series",
)


def _queries(
    invoice: Header, run: int, entry_no: int, orders: Sequence[str], setup: Setup, lines: Sequence[dict[str, Any]]
) -> list[Query]:
    """In the order of `_QUERIES`; a list of nothing is asked for as one blank, which is nobody's number."""
    own: tuple[object, ...] = (invoice.no, run)
    orders = list(orders) or ["-"]
    items = sorted({line["no"] for line in lines if line["type"] == "item"}) or ["-"]
    people = sorted({invoice.customer_no, invoice.bill_to_customer_no})
    of_shipments = f"WHERE order_no IN ({marks(orders)}) AND quantity_invoiced > 0 AND NOT correction ORDER BY id DESC"
    return [
        (_GL.sql(_OF_INVOICE), own),
        (_VAT.sql(_OF_INVOICE), own),
        (_SERVICES.sql(_OF_INVOICE), own),
        (_BILLED.sql(_OF_CONTRACTS), (invoice.no,)),
        (_RESOURCES.sql(_HOURS), (run, invoice.no)),
        (_VALUES.sql(f"WHERE {_VALUES_OF} ORDER BY e.entry_no"), own),
        (_ITEMS.sql(_BEHIND), own),
        (_ENTRY.select(_ENTRY_NAMES, "WHERE entry_no = ?"), (entry_no,)),
        (_SUMS, (entry_no,)),
        (_APPLIED, (entry_no,)),
        (_CREDITED, (invoice.no,)),
        (_SHIPMENT_LINES.sql(of_shipments), tuple(orders)),
        (_WARRANTIES.format(marks=marks(orders)), tuple(orders)),
        (CUSTOMERS.sql(f"WHERE no IN ({marks(people)})"), tuple(people)),
        (ITEMS.sql(f"WHERE no IN ({marks(items)})"), tuple(items)),
        (SERIES.sql("WHERE series_code = ? ORDER BY line_no"), (setup.service.posted_cr_memo_nos,)),
    ]


def credit_header(setup: Setup, invoice: Header, day: date) -> Header:
    """The header of the credit memo that cancels an invoice: its own dates, nothing to be paid by a term (D-13)."""
    return changed(
        without_application(invoice),
        document_type="credit_memo",
        posting_date=day,
        document_date=day,
        vat_date=day,
        order_date=None,
        due_date=day,
        pmt_discount_date=None,
        pmt_discount_pct=ZERO,
        payment_terms_code="",
        payment_method_code="",
        bal_account_no="",
        posting_description=f"Cancels invoice {invoice.no}",
        correction=setup.ledger.mark_cr_memos_as_corrections,
        applies_to_doc_type="invoice",
        applies_to_doc_no=invoice.no,
        posting_no_series="",
    )


def _posted_lines(
    setup: Setup, header: Header, rows: Sequence[dict[str, Any]], credited: Sequence[Row], account: str
) -> tuple[PostedLine, ...]:
    back = {int(line_no): decimal_from(int(quantity), 5) for line_no, quantity in credited}
    lines, amounts = [], []
    for row in rows:
        lcy = {name: row[name] for name in _AMOUNTS}
        values = {name: row[name] for name in _LINE_NAMES}
        line = Line(**{**blanks_of(Line), **values, "qty_to_invoice": row["quantity"]})
        lines.append((line, lcy))
        amounts.append(
            PostedAmounts(
                line,
                line.quantity,
                line.line_discount_amount,
                line.line_amount,
                line.inv_discount_amount,
                line.amount,
                line.amount_including_vat,
            )
        )
    converted = with_lcy(amounts, header, setup.ledger.amount_rounding_precision)
    rounds = rounding_line_no([line for line, _ in lines], account)
    return tuple(
        PostedLine(line, changed(row, **lcy), back.get(line.line_no, ZERO), line.line_no == rounds)
        for (line, lcy), row in zip(lines, converted, strict=True)
    )


def _entry(answers: dict[str, list[Row]]) -> tuple[planned.CustomerEntry, Decimal]:
    amount, lcy, remaining = (decimal_from(int(value or 0), 5) for value in answers["sums"][0])
    values = _ENTRY.read(_ENTRY_NAMES, answers["entry"][0])
    return planned.CustomerEntry(document="invoice", amount=amount, amount_lcy=lcy, **values), remaining


def _with_warranties(orders: dict[str, Order], rows: Sequence[Row]) -> dict[str, Order]:
    given: dict[str, list[Any]] = {no: [] for no in orders}
    for no, *row in rows:
        if no in given:
            given[str(no)].append(WARRANTY.one(row))
    return {no: changed(order, warranties=tuple(given[no])) for no, order in sorted(orders.items())}

"""What stands before and after a posted document: orders, shipments, invoices, credit memos and payments (D-98)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from db.engine import reading
from db.session import Query
from webapp.store.rows import decimal_from

__all__ = ["Step", "chain_from", "chain_of", "chain_queries"]

Row = Mapping[str, Any]
Queries = Mapping[str, Query]


@dataclass(frozen=True, slots=True)
class Step:
    """A document in a chain: invoices and credit memos with their amount and what of it is left to pay. `cancelled`: an
    invoice that was cancelled, or the credit memo that did it. `open`: an order that is, or a draft."""

    no: str
    day: date | None = None
    amount: Decimal | None = None
    remaining: Decimal | None = None
    cancelled: bool = False
    open: bool = False


_SUMS: Final = (
    "h.no, h.posting_date, h.amount_including_vat, (SELECT SUM(d.amount) FROM detailed_customer_entry d"
    " WHERE d.customer_entry_no = h.customer_entry_no)"
)
_OF_ORDER: Final = "h.order_no = ? AND h.order_no <> ''"
_SHIPMENTS: Final = "SELECT h.no, h.posting_date FROM service_shipment_header h WHERE {0} ORDER BY h.no"
_INVOICES: Final = f"SELECT {_SUMS}, h.cancelled_by FROM service_invoice_header h WHERE {{0}} ORDER BY h.no"
# The credit memos that name one of these invoices: as cancelled, as applied to, or on a line. Each way is taken by its
# own index.
_CREDITS: Final = (
    f"SELECT {_SUMS}, h.cancels FROM service_cr_memo_header h WHERE h.no IN ("
    "SELECT c.no FROM service_cr_memo_header c WHERE c.cancels <> '' AND c.cancels IN ({0})"
    " UNION SELECT c.no FROM service_cr_memo_header c WHERE c.applies_to_doc_type = 'invoice'"
    " AND c.applies_to_doc_no <> '' AND c.applies_to_doc_no IN ({0})"
    " UNION SELECT l.document_no FROM service_cr_memo_line l WHERE l.invoice_no IN ({0})) ORDER BY h.no"
)
_ORDERS: Final = (
    "SELECT o.no, EXISTS (SELECT 1 FROM service_header s WHERE s.document_type = 'order' AND s.no = o.no)"
    " FROM (SELECT DISTINCT l.order_no AS no FROM service_invoice_line l WHERE l.order_no <> ''"
    " AND l.document_no IN ({0})) o ORDER BY o.no"
)
_ORDERS_OF: Final = "SELECT l.order_no FROM service_invoice_line l WHERE l.document_no IN ({0}) AND l.order_no <> ''"
# The invoices with a line of an order, those of several orders included (D-139).
_INVOICES_OF_ORDER: Final = "SELECT l.document_no FROM service_invoice_line l WHERE l.order_no = ? AND l.order_no <> ''"
# The invoices that a credit memo names in one of these ways.
_CREDITED: Final = (
    "SELECT c.cancels FROM service_cr_memo_header c WHERE c.no = ? UNION SELECT c.applies_to_doc_no FROM"
    " service_cr_memo_header c WHERE c.no = ? AND c.applies_to_doc_type = 'invoice'"
    " UNION SELECT l.invoice_no FROM service_cr_memo_line l WHERE l.document_no = ?"
)
# Those, the others of their orders, and what they were corrected by.
_AROUND_CREDITED: Final = (
    f"{_CREDITED} UNION SELECT l.document_no FROM service_invoice_line l WHERE l.order_no IN (SELECT i.order_no"
    f" FROM service_invoice_header i WHERE i.no IN ({_CREDITED}) AND i.order_no <> '')"
)
# The drafts that corrected these invoices (P-186), by the log.
_DRAFTED: Final = (
    "SELECT g.after FROM service_document_log g WHERE g.document_kind = 'posted_invoice'"
    " AND g.event = 'Correction drafted' AND g.document_no IN ({0})"
)
_DRAFTS: Final = f"SELECT d.no FROM service_header d WHERE d.document_type = 'invoice' AND d.no IN ({_DRAFTED})"
_CORRECTING: Final = (
    f"SELECT p.no FROM service_invoice_header p WHERE p.pre_assigned_no <> '' AND p.pre_assigned_no IN ({_DRAFTED})"
)
# What paid these entries and still is applied to them.
_PAYMENTS: Final = """
SELECT p.document_no, p.posting_date, -SUM(d.amount) FROM detailed_customer_entry d
JOIN customer_ledger_entry p ON p.entry_no = d.applied_customer_entry_no AND p.document_type = 'payment'
WHERE d.customer_entry_no {0} AND d.entry_type = 'application'
GROUP BY p.entry_no, p.document_no, p.posting_date HAVING SUM(d.amount) <> 0 ORDER BY p.entry_no"""


def chain_queries(kind: str, header: Row, orders: Sequence[str]) -> Queries:
    """The documents of the same order; without an order those of the same posting: an invoice by hand, its shipment.
    Of an invoice of several orders the shipments of all of them, and the one that it made of its own lines. Of a credit
    memo the chains of the invoices that it names, with what else credits them. Of a cancelled invoice what corrects
    it."""
    if kind == "credit_memo":
        return _of_credit_memo(str(header["no"]))
    found = dict(_of_posted(kind, header, orders))
    if kind == "invoice" and header["cancelled_by"]:
        found["drafts"] = (_DRAFTS.format("?"), (header["no"],))
        found["correcting"] = (_INVOICES.format(f"h.no IN ({_CORRECTING.format('?')})"), (header["no"],))
    return {**found, "payments": (_PAYMENTS.format("= ?"), (header.get("customer_entry_no") or 0,))}


def _of_posted(kind: str, header: Row, orders: Sequence[str]) -> Queries:
    own_run = header["posting_run_no"]
    if header["order_no"]:
        shipments = (_SHIPMENTS.format(f"({_OF_ORDER}) OR h.posting_run_no = ?"), (header["order_no"], own_run))
        return {**_of_order(header["order_no"]), "shipments": shipments}
    if kind == "invoice" and orders:
        of_orders = (  # as a UNION, for which PostgreSQL reads no whole table
            f"h.no IN (SELECT s.no FROM service_shipment_header s WHERE s.order_no IN ({_ORDERS_OF.format('?')})"
            " UNION SELECT s.no FROM service_shipment_header s WHERE s.posting_run_no = ?)"
        )
        return {
            "orders": (_ORDERS.format("?"), (header["no"],)),
            "shipments": (_SHIPMENTS.format(of_orders), (header["no"], own_run)),
            "invoices": (_INVOICES.format("h.no = ?"), (header["no"],)),
            "credit_memos": (_CREDITS.format("?"), (header["no"],) * 3),
        }
    run = (own_run,)
    invoices = "SELECT i.no FROM service_invoice_header i WHERE i.posting_run_no = ?"
    return {
        "shipments": (_SHIPMENTS.format("h.posting_run_no = ?"), run),
        "invoices": (_INVOICES.format("h.posting_run_no = ?"), run),
        "credit_memos": (_CREDITS.format(invoices), run * 3),
    }


def _of_credit_memo(no: str) -> Queries:
    named = (no,) * 3
    runs = f"SELECT i.posting_run_no FROM service_invoice_header i WHERE i.no IN ({_CREDITED})"
    shipped = (
        f"SELECT s.no FROM service_shipment_header s WHERE s.order_no IN ({_ORDERS_OF.format(_CREDITED)})"
        f" UNION SELECT s.no FROM service_shipment_header s WHERE s.posting_run_no IN ({runs})"
    )
    entries = (
        "IN (SELECT c.customer_entry_no FROM service_cr_memo_header c WHERE c.no = ?"
        f" UNION SELECT i.customer_entry_no FROM service_invoice_header i WHERE i.no IN ({_CREDITED}))"
    )
    return {
        "orders": (_ORDERS.format(_CREDITED), named),
        "shipments": (_SHIPMENTS.format(f"h.no IN ({shipped})"), named * 2),
        "invoices": (_INVOICES.format(f"h.no IN ({_AROUND_CREDITED})"), named * 2),
        "credit_memos": (_CREDITS.format(_AROUND_CREDITED), named * 6),
        "credited": (_INVOICES.format(f"h.no IN ({_CREDITED})"), named),
        "drafts": (_DRAFTS.format(_CREDITED), named),
        "correcting": (_INVOICES.format(f"h.no IN ({_CORRECTING.format(_CREDITED)})"), named),
        "payments": (_PAYMENTS.format(entries), (no, *named)),
    }


def _of_order(order_no: str) -> Queries:
    """What was posted from an order, and the credit memos of its invoices."""
    return {
        "shipments": (_SHIPMENTS.format(_OF_ORDER), (order_no,)),
        "invoices": (_INVOICES.format(f"h.no IN ({_INVOICES_OF_ORDER})"), (order_no,)),
        "credit_memos": (_CREDITS.format(_INVOICES_OF_ORDER), (order_no,) * 3),
    }


def chain_from(found: Mapping[str, Sequence[Sequence[Any]]]) -> Mapping[str, Sequence[Step]]:
    """The documents of a chain by kind, each once. `credited`: the invoices that a credit memo names itself."""

    def steps(name: str) -> list[Step]:
        rows = found.get(name, ())
        return [Step(no, day, _money(amount), _money(left), bool(by)) for no, day, amount, left, by in rows]

    invoices = {one.no: one for one in (*steps("invoices"), *steps("correcting"))}
    return {
        "orders": [Step(no, open=bool(is_open)) for no, is_open in found.get("orders", ())],
        "shipments": [Step(no, day) for no, day in found.get("shipments", ())],
        "invoices": list(invoices.values()),
        "credit_memos": steps("credit_memos"),
        "credited": steps("credited"),
        "drafts": [Step(no, open=True) for (no,) in found.get("drafts", ())],
        "payments": [Step(no, day, _money(paid)) for no, day, paid in found.get("payments", ())],
    }


async def chain_of(order_no: str) -> Mapping[str, Sequence[Step]]:
    """The posted shipments and invoices of an order, and their credit memos."""
    queries = _of_order(order_no)
    async with reading() as session:
        return chain_from(dict(zip(queries, await session.fetch_all(list(queries.values())), strict=True)))


def _money(scaled: Any) -> Decimal | None:
    return None if scaled is None else decimal_from(int(scaled), 5)

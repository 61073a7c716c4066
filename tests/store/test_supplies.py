"""Which invoices stand behind a shipment line (D-97)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

from webapp.store.supplies import Invoiced, Shipped, matched

DAY = date(2026, 3, 1)
LINE = ("SO-1", 10000)


def test_a_cancelled_invoice_leaves_what_was_shipped_to_those_after_it() -> None:
    shipped = [Shipped("S-1", 10000, LINE, DAY, D(6))]
    invoices = [
        Invoiced("I-1", 10000, LINE, DAY, D(6), cancelled=True),
        Invoiced("I-2", 10000, LINE, DAY, D(4)),
        Invoiced("I-3", 10000, LINE, DAY, D(6)),
    ]
    assert [(one.invoiced.document_no, one.quantity) for one in matched(shipped, invoices)] == [
        ("I-1", D(6)),
        ("I-2", D(4)),
        ("I-3", D(2)),
    ]

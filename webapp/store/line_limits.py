"""The most that a line of an open document can take of the posted line that it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from db.session import Session
from webapp.posting.snapshot import ZERO, Line
from webapp.store.rows import decimal_from
from webapp.store.shipment_lines import shipment_left

__all__ = ["left_to_take"]

_UNCREDITED = """
SELECT CASE WHEN h.cancelled_by <> '' THEN 0 ELSE l.quantity - COALESCE((SELECT SUM(c.quantity)
    FROM service_cr_memo_line c WHERE c.invoice_no = l.document_no AND c.invoice_line_no = l.line_no), 0) END
FROM service_invoice_line l JOIN service_invoice_header h ON h.no = l.document_no
WHERE l.document_no = ? AND l.line_no = ?"""


async def left_to_take(session: Session, line: Line, lines: Sequence[Line]) -> dict[int, Decimal]:
    """By its line no.; nothing for a line that was made from none. `lines`: all of the document (D-51, P-152)."""
    if line.shipment_line_no:
        return await shipment_left(session, line)
    if not line.invoice_no:
        return {}
    rows = await session.fetch(_UNCREDITED, line.invoice_no, line.invoice_line_no)
    if not rows:
        return {}
    place = (line.invoice_no, line.invoice_line_no)
    taken = (
        one.quantity for one in lines if (one.invoice_no, one.invoice_line_no) == place and one.line_no != line.line_no
    )
    return {line.line_no: max(decimal_from(int(rows[0][0]), 5) - sum(taken, ZERO), ZERO)}

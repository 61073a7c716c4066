"""Credit memos made from posted invoices: what is left of one, and the draft that takes it back (P-152)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from db import posted
from db.engine import reading, transaction
from db.session import Query, Session
from webapp.posting.crediting import (
    Creditable,
    CreditSource,
    HeldBy,
    LeftWith,
    credit_draft,
    credit_findings_of,
    numbered,
)
from webapp.posting.lines import blanks_of, with_last_line_no
from webapp.posting.records import changed
from webapp.posting.rounding import rounding_line_no
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ZERO, Header, Line
from webapp.store.acting import Acting
from webapp.store.document_rows import HEADER, LINE
from webapp.store.drafts import Saved, log_row_batch
from webapp.store.numbers import new_document_number
from webapp.store.posted_headers import rounding_account
from webapp.store.rows import codec, decimal_from, shared_names
from webapp.store.setup_cache import load_setup

_HEADER = codec(posted.ServiceInvoiceHeader)
_HEADER_NAMES = tuple(
    name for name in shared_names(Header, posted.ServiceInvoiceHeader) if name not in ("document_type", "no")
)
_LINE = codec(posted.ServiceInvoiceLine)
_LINE_NAMES = shared_names(Line, posted.ServiceInvoiceLine)
_BACK = "SELECT invoice_line_no, SUM(quantity) FROM service_cr_memo_line WHERE invoice_no = ? GROUP BY invoice_line_no"
_HELD = (
    "SELECT invoice_line_no, document_no, SUM(quantity) FROM service_line WHERE document_type = 'credit_memo'"
    " AND invoice_no = ? GROUP BY invoice_line_no, document_no ORDER BY document_no"
)
_GOODS = """
SELECT v.document_line_no, i.entry_no, -i.shipped_qty_not_returned FROM item_ledger_entry i JOIN value_entry v
ON v.item_ledger_entry_no = i.entry_no AND v.document_type = 'service_invoice' AND v.document_no = ?
WHERE i.shipped_qty_not_returned < 0 ORDER BY i.entry_no"""
_OPEN = "SELECT open FROM customer_ledger_entry WHERE document_type = 'invoice' AND document_no = ?"


async def load_credit_source(session: Session, no: str, *, lock: bool = False) -> CreditSource | None:
    """The posted invoice with what is left to credit of each line; None when there is none."""
    locking = " FOR UPDATE" if lock and session.dialect == "postgresql" else ""
    account = f"{rounding_account('service_invoice_header')} AS rounding_account"
    found = await session.fetch(_HEADER.select((*_HEADER_NAMES, "cancelled_by", account), "WHERE no = ?") + locking, no)
    if not found:
        return None
    values = _HEADER.read((*_HEADER_NAMES, "cancelled_by", "rounding_account"), found[0])
    cancelled_by, account = str(values.pop("cancelled_by")), str(values.pop("rounding_account"))
    queries: list[Query] = [
        (_LINE.select(_LINE_NAMES, "WHERE document_no = ? ORDER BY line_no"), (no,)),
        (_BACK, (no,)),
        (_HELD, (no,)),
        (_GOODS, (no,)),
        (_OPEN, (no,)),
    ]
    rows, credited, drafted, goods, entry = await session.fetch_all(queries)
    lines = [Line(**{**blanks_of(Line), **_LINE.read(_LINE_NAMES, row)}) for row in rows]
    rounds = rounding_line_no(lines, account)
    back = {int(line_no): decimal_from(int(quantity), 5) for line_no, quantity in credited}
    held: dict[int, list[HeldBy]] = {}
    for line_no, credit_memo_no, quantity in drafted:
        held.setdefault(int(line_no), []).append(HeldBy(str(credit_memo_no), decimal_from(int(quantity), 5)))
    left: dict[int, list[LeftWith]] = {}
    for line_no, entry_no, base in goods:
        left.setdefault(int(line_no), []).append(LeftWith(int(entry_no), decimal_from(int(base), 5)))
    return CreditSource(
        Header(**{**blanks_of(Header), **values, "document_type": "invoice", "no": no}),
        tuple(
            Creditable(
                line,
                back.get(line.line_no, ZERO),
                tuple(held.get(line.line_no, ())),
                tuple(left.get(line.line_no, ())),
                line.line_no == rounds,
            )
            for line in lines
        ),
        cancelled_by,
        bool(entry and entry[0][0]),
    )


async def look_at_credit(no: str) -> tuple[CreditSource, Setup] | None:
    """The posted invoice with what is left to credit, and the set-up; None when there is no such invoice."""
    async with reading() as session:
        source = await load_credit_source(session, no)
        return (source, await load_setup(session)) if source else None


async def create_credit_memo(acting: Acting, invoice_no: str, chosen: Mapping[int, Decimal]) -> Saved | None:
    """A credit memo draft over these quantities of these lines, dated with the work date. None when there is no such
    invoice. The invoice is locked meanwhile, so that two drafts never hold the same."""
    async with transaction() as session:
        source = await load_credit_source(session, invoice_no, lock=True)
        if source is None:
            return None
        setup = await load_setup(session)
        findings = credit_findings_of(source, chosen)
        if findings:
            return Saved(findings=tuple(findings))
        series = setup.service.service_cr_memo_nos
        no, missing = await new_document_number(
            session, setup, series, "", acting.work_date, kind="Service credit memo"
        )
        if missing:
            return Saved(findings=tuple(missing))
        header, lines = _draft(setup, source, chosen, no, acting)
        at = datetime.now(UTC)
        await session.execute_all(
            [
                (HEADER.sql, [HEADER.row(changed(header, no_series=series), [acting.user, at])]),
                (LINE.sql, [LINE.row(line, ("credit_memo", no)) for line in lines]),
                log_row_batch(acting, header.key, "Credit memo created", after=f"from invoice {invoice_no}"),
            ]
        )
        return Saved(header.key)


def _draft(
    setup: Setup, source: CreditSource, chosen: Mapping[int, Decimal], no: str, acting: Acting
) -> tuple[Header, list[Line]]:
    header, lines = credit_draft(setup, source, chosen, no, acting.work_date)
    own = numbered(lines)
    return with_last_line_no(header, own), own

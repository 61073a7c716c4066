"""What a batch changes on a document before it posts it, and what must hold before it starts (D-86 … D-88)."""

from __future__ import annotations

from datetime import date

from webapp.posting.dates import posting_window
from webapp.posting.findings import Finding, finding
from webapp.posting.headers import with_document_date, with_posting_date
from webapp.posting.records import changed
from webapp.posting.setup import Setup, UserSetup
from webapp.posting.snapshot import NO_DATES, BatchDates, PostingRequest, Snapshot


def with_batch_dates(snapshot: Snapshot, dates: BatchDates) -> Snapshot:
    """The document with the dates of the batch (D-86).

    A replaced posting date takes document date, VAT date, terms, lines and exchange rate along; unit prices stay. A
    blank date is filled whatever is ticked, and then moves no other that is filled.
    """
    day = dates.posting_date
    if dates == NO_DATES or day is None:
        return snapshot
    setup, header, lines = snapshot.setup, snapshot.header, list(snapshot.lines)
    kept = None if dates.replace_posting_date else header.document_date
    if dates.replace_posting_date or header.posting_date is None:
        header, lines, _ = with_posting_date(setup, header, lines, day)
    if dates.replace_document_date or header.document_date is None:
        header = with_document_date(setup, header, day)
    elif kept is not None and kept != header.document_date:
        header = with_document_date(setup, header, kept)
    return changed(snapshot, header=header, lines=tuple(lines))


def batch_findings(setup: Setup, user: UserSetup | None, request: PostingRequest) -> list[Finding]:
    """What is wrong with the dates of a batch before it starts (D-86, P-74).

    A posting date outside the window is told here for the whole batch, and starts it all the same when that is wanted:
    a document that meets it when its turn comes says so by itself, as windows and policies may change meanwhile.
    """
    dates = request.dates
    if dates.posting_date is None:
        if dates.replace_posting_date or dates.replace_document_date:
            return [finding("batch_posting_date_missing", field="posting_date")]
        return []
    return run_date_findings(setup, user, dates.posting_date)


def run_date_findings(setup: Setup, user: UserSetup | None, day: date) -> list[Finding]:
    """The posting date of a run, outside the window of who starts it (D-12, P-74)."""
    window = posting_window(setup, user)
    if window.allows(day):
        return []
    low, high = window.low or "…", window.high or "…"
    return [finding("posting_date_outside_window", field="posting_date", date=day, low=low, high=high)]


def as_policy_says(user: UserSetup | None, request: PostingRequest) -> PostingRequest:
    """The request of a batch of orders with what the user's policy fixes: *prohibited* leaves Invoice out,
    *mandatory* ships and invoices (D-88)."""
    policy = user.service_invoice_policy if user else "allowed"
    if policy == "prohibited":
        return changed(request, invoice=False)
    return changed(request, ship=True, invoice=True) if policy == "mandatory" else request


def whole(document_type: str, request: PostingRequest) -> PostingRequest:
    """The request of a batch of invoices or of credit memos: each is posted whole, an invoice with its shipment
    (D-85)."""
    return changed(request, ship=document_type == "invoice", invoice=True)

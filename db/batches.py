"""Runs over many documents, and what became of each document (D-85 … D-91)."""

from __future__ import annotations

from typing import ClassVar

from piccolo.columns import Serial
from piccolo.table import Table

from db.columns import BigNo, Bytes, Choice, Code, Day, Entry, Flag, LongText, Moment, Money, Text, Whole
from db.documents import DOCUMENT_TYPES


class BatchRun(Table, tablename="batch_run"):
    """One run: what was asked for, who works on it until when, and how it ended.

    `lease_by` and `lease_until` say which process works on it; when the time is over, another may go on.
    """

    key: ClassVar[tuple[str, ...]] = ("no",)
    no = Entry()
    document_type = Choice(*DOCUMENT_TYPES, default="order")
    test_only = Flag()
    ship = Flag()
    invoice = Flag()
    posting_date = Day()
    replace_posting_date = Flag()
    replace_document_date = Flag()
    calculate_invoice_discount = Flag()
    chosen_by = Text(250)
    retry_of = BigNo()
    state = Choice("waiting", "running", "ended", "stopped")
    token = Code(64)
    content_hash = Code(64)
    requested_by = Code(50)
    requested_at = Moment(null=False)
    role = Code(30)
    work_date = Day(null=False)
    started_at = Moment()
    ended_at = Moment()
    stop_requested_by = Code(50)
    lease_by = Code(100)
    lease_until = Moment()
    total = Whole()
    posted = Whole()
    ready = Whole()
    failed = Whole()
    skipped = Whole()
    kind = Choice("post", "combine", "close_orders", "contract_invoices", "release_prepaid", "print")
    options = LongText()


class BatchRunDocument(Table, tablename="batch_run_document"):
    """One document of a run. Its outcome is written in the transaction that posts it, so it never lies."""

    key: ClassVar[tuple[str, ...]] = ("run_no", "position")
    id = Serial(primary_key=True)
    run_no = BigNo(null=False)
    position = Whole()
    document_type = Choice(*DOCUMENT_TYPES, default="order")
    document_no = Code()
    customer_name = Text()
    row_version = Whole()
    outcome = Choice("waiting", "posted", "ready", "skipped", "failed")
    shipment_no = Code()
    invoice_no = Code()
    findings = LongText()
    amount = Money()
    currency_code = Code(10)
    duration_ms = Whole()
    done_at = Moment()
    credit_memo_no = Code()
    work = LongText()


class BatchFile(Table, tablename="batch_file"):
    """What a print run made: one file of all its documents, behind a cover sheet."""

    key: ClassVar[tuple[str, ...]] = ("run_no",)
    id = Serial(primary_key=True)
    run_no = BigNo(null=False)
    content = Bytes()
    sha256 = Code(64)
    documents = Whole()
    pages = Whole()
    made_at = Moment(null=False)

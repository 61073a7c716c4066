"""Why a posted invoice cannot be cancelled; every reason is told (P-186, D-43)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from webapp.posting.cancelling import CancelSnapshot, goods_of, interim_accounts, mirror_accounts
from webapp.posting.case import Case
from webapp.posting.credit_checks import left_to_return
from webapp.posting.dates import posting_window, vat_window
from webapp.posting.faults import account_fault
from webapp.posting.findings import Finding, finding, show
from webapp.posting.setup import Setup


def cancel_findings(source: CancelSnapshot, case: Case) -> Iterator[Finding]:
    at: dict[str, Any] = {"table": "service_invoice_header", "record": source.invoice_no, "document": source.invoice_no}
    if source.cancelled_by:
        yield finding("invoice_cancelled_already", no=source.invoice_no, **at)
        return
    for contract, why in source.contract_reasons:
        yield finding("cancel_of_contract", no=source.invoice_no, contract=contract, why=why, **at)
    if source.applied_to or source.remaining != source.entry.amount:
        names = ", ".join(source.applied_to) or "a payment"
        yield finding("cancel_applied", no=source.invoice_no, names=names, **at)
    if credited := [one for one in source.lines if one.credited]:
        lines = ", ".join(f"{one.line.line_no} ({show(one.credited)})" for one in credited)
        yield finding("cancel_credited", lines=lines, **at)
    yield from _date_findings(source, at)
    yield from _people_findings(case, at)
    yield from _item_findings(source, case, at)
    yield from _account_findings(source, case.setup, at)
    for number in case.numbers.values():
        yield from number.findings
        if not number.no and not number.findings:
            label = "Posted credit memo nos."
            yield finding("series_missing", field="posted_cr_memo_nos", label=label, kind="posted credit memos", **at)


def _date_findings(source: CancelSnapshot, at: Mapping[str, Any]) -> Iterator[Finding]:
    """The day asked for is allowed, and not before the invoice (P-74, P-75, P-102)."""
    snapshot = source.snapshot
    day = snapshot.header.posting_date
    assert day is not None
    for code, window in (
        ("posting_date_outside_window", posting_window(snapshot.setup, snapshot.user)),
        ("vat_date_outside_window", vat_window(snapshot.setup, snapshot.user)),
    ):
        if not window.allows(day):
            bounds: dict[str, Any] = {"date": day, "low": window.low or "…", "high": window.high or "…"}
            yield finding(code, field="posting_date", **bounds, **at)
    if day < source.entry.posting_date:
        yield finding(
            "cancel_before_invoice",
            field="posting_date",
            date=day,
            no=source.invoice_no,
            day=source.entry.posting_date,
            **at,
        )


def _people_findings(case: Case, at: Mapping[str, Any]) -> Iterator[Finding]:
    """P-80 for a credit memo: All and privacy stop it."""
    snapshot = case.snapshot
    people = {one.no: one for one in (snapshot.customer, snapshot.bill_to) if one is not None}
    for person in people.values():
        place = {**at, "table": "customer", "record": person.no, "role": "Customer", "no": person.no}
        if person.privacy_blocked:
            yield finding("customer_privacy_blocked", field="customer_no", **place)
        if person.blocked == "all":
            yield finding("customer_blocked", field="customer_no", name=person.name, kind="All", **place)


def _item_findings(source: CancelSnapshot, case: Case, at: Mapping[str, Any]) -> Iterator[Finding]:
    """A blocked item, and goods that have come back already without a credit memo over their line."""
    for one in source.lines:
        item = case.item(one.line) if one.line.type == "item" else None
        where: dict[str, Any] = {**at, "line": one.line.line_no}
        if item is not None and (item.blocked or item.service_blocked):
            yield finding("item_blocked", field="no", name=item.no, **{**where, "table": "item", "record": item.no})
        for goods in [] if one.of_order or one.credited else goods_of(source, one.line.line_no):
            if goods.entry.shipped_qty_not_returned != goods.entry.quantity:
                left = -goods.entry.shipped_qty_not_returned
                yield finding("returned_too_much", name=goods.entry.item_no, left=left_to_return(left), **where)


def _account_findings(source: CancelSnapshot, setup: Setup, at: Mapping[str, Any]) -> Iterator[Finding]:
    """P-89 for every account that will be posted on."""
    for no in sorted(set(mirror_accounts(source).values()) | interim_accounts(source, setup)):
        if code := account_fault(setup, no):
            yield finding(
                code, **{**at, "table": "gl_account", "record": no}, label="G/L account", owner="it", account=no
            )

"""Findings of a case with their place filled in, and what several checks share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from webapp.posting.case import Case
from webapp.posting.findings import Finding, finding
from webapp.posting.quantities import Taken
from webapp.posting.setup import Setup
from webapp.posting.snapshot import ItemLine, Line

Findings = Iterator[Finding]

ACCOUNT_LABELS = {
    "sales": "Sales account",
    "sales_credit_memo": "Sales credit memo account",
    "sales_line_disc": "Sales line discount account",
    "sales_inv_disc": "Sales invoice discount account",
    "cogs": "COGS account",
    "cogs_interim": "COGS account (interim)",
    "inventory_adjmt": "Inventory adjustment account",
    "inventory_account": "Inventory account",
    "inventory_account_interim": "Inventory account (interim)",
    "sales_vat_account": "Sales VAT account",
    "receivables": "Receivables account",
    "invoice_rounding": "Invoice rounding account",
    "service_charge": "Service charge account",
    "payment_disc_debit": "Payment discount account",
    "account_no": "Account",
    "realized_gains": "Realized gains account",
    "realized_losses": "Realized losses account",
}


def header_finding(case: Case, code: str, field: str = "", **values: Any) -> Finding:
    header = case.snapshot.header
    values = {"table": "service_header", "record": header.no, **values}
    return finding(code, document=header.no, field=field, **values)


def line_finding(case: Case, line: Line, code: str, field: str = "", **values: Any) -> Finding:
    values.setdefault("table", "service_line")
    values.setdefault("record", line.no)
    return finding(code, document=case.snapshot.header.no, line=line.line_no, field=field, **values)


def real_lines(case: Case) -> Sequence[Taken]:
    return case.real


def item_line_finding(case: Case, at: ItemLine, code: str, field: str = "", **values: Any) -> Finding:
    return finding(
        code,
        table="service_item_line",
        record=f"service item line {at.line_no}",
        document=case.snapshot.header.no,
        field=field,
        **values,
    )


def account_findings(case: Case, line: Line | None, no: str, field: str, table: str, record: str) -> Findings:
    """Whether an account of the set-up can be posted on (P-89)."""
    label = ACCOUNT_LABELS[field]
    owner = f"{_TABLES[table]} {record}"
    at = {"table": table, "record": record, "label": label, "owner": owner, "account": no}
    code = account_fault(case.setup, no)
    if code == "account_blocked":
        at |= {"table": "gl_account", "record": no}  # the block stands there
    if code:
        yield line_finding(case, line, code, field, **at) if line else header_finding(case, code, field, **at)


def account_fault(setup: Setup, no: str) -> str:
    """The code of what keeps an account from being posted on; blank when nothing does (P-89)."""
    account = setup.accounts.get(no)
    if not no:
        return "account_empty"
    if account is None:
        return "account_missing"
    if account.blocked:
        return "account_blocked"
    return "" if account.account_type == "posting" else "account_not_posting"


_TABLES = {
    "general_posting_setup": "General posting setup",
    "vat_posting_setup": "VAT posting setup",
    "inventory_posting_setup": "Inventory posting setup",
    "customer_posting_group": "Customer posting group",
    "service_cost": "Service cost",
    "currency": "Currency",
}

"""Releasing what was paid in advance: which entries become income, and what the general ledger gets (C-126 … C-136)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.billing.records import ZERO, ContractEntry
from webapp.posting.dates import posting_window
from webapp.posting.faults import account_fault
from webapp.posting.findings import Finding, finding
from webapp.posting.setup import Setup

DESCRIPTION = "Service contract release"


@dataclass(frozen=True, slots=True)
class Moved:
    """A sum that goes from the prepaid account to income, with the dimensions of its entries; above 0 is income."""

    income_account: str
    prepaid_account: str
    dim_1: str
    dim_2: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Release:
    """What is released of one contract: its entries, and the sums by accounts and dimensions (C-130, C-131)."""

    contract_no: str
    entries: tuple[ContractEntry, ...]
    moved: tuple[Moved, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def amount(self) -> Decimal:
        return sum((release_amount(entry) for entry in self.entries), ZERO)

    @property
    def posts(self) -> bool:
        """Whether it needs a document; what cancels out is only marked as released (C-130)."""
        return bool(self.amount) and not self.findings


def release_amount(entry: ContractEntry) -> Decimal:
    """What an entry puts into income: its amount, or its gross price when its discount stands on an account of its own,
    so that the prepaid account clears (C-129, O-14)."""
    if not entry.posted_gross:
        return -entry.amount_lcy
    gross = abs(entry.unit_price * entry.quantity)
    return gross if entry.bills else -gross


def waits(entry: ContractEntry, until: date) -> bool:
    """Whether the run takes the entry: posted, not income yet, dated by then (C-127)."""
    return not entry.open and not entry.moved_from_prepaid and entry.posting_date <= until


def plan_release(
    setup: Setup, contract_no: str, entries: Iterable[ContractEntry], until: date, unposted: Sequence[str] = ()
) -> Release | None:
    """The release of one contract; None when nothing of it waits. `unposted` are its open credit memos, which keep it
    out of the run (C-128)."""
    own = tuple(entry for entry in entries if waits(entry, until))
    if not own:
        return None
    if unposted:
        return Release(contract_no, own, (), (_skipped(contract_no, unposted),))
    sums: dict[tuple[str, str, str], Decimal] = {}
    for entry in own:
        key = (entry.contract_account_group, entry.dim_1, entry.dim_2)
        sums[key] = sums.get(key, ZERO) + release_amount(entry)
    found: list[Finding] = []
    moved = []
    for (code, dim_1, dim_2), amount in sums.items():
        group = setup.contract_account_groups.get(code)
        if group is None:
            found.append(_about("contract_account_group_missing", contract_no, "contract_account_group"))
            continue
        for label, account in (
            ("Income account", group.non_prepaid_account),
            ("Prepaid account", group.prepaid_account),
        ):
            if fault := account_fault(setup, account):
                values = {"label": label, "account": account, "owner": f"account group {code}"}
                found.append(_about(fault, contract_no, "contract_account_group", **values))
        if amount:
            moved.append(Moved(group.non_prepaid_account, group.prepaid_account, dim_1, dim_2, amount))
    return Release(contract_no, own, () if found else tuple(moved), tuple(dict.fromkeys(found)))


def _about(code: str, contract_no: str, field: str, **values: Any) -> Finding:
    return finding(
        code, table="service_contract", record=contract_no, document=contract_no, field=field, contract=contract_no,
        **values,
    )  # fmt: skip


def _skipped(contract_no: str, unposted: Sequence[str]) -> Finding:
    return _about("contract_credit_unposted", contract_no, "status", documents=", ".join(unposted))


def run_findings(setup: Setup, user_name: str, posting_date: date | None, until: date | None) -> list[Finding]:
    """What the run itself needs: both dates, a posting date that is allowed, and numbers for its documents (C-126)."""
    found = []
    if until is None:
        found.append(finding("field_required", field="until", label="Until date"))
    if posting_date is None:
        found.append(finding("field_required", field="posting_date"))
    else:
        window = posting_window(setup, setup.users.get(user_name))
        if not window.allows(posting_date):
            bounds: dict[str, Any] = {"date": posting_date, "low": window.low or "…", "high": window.high or "…"}
            found.append(finding("posting_date_outside_window", field="posting_date", **bounds))
    if setup.service.prepaid_posting_nos not in setup.number_series:
        label = "Prepaid posting nos."
        found.append(finding("series_missing", table="service_setup", label=label, kind="prepaid releases"))
    return found

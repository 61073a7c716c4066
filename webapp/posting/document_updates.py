"""What of a posted document can be brought up to date after posting, and what that must hold (D-93, O-44)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from webapp.posting.findings import Finding, finding, show
from webapp.posting.naming import label_of
from webapp.posting.setup import Setup

__all__ = ["FOLLOWED", "UPDATABLE", "told_update", "update_findings"]

# Of a credit memo nothing. The VAT date stays: the VAT entries bear it, and no rule lets those change (O-44).
UPDATABLE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "shipment": ("shipment_method", "shipping_agent", "package_tracking_no"),
        "invoice": ("payment_method_code", "payment_reference", "company_bank_account_code"),
    }
)
# What the customer entry of an invoice has, too: it follows while it is open.
FOLLOWED: Final = ("payment_method_code", "payment_reference")


def update_findings(setup: Setup, values: Mapping[str, Any]) -> Iterator[Finding]:
    """Everything that is wrong with these values: codes must exist."""
    known: Mapping[str, tuple[str, Mapping[str, Any]]] = {
        "payment_method_code": ("payment_method", setup.payment_methods),
        "company_bank_account_code": ("bank_account", setup.bank_accounts),
    }
    for field, (table, codes) in known.items():
        code = values.get(field)
        if code and code not in codes:
            yield finding("reference_unknown", field=field, name=code, table=table)


def told_update(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, str]:
    """What was changed, before and after, in words for the document's log."""
    names = [name for name in UPDATABLE[kind] if before[name] != after[name]]

    def words(values: Mapping[str, Any]) -> str:
        return ", ".join(f"{label_of(name)} {show(values[name])}" for name in names)

    return words(before), words(after)

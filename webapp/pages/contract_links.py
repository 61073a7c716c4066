"""Where a finding about a contract leads, for pages on which its field is not: the run and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

from webapp.pages.contract_fields import contract_fields, contract_href, line_fields
from webapp.pages.finding_links import master_link
from webapp.posting.findings import Finding
from webapp.posting.records import changed

__all__ = ["STEPS", "contract_linked", "deletion_linked", "mended_elsewhere"]

# What a step mends, and no field.
STEPS: Final[Mapping[str, str]] = {
    "contract_locked": "/steps/opening",
    "contract_not_locked": "/steps/locking",
    "contract_not_signed": "/steps/signing",
}


def mended_elsewhere(found: Finding, contract_no: str) -> str:
    """The page that mends what no field and no step of the contract does: a service that is missing is ordered, or
    the order that holds it already is named there (C-93, C-155)."""
    if found.code != "contract_service_outstanding":
        return ""
    return f"/create-contract-service-orders?{urlencode({'contract_no': contract_no})}"


def contract_linked(found: Finding) -> Finding:
    """The finding with a link to what mends it: a step, a master record, a line or a field of the contract; else the
    contract, which every finding of a run names as its document."""
    if found.link or not found.document or found.code == "contract_gone":
        return found
    return changed(found, link=_link(found))


# Where an invoice that must go first is, and the contract whose period is to be set back.
_LATER: Final[Mapping[str, str]] = {
    "contract_later_invoice": "/service-invoices/",
    "contract_later_posted": "/posted-service-invoices/",
    "contract_period_differs": contract_href("contract", ""),
}


def deletion_linked(found: Finding) -> Finding:
    """The finding that keeps a document, with a link to what has to be done first (C-113)."""
    path = _LATER.get(found.code)
    if found.link or not path:
        return found
    at = f"#f-{found.field}" if found.field else ""
    return changed(found, link=f"{path}{quote(found.record, safe='')}{at}")


def _link(found: Finding) -> str:
    if step := STEPS.get(found.code):
        return contract_href("contract", found.document, step)
    if elsewhere := mended_elsewhere(found, found.document):
        return elsewhere
    if found.code == "contract_service_ordered":
        return f"/service-orders/{quote(found.record, safe='')}"
    if of_master := master_link(found):
        return of_master
    fields = line_fields() if found.line else contract_fields("contract")
    at = f"#f-{found.field}" if found.field in {one.name for one in fields} else ""
    return contract_href("contract", found.document, f"/lines/{found.line}{at}" if found.line else at)

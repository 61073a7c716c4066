"""Where a finding about a contract leads, for pages on which its field is not: the run and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from webapp.pages.contract_fields import contract_fields, contract_href, line_fields
from webapp.pages.finding_links import master_link
from webapp.posting.findings import Finding
from webapp.posting.records import changed

__all__ = ["contract_linked"]

# What a step mends, and no field.
_STEPS: Final[Mapping[str, str]] = {
    "contract_not_locked": "/steps/locking",
    "contract_not_signed": "/steps/signing",
}


def contract_linked(found: Finding) -> Finding:
    """The finding with a link to what mends it: a step, a master record, a line or a field of the contract; else the
    contract, which every finding of a run names as its document."""
    if found.link or not found.document or found.code == "contract_gone":
        return found
    return changed(found, link=_link(found))


def _link(found: Finding) -> str:
    if step := _STEPS.get(found.code):
        return contract_href("contract", found.document, step)
    if of_master := master_link(found):
        return of_master
    fields = line_fields() if found.line else contract_fields("contract")
    at = f"#f-{found.field}" if found.field in {one.name for one in fields} else ""
    return contract_href("contract", found.document, f"/lines/{found.line}{at}" if found.line else at)

"""Comments of an open document: which are possible (D-32)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from webapp.posting.findings import Finding, finding

__all__ = ["OF_ITEM_LINES", "TYPES", "comment_findings"]

TYPES: Final = ("general", "fault", "resolution", "accessory", "internal")
OF_ITEM_LINES: Final = frozenset(TYPES) - {"general"}
"""The types that belong to a service item line."""


def comment_findings(
    kind: str, text: str, line_no: int, print_on_document: bool, item_lines: Collection[int]
) -> list[Finding]:
    """Everything that is wrong with a comment on the header (line no. 0) or on a service item line (D-32)."""
    found = []
    if kind not in TYPES:
        options = ", ".join(TYPES)
        found.append(finding("choice_unknown", field="type", label="Type", typed=kind, options=options))
    if not text.strip():
        found.append(finding("field_required", field="text", label="Comment"))
    if line_no and line_no not in item_lines:
        found.append(finding("service_item_line_unknown", field="service_item_line_no", item_line=line_no))
    elif kind in OF_ITEM_LINES and not line_no:
        found.append(finding("comment_needs_item_line", field="service_item_line_no", kind=kind))
    if kind == "internal" and print_on_document:
        found.append(finding("comment_internal_printed", field="print_on_document"))
    return found

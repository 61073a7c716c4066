"""Where a finding leads: the field that mends it, wherever that field is (D-66, D-83)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from urllib.parse import quote

from webapp.pages.document_fields import ITEM_LINE_FIELDS, ITEM_LINE_MORE, grid_fields, header_groups, line_more
from webapp.pages.document_paths import href_of
from webapp.pages.setup import href_of_row, path_of
from webapp.posting.findings import Finding
from webapp.posting.snapshot import DocumentKey
from webapp.store.masters import MASTERS

__all__ = ["linked", "linked_to_master", "master_link"]

_ITEM_LINE: Final = frozenset((*ITEM_LINE_FIELDS, *ITEM_LINE_MORE))
_MASTERS: Final = {master.name: master for master in MASTERS.values()}
# A field that a form does not have, and the one that decides it.
_DECIDED_BY: Final = {"service_item_no": "service_item_line_no", "line_amount": "quantity"}


def linked(found: Finding, key: DocumentKey) -> Finding:
    """The finding of an open document with a link to the field that mends it; without one when there is no such field.

    A field of the grid and of the header stands on the document's page, others of a line and of a service item line on
    theirs, and what only set-up or master data can mend on its page there.
    """
    return found if found.link or not found.field else replace(found, link=_link(found, key))


def linked_to_master(found: Finding) -> Finding:
    """The finding with a link to the row of set-up or master data that it names; the field it is about is there."""
    return found if found.link or not found.table else replace(found, link=master_link(found))


def _link(found: Finding, key: DocumentKey) -> str:
    if found.table == "service_item_line":
        return _of_item_line(found, key)
    of_master = master_link(found)
    kind = key.document_type
    in_header = any(found.field in group for group in header_groups(kind).values())
    if found.line is None:
        return f"{href_of(key)}#f-{found.field}" if in_header else of_master
    if found.field in grid_fields(kind):
        return f"{href_of(key)}#f-line-{found.line}-{found.field}"
    if found.field in line_more(kind):
        return f"{href_of(key, f'/lines/{found.line}')}#f-{found.field}"
    if of_master:
        return of_master
    if in_header:
        return f"{href_of(key)}#f-{found.field}"
    field = _DECIDED_BY.get(found.field, "no")
    return _link(replace(found, table="service_line", field=field), key)


def _of_item_line(found: Finding, key: DocumentKey) -> str:
    """The record of a service item line ends with its number."""
    at = found.record.rpartition(" ")[2]
    field = found.field if found.field in _ITEM_LINE else "service_item_no"
    return f"{href_of(key, f'/item-lines/{quote(at)}')}#f-{field}" if at else ""


def master_link(found: Finding) -> str:
    """The field of set-up or master data that the finding names; the table's list when the row does not exist."""
    master = _MASTERS.get(found.table)
    if master is None:
        return ""
    parts = ["" if part == "blank" else part for part in found.record.split(" / ")] if master.key else []
    if len(parts) != len(master.key) or (master.key and not found.record):
        return ""
    if found.code.endswith("_setup_missing"):
        return path_of(master)
    path = path_of(master) if master.single else href_of_row(master, dict(zip(master.key, parts, strict=True)))
    field = found.field if found.field in master.fields else "blocked" if "blocked" in master.fields else ""
    return f"{path}#f-{field}" if field else path

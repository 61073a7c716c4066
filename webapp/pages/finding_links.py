"""Where a finding leads: the field that mends it, wherever that field is (D-66, D-83)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

from webapp.labels import in_sentence, label
from webapp.pages.answers import Link
from webapp.pages.document_fields import ITEM_LINE_FIELDS, ITEM_LINE_MORE, grid_fields, header_groups, line_more
from webapp.pages.document_paths import href_of, place_of
from webapp.pages.setup import href_of_row, path_of
from webapp.posting.findings import Finding
from webapp.posting.naming import table_name
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey
from webapp.security import viewer
from webapp.store.masters import MASTERS, Master
from webapp.store.users import accountants

__all__ = ["card_of", "linked", "linked_to_master", "master_link", "naming", "naming_in"]

R = TypeVar("R", bound=Any)  # a drawn document, a dataclass with its findings
ASKED: Final = "Ask an accountant"
MOST_NAMED: Final = 3
_ITEM_LINE: Final = frozenset((*ITEM_LINE_FIELDS, *ITEM_LINE_MORE))
_MASTERS: Final = {master.name: master for master in MASTERS.values()}
_INVOICE_DISCOUNT: Final = frozenset({"invoice_discount_left_behind", "order_discount_lost"})
# A field that a form does not have, and the one that decides it.
_DECIDED_BY: Final = {"service_item_no": "service_item_line_no", "line_amount": "quantity"}


def linked(found: Finding, key: DocumentKey) -> Finding:
    """The finding of an open document with a link to the field that mends it; without one when there is no such field.

    A field of the grid and of the header stands on the document's page, others of a line and of a service item line on
    theirs, and what only set-up or master data can mend on its page there. A row of set-up that is missing is added by
    who may; the others are told whom to ask, and led to the line that wants it.
    """
    if found.code in _INVOICE_DISCOUNT and not found.link and _may_edit(key):
        return changed(found, link=href_of(key, "/invoice-discount/amount#f-inv_discount_amount"))
    if found.link or not found.field:
        return found
    if _is_missing(found) and not _may_add(_MASTERS[found.table]):
        place = table_name(found.table)
        line = "" if found.line is None else f"{href_of(key)}#f-line-{found.line}-no"
        return changed(found, field="", link=line, remedy=f"{ASKED} to add it under Set-up, {place}.")
    return changed(found, link=_link(found, key))


async def naming(found: Sequence[Finding]) -> Sequence[Finding]:
    """The findings; those that an accountant mends say who that is."""
    if not any(one.remedy.startswith(ASKED) for one in found):
        return found
    names = (await accountants())[:MOST_NAMED]
    whom = f"{ASKED} ({', '.join(names)})" if names else ASKED
    return [
        changed(one, remedy=whom + one.remedy.removeprefix(ASKED)) if one.remedy.startswith(ASKED) else one
        for one in found
    ]


async def naming_in(rows: Sequence[R]) -> list[R]:
    """The same for the findings of many documents, asking once."""
    named = iter(await naming([found for row in rows for found in row.findings]))
    return [changed(row, findings=[next(named) for _ in row.findings]) for row in rows]


def card_of(found: Finding) -> Link | None:
    """The record of master data or set-up that the finding is about, when its own link leads somewhere else: to the
    field of a document, which another record would mend as well."""
    if not found.link or _is_missing(found):
        return None
    card = master_link(changed(found, field="blocked") if found.code.endswith("_blocked") else found)
    if not card or found.link.partition("#")[0] == card.partition("#")[0]:
        return None
    return Link(f"Open {in_sentence(label(found.table))} {found.record}", card)


def _may_edit(key: DocumentKey) -> bool:
    who = viewer()
    return who is not None and who.may(place_of(key.document_type).right("edit"))


def _is_missing(found: Finding) -> bool:
    return found.code.endswith("_setup_missing") and found.table in _MASTERS


def _may_add(master: Master) -> bool:
    who = viewer()
    return who is not None and who.may("masters.edit") and who.acting.may(master.permission)


def linked_to_master(found: Finding) -> Finding:
    """The finding with a link to the row of set-up or master data that it names; the field it is about is there."""
    return found if found.link or not found.table else changed(found, link=master_link(found))


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
    return _link(changed(found, table="service_line", field=field), key)


def _of_item_line(found: Finding, key: DocumentKey) -> str:
    """The record of a service item line ends with its number."""
    at = found.record.rpartition(" ")[2]
    field = found.field if found.field in _ITEM_LINE else "service_item_no"
    return f"{href_of(key, f'/item-lines/{quote(at)}')}#f-{field}" if at else ""


def master_link(found: Finding) -> str:
    """The field of set-up or master data that the finding names; a new row with its key, for who may
    add one, when it does not exist."""
    master = _MASTERS.get(found.table)
    if master is None:
        return ""
    parts = ["" if part == "blank" else part for part in found.record.split(" / ")] if master.key else []
    if len(parts) != len(master.key) or (master.key and not found.record):
        return ""
    if _is_missing(found):
        if not _may_add(master):
            return ""
        return f"{path_of(master)}/new?{urlencode(dict(zip(master.key, parts, strict=True)))}"
    path = path_of(master) if master.single else href_of_row(master, dict(zip(master.key, parts, strict=True)))
    blocked = "blocked" if "blocked" in master.fields and found.code.endswith("blocked") else ""
    field = found.field if found.field in master.fields else blocked
    return f"{path}#f-{field}" if field else path

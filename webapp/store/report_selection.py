"""What is printed and mailed with a posted document: its shipments, its attached files, other words (D-126)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from db.engine import fetch
from webapp.store.attachments import attached_content, load_attachments
from webapp.store.comments import POSTED_KINDS
from webapp.store.posted import PostedDocument, load_posted

__all__ = [
    "MOST_ATTACHED",
    "ReportSelection",
    "TooMuch",
    "files_to_mail",
    "printed_with",
    "selection_of",
    "shipments_of",
]

MOST_ATTACHED: Final = 20_000_000  # bytes; mail servers refuse more


class TooMuch(Exception):
    """The attached files are more than a mail holds."""


@dataclass(frozen=True, slots=True)
class ReportSelection:
    """What goes with a document; `mail_text` is blank for the words that every mail has."""

    print_shipments: bool = False
    mail_shipments: bool = False
    mail_attachments: bool = False
    mail_text: str = ""


_NAMES: Final = ("print_shipments", "mail_shipments", "mail_attachments", "mail_text")
# The row that says most counts: of the payer before that of anybody, of the language before that of any.
_SELECTION: Final = (
    f"SELECT {', '.join(_NAMES)} FROM report_selection WHERE document_kind = ?"
    " AND COALESCE(customer_no, '') IN (?, '') AND COALESCE(language_code, '') IN (?, '')"
    " ORDER BY COALESCE(customer_no, '') DESC, COALESCE(language_code, '') DESC LIMIT 1"
)


async def selection_of(document: PostedDocument) -> ReportSelection:
    """What is set up for the payer and the language of a posted document."""
    head = document.header
    rows = await fetch(_SELECTION, document.kind, str(head["bill_to_customer_no"]), str(head["language_code"]))
    for shipments, mailed, attached, text in rows:
        return ReportSelection(bool(shipments), bool(mailed), bool(attached), str(text))
    return ReportSelection()


def shipments_of(document: PostedDocument) -> list[str]:
    """The shipments whose lines an invoice bills, in the order of its lines."""
    if document.kind != "invoice":
        return []
    return list(dict.fromkeys(one.shipped.document_no for one in document.supplies))


async def printed_with(document: PostedDocument) -> list[PostedDocument]:
    """The document, and what is printed behind it."""
    numbers = shipments_of(document) if (await selection_of(document)).print_shipments else []
    found = [await load_posted("shipment", no, with_entries=False) for no in numbers]
    return [document, *(one for one in found if one is not None)]


async def files_to_mail(document: PostedDocument) -> Sequence[tuple[str, str, bytes]]:
    """The files attached to a document that go along by mail: name, media type, content."""
    owner = (POSTED_KINDS[document.kind], str(document.header["no"]))
    attached = await load_attachments(*owner)
    if sum(one.size for one in attached) > MOST_ATTACHED:
        raise TooMuch
    found = []
    for one in attached:
        if loaded := await attached_content(owner, one.id):
            found.append((one.name, one.media_type, loaded[1]))
    return found

"""Extended texts: what an item, resource, account or standard text brings onto a document beneath its line (D-30)."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from webapp.posting.lines import new_line, next_line_no
from webapp.posting.snapshot import Header, Line

__all__ = ["ExtendedText", "chosen_texts", "with_texts"]

WIDTH: Final = 100


@dataclass(frozen=True, slots=True)
class ExtendedText:
    """A text of a record: for one language or all, within its dates, on some kinds of documents."""

    text_no: int
    language_code: str
    starting_date: date | None
    ending_date: date | None
    on_orders: bool
    on_invoices: bool
    on_credit_memos: bool
    automatic: bool
    text: str

    def fits(self, header: Header) -> bool:
        """Whether the document is of its kind and within its dates."""
        kinds = {"order": self.on_orders, "invoice": self.on_invoices, "credit_memo": self.on_credit_memos}
        day = header.document_date or header.posting_date
        if not kinds.get(header.document_type, False):
            return False
        return day is None or (self.starting_date or day) <= day <= (self.ending_date or day)


def chosen_texts(header: Header, texts: Sequence[ExtendedText], *, automatic: bool) -> list[ExtendedText]:
    """The texts for a document: those in its language, else those for all languages; `automatic` only such."""
    fitting = [one for one in texts if one.fits(header) and (one.automatic or not automatic)]
    own = [one for one in fitting if one.language_code and one.language_code == header.language_code]
    return own or [one for one in fitting if not one.language_code]


def with_texts(header: Header, lines: Sequence[Line], parent: Line, texts: Sequence[ExtendedText]) -> tuple[Line, ...]:
    """The lines with these texts beneath their parent and attached to it, instead of the texts it had."""
    others = [one for one in lines if one.attached_to_line_no != parent.line_no]
    words = [row for one in texts for part in one.text.splitlines() for row in textwrap.wrap(part, WIDTH) or [""]]
    after = min((one.line_no for one in others if one.line_no > parent.line_no), default=0)
    last = after or next_line_no(header, others)
    step = (last - parent.line_no) // (len(words) + 1)
    first = parent.line_no + step
    if not step:  # no room beneath it: at the end
        first, step = next_line_no(header, others), 10000
    made = [
        new_line(
            header,
            first + step * at,
            description=row,
            attached_to_line_no=parent.line_no,
            service_item_line_no=parent.service_item_line_no,
            service_item_no=parent.service_item_no,
        )
        for at, row in enumerate(words)
    ]
    return tuple(sorted((*others, *made), key=lambda one: one.line_no))

"""The lines of a document that came with its header in one form, as a browser without script sends them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from webapp.forms import Typist
from webapp.labels import plural
from webapp.pages.document_fields import grid_fields, line_fields
from webapp.pages.document_forms import Edited, read_changes
from webapp.posting.findings import Finding, finding
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.acting import Acting
from webapp.store.drafts import Saved

__all__ = ["TypedLines", "save_lines"]

_OF_LINE: Final = re.compile(r"line-([0-9]{1,9})-")


@dataclass(slots=True)
class TypedLines:
    """What was typed into the lines: a form for each that came, and what came of saving all that was changed."""

    edited: Mapping[int, Edited] = field(default_factory=dict)
    saved: Saved | None = None
    gone: Sequence[Finding] = ()

    @property
    def refused(self) -> bool:
        return bool(self.findings)

    @property
    def findings(self) -> Sequence[Finding]:
        return [*self.gone, *(found for one in self.edited.values() for found in one.form.findings if found.is_error)]

    @property
    def notices(self) -> Sequence[Finding]:
        return self.saved.notices if self.saved is not None else ()

    @property
    def said(self) -> str:
        """What is saved, the header with it."""
        count = sum(bool(one.changes) for one in self.edited.values())
        return f"The header and {plural(count, 'line')} are saved." if count else "The header is saved."


async def save_lines(acting: Acting, key: DocumentKey, pairs: Sequence[tuple[str, str]], typist: Typist) -> TypedLines:
    """Saves what was changed in the lines, all of it or none: a line that is refused keeps the others as typed, too."""
    typed: dict[int, list[tuple[str, str]]] = {}
    for name, value in pairs:
        if place := _OF_LINE.match(name):
            typed.setdefault(int(place[1]), []).append((name, value))
    document = await drafts.load_document(key) if typed else None
    if document is None:
        return TypedLines()
    known = {line.line_no: line for line in document.lines}
    edited = {
        no: read_changes(
            known[no], line_fields(known[no].type, grid_fields(key.document_type)), own, typist, f"line-{no}-", no
        )
        for no, own in typed.items()
        if no in known
    }
    lines = TypedLines(edited, gone=[finding("line_gone", gone=no, document=key.no) for no in typed if no not in known])
    changes = {no: one.changes for no, one in edited.items() if one.changes}
    if lines.refused or not changes:
        return lines
    lines.saved = await drafts.change_lines(acting, key, changes)
    for found in lines.saved.findings:
        if found.line in edited:
            edited[found.line].form.add(found)
        else:
            lines.gone = [*lines.gone, changed(found, line=None)]
    return lines

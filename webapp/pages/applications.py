"""Apply entries: which open entries of the payer a credit memo is applied to, and how much of each (D-19, D-131)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Note, Visit, page, see_other, submitted, typist
from webapp.pages.closed_orders import not_open
from webapp.pages.document_paths import CREDIT_MEMOS, href_of
from webapp.posting.credit_checks import entry_name
from webapp.posting.findings import Finding
from webapp.posting.snapshot import DocumentKey
from webapp.security import requires
from webapp.store.applications import Applicable, Applying, look_at_entries, mark_entries

__all__ = ["ROUTES"]

PATH: Final = f"{CREDIT_MEMOS.path}/{{no:str}}/applications"


def _key(no: str) -> DocumentKey:
    return DocumentKey(CREDIT_MEMOS.document_type, no)


@dataclass(frozen=True, slots=True)
class Choice:
    """An open entry, its amount field, and whether it is ticked."""

    one: Applicable
    field: Field
    chosen: bool

    @property
    def name(self) -> str:
        return entry_name(self.one.entry)


def _field(one: Applicable) -> Field:
    return Field(
        f"amount-{one.entry.entry_no}", "money", label=f"Amount to apply to {entry_name(one.entry)}", blank_zero=True
    )


@get(PATH, guards=[requires("credit_memos.read")])
async def show_entries(request: Visit, no: FromPath[str]) -> Template:
    looked = await _look(no)
    values = {_field(one).name: one.to_apply for one in looked.entries}
    form = show_form(tuple(_field(one) for one in looked.entries), dict(values), request.user.locale)
    return _entries_page(request, looked, form, {one.entry.entry_no for one in looked.entries if one.marked}, ())


async def _look(no: str) -> Applying:
    looked = await look_at_entries(_key(no))
    if looked is None:
        raise await not_open(_key(no))
    return looked


def _entries_page(
    request: Visit, looked: Applying, form: Form, chosen: set[int], findings: Sequence[Finding], status: int = 200
) -> Template:
    return page(
        request,
        "documents/applications.html",
        status,
        head=looked.header,
        path=href_of(looked.header.key),
        looked=looked,
        choices=[Choice(one, _field(one), one.entry.entry_no in chosen) for one in looked.entries],
        form=form,
        findings=findings,
        editable=request.user.may("credit_memos.edit"),
    )


@post(PATH, guards=[requires("credit_memos.edit")], status_code=200)
async def apply_entries(request: Visit, no: FromPath[str]) -> Response[Any]:
    pairs = await submitted(request)
    looked = await _look(no)
    chosen = {int(value) for name, value in pairs if name == "entry" and value.isascii() and value.isdecimal()}
    fields = tuple(_field(one) for one in looked.entries)
    names = {field.name for field in fields}
    form = read_form(fields, [pair for pair in pairs if pair[0] in names], typist(request))
    form.findings = [found for found in form.findings if int(found.field.rpartition("-")[2]) in chosen]
    version = dict(pairs).get("row_version", "")
    if form.ok:
        saved = await mark_entries(
            request.user.acting,
            _key(no),
            {entry_no: _amount(form, looked, entry_no) for entry_no in chosen},
            int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0,
        )
        if saved.ok:
            told = f"{len(chosen)} entries are marked." if len(chosen) != 1 else "1 entry is marked."
            return see_other(request, href_of(_key(no)), Note(told if chosen else "It is applied to nothing."))
        form.add(*saved.findings)
    form.show_rest({name: Decimal(0) for name in names}, request.user.locale)
    return _entries_page(request, looked, form, chosen, form.findings, 422)


def _amount(form: Form, looked: Applying, entry_no: int) -> Decimal:
    """What was typed; all of an entry is 0, so that it stays all of it when something else is applied meanwhile."""
    typed = form.values.get(f"amount-{entry_no}")
    left = next((one.entry.remaining for one in looked.entries if one.entry.entry_no == entry_no), None)
    return Decimal(0) if not isinstance(typed, Decimal) or typed == left else typed


ROUTES: Final = (show_entries, apply_entries)

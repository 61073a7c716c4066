"""Get prepaid contract entries: what waits on the prepaid account, chosen for a credit memo by hand (C-149)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Note, Visit, page, see_other, submitted, typist
from webapp.pages.contract_fields import contract_href
from webapp.pages.document_fields import CONTRACT_LOOKUP
from webapp.pages.document_paths import CREDIT_MEMOS, href_of
from webapp.posting.findings import Finding
from webapp.posting.snapshot import DocumentKey
from webapp.security import requires
from webapp.store.prepaid_entries import get_prepaid_entries, look_at_prepaid

__all__ = ["ROUTES"]

PATH: Final = f"{CREDIT_MEMOS.path}/{{no:str}}/prepaid-entries"
FIELDS: Final = (
    Field("contract_no", "code", label="Contract no.", lookup=CONTRACT_LOOKUP),
    Field("until", "day", label="Posting date until", hint="Blank: all that waits."),
)


def _form(request: Visit, pairs: Sequence[tuple[str, str]]) -> Form:
    names = {field.name for field in FIELDS}
    own = [pair for pair in pairs if pair[0] in names]
    blank: dict[str, Any] = {"contract_no": "", "until": None}
    return read_form(FIELDS, own, typist(request)) if own else show_form(FIELDS, blank, request.user.locale)


def _asked(form: Form) -> tuple[str, date | None]:
    until = form.values.get("until")
    return str(form.values.get("contract_no") or "").upper(), until if isinstance(until, date) else None


@get(PATH, guards=[requires("credit_memos.edit")])
async def show_prepaid(request: Visit, no: FromPath[str]) -> Template:
    return await _page(request, no, _form(request, list(request.query_params.multi_items())))


async def _page(request: Visit, no: str, form: Form, findings: Sequence[Finding] = (), status: int = 200) -> Template:
    key = DocumentKey("credit_memo", no)
    waiting = await look_at_prepaid(key, *_asked(form)) if form.ok else []
    return page(
        request,
        "documents/prepaid_entries.html",
        status,
        no=no,
        form=form,
        findings=[*form.findings, *findings],
        waiting=waiting,
        total=sum((one.amount for one in waiting), Decimal(0)),
        document_href=href_of(key),
        path=href_of(key) + "/prepaid-entries",
        href=lambda contract_no: contract_href("contract", contract_no),
    )


@post(PATH, guards=[requires("credit_memos.edit")], status_code=200)
async def fetch(request: Visit, no: FromPath[str]) -> Response[Any]:
    form = _form(request, await submitted(request))
    findings: Sequence[Finding] = form.findings
    if form.ok:
        key = DocumentKey("credit_memo", no)
        saved = await get_prepaid_entries(request.user.acting, key, *_asked(form))
        if saved.ok:
            return see_other(request, href_of(key), Note("The prepaid entries stand on the credit memo."))
        findings = saved.findings
    return await _page(request, no, form, findings, 422)


ROUTES: Final = (show_prepaid, fetch)

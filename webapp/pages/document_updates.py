"""Update document: what of a posted shipment or invoice may change after posting (D-93), and remarks beside it."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Field, Form, Typist, read_form, show_form
from webapp.pages import certificates, remarks
from webapp.pages.answers import Note, Visit, page, see_other, submitted, typist
from webapp.pages.posted_documents import found_document, kind_of
from webapp.pages.posted_kinds import INVOICE, SHIPMENT
from webapp.pages.posting import href_of_posted
from webapp.posting.document_updates import UPDATABLE
from webapp.security import requires
from webapp.store.document_updates import update_document
from webapp.store.posted import PostedDocument
from webapp.store.posting import PostedDocument as Named

__all__ = ["ROUTES"]

FIELDS: Final = {
    "shipment": tuple(Field(name, "text", length=50) for name in UPDATABLE["shipment"]),
    "invoice": (
        Field("payment_method_code", "code", length=10, lookup="payment-methods"),
        Field("payment_reference", "text", length=50, hint="What the customer writes on the transfer."),
        Field("company_bank_account_code", "code", length=20, lookup="bank-accounts"),
    ),
}
PATHS: Final = [f"{kind.path}/{{no:str}}/update" for kind in (SHIPMENT, INVOICE)]
EVERYWHERE: Final = Typist("en_GB", date.min, date.min)


@get(PATHS, guards=[requires("posted.update")])
async def show_update(request: Visit, no: FromPath[str]) -> Template:
    document = await found_document(kind_of(request), no)
    return _page(request, document, show_form(FIELDS[document.kind], document.header, request.user.locale))


def _page(request: Visit, document: PostedDocument, form: Form, status: int = 200) -> Template:
    kind, no = kind_of(request), str(document.header["no"])
    fields = FIELDS[document.kind]
    seen = show_form(fields, document.header)
    return page(
        request,
        "posted/update.html",
        status,
        kind=kind,
        head=document.header,
        form=form,
        seen={one.name: seen.typed(one.name) for one in fields},
        back=href_of_posted(Named(kind.name, no)),
        is_open=bool(document.remaining),
    )


@post(PATHS, guards=[requires("posted.update")], status_code=200)
async def update(request: Visit, no: FromPath[str]) -> Response[Any] | Template:
    kind = kind_of(request)
    document = await found_document(kind, no)
    pairs = await submitted(request)
    form = read_form(FIELDS[kind.name], [pair for pair in pairs if not pair[0].startswith("seen-")], typist(request))
    before = read_form(FIELDS[kind.name], [(n[5:], v) for n, v in pairs if n.startswith("seen-")], EVERYWHERE)
    if form.ok:
        names = UPDATABLE[kind.name]
        values, seen = ({name: one.values.get(name, document.header[name]) for name in names} for one in (form, before))
        found = await update_document(request.user.acting, kind.name, no, values, seen)
        if found == []:
            return see_other(request, href_of_posted(Named(kind.name, no)), Note(f"{kind.title} {no} is updated."))
        form.add(*(found or []))
    form.show_rest(document.header, request.user.locale)
    return _page(request, document, form, 422)


ROUTES: Final = (show_update, update, *remarks.ROUTES, *certificates.ROUTES)

"""The certificate of supply of a posted shipment: how it stands, and the sheet that the customer signs (D-107)."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Link, Note, Visit, page, see_other, submitted, typist
from webapp.pages.paper import papers_of, style_file
from webapp.pages.posted_documents import found_document
from webapp.pages.posted_kinds import SHIPMENT
from webapp.pages.posting import href_of_posted
from webapp.paper.sheets import certificate_sheet, margins
from webapp.posting.certificates import STATES
from webapp.security import requires
from webapp.store.certificates import Certificate, certificate_of, certificate_printed, note_certificate
from webapp.store.posted import PostedDocument
from webapp.store.posting import PostedDocument as Named

__all__ = ["ROUTES"]

PATH: Final = f"{SHIPMENT.path}/{{no:str}}/certificate"
FIELDS: Final = (
    Field("status", "choice", label="Certificate", required=True, options=STATES),
    Field("receipt_date", "day", label="Date of receipt"),
)


async def _found(no: str) -> tuple[PostedDocument, Certificate]:
    document = await found_document(SHIPMENT, no)
    certificate = await certificate_of(no)
    if certificate is None:
        raise NotFoundException(f"Shipment {no} needs no certificate of supply.")
    return document, certificate


@get(PATH, guards=[requires("posted.read")])
async def show_certificate(request: Visit, no: FromPath[str]) -> Template:
    document, certificate = await _found(no)
    values = {"status": certificate.status, "receipt_date": certificate.receipt_date}
    return _page(request, document, certificate, show_form(FIELDS, values, request.user.locale))


def _page(request: Visit, document: PostedDocument, saved: Certificate, form: Form, status: int = 200) -> Template:
    return page(
        request,
        "posted/certificate.html",
        status,
        head=document.header,
        saved=saved,
        form=form,
        back=href_of_posted(Named("shipment", str(document.header["no"]))),
        editable=request.user.may("posted.update"),
    )


@post(PATH, guards=[requires("posted.update")], status_code=200)
async def change_certificate(request: Visit, no: FromPath[str]) -> Response[Any] | Template:
    document, saved = await _found(no)
    pairs = await submitted(request)
    form = read_form(FIELDS, [pair for pair in pairs if not pair[0].startswith("seen-")], typist(request))
    if form.ok:
        day = form.values.get("receipt_date")
        after = Certificate(str(form.values["status"]), day if isinstance(day, date) else None)
        shipped = document.header["posting_date"]
        found = await note_certificate(request.user.acting, no, after, _seen(dict(pairs), saved), shipped)
        if not found:
            return see_other(request, f"{SHIPMENT.path}/{no}", Note(f"The certificate of shipment {no} is noted."))
        form.add(*found)
    return _page(request, document, saved, form, 422)


def _seen(given: dict[str, str], saved: Certificate) -> Certificate:
    """What the page showed, as the form carries it; what stands in the database when it carries nothing."""
    try:
        day = date.fromisoformat(given["seen-receipt_date"]) if given["seen-receipt_date"] else None
        return Certificate(given["seen-status"], day)
    except (KeyError, ValueError):
        return saved


@get(f"{PATH}/print", guards=[requires("posted.print")])
async def show_paper(request: Visit, no: FromPath[str]) -> Template:
    document, _ = await _found(no)
    (paper,) = await papers_of([document])
    own = f"{SHIPMENT.path}/{no}/certificate"
    certificate = certificate_sheet(paper)
    return page(request, "posted/certificate_print.html", head=document.header, certificate=certificate, back=own)


@post(f"{PATH}/printing", guards=[requires("posted.print")], status_code=200)
async def print_paper(request: Visit, no: FromPath[str]) -> Response[Any]:
    await _found(no)
    await certificate_printed(request.user.acting, no)
    own = f"{SHIPMENT.path}/{no}/certificate"
    return see_other(request, f"{own}/print", Note("Noted in the log.", (Link("Back", own),), "printing"))


@get(f"{PATH}/paper.css", guards=[requires("posted.print")])
async def paper_style(request: Visit, no: FromPath[str]) -> Response[bytes]:
    document, _ = await _found(no)
    (paper,) = await papers_of([document])
    return style_file(margins(paper))


ROUTES: Final = (show_certificate, change_certificate, show_paper, print_paper, paper_style)

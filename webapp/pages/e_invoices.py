"""The e-invoice of a posted document: a file to save, or what it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from litestar import Response, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.pages.answers import Visit, page
from webapp.pages.posted_documents import kind_of, posted
from webapp.pages.posted_kinds import Kind
from webapp.pages.posting import href_of_posted
from webapp.paper import pdf
from webapp.posting.findings import Finding, finding
from webapp.security import requires
from webapp.store.e_invoices import UBL, EFile, e_invoice_file, factur_x_file, may_be_e_invoice
from webapp.store.issues import issue
from webapp.store.posted_files import PDF
from webapp.store.posting import PostedDocument as Named

__all__ = ["ROUTES"]


@post(posted("/{no:str}/e-invoice"), guards=[requires("posted.print")], status_code=200)
async def give_e_invoice(request: Visit, no: FromPath[str]) -> Template | Response[Any]:
    """UBL by Peppol BIS Billing 3, as it was first issued (D-120); refused with everything that it lacks."""
    kind = _kind(request, no)
    return await _answered(request, kind, no, await e_invoice_file(request.user.acting, kind.name, no), UBL)


@post(posted("/{no:str}/factur-x.pdf"), guards=[requires("posted.print")], status_code=200)
async def give_factur_x(request: Visit, no: FromPath[str]) -> Template | Response[Any]:
    """The PDF with the e-invoice inside (D-151)."""
    kind = _kind(request, no)
    if not pdf.available():
        return _refused(request, kind, no, [finding("pdf_not_installed", document=no)])
    return await _answered(request, kind, no, await factur_x_file(request.user.acting, kind.name, no), PDF)


def _kind(request: Visit, no: str) -> Kind:
    kind = kind_of(request)
    if not may_be_e_invoice(kind.name):
        raise _nothing(kind, no)
    return kind


def _nothing(kind: Kind, no: str) -> NotFoundException:
    return NotFoundException(f"There is no e-invoice of {kind.title.lower()} {no}.")


async def _answered(
    request: Visit, kind: Kind, no: str, file: EFile | None, media_type: str
) -> Template | Response[Any]:
    """What is given out counts as issued (D-95)."""
    if file is None:
        raise _nothing(kind, no)
    if file.findings:
        return _refused(request, kind, no, file.findings)
    await issue(request.user.acting, [(kind.name, no)], "E-invoice given out", file.name)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "X-Content-Type-Options": "nosniff"}
    return Response(file.content, media_type=media_type, headers=headers)


def _refused(request: Visit, kind: Kind, no: str, findings: Sequence[Finding]) -> Template:
    own, name = href_of_posted(Named(kind.name, no)), f"{kind.paper} {no}"
    return page(request, "posted/e_invoice.html", 422, findings=findings, back=own, name=name)


ROUTES: Final = (give_e_invoice, give_factur_x)

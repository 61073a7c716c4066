"""The e-invoice of a posted document: a file to save, or what it lacks."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.pages.answers import Visit, page
from webapp.pages.posted_documents import kind_of, posted
from webapp.pages.posting import href_of_posted
from webapp.security import requires
from webapp.store.e_invoices import UBL, e_invoice_file, may_be_e_invoice
from webapp.store.posting import PostedDocument as Named

__all__ = ["ROUTES"]


@get(posted("/{no:str}/e-invoice"), guards=[requires("posted.print")])
async def show_e_invoice(request: Visit, no: FromPath[str]) -> Template | Response[Any]:
    """UBL by Peppol BIS Billing 3, as it was first issued (D-120); refused with everything that it lacks."""
    kind = kind_of(request)
    file = await e_invoice_file(request.user.acting, kind.name, no) if may_be_e_invoice(kind.name) else None
    if file is None:
        raise NotFoundException(f"There is no e-invoice of {kind.title.lower()} {no}.")
    if file.findings:
        own = href_of_posted(Named(kind.name, no))
        name = f"{kind.paper} {no}"
        return page(request, "posted/e_invoice.html", 422, findings=file.findings, back=own, name=name)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "X-Content-Type-Options": "nosniff"}
    return Response(file.content, media_type=UBL, headers=headers)


ROUTES: Final = (show_e_invoice,)

"""Remarks on a posted document, added on its page (D-102)."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import read_form
from webapp.pages.answers import Note, Visit, see_other, submitted, typist
from webapp.pages.posted_documents import REMARK_FIELDS, document_page, kind_of, posted
from webapp.pages.posting import href_of_posted
from webapp.security import requires
from webapp.store.posting import PostedDocument as Named
from webapp.store.remarks import add_remark

__all__ = ["ROUTES"]


@post(posted("/{no:str}/remarks"), guards=[requires("posted.remark")], status_code=200)
async def add(request: Visit, no: FromPath[str]) -> Response[Any] | Template:
    kind = kind_of(request)
    form = read_form(REMARK_FIELDS, await submitted(request), typist(request))
    if not form.ok:
        return await document_page(request, no, form, 422)
    if not await add_remark(request.user.acting, kind.name, no, str(form.values["text"])):
        raise NotFoundException(f"There is no {kind.title.lower()} {no}.")
    return see_other(request, href_of_posted(Named(kind.name, no), "#comments"), Note("The remark is added."))


ROUTES: Final = (add,)

"""Standard service codes: the page on which their lines are put on an order (D-31)."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Visit, page, see_other, submitted, told, typist
from webapp.pages.document_paths import href_of
from webapp.pages.open_documents import Shown, load_shown
from webapp.posting.snapshot import DocumentKey
from webapp.security import requires
from webapp.store.standard_codes import insert_standard_code, offered_codes

__all__ = ["ROUTES"]

FIELDS: Final = (
    Field("standard_service_code", "code", label="Standard service code", length=20, required=True),
    Field("service_item_line_no", "whole", label="Service item line", blank_zero=True),
)


@get("/service-orders/{no:str}/standard-codes", guards=[requires("orders.edit")])
async def show_codes(request: Visit, no: FromPath[str]) -> Template:
    shown = await load_shown(request, DocumentKey("order", no))
    only = shown.item_lines[0].line_no if len(shown.item_lines) == 1 else 0
    form = show_form(FIELDS, {"standard_service_code": "", "service_item_line_no": only}, request.user.locale)
    return await _page(request, shown, form)


async def _page(request: Visit, shown: Shown, form: Form, status: int = 200) -> Template:
    codes = await offered_codes(shown.document, shown.setup)
    return page(request, "documents/standard_codes.html", status, shown=shown, form=form, codes=codes)


@post("/service-orders/{no:str}/standard-codes", guards=[requires("orders.edit")], status_code=200)
async def insert_code(request: Visit, no: FromPath[str]) -> Response[Any]:
    key = DocumentKey("order", no)
    form = read_form(FIELDS, await submitted(request), typist(request))
    if form.ok:
        code, line_no = str(form.values["standard_service_code"]), form.values.get("service_item_line_no")
        saved = await insert_standard_code(request.user.acting, key, code, int(str(line_no or 0)))
        if saved.ok:
            return see_other(request, href_of(key), told(f"The lines of {code} are added.", saved.notices))
        form.add(*saved.findings)
    return await _page(request, await load_shown(request, key), form, 422)


ROUTES: Final = (show_codes, insert_code)

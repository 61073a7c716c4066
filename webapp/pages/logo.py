"""The company's logo: chosen as a file, shown as it will be printed, removed (D-117)."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import PermissionDeniedException
from litestar.response import Template

from webapp.pages.answers import Note, Visit, page, see_other
from webapp.paper.pictures import MOST_BYTES, address_of, kind_of
from webapp.posting.findings import Finding, finding
from webapp.security import requires
from webapp.store import masters as store
from webapp.store.masters import MASTERS

__all__ = ["PATH", "ROUTES"]

PATH: Final = "/set-up/company/logo"


async def _page(request: Visit, found: list[Finding], status: int = 200) -> Template:
    company = await store.get_master(MASTERS["company"], ())
    may_save = request.user.acting.may(MASTERS["company"].permission)
    return page(
        request,
        "setup/logo.html",
        status,
        path=PATH,
        logo=company["logo"] if company else "",
        may_save=may_save,
        findings=found,
    )


@get(PATH, guards=[requires("masters.read")])
async def show_logo(request: Visit) -> Template:
    return await _page(request, [])


@post(PATH, guards=[requires("masters.edit")], status_code=200)
async def change_logo(request: Visit) -> Response[Any]:
    """A file that is no picture is refused, and the logo stays as it was."""
    master = MASTERS["company"]
    if not request.user.acting.may(master.permission):
        raise PermissionDeniedException(f"Your role “{request.user.role}” does not include this.")
    form = await request.form()
    file = form.get("file")
    content = await file.read() if isinstance(file, UploadFile) else b""
    kind, found = kind_of(content), []
    if "remove" not in form:
        found = _faults(content, kind)
    logo = "" if "remove" in form else address_of(content, kind)
    if not found:
        _, found = await store.save_master(request.user.acting, master, (), {"logo": logo}, None)
        found = [one for one in found if one.is_error]
    if found:
        return await _page(request, found, 422)
    said = "The logo is removed." if "remove" in form else "The logo is saved; documents show it from now on."
    return see_other(request, PATH, Note(said))


def _faults(content: bytes, kind: str) -> list[Finding]:
    if not kind:
        return [finding("logo_no_picture", table="company", field="logo")]
    if len(content) > MOST_BYTES:
        size, most = len(content) // 1000, MOST_BYTES // 1000
        return [finding("logo_too_large", table="company", field="logo", size=size, most=most)]
    return []


ROUTES: Final = (show_logo, change_logo)

"""Copy document: the lines of an open or posted document into an open one (D-42)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Visit, fragment, page, see_other, submitted, told, typist
from webapp.pages.document_paths import href_of, key_of, places, requires_of_place
from webapp.pages.open_documents import Shown, load_shown
from webapp.posting.copying import SOURCES
from webapp.security import requires
from webapp.store.copying import NAMES, copy_document, recent_documents
from webapp.store.document_lists import (
    CREDIT_MEMOS,
    INVOICES,
    OPEN_CREDIT_MEMOS,
    OPEN_INVOICES,
    ORDERS,
    SHIPMENTS,
    DocumentList,
    list_documents,
)

__all__ = ["ROUTES"]

RIGHTS: Final[Mapping[str, str]] = {
    "order": "orders.read",
    "invoice": "invoices.read",
    "credit_memo": "credit_memos.read",
}


LISTS: Final[Mapping[str, DocumentList]] = {
    "order": ORDERS,
    "invoice": OPEN_INVOICES,
    "credit_memo": OPEN_CREDIT_MEMOS,
    "posted_shipment": SHIPMENTS,
    "posted_invoice": INVOICES,
    "posted_credit_memo": CREDIT_MEMOS,
}


def _kinds(request: Visit) -> tuple[str, ...]:
    """The kinds of document that this user may read, posted ones under one right."""
    return tuple(kind for kind in SOURCES if request.user.may(RIGHTS.get(kind, "posted.read")))


def _fields(request: Visit, kind: str = "order") -> tuple[Field, ...]:
    return (
        Field("source_kind", "choice", label="Copy from", options=_kinds(request), required=True),
        Field("source_no", "code", label="No.", required=True, lookup=f"documents/{kind}"),
        Field("include_header", "flag", label="Include header", hint="Only into a document without lines."),
        Field("recalculate", "flag", label="Recalculate prices", hint="As if the lines were typed now."),
    )


@get(places("/{no:str}/copy"), guards=[requires_of_place("edit")])
async def show_copy(request: Visit, no: FromPath[str]) -> Template:
    shown = await load_shown(request, key_of(request.url.path, no))
    kinds = _kinds(request)
    asked = request.query_params.get("kind", "")
    kind = asked if asked in kinds else shown.head.document_type
    values: dict[str, Any] = {
        "source_kind": kind if kind in kinds else kinds[0] if kinds else "",
        "source_no": request.query_params.get("source", "")[:20],
        "include_header": False,
        "recalculate": False,
    }
    fields = _fields(request, values["source_kind"] or "order")
    return await _copy_page(request, shown, show_form(fields, values, request.user.locale))


async def _copy_page(request: Visit, shown: Shown, form: Form, status: int = 200) -> Template:
    head = shown.head
    return page(
        request,
        "documents/copy.html",
        status,
        form=form,
        place=shown.place,
        path=shown.path,
        head=head,
        recent=await recent_documents(head.customer_no, _kinds(request), head.key),
        names=NAMES,
    )


@post(places("/{no:str}/copy"), guards=[requires_of_place("edit")], status_code=200)
async def copy(request: Visit, no: FromPath[str]) -> Response[Any]:
    key = key_of(request.url.path, no)
    typed = [("source_kind", ""), ("source_no", ""), *await submitted(request)]
    asked = dict(typed).get("source_kind", "")
    form = read_form(_fields(request, asked if asked in LISTS else "order"), typed, typist(request))
    if form.ok:
        kind, source = str(form.values["source_kind"]), str(form.values["source_no"])
        flags = {name: form.values.get(name) is True for name in ("include_header", "recalculate")}
        saved = await copy_document(request.user.acting, key, kind, source, **flags)
        if saved.ok:
            what = "with its header" if flags["include_header"] else "without its header"
            said = told(f"{NAMES[kind].capitalize()} {source} is copied, {what}.", saved.notices)
            return see_other(request, href_of(key), said)
        form.add(*saved.findings)
    return await _copy_page(request, await load_shown(request, key), form, 422)


@get("/look-up/documents/{kind:str}", guards=[requires("posted.read")])
async def look_up_document(
    request: Visit, kind: FromPath[str], q: FromQuery[str] = "", id: FromQuery[str] = "f"
) -> Template:
    """Documents of one kind by number or any word of their list, while the number of a source is typed."""
    if kind not in _kinds(request):
        raise NotFoundException
    words = "".join(c for c in q if c.isprintable()).strip()[:100]
    found = await list_documents(LISTS[kind], search=words, limit=12)
    pairs = [(str(row["no"]), str(row["customer_name"])) for row in found.rows]
    safe_id = "".join(c for c in id if c.isalnum() or c in "-_")[:80]
    return fragment("setup/_options.html", id=safe_id, found=pairs, more=bool(found.next))


ROUTES: Final = (show_copy, copy, look_up_document)

"""Comments of an open document: on its header and on its service item lines (D-32)."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Visit, page, see_other, submitted, told, typist
from webapp.pages.document_paths import href_of, key_of, places, requires_of_place
from webapp.pages.open_documents import Shown, load_shown
from webapp.posting.comments import TYPES
from webapp.store.comments import Wording, add_comment, delete_comment, load_comments, mark_comment, reword_comment
from webapp.store.drafts import Saved

__all__ = ["ROUTES"]

LONGEST: Final = 20_000


def _fields(shown: Shown) -> tuple[Field, ...]:
    types = TYPES if shown.item_lines else TYPES[:1]
    return (
        Field("type", "choice", options=types, required=True),
        Field("service_item_line_no", "whole", label="Service item line", blank_zero=True),
        Field("print_on_document", "flag", label="Print on document", hint="Internal comments are never printed."),
        Field("text", "long_text", label="Comment", length=LONGEST, required=True),
    )


@get(places("/{no:str}/comments"), guards=[requires_of_place("read")])
async def show_comments(request: Visit, no: FromPath[str]) -> Template:
    shown = await load_shown(request, key_of(request.url.path, no))
    return await _page(request, shown, show_form(_fields(shown), {"type": "general"}, request.user.locale))


async def _page(request: Visit, shown: Shown, form: Form, status: int = 200, reworded: int = 0) -> Template:
    """The comments with a form for another one, or for `reworded`."""
    found = await load_comments(shown.head.document_type, shown.head.no)
    return page(request, "documents/comments.html", status, shown=shown, form=form, comments=found, reworded=reworded)


@post(places("/{no:str}/comments"), guards=[requires_of_place("edit")], status_code=200)
async def add(request: Visit, no: FromPath[str]) -> Response[Any]:
    key = key_of(request.url.path, no)
    shown = await load_shown(request, key)
    form = read_form(_fields(shown), await submitted(request), typist(request))
    if form.ok:
        one = _wording(form)
        saved = await add_comment(request.user.acting, key, one.type, one.text, one.line_no, one.print_on_document)
        if saved.ok:
            return see_other(request, href_of(key, "/comments"), told("The comment is added."))
        form.add(*saved.findings)
    return await _page(request, shown, form, 422)


def _wording(form: Form) -> Wording:
    values = form.values
    line_no, printed = int(str(values.get("service_item_line_no") or 0)), values.get("print_on_document") is True
    return Wording(str(values["type"]), str(values["text"]), line_no, printed)


async def _answer(request: Visit, saved: Saved, text: str) -> Response[Any]:
    assert saved.key
    if saved.ok:
        return see_other(request, href_of(saved.key, "/comments"), told(text))
    shown = await load_shown(request, saved.key)
    form = show_form(_fields(shown), {"type": "general"}, request.user.locale)
    form.add(*saved.findings)
    return await _page(request, shown, form, 422)


@get(places("/{no:str}/comments/{comment:int}"), guards=[requires_of_place("edit")])
async def show_comment(request: Visit, no: FromPath[str], comment: FromPath[int]) -> Template:
    """A comment to be written anew."""
    key = key_of(request.url.path, no)
    shown = await load_shown(request, key)
    found = next((one for one in await load_comments(key.document_type, no) if one.id == comment), None)
    if found is None:
        raise NotFoundException("This comment is not there any more.")
    values: dict[str, Any] = {
        "type": found.type,
        "service_item_line_no": found.line_no,
        "print_on_document": found.print_on_document,
        "text": found.text,
    }
    return await _page(request, shown, show_form(_fields(shown), values, request.user.locale), reworded=comment)


@post(places("/{no:str}/comments/{comment:int}"), guards=[requires_of_place("edit")], status_code=200)
async def reword(request: Visit, no: FromPath[str], comment: FromPath[int]) -> Response[Any]:
    key = key_of(request.url.path, no)
    shown = await load_shown(request, key)
    form = read_form(_fields(shown), await submitted(request), typist(request))
    if form.ok:
        saved = await reword_comment(request.user.acting, key, comment, _wording(form))
        if saved.ok:
            return see_other(request, href_of(key, "/comments"), told("The comment is changed."))
        form.add(*saved.findings)
    return await _page(request, shown, form, 422, reworded=comment)


@post(places("/{no:str}/comments/{comment:int}/print"), guards=[requires_of_place("edit")], status_code=200)
async def mark(request: Visit, no: FromPath[str], comment: FromPath[int]) -> Response[Any]:
    printed = bool(dict(await submitted(request)).get("print_on_document"))
    saved = await mark_comment(key_of(request.url.path, no), comment, printed)
    return await _answer(request, saved, f"The comment is {'' if printed else 'not '}printed.")


@post(places("/{no:str}/comments/{comment:int}/deletion"), guards=[requires_of_place("edit")], status_code=200)
async def delete(request: Visit, no: FromPath[str], comment: FromPath[int]) -> Response[Any]:
    saved = await delete_comment(key_of(request.url.path, no), comment)
    return await _answer(request, saved, "The comment is deleted.")


ROUTES: Final = (show_comments, add, show_comment, reword, mark, delete)

"""The outbox, and sending a posted document to somebody."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Link, Note, Visit, page, see_other, submitted, typist
from webapp.pages.posted_documents import KINDS_OF, Kind, found_document, kind_of, posted
from webapp.pages.posting import href_of_posted
from webapp.security import requires
from webapp.store import outbox
from webapp.store.posting import PostedDocument as Named

__all__ = ["ROUTES"]

FIELDS: Final = (Field("recipient", "text", label="E-mail of the recipient", required=True, length=100),)
STATES: Final = ("waiting", "failed", "unsure", "sent")


def _sent_kind(request: Visit) -> Kind:
    kind = kind_of(request)
    if kind.name not in outbox.SENT_KINDS:
        raise NotFoundException("Invoices and credit memos are sent; a shipment is printed.")
    return kind


@get(posted("/{no:str}/sending"), guards=[requires("posted.send")])
async def ask_recipient(request: Visit, no: FromPath[str]) -> Template:
    kind = _sent_kind(request)
    await found_document(kind, no)
    values: dict[str, Any] = {"recipient": await outbox.suggested_recipient(kind.name, no)}
    return await _asked(request, kind, no, show_form(FIELDS, values, request.user.locale), 200)


async def _asked(request: Visit, kind: Kind, no: str, form: Form, status: int) -> Template:
    items = await outbox.items(document=(kind.name, no))
    own = href_of_posted(Named(kind.name, no))
    return page(request, "outbox/send.html", status, form=form, name=f"{kind.paper} {no}", back=own, items=items)


@post(posted("/{no:str}/sending"), guards=[requires("posted.send")], status_code=200)
async def send(request: Visit, no: FromPath[str]) -> Response[Any] | Template:
    """Puts the document into the outbox; it leaves right after, when there is a mail server."""
    kind = _sent_kind(request)
    await found_document(kind, no)
    form = read_form(FIELDS, await submitted(request), typist(request))
    if form.ok:
        form.add(*await outbox.request_sending(request.user.acting, kind.name, no, str(form.values["recipient"])))
    if not form.ok:
        return await _asked(request, kind, no, form, 422)
    own = href_of_posted(Named(kind.name, no))
    said = f"{kind.paper} {no} is in the outbox for {form.values['recipient']}."
    return see_other(request, own, Note(said, (Link("Outbox", "/outbox"),)))


@get("/outbox", guards=[requires("posted.read")])
async def show_outbox(request: Visit) -> Template:
    state = request.query_params.get("state", "")
    items = await outbox.items(state if state in STATES else "")
    names = {one.id: f"{KINDS_OF[one.document_kind].paper} {one.document_no}" for one in items}
    paths = {one.id: href_of_posted(Named(one.document_kind, one.document_no)) for one in items}
    may_send = bool(request.app.state.get("sends_mail"))
    shown = {"items": items, "names": names, "paths": paths, "state": state, "states": STATES}
    return page(request, "outbox/list.html", may_send=may_send, **shown)


@post("/outbox/{item:int}/{action:str}", guards=[requires("posted.send")], status_code=200)
async def change_item(request: Visit, item: FromPath[int], action: FromPath[str]) -> Response[Any]:
    """Sends once more, or takes back what waits."""
    if action == "again":
        found = await outbox.send_again(request.user.acting, item)
        note = Note(found[0].message, tone="warning") if found else Note("It is in the outbox once more.")
    elif action == "back":
        taken = await outbox.give_up(request.user.acting, item)
        note = Note("It is taken back.") if taken else Note("It does not wait any more.", tone="warning")
    else:
        raise NotFoundException("There is no such action.")
    return see_other(request, "/outbox", note)


ROUTES: Final = (ask_recipient, send, show_outbox, change_item)

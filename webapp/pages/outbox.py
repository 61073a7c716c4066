"""The outbox, and sending a posted document to somebody (D-102)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote, urlencode

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.forms import Field, Form, read_form, show_form
from webapp.labels import choice
from webapp.pages.answers import Link, Note, Visit, page, see_other, submitted, typist
from webapp.pages.posted_documents import found_document, kind_of, posted
from webapp.pages.posted_kinds import KINDS_OF, Kind
from webapp.pages.posting import href_of_posted
from webapp.posting.sending import ADDRESS_LENGTH, SENT_KINDS
from webapp.security import requires
from webapp.store import outbox
from webapp.store.posting import PostedDocument as Named

__all__ = ["ROUTES"]

FIELDS: Final = (Field("recipient", "text", label="Recipient", required=True, length=ADDRESS_LENGTH),)
STATES: Final = ("waiting", "failed", "unsure", "sent")
MOST_SEARCHED: Final = 100
MOST_ITEMS: Final = 2**53


# --- sending one document -------------------------------------------------------------------------------------------


def _sent_kind(request: Visit) -> Kind:
    kind = kind_of(request)
    if kind.name not in SENT_KINDS:
        raise NotFoundException("Invoices and credit memos are sent; a shipment is printed.")
    return kind


@get(posted("/{no:str}/sending"), guards=[requires("posted.send")])
async def ask_recipient(request: Visit, no: FromPath[str]) -> Template:
    kind = _sent_kind(request)
    await found_document(kind, no)
    values: dict[str, Any] = {"recipient": await outbox.suggested_recipient(kind.name, no)}
    return await _asked(request, kind, no, show_form(FIELDS, values, request.user.locale), 200)


async def _asked(request: Visit, kind: Kind, no: str, form: Form, status: int) -> Template:
    return page(
        request,
        "outbox/send.html",
        status,
        form=form,
        name=f"{kind.paper} {no}",
        back=href_of_posted(Named(kind.name, no)),
        items=await outbox.items(document=(kind.name, no)),
        sends_mail=bool(request.app.state.get("sends_mail")),
    )


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


# --- all that is sent -----------------------------------------------------------------------------------------------


def _tabs(counts: dict[str, int], state: str, search: str) -> list[tuple[str, str, int | None]]:
    """Each state with its address and how many are in it; how many were sent is nothing to act on."""
    asked = {"q": search} if search else {}
    tabs: list[tuple[str, str, int | None]] = [("All", _href(asked), None)]
    return tabs + [(choice(one), _href({"state": one, **asked}), counts.get(one)) for one in STATES]


def _href(asked: dict[str, str]) -> str:
    return f"/outbox?{urlencode(asked)}" if asked else "/outbox"


@get("/outbox", guards=[requires("posted.read")])
async def show_outbox(request: Visit) -> Template:
    state, search = (request.query_params.get(name, "").strip() for name in ("state", "q"))
    state, search = state if state in STATES else "", search[:MOST_SEARCHED]
    before = request.query_params.get("before", "")
    found = await outbox.items(state, search=search, before=int(before) if _is_number(before) else 0)
    items = found[: outbox.PAGE]
    asked = {name: value for name, value in (("state", state), ("q", search)) if value}
    return page(
        request,
        "outbox/list.html",
        items=items,
        after=await outbox.afterwards(items),
        names={one.id: _name(one) for one in items},
        paths={one.id: _href_of(one) for one in items},
        state=state,
        search=search,
        tabs=_tabs(await outbox.unsent(), state, search),
        here=_href(asked),
        before=before,
        older=_href({**asked, "before": str(items[-1].id)}) if len(found) > len(items) else "",
        sends_mail=bool(request.app.state.get("sends_mail")),
    )


def _name(item: outbox.Item) -> str:
    if item.document_kind == "statement":
        return f"Statement {item.statement_no} of {item.document_no}"
    return f"{KINDS_OF[item.document_kind].paper} {item.document_no}"


def _href_of(item: outbox.Item) -> str:
    if item.document_kind == "statement":
        return f"/customers/{quote(item.document_no, safe='')}/statement"
    return href_of_posted(Named(item.document_kind, item.document_no))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15


@post("/outbox/{item:int}/{action:str}", guards=[requires("posted.send")], status_code=200)
async def change_item(request: Visit, item: FromPath[int], action: FromPath[str]) -> Response[Any]:
    """Sends once more, takes back what waits, gives up what failed, or says of what is unsure that it has arrived."""
    acting = request.user.acting
    if not 0 < item < MOST_ITEMS:
        raise NotFoundException("There is no such item in the outbox.")
    if action == "again":
        note = await _sent_again(request, item)
    elif action == "back":
        taken = await outbox.give_up(acting, item)
        note = Note("It is taken back.") if taken else Note("It does not wait any more.", tone="warning")
    elif action == "giving-up":
        left = await outbox.leave_unsent(acting, item)
        note = Note("It is given up.") if left else Note("It is not failed any more.", tone="warning")
    elif action == "arrived":
        settled = await outbox.settle(acting, item)
        note = Note("It is marked as sent.") if settled else Note("It is not in question any more.", tone="warning")
    else:
        raise NotFoundException("There is no such action.")
    return see_other(request, "/outbox", note)


async def _sent_again(request: Visit, item: int) -> Note:
    """To the recipient whom the pressed button named."""
    recipient = dict(await submitted(request)).get("recipient", "").strip()
    found = await outbox.send_again(request.user.acting, item, recipient)
    if found is None:
        raise NotFoundException("There is no such item in the outbox.")
    if found:
        return Note(f"{found[0].message} {found[0].remedy}", tone="warning")
    return Note(f"It is in the outbox once more, for {recipient}." if recipient else "It is in the outbox once more.")


ROUTES: Final = (ask_recipient, send, show_outbox, change_item)

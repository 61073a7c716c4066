"""Many posted documents sent at once: those marked in a list, or all that it shows (D-109)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Template

from webapp.labels import plural
from webapp.pages.answers import Link, Note, Visit, page, see_other, submitted
from webapp.pages.batches import MOST_IN_ADDRESS
from webapp.pages.print_runs import Wanted, wanted_of
from webapp.posting.findings import Finding, finding
from webapp.posting.sending import SENT_KINDS
from webapp.security import requires
from webapp.store.outbox import Many, look_at_many, send_many
from webapp.store.print_runs import MOST, count_to_print, rest_of

__all__ = ["ROUTES"]

SHOWN: Final = 50
Pairs = Sequence[tuple[str, str]]


def _wanted(request: Visit, pairs: Pairs) -> Wanted:
    wanted = wanted_of(request, [pair for pair in pairs if pair[0] != "batch"])
    if wanted.chosen.kind not in SENT_KINDS:
        raise NotFoundException("Invoices and credit memos are sent; a shipment is printed.")
    return wanted


async def _faults(wanted: Wanted) -> Sequence[Finding]:
    if wanted.findings:
        return wanted.findings
    too_many = await count_to_print(wanted.chosen) > MOST
    return [finding("too_many_to_send", most=MOST)] if too_many else []


@get("/outbox/new", guards=[requires("posted.send")])
async def show_choice(request: Visit) -> Template:
    return await _choice(request, list(request.query_params.multi_items()))


@post("/outbox/new", guards=[requires("posted.send")], status_code=200)
async def choose(request: Visit) -> Response[Any] | Template:
    """The rows marked in the list arrive here; they go on as an address unless they are more than one holds."""
    pairs = await submitted(request)
    fields = _wanted(request, pairs).fields
    if len(fields) <= MOST_IN_ADDRESS:
        return see_other(request, f"/outbox/new?{urlencode(fields)}")
    return await _choice(request, pairs)


async def _choice(request: Visit, pairs: Pairs, status: int = 200) -> Template:
    wanted = _wanted(request, pairs)
    faults = await _faults(wanted)
    many = Many() if faults else await look_at_many(wanted.chosen.kind, *rest_of(wanted.chosen))
    return page(
        request,
        "outbox/many.html",
        status,
        wanted=wanted,
        many=many,
        findings=faults,
        shown=SHOWN,
        what=f"Send {plural(len(many.going), 'document')}",
        sends_mail=bool(request.app.state.get("sends_mail")),
    )


@post("/outbox", guards=[requires("posted.send")], status_code=200)
async def send(request: Visit) -> Response[Any] | Template:
    """Each goes into the outbox; what somebody sent meanwhile does not go once more."""
    pairs = await submitted(request)
    wanted = _wanted(request, pairs)
    if await _faults(wanted):
        return await _choice(request, pairs, 422)
    many = await send_many(request.user.acting, wanted.chosen.kind, *rest_of(wanted.chosen))
    words = f"{plural(len(many.going), 'document')} went into the outbox."
    note = Note(words, (Link(wanted.back_text, wanted.back),), "done" if many.going else "warning")
    return see_other(request, "/outbox", note)


ROUTES: Final = (show_choice, choose, send)

"""Saved views: what a list was narrowed to, kept under a name by the one who did it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from litestar import Response, post
from litestar.exceptions import NotFoundException

from webapp.pages.answers import Link, Note, Visit, see_other, submitted
from webapp.pages.document_paths import places
from webapp.pages.setup import path_of
from webapp.security import requires
from webapp.store.ledgers import LEDGERS
from webapp.store.masters import MASTERS
from webapp.store.preferences import MOST_VIEWS, keep_view, saved_views

__all__ = ["ROUTES", "VIEWABLE"]

VIEWABLE: Final = frozenset(
    {
        "/posted-service-shipments",
        "/posted-service-invoices",
        "/posted-service-credit-memos",
        "/customer-ledger",
        "/service-contracts",
        "/service-contract-quotes",
        "/ready-to-invoice",
        "/orders-to-check",
        "/batches",
        "/closed-service-orders",
        *places(""),
        *(f"/ledgers/{slug}" for slug in LEDGERS),
        *(path_of(master) for master in MASTERS.values() if not master.single),
    }
)
MOST_QUERY: Final = 1000


@post("/saved-views", guards=[requires("own.account")], status_code=200)
async def save(request: Visit) -> Response[Any]:
    """Saves a view of a list, or forgets one; the list then shows what it showed."""
    given = dict(await submitted(request))
    path = given.get("path", "")
    if path not in VIEWABLE:
        raise NotFoundException("There is no such list.")
    name = " ".join("".join(c for c in given.get("name", "") if c.isprintable()).split())[:40]
    query = urlencode(parse_qsl(given.get("query", "")[:MOST_QUERY]))
    shown = f"{path}?{query}" if query else path
    if given.get("do") == "forget":
        await keep_view(request.user.user_name, path, name, None)
        return see_other(request, path, Note(f"The view {name} is forgotten."))
    if not name:
        return see_other(request, shown, Note("Give the view a name to save it.", tone="warning"))
    before = dict(await saved_views(request.user.user_name, path)).get(name, query)
    if not await keep_view(request.user.user_name, path, name, query):
        return see_other(
            request, shown, Note(f"You have {MOST_VIEWS} views already; forget one first.", tone="warning")
        )
    if before != query:
        old = Link("Look at it as it was, to save it again", f"{path}?{before}")
        return see_other(request, shown, Note(f"The view {name} is replaced by what you see.", (old,), "warning"))
    return see_other(request, shown, Note(f"The view {name} is saved."))


ROUTES: Final = (save,)

"""The page on which a user chooses the columns of a list (D-108)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Template

from webapp.pages import customer_ledger, ledgers
from webapp.pages.answers import Note, Visit, page, see_other, submitted
from webapp.pages.list_choices import choice_of, chosen_columns
from webapp.pages.lists import Asked, Column, asked_columns
from webapp.pages.posted_kinds import KINDS_OF
from webapp.security import requires
from webapp.store.ledgers import LEDGERS
from webapp.store.preferences import set_preference

__all__ = ["ROUTES"]

MOST_QUERY: Final = 2000


def _list_at(path: str) -> tuple[str, Sequence[Column], Sequence[Column]]:
    """The title of a list, the columns that it shows of itself, and all that can be chosen."""
    for kind in KINDS_OF.values():
        if kind.path == path:
            return kind.titles, kind.columns, kind.offered
    if path == customer_ledger.PATH:
        return "Customer ledger", customer_ledger.COLUMNS, customer_ledger.OFFERED
    ledger = LEDGERS.get(path.removeprefix("/ledgers/")) if path.startswith("/ledgers/") else None
    if ledger is None:
        raise NotFoundException("There is no such list.")
    return ledger.title, ledgers.columns_of(ledger), ledgers.offered_columns(ledger)


def _back(path: str, query: str) -> str:
    """The list as it was, but for its columns."""
    left = [pair for pair in parse_qsl(query[:MOST_QUERY]) if pair[0] != "columns"]
    return f"{path}?{urlencode(left)}" if left else path


@get("/list-columns", guards=[requires("own.account")])
async def show_choice(request: Visit) -> Template:
    given = request.query_params
    path, query = given.get("path", ""), given.get("query", "")
    title, own, offered = _list_at(path)
    named = tuple(dict(parse_qsl(query[:MOST_QUERY])).get("columns", "").split(","))
    known = {column.name for column in offered}
    asked = Asked(columns=tuple(name for name in named if name in known))
    asked = await chosen_columns(request, path, asked, offered)
    return page(
        request,
        "account/columns.html",
        title=title,
        path=path,
        query=query,
        back=_back(path, query),
        offered=offered,
        own={column.name for column in own},
        shown={column.name for column in asked_columns(asked, own, offered)},
        chosen=bool(asked.columns),
    )


@post("/list-columns", guards=[requires("own.account")], status_code=200)
async def choose(request: Visit) -> Response[Any]:
    """Keeps the choice, or goes back to the list's own columns; the list then shows the same rows."""
    pairs = await submitted(request)
    given = dict(pairs)
    path = given.get("path", "")
    title, own, offered = _list_at(path)
    wanted = {value for name, value in pairs if name == "column"}
    names = [column.name for column in offered if column.name in wanted]
    standard = given.get("do") == "standard" or names == [column.name for column in own[1:]]
    await set_preference(
        request.user.user_name, choice_of(path), "" if standard else " ".join([offered[0].name, *names])
    )
    words = f"{title} shows its own columns." if standard else f"{title} shows the columns that you chose."
    return see_other(request, _back(path, given.get("query", "")), Note(words))


ROUTES: Final = (show_choice, choose)

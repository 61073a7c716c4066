"""What a person sees when something does not work: a page, a message for htmx, JSON under /api."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import structlog
from litestar import Request, Response
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.response import Redirect, Template
from litestar.types import Empty, ExceptionHandlersMap
from litestar.utils.scope.state import ScopeState

from webapp.pages.answers import Link, Note, see_other

__all__ = ["handlers", "unreachable"]

log = structlog.get_logger()

MESSAGE: Final = "errors/_message.html"
HOME: Final = Link("Home", "/")
TITLES: Final = {
    400: "The request was not understood",
    401: "Sign in to go on",
    403: "This is not possible here",
    404: "There is no such page",
    405: "This address does not take that",
    409: "Someone else was faster",
    413: "That was too much at once",
    422: "Some of it can't be used",
    429: "Too many attempts",
    500: "Something went wrong",
    503: "The database can't be reached",
}
DETAILS: Final = {
    404: "It may have been posted, deleted or renamed. Search for its number at the top of the page.",
    405: "Go back and try it from the page itself.",
    413: "Send less at a time: a file may have at most 10 MB, and several together 30 MB. Nothing was kept.",
    500: "Nothing was half done: what failed was undone as a whole. The fault is noted in the log.",
    503: "Nothing was lost or half done. Wait a moment and try again.",
}


def http_error(
    request: Request[Any, Any, Any], error: HTTPException, *links: Link, title: str = "", part: str = MESSAGE
) -> Response[Any]:
    """An answer that was refused on purpose; with links to where it goes on. `part` is what htmx gets of it."""
    if error.status_code == 401:
        return _signed_out(request)
    if error.status_code == 405 and (page := _page_of(request)):
        return see_other(
            request, page, Note("Nothing was changed: what was opened is an action of this page.", tone="info")
        )
    return _answer(request, error.status_code, _detail(error), *links, title=title, part=part)


def _page_of(request: Request[Any, Any, Any]) -> str:
    """The page on which an action stands that somebody opened by its address, one step up; blank for what is none."""
    above = request.url.path.rstrip("/").rpartition("/")[0]
    asked = request.method == "GET" and not _by_htmx(request) and not _by_program(request)
    return quote(above, safe="/,") if asked else ""


def _detail(error: HTTPException) -> str:
    """What a handler says about a thing that is not there is more than what can be said of any address."""
    said = error.status_code == 404 and error.detail not in ("", "Not Found")
    return _sentence(error.detail) if said else DETAILS.get(error.status_code) or _sentence(error.detail)


def unreachable(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The database is busy or gone; nothing was kept of what was asked (R-6)."""
    log.warning("database unreachable", path=request.url.path, error=str(error)[:200])
    return _answer(request, 503, DETAILS[503], retry=True)


def fault(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A mistake in the program."""
    log.error("fault", path=request.url.path, method=request.method, exc_info=error)
    return _answer(request, 500, DETAILS[500])


def handlers() -> ExceptionHandlersMap:
    return {HTTPException: http_error, Exception: fault}


def _signed_out(request: Request[Any, Any, Any]) -> Response[Any]:
    """To the sign-in page when a page was asked for; else a message, so that what was typed stays on the screen."""
    if request.method == "GET" and not _by_htmx(request) and not _by_program(request):
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return Redirect("/sign-in" if path == "/" else f"/sign-in?next={quote(path, safe='/')}", status_code=303)
    detail = "You have been signed out. What you typed is still here: sign in in another tab, come back and try again."
    return _answer(request, 401, detail, Link("Sign in", "/sign-in"))


def _answer(
    request: Request[Any, Any, Any],
    status: int,
    detail: str,
    *links: Link,
    retry: bool = False,
    title: str = "",
    part: str = MESSAGE,
) -> Response[Any]:
    _let_go_of_files(request)
    headers = {"Retry-After": "5"} if retry else {}
    title = title or TITLES.get(status, "This did not work")
    if _by_program(request):
        return Response({"status_code": status, "detail": detail}, status_code=status, headers=headers)
    context = {"status": status, "title": title, "detail": detail, "links": links}
    if _by_htmx(request):
        headers |= {"HX-Retarget": "#messages", "HX-Reswap": "innerHTML show:top"}
        return Template(part, context=context, status_code=status, headers=headers)
    context["links"] = links or (HOME,)
    return Template("errors/error.html", context=context, status_code=status, headers=headers)


def _let_go_of_files(request: Request[Any, Any, Any]) -> None:
    """Files of a form that was read for its token and refused before any handler saw it: nobody else closes them."""
    form = ScopeState.from_scope(request.scope).form
    fields = {} if form is Empty else form
    for values in fields.values():
        for one in values if isinstance(values, list) else [values]:
            if isinstance(one, UploadFile):
                one.file.close()


def _by_htmx(request: Request[Any, Any, Any]) -> bool:
    return request.headers.get("hx-request") == "true"


def _by_program(request: Request[Any, Any, Any]) -> bool:
    return request.url.path.startswith("/api/")


def _sentence(detail: str) -> str:
    """The reason, as a sentence; what the framework says of itself is not shown."""
    if "CSRF" in detail:
        return "The page was too old to be sent, or cookies are switched off. Reload the page and try again."
    return detail if detail.endswith((".", "!", "?")) else f"{detail}."

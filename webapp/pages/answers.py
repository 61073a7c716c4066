"""What a handler answers with: a page, a fragment of one, a redirect with a message that stays until it is read."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2_fragments.litestar import HTMXBlockTemplate
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.response import Redirect, Template

from webapp import forms
from webapp.security import Viewer

__all__ = ["Link", "Note", "Visit", "fragment", "local_path", "page", "see_other", "submitted", "typist"]

Visit = Request[Viewer, str, Any]
NOTE_COOKIE: Final = "finalize_note"
MOST_NOTE: Final = 3000


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a message."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Note:
    """What was done, with links to what arose."""

    text: str
    links: tuple[Link, ...] = ()
    tone: str = "done"


def page(request: Visit, template: str, status: int = 200, **context: Any) -> Template:
    """A whole page, with the message that the redirect to it left."""
    note = _read_note(request)
    spent = (
        [Cookie(NOTE_COOKIE, value="", max_age=0, httponly=True, samesite="lax")]
        if NOTE_COOKIE in request.cookies
        else []
    )
    return Template(template, context={"note": note, **context}, status_code=status, cookies=spent)


def fragment(template: str, block: str = "", status: int = 200, trigger: str = "", **context: Any) -> Template:
    """One block of a page's own template, or a whole file whose name begins with `_`."""
    headers = {"HX-Trigger": trigger} if trigger else {}
    if not block:
        return Template(template, context=context, status_code=status, headers=headers)
    return HTMXBlockTemplate(
        template_name=template, block_name=block, context=context, status_code=status, headers=headers
    )


def see_other(request: Visit, path: str, note: Note | None = None) -> Response[Any]:
    """Go on with another page after a change: a redirect, for htmx its own header. Reloading changes nothing again."""
    cookies = [_note_cookie(request, note)] if note else []
    if request.headers.get("hx-request") == "true":
        return Response(b"", status_code=200, headers={"HX-Redirect": path}, cookies=cookies, media_type="text/html")
    return Redirect(path, status_code=303, cookies=cookies)


def local_path(path: str, otherwise: str = "/") -> str:
    """A path on this site that a form named, or another one when it leads elsewhere."""
    parts = urlsplit(path)
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return path if safe and path.isprintable() and "\\" not in path else otherwise


def typist(request: Visit) -> forms.Typist:
    """Who types into the form that came: locale, work date and today."""
    who = request.user
    return forms.Typist(who.locale, who.work_date, who.today)


async def submitted(request: Visit) -> list[tuple[str, str]]:
    """The fields of the form that came, in order; files are left out."""
    return [(name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)]


def _note_cookie(request: Visit, note: Note) -> Cookie:
    body = base64.urlsafe_b64encode(json.dumps(asdict(note)).encode()).decode()
    value, secure = f"{_seal(request, body)}.{body}", bool(request.app.state.secure_cookies)
    return Cookie(NOTE_COOKIE, value=value, max_age=60, httponly=True, samesite="lax", secure=secure)


def _read_note(request: Visit) -> Note | None:
    seal, _, body = request.cookies.get(NOTE_COOKIE, "").partition(".")
    if not body or len(body) > MOST_NOTE or not hmac.compare_digest(seal, _seal(request, body)):
        return None
    found: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(body))
    links: Sequence[Mapping[str, str]] = found["links"]
    return Note(found["text"], tuple(Link(link["text"], link["href"]) for link in links), found["tone"])


def _seal(request: Visit, body: str) -> str:
    return hmac.new(str(request.app.state.secret).encode(), f"note:{body}".encode(), hashlib.sha256).hexdigest()[:32]

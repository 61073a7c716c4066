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
from webapp.posting.findings import Finding
from webapp.security import Viewer

__all__ = [
    "Link",
    "Note",
    "Visit",
    "fragment",
    "local_path",
    "page",
    "read_sealed",
    "sealed_cookie",
    "see_other",
    "submitted",
    "told",
    "typist",
]

Visit = Request[Viewer, str, Any]
NOTE_COOKIE: Final = "finalize_note"
MOST_KEPT: Final = 3000


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


def told(text: str, notices: Sequence[Finding] = (), links: tuple[Link, ...] = ()) -> Note:
    """What was done and what else happened; with a warning among it, it does not look like a mere success."""
    warned = any(notice.severity == "warning" for notice in notices)
    words = " ".join([text, *(notice.message for notice in notices)]).strip()
    return Note(words, links, "warning" if warned else "done")


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
    return sealed_cookie(request, NOTE_COOKIE, asdict(note), 60)


def _read_note(request: Visit) -> Note | None:
    found = read_sealed(request, NOTE_COOKIE)
    if found is None:
        return None
    links: Sequence[Mapping[str, str]] = found["links"]
    return Note(found["text"], tuple(Link(link["text"], link["href"]) for link in links), found["tone"])


def sealed_cookie(request: Visit, name: str, data: Mapping[str, Any], seconds: int) -> Cookie:
    """A cookie that the browser keeps for us for so long; only we can have made what `read_sealed` gives back."""
    body = base64.urlsafe_b64encode(json.dumps(data).encode()).decode()
    value, secure = f"{_seal(request, name, body)}.{body}", bool(request.app.state.secure_cookies)
    return Cookie(name, value=value, max_age=seconds, httponly=True, samesite="lax", secure=secure)


def read_sealed(request: Visit, name: str) -> Mapping[str, Any] | None:
    """What we gave the browser to keep under this name; None when there is nothing, or it is not ours."""
    seal, _, body = request.cookies.get(name, "").partition(".")
    if not body or len(body) > MOST_KEPT or not hmac.compare_digest(seal, _seal(request, name, body)):
        return None
    found: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(body))
    return found


def _seal(request: Visit, name: str, body: str) -> str:
    return hmac.new(str(request.app.state.secret).encode(), f"{name}:{body}".encode(), hashlib.sha256).hexdigest()[:32]

"""Who may do what, who is asking, and what every answer carries (S-1, S-2, S-3).

`ROLES` is the one table of rights. Each route names its permission with `requires("orders.post")`; templates ask
`may("orders.post")` and do not show what would be refused.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from litestar.config.csrf import CSRFConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.exceptions import NotAuthorizedException, NotFoundException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, ASGIMiddleware, AuthenticationResult
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.utils.scope.state import ScopeState

from webapp.store import users
from webapp.store.acting import Acting

__all__ = [
    "PERMISSIONS",
    "PUBLIC",
    "ROLES",
    "SESSION_COOKIE",
    "Guard",
    "SameOrigin",
    "Sessions",
    "Viewer",
    "add_security_headers",
    "csrf_config",
    "csrf_token",
    "may",
    "path",
    "requires",
    "viewer",
]

# --- rights ------------------------------------------------------------------------------------------------------

# "masters.edit" opens the pages of set-up and master data; which table and which of its fields a role may change there
# is decided by the store, row by row (O-47).
READ: Final = frozenset(
    {
        "home.read",
        "own.account",
        "orders.read",
        "invoices.read",
        "credit_memos.read",
        "contracts.read",
        "posted.read",
        "posted.print",
        "ledgers.read",
        "receivables.read",
        "masters.read",
        "batches.read",
    }
)
CLERK: Final = READ | {
    "orders.edit",
    "orders.check",
    "orders.release",
    "invoices.edit",
    "invoices.check",
    "invoices.release",
    "credit_memos.edit",
    "credit_memos.check",
    "credit_memos.release",
    "contracts.edit",
    "masters.edit",
    "posted.send",
    "posted.remark",
}
POSTER: Final = CLERK | {
    "orders.post",
    "invoices.post",
    "credit_memos.post",
    "posted.undo",
    "posted.update",
    "batches.run",
    "contracts.sign",
    "contracts.invoice",
    "contracts.credit",
}
ACCOUNTANT: Final = READ | {
    "masters.edit",
    "periods.edit",
    "prices.edit",
    "payments.edit",
    "posted.send",
    "posted.remark",
    "posted.update",
    "prepaid.release",
}
ADMIN: Final = READ | {"masters.edit", "users.edit", "tokens.edit", "company.edit", "audit.read"}

ROLES: Final[dict[str, frozenset[str]]] = {
    "viewer": READ,
    "clerk": CLERK,
    "poster": POSTER,
    "accountant": ACCOUNTANT,
    "admin": ADMIN,
}
PERMISSIONS: Final = frozenset().union(*ROLES.values())

PUBLIC: Final = "public"  # in a route's opt: why it needs no permission


def not_included(role: str, permission: str) -> str:
    """That a role may not do this, and which may."""
    names = [name for name, rights in ROLES.items() if permission in rights]
    return f"Your role “{role}” does not include this; {' and '.join(names)} may do it."


Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]


def requires(permission: str) -> Guard:
    """A guard that lets pass who has the permission. A permission that no role has is a mistake, found at once."""
    assert permission in PERMISSIONS, f"no role has the permission {permission}"

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        who = connection.scope.get("user")
        if not isinstance(who, Viewer):
            raise NotAuthorizedException("Sign in to go on.")
        if not who.may(permission):
            raise PermissionDeniedException(not_included(who.role, permission))

    guard.permission = permission  # type: ignore[attr-defined]
    return guard


# --- who is asking -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Viewer:
    """The signed-in user, as pages and templates see it."""

    user_name: str
    full_name: str
    role: str
    locale: str
    chosen_work_date: date | None = None

    @property
    def today(self) -> date:
        return datetime.now().astimezone().date()

    @property
    def work_date(self) -> date:
        """The date that `w` stands for: the chosen one, else today."""
        return self.chosen_work_date or self.today

    @property
    def acting(self) -> Acting:
        """The same person, as the store knows it."""
        return Acting(self.user_name, self.role, self.work_date, self.locale)

    def may(self, permission: str) -> bool:
        assert permission in PERMISSIONS, f"no role has the permission {permission}"
        return permission in ROLES.get(self.role, frozenset())


_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)


def viewer() -> Viewer | None:
    """Who is asking in the current request; None when nobody is signed in."""
    scope = _scope.get()
    who = scope.get("user") if scope else None
    return who if isinstance(who, Viewer) else None


def may(permission: str) -> bool:
    """Whether the one who is asking has the permission."""
    who = viewer()
    return who is not None and who.may(permission)


def path() -> str:
    """The path of the current request; blank outside of one."""
    scope = _scope.get()
    return str(scope.get("path", "")) if scope else ""


def csrf_token() -> str:
    """The token that each form of the page and each request of htmx carries."""
    scope = _scope.get()
    token = ScopeState.from_scope(scope).csrf_token if scope else None
    return token if isinstance(token, str) else ""


SESSION_COOKIE: Final = "finalize_session"


class Sessions(AbstractAuthenticationMiddleware):
    """Finds the user of the session cookie. Which route needs one is the business of its guard."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        _scope.set(connection.scope)
        token = connection.cookies.get(SESSION_COOKIE, "")
        found = await users.resume(token) if token else None
        if found is None:
            return AuthenticationResult(user=None, auth=None)
        who = Viewer(found.user_name, found.full_name, found.role, found.locale, found.work_date)
        return AuthenticationResult(user=who, auth=token)


# --- requests from elsewhere -------------------------------------------------------------------------------------

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class SameOrigin(ASGIMiddleware):
    """Refuses a change that a page of another site asks for (S-3), before anything is read.

    Browsers say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin`. A request with neither is no
    browser's; the CSRF token still guards it.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if "\0" in scope["path"]:  # no name has it, and not every database takes it
            raise NotFoundException("There is no such page.")
        if scope.get("method", "GET") not in SAFE_METHODS and not _from_here(scope):
            raise PermissionDeniedException("The request came from another site.")
        await next_app(scope, receive, send)


def _from_here(scope: Scope) -> bool:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get(b"origin")
    return origin is None or urlsplit(origin).netloc == headers.get(b"host")


def csrf_config(secret: str, secure: bool) -> CSRFConfig:
    """Double submit: a signed cookie and the same token in the form or header.

    SameSite is lax, not strict: for changes both are the same, but a strict cookie is missing when a person follows a
    link from a mail, a new one would be set, and every form open in another tab would be refused with all its text.
    """
    return CSRFConfig(
        secret=secret,
        cookie_name="finalize_csrf",
        cookie_secure=secure,
        cookie_httponly=True,
        cookie_samesite="lax",
        header_name="x-csrftoken",
    )


# --- what every answer carries -----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}


async def add_security_headers(message: Message, scope: Scope) -> None:
    """Runs before anything is sent, also for 404 and 405, which no middleware sees (S-3)."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if headers.get("content-type", "").startswith("text/html"):
        headers.extend_header_value("vary", "HX-Request")

"""Signing in and out, and the account page: password, locale, work date (S-2)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery
from litestar.response import Template

from webapp import formats
from webapp.forms import Field, Form, Name, read_form, show_form
from webapp.pages.answers import Note, Visit, local_path, page, see_other, submitted, typist
from webapp.posting.findings import finding
from webapp.security import PUBLIC, SESSION_COOKIE, requires
from webapp.store import users

WRONG: Final = "User name or password is wrong."
SETTINGS: Final = (Field("work_date", "day"), Field("locale", "choice", options=tuple(formats.LOCALES)))
PASSWORDS: Final = (
    Field("old_password", "text", length=users.PASSWORD_MOST),
    Field("new_password", "text", length=users.PASSWORD_MOST),
)


@get("/sign-in", opt={PUBLIC: "for people who are not signed in"})
async def show_sign_in(request: Visit, next: FromQuery[str] = "/") -> Response[Any]:
    if request.user:
        return see_other(request, local_path(next))
    return _sign_in_page(request, local_path(next))


def _sign_in_page(request: Visit, next: str, user_name: str = "", problem: str = "", status: int = 200) -> Template:
    return page(request, "sign_in/index.html", status, next=next, user_name=user_name, problem=problem)


@post("/sign-in", opt={PUBLIC: "for people who are not signed in"}, status_code=200)
async def sign_in(request: Visit) -> Response[Any]:
    typed = dict(await submitted(request))
    next, user_name = local_path(typed.get("next", "/")), typed.get("user_name", "")[:50]
    address = request.client.host if request.client else ""
    result = await users.sign_in(user_name, typed.get("password", ""), address, request.cookies.get(SESSION_COOKIE, ""))
    if isinstance(result, users.Refused):
        problem = f"Too many attempts. Try again in {in_words(result.wait)}." if result.wait else WRONG
        return _sign_in_page(request, next, user_name, problem, status=429 if result.wait else 422)
    answer = see_other(request, next)
    answer.set_cookie(_session_cookie(request, result, int(users.LONGEST.total_seconds())))
    return answer


def in_words(wait: timedelta) -> str:
    """A time to wait, rounded up: "40 seconds", "3 minutes"."""
    seconds = max(1, -(-int(wait.total_seconds() * 10) // 10))
    count, unit = (seconds, "second") if seconds < 90 else (-(-seconds // 60), "minute")
    return f"{count} {unit}{'s' if count != 1 else ''}"


def _session_cookie(request: Visit, token: str, seconds: int) -> Cookie:
    secure = bool(request.app.state.secure_cookies)
    return Cookie(SESSION_COOKIE, value=token, max_age=seconds, path="/", httponly=True, samesite="lax", secure=secure)


@post("/sign-out", guards=[requires("own.account")], status_code=200)
async def sign_out(request: Visit) -> Response[Any]:
    await users.sign_out(request.auth)
    return _signed_out(request)


@post("/account/sign-out-everywhere", guards=[requires("own.account")], status_code=200)
async def sign_out_everywhere(request: Visit) -> Response[Any]:
    await users.sign_out_everywhere(request.user.user_name)
    return _signed_out(request)


def _signed_out(request: Visit) -> Response[Any]:
    answer = see_other(request, "/sign-in")
    answer.set_cookie(_session_cookie(request, "", 0))
    return answer


# --- the account -------------------------------------------------------------------------------------------------


@get("/account", guards=[requires("own.account")])
async def show_account(request: Visit) -> Template:
    return _account_page(request)


def _account_page(
    request: Visit, form: Form | None = None, password_form: Form | None = None, status: int = 200
) -> Template:
    who = request.user
    values = {"work_date": who.chosen_work_date, "locale": who.locale}
    locales = [(one.code, one.name) for one in formats.LOCALES.values()]
    return page(
        request,
        "account/index.html",
        status,
        who_is=who,
        locales=locales,
        form=form or show_form(SETTINGS, values, who.locale),
        password_form=password_form or show_form(PASSWORDS, {}),
    )


@post("/account", guards=[requires("own.account")], status_code=200)
async def change_account(request: Visit) -> Response[Any]:
    form = read_form(SETTINGS, await submitted(request), typist(request))
    if not form.ok:
        return _account_page(request, form, status=422)
    await users.set_locale(request.user.user_name, str(form.values.get("locale") or request.user.locale))
    await _set_work_date(request, form)
    return see_other(request, "/account", Note("Your settings are saved."))


@post("/account/work-date", guards=[requires("own.account")], status_code=200)
async def change_work_date(request: Visit) -> Response[Any]:
    typed = await submitted(request)
    form = read_form(SETTINGS[:1], [pair for pair in typed if pair[0] != "next"], typist(request))
    if not form.ok:
        return _account_page(request, form, status=422)
    await _set_work_date(request, form)
    return see_other(request, local_path(dict(typed).get("next", "/")))


async def _set_work_date(request: Visit, form: Form) -> None:
    chosen = form.values.get("work_date")
    assert chosen is None or isinstance(chosen, date)
    await users.set_work_date(request.user.user_name, None if chosen == request.user.today else chosen)


@post("/account/password", guards=[requires("own.account")], status_code=200)
async def change_password(request: Visit) -> Response[Any]:
    typed = dict(await submitted(request))
    old, new = typed.get("old_password", ""), typed.get("new_password", "")
    form = show_form(PASSWORDS, {})
    if not users.PASSWORD_LEAST <= len(new) <= users.PASSWORD_MOST:
        low, high = f"{users.PASSWORD_LEAST}", f"{users.PASSWORD_MOST} characters long"
        form.add(Name("new_password", "New password").fault("number_out_of_range", low=low, high=high))
    elif not await users.change_password(request.user.user_name, old, new):
        form.add(finding("password_wrong", field="old_password"))
    if not form.ok:
        return _account_page(request, password_form=form, status=422)
    return _signed_out(request)


ROUTES: Final = (
    show_sign_in,
    sign_in,
    sign_out,
    sign_out_everywhere,
    show_account,
    change_account,
    change_work_date,
    change_password,
)

"""Who gets in, who may do what, and what every answer carries (S-1, S-2, S-3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from db import engine
from tests.pages.conftest import PASSWORD, Browser, make_app, open_browser
from webapp.pages.answers import local_path
from webapp.security import PUBLIC, ROLES, requires
from webapp.store import users

pytestmark = pytest.mark.once  # what pages say; what they store is tested on both databases

PUBLIC_PATHS = {"/sign-in", "/static/{name:str}", "/health"}


def handlers(app: Litestar) -> list[tuple[str, HTTPRouteHandler]]:
    return [
        (route.path_format, handler)
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if "OPTIONS" not in handler.http_methods or len(handler.http_methods) > 1
    ]


def test_each_route_names_its_permission() -> None:
    app = make_app()
    without = {
        path
        for path, handler in handlers(app)
        if not any(hasattr(guard, "permission") for guard in handler.resolve_guards())
    }
    named = {path for path, handler in handlers(app) if PUBLIC in handler.opt}
    assert {path.replace("{name}", "{name:str}") for path in without} == PUBLIC_PATHS
    assert without == named


def test_a_permission_that_no_role_has_is_found_at_once() -> None:
    with pytest.raises(AssertionError, match=r"orders\.pots"):
        requires("orders.pots")


def test_clerks_may_what_viewers_may_and_posters_what_clerks_may() -> None:
    assert ROLES["viewer"] < ROLES["clerk"] < ROLES["poster"]
    assert "orders.post" not in ROLES["clerk"] | ROLES["accountant"] | ROLES["admin"]
    assert all(ROLES["viewer"] < rights for role, rights in ROLES.items() if role != "viewer")


# --- signing in --------------------------------------------------------------------------------------------------


async def test_a_page_leads_to_the_sign_in_page_and_back(browser: Browser) -> None:
    answer = await browser.get("/customers?q=pump")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/customers%3Fq%3Dpump")
    await browser.get("/sign-in?next=/customers%3Fq%3Dpump")
    answer = await browser.post("/sign-in", {"user_name": "clara", "password": PASSWORD, "next": "/customers?q=pump"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/customers?q=pump")
    assert "Clara Clerk" in (await browser.get("/")).text


async def test_the_session_cookie_is_for_the_server_alone_and_its_token_is_not_stored(browser: Browser) -> None:
    answer = await browser.sign_in("CLARA")
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("finalize_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    token = browser.client.cookies["finalize_session"]
    async with engine.reading() as session:
        stored = await session.fetch("SELECT token_hash FROM app_session")
    assert stored == [(users.token_hash(token),)]
    assert token not in str(stored)


async def test_cookies_are_secure_behind_tls(database: str, people: None) -> None:
    browser = open_browser(make_app(secure_cookies=True))
    cookies = (await browser.get("/sign-in")).headers.get_list("set-cookie")
    assert all("Secure" in cookie for cookie in cookies)


async def test_a_session_that_someone_planted_is_not_taken_over(browser: Browser) -> None:
    browser.client.cookies.set("finalize_session", "planted")
    await browser.sign_in("CLARA")
    assert browser.client.cookies.get("finalize_session", domain="finalize.test") != "planted"
    assert await users.resume("planted") is None


async def test_signing_in_again_ends_the_session_before(browser: Browser) -> None:
    await browser.sign_in("CLARA")
    first = browser.client.cookies["finalize_session"]
    assert not isinstance(await users.sign_in("CLARA", PASSWORD, "1.2.3.4", first), users.Refused)
    assert await users.resume(first) is None


@pytest.mark.parametrize("name", ["CLARA", "NOBODY", "GONE", ""])
async def test_a_wrong_password_reads_the_same_for_every_name(browser: Browser, name: str, hashes: Any) -> None:
    await users.add_user("GONE", "", "clerk", hashes["password"])
    async with engine.transaction() as session:
        await session.execute("UPDATE app_user SET active = ? WHERE user_name = ?", False, "GONE")
    answer = await browser.sign_in(name, PASSWORD if name == "GONE" else "wrong")
    assert answer.status_code == 422
    assert "User name or password is wrong." in answer.text
    assert "finalize_session" not in browser.client.cookies


def test_the_wait_after_failures_doubles_and_ends_with_a_success() -> None:
    now = datetime(2026, 3, 15, 12, tzinfo=UTC)
    failed = [(now, False)]
    assert users.wait_after(failed * 4, 5, now) == timedelta(0)
    assert users.wait_after(failed * 5, 5, now) == timedelta(seconds=30)
    assert users.wait_after(failed * 7, 5, now + timedelta(seconds=20)) == timedelta(seconds=100)
    assert users.wait_after(failed * 40, 5, now) == timedelta(minutes=15)
    assert users.wait_after([*failed * 4, (now, True), *failed * 9], 5, now) == timedelta(0)


async def test_too_many_attempts_have_to_wait_even_with_the_right_password(browser: Browser) -> None:
    async with engine.transaction() as session:
        for _ in range(5):
            await users._note_attempt(session, "CLARA", "9.9.9.9", datetime.now(UTC), ok=False)
    answer = await browser.sign_in("clara")
    assert answer.status_code == 429
    assert "Too many attempts. Try again in 30 seconds." in answer.text
    assert (await browser.sign_in("POLLY")).status_code == 303


async def test_too_many_attempts_from_one_address_have_to_wait(app: Litestar, people: None) -> None:
    async with engine.transaction() as session:
        for at in range(30):
            await users._note_attempt(session, f"GUESS{at}", "6.6.6.6", datetime.now(UTC), ok=False)
    assert (await open_browser(app, "6.6.6.6").sign_in("CLARA")).status_code == 429
    assert (await open_browser(app, "7.7.7.7").sign_in("CLARA")).status_code == 303


@pytest.mark.parametrize(
    ("column", "age"), [("last_seen_at", users.IDLE), ("expires_at", timedelta(0))], ids=["idle", "too long"]
)
async def test_a_session_ends_by_itself(browser: Browser, column: str, age: timedelta) -> None:
    await browser.sign_in("CLARA")
    async with engine.transaction() as session:
        moment = datetime.now(UTC) - age - timedelta(seconds=1)
        await session.execute(f"UPDATE app_session SET {column} = ?", moment)
    assert (await browser.get("/")).status_code == 303


async def test_signing_out_everywhere_ends_every_session(browser: Browser, app: Litestar) -> None:
    other = open_browser(app)
    await other.sign_in("CLARA")
    await browser.sign_in("CLARA")
    answer = await browser.post("/account/sign-out-everywhere")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert (await other.get("/")).status_code == 303


async def test_signing_out_ends_this_session(browser: Browser) -> None:
    await browser.sign_in("CLARA")
    token = browser.client.cookies["finalize_session"]
    await browser.post("/sign-out")
    assert await users.resume(token) is None
    assert (await browser.get("/")).status_code == 303


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "evil", "/a\nb", ""]
)
def test_the_way_back_never_leaves_the_site(path: str) -> None:
    assert local_path(path) == "/"


# --- changes from elsewhere --------------------------------------------------------------------------------------


async def test_a_change_needs_the_token_of_the_page(browser: Browser) -> None:
    await browser.sign_in("CLARA")
    browser.token = ""
    answer = await browser.post("/account/work-date", {"work_date": "t"})
    assert answer.status_code == 403
    assert "too old" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
async def test_a_change_that_another_site_asks_for_is_refused(browser: Browser, headers: dict[str, str]) -> None:
    await browser.sign_in("CLARA")
    answer = await browser.post("/account/work-date", {"work_date": "t"}, **headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "same-origin"}, {"origin": "http://finalize.test"}, {}])
async def test_a_change_from_the_page_itself_is_taken(browser: Browser, headers: dict[str, str]) -> None:
    await browser.sign_in("CLARA")
    assert (await browser.post("/account/work-date", {"work_date": "t"}, **headers)).status_code == 303


# --- every answer ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sign-in", 200),
        ("/", 303),
        ("/nowhere", 404),
        ("/nowhere/at/all", 404),
        ("/static/none.css", 404),
        ("/health", 200),
        ("/sign-out", 405),
    ],
)
async def test_every_answer_carries_the_security_headers(browser: Browser, path: str, status: int) -> None:
    answer = await browser.get(path)
    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    if answer.headers["content-type"].startswith("text/html"):
        assert "HX-Request" in answer.headers["vary"]


async def test_pages_hold_no_inline_script_or_style(browser: Browser) -> None:
    await browser.sign_in("ADA")
    for path in ("/", "/customers", "/customers/new", "/set-up", "/account", "/set-up/company"):
        text = (await browser.get(path)).text
        assert "<style" not in text
        assert " style=" not in text
        assert "onclick" not in text
        assert "hx-on" not in text
        assert all("src=" in script for script in text.split("<script")[1:])


async def test_a_message_for_htmx_leaves_the_page_as_it_is(browser: Browser) -> None:
    answer = await browser.post("/account/work-date", {"work_date": "t"}, **{"hx-request": "true"})
    assert answer.status_code == 403
    await browser.get("/sign-in")
    answer = await browser.post("/account/work-date", {"work_date": "t"}, **{"hx-request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-retarget"] == "#messages"
    assert "<html" not in answer.text


async def test_a_fault_of_the_program_is_a_page_without_its_words(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret words")

    await browser.sign_in("CLARA")
    monkeypatch.setattr("webapp.store.masters.get_master", broken)
    answer = await browser.get("/customers/C-GOOD")
    assert answer.status_code == 500
    assert "secret words" not in answer.text
    assert "Nothing was half done" in answer.text


async def test_a_database_out_of_reach_is_said_and_can_be_tried_again(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object) -> None:
        raise engine.Busy("locked")

    await browser.sign_in("CLARA")
    monkeypatch.setattr("webapp.store.masters.get_master", busy)
    answer = await browser.get("/customers/C-GOOD")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


# --- the account -------------------------------------------------------------------------------------------------


async def test_the_work_date_is_kept_until_the_next_sign_in(browser: Browser) -> None:
    await browser.sign_in("CLARA")
    await browser.post("/account/work-date", {"work_date": "2026-03-15", "next": "/customers"})
    assert "15/03/2026" in (await browser.get("/")).text
    await browser.sign_in("CLARA")
    assert "15/03/2026" not in (await browser.get("/")).text


async def test_a_work_date_that_is_none_keeps_what_was_typed(browser: Browser) -> None:
    await browser.sign_in("CLARA")
    answer = await browser.post("/account/work-date", {"work_date": "31-02"})
    assert answer.status_code == 422
    assert 'value="31-02"' in answer.text


async def test_the_locale_changes_how_dates_are_written(browser: Browser) -> None:
    await browser.sign_in("CLARA")
    await browser.post("/account", {"work_date": "2026-03-15", "locale": "de_DE"})
    assert "15.03.2026" in (await browser.get("/")).text


async def test_a_new_password_needs_the_old_one_and_ends_the_session(browser: Browser) -> None:
    await browser.sign_in("CLARA")
    new = {"new_password": "another battery"}
    assert "The password is not right" in (await browser.post("/account/password", {"old_password": "x", **new})).text
    short = {"old_password": PASSWORD, "new_password": "short"}
    assert (await browser.post("/account/password", short)).status_code == 422
    answer = await browser.post("/account/password", {"old_password": PASSWORD, **new})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert (await browser.sign_in("CLARA", "another battery")).status_code == 303

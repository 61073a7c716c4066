"""Users, their sessions, their attempts to sign in, and what they prefer (S-2).

A session is a random token in the browser and its SHA-256 in the database. It ends when nothing came for `IDLE`, at
the latest after `LONGEST`, at sign-out, and when the user signs out everywhere or is made inactive.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from db import engine
from db.engine import Session

__all__ = [
    "Refused",
    "SignedIn",
    "accountants",
    "add_user",
    "change_password",
    "create_user",
    "names_of_users",
    "resume",
    "set_locale",
    "set_work_date",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "wait_after",
]

IDLE: Final = timedelta(hours=4)
LONGEST: Final = timedelta(hours=16)
SEEN_EVERY: Final = timedelta(minutes=1)
WATCHED: Final = timedelta(minutes=15)
FREE_PER_USER: Final = 5
FREE_PER_ADDRESS: Final = 30
FIRST_WAIT: Final = timedelta(seconds=30)
PASSWORD_LEAST: Final = 10
PASSWORD_MOST: Final = 200
WORK_DATE: Final = "WORK_DATE"

_hasher = PasswordHasher()
_hashing = asyncio.Semaphore(2)  # argon2 takes 64 MB and a core each time


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user with a live session. `work_date` is None as long as the user works with today."""

    user_name: str
    full_name: str
    role: str
    locale: str
    work_date: date | None
    token_hash: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A sign-in that failed: wrong name or password, or too many attempts and how long to wait."""

    wait: timedelta | None = None


# --- passwords ---------------------------------------------------------------------------------------------------


def hash_password(password: str) -> str:
    return _hasher.hash(password)


@cache
def _hash_of_nobody() -> str:
    return _hasher.hash(secrets.token_hex(16))


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


async def _verified(password_hash: str | None, password: str) -> bool:
    """Whether the password fits. Takes as long for a user that does not exist."""
    async with _hashing:
        fits = await asyncio.to_thread(_fits, password_hash or _hash_of_nobody(), password)
    return fits and password_hash is not None


# --- signing in and out ------------------------------------------------------------------------------------------


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def wait_after(attempts: Iterable[tuple[datetime, bool]], free: int, now: datetime) -> timedelta:
    """How long to wait after these attempts (when, success), newest first: nothing for the first `free` failures in a
    row, then 30 seconds, doubled by each further one, at most 15 minutes."""
    failures: list[datetime] = []
    for at, ok in attempts:
        if ok:
            break
        failures.append(at)
    if len(failures) < free:
        return timedelta(0)
    pause = min(FIRST_WAIT * (1 << min(len(failures) - free, 10)), WATCHED)
    return max(failures[0] + pause - now, timedelta(0))


async def sign_in(user_name: str, password: str, address: str, old_token: str = "") -> str | Refused:
    """The token of a new session, or why there is none. A session that the browser had before ends (S-2)."""
    name, now = user_name.strip().upper()[:50], datetime.now(UTC)
    password_hash, wait = await _hash_and_wait(name, address, now)
    if wait:
        return Refused(wait)
    if not await _verified(password_hash, password[:PASSWORD_MOST]):
        async with engine.transaction() as session:
            await _note_attempt(session, name, address, now, ok=False)
        return Refused()
    token = secrets.token_urlsafe(32)
    async with engine.transaction() as session:
        await _note_attempt(session, name, address, now, ok=True)
        await session.execute("DELETE FROM app_session WHERE token_hash = ?", token_hash(old_token))
        await session.execute("DELETE FROM app_session WHERE user_name = ? AND expires_at < ?", name, now)
        await session.execute("DELETE FROM user_preference WHERE user_name = ? AND name = ?", name, WORK_DATE)
        await session.execute(
            "INSERT INTO app_session (token_hash, user_name, created_at, last_seen_at, expires_at, address)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            *(token_hash(token), name, now, now, now + LONGEST, address[:64]),
        )
    return token


async def _hash_and_wait(name: str, address: str, now: datetime) -> tuple[str | None, timedelta]:
    """The password hash of the active user, None when there is no such user; and how long to wait before a try."""
    since = now - WATCHED
    async with engine.reading() as session:
        users, of_user, of_address = await session.fetch_all(
            [
                ("SELECT password_hash FROM app_user WHERE user_name = ? AND active = ?", (name, True)),
                (
                    "SELECT at, ok FROM sign_in_attempt WHERE user_name = ? AND at > ? ORDER BY id DESC LIMIT 40",
                    (name, since),
                ),
                (
                    "SELECT at, ok FROM sign_in_attempt WHERE address = ? AND at > ? AND ok = ?"
                    " ORDER BY id DESC LIMIT 80",
                    (address[:64], since, False),
                ),
            ]
        )
    of_user_wait = wait_after(((row[0], row[1]) for row in of_user), FREE_PER_USER, now)
    of_address_wait = wait_after(((row[0], row[1]) for row in of_address), FREE_PER_ADDRESS, now)
    return users[0][0] if users else None, max(of_user_wait, of_address_wait)


async def _note_attempt(session: Session, name: str, address: str, now: datetime, ok: bool) -> None:
    await session.execute(
        "INSERT INTO sign_in_attempt (user_name, address, at, ok) VALUES (?, ?, ?, ?)",
        *(name, address[:64], now, ok),
    )


async def resume(token: str) -> SignedIn | None:
    """The user of a session that still lives. Notes at most once a minute that it was used."""
    hashed, now = token_hash(token), datetime.now(UTC)
    rows = await engine.fetch(
        "SELECT u.user_name, u.full_name, u.role, u.locale, p.value, s.last_seen_at, s.expires_at"
        " FROM app_session s JOIN app_user u ON u.user_name = s.user_name"
        " LEFT JOIN user_preference p ON p.user_name = u.user_name AND p.name = ?"
        " WHERE s.token_hash = ? AND u.active = ?"
        " AND (u.signed_out_everywhere_at IS NULL OR s.created_at > u.signed_out_everywhere_at)",
        *(WORK_DATE, hashed, True),
    )
    if not rows:
        return None
    name, full_name, role, locale, work_date, seen, expires = rows[0]
    if now >= expires or now - seen > IDLE:
        return None
    if now - seen > SEEN_EVERY:
        await _note_seen(hashed, now)
    return SignedIn(name, full_name, role, locale, date.fromisoformat(work_date) if work_date else None, hashed)


async def _note_seen(hashed: str, now: datetime) -> None:
    """A full or busy database must not keep a person from reading, so a failure is left for the next minute."""
    try:
        async with engine.transaction() as session:
            await session.execute("UPDATE app_session SET last_seen_at = ? WHERE token_hash = ?", now, hashed)
    except engine.DatabaseError:
        return


async def sign_out(token: str) -> None:
    async with engine.transaction() as session:
        await session.execute("DELETE FROM app_session WHERE token_hash = ?", token_hash(token))


async def sign_out_everywhere(user_name: str) -> None:
    async with engine.transaction() as session:
        await _end_sessions(session, user_name)


async def _end_sessions(session: Session, user_name: str) -> None:
    await session.execute(
        "UPDATE app_user SET signed_out_everywhere_at = ? WHERE user_name = ?", datetime.now(UTC), user_name
    )
    await session.execute("DELETE FROM app_session WHERE user_name = ?", user_name)


# --- the user's own settings -------------------------------------------------------------------------------------


async def set_work_date(user_name: str, work_date: date | None) -> None:
    """The date that `w` stands for and new documents get; None is today. Signing in sets it back to today."""
    async with engine.transaction() as session:
        await session.execute("DELETE FROM user_preference WHERE user_name = ? AND name = ?", user_name, WORK_DATE)
        if work_date is not None:
            await session.execute(
                "INSERT INTO user_preference (user_name, name, value) VALUES (?, ?, ?)",
                *(user_name, WORK_DATE, work_date.isoformat()),
            )


async def set_locale(user_name: str, locale: str) -> None:
    async with engine.transaction() as session:
        await session.execute("UPDATE app_user SET locale = ? WHERE user_name = ?", locale, user_name)


async def change_password(user_name: str, old: str, new: str) -> bool:
    """Sets a new password when the old one fits, and ends every session of the user."""
    rows = await engine.fetch("SELECT password_hash FROM app_user WHERE user_name = ?", user_name)
    if not rows or not await _verified(rows[0][0], old[:PASSWORD_MOST]):
        return False
    hashed = await asyncio.to_thread(hash_password, new)
    async with engine.transaction() as session:
        await session.execute("UPDATE app_user SET password_hash = ? WHERE user_name = ?", hashed, user_name)
        await _end_sessions(session, user_name)
    return True


async def accountants() -> list[str]:
    """Who is asked when a posting setup is missing: the names of the active accountants."""
    sql = "SELECT full_name, user_name FROM app_user WHERE role = ? AND active = ? ORDER BY full_name, user_name"
    return [str(name or user) for name, user in await engine.fetch(sql, "accountant", True)]


async def names_of_users(users: Sequence[str]) -> dict[str, str]:
    """The names of these users; the user name of one who has none, or is not there (any more)."""
    wanted = sorted({user for user in users if user})
    found = {user: user for user in wanted}
    if not wanted:
        return found
    sql = f"SELECT user_name, full_name FROM app_user WHERE user_name IN ({', '.join('?' * len(wanted))})"
    found |= {str(user): str(name) for user, name in await engine.fetch(sql, *wanted) if name}
    return found


async def create_user(user_name: str, full_name: str, role: str, password: str, locale: str = "en_GB") -> None:
    """A new active user; `engine.Duplicate` when the name is taken."""
    await add_user(user_name, full_name, role, await asyncio.to_thread(hash_password, password), locale)


async def add_user(user_name: str, full_name: str, role: str, password_hash: str, locale: str = "en_GB") -> None:
    """The same with a password that is hashed already."""
    async with engine.transaction() as session:
        await session.execute(
            "INSERT INTO app_user (user_name, full_name, role, password_hash, active, locale, row_version)"
            " VALUES (?, ?, ?, ?, ?, ?, 1)",
            *(user_name.strip().upper(), full_name, role, password_hash, True, locale),
        )

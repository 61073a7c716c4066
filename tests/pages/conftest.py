"""A browser without a screen: the application on a fresh database, and people signed in to it."""

from __future__ import annotations

import functools
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from litestar import Litestar

from webapp.app import create_app
from webapp.settings import Settings
from webapp.store import users
from webapp.store.acting import system
from webapp.store.masters import MASTERS, save_master

PASSWORD = "correct horse battery"
SECRET = "s" * 40
PEOPLE = {
    "VERA": ("Vera Viewer", "viewer"),
    "CLARA": ("Clara Clerk", "clerk"),
    "POLLY": ("Polly Poster", "poster"),
    "ANNA": ("Anna Accountant", "accountant"),
    "ADA": ("Ada Admin", "admin"),
}
CODE_BY_URL = re.compile(r'name="_csrf_token" value="([0-9a-f]+)"')


@pytest.fixture(scope="session")
def hashes() -> dict[str, str]:
    """One hash for everybody, and a cheap one: verifying is slow on purpose, and every test signs somebody in."""
    return {"password": PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)}


@functools.cache
def make_app(**changes: Any) -> Litestar:
    """The application, made once for all tests: registering its routes and compiling its templates takes longer than
    most of them. Its database is the one that the test is connected to, for nothing here starts it."""
    return create_app(Settings(database_url="sqlite:///unused", data=Path("unused"), secret=SECRET, **changes))


@pytest.fixture
async def people(database: str, hashes: dict[str, str]) -> None:
    """One user of each role."""
    for name, (full_name, role) in PEOPLE.items():
        await users.add_user(name, full_name, role, hashes["password"])


async def put(slug: str, **values: Any) -> None:
    _, found = await save_master(system(date(2026, 3, 15)), MASTERS[slug], None, values, None)
    assert [one.message for one in found if one.is_error] == []


@pytest.fixture
async def masters(database: str) -> None:
    """A good customer, a blocked one, and what they refer to."""
    await put("countries", code="GB", description="United Kingdom")
    await put("payment-terms", code="30D", due_formula="30D", description="30 days")
    await put("customers", no="C-GOOD", name="Northern Pumps Ltd", city="Leeds", country_code="GB")
    await put("customers", no="C-BLOCKED", name="=Müller & Söhne", blocked="all", credit_limit=Decimal("1500.5"))


@dataclass
class Browser:
    """Follows no redirect by itself; sends the token of the last page with each form, as a page would."""

    client: httpx.AsyncClient
    token: str = ""

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return self._seen(await self.client.get(path, headers=headers))

    async def post(self, path: str, values: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        form = {"_csrf_token": self.token, **(values or {})}
        return self._seen(await self.client.post(path, data=form, headers=headers))

    async def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        await self.get("/sign-in")
        answer = await self.post("/sign-in", {"user_name": name, "password": password})
        if answer.status_code == 303:
            await self.get("/")
        return answer

    def _seen(self, answer: httpx.Response) -> httpx.Response:
        if found := CODE_BY_URL.search(answer.text):
            self.token = found[1]
        return answer


def open_browser(app: Litestar, address: str = "127.0.0.1") -> Browser:
    transport = httpx.ASGITransport(app=app, client=(address, 1234))  # type: ignore[arg-type]
    return Browser(httpx.AsyncClient(transport=transport, base_url="http://finalize.test"))


@pytest.fixture
def app(database: str) -> Litestar:
    return make_app()


@pytest.fixture
async def browser(app: Litestar, people: None) -> AsyncIterator[Browser]:
    made = open_browser(app)
    yield made
    await made.client.aclose()

"""Browser tests: a server process on a database of its own, Chromium of the system, and axe.

The fixtures of `tests/` make the databases; `--engine` chooses which. Without Chromium the tests are skipped, loudly,
and fail under CI=true.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from db import engine
from tests.conftest import (  # noqa: F401  the hooks and fixtures are used by pytest
    Databases,
    databases,
    engine_name,
    migrated_template,
    pytest_addoption,
    pytest_configure,
)
from webapp.store import users
from webapp.store.acting import system
from webapp.store.packs import import_pack

ROOT = Path(__file__).resolve().parents[1]
AXE = (Path(__file__).parent / "axe-4.14.1.min.js").read_text()
PASSWORD = "correct horse battery"
PEOPLE = {
    "VERA": ("Vera Viewer", "viewer"),
    "CLARA": ("Clara Clerk", "clerk"),
    "POLLY": ("Polly Poster", "poster"),
    "ANNA": ("Anna Accountant", "accountant"),
    "ADA": ("Ada Admin", "admin"),
}
PACK: dict[str, Any] = {
    "countries": [{"code": "GB", "description": "United Kingdom"}, {"code": "AT", "description": "Austria"}],
    "payment_terms": [{"code": "30D", "due_formula": "30D", "description": "30 days net"}],
    "units_of_measure": [{"code": "PCS", "description": "Piece"}],
    "items": [{"no": "PUMP", "description": "Circulation pump 40 l/min", "base_uom": "PCS", "unit_price": "1240.5"}],
    "customers": [
        {"no": "C-GOOD", "name": "Northern Pumps Ltd", "city": "Leeds", "country_code": "GB"},
        {"no": "C-BLOCKED", "name": "Müller & Söhne", "city": "Graz", "blocked": "all"},
        *({"no": f"C{no:04}", "name": f"Brewery {no}", "city": "York", "credit_limit": no * 100} for no in range(120)),
    ],
}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("Chromium is not installed: browser tests CANNOT RUN (apt-get install chromium)")
    return {**browser_type_launch_args, "executable_path": path}


def in_loop(work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    """Runs it in an event loop of another thread, since Playwright has one here."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(work())).result()


async def fill(url: str) -> None:
    hashed = users.hash_password(PASSWORD)
    async with engine.connected(url):
        for name, (full_name, role) in PEOPLE.items():
            await users.add_user(name, full_name, role, hashed)
        result = await import_pack(system(date(2026, 3, 15)), PACK)
        assert [one.message for one in result.findings if one.is_error] == []


@contextmanager
def serving(url: str) -> Iterator[str]:
    """The address of a server on this database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "e2e.server", url, str(port)], cwd=ROOT)
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, "the server has stopped"
        try:
            with urllib.request.urlopen(url) as answer:
                assert answer.status == 200
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


@pytest.fixture(scope="session")
def base_url(databases: Databases, migrated_template: str) -> Iterator[str]:  # noqa: F811
    url = databases.create(migrated_template)
    in_loop(lambda: fill(url))
    with serving(url) as address:
        yield address
    databases.give_up(url)


@pytest.fixture
def faults(context: BrowserContext) -> Iterator[list[str]]:
    """What the browser complains about: errors of scripts, and answers of the server that are faults."""
    found: list[str] = []
    context.on("weberror", lambda error: found.append(str(error.error)))
    context.on(
        "response", lambda answer: found.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None
    )
    context.on("console", lambda message: found.append(message.text) if "Content Security" in message.text else None)
    yield found
    assert found == []


@pytest.fixture
def sign_in(page: Page, base_url: str, faults: list[str]) -> Callable[[str], Page]:
    """`sign_in("CLARA")` gives a page on which Clara is at home."""

    def do(name: str) -> Page:
        page.goto("/sign-in")
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{base_url}/")
        return page

    return do


RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands; through the debugger, which no content security policy binds."""
    debugger = page.context.new_cdp_session(page)
    debugger.send("Runtime.evaluate", {"expression": AXE})
    run = f"axe.run(document, {{runOnly: {json.dumps(RULES)}}}).then((found) => JSON.stringify(found.violations))"
    answer = debugger.send("Runtime.evaluate", {"expression": run, "awaitPromise": True, "returnByValue": True})
    debugger.detach()
    found = json.loads(answer["result"]["value"])
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]

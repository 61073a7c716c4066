"""Browser tests: a server process on a database of its own, Chromium of the system, and axe.

The fixtures of `tests/` make the databases; `--engine` chooses which. Without Chromium the tests are skipped, loudly,
and fail under CI=true.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from db import demo as demo_data
from db import engine
from tests.browser import program
from tests.conftest import (  # noqa: F401  the hooks and fixtures are used by pytest
    Databases,
    databases,
    engine_name,
    migrated_template,
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
)
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts, users
from webapp.store.acting import Acting, system
from webapp.store.attachments import Upload, add_attachments
from webapp.store.demo import load_demo
from webapp.store.packs import import_pack
from webapp.store.posting import post_document

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[1]
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
    path = program()
    if path is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("Chromium is not installed: browser tests CANNOT RUN (apt-get install chromium-headless-shell)")
    return {**browser_type_launch_args, "executable_path": path}


def in_loop(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs it in an event loop of another thread, since Playwright has one here."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()


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
    for _ in range(900):  # a busy machine takes its time
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


def watch(context: BrowserContext, found: list[str]) -> None:
    """Notes what the browser complains about: errors of scripts, and answers of the server that are faults."""
    context.on("weberror", lambda error: found.append(str(error.error)))
    context.on(
        "response", lambda answer: found.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None
    )
    context.on("console", lambda message: found.append(message.text) if "Content Security" in message.text else None)


@pytest.fixture
def faults(context: BrowserContext) -> Iterator[list[str]]:
    found: list[str] = []
    watch(context, found)
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


# --- the demo company -----------------------------------------------------------------------------------------------

CUSTOMER = "C20010"  # domestic, out of trouble
WORK_DATE = date.today()  # noqa: DTZ011  the date where the server stands
CLERK = Acting("CLERK", "clerk", WORK_DATE)
POSTER = Acting("POSTER", "poster", WORK_DATE)
FOUR_LINES = (("item", "MEASURE-1", 10), ("resource", "T-BRUNNER", 4), ("item", "MEASURE-2", 6), ("cost", "TRIP-1", 1))
Line = tuple[str, str, int]


@dataclass
class Demo:
    """The demo company behind a server of its own; orders are made for each test through the services."""

    url: str
    address: str
    states: dict[str, Any] = field(default_factory=dict)

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        async def connected() -> T:
            async with engine.connected(self.url):
                return await work()

        return in_loop(connected)

    def rows(self, sql: str, *args: object) -> list[tuple[Any, ...]]:
        async def read() -> list[tuple[Any, ...]]:
            async with engine.reading() as session:
                return await session.fetch(sql, *args)

        return self.run(read)

    def order(
        self,
        lines: Sequence[Line] = FOUR_LINES,
        customer: str = CUSTOMER,
        post: str = "",
        machine: bool = True,
        **head: Any,
    ) -> str:
        """The number of a new order; with `post` it is posted with that option."""
        return self.run(lambda: make_order(lines, customer, post, machine, head))

    def change(self, no: str, line_no: int, **values: Any) -> None:
        self.run(lambda: _changed(no, line_no, values))

    def attach(self, no: str) -> None:
        """A file for the order."""
        file = Upload("report.txt", b"All is well.")
        assert self.run(lambda: add_attachments(CLERK, ("order", no), [file])) == []

    def forget_last_option(self) -> None:
        """As for somebody who posts for the first time."""
        self.run(_forget)

    def post(self, no: str, option: str) -> None:
        self.run(lambda: _posted(no, option))


def said(found: Sequence[Any]) -> list[str]:
    return [one.message for one in found if one.is_error]


async def make_order(lines: Sequence[Line], customer: str, post: str, machine: bool, head: dict[str, Any]) -> str:
    values = {"customer_no": customer, "dim_1": "FIELD", "description": "Seal drips", **head}
    saved = await drafts.create_document(CLERK, "order", values)
    assert said(saved.findings) == []
    assert saved.key is not None
    if machine:
        item_line = await drafts.add_item_line(CLERK, saved.key, {"service_item_no": await _machine(customer)})
        assert said(item_line.findings) == []
    for kind, no, quantity in lines:
        line = {"type": kind, "no": no, "quantity": Decimal(quantity), "service_item_line_no": 10000 * machine}
        assert said((await drafts.add_line(CLERK, saved.key, line)).findings) == []
    if post:
        await _posted(saved.key.no, post)
    return saved.key.no


async def _machine(customer: str) -> str:
    """A machine of the customer whose warranty is over, so that nothing is free of charge."""
    machines = demo_data.machines(WORK_DATE)
    return next(one.no for one in machines if one.customer_no == customer and not one.in_warranty)


async def _changed(no: str, line_no: int, values: dict[str, Any]) -> None:
    exact = {name: Decimal(value) if isinstance(value, int) else value for name, value in values.items()}
    assert said((await drafts.change_line(CLERK, DocumentKey("order", no), line_no, exact)).findings) == []


async def _forget() -> None:
    async with engine.transaction() as session:
        await session.execute("DELETE FROM user_preference WHERE name = 'posting_option'")


async def _posted(no: str, option: str) -> None:
    assert said((await post_document(POSTER, DocumentKey("order", no), REQUESTS[option])).findings) == []


@pytest.fixture(scope="session")
def demo_template(databases: Databases, migrated_template: str) -> str:  # noqa: F811
    """A database with the demo company and items that never run out; copied, never used itself."""
    url = databases.create(migrated_template)

    async def load() -> None:
        async with engine.connected(url):
            await load_demo(WORK_DATE)
            result = await import_pack(system(WORK_DATE), demo_data.measuring_pack(WORK_DATE))
            assert said(result.findings) == []

    in_loop(load)
    return url


@pytest.fixture(scope="session")
def demo(databases: Databases, demo_template: str) -> Iterator[Demo]:  # noqa: F811
    url = databases.create(demo_template)
    with serving(url) as address:
        yield Demo(url, address)
    databases.give_up(url)


class Desk:
    """People at their screens in the demo company. `at("POSTER")` is a page on which the poster is at home."""

    def __init__(self, browser: Browser, demo: Demo) -> None:
        self.browser, self.demo = browser, demo
        self.found: list[str] = []
        self.contexts: list[BrowserContext] = []

    def at(self, name: str = "POSTER", script: bool = True, **options: Any) -> Page:
        if name not in self.demo.states:
            self._sign_in(name)
        size = {"width": 1440, "height": 900}
        context = self.browser.new_context(
            base_url=self.demo.address,
            java_script_enabled=script,
            storage_state=self.demo.states[name],
            **{"viewport": size, **options},
        )
        context.add_init_script(PRINT_IS_NOTED)
        watch(context, self.found)
        self.contexts.append(context)
        return context.new_page()

    def _sign_in(self, name: str) -> None:
        context = self.browser.new_context(base_url=self.demo.address)
        page = context.new_page()
        page.goto("/sign-in")
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill(demo_data.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self.demo.address}/")
        self.demo.states[name] = context.storage_state()
        context.close()


PRINT_IS_NOTED = "window.print = () => document.documentElement.setAttribute('data-dialog', 'open')"


@pytest.fixture
def desk(browser: Browser, demo: Demo) -> Iterator[Desk]:
    made = Desk(browser, demo)
    yield made
    for context in made.contexts:
        context.close()
    assert made.found == []

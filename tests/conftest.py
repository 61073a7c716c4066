"""Fixtures of every test: a fresh, migrated database of the chosen engine.

    async def test_something(database): ...       connected through db.engine, gone afterwards
    def test_server(fresh_database_url): ...      migrated, not connected: for a server process of one's own

`pytest tests --engine postgresql -m database` repeats on PostgreSQL what touches the database; tests that use one of
these fixtures carry the mark by themselves.
"""

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog

from db import engine as db_engine
from db import migrate
from tests import postgres
from tests.memory import in_memory
from webapp.memory import settle

LONG = os.environ.get("FINALIZE_LONG") == "1"
MARKERS = (
    "database: touches the database; repeated on PostgreSQL",
    "only(engine): about one database, and not collected on the other",
    "once: says nothing about the database; repeated on PostgreSQL in the long form alone",
    "long: for `./finalize test long` alone",
)
hypothesis.settings.register_profile("short", max_examples=40, deadline=None, print_blob=True)
hypothesis.settings.register_profile("long", max_examples=1000, deadline=None, print_blob=True)

_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=("sqlite", "postgresql"), default="sqlite", help="the database to test on")


def plain_log() -> None:
    """Traces without the values around them: writing those of a posting takes half a minute."""
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.reset_defaults()  # also where it is written to
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


def pytest_configure(config: pytest.Config) -> None:
    plain_log()
    for line in MARKERS:
        config.addinivalue_line("markers", line)
    hypothesis.settings.load_profile("long" if LONG else "short")
    engine = config.getoption("--engine")
    if engine == "postgresql" and postgres.binaries() is None:
        pytest.exit("PostgreSQL is not installed: these tests CANNOT RUN (apt-get install postgresql)", returncode=4)
    os.environ["DATABASE_URL"] = "sqlite:///:none:" if engine == "sqlite" else "postgresql://none"
    db_engine.piccolo_engine()  # fixes the kind before any table class asks for it


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end, as in the server."""
    settle()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    engine = config.getoption("--engine")
    for item in items:
        if {"database", "fresh_database_url", "empty_database_url"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")
    left = [item for item in items if not _belongs(item, engine)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


def _belongs(item: pytest.Item, engine: str) -> bool:
    only = item.get_closest_marker("only")
    if only is not None and engine not in only.args:
        return False
    if LONG:
        return True
    again = engine == "postgresql" and item.get_closest_marker("once") is not None
    return item.get_closest_marker("long") is None and not again


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": True}  # as in production


@pytest.fixture(scope="session")
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--engine"))


class Files:
    """SQLite databases; a copy of one that nobody uses is a database of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, template: str = "") -> str:
        path = self._folder / f"test_{next(_numbers)}.sqlite"
        source = template.removeprefix("sqlite:///")
        for suffix in ("", "-wal"):  # connections that close at the same time may leave the log to the next one
            if template and Path(source + suffix).exists():
                shutil.copyfile(source + suffix, f"{path}{suffix}")
        return f"sqlite:///{path}"

    def give_up(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(url.removeprefix("sqlite:///") + suffix).unlink(missing_ok=True)


Databases = Files | postgres.Cluster


@pytest.fixture(scope="session")
def databases(engine_name: str) -> Iterator[Databases]:
    """Makes databases of the chosen engine. The PostgreSQL server starts when the first test asks for one."""
    if engine_name == "sqlite":
        with tempfile.TemporaryDirectory(prefix="finalize-sqlite-", dir=in_memory()) as folder:
            yield Files(Path(folder))
        return
    server = postgres.Cluster()
    yield server
    server.close()


@pytest.fixture(scope="session")
def migrated_template(databases: Databases) -> str:
    """The address of a database with every migration applied; copied, never used itself."""
    url = databases.create()

    async def prepare() -> None:
        async with db_engine.connected(url):
            await migrate.migrate()

    with ThreadPoolExecutor(1) as thread:  # an event loop of its own, whatever runs here
        thread.submit(asyncio.run, prepare()).result()
    return url


@pytest.fixture
def fresh_database_url(databases: Databases, migrated_template: str) -> Iterator[str]:
    url = databases.create(migrated_template)
    yield url
    databases.give_up(url)


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    """Without any table, for tests of the engine and of migrations."""
    url = databases.create()
    yield url
    databases.give_up(url)


@pytest.fixture
async def database(anyio_backend: object, fresh_database_url: str) -> AsyncIterator[str]:
    async with db_engine.connected(fresh_database_url):
        yield fresh_database_url


@pytest.fixture
async def empty_database(anyio_backend: object, empty_database_url: str) -> AsyncIterator[str]:
    async with db_engine.connected(empty_database_url):
        yield empty_database_url


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement that runs while the fixture is in use, in order; without BEGIN, COMMIT and ROLLBACK."""
    seen: list[str] = []

    def note(sql: str) -> None:
        if not sql.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            seen.append(sql)

    db_engine.statement_hook = note
    yield seen
    db_engine.statement_hook = None

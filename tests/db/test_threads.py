"""Where SQLite does its work: what is short at once, what may wait in a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from db import engine, sqlite
from tests.db.conftest import POST, posted

pytestmark = pytest.mark.only("sqlite")
INSERT = "INSERT INTO series VALUES (?, 0)"


@pytest.fixture
def at_once() -> Iterator[list[tuple[str, bool]]]:
    """The first word of each statement that runs, and whether it runs in the loop's own thread."""
    seen: list[tuple[str, bool]] = []
    loop = threading.get_ident()
    engine.statement_hook = lambda sql: seen.append((sql.split()[0], threading.get_ident() == loop))
    yield seen
    engine.statement_hook = None


async def test_reading_changes_no_thread(books, at_once):
    async with engine.reading() as session:
        await session.fetch("SELECT code FROM series")
    assert at_once == [("BEGIN", True), ("SELECT", True), ("COMMIT", True)]


async def test_what_waits_for_others_keeps_to_its_thread(books, at_once):
    """BEGIN IMMEDIATE waits for another process that writes, COMMIT for the disk."""
    async with engine.transaction() as session:
        await session.fetch("SELECT code FROM series")
        await session.execute(POST, 1, "SI", 100)
    assert at_once == [("BEGIN", False), ("SELECT", True), ("INSERT", True), ("COMMIT", False)]
    assert await posted() == [1]


async def test_many_rows_keep_to_their_thread(books, at_once):
    async with engine.transaction() as session:
        await session.execute_all([(INSERT, [(f"A{no}",) for no in range(sqlite.FEW_ROWS)])])
        await session.execute_all([(INSERT, [(f"B{no}",) for no in range(sqlite.FEW_ROWS + 1)])])
    assert [here for word, here in at_once if word == "INSERT"] == [True, False]


async def test_what_took_long_goes_to_its_thread_until_it_is_quick_again(books, at_once, monkeypatch):
    async def read() -> None:
        async with engine.reading() as session:
            await session.fetch("SELECT last_no FROM series")

    monkeypatch.setattr(sqlite, "SHORT", -1.0)
    await read()
    await read()
    monkeypatch.undo()
    await read()  # in its thread once more, where it is seen to be quick
    await read()
    assert [here for word, here in at_once if word == "SELECT"] == [True, False, False, True]


async def test_nothing_overtakes_what_is_under_way_in_the_thread(books, at_once, monkeypatch):
    """Whoever gave up waiting for a statement ends the transaction behind it, not beside it."""
    monkeypatch.setattr(sqlite, "SHORT", -1.0)
    go_on, waiting, ended = threading.Event(), asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    async def read() -> None:
        async with engine.reading() as session:
            await session.fetch("SELECT code FROM series")

    await read()
    noted = engine.statement_hook
    assert noted is not None

    def held(sql: str) -> None:
        noted(sql)
        if sql.startswith("SELECT"):
            loop.call_soon_threadsafe(waiting.set)
            assert go_on.wait(10)
        if sql.startswith("ROLLBACK"):
            loop.call_soon_threadsafe(ended.set)

    engine.statement_hook = held
    reading = asyncio.create_task(read())
    await waiting.wait()
    reading.cancel()
    await asyncio.wait([reading])
    go_on.set()
    await asyncio.wait_for(ended.wait(), 10)  # whoever gave up does not wait for it
    engine.statement_hook = noted
    assert at_once[3:6] == [("BEGIN", False), ("SELECT", False), ("ROLLBACK", False)]
    assert await posted() == []

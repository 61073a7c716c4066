"""Faults from outside: a full disk, a file that cannot be written, a server that goes away (R-6)."""

import asyncio
import contextlib
import contextvars

import pytest

from db import engine
from tests import postgres
from tests.db.conftest import POST, posted

only_sqlite = pytest.mark.only("sqlite")
only_postgresql = pytest.mark.only("postgresql")


async def _limit_pages(pages: int) -> None:
    async with engine.transaction() as session:
        await session.fetch(f"PRAGMA max_page_count = {pages}")


@only_sqlite
async def test_a_full_disk(books):
    async with engine.reading() as session:
        [(pages,)] = await session.fetch("PRAGMA page_count")
    await _limit_pages(pages)
    with pytest.raises(engine.Unavailable, match="full"):
        async with engine.transaction() as session:
            await session.execute(POST, 1, "SI", 100)
            await session.execute("CREATE TABLE big AS SELECT randomblob(100000)")
    assert await posted() == []
    await _limit_pages(10_000)
    async with engine.transaction() as session:
        await session.execute(POST, 1, "SI", 100)
    assert await posted() == [1]


@only_sqlite
async def test_a_rollback_by_the_database_ends_the_transaction(books):
    """Without that the statements that follow would each commit by itself."""
    with pytest.raises(engine.DatabaseError, match="earlier statement"):
        async with engine.transaction() as session:
            await session.execute(POST, 1, "SI", 100)
            with pytest.raises(engine.Duplicate):
                await session.execute("INSERT OR ROLLBACK INTO posting (no, series_code, amount) VALUES (1, 'SI', 1)")
            await session.execute(POST, 2, "SI", 100)
    assert await posted() == []


@only_sqlite
async def test_a_database_that_cannot_be_written(books):
    async with engine.transaction() as session:
        await session.fetch("PRAGMA query_only = 1")  # root may write everywhere, so not by the rights of the file
    with pytest.raises(engine.Unavailable, match="readonly"):
        async with engine.transaction() as session:
            await session.execute(POST, 1, "SI", 100)
    assert await posted() == []


@only_sqlite
async def test_not_a_database(books, tmp_path):
    path = tmp_path / "text.sqlite"
    path.write_text("no database at all, but long enough to be looked at " * 10)
    await engine.disconnect()
    with pytest.raises(engine.Unavailable):
        await engine.connect(f"sqlite:///{path}")
    await engine.connect(books)


@only_postgresql
@pytest.mark.parametrize("statement", ["UPDATE series SET last_no = last_no + 1", "COMMIT"])
async def test_a_connection_cut_in_the_middle(books, statement):
    async def cut(pid: int) -> None:
        async with engine.transaction() as session:
            await session.fetch("SELECT pg_terminate_backend(?)", pid)

    for _ in range(2):
        with pytest.raises(engine.Unavailable):
            async with engine.transaction() as session:
                await session.execute(POST, 1, "SI", 100)
                [(pid,)] = await session.fetch("SELECT pg_backend_pid()")
                await asyncio.create_task(cut(pid), context=contextvars.Context())
                await asyncio.sleep(0.05)
                if statement != "COMMIT":
                    await session.execute(statement)
    assert await posted() == []
    async with engine.transaction() as session:
        await session.execute(POST, 1, "SI", 100)
    assert await posted() == [1]


@only_postgresql
async def test_looking_while_the_server_ends_connections(books):
    """A restart of the server: whoever looks just then finds it unavailable, or finds what was looked for."""

    async def cut() -> None:
        async with engine.transaction() as session:
            await session.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND application_name = 'finalize' AND pid <> pg_backend_pid()"
            )

    async def look() -> int:
        refused = 0
        for turn in range(40):
            try:
                if turn % 2:
                    assert await engine.fetch("SELECT code FROM series") == [("SI",)]
                else:
                    async with engine.reading() as session:
                        assert await session.fetch("SELECT code FROM series") == [("SI",)]
            except engine.Unavailable:
                refused += 1
        return refused

    refused = 0
    for _ in range(5):
        looks = [asyncio.create_task(look()) for _ in range(6)]
        for _ in range(3):
            await asyncio.sleep(0.005)
            with contextlib.suppress(engine.Unavailable):
                await cut()
        refused += sum(await asyncio.gather(*looks))
    assert refused
    assert await engine.fetch("SELECT code FROM series") == [("SI",)]


@only_postgresql
async def test_a_server_that_is_gone_for_a_while(books):
    await engine.disconnect()
    server = postgres.Cluster()
    try:
        await engine.connect(server.create())
        await _set_last_no(0)
        server.stop()
        for block in (engine.transaction, engine.reading):
            with pytest.raises(engine.Unavailable):
                async with block() as session:
                    await session.fetch("SELECT last_no FROM series")
        server.start()
        await _set_last_no(2)
        await engine.disconnect()
    finally:
        server.close()


async def _set_last_no(value: int) -> None:
    async with engine.transaction() as session:
        await session.execute("CREATE TABLE IF NOT EXISTS series (last_no BIGINT)")
        await session.execute("INSERT INTO series VALUES (?)", value)
        assert await session.fetch("SELECT MAX(last_no) FROM series") == [(value,)]

"""A process with a broken database ends by itself, and one that is killed leaves the database whole."""

import os
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PREAMBLE = """
import asyncio, os, signal, sys, threading
from db import engine
URL = sys.argv[1]
"""


def run(body: str, *args: str, timeout: float = 30) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", PREAMBLE + textwrap.dedent(body), *args],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "DATABASE_URL": args[0]},
        capture_output=True,
        text=True,
        timeout=timeout,
    )


@pytest.fixture
def sqlite_file(tmp_path):
    path = tmp_path / "books.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE posting (no BIGINT PRIMARY KEY)")
    connection.close()
    return path


@pytest.mark.only("sqlite")
def test_blocked_writers_answer_busy_and_the_process_ends(sqlite_file):
    """Piccolo's own engine leaves a thread behind for each blocked BEGIN, and the process never ends."""
    holder = sqlite3.connect(sqlite_file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    done = run(
        """
        import db.sqlite
        db.sqlite.PRAGMAS = ("PRAGMA busy_timeout = 50", *db.sqlite.PRAGMAS[1:])

        async def main():
            await engine.connect(URL)
            for _ in range(5):
                try:
                    async with engine.transaction() as session:
                        await session.execute("INSERT INTO posting VALUES (1)")
                except engine.Busy as busy:
                    print("busy:", busy)
            print("threads:", threading.active_count())
            await engine.disconnect()
            print("threads:", threading.active_count())

        asyncio.run(main())
        """,
        f"sqlite:///{sqlite_file}",
    )
    holder.close()
    assert done.stdout.splitlines() == ["busy: database is locked"] * 5 + ["threads: 2", "threads: 1"], done.stderr
    assert done.returncode == 0


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("ending", ["await asyncio.sleep(0)", "raise SystemExit(3)", "raise RuntimeError"])
def test_a_process_that_forgets_to_disconnect_ends(sqlite_file, ending):
    done = run(
        f"""
        async def main():
            await engine.connect(URL)
            async with engine.reading() as session, asyncio.timeout(5):
                await session.fetch("SELECT 1")
            async with engine.transaction() as session:
                await session.execute("INSERT INTO posting VALUES (1)")
                {ending}

        asyncio.run(main())
        """,
        f"sqlite:///{sqlite_file}",
    )
    assert done.returncode in (0, 1, 3)


@pytest.mark.database
@pytest.mark.parametrize("moment", [1, 2, 3, 4])
def test_a_killed_process_leaves_all_or_nothing(empty_database_url, moment):
    run(
        """
        async def main():
            await engine.connect(URL)
            async with engine.transaction() as session:
                await session.execute("CREATE TABLE posting (no BIGINT PRIMARY KEY)")
            await engine.disconnect()

        asyncio.run(main())
        """,
        empty_database_url,
    ).check_returncode()
    killed = run(
        """
        left = int(sys.argv[2])

        def hook(sql):
            global left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        async def main():
            await engine.connect(URL)
            engine.statement_hook = hook
            async with engine.transaction() as session:
                await session.execute_all([("INSERT INTO posting VALUES (?)", [(1,)])] )
                await session.execute("INSERT INTO posting VALUES (2)")

        asyncio.run(main())
        """,
        empty_database_url,
        str(moment),
    )
    assert killed.returncode == -9
    after = run(
        """
        async def main():
            await engine.connect(URL)
            async with engine.transaction() as session:
                await session.execute("INSERT INTO posting VALUES (3)")
                print(await session.fetch("SELECT no FROM posting ORDER BY no"))
            await engine.disconnect()

        asyncio.run(main())
        """,
        empty_database_url,
    )
    assert after.stdout.strip() == "[(3,)]", after.stderr

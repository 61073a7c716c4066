"""The commands, a module each; `webapp/cli.py` lists them."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec

import uvloop

from db import engine, migrate
from webapp import memory, settings

P = ParamSpec("P")
Command = Callable[P, Coroutine[Any, Any, int | None]]


def with_current_database(command: Command[P]) -> Callable[P, None]:
    """As `with_database`, for commands that need every table: a database of another version is refused."""

    @wraps(command)
    async def inner(*args: P.args, **kwargs: P.kwargs) -> int | None:
        if await migrate.pending():
            raise migrate.MigrationError("the database is not up to date: run `finalize migrate` first")
        return await command(*args, **kwargs)

    return with_database(inner)


def with_database(command: Command[P]) -> Callable[P, None]:
    """Runs an async command with the database connected. Its result is the exit status: 0 done, 1 refused."""

    @wraps(command)
    def inner(*args: P.args, **kwargs: P.kwargs) -> None:
        async def work() -> int | None:
            memory.settle()
            async with engine.connected(settings.load().database_url):
                return await command(*args, **kwargs)

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            status = runner.run(work())
        sys.exit(status or 0)

    return inner

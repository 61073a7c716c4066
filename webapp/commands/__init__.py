"""The commands, a module each; `webapp/cli.py` lists them."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec

import uvloop

from db import engine
from db.migrate import MigrationError, pending  # `migrate` is also a module here
from webapp import logs, memory, settings

P = ParamSpec("P")
Command = Callable[P, Coroutine[Any, Any, int | None]]


def with_current_database(command: Command[P]) -> Callable[P, None]:
    """As `with_database`, for commands that need every table: a database of another version is refused."""

    @wraps(command)
    async def inner(*args: P.args, **kwargs: P.kwargs) -> int | None:
        if await pending():
            raise MigrationError("the database is not up to date: run `finalize migrate` first")
        return await command(*args, **kwargs)

    return with_database(inner)


def with_database(command: Command[P]) -> Callable[P, None]:
    """Runs an async command with the database connected. Its result is the exit status: 0 done, 1 refused."""

    @wraps(command)
    def inner(*args: P.args, **kwargs: P.kwargs) -> None:
        async def work() -> int | None:
            memory.settle()
            values = settings.load()
            logs.configure(values.log_level, aside=True)
            async with engine.connected(values.database_url):
                return await command(*args, **kwargs)

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            status = runner.run(work())
        sys.exit(status or 0)

    return inner

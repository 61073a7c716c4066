"""Works on the run that waits, as a command does that started it, and kills itself at statement `KILL_AT`."""

from __future__ import annotations

import asyncio
import os
import signal

from db import engine
from tests.processes import start
from tests.reliability.killed_server import count_from_now
from webapp.store.batch_work import Worker


async def killed(url: str, statement: int, module: str = "tests.reliability.killed_run", *arguments: str) -> None:
    """Starts such a process, which is killed."""
    died = start(module, *arguments, DATABASE_URL=url, KILL_AT=str(statement))
    assert await died.wait() == -signal.SIGKILL


async def work() -> None:
    async with engine.connected(os.environ["DATABASE_URL"]):
        count_from_now()
        worker = Worker()
        run = await worker.take()
        assert run is not None
        await worker.run(run)


if __name__ == "__main__":
    asyncio.run(work())

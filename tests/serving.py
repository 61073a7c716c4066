"""The product's own server, as a process that a test or a measurement started and ends."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.pages.conftest import PASSWORD, Browser
from tests.processes import ROOT, Process, start


@dataclass
class Server:
    """The product's own server process on a free port: from nothing, to be measured, or forked (tests/processes.py)."""

    url: str
    data: Path
    address: str = ""
    forked: bool = False
    process: asyncio.subprocess.Process | Process | None = None

    @asynccontextmanager
    async def running(self, module: str = "webapp.cli serve --port", **settings: str) -> AsyncIterator[None]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        places = {"DATABASE_URL": self.url, "FINALIZE_DATA": str(self.data), "FINALIZE_LOG_LEVEL": "error"}
        if self.forked:
            self.process = start(*module.split(), str(port), **places, **settings)
        else:
            command = [sys.executable, "-m", *module.split(), str(port)]
            environment = {**os.environ, **places, "PYTHONPATH": str(ROOT), **settings}
            self.process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment)
        try:
            await self._answers()
            yield
        finally:
            if self.process.returncode is None:
                self.process.terminate()
            await self.process.wait()

    async def _answers(self) -> None:
        async with httpx.AsyncClient(base_url=self.address) as client:
            for _ in range(300):
                assert self.process and self.process.returncode is None, "the server has stopped"
                try:
                    if (await client.get("/health")).status_code == 200:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        raise AssertionError("the server does not answer")

    @asynccontextmanager
    async def browser(self, name: str = "POLLY", password: str = PASSWORD) -> AsyncIterator[Browser]:
        """Somebody signed in, by default with the password of the tests."""
        async with httpx.AsyncClient(base_url=self.address, timeout=30) as client:
            browser = Browser(client)
            assert (await browser.sign_in(name, password)).status_code == 303
            yield browser

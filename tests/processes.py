"""Processes of the product, each forked from one that has imported it already: started in no time, killed like any.

    process = start("webapp.cli", "worker", DATABASE_URL=url)         like one of asyncio: wait, terminate, returncode
    done = finalize(url, "export")                                    the command, to its end

That the product starts from nothing is proven by tests/test_start_script.py and by the browser tests.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.forkserver import ensure_running
from multiprocessing.process import BaseProcess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
Files = Mapping[int, str]  # what stands for a file descriptor in the process


class Process:
    def __init__(self, made: BaseProcess) -> None:
        self._made = made
        assert made.pid is not None
        self.pid = made.pid

    @property
    def returncode(self) -> int | None:
        """As everywhere: a process that was killed has the number of the signal below 0."""
        return self._made.exitcode

    def send_signal(self, number: int) -> None:
        if self._made.is_alive():
            with suppress(ProcessLookupError):  # it may end between the two
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def join(self, seconds: float | None = None) -> int | None:
        self._made.join(seconds)
        return self._made.exitcode

    async def wait(self) -> int:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._made.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._made.sentinel)
        self._made.join()
        assert self._made.exitcode is not None
        return self._made.exitcode


def start(module: str, *arguments: str, files: Files | None = None, **settings: str) -> Process:
    """`python -m module arguments` with these settings beside those of our environment."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.preloaded"])
    kept = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(ROOT)  # for the one that is forked
    try:
        ensure_running()
    finally:
        os.environ.pop("PYTHONPATH") if kept is None else os.environ.update(PYTHONPATH=kept)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    made = context.Process(target=_run, args=(module, arguments, environment, dict(files or {})))
    made.start()
    return Process(made)


def finalize(url: str, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """The command as a person calls it, who types this."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("typed", "out", "err")]
        for path in paths:
            path.write_text(typed if path.name == "typed" else "", encoding="utf-8")
        process = start("webapp.cli", *arguments, files=dict(enumerate(map(str, paths))), DATABASE_URL=url)
        status = process.join(120)
        if status is None:
            process.send_signal(signal.SIGKILL)
            raise TimeoutError(f"finalize {' '.join(arguments)} does not end")
        return subprocess.CompletedProcess(arguments, status, *(path.read_text(encoding="utf-8") for path in paths[1:]))


def _run(module: str, arguments: tuple[str, ...], environment: dict[str, str], files: Files) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    for number, path in files.items():
        opened = os.open(path, os.O_RDWR)
        os.dup2(opened, number)
        os.close(opened)
    if 0 in files:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  it was closed on the way here
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)

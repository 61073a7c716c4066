"""The server, which kills itself: from the signal SIGUSR1 on it counts its statements, and dies at number `KILL_AT`."""

from __future__ import annotations

import os
import signal
import sys

from db import engine
from webapp.commands import serve


def count_from_now(*_: object) -> None:
    left = int(os.environ["KILL_AT"])

    def count(sql: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    engine.statement_hook = count


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, count_from_now)
    serve.command(["--port", sys.argv[1]])

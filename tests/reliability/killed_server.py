"""The server, or a worker, which kills itself: it counts its statements and dies at number `KILL_AT`.

It counts from its first statement with `KILL_FROM=start`, else from the signal SIGUSR1 on.
"""

from __future__ import annotations

import os
import signal
import sys

from db import engine
from webapp.commands import serve, worker


def count_from_now(*_: object) -> None:
    left = int(os.environ["KILL_AT"])

    def count(sql: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    engine.statement_hook = count


if __name__ == "__main__":
    if os.environ.get("KILL_FROM") == "start":
        count_from_now()
    else:
        signal.signal(signal.SIGUSR1, count_from_now)
    if sys.argv[1] == "worker":
        worker.command([])
    else:
        serve.command(["--port", sys.argv[1]])

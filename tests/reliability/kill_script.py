"""A process that posts orders until it is killed: at the statement that `KILL_AT` names it kills itself.

`DATABASE_URL`, then the numbers of orders to post, one after the other, each as SHIP and then INVOICE by its number.
Every posting that came back is printed, so that the test knows what the process had been told.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from db import engine
from tests.posting.worlds import ANNA
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store.posting import post_document


def kill_at(statement: int) -> None:
    seen = 0

    def count(sql: str) -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    engine.statement_hook = count


async def post(no: str, option: str) -> None:
    result = await post_document(ANNA, DocumentKey("order", no), REQUESTS[option], token=f"{no}-{option}")
    numbers = ",".join(document.no for document in result.posted)
    print(no, option, numbers if result.ok else "refused", flush=True)


async def main(url: str, nos: list[str], at_once: int) -> None:
    async with engine.connected(url):
        kill_at(int(os.environ["KILL_AT"]))
        waiting = [(no, option) for no in nos for option in ("ship", "invoice")]
        for start in range(0, len(waiting), at_once * 2):
            group = waiting[start : start + at_once * 2]
            for option in ("ship", "invoice"):
                await asyncio.gather(*(post(no, kind) for no, kind in group if kind == option))


if __name__ == "__main__":
    asyncio.run(main(os.environ["DATABASE_URL"], sys.argv[2:], int(sys.argv[1])))

"""Removes all contract lines that have ended by a day, and kills itself at statement `KILL_AT`."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import date

from db import engine
from tests.reliability.killed_server import count_from_now
from tests.store.contract_company import on
from webapp.store.contract_removals import RemovalFilter, remove_ended_lines


async def remove(until: date) -> None:
    async with engine.connected(os.environ["DATABASE_URL"]):
        count_from_now()
        await remove_ended_lines(on(until.isoformat()), RemovalFilter(until))


if __name__ == "__main__":
    asyncio.run(remove(date.fromisoformat(sys.argv[1])))

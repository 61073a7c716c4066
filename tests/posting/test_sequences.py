"""Random days at work: the books agree after each, and both databases hold the same rows (P-185, R-8)."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.posting.sequences import Day, dump
from tests.posting.verified import faults

ROOT = Path(__file__).resolve().parents[2]
SEEDS = [*range(6), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(6, 200))]


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_books_agree_after_a_random_day(database: str, seed: int):
    day = Day(seed)
    try:
        await day.play()
        assert await faults() == []
    except AssertionError:
        print(*day.steps, sep="\n")
        raise


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("seed", SEEDS[:1] + SEEDS[6:30])
async def test_both_databases_hold_the_same_rows(database: str, tmp_path: Path, seed: int):
    await Day(seed).play()
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "-m", "tests.posting.sequences", f"sqlite:///{tmp_path}/one.sqlite", str(seed)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    printed, _ = await process.communicate()
    assert process.returncode == 0
    assert printed.decode().splitlines() == await dump()

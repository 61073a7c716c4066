"""Measures posting against the floor of the database, in the checkout that this program stands in."""

import os
import subprocess
import sys
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[2]
ENGINES = ("sqlite", "postgresql")


@click.command()
@click.option("--engine", "engines", type=click.Choice(ENGINES), multiple=True, help="One database; by default both.")
@click.option("--documents", type=click.IntRange(min=1), default=60, show_default=True, help="Documents per figure.")
def command(engines: tuple[str, ...], documents: int) -> None:
    """Measure: what a posting takes, beside what the bare database takes for the same rows."""
    if not (ROOT / "tests" / "bench" / "run.py").exists():
        raise click.UsageError("The bench runs from a checkout: ./finalize bench")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for engine in engines or ENGINES:
        module = [sys.executable, "-m", "tests.bench.run", engine, "--documents", str(documents)]
        status = subprocess.run(module, env=environment, check=False).returncode
        if status:
            sys.exit(status)

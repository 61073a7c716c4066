"""Runs the tests of the checkout that this program stands in."""

import os
import subprocess
import sys
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[2]


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Run the tests: everything short, `long`, or `scenarios [DIR] [-k ID]`."""
    if not (ROOT / "tests" / "run.py").exists():
        raise click.UsageError("The tests run from a checkout: ./finalize test")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    sys.exit(subprocess.run([sys.executable, "-m", "tests.run", *arguments], env=environment, check=False).returncode)

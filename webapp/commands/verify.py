"""Recomputes the books from their rows."""

import click

from webapp.commands import with_current_database
from webapp.store.verify import verify


@click.command()
@with_current_database
async def command() -> int:
    """Check the books: recompute them from their rows and name each row that disagrees."""
    faults = 0
    async for fault in verify():
        faults += 1
        click.echo(str(fault))
    click.echo(f"{faults} rows disagree." if faults else "Every row agrees.")
    return 1 if faults else 0

"""Recomputes the books from their rows."""

import click

from webapp.commands import with_current_database
from webapp.store.verify import verify


@click.command()
@with_current_database
async def command() -> int:
    """Check the books: recompute them from their rows and name each row that disagrees. Days of contracts that somebody
    left unbilled are listed as well, with their reason; they are open, and no fault."""
    faults = listed = 0
    async for fault in verify():
        faults += not fault.listed
        listed += fault.listed
        click.echo(f"Open, {fault}" if fault.listed else str(fault))
    if listed:
        click.echo(f"{listed} to be invoiced or given away, under Coverage of contracts.")
    click.echo(f"{faults} rows disagree." if faults else "Every row agrees.")
    return 1 if faults else 0

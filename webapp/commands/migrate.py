"""Brings the database up to date."""

import click

from db import migrate
from webapp.commands import with_database


@click.command()
@click.option("--check", is_flag=True, help="Only say what is missing; exit status 1 if anything is.")
@with_database
async def command(check: bool) -> int:
    """Bring the database up to date."""
    if check:
        missing = await migrate.pending()
        for step in missing:
            click.echo(f"missing: {step.version:04} {step.name}")
        return 1 if missing else 0
    for step in await migrate.migrate():
        click.echo(f"applied: {step.version:04} {step.name}")
    click.echo(f"The database is at version {migrate.latest():04}.")
    return 0

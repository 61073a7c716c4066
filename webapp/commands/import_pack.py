"""Takes a company pack in."""

from datetime import date
from typing import TextIO

import click

from webapp.commands import with_current_database
from webapp.store.acting import system
from webapp.store.packs import PackUnreadable, import_pack, read_pack


@click.command()
@click.argument("pack", type=click.File(encoding="utf-8"))
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@with_current_database
async def command(pack: TextIO, dry_run: bool) -> int:
    """Take in PACK, a company pack in YAML or JSON: as a whole or not at all. `-` reads from standard input."""
    try:
        loaded = read_pack(pack.read())
    except (PackUnreadable, UnicodeDecodeError) as error:
        click.echo("the pack is not text in UTF-8" if isinstance(error, UnicodeDecodeError) else str(error), err=True)
        return 1
    result = await import_pack(system(date.today()), loaded, dry_run)  # noqa: DTZ011
    for found in result.findings:
        click.echo(f"{found.record}: {found.message} {found.remedy}", err=True)
    if result.findings:
        count = len(result.findings)
        click.echo(f"{count} fault{'' if count == 1 else 's'}; nothing was taken in.", err=True)
        return 1
    would = "would be " if dry_run else ""
    click.echo(f"{result.created} {would}added, {result.changed} {would}changed, {result.unchanged} unchanged.")
    return 0

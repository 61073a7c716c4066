"""Gives the company out as a pack."""

import click

from webapp.commands import with_current_database
from webapp.store.packs import export_pack, write_pack, write_pack_json


@click.command()
@click.option("--json", "as_json", is_flag=True, help="JSON instead of YAML.")
@with_current_database
async def command(as_json: bool) -> None:
    """Write set-up, masters and opening stock to standard output, as a pack that `import` takes."""
    pack = await export_pack()
    click.echo(write_pack_json(pack) if as_json else write_pack(pack), nl=as_json)

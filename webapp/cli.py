"""The `finalize` command: `./finalize COMMAND` from a checkout, `finalize COMMAND` when installed.

Exit status: 0 done, 1 refused (the reasons are printed), 2 wrong use.
"""

import sys
from importlib import import_module
from importlib.util import find_spec

import click

from db.engine import DatabaseError
from db.migrate import MigrationError
from webapp import memory
from webapp.settings import SettingsError

# A command is `command` in the module of its name. A line here is all it needs; without its module it is not offered.
COMMANDS = {
    "serve": "webapp.commands.serve",
    "test": "webapp.commands.test",
    "bench": "webapp.commands.bench",
    "migrate": "webapp.commands.migrate",
    "demo": "webapp.commands.demo",
    "import": "webapp.commands.import_pack",
    "export": "webapp.commands.export_pack",
    "post": "webapp.commands.post",
    "invoice-contracts": "webapp.commands.invoice_contracts",
    "order-contracts": "webapp.commands.order_contracts",
    "combine": "webapp.commands.combine",
    "release-prepaid": "webapp.commands.release_prepaid",
    "check": "webapp.commands.check",
    "verify": "webapp.commands.verify",
    "seal": "webapp.commands.seal",
    "worker": "webapp.commands.worker",
    "user": "webapp.commands.user",
    "token": "webapp.commands.token",
    "backup": "webapp.commands.backup",
    "restore": "webapp.commands.restore",
}


class Commands(click.Group):
    """Loads the module of a command when it is called, so that each starts fast."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [name for name, module in COMMANDS.items() if find_spec(module)]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(context):
            return None
        found: click.Command = import_module(COMMANDS[name]).command
        return found


@click.group(cls=Commands)
def finalize() -> None:
    """Post service orders, invoices and contracts to the ledgers."""


def main() -> None:
    memory.loading()
    try:
        finalize(prog_name="finalize")
    except (DatabaseError, MigrationError, SettingsError) as error:
        click.echo(f"finalize: {error}", err=True)
        for note in getattr(error, "__notes__", ()):
            click.echo(note, err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()

"""Loads the demo company."""

import sys
from datetime import date, datetime

import click

from db import migrate
from db.demo import PASSWORD, USERS
from webapp.commands import with_database
from webapp.store.demo import is_empty, load_demo
from webapp.store.measuring import add_posted_documents


def _today() -> date:
    return date.today()  # noqa: DTZ011  the date where the machine stands


async def load(work_date: date | None = None, say_when_there: bool = False) -> bool:
    """Loads the demo company into an empty database and says how to sign in; False when there is something already."""
    if not await is_empty():
        if say_when_there:
            click.echo("There is a company in this database already; the demo company needs an empty one.", err=True)
        return False
    loaded = await load_demo(work_date or _today(), _show)
    names = ", ".join(name.lower() for name, _, _ in USERS)
    click.echo(
        f"Demo company: {loaded.customers} customers, {loaded.items} items, {loaded.orders} orders,"
        f" {loaded.contracts} contracts, {loaded.posted} postings."
    )
    click.echo(f"Sign in as {names}; the password is “{PASSWORD}”.")
    return True


def _show(done: int, of: int) -> None:
    """Progress on a terminal, nothing elsewhere."""
    if sys.stderr.isatty():
        click.echo(f"\r{done} of {of}", nl=done == of, err=True)


@click.command()
@click.option("--documents", default=0, type=click.IntRange(0), help="So many posted documents more, for measuring.")
@click.option(
    "--work-date", type=click.DateTime(["%Y-%m-%d"]), help="The date that the company lives on; by default today."
)
@with_database
async def command(documents: int, work_date: datetime | None) -> int:
    """Load the demo company into an empty database."""
    day = work_date.date() if work_date else _today()
    await migrate.migrate()
    loaded = await load(day, say_when_there=not documents)
    if documents:
        await add_posted_documents(day, documents, _show)
        click.echo(f"{documents} posted documents more.")
    return 0 if loaded or documents else 1

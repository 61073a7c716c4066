"""Users from the command line: the first administrator, a forgotten password."""

import asyncio

import click

from db import engine
from webapp.commands import with_current_database
from webapp.store import users

ROLES = ("viewer", "clerk", "poster", "accountant", "admin")
SHORTEST = 10


@click.group()
def command() -> None:
    """Make users and give them passwords."""


def _asked() -> str:
    """The password: asked for twice, never part of the command line, where others could read it."""
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    if len(password) < SHORTEST:
        raise click.BadParameter(f"A password has at least {SHORTEST} characters.")
    return password


@command.command("add")
@click.argument("user_name")
@click.option("--full-name", default="", help="As it stands in the app.")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--locale", type=click.Choice(["en_GB", "de_DE"]), default="en_GB", show_default=True)
@with_current_database
async def add(user_name: str, full_name: str, role: str, locale: str) -> int:
    """Add USER_NAME with a role."""
    try:
        await users.create_user(user_name.upper(), full_name or user_name, role, _asked(), locale)
    except engine.Duplicate:
        click.echo(f"User {user_name.upper()} exists already.", err=True)
        return 1
    click.echo(f"User {user_name.upper()} can sign in as {role}.")
    return 0


@command.command("password")
@click.argument("user_name")
@with_current_database
async def password(user_name: str) -> int:
    """Give USER_NAME a new password and end all sessions of that user."""
    hashed = await asyncio.to_thread(users.hash_password, _asked())
    async with engine.transaction() as session:
        changed = await session.execute(
            "UPDATE app_user SET password_hash = ?, row_version = row_version + 1 WHERE user_name = ?",
            hashed,
            user_name.upper(),
        )
    if not changed:
        click.echo(f"There is no user {user_name.upper()}.", err=True)
        return 1
    await users.sign_out_everywhere(user_name.upper())
    click.echo(f"User {user_name.upper()} has a new password.")
    return 0

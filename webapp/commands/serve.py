"""Starts the app."""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

import click
import uvicorn

from db import engine, migrate
from webapp import memory, settings

if TYPE_CHECKING:
    from litestar import Litestar


def app() -> "Litestar":
    """For uvicorn, which calls it in each worker. The pages are imported there, not for `finalize --help`."""
    memory.loading()
    from webapp.app import create_app

    made = create_app(settings.load())
    memory.settle()
    return made


@click.command()
@click.option("--demo", is_flag=True, help="Load the demo company into an empty database first.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="More than 1 on PostgreSQL.")
def command(demo: bool, host: str, port: int, workers: int) -> None:
    """Start the app: database up to date, then the server."""
    values = settings.load()
    if workers > 1 and engine.kind_of(values.database_url) == "sqlite":
        raise click.UsageError("SQLite is written by one process: use --workers 1, or PostgreSQL (DATABASE_URL).")
    asyncio.run(_prepare(values.database_url, demo))
    uvicorn.run(
        "webapp.commands.serve:app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        loop="uvloop",
        http="httptools",
        log_level=values.log_level,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )


async def _prepare(url: str, demo: bool) -> None:
    async with engine.connected(url):
        await migrate.migrate()
        if demo:
            await import_module("webapp.commands.demo").load()

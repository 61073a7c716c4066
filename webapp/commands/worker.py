"""A process that works on batches, beside servers that leave them to it."""

import asyncio
import signal

import click

from webapp.commands import with_current_database
from webapp.store.batch_work import Worker


@click.command()
@with_current_database
async def command() -> int:
    """Work on batches until stopped. Several at once share the runs (FINALIZE_WORKER=separate for the servers)."""
    worker = Worker()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, worker.stopping.set)
    click.echo("Waiting for batches; stop with Ctrl+C.")
    await worker.work()
    return 0

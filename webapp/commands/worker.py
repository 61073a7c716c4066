"""A process that works on batches and sends what waits in the outbox, beside servers that leave both to it."""

import asyncio
import signal

import click

from webapp import settings
from webapp.commands import with_current_database
from webapp.store.batch_work import Worker
from webapp.store.mailing import mailing


@click.command()
@with_current_database
async def command() -> int:
    """Work on batches and send mail until stopped. Several at once share the work (FINALIZE_WORKER=separate for the
    servers)."""
    worker, values = Worker(), settings.load()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, worker.stopping.set)
    click.echo("Waiting for batches; stop with Ctrl+C.")
    async with mailing(values.smtp_url, values.mail_from):
        await worker.work()
    return 0

"""Posts many documents from the command line, through the same batches as the pages (D-85 … D-91)."""

import sys
import time
from datetime import date, datetime

import click

from webapp.commands import with_current_database
from webapp.commands.check import lines_of
from webapp.posting.findings import Finding
from webapp.posting.snapshot import BatchDates, PostingRequest
from webapp.store.acting import system
from webapp.store.batch_results import batch_documents, batch_totals
from webapp.store.batch_work import Worker, finish
from webapp.store.batches import BatchRun, Selection, load_batch, start_batch

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def command() -> None:
    """Post documents, all that fit a filter."""


@command.command("orders")
@click.argument("numbers", metavar="[ORDER]...", nargs=-1)
@click.option("--search", default="", help="A number or any words, as in the search of the list.")
@click.option("--customer", default="", help="Customer no.")
@click.option("--status", type=click.Choice(["pending", "in_process", "finished", "on_hold"]), help="Status.")
@click.option("--priority", type=click.Choice(["low", "medium_low", "medium_high", "high"]), help="Priority.")
@click.option("--view", type=click.Choice(["to-ship", "to-invoice", "partly-shipped", "partly-invoiced"]))
@click.option("--all", "everything", is_flag=True, help="All open orders, when no filter is given.")
@click.option("--ship", is_flag=True, help="Ship what is to be shipped.")
@click.option("--invoice", is_flag=True, help="Invoice what is to be invoiced.")
@click.option("--posting-date", type=DAY, help="For documents without one, and for those to be replaced.")
@click.option("--replace-posting-date", is_flag=True, help="Put it on every document.")
@click.option("--replace-document-date", is_flag=True, help="Put it on every document as document date.")
@click.option("--calculate-invoice-discount", is_flag=True, help="Calculate it before each posting.")
@click.option("--work-date", type=DAY, help="The date of the work; by default today.")
@click.option("--preview", is_flag=True, help="Test only: say what is ready and what is not.")
@with_current_database
async def orders(
    numbers: tuple[str, ...],
    search: str,
    customer: str,
    status: str | None,
    priority: str | None,
    view: str | None,
    everything: bool,
    ship: bool,
    invoice: bool,
    posting_date: datetime | None,
    replace_posting_date: bool,
    replace_document_date: bool,
    calculate_invoice_discount: bool,
    work_date: datetime | None,
    preview: bool,
) -> int:
    """Post service orders: those named, or all that fit the filter. Exit status 1 when something was refused."""
    given = {"customer_no": customer.upper(), "status": status or "", "priority": priority or ""}
    filters = {name: value for name, value in given.items() if value}
    if not (numbers or search or filters or view or everything):
        raise click.UsageError("Name orders, give a filter, or say --all.")
    if numbers and (search or filters or view or everything):
        raise click.UsageError("Name orders or give a filter, not both.")
    if not (ship or invoice):
        raise click.UsageError("Say what to post: --ship, --invoice or both.")
    named = tuple(dict.fromkeys(no.upper() for no in numbers))
    chosen = Selection(nos=named) if named else Selection(None, search, filters, view or "")
    day = posting_date.date() if posting_date else None
    dates = BatchDates(day, replace_posting_date, replace_document_date)
    request = PostingRequest(ship, invoice=invoice, dates=dates, calculate_invoice_discount=calculate_invoice_discount)
    today = date.today()  # noqa: DTZ011  the date where the machine stands
    acting, worker = system(work_date.date() if work_date else today), Worker()
    begun = await start_batch(acting, "order", request, chosen, test_only=preview, worker=worker.name)
    if begun.no is None:
        return refused(begun.findings)
    run = await finish(worker, begun.no, Progress().show)
    return await told(run)


def refused(found: tuple[Finding, ...] | list[Finding]) -> int:
    for one in found:
        click.echo(lines_of(one).strip(), err=True)
    return 1


class Progress:
    """A bar on a terminal, drawn anew five times a second; nothing elsewhere: the result names every document."""

    def __init__(self) -> None:
        self._drawn = 0.0

    async def show(self, run: BatchRun) -> None:
        if not sys.stderr.isatty() or time.monotonic() - self._drawn < 0.2:
            return
        self._drawn = time.monotonic()
        now = await load_batch(run.no)
        if now is not None and now.total:
            filled = 40 * now.done // now.total
            click.echo(f"\r{'█' * filled}{'·' * (40 - filled)} {now.done} of {now.total}", nl=False, err=True)


async def told(run: BatchRun) -> int:
    """Each document with its outcome, the sums, and "n of m posted" (D-90)."""
    after: int | None = 0
    while after is not None:
        found, after = await batch_documents(run.no, after=after, limit=500)
        for one in found:
            numbers = " ".join(filter(None, (one.shipment_no, one.invoice_no)))
            amount = f" {one.amount:.2f} {one.currency_code}" if one.currency_code else ""
            click.echo(
                f"{one.document_no or one.customer_name}: {one.outcome}{f' {numbers}' if numbers else ''}{amount}"
            )
            for finding_ in one.findings:
                click.echo(lines_of(finding_))
    for total in await batch_totals(run.no):
        click.echo(f"{total.documents} invoiced, {total.amount:.2f} {total.currency_code}")
    click.echo(f"Batch {run.no}: {run.summary}.")
    return 1 if run.failed or run.skipped else 0

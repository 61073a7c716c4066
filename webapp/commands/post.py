"""Posts many documents from the command line, through the same batches as the pages (D-85 … D-91)."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import click

from webapp.commands import with_current_database
from webapp.commands.check import lines_of
from webapp.posting.batches import whole
from webapp.posting.findings import Finding
from webapp.posting.records import changed
from webapp.posting.snapshot import BatchDates, PostingRequest
from webapp.store.acting import system
from webapp.store.batch_results import batch_documents, batch_totals
from webapp.store.batch_work import Worker, finish
from webapp.store.batches import LISTS, BatchRun, Selection, load_batch, start_batch

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def command() -> None:
    """Post documents, all that fit a filter."""


Options = Callable[[Callable[..., Any]], Callable[..., Any]]


def _all_of(*options: Options) -> Options:
    """Several options as one decorator; `--help` shows them in this order."""

    def with_options(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return with_options


_narrowing = _all_of(
    click.option("--search", default="", help="A number or any words, as in the search of the list."),
    click.option("--customer", "customer_no", default="", help="Customer no."),
)
_running = _all_of(
    click.option("--posting-date", type=DAY, help="For documents without one, and for those to be replaced."),
    click.option("--replace-posting-date", is_flag=True, help="Put it on every document."),
    click.option("--replace-document-date", is_flag=True, help="Put it on every document as document date."),
    click.option("--calculate-invoice-discount", is_flag=True, help="Calculate it before each posting."),
    click.option("--work-date", type=DAY, help="The date of the work; by default today."),
    click.option("--preview", "test_only", is_flag=True, help="Test only: say what is ready and what is not."),
)


@command.command("orders")
@click.argument("numbers", metavar="[ORDER]...", nargs=-1)
@_narrowing
@click.option("--status", type=click.Choice(["pending", "in_process", "finished", "on_hold"]), help="Status.")
@click.option("--priority", type=click.Choice(["low", "medium_low", "medium_high", "high"]), help="Priority.")
@click.option("--view", type=click.Choice(list(LISTS["order"].views)), help="What the orders wait for.")
@click.option("--all", "everything", is_flag=True, help="All open orders, when no filter is given.")
@click.option("--ship", is_flag=True, help="Ship what is to be shipped.")
@click.option("--invoice", is_flag=True, help="Invoice what is to be invoiced.")
@_running
@with_current_database
async def orders(ship: bool, invoice: bool, **given: Any) -> int:
    """Post service orders: those named, or all that fit the filter. Exit status 1 when something was refused."""
    chosen = _selection("orders", given, ("customer_no", "status", "priority"))
    if not (ship or invoice):
        raise click.UsageError("Say what to post: --ship, --invoice or both.")
    return await _run("order", chosen, PostingRequest(ship, invoice=invoice), given)


@command.command("invoices")
@click.argument("numbers", metavar="[INVOICE]...", nargs=-1)
@_narrowing
@click.option("--currency", "currency_code", default="", help="Currency code.")
@click.option("--view", type=click.Choice(list(LISTS["invoice"].views)), help="What the last test report found.")
@click.option("--all", "everything", is_flag=True, help="All open invoices, when no filter is given.")
@_running
@with_current_database
async def invoices(**given: Any) -> int:
    """Post service invoices, each whole: those named, or all that fit the filter. Exit status 1 when something was
    refused."""
    return await _run_whole("invoice", "invoices", given)


@command.command("credit-memos")
@click.argument("numbers", metavar="[CREDIT MEMO]...", nargs=-1)
@_narrowing
@click.option("--currency", "currency_code", default="", help="Currency code.")
@click.option("--view", type=click.Choice(list(LISTS["credit_memo"].views)), help="What the last test report found.")
@click.option("--all", "everything", is_flag=True, help="All open credit memos, when no filter is given.")
@_running
@with_current_database
async def credit_memos(**given: Any) -> int:
    """Post service credit memos, each whole: those named, or all that fit the filter. Exit status 1 when something was
    refused."""
    return await _run_whole("credit_memo", "credit memos", given)


async def _run_whole(document_type: str, names: str, given: Mapping[str, Any]) -> int:
    chosen = _selection(names, given, ("customer_no", "currency_code"))
    return await _run(document_type, chosen, whole(document_type, PostingRequest(ship=False)), given)


def _selection(names: str, given: Mapping[str, Any], columns: Sequence[str]) -> Selection:
    """The documents that are named, or all that the list would show with this filter; one of both is asked for."""
    codes = ("customer_no", "currency_code")
    filters = {one: given[one].upper() if one in codes else given[one] for one in columns if given[one]}
    narrowed = bool(given["search"] or filters or given["view"] or given["everything"])
    if not (given["numbers"] or narrowed):
        raise click.UsageError(f"Name {names}, give a filter, or say --all.")
    if given["numbers"] and narrowed:
        raise click.UsageError(f"Name {names} or give a filter, not both.")
    if given["numbers"]:
        return Selection(nos=tuple(dict.fromkeys(no.upper() for no in given["numbers"])))
    return Selection(None, given["search"], filters, given["view"] or "")


async def _run(document_type: str, chosen: Selection, request: PostingRequest, given: Mapping[str, Any]) -> int:
    day, discount = _day(given["posting_date"]), given["calculate_invoice_discount"]
    dates = BatchDates(day, given["replace_posting_date"], given["replace_document_date"])
    request = changed(request, dates=dates, calculate_invoice_discount=discount)
    acting, worker = system(_day(given["work_date"]) or date.today()), Worker()  # noqa: DTZ011  where the machine stands
    begun = await start_batch(acting, document_type, request, chosen, test_only=given["test_only"], worker=worker.name)
    if begun.no is None:
        return refused(begun.findings)
    return await told(await finish(worker, begun.no, Progress().show))


def _day(typed: datetime | None) -> date | None:
    return typed.date() if typed else None


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
            numbers = " ".join(filter(None, (one.shipment_no, one.invoice_no, one.credit_memo_no)))
            amount = f" {one.amount:.2f} {one.currency_code}" if one.currency_code else ""
            click.echo(
                f"{one.document_no or one.customer_name}: {one.outcome}{f' {numbers}' if numbers else ''}{amount}"
            )
            for finding_ in one.findings:
                click.echo(lines_of(finding_))
    for total in await batch_totals(run.no):
        click.echo(f"{total.documents} {run.summed[0].lower()}, {total.amount:.2f} {total.currency_code}")
    click.echo(f"Batch {run.no}: {run.summary}.")
    return 1 if run.failed or run.skipped else 0

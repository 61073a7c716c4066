"""Invoices the contracts that are due from the command line, as the page does (C-84 … C-104)."""

from datetime import date, datetime

import click

from webapp.billing.invoicing import refusal
from webapp.billing.periods import MONTHS_PER_PERIOD
from webapp.commands import with_current_database
from webapp.commands.check import lines_of
from webapp.commands.post import DAY, Progress, refused, told
from webapp.store.acting import Acting, system
from webapp.store.batch_work import Worker, finish
from webapp.store.contract_lists import unknown_numbers
from webapp.store.contract_runs import ContractFilter, RunDates, look_at_run, run_questions, start_invoicing
from webapp.store.coverage import open_days

PERIODS = [name for name, months in MONTHS_PER_PERIOD.items() if months]


@click.command()
@click.option("--posting-date", type=DAY, help="Posting date of the invoices; by default the work date.")
@click.option("--invoice-to", type=DAY, help="Contracts that are due by this day; by default the work date.")
@click.option("--bill-to", default="", help="Bill-to customer no.")
@click.option("--contract", default="", help="Contract no.")
@click.option("--currency", default="", help="Currency of the invoices.")
@click.option("--period", type=click.Choice(PERIODS), help="Invoice period.")
@click.option("--work-date", type=DAY, help="The date of the work; by default today.")
@click.option("--future", is_flag=True, help="Also with dates after the work date.")
@click.option("--preview", is_flag=True, help="Only say what would be made, and what is skipped.")
@with_current_database
async def command(
    posting_date: datetime | None,
    invoice_to: datetime | None,
    bill_to: str,
    contract: str,
    currency: str,
    period: str | None,
    work_date: datetime | None,
    future: bool,
    preview: bool,
) -> int:
    """Create the invoices of all contracts that are due."""
    today = date.today()  # noqa: DTZ011  the date where the machine stands
    acting = system(work_date.date() if work_date else today)
    dates = RunDates(
        posting_date.date() if posting_date else acting.work_date,
        invoice_to.date() if invoice_to else acting.work_date,
    )
    asked = ContractFilter(bill_to.upper(), contract.upper(), currency.upper(), period or "")
    if preview:
        return await _preview(acting, dates, asked)
    confirmed = frozenset({"contract_run_future"}) if future else frozenset[str]()
    for one in await run_questions(acting, dates):
        if one.code not in ("contract_run_future", *confirmed):
            click.echo(one.message, err=True)
    worker = Worker()
    begun = await start_invoicing(acting, dates, asked, confirmed=confirmed, worker=worker.name)
    if begun.no is None:
        code = refused(begun.findings)
        if any(one.code == "contract_run_future" for one in begun.findings):
            click.echo("Add --future if you mean it.", err=True)
        return code
    return await told(await finish(worker, begun.no, Progress().show))


async def _preview(acting: Acting, dates: RunDates, asked: ContractFilter) -> int:
    wrong = [*refusal(dates.terms(acting)), *await unknown_numbers(asked.contract_no, asked.bill_to_customer_no)]
    if wrong:
        return refused(wrong)
    for asked_about in await run_questions(acting, dates):
        click.echo(asked_about.message, err=True)
    look = await look_at_run(acting, dates, asked)
    for one in look.invoices:
        click.echo(f"{one.bill_to_customer_no}: {one.amount:.2f} {one.currency_code or look.lcy_code}")
        for billed in one.billed:
            click.echo(f"    contract {billed.contract_no}, {billed.first} to {billed.last}: {billed.amount:.2f}")
        for found in one.notices:
            click.echo(lines_of(found))
    for left in look.skipped:
        click.echo(f"skipped, contract {left.contract_no}, due {left.due}:")
        for found in left.findings:
            click.echo(lines_of(found))
    for line, stretch in await open_days(acting.work_date, asked):
        text = f"{stretch.days}, {line.worth(stretch.days):.2f}: {line.reason(stretch)}"
        click.echo(f"nobody billed, contract {line.contract_no} line {line.line.line_no}: {text}")
    sums = ", ".join(f"{amount:.2f} {code}" for code, amount in sorted(look.totals().items()))
    counts = f"{_plural(len(look.invoices), 'invoice')} of {_plural(look.contracts, 'contract')}"
    click.echo(f"{counts} would be created{f', {sums}' if sums else ''}.")
    return 1 if look.skipped else 0


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"

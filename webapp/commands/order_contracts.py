"""Creates the service orders that contracts have planned from the command line, as the page does (C-155 … C-157)."""

from datetime import date, datetime

import click

from webapp.commands import with_current_database
from webapp.commands.check import lines_of
from webapp.commands.post import DAY, Progress, refused, told
from webapp.labels import plural
from webapp.store.acting import Acting, system
from webapp.store.batch_work import Worker, finish
from webapp.store.contract_orders import OrdersAsked, first_order_day, look_at_orders, start_ordering


@click.command()
@click.option(
    "--from", "first", type=DAY, help="Services planned from this day on; by default the day after the last run."
)
@click.option("--until", type=DAY, help="Services planned until this day; by default the work date.")
@click.option("--contract", default="", help="Contract no.")
@click.option("--work-date", type=DAY, help="The date of the work; by default today.")
@click.option("--preview", is_flag=True, help="Only say which orders would be made, and which lines get none.")
@with_current_database
async def command(
    first: datetime | None, until: datetime | None, contract: str, work_date: datetime | None, preview: bool
) -> int:
    """Create the service orders that contracts have planned."""
    today = date.today()  # noqa: DTZ011  the date where the machine stands
    acting = system(work_date.date() if work_date else today)
    asked = OrdersAsked(
        first.date() if first else await first_order_day(acting),
        until.date() if until else acting.work_date,
        contract.upper(),
    )
    if preview:
        return await _preview(acting, asked)
    worker = Worker()
    begun = await start_ordering(acting, asked, worker=worker.name)
    if begun.no is None:
        return refused(begun.findings)
    return await told(await finish(worker, begun.no, Progress().show))


async def _preview(acting: Acting, asked: OrdersAsked) -> int:
    look, wrong = await look_at_orders(acting, asked)
    if wrong:
        return refused(wrong)
    for one in look.orders:
        onto = f", onto order {one.onto}" if one.onto else ""
        click.echo(f"contract {one.case.contract.no}, {one.order_date}{onto}:")
        for line in one.lines:
            click.echo(f"    line {line.line_no}, planned {line.next_planned_service_date}: {line.description}")
    for left in look.left:
        click.echo(f"no order, contract {left.case.contract.no}, line {left.line.line_no}:")
        for found in left.findings:
            click.echo(lines_of(found))
    for found in look.earlier:
        click.echo(lines_of(found))
    lines = sum(len(one.lines) for one in look.orders)
    click.echo(f"{plural(len(look.orders), 'order')} for {plural(lines, 'line')} would be created.")
    return 1 if look.left else 0

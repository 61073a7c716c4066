"""Releases what contracts were paid in advance from the command line, as the page does (C-126 … C-136)."""

from datetime import date, datetime

import click

from webapp.commands import with_current_database
from webapp.commands.check import lines_of
from webapp.commands.post import DAY, Progress, refused, told
from webapp.store.acting import Acting, system
from webapp.store.batch_work import Worker, finish
from webapp.store.releases import ReleaseAsked, preview_release, start_release


@click.command()
@click.option("--until", type=DAY, required=True, help="Release what is dated until this day.")
@click.option("--posting-date", type=DAY, help="Posting date of the release; by default the work date.")
@click.option("--contract", default="", help="Contract no.")
@click.option("--work-date", type=DAY, help="The date of the work; by default today.")
@click.option("--preview", is_flag=True, help="Only say what would be released, and what is skipped.")
@with_current_database
async def command(
    until: datetime, posting_date: datetime | None, contract: str, work_date: datetime | None, preview: bool
) -> int:
    """Release prepaid contract entries to income."""
    today = date.today()  # noqa: DTZ011  the date where the machine stands
    acting = system(work_date.date() if work_date else today)
    posted_on = posting_date.date() if posting_date else acting.work_date
    asked = ReleaseAsked(posted_on, until.date(), contract.upper())
    if preview:
        return await _preview(acting, asked)
    worker = Worker()
    begun = await start_release(acting, asked, worker=worker.name)
    if begun.no is None:
        return refused(begun.findings)
    return await told(await finish(worker, begun.no, Progress().show))


async def _preview(acting: Acting, asked: ReleaseAsked) -> int:
    look = await preview_release(acting, asked, 0)
    if look.findings:
        return refused(tuple(look.findings))
    plans = look.plans
    for plan in plans:
        if plan.findings:
            click.echo(f"skipped, contract {plan.contract_no}:")
            for one in plan.findings:
                click.echo(lines_of(one))
        else:
            no = look.numbers.get(plan.contract_no, "no document")
            click.echo(f"contract {plan.contract_no}: {plan.amount:.2f} of {len(plan.entries)} entries, {no}")
    released = [plan for plan in plans if not plan.findings]
    click.echo(f"{len(released)} contracts would be released, {sum(plan.amount for plan in released):.2f} together.")
    return 1 if len(released) < len(plans) else 0

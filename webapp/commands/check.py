"""The test report of orders as text (D-67)."""

from datetime import date

import click

from webapp.commands import with_current_database
from webapp.posting.findings import Finding, finding
from webapp.posting.plan import PostingPlan
from webapp.posting.snapshot import DocumentKey, PostingRequest
from webapp.store.acting import system
from webapp.store.test_reports import report_on


def lines_of(found: Finding) -> str:
    """A finding as a line of text."""
    return f"  {found.severity}: {found.message} {found.remedy} [{found.code}]"


@click.command()
@click.argument("orders", metavar="ORDER...", nargs=-1, required=True)
@click.option("--ship/--no-ship", default=None, help="Test shipping, or leave it out.")
@click.option("--invoice/--no-invoice", default=None, help="Test invoicing, or leave it out.")
@with_current_database
async def command(orders: tuple[str, ...], ship: bool | None, invoice: bool | None) -> int:
    """Say what posting would find in each ORDER; nothing is posted.

    Ship and invoice are tested. Without an option an order with nothing for them is tested with ship and consume when
    that is all there is to do.
    """
    keys = [DocumentKey("order", no.upper()) for no in dict.fromkeys(orders)]
    today = date.today()  # noqa: DTZ011  the date where the machine stands
    request = PostingRequest(ship is not False, invoice=invoice is not False)
    plans = await report_on(system(today), keys, request, proposed=ship is None and invoice is None)
    return 1 if sum(not _told(key, plan) for key, plan in plans.items()) else 0


def _told(key: DocumentKey, plan: PostingPlan | None) -> bool:
    """Prints the report of one order; True when nothing in it must be mended."""
    gone = finding("document_gone", document=key.no, kind="Order", no=key.no)
    found = (*plan.findings, *plan.notices) if plan else (gone,)
    errors = sum(one.is_error and one.code != "nothing_to_post" for one in found)
    idle = any(one.code == "nothing_to_post" for one in found)
    said = f"{errors} errors" if errors > 1 else "1 error" if errors else "nothing to post" if idle else "ready"
    if plan is not None and plan.request.consume:
        said += " (ship and consume)"
    click.echo(f"{key.name}: {said}")
    for one in found:
        click.echo(lines_of(one))
    return not errors

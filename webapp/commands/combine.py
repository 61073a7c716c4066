"""Makes invoices of shipments for many customers from the command line, as the page does (D-56 … D-62)."""

from datetime import date, datetime

import click

from webapp.billing.combining import SPLITS, CombineOptions
from webapp.commands import with_current_database
from webapp.commands.post import DAY, Progress, refused, told
from webapp.labels import plural
from webapp.store.acting import Acting, system
from webapp.store.batch_work import Worker, finish
from webapp.store.combine_runs import CombineFilter, look_at_combination, start_combining
from webapp.store.invoiced_order_runs import InvoicedFilter, invoiced_orders, start_deleting


@click.command()
@click.option("--posting-date", type=DAY, help="Posting date of the invoices; by default the work date.")
@click.option("--document-date", type=DAY, help="Document date of the invoices; by default the posting date.")
@click.option("--vat-date", type=DAY, help="VAT date of the invoices; by default the posting date.")
@click.option("--customer", default="", help="Customer no.")
@click.option("--bill-to", default="", help="Bill-to customer no.")
@click.option("--order", default="", help="Order no.")
@click.option("--shipped-from", type=DAY, help="Posting date of the shipments, from.")
@click.option("--shipped-until", type=DAY, help="Posting date of the shipments, until.")
@click.option("--per", type=click.Choice(list(SPLITS)), default="customer", help="What a new invoice begins with.")
@click.option("--post", "post_invoices", is_flag=True, help="Post each invoice at once.")
@click.option("--calculate-invoice-discount", is_flag=True, help="Calculate it for each invoice.")
@click.option("--only-standard-terms", is_flag=True, help="Leave out orders with other payment terms.")
@click.option("--copy-text-lines", is_flag=True, help="Copy texts of shipments, too.")
@click.option("--include-unmarked", is_flag=True, help="Also orders that are not marked for combining.")
@click.option("--work-date", type=DAY, help="The date of the work; by default today.")
@click.option("--preview", is_flag=True, help="Only say what would be done, and what is left out.")
@click.option("--delete-invoiced-orders", is_flag=True, help="Instead: delete orders that are invoiced to their end.")
@with_current_database
async def command(
    posting_date: datetime | None,
    document_date: datetime | None,
    vat_date: datetime | None,
    customer: str,
    bill_to: str,
    order: str,
    shipped_from: datetime | None,
    shipped_until: datetime | None,
    per: str,
    post_invoices: bool,
    calculate_invoice_discount: bool,
    only_standard_terms: bool,
    copy_text_lines: bool,
    include_unmarked: bool,
    work_date: datetime | None,
    preview: bool,
    delete_invoiced_orders: bool,
) -> int:
    """Combine shipments into invoices, for all customers that fit."""
    today = date.today()  # noqa: DTZ011  the date where the machine stands
    acting = system(_day(work_date) or today)
    if delete_invoiced_orders:
        return await _delete(acting, InvoicedFilter(order, customer, bill_to), preview=preview)
    posted_on = _day(posting_date) or acting.work_date
    options = CombineOptions(
        posted_on,
        _day(document_date) or posted_on,
        _day(vat_date),
        calculate_invoice_discount,
        post_invoices,
        only_standard_terms,
        copy_text_lines,
        include_unmarked,
        per,
    )
    asked = CombineFilter(customer, bill_to, order, _day(shipped_from), _day(shipped_until))
    if preview:
        return await _preview(asked, options)
    worker = Worker()
    begun = await start_combining(acting, asked, options, worker=worker.name)
    if begun.no is None:
        return refused(begun.findings)
    return await told(await finish(worker, begun.no, Progress().show))


def _day(typed: datetime | None) -> date | None:
    return typed.date() if typed else None


async def _preview(asked: CombineFilter, options: CombineOptions) -> int:
    combination, setup = await look_at_combination(asked, options)
    for one in combination.groups:
        currency = one.key.currency_code or setup.ledger.lcy_code
        counted = ((one.orders, "order"), (one.shipments, "shipment"), (one.offers, "line"))
        counts = ", ".join(plural(len(found), word) for found, word in counted)
        name = " ".join(filter(None, (one.key.customer_no, one.key.split)))
        click.echo(f"{name}: {counts}, {one.amount:.2f} {currency}")
    for left in combination.left_out:
        click.echo(f"left out, {plural(left.lines, 'line')} of {left.customer_no}: {left.finding.message}")
    click.echo(f"{plural(len(combination.groups), 'invoice')} would be created.")
    return 0 if combination.groups else 1


async def _delete(acting: Acting, asked: InvoicedFilter, *, preview: bool) -> int:
    if preview:
        for one in await invoiced_orders(asked):
            click.echo(f"{one.no}: {'would be deleted' if one.goes else one.findings[0].message}")
        return 0
    worker = Worker()
    begun = await start_deleting(acting, asked, worker=worker.name)
    if begun.no is None:
        return refused(begun.findings)
    return await told(await finish(worker, begun.no, Progress().show))

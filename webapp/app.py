"""The application: every route, the template engine, the error pages and what surrounds each request."""

from __future__ import annotations

from typing import Final

from litestar import Litestar, get
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.plugins.htmx import HTMXPlugin
from litestar.template import TemplateConfig

from db import engine
from webapp import assets, logs, security
from webapp.in_hand import RequestsInHand
from webapp.pages import (
    aged,
    applications,
    attachments,
    batch_list,
    batch_papers,
    batches,
    closed_order_list,
    closed_orders,
    combine,
    comments,
    contract_credits,
    contract_look_up,
    contract_orders,
    contract_prices,
    contract_runs,
    contract_steps,
    contracts,
    copying,
    coverage,
    crediting,
    customer_ledger,
    derivations,
    document_list,
    document_updates,
    e_invoices,
    errors,
    find_entries,
    home,
    ledgers,
    list_columns,
    logo,
    open_documents,
    order_lines,
    order_paper,
    outbox,
    panel,
    paper,
    payments,
    posted_documents,
    posted_lines,
    posting,
    prepaid_entries,
    preview,
    print_runs,
    releases,
    saved_views,
    sending,
    service_orders,
    setup,
    shipment_lines,
    sign_in,
    standard_codes,
    statement_runs,
    statements,
    statistics,
    test_reports,
    undo,
    work_lists,
)
from webapp.settings import Settings
from webapp.store import batch_work, mailing
from webapp.templating import template_engine

__all__ = ["create_app"]

MOST_BODY: Final = 2_000_000


class Application(Litestar):
    """Litestar without what it brings for pydantic, which nothing here uses: loading it took time and memory."""

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]


@get("/health", opt={security.PUBLIC: "for what watches over the server", "exclude_from_auth": True})
async def health() -> str:
    """Whether the process lives and reaches its database."""
    await engine.fetch("SELECT 1")
    return "ok"


def create_app(settings: Settings) -> Litestar:
    """The application for these settings; the database is connected when it starts and let go when it stops.
    Between the two the server works on batches, unless worker processes do."""
    logs.configure(settings.log_level)
    in_hand = RequestsInHand()
    in_server = []
    if settings.worker == "in-server":
        in_server.append(lambda _: batch_work.working(in_hand.quiet))
        in_server.append(lambda _: mailing.mailing(settings.smtp_url, settings.mail_from))
    return Application(
        route_handlers=[
            health,
            assets.serve_asset,
            *sign_in.ROUTES,
            *home.ROUTES,
            *document_list.ROUTES,
            *open_documents.ROUTES,
            *service_orders.ROUTES,
            *contracts.ROUTES,
            *contract_steps.ROUTES,
            *contract_runs.ROUTES,
            *contract_look_up.ROUTES,
            *contract_orders.ROUTES,
            *contract_prices.ROUTES,
            *coverage.ROUTES,
            *contract_credits.ROUTES,
            *releases.ROUTES,
            *prepaid_entries.ROUTES,
            *work_lists.ROUTES,
            *shipment_lines.ROUTES,
            *combine.ROUTES,
            *closed_orders.ROUTES,
            *closed_order_list.ROUTES,
            *posting.ROUTES,
            *panel.ROUTES,
            *preview.ROUTES,
            *test_reports.ROUTES,
            *batches.ROUTES,
            *batch_list.ROUTES,
            *batch_papers.ROUTES,
            *print_runs.ROUTES,
            *posted_documents.ROUTES,
            *posted_lines.ROUTES,
            *derivations.ROUTES,
            *document_updates.ROUTES,
            *undo.ROUTES,
            *crediting.ROUTES,
            *applications.ROUTES,
            *copying.ROUTES,
            *order_lines.ROUTES,
            *attachments.ROUTES,
            *comments.ROUTES,
            *standard_codes.ROUTES,
            *paper.ROUTES,
            *order_paper.ROUTES,
            *e_invoices.ROUTES,
            *outbox.ROUTES,
            *sending.ROUTES,
            *ledgers.ROUTES,
            *saved_views.ROUTES,
            *list_columns.ROUTES,
            *customer_ledger.ROUTES,
            *payments.ROUTES,
            *aged.ROUTES,
            *statements.ROUTES,
            *statement_runs.ROUTES,
            *find_entries.ROUTES,
            *statistics.ROUTES,
            *logo.ROUTES,
            *setup.ROUTES,
        ],
        lifespan=[lambda _: engine.connected(settings.database_url), *in_server],
        plugins=[HTMXPlugin()],
        template_config=TemplateConfig(instance=template_engine()),
        middleware=[in_hand, security.SameOrigin(), security.Sessions],
        csrf_config=security.csrf_config(settings.secret, settings.secure_cookies),
        compression_config=CompressionConfig("gzip", minimum_size=500, gzip_compress_level=3, exclude_opt_key="packed"),
        exception_handlers={
            **errors.handlers(),
            closed_orders.OrderIsClosed: closed_orders.to_closed_order,
            closed_orders.DocumentIsPosted: closed_orders.to_posted_document,
            closed_orders.DocumentIsGone: closed_orders.tell_of_gone,
            engine.Busy: errors.unreachable,
            engine.Unavailable: errors.unreachable,
        },
        before_send=[security.add_security_headers],
        request_max_body_size=MOST_BODY,
        state=State(
            {
                "secret": settings.secret,
                "secure_cookies": settings.secure_cookies,
                "sends_mail": bool(settings.smtp_url),
            }
        ),
        openapi_config=None,
    )

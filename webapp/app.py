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


PAGES: Final = (
    sign_in,
    home,
    document_list,
    open_documents,
    service_orders,
    contracts,
    contract_steps,
    contract_runs,
    contract_look_up,
    contract_orders,
    contract_prices,
    coverage,
    contract_credits,
    releases,
    prepaid_entries,
    work_lists,
    shipment_lines,
    combine,
    closed_orders,
    closed_order_list,
    posting,
    panel,
    preview,
    test_reports,
    batches,
    batch_list,
    batch_papers,
    print_runs,
    posted_documents,
    posted_lines,
    derivations,
    document_updates,
    undo,
    crediting,
    applications,
    copying,
    order_lines,
    attachments,
    comments,
    standard_codes,
    paper,
    order_paper,
    e_invoices,
    outbox,
    sending,
    ledgers,
    saved_views,
    list_columns,
    customer_ledger,
    payments,
    aged,
    statements,
    statement_runs,
    find_entries,
    statistics,
    logo,
    setup,
)


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
        route_handlers=[health, assets.serve_asset, *(route for pages in PAGES for route in pages.ROUTES)],
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

"""The application: every route, the template engine, the error pages and what surrounds each request."""

from __future__ import annotations

from typing import Final

from litestar import Litestar, get
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.plugins.htmx import HTMXPlugin
from litestar.template import TemplateConfig

from db import engine
from webapp import assets, logs, security
from webapp.pages import (
    closed_orders,
    errors,
    home,
    ledgers,
    paper,
    posted_documents,
    posting,
    preview,
    service_orders,
    setup,
    sign_in,
    test_reports,
)
from webapp.settings import Settings
from webapp.templating import template_engine

__all__ = ["create_app"]

MOST_BODY: Final = 2_000_000


@get("/health", opt={security.PUBLIC: "for what watches over the server", "exclude_from_auth": True})
async def health() -> str:
    """Whether the process lives and reaches its database."""
    async with engine.reading() as session:
        await session.fetch("SELECT 1")
    return "ok"


def create_app(settings: Settings) -> Litestar:
    """The application for these settings; the database is connected when it starts and let go when it stops."""
    logs.configure(settings.log_level)
    return Litestar(
        route_handlers=[
            health,
            assets.serve_asset,
            *sign_in.ROUTES,
            *home.ROUTES,
            *service_orders.ROUTES,
            *closed_orders.ROUTES,
            *posting.ROUTES,
            *preview.ROUTES,
            *test_reports.ROUTES,
            *posted_documents.ROUTES,
            *paper.ROUTES,
            *ledgers.ROUTES,
            *setup.ROUTES,
        ],
        lifespan=[lambda _: engine.connected(settings.database_url)],
        plugins=[HTMXPlugin()],
        template_config=TemplateConfig(instance=template_engine()),
        middleware=[security.SameOrigin(), security.Sessions],
        csrf_config=security.csrf_config(settings.secret, settings.secure_cookies),
        compression_config=CompressionConfig("gzip", minimum_size=500, gzip_compress_level=5, exclude_opt_key="packed"),
        exception_handlers={
            **errors.handlers(),
            closed_orders.OrderIsClosed: closed_orders.to_closed_order,
            engine.Busy: errors.unreachable,
            engine.Unavailable: errors.unreachable,
        },
        before_send=[security.add_security_headers],
        request_max_body_size=MOST_BODY,
        state=State({"secret": settings.secret, "secure_cookies": settings.secure_cookies}),
        openapi_config=None,
    )

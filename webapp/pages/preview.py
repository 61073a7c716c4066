"""Preview posting: the documents and entries that posting would make now, with their numbers (D-78 … D-82)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from webapp.pages.answers import Visit, page
from webapp.pages.closed_orders import not_open
from webapp.pages.ledgers import LINKS, drawn_entries
from webapp.pages.posting import ORDER, Asked, asked_for, date_form, linked
from webapp.pages.service_orders import href_of, key_of
from webapp.posting.plan import OPTION_NAMES
from webapp.security import requires
from webapp.store.posting import plan_document
from webapp.store.preview import planned_entries

__all__ = ["ROUTES"]


@get("/service-orders/{no:str}/preview", guards=[requires("orders.check")])
async def show_preview(request: Visit, no: FromPath[str]) -> Template:
    """What posting would write, for one option; the others are a link away. Nothing is changed by looking (O-28)."""
    pairs = list(request.query_params.multi_items())
    form = date_form(request, pairs)
    asked = asked_for(pairs, form)
    option = asked.option or "ship_and_invoice"
    plan = await plan_document(request.user.acting, key_of(no), asked.request(option), asked.posting_date)
    if plan is None:
        raise await not_open(no)
    return page(
        request,
        "posting/preview.html",
        plan=plan,
        head=plan.header,
        path=href_of(no),
        option=OPTION_NAMES[option],
        tabs=[(OPTION_NAMES[name], _href(no, asked, name), None) for name in ORDER],
        here=_href(no, asked, option),
        lines=sorted(asked.lines) if asked.lines is not None else None,
        findings=[linked(one, no) for one in (*form.findings, *plan.findings, *plan.notices)],
        links=LINKS,
        sections=drawn_entries(planned_entries(plan, request.user.user_name)),
        currency=plan.header.currency_code or plan.case.setup.ledger.lcy_code,
        post_query=_query(asked, option),
    )


def _query(asked: Asked, option: str) -> str:
    pairs: list[tuple[str, object]] = [("option", option)]
    pairs += _chosen(asked.lines)
    if asked.posting_date is not None:
        pairs.append(("posting_date", asked.posting_date.isoformat()))
    return urlencode(pairs)


def _chosen(lines: frozenset[int] | None) -> Sequence[tuple[str, object]]:
    return [("chosen", "1"), *(("line", no) for no in sorted(lines))] if lines is not None else []


def _href(no: str, asked: Asked, option: str) -> str:
    return f"{href_of(no, '/preview')}?{_query(asked, option)}"


ROUTES: Final = (show_preview,)

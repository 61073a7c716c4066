"""Create contract service orders: the run over the services that are planned, looked at before it makes any (C-155)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.response import Template

from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Visit, page, see_other, submitted, typist
from webapp.pages.contract_fields import contract_href
from webapp.pages.contract_links import contract_linked
from webapp.pages.document_fields import CONTRACT_LOOKUP
from webapp.pages.posting import TOKEN
from webapp.posting.findings import Finding
from webapp.security import requires
from webapp.store.batches import BatchRun
from webapp.store.contract_orders import OrdersAsked, first_order_day, look_at_orders, orders_asked, start_ordering

__all__ = ["PATH", "ROUTES", "again_href"]

PATH: Final = "/create-contract-service-orders"
SHOWN: Final = 300
FIELDS: Final = (
    Field("first", "day", label="Starting date", required=True, hint="Services planned from this day on."),
    Field(
        "last", "day", label="Ending date", required=True, hint="The next run proposes to begin on the day after it."
    ),
    Field("contract_no", "code", label="Contract no.", lookup=CONTRACT_LOOKUP),
)
NAMES: Final = frozenset(field.name for field in FIELDS)


def again_href(run: BatchRun) -> str:
    """The page with what the run was asked for."""
    asked = orders_asked(run)
    values = {"first": asked.first, "last": asked.last, "contract_no": asked.contract_no}
    return f"{PATH}?{urlencode({name: str(value) for name, value in values.items() if value})}"


async def _form(request: Visit, pairs: Sequence[tuple[str, str]]) -> Form:
    """What was typed; on the first visit the day after the last run until the work date, for the contract that the
    address names."""
    given = [(name, value) for name, value in pairs if name in NAMES]
    if any(name in ("first", "last") for name, _ in given):
        return read_form(FIELDS, given, typist(request))
    first = await first_order_day(request.user.acting)
    last = max(first, request.user.work_date)
    values: dict[str, Any] = {"first": first, "last": last, "contract_no": ""}
    return show_form(FIELDS, {**values, **dict(given)}, request.user.locale)


def _asked(form: Form) -> OrdersAsked:
    first, last = (form.values.get(name) for name in ("first", "last"))
    return OrdersAsked(
        first if isinstance(first, date) else None,
        last if isinstance(last, date) else None,
        str(form.values.get("contract_no") or "").upper(),
    )


@get(PATH, guards=[requires("orders.edit")])
async def show_orders(request: Visit) -> Template:
    return await _page(request, await _form(request, list(request.query_params.multi_items())))


async def _page(request: Visit, form: Form, status: int = 200, findings: Sequence[Finding] = ()) -> Template:
    look, found = None, [*form.findings, *findings]
    if form.ok:
        look, wrong = await look_at_orders(request.user.acting, _asked(form))
        form.add(*wrong)
        found = list(dict.fromkeys([*found, *wrong]))
    return page(
        request,
        "contracts/orders.html",
        status,
        form=form,
        findings=found,
        look=look if look and not found else None,
        left=[(one, [contract_linked(f) for f in one.findings]) for one in look.left[:SHOWN]] if look else [],
        shown_most=SHOWN,
        token=secrets.token_urlsafe(24),
        path=PATH,
        contract_path=lambda no: contract_href("contract", no),
    )


@post(PATH, guards=[requires("orders.edit")], status_code=200)
async def start(request: Visit) -> Response[Any]:
    pairs = await submitted(request)
    form = read_form(FIELDS, [pair for pair in pairs if pair[0] in NAMES], typist(request))
    if not form.ok:
        return await _page(request, form, 422)
    given: Mapping[str, str] = dict(pairs)
    token = given.get("token", "")
    begun = await start_ordering(request.user.acting, _asked(form), token=token if TOKEN.fullmatch(token) else "")
    if begun.no is None:
        return await _page(request, form, 422, begun.findings)
    return see_other(request, f"/batches/{begun.no}")


ROUTES: Final = (show_orders, start)

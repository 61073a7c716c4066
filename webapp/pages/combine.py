"""Combine shipments: a run over many customers, looked at before it makes its invoices (D-56 … D-62); and the run that
deletes orders which are invoiced to their end (D-63)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from litestar import Response, get, post
from litestar.response import Template

from webapp.billing.combining import SPLITS, CombineOptions, options_findings
from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Visit, page, see_other, submitted, typist
from webapp.pages.document_paths import href_of
from webapp.pages.posting import TOKEN
from webapp.posting.findings import Finding
from webapp.posting.snapshot import DocumentKey
from webapp.security import requires
from webapp.store.combine_runs import (
    CombineFilter,
    date_findings,
    look_at_combination,
    name_of,
    remembered_options,
    start_combining,
)
from webapp.store.invoiced_order_runs import InvoicedFilter, invoiced_orders, start_deleting

__all__ = ["ROUTES"]

MOST_CHOSEN: Final = 5000
FILTERS: Final = (
    Field("customer_no", "code", lookup="customers"),
    Field("bill_to_customer_no", "code", lookup="customers"),
    Field("order_no", "code", label="Order no."),
    Field("shipped_from", "day"),
    Field("shipped_until", "day"),
)
DATES: Final = (
    Field("posting_date", "day", required=True),
    Field("document_date", "day", required=True, hint="Due date and payment discount follow it."),
    Field("vat_date", "day", hint="Blank: the posting date."),
)
FLAGS: Final = (
    Field("post_invoices", "flag", hint="Each for itself; one that fails stays open."),
    Field("calculate_invoice_discount", "flag"),
    Field("only_standard_terms", "flag", label="Only standard payment terms"),
    Field("copy_text_lines", "flag"),
    Field("include_unmarked", "flag", label="Also orders that are not marked for combining"),
)
SPLIT: Final = (Field("per", "choice", label="One invoice per", options=tuple(SPLITS), required=True),)
FIELDS: Final = (*FILTERS, *DATES, *FLAGS, *SPLIT)
NAMES: Final = frozenset(field.name for field in FIELDS)


# --- what is asked for ------------------------------------------------------------------------------------------------


async def _form(request: Visit, pairs: Sequence[tuple[str, str]]) -> Form:
    """The options as they were typed; on the first visit those of the last time (D-57)."""
    if any(name == "asked" for name, _ in pairs):
        return read_form(FIELDS, [pair for pair in pairs if pair[0] in NAMES], typist(request))
    kept = asdict(await remembered_options(request.user.acting))
    given = {name: value for name, value in pairs if name in NAMES and value}
    return show_form(FIELDS, {**kept, **given}, request.user.locale)


def _day(value: Any) -> date | None:
    return value if isinstance(value, date) else None


def _options(form: Form) -> CombineOptions:
    values = form.values
    flags: dict[str, Any] = {field.name: bool(values.get(field.name)) for field in FLAGS}
    posting_date, document_date, vat_date = (_day(values.get(field.name)) for field in DATES)
    return CombineOptions(posting_date, document_date, vat_date, **flags, per=str(values.get("per") or "customer"))


def _filter(form: Form) -> CombineFilter:
    names = ("customer_no", "bill_to_customer_no", "order_no")
    customer, bill_to, order = (str(form.values.get(name) or "") for name in names)
    shipped = (_day(form.values.get(name)) for name in ("shipped_from", "shipped_until"))
    return CombineFilter(customer, bill_to, order, *shipped)


# --- looking ----------------------------------------------------------------------------------------------------------


@get("/combine-shipments", guards=[requires("batches.run")])
async def show_combination(request: Visit) -> Template:
    pairs = list(request.query_params.multi_items())
    return await _combine_page(request, await _form(request, pairs))


async def _combine_page(
    request: Visit,
    form: Form,
    status: int = 200,
    findings: Sequence[Finding] = (),
    chosen: Sequence[str] | None = None,
) -> Template:
    shown: dict[str, Any] = {"groups": [], "left_out": [], "unmarked": []}
    if form.ok:
        options = _options(form)
        combination, setup = await look_at_combination(_filter(form), options)
        shown = {
            "groups": [
                (one, name := name_of(one), one.key.currency_code or setup.ledger.lcy_code, _ticked(name, chosen))
                for one in combination.groups
            ],
            "left_out": [one for one in combination.left_out if not one.silent],
            "unmarked": [one for one in combination.left_out if one.silent],
        }
        if status == 200:
            form.add(*options_findings(options), *date_findings(request.user.acting, setup, options))
    return page(
        request,
        "combine/options.html",
        status,
        form=form,
        findings=[*form.findings, *findings],
        token=secrets.token_urlsafe(24),
        splits=SPLITS,
        order_href=_order,
        **shown,
    )


def _ticked(name: str, chosen: Sequence[str] | None) -> bool:
    return chosen is None or name in chosen


def _order(no: str) -> str:
    return href_of(DocumentKey("order", no))


# --- starting ---------------------------------------------------------------------------------------------------------


def _token(pairs: Iterable[tuple[str, str]]) -> str:
    token = dict(pairs).get("token", "")
    return token if TOKEN.fullmatch(token) else ""


@post("/combine-shipments", guards=[requires("batches.run")], status_code=200)
async def start(request: Visit) -> Response[Any]:
    pairs = [*await submitted(request), ("asked", "1")]
    form = await _form(request, pairs)
    chosen = [value for name, value in pairs if name == "group"][:MOST_CHOSEN]
    if not form.ok:
        return await _combine_page(request, form, 422, (), chosen)
    begun = await start_combining(
        request.user.acting, _filter(form), _options(form), chosen=chosen, token=_token(pairs)
    )
    if begun.no is None:
        return await _combine_page(request, form, 422, begun.findings, chosen)
    return see_other(request, f"/batches/{begun.no}")


# --- orders that are invoiced to their end ----------------------------------------------------------------------------

ORDER_FILTERS: Final = (
    Field("no", "code", label="Order no."),
    Field("customer_no", "code", lookup="customers"),
    Field("bill_to_customer_no", "code", lookup="customers"),
)


def _orders_form(request: Visit, pairs: Iterable[tuple[str, str]]) -> tuple[Form, InvoicedFilter]:
    names = {field.name for field in ORDER_FILTERS}
    form = read_form(ORDER_FILTERS, [pair for pair in pairs if pair[0] in names], typist(request))
    return form, InvoicedFilter(**{name: str(form.values.get(name) or "") for name in names})


async def _orders_page(
    request: Visit, pairs: Sequence[tuple[str, str]], status: int = 200, findings: Sequence[Finding] = ()
) -> Template:
    form, asked = _orders_form(request, pairs)
    found = await invoiced_orders(asked) if form.ok else []
    chosen = {value for name, value in pairs if name == "order"}
    return page(
        request,
        "combine/invoiced_orders.html",
        status,
        form=form,
        findings=[*form.findings, *findings],
        going=[one for one in found if one.goes],
        staying=[one for one in found if not one.goes],
        chosen=chosen,
        token=secrets.token_urlsafe(24),
        order_href=_order,
    )


@get("/delete-invoiced-orders", guards=[requires("batches.run")])
async def show_invoiced_orders(request: Visit) -> Template:
    return await _orders_page(request, list(request.query_params.multi_items()))


@post("/delete-invoiced-orders", guards=[requires("batches.run")], status_code=200)
async def delete_invoiced_orders(request: Visit) -> Response[Any]:
    pairs = await submitted(request)
    form, asked = _orders_form(request, pairs)
    chosen = [value for name, value in pairs if name == "order"][:MOST_CHOSEN]
    if not form.ok:
        return await _orders_page(request, pairs, 422)
    begun = await start_deleting(request.user.acting, asked, chosen=chosen, token=_token(pairs))
    if begun.no is None:
        return await _orders_page(request, pairs, 422, begun.findings)
    return see_other(request, f"/batches/{begun.no}")


ROUTES: Final = (show_combination, start, show_invoiced_orders, delete_invoiced_orders)

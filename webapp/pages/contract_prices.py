"""Prices of contracts: the update of many after a look, and the discounts of one (C-159 … C-161)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from webapp.billing.lifecycle import QUESTIONS
from webapp.billing.prices import PriceUpdate, update_findings
from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Visit, page, see_other, submitted, told, typist
from webapp.pages.contract_fields import CONTRACTS, QUOTES, contract_href, place_of_path
from webapp.pages.contracts import asked_and_confirmed, load_page
from webapp.pages.document_fields import CONTRACT_LOOKUP
from webapp.posting.findings import Finding
from webapp.security import requires
from webapp.store.contract_discounts import TYPES, Discount, contract_discounts, delete_discount, set_discount
from webapp.store.price_updates import NewPrice, change_discounts, look_at_prices, update_prices
from webapp.typed import Bounds

__all__ = ["ROUTES"]

UPDATE: Final = "/contract-price-updates"
PERCENT: Final = Bounds(digits=3, lowest=Decimal(-100))
FIELDS: Final = (
    Field("until", "day", label="Update to date", required=True, hint="Contracts whose price update is due by then."),
    Field("pct", "percent", label="Percent", required=True, bounds=PERCENT),
    Field("contract_no", "code", label="Contract no.", lookup=CONTRACT_LOOKUP),
    Field("item_no", "code", lookup="items", hint="Blank: every line."),
)


def _form(request: Visit, pairs: Sequence[tuple[str, str]]) -> Form:
    names = {field.name for field in FIELDS}
    if any(name in names for name, _ in pairs):
        return read_form(FIELDS, [pair for pair in pairs if pair[0] in names], typist(request))
    blank: dict[str, Any] = {"until": request.user.work_date, "pct": None, "contract_no": "", "item_no": ""}
    return show_form(FIELDS, blank, request.user.locale)


def _asked(form: Form) -> PriceUpdate:
    until, pct = form.values.get("until"), form.values.get("pct")
    no, item = (str(form.values.get(name) or "").upper() for name in ("contract_no", "item_no"))
    return PriceUpdate(until if isinstance(until, date) else None, Decimal(str(pct or 0)), no, item)


@get(UPDATE, guards=[requires("contracts.sign")])
async def show_update(request: Visit) -> Template:
    asked = list(request.query_params.multi_items())
    return await _update_page(request, _form(request, asked), look=bool(asked))


async def _update_page(
    request: Visit,
    form: Form,
    status: int = 200,
    findings: Sequence[Finding] = (),
    done: Sequence[tuple[str, tuple[Finding, ...]]] = (),
    look: bool = True,
) -> Template:
    prices: list[NewPrice] = []
    if look and form.ok and form.values and not done:
        asked = _asked(form)
        refused = update_findings(asked, QUESTIONS)
        findings = [*findings, *(one for one in refused if one not in findings)]
        prices = [] if refused else await look_at_prices(request.user.acting, asked)
    return page(
        request,
        "contracts/price_update.html",
        status,
        form=form,
        findings=[*form.findings, *findings],
        questions=[one for one in findings if one.code in QUESTIONS],
        prices=prices,
        looked=look,
        total=sum((one.difference for one in prices), Decimal(0)),
        done=done,
        path=UPDATE,
        href=lambda no: contract_href("contract", no),
    )


@post(UPDATE, guards=[requires("contracts.sign")], status_code=200)
async def update(request: Visit) -> Response[Any]:
    pairs, confirmed = await asked_and_confirmed(request)
    form = _form(request, pairs)
    if not form.ok:
        return await _update_page(request, form, 422)
    done, found = await update_prices(request.user.acting, _asked(form), confirmed)
    if found:
        return await _update_page(request, form, 422, found)
    return await _update_page(request, form, 200, (), done)


# --- discounts on the orders of one contract --------------------------------------------------------------------------

DISCOUNT: Final = (
    Field("type", "choice", options=TYPES, required=True),
    Field("code", "code", hint="Blank: all of this kind."),
    Field("starting_date", "day", required=True),
    Field("discount_pct", "percent", required=True),
)
POINTS: Final = (
    Field("points", "percent", label="Percentage points", bounds=PERCENT, hint="Added to every line's discount."),
)


def _paths(rest: str) -> list[str]:
    return [f"{place.path}/{{no:str}}/discounts{rest}" for place in (CONTRACTS, QUOTES)]


@get(_paths(""), guards=[requires("contracts.read")])
async def show_discounts(request: Visit, no: FromPath[str]) -> Template:
    return await _discounts_page(request, place_of_path(request.url.path).kind, no)


async def _discounts_page(
    request: Visit, kind: str, no: str, form: Form | None = None, findings: Sequence[Finding] = (), status: int = 200
) -> Template:
    shown = await load_page(request, kind, no)
    day = request.user.work_date
    blank: dict[str, Any] = {"type": TYPES[0], "code": "", "starting_date": day, "discount_pct": Decimal(0)}
    return page(
        request,
        "contracts/discounts.html",
        status,
        shown=shown,
        head=shown.head,
        rows=await contract_discounts(kind, no),
        form=form or show_form(DISCOUNT, blank, request.user.locale),
        points=show_form(POINTS, {"points": Decimal(0)}, request.user.locale),
        findings=findings,
    )


@post(_paths(""), guards=[requires("contracts.edit")], status_code=200)
async def save_discount(request: Visit, no: FromPath[str]) -> Response[Any]:
    kind = place_of_path(request.url.path).kind
    form = read_form(DISCOUNT, await submitted(request), typist(request))
    if form.ok:
        saved = await set_discount(request.user.acting, kind, no, _row(form))
        if saved.ok:
            return see_other(request, contract_href(kind, no, "/discounts"), told("The discount is saved."))
        form.add(*saved.findings)
    return await _discounts_page(request, kind, no, form, form.findings, 422)


def _row(form: Form) -> Discount:
    day = form.values["starting_date"]
    assert isinstance(day, date)
    pct = Decimal(str(form.values.get("discount_pct") or 0))
    return Discount(str(form.values["type"]), str(form.values.get("code") or "").upper(), day, pct)


@post(_paths("/deletion"), guards=[requires("contracts.edit")], status_code=200)
async def remove_discount(request: Visit, no: FromPath[str]) -> Response[Any]:
    kind = place_of_path(request.url.path).kind
    form = read_form(DISCOUNT, [*await submitted(request), ("discount_pct", "0")], typist(request))
    findings: Sequence[Finding] = form.findings
    if form.ok:
        saved = await delete_discount(request.user.acting, kind, no, _row(form))
        if saved.ok:
            return see_other(request, contract_href(kind, no, "/discounts"), told("The discount is deleted."))
        findings = saved.findings
    return await _discounts_page(request, kind, no, None, findings, 422)


@post(_paths("/points"), guards=[requires("contracts.edit")], status_code=200)
async def shift_discounts(request: Visit, no: FromPath[str]) -> Response[Any]:
    """Percentage points for every line of the contract (C-160)."""
    kind = place_of_path(request.url.path).kind
    form = read_form(POINTS, await submitted(request), typist(request))
    findings: Sequence[Finding] = form.findings
    if form.ok:
        saved = await change_discounts(request.user.acting, kind, no, Decimal(str(form.values.get("points") or 0)))
        if saved.ok:
            return see_other(request, contract_href(kind, no), told("The discounts of all lines are changed."))
        findings = saved.findings
    return await _discounts_page(request, kind, no, None, findings, 422)


ROUTES: Final = (show_update, update, show_discounts, save_discount, remove_discount, shift_discounts)

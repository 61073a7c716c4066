"""Post prepaid contract entries: what waits is looked at before it becomes income (C-126 … C-136)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.billing.release import release_amount
from webapp.forms import Field, Form, read_form, show_form
from webapp.pages.answers import Visit, page, see_other, submitted, typist
from webapp.pages.contract_fields import contract_href
from webapp.pages.document_fields import CONTRACT_LOOKUP
from webapp.pages.ledgers import PLANNED_LINKS, drawn_entries
from webapp.pages.posting import TOKEN
from webapp.posting.findings import Finding
from webapp.security import requires
from webapp.store.batches import load_batch
from webapp.store.posted import lcy_code
from webapp.store.releases import (
    KIND,
    ReleaseAsked,
    ReleasePreview,
    prepaid_differences,
    preview_release,
    rows_of_release,
    run_dates,
    start_release,
)
from webapp.store.users import names_of_users

__all__ = ["ROUTES"]

PATH: Final = "/prepaid-releases"
SHOWN: Final = 300
FIELDS: Final = (
    Field("until", "day", label="Until date", required=True, hint="What is dated until this day becomes income."),
    Field("posting_date", "day", required=True),
    Field("contract_no", "code", label="Contract no.", lookup=CONTRACT_LOOKUP),
)
NAMES: Final = frozenset(field.name for field in FIELDS)


def _form(request: Visit, pairs: Sequence[tuple[str, str]]) -> Form:
    if any(name == "asked" for name, _ in pairs):
        return read_form(FIELDS, [pair for pair in pairs if pair[0] in NAMES], typist(request))
    day = request.user.work_date
    given: dict[str, Any] = {name: value for name, value in pairs if name == "contract_no"}
    return show_form(FIELDS, {"until": day, "posting_date": day, "contract_no": "", **given}, request.user.locale)


def _asked(form: Form) -> ReleaseAsked:
    until, day = (form.values.get(name) for name in ("until", "posting_date"))
    return ReleaseAsked(
        day if isinstance(day, date) else None,
        until if isinstance(until, date) else None,
        str(form.values.get("contract_no") or "").upper(),
    )


@get(PATH, guards=[requires("prepaid.release")])
async def show_release(request: Visit) -> Template:
    return await _page(request, _form(request, list(request.query_params.multi_items())))


async def _page(request: Visit, form: Form, status: int = 200, findings: Sequence[Finding] = ()) -> Template:
    look = await preview_release(request.user.acting, _asked(form), SHOWN) if form.ok else ReleasePreview()
    plans, found = look.plans, look.findings
    goes = [plan for plan in plans if not plan.findings]
    return page(
        request,
        "contracts/release.html",
        status,
        form=form,
        findings=list(dict.fromkeys([*form.findings, *findings, *found])),
        goes=goes[:SHOWN],
        count=len(goes),
        more=max(len(goes) - SHOWN, 0),
        stays=[plan for plan in plans if plan.findings],
        total=sum((plan.amount for plan in goes), Decimal(0)),
        release_amount=release_amount,
        numbers=look.numbers,
        documents=list(look.numbers.values()),
        sections=drawn_entries(look.entries, await lcy_code()),
        links=PLANNED_LINKS,
        differing=await prepaid_differences(),
        href=lambda no: contract_href("contract", no),
        token=secrets.token_urlsafe(24),
        path=PATH,
    )


def _token(pairs: Iterable[tuple[str, str]]) -> str:
    token = dict(pairs).get("token", "")
    return token if TOKEN.fullmatch(token) else ""


@post(PATH, guards=[requires("prepaid.release")], status_code=200)
async def start(request: Visit) -> Response[Any]:
    pairs = [*await submitted(request), ("asked", "1")]
    form = _form(request, pairs)
    if not form.ok:
        return await _page(request, form, 422)
    begun = await start_release(request.user.acting, _asked(form), token=_token(pairs))
    if begun.no is None:
        return await _page(request, form, 422, begun.findings)
    return see_other(request, f"{PATH}/{begun.no}")


@get(PATH + "/{no:int}", guards=[requires("batches.read")])
async def show_released(request: Visit, no: FromPath[int]) -> Response[Any]:
    """What became of a run; while it is live its progress stands with the batches."""
    run = await load_batch(no)
    if run is None or run.kind != KIND:
        raise NotFoundException(f"There is no release run {no}.")
    if run.live:
        return see_other(request, f"/batches/{no}")
    posting_date, until = run_dates(run)
    rows = await rows_of_release(no)
    return page(
        request,
        "contracts/released.html",
        run=run,
        rows=rows,
        posting_date=posting_date,
        until=until,
        started_by=(await names_of_users([run.requested_by]))[run.requested_by],
        total=sum((one.amount for _, _, one in rows), Decimal(0)),
        href=lambda contract_no: contract_href("contract", contract_no),
        path=PATH,
    )


ROUTES: Final = (show_release, start, show_released)
